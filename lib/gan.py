r"""Adversarial networks: the terms of the game as functions of logits, f-GANs, and the loop of two optimisers.

A discriminator returns logits v; its probability of "data" is sigmoid(v), and at
its best v is the log ratio ln p/g. All losses are in nats. In every pair of
arguments the real ones come first.
"""

import math

import torch
from torch.nn import functional

from lib import _checks, _tensors
from lib.training import DivergedError, minibatches

__all__ = [
    "discriminator_loss",
    "f_activation",
    "f_bound",
    "f_conjugate",
    "network",
    "non_saturating_loss",
    "saturating_loss",
    "train_adversaries",
    "value",
]

#: f'(e^v), and the conjugate there, e^v f'(e^v) - f(e^v), for the generators f of `lib.f_divergences`.
_ACTIVATIONS = {
    "kl": lambda v: v,
    "reverse-kl": lambda v: -torch.expm1(-v),
    "js": lambda v: (functional.logsigmoid(v) + math.log(2)) / 2,
}
_CONJUGATES = {
    "kl": torch.expm1,
    "reverse-kl": lambda v: v,
    "js": lambda v: (functional.softplus(v) - math.log(2)) / 2,
}


def value(real_logits, fake_logits):
    r"""Return what the discriminator earns, estimated from one batch of each kind.

    .. math:: V = \frac1n \sum_i \ln \sigma(v_i) + \frac1m \sum_j \ln (1 - \sigma(v'_j))

    A sum of two means. Nothing is clipped: from logits both logarithms are exact.

    Parameters
    ----------
    real_logits : torch.Tensor
        Logits v of data, of any shape.
    fake_logits : torch.Tensor
        Logits v' of generated samples, of any shape.

    Returns
    -------
    torch.Tensor, scalar
        Value in nats, 0 or less; at most :math:`2 \operatorname{JS} - 2 \ln 2` on average.

    Raises
    ------
    ValueError
        If a tensor is empty, or holds NaN or infinity.
    TypeError
        If one is no tensor.

    References
    ----------
    Goodfellow et al. :cite:p:`goodfellow2014`, equation 1. Taught in chapter :ref:`ch-gan`.

    Examples
    --------
    >>> round(value(torch.zeros(3), torch.zeros(5)).item(), 4)
    -1.3863
    """
    real, fake = _logits(real_logits, "real_logits"), _logits(fake_logits, "fake_logits")
    return functional.logsigmoid(real).mean() + functional.logsigmoid(-fake).mean()


def discriminator_loss(real_logits, fake_logits):
    """Return minus the value: what the discriminator makes small.

    Parameters
    ----------
    real_logits, fake_logits : torch.Tensor
        Logits of data and of generated samples.

    Returns
    -------
    torch.Tensor, scalar
        Loss in nats: twice the cross-entropy of guessing the source. 2 ln 2 when it knows nothing.

    Raises
    ------
    ValueError
        As for `value`.

    References
    ----------
    Goodfellow et al. :cite:p:`goodfellow2014`. Taught in chapter :ref:`ch-gan`.

    Examples
    --------
    >>> round(discriminator_loss(torch.zeros(3), torch.zeros(3)).item(), 4)
    1.3863
    """
    return -value(real_logits, fake_logits)


def saturating_loss(fake_logits):
    r"""Return the generator's loss in the game for one value: the mean of :math:`\ln (1 - \sigma(v'))`.

    Its gradient vanishes where the discriminator is sure that a sample is fake.

    Parameters
    ----------
    fake_logits : torch.Tensor
        Logits of generated samples, with the generator's gradient.

    Returns
    -------
    torch.Tensor, scalar
        Loss in nats, 0 or less.

    Raises
    ------
    ValueError
        As for `value`.

    References
    ----------
    Goodfellow et al. :cite:p:`goodfellow2014`, section 3. Taught in chapter :ref:`ch-gan`.

    Examples
    --------
    >>> round(saturating_loss(torch.zeros(2)).item(), 4)
    -0.6931
    """
    return functional.logsigmoid(-_logits(fake_logits, "fake_logits")).mean()


def non_saturating_loss(fake_logits):
    r"""Return the generator's loss that is used in practice: minus the mean of :math:`\ln \sigma(v')`.

    Where the discriminator is at its best, its gradient is that of
    :math:`D(G \| P) - 2 \operatorname{JS}(P, G)`.

    Parameters
    ----------
    fake_logits : torch.Tensor
        Logits of generated samples, with the generator's gradient.

    Returns
    -------
    torch.Tensor, scalar
        Loss in nats, 0 or more.

    Raises
    ------
    ValueError
        As for `value`.

    References
    ----------
    Goodfellow et al. :cite:p:`goodfellow2014`, section 3; Arjovsky and Bottou :cite:p:`arjovsky2017b`.
    Taught in chapter :ref:`ch-gan`.

    Examples
    --------
    >>> round(non_saturating_loss(torch.zeros(2)).item(), 4)
    0.6931
    """
    return -functional.logsigmoid(_logits(fake_logits, "fake_logits")).mean()


