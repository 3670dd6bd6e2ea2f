"""Each labelled equation of the chapter, both sides by different routes."""

import math

import numpy as np
import pytest
import sympy
from scipy import integrate, special, stats

from lib import entropy, kl_divergence
from lib.continuous import beta_kl, dirichlet_kl, exponential_kl, gamma_kl, von_mises_kl
from lib.gaussian import gaussian_cross_entropy, gaussian_entropy, gaussian_kl, gaussian_mutual_information

NATS = {"base": math.e}


def divergence(p, q, low, high, **how):
    """Return the divergence of two laws of SciPy in nats, by quadrature."""
    return integrate.quad(lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), low, high, limit=300, **how)[0]


def masses(law, width, low=-40, high=40):
    edges = np.arange(low, high + width, width)
    return np.where(edges[1:] <= 0, np.diff(law.cdf(edges)), -np.diff(law.sf(edges))), edges


def covariances(seed, d, count):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        a = rng.normal(size=(2, d, d))
        p, q = a @ a.mT + 0.3 * np.eye(d)
        yield rng.normal(size=d), p, rng.normal(size=d), q


def normal_log(x, mean, cov):
    """Return the log density as the formula has it, by inverse and determinant."""
    change = x - mean
    square = np.einsum("...i,ij,...j", change, np.linalg.inv(cov), change)
    return -(len(mean) * math.log(2 * math.pi) + math.log(np.linalg.det(cov)) + square) / 2


def grid_means(mean, cov, f, nodes=16):
    """Return the mean of f under a Gaussian by Gauss-Hermite quadrature, exact for polynomials of degree 31."""
    x, w = np.polynomial.hermite_e.hermegauss(nodes)
    d = len(mean)
    points = np.stack(np.meshgrid(*[x] * d, indexing="ij"), axis=-1).reshape(-1, d)
    weights = np.prod(np.stack(np.meshgrid(*[w / w.sum()] * d, indexing="ij"), axis=-1).reshape(-1, d), axis=-1)
    values, vectors = np.linalg.eigh(cov)
    return weights @ f(mean + points @ (vectors * np.sqrt(values)).T)


def test_eq_continuous_entropy():
    # The integral of SciPy's densities against the library's closed forms and SciPy's own.
    for law, low, high, closed in (
        (stats.norm(1, 0.3), -3, 5, gaussian_entropy(0.09, **NATS)),
        (stats.uniform(0, 1 / 8), 0, 1 / 8, math.log(1 / 8)),
        (stats.expon(scale=2), 0, 90, 1 + math.log(2)),
        (stats.beta(2.5, 4), 0, 1, stats.beta(2.5, 4).entropy()),
    ):
        integral = integrate.quad(lambda x: -law.pdf(x) * law.logpdf(x), low, high)[0]
        assert integral == pytest.approx(closed, rel=1e-8)


@pytest.mark.parametrize("width", [4, 1, 0.5, 0.0625])
@pytest.mark.parametrize("law", [stats.norm(0.3, 1), stats.expon(), stats.gamma(2.5)], ids=["normal", "exponential", "gamma"])
def test_eq_continuous_bins(law, width):
    # H from the masses of the bins, the divergence from the histogram by an integral over each bin.
    p, edges = masses(law, width)
    gap = 0.0
    for mass, low, high in zip(p, edges, edges[1:]):
        if mass > 1e-18:
            gap += integrate.quad(lambda x: law.pdf(x) * (law.logpdf(x) - math.log(mass / width)) if law.pdf(x) else 0.0, low, high)[0]
    assert gap > 0
    assert entropy(p, **NATS) == pytest.approx(float(law.entropy()) - math.log(width) + gap, abs=1e-9)


def test_eq_continuous_speed():
    # The integral by sympy; the gap by the exact identity above.
    x = sympy.symbols("x", real=True)
    normal = sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi)
    assert sympy.integrate(sympy.simplify(normal.diff(x) ** 2 / normal), (x, -sympy.oo, sympy.oo)) == 1
    exponential = sympy.exp(-x)
    assert sympy.integrate(sympy.simplify(exponential.diff(x) ** 2 / exponential), (x, 0, sympy.oo)) == 1
    for law in (stats.norm(), stats.expon(), stats.norm(0, 2)):
        information = 1 / law.var()
        gaps = [entropy(masses(law, w)[0], **NATS) + math.log(w) - float(law.entropy()) for w in (1 / 4, 1 / 8)]
        for gap, w in zip(gaps, (1 / 4, 1 / 8)):
            assert gap == pytest.approx(w**2 / 24 * information, rel=w**2)
        assert gaps[0] / gaps[1] == pytest.approx(4, rel=0.01)


