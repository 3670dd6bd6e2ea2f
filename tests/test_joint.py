import math

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score

from lib import (
    conditional_entropy,
    entropy,
    joint_entropy,
    kl_divergence,
    mutual_information,
    mutual_information_from_counts,
    mutual_information_from_labels,
    normalize,
)
from tests.strategies import distributions, joints


def exact_information(joint):
    with mpmath.workdps(700):
        total = mpmath.fsum(map(float, joint.ravel()))  # 1 up to rounding, which would show in tiny results
        table = [[mpmath.mpf(float(x)) / total for x in row] for row in joint]
        rows, columns = [mpmath.fsum(row) for row in table], [mpmath.fsum(c) for c in zip(*table, strict=True)]
        terms = [x * mpmath.log(x / (rows[i] * columns[j]), 2) for i, row in enumerate(table) for j, x in enumerate(row) if x > 0]
        return float(mpmath.fsum(terms))


def test_by_hand():
    joint = np.array([[0.5, 0.0], [0.25, 0.25]])
    assert joint_entropy(joint) == 1.5
    assert conditional_entropy(joint, given="x") == 0.5
    assert conditional_entropy(joint, given="y") == pytest.approx(0.75 * entropy([2 / 3, 1 / 3]), rel=1e-14, abs=0)
    assert mutual_information(joint) == pytest.approx(entropy([0.75, 0.25]) - 0.5, rel=1e-13, abs=0)


@given(joints())
def test_the_chain_rule_of_entropy(joint):
    whole = joint_entropy(joint)
    assert whole == pytest.approx(entropy(joint.sum(axis=1)) + conditional_entropy(joint, given="x"), rel=1e-12, abs=1e-14)
    assert whole == pytest.approx(entropy(joint.sum(axis=0)) + conditional_entropy(joint, given="y"), rel=1e-12, abs=1e-14)


@given(joints())
def test_mutual_information_in_its_four_forms(joint):
    x, y = joint.sum(axis=1), joint.sum(axis=0)
    information = mutual_information(joint)
    assert information == pytest.approx(entropy(x) - conditional_entropy(joint, given="y"), rel=1e-10, abs=1e-13)
    assert information == pytest.approx(entropy(y) - conditional_entropy(joint, given="x"), rel=1e-10, abs=1e-13)
    assert information == pytest.approx(entropy(x) + entropy(y) - joint_entropy(joint), rel=1e-10, abs=1e-13)
    product = np.outer(x, y)
    assume((product[joint > 0] > 0).all())  # else this route, unlike the library's, underflows
    assert information == pytest.approx(kl_divergence(joint.ravel(), product.ravel()), rel=1e-10, abs=1e-13)


@given(joints())
def test_mutual_information_agrees_with_mpmath(joint):
    assert mutual_information(joint) == pytest.approx(exact_information(joint), rel=1e-12, abs=1e-15)


@given(joints())
def test_the_bounds(joint):
    x, y = entropy(joint.sum(axis=1)), entropy(joint.sum(axis=0))
    information = mutual_information(joint)
    assert 0 <= information <= min(x, y) * (1 + 1e-12) + 1e-15
    assert 0 <= conditional_entropy(joint, given="x") <= y * (1 + 1e-12) + 1e-15
    assert max(x, y) * (1 - 1e-12) - 1e-15 <= joint_entropy(joint) <= (x + y) * (1 + 1e-12)


@given(distributions(), distributions())
def test_independent_variables_share_nothing(p, q):
    assert mutual_information(np.outer(p, q)) <= 1e-15


@given(distributions())
def test_a_function_shares_all_the_entropy_there_is(p):
    assert mutual_information(np.diag(p)) == pytest.approx(entropy(p), rel=1e-12, abs=1e-15)
    assert conditional_entropy(np.diag(p), given="x") == 0


@given(joints(3, 3), st.integers(0, 2**32 - 1))
def test_data_processing_never_raises_information(joint, seed):
    channel = np.random.default_rng(seed).dirichlet(np.ones(2), size=3)
    assert mutual_information(joint @ channel) <= mutual_information(joint) * (1 + 1e-9) + 1e-14


@given(joints())
def test_swapping_the_variables_changes_not_a_bit(joint):
    assert mutual_information(joint.T) == mutual_information(joint)
    assert joint_entropy(joint.T) == joint_entropy(joint)
    assert conditional_entropy(joint.T, given="y") == conditional_entropy(joint, given="x")


def test_swapping_the_variables_of_large_tables_changes_not_a_bit():
    for joint in np.random.default_rng(5).dirichlet(np.ones(600), size=50).reshape(50, 20, 30):
        assert mutual_information(joint.T) == mutual_information(joint)
        assert joint_entropy(joint.T) == joint_entropy(joint)


