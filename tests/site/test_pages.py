"""Every page in a browser that can reach this machine alone, as wide as a desk and as a phone."""

import pytest

from tests.site.building import CHAPTERS, PAGES
from tests.site.visits import WIDTHS, Visitor, told

HEAVIEST_CHAPTER = 250_000  # bytes of html, style, script and fonts, compressed


@pytest.fixture(scope="session")
def visits(request, program, address):
    """Visit each page once however many tests ask about it, and in both widths at a time."""
    visitors = {width: Visitor(program, address, width) for width in WIDTHS}
    chosen = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    for parameters in chosen:
        if {"visit", "width"} <= set(parameters):
            visitors[parameters["width"]].send(parameters["visit"])
    yield lambda page, width: visitors[width].send(page).result()
    for visitor in visitors.values():
        visitor.stop()


@pytest.fixture(params=list(WIDTHS))
def width(request):
    return request.param


@pytest.fixture(params=PAGES)
def visit(request, visits, width):
    return visits(request.param, width)


def test_nothing_is_asked_of_another_host(visit, address):
    assert [url for url in visit.requests if not url.startswith((address, "data:"))] == []


def test_everything_asked_for_is_there(visit):
    assert visit.failures == []


def test_the_console_stays_silent(visit):
    assert (visit.console, visit.errors) == ([], [])


def test_the_page_does_not_scroll_sideways(visit):
    assert visit.sizes["page"] <= visit.sizes["window"], visit.sizes["widest"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(visit, scheme):
    assert not visit.violations[scheme], told(visit.violations[scheme])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_of_each_figure_the_picture_of_the_mode_is_shown_and_no_other(visit, scheme):
    for shown in visit.figures[scheme]:
        assert shown == [[f"only-{scheme}", True]]


def test_nothing_moves_while_the_page_loads_and_is_scrolled(visit):
    assert visit.shifts == []


def test_pictures_are_as_large_as_they_are_shown(visit, width):
    # A screen of two pixels a point, and half as much to spare; drawings have no pixels.
    told = [
        picture
        for picture in visit.pictures
        if picture["visible"]
        and not picture["src"].endswith(".svg")
        and picture["natural"][0] > 3 * max(picture["shown"][0], 16)
        and width == "desktop"
    ]
    assert told == []


def test_pictures_hold_their_place_and_wait_until_they_are_near(visit):
    for picture in visit.pictures:
        assert picture["width"] and picture["height"], picture
        assert picture["loading"] == "lazy" or picture["top"] < WIDTHS["phone"]["height"], picture


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_chapter_is_light(visits, page):
    weight = visits(page, "desktop").weight
    assert sum(weight.values()) < HEAVIEST_CHAPTER, sorted(weight.items(), key=lambda item: -item[1])[:8]


def test_some_chapter_has_figures_that_change_with_the_mode(visits):
    assert any(visits(page, "desktop").figures["dark"] for page in CHAPTERS)
