"""Exercises of the chapter on the directions of KL and the f-divergences."""

import math

import numpy as np

from lib import js_distance, kl_divergence
from lib.exercises._engine import Exercise, Mistake
from lib.f_divergences import f_divergence, hellinger_distance, total_variation
from lib.mixtures import Mixture, mixture_kl, mixture_moments

_HILLS = Mixture([0.3, 0.7], [-1, 2], [0.5, 1])
_MEAN, _SD = mixture_moments(_HILLS)
_FAR = Mixture([0.5, 0.25, 0.25], [-50, 0, 50], [1, 1, 1])
_P, _Q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
_FAIR, _BIASED = np.array([0.5, 0.5]), np.array([0.9, 0.1])


def _divergence(p, q, f, at_zero, slope):
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    both, only_p, only_q = (p > 0) & (q > 0), (p > 0) & (q == 0), (p == 0) & (q > 0)
    return np.sum(q[both] * f(p[both] / q[both])) + np.sum(p[only_p] * slope) + np.sum(q[only_q] * at_zero)


def _masked(p, q, f, at_zero, slope):
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    both = (p > 0) & (q > 0)
    return np.sum(q[both] * f(p[both] / q[both]))


def _literal(p, q, f, at_zero, slope):
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sum(q * f(p / q))


def _swapped(p, q, f, at_zero, slope):
    return _divergence(q, p, f, at_zero, slope)


def _limits_swapped(p, q, f, at_zero, slope):
    return _divergence(p, q, f, slope, at_zero)


def _weighted_by_p(p, q, f, at_zero, slope):
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    both, only_p, only_q = (p > 0) & (q > 0), (p > 0) & (q == 0), (p == 0) & (q > 0)
    return np.sum(p[both] * f(p[both] / q[both])) + np.sum(p[only_p] * slope) + np.sum(q[only_q] * at_zero)


def _square(t):
    return (t - 1) ** 2


def _kl(t):
    return t * np.log(t) - t + 1


