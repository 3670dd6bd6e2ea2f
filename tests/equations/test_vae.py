"""Each labelled equation of the chapter, both sides by different routes."""

import itertools
import math

import mpmath
import numpy as np
import pytest
import sympy
import torch
from scipy import integrate, stats
from sklearn.decomposition import PCA

from lib import vae
from lib.annealed_importance import annealed_importance, sigmoid_schedule
from lib.gaussian import gaussian_cross_entropy, gaussian_entropy, gaussian_kl
from lib.linear_vae import LinearVAE, fit_linear_vae, linear_terms
from lib.pixel_likelihoods import beta_binomial_log_likelihood, gaussian_log_likelihood
from lib.ppca import fit_ppca
from lib.vae_evaluation import bounds, latent_grid
from lib.vae_networks import VAE

F64 = torch.float64
NATS = {"base": math.e}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def small(seed=0):
    made = VAE(3, 1, generator=generator(seed), trials=2, encoder_hidden=(8,), decoder_hidden=(8,))
    with torch.no_grad():
        made.decoder[0].weight.mul_(2), made.decoder[2].weight.mul_(4)
    return made, torch.tensor(list(itertools.product([0.0, 1.0, 2.0], repeat=3)), dtype=F64)


def random_linear(seed=0, d=4, q=2):
    model, chance = LinearVAE(d, q, generator=generator(seed)), generator(seed + 1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=chance, dtype=F64) / 2)
    return model


def test_eq_vae_bound():
    model, images = small()
    points, log_joint = latent_grid(model, images, spacing=0.02, reach=16.0)
    evidence = torch.logsumexp(log_joint, 0)
    with torch.no_grad():
        mean, log_variance = model.encode(images)
        q = (vae.gaussian_log_density(points[:, None], mean, log_variance) + math.log(0.02)).exp()
        likelihood = torch.stack([model.log_likelihood(images, z.expand(27, 1)) for z in points])
        left = (q * likelihood).sum(0) - vae.kl_to_standard_normal(mean, log_variance).sum(1)
    right = evidence - (q * (q.log() - (log_joint - evidence))).nansum(0)
    np.testing.assert_allclose(left, right, rtol=1e-10)
    sampled, _ = bounds(model, images, samples=3000, generator=generator(1))
    np.testing.assert_allclose(sampled, left, atol=0.35)


def test_eq_vae_reparameterisation():
    # f(z) = sin z has the mean exp(-s^2/2) sin m under a Gaussian.
    m, s = sympy.symbols("m s", positive=True)
    mean = sympy.exp(-(s**2) / 2) * sympy.sin(m)
    at = {m: 0.6, s: 0.8}
    for which, factor in ((m, lambda e: 1), (s, lambda e: e)):
        inside = integrate.quad(lambda e, factor=factor: math.cos(0.6 + 0.8 * e) * factor(e) * stats.norm.pdf(e), -12, 12)[0]
        assert inside == pytest.approx(float(sympy.diff(mean, which).subs(at)), rel=1e-9)
    # and the library's sample has these slopes on average
    parameters = torch.tensor([0.6, 2 * math.log(0.8)], dtype=F64, requires_grad=True)
    many = parameters.expand(400_000, 2)
    vae.reparameterise(many[:, :1], many[:, 1:], generator=generator()).sin().mean().backward()
    expected = [float(sympy.diff(mean, m).subs(at)), float((sympy.diff(mean, s) * s / 2).subs(at))]  # by the chain rule for 2 ln s
    np.testing.assert_allclose(parameters.grad, expected, atol=3e-3)


def test_eq_vae_kl():
    for mean, variance in ((0.0, 1.0), (1.0, 0.25), (-2.0, 3.0)):
        closed = (mean**2 + variance - 1 - math.log(variance)) / 2
        q = stats.norm(mean, math.sqrt(variance))
        numeric = integrate.quad(lambda z, q=q: q.pdf(z) * (q.logpdf(z) - stats.norm.logpdf(z)), -25, 25, epsabs=1e-12, limit=200)[0]
        assert numeric == pytest.approx(closed, abs=1e-9)
        assert gaussian_kl(mean, variance, 0, 1, **NATS) == pytest.approx(closed, abs=1e-12)
        mine = vae.kl_to_standard_normal(torch.tensor([mean], dtype=F64), torch.tensor([math.log(variance)], dtype=F64))
        assert mine.item() == pytest.approx(closed, abs=1e-12)


