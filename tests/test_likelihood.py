import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, special, stats
from sklearn.covariance import EmpiricalCovariance
from sklearn.neighbors import KernelDensity

from lib import cross_entropy, likelihood, normalize
from lib.data import body_mass_index, english_text, word_lengths
from lib.likelihood import (
    fit_gaussian,
    fit_geometric,
    fit_negative_binomial,
    fit_poisson,
    kernel_log_density,
    leave_one_out_log_density,
    log_likelihood_error,
    mean_log_likelihood,
)

WORDS = word_lengths(english_text())
COUNTS = st.lists(st.integers(0, 40), min_size=1, max_size=30)
FITS_OF_COUNTS = (fit_poisson, lambda x, weights=None: fit_geometric(np.asarray(x) + 1, weights), fit_negative_binomial)


def message(function, *arguments, **keywords):
    with pytest.raises(ValueError, match="`") as caught:
        function(*arguments, **keywords)
    return str(caught.value)


# The mean and its error


def test_the_mean_log_likelihood_by_hand():
    log_q = np.log([1 / 2, 1 / 4, 1 / 4, 1 / 8])
    assert mean_log_likelihood(log_q) == pytest.approx(-2, rel=1e-15)
    assert mean_log_likelihood(log_q, base=math.e) == pytest.approx(-2 * math.log(2), rel=1e-15)
    assert log_likelihood_error(log_q) == pytest.approx(math.sqrt(2 / 3 / 4), rel=1e-14)  # 1, 2, 2, 3 bits


def test_rows_are_samples_of_their_own():
    log_q = np.log(np.random.default_rng(0).random((3, 5, 7)))
    assert mean_log_likelihood(log_q).shape == log_likelihood_error(log_q).shape == (3, 5)
    assert mean_log_likelihood(log_q)[1, 2] == mean_log_likelihood(log_q[1, 2])
    assert log_likelihood_error(log_q)[1, 2] == pytest.approx(stats.sem(log_q[1, 2]) / math.log(2), rel=1e-14)


def test_the_mean_is_minus_the_cross_entropy_of_the_shares():
    rng = np.random.default_rng(1)
    for _ in range(50):
        q = rng.dirichlet(np.ones(6))
        x = rng.integers(0, 6, size=40)
        shares = normalize(np.bincount(x, minlength=6))
        assert mean_log_likelihood(np.log(q)[x]) == pytest.approx(-cross_entropy(shares, q), rel=1e-13)


def test_the_error_is_the_scatter_of_the_mean():
    # 4,000 samples of 50: the mean of the squared errors against the variance of the means, within 4 standard errors.
    rng = np.random.default_rng(2)
    log_q = np.log(rng.random((4000, 50)))  # minus exponential variables, of variance 1
    squares = log_likelihood_error(log_q, base=math.e) ** 2
    assert abs(squares.mean() - 1 / 50) < 4 * squares.std() / math.sqrt(4000)
    assert mean_log_likelihood(log_q, base=math.e).var() == pytest.approx(1 / 50, rel=4 * math.sqrt(2 / 4000))


def test_an_excluded_observation_costs_infinitely_much():
    with np.errstate(divide="ignore"):
        assert mean_log_likelihood(np.log([0.5, 0.0])) == -math.inf
    assert mean_log_likelihood(stats.geom.logpmf([0, 1, 2], 0.5)) == -math.inf
    assert mean_log_likelihood(stats.expon.logpdf([-0.1, 1.0])) == -math.inf
    assert "the model excludes an observation" in message(log_likelihood_error, [-math.inf, 0.0])


def test_a_density_may_give_more_than_0():
    assert mean_log_likelihood(stats.norm.logpdf([0.0, 0.0], 0, 1e-3)) == pytest.approx(math.log2(1000 / math.sqrt(2 * math.pi)))


