"""The claims about the Jensen-Shannon divergence, each shown by a route of its own."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from lib import entropy, js_distance, js_divergence, kl_divergence, mutual_information

A, B = [0.1, 0.2, 0.7], [0.2, 0.3, 0.5]  # the example of the source
RNG_PAIRS = np.random.default_rng(0).dirichlet(np.full(6, 0.5), size=(2, 500))


def exact_js(p, q):
    """Return the divergence in bits to 40 digits, from the definition."""
    with mpmath.workdps(40):
        p, q = [mpmath.mpf(x) for x in p], [mpmath.mpf(x) for x in q]
        return sum(x * mpmath.log(2 * x / (x + y), 2) if x else 0 for x, y in list(zip(p, q)) + list(zip(q, p))) / 2


def test_s2_21_holds_the_definition_against_exact_arithmetic_and_three_other_forms():
    for p, q in zip(*RNG_PAIRS[:, :50]):
        m = (p + q) / 2
        js = js_divergence(p, q)
        assert js == pytest.approx(float(exact_js(p, q)), rel=1e-12, abs=0)
        assert js == pytest.approx(entropy(m) - (entropy(p) + entropy(q)) / 2, rel=1e-9, abs=0)
        assert js == pytest.approx(mutual_information([p / 2, q / 2]), rel=1e-9, abs=0)
        assert js == pytest.approx(jensenshannon(p, q, base=2) ** 2, rel=1e-9, abs=0)
    # By hand: each press is settled by half of its letters.
    assert js_divergence([0.5, 0.5, 0], [0, 0.5, 0.5]) == 0.5


def test_s2_22_holds_in_bits_with_both_ends_reached():
    js = js_divergence(*RNG_PAIRS)
    assert ((js > 0) & (js < 1)).all()
    assert js_divergence(A, A) == 0
    disjoint = js_divergence(np.hstack([RNG_PAIRS[0], np.zeros((500, 6))]), np.hstack([np.zeros((500, 6)), RNG_PAIRS[1]]))
    np.testing.assert_allclose(disjoint, 1, rtol=1e-14)


def test_s2_22_fails_in_nats_and_for_three_sources():
    # Disjoint sources are as different as can be; in nats their value is far from 1.
    assert js_divergence([1, 0], [0, 1], base=math.e) == pytest.approx(math.log(2), rel=1e-15, abs=0)
    # Three disjoint sources: a draw tells which of three, in bits more than 1.
    assert mutual_information(np.eye(3) / 3) == pytest.approx(math.log2(3), rel=1e-14, abs=0)
    assert math.log(2) < 0.7 and math.log2(3) > 1.58


def test_s2_23_holds_to_the_last_bit_with_equal_weights():
    p, q = RNG_PAIRS
    assert (js_divergence(p, q) == js_divergence(q, p)).all()
    # The same pairs are not symmetric by chance: KL, and JS with other weights, tell the sides apart.
    assert (kl_divergence(p, q) != kl_divergence(q, p)).all()
    assert (js_divergence(p, q, [0.9, 0.1]) != js_divergence(q, p, [0.9, 0.1])).all()
    assert (js_divergence(p, q, [0.9, 0.1]) == js_divergence(q, p, [0.1, 0.9])).all()


def test_s2_24_holds_where_symmetry_is_all_that_is_asked():
    # The lopsided pair of KL: finite one way, infinite the other. JS has one finite value for both.
    p, q = [0.5, 0.5], [1.0, 0.0]
    assert kl_divergence(p, q) == math.inf and kl_divergence(q, p) == 1
    exact = float(exact_js(p, q))
    assert js_divergence(p, q) == js_divergence(q, p) == pytest.approx(exact, rel=1e-15, abs=0)


def test_s2_24_fails_as_a_distance_since_the_triangle_inequality_breaks():
    heads, fair, tails = [1.0, 0.0], [0.5, 0.5], [0.0, 1.0]
    direct, detour = js_divergence(heads, tails), js_divergence(heads, fair) + js_divergence(fair, tails)
    assert direct == 1
    # By hand: the midpoint of heads and fair is (3/4, 1/4), so each leg is h(1/4) - 1/2.
    assert detour == pytest.approx(2 * (float(2 - Fraction(3, 4) * mpmath.log(3, 2)) - 0.5), rel=1e-14, abs=0)
    assert detour < 0.63 < direct
    # Its root keeps the inequality, for far and for near triples.
    rng = np.random.default_rng(1)
    for concentration in (0.05, 0.5, 50):
        a, b, c = rng.dirichlet(np.full(4, concentration), size=(3, 20_000))
        assert (js_distance(a, c) <= js_distance(a, b) + js_distance(b, c) + 1e-15).all()


def test_s2_27_counterexample_scipy_returns_the_root_of_what_the_source_computes():
    p, q = np.array(A), np.array(B)
    m = (p + q) / 2
    formula = (np.sum(p * np.log2(p / m)) + np.sum(q * np.log2(q / m))) / 2
    scipy = jensenshannon(p, q, base=2)
    assert formula == pytest.approx(0.03159672228746773, abs=1e-15)  # 40-digit arithmetic, mpmath
    assert formula == pytest.approx(float(exact_js(["0.1", "0.2", "0.7"], ["0.2", "0.3", "0.5"])), abs=1e-15)
    assert scipy == pytest.approx(0.17775466882044963, abs=1e-14)
    assert scipy - formula > 0.14
    assert scipy**2 == pytest.approx(formula, rel=1e-12, abs=0)
    assert js_distance(A, B) == pytest.approx(scipy, rel=1e-12, abs=0)
