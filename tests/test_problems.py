"""Problem sets: the same seed the same bytes, notebooks that run, pages that print, and clear words where something is missing."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

from lib.exercises import CHAPTERS
from lib.problems import __main__ as command
from lib.problems import _printing, _sheets, check, problem, sheet, templates
from lib.problems._engine import TEMPLATES, Draft, Mistake, Template, draw, is_clear, judge_problem

ROOT = Path(__file__).parents[1]


def written(folder, *arguments):
    assert command.main([*arguments, "--out", str(folder)]) == 0
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


# A sheet


def test_the_same_seed_gives_the_same_sheet_in_another_process(tmp_path):
    ours = written(tmp_path / "a", "--seed", "7", "--format", "notebook") | written(tmp_path / "b", "--seed", "7", "--format", "markdown")
    for form in ("notebook", "markdown"):
        arguments = [sys.executable, "-m", "lib.problems", "--seed", "7", "--format", form, "--out", str(tmp_path / "c")]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "123"}
        subprocess.run(arguments, cwd=tmp_path, check=True, capture_output=True, env=environment)
    assert {path.name: path.read_bytes() for path in (tmp_path / "c").iterdir()} == ours
    assert len(ours) == 4


def test_another_seed_gives_another_sheet():
    assert len({_sheets.markdown(sheet(seed), seed) for seed in range(50)}) == 50


def test_a_problem_is_the_same_on_every_sheet_that_holds_it():
    small, large = sheet(3, chapters=[2], count=1), sheet(3, count=len(templates()))
    assert small[0] in large


def test_a_sheet_is_spread_over_the_chapters_and_in_the_order_of_the_book():
    for seed in range(20):
        places = [CHAPTERS.index(made.chapter) + 1 for made in sheet(seed, chapters=[5, 2, 3, 2], count=6)]
        assert places == [2, 2, 3, 3, 5, 5]
    assert [made.name for made in sheet(0, count=len(templates()))] == templates()


def test_every_template_comes_up():
    assert {made.name for seed in range(60) for made in sheet(seed)} == set(templates())


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"seed": -1}, "`seed` must be an integer from 0 on; it is -1"),
        ({"seed": 1.5}, "`seed` must be an integer from 0 on; it is 1.5"),
        ({"seed": True}, "`seed` must be an integer from 0 on; it is True"),
        ({"seed": 1, "chapters": [0]}, "`chapters` must be numbers from 1 to .*; one is 0"),
        ({"seed": 1, "chapters": [99]}, "`chapters` must be numbers from 1 to .*; one is 99"),
        ({"seed": 1, "chapters": [2], "count": 0}, "`count` must be an integer from 1 to 3, .*; it is 0"),
        ({"seed": 1, "chapters": [2], "count": 4}, "`count` must be an integer from 1 to 3, .*; it is 4"),
        ({"seed": 1, "chapters": []}, "`count` must be an integer from 1 to 0"),
    ],
)
def test_a_sheet_that_can_not_be_made_is_told_why(arguments, words):
    with pytest.raises(ValueError, match=words):
        sheet(**arguments)


def test_an_unknown_template_or_chapter_is_told():
    with pytest.raises(ValueError, match="`name` must be one of"):
        problem("no-such", seed=1)
    with pytest.raises(ValueError, match="`name` must be one of"):
        check("no-such", 1, seed=1)
    with pytest.raises(ValueError, match="`chapter` must be one of"):
        templates("no-such")


# The judge and the engine


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_answer_is_right_and_each_mistake_gets_its_hint(name):
    made = problem(name, seed=11)
    assert judge_problem(made, round(made.answer, 4)).right
    assert not judge_problem(made, None).right
    for mistake in made.mistakes:
        assert judge_problem(made, float(mistake.answer)).message == f"Not yet. Hint: {mistake.hint}"


@pytest.mark.parametrize(
    "answer, mistake",
    [(0.001, 1.0), (1.0, 1.003), (float("nan"), 1.0), (float("inf"), 1.0), (1.0, float("inf")), (2e4, 1.0)],
)
def test_unclear_numbers_are_drawn_again(answer, mistake):
    assert not is_clear(Draft({}, "", answer, "", (Mistake(mistake, "no."),)))
    assert is_clear(Draft({}, "", 1.0, "", (Mistake(1.1, "no."),)))


def test_mistakes_that_can_not_be_told_apart_are_drawn_again():
    assert not is_clear(Draft({}, "", 1.0, "", (Mistake(2.0, "one."), Mistake(2.001, "other."))))


def test_a_template_that_never_gets_clear_is_an_error(monkeypatch):
    hopeless = Template("hopeless", "entropy", lambda rng: Draft({}, "", 0.0, "", ()))
    monkeypatch.setitem(TEMPLATES, "hopeless", hopeless)
    with pytest.raises(RuntimeError, match="'hopeless' found no clear numbers"):
        draw("hopeless", 1)


# The files


def code_of(text):
    return [cell["source"] for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]


def test_the_notebooks_are_valid_and_run(capsys):
    problems = sheet(5, count=12)
    for solutions in (False, True):
        text = _sheets.notebook(problems, 5, solutions=solutions)
        nbformat.validate(nbformat.reads(text, as_version=4))
        names = {}
        for source in code_of(text):
            exec(source, names)
        said = capsys.readouterr().out.splitlines()
        assert said == 12 * ["Right." if solutions else "No answer yet: replace None and run the cell again."]


def test_a_sheet_does_not_give_its_answers_away():
    problems = sheet(5, count=12)
    for text in (_sheets.markdown(problems, 5), _sheets.notebook(problems, 5)):
        assert "Answer:" not in text and "wrong answer" not in text
    solved = _sheets.markdown(problems, 5, solutions=True)
    for made in problems:
        assert made.question in solved and made.solution in solved
        assert f"**Answer: {made.answer:.4f}**" in solved
        assert all(mistake.hint in solved for mistake in made.mistakes)


def test_every_formula_of_every_template_is_set():
    everything = [problem(name, seed=seed) for name in templates() for seed in range(3)]
    text = _sheets.page(everything, 0, solutions=True)
    soup = BeautifulSoup(text, "html.parser")
    assert len(soup.select(".katex")) > 500
    for formula in soup.select(".katex, style, annotation"):
        formula.decompose()
    left = soup.get_text()
    assert "$" not in left and "\\" not in left and "|" not in left
    assert not re.search(r"\bnan\b|\binf\b|np\.float", left)


def test_a_page_needs_no_other_file():
    text = _sheets.page(sheet(1), 1)
    assert not re.search(r'(?:src|href)=|url\((?!data:)', text)
    assert text.startswith("<!DOCTYPE html>") and '<html lang="en">' in text
    assert len(text) < 500_000


def test_a_formula_that_does_not_parse_is_an_error():
    with _sheets._Formulas() as formulas, pytest.raises(RuntimeError, match="formula does not parse"):
        formulas.convert(r"$\frac{1}{$")


def test_without_katex_the_page_says_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setattr(_sheets, "KATEX", tmp_path)
    with pytest.raises(RuntimeError, match=r"need KaTeX, .* Markdown and notebooks need neither"):
        _sheets.page(sheet(1), 1)


# The command


def test_the_default_is_a_notebook_and_a_pdf_where_a_browser_is(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(_printing, "find_browser", lambda: None)
    files = written(tmp_path, "--seed", "7", "--chapters", "2,4-5", "--count", "4")
    assert list(files) == ["problems-7-solutions.ipynb", "problems-7.ipynb"]
    assert "No PDF: PDF needs Chromium, Chrome or Edge" in capsys.readouterr().out


def test_a_pdf_that_can_not_be_made_is_an_error(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(_printing, "find_browser", lambda: None)
    assert command.main(["--seed", "7", "--format", "pdf", "--out", str(tmp_path)]) == 1
    assert "PDF needs Chromium" in capsys.readouterr().err


def test_a_browser_that_prints_nothing_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(_printing, "find_browser", lambda: shutil.which("false"))
    with pytest.raises(RuntimeError, match="printed nothing"):
        _printing.print_pdf("<p>x</p>", tmp_path / "x.pdf")


def test_the_same_seed_gives_the_same_pdf(tmp_path):
    if _printing.find_browser() is None:
        stop = pytest.fail if os.environ.get("BOOK_REQUIRE_BROWSER") == "1" else pytest.skip
        stop(_printing.NO_BROWSER)
    page = _sheets.page(sheet(2, count=3), 2)
    for name in ("a.pdf", "b.pdf"):
        _printing.print_pdf(page, tmp_path / name)
    first = (tmp_path / "a.pdf").read_bytes()
    assert first == (tmp_path / "b.pdf").read_bytes()
    assert first.startswith(b"%PDF") and b"D:20000101000000" in first and len(first) > 10_000


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--seed", "x"], "invalid int value"),
        (["--seed", "1", "--chapters", "two"], "chapters are numbers such as 2,3 or 1-6; not 'two'"),
        (["--seed", "1", "--chapters", "0"], "`chapters` must be numbers from 1"),
        (["--seed", "1", "--count", "999"], "`count` must be an integer from 1"),
        ([], "required: --seed"),
    ],
)
def test_a_command_that_can_not_be_followed_is_told_why(arguments, words, capsys):
    with pytest.raises(SystemExit) as stop:
        command.main(arguments)
    assert stop.value.code == 2
    assert words in capsys.readouterr().err


def test_ranges_of_chapters_are_read():
    assert command.chapter_numbers("2, 4-6") == [2, 4, 5, 6]
