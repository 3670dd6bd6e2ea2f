"""Learning by Bayes' rule: updates of a belief in closed form, and what one datum taught."""

import numpy as np

from lib import _checks
from lib.divergence import kl_divergence


def bayes_update(prior, likelihood, *, axis=-1):
    r"""Return the posterior of a parameter with finitely many values.

    .. math:: p(\theta \mid x) = \frac{p(\theta)\, p(x \mid \theta)}{\sum_t p(t)\, p(x \mid t)}

    The belief after the datum x. Only the ratios of the likelihoods count.

    Parameters
    ----------
    prior : array_like, shape (..., k)
        Probabilities of the k values of the parameter, along `axis`.
    likelihood : array_like, shape (..., k)
        For each value, the probability (or density) that it gave to the datum
        that came: not negative, and no distribution, it need not sum to 1.
        Batch shapes broadcast.
    axis : int, default -1
        The axis of the k values, in both.

    Returns
    -------
    ndarray, shape (..., k)
        Probabilities (no unit) that sum to 1 along `axis`.

    Raises
    ------
    ValueError
        If `prior` is no distribution, a likelihood is negative, NaN or infinite,
        or the datum is impossible under every value that the prior allows.

    References
    ----------
    MacKay :cite:p:`mackay2003`, chapter 3. Taught in chapter :ref:`ch-bayesian-learning`.

    Examples
    --------
    >>> bayes_update([0.5, 0.5], [0.9, 0.3])
    array([0.75, 0.25])
    """
    prior = _checks.distribution(prior, "prior", axis=axis)
    likelihood = _checks.nonnegative(likelihood, "likelihood", axis=axis)
    prior, likelihood = _checks.same_outcomes(prior, likelihood, ("prior", "likelihood"), what="over one parameter, given")
    explained = np.where(prior > 0, likelihood, 0)
    largest = explained.max(axis=-1, keepdims=True)
    _checks.possible(largest > 0, "likelihood", "prior")
    weights = prior * (explained / largest)  # divided first: the product of two tiny numbers would be 0
    return np.moveaxis(weights / weights.sum(axis=-1, keepdims=True), -1, axis)


def information_gain(prior, likelihood, *, base=2, axis=-1):
    r"""Return what one datum taught about a parameter with finitely many values.

    .. math:: D\bigl(p(\theta \mid x) \,\|\, p(\theta)\bigr)

    The divergence of the posterior from the prior, in this order: the extra
    cost, by the belief that now rules, of going on with the old one.

    Parameters
    ----------
    prior : array_like, shape (..., k)
        Probabilities of the k values of the parameter, along `axis`.
    likelihood : array_like, shape (..., k)
        The probability (or density) that each value gave to the datum that came.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.
    axis : int, default -1
        The axis of the k values, in both.

    Returns
    -------
    ndarray or float, shape (...)
        Gain in units of `base`: never negative, 0 if the datum is equally likely
        under all values, and always finite.

    Raises
    ------
    ValueError
        As `bayes_update`.

    References
    ----------
    Lindley :cite:p:`lindley1956`. Taught in chapter :ref:`ch-bayesian-learning`.

    Examples
    --------
    >>> float(information_gain([0.5, 0.5], [0.9, 0.3]).round(6))
    0.188722
    """
    return kl_divergence(bayes_update(prior, likelihood, axis=axis), prior, base=base, axis=axis)


def beta_update(a, b, successes, failures):
    r"""Return the parameters of the posterior of a coin with a Beta prior.

    .. math:: \mathrm{Beta}(a, b) \to \mathrm{Beta}(a + s,\, b + f)

    Each toss adds 1 to the parameter of what it showed.

    Parameters
    ----------
    a, b : array_like
        Parameters of the prior, positive: tosses seen before, as it were.
    successes, failures : array_like of int
        How often either side came, not negative. All four broadcast.

    Returns
    -------
    tuple of ndarray
        The parameters of the posterior (no unit).

    Raises
    ------
    ValueError
        If a parameter is not positive, a count is negative or no integer, or
        the shapes don't broadcast.

    References
    ----------
    MacKay :cite:p:`mackay2003`, chapter 3. Taught in chapter :ref:`ch-bayesian-learning`.

    Examples
    --------
    >>> a, b = beta_update(1, 1, 3, 0)
    >>> float(a), float(b)
    (4.0, 1.0)
    """
    a, b, successes, failures = _checks.broadcast(
        a=_checks.positive(a, "a"),
        b=_checks.positive(b, "b"),
        successes=_checks.integers(successes, "successes"),
        failures=_checks.integers(failures, "failures"),
    )
    return a + successes, b + failures


