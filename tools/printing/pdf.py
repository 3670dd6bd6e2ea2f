"""The book as PDF: one long page of HTML, printed by a browser.

The print tells on which page each chapter and section begins. From that come the outline and the page numbers of the
contents: these are printed for themselves, on the pages of the contents with everything else invisible, and laid over
them, since printing the whole book a second time would take as long again. The tags that screen readers go by are Chromium's
and make the file three times as large, until they are packed.
"""

from __future__ import annotations

import logging
import re
from copy import deepcopy
from html import escape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pikepdf
import pypdf
from lxml import etree, html
from lxml.html import HtmlElement
from pygments.formatters import HtmlFormatter

from tools.printing import fonts
from tools.printing.cover import cover
from tools.printing.details import LANGUAGE, LICENCE, LICENCE_ADDRESS, Details
from tools.printing.pages import FRONT, SOLUTIONS, Book, Page, has_class, text_of

HERE = Path(__file__).parent
logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of a number that it corrects itself
CODE_STYLE = "a11y-high-contrast-light"
FIGURE_SCALE = 0.88  # of the size on the site: labels as large as captions
SHORT_CODE, SHORT_BOX = 32, 2200  # lines, characters: what is short is not split between two pages
# Formulas, code and tables that are wider than the column are set smaller; code that would get too small is wrapped.
# All sizes are read before any is set: each reading after a setting would lay out the whole book again.
FIT = """() => {
  const width = element => element.getBoundingClientRect().width;
  const tooWide = (selector, ratio) =>
    [...document.querySelectorAll(selector)].map(element => [element, ratio(element)]).filter(([, much]) => much > 1);
  const formulas = tooWide('.math-scroll', box =>
    [...box.querySelector('.katex-html').children].reduce((sum, part) => sum + width(part), 0) / box.clientWidth);
  const code = tooWide('pre', pre => pre.scrollWidth / pre.clientWidth);
  const tables = tooWide('table', table => width(table) / table.parentElement.clientWidth);
  const least = 6.2 * 96 / 72, sizes = code.map(([pre]) => parseFloat(getComputedStyle(pre).fontSize));
  formulas.forEach(([box, much]) => { box.style.fontSize = `${99 / much}%`; });
  code.forEach(([pre, much], index) => { pre.style.fontSize = `${Math.max(sizes[index] * 0.99 / much, least)}px`; });
  tables.forEach(([table, much]) => { table.style.zoom = 0.99 / much; });
  const wrapped = tooWide('pre', pre => pre.scrollWidth / pre.clientWidth);
  wrapped.forEach(([pre]) => pre.classList.add('wrapped'));
  return {formulas: formulas.length, code: code.length, wrapped: wrapped.length, tables: tables.length};
}"""
NUMBERS_ONLY = ".cover, .colophon, .contents { visibility: hidden; } .page-ref { visibility: visible; }"
PATIENCE = 1_200_000  # ms; a minute on a machine that has nothing else to do


def compose(book: Book, details: Details) -> str:
    """Return the whole book as one page of HTML."""
    parts = []
    for part, members in book.parts().items():
        if part not in (FRONT, SOLUTIONS):
            parts.append(part_title(part, members))
        parts += [printed(page) for page in members]
    return document(book, details, contents(book, {}) + "".join(parts), style=running_heads(book))


def document(book: Book, details: Details, rest: str, *, style: str) -> str:
    """Return cover, title page and what follows them as HTML."""
    rules = [fonts.faces(), HtmlFormatter(style=CODE_STYLE).get_style_defs(".highlight"), (HERE / "print.css").read_text("utf-8")]
    katex = (book.site / "_static/katex/katex.min.css").as_uri()
    return (
        f'<!doctype html><html lang="{LANGUAGE}"><head><meta charset="utf-8"><title>{escape(book.title)}</title>'
        f'<link rel="stylesheet" href="{katex}"><style>{"".join(rules)}{style}</style></head><body>'
        f"{cover(book.title, book.author)}{colophon(book, details)}{rest}</body></html>"
    )


def part_id(part: str) -> str:
    return "part-" + re.sub(r"\W+", "-", part.lower())


def running_heads(book: Book) -> str:
    """Return a named page for each chapter: the title of the book on left pages, of the chapter on right ones."""

    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    rules = []
    for page in book.pages:
        name = page.slug
        rules.append(
            f"#{name.replace('.', chr(92) + '.')} {{ page: {name}; }}\n"
            f"@page {name}:left {{ @top-left {{ content: counter(page); }} @top-right {{ content: {quoted(book.title)}; }} }}\n"
            f"@page {name}:right {{ @top-left {{ content: {quoted(page.label)}; }} @top-right {{ content: counter(page); }} }}\n"
        )
    return "".join(rules)


