"""Codes, messages and bits."""

import numpy as np

from lib._checks.discrete import distribution
from lib._checks.numbers import integers, place


def code_lengths(lengths):
    """Return the lengths of code words as a list of Python's integers: one axis, not empty, none negative."""
    array = integers(lengths, "lengths")
    if array.ndim != 1:
        raise ValueError(f"`lengths` must be a list with one length a symbol; its shape is {array.shape}")
    return array.tolist()


def kraft(lengths):
    """Refuse lengths that no prefix code has; the sum is taken in whole numbers."""
    longest = max(lengths)
    total = sum(1 << (longest - length) for length in lengths)
    if total > 1 << longest:
        raise ValueError(f"`lengths` must obey Kraft's inequality, sum of 2^-length at most 1; the sum is {total / (1 << longest):.10g}")
    return lengths


def code_words(words):
    """Return code words as a list: strings of 0 and 1, none of which begins another."""
    words = list(words)
    if not words:
        raise ValueError("`words` must hold at least one code word; it is empty")
    for index, word in enumerate(words):
        if not isinstance(word, str) or word.strip("01"):
            raise ValueError(f"`words` must be strings of 0 and 1; it is {word!r} at index {index}")
    ordered = sorted(words)
    for word, following in zip(ordered, ordered[1:]):
        if following.startswith(word):
            raise ValueError(f"`words` must be prefix-free; {word!r} begins {following!r}")
    return words


def words_with_a_trace(words):
    """Return code words that can be decoded: as `code_words`, and none of them empty."""
    words = code_words(words)
    if "" in words:
        raise ValueError("`words` must not hold the empty word: it leaves no trace, so the message's length can't be read off")
    return words


def bit_string(bits):
    """Return a string of 0 and 1, which may be empty."""
    if not isinstance(bits, str) or bits.strip("01"):
        raise ValueError(f"`bits` must be a string of 0 and 1; it is {bits!r:.40}")
    return bits


def message(message, size):
    """Return a message as a list of symbols, integers from 0 to `size` - 1; it may be empty."""
    array = np.asarray(message)
    if array.ndim != 1:
        raise ValueError(f"`message` must be a list of symbols; its shape is {array.shape}")
    if array.size == 0:
        return []
    if array.dtype.kind not in "iu":
        raise ValueError(f"`message` must hold integers; its dtype is {array.dtype}")
    outside = (array < 0) | (array >= size)
    if outside.any():
        raise ValueError(f"`message` must hold symbols from 0 to {size - 1}; it is {array[outside][0]}{place(outside)}")
    return array.tolist()


def positive_distribution(p, name):
    """Return one distribution (float64) in which every symbol can occur: only such symbols get words."""
    array = distribution(p, name).astype(np.float64, copy=False)
    if array.ndim != 1:
        raise ValueError(f"`{name}` must be one distribution; its shape is {array.shape}")
    never = array == 0
    if never.any():
        raise ValueError(f"`{name}` must be positive: a symbol of probability 0 has no code word; it is 0{place(never)}")
    return array


def symbol_counts(counts):
    """Return how often each symbol occurs, as Python's integers, not all of them 0."""
    array = integers(counts, "counts")
    if array.ndim != 1:
        raise ValueError(f"`counts` must be a list of integers, one a symbol; its shape is {array.shape}")
    if not array.any():
        raise ValueError("`counts` must not sum to 0")
    return array.tolist()


def byte_string(data, name):
    """Return `data` as bytes; text must be encoded by the caller, who knows in which way."""
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"`{name}` must be bytes, not {type(data).__name__}; text becomes bytes by .encode('utf-8')")
    return bytes(data)
