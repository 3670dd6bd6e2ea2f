"""Bounds on new images and the exact value on a grid: each against another route."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import stats

from lib.vae import kl_to_standard_normal
from lib.vae_evaluation import active_units, aggregate_rate, bits_per_dimension, bounds, latent_grid, rates
from lib.vae_networks import VAE, fit_vae

F64 = torch.float64
ALL = torch.tensor(list(itertools.product([0.0, 1.0, 2.0], repeat=3)), dtype=F64)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def codes(n=6, latents=3, seed=1):
    return torch.randn(2, n, latents, generator=generator(seed), dtype=F64)


def normal(mean, log_variance):
    return torch.distributions.Normal(mean, (log_variance / 2).exp())


def model(latents=1, seed=0, **settings):
    made = VAE(3, latents, generator=generator(seed), trials=2, encoder_hidden=(8,), decoder_hidden=(8,), **settings)
    with torch.no_grad():  # so that the code matters
        made.decoder[0].weight.mul_(2), made.decoder[2].weight.mul_(4)
    return made


def evidence(made, x, latents):
    """Return p(x) by Gauss-Legendre nodes between -8 and 8."""
    nodes, weights = np.polynomial.legendre.leggauss(300)
    z = np.array(list(itertools.product(8 * nodes, repeat=latents)))
    weight = np.prod(list(itertools.product(8 * weights, repeat=latents)), axis=1)
    with torch.no_grad():
        likelihood = made.log_likelihood(x.expand(len(z), 3), torch.tensor(z)).exp().numpy()
    return weight @ (likelihood * stats.norm.pdf(z).prod(1))


@pytest.mark.parametrize("latents", [1, 2])
def test_the_grid_is_the_integral(latents):
    made, spacing = model(latents), 0.02 if latents == 1 else 0.1
    points, log_joint = latent_grid(made, ALL, spacing=spacing, reach=8.0)
    assert points.shape == (round(16 / spacing + 1) ** latents, latents)
    total = torch.logsumexp(log_joint, 0)
    assert total.exp().sum().item() == pytest.approx(1, abs=1e-9)
    for i in (0, 7, 20):
        assert total[i].exp().item() == pytest.approx(evidence(made, ALL[i], latents), rel=1e-9)


@pytest.mark.parametrize("latents", [1, 2])
def test_the_gap_of_the_bound_is_the_divergence_from_the_posterior(latents):
    """The bound by Gauss-Hermite nodes, the divergence on the grid: within 1e-6."""
    made = model(latents, seed=1)
    points, log_joint = latent_grid(made, ALL, spacing=0.05, reach=8.0)
    exact = torch.logsumexp(log_joint, 0)
    with torch.no_grad():
        mean, log_variance = made.encode(ALL)
    nodes, weights = np.polynomial.hermite_e.hermegauss(150 if latents == 1 else 80)
    weights = weights / weights.sum()
    for i in (3, 11):
        mu, sd = mean[i].numpy(), (log_variance[i] / 2).exp().numpy()
        grid = np.array(list(itertools.product(nodes, repeat=latents)))
        weight = np.array([np.prod(w) for w in itertools.product(weights, repeat=latents)])
        with torch.no_grad():
            likelihood = made.log_likelihood(ALL[i].expand(len(grid), 3), torch.tensor(mu + sd * grid)).numpy()
        lower = weight @ likelihood - kl_to_standard_normal(mean[i], log_variance[i]).sum().item()
        log_q = stats.norm.logpdf(points.numpy(), mu, sd).sum(1) + latents * math.log(0.05)
        divergence = (np.exp(log_q) * (log_q - (log_joint[:, i] - exact[i]).numpy())).sum()
        assert exact[i].item() - lower == pytest.approx(divergence, abs=1e-6)
        assert divergence > 0


def test_both_bounds_lie_where_they_should():
    made = model(2, seed=2)
    exact = torch.logsumexp(latent_grid(made, ALL, spacing=0.1, reach=8.0)[1], 0)
    lower, higher = bounds(made, ALL, samples=4000, generator=generator(3))
    assert (lower < exact).all()
    assert (higher > lower).all()
    torch.testing.assert_close(higher, exact, atol=0.1, rtol=0)
    one, same = bounds(made, ALL, samples=1, generator=generator(4))
    assert not torch.equal(one, same), "one has the divergence in closed form, the other from the sample"
    # On average over draws a bound of one sample is the other.
    many = torch.stack([torch.stack(bounds(made, ALL, samples=1, generator=generator(s))) for s in range(400)])
    difference = (many[:, 0] - many[:, 1]).mean(1)
    assert abs(difference.mean()) < 4 * difference.std() / 20


def test_more_samples_raise_the_importance_bound_on_average():
    made = model(1, seed=5)
    means = [bounds(made, ALL.repeat(40, 1), samples=k, generator=generator(6))[1].mean().item() for k in (1, 5, 50)]
    assert means[0] < means[1] < means[2]


def test_samples_are_taken_in_pieces_without_a_trace(monkeypatch):
    made = VAE(3, 1, generator=generator(), trials=2, encoder_hidden=(8,), decoder_hidden=(8,))
    whole = bounds(made, ALL, samples=20_000, generator=generator(7))
    monkeypatch.setattr("lib.vae_evaluation.CHUNK", 777 * len(ALL))  # which doesn't divide the number of samples
    pieces = bounds(made, ALL, samples=20_000, generator=generator(7))
    for a, b in zip(whole, pieces):
        torch.testing.assert_close(a, b, atol=0.05, rtol=0)


def test_a_decoder_that_looks_back_has_bounds_too():
    made = VAE(3, 1, generator=generator(), trials=2, encoder_hidden=(8,), decoder_hidden=(8,), looks_back=8)
    lower, higher = bounds(made, ALL, samples=200, generator=generator(1))
    assert (higher > lower).all()
    assert higher.exp().sum().item() == pytest.approx(1, abs=0.02)


def test_a_conditional_bound_is_one_of_the_conditional_likelihood():
    made = VAE(3, 1, generator=generator(), trials=2, classes=2, encoder_hidden=(8,), decoder_hidden=(8,))
    labels = torch.zeros(27, dtype=torch.int64)
    for y in (0, 1):
        _, higher = bounds(made, ALL, samples=2000, generator=generator(1), labels=labels + y)
        assert higher.exp().sum().item() == pytest.approx(1, abs=0.02)


def test_rates_are_the_divergences_of_the_codes():
    made = model(2)
    with torch.no_grad():
        torch.testing.assert_close(rates(made, ALL), kl_to_standard_normal(*made.encode(ALL)))


def test_bits_a_pixel_by_hand():
    assert bits_per_dimension(-64 * math.log(2), 64) == pytest.approx(1)
    assert bits_per_dimension(torch.tensor([-math.log(4)]), 1).tolist() == pytest.approx([2])


def test_on_data_of_its_own_the_mean_exact_likelihood_is_best_for_the_model_itself():
    """What is trained is the likelihood: a model trained on another's samples comes near it, and no nearer."""
    truth, chance = model(1, seed=3), generator(8)
    x = truth.sample(torch.randn(3000, 1, generator=chance, dtype=F64), generator=chance)
    student = model(1, seed=4)
    fit_vae(student, x, steps=500, learning_rate=0.01, generator=chance)
    probability = {
        name: torch.logsumexp(latent_grid(m, ALL, spacing=0.1, reach=8.0)[1], 0) for name, m in (("truth", truth), ("student", student))
    }
    divergence = (probability["truth"].exp() * (probability["truth"] - probability["student"])).sum().item()
    assert 0 < divergence < 0.05


