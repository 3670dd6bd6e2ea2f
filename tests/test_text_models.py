"""Models of text and the range coder: real text, byte for byte."""

import bz2
import lzma
import math
import zlib
from fractions import Fraction

import numpy as np
import pytest
from constriction import stream
from hypothesis import given, settings
from hypothesis import strategies as st

from lib import cross_entropy, entropy, kl_divergence, normalize
from lib.data import documentation_prose, translated_text
from lib.text_models import Coded, ContextModel, FixedModel, compress, decompress

TEXT = (documentation_prose("scipy") + "\n" + documentation_prose("sklearn")).encode()


def shares(data):
    return np.bincount(np.frombuffer(data, np.uint8), minlength=256) / len(data)


# The models


def by_the_formula(data, order, size):
    """Return the prediction after `data`, in exact fractions, from counts gathered anew: a second route."""
    followers = {}
    for place, symbol in enumerate(data):
        for k in range(min(order, place), -1, -1):
            seen = followers.setdefault(tuple(data[place - k : place]), [])
            seen.append(symbol)
            if seen.count(symbol) > 1:
                break
    p = [Fraction(1, size)] * size
    for k in range(min(order, len(data)) + 1):
        seen = followers.get(tuple(data[len(data) - k :]), [])
        kinds = len(set(seen))
        if seen:
            p = [(seen.count(x) + kinds * p[x]) / Fraction(len(seen) + kinds) for x in range(size)]
    return p


@settings(max_examples=60)
@given(st.lists(st.integers(0, 3), max_size=60), st.integers(0, 4))
def test_a_prediction_is_that_of_the_formula(data, order):
    model = ContextModel(order, size=4)
    for symbol in data:
        model.update(symbol)
    exact = by_the_formula(data, order, 4)
    assert sum(exact) == 1
    assert model.predict() == pytest.approx([float(v) for v in exact], rel=1e-12)


def test_a_prediction_by_hand():
    model = ContextModel(1, size=3)
    assert model.predict().tolist() == [1 / 3] * 3
    for symbol in (0, 1, 0):
        model.update(symbol)
    # order 0 counted 0 and 1 once and 0 again: (2, 1, 0) of 3, two kinds; after 0 came one 1
    below = (np.array([2, 1, 0]) + 2 / 3) / 5
    assert model.predict() == pytest.approx((np.array([0, 1, 0]) + below) / 2)


def test_every_symbol_stays_possible():
    model = ContextModel(4)
    for symbol in TEXT[:5000]:
        model.update(symbol)
    assert model.predict().min() > 0
    assert model.predict().sum() == pytest.approx(1, abs=1e-12)


def test_a_fixed_model_learns_nothing():
    model = FixedModel([0.5, 0.5])
    model.update(1)
    assert model.predict().tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    "make, reason",
    [
        (lambda: ContextModel(-1), "`order` must be an integer of at least 0; it is -1"),
        (lambda: ContextModel(1.0), "`order` must be an integer"),
        (lambda: ContextModel(1, size=257), "`size` must be an integer from 2 to 256; it is 257"),
        (lambda: ContextModel(1, size=2).update(2), "`symbol` must be an integer from 0 to 1; it is 2"),
        (lambda: FixedModel([0.5, 0.4]), "`p` must sum to 1"),
        (lambda: FixedModel([[0.5, 0.5]]), "`p` must be one distribution"),
        (lambda: FixedModel(np.full(300, 1 / 300)), "2 to 256 symbols"),
        (lambda: FixedModel([1.0]), "2 to 256 symbols"),
    ],
)
def test_what_can_not_be_a_model_is_refused(make, reason):
    with pytest.raises(ValueError, match=reason):
        make()


# The bars: real text of at least 100 kB


@pytest.fixture(scope="module")
def coded():
    return {order: compress(TEXT, ContextModel(order)) for order in range(5)}


def test_the_coded_length_is_within_two_hundredths_of_a_percent_of_the_cross_entropy(coded):
    assert len(TEXT) > 200_000
    for order, result in coded.items():
        assert 0 < result.bits / result.cost - 1 < 0.0002, order
        assert result.bits - result.cost < 80, order  # two words of 32 bits at the end, and a little rounding


def test_every_order_up_to_four_is_better_than_the_one_below(coded):
    costs = [coded[order].cost / len(TEXT) for order in range(5)]
    assert (np.diff(costs) < -0.2).all()
    assert costs[0] == pytest.approx(entropy(shares(TEXT)), abs=0.01)  # learning 74 shares is cheap


@pytest.mark.parametrize("order", range(5))
def test_decoding_gives_the_text_back_byte_for_byte(coded, order):
    assert decompress(coded[order], ContextModel(order)) == TEXT


def test_four_bytes_of_context_beat_the_general_compressors(coded):
    best = min(len(zlib.compress(TEXT, 9)), len(bz2.compress(TEXT, 9)), len(lzma.compress(TEXT, preset=9 | lzma.PRESET_EXTREME)))
    assert coded[4].bits < 8 * best < coded[3].bits


