"""What a skill's next step tells, exactly: the forward form of information, and what is raised in its place.

A state s is one that a step starts from, s_0 to s_{T-1}, each time equally
often; s' is where the step leads. All of it are finite sums over a table p(z, s, s').
"""

import itertools
import math

import numpy as np

from lib import _checks
from lib.divergence import kl_divergence
from lib.joint import conditional_entropy
from lib.tabular_skills import state_marginals

__all__ = [
    "capped_objective",
    "dynamics_bound",
    "forward_information",
    "prior_excess",
    "prior_objective",
    "reverse_information",
    "sampled_objective",
    "skill_dynamics",
    "transition_joint",
]


def skill_dynamics(policy, transitions):
    r"""Return where a step of each skill leads.

    .. math:: p(s' \mid s, z) = \sum_a \pi(a \mid s, z)\, P(s' \mid s, a)

    It is defined in every state, also where the skill never goes.

    Parameters
    ----------
    policy : array_like, shape (skills, 1, states, actions)
        Probabilities of the actions, the same at all times.
    transitions : array_like, shape (states, actions, states)
        P(s' | s, a).

    Returns
    -------
    ndarray, shape (skills, states, states)
        Distributions along the last axis, no unit.

    Raises
    ------
    ValueError
        If a table is no table of distributions or the shapes don't match.

    References
    ----------
    Sharma et al. :cite:p:`sharma2020`. Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> swap = np.array([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]])  # wait, or change places
    >>> skill_dynamics([[[[0.25, 0.75], [1.0, 0.0]]]], swap)[0]
    array([[0.25, 0.75],
           [0.  , 1.  ]])
    """
    transitions, _ = _checks.dynamics(transitions, 0)
    policy = _checks.stationary_policies(policy, transitions)
    return np.einsum("zsa,sat->zst", policy[:, 0], transitions)


def transition_joint(policy, transitions, prior, *, start, horizon):
    r"""Return how often each skill makes each step.

    .. math:: p(z, s, s') = p(z)\, \frac1T \sum_{t=0}^{T-1} d_{z,t}(s)\, p(s' \mid s, z)

    Parameters
    ----------
    policy : array_like, shape (skills, 1, states, actions)
        Probabilities of the actions, the same at all times.
    transitions : array_like, shape (states, actions, states)
        P(s' | s, a).
    prior : array_like, shape (skills,)
        How often each skill is drawn.
    start : int
        The state at time 0.
    horizon : int
        The number of steps T.

    Returns
    -------
    ndarray, shape (skills, states, states)
        One distribution over skill, state and next state, no unit.

    Raises
    ------
    ValueError
        If a table is no table of distributions or the shapes don't match.

    References
    ----------
    Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> swap = np.array([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]])
    >>> transition_joint([[[[0.0, 1.0], [0.0, 1.0]]]], swap, [1.0], start=0, horizon=2)[0]
    array([[0. , 0.5],
           [0.5, 0. ]])
    """
    dynamics = skill_dynamics(policy, transitions)
    prior = _checks.skill_prior(prior, len(dynamics))
    visits = state_marginals(policy, transitions, start=start, horizon=horizon)[:, :-1].mean(axis=1)
    return (prior[:, None] * visits)[..., None] * dynamics


def forward_information(joint, *, base=2):
    r"""Return what the skill tells about the next step, from the side of the states.

    .. math:: I(S'; Z \mid S) = H(S' \mid S) - H(S' \mid S, Z)

    Parameters
    ----------
    joint : array_like, shape (skills, states, states)
        Probabilities p(z, s, s').
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    float
        The information in units of `base`.

    Raises
    ------
    ValueError
        If `joint` is no distribution of this shape.

    References
    ----------
    Sharma et al. :cite:p:`sharma2020`, section 3. Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> joint = np.array([[[0.5, 0.0], [0.0, 0.0]], [[0.0, 0.5], [0.0, 0.0]]])  # one stays, one goes
    >>> float(forward_information(joint))
    1.0
    """
    joint = _checks.skill_transitions(joint)
    rows = joint.reshape(-1, joint.shape[2])
    return conditional_entropy(joint.sum(axis=0), given="x", base=base) - conditional_entropy(rows, given="x", base=base)


def reverse_information(joint, *, base=2):
    r"""Return what the next step tells about the skill, from the side of the skills.

    .. math:: I(S'; Z \mid S) = H(Z \mid S) - H(Z \mid S, S')

    The same number as `forward_information`, by another route.

    Parameters
    ----------
    joint : array_like, shape (skills, states, states)
        Probabilities p(z, s, s').
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    float
        The information in units of `base`.

    Raises
    ------
    ValueError
        If `joint` is no distribution of this shape.

    References
    ----------
    Sharma et al. :cite:p:`sharma2020`, section 3. Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> joint = np.array([[[0.5, 0.0], [0.0, 0.0]], [[0.0, 0.5], [0.0, 0.0]]])
    >>> float(reverse_information(joint))
    1.0
    """
    joint = _checks.skill_transitions(joint)
    columns = joint.reshape(len(joint), -1)
    return conditional_entropy(joint.sum(axis=2), given="y", base=base) - conditional_entropy(columns, given="y", base=base)


