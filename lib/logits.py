"""From logits to probabilities and losses, without leaving the logarithm."""

import math

import numpy as np

from lib import _checks


def _difference(a, b):
    """Return a - b, and what the subtraction rounded away (Knuth)."""
    with np.errstate(over="ignore", invalid="ignore"):  # beyond the floats is -inf: impossible to any precision
        result = a - b
        back = result - a
        lost = (a - (result - back)) - (b + back)
    return result, np.where(np.isfinite(lost), lost, 0.0)


def _shifted(logits):
    """Return logits less their largest, and exp of it with 0 for the largest itself."""
    top = np.expand_dims(np.argmax(logits, axis=-1), -1)
    shifted, lost = _difference(logits, np.take_along_axis(logits, top, axis=-1))
    others = np.exp(shifted)
    others += others * lost
    np.put_along_axis(others, top, 0.0, axis=-1)
    return shifted, others


def _log_softmax(logits):
    """Return log probabilities in nats for checked logits, classes last."""
    shifted, others = _shifted(logits)
    # The largest term is 1 after the shift: log1p keeps what the others add to it.
    return shifted - np.log1p(others.sum(axis=-1, keepdims=True))


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
    weights, cost = np.broadcast_arrays(weights, cost)
    return np.multiply(weights, cost, where=weights > 0, out=np.zeros(cost.shape)).sum(axis=-1)


def entropy_from_logits(logits, *, base=2, axis=-1):
    r"""Return the entropy of the softmax of logits.

    .. math:: H = \log\Bigl(1 + \sum_{i \ne t} e^{s_i}\Bigr) - \sum_i p_i s_i ,
              \qquad s_i = z_i - z_t \le 0

    with the differences to the largest logit :math:`z_t`. No term is negative,
    so nothing cancels, however sure the model is.

    Parameters
    ----------
    logits : array_like, shape (..., k)
        Log probabilities up to a constant, in nats; -inf for an impossible class.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.
    axis : int, default -1
        The axis of the k classes.

    Returns
    -------
    ndarray or float, shape (...)
        Entropy in units of `base`, between 0 and log k.

    Raises
    ------
    ValueError
        If a logit is NaN or +inf, or all of a row are -inf.

    References
    ----------
    Taught in chapter :ref:`ch-cross-entropy`.

    Examples
    --------
    >>> float(entropy_from_logits([0.0, 0.0, 0.0, 0.0]))
    2.0
    """
    unit = _checks.unit(base)
    shifted, others = _shifted(_checks.logits_array(logits, axis=axis))
    rest = others.sum(axis=-1)
    root = np.exp(shifted / 2)  # its square may be too small for a float before it is multiplied
    with np.errstate(invalid="ignore"):
        spread = np.where(others > 1e-300, others * -shifted, root * -shifted * root)
    spread = np.where(root > 0, spread, 0.0).sum(axis=-1)
    return (np.log1p(rest) + spread / (1 + rest)) / unit


def kl_from_logits(a, b, *, base=2, axis=-1):
    r"""Return the KL divergence of softmax(a) from softmax(b).

    .. math:: D = \log\Bigl(1 + \sum_i p_i\, g(x_i)\Bigr) ,
              \qquad g(x) = e^{-x} - 1 + x \ge 0 , \quad x_i = (a_i - b_i) - \sum_j p_j (a_j - b_j)

    with p = softmax(a): for nearly equal logits the digits that a difference of
    log probabilities would lose are kept; elsewhere that difference is used.

    Parameters
    ----------
    a, b : array_like, shape (..., k)
        Logits of the truth and of the model, in nats; -inf for an impossible
        class. Batch shapes broadcast.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.
    axis : int, default -1
        The axis of the k classes, in both.

    Returns
    -------
    ndarray or float, shape (...)
        Divergence in units of `base`, never negative, 0.0 for equal logits; inf
        where `b` calls a class impossible and `a` does not.

    Raises
    ------
    ValueError
        If a logit is NaN or +inf, all of a row are -inf, or the shapes don't match.

    References
    ----------
    Taught in chapter :ref:`ch-kl`.

    Examples
    --------
    >>> float(kl_from_logits([0.0, 0.0], [0.0, 0.0]))
    0.0
    """
    unit = _checks.unit(base)
    a, b = _checks.logits_array(a, "a", axis=axis), _checks.logits_array(b, "b", axis=axis)
    a, b = _checks.same_outcomes(a, b, ("a", "b"), "logits")
    p, result = _probabilities(a), _far(a, b)
    impossible = ((a > -np.inf) & (b == -np.inf)).any(axis=-1)
    near = (result < 1) & ~impossible
    if near.any():
        result = np.where(near, _near(a, b, p, _probabilities(b)), result)
    return np.where(impossible, np.inf, result)[()] / unit


def _probabilities(logits):
    """Return the softmax with each small probability right to the last digits."""
    _, others = _shifted(logits)
    top = np.expand_dims(np.argmax(logits, axis=-1), -1)
    np.put_along_axis(others, top, 1.0, axis=-1)
    return others / others.sum(axis=-1, keepdims=True)


def _far(a, b):
    """Return the sum of p (log p - log q) in nats."""
    (shift_a, others_a), (shift_b, others_b) = _shifted(a), _shifted(b)
    rest_a, rest_b = others_a.sum(axis=-1), others_b.sum(axis=-1)
    p = _probabilities(a)
    with np.errstate(invalid="ignore"):
        ratio, lost = _difference(shift_a, shift_b)
        terms = np.where(p > 0, p * ratio, 0.0)
    return terms.sum(axis=-1) + (np.log1p(rest_b) - np.log1p(rest_a) + (p * lost).sum(axis=-1))


def _near(a, b, p, q):
    """Return the divergence in nats as the docstring of `kl_from_logits` has it."""
    top = np.expand_dims(np.argmax(a, axis=-1), -1)
    possible = a > -np.inf
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        difference, lost = (np.where(possible, part, 0.0) for part in _difference(a, b))
        # From that of the likeliest class: what the mean has of it would cancel.
        lost -= np.take_along_axis(lost, top, axis=-1)
        difference, more = _difference(difference, np.take_along_axis(difference, top, axis=-1))
        difference, lost = np.where(possible, difference, 0.0), np.where(possible, lost + more, 0.0)
        mean = (p * (difference + lost)).sum(axis=-1, keepdims=True)
        x, more = _difference(difference, mean)
        x, lost = _difference(x, -(lost + more))
        # p exp(-x) is q up to a factor: exact also where x is large, or p too small for a float
        factor = np.take_along_axis(p / q, top, axis=-1) * np.exp(mean)
        direct = np.where((np.abs(x) < 8) & (p > 0), p * (np.expm1(-x) + x), q * factor - p + p * x)
    series = np.zeros(x.shape)
    for k in reversed(range(2, 20)):  # g(x) = x**2 / 2! - x**3 / 3! + ..., here for abs(x) <= 1
        series = 1 - series * x / (k + 1)
    series *= x * x / 2
    close = (np.abs(x) <= 1) & (p > 0)
    with np.errstate(invalid="ignore", over="ignore"):
        terms = np.where(close, p * series - p * np.expm1(-x) * lost, direct)  # g' is 1 - exp(-x)
        return np.log1p(terms.sum(axis=-1))
