"""Distributions of the pixels of an image given what a decoder says: log-likelihoods in nats, summed over the pixels.

Each function refuses an image outside the support of its distribution: a likelihood of values that can't occur is none.
"""

import math

import torch

from lib import _checks, _images, _tensors
from lib.vae import gaussian_log_density

__all__ = [
    "bernoulli_log_likelihood",
    "beta_binomial_log_likelihood",
    "beta_binomial_log_probabilities",
    "binomial_log_likelihood",
    "gaussian_log_likelihood",
    "rounded_gaussian_log_likelihood",
]


def _pixels(x, trials, **parameters):
    """Refuse images that are not whole numbers from 0 to `trials` (any finite ones if None) and parameters of another shape."""
    _tensors.tensor(x, "x")
    if x.ndim == 0:
        raise ValueError("`x` must have an axis of pixels; it is a scalar")
    for name, value in parameters.items():
        _tensors.tensor(value, name, columns=x.shape[-1])
        if value.shape[-x.ndim :] != x.shape:
            raise ValueError(f"`{name}` must end in the shape of `x`, {tuple(x.shape)}; its shape is {tuple(value.shape)}")
    return None if trials is None else _images.grey_levels(x, trials)


def bernoulli_log_likelihood(x, logits):
    r"""Return the log-likelihood of black and white images under independent Bernoulli pixels.

    .. math:: \ln p(x) = \sum_d \bigl[ x_d l_d - \ln(1 + e^{l_d}) \bigr]

    For pixels that are 0 or 1 and nothing between: on grey values the formula
    gives a number, but the "probabilities" of all grey values don't sum to 1.

    Parameters
    ----------
    x : torch.Tensor, shape (..., pixels)
        Images of zeros and ones, as floats.
    logits : torch.Tensor, shape (..., pixels)
        Log odds of a one; further axes in front stand for several decodings of one image.

    Returns
    -------
    torch.Tensor, shape (...)
        One log-likelihood an image, in nats.

    Raises
    ------
    ValueError
        If a pixel is neither 0 nor 1, or shapes don't match.

    References
    ----------
    Kingma and Welling 2014 :cite:p:`kingma2014`, appendix C; Loaiza-Ganem and Cunningham 2019 :cite:p:`loaiza2019`
    on grey values. Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> bernoulli_log_likelihood(torch.tensor([[1.0, 0.0]]), torch.zeros(1, 2))
    tensor([-1.3863])
    """
    _pixels(x, 1, logits=logits)
    return (x * logits - torch.nn.functional.softplus(logits)).sum(-1)


def binomial_log_likelihood(x, logits, *, trials):
    r"""Return the log-likelihood of images of grey levels under independent binomial pixels.

    .. math:: \ln p(x) = \sum_d \Bigl[ \ln \tbinom{n}{x_d} + x_d l_d - n \ln(1 + e^{l_d}) \Bigr]

    Each grey level from 0 to n is a number of successes; its mean fixes its variance.

    Parameters
    ----------
    x : torch.Tensor, shape (..., pixels)
        Images of whole numbers from 0 to `trials`, as floats.
    logits : torch.Tensor, shape (..., pixels)
        Log odds of a success; further axes in front stand for several decodings.
    trials : int
        The largest grey level n.

    Returns
    -------
    torch.Tensor, shape (...)
        One log-likelihood an image, in nats.

    Raises
    ------
    ValueError
        If a pixel is no grey level, or shapes don't match.

    References
    ----------
    Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> binomial_log_likelihood(torch.tensor([[1.0]]), torch.zeros(1, 1), trials=2)  # ln(2/4)
    tensor([-0.6931])
    """
    trials = _pixels(x, trials, logits=logits)
    return (_log_choose(x, trials) + x * logits - trials * torch.nn.functional.softplus(logits)).sum(-1)


def _log_choose(x, trials):
    levels = torch.arange(trials + 1, dtype=x.dtype, device=x.device)
    table = math.lgamma(trials + 1) - torch.lgamma(levels + 1) - torch.lgamma(trials - levels + 1)
    return table[x.long()]  # a few gamma functions for the levels, not two for each pixel


def beta_binomial_log_likelihood(x, log_a, log_b, *, trials):
    r"""Return the log-likelihood of images of grey levels under independent beta-binomial pixels.

    .. math:: \ln p(x) = \sum_d \ln \Bigl[ \tbinom{n}{x_d}\, \frac{B(x_d + a_d,\; n - x_d + b_d)}{B(a_d, b_d)} \Bigr]

    A binomial whose chance of success is itself drawn from a beta distribution:
    mean n a / (a + b), and a variance of its own. With small a and b both ends
    are likely, with large ones it is a binomial.

    Parameters
    ----------
    x : torch.Tensor, shape (..., pixels)
        Images of whole numbers from 0 to `trials`, as floats.
    log_a, log_b : torch.Tensor, shape (..., pixels)
        Logarithms of the positive parameters; further axes in front stand for
        several decodings. Use float64: large parameters cost digits.
    trials : int
        The largest grey level n.

    Returns
    -------
    torch.Tensor, shape (...)
        One log-likelihood an image, in nats.

    Raises
    ------
    ValueError
        If a pixel is no grey level, or shapes don't match.

    References
    ----------
    Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> flat = torch.zeros(1, 1, dtype=torch.float64)  # a = b = 1: all 17 levels alike
    >>> beta_binomial_log_likelihood(flat + 5, flat, flat, trials=16).exp() * 17
    tensor([1.0000], dtype=torch.float64)
    """
    trials = _pixels(x, trials, log_a=log_a, log_b=log_b)
    a, b = log_a.exp(), log_b.exp()
    top = torch.lgamma(a + x) + torch.lgamma(b + trials - x) - torch.lgamma(a + b + trials)
    bottom = torch.lgamma(a) + torch.lgamma(b) - torch.lgamma(a + b)
    return (_log_choose(x, trials) + top - bottom).sum(-1)


