import math

import numpy as np
import pytest

from lib import js_divergence, kl_divergence, pairwise_js, pairwise_kl

RNG = np.random.default_rng(11)
P, Q = RNG.dirichlet(np.ones(40), 30), RNG.dirichlet(np.full(40, 0.3), 20)


@pytest.mark.parametrize(("pairwise", "single"), [(pairwise_kl, kl_divergence), (pairwise_js, js_divergence)])
@pytest.mark.parametrize("base", [2, math.e])
def test_a_table_of_all_pairs_agrees_with_one_pair_at_a_time(pairwise, single, base):
    np.testing.assert_allclose(pairwise(P, Q, base=base), single(P[:, None], Q, base=base), rtol=1e-12)
    np.testing.assert_allclose(pairwise(P, base=base), single(P[:, None], P, base=base), rtol=1e-12, atol=0)


@pytest.mark.parametrize(("pairwise", "single"), [(pairwise_kl, kl_divergence), (pairwise_js, js_divergence)])
def test_near_pairs_keep_their_digits(pairwise, single):
    near = P * (1 + 1e-7 * RNG.standard_normal(P.shape))
    near /= near.sum(axis=1, keepdims=True)
    result = pairwise(P, near)
    np.testing.assert_allclose(np.diag(result), single(P, near), rtol=1e-14)
    assert np.diag(result).max() < 1e-13


def test_the_diagonal_is_exactly_zero_and_js_symmetric_to_the_bit():
    for table in (pairwise_kl(P), pairwise_js(P)):
        assert (np.diag(table) == 0).all()
        assert (table >= 0).all()
    assert (pairwise_js(P) == pairwise_js(P).T).all()


def test_impossible_outcomes():
    rows = np.array([[0.5, 0.5, 0], [0, 0, 1], [1e-300, 1, 0]])
    expected = kl_divergence(rows[:, None], rows)
    np.testing.assert_allclose(pairwise_kl(rows), expected, rtol=1e-14)
    assert np.isinf(pairwise_kl(rows)[0, 1])
    np.testing.assert_allclose(pairwise_js(rows), js_divergence(rows[:, None], rows), rtol=1e-14)


@pytest.mark.parametrize("pairwise", [pairwise_kl, pairwise_js])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([0.5, 0.5],), "`P` must be a table with one distribution a row; its shape is (2,)"),
        ((P, Q[None]), "`Q` must be a table"),
        ((P, Q[:, :-1] / Q[:, :-1].sum(axis=1, keepdims=True)), "they have 40 and 39"),
        ((P, 2 * Q), "`Q` must sum to 1 along axis -1 within 1e-09; row 0 sums to 2"),
    ],
)
def test_bad_tables_are_named(pairwise, arguments, words):
    with pytest.raises(ValueError, match="`") as error:
        pairwise(*arguments)
    assert words in str(error.value)
