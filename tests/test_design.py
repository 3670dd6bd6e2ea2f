"""Expected gains by several routes, the choice of the next experiment, and estimates that lie on either side."""

import itertools
import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from lib import conditional_entropy, entropy, kl_divergence
from lib.bayesian import bayes_update, linear_regression_update
from lib.design import (
    _surplus,
    choose_experiment,
    contrastive_gain,
    dirichlet_expected_gains,
    expected_information_gain,
    greedy_design,
    linear_expected_gain,
    nested_gain,
)
from tests.strategies import distributions


def random_experiment(rng, k=5, m=4):
    return rng.dirichlet(np.full(k, 0.7)), rng.dirichlet(np.full(m, 0.7), size=k)


def random_covariance(rng, d=4):
    root = rng.standard_normal((d, d))
    return root @ root.T + 0.1 * np.eye(d)


# On a grid


def test_a_noisy_question_by_hand():
    symmetric = [[0.9, 0.1], [0.1, 0.9]]
    noise = -0.9 * math.log2(0.9) - 0.1 * math.log2(0.1)
    assert expected_information_gain([0.5, 0.5], symmetric) == pytest.approx(1 - noise, rel=1e-14, abs=0)
    assert expected_information_gain([0.5, 0.5], np.eye(2)) == 1
    assert expected_information_gain([0.3, 0.7], [[0.2, 0.8], [0.2, 0.8]]) < 1e-30
    assert expected_information_gain([0.0, 1.0], np.eye(2)) == 0


def test_three_routes_to_an_expected_gain():
    rng = np.random.default_rng(0)
    for _ in range(200):
        prior, likelihood = random_experiment(rng)
        joint = prior[:, None] * likelihood
        gain, data = expected_information_gain(prior, likelihood), joint.sum(axis=0)
        mean_of_gains = sum(p * kl_divergence(bayes_update(prior, column), prior) for p, column in zip(data, likelihood.T))
        fall = entropy(prior) - sum(p * entropy(bayes_update(prior, column)) for p, column in zip(data, likelihood.T))
        assert gain == pytest.approx(mean_of_gains, abs=1e-14)
        assert gain == pytest.approx(fall, abs=1e-14)
        assert gain == pytest.approx(entropy(data) - prior @ entropy(likelihood), abs=1e-14)
        assert gain == pytest.approx(entropy(data) - conditional_entropy(joint, given="x"), abs=1e-14)


@given(distributions(3), st.integers(0, 2**32 - 1))
def test_an_expected_gain_lies_between_zero_and_both_entropies(prior, seed):
    likelihood = np.random.default_rng(seed).dirichlet(np.full(4, 0.5), size=3)
    gain = expected_information_gain(prior, likelihood)
    assert 0 <= gain <= entropy(prior) + 1e-14
    assert gain <= 2 + 1e-14
    # A second look at the same outcome, blurred, can't teach more: processing of the data.
    blur = np.random.default_rng(seed + 1).dirichlet(np.ones(3), size=4)
    assert expected_information_gain(prior, likelihood @ blur) <= gain + 1e-14


def test_experiments_come_in_batches():
    rng = np.random.default_rng(1)
    prior, _ = random_experiment(rng)
    designs = rng.dirichlet(np.ones(4), size=(7, 5))
    gains = expected_information_gain(prior, designs)
    assert gains.shape == (7,)
    assert gains == pytest.approx([expected_information_gain(prior, one) for one in designs], rel=1e-14)
    beliefs = rng.dirichlet(np.ones(5), size=(3, 1))
    assert expected_information_gain(beliefs, designs).shape == (3, 7)


