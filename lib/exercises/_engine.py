"""Judge a reader's answer: right, a known mistake with its hint, or not yet."""

from dataclasses import dataclass, field

import numpy as np

# The sentences that the pages of the site say too (`extensions/book_answers.py`).
RIGHT = "Right."
HINT = "Not yet. Hint: {hint}"
OTHER = "Not yet, and it is none of the classic mistakes. Look at the definition again."
SHAPE = "Not yet: the answer should have shape {expected}; yours has {given}."


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that people really give, and what to tell them.

    Parameters
    ----------
    answer : float, array_like, str or callable
        What the mistake leads to, of the same kind as the right answer.
    hint : str
        What went wrong and where to look, without the solution.
    """

    answer: object
    hint: str


@dataclass(frozen=True)
class Exercise:
    """A question with its right answer and the classic mistakes.

    Parameters
    ----------
    name : str
        As in the label of the chapter: "entropy-die" for ``ex-entropy-die``.
    answer : float, array_like, str or callable
        The right answer, computed and not typed. A string is the letter of a
        choice; a callable is compared on `cases`.
    mistakes : tuple of Mistake
        At least one, each with an answer of its own.
    cases : tuple of tuple
        Arguments on which a function is tried.
    tolerance : float, default 1e-3
        Largest accepted error of a number, absolute below 1 and relative above.
    choices : dict of str to str
        For a choice: letter and text of each option.
    """

    name: str
    answer: object
    mistakes: tuple[Mistake, ...]
    cases: tuple[tuple, ...] = ()
    tolerance: float = 1e-3
    choices: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What `judge` found: `right` or not, and the sentence for the reader."""

    right: bool
    message: str


def judge(exercise, answer):
    """Compare an answer with the right one and with the known mistakes.

    Parameters
    ----------
    exercise : Exercise
        The question.
    answer : object
        What the reader gave; None means not answered yet.

    Returns
    -------
    Verdict
        Whether it is right, and what to say.
    """
    if answer is None:
        return Verdict(False, "No answer yet: replace None and run the cell again.")
    wrong_kind = _wrong_kind(exercise, answer)
    if wrong_kind:
        return Verdict(False, wrong_kind)
    try:
        if _agree(exercise, answer, exercise.answer):
            return Verdict(True, RIGHT)
        for mistake in exercise.mistakes:
            if _agree(exercise, answer, mistake.answer):
                return Verdict(False, HINT.format(hint=mistake.hint))
    except Exception as error:  # the reader's function may fail in any way
        return Verdict(False, f"Not yet: your function raised {type(error).__name__}: {error}")
    return Verdict(False, OTHER)


def _wrong_kind(exercise, answer):
    if callable(exercise.answer):
        return None if callable(answer) else "Not yet: the answer should be a function; give its name without calling it."
    if isinstance(exercise.answer, str):
        options = ", ".join(exercise.choices)
        known = isinstance(answer, str) and answer.strip().lower() in exercise.choices
        return None if known else f"Not yet: the answer should be one of the letters {options}, in quotes."
    try:
        given = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        return "Not yet: the answer should be a number or a list of numbers."
    shape = np.shape(exercise.answer)
    return None if given.shape == shape else SHAPE.format(expected=shape, given=given.shape)


def _agree(exercise, answer, reference):
    if callable(reference):
        return all(_close(answer(*case), reference(*case), 1e-9) for case in exercise.cases)
    if isinstance(reference, str):
        return answer.strip().lower() == reference
    return _close(answer, reference, exercise.tolerance)


def _close(a, b, tolerance):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        return False
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore"):
        near = np.isfinite(b) & (np.abs(a - b) <= tolerance * np.maximum(1, np.abs(b)))
    return bool(np.all(same | near))
