"""Annealed importance sampling: an estimate of ln p(x) that asks no encoder, by Hamiltonian moves from prior to posterior."""

import torch

from lib import _checks, _tensors
from lib.vae import gaussian_log_density

__all__ = ["annealed_importance", "pilot_step_sizes", "sigmoid_schedule"]

#: Share of accepted moves that a pilot run aims at.
TARGET = 0.7


def sigmoid_schedule(steps, *, slope=4.0):
    r"""Return temperatures from 0 to 1 that move slowly at both ends.

    .. math:: t_k = \frac{s(\delta (2k/K - 1)) - s(-\delta)}{s(\delta) - s(-\delta)}, \qquad s(u) = \frac{1}{1 + e^{-u}}

    Parameters
    ----------
    steps : int
        K, the number of moves.
    slope : float, default 4
        δ; the larger, the slower at the ends.

    Returns
    -------
    torch.Tensor, shape (steps + 1,)
        Rising from 0 to 1 (no unit).

    Raises
    ------
    ValueError
        If a number is not positive.

    References
    ----------
    Wu et al. 2017 :cite:p:`wu2017`. Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> sigmoid_schedule(2)
    tensor([0.0000, 0.5000, 1.0000], dtype=torch.float64)
    """
    slope = _checks.one_positive(slope, "slope")
    raw = torch.sigmoid(slope * torch.linspace(-1, 1, _checks.whole(steps, "steps") + 1, dtype=torch.float64))
    return (raw - raw[0]) / (raw[-1] - raw[0])


def annealed_importance(log_likelihood, shape, temperatures, step_sizes, *, leapfrogs, generator):
    r"""Return log weights whose mean weight is p(x), from chains that walk from prior to posterior.

    .. math:: \ln w = \sum_{k=1}^K (t_k - t_{k-1}) \ln p(x \mid z_{k-1}), \qquad z_0 \sim p(z)

    Between two terms z takes a Hamiltonian move that leaves p(z) p(x|z)^t
    unchanged. However badly the chains mix, the mean of w is p(x), so the mean
    of ln w is a lower bound on average.

    Parameters
    ----------
    log_likelihood : callable
        ln p(x | z) in nats, of shape (chains, n), for z of shape (chains, n, latents).
    shape : tuple of int
        (chains, n, latents): n images at once, each with its own chains.
    temperatures : torch.Tensor, shape (steps + 1,)
        Rising from 0 to 1.
    step_sizes : float or torch.Tensor, shape (steps, n)
        Of the leapfrog moves; fixed beforehand, or the weights would be biased.
    leapfrogs : int
        Leapfrog steps a move.
    generator : torch.Generator
        Draws start, momenta and acceptance.

    Returns
    -------
    log_weights, accepted : tuple of torch.Tensor, shapes (chains, n) and (steps, n)
        In nats, and the share of chains that accepted each move (no unit).

    Raises
    ------
    ValueError
        If the temperatures don't rise from 0 to 1, or a number is not positive.

    References
    ----------
    Neal 2001 :cite:p:`neal2001`; Wu et al. 2017 :cite:p:`wu2017`. Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> from math import log, pi
    >>> def log_likelihood(z):  # x = 0 seen through noise of variance 1: p(x) is N(0; 0, 2)
    ...     return -(z[..., 0] ** 2 + log(2 * pi)) / 2
    >>> settings = {"leapfrogs": 3, "generator": torch.Generator().manual_seed(0)}
    >>> log_weights, _ = annealed_importance(log_likelihood, (1000, 1, 1), sigmoid_schedule(20), 0.5, **settings)
    >>> round(log_weights.exp().mean().item(), 2), round((4 * pi) ** -0.5, 2)
    (0.28, 0.28)
    """
    log_weights, accepted, _ = _anneal(log_likelihood, shape, temperatures, step_sizes, leapfrogs, generator, adapt=False)
    return log_weights, accepted


