"""Differential entropy, divergence and mutual information from distances to the k-th nearest neighbour."""

import math

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import digamma, gammaln

from lib import _checks


def kozachenko_leonenko(x, *, k=4, norm=math.inf, base=2):
    r"""Return the differential entropy of the density that samples come from.

    .. math:: \hat h = \psi(n) - \psi(k) + \log c_d + \frac{d}{n} \sum_i \log r_k(i)

    in nats, with the distance :math:`r_k(i)` of sample i to its k-th nearest neighbour and the
    volume :math:`c_d` of the unit ball. Exact on average where the density is
    constant on these balls.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Independent samples, one a row, no two of them equal.
    k : int, default 4
        Which neighbour to measure the distance to: more neighbours, less noise and more bias.
    norm : float, default inf
        Of the distance: inf for the largest coordinate, so that balls are cubes; 2 for Euclidean; any p from 1 on.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    float
        Estimate in units of `base`, of either sign. Scaling the samples by a adds d log a.

    Raises
    ------
    ValueError
        If there are no more than k samples, two are equal, one is not finite, or
        `k`, `norm` or `base` is none.

    References
    ----------
    Kozachenko and Leonenko :cite:p:`kozachenko1987`; for k above 1 Kraskov et al.
    :cite:p:`kraskov2004`. Taught in chapter :ref:`ch-estimation`.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=10_000)
    >>> true = math.log2(2 * math.pi * math.e) / 2
    >>> abs(kozachenko_leonenko(x) - true) < 0.05
    True
    """
    unit, k = _checks.unit(base), _checks.whole(k, "k")
    x = _checks.sample_points(x, "x")
    _checks.enough_samples(x, "x", k, beyond=1)
    log_ball = _log_unit_ball(x.shape[1], _checks.norm_order(norm))
    x, exponent = _near_one(_checks.distinct(x, "x"))
    n, d = x.shape
    tree = cKDTree(x)
    mean_log = np.log(_distances(tree, x[tree.indices], k + 1, norm, "x")).mean() + exponent * math.log(2)
    return float(digamma(n) - digamma(k) + log_ball + d * mean_log) / unit


def wang_kulkarni_verdu(x, y, *, k=4, norm=math.inf, base=2):
    r"""Return the KL divergence of the density of `x` from that of `y`, from samples of both.

    .. math:: \hat D = \frac{d}{n} \sum_i \log \frac{s_k(i)}{r_k(i)} + \psi(m + 1) - \psi(n)

    in nats, with the distances from sample i of `x` to its k-th nearest neighbour
    among the others of `x`, :math:`r_k(i)`, and among `y`, :math:`s_k(i)`.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Samples of the truth P, one a row, no two of them equal.
    y : array_like, shape (m,) or (m, d)
        Samples of the model Q; m may differ from n.
    k : int, default 4
        Which neighbour to measure the distances to.
    norm : float, default inf
        Of the distance: inf for the largest coordinate, so that balls are cubes; 2 for Euclidean; any p from 1 on.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    float
        Estimate in units of `base`; below 0 is possible where the divergence is small. Scaling
        both samples alike changes nothing.

    Raises
    ------
    ValueError
        If there are too few samples for `k`, two of one sample are equal, a sample of `x` is
        in `y` too, one is not finite, or the dimensions differ.

    Notes
    -----
    The paper has log(m / (n - 1)) for the constant. The digamma functions are those for which
    the estimate is exact on average where both densities are constant on the balls; the two
    differ by about 1/(2m) - 1/(2n).

    References
    ----------
    Wang, Kulkarni and Verdú :cite:p:`wang2009`, equation 5. Taught in chapter :ref:`ch-estimation`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(0, 1, 10_000), rng.normal(1, 1, 20_000)
    >>> abs(wang_kulkarni_verdu(x, y, base=math.e) - 0.5) < 0.05
    True
    """
    unit, k = _checks.unit(base), _checks.whole(k, "k")
    x, y = _checks.sample_points(x, "x"), _checks.sample_points(y, "y")
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"`x` and `y` must have the same dimension; they have {x.shape[1]} and {y.shape[1]}")
    _checks.enough_samples(x, "x", k, beyond=1)
    _checks.enough_samples(y, "y", k, beyond=0)
    _checks.norm_order(norm)
    n, m, d = len(x), len(y), x.shape[1]
    both, _ = _near_one(_checks.distinct(np.concatenate([x, y]), "x` and `y"))
    x, y = both[:n], both[n:]
    tree = cKDTree(x)
    x = x[tree.indices]
    own = _distances(tree, x, k + 1, norm, "x")
    other = _distances(cKDTree(y), x, k, norm, "y")
    return float(d * np.log(other / own).mean() + digamma(m + 1) - digamma(n)) / unit


