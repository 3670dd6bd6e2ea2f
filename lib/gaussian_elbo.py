r"""The evidence lower bound of Gaussian beliefs: in closed form for linear models, by nodes for others.

A linear Gaussian model has a latent vector z with prior N(mean, cov) and data
x = design @ z + noise. Its posterior is `lib.bayesian.linear_regression_update`,
whose arguments come in the same order. Results are in units of `base`.
"""

import numpy as np

from lib import _checks
from lib.gaussian import gaussian_kl

__all__ = ["gaussian_nodes", "linear_gaussian_elbo", "linear_gaussian_evidence"]

_LOG_TWO_PI = np.log(2 * np.pi)


def linear_gaussian_evidence(mean, cov, design, x, *, noise_variance, base=2):
    r"""Return the log evidence of a linear Gaussian model.

    .. math:: \log p(x) = \log \mathcal N\bigl(x;\; A m,\; A S A^\top + \sigma^2 I\bigr)

    for z with prior N(m, S) and x = A z + noise of variance :math:`\sigma^2`.

    Parameters
    ----------
    mean : array_like, shape (d,)
        Mean m of the prior of z.
    cov : array_like, shape (d, d)
        Its covariance S, positive definite.
    design : array_like, shape (n, d)
        A: what z does to the data.
    x : array_like, shape (n,)
        The data.
    noise_variance : float
        Variance of the noise of each number in `x`, positive.
    base : float, default 2
        Base of the logarithm in the result: 2 for bits, e for nats.

    Returns
    -------
    float
        Log density in units of `base`, of either sign; it depends on the unit of x.

    Raises
    ------
    ValueError
        If the covariance is singular or not symmetric, the shapes don't match,
        the variance isn't positive, or anything is NaN or infinite.

    References
    ----------
    Taught in chapter :ref:`ch-elbo`.

    Examples
    --------
    >>> float(linear_gaussian_evidence([0], [[1]], [[1]], [0], noise_variance=1, base=np.e).round(6))
    -1.265512
    """
    unit = _checks.unit(base)
    mean, cov, design, x, noise = _checks.linear_model(mean, cov, design, x, noise_variance)
    factor = np.linalg.cholesky(design @ cov @ design.T + noise * np.eye(x.size))
    white = np.linalg.solve(factor, x - design @ mean)
    return -(x.size * _LOG_TWO_PI / 2 + np.log(np.diag(factor)).sum() + white @ white / 2) / unit


def linear_gaussian_elbo(mean_q, cov_q, mean, cov, design, x, *, noise_variance, base=2):
    r"""Return the evidence lower bound of Gaussian beliefs in a linear Gaussian model.

    .. math:: \mathcal L = -\frac n2 \log 2 \pi \sigma^2
              - \frac{\lVert x - A \mu \rVert^2 + \operatorname{tr} A \Sigma A^\top}{2 \sigma^2}
              - D\bigl(\mathcal N(\mu, \Sigma) \,\|\, \mathcal N(m, S)\bigr)

    Reconstruction less rate, each in closed form. (In nats as written.)

    Parameters
    ----------
    mean_q, cov_q : array_like, shapes (..., d) and (..., d, d)
        Mean and covariance of the belief; batch shapes broadcast.
    mean : array_like, shape (d,)
        Mean m of the prior of z.
    cov : array_like, shape (d, d)
        Its covariance S, positive definite.
    design : array_like, shape (n, d)
        A: what z does to the data.
    x : array_like, shape (n,)
        The data.
    noise_variance : float
        Variance of the noise of each number in `x`, positive.
    base : float, default 2
        Base of the logarithm in the result: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        The bound in units of `base`, at most `linear_gaussian_evidence`.

    Raises
    ------
    ValueError
        As for `linear_gaussian_evidence` and `lib.gaussian.gaussian_kl`.

    References
    ----------
    Taught in chapter :ref:`ch-elbo`.

    Examples
    --------
    The posterior is N(0, 1/2), and the bound is the log evidence; the prior as the belief loses 0.153 nats.

    >>> model = dict(mean=[0], cov=[[1]], design=[[1]], x=[0], noise_variance=1, base=np.e)
    >>> float(linear_gaussian_elbo([0], [[0.5]], **model).round(6)), float(linear_gaussian_elbo([0], [[1]], **model).round(6))
    (-1.265512, -1.418939)
    """
    unit = _checks.unit(base)
    mean, cov, design, x, noise = _checks.linear_model(mean, cov, design, x, noise_variance)
    rate = gaussian_kl(mean_q, cov_q, mean, cov, base=base)
    mean_q, cov_q, _ = _checks.gaussian(mean_q, cov_q, ("mean_q", "cov_q"))
    misfit = ((x - mean_q @ design.T) ** 2).sum(axis=-1) + np.einsum("ni,...ij,nj->...", design, cov_q, design)
    return -(x.size * (_LOG_TWO_PI + np.log(noise)) + misfit / noise) / 2 / unit - rate


def gaussian_nodes(mean, cov, *, nodes=40):
    r"""Return points and weights that turn means under a Gaussian into sums.

    .. math:: \operatorname{E}_{\mathcal N(\mu, \Sigma)}[f(z)] \approx \sum_i w_i f(z_i)

    The product rule of Gauss and Hermite: exact for polynomials of degree below
    twice `nodes` in each coordinate, and good for functions that are nearly so
    over some standard deviations.

    Parameters
    ----------
    mean : array_like, shape (d,), or a scalar
        Mean of the Gaussian.
    cov : array_like, shape (d, d), or a scalar
        Its covariance; a scalar is a variance.
    nodes : int, default 40
        Nodes along each coordinate, from 2 to 200; there are ``nodes**d`` points.

    Returns
    -------
    points : ndarray, shape (nodes**d, d)
        Where to take the function.
    weights : ndarray, shape (nodes**d,)
        Positive weights (no unit) that sum to 1.

    Raises
    ------
    ValueError
        If it is no single Gaussian, or there would be more than a million points.

    References
    ----------
    Taught in chapter :ref:`ch-elbo`.

    Examples
    --------
    >>> points, weights = gaussian_nodes(1.0, 4.0)
    >>> float((weights @ points[:, 0] ** 2).round(9))
    5.0
    """
    cov, factor = _checks.one_covariance(cov, "cov")
    mean, _, _ = _checks.gaussian(np.atleast_1d(mean), cov, ("mean", "cov"))
    mean = _checks.vector(mean, "mean")
    d = mean.size
    line, weight = np.polynomial.hermite_e.hermegauss(_checks.node_count(nodes, d))
    grid = np.stack(np.meshgrid(*[line] * d, indexing="ij"), axis=-1).reshape(-1, d)
    weights = np.stack(np.meshgrid(*[weight / weight.sum()] * d, indexing="ij"), axis=-1).reshape(-1, d).prod(axis=-1)
    return mean + grid @ factor.T, weights
