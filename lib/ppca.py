"""Probabilistic principal component analysis: a Gaussian with a few directions of its own, fitted in closed form."""

import math
from typing import NamedTuple

import numpy as np

from lib import _checks

__all__ = ["PPCA", "fit_ppca", "ppca_log_likelihood"]


class PPCA(NamedTuple):
    """Hold the model x = W z + μ + noise of one variance.

    Parameters
    ----------
    mean : ndarray, shape (d,)
        μ.
    weights : ndarray, shape (d, q)
        W, with orthogonal columns from the longest to the shortest.
    variance : float
        Of the noise.

    Examples
    --------
    >>> PPCA(np.zeros(2), np.ones((2, 1)), 0.5).variance
    0.5
    """

    mean: np.ndarray
    weights: np.ndarray
    variance: float


def fit_ppca(x, latents, *, variance=None):
    r"""Return the maximum likelihood fit of probabilistic PCA, in closed form.

    .. math:: \sigma^2 = \frac{1}{d - q} \sum_{j > q} \lambda_j, \qquad W = U_q (\Lambda_q - \sigma^2 I)^{1/2}

    From the eigenvalues λ of the covariance matrix of the data (divided by n)
    and its eigenvectors U. With a variance that is given, a direction with
    λ ≤ σ² gets the weight 0: it collapses.

    Parameters
    ----------
    x : array_like, shape (n, d)
        One observation a row.
    latents : int
        q, below d.
    variance : float, optional
        A fixed σ² in place of the best one.

    Returns
    -------
    PPCA
        The fit, in the unit of the data (no unit of information).

    Raises
    ------
    ValueError
        If `x` is no matrix of finite numbers, `latents` is out of range or
        nothing is left for the noise.

    References
    ----------
    Tipping and Bishop 1999 :cite:p:`tipping1999`, section 3.2. Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> x = np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]])  # variances 4.5 and 0.5
    >>> fit = fit_ppca(x, 1)
    >>> round(fit.variance, 6), np.abs(fit.weights.round(6)).T
    (0.5, array([[2., 0.]]))
    """
    x = _checks.observation_rows(x, "x", axes=(2,))
    latents = _checks.whole(latents, "latents", most=x.shape[1] - 1)
    values, vectors = np.linalg.eigh(np.cov(x.T, ddof=0))
    values, vectors = values[::-1], vectors[:, ::-1]
    if variance is None:
        variance = values[latents:].mean()
    variance = _checks.one_positive(variance, "variance")
    return PPCA(x.mean(0), vectors[:, :latents] * np.sqrt(np.maximum(values[:latents] - variance, 0)), variance)


def ppca_log_likelihood(x, fit):
    r"""Return ln p(x) of each row: the Gaussian with covariance W Wᵀ + σ² I.

    Parameters
    ----------
    x : array_like, shape (n, d)
        Observations.
    fit : PPCA
        The model.

    Returns
    -------
    ndarray, shape (n,)
        Log densities, in nats; they depend on the unit of the data.

    Raises
    ------
    ValueError
        If `x` is no matrix of finite numbers with d columns.

    References
    ----------
    Tipping and Bishop 1999 :cite:p:`tipping1999`, section 3.1. Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> ppca_log_likelihood([[0.0, 0.0]], PPCA(np.zeros(2), np.array([[1.0], [0.0]]), 1.0)).round(4)
    array([-2.1845])
    """
    x = _checks.observation_rows(x, "x", axes=(2,))
    if x.shape[1] != len(fit.mean):
        raise ValueError(f"`x` must have {len(fit.mean)} columns; its shape is {x.shape}")
    covariance = fit.weights @ fit.weights.T + fit.variance * np.eye(len(fit.mean))
    rest = np.linalg.solve(np.linalg.cholesky(covariance), (x - fit.mean).T)
    return -((rest**2).sum(0) + np.linalg.slogdet(2 * math.pi * covariance)[1]) / 2
