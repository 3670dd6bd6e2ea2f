"""The exercises of the book, checked on the spot.

    from lib.exercises import check
    check("entropy-die", 2.585)

Each chapter has a module here with its questions, right answers (computed by
`lib`) and classic mistakes. Solutions are in the chapters, hidden on the site.
"""

from importlib import import_module

from lib.exercises._engine import Exercise, Mistake, Verdict, judge

#: The chapters with exercises, by the names of their modules, in reading order.
CHAPTERS = (
    "information_content",
    "entropy",
    "mutual_information",
    "kl_divergence",
    "cross_entropy",
    "js_divergence",
    "codes",
    "continuous",
    "directions",
    "estimation",
    "monte_carlo",
    "maximum_likelihood",
    "bayesian_learning",
    "timeline",
    "elbo",
    "variational_inference",
    "vae",
    "gan",
    "diffusion",
    "focal_kld",
    "information_bounds",
    "diayn",
    "skills_control",
    "dads",
)


def exercises(chapter=None):
    """Return all exercises by name, or those of one chapter.

    Parameters
    ----------
    chapter : str, optional
        A name of `CHAPTERS`.

    Returns
    -------
    dict of str to Exercise
        In the order of the book.
    """
    chapters = CHAPTERS if chapter is None else (chapter,)
    found = [e for name in chapters for e in import_module(f"lib.exercises.{name}").EXERCISES]
    return {exercise.name: exercise for exercise in found}


def check(name, answer):
    """Print whether an answer is right, with a hint for a classic mistake.

    Parameters
    ----------
    name : str
        The exercise, as named in its chapter.
    answer : float, array_like, str, callable or None
        The reader's answer: a number, a list, the letter of a choice or a
        function, as the question asks; None while there is none.

    Raises
    ------
    KeyError
        If there is no exercise of that name.

    Examples
    --------
    >>> check("information-coin", None)
    No answer yet: replace None and run the cell again.
    """
    known = exercises()
    if name not in known:
        raise KeyError(f"`name` must be an exercise of the book; it is {name!r}, known are {', '.join(known)}")
    print(judge(known[name], answer).message)


__all__ = ["CHAPTERS", "Exercise", "Mistake", "Verdict", "check", "exercises", "judge"]
