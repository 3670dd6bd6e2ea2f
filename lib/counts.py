"""From counts to probabilities, said aloud."""

import numpy as np

from lib import _checks


def normalize(counts, *, axis=-1):
    """Divide non-negative weights by their sum.

    The measures of this library never rescale their input; this is the explicit
    way to turn counts into the probabilities they ask for.

    Parameters
    ----------
    counts : array_like, shape (..., k)
        Counts or weights: finite, not negative, not all 0.
    axis : int, default -1
        The axis along which the result sums to 1.

    Returns
    -------
    ndarray, shape (..., k)
        Probabilities in float64 (no unit).

    Raises
    ------
    ValueError
        If a weight is negative, NaN or infinite, or a sum is 0 or overflows.

    See Also
    --------
    entropy : chapter :ref:`ch-entropy` counts letters and pixels this way.

    Examples
    --------
    >>> normalize([1, 1, 2])
    array([0.25, 0.25, 0.5 ])
    """
    weights = _checks.nonnegative(counts, "counts", axis=axis)
    with np.errstate(over="ignore"):
        total = weights.sum(axis=-1, keepdims=True)
    for mask, rule in ((total == 0, "must not sum to 0"), (np.isinf(total), "must have a finite sum")):
        if mask.any():
            raise ValueError(f"`counts` {rule} along axis {axis}{_checks.place(mask[..., 0])}")
    return np.moveaxis(weights / total, -1, axis)
