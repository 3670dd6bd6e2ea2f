"""Exercises of the chapter on the evidence lower bound."""

import math

import numpy as np

from lib.bayesian import bayes_update
from lib.elbo import elbo, elbo_gap, log_evidence, reconstruction_and_rate
from lib.exercises._engine import Exercise, Mistake
from lib.gaussian import gaussian_kl

_EVEN, _DRY = [1 / 2, 1 / 2], np.log([1 / 16, 9 / 16])
_PRIOR, _LOG_DRY = [1 / 4, 3 / 4], np.log([1 / 4, 3 / 4])
_PARTS = [float(part) for part in reconstruction_and_rate(_EVEN, _PRIOR, _LOG_DRY)]
_CORRELATED = [[1, 0.8], [0.8, 1]]


def _product_gap(variance):
    return float(gaussian_kl([0, 0], variance * np.eye(2), [0, 0], _CORRELATED, base=math.e))


def _best(prior, likelihood, beta):
    return bayes_update(prior, np.asarray(likelihood) ** (1 / beta))


EXERCISES = (
    Exercise(
        "elbo-dry",
        float(elbo(_EVEN, _DRY)),
        (
            Mistake(float(log_evidence(_DRY)), "that is the log evidence; your belief is not the posterior."),
            Mistake(float(elbo(_EVEN, _DRY, base=math.e)), "that is in nats."),
            Mistake(float(np.dot(_EVEN, _DRY)) / math.log(2), "that is minus the mean energy; add the entropy of the belief."),
            Mistake(_PARTS[0], "that is the reconstruction; take the divergence from the prior away."),
            Mistake(sum(_PARTS), "the rate is subtracted, not added."),
            Mistake(float(elbo_gap(_EVEN, _DRY)), "that is the gap; take it from the log evidence."),
        ),
    ),
    Exercise(
        "elbo-why",
        "c",
        (
            Mistake("a", "that divergence is a part of the bound; at the posterior the bound is tight and this is not 0."),
            Mistake("b", "the right two distributions; under which of them does the bound average?"),
            Mistake("d", "a density may be above 1, and even for probabilities it would say nothing about p(x)."),
        ),
        choices={"a": "D(q || p(z)) >= 0", "b": "D(p(z|x) || q) >= 0", "c": "D(q || p(z|x)) >= 0", "d": "log p(x|z) <= 0"},
    ),
    Exercise(
        "elbo-best-belief",
        _best,
        (
            Mistake(lambda p, l, b: bayes_update(p, l), "that is the posterior, right for beta = 1 only."),
            Mistake(lambda p, l, b: bayes_update(p, np.asarray(l) ** b), "a large beta should hold the belief at the prior."),
            Mistake(lambda p, l, b: np.asarray(p), "that is the limit of a very large beta."),
            Mistake(
                lambda p, l, b: np.asarray(p) * np.asarray(l) ** (1 / b),
                "proportional to the answer; make it a distribution.",
            ),
        ),
        cases=(
            ([0.25, 0.75], [0.75, 0.25], 2.0),
            ([0.2, 0.3, 0.5], [0.9, 0.1, 0.4], 0.5),
            ([0.1, 0.2, 0.3, 0.4], [0.3, 0.8, 0.2, 0.1], 4.0),
        ),
    ),
    Exercise(
        "elbo-two-dimensions",
        _product_gap(0.36),
        (
            Mistake(
                _product_gap(1.0),
                "with the true variances, or in the other direction; the best belief is narrower, and comes first.",
            ),
            Mistake(-math.log(0.36), "the logarithm of the determinants comes with a factor of one half."),
            Mistake(_product_gap(0.36) / math.log(2), "that is in bits."),
        ),
    ),
    Exercise(
        "elbo-samples",
        5 / (2 * 0.01),
        (
            Mistake(5 / 0.01, "the 2 of 2K is missing."),
            Mistake((5 / 0.01) ** 2 / 2, "the gap falls like 1/K, not like 1 over its root."),
            Mistake(5 / (2 * 0.01**2), "like a variance and not like its root: the gap isn't squared."),
            Mistake(1 / (2 * 0.01), "chi-squared is missing."),
        ),
    ),
    Exercise(
        "elbo-noise",
        400 / 16,
        (
            Mistake(math.sqrt(400 / 16), "that is by how much the ratio falls; averaging wins with a root only."),
            Mistake((400 / 16) ** 2, "the ratio falls with the root of K, and rises with the root of m."),
            Mistake(400.0, "compare with K = 16, not with K = 1."),
            Mistake(1.0, "for the model's gradient none would be needed; the encoder's falls."),
        ),
    ),
)
