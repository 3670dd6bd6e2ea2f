"""The ledger, the chapters and the tests hold each other to account."""

import ast
import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
LEDGER = yaml.safe_load((ROOT / "claims.yml").read_text(encoding="utf-8"))
ROWS = LEDGER["claims"]
CHAPTERS = {path.stem: path for path in sorted((ROOT / "chapters").glob("*.ipynb"))}
FIELDS = {"id", "source", "topic", "chapter", "verdict", "claim", "why", "checks"}
VERDICTS = {"holds", "holds-if", "misleading", "wrong", "open", "history"}
CLAIM = re.compile(r":::\{admonition\} Claim (S\d-\d\d): ([a-z-]+)\n:class: claim ([a-z-]+)\n")
LABEL = re.compile(r"\$\$ *\((eq-[a-z0-9-]+)\)")


def markdown(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def functions(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def sides(row):
    prefix = f"test_{row['id'].lower().replace('-', '_')}_"
    return {name.removeprefix(prefix).partition("_")[0] for name in row["checks"] if name.startswith(prefix)}


CLAIM_TESTS = {f.name: f for path in sorted((ROOT / "tests/claims").glob("test_*.py")) for f in functions(path)}
EQUATIONS = [(stem, label) for stem, path in CHAPTERS.items() for label in LABEL.findall(markdown(path))]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_row_is_complete(row):
    assert set(row) == FIELDS
    assert row["verdict"] in VERDICTS
    assert row["source"] == row["id"][:2] and row["source"] in LEDGER["documents"]
    assert row["claim"] and row["why"], "a row says what is claimed, and why the verdict"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_row_has_its_checks(row):
    missing = [name for name in row["checks"] if name not in CLAIM_TESTS]
    assert not missing, f"no such test in tests/claims: {missing}"
    needed = {
        "holds": {"holds"},
        "holds-if": {"holds", "fails"},
        "misleading": {"counterexample"},
        "wrong": {"counterexample"},
    }.get(row["verdict"], set())
    assert row["checks"] and needed <= sides(row), f"{row['verdict']} needs checks named {needed}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_row_is_shown_in_its_chapter_with_its_verdict(row):
    shown = {claim: (title, css) for claim, title, css in CLAIM.findall(markdown(CHAPTERS[row["chapter"]]))}
    assert shown.get(row["id"]) == (row["verdict"], row["verdict"])


@pytest.mark.parametrize("name", CLAIM_TESTS)
def test_a_check_has_a_row_and_asserts(name):
    rows = [row["id"] for row in ROWS if name in row["checks"]]
    assert len(rows) == 1, f"{name} belongs to {rows or 'no row'}"
    assert name.startswith(f"test_{rows[0].lower().replace('-', '_')}_")
    assert any(
        isinstance(node, ast.Assert)
        or (isinstance(node, ast.Attribute) and node.attr.startswith("assert_"))
        or (isinstance(node, ast.Attribute) and node.attr == "raises")
        for node in ast.walk(CLAIM_TESTS[name])
    ), f"{name} asserts nothing"


def test_ids_are_unique():
    ids = [row["id"] for row in ROWS]
    assert len(ids) == len(set(ids))


def test_no_chapter_shows_a_claim_that_the_ledger_lacks():
    known = {row["id"] for row in ROWS}
    shown = {claim for path in CHAPTERS.values() for claim, _, _ in CLAIM.findall(markdown(path))}
    assert shown <= known


def equation_tests(stem):
    path = ROOT / "tests/equations" / f"test_{stem.partition('_')[2]}.py"
    return {f.name for f in functions(path) if f.name.startswith("test_eq_")} if path.exists() else set()


@pytest.mark.parametrize("stem, label", EQUATIONS)
def test_a_labelled_equation_has_a_check(stem, label):
    assert f"test_{label.replace('-', '_')}" in equation_tests(stem)


@pytest.mark.parametrize("stem", CHAPTERS)
def test_an_equation_check_has_its_equation(stem):
    labels = {f"test_{label.replace('-', '_')}" for chapter, label in EQUATIONS if chapter == stem}
    assert equation_tests(stem) == labels


def test_every_display_formula_with_a_label_is_found():
    # A label written in any other way would escape the tests above.
    for path in CHAPTERS.values():
        text = markdown(path)
        assert not re.search(r"^:label: *eq", text, re.M), f"{path.name}: label equations as $$ ... $$ (eq-...)"
        assert len(re.findall(r"\(eq-[a-z0-9-]+\)", text)) == len(LABEL.findall(text)), path.name
