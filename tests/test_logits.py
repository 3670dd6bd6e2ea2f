import math

import mpmath
import numpy as np
import pytest
import scipy.special
import torch
from hypothesis import given
from hypothesis import strategies as st

from lib import (
    cross_entropy,
    cross_entropy_from_logits,
    entropy,
    entropy_from_logits,
    kl_divergence,
    kl_from_logits,
    log_softmax,
    softmax,
)

LOGITS = st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=8)


def exact_cost(logits, index):
    with mpmath.workdps(400):
        z = [mpmath.mpf(x) for x in logits]
        return float(mpmath.log(mpmath.fsum(mpmath.exp(x - z[index]) for x in z)))


@given(LOGITS)
def test_softmax_is_a_distribution_and_agrees_with_scipy(logits):
    assert softmax(logits).sum() == pytest.approx(1, abs=1e-15)
    np.testing.assert_allclose(softmax(logits), scipy.special.softmax(logits), rtol=1e-14, atol=1e-300)


@given(LOGITS)
def test_log_softmax_agrees_with_mpmath_and_is_never_positive(logits):
    ours = log_softmax(logits)
    assert (ours <= 0).all()
    for i in range(len(logits)):
        assert -ours[i] == pytest.approx(exact_cost(logits, i), rel=1e-13, abs=1e-300)


@given(LOGITS, st.integers(-100, 100))
def test_a_shift_of_the_logits_changes_nothing(logits, shift):
    np.testing.assert_allclose(softmax(np.array(logits) + shift), softmax(logits), rtol=1e-10, atol=1e-300)


def test_agreement_with_torch_in_values_and_reductions():
    rng = np.random.default_rng(0)
    logits, target = rng.normal(size=(50, 7)) * 5, rng.integers(0, 7, 50)
    ours = cross_entropy_from_logits(logits, target, base=math.e)
    theirs = torch.nn.functional.cross_entropy(torch.tensor(logits), torch.tensor(target), reduction="none")
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-12)
    mean = torch.nn.functional.cross_entropy(torch.tensor(logits), torch.tensor(target))
    assert ours.mean() == pytest.approx(float(mean), rel=1e-12, abs=0)
    soft = rng.dirichlet(np.ones(7), 50)
    theirs = torch.nn.functional.cross_entropy(torch.tensor(logits), torch.tensor(soft), reduction="none")
    np.testing.assert_allclose(cross_entropy_from_logits(logits, soft, base=math.e), theirs.numpy(), rtol=1e-12)


def test_indices_one_hot_rows_and_the_measure_on_probabilities_agree():
    logits = np.random.default_rng(1).normal(size=(20, 5))
    target = np.arange(20) % 5
    by_index = cross_entropy_from_logits(logits, target)
    np.testing.assert_array_equal(cross_entropy_from_logits(logits, np.eye(5)[target]), by_index)
    np.testing.assert_array_equal(cross_entropy_from_logits(logits, np.eye(5, dtype=int)[target]), by_index)
    np.testing.assert_allclose(cross_entropy(np.eye(5)[target], softmax(logits)), by_index, rtol=1e-13)


def test_a_nearly_sure_class_keeps_its_cost():
    assert cross_entropy_from_logits([50.0, 0.0], 0, base=math.e) == pytest.approx(math.exp(-50), rel=1e-15, abs=0)
    assert cross_entropy_from_logits([0.0, 1e4], 0, base=math.e) == 1e4


def test_an_impossible_class():
    assert softmax([0.0, -math.inf]).tolist() == [1, 0]
    assert log_softmax([0.0, -math.inf]).tolist() == [0, -math.inf]
    assert cross_entropy_from_logits([0.0, -math.inf], 1) == math.inf
    assert cross_entropy_from_logits([0.0, -math.inf], [1.0, 0.0]) == 0


def test_logits_at_the_ends_of_the_floats_are_no_warning():
    assert softmax([1e308, -1e308]).tolist() == [1, 0]
    assert cross_entropy_from_logits([1e308, -1e308], 0) == 0


def test_one_class_is_sure():
    value = cross_entropy_from_logits([3.0], 0)
    assert value == 0
    assert math.copysign(1, value) == 1


def test_axes_and_batches():
    logits = np.random.default_rng(2).normal(size=(2, 3, 4))
    for function in (softmax, log_softmax):
        np.testing.assert_array_equal(function(logits, axis=1), np.moveaxis(function(np.moveaxis(logits, 1, -1)), -1, 1))
    target = np.zeros((2, 4), dtype=int)
    assert cross_entropy_from_logits(logits, target, axis=1).shape == (2, 4)
    assert cross_entropy_from_logits(logits[0], np.full((1, 4), 0.25)).shape == (3,)


