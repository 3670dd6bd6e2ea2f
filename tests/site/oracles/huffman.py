"""Huffman's code of a text that the reader edits."""

import math
from collections import Counter

from lib.coding import encode, huffman_code, mean_length
from lib.shannon import entropy

LETTERS = "etaoin shrdlucmfwypvbgk"


def settings(rng):
    for _ in range(250):
        kinds = LETTERS[: rng.integers(1, len(LETTERS) + 1)]
        shares = rng.dirichlet([1.0] * len(kinds))
        yield {"text": "".join(rng.choice(list(kinds), rng.integers(1, 81), p=shares))}
    for text in ("a", "ab", "aaaabbcd", "Zwölf Boxkämpfer", "熵是不确定性的度量", "abcdefghijklmnopqrstuvwx"):
        yield {"text": text}


def expected(state):
    text = state["text"]
    symbols = sorted(set(text))
    p = [Counter(text)[symbol] / len(text) for symbol in symbols]
    words = huffman_code(p)
    bits = encode([symbols.index(symbol) for symbol in text], words)
    return {
        "p": p,
        "words": words,
        "bits": bits,
        "mean": mean_length(p, words),
        "entropy": entropy(p),
        "fixed": math.ceil(math.log2(len(p))),
        "total": len(bits),
    }