def test_agreement_with_scikit_learn_on_labels():
    x, y = np.random.default_rng(0).integers(0, 4, (2, 500))
    counts = np.histogram2d(x, y, bins=4)[0]
    ours = mutual_information(normalize(counts.ravel()).reshape(4, 4), base=math.e)
    assert ours == pytest.approx(mutual_info_score(x, y), rel=1e-10, abs=0)


def test_batches():
    joint = np.random.default_rng(0).dirichlet(np.ones(12), size=(2, 5)).reshape(2, 5, 3, 4)
    for measure in (joint_entropy, mutual_information, lambda j: conditional_entropy(j, given="y")):
        assert measure(joint).shape == (2, 5)
        assert measure(joint)[1, 2] == pytest.approx(measure(joint[1, 2]), rel=1e-14, abs=0)


def test_an_impossible_row_adds_nothing():
    joint = np.array([[0.5, 0.5], [0.0, 0.0]])
    assert conditional_entropy(joint, given="x") == 1
    assert conditional_entropy(joint, given="y") == 0
    assert mutual_information(joint) == 0


def test_margins_whose_product_underflows_leave_the_information_finite():
    tiny = 1e-200
    joint = np.diag([tiny, 1.0])
    assert mutual_information(joint) == pytest.approx(exact_information(joint), rel=1e-12, abs=0)


def test_given_must_name_a_variable():
    for given_ in ("z", 0, None, "X"):
        with pytest.raises(ValueError, match='`given` must be "x"'):
            conditional_entropy([[1.0]], given=given_)


# From counts and labels


def exact_information_of_counts(counts):
    with mpmath.workdps(60):
        n, rows, columns = int(counts.sum()), counts.sum(axis=1).tolist(), counts.sum(axis=0).tolist()
        terms = [
            mpmath.mpf(c) / n * mpmath.log(mpmath.mpf(n) * c / (rows[i] * columns[j]), 2)
            for i, row in enumerate(counts.tolist())
            for j, c in enumerate(row)
            if c
        ]
        return float(mpmath.fsum(terms))


@given(st.lists(st.integers(0, 10**6), min_size=6, max_size=6).filter(any))
def test_information_of_counts_agrees_with_mpmath(cells):
    counts = np.array(cells).reshape(2, 3)
    assert mutual_information_from_counts(counts) == pytest.approx(exact_information_of_counts(counts), rel=2e-15, abs=1e-300)


@pytest.mark.parametrize("n", [10, 10**4, 10**7, 10**12])
def test_nearly_independent_counts_keep_their_digits(n):
    counts = np.array([[n + 1, n], [n, n]], dtype=np.int64)
    assert mutual_information_from_counts(counts) == pytest.approx(exact_information_of_counts(counts), rel=2e-15, abs=0)


def test_independent_counts_share_exactly_nothing():
    counts = np.outer([1, 2, 3], [4, 5, 6, 7])
    value = mutual_information_from_counts(counts)
    assert value == 0
    assert math.copysign(1, value) == 1


def test_counts_in_batches():
    counts = np.random.default_rng(0).integers(0, 9, (5, 3, 4)) + 1
    np.testing.assert_allclose(mutual_information_from_counts(counts), [mutual_information_from_counts(c) for c in counts])


@pytest.mark.parametrize("kind", [int, np.uint8, np.int64, float, str])
def test_labels_of_any_kind_agree_with_scikit_learn(kind):
    x, y = np.random.default_rng(2).integers(0, 5, (2, 3000))
    y = (x + y // 3) % 5
    ours = mutual_information_from_labels(x.astype(kind), y, base=math.e)
    assert ours == pytest.approx(mutual_info_score(x, y), rel=1e-10)
    shifted = mutual_information_from_labels(x - 10**6, y + 10**9, base=math.e)
    assert shifted == ours


def test_wide_integer_labels_are_sorted_first():
    x = np.array([0, 10**12, 0, 10**12])
    assert mutual_information_from_labels(x, [0, 1, 0, 1]) == 1


@pytest.mark.parametrize(
    ("function", "arguments", "words"),
    [
        (mutual_information_from_counts, ([[0.5, 0.5]],), "`counts` must hold integers; its dtype is float64"),
        (mutual_information_from_counts, ([1, 2],), "`counts` must have at least 2 axes"),
        (mutual_information_from_counts, ([[1, -1]],), "`counts` must not be negative; it is -1 at index (0, 1)"),
        (mutual_information_from_counts, ([[0, 0]],), "`counts` must not sum to 0"),
        (mutual_information_from_labels, ([1, 2], [1]), "they have 2 and 1"),
        (mutual_information_from_labels, ([[1]], [1]), "`x` must be a vector of labels"),
        (mutual_information_from_labels, ([1], []), "`y` must be a vector of labels, not empty"),
        (mutual_information_from_labels, ([1.0, math.nan], [1, 2]), "`x` must not hold NaN at index 1"),
    ],
)
def test_bad_counts_and_labels_are_named(function, arguments, words):
    with pytest.raises(ValueError, match="`") as error:
        function(*arguments)
    assert words in str(error.value)
