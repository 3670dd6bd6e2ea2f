"""Parameters of continuous distributions, mixtures, and generators of divergences."""

import math

import numpy as np

from lib._checks.discrete import distribution
from lib._checks.numbers import broadcast, finite, place, positive, real_array

#: A covariance whose correlation matrix has a larger condition number leaves hardly a digit.
MAX_CONDITION = 1e13


def covariance(cov, name):
    """Return covariance matrices of shape (..., d, d) and their Cholesky factors.

    Parameters
    ----------
    cov : array_like, shape (..., d, d), or a scalar
        Symmetric to rounding and positive definite; a scalar is one variance.
    name : str
        Its name, for the message.

    Returns
    -------
    tuple of ndarray
        The matrices, of which both triangles count the same, and the factors.
    """
    array = finite(cov, name)
    array = array.reshape(1, 1) if array.ndim == 0 else array
    if array.ndim == 1 or array.shape[-1] != array.shape[-2]:
        raise ValueError(
            f"`{name}` must be one variance or hold square matrices in its last two axes; its shape is {array.shape} "
            "(variances of independent coordinates: np.diag; a batch of variances v: v[..., None, None])"
        )
    d, variances = array.shape[-1], np.diagonal(array, axis1=-2, axis2=-1)
    if (variances <= 0).any():
        where = place(variances <= 0)
        raise ValueError(f"`{name}` must have positive variances on its diagonal; one is {variances[variances <= 0][0]:g}{where}")
    eps = np.finfo(np.asarray(cov).dtype).eps if np.asarray(cov).dtype.kind == "f" else 0.0
    scale = np.sqrt(variances)
    correlation = array / (scale[..., :, None] * scale[..., None, :])
    crooked = np.abs(correlation - correlation.mT) > 8 * d * eps
    if crooked.any():
        *where, i, j = (int(k) for k in np.argwhere(crooked)[0])
        one, other = array[(*where, i, j)], array[(*where, j, i)]
        raise ValueError(f"`{name}` must be symmetric; entry {(*where, i, j)} is {one:.17g} and its mirror image {other:.17g}")
    array = array / 2 + array.mT / 2
    try:
        factor = np.linalg.cholesky(array)
    except np.linalg.LinAlgError:
        raise ValueError(f"`{name}` must be positive definite; {_failing_pivot(array)}") from None
    spread = np.linalg.eigvalsh(correlation / 2 + correlation.mT / 2)
    thin = spread[..., 0] * MAX_CONDITION < spread[..., -1]
    if thin.any():
        low, high = spread[thin][0, 0], spread[thin][0, -1]
        found = f"{high / low:.0e}" if low > 0 else "infinite"
        raise ValueError(
            f"`{name}` must have a correlation matrix of condition number at most {MAX_CONDITION:g}; it is {found}{place(thin)}: "
            "some coordinates are nearly a function of the others, and rounding would decide the result"
        )
    return array, factor


def _failing_pivot(array):
    """Say which pivot of the first matrix without a Cholesky factor isn't positive."""
    d = array.shape[-1]
    for index in np.ndindex(array.shape[:-2]):
        for k in range(d):
            try:
                np.linalg.cholesky(array[index][: k + 1, : k + 1])
            except np.linalg.LinAlgError:
                column = array[index][:k, k]
                pivot = array[index][k, k] - column @ np.linalg.solve(array[index][:k, :k], column)
                at = f" at index {index[0] if len(index) == 1 else index}" if index else ""
                return f"pivot {k} of its Cholesky factorisation is {pivot:.3g}{at}, where it must be above 0 by more than rounding"
    return "its Cholesky factorisation fails"


def gaussian(mean, cov, names):
    """Return mean, covariance and Cholesky factor of Gaussians of one dimension d."""
    cov, factor = covariance(cov, names[1])
    mean = finite(mean, names[0])
    mean = mean.reshape(1) if mean.ndim == 0 and cov.shape[-1] == 1 else mean
    if mean.ndim == 0 or mean.shape[-1] != cov.shape[-1]:
        raise ValueError(
            f"`{names[0]}` must have the dimension of `{names[1]}` along its last axis, {cov.shape[-1]}; its shape is {mean.shape}"
        )
    broadcast(**{names[0]: mean[..., 0], names[1]: cov[..., 0, 0]})
    return mean, cov, factor


