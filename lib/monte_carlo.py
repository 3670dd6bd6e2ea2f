"""The KL divergence from samples whose log densities are known.

Samples are drawn from P, the first argument of the divergence; the ratio is
r = q / p. Each function returns one term for each sample, to be averaged by
`mean_and_error`. Log densities are natural logarithms, as every library gives
them; results are in units of `base`.
"""

import numpy as np

from lib import _checks, _kernels

__all__ = ["k1", "k2", "k3", "mean_and_error"]


def k1(log_p, log_q, *, base=2):
    r"""Return the terms of the plain estimator of the KL divergence.

    .. math:: k_1(x) = -\log r(x) = \log \frac{p(x)}{q(x)}, \qquad x \sim P

    The definition, term by term: right on average, of either sign.

    Parameters
    ----------
    log_p : array_like, shape (..., n)
        Natural logarithms of the density of P, which the n samples are drawn from.
    log_q : array_like, shape (..., n)
        Those of Q at the same samples; -inf where Q excludes one.
    base : float, default 2
        Base of the logarithm in the result: 2 for bits, e for nats.

    Returns
    -------
    ndarray, shape (..., n)
        One term a sample, in units of `base`; inf where `log_q` is -inf.

    Raises
    ------
    ValueError
        If the shapes differ, a logarithm is NaN or +inf, or `log_p` is -inf at
        a sample that P is said to have drawn.

    References
    ----------
    Schulman :cite:p:`schulman2020`. Taught in chapter :ref:`ch-monte-carlo`.

    Examples
    --------
    >>> k1(np.log([0.5, 0.5]), np.log([0.25, 0.75])).round(4)
    array([ 1.   , -0.585])
    """
    unit = _checks.unit(base)
    log_p, log_q = _checks.log_density_pair(log_p, log_q)
    return (log_p - log_q) / unit


def k2(log_p, log_q, *, base=2):
    r"""Return the terms of the quadratic estimator of the KL divergence.

    .. math:: k_2(x) = \tfrac12 \bigl(\ln r(x)\bigr)^2, \qquad x \sim P

    Never negative, and biased: its mean is half the second moment of the log
    ratio, not the divergence. Near p = q the two agree to second order.

    Parameters
    ----------
    log_p, log_q : array_like, shape (..., n)
        Natural logarithms of both densities at n samples drawn from P.
    base : float, default 2
        Unit of the result. The square is taken in nats and converted after it:
        a square of bits would not estimate bits.

    Returns
    -------
    ndarray, shape (..., n)
        One term a sample, in units of `base`; inf where `log_q` is -inf.

    Raises
    ------
    ValueError
        As for `k1`.

    References
    ----------
    Schulman :cite:p:`schulman2020`. Taught in chapter :ref:`ch-monte-carlo`.

    Examples
    --------
    >>> k2(np.log([0.5, 0.5]), np.log([0.25, 0.75]), base=np.e).round(4)
    array([0.2402, 0.0822])
    """
    unit = _checks.unit(base)
    log_p, log_q = _checks.log_density_pair(log_p, log_q)
    return (log_p - log_q) ** 2 / (2 * unit)


def k3(log_p, log_q, *, base=2):
    r"""Return the terms of the steady estimator of the KL divergence.

    .. math:: k_3(x) = r(x) - 1 - \ln r(x), \qquad x \sim P

    Never negative. Right on average if P is positive wherever Q is; else too
    small by the probability that Q gives to what P excludes. Its variance is
    infinite where that of r is: Q with much heavier tails than P.

    Parameters
    ----------
    log_p, log_q : array_like, shape (..., n)
        Natural logarithms of both densities at n samples drawn from P.
    base : float, default 2
        Unit of the result, converted after the sum in nats.

    Returns
    -------
    ndarray, shape (..., n)
        One term a sample, in units of `base`; inf where `log_q` is -inf, or
        where r exceeds the largest float.

    Raises
    ------
    ValueError
        As for `k1`.

    References
    ----------
    Schulman :cite:p:`schulman2020`. Taught in chapter :ref:`ch-monte-carlo`.

    Examples
    --------
    >>> k3(np.log([0.5, 0.5]), np.log([0.25, 0.75]), base=np.e).round(4)
    array([0.1931, 0.0945])
    """
    unit = _checks.unit(base)
    log_p, log_q = _checks.log_density_pair(log_p, log_q)
    return _bracket(log_q - log_p) / unit


def _bracket(log_r):
    """Return r - 1 - log r, never negative."""
    with np.errstate(over="ignore"):
        result = np.expm1(log_r) - log_r
    near = np.abs(log_r) < 0.5
    # Near r = 1 the difference loses its digits: it is the bracket of Gibbs' inequality with p = 1.
    result[near] = _kernels.kl_terms(np.ones(near.sum()), np.exp(log_r[near]), -np.expm1(log_r[near]))
    return result


def mean_and_error(terms, *, axis=-1):
    """Return the mean of the terms and its standard error.

    The error is the sample's standard deviation (divided by n - 1) over the
    root of n. It means something only if the variance is finite.

    Parameters
    ----------
    terms : array_like, shape (..., n, ...)
        Terms of independent samples; at least 2 along `axis`.
    axis : int, default -1
        The axis of the samples, negative: -2 for gradients.

    Returns
    -------
    mean : ndarray or float, shape (..., ...)
        In units of `base`, as the terms are; infinite if a term is.
    error : ndarray or float, shape (..., ...)
        Standard error of the mean, in the same unit; inf where the mean is infinite.

    Raises
    ------
    ValueError
        If there are fewer than 2 samples, a term is NaN, or terms of both
        infinite signs meet.

    References
    ----------
    Taught in chapter :ref:`ch-monte-carlo`.

    Examples
    --------
    >>> mean, error = mean_and_error([1.0, 2.0, 3.0])
    >>> float(mean), float(error.round(4))
    (2.0, 0.5774)
    """
    terms = _checks.not_nan(terms, "terms")
    if axis not in range(-terms.ndim, 0):
        raise ValueError(f"`axis` must be an integer from {-terms.ndim} to -1; it is {axis!r}")
    _checks.sample_axis(terms, "terms", least=2, axis=axis)
    infinite = np.isinf(terms).any(axis=axis)
    if ((terms == np.inf).any(axis=axis) & (terms == -np.inf).any(axis=axis)).any():
        raise ValueError("`terms` must not hold inf and -inf together: they have no mean")
    mean = terms.mean(axis=axis)
    with np.errstate(invalid="ignore"):
        spread = terms.std(axis=axis, ddof=1) / np.sqrt(terms.shape[axis])
    return mean, np.where(infinite, np.inf, spread)[()]