EXERCISES = (
    Exercise(
        "directions-moments",
        [float(_MEAN), float(_SD)],
        (
            Mistake([float(_MEAN), 0.3 * 0.5 + 0.7 * 1], "standard deviations don't average; variances do, and they aren't all of it."),
            Mistake([float(_MEAN), math.sqrt(0.3 * 0.25 + 0.7)], "that is the spread within the hills; the hills are apart, too."),
            Mistake([float(_MEAN), float(_SD) ** 2], "that is the variance; the standard deviation is its root."),
            Mistake([2.0, 1.0], "that is the higher hill, what the reverse direction might choose."),
        ),
    ),
    Exercise(
        "directions-hill",
        mixture_kl(Mixture([1], [50], [1]), _FAR),
        (
            Mistake(math.log(4), "that is in nats; bits take the logarithm to base 2."),
            Mistake(-math.log2(0.75), "that is what it costs to drop a quarter; here only a quarter is kept."),
            Mistake(0.0, "Q copies the hill, not P: where Q has its mass, how large is p beside q?"),
            Mistake(1.0, "that is the price of the larger hill."),
            Mistake(math.inf, "the forward direction is nearly infinite; which one does the averaging here?"),
        ),
    ),
    Exercise(
        "directions-f",
        _divergence,
        (
            Mistake(_masked, "the outcomes that only one of them has are missing; they have prices of their own."),
            Mistake(_literal, "0 / 0 and f(0) are NaN on a computer; take the limits that are given."),
            Mistake(_swapped, "the ratio is p / q and q weights it; yours is the other way round."),
            Mistake(_limits_swapped, "the two limits are exchanged: at p = 0 the ratio is 0, at q = 0 it is infinite."),
            Mistake(_weighted_by_p, "each f is weighted by q, not by p."),
        ),
        cases=(
            ([0.5, 0.25, 0.25], [0.25, 0.25, 0.5], _square, 1.0, np.inf),
            ([0.0, 0.5, 0.5], [0.25, 0.25, 0.5], _kl, 1.0, np.inf),
            ([0.5, 0.5, 0.0], [0.0, 0.5, 0.5], _square, 1.0, np.inf),
            ([0.0, 0.4, 0.6], [0.0, 0.7, 0.3], _kl, 1.0, np.inf),
        ),
    ),
    Exercise(
        "directions-variation",
        float(total_variation(_P, _Q)),
        (
            Mistake(float(np.abs(_P - _Q).sum()), "that sums all differences, up and down; an event can't collect both."),
            Mistake(float(np.sqrt(((_P - _Q) ** 2).sum())), "that is the Euclidean distance."),
            Mistake(float(f_divergence(_P, _Q, "squared-hellinger")), "that is the squared Hellinger distance, which is smaller."),
            Mistake(math.sqrt(kl_divergence(_P, _Q, base=math.e) / 2), "that is Pinsker's bound; the value itself is easy here."),
        ),
    ),
    Exercise(
        "directions-hellinger",
        float(hellinger_distance(_FAIR, _BIASED)),
        (
            Mistake(float(f_divergence(_FAIR, _BIASED, "squared-hellinger")), "that is the squared distance; take the root."),
            Mistake(math.sqrt(2) * hellinger_distance(_FAIR, _BIASED), "the half under the root is missing: the largest distance is 1."),
            Mistake(float(total_variation(_FAIR, _BIASED)), "that is the total variation."),
            Mistake(math.sqrt(0.45) + math.sqrt(0.05), "that is the sum of the roots of p q, 1 for equal coins."),
            Mistake(float(js_distance(_FAIR, _BIASED)), "that is the Jensen-Shannon distance."),
        ),
    ),
    Exercise(
        "directions-bound",
        math.sqrt(1 - math.exp(-3)),
        (
            Mistake(math.sqrt(1.5), "that is Pinsker's; it is above 1, and no total variation is."),
            Mistake(1.0, "true, but known before; one of the two bounds says more."),
            Mistake(1 - math.exp(-3), "the root is missing."),
            Mistake(1 - math.exp(-3) / 2, "that is a weaker form of the same bound."),
            Mistake(math.sqrt(1 - 2.0**-3), "the divergence is in nats: take e, not 2."),
        ),
        tolerance=1e-4,
    ),
    Exercise(
        "directions-chi",
        [4 * 0.3**2, 0.8 / 0.2],
        (
            Mistake([4 * 0.3**2, 4 * 0.8**2], "b can't be one half when V is 0.8: what would a be?"),
            Mistake([0.3 / 0.7, 0.8 / 0.2], "for V = 0.3 a smaller quotient is possible."),
            Mistake([2 * 0.3**2, 2 * 0.8**2], "those are Pinsker's bounds on KL."),
        ),
    ),
    Exercise(
        "directions-disjoint",
        [math.log(2), 1.0, 1.0, 5.0],
        (
            Mistake([1.0, 1.0, 1.0, 5.0], "JS is asked for in nats."),
            Mistake([math.log(2), 1.0, 1.0, 4.0], "4 is the gap; how far does each piece of mass have to go?"),
            Mistake([math.log(2), 2.0, 1.0, 5.0], "total variation is half of the sum of differences."),
            Mistake([math.log(2), 1.0, 2.0, 5.0], "the squared Hellinger distance is half of the sum of squares."),
            Mistake([math.inf, 1.0, 1.0, 5.0], "that is KL; JS is never infinite."),
        ),
    ),
    Exercise(
        "directions-near",
        "b",
        (
            Mistake("a", "the reverse direction settles on one hill only where the valley is deep; is this one?"),
            Mistake("c", "they are not: compute the divergence for one on a hill and for one in the middle."),
            Mistake("d", "a very narrow Q pays for it: its negative entropy grows without limit."),
        ),
        choices={
            "a": "one that covers one of the two hills",
            "b": "one with its top in the middle, wide enough for both",
            "c": "it makes no difference which of these: all of them are equally near",
            "d": "there is none: it grows narrower without end",
        },
    ),
)
