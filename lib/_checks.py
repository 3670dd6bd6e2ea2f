"""The only place that judges arguments.

Every function here returns what it was given in the form that the measures
compute with (outcomes along the last axis), or raises an error that
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


def _finite_nonnegative(array, name):
    """Refuse NaN, infinity and negative numbers; return the sums along the last axis."""
    if array.size == 0:
        raise ValueError(f"`{name}` must not be empty; its shape is {array.shape}")
    with np.errstate(invalid="ignore", over="ignore"):
        total = np.atleast_1d(array).sum(axis=-1, dtype=np.float64)
    if array.min() >= 0 and np.isfinite(total).all():  # nothing of the size of the input is made
        return total
    for mask, rule in (
        (np.isnan(array), "must not be NaN"),
        (np.isinf(array), "must be finite"),
        (array < 0, "must not be negative"),
    ):
        if mask.any():
            value = array[mask][0]
            raise ValueError(f"`{name}` {rule}; it is {value:g}{_place(mask)}")
    return total


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


_NATS_IN_A_BIT = math.log(2)


def unit(base):
    """Return how many nats one unit of `base` has."""
    if type(base) is int and base == 2:
        return _NATS_IN_A_BIT
    return math.log(log_base(base))


#: Up to here Python's own numbers are quicker than arrays.
FEW = 32
_FLOAT64 = np.dtype(np.float64)


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
    _finite_nonnegative(array, name)
    above = array > 1
    if above.any():
        raise ValueError(f"`{name}` must be at most 1; it is {array[above][0]:.17g}{_place(above)}")
    return array


def nonnegative(x, name, *, axis=-1):
    """Return finite, non-negative weights with `axis` last."""
    array = real_array(x, name).astype(np.float64, copy=False)
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
        Not copied, in the dtype it came in (a joint: float64); outcomes along
        the last `event_axes` axes.
    """
    array = real_array(p, name)
    if event_axes == 1:
        array = _last(array, name, axis)
    elif array.ndim < event_axes:
        raise ValueError(f"`{name}` must have at least {event_axes} axes (a table); its shape is {array.shape}")
    total = _finite_nonnegative(array, name)
    if event_axes == 2:
        total = total.sum(axis=-1)
    tolerance = SUM_TOLERANCE.get(array.dtype.name, SUM_TOLERANCE["float64"])
    off = np.abs(total - 1) > tolerance
    if off.any():
        along = f"axis {axis}" if event_axes == 1 else f"its last {event_axes} axes"
        where = f"; row{_place(off)[9:]}" if off.ndim else "; it"
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
    real_array(counts, name)
    array = np.asarray(counts)
    if array.dtype.kind not in "iu":
        raise ValueError(f"`{name}` must hold integers; its dtype is {array.dtype} (lib.mutual_information takes probabilities)")
    if array.ndim < 2:
        raise ValueError(f"`{name}` must have at least 2 axes (a table); its shape is {array.shape}")
    _finite_nonnegative(array, name)
    array = array.astype(np.int64)
    if (array.sum(axis=(-2, -1)) == 0).any():
        raise ValueError(f"`{name}` must not sum to 0 along its last 2 axes")
    return array


def labels(x, y):
    """Return two vectors of labels of the same length, not empty."""
    x, y = np.asarray(x), np.asarray(y)
    for name, array in (("x", x), ("y", y)):
        if array.ndim != 1 or array.size == 0:
            raise ValueError(f"`{name}` must be a vector of labels, not empty; its shape is {array.shape}")
        if array.dtype.kind == "f" and np.isnan(array).any():
            raise ValueError(f"`{name}` must not hold NaN{_place(np.isnan(array))}")
    if x.size != y.size:
        raise ValueError(f"`x` and `y` must label the same samples; they have {x.size} and {y.size}")
    return x, y


def logits_array(logits, name="logits", *, axis=-1):
    """Return logits with `axis` last: finite, or -inf for an impossible class."""
    array = real_array(logits, name).astype(np.float64, copy=False)
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
    values = real_array(target, "target")
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


# Parameters of continuous distributions


