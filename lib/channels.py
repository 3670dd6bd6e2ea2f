"""What a noisy channel can carry: decoders as bounds, capacity by alternating maximisation, and its certificate.

A channel is a table with one distribution of the output for each input. It may
be a telephone line, or a world that turns what is chosen into a state.
"""

import math
from dataclasses import dataclass

import numpy as np

from lib import _checks, _kernels
from lib._blocks import reduce

__all__ = ["Capacity", "blahut_arimoto_step", "capacity", "decoder_bound", "input_divergences"]

#: Below it, in nats, rounding decides whether two bounds have met.
LEAST_TOLERANCE = 1e-12


@dataclass(frozen=True)
class Capacity:
    """A capacity between two bounds, and the inputs that reach the lower one.

    Parameters
    ----------
    lower : float
        Mutual information of input and output under `prior`: what is reached.
    upper : float
        Largest divergence of a row of the channel from the law of the output:
        what no distribution of the inputs exceeds. Both are in one unit, and
        ordered up to rounding.
    prior : ndarray, shape (n,)
        Probabilities of the inputs.
    steps : int
        How many steps led to them, from equally likely inputs.

    Examples
    --------
    >>> Capacity(lower=0.5, upper=0.75, prior=np.array([0.5, 0.5]), steps=3).gap
    0.25
    """

    lower: float
    upper: float
    prior: np.ndarray
    steps: int

    @property
    def gap(self):
        """Certificate: the capacity is known to this."""
        return self.upper - self.lower


def decoder_bound(joint, decoder, *, base=2):
    r"""Return the Barber-Agakov bound of a decoder on a known joint distribution, and its gap.

    .. math:: I(X; Y) = \sum_{x, y} p(x, y) \log \frac{q(x \mid y)}{p(x)}
              + \sum_y p(y)\, D\bigl(p(\cdot \mid y) \,\|\, q(\cdot \mid y)\bigr)

    What a decoder q that guesses x from y saves, and what the best one would
    save beyond that. From samples: `lib.variational_bounds.barber_agakov`.

    Parameters
    ----------
    joint : array_like, shape (n, m)
        Probabilities p(x, y): X along the rows, Y along the columns.
    decoder : array_like, shape (m, n)
        For each y a distribution over x: rows that sum to 1.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    bound : float
        Lower bound on the mutual information in units of `base`; negative for a
        decoder worse than none, -inf if it excludes a pair that happens.
    gap : float
        Mutual information less the bound, computed on its own: never negative,
        0 for the decoder p(x | y).

    Raises
    ------
    ValueError
        If `joint` or a row of `decoder` is no distribution, or the shapes don't match.

    References
    ----------
    Barber and Agakov :cite:p:`barber2003`. Taught in chapter :ref:`ch-information-bounds`.

    Examples
    --------
    A bit that arrives wrong one time in four, and a decoder that trusts it as it should:

    >>> joint = [[0.375, 0.125], [0.125, 0.375]]
    >>> bound, gap = decoder_bound(joint, [[0.75, 0.25], [0.25, 0.75]])
    >>> float(bound.round(6)), float(gap)
    (0.188722, 0.0)
    """
    unit = _checks.unit(base)
    joint, decoder = _checks.decoded(joint, decoder)
    x, y = joint.nonzero()  # what never happens saves nothing and costs nothing
    prior, seen = joint.sum(axis=1), joint.sum(axis=0)
    with np.errstate(divide="ignore"):
        bound = joint[x, y] @ (np.log(decoder[y, x]) - np.log(prior[x]))
    posterior = joint.T[seen > 0] / seen[seen > 0, None]
    gap = seen[seen > 0] @ reduce(_kernels.KL, posterior, decoder[seen > 0])
    return bound / unit, gap / unit


def input_divergences(prior, channel, *, base=2):
    r"""Return how far the output of each input is from the output at large.

    .. math:: d(x) = D\bigl(W(\cdot \mid x) \,\|\, r\bigr), \qquad r(y) = \sum_x p(x)\, W(y \mid x)

    Their mean under p is the mutual information; their largest is an upper bound
    on the capacity, whatever p is.

    Parameters
    ----------
    prior : array_like, shape (n,)
        Probabilities p(x) of the inputs.
    channel : array_like, shape (n, m)
        For each input the distribution W(y | x) of the output: rows that sum to 1.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray, shape (n,)
        In units of `base`, never negative; inf for an input of probability 0
        with an output that no other input has.

    Raises
    ------
    ValueError
        If `prior` or a row of `channel` is no distribution, or the shapes don't match.

    References
    ----------
    Cover and Thomas :cite:p:`cover2006`, section 13.1. Taught in chapter :ref:`ch-information-bounds`.

    Examples
    --------
    >>> input_divergences([0.5, 0.5], [[1.0, 0.0], [0.0, 1.0]])
    array([1., 1.])
    """
    unit = _checks.unit(base)
    return _divergences(*_checks.inputs(prior, channel)) / unit


