import math

import mpmath
import numpy as np
import pytest
from scipy import integrate, stats

from lib.gaussian import gaussian_kl
from lib.mixtures import Mixture, mixture_kl, mixture_log_density, mixture_moments, reverse_kl_of_gaussians

HILLS = Mixture([0.6, 0.4], [-2, 2], [0.7, 0.7])


def gaussian(mean, sd):
    return Mixture([1.0], [mean], [sd])


def random_mixture(rng, k):
    return Mixture(rng.dirichlet(np.ones(k)), rng.uniform(-3, 3, k), rng.uniform(0.4, 2, k))


def density(x, mixture):
    return sum(w * stats.norm(m, s).pdf(x) for w, m, s in zip(*mixture))


def test_the_log_density_is_the_log_of_the_sum():
    rng = np.random.default_rng(0)
    for k in (1, 2, 5):
        mixture, x = random_mixture(rng, k), rng.uniform(-6, 6, (3, 4))
        assert mixture_log_density(x, mixture).shape == (3, 4)
        np.testing.assert_allclose(np.exp(mixture_log_density(x, mixture)), density(x, mixture), rtol=1e-12)
    far = mixture_log_density(200.0, HILLS)  # the density itself is below the least float
    assert far == pytest.approx(math.log(0.4) + stats.norm(2, 0.7).logpdf(200), rel=1e-14, abs=0)


def test_a_component_of_weight_0_is_not_there():
    x = np.linspace(-3, 3, 7)
    np.testing.assert_allclose(mixture_log_density(x, Mixture([1, 0], [0, 2], [1, 1])), stats.norm.logpdf(x), rtol=1e-14)


def test_moments_by_hand_and_by_integration():
    assert mixture_moments(Mixture([0.5, 0.5], [-3, 3], [4, 4])) == (0, 5)
    rng = np.random.default_rng(1)
    for k in (1, 2, 4):
        mixture = random_mixture(rng, k)
        first, second = (integrate.quad(lambda x, n=n: x**n * density(x, mixture), -40, 40, limit=400, epsabs=1e-12)[0] for n in (1, 2))
        assert mixture_moments(mixture) == pytest.approx((first, math.sqrt(second - first**2)), rel=1e-9, abs=1e-9)


def test_one_component_agrees_with_the_closed_form():
    rng = np.random.default_rng(2)
    for _ in range(100):
        (m, n), (s, t) = rng.uniform(-3, 3, 2), np.exp(rng.uniform(-2, 2, 2))
        closed = gaussian_kl(m, s**2, n, t**2)
        assert mixture_kl(gaussian(m, s), gaussian(n, t)) == pytest.approx(closed, rel=1e-11, abs=1e-11)
        assert reverse_kl_of_gaussians(m, s, gaussian(n, t)) == pytest.approx(closed, rel=1e-11, abs=1e-11)


def test_mixtures_agree_with_adaptive_quadrature_of_another_library():
    with mpmath.workdps(25):
        def log_density(x, mixture):
            return mpmath.log(mpmath.fsum(w * mpmath.npdf(x, m, s) for w, m, s in zip(*mixture)))

        for p, q in ((HILLS, gaussian(-0.4, 2)), (gaussian(-2, 0.7), HILLS), (HILLS, Mixture([0.3, 0.7], [-1, 2], [1, 0.5]))):
            p, q = (Mixture(*(list(map(mpmath.mpf, v)) for v in side)) for side in (p, q))
            terms = lambda x: mpmath.exp(log_density(x, p)) * (log_density(x, p) - log_density(x, q))
            right = mpmath.quad(terms, [-14, -5, -3, -2, -1, 0, 1, 2, 3, 5, 14])
            sides = (Mixture(*(np.array(list(map(float, v))) for v in side)) for side in (p, q))
            assert mixture_kl(*sides, base=math.e) == pytest.approx(float(right), rel=1e-11, abs=1e-11)


def test_a_mixture_is_at_distance_0_from_itself_in_other_words():
    split = Mixture([0.25, 0.4, 0.35], [-2, 2, -2], [0.7, 0.7, 0.7])
    for p, q in ((HILLS, HILLS), (HILLS, split), (split, HILLS)):
        assert abs(mixture_kl(p, q)) < 1e-14


