"""Exercises of the chapter on cross-entropy."""

import math

import numpy as np

from lib import cross_entropy, cross_entropy_from_logits, entropy, kl_divergence, softmax
from lib.data import english_text, letter_distribution, translated_text
from lib.exercises._engine import Exercise, Mistake

BAG, HOPED = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 4, 1 / 8, 1 / 8, 1 / 2]
SMOOTHED = [0.91] + 9 * [0.01]
ENGLISH, FRENCH = letter_distribution(english_text()), letter_distribution(translated_text("fr"))


def _mean_in_bits(logits, target):
    return cross_entropy_from_logits(logits, target).mean()


def _mean_in_nats(logits, target):
    return cross_entropy_from_logits(logits, target, base=math.e).mean()


def _sum_in_bits(logits, target):
    return cross_entropy_from_logits(logits, target).sum()


def _softmax_twice(logits, target):
    return cross_entropy_from_logits(softmax(logits), target).mean()


def _unshifted(logits, target):
    z = np.asarray(logits, dtype=float)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        q = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        return -np.log2(q[np.arange(len(z)), target]).mean()


def _shifted_but_log_last(logits, target):
    q = softmax(logits)
    with np.errstate(divide="ignore"):
        return -np.log2(q[np.arange(len(q)), target]).mean()


EXERCISES = (
    Exercise(
        "cross-entropy-sweets",
        cross_entropy(BAG, HOPED),
        (
            Mistake(cross_entropy(HOPED, BAG), "you weighted with what is hoped; it is the bag that says how often each colour comes."),
            Mistake(kl_divergence(BAG, HOPED), "that is the wasted part alone, the KL divergence."),
            Mistake(entropy(BAG), "that is the entropy of the bag, the part that nobody can avoid."),
            Mistake(
                cross_entropy(BAG, HOPED, base=math.e),
                "that is in nats; bits take the logarithm to base 2.",
            ),
        ),
    ),
    Exercise(
        "cross-entropy-bytes",
        3.2 / math.log(2) / 4,
        (
            Mistake(3.2 / 4, "the bytes are right, the unit is still nats."),
            Mistake(3.2 / math.log(2), "that is in bits, but for a token; how many bytes is a token?"),
            Mistake(3.2 * math.log(2) / 4, "a nat is more than a bit: the conversion went the wrong way."),
            Mistake(3.2 / math.log(2) * 4, "a token is longer than a byte, so a byte costs less than a token."),
        ),
    ),
    Exercise(
        "cross-entropy-gradient",
        [1 / 8, 2 / 8 - 1, 5 / 8],
        (
            Mistake([-1 / 8, 1 - 2 / 8, -5 / 8], "the signs are reversed: that is the direction of descent."),
            Mistake([1 / 8, 2 / 8, 5 / 8], "that is the softmax; the target is still to be subtracted."),
            Mistake([1 / 8 - 1, 2 / 8, 5 / 8], "the right class is the second one: counting starts at 0."),
            Mistake([0.0, 1 - 1 / (2 / 8), 0.0], "the other logits matter too, through the sum in the softmax."),
        ),
    ),
    Exercise(
        "cross-entropy-weights",
        (1 + 2 + 8) / 4,
        (
            Mistake((1 + 2 + 8) / 3, "you divided by the number of examples; what is the sum of the weights?"),
            Mistake((1 + 2 + 4) / 3, "that is the plain mean; the weights are missing."),
            Mistake(1.0 + 2 + 8, "that is the weighted sum; it is still to be divided."),
        ),
    ),
    Exercise(
        "cross-entropy-function",
        _mean_in_bits,
        (
            Mistake(_mean_in_nats, "np.log gives nats; divide by ln 2."),
            Mistake(_sum_in_bits, "that is the sum over the examples; the question was for the mean."),
            Mistake(_softmax_twice, "these are logits: you applied the softmax twice."),
            Mistake(_unshifted, "exp(1000) is infinite: subtract the largest logit of each row first."),
            Mistake(
                _shifted_but_log_last,
                "the softmax underflows to 0 before you take its logarithm; use log-sum-exp minus the right logit.",
            ),
        ),
        cases=(
            ([[0.0, 0.0]], [1]),
            ([[-0.5, 0.3, 1.2], [2.0, 0.0, 1.0]], [2, 1]),
            ([[1000.0, 0.0], [0.0, 0.0]], [0, 0]),
            ([[1000.0, 0.0], [0.0, 0.0]], [1, 0]),
        ),
    ),
    Exercise(
        "cross-entropy-collapse",
        "b",
        (
            Mistake("a", "this is H(P) + D(P‖Q): where is that lowest?"),
            Mistake("c", "Gibbs: it is never negative, and when is it 0?"),
            Mistake("d", "Gibbs holds for either order of the arguments."),
        ),
        choices={"a": "H(P, Q)", "b": "H(Q, P)", "c": "D(P‖Q)", "d": "D(Q‖P)"},
    ),
    Exercise(
        "cross-entropy-floor",
        entropy(SMOOTHED, base=math.e),
        (
            Mistake(0.0, "that is the floor for hard labels; a smoothed target has an entropy of its own."),
            Mistake(entropy(SMOOTHED), "that is in bits; PyTorch answers in nats."),
            Mistake(
                entropy([0.9] + 9 * [0.1 / 9], base=math.e),
                "the tenth is spread over all ten classes: the true one gets a share of it back.",
            ),
            Mistake(-math.log(0.91), "that is the surprise at the true class alone; the other nine have weight too."),
        ),
    ),
    Exercise(
        "cross-entropy-letters",
        cross_entropy(FRENCH, ENGLISH),
        (
            Mistake(cross_entropy(ENGLISH, FRENCH), "that is English sent in the French code."),
            Mistake(kl_divergence(FRENCH, ENGLISH), "that is what is wasted, not what is sent."),
            Mistake(entropy(FRENCH), "that would be the cost in a code made for French."),
            Mistake(cross_entropy(FRENCH, ENGLISH, base=math.e), "that is in nats; take base 2."),
        ),
    ),
)
