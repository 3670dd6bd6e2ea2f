"""The VAE whose optimum is known: linear encoder and decoder; `lib.ppca` has the closed form."""

import math

import torch

from lib import _checks, _tensors, vae
from lib.pixel_likelihoods import gaussian_log_likelihood
from lib.ppca import PPCA, ppca_log_likelihood

__all__ = ["LinearVAE", "fit_linear_vae", "linear_log_likelihood", "linear_terms", "sampled_linear_bound"]


class LinearVAE(torch.nn.Module):
    """Hold p(x | z) = N(W z + μ, σ² I) and q(z | x) = N(V (x - μ), diag(s²)).

    Parameters
    ----------
    pixels, latents : int
        Length of an observation and of its code.
    generator : torch.Generator
        Draws the first weights; the parameters lie on its device, in float64.
    mean : torch.Tensor, shape (pixels,), optional
        Where μ starts; 0 if missing.

    Examples
    --------
    >>> LinearVAE(5, 2, generator=torch.Generator().manual_seed(0)).weights.shape
    torch.Size([5, 2])
    """

    def __init__(self, pixels, latents, *, generator, mean=None):
        super().__init__()
        pixels, latents = _checks.whole(pixels, "pixels"), _checks.whole(latents, "latents")
        drawn = {"generator": generator, "dtype": torch.float64, "device": generator.device}
        still = {"dtype": torch.float64, "device": generator.device}
        self.weights = torch.nn.Parameter(torch.randn(pixels, latents, **drawn) / pixels**0.5)
        self.encoder = torch.nn.Parameter(torch.randn(latents, pixels, **drawn) / pixels**0.5)
        self.mean = torch.nn.Parameter(torch.zeros(pixels, **still) if mean is None else mean.clone().to(**still))
        self.log_variance = torch.nn.Parameter(torch.zeros(latents, **still))
        self.log_noise = torch.nn.Parameter(torch.zeros((), **still))

    def encode(self, x):
        """Return mean and log variance of q(z | x), each of shape (n, latents)."""
        mean = (x - self.mean) @ self.encoder.T
        return mean, self.log_variance.expand_as(mean)


def linear_terms(model, x):
    r"""Return both terms of the bound of each observation in closed form, without a sample.

    .. math:: \operatorname{E}_q \ln p(x \mid z) = -\tfrac{d}{2} \ln 2 \pi \sigma^2
              - \frac{1}{2 \sigma^2} \Bigl[ \lVert x - \mu - W m \rVert^2 + \sum_j s_j^2 \lVert W_j \rVert^2 \Bigr]

    Parameters
    ----------
    model : LinearVAE
        The parameters.
    x : torch.Tensor, shape (n, pixels)
        Observations.

    Returns
    -------
    log_likelihood, kl : tuple of torch.Tensor, shape (n,)
        Both in nats.

    Raises
    ------
    ValueError
        If `x` is no matrix of finite numbers with as many columns as the model has.

    References
    ----------
    Lucas et al. 2019 :cite:p:`lucas2019`. Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> model = LinearVAE(3, 1, generator=torch.Generator().manual_seed(0))
    >>> [term.shape for term in linear_terms(model, torch.zeros(4, 3, dtype=torch.float64))]
    [torch.Size([4]), torch.Size([4])]
    """
    _tensors.tensor(x, "x", ndim=2, columns=len(model.mean))
    mean, log_variance = model.encode(x)
    centre = mean @ model.weights.T + model.mean
    blur = (model.log_variance.exp() * (model.weights**2).sum(0)).sum() / model.log_noise.exp()
    likelihood = gaussian_log_likelihood(x, centre, model.log_noise.expand_as(x)) - blur / 2
    return likelihood, vae.kl_to_standard_normal(mean, log_variance).sum(-1)


