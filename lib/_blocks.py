"""Arrays of any size, cut into blocks that stay in the processor's cache.

Nothing of the size of the input is ever made, and a second look at a block is
nearly free.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

#: Elements of a block: few enough to stay in the cache, enough to hide NumPy's overhead.
BLOCK = 127 * 128


class TwoWays(NamedTuple):
    """The kernels of one measure: `careful` for the rows in which `plain` is not good enough.

    That is where its sum is not finite, since an outcome has no logarithm. And,
    if there is a kernel `doubt`, where digits cancel: the square of the sum is
    below that of `doubt`.
    """

    plain: Callable
    careful: Callable
    doubt: Callable | None = None


def reduce(kernel, *arrays):
    """Apply a kernel to equally shaped arrays of distributions, outcomes along the last axis.

    Parameters
    ----------
    kernel : callable or TwoWays
        Takes blocks of float64, one distribution a row, and returns one sum a row.
    *arrays : ndarray, shape (..., k)
        Of any real dtype.

    Returns
    -------
    ndarray or float, shape (...)
        One sum in nats for each distribution.
    """
    if not isinstance(kernel, TwoWays):
        kernel = TwoWays(kernel, kernel)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return _reduce(kernel, arrays)


def _reduce(kernel, arrays):
    if arrays[0].ndim > 2:
        return np.stack([_reduce(kernel, part) for part in zip(*arrays, strict=True)])
    if arrays[0].ndim == 1:
        return np.float64(_one_row(kernel, arrays))
    rows, k = arrays[0].shape
    if k >= BLOCK:
        return np.array([_one_row(kernel, row) for row in zip(*arrays, strict=True)])
    result, step = np.empty(rows), BLOCK // k
    for i in range(0, rows, step):
        result[i : i + step] = _short_rows(kernel, [_float64(a[i : i + step]) for a in arrays])
    return result


def _short_rows(kernel, blocks):
    if kernel.doubt and _nearly_equal(*blocks):
        return kernel.careful(*blocks)
    result = kernel.plain(*blocks)
    good = np.isfinite(result)
    if kernel.doubt:
        good &= result * result >= kernel.doubt(*blocks)
    if not good.all():
        bad = ~good
        result[bad] = kernel.careful(*(block[bad] for block in blocks))
    return result


def _one_row(kernel, row):
    if not (kernel.doubt and _nearly_equal(*next(_pieces(row)))):
        result, doubt = _long_sums(kernel.plain, kernel.doubt, row)
        if math.isfinite(result) and result * result >= doubt:
            return result
    return _long_sums(kernel.careful, None, row)[0]


def _nearly_equal(p, q):
    """Guess from some outcomes that p and q are nearly equal; a wrong guess costs time only."""
    return all(abs(x - y) <= 0.25 * x for x, y in zip(p[0, :8].tolist(), q[0, :8].tolist(), strict=True))


def _long_sums(kernel, doubt, row):
    # 128 terms at a time; all else without any rounding but the last.
    sums = [(math.fsum(kernel(*piece).tolist()), doubt(*piece).sum() if doubt else 0.0) for piece in _pieces(row)]
    return [math.fsum(column) for column in zip(*sums, strict=True)]


def _pieces(row):
    """Cut long rows into tables with 128 outcomes a row, and what is left."""
    cut = row[0].size - row[0].size % 128
    tables = [a[:cut].reshape(-1, 128) for a in row]
    for i in range(0, cut // 128, BLOCK // 128):
        yield [_float64(table[i : i + BLOCK // 128]) for table in tables]
    if cut < row[0].size:
        yield [_float64(a[None, cut:]) for a in row]


def _float64(block):
    return np.ascontiguousarray(block, dtype=np.float64)
