"""The best linear VAE for Gaussian data, for any weight of the KL term."""

import math

import torch

from lib.linear_vae import LinearVAE, linear_log_likelihood, linear_terms


def settings(rng):
    for *variances, noise, beta in rng.uniform([0.1] * 5, [4, 4, 4, 1, 8], (215, 5)).tolist():
        yield {"variances": variances, "noise": noise, "beta": beta}
    yield {"variances": [3, 1.5, 0.6], "noise": 0.5, "beta": 1}
    yield {"variances": [3, 1.5, 0.6], "noise": 0.5, "beta": 8}


def expected(state):
    variances, noise, beta = torch.tensor(state["variances"], dtype=torch.float64), state["noise"], state["beta"]
    spread = (beta * noise / variances).clamp(max=1)  # variance of the encoder
    model = LinearVAE(3, 3, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        model.encoder.copy_(torch.diag(((1 - spread) / variances).sqrt()))
        model.weights.copy_(torch.diag(((1 - spread) * variances).sqrt()))
        model.log_variance.copy_(spread.log())
        model.log_noise.fill_(math.log(noise))
    axes = torch.diag((3 * variances).sqrt())
    x = torch.cat([axes, -axes])  # six points with these variances
    log_likelihood, kl = linear_terms(model, x)
    objective = (beta * kl - log_likelihood).mean()
    slopes = torch.autograd.grad(objective, [model.weights, model.encoder, model.log_variance, model.mean])
    assert all(slope.abs().max() < 1e-12 for slope in slopes), "not an optimum"
    rate, distortion = kl.mean().item(), -log_likelihood.mean().item()
    return {
        "rate": rate,
        "distortion": distortion,
        "loss": rate + distortion,
        "gap": rate + distortion + linear_log_likelihood(model, x).mean().item(),
        "active": int((spread < 1).sum()),
    }
