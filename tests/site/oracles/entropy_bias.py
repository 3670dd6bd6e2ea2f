"""The mean of two estimates of entropy, over all samples of a Zipf law."""

import itertools
import math

import numpy as np
from scipy import special, stats

from lib.counts import normalize
from lib.divergence import kl_divergence
from lib.estimators import miller_madow, plug_in
from lib.shannon import entropy


def settings(rng):
    for exponent in rng.uniform(0, 2, 120).tolist():  # so few that every sample can be looked at
        yield {"n": int(rng.integers(2, 9)), "outcomes": int(rng.integers(2, 5)), "exponent": exponent}
    for exponent in rng.uniform(0, 2, 100).tolist():
        yield {"n": int(2 * 500 ** rng.random()), "outcomes": int(rng.integers(2, 51)), "exponent": exponent}
    yield {"n": 1000, "outcomes": 50, "exponent": 0}
    yield {"n": 1000, "outcomes": 2, "exponent": 2}


def expected(state):
    n, outcomes = state["n"], state["outcomes"]
    p = normalize(np.arange(1, outcomes + 1.0) ** -state["exponent"])
    truth = entropy(p)
    if n < 9 and outcomes < 5:
        counts = np.array([c for c in itertools.product(range(n + 1), repeat=outcomes) if sum(c) == n])
        chance = stats.multinomial.pmf(counts, n, p)
        plug, corrected, seen = chance @ plug_in(counts), chance @ miller_madow(counts), chance @ (counts > 0).sum(axis=1)
        gap = chance @ kl_divergence(normalize(counts), p)
    else:
        k = np.arange(n + 1)
        chance = stats.binom.pmf(k, n, p[:, None])
        plug = (chance * special.entr(k / n)).sum() / math.log(2)
        gap = (chance * special.kl_div(k / n, p[:, None])).sum() / math.log(2)
        seen = (1 - (1 - p) ** n).sum()
        corrected = plug + (seen - 1) / (2 * n) / math.log(2)
    return {
        "truth": truth,
        "plug_in": plug,
        "bias": -gap,  # the difference would lose digits
        "formula": -(outcomes - 1) / (2 * n) / math.log(2),
        "miller_madow": corrected,
        "seen": seen,
    }
