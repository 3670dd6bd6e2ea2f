"""What an experiment can be expected to teach, and which one to do next."""

import numpy as np
from scipy import special

from lib import _checks
from lib.bayesian import linear_regression_update
from lib.joint import mutual_information

#: Expected gains that differ by less, in nats, count as equal: rounding must not choose an experiment.
TIE = 1e-9


def expected_information_gain(prior, likelihood, *, base=2):
    r"""Return the expected information gain of an experiment, exactly, on a grid of parameters.

    .. math:: I(\Theta; X) = \sum_x p(x)\, D\bigl(p(\theta \mid x) \,\|\, p(\theta)\bigr)
              = H(\Theta) - H(\Theta \mid X) = H(X) - H(X \mid \Theta)

    The mutual information of parameter and datum.

    Parameters
    ----------
    prior : array_like, shape (..., k)
        Probabilities of the k values of the parameter.
    likelihood : array_like, shape (..., k, m)
        For each value of the parameter, the distribution of the m possible data:
        rows that sum to 1. Batch shapes broadcast: several experiments at once
        have shape (experiments, k, m).
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Expected gain in units of `base`: never negative, at most the entropy of
        the prior, and at most log m.

    Raises
    ------
    ValueError
        If `prior` or a row of `likelihood` is no distribution or the shapes
        don't match.

    References
    ----------
    Lindley :cite:p:`lindley1956`. Taught in chapter :ref:`ch-bayesian-learning`.

    Examples
    --------
    >>> float(expected_information_gain([0.5, 0.5], [[0.9, 0.1], [0.1, 0.9]]).round(6))
    0.531004
    """
    prior, likelihood = _checks.experiment(prior, likelihood)
    return mutual_information(prior[..., None] * likelihood, base=base)


def choose_experiment(gains, *, base=2):
    """Return which of several experiments has the largest expected gain.

    Gains that differ by less than `TIE` nats count as equal, and the first of
    them is taken: else the last digit, which another processor rounds
    otherwise, would decide.

    Parameters
    ----------
    gains : array_like, shape (experiments,)
        Expected gain of each, not negative.
    base : float, default 2
        Base of the logarithms that the gains are in.

    Returns
    -------
    int
        The index of the chosen experiment (no unit).

    Raises
    ------
    ValueError
        If `gains` is no vector, empty, negative, NaN or infinite.

    References
    ----------
    Chaloner and Verdinelli :cite:p:`chaloner1995`. Taught in chapter :ref:`ch-bayesian-learning`.

    Examples
    --------
    >>> choose_experiment([0.1, 0.5, 0.5 + 1e-15])
    1
    """
    gains = _checks.vector(_checks.positive(gains, "gains", zero=True), "gains")
    return int(np.argmax(gains * _checks.unit(base) >= gains.max() * _checks.unit(base) - TIE))


def _surplus(x):
    r"""Return psi(x + 1) - log x, by its asymptotic series where the difference would cancel."""
    x = np.asarray(x, dtype=np.float64)
    far = np.maximum(x, 16.0)
    series = sum(c / far ** (2 * k) for k, c in enumerate((-1 / 12, 1 / 120, -1 / 252, 1 / 240, -1 / 132), start=1))
    return np.where(x >= 16.0, 1 / (2 * far) + series, special.digamma(np.minimum(x, 16.0) + 1) - np.log(np.minimum(x, 16.0)))