def ksg_mutual_information(x, y, *, k=4, variant=1, base=2):
    r"""Return the mutual information of two continuous variables by Kraskov, Stögbauer and Grassberger.

    .. math:: \hat I_1 = \psi(k) + \psi(n) - \frac1n \sum_i [\psi(n_x(i) + 1) + \psi(n_y(i) + 1)]

    in nats, where :math:`n_x(i)` counts the samples whose x is strictly nearer to that of sample
    i than its k-th nearest neighbour in the plane is, in the norm of the larger distance.
    Variant 2 has the smallest *rectangle* around the k neighbours instead of the square, counts
    what is no further than its sides, and is
    :math:`\psi(k) - 1/k + \psi(n) - \langle \psi(n_x) + \psi(n_y) \rangle`.

    Parameters
    ----------
    x, y : array_like, shape (n,) or (n, d)
        Samples of X and Y, row by row from the same draws; no two values of X, or of Y, equal.
    k : int, default 4
        Which neighbour to look for: more neighbours, less noise and more bias.
    variant : int, default 1
        1 or 2, as above; the second has less spread and more bias in many dimensions.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    float
        Estimate in units of `base`; below 0 is possible where there is little information.
        Units of measurement don't matter: each coordinate is first divided by its
        standard deviation.

    Raises
    ------
    ValueError
        If there are no more than k samples, two values of X or of Y are equal, one is not
        finite, a coordinate is constant, or the numbers of samples differ.

    References
    ----------
    Kraskov, Stögbauer and Grassberger :cite:p:`kraskov2004`. Taught in chapter :ref:`ch-estimation`.

    Examples
    --------
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 10_000))
    >>> y = 0.6 * x + 0.8 * noise  # correlation 0.6
    >>> abs(ksg_mutual_information(x, y) + math.log2(1 - 0.6**2) / 2) < 0.05
    True
    """
    unit, k = _checks.unit(base), _checks.whole(k, "k")
    if variant not in (1, 2):
        raise ValueError(f"`variant` must be 1 or 2; it is {variant!r}")
    x, y = _checks.sample_points(x, "x"), _checks.sample_points(y, "y")
    if len(x) != len(y):
        raise ValueError(f"`x` and `y` must come from the same draws; they have {len(x)} and {len(y)} samples")
    _checks.enough_samples(x, "x", k, beyond=1)
    x, y = (_by_spread(_checks.distinct(z, name), name) for z, name in ((x, "x"), (y, "y")))
    tree = cKDTree(np.concatenate([x, y], axis=1))
    order = tree.indices
    if variant == 1:
        radius = tree.query(tree.data[order], [k + 1], p=np.inf)[0][:, 0]
        counts = [_count_within(z[order], radius, np.less) + 1 for z in (x, y)]
    else:
        found = tree.query(tree.data[order], k + 1, p=np.inf)[1]
        radii = [np.abs(z[found] - z[order, None]).max(axis=(1, 2)) for z in (x, y)]
        counts = [_count_within(z[order], radius, np.less_equal) for z, radius in zip((x, y), radii, strict=True)]
    mean = sum(digamma(count).mean() for count in counts)
    return float(digamma(k) - (variant - 1) / k + digamma(len(x)) - mean) / unit


def jitter(x, rng, *, width):
    """Return samples spread evenly over the interval that each of them was rounded to.

    Rounding makes equal values, which have no nearest-neighbour distance. Uniform noise of the
    width of the rounding turns probabilities of rounded values into a density with steps of
    that width; its differential entropy is the entropy of the rounded values plus log `width`
    for each coordinate. Noise of any other width answers another question.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Rounded samples.
    rng : numpy.random.Generator
        Where the noise comes from.
    width : float
        The step of the rounding, 0.1 for one decimal.

    Returns
    -------
    ndarray, the shape of `x`
        Samples in the units of measurement they came in (no unit of information).

    Raises
    ------
    ValueError
        If a sample is not finite or `width` is not positive.

    References
    ----------
    Taught in chapter :ref:`ch-estimation`.

    Examples
    --------
    >>> bool(abs(jitter([1.4, 1.4, 1.5], np.random.default_rng(0), width=0.1) - [1.4, 1.4, 1.5]).max() <= 0.05)
    True
    """
    points = _checks.sample_points(x, "x")
    if not (isinstance(width, (int, float, np.integer, np.floating)) and 0 < width < math.inf):
        raise ValueError(f"`width` must be a positive number; it is {width!r}")
    return (points + width * (rng.random(points.shape) - 0.5)).reshape(np.shape(x))


def _near_one(x):
    """Return x times a power of two, which is exact, and the exponent: no square under- or overflows later."""
    exponent = int(np.frexp(np.abs(x).max())[1])
    return np.ldexp(x, -exponent), exponent


def _by_spread(x, name):
    """Return each column less its first value, over its standard deviation."""
    x, _ = _near_one(x)
    x = x - x[0]
    spread = x.std(axis=0)
    if not spread.all():
        raise ValueError(f"`{name}` must vary in each coordinate; coordinate {int(np.argmin(spread))} is the same in all samples")
    return x / spread


def _log_unit_ball(d, p):
    return d * math.log(2) + d * gammaln(1 + 1 / p) - gammaln(1 + d / p)


def _distances(tree, x, k, norm, name):
    """Return the distance from each row of x to its k-th nearest point in the tree.

    Quicker if the rows come in the order of a tree: points near in space are then near in memory.
    """
    distances = tree.query(x, [k], p=norm)[0][:, 0]
    if not distances.all():
        raise ValueError(f"`{name}` must not span more than 150 orders of magnitude; beside the largest two samples are at distance 0")
    return distances


def _count_within(x, radius, inside):
    """Return how many other rows lie `inside` the radius of each row, in the max norm; the order is lost."""
    if x.shape[1] > 1:
        radius = radius if inside is np.less_equal else np.nextafter(radius, 0)
        return cKDTree(x).query_ball_point(x, radius, p=np.inf, return_length=True) - 1
    order = np.argsort(x[:, 0])
    x, radius = x[order, 0], radius[order]
    low, high = np.searchsorted(x, x - radius), np.searchsorted(x, x + radius, side="right") - 1
    for edge, step in ((low, -1), (high, 1)):
        # x + radius is rounded: step in or out until the distances themselves agree, as the tree measured them.
        while (out := ~inside(np.abs(x - x[edge]), radius)).any():
            edge[out] -= step
        while (more := inside(np.abs(x - x[following := np.clip(edge + step, 0, len(x) - 1)]), radius) & (following != edge)).any():
            edge[more] += step
    return high - low


__all__ = ["jitter", "kozachenko_leonenko", "ksg_mutual_information", "wang_kulkarni_verdu"]