@pytest.mark.parametrize(
    "prior, likelihood, words",
    [
        ([0.5, 0.4], np.eye(2), "`prior` must sum to 1"),
        ([0.5, 0.5], [[0.5, 0.4], [1, 0]], "`likelihood` must sum to 1"),
        ([0.5, 0.5], [[math.nan, 1], [1, 0]], "`likelihood` must not be NaN"),
        ([0.5, 0.5], [0.5, 0.5], "`likelihood` must have one row"),
        ([0.5, 0.5], np.eye(3), r"each of the 2 values of the parameter in `prior`; its shape is \(3, 3\)"),
        (np.full((3, 2), 0.5), np.stack([np.eye(2)] * 4), "`prior` and `likelihood` must have batch shapes that broadcast"),
    ],
)
def test_expected_information_gain_refuses(prior, likelihood, words):
    with pytest.raises(ValueError, match=words):
        expected_information_gain(prior, likelihood)


def test_ties_go_to_the_first_whatever_the_rounding():
    assert choose_experiment([0.1, 0.5, 0.5 + 1e-15, 0.5 - 1e-15]) == 1
    assert choose_experiment([0.1, 0.5, 0.5 + 1e-6]) == 2
    assert choose_experiment([0.0, 0.0]) == 0
    # The tie is one of nats, whatever the base.
    assert choose_experiment([1.0, 1.0 + 2e-9], base=2) == 1
    assert choose_experiment([1.0, 1.0 + 1.2e-9], base=2) == 0
    assert choose_experiment([1.0, 1.0 + 1.2e-9], base=math.e) == 1


@pytest.mark.parametrize(
    "gains, words",
    [
        ([], "`gains` must not be empty"),
        ([[1.0]], "`gains` must be a vector"),
        ([1.0, math.nan], "`gains` must not be NaN"),
        ([1.0, -0.1], "`gains` must not be negative"),
        ([1.0, math.inf], "`gains` must be finite"),
    ],
)
def test_choose_experiment_refuses(gains, words):
    with pytest.raises(ValueError, match=words):
        choose_experiment(gains)


# Coins and dice


def test_the_first_toss_of_a_coin_of_unknown_bias_by_hand():
    # Uniform prior: H(X) = ln 2, and the integral of the coin's entropy over its bias is 1/2 nat.
    assert dirichlet_expected_gains([1, 1], base=math.e) == pytest.approx([math.log(2) - 1 / 2], rel=1e-13, abs=0)


def test_the_surplus_keeps_its_digits():
    x = np.concatenate([np.geomspace(1e-8, 1e12, 400), [15.999999, 16.0, 16.000001]])
    with mpmath.workdps(50):
        exact = [float(mpmath.digamma(mpmath.mpf(v) + 1) - mpmath.log(mpmath.mpf(v))) for v in x.tolist()]
    assert _surplus(x) == pytest.approx(exact, rel=2e-14, abs=0)
    assert (np.diff(_surplus(np.sort(x))) < 0).all()


def by_counts(a, b, n):
    """Return the expected gain of n tosses in nats: H(K) - H(K | theta) of the count K, in forty digits."""
    with mpmath.workdps(40):
        a, b = mpmath.mpf(a), mpmath.mpf(b)
        total = mpmath.mpf(0)
        for k in range(n + 1):
            p = mpmath.binomial(n, k) * mpmath.beta(a + k, b + n - k) / mpmath.beta(a, b)
            up, down, both = mpmath.digamma(a + k), mpmath.digamma(b + n - k), mpmath.digamma(a + b + n)
            # the mean of log p(k | theta) under the posterior, less log p(k)
            total += p * (mpmath.log(mpmath.binomial(n, k)) + k * (up - both) + (n - k) * (down - both) - mpmath.log(p))
        return float(total)


@pytest.mark.parametrize("a, b", [(1, 1), (0.5, 0.5), (2.5, 0.3), (40, 60), (1e-3, 1e-3), (1e8, 3e8)])
def test_the_gains_of_tosses_add_up_to_the_gain_of_their_count(a, b):
    gains = dirichlet_expected_gains([a, b], draws=30, base=math.e)
    for n in (1, 2, 7, 30):
        assert gains[:n].sum() == pytest.approx(by_counts(a, b, n), rel=1e-12, abs=0)


