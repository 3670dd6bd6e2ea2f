"""The loop that trains the networks of the book: minibatches in memory, Adam, a history, and a word when it diverges.

A term of a loss is a function in the room of its model; this room knows none of them.
"""

import math
from pathlib import Path

import torch

from lib import _checks, _tensors

__all__ = ["DivergedError", "load_checkpoint", "minibatches", "save_checkpoint", "train"]

#: A loss this many times its first size (or 1, if that is more) has diverged.
CEILING = 1000.0


class DivergedError(ArithmeticError):
    """Say that a loss stopped being a finite number, or left every sensible size.

    Examples
    --------
    >>> issubclass(DivergedError, ArithmeticError)
    True
    """


def minibatches(n, batch_size, *, generator):
    """Yield the indices of minibatches without end: each pass over the data in a new random order.

    An observation occurs once in a pass; if the size of the batches doesn't
    divide the number of observations, the last few of the order are left out of
    that pass, so that all batches are of one size and their mean losses count
    alike.

    Parameters
    ----------
    n : int
        How many observations there are.
    batch_size : int
        How many a batch holds, from 1 to `n`.
    generator : torch.Generator
        Draws the orders. The indices lie on its device.

    Returns
    -------
    iterator of torch.Tensor, shape (batch_size,)
        Indices from 0 to n - 1 (no unit).

    Raises
    ------
    ValueError
        If `n` or `batch_size` is out of range.

    Notes
    -----
    Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> batches = minibatches(4, 2, generator=torch.Generator().manual_seed(0))
    >>> sorted(torch.cat([next(batches), next(batches)]).tolist())
    [0, 1, 2, 3]
    """
    n = _checks.whole(n, "n")
    batch_size = _checks.whole(batch_size, "batch_size", most=n)

    def endless():
        while True:
            order = torch.randperm(n, generator=generator, device=generator.device)
            yield from order[: n - n % batch_size].split(batch_size)

    return endless()


def train(loss, parameters, data, *, steps, batch_size, learning_rate, generator, callback=None):
    """Minimise the mean of a loss over data by Adam, on one minibatch a step.

    The data lie in memory, and a batch is one indexing operation: no worker, no
    copying of single observations. Ctrl-C ends the training with the
    parameters as they are then.

    Parameters
    ----------
    loss : callable
        Takes a batch of each tensor in `data`; returns the mean loss of the
        batch as a scalar tensor (in nats, if it is one of this book).
    parameters : iterable of torch.Tensor
        What is trained, in place.
    data : tuple of torch.Tensor
        Tensors of one number of rows, on the device of the parameters.
    steps, batch_size : int
        How many steps, and how many rows each takes.
    learning_rate : float
        Adam's step size.
    generator : torch.Generator
        Draws the batches.
    callback : callable, optional
        Called as ``callback(step, value)`` after each step, with the step from 1
        and its loss: for progress, records, a schedule; if it returns True, training ends.

    Returns
    -------
    list of float
        The loss of each step's batch before the step (in nats, as `loss` is).

    Raises
    ------
    ValueError
        If a number is out of range, the tensors differ in their rows, or one
        of floats holds NaN or infinity.
    DivergedError
        If a loss is not finite or above 1,000 times its first size.

    References
    ----------
    Kingma and Ba 2015 :cite:p:`kingma2015`.

    Notes
    -----
    Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> x = torch.tensor([[1.0], [2.0], [3.0]])
    >>> mean = torch.zeros(1, requires_grad=True)
    >>> history = train(lambda x: ((x - mean) ** 2).mean(), [mean], (x,), steps=500, batch_size=3,
    ...                 learning_rate=0.05, generator=torch.Generator().manual_seed(0))
    >>> round(mean.item(), 3), round(history[-1], 3)
    (2.0, 0.667)
    """
    rows = _tensors.same_rows(**{f"data[{i}]": x for i, x in enumerate(data)})
    for i, x in enumerate(data):
        if x.is_floating_point():
            _tensors.finite(x, f"data[{i}]")
    steps = _checks.whole(steps, "steps")
    learning_rate = _checks.one_positive(learning_rate, "learning_rate")
    batches = minibatches(rows, batch_size, generator=generator)
    adam = torch.optim.Adam(parameters, lr=learning_rate)
    history = []
    try:
        for step in range(1, steps + 1):
            batch = next(batches)
            value = loss(*(x[batch] for x in data))
            history.append(value.item())
            _refuse_divergence(history, learning_rate)
            adam.zero_grad()
            value.backward()
            adam.step()
            if callback is not None and callback(step, history[-1]):
                break
    except KeyboardInterrupt:
        pass  # the caller has the parameters, and the history says how far it went
    return history


