r"""Differential entropies and KL divergences of continuous families, in closed form.

Every divergence is a sum of terms that are never negative, in which nothing
large cancels (`lib._bregman`), so two nearly equal densities keep their digits.
"""

import numpy as np
from scipy import special

from lib import _bregman, _checks

__all__ = [
    "beta_entropy",
    "beta_kl",
    "dirichlet_entropy",
    "dirichlet_kl",
    "exponential_entropy",
    "exponential_kl",
    "gamma_entropy",
    "gamma_kl",
    "von_mises_entropy",
    "von_mises_kl",
]

_LOG_TWO_PI = np.log(2 * np.pi)


def exponential_entropy(rate, *, base=2):
    r"""Return the differential entropy of an exponential distribution.

    .. math:: h(X) = 1 - \log \lambda

    The largest of all densities on the positive half-line with the same mean
    1/rate. (In nats as written.)

    Parameters
    ----------
    rate : array_like, shape (...)
        The rate, above 0: the inverse of the mean (SciPy's ``scale`` is 1/rate).
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Differential entropy in units of `base`, of either sign.

    Raises
    ------
    ValueError
        If a rate isn't finite and positive.

    References
    ----------
    Cover and Thomas :cite:p:`cover2006`, table 17.1. Taught in chapter :ref:`ch-continuous`.

    Examples
    --------
    >>> float(exponential_entropy(1.0).round(6))
    1.442695
    """
    return (1 - np.log(_checks.positive(rate, "rate"))) / _checks.unit(base)


def exponential_kl(rate_p, rate_q, *, base=2):
    r"""Return the KL divergence of one exponential distribution from another.

    .. math:: D(P \| Q) = r - 1 - \log r, \qquad r = \lambda_q / \lambda_p

    Only the ratio counts, since the divergence has no unit of X. (In nats as written.)

    Parameters
    ----------
    rate_p, rate_q : array_like, shape (...)
        The rates, above 0: inverses of the means. Shapes broadcast.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Divergence in units of `base`: 0.0 for equal arguments, never negative.

    Raises
    ------
    ValueError
        If a rate isn't finite and positive, or shapes don't broadcast.

    References
    ----------
    The derivation: chapter :ref:`ch-continuous`.

    Examples
    --------
    >>> float(exponential_kl(1.0, 2.0).round(6))
    0.442695
    """
    unit = _checks.unit(base)
    p, q = _checks.broadcast(rate_p=_checks.positive(rate_p, "rate_p"), rate_q=_checks.positive(rate_q, "rate_q"))
    return _bregman.ratio_excess(q - p, p, q)[()] / unit


def _gamma_entropy(shape):
    """Return the entropy of gamma distributions of rate 1 in nats, with Stirling's large terms cancelled."""
    half = (np.log(shape) + _LOG_TWO_PI) / 2
    return half + _bregman.stirling_rest(shape) + (1 - shape) * _bregman.digamma_less_log(shape)


def gamma_entropy(shape, rate, *, base=2):
    r"""Return the differential entropy of a gamma distribution.

    .. math:: h(X) = a - \log b + \log \Gamma(a) + (1 - a) \psi(a)

    The exponential distribution is that of shape 1. (In nats as written.)

    Parameters
    ----------
    shape, rate : array_like, shape (...)
        Shape a and rate b, above 0 (SciPy's ``scale`` is 1/rate). Shapes broadcast.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Differential entropy in units of `base`, of either sign.

    Raises
    ------
    ValueError
        If a parameter isn't finite and positive, or shapes don't broadcast.

    References
    ----------
    Cover and Thomas :cite:p:`cover2006`, table 17.1. Taught in chapter :ref:`ch-continuous`.

    Examples
    --------
    >>> float(gamma_entropy(2.0, 1.0).round(6))
    2.275441
    """
    unit = _checks.unit(base)
    shape, rate = _checks.broadcast(shape=_checks.positive(shape, "shape"), rate=_checks.positive(rate, "rate"))
    return (_gamma_entropy(shape) - np.log(rate))[()] / unit


def gamma_kl(shape_p, rate_p, shape_q, rate_q, *, base=2):
    r"""Return the KL divergence of one gamma distribution from another.

    .. math:: D(P \| Q) = (a_p - a_q) \psi(a_p) - \log \frac{\Gamma(a_p)}{\Gamma(a_q)}
              + a_q \log \frac{b_p}{b_q} + a_p \frac{b_q - b_p}{b_p}

    Computed as what the means cost, a_q (r - 1 - log r) with the ratio r of mean
    `p` to mean `q`, plus what the shapes cost at one mean. (In nats as written.)

    Parameters
    ----------
    shape_p, rate_p, shape_q, rate_q : array_like, shape (...)
        Shapes a and rates b, above 0 (SciPy's ``scale`` is 1/rate). Shapes broadcast.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Divergence in units of `base`: 0.0 for equal arguments, never negative.

    Raises
    ------
    ValueError
        If a parameter isn't finite and positive, or shapes don't broadcast.

    References
    ----------
    The derivation: chapter :ref:`ch-continuous`.

    Examples
    --------
    >>> float(gamma_kl(1.0, 1.0, 1.0, 2.0).round(6))
    0.442695
    """
    unit = _checks.unit(base)
    given = {"shape_p": shape_p, "rate_p": rate_p, "shape_q": shape_q, "rate_q": rate_q}
    a_p, b_p, a_q, b_q = _checks.broadcast(**{name: _checks.positive(x, name) for name, x in given.items()})
    with np.errstate(over="ignore", under="ignore"):
        x = a_p / a_q * ((b_q - b_p) / b_p - (a_q - a_p) / a_p)
        near = np.abs(x) <= _bregman.NEAR
        far = a_p / a_q * (b_q / b_p) - 1 - (np.log(a_p) - np.log(a_q) + np.log(b_q) - np.log(b_p))
        means = a_q * np.where(near, _bregman.excess(np.where(near, x, 0.0)), far)
    return (means + _bregman.gamma_shape_excess(a_q - a_p, a_p, a_q))[()] / unit


