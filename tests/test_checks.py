"""Every guard fires, and says the argument, the rule, the place and the value."""

import math
from functools import partial

import numpy as np
import pytest
import torch

import lib

P = [0.25, 0.75]
TWO = (lib.cross_entropy, lib.kl_divergence, lib.js_divergence, lib.js_distance)
JOINT = (lib.joint_entropy, lib.mutual_information, lambda j, **k: lib.conditional_entropy(j, given="x", **k))


def message(function, *arguments, error=ValueError, **keywords):
    with pytest.raises(error) as caught:
        function(*arguments, **keywords)
    return str(caught.value)


BAD = [
    ([0.5, -0.5, 1.0], "must not be negative; it is -0.5 at index 1"),
    ([0.5, math.nan], "must not be NaN; it is nan at index 1"),
    ([0.5, math.inf], "must be finite; it is inf at index 1"),
    ([], "must not be empty; its shape is (0,)"),
    (0.5, "must have at least one axis of outcomes; it is the scalar 0.5"),
    ([0.5, 0.4], "must sum to 1 along axis -1 within 1e-09; it sums to 0.9 (lib.normalize"),
    ([[0.5, 0.5], [0.5, 0.4]], "must sum to 1 along axis -1 within 1e-09; row 1 sums to 0.9"),
    ([[0.5], [0.5, 0.5]], "must be rectangular"),
    (["a", "b"], "must hold real numbers; its dtype is <U1"),
    ([True, False], "must hold real numbers; its dtype is bool"),
    ([0.5 + 0j, 0.5], "must hold real numbers; its dtype is complex128"),
    ([None, 1.0], "must hold real numbers; its dtype is object"),
]


@pytest.mark.parametrize("bad, words", BAD)
def test_a_bad_distribution_is_named(bad, words):
    assert f"`p` {words}" in message(lib.entropy, bad)
    for measure in TWO:
        assert f"`p` {words}" in message(measure, bad, P)
        assert f"`q` {words}" in message(measure, P, bad)


def test_the_place_in_a_batch_is_given_by_all_its_indices():
    p = np.full((2, 3, 2), 0.5)
    p[1, 2] = 0.3, 0.3
    assert "row (1, 2) sums to 0.6" in message(lib.entropy, p)
    p[1, 2] = -1, 2
    assert "it is -1 at index (1, 2, 0)" in message(lib.entropy, p)


@pytest.mark.parametrize("base", [0, 1, -2, 0.5, math.nan, math.inf, "2", None, True, 2j])
def test_a_bad_base_is_named(base):
    functions = [partial(f, P, P) for f in TWO]
    functions += [partial(f, [P, [0, 0]]) for f in JOINT]
    functions += [
        lambda **k: lib.entropy(P, **k),
        lambda **k: lib.self_information(P, **k),
        lambda **k: lib.log_softmax(P, **k),
        lambda **k: lib.cross_entropy_from_logits(P, 0, **k),
    ]
    for function in functions:
        text = message(function, base=base)
        assert "`base` must be a" in text
        assert repr(base) in text


@pytest.mark.parametrize("axis, words", [(2, "must lie in [-1, 1) for `p`; it is 2"), (-2, "it is -2"), ("x", "must be an integer")])
def test_a_bad_axis_is_named(axis, words):
    for function in (lib.entropy, lambda p, axis: lib.kl_divergence(p, p, axis=axis)):
        text = message(function, P, axis=axis)
        assert "`axis`" in text
        assert words in text


@pytest.mark.parametrize("measure", TWO)
def test_outcomes_and_batches_must_match(measure):
    assert "`p` and `q` must be distributions over the same outcomes; they have 2 and 3" in message(measure, P, [0.2, 0.3, 0.5])
    assert "batch shapes that broadcast; they are (2,) and (3,)" in message(measure, [P] * 2, [P] * 3)
    assert "they have 2 and 1" in message(measure, P, [1.0]), "one outcome is not stretched over two"


