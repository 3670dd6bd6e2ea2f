"""DIAYN on tables: by exact gradients, and from sampled episodes."""

from dataclasses import dataclass, field

import numpy as np

from lib import _checks
from lib.joint import mutual_information
from lib.logits import softmax
from lib.tabular_skills import _information_gradient, _matrix, skill_reward

__all__ = ["Skills", "counted_discriminator", "prior_update", "sample_episodes", "sampled_gradient", "train_exact", "train_sampled"]


@dataclass(eq=False)
class Skills:
    """What a training leaves: the skills, how often each is drawn, and what happened on the way.

    Parameters
    ----------
    logits : ndarray, shape (..., skills, t, states, actions)
        Parameters of the softmax policies.
    prior : ndarray, shape (..., skills)
        How often each skill is drawn.
    discriminator : ndarray or None
        q(z | s), shape (skills, states), where one was learnt.
    history : dict of str to ndarray
        One entry for each step of the training; informations in nats.

    Examples
    --------
    >>> Skills(np.zeros((1, 1, 2, 2)), np.ones(1)).history
    {}
    """

    logits: np.ndarray
    prior: np.ndarray
    discriminator: np.ndarray | None = None
    history: dict = field(default_factory=dict)


class _Adam:
    """The ascent of Kingma and Ba: each number moves by about `rate` a step."""

    def __init__(self, shape):
        self.mean, self.square, self.count = np.zeros(shape), np.zeros(shape), 0

    def step(self, gradient, rate):
        self.count += 1
        self.mean += 0.1 * (gradient - self.mean)
        self.square += 0.01 * (gradient**2 - self.square)
        mean, square = self.mean / (1 - 0.9**self.count), self.square / (1 - 0.99**self.count)
        return rate * mean / (np.sqrt(square) + 1e-8)


def prior_update(prior, rewards):
    r"""Return the prior that draws the skills more often that are told apart better.

    .. math:: p_{\text{new}}(z) \propto \exp \operatorname{E}_{d_z}[\ln q(z \mid S)]
              = p(z)\, e^{\operatorname{E}_{d_z}[r_z(S)]}

    With the best discriminator it is a step of Blahut and Arimoto towards the capacity of the skills as they are.

    Parameters
    ----------
    prior : array_like, shape (..., skills)
        How often each skill is drawn now.
    rewards : array_like, shape (..., skills)
        The mean reward of each skill, in nats.

    Returns
    -------
    ndarray, shape (..., skills)
        The new prior, no unit.

    Raises
    ------
    ValueError
        If `prior` is no distribution, or has a zero, or a reward is not finite.

    References
    ----------
    Blahut :cite:p:`blahut1972`. Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> prior_update([0.5, 0.5], [np.log(3), 0.0])
    array([0.75, 0.25])
    """
    rewards = _checks.finite(rewards, "rewards")
    prior = _checks.skill_prior(prior, np.shape(prior)[-1] if np.ndim(prior) else 0)
    return softmax(np.log(prior) + rewards)


