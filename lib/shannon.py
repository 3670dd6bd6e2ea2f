"""Information content and entropy: one outcome, and the mean over all of them."""

import math

import numpy as np

from lib import _checks, _few, _kernels


def log(x, base):
    """Return the logarithm of `x` to `base`, exact where NumPy has that base."""
    known = {2.0: np.log2, 10.0: np.log10, math.e: np.log}
    return known[base](x) if base in known else np.log(x) / math.log(base)


def self_information(p, *, base=2):
    r"""Return the information content of events with probability `p`.

    .. math:: I(x) = -\log P(x)

    The rarer an event, the more is learnt when it happens; a sure one teaches
    nothing. Also called surprisal.

    Parameters
    ----------
    p : array_like, any shape
        Probabilities of single events, each in [0, 1]; they need not sum to 1.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats, 10 for bans.

    Returns
    -------
    ndarray or float, the shape of `p`
        Information content in units of `base`, from 0.0 up; inf where `p` is 0.

    Raises
    ------
    ValueError
        If a probability is negative, above 1, NaN or infinite, or `base` is not above 1.

    References
    ----------
    Shannon :cite:p:`shannon1948`, section 6. Taught in chapter :ref:`ch-information`.

    Examples
    --------
    >>> self_information([1.0, 0.5, 0.25])
    array([0., 1., 2.])
    """
    p = _checks.event_probabilities(p, "p")
    base = _checks.log_base(base)
    with np.errstate(divide="ignore"):
        return 0.0 - log(p, base)


def entropy(p, *, base=2, axis=-1):
    r"""Return the entropy of a distribution: its mean information content.

    .. math:: H(P) = -\sum_x p(x) \log p(x)

    How uncertain the outcome is before it is known, and the mean length of the
    best code for it. An impossible outcome adds nothing (0 log 0 = 0).

    Parameters
    ----------
    p : array_like, shape (..., k)
        Probabilities that sum to 1 along `axis`.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.
    axis : int, default -1
        The axis of the k outcomes.

    Returns
    -------
    ndarray or float, shape (...)
        Entropy in units of `base`, between 0 and log k.

    Raises
    ------
    ValueError
        If `p` is no distribution, `base` is not above 1 or `axis` is out of range.

    References
    ----------
    Shannon :cite:p:`shannon1948`, section 6, theorem 2. Taught in chapter :ref:`ch-entropy`.

    Examples
    --------
    >>> float(entropy([0.5, 0.25, 0.25]))
    1.5
    """
    unit = _checks.unit(base)
    few = _checks.few_outcomes(p, axis)
    few = _few.cross_entropy(few, few)
    if few is not None:
        return np.float64(few / unit)
    p = _checks.distribution(p, "p", axis=axis, signs=False)
    result = _kernels.mean_cost(p, p)
    if np.isnan(result).any():  # the logarithm of a negative number
        _checks.distribution(p, "p")
    return result / unit
