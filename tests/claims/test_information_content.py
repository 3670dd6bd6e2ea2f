"""The claims about information content, each shown by a route of its own."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from lib import entropy, self_information


def test_s0_03_holds_one_number_an_outcome_against_one_a_distribution():
    p = np.full((3, 6), 1 / 6)
    assert self_information(p).shape == (3, 6)
    assert entropy(p).shape == (3,)


def test_s2_01_holds_a_sure_event_carries_nothing():
    assert self_information(1.0) == 0
    # Telling 1 of n equally likely events carries log2 n: for n = 1 there is nothing to tell.
    assert [float(self_information(1 / n)) for n in (1, 2, 4)] == [0, 1, 2]


def test_s2_02_holds_rarer_events_carry_more():
    p = np.geomspace(1e-300, 1, 10_000)
    assert (np.diff(self_information(p)) < 0).all()


@pytest.mark.parametrize("base", [2, math.e, 10])
def test_s2_03_holds_for_independent_events(base):
    # Two dice by enumeration: the share of pairs, and the sum of the single contents.
    pairs = [(a, b) for a in range(6) for b in range(6)]
    both = Fraction(sum(a == 5 and b >= 4 for a, b in pairs), len(pairs))
    alone = self_information([1 / 6, 2 / 6], base=base)
    assert self_information(float(both), base=base) == pytest.approx(alone.sum(), rel=1e-14, abs=0)


def test_s2_03_fails_for_dependent_events_where_the_chain_rule_takes_over():
    # Two aces from 52 cards without putting the first back, by counting pairs of cards.
    cards = range(52)
    pairs = [(a, b) for a in cards for b in cards if a != b]
    both = sum(a < 4 and b < 4 for a, b in pairs) / len(pairs)
    second_ace = sum(b < 4 for a, b in pairs) / len(pairs)
    together = self_information(both)
    added = self_information(4 / 52) + self_information(second_ace)
    assert together - added > 0.38
    assert together == pytest.approx(self_information(4 / 52) + self_information(3 / 51), rel=1e-14, abs=0)


def test_s2_04_holds_the_formula_and_its_additivity():
    with mpmath.workdps(40):
        for p in (1e-300, 1e-9, 0.1, 1 / 3, 0.999999):
            exact = -mpmath.log(mpmath.mpf(p), 2)
            assert float(self_information(p)) == pytest.approx(float(exact), rel=1e-15, abs=0)
    p, q = np.random.default_rng(0).random((2, 1000))
    np.testing.assert_allclose(self_information(p * q), self_information(p) + self_information(q), rtol=1e-13)


def test_s2_05_holds_exactly_zero_and_not_minus_zero():
    for base in (2, math.e, 10, 7):
        assert math.copysign(1, self_information(1.0, base=base)) == 1
        assert self_information(1.0, base=base) == 0