@pytest.mark.parametrize("function", [mean_log_likelihood, log_likelihood_error])
@pytest.mark.parametrize(
    "log_q, words",
    [
        ([], "`log_q` must hold at least 1 sample along axis -1; it holds 0"),
        (np.zeros((3, 0)), "`log_q` must hold at least 1 sample along axis -1; it holds 0"),
        (-1.0, "`log_q` must have an axis of samples; its shape is ()"),
        ([-1.0, math.nan], "`log_q` must not be NaN; it is nan at index 1"),
        ([[-1.0, 2.0], [math.inf, 0.0]], "`log_q` must be below +inf; it is inf at index (1, 0)"),
        (["a"], "`log_q` must hold real numbers"),
        ([[0.0], [0.0, 1.0]], "`log_q` must be rectangular"),
    ],
)
def test_bad_log_likelihoods_are_named(function, log_q, words):
    assert words in message(function, log_q)


def test_an_error_needs_two_observations_and_a_base():
    assert "`log_q` must hold at least 2 observations; it holds 1" in message(log_likelihood_error, [[-1.0]])
    for function in (mean_log_likelihood, log_likelihood_error):
        assert "`base` must be a finite number greater than 1" in message(function, [-1.0, -2.0], base=1)


# Fits of counts


def test_the_fits_by_hand():
    assert fit_poisson([0, 1, 5]) == 2
    assert fit_geometric([1, 2, 5, 8]) == 0.25
    assert fit_poisson([0, 4], weights=[0.25, 0.75]) == 3
    assert fit_geometric([1, 3], weights=[0.5, 0.5]) == 0.5


def test_the_fits_at_their_edges():
    assert fit_poisson([0, 0]) == 0
    assert fit_geometric([1, 1, 1]) == 1
    assert fit_geometric(np.ones(7, dtype=int), weights=np.full(7, 1 / 7)) == 1  # never above, whatever the rounding
    assert fit_poisson([3]) == 3
    assert fit_negative_binomial([0, 0, 0]) == (math.inf, 0)
    assert fit_negative_binomial([4]) == (math.inf, 4)
    assert fit_poisson(np.array([1.0, 2.0])) == 1.5, "whole numbers may come as floats"


@settings(max_examples=100)
@given(COUNTS)
def test_no_neighbour_is_more_likely(x):
    x = np.array(x)
    rate, stop = fit_poisson(x), fit_geometric(x + 1)
    for near in (0.99, 1.01):
        if rate > 0:
            assert stats.poisson.logpmf(x, rate).sum() > stats.poisson.logpmf(x, rate * near).sum()
        if stop < 0.99:
            assert stats.geom.logpmf(x + 1, stop).sum() > stats.geom.logpmf(x + 1, stop * near).sum()


@settings(max_examples=100)
@given(COUNTS)
def test_a_sample_and_its_shares_have_one_fit(x):
    values, times = np.unique(x, return_counts=True)
    for fit in FITS_OF_COUNTS:
        whole, weighted = np.atleast_1d(fit(x)), np.atleast_1d(fit(values, weights=times / len(x)))
        if np.isfinite(whole).all() and whole[0] < 1e6:  # a size is known as well as the excess of variance over mean
            np.testing.assert_allclose(weighted, whole, rtol=1e-8)


@pytest.mark.parametrize("name", ["poisson", "geom"])
def test_agreement_with_the_search_of_scipy(name):
    fit, shift, bounds = {"poisson": (fit_poisson, 1, (0, 50)), "geom": (fit_geometric, 0, (0, 1))}[name]

    def search(cost, **settings):  # SciPy's own, with a seed
        return optimize.differential_evolution(cost, rng=0, tol=1e-12, **settings)

    found = stats.fit(getattr(stats, name), WORDS - shift, [bounds], optimizer=search).params[0]
    assert fit(WORDS - shift) == pytest.approx(found, rel=1e-6)


def exact_size(x):
    """Return the size of the negative binomial fit in fifty digits, by digamma functions and bisection."""
    with mpmath.workdps(50):
        mean = mpmath.mpf(int(np.sum(x))) / len(x)

        def slope(log_r):
            r = mpmath.exp(log_r)
            return mpmath.fsum(mpmath.digamma(int(v) + r) - mpmath.digamma(r) for v in x) / len(x) - mpmath.log(1 + mean / r)

        return float(mpmath.exp(mpmath.findroot(slope, (-12, 30), solver="bisect", tol=1e-40, maxsteps=200)))


