"""The evidence lower bound of a latent variable with two values."""

import numpy as np

from lib.bayesian import bayes_update
from lib.elbo import elbo, elbo_gap, log_evidence, reconstruction_and_rate


def settings(rng):
    low, high = (0, 0.05, 0.1, 0.1), (1, 0.95, 0.95, 0.95)
    for q, *model in rng.uniform(low, high, (300, 4)).tolist():
        yield dict(zip(("q", "prior", "wet_rain", "wet_dry"), [q, *model]))
    for q in (0.0, 1.0, 0.5, 0.5 + 1e-7):  # sure, the posterior, and next to it
        yield {"q": q, "prior": 0.25, "wet_rain": 0.75, "wet_dry": 0.25}


def expected(state):
    q, prior = ([share, 1 - share] for share in (state["q"], state["prior"]))
    likelihood = np.array([state["wet_rain"], state["wet_dry"]])
    log_joint = np.log(prior * likelihood)
    reconstruction, rate = reconstruction_and_rate(q, prior, np.log(likelihood))
    return {
        "evidence": log_evidence(log_joint),
        "bound": elbo(q, log_joint),
        "gap": elbo_gap(q, log_joint),
        "reconstruction": reconstruction,
        "rate": rate,
        "posterior": bayes_update(prior, likelihood)[0],
    }
