"""Exercises of the chapter on the Kullback-Leibler divergence."""

import math

import numpy as np

from lib import cross_entropy, entropy, kl_divergence
from lib.exercises._engine import Exercise, Mistake

_FAIR, _BELIEF = (1 / 2, 1 / 2), (1 / 8, 7 / 8)
_P, _Q = np.array([1 / 2, 1 / 4, 1 / 4]), np.array([1 / 4, 1 / 4, 1 / 2])
_PRIOR, _POSTERIOR = (1 / 4, 3 / 4), (1, 0)


def _in_nats(p, q):
    return kl_divergence(p, q, base=math.e)


def _in_bits(p, q):
    return kl_divergence(p, q)


def _reversed(p, q):
    return kl_divergence(q, p, base=math.e)


def _literal(p, q):
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sum(p * np.log(p / q))


def _nan_dropped(p, q):
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = p * np.log(p / q)
    return np.sum(terms[np.isfinite(terms)])


def _clipped(p, q):
    p, q = (np.clip(np.asarray(v, dtype=float), 1e-12, 1) for v in (p, q))
    return np.sum(p * np.log(p / q))


EXERCISES = (
    Exercise(
        "kl-coin",
        kl_divergence(_FAIR, _BELIEF),
        (
            Mistake(kl_divergence(_BELIEF, _FAIR), "that averages under your belief; who does the averaging?"),
            Mistake(kl_divergence(_FAIR, _BELIEF, base=math.e), "that is in nats; bits take the logarithm to base 2."),
            Mistake(1.0, "that is the term of heads alone; tails adds a term too, a negative one."),
            Mistake(cross_entropy(_FAIR, _BELIEF), "that is the cross-entropy; the entropy of the truth is still in it."),
        ),
    ),
    Exercise(
        "kl-terms",
        _P * np.log2(_P / _Q),
        (
            Mistake(np.log2(_P / _Q), "those are the log ratios; each is to be weighted by p."),
            Mistake(_Q * np.log2(_Q / _P), "those are the terms of the reverse direction."),
            Mistake(_Q * np.log2(_P / _Q), "weighted by q; the truth does the weighting."),
            Mistake(abs(_P * np.log2(_P / _Q)), "single terms may be negative; leave them so."),
            Mistake(_P * np.log(_P / _Q), "that is in nats; bits take the logarithm to base 2."),
        ),
    ),
    Exercise(
        "kl-function",
        _in_nats,
        (
            Mistake(_in_bits, "that is in bits; nats take the natural logarithm."),
            Mistake(_reversed, "the arguments are the wrong way round: p does the averaging."),
            Mistake(_literal, "0 log 0 is NaN on a computer; what does an outcome add that never happens?"),
            Mistake(_nan_dropped, "you drop the infinite terms too; what if q is 0 where p is not?"),
            Mistake(
                _clipped,
                "a small number in place of zero makes the answer depend on that number; infinite is an answer.",
            ),
        ),
        cases=(
            ([0.5, 0.25, 0.25], [0.25, 0.25, 0.5]),
            ([0.0, 0.5, 0.5], [0.25, 0.25, 0.5]),
            ([0.5, 0.5], [1.0, 0.0]),
            ([0.0, 1.0], [0.0, 1.0]),
        ),
    ),
    Exercise(
        "kl-symmetric",
        "c",
        (
            Mistake("a", "try P = (0.5, 0.3, 0.2) and Q = (0.3, 0.2, 0.5)."),
            Mistake("b", "try an order that goes round in a circle of three."),
            Mistake("d", "most of the pairs in this chapter have no zeros; were they symmetric?"),
        ),
        choices={
            "a": "P and Q have the same entropy",
            "b": "Q is P in some other order of the outcomes",
            "c": "an exchange of outcomes in pairs turns P into Q",
            "d": "neither of them has a zero",
        },
    ),
    Exercise(
        "kl-gain",
        kl_divergence(_POSTERIOR, _PRIOR),
        (
            Mistake(
                kl_divergence(_PRIOR, _POSTERIOR),
                "that is the divergence of the prior from the posterior; the gain takes the other direction.",
            ),
            Mistake(kl_divergence(_POSTERIOR, _PRIOR, base=math.e), "that is in nats; bits take the logarithm to base 2."),
            Mistake(
                entropy(_PRIOR),
                "that is the entropy of the prior: it fell to 0, but the gain from this one answer is not that fall.",
            ),
            Mistake(3.0, 'that is the information in the answer "yes"; the question is what it says about the gene.'),
        ),
    ),
    Exercise(
        "kl-pinsker",
        math.sqrt(0.02 / 2),
        (
            Mistake(math.sqrt(0.02), "the divergence is halved under the root."),
            Mistake(0.02 / 2, "the root is missing."),
            Mistake(math.sqrt(2 * 0.02), "that bounds the sum of all differences, which is twice the total variation."),
            Mistake(math.sqrt(0.02 * math.log(2) / 2), "0.02 is given in nats already; nothing is to be converted."),
        ),
    ),
    Exercise(
        "kl-blocks",
        [10.0, 3.0],
        (
            Mistake([3.0, 10.0], "the right runs in the wrong directions: which one must cover?"),
            Mistake(
                [10.0, 6.0],
                "a run of six neighbours steps into the gap; what does the reverse direction charge for that?",
            ),
            Mistake([10.0, 1.0], "in the reverse direction a larger part of the block is cheaper still."),
            Mistake([3.0, 3.0], "what does the forward direction charge for the block that is left out?"),
            Mistake([10.0, 10.0], "in the reverse direction, what does the gap cost?"),
        ),
    ),
)
