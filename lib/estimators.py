"""Entropy and mutual information estimated from counts: the plug-in value and its corrections."""

import math

import numpy as np
from scipy.special import digamma, gammaln, polygamma

from lib import _checks
from lib.counts import normalize
from lib.shannon import entropy


def plug_in(counts, *, base=2, axis=-1):
    r"""Return the entropy of the shares: counts divided by their sum, put in the place of probabilities.

    .. math:: \hat H = -\sum_x \frac{c_x}{n} \log \frac{c_x}{n}

    The maximum likelihood estimate. Too low on average, by about (K - 1) / 2n
    nats with K possible outcomes, and by more where n is not well above K.

    Parameters
    ----------
    counts : array_like of int, shape (..., k)
        How often each outcome was seen in n draws.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.
    axis : int, default -1
        The axis of the k outcomes.

    Returns
    -------
    ndarray or float, shape (...)
        Estimates in units of `base`, between 0 and log k.

    Raises
    ------
    ValueError
        If `counts` holds other than non-negative integers, or only zeros.

    References
    ----------
    Paninski :cite:p:`paninski2003`. Taught in chapter :ref:`ch-estimation`.

    Examples
    --------
    >>> float(plug_in([2, 1, 1]))
    1.5
    """
    return entropy(normalize(_checks.outcome_counts(counts, "counts", axis=axis)), base=base)


def miller_madow(counts, *, base=2, axis=-1):
    r"""Return the plug-in entropy with the first term of its bias added back.

    .. math:: \hat H + \frac{K_{\text{seen}} - 1}{2n}

    in nats. The bias has the number of *possible* outcomes there, which is
    unknown; those seen are counted instead, so that part of the bias remains.

    Parameters
    ----------
    counts : array_like of int, shape (..., k)
        How often each outcome was seen in n draws.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.
    axis : int, default -1
        The axis of the k outcomes.

    Returns
    -------
    ndarray or float, shape (...)
        Estimates in units of `base`, not negative; above log k is possible.

    Raises
    ------
    ValueError
        If `counts` holds other than non-negative integers, or only zeros.

    References
    ----------
    Miller :cite:p:`miller1955`. Taught in chapter :ref:`ch-estimation`.

    Examples
    --------
    >>> float(miller_madow([2, 1, 1], base=math.e) - plug_in([2, 1, 1], base=math.e))
    0.25
    """
    unit = _checks.unit(base)
    counts = _checks.outcome_counts(counts, "counts", axis=axis)
    seen = (counts > 0).sum(axis=-1)
    return plug_in(counts, base=base) + (seen - 1) / (2 * counts.sum(axis=-1)) / unit


def grassberger(counts, *, base=2, axis=-1):
    r"""Return Grassberger's estimate: the logarithm of each count replaced by a better one.

    .. math:: \log n - \frac{1}{n} \sum_x c_x G(c_x), \qquad
              G(c) = \psi(c) + \frac{(-1)^c}{2} \left[ \psi\left(\tfrac{c+1}{2}\right) - \psi\left(\tfrac{c}{2}\right) \right]

    in nats, with the digamma function :math:`\psi`. For counts that are Poisson
    distributed the mean of c G(c) is :math:`\lambda \log \lambda` up to a term that
    dies out like :math:`e^{-2\lambda}`. Counts with a fixed sum n are not quite Poisson, which leaves
    a bias of about +1/2n nats.

    Parameters
    ----------
    counts : array_like of int, shape (..., k)
        How often each outcome was seen in n draws.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.
    axis : int, default -1
        The axis of the k outcomes.

    Returns
    -------
    ndarray or float, shape (...)
        Estimates in units of `base`; slightly negative is possible.

    Raises
    ------
    ValueError
        If `counts` holds other than non-negative integers, or only zeros.

    References
    ----------
    Grassberger :cite:p:`grassberger2003`. Taught in chapter :ref:`ch-estimation`.

    Examples
    --------
    >>> float(grassberger([2, 1, 1]).round(4))
    2.3901
    """
    unit = _checks.unit(base)
    counts = _checks.outcome_counts(counts, "counts", axis=axis)
    n, c = counts.sum(axis=-1), np.maximum(counts, 1)  # a count of 0 is multiplied by 0 below
    g = digamma(c) + np.where(c % 2, -0.5, 0.5) * (digamma((c + 1) / 2) - digamma(c / 2))
    return (np.log(n) - (counts * g).sum(axis=-1) / n) / unit


