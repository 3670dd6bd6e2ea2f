"""Judge skills in the plane of `lib.control.navigation`, whose steps have a known density, whoever learnt them."""

import math

import torch

from lib import _checks, _tensors
from lib.soft_actor_critic import LOG_STD

__all__ = ["cells_visited", "forward_objective", "policy_gaussian", "step_log_density", "walk"]

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


def policy_gaussian(agent, told):
    """Return mean and log standard deviation of the Gaussian inside an agent's tanh.

    Parameters
    ----------
    agent : Agent
        Of `lib.soft_actor_critic`.
    told : torch.Tensor, shape (n, width)
        What its policy sees.

    Returns
    -------
    mean, log_std : torch.Tensor, shape (n, actions)
        Without a gradient (no unit).

    Raises
    ------
    ValueError
        If what it is told is no table of finite numbers.

    Notes
    -----
    Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> from lib.soft_actor_critic import Agent
    >>> agent = Agent(3, 2, generator=torch.Generator().manual_seed(0))
    >>> [x.shape for x in policy_gaussian(agent, torch.zeros(5, 3))]
    [torch.Size([5, 2]), torch.Size([5, 2])]
    """
    low, high = LOG_STD
    _tensors.tensor(told, "told", ndim=2)
    with torch.no_grad():
        mean, spread = agent.policy(told)[0].chunk(2, dim=-1)
        return mean, low + (high - low) * torch.sigmoid(spread + 1.0)


def step_log_density(u, place, mean, log_std, *, stride):
    r"""Return the log density of a step in the plane, with the walls' share of it.

    A step adds the stride times tanh(u) to a place, u is Gaussian, and walls at
    0 and 1 stop it. Where no wall is met the density is that of u; at a wall
    it is the probability of all u that end there. Against that common measure the
    ratio of two skills' densities is the ratio for the places themselves.

    Parameters
    ----------
    u : torch.Tensor, shape (..., d)
        What was drawn, before the tanh.
    place : torch.Tensor, shape (..., d)
        Where the step began, in [0, 1].
    mean, log_std : torch.Tensor, shape (..., d)
        Of the Gaussian of a skill: of any, not only of that which drew u.
    stride : float
        How far a full action goes.

    Returns
    -------
    torch.Tensor, shape (...,)
        Sum over the axes, in nats.

    Raises
    ------
    ValueError
        If a number is not finite or `stride` is not positive.

    Notes
    -----
    Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> zero = torch.zeros(1, 1)
    >>> at_the_wall = torch.ones(1, 1)
    >>> round(step_log_density(zero + 0.3, at_the_wall, zero, zero, stride=0.02).exp().item(), 4)  # half of all steps end there
    0.5
    """
    stride = _checks.one_positive(stride, "stride")
    for name, x in (("u", u), ("place", place), ("mean", mean), ("log_std", log_std)):
        _tensors.tensor(x, name)
    after, std = place + stride * torch.tanh(u), log_std.exp()
    inside = -0.5 * ((u - mean) / std) ** 2 - log_std - HALF_LOG_2PI
    upper = torch.atanh(((1 - place) / stride).clamp(-1, 1))
    lower = torch.atanh((-place / stride).clamp(-1, 1))
    log_density = torch.where(after >= 1, torch.special.log_ndtr((mean - upper) / std), inside)
    return torch.where(after <= 0, torch.special.log_ndtr((lower - mean) / std), log_density).sum(-1)


def walk(world, agent, told, skill, *, generator):
    """Run skills in the plane and keep what their policies drew.

    Parameters
    ----------
    world : World
        Of :func:`lib.control.navigation`.
    agent : Agent
        Whose policy acts.
    told : callable
        ``told(seen, skill)`` returns what the policy sees.
    skill : torch.Tensor, shape (n, ...)
        The skill of each copy, in the form that `told` takes.
    generator : torch.Generator
        Draws the actions.

    Returns
    -------
    place : torch.Tensor of float64, shape (horizon + 1, n, 2)
        Where it was before the first step and after each; side 1.
    u : torch.Tensor of float64, shape (horizon, n, 2)
        What was drawn, before the tanh (no unit).

    Raises
    ------
    ValueError
        If the policy is told something that is not finite.

    Notes
    -----
    Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> from lib.control import navigation
    >>> from lib.soft_actor_critic import Agent
    >>> agent = Agent(2, 2, generator=torch.Generator().manual_seed(0))
    >>> place, u = walk(navigation(horizon=3), agent, lambda seen, skill: seen, torch.zeros(4), generator=torch.Generator().manual_seed(1))
    >>> place.shape, u.shape
    (torch.Size([4, 4, 2]), torch.Size([3, 4, 2]))
    """
    state = world.start(len(skill), generator).double()
    places, drawn = [state], []
    for _ in range(world.horizon):
        mean, log_std = policy_gaussian(agent, told(world.observe(state).float(), skill))
        u = mean.double() + log_std.double().exp() * torch.randn(mean.shape, generator=generator, dtype=torch.float64)
        state = world.step(state, torch.tanh(u))
        places.append(state)
        drawn.append(u)
    return torch.stack(places), torch.stack(drawn)


