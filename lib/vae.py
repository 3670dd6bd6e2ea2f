"""The terms of a variational autoencoder: one small function for each symbol of the bound, all in nats.

The networks are in `lib.vae_networks`, the likelihoods of pixels in `lib.pixel_likelihoods`.
"""

import math

import torch

from lib import _tensors

__all__ = [
    "elbo",
    "free_bits",
    "gaussian_log_density",
    "importance_bound",
    "kl_to_standard_normal",
    "reparameterise",
]


def _gaussian(mean, log_variance):
    _tensors.tensor(mean, "mean")
    _tensors.tensor(log_variance, "log_variance")
    _tensors.same_shape(mean=mean, log_variance=log_variance)


def reparameterise(mean, log_variance, *, generator):
    r"""Return a sample of a diagonal Gaussian that its parameters have gradients through.

    .. math:: z = \mu + \sigma \varepsilon, \qquad \varepsilon \sim \mathcal N(0, I)

    The chance lies in the noise, which knows no parameter.

    Parameters
    ----------
    mean, log_variance : torch.Tensor, shape (..., latents)
        Mean and natural logarithm of the variance, not of the standard deviation.
    generator : torch.Generator
        Draws the noise.

    Returns
    -------
    torch.Tensor, shape (..., latents)
        One sample for each mean (no unit).

    Raises
    ------
    ValueError
        If a number is not finite or the shapes differ.

    References
    ----------
    Kingma and Welling 2014 :cite:p:`kingma2014`, section 2.4. Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> certain = torch.tensor([[1.0, 2.0]]), torch.full((1, 2), -80.0)  # no variance to speak of
    >>> reparameterise(*certain, generator=torch.Generator().manual_seed(0))
    tensor([[1., 2.]])
    """
    _gaussian(mean, log_variance)
    noise = torch.randn(mean.shape, generator=generator, dtype=mean.dtype, device=mean.device)
    return mean + (log_variance / 2).exp() * noise


def kl_to_standard_normal(mean, log_variance):
    r"""Return D(q || N(0, 1)) for each coordinate of a diagonal Gaussian.

    .. math:: D_j = \tfrac12 \bigl( \mu_j^2 + \sigma_j^2 - 1 - \ln \sigma_j^2 \bigr)

    The rate: what it costs to say which z was meant, if the receiver expects
    N(0, 1). Sum over the last axis for the whole code.

    Parameters
    ----------
    mean, log_variance : torch.Tensor, shape (..., latents)
        Mean and natural logarithm of the variance.

    Returns
    -------
    torch.Tensor, shape (..., latents)
        One divergence a coordinate, in nats.

    Raises
    ------
    ValueError
        If a number is not finite or the shapes differ.

    References
    ----------
    Kingma and Welling 2014 :cite:p:`kingma2014`, appendix B. Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> kl_to_standard_normal(torch.tensor([0.0, 1.0]), torch.zeros(2))
    tensor([0.0000, 0.5000])
    """
    _gaussian(mean, log_variance)
    # expm1(v) - v loses no digits where the variance is near 1, and is never negative.
    return (mean**2 + torch.expm1(log_variance) - log_variance) / 2


def elbo(log_likelihood, kl, *, beta=1.0):
    r"""Return the evidence lower bound of each image, with a weight on its KL term.

    .. math:: \mathcal L_\beta(x) = \ln p(x \mid z) - \beta\, D(q(z \mid x) \,\|\, p(z))

    A bound on ln p(x), on average over z, for any weight of at least 1. With
    another weight than 1 it is the bound of another question.

    Parameters
    ----------
    log_likelihood : torch.Tensor, shape (n,)
        ln p(x | z) at one sample of z for each image, summed over its pixels, in nats.
    kl : torch.Tensor, shape (n,)
        Divergences, summed over the latent coordinates, in nats.
    beta : float, default 1
        Weight of the divergence, 0 or more.

    Returns
    -------
    torch.Tensor, shape (n,)
        One bound an image, in nats.

    Raises
    ------
    ValueError
        If the shapes differ or `beta` is negative.

    References
    ----------
    Higgins et al. 2017 :cite:p:`higgins2017` for the weight. Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> elbo(torch.tensor([-80.0]), torch.tensor([12.0]), beta=0.5)
    tensor([-86.])
    """
    _tensors.same_shape(log_likelihood=log_likelihood, kl=kl)
    if not 0 <= beta < math.inf:
        raise ValueError(f"`beta` must be a finite number of at least 0; it is {beta!r}")
    return log_likelihood - beta * kl


