"""Maximum likelihood: how probable a model makes the data, and the parameters that make them most so.

Each fit takes weights. With equal ones it is the maximum likelihood fit of a
sample; with the probabilities of a known population it is the member of the
family with the least KL divergence from that population.
"""

import math

import numpy as np
from scipy import optimize, special
from scipy.spatial.distance import cdist

from lib import _checks

__all__ = [
    "fit_gaussian",
    "fit_geometric",
    "fit_negative_binomial",
    "fit_poisson",
    "kernel_log_density",
    "leave_one_out_log_density",
    "log_likelihood_error",
    "mean_log_likelihood",
]

#: Distances held in memory at a time.
BLOCK = 2**20


def mean_log_likelihood(log_q, *, base=2):
    r"""Return the mean log-likelihood of observations under a model.

    .. math:: \frac1n \sum_{i=1}^n \log q(x_i)

    The logarithm of the likelihood of independent observations, divided by
    their number, so that samples of different size can be compared. Minus the
    cross-entropy of the model under the shares of the sample.

    Parameters
    ----------
    log_q : array_like, shape (..., n)
        Natural logarithms of the probabilities, or densities, that the model
        gives to the n observations; -inf for one that it excludes.
    base : float, default 2
        Base of the logarithm of the answer: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Mean in units of `base` for each observation; -inf if the model excludes
        one of them. Above 0 only for densities, on whose unit it depends.

    Raises
    ------
    ValueError
        If there are no observations, or a logarithm is NaN or +inf.

    References
    ----------
    Fisher :cite:p:`fisher1922`, section 6. Taught in chapter :ref:`ch-maximum-likelihood`.

    Examples
    --------
    >>> import numpy as np
    >>> float(mean_log_likelihood(np.log([1 / 2, 1 / 2, 1 / 8])).round(6))
    -1.666667
    """
    unit = _checks.unit(base)
    return _checks.log_densities(log_q, "log_q").mean(axis=-1) / unit


def log_likelihood_error(log_q, *, base=2):
    r"""Return the standard error of a mean log-likelihood.

    .. math:: \frac{1}{\sqrt n} \sqrt{\frac{1}{n-1} \sum_{i=1}^n
              \Bigl(\log q(x_i) - \frac1n \sum_{j=1}^n \log q(x_j)\Bigr)^2}

    How far the mean over n independent observations may lie from the mean over
    the population. To compare two models on one sample, give it the
    differences of their logarithms: what the observations have in common
    cancels.

    Parameters
    ----------
    log_q : array_like, shape (..., n)
        Natural logarithms, or differences of them, for n independent
        observations that the model was not fitted to.
    base : float, default 2
        Base of the logarithm of the answer: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Standard error in units of `base` for each observation.

    Raises
    ------
    ValueError
        If there are fewer than two observations, or a logarithm is not finite.

    References
    ----------
    Taught in chapter :ref:`ch-maximum-likelihood`.

    Examples
    --------
    >>> import numpy as np
    >>> float(log_likelihood_error(np.log([1 / 2, 1 / 2, 1 / 8])).round(6))
    0.666667
    """
    unit = _checks.unit(base)
    log_q = _checks.log_densities(log_q, "log_q")
    if log_q.shape[-1] < 2:
        raise ValueError(f"`log_q` must hold at least 2 observations; it holds {log_q.shape[-1]}")
    if (log_q == -np.inf).any():
        raise ValueError("`log_q` must be finite for an error bar; the model excludes an observation, and the mean is -inf for certain")
    return log_q.std(axis=-1, ddof=1) / math.sqrt(log_q.shape[-1]) / unit


def fit_poisson(x, weights=None):
    r"""Return the rate of the Poisson law with the greatest likelihood.

    .. math:: \hat\lambda = \sum_i w_i x_i

    The mean: for a sample with equal weights, and for a population with its
    probabilities as weights, where it is the KL projection.

    Parameters
    ----------
    x : array_like, shape (n,)
        Whole numbers from 0 on.
    weights : array_like, shape (n,), optional
        Probabilities of the entries of `x`; equal by default.

    Returns
    -------
    float
        The rate (no unit), from 0 on.

    Raises
    ------
    ValueError
        If `x` is empty or holds anything but whole numbers from 0 on, or the
        weights are no probabilities of its entries.

    References
    ----------
    Taught in chapter :ref:`ch-maximum-likelihood`.

    Examples
    --------
    >>> fit_poisson([0, 1, 5])
    2.0
    """
    x = _checks.whole_observations(x, "x", lowest=0)
    return float(np.average(x, weights=_checks.observation_weights(weights, x)))


