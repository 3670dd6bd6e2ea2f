"""Entropy of a distribution that is dragged by its bars."""

import numpy as np

from lib.shannon import entropy


def settings(rng):
    for k in range(2, 7):
        for concentration in (0.05, 0.3, 1, 5):
            for p in rng.dirichlet(np.full(k, concentration), 20):
                yield {"p": p.tolist()}
        yield {"p": [1.0] + [0.0] * (k - 1)}


def expected(state):
    h = entropy(state["p"])
    return {"entropy": h, "maximum": np.log2(len(state["p"])), "perplexity": 2**h}
