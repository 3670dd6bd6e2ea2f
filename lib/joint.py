"""Two variables at once: joint and conditional entropy, mutual information."""

import math

import numpy as np

from lib import _checks
from lib.divergence import kl_terms
from lib.shannon import surprisal, weighted_sum


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
    joint = _ordered(_flat(_checks.distribution(joint, "joint", event_axes=2)))
    return weighted_sum(joint, surprisal(joint, _checks.log_base(base)))


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
    joint = _checks.distribution(joint, "joint", event_axes=2)
    if given not in ("x", "y"):
        raise ValueError(f'`given` must be "x" (the rows are known) or "y" (the columns are); it is {given!r}')
    known_last = joint if given == "x" else np.swapaxes(joint, -1, -2)
    # Within a row the shares p(y|x) are at most 1, so no term is negative.
    positive = known_last.sum(axis=-1, keepdims=True) > 0
    rows = np.where(positive, known_last, 1.0)
    return weighted_sum(_flat(known_last), _flat(surprisal(rows, _checks.log_base(base))))


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
    joint = _checks.distribution(joint, "joint", event_axes=2)
    rows = _ordered(joint).sum(axis=-1)[..., :, None]
    columns = _ordered(np.swapaxes(joint, -1, -2)).sum(axis=-1)[..., None, :]
    product = rows * columns
    terms = kl_terms(joint, product)
    too_small = (product == 0) & (joint > 0)  # the product of two tiny margins left the range of floats
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(too_small, joint * (np.log(joint / rows) - np.log(columns) - 1), terms)
    return _ordered(_flat(terms)).sum(axis=-1) / math.log(_checks.log_base(base))
