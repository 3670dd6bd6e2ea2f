"""Chains that noise is added along, and tables of three variables."""

import numpy as np

from lib._checks.discrete import distribution
from lib._checks.numbers import finite, number, place, vector, whole


def step_variances(beta, name):
    """Return the variances that the steps of a chain add, shape (T,), each above 0 and below 1."""
    array = vector(beta, name)
    outside = (array <= 0) | (array >= 1)
    if outside.any():
        raise ValueError(f"`{name}` must lie between 0 and 1, both excluded; it is {array[outside][0]:g}{place(outside)}")
    return array


def one_above(x, other, name, other_name):
    """Return one number that exceeds another."""
    value = number(x, name)
    if value <= other:
        raise ValueError(f"`{name}` must exceed `{other_name}`; they are {value:g} and {other:g}")
    return value


def step(t, schedule, *, least=1):
    """Return a time of a schedule as an integer, from `least` to its last."""
    return whole(t, "t", least=least, most=len(schedule.beta) - 1)


def same_last_axis(**arrays):
    """Return arrays of finite numbers whose shapes broadcast and whose last axes are of one length."""
    ours = {name: finite(x, name) for name, x in arrays.items()}
    lengths = {name: x.shape[-1] if x.ndim else None for name, x in ours.items()}
    if len(set(lengths.values())) > 1 or None in lengths.values():
        names = " and ".join(f"`{name}`" for name in ours)
        shapes = " and ".join(str(x.shape) for x in ours.values())
        raise ValueError(f"{names} must have the coordinates along a last axis of one length; their shapes are {shapes}")
    return ours.values()


def chain(start, kernels):
    """Return the start of a chain of k states, shape (k,), and its kernels, shape (T, k, k)."""
    start, kernels = distribution(start, "start"), distribution(kernels, "kernels")
    if start.ndim != 1 or kernels.ndim != 3 or kernels.shape[1:] != (start.size, start.size):
        raise ValueError(
            "`kernels` must hold one square table for each step, with a row for each state of `start`; "
            f"the shapes are {kernels.shape} and {start.shape}"
        )
    return start.astype(np.float64), kernels.astype(np.float64)


def three_variables(joint, model):
    """Return a joint distribution of three variables of k states, and k rows of a model of the second given the third."""
    joint, model = finite(joint, "joint"), distribution(model, "model")
    if joint.ndim != 3 or len(set(joint.shape)) != 1 or model.shape != joint.shape[1:]:
        raise ValueError(
            f"`joint` must have three axes of one length and `model` two of the same; their shapes are {joint.shape} and {model.shape}"
        )
    distribution(joint.reshape(-1), "joint")
    return joint, model.astype(np.float64)
