"""Exercises of the chapter on the history of relative entropy."""

import math

import numpy as np

from lib import entropy, js_divergence, kl_divergence
from lib.exercises._engine import Exercise, Mistake

_LETTERS = (1 / 2, 1 / 4, 1 / 16, 1 / 16, 1 / 16, 1 / 16)
_HARTLEY, _SHANNON = math.log2(6), float(entropy(_LETTERS))
_FLIP = (0.2, 0.8)
_FAIR, _BELIEF = (1 / 2, 1 / 2), (1 / 8, 7 / 8)
_SEEN = (3 / 4, 1 / 4)
_THERE, _BACK = float(kl_divergence(_FAIR, _BELIEF)), float(kl_divergence(_BELIEF, _FAIR))


def _weighted(p, weights):
    return np.asarray(p) * weights / np.sum(p * weights)


def _tilted(p, r, beta):
    return _weighted(p, np.exp(np.asarray(r) / beta))


def _wrong_way(p, r, beta):
    return _weighted(p, np.exp(np.asarray(r) * beta))


def _without_start(p, r, beta):
    return _weighted(np.ones(len(p)), np.exp(np.asarray(r) / beta))


def _unnormalised(p, r, beta):
    return np.asarray(p) * np.exp(np.asarray(r) / beta)


def _penalised(p, r, beta):
    return _weighted(p, np.exp(-np.asarray(r) / beta))


EXERCISES = (
    Exercise(
        "timeline-hartley",
        [3 * _HARTLEY, 3 * _SHANNON],
        (
            Mistake([_HARTLEY, _SHANNON], "that is for one letter; the message has three."),
            Mistake([3 * _SHANNON, 3 * _HARTLEY], "the right numbers in the wrong order: whose measure knows no probabilities?"),
            Mistake([3 * _HARTLEY, 3 * _HARTLEY], "Shannon weighs each logarithm by its probability, and these letters differ."),
            Mistake([3 * _HARTLEY * math.log(2), 3 * _SHANNON * math.log(2)], "that is in nats; bits take the logarithm to base 2."),
        ),
    ),
    Exercise(
        "timeline-capacity",
        1 - float(entropy(_FLIP)),
        (
            Mistake(float(entropy(_FLIP)), "that is what the noise destroys; what is left of one bit?"),
            Mistake(1 - 0.2, "a flipped bit costs more than its share: the receiver does not know which one it was."),
            Mistake(1 - 2 * 0.2, "a straight line between the two ends is not the curve of the entropy."),
            Mistake(math.log(2) - float(entropy(_FLIP, base=math.e)), "that is in nats; bits take the logarithm to base 2."),
        ),
    ),
    Exercise(
        "timeline-j",
        _THERE + _BACK,
        (
            Mistake((_THERE + _BACK) / 2, "the divergence of 1951 is the sum of both directions, not their mean."),
            Mistake(_THERE, "that is one direction, from the fair coin; the other one is to be added."),
            Mistake(_BACK, "that is one direction, from the crooked coin; the other one is to be added."),
            Mistake(float(js_divergence(_FAIR, _BELIEF)), "that is the Jensen-Shannon divergence, forty years younger."),
            Mistake((_THERE + _BACK) * math.log(2), "that is in nats; bits take the logarithm to base 2."),
        ),
    ),
    Exercise(
        "timeline-name",
        "b",
        (
            Mistake("a", "they call that one the mean information for discrimination."),
            Mistake("c", "the midpoint came in 1991."),
            Mistake("d", "the cross-entropy of equal distributions is not 0; a divergence should be."),
        ),
        choices={
            "a": "D(P || Q), the mean log ratio under P",
            "b": "D(P || Q) + D(Q || P), the same from both sides",
            "c": "the mean of the divergences of P and Q from their midpoint",
            "d": "the cross-entropy of P and Q",
        },
    ),
    Exercise(
        "timeline-sanov",
        float(kl_divergence(_SEEN, _FAIR)),
        (
            Mistake(float(kl_divergence(_FAIR, _SEEN)), "the wrong way round: what is seen comes first, what is true second."),
            Mistake(float(kl_divergence(_SEEN, _FAIR, base=math.e)), "that is in nats; bits take the logarithm to base 2."),
            Mistake(float(entropy(_SEEN)), "that is the entropy of what is seen; the fair coin's entropy less that is the rate."),
            Mistake(2 * (3 / 4 - 1 / 2) ** 2 / math.log(2), "that is Pinsker's lower bound of the rate; the rate itself is larger."),
        ),
    ),
    Exercise(
        "timeline-aic",
        [2 * 3 + 2 * 1204, 2 * 7 + 2 * 1201],
        (
            Mistake([3 + 1204, 7 + 1201], "Akaike's criterion doubles both, the log-likelihood and the parameters."),
            Mistake([2 * 3 - 2 * 1204, 2 * 7 - 2 * 1201], "minus twice a negative number is positive; both criteria are."),
            Mistake([3 + 2 * 1204, 7 + 2 * 1201], "each parameter costs 2, not 1, when the log-likelihood is doubled."),
            Mistake([2 * 1204, 2 * 1201], "the parameters are not yet paid for."),
        ),
        tolerance=1e-4,
    ),
    Exercise(
        "timeline-tilt",
        _tilted,
        (
            Mistake(_wrong_way, "a larger beta must hold the answer closer to where it started."),
            Mistake(_without_start, "the distribution that it started from is forgotten: it multiplies."),
            Mistake(_unnormalised, "the probabilities don't sum to 1 yet."),
            Mistake(_penalised, "that runs away from the reward."),
        ),
        cases=(
            (np.full(6, 1 / 6), np.arange(1.0, 7.0), 2.0),
            (np.array([0.7, 0.2, 0.1]), np.array([0.0, 1.0, 3.0]), 0.5),
        ),
    ),
)
