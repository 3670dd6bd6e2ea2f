"""Schedules, Gaussians and finite chains against other routes: moments, Bayes' rule, plain sums, mpmath."""

import math

import mpmath
import numpy as np
import pytest

from lib.diffusion_chain import (
    Schedule,
    chain_joints,
    cosine_schedule,
    forward_marginal,
    gaussian_bound,
    gaussian_chain_variance,
    gaussian_noise,
    linear_schedule,
    make_schedule,
    noise_weights,
    prior_kl,
    reverse_posterior,
    step_identity,
)
from lib.gaussian import gaussian_kl

NATS = {"base": math.e}
SCHEDULES = {"short": make_schedule([0.1, 0.5, 0.9]), "line": linear_schedule(50, last=0.2), "cosine": cosine_schedule(30)}


@pytest.fixture(params=SCHEDULES, ids=str)
def schedule(request):
    return SCHEDULES[request.param]


# Schedules


def test_two_halves_by_hand():
    beta, kept, tilde = make_schedule([1 / 2, 1 / 2])
    assert beta.tolist() == [0, 1 / 2, 1 / 2]
    assert kept.tolist() == [1, 1 / 2, 1 / 4]
    np.testing.assert_allclose(tilde, [0, 0, 1 / 3], rtol=1e-14)


def test_tiny_steps_keep_their_digits():
    beta = [1e-9, 2e-9, 3e-9]
    with mpmath.workdps(40):
        noise = [1 - mpmath.fprod(1 - mpmath.mpf(b) for b in beta[:t]) for t in range(4)]
        wanted = float(mpmath.mpf(beta[2]) * noise[2] / noise[3])
    assert make_schedule(beta).beta_tilde[3] == pytest.approx(wanted, rel=1e-14)


def test_the_steps_of_a_cosine_multiply_to_the_cosine():
    kept = cosine_schedule(40).alpha_bar
    t = np.arange(40) / 40  # the last step is the one that is cut
    f = np.cos((t + 0.008) / 1.008 * np.pi / 2) ** 2
    np.testing.assert_allclose(kept[:-1], f / f[0], rtol=1e-12)
    assert kept[-1] == pytest.approx(kept[-2] * 1e-3, rel=1e-9)


def test_the_variance_of_the_posterior_is_below_that_of_the_step(schedule):
    assert (schedule.beta_tilde[1:] < schedule.beta[1:]).all()
    assert schedule.beta_tilde[1] == 0
    assert (np.diff(schedule.alpha_bar) < 0).all()


@pytest.mark.parametrize("beta, words", [([0.5, 1.0], "both excluded; it is 1 at index 1"), ([0.0], "it is 0"), ([math.nan], "NaN")])
def test_variances_that_are_none_are_refused(beta, words):
    with pytest.raises(ValueError, match=words):
        make_schedule(beta)


@pytest.mark.parametrize(
    "call",
    [
        lambda: linear_schedule(0),
        lambda: linear_schedule(2.5),
        lambda: linear_schedule(3, last=1.5),
        lambda: cosine_schedule(3, most=1.0),
        lambda: cosine_schedule(3, offset=0),
    ],
)
def test_bad_settings_of_a_schedule_are_refused(call):
    with pytest.raises(ValueError, match=r"`(steps|beta|most|offset)`"):
        call()


# Gaussians


def test_steps_one_by_one_give_the_marginal(schedule):
    mean, variance = np.array([1.5, -2.0]), 0.0
    for t in range(1, len(schedule.beta)):
        mean, variance = np.sqrt(1 - schedule.beta[t]) * mean, (1 - schedule.beta[t]) * variance + schedule.beta[t]
        got = forward_marginal([1.5, -2.0], t, schedule)
        np.testing.assert_allclose(got[0], mean, rtol=1e-12)
        assert got[1] == pytest.approx(variance, rel=1e-12)
    assert forward_marginal([1.5], 0, schedule)[1] == 0


