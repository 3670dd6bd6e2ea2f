"""Each labelled equation of the chapter, both sides by different routes."""

import heapq
import math
from fractions import Fraction
from functools import cache
from itertools import product

import mpmath
import numpy as np
import pytest
import sympy
from scipy.integrate import quad

from lib import entropy, normalize, self_information
from lib.data import digits, english_text, mri_slice

RANDOM = np.random.default_rng(5).dirichlet(np.full(6, 0.5), size=300)


def test_eq_entropy():
    # Left: the library. Middle: the mean over a list in which each outcome stands as often as it occurs.
    # Right: -sum p log p in 40 digits.
    occurrences = [c for c in english_text().lower() if "a" <= c <= "z"]
    counts = {c: occurrences.count(c) for c in set(occurrences)}
    shares = np.array(list(counts.values())) / len(occurrences)
    mean = math.fsum(-math.log2(counts[c] / len(occurrences)) for c in occurrences) / len(occurrences)
    with mpmath.workdps(40):
        exact = -mpmath.fsum(mpmath.mpf(k) / len(occurrences) * mpmath.log(mpmath.mpf(k) / len(occurrences), 2) for k in counts.values())
    assert entropy(shares) == pytest.approx(mean, rel=1e-12, abs=0)
    assert entropy(shares) == pytest.approx(float(exact), rel=1e-14, abs=0)


def test_eq_entropy_spread():
    # All sequences of m outcomes by enumeration, with their exact probabilities.
    p = [Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)]
    information = [-math.log2(x) for x in p]
    H = float(entropy([float(x) for x in p]))
    for m in (1, 2, 3, 6):
        sequences = list(product(range(3), repeat=m))
        weights = [float(math.prod(p[x] for x in s)) for s in sequences]
        means = [sum(information[x] for x in s) / m for s in sequences]
        mean = math.fsum(w * a for w, a in zip(weights, means, strict=True))
        variance = math.fsum(w * (a - mean) ** 2 for w, a in zip(weights, means, strict=True))
        formula = math.fsum(float(x) * (i - H) ** 2 for x, i in zip(p, information, strict=True)) / m
        assert mean == pytest.approx(H, rel=1e-12, abs=0)
        assert variance == pytest.approx(formula, rel=1e-12, abs=0)


def test_eq_entropy_zero_limit():
    p = sympy.symbols("p", positive=True)
    assert sympy.limit(-p * sympy.log(p), p, 0, "+") == 0
    with mpmath.workdps(60):
        for k in range(1, 400):
            u = mpmath.mpf(k) / 2
            x = mpmath.exp(-u)
            assert 0 <= -x * mpmath.log(x) < 2 / u
            assert mpmath.almosteq(-x * mpmath.log(x), u * mpmath.exp(-u), rel_eps=mpmath.mpf(10) ** -50)


def test_eq_entropy_term_maximum():
    p = sympy.symbols("p", positive=True)
    derivative = sympy.diff(-p * sympy.log(p), p)
    assert sympy.simplify(derivative - (-sympy.log(p) - 1)) == 0
    assert sympy.solve(derivative, p) == [sympy.exp(-1)]
    # By search instead of by derivative.
    grid = np.linspace(1e-6, 1, 1_000_001)
    terms = -grid * np.log(grid)
    assert grid[terms.argmax()] == pytest.approx(1 / math.e, abs=2e-6)
    assert terms.max() == pytest.approx(1 / math.e, abs=1e-11)


def test_eq_binary_entropy():
    # Against the area under its derivative, log((1-p)/p), from 0 to p.
    for p in (0.01, 0.2, 0.5, 0.77, 0.999):
        area, error = quad(lambda t: math.log2((1 - t) / t), 0, p)
        assert entropy([p, 1 - p]) == pytest.approx(area, abs=10 * error + 1e-9)
        with mpmath.workdps(30):
            exact = -mpmath.mpf(p) * mpmath.log(p, 2) - (1 - mpmath.mpf(p)) * mpmath.log(1 - mpmath.mpf(p), 2)
        assert entropy([p, 1 - p]) == pytest.approx(float(exact), rel=1e-13, abs=0)


