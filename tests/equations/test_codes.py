"""Each labelled equation of the chapter, both sides by different routes."""

import itertools
import math
from collections import Counter
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from lib import cross_entropy, entropy, kl_divergence, normalize
from lib.arithmetic_coding import arithmetic_encode, message_interval
from lib.coding import huffman_code, kraft_sum, mean_length, prefix_code, shannon_lengths
from lib.data import documentation_prose, translated_text
from lib.text_models import ContextModel, FixedModel, compress


def random_counts(seed, number, k_most=12):
    """Return lists of counts of very different spread, so that sums are exact in whole numbers."""
    rng = np.random.default_rng(seed)
    return [np.ceil(1000 * rng.dirichlet(np.full(int(rng.integers(2, k_most)), 0.4))).astype(int) for _ in range(number)]


def least_mean(counts):
    """Return the least sum of count times length over all lengths that Kraft allows: brute force in whole numbers."""
    k = len(counts)
    rows = np.array(list(itertools.product(range(1, k), repeat=k))) if k > 2 else np.array([[1, 1]])
    rows = rows[(2 ** (k - rows)).sum(axis=1) <= 2**k]
    return int((rows @ counts).min())


def test_eq_codes_kraft():
    # Every set of up to four different words of up to three bits: whatever is prefix-free obeys; and each set of
    # lengths that obeys is found among the prefix-free ones.
    words = ["".join(bits) for n in (1, 2, 3) for bits in itertools.product("01", repeat=n)]
    found, allowed = set(), set()
    for k in (1, 2, 3, 4):
        for code in itertools.combinations(words, k):
            if not any(a != b and b.startswith(a) for a, b in itertools.permutations(code, 2)):
                found.add(tuple(sorted(map(len, code))))
        for lengths in itertools.combinations_with_replacement((1, 2, 3), k):
            if sum(Fraction(1, 2**n) for n in lengths) <= 1:
                allowed.add(lengths)
    assert found == allowed
    assert all(kraft_sum(lengths) <= 1 for lengths in found)


def test_eq_codes_mcmillan():
    # Left: the power of the sum, exactly. Middle: coded messages of n symbols, counted by their length. Right: n M.
    for code, decodable in ((["0", "01", "11"], True), (["0", "10", "11"], True), (["0", "1", "01"], False), (["0", "00", "1"], False)):
        longest, exceeded = max(map(len, code)), False
        for n in range(1, 9):
            coded = ["".join(chosen) for chosen in itertools.product(code, repeat=n)]
            numbers = Counter(map(len, coded))
            power = sum(Fraction(1, 2 ** len(w)) for w in code) ** n
            assert power == sum(number * Fraction(1, 2**length) for length, number in numbers.items())
            assert set(numbers) <= set(range(n, n * longest + 1))
            assert (len(set(coded)) == len(coded)) or not decodable
            exceeded |= any(number > 2**length for length, number in numbers.items())
            if decodable:
                assert power <= n * longest
        assert not (exceeded and decodable)
    assert Fraction(5, 4) ** 25 > 25 * 2, "a sum above 1 overtakes the right side"


def test_eq_codes_redundancy():
    # Left: the mean length. Right: its three parts in fifty digits, by sums of their own.
    rng = np.random.default_rng(1)
    for counts in random_counts(2, 60):
        p = normalize(counts)
        lengths = [int(v) for v in shannon_lengths(p) + rng.integers(0, 3, size=p.size)]
        with mpmath.workdps(50):
            ps = [mpmath.mpf(int(c)) / int(counts.sum()) for c in counts]
            room = mpmath.fsum(mpmath.mpf(2) ** -n for n in lengths)
            rs = [mpmath.mpf(2) ** -n / room for n in lengths]
            h = -mpmath.fsum(a * mpmath.log(a, 2) for a in ps)
            d = mpmath.fsum(a * mpmath.log(a / b, 2) for a, b in zip(ps, rs))
            parts = float(h + d + mpmath.log(1 / room, 2))
            assert d >= 0 and room <= 1
        assert mean_length(p, prefix_code(lengths)) == pytest.approx(parts, rel=1e-13)


def test_eq_codes_merge():
    # Both least means by brute force over lengths, in whole numbers.
    rng = np.random.default_rng(3)
    for _ in range(60):
        counts = sorted(rng.integers(1, 60, size=int(rng.integers(3, 6))).tolist())
        merged = [counts[0] + counts[1], *counts[2:]]
        assert least_mean(np.array(counts)) == least_mean(np.array(merged)) + counts[0] + counts[1]


