"""Read the built site as one book: its pages in order, without what only a screen needs, solutions at the end.

What comes out is the same for PDF and EPUB: ids that are unique in the whole book, links that name them (`#id`), light
figures only, no buttons, no folded boxes. The site itself is never changed.
"""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import yaml
from lxml import etree, html
from lxml.html import HtmlElement
from lxml.html import builder as E

FRONT, SOLUTIONS = "Front matter", "Solutions"
#: On the site only: buttons, signs beside headings, dark figures, the folded code of figures, places for answers, scripts.
SCREEN_ONLY = (
    ".//script | .//style | .//button | .//form | .//input | .//select | .//textarea | .//output | .//template | .//dialog"
    " | .//a[contains(concat(' ', @class, ' '), ' headerlink ')]"
    " | .//*[contains(concat(' ', @class, ' '), ' only-dark ') or contains(concat(' ', @class, ' '), ' no-print ')]"
    " | .//details[contains(@class, 'above-input') or contains(@class, 'answers-cell')]"
    " | .//*[contains(@class, 'answers-account') or contains(@class, 'answers-elsewhere')]"
    " | .//*[contains(@class, 'answers-mark') or contains(@class, 'answers-progress')]"
    " | .//*[contains(@class, 'toctree-wrapper')]"
)
UNANSWERED = "No answer yet"  # what the cell under an exercise says that waits for an answer
CHECKED_ON_SCREEN = re.compile(r"Replace None by your answer")
IN_PRINT = "In the notebook of this chapter a cell under each exercise checks your answer. The solutions are at the end of the book."
FOLDED = {"solutions folded away": "solutions at the end"}  # what is true on the site and not on paper


@dataclass
class Page:
    """One page of the site: a chapter, an appendix, or the solutions."""

    name: str  # as in _toc.yml: chapters/02_entropy
    part: str
    body: HtmlElement  # a <section>, whose first heading is the title
    title: str = ""
    number: str = ""  # of the chapter, without its dot; "" where there is none

    @property
    def slug(self) -> str:
        return slug(self.name)

    @property
    def label(self) -> str:
        return f"{self.number} {self.title}".strip()


@dataclass
class Book:
    """The whole book, in the order of reading."""

    title: str
    author: str
    year: str
    site: Path
    pages: list[Page] = field(default_factory=list)

    def parts(self) -> dict[str, list[Page]]:
        """Return the pages of each part, in order."""
        found: dict[str, list[Page]] = {}
        for page in self.pages:
            found.setdefault(page.part, []).append(page)
        return found


def slug(name: str) -> str:
    """Return an XML name for a page: `p-02_entropy`."""
    return "p-" + re.sub(r"[^\w.-]", "-", name.rsplit("/", 1)[-1])


def anchor(page: str, fragment: str) -> str:
    """Return the id in the book of an id on a page."""
    return f"{slug(page)}--{re.sub(r'[^a-zA-Z0-9_.-]', '-', fragment)}" if fragment else slug(page)


def has_class(name: str) -> str:
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


def contents(root: Path) -> list[tuple[str, str]]:
    """Return part and name of every page that `_toc.yml` lists."""
    toc = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    return [(FRONT, toc["root"])] + [(part["caption"], chapter["file"]) for part in toc["parts"] for chapter in part["chapters"]]


def read_book(root: Path, site: Path) -> Book:
    """Read the site that was built from the folder `root` into `site`."""
    config = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
    book = Book(config["title"], config["author"], str(config["copyright"]), site)
    listed = contents(root)
    names = {name for _, name in listed}
    missing = [name for name in names if not (site / f"{name}.html").is_file()]
    if missing:
        raise FileNotFoundError(f"`site` must hold every page of _toc.yml; {site} lacks {sorted(missing)}: make book")
    for part, name in listed:
        book.pages.append(read_page(site, part, name, names))
    if book.pages[0].title == book.title:  # the title has a page of its own
        rename(book.pages[0], "About this book")
    collect_solutions(book)
    drop_dangling_links(book)
    return book


def read_page(site: Path, part: str, name: str, names: set[str]) -> Page:
    tree = html.document_fromstring((site / f"{name}.html").read_text("utf-8"), parser=html.HTMLParser(encoding="utf-8"))
    (article,) = tree.xpath("//article")
    body = E.SECTION(*article.iterchildren())
    body.set("class", "page")
    clean(body)
    prefix_ids(body, name)
    body.set("id", slug(name))
    for link in body.xpath(".//a[@href]"):
        resolve(link, name, names)
    for image in body.xpath(".//img[@src]"):
        image.set("src", (site / name).parent.joinpath(unquote(image.get("src"))).resolve().as_uri())
    page = Page(name, part, body)
    heading = body.xpath(".//h1")[0]
    number = heading.xpath("./span[@class='section-number']")
    page.number = number[0].text.strip().rstrip(".") if number else ""
    page.title = heading.text_content().removeprefix(number[0].text if number else "").strip()
    return page


def rename(page: Page, title: str) -> None:
    heading = page.body.xpath(".//h1")[0]
    heading.clear()
    heading.text = page.title = title


