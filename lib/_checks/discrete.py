"""Distributions over finitely many outcomes, their counts and their logits."""

import math

import numpy as np

from lib._checks.numbers import finite_nonnegative, integers, last, place, real_array

#: How far a sum may lie from 1, by the precision in which it was handed over.
SUM_TOLERANCE = {"float16": 5e-3, "float32": 1e-5, "float64": 1e-9}

#: Up to here Python's own numbers are quicker than arrays.
FEW = 32
_FLOAT64 = np.dtype(np.float64)
_NATS_IN_A_BIT = math.log(2)


def log_base(base):
    """Return `base` as a float; it must be a finite number greater than 1."""
    if isinstance(base, bool) or not isinstance(base, (int, float, np.integer, np.floating)):
        raise ValueError(f"`base` must be a number greater than 1; it is {base!r}")
    if not (base > 1 and math.isfinite(base)):
        raise ValueError(f"`base` must be a finite number greater than 1 (2 gives bits, e nats); it is {base!r}")
    return float(base)


def unit(base):
    """Return how many nats one unit of `base` has."""
    if type(base) is int and base == 2:
        return _NATS_IN_A_BIT
    return math.log(log_base(base))


def few_outcomes(p, axis=-1):
    """Return one small distribution as a list, and by how much its sum is above 1.

    For all else, bad input included, the list is empty.
    """
    if type(p) is np.ndarray and p.dtype is _FLOAT64 and p.ndim == 1 and p.size <= FEW and axis == -1:
        values = p.tolist()
        excess = math.fsum([*values, -1.0])
        if values and min(values) >= 0 and abs(excess) <= SUM_TOLERANCE["float64"]:
            return values, excess
    return [], 0.0


def event_probabilities(p, name):
    """Return probabilities of single events: any shape, each in [0, 1]."""
    array = real_array(p, name).astype(np.float64, copy=False)
    finite_nonnegative(array, name)
    above = array > 1
    if above.any():
        raise ValueError(f"`{name}` must be at most 1; it is {array[above][0]:.17g}{place(above)}")
    return array


def nonnegative(x, name, *, axis=-1):
    """Return finite, non-negative weights with `axis` last."""
    array = real_array(x, name).astype(np.float64, copy=False)
    finite_nonnegative(array, name)
    return last(array, name, axis)


def distribution(p, name, *, axis=-1, event_axes=1, signs=True):
    """Return one distribution or a batch, outcomes last.

    Parameters
    ----------
    p : array_like
        Non-negative, finite, with sums of 1 to the tolerance of its dtype.
    name : str
        Its name, for the message.
    axis : int, default -1
        The axis of the outcomes, which is moved to the end (only if `event_axes` is 1).
    event_axes : int, default 1
        How many trailing axes hold the outcomes: 2 for a joint distribution.
    signs : bool, default True
        Whether to look for negative numbers; a logarithm finds them too.

    Returns
    -------
    ndarray
        Not copied, in the dtype it came in (a joint: float64); outcomes along
        the last `event_axes` axes.
    """
    array = real_array(p, name)
    if event_axes == 1:
        array = last(array, name, axis)
    elif array.ndim < event_axes:
        raise ValueError(f"`{name}` must have at least {event_axes} axes (a table); its shape is {array.shape}")
    total = finite_nonnegative(array, name, signs=signs)
    if event_axes == 2:
        total = total.sum(axis=-1)
    tolerance = SUM_TOLERANCE.get(array.dtype.name, SUM_TOLERANCE["float64"])
    off = np.abs(total - 1) > tolerance
    if off.any():
        along = f"axis {axis}" if event_axes == 1 else f"its last {event_axes} axes"
        where = f"; row{place(off)[9:]}" if off.ndim else "; it"
        raise ValueError(
            f"`{name}` must sum to 1 along {along} within {tolerance:g}{where} sums to "
            f"{total[off][0]:.10g} (lib.normalize turns counts into probabilities)"
        )
    return array if event_axes == 1 else array.astype(np.float64, copy=False)


def same_outcomes(p, q, names, what="distributions"):
    """Broadcast two batches against each other; their outcomes must agree."""
    if p.shape[-1] != q.shape[-1]:
        raise ValueError(f"`{names[0]}` and `{names[1]}` must be {what} over the same outcomes; they have {p.shape[-1]} and {q.shape[-1]}")
    try:
        return np.broadcast_arrays(p, q)
    except ValueError:
        raise ValueError(
            f"`{names[0]}` and `{names[1]}` must have batch shapes that broadcast; they are {p.shape[:-1]} and {q.shape[:-1]}"
        ) from None


