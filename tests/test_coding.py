"""Prefix codes: Kraft, Shannon, Huffman, and what goes in and out as bits."""

import heapq
import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import entropy, normalize
from lib.coding import decode, encode, huffman_code, huffman_tree, kraft_sum, mean_length, prefix_code, shannon_lengths
from lib.data import documentation_prose, letter_distribution

WEIGHTS = st.lists(st.integers(1, 10_000), min_size=2, max_size=40)


def feasible(k, longest):
    """Return all lengths of k words up to `longest` that obey Kraft's inequality, by whole numbers."""
    rows = np.array(list(itertools.product(range(longest + 1), repeat=k)))
    return rows[(2 ** (longest - rows)).sum(axis=1) <= 2**longest]


def prefix_free(words):
    return not any(a != b and b.startswith(a) for a, b in itertools.permutations(words, 2)) and len(set(words)) == len(words)


def lengths_of(words):
    return [len(word) for word in words]


# Kraft's sum and the code it promises


def test_krafts_sum_by_hand():
    assert kraft_sum([1, 2, 3, 3]) == 1
    assert kraft_sum([2, 2, 2]) == 0.75
    assert kraft_sum([0]) == 1
    assert kraft_sum([1, 1, 1]) == 1.5


def test_krafts_sum_against_exact_fractions():
    rng = np.random.default_rng(0)
    for _ in range(200):
        lengths = rng.integers(0, 60, size=rng.integers(1, 30)).tolist()
        assert kraft_sum(lengths) == float(sum(Fraction(1, 2**length) for length in lengths))


def test_there_is_a_prefix_code_exactly_if_kraft_holds():
    # All lengths up to 4 of up to four words; whether words exist is found by trying all words, without Kraft.
    def found(lengths, taken=()):
        if not lengths:
            return True
        for bits in itertools.product("01", repeat=lengths[0]):
            word = "".join(bits)
            if not any(word.startswith(other) or other.startswith(word) for other in taken) and found(lengths[1:], (*taken, word)):
                return True
        return False

    both = set()
    for k in (1, 2, 3, 4):
        for lengths in itertools.combinations_with_replacement(range(5), k):
            possible = found(lengths)
            both.add(possible)
            assert possible == (kraft_sum(lengths) <= 1), lengths
            if possible:
                words = prefix_code(lengths)
                assert lengths_of(words) == list(lengths)
                assert prefix_free(words)
            else:
                with pytest.raises(ValueError, match="Kraft's inequality"):
                    prefix_code(lengths)
    assert both == {True, False}


def test_an_excess_far_below_the_precision_of_floats_is_seen():
    lengths = [1, 2, 2, 200]
    assert kraft_sum(lengths) == 1.0  # rounded
    with pytest.raises(ValueError, match="Kraft's inequality"):
        prefix_code(lengths)


def test_words_are_given_in_the_order_of_symbols_among_equal_lengths():
    assert prefix_code([3, 1, 3, 2]) == ["110", "0", "111", "10"]
    assert prefix_code([0]) == [""]


# Shannon's lengths


def test_shannons_lengths_are_the_rounded_up_costs():
    assert shannon_lengths([0.4, 0.3, 0.2, 0.1]).tolist() == [2, 2, 3, 4]
    assert shannon_lengths([1.0]).tolist() == [0]
    # Exact: l is the least whole number with 2^-l <= p.
    rng = np.random.default_rng(1)
    for p in rng.dirichlet(np.full(20, 0.3), size=200):
        p = normalize(p + 1e-12)
        for share, length in zip(p.tolist(), shannon_lengths(p).tolist()):
            assert Fraction(1, 2**length) <= Fraction(share) < Fraction(2, 2**length)


def test_shannons_lengths_are_exact_next_to_powers_of_a_half():
    for e in range(1, 50):
        below, above = math.nextafter(0.5**e, 0), math.nextafter(0.5**e, 1)
        got = [int(shannon_lengths([share, 1 - share])[0]) for share in (below, 0.5**e, above)]
        assert got == [e + 1, e, e]


@given(WEIGHTS)
def test_shannons_code_exists_and_is_within_a_bit_of_the_entropy(weights):
    p = normalize(weights)
    lengths = shannon_lengths(p)
    words = prefix_code(lengths)
    assert entropy(p) - 1e-12 <= mean_length(p, words) < entropy(p) + 1


# Huffman's code


def test_huffmans_code_by_hand():
    p = [0.5, 0.25, 0.125, 0.125]
    assert huffman_tree(p) == (0, (1, (2, 3)))
    assert huffman_code(p) == ["0", "10", "110", "111"]
    assert mean_length(p, huffman_code(p)) == entropy(p) == 1.75
    # 0.1 + 0.15 = 0.25, + 0.25 = 0.5, and 0.2 + 0.3 = 0.5
    p = [0.3, 0.1, 0.15, 0.2, 0.25]
    assert lengths_of(huffman_code(p)) == [2, 3, 3, 2, 2]
    assert mean_length(p, huffman_code(p)) == pytest.approx(2.25, abs=1e-15)


