"""The torch room against the exact one, against torch.distributions, and against itself by another route."""

import io
import json
import math

import mpmath
import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from experiments import diffusion as experiment
from lib.diffusion import (
    Denoiser,
    bound_terms,
    denoised,
    draw_samples,
    level_log_probability,
    level_values,
    noise_loss,
    noised,
    path_cost,
    reverse_step,
    step_kl,
)
from lib.diffusion_chain import (
    cosine_schedule,
    forward_marginal,
    gaussian_bound,
    gaussian_chain_variance,
    gaussian_noise,
    make_schedule,
    noise_weights,
    prior_kl,
    reverse_posterior,
)
from lib.training import DivergedError, train

S = cosine_schedule(8)
DOUBLE = {"dtype": torch.float64}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def batch(n=200, d=3, seed=0, least=1):
    g = seeded(seed)
    x_0, noise = (torch.randn(n, d, generator=g, **DOUBLE) for _ in range(2))
    return x_0, noise, torch.randint(least, 9, (n,), generator=g)


def crooked(x, t):
    """A model that is no good, but no constant either."""
    return torch.sin(x) + 0.1 * t[:, None]


def best(mean, cov, schedule):
    """The best model of Gaussian data."""

    def predict(x, t):
        return torch.tensor(gaussian_noise(x.numpy(), int(t[0]), schedule, mean=mean, cov=cov), dtype=x.dtype)

    return predict


# Terms


def test_noised_data_have_the_moments_of_the_marginal():
    x_0, noise, t = batch()
    x_t = noised(x_0, noise, t, S)
    for row in range(5):
        mean, variance = forward_marginal(x_0[row].numpy(), int(t[row]), S)
        np.testing.assert_allclose(x_t[row], mean + math.sqrt(variance) * noise[row].numpy(), rtol=1e-12)
    torch.testing.assert_close(denoised(x_t, noise, t, S), x_0, rtol=1e-9, atol=1e-9)


def test_with_the_true_noise_the_step_back_is_the_posterior():
    x_0, noise, t = batch(least=2)
    x_t = noised(x_0, noise, t, S)
    mean, variance = reverse_step(x_t, noise, t, S)
    for row in range(20):
        wanted, spread = reverse_posterior(x_0[row].numpy(), x_t[row].numpy(), int(t[row]), S)
        np.testing.assert_allclose(mean[row], wanted, rtol=1e-8, atol=1e-9)
        assert variance[row].item() == pytest.approx(spread, rel=1e-12)
    assert step_kl(x_0, x_t, noise, t, S).max() < 1e-15


def test_the_last_step_has_the_variance_of_the_first():
    mean, variance = reverse_step(torch.zeros(1, 2), torch.zeros(1, 2), torch.tensor([1]), S)
    assert variance.item() == pytest.approx(S.beta[1], rel=1e-6)


def test_a_step_costs_the_divergence_of_torch_distributions():
    x_0, noise, t = batch(least=2)
    x_t = noised(x_0, noise, t, S)
    predicted = crooked(x_t, t)
    mean, variance = reverse_step(x_t, predicted, t, S)
    for row in range(30):
        wanted, spread = reverse_posterior(x_0[row].numpy(), x_t[row].numpy(), int(t[row]), S)
        q, p = Normal(torch.tensor(wanted), math.sqrt(spread)), Normal(mean[row], variance[row].sqrt())
        assert step_kl(x_0, x_t, predicted, t, S)[row].item() == pytest.approx(kl_divergence(q, p).sum().item(), rel=1e-8)


def test_a_step_costs_its_weight_times_the_error_of_the_noise():
    x_0, noise, t = batch(least=2)
    x_t = noised(x_0, noise, t, S)
    predicted = crooked(x_t, t)
    weights = torch.tensor(noise_weights(S))[t]
    torch.testing.assert_close(step_kl(x_0, x_t, predicted, t, S), weights * ((predicted - noise) ** 2).sum(dim=1), rtol=1e-8, atol=0)


