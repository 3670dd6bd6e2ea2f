"""The equations of the chapter on skills in continuous control, each by two routes."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from lib import entropy, kl_divergence, mutual_information
from lib.control import World, rollout
from lib.skill_discovery import information_bound
from lib.soft_actor_critic import Perceptrons, soft_target, squashed_gaussian

NATS = {"base": math.e}


def test_eq_control_bound():
    rng = np.random.default_rng(0)
    for skills, states in ((2, 3), (4, 6), (8, 5)):
        for _ in range(50):
            visits = rng.dirichlet(np.full(states, 0.3), size=skills)
            information = mutual_information(visits / skills, **NATS)
            posterior = visits / visits.sum(axis=0)
            q = rng.dirichlet(np.full(skills, 0.5), size=states)
            gap = visits.sum(axis=0) / skills @ kl_divergence(posterior.T, q, **NATS)
            z, s = np.indices(visits.shape).reshape(2, -1)
            counts = torch.tensor(visits.ravel() / skills)
            logits = torch.tensor(np.log(q))
            each = torch.stack([information_bound(logits[[i]], torch.tensor([k])) for k, i in zip(z, s, strict=True)])
            bound = (counts * each).sum().item()
            assert bound <= information + 1e-12
            assert bound + gap == pytest.approx(information, abs=1e-10)


def test_eq_control_fano():
    rng = np.random.default_rng(1)
    for skills in (2, 3, 8):
        for concentration in (0.05, 0.3, 1.0):
            visits = rng.dirichlet(np.full(6, concentration), size=skills) / skills
            right = visits.max(axis=0).sum()
            proved = math.log(skills) - entropy([right, 1 - right], **NATS) - (1 - right) * math.log(skills - 1)
            assert mutual_information(visits, **NATS) >= proved - 1e-12
        # Reached when the errors are spread evenly over all other skills.
        for e in (0.0, 0.1, 0.5):
            even = ((1 - e) * np.eye(skills) + e / (skills - 1) * (1 - np.eye(skills))) / skills
            proved = math.log(skills) - entropy([e, 1 - e], **NATS) - e * math.log(skills - 1)
            assert mutual_information(even, **NATS) == pytest.approx(proved, abs=1e-12)


def test_eq_control_physics():
    """Sensitivities carried forward by the formula, against what backpropagation finds."""
    generator = torch.Generator().manual_seed(0)
    shift = torch.randn(2, 2, generator=generator, dtype=torch.float64)

    def physics(state, action):
        return state + 0.1 * torch.sin(state @ shift) + 0.2 * action

    world = World("test", 2, 2, 6, lambda n, g: torch.full((n, 2), 0.3, dtype=torch.float64), physics, lambda s: s)
    theta = torch.randn(4, generator=generator, dtype=torch.float64)

    def policy(parameters, state):
        return torch.tanh(state @ parameters.reshape(2, 2))

    end = torch.autograd.functional.jacobian(lambda t: rollout(world, lambda s: policy(t, s), 1, generator=generator)[-1][0], theta)
    jacobian = torch.autograd.functional.jacobian
    state, sensitivity = world.start(1, generator)[0], torch.zeros(2, 4, dtype=torch.float64)
    for _ in range(6):
        action = policy(theta, state)
        by_state, by_action = jacobian(physics, (state, action))
        pi_theta, pi_state = jacobian(policy, (theta, state))
        sensitivity = by_state @ sensitivity + by_action @ (pi_theta + pi_state @ sensitivity)
        state = physics(state, action)
    assert torch.allclose(sensitivity, end, atol=1e-12)
    assert end.abs().max() > 0.1


def test_eq_control_soft():
    rng = np.random.default_rng(2)
    for alpha, n in itertools.product((0.05, 1.0, 3.0), (2, 5, 9)):
        for _ in range(20):
            q, policy = rng.normal(size=n), rng.dirichlet(np.ones(n))
            weights = np.exp(q / alpha - (q / alpha).max())
            log_z = math.log(weights.sum()) + (q / alpha).max()
            left = policy @ q + alpha * entropy(policy, **NATS)
            assert left == pytest.approx(alpha * log_z - alpha * kl_divergence(policy, weights / weights.sum(), **NATS), abs=1e-10)
            assert left <= alpha * log_z + 1e-12


def test_eq_control_bellman():
    """Iterated targets on a small chain against the mean of discounted rewards and entropies, solved as a linear system."""
    rng = np.random.default_rng(3)
    states, actions, gamma, alpha = 3, 2, 0.9, 0.3
    world = rng.dirichlet(np.ones(states), size=(states, actions))
    reward, policy = rng.normal(size=states), rng.dirichlet(np.ones(actions), size=states)
    # The worth of a state: its entropy now, and from the next state on its reward as well.
    onward = np.einsum("sa,sat->st", policy, world)
    worth = np.linalg.solve(np.eye(states) - gamma * onward, onward @ reward + alpha * entropy(policy, **NATS))
    t, b = (torch.tensor(x).flatten() for x in np.indices((states, actions)))  # the next state and a fresh action there
    log_policy, weights = torch.tensor(np.log(policy)).flatten(), torch.tensor(world[..., None] * policy).flatten(2)
    q = torch.zeros(states, actions, dtype=torch.float64)
    for _ in range(300):
        onward_values = q[t, b].expand(2, -1)
        ends = torch.zeros(len(t), dtype=torch.bool)
        target = soft_target(torch.tensor(reward)[t], ends, onward_values, log_policy, discount=gamma, temperature=alpha)
        q = weights @ target
    value = (policy * (q.numpy() - alpha * np.log(policy))).sum(axis=1)
    np.testing.assert_allclose(value, worth, atol=1e-9)


def test_eq_control_squash():
    for mu, sigma in ((0.0, 1.0), (0.7, 0.3), (-1.0, 2.0)):
        for u in (-1.5, -0.2, 0.0, 0.9):
            noise = torch.tensor([[(u - mu) / sigma]], dtype=torch.float64)
            mean, log_std = torch.full_like(noise, mu), torch.full_like(noise, math.log(sigma))
            action, log_density = squashed_gaussian(mean, log_std, noise)
            # The distribution function of the action, differentiated numerically.
            a, step = action.item(), 1e-5
            slope = (stats.norm.cdf(math.atanh(a + step), mu, sigma) - stats.norm.cdf(math.atanh(a - step), mu, sigma)) / (2 * step)
            assert log_density.exp().item() == pytest.approx(slope, rel=1e-6)
        total = integrate.quad(
            lambda a, mu=mu, sigma=sigma: stats.norm.pdf(math.atanh(a), mu, sigma) / (1 - a * a), -1 + 1e-12, 1 - 1e-12, limit=500
        )[0]
        assert total == pytest.approx(1, abs=1e-4)


def test_eq_control_limit():
    for r, gamma, steps in ((1.0, 0.9, 10), (-0.5, 0.99, 200), (2.0, 0.5, 2)):
        values = torch.zeros(2, steps, dtype=torch.float64)
        rewards, density = torch.full((steps,), r, dtype=torch.float64), torch.zeros(steps, dtype=torch.float64)
        for ended, expected in ((0, r / (1 - gamma)), (1, r / (1 - gamma * (1 - 1 / steps)))):
            flags = torch.arange(steps) < ended  # one transition in so many
            q = 0.0
            for _ in range(4000):
                q = soft_target(rewards, flags, values + q, density, discount=gamma, temperature=0.0).mean().item()
            assert q == pytest.approx(expected, rel=1e-9)


def test_networks_of_one_shape_answer_like_two_single_ones():
    """What the chapter calls two critics are two networks: their values don't mix."""
    nets = Perceptrons((3, 8, 1), copies=2, generator=torch.Generator().manual_seed(0))
    x = torch.randn(5, 3, generator=torch.Generator().manual_seed(1))
    for copy in range(2):
        h = torch.relu(x @ nets.weights[0][copy] + nets.biases[0][copy])
        assert torch.allclose(nets(x)[copy], h @ nets.weights[1][copy] + nets.biases[1][copy], atol=1e-6)
