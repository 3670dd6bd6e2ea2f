"""Fair dice that reach a high mean, and the tilted die."""

import math

import numpy as np
from scipy import optimize

from lib.counts import normalize
from lib.divergence import kl_divergence

FACES, FAIR = np.arange(1, 7), np.full(6, 1 / 6)


def settings(rng):
    for mean in rng.uniform(3.5, 5.75, 200).round(2).tolist():
        yield {"mean": mean, "n": int(200 ** rng.random())}
    for n in (1, 2, 10, 100, 200):
        yield {"mean": 4.5, "n": n}
        yield {"mean": 3.5, "n": n}


def tilted(strength):
    return normalize(FAIR * np.exp(strength * (FACES - 6)))


def law_of_sum(n):
    law = np.ones(1)
    for _ in range(n):
        law = np.convolve(law, FAIR)
    return law  # of the sum less n


def expected(state):
    mean, n = state["mean"], state["n"]
    strength = optimize.brentq(lambda s: tilted(s) @ FACES - mean, -1, 50, xtol=1e-15, rtol=1e-14) if mean > 3.5 else 0.0
    least = -(-round(mean * 100) * n // 100)  # whole numbers: no rounding at the border
    probability = law_of_sum(n)[least - n :].sum()
    given = np.array([law_of_sum(n - 1)[max(0, least - f - n + 1) :].sum() for f in FACES]) / 6 / probability
    rate = kl_divergence(tilted(strength), FAIR)
    return {
        "nearest": tilted(strength),
        "given": given,
        "probability": probability,
        "rate": rate,
        "exponent": 0.0 - math.log2(probability) / n,
        "rest": kl_divergence(normalize(given), tilted(strength)),
    }
