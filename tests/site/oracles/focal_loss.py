"""What a classifier states if it is trained by the focal loss."""

import math

import torch

from lib.divergence import kl_divergence
from lib.focal import focal_kl, focal_minimiser, true_probabilities


def settings(rng):
    for eta, gamma in [*rng.uniform((0.01, 1), (0.99, 5), (230, 2)).tolist(), [0.5, 2], [0.9, 2], [0.01, 5], [0.99, 1]]:
        yield {"eta": eta, "gamma": gamma}


def mean_loss(eta, q, gamma):
    losses = focal_kl(q.log().expand(2, 2), torch.eye(2, dtype=torch.float64), gamma=gamma)
    return float(eta[0] @ losses)


def expected(state):
    eta, gamma = torch.tensor([[state["eta"], 1 - state["eta"]]], dtype=torch.float64), state["gamma"]
    q = focal_minimiser(eta, gamma=gamma)
    odds = (state["eta"] / (1 - state["eta"])) ** (1 / (1 + gamma))
    return {
        "stated": float(q[0, 0]),
        "truth": float(true_probabilities(q, gamma=gamma)[0, 0]),
        "detached": odds / (1 + odds),
        "cost": kl_divergence(eta[0].numpy(), q[0].numpy(), base=math.e),
        "loss": mean_loss(eta, q, gamma),
        "honest": mean_loss(eta, eta, gamma),
    }
