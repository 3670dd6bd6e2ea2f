"""Mean and spread of the Monte Carlo estimators of the divergence, by sums over a fine grid of samples."""

import math

import numpy as np
from scipy import stats

from lib.gaussian import gaussian_kl
from lib.monte_carlo import k1, k2, k3

X = np.linspace(-37, 37, 14_801)
LOG_P = stats.norm.logpdf(X)
MASS = np.exp(LOG_P) * (X[1] - X[0])


def settings(rng):
    for mean, sd, n in rng.uniform((-2, 0.5, 10), (2, 1.25, 1000), (200, 3)).tolist():
        yield {"mean": mean, "sd": sd, "n": n}
    for mean, sd in rng.uniform((-2, math.sqrt(2)), (2, 2), (20, 2)).tolist():
        yield {"mean": mean, "sd": sd, "n": 100}
    yield {"mean": 0.05, "sd": 1.0, "n": 100}
    yield {"mean": 0.0, "sd": 1.0, "n": 100}


def expected(state):
    mean, sd, root = state["mean"], state["sd"], math.sqrt(state["n"])
    log_q = stats.norm.logpdf(X, mean, sd)
    found = {}
    for number, estimator in enumerate((k1, k2, k3), start=1):
        terms = estimator(LOG_P, log_q, base=math.e)
        found[number] = (MASS * terms).sum()
        with np.errstate(over="ignore"):
            spread = math.sqrt((MASS * (terms - found[number]) ** 2).sum())
        found[f"spread{number}"] = spread / root
    if 2 - sd**2 <= 0:  # the tails of q^2/p don't fall
        found["spread3"] = math.inf
    divergence = gaussian_kl(0.0, 1.0, mean, sd**2, base=math.e)
    assert math.isclose(found[1], divergence, rel_tol=1e-9, abs_tol=1e-12) and math.isclose(
        found[3], divergence, rel_tol=1e-9, abs_tol=1e-12
    )
    spreads = {name: found[name] for name in ("spread1", "spread2", "spread3")}
    return {"divergence": divergence, "k2": found[2], "bias": found[2] - divergence, **spreads}
