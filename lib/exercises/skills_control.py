"""Exercises of the chapter on skills in continuous control."""

import math

from lib.exercises._engine import Exercise, Mistake


def _fano(skills, error):
    h = -error * math.log(error) - (1 - error) * math.log(1 - error)
    return math.log(skills) - h - error * math.log(skills - 1)


def _normal(u):
    return math.exp(-(u**2) / 2) / math.sqrt(2 * math.pi)


def _target(reward, terminated, truncated, value, discount):
    return reward + (0 if terminated else discount * value)


def _cut_by_the_clock(reward, terminated, truncated, value, discount):
    return reward + (0 if terminated or truncated else discount * value)


def _never_cut(reward, terminated, truncated, value, discount):
    return reward + discount * value


def _without_reward(reward, terminated, truncated, value, discount):
    return 0 if terminated else reward + discount * value


_SOFT = 2 * math.log(math.exp(1 / 2) + math.exp(3 / 2))

EXERCISES = (
    Exercise(
        "control-half",
        (math.log(16) - 0.5) / math.log(16),
        (
            Mistake((4 - 0.5) / 4, "that takes 4 bits and 0.5 nats together; use one unit for both."),
            Mistake(math.log(16) - 0.5, "that is the bound in nats; the share of log 16 is asked."),
            Mistake(math.exp(-0.5), "that is a typical probability of the right skill, not a share of the information."),
            Mistake(-0.5 / math.log(16), "add log K first: the bound is log K + E log q."),
        ),
    ),
    Exercise(
        "control-fano",
        _fano(10, 0.1),
        (
            Mistake(0.9 * math.log(10), "a share of right guesses is no share of information: use Fano's inequality."),
            Mistake(_fano(10, 0.1) / math.log(2), "that is in bits."),
            Mistake(math.log(10) - math.log(1 / 0.9), "that takes every guess for equally sure; nothing of the kind is known."),
            Mistake(_fano(10, 0.1) + 0.1 * math.log(9), "where the guess errs, nine skills are still possible: a term is missing."),
        ),
    ),
    Exercise(
        "control-soft",
        _SOFT,
        (
            Mistake(3.0, "that is the better action for sure, with no entropy at all; a little doubt pays."),
            Mistake(_SOFT / 2, "log Z has to be multiplied by the temperature."),
            Mistake(math.log(math.exp(1) + math.exp(3)), "that is temperature 1: divide the values by 2 inside."),
            Mistake(2 + 2 * math.log(2), "that is an even policy; it gives too much reward away."),
        ),
    ),
    Exercise(
        "control-squash",
        _normal(math.atanh(0.6)) / 0.64,
        (
            Mistake(_normal(math.atanh(0.6)), "that is the density of u; a step of a is shorter than a step of u."),
            Mistake(_normal(math.atanh(0.6)) * 0.64, "divide by the slope of tanh: where it squeezes, density rises."),
            Mistake(_normal(0.6) / 0.64, "evaluate the Gaussian at u = artanh 0.6, not at a."),
            Mistake(math.log(_normal(math.atanh(0.6)) / 0.64), "that is the logarithm of the density."),
        ),
    ),
    Exercise(
        "control-target",
        _target,
        (
            Mistake(_cut_by_the_clock, "a time limit is no end: the world goes on, and so does the value."),
            Mistake(_never_cut, "after a true end nothing comes."),
            Mistake(_without_reward, "the last reward still counts; only what comes after it is cut."),
        ),
        cases=(
            (1.0, False, False, 5.0, 0.9),
            (1.0, True, False, 5.0, 0.9),
            (0.5, False, True, -2.0, 0.99),
            (-1.0, True, True, 3.0, 0.5),
        ),
    ),
    Exercise(
        "control-still",
        "b",
        (
            Mistake("a", "information is about telling apart, and postures can be told apart."),
            Mistake("c", "it makes them pay a little more for holding still; it doesn't make them impossible."),
            Mistake("d", "the bound is at its maximum already; nothing pulls them away."),
        ),
        choices={
            "a": "I(S;Z) is small, since nothing moves",
            "b": "I(S;Z) = log 8: it can't be larger for eight skills",
            "c": "the entropy bonus of the actions makes such skills impossible",
            "d": "more training would make them run",
        },
    ),
)