def colophon(book: Book, details: Details) -> str:
    date = f"{details.made.day} {details.made:%B %Y}"
    edition = f"Version {details.version}, {date}" + (f", commit {details.commit}" if details.commit else "")
    facts = {
        "Authors": escape(book.author),
        "Edition": escape(edition),
        "Licence": f'{LICENCE} <a href="{LICENCE_ADDRESS}">{LICENCE_ADDRESS}</a>',
        "Copyright": f"© {escape(book.year)} {escape(book.author)}",
        "Type": "Source Serif 4, KaTeX, DejaVu Sans, DejaVu Sans Mono, Noto Sans SC",
    }
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts.items())
    return (
        f'<section class="colophon"><div class="book-title">{escape(book.title)}</div>'
        f"<p>A course in which everything is checked.</p><dl>{rows}</dl>"
        "<p>This is the book's site on paper, made from the same notebooks. Two things are left out: the code that draws the "
        "figures, which is in the notebooks, and the cells under the exercises in which a reader's answer is checked. The "
        "solutions, which the site folds away, stand at the end.</p></section>"
    )


def contents(book: Book, numbers: dict[str, int]) -> str:
    """Return the table of contents; before the page numbers are known, with room for them."""

    def line(kind: str, target: str, text: str) -> str:
        number = f'<span class="page-ref">{numbers.get(target, "")}</span>'
        return f'<p class="{kind}"><a href="#{target}">{escape(text)}</a><span class="dots"></span>{number}</p>'

    lines = []
    for part, members in book.parts().items():
        alone = part in (FRONT, SOLUTIONS)
        lines += [] if alone else [line("part-line", part_id(part), part)]
        for page in members:
            lines.append(line("part-line" if alone else "chapter-line", page.slug, page.label))
            lines += [line("section-line", target, title) for target, title in sections(page)]
    return f'<section class="contents"><h1 class="chapter">Contents</h1>{"".join(lines)}</section>'


def sections(page: Page) -> list[tuple[str, str]]:
    """Return id and title of each section of a page."""
    return [(heading.getparent().get("id"), text_of(heading)) for heading in page.body.xpath(".//h2")]


def part_title(part: str, members: list[Page]) -> str:
    lines = "".join(f'<p><a href="#{page.slug}">{escape(page.label)}</a></p>' for page in members)
    return f'<section class="part-title" id="{part_id(part)}"><h1>{escape(part)}</h1>{lines}</section>'


def printed(page: Page) -> str:
    """Return a page as it is printed."""
    body = deepcopy(page.body)
    level_headings(body, nested=page.part not in (FRONT, SOLUTIONS))
    speak_formulas(body)
    mark_breaks(body)
    for figure in body.iter("figure"):
        figure.set("role", "group")  # the drawing in it is what the tags call a figure
    figures = [inline_figure(image, page.slug, number) for number, image in enumerate(body.xpath(".//img"))]
    text = html.tostring(body, encoding="unicode", with_tail=False)
    for number, figure in enumerate(figures):
        text = text.replace(f"<svg-{number}></svg-{number}>", figure, 1)
    return text


def level_headings(body: HtmlElement, *, nested: bool) -> None:
    """Name the rank of each heading, and put chapters below parts in the outline."""
    for level, rank in enumerate(("chapter", "section", "subsection", "subsection"), start=1):
        for heading in body.xpath(f".//h{level}[not(@class)]"):
            heading.set("class", rank)
            heading.tag = f"h{level + nested}" if nested else f"h{level}"


def speak_formulas(body: HtmlElement) -> None:
    """Leave out the MathML, which would print as hidden text, and give its TeX source to readers who listen."""
    for formula in body.xpath(f".//span[{has_class('katex-mathml')}]"):
        source = formula.xpath(".//annotation")
        around = formula.getparent()
        if source and source[0].text:
            around.set("role", "img")
            around.set("aria-label", source[0].text)
        formula.drop_tree()


def mark_breaks(body: HtmlElement) -> None:
    """Say where a page must not end: after the words that lead up to something, and inside what is short."""
    for pre in body.xpath(".//pre"):
        if (pre.text_content().count("\n") + 1) <= SHORT_CODE:
            pre.classes.add("short")
    for box in body.xpath(f".//div[{has_class('admonition')}]"):
        if len(box.text_content()) > SHORT_BOX or box.xpath(".//figure"):
            box.classes.add("long")
    for paragraph in body.xpath(".//p"):
        following = paragraph.getnext()
        if following is not None and following.tag in ("div", "ul", "ol", "table", "figure") and not (paragraph.tail or "").strip():
            if paragraph.text_content().rstrip().endswith(":"):
                paragraph.classes.add("leads")


def inline_figure(image: HtmlElement, slug: str, number: int) -> str:
    """Put a drawing into the page itself, where it uses the fonts of the book, and return it."""
    path = Path(unquote(urlsplit(image.get("src")).path))
    stand_in = etree.Element(f"svg-{number}")
    stand_in.tail = image.tail
    if path.suffix != ".svg":
        raise ValueError(f"`image` must be an SVG; {path.name} is not")
    image.getparent().replace(image, stand_in)
    root = etree.fromstring(path.read_bytes(), etree.XMLParser(remove_comments=True, huge_tree=True))
    for element in root.xpath("//*[local-name()='metadata' or local-name()='style']"):
        element.getparent().remove(element)
    text = etree.tostring(root, encoding="unicode")
    prefix = f"{slug}-{number}-"
    text = re.sub(r'\bid="', f'id="{prefix}', text)
    text = re.sub(r"url\(#", f"url(#{prefix}", text)
    text = re.sub(r'href="#', f'href="#{prefix}', text)
    label = escape(image.get("alt"), quote=True)
    root_width = float(root.get("width").removesuffix("pt"))
    text = re.sub(r'(<svg\b[^>]*?) width="[^"]*" height="[^"]*"', rf'\1 width="{root_width * FIGURE_SCALE:.1f}pt"', text, count=1)
    return text.replace("<svg ", f'<svg class="figure" role="img" aria-label="{label}" ', 1)


