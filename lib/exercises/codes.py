"""Exercises of the chapter on codes."""

import math

import numpy as np

from lib import entropy, kl_divergence, normalize
from lib.coding import huffman_code, kraft_sum, mean_length, prefix_code, shannon_lengths
from lib.exercises._engine import Exercise, Mistake

_FIVE = np.array([0.3, 0.25, 0.2, 0.15, 0.1])
_COIN = np.array([0.9, 0.1])
_PAIR = np.outer(_COIN, _COIN).ravel()
_TRIPLE = np.outer(_PAIR, _COIN).ravel()
_P, _Q = (1 / 2, 1 / 4, 1 / 8, 1 / 8), (1 / 8, 1 / 2, 1 / 8, 1 / 4)


def _huffman(p):
    return mean_length(p, huffman_code(p))


def _costs(message, q):
    with np.errstate(divide="ignore"):
        return -np.log2(np.asarray(q, dtype=float)[np.asarray(message, dtype=int)])


def _cost(message, q):
    return _costs(message, q).sum()


def _in_nats(message, q):
    return _cost(message, q) * math.log(2)


def _mean_cost(message, q):
    costs = _costs(message, q)
    return costs.mean() if costs.size else 0.0


def _entropy_of_the_model(message, q):
    return len(message) * entropy(normalize(q))


def _whole_bits(message, q):
    return np.ceil(_costs(message, q)).sum()


def _clipped(message, q):
    return -np.log2(np.clip(np.asarray(q, dtype=float), 1e-12, 1)[np.asarray(message, dtype=int)]).sum()


EXERCISES = (
    Exercise(
        "codes-kraft",
        (1 - kraft_sum([2, 2, 2, 3])) * 16,
        (
            Mistake(12.0, "of the 16 words of 4 bits most begin with one of the words that are there already."),
            Mistake(1.0, "that many words of 3 bits have room; words of 4 bits take up half as much."),
            Mistake(1 / 8, "that is the room that is left; how much of it does a word of 4 bits take?"),
            Mistake(14.0, "that is the room that is taken, counted in words of 4 bits."),
        ),
    ),
    Exercise(
        "codes-huffman",
        _huffman(_FIVE),
        (
            Mistake(entropy(_FIVE), "that is the entropy, which a code with whole words doesn't reach here."),
            Mistake(float(_FIVE @ shannon_lengths(_FIVE)), "that is Shannon's code; it leaves room that Huffman's uses."),
            Mistake(3.0, "that is a code with words of equal length."),
            Mistake(2.4, "that is the mean over the words; weight each by its probability."),
            Mistake(1.25, "the last merge counts too: it puts a bit on every word."),
        ),
    ),
    Exercise(
        "codes-blocks",
        _huffman(_TRIPLE) / 3,
        (
            Mistake(_huffman(_TRIPLE), "that is the length for three tosses; the question is about one."),
            Mistake(_huffman(_PAIR) / 2, "those are blocks of two."),
            Mistake(entropy(_COIN), "that is the entropy, which blocks come close to and don't reach here."),
            Mistake(entropy(_COIN) + 1 / 3, "that is the bound; the code is much better than it promises."),
            Mistake(
                mean_length(_TRIPLE, prefix_code(shannon_lengths(_TRIPLE))) / 3,
                "that is Shannon's code for blocks of three; Huffman's is shorter.",
            ),
        ),
    ),
    Exercise(
        "codes-unique",
        "b",
        (
            Mistake("a", "no word of it begins another: it is prefix-free."),
            Mistake("c", "how many messages are coded as 010?"),
            Mistake("d", "add up Kraft's sum, and remember what McMillan says."),
        ),
        choices={"a": "0, 10, 11", "b": "0, 01, 11", "c": "0, 01, 10", "d": "0, 1, 01"},
    ),
    Exercise(
        "codes-cost",
        _cost,
        (
            Mistake(_in_nats, "that is in nats; bits take the logarithm to base 2."),
            Mistake(_mean_cost, "that is the cost of one symbol; the message costs the sum."),
            Mistake(_entropy_of_the_model, "that is what q expects to spend on messages of its own; this message may be another."),
            Mistake(_whole_bits, "an ideal coder codes the message as a whole; single symbols need no whole bits."),
            Mistake(_clipped, "a small number in place of zero makes the cost depend on that number; infinite is an answer."),
        ),
        cases=(
            ([0, 0, 1, 2], [0.5, 0.3, 0.2]),
            ([2, 2, 2], [0.5, 0.3, 0.2]),
            ([], [0.5, 0.5]),
            ([0, 1], [1.0, 0.0]),
        ),
    ),
    Exercise(
        "codes-mismatch",
        1000 * kl_divergence(_P, _Q),
        (
            Mistake(1000 * kl_divergence(_Q, _P), "that is the other direction: symbols come as P says."),
            Mistake(1000 * _huffman(_P), "that is the length in the right code; the question is what the wrong one wastes."),
            Mistake(1000 * mean_length(_P, huffman_code(_Q)), "that is the length in the wrong code; take off what the right one needs."),
            Mistake(kl_divergence(_P, _Q), "that is the waste of one symbol."),
            Mistake(1000 * kl_divergence(_P, _Q, base=math.e), "that is in nats; bits take the logarithm to base 2."),
        ),
    ),
)
