"""Probabilistic PCA against scikit-learn, the linear VAE against probabilistic PCA."""

import math

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.decomposition import PCA

from lib import training, vae
from lib.data import digits
from lib.linear_vae import LinearVAE, fit_linear_vae, linear_log_likelihood, linear_terms, sampled_linear_bound
from lib.ppca import PPCA, fit_ppca, ppca_log_likelihood

F64 = torch.float64


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def data(n=60, d=5, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) @ rng.standard_normal((d, d)) + rng.standard_normal(d)


def random_model(d=4, q=2, seed=0):
    model, chance = LinearVAE(d, q, generator=generator(seed)), generator(seed + 1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=chance, dtype=F64) / 2)
    return model


def bound(model, x, **settings):
    return vae.elbo(*linear_terms(model, x), **settings)


@pytest.mark.parametrize("latents", [1, 3])
def test_the_closed_form_is_that_of_another_library(latents):
    x = data()
    mine, theirs = fit_ppca(x, latents), PCA(latents).fit(x)
    # It divides the covariance by n - 1.
    assert mine.variance == pytest.approx(theirs.noise_variance_ * 59 / 60)
    covariance = mine.weights @ mine.weights.T + mine.variance * np.eye(5)
    np.testing.assert_allclose(covariance, theirs.get_covariance() * 59 / 60, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(ppca_log_likelihood(x, mine), stats.multivariate_normal(x.mean(0), covariance).logpdf(x), rtol=1e-10)


def test_no_other_parameters_are_likelier():
    x, rng = data(seed=1), np.random.default_rng(2)
    best = fit_ppca(x, 2)
    top = ppca_log_likelihood(x, best).mean()
    for _ in range(200):
        step = 10 ** rng.uniform(-3, 0)
        other = PPCA(
            *(part + step * rng.standard_normal(np.shape(part)) for part in best[:2]), best.variance * math.exp(step * rng.normal())
        )
        assert ppca_log_likelihood(x, other).mean() < top


def test_with_a_fixed_variance_the_weak_directions_get_nothing():
    x = np.diag([3.0, 2.0, 1.0]) @ np.array([[1, -1, 0, 0, 0, 0], [0, 0, 1, -1, 0, 0], [0, 0, 0, 0, 1, -1.0]])
    fit = fit_ppca(x.T, 2, variance=2.0)  # the variances are 3, 4/3 and 1/3
    np.testing.assert_allclose((fit.weights**2).sum(0), [1.0, 0.0], atol=1e-12)


def test_the_terms_are_the_means_of_samples():
    model, x = random_model(), torch.tensor(data(6, 4))
    exact = bound(model, x)
    many = torch.stack([sampled_linear_bound(model, x, generator=generator(seed)) for seed in range(4000)])
    assert (abs(many.mean(0) - exact) < 4.5 * many.std(0) / 4000**0.5).all()


def test_the_gap_is_the_divergence_from_the_posterior_in_closed_form():
    model, x = random_model(seed=3), torch.tensor(data(6, 4))
    with torch.no_grad():
        precision = torch.eye(2, dtype=F64) + model.weights.T @ model.weights / model.log_noise.exp()
        mean = (x - model.mean) @ model.weights / model.log_noise.exp() @ torch.linalg.inv(precision)
        posterior = torch.distributions.MultivariateNormal(mean, precision_matrix=precision)
        m, v = model.encode(x)
        q = torch.distributions.MultivariateNormal(m, torch.diag(model.log_variance.exp()).expand(6, 2, 2))
        gap = linear_log_likelihood(model, x) - bound(model, x)
        torch.testing.assert_close(gap, torch.distributions.kl_divergence(q, posterior), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("latents", "iterations"), [(2, 300), (10, 1200)])
def test_on_the_digits_the_optimum_is_that_of_pca_with_no_gap(latents, iterations):
    x = torch.tensor(digits()[0].reshape(-1, 64) / 16)
    model = LinearVAE(64, latents, generator=generator(7), mean=x.mean(0))  # another seed than the chapter's
    history = fit_linear_vae(model, x, iterations=iterations)
    best = ppca_log_likelihood(x.numpy(), fit_ppca(x.numpy(), latents)).mean()
    reached = linear_log_likelihood(model, x).mean().item()
    assert abs(best - reached) < 0.001
    assert -1e-9 < reached + history[-1] < 0.001
    lengths = torch.linalg.svdvals(model.weights).detach().numpy()
    np.testing.assert_allclose(lengths, np.sqrt((fit_ppca(x.numpy(), latents).weights ** 2).sum(0)), rtol=0.01)


def test_what_asks_for_no_gradient_stays():
    x = torch.tensor(data())
    model = LinearVAE(5, 2, generator=generator(), mean=x.mean(0))
    model.log_noise.requires_grad_(False).fill_(0.3)
    fit_linear_vae(model, x, iterations=200)
    assert model.log_noise.item() == pytest.approx(0.3)
    best = fit_ppca(x.numpy(), 2, variance=math.exp(0.3))
    assert linear_log_likelihood(model, x).mean().item() == pytest.approx(ppca_log_likelihood(x.numpy(), best).mean(), abs=1e-5)


def test_the_common_loop_reaches_the_same_optimum():
    x = torch.tensor(data(seed=4))
    model = LinearVAE(5, 2, generator=generator(), mean=x.mean(0))
    settings = {"steps": 3000, "batch_size": 60, "learning_rate": 0.02, "generator": generator()}
    history = training.train(lambda x: -bound(model, x).mean(), model.parameters(), (x,), **settings)
    assert history[-1] == pytest.approx(-ppca_log_likelihood(x.numpy(), fit_ppca(x.numpy(), 2)).mean(), abs=1e-3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fit_ppca(data(), 5), "`latents` must be an integer from 1 to 4"),
        (lambda: fit_ppca(np.full((3, 2), math.nan), 1), "`x` must not be NaN"),
        (lambda: fit_ppca(np.zeros(3), 1), "`x` must have 2 axes"),
        (lambda: fit_ppca(np.zeros((3, 2)), 1), "`variance` must be positive"),
        (lambda: ppca_log_likelihood(np.zeros((1, 3)), PPCA(np.zeros(2), np.ones((2, 1)), 1.0)), "`x` must have 2 columns"),
        (lambda: linear_terms(random_model(), torch.zeros(2, 3, dtype=F64)), "`x` must have 4 columns"),
        (lambda: linear_terms(random_model(), torch.full((2, 4), math.nan, dtype=F64)), "`x` must be finite"),
        (lambda: sampled_linear_bound(random_model(), torch.zeros(4, dtype=F64), generator=generator()), "`x` must have 2 axes"),
        (lambda: fit_linear_vae(random_model(), torch.zeros(2, 4, dtype=F64), iterations=0), "`iterations`"),
        (lambda: fit_linear_vae(random_model(), torch.zeros(2, 4, dtype=F64), tolerance=0), "`tolerance`"),
        (lambda: LinearVAE(4, 0, generator=generator()), "`latents`"),
    ],
)
def test_what_can_not_be_meant_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
