import math

import mpmath
import numpy as np
import pytest
import scipy.stats
from hypothesis import given

from lib import entropy, joint_entropy, normalize, self_information
from tests.strategies import distributions, joints


def exact_entropy(p, base=2):
    """The entropy of p / sum(p): a nearly sure outcome is as far from 1 as the others say."""
    with mpmath.workdps(700):
        total = mpmath.fsum(map(float, p))
        shares = [mpmath.mpf(float(x)) / total for x in p if x > 0]
        return float(-mpmath.fsum(x * mpmath.log(x, base) for x in shares))


def test_by_hand():
    assert entropy([0.5, 0.25, 0.125, 0.125]) == 1.75
    assert self_information([0.5, 0.25, 0.125]).tolist() == [1, 2, 3]


def test_a_sure_outcome_has_no_entropy_and_no_minus_sign():
    assert math.copysign(1, self_information(1.0)) == 1
    for p in ([1.0], [1.0, 0.0], [0, 1, 0]):
        assert entropy(p) == 0
        assert math.copysign(1, entropy(p)) == 1


def test_an_impossible_event_costs_infinity_and_adds_nothing_to_the_entropy():
    assert self_information(0.0) == math.inf
    assert self_information(-0.0) == math.inf
    assert entropy([0.5, 0.5, 0.0]) == 1


@pytest.mark.parametrize("n", [1, 2, 3, 7, 64, 1000])
def test_the_uniform_law_has_entropy_log_n(n):
    assert entropy(np.full(n, 1 / n)) == pytest.approx(math.log2(n), rel=1e-14, abs=0)


@pytest.mark.parametrize("base", [2, math.e, 10, 1.5, 256])
def test_the_base_is_the_unit(base):
    p = [0.2, 0.3, 0.5]
    assert entropy(p, base=base) == pytest.approx(exact_entropy(p, base), rel=1e-14, abs=0)
    assert self_information(0.2, base=base) == pytest.approx(-math.log(0.2) / math.log(base), rel=1e-14, abs=0)


@given(distributions())
def test_entropy_agrees_with_mpmath_and_scipy(p):
    # The sum of p is 1 up to rounding, which moves the entropy by about as much.
    assert entropy(p) == pytest.approx(exact_entropy(p), rel=1e-13, abs=1e-15)
    assert entropy(p) == pytest.approx(scipy.stats.entropy(p, base=2), rel=1e-13, abs=1e-15)


@given(distributions())
def test_entropy_lies_between_0_and_the_log_of_the_possible_outcomes(p):
    assert 0 <= entropy(p) <= math.log2(np.count_nonzero(p)) * (1 + 1e-14)


@given(distributions())
def test_entropy_does_not_know_the_names_of_the_outcomes(p):
    assert entropy(p[::-1]) == pytest.approx(entropy(p), rel=1e-14, abs=1e-15)  # the sum of p is rounded anew


@given(joints())
def test_grouping_outcomes_loses_their_entropy_within_the_groups(joint):
    groups = joint.sum(axis=1)
    within = sum(g * entropy(normalize(row)) for g, row in zip(groups, joint, strict=True) if g > 0)
    assert joint_entropy(joint) == pytest.approx(entropy(groups) + within, rel=1e-12, abs=1e-14)


def test_batches_and_axes():
    p = np.array([[0.5, 0.5, 0.0], [0.25, 0.25, 0.5]])
    assert entropy(p).tolist() == [1, 1.5]
    assert entropy(p.T, axis=0).tolist() == [1, 1.5]
    assert entropy(p.T[None], axis=1).tolist() == [[1, 1.5]]
    assert isinstance(entropy(p[0]), float)


def test_float32_does_not_lose_the_answer():
    p = np.array([0.1, 0.2, 0.7], dtype=np.float32)
    assert entropy(p).dtype == np.float64
    assert entropy(p) == pytest.approx(exact_entropy([0.1, 0.2, 0.7]), rel=1e-7, abs=0)
    tiny = np.array([1e-38, 1.0], dtype=np.float32)
    assert entropy(tiny) == pytest.approx(exact_entropy(tiny), rel=1e-6, abs=0)


def test_the_smallest_probability_is_no_overflow():
    assert self_information(5e-324) == 1074
    assert entropy([5e-324, 1.0]) == pytest.approx(exact_entropy([5e-324, 1.0]), abs=5e-324)


def test_a_sum_within_the_tolerance_never_gives_negative_entropy():
    for excess in (1e-10, -1e-10, 9e-10):
        assert entropy([1.0 + excess]) == 0
