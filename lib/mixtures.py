"""Mixtures of Gaussians on the line: densities, moments, and KL divergences by quadrature."""

import math

import numpy as np

from lib import _checks
from lib._mixtures import COUNT, Mixture, log_density, points, standard

__all__ = ["Mixture", "mixture_kl", "mixture_log_density", "mixture_moments", "reverse_kl_of_gaussians"]

_MOST = 1 << 17  # points a component before `mixture_kl` gives up
_SOME = 256  # Gaussians at a time, to spare memory


def mixture_log_density(x, mixture):
    r"""Return the log density of a mixture of Gaussians.

    .. math:: \ln p(x) = \ln \sum_k w_k \mathcal N(x; m_k, s_k^2)

    Parameters
    ----------
    x : array_like, shape (...)
        Points on the line.
    mixture : Mixture
        Or any triple of weights, means and standard deviations.

    Returns
    -------
    ndarray or float, shape (...)
        Log density in nats; finite also where the density is below the least float.

    Raises
    ------
    ValueError
        If `x` isn't finite, the weights don't sum to 1, a standard deviation
        isn't positive, or the three have different lengths.

    References
    ----------
    Taught in chapter :ref:`ch-directions`.

    Examples
    --------
    >>> float(mixture_log_density(0.0, Mixture([1.0], [0.0], [1.0])).round(6))
    -0.918939
    """
    mixture = checked(mixture)
    return log_density(_checks.finite(x, "x"), mixture)


def mixture_moments(mixture):
    r"""Return mean and standard deviation of a mixture: the Gaussian nearest to it in the forward direction.

    .. math:: \mu = \sum_k w_k m_k , \qquad \sigma^2 = \sum_k w_k \left[ s_k^2 + (m_k - \mu)^2 \right]

    Of all Gaussians :math:`\mathcal N(\mu, \sigma^2)` makes D(P || Q) least.

    Parameters
    ----------
    mixture : Mixture
        Or any triple of weights, means and standard deviations.

    Returns
    -------
    tuple of two floats
        Mean and standard deviation, in the unit of the line (in nats or in bits makes no difference).

    Raises
    ------
    ValueError
        As for `mixture_log_density`.

    References
    ----------
    The proof: chapter :ref:`ch-directions`.

    Examples
    --------
    >>> mean, sd = mixture_moments(Mixture([0.5, 0.5], [-3, 3], [4, 4]))
    >>> float(mean), float(sd)
    (0.0, 5.0)
    """
    weights, means, sds = checked(mixture)
    mean = weights @ means
    return mean, np.sqrt(weights @ (sds**2 + (means - mean) ** 2))


def mixture_kl(p, q, *, base=2):
    r"""Return the KL divergence of one mixture of Gaussians from another, by quadrature.

    .. math:: D(P \| Q) = \sum_k w_k \int \mathcal N(x; m_k, s_k^2) \ln \frac{p(x)}{q(x)} \, dx

    There is no closed form unless both have one component (`lib.gaussian.gaussian_kl`).
    The number of points is doubled until the sum stays where it is.

    Parameters
    ----------
    p : Mixture
        The truth; or any triple of weights, means and standard deviations.
    q : Mixture
        The model.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    float
        Divergence in units of `base`, right to 1e-11 nats absolute or, above 1 nat, relative.
        Of that size it may come out below 0 where P and Q are nearly equal.

    Raises
    ------
    ValueError
        As for `mixture_log_density`.
    RuntimeError
        If 131,072 points a component don't suffice.

    References
    ----------
    Taught in chapter :ref:`ch-directions`.

    Examples
    --------
    >>> hills = Mixture([0.5, 0.5], [-2, 2], [1, 1])
    >>> round(mixture_kl(hills, Mixture([1.0], [0.0], [5**0.5])), 6)
    0.248142
    """
    unit = _checks.unit(base)
    p, q = checked(p, "p"), checked(q, "q")
    count, before = 513, math.inf
    while count <= _MOST:
        x, mass = points(p, count)
        value = float(np.sum(mass * (log_density(x, p) - log_density(x, q))))
        if abs(value - before) <= 1e-12 * max(1.0, abs(value)):
            return value / unit
        count, before = 2 * count - 1, value
    raise RuntimeError(
        f"`p` and `q` must differ less in width: {count // 2 + 1} points a component still moved the divergence, to {value:.12g} nats"
    )


def reverse_kl_of_gaussians(mean, sd, target, *, base=2):
    r"""Return the reverse KL divergences of many Gaussians from one mixture: a landscape.

    .. math:: D(Q \| P) = \int \mathcal N(x; m, s^2) \ln \frac{\mathcal N(x; m, s^2)}{p(x)} \, dx

    Parameters
    ----------
    mean, sd : array_like, shape (...)
        Means and standard deviations; their shapes broadcast.
    target : Mixture
        The P that stands second.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Divergences in units of `base`.

    Raises
    ------
    ValueError
        As for `mixture_log_density`, or if `sd` isn't positive.

    References
    ----------
    Taught in chapter :ref:`ch-directions`.

    Examples
    --------
    >>> float(reverse_kl_of_gaussians(1.0, 1.0, Mixture([1.0], [0.0], [1.0]), base=np.e).round(6))
    0.5
    """
    unit = _checks.unit(base)
    target = checked(target, "target")
    mean, sd = _checks.broadcast(mean=_checks.finite(mean, "mean"), sd=_checks.positive(sd, "sd"))
    z, mass = standard(COUNT)
    result = np.empty(mean.size)
    for i in range(0, mean.size, _SOME):
        m, s = mean.ravel()[i : i + _SOME], sd.ravel()[i : i + _SOME]
        result[i : i + _SOME] = -0.5 * math.log(2 * math.pi * math.e) - np.log(s)
        result[i : i + _SOME] -= log_density(m[:, None] + s[:, None] * z, target) @ mass
    return result.reshape(mean.shape)[()] / unit


def checked(triple, name="mixture"):
    """Return a mixture of float vectors, or refuse what is none."""
    try:
        weights, means, sds = triple
    except (TypeError, ValueError):
        raise ValueError(f"`{name}` must be a Mixture: weights, means and sds; it is {triple!r}") from None
    return Mixture(*_checks.mixture(weights, means, sds))