def test_the_gains_of_a_die_against_entropies_of_all_sequences():
    # I = H(X1..Xn) - n E H(theta), with the probability of each sequence from its counts.
    alpha, n = np.array([0.7, 1.0, 2.4]), 6
    total, entropies = alpha.sum(), []
    for length in range(1, n + 1):
        sequences = np.array(list(itertools.product(range(3), repeat=length)))
        counts = np.stack([(sequences == i).sum(axis=1) for i in range(3)], axis=1)
        log_p = special.gammaln(total) - special.gammaln(total + length)
        log_p = log_p + (special.gammaln(alpha + counts) - special.gammaln(alpha)).sum(axis=1)
        entropies.append(entropy(np.exp(log_p), base=math.e))
    known = special.digamma(total + 1) - alpha / total @ special.digamma(alpha + 1)
    expected = np.array(entropies) - known * np.arange(1, n + 1)
    assert dirichlet_expected_gains(alpha, draws=n, base=math.e).cumsum() == pytest.approx(expected, rel=1e-12)


@settings(max_examples=30)
@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=5))
def test_gains_are_not_negative_and_fall(alpha):
    gains = dirichlet_expected_gains(alpha, draws=12)
    assert (gains >= 0).all()
    assert (np.diff(gains) <= 1e-15 * gains[0]).all()
    assert (len(alpha) > 1) == (gains > 0).all()


def test_a_strong_prior_leaves_little_to_learn_but_not_nothing():
    # For a large prior the first draw teaches (k - 1) / (2 A) nats; a difference of entropies would be all rounding.
    gain = dirichlet_expected_gains(np.full(3, 1e13), base=math.e)[0]
    assert gain == pytest.approx(2 / (2 * 3e13), rel=1e-10, abs=0)


@pytest.mark.parametrize(
    "alpha, draws, words",
    [
        ([1, 0], 1, "`alpha` must be positive"),
        ([[1, 1]], 1, "`alpha` must be a vector"),
        ([1, math.nan], 1, "`alpha` must not be NaN"),
        ([1, 1], 0, "`draws` must be an integer of at least 1; it is 0"),
        ([1, 1], 1.5, "`draws` must be an integer; it is 1.5"),
        ([1, 1], True, "`draws` must be an integer of at least 1; it is True"),
    ],
)
def test_dirichlet_expected_gains_refuses(alpha, draws, words):
    with pytest.raises(ValueError, match=words):
        dirichlet_expected_gains(alpha, draws=draws)


# Linear regression


def test_the_gain_of_one_measurement_by_hand():
    assert linear_expected_gain(np.eye(2), [[1, 1]], noise_variance=2) == pytest.approx(0.5, rel=1e-14)
    assert linear_expected_gain([[3.0]], [[1.0]], noise_variance=1.0) == pytest.approx(1.0, rel=1e-14)
    assert linear_expected_gain(np.eye(2), [[0, 0]], noise_variance=2) == 0


def test_the_gain_is_the_fall_of_entropy_and_that_of_the_data_less_the_noise():
    rng = np.random.default_rng(2)
    for _ in range(30):
        cov, design = random_covariance(rng), rng.standard_normal((6, 4))
        gain = linear_expected_gain(cov, design, noise_variance=0.4, base=math.e)
        _, after = linear_regression_update(np.zeros(4), cov, design, np.zeros(6), noise_variance=0.4)
        before_and_after = (np.linalg.slogdet(cov)[1] - np.linalg.slogdet(after)[1]) / 2
        data = np.linalg.slogdet(design @ cov @ design.T + 0.4 * np.eye(6))[1] / 2 - 3 * math.log(0.4)
        assert gain == pytest.approx(before_and_after, rel=1e-10)
        assert gain == pytest.approx(data, rel=1e-10)