def chao_shen(counts, *, base=2, axis=-1):
    r"""Return the estimate of Chao and Shen: shares lowered to make room for the unseen, terms weighted up.

    .. math:: -\sum_x \frac{\tilde p_x \log \tilde p_x}{1 - (1 - \tilde p_x)^n}, \qquad
              \tilde p_x = \left( 1 - \frac{f_1}{n} \right) \frac{c_x}{n}

    with the number :math:`f_1` of outcomes seen once. The first factor estimates
    the coverage, the probability of all outcomes seen; the denominator is the
    probability to be among them. If all were seen once, :math:`f_1` counts as n - 1.

    Parameters
    ----------
    counts : array_like of int, shape (..., k)
        How often each outcome was seen in n draws.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.
    axis : int, default -1
        The axis of the k outcomes.

    Returns
    -------
    ndarray or float, shape (...)
        Estimates in units of `base`, not negative; above log k is possible.

    Raises
    ------
    ValueError
        If `counts` holds other than non-negative integers, or only zeros.

    References
    ----------
    Chao and Shen :cite:p:`chao2003`. Taught in chapter :ref:`ch-estimation`.

    Examples
    --------
    >>> float(chao_shen([2, 1, 1]).round(4))
    2.5438
    """
    unit = _checks.unit(base)
    counts = _checks.outcome_counts(counts, "counts", axis=axis)
    n = counts.sum(axis=-1, keepdims=True)
    once = (counts == 1).sum(axis=-1, keepdims=True)
    p = (1 - np.where(once == n, n - 1, once) / n) * counts / n
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = p * np.log(p) / np.expm1(n * np.log1p(-p))
    return np.where(counts > 0, terms, 0.0).sum(axis=-1) / unit


def chao_wang_jost(counts, *, base=2, axis=-1):
    r"""Return the estimate of Chao, Wang and Jost, which adds what rarer outcomes would have told.

    .. math:: \sum_x \frac{c_x}{n} [\psi(n) - \psi(c_x)]
              + \frac{f_1}{n} \sum_{r \ge n} \frac{(1 - A)^{r - n + 1}}{r}

    in nats. The first sum is an unbiased estimate of the first n - 1 terms of
    the series :math:`H = \sum_r \frac{1}{r} \sum_x p_x (1 - p_x)^r`, the second
    one extrapolates the rest from the numbers of outcomes seen once and twice,
    :math:`A = 2 f_2 / ((n-1) f_1 + 2 f_2)`.

    Parameters
    ----------
    counts : array_like of int, shape (..., k)
        How often each outcome was seen in n draws.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.
    axis : int, default -1
        The axis of the k outcomes.

    Returns
    -------
    ndarray or float, shape (...)
        Estimates in units of `base`, not negative; above log k is possible.

    Raises
    ------
    ValueError
        If `counts` holds other than non-negative integers, or only zeros.

    References
    ----------
    Chao, Wang and Jost :cite:p:`chao2013`. Taught in chapter :ref:`ch-estimation`.

    Examples
    --------
    >>> float(chao_wang_jost([2, 1, 1]).round(4))
    2.2902
    """
    unit = _checks.unit(base)
    counts = _checks.outcome_counts(counts, "counts", axis=axis)
    n = counts.sum(axis=-1)
    once, twice = (counts == 1).sum(axis=-1), (counts == 2).sum(axis=-1)
    first = (counts * (digamma(n)[..., None] - digamma(np.maximum(counts, 1)))).sum(axis=-1) / n
    some = np.where(twice > 0, twice, 1)  # where no outcome was seen twice, one in place of one that was seen once
    a = 2 * some / ((n - 1) * np.where(twice > 0, once, np.maximum(once - 1, 0)) + 2 * some)
    return (first + once / n * _unseen_tail(n, a)) / unit