def test_eq_continuous_limit():
    for law in (stats.norm(), stats.expon(), stats.gamma(3), stats.logistic(0, 0.5)):
        left = np.array([entropy(masses(law, w)[0], **NATS) + math.log(w) for w in 2.0 ** -np.arange(-2, 9)])
        exact = float(law.entropy())
        assert (np.diff(left) < 0).all()
        assert (left > exact).all()
        assert left[-1] == pytest.approx(exact, abs=1e-5)


def test_eq_continuous_refinement():
    p, q = stats.norm(0, 1), stats.norm(1, 2)
    seen = [kl_divergence(masses(p, w)[0], masses(q, w)[0], **NATS) for w in 2.0 ** -np.arange(-3, 7)]
    assert (np.diff(seen) > 0).all()
    assert seen[-1] < gaussian_kl(0, 1, 1, 4, **NATS)
    assert seen[-1] == pytest.approx(gaussian_kl(0, 1, 1, 4, **NATS), rel=1e-4)


def test_eq_continuous_change():
    # exp of a normal variable, and a cube root of an exponential one, by the integral of the new density.
    law = stats.lognorm(0.7, scale=math.exp(0.4))
    new = integrate.quad(lambda y: -law.pdf(y) * law.logpdf(y), 1e-9, 1e4, points=[0.5, 2, 20], limit=500)[0]
    assert new == pytest.approx(gaussian_entropy(0.49, **NATS) + 0.4, rel=1e-8)  # log g' = x, with mean 0.4
    root = stats.weibull_min(3)  # the cube root of an exponential variable
    new = integrate.quad(lambda y: -root.pdf(y) * root.logpdf(y), 0, 4)[0]
    slope = integrate.quad(lambda x: stats.expon.pdf(x) * math.log(x ** (-2 / 3) / 3), 0, 60, limit=500)[0]
    assert new == pytest.approx(1 + slope, rel=1e-7)
    a = np.array([[2.0, 1.0], [-0.5, 3.0]])
    assert gaussian_entropy(a @ a.T, **NATS) == pytest.approx(gaussian_entropy(np.eye(2), **NATS) + math.log(6.5), rel=1e-14)


def test_eq_continuous_invariance():
    p, q = stats.lognorm(0.7, scale=math.exp(0.4)), stats.lognorm(1.1, scale=math.exp(-0.2))
    after = divergence(p, q, 1e-9, 1e4, points=[0.5, 2, 20])
    assert after == pytest.approx(gaussian_kl(0.4, 0.49, -0.2, 1.21, **NATS), rel=1e-8)
    p, q = stats.weibull_min(3), stats.weibull_min(3, scale=2)  # cube roots of exponentials of rates 1 and 1/8
    assert divergence(p, q, 1e-12, 6) == pytest.approx(exponential_kl(1, 1 / 8, **NATS), rel=1e-8)


def test_eq_continuous_gaussian_density():
    for mean, cov, _, _ in covariances(0, 3, 10):
        x = np.random.default_rng(1).normal(size=(5, 3))
        np.testing.assert_allclose(normal_log(x, mean, cov), stats.multivariate_normal(mean, cov).logpdf(x), rtol=1e-9)


def test_eq_continuous_quadratic():
    # Under a Gaussian by quadrature, and under a distribution on five points, which is anything but Gaussian.
    for mean_p, cov_p, mean, cov in covariances(2, 3, 10):
        inverse, change = np.linalg.inv(cov), mean_p - mean
        right = np.trace(inverse @ cov_p) + change @ inverse @ change
        left = grid_means(mean_p, cov_p, lambda x: np.einsum("...i,ij,...j", x - mean, inverse, x - mean), nodes=4)
        assert left == pytest.approx(right, rel=1e-9)
    rng = np.random.default_rng(3)
    points, weights = rng.normal(size=(5, 2)), rng.dirichlet(np.ones(5))
    mean_p = weights @ points
    cov_p = (points - mean_p).T @ ((points - mean_p) * weights[:, None])
    mean, inverse = np.array([0.3, -1.0]), np.array([[2.0, 0.5], [0.5, 1.0]])
    left = weights @ np.einsum("...i,ij,...j", points - mean, inverse, points - mean)
    assert left == pytest.approx(np.trace(inverse @ cov_p) + (mean_p - mean) @ inverse @ (mean_p - mean), rel=1e-12)


def test_eq_continuous_gaussian_cross():
    for mean_p, cov_p, mean_q, cov_q in covariances(4, 2, 10):
        by_quadrature = -grid_means(mean_p, cov_p, lambda x: normal_log(x, mean_q, cov_q))
        assert gaussian_cross_entropy(mean_p, cov_p, mean_q, cov_q, **NATS) == pytest.approx(by_quadrature, rel=1e-10)


