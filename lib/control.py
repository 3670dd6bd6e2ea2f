"""Small worlds with continuous actions, many copies at a time, whose physics is plain torch.

They have no reward and no goal: skills are to be found without. Each follows
the world of the same name elsewhere in all but that, and tests compare.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from lib import _checks, _tensors

__all__ = ["World", "mountain_car", "navigation", "pendulum", "rollout"]


@dataclass(frozen=True)
class World:
    """Describe a world by pure functions of tensors with one row for each copy.

    Parameters
    ----------
    name : str
        What it is called.
    observations, actions : int
        How many numbers are observed and how many are chosen; each action lies in [-1, 1].
    horizon : int
        How many steps an episode has.
    start : callable
        ``start(n, generator)`` returns the first states of n copies.
    step : callable
        ``step(state, action)`` returns the states one step later.
    observe : callable
        ``observe(state)`` returns what a policy sees, shape (n, observations), of order 1.

    Examples
    --------
    >>> world = navigation()
    >>> world.observations, world.actions, world.horizon
    (2, 2, 100)
    """

    name: str
    observations: int
    actions: int
    horizon: int
    start: Callable
    step: Callable
    observe: Callable


def navigation(*, horizon=100, stride=0.02):
    """Make the plane of the paper on DIAYN: a point in a square that moves by what it chooses.

    A state is a place in [0, 1] x [0, 1]. Each episode begins in the middle; a
    step adds `stride` times the action, and walls stop it.

    Parameters
    ----------
    horizon : int
        Steps of an episode.
    stride : float
        How far a full action goes along each axis; the square has side 1.

    Returns
    -------
    World
        It observes the place, moved and scaled to [-1, 1] (no unit).

    Raises
    ------
    ValueError
        If `horizon` or `stride` is not positive.

    References
    ----------
    Eysenbach et al. 2019 :cite:p:`eysenbach2019`, section 4 and appendix.

    Notes
    -----
    Taught in chapter :ref:`ch-skills-control`.

    Examples
    --------
    >>> world = navigation()
    >>> state = world.start(1, torch.Generator())
    >>> [round(x, 3) for x in world.step(state, torch.tensor([[1.0, -0.5]]))[0].tolist()]
    [0.52, 0.49]
    """
    horizon = _checks.whole(horizon, "horizon")
    stride = _checks.one_positive(stride, "stride")

    def start(n, generator):
        return torch.full((n, 2), 0.5, device=generator.device)

    def step(state, action):
        return torch.clamp(state + stride * action, 0.0, 1.0)

    return World("navigation", 2, 2, horizon, start, step, lambda state: 2 * state - 1)


def mountain_car(*, horizon=200):
    """Make the car in a valley: too weak to climb a side without a swing.

    A state is position and velocity. The flag of the original world and its
    reward are left out: an episode goes on at the top.

    Parameters
    ----------
    horizon : int
        Steps of an episode; 999 in the original.

    Returns
    -------
    World
        It observes the position, from -1 at the left wall to 1 at the right
        one, and the velocity in units of the highest (no unit).

    Raises
    ------
    ValueError
        If `horizon` is not positive.

    References
    ----------
    Moore 1990 :cite:p:`moore1990`; constants as in Gymnasium's MountainCarContinuous-v0 :cite:p:`towers2024`.

    Notes
    -----
    Taught in chapter :ref:`ch-skills-control`.

    Examples
    --------
    >>> world = mountain_car()
    >>> still = torch.tensor([[-math.pi / 6, 0.0]])
    >>> world.step(still, torch.zeros(1, 1)).allclose(still)
    True
    """
    horizon = _checks.whole(horizon, "horizon")

    def start(n, generator):
        place = -0.6 + 0.2 * torch.rand(n, generator=generator, device=generator.device)
        return torch.stack([place, torch.zeros_like(place)], dim=1)

    def step(state, action):
        place, velocity = state.unbind(1)
        velocity = velocity + 0.0015 * action[:, 0] - 0.0025 * torch.cos(3 * place)
        velocity = torch.clamp(velocity, -0.07, 0.07)
        place = torch.clamp(place + velocity, -1.2, 0.6)
        velocity = torch.where((place == -1.2) & (velocity < 0), 0.0, velocity)
        return torch.stack([place, velocity], dim=1)

    scale = torch.tensor([0.9, 0.07])
    middle = torch.tensor([-0.3, 0.0])

    def observe(state):
        return (state - middle.to(state)) / scale.to(state)

    return World("mountain car", 2, 1, horizon, start, step, observe)


def pendulum(*, horizon=200):
    """Make the pendulum: a rod on a motor too weak to lift it at once.

    A state is the angle from upright, in radians, and the angular velocity.

    Parameters
    ----------
    horizon : int
        Steps of an episode; one is 0.05 s.

    Returns
    -------
    World
        It observes cosine and sine of the angle, and the angular velocity in
        units of the highest, 8 radians a second (no unit).

    Raises
    ------
    ValueError
        If `horizon` is not positive.

    References
    ----------
    Constants as in Gymnasium's Pendulum-v1 :cite:p:`towers2024`; the full action 1 is its torque 2.

    Notes
    -----
    Taught in chapter :ref:`ch-skills-control`.

    Examples
    --------
    >>> world = pendulum()
    >>> upright = torch.zeros(1, 2)
    >>> world.step(upright, torch.zeros(1, 1)).tolist()
    [[0.0, 0.0]]
    """
    horizon = _checks.whole(horizon, "horizon")

    def start(n, generator):
        x = 2 * torch.rand(n, 2, generator=generator, device=generator.device) - 1
        return x * torch.tensor([math.pi, 1.0]).to(x)

    def step(state, action):
        angle, velocity = state.unbind(1)
        velocity = velocity + (15 * torch.sin(angle) + 3 * 2 * action[:, 0]) * 0.05
        velocity = torch.clamp(velocity, -8.0, 8.0)
        return torch.stack([angle + velocity * 0.05, velocity], dim=1)

    def observe(state):
        angle, velocity = state.unbind(1)
        return torch.stack([torch.cos(angle), torch.sin(angle), velocity / 8], dim=1)

    return World("pendulum", 3, 1, horizon, start, step, observe)


def rollout(world, policy, n, *, generator):
    """Let n copies of a world run for one episode.

    Gradients flow through the physics to whatever the policy is made of.

    Parameters
    ----------
    world : World
        Where.
    policy : callable
        ``policy(observation)`` returns actions, shape (n, actions), in [-1, 1].
    n : int
        How many copies.
    generator : torch.Generator
        Draws the first states.

    Returns
    -------
    torch.Tensor, shape (horizon + 1, n, observations)
        What is observed before the first step and after each (no unit).

    Raises
    ------
    ValueError
        If an action has another shape, is NaN, or lies outside [-1, 1].

    Notes
    -----
    Taught in chapter :ref:`ch-skills-control`.

    Examples
    --------
    >>> seen = rollout(navigation(horizon=3), lambda x: torch.ones_like(x), 1, generator=torch.Generator())
    >>> [round(x, 2) for x in seen[:, 0, 0].tolist()]
    [0.0, 0.04, 0.08, 0.12]
    """
    state = world.start(_checks.whole(n, "n"), generator)
    seen = [world.observe(state)]
    for _ in range(world.horizon):
        state = world.step(state, checked_action(policy(seen[-1]), n, world.actions))
        seen.append(world.observe(state))
    return torch.stack(seen)


def checked_action(action, n, size):
    """Return actions of the right shape within [-1, 1]; refuse all others."""
    _tensors.tensor(action, "action", ndim=2, columns=size)
    if action.shape[0] != n:
        raise ValueError(f"`action` must have {n} rows; its shape is {tuple(action.shape)}")
    if action.detach().abs().max() > 1:
        raise ValueError(f"`action` must lie in [-1, 1]; its largest magnitude is {action.detach().abs().max().item():g}")
    return action
