"""Arrays of any size, cut into blocks that stay in the processor's cache.

Nothing of the size of the input is ever made, and a second look at a block is
nearly free.
"""

import math

import numpy as np

#: Elements of a block: few enough to stay in the cache, enough to hide NumPy's overhead.
BLOCK = 12_288

#: Nats. Rounding moves a plain sum D of p log(p/q) by up to eps [2 + 2 sqrt(2/D) + 1/(2D)] of it: 14 eps here.
NEAR = 1 / 8


def reduce(plain, *arrays, accurate=None, likely=None):
    """Apply kernels to equally shaped arrays of distributions, outcomes along the last axis.

    Parameters
    ----------
    plain, accurate : callable
        Kernels; `accurate` is used for the rows whose plain sum is below `NEAR`.
    *arrays : ndarray, shape (..., k)
        Of any real dtype; blocks are made float64.
    likely : callable, optional
        Guesses from the first row of a block whether the accurate kernel will be needed, so that
        the plain one need not run first. A wrong guess costs time only.

    Returns
    -------
    ndarray or float, shape (...)
        One sum in nats for each distribution.
    """
    if arrays[0].ndim > 2:
        parts = zip(*arrays, strict=True)
        return np.stack([reduce(plain, *part, accurate=accurate, likely=likely) for part in parts])
    kernels = (plain, accurate, likely)
    if arrays[0].ndim == 1:
        return np.float64(_one_row(kernels, arrays))
    rows, k = arrays[0].shape
    if k >= BLOCK:
        return np.array([_one_row(kernels, row) for row in zip(*arrays, strict=True)])
    result, step = np.empty(rows), BLOCK // k
    for i in range(0, rows, step):
        result[i : i + step] = _short_rows(kernels, [_float64(a[i : i + step]) for a in arrays])
    return result


def _short_rows(kernels, blocks):
    plain, accurate, likely = kernels
    if accurate is None:
        return plain(*blocks)
    if likely is not None and likely(*(block[:1] for block in blocks)):
        return accurate(*blocks)
    result = plain(*blocks)
    near = result < NEAR
    if near.any():
        result[near] = accurate(*(block[near] for block in blocks))
    return result


def _one_row(kernels, row):
    plain, accurate, likely = kernels
    if likely is not None and likely(*(piece[:1] for piece in next(_pieces(row)))):
        return _long_sum(accurate, row)
    result = _long_sum(plain, row)
    return _long_sum(accurate, row) if accurate is not None and result < NEAR else result


def _long_sum(kernel, row):
    # Pairwise within a piece; from piece to piece without any rounding but the last.
    parts = np.array([kernel(*piece).sum() for piece in _pieces(row)])
    total = parts.sum()
    return math.fsum(parts) if np.isfinite(total) else total


def _pieces(row):
    for i in range(0, row[0].size, BLOCK):
        piece = [_float64(a[i : i + BLOCK]) for a in row]
        yield [a.reshape(-1, 128) for a in piece] if piece[0].size == BLOCK else [a[None] for a in piece]


def _float64(block):
    return np.ascontiguousarray(block, dtype=np.float64)
