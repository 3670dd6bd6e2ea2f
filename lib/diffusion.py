r"""Denoising diffusion in torch: the terms of its bound, a denoiser that predicts the noise, and the way back from noise.

A model is any callable ``predict(x_t, t)`` that returns the noise it sees in each
row; `t` holds a time for each. Rows are data of d coordinates. All in nats.
"""

import math

import torch
import torch.nn.functional as F

from lib import _checks, _tensors

__all__ = [
    "Denoiser",
    "LevelDenoiser",
    "bound_terms",
    "denoised",
    "draw_samples",
    "level_log_probability",
    "level_values",
    "noise_loss",
    "noised",
    "path_cost",
    "reverse_step",
    "step_kl",
]

# Terms


def _at(values, t, x):
    """Return an array over time at the times `t`, as a column in the dtype of `x`."""
    return torch.as_tensor(values, dtype=x.dtype, device=x.device)[t][:, None]


def _times(t, x, schedule, least=1):
    if t.shape != x.shape[:1]:
        raise ValueError(f"`t` must hold one time for each of the {x.shape[0]} rows; its shape is {tuple(t.shape)}")
    outside = (t < least) | (t >= len(schedule.beta))
    if outside.any():
        raise ValueError(f"`t` must lie between {least} and {len(schedule.beta) - 1}; one is {t[outside][0].item()}")


def noised(x_0, noise, t, schedule):
    r"""Return x_t, a draw from :math:`q(x_t \mid x_0)`, made from the datum and standard normal noise.

    .. math:: x_t = \sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\, \epsilon

    Parameters
    ----------
    x_0 : torch.Tensor, shape (n, d)
        Data.
    noise : torch.Tensor, shape (n, d)
        Standard normal noise.
    t : torch.Tensor of int, shape (n,)
        From 1 to T.
    schedule : Schedule
        Of `lib.diffusion_chain`, T steps.

    Returns
    -------
    torch.Tensor, shape (n, d)
        In the unit of the data (no unit of information).

    Raises
    ------
    ValueError
        If shapes differ, a number isn't finite, or a time is out of range.

    References
    ----------
    Ho, Jain and Abbeel, equation 4 :cite:p:`ho2020`. Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> from lib.diffusion_chain import make_schedule
    >>> round(noised(torch.ones(1, 1), torch.ones(1, 1), torch.tensor([1]), make_schedule([0.36])).item(), 4)
    1.4
    """
    _tensors.same_shape(x_0=_tensors.tensor(x_0, "x_0", ndim=2), noise=_tensors.tensor(noise, "noise", ndim=2))
    _times(t, x_0, schedule)
    kept = _at(schedule.alpha_bar, t, x_0)
    return kept.sqrt() * x_0 + (1 - kept).sqrt() * noise


def denoised(x_t, predicted, t, schedule):
    r"""Return the datum that a predicted noise implies: `noised`, solved for x_0.

    .. math:: \hat x_0 = \frac{x_t - \sqrt{1 - \bar\alpha_t}\, \hat\epsilon}{\sqrt{\bar\alpha_t}}

    Parameters
    ----------
    x_t : torch.Tensor, shape (n, d)
        Noised data.
    predicted : torch.Tensor, shape (n, d)
        The noise that a model sees in them.
    t : torch.Tensor of int, shape (n,)
        From 1 to T.
    schedule : Schedule
        Of T steps.

    Returns
    -------
    torch.Tensor, shape (n, d)
        In the unit of the data (no unit of information).

    Raises
    ------
    ValueError
        If shapes differ, a number isn't finite, or a time is out of range.

    References
    ----------
    Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> from lib.diffusion_chain import make_schedule
    >>> round(denoised(torch.full((1, 1), 1.4), torch.ones(1, 1), torch.tensor([1]), make_schedule([0.36])).item(), 4)
    1.0
    """
    _tensors.same_shape(x_t=_tensors.tensor(x_t, "x_t", ndim=2), predicted=_tensors.tensor(predicted, "predicted", ndim=2))
    _times(t, x_t, schedule)
    kept = _at(schedule.alpha_bar, t, x_t)
    return (x_t - (1 - kept).sqrt() * predicted) / kept.sqrt()