def test_the_posterior_is_the_conditional_of_the_joint_gaussian(schedule):
    rng = np.random.default_rng(0)
    for t in range(2, len(schedule.beta)):
        x_0, x_t = rng.normal(size=2)
        beta, before = schedule.beta[t], schedule.alpha_bar[t - 1]
        cov = np.array([[1 - before, math.sqrt(1 - beta) * (1 - before)], [0, (1 - beta) * (1 - before) + beta]])
        slope = cov[0, 1] / cov[1, 1]
        wanted = math.sqrt(before) * x_0 + slope * (x_t - math.sqrt((1 - beta) * before) * x_0)
        mean, variance = reverse_posterior([x_0], [x_t], t, schedule)
        assert mean[0] == pytest.approx(wanted, rel=1e-10, abs=1e-12)
        assert variance == pytest.approx(cov[0, 0] - slope * cov[0, 1], rel=1e-7)


def test_the_last_step_back_leads_to_the_datum(schedule):
    mean, variance = reverse_posterior([2.0, 3.0], [[0.0, 0.0], [9.0, 1.0]], 1, schedule)
    np.testing.assert_allclose(mean, [[2, 3], [2, 3]], rtol=1e-12, atol=1e-15)
    assert variance == 0


def test_the_weights_are_those_of_the_signal_to_noise_ratio(schedule):
    snr = schedule.alpha_bar[1:] / (1 - schedule.alpha_bar[1:])
    weights = noise_weights(schedule)
    assert np.isnan(weights[:2]).all()
    np.testing.assert_allclose(weights[2:], (snr[:-1] / snr[1:] - 1) / 2, rtol=1e-9)


def test_the_prior_term_is_a_divergence_of_gaussians(schedule):
    x = np.random.default_rng(1).normal(size=(5, 3))
    mean, variance = forward_marginal(x, len(schedule.beta) - 1, schedule)
    wanted = gaussian_kl(mean, variance * np.eye(3), np.zeros(3), np.eye(3), **NATS)
    np.testing.assert_allclose(prior_kl(x, schedule), wanted, rtol=1e-6, atol=1e-14)


def test_the_best_noise_is_the_regression_of_the_noise(schedule):
    rng = np.random.default_rng(2)
    root, mean = rng.normal(size=(3, 3)), rng.normal(size=3)
    cov = root @ root.T
    for t in (1, 2, len(schedule.beta) - 1):
        kept, x = schedule.alpha_bar[t], rng.normal(size=(4, 3))
        # Bayes' rule from the other side: the mean of x_0 by precisions, then the noise that it leaves.
        precision = np.linalg.inv(cov) + kept / (1 - kept) * np.eye(3)
        x_0 = np.linalg.solve(precision, (np.linalg.inv(cov) @ mean)[:, None] + math.sqrt(kept) / (1 - kept) * x.T).T
        wanted = (x - math.sqrt(kept) * x_0) / math.sqrt(1 - kept)
        np.testing.assert_allclose(gaussian_noise(x, t, schedule, mean=mean, cov=cov), wanted, rtol=1e-6, atol=1e-8)


def path_covariances(variance, schedule, used):
    """Return the covariances of (x_0, ..., x_T) under the noise chain and under the best model, built step by step."""
    last = len(schedule.beta) - 1
    forward = np.zeros((last + 1, last + 1))
    forward[0, 0] = variance
    for t in range(1, last + 1):
        keep = math.sqrt(1 - schedule.beta[t])
        forward[t, :t] = forward[:t, t] = keep * forward[t - 1, :t]
        forward[t, t] = keep**2 * forward[t - 1, t - 1] + schedule.beta[t]
    back = np.zeros_like(forward)
    back[last, last] = 1
    for t in range(last, 0, -1):
        kept, beta = schedule.alpha_bar[t], schedule.beta[t]
        factor = (1 - beta / (kept * variance + 1 - kept)) / math.sqrt(1 - beta)
        back[t - 1, t:] = back[t:, t - 1] = factor * back[t, t:]
        back[t - 1, t - 1] = factor**2 * back[t, t] + (beta if t == 1 else getattr(schedule, used)[t])
    return forward, back


