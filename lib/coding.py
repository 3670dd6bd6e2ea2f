"""Codes for symbols: a word of zeros and ones for each, and no word begins another.

A code is a list of words, symbol by symbol: ``["0", "10", "11"]``. A message is
a list of symbols, integers from 0 on; a coded message is a string of bits.
"""

import heapq
import math

import numpy as np

from lib import _checks

__all__ = [
    "decode",
    "encode",
    "huffman_code",
    "huffman_tree",
    "kraft_sum",
    "mean_length",
    "prefix_code",
    "shannon_lengths",
]


def kraft_sum(lengths):
    r"""Return Kraft's sum of the lengths of code words.

    .. math:: K(L) = \sum_x 2^{-L(x)}

    How much of the unit interval words of these lengths take up. A prefix code
    with them exists if and only if the sum is at most 1.

    Parameters
    ----------
    lengths : array_like of int, shape (k,)
        The length of each word, in bits, not negative.

    Returns
    -------
    float
        The sum, no unit, rounded once.

    Raises
    ------
    ValueError
        If the lengths are not whole numbers of at least 0, or none are given.

    References
    ----------
    Kraft :cite:p:`kraft1949`; McMillan :cite:p:`mcmillan1956`. Taught in chapter :ref:`ch-codes`.

    Examples
    --------
    >>> kraft_sum([1, 2, 3, 3]), kraft_sum([1, 1, 2])
    (1.0, 1.25)
    """
    return math.fsum(math.ldexp(1.0, -length) for length in _checks.code_lengths(lengths))


def prefix_code(lengths):
    """Return a prefix code whose words have the given lengths.

    Lay stretches of length 2^-L one after another into the interval from 0 to
    1, long ones first: where a stretch begins, written in L binary digits, is
    the word.

    Parameters
    ----------
    lengths : array_like of int, shape (k,)
        The length of each word, in bits, not negative.

    Returns
    -------
    list of str
        The words, of lengths in bits as asked. Of two symbols with equal
        lengths the first has the smaller word.

    Raises
    ------
    ValueError
        If the lengths are not whole numbers of at least 0, none are given, or
        they break Kraft's inequality, so that no prefix code has them.

    References
    ----------
    Cover and Thomas :cite:p:`cover2006`, theorem 5.2.1. Taught in chapter :ref:`ch-codes`.

    Examples
    --------
    >>> prefix_code([2, 1, 3, 3])
    ['10', '0', '110', '111']
    """
    lengths = _checks.kraft(_checks.code_lengths(lengths))
    words, start, digits = [""] * len(lengths), 0, 0
    for x in sorted(range(len(lengths)), key=lengths.__getitem__):
        start <<= lengths[x] - digits
        digits = lengths[x]
        words[x] = format(start, f"0{digits}b") if digits else ""
        start += 1
    return words


def shannon_lengths(p):
    r"""Return the lengths of Shannon's code: information contents, rounded up.

    .. math:: L(x) = \lceil -\log_2 p(x) \rceil

    They obey Kraft's inequality, and their mean is less than one bit above the
    entropy.

    Parameters
    ----------
    p : array_like, shape (k,)
        Positive probabilities that sum to 1.

    Returns
    -------
    ndarray of int, shape (k,)
        The lengths in bits.

    Raises
    ------
    ValueError
        If `p` is no distribution, or has a symbol of probability 0, which
        would need a word without end.

    References
    ----------
    Shannon :cite:p:`shannon1948`, section 9. Taught in chapter :ref:`ch-codes`.

    Examples
    --------
    >>> shannon_lengths([0.4, 0.3, 0.2, 0.1]).tolist()
    [2, 2, 3, 4]
    """
    # p = m 2^e with 1/2 <= m < 1, so the length is 1 - e, without the rounding of a logarithm.
    return 1 - np.frexp(_checks.positive_distribution(p, "p"))[1].astype(int)


def huffman_tree(p):
    """Return Huffman's tree: merge the two least probable, again and again.

    Parameters
    ----------
    p : array_like, shape (k,)
        Positive probabilities that sum to 1.

    Returns
    -------
    int or tuple
        A symbol, or a pair of trees of which the first is the more probable:
        no unit. Equally probable ones are merged, and stand in the pair, in
        their order: symbols before pairs, earlier before later.

    Raises
    ------
    ValueError
        If `p` is no distribution, or has a symbol of probability 0.

    References
    ----------
    Huffman :cite:p:`huffman1952`. Taught in chapter :ref:`ch-codes`.

    Examples
    --------
    >>> huffman_tree([0.5, 0.2, 0.2, 0.1])
    (0, ((1, 3), 2))
    """
    p = _checks.positive_distribution(p, "p").tolist()
    # Every tree has a number, so that no tie is left to chance: symbols first.
    heap = [(share, x, x) for x, share in enumerate(p)]
    heapq.heapify(heap)
    for number in range(len(p), 2 * len(p) - 1):
        rare, _, first = heapq.heappop(heap)
        common, _, second = heapq.heappop(heap)
        pair = (second, first) if rare < common else (first, second)
        heapq.heappush(heap, (rare + common, number, pair))
    return heap[0][2]


