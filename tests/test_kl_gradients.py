"""The gradients of the KL divergence: right ones, and those of losses that forget the sampling."""

import math

import numpy as np
import pytest
import torch

from lib import kl_divergence, softmax
from lib.gaussian import gaussian_kl
from lib.kl_gradients import loss_gradient, pathwise_gradient, score_gradient, softmax_scores
from lib.monte_carlo import mean_and_error

NATS = {"base": math.e}
NAMES = ("k1", "k2", "k3")


def random_policies(k, size, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(size, k)), rng.dirichlet(np.ones(k), size=size)


def enumerated(logits, q):
    """Return probabilities, log densities and scores of all actions, so that means are sums."""
    p = softmax(logits)
    return p, np.log(p), np.log(q), softmax_scores(logits, np.arange(len(p)))


def numeric(function, at, step=1e-5):
    """Return a gradient by central differences of fourth order."""
    result = []
    for unit in np.eye(len(at)) * step:
        near, far = (function(at + m * unit) - function(at - m * unit) for m in (1, 2))
        result.append((8 * near - far) / (12 * step))
    return np.array(result)


def test_a_score_by_hand():
    assert softmax_scores([0.0, math.log(3)], [0, 1, 1]).round(14).tolist() == [[0.75, -0.75], [-0.25, 0.25], [-0.25, 0.25]]


def test_scores_are_the_derivatives_of_the_log_probabilities():
    logits = np.array([0.3, -1.0, 2.0])
    for action in range(3):
        slope = numeric(lambda z, a=action: np.log(softmax(z)[a]), logits)
        np.testing.assert_allclose(softmax_scores(logits, [action])[0], slope, atol=1e-10)


def test_the_three_mean_gradients_are_exact_on_random_policies():
    for logits, q in zip(*random_policies(7, 300)):
        p, log_p, log_q, scores = enumerated(logits, q)
        mean = {k: p @ loss_gradient(log_p, log_q, scores, estimator=k, **NATS) for k in NAMES}
        assert np.abs(mean["k1"]).max() < 1e-12
        assert np.abs(mean["k2"] - p * (np.log(p / q) - kl_divergence(p, q, **NATS))).max() < 1e-12
        assert np.abs(mean["k3"] - (p - q)).max() < 1e-12


def test_they_are_the_gradients_of_both_divergences_by_differences():
    for logits, q in zip(*random_policies(4, 20, seed=1)):
        p, log_p, log_q, scores = enumerated(logits, q)
        forward = numeric(lambda z, q=q: kl_divergence(softmax(z), q), logits)
        backward = numeric(lambda z, q=q: kl_divergence(q, softmax(z)), logits)
        np.testing.assert_allclose(p @ loss_gradient(log_p, log_q, scores, estimator="k2"), forward, atol=1e-9)
        np.testing.assert_allclose(p @ loss_gradient(log_p, log_q, scores, estimator="k3"), backward, atol=1e-9)
        if np.abs(p - q).max() > 0.1:
            assert np.abs(forward - backward).max() > 1e-3


