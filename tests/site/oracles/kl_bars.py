"""KL divergence of two bar charts, in both directions."""

import numpy as np

from lib.divergence import cross_entropy, kl_divergence
from lib.shannon import entropy


def settings(rng):
    for concentration in (0.2, 1, 10):
        for p, q in rng.dirichlet(np.full(3, concentration), (80, 2)).tolist():
            yield {"p": p, "q": q}
    for p, q in (([1, 0, 0], [0, 1, 0]), ([0.5, 0.5, 0], [0.2, 0.3, 0.5]), ([0.2, 0.3, 0.5], [0.2, 0.3, 0.5])):
        yield {"p": p, "q": q}


def expected(state):
    p, q = state["p"], state["q"]
    return {"forward": kl_divergence(p, q), "reverse": kl_divergence(q, p), "h_p": entropy(p), "cross": cross_entropy(p, q)}