def dirichlet_entropy(alpha, *, base=2):
    r"""Return the differential entropy of a Dirichlet distribution.

    .. math:: h(X) = \log B(\alpha) + (\alpha_0 - k) \psi(\alpha_0) - \sum_i (\alpha_i - 1) \psi(\alpha_i),
              \qquad \alpha_0 = \sum_i \alpha_i

    Relative to the first k - 1 probabilities, as is usual. Never positive with
    two of them: their density is that of a Beta distribution. (In nats as written.)

    Parameters
    ----------
    alpha : array_like, shape (..., k)
        Concentrations of at least two outcomes, above 0.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Differential entropy in units of `base`, at most that of the flat
        density: -log (k - 1)!.

    Raises
    ------
    ValueError
        If a concentration isn't finite and positive, or there are fewer than two.

    References
    ----------
    The derivation: chapter :ref:`ch-continuous`.

    Examples
    --------
    >>> float(dirichlet_entropy([1.0, 1.0, 1.0]).round(6))
    -1.0
    """
    unit = _checks.unit(base)
    alpha = _checks.concentrations(alpha, "alpha")
    total, log_total = alpha.sum(axis=-1), special.digamma(alpha.sum(axis=-1))
    # Independent gammas are their sum and their shares: h(gammas) = h(sum) + h(shares) + (k - 1) E[log sum].
    return (_gamma_entropy(alpha).sum(axis=-1) - _gamma_entropy(total) - (alpha.shape[-1] - 1) * log_total) / unit


def dirichlet_kl(alpha_p, alpha_q, *, base=2):
    r"""Return the KL divergence of one Dirichlet distribution from another.

    .. math:: D(P \| Q) = \log \frac{B(\alpha_q)}{B(\alpha_p)}
              + \sum_i (\alpha_{p,i} - \alpha_{q,i}) \left[\psi(\alpha_{p,i}) - \psi(\alpha_{p,0})\right]

    What independent gammas of these shapes cost, less what their sum costs
    (chain rule: sum and shares are independent). (In nats as written.)

    Parameters
    ----------
    alpha_p, alpha_q : array_like, shape (..., k)
        Concentrations of at least two outcomes, above 0. Batch shapes broadcast.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Divergence in units of `base`: 0.0 for equal arguments, not negative.

    Raises
    ------
    ValueError
        If a concentration isn't finite and positive, there are fewer than two,
        their numbers differ, or batch shapes don't broadcast.

    References
    ----------
    The derivation: chapter :ref:`ch-continuous`.

    Examples
    --------
    >>> float(dirichlet_kl([1.0, 1.0], [2.0, 1.0]).round(6))
    0.442695
    """
    unit = _checks.unit(base)
    p, q = _checks.concentrations(alpha_p, "alpha_p"), _checks.concentrations(alpha_q, "alpha_q")
    p, q = _checks.same_outcomes(p, q, ("alpha_p", "alpha_q"), "concentrations")
    change, total_p, total_q = q - p, p.sum(axis=-1), q.sum(axis=-1)
    grown = change.sum(axis=-1)
    with np.errstate(over="ignore", under="ignore"):
        x = p / q * ((grown / total_p)[..., None] - change / p)
        near = np.abs(x) <= _bregman.NEAR
        log_x = np.log(p) - np.log(q) + (np.log(total_q) - np.log(total_p))[..., None]
        far = p / q * (total_q / total_p)[..., None] - 1 - log_x
        shares = q * np.where(near, _bregman.excess(np.where(near, x, 0.0)), far)
    shapes = _bregman.gamma_shape_excess(change, p, q)
    return ((shares + shapes).sum(axis=-1) - _bregman.gamma_shape_excess(grown, total_p, total_q)) / unit