def test_the_unit_is_that_of_the_base():
    values = [mixture_kl(HILLS, gaussian(0, 2), base=base) for base in (2, math.e)]
    assert values[1] == pytest.approx(values[0] * math.log(2), rel=1e-14, abs=0)
    values = [reverse_kl_of_gaussians(0, 2, HILLS, base=base) for base in (2, math.e)]
    assert values[1] == pytest.approx(values[0] * math.log(2), rel=1e-14, abs=0)


def test_a_landscape_broadcasts_and_agrees_with_single_divergences():
    means, sds = np.linspace(-3, 3, 31), np.array([0.3, 0.7, 2.0, 5.0, 1.0, 1.5, 2.5, 3.0, 4.0, 0.5])
    landscape = reverse_kl_of_gaussians(means[:, None], sds, HILLS)
    assert landscape.shape == (31, 10)  # more than the 256 that are taken at a time
    for i, j in ((0, 0), (7, 3), (25, 8), (30, 9)):
        assert landscape[i, j] == pytest.approx(mixture_kl(gaussian(means[i], sds[j]), HILLS), rel=1e-10, abs=1e-10)


def test_widths_that_differ_too_much_are_said_and_not_hidden():
    needles = Mixture([0.5, 0.5], [-1, 1], [1e-6, 1e-6])
    with pytest.raises(RuntimeError, match=r"`p` and `q` must differ less in width: \d+ points a component still moved"):
        mixture_kl(gaussian(0, 1), needles)


@pytest.mark.parametrize(
    "mixture, words",
    [
        (([0.5, 0.4], [0, 1], [1, 1]), r"`weights` must sum to 1 along axis -1 within 1e-09; it sums to 0.9"),
        (([1.5, -0.5], [0, 1], [1, 1]), "`weights` must not be negative"),
        (([0.5, 0.5], [0, 1], [1, 0]), "`sds` must be positive; it is 0 at index 1"),
        (([0.5, 0.5], [0, 1], [1, -2]), "`sds` must be positive; it is -2 at index 1"),
        (([0.5, 0.5], [0, math.nan], [1, 1]), "`means` must not be NaN"),
        (([0.5, 0.5], [0, math.inf], [1, 1]), "`means` must be finite"),
        (([0.5, 0.5], [0, 1, 2], [1, 1]), r"must be vectors of one length; their shapes are \(2,\), \(3,\) and \(2,\)"),
        (([[0.5, 0.5]], [[0, 1]], [[1, 1]]), "must be vectors of one length"),
        (([], [], []), "`weights` must not be empty"),
        (([1.0], [0.0]), "must be a Mixture: weights, means and sds; it is"),
        (3.0, "must be a Mixture: weights, means and sds; it is 3.0"),
    ],
)
@pytest.mark.parametrize(
    "function",
    [
        lambda m: mixture_log_density(0.0, m),
        mixture_moments,
        lambda m: mixture_kl(m, HILLS),
        lambda m: mixture_kl(HILLS, m),
        lambda m: reverse_kl_of_gaussians(0.0, 1.0, m),
    ],
)
def test_what_is_no_mixture_is_an_error(function, mixture, words):
    with pytest.raises(ValueError, match=words):
        function(mixture)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: mixture_log_density(math.nan, HILLS), "`x` must not be NaN"),
        (lambda: reverse_kl_of_gaussians(0, 0, HILLS), "`sd` must be positive; it is 0"),
        (lambda: reverse_kl_of_gaussians(math.inf, 1, HILLS), "`mean` must be finite"),
        (lambda: reverse_kl_of_gaussians(np.zeros(2), np.ones(3), HILLS), "`mean` and `sd` must have shapes that broadcast"),
        (lambda: mixture_kl(HILLS, HILLS, base=0.5), "`base` must be a finite number greater than 1"),
    ],
)
def test_other_bad_input_is_an_error(call, words):
    with pytest.raises(ValueError, match=words):
        call()
