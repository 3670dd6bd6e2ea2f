"""The files of the site, read once: links, anchors, pictures, formulas, descriptions."""

import functools
import re
from collections import Counter
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup

from tests.site.building import PAGES, documents

ALL = [*PAGES, "index.html"]  # the last is the forwarding page at the root
SOURCES = {"a": "href", "link": "href", "img": "src", "script": "src", "form": "action", "iframe": "src", "source": "src"}
FILE_NAME = re.compile(r"\.(svg|png|jpe?g|gif|webp)$", re.IGNORECASE)
# Mark-up that should have become something else: formulas, roles, directives.
LEFTOVER = re.compile(r"\$\$|\\\(|\\\[|\\begin\{|\\frac|\{(?:eq|ref|numref|doc|term|cite|math|prf:ref)(?::\w+)?\}|^:::", re.MULTILINE)
SHOWN_AS_WRITTEN = ["pre", "code", "script", "style", "annotation"]


@pytest.fixture(scope="session")
def soup(site):
    return functools.cache(lambda page: BeautifulSoup((site / page).read_bytes(), "html.parser"))


@pytest.fixture(scope="session")
def anchors(soup):
    return functools.cache(lambda page: {tag["id"] for tag in soup(page).find_all(id=True)})


@pytest.fixture(params=ALL)
def page(request):
    return request.param


def article(soup, page):
    """What authors wrote; on the search page and the forwarding page, nothing."""
    return soup(page).find("article") or BeautifulSoup("", "html.parser")


def test_the_site_has_the_pages_of_the_contents_and_no_others(site):
    assert sorted(str(path.relative_to(site).as_posix()) for path in site.rglob("*.html") if "_static" not in path.parts) == sorted(ALL)


def test_every_link_and_every_file_that_a_page_names_is_there(page, soup, anchors, site):
    broken = []
    for tag in soup(page).find_all(list(SOURCES)):
        target = tag.get(SOURCES[tag.name])
        if not target or urlsplit(target).scheme:
            continue
        parts = urlsplit(urljoin(page, target))
        path, fragment = unquote(parts.path), unquote(parts.fragment)
        if not (site / path).is_file() or (fragment and path.endswith(".html") and fragment not in anchors(path)):
            broken.append(target)
    assert broken == []


def test_no_file_is_named_at_another_host(page, soup):
    # Links may lead elsewhere; what a page loads by itself may not.
    assert [
        tag
        for tag in soup(page).find_all(["link", "img", "script", "iframe", "source"])
        if urlsplit(tag.get(SOURCES[tag.name], "")).scheme not in ("", "data")
    ] == []


def test_the_files_that_style_sheets_name_are_there(site):
    missing = [
        (str(sheet.relative_to(site)), target)
        for sheet in site.rglob("*.css")
        for target in re.findall(r"url\(['\"]?([^'\")]+)", sheet.read_text("utf-8"))
        if not target.startswith(("data:", "#")) and not (sheet.parent / urlsplit(target).path).is_file()
    ]
    assert missing == []


def test_no_table_is_left_as_text(page, soup):
    rule = re.compile(r"\|\s*(?:-{3,}|[—–]):?\s*\|")
    assert rule.search("head | | --- | ---: |") and rule.search("| — | —: |")
    assert [tag.get_text()[:80] for tag in soup(page).find_all("p") if rule.search(tag.get_text())] == []


def test_every_formula_is_rendered(page, soup):
    raw = [tag for tag in soup(page).select(".math") if not tag.select_one(".katex")]
    assert raw == []
    assert soup(page).select(".katex-error") == []


def test_no_mark_up_is_left_in_the_text(page, soup):
    text = [string for string in article(soup, page).find_all(string=LEFTOVER) if not string.find_parent(SHOWN_AS_WRITTEN)]
    assert text == []


def test_display_formulas_can_be_scrolled_by_keyboard_and_have_a_name(page, soup):
    for box in soup(page).select(".math-scroll"):
        assert (box["tabindex"], box["role"]) == ("0", "group")
        assert re.fullmatch(r"Formula|Equation [\d.]+", box["aria-label"])


def test_every_picture_says_what_it_shows(page, soup):
    for picture in article(soup, page).find_all("img"):
        alternative = picture.get("alt", "")
        assert len(alternative.split()) >= 4, picture
        assert not FILE_NAME.search(alternative), picture
    for picture in soup(page).find_all("img"):
        assert picture.has_attr("alt"), picture


def test_figures_are_lazy_and_hold_their_place(page, soup):
    for picture in soup(page).select(".themed img"):
        assert picture["loading"] == "lazy"
        assert int(picture["width"]) > 0
        assert int(picture["height"]) > 0


def test_ids_are_unique(page, soup):
    assert [name for name, count in Counter(tag["id"] for tag in soup(page).find_all(id=True)).items() if count > 1] == []


def test_the_language_is_told(page, soup):
    if page != "index.html":
        assert soup(page).html["lang"] == "en"


def test_each_page_has_a_description_of_its_own(soup):
    descriptions = {}
    for document in documents():
        tag = soup(f"{document}.html").find("meta", attrs={"name": "description"})
        assert tag is not None, document
        assert 40 <= len(tag["content"]) <= 320, document
        assert not re.search(r"[\\$]|\[\w+\]", tag["content"]), document
        descriptions[document] = tag["content"]
    assert len(set(descriptions.values())) == len(descriptions)


def test_there_is_an_icon_for_the_tab(page, soup):
    if page != "index.html":
        assert soup(page).find("link", rel="icon")


def test_mathjax_and_the_script_of_the_icons_are_left_out(page, soup):
    names = " ".join(tag.get("src", "") + tag.get_text() for tag in soup(page).find_all("script"))
    assert not re.search(r"mathjax|fontawesome|thebe", names, re.IGNORECASE)


def test_chapters_offer_their_notebook(soup, site):
    for document in documents():
        if (site / "_sources" / f"{document}.ipynb").exists():
            links = {tag["href"] for tag in soup(f"{document}.html").find_all("a", href=True)}
            assert any(link.endswith(f"_sources/{document}.ipynb") for link in links)
            assert any("mybinder.org" in link and f"{document}.ipynb" in link for link in links)
            assert any("colab.research.google.com" in link and f"{document}.ipynb" in link for link in links)
