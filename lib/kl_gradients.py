"""The gradient of the KL divergence with respect to the parameters of P, from samples of P.

Each function returns one gradient for each sample, to be averaged by
`lib.monte_carlo.mean_and_error` along axis -2. Log densities and scores are in
natural logarithms; results are in units of `base` for one unit of a parameter.
"""

import numpy as np

from lib import _checks
from lib.logits import softmax

ESTIMATORS = ("k1", "k2", "k3")

__all__ = ["loss_gradient", "pathwise_gradient", "score_gradient", "softmax_scores"]


def softmax_scores(logits, actions):
    r"""Return the score functions of a softmax policy at given actions.

    .. math:: s(a) = \nabla_z \ln \operatorname{softmax}(z)_a = e_a - \operatorname{softmax}(z)

    In which direction each sample pulls its own probability up.

    Parameters
    ----------
    logits : array_like, shape (k,)
        The parameters z of the policy.
    actions : array_like of int, shape (n,)
        The sampled actions, from 0 to k - 1.

    Returns
    -------
    ndarray, shape (n, k)
        One gradient a sample, no unit.

    Raises
    ------
    ValueError
        If `logits` is no vector of logits or an action is none of its indices.

    References
    ----------
    Mohamed, Rosca, Figurnov and Mnih :cite:p:`mohamed2020`, section 4. Taught in chapter :ref:`ch-monte-carlo`.

    Examples
    --------
    >>> softmax_scores([0.0, 0.0], [0, 1])
    array([[ 0.5, -0.5],
           [-0.5,  0.5]])
    """
    logits = _checks.logits_array(logits)
    if logits.ndim != 1:
        raise ValueError(f"`logits` must be a vector; its shape is {logits.shape}")
    actions = np.asarray(actions)
    if actions.ndim != 1 or actions.dtype.kind not in "iu" or ((actions < 0) | (actions >= logits.size)).any():
        raise ValueError(f"`actions` must be a vector of integers from 0 to {logits.size - 1}; it is {actions!r}")
    return np.eye(logits.size)[actions] - softmax(logits)


def loss_gradient(log_p, log_q, scores, *, estimator, base=2):
    r"""Return the gradient of an estimator taken as a loss: the samples are held fixed.

    .. math:: \nabla k_1 = s, \qquad \nabla k_2 = k_1 s, \qquad \nabla k_3 = (1 - r)\, s

    What automatic differentiation of the mean of the terms gives. Only that of
    k2 is, on average, the gradient of D(P || Q). That of k1 is 0 on average,
    and that of k3 is the gradient of the other direction, D(Q || P).

    Parameters
    ----------
    log_p, log_q : array_like, shape (..., n)
        Natural logarithms of both densities at n samples drawn from P.
    scores : array_like, shape (..., n, k)
        Gradients of `log_p` with respect to the k parameters of P.
    estimator : {"k1", "k2", "k3"}
        Which estimator is differentiated.
    base : float, default 2
        Unit of the divergence.

    Returns
    -------
    ndarray, shape (..., n, k)
        One gradient a sample, in units of `base` for one unit of a parameter.

    Raises
    ------
    ValueError
        As for `k1`, if `scores` has no row for each sample or is not finite, if
        `log_q` is -inf, or if there is no such estimator.

    References
    ----------
    Liu et al. :cite:p:`liu2025`. Taught in chapter :ref:`ch-monte-carlo`.

    Examples
    --------
    >>> p, q = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    >>> p @ loss_gradient(np.log(p), np.log(q), softmax_scores([0.0, 0.0], [0, 1]), estimator="k3", base=np.e)
    array([ 0.25, -0.25])
    """
    unit = _checks.unit(base)
    log_r, scores = _ratio_and_scores(log_p, log_q, scores)
    return _loss_coefficient(_checks.one_of(estimator, "estimator", ESTIMATORS), log_r)[..., None] * scores / unit


