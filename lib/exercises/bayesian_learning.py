"""Exercises of the chapter on Bayesian learning."""

import math

import numpy as np

from lib import entropy, kl_divergence, mutual_information
from lib.bayesian import bayes_update, information_gain
from lib.design import expected_information_gain, linear_expected_gain
from lib.exercises._engine import Exercise, Mistake

_PRIOR, _HEADS = np.array([1 / 2, 1 / 2]), np.array([1.0, 1 / 2])
_POSTERIOR = bayes_update(_PRIOR, _HEADS)
_GENE, _TEST = np.array([1 / 4, 3 / 4]), np.array([[1 / 2, 1 / 2], [0.0, 1.0]])
_YES = bayes_update(_GENE, _TEST[:, 0])
_S, _X = np.diag([4.0, 1.0]), np.array([1.0, 2.0])
_QUESTIONS = np.array(
    [
        [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]],
        [[0.9, 0.1], [0.9, 0.1], [0.1, 0.9]],
        [[1.0, 0.0], [0.5, 0.5], [0.5, 0.5]],
    ]
)
_BELIEF = np.array([0.6, 0.2, 0.2])
_GAINS = expected_information_gain(_BELIEF, _QUESTIONS)


def _reverse(prior, likelihood):
    return float(kl_divergence(prior, bayes_update(prior, likelihood)))


def _gain(prior, likelihood):
    return expected_information_gain(prior, likelihood)


def _gain_in_nats(prior, likelihood):
    return expected_information_gain(prior, likelihood, base=math.e)


def _unweighted(prior, likelihood):
    prior, likelihood = np.asarray(prior), np.asarray(likelihood)
    return np.mean([information_gain(prior, column) for column in likelihood.T])


def _entropy_of_data(prior, likelihood):
    return entropy(np.asarray(prior) @ np.asarray(likelihood))


def _flat(prior, likelihood):
    likelihood = np.asarray(likelihood)
    return mutual_information(likelihood / len(likelihood))


EXERCISES = (
    Exercise(
        "bayes-coin",
        information_gain(_PRIOR, _HEADS),
        (
            Mistake(
                _reverse(_PRIOR, _HEADS),
                "that is the divergence of the prior from the posterior; the belief that now rules does the averaging.",
            ),
            Mistake(information_gain(_PRIOR, _HEADS, base=math.e), "that is in nats; bits take the logarithm to base 2."),
            Mistake(-math.log2(3 / 4), 'that is the information in the outcome "heads"; the question is what it says about the coin.'),
            Mistake(
                information_gain(_PRIOR, _HEADS**2),
                "you have updated twice: one head counts once.",
            ),
        ),
    ),
    Exercise(
        "bayes-wider",
        "b",
        (
            Mistake("a", "in this chapter a belief of (0.9, 0.1) became one of (0.5, 0.5)."),
            Mistake("c", "a divergence is never negative; which quantity can be?"),
            Mistake("d", "on average over the data, is it true or not? Look at the mutual information."),
        ),
        choices={
            "a": "the entropy of the belief falls with each datum",
            "b": "the entropy of the belief may rise with one datum, and falls on average",
            "c": "where the entropy rises, the information gain is negative",
            "d": "the entropy of the belief may rise on average",
        },
    ),
    Exercise(
        "bayes-expected",
        expected_information_gain(_GENE, _TEST),
        (
            Mistake(kl_divergence(_YES, _GENE), 'that is the gain of a "yes"; a "no" is the more likely answer, and teaches little.'),
            Mistake(expected_information_gain(_GENE, _TEST, base=math.e), "that is in nats; bits take the logarithm to base 2."),
            Mistake(
                _entropy_of_data(_GENE, _TEST),
                "that is the entropy of the answer; take away what is noise, the entropy left when the gene is known.",
            ),
            Mistake(_unweighted(_GENE, _TEST), "the two answers are not equally likely: weigh their gains by their probabilities."),
            Mistake(entropy(_GENE), "that would be the gain of a test that never errs."),
        ),
    ),
    Exercise(
        "bayes-function",
        _gain,
        (
            Mistake(_gain_in_nats, "that is in nats; bits take the logarithm to base 2."),
            Mistake(_unweighted, "weigh each outcome by its probability under the prior."),
            Mistake(_entropy_of_data, "that is the entropy of the data alone; some of it is noise."),
            Mistake(_flat, "you leave out the prior, as if all values of the parameter were equally likely."),
        ),
        cases=(
            ([0.25, 0.75], [[0.5, 0.5], [0.1, 0.9]]),
            ([0.2, 0.3, 0.5], [[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6]]),
        ),
    ),
    Exercise(
        "bayes-measure",
        linear_expected_gain(_S, [_X], noise_variance=8.0),
        (
            Mistake(linear_expected_gain(_S, [_X], noise_variance=8.0, base=math.e), "that is in nats; bits take the logarithm to base 2."),
            Mistake(math.log2(2), "the half in front is missing."),
            Mistake(math.log2(1 + 8 / math.sqrt(8)) / 2, "8 is the variance of the noise already: no root."),
            Mistake(0.0, "the 1 is missing: the data vary by signal and noise together."),
            Mistake(linear_expected_gain(np.linalg.inv(_S), [_X], noise_variance=8.0), "S is the covariance, not the precision."),
        ),
    ),
    Exercise(
        "bayes-next",
        [int(np.argmax(_GAINS)), _GAINS.max()],
        (
            Mistake(
                [0.0, _GAINS[0]],
                "its answer is the most uncertain of all, but it is equally uncertain whatever the truth is.",
            ),
            Mistake(
                [0.0, 1.0],
                "that is the entropy of the answer; what is left of it when you know the truth?",
            ),
            Mistake([2.0, _GAINS[2]], "a certain answer under one value is not enough: weigh all that can be answered."),
            Mistake([int(np.argmax(_GAINS)), _GAINS.max() * math.log(2)], "the right question, but in nats."),
        ),
    ),
    Exercise(
        "bayes-growth",
        3.0,
        (
            Mistake(6.0, "each parameter gains half a logarithm of n."),
            Mistake(3.0 * math.log(2), "that is in nats; bits take the logarithm to base 2."),
            Mistake(1.0, "that is the gain of one parameter; the model has three."),
            Mistake(12.0, "the gain does not grow like n."),
        ),
    ),
)
