r"""The evidence lower bound of a latent variable with finitely many values, exactly.

The data x have been seen; the latent variable z runs along the last axis. A
model enters by natural logarithms, ``log_joint`` of p(x, z), since the
probability of many data leaves the range of floats. Results are in units of
`base`: 2 for bits, e for nats.
"""

import numpy as np
from scipy import special

from lib import _checks
from lib.divergence import kl_divergence
from lib.logits import kl_from_logits
from lib.shannon import entropy

__all__ = ["elbo", "elbo_gap", "energy_and_entropy", "log_evidence", "reconstruction_and_rate"]


def log_evidence(log_joint, *, base=2):
    r"""Return the logarithm of the probability that a model gives to the data.

    .. math:: \log p(x) = \log \sum_z p(x, z)

    What the lower bound is a bound on: the latent variable is summed out.

    Parameters
    ----------
    log_joint : array_like, shape (..., k)
        Natural logarithms of p(x, z) for the k values of z, x as it was seen;
        -inf where the two exclude each other.
    base : float, default 2
        Base of the logarithm in the result: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Log evidence in units of `base`; -inf if no z explains the data.

    Raises
    ------
    ValueError
        If a logarithm is NaN or +inf, or there is no value of z.

    References
    ----------
    Taught in chapter :ref:`ch-elbo`.

    Examples
    --------
    It rained (1/4) or not (3/4); the street is wet with probability 3/4 and 1/4.

    >>> float(log_evidence(np.log([3 / 16, 3 / 16])).round(6))
    -1.415037
    """
    unit = _checks.unit(base)
    return special.logsumexp(_checks.log_values(log_joint, "log_joint"), axis=-1)[()] / unit


def elbo(q, log_joint, *, base=2):
    r"""Return the evidence lower bound.

    .. math:: \mathcal L(q) = \sum_z q(z) \log \frac{p(x, z)}{q(z)}
              = \log p(x) - D\bigl(q(z) \,\|\, p(z \mid x)\bigr)

    The first form is computed: it needs no evidence and no posterior. It never
    exceeds the log evidence, and equals it for the posterior alone.

    Parameters
    ----------
    q : array_like, shape (..., k)
        The belief about z: probabilities that sum to 1 along the last axis.
    log_joint : array_like, shape (..., k)
        Natural logarithms of p(x, z). Batch shapes broadcast.
    base : float, default 2
        Base of the logarithm in the result: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        The bound in units of `base`; -inf if `q` allows a z that the model and
        the data exclude.

    Raises
    ------
    ValueError
        If `q` is no distribution, a logarithm is NaN or +inf, or the shapes
        don't match.

    References
    ----------
    Jordan, Ghahramani, Jaakkola and Saul :cite:p:`jordan1999`. Taught in chapter :ref:`ch-elbo`.

    Examples
    --------
    >>> log_joint = np.log([3 / 16, 3 / 16])
    >>> float(elbo([1 / 4, 3 / 4], log_joint).round(6)), float(elbo([1 / 2, 1 / 2], log_joint).round(6))
    (-1.603759, -1.415037)
    """
    unit = _checks.unit(base)
    q, log_joint = _checks.belief(q, log_joint, "log_joint")
    return (_mean_under(q, log_joint) + special.entr(q).sum(axis=-1))[()] / unit


def elbo_gap(q, log_joint, *, base=2):
    r"""Return what the evidence lower bound lacks of the log evidence.

    .. math:: \log p(x) - \mathcal L(q) = D\bigl(q(z) \,\|\, p(z \mid x)\bigr)

    Computed as the divergence, not as the difference: never negative, exactly 0
    for the posterior, and right where the two large numbers nearly cancel.

    Parameters
    ----------
    q : array_like, shape (..., k)
        The belief about z: probabilities that sum to 1 along the last axis.
    log_joint : array_like, shape (..., k)
        Natural logarithms of p(x, z), up to a constant. Batch shapes broadcast.
    base : float, default 2
        Base of the logarithm in the result: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        The gap in units of `base`; inf if `q` allows a z that the model and the
        data exclude.

    Raises
    ------
    ValueError
        As for `elbo`, or if the data are impossible: then there is no posterior.

    References
    ----------
    Taught in chapter :ref:`ch-elbo`.

    Examples
    --------
    >>> float(elbo_gap([1 / 4, 3 / 4], np.log([3 / 16, 3 / 16])).round(6))
    0.188722
    """
    q, log_joint = _checks.belief(q, log_joint, "log_joint")
    with np.errstate(divide="ignore"):
        return kl_from_logits(np.log(q), _checks.some_value_explains(log_joint), base=base)


