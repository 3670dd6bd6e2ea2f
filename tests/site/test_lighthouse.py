"""Lighthouse's judgement of every chapter on a phone, from a server that compresses as a plain static host does.

One run a chapter, and no second try: what another program on this machine takes of the processor is left out of
account (`node/lighthouse.js`), so that a run says the same at any time. The report of the run lies in
`_build/lighthouse.json`, with the score that Lighthouse gives without that (`plain`).
"""

import json

import pytest

from tests.site.building import BOOK, CHAPTERS
from tests.site.server import serve
from tests.site.tools import run_node

BARS = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}


@pytest.fixture(scope="session")
def reports(site, program, request):
    here = BOOK / "tests" / "site" / "test_lighthouse.py"
    items = [item for item in request.session.items if item.path == here and hasattr(item, "callspec")]
    asked = {item.callspec.params["page"] for item in items}
    pages = [page for page in CHAPTERS if page in asked]
    with serve(site) as address:
        result = run_node("lighthouse.js", program, "1", *(address + page for page in pages))
    assert result.returncode == 0, result.stderr[-2000:]
    found = {page: json.loads(line) for page, line in zip(pages, result.stdout.splitlines(), strict=True)}
    kept = BOOK / "_build" / "lighthouse.json"
    kept.parent.mkdir(exist_ok=True)
    summary = {page: {key: report[key] for key in ("scores", "plain", "numbers")} for page, report in found.items()}
    kept.write_text(json.dumps(summary, indent=1), "utf-8")
    return found


@pytest.mark.parametrize("page", CHAPTERS)
def test_lighthouse_is_content(page, reports):
    report = reports[page]
    assert report["error"] is None
    below = [category for category, bar in BARS.items() if report["scores"][category] < bar]
    assert not below, told(report, below)


@pytest.mark.parametrize("page", CHAPTERS)
def test_nothing_moves_while_the_page_loads_on_a_slow_line(page, reports):
    # Lighthouse rounds to three digits what a page moves by; less than one pixel in a window is nothing.
    assert reports[page]["numbers"]["cumulative-layout-shift"] < 0.0005, told(reports[page], ["performance"])


def told(report: dict, categories: list[str]) -> str:
    """Say for each category its score, and what lost points where."""
    lines = [f"{report['address']}: {report['scores']}, {report['plain']} with the waiting, {report['numbers']}"]
    for category in categories:
        lines += [
            f"  {category}: {audit['title']} ({audit['id']}, {audit['score']}, {audit['value']}) {audit['places']}"
            for audit in report["lost"][category]
        ]
    return "\n".join(lines)