def test_eq_continuous_gaussian_entropy():
    for mean, cov, _, _ in covariances(5, 3, 10):
        by_quadrature = -grid_means(mean, cov, lambda x: normal_log(x, mean, cov), nodes=6)
        formula = math.log((2 * math.pi * math.e) ** 3 * np.linalg.det(cov)) / 2
        assert gaussian_entropy(cov, **NATS) == pytest.approx(by_quadrature, rel=1e-10)
        assert formula == pytest.approx(by_quadrature, rel=1e-10)


def test_eq_continuous_gaussian_kl():
    for mean_p, cov_p, mean_q, cov_q in covariances(6, 2, 10):
        by_quadrature = grid_means(mean_p, cov_p, lambda x: normal_log(x, mean_p, cov_p) - normal_log(x, mean_q, cov_q))
        inverse, change = np.linalg.inv(cov_q), mean_p - mean_q
        formula = np.trace(inverse @ cov_p) - 2 - math.log(np.linalg.det(cov_p) / np.linalg.det(cov_q)) + change @ inverse @ change
        assert formula / 2 == pytest.approx(by_quadrature, rel=1e-9)
        assert gaussian_kl(mean_p, cov_p, mean_q, cov_q, **NATS) == pytest.approx(by_quadrature, rel=1e-9)


def test_eq_continuous_gaussian_eigen():
    for mean_p, cov_p, mean_q, cov_q in covariances(7, 4, 20):
        # Eigenvalues without the Cholesky factor; the square with the inverse.
        x = np.linalg.eigvals(np.linalg.solve(cov_q, cov_p)).real - 1
        change = mean_p - mean_q
        right = (x - np.log1p(x)).sum() / 2 + change @ np.linalg.inv(cov_q) @ change / 2
        inverse = np.linalg.inv(cov_q)
        left = np.trace(inverse @ cov_p) - 4 - math.log(np.linalg.det(cov_p) / np.linalg.det(cov_q)) + change @ inverse @ change
        assert left / 2 == pytest.approx(right, rel=1e-9)
        assert gaussian_kl(mean_p, cov_p, mean_q, cov_q, **NATS) == pytest.approx(right, rel=1e-9)


def test_eq_continuous_gaussian_mutual():
    for _, cov, _, _ in covariances(8, 5, 20):
        x, y = cov[:2, :2], cov[2:, 2:]
        determinants = math.log(np.linalg.det(x) * np.linalg.det(y) / np.linalg.det(cov)) / 2
        # The canonical correlations by another eigenvalue problem.
        squares = np.linalg.eigvals(np.linalg.solve(x, cov[:2, 2:]) @ np.linalg.solve(y, cov[2:, :2])).real
        assert determinants == pytest.approx(-np.log(1 - squares).sum() / 2, rel=1e-8)
        assert gaussian_mutual_information(cov, 2, **NATS) == pytest.approx(determinants, rel=1e-9)
    rho = 0.6
    joint = [[1, rho], [rho, 1]]
    by_quadrature = grid_means(
        np.zeros(2), np.array(joint), lambda v: normal_log(v, np.zeros(2), np.array(joint)) - normal_log(v, np.zeros(2), np.eye(2))
    )
    assert by_quadrature == pytest.approx(-math.log(1 - rho**2) / 2, rel=1e-12)


def test_eq_continuous_maxent():
    s = math.sqrt(3)
    for law in (stats.logistic(0, s / math.pi), stats.laplace(0, math.sqrt(0.5)), stats.uniform(-s, 2 * s), stats.expon(-1)):
        low, high = np.clip(law.support(), -37, 37)
        gap = gaussian_entropy(law.var(), **NATS) - float(law.entropy())
        assert gap > 0.01
        assert divergence(law, stats.norm(law.mean(), law.std()), low, high, points=[0]) == pytest.approx(gap, rel=1e-7)
    # In two dimensions: a uniform density on the square.
    uniform = 2 * math.log(2 * s)
    assert uniform < gaussian_entropy(np.eye(2), **NATS)


def test_eq_continuous_maxent_mean():
    for law in (stats.gamma(3, scale=0.5), stats.uniform(0, 4), stats.weibull_min(2), stats.halfnorm()):
        mean = law.mean()
        gap = 1 + math.log(mean) - float(law.entropy())
        assert gap > 0.01
        low, high = np.clip(law.support(), 0, 40)
        assert divergence(law, stats.expon(scale=mean), low, high, points=[mean]) == pytest.approx(gap, rel=1e-7)
    assert 1 + math.log(2.5) == pytest.approx(float(stats.expon(scale=2.5).entropy()), rel=1e-14)


