"""Arithmetic coding in exact fractions."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import cross_entropy
from lib.arithmetic_coding import arithmetic_decode, arithmetic_encode, message_interval


def stretch(bits):
    """Return where the numbers that begin with these bits lie."""
    start = Fraction(int(bits or "0", 2), 2 ** len(bits))
    return start, start + Fraction(1, 2 ** len(bits))


def test_an_interval_by_hand():
    # counts 2, 1, 1: 0 owns the first half, 1 the third quarter, 2 the last
    assert message_interval([], [2, 1, 1]) == (0, 1)
    assert message_interval([1], [2, 1, 1]) == (Fraction(1, 2), Fraction(1, 4))
    assert message_interval([1, 2, 0], [2, 1, 1]) == (Fraction(1, 2) + Fraction(3, 16), Fraction(1, 32))


def test_a_word_by_hand():
    # thirds: (1, 1) owns [4/9, 5/9). Of sixteenths none fits: 7/16 is below 4/9 and 9/16 above 5/9. 15/32 to 16/32 does.
    assert arithmetic_encode([1, 1], [1, 1, 1]) == "01111"


@given(st.lists(st.integers(1, 50), min_size=2, max_size=5), st.integers(0, 4))
def test_the_intervals_of_all_messages_fill_the_whole_without_overlap(counts, n):
    end = Fraction(0)
    for message in itertools.product(range(len(counts)), repeat=min(n, 3)):
        start, width = message_interval(message, counts)
        assert start == end
        end = start + width
    assert end == 1


@given(st.data())
def test_a_message_comes_back_within_two_bits_of_its_cost(data):
    counts = data.draw(st.lists(st.integers(1, 1000), min_size=1, max_size=8))
    message = data.draw(st.lists(st.integers(0, len(counts) - 1), max_size=80))
    bits = arithmetic_encode(message, counts)
    assert arithmetic_decode(bits, counts, len(message)).tolist() == message
    start, width = message_interval(message, counts)
    low, high = stretch(bits)
    assert start <= low and high <= start + width
    # the bound in whole numbers: 2^-(length) > width / 4
    assert Fraction(4, 2 ** len(bits)) > width >= Fraction(1, 2 ** len(bits))


@given(st.lists(st.integers(0, 2), max_size=12))
def test_no_shorter_word_lies_in_the_interval(message):
    counts = [5, 2, 1]
    bits = arithmetic_encode(message, counts)
    start, width = message_interval(message, counts)
    for shorter in range(len(bits)):
        for first in range(2**shorter) if shorter < 10 else ():
            assert not (start <= Fraction(first, 2**shorter) and Fraction(first + 1, 2**shorter) <= start + width)


def test_the_words_of_all_messages_of_a_length_are_a_prefix_code():
    words = [arithmetic_encode(message, [6, 3, 1]) for message in itertools.product(range(3), repeat=5)]
    ordered = sorted(words)
    assert not any(b.startswith(a) for a, b in itertools.pairwise(ordered))


def test_long_messages_cost_the_cross_entropy():
    rng = np.random.default_rng(0)
    p, counts = np.array([0.7, 0.2, 0.1]), [5, 3, 2]
    message = rng.choice(3, p=p, size=2000)
    shares = np.bincount(message, minlength=3) / 2000
    bits = arithmetic_encode(message, counts)
    assert 0 <= len(bits) - 2000 * cross_entropy(shares, np.array(counts) / 10) < 2
    assert arithmetic_decode(bits, counts, 2000).tolist() == message.tolist()


def test_the_empty_message_and_a_single_symbol_cost_nothing():
    assert arithmetic_encode([], [1, 2]) == ""
    assert arithmetic_decode("", [1, 2], 0).tolist() == []
    assert arithmetic_encode([0] * 100, [3]) == ""
    assert arithmetic_decode("", [3], 4).tolist() == [0, 0, 0, 0]


def test_a_symbol_of_probability_0_can_not_be_coded():
    assert arithmetic_decode(arithmetic_encode([0, 2], [1, 0, 1]), [1, 0, 1], 2).tolist() == [0, 2]
    with pytest.raises(ValueError, match="`message` must not hold a symbol of probability 0; it is 1 at 2"):
        arithmetic_encode([0, 2, 1], [1, 0, 1])


@pytest.mark.parametrize("bits", ["1000", "100", "100011", "", "1" * 40])
def test_a_word_cut_off_or_changed_is_refused(bits):
    assert arithmetic_encode([0, 0, 0, 0, 1], [7, 1]) == "10001"
    with pytest.raises(ValueError, match="`bits` must be the word of a message of 5 symbols"):
        arithmetic_decode(bits, [7, 1], 5)


@pytest.mark.parametrize(
    "counts, reason",
    [
        ([0, 0], "`counts` must not sum to 0"),
        ([1, -1], "`counts` must not be negative"),
        ([0.5, 0.5], "`counts` must hold integers"),
        ([[1, 2]], "`counts` must be a list of integers"),
        ([], "`counts` must"),
    ],
)
def test_counts_are_whole_numbers(counts, reason):
    for use in (lambda: arithmetic_encode([0], counts), lambda: arithmetic_decode("0", counts, 1), lambda: message_interval([0], counts)):
        with pytest.raises(ValueError, match=reason):
            use()


def test_the_length_is_a_whole_number():
    with pytest.raises(ValueError, match="`length` must be an integer of at least 0; it is -1"):
        arithmetic_decode("0", [1, 1], -1)
    with pytest.raises(ValueError, match=r"`length` must be an integer; it is 1\.5"):
        arithmetic_decode("0", [1, 1], 1.5)


def test_the_bound_of_two_bits_is_nearly_reached():
    # An interval a little shorter than 1/2 that straddles 1/2: no stretch of a half or a quarter fits.
    excess = max(
        len(arithmetic_encode([1], [a, 1000 - 2 * a, a])) + math.log2((1000 - 2 * a) / 1000)
        for a in range(1, 499)
    )
    assert 1.9 < excess < 2