def pair(p, q, *, axis=-1):
    """Return distributions `p` and `q` over the same outcomes, broadcast."""
    return same_outcomes(distribution(p, "p", axis=axis), distribution(q, "q", axis=axis), ("p", "q"))


def table(p, name):
    """Return a table with one distribution a row."""
    array = real_array(p, name)
    if array.ndim != 2:
        raise ValueError(f"`{name}` must be a table with one distribution a row; its shape is {array.shape}")
    return distribution(p, name)


def integer_counts(counts, name):
    """Return tables of counts as int64: integers, not negative, not all 0."""
    array = integers(counts, name, " (lib.mutual_information takes probabilities)")
    if array.ndim < 2:
        raise ValueError(f"`{name}` must have at least 2 axes (a table); its shape is {array.shape}")
    if (array.sum(axis=(-2, -1)) == 0).any():
        raise ValueError(f"`{name}` must not sum to 0 along its last 2 axes")
    return array


def outcome_counts(counts, name, *, axis=-1):
    """Return counts of outcomes as int64, outcomes last: integers, not negative, and in each row at least one sample."""
    array = last(integers(counts, name, " (how often each outcome was seen, not its share)"), name, axis)
    nothing = array.sum(axis=-1) == 0
    if nothing.any():
        raise ValueError(f"`{name}` must hold at least one sample along axis {axis}; all counts are 0{place(nothing)}")
    return array


def labels(x, y):
    """Return two vectors of labels of the same length, not empty."""
    x, y = np.asarray(x), np.asarray(y)
    for name, array in (("x", x), ("y", y)):
        if array.ndim != 1 or array.size == 0:
            raise ValueError(f"`{name}` must be a vector of labels, not empty; its shape is {array.shape}")
        if array.dtype.kind == "f" and np.isnan(array).any():
            raise ValueError(f"`{name}` must not hold NaN{place(np.isnan(array))}")
    if x.size != y.size:
        raise ValueError(f"`x` and `y` must label the same samples; they have {x.size} and {y.size}")
    return x, y


def logits_array(logits, name="logits", *, axis=-1):
    """Return logits with `axis` last: finite, or -inf for an impossible class."""
    array = real_array(logits, name).astype(np.float64, copy=False)
    array = last(array, name, axis)
    if array.size == 0:
        raise ValueError(f"`{name}` must not be empty; its shape is {array.shape}")
    for mask, rule in ((np.isnan(array), "must not be NaN"), (array == np.inf, "must be below +inf")):
        if mask.any():
            raise ValueError(f"`{name}` {rule}; it is {array[mask][0]:g}{place(mask)}")
    impossible = (array == -np.inf).all(axis=-1)
    if impossible.any():
        raise ValueError(f"`{name}` must leave at least one class possible; all are -inf{place(impossible)}")
    return array


def class_target(target, logits, *, axis=-1):
    """Return (class indices, None) or (None, probabilities), as the target is meant.

    Integers with one axis fewer than the checked `logits` (classes last) are
    indices; an array with as many axes holds probabilities.
    """
    values = real_array(target, "target")
    given, classes = np.asarray(target), logits.shape[-1]
    if given.ndim == logits.ndim - 1 and given.dtype.kind in "iu":
        if given.shape != logits.shape[:-1]:
            raise ValueError(f"`target` must hold one class index for each row of `logits`: shape {logits.shape[:-1]}; it is {given.shape}")
        outside = (given < 0) | (given >= classes)
        if outside.any():
            raise ValueError(f"`target` must hold class indices from 0 to {classes - 1}; it is {given[outside][0]}{place(outside)}")
        return given, None
    if values.ndim != logits.ndim:
        raise ValueError(
            "`target` must hold integer class indices (one axis fewer than `logits`) or probabilities (as many "
            f"axes); `logits` has {logits.ndim} axes, `target` {values.ndim} of dtype {given.dtype}"
        )
    weights = distribution(target, "target", axis=axis)
    return None, same_outcomes(weights, logits, ("target", "logits"))[0]


def two_weights(weights):
    """Return the two weights of a mixture as floats; one half each for None."""
    if weights is None:
        return 0.5, 0.5
    weights = distribution(weights, "weights")
    if weights.shape != (2,):
        raise ValueError(f"`weights` must hold two numbers; its shape is {weights.shape}")
    return float(weights[0]), float(weights[1])
