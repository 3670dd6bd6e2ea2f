"""Each labelled equation of the chapter, both sides by different routes."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from scipy import integrate, optimize, special, stats

from lib import entropy, kl_divergence, normalize
from lib.data import english_text, word_lengths
from lib.gaussian import gaussian_kl
from lib.likelihood import (
    fit_gaussian,
    fit_geometric,
    fit_negative_binomial,
    fit_poisson,
    kernel_log_density,
    mean_log_likelihood,
)

WORDS = word_lengths(english_text())


def poisson_kl(truth, model):
    return truth * np.log(truth / model) - truth + model


def mixture_moments():
    """Return a mixture of two Gaussians on a fine grid: points and probabilities."""
    x = np.linspace(-14, 14, 28_001)
    return x, normalize(stats.norm.pdf(x, -2, 0.6) + stats.norm.pdf(x, 1.5, 1))


# The likelihood


def test_eq_ml_likelihood():
    # A model of three outcomes and all 3^5 samples of five: exact products, which sum to 1, against the library's mean.
    q = [Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)]
    total = 0
    for sample in np.ndindex(3, 3, 3, 3, 3):
        product = math.prod(q[i] for i in sample)
        total += product
        mean = mean_log_likelihood(np.log([float(q[i]) for i in sample]))
        assert 2.0 ** (5 * mean) == pytest.approx(float(product), rel=1e-13)
    assert total == 1


def test_eq_ml_log_likelihood():
    t = sympy.symbols("t", positive=True)
    for heads, tails in ((3, 1), (7, 3), (1, 9)):
        product = t**heads * (1 - t) ** tails
        stationary = [root for root in sympy.solve(sympy.diff(product, t), t) if 0 < root < 1]
        assert stationary == sympy.solve(sympy.diff(sympy.log(t) * heads + sympy.log(1 - t) * tails, t), t)
        assert stationary == [sympy.Rational(heads, heads + tails)]
        tosses = [1] * heads + [0] * tails
        value = mean_log_likelihood(stats.bernoulli.logpmf(tosses, 0.4), base=math.e)
        exact = sympy.log(product.subs(t, sympy.Rational(2, 5))) / (heads + tails)
        assert value == pytest.approx(float(exact), rel=1e-13)


def test_eq_ml_split():
    # Left from the observations one by one, right from the measures of the shares.
    rng = np.random.default_rng(0)
    for _ in range(200):
        q = rng.dirichlet(np.full(8, 0.5))
        x = rng.choice(8, p=rng.dirichlet(np.full(8, 0.5)), size=30)
        left = math.fsum(math.log2(q[i]) for i in x) / 30
        shares = normalize(np.bincount(x, minlength=8))
        assert left == pytest.approx(-entropy(shares) - kl_divergence(shares, q), rel=1e-11)
        assert entropy(shares) <= math.log2(30)


def test_eq_ml_argmax():
    # Two searches that share nothing: for the most likely Poisson law, and for the one with the least divergence.
    x = WORDS[:500] - 1
    k = np.arange(60)
    shares = normalize(np.bincount(x, minlength=60))

    def cost(t):
        return -math.fsum(stats.poisson.logpmf(x, t))

    def divergence(t):
        return kl_divergence(shares, normalize(stats.poisson.pmf(k, t)))

    one, other = (optimize.minimize_scalar(f, bounds=(1, 10), method="bounded", options={"xatol": 1e-10}).x for f in (cost, divergence))
    assert one == pytest.approx(other, rel=1e-7)
    assert one == pytest.approx(fit_poisson(x), rel=1e-7)


def test_eq_ml_sign():
    x = sympy.symbols("x", positive=True)
    integral = sympy.integrate(sympy.exp(-x) * (sympy.log(2) - x), (x, 0, sympy.oo))
    assert sympy.simplify(integral - (sympy.log(2) - 1)) == 0
    assert integral.evalf() < 0
    for m, s in ((0.5, 1.0), (0.0, 2.0), (-1.0, 0.7)):
        p, q = stats.norm(0, 1), stats.norm(m, s)
        value, _ = integrate.quad(lambda t: p.pdf(t) * (q.logpdf(t) - p.logpdf(t)), -14, 14)
        assert value == pytest.approx(-gaussian_kl(0.0, 1.0, m, s**2, base=math.e), rel=1e-9)


# The population


def test_eq_ml_population():
    # By quadrature; and as the limit of means over samples: 200 seeds, whose z scores must look standard.
    p, q = stats.gamma(3), stats.gamma(2, scale=1.2)
    expectation = integrate.quad(lambda t: p.pdf(t) * q.logpdf(t), 0, 80)[0]
    kl = integrate.quad(lambda t: p.pdf(t) * (p.logpdf(t) - q.logpdf(t)), 0, 80)[0]
    assert expectation == pytest.approx(-p.entropy() - kl, rel=1e-9)
    z = []
    for seed in range(200):
        scores = q.logpdf(p.rvs(2000, random_state=np.random.default_rng(seed)))
        z.append((mean_log_likelihood(scores, base=math.e) - expectation) / (scores.std() / math.sqrt(2000)))
    assert abs(np.mean(z)) < 4 / math.sqrt(200)
    assert abs(np.std(z) - 1) < 4 / math.sqrt(400)


def test_eq_ml_fits():
    # A search that sees the log-likelihood only, for a population with unequal weights.
    rng = np.random.default_rng(1)
    k, weights = np.arange(12), rng.dirichlet(np.ones(12))
    for fit, log_q, shift in ((fit_poisson, stats.poisson.logpmf, 0), (fit_geometric, stats.geom.logpmf, 1)):
        top = 12 if shift == 0 else 1 - 1e-9

        def minus(t, log_q=log_q, shift=shift):
            return -(weights @ log_q(k + shift, t))

        found = optimize.minimize_scalar(minus, bounds=(1e-9, top), method="bounded", options={"xatol": 1e-10})
        assert fit(k + shift, weights) == pytest.approx(found.x, rel=1e-6)
    x, weights = rng.standard_normal((12, 2)), rng.dirichlet(np.ones(12))

    def cost(theta):
        factor = np.array([[math.exp(theta[2]), 0], [theta[3], math.exp(theta[4])]])
        return -(weights @ stats.multivariate_normal(theta[:2], factor @ factor.T).logpdf(x))

    found = optimize.minimize(cost, np.zeros(5), method="BFGS", options={"gtol": 1e-9, "maxiter": 500}).x
    factor = np.array([[math.exp(found[2]), 0], [found[3], math.exp(found[4])]])
    mean, covariance = fit_gaussian(x, weights)
    np.testing.assert_allclose(found[:2], mean, atol=1e-5)
    np.testing.assert_allclose(factor @ factor.T, covariance, atol=1e-5)


def test_eq_ml_score():
    # By algebra for a categorical law of three outcomes, and by sums for Poisson: mean 0, and two forms of one matrix.
    a, b = sympy.symbols("a b", positive=True)
    probabilities = (a, b, 1 - a - b)
    scores = [sympy.Matrix([sympy.diff(sympy.log(q), v) for v in (a, b)]) for q in probabilities]
    mean = sum((q * s for q, s in zip(probabilities, scores)), sympy.zeros(2, 1))
    covariance = sum((q * s * s.T for q, s in zip(probabilities, scores)), sympy.zeros(2, 2))
    curvature = sum((q * sympy.hessian(sympy.log(q), (a, b)) for q in probabilities), sympy.zeros(2, 2))
    assert sympy.simplify(mean) == sympy.zeros(2, 1)
    assert sympy.simplify(covariance + curvature) == sympy.zeros(2, 2)
    k, rate = np.arange(200), 4.0
    q, score = stats.poisson.pmf(k, rate), k / rate - 1
    assert q @ score == pytest.approx(0, abs=1e-13)
    assert q @ score**2 == pytest.approx(q @ (k / rate**2), rel=1e-12) == pytest.approx(1 / rate, rel=1e-12)


def test_eq_ml_quadratic():
    # What is left after the quadratic term is of third order, for Poisson and for a Gaussian in both parameters.
    for step in (1e-1, 1e-2, 1e-3):
        assert abs(poisson_kl(4.0, 4.0 + step) - step**2 / 8) < 0.03 * step**3
        direction = np.array([0.6, -0.8]) * step
        fisher = np.diag([1.0, 0.5])  # of mean and variance, at variance 1
        left = gaussian_kl(0.0, 1.0, direction[0], 1 + direction[1], base=math.e)
        assert abs(left - direction @ fisher @ direction / 2) < 1.0 * step**3
        assert abs(left - direction @ fisher @ direction / 2) > 0.01 * step**3, "third order, and no better"


def test_eq_ml_rate():
    # Poisson, one parameter: mean, variance and quantiles of 2 n D from 40,000 samples of 3,000 (sums are Poisson too).
    rates = np.random.default_rng(2).poisson(3000 * 4.0, size=40_000) / 3000
    twice = 2 * 3000 * poisson_kl(4.0, rates)
    assert abs(twice.mean() - 1) < 4 * math.sqrt(2 / 40_000)
    assert abs(twice.var() - 2) < 4 * math.sqrt(56 / 40_000)
    for level in (0.5, 0.9, 0.99):
        assert abs(np.mean(twice < stats.chi2.ppf(level, 1)) - level) < 4 * math.sqrt(level * (1 - level) / 40_000)
    # Gaussian in two dimensions: five parameters.
    rng = np.random.default_rng(3)
    means, covariances = map(np.array, zip(*(fit_gaussian(rng.standard_normal((2000, 2))) for _ in range(1000))))
    twice = 4000 * gaussian_kl(np.zeros(2), np.eye(2), means, covariances, base=math.e)
    assert abs(twice.mean() - 5) < 4 * math.sqrt(10 / 1000) + 0.02
    assert stats.kstest(twice, stats.chi2(5).cdf).pvalue > 1e-4
    assert stats.kstest(twice, stats.chi2(4).cdf).pvalue < 1e-6, "the test would notice another number of parameters"


def test_eq_ml_wilks():
    truth = np.array([0.4, 0.3, 0.2, 0.1])
    samples = np.random.default_rng(4).multinomial(3000, truth, size=20_000) / 3000
    # the identity, both sides from their own formulas
    gain = np.sum(samples * np.log(samples), axis=-1) - samples @ np.log(truth)
    np.testing.assert_allclose(gain, kl_divergence(samples, truth, base=math.e), rtol=1e-6, atol=1e-13)
    twice = 6000 * kl_divergence(samples, truth, base=math.e)
    assert abs(twice.mean() - 3) < 4 * math.sqrt(6 / 20_000)
    for level in (0.5, 0.95):
        assert abs(np.mean(twice < stats.chi2.ppf(level, 3)) - level) < 4 * math.sqrt(level * (1 - level) / 20_000)


def gaussian_rate(n, dim):
    psi = special.digamma((n - np.arange(1, dim + 1)) / 2).sum()
    return (dim * (n + 1) / (n - dim - 2) - dim + dim * math.log(2 / n) + psi) / 2


def test_eq_ml_rate_gaussian():
    # One dimension: by quadrature over the law of the fitted variance, chi-squared with n - 1 over n.
    for n in (5, 20, 300):
        law = stats.chi2(n - 1, scale=1 / n)
        low, high = law.ppf(1e-15), law.isf(1e-15)

        def term(v):
            return law.pdf(v) * (math.log(v) + (1 + 1 / n) / v - 1) / 2

        value = integrate.quad(term, low, law.median(), limit=400)[0] + integrate.quad(term, law.median(), high, limit=400)[0]
        assert gaussian_rate(n, 1) == pytest.approx(value, rel=1e-6)
    # More dimensions: 4,000 samples within four standard errors; and the limit d / 2n.
    for dim, n in ((2, 20), (3, 50)):
        rng = np.random.default_rng(dim)
        means, covariances = map(np.array, zip(*(fit_gaussian(rng.standard_normal((n, dim))) for _ in range(4000))))
        values = gaussian_kl(np.zeros(dim), np.eye(dim), means, covariances, base=math.e)
        assert abs(values.mean() - gaussian_rate(n, dim)) < 4 * values.std() / math.sqrt(4000)
    for dim in (1, 2, 5):
        assert 2e6 * gaussian_rate(1_000_000, dim) == pytest.approx(dim * (dim + 3) / 2, rel=1e-4)


# Continuous data


def test_eq_ml_bins():
    # The remainder of the approximation falls in proportion to the width once no two observations share a cell.
    x = np.random.default_rng(5).standard_normal(40)
    mean = stats.norm.logpdf(x).mean()
    remainders = []
    for width in (1e-3, 1e-4, 1e-5):
        cells, times = np.unique(np.floor(x / width), return_counts=True)
        assert (times == 1).all()
        q = stats.norm.cdf((cells + 1) * width) - stats.norm.cdf(cells * width)
        divergence = np.sum(np.log(1 / 40) - np.log(q)) / 40
        remainders.append(abs(divergence - (-math.log(40) - mean - math.log(width))))
    assert remainders[0] < 1e-3
    assert remainders[2] < remainders[1] / 4 < remainders[0] / 16


def test_eq_ml_smoothing():
    # Moments of the kernel density by quadrature, against those of the sample.
    x = np.random.default_rng(6).standard_normal(15)
    mean, variance = fit_gaussian(x)
    for h in (0.1, 0.7, 2.0):
        span = 12 * h + 5

        def moment(power, h=h):
            return integrate.quad(
                lambda y: y**power * math.exp(kernel_log_density([y], x, h)[0]), mean - span, mean + span, limit=500, points=sorted(x)
            )[0]

        assert moment(1) == pytest.approx(mean, abs=1e-8)
        assert moment(2) - moment(1) ** 2 == pytest.approx(variance + h**2, rel=1e-7)


def test_eq_ml_ceiling():
    rng = np.random.default_rng(7)
    p, q = rng.dirichlet(np.full(6, 0.5), size=(2, 2000))
    assert (np.sum(p * np.log2(q), axis=-1) < -entropy(p)).all()
    np.testing.assert_allclose(np.sum(p * np.log2(p), axis=-1), -entropy(p), rtol=1e-12)
    # densities, by quadrature: a truth and members of other families
    truth = stats.gamma(3)
    for model in (stats.gamma(2.9), stats.lognorm(0.6, scale=2.6), stats.norm(3, 1.8)):
        assert integrate.quad(lambda t: truth.pdf(t) * model.logpdf(t), 0, 90)[0] < -truth.entropy()


def test_eq_ml_kernel_bound():
    for seed in range(20):
        x = np.random.default_rng(seed).standard_normal(30)
        for h in (2.0, 0.1, 1e-3, 1e-9):
            bound = -math.log(30 * h * math.sqrt(2 * math.pi))
            value = mean_log_likelihood(kernel_log_density(x, x, h), base=math.e)
            assert value >= bound
        assert value == pytest.approx(bound, rel=1e-12), "reached when the kernels no longer meet"


def test_eq_ml_optimism():
    # Gaussians: the exact d / (n - D - 2), within four standard errors of 4,000 samples; training by SciPy's density.
    rng = np.random.default_rng(8)
    for dim, n in ((1, 12), (2, 30)):
        gaps = []
        for _ in range(4000):
            x = rng.standard_normal((n, dim))
            mean, covariance = fit_gaussian(x)
            model = stats.multivariate_normal(mean, covariance)
            cost = math.log(np.linalg.det(2 * math.pi * covariance)) + np.trace(np.linalg.inv(covariance))
            gaps.append(model.logpdf(x).mean() + (cost + mean @ np.linalg.solve(covariance, mean)) / 2)
        d = dim * (dim + 3) / 2
        assert abs(np.mean(gaps) - d / (n - dim - 2)) < 4 * np.std(gaps) / math.sqrt(4000)
    # Poisson: d / n with d = 1, from sums that are Poisson; the gap is (x̄ - λ) ln x̄ for the fit x̄ = λ-hat.
    means = rng.poisson(500 * 4.0, size=200_000) / 500
    gaps = (means - 4) * np.log(means)
    assert abs(500 * gaps.mean() - 1) < 4 * 500 * gaps.std() / math.sqrt(200_000)


# Misspecified models


def test_eq_ml_pythagoras():
    rng = np.random.default_rng(9)
    k = np.arange(60)
    for _ in range(50):
        p = np.zeros(60)
        p[:15] = rng.dirichlet(np.full(15, 0.5))
        mean = fit_poisson(k, weights=p)
        for rate in (0.3, 2.0, 9.0):
            left = kl_divergence(p, normalize(stats.poisson.pmf(k, rate)), base=math.e)
            down = kl_divergence(p, normalize(stats.poisson.pmf(k, mean)), base=math.e)
            along = kl_divergence(normalize(stats.poisson.pmf(k, mean)), normalize(stats.poisson.pmf(k, rate)), base=math.e)
            assert left == pytest.approx(down + along, rel=1e-10)
            assert along == pytest.approx(rate - mean + mean * math.log(mean / rate), rel=1e-9, abs=1e-12)


def test_eq_ml_sandwich():
    # A Gaussian fitted to a mixture: J and K by quadrature, the covariance of mean and variance by 4,000 samples.
    x, p = mixture_moments()
    mean, variance = fit_gaussian(x, weights=p)
    score = np.stack([(x - mean) / variance, ((x - mean) ** 2 - variance) / (2 * variance**2)])
    k = (p * score) @ score.T
    j = np.array(
        [
            [1 / variance, p @ ((x - mean) / variance**2)],
            [p @ ((x - mean) / variance**2), p @ ((x - mean) ** 2 / variance**3 - 1 / (2 * variance**2))],
        ]
    )
    sandwich = np.linalg.inv(j) @ k @ np.linalg.inv(j)
    assert abs(sandwich[1, 1] - 2 * variance**2) > 0.4 * 2 * variance**2, "and far from what the model believes"
    rng, n = np.random.default_rng(10), 1000
    fits = []
    for _ in range(4000):
        sample = np.where(rng.random(n) < 0.5, rng.normal(-2, 0.6, n), rng.normal(1.5, 1, n))
        fits.append(fit_gaussian(sample))
    measured = n * np.cov(np.array(fits).T)
    spread = np.sqrt(np.outer(np.diag(sandwich), np.diag(sandwich)) + sandwich**2) / math.sqrt(4000)
    assert (abs(measured - sandwich) < 4 * spread + 3 * abs(sandwich) / n).all()
    # Poisson on negative binomial counts: the sandwich is the variance of the counts, 12 and not 4.
    rates = stats.nbinom.rvs(2 * n, 1 / 3, size=20_000, random_state=rng) / n
    assert n * rates.var() == pytest.approx(12, rel=4 * math.sqrt(2 / 20_000))


def test_eq_ml_negative_binomial():
    # The derivative as written against a numerical one of the log-likelihood, in forty digits; and 0 at the fit.
    x = WORDS[:80] - 1
    mean = x.mean()
    above = [np.mean(x > j) for j in range(x.max())]

    def formula(r):
        return sum(s / (r + j) for j, s in enumerate(above)) - math.log(1 + mean / r)

    def log_likelihood(r):
        p = r / (r + mpmath.mpf(float(mean)))
        terms = [mpmath.loggamma(int(v) + r) - mpmath.loggamma(r) + r * mpmath.log(p) + int(v) * mpmath.log(1 - p) for v in x]
        return mpmath.fsum(terms) / len(x)

    with mpmath.workdps(40):
        for r in (0.5, 3.0, 40.0):
            assert formula(r) == pytest.approx(float(mpmath.diff(log_likelihood, r)), rel=1e-9)
    assert formula(fit_negative_binomial(x)[0]) == pytest.approx(0, abs=1e-12)