def _refuse_divergence(history, learning_rate):
    first, last = history[0], history[-1]
    if not math.isfinite(last) or last > CEILING * max(1.0, abs(first)):
        raise DivergedError(
            f"the loss is {last:g} at step {len(history)}, after {first:g} at the first: training with `learning_rate` {learning_rate:g}"
            " diverged; try a smaller one"
        )


def save_checkpoint(path, *, settings, **parts):
    """Store the states of networks, optimisers and generators with the settings they belong to.

    The file is written beside its place and then moved there, so an
    interruption leaves the old one whole.

    Parameters
    ----------
    path : str or Path
        Where to.
    settings : dict
        What must be equal for the checkpoint to fit: sizes, seed, data. Numbers,
        words, and lists and dictionaries of them.
    parts : object with `state_dict` or torch.Generator
        By name, what is stored.

    Returns
    -------
    None
        The file is the result (no unit).

    Raises
    ------
    TypeError
        If a part has no state.

    Notes
    -----
    Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> import tempfile
    >>> net = torch.nn.Linear(2, 1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_checkpoint(f"{folder}/a.pt", settings={"seed": 1}, net=net)
    ...     load_checkpoint(f"{folder}/a.pt", settings={"seed": 1}, net=net)
    """
    path = Path(path)
    states = {name: _state(name, part) for name, part in parts.items()}
    unfinished = path.with_name(path.name + ".part")
    torch.save({"settings": settings, "states": states}, unfinished)
    unfinished.replace(path)


def _state(name, part):
    if isinstance(part, torch.Generator):
        return part.get_state()
    if not hasattr(part, "state_dict"):
        raise TypeError(f"`{name}` must have a state to store; it is a {type(part).__name__}")
    return part.state_dict()


def load_checkpoint(path, *, settings, device="cpu", **parts):
    """Put the states of a checkpoint back into networks, optimisers and generators.

    Everything is compared before anything is changed, so a checkpoint that
    doesn't fit leaves all parts as they were.

    Parameters
    ----------
    path : str or Path
        What :func:`save_checkpoint` wrote.
    settings : dict
        Must equal what was stored.
    device : str or torch.device
        Where the states are to lie.
    parts : object with `load_state_dict` or torch.Generator
        The same names as were stored; changed in place.

    Returns
    -------
    None
        The parts are changed in place (no unit).

    Raises
    ------
    ValueError
        If the settings, the names of the parts, or the names or shapes of a
        network's parameters differ; the message says which.

    Notes
    -----
    Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> import tempfile
    >>> net = torch.nn.Linear(2, 1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_checkpoint(f"{folder}/a.pt", settings={"latents": 2}, net=net)
    ...     load_checkpoint(f"{folder}/a.pt", settings={"latents": 3}, net=net)
    Traceback (most recent call last):
    ValueError: `settings` must be those of the checkpoint; 'latents' is 3, and 2 there
    """
    stored = torch.load(path, map_location=device, weights_only=True)
    for key in sorted(settings.keys() | stored["settings"].keys()):
        ours, theirs = (which.get(key, "missing") for which in (settings, stored["settings"]))
        if ours != theirs:
            raise ValueError(f"`settings` must be those of the checkpoint; {key!r} is {ours}, and {theirs} there")
    if parts.keys() != stored["states"].keys():
        raise ValueError(f"`parts` must be those of the checkpoint, {sorted(stored['states'])}; they are {sorted(parts)}")
    for name, part in parts.items():
        if isinstance(part, torch.nn.Module):
            _refuse_mismatch(name, part.state_dict(), stored["states"][name])
    for name, part in parts.items():
        if isinstance(part, torch.Generator):
            part.set_state(stored["states"][name].cpu())
        else:
            part.load_state_dict(stored["states"][name])


def _refuse_mismatch(name, ours, theirs):
    for key in sorted(ours.keys() | theirs.keys()):
        shapes = [tuple(state[key].shape) if key in state else "missing" for state in (ours, theirs)]
        if shapes[0] != shapes[1]:
            raise ValueError(f"`{name}` must be the network of the checkpoint; {key!r} is {shapes[0]}, and {shapes[1]} there")
