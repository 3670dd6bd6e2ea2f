"""How samples of a generator are judged: modes found, distances to real data, and what a fresh critic can still tell."""

import math

import torch

from lib import _checks, _tensors
from lib.gan import network, value
from lib.training import minibatches

__all__ = ["gaussian_grid", "held_out_js", "mode_shares", "nearest_distances"]


def gaussian_grid(n, side, *, sd, generator):
    """Return centres on a square grid from -1 to 1, and a sample of the equal mixture of Gaussians around them.

    Parameters
    ----------
    n : int
        How many points to draw.
    side : int
        How many centres on a side, at least 2.
    sd : float
        Standard deviation of each Gaussian, in both directions.
    generator : torch.Generator
        Draws the sample.

    Returns
    -------
    tuple of torch.Tensor
        Centres of shape (side * side, 2) and points of shape (n, 2), no unit.

    Raises
    ------
    ValueError
        If a number is out of range.

    Notes
    -----
    Taught in chapter :ref:`ch-gan`.

    Examples
    --------
    >>> centres, x = gaussian_grid(10, 5, sd=0.05, generator=torch.Generator().manual_seed(0))
    >>> tuple(centres.shape), tuple(x.shape)
    ((25, 2), (10, 2))
    """
    n, side, sd = _checks.whole(n, "n"), _checks.whole(side, "side", least=2), _checks.one_positive(sd, "sd")
    axis = torch.linspace(-1, 1, side)
    centres = torch.cartesian_prod(axis, axis)
    chosen = torch.randint(len(centres), (n,), generator=generator)
    return centres, centres[chosen] + sd * torch.randn(n, 2, generator=generator)


def mode_shares(x, centres, *, radius):
    """Return which share of the points lies near each centre.

    A point belongs to its nearest centre if that is within the radius, else to none.

    Parameters
    ----------
    x : torch.Tensor, shape (n, d)
        Points, as of a generator.
    centres : torch.Tensor, shape (k, d)
        Modes of the truth.
    radius : float
        How near is near.

    Returns
    -------
    torch.Tensor, shape (k + 1,)
        Shares (no unit) that sum to 1; the last is that of the points near no centre.

    Raises
    ------
    ValueError
        If the shapes don't fit, a number isn't finite, or `radius` isn't positive.

    Notes
    -----
    Taught in chapter :ref:`ch-gan`.

    Examples
    --------
    >>> mode_shares(torch.tensor([[0.0], [0.1], [5.0], [9.0]]), torch.tensor([[0.0], [9.0]]), radius=1.0)
    tensor([0.5000, 0.2500, 0.2500], dtype=torch.float64)
    """
    centres = _tensors.tensor(centres, "centres", ndim=2)
    x = _tensors.tensor(x, "x", ndim=2, columns=centres.shape[-1])
    distance, nearest = torch.cdist(x, centres).min(dim=1)
    nearest[distance > _checks.one_positive(radius, "radius")] = len(centres)
    return torch.bincount(nearest, minlength=len(centres) + 1).double() / len(x)


def nearest_distances(x, points):
    """Return the Euclidean distance from each row to the nearest of some points.

    From samples to training data it shows copies; from held-out data to samples, what is left out.

    Parameters
    ----------
    x : torch.Tensor, shape (n, d)
        From where.
    points : torch.Tensor, shape (m, d)
        Where to.

    Returns
    -------
    torch.Tensor, shape (n,)
        Distances in the unit of the data (no unit of information).

    Raises
    ------
    ValueError
        If the shapes don't fit or a number isn't finite.

    Notes
    -----
    Taught in chapter :ref:`ch-gan`. Computed without the shortcut by scalar
    products, which loses the digits of near points.

    Examples
    --------
    >>> nearest_distances(torch.tensor([[0.0], [4.0]]), torch.tensor([[1.0], [9.0]]))
    tensor([1., 3.])
    """
    points = _tensors.tensor(points, "points", ndim=2)
    x = _tensors.tensor(x, "x", ndim=2, columns=points.shape[-1])
    return torch.cdist(x, points, compute_mode="donot_use_mm_for_euclid_dist").min(dim=1).values


def held_out_js(real, fake, *, generator, hidden=64, steps=600, batch_size=64, learning_rate=1e-3):
    r"""Return a lower bound on the JS divergence of two samples' sources, by a fresh critic on data it never saw.

    .. math:: \operatorname{JS}(P, G) \ge \tfrac12 V(D, G) + \ln 2

    Each sample is cut in three: on one part the critic is trained, on the
    second it is seen which step was best, and the bound is the value on the
    third. The critic may miss differences; it can't invent any, beyond chance.

    Parameters
    ----------
    real, fake : torch.Tensor, shape (n, d) and (m, d)
        Independent samples, at least 6 of each. What the generator was trained on must not be in `real`.
    generator : torch.Generator
        Draws weights and batches.
    hidden : int, default 64
        Units in each of the critic's two hidden layers.
    steps, batch_size : int
        How long it is trained at most, and on how many of each kind at a time.
    learning_rate : float
        Adam's step size.

    Returns
    -------
    float
        Bound in nats: at most ln 2, below 0 where the critic has learnt nothing that lasts.

    Raises
    ------
    ValueError
        If the shapes don't fit, there are too few rows or a number is out of range.

    References
    ----------
    Goodfellow et al. :cite:p:`goodfellow2014`. Taught in chapter :ref:`ch-gan`.

    Examples
    --------
    >>> rng = torch.Generator().manual_seed(0)
    >>> x = torch.randn(300, 1, generator=rng)
    >>> held_out_js(x, 20 + torch.randn(300, 1, generator=rng), generator=rng, hidden=8, steps=200, learning_rate=0.01) > 0.68
    True
    """
    fake = _tensors.tensor(fake, "fake", ndim=2)
    real = _tensors.tensor(real, "real", ndim=2, columns=fake.shape[-1])
    thirds = []
    for x, name in ((real, "real"), (fake, "fake")):
        if len(x) < 6:
            raise ValueError(f"`{name}` must have at least 6 rows; it has {len(x)}")
        thirds.append(x[torch.randperm(len(x), generator=generator)].tensor_split(3))
    (train_real, choose_real, test_real), (train_fake, choose_fake, test_fake) = thirds
    critic = network([real.shape[-1], hidden, hidden, 1], generator=generator, dtype=real.dtype)
    adam = torch.optim.Adam(critic.parameters(), lr=_checks.one_positive(learning_rate, "learning_rate"))
    size = min(batch_size, len(train_real), len(train_fake))
    batches = [minibatches(len(x), size, generator=generator) for x in (train_real, train_fake)]
    best, answer = -math.inf, 0.0
    for step in range(_checks.whole(steps, "steps")):
        if step % 20 == 0:
            with torch.no_grad():
                chosen = value(critic(choose_real), critic(choose_fake)).item()
                if chosen > best:
                    best, answer = chosen, value(critic(test_real), critic(test_fake)).item()
        adam.zero_grad()
        (-value(critic(train_real[next(batches[0])]), critic(train_fake[next(batches[1])]))).backward()
        adam.step()
    return answer / 2 + math.log(2)
