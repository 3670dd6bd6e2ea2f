"""What a browser has to do before the first view of a page, and no more.

A chapter has twenty thousand elements, most of them parts of formulas. `book.css` lets a browser leave the
sections of a long page that are far away unlaid (`content-visibility`). The theme would have them laid out all the same: when
a page has loaded it measures every box that may scroll. Here it measures a box when it comes near; until then
the box can be reached by keyboard, as it can without a script.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

THEME_SCRIPT = "_static/scripts/pydata-sphinx-theme.js"
SET_TAB_STOP = "e.tabIndex=e.scrollWidth>e.clientWidth||e.scrollHeight>e.clientHeight?0:-1"
AT_ONCE = f".forEach(e=>{{{SET_TAB_STOP}}})"
WHEN_NEAR = (
    ".forEach(e=>(window.bookNear??=new IntersectionObserver((seen,near)=>seen.filter(s=>s.isIntersecting)"
    f'.forEach(({{target:e}})=>{{near.unobserve(e);{SET_TAB_STOP}}}),{{rootMargin:"100%"}})).observe(e))'
)
LONG = 100_000  # characters of HTML
MAY_SCROLL = re.compile(r'<pre(?=[ >])(?![^>]*\btabindex=)|<div(?= class="(?:output |pst-scrollable-table-container))')


def measure_when_near(app: Sphinx, exception: Exception | None) -> None:
    script = Path(app.outdir, THEME_SCRIPT)
    if exception is None and app.builder.name == "html" and script.exists():
        text = script.read_text("utf-8")
        if AT_ONCE not in text and WHEN_NEAR not in text:
            logger.warning("the theme sets its tab stops in another way now: see extensions/book_first_view.py", type="first_view")
        script.write_text(text.replace(AT_ONCE, WHEN_NEAR), "utf-8")


def can_be_reached(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Boxes that may scroll can be reached by keyboard until they are measured."""
    if "body" in context:
        context["body"] = MAY_SCROLL.sub(r'\g<0> tabindex="0"', context["body"])


def mark_long_pages(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """On a short page sections that aren't laid out save nothing, and the guess at their height would move its end."""
    if len(context.get("body", "")) > LONG:
        context["body"] = context["body"].replace("<section ", "<section data-long ", 1)


def options_within(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """The options of Sphinx's scripts, 300 bytes, hold up the first view as a file of their own."""
    scripts = context["script_files"]
    for place, script in enumerate(scripts):
        path = Path(app.outdir, str(script.filename or ""))
        if path.name == "documentation_options.js" and path.is_file():
            scripts[place] = type(script)(None, priority=script.priority, body=path.read_text("utf-8"))


# The theme chooses light or dark when the page is there, and until then shows the pictures of both.
CHOOSE_THEME = """(root => {
  if (root.dataset.theme === "auto") root.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
})(document.documentElement);"""
# Formulas change their width when their fonts arrive; these lie in the style sheet (book_sheet.py) and are ready before the text.
LOAD_FONTS = """
["1em KaTeX_Main", "italic 1em KaTeX_Math", "1em KaTeX_Size1", "1em KaTeX_Size2", "1em KaTeX_Size3", "1em KaTeX_Size4"]
  .forEach(font => document.fonts.load(font));"""


def settle_first(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """What would move the text later is settled before the first line is drawn."""
    scripts = context["script_files"]
    if scripts:
        fonts = LOAD_FONTS if 'class="katex' in context.get("body", "") else ""
        scripts.append(type(scripts[0])(None, body=CHOOSE_THEME + fonts))


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("html-page-context", can_be_reached, priority=900)
    app.connect("html-page-context", mark_long_pages, priority=900)
    app.connect("html-page-context", options_within, priority=940)
    app.connect("html-page-context", settle_first, priority=940)
    app.connect("build-finished", measure_when_near, priority=802)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
