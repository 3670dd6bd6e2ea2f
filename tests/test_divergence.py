import math

import mpmath
import numpy as np
import pytest
import scipy.spatial.distance
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from lib import (
    cross_entropy,
    entropy,
    js_distance,
    js_divergence,
    kl_divergence,
    mutual_information,
    normalize,
)
from tests.strategies import distributions, joints, pairs

LN2 = math.log(2)


def exact_kl(p, q):
    """KL in bits of the numbers as given, without rescaling: sum p log(p/q) - p + q."""
    with mpmath.workdps(400):
        terms = []
        for a, b in zip(map(mpmath.mpf, map(float, p)), map(mpmath.mpf, map(float, q)), strict=True):
            if a > 0 and b == 0:
                return math.inf
            terms.append((a * mpmath.log(a / b) if a > 0 else 0) - a + b)
        return float(mpmath.fsum(terms) / mpmath.log(2))


def exact_js(p, q):
    with mpmath.workdps(400):
        total = mpmath.mpf(0)
        for a, b in zip(map(mpmath.mpf, map(float, p)), map(mpmath.mpf, map(float, q)), strict=True):
            m = (a + b) / 2
            total += sum(x * mpmath.log(x / m) / 2 for x in (a, b) if x > 0)
        return float(total / mpmath.log(2))


def total_variation(p, q):
    return np.abs(p - q).sum() / 2


# Values


def test_by_hand():
    assert kl_divergence([0.5, 0.5], [0.25, 0.75]) == pytest.approx(1 - math.log2(3) / 2, rel=1e-14, abs=0)
    assert cross_entropy([0.5, 0.5], [0.25, 0.125 + 0.625]) == pytest.approx(2 - math.log2(3) / 2, rel=1e-14, abs=0)
    assert js_divergence([1, 0], [0.5, 0.5]) == pytest.approx(1.5 - 0.75 * math.log2(3), rel=1e-14, abs=0)


def test_equal_arguments_give_exactly_zero_and_no_minus_sign():
    for p in ([1.0], [0.1, 0.2, 0.7], [1.0, 0.0], np.full(1000, 1e-3)):
        for value in (kl_divergence(p, p), js_divergence(p, p), js_distance(p, p)):
            assert value == 0
            assert math.copysign(1, value) == 1


def test_an_impossible_outcome_costs_infinity_in_one_direction():
    assert kl_divergence([0.5, 0.5], [1.0, 0.0]) == math.inf
    assert kl_divergence([1.0, 0.0], [0.5, 0.5]) == 1
    assert cross_entropy([0.5, 0.5], [1.0, 0.0]) == math.inf
    assert cross_entropy([1.0, 0.0], [1.0, 0.0]) == 0


@given(pairs())
def test_kl_agrees_with_mpmath(pair):
    p, q = pair
    expected = exact_kl(p, q)
    assert kl_divergence(p, q) == pytest.approx(expected, rel=1e-13, abs=1e-300)


@given(pairs())
def test_js_agrees_with_mpmath(pair):
    p, q = pair
    assert js_divergence(p, q) == pytest.approx(exact_js(p, q), rel=1e-13, abs=1e-300)


@given(pairs())
def test_agreement_with_scipy_as_far_as_scipy_is_right(pair):
    p, q = pair
    assert kl_divergence(p, q) == pytest.approx(scipy.special.rel_entr(p, q).sum() / LN2, rel=1e-10, abs=1e-13)
    assert kl_divergence(p, q) == pytest.approx(scipy.stats.entropy(p, q, base=2), rel=1e-10, abs=1e-13)
    with np.errstate(invalid="ignore"):
        scipys = scipy.spatial.distance.jensenshannon(p, q, base=2)
    if not np.isnan(scipys):  # rounding makes SciPy take the root of a negative number
        assert js_distance(p, q) == pytest.approx(scipys, rel=1e-10, abs=1e-7)


# Laws


@given(pairs())
def test_gibbs_inequality_holds_without_clipping(pair):
    p, q = pair
    value = kl_divergence(p, q)
    assert value >= 0
    assert (value == 0) == np.array_equal(p, q)


@given(pairs())
def test_cross_entropy_is_entropy_plus_kl(pair):
    p, q = pair
    right = entropy(p) + kl_divergence(p, q)
    assert cross_entropy(p, q) == pytest.approx(right, rel=1e-12, abs=1e-14)


@given(distributions())
def test_cross_entropy_with_itself_is_the_entropy(p):
    assert cross_entropy(p, p) == entropy(p)


@given(pairs())
def test_pinsker_with_the_sharp_constant(pair):
    p, q = pair
    # Both sides carry rounding: p - q is exact to 1e-16.
    assert total_variation(p, q) <= np.sqrt(kl_divergence(p, q, base=math.e) / 2) * (1 + 1e-9) + 1e-16


def test_pinskers_constant_is_sharp():
    d = 1e-5
    p, q = np.array([0.5 + d, 0.5 - d]), np.array([0.5, 0.5])
    assert total_variation(p, q) == pytest.approx(np.sqrt(kl_divergence(p, q, base=math.e) / 2), rel=1e-8, abs=0)


@given(joints(3, 4), joints(3, 4))
def test_the_chain_rule_of_kl(joint_p, joint_q):
    p, q = joint_p.sum(axis=1), joint_q.sum(axis=1)
    rows = [
        a * kl_divergence(normalize(x), normalize(y)) if y.sum() > 0 else math.inf
        for a, x, y in zip(p, joint_p, joint_q, strict=True)
        if a > 0
    ]
    right = kl_divergence(p, q) + sum(rows)
    assert kl_divergence(joint_p.ravel(), joint_q.ravel()) == pytest.approx(right, rel=1e-9, abs=1e-12)


