"""How good a trained VAE is: its bounds on new images, and the exact log-likelihood where the code is short enough for a grid."""

import math

import torch

from lib import _checks, _images, _tensors, vae

__all__ = ["active_units", "aggregate_rate", "bits_per_dimension", "bounds", "latent_grid", "rates"]

CHUNK = 20_000  # images times samples at once: what a cache and a small machine can hold


def bounds(model, x, *, samples, generator, labels=None):
    r"""Return two lower bounds on ln p(x) of each image: the ELBO and the importance-weighted bound.

    The KL term of the ELBO is exact, its likelihood term a mean over the samples;
    the other bound uses all of them at once.

    Parameters
    ----------
    model : lib.vae_networks.VAE
        The trained networks.
    x : torch.Tensor, shape (n, pixels)
        Images that it wasn't trained on, if the number is to mean anything.
    samples : int
        How many z for each image.
    generator : torch.Generator
        Draws them.
    labels : torch.Tensor of int64, shape (n,), optional
        Of a conditional model, which then bounds ln p(x | y).

    Returns
    -------
    elbo, importance : tuple of torch.Tensor, shape (n,)
        Both in nats.

    Raises
    ------
    ValueError
        If the images aren't such as the model has, or `samples` is not positive.

    References
    ----------
    Burda, Grosse and Salakhutdinov 2016 :cite:p:`burda2016`. Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> from lib.vae_networks import VAE
    >>> generator = torch.Generator().manual_seed(0)
    >>> model, images = VAE(4, 1, generator=generator), torch.zeros(3, 4, dtype=torch.float64)
    >>> lower, higher = bounds(model, images, samples=50, generator=generator)
    >>> bool((lower < higher).all())
    True
    """
    samples = _checks.whole(samples, "samples")
    likelihoods, weights = [], []
    with torch.no_grad():
        mean, log_variance = model.encode(x, labels)
        zero = torch.zeros_like(mean)
        for start in range(0, samples, size := max(1, CHUNK // len(x))):
            shape = (min(size, samples - start), *mean.shape)
            z = vae.reparameterise(mean.expand(shape), log_variance.expand(shape), generator=generator)
            likelihoods.append(model.log_likelihood(x, z, labels) if model.back is None else _one_by_one(model, x, z, labels))
            weights.append(vae.gaussian_log_density(z, zero, zero) - vae.gaussian_log_density(z, mean, log_variance))
        likelihood = torch.cat(likelihoods)
        kl = vae.kl_to_standard_normal(mean, log_variance).sum(-1)
        return vae.elbo(likelihood.mean(0), kl), vae.importance_bound(likelihood + torch.cat(weights))


def _one_by_one(model, x, z, labels):
    return torch.stack([model.log_likelihood(x, one, labels) for one in z])


def rates(model, x, *, labels=None):
    """Return what the code of each image costs: the KL term of each coordinate.

    Parameters
    ----------
    model : lib.vae_networks.VAE
        The trained networks.
    x : torch.Tensor, shape (n, pixels)
        Images.
    labels : torch.Tensor of int64, shape (n,), optional
        Of a conditional model.

    Returns
    -------
    torch.Tensor, shape (n, latents)
        Divergences in nats; sum along the last axis for the rate.

    Raises
    ------
    ValueError
        If the images aren't such as the model has.

    References
    ----------
    Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> from lib.vae_networks import VAE
    >>> model = VAE(4, 2, generator=torch.Generator().manual_seed(0))
    >>> rates(model, torch.zeros(3, 4, dtype=torch.float64)).shape
    torch.Size([3, 2])
    """
    with torch.no_grad():
        return vae.kl_to_standard_normal(*model.encode(x, labels))


def bits_per_dimension(nats, pixels):
    r"""Return the cost of an image in bits a pixel, from its log-likelihood in nats.

    .. math:: \frac{-\ln p(x)}{D \ln 2}

    Parameters
    ----------
    nats : float or torch.Tensor
        Log-likelihoods of images, or bounds on them.
    pixels : int
        How many pixels D an image has.

    Returns
    -------
    float or torch.Tensor
        Of the same shape, in bits a pixel; smaller is better.

    Raises
    ------
    ValueError
        If `pixels` is not positive.

    References
    ----------
    Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> round(bits_per_dimension(-64 * math.log(17), 64), 4)  # 17 levels alike
    4.0875
    """
    return -nats / (_checks.whole(pixels, "pixels") * math.log(2))


def latent_grid(model, x, *, spacing, reach):
    r"""Return ln p(x, z) of every image at every point of a grid over the codes, with the cell's volume.

    .. math:: \ln p(x) = \ln \sum_z p(x \mid z)\, p(z)\, h^m

    For codes of one or two coordinates. The sum is the trapezoidal rule, which
    on smooth functions converges faster than any power of the spacing, once it
    is narrower than the posterior.

    Parameters
    ----------
    model : lib.vae_networks.VAE
        Without classes; a decoder of independent pixels.
    x : torch.Tensor, shape (n, pixels)
        Images of grey levels.
    spacing, reach : float
        Distance h of neighbouring points, and how far the grid goes from 0 each way.

    Returns
    -------
    points, log_joint : tuple of torch.Tensor, shapes (m, latents) and (m, n)
        The grid, and the logarithms, in nats; their logsumexp along axis 0 is ln p(x).

    Raises
    ------
    ValueError
        If the model has more than 2 latent coordinates, or a number is not positive.

    References
    ----------
    Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> from itertools import product
    >>> from lib.vae_networks import VAE
    >>> model = VAE(2, 1, generator=torch.Generator().manual_seed(0), trials=1, likelihood="binomial")
    >>> all_images = torch.tensor(list(product([0.0, 1.0], repeat=2)), dtype=torch.float64)
    >>> _, log_joint = latent_grid(model, all_images, spacing=0.1, reach=8.0)
    >>> round(log_joint.exp().sum().item(), 6)  # all four images together
    1.0
    """
    if model.latents > 2 or model.classes or model.back is not None:
        raise ValueError(f"`model` must have 1 or 2 latent coordinates, no classes and independent pixels; it has {model.latents}")
    _tensors.tensor(x, "x", ndim=2, columns=model.pixels)
    _images.grey_levels(x, model.trials)
    spacing = _checks.one_positive(spacing, "spacing")
    steps = round(_checks.one_positive(reach, "reach") / spacing)
    line = torch.arange(-steps, steps + 1, dtype=x.dtype, device=x.device) * spacing
    points = torch.cartesian_prod(*[line] * model.latents).reshape(-1, model.latents)
    levels = torch.nn.functional.one_hot(x.long(), model.trials + 1).to(x.dtype).flatten(1).T  # picks each pixel's entry of a table
    zero = torch.zeros(model.latents, dtype=x.dtype, device=x.device)
    with torch.no_grad():
        likelihood = torch.cat([model.log_probabilities(some).flatten(1) @ levels for some in points.split(2000)])
        prior = vae.gaussian_log_density(points, zero, zero) + model.latents * math.log(spacing)
    return points, likelihood + prior[:, None]


def aggregate_rate(mean, log_variance, *, repeats, generator):
    r"""Split the mean rate of a set of images into what it tells about them and what it pays for the prior.

    .. math:: \tfrac1N \sum_n D(q(z \mid x_n) \| p(z)) = I_q(n; z) + D(q(z) \| p(z)), \qquad q(z) = \tfrac1N \sum_n q(z \mid x_n)

    The information is that between an image's number and its code; it can't
    exceed ln N. Both parts are means over samples: `repeats` of each image.

    Parameters
    ----------
    mean, log_variance : torch.Tensor, shape (N, latents)
        The encoder's answer to each of the N images.
    repeats : int
        Samples of each image.
    generator : torch.Generator
        Draws them.

    Returns
    -------
    information, divergence : tuple of torch.Tensor, shape (repeats,)
        An estimate of each part from every round of samples, in nats; average
        them, and take the error from their spread.

    Raises
    ------
    ValueError
        If the shapes differ or `repeats` is not positive.

    References
    ----------
    Hoffman and Johnson 2016 :cite:p:`hoffman2016`. Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> apart = torch.tensor([[-50.0], [50.0]])  # two codes that can't be confused
    >>> information, _ = aggregate_rate(apart, torch.zeros(2, 1), repeats=3, generator=torch.Generator().manual_seed(0))
    >>> information  # ln 2
    tensor([0.6931, 0.6931, 0.6931])
    """
    _tensors.tensor(mean, "mean", ndim=2)
    information, divergence = [], []
    zero = torch.zeros(mean.shape[1], dtype=mean.dtype, device=mean.device)
    for _ in range(_checks.whole(repeats, "repeats")):
        z = vae.reparameterise(mean, log_variance, generator=generator)
        each = vae.gaussian_log_density(z[:, None], mean, log_variance)  # row: sample, column: whose code it could be
        aggregate = torch.logsumexp(each, 1) - math.log(len(mean))
        information.append((each.diagonal() - aggregate).mean())
        divergence.append((aggregate - vae.gaussian_log_density(z, zero, zero)).mean())
    return torch.stack(information), torch.stack(divergence)


def active_units(mean, *, threshold=0.01):
    """Tell which latent coordinates carry something: those whose mean varies from image to image.

    Parameters
    ----------
    mean : torch.Tensor, shape (N, latents)
        The encoder's means.
    threshold : float, default 0.01
        Least variance of an active coordinate.

    Returns
    -------
    torch.Tensor of bool, shape (latents,)
        True where the coordinate is active (no unit).

    Raises
    ------
    ValueError
        If there are fewer than 2 images or `threshold` is not positive.

    References
    ----------
    Burda, Grosse and Salakhutdinov 2016 :cite:p:`burda2016`, section 5.2. Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> active_units(torch.tensor([[1.0, 0.01], [-1.0, 0.0]]))
    tensor([ True, False])
    """
    _tensors.tensor(mean, "mean", ndim=2)
    if len(mean) < 2:
        raise ValueError(f"`mean` must have at least 2 rows; its shape is {tuple(mean.shape)}")
    return mean.var(0) > _checks.one_positive(threshold, "threshold")
