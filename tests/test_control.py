"""Worlds with continuous actions: their physics beside another implementation, step by step."""

import gymnasium
import numpy as np
import pytest
import torch

from lib import control

WORLDS = {"navigation": control.navigation(), "mountain car": control.mountain_car(), "pendulum": control.pendulum()}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_a_world_has_the_sizes_that_it_names(world):
    state = world.start(5, generator())
    seen = world.observe(world.step(state, torch.zeros(5, world.actions)))
    assert seen.shape == (5, world.observations)
    assert seen.abs().max() <= 1


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_copies_do_not_touch_each_other(world):
    state = world.start(4, generator())
    action = 2 * torch.rand(4, world.actions, generator=generator(1)) - 1
    together = world.step(state, action)
    apart = torch.cat([world.step(state[i : i + 1], action[i : i + 1]) for i in range(4)])
    assert torch.equal(together, apart)


def test_navigation_moves_by_hand_and_stops_at_the_walls():
    world = control.navigation(stride=0.3)
    state = world.start(1, generator())
    assert state.tolist() == [[0.5, 0.5]]
    state = world.step(state, torch.tensor([[1.0, -1.0]]))
    assert state[0].tolist() == pytest.approx([0.8, 0.2])
    state = world.step(state, torch.tensor([[1.0, -1.0]]))
    assert state.tolist() == [[1.0, 0.0]]
    assert world.observe(state).tolist() == [[1.0, -1.0]]


@pytest.mark.parametrize("seed", range(3))
def test_the_mountain_car_is_that_of_gymnasium(seed):
    env = gymnasium.make("MountainCarContinuous-v0").unwrapped
    seen, _ = env.reset(seed=seed)
    world, rng = control.mountain_car(), np.random.default_rng(seed)
    state = torch.tensor(np.array([env.state]), dtype=torch.float64)
    walls = 0
    for t in range(400):
        push = np.sign(seen[1]) if t > 100 else rng.uniform(-1, 1)  # with the swing: up to both walls
        action = np.array([push if seen[1] else 1.0])
        seen = env.step(action)[0]
        state = world.step(state, torch.from_numpy(action[None]))
        assert state[0].numpy() == pytest.approx(seen, abs=1e-6), t
        walls += seen[0] in (env.min_position, np.float32(env.max_position))
        state = torch.tensor(seen[None], dtype=torch.float64)  # theirs is rounded to single precision in each step
    assert walls


@pytest.mark.parametrize("seed", range(3))
def test_the_pendulum_is_that_of_gymnasium(seed):
    env = gymnasium.make("Pendulum-v1").unwrapped
    env.reset(seed=seed)
    env.state[1] = 7.5  # near the limit of its speed
    world, rng = control.pendulum(), np.random.default_rng(seed)
    state = torch.tensor(env.state[None])
    fast = 0
    for t in range(400):
        action = rng.uniform(-1, 1, size=1) if t < 100 else np.ones(1) * (1 if env.state[1] >= 0 else -1)
        seen = env.step(2 * action)[0]
        state = world.step(state, torch.from_numpy(action[None]))
        assert world.observe(state)[0].numpy() == pytest.approx(seen / [1, 1, 8], abs=1e-6)
        assert state[0].numpy() == pytest.approx(env.state, rel=1e-9, abs=1e-9)
        fast += abs(seen[2]) == 8
    assert fast, "the limit of its speed was met"


@pytest.mark.parametrize("name", ["mountain car", "pendulum"])
def test_first_states_fill_the_range_of_gymnasium(name):
    state = WORLDS[name].start(20_000, generator())
    low, high = {"mountain car": ([-0.6, 0], [-0.4, 0]), "pendulum": ([-np.pi, -1], [np.pi, 1])}[name]
    assert state.min(0).values.tolist() == pytest.approx(low, abs=1e-3)
    assert state.max(0).values.tolist() == pytest.approx(high, abs=1e-3)
    assert state.mean(0).tolist() == pytest.approx((np.array(low) + high) / 2, abs=0.05)


def test_a_rollout_is_its_steps_and_carries_gradients():
    world = control.navigation(horizon=4)
    push = torch.tensor([[0.5, 0.25]], requires_grad=True)
    seen = control.rollout(world, lambda seen: push, 1, generator=generator())
    assert seen.shape == (5, 1, 2)
    assert seen[:, 0, 0].tolist() == pytest.approx([0, 0.02, 0.04, 0.06, 0.08])
    seen[-1].sum().backward()
    assert push.grad[0].tolist() == pytest.approx([0.16, 0.16])


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (torch.zeros(2, 3), r"`action` must have 2 columns; its shape is \(2, 3\)"),
        (torch.zeros(3, 2), r"`action` must have 2 rows; its shape is \(3, 2\)"),
        (torch.full((2, 2), torch.nan), "`action` must be finite; it is nan"),
        (torch.full((2, 2), 1.5), r"`action` must lie in \[-1, 1\]; its largest magnitude is 1.5"),
    ],
)
def test_an_action_that_a_world_does_not_have_is_refused(action, words):
    with pytest.raises(ValueError, match=words):
        control.rollout(WORLDS["navigation"], lambda seen: action, 2, generator=generator())


@pytest.mark.parametrize("make", [control.navigation, control.mountain_car, control.pendulum])
def test_an_episode_has_a_step(make):
    with pytest.raises(ValueError, match="`horizon`"):
        make(horizon=0)


def test_a_stride_is_positive():
    with pytest.raises(ValueError, match="`stride`"):
        control.navigation(stride=0.0)
