"""Which modes do adversarial generators find, by objective and seed? And GAN, VAE and both together on the digits.

    python experiments/gan.py            every case that data/results/gan.json lacks (a quarter of an hour at most)
    python experiments/gan.py --fresh    all of them anew
    python experiments/gan.py --case "grid: kl, seed 0"   one case, shown only

Ctrl-C keeps the cases that are done; the next run goes on from there.
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
from sklearn.svm import SVC  # noqa: E402

from lib import js_divergence  # noqa: E402
from lib.data import digits  # noqa: E402
from lib.gan import network, train_adversaries  # noqa: E402
from lib.gan_evaluation import gaussian_grid, held_out_js, mode_shares, nearest_distances  # noqa: E402
from lib.training import DivergedError, minibatches, train  # noqa: E402

RESULT = recording.RESULTS / "gan.json"
OBJECTIVES = ("non-saturating", "js", "kl", "reverse-kl")
MODELS = ("gan", "vae", "vae-gan")
GRID = {"seeds": 8, "side": 5, "sd": 0.05, "points": 8192, "steps": 6000, "batch size": 256, "learning rate": 1e-3, "hidden": 128}
DIGITS = {"seeds": 5, "train": 1200, "latents": 16, "steps": 6000, "batch size": 64, "learning rate": 5e-4, "hidden": 128, "samples": 2000}
CRITICS = 5
FIRST = 5  # how many steps are stored one by one, for the test that runs them again


# The grid of Gaussians


def players(seed, objective, steps):
    """Return the generator after training, the centres, the values of each step, and what stopped it, if anything."""
    rng = torch.Generator().manual_seed(seed)
    centres, x = gaussian_grid(GRID["points"], GRID["side"], sd=GRID["sd"], generator=rng)
    hidden, history = GRID["hidden"], []
    sizes = [2, hidden, hidden]
    nets = network([*sizes, 2], generator=rng), network([*sizes, 1], generator=rng)
    stopped = None
    try:
        train_adversaries(
            *nets,
            x,
            lambda m: torch.randn(m, 2, generator=rng),
            steps=steps,
            batch_size=GRID["batch size"],
            learning_rates=(GRID["learning rate"],) * 2,
            generator=rng,
            objective=objective,
            callback=lambda step, value: history.append(value),
        )
    except DivergedError as error:
        stopped = str(error).partition(":")[0]
    return nets[0], centres, history, stopped, rng


def grid_case(seed, objective, steps=None):
    """Train on the grid; return modes, shares and values."""
    net, centres, history, stopped, rng = players(seed, objective, steps or GRID["steps"])
    row = {"first": history[:FIRST], "stopped": stopped}
    if stopped is None:
        with torch.no_grad():
            x = net(torch.randn(10_000, 2, generator=rng))
        shares = mode_shares(x, centres, radius=4 * GRID["sd"])
        modes = len(centres)
        row |= {
            "modes": int((shares[:-1] >= 0.2 / modes).sum()),
            "near": 1 - shares[-1].item(),
            "shares": shares[:-1].tolist(),
            "last value": float(np.mean(history[-200:])),
            "points": x[:600].round(decimals=2).tolist() if seed == 0 else None,
        }
    return recording.rounded(row, 5)


# The digits


class Autoencoder(torch.nn.Module):
    """An encoder to means and log deviations, a decoder to grey levels from 0 to 1, and one deviation for all pixels."""

    def __init__(self, rng):
        super().__init__()
        hidden, latents = DIGITS["hidden"], DIGITS["latents"]
        self.decoder = torch.nn.Sequential(network([latents, hidden, hidden, 64], generator=rng), torch.nn.Sigmoid())
        self.encoder = network([64, hidden, hidden, 2 * latents], generator=rng)
        self.log_sd = torch.nn.Parameter(torch.tensor(-1.5))

    def forward(self, z):
        return self.decoder(z)

    def loss(self, x, rng):
        """Return minus the ELBO of a Gaussian decoder, in nats per image (of grey levels as real numbers)."""
        mean, log_sd = self.encoder(x).chunk(2, dim=1)
        z = mean + log_sd.exp() * torch.randn(mean.shape, generator=rng)
        kl = ((mean**2 + (2 * log_sd).exp() - 1) / 2 - log_sd).sum(dim=1)
        error = ((x - self.decoder(z)) / self.log_sd.exp()) ** 2 / 2 + self.log_sd + math.log(2 * math.pi) / 2
        return (error.sum(dim=1) + kl).mean()


def real_digits():
    """Return training and held-out images as rows of 64 grey levels from 0 to 1, and the labels of both."""
    images, labels = digits()
    x = torch.tensor(images.reshape(-1, 64) / 16, dtype=torch.float32)
    order = np.random.default_rng(0).permutation(len(x))
    chosen, held_out = order[: DIGITS["train"]], order[DIGITS["train"] :]
    return x[chosen], x[held_out], labels[chosen], labels[held_out]


def edges(x):
    """Return the mean difference of neighbouring pixels: a blurred image has little."""
    x = x.reshape(-1, 8, 8)
    return ((x.diff(dim=1).abs().mean() + x.diff(dim=2).abs().mean()) / 2).item()


def fit(model, seed, steps):
    """Return a trained model of the digits, its history and the generator of its randomness."""
    rng = torch.Generator().manual_seed(seed)
    x = real_digits()[0]
    net = Autoencoder(rng)
    settings = {"steps": steps, "batch_size": DIGITS["batch size"], "generator": rng}
    if model == "vae":
        return net, train(lambda x: net.loss(x, rng), net.parameters(), (x,), learning_rate=1e-3, **settings), rng
    critic = network([64, DIGITS["hidden"], DIGITS["hidden"], 1], generator=rng)
    batches = minibatches(len(x), DIGITS["batch size"], generator=rng)
    extra = (lambda: net.loss(x[next(batches)], rng) / 64) if model == "vae-gan" else None
    rates = (DIGITS["learning rate"],) * 2
    history = train_adversaries(
        net, critic, x, lambda m: torch.randn(m, DIGITS["latents"], generator=rng), learning_rates=rates, extra=extra, **settings
    )
    return net, history, rng


def fresh_critics(real, x, rng):
    """Return the mean bound on JS, in nats, of several fresh critics, each on another cut of the images and other samples."""
    n = len(real)
    return float(np.mean([held_out_js(real, x[torch.randperm(len(x), generator=rng)[:n]], generator=rng) for _ in range(CRITICS)]))


def judged(x, rng):
    """Return how samples compare with real digits, the held-out ones above all."""
    train_x, held_out, labels, _ = real_digits()
    classes = SVC(gamma=0.2).fit(train_x.numpy(), labels).predict(x.numpy())
    shares = np.bincount(classes, minlength=10) / len(x)
    frequencies = np.bincount(labels, minlength=10) / len(labels)
    return {
        "class js": float(js_divergence(shares, frequencies, base=math.e)),
        "classes": shares.tolist(),
        "to training": nearest_distances(x, train_x).mean().item(),
        "from held-out": nearest_distances(held_out, x).mean().item(),
        "edges": edges(x),
        "critic": fresh_critics(held_out, x, rng),
    }


def digits_case(seed, model, steps=None):
    """Train a model on the digits and judge its samples."""
    net, history, rng = fit(model, seed, steps or DIGITS["steps"])
    row = {"first": history[:FIRST]}
    with torch.no_grad():
        x = net(torch.randn(DIGITS["samples"], DIGITS["latents"], generator=rng))
        noisy = x + net.log_sd.exp() * torch.randn(x.shape, generator=rng)
    row |= judged(x, rng)
    if model == "vae":
        row |= {"with noise": judged(noisy, rng), "sd": net.log_sd.exp().item()}
    if seed == 0:
        row["images"] = (x[:10] * 16).round().int().tolist()
    return recording.rounded(row, 5)


def real_case():
    """Judge held-out digits as if they were samples: what nobody can be expected to better."""
    _, held_out, _, _ = real_digits()
    rng = torch.Generator().manual_seed(0)
    halves = [held_out[torch.randperm(len(held_out), generator=rng)].tensor_split(2) for _ in range(CRITICS)]
    row = judged(held_out, rng) | {"critic": float(np.mean([held_out_js(*half, generator=rng) for half in halves]))}
    row["from held-out"] = row["to training"]  # the training images in the place of the samples
    return recording.rounded(row, 5)


def cases():
    """Return every case by its name."""
    grid = {f"grid: {o}, seed {s}": lambda o=o, s=s: grid_case(s, o) for o in OBJECTIVES for s in range(GRID["seeds"])}
    models = {f"digits: {m}, seed {s}": lambda m=m, s=s: digits_case(s, m) for m in MODELS for s in range(DIGITS["seeds"])}
    return {**grid, "digits: real": real_case, **models}


def run(path=RESULT, *, fresh=False, stream=sys.stderr):
    """Run what `path` lacks and store after each case; return the result, complete or not."""
    head = {"grid": GRID, "digits": DIGITS, "unit": "nats", "versions": recording.versions("numpy", "torch", "scikit-learn")}
    return recording.record(cases(), path, head=head, fresh=fresh, stream=stream)


def main():
    parser = argparse.ArgumentParser(description="Modes found by objective and seed; GAN, VAE and both on the digits.")
    parser.add_argument("--fresh", action="store_true", help="run every case anew")
    parser.add_argument("--case", help="run one case, and show it only")
    arguments = parser.parse_args()
    if arguments.case:
        print(json.dumps(cases()[arguments.case]()))
    else:
        run(fresh=arguments.fresh)


if __name__ == "__main__":
    main()
