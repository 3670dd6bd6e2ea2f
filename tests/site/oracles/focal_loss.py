"""What a classifier states if it is trained by the focal loss."""

import math

import torch

from lib.divergence import kl_divergence
from lib.focal import focal_kl, focal_minimiser, true_probabilities

STATED = {}  # by truth and exponent: one search takes as long as many


def settings(rng):
    for gamma in [1, 2, 5, *rng.uniform(1, 5, 9).tolist()]:
        truths = [0.01, 0.5, 0.9, 0.99, *rng.uniform(0.01, 0.99, 16).tolist()]
        eta = torch.tensor(truths, dtype=torch.float64)
        for one, q in zip(truths, focal_minimiser(torch.stack([eta, 1 - eta], dim=1), gamma=gamma), strict=True):
            STATED[one, gamma] = q[None]
            yield {"eta": one, "gamma": gamma}


def mean_loss(eta, q, gamma):
    losses = focal_kl(q.log().expand(2, 2), torch.eye(2, dtype=torch.float64), gamma=gamma)
    return float(eta[0] @ losses)


def expected(state):
    eta, gamma = torch.tensor([[state["eta"], 1 - state["eta"]]], dtype=torch.float64), state["gamma"]
    q = STATED[state["eta"], gamma]
    odds = (state["eta"] / (1 - state["eta"])) ** (1 / (1 + gamma))
    return {
        "stated": float(q[0, 0]),
        "truth": float(true_probabilities(q, gamma=gamma)[0, 0]),
        "detached": odds / (1 + odds),
        "cost": kl_divergence(eta[0].numpy(), q[0].numpy(), base=math.e),
        "loss": mean_loss(eta, q, gamma),
        "honest": mean_loss(eta, eta, gamma),
    }
