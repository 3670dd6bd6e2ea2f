"""What a reader does on the site: search, dark pages, filters of the ledger, no script, no server."""

import pytest

from tests.site.building import BOOK, CHAPTERS, PAGES
from tests.site.visits import watch

LEDGER = "chapters/ledger.html"


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


def rows_shown(page) -> int:
    return page.locator("tr.ledger-row:visible").count()


def test_search_finds_a_word_without_a_network(page, address):
    noted = watch(page)
    page.goto(address + "search.html?q=entropy")
    page.locator("#search-results li a").first.wait_for()
    assert page.locator("#search-results li a", has_text="Entropy").count() > 0
    page.locator("#search-results li a", has_text="Entropy").first.click()
    page.wait_for_url("**/chapters/**")
    assert [url for url in noted.requests if not url.startswith((address, "data:"))] == []
    assert noted.errors == []


def test_the_search_dialog_leads_to_the_results(page, address):
    page.goto(address + CHAPTERS[0], wait_until="networkidle")
    page.keyboard.press("Control+k")
    page.keyboard.type("entropy")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=entropy")
    page.locator("#search-results li a").first.wait_for()


def test_the_switch_changes_page_and_figures_to_dark(page, address):
    page.goto(address + next(iter(CHAPTERS)), wait_until="networkidle")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    for _ in range(3):  # auto, dark, light in an order that depends on the system
        page.locator(".theme-switch-button").first.click()
        if page.evaluate("document.documentElement.dataset.theme") == "dark":
            break
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert page.locator(".themed img.only-light:visible").count() == 0
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_ledger_is_filtered_by_keyboard_and_says_how_many_are_shown(page, address):
    page.goto(address + LEDGER, wait_until="networkidle")
    every = rows_shown(page)
    status = page.locator(".ledger-filter [role=status]")
    assert status.text_content() == f"{every} of {every} claims shown"
    page.locator("select[name=verdict]").focus()
    page.keyboard.type("wrong")
    wrong = rows_shown(page)
    assert 0 < wrong < every
    assert wrong == page.locator("tr.ledger-row.verdict-wrong").count()
    assert status.text_content() == f"{wrong} of {every} claims shown"
    page.keyboard.press("Tab")
    page.keyboard.type("S0")
    both = page.locator("tr.ledger-row.verdict-wrong.source-s0").count()
    assert rows_shown(page) == both < wrong
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function(f"document.querySelectorAll('tr.ledger-row:not([hidden])').length === {every}")


def test_a_link_to_a_claim_shows_its_row_whatever_is_filtered(page, address):
    page.goto(address + LEDGER, wait_until="networkidle")
    hidden = page.locator("tr.ledger-row.verdict-holds").first.get_attribute("id")
    page.locator("select[name=verdict]").select_option("wrong")
    assert not page.locator(f"#{hidden}").is_visible()
    page.evaluate(f"location.hash = '{hidden}'")
    page.locator(f"#{hidden}").wait_for(state="visible")


def test_the_ledger_shows_every_claim_without_a_script(browser, address):
    claims = (BOOK / "claims.yml").read_text("utf-8").count("\n- id: ")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + LEDGER)
    assert rows_shown(page) == claims > 0
    assert page.locator(".ledger-filter").count() == 0
    context.close()


def test_formulas_are_there_without_a_script(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + CHAPTERS[0])
    assert page.locator(".katex-html").first.is_visible()
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_pages_open_from_a_folder(page, site, name):
    noted = watch(page)
    page.goto((site / name).as_uri() + ("?q=entropy" if name == "search.html" else ""))
    page.wait_for_load_state("load")
    assert [url for url in noted.requests if not url.startswith(("file:", "data:"))] == []
    assert noted.errors == []
    if name == "search.html":
        page.locator("#search-results li a").first.wait_for()
