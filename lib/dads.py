"""DADS: skills whose next step can be foretold, learnt together with the model that foretells it.

The policy is paid for steps that the model finds likely under its own skill and
unlikely under others; the model is fitted to the steps by maximum likelihood. All in nats.
"""

import math

import torch

from lib import _checks, _tensors
from lib.skill_discovery import one_hot
from lib.soft_actor_critic import Agent, Memory, Perceptrons
from lib.training import train
from lib.vae import gaussian_log_density

__all__ = ["BoxSkills", "DynamicsLearner", "EvenSkills", "SkillDynamics", "capped_reward", "fit_dynamics", "sampled_reward"]


# Terms


def sampled_reward(log_q, log_q_others):
    r"""Return the reward of the paper: how much likelier the step is under its skill than under skills drawn from the prior.

    .. math:: r = \log q(s' \mid s, z) - \log \frac1L \sum_{i=1}^{L} q(s' \mid s, z_i)

    Nothing bounds it: if none of the others could have made the step it is as large as the model is sure.
    With all K skills as the others, each once, it is at most log K.

    Parameters
    ----------
    log_q : torch.Tensor, shape (n,)
        Log density of each step under its own skill, in nats.
    log_q_others : torch.Tensor, shape (L, n)
        The same under the L others.

    Returns
    -------
    torch.Tensor, shape (n,)
        The reward, in nats.

    Raises
    ------
    ValueError
        If the shapes don't belong together.

    References
    ----------
    Sharma et al. 2020 :cite:p:`sharma2020`, section 3.

    Notes
    -----
    Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> half = torch.tensor([0.5]).log()
    >>> round(sampled_reward(half, torch.tensor([[0.5], [0.0]]).log()).item(), 4)
    0.6931
    """
    _others(log_q, log_q_others)
    return log_q - (torch.logsumexp(log_q_others, dim=0) - math.log(len(log_q_others)))


def capped_reward(log_q, log_q_others):
    r"""Return the reward of the released code: the skill itself is one of the L + 1 that are compared.

    .. math:: r = \log \frac{q(s' \mid s, z)}{\frac{1}{L+1} \bigl(q(s' \mid s, z) + \sum_{i=1}^{L} q(s' \mid s, z_i)\bigr)}
              \le \log(L + 1)

    Parameters
    ----------
    log_q : torch.Tensor, shape (n,)
        Log density of each step under its own skill, in nats.
    log_q_others : torch.Tensor, shape (L, n)
        The same under the L others.

    Returns
    -------
    torch.Tensor, shape (n,)
        The reward, in nats; at most log(L + 1).

    Raises
    ------
    ValueError
        If the shapes don't belong together.

    References
    ----------
    The code released with Sharma et al. 2020 :cite:p:`sharma2020`.

    Notes
    -----
    Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> half = torch.tensor([0.5]).log()
    >>> round(capped_reward(half, torch.tensor([[0.0], [0.0]]).log()).item(), 4)  # log 3
    1.0986
    """
    _others(log_q, log_q_others)
    return sampled_reward(log_q, torch.cat([log_q[None], log_q_others]))


def _others(log_q, log_q_others):
    if log_q_others.ndim != 2 or not len(log_q_others):
        raise ValueError(f"`log_q_others` must have shape (L, n) with at least one row; it is {tuple(log_q_others.shape)}")
    _tensors.same_shape(log_q=log_q, log_q_others=log_q_others[0])


# Skills


