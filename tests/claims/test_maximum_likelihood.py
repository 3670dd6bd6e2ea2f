"""The claims about maximum likelihood, each shown by a route of its own."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from scipy import integrate, stats

from lib import entropy, kl_divergence, normalize
from lib.data import LETTERS, english_text, letter_distribution, word_lengths
from lib.likelihood import fit_gaussian, fit_geometric, fit_poisson, kernel_log_density, mean_log_likelihood

WORDS = word_lengths(english_text())


def geometric_kl(truth, model):
    """Return D of one geometric law from another, in nats, in closed form."""
    return np.log(truth / model) + (1 - truth) / truth * np.log((1 - truth) / (1 - model))


# Maximum likelihood and KL


def test_s1_13_holds_for_the_empirical_distribution_exactly():
    # Grids of two families; the likelihood from the observations one by one, KL from their shares by the library.
    values, times = np.unique(WORDS, return_counts=True)
    shares = np.zeros(400)
    shares[values] = times / len(WORDS)
    k = np.arange(400)
    grids = {
        "geometric": (np.linspace(0.1, 0.3, 2001), lambda t, x: stats.geom.logpmf(x, t)),
        "Poisson": (np.linspace(3, 6, 2001), lambda t, x: stats.poisson.logpmf(x - 1, t)),
    }
    for grid, log_q in grids.values():
        likelihoods = np.array([times @ log_q(t, values) for t in grid])
        table = np.array([normalize(np.exp(log_q(t, k[1:]))) for t in grid])
        divergences = kl_divergence(shares[1:], table, base=math.e)
        assert likelihoods.argmax() == divergences.argmin()
        total = likelihoods / len(WORDS) + divergences
        np.testing.assert_allclose(total, -entropy(shares, base=math.e), rtol=1e-12)


def test_s1_13_holds_in_the_limit_at_the_rate_of_half_a_nat_a_parameter():
    # Geometric laws with one parameter: the sum of n draws is n more than a negative binomial. Five seeds, each n.
    truth, sizes, repeats = 0.3, np.array([300, 1000, 3000, 10_000, 30_000]), 4000
    steps = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        sums = np.array([n + stats.nbinom.rvs(n, truth, size=repeats, random_state=rng) for n in sizes])
        divergences = geometric_kl(truth, sizes[:, None] / sums)
        means, errors = divergences.mean(axis=1), divergences.std(axis=1) / math.sqrt(repeats)
        assert (abs(2 * sizes * means - 1) < 4 * 2 * sizes * errors + 2 / sizes).all()
        weight = (means / errors) ** 2
        x = np.log(sizes) - np.average(np.log(sizes), weights=weight)
        steps.append((weight * x) @ np.log(means) / (weight @ x**2))
        error = (weight @ x**2) ** -0.5
        assert error < 0.01
        assert abs(steps[-1] + 1) < 4 * error
    assert abs(np.mean(steps) + 1) < 4 * error / math.sqrt(5)
    # and the library's fit is n over the sum
    sample = stats.geom.rvs(truth, size=50, random_state=np.random.default_rng(9))
    assert fit_geometric(sample) == pytest.approx(50 / sample.sum(), rel=1e-14)


def test_s1_14_holds_one_maximiser_and_a_product_that_vanishes():
    # Exact: the likelihoods of a short text as fractions, in the order of their logarithms.
    shares = [Fraction(int(c), 10) for c in (5, 3, 2)]
    text = [0, 0, 1, 2, 0, 1, 0, 0, 2, 1]
    models = [[(1 - Fraction(t, 10)) * s + Fraction(t, 10) / 3 for s in shares] for t in range(11)]
    products = [math.prod(model[i] for i in text) for model in models]
    sums = [mean_log_likelihood(np.log([float(model[i]) for i in text])) for model in models]
    assert np.argsort(sums).tolist() == sorted(range(11), key=products.__getitem__)
    # In floats: the product of a real text is 0 for every model, the sum has its maximum where it must be.
    english = letter_distribution(english_text())
    letters = [LETTERS.index(c) for c in english_text().lower() if c in LETTERS]
    mixing = np.linspace(0, 1, 21)[:, None]
    table = (mixing * english + (1 - mixing) / 26)[:, letters]
    assert (table.prod(axis=1) == 0).all()
    assert mean_log_likelihood(np.log(table)).argmax() == 20
    assert mean_log_likelihood(np.log(table))[20] == pytest.approx(-entropy(english), rel=1e-12)


def test_s1_15_holds_for_a_discrete_sample():
    # The objective with and without the entropy: one argmax, and a finite constant between them of at most log n.
    x = WORDS[:200] - 1
    values, times = np.unique(x, return_counts=True)
    grid = np.linspace(2, 7, 5001)
    without = np.array([times @ stats.poisson.logpmf(values, t) for t in grid]) / 200
    constant = np.sum(times / 200 * np.log(times / 200))
    assert -math.log(200) < constant < 0
    assert without.argmax() == (without - constant).argmax() == abs(grid - fit_poisson(x)).argmin()


def test_s1_15_fails_for_a_sample_of_a_density():
    # Cells ever narrower: the divergence from every model grows by log 10 a step, without end; differences settle.
    x = np.random.default_rng(0).standard_normal(100)
    models = stats.norm(*(lambda m, v: (m, math.sqrt(v)))(*fit_gaussian(x))), stats.norm(0.3, 1.5), stats.t(3)
    values = []
    for width in 10.0 ** -np.arange(2, 9):
        cells, times = np.unique(np.floor(x / width), return_counts=True)
        q = [np.log(model.cdf((cells + 1) * width) - model.cdf(cells * width)) for model in models]
        values.append([np.sum(times / 100 * (np.log(times / 100) - row)) for row in q])
    values = np.array(values)
    np.testing.assert_allclose(np.diff(values[2:], axis=0), math.log(10), rtol=0.02)
    assert values[-1].min() > 10
    limits = np.array([model.logpdf(x).mean() for model in models])
    np.testing.assert_allclose(values[4] - values[4, 0], limits[0] - limits, atol=1e-4)
    # In the limit itself: infinite, whatever the parameter, so that no argmin is left.
    assert all(model.cdf(x[0]) - model.cdf(x[0]) == 0 for model in models)
    assert kl_divergence([1.0, 0.0], [0.0, 1.0]) == math.inf


def test_s1_16_counterexample_the_integral_has_the_other_sign():
    # By algebra, for exponential densities with rates r and s.
    x, r, s = sympy.symbols("x r s", positive=True)
    p, log_ratio = r * sympy.exp(-r * x), sympy.log(s / r) - (s - r) * x
    integral = sympy.integrate(sympy.expand(p * log_ratio), (x, 0, sympy.oo))
    kl = sympy.log(r / s) + s / r - 1
    assert sympy.simplify(integral + kl) == 0
    assert sympy.simplify(integral - kl) != 0
    assert sympy.minimum(kl.subs(r, 1), s, sympy.Interval(sympy.Rational(1, 100), 100)) == 0
    # By quadrature, for a Gaussian and a Student density, and for discrete laws drawn at random.
    p, q = stats.norm(0, 1), stats.t(4, 0.5)
    value, _ = integrate.quad(lambda t: p.pdf(t) * (q.logpdf(t) - p.logpdf(t)), -30, 30)
    assert value < -0.1
    shares = np.random.default_rng(1).dirichlet(np.ones(5), size=(2, 500))
    literal = np.sum(shares[0] * np.log2(shares[1] / shares[0]), axis=-1)
    np.testing.assert_allclose(literal, -kl_divergence(*shares), rtol=1e-9)
    assert (literal < 0).all()


def test_s1_18_counterexample_a_perfect_model_gets_minus_the_entropy_and_no_model_gets_more():
    rng = np.random.default_rng(2)
    truth = letter_distribution(english_text())
    m = 2000
    sample = rng.choice(26, p=truth, size=m)
    perfect = mean_log_likelihood(np.log(truth)[sample])
    deviation = np.log2(truth)[sample].std() / math.sqrt(m)
    assert abs(perfect + entropy(truth)) < 4 * deviation
    assert -math.inf < perfect * m < -4 * m, "the likelihood of the perfect model: below 2^-8000"
    # 1,000 other models, from near to far: none exceeds the ceiling in expectation.
    others = normalize(truth * np.exp(rng.standard_normal((1000, 26)) * np.geomspace(1e-3, 1, 1000)[:, None]))
    assert (np.log2(others) @ truth < -entropy(truth)).all()
    # On their own training data fitted shares do exceed it, on average over 2,000 samples of 200 letters.
    fits = rng.multinomial(200, truth, size=2000) / 200
    training = -entropy(fits)
    assert training.mean() + entropy(truth) > 20 * training.std() / math.sqrt(2000)


def test_s1_18_counterexample_a_kernel_model_has_any_training_likelihood_and_fails_on_new_data():
    # Ten samples of 100 from a standard Gaussian, whose entropy is known.
    ceiling = -stats.norm.entropy() / math.log(2)
    for seed in range(10):
        x, new = np.random.default_rng(seed).standard_normal((2, 100))
        train = [mean_log_likelihood(kernel_log_density(x, x, h)) for h in (0.1, 1e-3, 1e-6, 1e-12)]
        assert ceiling < train[0] < train[1] < train[2] < train[3]
        assert train[3] > 30
        y = np.linspace(-9, 9, 3601)
        expected = [normalize(stats.norm.pdf(y)) @ kernel_log_density(y, x, h) / math.log(2) for h in (1.0, 0.4, 0.1, 0.01)]
        assert max(expected) < ceiling
        assert expected[3] < expected[2] < expected[1]
        assert expected[3] < ceiling - 10
        assert mean_log_likelihood(kernel_log_density(new, x, 1e-3)) < -1000
