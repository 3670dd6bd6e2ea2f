r"""Bounds on the log evidence from averaged importance weights, and their gradients.

A weight is w = p(x, z) / q(z) for a z drawn from q; K of them form a group, along
the last axis. Weights come as natural logarithms, results are in units of `base`
(2 for bits, e for nats).
"""

import itertools
import math

import numpy as np
from scipy import special

from lib import _checks
from lib.monte_carlo import mean_and_error

__all__ = [
    "bound_gradient",
    "doubly_reparameterised_gradient",
    "exact_importance_bound",
    "gaussian_chi_squared",
    "importance_bound",
    "log_mean_weight",
    "signal_to_noise",
]


def log_mean_weight(log_weights, *, base=2):
    r"""Return the logarithm of the mean weight of each group.

    .. math:: \log \frac1K \sum_{k=1}^K w_k

    One group's estimate of the log evidence. The mean of the weights is right on
    average; its logarithm is too small on average, and less so the larger K is.

    Parameters
    ----------
    log_weights : array_like, shape (..., K)
        Natural logarithms of the weights; -inf for a sample that the model excludes.
    base : float, default 2
        Base of the logarithm in the result: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        In units of `base`; -inf for a group whose weights are all 0.

    Raises
    ------
    ValueError
        If a logarithm is NaN or +inf, or a group is empty.

    References
    ----------
    Burda, Grosse and Salakhutdinov :cite:p:`burda2016`. Taught in chapter :ref:`ch-elbo`.

    Examples
    --------
    >>> float(log_mean_weight(np.log([1 / 2, 1 / 4, 3 / 4])).round(12))
    -1.0
    """
    unit = _checks.unit(base)
    log_weights = _checks.weight_groups(log_weights)
    return (special.logsumexp(log_weights, axis=-1) - math.log(log_weights.shape[-1]))[()] / unit


def importance_bound(log_weights, *, base=2):
    r"""Return an estimate of the importance-weighted bound, and its standard error.

    .. math:: \mathcal L_K = \operatorname{E}\Bigl[\log \frac1K \sum_{k=1}^K w_k\Bigr] \le \log p(x)

    The mean over groups. For K = 1 it is the evidence lower bound, and it rises with K.

    Parameters
    ----------
    log_weights : array_like, shape (..., n, K)
        Natural logarithms of the weights of n groups, at least 2.
    base : float, default 2
        Base of the logarithm in the result: 2 for bits, e for nats.

    Returns
    -------
    bound : ndarray or float, shape (...)
        In units of `base`; -inf if a group has no weight above 0.
    error : ndarray or float, shape (...)
        Its standard error, in the same unit. It knows nothing of the bound's own gap.

    Raises
    ------
    ValueError
        As for `log_mean_weight`, or if there are fewer than 2 groups.

    References
    ----------
    Burda, Grosse and Salakhutdinov :cite:p:`burda2016`. Taught in chapter :ref:`ch-elbo`.

    Examples
    --------
    >>> bound, error = importance_bound(np.log([[1 / 2, 1 / 2], [1 / 8, 3 / 8]]))
    >>> round(float(bound), 12), round(float(error), 12)
    (-1.5, 0.5)
    """
    return mean_and_error(log_mean_weight(log_weights, base=base))


def exact_importance_bound(q, log_joint, samples, *, base=2):
    r"""Return the importance-weighted bound of a latent variable with few values, exactly.

    .. math:: \mathcal L_K = \sum_{n_1 + \dots + n_k = K} \binom{K}{n_1 \dots n_k} \prod_z q(z)^{n_z}
              \, \log \frac1K \sum_z n_z \frac{p(x, z)}{q(z)}

    All samples of K are gone through, by how often each value comes in them.

    Parameters
    ----------
    q : array_like, shape (k,)
        What the samples are drawn from: probabilities that sum to 1.
    log_joint : array_like, shape (k,)
        Natural logarithms of p(x, z).
    samples : int
        K, at least 1.
    base : float, default 2
        Base of the logarithm in the result: 2 for bits, e for nats.

    Returns
    -------
    float
        The bound in units of `base`: for K = 1 that of `lib.elbo.elbo`; -inf
        where that is. Where `q` misses values of z that could have been, it
        tends to the logarithm of a part of the evidence.

    Raises
    ------
    ValueError
        As for `lib.elbo.elbo`, if there is a batch, or if more than a million
        samples would have to be gone through.

    References
    ----------
    Burda, Grosse and Salakhutdinov :cite:p:`burda2016`. Taught in chapter :ref:`ch-elbo`.

    Examples
    --------
    >>> [round(float(exact_importance_bound([1 / 4, 3 / 4], np.log([3 / 16, 3 / 16]), k)), 4) for k in (1, 2, 64)]
    [-1.6038, -1.5259, -1.4188]
    """
    unit = _checks.unit(base)
    q, log_joint = _checks.belief(q, log_joint, "log_joint")
    if q.ndim != 1:
        raise ValueError(f"`q` and `log_joint` must be single vectors; together they have the shape {q.shape}")
    samples = _checks.whole(samples, "samples")
    q, log_joint = q[q > 0], log_joint[q > 0]  # what is never drawn has no weight
    if (log_joint == -np.inf).any():
        return -np.inf
    counts = _counts(samples, q.size)
    log_chance = special.gammaln(samples + 1) - special.gammaln(counts + 1).sum(axis=-1) + counts @ np.log(q)
    log_weights = log_joint - np.log(q)
    middle = special.logsumexp(log_joint)  # the small differences to it are added up: rounding stays small
    terms = special.logsumexp(log_weights - middle, axis=-1, b=counts / samples)
    return float(middle + np.exp(log_chance) @ terms) / unit


