"""Each labelled equation of the chapter, both sides by different routes."""

import itertools
import math

import numpy as np
import pytest

from lib import kl_divergence, mutual_information
from lib.skill_bounds import pigeonhole_information, step_bound
from lib.tabular_skills import (
    discriminator_bound,
    information_gradient,
    objective_by_entropies,
    skill_posterior,
    state_marginals,
    state_visits,
)

NATS = {"base": math.e}


def random_world(seed, states=4, actions=3):
    return np.random.default_rng(seed).dirichlet(np.full(states, 0.5), size=(states, actions))


def random_policies(seed, skills=3, states=4, actions=3, steps=1):
    return np.random.default_rng(seed).dirichlet(np.full(actions, 0.5), size=(skills, steps, states))


def test_eq_diayn_visits():
    world, policy = random_world(0), random_policies(1, steps=3)
    expected = np.zeros((3, 4))
    for z in range(3):  # all paths of three steps, one by one
        for path in itertools.product(range(4), range(3), repeat=3):
            here, chance = 2, 1.0
            for t in range(3):
                there, act = path[2 * t : 2 * t + 2]
                chance *= policy[z, t, here, act] * world[here, act, there]
                here = there
            for s in path[::2]:
                expected[z, s] += chance / 3
    np.testing.assert_allclose(state_visits(policy, world, start=2, horizon=3), expected, rtol=1e-12)


def test_eq_diayn_objective():
    log = lambda p: np.log(np.where(p > 0, p, 1))
    for joint in np.random.default_rng(2).dirichlet(np.full(24, 0.3), size=50).reshape(-1, 2, 4, 3):
        zs, s, sa = joint.sum(2), joint.sum((0, 2)), joint.sum(0)
        first = (zs * (log(zs) - log(zs.sum(1, keepdims=True)) - log(s))).sum()
        second = -(sa * (log(sa) - log(s)[:, None])).sum()
        third = (joint * (log(joint) + log(s)[:, None] - log(zs)[..., None] - log(sa))).sum()
        assert objective_by_entropies(joint, **NATS) == pytest.approx(first + second - third, abs=1e-12)


def test_eq_diayn_bound():
    rng = np.random.default_rng(3)
    for _ in range(50):
        visits, prior = rng.dirichlet(np.ones(5), size=3), rng.dirichlet(np.ones(3))
        q = rng.dirichlet(np.ones(3), size=5).T
        joint = prior[:, None] * visits
        mean = (joint * (np.log(q) - np.log(prior)[:, None])).sum()
        posterior = joint / joint.sum(axis=0)
        gap = sum(joint[:, s].sum() * kl_divergence(posterior[:, s], q[:, s], **NATS) for s in range(5))
        assert mutual_information(joint, **NATS) == pytest.approx(mean + gap, rel=1e-12)
        assert discriminator_bound(visits, prior, q, **NATS) == pytest.approx(mean, rel=1e-11, abs=1e-13)


def test_eq_diayn_gradient():
    # The complex step: derivatives exact to rounding, of an I that is written out anew.
    world, prior = random_world(4), np.array([0.5, 0.2, 0.3])
    logits = np.random.default_rng(5).normal(size=(3, 1, 4, 3))

    def information(x):
        policy = np.exp(x[:, 0]) / np.exp(x[:, 0]).sum(axis=-1, keepdims=True)
        now, visits = np.zeros((3, 4), x.dtype), 0
        now[:, 1] = 1
        for _ in range(6):
            now = np.einsum("zs,zsa,sat->zt", now, policy, world)
            visits = visits + now / 6
        return (prior[:, None] * visits * np.log(visits / (prior @ visits))).sum()

    expected = np.zeros(logits.size)
    for i in range(logits.size):
        bump = np.zeros(logits.size)
        bump[i] = 1e-30
        expected[i] = information(logits + 1j * bump.reshape(logits.shape)).imag / 1e-30
    found = information_gradient(logits, world, prior, start=1, horizon=6)
    np.testing.assert_allclose(found.ravel(), expected, rtol=1e-9, atol=1e-13)


def test_eq_diayn_time():
    for seed in range(30):
        world, policy = random_world(seed), random_policies(seed + 100)
        marginals = state_marginals(policy, world, start=0, horizon=5)[:, 1:]
        mean = np.mean([mutual_information(marginals[:, t] / 3, **NATS) for t in range(5)])
        assert mutual_information(marginals.mean(axis=1) / 3, **NATS) <= mean + 1e-14
        with_time = marginals.reshape(3, -1) / 15  # (S, tau) as one variable
        assert mutual_information(with_time, **NATS) == pytest.approx(mean, rel=1e-11, abs=1e-14)


def test_eq_diayn_pigeonhole():
    for skills, places in ((3, 2), (4, 3), (5, 2), (6, 4), (3, 5)):
        best = 0
        for where in itertools.product(range(places), repeat=skills):  # every map
            best = max(best, mutual_information(np.eye(places)[list(where)] / skills, **NATS))
        assert pigeonhole_information(skills, places, **NATS) == pytest.approx(best, rel=1e-12)
        for channel in np.random.default_rng(6).dirichlet(np.full(places, 0.2), size=(100, skills)):
            assert mutual_information(channel / skills, **NATS) <= best + 1e-12


def test_eq_diayn_noise():
    rng = np.random.default_rng(7)
    for seed in range(10):
        world = random_world(seed)
        r = rng.dirichlet(np.ones(4))
        # The largest mean divergence after two steps, over all deterministic policies.
        apart = kl_divergence(world, r, **NATS)
        plans = itertools.product(range(3), repeat=5)
        best = max(world[0, first] @ apart[np.arange(4), list(second)] for first, *second in plans)
        bound = step_bound(world, r, start=0, step=2, **NATS)
        assert bound == pytest.approx(best, rel=1e-12)
        policy = random_policies(seed, skills=6, steps=2)
        last = state_marginals(policy, world, start=0, horizon=2)
        information = mutual_information(last[:, 2] / 6, **NATS)
        flow = (last[:, 1, :, None] * policy[:, 1]).mean(axis=0)  # of state and action before the last step
        inputs = (flow[..., None] * world).reshape(-1, 4)
        mixture = inputs.sum(axis=0)
        mean = (flow * apart).sum() - kl_divergence(mixture, r, **NATS)
        assert information <= mutual_information(inputs, **NATS) + 1e-14
        assert mutual_information(inputs, **NATS) == pytest.approx(mean, rel=1e-10)
        assert mean <= bound + 1e-14


def test_eq_diayn_prior():
    rng = np.random.default_rng(8)
    for _ in range(30):
        visits, prior = rng.dirichlet(np.ones(5), size=3), rng.dirichlet(np.ones(3))
        heard = np.exp((visits * np.log(skill_posterior(visits, prior))).sum(axis=1))
        weights = prior * np.exp([kl_divergence(row, prior @ visits, **NATS) for row in visits])
        np.testing.assert_allclose(heard, weights, rtol=1e-12)
        new = weights / weights.sum()
        assert mutual_information(new[:, None] * visits) >= mutual_information(prior[:, None] * visits) - 1e-14
