r"""What the networks of an adversarial game aim at, exactly: on outcomes that can be listed, and on grids.

P is the data, G the generator; D(x) is the probability that a discriminator
gives to "x is data". Gradients are with respect to the logits z of a generator
G = softmax(z), in nats for one unit of a logit.
"""

import numpy as np

from lib import _checks
from lib.logits import softmax

__all__ = [
    "discriminator_value",
    "divergence_gradient",
    "generator_gradient",
    "lemma_gradient",
    "optimal_discriminator",
    "perturbed_target",
]

LOSSES = ("saturating", "non-saturating")
DIVERGENCES = ("forward-kl", "reverse-kl", "js")


def optimal_discriminator(p, g):
    r"""Return the discriminator that nobody can better.

    .. math:: D^*(x) = \frac{p(x)}{p(x) + g(x)}

    By Bayes' rule, the probability that x is data if data and generated samples
    come equally often.

    Parameters
    ----------
    p, g : array_like, shape (..., k)
        Probabilities of data and generator over the same outcomes. Batch shapes broadcast.

    Returns
    -------
    ndarray, shape (..., k)
        Probabilities, no unit; NaN where neither has an outcome and any answer is as good.

    Raises
    ------
    ValueError
        If `p` or `g` is no distribution or their shapes don't match.

    References
    ----------
    Goodfellow et al. :cite:p:`goodfellow2014`, proposition 1. Taught in chapter :ref:`ch-gan`.

    Examples
    --------
    >>> optimal_discriminator([0.5, 0.5, 0.0], [0.25, 0.25, 0.5]).round(4)
    array([0.6667, 0.6667, 0.    ])
    """
    p, g = _pair(p, g)
    with np.errstate(invalid="ignore"):
        return p / (p + g)


def discriminator_value(p, g, d, *, base=2):
    r"""Return what a discriminator earns in the game.

    .. math:: V(D, G) = \sum_x p(x) \log D(x) + \sum_x g(x) \log (1 - D(x))

    Minus twice the cross-entropy of guessing the source. At its best it is
    :math:`2 \operatorname{JS}(P, G) - 2 \log 2`; at D = 1/2 it is -2 log 2.

    Parameters
    ----------
    p, g : array_like, shape (..., k)
        Probabilities of data and generator over the same outcomes.
    d : array_like, shape (..., k)
        The discriminator's probabilities of "data". Where `p` and `g` are 0 it counts for nothing and may be NaN.
    base : float, default 2
        Base of the logarithm.

    Returns
    -------
    ndarray or float, shape (...)
        Value in units of `base`, 0 or less; -inf if D excludes what happens.

    Raises
    ------
    ValueError
        If `p` or `g` is no distribution, `d` no probability, or the shapes don't match.

    References
    ----------
    Goodfellow et al. :cite:p:`goodfellow2014`. Taught in chapter :ref:`ch-gan`.

    Examples
    --------
    >>> float(discriminator_value([1, 0], [0, 1], [0.5, 0.5]))
    -2.0
    """
    unit = _checks.unit(base)
    p, g = _pair(p, g)
    p, g, d = np.broadcast_arrays(p, g, _checks.discriminator(d, p, g))
    with np.errstate(divide="ignore", invalid="ignore"):
        real, fake = p * np.log(d), g * np.log1p(-d)
    return (np.where(p > 0, real, 0.0).sum(axis=-1) + np.where(g > 0, fake, 0.0).sum(axis=-1)) / unit


def generator_gradient(logits, d, *, loss):
    r"""Return the exact gradient of a generator's loss; the discriminator stands still.

    .. math:: \nabla_z \sum_x g(x) \ln (1 - D(x)) \quad\text{or}\quad -\nabla_z \sum_x g(x) \ln D(x)

    What the average over infinitely many samples would give.

    Parameters
    ----------
    logits : array_like, shape (k,)
        The logits z of the generator.
    d : array_like, shape (k,)
        The discriminator's probabilities of "data", strictly between 0 and 1.
    loss : {"saturating", "non-saturating"}
        The first formula or the second.

    Returns
    -------
    ndarray, shape (k,)
        Gradient, in nats for one unit of a logit.

    Raises
    ------
    ValueError
        If `logits` or `d` is no such vector, or there is no such loss.

    References
    ----------
    Goodfellow et al. :cite:p:`goodfellow2014`, section 3. Taught in chapter :ref:`ch-gan`.

    Examples
    --------
    >>> generator_gradient([0.0, 0.0], [0.8, 0.2], loss="non-saturating").round(4)
    array([-0.3466,  0.3466])
    """
    g = _generator(logits)
    d = _checks.open_discriminator(d, g)
    slopes = np.log1p(-d) if _checks.one_of(loss, "loss", LOSSES) == "saturating" else -np.log(d)
    return _pull_back(g, slopes)


