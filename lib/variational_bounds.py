"""Lower bounds on mutual information from samples and a critic.

A critic gives a score to every pair (x_i, y_j) of a batch; the pairs on the
diagonal belong together. Scores are natural logarithms; results are in units of
`base`.
"""

import numpy as np
from scipy import special

from lib import _checks
from lib.monte_carlo import mean_and_error

__all__ = ["barber_agakov", "donsker_varadhan", "info_nce", "nwj"]


def barber_agakov(log_decoder, log_prior, *, base=2):
    r"""Return the Barber-Agakov bound on mutual information, and its standard error.

    .. math:: I(X; Y) \ge \operatorname{E}\Bigl[\log \frac{q(x \mid y)}{p(x)}\Bigr]

    What a decoder q that guesses x from y saves. The gap is the mean KL
    divergence of the true conditional from the decoder: none for the right one.

    Parameters
    ----------
    log_decoder : array_like, shape (..., n)
        Natural logarithms of q(x | y) at n pairs, drawn together.
    log_prior : array_like, shape (..., n)
        Those of p(x) at the same pairs; the bound needs this density.
    base : float, default 2
        Base of the logarithm in the result: 2 for bits, e for nats.

    Returns
    -------
    bound : ndarray or float, shape (...)
        Estimate of the bound in units of `base`; -inf if the decoder excludes a pair.
    error : ndarray or float, shape (...)
        Its standard error.

    Raises
    ------
    ValueError
        If the shapes differ, there are fewer than 2 pairs, or a logarithm is
        NaN, +inf, or -inf in `log_prior`.

    References
    ----------
    Barber and Agakov :cite:p:`barber2003`. Taught in chapter :ref:`ch-monte-carlo`.

    Examples
    --------
    X is a fair coin and Y tells it: 1 bit.

    >>> bound, error = barber_agakov(np.log([1.0, 1.0]), np.log([0.5, 0.5]))
    >>> float(bound), float(error)
    (1.0, 0.0)
    """
    unit = _checks.unit(base)
    log_prior = _checks.finite(log_prior, "log_prior")
    log_decoder = _checks.below_infinity(log_decoder, "log_decoder")
    if log_decoder.shape != log_prior.shape:
        raise ValueError(
            f"`log_decoder` and `log_prior` must hold one number for each pair; their shapes are {log_decoder.shape} and {log_prior.shape}"
        )
    return mean_and_error((log_decoder - log_prior) / unit)


def donsker_varadhan(scores, *, base=2):
    r"""Return the Donsker-Varadhan value of a batch of scores.

    .. math:: \frac1n \sum_i f_{ii} - \log \frac{1}{n(n-1)} \sum_{i \ne j} e^{f_{ij}}

    With means over the whole population this is a lower bound on mutual
    information. From a batch it is *not* one on average: the logarithm of a mean
    of few is too small on average, so the value comes out too large.

    Parameters
    ----------
    scores : array_like, shape (..., n, n)
        Critic's score f(x_i, y_j) of each pair; those on the diagonal belong together.
    base : float, default 2
        Base of the logarithm in the result.

    Returns
    -------
    ndarray or float, shape (...)
        In units of `base`; may exceed the mutual information.

    Raises
    ------
    ValueError
        If the scores are not finite or not a square matrix of at least 2 by 2.

    References
    ----------
    Belghazi et al. :cite:p:`belghazi2018`. Taught in chapter :ref:`ch-monte-carlo`.

    Examples
    --------
    >>> float(donsker_varadhan([[1.0, -1.0], [-1.0, 1.0]], base=np.e))
    2.0
    """
    unit = _checks.unit(base)
    return _donsker_varadhan(_checks.score_matrix(scores))[0] / unit


