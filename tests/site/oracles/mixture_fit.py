"""One Gaussian against a mixture of two, in both directions of the divergence."""

from lib.mixtures import mixture_kl


def settings(rng):
    low, high = (-5, 0.3, 0.05, 0), (5, 4, 0.95, 3)
    for mean, sd, weight, distance in rng.uniform(low, high, (200, 4)).tolist():
        yield {"mean": mean, "sd": sd, "weight": weight, "distance": distance, "width": 0.7}


def expected(state):
    truth = [state["weight"], 1 - state["weight"]], [-state["distance"], state["distance"]], [state["width"]] * 2
    q = [1.0], [state["mean"]], [state["sd"]]
    return {"forward": mixture_kl(truth, q), "reverse": mixture_kl(q, truth)}
