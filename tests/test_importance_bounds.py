"""Importance-weighted bounds and their gradients: by enumeration, by an integral for any K, and by automatic differentiation."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special, stats

from lib import softmax
from lib.elbo import elbo, log_evidence
from lib.f_divergences import f_divergence
from lib.gaussian_elbo import gaussian_nodes
from lib.importance_bounds import (
    bound_gradient,
    doubly_reparameterised_gradient,
    exact_importance_bound,
    gaussian_chi_squared,
    importance_bound,
    log_mean_weight,
    signal_to_noise,
)
from lib.kl_gradients import pathwise_gradient
from lib.monte_carlo import mean_and_error

NATS = {"base": math.e}
PRIOR, STREET = np.array([1 / 4, 3 / 4]), np.log([3 / 16, 3 / 16])


def by_frullani(q, log_joint, k):
    """Return the bound in nats by Frullani's integral: no sum over samples, for any K."""
    ratios = np.exp(log_joint - special.logsumexp(log_joint)) / q
    log_t = np.linspace(-45, 45, 6001)
    log_phi = special.logsumexp(-np.exp(log_t)[:, None] / k * ratios, b=q, axis=1)
    gap = integrate.trapezoid(np.exp(k * log_phi) - np.exp(-np.exp(log_t)), log_t)
    return special.logsumexp(log_joint) - gap


# The bound


def test_two_samples_of_the_wet_street_by_hand():
    # Weights 3/4 and 1/4 with chances 1/4 and 3/4: both first, both second, one of each.
    by_hand = (math.log2(3 / 4) + 9 * math.log2(1 / 4) + 6 * math.log2(1 / 2)) / 16
    assert exact_importance_bound(PRIOR, STREET, 2) == pytest.approx(by_hand, rel=1e-14)
    assert log_mean_weight(np.log([3 / 4, 1 / 4])) == pytest.approx(-1, rel=1e-14)


def test_one_sample_is_the_evidence_lower_bound():
    rng = np.random.default_rng(0)
    for k in (1, 2, 5, 30):
        q, log_joint = rng.dirichlet(np.ones(k)), rng.normal(scale=3, size=k)
        assert exact_importance_bound(q, log_joint, 1, **NATS) == pytest.approx(elbo(q, log_joint, **NATS), abs=1e-12)
    log_w = rng.normal(size=(50, 1))
    assert log_mean_weight(log_w, **NATS) == pytest.approx(log_w[:, 0], abs=1e-15)


@pytest.mark.parametrize("size, samples", [(2, 3), (3, 4), (4, 3), (3, 5)])
def test_the_sum_over_counts_is_the_sum_over_all_samples(size, samples):
    rng = np.random.default_rng(size)
    q, log_joint = rng.dirichlet(np.ones(size)), rng.normal(scale=2, size=size)
    total = 0.0
    for sample in itertools.product(range(size), repeat=samples):
        total += q[list(sample)].prod() * log_mean_weight((log_joint - np.log(q))[list(sample)], **NATS)
    assert exact_importance_bound(q, log_joint, samples, **NATS) == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("samples", [1, 2, 7, 40, 150])
def test_enumeration_agrees_with_frullanis_integral(samples):
    rng = np.random.default_rng(5)
    q, log_joint = rng.dirichlet(np.full(3, 3.0)), rng.normal(size=3)
    assert exact_importance_bound(q, log_joint, samples, **NATS) == pytest.approx(by_frullani(q, log_joint, samples), abs=1e-9)


@given(st.integers(2, 4), st.integers(0, 10**6))
def test_it_rises_with_every_sample_and_stays_below_the_evidence(size, seed):
    rng = np.random.default_rng(seed)
    q, log_joint = rng.dirichlet(np.ones(size)) + 1e-6, rng.normal(scale=2, size=size)
    q = q / q.sum()
    values = [exact_importance_bound(q, log_joint, k, **NATS) for k in range(1, 9)]
    evidence = log_evidence(log_joint, **NATS)
    assert (np.diff(values) >= -1e-13).all()
    assert values[-1] <= evidence + 1e-13
    # Strictly, unless all weights are equal.
    if f_divergence(softmax(log_joint), q, "chi-squared") > 1e-3:
        assert (np.diff(values) > 0).all() and values[-1] < evidence