def dirichlet_expected_gains(alpha, *, draws=1, base=2):
    r"""Return what each of the next draws is expected to teach about a die, a priori.

    .. math:: I(\Theta; X_{t+1} \mid X_1, \dots, X_t) = \operatorname{E} \sum_i
              \frac{\alpha_i + c_i}{A + t} \bigl[ g(\alpha_i + c_i) - g(A + t) \bigr] ,
              \qquad g(x) = \psi(x + 1) - \ln x

    with the prior Dir(alpha), its sum A, and the counts c after t draws. By the
    chain rule the gains add up to the expected gain of all the draws together.
    A coin is a die of two sides.

    Parameters
    ----------
    alpha : array_like, shape (k,)
        Parameters of the Dirichlet prior, positive; `[a, b]` for Beta(a, b).
    draws : int, default 1
        How many draws, at least 1. The time grows with its square.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray, shape (draws,)
        Expected gain of each draw, given those before, in units of `base`:
        never negative, and falling. Terms of one sign only, so nothing cancels.

    Raises
    ------
    ValueError
        If a parameter is not positive or `draws` is no positive integer.

    References
    ----------
    Clarke and Barron :cite:p:`clarke1990` for the sum of many.
    Taught in chapter :ref:`ch-bayesian-learning`.

    Examples
    --------
    >>> dirichlet_expected_gains([1, 1], draws=3).round(4)
    array([0.2787, 0.1969, 0.1528])
    """
    alpha, unit = _checks.pseudo_counts(alpha, "alpha"), _checks.unit(base)
    draws, total = _checks.whole(draws, "draws"), alpha.sum()
    gains, chance = np.empty(draws), np.ones((alpha.size, 1))  # of each count of each outcome, after t draws
    for t in range(draws):
        seen = np.arange(t + 1)
        mine = alpha[:, None] + seen
        gains[t] = (chance * mine / (total + t) * (_surplus(mine) - _surplus(total + t))).sum()
        others = (total - alpha)[:, None] + t - seen
        again, not_again = chance * (mine / (total + t)), chance * (others / (total + t))
        chance = np.pad(not_again, ((0, 0), (0, 1))) + np.pad(again, ((0, 0), (1, 0)))
    return gains / unit


def linear_expected_gain(cov, design, *, noise_variance, base=2):
    r"""Return what measurements are expected to teach about the weights of a linear regression.

    .. math:: I(w; y) = \tfrac12 \log \det \left( I + \frac{X S X^\top}{\sigma^2} \right) ,
              \qquad \text{for one row: } \tfrac12 \log \left( 1 + \frac{x^\top S x}{\sigma^2} \right)

    It depends on where one measures and not on what comes out.

    Parameters
    ----------
    cov : array_like, shape (d, d)
        Covariance S of the Gaussian belief about the weights, positive definite.
    design : array_like, shape (..., n, d)
        X: measurements to be made together, one a row. To weigh m single
        measurements against each other give `rows[:, None, :]`, shape (m, 1, d).
    noise_variance : float
        Variance of the Gaussian noise of a measurement, positive.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Expected gain of each design in units of `base`, never negative.

    Raises
    ------
    ValueError
        If the covariance is singular or not symmetric, the design has another
        dimension, the variance isn't positive, or anything is NaN or infinite.

    References
    ----------
    MacKay :cite:p:`mackay1992`, section 3. Taught in chapter :ref:`ch-bayesian-learning`.

    Examples
    --------
    >>> float(linear_expected_gain(np.eye(2), [[1, 0], [0, 1]], noise_variance=1))
    1.0
    """
    factor = _checks.one_covariance(cov, "cov")[1]
    design = _checks.design_rows(design, "design", len(factor))
    noise = np.sqrt(_checks.one_positive(noise_variance, "noise_variance"))
    strengths = np.linalg.svd(design @ factor / noise, compute_uv=False)
    return np.log1p(strengths**2).sum(axis=-1) / (2 * _checks.unit(base))


def greedy_design(cov, candidates, *, noise_variance, size):
    r"""Return measurements for a linear regression, each the best next one.

    Each step takes the candidate of largest expected gain given those before.
    The gain of a set is submodular, so the chosen set has at least the share
    1 - 1/e of the gain of the best set of its size.

    Parameters
    ----------
    cov : array_like, shape (d, d)
        Covariance of the Gaussian belief about the weights, positive definite.
    candidates : array_like, shape (m, d)
        The measurements that could be made, one a row, each at most once.
    noise_variance : float
        Variance of the Gaussian noise of a measurement, positive.
    size : int
        How many to choose, at most m.

    Returns
    -------
    ndarray of int, shape (size,)
        Rows of `candidates` in the order of their choice (no unit).

    Raises
    ------
    ValueError
        As `linear_expected_gain`, and if `size` is no integer from 1 to m.

    References
    ----------
    Nemhauser, Wolsey and Fisher :cite:p:`nemhauser1978`, section 4, for the share.
    Taught in chapter :ref:`ch-bayesian-learning`.

    Examples
    --------
    >>> greedy_design(np.eye(2), [[1, 0], [2, 0], [0, 1]], noise_variance=1, size=2)
    array([1, 2])
    """
    cov = _checks.one_covariance(cov, "cov")[0]
    rows = _checks.design_rows(candidates, "candidates", len(cov))
    size = _checks.choice_size(size, rows, ("size", "candidates"))
    left, chosen = np.arange(len(rows)), []
    for _ in range(size):
        gains = linear_expected_gain(cov, rows[left, None, :], noise_variance=noise_variance, base=np.e)
        best = choose_experiment(gains, base=np.e)
        chosen.append(left[best])
        row, left = rows[left[[best]]], np.delete(left, best)
        # The covariance after a measurement does not depend on what comes out.
        _, cov = linear_regression_update(np.zeros(len(cov)), cov, row, [0.0], noise_variance=noise_variance)
    return np.array(chosen)


