"""Skills in a world whose transition probabilities are known: everything exactly.

A policy has shape (..., t, states, actions), with t = 1 for one that does not
look at the clock and t = horizon for one that does; skills are one of the axes
in front. The state that counts is the one *after* a step: s_1 to s_T, each
equally often. The start s_0 is common to all skills and not counted.
"""

import numpy as np
from scipy import sparse

from lib import _checks
from lib.divergence import kl_divergence
from lib.joint import conditional_entropy, mutual_information
from lib.logits import softmax
from lib.shannon import entropy

__all__ = [
    "discriminator_bound",
    "discriminator_gap",
    "information_gradient",
    "objective_by_entropies",
    "objective_by_information",
    "policy_gradient",
    "skill_posterior",
    "skill_reward",
    "state_marginals",
    "state_visits",
]


def _matrix(transitions):
    """Return the table as a sparse matrix: a row for each state and action."""
    return sparse.csr_array(transitions.reshape(-1, transitions.shape[-1]))


def _forward(policy, matrix, start, horizon):
    now = np.zeros((*policy.shape[:-3], policy.shape[-2]))
    now[..., start] = 1
    marginals = [now]
    for t in range(horizon):
        flow = now[..., None] * policy[..., t % policy.shape[-3], :, :]
        now = (flow.reshape(-1, matrix.shape[0]) @ matrix).reshape(now.shape)
        marginals.append(now)
    return np.stack(marginals, axis=-2)


def state_marginals(policy, transitions, *, start, horizon):
    r"""Return where a policy is after 0, 1, ..., T steps.

    .. math:: d_{t+1}(s') = \sum_{s, a} d_t(s)\, \pi_t(a \mid s)\, P(s' \mid s, a)

    Parameters
    ----------
    policy : array_like, shape (..., t, states, actions)
        Probabilities of the actions; t is 1 (the same at all times) or the horizon.
    transitions : array_like, shape (states, actions, states)
        P(s' | s, a).
    start : int
        The state at time 0.
    horizon : int
        The number of steps T.

    Returns
    -------
    ndarray, shape (..., T + 1, states)
        Distributions over the states, no unit.

    Raises
    ------
    ValueError
        If a table is no table of distributions or the shapes don't match.

    References
    ----------
    Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> walk = np.array([[[0, 1.0], [0, 1.0]]])  # always the second action
    >>> swap = np.array([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]])  # wait, or change places
    >>> state_marginals(walk, swap, start=0, horizon=2)
    array([[1., 0.],
           [0., 1.],
           [1., 0.]])
    """
    transitions, start = _checks.dynamics(transitions, start)
    policy = _checks.distribution(policy, "policy")
    horizon = _checks.steps_of_policy(policy, "policy", transitions, horizon)
    return _forward(policy, _matrix(transitions), start, horizon)


def state_visits(policy, transitions, *, start, horizon):
    r"""Return how often a policy is in each state, from its first step to its last.

    .. math:: d(s) = \frac1T \sum_{t=1}^{T} d_t(s)

    The distribution of the state at a time drawn from 1 to T. The start is not counted.

    Parameters
    ----------
    policy : array_like, shape (..., t, states, actions)
        Probabilities of the actions; t is 1 or the horizon.
    transitions : array_like, shape (states, actions, states)
        P(s' | s, a).
    start : int
        The state at time 0.
    horizon : int
        The number of steps T.

    Returns
    -------
    ndarray, shape (..., states)
        Distributions over the states, no unit.

    Raises
    ------
    ValueError
        As for `state_marginals`.

    References
    ----------
    Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> swap = np.array([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]])
    >>> state_visits([[[0, 1.0], [0, 1.0]]], swap, start=0, horizon=3).round(3)
    array([0.333, 0.667])
    """
    return state_marginals(policy, transitions, start=start, horizon=horizon)[..., 1:, :].mean(axis=-2)


