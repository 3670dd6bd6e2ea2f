"""Exercises of the chapter on hard samples."""

import math

from lib.exercises._engine import Exercise, Mistake


def _weight(d, gamma):
    missed = -math.expm1(-d)
    return missed**gamma + gamma * d * math.exp(-d) * missed ** (gamma - 1)


def _loss(d, gamma):
    return (-math.expm1(-d)) ** gamma * d


def _detached(d, gamma):
    return (-math.expm1(-d)) ** gamma


def _no_chain(d, gamma):
    missed = -math.expm1(-d)
    return missed**gamma + gamma * d * missed ** (gamma - 1)


def _share(odds):
    return odds / (1 + odds)


def _phi(v):
    return 1 - v - v * math.log(v)


EXERCISES = (
    Exercise(
        "focal-one",
        0.2**2 * -math.log(0.8),
        (
            Mistake(0.8**2 * -math.log(0.8), "the weight is what was missed, 0.2, not what was hit."),
            Mistake(-math.log(0.8), "that is the plain loss; the weight is missing."),
            Mistake(0.2**2 * -math.log2(0.8), "that is in bits; losses here are in nats."),
            Mistake(0.2 * -math.log(0.8), "that is for an exponent of 1."),
            Mistake(0.2**2 * math.log(0.8), "a loss is minus a logarithm."),
        ),
    ),
    Exercise(
        "focal-slope",
        _weight,
        (
            Mistake(_detached, "that is the weight of the loss, right if it is detached; D is in the weight too."),
            Mistake(_loss, "that is the loss itself; you need its derivative by d."),
            Mistake(_no_chain, "the derivative of 1 - exp(-d) is exp(-d), not 1."),
        ),
        cases=((0.5, 1.0), (0.1, 2.0), (3.0, 2.0), (1.0, 5.0)),
    ),
    Exercise(
        "focal-detached",
        _share(9 ** (1 / 3)),
        (
            Mistake(0.9, "that is the truth; only a proper loss ends there."),
            Mistake(_share(9**0.5), "the power is one over 1 + γ, not one over γ."),
            Mistake(0.6942128051, "that is where the whole gradient vanishes; here the second term is missing."),
            Mistake(9 ** (1 / 3), "those are the odds; turn them into a probability."),
        ),
    ),
    Exercise(
        "focal-meant",
        _share((0.7 / _phi(0.7)) / (0.3 / _phi(0.3))),
        (
            Mistake(0.7, "that is what is said; the loss is not proper."),
            Mistake(_share((0.7 / 0.3) ** 2), "that is for a detached weight; φ has a second term."),
            Mistake(_share((0.7 * _phi(0.7)) / (0.3 * _phi(0.3))), "divide by φ: the truth is further from one half than what is said."),
            Mistake((0.7 / _phi(0.7)) / (0.3 / _phi(0.3)), "those are the odds; turn them into a probability."),
        ),
    ),
    Exercise(
        "focal-call",
        "b",
        (
            Mistake("a", "the default divides by all 640 elements; you get a tenth."),
            Mistake("c", "that is D(q || p): the second argument does the averaging."),
            Mistake("d", "logits are no logarithms of probabilities; take the log_softmax first."),
        ),
        choices={
            "a": "kl_div(log_q, p)",
            "b": 'kl_div(log_q, p, reduction="batchmean")',
            "c": 'kl_div(p.log(), log_q.exp(), reduction="batchmean")',
            "d": 'kl_div(logits, p, reduction="batchmean")',
        },
    ),
)