def test_the_loss_is_the_error_at_random_times():
    x_0 = torch.zeros(100_000, 2)
    # With a datum of 0 and the model x -> x, the error is (1 - sqrt(1 - alpha_bar))^2 times the noise squared.
    by_time = 2 * (1 - np.sqrt(1 - S.alpha_bar[1:])) ** 2
    same = lambda x, t: x
    assert noise_loss(same, x_0, S, generator=seeded()).item() == pytest.approx(by_time.mean(), rel=0.02)
    weights = np.arange(9.0)
    assert noise_loss(same, x_0, S, generator=seeded(), weights=weights).item() == pytest.approx((weights[1:] * by_time).mean(), rel=0.02)


# Grey levels


def test_the_levels_lie_evenly_between_minus_one_and_one():
    assert level_values(torch.tensor([[0, 4, 8, 16]]), count=17).tolist() == [[-1, -0.5, 0, 1]]


@pytest.mark.parametrize("mean, sd", [(0.0, 0.3), (-1.2, 0.02), (0.4, 5.0), (3.0, 0.05)])
def test_the_probabilities_of_all_levels_sum_to_one(mean, sd):
    levels = torch.arange(17)[None]
    p = level_log_probability(levels, torch.full((1, 17), mean, **DOUBLE), torch.tensor(sd**2, **DOUBLE), count=17).exp()
    assert p.sum().item() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("level, mean, sd", [(0, 0.9, 0.1), (16, -0.9, 0.1), (5, 0.7, 0.05), (8, 0.0, 0.01), (12, -3.0, 0.2)])
def test_far_out_the_logarithm_keeps_its_digits(level, mean, sd):
    with mpmath.workdps(200):
        value, half = mpmath.mpf(level) / 8 - 1, mpmath.mpf(1) / 16
        low = mpmath.mpf(0) if level == 0 else mpmath.ncdf((value - half - mpmath.mpf(mean)) / mpmath.mpf(sd))
        high = mpmath.mpf(1) if level == 16 else mpmath.ncdf((value + half - mpmath.mpf(mean)) / mpmath.mpf(sd))
        wanted = float(mpmath.log(high - low))
    got = level_log_probability(torch.tensor([[level]]), torch.tensor([[mean]], **DOUBLE), torch.tensor(sd**2, **DOUBLE), count=17)
    assert got.item() == pytest.approx(wanted, rel=1e-10, abs=1e-12)


# The bound


def test_the_bound_from_divergences_is_that_of_whole_paths_within_three_standard_errors():
    n = 40_000
    x_0 = torch.tensor([[0.5, -1.0]], **DOUBLE).repeat(n, 1)
    prior, steps, reconstruction = bound_terms(crooked, x_0, S, generator=seeded(1))
    ours, theirs = prior + steps.sum(dim=0) + reconstruction, path_cost(crooked, x_0, S, generator=seeded(2))
    se = math.sqrt((ours.var() + theirs.var()).item() / n)
    assert se < 0.02 * ours.mean()
    assert abs((ours.mean() - theirs.mean()).item()) < 3 * se


def test_the_same_for_grey_levels():
    n = 20_000
    levels = torch.tensor([[3, 16, 0]]).repeat(n, 1)
    x_0 = level_values(levels, count=17, **DOUBLE)
    prior, steps, reconstruction = bound_terms(crooked, x_0, S, generator=seeded(3), levels=levels, count=17)
    ours, theirs = prior + steps.sum(dim=0) + reconstruction, path_cost(crooked, x_0, S, generator=seeded(4), levels=levels, count=17)
    se = math.sqrt((ours.var() + theirs.var()).item() / n)
    assert se < 0.03 * ours.mean()
    assert abs((ours.mean() - theirs.mean()).item()) < 3 * se


