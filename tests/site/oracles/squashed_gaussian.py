"""A Gaussian squashed by tanh."""

import math

import torch

from lib.gaussian import gaussian_entropy
from lib.soft_actor_critic import squashed_gaussian

NOISE = torch.linspace(-10, 10, 2501, dtype=torch.float64)[:, None]
WEIGHTS = torch.exp(-(NOISE[:, 0] ** 2) / 2)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def settings(rng):
    for mean, sd in [*rng.uniform((-2, 0.1), (2, 3), (230, 2)).tolist(), [0.0, 0.1], [2.0, 3.0]]:
        yield {"mean": mean, "sd": sd}


def expected(state):
    action, log_density = squashed_gaussian(torch.full_like(NOISE, state["mean"]), torch.full_like(NOISE, math.log(state["sd"])), NOISE)
    entropy = float(-WEIGHTS @ log_density)
    return {
        "action": entropy,
        "gaussian": gaussian_entropy([[state["sd"] ** 2]], base=math.e),
        "uneven": math.log(2) - entropy,
        "average": float(WEIGHTS @ action[:, 0]),
    }