def _unseen_tail(n, a):
    """Return the sum of (1-a)^(r-n+1) / r over r >= n, without the cancellation of its closed form.

    It is the integral of exp(-v) x / (n a - n x expm1(-v/n)) over v > 0 with x = 1 - a. In s = log v
    the trapezoidal rule converges like exp(-pi^2 / step), as the nearest pole lies at distance pi.
    """
    n, a = np.asarray(n, dtype=float)[..., None], np.asarray(a, dtype=float)[..., None]
    step = 0.25
    s = np.arange(-100, 4, step)  # n a >= 2/n, so below exp(-100) there is nothing left for any n in reach
    v = np.exp(s)
    return step * ((1 - a) * v * np.exp(-v) / (n * a - n * (1 - a) * np.expm1(-v / n))).sum(axis=-1)


def nsb(counts, *, outcomes=None, base=2, axis=-1):
    r"""Return the Bayesian estimate of Nemenman, Shafee and Bialek.

    .. math:: \int \mathrm{E}[H \mid \beta, \text{counts}]\, p(\beta \mid \text{counts})\, d\beta, \qquad
              p(\beta) \propto \frac{d}{d\beta} [\psi(K\beta + 1) - \psi(\beta + 1)]

    A symmetric Dirichlet prior with parameter :math:`\beta` for the probabilities of
    the K outcomes all but fixes the entropy before any data. So :math:`\beta` gets a prior
    of its own, under which the expected entropy is uniform. The integral is a sum
    over log beta, to about 12 digits.

    Parameters
    ----------
    counts : array_like of int, shape (..., k)
        How often each outcome was seen in n draws.
    outcomes : int, optional
        How many outcomes K are possible; by default those that `counts` has a place for.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.
    axis : int, default -1
        The axis of the k outcomes.

    Returns
    -------
    ndarray or float, shape (...)
        Posterior means in units of `base`, between 0 and log K.

    Raises
    ------
    ValueError
        If `counts` holds other than non-negative integers, or only zeros, or
        more outcomes than `outcomes`.

    References
    ----------
    Nemenman, Shafee and Bialek :cite:p:`nemenman2002`. Taught in chapter :ref:`ch-estimation`.

    Examples
    --------
    >>> float(nsb([2, 1, 1]).round(4))
    1.4105
    >>> float(nsb([2, 1, 1], outcomes=100).round(4))
    3.4049
    """
    unit = _checks.unit(base)
    counts = _checks.outcome_counts(counts, "counts", axis=axis)
    K = counts.shape[-1] if outcomes is None else _checks.whole(outcomes, "outcomes")
    seen = (counts > 0).sum(axis=-1).max()
    if K < seen:
        raise ValueError(f"`outcomes` must be at least the number of outcomes seen, {seen}; it is {K}")
    rows = counts.reshape(-1, counts.shape[-1])
    return (np.array([_nsb(row, K) for row in rows]).reshape(counts.shape[:-1]) / unit)[()]


def _nsb(counts, K):
    if K == 1:
        return 0.0
    values, times = np.unique(counts[counts > 0], return_counts=True)
    low, high = -100.0, 100.0
    for _ in range(60):  # narrow down to where the integrand is within exp(-42) of its peak
        s = np.linspace(low, high, 801)
        log_weight = _nsb_log_weight(s, values, times, K)
        near = np.flatnonzero(log_weight > log_weight.max() - 42)
        low, high = s[max(near[0] - 1, 0)], s[min(near[-1] + 1, 800)]
        if near.size > 400:
            break
    weight = np.exp(log_weight - log_weight.max())
    return (weight * _dirichlet_entropy(np.exp(s), values, times, K)).sum() / weight.sum()


