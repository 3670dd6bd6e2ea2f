"""The three estimators of the KL divergence, and the mean with its error."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lib import kl_divergence
from lib.data import letter_distribution, translated_text
from lib.gaussian import gaussian_kl
from lib.monte_carlo import k1, k2, k3, mean_and_error

NATS = {"base": math.e}
P, Q = np.array([0.5, 0.5]), np.array([0.25, 0.75])
ESTIMATORS = (k1, k2, k3)


def random_pairs(k, size, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(k), size=(2, size))


# Values


def test_a_coin_by_hand():
    assert k1(np.log(P), np.log(Q)) == pytest.approx([1, math.log2(2 / 3)], rel=1e-14)
    assert k2(np.log(P), np.log(Q), **NATS) == pytest.approx([math.log(2) ** 2 / 2, math.log(1.5) ** 2 / 2], rel=1e-14)
    assert k3(np.log(P), np.log(Q), **NATS) == pytest.approx([math.log(2) - 0.5, 0.5 - math.log(1.5)], rel=1e-14)


@pytest.mark.parametrize("k", ESTIMATORS)
def test_the_unit_comes_last(k):
    for base in (2, 10):
        np.testing.assert_allclose(k(np.log(P), np.log(Q), base=base) * math.log(base), k(np.log(P), np.log(Q), **NATS), rtol=1e-15)


def test_the_bracket_keeps_its_digits_for_every_ratio():
    log_r = np.concatenate([s * np.geomspace(1e-12, 300, 400) for s in (1, -1)])
    with mpmath.workdps(60):
        exact = [float(mpmath.expm1(mpmath.mpf(u)) - mpmath.mpf(u)) for u in log_r.tolist()]
    np.testing.assert_allclose(k3(np.zeros_like(log_r), log_r, **NATS), exact, rtol=2e-15)


def test_the_literal_bracket_would_not():
    # Why k3 isn't written as its formula: the difference drowns, and can turn negative.
    log_r = np.geomspace(1e-12, 1e-8, 1000)
    literal = np.exp(log_r) - 1 - log_r
    assert (literal < 0).any()
    assert (abs(literal / (log_r**2 / 2) - 1) > 1).any()


@given(st.floats(-700, 700), st.floats(-700, 700))
def test_k2_and_k3_are_never_negative_and_0_only_at_equality(log_p, log_q):
    for k in (k2, k3):
        assert k([log_p], [log_q])[0] >= 0
    assert k3([log_p], [log_p])[0] == 0
    if abs(log_p - log_q) > 1e-150:
        assert k3([log_p], [log_q])[0] > 0


def test_the_exact_means_over_random_distributions():
    for p, q in zip(*random_pairs(6, 200)):
        d = kl_divergence(p, q, **NATS)
        log_p, log_q = np.log(p), np.log(q)
        assert p @ k1(log_p, log_q, **NATS) == pytest.approx(d, rel=1e-12, abs=1e-13)
        assert p @ k3(log_p, log_q, **NATS) == pytest.approx(d, rel=1e-12, abs=1e-13)
        second = p @ k1(log_p, log_q, **NATS) ** 2
        assert p @ k2(log_p, log_q, **NATS) == pytest.approx(second / 2, rel=1e-12)


def test_k2_is_right_to_second_order_only():
    p = np.array([0.2, 0.3, 0.5])
    change = np.array([0.5, -1.0, 0.4])  # a first-order change that keeps the sum
    ratios = []
    for size in (1e-1, 1e-2, 1e-3):
        q = p + size * change * 0.1
        q /= q.sum()
        ratios.append(p @ k2(np.log(p), np.log(q)) / kl_divergence(p, q) - 1)
    assert abs(ratios[0]) > abs(ratios[1]) > abs(ratios[2])
    assert abs(ratios[1] / ratios[2]) == pytest.approx(10, rel=0.1)


def test_a_sample_that_q_excludes_makes_every_estimate_infinite():
    for k in ESTIMATORS:
        terms = k([-1.0, -1.0], [-1.0, -math.inf])
        assert terms.tolist() == [0, math.inf]
        mean, error = mean_and_error(terms)
        assert mean == error == math.inf


def test_a_ratio_beyond_the_largest_float_is_infinite_for_k3_alone():
    assert k3([0.0], [800.0])[0] == math.inf
    assert math.isfinite(k1([0.0], [800.0])[0]) and math.isfinite(k2([0.0], [800.0])[0])


def test_densities_may_exceed_1_and_batches_keep_their_shape():
    log_p = stats.norm(0, 0.01).logpdf(0.01 * np.ones((3, 4, 5)))
    assert (log_p > 0).all()
    for k in ESTIMATORS:
        assert k(log_p, log_p - 1).shape == (3, 4, 5)


# Bias and variance in samples: English letters under a French and a uniform model, fixed seeds


@pytest.mark.parametrize("model", ["french", "uniform"])
def test_the_value_is_unbiased_for_k1_and_k3_and_biased_for_k2(model):
    p = letter_distribution(translated_text("en"))
    q = letter_distribution(translated_text("fr")) if model == "french" else np.full(26, 1 / 26)
    batches = np.random.default_rng(1).choice(26, p=p, size=(4000, 200))
    d = kl_divergence(p, q, **NATS)
    z = {}
    for k in ESTIMATORS:
        terms = k(np.log(p), np.log(q), **NATS)
        values = terms[batches].mean(axis=1)
        mean, error = mean_and_error(values)
        z[k.__name__] = (mean - d) / error
        spread = math.sqrt(p @ (terms - p @ terms) ** 2 / 200)
        assert values.std() == pytest.approx(spread, rel=0.08)
    assert abs(z["k1"]) < 4 and abs(z["k3"]) < 4  # 4,000 batches
    assert z["k2"] > 30 if model == "french" else z["k2"] < -30


def test_the_error_bars_of_k1_hold_where_those_of_k3_fail():
    x = np.random.default_rng(2).standard_normal((1500, 2000))
    for variance, low, high in ((1.1, 0.92, 0.97), (4.0, 0.5, 0.8)):  # finite and infinite variance of k3
        log_p, log_q = stats.norm.logpdf(x), stats.norm(scale=math.sqrt(variance)).logpdf(x)
        truth = gaussian_kl(0.0, 1.0, 0.0, variance, **NATS)
        right = {}
        for k in (k1, k3):
            value, error = mean_and_error(k(log_p, log_q, **NATS))
            right[k] = (abs(value - truth) < 1.96 * error).mean()
        assert 0.93 < right[k1] < 0.97
        assert low < right[k3] < high


# The mean and its error


def test_the_mean_and_its_error_against_scipy():
    terms = np.random.default_rng(3).exponential(size=(4, 30, 7))
    for axis in (-1, -2, -3):
        mean, error = mean_and_error(terms, axis=axis)
        np.testing.assert_allclose(mean, terms.mean(axis=axis), rtol=1e-15)
        np.testing.assert_allclose(error, stats.sem(terms, axis=axis), rtol=1e-13)


def test_two_samples_are_enough_and_equal_ones_have_no_error():
    assert mean_and_error([3.0, 3.0]) == (3, 0)
    mean, error = mean_and_error([0.0, 2.0])
    assert (mean, error) == (1, 1)


def test_an_infinite_row_leaves_the_others_alone():
    mean, error = mean_and_error([[1.0, math.inf], [1.0, 3.0], [-math.inf, 0.0]])
    assert mean.tolist() == [math.inf, 2, -math.inf]
    assert error.tolist() == [math.inf, 1, math.inf]


# Errors


@pytest.mark.parametrize("k", ESTIMATORS)
@pytest.mark.parametrize(
    "log_p, log_q, words",
    [
        ([math.nan], [0.0], "`log_p` must not be NaN"),
        ([0.0, 0.0], [0.0, math.nan], "`log_q` must not be NaN; it is nan at index 1"),
        ([math.inf], [0.0], r"`log_p` must be below \+inf"),
        ([0.0], [math.inf], r"`log_q` must be below \+inf"),
        ([0.0, -math.inf], [0.0, 0.0], "`log_p` must be above -inf, since the samples are drawn from p; it is -inf at index 1"),
        ([0.0, 0.0], [0.0], r"must hold one number for each sample; their shapes are \(2,\) and \(1,\)"),
        ([], [], "`log_p` must hold at least 1 sample along axis -1; it holds 0"),
        (0.0, 0.0, "`log_p` must have an axis of samples"),
        (["a"], [0.0], "`log_p` must hold real numbers"),
    ],
)
def test_bad_log_densities_are_refused(k, log_p, log_q, words):
    with pytest.raises(ValueError, match=words):
        k(log_p, log_q)


@pytest.mark.parametrize("k", ESTIMATORS)
def test_a_bad_base_is_refused(k):
    with pytest.raises(ValueError, match="`base` must be"):
        k([0.0], [0.0], base=1)


@pytest.mark.parametrize(
    "terms, axis, words",
    [
        ([1.0], -1, "`terms` must hold at least 2 samples along axis -1; it holds 1"),
        ([1.0, math.nan], -1, "`terms` must not be NaN; it is nan at index 1"),
        ([math.inf, -math.inf], -1, "must not hold inf and -inf together"),
        ([1.0, 2.0], -2, "`axis` must be an integer from -1 to -1; it is -2"),
        ([1.0, 2.0], 0, "`axis` must be an integer from -1 to -1; it is 0"),
    ],
)
def test_a_mean_that_has_no_meaning_is_refused(terms, axis, words):
    with pytest.raises(ValueError, match=words):
        mean_and_error(terms, axis=axis)