@pytest.mark.parametrize("measure", JOINT)
def test_a_bad_joint_is_named(measure):
    assert "`joint` must have at least 2 axes (a table); its shape is (2,)" in message(measure, P)
    assert "`joint` must sum to 1 along its last 2 axes within 1e-09; it sums to 1.1" in message(measure, [[0.1, 0.5], [0.2, 0.3]])
    assert "`joint` must not be negative; it is -0.5 at index (1, 0)" in message(measure, [[0.5, 0.5], [-0.5, 0.5]])
    assert "`joint` must not be empty" in message(measure, np.zeros((2, 0)))


def test_a_single_probability_must_lie_in_0_1():
    assert message(lib.self_information, [0.5, 1.5]) == "`p` must be at most 1; it is 1.5 at index 1"
    assert message(lib.self_information, 25) == "`p` must be at most 1; it is 25"
    assert "`p` must not be negative; it is -0.1" in message(lib.self_information, -0.1)


@pytest.mark.parametrize(
    "weights, words",
    [
        ([0.5, 0.6], "`weights` must sum to 1"),
        ([1.0], "`weights` must hold two numbers; its shape is (1,)"),
        ([0.2, 0.3, 0.5], "`weights` must hold two numbers; its shape is (3,)"),
        ([-0.5, 1.5], "`weights` must not be negative"),
        (0.5, "`weights` must have at least one axis"),
    ],
)
def test_bad_weights_are_named(weights, words):
    assert words in message(lib.js_divergence, P, P, weights)


@pytest.mark.parametrize(
    "counts, words",
    [
        ([0, 0], "`counts` must not sum to 0 along axis -1"),
        ([[1, 1], [0, 0]], "must not sum to 0 along axis -1 at index 1"),
        ([1, -1], "`counts` must not be negative; it is -1 at index 1"),
        ([1e308, 1e308], "`counts` must have a finite sum"),
        ([], "`counts` must not be empty"),
        (3, "`counts` must have at least one axis"),
    ],
)
def test_bad_counts_are_named(counts, words):
    assert words in message(lib.normalize, counts)


def test_torch_tensors_and_masked_arrays_are_refused_with_a_way_out():
    tensor = torch.tensor(P)
    for function in (lib.entropy, lib.self_information, lib.softmax, lib.normalize):
        assert "not a torch tensor" in message(function, tensor, error=TypeError)
        assert ".detach().cpu().numpy()" in message(function, tensor, error=TypeError)
        assert "masked array" in message(function, np.ma.array(P, mask=[0, 1]), error=TypeError)
    assert "`q` must be array_like" in message(lib.kl_divergence, P, tensor, error=TypeError)
    assert "`target` must be" in message(lib.cross_entropy_from_logits, P, tensor, error=TypeError)


def test_the_tolerance_follows_the_precision_of_the_input():
    off = np.array([0.5, 0.5 + 1e-6])
    assert "within 1e-09" in message(lib.entropy, off)
    assert lib.entropy(off.astype(np.float32)) == pytest.approx(1, abs=1e-5)
    assert "within 1e-05" in message(lib.entropy, np.array([0.5, 0.6], dtype=np.float32))
    assert "within 0.005" in message(lib.entropy, np.array([0.5, 0.6], dtype=np.float16))


def test_nothing_is_changed_in_place():
    p, q = np.array([0.25, 0.75]), np.array([0.5, 0.5])
    before = p.copy(), q.copy()
    lib.kl_divergence(p, q)
    lib.js_divergence(p, q)
    lib.entropy(p)
    lib.normalize(p)
    lib.softmax(p)
    lib.cross_entropy_from_logits(p, q)
    assert (p == before[0]).all()
    assert (q == before[1]).all()


def test_integers_lists_and_tuples_are_welcome():
    assert lib.entropy([1, 0]) == 0
    assert lib.entropy((0.5, 0.5)) == 1
    assert lib.normalize(np.array([1, 3], dtype=np.uint8)).tolist() == [0.25, 0.75]


def test_normalize_works_along_any_axis():
    counts = np.arange(1, 7).reshape(2, 3)
    np.testing.assert_allclose(lib.normalize(counts, axis=0).sum(axis=0), 1, rtol=1e-15)
    np.testing.assert_allclose(lib.normalize(counts).sum(axis=1), 1, rtol=1e-15)
    assert lib.normalize(counts, axis=0).shape == (2, 3)
