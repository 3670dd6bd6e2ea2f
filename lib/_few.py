"""The same sums for a few outcomes, where Python's numbers are quicker than NumPy's arrays.

Each function takes what `lib._checks.few_outcomes` returns, and answers in nats,
or with None where `lib._kernels` has to do it: where the list is empty or a
logarithm would fail. The formulas are those of the kernels.
"""

from math import fsum, log, log1p
from operator import mul

from lib._kernels import DOMINANT, FAR

# From here on a ratio of two probabilities stays within the range of floats.
_TINY = 1e-150

# Coefficients of the power series, the first one last; `FAR` to the power of their number is below 2**-54.
_KL = [1 / (2 * k + 3) for k in reversed(range(38))]
_JS = [1 / ((2 * k + 1) * (2 * k + 2)) for k in reversed(range(38))]


def cross_entropy(p, q):
    """Return the mean of -log q under p, summed without any rounding but the last."""
    (p, _), (q, _) = p, q
    if not p or len(p) != len(q):
        return None
    top = max(q)
    try:
        if top <= DOMINANT:
            return 0.0 - fsum(map(mul, p, map(log, q)))
    except ValueError:  # the logarithm of 0
        return None
    if min(q) == 0:
        return None
    # As in `_kernels.nearly_sure`: the others know how far the dominant one is from 1.
    sure = log1p(-fsum([*q, -top]))
    return 0.0 - fsum([x * (sure if y == top else log(y)) for x, y in zip(p, q, strict=True)])


def kl(p, q):
    """Return the sum of p log(p/q) - p + q."""
    (p, p_excess), (q, q_excess) = p, q
    if not p or len(p) != len(q) or min(p) < _TINY or min(q) < _TINY:
        return None
    result = fsum(_log_ratio_terms(p, q)) + (q_excess - p_excess)
    # As in `_kernels.kl_doubt`, with less to fear from ratios.
    sure = result > 1 / 2 or result * result > sum(map(mul, p, p)) / 4
    return result if sure else fsum(map(_kl_term, p, q))


def js(p, q, w, v):
    """Return the sum of w p log(p/m) + v q log(q/m) with m = w p + v q."""
    (p, _), (q, _) = p, q
    if not p or len(p) != len(q) or min(p) < _TINY or min(q) < _TINY:
        return None
    if w == v:
        result = fsum(map(_plain_js_term, p, q)) / 2
        sure = result > 1 / 4 or result * result > sum([(x + y) ** 2 for x, y in zip(p, q, strict=True)]) / 64
        return result if sure else fsum(map(_js_term, p, q)) / 2
    if min(w, v) < _TINY:
        return None
    middle = [w * x + v * y for x, y in zip(p, q, strict=True)]
    result = w * fsum(_log_ratio_terms(p, middle)) + v * fsum(_log_ratio_terms(q, middle))
    return result if result > 1 / 2 else None


def _kl_term(x, y):
    difference = x - y
    r = difference / (x + y)
    square = r * r
    return difference * r * (1 + (square + r) * _series(square, _KL)) if square < FAR else x * log(x / y) - difference


def _js_term(x, y):
    difference = x - y
    r = difference / (x + y)
    square = r * r
    return difference * r * _series(square, _JS) if square < FAR else _plain_js_term(x, y)


def _plain_js_term(x, y):
    if x < y:
        x, y = y, x
    total = x + y
    ratio = 2 * x / total
    return x * log(ratio) + y * log(2 - ratio if ratio < 2 - 1e-6 else 2 * y / total)


def _series(square, coefficients):
    enough = int(37.5 / -log(square)) + 2 if square > 0 else 1  # square ** enough is below 2 ** -54
    total = 0.0
    for coefficient in coefficients[-enough:]:
        total = total * square + coefficient
    return total


def _log_ratio_terms(p, q):
    # Of two near numbers the difference is exact and the ratio is not: log1p keeps what log would lose.
    return [x * (log1p((x - y) / y) if x + x > y else log(x / y)) for x, y in zip(p, q, strict=True)]
