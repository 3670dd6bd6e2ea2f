"""Exercises of the chapter on generative adversarial networks."""

import math

import numpy as np

from lib import kl_divergence, softmax
from lib.exercises._engine import Exercise, Mistake

_P, _G = np.full(10, 0.1), np.array([1 / 9] * 9 + [0.0])
_NATS = {"base": math.e}


def _pulled(logits, slopes):
    g = softmax(logits)
    return g * (slopes - g @ slopes)


def _saturating(logits, p, d):
    return _pulled(logits, np.log(1 - np.asarray(d)))


def _non_saturating(logits, p, d):
    return _pulled(logits, -np.log(d))


def _no_mean(logits, p, d):
    return softmax(logits) * np.log(1 - np.asarray(d))


def _under_data(logits, p, d):
    return np.asarray(p) * (np.log(1 - np.asarray(d)) - np.asarray(p) @ np.log(1 - np.asarray(d)))


EXERCISES = (
    Exercise(
        "gan-logit",
        math.log(6 / 2),
        (
            Mistake(6 / 8, "that is the probability; its logit is wanted."),
            Mistake(math.log(6 / 8), "that is the logarithm of the probability; the logit is that of the odds."),
            Mistake(-math.log(3), "the sign: data are the class with the large logit."),
            Mistake(3.0, "that is the ratio; its logarithm is missing."),
        ),
    ),
    Exercise(
        "gan-from-value",
        (-0.9 / 2 + math.log(2)) / math.log(2),
        (
            Mistake(-0.9 / 2 + math.log(2), "right, in nats; the question is in bits."),
            Mistake((-0.9 + 2 * math.log(2)) / math.log(2), "the value is twice JS less 2 ln 2: halve it."),
            Mistake(-0.9 / 2 + 1, "V is in nats and the 1 in bits; convert the sum, not one part of it."),
            Mistake((-0.9 + math.log(2)) / math.log(2), "V is a sum of two means: 2 ln 2 is to be added, and the whole halved."),
        ),
    ),
    Exercise(
        "gan-dropped",
        float(2 * kl_divergence((_P + _G) / 2, _P, **_NATS)),
        (
            Mistake(float(kl_divergence((_P + _G) / 2, _P, **_NATS)), "twice that."),
            Mistake(float(kl_divergence(_G, _P, **_NATS)), "that is the reverse divergence D(G || P); the midpoint takes the place of G."),
            Mistake(math.inf, "that is the forward divergence; here the data stand second."),
            Mistake(float(2 * kl_divergence(_P, (_P + _G) / 2, **_NATS)), "the order: the midpoint is the first argument."),
            Mistake(float(2 * kl_divergence((_P + _G) / 2, _P)), "in nats, please."),
        ),
    ),
    Exercise(
        "gan-gradient",
        _saturating,
        (
            Mistake(_non_saturating, "that is the other loss, -E[ln D]."),
            Mistake(lambda z, p, d: -_saturating(z, p, d), "the sign: the loss is E[ln(1 - D)] itself."),
            Mistake(_no_mean, "logits are tied together: raising one lowers the other probabilities; subtract the mean under G."),
            Mistake(_under_data, "the samples come from the generator; the data don't enter."),
        ),
        cases=(
            ([0.0, 0.0], [0.5, 0.5], [0.8, 0.3]),
            ([1.0, 0.0, -1.0], [0.2, 0.3, 0.5], [0.1, 0.5, 0.9]),
            ([0.3, 0.1, -0.7, 2.0], [0.1, 0.2, 0.3, 0.4], [0.2, 0.4, 0.6, 0.7]),
        ),
    ),
    Exercise(
        "gan-conjugate",
        8.0,
        (
            Mistake(4.0, "that is the output T = f'(3), or f(3); the conjugate at T is wanted."),
            Mistake(16.0, "f(3) is still to be subtracted, and t is 3 there."),
            Mistake(12.0, "that is t T; f(t) is still to be subtracted."),
            Mistake(math.log(3) + math.log(3) ** 2 / 4, "that is the conjugate at T = v; the output is f'(exp v)."),
        ),
    ),
    Exercise(
        "gan-curve",
        "c",
        (
            Mistake("a", "that loss is also what a discriminator gets that has learnt nothing."),
            Mistake("b", "it is the loss of one who guesses; it says nothing bad about the generator."),
            Mistake("d", "one that overfits has a small loss on its own data, not 2 ln 2."),
        ),
        choices={
            "a": "they are as good as data",
            "b": "they are not",
            "c": "nothing yet: a fresh discriminator has to be trained on held-out data",
            "d": "the discriminator overfits",
        },
    ),
)