@pytest.mark.parametrize(
    "x",
    [[0, 0, 1, 7], [0, 0, 0, 0, 0, 90], [3, 3, 4, 11], [0, 1], WORDS[:60] - 1, [0] * 20 + [1] * 5 + [2], [90, 110, 100, 121, 75]],
    ids=lambda x: f"{len(x)} counts",
)
def test_the_size_agrees_with_fifty_digits(x):
    if np.var(x) <= np.mean(x):
        assert fit_negative_binomial(x)[0] == math.inf
    else:
        assert fit_negative_binomial(x)[0] == pytest.approx(exact_size(x), rel=1e-11)


def test_a_hair_of_overdispersion_makes_a_large_size_and_none_makes_it_infinite():
    # Shares of a two-point law on 0 and 2, of mean 2 s and variance 4 s (1 - s): they are equal for s = 1/2.
    sizes = [fit_negative_binomial([0, 2], weights=[1 - s, s])[0] for s in (0.4, 0.49, 0.4999, 0.5, 0.6)]
    assert sizes[0] < sizes[1] < sizes[2] < math.inf
    assert sizes[3:] == [math.inf, math.inf]
    # Populations ever closer to Poisson: what their size is known to is the rounding of the weights over the excess.
    k = np.arange(80)
    for size, rel in ((1e2, 1e-11), (1e4, 1e-9), (1e6, 1e-6), (1e8, 1e-4)):
        weights = normalize(stats.nbinom.pmf(k, size, size / (size + 4)))
        assert fit_negative_binomial(k, weights=weights)[0] == pytest.approx(size, rel=rel)


def test_the_negative_binomial_is_found_again():
    # 40 samples of 2,000 with size 2, mean 4: the errors are chance, and half of them on each side.
    rng = np.random.default_rng(3)
    sizes, means = np.array([fit_negative_binomial(stats.nbinom.rvs(2, 1 / 3, size=2000, random_state=rng)) for _ in range(40)]).T
    for values, truth in ((sizes, 2), (means, 4)):
        assert abs(values.mean() - truth) < 4 * values.std(ddof=1) / math.sqrt(40)
        assert values.std() < 0.05 * truth
    k = np.arange(400)
    assert fit_negative_binomial(k, weights=normalize(stats.nbinom.pmf(k, 2, 1 / 3))) == pytest.approx((2, 4), rel=1e-12)


def test_agreement_with_a_search_over_both_parameters():
    def cost(log_parameters):
        r, m = np.exp(log_parameters)
        return -stats.nbinom.logpmf(WORDS - 1, r, r / (r + m)).mean()

    found = np.exp(optimize.minimize(cost, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-14}).x)
    np.testing.assert_allclose(fit_negative_binomial(WORDS - 1), found, rtol=1e-6)


def test_the_helper_of_the_size_is_smooth_where_it_changes_its_formula():
    with mpmath.workdps(40):
        for u in (0.0, 1e-12, 1e-3, 0.4999999, 0.5, 3.0, 1e6):
            exact = 2 * (mpmath.mpf(u) - mpmath.log(1 + mpmath.mpf(u))) / mpmath.mpf(u) ** 2 if u else 1
            assert likelihood._lag(u) == pytest.approx(float(exact), rel=3e-15)