def dirichlet_update(alpha, counts):
    r"""Return the parameters of the posterior of a die with a Dirichlet prior.

    .. math:: \mathrm{Dir}(\alpha_1, \dots, \alpha_k) \to \mathrm{Dir}(\alpha_1 + c_1, \dots, \alpha_k + c_k)

    Parameters
    ----------
    alpha : array_like, shape (..., k)
        Parameters of the prior, positive.
    counts : array_like of int, shape (..., k)
        How often each outcome came, not negative. Batch shapes broadcast.

    Returns
    -------
    ndarray, shape (..., k)
        The parameters of the posterior (no unit).

    Raises
    ------
    ValueError
        If a parameter is not positive, a count is negative or no integer, or the
        two differ in their numbers of outcomes.

    References
    ----------
    MacKay :cite:p:`mackay2003`, chapter 28. Taught in chapter :ref:`ch-bayesian-learning`.

    Examples
    --------
    >>> dirichlet_update([1, 1, 1], [4, 0, 2])
    array([5., 1., 3.])
    """
    alpha, counts = np.atleast_1d(_checks.positive(alpha, "alpha"), _checks.integers(counts, "counts"))
    alpha, counts = _checks.same_outcomes(alpha, counts, ("alpha", "counts"), what="given")
    return alpha + counts


def gaussian_mean_update(mean, variance, data, *, noise_variance):
    r"""Return the posterior of the mean of a Gaussian whose variance is known.

    .. math:: \frac{1}{v'} = \frac1v + \frac{n}{\sigma^2} , \qquad
              m' = v' \left( \frac{m}{v} + \frac{\sum_i x_i}{\sigma^2} \right)

    Precisions, the reciprocals of variances, add up; the mean is weighted by them.

    Parameters
    ----------
    mean, variance : float
        Of the Gaussian prior of the unknown mean; the variance is positive.
    data : array_like, shape (n,)
        The measurements.
    noise_variance : float
        The known variance of a measurement around the unknown mean.

    Returns
    -------
    tuple of float
        Mean and variance of the Gaussian posterior (no unit but that of the
        data and its square).

    Raises
    ------
    ValueError
        If a variance is not positive, or the data are empty, no vector, or hold
        NaN or infinity.

    References
    ----------
    MacKay :cite:p:`mackay2003`, chapter 24. Taught in chapter :ref:`ch-bayesian-learning`.

    Examples
    --------
    >>> gaussian_mean_update(0.0, 1.0, [2.0, 2.0, 2.0], noise_variance=1.0)
    (1.5, 0.25)
    """
    variance = _checks.one_positive(variance, "variance")
    data = _checks.vector(data, "data")
    design = np.ones((data.size, 1))
    (mean,), ((variance,),) = linear_regression_update([mean], [[variance]], design, data, noise_variance=noise_variance)
    return float(mean), float(variance)


def linear_regression_update(mean, cov, design, y, *, noise_variance):
    r"""Return the posterior of the weights of a linear regression with known noise.

    .. math:: S'^{-1} = S^{-1} + \frac{X^\top X}{\sigma^2} , \qquad
              m' = m + S' X^\top \frac{y - X m}{\sigma^2}

    for measurements y = X w + noise and weights w with prior N(m, S).

    Parameters
    ----------
    mean : array_like, shape (d,)
        Mean of the prior of the weights.
    cov : array_like, shape (d, d)
        Its covariance, positive definite.
    design : array_like, shape (n, d)
        X: one measurement a row. For an intercept give a column of ones.
    y : array_like, shape (n,)
        What was measured.
    noise_variance : float
        Variance of the Gaussian noise of a measurement, positive.

    Returns
    -------
    tuple of (ndarray, ndarray), shapes (d,) and (d, d)
        Mean and covariance of the Gaussian posterior (no unit but that of the
        weights). The covariance is a product of a matrix with its transpose,
        so rounding can't make it negative.

    Raises
    ------
    ValueError
        If the covariance is singular or not symmetric, the dimensions don't
        match, the variance isn't positive, or anything is NaN or infinite.

    References
    ----------
    MacKay :cite:p:`mackay1992`, section 2. Taught in chapter :ref:`ch-bayesian-learning`.

    Examples
    --------
    >>> mean, cov = linear_regression_update([0, 0], np.eye(2), [[1, 0], [1, 0]], [3, 3], noise_variance=1)
    >>> mean.round(6), cov.round(6)
    (array([2., 0.]), array([[0.333333, 0.      ],
           [0.      , 1.      ]]))
    """
    cov, factor = _checks.one_covariance(cov, "cov")
    mean, d = _checks.vector(mean, "mean"), len(cov)
    design = _checks.design_rows(design, "design", d)
    y = _checks.vector(y, "y")
    _checks.same_length(mean, d, ("mean", "cov"), "weights")
    _checks.same_length(y, design.shape[0], ("y", "design"), "measurements")
    noise = np.sqrt(_checks.one_positive(noise_variance, "noise_variance"))
    white = design @ factor / noise  # the design for weights of unit prior covariance
    gain = np.linalg.cholesky(np.eye(d) + white.T @ white)
    half = np.linalg.solve(gain, factor.T)
    cov = half.T @ half
    return mean + cov @ (design.T @ ((y - design @ mean) / noise**2)), cov


__all__ = [
    "bayes_update",
    "beta_update",
    "dirichlet_update",
    "gaussian_mean_update",
    "information_gain",
    "linear_regression_update",
]
