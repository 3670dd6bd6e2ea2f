"""Each labelled equation of the chapter, both sides by different routes."""

import math

import mpmath
import numpy as np
import pytest
import torch
from scipy import integrate, stats

from lib import kl_divergence
from lib.diffusion import Denoiser, LevelDenoiser, bound_terms, level_log_probability, noised, path_cost, step_kl
from lib.diffusion_chain import (
    chain_joints,
    cosine_schedule,
    forward_marginal,
    gaussian_bound,
    gaussian_chain_variance,
    gaussian_noise,
    geometric_schedule,
    make_schedule,
    noise_weights,
    reverse_posterior,
    step_identity,
)
from lib.gaussian import gaussian_kl

NATS = {"base": math.e}
S = make_schedule([0.1, 0.3, 0.5, 0.8])
DOUBLE = {"dtype": torch.float64}


def test_eq_diffusion_forward():
    # The chain unrolled: x_t is a sum, with a product of roots before each noise.
    for t in range(1, 5):
        keep = np.sqrt(1 - S.beta[1 : t + 1])
        noise = sum(S.beta[s] * np.prod(keep[s:]) ** 2 for s in range(1, t + 1))
        mean, variance = forward_marginal([1.7], t, S)
        assert mean[0] == pytest.approx(1.7 * np.prod(keep), rel=1e-13)
        assert variance == pytest.approx(noise, rel=1e-13)


def test_eq_diffusion_posterior():
    # Bayes' rule by quadrature over x_{t-1}.
    for t, x_0, x_t in ((2, 1.0, -0.5), (3, -2.0, 0.3), (4, 0.5, 2.0)):
        m, v = forward_marginal([x_0], t - 1, S)
        joint = lambda x, m=m[0], v=v, t=t, x_t=x_t: (
            stats.norm.pdf(x, m, math.sqrt(v)) * stats.norm.pdf(x_t, math.sqrt(1 - S.beta[t]) * x, math.sqrt(S.beta[t]))
        )
        total, first, second = (integrate.quad(lambda x, k=k: x**k * joint(x), -12, 12, epsabs=1e-13)[0] for k in range(3))
        mean, variance = reverse_posterior([x_0], [x_t], t, S)
        assert mean[0] == pytest.approx(first / total, rel=1e-8)
        assert variance == pytest.approx(second / total - (first / total) ** 2, rel=1e-7)


def test_eq_diffusion_path():
    # For Gaussian data and the best model all is known: the bound lies above the cost by the divergence of whole paths.
    for variance in (0.3, 2.0):
        made = gaussian_chain_variance(variance, S)
        cost = (math.log(2 * math.pi * made) + variance / made) / 2
        prior, steps, reconstruction = gaussian_bound(variance, S)
        assert prior + steps.sum() + reconstruction > cost
        x_0 = math.sqrt(variance) * torch.randn(100_000, 1, generator=torch.Generator().manual_seed(0), **DOUBLE)
        best = lambda x, t, v=variance: torch.tensor(gaussian_noise(x.numpy(), int(t[0]), S, mean=[0.0], cov=[[v]]))
        paths = path_cost(best, x_0, S, generator=torch.Generator().manual_seed(1))
        assert abs(paths.mean().item() - (prior + steps.sum() + reconstruction)) < 4 * paths.std().item() / math.sqrt(100_000)


def test_eq_diffusion_bound():
    x_0 = torch.tensor([[0.5, -1.0]], **DOUBLE).repeat(40_000, 1)
    model = lambda x, t: 0.5 * torch.sin(2 * x)
    prior, steps, reconstruction = bound_terms(model, x_0, S, generator=torch.Generator().manual_seed(2))
    terms, paths = prior + steps.sum(dim=0) + reconstruction, path_cost(model, x_0, S, generator=torch.Generator().manual_seed(3))
    se = math.sqrt((terms.var() + paths.var()).item() / 40_000)
    assert abs((terms.mean() - paths.mean()).item()) < 3 * se < 0.05 * terms.mean().item()


