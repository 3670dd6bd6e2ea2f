r"""The sums behind the measures: accurate to a few units in the last place, in little time and memory.

Every kernel takes blocks of probabilities, one distribution a row, and returns
one sum a row, in nats; `lib._blocks.reduce` cuts the blocks.

A measure has two kernels. The plain one is the formula as it is written. It has
no answer where an outcome has no logarithm, and loses digits where a divergence
is small: then large terms of both signs cancel. There another one takes over,
whose terms have one sign.
"""

import math
from functools import partial

import numpy as np

from lib._blocks import TwoWays, reduce

#: Above it one outcome makes the entropy small, and its distance from 1 counts.
DOMINANT = 0.75


def _dot(a, b):
    """Return the sums of a b along rows."""
    # Quickest for short rows; for long ones NumPy's pairwise sum keeps the last digits.
    return np.vecdot(a, b) if a.shape[-1] <= 128 else (a * b).sum(axis=-1)


# Cross-entropy and entropy


def cross_entropy(p, q):
    """Return the sums of -p log q."""
    return 0.0 - _dot(p, np.log(q))


def cross_entropy_with_zeros(p, q):
    """Return the sums of -p log q, with 0 log 0 = 0."""
    return 0.0 - _dot(p, np.where(p == 0, 0.0, np.log(q)))


COST = TwoWays(cross_entropy, cross_entropy_with_zeros)
OWN_COST = TwoWays(lambda p: cross_entropy(p, p), lambda p: cross_entropy_with_zeros(p, p))


def mean_cost(p, q):
    """Return the sums of -p log q for whole distributions, accurate also where q is nearly sure."""
    result = reduce(OWN_COST, p) if q is p else reduce(COST, p, q)
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
    return cross_entropy_with_zeros(np.where(q > DOMINANT, 0.0, p), q)


# Kullback-Leibler


def kl(p, q):
    """Return the sums of p log(p / q) - p + q."""
    # The sums of p and q are 1 only up to rounding, and so is what they would cancel to.
    return log_ratio(p, q) + _dot(q - p, np.ones(p.shape[-1]))


def kl_doubt(p, q):
    """Return the square of the divergence below which the roundings of `kl` would be seen."""
    # A ratio rounds by 1e-16, which weighs p: in many small terms such roundings average out.
    return 4 * _dot(p, p)


def log_ratio(p, q):
    """Return the sums of p log(p / q)."""
    ratio = p / q
    return _dot(p, np.log(ratio, out=ratio))


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
    :math:`(p-q)\, r\, [1 + r (1 + r) \sum_k r^{2k} / (2k+3)]`. Give `difference`
    where p - q is known better than from rounded p and q.
    """
    difference = p - q if difference is None else difference
    r = p + q
    np.divide(difference, r, where=r > 0, out=r)
    square = r * r
    terms = _series(square, lambda k: 1 / (2 * k + 3))
    terms *= square + r
    terms += 1
    terms *= r
    terms *= difference
    far = square > FAR
    if far.any():
        terms[far] = extreme_terms(p[far], q[far]) - difference[far]
    return terms


#: Up to this square of (p-q)/(p+q) the power series are summed; beyond, the direct formula cancels little.
FAR = 0.36


def _series(square, coefficient):
    """Return the sum over k of square**k coefficient(k), to the last digit where square is at most `FAR`."""
    bound = min(square.max(initial=0.0), FAR)
    last = 0 if bound == 0 else math.ceil(54 * math.log(2) / -math.log(bound))  # the next is below 2**-54
    result = np.full(square.shape, coefficient(last))
    for k in reversed(range(last)):
        result *= square
        result += coefficient(k)
    return result


def kl_accurate(p, q):
    """Return the sums of `kl_terms`."""
    return kl_terms(p, q).sum(axis=-1)


KL = TwoWays(kl, kl_accurate, kl_doubt)


# Jensen-Shannon


def js(p, q):
    """Return half the sums of p log(p/m) + q log(q/m) with the midpoint m."""
    # The ratios p/m and q/m are 1 + r and 1 - r: a rounding of r moves one term up and the other down.
    r = p - q
    r /= p + q
    ratio, rest = 1 + r, 1 - r
    result = _dot(p, np.log(ratio, out=ratio)) + _dot(q, np.log(rest, out=rest))
    return result / 2


def js_doubt(p, q):
    """Return the square of the divergence below which the roundings of `js` would be seen."""
    middle = p + q
    return _dot(middle, middle) / 36


def js_accurate(p, q):
    """Return the sums of `js_terms`."""
    return js_terms(p, q).sum(axis=-1)


def js_terms(p, q):
    r"""Return the terms of the Jensen-Shannon divergence for equal weights, in nats.

    With m the midpoint and :math:`r = (p-q)/(p+q)` a term is
    :math:`\frac m2 [(1+r) \log(1+r) + (1-r) \log(1-r)]`, an even series in r:
    :math:`\frac{(p-q)\, r}{2} \sum_k r^{2k} / [(2k+1)(2k+2)]`, all of one sign.
    """
    difference = p - q
    r = p + q
    np.divide(difference, r, where=r > 0, out=r)
    square = r * r
    terms = _series(square, lambda k: 1 / ((2 * k + 1) * (2 * k + 2)))
    terms *= r
    terms *= difference
    far = square > FAR
    if far.any():
        terms[far] = _far_js_terms(np.maximum(p[far], q[far]), np.minimum(p[far], q[far]))
    terms /= 2
    return terms


def _far_js_terms(more, less):
    total = more + less
    ratio = 2 * (more / total)
    rest = 2 - ratio
    rest = np.where(rest > 1e-6, rest, 2 * (less / total))
    return more * np.log(ratio) + less * np.log(np.maximum(rest, 1e-300))  # 0 log 0 = 0


JS = TwoWays(js, js_accurate, js_doubt)


def js_weighted(w, v):
    """Return the kernels for the weights w and v."""
    kernels = (partial(kernel, w=w, v=v) for kernel in (weighted_js, weighted_js_accurate))
    return JS if w == v else TwoWays(*kernels, js_doubt)


def weighted_js(p, q, w, v):
    """Return the sums of w p log(p/m) + v q log(q/m) with m = w p + v q."""
    middle = w * p + v * q
    return w * log_ratio(p, middle) + v * log_ratio(q, middle)


def weighted_js_accurate(p, q, w, v):
    """Return the sums of the non-negative terms of both divergences from the mixture."""
    middle = w * p + v * q
    difference = p - q
    result = _to_mixture(p, w, middle, v * difference)
    difference *= -w
    result += _to_mixture(q, v, middle, difference)
    return result.sum(axis=-1)


def _to_mixture(p, weight, middle, difference):
    terms = kl_terms(p, middle, difference)
    terms *= weight
    # A share of the mixture that is 0, or too small for a float, adds no information.
    lost = weight * p == 0
    if lost.any():
        terms[lost] = weight * middle[lost]
    return terms