def fit_geometric(x, weights=None):
    r"""Return the success probability of the geometric law with the greatest likelihood.

    .. math:: \hat p = 1 \Big/ \sum_i w_i x_i

    For the number of trials up to the first success, which begins at 1.

    Parameters
    ----------
    x : array_like, shape (n,)
        Whole numbers from 1 on.
    weights : array_like, shape (n,), optional
        Probabilities of the entries of `x`; equal by default.

    Returns
    -------
    float
        The probability (no unit) of ``scipy.stats.geom``, at most 1.

    Raises
    ------
    ValueError
        If `x` is empty or holds anything but whole numbers from 1 on, or the
        weights are no probabilities of its entries.

    References
    ----------
    Taught in chapter :ref:`ch-maximum-likelihood`.

    Examples
    --------
    >>> fit_geometric([1, 2, 5, 8])
    0.25
    """
    x = _checks.whole_observations(x, "x", lowest=1)
    return 1 / float(np.average(x, weights=_checks.observation_weights(weights, x)))


def fit_negative_binomial(x, weights=None):
    r"""Return size and mean of the negative binomial law with the greatest likelihood.

    .. math:: q(x) = \frac{\Gamma(x + r)}{\Gamma(r)\, x!}
              \Bigl(\frac{r}{r + m}\Bigr)^r \Bigl(\frac{m}{r + m}\Bigr)^x

    Counts that vary more than Poisson's: the variance is m + m²/r. For r to
    infinity it is the Poisson law, and that is the answer for counts whose
    variance does not exceed their mean.

    Parameters
    ----------
    x : array_like, shape (n,)
        Whole numbers from 0 on.
    weights : array_like, shape (n,), optional
        Probabilities of the entries of `x`; equal by default.

    Returns
    -------
    tuple of (float, float)
        Size r, which may be inf, and mean m (no unit). They are
        ``scipy.stats.nbinom(r, r / (r + m))``.

    Raises
    ------
    ValueError
        If `x` is empty or holds anything but whole numbers from 0 on, or the
        weights are no probabilities of its entries.

    Notes
    -----
    The mean of the fit is that of `x`; the size is the one root of the
    derivative in 1/r. Memory grows with the largest count.

    References
    ----------
    Existence and uniqueness: Aragon, Eberly and Eberly :cite:p:`aragon1992`.
    Taught in chapter :ref:`ch-maximum-likelihood`.

    Examples
    --------
    >>> size, mean = fit_negative_binomial([0, 0, 1, 7])
    >>> round(size, 3), mean
    (0.37, 2.0)
    >>> fit_negative_binomial([2, 2, 2])
    (inf, 2.0)
    """
    x = _checks.whole_observations(x, "x", lowest=0)
    weights = _checks.observation_weights(weights, x)
    share = np.bincount(x, weights=weights) / (len(x) if weights is None else 1)
    mean = float(np.average(x, weights=weights))
    above = np.cumsum(share[:0:-1])[::-1]  # the weight of all counts above j = 0, 1, ...
    j = np.arange(len(above))
    pairs = j * above  # their sum is E[X (X - 1)] / 2, at least mean² / 2 if the variance exceeds the mean

    def slope(s):
        """Return minus r² times the derivative of the mean log-likelihood in r, at r = 1/s."""
        return mean**2 / 2 * _lag(mean * s) - np.sum(pairs / (1 + j * s))

    if slope(0.0) >= 0:
        return math.inf, mean
    high = 1 / mean
    while slope(high) <= 0:
        high *= 4
    return 1 / optimize.brentq(slope, 0, high, xtol=1e-300, rtol=1e-14), mean


def _lag(u):
    """Return 2 (u - log(1 + u)) / u², which is 1 at 0, without cancellation."""
    return float(special.hyp2f1(1, 2, 3, -u)) if u < 0.5 else 2 * (u - math.log1p(u)) / u**2


