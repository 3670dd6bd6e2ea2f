"""Fit a mixture of Gaussians on the line to another one, in either direction of the KL divergence."""

import math
from typing import NamedTuple

import numpy as np
from scipy import optimize

from lib import _checks
from lib._mixtures import COUNT, Mixture, log_density, points, shares, slope, standard
from lib.mixtures import checked, mixture_kl

__all__ = ["Fit", "em_step", "fit_forward", "fit_reverse", "local_optima"]


class Fit(NamedTuple):
    """Hold what a search for a fit has found.

    Parameters
    ----------
    mixture : Mixture
        The fit, its components in the order of their means.
    divergence : float
        What was made small, at its end.
    curvature : float
        The least eigenvalue, in nats, of the second derivatives in log odds of the weights,
        means and log standard deviations: above 0 at a local minimum, below 0 at a saddle.
    steps : int
        How many steps it took.

    Examples
    --------
    >>> fit = fit_reverse(Mixture([1.0], [3.0], [2.0]), Mixture([1.0], [0.0], [1.0]))
    >>> float(fit.mixture.means[0].round(6)), fit.curvature > 0
    (3.0, True)
    """

    mixture: Mixture
    divergence: float
    curvature: float
    steps: int


def em_step(target, q):
    r"""Move a mixture one step of expectation and maximisation towards a target density.

    .. math:: w_k' = \mathbb E_P[r_k] , \quad m_k' = \frac{\mathbb E_P[r_k x]}{w_k'} , \quad
              s_k'^2 = \frac{\mathbb E_P[r_k (x - m_k')^2]}{w_k'} , \quad
              r_k(x) = \frac{w_k \mathcal N(x; m_k, s_k^2)}{q(x)}

    D(P || Q) can only fall, and afterwards Q has the mean and the variance of P.
    With one component the first step is the last: it matches moments.

    Parameters
    ----------
    target : Mixture
        The P whose expectations are taken, by quadrature.
    q : Mixture
        The model before the step.

    Returns
    -------
    Mixture
        The model after it (in nats or in bits makes no difference).

    Raises
    ------
    ValueError
        If one of them is no mixture, or a weight of the one to be moved is 0: it would stay 0.

    References
    ----------
    The derivation: chapter :ref:`ch-directions`.

    Examples
    --------
    >>> step = em_step(Mixture([0.5, 0.5], [-3, 3], [4, 4]), Mixture([1.0], [7.0], [1.0]))
    >>> step.means.round(9) + 0.0, step.sds.round(9)
    (array([0.]), array([5.]))
    """
    return _em_step(_start(q, "q"), *points(checked(target, "target"), COUNT))


def fit_forward(target, start, *, base=2, steps=20_000, tolerance=1e-8):
    r"""Fit a mixture to a target in the forward direction: D(target || fit) is made small.

    Repeats `em_step` until the gradient vanishes. With one component that is
    moment matching and the only optimum; with more there may be several, and
    where it ends depends on `start`.

    Parameters
    ----------
    target : Mixture
        The P that is approximated.
    start : Mixture
        Where to begin; its length is that of the fit.
    base : float, default 2
        Base of the logarithm in the divergence that is returned.
    steps : int, default 20_000
        How many to take at most.
    tolerance : float, default 1e-8
        Largest entry of the gradient, in nats, at which to stop.

    Returns
    -------
    Fit
        With the divergence D(target || fit) in units of `base`.

    Raises
    ------
    ValueError
        If one of them is no mixture, or a weight of the one to be moved is 0: it would stay 0.
    RuntimeError
        If `steps` don't suffice.

    References
    ----------
    Taught in chapter :ref:`ch-directions`.

    Examples
    --------
    >>> fit = fit_forward(Mixture([0.5, 0.5], [-3, 3], [4, 4]), Mixture([1.0], [7.0], [1.0]))
    >>> float(fit.mixture.sds[0].round(6)), fit.steps
    (5.0, 1)
    """
    unit = _checks.unit(base)
    target, q = checked(target, "target"), _start(start, "start")
    nodes = points(target, COUNT)
    taken, gradient = 0, _forward_gradient(q, *nodes)
    while np.abs(gradient).max() > tolerance:
        if taken == steps:
            raise RuntimeError(f"`steps` must be more than {steps} here: the gradient is still {np.abs(gradient).max():.2g} nats")
        q = _em_step(q, *nodes)
        taken, gradient = taken + 1, _forward_gradient(q, *nodes)
    curvature = _least_curvature(lambda theta: _forward_gradient(_unpack(theta), *nodes), _pack(q))
    return Fit(_sorted(q), mixture_kl(target, q, base=math.e) / unit, curvature, taken)


