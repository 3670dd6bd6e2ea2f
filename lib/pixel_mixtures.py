"""Models of images with nothing deep in them, to compare with: independent pixels, and mixtures of such, by EM.

Each pixel has a free probability for each grey level.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp

from lib import _checks

__all__ = ["PixelMixture", "fit_pixel_mixture", "mixture_log_likelihood"]


class PixelMixture(NamedTuple):
    """Hold a mixture of models with independent pixels.

    Parameters
    ----------
    weights : ndarray, shape (k,)
        Probabilities of the components.
    tables : ndarray, shape (k, pixels, levels)
        Probability of each grey level of each pixel in each component.
    history : tuple of float
        What EM maximised, after each of its rounds: the mean log-likelihood of
        an image with the pseudo-counts' share, in nats.

    Examples
    --------
    >>> PixelMixture(np.ones(1), np.full((1, 4, 2), 0.5), ()).tables.shape
    (1, 4, 2)
    """

    weights: np.ndarray
    tables: np.ndarray
    history: tuple


def _one_hot(x, levels):
    x = _checks.integers(x, "x")
    if x.ndim != 2 or (x >= levels).any():
        raise ValueError(f"`x` must be a matrix of grey levels below {levels}; its shape is {x.shape} and its largest {x.max()}")
    return np.eye(levels)[x].reshape(len(x), -1)


def fit_pixel_mixture(x, components, *, levels, pseudo_counts, rounds, rng):
    r"""Fit a mixture of independent pixels by EM, with pseudo-counts that pull towards the pixel's overall distribution.

    .. math:: p(x) = \sum_k \pi_k \prod_d p_{kd}(x_d)

    Each component's table is its share of the counts plus `pseudo_counts` times
    the distribution of the pixel over all images, itself with one count spread
    evenly over the levels. With one component these are independent pixels.

    Parameters
    ----------
    x : array_like of int, shape (n, pixels)
        Images of grey levels.
    components : int
        k.
    levels : int
        Grey levels run from 0 to `levels` - 1.
    pseudo_counts : float
        Weight of the overall distribution, in images; positive.
    rounds : int
        Of EM.
    rng : numpy.random.Generator
        Draws the images that the components begin with.

    Returns
    -------
    PixelMixture
        The fit, and its history in nats.

    Raises
    ------
    ValueError
        If a pixel is no grey level or a number is out of range.

    References
    ----------
    Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> x = np.array([[0, 0], [1, 1]])
    >>> fit = fit_pixel_mixture(x, 2, levels=2, pseudo_counts=0.01, rounds=20, rng=np.random.default_rng(0))
    >>> fit.weights.round(2), np.sort(fit.tables[:, 0, 1].round(2))
    (array([0.5, 0.5]), array([0., 1.]))
    """
    levels = _checks.whole(levels, "levels", least=2)
    hot = _one_hot(x, levels)
    n, pixels = len(hot), hot.shape[1] // levels
    components = _checks.whole(components, "components", most=n)
    pseudo_counts = _checks.one_positive(pseudo_counts, "pseudo_counts")
    overall = (hot.sum(0).reshape(pixels, levels) + 1 / levels) / (n + 1)
    start = rng.choice(n, components, replace=False)
    weights, history = np.full(components, 1 / components), []
    tables = (hot[start].reshape(-1, pixels, levels) + overall) / 2
    for _ in range(_checks.whole(rounds, "rounds")):
        joint = hot @ np.log(tables).reshape(components, -1).T + np.log(weights)
        total = logsumexp(joint, axis=1)
        history.append((total.sum() + pseudo_counts * (overall * np.log(tables)).sum()) / n)
        share = np.exp(joint - total[:, None])
        mass = share.sum(0)
        weights = mass / n
        tables = ((share.T @ hot).reshape(-1, pixels, levels) + pseudo_counts * overall) / (mass + pseudo_counts)[:, None, None]
        kept = weights > 1e-12  # a component that no image belongs to has log weight -inf
        weights, tables, components = weights[kept], tables[kept], int(kept.sum())
    return PixelMixture(weights / math.fsum(weights), tables, tuple(history))


def mixture_log_likelihood(x, fit):
    """Return ln p(x) of each image under a mixture of independent pixels.

    Parameters
    ----------
    x : array_like of int, shape (n, pixels)
        Images of grey levels.
    fit : PixelMixture
        The model.

    Returns
    -------
    ndarray, shape (n,)
        One log-likelihood an image, in nats.

    Raises
    ------
    ValueError
        If a pixel is no grey level of the model, or there is another number of them.

    References
    ----------
    Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> mixture_log_likelihood([[0, 1]], PixelMixture(np.ones(1), np.full((1, 2, 2), 0.5), ())).round(4)
    array([-1.3863])
    """
    components, pixels, levels = fit.tables.shape
    hot = _one_hot(x, levels)
    if hot.shape[1] != pixels * levels:
        raise ValueError(f"`x` must have {pixels} pixels; its shape is {np.shape(x)}")
    return logsumexp(hot @ np.log(fit.tables).reshape(components, -1).T + np.log(fit.weights), axis=1)
