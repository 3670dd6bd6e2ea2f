"""The claims about mutual information, each shown by a route of its own."""

import math
from fractions import Fraction
from itertools import product

import mpmath
import numpy as np
import pytest

from lib import conditional_entropy, entropy, joint_entropy, mutual_information, self_information


def tables_of_eighths():
    """Return every table of 2 rows and 3 columns with cells of whole eighths."""
    return np.array([c for c in product(range(9), repeat=6) if sum(c) == 8]).reshape(-1, 2, 3)


def definition(counts):
    """Return the mean log-ratio in bits, from exact fractions."""
    total = int(counts.sum())
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    with mpmath.workdps(30):
        terms = [
            mpmath.mpf(int(n)) / total * mpmath.log(mpmath.mpf(int(n) * total) / (int(rows[i]) * int(columns[j])), 2)
            for (i, j), n in np.ndenumerate(counts)
            if n
        ]
        return mpmath.fsum(terms)


def test_s3_15_holds_for_every_table_of_eighths():
    counts = tables_of_eighths()
    joint = counts / 8
    h_s, h_z = entropy(joint.sum(axis=-1)), entropy(joint.sum(axis=-2))
    exact = np.array([float(definition(c)) for c in counts])
    np.testing.assert_allclose(h_z - conditional_entropy(joint, given="x"), exact, atol=1e-12)
    np.testing.assert_allclose(h_s - conditional_entropy(joint, given="y"), exact, atol=1e-12)
    np.testing.assert_allclose(mutual_information(joint), exact, atol=1e-12)


def test_s3_15_holds_symmetric_non_negative_and_zero_only_if_independent():
    counts = tables_of_eighths()
    shared = mutual_information(counts / 8)
    np.testing.assert_allclose(shared, mutual_information(np.swapaxes(counts, -1, -2) / 8), atol=1e-14)
    assert (shared >= 0).all()
    products = counts.sum(axis=-1, keepdims=True) * counts.sum(axis=-2, keepdims=True)
    independent = (8 * counts == products).all(axis=(-1, -2))  # in whole numbers
    assert 0 < independent.sum() < len(counts)
    assert shared[independent].max() < 1e-14
    # The nearest table to independence among the others is 0.003 bits away.
    assert shared[~independent].min() > 1e-3


def record(blocks):
    """Return the probabilities of all records S of the first blocks, and the coin Z in each, by enumeration."""
    p, z = [], []
    for k in range(1, blocks + 1):
        for coins in product((0, 1), repeat=2**k):
            p.append(Fraction(1, 2**k * 2 ** (2**k)))
            z.append(coins[0])
    return np.array([float(q) for q in p]), np.array(z)


def test_s3_15_fails_where_the_entropies_are_infinite():
    # Block k of the chapter's record adds k + 2^k bits with weight 2^-k: more than 1 bit, for infinitely many k.
    with_blocks = {m: sum(Fraction(k + 2**k, 2**k) for k in range(1, m + 1)) for m in (1, 2, 3, 1000)}
    assert with_blocks[1000] > 1000
    for blocks in (1, 2, 3):
        p, z = record(blocks)
        assert (p * self_information(p)).sum() == pytest.approx(float(with_blocks[blocks]), rel=1e-12, abs=0)
        # Given the coin, each record of the block is twice as probable: one bit less, and it diverges as well.
        for value in (0, 1):
            left = 2 * p[z == value]
            expected = sum(Fraction(k + 2**k - 1, 2**k) for k in range(1, blocks + 1))
            assert (left * self_information(left)).sum() == pytest.approx(float(expected), rel=1e-12, abs=0)
        # What S and Z share is 1 bit however many blocks there are, as is H(Z) - H(Z|S).
        joint = np.zeros((len(p), 2))
        joint[np.arange(len(p)), z] = p / p.sum()
        assert mutual_information(joint) == pytest.approx(1, rel=1e-12, abs=0)
        assert conditional_entropy(joint, given="x") == 0
    assert math.isnan(math.inf - math.inf)


def test_s3_16_holds_at_most_the_smaller_entropy_reached_by_functions_only():
    for counts in tables_of_eighths():
        joint = counts / 8
        shared, h_s, h_z = mutual_information(joint), entropy(joint.sum(axis=1)), entropy(joint.sum(axis=0))
        s_of_z = ((counts > 0).sum(axis=0) <= 1).all()
        z_of_s = ((counts > 0).sum(axis=1) <= 1).all()
        assert shared <= min(h_s, h_z) + 1e-12
        assert (shared > h_s - 1e-9) == s_of_z
        assert (shared > h_z - 1e-9) == z_of_s


def test_s3_16_fails_with_margins_that_allow_no_function():
    # Every table of sixtieths with margins (1/2, 1/2) and (2/3, 1/3).
    family = np.array([[[30 - a, a], [10 + a, 20 - a]] for a in range(21)])
    assert (family.sum(axis=-1) == 30).all() and (family.sum(axis=-2) == [40, 20]).all()
    shared = mutual_information(family / 60)
    bound = min(entropy([0.5, 0.5]), entropy([2 / 3, 1 / 3]))
    assert shared.max() < 0.51 * bound
    assert shared.max() == pytest.approx(0.5 * bound, rel=1e-12, abs=0) and shared.argmax() in (0, 20)


def test_s3_16_fails_for_equal_distributions_that_share_nothing():
    apart = np.full((2, 2), 0.25)
    assert (apart.sum(axis=0) == apart.sum(axis=1)).all()
    assert mutual_information(apart) == 0
    assert joint_entropy(apart) == 2
