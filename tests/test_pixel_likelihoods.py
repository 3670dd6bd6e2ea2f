"""Distributions of pixels: against SciPy, as distributions, and their refusals."""

import math

import mpmath
import numpy as np
import pytest
import torch
from scipy import stats

from lib import pixel_likelihoods as pl

F64 = torch.float64


def tensor(values):
    return torch.tensor(values, dtype=F64)


def parameters(seed, shape=(5, 4), scale=1.0):
    rng = np.random.default_rng(seed)
    return tensor(scale * rng.standard_normal(shape)), tensor(scale * rng.standard_normal(shape))


def images(seed, trials=16, shape=(5, 4)):
    return tensor(np.random.default_rng(seed).integers(0, trials + 1, shape).astype(float))


def test_bernoulli_pixels_by_hand_and_against_scipy():
    assert pl.bernoulli_log_likelihood(tensor([1.0, 0.0]), tensor([math.log(3), 0.0])).item() == pytest.approx(math.log(3 / 4 * 1 / 2))
    logits, x = parameters(0)[0], images(1, 1)
    theirs = stats.bernoulli.logpmf(x.numpy(), torch.sigmoid(logits).numpy()).sum(-1)
    np.testing.assert_allclose(pl.bernoulli_log_likelihood(x, logits), theirs, rtol=1e-12)


def test_binomial_pixels_against_scipy():
    logits, x = parameters(2)[0], images(3)
    theirs = stats.binom.logpmf(x.numpy(), 16, torch.sigmoid(logits).numpy()).sum(-1)
    np.testing.assert_allclose(pl.binomial_log_likelihood(x, logits, trials=16), theirs, rtol=1e-12)


def test_a_binomial_of_one_trial_is_bernoulli():
    logits, x = parameters(4)[0], images(5, 1)
    torch.testing.assert_close(pl.binomial_log_likelihood(x, logits, trials=1), pl.bernoulli_log_likelihood(x, logits))


@pytest.mark.parametrize("scale", [0.3, 2.0])
def test_beta_binomial_pixels_against_scipy(scale):
    (log_a, log_b), x = parameters(6, scale=scale), images(7)
    theirs = stats.betabinom.logpmf(x.numpy(), 16, log_a.exp().numpy(), log_b.exp().numpy()).sum(-1)
    np.testing.assert_allclose(pl.beta_binomial_log_likelihood(x, log_a, log_b, trials=16), theirs, rtol=1e-11)


def test_beta_binomial_pixels_by_hand():
    # a = b = 1 makes all levels alike; a = 2, b = 1 makes them grow like x + 1.
    assert pl.beta_binomial_log_likelihood(tensor([3.0]), tensor([0.0]), tensor([0.0]), trials=16).item() == pytest.approx(-math.log(17))
    two = pl.beta_binomial_log_likelihood(tensor([3.0]), tensor([math.log(2)]), tensor([0.0]), trials=16)
    assert two.exp().item() == pytest.approx(4 / sum(range(1, 18)))


def test_the_table_of_all_levels_is_the_likelihood_of_each():
    log_a, log_b = parameters(8, scale=2.0)
    table = pl.beta_binomial_log_probabilities(log_a, log_b, trials=16)
    np.testing.assert_allclose(table.exp().sum(-1), 1, rtol=1e-12)
    for level in range(17):
        one = pl.beta_binomial_log_likelihood(
            torch.full((20, 1), float(level), dtype=F64), *(p.reshape(20, 1) for p in (log_a, log_b)), trials=16
        )
        np.testing.assert_allclose(one, table[..., level].reshape(-1), rtol=1e-10, atol=1e-12)


def test_large_parameters_lose_digits_only_as_many_as_float64_must():
    for log_a in (5.0, 10.0, 14.0):
        a = math.exp(log_a)
        with mpmath.workdps(50):
            exact = mpmath.log(mpmath.binomial(16, 5) * mpmath.beta(a + 5, a + 11) / mpmath.beta(a, a))
        mine = pl.beta_binomial_log_likelihood(tensor([5.0]), tensor([log_a]), tensor([log_a]), trials=16).item()
        assert abs(mine - exact) < 1e-14 * a * log_a + 1e-12


def test_gaussian_pixels_against_scipy():
    (mean, log_variance), x = parameters(9), parameters(10)[0]
    theirs = stats.norm.logpdf(x.numpy(), mean.numpy(), (log_variance / 2).exp().numpy()).sum(-1)
    np.testing.assert_allclose(pl.gaussian_log_likelihood(x, mean, log_variance), theirs, rtol=1e-12)


