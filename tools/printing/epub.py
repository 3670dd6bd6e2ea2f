"""The book as EPUB 3: a file of XHTML for each page, formulas as MathML, drawings as SVG.

MathML is what Apple Books, Thorium and Calibre show, and what screen readers read; KaTeX made it when the site was built.
"""

from __future__ import annotations

import re
import shutil
import uuid
import zipfile
from copy import deepcopy
from html import escape
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import etree
from lxml.html import HtmlElement
from pygments.formatters import HtmlFormatter

from tools.printing import fonts
from tools.printing.archive import put
from tools.printing.details import LANGUAGE, LICENCE, LICENCE_ADDRESS, Details
from tools.printing.pages import FRONT, SOLUTIONS, Book, Page, has_class, xml
from tools.printing.pdf import CODE_STYLE, part_id

HERE = Path(__file__).parent
XHTML = (
    '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" '
    'xmlns:epub="http://www.idpf.org/2007/ops" lang="{language}" xml:lang="{language}"><head><title>{title}</title>'
    '<link rel="stylesheet" type="text/css" href="book.css"/></head><body{kind}>{body}</body></html>\n'
)
CONTAINER = (
    '<?xml version="1.0" encoding="utf-8"?>\n<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
    '<rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>\n'
)
TYPES = {
    ".xhtml": "application/xhtml+xml",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".css": "text/css",
    ".woff": "font/woff",
    ".ncx": "application/x-dtbncx+xml",
}
# Readers of MathML Core show the alphabets of mathematics only as characters of their own.
ALPHABETS = {"double-struck": (0x1D538, 0x1D552), "script": (0x1D49C, 0x1D4B6), "fraktur": (0x1D504, 0x1D51E), "bold": (0x1D400, 0x1D41A)}
HOLES = dict(zip(
    "\U0001d49d\U0001d4a0\U0001d4a1\U0001d4a3\U0001d4a4\U0001d4a7\U0001d4a8\U0001d4ad\U0001d4ba\U0001d4bc\U0001d4c4"
    "\U0001d506\U0001d50b\U0001d50c\U0001d515\U0001d51d\U0001d53a\U0001d53f\U0001d545\U0001d547\U0001d548\U0001d549\U0001d551",
    "ℬℰℱℋℐℒℳℛℯℊℴℭℌℑℜℨℂℍℕℙℚℝℤ",
))  # letters that Unicode had before it had the alphabets


class Package:
    """The files of the book, in the order in which they are read."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.spine: list[str] = []

    def add(self, name: str, content: str | bytes, *, read: bool = False) -> None:
        self.files[name] = content.encode("utf-8") if isinstance(content, str) else content
        if read:
            self.spine.append(name)


def make_epub(book: Book, details: Details, cover: bytes, output: Path) -> None:
    """Write the book to the file `output`; `cover` is a PNG."""
    package = Package()
    homes = {name: f"{page.slug}.xhtml" for page in book.pages for name in page.body.xpath("descendant-or-self::*/@id")}
    bodies = {page.name: reflowable(page, homes, package) for page in book.pages}
    package.add("cover.png", cover)
    image = f'<figure class="cover"><img src="cover.png" alt="Cover: {escape(book.title)}"/></figure>'
    package.add("cover.xhtml", document(book.title, image, kind="cover"), read=True)
    package.add("colophon.xhtml", document("About this edition", colophon(book, details)), read=True)
    package.add("nav.xhtml", navigation(book), read=True)
    for part, members in book.parts().items():
        if part not in (FRONT, SOLUTIONS):
            name = f"{part_id(part)}.xhtml"
            title = f'<section class="part-title" epub:type="part"><h1>{escape(part)}</h1></section>'
            package.add(name, document(part, title), read=True)
        for page in members:
            package.add(f"{page.slug}.xhtml", document(page.label, bodies[page.name]), read=True)
    package.add("toc.ncx", old_navigation(book, details))
    text = "".join(content.decode("utf-8") for name, content in package.files.items() if name.endswith(".xhtml"))
    style = (HERE / "epub.css").read_text("utf-8") + HtmlFormatter(style=CODE_STYLE).get_style_defs(".highlight")
    if any(map(fonts.is_chinese, text)):
        package.add("noto-sans-sc.woff", fonts.chinese_subset(text, flavor="woff"))
        style += '\n@font-face { font-family: "Noto Sans SC"; src: url("noto-sans-sc.woff"); }\n'
    package.add("book.css", style)
    package.add("package.opf", manifest(book, details, package))
    write(package, output, details)


def document(title: str, body: str, *, kind: str = "") -> str:
    kind = f' epub:type="{kind}"' if kind else ""
    return XHTML.format(language=LANGUAGE, title=escape(title), body=body, kind=kind)


def reflowable(page: Page, homes: dict[str, str], package: Package) -> str:
    """Return a page as XHTML, and put its drawings into the package."""
    body = deepcopy(page.body)
    for link in body.xpath(".//a[starts-with(@href, '#')]"):
        target = link.get("href")[1:]
        link.set("href", f"{homes[target]}#{target}")
    for formula in body.xpath(f".//span[{has_class('katex')}]"):
        replace_formula(formula)
    for image in body.xpath(".//img"):
        source = Path(unquote(urlsplit(image.get("src")).path))
        name = f"images/{source.name}"
        package.add(name, drawing(source))
        for attribute in set(image.attrib) - {"alt", "width", "height"}:
            del image.attrib[attribute]
        image.set("src", name)
    for element in body.iter():
        tidy(element)
    return with_namespaces(xml(body))


def replace_formula(formula: HtmlElement) -> None:
    """Leave the MathML of a formula alone, with its TeX source as the text for those who can't show it."""
    (math,) = formula.xpath(".//math")
    (source,) = math.xpath("./semantics/annotation")
    math.set("alttext", source.text or "")
    semantics = source.getparent()
    semantics.remove(source)
    semantics.drop_tag()
    for element in math.iter():
        if element.tag in ("mi", "mo", "mn") and len(element):  # KaTeX puts formulas into what may hold letters only
            element.tag = "mrow"
            element.attrib.pop("stretchy", None)
        if element.get("columnspacing") == "":
            del element.attrib["columnspacing"]
        variant = element.get("mathvariant")
        if variant in ALPHABETS and element.text:
            element.text = "".join(alphabet(letter, variant) for letter in element.text)
            del element.attrib["mathvariant"]
    math.tail = formula.tail
    formula.getparent().replace(formula, math)