def test_eq_vae_gradients():
    model, images = small(2)
    noise = torch.randn(27, 1, generator=generator(3), dtype=F64)

    def terms():
        mean, log_variance = model.encode(images)
        likelihood = model.log_likelihood(images, mean + (log_variance / 2).exp() * noise).mean()
        return likelihood, vae.kl_to_standard_normal(mean, log_variance).sum(1).mean()

    whole = torch.autograd.grad(vae.elbo(*terms()), list(model.parameters()))
    names = [name for name, _ in model.named_parameters()]
    # Finite differences of each term on its own, in one weight of each network.
    for part in ("encoder.0.weight", "decoder.2.weight"):
        weight, slopes = dict(model.named_parameters())[part], []
        for step in (1e-5, -1e-5):
            with torch.no_grad():
                weight[0, 0] += step
                slopes.append([term.item() for term in terms()])
                weight[0, 0] -= step
        likelihood, kl = (np.subtract(*slopes) / 2e-5).tolist()
        found = whole[names.index(part)][0, 0].item()
        assert found == pytest.approx(likelihood - kl, abs=1e-7)
        assert (kl == 0) == part.startswith("decoder")


def test_eq_vae_linear_terms():
    model, x = random_linear(), torch.randn(3, 4, generator=generator(5), dtype=F64)
    nodes, weights = np.polynomial.hermite_e.hermegauss(6)  # exact for squares
    weights = weights / weights.sum()
    with torch.no_grad():
        mean, log_variance = model.encode(x)
        total = 0.0
        for (a, u), (b, v) in itertools.product(zip(nodes, weights), repeat=2):
            z = mean + (log_variance / 2).exp() * torch.tensor([a, b], dtype=F64)
            total = total + u * v * gaussian_log_likelihood(x, z @ model.weights.T + model.mean, model.log_noise.expand_as(x))
        torch.testing.assert_close(linear_terms(model, x)[0], total, rtol=1e-11, atol=1e-11)


def test_eq_vae_ppca():
    rng = np.random.default_rng(6)
    x = rng.standard_normal((80, 5)) @ rng.standard_normal((5, 5))
    values, vectors = np.linalg.eigh(np.cov(x.T, ddof=0))
    variance = values[:3].mean()
    weights = vectors[:, 3:] @ np.diag(np.sqrt(values[3:] - variance))
    theirs = PCA(2).fit(x)  # divides by n - 1
    np.testing.assert_allclose(weights @ weights.T + variance * np.eye(5), theirs.get_covariance() * 79 / 80, rtol=1e-9, atol=1e-9)
    # By gradient, from the bound alone.
    model = LinearVAE(5, 2, generator=generator(), mean=torch.tensor(x.mean(0)))
    fit_linear_vae(model, torch.tensor(x), iterations=500)
    found = model.weights.detach().numpy()
    np.testing.assert_allclose(found @ found.T, weights @ weights.T, atol=1e-3)
    assert model.log_noise.exp().item() == pytest.approx(variance, rel=1e-4)


def test_eq_vae_chain():
    model = random_linear(8)
    rng = np.random.default_rng(9)
    root = rng.standard_normal((4, 4))
    mean, covariance = rng.standard_normal(4), root @ root.T + np.eye(4)
    points = mean + np.vstack([np.linalg.cholesky(covariance).T, -np.linalg.cholesky(covariance).T]) * 2
    with torch.no_grad():
        x = torch.tensor(points)
        loss = -vae.elbo(*linear_terms(model, x)).mean().item()
        weights, noise = model.weights.numpy(), math.exp(model.log_noise)
        model_mean, model_covariance = model.mean.numpy(), weights @ weights.T + noise * np.eye(4)
        precision = np.eye(2) + weights.T @ weights / noise
        posterior = np.linalg.solve(precision, weights.T @ (points - model_mean).T / noise).T
        q_mean, q_log_variance = (part.numpy() for part in model.encode(x))
    gaps = [gaussian_kl(m, np.diag(np.exp(v)), p, np.linalg.inv(precision), **NATS) for m, v, p in zip(q_mean, q_log_variance, posterior)]
    exact = gaussian_kl(mean, covariance, model_mean, model_covariance, **NATS)
    assert loss - gaussian_entropy(covariance, **NATS) == pytest.approx(exact + np.mean(gaps), rel=1e-10)
    assert gaussian_cross_entropy(mean, covariance, model_mean, model_covariance, **NATS) == pytest.approx(loss - np.mean(gaps), rel=1e-10)


def test_eq_vae_bernoulli():
    for p in (0.01, 0.3, 0.9, 0.9999):
        numeric = integrate.quad(lambda x, p=p: p**x * (1 - p) ** (1 - x), 0, 1)[0]
        assert numeric == pytest.approx((2 * p - 1) / math.log(p / (1 - p)), rel=1e-10)
    p = sympy.symbols("p", positive=True)
    assert sympy.limit((2 * p - 1) / sympy.log(p / (1 - p)), p, sympy.Rational(1, 2)) == sympy.Rational(1, 2)


