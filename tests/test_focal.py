"""The focal divergences beside other routes, their laws, edges and errors; and the recorded experiment."""

import io
import json
import math

import numpy as np
import pytest
import torch
from scipy import optimize, stats

from experiments import focal as experiment
from lib import focal

DOUBLE = {"dtype": torch.float64}
GAMMAS = (0, 1, 1.5, 2, 5)


def draws(n=200, k=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(n, k, generator=generator, **DOUBLE)
    return logits, torch.softmax(2 * torch.randn(n, k, generator=generator, **DOUBLE), dim=-1)


def one_hot(n, k, seed=1):
    return torch.eye(k, **DOUBLE)[torch.randint(k, (n,), generator=torch.Generator().manual_seed(seed))]


def test_the_divergence_is_that_of_torch_distributions():
    logits, p = draws()
    theirs = torch.distributions.kl_divergence(torch.distributions.Categorical(probs=p), torch.distributions.Categorical(logits=logits))
    torch.testing.assert_close(focal.kl_to_target(logits, p), theirs, rtol=1e-10, atol=1e-13)


def test_the_divergence_of_near_distributions_keeps_its_digits_and_its_sign():
    _, p = draws()
    shift = torch.randn(p.shape, generator=torch.Generator().manual_seed(2), **DOUBLE)
    for size in (1e-2, 1e-5, 1e-8):
        found = focal.kl_to_target(p.log() + size * shift, p)
        second = size**2 / 2 * ((p * shift**2).sum(dim=-1) - (p * shift).sum(dim=-1) ** 2)  # a variance: the second order
        torch.testing.assert_close(found, second, rtol=5 * size + 1e-6, atol=0)
        assert (found > 0).all()


def test_an_impossible_class_adds_what_the_model_gives_it_nothing_and_no_nan():
    logits = torch.tensor([[0.0, 0.0, 0.0]], **DOUBLE, requires_grad=True)
    loss = focal.focal_kl(logits, torch.tensor([[0.5, 0.5, 0.0]], **DOUBLE), gamma=2)
    assert loss.item() == pytest.approx((1 - 2 / 3) ** 2 * math.log(1.5))
    loss.sum().backward()
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("gamma", GAMMAS)
def test_both_forms_are_the_focal_loss_for_one_class(gamma):
    logits, _ = draws()
    p = one_hot(200, 5)
    right = (torch.softmax(logits, dim=-1) * p).sum(dim=-1)
    loss = -((1 - right) ** gamma) * right.log()
    for form in (focal.focal_kl, focal.class_focal_kl):
        torch.testing.assert_close(form(logits, p, gamma=gamma), loss, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("form", [focal.focal_kl, focal.class_focal_kl])
def test_without_focus_both_forms_are_the_divergence(form):
    logits, p = draws()
    torch.testing.assert_close(form(logits, p, gamma=0), focal.kl_to_target(logits, p), rtol=1e-10, atol=1e-13)


def test_the_weighted_forms_by_hand():
    logits, p = torch.zeros(1, 2, **DOUBLE), torch.tensor([[0.75, 0.25]], **DOUBLE)
    d = 0.75 * math.log(1.5) - 0.25 * math.log(2)
    assert focal.focal_kl(logits, p, gamma=2).item() == pytest.approx((1 - math.exp(-d)) ** 2 * d, rel=1e-12)
    uneven = torch.tensor([[math.log(0.6), math.log(0.4)]], **DOUBLE)
    by_class = 0.75 * 0.4**2 * math.log(0.75 / 0.6) + 0.25 * 0.6**2 * math.log(0.25 / 0.4)
    assert focal.class_focal_kl(uneven, p, gamma=2).item() == pytest.approx(by_class, rel=1e-12)
    assert by_class < 0


@pytest.mark.parametrize("gamma", GAMMAS)
def test_the_sample_wise_form_is_least_at_the_target_and_below_the_divergence(gamma):
    logits, p = draws()
    loss = focal.focal_kl(logits, p, gamma=gamma)
    assert (loss > 0).all()
    assert (loss <= focal.kl_to_target(logits, p)).all()
    assert (focal.focal_kl(p.log(), p, gamma=gamma) < 1e-25).all()


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("detach", [False, True])
def test_the_gradient_is_that_of_automatic_differentiation(gamma, detach):
    logits, p = draws()
    for target in (p, one_hot(200, 5)):
        z = logits.clone().requires_grad_()
        focal.focal_kl(z, target, gamma=gamma, detach=detach).sum().backward()
        torch.testing.assert_close(focal.logit_gradient(logits, target, gamma=gamma, detach=detach), z.grad, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("gamma", [0, 1, 2])
def test_a_perfect_prediction_has_no_gradient(gamma):
    p = torch.tensor([[0.5, 0.5]], **DOUBLE)
    z = torch.zeros(1, 2, **DOUBLE, requires_grad=True)
    focal.focal_kl(z, p, gamma=gamma).sum().backward()
    assert z.grad.abs().max() == 0
    assert focal.logit_gradient(z.detach(), p, gamma=gamma).abs().max() == 0


@pytest.mark.parametrize("gamma", [1, 1.5, 2, 5])
def test_the_minimiser_is_that_of_a_general_optimiser(gamma):
    eta = np.array([0.6, 0.3, 0.1])

    def mean_loss(z):
        q = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
        return -(eta * (1 - q) ** gamma * np.log(q)).sum()

    z = optimize.minimize(mean_loss, np.zeros(3), tol=1e-12).x
    found = focal.focal_minimiser(torch.tensor(eta[None]), gamma=gamma)[0].numpy()
    np.testing.assert_allclose(found, np.exp(z) / np.exp(z).sum(), atol=1e-5)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_translation_undoes_the_minimiser(gamma):
    _, eta = draws(100, 4)
    q = focal.focal_minimiser(eta, gamma=gamma)
    torch.testing.assert_close(q.sum(dim=-1), torch.ones(100, **DOUBLE), rtol=1e-12, atol=0)
    torch.testing.assert_close(focal.true_probabilities(q, gamma=gamma), eta, rtol=1e-9, atol=1e-12)
    assert (q.argmax(dim=-1) == eta.argmax(dim=-1)).all(), "the winner stays the winner"


def test_only_without_focus_the_truth_is_least():
    _, eta = draws(50, 4)
    torch.testing.assert_close(focal.focal_minimiser(eta, gamma=0), eta, rtol=1e-10, atol=1e-13)
    assert (focal.focal_minimiser(eta, gamma=2) - eta).abs().max(dim=-1).values.min() > 1e-3


def test_the_calibration_error_by_hand_and_of_a_perfect_forecaster():
    q = torch.tensor([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]], **DOUBLE)
    labels = torch.tensor([0, 1, 1, 0])
    # Bins (0.6, 0.7) and (0.8, 0.9): half right against 0.65, all right against 0.85.
    assert focal.calibration_error(q, labels, bins=2) == pytest.approx((2 * 0.15 + 2 * 0.15) / 4)
    assert focal.calibration_error(q, labels, bins=1) == pytest.approx(0.0, abs=1e-12)
    generator = torch.Generator().manual_seed(0)
    q = torch.softmax(torch.randn(100_000, 3, generator=generator, **DOUBLE), dim=-1)
    labels = torch.multinomial(q, 1, generator=generator)[:, 0]
    assert focal.calibration_error(q, labels) < 10 * 0.5 / math.sqrt(100_000)
    assert focal.calibration_error(q**2 / (q**2).sum(dim=-1, keepdim=True), labels) > 0.1


GOOD = torch.zeros(2, 3, **DOUBLE)
FAIR = torch.full((2, 3), 1 / 3, **DOUBLE)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: focal.kl_to_target(GOOD + math.nan, FAIR), r"`logits` must be finite; it is nan at index \(0, 0\)"),
        (lambda: focal.kl_to_target(GOOD[0], FAIR), "`logits` must have 2 axes"),
        (lambda: focal.kl_to_target(GOOD, FAIR[:1]), "`logits` and `target` must have one shape"),
        (lambda: focal.kl_to_target(GOOD, 2 * FAIR), "`target` must sum to 1 along its rows; row 0 sums to 2"),
        (lambda: focal.kl_to_target(GOOD, torch.tensor([[1.5, -0.5, 0.0]] * 2, **DOUBLE)), "`target` must not be negative"),
        (lambda: focal.focal_kl(GOOD, FAIR, gamma=0.5), "`gamma` must be 0 or at least 1; it is 0.5"),
        (lambda: focal.class_focal_kl(GOOD, FAIR, gamma=-1), "`gamma`"),
        (lambda: focal.logit_gradient(GOOD, FAIR, gamma=0.5), "`gamma`"),
        (lambda: focal.true_probabilities(torch.eye(3, **DOUBLE), gamma=1), "`q` must lie strictly between 0 and 1"),
        (lambda: focal.true_probabilities(FAIR, gamma=0.1), "`gamma`"),
        (lambda: focal.focal_minimiser(FAIR.float(), gamma=1), "`eta` must hold torch.float64"),
        (lambda: focal.focal_minimiser(torch.eye(3, **DOUBLE), gamma=1), "`eta` must lie strictly between 0 and 1"),
        (lambda: focal.calibration_error(FAIR, torch.tensor([0, 3])), "`labels` must be classes from 0 to 2"),
        (lambda: focal.calibration_error(FAIR, torch.tensor([0, 1, 2])), "`q` and `labels` must have as many rows"),
        (lambda: focal.calibration_error(FAIR, torch.tensor([0, 1]), bins=3), "`bins`"),
        (lambda: focal.calibration_error(GOOD, torch.tensor([0, 1])), "`q` must sum to 1"),
        (lambda: focal.calibration_error(FAIR, torch.tensor([0.0, 1.0])), "`labels` must hold torch.int64"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# The record

RECORD = json.loads(experiment.RESULT.read_text(encoding="utf-8"))


def test_the_record_holds_every_case_with_enough_seeds():
    assert set(RECORD["cases"]) == set(experiment.cases())
    assert RECORD["seeds"] == experiment.SEEDS >= 10
    assert {k: RECORD[k] for k in ("gamma", "steps")} == {"gamma": experiment.GAMMA, "steps": experiment.STEPS}


def test_a_case_run_again_gives_what_is_recorded():
    again, stored = experiment.measure("unbalanced", 0), RECORD["cases"]["unbalanced, seed 0"]
    assert again.keys() == stored.keys()
    for loss, row in again.items():
        assert row == pytest.approx(stored[loss], rel=0.02, abs=0.005)


def test_no_image_of_the_test_is_trained_on():
    images = experiment.digits()[0].reshape(-1, 64)
    twice = len(images) - len(np.unique(images, axis=0))
    (x, _), (test, _) = experiment.data("unbalanced", 3)
    both = len({tuple(row) for row in x.tolist()} & {tuple(row) for row in test.tolist()})
    assert both <= twice


@pytest.mark.parametrize("task, count", [("two", 2), ("three", 3)])
def test_an_overlay_has_equal_shares_of_its_digits_and_their_brighter_pixels(task, count, monkeypatch):
    monkeypatch.setattr(experiment, "overlaid", lambda *args: whole(*args[:2], args[2], 5, args[4]))
    (x, target), (test, _) = experiment.data(task, 0)
    assert x.shape == test.shape == (5, 64)
    assert ((target == 0) | (target == torch.tensor(1 / count))).all() and ((target > 0).sum(dim=-1) == count).all()
    assert x.min() >= 0 and x.max() <= 1


whole = experiment.overlaid


def test_a_paired_interval_by_hand():
    middle, low, high = experiment.paired([1.0, 2.0, 3.0])
    half = stats.t(2).ppf(0.975) / math.sqrt(3)
    assert (middle, low, high) == pytest.approx((2, 2 - half, 2 + half))


def test_the_measures_of_a_certain_and_right_prediction():
    target = torch.eye(10)
    row = experiment.measures("unbalanced", 20 * target, target)
    assert row["accuracy"] == row["accuracy, rare classes"] == 1
    assert row["KL"] < 1e-6 and row["calibration error"] < 1e-6
    two = torch.zeros(10, 10)
    two[:, :2] = 0.5
    assert experiment.measures("two", torch.tensor([[3.0, 2.0, *[0.0] * 8]] * 10), two)["accuracy"] == 1
    assert experiment.measures("two", torch.tensor([[3.0, 0.0, 1.0, *[0.0] * 7]] * 10), two)["accuracy"] == 0


def test_a_run_that_is_broken_off_goes_on_from_there(tmp_path, monkeypatch):
    path, done = tmp_path / "r.json", []

    def measure(task, seed):
        done.append(seed)
        if done == [0, 1]:
            raise KeyboardInterrupt
        return {}

    monkeypatch.setattr(experiment, "measure", measure)
    monkeypatch.setattr(experiment, "STEPS", {"two": 1})
    experiment.run(path, seeds=3, stream=io.StringIO())
    experiment.run(path, seeds=3, stream=io.StringIO())
    assert done == [0, 1, 1, 2]