def skill_posterior(visits, prior):
    r"""Return which skill a state speaks for.

    .. math:: p(z \mid s) = \frac{p(z)\, d_z(s)}{\sum_{z'} p(z')\, d_{z'}(s)}

    What the best discriminator says. A state that no skill visits says nothing: there it is the prior.

    Parameters
    ----------
    visits : array_like, shape (..., skills, states)
        The state distribution d_z of each skill.
    prior : array_like, shape (..., skills)
        How often each skill is drawn.

    Returns
    -------
    ndarray, shape (..., skills, states)
        Each column is a distribution over the skills, no unit.

    Raises
    ------
    ValueError
        If the rows of `visits` or `prior` are no distributions, or don't match.

    References
    ----------
    Eysenbach, Gupta, Ibarz and Levine :cite:p:`eysenbach2019`, section 3.1. Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> skill_posterior([[0.5, 0.5, 0.0], [0.0, 1.0, 0.0]], [0.5, 0.5]).round(3)
    array([[1.   , 0.333, 0.5  ],
           [0.   , 0.667, 0.5  ]])
    """
    visits, prior = _checks.skill_visits(visits, prior)
    joint = prior[..., None] * visits
    total = joint.sum(axis=-2, keepdims=True)
    return np.where(total > 0, joint / np.where(total > 0, total, 1), prior[..., None])


def discriminator_bound(visits, prior, q, *, base=2):
    r"""Return what a discriminator proves about the information in the states.

    .. math:: I(S; Z) \ge H(Z) + \operatorname{E}[\log q(Z \mid S)]

    Equal if q is the posterior. It may be negative, and is -inf if q calls impossible what happens.

    Parameters
    ----------
    visits : array_like, shape (..., skills, states)
        The state distribution d_z of each skill.
    prior : array_like, shape (..., skills)
        How often each skill is drawn.
    q : array_like, shape (..., skills, states)
        The discriminator: each column a distribution over the skills.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        A lower bound of I(S; Z) in units of `base`.

    Raises
    ------
    ValueError
        If an argument holds no distributions or the shapes don't match.

    References
    ----------
    Barber and Agakov :cite:p:`barber2003`. Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> float(discriminator_bound([[1.0, 0.0], [0.0, 1.0]], [0.5, 0.5], [[0.5, 0.5], [0.5, 0.5]]))
    0.0
    """
    unit = _checks.unit(base)
    visits, prior = _checks.skill_visits(visits, prior)
    q = _discriminator(q, visits)
    joint = prior[..., None] * visits
    with np.errstate(divide="ignore"):
        log_q = np.log(q)
    terms = np.where(joint > 0, joint * np.where(joint > 0, log_q, 0), 0)
    return entropy(prior, base=base) + terms.sum(axis=(-2, -1)) / unit


def discriminator_gap(visits, prior, q, *, base=2):
    r"""Return how much of the information a discriminator misses.

    .. math:: I(S; Z) - H(Z) - \operatorname{E}[\log q(Z \mid S)]
              = \operatorname{E}_S\, D(p(z \mid S) \,\|\, q(z \mid S))

    Parameters
    ----------
    visits : array_like, shape (..., skills, states)
        The state distribution d_z of each skill.
    prior : array_like, shape (..., skills)
        How often each skill is drawn.
    q : array_like, shape (..., skills, states)
        The discriminator: each column a distribution over the skills.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        The gap in units of `base`, never negative.

    Raises
    ------
    ValueError
        As for `discriminator_bound`.

    References
    ----------
    Barber and Agakov :cite:p:`barber2003`. Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> float(discriminator_gap([[1.0, 0.0], [0.0, 1.0]], [0.5, 0.5], [[0.5, 0.5], [0.5, 0.5]]))
    1.0
    """
    visits, prior = _checks.skill_visits(visits, prior)
    q = _discriminator(q, visits)
    total = (prior[..., None] * visits).sum(axis=-2)
    apart = kl_divergence(skill_posterior(visits, prior), q, base=base, axis=-2)
    return np.where(total > 0, total * np.where(total > 0, apart, 0), 0).sum(axis=-1)


def _discriminator(q, visits):
    q = np.moveaxis(_checks.distribution(q, "q", axis=-2), -1, -2)
    return _checks.skill_table(q, "q", *visits.shape[-2:])


def skill_reward(q, prior):
    r"""Return DIAYN's reward of each skill in each state.

    .. math:: r_z(s) = \ln q(z \mid s) - \ln p(z)

    The mean over skills and states is the discriminator's bound. The world's own reward doesn't occur.

    Parameters
    ----------
    q : array_like, shape (..., skills, states)
        The discriminator: each column a distribution over the skills.
    prior : array_like, shape (..., skills)
        How often each skill is drawn.

    Returns
    -------
    ndarray, shape (..., skills, states)
        Rewards in nats; -inf where q excludes the skill.

    Raises
    ------
    ValueError
        If `q` holds no distributions or `prior` is none, or has a zero.

    References
    ----------
    Eysenbach, Gupta, Ibarz and Levine :cite:p:`eysenbach2019`, equation 3. Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> skill_reward([[0.5, 0.9], [0.5, 0.1]], [0.5, 0.5]).round(3)
    array([[ 0.   ,  0.588],
           [ 0.   , -1.609]])
    """
    q = np.moveaxis(_checks.distribution(q, "q", axis=-2), -1, -2)
    if q.ndim < 2:
        raise ValueError(f"`q` must have shape (..., skills, states); it is {q.shape}")
    prior = _checks.skill_prior(prior, q.shape[-2])
    with np.errstate(divide="ignore"):
        return np.log(q) - np.log(prior)[..., None]


