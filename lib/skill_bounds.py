"""How much the states can tell about the skill at most, whatever the skills are."""

import numpy as np

from lib import _checks
from lib.tabular_skills import _forward, _matrix

__all__ = ["pigeonhole_information", "reachable_states", "skill_bound", "step_bound"]


def reachable_states(transitions, *, start, horizon):
    """Return which states can be reached in exactly 1, 2, ..., T steps.

    With an action that stays, these are the states at most t steps away.

    Parameters
    ----------
    transitions : array_like, shape (states, actions, states)
        P(s' | s, a).
    start : int
        The state at time 0.
    horizon : int
        The number of steps T.

    Returns
    -------
    ndarray of bool, shape (T, states)
        Whether some actions lead there with positive probability, no unit.

    Raises
    ------
    ValueError
        If `transitions` is no table of distributions, or `start` or `horizon` is out of range.

    References
    ----------
    Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> swap = np.array([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]])
    >>> reachable_states(swap, start=0, horizon=1)
    array([[ True,  True]])
    """
    transitions, start = _checks.dynamics(transitions, start)
    horizon = _checks.whole(horizon, "horizon")
    step, now, reached = (transitions > 0).any(axis=1), np.arange(len(transitions)) == start, []
    for _ in range(horizon):
        now = now @ step
        reached.append(now)
    return np.array(reached)


def pigeonhole_information(skills, places, *, base=2):
    r"""Return the most that one of N places can tell about one of K equally likely skills.

    .. math:: \log K - \frac1K \sum_{i=1}^{N} k_i \log k_i

    with the K skills spread over the places as evenly as whole numbers allow:
    the sizes :math:`k_i` differ by at most 1. It is log K if there are places enough.

    Parameters
    ----------
    skills : int
        The number K of skills, all equally likely.
    places : int
        The number N of states in which they can be.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    float
        The largest mutual information in units of `base`.

    Raises
    ------
    ValueError
        If a number is no integer of at least 1.

    References
    ----------
    Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> pigeonhole_information(8, 8), round(pigeonhole_information(8, 5), 12)
    (3.0, 2.25)
    """
    unit = _checks.unit(base)
    skills, places = _checks.whole(skills, "skills"), _checks.whole(places, "places")
    each, more = divmod(skills, places)
    sizes = np.repeat([each, each + 1], [places - more, more])
    sizes = sizes[sizes > 0]
    return float((np.log(skills) - sizes @ np.log(sizes) / skills) / unit)


def step_bound(transitions, r, *, start, step, base=2):
    r"""Return a bound on what the state after so many steps tells about the skill, from any guess r.

    .. math:: I(S_t; Z) \le \max_\pi \operatorname{E}_\pi\,
              D\bigl(P(\cdot \mid S_{t-1}, A_{t-1}) \,\|\, r\bigr)

    True for every distribution r over the states and every set of skills, however many.
    The maximum is found by dynamic programming.

    Parameters
    ----------
    transitions : array_like, shape (states, actions, states)
        P(s' | s, a).
    r : array_like, shape (states,)
        The guess at the distribution of S_t over all skills.
    start : int
        The state at time 0.
    step : int
        The number of steps t.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    float
        The bound in units of `base`; `inf` if r excludes a state that can be reached.

    Raises
    ------
    ValueError
        If an argument holds no distributions, the shapes don't match, or `start` or `step` is out of range.

    References
    ----------
    Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> swap = np.array([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]])
    >>> step_bound(swap, [0.5, 0.5], start=0, step=1)
    1.0
    """
    unit = _checks.unit(base)
    transitions, start = _checks.dynamics(transitions, start)
    r = _checks.distribution(r, "r")
    if r.shape != transitions.shape[:1]:
        raise ValueError(f"`r` must have one probability for each of the {len(transitions)} states; its shape is {r.shape}")
    step = _checks.whole(step, "step")
    matrix = _matrix(transitions)
    return _most_surprising(matrix, _mean_log(matrix), r, start, step)[0] / unit