def nested_gain(own, others, *, base=2):
    r"""Return the nested Monte Carlo estimate of an expected information gain.

    .. math:: \frac1n \sum_{i=1}^n \Bigl[ \log p(x_i \mid \theta_i)
              - \log \frac1m \sum_{j=1}^m p(x_i \mid \theta_{ij}) \Bigr]

    With parameters and data drawn from the prior and the model. The inner mean
    is right on average, but its logarithm is too low: the estimate is too high,
    by about half the relative variance of the inner mean, which falls as 1/m.

    Parameters
    ----------
    own : array_like, shape (n,)
        Log-likelihood of each datum, in nats, under the parameter that made it.
    others : array_like, shape (n, m)
        Log-likelihoods of each datum, in nats, under m fresh parameters from the
        prior; -inf where one of them excludes the datum.
    base : float, default 2
        Base of the result: 2 for bits, e for nats.

    Returns
    -------
    float
        Estimate in units of `base`, biased upward; inf where all the fresh
        parameters exclude a datum.

    Raises
    ------
    ValueError
        If the shapes don't match, a number is NaN or +inf, or `own` is -inf.

    References
    ----------
    Rainforth et al. :cite:p:`rainforth2018`. Taught in chapter :ref:`ch-bayesian-learning`.

    Examples
    --------
    >>> float(nested_gain([0.0], [[0.0, -np.inf]]))
    1.0
    """
    own, others = _checks.log_likelihoods(own, others, ("own", "others"))
    evidence = special.logsumexp(others - own[:, None], axis=1) - np.log(others.shape[1])  # in units of the datum's own
    return -evidence.mean() / _checks.unit(base)


def contrastive_gain(own, others, *, base=2):
    r"""Return the contrastive estimate of an expected information gain, which is too low.

    .. math:: \frac1n \sum_{i=1}^n \Bigl[ \log p(x_i \mid \theta_i)
              - \log \frac{1}{m + 1} \Bigl( p(x_i \mid \theta_i) + \sum_{j=1}^m p(x_i \mid \theta_{ij}) \Bigr) \Bigr]

    The parameter that made the datum joins the inner mean. On average this is a
    lower bound, so that with `nested_gain` it encloses the true value.

    Parameters
    ----------
    own : array_like, shape (n,)
        Log-likelihood of each datum, in nats, under the parameter that made it.
    others : array_like, shape (n, m)
        Log-likelihoods of each datum, in nats, under m fresh parameters from the
        prior; -inf where one of them excludes the datum.
    base : float, default 2
        Base of the result: 2 for bits, e for nats.

    Returns
    -------
    float
        Estimate in units of `base`, biased downward, and never above log(m + 1),
        however large the gain is.

    Raises
    ------
    ValueError
        As `nested_gain`.

    References
    ----------
    Foster et al. :cite:p:`foster2020`. Taught in chapter :ref:`ch-bayesian-learning`.

    Examples
    --------
    >>> float(contrastive_gain([0.0], [[-np.inf, -np.inf, -np.inf]]))
    2.0
    """
    own, others = _checks.log_likelihoods(own, others, ("own", "others"))
    return nested_gain(own, np.column_stack([own, others]), base=base)


__all__ = [
    "choose_experiment",
    "contrastive_gain",
    "dirichlet_expected_gains",
    "expected_information_gain",
    "greedy_design",
    "linear_expected_gain",
    "nested_gain",
]
