"""Problem sets with fresh numbers: a seed makes a sheet, and its solutions.

    python -m lib.problems --seed 7 --chapters 2,3 --count 6

Each chapter has templates: a question whose numbers are drawn, the answer computed by `lib`, a worked solution, and what
people get wrong. The same seed gives the same sheet, byte for byte. The templates stand in one module for each part of
the book; all that is random comes from the seed and the name of a template.
"""

import zlib

import numpy as np

from lib.exercises import CHAPTERS
from lib.problems import bound, measures, samples, skills  # noqa: F401  importing them registers their templates
from lib.problems._engine import TEMPLATES, Problem, draw, judge_problem

__all__ = ["Problem", "check", "problem", "sheet", "templates"]


def templates(chapter=None):
    """Return the names of all templates, or of those of one chapter.

    Parameters
    ----------
    chapter : str, optional
        A name of `lib.exercises.CHAPTERS`.

    Returns
    -------
    list of str
        In the order of the book.

    Raises
    ------
    ValueError
        If there is no such chapter.

    Examples
    --------
    >>> templates("entropy")
    ['entropy-of-four', 'entropy-in-stages', 'perplexity']
    """
    if chapter is not None and chapter not in CHAPTERS:
        raise ValueError(f"`chapter` must be one of {', '.join(CHAPTERS)}; it is {chapter!r}")
    wanted = CHAPTERS if chapter is None else (chapter,)
    return [name for known in wanted for name, made in TEMPLATES.items() if made.chapter == known]


def problem(name, *, seed):
    """Return the problem that a seed gives in one template.

    Parameters
    ----------
    name : str
        One of `templates()`.
    seed : int
        Not negative. The numbers depend on name and seed alone, not on the rest of a sheet.

    Returns
    -------
    Problem
        Question and solution in Markdown, the answer, and the typical mistakes.

    Raises
    ------
    ValueError
        If there is no such template, or `seed` is no integer from 0 on.

    Examples
    --------
    >>> problem("entropy-of-four", seed=7).numbers
    {'p': [0.15, 0.2, 0.35, 0.3]}
    """
    if name not in TEMPLATES:
        raise ValueError(f"`name` must be one of `lib.problems.templates()`; it is {name!r}")
    return draw(name, _checked_seed(seed))


def sheet(seed, *, chapters=None, count=10):
    """Return a problem set: one problem from each of several templates, spread evenly over the chapters.

    Parameters
    ----------
    seed : int
        Not negative.
    chapters : sequence of int, optional
        Numbers of chapters, as in the book; all by default.
    count : int, default 10
        Number of problems: at most as many as the chapters have templates.

    Returns
    -------
    list of Problem
        In the order of the book.

    Raises
    ------
    ValueError
        If a chapter is not there, `count` is not from 1 to the number of templates, or `seed` is no integer from 0 on.

    Examples
    --------
    >>> [p.name for p in sheet(7, chapters=[2], count=2)]
    ['entropy-in-stages', 'perplexity']
    """
    seed = _checked_seed(seed)
    numbers = range(1, len(CHAPTERS) + 1) if chapters is None else sorted(set(chapters))
    for number in numbers:
        if number not in range(1, len(CHAPTERS) + 1):
            raise ValueError(f"`chapters` must be numbers from 1 to {len(CHAPTERS)}; one is {number!r}")
    names = {number: templates(CHAPTERS[number - 1]) for number in numbers}
    there = sum(map(len, names.values()))
    if not (isinstance(count, int | np.integer) and 1 <= count <= there):
        raise ValueError(f"`count` must be an integer from 1 to {there}, the templates of these chapters; it is {count!r}")
    rng = np.random.default_rng([seed, zlib.crc32(b"sheet")])
    # In turn from each chapter, in an order that the seed decides; then back into the order of the book.
    queues = [list(rng.permutation(names[number])) for number in rng.permutation(list(numbers))]
    turns = [queue[turn] for turn in range(max(map(len, queues))) for queue in queues if turn < len(queue)]
    chosen = set(turns[:count])
    return [draw(name, seed) for name in templates() if name in chosen]


def check(name, answer, *, seed):
    """Print whether an answer to a problem is right, with a hint for a typical mistake.

    Parameters
    ----------
    name : str
        The template.
    answer : float or None
        None while there is none.
    seed : int
        The seed of the sheet.

    Raises
    ------
    ValueError
        As `problem`.

    Examples
    --------
    >>> check("entropy-of-four", 1.335, seed=7)
    Not yet. Hint: that is in nats; bits take the logarithm to base 2.
    """
    print(judge_problem(problem(name, seed=seed), answer).message)


def _checked_seed(seed):
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"`seed` must be an integer from 0 on; it is {seed!r}")
    return int(seed)
