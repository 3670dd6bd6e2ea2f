"""Reduce the fonts of the built site, and the rules for icons, to the characters that it shows.

The icon fonts of the theme hold two thousand icons, of which the book shows some thirty, and its style
sheet a rule for each; KaTeX's fonts hold every symbol that a formula might need. Leaving out the rest
saves readers some 400 kB. Runs when the build has finished, as only then it is known what the pages
show; results are kept beside the doctrees, as most builds change no character.
"""

from __future__ import annotations

import hashlib
import logging
import re
import string
from pathlib import Path

from fontTools import subset
from sphinx.application import Sphinx

ICON_RULE = re.compile(r"([^{}]*\.fa-[^{}]*):before\{content:\"\\(f[0-9a-f]+)\"\}")
ICON_FONTS = "_static/vendor/fontawesome/webfonts"
FORMULA_FONTS = "_static/katex/fonts"
# Jupyter Book sets the root logger to INFO, at which fontTools tells every glyph.
logging.getLogger("fontTools").setLevel(logging.WARNING)


def icons_named(pages: str) -> set[str]:
    return set(re.findall(r"\bfa-[a-z0-9-]+", pages))


def icons_shown(sheets: str, named: set[str]) -> set[int]:
    """Code points of the icons that pages name by class, or that a style sheet places by itself."""
    shown = {int(code, 16) for selectors, code in ICON_RULE.findall(sheets) if named & icons_named(selectors)}
    # Boxes and buttons have their icons outside the rules `.fa-name:before`, as a character (of the
    # private use area) or as its code.
    rest = ICON_RULE.sub("", sheets)
    shown |= {int(code, 16) for code in re.findall(r"\\(f[0-9a-f]{3})\b", rest)}
    return shown | {ord(character) for character in re.findall(r"[\ue000-\uf8ff]", rest)}


def drop_rules(sheet: Path, named: set[str]) -> None:
    """Leave out the rules of icons that no page names."""
    css = sheet.read_text("utf-8")
    sheet.write_text(ICON_RULE.sub(lambda rule: rule[0] if named & icons_named(rule[1]) else "", css), "utf-8")


def reduce(font: Path, characters: set[int], cache: Path) -> None:
    key = hashlib.sha256(font.read_bytes() + repr(sorted(characters)).encode()).hexdigest()[:24]
    kept = cache / f"{key}.woff2"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        # Hints are for coarse screens of old and half of the size.
        options = subset.Options(flavor="woff2", layout_features=["*"], notdef_outline=True, hinting=False)
        loaded = subset.load_font(font, options)
        worker = subset.Subsetter(options)
        worker.populate(unicodes=characters)
        worker.subset(loaded)
        subset.save_font(loaded, kept, options)
    font.write_bytes(kept.read_bytes())


def reduce_fonts(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    site, cache = Path(app.outdir), Path(app.doctreedir) / "fonts"
    pages = "".join(page.read_text("utf-8") for page in site.rglob("*.html"))
    scripts = "".join(script.read_text("utf-8") for script in site.glob("_static/**/*.js") if "fontawesome" not in script.name)
    named = icons_named(pages + scripts)
    sheets = sorted(site.glob("_static/**/*.css"))
    icons = icons_shown("".join(sheet.read_text("utf-8") for sheet in sheets), named)
    for sheet in sheets:
        drop_rules(sheet, named)
    characters = set(map(ord, set(pages))) | set(map(ord, string.printable))
    for font in sorted(site.glob(f"{ICON_FONTS}/*.woff2")):
        reduce(font, icons, cache)
    for font in sorted(site.glob(f"{FORMULA_FONTS}/*.woff2")):
        reduce(font, characters, cache)


def remove_unused(app: Sphinx, exception: Exception | None) -> None:
    """Drop what no page loads: 4 MB of source maps, old font formats and the icons' script."""
    if exception is None and app.builder.format == "html":
        sheet = Path(app.outdir, "_static/styles/pydata-sphinx-theme.css")
        if sheet.exists():
            sheet.write_text(re.sub(r',url\([^)]*\.ttf\) format\("truetype"\)', "", sheet.read_text("utf-8")), "utf-8")
        for pattern in ("**/*.map", f"{ICON_FONTS.removeprefix('_static/')}/*.ttf", "scripts/fontawesome.js*"):
            for path in Path(app.outdir, "_static").glob(pattern):
                path.unlink()


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("build-finished", remove_unused, priority=800)
    app.connect("build-finished", reduce_fonts, priority=801)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
