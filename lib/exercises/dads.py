"""Exercises of the chapter on DADS."""

import math

import numpy as np

from lib.exercises._engine import Exercise, Mistake


def _entropy(p):
    return -(p * math.log(p) + (1 - p) * math.log(1 - p))


_OBEY = 0.9
_ALIKE = math.log(2) - _entropy(_OBEY)
_APART = _entropy(_OBEY**2 + (1 - _OBEY) ** 2) - _entropy(_OBEY)


def _reward(log_q, log_q_others):
    return log_q - np.log(np.mean(np.exp(log_q_others)))


def _mean_log(log_q, log_q_others):
    return log_q - np.mean(log_q_others)


def _sum(log_q, log_q_others):
    return log_q - np.log(np.sum(np.exp(log_q_others)))


def _joined(log_q, log_q_others):
    return log_q - np.log(np.mean(np.exp([log_q, *log_q_others])))


def _bits(log_q, log_q_others):
    return _reward(log_q, log_q_others) / math.log(2)


EXERCISES = (
    Exercise(
        "dads-corridor",
        (_ALIKE + _APART) / 2,
        (
            Mistake(_ALIKE, "that puts p(z) in the place of p(z|s): at an end you know already which skill is the likelier."),
            Mistake((_ALIKE + _APART) / 2 / math.log(2), "that is in bits."),
            Mistake(_ALIKE + _APART / 2, "that is what state and step tell together; take away what the state tells alone."),
            Mistake(_APART, "that is the second step alone; average over both."),
        ),
        tolerance=2e-3,
    ),
    Exercise(
        "dads-reward",
        math.log(3),
        (
            Mistake(math.log(0.6) - math.log(0.1 * 0.2 * 0.3) / 3, "that is the mean of the logarithms; it is the logarithm of the mean."),
            Mistake(math.log(0.6 / 0.3), "that lets the skill itself join the three others, as the released code does."),
            Mistake(math.log(0.6 / 0.6), "that is the sum in the place of the mean: log L is missing."),
            Mistake(math.log2(3), "that is in bits."),
        ),
    ),
    Exercise(
        "dads-cap",
        math.log(101),
        (
            Mistake(math.log(100), "the skill itself is one of those that are compared."),
            Mistake(math.log2(101), "that is in bits."),
            Mistake(101.0, "that is the ratio; the reward is its logarithm."),
        ),
    ),
    Exercise(
        "dads-own-rooms",
        "b",
        (
            Mistake("a", "knowing the state one knows the skill: nothing is left that a step could tell."),
            Mistake("c", "the reward compares with all skills, wherever they are; each step is unlike those of the seven others."),
            Mistake("d", "which one is 0? Ask what is known before the step."),
        ),
        choices={"a": "both log 8", "b": "0 and log 8", "c": "both 0", "d": "log 8 and 0"},
    ),
    Exercise(
        "dads-units",
        math.log(2) - math.log(1 + math.exp(-2)),
        (
            Mistake(math.log(2) - math.log(1 + math.exp(-0.0008)), "that is in raw units: the changes are tiny beside a spread of 1."),
            Mistake((math.log(2) - math.log(1 + math.exp(-2))) / math.log(2), "that is in bits."),
            Mistake(2.0, "that is the logarithm of the ratio of both densities; the reward compares with the mean of both."),
            Mistake(math.log(2), "the highest there is; a distance of two standard deviations is not enough for it."),
        ),
    ),
    Exercise(
        "dads-function",
        _reward,
        (
            Mistake(_mean_log, "that is the mean of the logarithms; it is the logarithm of the mean."),
            Mistake(_sum, "a sum in the place of the mean: log L is missing."),
            Mistake(_joined, "the skill itself is not among the L others of the paper."),
            Mistake(_bits, "that is in bits."),
        ),
        cases=((-1.0, [-2.0, -3.0]), (0.5, [0.0, -4.0, 1.0]), (-3.0, [-1.0])),
    ),
)
