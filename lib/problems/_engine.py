"""What a problem is, and how a template and a seed make one."""

import math
import zlib
from dataclasses import dataclass

import numpy as np

from lib.exercises import Exercise, Mistake, judge

__all__ = ["TEMPLATES", "Draft", "Mistake", "Problem", "Template", "draw", "judge_problem", "template"]

SMALLEST, LARGEST = 0.02, 1e4  # of an answer that is to be given to three decimals
VISIBLE = 5e-3  # how far a mistake lies from the answer, and from the other mistakes
TRIES = 500


@dataclass(frozen=True)
class Draft:
    """What a template returns: numbers, the texts they stand in, and what comes out.

    Parameters
    ----------
    numbers : dict
        What was drawn, by the names that the formula gives them; plain numbers and nested lists.
    question, solution : str
        Markdown with formulas between dollar signs.
    answer : float
        Computed by `lib`.
    mistakes : tuple of Mistake
        What people answer instead, and a hint for each.
    """

    numbers: dict
    question: str
    answer: float
    solution: str
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True)
class Template:
    """A kind of problem: its name, the chapter that it belongs to, and the function that makes a `Draft` from a generator."""

    name: str
    chapter: str
    function: object


@dataclass(frozen=True)
class Problem:
    """A problem with its numbers, as it stands on a sheet.

    Parameters
    ----------
    name : str
        Of its template.
    chapter : str
        A name of `lib.exercises.CHAPTERS`.
    seed : int
        What it was drawn with.
    numbers, question, answer, solution, mistakes
        As in `Draft`.
    """

    name: str
    chapter: str
    seed: int
    numbers: dict
    question: str
    answer: float
    solution: str
    mistakes: tuple[Mistake, ...]


#: All templates by name, in the order of the modules.
TEMPLATES: dict[str, Template] = {}


def template(chapter):
    """Register the function below as a template of `chapter`; its name with hyphens is the name of the template."""

    def register(function):
        name = function.__name__.replace("_", "-")
        TEMPLATES[name] = Template(name, chapter, function)
        return function

    return register


def draw(name, seed):
    """Make the problem that `seed` gives in the template `name`: numbers are drawn again until the answer is clear."""
    # The numbers hang on seed and name alone, so a problem is the same on every sheet that holds it.
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    for _ in range(TRIES):
        draft = TEMPLATES[name].function(rng)
        if is_clear(draft):
            return Problem(name, TEMPLATES[name].chapter, seed, **{**vars(draft), "answer": float(draft.answer)})
    raise RuntimeError(f"template {name!r} found no clear numbers in {TRIES} draws with seed {seed}")


def is_clear(draft):
    """Say whether three decimals tell the answer from each mistake, and the mistakes from each other."""
    values = [float(draft.answer), *(float(mistake.answer) for mistake in draft.mistakes)]
    if not all(map(math.isfinite, values)) or not SMALLEST <= abs(values[0]) <= LARGEST:
        return False
    gap = VISIBLE * max(1.0, *map(abs, values[:1]))
    return all(abs(a - b) > gap for place, a in enumerate(values) for b in values[:place])


def judge_problem(problem, answer):
    """Compare an answer with that of the problem and with its mistakes, as `lib.exercises` does."""
    return judge(Exercise(problem.name, problem.answer, problem.mistakes), answer)
