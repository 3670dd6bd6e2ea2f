"""Skills without reward: a discriminator that guesses the skill from the state, and policies that help it.

What both raise is a lower bound of the mutual information of skill and state,
I(S; Z) >= log K + E log q(Z | S), in nats.
"""

import copy
import math

import torch
import torch.nn.functional as F

from lib import _checks, _tensors
from lib.control import checked_action, rollout
from lib.soft_actor_critic import Agent, Memory, Perceptrons
from lib.training import train

__all__ = [
    "Copies",
    "SkillLearner",
    "fit_discriminator",
    "information_bound",
    "observe_skills",
    "one_hot",
    "skill_reward",
    "train_through_physics",
]


# Terms


def one_hot(skill, skills):
    """Return indices of skills as rows that a network can read.

    Parameters
    ----------
    skill : torch.Tensor of int, shape (n,)
        From 0 to `skills` - 1.
    skills : int
        How many there are.

    Returns
    -------
    torch.Tensor, shape (n, skills)
        A 1 in each row, else 0 (no unit).

    Raises
    ------
    ValueError
        If an index is out of range.

    Notes
    -----
    Taught in chapter :ref:`ch-skills-control`.

    Examples
    --------
    >>> one_hot(torch.tensor([1]), 3).tolist()
    [[0.0, 1.0, 0.0]]
    """
    bad = (skill < 0) | (skill >= skills)
    if bad.any():
        raise ValueError(f"`skill` must lie between 0 and {skills - 1}; it is {skill[bad][0].item()}")
    return F.one_hot(skill, skills).to(torch.get_default_dtype())


def skill_reward(logits, skill, log_prior):
    """Return log q(z | s) - log p(z): how much better the discriminator guesses than one who saw nothing.

    Without the second term a constant is lost, and with it the sign: an agent
    that can end an episode early would then want to.

    Parameters
    ----------
    logits : torch.Tensor, shape (n, K)
        The discriminator's, of the states that were reached.
    skill : torch.Tensor of int, shape (n,)
        Which skill acted.
    log_prior : torch.Tensor, shape (K,)
        Natural logarithms of the probabilities with which skills are drawn.

    Returns
    -------
    torch.Tensor, shape (n,)
        One reward a row, in nats; at most -log p(z).

    Raises
    ------
    ValueError
        If the shapes don't belong together.

    References
    ----------
    Eysenbach et al. 2019 :cite:p:`eysenbach2019`, equation 3.

    Notes
    -----
    Taught in chapter :ref:`ch-skills-control`.

    Examples
    --------
    >>> reward = skill_reward(torch.zeros(1, 8), torch.tensor([3]), torch.full((8,), 1 / 8).log())
    >>> round(reward.item(), 6)
    0.0
    """
    _tensors.tensor(logits, "logits", ndim=2, columns=len(log_prior))
    _tensors.same_rows(logits=logits, skill=skill)
    return -F.cross_entropy(logits, skill, reduction="none") - log_prior[skill]


def information_bound(logits, skill):
    """Return log K + mean log q(z | s): a lower bound of I(S; Z) for K skills drawn evenly.

    It holds in expectation over states that the discriminator was not trained on.

    Parameters
    ----------
    logits : torch.Tensor, shape (n, K)
        The discriminator's, of states visited.
    skill : torch.Tensor of int, shape (n,)
        Which skill was at work.

    Returns
    -------
    torch.Tensor, scalar
        The bound, in nats; at most log K.

    Raises
    ------
    ValueError
        If the shapes don't belong together.

    References
    ----------
    Barber and Agakov 2003 :cite:p:`barber2003`.

    Notes
    -----
    Taught in chapters :ref:`ch-information-bounds` and :ref:`ch-skills-control`.

    Examples
    --------
    >>> sure = 100 * torch.eye(4)
    >>> round(information_bound(sure, torch.arange(4)).item() / math.log(4), 6)
    1.0
    """
    even = logits.new_full((logits.shape[-1],), -math.log(logits.shape[-1]))
    return skill_reward(logits, skill, even).mean()


# Worlds at work