class EvenSkills:
    """Say that a skill is one of K, all equally likely; a network reads it as a row with one 1.

    Parameters
    ----------
    skills : int
        How many, at least 2.

    Examples
    --------
    >>> EvenSkills(3).rows(torch.tensor([2])).tolist()
    [[0.0, 0.0, 1.0]]
    """

    def __init__(self, skills):
        self.skills = self.width = _checks.whole(skills, "skills", least=2)

    def rows(self, index):
        """Return the rows of skills by their numbers; refuse unknown ones."""
        return one_hot(index, self.skills)

    def draw(self, n, *, generator):
        """Return n skills drawn evenly, shape (n, K)."""
        return self.rows(torch.randint(self.skills, (n,), generator=generator, device=generator.device))

    def others(self, n, samples, *, generator):
        """Return `samples` skills to compare each of n steps with, or all K, each once, if None."""
        if samples is None:
            return self.rows(torch.arange(self.skills, device=generator.device))[:, None].expand(-1, n, -1)
        return self.draw(samples * n, generator=generator).reshape(samples, n, -1)

    def checked(self, rows):
        """Return rows of skills; refuse what is no skill."""
        _tensors.tensor(rows, "skill", ndim=2, columns=self.width)
        if not (((rows == 0) | (rows == 1)).all() and (rows.sum(1) == 1).all()):
            raise ValueError("`skill` must hold rows with one 1 and else 0; make them by `rows`")
        return rows


class BoxSkills:
    """Say that a skill is a point of the box [-1, 1]^d, all equally likely.

    Parameters
    ----------
    width : int
        The number d of its coordinates.

    Examples
    --------
    >>> BoxSkills(2).draw(5, generator=torch.Generator()).shape
    torch.Size([5, 2])
    """

    def __init__(self, width):
        self.width = _checks.whole(width, "width")

    def draw(self, n, *, generator):
        """Return n skills drawn evenly from the box, shape (n, d)."""
        return 2 * torch.rand((n, self.width), generator=generator, device=generator.device) - 1

    def others(self, n, samples, *, generator):
        """Return `samples` skills to compare each of n steps with, shape (samples, n, d)."""
        return self.draw(_checks.whole(samples, "samples") * n, generator=generator).reshape(samples, n, -1)

    def checked(self, rows):
        """Return rows of skills; refuse what lies outside the box."""
        _tensors.tensor(rows, "skill", ndim=2, columns=self.width)
        if rows.abs().max() > 1:
            raise ValueError(f"`skill` must lie in [-1, 1]; its largest magnitude is {rows.abs().max().item():g}")
        return rows


# The model


class SkillDynamics(torch.nn.Module):
    """Foretell the next step of a skill: a Gaussian for the change of what is observed, in units of the usual change.

    Parameters
    ----------
    observations, width : int
        How many numbers are observed, and how many tell the skill.
    generator : torch.Generator
        Draws the first weights; they lie on its device.
    hidden : tuple of int
        Units of the hidden layers.
    spread : tuple of float
        Smallest and largest standard deviation, in units of the usual change. If both are equal the spread is fixed;
        a smallest one must be above 0, else the density of a step without chance is infinite.

    Raises
    ------
    ValueError
        If a number is out of range.

    References
    ----------
    Sharma et al. 2020 :cite:p:`sharma2020`, appendix A.

    Notes
    -----
    Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> dynamics = SkillDynamics(2, 3, generator=torch.Generator().manual_seed(0))
    >>> dynamics.predict(torch.zeros(5, 2), torch.zeros(5, 3)).shape
    torch.Size([5, 2])
    """

    def __init__(self, observations, width, *, generator, hidden=(64, 64), spread=(0.1, 3.0)):
        super().__init__()
        low, high = (_checks.one_positive(x, "spread") for x in spread)
        if low > high:
            raise ValueError(f"`spread` must not fall; it is ({low:g}, {high:g})")
        self.observations, self.limits = _checks.whole(observations, "observations"), (math.log(low), math.log(high))
        self.net = Perceptrons((observations + _checks.whole(width, "width"), *hidden, 2 * observations), generator=generator)
        zeros = torch.zeros(observations, device=generator.device)
        for name, value in (("shift", zeros), ("square", zeros.clone()), ("weight", zeros[:1].clone())):
            self.register_buffer(name, value)

    def watch(self, change):
        """Let the usual size of a change follow those of a batch, as their running mean square."""
        with torch.no_grad():
            for kept, seen in ((self.shift, change.mean(0)), (self.square, (change**2).mean(0))):
                kept.lerp_(seen, 0.01)
            self.weight.lerp_(torch.ones_like(self.weight), 0.01)

    def usual(self):
        """Return mean and standard deviation of the changes watched, 0 and 1 before any."""
        if not self.weight:
            return torch.zeros_like(self.shift), torch.ones_like(self.shift)
        mean, square = self.shift / self.weight, self.square / self.weight
        return mean, (square - mean**2).clamp_min(0).sqrt() + 1e-6

    def forward(self, seen, skill):
        """Return mean and log standard deviation of the change, both in units of the usual one."""
        mean, spread = self.net(torch.cat([seen, skill], dim=-1).flatten(0, -2))[0].unflatten(0, seen.shape[:-1]).chunk(2, dim=-1)
        low, high = self.limits
        return mean, low + (high - low) * torch.sigmoid(spread)

    def log_density(self, seen, skill, seen_next):
        """Return log q(s' | s, z) in nats, shape (...,): a density over the change in units of the usual one."""
        shift, scale = self.usual()
        mean, log_std = self(seen, skill)
        return gaussian_log_density((seen_next - seen - shift) / scale, mean, 2 * log_std)

    def predict(self, seen, skill):
        """Return the mean of what will be observed next."""
        shift, scale = self.usual()
        return seen + shift + scale * self(seen, skill)[0]