def print_book(browser, book: Book, details: Details, work: Path, output: Path) -> dict:
    """Print `book` to the file `output`; return what had to be set smaller to fit the page."""
    work.mkdir(parents=True, exist_ok=True)
    fitted = print_page(browser, compose(book, details), work / "book")
    reader = pypdf.PdfReader(work / "book.pdf")
    numbers = page_numbers(reader)
    print_page(browser, document(book, details, contents(book, numbers), style=NUMBERS_ONLY), work / "numbers")
    writer = pypdf.PdfWriter(clone_from=work / "book.pdf")
    for page, overlay in zip(writer.pages, pypdf.PdfReader(work / "numbers.pdf").pages):
        if overlay.extract_text().strip():
            page.merge_page(overlay)
    add_outline(writer, reader, book, numbers)
    add_metadata(writer, book, details)
    writer.write(work / "whole.pdf")
    with pikepdf.open(work / "whole.pdf") as whole:
        whole.save(output, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return fitted


def print_page(browser, text: str, place: Path) -> dict:
    source = place.with_suffix(".html")
    source.write_text(text, "utf-8")
    page = browser.new_page(viewport={"width": 794, "height": 1123})
    page.set_default_timeout(PATIENCE)
    page.emulate_media(media="print", color_scheme="light")
    page.goto(source.as_uri(), wait_until="load")
    page.evaluate("document.fonts.ready")
    fitted = page.evaluate(FIT)
    page.pdf(path=place.with_suffix(".pdf"), prefer_css_page_size=True, print_background=True, outline=False, tagged=True)
    page.close()
    return fitted


def page_numbers(reader: pypdf.PdfReader) -> dict[str, int]:
    """Return for each id that a link names the number of its page."""
    order = {page.indirect_reference.idnum: number for number, page in enumerate(reader.pages, start=1)}
    return {
        name.lstrip("/"): order[target.page.idnum]
        for name, target in reader.named_destinations.items()
        if hasattr(target.page, "idnum")
    }


def add_outline(writer: pypdf.PdfWriter, reader: pypdf.PdfReader, book: Book, numbers: dict[str, int]) -> None:
    """Add parts, chapters and sections, as deep as the contents go."""
    targets = {name.lstrip("/"): target for name, target in reader.named_destinations.items()}

    def entry(title: str, target: str, parent=None):
        place = pypdf.generic.Fit("/XYZ", (0, targets[target]["/Top"], 0))
        return writer.add_outline_item(title, numbers[target] - 1, parent, fit=place, is_open=False)

    for part, members in book.parts().items():
        parent = None if part in (FRONT, SOLUTIONS) else entry(part, part_id(part))
        for page in members:
            chapter = entry(page.label, page.slug, parent)
            for target, title in sections(page):
                entry(title, target, chapter)


def add_metadata(writer: pypdf.PdfWriter, book: Book, details: Details) -> None:
    stamp = f"D:{details.made:%Y%m%d%H%M%S}+00'00'"
    writer.add_metadata(
        {
            "/Title": book.title,
            "/Author": book.author,
            "/Subject": details.summary,
            "/Keywords": ", ".join(details.keywords),
            "/Creator": "Jupyter Book, KaTeX, Chromium",
            "/CreationDate": stamp,
            "/ModDate": stamp,
        }
    )
    writer.xmp_metadata = xmp(book, details)
    writer._root_object[pypdf.generic.NameObject("/Lang")] = pypdf.generic.TextStringObject(LANGUAGE)
    writer.create_viewer_preferences().display_doctitle = True
    writer.page_mode = "/UseOutlines"


def xmp(book: Book, details: Details) -> bytes:
    """Return title, author, language and licence as XMP, which search engines and libraries read."""

    def alt(text: str) -> str:
        return f'<rdf:Alt><rdf:li xml:lang="x-default">{escape(text)}</rdf:li></rdf:Alt>'

    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/">'
        f"<dc:title>{alt(book.title)}</dc:title><dc:creator><rdf:Seq><rdf:li>{escape(book.author)}</rdf:li></rdf:Seq></dc:creator>"
        f"<dc:language><rdf:Bag><rdf:li>{LANGUAGE}</rdf:li></rdf:Bag></dc:language><dc:rights>{alt(LICENCE)}</dc:rights>"
        f"<dc:description>{alt(details.summary)}</dc:description><xmpRights:Marked>True</xmpRights:Marked>"
        f"<xmpRights:WebStatement>{LICENCE_ADDRESS}</xmpRights:WebStatement></rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="r"?>'
    ).encode()
