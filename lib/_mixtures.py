"""Densities of Gaussian mixtures on the line, and points to integrate over them; nothing is judged here.

The points of a component are equally spaced. For functions as smooth as these
such sums converge faster than any power of the spacing.
"""

import math
from typing import NamedTuple

import numpy as np

_REACH = 12.0  # standard deviations: beyond it lies 4e-33 of a Gaussian

#: Points a component where a search needs the same ones all the time.
COUNT = 1001


class Mixture(NamedTuple):
    """Hold a mixture of Gaussians on the line; one component makes a Gaussian.

    Parameters
    ----------
    weights : array_like, shape (k,)
        Shares of the components, summing to 1.
    means, sds : array_like, shape (k,)
        Their means and standard deviations (not variances).

    Examples
    --------
    >>> two_hills = Mixture([0.6, 0.4], [-2, 2], [0.7, 0.7])
    >>> len(two_hills.means)
    2
    """

    weights: np.ndarray
    means: np.ndarray
    sds: np.ndarray


def log_components(x, mixture):
    """Return the log of each weighted component at x, shape (k, ...)."""
    weights, means, sds = (v.reshape(-1, *[1] * np.ndim(x)) for v in mixture)
    with np.errstate(divide="ignore"):
        return np.log(weights) - np.log(sds * math.sqrt(2 * math.pi)) - ((x - means) / sds) ** 2 / 2


def log_density(x, mixture):
    parts = log_components(x, mixture)
    top = parts.max(axis=0)
    return top + np.log(np.exp(parts - top).sum(axis=0))


def shares(x, mixture):
    """Return which share each component has in the density at x."""
    parts = log_components(x, mixture)
    parts = np.exp(parts - parts.max(axis=0))
    return parts / parts.sum(axis=0)


def standard(count):
    """Return points of the standard Gaussian and the mass of each."""
    z = np.linspace(-_REACH, _REACH, count)
    return z, np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])


def points(mixture, count):
    """Return points of all components and the mass of each, in rows."""
    z, mass = standard(count)
    return mixture.means[:, None] + mixture.sds[:, None] * z, mixture.weights[:, None] * mass


def slope(x, mixture):
    """Return the derivative of the log density."""
    means, sds = mixture.means[:, None, None], mixture.sds[:, None, None]
    return (shares(x, mixture) * (means - x) / sds**2).sum(axis=0)