def sampled_linear_bound(model, x, *, generator):
    """Return the bound of each observation from one sample of z, as a VAE in general must.

    Parameters
    ----------
    model : LinearVAE
        The parameters.
    x : torch.Tensor, shape (n, pixels)
        Observations.
    generator : torch.Generator
        Draws z.

    Returns
    -------
    torch.Tensor, shape (n,)
        One bound, in nats; its mean over samples is the bound from :func:`linear_terms`.

    Raises
    ------
    ValueError
        As :func:`linear_terms`.

    References
    ----------
    Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> sampled_linear_bound(LinearVAE(3, 1, generator=generator), torch.zeros(4, 3, dtype=torch.float64), generator=generator).shape
    torch.Size([4])
    """
    _tensors.tensor(x, "x", ndim=2, columns=len(model.mean))
    mean, log_variance = model.encode(x)
    z = vae.reparameterise(mean, log_variance, generator=generator)
    likelihood = gaussian_log_likelihood(x, z @ model.weights.T + model.mean, model.log_noise.expand_as(x))
    return vae.elbo(likelihood, vae.kl_to_standard_normal(mean, log_variance).sum(-1))


def linear_log_likelihood(model, x):
    """Return ln p(x) of each observation under a linear VAE's decoder, exactly.

    Parameters
    ----------
    model : LinearVAE
        The parameters; the encoder plays no part.
    x : torch.Tensor, shape (n, pixels)
        Observations.

    Returns
    -------
    torch.Tensor, shape (n,)
        Log densities, in nats.

    Raises
    ------
    ValueError
        If `x` is no matrix of finite numbers with as many columns as the model has.

    References
    ----------
    Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> model = LinearVAE(3, 1, generator=torch.Generator().manual_seed(0))
    >>> x = torch.ones(1, 3, dtype=torch.float64)
    >>> bool(sum(linear_terms(model, x)[i] * (-1) ** i for i in (0, 1)) < linear_log_likelihood(model, x))
    True
    """
    with torch.no_grad():
        fit = PPCA(*(part.cpu().numpy() for part in (model.mean, model.weights)), math.exp(model.log_noise))
    return torch.as_tensor(ppca_log_likelihood(x.cpu().numpy(), fit), device=x.device)


def fit_linear_vae(model, x, *, iterations=1000, beta=1.0, tolerance=1e-9):
    """Maximise the mean bound over all observations by L-BFGS, without any chance.

    Parameters that ask for no gradient stay as they are. It converges soonest
    if the data vary by about 1: grey levels are best divided by their range.

    Parameters
    ----------
    model : LinearVAE
        Trained in place.
    x : torch.Tensor, shape (n, pixels)
        Observations, float64.
    iterations : int, default 1000
        The most that are made.
    beta : float, default 1
        Weight of the KL term.
    tolerance : float, default 1e-9
        Training ends when no component of the gradient is larger.

    Returns
    -------
    list of float
        Minus the mean bound at each evaluation, in nats.

    Raises
    ------
    ValueError
        As :func:`linear_terms`.

    References
    ----------
    Lucas et al. 2019 :cite:p:`lucas2019`. Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> x = torch.randn(50, 3, generator=generator, dtype=torch.float64) * torch.tensor([3.0, 1.0, 1.0])
    >>> model = LinearVAE(3, 1, generator=generator)
    >>> from lib.ppca import fit_ppca
    >>> best = ppca_log_likelihood(x.numpy(), fit_ppca(x.numpy(), 1)).mean()
    >>> bool(fit_linear_vae(model, x)[-1] + best < 1e-6)
    True
    """
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    settings = {"tolerance_grad": _checks.one_positive(tolerance, "tolerance"), "tolerance_change": 1e-14, "history_size": 100}
    search = torch.optim.LBFGS(parameters, max_iter=_checks.whole(iterations, "iterations"), line_search_fn="strong_wolfe", **settings)
    history = []

    def loss():
        search.zero_grad()
        value = -vae.elbo(*linear_terms(model, x), beta=beta).mean()
        value.backward()
        history.append(value.item())
        return value

    search.step(loss)
    return history