def reverse_step(x_t, predicted, t, schedule):
    r"""Return mean and variance of the model's step back, :math:`p(x_{t-1} \mid x_t)`.

    .. math:: \mu = \frac1{\sqrt{1 - \beta_t}} \left(x_t - \frac{\beta_t}{\sqrt{1 - \bar\alpha_t}}\, \hat\epsilon\right)

    The variance is `beta_tilde`, and at t = 1, where that is 0, `beta`.

    Parameters
    ----------
    x_t : torch.Tensor, shape (n, d)
        Noised data.
    predicted : torch.Tensor, shape (n, d)
        The noise that a model sees in them.
    t : torch.Tensor of int, shape (n,)
        From 1 to T.
    schedule : Schedule
        Of T steps.

    Returns
    -------
    mean : torch.Tensor, shape (n, d)
        In the unit of the data (no unit of information).
    variance : torch.Tensor, shape (n, 1)
        Of each coordinate; no unit.

    Raises
    ------
    ValueError
        If shapes differ, a number isn't finite, or a time is out of range.

    References
    ----------
    Ho, Jain and Abbeel, equation 11 :cite:p:`ho2020`. Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> from lib.diffusion_chain import make_schedule
    >>> mean, variance = reverse_step(torch.ones(1, 1), torch.ones(1, 1), torch.tensor([1]), make_schedule([0.75]))
    >>> round(mean.item(), 4), variance.item()
    (0.2679, 0.75)
    """
    _tensors.same_shape(x_t=_tensors.tensor(x_t, "x_t", ndim=2), predicted=_tensors.tensor(predicted, "predicted", ndim=2))
    _times(t, x_t, schedule)
    beta, kept, tilde = (_at(values, t, x_t) for values in schedule)
    mean = (x_t - beta / (1 - kept).sqrt() * predicted) / (1 - beta).sqrt()
    return mean, torch.where(t[:, None] == 1, beta, tilde)


def step_kl(x_0, x_t, predicted, t, schedule):
    r"""Return the divergence of a step back from its posterior, for each row.

    .. math:: D\bigl(q(x_{t-1} \mid x_t, x_0) \,\|\, p(x_{t-1} \mid x_t)\bigr)
              = \frac{\lVert \tilde\mu_t - \mu \rVert^2}{2 \tilde\beta_t}

    Two Gaussians of one variance: only the means differ.

    Parameters
    ----------
    x_0 : torch.Tensor, shape (n, d)
        Data.
    x_t : torch.Tensor, shape (n, d)
        What noise made of them.
    predicted : torch.Tensor, shape (n, d)
        The noise that a model sees.
    t : torch.Tensor of int, shape (n,)
        From 2 to T.
    schedule : Schedule
        Of T steps.

    Returns
    -------
    torch.Tensor, shape (n,)
        Divergences in nats.

    Raises
    ------
    ValueError
        If shapes differ, a number isn't finite, or a time is below 2 or above T.

    References
    ----------
    Ho, Jain and Abbeel, equation 8 :cite:p:`ho2020`. Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> from lib.diffusion_chain import make_schedule
    >>> x_0, x_t = torch.zeros(1, 1), torch.full((1, 1), 3**0.5 / 2)  # a noise of 1
    >>> round(step_kl(x_0, x_t, torch.zeros(1, 1), torch.tensor([2]), make_schedule([1 / 2, 1 / 2])).item(), 5)
    1.0
    """
    _tensors.same_shape(x_0=_tensors.tensor(x_0, "x_0", ndim=2), x_t=x_t)
    _times(t, x_t, schedule, least=2)
    mean, variance = reverse_step(x_t, predicted, t, schedule)
    beta, now = (_at(values, t, x_t) for values in schedule[:2])
    before = _at(schedule.alpha_bar, t - 1, x_t)
    true = (before.sqrt() * beta * x_0 + (1 - beta).sqrt() * (1 - before) * x_t) / (1 - now)
    return ((true - mean) ** 2 / (2 * variance)).sum(dim=1)


