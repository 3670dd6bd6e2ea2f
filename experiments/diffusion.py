"""Diffusion models of Gaussian data, whose best denoiser is known, and of the 8x8 digits, over several seeds.

    python experiments/diffusion.py              every case that data/results/diffusion.json lacks (a few minutes)
    python experiments/diffusion.py --fresh      all of them anew
    python experiments/diffusion.py --short      a few steps of each kind, shown only

Ctrl-C keeps the cases that are done; the next run goes on from there. Everything is in nats.
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

from lib import data  # noqa: E402
from lib.diffusion import Denoiser, LevelDenoiser, bound_terms, denoised, level_values, noise_loss  # noqa: E402
from lib.diffusion_chain import cosine_schedule, forward_marginal, gaussian_noise, geometric_schedule  # noqa: E402
from lib.training import train  # noqa: E402

RESULT = recording.RESULTS / "diffusion.json"
COUNT = 17  # grey levels of the digits
SCHEDULES = {"cosine": cosine_schedule, "geometric": geometric_schedule}
SETTINGS = {
    "gaussian": {"seeds": 5, "steps": 10, "mean": [1.0, -0.5], "cov": [[1.0, 0.6], [0.6, 0.5]], "data": 1_000_000, "hidden": 64},
    "gaussian phases": [[1e-2, 800, 256], [2e-3, 1500, 1024], [1e-3, 3000, 4096]],  # learning rate, steps, batch; the last is averaged
    "digits": {"seeds": 5, "steps": 400, "training images": 1500, "hidden": 96},
    "digits phases": [[2e-3, 900, 125], [4e-4, 400, 125]],
}


def gaussian(seed, *, short=False):
    """Return by time how far a trained denoiser is from the best one: root mean square over that of the best."""
    settings = SETTINGS["gaussian"]
    schedule, mean, cov = cosine_schedule(settings["steps"]), np.array(settings["mean"]), np.array(settings["cov"])
    generator, rng, root = torch.Generator().manual_seed(seed), np.random.default_rng(seed), np.linalg.cholesky(cov)
    x = torch.tensor(mean + rng.standard_normal((settings["data"], 2)) @ root.T, dtype=torch.float32)
    net = Denoiser(2, schedule, hidden=settings["hidden"], generator=generator)
    averaged, weights = torch.optim.swa_utils.AveragedModel(net), np.concatenate([[0.0], 1 / schedule.alpha_bar[1:]])
    phases = SETTINGS["gaussian phases"]
    for phase, (rate, steps, size) in enumerate(phases, start=1):
        train(
            lambda batch: noise_loss(net, batch, schedule, generator=generator, weights=weights),
            net.parameters(),
            (x,),
            steps=5 if short else steps,
            batch_size=size,
            learning_rate=rate,
            generator=generator,
            callback=(lambda step, value: averaged.update_parameters(net)) if phase == len(phases) else None,
        )
    return {"relative error by time": [_relative(averaged, t, schedule, mean, cov, root, rng) for t in range(1, settings["steps"] + 1)]}


def _relative(net, t, schedule, mean, cov, root, rng, n=20_000):
    middle, variance = forward_marginal(mean + rng.standard_normal((n, 2)) @ root.T, t, schedule)
    x_t, times = torch.tensor(middle + math.sqrt(variance) * rng.standard_normal((n, 2))), torch.full((n,), t)
    best = denoised(x_t, torch.tensor(gaussian_noise(x_t.numpy(), t, schedule, mean=mean, cov=cov)), times, schedule)
    with torch.no_grad():
        ours = denoised(x_t, net(x_t.float(), times).double(), times, schedule)
    return recording.rounded(math.sqrt(((ours - best) ** 2).sum().item() / (best**2).sum().item()), 4)


def split():
    """Return grey levels of the digits for training and for testing, and the labels of both."""
    images, labels = data.digits()
    order = np.random.default_rng(0).permutation(len(images))
    n = SETTINGS["digits"]["training images"]
    levels, labels = torch.tensor(images.reshape(-1, 64)[order]), labels[order]
    return levels[:n], levels[n:], labels[:n], labels[n:]


def digits(kind, seed, *, short=False):
    """Return the bound of test and training images in nats an image, its parts, and the first losses of the training."""
    settings, schedule = SETTINGS["digits"], SCHEDULES[kind](SETTINGS["digits"]["steps"])
    generator = torch.Generator().manual_seed(seed)
    train_levels, test_levels, _, _ = split()
    net = LevelDenoiser(64, schedule, count=COUNT, hidden=settings["hidden"], generator=generator)
    x, history = level_values(train_levels, count=COUNT), []
    for rate, steps, size in SETTINGS["digits phases"]:
        history += train(
            lambda batch: noise_loss(net, batch, schedule, generator=generator),
            net.parameters(),
            (x,),
            steps=5 if short else steps,
            batch_size=size,
            learning_rate=rate,
            generator=generator,
        )
        if short:
            return {"first losses": recording.rounded(history, 5)}
    result = {"first losses": recording.rounded(history[:5], 5)}
    for name, levels in (("test", test_levels), ("training", train_levels[: len(test_levels)])):
        result[name] = recording.rounded(parts_of_bound(net, levels, schedule, generator))
    return result


def parts_of_bound(net, levels, schedule, generator):
    """Return the means of the three parts over images, their sum, and its standard error."""
    prior, steps, reconstruction = bound_terms(
        net, level_values(levels, count=COUNT), schedule, generator=generator, levels=levels, count=COUNT
    )
    bound = prior + steps.sum(dim=0) + reconstruction
    return {
        "bound": bound.mean().item(),
        "se": bound.std().item() / math.sqrt(len(levels)),
        "prior": prior.mean().item(),
        "steps": steps.sum(dim=0).mean().item(),
        "reconstruction": reconstruction.mean().item(),
    }


def baselines():
    """Return minus the log probability of the test images, exactly, under tables of levels: one, and one for each class."""
    train_levels, test_levels, labels, _ = split()

    def tables(levels):  # one more observation of each level, so that none is impossible
        counts = torch.nn.functional.one_hot(levels, COUNT).sum(dim=0) + 1.0
        return (counts / counts.sum(dim=1, keepdim=True)).log()

    def log_probability(table):
        return table[torch.arange(64), test_levels].double().sum(dim=1)

    groups = [train_levels[torch.tensor(labels == c)] for c in range(10)]
    by_class = torch.stack([log_probability(tables(group)) + math.log(len(group) / len(train_levels)) for group in groups])
    costs = {"independent pixels": -log_probability(tables(train_levels)), "one table a class": -by_class.logsumexp(dim=0)}
    means = {"uniform": 64 * math.log(COUNT)} | {name: cost.mean().item() for name, cost in costs.items()}
    return recording.rounded(means)


def cases():
    """Return every case by its name."""
    todo = {"baselines": baselines}
    for seed in range(SETTINGS["gaussian"]["seeds"]):
        todo[f"gaussian, seed {seed}"] = lambda seed=seed: gaussian(seed)
    for kind in SCHEDULES:
        for seed in range(SETTINGS["digits"]["seeds"]):
            todo[f"digits, {kind} schedule, seed {seed}"] = lambda kind=kind, seed=seed: digits(kind, seed)
    return todo


def run(path=RESULT, *, fresh=False, stream=sys.stderr):
    """Run what `path` lacks and store after each case; return the result, complete or not."""
    head = {"settings": SETTINGS, "unit": "nats", "versions": recording.versions("numpy", "torch", "scikit-learn")}
    return recording.record(cases(), path, head=head, fresh=fresh, stream=stream)


def main():
    parser = argparse.ArgumentParser(description="Diffusion models of Gaussian data and of the digits.")
    parser.add_argument("--fresh", action="store_true", help="run every case anew")
    parser.add_argument("--short", action="store_true", help="a few steps of each kind, shown, not stored")
    arguments = parser.parse_args()
    if arguments.short:
        print(json.dumps({"baselines": baselines(), "digits": digits("cosine", 0, short=True), "gaussian": gaussian(0, short=True)}))
    else:
        run(fresh=arguments.fresh)


if __name__ == "__main__":
    main()