def nwj(scores, *, base=2):
    r"""Return the bound of Nguyen, Wainwright and Jordan for a batch of scores.

    .. math:: \frac1n \sum_i f_{ii} - \frac{1}{n(n-1)} \sum_{i \ne j} e^{f_{ij} - 1}

    On average a lower bound on mutual information, whatever the critic; tight
    for :math:`f = 1 + \ln \frac{p(x, y)}{p(x) p(y)}`. Its variance grows
    exponentially with the information.

    Parameters
    ----------
    scores : array_like, shape (..., n, n)
        Critic's score f(x_i, y_j) of each pair; those on the diagonal belong together.
    base : float, default 2
        Base of the logarithm in the result.

    Returns
    -------
    ndarray or float, shape (...)
        In units of `base`; a single batch may be far on either side, -inf where
        an exponential exceeds the largest float.

    Raises
    ------
    ValueError
        As for `donsker_varadhan`.

    References
    ----------
    Nguyen, Wainwright and Jordan :cite:p:`nguyen2010`; Poole et al. :cite:p:`poole2019`. Taught in chapter :ref:`ch-monte-carlo`.

    Examples
    --------
    >>> float(nwj([[1.0, 1.0], [1.0, 1.0]], base=np.e))
    0.0
    """
    unit = _checks.unit(base)
    return _nwj(_checks.score_matrix(scores))[0] / unit


def info_nce(scores, *, base=2):
    r"""Return the InfoNCE bound for a batch of scores.

    .. math:: \log n - \frac1n \sum_i \Bigl[\log \sum_j e^{f_{ij}} - f_{ii}\Bigr]

    log n less the cross-entropy of guessing, for each x, which of the n values y
    is its own. On average a lower bound on mutual information, and for every
    batch at most log n.

    Parameters
    ----------
    scores : array_like, shape (..., n, n)
        Critic's score f(x_i, y_j) of each pair; those on the diagonal belong together.
    base : float, default 2
        Base of the logarithm in the result.

    Returns
    -------
    ndarray or float, shape (...)
        In units of `base`, at most log n.

    Raises
    ------
    ValueError
        As for `donsker_varadhan`.

    References
    ----------
    Van den Oord, Li and Vinyals :cite:p:`oord2018`; Poole et al. :cite:p:`poole2019`. Taught in chapter :ref:`ch-monte-carlo`.

    Examples
    --------
    >>> float(info_nce(1000 * np.eye(4)))
    2.0
    """
    unit = _checks.unit(base)
    return _info_nce(_checks.score_matrix(scores))[0] / unit


# Value in nats, and derivative by each score. Each value is concave in the scores.


def _off_diagonal(scores):
    return np.where(np.eye(scores.shape[-1], dtype=bool), -np.inf, scores)


def _paired(scores):
    return np.diagonal(scores, axis1=-2, axis2=-1).mean(axis=-1)


def _donsker_varadhan(scores):
    n, others = scores.shape[-1], _off_diagonal(scores)
    log_sum = special.logsumexp(others, axis=(-2, -1), keepdims=True)
    value = _paired(scores) - (log_sum[..., 0, 0] - np.log(n * (n - 1)))
    return value, np.eye(n) / n - np.exp(others - log_sum)


def _nwj(scores):
    n = scores.shape[-1]
    with np.errstate(over="ignore"):
        others = np.exp(_off_diagonal(scores) - 1) / (n * (n - 1))
    return _paired(scores) - others.sum(axis=(-2, -1)), np.eye(n) / n - others


def _info_nce(scores):
    n = scores.shape[-1]
    log_sum = special.logsumexp(scores, axis=-1, keepdims=True)
    cost = log_sum[..., 0] - np.diagonal(scores, axis1=-2, axis2=-1)
    return np.log(n) - cost.mean(axis=-1), (np.eye(n) - np.exp(scores - log_sum)) / n


#: What `lib.critics` can maximise.
BOUNDS = {"donsker_varadhan": _donsker_varadhan, "nwj": _nwj, "info_nce": _info_nce}