def train_exact(logits, transitions, *, start, horizon, entropy_weights, prior=None, learn_prior=False, rate=0.1, callback=None):
    """Raise the information between skill and state along its exact gradient.

    Nothing is sampled: the discriminator is the posterior itself. The gradient
    steps are those of Adam, one for each of `entropy_weights`.

    Parameters
    ----------
    logits : array_like, shape (..., skills, t, states, actions)
        Where to begin; t is 1 or the horizon. Axes in front are separate runs.
    transitions : array_like, shape (states, actions, states)
        P(s' | s, a).
    start : int
        The state at time 0.
    horizon : int
        The number of steps of an episode.
    entropy_weights : array_like, shape (steps,)
        The weight of H(A | S, Z) at each step of the training.
    prior : array_like, shape (..., skills), optional
        How often each skill is drawn; all equally often if not given.
    learn_prior : bool, default False
        Whether `prior_update` follows each step.
    rate : float, default 0.1
        Step size.
    callback : callable, optional
        Called with the number of the step and the history after each step.

    Returns
    -------
    Skills
        History: "information" I(S; Z) in nats and "skills", the effective number exp H(Z), before each step.

    Raises
    ------
    ValueError
        As for `information_gradient`, or if a weight or `rate` is out of range.

    References
    ----------
    Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> swap = np.array([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]])
    >>> begin = np.random.default_rng(0).normal(size=(2, 1, 2, 2))
    >>> skills = train_exact(begin, swap, start=0, horizon=4, entropy_weights=np.zeros(100))
    >>> float(skills.history["information"][-1].round(3)) > 0.68  # of ln 2 = 0.693
    True
    """
    transitions, start = _checks.dynamics(transitions, start)
    logits, weights = _checks.finite(logits, "logits").copy(), _checks.weights_of_steps(entropy_weights, "entropy_weights")
    horizon, rate = _checks.steps_of_policy(logits, "logits", transitions, horizon), _checks.one_positive(rate, "rate")
    prior = _first_prior(prior, logits)
    adam, matrix, history = _Adam(logits.shape), _matrix(transitions), {"information": [], "skills": []}
    for step, weight in enumerate(weights):
        gradient, visits = _information_gradient(logits, matrix, prior, start, horizon, weight)
        joint = prior[..., None] * visits
        history["information"].append(mutual_information(joint, base=np.e))
        history["skills"].append(_effective(prior))
        logits += adam.step(gradient, rate)
        if learn_prior:
            mixture = joint.sum(axis=-2, keepdims=True)
            ratio = np.where(visits > 0, visits / np.where(mixture > 0, mixture, 1), 1)
            prior = prior_update(prior, (visits * np.log(ratio)).sum(axis=-1))
        if callback:
            callback(step, history)
    return Skills(logits, prior, None, {name: np.array(values) for name, values in history.items()})


def _first_prior(prior, logits):
    if logits.ndim < 4:
        raise ValueError(f"`logits` must have shape (..., skills, t, states, actions); it is {logits.shape}")
    skills = logits.shape[-4]
    if prior is None:
        return np.full(logits.shape[:-3], 1 / skills)
    return np.broadcast_to(_checks.skill_prior(prior, skills), logits.shape[:-3])


def _effective(prior):
    return np.exp(-(prior * np.log(prior)).sum(axis=-1))


def sample_episodes(policy, transitions, skills, *, start, horizon, rng):
    """Play one episode for each number of a skill that is given.

    Parameters
    ----------
    policy : array_like, shape (skills, t, states, actions)
        Probabilities of the actions; t is 1 or the horizon.
    transitions : array_like, shape (states, actions, states)
        P(s' | s, a).
    skills : array_like of int, shape (n,)
        The skill of each episode.
    start : int
        The state at time 0.
    horizon : int
        The number of steps T.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    states : ndarray of int, shape (T + 1, n)
        The states, the start included; no unit.
    actions : ndarray of int, shape (T, n)
        The actions.

    Raises
    ------
    ValueError
        If a table holds no distributions, the shapes don't match, or there is no such skill.

    References
    ----------
    Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> swap = np.array([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]])
    >>> walk = np.array([[[[0, 1.0], [0, 1.0]]]])
    >>> sample_episodes(walk, swap, [0], start=0, horizon=3, rng=np.random.default_rng(0))[0].ravel()
    array([0, 1, 0, 1])
    """
    transitions, start = _checks.dynamics(transitions, start)
    policy, skills = _checks.distribution(policy, "policy"), _checks.integers(skills, "skills")
    horizon = _checks.steps_of_policy(policy, "policy", transitions, horizon)
    if policy.ndim != 4:
        raise ValueError(f"`policy` must have shape (skills, t, states, actions); it is {policy.shape}")
    if skills.ndim != 1 or skills.max() >= len(policy):
        raise ValueError(f"`skills` must be a vector of integers from 0 to {len(policy) - 1}; it is {skills!r}")
    return _play(policy.cumsum(axis=-1), transitions.cumsum(axis=-1), skills, start, horizon, rng)


def _play(acts, moves, skills, start, horizon, rng):
    states, actions = np.empty((horizon + 1, skills.size), int), np.empty((horizon, skills.size), int)
    states[0] = start
    for t in range(horizon):
        actions[t] = _draw(acts[skills, t % acts.shape[1], states[t]], rng)
        states[t + 1] = _draw(moves[states[t], actions[t]], rng)
    return states, actions


def _draw(cumulative, rng):
    # Against the last sum, which may be a rounding below 1.
    return (rng.random(len(cumulative))[:, None] * cumulative[:, -1:] >= cumulative).sum(axis=-1)


