"""Critics: the best one for Gaussians, and the quadratic one that is fitted."""

import math

import numpy as np
import pytest
from scipy import stats

from lib.critics import fit_quadratic_critic, gaussian_critic, quadratic_critic
from lib.monte_carlo import mean_and_error
from lib.variational_bounds import BOUNDS, donsker_varadhan, info_nce, nwj

FUNCTIONS = {"donsker_varadhan": donsker_varadhan, "nwj": nwj, "info_nce": info_nce}


def pairs(information, n, d, seed):
    rng, rho = np.random.default_rng(seed), math.sqrt(-math.expm1(-2 * information / d))
    x = rng.standard_normal((n, d))
    return x, rho * x + math.sqrt(1 - rho**2) * rng.standard_normal((n, d)), rho


@pytest.mark.parametrize("rho", [-0.9, 0.0, 0.3, 0.99])
def test_the_gaussian_critic_is_the_log_ratio_of_scipy_s_densities(rho):
    x, y, _ = pairs(1.0, 5, 3, seed=0)
    joint = stats.multivariate_normal(np.zeros(2), [[1, rho], [rho, 1]])
    for i in range(5):
        for j in range(5):
            exact = sum(joint.logpdf([x[i, k], y[j, k]]) - stats.norm.logpdf(x[i, k]) - stats.norm.logpdf(y[j, k]) for k in range(3))
            assert gaussian_critic(x, y, rho)[i, j] == pytest.approx(exact, rel=1e-11, abs=1e-12)


def test_the_quadratic_critic_by_its_sums():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(4, 2)), rng.normal(size=(4, 3))
    a, b, c, constant = rng.normal(size=(2, 3)), rng.normal(size=(2, 2)), rng.normal(size=(3, 3)), 0.7
    scores = quadratic_critic(x, y, (a, b, c, constant))
    for i in range(4):
        for j in range(4):
            assert scores[i, j] == pytest.approx(x[i] @ a @ y[j] + x[i] @ b @ x[i] + y[j] @ c @ y[j] + constant)


@pytest.mark.parametrize("bound", BOUNDS)
def test_the_fit_is_a_maximum_on_its_samples(bound):
    x, y, rho = pairs(1.0, 300, 2, seed=2)
    weights = fit_quadratic_critic(x, y, bound=bound)
    best = FUNCTIONS[bound](quadratic_critic(x, y, weights))
    assert best >= FUNCTIONS[bound](gaussian_critic(x, y, rho) + (bound == "nwj"))
    rng = np.random.default_rng(3)
    for _ in range(30):
        moved = [np.asarray(w) + 1e-2 * rng.normal(size=np.shape(w)) for w in weights]
        assert FUNCTIONS[bound](quadratic_critic(x, y, moved)) <= best + 1e-6


@pytest.mark.parametrize("bound", BOUNDS)
def test_fitted_and_best_critic_come_close_on_fresh_pairs(bound):
    x, y, rho = pairs(2.0, 1500, 3, seed=4)
    weights = fit_quadratic_critic(x, y, bound=bound)
    values = []
    for seed in range(5, 65):  # 60 fresh batches
        fresh = pairs(2.0, 128, 3, seed=seed)[:2]
        best = FUNCTIONS[bound](gaussian_critic(*fresh, rho) + (bound == "nwj"), base=math.e)
        values.append(best - FUNCTIONS[bound](quadratic_critic(*fresh, weights), base=math.e))
    mean, error = mean_and_error(values)
    assert -4 * error < mean < 0.05


def test_the_fitted_weights_find_the_sign_and_size_of_the_correlation():
    x, y, rho = pairs(1.0, 1500, 1, seed=70)
    a, b, c, constant = fit_quadratic_critic(x, y, bound="donsker_varadhan")
    assert a[0, 0] == pytest.approx(rho / (1 - rho**2), rel=0.1)
    assert b[0, 0] == pytest.approx(-(rho**2) / (2 - 2 * rho**2), rel=0.15)
    assert c[0, 0] == pytest.approx(-(rho**2) / (2 - 2 * rho**2), rel=0.15)


def test_a_bound_without_a_maximum_grows_with_the_steps():
    # Few pairs with much information: partners can be put above all strangers, and the scores scaled up for ever.
    x, y, _ = pairs(10.0, 60, 5, seed=71)
    few, more = (fit_quadratic_critic(x, y, bound="donsker_varadhan", steps=steps) for steps in (20, 60))
    values = [donsker_varadhan(quadratic_critic(x, y, w), base=math.e) for w in (few, more)]
    assert values[1] > values[0] > 10


@pytest.mark.parametrize("seed", [0, 1, 2, 8, 11, 14])
def test_nwj_survives_a_step_that_leaves_the_range_of_floats(seed):
    # In each of these cases the search for a step meets an infinite exponential, which once became NaN with a warning.
    x, y, _ = pairs(14.0, 300, 5, seed=seed)
    weights = fit_quadratic_critic(x, y, bound="nwj", steps=200)
    assert nwj(quadratic_critic(x, y, weights)) > nwj(np.ones((300, 300)))


# Errors


ZERO = ([[0.0]], [[0.0]], [[0.0]], 0.0)


@pytest.mark.parametrize(
    "x, y, weights, words",
    [
        ([[1.0]], [[1.0], [2.0]], ZERO, "`x` and `y` must hold the same samples; they have 1 and 2 rows"),
        ([1.0], [[1.0]], ZERO, r"`x` must be a matrix with one sample a row; its shape is \(1,\)"),
        ([[1.0]], [[math.nan]], ZERO, "`y` must not be NaN"),
        ([[math.inf]], [[1.0]], ZERO, "`x` must be finite"),
        ([[1.0]], [[1.0]], ([[0.0, 1.0]], [[0.0]], [[0.0]], 0.0), "`weights` must have shapes"),
        ([[1.0]], [[1.0]], ([[0.0]], [[0.0]], [[math.nan]], 0.0), "`weights` must not be NaN"),
    ],
)
def test_bad_samples_of_a_critic_are_refused(x, y, weights, words):
    with pytest.raises(ValueError, match=words):
        quadratic_critic(x, y, weights)


@pytest.mark.parametrize(
    "x, y, correlation, words",
    [
        ([[1.0, 2.0]], [[1.0]], 0.5, "must have partners in every coordinate"),
        ([[1.0]], [[1.0]], 1.0, "`correlation` must lie between -1 and 1; it is 1.0"),
        ([[1.0]], [[1.0]], math.nan, "`correlation` must lie between -1 and 1"),
        ([[1.0]], [[1.0], [0.0]], 0.5, "must hold the same samples"),
    ],
)
def test_bad_gaussian_pairs_are_refused(x, y, correlation, words):
    with pytest.raises(ValueError, match=words):
        gaussian_critic(x, y, correlation)


@pytest.mark.parametrize(
    "x, y, bound, words",
    [
        ([[1.0]], [[1.0]], "nwj", "`x` must hold at least 2 samples along axis -2; it holds 1"),
        ([[1.0], [2.0]], [[1.0], [2.0]], "mine", "`bound` must be one of 'donsker_varadhan', 'nwj', 'info_nce'; it is 'mine'"),
        ([[1.0], [math.nan]], [[1.0], [2.0]], "nwj", "`x` must not be NaN"),
    ],
)
def test_a_fit_without_sense_is_refused(x, y, bound, words):
    with pytest.raises(ValueError, match=words):
        fit_quadratic_critic(x, y, bound=bound)
