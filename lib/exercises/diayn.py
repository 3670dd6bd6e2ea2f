"""Exercises of the chapter on DIAYN in a world that can be solved."""

import math

import numpy as np

from lib.exercises._engine import Exercise, Mistake
from lib.joint import mutual_information
from lib.skill_bounds import pigeonhole_information
from lib.tabular_diayn import prior_update
from lib.tabular_skills import skill_posterior, skill_reward

_OVERLAP = np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]]) / 2


def _next_prior(visits, prior):
    reward = skill_reward(skill_posterior(visits, prior), prior)
    return prior_update(prior, (np.asarray(visits) * reward).sum(axis=1))


def _apart(visits, prior):
    visits = np.asarray(visits)
    return (visits * np.log(visits / (np.asarray(prior) @ visits))).sum(axis=1)


def _without_prior(visits, prior):
    weights = np.exp(_apart(visits, prior))
    return weights / weights.sum()


def _in_bits(visits, prior):
    weights = prior * np.exp(_apart(visits, prior) / math.log(2))
    return weights / weights.sum()


def _turned(visits, prior):
    weights = prior * np.exp(-_apart(visits, prior))
    return weights / weights.sum()


EXERCISES = (
    Exercise(
        "diayn-pigeonhole",
        pigeonhole_information(6, 4),
        (
            Mistake(math.log2(6), "that needs a state for each skill; there are only four."),
            Mistake(2.0, "four equally likely states would tell two bits, but six skills can't be spread evenly over four."),
            Mistake(pigeonhole_information(6, 4, base=math.e), "that is in nats."),
            Mistake(math.log2(6) - 1, "only those skills miss a bit that share a state; two of the six don't."),
        ),
    ),
    Exercise(
        "diayn-reward",
        math.log(4),
        (
            Mistake(math.log(1 / 2), "log p(z) is missing."),
            Mistake(2.0, "that is in bits."),
            Mistake(math.log(1 / 16), "minus log p(z): p is a probability, and its logarithm is negative already."),
            Mistake(-math.log(4), "the sign: being recognised is paid, not fined."),
        ),
    ),
    Exercise(
        "diayn-overlap",
        float(mutual_information(_OVERLAP)),
        (
            Mistake(1.0, "that would be two skills that never meet; they share cell 2."),
            Mistake(float(mutual_information(_OVERLAP, base=math.e)), "that is in nats."),
            Mistake(1.5, "that is H(S); take H(S|Z) from it."),
            Mistake(0.0, "in cells 1 and 3 the state names the skill."),
        ),
    ),
    Exercise(
        "diayn-proof",
        "c",
        (
            Mistake("a", "mutual information is never negative; the bound may be."),
            Mistake("b", "the bound is a lower one."),
            Mistake("d", "the discriminator found nothing; that doesn't mean that there is nothing."),
        ),
        choices={"a": "it is negative", "b": "at most 0.42 nats", "c": "nothing new", "d": "it is 0"},
    ),
    Exercise(
        "diayn-step",
        _next_prior,
        (
            Mistake(_without_prior, "log p(z|s) holds log p(z) too: the old prior stays as a factor."),
            Mistake(_in_bits, "the exponential belongs to the natural logarithm."),
            Mistake(_turned, "the sign: skills that are told apart better are drawn more often."),
        ),
        cases=(
            ([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1]], [0.3, 0.7]),
            ([[0.5, 0.5], [0.9, 0.1], [0.2, 0.8]], [0.2, 0.5, 0.3]),
        ),
    ),
)
