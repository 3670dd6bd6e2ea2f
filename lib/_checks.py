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


def _finite_nonnegative(array, name, *, signs=True):
    """Refuse NaN, infinity and (with `signs`) negative numbers; return the sums along the last axis."""
    if array.size == 0:
        raise ValueError(f"`{name}` must not be empty; its shape is {array.shape}")
    with np.errstate(invalid="ignore", over="ignore"):
        total = _sums(np.atleast_1d(array))
    if (not signs or array.min() >= 0) and np.isfinite(total).all():  # nothing of the size of the input is made
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


def _sums(array):
    """Return the sums along the last axis in float64."""
    if array.dtype != np.float64:
        return array.sum(axis=-1, dtype=np.float64)
    if array.ndim > 1:
        return array @ np.ones(array.shape[-1])  # up to three times as quick as NumPy's sum, and as exact as a check needs
    cut = array.size - array.size % 128
    return array[cut:].sum() + (array[:cut].reshape(-1, 128) @ np.ones(128)).sum() if array.flags.c_contiguous else array.sum()


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
        array = _last(array, name, axis)
    elif array.ndim < event_axes:
        raise ValueError(f"`{name}` must have at least {event_axes} axes (a table); its shape is {array.shape}")
    total = _finite_nonnegative(array, name, signs=signs)
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


def listed(value, name, known):
    """Return `value`; it must be one of the names in `known`."""
    if value not in known:
        raise ValueError(f"`{name}` must be one of {', '.join(map(repr, known))}; it is {value!r}")
    return value


def ascending(x, name):
    """Return a vector of finite numbers, not empty, each at least as large as the one before."""
    array = real_array(x, name).astype(np.float64)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"`{name}` must be a vector, not empty; its shape is {array.shape}")
    for faults, rule in ((lambda: ~np.isfinite(array), "must be finite"), (lambda: np.diff(array, prepend=array[0]) < 0, "must ascend")):
        mask = faults()
        if mask.any():
            raise ValueError(f"`{name}` {rule}; it is {array[mask][0]:g}{_place(mask)}")
    return array


def not_negative_number(x, name):
    """Return `x` as a float; it must be one finite number, not negative."""
    if isinstance(x, bool) or not isinstance(x, (int, float, np.integer, np.floating)) or not (0 <= x < math.inf):
        raise ValueError(f"`{name}` must be a finite number, not negative; it is {x!r}")
    return float(x)


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
        found = f"{high / low:.0e}" if low > 0 else "infinite"
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


# What is learnt from data, and by which experiment


def event_counts(counts, name):
    """Return how often something happened: integers of any shape, not negative, as int64."""
    real_array(counts, name)
    array = np.asarray(counts)
    if array.dtype.kind not in "iu":
        raise ValueError(f"`{name}` must hold integers; its dtype is {array.dtype}")
    _finite_nonnegative(array, name)
    return array.astype(np.int64)


def one_positive(x, name):
    """Return a single positive number as a float."""
    array = positive(x, name)
    if array.ndim:
        raise ValueError(f"`{name}` must be a single number; its shape is {array.shape}")
    return float(array)


def whole(n, name, *, least=1):
    """Return an integer of at least `least`."""
    try:
        number = operator.index(n)
    except TypeError:
        raise ValueError(f"`{name}` must be an integer; it is {n!r}") from None
    if isinstance(n, bool) or number < least:
        raise ValueError(f"`{name}` must be an integer of at least {least}; it is {n!r}")
    return number


def pseudo_counts(alpha, name):
    """Return the parameters of a Dirichlet distribution: a vector of positive numbers."""
    array = positive(alpha, name)
    if array.ndim != 1:
        raise ValueError(f"`{name}` must be a vector with one positive number for each outcome; its shape is {array.shape}")
    return array


def one_covariance(cov, name):
    """Return one covariance matrix and its Cholesky factor."""
    array, factor = covariance(cov, name)
    if array.ndim != 2:
        raise ValueError(f"`{name}` must be one square matrix; its shape is {array.shape}")
    return array, factor


def design_rows(design, name, d):
    """Return designs of shape (..., n, d): one measurement a row, one weight a column."""
    array = finite(design, name)
    if array.ndim < 2 or array.shape[-1] != d:
        raise ValueError(
            f"`{name}` must have one row for each measurement and one column for each of the {d} weights; its shape is {array.shape}"
        )
    return array


