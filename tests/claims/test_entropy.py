"""The claims about entropy, each shown by a route of its own."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from scipy.stats import entropy as scipy_entropy

from lib import entropy, self_information
from lib.data import english_text, letter_distribution

RANDOM = np.random.default_rng(3).dirichlet(np.ones(7), size=300)


def exact_entropy(p, base=2):
    """The definition in 40 digits, skipping impossible outcomes."""
    with mpmath.workdps(40):
        terms = [mpmath.mpf(x) * mpmath.log(1 / mpmath.mpf(x), base) for x in map(float, p) if x > 0]
        return float(mpmath.fsum(terms))


def as_in_the_document(p):
    """The textbook formula, as written: no care for zeros."""
    return -np.sum(p * np.log2(p))


def test_s0_01_holds_the_formula_and_what_it_says_of_uncertainty():
    for p in RANDOM:
        # Rounding of seven terms and of the sum: a few units in the last place.
        assert entropy(p) == pytest.approx(exact_entropy(p), rel=1e-14, abs=0)
        assert entropy(p) == pytest.approx(scipy_entropy(p, base=2), rel=1e-14, abs=0)
    assert entropy([0.0, 1.0, 0.0]) == 0
    assert entropy([0.3, 0.7, 0.0]) == entropy([0.3, 0.7])
    for n in range(1, 40):
        assert entropy(np.full(n, 1 / n)) == pytest.approx(math.log2(n), rel=1e-14, abs=1e-15)
    # Uncertainty grows as a distribution is moved from a sure outcome towards the uniform one.
    path = np.linspace(0, 1, 200)[:, None]
    assert (np.diff(entropy((1 - path) * [0.0, 0.0, 1.0] + path / 3)) > 0).all()


def test_s0_02_holds_the_weighted_mean_and_the_mean_over_draws():
    # Exact fractions and whole bits: no rounding anywhere.
    p = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 16), Fraction(1, 16), Fraction(1, 8)]
    bits = [1, 2, 4, 4, 3]
    assert entropy([float(x) for x in p]) == float(sum(x * b for x, b in zip(p, bits, strict=True)))
    # The mean over m draws errs by sigma / sqrt(m): spread of 4000 repetitions, to five of its standard errors.
    letters = letter_distribution(english_text())
    information = self_information(letters)
    sigma = math.sqrt(letters @ (information - entropy(letters)) ** 2)
    rng = np.random.default_rng(4)
    for m in (16, 128, 1024):
        averages = information[rng.choice(26, p=letters, size=(4000, m))].mean(axis=1)
        assert abs(averages.mean() - entropy(letters)) < 5 * sigma / math.sqrt(4000 * m)
        assert averages.std() * math.sqrt(m) / sigma == pytest.approx(1, abs=5 / math.sqrt(2 * 4000))


def test_s2_06_holds_as_an_expectation_by_its_tail():
    # E[X] of a non-negative X is the area under P(X > t), a staircase here.
    for p in RANDOM:
        information = np.sort(self_information(p))
        steps = np.diff(information, prepend=0.0)
        tail = [p[self_information(p) >= i].sum() for i in information]
        assert entropy(p) == pytest.approx(steps @ tail, rel=1e-13, abs=0)


def test_s2_07_counterexample_four_outcomes_with_less_entropy_than_two():
    four, two = [0.97, 0.01, 0.01, 0.01], [0.5, 0.5]
    assert exact_entropy(four) < 0.25 < exact_entropy(two) == 1
    assert entropy(four) < 0.25
    assert entropy(two) == 1
    # "Every term is positive" fails as well: a further possibility may add nothing at all.
    assert entropy([0.5, 0.5, 0.0]) == entropy(two)
    # What holds is a ceiling, log n, that only the uniform distribution reaches.
    assert (entropy(RANDOM) < math.log2(7)).all()


def term(p):
    with mpmath.workdps(40):
        p = mpmath.mpf(p)
        return -p * mpmath.log(p, 2)


def test_s2_08_holds_by_the_limit_at_0_exactly_at_1_and_positive_between():
    assert term(1) == 0
    towards_zero = [term(mpmath.mpf(10) ** -k) for k in range(1, 300)]
    assert all(b < a for a, b in zip(towards_zero, towards_zero[1:], strict=False))
    assert towards_zero[-1] < mpmath.mpf(10) ** -295
    assert min(term(mpmath.mpf(i) / 1000) for i in range(1, 1000)) > 0
    assert entropy([1.0, 0.0]) == 0  # both ends at once


def test_s2_08_fails_at_0_as_written_and_as_a_measure_of_the_uncertainty_of_an_event():
    with np.errstate(divide="ignore", invalid="ignore"):
        assert np.isnan(-0.0 * np.log2(0.0))
    peak = mpmath.findroot(lambda p: mpmath.diff(term, p), 0.4)
    assert float(peak) == pytest.approx(1 / math.e, abs=1e-12)
    assert term(peak) > term(0.5)
    # The binary entropy measures how uncertain an event is; the term does not follow it.
    assert entropy([0.25, 0.75]) < entropy([0.5, 0.5])
    assert float(term(0.25)) == float(term(0.5))
    assert entropy([0.75, 0.25]) == entropy([0.25, 0.75])
    assert float(term(0.75)) < float(term(0.25))


def test_s2_25_holds_for_positive_probabilities_that_sum_to_one():
    # The two values printed by the document's script.
    for p, value in (([0.1, 0.2, 0.7], 1.1567796494470395), ([0.2, 0.3, 0.5], 1.4854752972273346)):
        p = np.array(p)
        assert exact_entropy(p) == pytest.approx(value, rel=1e-15, abs=0)
        assert as_in_the_document(p) == pytest.approx(value, rel=1e-15, abs=0)
        assert scipy_entropy(p, base=2) == pytest.approx(value, rel=1e-15, abs=0)
        assert entropy(p) == pytest.approx(value, rel=1e-15, abs=0)
    for p in RANDOM:
        assert as_in_the_document(p) == pytest.approx(scipy_entropy(p, base=2), rel=1e-14, abs=0)


def test_s2_25_fails_with_an_impossible_outcome_and_with_counts():
    with np.errstate(divide="ignore", invalid="ignore"):
        assert np.isnan(as_in_the_document(np.array([0.5, 0.5, 0.0])))
    assert scipy_entropy([0.5, 0.5, 0.0], base=2) == 1
    assert entropy([0.5, 0.5, 0.0]) == 1
    assert as_in_the_document(np.array([2, 2])) == -4
    assert scipy_entropy([2, 2], base=2) == 1
    with pytest.raises(ValueError, match="`p` must sum to 1"):
        entropy([2, 2])