class Copies:
    """Run several copies of a world whose physics is known, one step at a time.

    Parameters
    ----------
    world : World
        Of `lib.control`.
    n : int
        How many copies.
    generator : torch.Generator
        Draws the first states.

    Examples
    --------
    >>> from lib.control import navigation
    >>> copies = Copies(navigation(), 2, generator=torch.Generator())
    >>> copies.restart(0).shape, copies.step(torch.zeros(2, 2))[1].tolist()
    (torch.Size([2, 2]), [False, False])
    """

    def __init__(self, world, n, *, generator):
        self.world, self.n, self.generator = world, _checks.whole(n, "n"), generator
        self.observations, self.actions, self.horizon = world.observations, world.actions, world.horizon

    def restart(self, episode):
        """Begin anew; return what is observed. The number of the episode is for worlds with seeds of their own."""
        self.state = self.world.start(self.n, self.generator)
        return self.world.observe(self.state)

    def step(self, action):
        """Return what is observed after the step, whether the world ended there, and what is observed now."""
        self.state = self.world.step(self.state, checked_action(action, self.n, self.actions))
        seen = self.world.observe(self.state)
        return seen, torch.zeros(self.n, dtype=torch.bool, device=seen.device), seen


# Learning


class SkillLearner:
    """Learn skills by soft actor-critic: one policy that is told its skill, one discriminator that is not.

    Parameters
    ----------
    copies : Copies or GymnasiumCopies
        Where to act.
    skills : int
        How many, at least 2; each episode of each copy draws one evenly.
    generator : torch.Generator
        Draws weights, skills, noise and batches.
    capacity : int
        How many transitions are remembered.
    batch_size, updates : int
        Rows of a batch; updates after each step of all copies.
    warm_up : int
        Transitions by evenly drawn actions before learning begins.
    recent : int
        The discriminator learns from so many of the last transitions, since
        older ones come from skills that have changed.
    shown : callable, optional
        What the discriminator is shown of an observation, tensors to tensors; by default all of it.
        Showing it less says which differences between skills count.
    **settings : int or float
        For :class:`lib.soft_actor_critic.Agent`.

    Notes
    -----
    Taught in chapter :ref:`ch-skills-control`.

    Examples
    --------
    >>> from lib.control import navigation
    >>> generator = torch.Generator().manual_seed(0)
    >>> learner = SkillLearner(Copies(navigation(horizon=5), 4, generator=generator), 2, generator=generator, warm_up=8, batch_size=8)
    >>> record = learner.episode()
    >>> sorted(record)
    ['bound', 'critics', 'policy']
    """

    def __init__(
        self, copies, skills, *, generator, capacity=100_000, batch_size=256, updates=1, warm_up=1000, recent=10_000, shown=None, **settings
    ):
        self.skills = _checks.whole(skills, "skills", least=2)
        self.copies, self.generator = copies, generator
        self.batch_size, self.updates, self.warm_up, self.recent = batch_size, updates, warm_up, recent
        self.agent = Agent(copies.observations + skills, copies.actions, generator=generator, **settings)
        hidden, rate = self.agent.settings.hidden, self.agent.settings.learning_rate
        self.shown = (lambda seen: seen) if shown is None else shown
        sizes = (self.shown(torch.zeros(1, copies.observations)).shape[1], *hidden, skills)
        self.discriminator = Perceptrons(sizes, generator=generator)
        self.adam = torch.optim.Adam(self.discriminator.parameters(), lr=rate, fused=True)
        width = copies.observations
        self.memory = Memory(capacity, device=generator.device, seen=width, action=copies.actions, seen_next=width, skill=0, ended=0)
        self.log_prior = torch.full((skills,), -math.log(skills), device=generator.device)
        self.episodes = 0

    def parts(self):
        """Return all that a checkpoint stores, by name: the learner goes on from it as if never stopped."""
        return self.agent.parts() | {"discriminator": self.discriminator, "adam": self.adam, "memory": self.memory, "counter": self}

    def state_dict(self):
        """Return how many episodes were run."""
        return {"episodes": self.episodes}

    def load_state_dict(self, state):
        """Take over what :meth:`state_dict` returned."""
        self.episodes = state["episodes"]

    def guess(self, seen):
        """Return the discriminator's logits for observations, shape (n, skills)."""
        return self.discriminator(self.shown(seen))[0]

    def act(self, seen, skill):
        """Return actions of each copy's skill, without gradients."""
        return self.agent.act(self.told(seen, skill))

    def told(self, seen, skill):
        """Return what the policy and the critics see: the observation and the skill."""
        return torch.cat([seen, one_hot(skill, self.skills).to(seen)], dim=1)

    def episode(self):
        """Run all copies for one episode, learning on the way; return means over it, in nats."""
        n = self.copies.n
        skill = torch.randint(self.skills, (n,), generator=self.generator, device=self.generator.device)
        seen = self.copies.restart(self.episodes)
        records = []
        for _ in range(self.copies.horizon):
            action = self._explore(n) if self.memory.added < self.warm_up else self.act(seen, skill)
            after, ended, now = self.copies.step(action)
            self.memory.add(seen=seen, action=action, seen_next=after, skill=skill, ended=ended)
            seen = now
            if self.memory.added >= self.warm_up:
                records += [self.update() for _ in range(self.updates)]
        self.episodes += 1
        return {key: sum(r[key] for r in records) / len(records) if records else math.nan for key in ("bound", "critics", "policy")}

    def _explore(self, n):
        return 2 * torch.rand((n, self.copies.actions), generator=self.generator, device=self.generator.device) - 1

    def update(self):
        """Improve the discriminator, then critics and policy, by one step each; return bound and losses, in nats."""
        batch = self.memory.draw(self.batch_size, generator=self.generator, recent=self.recent)
        bound = information_bound(self.guess(batch["seen_next"]), batch["skill"].long())
        self.adam.zero_grad()
        (-bound).backward()
        self.adam.step()
        batch = self.memory.draw(self.batch_size, generator=self.generator)
        skill = batch["skill"].long()
        with torch.no_grad():
            reward = skill_reward(self.guess(batch["seen_next"]), skill, self.log_prior)
        seen, seen_next = self.told(batch["seen"], skill), self.told(batch["seen_next"], skill)
        critics, policy = self.agent.update(seen, batch["action"], reward, seen_next, batch["ended"].bool())
        return {"bound": bound.item(), "critics": critics, "policy": policy}


