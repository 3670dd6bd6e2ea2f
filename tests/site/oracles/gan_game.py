"""A generator that moves, and a discriminator that was the best one for another."""

import math

import numpy as np

from lib.adversarial import discriminator_value, optimal_discriminator
from lib.divergence import js_divergence
from lib.logits import log_softmax

GRID = np.linspace(-8, 8, 401)


def settings(rng):
    low, high = (0, -4, 0.5, -4, 0.5), (4, 4, 3, 4, 3)
    for i, numbers in enumerate(rng.uniform(low, high, (220, 5)).tolist()):
        state = dict(zip(("distance", "mean", "sd", "seen_mean", "seen_sd"), numbers, strict=True))
        yield state | ({"seen_mean": state["mean"], "seen_sd": state["sd"]} if i % 4 == 0 else {})


def log_bell(mean, sd):
    return log_softmax(-(((GRID - mean) / sd) ** 2) / 2)


def expected(state):
    hills = np.logaddexp(*(-(((GRID - side * state["distance"]) / 0.6) ** 2) / 2 for side in (-1, 1)))
    log_p, log_seen = log_softmax(hills), log_bell(state["seen_mean"], state["seen_sd"])
    p, g = np.exp(log_p), np.exp(log_bell(state["mean"], state["sd"]))
    log_d = log_softmax(np.stack([log_p, log_seen], axis=-1))  # logarithms of D and of 1 - D
    value, js = p @ log_d[:, 0] + g @ log_d[:, 1], js_divergence(p, g, base=math.e)
    best = 2 * js - 2 * math.log(2)
    if state["seen_mean"] == state["mean"] and state["seen_sd"] == state["sd"]:
        earned = discriminator_value(p, g, optimal_discriminator(p, g), base=math.e)
        assert math.isclose(value, best, rel_tol=1e-12)
        assert math.isclose(earned, best, rel_tol=1e-12) or earned == -math.inf  # where D is rounded to 1
    return {"value": value, "best": best, "short": best - value, "js": js}
