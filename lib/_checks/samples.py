"""Samples, their log densities and their weights."""

import numpy as np

from lib._checks.discrete import distribution
from lib._checks.numbers import below_infinity, finite, place, real_array, vector


def log_density_pair(log_p, log_q):
    """Return the log densities of the same samples, drawn from the first: shape (..., n), n at least 1."""
    log_p, log_q = (real_array(x, name).astype(np.float64, copy=False) for x, name in ((log_p, "log_p"), (log_q, "log_q")))
    if log_p.shape != log_q.shape:
        raise ValueError(f"`log_p` and `log_q` must hold one number for each sample; their shapes are {log_p.shape} and {log_q.shape}")
    sample_axis(log_p, "log_p", least=1)
    below_infinity(log_p, "log_p"), below_infinity(log_q, "log_q")
    impossible = log_p == -np.inf
    if impossible.any():
        raise ValueError(f"`log_p` must be above -inf, since the samples are drawn from p; it is -inf{place(impossible)}")
    return log_p, log_q


def sample_axis(array, name, *, least, axis=-1):
    """Refuse an array with fewer than `least` samples along `axis`."""
    if array.ndim < -axis:
        raise ValueError(f"`{name}` must have an axis of samples; its shape is {array.shape}")
    if array.shape[axis] < least:
        raise ValueError(f"`{name}` must hold at least {least} sample{'s' * (least > 1)} along axis {axis}; it holds {array.shape[axis]}")


def log_weights(x, *, name="log_weights", least=1):
    """Return logarithms of weights, shape (..., n): below +inf, and not all -inf along the last axis."""
    array = below_infinity(x, name)
    sample_axis(array, name, least=least)
    nothing = (array == -np.inf).all(axis=-1)
    if nothing.any():
        raise ValueError(f"`{name}` must leave at least one weight above 0; all are -inf{place(nothing)}")
    return array


def score_matrix(scores):
    """Return finite critic scores, shape (..., n, n) with n at least 2."""
    array = finite(scores, "scores")
    if array.ndim < 2 or array.shape[-1] != array.shape[-2] or array.shape[-1] < 2:
        raise ValueError(f"`scores` must be a square matrix of at least 2 samples against 2; its shape is {array.shape}")
    return array


def paired_samples(x, y, *, least):
    """Return two samples of pairs, one row for each, as finite float64 matrices."""
    x, y = finite(x, "x"), finite(y, "y")
    for name, array in (("x", x), ("y", y)):
        if array.ndim != 2:
            raise ValueError(f"`{name}` must be a matrix with one sample a row; its shape is {array.shape}")
    if len(x) != len(y):
        raise ValueError(f"`x` and `y` must hold the same samples; they have {len(x)} and {len(y)} rows")
    sample_axis(x, "x", least=least, axis=-2)
    return x, y


def observation_rows(x, name, *, axes=(1, 2)):
    """Return observations as float64: finite numbers, one observation a row, at least one."""
    array = finite(x, name)
    if array.ndim not in axes:
        raise ValueError(f"`{name}` must have {' or '.join(map(str, axes))} axes, one observation a row; its shape is {array.shape}")
    return array


def whole_observations(x, name, lowest):
    """Return observations that are whole numbers from `lowest` on, as int64."""
    array = observation_rows(x, name, axes=(1,))
    for mask, rule in (
        (array != np.floor(array), "must hold whole numbers"),
        (array < lowest, f"must be at least {lowest}, where the model begins"),
    ):
        if mask.any():
            raise ValueError(f"`{name}` {rule}; it is {array[mask][0]:g}{place(mask)}")
    return array.astype(np.int64)


def observation_weights(weights, x):
    """Return one weight for each row of the checked `x`, summing to 1; None, which is equal ones, as it is."""
    if weights is None:
        return None
    weights = distribution(weights, "weights").astype(np.float64, copy=False)
    if weights.shape != x.shape[:1]:
        raise ValueError(f"`weights` must hold one number for each observation: shape {x.shape[:1]}; it is {weights.shape}")
    return weights


def log_densities(log_q, name):
    """Return natural logarithms of probabilities or densities, observations last: any number below +inf."""
    array = below_infinity(log_q, name)
    sample_axis(array, name, least=1)
    return array


def sample_points(x, name):
    """Return samples as float64, one a row: finite, at least one, with at least one coordinate."""
    array = observation_rows(x, name)
    return array.reshape(len(array), -1)


def enough_samples(points, name, k, *, beyond):
    """Refuse fewer than k + `beyond` samples."""
    if len(points) < k + beyond:
        raise ValueError(f"`{name}` must have at least {k + beyond} samples for k = {k} neighbours; it has {len(points)}")


def distinct(points, name):
    """Refuse two equal samples: from a density they have probability 0, and their distance is 0."""
    first = np.sort(points[:, 0])
    if (first[1:] > first[:-1]).all():
        return points
    order = np.lexsort(points.T)
    equal = (points[order[1:]] == points[order[:-1]]).all(axis=1)
    if equal.any():
        value = points[order[1:]][equal][0]
        raise ValueError(
            f"`{name}` must not hold two equal samples, as rounded data do: "
            f"{value[0] if value.size == 1 else tuple(value.tolist())} comes more than once, and {int(equal.sum())} samples "
            "repeat an earlier one (lib.neighbours.jitter spreads rounded data over their rounding)"
        )
    return points


def norm_order(norm):
    """Return the order p of a Minkowski norm, at least 1; inf is the largest coordinate."""
    if isinstance(norm, bool) or not isinstance(norm, (int, float, np.integer, np.floating)) or not norm >= 1:
        raise ValueError(f"`norm` must be at least 1 (2 for Euclidean, inf for the largest coordinate); it is {norm!r}")
    return float(norm)


def ascending(x, name):
    """Return a vector of finite numbers, not empty, each at least as large as the one before."""
    array = vector(x, name)
    falls = np.diff(array, prepend=array[0]) < 0
    if falls.any():
        raise ValueError(f"`{name}` must ascend; it is {array[falls][0]:g}{place(falls)}")
    return array
