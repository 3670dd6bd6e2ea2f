"""How many images a second a VAE is trained on: the book's loop beside a plain one with a DataLoader, same network, same arithmetic.

    python benchmarks/training.py            prints the table (about a minute)
    python benchmarks/training.py --write    also stores it, and writes it into the page

Processor time on one thread, medians of passes over the digits that take turns in one process. The book's loop checks its
arguments at every step, the plain ones check nothing. Ctrl-C prints what has been measured so far.
"""

import argparse
import math
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools import environment

environment.apply()  # one thread, before NumPy is imported

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch.utils.data import DataLoader, Dataset, TensorDataset  # noqa: E402

from benchmarks import page  # noqa: E402
from lib.data import digits  # noqa: E402
from lib.training import train  # noqa: E402
from lib.vae_networks import VAE, train_loss  # noqa: E402

PEERS = {"torch": "torch"}
BATCH, PASSES = 100, 9
NETWORKS = {
    "200 units, beta-binomial pixels": {},
    "200 units, black and white": {"likelihood": "binomial", "trials": 1},
    "64 units, black and white": {"likelihood": "binomial", "trials": 1, "encoder_hidden": (64,), "decoder_hidden": (64,)},
    "linear, black and white": {"likelihood": "binomial", "trials": 1, "encoder_hidden": (), "decoder_hidden": ()},
}


class Pictures(Dataset):
    """The usual way to write a data set: one picture at a time, transformed when it is asked for."""

    def __init__(self, images):
        self.images = images

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return torch.from_numpy(self.images[index].astype(np.float64)).flatten()


def plain_loss(model, x):
    """Return the loss as it is usually typed in, in the book's arithmetic and without its checks."""
    mean, log_variance = model.encoder(2 * x / model.trials - 1).chunk(2, -1)
    z = mean + torch.exp(log_variance / 2) * torch.randn_like(mean)
    kl = (mean**2 + log_variance.exp() - 1 - log_variance).sum(-1) / 2
    if model.trials == 1:
        return (torch.nn.functional.binary_cross_entropy_with_logits(model.decoder(z), x, reduction="none").sum(-1) + kl).mean()
    a, b = (part.exp() for part in model.decoder(z).chunk(2, -1))
    choose = math.lgamma(17) - torch.lgamma(x + 1) - torch.lgamma(17 - x)
    top = torch.lgamma(a + x) + torch.lgamma(b + 16 - x) - torch.lgamma(a + b + 16)
    likelihood = (choose + top - torch.lgamma(a) - torch.lgamma(b) + torch.lgamma(a + b)).sum(-1)
    return (kl - likelihood).mean()


def plain_pass(model, adam, loader):
    """Make one pass over the data as most programs do."""
    total = 0.0
    for (x,) in ((batch,) if isinstance(batch, torch.Tensor) else batch for batch in loader):
        adam.zero_grad()
        loss = plain_loss(model, x)
        loss.backward()
        total += loss.item()
        adam.step()
    return total


def passes(settings):
    """Return, by its name, a function that makes one pass over the digits."""
    images = digits()[0]
    if settings.get("trials") == 1:
        images = (images > 8).astype(int)
    x, chance = torch.tensor(images.reshape(len(images), -1), dtype=torch.float64), torch.Generator().manual_seed(0)
    steps = len(x) // BATCH
    made = {name: VAE(64, 10, generator=torch.Generator().manual_seed(0), **settings) for name in ("lib", "tensors", "pictures")}
    adams = {name: torch.optim.Adam(model.parameters(), lr=1e-3) for name, model in made.items()}
    loaders = {
        "tensors": DataLoader(TensorDataset(x), batch_size=BATCH, shuffle=True, drop_last=True),
        "pictures": DataLoader(Pictures(images), batch_size=BATCH, shuffle=True, drop_last=True),
    }

    def ours():
        model = made["lib"]
        fixed = {"steps": steps, "batch_size": BATCH, "learning_rate": 1e-3, "generator": chance}
        train(lambda x: train_loss(model, x, generator=chance), model.parameters(), (x,), **fixed)

    theirs = {name: lambda name=name: plain_pass(made[name], adams[name], loaders[name]) for name in loaders}
    return {"lib": ours} | theirs, steps * BATCH


def rates(settings, runs=PASSES):
    """Return images a second for each loop: medians of passes that take turns."""
    loops, images = passes(settings)
    seconds = {name: [] for name in loops}
    for run in range(runs + 1):
        for name, loop in loops.items():
            start = time.process_time()
            loop()
            if run:  # the first warms up
                seconds[name].append(time.process_time() - start)
    return {name: float(f"{images / statistics.median(values):.4g}") for name, values in seconds.items()}


def measure(log=sys.stderr):
    """Return everything that was measured, or what had been when Ctrl-C came."""
    result = page.machine(PEERS) | {"rates": []}
    try:
        for what, settings in NETWORKS.items():
            result["rates"].append({"what": what, "images a second": rates(settings)})
            print(*_row(result["rates"][-1]), sep="  ", file=log, flush=True)
    except KeyboardInterrupt:
        print("interrupted: what follows is not all", file=log)
    return result


def _row(row):
    speed = row["images a second"]
    return [row["what"], f"{speed['lib']:,.0f}", *(f"{speed['lib'] / speed[name]:.2f}" for name in ("tensors", "pictures"))]


def text(result):
    """Return the table as Markdown."""
    head = ["network", "`lib`, images a second", "times as fast as with a TensorDataset", "as with one picture at a time"]
    return "\n\n".join([page.machine_line(result), page.table(head, [_row(row) for row in result["rates"]])])


def main():
    parser = argparse.ArgumentParser(description="How fast a VAE is trained, beside a plain loop with a DataLoader.")
    parser.add_argument("--write", action="store_true", help="store the table and write it into the page")
    arguments = parser.parse_args()
    result = measure()
    print(text(result))
    if arguments.write and len(result["rates"]) == len(NETWORKS):
        page.write("training", result, text(result))


if __name__ == "__main__":
    main()
