"""Exercises of the chapter on continuous distributions."""

import math

import numpy as np

from lib.continuous import exponential_entropy, gamma_entropy, gamma_kl
from lib.exercises._engine import Exercise, Mistake
from lib.gaussian import gaussian_kl

_ROOT = math.sqrt(0.75)


def _diagonal(mean_p, sd_p, mean_q, sd_q):
    variance_p, variance_q = np.square(sd_p), np.square(sd_q)
    return gaussian_kl(mean_p, np.diag(variance_p), mean_q, np.diag(variance_q), base=math.e)


def _deviations_for_variances(mean_p, sd_p, mean_q, sd_q):
    return gaussian_kl(mean_p, np.diag(sd_p), mean_q, np.diag(sd_q), base=math.e)


def _dimension_forgotten(mean_p, sd_p, mean_q, sd_q):
    return _diagonal(mean_p, sd_p, mean_q, sd_q) + (len(mean_p) - 1) / 2


def _half_forgotten(mean_p, sd_p, mean_q, sd_q):
    return 2 * _diagonal(mean_p, sd_p, mean_q, sd_q)


def _swapped(mean_p, sd_p, mean_q, sd_q):
    return _diagonal(mean_q, sd_q, mean_p, sd_p)


def _in_bits(mean_p, sd_p, mean_q, sd_q):
    return _diagonal(mean_p, sd_p, mean_q, sd_q) / math.log(2)


def _determinant_reversed(mean_p, sd_p, mean_q, sd_q):
    return _diagonal(mean_p, sd_p, mean_q, sd_q) + 2 * np.sum(np.log(sd_p) - np.log(sd_q))


EXERCISES = (
    Exercise(
        "continuous-unit",
        [-2.0, math.log2(25)],
        (
            Mistake([2.0, -math.log2(25)], "the signs are the wrong way round: a width below 1 gives a density above 1."),
            Mistake([-2.0, -2.0], "the second width is 25 centimetres; does the number stay the same in another unit?"),
            Mistake([math.log(0.25), math.log(25)], "that is in nats; bits take the logarithm to base 2."),
            Mistake([-2.0, -2.0 - math.log2(100)], "the numbers grow when the unit shrinks, so the logarithm is added."),
            Mistake([0.25, 25.0], "those are the widths; the entropy is their logarithm."),
        ),
    ),
    Exercise(
        "continuous-gaussian",
        gaussian_kl(0.0, 1.0, 1.0, 9.0),
        (
            Mistake(gaussian_kl(0.0, 1.0, 1.0, 3.0), "3 is the standard deviation of Q; the library takes variances."),
            Mistake(gaussian_kl(1.0, 9.0, 0.0, 1.0), "that is the other direction; P does the averaging."),
            Mistake(gaussian_kl(0.0, 1.0, 1.0, 9.0, base=math.e), "that is in nats; bits take the logarithm to base 2."),
            Mistake(2 * gaussian_kl(0.0, 1.0, 1.0, 9.0), "the factor of one half is missing."),
            Mistake(gaussian_kl(0.0, 1.0, 0.0, 9.0), "the means differ too."),
        ),
    ),
    Exercise(
        "continuous-function",
        _diagonal,
        (
            Mistake(_deviations_for_variances, "the arguments are standard deviations; the formula has variances."),
            Mistake(_dimension_forgotten, "1 is to be subtracted once for each coordinate."),
            Mistake(_half_forgotten, "the factor of one half is missing."),
            Mistake(_swapped, "the arguments are the wrong way round: p does the averaging."),
            Mistake(_in_bits, "that is in bits; nats take the natural logarithm."),
            Mistake(_determinant_reversed, "look at the sign of the logarithm: a narrower q must cost more."),
        ),
        cases=(
            ([0.0], [1.0], [1.0], [2.0]),
            ([0.0, 1.0, -1.0], [1.0, 0.5, 2.0], [0.5, 1.0, 0.0], [2.0, 0.25, 3.0]),
        ),
    ),
    Exercise(
        "continuous-rho",
        _ROOT,
        (
            Mistake(0.75, "that is the square of the correlation."),
            Mistake(math.sqrt(0.5), "the factor of one half before the logarithm is missing."),
            Mistake(math.sqrt(1 - math.exp(-2)), "that gives one nat; a bit is the logarithm to base 2."),
            Mistake(0.5, "that is what is left of the standard deviation of Y once X is known; what does it say about the correlation?"),
        ),
    ),
    Exercise(
        "continuous-mean",
        gamma_kl(2.0, 1.0, 1.0, 0.5, base=math.e),
        (
            Mistake(gamma_kl(1.0, 0.5, 2.0, 1.0, base=math.e), "that is the divergence of the exponential density from the gamma density."),
            Mistake(gamma_kl(2.0, 1.0, 1.0, 2.0, base=math.e), "the exponential density with mean 2 has the rate 1/2."),
            Mistake(gamma_kl(2.0, 1.0, 1.0, 0.5), "that is in bits; nats take the natural logarithm."),
            Mistake(float(exponential_entropy(0.5, base=math.e)), "that is the largest entropy; how far below it is the gamma density?"),
            Mistake(float(gamma_entropy(2.0, 1.0, base=math.e)), "that is the gamma density's entropy; how far is it from the largest?"),
        ),
    ),
    Exercise(
        "continuous-tail",
        -20.0,
        (
            Mistake(-2.0, "that would do for a flat density; this one keeps much of its mass near 0."),
            Mistake(20.0, "the cut lies near 0: its logarithm is negative."),
            Mistake(-0.2, "the mass below the cut is its 0.1th power; solve for the cut."),
            Mistake(math.log(1e-20), "that is the natural logarithm; the question asks for the power of 10."),
        ),
    ),
    Exercise(
        "continuous-invariant",
        "c",
        (
            Mistake("a", "a new unit multiplies the density by a factor, whose logarithm is added."),
            Mistake("b", "a new unit changes both by the same amount, but the logarithm changes each by a mean of its own."),
            Mistake("d", "a new unit leaves it as it is, but the logarithm doesn't."),
        ),
        choices={
            "a": "the differential entropy of each group",
            "b": "the difference of their differential entropies",
            "c": "the divergence of one group from the other",
            "d": "the difference of the means, divided by the mean of the first group",
        },
    ),
)