def test_the_posterior_needs_one_sample():
    log_joint = np.array([-1.0, -2.5, 0.3])
    for k in (1, 2, 10):
        assert exact_importance_bound(softmax(log_joint), log_joint, k) == pytest.approx(log_evidence(log_joint), rel=1e-13)


def test_the_gap_is_half_of_chi_squared_over_k_with_slope_minus_one():
    rng = np.random.default_rng(6)
    for _ in range(5):
        q, log_joint = rng.dirichlet([4, 4]), rng.normal(size=2)
        evidence, chi2 = log_evidence(log_joint, **NATS), f_divergence(softmax(log_joint), q, "chi-squared")
        gaps = [evidence - exact_importance_bound(q, log_joint, k, **NATS) for k in (1000, 2000, 4000)]
        assert 2 * 4000 * gaps[2] / chi2 == pytest.approx(1, abs=0.01)
        assert np.diff(np.log2(gaps)) == pytest.approx([-1, -1], abs=0.01)


def test_a_blind_belief_never_learns_of_the_rest():
    log_joint = np.log([3 / 16, 3 / 16, 1 / 16])
    assert exact_importance_bound([1 / 4, 3 / 4, 0], log_joint, 4000) == pytest.approx(log_evidence(log_joint[:2]), abs=1e-3)
    assert exact_importance_bound([1 / 4, 3 / 4, 0], log_joint, 4) == exact_importance_bound(PRIOR, STREET, 4)


def test_a_belief_in_the_impossible_costs_infinity_at_any_k():
    for k in (1, 5):
        assert exact_importance_bound([0.5, 0.5], [0.0, -math.inf], k) == -math.inf
    assert log_mean_weight([-math.inf, -math.inf]) == -math.inf
    assert log_mean_weight([-math.inf, 0.0]) == pytest.approx(-1, rel=1e-15)
    bound, error = importance_bound([[-math.inf], [0.0]])
    assert (bound, error) == (-math.inf, math.inf)


def test_bits_are_nats_divided():
    log_w = np.random.default_rng(7).normal(size=(4, 30, 6))
    np.testing.assert_allclose(log_mean_weight(log_w) * math.log(2), log_mean_weight(log_w, **NATS), rtol=1e-14)
    np.testing.assert_allclose(np.array(importance_bound(log_w)) * math.log(2), importance_bound(log_w, **NATS), rtol=1e-13)
    assert exact_importance_bound(PRIOR, STREET, 3) * math.log(2) == pytest.approx(exact_importance_bound(PRIOR, STREET, 3, **NATS))


def test_samples_agree_with_the_exact_bound_within_their_errors():
    rng = np.random.default_rng(8)
    q, log_joint = np.array([0.3, 0.5, 0.2]), np.array([-1.0, -3.0, -0.5])
    scores = []
    for k in (1, 3, 10):
        z = rng.choice(3, p=q, size=(40, 500, k))
        bound, error = importance_bound((log_joint - np.log(q))[z], **NATS)
        scores.append((bound - exact_importance_bound(q, log_joint, k, **NATS)) / error)
    assert np.abs(np.mean(scores, axis=1)).max() < 4 / math.sqrt(40)
    assert np.std(scores) == pytest.approx(1, abs=0.2)


def test_weights_beyond_the_range_of_floats_are_no_trouble():
    assert log_mean_weight([-5000.0, -5000.0], **NATS) == -5000.0
    assert exact_importance_bound([0.5, 0.5], [-5000.0, -5001.0], 2, **NATS) == pytest.approx(
        -5000 + exact_importance_bound([0.5, 0.5], [0.0, -1.0], 2, **NATS), rel=1e-14
    )


