"""Critics for the bounds of `lib.variational_bounds`: the best one for Gaussians, and one that is fitted."""

import numpy as np
from scipy import optimize

from lib import _checks
from lib.variational_bounds import BOUNDS

__all__ = ["fit_quadratic_critic", "gaussian_critic", "quadratic_critic"]


def gaussian_critic(x, y, correlation):
    r"""Return the best critic for pairs of correlated Gaussian coordinates.

    .. math:: \ln \frac{p(x, y)}{p(x)\,p(y)} = \sum_d \Bigl[ -\tfrac12 \ln(1 - \rho^2)
              + \frac{2 \rho x_d y_d - \rho^2 (x_d^2 + y_d^2)}{2 (1 - \rho^2)} \Bigr]

    The log density ratio of every x with every y, where each coordinate of X
    and Y is standard normal and correlated with its partner alone.

    Parameters
    ----------
    x, y : array_like, shape (n, d)
        One sample a row.
    correlation : float
        The correlation ρ of partners, above -1 and below 1.

    Returns
    -------
    ndarray, shape (n, n)
        Scores in nats; `nwj` wants 1 more.

    Raises
    ------
    ValueError
        If the samples don't match in shape or the correlation is out of range.

    References
    ----------
    Poole et al. :cite:p:`poole2019`, section 3. Taught in chapter :ref:`ch-monte-carlo`.

    Examples
    --------
    >>> gaussian_critic([[1.0], [-1.0]], [[1.0], [-1.0]], 0.6).round(3)
    array([[ 0.598, -1.277],
           [-1.277,  0.598]])
    """
    x, y = _checks.paired_samples(x, y, least=1)
    if x.shape != y.shape:
        raise ValueError(f"`x` and `y` must have partners in every coordinate; their shapes are {x.shape} and {y.shape}")
    if not -1 < correlation < 1:
        raise ValueError(f"`correlation` must lie between -1 and 1; it is {correlation!r}")
    d, rest = x.shape[1], 1 - correlation**2
    weights = (correlation / rest * np.eye(d), *[-(correlation**2) / (2 * rest) * np.eye(d)] * 2, -d / 2 * np.log(rest))
    return quadratic_critic(x, y, weights)


def quadratic_critic(x, y, weights):
    r"""Return the scores of a quadratic critic for every x with every y.

    .. math:: f(x, y) = x^\top A y + x^\top B x + y^\top C y + c

    The family that holds the best critic of every centred Gaussian pair.

    Parameters
    ----------
    x : array_like, shape (n, d)
        One sample a row.
    y : array_like, shape (n, e)
        Their partners.
    weights : tuple of array_like
        A of shape (d, e), B (d, d), C (e, e) and the number c.

    Returns
    -------
    ndarray, shape (n, n)
        Scores in nats.

    Raises
    ------
    ValueError
        If the samples or the weights don't match in shape, or a number is not finite.

    References
    ----------
    Taught in chapter :ref:`ch-monte-carlo`.

    Examples
    --------
    >>> quadratic_critic([[1.0], [2.0]], [[1.0], [0.0]], ([[1.0]], [[0.0]], [[0.0]], 0.0))
    array([[1., 0.],
           [2., 0.]])
    """
    x, y = _checks.paired_samples(x, y, least=1)
    a, b, c, constant = (_checks.finite(w, "weights") for w in weights)
    d, e = x.shape[1], y.shape[1]
    given, wanted = [w.shape for w in (a, b, c, constant)], [(d, e), (d, d), (e, e), ()]
    if given != wanted:
        raise ValueError(f"`weights` must have shapes {wanted}; they are {given}")
    return x @ a @ y.T + ((x @ b) * x).sum(axis=1)[:, None] + ((y @ c) * y).sum(axis=1) + constant


def fit_quadratic_critic(x, y, *, bound, steps=500):
    r"""Return the weights of the quadratic critic that make a bound largest on the samples.

    Each bound is concave in the scores and the scores are linear in the weights,
    so there is one maximum (or none is reached), and no starting point to choose.
    On the samples it was fitted to, a critic looks better than it is: judge it on others.

    Parameters
    ----------
    x : array_like, shape (n, d)
        One sample a row, n at least 2.
    y : array_like, shape (n, e)
        Their partners.
    bound : {"donsker_varadhan", "nwj", "info_nce"}
        What is maximised.
    steps : int, default 500
        Most steps of L-BFGS.

    Returns
    -------
    tuple
        The weights (A, B, C, c) of `quadratic_critic`: scores in nats.

    Raises
    ------
    ValueError
        If the samples don't match in shape, a number is not finite, or there is
        no such bound.

    References
    ----------
    Poole et al. :cite:p:`poole2019`. Taught in chapter :ref:`ch-monte-carlo`.

    Examples
    --------
    >>> x = np.array([[-1.0], [0.0], [1.0], [2.0]])
    >>> a, b, c, constant = fit_quadratic_critic(x, -x, bound="info_nce", steps=3)
    >>> bool(a[0, 0] < 0)
    True
    """
    x, y = _checks.paired_samples(x, y, least=2)
    value = BOUNDS[_checks.one_of(bound, "bound", tuple(BOUNDS))]
    d, e = x.shape[1], y.shape[1]

    def unpack(flat):
        a, b, c = np.split(flat[:-1], [d * e, d * e + d * d])
        return a.reshape(d, e), b.reshape(d, d), c.reshape(e, e), flat[-1]

    def loss(flat):
        result, slope = value(quadratic_critic(x, y, unpack(flat)))
        if not np.isfinite(result):  # an exponential left the range of floats: the step was too long
            return np.inf, np.zeros_like(flat)
        parts = x.T @ slope @ y, (x.T * slope.sum(axis=1)) @ x, (y.T * slope.sum(axis=0)) @ y, slope.sum()
        return -result, -np.concatenate([np.ravel(part) for part in parts])

    best = optimize.minimize(loss, np.zeros(d * e + d * d + e * e + 1), jac=True, method="L-BFGS-B", options={"maxiter": steps})
    return unpack(best.x)