def test_eq_diffusion_step():
    rng = np.random.default_rng(4)
    for t in (2, 3, 4):
        x_0, noise, guess = rng.normal(size=(3, 2))
        kept, beta = S.alpha_bar[t], S.beta[t]
        x_t = math.sqrt(kept) * x_0 + math.sqrt(1 - kept) * noise
        mean, variance = reverse_posterior(x_0, x_t, t, S)
        model, _ = reverse_posterior((x_t - math.sqrt(1 - kept) * guess) / math.sqrt(kept), x_t, t, S)  # a guess of the datum
        divergence = gaussian_kl(mean, variance * np.eye(2), model, variance * np.eye(2), **NATS)
        weight = beta**2 / (2 * S.beta_tilde[t] * (1 - beta) * (1 - kept))
        assert divergence == pytest.approx(weight * ((noise - guess) ** 2).sum(), rel=1e-9)
        tensors = (torch.tensor(x)[None] for x in (x_0, x_t, guess))
        assert step_kl(*tensors, torch.tensor([t]), S).item() == pytest.approx(divergence, rel=1e-9)


def test_eq_diffusion_weights():
    for schedule in (S, cosine_schedule(50), geometric_schedule(30)):
        with mpmath.workdps(40):
            kept = [mpmath.fprod(1 - mpmath.mpf(b) for b in schedule.beta[: t + 1]) for t in range(len(schedule.beta))]
            snr = [k / (1 - k) for k in kept[1:]]
            wanted = [float((a / b - 1) / 2) for a, b in zip(snr, snr[1:], strict=False)]
        np.testing.assert_allclose(noise_weights(schedule)[2:], wanted, rtol=1e-9)
    assert np.ptp(noise_weights(geometric_schedule(30))[2:]) < 1e-9


def test_eq_diffusion_identity():
    rng = np.random.default_rng(5)
    for joint in chain_joints(rng.dirichlet(np.ones(3)), rng.dirichlet(np.ones(3), size=(4, 3))):
        model, left, right, information = rng.dirichlet(np.ones(3), size=3), 0.0, 0.0, 0.0
        for j in range(3):  # x_t
            pair = joint[:, :, j] / joint[:, :, j].sum()
            right += joint[:, :, j].sum() * kl_divergence(pair.sum(axis=0), model[j], **NATS)
            product = np.outer(pair.sum(axis=1), pair.sum(axis=0))
            there = pair > 0
            information += joint[:, :, j].sum() * (pair[there] * np.log(pair[there] / product[there])).sum()
            for a in range(3):
                weight = joint[a, :, j].sum()
                if weight > 0:
                    left += weight * kl_divergence(joint[a, :, j] / weight, model[j], **NATS)
        assert left == pytest.approx(right + information, abs=1e-12)
        assert step_identity(joint, model, **NATS) == pytest.approx((left, right, information), abs=1e-12)


def test_eq_diffusion_mixture():
    weights, centres, widths = np.array([0.3, 0.7]), np.array([-1.0, 1.5]), np.array([0.2, 0.6])
    for kept, beta, x_t in ((0.9, 0.7, 0.1), (0.5, 0.2, -1.0)):
        v = kept * widths**2 + 1 - kept
        r = weights * stats.norm.pdf(x_t, np.sqrt(kept * (1 - beta)) * centres, np.sqrt((1 - beta) * v + beta))
        variance = 1 / (1 / v + (1 - beta) / beta)
        mean = variance * (np.sqrt(kept) * centres / v + np.sqrt(1 - beta) * x_t / beta)
        joint = lambda x, v=v, kept=kept, beta=beta, x_t=x_t: (
            weights @ stats.norm.pdf(x, np.sqrt(kept) * centres, np.sqrt(v)) * stats.norm.pdf(x_t, np.sqrt(1 - beta) * x, np.sqrt(beta))
        )
        total = integrate.quad(joint, -10, 10, points=(-1, 0, 1), epsabs=1e-13)[0]
        for x in (-1.0, 0.0, 0.7):
            claimed = r / r.sum() @ stats.norm.pdf(x, mean, np.sqrt(variance))
            assert claimed == pytest.approx(joint(x) / total, rel=1e-8)


