"""VAEs on the 8x8 digits beside plainer models of the same 17 grey levels: bounds on test images over seeds, rate and distortion.

    python experiments/vae.py              every case that data/results/vae.json lacks (about a quarter of an hour)
    python experiments/vae.py --fresh      all of them anew
    python experiments/vae.py --case NAME  one case, shown only

Ctrl-C keeps the cases that are done; the next run goes on from there. What was chosen on the 200 validation images: the
length of the training, the size of the networks, the number of components and pseudo-counts of the mixtures, and the
dimension of PPCA. The 300 test images were used for the numbers alone.
"""

import argparse
import json
import math
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from experiments import recording  # noqa: E402
from tools import environment  # noqa: E402

environment.apply()  # one thread, before NumPy is imported

import numpy as np  # noqa: E402
import torch  # noqa: E402

from lib import vae  # noqa: E402
from lib.annealed_importance import annealed_importance, pilot_step_sizes, sigmoid_schedule  # noqa: E402
from lib.data import digit_split  # noqa: E402
from lib.pixel_likelihoods import beta_binomial_log_likelihood, rounded_gaussian_log_likelihood  # noqa: E402
from lib.pixel_mixtures import fit_pixel_mixture, mixture_log_likelihood  # noqa: E402
from lib.ppca import fit_ppca  # noqa: E402
from lib.training import train  # noqa: E402
from lib.vae_evaluation import active_units, aggregate_rate, bounds, rates  # noqa: E402
from lib.vae_networks import VAE, fit_vae  # noqa: E402

RESULT = recording.RESULTS / "vae.json"
SEEDS = 5
STEPS = 2000
SAMPLES = 500
BETAS = (0.25, 0.5, 2.0, 4.0, 8.0, 64.0)
STRONG = 200  # units through which a decoder looks back

#: name -> (settings of the networks, settings of the training)
MODELS = {
    "10 latents": ({}, {}),
    "2 latents": ({"latents": 2}, {}),
    "linear decoder": ({"decoder_hidden": ()}, {}),
    "binomial": ({"likelihood": "binomial"}, {}),
    "conditional": ({"classes": 10}, {}),
    "looks back": ({"looks_back": STRONG}, {}),
}


def digits():
    """Return the parts of the digits by name: images and labels as tensors."""
    parts = digit_split(rng=np.random.default_rng(0))
    named = zip(("train", "validation", "test"), parts)
    return {name: (torch.tensor(x, dtype=torch.float64), torch.tensor(y)) for name, (x, y) in named}


def generator(seed):
    return torch.Generator().manual_seed(seed)


def fitted(networks, training, seed, *, steps=STEPS):
    """Return a trained model and its labels' share in the data."""
    x, labels = digits()["train"]
    chance = generator(seed)
    model = VAE(64, **({"latents": 10} | networks), generator=chance)
    fit_vae(model, x, steps=steps, labels=labels if model.classes else None, generator=chance, **training)
    return model


def judged(model, *, samples=SAMPLES):
    """Return the bounds on validation and test images, and what the code carries."""
    row = {}
    for part in ("validation", "test"):
        x, labels = digits()[part]
        told = labels if model.classes else None
        lower, higher = bounds(model, x, samples=samples, generator=generator(1), labels=told)
        row |= {f"{part} elbo": lower.mean().item(), f"{part} importance": higher.mean().item()}
    kl = rates(model, x, labels=told)
    with torch.no_grad():
        mean, log_variance = model.encode(*((x, told) if model.classes else (x,)))
        row |= {
            "rate": kl.sum(1).mean().item(),
            "active": int(active_units(mean).sum()),
            "elbo sd over images": lower.std().item(),
            "importance sd over images": higher.std().item(),
        }
        if not model.classes:
            for part in ("train", "test"):
                codes = model.encode(digits()[part][0])
                information, divergence = aggregate_rate(*codes, repeats=10, generator=generator(2))
                row |= {f"{part} information": information.mean().item(), f"{part} divergence": divergence.mean().item()}
                row[f"{part} rate"] = vae.kl_to_standard_normal(*codes).sum(1).mean().item()
    return row


def vae_case(networks, training, seed, **short):
    return judged(fitted(networks, training, seed, **short))


# Plainer models, all of them distributions over the same 17 levels


def _scores(score):
    return {part: score(digits()[part][0]).mean().item() for part in ("validation", "test")}


def categorical_mixture(components, pseudo_counts, seed):
    """Return the mean log-likelihoods of a mixture of independent pixels with free probabilities."""
    x = digits()["train"][0].numpy().astype(int)
    settings = {"levels": 17, "pseudo_counts": pseudo_counts, "rounds": 100, "rng": np.random.default_rng(seed)}
    fit = fit_pixel_mixture(x, components, **settings)
    return _scores(lambda x: mixture_log_likelihood(x.numpy().astype(int), fit))


def beta_binomial_mixture(components, steps, seed):
    """Return the mean log-likelihoods of a mixture of independent beta-binomial pixels, trained by Adam."""
    x = digits()["train"][0]
    chance = generator(seed)
    start = x[torch.randperm(len(x), generator=chance)[:components]] if components > 1 else x.mean(0, keepdim=True)
    share = (start + 1) / 18
    parameters = [(2 * share).log(), (2 * (1 - share)).log(), torch.zeros(components, dtype=torch.float64)]
    for parameter in parameters:
        parameter.requires_grad_()

    def score(x):
        shape = (components, *x.shape)
        log_a, log_b = (p[:, None].expand(shape) for p in parameters[:2])
        each = beta_binomial_log_likelihood(x, log_a, log_b, trials=16)
        return torch.logsumexp(each + torch.log_softmax(parameters[2], 0)[:, None], 0)

    train(lambda x: -score(x).mean(), parameters, (x,), steps=steps, batch_size=100, learning_rate=0.03, generator=chance)
    return _scores(lambda x: score(x).detach())


