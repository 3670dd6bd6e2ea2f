"""Exercises of the chapter on bounds on information, capacity and empowerment."""

import math

import numpy as np

from lib import entropy, mutual_information
from lib.channels import blahut_arimoto_step, capacity, decoder_bound
from lib.empowerment import empowerment
from lib.exercises._engine import Exercise, Mistake

_BIT = np.array([[0.4, 0.1], [0.1, 0.4]])
_SURE = np.array([[0.95, 0.05], [0.05, 0.95]])
_BOUND, _GAP = map(float, decoder_bound(_BIT, _SURE))
_LINE = np.hstack([3 / 4 * np.eye(4), np.full((4, 1), 1 / 4)])


def _room(size=4):
    """Return an empty room whose corner is state 0: stay, up, right, down, left."""
    world = np.zeros((size * size, 5, size * size))
    for s in range(size * size):
        for a, (down, right) in enumerate([(0, 0), (-1, 0), (0, 1), (1, 0), (0, -1)]):
            r, c = s // size + down, s % size + right
            world[s, a, r * size + c if 0 <= r < size and 0 <= c < size else s] = 1
    return world


def _step(growth, *, keep=True, whole=True):
    def step(prior, channel):
        divergences = (channel * np.log(channel / (prior @ channel))).sum(axis=1)
        weights = (prior if keep else 1) * growth(divergences)
        return weights / weights.sum() if whole else weights

    return step


EXERCISES = (
    Exercise(
        "ib-decoder",
        _BOUND,
        (
            Mistake(float(mutual_information(_BIT)), "that is the information itself, which only the right discriminator reaches."),
            Mistake(_BOUND * math.log(2), "that is in nats; the question is in bits."),
            Mistake(_BOUND - 1, "that is the mean of log q alone; the entropy of the bit is missing."),
            Mistake(_GAP, "that is the gap; the bound is what is left of the information."),
            Mistake(1 + math.log2(0.95), "the discriminator is wrong one time in five, and then it pays for 0.05."),
        ),
    ),
    Exercise(
        "ib-half",
        "a",
        (
            Mistake("b", "a cross-entropy is at least the conditional entropy, and it is subtracted."),
            Mistake("c", "the forward form needs densities of images."),
            Mistake("d", "look at the reverse form: where does it need the law of the states?"),
        ),
        choices={
            "a": "a lower bound, from the reverse form",
            "b": "an upper bound, from the reverse form",
            "c": "a lower bound, from the forward form",
            "d": "nothing, since p(s) is unknown",
        },
    ),
    Exercise(
        "ib-erasure",
        capacity(_LINE).lower,
        (
            Mistake(0.75, "that is for one bit; there are four letters."),
            Mistake(2.0, "that is a line that loses nothing."),
            Mistake(1.5 * math.log(2), "that is in nats; the question is in bits."),
            Mistake(float(2 - entropy([0.25, 0.75])), "that is for errors that don't show; here one sees what was lost."),
            Mistake(math.log2(3), "three of four letters arrive, but any of the four may."),
        ),
    ),
    Exercise(
        "ib-step",
        blahut_arimoto_step,
        (
            Mistake(_step(np.exp, keep=False), "the weights are the old probabilities times e^d; you dropped the old ones."),
            Mistake(_step(np.exp, whole=False), "divide by the sum."),
            Mistake(_step(np.exp2), "2 to the power of nats mixes two units: e with nats, or 2 with bits."),
            Mistake(_step(lambda d: np.exp(d / math.log(2))), "e to the power of bits mixes two units: e with nats, or 2 with bits."),
            Mistake(_step(lambda d: np.exp(-d)), "the sign: an input that stands out gains."),
            Mistake(_step(lambda d: d), "times e^d, not times d."),
        ),
        cases=(
            (np.array([0.5, 0.5]), np.array([[0.9, 0.1], [0.3, 0.7]])),
            (np.array([0.2, 0.3, 0.5]), np.array([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6], [0.3, 0.3, 0.4]])),
            (np.array([0.25, 0.75]), np.array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]])),
        ),
    ),
    Exercise(
        "ib-corner",
        float(empowerment(_room(), 3)[0][0]),
        (
            Mistake(3 * math.log2(5), "that counts sequences of actions; count the places where they end."),
            Mistake(math.log2(25), "that is the middle of an open floor; a corner has a quarter of it."),
            Mistake(math.log(10), "that is in nats; the question is in bits."),
            Mistake(10.0, "that is the number of places; empowerment is its logarithm."),
            Mistake(2.0, "those are the four places exactly three steps away; one may also stay."),
        ),
    ),
    Exercise(
        "ib-ceiling",
        min(math.log2(50), math.log2(20)),
        (
            Mistake(math.log2(50), "that is H(Z); the states set a limit too."),
            Mistake(math.log(20), "that is in nats; the question is in bits."),
            Mistake(4 * math.log2(5), "that counts sequences; count the states where they end."),
            Mistake(math.log2(50 * 20), "the two limits hold side by side; they don't add."),
        ),
    ),
)