@pytest.mark.parametrize("fit, lowest", [(fit_poisson, 0), (fit_negative_binomial, 0), (fit_geometric, 1)])
def test_a_bad_sample_of_counts_is_named(fit, lowest):
    assert "`x` must not be empty; its shape is (0,)" in message(fit, [])
    assert "`x` must not be NaN; it is nan at index 1" in message(fit, [2, math.nan])
    assert "`x` must be finite; it is inf at index 0" in message(fit, [math.inf, 2])
    assert "`x` must hold whole numbers; it is 2.5 at index 1" in message(fit, [2, 2.5])
    assert f"`x` must be at least {lowest}, where the model begins; it is {lowest - 1} at index 2" in message(fit, [3, 3, lowest - 1])
    assert "`x` must have 1 axes, one observation a row; its shape is (1, 2)" in message(fit, [[1, 2]])
    assert "`x` must have 1 axes" in message(fit, 3)
    assert "`x` must hold real numbers" in message(fit, ["a"])


@pytest.mark.parametrize("fit", [fit_poisson, fit_geometric, fit_negative_binomial, fit_gaussian])
def test_bad_weights_are_named(fit):
    assert "`weights` must hold one number for each observation: shape (3,); it is (2,)" in message(fit, [1, 2, 3], weights=[0.5, 0.5])
    assert "`weights` must sum to 1" in message(fit, [1, 2, 3], weights=[1, 1, 1])
    assert "`weights` must not be negative" in message(fit, [1, 2, 3], weights=[-0.5, 1, 0.5])
    assert "`weights` must not be NaN" in message(fit, [1, 2, 3], weights=[0.5, math.nan, 0.5])


# Gaussians


def test_a_gaussian_by_hand_and_its_divisor():
    assert fit_gaussian([1.0, 3.0]) == (2, 1)
    mean, covariance = fit_gaussian([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]])
    assert mean.tolist() == [1, 1]
    assert covariance.tolist() == [[1, 0], [0, 1]]
    assert fit_gaussian([0.0, 1.0], weights=[0.75, 0.25]) == (0.25, 0.1875)


def test_agreement_with_scikit_learn():
    x = np.random.default_rng(4).standard_normal((60, 5)) @ np.random.default_rng(5).standard_normal((5, 5)) + 1e3
    theirs = EmpiricalCovariance().fit(x)
    mean, covariance = fit_gaussian(x)
    np.testing.assert_allclose(mean, theirs.location_, rtol=1e-13)
    np.testing.assert_allclose(covariance, theirs.covariance_, rtol=1e-9, atol=1e-12)
    assert (covariance == covariance.T).all()


def test_agreement_with_scipy_on_real_numbers():
    mean, variance = fit_gaussian(body_mass_index())
    assert (mean, math.sqrt(variance)) == pytest.approx(stats.norm.fit(body_mass_index()), rel=1e-13)


def test_no_gaussian_nearby_is_more_likely():
    x = np.random.default_rng(6).standard_t(5, size=(40, 3))
    mean, covariance = fit_gaussian(x)
    best = stats.multivariate_normal(mean, covariance).logpdf(x).mean()
    for seed in range(50):
        rng = np.random.default_rng(seed)
        change = rng.standard_normal((3, 3)) * 0.02
        other = stats.multivariate_normal(mean + change[0], (np.eye(3) + change) @ covariance @ (np.eye(3) + change).T)
        assert other.logpdf(x).mean() < best


def test_weights_repeat_rows():
    x = np.random.default_rng(7).standard_normal((4, 2))
    times = np.array([1, 2, 0, 3])
    for one, other in zip(fit_gaussian(x, weights=times / 6), fit_gaussian(np.repeat(x, times, axis=0))):
        np.testing.assert_allclose(one, other, rtol=1e-13)


def test_a_far_away_sample_keeps_its_variance():
    x = np.random.default_rng(8).standard_normal(1000)
    assert fit_gaussian(x + 1e8)[1] == pytest.approx(fit_gaussian(x)[1], rel=1e-7)
    assert fit_gaussian(x * 1e-150)[1] == pytest.approx(fit_gaussian(x)[1] * 1e-300, rel=1e-12)