def gaussians(mean_p, cov_p, mean_q, cov_q):
    """Return two Gaussians of one dimension whose batch shapes broadcast."""
    p = gaussian(mean_p, cov_p, ("mean_p", "cov_p"))
    q = gaussian(mean_q, cov_q, ("mean_q", "cov_q"))
    if p[1].shape[-1] != q[1].shape[-1]:
        raise ValueError(f"`cov_p` and `cov_q` must have one dimension; they have {p[1].shape[-1]} and {q[1].shape[-1]}")
    broadcast(mean_p=p[0][..., 0], cov_p=p[1][..., 0, 0], mean_q=q[0][..., 0], cov_q=q[1][..., 0, 0])
    return p, q


def one_covariance(cov, name):
    """Return one covariance matrix and its Cholesky factor."""
    array, factor = covariance(cov, name)
    if array.ndim != 2:
        raise ValueError(f"`{name}` must be one square matrix; its shape is {array.shape}")
    return array, factor


def concentrations(alpha, name):
    """Return the concentrations of Dirichlet distributions, at least two along the last axis."""
    array = positive(alpha, name)
    if array.ndim == 0 or array.shape[-1] < 2:
        raise ValueError(f"`{name}` must have at least two outcomes along its last axis; its shape is {array.shape}")
    return array


def pseudo_counts(alpha, name):
    """Return the parameters of a Dirichlet distribution: a vector of positive numbers."""
    array = positive(alpha, name)
    if array.ndim != 1:
        raise ValueError(f"`{name}` must be a vector with one positive number for each outcome; its shape is {array.shape}")
    return array


def mixture(weights, means, sds):
    """Return the vectors of a mixture of Gaussians on the line, as many of each."""
    weights = np.atleast_1d(distribution(np.atleast_1d(real_array(weights, "weights")), "weights"))
    means, sds = np.atleast_1d(finite(means, "means")), np.atleast_1d(positive(sds, "sds"))
    if not weights.ndim == 1 or not weights.shape == means.shape == sds.shape:
        raise ValueError(
            f"`weights`, `means` and `sds` must be vectors of one length; their shapes are {weights.shape}, {means.shape} and {sds.shape}"
        )
    return weights.astype(np.float64, copy=False), means, sds


def living(mixture):
    """Return a mixture to start from; a component of weight 0 would never come to life."""
    for k, weight in enumerate(mixture.weights):
        if weight == 0:
            raise ValueError(f"`weights` must all be positive in a start; weight {k} is 0")
    return mixture


def generator_name(name, names, alpha):
    """Refuse a generator that there is not, and an `alpha` that is missing or not asked for."""
    if not isinstance(name, str) or name not in names:
        raise ValueError(f"`generator` must be a Generator or one of {', '.join(names)}; it is {name!r}")
    if name != "alpha":
        no_alpha(alpha)
    elif alpha is None:
        raise ValueError('`alpha` must be given for the generator "alpha"')


def no_alpha(alpha):
    """Refuse an `alpha` where the generator has none."""
    if alpha is not None:
        raise ValueError(f'`alpha` must be given for the generator "alpha" only; it is {alpha!r}')


def generator_limits(f, at_zero, slope):
    """Refuse a generator with f(1) other than 0, or with limits that no convex function has."""
    for value, name in ((at_zero, "at_zero"), (slope, "slope")):
        if not value > -math.inf:
            raise ValueError(f"`{name}` must be a number above minus infinity; it is {value!r}")
    at_one = float(np.asarray(f(np.float64(1.0))))
    if not abs(at_one) <= 1e-12:
        raise ValueError(f"`f` must be 0 at 1; it is {at_one!r}")