def divergence_gradient(p, logits, *, divergence):
    r"""Return the exact gradient of a divergence between data and generator.

    Of :math:`D(P \| G)` ("forward-kl", the direction of maximum likelihood),
    :math:`D(G \| P)` ("reverse-kl") or :math:`\operatorname{JS}(P, G)` ("js").

    Parameters
    ----------
    p : array_like, shape (k,)
        Probabilities of the data.
    logits : array_like, shape (k,)
        The logits z of the generator, all finite, so that each outcome can happen.
    divergence : {"forward-kl", "reverse-kl", "js"}
        Which one.

    Returns
    -------
    ndarray, shape (k,)
        Gradient, in nats for one unit of a logit.

    Raises
    ------
    ValueError
        If `p` is no distribution over the outcomes of `logits`, or has a 0 and the divergence is "reverse-kl", which then is infinite.

    References
    ----------
    Arjovsky and Bottou :cite:p:`arjovsky2017b`, theorem 2.5. Taught in chapter :ref:`ch-gan`.

    Examples
    --------
    >>> divergence_gradient([0.5, 0.5], [0.0, 0.0], divergence="js")
    array([0., 0.])
    """
    g = _generator(logits)
    p, g = _pair(p, g)
    if _checks.one_of(divergence, "divergence", DIVERGENCES) == "forward-kl":
        return g - p
    if divergence == "js":
        return _pull_back(g, np.log(2 * g / (p + g)) / 2)
    return _pull_back(g, np.log(g / _checks.possible_data(p)))


def perturbed_target(p, g, d):
    r"""Return what the generator is really drawn to by a discriminator that need not be the best.

    .. math:: q^r(x) = \frac{D(x)\, m(x)}{\sum_{x'} D(x')\, m(x')} , \qquad m = \tfrac12 (p + g)

    By Bayes' rule the midpoint of data and generator, given that the
    discriminator calls a sample data. At the best discriminator it is P itself.

    Parameters
    ----------
    p, g : array_like, shape (..., k)
        Probabilities of data and generator over the same outcomes.
    d : array_like, shape (..., k)
        The discriminator's probabilities of "data".

    Returns
    -------
    ndarray, shape (..., k)
        A distribution (no unit).

    Raises
    ------
    ValueError
        If `p` or `g` is no distribution, `d` no probability, the shapes don't
        match, or D calls nothing data that happens.

    References
    ----------
    Hu et al. :cite:p:`hu2017`, section 3.2. Taught in chapter :ref:`ch-gan`.

    Examples
    --------
    >>> perturbed_target([0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [1.0, 0.5, 0.0])
    array([0.5, 0.5, 0. ])
    """
    p, g = _pair(p, g)
    mass = np.where(p + g > 0, _checks.discriminator(d, p, g), 0.0) * (p + g) / 2
    total = mass.sum(axis=-1, keepdims=True)
    if (total == 0).any():
        raise ValueError("`d` must call something data that `p` or `g` has; it is 0 on all of it")
    return mass / total


def lemma_gradient(p, logits, d):
    r"""Return the right side of the lemma of Hu et al., once the fixed target is set.

    .. math:: \nabla_z \bigl[ D(G_z \| q^r) - 2 \operatorname{JS}(P, G_z) \bigr]

    with the target :math:`q^r` of :func:`perturbed_target` held at the present
    generator. It equals the gradient of the non-saturating loss, for every discriminator.

    Parameters
    ----------
    p : array_like, shape (k,)
        Probabilities of the data.
    logits : array_like, shape (k,)
        The logits z of the generator.
    d : array_like, shape (k,)
        The discriminator's probabilities of "data", strictly between 0 and 1.

    Returns
    -------
    ndarray, shape (k,)
        Gradient, in nats for one unit of a logit.

    Raises
    ------
    ValueError
        If `p` is no distribution over the outcomes of `logits`, or `d` is no vector of such probabilities.

    References
    ----------
    Hu et al. :cite:p:`hu2017`, lemma 1. Taught in chapter :ref:`ch-gan`.

    Examples
    --------
    >>> lemma_gradient([0.5, 0.5], [0.0, 0.0], [0.8, 0.2]).round(4)
    array([-0.3466,  0.3466])
    """
    g = _generator(logits)
    target = perturbed_target(p, g, _checks.open_discriminator(d, g))
    kl = divergence_gradient(target, logits, divergence="reverse-kl")
    return kl - 2 * divergence_gradient(p, logits, divergence="js")


def _pair(p, g):
    p, g = (_checks.distribution(x, name) for x, name in ((p, "p"), (g, "g")))
    _checks.same_outcomes(p, g, ("p", "g"))
    return np.broadcast_arrays(p, g)


def _generator(logits):
    logits = _checks.vector(_checks.finite(logits, "logits"), "logits")
    return softmax(logits)


def _pull_back(g, slopes):
    """Return the gradient of a sum over outcomes whose derivative with respect to g(x) is the slope at x."""
    return g * (slopes - g @ slopes)