def test_for_gaussian_data_and_the_best_model_the_parts_are_the_closed_form():
    n = 20_000
    x_0 = 1.5 * torch.randn(n, 1, generator=seeded(5), **DOUBLE)
    parts = bound_terms(best([0.0], [[2.25]], S), x_0, S, generator=seeded(6))
    wanted = gaussian_bound(2.25, S)
    for got, exact in ((parts[0], wanted[0]), (parts[2], wanted[2]), *zip(parts[1][2:], wanted[1][2:], strict=True)):
        assert abs(got.mean().item() - exact) < 4 * got.std().item() / math.sqrt(n)
    np.testing.assert_allclose(parts[0], prior_kl(x_0.numpy(), S), rtol=1e-9, atol=1e-12)


def test_samples_of_the_best_model_have_the_variance_of_its_chain():
    n, schedule = 50_000, make_schedule([0.2, 0.4, 0.6, 0.9])
    x, states = draw_samples(best([0.0], [[2.25]], schedule), n, 1, schedule, generator=seeded(7), keep=(4, 2))
    wanted = gaussian_chain_variance(2.25, schedule) - schedule.beta[1]  # the noise of the last step is left off
    assert x.var().item() == pytest.approx(wanted, rel=4 * math.sqrt(2 / n))
    assert sorted(states) == [2, 4]
    assert states[4].var().item() == pytest.approx(1, rel=4 * math.sqrt(2 / n))


# The network


def test_the_network_is_drawn_by_its_generator():
    one, same, other = (Denoiser(2, S, hidden=8, generator=seeded(seed)) for seed in (0, 0, 1))
    x, t = torch.randn(4, 2, generator=seeded()), torch.tensor([1, 2, 3, 8])
    assert torch.equal(one(x, t), same(x, t))
    assert not torch.equal(one(x, t), other(x, t))


def test_a_network_whose_last_layer_is_silent_gives_back_the_noised_data():
    net = Denoiser(2, S, hidden=8, generator=seeded())
    with torch.no_grad():
        net.layers[-1].weight.zero_()
        net.layers[-1].bias.zero_()
    x, t = torch.randn(8, 2, generator=seeded()), torch.arange(1, 9)
    torch.testing.assert_close(net(x, t), torch.tensor(np.sqrt(1 - S.alpha_bar[1:]), dtype=torch.float32)[:, None] * x)


def test_training_lowers_the_loss_and_too_large_a_step_is_told():
    x = torch.randn(512, 2, generator=seeded()) * 0.1 + 1
    for rate, ends in ((1e-2, True), (1e6, False)):
        generator = seeded(1)
        net = Denoiser(2, S, hidden=16, generator=generator)
        loss = lambda x, net=net, generator=generator: noise_loss(net, x, S, generator=generator)
        settings = dict(steps=200, batch_size=128, learning_rate=rate, generator=generator)
        if ends:
            history = train(loss, net.parameters(), (x,), **settings)
            assert np.mean(history[-20:]) < 0.5 * history[0]
        else:
            # The loss may pass the ceiling, or the network may predict what is no number: both are told.
            with pytest.raises((DivergedError, ValueError), match=r"diverged|finite"):
                train(loss, net.parameters(), (x,), **settings)


# Errors