# Chi-squared of Gaussians


def test_chi_squared_of_gaussians_by_an_integral():
    for m, v, u in ((0.5, 1.0, 1.0), (0.0, 0.5, 2.0), (1.0, 0.3, 0.2), (-0.7, 1.9, 1.0)):
        integral = integrate.quad(lambda z: math.exp(2 * stats.norm(m, v**0.5).logpdf(z) - stats.norm(0, u**0.5).logpdf(z)), -40, 40)[0]
        assert gaussian_chi_squared(m, v, 0.0, u) == pytest.approx(integral - 1, rel=1e-7)


def test_chi_squared_of_gaussians_is_the_formula_of_the_determinants():
    rng = np.random.default_rng(9)
    for d in (1, 2, 4):
        half = rng.normal(size=(d, d))
        p, q = half @ half.T + np.eye(d), half @ half.T * 0.9 + 2 * np.eye(d)
        delta, m = rng.normal(size=d), 2 * q - p
        formula = np.linalg.det(q) / math.sqrt(np.linalg.det(p) * np.linalg.det(m)) * math.exp(delta @ np.linalg.solve(m, delta))
        assert gaussian_chi_squared(delta, p, np.zeros(d), q) == pytest.approx(formula - 1, rel=1e-11)
        # The same seen in other coordinates.
        change = rng.normal(size=(d, d)) + 3 * np.eye(d)
        other = gaussian_chi_squared(change @ delta, change @ p @ change.T, np.zeros(d), change @ q @ change.T)
        assert other == pytest.approx(formula - 1, rel=1e-9)


def test_chi_squared_is_infinite_for_a_narrow_belief_and_0_for_the_same():
    assert gaussian_chi_squared(0.0, 1.0, 0.0, 0.5) == math.inf
    assert gaussian_chi_squared(0.0, 1.0, 0.0, 0.51) < math.inf
    assert gaussian_chi_squared([0, 0], np.eye(2), [0, 0], np.diag([5.0, 0.4])) == math.inf
    assert gaussian_chi_squared([1, 2], np.eye(2), [1, 2], np.eye(2)) == 0.0
    # Nearly equal Gaussians keep their digits.
    assert gaussian_chi_squared(1e-8, 1.0, 0.0, 1.0) == pytest.approx(1e-16, rel=1e-6)


# Gradients: a model of two latent numbers, its derivatives by hand, against torch

X, DESIGN = np.array([1.0, 2.0, -1.0]), np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 2.0]])


def by_hand(noise, mean, log_sd, theta):
    """Return log weights, total and path derivatives by (mean, log_sd), and those by the prior's mean theta."""
    sd = np.exp(log_sd)
    z = mean + sd * noise
    slope = theta - z + (X - z @ DESIGN.T) @ DESIGN
    log_w = stats.norm.logpdf(z, theta).sum(-1) + stats.norm.logpdf(X, z @ DESIGN.T).sum(-1) - stats.norm.logpdf(z, mean, sd).sum(-1)
    through = np.concatenate([np.ones_like(noise), sd * noise], axis=-1)  # dz by mean and by log_sd, coordinate by coordinate
    path = through * np.tile(slope + noise / sd, 2)
    score = np.concatenate([noise / sd, noise**2 - 1], axis=-1)
    return log_w, path - score, path, z - theta


def by_torch(noise, mean, log_sd, theta):
    mean, log_sd, theta = (torch.tensor(v, requires_grad=True) for v in (mean, log_sd, theta))
    x, design, noise = torch.tensor(X), torch.tensor(DESIGN), torch.tensor(noise)
    normal = torch.distributions.Normal
    z = mean + log_sd.exp() * noise
    log_w = normal(theta, 1.0).log_prob(z).sum(-1) + normal(z @ design.T, 1.0).log_prob(x).sum(-1)
    log_w = log_w - normal(mean, log_sd.exp()).log_prob(z).sum(-1)
    (torch.logsumexp(log_w, -1) - math.log(log_w.shape[-1])).sum().backward()
    return np.concatenate([mean.grad, log_sd.grad]), theta.grad.numpy()