def test_eq_codes_bounds():
    # The mean length in whole numbers; the entropy in fifty digits, so that equality is told from nearly equal.
    equal = 0
    for counts in [*random_counts(4, 300), np.array([4, 2, 1, 1]), np.array([1, 1]), np.array([999_999, 1])]:
        total = int(counts.sum())
        length = sum(int(c) * len(w) for c, w in zip(counts, huffman_code(counts / total)))
        with mpmath.workdps(50):
            cost = mpmath.fsum(int(c) * mpmath.log(mpmath.mpf(total) / int(c), 2) for c in counts)
            assert cost - mpmath.mpf(10) ** -40 <= length < cost + total
            equal += abs(length - cost) < mpmath.mpf(10) ** -40
    assert equal >= 2


def test_eq_codes_blocks():
    # Three sources, blocks of up to six: Huffman's code against entropies of single symbols.
    for p in ([0.9, 0.1], [0.8, 0.15, 0.05], [0.4, 0.3, 0.2, 0.1]):
        block = np.ones(1)
        for n in range(1, 7):
            block = np.outer(block, p).ravel()
            rate = mean_length(block, huffman_code(block)) / n
            assert entropy(p) - 1e-12 <= rate < entropy(p) + 1 / n
    assert rate - entropy(p) < 0.02


def test_eq_codes_arithmetic():
    # All messages of five symbols, the probability as an exact product, the bounds without a logarithm.
    counts = [6, 3, 1]
    slack = []
    for message in itertools.product(range(3), repeat=5):
        probability = math.prod(Fraction(counts[x], 10) for x in message)
        assert message_interval(message, counts)[1] == probability
        length = len(arithmetic_encode(message, counts))
        assert Fraction(1, 2**length) <= probability < Fraction(4, 2**length)
        slack.append(length + math.log2(probability))
    assert 0 <= min(slack) < 0.2
    assert 1.5 < max(slack) < 2


def test_eq_codes_chain():
    # Left: the probability of the whole message, by a product of exact fractions; right: the sum that the coder takes.
    data = documentation_prose("scipy")[:400].encode()
    probability, followers = Fraction(1), Counter()
    for place, symbol in enumerate(data):  # order 0 by its formula
        kinds = len(followers)
        probability *= (followers[symbol] + Fraction(kinds, 256)) / (place + kinds) if place else Fraction(1, 256)
        followers[symbol] += 1
    cost = compress(data, ContextModel(0)).cost
    with mpmath.workdps(50):
        assert cost == pytest.approx(float(-mpmath.log(mpmath.mpf(probability.numerator) / probability.denominator, 2)), rel=1e-12)


def test_eq_codes_blend():
    # The counts gathered by slicing the text, without the rule for shorter contexts: at the longest context they agree.
    data, order = documentation_prose("sklearn")[:3000].encode(), 3
    model, shorter = ContextModel(order), ContextModel(order - 1)
    shorter.followers, shorter.order = model.followers, order - 1  # the same counts, one character less of context
    for place, symbol in enumerate(data):
        if place > 2000 and place % 50 == 0:
            context = data[place - order : place]
            seen = Counter(data[i + order] for i in range(place - order) if data[i : i + order] == context)
            shorter.recent = context[1:]
            below = shorter.predict()
            total, kinds = sum(seen.values()), len(seen)
            formula = [(seen[x] + kinds * below[x]) / (total + kinds) for x in range(256)] if total else below
            assert model.predict() == pytest.approx(formula, rel=1e-12)
        model.update(symbol)


def test_eq_codes_mismatch():
    # Left: the sum over the characters of the text, one by one, from the coder's costs. Right: n times the divergence.
    data = documentation_prose("sklearn")[:20_000].encode()
    p = np.bincount(np.frombuffer(data, np.uint8), minlength=256) / len(data)
    q = normalize(np.bincount(np.frombuffer(translated_text("fr").encode(), np.uint8), minlength=256) + 1.0)
    left = compress(data, FixedModel(q)).cost - compress(data, FixedModel(p)).cost
    assert left == pytest.approx(len(data) * kl_divergence(p, q), rel=1e-10)
    assert compress(data, FixedModel(q)).cost == pytest.approx(len(data) * cross_entropy(p, q), rel=1e-12)