def clean(body: HtmlElement) -> None:
    """Leave out what only a screen needs."""
    for element in body.xpath(SCREEN_ONLY):
        element.drop_tree()
    for comment in body.xpath(".//comment()"):
        comment.drop_tree()
    for element in body.xpath(f".//span[{has_class('themed')}]"):
        element.drop_tag()
    # Interactive figures are elements of their own, whose contents are a still picture.
    for element in [element for element in body.iter() if isinstance(element.tag, str) and "-" in element.tag]:
        element.drop_tag()
    for element in body.xpath(".//details | .//summary"):
        element.tag = "div"
    for element in body.xpath(".//*[@tabindex]"):
        del element.attrib["tabindex"]
    for cell in body.xpath(f".//div[{has_class('cell')}]"):
        said = "".join(output.text_content() for output in cell.xpath(f"./div[{has_class('cell_output')}]"))
        if said.strip().startswith(UNANSWERED) or not (cell.text_content().strip() or cell.xpath(".//img | .//svg")):
            cell.drop_tree()
    for paragraph in body.xpath(".//p"):
        if CHECKED_ON_SCREEN.match(paragraph.text_content()):
            paragraph.clear()
            paragraph.text = IN_PRINT
    for element in body.iter():
        for folded, printed in FOLDED.items():
            if element.text and folded in element.text:
                element.text = element.text.replace(folded, printed)
            if element.tail and folded in element.tail:
                element.tail = element.tail.replace(folded, printed)
    for pre in body.xpath(".//pre"):
        keep_spaces(pre)


def keep_spaces(pre: HtmlElement) -> None:
    """Drop the empty word that Pygments puts first, and line ends that would print as blank lines."""
    first = pre[0] if len(pre) else None
    if first is not None and first.tag == "span" and not first.text and not len(first) and not pre.text:
        first.drop_tag()
    last = pre[-1] if len(pre) else None
    if last is not None and last.tail:
        last.tail = last.tail.rstrip("\n")
    elif last is None and pre.text:
        pre.text = pre.text.rstrip("\n")


def prefix_ids(body: HtmlElement, name: str) -> None:
    for element in body.xpath(".//*[@id]"):
        element.set("id", anchor(name, element.get("id")))
    for attribute in ("aria-labelledby", "aria-describedby", "for", "headers"):
        for element in body.xpath(f".//*[@{attribute}]"):
            del element.attrib[attribute]


def resolve(link: HtmlElement, name: str, names: set[str]) -> None:
    """Let a link within the book name the id alone; unmake links to what is no page of the book."""
    target = link.get("href")
    link.attrib.pop("title", None)
    if urlsplit(target).scheme:
        return
    parts = urlsplit(urljoin(f"{name}.html", target))
    page = unquote(parts.path).removesuffix(".html")
    if page in names:
        link.set("href", "#" + anchor(page, unquote(parts.fragment)))
    else:
        link.drop_tag()


def drop_dangling_links(book: Book) -> None:
    """A target may have gone with what only a screen needs."""
    ids = {name for page in book.pages for name in page.body.xpath("descendant-or-self::*/@id")}
    for page in book.pages:
        for link in page.body.xpath(".//a[starts-with(@href, '#')]"):
            if link.get("href")[1:] not in ids:
                raise ValueError(f"`{page.name}` links to {link.get('href')}, which is not in the book")


def collect_solutions(book: Book) -> None:
    """Move the solutions into a last page, with links both ways."""
    body = E.SECTION(E.CLASS("page solutions"), E.H1(SOLUTIONS), id=slug(SOLUTIONS))
    for page in book.pages:
        boxes = page.body.xpath(f".//div[{has_class('solution')}]")
        if not boxes:
            continue
        chapter = E.SECTION(E.H2(page.label), id=f"{slug(SOLUTIONS)}--{page.slug}")
        for number, box in enumerate(boxes, start=1):
            to_exercise = box.xpath(f"./p[{has_class('admonition-title')}]//a")[0]
            (exercise,) = page.body.xpath(".//div[@id=$id]", id=to_exercise.get("href")[1:])
            box.set("id", f"{page.slug}--solution-{number}")
            to_exercise.set("class", "to-exercise")
            link = E.P(E.CLASS("to-solution"), E.A("Solution", href=f"#{box.get('id')}"))
            exercise.append(link)
            box.drop_tree()
            chapter.append(box)
        body.append(chapter)
    if len(body) > 1:
        book.pages.append(Page(SOLUTIONS, SOLUTIONS, body, SOLUTIONS))


def text_of(element: HtmlElement) -> str:
    """Return the words of an element, formulas as their TeX source."""
    copy = deepcopy(element)
    for formula in copy.xpath(f".//span[{has_class('katex')}]"):
        source = formula.xpath(".//annotation")
        formula.getparent().replace(formula, with_tail(E.SPAN(source[0].text if source else ""), formula.tail))
    return re.sub(r"\s+", " ", copy.text_content()).strip()


def with_tail(element: HtmlElement, tail: str | None) -> HtmlElement:
    element.tail = tail
    return element


def xml(element: HtmlElement) -> str:
    """Return an element as well-formed XML, without what follows it."""
    return etree.tostring(element, encoding="unicode", with_tail=False)
