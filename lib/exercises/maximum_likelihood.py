"""Exercises of the chapter on maximum likelihood."""

import math

import numpy as np
from scipy import stats

from lib import entropy, kl_divergence, normalize
from lib.exercises._engine import Exercise, Mistake
from lib.likelihood import fit_poisson

_COIN, _FAIR = (0.7, 0.3), (0.5, 0.5)

_K = np.arange(60)
_MIXED = normalize(0.5 * (_K == 0) + 0.5 * stats.poisson.pmf(_K, 6))


def _poisson(rate):
    return normalize(stats.poisson.pmf(_K, rate))


_RATE = fit_poisson(_K, weights=_MIXED)
_DISTANCE = kl_divergence(_MIXED, _poisson(_RATE), base=math.e)


def _rate(x):
    return 1 / np.mean(x)


def _mean(x):
    return np.mean(x)


def _by_deviation(x):
    return 1 / np.std(x)


def _by_median(x):
    return math.log(2) / np.median(x)


def _corrected(x):
    return (len(x) - 1) / np.sum(x)


def _of_the_sum(x):
    return 1 / np.sum(x)


EXERCISES = (
    Exercise(
        "ml-coin",
        -entropy(_COIN),
        (
            Mistake(entropy(_COIN), "that is the entropy; the logarithm of a probability is negative."),
            Mistake(-entropy(_COIN, base=math.e), "that is in nats; bits take the logarithm to base 2."),
            Mistake(-10 * entropy(_COIN), "that is the sum over ten tosses; the question is about the mean."),
            Mistake(2.0 ** (-10 * entropy(_COIN)), "that is the likelihood itself; its logarithm is asked for."),
            Mistake(-1.0, "that is what a fair coin gets; which coin makes 7 heads most probable?"),
        ),
    ),
    Exercise(
        "ml-gap",
        kl_divergence(_COIN, _FAIR),
        (
            Mistake(kl_divergence(_FAIR, _COIN), "the arguments are the wrong way round: the sample does the averaging."),
            Mistake(kl_divergence(_COIN, _FAIR, base=math.e), "that is in nats; bits take the logarithm to base 2."),
            Mistake(10 * kl_divergence(_COIN, _FAIR), "that is for all ten tosses; the question is about one."),
            Mistake(-kl_divergence(_COIN, _FAIR), "the sign: by how much does it stay below?"),
            Mistake(1.0, "that is how far the fair coin's value lies below 0; the best one's does not lie there either."),
        ),
    ),
    Exercise(
        "ml-exponential",
        _rate,
        (
            Mistake(_mean, "that is the mean of the law; how is its parameter related to it?"),
            Mistake(_by_deviation, "that matches the deviation, which is 1/θ too; which of the two does the likelihood look at?"),
            Mistake(_by_median, "that matches the median; set the derivative of the log-likelihood to 0 instead."),
            Mistake(_corrected, "that is the fit with its bias removed; it is not the most likely one."),
            Mistake(_of_the_sum, "each observation brings a ln θ of its own; did you count them all?"),
        ),
        cases=(([1.0, 2.0, 6.0],), ([0.5, 0.5, 0.1, 4.0],), ([3.0, 9.0],)),
    ),
    Exercise(
        "ml-unit",
        0.6 - math.log(100),
        (
            Mistake(0.6 + math.log(100), "the direction: over a range a hundred times as wide, is the density higher or lower?"),
            Mistake(0.6, "a density is per unit, and the unit has changed."),
            Mistake(0.6 / 100, "it is the density that is divided by 100, not its logarithm."),
            Mistake(0.6 - math.log2(100), "that mixes bits with nats."),
            Mistake(0.6 - math.log(10), "how many centimetres has a metre?"),
        ),
    ),
    Exercise(
        "ml-optimism",
        -3.52,
        (
            Mistake(-3.51, "that is what the true parameters would get; the fitted ones get less on new data."),
            Mistake(-3.48, "the direction: on new data a fit does worse than on its own."),
            Mistake(-3.5, "a fit flatters its own data; by how much?"),
            Mistake(-3.54, "twice too much: the gap is d/2n on either side of the true parameters."),
            Mistake(-23.5, "20 nats are the gap of all 1,000 observations together."),
        ),
    ),
    Exercise(
        "ml-sandwich",
        math.sqrt(6 / 600),
        (
            Mistake(math.sqrt(3 / 600), "that believes the model, whose variance is its mean; how much do these counts vary?"),
            Mistake(6 / 600, "that is the variance of the fitted rate; its root is asked for."),
            Mistake(math.sqrt(6), "that is the deviation of one count; the rate is a mean of 600."),
            Mistake(math.sqrt(3) / 600, "the root goes over the 600 too."),
        ),
    ),
    Exercise(
        "ml-projection",
        [_RATE, _DISTANCE],
        (
            Mistake(
                [6.0, kl_divergence(_MIXED, _poisson(6.0), base=math.e)],
                "that is the rate of the counts that are not held at 0; the model has to serve all of them.",
            ),
            Mistake([_RATE, kl_divergence(_MIXED, _poisson(_RATE))], "the rate is right; the divergence is in bits."),
            Mistake(
                [_RATE, kl_divergence(_poisson(_RATE), _MIXED, base=math.e)],
                "the rate is right; the divergence is the reverse one. Who does the averaging?",
            ),
            Mistake([_RATE, 0.0], "the rate is right, but is this population Poisson?"),
            Mistake(
                [-math.log(_MIXED[0]), kl_divergence(_MIXED, _poisson(-math.log(_MIXED[0])), base=math.e)],
                "that matches the probability of 0; the most likely rate matches something else.",
            ),
        ),
    ),
    Exercise(
        "ml-ceiling",
        "c",
        (
            Mistake("a", "the ceiling holds for the mean over the source; the entropy of 50 draws may be less than that of the source."),
            Mistake("b", "no model of the source beats the source itself; on which draws was this one judged?"),
            Mistake("d", "a divergence is never negative; the mean over the 50 draws is no mean over the source."),
        ),
        choices={
            "a": "there is a mistake in the program: nothing can lie above -2.0",
            "b": "the model has found structure in the source that its entropy leaves out",
            "c": "on average over new draws it will reach at most -2.0",
            "d": "its divergence from the source is -0.2 bits",
        },
    ),
)
