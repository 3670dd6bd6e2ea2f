"""Models that predict the next byte, and a coder that turns predictions into bits.

A model has two methods: ``predict()`` returns the probabilities of all symbols,
``update(symbol)`` tells it what came. The decoder makes the same predictions
from what it has decoded so far, so the model itself is never sent.

The coder is the range coder of the library `constriction`.
"""

import math
from typing import NamedTuple

import numpy as np
from constriction import stream

from lib import _checks

__all__ = ["Coded", "ContextModel", "FixedModel", "compress", "decompress"]


class FixedModel:
    """The same probabilities for every symbol: order 0, nothing learned.

    Parameters
    ----------
    p : array_like, shape (k,)
        Probabilities that sum to 1, for symbols 0 to k - 1, with k from 2 to 256.
        Zeros are allowed; a symbol of probability 0 can't be coded.

    Examples
    --------
    >>> FixedModel([0.5, 0.25, 0.25]).predict().tolist()
    [0.5, 0.25, 0.25]
    """

    def __init__(self, p):
        self.p = _checks.distribution(p, "p").astype(np.float64)
        if self.p.ndim != 1 or not 2 <= self.p.size <= 256:
            raise ValueError(f"`p` must be one distribution of 2 to 256 symbols; its shape is {self.p.shape}")

    def predict(self):
        """Return the probabilities, shape (k,), whatever came before."""
        return self.p

    def update(self, symbol):
        """Learn nothing."""


class ContextModel:
    """Learn from the text so far which byte follows the last `order` bytes.

    The prediction after a context blends what followed that context with the
    prediction after the context that is one byte shorter, and so on down to
    the uniform distribution. A context that was followed by many different
    bytes trusts itself less. A shorter context counts a byte only when it was
    new to the longer ones, as only then it was asked.

    Parameters
    ----------
    order : int
        How many bytes of context, at least 0.
    size : int, default 256
        Number of symbols, from 2 to 256.

    References
    ----------
    Contexts of many lengths: Cleary and Witten :cite:p:`cleary1984`. The weights: Witten and Bell
    :cite:p:`witten1991`. Taught in chapter :ref:`ch-codes`.

    Examples
    --------
    >>> model = ContextModel(1, size=2)
    >>> for symbol in (0, 1, 0, 1, 0):
    ...     model.update(symbol)
    >>> model.predict().round(3).tolist()
    [0.2, 0.8]
    """

    def __init__(self, order, *, size=256):
        self.order = _checks.whole(order, "order", least=0)
        self.size = _checks.whole(size, "size", least=2, most=256)
        self.followers = {}  # context -> [counts of the symbols that followed it, their sum, how many different ones]
        self.recent = b""

    def contexts(self):
        """Return the contexts of the next symbol, the empty one first."""
        return [self.recent[start:] for start in range(len(self.recent), -1, -1)]

    def predict(self):
        """Return the probabilities of the next symbol, shape (size,)."""
        p = np.full(self.size, 1 / self.size)
        for context in self.contexts():
            if context not in self.followers:
                break
            counts, total, kinds = self.followers[context]
            p = (counts + kinds * p) / (total + kinds)
        return p

    def update(self, symbol):
        """Count a symbol, from the longest context down to the first that had seen it before."""
        symbol = _checks.whole(symbol, "symbol", least=0, most=self.size - 1)
        for context in reversed(self.contexts()):
            if context not in self.followers:
                self.followers[context] = [np.zeros(self.size, np.uint32), 0, 0]
            entry = self.followers[context]
            new = entry[0][symbol] == 0
            entry[0][symbol] += 1
            entry[1] += 1
            entry[2] += int(new)
            if not new:
                break
        if self.order:
            self.recent = (self.recent + bytes([symbol]))[-self.order :]