def free_bits(kl, *, floor):
    r"""Return the KL term with a floor under each latent coordinate's mean over the batch.

    .. math:: \sum_j \max\bigl( \lambda, \tfrac1n \textstyle\sum_i D_{ij} \bigr)

    Below the floor a coordinate has no gradient that pushes it further down,
    so it costs nothing to carry that much. What is returned is a training
    loss, no part of a bound.

    Parameters
    ----------
    kl : torch.Tensor, shape (n, latents)
        Divergence of each image and coordinate, in nats.
    floor : float
        λ in nats a coordinate, 0 or more.

    Returns
    -------
    torch.Tensor, shape ()
        The mean KL term of an image with the floor, in nats.

    Raises
    ------
    ValueError
        If `kl` is no matrix or `floor` is negative.

    References
    ----------
    Kingma et al. 2016 :cite:p:`kingma2016`. Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> free_bits(torch.tensor([[0.0, 2.0], [0.2, 4.0]]), floor=0.5)
    tensor(3.5000)
    """
    _tensors.tensor(kl, "kl", ndim=2)
    if not 0 <= floor < math.inf:
        raise ValueError(f"`floor` must be a finite number of at least 0; it is {floor!r}")
    return kl.mean(0).clamp(min=floor).sum()


def gaussian_log_density(z, mean, log_variance):
    r"""Return the log density of a diagonal Gaussian at given points.

    .. math:: \ln q(z) = -\tfrac12 \sum_j \Bigl[ \frac{(z_j - \mu_j)^2}{\sigma_j^2} + \ln \sigma_j^2 + \ln 2\pi \Bigr]

    With zeros for both parameters it is the prior.

    Parameters
    ----------
    z : torch.Tensor, shape (..., latents)
        Points.
    mean, log_variance : torch.Tensor, shape (..., latents)
        Mean and natural logarithm of the variance; they broadcast with `z`.

    Returns
    -------
    torch.Tensor, shape (...)
        Log densities, in nats.

    Raises
    ------
    ValueError
        If a number is not finite or the last axes differ.

    References
    ----------
    Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> gaussian_log_density(torch.zeros(1, 2), torch.zeros(2), torch.zeros(2))
    tensor([-1.8379])
    """
    _tensors.tensor(z, "z")
    _gaussian(mean, log_variance)
    _tensors.tensor(mean, "mean", columns=z.shape[-1])
    return -((z - mean) ** 2 / log_variance.exp() + log_variance + math.log(2 * math.pi)).sum(-1) / 2


def importance_bound(log_weights):
    r"""Return the importance-weighted bound of each image.

    .. math:: \mathcal L_k(x) = \ln \tfrac1k \sum_{i=1}^k w_i, \qquad w_i = \frac{p(x \mid z_i)\, p(z_i)}{q(z_i \mid x)}

    With one weight it is the evidence lower bound; on average it rises with
    their number, and ends at ln p(x).

    Parameters
    ----------
    log_weights : torch.Tensor, shape (k, ...)
        ln w of k samples of q for each image.

    Returns
    -------
    torch.Tensor, shape (...)
        One bound an image, in nats.

    Raises
    ------
    ValueError
        If a weight is not finite or there are none.

    References
    ----------
    Burda, Grosse and Salakhutdinov 2016 :cite:p:`burda2016`. Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> importance_bound(torch.tensor([[0.0], [0.0]])), importance_bound(torch.tensor([1.0, 3.0])).exp()
    (tensor([0.]), tensor(11.4019))
    """
    _tensors.tensor(log_weights, "log_weights")
    if log_weights.ndim == 0:
        raise ValueError("`log_weights` must have an axis of samples; it is a scalar")
    return torch.logsumexp(log_weights, 0) - math.log(log_weights.shape[0])