@pytest.mark.parametrize("other", ["fr", "tr"])
def test_a_coder_built_for_another_language_spends_the_divergence(other):
    # P: the text's own shares. Q: shares of bytes in another language, with one more of each, so that all is possible.
    p = shares(TEXT)
    q = normalize(np.bincount(np.frombuffer(translated_text(other).encode(), np.uint8), minlength=256) + 1.0)
    own, foreign = compress(TEXT, FixedModel(p)), compress(TEXT, FixedModel(q))
    extra = kl_divergence(p, q) * len(TEXT)
    assert foreign.bits - own.bits == pytest.approx(extra, rel=0.005)
    assert foreign.bits == pytest.approx(cross_entropy(p, q) * len(TEXT), rel=0.0002)
    assert decompress(foreign, FixedModel(q)) == TEXT


def test_samples_of_p_spend_the_divergence_within_their_standard_error():
    rng = np.random.default_rng(5)
    p, q, n = rng.dirichlet(np.ones(20)), rng.dirichlet(np.ones(20)), 2000
    ratio = np.log2(p) - np.log2(q)
    error = math.sqrt((p * ratio**2).sum() - kl_divergence(p, q) ** 2) / math.sqrt(n)
    z = []
    for _ in range(40):
        data = rng.choice(20, p=p, size=n).astype(np.uint8).tobytes()
        extra = compress(data, FixedModel(q)).bits - compress(data, FixedModel(p)).bits
        z.append((extra / n - kl_divergence(p, q)) / error)
    assert abs(np.mean(z)) < 4 / math.sqrt(40)
    assert 0.6 < np.std(z) < 1.5


# Edges and errors


@settings(max_examples=40)
@given(st.binary(max_size=300), st.integers(0, 3))
def test_any_bytes_come_back(data, order):
    result = compress(data, ContextModel(order))
    assert result.count == len(data)
    assert decompress(result, ContextModel(order)) == data
    assert result.bits < result.cost + 70


def test_an_empty_message_and_one_symbol_only():
    nothing = compress(b"", ContextModel(2))
    assert (nothing.count, nothing.cost) == (0, 0)
    assert decompress(nothing, ContextModel(2)) == b""
    sure = compress(b"\0" * 1000, FixedModel([1.0, 0.0]))
    assert sure.cost == 0
    assert sure.bits <= 64
    assert decompress(sure, FixedModel([1.0, 0.0])) == b"\0" * 1000


def test_a_byte_of_probability_0_is_refused():
    # The coder itself would lift the 0 to its smallest probability and code on.
    for data, index in ((b"\0\1\2", 2), (b"\0\3", 1)):
        with pytest.raises(ValueError, match=f"must give each symbol that occurs a positive probability; it gives 0 to . at index {index}"):
            compress(data, FixedModel([0.5, 0.5, 0.0]))


class Broken(FixedModel):
    def __init__(self, p):
        self.p = np.array(p)


@pytest.mark.parametrize("p", [[0.5, 0.4], [0.6, 0.5], [1.5, -0.5], [math.nan, 1.0]])
def test_a_model_whose_probabilities_do_not_sum_to_1_is_refused(p):
    # The coder itself would rescale them.
    with pytest.raises(ValueError, match="`model` must predict probabilities that sum to 1"):
        compress(b"\0", Broken(p))
    with pytest.raises(ValueError, match="`model` must predict probabilities that sum to 1"):
        decompress(compress(b"\0", FixedModel([0.5, 0.5])), Broken(p))


@pytest.mark.parametrize("change", ["cut", "flip", "append", "empty"])
def test_words_that_were_not_written_under_the_model_are_refused(change):
    words, count, cost = compress(TEXT[:2000], ContextModel(2))
    words = words.copy()
    match change:
        case "cut":
            words = words[:-1]
        case "flip":
            words[10] ^= 1
        case "append":
            words = np.append(words, np.uint32(7))
        case "empty":
            words = words[:0]
    with pytest.raises(ValueError, match=f"`coded` must be {count} symbols written under this model; its {len(words)} words are not"):
        decompress(Coded(words, count, cost), ContextModel(2))


def test_words_that_the_coder_itself_calls_impossible_are_refused():
    with pytest.raises(ValueError, match="`coded` must be 60 symbols written under this model; its 4 words are not"):
        decompress(Coded(np.array([2**32 - 1] * 4, dtype=np.uint32), 60, 0.0), FixedModel([1 / 3] * 3))


def test_words_that_hold_a_symbol_of_probability_0_are_refused():
    # Written by the coder alone, which lifts the 0 to its smallest probability.
    encoder = stream.queue.RangeEncoder()
    encoder.encode(2, stream.model.Categorical(np.array([0.5, 0.5, 0.0]), lazy=True))
    with pytest.raises(ValueError, match="`coded` must be 1 symbols written under this model"):
        decompress(Coded(encoder.get_compressed(), 1, 0.0), FixedModel([0.5, 0.5, 0.0]))


def test_another_model_does_not_decode_it():
    coded = compress(TEXT[:2000], ContextModel(2))
    for other in (ContextModel(1), ContextModel(3), FixedModel(shares(TEXT))):
        with pytest.raises(ValueError, match="`coded` must be 2000 symbols written under this model"):
            decompress(coded, other)


def test_text_must_be_bytes():
    with pytest.raises(TypeError, match="`data` must be bytes, not str; text becomes bytes by"):
        compress("text", ContextModel(0))
    assert compress(bytearray(b"ab"), ContextModel(0)).count == 2
