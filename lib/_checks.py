"""The only place that judges arguments.

Every function here returns what it was given in the form that the measures
compute with (float64, outcomes along the last axis), or raises an error that
names the argument, the rule, the place and the value. Nothing is repaired.
"""

import math
import operator

import numpy as np

#: How far a sum may lie from 1, by the precision in which it was handed over.
SUM_TOLERANCE = {"float16": 5e-3, "float32": 1e-5, "float64": 1e-9}


def _place(mask):
    """Return the first place where `mask` is true, as text."""
    index = tuple(int(i) for i in np.argwhere(mask)[0])
    return "" if index == () else f" at index {index[0] if len(index) == 1 else index}"


def real_array(x, name):
    """Return `x` as a float64 array; refuse what is not an array of real numbers.

    Parameters
    ----------
    x : array_like
        The argument as the caller gave it.
    name : str
        Its name, for the message.

    Returns
    -------
    tuple of (ndarray, str)
        The values in float64, and the name of the dtype they came in.
    """
    if type(x).__module__.partition(".")[0] == "torch":
        raise TypeError(
            f"`{name}` must be array_like, not a torch tensor: gradients would be lost without a word; pass `{name}.detach().cpu().numpy()`"
        )
    if isinstance(x, np.ma.MaskedArray):
        raise TypeError(f"`{name}` must not be a masked array: its mask would be ignored")
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise ValueError(f"`{name}` must be rectangular: {error}") from None
    if array.dtype.kind not in "iuf":
        raise ValueError(f"`{name}` must hold real numbers; its dtype is {array.dtype}")
    dtype = array.dtype.name if array.dtype.name in SUM_TOLERANCE else "float64"
    return array.astype(np.float64), dtype


def _finite_nonnegative(array, name):
    if array.size == 0:
        raise ValueError(f"`{name}` must not be empty; its shape is {array.shape}")
    for mask, rule in (
        (np.isnan(array), "must not be NaN"),
        (np.isinf(array), "must be finite"),
        (array < 0, "must not be negative"),
    ):
        if mask.any():
            value = array[mask][0]
            raise ValueError(f"`{name}` {rule}; it is {value:g}{_place(mask)}")


def _last(array, name, axis):
    """Return `array` with `axis` moved to the end."""
    if array.ndim == 0:
        raise ValueError(f"`{name}` must have at least one axis of outcomes; it is the scalar {array}")
    try:
        axis = operator.index(axis)
    except TypeError:
        raise ValueError(f"`axis` must be an integer; it is {axis!r}") from None
    if not -array.ndim <= axis < array.ndim:
        raise ValueError(f"`axis` must lie in [-{array.ndim}, {array.ndim}) for `{name}`; it is {axis}")
    return np.moveaxis(array, axis, -1)


def log_base(base):
    """Return `base` as a float; it must be a finite number greater than 1."""
    if isinstance(base, bool) or not isinstance(base, (int, float, np.integer, np.floating)):
        raise ValueError(f"`base` must be a number greater than 1; it is {base!r}")
    if not (base > 1 and math.isfinite(base)):
        raise ValueError(f"`base` must be a finite number greater than 1 (2 gives bits, e nats); it is {base!r}")
    return float(base)


def event_probabilities(p, name):
    """Return probabilities of single events: any shape, each in [0, 1]."""
    array, _ = real_array(p, name)
    _finite_nonnegative(array, name)
    above = array > 1
    if above.any():
        raise ValueError(f"`{name}` must be at most 1; it is {array[above][0]:.17g}{_place(above)}")
    return array


def nonnegative(x, name, *, axis=-1):
    """Return finite, non-negative weights with `axis` last."""
    array, _ = real_array(x, name)
    _finite_nonnegative(array, name)
    return _last(array, name, axis)


def distribution(p, name, *, axis=-1, event_axes=1):
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

    Returns
    -------
    ndarray
        float64, outcomes along the last `event_axes` axes.
    """
    array, dtype = real_array(p, name)
    if event_axes == 1:
        array = _last(array, name, axis)
    elif array.ndim < event_axes:
        raise ValueError(f"`{name}` must have at least {event_axes} axes (a table); its shape is {array.shape}")
    _finite_nonnegative(array, name)
    axes = tuple(range(-event_axes, 0))
    total = array.sum(axis=axes)
    off = np.abs(total - 1) > SUM_TOLERANCE[dtype]
    if off.any():
        along = f"axis {axis}" if event_axes == 1 else f"its last {event_axes} axes"
        where = f"; row{_place(off)[9:]}" if off.ndim else "; it"
        raise ValueError(
            f"`{name}` must sum to 1 along {along} within {SUM_TOLERANCE[dtype]:g}{where} sums to "
            f"{total[off][0]:.10g} (lib.normalize turns counts into probabilities)"
        )
    return array


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


def logits_array(logits, name="logits", *, axis=-1):
    """Return logits with `axis` last: finite, or -inf for an impossible class."""
    array, _ = real_array(logits, name)
    array = _last(array, name, axis)
    if array.size == 0:
        raise ValueError(f"`{name}` must not be empty; its shape is {array.shape}")
    for mask, rule in ((np.isnan(array), "must not be NaN"), (array == np.inf, "must be below +inf")):
        if mask.any():
            raise ValueError(f"`{name}` {rule}; it is {array[mask][0]:g}{_place(mask)}")
    impossible = (array == -np.inf).all(axis=-1)
    if impossible.any():
        raise ValueError(f"`{name}` must leave at least one class possible; all are -inf{_place(impossible)}")
    return array


def class_target(target, logits, *, axis=-1):
    """Return (class indices, None) or (None, probabilities), as the target is meant.

    Integers with one axis fewer than the checked `logits` (classes last) are
    indices; an array with as many axes holds probabilities.
    """
    values, _ = real_array(target, "target")
    given, classes = np.asarray(target), logits.shape[-1]
    if given.ndim == logits.ndim - 1 and given.dtype.kind in "iu":
        if given.shape != logits.shape[:-1]:
            raise ValueError(f"`target` must hold one class index for each row of `logits`: shape {logits.shape[:-1]}; it is {given.shape}")
        outside = (given < 0) | (given >= classes)
        if outside.any():
            raise ValueError(f"`target` must hold class indices from 0 to {classes - 1}; it is {given[outside][0]}{_place(outside)}")
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