def blahut_arimoto_step(prior, channel):
    r"""Return better probabilities of the inputs: those whose output stands out gain.

    .. math:: p'(x) \propto p(x)\, e^{d(x)}

    The best decoder for the old probabilities, then the best probabilities for
    that decoder. The mutual information never falls.

    Parameters
    ----------
    prior : array_like, shape (n,)
        Probabilities p(x) of the inputs.
    channel : array_like, shape (n, m)
        For each input the distribution of the output: rows that sum to 1.

    Returns
    -------
    ndarray, shape (n,)
        New probabilities (no unit). An input of probability 0 keeps it.

    Raises
    ------
    ValueError
        If `prior` or a row of `channel` is no distribution, or the shapes don't match.

    References
    ----------
    Arimoto :cite:p:`arimoto1972`, Blahut :cite:p:`blahut1972`. Taught in chapter :ref:`ch-information-bounds`.

    Examples
    --------
    The second input says nothing that the others don't say, and loses:

    >>> blahut_arimoto_step([0.25, 0.5, 0.25], [[1, 0], [0.5, 0.5], [0, 1]]).round(3)
    array([0.333, 0.333, 0.333])
    """
    prior, channel = _checks.inputs(prior, channel)
    return _reweighted(prior, _divergences(prior, channel))


def capacity(channel, *, tolerance=1e-9, max_steps=100_000, base=2, callback=None):
    r"""Return the capacity of a channel between two bounds that meet within a tolerance.

    .. math:: C = \max_p I(X; Y) = \min_r \max_x D\bigl(W(\cdot \mid x) \,\|\, r\bigr)

    By the algorithm of Blahut and Arimoto, from equally likely inputs.

    Parameters
    ----------
    channel : array_like, shape (n, m)
        For each input the distribution W(y | x) of the output: rows that sum to 1.
    tolerance : float, default 1e-9
        Largest distance of the two bounds, in units of `base`; at least 1e-12 nats.
    max_steps : int, default 100_000
        Largest number of steps.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.
    callback : callable, optional
        Called as ``callback(step, lower, upper, prior)`` before each step and at the end.

    Returns
    -------
    Capacity
        Both bounds in units of `base`, the probabilities of the inputs, the number of steps.

    Raises
    ------
    ValueError
        If a row of `channel` is no distribution, or `tolerance` or `max_steps` is out of range.
    RuntimeError
        If the bounds have not met after `max_steps` steps, or an output that only
        hardly ever used inputs have becomes rarer than a float can say.

    References
    ----------
    Arimoto :cite:p:`arimoto1972`, Blahut :cite:p:`blahut1972`. Taught in chapter :ref:`ch-information-bounds`.

    Examples
    --------
    A line that loses every fourth bit, and says so, carries three quarters:

    >>> found = capacity([[0.75, 0.25, 0.0], [0.0, 0.25, 0.75]])
    >>> round(found.lower, 9), found.gap < 1e-9
    (0.75, True)
    """
    unit = _checks.unit(base)
    channel = _checks.channel(channel)
    tolerance, max_steps = _tolerance(tolerance, unit), _checks.whole(max_steps, "max_steps", least=0)
    used = channel[:, channel.any(axis=0)]
    row_entropies = _kernels.mean_cost(used, used)
    prior = np.full(len(used), 1 / len(used))
    for step in range(max_steps + 1):
        with np.errstate(divide="ignore", invalid="ignore"):
            # In a loop of thousands the entropies of the rows are not summed again; the final bounds are.
            divergences = -(used @ np.log(prior @ used)) - row_entropies
            lower, upper = float(prior @ divergences), float(divergences.max())
        if not math.isfinite(upper):
            raise RuntimeError(f"the output's probabilities must be positive floats; after {step} steps one is below all of them")
        if callback is not None:
            callback(step, lower / unit, upper / unit, prior)
        if upper - lower <= tolerance:
            divergences = _divergences(prior, channel) / unit
            return Capacity(float(prior @ divergences), float(divergences.max()), prior, step)
        prior = _reweighted(prior, divergences)
    raise RuntimeError(
        f"the bounds must meet within `tolerance` = {tolerance / unit:g} in `max_steps` = {max_steps} steps; "
        f"after {step} they are {lower / unit:.9g} and {upper / unit:.9g}"
    )


def _tolerance(tolerance, unit):
    tolerance = _checks.one_positive(tolerance, "tolerance") * unit
    if tolerance < LEAST_TOLERANCE:
        raise ValueError(f"`tolerance` must be at least {LEAST_TOLERANCE:g} nats, since sums are rounded; it is {tolerance:g} nats")
    return tolerance


def _divergences(prior, channel):
    return reduce(_kernels.KL, channel, np.broadcast_to(prior @ channel, channel.shape))


def _reweighted(prior, divergences):
    exponent = np.where(prior > 0, divergences, -np.inf)
    weights = prior * np.exp(exponent - exponent.max())
    return weights / weights.sum()
