"""Exercises of the chapter on the Jensen-Shannon divergence."""

import math

import numpy as np

from lib import entropy, js_distance, js_divergence
from lib.data import letter_distribution, translated_text
from lib.exercises._engine import Exercise, Mistake

LOW, HIGH = np.array([1, 1, 1, 0, 0]) / 3, np.array([0, 0, 1, 1, 1]) / 3
PRESS_P, PRESS_Q = np.array([0.6, 0.3, 0.1]), np.array([0.2, 0.3, 0.5])


def _many(weights, table):
    return entropy(np.asarray(weights) @ np.asarray(table)) - np.asarray(weights) @ entropy(table)


def _mixture_only(weights, table):
    return entropy(np.asarray(weights) @ np.asarray(table))


def _unweighted(weights, table):
    return entropy(np.mean(table, axis=0)) - np.mean(entropy(table))


def _many_nats(weights, table):
    return _many(weights, table) * math.log(2)


def _letters(count):
    """Return the error of the best guess, English against Turkish, from `count` letters."""
    one_p, one_q = (letter_distribution(translated_text(language)) for language in ("en", "tr"))
    p, q = one_p, one_q
    for _ in range(count - 1):
        p, q = np.multiply.outer(p, one_p), np.multiply.outer(q, one_q)
    return np.minimum(p, q).sum() / 2


def _same_die(measure, **keywords):
    """Return the mean of `measure` over pairs of samples of 100 throws of one die."""
    generator = np.random.default_rng(0)
    one, two = generator.multinomial(100, np.full(6, 1 / 6), size=(2, 20_000)) / 100
    return measure(one, two, **keywords).mean()


EXERCISES = (
    Exercise(
        "js-dice",
        js_divergence(LOW, HIGH),
        (
            Mistake(js_divergence(LOW, HIGH, base=math.e), "that is in nats; bits take the logarithm to base 2."),
            Mistake(js_distance(LOW, HIGH), "that is the distance, the root of what is asked for."),
            Mistake(
                2 * js_divergence(LOW, HIGH),
                "that is the sum of both divergences to the midpoint; where is the one half?",
            ),
            Mistake(1.0, "that would be right if no number were on both dice."),
        ),
    ),
    Exercise(
        "js-press",
        PRESS_P / (PRESS_P + PRESS_Q),
        (
            Mistake(PRESS_P, "that is the probability of the letter given the press; turn it round with Bayes' rule."),
            Mistake(PRESS_Q / (PRESS_P + PRESS_Q), "that is the probability that it was press Q."),
            Mistake(PRESS_P / 2, "that is the probability of press and letter together; divide by that of the letter."),
            Mistake(
                PRESS_P / (PRESS_P + PRESS_Q) / (PRESS_P / (PRESS_P + PRESS_Q)).sum(),
                "don't make the three sum to 1: each belongs to another letter.",
            ),
        ),
    ),
    Exercise(
        "js-many",
        _many,
        (
            Mistake(_mixture_only, "that is the entropy of the mixture; what is left when the source is known?"),
            Mistake(_unweighted, "the weights enter twice: in the mixture and in the mean of the entropies."),
            Mistake(_many_nats, "that is in nats; bits take the logarithm to base 2."),
        ),
        cases=(
            ([0.5, 0.5], [[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]]),
            ([0.2, 0.3, 0.5], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
            ([0.1, 0.9], [[0.25, 0.75], [0.6, 0.4]]),
        ),
    ),
    Exercise(
        "js-clerk",
        "b",
        (
            Mistake("a", "for the rise, find what a note could tell about the coin that the draw itself does not."),
            Mistake("c", "lump all outcomes into a single one: what is the divergence then?"),
            Mistake("d", "take disjoint sources and lump everything together."),
        ),
        choices={
            "a": "it can rise and it can fall",
            "b": "it can fall, but never rise",
            "c": "it can rise, but never fall",
            "d": "it always stays the same",
        },
    ),
    Exercise(
        "js-letters",
        _letters(3),
        (
            Mistake(_letters(1), "that is the error from one letter."),
            Mistake(_letters(2), "that is the error from two letters."),
            Mistake(
                _letters(1) ** 3,
                "that would be three wrong guesses in a row; here one guess is made from all three letters.",
            ),
            Mistake(2 * _letters(3), "the sum of the minima is twice the error: the coin chose each source with chance 1/2."),
        ),
    ),
    Exercise(
        "js-samples",
        _same_die(js_divergence),
        (
            Mistake(0.0, "that is the divergence of the two dice; their samples differ by chance. Try it."),
            Mistake(_same_die(js_divergence, base=math.e), "that is in nats; bits take the logarithm to base 2."),
            Mistake(_same_die(js_distance), "that is the mean distance; leave the root out."),
        ),
    ),
)
