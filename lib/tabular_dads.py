"""DADS on tables: a model of the next state from counts, and skills by the policy gradient of its reward."""

import numpy as np

from lib import _checks
from lib.logits import softmax
from lib.tabular_diayn import Skills, _Adam
from lib.tabular_skills import state_marginals

__all__ = ["counted_dynamics", "forward_gradient", "train_forward"]


def counted_dynamics(counts, *, smoothing=0.1):
    r"""Return a model of the next state from counts of steps.

    .. math:: q(s' \mid s, z) = \frac{n(z, s, s') + \lambda}{\sum_{s''} (n(z, s, s'') + \lambda)}

    Parameters
    ----------
    counts : array_like, shape (skills, states, states)
        How often each skill made each step.
    smoothing : float, default 0.1
        What is added to each count; it keeps impossible what never happened from being called so.

    Returns
    -------
    ndarray, shape (skills, states, states)
        Distributions along the last axis, no unit.

    Raises
    ------
    ValueError
        If a count is negative or not finite, or `smoothing` is not positive.

    References
    ----------
    Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> counted_dynamics([[[3, 0], [0, 0]]], smoothing=0.5)[0]
    array([[0.875, 0.125],
           [0.5  , 0.5  ]])
    """
    counts = _checks.nonnegative(counts, "counts")
    if counts.ndim != 3 or counts.shape[1] != counts.shape[2]:
        raise ValueError(f"`counts` must have shape (skills, states, states); it is {counts.shape}")
    counts = counts + _checks.one_positive(smoothing, "smoothing")
    return counts / counts.sum(axis=-1, keepdims=True)


def forward_gradient(logits, transitions, prior, *, start, horizon, rival="prior", entropy_weight=0.0):
    r"""Return the policy gradient of DADS with the right model: its reward is held fixed for a moment.

    .. math:: r_z(s, s') = \ln \frac{p(s' \mid s, z)}{\sum_{z'} w(z' \mid s)\, p(s' \mid s, z')},
              \qquad w = p(z') \text{ or } p(z' \mid s)

    With p(z' | s) it is the exact gradient of I(S'; Z | S); with the prior it
    is what DADS follows, which is not the gradient of `prior_objective`.

    Parameters
    ----------
    logits : array_like, shape (skills, 1, states, actions)
        Parameters of the skills' softmax policies.
    transitions : array_like, shape (states, actions, states)
        P(s' | s, a).
    prior : array_like, shape (skills,)
        How often each skill is drawn.
    start : int
        The state at time 0.
    horizon : int
        The number of steps T.
    rival : {"prior", "posterior"}
        Whether the other skills are weighted by p(z') or by p(z' | s).
    entropy_weight : float, default 0.0
        The weight alpha of the actions' entropy, H(A | S, Z).

    Returns
    -------
    ndarray, shape (skills, 1, states, actions)
        The gradient, in nats for one unit of a logit.

    Raises
    ------
    ValueError
        If the shapes don't match or an argument is out of range.

    References
    ----------
    Sharma et al. :cite:p:`sharma2020`, algorithm 1. Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    Two skills that are alike: nothing pulls them apart.

    >>> swap = np.array([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]])
    >>> bool((forward_gradient(np.zeros((2, 1, 2, 2)), swap, [0.5, 0.5], start=0, horizon=3) == 0).all())
    True
    """
    transitions, start = _checks.dynamics(transitions, start)
    logits = _checks.finite(logits, "logits")
    weight = _checks.not_negative_number(entropy_weight, "entropy_weight")
    rival = _checks.one_of(rival, "rival", ("prior", "posterior"))
    policy = _checks.stationary_policies(softmax(logits), transitions)
    prior = _checks.skill_prior(prior, len(policy))
    horizon = _checks.whole(horizon, "horizon")
    return _forward_gradient(policy, transitions, prior, start, horizon, rival, weight)[0]


