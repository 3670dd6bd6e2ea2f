"""Two variables at once: joint and conditional entropy, mutual information."""

import numpy as np

from lib import _checks, _kernels


def _flat(joint):
    return joint.reshape(*joint.shape[:-2], -1)


def _ordered(x):
    """Sort along the last axis: sums then don't depend on which variable is called X."""
    return np.sort(np.ascontiguousarray(x), axis=-1)


def joint_entropy(joint, *, base=2):
    r"""Return the entropy of a pair of variables.

    .. math:: H(X, Y) = -\sum_{x, y} p(x, y) \log p(x, y)

    Parameters
    ----------
    joint : array_like, shape (..., n, m)
        Probabilities p(x, y): X along the rows, Y along the columns. The last
        two axes together sum to 1.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Joint entropy in units of `base`, between 0 and log(n m).

    Raises
    ------
    ValueError
        If `joint` has fewer than two axes or is no distribution.

    References
    ----------
    Cover and Thomas :cite:p:`cover2006`, equation 2.8. Taught in chapter :ref:`ch-mutual-information`.

    Examples
    --------
    >>> float(joint_entropy([[0.25, 0.25], [0.25, 0.25]]))
    2.0
    """
    unit = _checks.unit(base)
    joint = _ordered(_flat(_checks.distribution(joint, "joint", event_axes=2)))
    return _kernels.mean_cost(joint, joint) / unit


def conditional_entropy(joint, *, given, base=2):
    r"""Return the entropy that is left in one variable when the other is known.

    .. math:: H(Y \mid X) = \sum_x p(x) H(Y \mid X = x)

    Parameters
    ----------
    joint : array_like, shape (..., n, m)
        Probabilities p(x, y): X along the rows, Y along the columns. The last
        two axes together sum to 1.
    given : {"x", "y"}
        The variable that is known: "x" (rows) gives H(Y|X), "y" (columns) H(X|Y).
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Conditional entropy in units of `base`, not negative and at most the
        entropy of the other variable.

    Raises
    ------
    ValueError
        If `joint` has fewer than two axes or is no distribution, or `given` is
        neither "x" nor "y".

    References
    ----------
    Cover and Thomas :cite:p:`cover2006`, equation 2.10. Taught in chapter :ref:`ch-mutual-information`.

    Examples
    --------
    >>> joint = [[0.5, 0.0], [0.25, 0.25]]
    >>> float(conditional_entropy(joint, given="x"))
    0.5
    """
    unit = _checks.unit(base)
    joint = _checks.distribution(joint, "joint", event_axes=2)
    if given not in ("x", "y"):
        raise ValueError(f'`given` must be "x" (the rows are known) or "y" (the columns are); it is {given!r}')
    known_last = joint if given == "x" else np.swapaxes(joint, -1, -2)
    known = known_last.sum(axis=-1)
    rows = known_last[known > 0] / known[known > 0][:, None]  # p(y|x), for each x that occurs
    left = np.zeros(known.shape)
    left[known > 0] = _kernels.mean_cost(rows, rows)
    return (known * left).sum(axis=-1) / unit


def mutual_information(joint, *, base=2):
    r"""Return the information that two variables share.

    .. math:: I(X; Y) = \sum_{x, y} p(x, y) \log \frac{p(x, y)}{p(x)\, p(y)}

    The KL divergence of the joint distribution from the product of its
    margins: 0 for independent variables, at most the smaller entropy.

    Parameters
    ----------
    joint : array_like, shape (..., n, m)
        Probabilities p(x, y): X along the rows, Y along the columns. The last
        two axes together sum to 1.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Mutual information in units of `base`, never negative.

    Raises
    ------
    ValueError
        If `joint` has fewer than two axes or is no distribution.

    References
    ----------
    Cover and Thomas :cite:p:`cover2006`, equation 2.28. Taught in chapter :ref:`ch-mutual-information`.

    Examples
    --------
    >>> float(mutual_information([[0.5, 0.0], [0.0, 0.5]]).round(12))
    1.0
    """
    unit = _checks.unit(base)
    joint = _checks.distribution(joint, "joint", event_axes=2)
    rows = _ordered(joint).sum(axis=-1)[..., :, None]
    columns = _ordered(np.swapaxes(joint, -1, -2)).sum(axis=-1)[..., None, :]
    return _from_product(joint, rows * columns, rows, columns) / unit


