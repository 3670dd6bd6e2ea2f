"""Offer the files on the site: copy them there, and put links to them where the first page tells how to make them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

NAME = "information-theory-of-machine-learning"
FOLDER = "downloads"
PLACE = re.compile(r'<div class="[^"]*\bdownloads\b[^"]*">.*?</div>', re.DOTALL)
PAGE = "chapters/index.html"
KINDS = {
    "pdf": ("PDF", "for paper and large screens"),
    "epub": ("EPUB", "for e-readers and phones"),
    "zip": ("ZIP", "this site: unpack it and open index.html"),
}


def publish(site: Path, made: Path) -> None:
    """Copy the files in the folder `made` to the folder `site`, and link them on its first page."""
    absent = [kind for kind in KINDS if not (made / f"{NAME}.{kind}").is_file()]
    if absent:
        raise FileNotFoundError(f"`made` must hold {NAME}.pdf, .epub and .zip; {made} lacks {absent}: make print")
    page = site / PAGE
    text = page.read_text("utf-8")
    places = PLACE.findall(text)
    if len(places) != 1:
        raise ValueError(f"`site` must have one element of class `downloads` in {PAGE}; it has {len(places)}")
    (site / FOLDER).mkdir(exist_ok=True)
    items = ""
    for kind, (name, use) in KINDS.items():
        file = Path(shutil.copy(made / f"{NAME}.{kind}", site / FOLDER))
        items += f'<li><a href="../{FOLDER}/{file.name}">{name}</a>, {file.stat().st_size / 1e6:.1f} MB: {use}</li>'
    page.write_text(text.replace(places[0], f'<div class="downloads"><ul>{items}</ul></div>'), "utf-8")
