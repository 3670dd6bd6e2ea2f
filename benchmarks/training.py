"""How many images a second our training loop takes, beside a plain loop with torch's DataLoader.

    python benchmarks/training.py            prints the table (some two minutes)
    python benchmarks/training.py --write    also stores it, and writes it into the page

Wall-clock time on one thread, since the peer's workers are processes of their own; the loops take turns in one process, on
the same images, network, loss, batch size and optimiser. A ratio is the median of the ratios of single turns, with the
quarter and the three-quarter point beside it. Ctrl-C prints what has been measured so far.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools import environment

environment.apply()  # one thread, before torch is imported

import torch  # noqa: E402
from torch.utils.data import DataLoader, TensorDataset  # noqa: E402

from benchmarks import page  # noqa: E402
from lib.data import digits  # noqa: E402
from lib.training import train  # noqa: E402

torch.set_num_threads(1)
PEERS = {"torch": "torch"}
SIZES = {"small": (64, 4), "large": (512, 32)}  # hidden units, latent dimensions
BATCHES = (64, 512)
WORKERS = (0, 2)
TURNS, EPOCHS = 7, 10
BAR = 1.0  # at least as fast as each peer


class Autoencoder(torch.nn.Module):
    """An encoder and a decoder of one hidden layer each, joined by a sample."""

    def __init__(self, hidden, latent):
        super().__init__()
        self.encode = torch.nn.Sequential(torch.nn.Linear(64, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 2 * latent))
        self.decode = torch.nn.Sequential(torch.nn.Linear(latent, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 64))

    def loss(self, x):
        """Return minus the evidence lower bound of binomial grey levels, the mean over the batch, up to a constant (nats)."""
        mean, log_variance = self.encode(x).chunk(2, dim=-1)
        z = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        reconstruction = 16 * torch.nn.functional.binary_cross_entropy_with_logits(self.decode(z), x, reduction="sum")
        rate = (log_variance.exp() + mean**2 - 1 - log_variance).sum() / 2
        return (reconstruction + rate) / len(x)


def images():
    """Return the digits as 64 shares of full ink each."""
    return torch.tensor(digits()[0].reshape(-1, 64) / 16, dtype=torch.float32)


def ours(x, model, batch, epochs):
    """Train with the loop of `lib`; return how many images were seen."""
    steps = epochs * (len(x) // batch)
    generator = torch.Generator().manual_seed(0)
    train(model.loss, model.parameters(), (x,), steps=steps, batch_size=batch, learning_rate=1e-3, generator=generator)
    return steps * batch


def plain(x, model, batch, epochs, workers):
    """Train with a DataLoader, as tutorials do; return how many images were seen."""
    loader = DataLoader(
        TensorDataset(x),
        batch_size=batch,
        shuffle=True,
        drop_last=True,
        num_workers=workers,
        persistent_workers=workers > 0,
        generator=torch.Generator().manual_seed(0),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    history, seen = [], 0
    for _ in range(epochs):
        for (rows,) in loader:
            optimizer.zero_grad()
            loss = model.loss(rows)
            loss.backward()
            optimizer.step()
            history.append(loss.item())
            seen += len(rows)
    return seen


def speed(loop, *arguments):
    """Return images a second of one turn, made on a fresh network."""
    start = time.perf_counter()
    seen = loop(*arguments)
    return seen / (time.perf_counter() - start)


def turns(loops, *, runs):
    """Return {name: [images a second of each turn]}; the loops take turns, after one turn unmeasured."""
    for loop in loops.values():
        loop()
    rates = {name: [] for name in loops}
    for _ in range(runs):
        for name, loop in loops.items():
            rates[name].append(loop())
    return rates


def compared(rates):
    """Return {name: rate} as medians, and {peer: (quarter, median, three quarters)} of ours over theirs, turn by turn."""
    middle = {name: statistics.median(values) for name, values in rates.items()}
    ratios = {
        name: statistics.quantiles([a / b for a, b in zip(rates["lib"], values, strict=True)], n=4, method="inclusive")
        for name, values in rates.items()
        if name != "lib"
    }
    return middle, ratios


def cases(size, batch, epochs=EPOCHS):
    """Return {name: a function that makes one turn and returns its images a second}."""
    x = images()

    def turn(loop, *more):
        torch.manual_seed(0)  # the weights and the noise of both are torch's own
        return speed(loop, x, Autoencoder(*SIZES[size]), batch, epochs, *more)

    loops = {"lib": lambda: turn(ours)}
    return loops | {f"{workers} workers": lambda workers=workers: turn(plain, workers) for workers in WORKERS}


def measure(log=sys.stderr, *, runs=TURNS):
    """Return everything that was measured, or what had been when Ctrl-C came."""
    result = page.machine(PEERS) | {"turns": runs, "epochs": EPOCHS, "speed": []}
    try:
        for size in SIZES:
            for batch in BATCHES:
                middle, ratios = compared(turns(cases(size, batch), runs=runs))
                row = {
                    "what": f"{size} network, batches of {batch}",
                    "rates": {name: float(f"{rate:.4g}") for name, rate in middle.items()},
                    "ratios": {name: [float(f"{r:.4g}") for r in spread] for name, spread in ratios.items()},
                }
                print(*_row(row), sep="  ", file=log, flush=True)
                result["speed"].append(row)
    except KeyboardInterrupt:
        print("interrupted: what follows is not all", file=log)
    return result


def _row(row):
    spreads = [row["ratios"][f"{workers} workers"] for workers in WORKERS]
    met = "yes" if all(spread[1] >= BAR for spread in spreads) else "**no**"
    shown = [f"{middle:.2f} ({low:.2f} to {high:.2f})" for low, middle, high in spreads]
    return [row["what"], f"{row['rates']['lib']:,.0f}", *shown, met]


def text(result):
    """Return the table as Markdown."""
    head = ["images a second", "`lib`", "times the plain loop", "times that with 2 workers", "at least as fast"]
    return "\n\n".join([page.machine_line(result), page.table(head, [_row(row) for row in result["speed"]])])


def main():
    parser = argparse.ArgumentParser(description="How fast our training loop is, beside a plain one with a DataLoader.")
    parser.add_argument("--write", action="store_true", help="store the table and write it into the page")
    arguments = parser.parse_args()
    result = measure()
    print(text(result))
    if arguments.write and len(result["speed"]) == len(SIZES) * len(BATCHES):
        page.write("training", result, text(result))


if __name__ == "__main__":
    main()
