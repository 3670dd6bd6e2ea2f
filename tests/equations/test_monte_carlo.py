"""Each labelled equation of the chapter, both sides by different routes."""

import itertools
import math

import mpmath
import numpy as np
import pytest
import sympy
from scipy import integrate, optimize, stats

from lib import conditional_entropy, entropy, kl_divergence, mutual_information, normalize, softmax
from lib.critics import gaussian_critic
from lib.gaussian import gaussian_kl, gaussian_mutual_information
from lib.importance import effective_sample_size, importance_mean
from lib.kl_gradients import loss_gradient, pathwise_gradient, score_gradient, softmax_scores
from lib.monte_carlo import k1, k2, k3
from lib.variational_bounds import info_nce, nwj

NATS = {"base": math.e}


def random_pairs(k, size, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(k), size=(2, size))


def policies(k=5, size=50, seed=1):
    rng = np.random.default_rng(seed)
    return zip(rng.normal(size=(size, k)), rng.dirichlet(np.ones(k), size=size))


def derivative(function, logits):
    """Return the gradient by the complex step, for functions of the probabilities: exact to rounding."""
    result = []
    for unit in np.eye(len(logits)):
        z = logits + 1e-30j * unit
        p = np.exp(z) / np.exp(z).sum()
        result.append(function(p).imag / 1e-30)
    return np.array(result)


def forward(q):
    return lambda p: (p * np.log(p / q)).sum()


def backward(q):
    return lambda p: (q * np.log(q / p)).sum()


def test_eq_mc_values():
    for p, q in zip(*random_pairs(6, 100)):
        p = normalize(p * [1, 1, 1, 1, 1, 0])  # P excludes the last outcome
        here, there = p[:-1], q[:-1]
        d, terms = kl_divergence(p, q, **NATS), [k(np.log(here), np.log(there), **NATS) for k in (k1, k2, k3)]
        means = [here @ t for t in terms]
        variance = here @ (terms[0] - d) ** 2
        assert means[0] == pytest.approx(d, rel=1e-12)
        assert means[1] == pytest.approx((d**2 + variance) / 2, rel=1e-12)
        assert means[2] == pytest.approx(d - q[-1], rel=1e-11, abs=1e-13)


def test_eq_mc_k3_variance():
    for p, q in zip(*random_pairs(5, 200, seed=2)):
        first, third = (k(np.log(p), np.log(q), **NATS) for k in (k1, k3))
        variances = [p @ (t - p @ t) ** 2 for t in (first, third)]
        chi2, j = ((q - p) ** 2 / p).sum(), kl_divergence(p, q, **NATS) + kl_divergence(q, p, **NATS)
        assert variances[1] == pytest.approx(variances[0] + chi2 - 2 * j, rel=1e-9, abs=1e-12)
        assert (variances[1] < variances[0]) == (chi2 < 2 * j)


def test_eq_mc_tails():
    for m, variance in ((0.0, 0.5), (1.0, 1.0), (0.7, 1.5), (-2.0, 1.9)):
        s = math.sqrt(variance)
        closed = math.exp(m**2 / (2 - variance)) / (s * math.sqrt(2 - variance))
        ratio = lambda x, m=m, s=s: mpmath.npdf(x, m, s) ** 2 / mpmath.npdf(x)
        with mpmath.workdps(25):
            centre, width = 2 * m / (2 - variance), s / math.sqrt(2 - variance)
            edges = [centre + k * width for k in (-40, -10, -3, 0, 3, 10, 40)]
            assert closed == pytest.approx(float(mpmath.quad(ratio, edges)), rel=1e-12)
    # At the border and beyond it the integral over [-t, t] grows without end.
    for variance in (2.0, 2.5):
        q = stats.norm(0, math.sqrt(variance))
        parts = [integrate.quad(lambda x, q=q: q.pdf(x) ** 2 / stats.norm.pdf(x), -t, t)[0] for t in (5, 10, 20)]
        assert parts[2] - parts[1] > 1.9 * (parts[1] - parts[0]) > 0