def fit_gaussian(x, weights=None):
    r"""Return mean and covariance of the Gaussian with the greatest likelihood.

    .. math:: \hat\mu = \sum_i w_i x_i , \qquad
              \hat\Sigma = \sum_i w_i (x_i - \hat\mu)(x_i - \hat\mu)^\top

    The covariance is divided by n, not n - 1: it is the likelihood's choice,
    and a little too small on average.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Observations: numbers, or vectors, one a row.
    weights : array_like, shape (n,), optional
        Probabilities of the rows of `x`; equal by default.

    Returns
    -------
    tuple of (float, float) or (ndarray, ndarray)
        Mean and variance for numbers; mean of shape (d,) and covariance of
        shape (d, d) for vectors: no unit but that of `x`, and its square.

    Raises
    ------
    ValueError
        If `x` is empty or not finite, the weights are no probabilities of its
        rows, or the rows do not spread in all directions: then a density that
        is narrow enough has any likelihood one likes, and there is no best.

    References
    ----------
    Taught in chapter :ref:`ch-maximum-likelihood`.

    Examples
    --------
    >>> fit_gaussian([1.0, 3.0])
    (2.0, 1.0)
    """
    x = _checks.observation_rows(x, "x")
    weights = _checks.observation_weights(weights, x)
    rows = x.reshape(len(x), -1)
    rows = rows if weights is None else rows[weights > 0]
    span = np.ptp(rows, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.linalg.matrix_rank((rows - rows[0]) / span) if (span > 0).all() else 0
    if spread < rows.shape[1]:
        raise ValueError(
            f"`x` must spread in all of its {rows.shape[1]} directions; its {len(rows)} rows do not, and the likelihood has no maximum"
        )
    mean = np.average(x, axis=0, weights=weights)
    centred = x - mean
    if x.ndim == 1:
        return float(mean), float(np.average(centred**2, weights=weights))
    root = centred * np.sqrt(1 / len(x) if weights is None else weights[:, None])
    return mean, root.T @ root


def kernel_log_density(points, x, bandwidth):
    r"""Return the log density at `points` of a Gaussian kernel model made from a sample.

    .. math:: q_h(y) = \frac1n \sum_{i=1}^n
              \frac{1}{(2\pi h^2)^{d/2}} \exp\Bigl(-\frac{\lVert y - x_i \rVert^2}{2 h^2}\Bigr)

    A small Gaussian on each observation. The bandwidth is its only parameter,
    and likelihood can't choose it on the observations themselves: there it
    grows without bound as h shrinks.

    Parameters
    ----------
    points : array_like, shape (m,) or (m, d)
        Where to evaluate.
    x : array_like, shape (n,) or (n, d)
        The sample.
    bandwidth : float
        Standard deviation h of each kernel, above 0, in the unit of the data.

    Returns
    -------
    ndarray, shape (m,)
        Log densities in nats; -inf where no kernel reaches within floating point.

    Raises
    ------
    ValueError
        If a sample is empty or not finite, the shapes don't match or the
        bandwidth is not a finite number above 0.

    References
    ----------
    Duin :cite:p:`duin1976`. Taught in chapter :ref:`ch-maximum-likelihood`.

    Examples
    --------
    >>> kernel_log_density([0.0], [-1.0, 1.0], 1.0).round(6)
    array([-1.418939])
    """
    points, x = _checks.observation_rows(points, "points"), _checks.observation_rows(x, "x")
    if points.shape[1:] != x.shape[1:]:
        raise ValueError(f"`points` and `x` must hold observations of one kind; their shapes are {points.shape} and {x.shape}")
    return _log_mean_kernel(points, x, _checks.one_positive(bandwidth, "bandwidth"), leave_out=False)


def leave_one_out_log_density(x, bandwidth):
    r"""Return the log density at each observation of the kernel model made from all others.

    .. math:: \log q_h^{(-i)}(x_i) = \log \frac{1}{n - 1} \sum_{j \ne i}
              \frac{1}{(2\pi h^2)^{d/2}} \exp\Bigl(-\frac{\lVert x_i - x_j \rVert^2}{2 h^2}\Bigr)

    No observation may vouch for itself, so the mean of these has a best
    bandwidth, unless every observation has a twin: then each is still on top
    of a kernel, and the mean grows without bound as h shrinks.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        The sample, two observations or more.
    bandwidth : float
        Standard deviation h of each kernel, above 0, in the unit of the data.

    Returns
    -------
    ndarray, shape (n,)
        Log densities in nats.

    Raises
    ------
    ValueError
        If there are fewer than two observations, one of them is not finite or
        the bandwidth is not a finite number above 0.

    References
    ----------
    Duin :cite:p:`duin1976`. Taught in chapter :ref:`ch-maximum-likelihood`.

    Examples
    --------
    >>> leave_one_out_log_density([0.0, 1.0, 2.0], 1.0).round(6)
    array([-1.910672, -1.418939, -1.910672])
    """
    x = _checks.observation_rows(x, "x")
    if len(x) < 2:
        raise ValueError(f"`x` must hold at least 2 observations to leave one out; it holds {len(x)}")
    return _log_mean_kernel(x, x, _checks.one_positive(bandwidth, "bandwidth"), leave_out=True)


def _log_mean_kernel(points, x, bandwidth, *, leave_out):
    points, x = (np.asarray(rows).reshape(len(rows), -1) for rows in (points, x))
    log_height = -x.shape[1] * (math.log(2 * math.pi) / 2 + math.log(bandwidth)) - math.log(len(x) - leave_out)
    result = np.empty(len(points))
    step = max(1, BLOCK // len(x))
    for start in range(0, len(points), step):
        with np.errstate(over="ignore"):  # too far to be seen: the kernel is 0
            exponents = (cdist(points[start : start + step], x) / bandwidth) ** 2 / -2
        if leave_out:
            rows = np.arange(len(exponents))
            exponents[rows, start + rows] = -np.inf
        result[start : start + step] = special.logsumexp(exponents, axis=1) + log_height
    return result
