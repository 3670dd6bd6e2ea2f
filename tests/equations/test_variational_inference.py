"""Each labelled equation of the chapter, both sides by different routes."""

import math

import numpy as np
import pytest
from scipy import integrate, optimize, special, stats

from lib import entropy, kl_divergence
from lib.elbo import elbo
from lib.gaussian import gaussian_kl
from lib.mean_field import (
    NormalGamma,
    fit_normal_gamma,
    gaussian_mean_field,
    gaussian_mean_field_gap,
    normal_gamma_elbo,
    normal_gamma_evidence,
    normal_gamma_posterior,
)
from lib.mixture_inference import MixturePrior, mixture_belief, mixture_bound

NATS = {"base": math.e}
X = np.array([0.3, -1.0, 2.2])
PRIOR = NormalGamma(0.2, 0.5, 1.2, 0.8)


def tables(seed=0, shape=(3, 4)):
    rng = np.random.default_rng(seed)
    return np.log(rng.random(shape)), rng.dirichlet(np.ones(shape[0])), rng.dirichlet(np.ones(shape[1]))


@pytest.mark.parametrize("seed", range(5))
def test_eq_vi_one_factor(seed):
    log_joint, first, second = tables(seed)
    product = np.outer(first, second)
    right = first @ (log_joint @ second) + entropy(first, **NATS) + entropy(second, **NATS)
    assert elbo(product.ravel(), log_joint.ravel(), **NATS) == pytest.approx(right, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_eq_vi_best_factor(seed):
    log_joint, _, second = tables(seed)
    best = special.softmax(log_joint @ second)

    def bound(logits):
        return elbo(np.outer(special.softmax(logits), second).ravel(), log_joint.ravel(), **NATS)

    found = optimize.minimize(lambda logits: -bound(logits), np.zeros(3), tol=1e-12)
    assert special.softmax(found.x) == pytest.approx(best, abs=1e-5)
    other = np.array([0.2, 0.5, 0.3])
    assert bound(np.log(best)) - bound(np.log(other)) == pytest.approx(kl_divergence(other, best, **NATS), abs=1e-12)


def joint(mu, tau):
    log = stats.norm(mu, tau**-0.5).logpdf(X[:, None, None]).sum(axis=0) + stats.gamma(PRIOR.shape, scale=1 / PRIOR.rate).logpdf(tau)
    return log + stats.norm(PRIOR.mean, (PRIOR.strength * tau) ** -0.5).logpdf(mu)


def test_eq_vi_posterior():
    post = normal_gamma_posterior(X, PRIOR)
    mu, tau = np.array([[-1.0, 0.1, 0.7, 2.0]]), np.array([[0.2], [0.9], [2.5]])
    density = stats.norm(post.mean, (post.strength * tau) ** -0.5).logpdf(mu) + stats.gamma(post.shape, scale=1 / post.rate).logpdf(tau)
    ratio = joint(mu, tau) - density
    assert np.ptp(ratio) < 1e-12, "posterior and joint differ by a constant, the evidence"


def test_eq_vi_evidence():
    """By the chain rule of predictive Student densities."""
    total, belief = 0.0, PRIOR
    for x in X:
        scale = math.sqrt(belief.rate * (1 + 1 / belief.strength) / belief.shape)
        total += stats.t(2 * belief.shape, belief.mean, scale).logpdf(x)
        belief = normal_gamma_posterior([x], belief)
    assert normal_gamma_evidence(X, PRIOR) == pytest.approx(total, abs=1e-12)


def test_eq_vi_updates():
    """At the fixed point each factor is exp of the mean log joint under the other, by quadrature, up to a constant."""
    q, _ = fit_normal_gamma(X, PRIOR, sweeps=100)
    tau = np.linspace(1e-4, 12, 40001)[:, None]
    weight = stats.gamma(q.shape, scale=1 / q.rate).pdf(tau)
    mu = np.array([[-0.5, 0.0, 0.4, 1.0]])
    mean_log = integrate.trapezoid(weight * joint(mu, tau), tau[:, 0], axis=0)
    assert np.ptp(mean_log - stats.norm(q.mean, q.variance**0.5).logpdf(mu[0])) < 1e-5
    mu = np.linspace(-8, 8, 20001)[None, :]
    weight = stats.norm(q.mean, q.variance**0.5).pdf(mu)
    tau = np.array([[0.3], [0.8], [1.7]])
    mean_log = integrate.trapezoid(weight * joint(mu, tau), mu[0], axis=1)
    assert np.ptp(mean_log - stats.gamma(q.shape, scale=1 / q.rate).logpdf(tau[:, 0])) < 1e-8
    assert normal_gamma_elbo(X, PRIOR, q) < normal_gamma_evidence(X, PRIOR)


def covariances():
    for seed in range(20):
        root = np.random.default_rng(seed).normal(size=(4, 4))
        yield root @ root.T + 0.05 * np.eye(4)


def test_eq_vi_narrow():
    for cov in covariances():
        for i, variance in enumerate(gaussian_mean_field(np.linalg.inv(cov))):
            others = [j for j in range(4) if j != i]
            conditional = cov[i, i] - cov[i, others] @ np.linalg.solve(cov[np.ix_(others, others)], cov[others, i])
            assert variance == pytest.approx(conditional, rel=1e-8)
            assert conditional <= cov[i, i]


def test_eq_vi_gap():
    for cov in covariances():
        precision = np.linalg.inv(cov)
        right = 0.5 * (np.log(np.diag(precision)).sum() - np.linalg.slogdet(precision)[1])
        zero = np.zeros(4)
        assert gaussian_kl(zero, np.diag(gaussian_mean_field(precision)), zero, cov, **NATS) == pytest.approx(right, abs=1e-9)
        assert gaussian_mean_field_gap(precision) == pytest.approx(right, abs=1e-9)


def test_eq_vi_mixture_bound():
    """The integral over weights, means and precisions of two kinds on the line, by quadrature."""
    rng = np.random.default_rng(0)
    x, prior = rng.normal(size=(3, 1)), MixturePrior(1.3, [0.2], 0.6, [[1.5]], 2.5)
    r = rng.dirichlet([1, 1], size=3)
    weights = integrate.quad(lambda p: stats.beta(1.3, 1.3).pdf(p) * p ** r[:, 0].sum() * (1 - p) ** r[:, 1].sum(), 0, 1)[0]
    total = math.log(weights)
    mu, tau = np.linspace(-15, 15, 3001)[None, :], np.exp(np.linspace(-12, 4, 1601))[:, None]
    for k in range(2):
        log = (r[:, k, None, None] * stats.norm(mu, tau**-0.5).logpdf(x[:, :, None])).sum(axis=0)
        log = log + stats.norm(0.2, (0.6 * tau) ** -0.5).logpdf(mu) + stats.gamma(1.25, scale=1 / 0.75).logpdf(tau)
        inner = integrate.trapezoid(np.exp(log), mu[0], axis=1)
        total += math.log(integrate.trapezoid(inner * tau[:, 0], np.log(tau[:, 0])))
    total += special.entr(r).sum()
    assert mixture_bound(r, mixture_belief(x, r, prior), prior) == pytest.approx(total, abs=5e-4)