def _mean_log_ratio(joint, above, below):
    """Return the mean of log(above / below) in nats: -inf if `above` is 0 where something happens, inf if only `below` is."""
    happens = joint > 0
    p, a, b = joint[happens], above[happens], below[happens]
    if (a == 0).any():
        return -math.inf
    return math.inf if (b == 0).any() else float(p @ (np.log(a) - np.log(b)))


def dynamics_bound(joint, q, *, base=2):
    r"""Return what a model of the next state proves, and what it misses, if the law of the next state is known.

    .. math:: I(S'; Z \mid S) = \operatorname{E}\Bigl[\log \frac{q(S' \mid S, Z)}{p(S' \mid S)}\Bigr]
              + \operatorname{E}\, D\bigl(p(\cdot \mid S, Z) \,\|\, q(\cdot \mid S, Z)\bigr)

    The bound of Barber and Agakov from its other side.

    Parameters
    ----------
    joint : array_like, shape (skills, states, states)
        Probabilities p(z, s, s').
    q : array_like, shape (skills, states, states)
        The model q(s' | s, z).
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    bound, gap : float
        Both in units of `base`; -inf and inf if q calls impossible what happens.

    Raises
    ------
    ValueError
        If an argument holds no distributions or the shapes don't match.

    References
    ----------
    Barber and Agakov :cite:p:`barber2003`; Sharma et al. :cite:p:`sharma2020`, section 3. Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> joint = np.array([[[0.5, 0.0], [0.0, 0.0]], [[0.0, 0.5], [0.0, 0.0]]])
    >>> bound, gap = dynamics_bound(joint, np.full((2, 2, 2), 0.5))
    >>> float(bound), float(gap)
    (0.0, 1.0)
    """
    unit = _checks.unit(base)
    joint = _checks.skill_transitions(joint)
    q = _checks.skill_dynamics(q, joint)
    there = joint.sum(axis=2)
    known, happens = joint.sum(axis=0), there.sum(axis=0) > 0
    marginal = np.where(happens[:, None], known / np.where(happens, known.sum(axis=1), 1)[:, None], 1)
    rows = there > 0
    gap = there[rows] @ kl_divergence(joint[rows] / there[rows][:, None], q[rows], base=base)
    return _mean_log_ratio(joint, q, np.broadcast_to(marginal, joint.shape)) / unit, gap


def prior_objective(joint, q, prior, *, base=2):
    r"""Return what DADS raises: the bound with the model's own mixture under the prior as the law of the next state.

    .. math:: J = \operatorname{E}\Bigl[\log \frac{q(S' \mid S, Z)}{\sum_{z} p(z)\, q(S' \mid S, z)}\Bigr]

    With the right model it lies between I(S'; Z | S) and I(S, S'; Z).

    Parameters
    ----------
    joint : array_like, shape (skills, states, states)
        Probabilities p(z, s, s').
    q : array_like, shape (skills, states, states)
        The model q(s' | s, z), also where skill z never is.
    prior : array_like, shape (skills,)
        How often each skill is drawn.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    float
        The objective in units of `base`; never above the mean of -log p(z); -inf if q calls impossible what happens.

    Raises
    ------
    ValueError
        If an argument holds no distributions or the shapes don't match.

    References
    ----------
    Sharma et al. :cite:p:`sharma2020`, section 3. Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> joint = np.array([[[0.5, 0.0], [0.0, 0.0]], [[0.0, 0.5], [0.0, 0.0]]])
    >>> float(prior_objective(joint, [[[1, 0], [0, 1]], [[0, 1], [0, 1]]], [0.5, 0.5]))
    1.0
    """
    unit = _checks.unit(base)
    joint = _checks.skill_transitions(joint)
    q, prior = _checks.skill_dynamics(q, joint), _checks.skill_prior(prior, len(joint))
    mixture = np.broadcast_to(np.tensordot(prior, q, 1), joint.shape)
    return _mean_log_ratio(joint, q, mixture) / unit


def prior_excess(joint, q, prior, *, base=2):
    r"""Return what the prior in place of p(z | s) adds.

    .. math:: \operatorname{E}_S\, D\Bigl( p(\cdot \mid S) \,\Big\|\, \sum_z p(z)\, q(\cdot \mid S, z) \Bigr)

    0 only if every state is visited by all skills alike, or all skills do the same there.

    Parameters
    ----------
    joint : array_like, shape (skills, states, states)
        Probabilities p(z, s, s').
    q : array_like, shape (skills, states, states)
        The model q(s' | s, z), also where skill z never is.
    prior : array_like, shape (skills,)
        How often each skill is drawn.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    float
        In units of `base`, never negative.

    Raises
    ------
    ValueError
        If an argument holds no distributions or the shapes don't match.

    References
    ----------
    Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> joint = np.array([[[0.5, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.5]]])  # each skill has a state of its own
    >>> float(prior_excess(joint, [[[1, 0], [1, 0]], [[0, 1], [0, 1]]], [0.5, 0.5]))
    1.0
    """
    joint = _checks.skill_transitions(joint)
    q, prior = _checks.skill_dynamics(q, joint), _checks.skill_prior(prior, len(joint))
    known = joint.sum(axis=0)
    here = known.sum(axis=1)
    rows = here > 0
    return here[rows] @ kl_divergence(known[rows] / here[rows][:, None], np.tensordot(prior, q, 1)[rows], base=base)