def counted_discriminator(counts, *, smoothing=0.01):
    r"""Return the discriminator that has counted which skill was seen in each state.

    .. math:: q(z \mid s) = \frac{n_{zs} + c}{\sum_{z'} (n_{z's} + c)}

    Parameters
    ----------
    counts : array_like, shape (skills, states)
        How often each skill was seen in each state.
    smoothing : float, default 0.01
        What is added to each count.

    Returns
    -------
    ndarray, shape (skills, states)
        Each column is a distribution over the skills, no unit.

    Raises
    ------
    ValueError
        If a count is negative or `smoothing` is not positive.

    References
    ----------
    Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> counted_discriminator([[3, 0], [1, 0]], smoothing=1)
    array([[0.66666667, 0.5       ],
           [0.33333333, 0.5       ]])
    """
    counts = _checks.positive(counts, "counts", zero=True)
    if counts.ndim != 2:
        raise ValueError(f"`counts` must have shape (skills, states); it is {counts.shape}")
    counts = counts + _checks.one_positive(smoothing, "smoothing")
    return counts / counts.sum(axis=0)


def sampled_gradient(policy, states, actions, skills, reward, *, entropy_weight=0.0):
    r"""Return an unbiased estimate of each skill's policy gradient, from episodes of stationary policies.

    .. math:: \hat g_z = \frac{1}{n T} \sum_{\text{episodes of } z} \sum_{t=0}^{T-1}
              (G_t - b_t)\, \nabla \ln \pi(a_t \mid s_t, z), \qquad
              G_t = \sum_{u \ge t} \bigl[r_z(s_{u+1}) - \alpha \ln \pi(a_u \mid s_u, z)\bigr]

    The baseline b is the mean of G_t over the skill's *other* episodes. n counts all episodes.

    Parameters
    ----------
    policy : array_like, shape (skills, 1, states, actions)
        Probabilities of the actions.
    states : array_like of int, shape (T + 1, n)
        As `sample_episodes` returns them.
    actions : array_like of int, shape (T, n)
        The actions.
    skills : array_like of int, shape (n,)
        The skill of each episode; each that occurs does so at least twice.
    reward : array_like, shape (skills, states)
        What each state pays on arrival, in nats.
    entropy_weight : float, default 0.0
        The weight alpha.

    Returns
    -------
    ndarray, shape (skills, 1, states, actions)
        The estimate, in nats for one unit of a logit.

    Raises
    ------
    ValueError
        If a number is out of range, the shapes don't match, or a skill has a single episode.

    References
    ----------
    Williams :cite:p:`williams1992`. Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> policy = np.full((1, 1, 2, 2), 0.5)
    >>> sampled_gradient(policy, [[0, 0], [0, 1]], [[0, 1]], [0, 0], [[0.0, 1.0]])[0, 0, 0]
    array([-0.5,  0.5])
    """
    policy, reward = _checks.distribution(policy, "policy"), _checks.finite(reward, "reward")
    states, actions, skills = (_checks.integers(x, n) for x, n in ((states, "states"), (actions, "actions"), (skills, "skills")))
    weight = _checks.not_negative_number(entropy_weight, "entropy_weight")
    if policy.ndim != 4 or policy.shape[1] != 1 or reward.shape != policy.shape[:3:2]:
        shapes = f"{policy.shape} and {reward.shape}"
        raise ValueError(f"`policy` and `reward` must have shapes (skills, 1, states, actions) and (skills, states); they are {shapes}")
    if states.shape != (len(actions) + 1, skills.size) or actions.shape != (len(actions), skills.size):
        shapes = f"{states.shape}, {actions.shape} and {skills.shape}"
        raise ValueError(f"`states`, `actions` and `skills` must have shapes (T + 1, n), (T, n) and (n,); they are {shapes}")
    each = np.bincount(skills, minlength=len(policy))
    if (each == 1).any():
        raise ValueError(f"`skills` must hold each skill at least twice, for the baseline; skill {int(np.argmax(each == 1))} is there once")
    here = (skills, 0, states[:-1], actions)
    paid = reward[skills, states[1:]] - weight * np.log(policy[here])
    togo = paid[::-1].cumsum(axis=0)[::-1]
    total = np.zeros((len(actions), len(policy)))
    np.add.at(total.T, skills, togo.T)
    advantage = (togo - (total[:, skills] - togo) / (each[skills] - 1)) / togo.size
    gradient, pulled = np.zeros(policy.shape), np.zeros(policy.shape[:3])
    np.add.at(gradient, here, advantage)
    np.add.at(pulled, here[:3], advantage)
    return gradient - pulled[..., None] * policy


