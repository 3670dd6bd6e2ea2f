"""Exercises of the chapter on variational inference."""

import math

import numpy as np

from lib.exercises._engine import Exercise, Mistake
from lib.mean_field import gaussian_mean_field, gaussian_mean_field_gap

_PRECISION = np.linalg.inv([[1, 0.6], [0.6, 1]])
_GAP = gaussian_mean_field_gap(_PRECISION)
_VARIANCE = float(gaussian_mean_field(_PRECISION)[0])


def _rate(x, mean, variance, m0, k0, b0):
    x = np.asarray(x)
    return b0 + 0.5 * (((x - mean) ** 2).sum() + k0 * (mean - m0) ** 2 + (k0 + x.size) * variance)


def _without(x, mean, variance, m0, k0, b0):
    return _rate(x, mean, 0.0, m0, k0, b0)


EXERCISES = (
    Exercise(
        "vi-narrow",
        math.sqrt(_VARIANCE),
        (
            Mistake(_VARIANCE, "that is the variance."),
            Mistake(1.0, "that is the posterior's own; mean field takes the deviation given the other coordinate."),
            Mistake(1 / math.sqrt(_VARIANCE), "the inverse: mean field is narrower, not wider."),
            Mistake(math.sqrt(0.4), "one less the *square* of the correlation."),
        ),
    ),
    Exercise(
        "vi-gap",
        _GAP,
        (
            Mistake(2 * _GAP, "half the log determinant."),
            Mistake(_GAP / math.log(2), "that is in bits."),
            Mistake(-_GAP, "a divergence is not negative."),
        ),
    ),
    Exercise(
        "vi-rate",
        _rate,
        (
            Mistake(_without, "the mean is not known exactly: its variance counts once for each observation and k0 times for the prior."),
            Mistake(lambda *a: 1 / _rate(*a), "that is the scale."),
            Mistake(lambda *a: 2 * _rate(*a) - a[-1], "half of the squares."),
            Mistake(lambda x, m, v, m0, k0, b0: _rate(x, m, v, m0, 0.0, b0), "the prior of the mean depends on the precision too."),
        ),
        cases=(([0.0], 0.0, 1 / 3, 0.0, 1.0, 1.0), ([1.0, 2.0, 4.0], 2.0, 0.2, 1.0, 0.5, 0.3), ([-1.0, 3.0], 0.5, 0.7, 2.0, 3.0, 2.0)),
    ),
    Exercise(
        "vi-reason",
        "b",
        (
            Mistake("a", "its maximum is exact; the family it climbs in is what is too small."),
            Mistake("c", "with all the data in the world it is as wrong: look at the formula of the gap."),
            Mistake("d", "that direction would give the true variances."),
        ),
        choices={
            "a": "coordinate ascent stops too early",
            "b": "D(q || p) punishes belief where the posterior has none",
            "c": "there are too few data",
            "d": "D(p || q) punishes belief where the posterior has none",
        },
    ),
    Exercise(
        "vi-race",
        100 * (0.05 / 0.008) ** 2,
        (
            Mistake(100 * 0.05 / 0.008, "the error falls as one over the *root* of the number."),
            Mistake(100 * (0.008 / 0.05) ** 2, "more draws, not fewer."),
        ),
    ),
)
