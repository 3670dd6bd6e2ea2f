"""Exercises of the chapter on estimating from samples."""

import math

import numpy as np

from lib.estimators import miller_madow, plug_in
from lib.exercises._engine import Exercise, Mistake
from lib.neighbours import kozachenko_leonenko

_BIT = math.log(2)
_COUNTS = np.array([2, 1, 1, 0])


def _from_labels(labels):
    return miller_madow(np.unique(labels, return_counts=True)[1], base=math.e)


def _uncorrected(labels):
    return plug_in(np.unique(labels, return_counts=True)[1], base=math.e)


def _in_bits(labels):
    return miller_madow(np.unique(labels, return_counts=True)[1])


def _mixed_units(labels):
    counts = np.unique(labels, return_counts=True)[1]
    return plug_in(counts) + (counts.size - 1) / (2 * counts.sum())


def _without_one(labels):
    counts = np.unique(labels, return_counts=True)[1]
    return plug_in(counts, base=math.e) + counts.size / (2 * counts.sum())


EXERCISES = (
    Exercise(
        "est-die",
        -5 / (2 * 60 * _BIT),
        (
            Mistake(5 / (2 * 60 * _BIT), "the size is right; is the plug-in value too low or too high?"),
            Mistake(-5 / (2 * 60), "that is in nats; a bit is 0.693 of them."),
            Mistake(-6 / (2 * 60 * _BIT), "six shares that sum to 1 have only five degrees of freedom."),
            Mistake(-5 / (60 * _BIT), "the factor one half of the second derivative is missing."),
        ),
    ),
    Exercise(
        "est-miller-madow",
        float(miller_madow(_COUNTS)),
        (
            Mistake(1.5, "that is the plug-in value; add the correction."),
            Mistake(1.5 + 2 / 8, "the correction is in nats, the plug-in value in bits: one of them must be converted."),
            Mistake(1.5 + 3 / (8 * _BIT), "the outcome that was not seen is not counted, and one is taken off those that were."),
            Mistake(1.5 - 2 / (8 * _BIT), "the plug-in value is too low: the correction is added."),
        ),
    ),
    Exercise(
        "est-independent",
        15 / (2 * 100 * _BIT),
        (
            Mistake(0.0, "that is the true value; the plug-in estimate can't be negative, so its mean is above."),
            Mistake(15 / (2 * 100), "that is in nats."),
            Mistake(23 / (2 * 100 * _BIT), "that is what the joint entropy lacks; the two marginal entropies lack something too."),
            Mistake(24 / (2 * 100 * _BIT), "the cells of the table, but margins and total are fixed: (4 - 1)(6 - 1) remain."),
        ),
    ),
    Exercise(
        "est-three-points",
        kozachenko_leonenko([0, 1, 3], k=1, base=math.e),
        (
            Mistake(kozachenko_leonenko([0, 1, 3], k=1), "that is in bits; the question asks for nats."),
            Mistake(1.5 + math.log(2) / 3, "an interval of radius r has length 2r: the volume of the unit ball is missing."),
            Mistake(math.log(3) + math.log(2) + math.log(2) / 3, "log n is not ψ(n) − ψ(1); that difference is 1 + 1/2."),
            Mistake(1.5 + math.log(2) + math.log(2), "the mean of the logarithms of 1, 1, 2 is a third of log 2."),
        ),
    ),
    Exercise(
        "est-millimetres",
        3 * math.log2(1000),
        (
            Mistake(math.log2(1000), "that is for one coordinate; there are three."),
            Mistake(-3 * math.log2(1000), "in millimetres the numbers are larger, the density is spread wider, and the entropy grows."),
            Mistake(0.0, "entropy of a density depends on the unit; what does not is mutual information, or a divergence."),
            Mistake(3 * math.log(1000), "that is in nats."),
        ),
    ),
    Exercise(
        "est-function",
        _from_labels,
        (
            Mistake(_uncorrected, "that is the plug-in value; the correction is missing."),
            Mistake(_in_bits, "that is in bits; use the natural logarithm."),
            Mistake(_mixed_units, "the plug-in value is in bits and the correction in nats."),
            Mistake(_without_one, "the correction has the number of labels seen, less one."),
        ),
        cases=((["a", "b", "a", "c"],), ([1, 1, 1],), (list("mississippi"),), ([3, 1, 4, 1, 5, 9, 2, 6],)),
    ),
    Exercise(
        "est-rising",
        "a",
        (
            Mistake("b", "the draws come from one and the same distribution; what changes is the estimate."),
            Mistake("c", "chance has no direction, and here all repetitions agree; and samples that are too even give too much."),
            Mistake("d", "the estimate is of the entropy of one draw; how many were drawn is no part of it."),
        ),
        choices={
            "a": "the plug-in entropy of a small sample is too low on average, and the less so the more is drawn",
            "b": "the source becomes more uncertain",
            "c": "chance: the first samples happened to be too even",
            "d": "entropies add up, and more draws have more entropy",
        },
    ),
)
