"""Interactive figures on the pages of the built site: where they stand, what they load, what is there without them."""

import json
import math
import re

import pytest
from playwright.sync_api import expect

from extensions import book_interactive as interactive
from tests.site.building import BOOK, CHAPTERS
from tests.site.visits import AXE, WIDTHS, told, watch

HEAVIEST_PAGE = 15_000  # compressed bytes of everything interactive: about 10 kB for one component, 2 to 4 for another
SIZES = {**WIDTHS, "tablet": {"width": 820, "height": 1100}}


def named(page):
    """The components that the cells of a chapter name, in their order."""
    cells = json.loads((BOOK / page).with_suffix(".ipynb").read_text("utf-8"))["cells"]
    return [cell["metadata"]["interactive"]["component"] for cell in cells if "interactive" in cell["metadata"]]


def show(element):
    """Scroll to an element as a link does. Playwright's own way stops short in a section that is not laid out yet."""
    element.evaluate("e => e.scrollIntoView()")


PLACED = {page: named(page) for page in CHAPTERS}
PAGES = [page for page in CHAPTERS if PLACED[page]]


def used(page):
    return list(dict.fromkeys(PLACED[page]))


def test_each_chapter_has_one():
    assert [page for page in CHAPTERS if not PLACED[page]] == []


def test_every_component_is_used():
    assert {name for page in PAGES for name in PLACED[page]} == set(interactive.components())


def test_what_is_wrong_in_the_metadata_of_a_cell_is_told():
    assert interactive.fault({"component": "entropy", "start": {"p": [1, 0]}}, has_figure=True) is None
    for wanted, complaint in (
        ("entropy", "must hold `component`"),
        ({"component": "entropy", "starts": {}}, "must hold `component`"),
        ({"component": "entropie"}, r"must be one of .*entropy, .*; it is 'entropie'"),
        ({"component": "core"}, "must be one of"),
        ({"component": "entropy", "start": [1, 0]}, "`start` must be a dictionary"),
    ):
        assert re.search(complaint, interactive.fault(wanted, has_figure=True))
    assert "static figure" in interactive.fault({"component": "entropy"}, has_figure=False)


def test_an_unknown_start_value_is_told(browser, tmp_path):
    scripts = "".join(f'<script src="{(interactive.FOLDER / file).as_uri()}"></script>' for file in interactive.scripts(["entropy"]))
    (tmp_path / "page.html").write_text(f"<book-entropy start='{{\"q\": [1]}}'></book-entropy>{scripts}", "utf-8")
    page, errors = browser.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "page.html").as_uri())
    page.close()
    assert "`start` must hold only p,labels; it holds q" in errors[0]


@pytest.mark.parametrize("page", PAGES)
def test_interactive_figures_are_light(page):
    weights = interactive.weights(used(page))
    assert sum(weights.values()) < HEAVIEST_PAGE, weights


def test_pages_load_what_they_use_and_no_more(site):
    for page in CHAPTERS:
        text = (site / page).read_text("utf-8")
        assert re.findall(r"<book-([a-z0-9-]+) ", text) == PLACED[page]
        named = re.findall(r'data-files="([^"]*)"', text)
        assert [re.findall(r"([\w.-]+)\?v=", files) for files in named] == ([interactive.scripts(used(page))] if PLACED[page] else [])
        assert ("interactive/load.js" in text) == bool(PLACED[page])


@pytest.mark.parametrize("page", PAGES)
def test_the_static_figure_stands_alone_without_scripts_and_on_paper(browser, address, page):
    context = browser.new_context(viewport=WIDTHS["desktop"], java_script_enabled=False)
    tab = context.new_page()
    tab.goto(address + page)
    assert tab.locator(".interactive").count() == len(PLACED[page])
    for element in tab.locator(".interactive").all():
        assert not element.is_visible()
        figure = element.locator("xpath=preceding-sibling::*[1]")
        show(figure)  # its picture is loaded only then
        expect(figure.locator("img:visible")).to_have_count(1)
    context.close()
    context = browser.new_context(viewport=WIDTHS["desktop"])
    tab = context.new_page()
    tab.goto(address + page)
    assert tab.locator(".interactive:visible").count() == len(PLACED[page])
    tab.emulate_media(media="print")
    assert tab.locator(".interactive:visible").count() == 0
    context.close()


# What an element would be as high as if nothing were reserved, and what is.
HEIGHTS = """e => {
  const reserved = parseFloat(getComputedStyle(e).minHeight);
  e.style.minHeight = 0;
  const needed = e.getBoundingClientRect().height;
  e.style.minHeight = '';
  return [needed, reserved];
}"""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_no_violation_in_a_figure_that_has_come_into_view(browser, site, page, width):
    context = browser.new_context(viewport=WIDTHS[width], color_scheme="light")
    tab = context.new_page()
    noted = watch(tab)
    tab.goto((site / page).as_uri())
    for element in tab.locator(".interactive").all():
        show(element)
        element.locator("svg").wait_for()
    tab.evaluate(AXE)
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        tab.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
        found = tab.evaluate("async () => (await axe.run('.interactive', {resultTypes: ['violations'], preload: false})).violations")
        assert not found, told(found)
    assert (noted.console, noted.errors, noted.failures) == ([], [], [])
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("page", PAGES)
def test_the_height_is_reserved_so_that_nothing_jumps(browser, site, page, width):
    context = browser.new_context(viewport=SIZES[width])
    tab = context.new_page()
    tab.goto((site / page).as_uri())
    assert tab.evaluate("window.Book") is None, "scripts are loaded before a figure is near"
    wrong = []
    for element in tab.locator(".interactive").all():
        show(element)
        element.locator("svg").wait_for()
        needed, reserved = element.evaluate(HEIGHTS)
        # On a tablet all is as on a desktop, with a little more room.
        if not needed <= reserved <= needed + (80 if width == "tablet" else 24):
            wrong.append(f"{element.evaluate('e => e.localName')} needs {math.ceil(needed)} px on a {width}, {reserved} are reserved")
    assert not wrong, "\n".join(wrong)
    context.close()
