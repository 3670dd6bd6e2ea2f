r"""Logistic regression with a Gaussian belief about its weights, found by raising the evidence lower bound.

The expected log-likelihood needs one integral on the line for each observation,
which Gauss-Hermite nodes give to many digits: nothing is sampled. All in nats.
"""

import numpy as np
from scipy import optimize, special

from lib import _checks

__all__ = ["fit_logistic", "logistic_elbo"]

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(40)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def _problem(design, y, prior_variance):
    design = _checks.finite(design, "design")
    if design.ndim != 2 or 0 in design.shape:
        raise ValueError(f"`design` must have one observation a row; its shape is {design.shape}")
    y = _checks.vector(y, "y")
    if y.size != len(design):
        raise ValueError(f"`y` must have one label for each of the {len(design)} rows of `design`; it has {y.size}")
    if not np.isin(y, (-1, 1)).all():
        raise ValueError(f"`y` must hold -1 and 1 only; it holds {y[~np.isin(y, (-1, 1))][0]:g}")
    return design, y, _checks.one_positive(prior_variance, "prior_variance")


def logistic_elbo(mean, factor, design, y, *, prior_variance):
    """Return the bound of a Gaussian belief about the weights, and its gradient.

    Labels have probability 1 / (1 + exp(-y design . w)); the weights are
    normal around 0 beforehand.

    Parameters
    ----------
    mean : array_like, shape (d,)
        Of the belief.
    factor : array_like, shape (d, d)
        Lower triangular, with a positive diagonal; the covariance is factor factor^T.
    design : array_like, shape (n, d)
        Inputs, one a row; a column of ones makes an intercept.
    y : array_like, shape (n,)
        Labels, -1 or 1.
    prior_variance : float
        Of each weight before data.

    Returns
    -------
    bound : float
        Reached, in nats.
    gradient_mean : ndarray, shape (d,)
        Its derivative by `mean`, in nats.
    gradient_factor : ndarray, shape (d, d)
        Its derivative by the lower triangle of `factor`, in nats.

    Raises
    ------
    ValueError
        If shapes don't fit or `factor` has no positive diagonal.

    References
    ----------
    Opper and Archambeau 2009 :cite:p:`opper2009`.

    Notes
    -----
    Taught in chapter :ref:`ch-variational-inference`.

    Examples
    --------
    >>> bound, _, _ = logistic_elbo([0.0], [[1.0]], [[0.0]], [1.0], prior_variance=1.0)
    >>> round(bound, 6)
    -0.693147
    """
    design, y, prior_variance = _problem(design, y, prior_variance)
    mean, factor = _checks.vector(mean, "mean"), np.tril(_checks.finite(factor, "factor"))
    if factor.shape != (design.shape[1],) * 2 or mean.size != design.shape[1]:
        raise ValueError(f"`mean` and `factor` must be about {design.shape[1]} weights; their shapes are {mean.shape} and {factor.shape}")
    diagonal = np.diagonal(factor)
    if (diagonal <= 0).any():
        raise ValueError(f"`factor` must have a positive diagonal; it holds {diagonal.min():g}")
    lines = design @ factor
    centre, spread = design @ mean, np.sqrt((lines**2).sum(axis=1))
    margins = y[:, None] * (centre[:, None] + spread[:, None] * _NODES)
    wrong = special.expit(-margins)
    fit = (special.log_expit(margins) @ _WEIGHTS).sum()
    d = mean.size
    rate = 0.5 * (((factor**2).sum() + mean @ mean) / prior_variance - d + d * np.log(prior_variance)) - np.log(diagonal).sum()
    pull = y * (wrong @ _WEIGHTS)
    bend = -0.5 * ((wrong * (1 - wrong)) @ _WEIGHTS)  # half the mean second derivative: the derivative by the variance
    gradient_factor = 2 * (design * bend[:, None]).T @ lines - factor / prior_variance + np.diag(1 / diagonal)
    return float(fit - rate), design.T @ pull - mean / prior_variance, np.tril(gradient_factor)


def fit_logistic(design, y, *, prior_variance, diagonal=False, steps=500, callback=None):
    """Fit a Gaussian belief about the weights of a logistic regression.

    Parameters
    ----------
    design : array_like, shape (n, d)
        Inputs, one a row.
    y : array_like, shape (n,)
        Labels, -1 or 1.
    prior_variance : float
        Of each weight before data.
    diagonal : bool
        Whether weights are independent in the belief (mean field).
    steps : int
        Of L-BFGS, at most.
    callback : callable, optional
        Called as ``callback(mean, factor)`` after each step.

    Returns
    -------
    mean : ndarray, shape (d,)
        Of the belief.
    cov : ndarray, shape (d, d)
        Its covariance.
    bound : float
        Reached, in nats.

    Raises
    ------
    ValueError
        If shapes don't fit or a label is neither -1 nor 1.

    References
    ----------
    Opper and Archambeau 2009 :cite:p:`opper2009`.

    Notes
    -----
    Taught in chapter :ref:`ch-variational-inference`.

    Examples
    --------
    >>> mean, cov, bound = fit_logistic([[1.0], [1.0], [1.0]], [1.0, 1.0, -1.0], prior_variance=1.0)
    >>> print(mean.round(3), bound.__round__(3))
    [0.302] -2.27
    """
    design, y, prior_variance = _problem(design, y, prior_variance)
    d = design.shape[1]
    rows, columns = np.diag_indices(d) if diagonal else np.tril_indices(d)
    on_diagonal = rows == columns

    def unpack(x):
        factor = np.zeros((d, d))
        factor[rows, columns] = np.where(on_diagonal, np.exp(np.where(on_diagonal, x[d:], 0.0)), x[d:])
        return x[:d], factor

    def negative(x):
        mean, factor = unpack(x)
        bound, by_mean, by_factor = logistic_elbo(mean, factor, design, y, prior_variance=prior_variance)
        by_entries = by_factor[rows, columns] * np.where(on_diagonal, factor[rows, columns], 1.0)
        return -bound, -np.concatenate([by_mean, by_entries])

    def after(x):
        if callback is not None:
            callback(*unpack(x))

    start = np.concatenate([np.zeros(d), np.where(on_diagonal, np.log(prior_variance) / 2, 0.0)])
    options = {"maxiter": _checks.whole(steps, "steps"), "ftol": 1e-14, "gtol": 1e-8, "maxcor": 20}
    found = optimize.minimize(negative, start, jac=True, method="L-BFGS-B", callback=after, options=options)
    mean, factor = unpack(found.x)
    return mean, factor @ factor.T, float(-found.fun)
