r"""Mean field by coordinate ascent, where everything is known: a normal with unknown mean and precision, and Gaussians.

All evidences and bounds are in nats.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy import special

from lib import _checks

__all__ = [
    "NormalGamma",
    "NormalTimesGamma",
    "fit_normal_gamma",
    "gaussian_mean_field",
    "gaussian_mean_field_gap",
    "gaussian_sweeps",
    "normal_gamma_elbo",
    "normal_gamma_evidence",
    "normal_gamma_gap",
    "normal_gamma_posterior",
]


class NormalGamma(NamedTuple):
    """Hold a belief about mean and precision in which they depend on each other.

    The precision is gamma distributed with `shape` and `rate` (not scale); given
    it, the mean is normal around `mean` with precision `strength` times the precision.

    Examples
    --------
    >>> NormalGamma(mean=0.0, strength=1.0, shape=2.0, rate=2.0).rate
    2.0
    """

    mean: float
    strength: float
    shape: float
    rate: float


class NormalTimesGamma(NamedTuple):
    """Hold a belief in which mean and precision are independent: normal with `variance`, gamma with `shape` and `rate`.

    Examples
    --------
    >>> NormalTimesGamma(mean=0.0, variance=1.0, shape=2.0, rate=2.0).variance
    1.0
    """

    mean: float
    variance: float
    shape: float
    rate: float


def _prior(prior):
    _checks.number(prior.mean, "prior.mean")
    for name in ("strength", "shape", "rate"):
        _checks.one_positive(getattr(prior, name), f"prior.{name}")
    return prior


def _belief(q):
    _checks.number(q.mean, "q.mean")
    for name in ("variance", "shape", "rate"):
        _checks.one_positive(getattr(q, name), f"q.{name}")
    return q


def normal_gamma_posterior(x, prior):
    """Return the exact belief about mean and precision of a normal after data.

    Parameters
    ----------
    x : array_like, shape (n,)
        Observations.
    prior : NormalGamma
        The belief before.

    Returns
    -------
    NormalGamma
        In the units of the data (no unit of information: no unit).

    Raises
    ------
    ValueError
        If `x` is no vector of finite numbers or a parameter isn't positive.

    References
    ----------
    Bishop 2006 :cite:p:`bishop2006`, section 2.3.6.

    Notes
    -----
    Taught in chapter :ref:`ch-variational-inference`.

    Examples
    --------
    >>> print(normal_gamma_posterior([1.0, 3.0], NormalGamma(0.0, 1.0, 1.0, 1.0)).shape)
    2.0
    """
    x, prior = _checks.vector(x, "x"), _prior(prior)
    n, centre = x.size, x.mean()
    strength = prior.strength + n
    mean = (prior.strength * prior.mean + n * centre) / strength
    scatter = ((x - centre) ** 2).sum() + prior.strength * n * (centre - prior.mean) ** 2 / strength
    return NormalGamma(float(mean), float(strength), prior.shape + n / 2, float(prior.rate + scatter / 2))


def normal_gamma_evidence(x, prior):
    """Return the exact log evidence of data from a normal with unknown mean and precision.

    Parameters
    ----------
    x : array_like, shape (n,)
        Observations.
    prior : NormalGamma
        The belief before.

    Returns
    -------
    float
        The log of the probability density of the data, in nats.

    Raises
    ------
    ValueError
        If `x` is no vector of finite numbers or a parameter isn't positive.

    Notes
    -----
    Taught in chapter :ref:`ch-variational-inference`.

    Examples
    --------
    >>> round(normal_gamma_evidence([0.0], NormalGamma(0.0, 1.0, 1.0, 1.0)), 4)
    -1.3863
    """
    x = _checks.vector(x, "x")
    post = normal_gamma_posterior(x, prior)
    ratio = special.gammaln(post.shape) - special.gammaln(prior.shape)
    ratio += prior.shape * math.log(prior.rate) - post.shape * math.log(post.rate)
    return float(ratio + 0.5 * math.log(prior.strength / post.strength) - 0.5 * x.size * math.log(2 * math.pi))


def normal_gamma_elbo(x, prior, q):
    """Return the evidence lower bound of a belief that takes mean and precision for independent.

    Every constant is in it, so it can be compared with the evidence.

    Parameters
    ----------
    x : array_like, shape (n,)
        Observations.
    prior : NormalGamma
        The belief before.
    q : NormalTimesGamma
        The belief to be judged.

    Returns
    -------
    float
        The bound, in nats; at most :func:`normal_gamma_evidence`.

    Raises
    ------
    ValueError
        If `x` is no vector of finite numbers or a parameter isn't positive.

    References
    ----------
    Attias 2000 :cite:p:`attias2000`.

    Notes
    -----
    Taught in chapter :ref:`ch-variational-inference`.

    Examples
    --------
    >>> prior = NormalGamma(0.0, 1.0, 1.0, 1.0)
    >>> normal_gamma_elbo([0.0], prior, NormalTimesGamma(0.0, 0.5, 2.0, 1.0)) < normal_gamma_evidence([0.0], prior)
    True
    """
    x, prior, q = _checks.vector(x, "x"), _prior(prior), _belief(q)
    tau, log_tau = q.shape / q.rate, special.digamma(q.shape) - math.log(q.rate)
    square = ((x - q.mean) ** 2).sum() + x.size * q.variance
    likelihood = 0.5 * x.size * (log_tau - math.log(2 * math.pi)) - 0.5 * tau * square
    pull = prior.strength * ((q.mean - prior.mean) ** 2 + q.variance)
    mean = 0.5 * (math.log(prior.strength / (2 * math.pi)) + log_tau - tau * pull)
    precision = prior.shape * math.log(prior.rate) - special.gammaln(prior.shape) + (prior.shape - 1) * log_tau - prior.rate * tau
    entropy = 0.5 * math.log(2 * math.pi * math.e * q.variance)
    entropy += q.shape - math.log(q.rate) + special.gammaln(q.shape) + (1 - q.shape) * special.digamma(q.shape)
    return float(likelihood + mean + precision + entropy)


def normal_gamma_gap(x, prior, q):
    """Return KL(q || posterior) of a belief that takes mean and precision for independent, computed as a divergence.

    Parameters
    ----------
    x : array_like, shape (n,)
        Observations.
    prior : NormalGamma
        The belief before.
    q : NormalTimesGamma
        The belief to be judged.

    Returns
    -------
    float
        The divergence, in nats.

    Raises
    ------
    ValueError
        If `x` is no vector of finite numbers or a parameter isn't positive.

    Notes
    -----
    Taught in chapter :ref:`ch-variational-inference`.

    Examples
    --------
    >>> prior = NormalGamma(0.0, 1.0, 1.0, 1.0)
    >>> normal_gamma_gap([0.0], prior, NormalTimesGamma(0.0, 0.5, 2.0, 1.0)) > 0
    True
    """
    post, q = normal_gamma_posterior(x, prior), _belief(q)
    tau, log_tau = q.shape / q.rate, special.digamma(q.shape) - math.log(q.rate)
    gamma = (q.shape - post.shape) * special.digamma(q.shape) - special.gammaln(q.shape) + special.gammaln(post.shape)
    gamma += post.shape * math.log(q.rate / post.rate) + q.shape * (post.rate - q.rate) / q.rate
    spread = post.strength * tau * (q.variance + (q.mean - post.mean) ** 2)
    return float(gamma + 0.5 * (spread - 1 - math.log(post.strength * q.variance) - log_tau))


def fit_normal_gamma(x, prior, *, sweeps=50, start=1.0):
    """Fit independent beliefs about mean and precision by coordinate ascent.

    A sweep sets the belief about the mean to its best, given that about the
    precision, and then the other way round; neither can lower the bound.

    Parameters
    ----------
    x : array_like, shape (n,)
        Observations.
    prior : NormalGamma
        The belief before.
    sweeps : int
        How many.
    start : float
        The mean precision to begin with.

    Returns
    -------
    q : NormalTimesGamma
        The belief reached (no unit).
    history : list of float
        The bound after each sweep, in nats.

    Raises
    ------
    ValueError
        If `x` is no vector of finite numbers or a number isn't positive.

    References
    ----------
    Attias 2000 :cite:p:`attias2000`; Bishop 2006 :cite:p:`bishop2006`, section 10.1.3.

    Notes
    -----
    Taught in chapter :ref:`ch-variational-inference`.

    Examples
    --------
    >>> q, history = fit_normal_gamma([0.0, 1.0, 2.0], NormalGamma(0.0, 1.0, 1.0, 1.0))
    >>> history[0] < history[1] < history[2], q.shape
    (True, 3.0)
    """
    x, prior = _checks.vector(x, "x"), _prior(prior)
    sweeps, tau = _checks.whole(sweeps, "sweeps"), _checks.one_positive(start, "start")
    strength = prior.strength + x.size
    mean = float((prior.strength * prior.mean + x.sum()) / strength)
    shape = prior.shape + (x.size + 1) / 2
    history = []
    for _ in range(sweeps):
        variance = 1 / (strength * tau)
        square = ((x - mean) ** 2).sum() + prior.strength * (mean - prior.mean) ** 2 + strength * variance
        q = NormalTimesGamma(mean, variance, shape, float(prior.rate + square / 2))
        tau = q.shape / q.rate
        history.append(normal_gamma_elbo(x, prior, q))
    return q, history


def gaussian_mean_field(precision):
    """Return the variances of the product of normals that is closest to a Gaussian by KL(q || p).

    Each is the variance of its coordinate *given all others*, the inverse of a
    number on the diagonal of the precision matrix; the true variance of the
    coordinate is at least that. The means are those of the Gaussian.

    Parameters
    ----------
    precision : array_like, shape (d, d)
        The inverse of the covariance.

    Returns
    -------
    ndarray, shape (d,)
        Variances (no unit of information: no unit).

    Raises
    ------
    ValueError
        If `precision` is not symmetric and positive definite.

    References
    ----------
    Bishop 2006 :cite:p:`bishop2006`, section 10.1.2.

    Notes
    -----
    Taught in chapter :ref:`ch-variational-inference`.

    Examples
    --------
    >>> gaussian_mean_field([[2.0, 1.0], [1.0, 1.0]])
    array([0.5, 1. ])
    """
    return 1 / np.diagonal(_precision(precision))


def gaussian_mean_field_gap(precision):
    """Return KL(q || p) of the closest product of normals: what mean field loses on a Gaussian.

    Parameters
    ----------
    precision : array_like, shape (d, d)
        The inverse of the covariance.

    Returns
    -------
    float
        Half the sum of the logs of the diagonal less half the log determinant, in nats.

    Raises
    ------
    ValueError
        If `precision` is not symmetric and positive definite.

    Notes
    -----
    Taught in chapter :ref:`ch-variational-inference`.

    Examples
    --------
    >>> round(gaussian_mean_field_gap([[2.0, 1.0], [1.0, 1.0]]), 6)
    0.346574
    """
    precision = _precision(precision)
    scale = 1 / np.sqrt(np.diagonal(precision))
    correlation = precision * scale[:, None] * scale
    return float(-np.log(np.diagonal(np.linalg.cholesky(correlation))).sum())


def gaussian_sweeps(precision, shift, *, sweeps, start=None):
    """Find the mean of a Gaussian by coordinate ascent: one coordinate after the other, given the others.

    The density is proportional to exp(shift . w - w . precision w / 2). Each step
    solves one of the equations precision w = shift, so that a sweep is one of Gauss and Seidel.

    Parameters
    ----------
    precision : array_like, shape (d, d)
        The inverse of the covariance.
    shift : array_like, shape (d,)
        Precision times mean.
    sweeps : int
        How often each coordinate is renewed.
    start : array_like, shape (d,), optional
        Where to begin; by default at 0.

    Returns
    -------
    ndarray, shape (sweeps + 1, d)
        The means before and after each sweep (no unit).

    Raises
    ------
    ValueError
        If `precision` is not symmetric and positive definite or the sizes differ.

    Notes
    -----
    Taught in chapter :ref:`ch-variational-inference`.

    Examples
    --------
    >>> gaussian_sweeps([[2.0, 1.0], [1.0, 1.0]], [1.0, 1.0], sweeps=2)
    array([[0.  , 0.  ],
           [0.5 , 0.5 ],
           [0.25, 0.75]])
    """
    precision, shift = _precision(precision), _checks.vector(shift, "shift")
    sweeps = _checks.whole(sweeps, "sweeps")
    mean = np.zeros(len(precision)) if start is None else _checks.vector(start, "start").astype(float)
    for name, x in (("shift", shift), ("start", mean)):
        if x.size != len(precision):
            raise ValueError(f"`{name}` must have {len(precision)} numbers, one for each row of `precision`; it has {x.size}")
    path = [mean.copy()]
    for _ in range(sweeps):
        for i, row in enumerate(precision):
            mean[i] += (shift[i] - row @ mean) / row[i]
        path.append(mean.copy())
    return np.array(path)


def _precision(precision):
    return _checks.one_covariance(precision, "precision")[0]