def observe_skills(copies, act, skills, *, episode=0):
    """Let each skill run in an equal share of the copies for one episode, without learning.

    Parameters
    ----------
    copies : Copies or GymnasiumCopies
        Where; `skills` must divide their number.
    act : callable
        ``act(seen, skill)`` returns actions.
    skills : int
        How many there are.
    episode : int
        Number of the episode, for worlds with seeds of their own.

    Returns
    -------
    seen : torch.Tensor, shape (horizon, n, observations)
        What is observed after each step (no unit); where a world ended it begins anew.
    skill : torch.Tensor of int, shape (n,)
        Which skill each copy followed.
    ended : torch.Tensor of bool, shape (horizon, n)
        Where a world ended.

    Raises
    ------
    ValueError
        If the skills don't divide the number of copies.

    Notes
    -----
    Taught in chapter :ref:`ch-skills-control`.

    Examples
    --------
    >>> from lib.control import navigation
    >>> copies = Copies(navigation(horizon=5), 4, generator=torch.Generator())
    >>> seen, skill, ended = observe_skills(copies, lambda seen, skill: seen * 0, 2)
    >>> seen.shape, skill.tolist()
    (torch.Size([5, 4, 2]), [0, 0, 1, 1])
    """
    if copies.n % skills:
        raise ValueError(f"`skills` must divide the number of copies, {copies.n}; it is {skills}")
    now = copies.restart(episode)
    skill = torch.arange(skills, device=now.device).repeat_interleave(copies.n // skills)
    seen, ended = [], []
    with torch.no_grad():
        for _ in range(copies.horizon):
            after, end, now = copies.step(act(now, skill))
            seen.append(after)
            ended.append(end)
    return torch.stack(seen), skill, torch.stack(ended)


def fit_discriminator(seen, skill, skills, *, generator, steps=2000, batch_size=256, hidden=(64, 64), learning_rate=1e-3, start=None):
    """Fit a discriminator to episodes of skills that don't change any more.

    The one that a learner carries along lags behind skills that still move;
    this one doesn't, and on other episodes of the same skills it proves a
    bound as well.

    Parameters
    ----------
    seen : torch.Tensor, shape (horizon, n, observations)
        As :func:`observe_skills` returns it.
    skill : torch.Tensor of int, shape (n,)
        Which skill each copy followed.
    skills : int
        How many there are.
    generator : torch.Generator
        Draws weights and batches.
    steps, batch_size : int
        Steps of Adam; rows of a batch.
    hidden : tuple of int
        Units of the hidden layers.
    learning_rate : float
        Adam's step size.
    start : Perceptrons, optional
        A network to go on from, which is copied; by default a new one.

    Returns
    -------
    callable
        Takes observations (..., observations) to logits (..., skills), no unit; without gradients.

    Raises
    ------
    ValueError
        If the shapes don't belong together, or an index of a skill is out of range.

    Notes
    -----
    Taught in chapter :ref:`ch-skills-control`.

    Examples
    --------
    >>> seen = torch.tensor([[[-1.0], [1.0]]]).repeat(50, 1, 1)
    >>> settings = {"generator": torch.Generator().manual_seed(0), "steps": 200, "batch_size": 100}
    >>> guess = fit_discriminator(seen, torch.tensor([0, 1]), 2, **settings)
    >>> guess(seen[0]).argmax(-1).tolist()
    [0, 1]
    """
    _tensors.tensor(seen, "seen", ndim=3)
    one_hot(skill, skills)
    if len(skill) != seen.shape[1]:
        raise ValueError(f"`skill` must have one entry for each of {seen.shape[1]} copies; it has {len(skill)}")
    network = Perceptrons((seen.shape[2], *hidden, skills), generator=generator) if start is None else copy.deepcopy(start)
    rows = (seen.flatten(0, 1), skill.repeat(len(seen)))
    train(
        lambda x, z: -information_bound(network(x)[0], z),
        network.parameters(),
        rows,
        steps=steps,
        batch_size=batch_size,
        learning_rate=learning_rate,
        generator=generator,
    )

    def guess(seen):
        with torch.no_grad():
            return network(seen.flatten(0, -2))[0].unflatten(0, seen.shape[:-1])

    return guess


def train_through_physics(world, skills, *, steps, copies, generator, hidden=(64, 64), learning_rate=3e-3, noise=0.1, callback=None):
    """Learn skills by following the bound's gradient through known physics: no reward, no critic.

    Policy and discriminator raise one and the same number; its gradient flows
    through every step of the world. It asks for more than a learner that acts
    and sees: the world's equations.

    Parameters
    ----------
    world : World
        With differentiable steps.
    skills, steps, copies : int
        Number of skills; of gradient steps; of copies for each skill.
    generator : torch.Generator
        Draws weights, first states and noise.
    hidden : tuple of int
        Units of the hidden layers of both networks.
    learning_rate : float
        Adam's step size.
    noise : float
        Standard deviation of the noise inside the tanh that makes the action.
    callback : callable, optional
        Called as ``callback(step, bound)``; if it returns True, training ends.

    Returns
    -------
    act : callable
        ``act(seen, skill)``, the policy with its noise.
    discriminator : Perceptrons
        With answers of shape (1, n, skills).
    history : list of float
        The bound at each step, in nats.

    Raises
    ------
    ValueError
        If a number is out of range.
    DivergedError
        If the bound is not finite.

    Notes
    -----
    Taught in chapter :ref:`ch-skills-control`.

    Examples
    --------
    >>> from lib.control import navigation
    >>> _, _, history = train_through_physics(navigation(horizon=5), 2, steps=3, copies=2, generator=torch.Generator().manual_seed(0))
    >>> len(history)
    3
    """
    policy = Perceptrons((world.observations + skills, *hidden, world.actions), generator=generator)
    discriminator = Perceptrons((world.observations, *hidden, skills), generator=generator)
    skill = torch.arange(skills, device=generator.device).repeat_interleave(copies)

    def act(seen, skill):
        mean = policy(torch.cat([seen, one_hot(skill, skills).to(seen)], dim=1))[0]
        return torch.tanh(mean + noise * torch.randn(mean.shape, generator=generator, device=mean.device))

    def loss(skill):
        seen = rollout(world, lambda seen: act(seen, skill), len(skill), generator=generator)[1:]
        return -information_bound(discriminator(seen.flatten(0, 1))[0], skill.repeat(world.horizon))

    parameters = [*policy.parameters(), *discriminator.parameters()]
    after = None if callback is None else lambda step, value: callback(step, -value)
    history = train(
        loss, parameters, (skill,), steps=steps, batch_size=len(skill), learning_rate=learning_rate, generator=generator, callback=after
    )
    return act, discriminator, [-value for value in history]