@pytest.mark.parametrize("used", ["beta_tilde", "beta"])
@pytest.mark.parametrize("variance", [0.25, 1.0, 4.0])
def test_the_parts_of_the_bound_are_the_cross_entropy_of_whole_paths(variance, used, schedule):
    forward, back = path_covariances(variance, schedule, used)
    n = len(forward)
    cross = (n * math.log(2 * math.pi) + np.linalg.slogdet(back)[1] + np.trace(np.linalg.solve(back, forward))) / 2
    entropy = sum(math.log(2 * math.pi * math.e * beta) / 2 for beta in schedule.beta[1:])
    prior, steps, reconstruction = gaussian_bound(variance, schedule, step_variance=used)
    assert prior + steps.sum() + reconstruction == pytest.approx(cross - entropy, rel=1e-8, abs=1e-9)
    assert gaussian_chain_variance(variance, schedule, step_variance=used) == pytest.approx(back[0, 0], rel=1e-12)


@pytest.mark.parametrize("variance", [0.25, 1.0, 4.0])
def test_bound_above_likelihood_above_entropy(variance, schedule):
    made = gaussian_chain_variance(variance, schedule)
    cost = (math.log(2 * math.pi * made) + variance / made) / 2
    prior, steps, reconstruction = gaussian_bound(variance, schedule)
    assert prior + steps.sum() + reconstruction >= cost >= math.log(2 * math.pi * math.e * variance) / 2


def excess(steps, used):
    prior, middle, reconstruction = gaussian_bound(2.0, cosine_schedule(steps), step_variance=used)
    return prior + middle.sum() + reconstruction - math.log(2 * math.pi * math.e * 2.0) / 2


def test_with_the_narrow_variance_a_fine_cosine_keeps_half_of_eulers_constant():
    for variance in (0.5, 2.0, 8.0):
        entropy = math.log(2 * math.pi * math.e * variance) / 2
        coarse, fine = (sum(map(np.sum, gaussian_bound(variance, cosine_schedule(steps)))) - entropy for steps in (10_000, 1_000_000))
        assert coarse > fine > np.euler_gamma / 2
        assert fine == pytest.approx(np.euler_gamma / 2, abs=5e-4)


def test_with_more_steps_the_bound_comes_down_to_the_entropy_if_the_variance_is_right():
    right, other = ([excess(steps, used) for steps in (10, 40, 160, 640)] for used in ("beta", "beta_tilde"))
    assert all(0 < later < 0.55 * earlier for earlier, later in zip(right, right[1:], strict=False))
    assert right[-1] < 0.01
    assert other[-1] > 0.4


# Finite chains


def random_chain(k, steps, seed):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(k)), rng.dirichlet(np.ones(k), size=(steps, k)), rng.dirichlet(np.ones(k), size=k)


def test_the_joints_are_sums_over_all_paths():
    start, kernels, _ = random_chain(3, 4, 0)
    paths = np.einsum("a,ab,bc,cd,de->abcde", start, *kernels)
    joints = chain_joints(start, kernels)
    np.testing.assert_allclose(joints[0], np.einsum("abcde->ab", paths)[:, None, :] * np.eye(3)[:, :, None], atol=1e-15)
    np.testing.assert_allclose(joints[1], np.einsum("abcde->abc", paths), atol=1e-15)
    np.testing.assert_allclose(joints[3], np.einsum("abcde->ade", paths), atol=1e-15)


@pytest.mark.parametrize("seed", range(5))
def test_the_identity_holds_and_its_parts_are_plain_sums(seed):
    start, kernels, model = random_chain(4, 6, seed)
    for joint in chain_joints(start, kernels):
        conditional, marginal, information = step_identity(joint, model)
        assert conditional == pytest.approx(marginal + information, abs=1e-12)
        pair = joint.sum(axis=0)  # (x_{t-1}, x_t)
        assert marginal == pytest.approx((pair * np.log2(pair / pair.sum(axis=0) / model.T)).sum(), abs=1e-12)
        given = joint / joint.sum(axis=1, keepdims=True)
        there = joint > 0
        assert conditional == pytest.approx((joint * np.log2(np.where(there, given, 1) / np.where(there, model.T, 1))).sum(), abs=1e-12)