def _from_product(joint, product, rows, columns, difference=None):
    """Return the divergence of a table from the product of its margins, in nats."""
    terms = _kernels.kl_terms(joint, product, difference)
    too_small = (product == 0) & (joint > 0)  # the product of two tiny margins left the range of floats
    if too_small.any():
        with np.errstate(divide="ignore", invalid="ignore"):
            log_ratio = np.log(joint) - (np.log(rows) + np.log(columns))
            terms = np.where(too_small, joint * log_ratio - joint, terms)
    return _ordered(_flat(terms)).sum(axis=-1)


def mutual_information_from_counts(counts, *, base=2):
    r"""Return the mutual information of the empirical distribution of counted pairs.

    .. math:: I(X; Y) = \sum_{x, y} \frac{c_{xy}}{n} \log \frac{n\, c_{xy}}{a_x b_y}

    with the margins :math:`a_x`, :math:`b_y` and the total n. Integers know how
    far a table is from independence without any rounding: the deviations
    :math:`n c_{xy} - a_x b_y` are exact, however small the information is.

    Parameters
    ----------
    counts : array_like of int, shape (..., n, m)
        How often each pair was seen: X along the rows, Y along the columns.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    ndarray or float, shape (...)
        Mutual information in units of `base`, never negative. As an estimate of
        the information in the population it is biased for small samples.

    Raises
    ------
    ValueError
        If `counts` holds other than non-negative integers, or only zeros.

    References
    ----------
    Taught in chapter :ref:`ch-mutual-information`.

    Examples
    --------
    >>> float(mutual_information_from_counts([[5, 0], [0, 5]]))
    1.0
    >>> float(mutual_information_from_counts([[1, 2], [2, 4]]))
    0.0
    """
    unit = _checks.unit(base)
    counts = _checks.integer_counts(counts, "counts")
    n = counts.sum(axis=(-2, -1), keepdims=True)
    if n.max() > 3_000_000_000:  # n * n leaves 64 bits: Python's integers have no end
        counts, n = counts.astype(object), n.astype(object)
    rows, columns = counts.sum(axis=-1, keepdims=True), counts.sum(axis=-2, keepdims=True)
    product = rows * columns
    shares = (counts / n, product / n**2, rows / n, columns / n, (n * counts - product) / n**2)
    return _from_product(*(share.astype(float) for share in shares)) / unit


def mutual_information_from_labels(x, y, *, base=2):
    r"""Return the mutual information of two labelings of the same samples.

    Counts how often each pair of labels occurs; the rest is
    `mutual_information_from_counts`.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Labels of the samples: integers, strings or anything that can be sorted.
        Integers in a small range are counted fastest.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    float, shape ()
        Mutual information in units of `base`, never negative; biased for small
        samples, as the one from counts.

    Raises
    ------
    ValueError
        If the labels are no vectors of the same length, or empty, or hold NaN.

    References
    ----------
    Taught in chapter :ref:`ch-mutual-information`.

    Examples
    --------
    >>> float(mutual_information_from_labels(["a", "a", "b", "b"], [0, 0, 1, 1]))
    1.0
    """
    x, y = _checks.labels(x, y)
    (x, low_x, n), (y, low_y, m) = _codes(x), _codes(y)
    counts = np.zeros(n * m, dtype=np.int64)
    step = max(1 << 16, n * m)  # so that the temporaries are as small as the table allows
    for i in range(0, x.size, step):
        pair = (x[i : i + step].astype(np.int64) - low_x) * m + (y[i : i + step] - low_y)
        counts += np.bincount(pair, minlength=n * m)
    return mutual_information_from_counts(counts.reshape(n, m), base=base)


def _codes(labels):
    """Return integers for labels, the smallest of them, and how many values they span."""
    if labels.dtype.kind in "iu":
        low, high = int(labels.min()), int(labels.max())
        if high - low < 1 << 12:
            return labels, low, high - low + 1
    values, codes = np.unique(labels, return_inverse=True)
    return codes, 0, len(values)