def f_activation(v, divergence):
    r"""Return the critic's output :math:`T = f'(e^v)`: the slope of f at the ratio that v stands for.

    The generator f is that of `lib.f_divergences.generator`; with another, that
    differs by c (t - 1), T is shifted by c and the bound is the same.

    Parameters
    ----------
    v : torch.Tensor
        Logits, of any shape: estimates of ln p/g.
    divergence : {"kl", "reverse-kl", "js"}
        Of D(P || G), D(G || P) and JS.

    Returns
    -------
    torch.Tensor, shape of `v`
        Numbers in nats.

    Raises
    ------
    ValueError
        As for `value`, or if there is no such divergence.

    References
    ----------
    Nowozin, Cseke and Tomioka :cite:p:`nowozin2016`, table 2. Taught in chapter :ref:`ch-gan`.

    Examples
    --------
    >>> f_activation(torch.tensor([0.0, 1.0]), "kl")
    tensor([0., 1.])
    """
    return _ACTIVATIONS[_checks.one_of(divergence, "divergence", tuple(_ACTIVATIONS))](_logits(v, "v"))


def f_conjugate(v, divergence):
    r"""Return the convex conjugate :math:`f^*(T) = \sup_t (T t - f(t))` at the critic's output :math:`T = f'(e^v)`.

    The best t is :math:`e^v`, so it is :math:`e^v f'(e^v) - f(e^v)`, without a search.

    Parameters
    ----------
    v : torch.Tensor
        Logits, of any shape.
    divergence : {"kl", "reverse-kl", "js"}
        As for :func:`f_activation`.

    Returns
    -------
    torch.Tensor, shape of `v`
        Numbers in nats.

    Raises
    ------
    ValueError
        As for `f_activation`.

    References
    ----------
    Nowozin, Cseke and Tomioka :cite:p:`nowozin2016`, table 2. Taught in chapter :ref:`ch-gan`.

    Examples
    --------
    >>> f_conjugate(torch.tensor([0.0, 1.0]), "reverse-kl")
    tensor([0., 1.])
    """
    return _CONJUGATES[_checks.one_of(divergence, "divergence", tuple(_CONJUGATES))](_logits(v, "v"))


def f_bound(real_logits, fake_logits, divergence):
    r"""Return the lower bound on an f-divergence that critic and generator play for.

    .. math:: \operatorname{E}_P[T] - \operatorname{E}_G[f^*(T)] \le D_f(P \| G)

    The critic makes it large; it is exact at v = ln p/g. The generator makes it
    small, and only the second term depends on the generator.

    Parameters
    ----------
    real_logits, fake_logits : torch.Tensor
        Logits of data and of generated samples.
    divergence : {"kl", "reverse-kl", "js"}
        As for :func:`f_activation`.

    Returns
    -------
    torch.Tensor, scalar
        Bound in nats.

    Raises
    ------
    ValueError
        As for `f_activation`.

    References
    ----------
    Nguyen, Wainwright and Jordan :cite:p:`nguyen2010`; Nowozin, Cseke and Tomioka :cite:p:`nowozin2016`.
    Taught in chapter :ref:`ch-gan`.

    Examples
    --------
    >>> f_bound(torch.zeros(4), torch.zeros(4), "js").item()
    0.0
    """
    return f_activation(real_logits, divergence).mean() - f_conjugate(fake_logits, divergence).mean()


def network(sizes, *, generator, device="cpu", dtype=None, activation=None):
    """Return a plain network: linear layers of these sizes with a nonlinearity between them.

    Weights are drawn from a normal distribution of standard deviation
    sqrt(2 / inputs), the last layer's from sqrt(1 / inputs); biases are 0.

    Parameters
    ----------
    sizes : sequence of int
        Numbers of inputs, of units in each hidden layer, and of outputs.
    generator : torch.Generator
        Draws the weights.
    device : str or torch.device, default "cpu"
        Where they lie.
    dtype : torch.dtype, optional
        What they hold; torch's default if left out.
    activation : callable, optional
        Makes the nonlinearity; a leaky ReLU of slope 0.2 if left out.

    Returns
    -------
    torch.nn.Sequential
        The network (no unit).

    Raises
    ------
    ValueError
        If there are fewer than two sizes, or one isn't positive.

    Notes
    -----
    Taught in chapter :ref:`ch-gan`.

    Examples
    --------
    >>> net = network([2, 16, 1], generator=torch.Generator().manual_seed(0))
    >>> net(torch.zeros(3, 2)).shape
    torch.Size([3, 1])
    """
    sizes = [_checks.whole(size, f"sizes[{i}]") for i, size in enumerate(sizes)]
    if len(sizes) < 2:
        raise ValueError(f"`sizes` must have at least two entries, inputs and outputs; it has {len(sizes)}")
    layers = []
    for i, (n, m) in enumerate(zip(sizes, sizes[1:])):
        last = i == len(sizes) - 2
        linear = torch.nn.utils.skip_init(torch.nn.Linear, n, m, dtype=dtype)
        torch.nn.init.normal_(linear.weight, std=math.sqrt((1 if last else 2) / n), generator=generator)
        torch.nn.init.zeros_(linear.bias)
        layers += [linear] if last else [linear, activation() if activation else torch.nn.LeakyReLU(0.2)]
    return torch.nn.Sequential(*layers).to(device)


