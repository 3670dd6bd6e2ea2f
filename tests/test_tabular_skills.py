"""Exact skills: by hand, against torch's gradients, and the errors."""

import math

import numpy as np
import pytest
import torch

from lib import mutual_information, softmax
from lib.tabular_skills import (
    discriminator_bound,
    discriminator_gap,
    information_gradient,
    objective_by_entropies,
    objective_by_information,
    policy_gradient,
    skill_posterior,
    skill_reward,
    state_marginals,
    state_visits,
)

NATS = {"base": math.e}
SWAP = np.array([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]])  # wait, or change places


def world_and_logits(seed, *, steps=1, skills=3):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(5, 0.5), size=(5, 3)), rng.normal(size=(skills, steps, 5, 3))


def test_the_start_is_not_counted():
    visits = state_visits([[[0, 1.0], [1, 0.0]]], SWAP, start=0, horizon=4)
    assert visits.tolist() == [0, 1]


def test_a_policy_may_look_at_the_clock():
    leave, wait = [[0, 1.0], [0, 1]], [[1.0, 0], [1, 0]]
    marginals = state_marginals([leave, wait, leave], SWAP, start=0, horizon=3)
    assert marginals[:, 1].tolist() == [0, 1, 1, 0]


def test_a_clock_that_is_not_used_changes_nothing():
    world, logits = world_and_logits(0)
    long = np.repeat(logits, 4, axis=1)
    options = {"start": 0, "horizon": 4}
    short_visits, long_visits = (state_visits(softmax(x), world, **options) for x in (logits, long))
    np.testing.assert_allclose(short_visits, long_visits, rtol=1e-14)
    gradients = [information_gradient(x, world, np.full(3, 1 / 3), **options) for x in (logits, long)]
    np.testing.assert_allclose(gradients[0][:, 0], gradients[1].sum(axis=1), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("steps", [1, 4])
@pytest.mark.parametrize("weight", [0.0, 0.7])
def test_the_gradient_is_that_of_torch(steps, weight):
    world, logits = world_and_logits(1, steps=steps)
    prior = np.array([0.2, 0.3, 0.5])
    x, p, z = torch.tensor(logits, requires_grad=True), torch.tensor(world), torch.tensor(prior)
    policy = torch.softmax(x, dim=-1)
    now, visits, acts = torch.zeros(3, 5, dtype=torch.float64), 0, 0
    now[:, 2] = 1
    for t in range(4):
        pi = policy[:, t % steps]
        acts = acts + (now * torch.distributions.Categorical(probs=pi).entropy()).sum(-1) / 4
        now = torch.einsum("zs,zsa,sat->zt", now, pi, p)
        visits = visits + now / 4
    information = (z[:, None] * visits * torch.log(visits / (z @ visits))).sum()
    (information + weight * (z * acts).sum()).backward()
    found = information_gradient(logits, world, prior, start=2, horizon=4, entropy_weight=weight)
    np.testing.assert_allclose(found, x.grad.numpy(), rtol=1e-9, atol=1e-13)


def test_runs_side_by_side_are_runs_one_by_one():
    world, logits = world_and_logits(2)
    both = np.stack([logits, 2 * logits])
    options = {"start": 0, "horizon": 3, "entropy_weight": 0.1}
    prior = np.full((2, 3), 1 / 3)
    found = information_gradient(both, world, prior, **options)
    for run, x in zip(found, both):
        np.testing.assert_allclose(run, information_gradient(x, world, prior[0], **options), rtol=1e-12, atol=1e-15)


def test_a_constant_reward_moves_nothing():
    world, logits = world_and_logits(3)
    assert np.abs(policy_gradient(logits, world, np.full((3, 5), 2.0), start=0, horizon=4)).max() < 1e-14


def test_a_state_that_nobody_reaches_is_no_trouble():
    far = np.zeros((3, 1, 3))
    far[[0, 1, 2], 0, [1, 0, 2]] = 1  # the third state is an island
    gradient = information_gradient(np.zeros((2, 1, 3, 1)), far, [0.5, 0.5], start=0, horizon=2)
    assert (gradient == 0).all()
    assert skill_posterior([[0.5, 0.5, 0], [0.5, 0.5, 0]], [0.3, 0.7])[:, 2].tolist() == [0.3, 0.7]


def test_the_mean_reward_is_the_bound_and_the_gap_closes_it():
    rng = np.random.default_rng(4)
    for _ in range(20):
        visits, prior = rng.dirichlet(np.full(6, 0.3), size=4), rng.dirichlet(np.ones(4))
        q = rng.dirichlet(np.ones(4), size=6).T
        joint = prior[:, None] * visits
        bound = discriminator_bound(visits, prior, q, **NATS)
        assert (joint * skill_reward(q, prior)).sum() == pytest.approx(bound, rel=1e-11, abs=1e-13)
        assert bound + discriminator_gap(visits, prior, q, **NATS) == pytest.approx(mutual_information(joint, **NATS), rel=1e-11, abs=1e-13)
        assert discriminator_bound(visits, prior, skill_posterior(visits, prior)) == pytest.approx(mutual_information(joint), rel=1e-11)


def test_a_discriminator_that_excludes_what_happens_proves_nothing():
    visits, q = [[1.0, 0], [0, 1.0]], [[0.0, 0], [1, 1]]
    assert discriminator_bound(visits, [0.5, 0.5], q) == -math.inf
    assert discriminator_gap(visits, [0.5, 0.5], q) == math.inf
    assert discriminator_bound([[1.0, 0], [1.0, 0]], [0.5, 0.5], [[0.5, 0], [0.5, 1]]) == 0  # it never happens


def test_the_objective_by_hand():
    # Two skills in two rooms, each with a fair coin of its own: 1 bit of state, 1 bit of action.
    joint = np.zeros((2, 2, 2))
    joint[0, 0] = joint[1, 1] = 0.25
    assert objective_by_entropies(joint) == pytest.approx(2, rel=1e-14)
    # In one room, told apart by their actions alone: nothing.
    joint = np.zeros((2, 1, 2))
    joint[0, 0, 0] = joint[1, 0, 1] = 0.5
    assert objective_by_information(joint) == pytest.approx(0, abs=1e-14)


FLAT = np.full((1, 2, 2), 0.5)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: state_marginals(FLAT, SWAP[0], start=0, horizon=1), r"`transitions` must have shape \(states, actions, states\)"),
        (lambda: state_marginals(FLAT, SWAP / 2, start=0, horizon=1), "`transitions` must sum to 1"),
        (lambda: state_marginals(FLAT, SWAP, start=2, horizon=1), "`start` must be an integer from 0 to 1; it is 2"),
        (lambda: state_marginals(FLAT, SWAP, start=0, horizon=0), "`horizon` must be an integer of at least 1"),
        (lambda: state_marginals(FLAT.repeat(2, 0), SWAP, start=0, horizon=3), r"`policy` must have shape \(..., 1 or 3, 2, 2\)"),
        (lambda: state_marginals(FLAT * 2, SWAP, start=0, horizon=1), "`policy` must sum to 1"),
        (lambda: skill_posterior([0.5, 0.5], [1.0]), r"`visits` must have shape \(..., skills, states\)"),
        (lambda: skill_posterior([[0.5, 0.5]], [0.5, 0.5]), "`prior` must have one probability for each of the 1 skills"),
        (lambda: skill_posterior([[1.0], [1.0]], [1.0, 0.0]), "`prior` must be positive"),
        (lambda: discriminator_bound([[1.0], [1.0]], [0.5, 0.5], [[0.9], [0.2]]), "`q` must sum to 1 along axis -2|`q` must sum to 1"),
        (lambda: discriminator_bound([[1.0], [1.0]], [0.5, 0.5], [[0.5, 0.5], [0.5, 0.5]]), r"`q` must have shape \(..., 2, 1\)"),
        (lambda: skill_reward([[1.0]], [0.5, 0.5]), "`prior` must have one probability for each of the 1 skills"),
        (lambda: policy_gradient(np.zeros((1, 2, 2)), SWAP, [0.0], start=0, horizon=1), r"`reward` must have shape \(2,\)"),
        (lambda: policy_gradient(np.zeros((1, 2, 2)), SWAP, [0, math.inf], start=0, horizon=1), "`reward` must be finite"),
        (
            lambda: policy_gradient(np.zeros((1, 2, 2)), SWAP, [0.0, 1], start=0, horizon=1, entropy_weight=-1),
            "`entropy_weight` must be a finite number, not negative",
        ),
        (lambda: information_gradient(np.zeros((1, 2, 2)), SWAP, [1.0], start=0, horizon=1), r"`logits` must have shape \(..., skills, t"),
        (lambda: information_gradient(np.full((1, 1, 2, 2), np.nan), SWAP, [1.0], start=0, horizon=1), "`logits` must not be NaN"),
        (lambda: objective_by_entropies([[0.5, 0.5]]), r"`joint` must have shape \(skills, states, actions\)"),
        (lambda: objective_by_information(np.ones((2, 2, 2))), "`joint` must sum to 1"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