def test_eq_entropy_log_inequality():
    with mpmath.workdps(50):
        for k in range(-200, 201):
            x = mpmath.mpf(10) ** (mpmath.mpf(k) / 20)
            if k == 0:
                assert mpmath.log(x) == x - 1
            else:
                assert mpmath.log(x) < x - 1
        # The line is the tangent at 1: the gap vanishes to second order, as (x-1)^2 / 2.
        for step in (mpmath.mpf("1e-8"), mpmath.mpf("-1e-8")):
            gap = step - mpmath.log(1 + step)
            assert float(gap / step**2) == pytest.approx(0.5, rel=1e-7, abs=0)


def gibbs_sum(p, q):
    """Sum of p log2(q/p) in the direct way, one outcome at a time."""
    total = 0.0
    for x, y in zip(map(float, p), map(float, q), strict=True):
        if x > 0:
            total += -math.inf if y == 0 else x * math.log2(y / x)
    return total


def test_eq_entropy_gibbs():
    rng = np.random.default_rng(6)
    for p, q in zip(RANDOM, rng.permutation(RANDOM), strict=True):
        assert gibbs_sum(p, q) < 0
        assert gibbs_sum(p, q * rng.random()) < 0  # q may sum to less than 1
        assert gibbs_sum(p, p) == 0
    assert gibbs_sum([0.5, 0.5], [1, 0]) == -math.inf
    # Sharp: a sum of q above 1 breaks it.
    assert gibbs_sum([0.5, 0.5], [0.501, 0.501]) > 0


def test_eq_entropy_bound():
    for n in (2, 3, 10, 1000):
        p = np.random.default_rng(n).dirichlet(np.ones(n), size=200)
        assert (entropy(p) > 0).all()
        assert (entropy(p) < math.log2(n)).all()
        assert entropy(np.full(n, 1 / n)) == pytest.approx(math.log2(n), rel=1e-13, abs=0)
        assert entropy(np.eye(n)[0]) == 0
        # The gap is the mean of log(n p), summed directly.
        gap = [math.fsum(x * math.log2(n * x) for x in row if x > 0) for row in p]
        np.testing.assert_allclose(math.log2(n) - entropy(p), gap, rtol=1e-9)


def test_eq_entropy_concave():
    # The gap, against the two sums of the proof.
    P, Q = RANDOM[:150], RANDOM[150:]
    for lam in (0.01, 0.3, 0.5, 0.9):
        M = lam * P + (1 - lam) * Q
        gap = entropy(M) - lam * entropy(P) - (1 - lam) * entropy(Q)
        sums = [-lam * gibbs_sum(p, m) - (1 - lam) * gibbs_sum(q, m) for p, q, m in zip(P, Q, M, strict=True)]
        assert (gap > 0).all()
        np.testing.assert_allclose(gap, sums, rtol=1e-9, atol=1e-13)
        np.testing.assert_allclose(entropy(lam * P + (1 - lam) * P), entropy(P), rtol=1e-14)


def partitions(items):
    """Yield every way to put the items into groups."""
    if not items:
        yield []
        return
    for rest in partitions(items[1:]):
        yield [[items[0]], *rest]
        for i, group in enumerate(rest):
            yield [*rest[:i], [items[0], *group], *rest[i + 1 :]]


def test_eq_entropy_grouping():
    groupings = list(partitions(list(range(6))))
    assert len(groupings) == 203  # Bell's number for six
    p = RANDOM[0]
    for groups in groupings:
        q = [math.fsum(p[x] for x in group) for group in groups]
        inner = [entropy(normalize(p[group])) for group in groups]
        assert entropy(p) == pytest.approx(entropy(q) + np.dot(q, inner), rel=1e-12, abs=0)


def test_eq_entropy_only():
    # Counts in whole numbers: log N less the mean log of the group sizes, by factorising into prime numbers.
    for counts in ([1, 2, 5], [4, 4], [7], [12, 30, 18, 1, 60]):
        N = sum(counts)
        logs = [sympy.expand_log(sympy.log(n), force=True) for n in counts]
        in_stages = sum(sympy.Rational(n, N) * (sympy.log(N) - log) for n, log in zip(counts, logs, strict=True))
        assert entropy(np.array(counts) / N, base=math.e) == pytest.approx(float(sympy.N(in_stages, 30)), rel=1e-14, abs=0)
    # The squeeze of step 2: k / j and (k + 1) / j enclose the ratio of logarithms.
    for n, m, j in product((2, 6, 26), (2, 3, 17), (1, 50, 400)):
        k = next(k for k in range(10**4) if m ** (k + 1) > n**j)
        assert k / j <= math.log(n) / math.log(m) < (k + 1) / j