def test_eq_diffusion_regression():
    # The noise regressed on x_t, from the covariances of both.
    mean, cov = np.array([1.0, -0.5]), np.array([[1.0, 0.6], [0.6, 0.5]])
    x_t = np.array([0.3, 2.0])
    for t in (1, 3):
        kept = S.alpha_bar[t]
        whole = np.block(
            [[np.eye(2), math.sqrt(1 - kept) * np.eye(2)], [math.sqrt(1 - kept) * np.eye(2), kept * cov + (1 - kept) * np.eye(2)]]
        )
        precision = np.linalg.inv(whole)  # the conditional mean by the precision matrix
        wanted = -np.linalg.solve(precision[:2, :2], precision[:2, 2:] @ (x_t - math.sqrt(kept) * mean))
        np.testing.assert_allclose(gaussian_noise(x_t, t, S, mean=mean, cov=cov), wanted, rtol=1e-10)


def test_eq_diffusion_ends():
    # Gaussian data: the error of the best noise is a x / (a x + 1) at the ratio x, whose integral over ln x is ln(1 + a x).
    most, least, variance = 2000.0, 1e-3, 2.0
    limit = math.log((1 + variance * most) / (1 + variance * least)) / 2
    by_quadrature = integrate.quad(lambda u: variance * math.exp(u) / (variance * math.exp(u) + 1) / 2, math.log(least), math.log(most))[0]
    assert by_quadrature == pytest.approx(limit, rel=1e-10)
    for bend in (0.5, 1, 2):
        gaps = []
        for steps in (1_000, 10_000, 100_000):
            snr = most * (least / most) ** (np.linspace(0, 1, steps) ** bend)
            kept = np.concatenate([[1.0], snr / (1 + snr)])
            gaps.append(gaussian_bound(variance, make_schedule(1 - kept[1:] / kept[:-1]))[1].sum() - limit)
        assert 0 < gaps[2] < 2e-3
        assert gaps[0] > 8 * gaps[1] > 64 * gaps[2]  # like 1 / T


def test_eq_diffusion_levels():
    levels = torch.arange(17)[None]
    for mean, sd in ((0.1, 0.07), (-0.9, 0.3)):
        got = level_log_probability(levels, torch.full((1, 17), mean, **DOUBLE), torch.tensor(sd**2, **DOUBLE), count=17).exp()[0]
        edges = np.concatenate([[-np.inf], (np.arange(16) - 7.5) / 8, [np.inf]])
        np.testing.assert_allclose(got, np.diff(stats.norm.cdf(edges, mean, sd)), atol=1e-14)
        assert got.sum().item() == pytest.approx(1, abs=1e-13)


def test_eq_diffusion_bayes():
    schedule, generator = geometric_schedule(20), torch.Generator().manual_seed(6)
    net = LevelDenoiser(2, schedule, count=5, hidden=8, generator=generator)
    x_0, noise, t = torch.rand(4, 2, generator=generator), torch.randn(4, 2, generator=generator), torch.tensor([1, 5, 10, 20])
    x_t = noised(x_0, noise, t, schedule)
    beliefs, values = net._perceptron(x_t, t)[1].reshape(4, 2, 5).detach().numpy(), np.linspace(-1, 1, 5)
    predicted = net(x_t, t).detach().numpy()
    for row in range(4):
        kept = schedule.alpha_bar[t[row]]
        for i in range(2):
            likelihood = stats.norm.logpdf(x_t[row, i].item(), math.sqrt(kept) * values, math.sqrt(1 - kept))
            logits = beliefs[row, i] + likelihood
            p = np.exp(logits - logits.max())
            datum = p @ values / p.sum()
            assert math.sqrt(kept) * datum + math.sqrt(1 - kept) * predicted[row, i] == pytest.approx(x_t[row, i].item(), abs=1e-5)
    assert isinstance(net, Denoiser)