def policy_gradient(logits, transitions, reward, *, start, horizon, entropy_weight=0.0):
    r"""Return the exact gradient of a policy's mean reward, with the entropy of its actions.

    .. math:: \nabla_\theta \frac1T \sum_{t=1}^{T} \operatorname{E}\bigl[r(s_t)
              + \alpha H(\pi_\theta(\cdot \mid s_{t-1}))\bigr]

    By dynamic programming: forwards for the states, backwards for the values.

    Parameters
    ----------
    logits : array_like, shape (..., t, states, actions)
        Parameters of softmax policies; t is 1 or the horizon.
    transitions : array_like, shape (states, actions, states)
        P(s' | s, a).
    reward : array_like, shape (..., states)
        What each state pays on arrival, in nats; the axes in front are those of `logits`.
    start : int
        The state at time 0.
    horizon : int
        The number of steps T.
    entropy_weight : float, default 0.0
        The weight alpha.

    Returns
    -------
    ndarray, shape (..., t, states, actions)
        The gradient, in nats for one unit of a logit.

    Raises
    ------
    ValueError
        If `transitions` is no table of distributions, a number is not finite or the shapes don't match.

    References
    ----------
    Williams :cite:p:`williams1992`. Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> swap = np.array([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]])
    >>> policy_gradient(np.zeros((1, 2, 2)), swap, [0.0, 1.0], start=0, horizon=1)[0, 0]
    array([-0.25,  0.25])
    """
    transitions, start = _checks.dynamics(transitions, start)
    logits, reward = _checks.finite(logits, "logits"), _checks.finite(reward, "reward")
    horizon = _checks.steps_of_policy(logits, "logits", transitions, horizon)
    weight = _checks.not_negative_number(entropy_weight, "entropy_weight")
    if reward.shape != (*logits.shape[:-3], logits.shape[-2]):
        raise ValueError(f"`reward` must have shape {(*logits.shape[:-3], logits.shape[-2])}; it is {reward.shape}")
    matrix, policy = _matrix(transitions), softmax(logits)
    return _backward(policy, logits, matrix, _forward(policy, matrix, start, horizon), reward, weight)


def _backward(policy, logits, matrix, marginals, reward, weight):
    horizon, gradient, value = marginals.shape[-2] - 1, np.zeros(policy.shape), 0.0
    log_policy = logits - logits.max(axis=-1, keepdims=True)
    log_policy = log_policy - np.log(np.exp(log_policy).sum(axis=-1, keepdims=True))
    for t in reversed(range(horizon)):
        now = t % policy.shape[-3]
        pi = policy[..., now, :, :]
        onward = ((reward + value).reshape(-1, matrix.shape[1]) @ matrix.T).reshape(pi.shape)
        action_value = onward - weight * log_policy[..., now, :, :]
        value = (pi * action_value).sum(axis=-1)
        gradient[..., now, :, :] += marginals[..., t, :, None] * pi * (action_value - value[..., None])
    return gradient / horizon