def test_eq_mc_loss_gradient():
    logit, log_q, theta = sympy.symbols("l q theta", real=True)
    log_p = sympy.Function("f")(theta)
    score, log_r = sympy.diff(log_p, theta), log_q - log_p
    sides = {-log_r: score, log_r**2 / 2: -log_r * score, sympy.exp(log_r) - 1 - log_r: (1 - sympy.exp(log_r)) * score}
    for estimator, claimed in sides.items():
        assert sympy.simplify(sympy.diff(estimator, theta) - claimed) == 0
    # and the library's, with a score of 1
    log_p, log_q = np.log([0.3, 0.6]), np.log([0.5, 0.1])
    for name, coefficient in (("k1", np.ones(2)), ("k2", log_p - log_q), ("k3", 1 - np.exp(log_q - log_p))):
        found = loss_gradient(log_p, log_q, np.ones((2, 1)), estimator=name, **NATS)[:, 0]
        np.testing.assert_allclose(found, coefficient, rtol=1e-14)


def test_eq_mc_true_gradient():
    for logits, q in policies():
        p = softmax(logits)
        ours = p @ (k1(np.log(p), np.log(q), **NATS)[:, None] * softmax_scores(logits, np.arange(5)))
        assert np.abs(ours - derivative(forward(q), logits)).max() < 1e-12


def test_eq_mc_mean_gradient():
    for logits, q in policies(seed=3):
        p, scores = softmax(logits), softmax_scores(logits, np.arange(5))
        mean = {k: p @ loss_gradient(np.log(p), np.log(q), scores, estimator=k, **NATS) for k in ("k1", "k2", "k3")}
        assert np.abs(mean["k1"]).max() < 1e-12
        assert np.abs(mean["k2"] - derivative(forward(q), logits)).max() < 1e-12
        assert np.abs(mean["k3"] + q @ scores).max() < 1e-12
        assert np.abs(mean["k3"] - derivative(backward(q), logits)).max() < 1e-12


def test_eq_mc_fixed_point():
    rng = np.random.default_rng(4)
    for _ in range(20):
        q, reward, beta = rng.dirichlet(np.ones(4)), rng.random(4), rng.uniform(0.1, 1)
        # The mean reward that makes the probabilities of the right side sum to 1, by bisection.
        total = lambda mean: (beta * q / (beta + mean - reward)).sum() - 1
        mean = optimize.brentq(total, reward.max() - beta + 1e-12, reward.max() + 1, xtol=1e-15)
        p = beta * q / (beta + mean - reward)
        assert p @ reward == pytest.approx(mean, rel=1e-9)  # it is the mean reward
        gradient = derivative(lambda p: (p * reward).sum(), np.log(p))
        scores = softmax_scores(np.log(p), np.arange(4))
        penalty = p @ loss_gradient(np.log(p), np.log(q), scores, estimator="k3", **NATS)
        np.testing.assert_allclose(gradient, beta * penalty, atol=1e-9)


def test_eq_mc_score():
    for logits, q in policies(seed=5):
        p, scores = softmax(logits), softmax_scores(logits, np.arange(5))
        means = {
            "k1": forward(q),
            "k2": lambda p, q=q: (p * np.log(p / q) ** 2).sum() / 2,
            "k3": lambda p, q=q: (p * (q / p - 1 - np.log(q / p))).sum(),
        }
        for k, name in ((k1, "k1"), (k2, "k2"), (k3, "k3")):
            value = k(np.log(p), np.log(q), **NATS)
            by_hand = value[:, None] * scores + loss_gradient(np.log(p), np.log(q), scores, estimator=name, **NATS)
            np.testing.assert_allclose(score_gradient(np.log(p), np.log(q), scores, estimator=name, **NATS), by_hand, atol=1e-12)
            assert np.abs(p @ by_hand - derivative(means[name], logits)).max() < 1e-12


def test_eq_mc_score_identity():
    log_r, s = sympy.symbols("u s", real=True)
    r = sympy.exp(log_r)
    assert sympy.expand((r - 1 - log_r) * s + (1 - r) * s) == -log_r * s
    rng = np.random.default_rng(6)
    log_p, log_q, scores = rng.normal(size=(4, 30)), rng.normal(size=(4, 30)), rng.normal(size=(4, 30, 3))
    left = k3(log_p, log_q, **NATS)[..., None] * scores + loss_gradient(log_p, log_q, scores, estimator="k3", **NATS)
    np.testing.assert_allclose(left, loss_gradient(log_p, log_q, scores, estimator="k2", **NATS), atol=1e-13)


