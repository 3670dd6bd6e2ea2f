"""Importance weights: means under one distribution from samples of another."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lib.importance import effective_sample_size, importance_mean, self_normalised_mean

P, Q = np.array([0.25, 0.75, 0.0]), np.array([0.5, 0.3, 0.2])
with np.errstate(divide="ignore"):
    LOG_W = np.log(P) - np.log(Q)
H = np.array([3.0, -1.0, 7.0])


def test_four_coins_by_hand():
    heads, weights = [1.0, 0, 0, 0], np.log([0.5, 1.5, 1.5, 1.5])
    mean, error = importance_mean(heads, weights)
    assert (mean, error) == (pytest.approx(0.125), pytest.approx(0.125))  # terms 1/2, 0, 0, 0
    mean, error = self_normalised_mean(heads, weights)
    assert mean == pytest.approx(0.1)
    assert error == pytest.approx(math.sqrt(0.1**2 * 0.9**2 + 3 * 0.3**2 * 0.1**2))
    assert effective_sample_size(weights) == pytest.approx(25 / 7)


def test_the_mean_is_unbiased_over_all_samples_of_three():
    # All 27 samples with their probabilities under Q: no Monte Carlo in this test.
    total, second, variances = 0.0, 0.0, 0.0
    for sample in itertools.product(range(3), repeat=3):
        if (LOG_W[list(sample)] == -math.inf).all():
            continue  # all weights 0: refused, and its term is 0
        chance = Q[list(sample)].prod()
        mean, error = importance_mean(H[list(sample)], LOG_W[list(sample)])
        total, second, variances = total + chance * mean, second + chance * mean**2, variances + chance * error**2
    assert total == pytest.approx(P @ H, rel=1e-14)
    variance = (P @ (np.exp(LOG_W) * H**2) - (P @ H) ** 2) / 3
    assert second - total**2 == pytest.approx(variance, rel=1e-13)
    assert variances == pytest.approx(variance, rel=1e-13)  # the squared error is unbiased too


def test_the_self_normalised_mean_has_a_bias_of_order_one_over_n():
    biases = []
    for n in (2, 4, 8):
        total = mass = 0.0
        for counts in itertools.product(range(n + 1), repeat=3):
            if sum(counts) != n or counts[2] == n:
                continue  # a sample of the excluded outcome alone is refused
            chance = stats.multinomial(n, Q).pmf(counts)
            sample = np.repeat(range(3), counts)
            total, mass = total + chance * self_normalised_mean(H[sample], LOG_W[sample])[0], mass + chance
        biases.append(total / mass - P @ H)
    assert biases[0] > biases[1] > biases[2] > 0
    assert biases[1] / biases[2] == pytest.approx(2, rel=0.25)


def test_the_error_bars_hold_where_the_weights_are_tame():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((600, 2000))  # 600 repeats, from Q = N(0, 1); P = N(0.5, 1)
    log_w = stats.norm(0.5).logpdf(x) - stats.norm.logpdf(x)
    for function in (importance_mean, self_normalised_mean):
        mean, error = function(x, log_w)
        z = (mean - 0.5) / error
        assert abs(z.mean()) < 0.25
        assert z.std() == pytest.approx(1, abs=0.1)


def test_the_effective_share_tends_to_one_over_1_plus_chi_squared():
    rng = np.random.default_rng(1)
    for shift in (0.3, 0.6):
        x = rng.standard_normal(400_000)
        share = effective_sample_size(shift * x - shift**2 / 2) / x.size
        assert share == pytest.approx(math.exp(-(shift**2)), rel=0.02)


@given(st.lists(st.floats(-500, 500), min_size=1, max_size=20), st.floats(-300, 300))
def test_the_effective_size_lies_between_1_and_n_and_ignores_a_constant(log_w, constant):
    size = effective_sample_size(log_w)
    assert 1 <= size <= len(log_w) * (1 + 1e-12)
    assert effective_sample_size(np.array(log_w) + constant) == pytest.approx(size, rel=1e-9)


def test_weights_beyond_the_range_of_floats_are_no_trouble():
    assert effective_sample_size([5000.0, 5000.0, -5000.0]) == pytest.approx(2)
    assert self_normalised_mean([1.0, 3.0, 100.0], [5000.0, 5000.0, -5000.0])[0] == pytest.approx(2)


def test_equal_weights_give_the_plain_mean():
    values = np.random.default_rng(2).normal(size=(3, 40))
    for function in (importance_mean, self_normalised_mean):
        np.testing.assert_allclose(function(values, np.zeros((3, 40)))[0], values.mean(axis=1), rtol=1e-13)
    assert effective_sample_size(np.zeros((3, 40))).tolist() == [40, 40, 40]


def test_a_missed_mode_leaves_a_perfect_effective_size():
    x = np.random.default_rng(3).normal(4, 1, 1000)
    log_w = np.log(0.5 * stats.norm(-4).pdf(x) + 0.5 * stats.norm(4).pdf(x)) - stats.norm(4).logpdf(x)
    assert effective_sample_size(log_w) > 999.99
    assert importance_mean(np.ones(1000), log_w)[0] == pytest.approx(0.5, abs=1e-3)


# Errors


@pytest.mark.parametrize("function", [importance_mean, self_normalised_mean])
@pytest.mark.parametrize(
    "values, log_weights, words",
    [
        ([1.0, math.nan], [0.0, 0.0], "`values` must not be NaN"),
        ([1.0, math.inf], [0.0, 0.0], "`values` must be finite"),
        ([1.0, 1.0], [0.0, math.nan], "`log_weights` must not be NaN"),
        ([1.0, 1.0], [0.0, math.inf], r"`log_weights` must be below \+inf; it is inf at index 1"),
        ([1.0, 1.0], [-math.inf, -math.inf], "`log_weights` must leave at least one weight above 0; all are -inf"),
        ([1.0], [0.0], "`log_weights` must hold at least 2 samples along axis -1; it holds 1"),
        ([1.0, 1.0, 1.0], [0.0, 0.0], r"must hold one number for each sample; their shapes are \(3,\) and \(2,\)"),
    ],
)
def test_bad_weights_are_refused(function, values, log_weights, words):
    with pytest.raises(ValueError, match=words):
        function(values, log_weights)


@pytest.mark.parametrize(
    "log_weights, words",
    [
        ([], "`log_weights` must hold at least 1 sample along axis -1; it holds 0"),
        (0.0, "`log_weights` must have an axis of samples"),
        ([math.nan], "`log_weights` must not be NaN"),
        ([[0.0, 0.0], [-math.inf, -math.inf]], "all are -inf at index 1"),
    ],
)
def test_a_size_of_nothing_is_refused(log_weights, words):
    with pytest.raises(ValueError, match=words):
        effective_sample_size(log_weights)
