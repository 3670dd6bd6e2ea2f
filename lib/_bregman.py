r"""What the closed forms of continuous families are made of, accurate where they nearly vanish.

The KL divergence of two members of an exponential family is by how much a convex
function lies above its tangent. Written down, that is a difference of large
numbers; here it is a sum or an integral of terms that are never negative.
All functions take arrays, broadcast, judge nothing and answer in nats.
"""

import numpy as np
from scipy import special

#: Differences up to this share of the place where the tangent touches are integrated, larger ones subtracted.
NEAR = 0.5

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_NODES, _WEIGHTS = (1 + _NODES) / 2, _WEIGHTS / 2 * (1 - _NODES) / 2  # on [0, 1], with the factor 1 - u

# The expansions at infinity: of log Gamma, and of 1 - I1/I0.
_LARGE_GAMMA, _LARGE_BESSEL = 8.0, 25.0
_ORDERS = np.arange(1, 13)
_BERNOULLI = special.bernoulli(24)[2::2]


def _bessel_coefficients(count):
    """Return c_1 to c_count of 1 - I1(x) / I0(x) = sum of c_n / x^n, from Riccati's equation."""
    c = [0.0, 0.5]
    for n in range(2, count + 1):
        c.append(((n - 2) * c[n - 1] + sum(c[i] * c[n - i] for i in range(1, n))) / 2)
    return np.array(c[1:])


_BESSEL = _bessel_coefficients(30)


def _series(coefficients, x, powers):
    """Return the sums of coefficients times x to the given negative powers."""
    return (coefficients * np.asarray(x)[..., None] ** -powers.astype(float)).sum(axis=-1)


def _either(condition, x, yes, no, safe):
    """Return yes(x) where `condition` holds and no(x) elsewhere; neither sees the other's arguments."""
    return np.where(condition, yes(np.where(condition, x, safe)), no(np.where(condition, 1.0, x)))


def excess(x):
    """Return x - log(1 + x) for x > -1: never negative, exact to rounding near 0."""
    x = np.asarray(x, dtype=np.float64)
    near = np.abs(x) <= NEAR
    small = np.where(near, x, 0.0)
    r = small / (2 + small)  # log(1 + x) = 2 artanh(r), and x - 2r = x r
    tail = np.zeros_like(r)
    for k in range(19, 0, -1):
        tail = (tail + 1 / (2 * k + 1)) * r * r
    with np.errstate(divide="ignore"):
        far = np.where(near, 1.0, x)
        return np.where(near, small * r - 2 * r * tail, far - np.log1p(far))


def ratio_excess(change, p, q):
    """Return r - 1 - log r for r = q / p with q = p + `change`, all of them positive."""
    with np.errstate(over="ignore", under="ignore"):
        x = change / p
        near = np.abs(x) <= NEAR
        return np.where(near, excess(np.where(near, x, 0.0)), q / p - 1 - (np.log(q) - np.log(p)))


def above_tangent(change, p, bend, direct, reach=0.0):
    """Return f(p + change) - f(p) - change f'(p) for a convex f.

    `bend(t, change)` is change^2 f''(t), integrated where the change is small beside
    p (or `reach`); `direct` is the difference as it stands, taken elsewhere.
    """
    change, p = np.broadcast_arrays(change, p)
    near = np.abs(change) <= NEAR * np.maximum(p, reach)
    small, at = np.where(near, change, 0.0)[..., None], np.where(near, p, 1.0)[..., None]
    return np.where(near, (bend(at + small * _NODES, small) * _WEIGHTS).sum(axis=-1), direct)


# Gamma: g(a) = log Gamma(a) - a log a + a


def stirling_rest(a):
    """Return log Gamma(a) less Stirling's (a - 1/2) log a - a + log(2 pi)/2."""
    return _either(
        np.asarray(a) >= _LARGE_GAMMA,
        a,
        lambda a: _series(_BERNOULLI / (2 * _ORDERS * (2 * _ORDERS - 1)), a, 2 * _ORDERS - 1),
        lambda a: special.gammaln(a) - (a - 0.5) * np.log(a) + a - np.log(2 * np.pi) / 2,
        _LARGE_GAMMA,
    )


def digamma_less_log(a):
    """Return the derivative of g: digamma(a) - log a, which is negative."""
    return _either(
        np.asarray(a) >= _LARGE_GAMMA,
        a,
        lambda a: -1 / (2 * a) - _series(_BERNOULLI / (2 * _ORDERS), a, 2 * _ORDERS),
        lambda a: special.digamma(a) - np.log(a),
        _LARGE_GAMMA,
    )


def trigamma_less_inverse(a):
    """Return a^2 times the second derivative of g, trigamma(a) - 1/a: between 1/2 and 1."""
    return _either(
        np.asarray(a) >= _LARGE_GAMMA,
        a,
        lambda a: 0.5 + _series(_BERNOULLI, a, 2 * _ORDERS - 1),
        lambda a: 1 - a + a * a * special.polygamma(1, 1 + a),
        _LARGE_GAMMA,
    )


def gamma_shape_excess(change, p, q):
    """Return by how much g at q = p + `change` lies above its tangent at p: the KL of gammas of one mean."""
    with np.errstate(over="ignore"):
        direct = stirling_rest(q) - stirling_rest(p) - (np.log(q) - np.log(p)) / 2 - change * digamma_less_log(p)
        return above_tangent(change, p, lambda t, change: (change / t) ** 2 * trigamma_less_inverse(t), direct)


# Von Mises: f(k) = log I0(k), with mean resultant length A = I1 / I0


def one_less_resultant(k):
    """Return 1 - I1(k) / I0(k)."""
    n = np.arange(1, len(_BESSEL) + 1)
    return _either(
        np.asarray(k) >= _LARGE_BESSEL,
        k,
        lambda k: _series(_BESSEL, k, n),
        lambda k: 1 - special.i1e(k) / special.i0e(k),
        _LARGE_BESSEL,
    )


def resultant(k):
    """Return I1(k) / I0(k), the mean of the cosine."""
    return np.where(np.asarray(k) >= _LARGE_BESSEL, 1 - one_less_resultant(k), special.i1e(k) / special.i0e(k))


_TURN = 2 * np.sin(np.pi * np.arange(64) / 64) ** 2  # 1 - cos at 64 places of the circle


def _cosine_variance(k):
    """Return the variance of the cosine by the trapezoid rule, which for a periodic function is exact to rounding."""
    weights = np.exp(-np.asarray(k)[..., None] * _TURN)
    weights /= weights.sum(axis=-1, keepdims=True)
    mean = (weights * _TURN).sum(axis=-1, keepdims=True)
    return (weights * (_TURN - mean) ** 2).sum(axis=-1)


def resultant_slope(k):
    """Return the second derivative of log I0, the variance of the cosine."""
    n = np.arange(1, len(_BESSEL) + 1)
    return _either(np.asarray(k) >= _LARGE_BESSEL, k, lambda k: _series(n * _BESSEL, k, n + 1), _cosine_variance, _LARGE_BESSEL)


def concentration_excess(change, p, q):
    """Return by how much log I0 at q = p + `change` lies above its tangent at p."""
    direct = np.log(special.i0e(q)) - np.log(special.i0e(p)) + change * one_less_resultant(p)
    # log I0 is smooth over lengths of 1 even where p is small.
    return above_tangent(change, p, lambda t, change: change**2 * resultant_slope(t), direct, reach=1 / NEAR)