def _counts(total, parts):
    """Return all ways to write `total` as an ordered sum of `parts` counts, one a row."""
    rows = _checks.few_terms(math.comb(total + parts - 1, parts - 1), "`samples` and the values of `q`")
    bars = np.fromiter(
        itertools.chain.from_iterable(itertools.combinations(range(total + parts - 1), parts - 1)), dtype=np.int64, count=rows * (parts - 1)
    ).reshape(rows, parts - 1)
    return np.diff(bars, axis=1, prepend=-1, append=total + parts - 1) - 1


def gaussian_chi_squared(mean_p, cov_p, mean_q, cov_q):
    r"""Return the chi-squared divergence of one Gaussian from another.

    .. math:: 1 + \chi^2(P \| Q) = \int \frac{p^2}{q}
              = \frac{\det \Sigma_q}{\sqrt{\det \Sigma_p \det M}} \exp\bigl(\delta^\top M^{-1} \delta\bigr) ,
              \qquad M = 2 \Sigma_q - \Sigma_p

    with the difference :math:`\delta` of the means. The relative variance of the
    weights p/q of samples from Q. Infinite unless M is positive definite.

    Parameters
    ----------
    mean_p, cov_p, mean_q, cov_q : array_like, shapes (d,) and (d, d), or scalars
        Means and covariance matrices; as scalars, means and variances.

    Returns
    -------
    float
        A number with no unit: 0 for equal Gaussians, inf if Q has no more than half of
        P's variance in some direction.

    Raises
    ------
    ValueError
        As for `lib.gaussian.gaussian_kl`, or for a batch.

    References
    ----------
    Taught in chapter :ref:`ch-elbo`.

    Examples
    --------
    >>> round(gaussian_chi_squared(0.5, 1.0, 0.0, 1.0), 6), gaussian_chi_squared(0.0, 2.0, 0.0, 1.0)
    (0.284025, inf)
    """
    (mean_p, cov_p, factor_p), (mean_q, cov_q, factor_q) = _checks.gaussians(mean_p, cov_p, mean_q, cov_q)
    if max(cov_p.ndim, cov_q.ndim) > 2 or max(mean_p.ndim, mean_q.ndim) > 1:
        raise ValueError(f"`cov_p` and `cov_q` must be of single Gaussians; their shapes are {cov_p.shape} and {cov_q.shape}")
    # Seen in coordinates in which Q has the covariance 1, P has S and M is 2 - S: eigenvalues settle the rest.
    spread, axes = np.linalg.eigh(np.linalg.solve(factor_q, np.linalg.solve(factor_q, cov_p).T))
    if spread[-1] >= 2 - 16 * spread.size * np.finfo(float).eps:  # at the border, as far as rounding lets one see
        return np.inf
    delta = axes.T @ np.linalg.solve(factor_q, mean_p - mean_q)
    return float(np.expm1((delta**2 / (2 - spread)).sum() - np.log1p(-((1 - spread) ** 2)).sum() / 2))


