"""How fast the nearest-neighbour estimators are, beside other libraries on the same samples.

    python benchmarks/estimators.py            prints the table (some two minutes)
    python benchmarks/estimators.py --write    also stores it, and writes it into the page

Processor time on one thread, medians of runs that take turns in one process, all input checks included. infomeasure is
left out where it is not installed; experiments/estimators.py says how. Ctrl-C prints what has been measured so far.
"""

import argparse
import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools import environment

environment.apply()  # one thread, before NumPy is imported

import numpy as np  # noqa: E402
from sklearn.feature_selection import mutual_info_regression  # noqa: E402

from benchmarks import measures, page  # noqa: E402
from lib import neighbours  # noqa: E402

try:
    import infomeasure
except ImportError:
    infomeasure = None

PEERS = {"SciPy": "scipy", "scikit-learn": "scikit-learn", "infomeasure": "infomeasure"}
SIZES = (1000, 10_000, 100_000)
SECONDS = 2.0  # the bar for 100,000 samples in the plane


def _sample(n):
    x, z, a, b = np.random.default_rng(n).standard_normal((4, n))
    return x, 0.8 * x + 0.6 * z, np.column_stack([x, z]), np.column_stack([a, b]) + 0.5


def information(n, runs):
    """Yield (what, bar, seconds) for mutual information by Kraskov, Stögbauer and Grassberger."""
    x, y, _, _ = _sample(n)
    functions = {
        "lib": lambda: neighbours.ksg_mutual_information(x, y, k=3),
        "scikit-learn": lambda: mutual_info_regression(x[:, None], y, n_neighbors=3, random_state=0),
    }
    if infomeasure is not None:
        functions["infomeasure"] = lambda: infomeasure.mutual_information(x, y, approach="ksg", k=3)
    yield f"mutual information, n = {n:,}", ("scikit-learn", 1), measures.medians(functions, runs=runs)


def entropy_and_divergence(n, runs):
    """Yield (what, bar, seconds) for entropy and divergence in the plane."""
    _, _, p, q = _sample(n)
    entropy = {"lib": lambda: neighbours.kozachenko_leonenko(p)}
    divergence = {"lib": lambda: neighbours.wang_kulkarni_verdu(p, q)}
    bar = None
    if infomeasure is not None:
        entropy["infomeasure"] = lambda: infomeasure.entropy(p, approach="kl", k=4)
        divergence["infomeasure"] = lambda: infomeasure.kullback_leiber_divergence(p, q, approach="kl", k=4)
        bar = ("infomeasure", 1)
    yield f"entropy in the plane, n = {n:,}", bar, measures.medians(entropy, runs=runs)
    yield f"divergence in the plane, n = {n:,}", bar, measures.medians(divergence, runs=runs)


def measure(log=sys.stderr):
    """Return everything that was measured, or what had been when Ctrl-C came."""
    result = page.machine(PEERS) | {"speed": []}
    try:
        for n in SIZES:
            for group in (information, entropy_and_divergence):
                for what, bar, seconds in group(n, runs=7):
                    row = {"what": what, "bar": bar, "seconds": {name: float(f"{s:.4g}") for name, s in seconds.items()}}
                    print(*_row(row), sep="  ", file=log, flush=True)
                    result["speed"].append(row)
    except KeyboardInterrupt:
        print("interrupted: what follows is not all", file=log)
    return result


def _row(row):
    cells = [measures._number(measures.ratio(row, name)) if name in row["seconds"] else "" for name in ("scikit-learn", "infomeasure")]
    met = ("yes" if measures.ratio(row, row["bar"][0]) >= row["bar"][1] else "**no**") if row["bar"] else ""
    return [row["what"], measures._seconds(row["seconds"]["lib"]), *cells, met]


def slowest(result):
    """Return the longest time of ours at 100,000 samples."""
    return max((row["seconds"]["lib"] for row in result["speed"] if row["what"].endswith("100,000")), default=math.nan)


def text(result):
    """Return the table as Markdown."""
    head = ["what", "`lib`", "times as fast as scikit-learn", "as infomeasure", "at least as fast"]
    return "\n\n".join([page.machine_line(result), page.table(head, [_row(row) for row in result["speed"]])])


def main():
    parser = argparse.ArgumentParser(description="How fast the nearest-neighbour estimators are, beside other libraries.")
    parser.add_argument("--write", action="store_true", help="store the table and write it into the page")
    arguments = parser.parse_args()
    result = measure()
    print(text(result))
    if arguments.write and len(result["speed"]) == 3 * len(SIZES):
        page.write("estimators", result, text(result))


if __name__ == "__main__":
    main()
