"""The claims about codes, each shown by a route of its own."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from lib import cross_entropy, entropy, kl_divergence, normalize
from lib.arithmetic_coding import arithmetic_encode
from lib.coding import huffman_code, mean_length
from lib.data import documentation_prose, translated_text
from lib.text_models import ContextModel, FixedModel, compress

TEXT = documentation_prose("sklearn").encode()


def shares(data, add=0):
    return normalize(np.bincount(np.frombuffer(data, np.uint8), minlength=256) + float(add))


def expected_lengths(p_counts, q_counts, n):
    """Return the exact mean length of messages from P, and the same in the code made for Q, over all messages of n symbols."""
    total, own, other = sum(p_counts), Fraction(0), Fraction(0)
    for message in itertools.product(range(len(p_counts)), repeat=n):
        probability = math.prod((Fraction(p_counts[x], total) for x in message), start=Fraction(1))
        own += probability * len(arithmetic_encode(message, p_counts))
        other += probability * len(arithmetic_encode(message, q_counts))
    return float(own), float(other)


def test_s1_03_holds_for_messages_coded_as_a_whole():
    # Samples of P: 100 messages of 1,500 symbols, mean extra against the divergence in standard errors; then real text.
    rng = np.random.default_rng(0)
    p, q, n = np.array([0.5, 0.3, 0.15, 0.05]), np.array([0.2, 0.3, 0.1, 0.4]), 1500
    ratio = np.log2(p / q)
    error = math.sqrt((p * ratio**2).sum() - kl_divergence(p, q) ** 2) / math.sqrt(n)
    extra = []
    for _ in range(100):
        message = rng.choice(4, p=p, size=n).astype(np.uint8).tobytes()
        extra.append((compress(message, FixedModel(q)).bits - compress(message, FixedModel(p)).bits) / n)
    assert abs(np.mean(extra) - kl_divergence(p, q)) < 4 * error / math.sqrt(100)
    assert np.std(extra) == pytest.approx(error, rel=0.25)
    p, q = shares(TEXT), shares(translated_text("fr").encode(), add=1)
    extra = compress(TEXT, FixedModel(q)).bits - compress(TEXT, FixedModel(p)).bits
    assert extra == pytest.approx(len(TEXT) * kl_divergence(p, q), rel=0.005)


def test_s1_03_holds_for_single_symbols_with_powers_of_a_half():
    p = np.array([4, 2, 1, 1]) / 8
    for order in itertools.permutations(range(4)):
        q = p[list(order)]
        assert mean_length(p, huffman_code(q)) - mean_length(p, huffman_code(p)) == pytest.approx(kl_divergence(p, q), abs=1e-15)


def test_s1_03_fails_for_one_word_a_symbol_that_has_to_be_rounded():
    p, q = [0.9, 0.1], [0.6, 0.4]
    assert huffman_code(p) == huffman_code(q)
    assert mean_length(p, huffman_code(q)) - mean_length(p, huffman_code(p)) == 0
    assert kl_divergence(p, q) == pytest.approx(0.326, abs=0.001)
    # and the other way: more than the divergence
    p, q = [0.4, 0.3, 0.3 - 1e-3, 1e-3], [0.3, 0.4, 0.3 - 1e-3, 1e-3]
    assert mean_length(p, huffman_code(q)) - mean_length(p, huffman_code(p)) == pytest.approx(0.1)
    assert kl_divergence(p, q) < 0.05


def test_s1_07_holds_for_a_coder_that_needs_no_whole_bits():
    p, q = shares(TEXT), shares(translated_text("tr").encode(), add=1)
    length, best = (compress(TEXT, FixedModel(model)).bits / len(TEXT) for model in (q, p))
    assert length == pytest.approx(cross_entropy(p, q), rel=0.0005)
    assert best == pytest.approx(entropy(p), rel=0.0005)
    assert length - best == pytest.approx(kl_divergence(p, q), rel=0.005)


def test_s1_07_holds_exactly_over_all_messages_within_two_bits_of_each():
    p, q = [5, 3, 2], [2, 3, 5]
    for n in (1, 3, 5):
        own, other = expected_lengths(p, q, n)
        assert 0 <= own - n * entropy(normalize(p)) < 2
        assert 0 <= other - n * cross_entropy(normalize(p), normalize(q)) < 2


def test_s1_07_fails_for_huffmans_code_in_both_halves():
    p = [0.5, 0.25, 0.25]
    best = mean_length(p, huffman_code(p))
    assert best == entropy(p)
    near, far = [0.26, 0.34, 0.4], [0.2, 0.3, 0.5]
    lengths = [mean_length(p, huffman_code(q)) for q in (near, far)]
    assert lengths[0] == lengths[1] == 1.75
    assert cross_entropy(p, near) < 1.75 < cross_entropy(p, far)
    assert kl_divergence(p, near) < 0.25 < kl_divergence(p, far)


def test_s1_20_holds_for_messages_of_any_length():
    # The extra information is n D exactly, over all messages; the extra length is within two bits of it.
    p, q = [7, 2, 1], [3, 3, 4]
    divergence = kl_divergence(normalize(p), normalize(q))
    for n in (1, 2, 4, 6):
        information = 0.0
        for message in itertools.product(range(3), repeat=n):
            own = math.prod((Fraction(p[x], 10) for x in message), start=Fraction(1))
            other = math.prod((Fraction(q[x], 10) for x in message), start=Fraction(1))
            information += float(own) * math.log2(own / other)
        assert information == pytest.approx(n * divergence, rel=1e-12)
        own, other = expected_lengths(p, q, n)
        assert abs(other - own - n * divergence) < 2


def test_s1_20_holds_for_discrete_variables_as_the_cost_of_a_continuous_one_has_no_end():
    costs, extras = [], []
    for step in (1.0, 0.1, 0.01, 0.001):
        edges = np.arange(-12, 12 + step / 2, step)
        p, q = np.diff(stats.norm.cdf(edges)), np.diff(stats.norm.cdf(edges, loc=1))
        costs.append(entropy(p))
        extras.append(kl_divergence(p, q))
    assert np.diff(costs) == pytest.approx(math.log2(10), abs=0.06)
    errors = 0.5 / math.log(2) - np.array(extras)
    assert (errors > 0).all()
    assert errors[-1] < 1e-6
    assert (errors[1:] < errors[:-1] / 50).all()


def test_s4_13_holds_for_distributions_of_what_is_coded():
    # The characters in random order have no memory: now the shares are all there is to know.
    mixed = np.random.default_rng(1).permutation(np.frombuffer(TEXT, np.uint8)).tobytes()
    p, q = shares(TEXT), shares(translated_text("fr").encode(), add=1)
    own, wrong = (compress(mixed, FixedModel(model)).bits / len(mixed) for model in (p, q))
    assert wrong - own == pytest.approx(kl_divergence(p, q), rel=0.005)
    # and no model of contexts finds anything to save
    assert compress(mixed, ContextModel(2)).bits / len(mixed) > own


def test_s4_13_fails_for_distributions_of_single_symbols_that_depend_on_each_other():
    p = shares(TEXT)
    own = compress(TEXT, FixedModel(p)).bits
    assert kl_divergence(p, p) == 0
    assert own > 2 * compress(TEXT, ContextModel(4)).bits
    # exact, in the smallest case: two symbols that are always equal, judged by the shares of one
    joint = np.array([[0.5, 0.0], [0.0, 0.5]])
    product = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    assert kl_divergence(joint.sum(axis=0), product.sum(axis=0)) == 0
    assert kl_divergence(joint.ravel(), product.ravel()) == pytest.approx(1, rel=1e-15)