def pilot_step_sizes(log_likelihood, shape, temperatures, *, start, leapfrogs, generator):
    """Return step sizes for each temperature and image, found by a run of their own.

    After each move the step of an image grows by a twentieth if enough of its
    chains accepted, and shrinks otherwise. The run that finds them must not be
    the one that is weighed.

    Parameters
    ----------
    log_likelihood : callable
        As of :func:`annealed_importance`.
    shape : tuple of int
        (chains, n, latents); a few chains are enough.
    temperatures : torch.Tensor, shape (steps + 1,)
        Rising from 0 to 1.
    start : float
        The first step size.
    leapfrogs : int
        Leapfrog steps a move.
    generator : torch.Generator
        Draws start, momenta and acceptance.

    Returns
    -------
    torch.Tensor, shape (steps, n)
        Step sizes (no unit).

    Raises
    ------
    ValueError
        As :func:`annealed_importance`.

    References
    ----------
    Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> sizes = pilot_step_sizes(lambda z: -50 * z[..., 0] ** 2, (20, 1, 1), sigmoid_schedule(200), start=1.0, leapfrogs=3,
    ...                          generator=torch.Generator().manual_seed(0))
    >>> bool(sizes[-1] < 0.5 * sizes[0])  # the posterior is a tenth as wide as the prior
    True
    """
    return _anneal(log_likelihood, shape, temperatures, start, leapfrogs, generator, adapt=True)[2]


def _anneal(log_likelihood, shape, temperatures, step_sizes, leapfrogs, generator, *, adapt):
    _tensors.tensor(temperatures, "temperatures", ndim=1)
    if temperatures[0] != 0 or temperatures[-1] != 1 or (temperatures.diff() <= 0).any():
        raise ValueError(f"`temperatures` must rise from 0 to 1; they are {temperatures.tolist()[:4]} ... {temperatures[-1].item():g}")
    leapfrogs = _checks.whole(leapfrogs, "leapfrogs")
    sizes = torch.as_tensor(step_sizes, dtype=torch.float64, device=generator.device).expand(len(temperatures) - 1, shape[1]).clone()
    if not (sizes > 0).all():
        raise ValueError(f"`step_sizes` must be positive; the least is {sizes.min().item():g}")
    drawn = {"generator": generator, "dtype": torch.float64, "device": generator.device}
    zero = torch.zeros(shape[2], dtype=torch.float64, device=generator.device)
    z = torch.randn(shape, **drawn)

    def look(z, temperature):
        """Return ln p(x | z), the log density that the move leaves unchanged, and its gradient."""
        with torch.enable_grad():
            z = z.detach().requires_grad_()
            likelihood = log_likelihood(z)
            density = temperature * likelihood + gaussian_log_density(z, zero, zero)
            (slope,) = torch.autograd.grad(density.sum(), z)
        return likelihood.detach(), density.detach(), slope

    log_weights, accepted = 0.0, []
    likelihood, _, slope = look(z, temperatures[0])
    for k, (before, now) in enumerate(zip(temperatures, temperatures[1:])):
        log_weights = log_weights + (now - before) * likelihood
        likelihood, density, slope = look(z, now)
        momentum, size = torch.randn(shape, **drawn), sizes[k][:, None]
        end, force, speed = z, slope, momentum
        for _ in range(leapfrogs):
            speed = speed + size / 2 * force
            end = end + size * speed
            there, end_density, force = look(end, now)
            speed = speed + size / 2 * force
        gain = end_density - density + (momentum**2 - speed**2).sum(-1) / 2
        yes = torch.rand(shape[:2], **drawn).log() < gain
        z, likelihood = torch.where(yes[..., None], end, z), torch.where(yes, there, likelihood)
        accepted.append(yes.double().mean(0))
        if adapt and k + 1 < len(sizes):
            sizes[k + 1] = sizes[k] * torch.where(accepted[-1] > TARGET, 1.05, 1 / 1.05)
    return log_weights, torch.stack(accepted), sizes