@pytest.mark.parametrize(
    "x, weights",
    [
        ([2.0], None),
        ([0.1, 0.1, 0.1], None),
        ([1.0, 2.0], [1.0, 0.0]),
        ([[0.0, 0.0], [1.0, 1.0], [3.0, 3.0]], None),
        ([[0.0, 1.0], [1.0, 1.0], [3.0, 1.0]], None),
        ([[0.0, 1e9], [1.0, -1e9]], None),
        (np.random.default_rng(9).random((5, 5)), None),
    ],
    ids=["one", "equal", "weightless", "on a line", "constant", "two in a plane", "five in five"],
)
def test_a_sample_without_spread_has_no_best_gaussian(x, weights):
    assert "likelihood has no maximum" in message(fit_gaussian, x, weights)


def test_six_points_in_five_dimensions_have_one():
    assert np.linalg.eigvalsh(fit_gaussian(np.random.default_rng(10).random((6, 5)))[1])[0] > 0


def test_a_bad_sample_of_vectors_is_named():
    assert "`x` must not be empty" in message(fit_gaussian, np.zeros((0, 2)))
    assert "`x` must not be empty" in message(fit_gaussian, np.zeros((2, 0)))
    assert "`x` must not be NaN; it is nan at index (0, 1)" in message(fit_gaussian, [[0.0, math.nan], [1.0, 1.0]])
    assert "`x` must have 1 or 2 axes, one observation a row; its shape is (1, 1, 1)" in message(fit_gaussian, [[[0.0]]])


# Kernels


def test_a_kernel_model_by_hand():
    height = 1 / math.sqrt(2 * math.pi)
    assert kernel_log_density([0.0], [0.0], 1.0)[0] == pytest.approx(math.log(height), rel=1e-15)
    assert kernel_log_density([0.0], [0.0], 0.5)[0] == pytest.approx(math.log(2 * height), rel=1e-15)
    assert kernel_log_density([1.0], [0.0, 2.0], 1.0)[0] == pytest.approx(math.log(height) - 0.5, rel=1e-15)
    assert leave_one_out_log_density([0.0, 3.0], 1.0) == pytest.approx(math.log(height) - 4.5, rel=1e-15)


@pytest.mark.parametrize("shape", [(30,), (30, 1), (30, 3)])
def test_agreement_with_scikit_learn_and_with_models_fitted_one_by_one(shape):
    rng = np.random.default_rng(11)
    x, points = rng.standard_normal(shape), rng.standard_normal((8, *shape[1:]))
    columns = [values.reshape(len(values), -1) for values in (x, points)]
    theirs = KernelDensity(bandwidth=0.7, rtol=0, atol=0).fit(columns[0]).score_samples(columns[1])
    np.testing.assert_allclose(kernel_log_density(points, x, 0.7), theirs, rtol=1e-12)
    one_by_one = [kernel_log_density(x[i : i + 1], np.delete(x, i, axis=0), 0.7)[0] for i in range(30)]
    np.testing.assert_allclose(leave_one_out_log_density(x, 0.7), one_by_one, rtol=1e-12)


@pytest.mark.parametrize("width", [1e-3, 0.3, 100.0])
def test_it_is_a_density(width):
    x = np.array([-1.0, 0.2, 0.9])
    breaks = sorted(np.concatenate([x + s * width for s in (-12, -3, 0, 3, 12)]))
    total = sum(integrate.quad(lambda y: np.exp(kernel_log_density([y], x, width)[0]), a, b)[0] for a, b in zip(breaks, breaks[1:]))
    assert total == pytest.approx(1, rel=1e-8)


def test_blocks_change_nothing(monkeypatch):
    x = np.random.default_rng(12).standard_normal((50, 2))
    whole = kernel_log_density(x, x, 0.5), leave_one_out_log_density(x, 0.5)
    monkeypatch.setattr(likelihood, "BLOCK", 170)  # three rows at a time, two in the last block
    np.testing.assert_array_equal(kernel_log_density(x, x, 0.5), whole[0])
    np.testing.assert_array_equal(leave_one_out_log_density(x, 0.5), whole[1])


