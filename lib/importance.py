"""Means under one distribution from samples of another: importance weights.

Weights come as natural logarithms, log w = log p - log q at samples of Q: in many
dimensions the weights themselves leave the range of floats.
"""

import numpy as np
from scipy import special

from lib import _checks
from lib.monte_carlo import mean_and_error

__all__ = ["effective_sample_size", "importance_mean", "self_normalised_mean"]


def importance_mean(values, log_weights):
    r"""Return a mean under P from samples of Q, and its standard error.

    .. math:: \frac1n \sum_i w_i h(x_i), \qquad w = \frac{p}{q}, \quad x_i \sim Q

    Right on average, if Q is positive wherever p h is not 0; both densities
    must be normalised.

    Parameters
    ----------
    values : array_like, shape (..., n)
        h at the samples, finite.
    log_weights : array_like, shape (..., n)
        Natural logarithms of the weights; -inf for a sample that P excludes.

    Returns
    -------
    mean : ndarray or float, shape (...)
        In the unit of `values`, no unit of its own.
    error : ndarray or float, shape (...)
        Its standard error, which means something only if the weights have a
        finite variance and have shown it.

    Raises
    ------
    ValueError
        If the shapes differ, there are fewer than 2 samples, a number is NaN,
        a value is infinite, or all weights are 0.

    References
    ----------
    Chatterjee and Diaconis :cite:p:`chatterjee2018`. Taught in chapter :ref:`ch-monte-carlo`.

    Examples
    --------
    P = (1/4, 3/4), a fair coin as Q: the share of heads, from one sample of each side.

    >>> mean, error = importance_mean([1.0, 0.0], np.log([0.5, 1.5]))
    >>> float(mean), float(error)
    (0.25, 0.25)
    """
    values, log_weights = _weighted(values, log_weights)
    with np.errstate(over="ignore"):
        return mean_and_error(np.exp(log_weights) * values)


def self_normalised_mean(values, log_weights):
    r"""Return a weighted mean of samples of Q, and its approximate standard error.

    .. math:: \hat h = \frac{\sum_i w_i h(x_i)}{\sum_i w_i}

    Needs the densities up to a constant only. It has a bias of order 1/n, which
    `importance_mean` has not. The error is that of the linearised quotient.

    Parameters
    ----------
    values : array_like, shape (..., n)
        h at the samples, finite.
    log_weights : array_like, shape (..., n)
        Natural logarithms of the weights, up to a constant.

    Returns
    -------
    mean : ndarray or float, shape (...)
        In the unit of `values`, no unit of its own; within their range.
    error : ndarray or float, shape (...)
        Its approximate standard error.

    Raises
    ------
    ValueError
        As for `importance_mean`.

    References
    ----------
    Kong, Liu and Wong :cite:p:`kong1994`. Taught in chapter :ref:`ch-monte-carlo`.

    Examples
    --------
    >>> mean, error = self_normalised_mean([1.0, 0.0], [0.0, 0.0])
    >>> float(mean), float(error.round(4))
    (0.5, 0.3536)
    """
    values, log_weights = _weighted(values, log_weights)
    shares = special.softmax(log_weights, axis=-1)
    mean = (shares * values).sum(axis=-1)
    return mean, np.sqrt((shares**2 * (values - mean[..., None]) ** 2).sum(axis=-1))


def effective_sample_size(log_weights):
    r"""Return how many equally weighted samples the weights are worth.

    .. math:: \mathrm{ESS} = \frac{\bigl(\sum_i w_i\bigr)^2}{\sum_i w_i^2}

    From 1 (one sample has all the weight) to n (all weights equal). For large n
    the share ESS / n tends to :math:`1 / (1 + \chi^2(P \| Q))`. A small value is
    a warning; a large one is no proof, since Q may never have drawn what matters.

    Parameters
    ----------
    log_weights : array_like, shape (..., n)
        Natural logarithms of the weights, up to a constant.

    Returns
    -------
    ndarray or float, shape (...)
        A number of samples, no unit; from 1 to n.

    Raises
    ------
    ValueError
        If there is no sample, a logarithm is NaN or +inf, or all weights are 0.

    References
    ----------
    Kong, Liu and Wong :cite:p:`kong1994`. Taught in chapter :ref:`ch-monte-carlo`.

    Examples
    --------
    >>> float(effective_sample_size([0.0, 0.0, -np.inf]).round(12))
    2.0
    """
    log_weights = _checks.log_weights(log_weights)
    weights = np.exp(log_weights - log_weights.max(axis=-1, keepdims=True))  # the largest is 1: no overflow
    return weights.sum(axis=-1) ** 2 / (weights**2).sum(axis=-1)


def _weighted(values, log_weights):
    values, log_weights = _checks.finite(values, "values"), _checks.log_weights(log_weights, least=2)
    if values.shape != log_weights.shape:
        raise ValueError(
            f"`values` and `log_weights` must hold one number for each sample; their shapes are {values.shape} and {log_weights.shape}"
        )
    return values, log_weights