def _forward_gradient(policy, transitions, prior, start, horizon, rival, weight):
    """Return the gradient, and the mean reward on the way."""
    pi, before = policy[:, 0], state_marginals(policy, transitions, start=start, horizon=horizon)[:, :-1]
    step = np.einsum("zsa,sat->zst", pi, transitions)
    visits = prior[:, None] * before.mean(axis=1)
    total = visits.sum(axis=0)
    # A state that nobody visits weighs nothing: any share will do there.
    shares = visits / np.where(total > 0, total, 1) if rival == "posterior" else np.broadcast_to(prior[:, None], visits.shape)
    others = np.einsum("zs,zst->st", shares, step)
    possible = (step > 0) & (others > 0)
    reward = np.log(np.where(possible, step, 1)) - np.log(np.where(possible, np.broadcast_to(others, step.shape), 1))
    paid = np.einsum("sat,zst->zsa", transitions, reward) - weight * np.log(pi)
    gradient, value = np.zeros(pi.shape), np.zeros(pi.shape[:2])
    for t in reversed(range(horizon)):
        action_value = paid + np.einsum("sat,zt->zsa", transitions, value)
        value = (pi * action_value).sum(axis=2)
        gradient += before[:, t, :, None] * pi * (action_value - value[..., None])
    return prior[:, None, None, None] * gradient[:, None] / horizon, float((visits[..., None] * step * reward).sum())


def train_forward(logits, transitions, *, start, horizon, entropy_weights, prior=None, rival="prior", rate=0.1, callback=None):
    """Learn skills on a table by the policy gradient of DADS with the right model, by steps of Adam.

    Nothing is sampled: the model of the next state is the skills' own.

    Parameters
    ----------
    logits : array_like, shape (skills, 1, states, actions)
        Where to begin.
    transitions : array_like, shape (states, actions, states)
        P(s' | s, a).
    start : int
        The state at time 0.
    horizon : int
        The number of steps of an episode.
    entropy_weights : array_like, shape (steps,)
        The weight of H(A | S, Z) at each step of the training.
    prior : array_like, shape (skills,), optional
        How often each skill is drawn; all equally often if not given.
    rival : {"prior", "posterior"}
        Whether the reward compares with the other skills by p(z) or by p(z | s).
    rate : float, default 0.1
        Step size.
    callback : callable, optional
        Called with the number of the step and the history after each step.

    Returns
    -------
    Skills
        History: "reward", the mean reward in nats before each step.

    Raises
    ------
    ValueError
        As for `forward_gradient`, or if a weight or `rate` is out of range.

    References
    ----------
    Sharma et al. :cite:p:`sharma2020`. Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> swap = np.array([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]])
    >>> begin = np.random.default_rng(0).normal(size=(2, 1, 2, 2))
    >>> skills = train_forward(begin, swap, start=0, horizon=4, entropy_weights=np.zeros(100))
    >>> round(float(skills.history["reward"][-1] / np.log(2)), 1)
    1.0
    """
    transitions, start = _checks.dynamics(transitions, start)
    logits = np.array(_checks.finite(logits, "logits"))
    horizon, rate = _checks.whole(horizon, "horizon"), _checks.one_positive(rate, "rate")
    weights, rival = _checks.weights_of_steps(entropy_weights, "entropy_weights"), _checks.one_of(rival, "rival", ("prior", "posterior"))
    _checks.stationary_policies(softmax(logits), transitions)
    prior = _checks.skill_prior(np.full(len(logits), 1 / len(logits)) if prior is None else prior, len(logits))
    adam, history = _Adam(logits.shape), {"reward": []}
    for step, weight in enumerate(weights):
        gradient, reward = _forward_gradient(softmax(logits), transitions, prior, start, horizon, rival, weight)
        history["reward"].append(reward)
        logits += adam.step(gradient, rate)
        if callback is not None:
            callback(step, history)
    return Skills(logits, prior, history={key: np.array(values) for key, values in history.items()})