def finite(x, name):
    """Return real, finite numbers of any shape as float64."""
    array = real_array(x, name).astype(np.float64, copy=False)
    if array.size == 0:
        raise ValueError(f"`{name}` must not be empty; its shape is {array.shape}")
    for mask, rule in ((np.isnan(array), "must not be NaN"), (np.isinf(array), "must be finite")):
        if mask.any():
            raise ValueError(f"`{name}` {rule}; it is {array[mask][0]:g}{_place(mask)}")
    return array


def positive(x, name, *, zero=False):
    """Return finite numbers above 0 (or at least 0) of any shape as float64."""
    array = finite(x, name)
    outside = array < 0 if zero else array <= 0
    if outside.any():
        rule = "must not be negative" if zero else "must be positive"
        raise ValueError(f"`{name}` {rule}; it is {array[outside][0]:g}{_place(outside)}")
    return array


def broadcast(**arrays):
    """Return arrays of one shape, in the order in which they are named."""
    try:
        return np.broadcast_arrays(*arrays.values())
    except ValueError:
        names = " and ".join(f"`{name}`" for name in arrays)
        shapes = " and ".join(str(array.shape) for array in arrays.values())
        raise ValueError(f"{names} must have shapes that broadcast; they are {shapes}") from None


#: A covariance whose correlation matrix has a larger condition number leaves hardly a digit.
MAX_CONDITION = 1e13


def covariance(cov, name):
    """Return covariance matrices of shape (..., d, d) and their Cholesky factors.

    Parameters
    ----------
    cov : array_like, shape (..., d, d), or a scalar
        Symmetric to rounding and positive definite; a scalar is one variance.
    name : str
        Its name, for the message.

    Returns
    -------
    tuple of ndarray
        The matrices, of which both triangles count the same, and the factors.
    """
    array = finite(cov, name)
    array = array.reshape(1, 1) if array.ndim == 0 else array
    if array.ndim == 1 or array.shape[-1] != array.shape[-2]:
        raise ValueError(
            f"`{name}` must be one variance or hold square matrices in its last two axes; its shape is {array.shape} "
            "(variances of independent coordinates: np.diag; a batch of variances v: v[..., None, None])"
        )
    d, variances = array.shape[-1], np.diagonal(array, axis1=-2, axis2=-1)
    if (variances <= 0).any():
        place = _place(variances <= 0)
        raise ValueError(f"`{name}` must have positive variances on its diagonal; one is {variances[variances <= 0][0]:g}{place}")
    eps = np.finfo(np.asarray(cov).dtype).eps if np.asarray(cov).dtype.kind == "f" else 0.0
    scale = np.sqrt(variances)
    correlation = array / (scale[..., :, None] * scale[..., None, :])
    crooked = np.abs(correlation - correlation.mT) > 8 * d * eps
    if crooked.any():
        *where, i, j = (int(k) for k in np.argwhere(crooked)[0])
        one, other = array[(*where, i, j)], array[(*where, j, i)]
        raise ValueError(f"`{name}` must be symmetric; entry {(*where, i, j)} is {one:.17g} and its mirror image {other:.17g}")
    array = array / 2 + array.mT / 2
    try:
        factor = np.linalg.cholesky(array)
    except np.linalg.LinAlgError:
        raise ValueError(f"`{name}` must be positive definite; {_failing_pivot(array)}") from None
    spread = np.linalg.eigvalsh(correlation / 2 + correlation.mT / 2)
    thin = spread[..., 0] * MAX_CONDITION < spread[..., -1]
    if thin.any():
        low, high = spread[thin][0, 0], spread[thin][0, -1]
        found = f"{high / low:.1e}" if low > 0 else "infinite"
        raise ValueError(
            f"`{name}` must have a correlation matrix of condition number at most {MAX_CONDITION:g}; it is {found}{_place(thin)}: "
            "some coordinates are nearly a function of the others, and rounding would decide the result"
        )
    return array, factor


def _failing_pivot(array):
    """Say which pivot of the first matrix without a Cholesky factor isn't positive."""
    d = array.shape[-1]
    for index in np.ndindex(array.shape[:-2]):
        for k in range(d):
            try:
                np.linalg.cholesky(array[index][: k + 1, : k + 1])
            except np.linalg.LinAlgError:
                column = array[index][:k, k]
                pivot = array[index][k, k] - column @ np.linalg.solve(array[index][:k, :k], column)
                at = f" at index {index[0] if len(index) == 1 else index}" if index else ""
                return f"pivot {k} of its Cholesky factorisation is {pivot:.3g}{at}, where it must be above 0 by more than rounding"
    return "its Cholesky factorisation fails"


