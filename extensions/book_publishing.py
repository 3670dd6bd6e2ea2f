"""What other programs read of the site: cards for links, a sitemap, `llms.txt`.

Cards are pictures that a chat or a social network shows beside a link; they are drawn while the book is built. Where the site
will stand is known only to who publishes it: the environment variable BOOK_URL, or `html: baseurl:` in `_config.yml`. Only
with it are there a sitemap, canonical addresses, and addresses of the cards, since all of these have to be absolute.
"""

from __future__ import annotations

import hashlib
import html
import os
import re
from pathlib import Path
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import numpy as np
from markupsafe import escape as attribute
from sphinx.application import Sphinx
from sphinx.errors import ConfigError

WIDE, HIGH = 1200, 630  # pixels, as the networks ask for
NIGHT, DAY, LINE, SOFT = "#12161c", "#f2f4f7", "#56b4e9", "#9aa1ab"


def set_address(app: Sphinx, config) -> None:
    """Take the address from the environment, and give it the slash at the end that it needs."""
    address = os.environ.get("BOOK_URL") or config.html_baseurl
    if address:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise ConfigError(f"BOOK_URL must be an address such as https://example.org/book/; it is {address!r}")
        config.html_baseurl = address.rstrip("/") + "/"


def plain_title(app: Sphinx, docname: str) -> str:
    return app.env.titles[docname].astext()


def card_of(app: Sphinx, docname: str) -> str:
    """Name the card of a page: numbered chapters have their own."""
    return Path(docname).name if chapter_number(app, docname) else "book"


def chapter_number(app: Sphinx, docname: str) -> str:
    return ".".join(map(str, app.env.toc_secnumbers.get(docname, {}).get("", ())))


def add_card(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Tell other programs the page's title, description, address and picture."""
    if doctree is None:
        return
    described = re.search(r'<meta name="description" content="([^"]*)"', context["metatags"])
    title, book = plain_title(app, pagename), app.config.html_title or app.config.project
    properties = {
        "og:type": "article" if chapter_number(app, pagename) else "website",
        "og:site_name": book,
        "og:title": title,
        "og:description": html.unescape(described[1]) if described else book,
    }
    base = app.config.html_baseurl
    if base:
        properties |= {
            "og:url": f"{base}{pagename}.html",
            "og:image": f"{base}_static/cards/{card_of(app, pagename)}.png",
            "og:image:width": WIDE,
            "og:image:height": HIGH,
            "og:image:alt": f"The title “{title}” beside the curve of the entropy of a coin",
        }
    lines = [f'<meta property="{name}" content="{attribute(value)}" />' for name, value in properties.items()]
    if base:
        lines.append('<meta name="twitter:card" content="summary_large_image" />')
    context["metatags"] += "\n" + "\n".join(lines)


def font(size: int, bold: bool = False):
    """Load the letters that come with matplotlib, the same on every machine."""
    import matplotlib
    from PIL import ImageFont

    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts/ttf", f"DejaVuSans{'-Bold' if bold else ''}.ttf"), size)


def broken(text: str, letters, room: int) -> list[str]:
    """Break a title into lines that fit."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if letters.getlength(longer) > room and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def draw_card(title: str, number: str, book: str, path: Path) -> None:
    """Draw a card: the title, the name of the book, and the entropy of a coin as a curve."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (2 * WIDE, 2 * HIGH), NIGHT)  # drawn twice as large, so that the curve becomes smooth
    pen = ImageDraw.Draw(image)
    p = np.sin(np.linspace(0.001, np.pi / 2 - 0.001, 1500)) ** 2  # dense where the curve is steep
    entropy = -p * np.log2(p) - (1 - p) * np.log2(1 - p)
    pen.line([(1640, 1130), (2280, 1130)], fill=SOFT, width=4)
    for x, y in zip(1640 + 640 * p, 1130 - 400 * entropy):  # dots that overlap: smoother than a broken line
        pen.ellipse([x - 7, y - 7, x + 7, y + 7], fill=LINE)
    letters = font(116, bold=True)
    y = 150
    if number:
        pen.text((120, y), f"Chapter {number}", font=font(60), fill=LINE)
        y += 120
    for line in broken(title, letters, 2160 if number else 2100):
        pen.text((120, y), line, font=letters, fill=DAY)
        y += 146
    small = font(52)
    if title != book:
        for place, line in enumerate(reversed(broken(book, small, 1440))):
            pen.text((120, 1060 - 72 * place), line, font=small, fill=SOFT)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.resize((WIDE, HIGH), Image.Resampling.LANCZOS).quantize(48).save(path, optimize=True)


def write_cards(app: Sphinx) -> None:
    book = app.config.html_title or app.config.project
    wanted = {"book": (book, "")}
    for name in app.env.found_docs:
        if chapter_number(app, name):
            wanted[card_of(app, name)] = plain_title(app, name), chapter_number(app, name)
    for name, (title, number) in sorted(wanted.items()):
        key = hashlib.sha256(f"{title}|{number}|{book}|{Path(__file__).read_text('utf-8')}".encode()).hexdigest()[:24]
        kept = Path(app.doctreedir, "cards", f"{key}.png")  # a second build draws none
        if not kept.exists():
            draw_card(title, number, book, kept)
        target = Path(app.outdir, "_static", "cards", f"{name}.png")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(kept.read_bytes())


def pages(app: Sphinx) -> list[str]:
    """All pages, in reading order."""
    order, root = [app.config.root_doc], app.config.root_doc
    includes = app.env.toctree_includes
    stack = list(includes.get(root, []))
    while stack:
        name = stack.pop(0)
        if name not in order:
            order.append(name)
            stack = list(includes.get(name, [])) + stack
    return order


def write_sitemap(app: Sphinx) -> None:
    rows = "\n".join(f"  <url><loc>{escape(app.config.html_baseurl + name)}.html</loc></url>" for name in pages(app))
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}\n</urlset>\n'
    Path(app.outdir, "sitemap.xml").write_text(text, "utf-8")


def write_llms(app: Sphinx) -> None:
    """Write the list of pages that language models read first, with the notebook of each chapter: plain text is what they read best."""
    base = app.config.html_baseurl or ""
    described = {name: description(Path(app.outdir, f"{name}.html")) for name in pages(app)}
    lines = [f"# {app.config.html_title or app.config.project}", "", f"> {described[app.config.root_doc]}", ""]
    lines += ["Every claim, equation and printed number of this book is checked by a program. Text: CC BY 4.0. Code: MIT.", ""]
    lines += ["## Chapters", ""]
    rest = ["", "## Around them", ""]
    for name in pages(app)[1:]:
        number, title = chapter_number(app, name), plain_title(app, name)
        source = next((s for s in ("ipynb", "md") if Path(app.outdir, "_sources", f"{name}.{s}").exists()), None)
        link = f"[{f'{number}. ' if number else ''}{title}]({base}_sources/{name}.{source})" if source else f"[{title}]({base}{name}.html)"
        (lines if number else rest).append(f"- {link}: {described[name]}")
    Path(app.outdir, "llms.txt").write_text("\n".join(lines + rest) + "\n", "utf-8")


def description(path: Path) -> str:
    found = re.search(r'<meta name="description" content="([^"]*)"', path.read_text("utf-8"))
    return html.unescape(found[1]) if found else ""


def publish(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.name == "html":
        write_cards(app)
        write_llms(app)
        if app.config.html_baseurl:
            write_sitemap(app)


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("config-inited", set_address)
    app.connect("html-page-context", add_card, priority=700)  # after the description
    app.connect("build-finished", publish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
