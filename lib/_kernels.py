r"""The sums behind the measures: accurate to a few units in the last place, in little time and memory.

Every kernel takes blocks of probabilities, one distribution a row, and returns
one sum a row, in nats; `lib._blocks.reduce` cuts the blocks.

Each measure has two kernels. The plain one is the formula as it is written, and
right to a few units in the last place unless the result is small: then large
terms of both signs cancel. Below `NEAR` the accurate one takes over, whose terms
have one sign.
"""

import math
from functools import partial

import numpy as np

from lib._blocks import reduce

#: Above it one outcome makes the entropy small, and its distance from 1 counts.
DOMINANT = 0.75


def _dot(a, b):
    """Return the sums of a b along rows."""
    # Quickest for short rows; for long ones NumPy's pairwise sum keeps the last digits.
    return np.vecdot(a, b) if a.shape[-1] <= 128 else (a * b).sum(axis=-1)


# Cross-entropy and entropy


def cross_entropy(p, q):
    """Return the sums of -p log q, with 0 log 0 = 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = np.log(q)
        result = _dot(p, cost)
    lost = np.isnan(result)  # 0 * inf: outcomes of probability 0 under both
    if lost.any():
        result[lost] = _dot(p[lost], np.where(p[lost] > 0, cost[lost], 0.0))
    return 0.0 - result


def entropy(p):
    """Return the sums of -p log p, with 0 log 0 = 0."""
    return cross_entropy(p, p)


def mean_cost(p, q):
    """Return the sums of -p log q for whole distributions, accurate also where q is nearly sure."""
    result = reduce(cross_entropy, p, q)
    small = result < 1  # only then can the last digits of a dominant probability matter
    if result.ndim == 0:
        return nearly_sure(p, q) if small else result
    if small.any():
        result[small] = nearly_sure(p[small], q[small])
    return result


def nearly_sure(p, q):
    r"""Return the sums of -p log q for whole distributions of which q may be nearly sure of one outcome.

    A probability near 1 is rounded to 1e-16, which is much beside its distance
    from 1. The others know that distance, their sum R: so the cost of the
    dominant outcome is taken as :math:`-\log(1 - R)` and not :math:`-\log q`.
    """
    rest, dominant = reduce(_other_shares, q), reduce(_dominant_share, p, q)
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = np.where(dominant > 0, dominant * np.log1p(-rest), 0.0)
    return reduce(_cross_entropy_of_others, p, q) - cost


def _dominant_share(p, q):
    return np.where(q > DOMINANT, p, 0.0).sum(axis=-1)


def _other_shares(q):
    return np.where(q > DOMINANT, 0.0, q).sum(axis=-1)


def _cross_entropy_of_others(p, q):
    return cross_entropy(np.where(q > DOMINANT, 0.0, p), q)


# Kullback-Leibler


def kl(p, q):
    """Return the sums of p log(p / q) - p + q, with 0 log 0 = 0; inf where q is 0 and p is not."""
    # The sums of p and q are 1 only up to rounding, and so is what they would cancel to.
    return log_ratio(p, q) + _dot(q - p, np.ones(p.shape[-1]))


def log_ratio(p, q):
    """Return the sums of p log(p / q)."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        result = _dot(p, np.log(p / q))
    lost = ~np.isfinite(result)
    if lost.any():
        result[lost] = extreme_terms(p[lost], q[lost]).sum(axis=-1)
    return result