def log_likelihoods(own, others, names):
    """Return log-likelihoods in nats of n data: under the parameter that made them, and under m others each."""
    pair = []
    for values, name, ndim in zip((own, others), names, (1, 2), strict=True):
        array = real_array(values, name).astype(np.float64, copy=False)
        if array.ndim != ndim or array.size == 0:
            raise ValueError(f"`{name}` must have {ndim} {'axis' if ndim == 1 else 'axes'} and not be empty; its shape is {array.shape}")
        for mask, rule in ((np.isnan(array), "must not be NaN"), (array == np.inf, "must be below +inf")):
            if mask.any():
                raise ValueError(f"`{name}` {rule}; it is {array[mask][0]:g}{_place(mask)}")
        pair.append(array)
    if np.isneginf(pair[0]).any():
        raise ValueError(f"`{names[0]}` must be finite: what happened is possible; it is -inf{_place(np.isneginf(pair[0]))}")
    if pair[0].shape[0] != pair[1].shape[0]:
        n, m = pair[0].shape[0], pair[1].shape[0]
        raise ValueError(f"`{names[0]}` and `{names[1]}` must be of the same data; they have {n} and {m} rows")
    return pair


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


def possible(mask, likelihood, prior):
    """Refuse data that no parameter of the prior can explain."""
    if not mask.all():
        raise ValueError(
            f"`{likelihood}` must be positive somewhere where `{prior}` is: "
            f"the datum is impossible under all it allows{_place(~mask[..., 0])}"
        )


def experiment(prior, likelihood):
    """Return a prior of shape (..., k) and one distribution of the data for each value, (..., k, m)."""
    prior = distribution(prior, "prior")
    likelihood = distribution(likelihood, "likelihood").astype(np.float64, copy=False)
    if likelihood.ndim < 2 or likelihood.shape[-2] != prior.shape[-1]:
        raise ValueError(
            "`likelihood` must have one row, a distribution of the data, for each of the "
            f"{prior.shape[-1]} values of the parameter in `prior`; its shape is {likelihood.shape}"
        )
    try:
        np.broadcast_shapes(prior.shape[:-1], likelihood.shape[:-2])
    except ValueError:
        raise ValueError(
            f"`prior` and `likelihood` must have batch shapes that broadcast; they are {prior.shape[:-1]} and {likelihood.shape[:-2]}"
        ) from None
    return prior, likelihood


def choice_size(size, rows, names):
    """Return how many of the rows of a table of candidates are to be chosen."""
    if rows.ndim != 2:
        raise ValueError(f"`{names[1]}` must be a table with one candidate a row; its shape is {rows.shape}")
    size = whole(size, names[0])
    if size > len(rows):
        raise ValueError(f"`{names[0]}` must be at most the number of `{names[1]}`, {len(rows)}; it is {size}")
    return size


# Samples, their log densities and weights


def log_density_pair(log_p, log_q):
    """Return the log densities of the same samples, drawn from the first: shape (..., n), n at least 1."""
    log_p, log_q = (real_array(x, name).astype(np.float64, copy=False) for x, name in ((log_p, "log_p"), (log_q, "log_q")))
    if log_p.shape != log_q.shape:
        raise ValueError(f"`log_p` and `log_q` must hold one number for each sample; their shapes are {log_p.shape} and {log_q.shape}")
    sample_axis(log_p, "log_p", least=1)
    below_infinity(log_p, "log_p"), below_infinity(log_q, "log_q")
    impossible = log_p == -np.inf
    if impossible.any():
        raise ValueError(f"`log_p` must be above -inf, since the samples are drawn from p; it is -inf{_place(impossible)}")
    return log_p, log_q


def sample_axis(array, name, *, least, axis=-1):
    """Refuse an array with fewer than `least` samples along `axis`."""
    if array.ndim < -axis:
        raise ValueError(f"`{name}` must have an axis of samples; its shape is {array.shape}")
    if array.shape[axis] < least:
        raise ValueError(f"`{name}` must hold at least {least} sample{'s' * (least > 1)} along axis {axis}; it holds {array.shape[axis]}")


def not_nan(x, name):
    """Return numbers as float64; infinite ones are allowed, NaN is not."""
    array = real_array(x, name).astype(np.float64, copy=False)
    if np.isnan(array).any():
        raise ValueError(f"`{name}` must not be NaN; it is nan{_place(np.isnan(array))}")
    return array