@pytest.mark.parametrize("k, denominator", [(2, 32), (3, 24), (4, 20), (5, 16), (6, 13)])
def test_no_lengths_that_kraft_allows_are_better(k, denominator):
    # Every distribution with this denominator, every feasible vector of lengths; means in whole numbers.
    lengths = feasible(k, k - 1) if k > 1 else feasible(1, 1)
    tried = 0
    for cuts in itertools.combinations(range(1, denominator), k - 1):
        counts = np.diff([0, *cuts, denominator])
        if (np.diff(counts) > 0).any():
            continue  # only one order of the same shares
        best = int((lengths @ counts).min())
        words = huffman_code(counts / denominator)
        assert sum(int(c) * len(word) for c, word in zip(counts, words)) == best
        tried += 1
    assert tried > 10


def test_words_longer_than_the_brute_force_tries_never_help():
    # So that trying lengths up to k - 1 is enough: an optimal code has no longer word.
    counts = np.array([1, 2, 3, 5])
    assert (feasible(4, 3) @ counts).min() == (feasible(4, 6) @ counts).min()


def test_the_sum_of_merged_shares_is_the_mean_length():
    # A second route to the optimum, with a heap of nothing but shares.
    rng = np.random.default_rng(2)
    for _ in range(100):
        counts = rng.integers(1, 1000, size=rng.integers(2, 200)).tolist()
        p, heap, merged = np.array(counts) / sum(counts), list(counts), 0
        heapq.heapify(heap)
        while len(heap) > 1:
            both = heapq.heappop(heap) + heapq.heappop(heap)
            merged += both
            heapq.heappush(heap, both)
        words = huffman_code(p)
        assert sum(c * len(word) for c, word in zip(counts, words)) == merged


@given(WEIGHTS)
def test_huffmans_code_is_complete_prefix_free_and_within_its_bounds(weights):
    p = normalize(weights)
    words = huffman_code(p)
    assert prefix_free(words)
    assert kraft_sum(lengths_of(words)) == 1
    length = mean_length(p, words)
    assert entropy(p) - 1e-12 <= length < entropy(p) + 1
    assert length <= mean_length(p, prefix_code(shannon_lengths(p))) + 1e-12


def test_the_bound_of_one_bit_is_sharp():
    p = [1 - 1e-9, 1e-9]
    assert mean_length(p, huffman_code(p)) == pytest.approx(1)
    assert 1 - 1e-7 < mean_length(p, huffman_code(p)) - entropy(p) < 1


def test_ties_are_never_left_to_chance():
    assert huffman_code(np.full(4, 0.25)) == ["00", "01", "10", "11"]
    assert huffman_code(np.full(3, 1 / 3)) == ["00", "01", "1"]
    assert huffman_code([0.25, 0.25, 0.5]) == ["10", "11", "0"]  # the symbol stands before the pair
    assert huffman_code(np.full(5, 0.2)) == ["000", "001", "10", "11", "01"]


def test_one_symbol_only_has_the_empty_word():
    assert huffman_tree([1.0]) == 0
    assert huffman_code([1.0]) == [""]
    assert mean_length([1.0], [""]) == entropy([1.0]) == 0
    assert encode([0, 0, 0], [""]) == ""
    with pytest.raises(ValueError, match="`words` must not hold the empty word"):
        decode("", [""])


def test_a_deep_tree_needs_no_recursion():
    p = normalize(0.5 ** np.arange(1000.0))
    assert max(map(len, huffman_code(p))) == 999


def test_a_symbol_of_probability_0_has_no_word():
    for make in (huffman_code, huffman_tree, shannon_lengths):
        with pytest.raises(ValueError, match="`p` must be positive: a symbol of probability 0 has no code word; it is 0 at index 1"):
            make([0.5, 0.0, 0.5])


def test_probabilities_that_do_not_sum_to_1_are_refused():
    for make in (huffman_code, huffman_tree, shannon_lengths, lambda p: mean_length(p, ["0", "1"])):
        with pytest.raises(ValueError, match="`p` must sum to 1"):
            make([0.5, 0.4])


@pytest.mark.parametrize(
    "p, words",
    [
        ([[0.5, 0.5]], "must be one distribution"),
        ([0.5, math.nan], "must not be NaN"),
        ([1.5, -0.5], "must not be negative"),
        ([], "must not be empty"),
    ],
)
def test_what_is_no_distribution_is_refused(p, words):
    for make in (huffman_code, huffman_tree, shannon_lengths):
        with pytest.raises(ValueError, match=words):
            make(p)


# Messages