def train_sampled(
    logits, transitions, *, start, horizon, entropy_weights, rng, episodes=32, learn_prior=False, rate=0.1, memory=0.9, smoothing=0.01
):
    """Learn skills from episodes alone, with a discriminator that counts.

    Each step draws skills, plays their episodes, rewards them by the
    discriminator *as it was before*, moves the policies along the sampled
    gradient, and lets the discriminator count what it saw. `transitions` only
    plays the episodes; information is never computed from it here.

    Parameters
    ----------
    logits : array_like, shape (skills, 1, states, actions)
        Where to begin.
    transitions : array_like, shape (states, actions, states)
        The world: P(s' | s, a).
    start : int
        The state at time 0.
    horizon : int
        The number of steps of an episode.
    entropy_weights : array_like, shape (steps,)
        The weight of H(A | S, Z) at each step of the training.
    rng : numpy.random.Generator
        Where chance comes from.
    episodes : int, default 32
        Episodes a step, drawn in pairs so that each skill that occurs has a baseline.
    learn_prior : bool, default False
        Whether the prior follows the rewards by `prior_update`.
    rate : float, default 0.1
        Step size of Adam.
    memory : float, default 0.9
        What share of its counts the discriminator keeps from step to step.
    smoothing : float, default 0.01
        What the discriminator adds to each count.

    Returns
    -------
    Skills
        History: "bound", the discriminator's bound on I(S; Z) on fresh episodes in nats, and "skills", exp H(Z).

    Raises
    ------
    ValueError
        If a table holds no distributions, a number is out of range or the shapes don't match.

    References
    ----------
    Eysenbach, Gupta, Ibarz and Levine :cite:p:`eysenbach2019`, algorithm 1. Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> swap = np.array([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]])
    >>> rng = np.random.default_rng(0)
    >>> skills = train_sampled(np.zeros((2, 1, 2, 2)), swap, start=0, horizon=4, entropy_weights=np.zeros(100), rng=rng)
    >>> bool(skills.history["bound"][-1] > 0.6)  # in nats, of ln 2 = 0.693
    True
    """
    transitions, start = _checks.dynamics(transitions, start)
    logits, weights = _checks.finite(logits, "logits").copy(), _checks.weights_of_steps(entropy_weights, "entropy_weights")
    horizon, rate = _checks.steps_of_policy(logits, "logits", transitions, horizon), _checks.one_positive(rate, "rate")
    pairs = _checks.whole(episodes, "episodes", least=2) // 2
    if logits.ndim != 4 or logits.shape[1] != 1:
        raise ValueError(f"`logits` must have shape (skills, 1, states, actions); it is {logits.shape}")
    prior, counts = np.full(len(logits), 1 / len(logits)), np.zeros((len(logits), len(transitions)))
    moves, adam, history = transitions.cumsum(axis=-1), _Adam(logits.shape), {"bound": [], "skills": []}
    heard = np.log(prior)  # the mean log q(z | s) of each skill
    for weight in weights:
        policy = softmax(logits)
        skills = np.repeat(_drawn(prior, pairs, rng), 2)
        states, actions = _play(policy.cumsum(axis=-1), moves, skills, start, horizon, rng)
        reward = skill_reward(counted_discriminator(counts, smoothing=smoothing), prior)
        paid = reward[skills, states[1:]].mean(axis=0)
        history["bound"].append(paid.mean())
        history["skills"].append(_effective(prior))
        logits += adam.step(sampled_gradient(policy, states, actions, skills, reward, entropy_weight=weight), rate)
        counts *= memory
        np.add.at(counts, (np.broadcast_to(skills, actions.shape), states[1:]), 1)
        if learn_prior:
            for z in np.unique(skills):  # a skill that was not drawn keeps what it last heard
                heard[z] = paid[skills == z].mean() + np.log(prior[z])
            prior = prior_update(prior, heard - np.log(prior))
    return Skills(logits, prior, counted_discriminator(counts, smoothing=smoothing), {k: np.array(v) for k, v in history.items()})


def _drawn(prior, pairs, rng):
    """Return as many skills as the prior wants, the fractions left to one draw."""
    return np.searchsorted(prior.cumsum(), (np.arange(pairs) + rng.random()) / pairs * prior.sum(), side="right").clip(0, len(prior) - 1)