@pytest.mark.parametrize("name", NAMES)
def test_automatic_differentiation_of_the_batch_mean_gives_the_same(name):
    rng = np.random.default_rng(2)
    logits, q = rng.normal(size=5), rng.dirichlet(np.ones(5))
    actions = rng.choice(5, p=softmax(logits), size=50)
    z = torch.tensor(logits, requires_grad=True)
    log_p = torch.log_softmax(z, dim=0)[actions]
    log_r = torch.tensor(np.log(q))[actions] - log_p
    loss = {"k1": -log_r, "k2": log_r**2 / 2, "k3": log_r.exp() - 1 - log_r}[name].mean()
    loss.backward()
    ours = loss_gradient(log_p.detach().numpy(), np.log(q)[actions], softmax_scores(logits, actions), estimator=name, **NATS)
    np.testing.assert_allclose(ours.mean(axis=0), z.grad.numpy(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_a_weight_that_is_differentiated_along_supplies_the_score_term(name):
    # The repair of the loss in libraries: p / p_old times k, where p_old equals p as a number but is held fixed.
    rng = np.random.default_rng(3)
    logits, q = rng.normal(size=4), rng.dirichlet(np.ones(4))
    z = torch.tensor(logits, requires_grad=True)
    log_p = torch.log_softmax(z, dim=0)
    log_r = torch.tensor(np.log(q)) - log_p
    terms = {"k1": -log_r, "k2": log_r**2 / 2, "k3": log_r.exp() - 1 - log_r}[name]
    weights = rng.random(4)  # any weights of the samples, so that the identity is seen term by term
    (torch.tensor(weights) * (log_p - log_p.detach()).exp() * terms).sum().backward()
    _, log_p, log_q, scores = enumerated(logits, q)
    ours = weights @ score_gradient(log_p, log_q, scores, estimator=name, **NATS)
    np.testing.assert_allclose(ours, z.grad.numpy(), rtol=1e-12, atol=1e-15)


def test_the_score_gradients_are_exact_and_that_of_k3_is_that_of_k2_as_a_loss():
    for logits, q in zip(*random_policies(6, 300, seed=4)):
        p, log_p, log_q, scores = enumerated(logits, q)
        right = p * (np.log(p / q) - kl_divergence(p, q, **NATS))
        for name in ("k1", "k3"):
            assert np.abs(p @ score_gradient(log_p, log_q, scores, estimator=name, **NATS) - right).max() < 1e-12
        pointwise = score_gradient(log_p, log_q, scores, estimator="k3") - loss_gradient(log_p, log_q, scores, estimator="k2")
        assert (pointwise == 0).all()


def test_the_score_gradient_of_k2_is_that_of_its_own_mean():
    for logits, q in zip(*random_policies(4, 20, seed=5)):
        p, log_p, log_q, scores = enumerated(logits, q)

        def half_second_moment(z, q=q):
            p = softmax(z)
            return p @ np.log(p / q) ** 2 / 2

        ours = p @ score_gradient(log_p, log_q, scores, estimator="k2", **NATS)
        np.testing.assert_allclose(ours, numeric(half_second_moment, logits), atol=1e-9)


def test_gradients_are_in_the_unit_of_the_divergence():
    _, log_p, log_q, scores = enumerated(np.array([0.1, 0.5]), np.array([0.3, 0.7]))
    for name in NAMES:
        for function in (loss_gradient, score_gradient):
            bits, nats = (function(log_p, log_q, scores, estimator=name, base=b) for b in (2, math.e))
            np.testing.assert_allclose(bits * math.log(2), nats, rtol=1e-15)


def test_in_samples_each_gradient_hits_its_own_target_and_misses_the_other():
    logits, q = np.array([1.5, 0.5, 0.0, -0.5, -1.5]), np.array([0.3, 0.15, 0.25, 0.1, 0.2])
    p, log_p, log_q, scores = enumerated(logits, q)
    actions = np.random.default_rng(6).choice(5, p=p, size=(3000, 50))  # 3,000 batches
    right, other = p * (np.log(p / q) - kl_divergence(p, q, **NATS)), p - q
    for name, target, wrong in (("k2", right, other), ("k3", other, right), ("k1", 0 * p, right)):
        batches = loss_gradient(log_p, log_q, scores, estimator=name, **NATS)[actions].mean(axis=1)
        mean, error = mean_and_error(batches, axis=-2)
        assert np.abs((mean - target) / error).max() < 4
        assert np.abs((mean - wrong) / error).max() > 40


def test_a_batch_of_policies_has_a_gradient_a_sample():
    logits = np.array([0.0, 1.0, -1.0])
    actions = np.random.default_rng(7).integers(3, size=(2, 9))
    log_p, scores = np.log(softmax(logits))[actions], np.stack([softmax_scores(logits, a) for a in actions])
    assert loss_gradient(log_p, log_p - 0.1, scores, estimator="k3").shape == (2, 9, 3)


# Along the path


def gaussian_path(m, s, size, seed):
    noise = np.random.default_rng(seed).standard_normal((size, 1))
    return noise, m + s * noise, np.stack([np.ones_like(noise), noise], axis=-1)


@pytest.mark.parametrize("m, s", [(0.0, 2.0), (1.0, 0.5), (-0.3, 1.1)])
def test_the_path_has_the_gradient_of_the_closed_form(m, s):
    noise, x, jacobian = gaussian_path(m, s, 200_000, seed=8)
    mean, error = mean_and_error(pathwise_gradient(-noise / s, -x, jacobian, **NATS), axis=-2)
    exact = numeric(lambda t: gaussian_kl(t[0], t[1] ** 2, 0.0, 1.0, **NATS), np.array([m, s]), step=1e-4)
    assert exact == pytest.approx([m, s - 1 / s], abs=1e-8)
    assert (abs(mean - exact) <= 4 * error + 1e-12).all()


def test_the_path_has_no_variance_at_equality():
    noise, x, jacobian = gaussian_path(0.0, 1.0, 100, seed=9)
    assert (pathwise_gradient(-noise, -x, jacobian) == 0).all()


def test_the_path_in_two_dimensions_by_hand():
    slope_p, slope_q = np.array([[1.0, 2.0]]), np.array([[0.0, 5.0]])
    jacobian = np.array([[[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]]])
    assert pathwise_gradient(slope_p, slope_q, jacobian, **NATS).tolist() == [[1, -3, -1]]
    assert pathwise_gradient(slope_p, slope_q, jacobian)[0, 0] == pytest.approx(1 / math.log(2))


# Errors


@pytest.mark.parametrize(
    "logits, actions, words",
    [
        ([0.0, math.nan], [0], "`logits` must not be NaN"),
        ([[0.0, 1.0]], [0], "`logits` must be a vector"),
        ([0.0, 1.0], [2], "`actions` must be a vector of integers from 0 to 1"),
        ([0.0, 1.0], [-1], "`actions` must be"),
        ([0.0, 1.0], [0.0], "`actions` must be"),
        ([0.0, 1.0], 0, "`actions` must be"),
    ],
)
def test_bad_actions_are_refused(logits, actions, words):
    with pytest.raises(ValueError, match=words):
        softmax_scores(logits, actions)


@pytest.mark.parametrize("function", [loss_gradient, score_gradient])
@pytest.mark.parametrize(
    "log_p, log_q, scores, estimator, words",
    [
        ([math.nan], [0.0], [[1.0]], "k1", "`log_p` must not be NaN"),
        ([0.0], [-math.inf], [[1.0]], "k1", "`log_q` must be finite; it is -inf"),
        ([0.0, 0.0], [0.0], [[1.0]], "k1", "one number for each sample"),
        ([0.0], [0.0], [[math.inf]], "k2", "`scores` must be finite"),
        ([0.0], [0.0], [1.0, 2.0], "k2", r"`scores` must hold one gradient for each sample: shape \(1, 'k'\); it is \(2,\)"),
        ([0.0], [0.0], [[1.0]], "k4", "`estimator` must be one of 'k1', 'k2', 'k3'; it is 'k4'"),
    ],
)
def test_bad_samples_of_a_gradient_are_refused(function, log_p, log_q, scores, estimator, words):
    with pytest.raises(ValueError, match=words):
        function(log_p, log_q, scores, estimator=estimator)


@pytest.mark.parametrize(
    "slope_p, slope_q, jacobian, words",
    [
        ([[math.nan]], [[0.0]], [[[1.0]]], "`slope_p` must not be NaN"),
        ([[0.0]], [[math.inf]], [[[1.0]]], "`slope_q` must be finite"),
        ([[0.0]], [[0.0]], [[[math.nan]]], "`jacobian` must not be NaN"),
        ([[0.0]], [[0.0, 1.0]], [[[1.0]]], "must have shapes"),
        ([[0.0]], [[0.0]], [[1.0]], r"must have shapes .* they are \(1, 1\), \(1, 1\) and \(1, 1\)"),
        ([0.0], [0.0], [[1.0]], "must have shapes"),
    ],
)
def test_paths_that_do_not_match_are_refused(slope_p, slope_q, jacobian, words):
    with pytest.raises(ValueError, match=words):
        pathwise_gradient(slope_p, slope_q, jacobian)
