"""Exercises of the chapter on joint, conditional and mutual information."""

import math

import numpy as np

from lib import conditional_entropy, entropy, joint_entropy, mutual_information
from lib.exercises._engine import Exercise, Mistake

_LEFT = np.array([[2, 1], [0, 1]]) / 4
_LINE = np.array([[0.45, 0.05], [0.05, 0.45]])
_LENGTHS = np.array([[1, 1, 0], [0, 0, 2]]) / 4


def _table(x, y):
    xs, i = np.unique(x, return_inverse=True)
    ys, j = np.unique(y, return_inverse=True)
    counts = np.zeros((len(xs), len(ys)), dtype=int)
    np.add.at(counts, (i, j), 1)
    return counts / len(i)


def _from_samples(x, y):
    return mutual_information(_table(x, y))


def _in_nats(x, y):
    return mutual_information(_table(x, y), base=math.e)


def _what_is_left(x, y):
    return conditional_entropy(_table(x, y), given="x")


def _whole_pair(x, y):
    return joint_entropy(_table(x, y))


def _spoilt_by_empty_cells(x, y):
    joint = _table(x, y)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sum(joint * np.log2(joint / np.outer(joint.sum(axis=1), joint.sum(axis=0))))


def _mean_plug_in_entropy(k, n):
    """Return the exact mean, in bits, of the plug-in entropy of n draws from k equal outcomes."""
    chances = (math.comb(n, c) * (1 / k) ** c * (1 - 1 / k) ** (n - c) for c in range(1, n + 1))
    return -k * sum(p * c / n * math.log2(c / n) for c, p in enumerate(chances, start=1))


_DICE = 2 * _mean_plug_in_entropy(6, 60) - _mean_plug_in_entropy(36, 60)

EXERCISES = (
    Exercise(
        "mi-left",
        conditional_entropy(_LEFT, given="x"),
        (
            Mistake(
                conditional_entropy(_LEFT, given="y"),
                "that is H(X|Y); which variable is known, and is it in the rows?",
            ),
            Mistake(joint_entropy(_LEFT), "that is the entropy of the pair; part of it is known already."),
            Mistake(entropy(_LEFT.sum(axis=0)), "that is H(Y), before anything is known."),
            Mistake(entropy([2 / 3, 1 / 3]) / 2, "the rows do not come up equally often: weight each by p(x)."),
            Mistake(mutual_information(_LEFT), "that is what X and Y share; the question is what is left."),
            Mistake(
                conditional_entropy(_LEFT, given="x", base=math.e),
                "that is in nats; bits take the logarithm to base 2.",
            ),
        ),
    ),
    Exercise(
        "mi-line",
        mutual_information(_LINE),
        (
            Mistake(entropy([0.9, 0.1]), "that is what is still unknown about the bit; how much was there to know?"),
            Mistake(0.9, "that is the share of bits that arrive unharmed; but nobody knows which ones they are."),
            Mistake(0.8, "that is the correlation, which is no number of bits."),
            Mistake(1.0, "that is what was sent; what arrives is not always the same."),
            Mistake(mutual_information(_LINE, base=math.e), "that is in nats; bits take the logarithm to base 2."),
        ),
    ),
    Exercise(
        "mi-lengths",
        [
            conditional_entropy(_LENGTHS, given="y"),
            mutual_information(_LENGTHS),
            conditional_entropy(_LENGTHS, given="x"),
        ],
        (
            Mistake([0.5, 1.0, 0.0], "you exchanged the two conditional entropies: H(X|Y) is what Y leaves open of X."),
            Mistake([1.0, 1.0, 1.5], "those are H(X), I and H(Y): what is shared is still to be taken from both."),
            Mistake([0.5, 1.5, 0.0], "the three lengths have to add up to H(X,Y), and yours exceed it."),
            Mistake(
                [0.0, math.log(2), math.log(2) / 2],
                "those are nats; bits take the logarithm to base 2.",
            ),
        ),
    ),
    Exercise(
        "mi-samples",
        _from_samples,
        (
            Mistake(_in_nats, "np.log gives nats; which logarithm gives bits?"),
            Mistake(_what_is_left, "that is H(Y|X), what is left of Y and not what is shared."),
            Mistake(_whole_pair, "that is the entropy of the pair; what do the margins say?"),
            Mistake(
                _spoilt_by_empty_cells,
                "a pair that never occurs must add 0; yours adds 0 times minus infinity, which is nan.",
            ),
        ),
        cases=(
            (list("aabbc"), [0, 1, 1, 1, 0]),
            (list("abababba"), list("xyxyyxyx")),
            ([3, 1, 2, 3, 1, 2, 1], list("uvwuvwu")),
        ),
    ),
    Exercise(
        "mi-binary",
        "a",
        (
            Mistake("b", "the example with the square has three values of X; try to build it with two."),
            Mistake("c", "what about two coins tossed apart?"),
            Mistake("d", "write the covariance with p(1, 1) and the two margins; where would fairness be needed?"),
        ),
        choices={
            "a": "it is 0",
            "b": "nothing",
            "c": "it is positive",
            "d": "it is 0 if both are fair",
        },
    ),
    Exercise(
        "mi-dice",
        _DICE,
        (
            Mistake(0.0, "that is the truth about the dice; the estimate is never negative, so its mean is above."),
            Mistake(
                25 / (2 * 60 * math.log(2)),
                "that is the formula for large samples; here 60 pairs meet 36 cells. Try it out.",
            ),
            Mistake(_DICE * math.log(2), "that is in nats; bits take the logarithm to base 2."),
            Mistake(
                entropy(np.full(6, 1 / 6)) - _mean_plug_in_entropy(6, 60),
                "that is how far one die's entropy is off; the pair has 36 cells.",
            ),
        ),
        tolerance=0.01,
    ),
)
