"""Every page is valid HTML, by the rules of html-validate that follow the standard (`tests/site/node/html-validate.json`)."""

import json

import pytest

from tests.site.building import PAGES
from tests.site.tools import run_node

ALL = [*PAGES, "index.html"]


def judged(*files) -> dict:
    """What the validator says of each file that has a fault."""
    result = run_node("node_modules/html-validate/bin/html-validate.mjs", "-c", "html-validate.json", "-f", "json", *map(str, files))
    assert result.stdout.startswith("["), result.stderr
    return {report["filePath"]: report["messages"] for report in json.loads(result.stdout)}


@pytest.fixture(scope="session")
def faults(site):
    return judged(*(site / page for page in ALL))


@pytest.mark.parametrize("page", ALL)
def test_the_page_is_valid(page, faults, site):
    found = faults.get(str(site / page), [])
    told = [f"line {fault['line']}, {fault['selector']}: {fault['message']} ({fault['ruleId']})" for fault in found]
    assert not told, "\n".join(told[:10])


def test_the_validator_sees_what_is_wrong(tmp_path):
    page = tmp_path / "wrong.html"
    page.write_text('<html lang="en"><head><title>T</title></head><body><summary><p>a</p></summary></b></body></html>', "utf-8")
    rules = {fault["ruleId"] for fault in judged(page)[str(page)]}
    assert {"missing-doctype", "element-permitted-content", "close-order"} <= rules