def beta_binomial_log_probabilities(log_a, log_b, *, trials):
    r"""Return the log probabilities of all grey levels of each beta-binomial pixel.

    The whole table at once, from sums of logarithms in place of gamma functions:
    ln Γ(a + k) - ln Γ(a) is the sum of ln(a + i) for i below k.

    Parameters
    ----------
    log_a, log_b : torch.Tensor, shape (...)
        Logarithms of the positive parameters.
    trials : int
        The largest grey level n.

    Returns
    -------
    torch.Tensor, shape (..., trials + 1)
        Log probabilities in nats; their exponentials sum to 1 along the last axis.

    Raises
    ------
    ValueError
        If the shapes differ or `trials` is not positive.

    References
    ----------
    Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> beta_binomial_log_probabilities(torch.zeros(1), torch.zeros(1), trials=3).exp()
    tensor([[0.2500, 0.2500, 0.2500, 0.2500]])
    """
    trials = _checks.whole(trials, "trials")
    for name, value in (("log_a", log_a), ("log_b", log_b)):
        _tensors.tensor(value, name)
    _tensors.same_shape(log_a=log_a, log_b=log_b)
    steps = torch.arange(trials, dtype=log_a.dtype, device=log_a.device)
    a, b = log_a.exp()[..., None], log_b.exp()[..., None]
    rising_a, rising_b = (torch.nn.functional.pad((c + steps).log().cumsum(-1), (1, 0)) for c in (a, b))
    levels = torch.arange(trials + 1, dtype=log_a.dtype, device=log_a.device)
    return _log_choose(levels, trials) + rising_a + rising_b.flip(-1) - (a + b + steps).log().sum(-1, keepdim=True)


def gaussian_log_likelihood(x, mean, log_variance):
    r"""Return the log density of images under independent Gaussian pixels.

    .. math:: \ln p(x) = -\tfrac12 \sum_d \Bigl[ \frac{(x_d - \mu_d)^2}{\sigma_d^2} + \ln \sigma_d^2 + \ln 2 \pi \Bigr]

    With one fixed variance it is a squared error, up to a constant and a scale;
    the scale is what weighs it against the KL term of a bound.

    Parameters
    ----------
    x : torch.Tensor, shape (..., pixels)
        Images of any real numbers.
    mean, log_variance : torch.Tensor, shape (..., pixels)
        Mean and natural logarithm of the variance of each pixel, not of its standard deviation.

    Returns
    -------
    torch.Tensor, shape (...)
        One log density an image, in nats; it depends on the unit of the grey scale.

    Raises
    ------
    ValueError
        If a number is not finite or shapes don't match.

    References
    ----------
    Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> zero = torch.zeros(1, 1)
    >>> gaussian_log_likelihood(zero, zero, zero)
    tensor([-0.9189])
    """
    _pixels(x, None, mean=mean, log_variance=log_variance)
    return gaussian_log_density(x, mean, log_variance)


def rounded_gaussian_log_likelihood(x, mean, log_variance, *, trials):
    r"""Return the log-likelihood of images of grey levels under rounded Gaussian pixels.

    .. math:: \ln p(x) = \sum_d \ln \bigl[ F_d(x_d + \tfrac12) - F_d(x_d - \tfrac12) \bigr]

    A Gaussian whose values are rounded to the nearest level; what lies beyond
    the ends is counted to them. It turns a density into a distribution over the
    levels, which can be compared with others.

    Parameters
    ----------
    x : torch.Tensor, shape (..., pixels)
        Images of whole numbers from 0 to `trials`, as floats.
    mean, log_variance : torch.Tensor, shape (..., pixels)
        Mean and natural logarithm of the variance before rounding.
    trials : int
        The largest grey level.

    Returns
    -------
    torch.Tensor, shape (...)
        One log-likelihood an image, in nats.

    Raises
    ------
    ValueError
        If a pixel is no grey level, or shapes don't match.

    References
    ----------
    Salimans et al. 2017 :cite:p:`salimans2017` do the same with logistic distributions. Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> zero = torch.zeros(1, 1, dtype=torch.float64)
    >>> rounded_gaussian_log_likelihood(zero, zero, zero, trials=16).exp()  # below 0.5
    tensor([0.6915], dtype=torch.float64)
    """
    trials = _pixels(x, trials, mean=mean, log_variance=log_variance)
    scale = (log_variance / 2).exp()
    low, high = (x - 0.5 - mean) / scale, (x + 0.5 - mean) / scale
    low = torch.where(x == 0, -math.inf, low)
    high = torch.where(x == trials, math.inf, high)
    # Far above the mean both distribution functions are 1 and their difference 0: take it on the other side.
    low, high = torch.where(low + high > 0, -high, low), torch.where(low + high > 0, -low, high)
    upper, lower = torch.special.log_ndtr(high), torch.special.log_ndtr(low)
    return (upper + torch.log1p(-torch.exp(lower - upper))).sum(-1)