def test_the_base_is_the_unit():
    assert log_softmax([0.0, 0.0, 0.0, 0.0], base=2).tolist() == [-2] * 4
    assert cross_entropy_from_logits([0.0, 0.0, 0.0, 0.0], 1, base=4) == 1


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_short_floats_are_computed_in_float64(dtype):
    logits = np.array([0.5, 0.25, -3], dtype=dtype)
    assert cross_entropy_from_logits(logits, 2).dtype == np.float64
    assert cross_entropy_from_logits(logits, 2) == cross_entropy_from_logits(logits.astype(float), 2)


@pytest.mark.parametrize(
    "logits, target, words",
    [
        ([0.0, math.nan], 0, "`logits` must not be NaN; it is nan at index 1"),
        ([0.0, math.inf], 0, "`logits` must be below +inf; it is inf at index 1"),
        ([[0.0, 0.0], [-math.inf] * 2], [0, 0], "at least one class possible; all are -inf at index 1"),
        ([], 0, "`logits` must not be empty"),
        (1.0, 0, "`logits` must have at least one axis"),
        ([0.0, 0.0], 2, "`target` must hold class indices from 0 to 1; it is 2"),
        ([[0.0, 0.0]], [-100], "`target` must hold class indices from 0 to 1; it is -100 at index 0"),
        ([[0.0, 0.0]], [0, 1], "`target` must hold one class index for each row of `logits`: shape (1,); it is (2,)"),
        ([[0.0, 0.0]], [1.0], "integer class indices"),
        ([0.0, 0.0], [0.5, 0.4], "`target` must sum to 1"),
        ([0.0, 0.0], [0.5, 0.25, 0.25], "same outcomes; they have 3 and 2"),
    ],
)
def test_bad_input_is_named(logits, target, words):
    with pytest.raises(ValueError, match="`") as error:
        cross_entropy_from_logits(logits, target)
    assert words in str(error.value)


# Entropy and KL


def exact_from_logits(a, b=None):
    """Return the entropy of softmax(a), or its KL divergence from softmax(b), in bits."""
    with mpmath.workdps(5000):
        log_p = _exact_log_softmax(a)
        log_q = [0] * len(a) if b is None else _exact_log_softmax(b)
        total = mpmath.fsum(mpmath.exp(x) * (x - y) for x, y in zip(log_p, log_q, strict=True))
        return float((total if b is not None else -total) / mpmath.log(2))


def _exact_log_softmax(z):
    z = [mpmath.mpf(float(x)) for x in z]
    normaliser = mpmath.log(mpmath.fsum(map(mpmath.exp, z)))
    return [x - normaliser for x in z]


@pytest.mark.parametrize("scale", [0.1, 1, 10, 100, 1e4])
def test_entropy_from_logits_is_exact_to_a_few_units_in_the_last_place(scale):
    for seed in range(5):
        z = scale * np.random.default_rng(seed).normal(size=6)
        assert entropy_from_logits(z) == pytest.approx(exact_from_logits(z), rel=9e-16, abs=1e-307)


@pytest.mark.parametrize("distance", 10.0 ** -np.arange(0, 16))
def test_kl_of_nearly_equal_logits_keeps_its_digits(distance):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        a = rng.normal(size=5)
        b = a + distance * rng.normal(size=5)
        assert kl_from_logits(a, b) == pytest.approx(exact_from_logits(a, b), rel=4e-15, abs=0)


@given(LOGITS, st.integers(0, 2**32 - 1))
def test_kl_from_logits_is_never_negative_and_agrees_with_the_measure(logits, seed):
    a = np.array(logits) / 100
    b = a + np.random.default_rng(seed).normal(size=a.size)
    assert kl_from_logits(a, b) >= 0
    assert kl_from_logits(a, a) == 0
    assert kl_from_logits(a, b) == pytest.approx(kl_divergence(softmax(a), softmax(b)), rel=1e-9, abs=1e-14)
    assert entropy_from_logits(a) == pytest.approx(entropy(softmax(a)), rel=1e-9, abs=1e-14)


def test_impossible_classes_in_entropy_and_kl():
    assert entropy_from_logits([0.0, -math.inf]) == 0
    assert kl_from_logits([0.0, -math.inf], [0.0, 0.0]) == 1
    assert kl_from_logits([0.0, 0.0], [0.0, -math.inf]) == math.inf
    assert kl_from_logits([0.0, 1.0, -math.inf], [0.0, 1.0, -math.inf]) == 0


def test_batches_of_logits():
    a, b = np.random.default_rng(4).normal(size=(2, 3, 5))
    np.testing.assert_array_equal(kl_from_logits(a.T, b.T, axis=0), kl_from_logits(a, b))
    assert kl_from_logits(a[:, None], b).shape == (3, 3)
    assert entropy_from_logits(a).shape == (3,)
    with pytest.raises(ValueError, match="`a` and `b` must be logits over the same outcomes; they have 5 and 4"):
        kl_from_logits(a, b[:, :4])