def alphabet(letter: str, variant: str) -> str:
    """Return a Latin letter in one of the alphabets of mathematics."""
    capital, small = ALPHABETS[variant]
    if "A" <= letter <= "Z":
        letter = chr(capital + ord(letter) - ord("A"))
    elif "a" <= letter <= "z":
        letter = chr(small + ord(letter) - ord("a"))
    return HOLES.get(letter, letter)


def drawing(path: Path) -> bytes:
    """Return an SVG less its document type and its notes on who drew it."""
    root = etree.fromstring(path.read_bytes(), etree.XMLParser(remove_comments=True, huge_tree=True, resolve_entities=False))
    for element in root.xpath("//*[local-name()='metadata']"):
        element.getparent().remove(element)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def tidy(element: HtmlElement) -> None:
    """Take off what XHTML doesn't allow or a reader of the book has no use for."""
    if not isinstance(element.tag, str):
        return
    for name in list(element.attrib):
        if name.startswith(("aria-", "data-", "on")) or name in ("role", "loading", "align"):
            del element.attrib[name]
    if element.tag == "p" and element.xpath("./div | ./ul | ./ol | ./table | ./figure"):
        element.tag = "div"


def with_namespaces(text: str) -> str:
    return re.sub(r"<math(?! xmlns)", '<math xmlns="http://www.w3.org/1998/Math/MathML"', text)


def colophon(book: Book, details: Details) -> str:
    date = f"{details.made.day} {details.made:%B %Y}"
    return (
        f'<section class="colophon" epub:type="colophon"><h1>{escape(book.title)}</h1><p>A course in which everything is checked.</p>'
        f"<p>{escape(book.author)}. Version {escape(details.version)}, {date}"
        f'{", commit " + escape(details.commit) if details.commit else ""}.</p><p>© {escape(book.year)} {escape(book.author)}. '
        f'{LICENCE} <a href="{LICENCE_ADDRESS}">{LICENCE_ADDRESS}</a></p><p>Made from the same notebooks as the book\'s site. '
        "Left out are the code that draws the figures, which is in the notebooks, and the cells under the exercises in which a "
        "reader's answer is checked. The solutions stand at the end. Formulas are MathML, which Apple Books, Thorium and Calibre "
        "show. The Chinese characters come with a part of Noto Sans SC, under the SIL Open Font License.</p></section>"
    )


