"""Nearest-neighbour estimators: by hand, by brute force, against known values, scales, ties and other bad input."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import digamma
from sklearn.feature_selection import mutual_info_regression

from lib import neighbours
from lib.estimators import plug_in
from lib.neighbours import jitter, kozachenko_leonenko, ksg_mutual_information, wang_kulkarni_verdu

NATS = {"base": math.e}
H = [0, 1, 1.5, 1 + 1 / 2 + 1 / 3]  # digamma(n) = H(n - 1) - Euler's constant


# By hand, and by brute force


def test_the_entropy_of_three_points_on_a_line_by_hand():
    # Nearest neighbours of 0, 1, 3 at 1, 1, 2; a ball is an interval of twice the radius.
    by_hand = H[2] - H[0] + math.log(2) + math.log(2) / 3
    assert kozachenko_leonenko([0, 1, 3], k=1, **NATS) == pytest.approx(by_hand, rel=1e-14)


def test_the_divergence_of_two_and_three_points_by_hand():
    # x = 0, 1: own distances 1, 1. To y = 3, 5, 6 the nearest are at 3 and 2.
    by_hand = (math.log(3) + math.log(2)) / 2 + H[3] - H[1]
    assert wang_kulkarni_verdu([0, 1], [3, 5, 6], k=1, **NATS) == pytest.approx(by_hand, rel=1e-14)


def test_the_information_of_four_points_by_hand():
    # Both coordinates have one spread; the nearest in the plane: 0 -> 1 at 2, 1 -> 0 at 2, 2 -> 3 at 3, 3 -> 2 at 3.
    x, y = np.array([0, 2, 7, 10]), np.array([0, 1, 9, 8])
    assert x.std() == pytest.approx(y.std(), rel=0.05)
    first = H[3] + H[0] - np.mean([H[0] + H[1], H[0] + H[1], H[0] + H[1], H[0] + H[1]])
    assert ksg_mutual_information(x, y, k=1, **NATS) == pytest.approx(first)
    # Rectangles of sides (2, 1) or (3, 1) hold one other point in each margin.
    assert ksg_mutual_information(x, y, k=1, variant=2, **NATS) == pytest.approx(H[3] + H[0] - 1)


def _volume(d, norm):
    return {math.inf: 2**d, 2: math.pi ** (d / 2) / math.gamma(d / 2 + 1), 1: 2**d / math.factorial(d)}[norm]


def _distances(a, b, norm):
    return np.linalg.norm(a[:, None] - b[None], ord=norm, axis=-1)


@pytest.mark.parametrize("norm", [1, 2, math.inf])
@pytest.mark.parametrize("d", [1, 2, 4])
def test_entropy_and_divergence_by_all_distances(norm, d):
    rng = np.random.default_rng(d)
    x, y, k = rng.normal(size=(60, d)), rng.normal(1, 2, size=(40, d)), 3
    own = np.sort(_distances(x, x, norm), axis=1)[:, k]
    other = np.sort(_distances(x, y, norm), axis=1)[:, k - 1]
    entropy = digamma(60) - digamma(k) + math.log(_volume(d, norm)) + d * np.log(own).mean()
    assert kozachenko_leonenko(x, k=k, norm=norm, **NATS) == pytest.approx(entropy, rel=1e-12)
    divergence = d * np.log(other / own).mean() + digamma(41) - digamma(60)
    assert wang_kulkarni_verdu(x, y, k=k, norm=norm, **NATS) == pytest.approx(divergence, rel=1e-12)


@pytest.mark.parametrize("dimensions", [(1, 1), (2, 1), (2, 3)])
@pytest.mark.parametrize("k", [1, 4])
def test_information_by_all_distances(dimensions, k):
    rng = np.random.default_rng(k)
    n, (dx, dy) = 80, dimensions
    x = rng.normal(size=(n, dx))
    y = rng.normal(size=(n, dy)) + x[:, :1]
    apart = [_distances(z / z.std(axis=0), z / z.std(axis=0), math.inf) for z in (x, y)]
    order = np.argsort(np.maximum(*apart), axis=1)[:, 1 : k + 1]
    rows = np.arange(n)[:, None]
    radius = np.maximum(*apart)[rows, order].max(axis=1)[:, None]
    first = digamma(k) + digamma(n) - sum(digamma((a < radius).sum(axis=1)).mean() for a in apart)
    assert ksg_mutual_information(x, y, k=k, **NATS) == pytest.approx(first, rel=1e-10)
    sides = [a[rows, order].max(axis=1)[:, None] for a in apart]
    counts = [(a <= side).sum(axis=1) - 1 for a, side in zip(apart, sides)]
    second = digamma(k) - 1 / k + digamma(n) - sum(digamma(c).mean() for c in counts)
    assert ksg_mutual_information(x, y, k=k, variant=2, **NATS) == pytest.approx(second, rel=1e-10)


@given(st.integers(0, 10**6), st.sampled_from([np.less, np.less_equal]))
def test_counting_within_a_radius_agrees_with_the_distances_themselves_where_sums_are_rounded(seed, inside):
    # Radii that are distances of pairs, on a grid on which x + radius is rounded away.
    rng = np.random.default_rng(seed)
    x = np.unique(1e8 + rng.integers(0, 60, size=30) * 2.0**-26 * rng.choice([1, 3, 1e6], size=30))
    radius = np.abs(x[:, None] - x)[np.arange(x.size), rng.permutation(x.size)]
    radius[radius == 0] = 1.0
    expected = inside(np.abs(x[:, None] - x), radius[:, None]).sum(axis=1) - 1
    assert sorted(neighbours._count_within(x[:, None], radius, inside)) == sorted(expected)


def test_variant_1_is_the_estimate_of_scikit_learn_which_lowers_k_by_nothing():
    rng = np.random.default_rng(3)
    x = rng.normal(size=500)
    y = np.exp(x + rng.normal(size=500))
    theirs = mutual_info_regression(x[:, None], y, n_neighbors=3, random_state=0)[0]
    assert ksg_mutual_information(x, y, k=3, **NATS) == pytest.approx(theirs, abs=2e-3)  # it adds noise


# Known values: bias and spread over many seeds


def _mean(estimate, draw, seeds=60):
    values = np.array([estimate(*draw(np.random.default_rng(seed))) for seed in range(seeds)])
    return values.mean(), values.std(ddof=1) / math.sqrt(seeds)


def test_where_the_density_is_constant_on_the_balls_the_entropy_is_unbiased():
    # Points on a circle of length 1, unrolled: uniform without a border, as all that lies near an end is repeated.
    def estimate(x):
        k, n = 4, x.size
        apart = np.abs(x[:, None] - x)
        radius = np.sort(np.minimum(apart, 1 - apart), axis=1)[:, k]
        return digamma(n) - digamma(k) + math.log(2) + np.log(radius).mean()

    mean, se = _mean(estimate, lambda rng: (rng.random(50),), seeds=400)
    assert abs(mean) < 4 * se < 0.03


@pytest.mark.parametrize(
    "draw, true",
    [
        (lambda rng: rng.normal(size=2000), stats.norm.entropy()),
        (lambda rng: rng.random(2000), 0.0),
        (lambda rng: rng.exponential(size=2000), 1.0),
        (lambda rng: rng.normal(size=(2000, 2)), 2 * stats.norm.entropy()),
        (lambda rng: rng.standard_t(3, size=2000), stats.t(3).entropy()),
    ],
)
def test_entropies_of_known_densities(draw, true):
    mean, se = _mean(lambda x: kozachenko_leonenko(x, **NATS), lambda rng: (draw(rng),))
    assert abs(mean - true) < 4 * se + 0.01


@pytest.mark.parametrize("sizes", [(1000, 1000), (1000, 4000), (2000, 500)])
def test_divergence_of_two_normals_for_unequal_numbers_of_samples(sizes):
    n, m = sizes
    mean, se = _mean(
        lambda x, y: wang_kulkarni_verdu(x, y, **NATS), lambda rng: (rng.normal(size=n), rng.normal(0.5, 1, size=m))
    )
    assert abs(mean - 0.125) < 4 * se + 0.01


@pytest.mark.parametrize("m", [30, 100, 1000])
def test_divergence_of_a_distribution_from_itself_is_0_on_average_whatever_the_numbers(m):
    mean, se = _mean(lambda x, y: wang_kulkarni_verdu(x, y, k=1, **NATS), lambda rng: (rng.random(100), rng.random(m)), seeds=300)
    assert abs(mean) < 4 * se + 0.003


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_information_of_normals(variant, rho):
    def draw(rng):
        x, z = rng.normal(size=(2, 1000))
        return x, rho * x + math.sqrt(1 - rho**2) * z

    mean, se = _mean(lambda x, y: ksg_mutual_information(x, y, variant=variant, **NATS), draw)
    assert abs(mean + math.log(1 - rho**2) / 2) < 4 * se + 0.005


# Laws


def _sample(seed=0, n=300):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    return x, rng.normal(1, 2, size=(n, 2)), x[:, 0] + rng.normal(size=n)


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1e-12, 3.7, 1e12, 1e300])
@pytest.mark.parametrize("norm", [2, math.inf])
def test_a_change_of_unit_adds_its_logarithm_to_entropy_and_nothing_to_the_others(scale, norm):
    x, y, z = _sample()
    shifted = kozachenko_leonenko(x, norm=norm, **NATS) + 2 * math.log(scale)
    assert kozachenko_leonenko(x * scale, norm=norm, **NATS) == pytest.approx(shifted, rel=1e-12)
    same = wang_kulkarni_verdu(x, y, norm=norm)
    assert wang_kulkarni_verdu(x * scale, y * scale, norm=norm) == pytest.approx(same, rel=1e-12)
    for variant in (1, 2):
        same = ksg_mutual_information(x[:, 0], z, variant=variant)
        assert ksg_mutual_information(x[:, 0] * scale, z, variant=variant) == pytest.approx(same, rel=1e-9)


def test_powers_of_two_change_no_bit_of_an_estimate():
    x, y, z = _sample()
    assert wang_kulkarni_verdu(x * 2.0**-900, y * 2.0**-900) == wang_kulkarni_verdu(x, y)
    assert ksg_mutual_information(x * 2.0**900, z) == ksg_mutual_information(x, z)


def test_a_shift_changes_nothing_and_the_order_of_the_samples_neither():
    x, y, z = _sample()
    i = np.random.default_rng(5).permutation(len(x))
    assert kozachenko_leonenko(x + 1024) == pytest.approx(kozachenko_leonenko(x), rel=1e-9)
    assert kozachenko_leonenko(x[i]) == pytest.approx(kozachenko_leonenko(x), rel=1e-13)
    assert wang_kulkarni_verdu(x[i], y + 0) == pytest.approx(wang_kulkarni_verdu(x, y), rel=1e-12)
    assert ksg_mutual_information(x[i], z[i]) == pytest.approx(ksg_mutual_information(x, z), rel=1e-12)


def test_information_is_symmetric_and_does_not_see_a_change_of_sign():
    x, _, z = _sample()
    for variant in (1, 2):
        assert ksg_mutual_information(z, x, variant=variant) == pytest.approx(ksg_mutual_information(x, z, variant=variant), rel=1e-12)
        assert ksg_mutual_information(-x, z, variant=variant) == pytest.approx(ksg_mutual_information(x, z, variant=variant), rel=1e-12)


def test_the_base_is_the_unit():
    x, y, z = _sample()
    for estimate in (kozachenko_leonenko, wang_kulkarni_verdu, ksg_mutual_information):
        arguments = {kozachenko_leonenko: (x,), wang_kulkarni_verdu: (x, y), ksg_mutual_information: (x, z)}[estimate]
        assert estimate(*arguments, **NATS) == pytest.approx(estimate(*arguments) * math.log(2), rel=1e-14)


def test_the_samples_handed_over_are_left_as_they_are():
    x, y, z = _sample()
    before = [a.copy() for a in (x, y, z)]
    kozachenko_leonenko(x)
    wang_kulkarni_verdu(x, y)
    ksg_mutual_information(x, z)
    jitter(x, np.random.default_rng(0), width=0.1)
    for a, b in zip((x, y, z), before):
        np.testing.assert_array_equal(a, b)


def test_two_samples_are_enough_for_one_neighbour():
    assert math.isfinite(kozachenko_leonenko([0.0, 1.0], k=1))
    assert wang_kulkarni_verdu([0.0, 1.0], [0.5], k=1, **NATS) == pytest.approx(math.log(0.5) + H[1] - H[1])
    assert ksg_mutual_information([0.0, 1.0], [0.0, 1.0], k=1, **NATS) == pytest.approx(1)


# Jitter


def test_jitter_of_rounded_values_has_the_entropy_of_the_values_plus_the_logarithm_of_the_width():
    rng = np.random.default_rng(6)
    rounded = rng.normal(size=20_000).round(1)
    counts = np.unique(rounded, return_counts=True)[1]
    expected = plug_in(counts) + math.log2(0.1)
    assert kozachenko_leonenko(jitter(rounded, rng, width=0.1)) == pytest.approx(expected, abs=0.03)


def test_jitter_stays_within_the_rounding_and_keeps_the_shape():
    x = np.arange(12.0).reshape(6, 2)
    spread = jitter(x, np.random.default_rng(0), width=0.5) - x
    assert spread.shape == x.shape
    assert 0.1 < np.abs(spread).max() <= 0.25
    assert jitter([1, 1], np.random.default_rng(0), width=1).shape == (2,)


# Errors


X = np.random.default_rng(9).normal(size=20)
Y = np.random.default_rng(10).normal(size=20)
EACH = [
    pytest.param(lambda x, **how: kozachenko_leonenko(x, **how), id="entropy"),
    pytest.param(lambda x, **how: wang_kulkarni_verdu(x, Y, **how), id="divergence"),
    pytest.param(lambda x, **how: ksg_mutual_information(x, Y, **how), id="information"),
]


def _with(value, where=3):
    x = X.copy()
    x[where] = value
    return x


@pytest.mark.parametrize("estimate", EACH)
@pytest.mark.parametrize(
    "x, words",
    [
        (_with(math.nan), r"`x` must not be NaN; it is nan at index 3"),
        (_with(-math.inf), r"`x` must be finite; it is -inf at index 3"),
        (_with(X[7]), "must not hold two equal samples, as rounded data do: .* comes more than once, and 1 samples repeat"),
        (np.zeros((2, 2, 2)), r"`x` must have 1 or 2 axes, one observation a row"),
        (3.0, r"`x` must have 1 or 2 axes, one observation a row"),
        ([], "`x` must not be empty"),
        (np.zeros((20, 0)), "`x` must not be empty"),
        (["a", "b"], "`x` must hold real numbers"),
        (X + 1j, "`x` must hold real numbers"),
    ],
)
def test_bad_samples_are_refused(estimate, x, words):
    with pytest.raises(ValueError, match=words):
        estimate(x)


@pytest.mark.parametrize("estimate", EACH)
@pytest.mark.parametrize("k", [0, -1, 1.5, True, None])
def test_the_number_of_neighbours_must_be_a_positive_integer(estimate, k):
    with pytest.raises(ValueError, match="`k` must be an integer"):
        estimate(X, k=k)


@pytest.mark.parametrize("estimate", EACH)
def test_too_few_samples_are_refused(estimate):
    with pytest.raises(ValueError, match="`x` must have at least 21 samples for k = 20 neighbours; it has 20"):
        estimate(X, k=20)


def test_too_few_samples_of_the_second_are_refused():
    with pytest.raises(ValueError, match="`y` must have at least 4 samples for k = 4 neighbours; it has 3"):
        wang_kulkarni_verdu(X, Y[:3])
    assert math.isfinite(wang_kulkarni_verdu(X, Y[:4]))


@pytest.mark.parametrize("estimate", EACH)
def test_a_bad_base_is_refused(estimate):
    with pytest.raises(ValueError, match="`base` must be"):
        estimate(X, base=0.5)


@pytest.mark.parametrize("norm", [0.5, -1, math.nan, "max", True])
def test_a_bad_norm_is_refused(norm):
    for estimate in (lambda: kozachenko_leonenko(X, norm=norm), lambda: wang_kulkarni_verdu(X, Y, norm=norm)):
        with pytest.raises(ValueError, match="`norm` must be at least 1"):
            estimate()


def test_a_sample_that_is_in_both_is_refused():
    with pytest.raises(ValueError, match="`x` and `y` must not hold two equal samples"):
        wang_kulkarni_verdu(X, np.append(Y, X[0]))


def test_different_dimensions_or_numbers_are_refused():
    with pytest.raises(ValueError, match="`x` and `y` must have the same dimension; they have 1 and 2"):
        wang_kulkarni_verdu(X, np.column_stack([X, Y]))
    with pytest.raises(ValueError, match="`x` and `y` must come from the same draws; they have 20 and 19 samples"):
        ksg_mutual_information(X, Y[:19])


def test_equal_values_of_the_second_variable_are_refused():
    with pytest.raises(ValueError, match="`y` must not hold two equal samples"):
        ksg_mutual_information(X, np.sign(X))


def test_a_constant_coordinate_is_refused():
    with pytest.raises(ValueError, match="`x` must vary in each coordinate; coordinate 1 is the same in all samples"):
        ksg_mutual_information(np.column_stack([X, np.ones(20)]), Y)


@pytest.mark.parametrize("variant", [0, 3, "1", None])
def test_an_unknown_variant_is_refused(variant):
    with pytest.raises(ValueError, match="`variant` must be 1 or 2"):
        ksg_mutual_information(X, Y, variant=variant)


def test_a_span_in_which_euclidean_distances_vanish_is_refused():
    x = np.append(1e-200 * X, 1.0)
    with pytest.raises(ValueError, match="`x` must not span more than 150 orders of magnitude"):
        kozachenko_leonenko(x, k=1, norm=2)
    assert math.isfinite(kozachenko_leonenko(x, k=1))


@pytest.mark.parametrize("width", [0, -0.1, math.nan, math.inf, "wide"])
def test_a_bad_width_is_refused(width):
    with pytest.raises(ValueError, match="`width` must be a positive number"):
        jitter(X, np.random.default_rng(0), width=width)


def test_a_table_with_an_equal_pair_of_rows_is_refused_and_one_with_equal_entries_is_not():
    table = np.column_stack([X, Y])
    table[1] = table[0]
    with pytest.raises(ValueError, match=r"\(.*, .*\) comes more than once, and 1 samples repeat an earlier one"):
        kozachenko_leonenko(table)
    table[1, 0] += 1
    assert math.isfinite(kozachenko_leonenko(table))