@given(st.data())
def test_a_message_comes_back(data):
    weights = data.draw(WEIGHTS)
    message = data.draw(st.lists(st.integers(0, len(weights) - 1), max_size=60))
    words = huffman_code(normalize(weights))
    bits = encode(message, words)
    assert len(bits) == sum(len(words[x]) for x in message)
    assert decode(bits, words).tolist() == message


def test_real_text_comes_back_and_costs_the_mean_length():
    text = documentation_prose("sklearn").encode()
    symbols, message, counts = np.unique(np.frombuffer(text, np.uint8), return_inverse=True, return_counts=True)
    words = huffman_code(counts / counts.sum())
    bits = encode(message, words)
    assert symbols[decode(bits, words)].astype(np.uint8).tobytes() == text
    assert len(bits) == sum(int(c) * len(w) for c, w in zip(counts, words))


def test_an_empty_message_has_no_bits():
    assert encode([], ["0", "1"]) == ""
    assert decode("", ["0", "1"]).tolist() == []
    assert decode("", ["0", "1"]).dtype == int


def test_a_truncated_string_of_bits_is_refused():
    words = ["0", "10", "110", "111"]
    assert decode("0110", words).tolist() == [0, 2]
    with pytest.raises(ValueError, match="`bits` must be a sequence of code words; none fits at 1: '11'"):
        decode("011", words)


def test_a_string_of_bits_that_no_word_begins_is_refused():
    with pytest.raises(ValueError, match="none fits at 2: '11'"):
        decode("0011", ["0", "10"])  # an incomplete code: nothing begins with 11


def test_an_incomplete_code_can_be_decoded_too():
    assert decode("0100", ["0", "100", "101"][:2]).tolist() == [0, 1]


@pytest.mark.parametrize(
    "words, reason",
    [
        (["0", "01"], "`words` must be prefix-free; '0' begins '01'"),
        (["1", "0", "0"], "`words` must be prefix-free; '0' begins '0'"),
        (["", "1"], "`words` must be prefix-free; '' begins '1'"),
        (["110", "0", "11"], "`words` must be prefix-free; '11' begins '110'"),
        (["0", "2"], "`words` must be strings of 0 and 1; it is '2' at index 1"),
        ([0, 1], "`words` must be strings of 0 and 1; it is 0 at index 0"),
        ([], "`words` must hold at least one code word"),
    ],
)
def test_a_code_that_is_not_prefix_free_is_refused(words, reason):
    for use in (lambda: encode([0], words), lambda: decode("0", words), lambda: mean_length([0.5, 0.5], words)):
        with pytest.raises(ValueError, match=reason):
            use()


@pytest.mark.parametrize(
    "message, reason",
    [
        ([0, 2], "`message` must hold symbols from 0 to 1; it is 2 at index 1"),
        ([-1], "`message` must hold symbols from 0 to 1; it is -1 at index 0"),
        ([0.5], "`message` must hold integers; its dtype is float64"),
        ([[0, 1]], r"`message` must be a list of symbols; its shape is \(1, 2\)"),
        ("01", r"`message` must be a list of symbols; its shape is \(\)"),
    ],
)
def test_a_symbol_without_a_word_is_refused(message, reason):
    with pytest.raises(ValueError, match=reason):
        encode(message, ["0", "1"])


@pytest.mark.parametrize("bits", ["012", 1, b"01", None])
def test_bits_are_a_string_of_zeros_and_ones(bits):
    with pytest.raises(ValueError, match="`bits` must be a string of 0 and 1"):
        decode(bits, ["0", "1"])


@pytest.mark.parametrize(
    "lengths, reason",
    [
        ([1, -1], "`lengths` must not be negative; it is -1 at index 1"),
        ([1.0, 2.0], "`lengths` must hold integers; its dtype is float64"),
        ([], "`lengths` must"),
        (3, "`lengths` must be a list"),
        ([[1, 2]], "`lengths` must be a list"),
    ],
)
def test_lengths_are_whole_numbers(lengths, reason):
    for use in (kraft_sum, prefix_code):
        with pytest.raises(ValueError, match=reason):
            use(lengths)


def test_the_mean_length_needs_a_probability_for_each_word():
    with pytest.raises(ValueError, match=r"`p` must hold one probability a word: 2; its shape is \(3,\)"):
        mean_length([0.5, 0.25, 0.25], ["0", "1"])
    assert mean_length([1.0, 0.0], ["0", "1111"]) == 1  # what never comes costs nothing


# Real letters


def test_letters_cost_a_few_hundredths_of_a_bit_more_than_their_entropy():
    p = letter_distribution(documentation_prose("scipy"))
    waste = mean_length(p, huffman_code(p)) - entropy(p)
    assert 0 < waste < 0.05
    assert mean_length(p, prefix_code(shannon_lengths(p))) - entropy(p) > 5 * waste