def extreme_terms(p, q):
    """Return p log(p / q) where p or q may be 0 and the ratio may leave the range of floats."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = p / q
        log_ratio = np.where(np.isfinite(ratio) & (ratio > 0), np.log(ratio), np.log(p) - np.log(q))
        return np.where(p > 0, p * log_ratio, 0.0)


def kl_terms(p, q, difference=None):
    r"""Return the terms :math:`p \log (p/q) - p + q`, in nats: none is negative.

    They sum to the KL divergence, as :math:`\sum p = \sum q`. Each is q times
    :math:`f(p/q)` with :math:`f(t) = t \log t - t + 1 \ge 0`: so the sum can
    neither cancel nor turn negative. With :math:`r = (p-q)/(p+q)` a term is
    :math:`(p+q) [(\operatorname{artanh} r - r) + r \operatorname{artanh} r]`,
    which for small r is summed as its power series
    :math:`(p-q)\, r \sum_k r^{2k} [1/(2k+1) + r/(2k+3)]`. Give `difference` where
    p - q is known better than from rounded p and q.
    """
    difference = p - q if difference is None else difference
    r = p + q
    np.divide(difference, r, where=r > 0, out=r)
    bound = max(r.max(initial=0.0), -r.min(initial=0.0))
    terms = _series(r, min(bound, 0.5))
    terms *= r
    terms *= difference
    if bound > 0.5:
        far = np.abs(r) > 0.5
        terms[far] = extreme_terms(p[far], q[far]) - difference[far]
    return terms


def _series(r, bound):
    """Return the sum over k of r**(2k) [1/(2k+1) + r/(2k+3)] for abs(r) <= bound <= 1/2."""
    last = _last_term(bound * bound)
    coefficients = [c for k in range(last + 1) for c in (1 / (2 * k + 1), 1 / (2 * k + 3))]
    result = np.full(r.shape, coefficients.pop())
    for coefficient in reversed(coefficients):
        result *= r
        result += coefficient
    return result


def _last_term(square):
    """Return k such that square**(k + 1) is below 2**-54: the rest of a series is not seen."""
    return 0 if square == 0 else math.ceil(54 * math.log(2) / -math.log(square))


def kl_accurate(p, q):
    """Return the sums of `kl_terms`."""
    return kl_terms(p, q).sum(axis=-1)


def nearly_equal(p, q, *_):
    """Guess from some outcomes whether p and q are nearly equal."""
    return bool((np.abs(p - q) <= 0.25 * p).all())


# Jensen-Shannon


def js_pair(weights):
    """Return the plain and the accurate kernel for these weights."""
    return partial(js, weights=weights), partial(js_accurate, weights=weights)


def js(p, q, weights):
    """Return the sums of w p log(p/m) + v q log(q/m) with m = w p + v q, for weights (w, v)."""
    w, v = weights
    middle = w * p + v * q
    with np.errstate(invalid="ignore"):
        result = w * log_ratio(p, middle) + v * log_ratio(q, middle)
    lost = ~np.isfinite(result)  # a share of the mixture left the range of floats
    if lost.any():
        result[lost] = js_accurate(p[lost], q[lost], weights)
    return result


def js_accurate(p, q, weights):
    """Return the sums of the non-negative terms of both divergences from the mixture."""
    w, v = weights
    if w == v:
        return _js_terms(p, q).sum(axis=-1)
    middle = w * p + v * q
    difference = p - q
    result = _to_mixture(p, w, middle, v * difference)
    difference *= -w
    result += _to_mixture(q, v, middle, difference)
    return result.sum(axis=-1)


def _js_terms(p, q):
    r"""Return the terms of the Jensen-Shannon divergence for equal weights, in nats.

    With m the midpoint and :math:`r = (p-q)/(p+q)` a term is
    :math:`\frac m2 [(1+r) \log(1+r) + (1-r) \log(1-r)]`, an even series in r:
    :math:`\frac{(p-q)\, r}{2} \sum_k r^{2k} / [(2k+1)(2k+2)]`, all of one sign.
    """
    terms, middle = p - q, (p + q) / 2
    middle[middle == 0] = 1.0  # no outcome, no term
    r = terms / middle
    r /= 2
    terms *= r
    terms /= 2
    square = np.square(r)
    bound = square.max(initial=0.0)
    last = _last_term(min(bound, 0.25))
    series = np.full(r.shape, 1 / ((2 * last + 1) * (2 * last + 2)))
    for k in reversed(range(last)):
        series *= square
        series += 1 / ((2 * k + 1) * (2 * k + 2))
    terms *= series
    if bound > 0.25:
        more, less = np.maximum(p, q) / middle, np.minimum(p, q) / middle
        more *= np.log(np.maximum(more, 1e-300))
        less *= np.log(np.maximum(less, 1e-300))  # 0 log 0 = 0
        more += less
        more *= middle
        more /= 2
        np.copyto(terms, more, where=square > 0.25)
    return terms


def _to_mixture(p, weight, middle, difference):
    with np.errstate(invalid="ignore"):
        terms = kl_terms(p, middle, difference)
        terms *= weight
    # A share of the mixture that is 0, or too small for a float, adds no information.
    lost = weight * p == 0
    if lost.any():
        terms[lost] = weight * middle[lost]
    return terms