def below_infinity(x, name):
    """Return numbers below +inf as float64; -inf is allowed, NaN is not."""
    array = not_nan(x, name)
    if (array == np.inf).any():
        raise ValueError(f"`{name}` must be below +inf; it is inf{_place(array == np.inf)}")
    return array


def log_weights(x, *, name="log_weights", least=1):
    """Return logarithms of weights, shape (..., n): below +inf, and not all -inf along the last axis."""
    array = below_infinity(x, name)
    sample_axis(array, name, least=least)
    nothing = (array == -np.inf).all(axis=-1)
    if nothing.any():
        raise ValueError(f"`{name}` must leave at least one weight above 0; all are -inf{_place(nothing)}")
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


def one_of(choice, name, choices):
    """Return a word that must be among `choices`."""
    if choice not in choices:
        raise ValueError(f"`{name}` must be one of {', '.join(map(repr, choices))}; it is {choice!r}")
    return choice


def code_lengths(lengths):
    """Return the lengths of code words as a list of Python's integers: one axis, not empty, none negative."""
    array = real_array(lengths, "lengths")
    if array.dtype.kind not in "iu":
        raise ValueError(f"`lengths` must hold integers; its dtype is {array.dtype}")
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"`lengths` must be a list with one length a symbol, not empty; its shape is {array.shape}")
    _finite_nonnegative(array, "lengths")
    return array.tolist()


def kraft(lengths):
    """Refuse lengths that no prefix code has; the sum is taken in whole numbers."""
    longest = max(lengths)
    total = sum(1 << (longest - length) for length in lengths)
    if total > 1 << longest:
        raise ValueError(f"`lengths` must obey Kraft's inequality, sum of 2^-length at most 1; the sum is {total / (1 << longest):.10g}")
    return lengths


def code_words(words):
    """Return code words as a list: strings of 0 and 1, none of which begins another."""
    words = list(words)
    if not words:
        raise ValueError("`words` must hold at least one code word; it is empty")
    for index, word in enumerate(words):
        if not isinstance(word, str) or word.strip("01"):
            raise ValueError(f"`words` must be strings of 0 and 1; it is {word!r} at index {index}")
    ordered = sorted(words)
    for word, following in zip(ordered, ordered[1:]):
        if following.startswith(word):
            raise ValueError(f"`words` must be prefix-free; {word!r} begins {following!r}")
    return words


def words_with_a_trace(words):
    """Return code words that can be decoded: as `code_words`, and none of them empty."""
    words = code_words(words)
    if "" in words:
        raise ValueError("`words` must not hold the empty word: it leaves no trace, so the message's length can't be read off")
    return words


def bit_string(bits):
    """Return a string of 0 and 1, which may be empty."""
    if not isinstance(bits, str) or bits.strip("01"):
        raise ValueError(f"`bits` must be a string of 0 and 1; it is {bits!r:.40}")
    return bits


def message(message, size):
    """Return a message as a list of symbols, integers from 0 to `size` - 1; it may be empty."""
    array = np.asarray(message)
    if array.ndim != 1:
        raise ValueError(f"`message` must be a list of symbols; its shape is {array.shape}")
    if array.size == 0:
        return []
    if array.dtype.kind not in "iu":
        raise ValueError(f"`message` must hold integers; its dtype is {array.dtype}")
    outside = (array < 0) | (array >= size)
    if outside.any():
        raise ValueError(f"`message` must hold symbols from 0 to {size - 1}; it is {array[outside][0]}{_place(outside)}")
    return array.tolist()


def positive_distribution(p, name):
    """Return one distribution (float64) in which every symbol can occur: only such symbols get words."""
    array = distribution(p, name).astype(np.float64, copy=False)
    if array.ndim != 1:
        raise ValueError(f"`{name}` must be one distribution; its shape is {array.shape}")
    never = array == 0
    if never.any():
        raise ValueError(f"`{name}` must be positive: a symbol of probability 0 has no code word; it is 0{_place(never)}")
    return array


def symbol_counts(counts):
    """Return how often each symbol occurs, as Python's integers, not all of them 0."""
    array = real_array(counts, "counts")
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise ValueError(f"`counts` must be a list of integers, one a symbol; its shape is {array.shape}, its dtype {array.dtype}")
    _finite_nonnegative(array, "counts")
    if not array.any():
        raise ValueError("`counts` must not sum to 0")
    return array.tolist()