def huffman_code(p):
    """Return Huffman's code: no code for single symbols is shorter on average.

    The path from the root of Huffman's tree to a symbol is its word: 0 for the
    more probable side, 1 for the other.

    Parameters
    ----------
    p : array_like, shape (k,)
        Positive probabilities that sum to 1.

    Returns
    -------
    list of str
        The words; their mean length in bits is at least the entropy and less
        than one bit above it. A single symbol has the empty word.

    Raises
    ------
    ValueError
        If `p` is no distribution, or has a symbol of probability 0.

    References
    ----------
    Huffman :cite:p:`huffman1952`. Taught in chapter :ref:`ch-codes`.

    Examples
    --------
    >>> huffman_code([0.25, 0.5, 0.125, 0.125])
    ['10', '0', '110', '111']
    """
    words, stack = [""] * np.size(p), [(huffman_tree(p), "")]
    while stack:
        tree, word = stack.pop()
        if isinstance(tree, tuple):
            stack += [(tree[0], word + "0"), (tree[1], word + "1")]
        else:
            words[tree] = word
    return words


def mean_length(p, words):
    r"""Return the mean length of a code's words.

    .. math:: L(P) = \sum_x p(x)\, L(x)

    Parameters
    ----------
    p : array_like, shape (k,)
        How probable each symbol is. Zeros are allowed: a word that is never
        sent costs nothing.
    words : list of str
        A prefix code of k words.

    Returns
    -------
    float
        Mean number of bits a symbol, in bits.

    Raises
    ------
    ValueError
        If `p` is no distribution, `words` is no prefix code, or their numbers
        differ.

    References
    ----------
    Cover and Thomas :cite:p:`cover2006`, section 5.1. Taught in chapter :ref:`ch-codes`.

    Examples
    --------
    >>> mean_length([0.5, 0.25, 0.125, 0.125], ["0", "10", "110", "111"])
    1.75
    """
    p, lengths = _checks.distribution(p, "p"), [len(word) for word in _checks.code_words(words)]
    if p.shape != (len(lengths),):
        raise ValueError(f"`p` must hold one probability a word: {len(lengths)}; its shape is {p.shape}")
    return math.fsum(share * length for share, length in zip(p.tolist(), lengths))


def encode(message, words):
    """Return a message in a code: the words of its symbols, one after another.

    Parameters
    ----------
    message : array_like of int, shape (n,)
        The symbols, from 0 to k - 1; it may be empty.
    words : list of str
        A prefix code of k words.

    Returns
    -------
    str
        The coded message; its length is what the message costs in bits.

    Raises
    ------
    ValueError
        If `words` is no prefix code or a symbol has no word.

    References
    ----------
    Cover and Thomas :cite:p:`cover2006`, section 5.1. Taught in chapter :ref:`ch-codes`.

    Examples
    --------
    >>> encode([0, 0, 2, 1], ["0", "10", "11"])
    '001110'
    """
    words = _checks.code_words(words)
    return "".join(words[x] for x in _checks.message(message, len(words)))


def decode(bits, words):
    """Return the message that a string of bits holds.

    Since no word begins another, a word is known to be complete as soon as it
    is, and no separators are needed.

    Parameters
    ----------
    bits : str
        Zeros and ones; it may be empty.
    words : list of str
        A prefix code.

    Returns
    -------
    ndarray of int, shape (n,)
        The symbols, no unit.

    Raises
    ------
    ValueError
        If `words` is no prefix code or holds the empty word (nothing tells
        how often that was sent), or if `bits` ends within a word or has a
        stretch that begins no word.

    References
    ----------
    Cover and Thomas :cite:p:`cover2006`, section 5.1. Taught in chapter :ref:`ch-codes`.

    Examples
    --------
    >>> decode("001110", ["0", "10", "11"]).tolist()
    [0, 0, 2, 1]
    """
    bits = _checks.bit_string(bits)
    symbols = {word: x for x, word in enumerate(_checks.words_with_a_trace(words))}
    longest, message, start = max(map(len, symbols)), [], 0
    while start < len(bits):
        ends = range(start + 1, min(start + longest, len(bits)) + 1)
        end = next((end for end in ends if bits[start:end] in symbols), None)
        if end is None:
            rest = bits[start : start + longest]
            raise ValueError(f"`bits` must be a sequence of code words; none fits at {start}: {rest!r}")
        message.append(symbols[bits[start:end]])
        start = end
    return np.array(message, dtype=int)