def test_the_gain_is_the_mean_of_the_actual_gains():
    # Draw weights and data, and average the divergence of posterior from prior; the exact value within 4 standard errors.
    rng = np.random.default_rng(3)
    cov, design, noise = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([[1.0, 0.3], [0.2, -1.0], [1.0, 1.0]]), 0.8
    prior = np.linalg.inv(cov)
    _, after = linear_regression_update([0, 0], cov, design, np.zeros(3), noise_variance=noise)
    fixed = np.trace(prior @ after) - 2 + np.linalg.slogdet(cov)[1] - np.linalg.slogdet(after)[1]
    w = rng.multivariate_normal([0, 0], cov, size=50_000)
    y = w @ design.T + math.sqrt(noise) * rng.standard_normal((50_000, 3))
    means = y @ design @ after / noise
    gains = (fixed + np.einsum("ij,jk,ik->i", means, prior, means)) / 2
    expected = linear_expected_gain(cov, design, noise_variance=noise, base=math.e)
    assert abs(gains.mean() - expected) < 4 * gains.std() / math.sqrt(50_000)
    assert gains.std() > 0.2, "single gains scatter, though the width of the posterior is always the same"


def test_tiny_gains_keep_their_digits():
    gain = linear_expected_gain(np.eye(3), [[1e-9, 0, 0]], noise_variance=1, base=math.e)
    assert gain == pytest.approx(0.5e-18, rel=1e-12, abs=0)


def test_gains_of_many_single_measurements_at_once():
    rng = np.random.default_rng(4)
    cov, rows = random_covariance(rng), rng.standard_normal((9, 4))
    gains = linear_expected_gain(cov, rows[:, None, :], noise_variance=0.3)
    assert gains.shape == (9,)
    assert gains == pytest.approx(np.log2(1 + np.einsum("ij,jk,ik->i", rows, cov, rows) / 0.3) / 2, rel=1e-12)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"cov": [[1.0, 1.0], [1.0, 1.0]]}, "`cov` must be positive definite|`cov` must have a correlation matrix"),
        ({"design": [[1.0, 0.0, 0.0]]}, "one column for each of the 2 weights"),
        ({"design": [1.0, 0.0]}, "`design` must have one row"),
        ({"design": [[math.nan, 0.0]]}, "`design` must not be NaN"),
        ({"noise_variance": 0}, "`noise_variance` must be positive"),
    ],
)
def test_linear_expected_gain_refuses(change, words):
    good = {"cov": np.eye(2), "design": [[1.0, 0.0]], "noise_variance": 1.0}
    with pytest.raises(ValueError, match=words):
        linear_expected_gain(**(good | change))


def test_greedy_takes_the_best_next_one_each_time():
    rng = np.random.default_rng(5)
    for _ in range(10):
        cov, rows = random_covariance(rng, 3), rng.standard_normal((12, 3))
        chosen = greedy_design(cov, rows, noise_variance=0.5, size=5).tolist()
        assert len(set(chosen)) == 5
        for t in range(5):  # against the determinant of all chosen so far and one more
            rest = [i for i in range(12) if i not in chosen[:t]]
            together = [linear_expected_gain(cov, rows[[*chosen[:t], i]], noise_variance=0.5) for i in rest]
            assert rest[int(np.argmax(together))] == chosen[t]


def test_greedy_reaches_its_share_of_the_best_set():
    rng, shares = np.random.default_rng(6), []
    for _ in range(40):
        cov, rows = random_covariance(rng, 3), rng.standard_normal((8, 3)) * rng.lognormal(size=(8, 1))
        sets = np.array(list(itertools.combinations(range(8), 3)))
        best = linear_expected_gain(cov, rows[sets], noise_variance=1).max()
        greedy = linear_expected_gain(cov, rows[greedy_design(cov, rows, noise_variance=1, size=3)], noise_variance=1)
        shares.append(greedy / best)
    assert 1 - 1 / math.e <= min(shares) < 1 - 1e-6, "and it is not always the best"
    assert max(shares) <= 1 + 1e-12


def test_greedy_leaves_useless_candidates_for_the_end_and_takes_each_once():
    assert greedy_design(np.eye(2), [[0, 0], [1, 0], [0, 0]], noise_variance=1, size=3).tolist() == [1, 0, 2]


