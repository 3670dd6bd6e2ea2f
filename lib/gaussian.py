r"""Gaussians of any dimension: entropy, cross-entropy, KL divergence and mutual information in closed form.

A scalar covariance is the variance of one coordinate, and its mean a scalar;
otherwise covariances are full matrices in the last two axes. All four lose
about as many digits as the condition number of the correlation matrix has;
units don't matter. Beyond 1e13 they refuse.
"""

import operator

import numpy as np

from lib import _checks
from lib._bregman import NEAR, excess

__all__ = [
    "gaussian_cross_entropy",
    "gaussian_entropy",
    "gaussian_kl",
    "gaussian_mutual_information",
]

_LOG_TWO_PI = np.log(2 * np.pi)


def _log_det(factor):
    """Return the log determinants of the matrices with these Cholesky factors."""
    return 2 * np.log(np.diagonal(factor, axis1=-2, axis2=-1)).sum(axis=-1)


def _forward(factor, right):
    """Solve factor @ x = right for lower triangular factors, row by row: errors keep to the scale of their row."""
    shape = np.broadcast_shapes(factor.shape[:-2], right.shape[:-2])
    x = np.empty((*shape, *right.shape[-2:]))
    for i in range(factor.shape[-1]):
        known = (factor[..., i : i + 1, :i] @ x[..., :i, :])[..., 0, :]
        x[..., i, :] = (right[..., i, :] - known) / factor[..., i, i, None]
    return x


def _square_distance(change, factor):
    """Return the squared Mahalanobis lengths of vectors."""
    return (_forward(factor, change[..., None]) ** 2).sum(axis=(-2, -1))


def _whitened(matrix, factor):
    """Return symmetric matrices as seen in coordinates in which factor @ factor.T is the identity."""
    half = _forward(factor, matrix)
    whole = _forward(factor, half.mT)
    return whole / 2 + whole.mT / 2


def gaussian_entropy(cov, *, base=2):
    r"""Return the differential entropy of a Gaussian.

    .. math:: h(X) = \tfrac12 \log\left[(2 \pi e)^d \det \Sigma\right]

    The log of the volume that a Gaussian in effect fills, whatever its mean.
    Negative where that is less than 1; it depends on the unit of X.

    Parameters
    ----------
    cov : array_like, shape (..., d, d), or a scalar
        Covariance matrices; a scalar is one variance (not a standard deviation).
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Differential entropy in units of `base`, of either sign. In nats it is
        off by at most d (1 + d k) times the machine's epsilon of 2.2e-16 for a
        correlation matrix of condition number k, beside the rounding of the result.

    Raises
    ------
    ValueError
        If `cov` isn't symmetric to rounding, not positive definite, or its
        correlation matrix has a condition number above 1e13.

    References
    ----------
    Cover and Thomas :cite:p:`cover2006`, theorem 8.4.1. Taught in chapter :ref:`ch-continuous`.

    Examples
    --------
    >>> float(gaussian_entropy(1.0).round(6))
    2.047096
    >>> float(gaussian_entropy([[1.0, 0.6], [0.6, 1.0]]).round(6))
    3.772263
    """
    unit = _checks.unit(base)
    cov, factor = _checks.covariance(cov, "cov")
    return (cov.shape[-1] * (1 + _LOG_TWO_PI) / 2 + _log_det(factor) / 2) / unit


def gaussian_cross_entropy(mean_p, cov_p, mean_q, cov_q, *, base=2):
    r"""Return the cross-entropy of one Gaussian under the truth of another.

    .. math:: h(P, Q) = \tfrac12 \left[d \log 2 \pi + \log \det \Sigma_q + \operatorname{tr} \Sigma_q^{-1} \Sigma_p
              + (\mu_p - \mu_q)^\top \Sigma_q^{-1} (\mu_p - \mu_q)\right]

    The mean of -log q where P is the truth: differential entropy of `p` plus
    divergence. Like the former it depends on the unit. (In nats as written.)

    Parameters
    ----------
    mean_p, mean_q : array_like, shape (..., d), or scalars
        Means of truth and model; scalars where the covariances are.
    cov_p, cov_q : array_like, shape (..., d, d), or scalars
        Covariance matrices; scalars are variances. Batch shapes broadcast.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Cross-entropy in units of `base`, of either sign.

    Raises
    ------
    ValueError
        As for `gaussian_kl`.

    References
    ----------
    The integral in full: chapter :ref:`ch-continuous`.

    Examples
    --------
    >>> float(gaussian_cross_entropy(0.0, 1.0, 1.0, 2.0).round(6))
    2.547096
    """
    unit = _checks.unit(base)
    (mean_p, _, factor_p), (mean_q, _, factor_q) = _checks.gaussians(mean_p, cov_p, mean_q, cov_q)
    spread = (_forward(factor_q, factor_p) ** 2).sum(axis=(-2, -1))
    d = factor_p.shape[-1]
    return (d * _LOG_TWO_PI + _log_det(factor_q) + spread + _square_distance(mean_p - mean_q, factor_q)) / 2 / unit