def navigation(book: Book) -> str:
    items = []
    for part, members in book.parts().items():
        lines = "".join(f'<li><a href="{page.slug}.xhtml">{escape(page.label)}</a></li>' for page in members)
        if part in (FRONT, SOLUTIONS):
            items.append(lines)
        else:
            items.append(f'<li><a href="{part_id(part)}.xhtml">{escape(part)}</a><ol>{lines}</ol></li>')
    marks = (
        ("cover", "cover.xhtml", "Cover"),
        ("toc", "nav.xhtml", "Contents"),
        ("bodymatter", f"{book.pages[0].slug}.xhtml", "Begin reading"),
    )
    landmarks = "".join(f'<li><a epub:type="{kind}" href="{file}">{name}</a></li>' for kind, file, name in marks)
    return document(
        "Contents",
        f'<nav epub:type="toc" id="toc"><h1>Contents</h1><ol>{"".join(items)}</ol></nav>'
        f'<nav epub:type="landmarks" hidden="hidden"><h2>Landmarks</h2><ol>{landmarks}</ol></nav>',
    )


def identifier(book: Book) -> str:
    """Return the same identifier for every edition, so that a new one takes the place of the old one in a library."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_DNS, book.title)}"


def old_navigation(book: Book, details: Details) -> str:
    """Return the contents in the form of EPUB 2, which older readers look for."""
    points = "".join(
        f'<navPoint id="n{number}" playOrder="{number}"><navLabel><text>{escape(page.label)}</text></navLabel>'
        f'<content src="{page.slug}.xhtml"/></navPoint>'
        for number, page in enumerate(book.pages, start=1)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1"><head>'
        f'<meta name="dtb:uid" content="{identifier(book)}"/></head><docTitle><text>{escape(book.title)}</text></docTitle>'
        f"<navMap>{points}</navMap></ncx>\n"
    )


def manifest(book: Book, details: Details, package: Package) -> str:
    """Return the package document: what the book is, which files it has, in which order they are read."""
    ids = {name: "f-" + re.sub(r"[^\w.-]", "-", name) for name in package.files}
    items = []
    for name, content in package.files.items():
        properties = {"nav.xhtml": "nav", "cover.png": "cover-image"}.get(name, "")
        if name.endswith(".xhtml") and b"<math" in content:
            properties = f"{properties} mathml".strip()
        properties = f' properties="{properties}"' if properties else ""
        items.append(f'<item id="{ids[name]}" href="{name}" media-type="{TYPES[Path(name).suffix]}"{properties}/>')
    spine = "".join(f'<itemref idref="{ids[name]}"/>' for name in package.spine)
    subjects = "".join(f"<dc:subject>{escape(word)}</dc:subject>" for word in details.keywords)
    access = {
        "accessMode": ["textual", "visual"],
        "accessModeSufficient": ["textual"],
        "accessibilityFeature": ["alternativeText", "MathML", "readingOrder", "structuralNavigation", "tableOfContents"],
        "accessibilityHazard": ["none"],
        "accessibilitySummary": ["Formulas are MathML, figures have alternative text, headings are in order."],
    }
    access_meta = "".join(f'<meta property="schema:{name}">{value}</meta>' for name, values in access.items() for value in values)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<package xmlns="http://www.idpf.org/2007/opf" version="3.0" '
        f'unique-identifier="uid" xml:lang="{LANGUAGE}"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="uid">{identifier(book)}</dc:identifier><dc:title>{escape(book.title)}</dc:title>'
        f'<dc:creator id="author">{escape(book.author)}</dc:creator>'
        '<meta refines="#author" property="role" scheme="marc:relators">aut</meta>'
        f"<dc:language>{LANGUAGE}</dc:language><dc:date>{details.made:%Y-%m-%d}</dc:date><dc:publisher>{escape(book.author)}</dc:publisher>"
        f"<dc:description>{escape(details.summary)}</dc:description><dc:rights>{LICENCE} {LICENCE_ADDRESS}</dc:rights>{subjects}"
        f'<meta property="dcterms:modified">{details.made:%Y-%m-%dT%H:%M:%SZ}</meta>{access_meta}'
        f'<meta name="cover" content="{ids["cover.png"]}"/></metadata><manifest>{"".join(items)}</manifest>'
        f'<spine toc="{ids["toc.ncx"]}">{spine}</spine></package>\n'
    )


def write(package: Package, output: Path, details: Details) -> None:
    """Write the container: the type first and not compressed, as its readers demand."""
    partial = output.with_suffix(".part")
    with zipfile.ZipFile(partial, "w") as container:
        put(container, "mimetype", b"application/epub+zip", details.made, compress=False)
        put(container, "META-INF/container.xml", CONTAINER.encode(), details.made)
        for name, content in package.files.items():
            put(container, f"EPUB/{name}", content, details.made)
    shutil.move(partial, output)
