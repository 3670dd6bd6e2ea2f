"""Numbers, arrays and choices: what all the other checks rest on."""

import math
import operator

import numpy as np


def place(mask):
    """Return the first place where `mask` is true, as text."""
    index = tuple(int(i) for i in np.argwhere(mask)[0])
    return "" if index == () else f" at index {index[0] if len(index) == 1 else index}"


def real_array(x, name):
    """Return `x` as an array, not copied; refuse what is not an array of real numbers.

    Parameters
    ----------
    x : array_like
        The argument as the caller gave it.
    name : str
        Its name, for the message.

    Returns
    -------
    ndarray
        Of integers or floats, in the dtype they came in.
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
    return array


def finite_nonnegative(array, name, *, signs=True):
    """Refuse NaN, infinity and (with `signs`) negative numbers; return the sums along the last axis."""
    if array.size == 0:
        raise ValueError(f"`{name}` must not be empty; its shape is {array.shape}")
    with np.errstate(invalid="ignore", over="ignore"):
        total = sums(np.atleast_1d(array))
    if (not signs or array.min() >= 0) and np.isfinite(total).all():  # nothing of the size of the input is made
        return total
    for mask, rule in (
        (np.isnan(array), "must not be NaN"),
        (np.isinf(array), "must be finite"),
        (array < 0, "must not be negative"),
    ):
        if mask.any():
            value = array[mask][0]
            raise ValueError(f"`{name}` {rule}; it is {value:g}{place(mask)}")
    return total


def sums(array):
    """Return the sums along the last axis in float64."""
    if array.dtype != np.float64:
        return array.sum(axis=-1, dtype=np.float64)
    if array.ndim > 1:
        return array @ np.ones(array.shape[-1])  # up to three times as quick as NumPy's sum, and as exact as a check needs
    cut = array.size - array.size % 128
    return array[cut:].sum() + (array[:cut].reshape(-1, 128) @ np.ones(128)).sum() if array.flags.c_contiguous else array.sum()


def last(array, name, axis):
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


def finite(x, name):
    """Return real, finite numbers of any shape as float64."""
    array = real_array(x, name).astype(np.float64, copy=False)
    if array.size == 0:
        raise ValueError(f"`{name}` must not be empty; its shape is {array.shape}")
    for mask, rule in ((np.isnan(array), "must not be NaN"), (np.isinf(array), "must be finite")):
        if mask.any():
            raise ValueError(f"`{name}` {rule}; it is {array[mask][0]:g}{place(mask)}")
    return array


def positive(x, name, *, zero=False):
    """Return finite numbers above 0 (or at least 0) of any shape as float64."""
    array = finite(x, name)
    outside = array < 0 if zero else array <= 0
    if outside.any():
        rule = "must not be negative" if zero else "must be positive"
        raise ValueError(f"`{name}` {rule}; it is {array[outside][0]:g}{place(outside)}")
    return array


def not_nan(x, name):
    """Return numbers as float64; infinite ones are allowed, NaN is not."""
    array = real_array(x, name).astype(np.float64, copy=False)
    if np.isnan(array).any():
        raise ValueError(f"`{name}` must not be NaN; it is nan{place(np.isnan(array))}")
    return array


def below_infinity(x, name):
    """Return numbers below +inf as float64; -inf is allowed, NaN is not."""
    array = not_nan(x, name)
    if (array == np.inf).any():
        raise ValueError(f"`{name}` must be below +inf; it is inf{place(array == np.inf)}")
    return array


def integers(x, name, hint=""):
    """Return an array of integers as int64: of any shape, not empty, none negative."""
    array = real_array(x, name)
    if array.dtype.kind not in "iu":
        raise ValueError(f"`{name}` must hold integers; its dtype is {array.dtype}{hint}")
    finite_nonnegative(array, name)
    return array.astype(np.int64)


def vector(x, name):
    """Return a vector of finite numbers, not empty."""
    array = finite(x, name)
    if array.ndim != 1:
        raise ValueError(f"`{name}` must be a vector; its shape is {array.shape}")
    return array


def same_length(x, n, names, what):
    """Refuse a vector that doesn't have one number for each of the n rows of another argument."""
    if x.size != n:
        raise ValueError(f"`{names[0]}` and `{names[1]}` must be of as many {what}; they have {x.size} and {n}")


def broadcast(**arrays):
    """Return arrays of one shape, in the order in which they are named."""
    try:
        return np.broadcast_arrays(*arrays.values())
    except ValueError:
        names = " and ".join(f"`{name}`" for name in arrays)
        shapes = " and ".join(str(array.shape) for array in arrays.values())
        raise ValueError(f"{names} must have shapes that broadcast; they are {shapes}") from None


def number(x, name):
    """Return one finite number as a float."""
    array = finite(x, name)
    if array.ndim:
        raise ValueError(f"`{name}` must be a single number; its shape is {array.shape}")
    return float(array)


def one_positive(x, name):
    """Return one positive number as a float."""
    return float(positive(number(x, name), name))


def not_negative_number(x, name):
    """Return `x` as a float; it must be one finite number, not negative."""
    if isinstance(x, bool) or not isinstance(x, (int, float, np.integer, np.floating)) or not (0 <= x < math.inf):
        raise ValueError(f"`{name}` must be a finite number, not negative; it is {x!r}")
    return float(x)


def whole(value, name, *, least=1, most=None):
    """Return one integer of at least `least` and at most `most`."""
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"`{name}` must be an integer; it is {value!r}") from None
    if isinstance(value, bool) or number < least or (most is not None and number > most):
        rule = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"`{name}` must be an integer {rule}; it is {value!r}")
    return number


def one_of(choice, name, choices):
    """Return a word that must be among `choices`."""
    if choice not in choices:
        raise ValueError(f"`{name}` must be one of {', '.join(map(repr, choices))}; it is {choice!r}")
    return choice