@pytest.mark.parametrize(("mean", "log_variance"), [(3.0, 0.0), (-40.0, -2.0), (90.0, 1.0), (8.0, 6.0), (8.2, -6.0)])
def test_rounded_gaussians_sum_to_one_and_agree_with_fifty_digits(mean, log_variance):
    levels = torch.arange(17, dtype=F64)[:, None]
    full = torch.full((17, 1), mean, dtype=F64), torch.full((17, 1), log_variance, dtype=F64)
    mine = pl.rounded_gaussian_log_likelihood(levels, *full, trials=16)
    assert mine.exp().sum().item() == pytest.approx(1, rel=1e-12)
    with mpmath.workdps(60):
        sd = mpmath.exp(mpmath.mpf(log_variance) / 2)
        for level in range(17):
            low = -mpmath.inf if level == 0 else (level - mpmath.mpf(0.5) - mean) / sd
            high = mpmath.inf if level == 16 else (level + mpmath.mpf(0.5) - mean) / sd
            # on the side where nothing cancels
            exact = mpmath.ncdf(-low) - mpmath.ncdf(-high) if low > 0 else mpmath.ncdf(high) - mpmath.ncdf(low)
            if exact > mpmath.mpf(10) ** -50 and low < 30:
                assert mine[level].item() == pytest.approx(float(mpmath.log(exact)), rel=1e-9, abs=1e-12)


def test_decodings_in_front_are_scored_each():
    (log_a, log_b), x = parameters(11, (3, 5, 4)), images(12)
    together = pl.beta_binomial_log_likelihood(x, log_a, log_b, trials=16)
    assert together.shape == (3, 5)
    for i in range(3):
        torch.testing.assert_close(together[i], pl.beta_binomial_log_likelihood(x, log_a[i], log_b[i], trials=16))


def test_gradients_are_those_of_finite_differences():
    (log_a, log_b), x = parameters(13), images(14)
    for part in (log_a, log_b):
        part.requires_grad_()
    assert torch.autograd.gradcheck(lambda a, b: pl.beta_binomial_log_likelihood(x, a, b, trials=16), (log_a, log_b))
    assert torch.autograd.gradcheck(lambda a, b: pl.rounded_gaussian_log_likelihood(x, 16 * torch.sigmoid(a), b, trials=16), (log_a, log_b))


# Errors

GREY = [pl.beta_binomial_log_likelihood, pl.rounded_gaussian_log_likelihood]


@pytest.mark.parametrize("score", GREY)
@pytest.mark.parametrize(("value", "words"), [(0.5, "it is 0.5 at index"), (17.0, "from 0 to 16; it is 17"), (-1.0, "it is -1")])
def test_a_grey_level_outside_the_support_is_refused(score, value, words):
    x = torch.zeros(2, 3, dtype=F64)
    x[1, 2] = value
    with pytest.raises(ValueError, match=rf"`x` must hold whole numbers.*{words}"):
        score(x, *torch.zeros(2, 2, 3, dtype=F64), trials=16)


def test_bernoulli_refuses_grey():
    with pytest.raises(ValueError, match=r"`x` must hold whole numbers from 0 to 1; it is 0\.5"):
        pl.bernoulli_log_likelihood(tensor([0.5]), tensor([0.0]))


@pytest.mark.parametrize("place", ["x", "mean", "log_variance"])
def test_nan_is_named(place):
    arguments = {name: torch.zeros(2, 3, dtype=F64) for name in ("x", "mean", "log_variance")}
    arguments[place][0, 1] = math.nan
    with pytest.raises(ValueError, match=rf"`{place}` must be finite; it is nan at index \(0, 1\)"):
        pl.gaussian_log_likelihood(*arguments.values())


@pytest.mark.parametrize(
    ("shape", "words"),
    [((2, 4), "`log_a` must have 3 columns"), ((3,), r"`log_a` must end in the shape of `x`"), ((5, 3), "`log_a` must end in the shape")],
)
def test_shapes_that_do_not_match_are_refused(shape, words):
    with pytest.raises(ValueError, match=words):
        pl.beta_binomial_log_likelihood(torch.zeros(2, 3), torch.zeros(shape), torch.zeros(shape), trials=16)


def test_a_table_wants_parameters_of_one_shape_and_a_scalar_image_is_none():
    with pytest.raises(ValueError, match="`log_a` and `log_b` must have one shape"):
        pl.beta_binomial_log_probabilities(torch.zeros(2), torch.zeros(3), trials=16)
    with pytest.raises(ValueError, match="`trials` must be an integer of at least 1"):
        pl.beta_binomial_log_probabilities(torch.zeros(2), torch.zeros(2), trials=0)
    with pytest.raises(ValueError, match="`x` must have an axis of pixels"):
        pl.bernoulli_log_likelihood(torch.tensor(1.0), torch.tensor(0.0))
