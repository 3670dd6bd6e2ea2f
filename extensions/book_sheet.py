"""One style sheet for the whole site, with nothing in it that no page uses.

Jupyter Book puts a dozen style sheets on a page, 75 kB compressed, nine tenths of which style things
that the book does not have; a browser shows nothing until the last has arrived. Here they become one file
of a fifth of that. A rule stays if each class and id that its selector names occurs on some page or in some
script. The book's own sheets (`extensions/static`) are taken whole.

The fonts of nearly every formula are part of the sheet: a formula set in another font first has another width,
and the text moves when its font arrives.
"""

from __future__ import annotations

import base64
import posixpath
import re
from pathlib import Path

import tinycss2
from sphinx.application import Sphinx

SHEET = "_static/site.css"
# What the theme's page names by itself, before all others.
THEME = ["_static/styles/theme.css", "_static/styles/pydata-sphinx-theme.css"]
URL = re.compile(r"url\(\s*(['\"]?)(?!data:|#|/|[a-z]+:)([^'\")]+)\1\s*\)")
WITHIN = re.compile(r'url\("(katex/fonts/KaTeX_(?:Main-Regular|Math-Italic|Size[1-4]-Regular)\.woff2)"\)')
NESTED = {"media", "supports", "layer"}


def uses_one_sheet(app: Sphinx) -> bool:
    return app.builder.name == "html"


def link_one_sheet(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Replace the sheets that every page has by the one."""
    if uses_one_sheet(app):
        everywhere = {str(sheet.filename) for sheet in app.builder._orig_css_files}
        context["css_files"] = [sheet for sheet in context["css_files"] if str(sheet.filename) not in everywhere]
        context["book_sheet"] = SHEET


def words(site: Path) -> set[str]:
    """Every class and id of a page, and every word of a script."""
    found: set[str] = set()
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        for values in re.findall(r'\b(?:class|id)="([^"]*)"', text):
            found.update(values.split())
        for script in re.findall(r"<script\b[^>]*>(.+?)</script>", text, flags=re.DOTALL):
            found.update(re.findall(r"[\w-]+", script))
    for script in (site / "_static").rglob("*.js"):
        found.update(re.findall(r"[\w-]+", script.read_text("utf-8")))
    return found


def names_in(selector: list) -> set[str]:
    """The classes and ids that an element must have; what stands in `:not(...)`, `:is(...)` or `[...]` is not demanded."""
    names, after_dot = set(), False
    for token in selector:
        if token.type == "hash" or (token.type == "ident" and after_dot):
            names.add(token.value)
        after_dot = token.type == "literal" and token.value == "."
    return names


def split_selectors(prelude: list) -> list[list]:
    parts: list[list] = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def written(tokens: list) -> str:
    """The text of a rule, less comments and the space that only people need."""
    text = tinycss2.serialize([token for token in tokens if token.type != "comment"])
    return re.sub(r"\s*\n\s*", " ", text).strip()


def pruned(rules: list, used: set[str] | None) -> str:
    """Write the rules that can apply where only the classes and ids in `used` occur; all of them if it is None."""
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [part for part in split_selectors(rule.prelude) if used is None or names_in(part) <= used]
            if selectors:
                kept.append(f"{','.join(written(part) for part in selectors)}{{{written(rule.content)}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in NESTED and rule.content is not None:
            inside = pruned(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True), used)
            if inside:
                kept.append(f"@{rule.at_keyword} {written(rule.prelude)}{{{inside}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword != "charset":
            body = f"{{{written(rule.content)}}}" if rule.content is not None else ";"
            kept.append(f"@{rule.at_keyword} {written(rule.prelude)}{body}")
        elif rule.type == "error":
            raise ValueError(f"a style sheet does not parse, line {rule.source_line}: {rule.message}")
    return "\n".join(kept)


def sheet_text(site: Path, name: str, used: set[str] | None) -> str:
    """Read a sheet with what it imports, its addresses seen from the folder of the one sheet."""
    folder = posixpath.dirname(name)
    rules = tinycss2.parse_stylesheet((site / name).read_text("utf-8"), skip_comments=True, skip_whitespace=True)
    imported = ""
    while rules and rules[0].type == "at-rule" and rules[0].lower_at_keyword == "import":
        target = next(token.value for token in rules.pop(0).prelude if token.type in ("string", "url"))
        imported += sheet_text(site, posixpath.normpath(posixpath.join(folder, target)), used) + "\n"
    home = posixpath.dirname(SHEET)
    text = URL.sub(lambda url: f'url("{posixpath.relpath(posixpath.join(folder, url[2]), home)}")', pruned(rules, used))
    return imported + text


def write_one_sheet(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or not uses_one_sheet(app):
        return
    site, own = Path(app.outdir), Path(app.srcdir) / "extensions" / "static"
    used = words(site)
    everywhere = sorted(app.builder._orig_css_files, key=lambda sheet: sheet.priority)
    names = [*THEME, *dict.fromkeys(str(sheet.filename) for sheet in everywhere)]
    texts = [sheet_text(site, name, None if (own / name.removeprefix("_static/")).exists() else used) for name in names]
    text = WITHIN.sub(lambda font: f"url(data:font/woff2;base64,{encoded(site / '_static' / font[1])})", "\n".join(filter(None, texts)))
    (site / SHEET).write_text(text + "\n", "utf-8")


def encoded(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode("ascii")


def setup(app: Sphinx) -> dict[str, object]:
    # After every other extension has had its say about the sheets of a page.
    app.connect("html-page-context", link_one_sheet, priority=950)
    # After the unused fonts and icons are gone.
    app.connect("build-finished", write_one_sheet, priority=850)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