def train_adversaries(
    generator_net,
    critic,
    data,
    draw,
    *,
    steps,
    batch_size,
    learning_rates,
    generator,
    objective="non-saturating",
    critic_steps=1,
    extra=None,
    callback=None,
):
    """Train a generator and a discriminator in turns, each by Adam with a first moment of 0.5.

    In each step the discriminator sees `critic_steps` batches, then the
    generator moves once. Generated samples that the discriminator learns from
    are detached, so that its step leaves the generator alone.

    Parameters
    ----------
    generator_net, critic : torch.nn.Module
        Trained in place. The first takes what `draw` returns; the second returns one logit a row.
    data : torch.Tensor, shape (n, ...)
        The real observations.
    draw : callable
        ``draw(m)`` returns m inputs for the generator.
    steps, batch_size : int
        How many steps, and how many rows of each kind in a batch.
    learning_rates : tuple of float
        Of generator and discriminator.
    generator : torch.Generator
        Draws the batches of data.
    objective : {"non-saturating", "saturating", "kl", "reverse-kl", "js"}
        The losses of the game, or the two sides of an :func:`f_bound`.
    critic_steps : int, default 1
        Steps of the discriminator for each of the generator.
    extra : callable, optional
        Without arguments; returns a scalar that is added to the generator's loss, as in a VAE-GAN.
    callback : callable, optional
        Called as ``callback(step, value)`` after each step, from 1; if it returns True, training ends.

    Returns
    -------
    list of float
        For each step the last discriminator's value or bound before its step, in nats.

    Raises
    ------
    ValueError
        If a number is out of range, `data` holds NaN, or there is no such objective.
    DivergedError
        If a loss of either player is not finite.

    References
    ----------
    Goodfellow et al. :cite:p:`goodfellow2014`, algorithm 1; Kingma and Ba :cite:p:`kingma2015`.
    Taught in chapter :ref:`ch-gan`.

    Examples
    --------
    >>> rng = torch.Generator().manual_seed(0)
    >>> nets = network([1, 1], generator=rng), network([1, 8, 1], generator=rng)
    >>> def draw(m):
    ...     return torch.randn(m, 1, generator=rng)
    >>> history = train_adversaries(*nets, 3 + draw(64), draw, steps=5, batch_size=16, learning_rates=(0.01, 0.01), generator=rng)
    >>> len(history)
    5
    """
    _tensors.finite(data, "data")
    payoff, generator_loss = _players(objective)
    batches = minibatches(len(data), batch_size, generator=generator)
    rates = [_checks.one_positive(rate, f"learning_rates[{i}]") for i, rate in enumerate(learning_rates)]
    movers = [torch.optim.Adam(net.parameters(), lr=rate, betas=(0.5, 0.999)) for net, rate in zip((generator_net, critic), rates)]
    history = []
    try:
        for step in range(1, _checks.whole(steps, "steps") + 1):
            for _ in range(_checks.whole(critic_steps, "critic_steps")):
                with torch.no_grad():
                    fake = generator_net(draw(batch_size))
                gain = payoff(critic(data[next(batches)]), critic(fake))
                _move(movers[1], -gain, step, "discriminator")
            loss = generator_loss(critic(generator_net(draw(batch_size))))
            _move(movers[0], loss if extra is None else loss + extra(), step, "generator")
            history.append(gain.item())
            if callback is not None and callback(step, history[-1]):
                break
    except KeyboardInterrupt:
        pass  # both players stay as they are then
    return history


def _players(objective):
    """Return what the discriminator makes large, and what the generator makes small."""
    chosen = _checks.one_of(objective, "objective", ("non-saturating", "saturating", *_ACTIVATIONS))
    if chosen in _ACTIVATIONS:
        return lambda real, fake: f_bound(real, fake, chosen), lambda fake: -f_conjugate(fake, chosen).mean()
    return value, saturating_loss if chosen == "saturating" else non_saturating_loss


def _move(adam, loss, step, player):
    if not math.isfinite(loss.item()):
        raise DivergedError(f"the loss of the {player} is {loss.item():g} at step {step}: try smaller `learning_rates`")
    adam.zero_grad()
    loss.backward()
    adam.step()


def _logits(x, name):
    return _tensors.tensor(x, name)