def test_eq_mc_pathwise():
    # Gauss-Hermite quadrature over the noise is exact for the polynomials that the terms are.
    nodes, weights = np.polynomial.hermite_e.hermegauss(10)
    weights, noise = weights / weights.sum(), nodes[:, None]
    for m, s in ((0.0, 1.5), (1.0, 0.5), (-2.0, 3.0)):
        x = m + s * noise
        terms = pathwise_gradient(-noise / s, -x, np.stack([np.ones_like(x), noise], axis=-1), **NATS)
        step = 1e-5
        value = lambda a, b: gaussian_kl(a, b**2, 0.0, 1.0, **NATS)
        numeric = [(value(m + step, s) - value(m - step, s)) / (2 * step), (value(m, s + step) - value(m, s - step)) / (2 * step)]
        np.testing.assert_allclose(weights @ terms, numeric, atol=1e-8)
        np.testing.assert_allclose(weights @ terms, [m, s - 1 / s], atol=1e-12)


def test_eq_mc_importance():
    rng = np.random.default_rng(7)
    for p, q in zip(*random_pairs(4, 50, seed=8)):
        h, w = rng.normal(size=4), p / q
        # Over all samples of two, with their probabilities: mean and variance of the estimate itself.
        samples = [list(sample) for sample in itertools.product(range(4), repeat=2)]
        chance = np.array([q[s].prod() for s in samples])
        estimates = np.array([importance_mean(h[s], np.log(w[s]))[0] for s in samples])
        mean = chance @ estimates
        assert mean == pytest.approx(p @ h, rel=1e-12, abs=1e-14)
        assert 2 * chance @ (estimates - mean) ** 2 == pytest.approx(p @ (w * h**2) - (p @ h) ** 2, rel=1e-11)
        plain = np.array([importance_mean(np.ones(2), np.log(w[s]))[0] for s in samples])
        assert 2 * chance @ (plain - 1) ** 2 == pytest.approx(((p - q) ** 2 / q).sum(), rel=1e-11)


def test_eq_mc_ess():
    # A sample in which each outcome comes exactly as often as Q says: the limit without chance.
    p, q = np.array([0.2, 0.5, 0.3]), np.array([0.5, 0.3, 0.2])
    outcomes = np.repeat(np.arange(3), [50, 30, 20])
    size = effective_sample_size(np.log(p / q)[outcomes])
    assert size == pytest.approx((p / q)[outcomes].sum() ** 2 / ((p / q)[outcomes] ** 2).sum(), rel=1e-13)
    assert size / 100 == pytest.approx(1 / (1 + ((p - q) ** 2 / q).sum()), rel=1e-13)


TABLE = np.array([[0.25, 0.1, 0.05], [0.05, 0.15, 0.4]])


def test_eq_mc_barber_agakov():
    posterior, rng = TABLE / TABLE.sum(axis=0), np.random.default_rng(9)
    for _ in range(50):
        decoder = rng.dirichlet(np.ones(2), size=3).T
        value = (TABLE * np.log(decoder / TABLE.sum(axis=1, keepdims=True))).sum()
        gap = TABLE.sum(axis=0) @ kl_divergence(posterior, decoder, axis=0, **NATS)
        assert mutual_information(TABLE, **NATS) == pytest.approx(value + gap, rel=1e-12)


def test_eq_mc_donsker_varadhan():
    product, rng = np.outer(TABLE.sum(axis=1), TABLE.sum(axis=0)), np.random.default_rng(10)
    for _ in range(50):
        critic = rng.normal(size=TABLE.shape) * 2
        level = (product * np.exp(critic)).sum()
        tilted = product * np.exp(critic) / level
        value = (TABLE * critic).sum() - math.log(level)
        gap = kl_divergence(TABLE.ravel(), tilted.ravel(), **NATS)
        assert mutual_information(TABLE, **NATS) == pytest.approx(value + gap, rel=1e-11)


def test_eq_mc_nwj():
    product, rng = np.outer(TABLE.sum(axis=1), TABLE.sum(axis=0)), np.random.default_rng(11)
    information = mutual_information(TABLE, **NATS)
    for scale in (0.0, 0.1, 1.0, 3.0):
        critic = 1 + np.log(TABLE / product) + scale * rng.normal(size=TABLE.shape)
        value = (TABLE * critic).sum() - (product * np.exp(critic - 1)).sum()
        assert value == pytest.approx(information, rel=1e-13) if scale == 0 else value < information
    # The tangent: ln Z <= Z / e, with equality at e only.
    z = np.geomspace(1e-6, 1e6, 1001)
    assert (np.log(z) <= z / math.e).all()
    assert math.log(math.e) == math.e / math.e


