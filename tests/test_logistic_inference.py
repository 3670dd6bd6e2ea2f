"""A Gaussian belief about a logistic regression: bound, gradients and what was recorded of its race with a sampler."""

import io
import json
import math

import numpy as np
import pytest
import torch
from scipy import special

from experiments import variational_inference as experiment
from lib.logistic_inference import fit_logistic, logistic_elbo

RNG = np.random.default_rng(0)
DESIGN, Y = RNG.normal(size=(12, 3)), np.where(RNG.random(12) < 0.5, -1.0, 1.0)
MEAN, FACTOR = RNG.normal(size=3), np.tril(RNG.normal(size=(3, 3)) * 0.3) + 0.8 * np.eye(3)


def by_torch(mean, factor):
    """The bound with the integral by 400 nodes of another rule, differentiated by autograd."""
    mean, factor = (torch.tensor(x, requires_grad=True) for x in (mean, factor))
    design, y = torch.tensor(DESIGN), torch.tensor(Y)
    nodes = torch.linspace(-9, 9, 4001, dtype=torch.float64)
    weights = torch.exp(-(nodes**2) / 2)
    weights = weights / weights.sum()
    spread = ((design @ factor) ** 2).sum(1).sqrt()
    fit = (torch.nn.functional.logsigmoid(y[:, None] * ((design @ mean)[:, None] + spread[:, None] * nodes)) @ weights).sum()
    q = torch.distributions.MultivariateNormal(mean, scale_tril=factor)
    p = torch.distributions.MultivariateNormal(torch.zeros(3, dtype=torch.float64), 2.0 * torch.eye(3, dtype=torch.float64))
    bound = fit - torch.distributions.kl_divergence(q, p)
    bound.backward()
    return bound.item(), mean.grad.numpy(), np.tril(factor.grad.numpy())


def test_bound_and_gradients_are_those_of_autograd_and_another_rule_of_integration():
    ours, theirs = logistic_elbo(MEAN, FACTOR, DESIGN, Y, prior_variance=2.0), by_torch(MEAN, FACTOR)
    for a, b in zip(ours, theirs, strict=True):
        assert a == pytest.approx(b, abs=1e-7)


def test_nothing_observed_leaves_the_prior():
    mean, cov, bound = fit_logistic(np.zeros((1, 2)), [1.0], prior_variance=3.0)
    assert mean == pytest.approx([0, 0], abs=1e-6)
    assert cov == pytest.approx(3 * np.eye(2), abs=1e-4)
    assert bound == pytest.approx(math.log(0.5), abs=1e-9)


def test_the_bound_lies_below_the_evidence_and_the_full_belief_above_the_diagonal_one():
    grid = np.linspace(-12, 12, 401)
    points = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    logs = special.log_expit(Y * (points @ DESIGN[:, :2].T)).sum(axis=1) - (points**2).sum(axis=1) / 4 - math.log(4 * math.pi)
    evidence = special.logsumexp(logs) + 2 * math.log(grid[1] - grid[0])
    full = fit_logistic(DESIGN[:, :2], Y, prior_variance=2.0)[2]
    diagonal = fit_logistic(DESIGN[:, :2], Y, prior_variance=2.0, diagonal=True)[2]
    assert evidence - 0.1 < full < evidence
    assert diagonal < full


def test_a_diagonal_belief_has_no_covariances():
    _, cov, _ = fit_logistic(DESIGN, Y, prior_variance=2.0, diagonal=True)
    assert np.array_equal(cov, np.diag(np.diag(cov)))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fit_logistic(DESIGN, np.where(Y > 0, 1.0, 0.0), prior_variance=1.0), "`y` must hold -1 and 1 only; it holds 0"),
        (lambda: fit_logistic(DESIGN, Y[1:], prior_variance=1.0), "`y` must have one label for each of the 12 rows"),
        (lambda: fit_logistic(DESIGN[0], Y, prior_variance=1.0), "`design` must have one observation a row"),
        (lambda: fit_logistic(DESIGN * np.nan, Y, prior_variance=1.0), "`design`.*nan"),
        (lambda: fit_logistic(DESIGN, Y, prior_variance=0.0), "`prior_variance`"),
        (lambda: logistic_elbo(MEAN[1:], FACTOR, DESIGN, Y, prior_variance=1.0), "`mean` and `factor` must be about 3 weights"),
        (lambda: logistic_elbo(MEAN, -FACTOR, DESIGN, Y, prior_variance=1.0), "`factor` must have a positive diagonal"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# The record

RECORD = json.loads(experiment.RESULT.read_text(encoding="utf-8"))


def test_the_recorded_reference_is_found_again_with_fewer_draws():
    truth, again = RECORD["cases"]["reference"], experiment.reference(millions=0.1, seed=5)
    errors = experiment.errors(np.array(again["mean"]), np.array(again["sd"]), truth)
    assert max(errors) < 0.02
    assert again["evidence"] == pytest.approx(truth["evidence"], abs=0.02)
    assert truth["effective sample size"] > 1e6


@pytest.mark.parametrize(("name", "diagonal"), [("full", False), ("mean field", True)])
def test_the_recorded_fits_are_made_again(name, diagonal):
    row, truth = RECORD["cases"][name], RECORD["cases"]["reference"]
    again = experiment.variational(truth, diagonal=diagonal, repeats=1)
    assert again["bound"] == pytest.approx(row["bound"], abs=1e-6)
    assert again["path"][-1][1:] == pytest.approx(row["path"][-1][1:], abs=1e-4)
    seconds = np.array(row["path"])[:, 0]
    assert (np.diff(seconds) > 0).all()


def test_the_sampler_was_recorded_for_every_seed_and_agrees_with_the_reference():
    seeds = RECORD["cases"]["NUTS"]["seeds"]
    assert len(seeds) == experiment.SEEDS == 5
    for seed in seeds:
        assert len(seed["path"]) == len(experiment.DRAWS)
        assert max(seed["path"][-1][1:]) < 0.02
        again = experiment.errors(np.array(seed["mean"]), np.array(seed["sd"]), RECORD["cases"]["reference"])
        assert again == pytest.approx(seed["path"][-1][1:], abs=1e-5)


def test_what_is_recorded_is_not_run_again(tmp_path, monkeypatch):
    path = tmp_path / "r.json"
    path.write_text(experiment.RESULT.read_text())
    monkeypatch.setattr(experiment.recording, "versions", lambda *packages: RECORD["versions"])
    shown = io.StringIO()
    assert experiment.run(path, stream=shown) == RECORD
    assert "4/4  done" in shown.getvalue()
