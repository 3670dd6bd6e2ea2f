r"""The f-divergences: one formula, and KL, JS, total variation, Hellinger, chi-squared and the alpha family in it.

Each named member has a sum of its own whose terms are never negative and lose no
digits where the distributions nearly agree; `Generator` takes any other convex f.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from lib import _checks, _kernels
from lib._blocks import reduce

__all__ = ["Generator", "f_divergence", "generator", "hellinger_distance", "total_variation"]


@dataclass(frozen=True)
class Generator:
    r"""Hold a convex function f with f(1) = 0, and what it tends to at both ends.

    Parameters
    ----------
    f : callable
        Takes an array of ratios above 0 and returns f of each, in nats where
        it has a unit. That it is convex is your promise; f(1) = 0 is checked.
    at_zero : float
        The limit f(0), or inf: the price of an outcome that only Q has.
    slope : float
        The limit of f(t) / t as t grows, or inf: the price of an outcome that only P has.
    logarithmic : bool, default False
        Whether it is made of logarithms, so that the divergence has a unit.
    sums : callable, optional
        Takes two arrays and returns the sums along rows in a better way than
        by the formula. The named generators have one.

    Raises
    ------
    ValueError
        If f(1) isn't 0 to rounding, or a limit is NaN or minus infinity.

    Examples
    --------
    >>> triangular = Generator(lambda t: (t - 1) ** 2 / (t + 1), at_zero=1.0, slope=1.0)
    >>> float(f_divergence([0.5, 0.5, 0.0], [0.0, 0.5, 0.5], triangular))
    1.0
    """

    f: Callable
    at_zero: float
    slope: float
    logarithmic: bool = False
    sums: Callable | None = None

    def __post_init__(self):
        _checks.generator_limits(self.f, self.at_zero, self.slope)


def _perspective(p, q, g):
    """Return the sums of q f(p/q) along rows, with both limits of f where p or q is 0."""
    result = np.zeros(p.shape)
    both, only_p, only_q = (p > 0) & (q > 0), (p > 0) & (q == 0), (p == 0) & (q > 0)
    with np.errstate(over="ignore"):
        result[both] = q[both] * g.f(p[both] / q[both])
    result[only_p] = p[only_p] * g.slope
    result[only_q] = q[only_q] * g.at_zero
    return result.sum(axis=-1)


# Sums along rows, in nats where there is a unit: no term is negative, none is a difference of near numbers.


def _quotient(numerator, denominator):
    """Return the quotients, with 0 / 0 = 0."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(numerator == 0, 0.0, numerator / denominator)


def _kl(p, q):
    return _kernels.kl_accurate(p, q)


def _reverse_kl(p, q):
    return _kernels.kl_accurate(q, p)


def _js(p, q):
    return _kernels.js_accurate(p, q)


def _total_variation(p, q):
    return np.abs(p - q).sum(axis=-1) / 2


def _squared_hellinger(p, q):
    # The difference of the roots, as that of p and q over the sum of the roots.
    return (_quotient(p - q, np.sqrt(p) + np.sqrt(q)) ** 2).sum(axis=-1) / 2


def _chi_squared(p, q):
    return ((p - q) * _quotient(p - q, q)).sum(axis=-1)


def _reverse_chi_squared(p, q):
    return _chi_squared(q, p)