def noise_loss(predict, x_0, schedule, *, generator, weights=None):
    r"""Return the mean squared error of the predicted noise at random times: what is trained.

    .. math:: \operatorname{E}_{t, \epsilon}\, w_t\, \lVert \epsilon - \hat\epsilon(x_t, t) \rVert^2

    Summed over coordinates, averaged over rows; each row gets its own time.

    Parameters
    ----------
    predict : callable
        The model.
    x_0 : torch.Tensor, shape (n, d)
        Data.
    schedule : Schedule
        Of T steps.
    generator : torch.Generator
        Draws times and noise.
    weights : array_like, shape (T + 1,), optional
        w by time; 1 without them, the simplified loss. Entry 0 isn't used.

    Returns
    -------
    torch.Tensor, a scalar
        Without weights it is no bound and not in nats.

    Raises
    ------
    ValueError
        If `x_0` isn't finite or `weights` hasn't one for each time.

    References
    ----------
    Ho, Jain and Abbeel, equation 14 :cite:p:`ho2020`. Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> from lib.diffusion_chain import make_schedule
    >>> loss = noise_loss(lambda x, t: 0 * x, torch.zeros(10000, 3), make_schedule([1 / 2]), generator=torch.Generator().manual_seed(0))
    >>> round(loss.item(), 1)
    3.0
    """
    last = len(schedule.beta) - 1
    t = torch.randint(1, last + 1, x_0.shape[:1], generator=generator, device=x_0.device)
    noise = torch.randn(x_0.shape, generator=generator, dtype=x_0.dtype, device=x_0.device)
    error = ((predict(noised(x_0, noise, t, schedule), t) - noise) ** 2).sum(dim=1)
    if weights is None:
        return error.mean()
    if len(weights) != last + 1:
        raise ValueError(f"`weights` must hold one for each time from 0 to {last}; it has {len(weights)}")
    return (_at(weights, t, x_0)[:, 0] * error).mean()


def level_values(levels, *, count, dtype=torch.float32):
    """Return the numbers between -1 and 1 that stand for grey levels.

    Parameters
    ----------
    levels : torch.Tensor of int, shape (n, d)
        From 0 to `count` - 1.
    count : int
        How many levels there are, at least 2.
    dtype : torch.dtype, optional
        Of the result.

    Returns
    -------
    torch.Tensor, shape (n, d)
        2 k / (count - 1) - 1 for level k (no unit).

    Raises
    ------
    ValueError
        If a level is out of range or no integer.

    References
    ----------
    Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> level_values(torch.tensor([[0, 8, 16]]), count=17).tolist()
    [[-1.0, 0.0, 1.0]]
    """
    count = _checks.whole(count, "count", least=2)
    if levels.is_floating_point():
        raise ValueError(f"`levels` must hold integers; its dtype is {levels.dtype}")
    outside = (levels < 0) | (levels >= count)
    if outside.any():
        raise ValueError(f"`levels` must lie between 0 and {count - 1}; one is {levels[outside][0].item()}")
    return 2 * levels.to(dtype) / (count - 1) - 1


def level_log_probability(levels, mean, variance, *, count):
    r"""Return the log probability of grey levels under Gaussians: the mass in the bin of each level.

    A bin reaches half way to the neighbours, and the outermost bins are open, so
    the probabilities of all levels sum to 1: these are probabilities, not densities.

    Parameters
    ----------
    levels : torch.Tensor of int, shape (n, d)
        From 0 to `count` - 1, for the values of :func:`level_values`.
    mean : torch.Tensor, shape (n, d)
        Of the Gaussian of each value.
    variance : torch.Tensor, broadcast against (n, d)
        Positive.
    count : int
        How many levels there are.

    Returns
    -------
    torch.Tensor, shape (n, d)
        Logarithms of probabilities, in nats.

    Raises
    ------
    ValueError
        If a level is out of range, a mean isn't finite or shapes differ.

    References
    ----------
    Ho, Jain and Abbeel, equation 13 :cite:p:`ho2020`. Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> two = level_log_probability(torch.tensor([[0, 1]]), torch.zeros(1, 2), torch.ones(1, 1), count=2)
    >>> [round(p, 4) for p in two.exp()[0].tolist()]
    [0.5, 0.5]
    """
    _tensors.same_shape(levels=levels, mean=_tensors.tensor(mean, "mean", ndim=2))
    value, half, sd = level_values(levels, count=count, dtype=mean.dtype), 1 / (count - 1), variance.sqrt()
    low = torch.where(levels == 0, -math.inf, (value - half - mean) / sd)
    high = torch.where(levels == count - 1, math.inf, (value + half - mean) / sd)
    # Turned to the lower tail, where a logarithm of the normal law keeps its digits: a < b, not both above 0.
    turn = low + high > 0
    a, b = torch.where(turn, -high, low), torch.where(turn, -low, high)
    log_a, log_b = torch.special.log_ndtr(a), torch.special.log_ndtr(b)
    return log_b + torch.log(-torch.expm1(log_a - log_b))