PARAMETERS = np.array([0.7, -0.4]), np.array([-0.3, -0.9]), np.array([0.2, 0.1])


@pytest.mark.parametrize("k", [1, 2, 9])
def test_the_gradient_is_that_of_automatic_differentiation(k):
    for seed in range(5):
        noise = np.random.default_rng(seed).normal(size=(k, 2))
        log_w, total, _, by_model = by_hand(noise, *PARAMETERS)
        encoder, model = by_torch(noise, *PARAMETERS)
        np.testing.assert_allclose(bound_gradient(log_w, total, **NATS), encoder, rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(bound_gradient(log_w, by_model, **NATS), model, rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(bound_gradient(log_w, total) * math.log(2), encoder, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("k", [1, 2, 9])
def test_the_doubly_reparameterised_gradient_is_that_of_a_detached_surrogate(k):
    # The way in which Tucker et al. have it computed: squared normalised weights held fixed, q's density held fixed.
    noise = np.random.default_rng(k).normal(size=(k, 2))
    mean, log_sd = (torch.tensor(v, requires_grad=True) for v in PARAMETERS[:2])
    normal, x, design = torch.distributions.Normal, torch.tensor(X), torch.tensor(DESIGN)
    z = mean + log_sd.exp() * torch.tensor(noise)
    log_w = normal(torch.tensor(PARAMETERS[2]), 1.0).log_prob(z).sum(-1) + normal(z @ design.T, 1.0).log_prob(x).sum(-1)
    log_w = log_w - normal(mean.detach(), log_sd.detach().exp()).log_prob(z).sum(-1)
    (torch.softmax(log_w, -1).detach() ** 2 * log_w).sum().backward()
    ours, _, path, _ = by_hand(noise, *PARAMETERS)
    found = doubly_reparameterised_gradient(ours, path, **NATS)
    np.testing.assert_allclose(found, np.concatenate([mean.grad, log_sd.grad]), rtol=1e-11, atol=1e-12)


def test_path_gradients_come_from_the_chapter_on_monte_carlo():
    noise = np.random.default_rng(3).normal(size=(7, 2))
    log_w, _, path, _ = by_hand(noise, *PARAMETERS)
    sd = np.exp(PARAMETERS[1])
    z = PARAMETERS[0] + sd * noise
    slope_q, slope_joint = -noise / sd, PARAMETERS[2] - z + (X - z @ DESIGN.T) @ DESIGN
    jacobian = np.concatenate([np.broadcast_to(np.eye(2), (7, 2, 2)), np.eye(2) * (sd * noise)[:, None]], axis=-1)
    np.testing.assert_allclose(-pathwise_gradient(slope_q, slope_joint, jacobian, **NATS), path, rtol=1e-12)


def one_number(noise, phi):
    s = math.sqrt(2 / 3)
    z = phi + s * noise
    log_w = stats.norm.logpdf(z) + stats.norm.logpdf(2, z) - stats.norm.logpdf(z, phi, s)
    total = (2 - 2 * z)[..., None]
    return log_w, total, total + (noise / s)[..., None]


@pytest.mark.parametrize("k", [1, 2, 3])
def test_both_gradients_have_the_mean_of_the_bounds_derivative_by_nodes(k):
    noise, weights = gaussian_nodes(np.zeros(k), np.eye(k), nodes=90 if k < 3 else 50)
    bound = lambda phi: weights @ log_mean_weight(one_number(noise, phi)[0], **NATS)
    h = 1e-3
    derivative = (8 * (bound(1.5 + h) - bound(1.5 - h)) - bound(1.5 + 2 * h) + bound(1.5 - 2 * h)) / (12 * h)
    log_w, total, path = one_number(noise, 1.5)
    plain, double = weights @ bound_gradient(log_w, total, **NATS), weights @ doubly_reparameterised_gradient(log_w, path, **NATS)
    assert plain[0] == pytest.approx(derivative, abs=1e-6)
    assert double[0] == pytest.approx(derivative, abs=1e-6)
    dropped = weights @ bound_gradient(log_w, path, **NATS)
    assert (abs(dropped[0] - derivative) < 1e-6) == (k == 1)  # without the square it is right for one sample only


def test_both_gradients_agree_within_their_errors_for_many_samples():
    rng = np.random.default_rng(10)
    noise = rng.normal(size=(20_000, 16, 2))
    log_w, total, path, _ = by_hand(noise, *PARAMETERS)
    plain, error = mean_and_error(bound_gradient(log_w, total, **NATS), axis=-2)
    double, small = mean_and_error(doubly_reparameterised_gradient(log_w, path, **NATS), axis=-2)
    assert (np.abs(plain - double) < 4 * np.hypot(error, small)).all()
    assert (small < error / 3).all()


def test_signals_fall_and_rise_with_the_predicted_slopes():
    rng, sizes = np.random.default_rng(11), 2 ** np.arange(4, 9)
    rows = []
    for k in sizes:
        noise = rng.standard_normal((4000, k))
        log_w, total, path = one_number(noise, 1.5)
        double = doubly_reparameterised_gradient(log_w, path, **NATS)
        z = (1.5 + math.sqrt(2 / 3) * noise)[..., None]
        rows.append(
            [
                signal_to_noise(bound_gradient(log_w, total, **NATS), mean=double.mean(axis=0))[0],
                signal_to_noise(double)[0],
                signal_to_noise(bound_gradient(log_w, z, **NATS))[0],
            ]
        )
    slopes = np.polyfit(np.log(sizes), np.log(rows), 1)[0]
    assert slopes == pytest.approx([-0.5, 0.5, 0.5], abs=0.04)


def test_at_the_posterior_the_doubly_reparameterised_gradient_has_no_noise():
    noise = np.random.default_rng(12).normal(size=(100, 8))
    z = 1 + math.sqrt(0.5) * noise
    log_w = stats.norm.logpdf(z) + stats.norm.logpdf(2, z) - stats.norm.logpdf(z, 1, math.sqrt(0.5))
    path = (2 - 2 * z + noise / math.sqrt(0.5))[..., None]
    assert np.abs(doubly_reparameterised_gradient(log_w, path, **NATS)).max() < 1e-13
    assert bound_gradient(log_w, (2 - 2 * z)[..., None], **NATS).std() > 0.1


def test_groups_are_the_leading_axes():
    rng = np.random.default_rng(13)
    log_w, gradients = rng.normal(size=(2, 3, 5)), rng.normal(size=(2, 3, 5, 4))
    for function in (bound_gradient, doubly_reparameterised_gradient):
        values = function(log_w, gradients)
        assert values.shape == (2, 3, 4)
        np.testing.assert_allclose(values[1, 2], function(log_w[1, 2], gradients[1, 2]), rtol=1e-13)
    # A shift of all log weights changes nothing, and bits are nats divided.
    np.testing.assert_allclose(bound_gradient(log_w + 900, gradients), bound_gradient(log_w, gradients), rtol=1e-9)
    np.testing.assert_allclose(
        doubly_reparameterised_gradient(log_w, gradients) * math.log(2), doubly_reparameterised_gradient(log_w, gradients, **NATS)
    )


def test_signal_to_noise_by_hand():
    assert signal_to_noise([[1.0, -1.0], [3.0, -1.0]]) == pytest.approx([math.sqrt(2), math.inf])
    assert signal_to_noise([[1.0], [3.0]], mean=[-4.0]) == pytest.approx([4 / math.sqrt(2)])
    assert signal_to_noise([[0.0], [0.0]]).tolist() == [0.0]
    assert signal_to_noise(np.random.default_rng(0).normal(size=(3, 9, 2))).shape == (3, 2)


# Errors


@pytest.mark.parametrize("function", [log_mean_weight, importance_bound])
@pytest.mark.parametrize(
    "log_weights, words",
    [
        ([[0.0, math.nan]] * 2, "`log_weights` must not be NaN"),
        ([[0.0, math.inf]] * 2, r"`log_weights` must be below \+inf"),
        (np.zeros((2, 0)), "`log_weights` must hold at least 1 sample along its last axis"),
        (0.0, "`log_weights` must hold at least 1 sample along its last axis"),
    ],
)
def test_bad_weights_are_refused(function, log_weights, words):
    with pytest.raises(ValueError, match=words):
        function(log_weights)


def test_an_error_bar_needs_two_groups():
    with pytest.raises(ValueError, match="must hold at least 2 samples"):
        importance_bound([[0.0, 1.0]])


@pytest.mark.parametrize(
    "q, log_joint, samples, words",
    [
        ([0.5, 0.6], [0.0, 0.0], 2, "`q` must sum to 1"),
        ([0.5, 0.5], [0.0, math.nan], 2, "`log_joint` must not be NaN"),
        ([0.5, 0.5], [0.0], 2, "over the same latent variable"),
        ([[0.5, 0.5]], [0.0, 0.0], 2, "`q` and `log_joint` must be single vectors"),
        ([0.5, 0.5], [0.0, 0.0], 0, "`samples` must be an integer of at least 1"),
        ([0.5, 0.5], [0.0, 0.0], 2.0, "`samples` must be an integer"),
        (np.full(8, 1 / 8), np.zeros(8), 100, "`samples` and the values of `q` must leave at most 1000000 terms to add up"),
    ],
)
def test_a_bad_enumeration_is_refused(q, log_joint, samples, words):
    with pytest.raises(ValueError, match=words):
        exact_importance_bound(q, log_joint, samples)


@pytest.mark.parametrize("function, name", [(bound_gradient, "gradients"), (doubly_reparameterised_gradient, "path_gradients")])
def test_bad_gradients_are_refused(function, name):
    for log_weights, gradients, words in (
        ([0.0, 0.0], [[1.0], [math.nan]], f"`{name}` must not be NaN"),
        ([0.0, 0.0], [[1.0], [math.inf]], f"`{name}` must be finite"),
        ([0.0, 0.0], [1.0, 1.0], f"`{name}` must hold one gradient for each weight"),
        ([0.0, 0.0], [[1.0]], f"`{name}` must hold one gradient for each weight"),
        ([-math.inf, -math.inf], [[1.0], [1.0]], "`log_weights` must leave at least one weight above 0 in each group"),
        ([0.0, math.nan], [[1.0], [1.0]], "`log_weights` must not be NaN"),
    ):
        with pytest.raises(ValueError, match=words):
            function(log_weights, gradients)
    with pytest.raises(ValueError, match="`base` must be"):
        function([0.0], [[1.0]], base=1)


@pytest.mark.parametrize(
    "gradients, mean, words",
    [
        ([[1.0]], None, "`gradients` must hold at least 2 samples along axis -2"),
        ([1.0, 2.0], None, "`gradients` must have an axis of samples"),
        ([[1.0], [math.nan]], None, "`gradients` must not be NaN"),
        ([[1.0], [2.0]], [1.0, 2.0], "`mean` must hold one number for each parameter"),
        ([[1.0], [2.0]], [math.nan], "`mean` must not be NaN"),
    ],
)
def test_a_ratio_of_nothing_is_refused(gradients, mean, words):
    with pytest.raises(ValueError, match=words):
        signal_to_noise(gradients, mean=mean)


def test_a_batch_of_gaussians_is_refused():
    with pytest.raises(ValueError, match="`cov_p` and `cov_q` must be of single Gaussians"):
        gaussian_chi_squared(np.zeros((2, 1)), np.ones((2, 1, 1)), 0.0, 1.0)
    with pytest.raises(ValueError, match="`cov_q` must have positive variances"):
        gaussian_chi_squared(0.0, 1.0, 0.0, -1.0)