def fit_reverse(target, start, *, base=2, steps=1000, tolerance=1e-7):
    r"""Fit a mixture to a target in the reverse direction: D(fit || target) is made small.

    Descends by SciPy's BFGS with exact gradients. There may be several local
    optima, and where it ends depends on `start`.

    Parameters
    ----------
    target : Mixture
        The P that is approximated.
    start : Mixture
        Where to begin; its length is that of the fit.
    base : float, default 2
        Base of the logarithm in the divergence that is returned.
    steps : int, default 1000
        How many to take at most.
    tolerance : float, default 1e-7
        Largest entry of the gradient, in nats, at which it counts as 0.

    Returns
    -------
    Fit
        With the divergence D(fit || target) in units of `base`.

    Raises
    ------
    ValueError
        If one of them is no mixture, or a weight of the one to be moved is 0: it would stay 0.
    RuntimeError
        If `steps` don't suffice.

    References
    ----------
    Taught in chapter :ref:`ch-directions`.

    Examples
    --------
    >>> fit = fit_reverse(Mixture([0.5, 0.5], [-3, 3], [1, 1]), Mixture([1.0], [2.0], [1.0]))
    >>> float(fit.mixture.means[0].round(2)), round(fit.divergence, 2)
    (2.98, 0.99)
    """
    unit = _checks.unit(base)
    target, start = checked(target, "target"), _start(start, "start")
    z, mass = standard(COUNT)

    def cost(theta):
        return _reverse_terms(_unpack(theta), target, z, mass)

    found = optimize.minimize(cost, _pack(start), jac=True, method="BFGS", options={"maxiter": steps, "gtol": tolerance / 10})
    largest = np.abs(found.jac).max()
    if not largest <= tolerance:
        raise RuntimeError(
            f"`steps` must be more than {steps} here, or the start another: after {found.nit} the gradient is still {largest:.2g} nats"
        )
    q = _unpack(found.x)
    return Fit(_sorted(q), mixture_kl(q, target, base=math.e) / unit, _least_curvature(lambda theta: cost(theta)[1], found.x), found.nit)


def local_optima(fits, *, tolerance=1e-3):
    """Return the different local minima among fits from many starts, best first.

    Fits that agree count once. Saddles, where a search that starts on a line
    of symmetry can end, are left out: their curvature isn't above 0.

    Parameters
    ----------
    fits : iterable of Fit
        All of one direction and one number of components.
    tolerance : float, default 1e-3
        How far weights, means and log standard deviations of one optimum may differ.

    Returns
    -------
    list of Fit
        With divergences in units of `base` as the fits have them.

    Raises
    ------
    ValueError
        If the fits have different numbers of components.

    References
    ----------
    Taught in chapter :ref:`ch-directions`.

    Examples
    --------
    >>> hills = Mixture([0.5, 0.5], [-3, 3], [1, 1])
    >>> fits = [fit_reverse(hills, Mixture([1.0], [m], [1.0])) for m in (-2.0, 2.0, 2.5)]
    >>> [float(fit.mixture.means[0].round(2)) for fit in local_optima(fits)]
    [-2.98, 2.98]
    """
    found = []
    fits = sorted(fits, key=lambda fit: (round(fit.divergence, 9), *fit.mixture.means))
    if len({len(fit.mixture.means) for fit in fits}) > 1:
        raise ValueError(f"`fits` must have one number of components; they have {sorted({len(f.mixture.means) for f in fits})}")
    for fit in fits:
        place = _parameters(fit.mixture)
        if fit.curvature > 0 and all(np.abs(place - _parameters(other.mixture)).max() > tolerance for other in found):
            found.append(fit)
    return found


def _start(mixture, name):
    return _checks.living(checked(mixture, name))


# The terms of both fits


def _em_step(q, x, mass):
    share = shares(x, q) * mass
    weights = share.sum(axis=(1, 2))
    means = (share * x).sum(axis=(1, 2)) / weights
    variances = (share * (x - means[:, None, None]) ** 2).sum(axis=(1, 2)) / weights
    return Mixture(weights / weights.sum(), means, np.sqrt(variances))


def _forward_gradient(q, x, mass):
    """Return the gradient of D(P || Q), for points x of P, in the parameters of `_pack`."""
    share = shares(x, q) * mass
    z = (x - q.means[:, None, None]) / q.sds[:, None, None]
    means, sds = (share * z).sum(axis=(1, 2)) / q.sds, (share * (z**2 - 1)).sum(axis=(1, 2))
    return np.concatenate([(q.weights - share.sum(axis=(1, 2)))[1:], -means, -sds])


def _reverse_terms(q, target, z, mass):
    """Return D(Q || P) and its gradient in the parameters of `_pack`."""
    x = q.means[:, None] + q.sds[:, None] * z
    gaps = (log_density(x, q) - log_density(x, target)) @ mass
    slopes = slope(x, q) - slope(x, target)
    value = q.weights @ gaps
    gradient = [(q.weights * (gaps - value))[1:], q.weights * (slopes @ mass), q.weights * q.sds * (slopes @ (mass * z))]
    return value, np.concatenate(gradient)


def _pack(q):
    """Return free parameters: log odds of the weights against the first, means, log standard deviations."""
    with np.errstate(divide="ignore"):
        return np.concatenate([np.log(q.weights[1:] / q.weights[0]), q.means, np.log(q.sds)])


def _unpack(theta):
    k = (len(theta) + 1) // 3
    odds = np.concatenate([[0.0], theta[: k - 1]])
    weights = np.exp(odds - odds.max())
    return Mixture(weights / weights.sum(), theta[k - 1 : 2 * k - 1], np.exp(theta[2 * k - 1 :]))


def _least_curvature(gradient, theta, step=1e-4):
    """Return the least eigenvalue of the second derivatives, from differences of the gradient."""
    rows = [(gradient(theta + step * e) - gradient(theta - step * e)) / (2 * step) for e in np.eye(len(theta))]
    hessian = np.array(rows)
    return float(np.linalg.eigvalsh((hessian + hessian.T) / 2)[0])


def _sorted(q):
    order = np.lexsort((q.sds, q.means))
    return Mixture(*(v[order] for v in q))


def _parameters(q):
    return np.concatenate([q.weights, q.means, np.log(q.sds)])