def bound_gradient(log_weights, gradients, *, base=2):
    r"""Return the gradient of the logarithm of each group's mean weight.

    .. math:: \nabla \log \frac1K \sum_k w_k = \sum_k \tilde w_k \nabla \log w_k ,
              \qquad \tilde w_k = \frac{w_k}{\sum_j w_j}

    What automatic differentiation of `log_mean_weight` gives. With total
    derivatives through the samples it is right on average for the model and for q alike.

    Parameters
    ----------
    log_weights : array_like, shape (..., K)
        Natural logarithms of the weights of a group.
    gradients : array_like, shape (..., K, p)
        Derivatives of each log weight (in nats) by the p parameters.
    base : float, default 2
        Base of the logarithm in the result: 2 for bits, e for nats.

    Returns
    -------
    ndarray, shape (..., p)
        One gradient a group, in units of `base` for one unit of a parameter.

    Raises
    ------
    ValueError
        If a log weight is NaN or +inf, all of a group are -inf, a gradient is
        not finite, or the shapes don't match.

    References
    ----------
    Burda, Grosse and Salakhutdinov :cite:p:`burda2016`. Taught in chapter :ref:`ch-elbo`.

    Examples
    --------
    >>> bound_gradient(np.log([3.0, 1.0]), [[1.0], [-1.0]], base=np.e)
    array([0.5])
    """
    unit = _checks.unit(base)
    log_weights, gradients = _checks.weighted_gradients(log_weights, gradients, "gradients")
    return np.einsum("...k,...kp->...p", special.softmax(log_weights, axis=-1), gradients) / unit


def doubly_reparameterised_gradient(log_weights, path_gradients, *, base=2):
    r"""Return the gradient by the parameters of q with the noisy part taken out.

    .. math:: \sum_k \tilde w_k^2 \, \frac{\partial \log w_k}{\partial z_k} \frac{d z_k}{d \phi}

    Same mean as `bound_gradient` with total derivatives by the parameters of q,
    which must act through smooth samples z = z(noise; phi). The square is no
    approximation: it is what the score of q comes to when its mean is written as
    a path once more.

    Parameters
    ----------
    log_weights : array_like, shape (..., K)
        Natural logarithms of the weights of a group.
    path_gradients : array_like, shape (..., K, p)
        Derivatives of each log weight (in nats) by the p parameters *through
        the sample alone*, the density of q held as it is.
    base : float, default 2
        Base of the logarithm in the result: 2 for bits, e for nats.

    Returns
    -------
    ndarray, shape (..., p)
        One gradient a group, in units of `base` for one unit of a parameter.

    Raises
    ------
    ValueError
        As for `bound_gradient`.

    References
    ----------
    Tucker, Lawson, Gu and Maddison :cite:p:`tucker2019`. Taught in chapter :ref:`ch-elbo`.

    Examples
    --------
    >>> doubly_reparameterised_gradient(np.log([3.0, 1.0]), [[1.0], [-1.0]], base=np.e)
    array([0.5])
    """
    unit = _checks.unit(base)
    log_weights, path_gradients = _checks.weighted_gradients(log_weights, path_gradients, "path_gradients")
    return np.einsum("...k,...kp->...p", special.softmax(log_weights, axis=-1) ** 2, path_gradients) / unit


def signal_to_noise(gradients, *, mean=None):
    r"""Return the ratio of a gradient's mean to its standard deviation, for each parameter.

    .. math:: \mathrm{SNR} = \frac{\lvert \operatorname{E}[g] \rvert}{\operatorname{sd}(g)}

    Of a single estimate; below 1 it has the wrong sign quite often. The mean of m
    estimates has the ratio :math:`\sqrt m` times this.

    Parameters
    ----------
    gradients : array_like, shape (..., n, p)
        Independent estimates of one gradient, at least 2.
    mean : array_like, shape (..., p), optional
        The mean, where it is known from elsewhere: that of the sample drowns in
        its own error when the ratio is below 1 over the root of n.

    Returns
    -------
    ndarray, shape (..., p)
        Ratios, with no unit; inf where there is no noise.

    Raises
    ------
    ValueError
        If there are fewer than 2 estimates, a number is not finite, or `mean`
        has not one number for each parameter.

    References
    ----------
    Rainforth et al. :cite:p:`rainforth2018b`. Taught in chapter :ref:`ch-elbo`.

    Examples
    --------
    >>> signal_to_noise([[1.0], [3.0]]).round(6)
    array([1.414214])
    """
    gradients = _checks.finite(gradients, "gradients")
    _checks.sample_axis(gradients, "gradients", least=2, axis=-2)
    found = gradients.mean(axis=-2)
    if mean is not None:
        mean = _checks.finite(mean, "mean")
        if mean.shape != found.shape:
            raise ValueError(f"`mean` must hold one number for each parameter: shape {found.shape}; it is {mean.shape}")
        found = mean
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(found) / gradients.std(axis=-2, ddof=1)
    return np.where(np.isnan(ratio), 0.0, ratio)