def test_eq_continuous_exponential():
    x, p, q = sympy.symbols("x p q", positive=True)
    density = p * sympy.exp(-p * x)
    integral = sympy.integrate(density * (sympy.log(p / q) + (q - p) * x), (x, 0, sympy.oo))
    assert sympy.simplify(sympy.expand_log(integral - (q / p - 1 - sympy.log(q / p)))) == 0
    for a, b in ((0.3, 2), (5, 0.1)):
        assert exponential_kl(a, b, **NATS) == pytest.approx(b / a - 1 - math.log(b / a), rel=1e-14)


def test_eq_continuous_gamma():
    for a, b, c, e in ((2, 1, 3, 2), (0.7, 3, 1.5, 0.2)):
        formula = (a - c) * special.digamma(a) - special.gammaln(a) + special.gammaln(c) + c * math.log(b / e) + a * (e - b) / b
        p, q = stats.gamma(a, scale=1 / b), stats.gamma(c, scale=1 / e)
        assert divergence(p, q, 0, 60 / b, points=[1e-6, 0.01, 1]) == pytest.approx(formula, rel=1e-7)
        assert gamma_kl(a, b, c, e, **NATS) == pytest.approx(formula, rel=1e-12)


def test_eq_continuous_shares():
    rng = np.random.default_rng(9)
    for _ in range(20):
        p, q = 10 ** rng.uniform(-1, 1.5, size=(2, 4))

        def log_beta(a):
            return special.gammaln(a).sum() - special.gammaln(a.sum())

        dirichlet = log_beta(q) - log_beta(p) + (p - q) @ (special.digamma(p) - special.digamma(p.sum()))
        gammas = gamma_kl(p, 1, q, 1, **NATS)
        assert gammas.sum() == pytest.approx(gamma_kl(p.sum(), 1, q.sum(), 1, **NATS) + dirichlet, rel=1e-10)
        assert dirichlet_kl(p, q, **NATS) == pytest.approx(dirichlet, rel=1e-9)
    by_quadrature = divergence(stats.beta(2, 3), stats.beta(4, 1.5), 0, 1)
    rest = gamma_kl([2, 3], 1, [4, 1.5], 1, **NATS).sum() - gamma_kl(5, 1, 5.5, 1, **NATS)
    assert rest == pytest.approx(by_quadrature, rel=1e-9)


def test_eq_continuous_von_mises():
    for m, k, n, l in ((0, 2, 1, 0.5), (-1, 5, 2.5, 3), (0.2, 0.4, 0.1, 9)):
        ratio = special.iv(1, k) / special.iv(0, k)
        formula = math.log(special.iv(0, l) / special.iv(0, k)) + ratio * (k - l * math.cos(m - n))
        p, q = stats.vonmises(k, loc=m), stats.vonmises(l, loc=n)
        assert divergence(p, q, m - math.pi, m + math.pi) == pytest.approx(formula, rel=1e-9)
        assert von_mises_kl(m, k, n, l, **NATS) == pytest.approx(formula, rel=1e-12)


def test_eq_continuous_tangent():
    for f, slope, bend in (
        (special.gammaln, special.digamma, lambda t: special.polygamma(1, t)),
        (lambda t: np.log(special.iv(0, t)), lambda t: special.iv(1, t) / special.iv(0, t), None),
    ):
        if bend is None:
            bend = lambda t: 1 - slope(t) / t - slope(t) ** 2
        for a, b in ((0.5, 4.0), (4.0, 0.5), (2.0, 2.5)):
            left = f(b) - f(a) - (b - a) * slope(a)
            right = integrate.quad(lambda t: (b - t) * bend(t), a, b)[0]
            assert left == pytest.approx(right, rel=1e-9)
            assert right > 0


def test_eq_continuous_tail():
    a, b = 0.1, 0.2
    for cut in (1e-3, 1e-5, 1e-9):
        exact = special.betainc(a, b, cut)
        # The next term of the series is smaller by a factor of the order of the cut.
        assert exact == pytest.approx(cut**a / (a * special.beta(a, b)), rel=cut)
    law = stats.beta(a, b)
    cut_integral = integrate.quad(lambda x: law.pdf(x) * law.logpdf(x), 1e-5, 1 - 1e-5)[0]
    assert cut_integral == pytest.approx(1.0036, abs=5e-5)
    assert beta_kl(a, b, 1, 1, **NATS) == pytest.approx(4.9773, abs=5e-5)
