"""From logits to probabilities and losses, without leaving the logarithm."""

import math

import numpy as np

from lib import _checks
from lib.shannon import weighted_sum


def _log_softmax(logits):
    """Return log probabilities in nats for checked logits, classes last."""
    top = np.expand_dims(np.argmax(logits, axis=-1), -1)
    with np.errstate(over="ignore"):  # a difference beyond the floats is -inf: impossible to any precision
        shifted = logits - np.take_along_axis(logits, top, axis=-1)
    rest = np.exp(shifted)
    np.put_along_axis(rest, top, 0.0, axis=-1)
    # The largest term is 1 after the shift: log1p keeps what the others add to it.
    return shifted - np.log1p(rest.sum(axis=-1, keepdims=True))


def softmax(logits, *, axis=-1):
    r"""Return the probabilities that belong to logits.

    .. math:: \operatorname{softmax}(z)_i = \frac{e^{z_i}}{\sum_j e^{z_j}}

    Parameters
    ----------
    logits : array_like, shape (..., k)
        Log probabilities up to a constant, in nats; -inf for an impossible class.
    axis : int, default -1
        The axis of the k classes.

    Returns
    -------
    ndarray, shape (..., k)
        Probabilities in float64 (no unit), summing to 1 along `axis` to rounding.

    Raises
    ------
    ValueError
        If a logit is NaN or +inf, or all of a row are -inf.

    References
    ----------
    Bridle :cite:p:`bridle1990`. Taught in chapter :ref:`ch-cross-entropy`.

    Examples
    --------
    >>> softmax([0.0, 0.0])
    array([0.5, 0.5])
    """
    logits = _checks.logits_array(logits, axis=axis)
    with np.errstate(over="ignore"):
        weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.moveaxis(weights / weights.sum(axis=-1, keepdims=True), -1, axis)


def log_softmax(logits, *, base=math.e, axis=-1):
    r"""Return the logarithms of the probabilities that belong to logits.

    .. math:: \log \operatorname{softmax}(z)_i = z_i - \log \sum_j e^{z_j}

    Finite where the softmax itself underflows to 0. Unlike the measures it
    answers in nats by default, since logits are natural logarithms and
    ``exp(log_softmax(z))`` should be ``softmax(z)``.

    Parameters
    ----------
    logits : array_like, shape (..., k)
        Log probabilities up to a constant, in nats; -inf for an impossible class.
    base : float, default e
        Base of the logarithm that is returned.
    axis : int, default -1
        The axis of the k classes.

    Returns
    -------
    ndarray, shape (..., k)
        Log probabilities in units of `base`, at most 0; -inf for an impossible class.

    Raises
    ------
    ValueError
        If a logit is NaN or +inf, or all of a row are -inf.

    References
    ----------
    Taught in chapter :ref:`ch-cross-entropy`.

    Examples
    --------
    >>> log_softmax([0.0, 0.0], base=2)
    array([-1., -1.])
    """
    logits = _checks.logits_array(logits, axis=axis)
    base = _checks.log_base(base)
    return np.moveaxis(_log_softmax(logits) / math.log(base), -1, axis)


def cross_entropy_from_logits(logits, target, *, base=2, axis=-1):
    r"""Return the cross-entropy of targets against the softmax of logits.

    .. math:: -\sum_i t_i \log \operatorname{softmax}(z)_i

    One loss for each row, not reduced: take the mean (or the sum) where it is
    seen. ``torch.nn.functional.cross_entropy`` is the mean of this over the
    batch, in nats.

    Parameters
    ----------
    logits : array_like, shape (..., k)
        Log probabilities up to a constant, in nats; -inf for an impossible class.
    target : array_like
        Class indices, integers of shape (...), or probabilities of shape
        (..., k) that sum to 1 along `axis`.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.
    axis : int, default -1
        The axis of the k classes.

    Returns
    -------
    ndarray or float, shape (...)
        Cross-entropy in units of `base`, not negative; inf where a target class
        is impossible.

    Raises
    ------
    ValueError
        If a logit is NaN or +inf, an index is out of range, the probabilities
        don't sum to 1 or the shapes don't match.

    References
    ----------
    Taught in chapter :ref:`ch-cross-entropy`.

    Examples
    --------
    >>> float(cross_entropy_from_logits([0.0, 0.0], 1))
    1.0
    >>> float(cross_entropy_from_logits([0.0, 0.0], [0.5, 0.5]))
    1.0
    """
    logits = _checks.logits_array(logits, axis=axis)
    cost = 0.0 - _log_softmax(logits) / math.log(_checks.log_base(base))
    indices, weights = _checks.class_target(target, logits, axis=axis)
    if weights is None:
        return np.take_along_axis(cost, indices[..., None], axis=-1)[..., 0]
    return weighted_sum(*np.broadcast_arrays(weights, cost))
