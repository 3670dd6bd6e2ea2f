"""Soft actor-critic: the terms, the networks and the memory of a learner that wants reward and keeps its options open.

All values are in the unit of the reward: nats, for the rewards of this book.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from lib import _checks, _tensors

__all__ = ["Agent", "Memory", "Perceptrons", "policy_loss", "soft_target", "squashed_gaussian", "value_loss"]


# Terms


def squashed_gaussian(mean, log_std, noise):
    """Draw actions in (-1, 1) from a Gaussian squashed by tanh, with their log density.

    With u = mean + exp(log_std) noise the action is tanh(u), and its log
    density is that of u less the sum of log(1 - tanh(u)^2).

    Parameters
    ----------
    mean, log_std, noise : torch.Tensor, shape (..., d)
        Of the Gaussian; the noise is standard normal. Gradients flow through all.

    Returns
    -------
    action : torch.Tensor, shape (..., d)
        Between -1 and 1 (no unit).
    log_density : torch.Tensor, shape (...,)
        Of the action, in nats.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    Haarnoja et al. 2018 :cite:p:`haarnoja2018`, appendix C.

    Notes
    -----
    Taught in chapter :ref:`ch-skills-control`.

    Examples
    --------
    >>> zero = torch.zeros(1, 1)
    >>> action, log_density = squashed_gaussian(zero, zero, zero)
    >>> action.item(), round(log_density.item(), 4)
    (0.0, -0.9189)
    """
    _tensors.same_shape(mean=mean, log_std=log_std, noise=noise)
    u = mean + log_std.exp() * noise
    gaussian = -0.5 * noise**2 - log_std - 0.5 * math.log(2 * math.pi)
    log_slope = 2 * (math.log(2) - u - F.softplus(-2 * u))  # log(1 - tanh(u)^2), also where tanh rounds to 1
    return torch.tanh(u), (gaussian - log_slope).sum(-1)


def soft_target(reward, terminated, next_values, next_log_density, *, discount, temperature):
    """Return what a critic should say: reward plus the discounted soft value of what comes next.

    The soft value is the smaller of two critics' values less the temperature
    times the log density of the next action. After a true end nothing comes;
    a time limit is no such end.

    Parameters
    ----------
    reward : torch.Tensor, shape (n,)
        In nats.
    terminated : torch.Tensor of bool, shape (n,)
        Whether the world ended there, by its own rules and not by the clock.
    next_values : torch.Tensor, shape (2, n)
        Of two target critics at the next state and a fresh action.
    next_log_density : torch.Tensor, shape (n,)
        Of that action, in nats.
    discount, temperature : float
        Weight of the next step's value, below 1; price of a nat of entropy.

    Returns
    -------
    torch.Tensor, shape (n,)
        One target a row, in nats.

    Raises
    ------
    ValueError
        If the shapes don't belong together.

    References
    ----------
    Haarnoja et al. 2018 :cite:p:`haarnoja2018`, equations 3 and 8.

    Notes
    -----
    Taught in chapter :ref:`ch-skills-control`.

    Examples
    --------
    >>> one = torch.ones(1)
    >>> target = soft_target(one, torch.tensor([False]), torch.tensor([[2.0], [3.0]]), -one, discount=0.5, temperature=0.2)
    >>> round(target.item(), 3)
    2.1
    """
    _tensors.same_shape(reward=reward, terminated=terminated, next_log_density=next_log_density, next_values=next_values[0])
    soft_value = next_values.min(0).values - temperature * next_log_density
    return reward + discount * torch.where(terminated, 0.0, soft_value)


def value_loss(values, target):
    """Return the mean squared error of both critics, summed over the two.

    Parameters
    ----------
    values : torch.Tensor, shape (2, n)
        What they say of the actions taken.
    target : torch.Tensor, shape (n,)
        What they should, from :func:`soft_target`; no gradient flows into it.

    Returns
    -------
    torch.Tensor, scalar
        In squared units of the reward: for rewards in nats their squares, which is no unit of information.

    Raises
    ------
    ValueError
        If the shapes don't belong together.

    Notes
    -----
    Taught in chapter :ref:`ch-skills-control`.

    Examples
    --------
    >>> value_loss(torch.tensor([[1.0, 1.0], [3.0, 1.0]]), torch.ones(2)).item()
    2.0
    """
    _tensors.same_shape(values=values[0], target=target)
    return ((values - target.detach()) ** 2).mean(1).sum()


def policy_loss(values, log_density, *, temperature):
    """Return what a policy lowers: the price of its certainty less the value of its actions.

    Up to a constant it is the temperature times KL(policy || exp(value / temperature) / Z),
    averaged over states: soft actor-critic fits the policy by a reverse KL.

    Parameters
    ----------
    values : torch.Tensor, shape (2, n)
        What the critics say of fresh actions; the smaller counts.
    log_density : torch.Tensor, shape (n,)
        Of these actions, in nats.
    temperature : float
        Price of a nat of entropy.

    Returns
    -------
    torch.Tensor, scalar
        The loss, in nats.

    Raises
    ------
    ValueError
        If the shapes don't belong together.

    References
    ----------
    Haarnoja et al. 2018 :cite:p:`haarnoja2018`, equations 10 to 12.

    Notes
    -----
    Taught in chapter :ref:`ch-skills-control`.

    Examples
    --------
    >>> policy_loss(torch.tensor([[1.0], [2.0]]), torch.tensor([-3.0]), temperature=0.5).item()
    -2.5
    """
    _tensors.same_shape(values=values[0], log_density=log_density)
    return (temperature * log_density - values.min(0).values).mean()


# Networks and memory


class Perceptrons(torch.nn.Module):
    """Hold several perceptrons of one shape, which answer at once.

    Two critics as one product of stacked matrices take little more time than one.

    Parameters
    ----------
    sizes : sequence of int
        Inputs, hidden units of each layer, outputs.
    copies : int
        How many networks.
    generator : torch.Generator
        Draws the first weights, uniform within 1 / sqrt(inputs) of zero; they lie on its device.

    Examples
    --------
    >>> nets = Perceptrons((3, 8, 1), copies=2, generator=torch.Generator().manual_seed(0))
    >>> nets(torch.zeros(5, 3)).shape
    torch.Size([2, 5, 1])
    """

    def __init__(self, sizes, *, generator, copies=1):
        super().__init__()
        self.weights, self.biases = torch.nn.ParameterList(), torch.nn.ParameterList()
        for inputs, outputs in zip(sizes, sizes[1:], strict=False):
            for group, shape in ((self.weights, (copies, inputs, outputs)), (self.biases, (copies, 1, outputs))):
                x = torch.rand(shape, generator=generator, device=generator.device)
                group.append(torch.nn.Parameter((2 * x - 1) / math.sqrt(inputs)))

    def forward(self, x):
        """Return the answers to `x`, shape (n, inputs), of all copies: (copies, n, outputs)."""
        x = x.expand(len(self.weights[0]), *x.shape)
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = torch.baddbmm(bias, x, weight)
            if i < len(self.weights) - 1:
                x = F.relu(x)
        return x


class Memory:
    """Keep the last transitions in fixed tensors, the oldest overwritten, and draw from them.

    Parameters
    ----------
    capacity : int
        How many transitions it can hold.
    device : str or torch.device
        Where they lie.
    **columns : int
        The width of each column by name; 0 makes one number without an axis.

    Examples
    --------
    >>> memory = Memory(3, x=2)
    >>> for i in range(2):
    ...     memory.add(x=torch.full((2, 2), float(i)))
    >>> len(memory), memory.columns["x"][:, 0].tolist()
    (3, [1.0, 0.0, 1.0])
    """

    def __init__(self, capacity, *, device="cpu", **columns):
        capacity = _checks.whole(capacity, "capacity")
        self.columns = {name: torch.zeros((capacity, width) if width else capacity, device=device) for name, width in columns.items()}
        self.capacity, self.added = capacity, 0

    def __len__(self):
        return min(self.added, self.capacity)

    def add(self, **rows):
        """Store one row for each copy of a world; refuse NaN."""
        n = _tensors.same_rows(**rows)
        where = (self.added + torch.arange(n)) % self.capacity
        for name, x in rows.items():
            _tensors.finite(x, name)
            self.columns[name][where] = x.to(self.columns[name])
        self.added += n

    def draw(self, n, *, generator, recent=None):
        """Return n rows, drawn with replacement from all or from the `recent` last ones, as a dictionary of columns."""
        if not len(self):
            raise ValueError("`memory` must hold a transition before one can be drawn; it is empty")
        among = len(self) if recent is None else min(recent, len(self))
        back = torch.randint(among, (n,), generator=generator, device=generator.device)
        rows = (self.added - 1 - back) % self.capacity
        return {name: column[rows] for name, column in self.columns.items()}

    def state_dict(self):
        """Return all that a checkpoint needs."""
        return {"columns": {name: column[: len(self)].clone() for name, column in self.columns.items()}, "added": self.added}

    def load_state_dict(self, state):
        """Take over what :meth:`state_dict` returned."""
        self.added = state["added"]
        for name, column in state["columns"].items():
            self.columns[name][: len(column)] = column


@dataclass(frozen=True)
class Settings:
    """Hold what a soft actor-critic is told."""

    hidden: tuple = (128, 128)
    learning_rate: float = 3e-4
    discount: float = 0.99
    temperature: float = 0.1
    polyak: float = 0.005


#: The spread of a policy lies between exp(-5) and exp(1), approached smoothly.
LOG_STD = (-5.0, 1.0)


class Agent:
    """Hold policy, two critics, their slow copies and their optimisers.

    Parameters
    ----------
    observations, actions : int
        How many numbers it sees and how many it chooses.
    generator : torch.Generator
        Draws the first weights and all noise; its device is the agent's.
    **settings : int or float
        `hidden`, the units of the layers; `learning_rate`; `discount`;
        `temperature`, the price of a nat of entropy; `polyak`, how far the slow
        copies follow in each update.

    Raises
    ------
    TypeError
        If a setting has another name.

    Notes
    -----
    Taught in chapter :ref:`ch-skills-control`.

    Examples
    --------
    >>> agent = Agent(3, 2, generator=torch.Generator().manual_seed(0))
    >>> agent.act(torch.zeros(5, 3)).shape
    torch.Size([5, 2])
    """

    def __init__(self, observations, actions, *, generator, **settings):
        self.settings, self.generator, self.actions = Settings(**settings), generator, actions
        sizes = (observations, *self.settings.hidden, 2 * actions)
        self.policy = Perceptrons(sizes, generator=generator)
        sizes = (observations + actions, *self.settings.hidden, 1)
        self.critics = Perceptrons(sizes, copies=2, generator=generator)
        self.slow = Perceptrons(sizes, copies=2, generator=generator)
        self.slow.load_state_dict(self.critics.state_dict())
        rate = self.settings.learning_rate
        self.policy_adam = torch.optim.Adam(self.policy.parameters(), lr=rate, fused=True)
        self.critics_adam = torch.optim.Adam(self.critics.parameters(), lr=rate, fused=True)

    def parts(self):
        """Return all that a checkpoint stores, by name."""
        names = ("policy", "critics", "slow", "policy_adam", "critics_adam", "generator")
        return {name: getattr(self, name) for name in names}

    def sample(self, observation):
        """Return actions with their log densities in nats; gradients flow into the policy."""
        mean, spread = self.policy(observation)[0].chunk(2, dim=-1)
        low, high = LOG_STD
        log_std = low + (high - low) * torch.sigmoid(spread + 1.0)
        noise = torch.randn(mean.shape, generator=self.generator, device=mean.device)
        return squashed_gaussian(mean, log_std, noise)

    def act(self, observation):
        """Return actions to be taken, without gradients."""
        with torch.no_grad():
            return self.sample(observation)[0]

    def values(self, critics, observation, action):
        """Return what both of `critics` say, shape (2, n)."""
        return critics(torch.cat([observation, action], dim=1))[..., 0]

    def update(self, seen, action, reward, seen_next, terminated):
        """Improve critics and policy by one step each on a batch; return both losses."""
        s = self.settings
        with torch.no_grad():
            next_action, next_log_density = self.sample(seen_next)
            next_values = self.values(self.slow, seen_next, next_action)
            target = soft_target(reward, terminated, next_values, next_log_density, discount=s.discount, temperature=s.temperature)
        critics_loss = value_loss(self.values(self.critics, seen, action), target)
        _step(self.critics_adam, critics_loss)
        fresh, log_density = self.sample(seen)
        self.critics.requires_grad_(False)  # the policy's gradient passes through them and stops nowhere in them
        loss = policy_loss(self.values(self.critics, seen, fresh), log_density, temperature=s.temperature)
        _step(self.policy_adam, loss)
        self.critics.requires_grad_(True)
        with torch.no_grad():
            for slow, fast in zip(self.slow.parameters(), self.critics.parameters(), strict=True):
                slow.lerp_(fast, s.polyak)
        return critics_loss.item(), loss.item()


def _step(adam, loss):
    adam.zero_grad()
    loss.backward()
    adam.step()
