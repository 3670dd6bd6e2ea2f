"""A product of two normals against a correlated one, in both directions of the divergence, in nats."""

import math

import numpy as np

from lib.gaussian import gaussian_kl
from lib.mean_field import gaussian_mean_field_gap, gaussian_sweeps


def settings(rng):
    names = "mean1", "mean2", "sd1", "sd2", "rho"
    for values in rng.uniform((-1.5, -1.5, 0.15, 0.15, -0.95), (1.5, 1.5, 1.25, 1.25, 0.95), (300, 5)).tolist():
        yield dict(zip(names, values))
    for rho in (0.0, 0.5, 0.95):  # the optimum of either direction
        for sd in (1.0, math.sqrt(1 - rho**2)):
            yield dict(zip(names, (0.0, 0.0, sd, sd, rho)))


def expected(state):
    cov = np.array([[1, state["rho"]], [state["rho"], 1]])
    precision = np.linalg.inv(cov)
    p = np.zeros(2), cov
    q = [state["mean1"], state["mean2"]], np.diag([state["sd1"] ** 2, state["sd2"] ** 2])
    return {
        "reverse": gaussian_kl(*q, *p, base=math.e),
        "forward": gaussian_kl(*p, *q, base=math.e),
        "least": gaussian_mean_field_gap(precision),
        "swept": gaussian_sweeps(precision, np.zeros(2), sweeps=1, start=q[0])[-1],
    }
