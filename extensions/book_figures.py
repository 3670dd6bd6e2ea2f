"""Show each stored SVG figure twice, once for light and once for dark pages, and demand alt text.

A chapter stores one SVG, drawn in the light colours of `lib.plotting`. While the book is built this
extension writes two files from it, the second with the colours exchanged through
`lib.plotting.DARK`, and puts an `<img>` for each on the page. The theme hides the one that does not
fit the mode with `display: none`, so a screen reader meets exactly one.

Any image without alternative text is a warning, and so stops the build; Sphinx would fall back on
the file name, which no accessibility checker notices.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from lib.plotting import DARK

logger = logging.getLogger(__name__)
POINTS_TO_PIXELS = 96 / 72


class themed_image(nodes.image):
    """One of the two images of a figure; behaves as an image in every other builder."""


def in_dark_colours(svg: str) -> str:
    """Exchange the colours in one pass, so that no result of an exchange is exchanged again."""
    dark = {light.lower(): other for light, other in DARK.items()}
    return re.sub(r"#[0-9a-f]{6}\b", lambda match: dark.get(match[0].lower(), match[0]), svg, flags=re.I)


def size_in_pixels(svg: str) -> tuple[int, int] | None:
    """Read the size from the root element: with it the page does not jump when the image arrives."""
    root = re.search(r"<svg\b[^>]*>", svg)
    found = [re.search(rf'\b{side}="([\d.]+)(pt|px)?"', root[0]) if root else None for side in ("width", "height")]
    if not all(found):
        return None
    return tuple(round(float(match[1]) * (POINTS_TO_PIXELS if match[2] == "pt" else 1)) for match in found)


class SplitFigures(SphinxTransform):
    """Replace the figures while a page is read, before Sphinx collects its images."""

    default_priority = 400

    def apply(self, **_kwargs: object) -> None:
        for image in list(self.document.findall(nodes.image)):
            if not image.get("alt", "").strip():
                logger.warning(
                    "image has no alternative text (in a notebook: `mystnb: {image: {alt: ...}}` in the metadata of its cell): %s",
                    image["uri"],
                    location=image,
                    type="figure",
                    subtype="alt",
                )
            path = Path(self.env.relfn2path(image["uri"], self.env.docname)[1])
            if path.suffix == ".svg" and path.is_file():
                svg = path.read_text("utf-8")
                dark = in_dark_colours(svg)
                if dark != svg:  # a hand-made drawing may do without the colours of the book
                    # In a box of their own: the theme hides a caption that follows a hidden image.
                    image.parent.replace(
                        image,
                        nodes.inline("", "", self.variant(image, "light", svg), self.variant(image, "dark", dark), classes=["themed"]),
                    )

    def variant(self, image: nodes.image, mode: str, svg: str) -> themed_image:
        folder = Path(self.app.doctreedir) / "figures"
        folder.mkdir(parents=True, exist_ok=True)
        # Named by content: a figure that did not change keeps its address in the readers' caches.
        path = folder / f"{hashlib.sha256(svg.encode()).hexdigest()[:16]}-{mode}.svg"
        path.write_text(svg, "utf-8")
        node = themed_image(
            uri="/" + os.path.relpath(path, self.app.srcdir).replace(os.sep, "/"),
            alt=image.get("alt", ""),
            size=size_in_pixels(svg),
            classes=[*image["classes"], f"only-{mode}"],
        )
        node.source, node.line = image.source, image.line
        return node


def visit_themed_image(translator, node: themed_image) -> None:
    uri = node["uri"]
    if uri in translator.builder.images:
        uri = f"{translator.builder.imgpath}/{translator.builder.images[uri]}"
    size = {"width": node["size"][0], "height": node["size"][1]} if node["size"] else {}
    # The hidden one of the two is lazy, so it is not even fetched.
    translator.body.append(
        translator.emptytag(node, "img", "\n", src=uri, alt=node["alt"], loading="lazy", **{k: str(v) for k, v in size.items()})
    )
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, object]:
    app.add_node(themed_image, html=(visit_themed_image, None))
    app.add_transform(SplitFigures)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