def gaussian_kl(mean_p, cov_p, mean_q, cov_q, *, base=2):
    r"""Return the Kullback-Leibler divergence of one Gaussian from another.

    .. math:: D(P \| Q) = \tfrac12 \left[\operatorname{tr} \Sigma_q^{-1} \Sigma_p - d - \log \det \Sigma_q^{-1} \Sigma_p
              + (\mu_p - \mu_q)^\top \Sigma_q^{-1} (\mu_p - \mu_q)\right]

    The information lost when Q stands in for P; the same in every unit and
    after every invertible map of the space. (In nats as written.)

    Parameters
    ----------
    mean_p, mean_q : array_like, shape (..., d), or scalars
        Means of truth and model; scalars where the covariances are.
    cov_p, cov_q : array_like, shape (..., d, d), or scalars
        Covariance matrices; scalars are variances. Batch shapes broadcast.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Divergence in units of `base`: 0.0 for equal arguments, never negative.

    Raises
    ------
    ValueError
        If a covariance isn't symmetric to rounding, not positive definite, or
        its correlation matrix has a condition number above 1e13; if dimensions
        differ or batch shapes don't broadcast.

    Notes
    -----
    With the eigenvalues 1 + x of :math:`\Sigma_q^{-1} \Sigma_p`, computed from the
    difference of the covariances, the first part is half the sum of
    x - log(1 + x). No term is negative, so Gaussians that nearly agree keep their
    digits: the relative error stays below 8 d (1 + k) times the machine's epsilon
    of 2.2e-16, with the larger condition number k of the two correlation matrices.

    References
    ----------
    The derivation: chapter :ref:`ch-continuous`.

    Examples
    --------
    >>> float(gaussian_kl(0.0, 1.0, 1.0, 1.0).round(6))
    0.721348
    >>> float(gaussian_kl([0, 0], [[1, 0], [0, 4]], [0, 0], [[1, 0], [0, 1]]).round(6))
    1.164043
    """
    unit = _checks.unit(base)
    (mean_p, cov_p, factor_p), (mean_q, cov_q, factor_q) = _checks.gaussians(mean_p, cov_p, mean_q, cov_q)
    x = np.linalg.eigvalsh(_whitened(cov_p - cov_q, factor_q))
    known = x > -NEAR
    inside = np.where(known, x, 0.0)
    spread = excess(inside).sum(axis=-1)
    # An eigenvalue 1 + x near 0 has lost its digits in x; the logarithms of these are what the determinant leaves.
    rest = np.where(known, 0.0, x).sum(axis=-1) - (_log_det(factor_p) - _log_det(factor_q) - np.log1p(inside).sum(axis=-1))
    spread = spread + np.where(known.all(axis=-1), 0.0, rest)
    return (spread + _square_distance(mean_p - mean_q, factor_q)) / 2 / unit


def gaussian_mutual_information(cov, split, *, base=2):
    r"""Return the mutual information of two parts of a Gaussian vector.

    .. math:: I(X; Y) = \tfrac12 \log \frac{\det \Sigma_x \det \Sigma_y}{\det \Sigma}
              = -\tfrac12 \sum_i \log(1 - \rho_i^2)

    The divergence of the joint density from the product of its margins; the
    :math:`\rho_i` are the canonical correlations, for two numbers the correlation.

    Parameters
    ----------
    cov : array_like, shape (..., d, d)
        Covariance of the whole vector (X, Y).
    split : int
        How many coordinates are X: the first `split`. The rest are Y.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Mutual information in units of `base`, not negative, 0.0 if no
        coordinate of X is correlated with one of Y.

    Raises
    ------
    ValueError
        If `cov` is no covariance (see `gaussian_entropy`), or `split` doesn't
        leave at least one coordinate on either side.

    References
    ----------
    Cover and Thomas :cite:p:`cover2006`, example 8.5.1. Taught in chapter :ref:`ch-continuous`.

    Examples
    --------
    >>> float(gaussian_mutual_information([[1.0, 0.6], [0.6, 1.0]], 1).round(6))
    0.321928
    """
    unit = _checks.unit(base)
    cov, factor = _checks.covariance(cov, "cov")
    d = cov.shape[-1]
    try:
        split = operator.index(split)
    except TypeError:
        raise ValueError(f"`split` must be an integer; it is {split!r}") from None
    if not 0 < split < d:
        raise ValueError(f"`split` must leave coordinates on both sides, from 1 to {d - 1} of {d}; it is {split}")
    factor_y = np.linalg.cholesky(cov[..., split:, split:])
    across = _forward(factor_y, _forward(factor[..., :split, :split], cov[..., :split, split:]).mT)
    square = np.linalg.svd(across, compute_uv=False) ** 2
    weak = square[..., 0] <= NEAR
    # Strong dependence is what Y has left when X is known; weak dependence would drown in these logarithms.
    strong = (_log_det(factor_y) - _log_det(factor[..., split:, split:])) / 2
    return np.where(weak, 0.0 - np.log1p(-np.where(weak[..., None], square, 0.0)).sum(axis=-1) / 2, strong) / unit