def fit_dynamics(dynamics, seen, skill, seen_next, *, steps, batch_size, learning_rate, generator, callback=None):
    """Fit a model of the next step to recorded steps by maximum likelihood.

    Parameters
    ----------
    dynamics : SkillDynamics
        Changed in place.
    seen : torch.Tensor, shape (n, observations)
        What was observed before each step.
    skill : torch.Tensor, shape (n, width)
        Which skill acted.
    seen_next : torch.Tensor, shape (n, observations)
        What was observed after it.
    steps, batch_size : int
        How many steps of Adam, and how many rows each takes.
    learning_rate : float
        Its step size.
    generator : torch.Generator
        Draws the batches.
    callback : callable, optional
        As in :func:`lib.training.train`.

    Returns
    -------
    list of float
        -log q of each step's batch, in nats.

    Raises
    ------
    ValueError
        If a number is out of range or the rows don't belong together.
    DivergedError
        If the loss is not finite.

    Notes
    -----
    Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> dynamics = SkillDynamics(1, 1, generator=generator)
    >>> x = torch.randn(64, 1, generator=generator)
    >>> history = fit_dynamics(dynamics, x, x, x + 1 + x, steps=200, batch_size=64, learning_rate=3e-3, generator=generator)
    >>> history[-1] < history[0] - 1
    True
    """
    dynamics.watch(seen_next - seen)
    return train(
        lambda a, z, b: -dynamics.log_density(a, z, b).mean(),
        list(dynamics.parameters()),
        (seen, skill, seen_next),
        steps=steps,
        batch_size=batch_size,
        learning_rate=learning_rate,
        generator=generator,
        callback=callback,
    )


# Learning