def rounded_ppca(latents, *, samples=SAMPLES):
    """Return the mean log-likelihoods of probabilistic PCA, its values rounded to the levels, by importance sampling."""
    fit = fit_ppca(digits()["train"][0].numpy(), latents)
    mean, weights = torch.tensor(fit.mean), torch.tensor(fit.weights)
    precision = weights.T @ weights / fit.variance + torch.eye(latents, dtype=torch.float64)  # diagonal: W's columns are orthogonal
    log_variance = -precision.diagonal().log()
    zero = torch.zeros(latents, dtype=torch.float64)
    noise = torch.full((64,), math.log(fit.variance), dtype=torch.float64)

    def score(x):
        chance = generator(1)
        centre = (x - mean) @ weights / fit.variance * log_variance.exp()
        log_weights, spread = [], log_variance.expand_as(centre)
        for _ in range(samples):
            z = vae.reparameterise(centre, spread, generator=chance)
            likelihood = rounded_gaussian_log_likelihood(x, z @ weights.T + mean, noise.expand_as(x), trials=16)
            log_weights.append(likelihood + vae.gaussian_log_density(z, zero, zero) - vae.gaussian_log_density(z, centre, spread))
        return vae.importance_bound(torch.stack(log_weights))

    return _scores(score)


# An estimate that asks no encoder


def annealed(seed, *, images=20, chains=32, moves=1000, samples=5000):
    """Return, for some test images, ln p(x) by annealed importance sampling and both bounds of the same model."""
    model = fitted({}, {}, seed)
    x = digits()["test"][0][:images]
    shape, schedule = (chains, images, model.latents), sigmoid_schedule(moves)

    def log_likelihood(z):
        return model.log_likelihood(x, z)

    settings = {"leapfrogs": 4, "generator": generator(3)}
    sizes = pilot_step_sizes(log_likelihood, (4, *shape[1:]), schedule, start=0.5, **settings)
    log_weights, accepted = annealed_importance(log_likelihood, shape, schedule, sizes, **settings)
    lower, higher = bounds(model, x, samples=samples, generator=generator(4))
    estimate = vae.importance_bound(log_weights)
    relative = (log_weights - estimate).exp()
    return {
        "annealed": estimate.tolist(),
        "error": (relative.std(0) / math.sqrt(chains)).tolist(),
        "importance": higher.tolist(),
        "elbo": lower.tolist(),
        "accepted": accepted.mean().item(),
    }


def cases():
    """Return every case by its name."""
    todo = {"short": lambda: vae_case({}, {}, 0, steps=40)}
    for seed in range(SEEDS):
        for name, (networks, training) in MODELS.items():
            todo[f"{name}, seed {seed}"] = lambda n=networks, t=training, s=seed: vae_case(n, t, s)
        todo[f"categorical mixture, seed {seed}"] = lambda s=seed: categorical_mixture(20, 30.0, s)
        todo[f"beta-binomial mixture, seed {seed}"] = lambda s=seed: beta_binomial_mixture(40, 500, s)
    todo |= {f"beta-binomial mixture of {k}": lambda k=k: beta_binomial_mixture(k, 500, 0) for k in (80, 160)}
    todo["independent pixels"] = lambda: categorical_mixture(1, 30.0, 0)
    todo["independent beta-binomial pixels"] = lambda: beta_binomial_mixture(1, 1000, 0)
    todo |= {f"PPCA, {q} dimensions": lambda q=q: rounded_ppca(q) for q in (10, 20, 30, 40)}
    todo["annealed"] = lambda: annealed(0)
    for beta in BETAS:
        todo[f"beta {beta:g}"] = lambda b=beta: vae_case({}, {"beta": b}, 0)
        todo[f"looks back, beta {beta:g}"] = lambda b=beta: vae_case({"looks_back": STRONG}, {"beta": b}, 0)
    todo["beta 64, half a nat free"] = lambda: vae_case({}, {"beta": 64.0, "floor": 0.5}, 0)
    todo["beta 64, one nat free"] = lambda: vae_case({}, {"beta": 64.0, "floor": 1.0}, 0)
    todo["beta from 64 to 1"] = lambda: vae_case({}, {"beta": lambda step: 64.0 if step <= STEPS / 4 else 1.0}, 0)
    return todo


def run(path=RESULT, *, fresh=False, stream=sys.stderr):
    """Measure what `path` lacks and store after each case; return the result, complete or not."""
    head = {"seeds": SEEDS, "steps": STEPS, "samples": SAMPLES, "unit": "nats an image", "versions": recording.versions("numpy", "torch")}
    todo = {name: lambda case=case: recording.rounded(case()) for name, case in cases().items()}
    return recording.record(todo, path, head=head, fresh=fresh, stream=stream)


def main():
    parser = argparse.ArgumentParser(description="VAEs on digits beside plainer models.")
    parser.add_argument("--fresh", action="store_true", help="measure every case anew")
    parser.add_argument("--case", choices=sorted(cases()), metavar="NAME", help="one case, shown and not stored")
    arguments = parser.parse_args()
    if arguments.case:
        print(json.dumps(recording.rounded(cases()[arguments.case]()), indent=1))
    else:
        run(fresh=arguments.fresh)


if __name__ == "__main__":
    main()