def score_gradient(log_p, log_q, scores, *, estimator="k1", base=2):
    r"""Return the gradient of an estimator's mean, with the sampling in it.

    .. math:: \nabla \operatorname{E}_P[k] = \operatorname{E}_P[k\, s + \nabla k]

    The score-function estimator: the first term tells how the samples move.
    For k1 and k3 the mean is the gradient of D(P || Q); for k3 the two terms
    add up to k1 s, sample by sample. For k2 it is the gradient of k2's biased mean.

    Parameters
    ----------
    log_p, log_q : array_like, shape (..., n)
        Natural logarithms of both densities at n samples drawn from P.
    scores : array_like, shape (..., n, k)
        Gradients of `log_p` with respect to the k parameters of P.
    estimator : {"k1", "k2", "k3"}, default "k1"
        Whose mean is differentiated.
    base : float, default 2
        Unit of the divergence.

    Returns
    -------
    ndarray, shape (..., n, k)
        One gradient a sample, in units of `base` for one unit of a parameter.

    Raises
    ------
    ValueError
        As for `loss_gradient`.

    References
    ----------
    Mohamed, Rosca, Figurnov and Mnih :cite:p:`mohamed2020`, section 4. Taught in chapter :ref:`ch-monte-carlo`.

    Examples
    --------
    >>> p, q = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    >>> (p @ score_gradient(np.log(p), np.log(q), softmax_scores([0.0, 0.0], [0, 1]), base=np.e)).round(4)
    array([ 0.2747, -0.2747])
    """
    unit = _checks.unit(base)
    log_r, scores = _ratio_and_scores(log_p, log_q, scores)
    if _checks.one_of(estimator, "estimator", ESTIMATORS) == "k3":
        coefficient = -log_r  # r - 1 - log r + 1 - r: the ratio, and its variance, cancel
    else:
        coefficient = (-log_r if estimator == "k1" else log_r**2 / 2) + _loss_coefficient(estimator, log_r)
    return coefficient[..., None] * scores / unit


def _loss_coefficient(estimator, log_r):
    with np.errstate(over="ignore"):
        return {"k1": np.ones_like, "k2": np.negative, "k3": lambda u: -np.expm1(u)}[estimator](log_r)


def _ratio_and_scores(log_p, log_q, scores):
    log_p, log_q = _checks.log_density_pair(log_p, log_q)
    _checks.finite(log_q, "log_q")
    scores = _checks.finite(scores, "scores")
    if scores.shape[:-1] != log_p.shape:
        raise ValueError(f"`scores` must hold one gradient for each sample: shape {(*log_p.shape, 'k')}; it is {scores.shape}")
    return log_q - log_p, scores


def pathwise_gradient(slope_p, slope_q, jacobian, *, base=2):
    r"""Return the gradient of the KL divergence along the paths of the samples.

    .. math:: g = J^\top \nabla_x \bigl[\ln p(x) - \ln q(x)\bigr],
              \qquad x = x_\theta(\varepsilon), \quad J = \partial x / \partial \theta

    For samples made from noise by a smooth map. The mean is the gradient of
    D(P || Q); the part through the parameters of p, whose mean is 0, is left
    out, so that the variance is 0 for p = q.

    Parameters
    ----------
    slope_p, slope_q : array_like, shape (..., n, d)
        Gradients of both log densities with respect to x, at the samples.
    jacobian : array_like, shape (..., n, d, k)
        Derivatives of the samples by the k parameters of P, the noise held fixed.
    base : float, default 2
        Unit of the divergence.

    Returns
    -------
    ndarray, shape (..., n, k)
        One gradient a sample, in units of `base` for one unit of a parameter.

    Raises
    ------
    ValueError
        If a number is not finite or the shapes don't match.

    References
    ----------
    Roeder, Wu and Duvenaud :cite:p:`roeder2017`. Taught in chapter :ref:`ch-monte-carlo`.

    Examples
    --------
    P = N(1, 1) against N(0, 1): moving the mean changes the divergence at rate 1.

    >>> x = np.array([[0.5], [1.5]])
    >>> pathwise_gradient(1 - x, -x, np.ones((2, 1, 1)), base=np.e)
    array([[1.],
           [1.]])
    """
    unit = _checks.unit(base)
    slope_p, slope_q = _checks.finite(slope_p, "slope_p"), _checks.finite(slope_q, "slope_q")
    jacobian = _checks.finite(jacobian, "jacobian")
    if slope_p.ndim < 2 or slope_p.shape != slope_q.shape or jacobian.shape[:-1] != slope_p.shape:
        raise ValueError(
            "`slope_p`, `slope_q` and `jacobian` must have shapes (..., n, d), (..., n, d) and (..., n, d, k); "
            f"they are {slope_p.shape}, {slope_q.shape} and {jacobian.shape}"
        )
    return np.einsum("...ndk,...nd->...nk", jacobian, slope_p - slope_q) / unit
