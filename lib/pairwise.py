"""Divergences between all pairs of many distributions."""

import numpy as np

from lib import _checks, _kernels
from lib._blocks import BLOCK, reduce

#: Nats: pairs below are computed once more, by the accurate sum.
NEAR = 1 / 8


def pairwise_kl(P, Q=None, *, base=2):
    r"""Return the KL divergence of each row of `P` from each row of `Q`.

    .. math:: D_{ij} = \sum_x P_{ix} \log \frac{P_{ix}}{Q_{jx}}
              = \sum_x P_{ix} \log P_{ix} - \sum_x P_{ix} \log Q_{jx}

    The second sum, for all pairs at once, is one product of matrices. Pairs
    that come out small, whose digits cancel in the difference, are computed
    once more by the accurate sum of `kl_divergence`.

    Parameters
    ----------
    P : array_like, shape (m, k)
        One distribution a row.
    Q : array_like, shape (n, k), optional
        One distribution a row, over the same outcomes; `P` by default.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray, shape (m, n)
        Divergences in units of `base`, never negative, 0.0 for equal rows; inf
        where a row of `Q` is 0 and the row of `P` is not. Rounding is of the
        order of 1e-15 times the entropy, and of `kl_divergence` for near pairs.

    Raises
    ------
    ValueError
        If `P` or `Q` is no table of distributions, or their outcomes differ.

    References
    ----------
    Taught in chapter :ref:`ch-kl`.

    Examples
    --------
    >>> pairwise_kl([[0.5, 0.5], [1.0, 0.0]]).round(3)
    array([[ 0., inf],
           [ 1.,  0.]])
    """
    unit = _checks.unit(base)
    P, Q = _tables(P, Q)
    impossible = Q == 0
    with np.errstate(divide="ignore"):
        log_q = np.log(Q)
    log_q[impossible] = 0
    result = -reduce(_kernels.OWN_COST, P)[:, None] - P @ log_q.T
    if impossible.any():
        result[P @ impossible.T.astype(float) > 0] = np.inf
    _mend_near_pairs(result, _kernels.KL, P, Q)
    return result / unit


def pairwise_js(P, Q=None, *, base=2):
    r"""Return the Jensen-Shannon divergence of each row of `P` and each row of `Q`.

    .. math:: \mathrm{JS}_{ij} = H\!\left(\frac{P_i + Q_j}{2}\right) - \frac{H(P_i) + H(Q_j)}{2}

    One logarithm a pair and outcome. Pairs that come out small, whose digits
    cancel in the difference, are computed once more by the accurate sum of
    `js_divergence`.

    Parameters
    ----------
    P : array_like, shape (m, k)
        One distribution a row.
    Q : array_like, shape (n, k), optional
        One distribution a row, over the same outcomes; `P` by default.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray, shape (m, n)
        Divergences in units of `base` (their roots are distances), from 0 to
        log 2; symmetric to the bit for ``Q=None``.

    Raises
    ------
    ValueError
        If `P` or `Q` is no table of distributions, or their outcomes differ.

    References
    ----------
    Taught in chapter :ref:`ch-js`.

    Examples
    --------
    >>> pairwise_js([[0.5, 0.5], [1.0, 0.0]]).round(3)
    array([[0.   , 0.311],
           [0.311, 0.   ]])
    """
    unit = _checks.unit(base)
    symmetric = Q is None
    P, Q = _tables(P, Q)
    result = np.empty((len(P), len(Q)))
    own_p, own_q = reduce(_kernels.OWN_COST, P), reduce(_kernels.OWN_COST, Q)
    step = max(1, BLOCK // P.shape[1])
    for i, p in enumerate(P):
        for j in range(i if symmetric else 0, len(Q), step):
            middle = (p + Q[j : j + step]) / 2
            result[i, j : j + step] = reduce(_kernels.OWN_COST, middle) - (own_p[i] + own_q[j : j + step]) / 2
    if symmetric:
        lower = np.tril_indices(len(P), -1)
        result[lower] = np.inf  # mirrored below, so not to be mended
    _mend_near_pairs(result, _kernels.JS, P, Q)
    if symmetric:
        result[lower] = result.T[lower]
    return result / unit


def _tables(P, Q):
    P = _checks.table(P, "P")
    Q = P if Q is None else _checks.table(Q, "Q")
    if P.shape[1] != Q.shape[1]:
        raise ValueError(f"`P` and `Q` must hold distributions over the same outcomes; they have {P.shape[1]} and {Q.shape[1]}")
    return P, Q


def _mend_near_pairs(result, kernel, P, Q):
    """Replace what is below `NEAR` in `result` (nats), some pairs at a time."""
    rows, columns = np.nonzero(result < NEAR)
    step = max(1, 16 * BLOCK // P.shape[1])
    for i in range(0, len(rows), step):
        r, c = rows[i : i + step], columns[i : i + step]
        result[r, c] = reduce(kernel, P[r], Q[c])