def energy_and_entropy(q, log_joint, *, base=2):
    r"""Return the two parts of the free energy, which is minus the evidence lower bound.

    .. math:: -\mathcal L(q) = \underbrace{\sum_z q(z) \bigl[-\log p(x, z)\bigr]}_{\text{mean energy}} - H(q)

    The energy wants q to sit on the one z that explains best, the entropy wants
    it to spread. The bound is entropy less energy.

    Parameters
    ----------
    q : array_like, shape (..., k)
        The belief about z: probabilities that sum to 1 along the last axis.
    log_joint : array_like, shape (..., k)
        Natural logarithms of p(x, z). Batch shapes broadcast.
    base : float, default 2
        Base of the logarithm in the result: 2 for bits, e for nats.

    Returns
    -------
    energy, entropy : ndarrays or floats, shape (...)
        Both in units of `base`; the energy is inf where `elbo` is -inf.

    Raises
    ------
    ValueError
        As for `elbo`.

    References
    ----------
    Neal and Hinton :cite:p:`neal1998`. Taught in chapter :ref:`ch-elbo`.

    Examples
    --------
    >>> energy, entropy = energy_and_entropy([1 / 2, 1 / 2], np.log([3 / 16, 3 / 16]))
    >>> float(energy.round(6)), float(entropy)
    (2.415037, 1.0)
    """
    unit = _checks.unit(base)
    q, log_joint = _checks.belief(q, log_joint, "log_joint")
    return 0.0 - _mean_under(q, log_joint) / unit, entropy(q, base=base)


def reconstruction_and_rate(q, prior, log_likelihood, *, base=2):
    r"""Return how well a belief explains the data, and how far it has moved from the prior.

    .. math:: \mathcal L(q) = \underbrace{\sum_z q(z) \log p(x \mid z)}_{\text{reconstruction}}
              - \underbrace{D\bigl(q(z) \,\|\, p(z)\bigr)}_{\text{rate}}

    The bound is the first less the second. Neither of the two alone bounds the
    log evidence.

    Parameters
    ----------
    q : array_like, shape (..., k)
        The belief about z: probabilities that sum to 1 along the last axis.
    prior : array_like, shape (..., k)
        p(z), the belief before the data.
    log_likelihood : array_like, shape (..., k)
        Natural logarithms of p(x | z), x as it was seen. Batch shapes broadcast.
    base : float, default 2
        Base of the logarithm in the result: 2 for bits, e for nats.

    Returns
    -------
    reconstruction, rate : ndarrays or floats, shape (...)
        Both in units of `base`. The reconstruction is -inf if `q` allows a z that
        makes the data impossible; the rate is never negative, inf if `q` allows
        a z that the prior excludes.

    Raises
    ------
    ValueError
        If `q` or `prior` is no distribution, a logarithm is NaN or +inf, or the
        shapes don't match.

    References
    ----------
    Kingma and Welling :cite:p:`kingma2014`, equation 3. Taught in chapter :ref:`ch-elbo`.

    Examples
    --------
    >>> parts = reconstruction_and_rate([1 / 2, 1 / 2], [1 / 4, 3 / 4], np.log([3 / 4, 1 / 4]))
    >>> [float(part.round(6)) for part in parts]
    [-1.207519, 0.207519]
    """
    unit = _checks.unit(base)
    rate = kl_divergence(q, prior, base=base)
    q, log_likelihood = _checks.belief(q, log_likelihood, "log_likelihood")
    return _mean_under(q, log_likelihood) / unit, rate


def _mean_under(q, values):
    """Return the mean of values that may be -inf where q is 0."""
    return np.where(q > 0, q * np.where(q > 0, values, 0.0), 0.0).sum(axis=-1)[()]
