"""Exercises of the chapter on information content."""

import math

import numpy as np

from lib import self_information
from lib.exercises._engine import Exercise, Mistake


def _in_bits(p):
    return self_information(p)


def _in_nats(p):
    return self_information(p, base=math.e)


def _without_minus(p):
    return -self_information(p)


def _weighted(p):
    p = np.asarray(p)
    return np.where(p > 0, p * np.where(p > 0, self_information(p), 0), 0)


EXERCISES = (
    Exercise(
        "information-coin",
        self_information(0.5**3),
        (
            Mistake(self_information(0.5**3, base=math.e), "that is in nats; bits take the logarithm to base 2."),
            Mistake(0.5**3, "that is the probability; its logarithm is still to be taken."),
            Mistake(-3.0, "mind the sign: information is the logarithm of 1/p."),
            Mistake(1.0, "that is one toss; how many are there, and are they independent?"),
        ),
    ),
    Exercise(
        "information-nats",
        2 / math.log(2),
        (
            Mistake(2.0, "that is in nats, the unit of the natural logarithm."),
            Mistake(2 * math.log(2), "the conversion is the right one, applied the wrong way round."),
            Mistake(math.exp(-2), "that is the probability; its logarithm is still to be taken."),
        ),
    ),
    Exercise(
        "information-aces",
        self_information(4 / 52 * 3 / 51),
        (
            Mistake(
                2 * self_information(4 / 52),
                "you treated the draws as independent; after one ace, how many are left, and among how many cards?",
            ),
            Mistake(self_information(4 / 52), "that is the first ace alone."),
            Mistake(
                self_information(4 / 52 * 3 / 51, base=math.e),
                "that is in nats; bits take the logarithm to base 2.",
            ),
        ),
    ),
    Exercise(
        "information-function",
        _in_bits,
        (
            Mistake(_in_nats, "np.log gives nats; which logarithm gives bits?"),
            Mistake(_without_minus, "information is never negative: mind the sign."),
            Mistake(_weighted, "that is -p log p, a term of the entropy; do not weight by p here."),
        ),
        cases=(([1.0, 0.5, 0.25],), ([0.1, 0.0],), ([[0.3], [0.7]],)),
    ),
    Exercise(
        "information-wish",
        "c",
        (
            Mistake("a", "put p = 1 into the formula."),
            Mistake("b", "is 1/p falling or rising in p?"),
            Mistake("d", "try p = q = 1/2 on each of the wishes."),
        ),
        choices={
            "a": "a sure event tells nothing",
            "b": "the rarer, the more",
            "c": "independent messages add up",
            "d": "none of them",
        },
    ),
)
