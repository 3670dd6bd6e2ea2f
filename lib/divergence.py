"""Comparing two distributions over the same outcomes: cross-entropy, KL and JS."""

import numpy as np

from lib import _checks, _few, _kernels
from lib._blocks import reduce


def cross_entropy(p, q, *, base=2, axis=-1):
    r"""Return the cross-entropy of model `q` under the truth `p`.

    .. math:: H(P, Q) = -\sum_x p(x) \log q(x)

    The mean information content that the model assigns to what really happens;
    the mean length of a code made for Q on messages from P. At least the
    entropy of `p`, which it reaches for q = p.

    Parameters
    ----------
    p : array_like, shape (..., k)
        The truth: probabilities that sum to 1 along `axis`.
    q : array_like, shape (..., k)
        The model, over the same outcomes. Batch shapes broadcast.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.
    axis : int, default -1
        The axis of the k outcomes, in both.

    Returns
    -------
    ndarray or float, shape (...)
        Cross-entropy in units of `base`, not negative; inf where `q` calls
        impossible what `p` does not.

    Raises
    ------
    ValueError
        If `p` or `q` is no distribution or their shapes don't match.

    References
    ----------
    Cover and Thomas :cite:p:`cover2006`, theorem 5.4.3. Taught in chapter :ref:`ch-cross-entropy`.

    Examples
    --------
    >>> float(cross_entropy([0.5, 0.5], [0.25, 0.75], base=2).round(6))
    1.207519
    """
    unit = _checks.unit(base)
    few = _few.cross_entropy(_checks.few_outcomes(p, axis), _checks.few_outcomes(q, axis))
    if few is not None:
        return np.float64(few / unit)
    p, q = _checks.pair(p, q, axis=axis)
    return _kernels.mean_cost(p, q) / unit


def kl_divergence(p, q, *, base=2, axis=-1):
    r"""Return the Kullback-Leibler divergence of `p` from `q`.

    .. math:: D(P \| Q) = \sum_x p(x) \log \frac{p(x)}{q(x)}

    The information lost when Q stands in for P: cross-entropy less entropy.
    Not symmetric: P is the truth or target, Q the model.

    Parameters
    ----------
    p : array_like, shape (..., k)
        The truth: probabilities that sum to 1 along `axis`.
    q : array_like, shape (..., k)
        The model, over the same outcomes. Batch shapes broadcast.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.
    axis : int, default -1
        The axis of the k outcomes, in both.

    Returns
    -------
    ndarray or float, shape (...)
        Divergence in units of `base`: 0.0 for equal arguments, never negative;
        inf where `q` is 0 and `p` is not.

    Raises
    ------
    ValueError
        If `p` or `q` is no distribution or their shapes don't match.

    Notes
    -----
    Computed as :math:`\sum_x [p \log (p/q) - p + q]`, whose terms are all
    non-negative. Sums of 1 up to rounding leave a difference of second order
    in the residues from the divergence of the normalised pair.

    References
    ----------
    Kullback and Leibler :cite:p:`kullback1951`, section 2. Taught in chapter :ref:`ch-kl`.

    Examples
    --------
    >>> float(kl_divergence([0.5, 0.5], [0.25, 0.75]).round(6))
    0.207519
    >>> float(kl_divergence([0.5, 0.5], [1.0, 0.0]))
    inf
    """
    unit = _checks.unit(base)
    few = _few.kl(_checks.few_outcomes(p, axis), _checks.few_outcomes(q, axis))
    if few is not None:
        return np.float64(few / unit)
    p, q = _checks.pair(p, q, axis=axis)
    return reduce(_kernels.KL, p, q) / unit


def js_divergence(p, q, weights=None, *, base=2, axis=-1):
    r"""Return the Jensen-Shannon divergence of `p` and `q`.

    .. math:: \mathrm{JS}_\pi(P, Q) = \pi_1 D(P \| M) + \pi_2 D(Q \| M),
              \qquad M = \pi_1 P + \pi_2 Q

    How much one draw tells about which of the two it came from: the mutual
    information of the draw and a coin with the given weights.

    Parameters
    ----------
    p, q : array_like, shape (..., k)
        Probabilities over the same outcomes. Batch shapes broadcast.
    weights : array_like, shape (2,), optional
        Weights of `p` and `q`, summing to 1; a fair coin (1/2, 1/2) by default.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.
    axis : int, default -1
        The axis of the k outcomes, in both.

    Returns
    -------
    ndarray or float, shape (...)
        Divergence in units of `base`, from 0 to the entropy of the weights
        (1 bit for a fair coin). Always finite. The distance is its root,
        `js_distance`.

    Raises
    ------
    ValueError
        If `p` or `q` is no distribution, their shapes don't match, or the
        weights are not two probabilities that sum to 1.

    References
    ----------
    Lin :cite:p:`lin1991`, equation 4.1. Taught in chapter :ref:`ch-js`.

    Examples
    --------
    >>> float(js_divergence([1.0, 0.0], [0.0, 1.0]))
    1.0
    """
    unit = _checks.unit(base)
    weight, other = _checks.two_weights(weights)
    few = _few.js(_checks.few_outcomes(p, axis), _checks.few_outcomes(q, axis), weight, other)
    if few is not None:
        return np.float64(few / unit)
    p, q = _checks.pair(p, q, axis=axis)
    return reduce(_kernels.js_weighted(weight, other), p, q) / unit


def js_distance(p, q, weights=None, *, base=2, axis=-1):
    r"""Return the Jensen-Shannon distance: the root of the divergence.

    .. math:: d_{\mathrm{JS}}(P, Q) = \sqrt{\mathrm{JS}(P, Q)}

    A metric, which the divergence is not. This, not the divergence, is what
    ``scipy.spatial.distance.jensenshannon`` returns.

    Parameters
    ----------
    p, q : array_like, shape (..., k)
        Probabilities over the same outcomes. Batch shapes broadcast.
    weights : array_like, shape (2,), optional
        Weights of `p` and `q`, summing to 1; (1/2, 1/2) by default.
    base : float, default 2
        Base of the logarithm in the divergence.
    axis : int, default -1
        The axis of the k outcomes, in both.

    Returns
    -------
    ndarray or float, shape (...)
        Square root of the divergence in units of `base`, from 0 to 1 for a
        fair coin and base 2.

    Raises
    ------
    ValueError
        As for `js_divergence`.

    References
    ----------
    Endres and Schindelin :cite:p:`endres2003`. Taught in chapter :ref:`ch-js`.

    Examples
    --------
    >>> float(js_distance([1.0, 0.0], [0.5, 0.5]).round(6))
    0.557923
    """
    return np.sqrt(js_divergence(p, q, weights, base=base, axis=axis))
