"""Render every formula while the book is built, with KaTeX.

Readers need no script and no network for mathematics, pages are lighter than with MathJax, and a
formula that does not parse is a Sphinx warning, so that `-W` stops the build instead of printing red
source code in the middle of a page. KaTeX itself is vendored (`vendor/katex`) and runs inside
Python through `mini-racer`; no Node is needed.

There are no project-wide TeX macros on purpose: the same cell has to read well in Jupyter and on
GitHub, which would not know them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from docutils import nodes
from py_mini_racer import MiniRacer
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)
VENDOR = Path(__file__).parent / "vendor" / "katex"

# `strict: error` refuses what LaTeX would refuse, so that a formula also survives a PDF build.
# The result is wrapped because an exception crossing from JavaScript loses its message.
RENDER = """
function render(source, display) {
  try {
    return {html: katex.renderToString(source, {
      displayMode: display, output: "htmlAndMathml", strict: "error", trust: false})};
  } catch (error) {
    return {error: String(error.message)};
  }
}
"""


class Engine:
    """One JavaScript engine for the whole build; the same formula is rendered once."""

    def __init__(self) -> None:
        self._racer: MiniRacer | None = None
        self._done: dict[tuple[str, bool], dict[str, str]] = {}

    def render(self, source: str, *, display: bool) -> dict[str, str]:
        key = (source, display)
        if key not in self._done:
            if self._racer is None:
                self._racer = MiniRacer()
                self._racer.eval((VENDOR / "katex.min.js").read_text("utf-8"))
                self._racer.eval(RENDER)
            # JSON both ways: plain strings need no care for quotes and backslashes.
            call = f"JSON.stringify(render({json.dumps(source)}, {json.dumps(display)}))"
            self._done[key] = json.loads(self._racer.eval(call))
        return self._done[key]

    def close(self, *_args: object) -> None:
        # An engine left open hangs the exit of Python 3.13.
        if self._racer is not None:
            self._racer.close()
            self._racer = None


engine = Engine()


def displayed_source(text: str) -> str:
    """Give display mathematics the environments that Sphinx promises its authors.

    As in Sphinx's own renderers, a blank line separates equations and a double backslash breaks
    a line. Sphinx numbers equations, so the environments that number by themselves are starred.
    """
    text = re.sub(r"\\(begin|end)\{(equation|align|alignat|gather)\}", r"\\\1{\2*}", text)
    parts = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    rows = [rf"\begin{{split}}{part}\end{{split}}" if r"\\" in part and not part.startswith(r"\begin{") else part for part in parts]
    return rows[0] if len(rows) == 1 else r"\begin{gathered}" + r"\\".join(rows) + r"\end{gathered}"


def rendered(translator, node: nodes.Element, source: str, *, display: bool) -> str:
    result = engine.render(source, display=display)
    if "error" in result:
        logger.warning("formula does not parse: %s\n%s", result["error"], node.astext(), location=node, type="katex", subtype="parse")
        return f'<code class="katex-error">{translator.encode(node.astext())}</code>'
    return result["html"]


def visit_math(translator, node: nodes.math) -> None:
    html = rendered(translator, node, node.astext(), display=False)
    translator.body.append(translator.starttag(node, "span", "", CLASS="math notranslate") + html + "</span>")
    raise nodes.SkipNode


def visit_displaymath(translator, node: nodes.math_block) -> None:
    number = get_node_equation_number(translator, node) if node.get("number") else None
    html = rendered(translator, node, displayed_source(node.astext()), display=True)
    label = f"Equation {number}" if number else "Formula"
    translator.body.append(translator.starttag(node, "div", CLASS="math notranslate displayed"))
    # A wide formula scrolls in its own box; tabindex lets the keyboard scroll it, which in turn
    # asks for a role and a name.
    translator.body.append(f'<div class="math-scroll" tabindex="0" role="group" aria-label="{label}">{html}</div>')
    if number:
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, _("Link to this equation"))
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, object]:
    app.add_html_math_renderer("katex", (visit_math, None), (visit_displaymath, None))
    # A folder apart from `katex.min.js`, which readers never load.
    app.connect("builder-inited", lambda app: app.config.html_static_path.append(str(VENDOR / "static")))
    app.add_css_file("katex/katex.min.css")
    app.connect("build-finished", engine.close)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
