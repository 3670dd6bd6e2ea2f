"""The cover: the arch of the binary entropy, and the title."""

from __future__ import annotations

import math
from html import escape
from pathlib import Path

from tools.printing import fonts

WIDTH, HEIGHT = 1000, 500


def arch(scale: float) -> str:
    """Return the points of the binary entropy, times `scale`, as a path."""
    points = []
    for step in range(201):
        p = step / 200
        entropy = -sum(q * math.log2(q) for q in (p, 1 - p) if q > 0)
        points.append(f"{p * WIDTH:.1f},{HEIGHT - scale * entropy * HEIGHT:.1f}")
    return "M" + "L".join(points)


def drawing() -> str:
    curves = "".join(
        f'<path d="{arch(scale)}" fill="none" stroke="#ffffff" stroke-opacity="{0.15 + 0.85 * scale**3:.2f}" '
        f'stroke-width="{2 + 4 * scale**4:.1f}"/>'
        for scale in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    )
    return (
        f'<svg viewBox="-8 -8 {WIDTH + 16} {HEIGHT + 16}" role="img" '
        f'aria-label="Arches that rise from nothing to one bit at the middle and fall again: the binary entropy.">{curves}</svg>'
    )


def cover(title: str, author: str) -> str:
    """Return the cover as HTML; `print.css` lays it out."""
    return (
        f'<section class="cover"><div class="cover-title">{escape(title)}</div>'
        f'<div class="cover-subtitle">A course in which everything is checked</div>{drawing()}'
        f'<div class="cover-author">{escape(author)}</div></section>'
    )


def picture(browser, book) -> bytes:
    """Return the cover as a PNG, for the libraries of e-readers."""
    page = browser.new_page(viewport={"width": 794, "height": 1121}, device_scale_factor=1.6)
    style = fonts.faces() + (Path(__file__).parent / "print.css").read_text("utf-8")
    blank = Path(__file__).parent / "print.css"  # any local page: only local pages may load local fonts
    page.goto(blank.as_uri())
    page.set_content(f"<!doctype html><style>{style} body {{ width: auto; }}</style>{cover(book.title, book.author)}")
    page.evaluate("document.fonts.ready")
    image = page.locator(".cover").screenshot()
    page.close()
    return image