ONE, TWO = torch.zeros(2, 3), torch.zeros(2, 4)
T1, T2 = torch.tensor([1, 1]), torch.tensor([2, 2])
LEVELS = torch.tensor([[0, 17, 3]])


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: noised(ONE, TWO, T1, S), "`x_0` and `noise` must have one shape"),
        (lambda: noised(ONE * math.nan, ONE, T1, S), "`x_0` must be finite; it is nan"),
        (lambda: noised(ONE[0], ONE[0], T1, S), "`x_0` must have 2 axes"),
        (lambda: noised(ONE, ONE, T1[:1], S), "`t` must hold one time for each of the 2 rows"),
        (lambda: noised(ONE, ONE, torch.tensor([1, 9]), S), "`t` must lie between 1 and 8; one is 9"),
        (lambda: noised(ONE, ONE, torch.tensor([0, 1]), S), "`t` must lie between 1 and 8; one is 0"),
        (lambda: denoised(ONE, TWO, T1, S), "`x_t` and `predicted` must have one shape"),
        (lambda: reverse_step(ONE, TWO, T1, S), "`x_t` and `predicted` must have one shape"),
        (lambda: reverse_step(ONE, ONE * math.inf, T1, S), "`predicted` must be finite"),
        (lambda: step_kl(ONE, ONE, ONE, T1, S), "`t` must lie between 2 and 8; one is 1"),
        (lambda: step_kl(TWO, ONE, ONE, T2, S), "`x_0` and `x_t` must have one shape"),
        (lambda: noise_loss(crooked, ONE, S, generator=seeded(), weights=[1.0]), "one for each time from 0 to 8"),
        (lambda: level_values(LEVELS, count=17), "`levels` must lie between 0 and 16; one is 17"),
        (lambda: level_values(LEVELS * 1.0, count=17), "`levels` must hold integers"),
        (lambda: level_values(LEVELS * 0, count=1), "`count` must be an integer of at least 2"),
        (lambda: level_log_probability(LEVELS, ONE, ONE + 1, count=18), "`levels` and `mean` must have one shape"),
        (lambda: bound_terms(crooked, ONE[:1], S, generator=seeded(), levels=LEVELS, count=17), "one is 17"),
        (lambda: bound_terms(crooked, ONE * math.nan, S, generator=seeded()), "`x_0` must be finite"),
        (lambda: path_cost(crooked, ONE[0], S, generator=seeded()), "`x_0` must have 2 axes"),
        (lambda: draw_samples(crooked, 0, 2, S, generator=seeded()), "`n` must be an integer of at least 1"),
        (lambda: Denoiser(0, S, generator=seeded()), "`size` must be an integer of at least 1"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# The record


RECORD = json.loads(experiment.RESULT.read_text(encoding="utf-8"))


def test_the_record_is_whole_and_of_the_settings_of_the_program():
    assert {key: RECORD[key] for key in ("settings", "unit")} == {"settings": experiment.SETTINGS, "unit": "nats"}
    assert list(RECORD["cases"]) == list(experiment.cases())


def test_the_recorded_denoisers_are_within_a_percent_of_the_best_one_at_every_time():
    errors = np.array([case["relative error by time"] for name, case in RECORD["cases"].items() if name.startswith("gaussian")])
    assert errors.shape == (5, 10)
    assert errors.max() < 0.01  # every seed, every time


def test_the_recorded_bounds_lie_below_independent_pixels():
    cases = RECORD["cases"]
    bounds = {kind: [cases[f"digits, {kind} schedule, seed {seed}"]["test"]["bound"] for seed in range(5)] for kind in experiment.SCHEDULES}
    assert max(bounds["cosine"]) < cases["baselines"]["independent pixels"]
    assert max(bounds["geometric"]) < min(bounds["cosine"])


def test_a_short_part_of_the_record_comes_out_again():
    assert experiment.baselines() == pytest.approx(RECORD["cases"]["baselines"], rel=1e-4)
    stored = RECORD["cases"]["digits, cosine schedule, seed 0"]["first losses"]
    assert experiment.digits("cosine", 0, short=True)["first losses"] == pytest.approx(stored, rel=1e-3)


def test_a_run_that_is_broken_off_keeps_what_is_done(tmp_path, monkeypatch):
    done = []

    def case(name):
        def run():
            done.append(name)
            if done == ["a", "b"]:
                raise KeyboardInterrupt
            return 1.0

        return run

    monkeypatch.setattr(experiment, "cases", lambda: {name: case(name) for name in "abc"})
    path = tmp_path / "r.json"
    experiment.run(path, stream=io.StringIO())
    assert list(json.loads(path.read_text())["cases"]) == ["a"]
    experiment.run(path, stream=io.StringIO())
    assert done == ["a", "b", "b", "c"]