# The bound


def _reconstruction(mean, variance, x_0, levels, count):
    if levels is None:
        return ((x_0 - mean) ** 2 / variance + torch.log(2 * math.pi * variance)).sum(dim=1) / 2
    return -level_log_probability(levels, mean, variance, count=count).sum(dim=1)


def _prior(x_0, schedule):
    kept = float(schedule.alpha_bar[-1])
    return (kept * x_0**2 - kept - math.log1p(-kept)).sum(dim=1) / 2


def bound_terms(predict, x_0, schedule, *, generator, levels=None, count=None):
    r"""Return the parts of the upper bound on minus the log probability of each datum, from closed-form divergences.

    .. math:: -\ln p(x_0) \le D\bigl(q(x_T \mid x_0) \,\|\, p(x_T)\bigr) + \sum_{t=2}^T \operatorname{E} D\bigl(q(x_{t-1} \mid x_t, x_0)
              \,\|\, p(x_{t-1} \mid x_t)\bigr) - \operatorname{E} \ln p(x_0 \mid x_1)

    Each mean over x_t is estimated from one draw, so the sum is without bias.

    Parameters
    ----------
    predict : callable
        The model.
    x_0 : torch.Tensor, shape (n, d)
        Data.
    schedule : Schedule
        Of T steps.
    generator : torch.Generator
        Draws the noise.
    levels : torch.Tensor of int, shape (n, d), optional
        The grey levels for which `x_0` stands. With them the last part is a
        probability, without them a density.
    count : int, optional
        How many levels there are.

    Returns
    -------
    prior : torch.Tensor, shape (n,)
        Divergence at the end of the chain; like the others in nats for each datum.
    steps : torch.Tensor, shape (T + 1, n)
        Divergences by t; 0 for t = 0 and 1.
    reconstruction : torch.Tensor, shape (n,)
        Minus ln p(x_0 | x_1).

    Raises
    ------
    ValueError
        If `x_0` isn't finite or a level is out of range.

    References
    ----------
    Ho, Jain and Abbeel, equation 5 :cite:p:`ho2020`. Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> from lib.diffusion_chain import cosine_schedule
    >>> parts = bound_terms(lambda x, t: 0 * x, torch.ones(3, 2), cosine_schedule(5), generator=torch.Generator().manual_seed(0))
    >>> [tuple(part.shape) for part in parts]
    [(3,), (6, 3), (3,)]
    """
    steps = []
    with torch.no_grad():
        for time in range(1, len(schedule.beta)):
            t = torch.full(x_0.shape[:1], time, device=x_0.device)
            noise = torch.randn(x_0.shape, generator=generator, dtype=x_0.dtype, device=x_0.device)
            x_t = noised(x_0, noise, t, schedule)
            predicted = predict(x_t, t)
            if time == 1:
                reconstruction = _reconstruction(*reverse_step(x_t, predicted, t, schedule), x_0, levels, count)
            else:
                steps.append(step_kl(x_0, x_t, predicted, t, schedule))
    nothing = torch.zeros_like(reconstruction)
    return _prior(x_0, schedule), torch.stack([nothing, nothing, *steps]), reconstruction