def _samples(prior, samples):
    """Yield the shares of the skills in every sample of that size, with its probability."""
    skills = len(prior)
    terms = math.comb(samples + skills - 1, skills - 1)
    if terms > _checks.MOST_TERMS:
        most = _checks.MOST_TERMS
        raise ValueError(f"`samples` must leave at most {most} different samples to sum over; {samples} of {skills} skills leave {terms}")
    for bars in itertools.combinations(range(samples + skills - 1), skills - 1):
        counts = np.diff([-1, *bars, samples + skills - 1]) - 1
        ways = math.lgamma(samples + 1) - sum(math.lgamma(n + 1) for n in counts)
        yield counts, math.exp(ways + counts @ np.log(prior))


def sampled_objective(joint, q, prior, *, samples, base=2):
    r"""Return the mean over all samples of the paper's objective with L skills drawn from the prior.

    .. math:: \operatorname{E}\Bigl[\log q(S' \mid S, Z) - \log \frac1L \sum_{i=1}^{L} q(S' \mid S, Z_i)\Bigr],
              \qquad Z_i \sim p(z)

    Above `prior_objective`, since the logarithm of a mean is on average below
    that of the whole. `inf` as soon as a sample may hold no skill that could have made the step.

    Parameters
    ----------
    joint : array_like, shape (skills, states, states)
        Probabilities p(z, s, s').
    q : array_like, shape (skills, states, states)
        The model q(s' | s, z).
    prior : array_like, shape (skills,)
        How often each skill is drawn.
    samples : int
        How many skills L are drawn for comparison.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    float
        The exact mean in units of `base`: a sum over all samples of that size.

    Raises
    ------
    ValueError
        If an argument holds no distributions, the shapes don't match, or there are too many different samples.

    References
    ----------
    Sharma et al. :cite:p:`sharma2020`, section 3. Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> joint = np.array([[[0.5, 0.0], [0.0, 0.0]], [[0.0, 0.5], [0.0, 0.0]]])
    >>> float(sampled_objective(joint, [[[1, 0], [0, 1]], [[0, 1], [0, 1]]], [0.5, 0.5], samples=3))
    inf
    """
    unit = _checks.unit(base)
    joint = _checks.skill_transitions(joint)
    q, prior = _checks.skill_dynamics(q, joint), _checks.skill_prior(prior, len(joint))
    samples = _checks.whole(samples, "samples")
    parts = ((chance, np.tensordot(counts / samples, q, 1)) for counts, chance in _samples(prior, samples))
    return sum(chance * _mean_log_ratio(joint, q, np.broadcast_to(mean, joint.shape)) for chance, mean in parts) / unit


def capped_objective(joint, q, prior, *, samples, base=2):
    r"""Return the mean over all samples of the released code's objective, in which the skill itself joins the L others.

    .. math:: \operatorname{E}\Bigl[\log \frac{q(S' \mid S, Z)}
              {\frac{1}{L+1} \bigl(q(S' \mid S, Z) + \sum_{i=1}^{L} q(S' \mid S, Z_i)\bigr)}\Bigr] \le \log(L + 1)

    A lower bound of I(S, S'; Z) for every q, and at most `log(samples + 1)`.

    Parameters
    ----------
    joint : array_like, shape (skills, states, states)
        Probabilities p(z, s, s').
    q : array_like, shape (skills, states, states)
        The model q(s' | s, z).
    prior : array_like, shape (skills,)
        How often each skill is drawn.
    samples : int
        How many other skills L are drawn.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    float
        The exact mean in units of `base`; -inf if q calls impossible what happens.

    Raises
    ------
    ValueError
        If an argument holds no distributions, the shapes don't match, or there are too many different samples.

    References
    ----------
    The code released with Sharma et al. :cite:p:`sharma2020`; van den Oord et al. :cite:p:`oord2018` for the bound.
    Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> joint = np.array([[[0.5, 0.0], [0.0, 0.0]], [[0.0, 0.5], [0.0, 0.0]]])
    >>> float(capped_objective(joint, [[[1, 0], [0, 1]], [[0, 1], [0, 1]]], [0.5, 0.5], samples=1))
    0.5
    """
    unit = _checks.unit(base)
    joint = _checks.skill_transitions(joint)
    q, prior = _checks.skill_dynamics(q, joint), _checks.skill_prior(prior, len(joint))
    samples = _checks.whole(samples, "samples")
    parts = ((chance, (q + np.tensordot(counts, q, 1)) / (samples + 1)) for counts, chance in _samples(prior, samples))
    return sum(chance * _mean_log_ratio(joint, q, mean) for chance, mean in parts) / unit