def test_the_parts_of_the_rate_add_up_and_the_information_has_its_ceiling():
    mean, log_variance = codes(50, 3, seed=5)
    information, divergence = aggregate_rate(2 * mean, log_variance - 2, repeats=400, generator=generator())
    rate = kl_to_standard_normal(2 * mean, log_variance - 2).sum(1).mean()
    total = information + divergence
    assert abs(total.mean() - rate) < 4 * total.std() / 20
    assert 0 < information.mean() < math.log(50)
    assert divergence.mean() > 0


def test_codes_that_are_all_the_prior_carry_nothing():
    information, divergence = aggregate_rate(*torch.zeros(2, 20, 2, dtype=F64), repeats=3, generator=generator())
    torch.testing.assert_close(information, torch.zeros(3, dtype=F64))
    torch.testing.assert_close(divergence, torch.zeros(3, dtype=F64))


def test_two_overlapping_codes_against_a_sum_on_the_line():
    mean, log_variance = torch.tensor([[-0.7], [0.9]], dtype=F64), torch.tensor([[-1.0], [0.2]], dtype=F64)
    z = np.linspace(-12, 12, 20_001)
    each = np.exp(normal(mean, log_variance).log_prob(torch.tensor(z)).numpy())
    both, step = each.mean(0), z[1] - z[0]
    exact = (each * np.log(each / both)).sum() * step / 2
    gap = (both * (np.log(both) + z**2 / 2 + math.log(2 * math.pi) / 2)).sum() * step
    parts = aggregate_rate(mean, log_variance, repeats=20_000, generator=generator())
    for part, value in zip(parts, (exact, gap)):
        assert abs(part.mean() - value) < 4 * part.std() / 20_000**0.5


def test_an_active_coordinate_varies_from_image_to_image():
    mean = torch.tensor([[0.0, 5.0, 1.0], [0.1, 5.0, -1.0]])
    assert active_units(mean).tolist() == [False, False, True]
    assert active_units(mean, threshold=0.001).tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: bounds(model(), ALL, samples=0, generator=generator()), "`samples`"),
        (lambda: bounds(model(), ALL + 0.5, samples=1, generator=generator()), "`x` must hold whole numbers"),
        (lambda: latent_grid(VAE(3, 3, generator=generator()), ALL, spacing=1, reach=2), "`model` must have 1 or 2 latent"),
        (lambda: latent_grid(model(looks_back=3), ALL, spacing=1, reach=2), "independent pixels"),
        (lambda: latent_grid(model(), ALL + 0.5, spacing=1, reach=2), "`x` must hold whole numbers from 0 to 2"),
        (lambda: latent_grid(model(), ALL[:, :2], spacing=1, reach=2), "`x` must have 3 columns"),
        (lambda: latent_grid(model(), ALL, spacing=0, reach=2), "`spacing`"),
        (lambda: latent_grid(model(), ALL, spacing=1, reach=-1), "`reach`"),
        (lambda: bits_per_dimension(1.0, 0), "`pixels`"),
        (lambda: aggregate_rate(*torch.zeros(2, 3, 1), repeats=0, generator=generator()), "`repeats`"),
        (lambda: aggregate_rate(*torch.zeros(2, 3), repeats=1, generator=generator()), "`mean` must have 2 axes"),
        (lambda: active_units(torch.zeros(1, 3)), "`mean` must have at least 2 rows"),
        (lambda: active_units(torch.zeros(2, 3), threshold=0), "`threshold`"),
    ],
)
def test_what_can_not_be_meant_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
