"""Place interactive figures below the static ones that they belong to, with scripts on those pages only.

A cell that draws a figure names a component in its metadata, beside `mystnb`:

    "interactive": {"component": "entropy", "start": {"p": [0.5, 0.3, 0.2]}}

Jupyter, GitHub, print and a browser without scripts show the static figure alone. On the site an element
`<book-entropy>` follows it. The component is `static/interactive/entropy.js`, whose first comment tells the
height to reserve (`// Height: 560 wide, 700 narrow`) and files that it needs (`// Needs: mixtures.js`).
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from pathlib import Path

from docutils import nodes
from markupsafe import escape
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

logger = logging.getLogger(__name__)
FOLDER = Path(__file__).parent / "static" / "interactive"
#: What every page with a component loads, in this order, before the component itself.
SHARED = ["measures.js", "core.js"]
STYLE = "interactive.css"
#: Loaded at once; it fetches the scripts when a figure comes near.
LOADER = "load.js"


class interactive(nodes.General, nodes.Element):
    """The place of a component; only a page of HTML shows anything there."""


def components() -> list[str]:
    """The names of all components: the files that say which height they need."""
    return sorted(path.stem for path in FOLDER.glob("*.js") if header(path.stem)["height"])


def header(component: str) -> dict:
    """Read the first comment of a component: height on wide and on narrow windows, and files needed."""
    text = re.match(r"(?://.*\n)*", (FOLDER / f"{component}.js").read_text("utf-8"))[0]
    height = re.search(r"^// Height: (\d+) wide, (\d+) narrow$", text, re.M)
    needs = re.search(r"^// Needs: (.+)$", text, re.M)
    return {"height": height and height.groups(), "needs": re.split(r",\s*", needs[1]) if needs else []}


def scripts(names: list[str]) -> list[str]:
    """The scripts that a page with these components runs, each once, in their order."""
    needed = [file for name in names for file in header(name)["needs"]]
    return list(dict.fromkeys([*SHARED, *needed, *(f"{name}.js" for name in names)]))


def weights(names: list[str]) -> dict[str, int]:
    """Compressed bytes of each file that a page with these components loads, at once or later."""
    return {file: len(gzip.compress((FOLDER / file).read_bytes(), 6)) for file in [STYLE, LOADER, *scripts(names)]}


def fault(wanted: object, *, has_figure: bool) -> str | None:
    """Say what is wrong with the metadata of a cell, if anything is."""
    if not isinstance(wanted, dict) or set(wanted) - {"component", "start"}:
        return f"`interactive` must hold `component`, and `start` if need be; it is {wanted!r}"
    if wanted.get("component") not in components():
        return f"`component` must be one of {', '.join(components())}; it is {wanted.get('component')!r}"
    if not isinstance(wanted.get("start", {}), dict):
        return f"`start` must be a dictionary; it is {wanted['start']!r}"
    if not has_figure:
        return "its cell must draw a static figure, which is what Jupyter and paper show"
    return None


class PlaceComponents(SphinxTransform):
    """Put the components after the cells that name them."""

    default_priority = 420  # after book_figures

    def apply(self, **_kwargs: object) -> None:
        for cell in list(self.document.findall(nodes.container)):
            wanted = cell.get("cell_metadata", {}).get("interactive")
            if cell.get("nb_element") == "cell_code" and wanted is not None:
                self.place(cell, wanted)

    def place(self, cell: nodes.container, wanted: object) -> None:
        wrong = fault(wanted, has_figure=any(cell.findall(nodes.image)))
        if wrong:
            logger.warning("interactive figure: %s", wrong, location=cell, type="interactive")
            return
        name = wanted["component"]
        self.env.note_dependency(str(FOLDER / f"{name}.js"))
        node = interactive(component=name, start=wanted.get("start", {}), height=header(name)["height"])
        cell.parent.insert(cell.parent.index(cell) + 1, node)


def visit_interactive(translator, node: interactive) -> None:
    if translator.builder.name in ("html", "dirhtml"):
        wide, narrow = node["height"]
        tag = f"book-{node['component']}"
        start = escape(json.dumps(node["start"], ensure_ascii=False))
        style = f"--wide:{wide}px;--narrow:{narrow}px"
        translator.body.append(f'<{tag} class="interactive" style="{style}" start="{start}"></{tag}>\n')
    raise nodes.SkipNode


def skip(_translator, _node: interactive) -> None:
    raise nodes.SkipNode


def load(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Add the scripts to pages that have a component, and to no other."""
    if doctree is None:
        return
    names = list(dict.fromkeys(node["component"] for node in doctree.findall(interactive)))
    if not names:
        return
    # With a version, as Sphinx gives its own files, so that no old copy is taken from a reader's cache.
    files = " ".join(f"{file}?v={zlib.crc32((FOLDER / file).read_bytes()):08x}" for file in scripts(names))
    app.add_js_file(f"interactive/{LOADER}", loading_method="defer", **{"data-files": files})
    total = sum(weights(names).values())
    logger.info("interactive figures on %s: %s; %.1f kB compressed", pagename, ", ".join(names), total / 1000)


def setup(app: Sphinx) -> dict[str, object]:
    others = dict.fromkeys(["latex", "text", "man", "texinfo", "gettext"], (skip, None))
    app.add_node(interactive, html=(visit_interactive, None), **others)
    app.add_transform(PlaceComponents)
    app.add_css_file(f"interactive/{STYLE}")  # of every page, in its one sheet: a second would hold up the first view
    app.connect("html-page-context", load)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