def _alpha(p, q, alpha, rest):
    # `rest` is 1 - alpha, handed over since it can't be had from an alpha that has been rounded to near 1.
    if alpha < 0.5:  # the same sum with P and Q exchanged; below, alpha is at least 1/2
        return _alpha(q, p, rest, alpha)
    both = (p > 0) & (q > 0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        u = (p - q) / q
        near = both & (np.abs(u) * max(alpha, 2.0) <= 0.5)
        terms = np.where(near, (p - q) * u / 2 * _alpha_series(np.where(near, u, 0.0), alpha), _alpha_terms(p, q, alpha, -rest))
    terms[~both] = 0.0
    ends = q * (1 / alpha) + (p / rest if rest > 0 else np.where(p > 0, np.inf, 0.0))
    # Where one of them is 0 the other pays its limit: f(0) = 1 / alpha, and the slope at infinity.
    return (terms + np.where(both, 0.0, ends)).sum(axis=-1)


def _alpha_terms(p, q, alpha, delta):
    """Return q f(p/q) for p, q > 0 and alpha of at least 1/2; alpha = 1 is the limit, KL."""
    log_p = np.log(p)
    log_ratio = log_p - np.log(q)
    if delta == 0:
        return p * log_ratio - (p - q)
    power = delta * log_ratio
    # p (p/q)**delta - p over delta; where it is large, p is taken into the exponent, which may need it.
    growth = np.where(power > 1, np.exp(log_p + power) - p, p * np.expm1(np.minimum(power, 1.0))) / delta
    return (growth - (p - q)) / alpha


def _alpha_series(u, alpha):
    """Return 2 f(1 + u) / u**2, the sum over n of 2 (alpha-2)...(alpha-n+1) / n! u**(n-2)."""
    result = np.ones_like(u)
    for n in range(60, 2, -1):
        result = 1 + (alpha - n + 1) * u / n * result
    return result


# The named generators, each with the limits of f at 0 and of f(t) / t at infinity


def _t_log_t(t):
    return t * np.log(t) - t + 1


def _js_of_ratio(t):
    return (t * np.log(t) - (1 + t) * np.log((1 + t) / 2)) / 2


def _alpha_of_ratio(t, alpha):
    if alpha in (0, 1):
        return _t_log_t(t) if alpha == 1 else t - 1 - np.log(t)
    return (t**alpha - alpha * t + alpha - 1) / (alpha * (alpha - 1))


_HALF_BIT = math.log(2) / 2
_NAMED = {
    "kl": Generator(_t_log_t, 1.0, np.inf, True, _kl),
    "reverse-kl": Generator(lambda t: t - 1 - np.log(t), np.inf, 1.0, True, _reverse_kl),
    "js": Generator(_js_of_ratio, _HALF_BIT, _HALF_BIT, True, _js),
    "total-variation": Generator(lambda t: np.abs(t - 1) / 2, 0.5, 0.5, False, _total_variation),
    "squared-hellinger": Generator(lambda t: (np.sqrt(t) - 1) ** 2 / 2, 0.5, 0.5, False, _squared_hellinger),
    "chi-squared": Generator(lambda t: (t - 1) ** 2, 1.0, np.inf, False, _chi_squared),
    "reverse-chi-squared": Generator(lambda t: (t - 1) ** 2 / t, np.inf, 1.0, False, _reverse_chi_squared),
}
#: What can be asked for by name.
NAMES = (*_NAMED, "alpha")


def generator(name, *, alpha=None):
    r"""Return a generator of the literature by its name.

    The alpha family has
    :math:`f(t) = \frac{t^\alpha - \alpha t + \alpha - 1}{\alpha (\alpha - 1)}`, and as limits
    :math:`t \ln t - t + 1` (KL) at 1 and :math:`t - 1 - \ln t` (reverse KL) at 0.

    Parameters
    ----------
    name : str
        "kl", "reverse-kl", "js", "total-variation", "squared-hellinger",
        "chi-squared" (Pearson's, over q), "reverse-chi-squared" (Neyman's, over p) or "alpha".
    alpha : float, optional
        Which member, for "alpha" only: any finite number.

    Returns
    -------
    Generator
        With f, its limits and an accurate sum; for KL, JS and the alpha family
        in nats, for the others without a unit.

    Raises
    ------
    ValueError
        If the name is unknown, or `alpha` is missing, not finite or not asked for.

    References
    ----------
    Csiszár :cite:p:`csiszar1967`; Sason and Verdú :cite:p:`sason2016`. Taught in chapter :ref:`ch-directions`.

    Examples
    --------
    >>> generator("chi-squared").f(3.0)
    4.0
    >>> generator("alpha", alpha=0.5).slope
    2.0
    """
    _checks.generator_name(name, NAMES, alpha)
    if name != "alpha":
        return _NAMED[name]
    alpha = _checks.number(alpha, "alpha")
    at_zero = 1 / alpha if alpha > 0 else np.inf
    slope = 1 / (1 - alpha) if alpha < 1 else np.inf
    return Generator(partial(_alpha_of_ratio, alpha=alpha), at_zero, slope, True, partial(_alpha, alpha=alpha, rest=1 - alpha))


def f_divergence(p, q, generator="kl", *, alpha=None, base=2, axis=-1):
    r"""Return the f-divergence of `p` from `q`.

    .. math:: D_f(P \| Q) = \sum_x q(x)\, f\!\left(\frac{p(x)}{q(x)}\right)

    How much the ratio p/q differs from 1, by the measure of a convex f. Where
    only Q has an outcome it adds q f(0), where only P has it p times the limit
    of f(t) / t, and where neither has it nothing.

    Parameters
    ----------
    p : array_like, shape (..., k)
        The truth: probabilities that sum to 1 along `axis`.
    q : array_like, shape (..., k)
        The model, over the same outcomes. Batch shapes broadcast.
    generator : str or Generator, default "kl"
        A name that the function `generator` knows, or a `Generator` of your own.
    alpha : float, optional
        Which member, for "alpha" only. At 1 it is KL, at 0 reverse KL, at 1/2
        four times the squared Hellinger distance, at 2 half of chi-squared.
    base : float, default 2
        Base of the logarithm for KL, JS and the alpha family; the others have none.
    axis : int, default -1
        The axis of the k outcomes, in both.

    Returns
    -------
    ndarray or float, shape (...)
        Divergence in units of `base` for a generator made of logarithms (all of
        the alpha family counts as such), else without a unit. At most f(0) plus
        the slope at infinity, which disjoint supports reach; inf is an answer.

    Raises
    ------
    ValueError
        If `p` or `q` is no distribution or their shapes don't match, or for a
        name or an `alpha` that there is not.

    Notes
    -----
    The named ones are sums of terms that are never negative, computed from the
    difference p - q: equal arguments give exactly 0, and nearly equal ones keep
    their digits. KL and JS agree with `lib.kl_divergence` and
    `lib.js_divergence` to 8 units in the last place, near equality too; those
    two are quicker, and for short lists a digit better. The alpha family is right
    to 30 times the machine's epsilon for alpha from -1 to 2, and to 15 times
    abs(alpha) of it beyond. A `Generator` of your
    own is summed by the formula and loses near equality what p/q has lost.

    References
    ----------
    Csiszár :cite:p:`csiszar1967`. Taught in chapter :ref:`ch-directions`.

    Examples
    --------
    >>> float(f_divergence([0.5, 0.5], [0.25, 0.75], "chi-squared").round(6))
    0.333333
    >>> float(f_divergence([1, 0], [0, 1], "js"))
    1.0
    """
    chosen = _resolve(generator, alpha)
    unit = _checks.unit(base)
    p, q = _checks.pair(p, q, axis=axis)
    sums = chosen.sums or partial(_perspective, g=chosen)
    return reduce(sums, p, q) / (unit if chosen.logarithmic else 1.0)


def _resolve(choice, alpha):
    if isinstance(choice, Generator):
        _checks.no_alpha(alpha)
        return choice
    return generator(choice, alpha=alpha)


def total_variation(p, q, *, axis=-1):
    r"""Return the total variation distance of `p` and `q`.

    .. math:: V(P, Q) = \tfrac12 \sum_x |p(x) - q(x)| = \max_A |P(A) - Q(A)|

    The largest difference in the probability of any event: half of the L1 norm.

    Parameters
    ----------
    p, q : array_like, shape (..., k)
        Probabilities over the same outcomes. Batch shapes broadcast.
    axis : int, default -1
        The axis of the k outcomes, in both.

    Returns
    -------
    ndarray or float, shape (...)
        A number from 0 to 1, no unit; 1 for disjoint supports.

    Raises
    ------
    ValueError
        If `p` or `q` is no distribution or their shapes don't match.

    References
    ----------
    Gibbs and Su :cite:p:`gibbs2002`. Taught in chapter :ref:`ch-directions`.

    Examples
    --------
    >>> total_variation([0.5, 0.5], [0.25, 0.75])
    np.float64(0.25)
    """
    return f_divergence(p, q, "total-variation", axis=axis)


def hellinger_distance(p, q, *, axis=-1):
    r"""Return the Hellinger distance of `p` and `q`.

    .. math:: h(P, Q) = \sqrt{\tfrac12 \sum_x \bigl(\sqrt{p(x)} - \sqrt{q(x)}\bigr)^2}

    A metric: up to the factor, the length of the chord between the two points
    with coordinates :math:`\sqrt{p(x)}` on a sphere. Its square is an f-divergence.

    Parameters
    ----------
    p, q : array_like, shape (..., k)
        Probabilities over the same outcomes. Batch shapes broadcast.
    axis : int, default -1
        The axis of the k outcomes, in both.

    Returns
    -------
    ndarray or float, shape (...)
        A number from 0 to 1, no unit; 1 for disjoint supports.

    Raises
    ------
    ValueError
        If `p` or `q` is no distribution or their shapes don't match.

    References
    ----------
    Gibbs and Su :cite:p:`gibbs2002`. Taught in chapter :ref:`ch-directions`.

    Examples
    --------
    >>> hellinger_distance([1, 0], [0, 1])
    np.float64(1.0)
    """
    return np.sqrt(f_divergence(p, q, "squared-hellinger", axis=axis))
