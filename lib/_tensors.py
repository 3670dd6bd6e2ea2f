"""The checks of `lib._checks` for torch tensors, which keep their device and their gradient."""

import math

import torch


def tensor(x, name, *, ndim=None, columns=None, dtype=None):
    """Return `x`; refuse what is not a finite tensor of floats of this form.

    Parameters
    ----------
    x : torch.Tensor
        The argument as the caller gave it.
    name : str
        Its name, for the message.
    ndim, columns : int, optional
        How many axes it must have, and how long the last one must be.
    dtype : torch.dtype, optional
        If given, what it must hold; else any floats.
    """
    if not isinstance(x, torch.Tensor):
        raise TypeError(f"`{name}` must be a torch tensor; it is a {type(x).__name__}")
    if not (x.is_floating_point() if dtype is None else x.dtype is dtype):
        raise ValueError(f"`{name}` must hold {'floats' if dtype is None else dtype}; its dtype is {x.dtype}")
    if ndim is not None and x.ndim != ndim:
        raise ValueError(f"`{name}` must have {ndim} axes; its shape is {tuple(x.shape)}")
    if columns is not None and (x.ndim == 0 or x.shape[-1] != columns):
        raise ValueError(f"`{name}` must have {columns} columns; its shape is {tuple(x.shape)}")
    if x.numel() == 0:
        raise ValueError(f"`{name}` must not be empty; its shape is {tuple(x.shape)}")
    finite(x, name)
    return x


def finite(x, name):
    """Refuse a tensor that holds NaN or infinity."""
    if math.isfinite(x.detach().sum().item()):  # one number tells, unless huge ones add up to infinity
        return
    bad = ~torch.isfinite(x.detach())
    if bad.any():
        index = tuple(bad.nonzero()[0].tolist())
        place = "" if index == () else f" at index {index[0] if len(index) == 1 else index}"
        raise ValueError(f"`{name}` must be finite; it is {x.detach()[index].item():g}{place}")


def same_shape(**tensors):
    """Refuse tensors, given by name, whose shapes differ."""
    shapes = {name: tuple(x.shape) for name, x in tensors.items()}
    if len(set(shapes.values())) > 1:
        names = " and ".join(f"`{name}`" for name in shapes)
        raise ValueError(f"{names} must have one shape; they have {' and '.join(map(str, shapes.values()))}")


def same_rows(**tensors):
    """Refuse tensors, given by name, with different numbers of rows; return that number."""
    rows = {name: x.shape[0] for name, x in tensors.items()}
    if len(set(rows.values())) > 1:
        names = " and ".join(f"`{name}`" for name in rows)
        raise ValueError(f"{names} must have as many rows; they have {' and '.join(map(str, rows.values()))}")
    return next(iter(rows.values()))
