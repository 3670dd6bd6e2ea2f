"""Exercises of the chapter on entropy."""

import math

import numpy as np

from lib import entropy
from lib.data import english_text, letter_distribution
from lib.exercises._engine import Exercise, Mistake

_LETTERS = letter_distribution(english_text())
_RANKS = np.arange(1, 27)


def _in_bits(p):
    return entropy(p)


def _in_nats(p):
    return entropy(p, base=math.e)


def _without_minus(p):
    return -entropy(p)


def _as_written(p):
    p = np.asarray(p)
    with np.errstate(divide="ignore", invalid="ignore"):
        return -(p * np.log2(p)).sum(axis=-1)


def _over_everything(p):
    return np.sum(entropy(p))


EXERCISES = (
    Exercise(
        "entropy-die",
        math.log2(6),
        (
            Mistake(math.log(6), "that is in nats; bits take the logarithm to base 2."),
            Mistake(-math.log2(6), "entropy is never negative: there are two minus signs, and both count."),
            Mistake(math.log2(6) / 6, "that is the term of one face; how many faces are there?"),
            Mistake(6.0, "that is the number of outcomes, the perplexity; the entropy is its logarithm."),
        ),
    ),
    Exercise(
        "entropy-stages",
        1 + 0.5 * math.log2(6),
        (
            Mistake(1 + math.log2(6), "the die is rolled half of the time: weight the second stage by that."),
            Mistake(math.log2(7), "the seven possible wins are not equally likely."),
            Mistake(0.5 * math.log2(6), "that is the second stage; the coin counts too."),
            Mistake(
                entropy([1 / 2] + 6 * [1 / 12], base=math.e),
                "that is in nats; bits take the logarithm to base 2.",
            ),
        ),
    ),
    Exercise(
        "entropy-lengths",
        [1, 2, 3, 3],
        (
            Mistake([2, 2, 3, 4], "you rounded the information contents up, which is not yet the best."),
            Mistake([2, 2, 2, 2], "that halves the list, not the probability, at each question."),
            Mistake([1, 2, 3, 4], "after three times no, is there anything left to ask?"),
            Mistake([3, 3, 2, 1], "the order is reversed: the most probable outcome should take the fewest questions."),
            Mistake(
                -np.log2([0.4, 0.3, 0.2, 0.1]),
                "those are information contents; a number of questions is whole.",
            ),
        ),
    ),
    Exercise(
        "entropy-function",
        _in_bits,
        (
            Mistake(_in_nats, "np.log gives nats; which logarithm gives bits?"),
            Mistake(_without_minus, "entropy is never negative: mind the sign."),
            Mistake(_as_written, "0 * log2(0) is nan in floating point; see to it that an impossible outcome adds 0."),
            Mistake(_over_everything, "sum along the last axis only: each distribution has an entropy of its own."),
        ),
        cases=(
            ([0.5, 0.25, 0.25],),
            ([0.5, 0.5, 0.0],),
            ([[0.1, 0.2, 0.7], [1.0, 0.0, 0.0]],),
            ([[[0.25, 0.75]], [[0.5, 0.5]]],),
        ),
    ),
    Exercise(
        "entropy-robin-hood",
        "a",
        (
            Mistake("b", "try it with (0.9, 0.1) and a gift of 0.2."),
            Mistake("c", "a gift of the whole difference would only swap the two; a smaller one mixes."),
            Mistake("d", "write the entropy after the gift by that of P and of P with i and j swapped."),
        ),
        choices={
            "a": "it always rises",
            "b": "it always falls",
            "c": "it stays the same",
            "d": "it depends on the other probabilities",
        },
    ),
    Exercise(
        "entropy-guessing",
        float(np.sort(_LETTERS)[::-1] @ np.minimum(_RANKS, 25)),
        (
            Mistake(entropy(_LETTERS), "that is the entropy, which no way of asking beats; how well does this one do?"),
            Mistake(float(_LETTERS @ np.minimum(_RANKS, 25)), "that asks in the order of the alphabet."),
            Mistake(float(np.sort(_LETTERS) @ np.minimum(_RANKS, 25)), "that asks for the rarest letter first."),
            Mistake(float(np.minimum(_RANKS, 25).mean()), "that is the plain mean of the ranks; weight it."),
        ),
    ),
)