def _mean_log(matrix):
    """Return minus the entropy of each row of the table, in nats."""
    logs = matrix.copy()
    logs.data = np.where(matrix.data > 0, matrix.data * np.log(np.where(matrix.data > 0, matrix.data, 1)), 0)
    return logs.sum(axis=1)


def _most_surprising(matrix, mean_log, r, start, step):
    """Return the largest mean divergence in nats, and where its policy is after the last step."""
    with np.errstate(divide="ignore"):
        surprise = -np.log(r)
    if np.isinf(surprise).any():
        ways = matrix.copy()
        ways.data = (matrix.data > 0) * 1.0
        leads = (ways @ np.isinf(surprise)) > 0
        cost = np.where(leads, np.inf, mean_log + matrix @ np.where(np.isinf(surprise), 0, surprise))
    else:
        cost = mean_log + matrix @ surprise
    states, choices = len(r), []
    value = cost.reshape(states, -1)
    for t in range(step):
        if t:
            with np.errstate(invalid="ignore"):
                ends = matrix @ np.where(np.isinf(value), 0, value)
                blocked = (matrix @ np.isinf(value)) > 0
            value = np.where(blocked, np.inf, ends).reshape(states, -1)
        choices.append(value.argmax(axis=1))
        value = value.max(axis=1)
    policy = np.eye(matrix.shape[0] // states)[np.array(choices[::-1])]
    return float(value[start]), _forward(policy, matrix, start, step)[-1]


def skill_bound(transitions, *, start, horizon, skills, rounds=200, base=2):
    r"""Return a proved upper bound, step by step, on what K equally likely skills can reach.

    .. math:: I(S; Z) \le \frac1T \sum_{t=1}^{T} I(S_t; Z), \qquad
              I(S_t; Z) \le \min\{\text{pigeonhole}(K, N_t),\ \min_r \text{step bound}(r)\}

    N_t is the number of states that can be reached in t steps. The best r is
    sought by the method of Frank and Wolfe; each r on the way gives a valid bound,
    so the result is one however well the search went. Where nothing is random
    the first term alone decides, and nothing is sought.

    Parameters
    ----------
    transitions : array_like, shape (states, actions, states)
        P(s' | s, a).
    start : int
        The state at time 0.
    horizon : int
        The number of steps T.
    skills : int
        The number K of skills.
    rounds : int, default 200
        How many r are tried for each step.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray, shape (T,)
        A bound of I(S_t; Z) for each t, in units of `base`. Their mean is the bound of I(S; Z).

    Raises
    ------
    ValueError
        If `transitions` is no table of distributions, or another number is out of range.

    References
    ----------
    Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> swap = np.array([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]])
    >>> skill_bound(swap, start=0, horizon=3, skills=2)
    array([1., 1., 1.])
    """
    unit = _checks.unit(base)
    transitions, start = _checks.dynamics(transitions, start)
    rounds = _checks.whole(rounds, "rounds")
    reached = reachable_states(transitions, start=start, horizon=horizon)
    bounds = np.array([pigeonhole_information(skills, int(now.sum()), base=np.e) for now in reached])
    if (transitions.max(axis=-1) < 1).any():
        matrix = _matrix(transitions)
        mean_log = _mean_log(matrix)
        for t, now in enumerate(reached):
            bounds[t] = min(bounds[t], _best_guess(matrix, mean_log, now, start, t + 1, rounds))
    return bounds / unit


def _best_guess(matrix, mean_log, reached, start, step, rounds):
    r, best = reached / reached.sum(), np.inf
    for k in range(rounds):
        value, ends = _most_surprising(matrix, mean_log, r, start, step)
        best = min(best, value)
        r = r + 2 / (k + 3) * (ends - r)
        # A state that can be reached keeps some probability: with 0 there the bound would be infinite.
    return best
