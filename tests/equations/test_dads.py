"""Each labelled equation of the chapter, both sides by different routes."""

import itertools
import math

import numpy as np
import pytest

from lib import kl_divergence, mutual_information, softmax
from lib.skill_transitions import (
    capped_objective,
    dynamics_bound,
    forward_information,
    prior_excess,
    prior_objective,
    sampled_objective,
    skill_dynamics,
    transition_joint,
)
from lib.tabular_dads import forward_gradient

NATS = {"base": math.e}


def random_case(seed, skills=3, states=4, actions=3):
    rng = np.random.default_rng(seed)
    world = rng.dirichlet(np.full(states, 0.5), size=(states, actions))
    policy = rng.dirichlet(np.full(actions, 0.5), size=(skills, 1, states))
    prior = rng.dirichlet(np.full(skills, 2.0))
    joint = transition_joint(policy, world, prior, start=0, horizon=4)
    q = rng.dirichlet(np.ones(states), size=(skills, states))
    return joint, skill_dynamics(policy, world), prior, q


def plain(p):
    p = p[p > 0]
    return -(p * np.log(p)).sum()


def test_eq_dads_forms():
    for seed in range(10):
        joint, _, _, _ = random_case(seed)
        h = {axes: plain(joint.sum(axis=axes)) for axes in ((), (0,), (2,), (0, 2))}  # entropies of what is left
        forward = (h[(0,)] - h[(0, 2)]) - (h[()] - h[(2,)])
        reverse = (h[(2,)] - h[(0, 2)]) - (h[()] - h[(0,)])
        assert abs(forward - reverse) < 1e-12
        assert forward_information(joint, **NATS) == pytest.approx(forward, abs=1e-12)


def test_eq_dads_bound():
    for seed in range(10):
        joint, dynamics, _, q = random_case(seed)
        marginal = joint.sum(axis=0) / joint.sum(axis=(0, 2))[:, None]
        mean = (joint * np.log(q / marginal)).sum()
        gap = (joint.sum(axis=2) * kl_divergence(dynamics, q, **NATS)).sum()
        assert mean + gap == pytest.approx(forward_information(joint, **NATS), abs=1e-12)
        assert dynamics_bound(joint, q, **NATS) == pytest.approx((mean, gap), abs=1e-12)


def test_eq_dads_mixture():
    """With the model's own mixture under p(z | s) the bound is tighter, and still one."""
    for seed in range(20):
        joint, _, _, q = random_case(seed)
        here = joint.sum(axis=2)
        known = here.sum(axis=0)
        mixture = np.einsum("zs,zst->st", here / known, q)
        value = (joint * np.log(q / mixture)).sum()
        bound, gap = dynamics_bound(joint, q, **NATS)
        back = known @ kl_divergence(joint.sum(axis=0) / known[:, None], mixture, **NATS)
        assert value == pytest.approx(bound + back, abs=1e-12)
        assert 0 < back < gap
        assert value < forward_information(joint, **NATS)


def test_eq_dads_excess():
    for seed in range(10):
        joint, dynamics, prior, q = random_case(seed)
        for model in (dynamics, q):
            lost = (joint.sum(axis=2) * kl_divergence(dynamics, model, **NATS)).sum()
            right = forward_information(joint, **NATS) - lost + prior_excess(joint, model, prior, **NATS)
            assert prior_objective(joint, model, prior, **NATS) == pytest.approx(right, abs=1e-12)


def test_eq_dads_classifier():
    for seed in range(10):
        joint, _, prior, q = random_case(seed)
        guess = prior[:, None, None] * q / np.tensordot(prior, q, 1)
        posterior = joint / joint.sum(axis=0)
        whole = mutual_information(joint.reshape(3, -1), **NATS)
        missed = (joint.sum(axis=0) * kl_divergence(posterior, guess, axis=0, **NATS)).sum()
        assert prior_objective(joint, q, prior, **NATS) == pytest.approx(whole - missed, abs=1e-12)
        assert missed > 0


def test_eq_dads_sandwich():
    for seed in range(20):
        joint, dynamics, prior, _ = random_case(seed)
        low, high = forward_information(joint, **NATS), mutual_information(joint.reshape(3, -1), **NATS)
        assert low < prior_objective(joint, dynamics, prior, **NATS) < high
        assert high == pytest.approx(low + mutual_information(joint.sum(axis=2), **NATS), abs=1e-12)


def test_eq_dads_sampled():
    joint, _, prior, q = random_case(0)
    mean = 0.0
    for drawn in itertools.product(range(3), repeat=2):
        chance = prior[drawn[0]] * prior[drawn[1]]
        mean += chance * (joint * (np.log(q) - np.log(q[list(drawn)].mean(axis=0)))).sum()
    assert sampled_objective(joint, q, prior, samples=2, **NATS) == pytest.approx(mean, abs=1e-12)
    assert mean > prior_objective(joint, q, prior, **NATS)


def test_eq_dads_capped():
    for seed in range(10):
        joint, _, prior, q = random_case(seed)
        whole, limit = mutual_information(joint.reshape(3, -1), **NATS), prior_objective(joint, q, prior, **NATS)
        for samples in (1, 4):
            # The position of the true skill among samples + 1, guessed from their densities.
            value = 0.0
            for drawn in itertools.product(range(3), repeat=samples):
                densities = np.concatenate([q[None], np.broadcast_to(q[list(drawn), None], (samples, 3, 4, 4))])
                guess = densities[0] / densities.sum(axis=0)
                value += math.prod(prior[i] for i in drawn) * (joint * np.log(guess)).sum()
            value += math.log(samples + 1)
            assert capped_objective(joint, q, prior, samples=samples, **NATS) == pytest.approx(value, abs=1e-12)
            assert value < min(whole, math.log(samples + 1))
        assert capped_objective(joint, q, prior, samples=60, **NATS) == pytest.approx(limit, abs=0.02)


def test_eq_dads_gradient():
    rng = np.random.default_rng(3)
    world, theta, prior = rng.dirichlet(np.ones(3), size=(3, 2)), rng.normal(size=(2, 1, 3, 2)), np.array([0.4, 0.6])

    def information(logits):
        return forward_information(transition_joint(softmax(logits), world, prior, start=0, horizon=3), **NATS)

    ours = forward_gradient(theta, world, prior, start=0, horizon=3, rival="posterior")
    moves = 1e-5 * np.eye(theta.size).reshape(-1, *theta.shape)
    slopes = [(information(theta + m) - information(theta - m)) / 2e-5 for m in moves]
    np.testing.assert_allclose(ours.ravel(), slopes, atol=1e-9)