def _nsb_log_weight(s, values, times, K):
    """Return the log of prior times likelihood times d beta / ds at beta = exp(s), up to a constant."""
    beta = np.exp(s)
    n = values @ times
    likelihood = times @ _rising(values[:, None], beta) - _rising(n, K * beta)
    return likelihood + np.log(_entropy_slope(beta, K)) + s


def _rising(n, z):
    """Return log Gamma(z + n) - log Gamma(z) - n log z, by Stirling's series so that large z lose no digits."""
    return (z + n - 0.5) * np.log1p(n / z) - n + _stirling(z + n) - _stirling(z)


def _stirling(z):
    far = np.maximum(z, 10)
    series = (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / far**2) / far**2) / far**2) / far**2) / far
    return np.where(z < 10, gammaln(z) - ((z - 0.5) * np.log(z) - z + 0.5 * math.log(2 * math.pi)), series)


def _entropy_slope(beta, K):
    """Return the derivative of the expected entropy, psi(K beta + 1) - psi(beta + 1), by beta."""
    near = K * polygamma(1, K * np.minimum(beta, 100) + 1) - polygamma(1, np.minimum(beta, 100) + 1)
    b = np.maximum(beta, 100)  # there the leading terms 1/beta cancel: the rest of the asymptotic series
    terms = ((1 / 2, 1), (-1 / 6, 2), (1 / 30, 4), (-1 / 42, 6))
    far = sum(c * (1 - float(K) ** -e) / b**e for c, e in terms) / b
    return np.where(beta < 100, near, far)


def _dirichlet_entropy(beta, values, times, K):
    """Return the posterior mean of the entropy for a Dirichlet prior with parameter beta."""
    total = values @ times + K * beta
    shares = (values[:, None] + beta) / total
    unseen = (K - times.sum()) * beta / total * digamma(beta + 1)
    return digamma(total + 1) - times @ (shares * digamma(values[:, None] + beta + 1)) - unseen


def corrected_mutual_information(counts, *, estimator=grassberger, base=2):
    r"""Return mutual information from counts of pairs, as three estimated entropies.

    .. math:: \hat I = \hat H(X) + \hat H(Y) - \hat H(X, Y)

    The joint table has the most cells and its entropy the largest bias. Plugged-in
    shares overstate the information for that reason; a corrected estimate takes
    most of it away, and may come out negative where there is none.

    Parameters
    ----------
    counts : array_like of int, shape (..., n, m)
        How often each pair was seen: X along the rows, Y along the columns.
    estimator : callable, default `grassberger`
        One of the functions of this module, called as ``estimator(counts, base=base)``.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Estimates in units of `base`; of either sign unless `estimator` is `plug_in`.

    Raises
    ------
    ValueError
        If `counts` holds other than non-negative integers, or only zeros.

    References
    ----------
    Paninski :cite:p:`paninski2003`. Taught in chapter :ref:`ch-estimation`.

    Examples
    --------
    >>> float(corrected_mutual_information([[31, 10], [9, 30]], estimator=plug_in).round(4))
    0.2093
    >>> float(corrected_mutual_information([[31, 10], [9, 30]]).round(4))
    0.209
    """
    counts = _checks.integer_counts(counts, "counts")
    joint = counts.reshape(*counts.shape[:-2], -1)
    margins = estimator(counts.sum(axis=-1), base=base) + estimator(counts.sum(axis=-2), base=base)
    return margins - estimator(joint, base=base)


__all__ = ["chao_shen", "chao_wang_jost", "corrected_mutual_information", "grassberger", "miller_madow", "nsb", "plug_in"]