def information_gradient(logits, transitions, prior, *, start, horizon, entropy_weight=0.0):
    r"""Return the exact gradient of I(S; Z) with respect to the logits of all skills.

    .. math:: \nabla_\theta I(S; Z) = \sum_z p(z)\, \nabla_\theta \operatorname{E}_{d_z}[r_z(S)],
              \qquad r_z(s) = \ln p(z \mid s) - \ln p(z) \ \text{held fixed}

    That of DIAYN's reward with the best discriminator, as if the discriminator
    did not move. With an `entropy_weight` the gradient of alpha H(A | S, Z) is added.

    Parameters
    ----------
    logits : array_like, shape (..., skills, t, states, actions)
        Parameters of the skills' softmax policies; t is 1 or the horizon.
    transitions : array_like, shape (states, actions, states)
        P(s' | s, a).
    prior : array_like, shape (..., skills)
        How often each skill is drawn.
    start : int
        The state at time 0.
    horizon : int
        The number of steps T.
    entropy_weight : float, default 0.0
        The weight alpha of the actions' entropy.

    Returns
    -------
    ndarray, shape (..., skills, t, states, actions)
        The gradient, in nats for one unit of a logit.

    Raises
    ------
    ValueError
        As for `policy_gradient`, or if `prior` doesn't match or has a zero.

    References
    ----------
    Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    Two skills that are alike: nothing pulls them apart.

    >>> swap = np.array([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]])
    >>> bool((information_gradient(np.zeros((2, 1, 2, 2)), swap, [0.5, 0.5], start=0, horizon=3) == 0).all())
    True
    """
    transitions, start = _checks.dynamics(transitions, start)
    logits = _checks.finite(logits, "logits")
    horizon = _checks.steps_of_policy(logits, "logits", transitions, horizon)
    weight = _checks.not_negative_number(entropy_weight, "entropy_weight")
    if logits.ndim < 4:
        raise ValueError(f"`logits` must have shape (..., skills, t, states, actions); it is {logits.shape}")
    prior = _checks.skill_prior(prior, logits.shape[-4])
    return _information_gradient(logits, _matrix(transitions), prior, start, horizon, weight)[0]


def _information_gradient(logits, matrix, prior, start, horizon, weight):
    """Return the gradient, and the visits on the way."""
    policy = softmax(logits)
    marginals = _forward(policy, matrix, start, horizon)
    visits = marginals[..., 1:, :].mean(axis=-2)
    mixture = (prior[..., None] * visits).sum(axis=-2, keepdims=True)
    # Where a skill never goes (or less often than floats can say) its reward has weight 0: any number will do.
    there = visits > 0
    reward = np.where(there, np.log(np.where(there, visits, 1)) - np.log(np.where(there, mixture, 1)), 0)
    return prior[..., None, None, None] * _backward(policy, logits, matrix, marginals, reward, weight), visits


def objective_by_information(joint, *, base=2):
    r"""Return DIAYN's objective as it is motivated, from a joint distribution of skill, state and action.

    .. math:: F = I(S; Z) + H(A \mid S) - I(A; Z \mid S)

    States shall tell the skills, all skills together shall act at random, and actions shall not tell more than states.

    Parameters
    ----------
    joint : array_like, shape (skills, states, actions)
        Probabilities p(z, s, a), summing to 1.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    float
        The objective in units of `base`.

    Raises
    ------
    ValueError
        If `joint` is no distribution over three axes.

    References
    ----------
    Eysenbach, Gupta, Ibarz and Levine :cite:p:`eysenbach2019`, equation 1. Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> float(objective_by_information(np.full((2, 3, 4), 1 / 24)).round(12))
    2.0
    """
    joint = _joint(joint)
    known = joint.sum(axis=(0, 2))
    within = [mutual_information(joint[:, s] / known[s], base=base) for s in np.flatnonzero(known)]
    act = conditional_entropy(joint.sum(axis=0), given="x", base=base)
    return mutual_information(joint.sum(axis=2), base=base) + act - known[known > 0] @ within


def objective_by_entropies(joint, *, base=2):
    r"""Return DIAYN's objective as it is optimised, from a joint distribution of skill, state and action.

    .. math:: F = H(Z) - H(Z \mid S) + H(A \mid S, Z)

    The same number as `objective_by_information`, by another route.

    Parameters
    ----------
    joint : array_like, shape (skills, states, actions)
        Probabilities p(z, s, a), summing to 1.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    float
        The objective in units of `base`.

    Raises
    ------
    ValueError
        If `joint` is no distribution over three axes.

    References
    ----------
    Eysenbach, Gupta, Ibarz and Levine :cite:p:`eysenbach2019`, equation 2. Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> float(objective_by_entropies(np.full((2, 3, 4), 1 / 24)).round(12))
    2.0
    """
    joint = _joint(joint)
    act = conditional_entropy(joint.reshape(-1, joint.shape[2]), given="x", base=base)
    skills = joint.sum(axis=2)
    return entropy(skills.sum(axis=1), base=base) - conditional_entropy(skills, given="y", base=base) + act


def _joint(joint):
    joint = _checks.finite(joint, "joint")
    if joint.ndim != 3:
        raise ValueError(f"`joint` must have shape (skills, states, actions); it is {joint.shape}")
    return _checks.distribution(joint.ravel(), "joint").reshape(joint.shape)