@given(pairs(), st.integers(0, 2**32 - 1))
def test_data_processing_never_raises_a_divergence(pair, seed):
    p, q = pair
    channel = np.random.default_rng(seed).dirichlet(np.ones(3), size=p.size)
    for measure in (kl_divergence, js_divergence):
        assert measure(p @ channel, q @ channel) <= measure(p, q) * (1 + 1e-9) + 1e-14


@given(pairs())
def test_relabelling_the_outcomes_changes_nothing(pair):
    p, q = pair
    for measure in (kl_divergence, js_divergence):
        assert measure(p[::-1], q[::-1]) == pytest.approx(measure(p, q), rel=1e-13, abs=1e-300)
    assert cross_entropy(p[::-1], q[::-1]) == pytest.approx(cross_entropy(p, q), rel=1e-13, abs=1e-15)


@given(pairs())
def test_js_is_symmetric_to_the_bit(pair):
    p, q = pair
    assert js_divergence(p, q) == js_divergence(q, p)
    assert js_divergence(p, q, [0.25, 0.75]) == js_divergence(q, p, [0.75, 0.25])


@given(pairs(), st.floats(0, 1))
def test_js_lies_between_0_and_the_entropy_of_the_weights(pair, weight):
    p, q = pair
    weights = [weight, 1 - weight]
    assert 0 <= js_divergence(p, q, weights) <= entropy(weights) * (1 + 1e-13) + 1e-15
    assert 0 <= js_divergence(p, q) <= 1 + 1e-15


@pytest.mark.parametrize("base", [2, math.e])
def test_disjoint_supports_reach_the_bound_of_js(base):
    assert js_divergence([0.3, 0.7, 0], [0, 0, 1], base=base) == pytest.approx(math.log(2, base), rel=1e-15, abs=0)


@given(pairs())
def test_js_is_the_information_of_a_draw_about_the_coin(pair):
    p, q = pair
    assert js_divergence(p, q) == pytest.approx(mutual_information(np.array([p, q]) / 2), rel=1e-9, abs=1e-15)


@given(pairs(count=3))
def test_the_js_distance_obeys_the_triangle_inequality(triple):
    p, q, r = triple
    assert js_distance(p, r) <= (js_distance(p, q) + js_distance(q, r)) * (1 + 1e-12)


def test_the_js_divergence_does_not():
    p, q, r = [1, 0], [0.5, 0.5], [0, 1]
    assert js_divergence(p, r) > js_divergence(p, q) + js_divergence(q, r) + 0.3


# Edges


@pytest.mark.parametrize("weights", [[1, 0], [0, 1]])
def test_a_weight_of_zero_leaves_one_distribution_and_no_divergence(weights):
    assert js_divergence([1, 0], [0, 1], weights) == 0


def test_js_is_finite_where_a_share_of_the_mixture_underflows():
    assert js_divergence([5e-324, 1], [0, 1]) < 1e-300
    p, q = np.array([1.0, 0.0]), np.array([1.0, 1e-300])
    for w in (1e-300, 1e-200, 1e-10):
        assert 0 <= js_divergence(p, q, [1 - w, w]) < 1e-9


def test_nearly_equal_distributions_keep_their_digits():
    q = np.full(10, 0.1)
    for d in 10.0 ** -np.arange(1, 16):
        p = q + d * 0.1 * np.array([1, -1] * 5)
        assert kl_divergence(p, q) == pytest.approx(exact_kl(p, q), rel=1e-14, abs=0)
        assert js_divergence(p, q) == pytest.approx(exact_js(p, q), rel=1e-13, abs=0)
        assert js_distance(p, q) == pytest.approx(math.sqrt(exact_js(p, q)), rel=1e-13, abs=0)
    one_ulp = q + 1e-17
    with np.errstate(invalid="ignore"):
        assert np.isnan(scipy.spatial.distance.jensenshannon(q, one_ulp))
    assert js_distance(q, one_ulp) == pytest.approx(math.sqrt(exact_js(q, one_ulp)), rel=1e-13, abs=0)


def test_batches_broadcast():
    p, q = np.array([[0.5, 0.5], [1, 0]]), np.array([0.5, 0.5])
    for measure in (cross_entropy, kl_divergence, js_divergence, js_distance):
        both = measure(p, q)
        assert both.shape == (2,)
        np.testing.assert_allclose(both, [measure(row, q) for row in p], rtol=1e-15)
        assert measure(p[:, None], p).shape == (2, 2)
        np.testing.assert_array_equal(measure(p.T, q, axis=0), both)


def test_float32_is_computed_in_float64():
    p = np.array([0.1, 0.2, 0.7], dtype=np.float32)
    q = np.array([0.2, 0.3, 0.5], dtype=np.float32)
    assert kl_divergence(p, q) == pytest.approx(exact_kl(normalize(p), normalize(q)), rel=1e-7, abs=0)
    assert kl_divergence(p, p) == 0


def test_sums_of_1_up_to_the_tolerance_move_the_result_in_second_order_only():
    p, q = np.array([0.1, 0.2, 0.7]), np.array([0.2, 0.3, 0.5])
    for residue in (1e-10, 9e-10):
        off = kl_divergence(p * (1 + residue), p)
        assert off < residue**2
        assert kl_divergence(p * (1 + residue), q) == pytest.approx(kl_divergence(p, q), abs=3 * residue)
