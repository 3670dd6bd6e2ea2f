"""The updates: by hand, by the grid, by exact fractions, one datum at a time; and what they refuse."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lib import entropy, kl_divergence, normalize
from lib.bayesian import (
    bayes_update,
    beta_update,
    dirichlet_update,
    gaussian_mean_update,
    information_gain,
    linear_regression_update,
)
from tests.strategies import distributions

LIKELIHOODS = st.lists(st.floats(1e-6, 1e6), min_size=4, max_size=4)


def random_regression(rng, n=12, d=4):
    root = rng.standard_normal((d, d))
    return rng.standard_normal(d), root @ root.T + 0.1 * np.eye(d), rng.standard_normal((n, d)), rng.standard_normal(n)


# On a grid


def test_bayes_rule_by_hand():
    assert bayes_update([0.5, 0.5], [0.9, 0.3]).tolist() == pytest.approx([0.75, 0.25], rel=1e-15)
    gain = 0.75 * math.log2(0.75 / 0.5) + 0.25 * math.log2(0.25 / 0.5)
    assert information_gain([0.5, 0.5], [0.9, 0.3]) == pytest.approx(gain, rel=1e-14, abs=0)
    assert information_gain([0.5, 0.5], [0.9, 0.3], base=math.e) == pytest.approx(gain * math.log(2), rel=1e-14, abs=0)


def test_bayes_rule_in_exact_fractions():
    rng = np.random.default_rng(0)
    for _ in range(50):
        prior, likelihood = rng.dirichlet(np.ones(6)), rng.random(6)
        weights = [Fraction(p) * Fraction(x) for p, x in zip(prior.tolist(), likelihood.tolist())]
        expected = [float(w / sum(weights)) for w in weights]
        assert bayes_update(prior, likelihood) == pytest.approx(expected, rel=1e-14, abs=0)


@given(distributions(4), LIKELIHOODS, st.floats(1e-200, 1e200))
def test_only_the_ratios_of_likelihoods_count(prior, likelihood, scale):
    likelihood = np.array(likelihood)
    posterior = bayes_update(prior, likelihood)
    assert posterior.sum() == pytest.approx(1, abs=1e-15 * 8)
    assert bayes_update(prior, likelihood * scale) == pytest.approx(posterior, rel=1e-12, abs=0)
    assert ((posterior == 0) >= (prior == 0)).all(), "what the prior excludes stays excluded"


@given(distributions(4), LIKELIHOODS)
def test_a_gain_is_never_negative_and_is_that_of_the_posterior_from_the_prior(prior, likelihood):
    gain = information_gain(prior, likelihood)
    assert 0 <= gain < math.inf
    assert gain == kl_divergence(bayes_update(prior, likelihood), prior)
    assert information_gain(prior, np.full(4, likelihood[0])) == pytest.approx(0, abs=1e-15)


@given(distributions(4), LIKELIHOODS, LIKELIHOODS)
def test_two_data_may_come_in_either_order_or_together(prior, first, second):
    first, second = np.array(first), np.array(second)
    one_way = bayes_update(bayes_update(prior, first), second)
    assert bayes_update(bayes_update(prior, second), first) == pytest.approx(one_way, rel=1e-9, abs=1e-300)
    assert bayes_update(prior, first * second) == pytest.approx(one_way, rel=1e-9, abs=1e-300)


def test_tiny_and_huge_likelihoods_keep_their_ratio():
    assert bayes_update([0.5, 0.5], [3e-320, 1e-320]) == pytest.approx([0.75, 0.25], rel=1e-3)
    assert bayes_update([0.5, 0.5], [3e307, 1e307]) == pytest.approx([0.75, 0.25], rel=1e-15)
    assert bayes_update([0.0, 1.0], [1e300, 1e-300]).tolist() == [0, 1]
    assert bayes_update([1e-200, 1.0], [1e-200, 0.0]).tolist() == [1, 0], "their product leaves the range of floats"
    assert bayes_update([1.0, 1e-200], [1e-200, 1.0]) == pytest.approx([0.5, 0.5], rel=1e-12)


def test_a_posterior_may_be_wider_than_its_prior_and_the_gain_is_positive_all_the_same():
    prior, surprise = [0.9, 0.1], [0.1, 0.9]
    posterior = bayes_update(prior, surprise)
    assert entropy(posterior) == pytest.approx(1)
    assert entropy(posterior) > entropy(prior)
    assert information_gain(prior, surprise) > 0.7


def test_batches_and_axes():
    prior, likelihood = np.full((1, 3), 1 / 3), np.arange(1.0, 7.0).reshape(2, 3)
    posterior = bayes_update(prior, likelihood)
    assert posterior == pytest.approx(normalize(likelihood), rel=1e-15)
    assert bayes_update(prior.T, likelihood.T, axis=0) == pytest.approx(posterior.T, rel=1e-15)
    assert information_gain(prior, likelihood).shape == (2,)
    assert information_gain(prior.T, likelihood.T, axis=0) == pytest.approx(information_gain(prior, likelihood), rel=1e-15)


@pytest.mark.parametrize(
    "prior, likelihood, words",
    [
        ([0.5, 0.4], [1, 1], "`prior` must sum to 1"),
        ([0.5, 0.5], [1, -1], "`likelihood` must not be negative; it is -1 at index 1"),
        ([0.5, 0.5], [1, math.nan], "`likelihood` must not be NaN"),
        ([0.5, 0.5], [1, math.inf], "`likelihood` must be finite"),
        ([0.5, 0.5], [1, 1, 1], "`prior` and `likelihood` must be over one parameter"),
        ([0.5, 0.5], [0, 0], "`likelihood` must be positive somewhere where `prior` is"),
        ([[0.5, 0.5], [1, 0]], [[0, 1], [0, 1]], "impossible under all it allows at index 1"),
    ],
)
def test_the_grid_refuses(prior, likelihood, words):
    for function in (bayes_update, information_gain):
        with pytest.raises(ValueError, match=words):
            function(prior, likelihood)


# Coins and dice


def test_a_beta_posterior_is_the_product_of_prior_and_likelihood():
    # On a fine grid of the parameter, against Bayes' rule with the binomial likelihood.
    theta = (np.arange(20_000) + 0.5) / 20_000
    for a, b, s, f in ((1, 1, 3, 0), (2.5, 0.7, 4, 9), (30, 10, 0, 5)):
        by_grid = bayes_update(normalize(stats.beta(a, b).pdf(theta)), theta**s * (1 - theta) ** f)
        after = beta_update(a, b, s, f)
        closed = np.diff(stats.beta(*after).cdf(np.linspace(0, 1, 20_001)))
        assert np.abs(by_grid - closed).sum() < 1e-3
        assert [float(x) for x in after] == [a + s, b + f]


def test_a_coin_is_a_die_of_two_sides_and_data_add_up():
    a, b = beta_update([1.0, 2.0], 3.0, [4, 0], [[1], [2]])
    assert a.tolist() == [[5, 2], [5, 2]]
    assert b.tolist() == [[4, 4], [5, 5]]
    assert dirichlet_update([1.0, 3.0], [4, 1]).tolist() == [5, 4]
    once = dirichlet_update([0.5, 1, 2], [3, 0, 4])
    assert dirichlet_update(dirichlet_update([0.5, 1, 2], [1, 0, 4]), [2, 0, 0]).tolist() == once.tolist()
    assert dirichlet_update([0.5, 1, 2], [0, 0, 0]).tolist() == [0.5, 1, 2]
    assert dirichlet_update(np.ones(3), np.eye(3, dtype=int)).shape == (3, 3)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ((0, 1, 1, 1), "`a` must be positive; it is 0"),
        ((1, -2, 1, 1), "`b` must be positive; it is -2"),
        ((math.nan, 1, 1, 1), "`a` must not be NaN"),
        ((1, 1, -1, 1), "`successes` must not be negative; it is -1"),
        ((1, 1, 1, 1.5), "`failures` must hold integers; its dtype is float64"),
        ((1, 1, math.nan, 1), "`successes` must hold integers"),
        (([1, 1], 1, [1, 2, 3], 1), "must have shapes that broadcast"),
    ],
)
def test_beta_update_refuses(arguments, words):
    with pytest.raises(ValueError, match=words):
        beta_update(*arguments)


@pytest.mark.parametrize(
    "alpha, counts, words",
    [
        ([1, 0], [1, 1], "`alpha` must be positive; it is 0 at index 1"),
        ([1, 1], [1, -1], "`counts` must not be negative; it is -1 at index 1"),
        ([1, 1], [1.0, 1.0], "`counts` must hold integers; its dtype is float64"),
        ([1, 1], [1, 1, 1], "`alpha` and `counts` must be given over the same outcomes; they have 2 and 3"),
    ],
)
def test_dirichlet_update_refuses(alpha, counts, words):
    with pytest.raises(ValueError, match=words):
        dirichlet_update(alpha, counts)


# Gaussians


def test_the_mean_of_a_gaussian_by_hand_and_by_the_grid():
    assert gaussian_mean_update(0, 1, [2, 2, 2], noise_variance=1) == pytest.approx((1.5, 0.25), rel=1e-14)
    x = np.linspace(-20, 20, 40_001)
    data = [1.3, -0.4]
    likelihood = np.prod([stats.norm(x, 2.0).pdf(y) for y in data], axis=0)
    posterior = bayes_update(normalize(stats.norm(1, 3).pdf(x)), likelihood)
    mean, variance = gaussian_mean_update(1.0, 9.0, data, noise_variance=4.0)
    assert posterior @ x == pytest.approx(mean, rel=1e-10)
    assert posterior @ (x - mean) ** 2 == pytest.approx(variance, rel=1e-10)


def test_regression_against_fifty_digits():
    rng = np.random.default_rng(1)
    for _ in range(5):
        mean, cov, design, y = random_regression(rng)
        ours = linear_regression_update(mean, cov, design, y, noise_variance=0.3)
        with mpmath.workdps(50):
            S, X, m, v = (mpmath.matrix(a.tolist()) for a in (cov, design, mean, y))
            after = (S**-1 + X.T * X / mpmath.mpf(0.3)) ** -1
            expected = m + after * X.T * (v - X * m) / mpmath.mpf(0.3)
        assert ours[1] == pytest.approx(np.array(after.tolist(), dtype=float), rel=1e-10, abs=1e-14)
        assert ours[0] == pytest.approx(np.array(expected.tolist(), dtype=float).ravel(), rel=1e-10)


def test_regression_is_the_conditional_of_a_joint_gaussian():
    # Another formula: weights and data are jointly Gaussian, and one conditions on the data.
    mean, cov, design, y = random_regression(np.random.default_rng(2), n=5)
    cross, data = cov @ design.T, design @ cov @ design.T + 0.7 * np.eye(5)
    gain = np.linalg.solve(data, cross.T).T
    ours = linear_regression_update(mean, cov, design, y, noise_variance=0.7)
    assert ours[0] == pytest.approx(mean + gain @ (y - design @ mean), rel=1e-11)
    assert ours[1] == pytest.approx(cov - gain @ cross.T, rel=1e-9, abs=1e-12)


def test_regression_one_datum_at_a_time_gives_the_same():
    mean, cov, design, y = random_regression(np.random.default_rng(3))
    together = linear_regression_update(mean, cov, design, y, noise_variance=0.5)
    for row, value in zip(design, y):
        mean, cov = linear_regression_update(mean, cov, [row], [value], noise_variance=0.5)
    assert mean == pytest.approx(together[0], rel=1e-10)
    assert cov == pytest.approx(together[1], rel=1e-9, abs=1e-13)


def test_a_gaussian_belief_never_grows_wider():
    rng = np.random.default_rng(4)
    for _ in range(50):
        mean, cov, design, y = random_regression(rng, n=2)
        _, after = linear_regression_update(mean, cov, design, y, noise_variance=0.2)
        assert np.linalg.eigvalsh(cov - after).min() > -1e-12
        assert np.linalg.slogdet(after)[1] < np.linalg.slogdet(cov)[1]


def test_a_nearly_noiseless_measurement_leaves_a_covariance():
    _, cov = linear_regression_update([0, 0], np.eye(2), [[1, 1]], [1], noise_variance=1e-9)
    assert np.linalg.eigvalsh(cov).min() == pytest.approx(5e-10, rel=1e-6)
    assert (cov == cov.T).all()


@pytest.mark.parametrize(
    "change, words",
    [
        ({"cov": [[1.0, 1.0], [1.0, 1.0]]}, "`cov` must be positive definite|`cov` must have a correlation matrix"),
        ({"cov": [[1.0, 0.5], [0.4, 1.0]]}, "`cov` must be symmetric"),
        ({"cov": [[1.0, 0.0], [0.0, 0.0]]}, "`cov` must have positive variances"),
        ({"cov": np.ones((3, 2, 2))}, "`cov` must"),
        ({"cov": np.stack([np.eye(2), np.eye(2)])}, r"`cov` must be one square matrix; its shape is \(2, 2, 2\)"),
        ({"mean": [0.0, 0.0, 0.0]}, "`mean` and `cov` must be of as many weights; they have 3 and 2"),
        ({"mean": [0.0, math.nan]}, "`mean` must not be NaN"),
        ({"mean": [[0.0, 0.0]]}, "`mean` must be a vector"),
        ({"design": [[1.0, 0.0, 0.0]]}, r"one column for each of the 2 weights; its shape is \(1, 3\)"),
        ({"design": [1.0, 0.0]}, "`design` must have one row for each measurement"),
        ({"design": [[1.0, math.inf]]}, "`design` must be finite"),
        ({"y": [1.0, 2.0]}, "`y` and `design` must be of as many measurements; they have 2 and 1"),
        ({"y": [math.nan]}, "`y` must not be NaN; it is nan at index 0"),
        ({"y": []}, "`y` must not be empty"),
        ({"noise_variance": 0.0}, "`noise_variance` must be positive; it is 0"),
        ({"noise_variance": [1.0, 1.0]}, "`noise_variance` must be a single number"),
    ],
)
def test_regression_refuses(change, words):
    good = {"mean": [0.0, 0.0], "cov": np.eye(2), "design": [[1.0, 0.0]], "y": [1.0], "noise_variance": 1.0}
    with pytest.raises(ValueError, match=words):
        linear_regression_update(**(good | change))


@pytest.mark.parametrize(
    "arguments, words",
    [
        ((math.nan, 1, [1.0], 1), "`mean` must not be NaN"),
        ((0, 0, [1.0], 1), "`variance` must be positive; it is 0"),
        ((0, [1, 1], [1.0], 1), "`variance` must be a single number"),
        ((0, 1, [1.0, math.nan], 1), "`data` must not be NaN; it is nan at index 1"),
        ((0, 1, [], 1), "`data` must not be empty"),
        ((0, 1, 1.0, 1), "`data` must be a vector"),
        ((0, 1, [1.0], -1), "`noise_variance` must be positive; it is -1"),
    ],
)
def test_gaussian_mean_update_refuses(arguments, words):
    mean, variance, data, noise = arguments
    with pytest.raises(ValueError, match=words):
        gaussian_mean_update(mean, variance, data, noise_variance=noise)