def forward_objective(agent, told, place, u, skill, others, *, stride, log_weights=None):
    r"""Return the forward objective of skills in the plane with the true density of their steps.

    .. math:: \log p(s' \mid s, z) - \log \sum_i w_i\, p(s' \mid s, z_i)

    No model is learnt for it. With equal weights it is what DADS raises, with
    p(z_i | s) the information I(S'; Z | S). Weights that are only near to
    p(z_i | s) give too much, by the mean divergence of the next state's true
    law from the weighted one.

    Parameters
    ----------
    agent : Agent
        Whose policy acted.
    told : callable
        ``told(seen, skill)`` returns what the policy sees.
    place, u : torch.Tensor of float64, shape (horizon + 1, n, 2), (horizon, n, 2)
        From :func:`walk`.
    skill : torch.Tensor, shape (n, ...)
        The skill of each copy.
    others : torch.Tensor, shape (L, ...)
        The skills to compare with; all of them, or draws from the prior.
    stride : float
        Of the world.
    log_weights : torch.Tensor, shape (L, horizon, n), optional
        Natural logarithms of the weights; all equal if not given.

    Returns
    -------
    torch.Tensor, shape (horizon, n)
        The objective of each step, in nats.

    Raises
    ------
    ValueError
        If the shapes don't belong together.

    Notes
    -----
    Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> from lib.control import navigation
    >>> from lib.soft_actor_critic import Agent
    >>> agent, told = Agent(2, 2, generator=torch.Generator().manual_seed(0)), lambda seen, skill: seen  # deaf to its skill
    >>> place, u = walk(navigation(horizon=3), agent, told, torch.zeros(4), generator=torch.Generator().manual_seed(1))
    >>> float(forward_objective(agent, told, place, u, torch.zeros(4), torch.zeros(5), stride=0.02).abs().max().round(decimals=5))
    0.0
    """
    before, (steps, n) = place[:-1], u.shape[:2]
    _tensors.same_shape(before=before, u=u)
    seen = (2 * before - 1).float().flatten(0, 1)

    def log_p(rows):
        mean, log_std = policy_gaussian(agent, told(seen, rows))
        return step_log_density(u.flatten(0, 1), before.flatten(0, 1), mean.double(), log_std.double(), stride=stride).reshape(steps, n)

    own = log_p(skill.repeat(steps, *(1,) * (skill.ndim - 1)))
    all_of_them = torch.stack([log_p(other.expand(steps * n, *other.shape)) for other in others])
    if log_weights is None:
        log_weights = torch.full_like(all_of_them, -math.log(len(others)))
    _tensors.same_shape(log_weights=log_weights, log_p=all_of_them)
    return own - torch.logsumexp(log_weights + all_of_them, dim=0)


def cells_visited(seen, *, cells=10):
    """Return the share of the plane that was visited, as cells of a square grid.

    Parameters
    ----------
    seen : torch.Tensor, shape (..., 2)
        Places as they are observed, in [-1, 1].
    cells : int
        Cells along a side.

    Returns
    -------
    float
        Share of the cells in which at least one place lies (no unit).

    Raises
    ------
    ValueError
        If a place lies outside or `cells` is not positive.

    Notes
    -----
    Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> cells_visited(torch.tensor([[-1.0, -1.0], [1.0, 1.0], [0.99, 0.99]]), cells=2)
    0.5
    """
    cells = _checks.whole(cells, "cells")
    _tensors.tensor(seen, "seen", columns=2)
    if seen.abs().max() > 1:
        raise ValueError(f"`seen` must lie in [-1, 1]; its largest magnitude is {seen.abs().max().item():g}")
    rows = ((seen.reshape(-1, 2) + 1) / 2 * cells).long().clamp(max=cells - 1)
    return len(torch.unique(rows, dim=0)) / cells**2