def test_far_away_and_far_too_narrow():
    # The exponent is exact where the density is far below the smallest float.
    assert kernel_log_density([1e4], [0.0], 1.0)[0] == pytest.approx(-5e7 - math.log(2 * math.pi) / 2, rel=1e-15)
    assert kernel_log_density([1.0], [0.0], 1e-200)[0] == -math.inf
    assert kernel_log_density([1.0], [1.0], 1e-200)[0] == pytest.approx(200 * math.log(10) - math.log(2 * math.pi) / 2, rel=1e-15)


def test_training_likelihood_has_no_bound_and_left_out_likelihood_has_a_maximum():
    x = np.random.default_rng(13).standard_normal(100)
    widths = 10.0 ** np.arange(-8, 2)
    train = [mean_log_likelihood(kernel_log_density(x, x, h)) for h in widths]
    left_out = [mean_log_likelihood(leave_one_out_log_density(x, h)) for h in widths]
    assert (np.diff(train[:6]) < -3).all(), "log2(10) = 3.3 bits each time that h is divided by ten"
    assert 0 < np.argmax(left_out) < len(widths) - 1
    assert left_out[0] < -1e6


def test_twins_vouch_for_each_other():
    x = np.repeat(np.random.default_rng(14).standard_normal(50), 2)
    narrow, narrower = (leave_one_out_log_density(x, h).mean() for h in (1e-6, 1e-8))
    assert narrower - narrow == pytest.approx(math.log(100), rel=1e-6)
    assert narrow == pytest.approx(-math.log(99 * 1e-6 * math.sqrt(2 * math.pi)), rel=1e-9)


@pytest.mark.parametrize(
    ("width", "rule"),
    [(0, "positive; it is 0"), (-1.0, "positive; it is -1"), (math.nan, "not be NaN; it is nan"), (math.inf, "finite; it is inf")],
)
def test_a_bad_bandwidth_is_named(width, rule):
    for function in (lambda h: kernel_log_density([0.0], [1.0], h), lambda h: leave_one_out_log_density([0.0, 1.0], h)):
        assert rule in message(function, width)
        assert "`bandwidth` must be a single number; its shape is (2,)" in message(function, np.array([1.0, 2.0]))


def test_bad_samples_and_shapes_are_named():
    assert "`points` and `x` must hold observations of one kind; their shapes are (2,) and (2, 3)" in message(
        kernel_log_density, [0.0, 1.0], np.zeros((2, 3)), 1.0
    )
    assert "their shapes are (2, 2) and (2, 3)" in message(kernel_log_density, np.zeros((2, 2)), np.zeros((2, 3)), 1.0)
    assert "`points` must not be empty" in message(kernel_log_density, [], [1.0], 1.0)
    assert "`x` must not be empty" in message(kernel_log_density, [1.0], [], 1.0)
    assert "`x` must not be NaN; it is nan at index 0" in message(kernel_log_density, [1.0], [math.nan], 1.0)
    assert "`points` must be finite; it is -inf at index 0" in message(kernel_log_density, [-math.inf], [1.0], 1.0)
    assert "`x` must not be NaN" in message(leave_one_out_log_density, [0.0, math.nan], 1.0)
    assert "`x` must hold at least 2 observations to leave one out; it holds 1" in message(leave_one_out_log_density, [0.0], 1.0)


def test_nothing_is_changed_in_place():
    x, weights, points = np.array([0.0, 1.0, 5.0]), np.array([0.2, 0.3, 0.5]), np.array([0.5, 1.5])
    kept = [values.copy() for values in (x, weights, points)]
    fit_gaussian(x, weights), fit_poisson(x, weights), fit_negative_binomial(x, weights)
    kernel_log_density(points, x, 1.0), leave_one_out_log_density(x, 1.0), mean_log_likelihood(x)
    for values, before in zip((x, weights, points), kept):
        np.testing.assert_array_equal(values, before)


def test_scipys_sum_of_exponentials_is_what_the_kernels_need():
    # A row with no kernel in reach is minus infinity and no NaN, and without a warning (warnings are errors here).
    assert special.logsumexp(np.full((1, 3), -np.inf), axis=1)[0] == -np.inf