def gaussian(mean, cov, names):
    """Return mean, covariance and Cholesky factor of Gaussians of one dimension d."""
    cov, factor = covariance(cov, names[1])
    mean = finite(mean, names[0])
    mean = mean.reshape(1) if mean.ndim == 0 and cov.shape[-1] == 1 else mean
    if mean.ndim == 0 or mean.shape[-1] != cov.shape[-1]:
        raise ValueError(
            f"`{names[0]}` must have the dimension of `{names[1]}` along its last axis, {cov.shape[-1]}; its shape is {mean.shape}"
        )
    broadcast(**{names[0]: mean[..., 0], names[1]: cov[..., 0, 0]})
    return mean, cov, factor


def gaussians(mean_p, cov_p, mean_q, cov_q):
    """Return two Gaussians of one dimension whose batch shapes broadcast."""
    p = gaussian(mean_p, cov_p, ("mean_p", "cov_p"))
    q = gaussian(mean_q, cov_q, ("mean_q", "cov_q"))
    if p[1].shape[-1] != q[1].shape[-1]:
        raise ValueError(f"`cov_p` and `cov_q` must have one dimension; they have {p[1].shape[-1]} and {q[1].shape[-1]}")
    broadcast(mean_p=p[0][..., 0], cov_p=p[1][..., 0, 0], mean_q=q[0][..., 0], cov_q=q[1][..., 0, 0])
    return p, q


def concentrations(alpha, name):
    """Return the concentrations of Dirichlet distributions, at least two along the last axis."""
    array = positive(alpha, name)
    if array.ndim == 0 or array.shape[-1] < 2:
        raise ValueError(f"`{name}` must have at least two outcomes along its last axis; its shape is {array.shape}")
    return array


# Generators of f-divergences, and mixtures of Gaussians on the line


def number(x, name):
    """Return one finite number as a float."""
    array = finite(x, name)
    if array.ndim:
        raise ValueError(f"`{name}` must be one number; its shape is {array.shape}")
    return float(array)


def generator_name(name, names, alpha):
    """Refuse a generator that there is not, and an `alpha` that is missing or not asked for."""
    if not isinstance(name, str) or name not in names:
        raise ValueError(f"`generator` must be a Generator or one of {', '.join(names)}; it is {name!r}")
    if name != "alpha":
        no_alpha(alpha)
    elif alpha is None:
        raise ValueError('`alpha` must be given for the generator "alpha"')


def no_alpha(alpha):
    """Refuse an `alpha` where the generator has none."""
    if alpha is not None:
        raise ValueError(f'`alpha` must be given for the generator "alpha" only; it is {alpha!r}')


def generator_limits(f, at_zero, slope):
    """Refuse a generator with f(1) other than 0, or with limits that no convex function has."""
    for value, name in ((at_zero, "at_zero"), (slope, "slope")):
        if not value > -math.inf:
            raise ValueError(f"`{name}` must be a number above minus infinity; it is {value!r}")
    at_one = float(np.asarray(f(np.float64(1.0))))
    if not abs(at_one) <= 1e-12:
        raise ValueError(f"`f` must be 0 at 1; it is {at_one!r}")


def mixture(weights, means, sds):
    """Return the vectors of a mixture of Gaussians on the line, as many of each."""
    weights = np.atleast_1d(distribution(np.atleast_1d(real_array(weights, "weights")), "weights"))
    means, sds = np.atleast_1d(finite(means, "means")), np.atleast_1d(positive(sds, "sds"))
    if not weights.ndim == 1 or not weights.shape == means.shape == sds.shape:
        raise ValueError(
            f"`weights`, `means` and `sds` must be vectors of one length; their shapes are {weights.shape}, {means.shape} and {sds.shape}"
        )
    return weights.astype(np.float64, copy=False), means, sds


def living(mixture):
    """Return a mixture to start from; a component of weight 0 would never come to life."""
    for k, weight in enumerate(mixture.weights):
        if weight == 0:
            raise ValueError(f"`weights` must all be positive in a start; weight {k} is 0")
    return mixture