@pytest.mark.parametrize(
    "change, words",
    [
        ({"size": 0}, "`size` must be an integer of at least 1"),
        ({"size": 3}, "`size` must be at most the number of `candidates`, 2; it is 3"),
        ({"candidates": [[1.0, 0.0, 0.0]]}, "`candidates` must have one row"),
        ({"candidates": np.ones((2, 2, 2))}, "`candidates` must be a table"),
        ({"cov": -np.eye(2)}, "`cov` must have positive variances"),
        ({"noise_variance": -1.0}, "`noise_variance` must be positive"),
    ],
)
def test_greedy_design_refuses(change, words):
    good = {"cov": np.eye(2), "candidates": np.eye(2), "noise_variance": 1.0, "size": 1}
    with pytest.raises(ValueError, match=words):
        greedy_design(**(good | change))


# Estimates


def gaussian_samples(rng, outer, inner, variance):
    """Return log-likelihoods of data from N(theta, 1), with theta from N(0, variance)."""
    theta, others = rng.normal(0, math.sqrt(variance), outer), rng.normal(0, math.sqrt(variance), (outer, inner))
    x = theta + rng.standard_normal(outer)
    return stats.norm(theta, 1).logpdf(x), stats.norm(others, 1).logpdf(x[:, None])


def test_estimates_by_hand():
    own, others = np.log([0.5, 0.25]), np.log([[0.5, 0.25], [0.125, 0.125]])
    nested = (math.log2(0.5 / 0.375) + math.log2(0.25 / 0.125)) / 2
    contrastive = (math.log2(0.5 / (1.25 / 3)) + math.log2(0.25 / (0.5 / 3))) / 2
    assert nested_gain(own, others) == pytest.approx(nested, rel=1e-14)
    assert contrastive_gain(own, others) == pytest.approx(contrastive, rel=1e-14)
    assert nested_gain(own, others, base=math.e) == pytest.approx(nested * math.log(2), rel=1e-14)
    assert nested_gain([0.0], [[-math.inf]]) == math.inf
    assert contrastive_gain([-1000.0], [[-1e6]]) == 1


def test_the_nested_estimate_is_too_high_and_the_contrastive_one_too_low():
    # 40 estimates each; the mean is off on its side by many standard errors, and less so with more inner samples.
    exact, bias = math.log(1 + 4) / 2, {}
    for inner in (2, 8, 32):
        rng = np.random.default_rng(7)
        samples = [gaussian_samples(rng, 2000, inner, 4.0) for _ in range(40)]
        for name, estimate in (("nested", nested_gain), ("contrastive", contrastive_gain)):
            errors = np.array([estimate(*sample, base=math.e) for sample in samples]) - exact
            bias[name, inner] = errors.mean(), errors.std() / math.sqrt(40)
    for inner in (2, 8, 32):
        assert bias["nested", inner][0] > 5 * bias["nested", inner][1]
        assert bias["contrastive", inner][0] < -5 * bias["contrastive", inner][1]
    assert bias["nested", 2][0] > 2 * bias["nested", 8][0] > 4 * bias["nested", 32][0]


def test_the_contrastive_estimate_has_a_ceiling():
    rng = np.random.default_rng(8)
    own, others = gaussian_samples(rng, 500, 7, 1e8)
    assert math.log2(1 + 1e8) / 2 > 13
    assert contrastive_gain(own, others) <= 3
    assert contrastive_gain(own, others) == pytest.approx(3, abs=0.01)


@pytest.mark.parametrize(
    "own, others, words",
    [
        ([], [[]], "`own` must have 1 axis and not be empty"),
        ([0.0], [0.0], "`others` must have 2 axes"),
        ([0.0, 0.0], [[0.0]], "`own` and `others` must be of the same data; they have 2 and 1 rows"),
        ([math.nan], [[0.0]], "`own` must not be NaN"),
        ([0.0], [[math.inf]], r"`others` must be below \+inf"),
        ([-math.inf], [[0.0]], "`own` must be finite: what happened is possible"),
    ],
)
def test_estimates_refuse(own, others, words):
    for estimate in (nested_gain, contrastive_gain):
        with pytest.raises(ValueError, match=words):
            estimate(own, others)
