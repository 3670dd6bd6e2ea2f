"""Interactive figures on the pages of the built site: where they stand, what they load, what is there without them."""

import json
import math
import re

import pytest
from playwright.sync_api import expect

from extensions import book_interactive as interactive
from tests.site.building import BOOK, CHAPTERS
from tests.site.visits import WIDTHS

HEAVIEST_PAGE = 15_000  # compressed bytes of everything interactive: about 10 kB for one component, 2 to 4 for another
SIZES = {**WIDTHS, "tablet": {"width": 820, "height": 1100}}
# Chapters that have none yet: by parts of the book, so that each line is emptied by itself.
WITHOUT = {
    *range(17, 25),
}


def named(page):
    """The components that the cells of a chapter name, in their order."""
    cells = json.loads((BOOK / page).with_suffix(".ipynb").read_text("utf-8"))["cells"]
    return [cell["metadata"]["interactive"]["component"] for cell in cells if "interactive" in cell["metadata"]]


PLACED = {page: named(page) for page in CHAPTERS}
PAGES = [page for page in CHAPTERS if PLACED[page]]


def used(page):
    return list(dict.fromkeys(PLACED[page]))


def test_each_chapter_has_one():
    numbers = {page: int(page.split("/")[-1][:2]) for page in CHAPTERS}
    assert {numbers[page] for page in CHAPTERS if not PLACED[page]} == WITHOUT & set(numbers.values())


def test_every_component_is_used():
    assert {name for page in PAGES for name in PLACED[page]} == set(interactive.components())


@pytest.mark.parametrize("page", PAGES)
def test_interactive_figures_are_light(page):
    weights = interactive.weights(used(page))
    assert sum(weights.values()) < HEAVIEST_PAGE, weights


def test_pages_load_what_they_use_and_no_more(site):
    for page in CHAPTERS:
        text = (site / page).read_text("utf-8")
        assert re.findall(r"<book-([a-z0-9-]+) ", text) == PLACED[page]
        loaded = re.findall(r'src="[^"]*/interactive/([\w.-]+)\?', text)
        assert loaded == (interactive.scripts(used(page)) if PLACED[page] else []), page
        assert (interactive.STYLE in text) == bool(PLACED[page])


@pytest.mark.parametrize("page", PAGES)
def test_the_static_figure_stands_alone_without_scripts_and_on_paper(browser, address, page):
    context = browser.new_context(viewport=WIDTHS["desktop"], java_script_enabled=False)
    tab = context.new_page()
    tab.goto(address + page)
    assert tab.locator(".interactive").count() == len(PLACED[page])
    for element in tab.locator(".interactive").all():
        assert not element.is_visible()
        figure = element.locator("xpath=preceding-sibling::*[1]")
        figure.scroll_into_view_if_needed()  # its picture is loaded only then
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
  const height = () => e.getBoundingClientRect().height, reserved = height();
  e.style.minHeight = 0;
  const needed = height();
  e.style.minHeight = '';
  return [needed, reserved];
}"""


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("page", PAGES)
def test_the_height_is_reserved_so_that_nothing_jumps(browser, site, page, width):
    context = browser.new_context(viewport=SIZES[width])
    tab = context.new_page()
    tab.goto((site / page).as_uri())
    wrong = []
    for element in tab.locator(".interactive").all():
        element.scroll_into_view_if_needed()
        needed, reserved = element.evaluate(HEIGHTS)
        # On a tablet all is as on a desktop, with a little more room.
        if not needed <= reserved <= needed + (80 if width == "tablet" else 24):
            wrong.append(f"{element.evaluate('e => e.localName')} needs {math.ceil(needed)} px on a {width}, {reserved} are reserved")
    assert not wrong, "\n".join(wrong)
    context.close()