def beta_entropy(a, b, *, base=2):
    r"""Return the differential entropy of a Beta distribution.

    .. math:: h(X) = \log B(a, b) - (a - 1) \psi(a) - (b - 1) \psi(b) + (a + b - 2) \psi(a + b)

    Never positive: no density on [0, 1] has more than the uniform one, a = b = 1.
    (In nats as written.)

    Parameters
    ----------
    a, b : array_like, shape (...)
        The two concentrations, above 0. Shapes broadcast.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Differential entropy in units of `base`, at most 0.

    Raises
    ------
    ValueError
        If a parameter isn't finite and positive, or shapes don't broadcast.

    References
    ----------
    Cover and Thomas :cite:p:`cover2006`, table 17.1. Taught in chapter :ref:`ch-continuous`.

    Examples
    --------
    >>> float(beta_entropy(2.0, 1.0).round(6))
    -0.278652
    """
    a, b = _checks.broadcast(a=_checks.positive(a, "a"), b=_checks.positive(b, "b"))
    return dirichlet_entropy(np.stack([a, b], axis=-1), base=base)


def beta_kl(a_p, b_p, a_q, b_q, *, base=2):
    r"""Return the KL divergence of one Beta distribution from another.

    .. math:: D(P \| Q) = \log \frac{B(a_q, b_q)}{B(a_p, b_p)} + (a_p - a_q) \psi(a_p) + (b_p - b_q) \psi(b_p)
              + (a_q - a_p + b_q - b_p) \psi(a_p + b_p)

    The Dirichlet divergence for two outcomes. (In nats as written.)

    Parameters
    ----------
    a_p, b_p, a_q, b_q : array_like, shape (...)
        The concentrations of truth and model, above 0. Shapes broadcast.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Divergence in units of `base`: 0.0 for equal arguments, not negative.

    Raises
    ------
    ValueError
        If a parameter isn't finite and positive, or shapes don't broadcast.

    References
    ----------
    The derivation: chapter :ref:`ch-continuous`.

    Examples
    --------
    >>> float(beta_kl(0.1, 0.2, 1.0, 1.0, base=np.e).round(4))
    4.9773
    """
    given = {"a_p": a_p, "b_p": b_p, "a_q": a_q, "b_q": b_q}
    a_p, b_p, a_q, b_q = _checks.broadcast(**{name: _checks.positive(x, name) for name, x in given.items()})
    return dirichlet_kl(np.stack([a_p, b_p], axis=-1), np.stack([a_q, b_q], axis=-1), base=base)


def von_mises_entropy(kappa, *, base=2):
    r"""Return the differential entropy of a von Mises distribution of an angle.

    .. math:: h(X) = \log 2 \pi I_0(\kappa) - \kappa A(\kappa), \qquad A = I_1 / I_0

    The normal distribution of the circle: uniform for concentration 0, narrow
    with variance about 1/kappa when that is large. (In nats as written.)

    Parameters
    ----------
    kappa : array_like, shape (...)
        Concentration, at least 0.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Differential entropy of the angle in radians, in units of `base`, at most log(2 pi).

    Raises
    ------
    ValueError
        If a concentration isn't finite or is negative.

    References
    ----------
    The derivation: chapter :ref:`ch-continuous`.

    Examples
    --------
    >>> float(von_mises_entropy(0.0).round(6))
    2.651496
    """
    unit = _checks.unit(base)
    kappa = _checks.positive(kappa, "kappa", zero=True)
    return (_LOG_TWO_PI + np.log(special.i0e(kappa)) + kappa * _bregman.one_less_resultant(kappa)) / unit


def von_mises_kl(mean_p, kappa_p, mean_q, kappa_q, *, base=2):
    r"""Return the KL divergence of one von Mises distribution from another.

    .. math:: D(P \| Q) = \log \frac{I_0(\kappa_q)}{I_0(\kappa_p)}
              + A(\kappa_p) \left[\kappa_p - \kappa_q \cos(\mu_p - \mu_q)\right], \qquad A = I_1 / I_0

    What the concentrations cost at one mean, plus what the angle between the
    means costs. (In nats as written.)

    Parameters
    ----------
    mean_p, kappa_p, mean_q, kappa_q : array_like, shape (...)
        Mean angles in radians, and concentrations of at least 0. Shapes broadcast.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Divergence in units of `base`: 0.0 for equal arguments, never negative.

    Raises
    ------
    ValueError
        If a parameter isn't finite, a concentration is negative, or shapes don't broadcast.

    References
    ----------
    The derivation: chapter :ref:`ch-continuous`.

    Examples
    --------
    >>> float(von_mises_kl(0.0, 0.0, 0.0, 1.0).round(6))
    0.340352
    """
    unit = _checks.unit(base)
    means = {"mean_p": _checks.finite(mean_p, "mean_p"), "mean_q": _checks.finite(mean_q, "mean_q")}
    given = {"kappa_p": kappa_p, "kappa_q": kappa_q}
    kappas = {name: _checks.positive(x, name, zero=True) for name, x in given.items()}
    mean_p, mean_q, kappa_p, kappa_q = _checks.broadcast(**means, **kappas)
    turned = 2 * kappa_q * _bregman.resultant(kappa_p) * np.sin((mean_p - mean_q) / 2) ** 2
    return (_bregman.concentration_excess(kappa_q - kappa_p, kappa_p, kappa_q) + turned)[()] / unit
