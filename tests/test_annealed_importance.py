"""Annealed importance sampling against models whose integral is known."""

import math

import numpy as np
import pytest
import torch

from lib.annealed_importance import annealed_importance, pilot_step_sizes, sigmoid_schedule
from lib.ppca import PPCA, ppca_log_likelihood
from lib.vae import importance_bound

F64 = torch.float64


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def gaussian_model(seed=0, d=6, q=3, n=4):
    """Return images, log-likelihood of codes and the exact ln p(x)."""
    rng = np.random.default_rng(seed)
    fit = PPCA(np.zeros(d), rng.standard_normal((d, q)), 0.3)
    x = rng.standard_normal((n, q)) @ fit.weights.T + math.sqrt(0.3) * rng.standard_normal((n, d))
    images, weights = torch.tensor(x), torch.tensor(fit.weights)

    def log_likelihood(z):
        rest = images - z @ weights.T
        return -((rest**2).sum(-1) / 0.3 + d * math.log(2 * math.pi * 0.3)) / 2

    return log_likelihood, ppca_log_likelihood(x, fit)


def test_the_mean_weight_is_the_evidence():
    log_likelihood, exact = gaussian_model()
    settings = {"leapfrogs": 3, "generator": generator()}
    log_weights, accepted = annealed_importance(log_likelihood, (2000, 4, 3), sigmoid_schedule(60), 0.25, **settings)
    relative = (log_weights - torch.tensor(exact)).exp()
    assert (abs(relative.mean(0) - 1) < 4 * relative.std(0) / 2000**0.5).all()
    assert (relative.std(0) < 2).all(), "else the test says nothing"
    assert 0.5 < accepted.mean() < 1
    # Jensen: the mean of the logarithms is below.
    assert (log_weights.mean(0) < torch.tensor(exact)).all()


def test_it_stays_unbiased_with_moves_that_are_far_too_long_or_short():
    log_likelihood, exact = gaussian_model(1, d=2, q=1, n=2)
    for size in (3.0, 1e-3):
        settings = {"leapfrogs": 1, "generator": generator(1)}
        log_weights, _ = annealed_importance(log_likelihood, (20_000, 2, 1), sigmoid_schedule(10), size, **settings)
        relative = (log_weights - torch.tensor(exact)).exp()
        assert (abs(relative.mean(0) - 1) < 4 * relative.std(0) / 20_000**0.5).all()


def test_a_single_temperature_is_plain_importance_sampling_from_the_prior():
    log_likelihood, _ = gaussian_model(2)
    log_weights, _ = annealed_importance(log_likelihood, (5, 4, 3), sigmoid_schedule(1), 0.1, leapfrogs=1, generator=generator(3))
    start = torch.randn(5, 4, 3, generator=generator(3), dtype=F64)
    torch.testing.assert_close(log_weights, log_likelihood(start))


def test_more_temperatures_make_the_weights_agree():
    log_likelihood, exact = gaussian_model(3)
    spread = []
    for steps in (5, 50, 500):
        sizes = pilot_step_sizes(log_likelihood, (20, 4, 3), sigmoid_schedule(steps), start=0.3, leapfrogs=3, generator=generator(4))
        log_weights, _ = annealed_importance(
            log_likelihood, (200, 4, 3), sigmoid_schedule(steps), sizes, leapfrogs=3, generator=generator(5)
        )
        spread.append(log_weights.std(0).mean().item())
    assert spread[0] > 2 * spread[1] > 4 * spread[2]
    relative = (log_weights - torch.tensor(exact)).exp()
    assert (abs(importance_bound(log_weights) - torch.tensor(exact)) < 4 * relative.std(0) / 200**0.5).all()


def test_a_pilot_run_finds_steps_that_are_mostly_accepted():
    def narrow(z):
        return -200 * (z**2).sum(-1)

    schedule = sigmoid_schedule(300)
    sizes = pilot_step_sizes(narrow, (50, 1, 2), schedule, start=1.0, leapfrogs=3, generator=generator())
    _, accepted = annealed_importance(narrow, (200, 1, 2), schedule, sizes, leapfrogs=3, generator=generator(1))
    assert sizes[-1] < 0.15 < sizes[0]
    assert 0.55 < accepted[-100:].mean() < 0.9


def test_temperatures_rise_slowly_at_both_ends():
    t = sigmoid_schedule(100)
    assert t[0] == 0 and t[-1] == 1
    steps = t.diff()
    assert (steps > 0).all()
    assert steps[0] < steps[50] / 5
    torch.testing.assert_close(steps, steps.flip(0))


def test_a_gradient_is_wanted_even_where_none_is_recorded():
    log_likelihood, _ = gaussian_model()
    with torch.no_grad():
        log_weights, _ = annealed_importance(log_likelihood, (2, 4, 3), sigmoid_schedule(3), 0.1, leapfrogs=1, generator=generator())
    assert not log_weights.requires_grad


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"temperatures": torch.tensor([0.1, 1.0])}, "`temperatures` must rise from 0 to 1"),
        ({"temperatures": torch.tensor([0.0, 0.5, 0.5, 1.0])}, "`temperatures` must rise"),
        ({"temperatures": torch.tensor([0.0, 0.5])}, "`temperatures` must rise"),
        ({"temperatures": torch.zeros(2, 2)}, "`temperatures` must have 1 axes"),
        ({"step_sizes": 0.0}, "`step_sizes` must be positive; the least is 0"),
        ({"leapfrogs": 0}, "`leapfrogs`"),
    ],
)
def test_what_can_not_be_meant_is_refused(changes, words):
    settings = {"temperatures": sigmoid_schedule(3), "step_sizes": 0.1, "leapfrogs": 1} | changes
    with pytest.raises(ValueError, match=words):
        annealed_importance(gaussian_model()[0], (2, 4, 3), generator=generator(), **settings)
    with pytest.raises(ValueError, match="`slope`"):
        sigmoid_schedule(3, slope=0)
