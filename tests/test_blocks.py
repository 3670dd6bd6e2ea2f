"""Blocks, kernels and the lists for few outcomes give one answer, whatever the size and the layout."""

import tracemalloc

import numpy as np
import pytest

import lib
from lib import _blocks, _few
from lib._checks import FEW

RNG = np.random.default_rng(3)
SIZES = [1, 2, FEW, FEW + 1, 1000, _blocks.BLOCK - 1, _blocks.BLOCK, _blocks.BLOCK + 1, 3 * _blocks.BLOCK + 17]


def law(k, rows=()):
    return RNG.dirichlet(np.ones(k), rows or None)


@pytest.mark.parametrize("k", SIZES)
def test_one_row_and_a_batch_of_rows_agree_at_every_size(k):
    p, q = law(k, (3,)), law(k, (3,))
    for measure in (lib.kl_divergence, lib.js_divergence, lib.cross_entropy):
        np.testing.assert_allclose(measure(p, q), [measure(a, b) for a, b in zip(p, q, strict=True)], rtol=4e-15)
    np.testing.assert_allclose(lib.entropy(p), [lib.entropy(a) for a in p], rtol=4e-15, atol=1e-300)


@pytest.mark.parametrize("k", SIZES)
def test_the_plain_formula_is_met_at_every_size(k):
    p, q = law(k), law(k)
    assert lib.entropy(p, base=np.e) == pytest.approx(-(p * np.log(p)).sum(), rel=1e-13, abs=1e-15)
    assert lib.kl_divergence(p, q, base=np.e) == pytest.approx((p * np.log(p / q)).sum(), rel=1e-12, abs=1e-15)


def test_layout_and_more_axes_do_not_matter():
    p, q = law(50, (6, 7)), law(50, (6, 7))
    expected = lib.kl_divergence(p, q)
    assert expected.shape == (6, 7)
    np.testing.assert_array_equal(lib.kl_divergence(np.asfortranarray(p), q), expected)
    np.testing.assert_array_equal(lib.kl_divergence(p.transpose(2, 0, 1), q.transpose(2, 0, 1), axis=0), expected)
    np.testing.assert_array_equal(lib.kl_divergence(p[::-1], q[::-1]), expected[::-1])


def test_near_and_far_rows_in_one_batch_each_get_their_kernel():
    p = law(60, (200,))
    q = law(60, (200,))
    q[::3] = p[::3] * (1 + 1e-9 * RNG.standard_normal(p[::3].shape))
    q[::3] /= q[::3].sum(axis=1, keepdims=True)
    together = lib.kl_divergence(p, q)
    np.testing.assert_allclose(together, [lib.kl_divergence(a, b) for a, b in zip(p, q, strict=True)], rtol=4e-15)
    assert (together[::3] > 0).all()
    assert together[::3].max() < 1e-15


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_short_floats_are_read_block_by_block(dtype):
    p = np.full(2**14, 2**-14, dtype=dtype)
    assert lib.entropy(p) == 14
    assert lib.kl_divergence(p, p) == 0


def test_no_memory_of_the_size_of_the_input_is_used():
    p, q = law(1_000_000), law(1_000_000)
    near = p * (1 + 1e-3 * RNG.uniform(-1, 1, p.size))
    near /= near.sum()
    tracemalloc.start()
    try:
        for measure, arguments in [
            (lib.entropy, (p,)),
            (lib.cross_entropy, (p, q)),
            (lib.kl_divergence, (p, q)),
            (lib.kl_divergence, (p, near)),
            (lib.js_divergence, (p, near)),
        ]:
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            measure(*arguments)
            assert tracemalloc.get_traced_memory()[1] - before < 4 * 2**20  # the input has 8 MB, SciPy takes 15 to 38
    finally:
        tracemalloc.stop()


def test_lists_leave_to_the_kernels_what_they_cannot_do():
    sure, fair, other, one = ([1.0, 0.0], 0.0), ([0.5, 0.5], 0.0), ([0.0, 1.0], 0.0), ([1.0], 0.0)
    assert _few.cross_entropy(fair, sure) is None
    assert _few.kl(sure, fair) is None
    assert _few.kl(fair, fair) == 0
    assert _few.js(sure, other, 0.5, 0.5) is None
    assert _few.kl(one, fair) is None
    assert _few.kl(([], 0.0), ([], 0.0)) is None


def test_a_sum_that_overflows_is_named_and_not_returned():
    with pytest.raises(ValueError, match="sums to inf"):
        lib.entropy([1e308, 1e308])
