"""Each labelled equation of the chapter, both sides by different routes."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from lib import self_information
from lib.data import english_text

PROBABILITIES = np.random.default_rng(1).random(200)


def test_eq_information_additive():
    # Left: independent events as a table of products. Right: the sum of both.
    p, q = PROBABILITIES[:100], PROBABILITIES[100:]
    together = self_information(np.outer(p, q))
    apart = np.add.outer(self_information(p), self_information(q))
    np.testing.assert_allclose(together, apart, rtol=1e-13)


def test_eq_information():
    # -log p and log 1/p, and the count of halvings that lead from 1 to p.
    for halvings in range(1, 60):
        p = 1.0
        for _ in range(halvings):
            p /= 2
        assert self_information(p) == halvings
    with mpmath.workdps(40):
        for p in PROBABILITIES:
            for base in (2, 3, 10, math.e):
                exact = mpmath.log(1 / mpmath.mpf(p), base)
                assert float(self_information(p, base=base)) == pytest.approx(float(exact), rel=1e-13, abs=0)


def test_eq_cauchy():
    def g(u):
        return self_information(np.exp(-u))

    u, v = np.random.default_rng(2).exponential(size=(2, 500))
    np.testing.assert_allclose(g(u + v), g(u) + g(v), rtol=1e-12)


def test_eq_cauchy_fractions():
    # g by repeated addition from g(1/n), against the fraction of g(1).
    def g(u):
        return float(self_information(math.exp(-u)))

    for m in range(1, 12):
        for n in range(1, 12):
            assert m * g(1 / n) == pytest.approx(float(Fraction(m, n)) * g(1), rel=1e-12, abs=0)
            assert g(m / n) == pytest.approx(float(Fraction(m, n)) * g(1), rel=1e-12, abs=0)


def test_eq_information_base():
    for base in (2, 10, 1.5, 26):
        exact = [float(mpmath.log(mpmath.mpf(p), base)) for p in PROBABILITIES]
        np.testing.assert_allclose(np.log(PROBABILITIES) / np.log(base), exact, rtol=1e-12)
    one_nat = self_information(math.exp(-1), base=math.e)
    assert one_nat == pytest.approx(1, rel=1e-15, abs=0)
    assert self_information(math.exp(-1)) == pytest.approx(1 / math.log(2), rel=1e-15, abs=0)


def test_eq_information_chain():
    # Joint by counting pairs of neighbours in real text; conditional by counting after each first letter.
    text = "".join(c for c in english_text().lower() if c.isascii() and c.isalpha())
    pairs = list(zip(text, text[1:]))
    for a, b in set(pairs):
        first = [y for x, y in pairs if x == a] if a in "qxz" else None
        if first is None:
            continue
        joint = self_information(pairs.count((a, b)) / len(pairs))
        chain = self_information(len(first) / len(pairs)) + self_information(first.count(b) / len(first))
        assert joint == pytest.approx(chain, rel=1e-13, abs=0)