class Coded(NamedTuple):
    """What `compress` returns.

    Parameters
    ----------
    words : ndarray of uint32
        The bits that are sent, 32 in a word.
    count : int
        How many symbols they hold.
    cost : float
        What the model said that the message would cost, in bits: the sum of
        its information contents, the model's cross-entropy times `count`.

    Examples
    --------
    >>> compress(b"abc", ContextModel(0)).count
    3
    """

    words: np.ndarray
    count: int
    cost: float

    @property
    def bits(self):
        """Length of what is sent, in bits."""
        return 32 * self.words.size


def compress(data, model):
    """Code bytes under a model, which learns along the way.

    Parameters
    ----------
    data : bytes
        The message; it may be empty. A model of fewer than 256 symbols takes
        bytes below their number.
    model : ContextModel or FixedModel
        Or any object with their two methods. It is updated: decoding needs
        another one in the state that this one is in now.

    Returns
    -------
    Coded
        The words, the number of symbols, and the cost under the model in bits.

    Raises
    ------
    ValueError
        If the model gives the byte that came a probability of 0, has none for
        it, or its probabilities don't sum to 1.
    TypeError
        If `data` is not bytes.

    References
    ----------
    Range coding: Bamler :cite:p:`bamler2022`, on the coder's library. Taught in chapter :ref:`ch-codes`.

    Examples
    --------
    >>> text = b"never odd or even " * 40
    >>> coded = compress(text, ContextModel(2))
    >>> decompress(coded, ContextModel(2)) == text, coded.bits < 8 * len(text) / 10
    (True, True)
    """
    data, cost = _checks.byte_string(data, "data"), []
    encoder = stream.queue.RangeEncoder()
    for place, symbol in enumerate(data):
        p = _prediction(model)
        if symbol >= p.size or p[symbol] == 0:
            raise _impossible(symbol, place)
        cost.append(-math.log2(p[symbol]))
        encoder.encode(symbol, _coder_model(p))
        model.update(symbol)
    return Coded(encoder.get_compressed(), len(data), math.fsum(cost))


def decompress(coded, model):
    """Return the bytes that were coded.

    What comes out is coded again along the way and compared, so that words
    that were cut off, changed or written under another model don't pass. The
    number of symbols is taken on trust.

    Parameters
    ----------
    coded : Coded
        From `compress`.
    model : ContextModel or FixedModel
        In the state in which the model was that `compress` took.

    Returns
    -------
    bytes
        The message, byte for byte; no unit.

    Raises
    ------
    ValueError
        If these words were not written under this model, or its probabilities
        don't sum to 1.

    References
    ----------
    Range coding: Bamler :cite:p:`bamler2022`, on the coder's library. Taught in chapter :ref:`ch-codes`.

    Examples
    --------
    >>> decompress(compress(b"to be or not to be", ContextModel(1)), ContextModel(1))
    b'to be or not to be'
    """
    decoder, data = stream.queue.RangeDecoder(coded.words), bytearray()
    again = stream.queue.RangeEncoder()
    for _ in range(coded.count):
        p = _prediction(model)
        try:
            symbol = int(decoder.decode(_coder_model(p)))
        except AssertionError:  # the coder's own word for impossible input
            raise _not_ours(coded) from None
        if p[symbol] == 0:
            raise _not_ours(coded)
        again.encode(symbol, _coder_model(p))
        data.append(symbol)
        model.update(symbol)
    if not np.array_equal(again.get_compressed(), coded.words):
        raise _not_ours(coded)
    return bytes(data)


def _prediction(model):
    # The coder would rescale in silence, and lift zeros to its smallest probability.
    p = model.predict()
    total, least = np.add.reduce(p), np.minimum.reduce(p)
    if not (abs(total - 1) <= 1e-9 and least >= 0):
        raise ValueError(f"`model` must predict probabilities that sum to 1; they sum to {total:.10g}, the least is {least:g}")
    return p


def _coder_model(p):
    return stream.model.Categorical(p, lazy=True)  # lazy: made for one symbol


def _impossible(symbol, place):
    return ValueError(f"`model` must give each symbol that occurs a positive probability; it gives 0 to {symbol} at index {place}")


def _not_ours(coded):
    return ValueError(f"`coded` must be {coded.count} symbols written under this model; its {len(coded.words)} words are not")