def test_eq_mc_infonce():
    # All batches of n pairs of a small table: the place J, X and all Y as one joint distribution.
    for n in (2, 3):
        x_law, y_law = TABLE.sum(axis=1), TABLE.sum(axis=0)
        joint = np.zeros((n, 2, *[3] * n))
        for j, x, *ys in itertools.product(range(n), range(2), *[range(3)] * n):
            others = np.prod([y_law[y] for i, y in enumerate(ys) if i != j])
            joint[(j, x, *ys)] = TABLE[x, ys[j]] * others / n
        known = mutual_information(joint.reshape(n, -1), **NATS)
        assert known == pytest.approx(math.log(n) - conditional_entropy(joint.reshape(n, -1), given="y", **NATS), rel=1e-12)
        assert known < min(math.log(n), mutual_information(TABLE, **NATS))
        best = np.log(TABLE / np.outer(x_law, y_law))
        mean = {}
        for name, critic in (("best", best), ("shifted", best + np.array([[5.0], [-2.0]])), ("worse", 0.5 * best)):
            total = 0.0
            for cells in itertools.product(itertools.product(range(2), range(3)), repeat=n):
                x, y = np.array(cells).T
                total += TABLE[x, y].prod() * info_nce(critic[np.ix_(x, y)], **NATS)
            mean[name] = total
        assert mean["best"] == pytest.approx(known, rel=1e-12)  # the best critic loses nothing against J's information
        assert mean["shifted"] == pytest.approx(known, rel=1e-12)
        assert mean["worse"] < known
    assert entropy(np.full(3, 1 / 3), **NATS) == pytest.approx(math.log(3))


def test_eq_mc_nwj_variance():
    # Two pairs of one coordinate: mean and variance of the bound by quadrature over all four numbers, no chance in it.
    d, n, rho = 1, 2, 0.3
    information = gaussian_mutual_information([[1, rho], [rho, 1]], 1, **NATS)
    nodes, weights = np.polynomial.hermite_e.hermegauss(28)
    grid = np.stack(np.meshgrid(*[nodes] * 4, indexing="ij"), axis=-1).reshape(-1, 4)
    chance = np.prod(np.stack(np.meshgrid(*[weights / weights.sum()] * 4, indexing="ij"), axis=-1), axis=-1).ravel()
    x, noise = grid[:, :2], grid[:, 2:]
    y = rho * x + math.sqrt(1 - rho**2) * noise
    log_ratio = lambda x, y: (2 * rho * x * y - rho**2 * (x**2 + y**2)) / (2 * (1 - rho**2)) - math.log(1 - rho**2) / 2
    scores = log_ratio(x[:, :, None], y[:, None, :])
    np.testing.assert_allclose(scores[7], gaussian_critic(x[7][:, None], y[7][:, None], rho), rtol=1e-12)
    values = nwj(scores + 1, **NATS)
    parts = d * rho**2 / n, math.expm1(2 * information) / (n * (n - 1)), ((1 - rho**4) ** -d - 1) / (n * (n - 1))
    assert chance @ values == pytest.approx(information, abs=1e-7)
    assert chance @ (values - information) ** 2 == pytest.approx(sum(parts), abs=1e-6)
    assert min(parts) > 1e-3, "no part could be left out unseen"
    # More coordinates and more pairs: the two second moments multiply, and only the terms of (b) are correlated.
    table, law = np.exp(log_ratio(nodes[:, None], nodes)), np.outer(weights, weights) / weights.sum() ** 2
    assert (law * table**2).sum() == pytest.approx(math.exp(2 * information), rel=1e-7)
    pair = law * table  # the density of a pair against the product
    assert np.einsum("ab,cd,ad,cb->", pair, pair, table, table) == pytest.approx(1 / (1 - rho**4), rel=1e-7)
    assert np.einsum("ab,cd,ef,ad,cf->", pair, pair, pair, table, table) == pytest.approx(1, rel=1e-9)