def test_eq_vae_mse():
    rng = np.random.default_rng(10)
    x, centre = rng.standard_normal((2, 6))
    for variance in (0.2, 1.0, 5.0):
        theirs = -stats.multivariate_normal(centre, variance * np.eye(6)).logpdf(x)
        assert ((x - centre) ** 2).sum() / (2 * variance) + 3 * math.log(2 * math.pi * variance) == pytest.approx(theirs, rel=1e-12)


def test_eq_vae_beta_binomial():
    for a, b in ((0.3, 0.4), (2.0, 6.0), (30.0, 5.0)):
        for x in (0, 5, 16):
            with mpmath.workdps(30):
                mixed = mpmath.quad(
                    lambda u, x=x, a=a, b=b: mpmath.binomial(16, x) * u ** (x + a - 1) * (1 - u) ** (16 - x + b - 1) / mpmath.beta(a, b),
                    [0, 0.5, 1],
                )
            one = torch.tensor([float(x)], dtype=F64)
            mine = beta_binomial_log_likelihood(
                one, torch.tensor([math.log(a)], dtype=F64), torch.tensor([math.log(b)], dtype=F64), trials=16
            )
            assert mine.exp().item() == pytest.approx(float(mixed), rel=1e-4 if min(a, b) < 1 else 1e-10)


def test_eq_vae_annealed():
    model, images = small(4)
    x = images[[0, 13, 20]]
    exact = torch.logsumexp(latent_grid(model, x, spacing=0.02, reach=10.0)[1], 0)

    def log_likelihood(z):
        return model.log_likelihood(x, z)

    log_weights, _ = annealed_importance(log_likelihood, (4000, 3, 1), sigmoid_schedule(30), 0.4, leapfrogs=2, generator=generator(5))
    relative = (log_weights - exact).exp()
    assert (abs(relative.mean(0) - 1) < 4 * relative.std(0) / 4000**0.5).all()


def test_eq_vae_surgery():
    rng = np.random.default_rng(11)
    # On a discrete model everything is a finite sum.
    codes, prior = rng.dirichlet(np.ones(5), size=8), rng.dirichlet(np.ones(5))
    together = codes.mean(0)
    rate = np.mean([(q * np.log(q / prior)).sum() for q in codes])
    joint = codes / 8
    information = (joint * np.log(joint / (joint.sum(1, keepdims=True) * joint.sum(0)))).sum()
    assert rate == pytest.approx(information + (together * np.log(together / prior)).sum(), rel=1e-12)
    assert information <= math.log(8)
    # For the linear VAE at its optimum on Gaussian data the second part is 0: mean and covariance of the codes are those of the prior.
    x = rng.standard_normal((200, 5)) @ rng.standard_normal((5, 5))
    fit = fit_ppca(x, 2)
    precision = np.eye(2) + fit.weights.T @ fit.weights / fit.variance
    encoder = np.linalg.solve(precision, fit.weights.T) / fit.variance
    covariance = encoder @ np.cov(x.T, ddof=0) @ encoder.T + np.linalg.inv(precision)
    np.testing.assert_allclose(covariance, np.eye(2), atol=1e-10)
    assert gaussian_kl(np.zeros(2), covariance, np.zeros(2), np.eye(2), **NATS) == pytest.approx(0, abs=1e-12)


def test_eq_vae_threshold():
    rng = np.random.default_rng(12)
    x = rng.standard_normal((300, 5)) * [2.0, 1.5, 1.0, 0.5, 0.3]
    values = np.linalg.eigvalsh(np.cov(x.T, ddof=0))[::-1][:3]
    for beta, variance in ((1.0, 0.5), (3.0, 0.5), (0.5, 3.0), (10.0, 0.5)):
        model = LinearVAE(5, 3, generator=generator(1), mean=torch.tensor(x.mean(0)))
        model.log_noise.requires_grad_(False).fill_(math.log(variance))
        fit_linear_vae(model, torch.tensor(x), iterations=500, beta=beta)
        lengths = torch.linalg.svdvals(model.weights).detach().numpy() ** 2
        np.testing.assert_allclose(lengths, np.maximum(values - beta * variance, 0), atol=2e-3)


def test_eq_vae_total_variance():
    model, images = small(6)
    _, log_joint = latent_grid(model, images, spacing=0.02, reach=10.0)
    probability = torch.logsumexp(log_joint, 0).exp()
    direct = probability @ images**2 - (probability @ images) ** 2
    line = torch.arange(-10, 10.001, 0.02, dtype=F64)[:, None]
    weight = torch.exp(-(line[:, 0] ** 2) / 2) / math.sqrt(2 * math.pi) * 0.02
    with torch.no_grad():
        table, levels = model.log_probabilities(line).exp(), torch.arange(3, dtype=F64)
    means = table @ levels
    within = weight @ (table @ levels**2 - means**2)
    between = weight @ means**2 - (weight @ means) ** 2
    torch.testing.assert_close(direct, within + between, rtol=1e-9, atol=1e-9)
