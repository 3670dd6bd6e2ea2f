"""The same sums for a few outcomes, where Python's numbers are quicker than NumPy's arrays.

Each function takes what `lib._checks.few_outcomes` returns, and answers in nats,
or with None where `lib._kernels` has to do it: where the list is empty, a
logarithm would fail, or digits cancel.
"""

from math import fsum, log, log1p
from operator import mul

from lib._blocks import NEAR
from lib._kernels import DOMINANT

# From here on a ratio of two probabilities stays within the range of floats.
_TINY = 1e-150


def cross_entropy(p, q):
    """Return the mean of -log q under p, summed without any rounding but the last."""
    (p, _), (q, _) = p, q
    if not p or len(p) != len(q) or min(q) <= 0:
        return None
    top = max(q)
    if top <= DOMINANT:
        return 0.0 - fsum(map(mul, p, map(log, q)))
    # As in `_kernels.nearly_sure`: the others know how far the dominant one is from 1.
    sure = log1p(-fsum([*q, -top]))
    return 0.0 - fsum([x * (sure if y == top else log(y)) for x, y in zip(p, q, strict=True)])


def kl(p, q):
    """Return the sum of p log(p/q) - p + q."""
    (p, p_excess), (q, q_excess) = p, q
    if not p or len(p) != len(q) or min(p) < _TINY or min(q) < _TINY:
        return None
    result = fsum(_log_ratio_terms(p, q)) + (q_excess - p_excess)
    return result if result > NEAR else None


def js(p, q, w, v):
    """Return the sum of w p log(p/m) + v q log(q/m) with m = w p + v q."""
    (p, _), (q, _) = p, q
    if not p or len(p) != len(q) or min(p) <= 0 or min(q) <= 0:
        return None
    if w == v:
        # With r = (p-q)/(p+q) a term is m/2 [(1+r) log(1+r) + (1-r) log(1-r)], and r has lost no digit.
        result = fsum([_js_term(x, y) for x, y in zip(p, q, strict=True)]) / 4
        return result if result > NEAR / 2 else None
    if min(*p, *q, w, v) < _TINY:
        return None
    middle = [w * x + v * y for x, y in zip(p, q, strict=True)]
    result = w * fsum(_log_ratio_terms(p, middle)) + v * fsum(_log_ratio_terms(q, middle))
    return result if result > NEAR else None


def _js_term(x, y):
    total = x + y
    r = (x - y) / total
    return total * ((1 + r) * log1p(r) + (1 - r) * log1p(-r)) if abs(r) < 0.9 else _far_js_term(x, y, total)


def _far_js_term(x, y, total):
    return 2 * (x * log(2 * x / total) + y * log(2 * y / total))


def _log_ratio_terms(p, q):
    # Of two near numbers the difference is exact and the ratio is not: log1p keeps what log would lose.
    return [x * (log1p((x - y) / y) if x + x > y else log(x / y)) for x, y in zip(p, q, strict=True)]