@cache
def ways_of_asking(n):
    """Every multiset of question counts with which n outcomes can be told apart, by splitting first into two."""
    if n == 1:
        return frozenset({(0,)})
    return frozenset(
        tuple(sorted(1 + length for length in left + right))
        for k in range(1, n // 2 + 1)
        for left in ways_of_asking(k)
        for right in ways_of_asking(n - k)
    )


def test_eq_entropy_kraft():
    for n in range(1, 9):
        for lengths in ways_of_asking(n):
            assert sum(Fraction(1, 2**length) for length in lengths) <= 1

    # Conversely: all short lists that obey it can be asked for, by a search over trees with unused leaves allowed.
    def fits(lengths):
        free = [0]  # depths of leaves not given away yet
        for length in sorted(lengths):
            depth = max((d for d in free if d <= length), default=None)
            if depth is None:
                return False
            free.remove(depth)
            free += range(depth + 1, length + 1)
        return True

    for lengths in product(range(1, 5), repeat=4):
        assert fits(lengths) == (sum(Fraction(1, 2**length) for length in lengths) <= 1)


def huffman(p):
    """The best mean number of questions: the sum of the knots."""
    heap, total = sorted(map(float, p)), 0.0
    while len(heap) > 1:
        knot = heapq.heappop(heap) + heapq.heappop(heap)
        total += knot
        heapq.heappush(heap, knot)
    return total


def test_eq_entropy_questions():
    for p in RANDOM:
        # The best of all ways of asking, by trying them all: the longest ways for the least probable outcomes.
        best = min(np.dot(np.sort(p)[::-1], lengths) for lengths in ways_of_asking(6))
        assert huffman(p) == pytest.approx(best, rel=1e-12, abs=0)
        assert entropy(p) <= best < entropy(p) + 1
    # Both ends: met for powers of two, and nearly 1 too much for an outcome that is nearly sure.
    assert huffman([0.5, 0.25, 0.125, 0.125]) == entropy([0.5, 0.25, 0.125, 0.125])
    assert 1 - 1e-4 < huffman([1 - 1e-6, 1e-6]) - entropy([1 - 1e-6, 1e-6]) < 1


def test_eq_entropy_perplexity():
    # Against the product of (1/p)^p, which needs no logarithm and no base.
    for p in RANDOM:
        direct = math.prod((1 / x) ** x for x in p if x > 0)
        for base in (2, math.e, 10):
            assert base ** entropy(p, base=base) == pytest.approx(direct, rel=1e-12, abs=0)
    for n in range(1, 30):
        assert 2 ** entropy(np.full(n, 1 / n)) == pytest.approx(n, rel=1e-13, abs=0)


def test_eq_entropy_refine():
    for values in (mri_slice().ravel(), digits()[0].ravel()):
        values = values // np.gcd.reduce(values)
        for width in (1, 2, 4, 8, 16):
            fine = np.bincount(values // width, minlength=2)
            fine = np.append(fine, np.zeros(len(fine) % 2, dtype=int))
            coarse = fine.reshape(-1, 2).sum(axis=1)
            added = entropy(normalize(fine)) - entropy(normalize(coarse))
            assert 0 <= added <= 1
            # What is added is the mean binary entropy within the bins.
            within = [0.0 if 0 in pair else entropy(normalize(pair)) for pair in fine.reshape(-1, 2)]
            assert added == pytest.approx(normalize(coarse) @ within, abs=1e-12)
    # Sharp: halves of equal share add a whole bit, halves of which one is empty nothing.
    assert entropy(np.full(8, 1 / 8)) == entropy(np.full(4, 1 / 4)) + 1
    assert entropy([0.5, 0, 0.5, 0]) == entropy([0.5, 0.5])
    assert self_information(1 / 8) == self_information(1 / 4) + 1
