"""The terms of the bound: closed forms, torch.distributions as oracle, and their refusals."""

import math

import pytest
import torch
from torch import distributions

from lib import vae

F64 = torch.float64


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def codes(n=6, latents=3, seed=1):
    return torch.randn(2, n, latents, generator=generator(seed), dtype=F64)


def normal(mean, log_variance):
    return distributions.Normal(mean, (log_variance / 2).exp())


def test_a_sample_has_the_mean_and_the_variance_it_is_told():
    mean, log_variance = codes(1, 2)
    z = vae.reparameterise(mean.expand(200_000, 2), log_variance.expand(200_000, 2), generator=generator())
    torch.testing.assert_close(z.mean(0), mean[0], atol=0.02, rtol=0)
    torch.testing.assert_close(z.var(0), log_variance[0].exp(), atol=0, rtol=0.02)


def test_a_sample_is_moved_one_for_one_by_its_mean_and_by_half_of_its_log_variance():
    mean, log_variance = (part.requires_grad_() for part in codes())
    z = vae.reparameterise(mean, log_variance, generator=generator())
    to_mean, to_log_variance = torch.autograd.grad(z.sum(), (mean, log_variance))
    assert (to_mean == 1).all()
    torch.testing.assert_close(to_log_variance, (z - mean) / 2)


def test_the_divergence_from_the_prior_is_that_of_another_library():
    mean, log_variance = codes()
    theirs = distributions.kl_divergence(normal(mean, log_variance), distributions.Normal(0.0, 1.0))
    torch.testing.assert_close(vae.kl_to_standard_normal(mean, log_variance), theirs)


def test_the_divergence_by_hand_is_never_negative_and_keeps_its_digits_near_zero():
    assert vae.kl_to_standard_normal(torch.tensor(1.0, dtype=F64), torch.tensor(0.0, dtype=F64)).item() == 0.5
    tiny = torch.tensor([1e-7, -1e-7, 1e-5], dtype=F64)
    found = vae.kl_to_standard_normal(torch.zeros(3, dtype=F64), tiny)
    assert (found >= 0).all()
    torch.testing.assert_close(found, tiny**2 / 4, rtol=1e-2, atol=0)


def test_the_bound_is_likelihood_less_weighted_divergence():
    likelihood, kl = torch.tensor([-80.0, -90.0]), torch.tensor([10.0, 20.0])
    assert vae.elbo(likelihood, kl).tolist() == [-90.0, -110.0]
    assert vae.elbo(likelihood, kl, beta=0.0).tolist() == [-80.0, -90.0]
    assert vae.elbo(likelihood, kl, beta=2).tolist() == [-100.0, -130.0]


def test_free_bits_floor_the_mean_of_a_coordinate_and_stop_its_gradient():
    kl = torch.tensor([[0.1, 3.0], [0.3, 1.0]], requires_grad=True)
    value = vae.free_bits(kl, floor=0.5)
    assert value.item() == pytest.approx(0.5 + 2.0)
    value.backward()
    assert kl.grad.tolist() == [[0.0, 0.5], [0.0, 0.5]]
    # It is the mean of the batch that is held up, not each image.
    assert vae.free_bits(torch.tensor([[0.1], [1.5]]), floor=0.5).item() == pytest.approx(0.8)
    assert vae.free_bits(kl, floor=0).item() == pytest.approx(0.2 + 2.0)


def test_a_log_density_is_that_of_another_library():
    (mean, log_variance), z = codes(), torch.randn(6, 3, generator=generator(3), dtype=F64)
    torch.testing.assert_close(vae.gaussian_log_density(z, mean, log_variance), normal(mean, log_variance).log_prob(z).sum(-1))
    zero = torch.zeros(3, dtype=F64)
    torch.testing.assert_close(vae.gaussian_log_density(z, zero, zero), distributions.Normal(0.0, 1.0).log_prob(z).sum(-1))


def test_the_importance_bound_is_the_logarithm_of_the_mean_weight():
    log_weights = torch.randn(7, 4, generator=generator(4), dtype=F64)
    torch.testing.assert_close(vae.importance_bound(log_weights), log_weights.exp().mean(0).log())
    assert vae.importance_bound(log_weights[:1]).tolist() == log_weights[0].tolist()
    assert (vae.importance_bound(log_weights) >= log_weights.mean(0)).all()
    torch.testing.assert_close(vae.importance_bound(log_weights - 1000), vae.importance_bound(log_weights) - 1000)


# Errors


@pytest.mark.parametrize("function", [vae.kl_to_standard_normal, lambda m, v: vae.reparameterise(m, v, generator=generator())])
def test_a_code_of_two_shapes_or_with_nan_is_refused(function):
    with pytest.raises(ValueError, match="`mean` and `log_variance` must have one shape"):
        function(torch.zeros(2, 3), torch.zeros(3))
    with pytest.raises(ValueError, match="`log_variance` must be finite; it is nan"):
        function(torch.zeros(1), torch.tensor([math.nan]))


@pytest.mark.parametrize("beta", [-0.1, math.inf, math.nan])
def test_a_weight_out_of_range_is_refused(beta):
    with pytest.raises(ValueError, match="`beta` must be a finite number of at least 0"):
        vae.elbo(torch.zeros(2), torch.zeros(2), beta=beta)
    with pytest.raises(ValueError, match="`floor` must be a finite number of at least 0"):
        vae.free_bits(torch.zeros(2, 2), floor=beta)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: vae.elbo(torch.zeros(2), torch.zeros(2, 1)), "`log_likelihood` and `kl` must have one shape"),
        (lambda: vae.free_bits(torch.zeros(2), floor=1), "`kl` must have 2 axes"),
        (lambda: vae.gaussian_log_density(torch.zeros(2), torch.zeros(3), torch.zeros(3)), "`mean` must have 2 columns"),
        (lambda: vae.importance_bound(torch.tensor(0.0)), "`log_weights` must have an axis of samples"),
        (lambda: vae.importance_bound(torch.tensor([-math.inf])), "`log_weights` must be finite"),
        (lambda: vae.importance_bound(torch.zeros(0, 3)), "`log_weights` must not be empty"),
    ],
)
def test_what_can_not_be_meant_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
