"""Exercises of the chapter on Monte Carlo with densities at hand."""

import math

import numpy as np

from lib import kl_divergence, softmax
from lib.exercises._engine import Exercise, Mistake
from lib.monte_carlo import k1, k2, k3


def _one(k, ratio, base):
    return float(k([0.0], [math.log(ratio)], base=base)[0])


def _mean_k3(p, q):
    return float(np.asarray(p) @ k3(np.log(p), np.log(q), base=math.e))


def _of_k3(logits, reference):
    return softmax(logits) - np.asarray(reference)


def _of_divergence(logits, reference):
    p = softmax(logits)
    return p * (np.log(p / reference) - kl_divergence(p, reference, base=math.e))


def _of_k1(logits, reference):
    return np.zeros(len(logits))


_GONE = _mean_k3([0.6, 0.4], [0.5, 0.3]) - kl_divergence([0.6, 0.4, 0.0], [0.5, 0.3, 0.2], base=math.e)

EXERCISES = (
    Exercise(
        "mc-one-sample",
        _one(k3, 1 / 4, 2),
        (
            Mistake(_one(k3, 1 / 4, math.e), "that is in nats; divide by ln 2 at the end."),
            Mistake(1 / 4 - 1 + 2, "the bracket wants the natural logarithm; convert the sum, not one part of it."),
            Mistake(_one(k3, 4, 2), "the ratio is turned round: it is q over p, with the sampled one below."),
            Mistake(_one(k1, 1 / 4, 2), "that is k1; r - 1 is missing."),
            Mistake(_one(k2, 1 / 4, 2), "that is k2, half the square."),
        ),
    ),
    Exercise(
        "mc-support",
        _GONE,
        (
            Mistake(0.0, "right if P were positive wherever Q is; what is the mean ratio under P?"),
            Mistake(-_GONE, "the size is right; is the mean too large or too small?"),
            Mistake(_mean_k3([0.6, 0.4], [0.5, 0.3]), "that is the mean of k3; take the divergence from it."),
            Mistake(math.inf, "P never draws the third word; infinite it would be the other way round."),
        ),
    ),
    Exercise(
        "mc-tails",
        "c",
        (
            Mistake("a", "a shift makes the variance large, but which condition makes it infinite?"),
            Mistake("b", "Q has the lighter tails there: the ratio stays small far out."),
            Mistake("d", "a finite sum of finite terms is finite."),
        ),
        choices={
            "a": "P = N(0, 1), Q = N(5, 1)",
            "b": "P = N(0, 4), Q = N(0, 1)",
            "c": "P = N(0, 1), Q = N(0, 3)",
            "d": "both on 100 outcomes, all positive",
        },
    ),
    Exercise(
        "mc-gradient",
        _of_k3,
        (
            Mistake(_of_divergence, "that is the gradient of D(P || Q), which k2 gives; what is the mean of (1 - r) s?"),
            Mistake(lambda z, q: -_of_k3(z, q), "the sign: a loss is to fall, and the score of action a is its one-hot vector less p."),
            Mistake(_of_k1, "the mean of the score is zero, but here it is weighted by 1 - r."),
            Mistake(lambda z, q: -np.asarray(q), "the score is the one-hot vector less p; the part with p does not vanish under Q."),
        ),
        cases=(
            ([0.0, 0.0], [0.25, 0.75]),
            ([1.0, 0.0, -1.0], [0.2, 0.3, 0.5]),
            ([0.3, 0.1, -0.7, 2.0], [0.1, 0.2, 0.3, 0.4]),
        ),
    ),
    Exercise(
        "mc-fixed-point",
        (0.5 + math.sqrt(0.5**2 + 4 * 0.5 * 0.01)) / 2,
        (
            Mistake(
                0.01 * math.e**2 / (0.01 * math.e**2 + 0.99),
                "that is the optimum of the right objective, q exp(R / β); k3's gradient leads elsewhere.",
            ),
            Mistake(0.01, "the reward pulls too; the reference is the end only if both actions earn the same."),
            Mistake(1.0, "that is k1 as a loss, no penalty at all."),
            Mistake((1 + math.sqrt(1 - 4 * 0.005)) / 2, "you have β q on the right; it is β (p - q)."),
            Mistake(0.5, "close, but q is not 0: keep it in the quadratic equation."),
        ),
    ),
    Exercise(
        "mc-ess",
        math.exp(-20 * 0.3**2),
        (
            Mistake(math.exp(-20 * 0.3**2 / 2), "that is e to the minus divergence; chi-squared has twice the exponent."),
            Mistake(math.exp(-(0.3**2)), "that is one coordinate; the factors multiply."),
            Mistake(1 / math.expm1(20 * 0.3**2), "one over chi-squared; it is one over 1 + chi-squared."),
            Mistake(math.exp(-20 * 0.3), "the shift enters squared."),
        ),
    ),
    Exercise(
        "mc-ceiling",
        2.0**14,
        (
            Mistake(float(math.ceil(math.e**14)), "that would be for 14 nats; the question is in bits."),
            Mistake(14.0, "the ceiling is the logarithm of the batch, not the batch."),
            Mistake(2.0**13, "half of it: the ceiling would be 13 bits."),
        ),
    ),
)
