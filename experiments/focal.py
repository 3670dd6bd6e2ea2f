"""The focal KL divergence beside the plain one, on overlaid and on unbalanced digits.

    python experiments/focal.py              every case that data/results/focal.json lacks (some minutes)
    python experiments/focal.py --fresh      all of them anew
    python experiments/focal.py --seeds 3    fewer seeds, shown only

Ctrl-C keeps the seeds that are done; the next run goes on from there.
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

environment.apply()  # one thread, before torch is imported

import numpy as np  # noqa: E402
import torch  # noqa: E402
from scipy import stats  # noqa: E402

from lib.data import digits  # noqa: E402
from lib.focal import calibration_error, class_focal_kl, focal_kl, kl_to_target, true_probabilities  # noqa: E402
from lib.training import train  # noqa: E402

torch.set_num_threads(1)
RESULT = recording.RESULTS / "focal.json"
SEEDS = 12
TRAIN = 1197  # images to train with; the other 600 are for the test
GAMMA = 2
STEPS = {"two": 1500, "three": 1500, "unbalanced": 600}
LOSSES = {
    "KL": kl_to_target,
    "focal": lambda logits, target: focal_kl(logits, target, gamma=GAMMA),
    "focal, weight detached": lambda logits, target: focal_kl(logits, target, gamma=GAMMA, detach=True),
    "focal by class": lambda logits, target: class_focal_kl(logits, target, gamma=GAMMA),
}
USED = {"two": list(LOSSES), "three": list(LOSSES), "unbalanced": ["KL", "focal", "focal, weight detached"]}


def overlaid(images, labels, count, n, rng):
    """Return n images, each the maximum of `count` images of different classes, and their targets, 1/count a class."""
    x, y = np.zeros((n, 64)), np.zeros((n, 10))
    for i in range(n):
        for c in rng.choice(10, count, replace=False):
            j = rng.choice(np.flatnonzero(labels == c))
            x[i] = np.maximum(x[i], images[j])
            y[i, c] = 1 / count
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)


def data(task, seed):
    """Return (x, target) for training and for the test; no image is in both."""
    rng = np.random.default_rng([seed, 20])
    images, labels = digits()
    order = rng.permutation(len(labels))
    images, labels = images.reshape(-1, 64)[order] / 16, labels[order]
    if task == "unbalanced":
        rare = (labels[:TRAIN] >= 5) & (rng.random(TRAIN) > 0.1)  # of the classes 5 to 9 a tenth is kept
        kept = np.flatnonzero(~rare)
        parts = [(images[p], np.eye(10)[labels[p]]) for p in (kept, np.arange(TRAIN, len(labels)))]
        return tuple(tuple(torch.tensor(array, dtype=torch.float32) for array in part) for part in parts)
    count = {"two": 2, "three": 3}[task]
    first = overlaid(images[:TRAIN], labels[:TRAIN], count, 4000, rng)
    return first, overlaid(images[TRAIN:], labels[TRAIN:], count, 2000, rng)


def network(seed, width=128):
    """Return a perceptron from 64 pixels to 10 logits, its weights drawn with the seed."""
    generator = torch.Generator().manual_seed(seed)
    net = torch.nn.Sequential(torch.nn.Linear(64, width), torch.nn.ReLU(), torch.nn.Linear(width, 10))
    for layer in (net[0], net[2]):
        torch.nn.init.kaiming_uniform_(layer.weight, generator=generator, nonlinearity="relu")
        torch.nn.init.zeros_(layer.bias)
    return net


def fitted(loss, x, target, seed, steps):
    """Return the network after training."""
    net = network(seed)
    generator = torch.Generator().manual_seed(seed)

    def mean(x, target):
        return LOSSES[loss](net(x), target).mean()

    train(mean, net.parameters(), (x, target), steps=steps, batch_size=128, learning_rate=2e-3, generator=generator)
    return net


def measures(task, logits, target):
    """Return what is measured on the test: accuracy, divergence, its mean over the hardest tenth, and more for one-hot targets."""
    divergence = kl_to_target(logits, target)
    count = int((target[0] > 0).sum())
    found = torch.zeros_like(target).scatter_(1, logits.topk(count).indices, 1.0)
    right = (found == (target > 0)).all(dim=-1)
    hardest = divergence.topk(len(divergence) // 10).values
    result = {"accuracy": right.double().mean().item(), "KL": divergence.mean().item(), "KL, hardest tenth": hardest.mean().item()}
    if task == "unbalanced":
        labels, q = target.argmax(dim=-1), torch.softmax(logits.double(), dim=-1)
        result["accuracy, rare classes"] = right[labels >= 5].double().mean().item()
        result["calibration error"] = calibration_error(q, labels)
        # A probability of exactly 1 has no translation: each class gets a billionth more.
        said = (q + 1e-9) / (q + 1e-9).sum(dim=-1, keepdim=True)
        meant = true_probabilities(said, gamma=GAMMA)
        result["KL, translated"] = -meant.gather(1, labels[:, None]).log().mean().item()
        result["calibration error, translated"] = calibration_error(meant, labels)
    return result


def measure(task, seed, *, steps=None):
    """Return {loss: {measure: value}} of one seed: the same data, first weights and batches for all losses."""
    (x, target), (test, test_target) = data(task, seed)
    result = {}
    for loss in USED[task]:
        net = fitted(loss, x, target, seed, steps or STEPS[task])
        with torch.no_grad():
            result[loss] = measures(task, net(test), test_target)
    return recording.rounded(result)


def paired(differences):
    """Return the mean of paired differences and its 95 % interval by Student's t."""
    differences = np.asarray(differences)
    half = stats.t(len(differences) - 1).ppf(0.975) * differences.std(ddof=1) / math.sqrt(len(differences))
    return float(differences.mean()), float(differences.mean() - half), float(differences.mean() + half)


def table(result, task, what):
    """Return {loss: (mean, difference from KL, low, high)} of a measure over the seeds recorded."""
    rows = [row for name, row in result["cases"].items() if name.startswith(f"{task}, seed ")]
    values = {loss: np.array([row[loss][what] for row in rows]) for loss in USED[task]}
    return {loss: (float(v.mean()), *paired(v - values["KL"])) for loss, v in values.items()}


def cases(seeds=SEEDS):
    """Return every case by its name."""
    return {f"{task}, seed {seed}": lambda task=task, seed=seed: measure(task, seed) for task in STEPS for seed in range(seeds)}


def run(path=RESULT, *, seeds=SEEDS, fresh=False, stream=sys.stderr):
    """Measure what `path` lacks and store after each case; return the result, complete or not."""
    head = {"seeds": seeds, "gamma": GAMMA, "steps": STEPS, "unit": "nats"}
    head |= {"versions": recording.versions("numpy", "torch", "scikit-learn")}
    return recording.record(cases(seeds), path, head=head, fresh=fresh, stream=stream)


def main():
    parser = argparse.ArgumentParser(description="The focal KL divergence beside the plain one.")
    parser.add_argument("--fresh", action="store_true", help="measure every case anew")
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"how many; other than {SEEDS} is shown, not stored")
    arguments = parser.parse_args()
    if arguments.seeds == SEEDS:
        run(fresh=arguments.fresh)
    else:
        for name, case in cases(arguments.seeds).items():
            print(name, json.dumps(case()))


if __name__ == "__main__":
    main()
