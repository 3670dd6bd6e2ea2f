"""The claims about adversarial networks, by routes of their own; the trained ones from the record, which is tested too."""

import json
import math

import numpy as np
import pytest
import torch
from scipy import optimize, stats

from experiments import gan as experiment
from lib import js_divergence, kl_divergence, normalize, softmax
from lib.adversarial import discriminator_value, divergence_gradient, generator_gradient, lemma_gradient, optimal_discriminator
from lib.projections import Mixture, fit_forward

NATS = {"base": math.e}
CASES = json.loads(experiment.RESULT.read_text(encoding="utf-8"))["cases"]


def runs(kind, name):
    return [row for case, row in CASES.items() if case.startswith(f"{kind}: {name}, seed")]


def test_s1_17_holds_the_game_at_its_best_is_js():
    x = np.linspace(-8, 8, 401)
    p = normalize(stats.norm(0, 1).pdf(x))
    values = []
    for shift in (2.0, 1.0, 0.5, 0.0):
        g = normalize(stats.norm(shift, 1).pdf(x))
        values.append(discriminator_value(p, g, optimal_discriminator(p, g), **NATS))
        assert abs(values[-1] - (2 * js_divergence(p, g, **NATS) - 2 * math.log(2))) < 1e-10
    assert values == sorted(values, reverse=True)
    assert values[-1] == pytest.approx(-2 * math.log(2))


def test_s1_17_fails_as_a_statement_on_likelihood():
    # Hills three apart from the middle: the Gaussian of least JS sits on one, that of largest likelihood covers both.
    x = np.linspace(-15, 15, 3001)
    p = normalize(0.6 * stats.norm(-3, 0.6).pdf(x) + 0.4 * stats.norm(3, 0.6).pdf(x))

    def model(theta):
        return normalize(stats.norm(theta[0], math.exp(theta[1])).pdf(x))

    starts = [(-3, -0.5), (3, -0.5), (0, 1)]
    fits = [optimize.minimize(lambda t: js_divergence(p, model(t), **NATS), s, method="Nelder-Mead") for s in starts]
    best = min(fits, key=lambda fit: fit.fun)
    likeliest = fit_forward(Mixture([0.6, 0.4], [-3, 3], [0.6, 0.6]), Mixture([1.0], [0.0], [1.0])).mixture
    assert best.x[0] == pytest.approx(-3, abs=0.01) and math.exp(best.x[1]) == pytest.approx(0.6, abs=0.01)
    assert likeliest.means[0] == pytest.approx(-0.6) and likeliest.sds[0] > 2.9


def test_s1_17_fails_if_the_supports_do_not_meet():
    here = np.where(np.arange(40) < 4, 0.25, 0.0)
    values = {s: discriminator_value(here, np.roll(here, s), optimal_discriminator(here, np.roll(here, s))) for s in (4, 10, 30)}
    assert set(values.values()) == {0.0}


def test_s1_24_holds_as_the_lemma():
    for seed in range(50):
        rng = np.random.default_rng(seed)
        p, logits, d = rng.dirichlet(np.ones(8)), rng.standard_normal(8), rng.uniform(0.01, 0.99, 8)
        z = torch.tensor(logits, requires_grad=True)
        (-(torch.softmax(z, 0) * torch.tensor(d).log()).sum()).backward()
        # The right side by automatic differentiation of the two divergences, written out.
        other = torch.tensor(logits, requires_grad=True)
        g, data = torch.softmax(other, 0), torch.tensor(p)
        target = torch.tensor(d * (p + softmax(logits)) / (d @ (p + softmax(logits))))
        m = (data + g) / 2
        ((g * (g / target).log()).sum() - (data * (data / m).log()).sum() - (g * (g / m).log()).sum()).backward()
        assert (z.grad - other.grad).abs().max() < 1e-6
        assert np.abs(z.grad.numpy() - lemma_gradient(p, logits, d)).max() < 1e-12


def test_s1_24_fails_for_the_saturating_loss_and_without_the_js_term():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        p, logits = rng.dirichlet(np.ones(8)), rng.standard_normal(8)
        best = optimal_discriminator(p, softmax(logits))
        reverse = divergence_gradient(p, logits, divergence="reverse-kl")
        for loss in ("saturating", "non-saturating"):
            gradient = generator_gradient(logits, best, loss=loss)
            assert np.abs(gradient - reverse).max() > 0.1 * np.abs(reverse).max()
    # Near the goal half of the pull is gone.
    p, logits = np.full(8, 1 / 8), 1e-4 * rng.standard_normal(8)
    ratio = generator_gradient(logits, optimal_discriminator(p, softmax(logits)), loss="non-saturating") / divergence_gradient(
        p, logits, divergence="reverse-kl"
    )
    np.testing.assert_allclose(ratio, 0.5, atol=0.01)


def test_s1_25_counterexample_trained_with_forward_kl_generators_drop_modes_too():
    found = {o: [row["modes"] for row in runs("grid", o) if row["stopped"] is None] for o in experiment.OBJECTIVES}
    assert sum(modes < 25 for modes in found["kl"]) >= 3
    assert min(found["kl"]) <= min(found["reverse-kl"])  # the worst run of all is a forward one
    assert max(found["reverse-kl"]) >= 24
    # Neither of the two directions finds as many as the games whose divergence has none.
    assert max(np.mean(found["kl"]), np.mean(found["reverse-kl"])) < min(np.mean(found["js"]), np.mean(found["non-saturating"]))


def test_s1_25_counterexample_the_blur_of_a_vae_is_the_mean_shown_as_a_sample():
    shown, drawn = runs("digits", "vae"), [row["with noise"] for row in runs("digits", "vae")]
    real = CASES["digits: real"]["edges"]
    for mean, sample in zip(shown, drawn, strict=True):
        assert mean["edges"] < sample["edges"] and abs(sample["edges"] - real) < abs(mean["edges"] - real) / 2
    critics = [np.mean([row["critic"] for row in rows]) for rows in (shown, drawn)]
    assert critics[1] < critics[0]


def test_s1_26_holds_a_combination_has_sharp_samples_and_an_encoder():
    real = CASES["digits: real"]["edges"]
    both, vae = (np.mean([row["edges"] for row in runs("digits", model)]) for model in ("vae-gan", "vae"))
    assert abs(both - real) < abs(vae - real) / 2


def test_s1_26_fails_if_the_sum_is_to_have_all_virtues():
    # It is not better than both in how evenly the classes are covered.
    js = {model: np.mean([row["class js"] for row in runs("digits", model)]) for model in experiment.MODELS}
    assert js["vae-gan"] > min(js["gan"], js["vae"])
    assert kl_divergence([1, 0], [1, 0]) == 0