class DynamicsLearner:
    """Learn skills by soft actor-critic, paid by a model of the next step that learns beside them.

    Parameters
    ----------
    copies : Copies or GymnasiumCopies
        Where to act.
    prior : EvenSkills or BoxSkills
        What a skill is; each episode of each copy draws one.
    generator : torch.Generator
        Draws weights, skills, noise and batches.
    samples : int or None
        How many other skills a step is compared with; None compares with all of `EvenSkills`, each once.
    reward : callable
        :func:`sampled_reward` or :func:`capped_reward`.
    capacity : int
        How many transitions are remembered.
    batch_size, updates : int
        Rows of a batch; updates after each step of all copies.
    warm_up : int
        Transitions by evenly drawn actions before learning begins.
    recent : int
        The model learns from so many of the last transitions.
    spread : tuple of float
        For :class:`SkillDynamics`.
    **settings : int or float
        For :class:`lib.soft_actor_critic.Agent`.

    Notes
    -----
    Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> from lib.control import navigation
    >>> from lib.skill_discovery import Copies
    >>> generator = torch.Generator().manual_seed(0)
    >>> copies = Copies(navigation(horizon=5), 4, generator=generator)
    >>> learner = DynamicsLearner(copies, BoxSkills(2), generator=generator, samples=7, warm_up=8, batch_size=8)
    >>> sorted(learner.episode())
    ['critics', 'dynamics', 'policy', 'reward']
    """

    def __init__(
        self,
        copies,
        prior,
        *,
        generator,
        samples=None,
        reward=sampled_reward,
        capacity=100_000,
        batch_size=256,
        updates=1,
        warm_up=1000,
        recent=10_000,
        spread=(0.1, 3.0),
        **settings,
    ):
        self.copies, self.prior, self.generator, self.reward = copies, prior, generator, reward
        self.samples, self.batch_size, self.updates, self.warm_up, self.recent = samples, batch_size, updates, warm_up, recent
        prior.others(1, samples, generator=torch.Generator(generator.device))  # refuses a number that won't do before any training
        self.agent = Agent(copies.observations + prior.width, copies.actions, generator=generator, **settings)
        hidden, rate = self.agent.settings.hidden, self.agent.settings.learning_rate
        self.dynamics = SkillDynamics(copies.observations, prior.width, generator=generator, hidden=hidden, spread=spread)
        self.adam = torch.optim.Adam(self.dynamics.parameters(), lr=rate)
        seen, skill = copies.observations, prior.width
        columns = {"seen": seen, "action": copies.actions, "seen_next": seen, "skill": skill, "ended": 0}
        self.memory = Memory(capacity, device=generator.device, **columns)
        self.episodes = 0

    def parts(self):
        """Return all that a checkpoint stores, by name: the learner goes on from it as if never stopped."""
        return self.agent.parts() | {"dynamics": self.dynamics, "adam": self.adam, "memory": self.memory, "counter": self}

    def state_dict(self):
        """Return how many episodes were run."""
        return {"episodes": self.episodes}

    def load_state_dict(self, state):
        """Take over what :meth:`state_dict` returned."""
        self.episodes = state["episodes"]

    def act(self, seen, skill):
        """Return actions for observations and rows of skills, without gradients."""
        return self.agent.act(self.told(seen, skill))

    def told(self, seen, skill):
        """Return what the policy and the critics see: the observation and the skill."""
        return torch.cat([seen, self.prior.checked(skill).to(seen)], dim=1)

    def episode(self):
        """Run all copies for one episode, learning on the way; return means over it, in nats."""
        n = self.copies.n
        skill = self.prior.draw(n, generator=self.generator)
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
        names = ("reward", "dynamics", "critics", "policy")
        return {name: sum(r[name] for r in records) / len(records) if records else math.nan for name in names}

    def _explore(self, n):
        return 2 * torch.rand((n, self.copies.actions), generator=self.generator, device=self.generator.device) - 1

    def paid(self, seen, skill, seen_next):
        """Return the reward of each step, in nats; other skills are drawn anew at each call."""
        others = self.prior.others(len(seen), self.samples, generator=self.generator)
        with torch.no_grad():
            log_q = self.dynamics.log_density(seen, skill, seen_next)
            shape = (len(others), *seen.shape)
            return self.reward(log_q, self.dynamics.log_density(seen.expand(shape), others, seen_next.expand(shape)))

    def update(self):
        """Improve the model, then critics and policy, by one step each; return mean reward and losses, in nats."""
        batch = self.memory.draw(self.batch_size, generator=self.generator, recent=self.recent)
        self.dynamics.watch(batch["seen_next"] - batch["seen"])
        loss = -self.dynamics.log_density(batch["seen"], batch["skill"], batch["seen_next"]).mean()
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()
        batch = self.memory.draw(self.batch_size, generator=self.generator)
        reward = self.paid(batch["seen"], batch["skill"], batch["seen_next"])
        seen, seen_next = self.told(batch["seen"], batch["skill"]), self.told(batch["seen_next"], batch["skill"])
        critics, policy = self.agent.update(seen, batch["action"], reward, seen_next, batch["ended"].bool())
        return {"reward": reward.mean().item(), "dynamics": loss.item(), "critics": critics, "policy": policy}