def whole_number(value, name, *, least=0, most=None):
    """Return `value` as an integer of at least `least` and at most `most`."""
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"`{name}` must be an integer; it is {value!r}") from None
    if number < least or (most is not None and number > most):
        rule = f"at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"`{name}` must be {rule}; it is {number}")
    return number


def byte_string(data, name):
    """Return `data` as bytes; text must be encoded by the caller, who knows in which way."""
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"`{name}` must be bytes, not {type(data).__name__}; text becomes bytes by .encode('utf-8')")
    return bytes(data)


# Samples and their likelihoods


def observation_rows(x, name, *, axes=(1, 2)):
    """Return observations as float64: finite numbers, one observation a row, at least one."""
    array = real_array(x, name)
    if array.ndim not in axes:
        raise ValueError(f"`{name}` must have {' or '.join(map(str, axes))} axes, one observation a row; its shape is {array.shape}")
    if array.size == 0:
        raise ValueError(f"`{name}` must not be empty; its shape is {array.shape}")
    array = array.astype(np.float64, copy=False)
    for mask, rule in ((np.isnan(array), "must not be NaN"), (np.isinf(array), "must be finite")):
        if mask.any():
            raise ValueError(f"`{name}` {rule}; it is {array[mask][0]:g}{_place(mask)}")
    return array


def whole_observations(x, name, lowest):
    """Return observations that are whole numbers from `lowest` on, as int64."""
    array = observation_rows(x, name, axes=(1,))
    for mask, rule in (
        (array != np.floor(array), "must hold whole numbers"),
        (array < lowest, f"must be at least {lowest}, where the model begins"),
    ):
        if mask.any():
            raise ValueError(f"`{name}` {rule}; it is {array[mask][0]:g}{_place(mask)}")
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
    array = real_array(log_q, name).astype(np.float64, copy=False)
    if array.ndim == 0:
        raise ValueError(f"`{name}` must have an axis of observations; it is the scalar {array}")
    if array.size == 0:
        raise ValueError(f"`{name}` must not be empty; its shape is {array.shape}")
    for mask, rule in ((np.isnan(array), "must not be NaN"), (array == np.inf, "must be below +inf")):
        if mask.any():
            raise ValueError(f"`{name}` {rule}; it is {array[mask][0]:g}{_place(mask)}")
    return array


def bandwidth(value, name):
    """Return a single finite number above 0 as a float."""
    array = real_array(value, name)
    if array.ndim != 0 or not (np.isfinite(array) and array > 0):
        raise ValueError(f"`{name}` must be one finite number above 0; it is {array}")
    return float(array)


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


def outcome_counts(counts, name, *, axis=-1):
    """Return counts of outcomes as int64, outcomes last: integers, not negative, and in each row at least one sample."""
    real_array(counts, name)
    array = np.asarray(counts)
    if array.dtype.kind not in "iu":
        raise ValueError(f"`{name}` must hold integers; its dtype is {array.dtype} (how often each outcome was seen, not its share)")
    array = _last(array, name, axis)
    _finite_nonnegative(array, name)
    array = array.astype(np.int64)
    nothing = array.sum(axis=-1) == 0
    if nothing.any():
        raise ValueError(f"`{name}` must hold at least one sample along axis {axis}; all counts are 0{_place(nothing)}")
    return array


def positive_integer(value, name):
    """Return `value` as an int of at least 1."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"`{name}` must be a positive integer; it is {value!r}")
    return int(value)


def sample_points(x, name):
    """Return samples as float64, one a row: finite, at least one, with at least one coordinate."""
    array = real_array(x, name).astype(np.float64, copy=False)
    if array.ndim not in (1, 2):
        raise ValueError(f"`{name}` must have shape (n,) or (n, d), one sample a row; its shape is {array.shape}")
    if array.size == 0:
        raise ValueError(f"`{name}` must not be empty; its shape is {array.shape}")
    for mask, rule in ((np.isnan(array), "must not be NaN"), (np.isinf(array), "must be finite")):
        if mask.any():
            raise ValueError(f"`{name}` {rule}; it is {array[mask][0]:g}{_place(mask)}")
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
