"""Arithmetic coding in exact fractions: one word for a whole message.

Made for reading and for short messages. Long ones go through
`lib.text_models`, whose coder works with a few digits at a time.
"""

import math
from fractions import Fraction
from itertools import accumulate

import numpy as np

from lib import _checks

__all__ = ["arithmetic_decode", "arithmetic_encode", "message_interval"]


def message_interval(message, counts):
    r"""Return the part of the unit interval that belongs to a message.

    Symbol by symbol the interval shrinks to the part of it that the symbol
    owns, in proportion to its share. What is left is as long as the message is
    probable.

    Parameters
    ----------
    message : array_like of int, shape (n,)
        The symbols, from 0 to k - 1; the empty message has all of the interval.
    counts : array_like of int, shape (k,)
        How often each symbol occurs; its probability is its share.

    Returns
    -------
    tuple of (Fraction, Fraction)
        Where the interval begins, and its length, the probability of the
        message: exact, no unit.

    Raises
    ------
    ValueError
        If the counts are not whole numbers of at least 0 with a positive sum,
        or the message holds a symbol outside of them or of count 0.

    References
    ----------
    Witten, Neal and Cleary :cite:p:`witten1987`. Taught in chapter :ref:`ch-codes`.

    Examples
    --------
    >>> message_interval([0, 1], [3, 1])
    (Fraction(9, 16), Fraction(3, 16))
    """
    counts = _checks.symbol_counts(counts)
    total, below = sum(counts), [0, *accumulate(counts)]
    start, width = Fraction(0), Fraction(1)
    for place, x in enumerate(_checks.message(message, len(counts))):
        if counts[x] == 0:
            raise ValueError(f"`message` must not hold a symbol of probability 0; it is {x} at {place}")
        start += width * Fraction(below[x], total)
        width *= Fraction(counts[x], total)
    return start, width


def arithmetic_encode(message, counts):
    """Return the shortest word whose whole stretch lies in the message's interval.

    A word of l bits stands for all numbers from 0 to 1 that begin with it, a
    stretch of length 2^-l. If all of them lie in the interval of the message,
    the word names the message, whatever bits follow.

    Parameters
    ----------
    message : array_like of int, shape (n,)
        The symbols, from 0 to k - 1; the empty message has the empty word.
    counts : array_like of int, shape (k,)
        How often each symbol occurs; its probability is its share.

    Returns
    -------
    str
        Zeros and ones: less than 2 more than the information content of the
        message in bits.

    Raises
    ------
    ValueError
        As for `message_interval`.

    References
    ----------
    Witten, Neal and Cleary :cite:p:`witten1987`; the bound: Cover and Thomas :cite:p:`cover2006`,
    section 5.9. Taught in chapter :ref:`ch-codes`.

    Examples
    --------
    >>> arithmetic_encode([0, 0, 0, 0, 1], [7, 1])
    '10001'
    """
    start, width = message_interval(message, counts)
    # Words shorter than this have stretches longer than the interval.
    length = max(width.denominator.bit_length() - width.numerator.bit_length() - 1, 0)
    while True:
        first = math.ceil(start * 2**length)
        if Fraction(first + 1, 2**length) <= start + width:
            return format(first, f"0{length}b") if length else ""
        length += 1


def arithmetic_decode(bits, counts, length):
    """Return the message of which a word stands.

    Parameters
    ----------
    bits : str
        A word written by `arithmetic_encode`.
    counts : array_like of int, shape (k,)
        The counts with which it was written.
    length : int
        The number n of symbols, which the word doesn't tell.

    Returns
    -------
    ndarray of int, shape (n,)
        The symbols, no unit.

    Raises
    ------
    ValueError
        If the counts or the length are none, or `bits` is not the word of a
        message of that length (truncated, say).

    References
    ----------
    Witten, Neal and Cleary :cite:p:`witten1987`. Taught in chapter :ref:`ch-codes`.

    Examples
    --------
    >>> arithmetic_decode("10001", [7, 1], 5).tolist()
    [0, 0, 0, 0, 1]
    """
    bits, counts = _checks.bit_string(bits), _checks.symbol_counts(counts)
    total, below = sum(counts), [0, *accumulate(counts)]
    rest, message = Fraction(int(bits or "0", 2), 2 ** len(bits)), []
    for _ in range(_checks.whole(length, "length", least=0)):
        place = rest * total
        x = next(x for x, count in enumerate(counts) if place < below[x] + count)
        message.append(x)
        rest = (place - below[x]) / counts[x]  # where in its part of the interval the word begins
    if arithmetic_encode(message, counts) != bits:
        raise ValueError(f"`bits` must be the word of a message of {length} symbols; it is {bits!r:.60}")
    return np.array(message, dtype=int)