def path_cost(predict, x_0, schedule, *, generator, levels=None, count=None):
    r"""Return the same bound from one path of noise for each datum, with no closed form but the densities.

    .. math:: \ln \frac{q(x_1, \dots, x_T \mid x_0)}{p(x_0, x_1, \dots, x_T)}

    The noise is added step by step. The mean over paths is the bound; single
    paths scatter far more than :func:`bound_terms`, which it is there to check.

    Parameters
    ----------
    predict : callable
        The model.
    x_0 : torch.Tensor, shape (n, d)
        Data.
    schedule : Schedule
        Of T steps.
    generator : torch.Generator
        Draws the noise.
    levels : torch.Tensor of int, shape (n, d), optional
        As in :func:`bound_terms`.
    count : int, optional
        How many levels there are.

    Returns
    -------
    torch.Tensor, shape (n,)
        The cost of each datum, in nats.

    Raises
    ------
    ValueError
        If `x_0` isn't finite or a level is out of range.

    References
    ----------
    Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> from lib.diffusion_chain import cosine_schedule
    >>> path_cost(lambda x, t: 0 * x, torch.ones(3, 2), cosine_schedule(5), generator=torch.Generator().manual_seed(0)).shape
    torch.Size([3])
    """
    cost, x = torch.zeros_like(_tensors.tensor(x_0, "x_0", ndim=2)[:, 0]), x_0
    with torch.no_grad():
        for time in range(1, len(schedule.beta)):
            t = torch.full(x_0.shape[:1], time, device=x_0.device)
            beta = float(schedule.beta[time])
            noise = torch.randn(x_0.shape, generator=generator, dtype=x_0.dtype, device=x_0.device)
            x_t = math.sqrt(1 - beta) * x + math.sqrt(beta) * noise
            mean, variance = reverse_step(x_t, predict(x_t, t), t, schedule)
            cost -= _reconstruction(x, x.new_tensor(beta), x_t - math.sqrt(1 - beta) * x + x, None, None)
            cost += _reconstruction(mean, variance, x, levels if time == 1 else None, count)
            x = x_t
    return cost + (x**2 + math.log(2 * math.pi)).sum(dim=1) / 2


# The network and the way back


class Denoiser(torch.nn.Module):
    r"""Predict the noise with a perceptron that is told the time.

    Inside it predicts :math:`\sqrt{\bar\alpha_t}\, \epsilon - \sqrt{1 - \bar\alpha_t}\, x_0`, which keeps its size
    at all times and gives noise and datum alike.

    Parameters
    ----------
    size : int
        Coordinates of a datum.
    schedule : Schedule
        Of T steps.
    hidden : int
        Units in each of the three hidden layers.
    generator : torch.Generator
        Draws the first weights.
    device : str or torch.device
        Where the network lies.
    outputs : int, optional
        Outputs of the perceptron, if they aren't `size`.

    References
    ----------
    Salimans and Ho :cite:p:`salimans2022`. Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> from lib.diffusion_chain import cosine_schedule
    >>> net = Denoiser(2, cosine_schedule(10), hidden=16, generator=torch.Generator().manual_seed(0))
    >>> net(torch.zeros(3, 2), torch.tensor([1, 5, 10])).shape
    torch.Size([3, 2])
    """

    FREQUENCIES = (1, 2, 4, 8)

    def __init__(self, size, schedule, *, hidden=128, generator, device="cpu", outputs=None):
        super().__init__()
        sizes = (_checks.whole(size, "size") + 1 + 2 * len(self.FREQUENCIES), *[_checks.whole(hidden, "hidden")] * 3, outputs or size)
        self.layers = torch.nn.ModuleList(torch.nn.Linear(a, b, device=device) for a, b in zip(sizes[:-1], sizes[1:], strict=True))
        for layer in self.layers:
            for parameter in (layer.weight, layer.bias):
                torch.nn.init.uniform_(parameter, -(layer.in_features**-0.5), layer.in_features**-0.5, generator=generator)
        self.register_buffer("alpha_bar", torch.tensor(schedule.alpha_bar, dtype=torch.float32, device=device))

    def _perceptron(self, x_t, t):
        kept = self.alpha_bar[t][:, None]
        angle = torch.acos(kept.sqrt()) * 2 / math.pi  # from 0, the datum, to 1, noise alone
        waves = [wave(math.pi * k * angle) for k in self.FREQUENCIES for wave in (torch.sin, torch.cos)]
        h = torch.cat([x_t, angle, *waves], dim=1)
        for layer in self.layers[:-1]:
            h = F.silu(layer(h))
        return kept, self.layers[-1](h)

    def forward(self, x_t, t):
        """Return the predicted noise, shape (n, size)."""
        kept, mixture = self._perceptron(x_t, t)
        return kept.sqrt() * mixture + (1 - kept).sqrt() * x_t


