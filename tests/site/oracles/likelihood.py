"""Mean log-likelihood of a few lengths under a geometric law."""

import numpy as np
from scipy import stats

from lib.divergence import kl_divergence
from lib.likelihood import fit_geometric, mean_log_likelihood
from lib.shannon import entropy


def settings(rng):
    for theta in rng.uniform(0.05, 0.9, 240).tolist():
        counts = rng.integers(0, 13, 8) * (rng.random(8) < 0.7)
        counts[rng.integers(8)] += counts.sum() == 0
        yield {"theta": theta, "counts": counts.tolist()}
    yield {"theta": 0.5, "counts": [12, 0, 0, 0, 0, 0, 0, 0]}


def expected(state):
    counts, theta = np.array(state["counts"]), state["theta"]
    lengths = np.arange(1, len(counts) + 1)
    seen = np.repeat(lengths, counts)
    shares = np.append(counts / counts.sum(), 0)
    model = np.append(stats.geom.pmf(lengths, theta), stats.geom.sf(len(counts), theta))
    return {
        "cost": 0.0 - mean_log_likelihood(stats.geom.logpmf(seen, theta)),
        "entropy": entropy(shares),
        "divergence": kl_divergence(shares, model),
        "best": fit_geometric(seen),
    }
