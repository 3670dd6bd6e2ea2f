"""The fonts of PDF and EPUB: none of the reader's machine, all of open licences, all in the repository or in a package.

Text is Source Serif, formulas KaTeX's own fonts, code and figures DejaVu (it comes with matplotlib, which drew the
figures with it), Chinese Noto Sans SC.
"""

from __future__ import annotations

import io
import logging
from pathlib import Path

import matplotlib
from fontTools import subset

VENDOR = Path(__file__).parents[2] / "extensions" / "vendor"
SERIF = VENDOR / "source-serif-4"
CHINESE = VENDOR / "noto-sans-sc" / "noto-sans-sc-chinese-simplified-400-normal.woff2"
DEJAVU = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
STYLES = {"": (400, "normal"), "Bold": (700, "normal"), "Oblique": (400, "italic"), "BoldOblique": (700, "italic")}
logging.getLogger("fontTools").setLevel(logging.WARNING)


def is_chinese(character: str) -> bool:
    """Say whether a character is a Chinese one or Chinese punctuation."""
    return "\u2e80" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff" or "\uff00" <= character <= "\uffef"


def face(family: str, weight: int, style: str, file: Path) -> str:
    return f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-style: {style}; src: url("{file.as_uri()}"); }}\n'


def faces() -> str:
    """Return the `@font-face` rules of the PDF."""
    rules = [
        face("Source Serif 4", weight, style, SERIF / f"source-serif-4-{script}-{weight}-{style}.woff2")
        for script in ("greek", "latin-ext", "latin")
        for weight in (400, 700)
        for style in ("normal", "italic")
    ]
    for family in ("DejaVu Sans", "DejaVu Sans Mono"):
        for name, (weight, style) in STYLES.items():
            file = f"{family.replace(' ', '')}{'-' + name if name else ''}.ttf"
            rules.append(face(family, weight, style, DEJAVU / file))
    rules.append(face("Noto Sans SC", 400, "normal", CHINESE))
    return "".join(rules)


def chinese_subset(text: str, *, flavor: str) -> bytes:
    """Return the Chinese font cut down to the Chinese characters of `text`; `flavor` is `woff` or `woff2`."""
    options = subset.Options(flavor=flavor, hinting=False, layout_features=[], notdef_outline=True)
    font = subset.load_font(CHINESE, options)
    wanted = {ord(character) for character in set(text) if is_chinese(character)}
    absent = wanted - set(font.getBestCmap())
    if absent:
        font.close()
        raise ValueError(f"`text` must hold characters of {CHINESE.name} only; it lacks {''.join(map(chr, sorted(absent)))}")
    worker = subset.Subsetter(options)
    worker.populate(unicodes=wanted)
    worker.subset(font)
    result = io.BytesIO()
    subset.save_font(font, result, options)
    font.close()
    return result.getvalue()