class LevelDenoiser(Denoiser):
    r"""Predict the noise in data that are known to be grey levels, by Bayes' rule in each coordinate.

    The perceptron gives a belief about the level of each coordinate, and the
    coordinate's own noised value adds its likelihood, which is known exactly. The mean
    level under the posterior is the denoised datum, and it implies the noise:

    .. math:: \hat x_{0,i} = \sum_k v_k\, p_{i,k} , \qquad p_{i,k} \propto
              e^{a_{i,k}(x_t, t)}\, \mathcal N\bigl(x_{t,i};\ \sqrt{\bar\alpha_t}\, v_k,\ 1 - \bar\alpha_t\bigr)

    Parameters
    ----------
    size : int
        Coordinates of a datum.
    schedule : Schedule
        Of T steps.
    count : int
        How many levels there are.
    hidden : int
        Units in each of the three hidden layers.
    generator : torch.Generator
        Draws the first weights.
    device : str or torch.device
        Where the network lies.

    References
    ----------
    Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> from lib.diffusion_chain import cosine_schedule
    >>> net = LevelDenoiser(2, cosine_schedule(10), count=17, hidden=16, generator=torch.Generator().manual_seed(0))
    >>> net(torch.zeros(3, 2), torch.tensor([1, 5, 10])).shape
    torch.Size([3, 2])
    """

    def __init__(self, size, schedule, *, count, hidden=128, generator, device="cpu"):
        super().__init__(size, schedule, hidden=hidden, generator=generator, device=device, outputs=size * count)
        self.register_buffer("values", level_values(torch.arange(count, device=device), count=count))

    def forward(self, x_t, t):
        """Return the predicted noise, shape (n, size)."""
        kept, beliefs = self._perceptron(x_t, t)
        away = x_t[..., None] - kept.sqrt()[..., None] * self.values
        logits = beliefs.reshape(away.shape) - away**2 / (2 * (1 - kept[..., None]))
        return (x_t - kept.sqrt() * (logits.softmax(dim=-1) @ self.values)) / (1 - kept).sqrt()


def draw_samples(predict, n, size, schedule, *, generator, keep=(), device="cpu"):
    """Draw data from the model: noise, then one step back after the other.

    Parameters
    ----------
    predict : callable
        The model.
    n : int
        How many samples.
    size : int
        Coordinates of a datum.
    schedule : Schedule
        Of T steps.
    generator : torch.Generator
        Draws all the noise.
    keep : sequence of int, optional
        Times whose states are returned too.
    device : str or torch.device, optional
        Where the samples lie; that of `generator`.

    Returns
    -------
    samples : torch.Tensor, shape (n, size)
        The means of the last step, in the unit of the data (no unit of information).
    states : dict of int to torch.Tensor
        x_t at each time in `keep`.

    Raises
    ------
    ValueError
        If a number is out of range.

    References
    ----------
    Ho, Jain and Abbeel, algorithm 2 :cite:p:`ho2020`. Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> from lib.diffusion_chain import cosine_schedule
    >>> x, _ = draw_samples(lambda x, t: 0 * x, 4, 2, cosine_schedule(5), generator=torch.Generator().manual_seed(0))
    >>> x.shape
    torch.Size([4, 2])
    """
    x = torch.randn(_checks.whole(n, "n"), _checks.whole(size, "size"), generator=generator, device=device)
    states = {}
    with torch.no_grad():
        for time in range(len(schedule.beta) - 1, 0, -1):
            if time in keep:
                states[time] = x
            t = torch.full((n,), time, device=device)
            mean, variance = reverse_step(x, predict(x, t), t, schedule)
            x = mean if time == 1 else mean + variance.sqrt() * torch.randn(x.shape, generator=generator, device=device)
    return x, states