def test_in_the_first_step_back_the_datum_is_all_there_is_to_know():
    start, kernels, model = random_chain(3, 1, 9)
    (joint,) = chain_joints(start, kernels)
    pair = joint.sum(axis=0)
    given = pair / pair.sum(axis=0)
    assert step_identity(joint, model)[2] == pytest.approx(-(pair * np.log2(given)).sum(), abs=1e-12)


def test_the_information_does_not_move_with_the_model_and_a_model_that_excludes_costs_infinity():
    start, kernels, model = random_chain(3, 2, 4)
    joint = chain_joints(start, kernels)[1]
    others = [step_identity(joint, m)[2] for m in (model, np.full((3, 3), 1 / 3), np.eye(3))]
    assert max(others) == min(others)
    assert step_identity(joint, np.eye(3))[:2] == (math.inf, math.inf)


def test_states_that_never_come_are_no_trouble():
    joint = chain_joints([1, 0], [[[1, 0], [0, 1]]])[0]
    assert step_identity(joint, [[1, 0], [0.5, 0.5]]) == (0, 0, 0)


def test_the_unit_is_that_of_the_base():
    joint, model = chain_joints([0.5, 0.5], [[[0.75, 0.25], [0.25, 0.75]]])[0], np.full((2, 2), 0.5)
    np.testing.assert_allclose(np.array(step_identity(joint, model)) * math.log(2), step_identity(joint, model, **NATS), rtol=1e-14)


# Errors


S = SCHEDULES["short"]


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: forward_marginal([1.0], 4, S), "`t` must be an integer from 0 to 3"),
        (lambda: reverse_posterior([1.0], [1.0], 0, S), "`t` must be an integer from 1 to 3"),
        (lambda: reverse_posterior([1.0], [math.nan], 1, S), "`x_t` must not be NaN"),
        (lambda: reverse_posterior([1.0], [1.0, 2.0], 1, S), "last axis of one length"),
        (lambda: reverse_posterior(1.0, 2.0, 1, S), "last axis of one length"),
        (lambda: gaussian_noise([1.0], 1, S, mean=[0.0], cov=[[-1.0]]), "`cov`"),
        (lambda: gaussian_noise([1.0, 2.0], 1, S, mean=[0.0], cov=[[1.0]]), "last axis of one length"),
        (lambda: prior_kl([math.inf], S), "`x_0` must be finite"),
        (lambda: noise_weights(make_schedule([0.5])), "`t` must be an integer from 1 to 1; it is 2"),
        (lambda: gaussian_bound(-1.0, S), "`variance` must be positive"),
        (lambda: gaussian_bound(1.0, S, step_variance="sigma"), "`step_variance` must be one of 'beta_tilde', 'beta'"),
        (lambda: gaussian_chain_variance(1.0, S, step_variance="sigma"), "`step_variance` must be one of"),
        (lambda: gaussian_chain_variance(0.0, S), "`variance` must be positive"),
        (lambda: chain_joints([0.5, 0.6], [np.eye(2)]), "`start` must sum to 1"),
        (lambda: chain_joints([0.5, 0.5], [np.eye(3)]), "`kernels` must hold one square table"),
        (lambda: chain_joints([0.5, 0.5], [[[1, 0], [1, 1]]]), "`kernels` must sum to 1"),
        (lambda: step_identity(np.full((2, 2, 2), 0.2), np.eye(2)), "`joint` must sum to 1"),
        (lambda: step_identity(np.full((2, 2), 0.25), np.eye(2)), "`joint` must have three axes"),
        (lambda: step_identity(np.full((2, 2, 2), 1 / 8), np.eye(3)), "`model` two of the same"),
        (lambda: step_identity(np.full((2, 2, 2), 1 / 8), np.ones((2, 2))), "`model` must sum to 1"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_schedule_is_a_plain_tuple_of_arrays():
    assert isinstance(S, Schedule)
    assert [x.shape for x in S] == [(4,)] * 3
