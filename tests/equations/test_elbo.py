"""Each labelled equation of the chapter, both sides by different routes."""

import itertools
import math

import mpmath
import numpy as np
import pytest
from scipy import integrate, special, stats

from lib import cross_entropy, entropy, kl_divergence, mutual_information
from lib.bayesian import bayes_update, linear_regression_update
from lib.elbo import elbo, elbo_gap, energy_and_entropy, log_evidence
from lib.f_divergences import f_divergence
from lib.gaussian import gaussian_kl
from lib.gaussian_elbo import gaussian_nodes, linear_gaussian_elbo
from lib.importance_bounds import (
    bound_gradient,
    doubly_reparameterised_gradient,
    exact_importance_bound,
    gaussian_chi_squared,
    log_mean_weight,
)

NATS = {"base": math.e}
S = math.sqrt(2 / 3)


def random_models(size=100, k=4, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(size):
        q, prior = rng.dirichlet(np.ones(k), size=2)
        yield q, prior, rng.random(k) ** 3


def test_eq_elbo_model():
    for _, prior, likelihood in random_models():
        evidence = sum(p * l for p, l in zip(prior.tolist(), likelihood.tolist()))
        assert log_evidence(np.log(prior) + np.log(likelihood), **NATS) == pytest.approx(math.log(evidence), abs=1e-13)
        assert bayes_update(prior, likelihood) == pytest.approx(prior * likelihood / evidence, rel=1e-13)


def test_eq_elbo_identity():
    for q, prior, likelihood in random_models(seed=1):
        with mpmath.workdps(30):
            q_, prior_, like_ = ([mpmath.mpf(v) for v in a.tolist()] for a in (q, prior, likelihood))
            evidence = sum(p * l for p, l in zip(prior_, like_))
            left = sum(a * mpmath.log(a * evidence / (p * l)) for a, p, l in zip(q_, prior_, like_))
        right = kl_divergence(q, prior, **NATS) - q @ np.log(likelihood) + math.log(prior @ likelihood)
        assert float(left) == pytest.approx(right, abs=1e-13)
        assert elbo_gap(q, np.log(prior * likelihood), **NATS) == pytest.approx(float(left), abs=1e-13)


def test_eq_elbo_definition():
    for q, prior, likelihood in random_models(seed=2):
        first = math.log2(prior @ likelihood) - kl_divergence(q, bayes_update(prior, likelihood))
        second = q @ np.log2(likelihood) - kl_divergence(q, prior)
        third = q @ np.log2(prior * likelihood / q)
        assert [first, second, third] == pytest.approx([elbo(q, np.log(prior * likelihood))] * 3, abs=1e-12)


def test_eq_elbo_jensen():
    for q, prior, likelihood in random_models(seed=3):
        weights = prior * likelihood / q
        assert math.log(q @ weights) == pytest.approx(log_evidence(np.log(prior * likelihood), **NATS), abs=1e-12)
        assert q @ np.log(weights) == pytest.approx(elbo(q, np.log(prior * likelihood), **NATS), abs=1e-12)
        assert math.log(q @ weights) >= q @ np.log(weights)


def test_eq_elbo_beta():
    for q, prior, likelihood in random_models(seed=4):
        for beta in (0.0, 0.3, 1.0, 4.0):
            left = q @ np.log2(likelihood) - beta * kl_divergence(q, prior)
            right = math.log2(prior @ likelihood) - kl_divergence(q, bayes_update(prior, likelihood))
            assert left == pytest.approx(right + (1 - beta) * kl_divergence(q, prior), abs=1e-11)


def test_eq_elbo_energy():
    for q, prior, likelihood in random_models(seed=5):
        energy, spread = energy_and_entropy(q, np.log(prior * likelihood))
        assert spread == entropy(q)
        # The mean energy is the cross-entropy against the normalised joint, less the log evidence.
        joint = prior * likelihood
        assert energy == pytest.approx(cross_entropy(q, joint / joint.sum()) - math.log2(joint.sum()), abs=1e-12)
        assert spread - energy == pytest.approx(elbo(q, np.log(joint)), abs=1e-12)


def test_eq_elbo_data():
    # Three data under one model; the whole posterior is over all 8 combinations.
    rng = np.random.default_rng(6)
    prior, likelihoods, beliefs = rng.dirichlet(np.ones(2)), rng.random((3, 2)), rng.dirichlet(np.ones(2), size=3)
    whole = np.array([np.prod([prior[z] * likelihoods[i, z] for i, z in enumerate(zs)]) for zs in itertools.product(range(2), repeat=3)])
    product = np.array([np.prod([beliefs[i, z] for i, z in enumerate(zs)]) for zs in itertools.product(range(2), repeat=3)])
    left = math.log2(whole.sum()) - elbo(beliefs, np.log(prior * likelihoods)).sum()
    assert left == pytest.approx(elbo_gap(beliefs, np.log(prior * likelihoods)).sum(), abs=1e-13)
    assert left == pytest.approx(kl_divergence(product, whole / whole.sum()), abs=1e-13)


def test_eq_elbo_two_bounds():
    rng = np.random.default_rng(7)
    for _ in range(50):
        joint, guess = rng.dirichlet(np.ones(6)).reshape(2, 3), rng.dirichlet(np.ones(2), size=3)
        p_z, p_x = joint.sum(axis=1), joint.sum(axis=0)
        true = (joint / p_x).T
        bounds = sum(p_x[x] * guess[x, z] * math.log2(joint[z, x] / guess[x, z]) for z in range(2) for x in range(3))
        decoder = sum(joint[z, x] * math.log2(guess[x, z] / p_z[z]) for z in range(2) for x in range(3))
        assert bounds == pytest.approx(-entropy(p_x) - p_x @ kl_divergence(guess, true), abs=1e-12)
        assert decoder == pytest.approx(mutual_information(joint) - p_x @ kl_divergence(true, guess), abs=1e-12)


def test_eq_elbo_gaussian():
    # The mean of log p(x | z) from the moments of the misfit as a Gaussian vector of its own.
    rng = np.random.default_rng(8)
    a, x, mu = rng.normal(size=(3, 2)), rng.normal(size=3), rng.normal(size=2)
    half = rng.normal(size=(2, 2))
    cov, noise = half @ half.T + 0.2 * np.eye(2), 0.7
    misfit = stats.multivariate_normal(x - a @ mu, a @ cov @ a.T, allow_singular=True)
    squares = (misfit.mean**2 + np.diag(misfit.cov)).sum()
    explained = -3 / 2 * math.log(2 * math.pi * noise) - squares / (2 * noise)
    value = explained - gaussian_kl(mu, cov, np.zeros(2), np.eye(2), **NATS)
    assert linear_gaussian_elbo(mu, cov, np.zeros(2), np.eye(2), a, x, noise_variance=noise, **NATS) == pytest.approx(value, rel=1e-13)


def test_eq_elbo_poisson():
    counts, rows = np.array([2, 0, 5]), np.array([[1.0, -1.0], [1.0, 0.0], [1.0, 1.0]])
    mu, cov = np.array([0.8, 0.5]), np.array([[0.1, -0.03], [-0.03, 0.2]])
    level, wiggle = rows @ mu, np.einsum("ni,ij,nj->n", rows, cov, rows)
    explained = (counts * level - np.exp(level + wiggle / 2) - special.gammaln(counts + 1)).sum()
    value = explained - gaussian_kl(mu, cov, np.zeros(2), 4 * np.eye(2), **NATS)
    z, weights = gaussian_nodes(mu, cov)
    log_w = stats.poisson.logpmf(counts, np.exp(z @ rows.T)).sum(axis=1) + stats.norm.logpdf(z, scale=2).sum(axis=1)
    log_w = log_w - stats.multivariate_normal(mu, cov).logpdf(z)
    assert value == pytest.approx(weights @ log_w, rel=1e-12)


def test_eq_elbo_iw():
    for q, prior, likelihood in random_models(size=5, k=3, seed=9):
        log_w = np.log(prior * likelihood / q)
        value = sum(q[list(z)].prod() * math.log(np.exp(log_w[list(z)]).mean()) for z in itertools.product(range(3), repeat=4))
        assert exact_importance_bound(q, np.log(prior * likelihood), 4, **NATS) == pytest.approx(value, rel=1e-12)


def test_eq_elbo_iw_monotone():
    for q, prior, likelihood in random_models(size=30, k=3, seed=10):
        log_joint = np.log(prior * likelihood)
        values = [elbo(q, log_joint)] + [exact_importance_bound(q, log_joint, k) for k in (1, 2, 3, 5, 9, 40)]
        assert values[0] == pytest.approx(values[1], abs=1e-12)
        assert (np.diff(values[1:]) > 0).all() and values[-1] < log_evidence(log_joint)
    # And the step of the proof: a mean is the mean of the means that leave out one.
    w = np.random.default_rng(0).random(6)
    assert np.mean([np.delete(w, i).mean() for i in range(6)]) == pytest.approx(w.mean(), rel=1e-14)


def test_eq_elbo_iw_order():
    for q, prior, likelihood in random_models(size=10, k=2, seed=11):
        q = (q + 1) / 3
        joint = prior * likelihood
        weights = joint / q
        relative = (q @ weights**2 - joint.sum() ** 2) / joint.sum() ** 2
        assert relative == pytest.approx(f_divergence(joint / joint.sum(), q, "chi-squared"), rel=1e-10)
        gap = math.log(joint.sum()) - exact_importance_bound(q, np.log(joint), 3000, **NATS)
        assert 2 * 3000 * gap == pytest.approx(relative, rel=0.01)


def test_eq_elbo_chi2():
    p, q = np.array([[1.0, 0.3], [0.3, 0.8]]), np.array([[0.9, -0.1], [-0.1, 1.1]])
    delta = np.array([0.4, -0.3])
    # By nodes under P: the mean of p/q.
    z, weights = gaussian_nodes(delta, p, nodes=120)
    ratio = np.exp(stats.multivariate_normal(delta, p).logpdf(z) - stats.multivariate_normal([0, 0], q).logpdf(z))
    m = 2 * q - p
    formula = np.linalg.det(q) / math.sqrt(np.linalg.det(p) * np.linalg.det(m)) * math.exp(delta @ np.linalg.solve(m, delta))
    assert formula == pytest.approx(weights @ ratio, rel=1e-8)
    assert gaussian_chi_squared(delta, p, [0, 0], q) == pytest.approx(formula - 1, rel=1e-12)
    np.testing.assert_allclose(2 * np.linalg.inv(p) - np.linalg.inv(q), np.linalg.inv(p) @ m @ np.linalg.inv(q), rtol=1e-12)


def test_eq_elbo_frullani():
    for y in (0.2, 1.0, 7.0):
        found = integrate.quad(lambda s, y=y: math.exp(-math.exp(s)) - math.exp(-y * math.exp(s)), -40, 6, limit=200)[0]
        assert found == pytest.approx(math.log(y), abs=1e-8)
    for q, prior, likelihood in random_models(size=3, k=2, seed=12):
        joint = prior * likelihood
        ratios = joint / q / joint.sum()
        for k in (1, 2, 25):
            power = lambda s, k=k: (q @ np.exp(-math.exp(s) / k * ratios)) ** k - math.exp(-math.exp(s))
            gap = math.log(joint.sum()) - exact_importance_bound(q, np.log(joint), k, **NATS)
            s = np.linspace(-45, 45, 9001)
            assert integrate.trapezoid([power(v) for v in s], s) == pytest.approx(gap, rel=1e-7)


# Gradients: the model of one latent number, p(z) = N(theta, 1), x = 2, q = N(phi, 2/3)


def log_weights(noise, phi, theta=0.0):
    z = phi + S * noise
    return stats.norm.logpdf(z, theta) + stats.norm.logpdf(2, z) - stats.norm.logpdf(z, phi, S)


def slope(function, at, h=1e-3):
    return (8 * (function(at + h) - function(at - h)) - function(at + 2 * h) + function(at - 2 * h)) / (12 * h)


def test_eq_elbo_iw_gradient():
    noise = np.random.default_rng(13).normal(size=(20, 6))
    z = 1.5 + S * noise
    by_phi = slope(lambda phi: log_mean_weight(log_weights(noise, phi), **NATS), 1.5)
    by_theta = slope(lambda theta: log_mean_weight(log_weights(noise, 1.5, theta), **NATS), 0.0)
    total, by_model = (2 - 2 * z)[..., None], z[..., None]
    assert bound_gradient(log_weights(noise, 1.5), total, **NATS)[:, 0] == pytest.approx(by_phi, abs=1e-9)
    assert bound_gradient(log_weights(noise, 1.5), by_model, **NATS)[:, 0] == pytest.approx(by_theta, abs=1e-9)


def test_eq_elbo_encoder_mean():
    # The posterior is N(1, 1/2). The left side by the exact integral over any K, the right side in closed form.
    z = np.linspace(-12, 12, 3001) * S
    chances = stats.norm.pdf(z, scale=S) * (z[1] - z[0])
    log_t = np.linspace(-30, 12, 801)

    def gap(phi, k):
        ratios = np.exp(stats.norm.logpdf(z + phi, 1, math.sqrt(0.5)) - stats.norm.logpdf(z, 0, S))
        log_phi = special.logsumexp(-np.exp(log_t)[:, None] / k * ratios, b=chances, axis=1)
        return integrate.trapezoid(np.exp(k * log_phi) - np.exp(-np.exp(log_t)), log_t)

    right = slope(lambda phi: gaussian_chi_squared(1.0, 0.5, phi, S**2), 1.5)
    for k, tolerance in ((100, 0.05), (1000, 0.006)):
        left = -slope(lambda phi: gap(phi, k), 1.5, h=0.05)
        assert left == pytest.approx(-right / (2 * k), rel=tolerance)


def test_eq_elbo_dreg():
    noise, weights = gaussian_nodes([0.0, 0.0], np.eye(2), nodes=80)
    log_w, total = log_weights(noise, 1.5), (2 - 2 * (1.5 + S * noise))[..., None]
    score = (noise / S)[..., None]
    derivative = slope(lambda phi: weights @ log_mean_weight(log_weights(noise, phi), **NATS), 1.5)
    share = special.softmax(log_w, axis=-1)[..., None]
    first = weights @ (share * total).sum(axis=1)
    assert first[0] == pytest.approx(derivative, abs=1e-7)
    second = weights @ doubly_reparameterised_gradient(log_w, total + score, **NATS)
    assert second[0] == pytest.approx(derivative, abs=1e-7)
    # The step in between: the score's part and the path of the normalised weight have one mean.
    left, right = weights @ (share * score).sum(axis=1), weights @ (share * (1 - share) * (total + score)).sum(axis=1)
    assert left[0] == pytest.approx(right[0], abs=1e-7)
    # And the model is the one of the chapter: its posterior is N(1, 1/2).
    mean, cov = linear_regression_update([0.0], [[1.0]], [[1.0]], [2.0], noise_variance=1.0)
    assert (mean[0], cov[0, 0]) == (pytest.approx(1.0), pytest.approx(0.5))
