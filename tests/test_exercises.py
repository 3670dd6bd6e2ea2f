"""Solutions pass, empty stubs fail, and each classic mistake gets its own hint."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lib.exercises import CHAPTERS, Exercise, Mistake, check, exercises, judge

ROOT = Path(__file__).parents[1]
ALL = exercises()
STEMS = {path.stem.partition("_")[2]: path for path in (ROOT / "chapters").glob("*.ipynb")}


def cells_of(chapter):
    return json.loads(STEMS[chapter].read_text(encoding="utf-8"))["cells"]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_at_least_four_exercises(chapter):
    assert len(exercises(chapter)) >= 4


def test_names_are_unique():
    assert len(ALL) == sum(len(exercises(chapter)) for chapter in CHAPTERS)


@pytest.mark.parametrize("exercise", ALL.values(), ids=ALL)
def test_the_right_answer_passes_and_the_empty_stub_fails(exercise):
    assert judge(exercise, exercise.answer).right
    assert not judge(exercise, None).right


@pytest.mark.parametrize("exercise", ALL.values(), ids=ALL)
def test_each_classic_mistake_gets_its_own_hint(exercise):
    assert exercise.mistakes
    for mistake in exercise.mistakes:
        verdict = judge(exercise, mistake.answer)
        assert not verdict.right
        assert verdict.message == f"Not yet. Hint: {mistake.hint}"
    assert len({mistake.hint for mistake in exercise.mistakes}) == len(exercise.mistakes)


@pytest.mark.parametrize("exercise", [e for e in ALL.values() if e.choices], ids=lambda e: e.name)
def test_each_wrong_option_has_its_hint(exercise):
    assert {exercise.answer, *(mistake.answer for mistake in exercise.mistakes)} == set(exercise.choices)
    assert len(exercise.mistakes) == len(exercise.choices) - 1


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_asks_for_a_choice(chapter):
    assert any(exercise.choices for exercise in exercises(chapter).values())


def test_the_exercises_are_read_without_torch():
    # The site is built from them where no torch is installed.
    code = "import sys; from lib.exercises import exercises; print(len(exercises()), 'torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.split() == [str(len(ALL)), "False"]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_chapter_poses_and_solves_each_exercise(chapter):
    text = "".join("".join(cell["source"]) + "\n\n" for cell in cells_of(chapter))
    printed = {}
    for cell in cells_of(chapter):
        if cell["cell_type"] == "code" and (match := re.search(r'^check\("([a-z0-9-]+)"', "".join(cell["source"]), re.M)):
            said = "".join("".join(output.get("text", "")) for output in cell["outputs"]).splitlines()
            printed.setdefault(match[1], []).append(said[-1])
    assert list(printed) == list(exercises(chapter)), "in the order of the module"
    for name, said in printed.items():
        assert said == ["No answer yet: replace None and run the cell again.", "Right."], name
        assert ":::{exercise}" in text and f":label: ex-{name}\n" in text
        assert f":::{{solution-start}} ex-{name}\n:class: dropdown\n" in text


NUMBER = Exercise("n", 2.0, (Mistake(3.0, "three."),))
FUNCTION = Exercise("f", abs, (Mistake(lambda x: x, "sign."),), cases=((-1.0,), (2.0,)))
CHOICE = Exercise("c", "a", (Mistake("b", "no."),), choices={"a": "yes", "b": "no"})
INFINITE = Exercise("i", np.inf, (Mistake(0.0, "zero."),))
LIST = Exercise("l", [1.0, 2.0], (Mistake([2.0, 1.0], "swapped."),))


@pytest.mark.parametrize(
    "exercise, answer, words",
    [
        (NUMBER, "two", "should be a number"),
        (NUMBER, [2.0, 2.0], "should have shape ()"),
        (NUMBER, float("nan"), "none of the classic mistakes"),
        (NUMBER, 2.5, "none of the classic mistakes"),
        (NUMBER, 3.0, "Hint: three."),
        (INFINITE, 2.5, "none of the classic mistakes"),
        (FUNCTION, 1.0, "should be a function"),
        (FUNCTION, lambda x: x / 0, "your function raised ZeroDivisionError"),
        (FUNCTION, lambda x: -x, "none of the classic mistakes"),
        (CHOICE, "z", "one of the letters a, b"),
        (CHOICE, 1, "one of the letters a, b"),
        (LIST, [2.0, 1.0], "Hint: swapped."),
        (LIST, [[1.0, 2.0]], "should have shape (2,)"),
    ],
)
def test_a_wrong_answer_is_told_why(exercise, answer, words):
    verdict = judge(exercise, answer)
    assert not verdict.right
    assert words in verdict.message


@pytest.mark.parametrize(
    "exercise, answer",
    [
        (NUMBER, 2),
        (NUMBER, np.float32(2)),
        (NUMBER, 2.0009),
        (INFINITE, np.inf),
        (CHOICE, " A "),
        (LIST, np.array([1, 2])),
        (FUNCTION, np.abs),
    ],
)
def test_a_right_answer_may_come_in_any_dress(exercise, answer):
    assert judge(exercise, answer).right


def test_an_unknown_exercise_is_an_error():
    with pytest.raises(KeyError, match="`name` must be an exercise of the book"):
        check("no-such-exercise", 1)
