"""Empowerment: how much an agent's choices can tell about the state that they lead to.

A world is an array ``transitions[s, a, t]``, the probability of state t after
action a in state s. From a start state, n steps make it a channel from plans to
final states; empowerment is the capacity of that channel.
"""

import numpy as np

from lib import _checks
from lib.channels import capacity

__all__ = ["empowerment", "policy_laws", "reachable_states", "sequence_laws"]

#: Decimals to which two laws of the final state must agree to count as one input.
SAME = 12

#: Most laws that one state may have.
MOST_LAWS = 200_000


def reachable_states(transitions, n):
    """Return which states can be reached in exactly n steps.

    Only whether a probability is positive counts, not how large it is.

    Parameters
    ----------
    transitions : array_like, shape (s, a, s)
        Law of the next state for each state and action.
    n : int
        Number of steps, at least 1.

    Returns
    -------
    ndarray of bool, shape (s, s)
        Whether the second state can be reached from the first (no unit). In a
        deterministic world the logarithm of the number of True in a row is the
        n-step empowerment.

    Raises
    ------
    ValueError
        If `transitions` holds no laws of shape (s, a, s), or `n` is below 1.

    References
    ----------
    Taught in chapter :ref:`ch-information-bounds`.

    Examples
    --------
    Three places in a row, with the actions left and right:

    >>> left, right = [[1, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 0], [0, 0, 1], [0, 0, 1]]
    >>> reachable_states(np.stack([left, right], axis=1), 2).sum(axis=1)
    array([3, 3, 3])
    """
    possible = (_checks.transitions(transitions) > 0).any(axis=1)
    reached = np.eye(len(possible), dtype=bool)
    for _ in range(_checks.whole(n, "n")):
        reached = reached @ possible
    return reached


def sequence_laws(transitions, start, n):
    """Return the laws of the final state that fixed sequences of actions lead to.

    Open loop: the whole sequence is chosen at the start, whatever happens on the way.

    Parameters
    ----------
    transitions : array_like, shape (s, a, s)
        Law of the next state for each state and action.
    start : int
        State in which the agent starts.
    n : int
        Number of steps, at least 1.

    Returns
    -------
    ndarray, shape (laws, s)
        Each distinct law once (probabilities, no unit): at most a ** n of them.
        Laws that agree to 12 decimals are one.

    Raises
    ------
    ValueError
        If `transitions` holds no laws of shape (s, a, s), `start` is no state,
        `n` is below 1, or there are more than 200,000 laws.

    References
    ----------
    Klyubin, Polani and Nehaniv :cite:p:`klyubin2005`. Taught in chapter :ref:`ch-information-bounds`.

    Examples
    --------
    A switch that one may press or not, and that fails half the time:

    >>> world = [[[1, 0], [0.5, 0.5]], [[0, 1], [0, 1]]]
    >>> sequence_laws(world, 0, 2)
    array([[0.25, 0.75],
           [0.5 , 0.5 ],
           [1.  , 0.  ]])
    """
    transitions = _checks.transitions(transitions)
    laws = np.eye(len(transitions))[[_start(start, transitions)]]
    for _ in range(_checks.whole(n, "n")):
        _not_too_many(len(laws) * transitions.shape[1])
        laws = _distinct(np.einsum("ls,sat->lat", laws, transitions).reshape(-1, len(transitions)))
    return laws


def policy_laws(transitions, start, n):
    """Return the laws of the final state that deterministic policies lead to.

    Closed loop: each action may depend on all that was seen before it.

    Parameters
    ----------
    transitions : array_like, shape (s, a, s)
        Law of the next state for each state and action.
    start : int
        State in which the agent starts.
    n : int
        Number of steps, at least 1.

    Returns
    -------
    ndarray, shape (laws, s)
        Each distinct law once (probabilities, no unit), those of fixed sequences
        among them. A policy that draws its actions is a mixture of these.

    Raises
    ------
    ValueError
        As for `sequence_laws`.

    References
    ----------
    Taught in chapter :ref:`ch-information-bounds`.

    Examples
    --------
    The switch of `sequence_laws` offers no more to one who looks. This one does:
    pressing it toggles, half the time.

    >>> world = [[[1, 0], [0.5, 0.5]], [[0, 1], [0.5, 0.5]]]
    >>> len(sequence_laws(world, 0, 2)), len(policy_laws(world, 0, 2))
    (2, 4)
    """
    transitions = _checks.transitions(transitions)
    start, n = _start(start, transitions), _checks.whole(n, "n")
    laws = list(np.eye(len(transitions))[:, None])  # of the states, with no step left
    for left in range(1, n + 1):
        states = reachable_states(transitions, n - left)[start].nonzero()[0] if left < n else [start]
        laws = {s: _one_step_more(transitions[s], laws) for s in states}
    return laws[start]


def empowerment(transitions, n, *, feedback=False, tolerance=1e-6, base=2):
    r"""Return the n-step empowerment of each state of a world.

    .. math:: \mathfrak{E}_n(s) = \max_{p(u)} I(U; S_n \mid S_0 = s)

    The capacity of the channel from plans u to the state after n steps.

    Parameters
    ----------
    transitions : array_like, shape (s, a, s)
        Law of the next state for each state and action.
    n : int
        Number of steps, at least 1.
    feedback : bool, default False
        Whether plans are policies that see the states, or else, as usual in the
        literature, fixed sequences of actions.
    tolerance : float, default 1e-6
        Largest distance of the two bounds, in units of `base`.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    lower, upper : ndarray, shape (s,)
        Bounds on the empowerment of each state, in units of `base`.

    Raises
    ------
    ValueError
        As for `sequence_laws` and `lib.channels.capacity`.

    References
    ----------
    Klyubin, Polani and Nehaniv :cite:p:`klyubin2005`. Taught in chapter :ref:`ch-information-bounds`.

    Examples
    --------
    Three places in a row, with the actions left and right:

    >>> left, right = [[1, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 0], [0, 0, 1], [0, 0, 1]]
    >>> empowerment(np.stack([left, right], axis=1), 1)[0].round(6)
    array([1., 1., 1.])
    """
    transitions, laws = _checks.transitions(transitions), policy_laws if feedback else sequence_laws
    channels = [laws(transitions, start, n) for start in range(len(transitions))]
    found = [capacity(channel, tolerance=tolerance, base=base) for channel in channels]
    return np.array([c.lower for c in found]), np.array([c.upper for c in found])


def _start(start, transitions):
    return _checks.whole(start, "start", least=0, most=len(transitions) - 1)


def _one_step_more(actions, laws):
    """Return the laws from a state, given its actions and the laws from each state with a step less."""
    found = []
    for law in actions:
        mixed = np.zeros((1, len(law)))
        for state in law.nonzero()[0]:  # for each state that may follow, any of its laws
            _not_too_many(len(mixed) * len(laws[state]))
            mixed = (mixed[:, None] + law[state] * laws[state]).reshape(-1, len(law))
        found.append(mixed)
    return _distinct(np.concatenate(found))


def _distinct(laws):
    _, first = np.unique(laws.round(SAME), axis=0, return_index=True)
    return laws[first]


def _not_too_many(count):
    if count > MOST_LAWS:
        raise ValueError(f"`n` must leave at most {MOST_LAWS:,} laws of the final state; there would be {count:,}")
