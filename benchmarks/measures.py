"""How fast the measures are, beside other libraries and beside what the machine can do at all.

    python benchmarks/measures.py            prints the tables (some three minutes)
    python benchmarks/measures.py --write    also stores them, and writes them into the page

Processor time on one thread, medians of runs that take turns in one process, all input checks included.
Ctrl-C prints what has been measured so far.
"""

import argparse
import math
import statistics
import sys
import time
import tracemalloc
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools import environment

environment.apply()  # one thread, before NumPy is imported

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from scipy import special, stats  # noqa: E402
from scipy.spatial.distance import jensenshannon, pdist  # noqa: E402
from sklearn.metrics import mutual_info_score  # noqa: E402

import lib  # noqa: E402
from benchmarks import page  # noqa: E402

try:
    import dit
except ImportError:
    dit = None
try:
    import ot
except ImportError:
    ot = None

torch.set_num_threads(1)
MIB = 2**20
LONG = 10_000_000


def medians(functions, *, runs, repeat=1):
    """Return seconds of processor time for each named function: medians of `runs` turns of `repeat` calls."""
    times = {name: [] for name in functions}
    for function in functions.values():
        function()  # once unmeasured: imports, caches, pages of memory
    for _ in range(runs):
        for name, function in functions.items():
            start = time.process_time()
            for _ in range(repeat):
                function()
            times[name].append((time.process_time() - start) / repeat)
    return {name: statistics.median(values) for name, values in times.items()}


def peak(function):
    """Return how many bytes a call takes at most beyond what was there."""
    tracemalloc.start()
    function()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


# Inputs


def _distributions(rng, *shape):
    weights = rng.random(shape)
    return weights / weights.sum(axis=-1, keepdims=True)


def _near(p, rng):
    q = p * (1 + 1e-6 * rng.uniform(-1, 1, p.shape))
    return q / q.sum(axis=-1, keepdims=True)


# The cases. Each yields (what, bar, {name: seconds}): a bar (peer, times) asks to be that many times faster than the peer.


def few():
    """Ten outcomes."""
    p, q = _distributions(np.random.default_rng(0), 2, 10)
    a, b = torch.from_numpy(p), torch.from_numpy(q)
    speed = dict(runs=7, repeat=500)
    entropy = {
        "lib": lambda: lib.entropy(p),
        "SciPy": lambda: stats.entropy(p, base=2),
        "torch": lambda: torch.distributions.Categorical(a).entropy(),
    }
    kl = {
        "lib": lambda: lib.kl_divergence(p, q),
        "SciPy": lambda: stats.entropy(p, q, base=2),
        "torch": lambda: F.kl_div(b.log(), a, reduction="sum"),
    }
    js = {"lib": lambda: lib.js_distance(p, q), "SciPy": lambda: jensenshannon(p, q, base=2)}
    if dit is not None:
        d, e = (dit.Distribution([str(i) for i in range(10)], x.tolist()) for x in (p, q))
        entropy["dit"] = lambda: dit.shannon.entropy(d)
        kl["dit"] = lambda: dit.divergences.kullback_leibler_divergence(d, e)
    if ot is not None:
        kl["POT"] = lambda: ot.backend.get_backend(p).kl_div(p, q)
    yield "entropy, n = 10", ("SciPy", 40), medians(entropy, **speed)
    yield "KL, n = 10", ("SciPy", 30), medians(kl, **speed)
    yield "JS distance, n = 10", ("SciPy", 1.5), medians(js, **speed)
    x, y = np.random.default_rng(0).dirichlet(np.ones(10), 2)
    js = {"lib": lambda: lib.js_distance(x, y), "SciPy": lambda: jensenshannon(x, y, base=2)}
    yield "JS distance, Dirichlet, n = 10", ("SciPy", 1.5), medians(js, **speed)


def many():
    """Ten million outcomes, and the limits of the machine."""
    rng = np.random.default_rng(1)
    p, q = _distributions(rng, LONG), _distributions(rng, LONG)
    out = np.empty(LONG)
    entropy = {
        "lib": lambda: lib.entropy(p),
        "SciPy": lambda: stats.entropy(p, base=2),
        "torch": lambda: torch.special.entr(torch.from_numpy(p)).sum(),
        "np.log": lambda: np.log(p, out=out),
        "copy": lambda: np.copyto(out, p),
    }
    times = medians(entropy, runs=5)
    limits = {name: times.pop(name) for name in ("np.log", "copy")}
    yield "entropy, n = 1e7", ("SciPy", 4), times
    yield "entropy against a bare `np.log`, n = 1e7", ("np.log", 0.5), {"lib": times["lib"]} | limits
    yield from _pair(p, q, "n = 1e7", ("SciPy", 5), ("SciPy", 5), runs=3)
    x, y = (-np.log1p(-z) for z in (rng.random(LONG), rng.random(LONG)))  # exponential, so Dirichlet once they sum to 1
    x, y = x / x.sum(), y / y.sum()
    yield from _pair(x, y, "Dirichlet, n = 1e7", ("SciPy", 5), ("SciPy", 5), runs=3)
    near = _near(p, rng)
    yield from _pair(p, near, "nearly equal, n = 1e7", ("SciPy", 1), ("SciPy", 1), runs=3)


def _pair(p, q, what, kl_bar, js_bar, *, runs, axis=-1):
    a, b = torch.from_numpy(p), torch.from_numpy(q)
    kl = {
        "lib": lambda: lib.kl_divergence(p, q, axis=axis),
        "SciPy": lambda: stats.entropy(p, q, base=2, axis=axis),
        "torch": lambda: F.kl_div(b.log(), a, reduction="none").sum(axis),
    }
    js = {"lib": lambda: lib.js_divergence(p, q, axis=axis), "SciPy": lambda: jensenshannon(p, q, base=2, axis=axis)}
    yield f"KL, {what}", kl_bar, medians(kl, runs=runs)
    yield f"JS, {what}", js_bar, medians(js, runs=runs)


def batch():
    """A hundred thousand distributions of a hundred outcomes."""
    rng = np.random.default_rng(2)
    p, q = _distributions(rng, 100_000, 100), _distributions(rng, 100_000, 100)
    near = _near(p, rng)
    yield from _batch(p, q, near, "last axis", -1, [("SciPy", times) for times in (3.5, 8, 5, 2)])
    yield from _batch(*(np.ascontiguousarray(x.T) for x in (p, q, near)), "first axis", 0, [None] * 4)


def _batch(p, q, near, where, axis, bars):
    entropy = {
        "lib": lambda: lib.entropy(p, axis=axis),
        "SciPy": lambda: stats.entropy(p, base=2, axis=axis),
        "torch": lambda: torch.special.entr(torch.from_numpy(p)).sum(axis),
    }
    yield f"entropy, 100,000 × 100, {where}", bars[0], medians(entropy, runs=5)
    yield from _pair(p, q, f"100,000 × 100, {where}", *bars[1:3], runs=5, axis=axis)
    yield from _pair(p, near, f"nearly equal, 100,000 × 100, {where}", bars[3], bars[3], runs=5, axis=axis)


def all_pairs():
    """A thousand distributions of a thousand bins, each with each; the peers on a part of it, scaled up."""
    rng = np.random.default_rng(3)
    P, Q, rows = rng.dirichlet(np.ones(1000), 1000), rng.dirichlet(np.ones(1000), 1000), 10
    near = _near(np.tile(P[:1], (1000, 1)), rng)

    def row_wise(many, part):
        return lambda: [special.rel_entr(p, many).sum(axis=1) for p in part]

    kl = medians(
        {"lib": lambda: lib.pairwise_kl(P, Q), "SciPy": row_wise(Q, P[:rows]), "matrix product": lambda: P @ Q.T},
        runs=5,
    )
    kl["SciPy"] *= len(P) / rows
    yield "KL, all pairs of 1000 and 1000, 1000 bins", ("SciPy", 300), {name: kl[name] for name in ("lib", "SciPy")}
    yield "KL, all pairs, against a matrix product", ("matrix product", 0.5), {name: kl[name] for name in ("lib", "matrix product")}
    copy = P.copy()  # of P with itself NumPy would compute one half
    kl = medians({"lib": lambda: lib.pairwise_kl(P), "matrix product": lambda: P @ copy.T}, runs=5)
    yield "KL, all pairs of 1000, against a matrix product", ("matrix product", 0.5), kl
    kl = medians({"lib": lambda: lib.pairwise_kl(near[:200]), "SciPy": row_wise(near[:200], near[:rows])}, runs=3)
    kl["SciPy"] *= 200 / rows
    yield "KL, all pairs of 200, all nearly equal", None, kl
    some = P[:100]
    js = medians({"lib": lambda: lib.pairwise_js(P), "SciPy": lambda: pdist(some, "jensenshannon")}, runs=3)
    js["SciPy"] *= math.comb(1000, 2) / math.comb(100, 2)
    yield "JS, all pairs of 1000, 1000 bins", ("SciPy", 4), js


def labels():
    """Two labelings of ten million samples."""
    rng = np.random.default_rng(4)
    for classes, times in ((10, 20), (1000, 8)):
        x = rng.integers(classes, size=LONG)
        y = np.where(rng.random(LONG) < 0.5, x, rng.integers(classes, size=LONG))
        yield f"MI of labels, {classes} classes, n = 1e7", ("scikit-learn", times), _labels(x, y)


def _labels(x, y):
    functions = {"lib": lambda: lib.mutual_information_from_labels(x, y), "scikit-learn": lambda: mutual_info_score(x, y)}
    return medians(functions, runs=3)


def memory():
    """Yield (what, {name: bytes beyond the input}) at ten million outcomes."""
    rng = np.random.default_rng(5)
    p, q = _distributions(rng, LONG), _distributions(rng, LONG)
    near = _near(p, rng)
    yield "entropy, n = 1e7", _peaks(lib.entropy, stats.entropy, p)
    yield "KL, n = 1e7", _peaks(lib.kl_divergence, stats.entropy, p, q)
    yield "KL, nearly equal, n = 1e7", _peaks(lib.kl_divergence, stats.entropy, p, near)
    yield "JS, n = 1e7", _peaks(lib.js_divergence, jensenshannon, p, q)
    yield "JS, nearly equal, n = 1e7", _peaks(lib.js_divergence, jensenshannon, p, near)


def _peaks(ours, theirs, *arrays):
    return {"lib": peak(lambda: ours(*arrays)), "SciPy": peak(lambda: theirs(*arrays))}


MEMORY_BAR = 4 * MIB


def measure(log=sys.stderr):
    """Return everything that was measured, or what had been when Ctrl-C came."""
    result = page.machine() | {"speed": [], "memory": []}
    try:
        for group in (few, many, batch, all_pairs, labels):
            for what, bar, seconds in group():
                row = {"what": what, "bar": bar, "seconds": {name: float(f"{s:.4g}") for name, s in seconds.items()}}
                print(*_speed_row(row), sep="  ", file=log, flush=True)
                result["speed"].append(row)
        for what, size in memory():
            row = {"what": what, "bytes": size}
            print(*_memory_row(row), sep="  ", file=log, flush=True)
            result["memory"].append(row)
    except KeyboardInterrupt:
        print("interrupted: what follows is not all", file=log)
    return result


# Showing


def ratio(row, peer):
    """Return how many times as long the peer took."""
    return row["seconds"][peer] / row["seconds"]["lib"]


def _speed_row(row):
    others = [name for name in row["seconds"] if name != "lib"]
    first = row["bar"][0] if row["bar"] else others[0]
    further = ", ".join(f"{name} {_number(ratio(row, name))}" for name in others if name != first)
    bar = f"{row['bar'][1]:g}" if row["bar"] else ""
    met = ("yes" if ratio(row, first) >= row["bar"][1] else "**no**") if row["bar"] else ""
    return [row["what"], _seconds(row["seconds"]["lib"]), first, _number(ratio(row, first)), bar, met, further]


def _memory_row(row):
    ours, scipy = row["bytes"]["lib"], row["bytes"]["SciPy"]
    return [row["what"], f"{ours / MIB:.1f}", f"{scipy / MIB:.0f}", f"{MEMORY_BAR / MIB:g}", "yes" if ours <= MEMORY_BAR else "**no**"]


def _number(x):
    return f"{x:.3g}" if x < 100 else f"{x:.0f}"


def _seconds(s):
    return f"{s * 1e6:.1f} µs" if s < 1e-3 else f"{s * 1e3:.0f} ms" if s < 1 else f"{s:.1f} s"


def text(result):
    """Return the tables as Markdown."""
    speed = ["what", "`lib`", "against", "times as fast", "bar", "met", "against others"]
    memory = ["MiB beyond the input", "`lib`", "SciPy", "bar", "met"]
    return "\n\n".join(
        [
            page.machine_line(result),
            page.table(speed, [_speed_row(row) for row in result["speed"]]),
            page.table(memory, [_memory_row(row) for row in result["memory"]]),
        ]
    )


def main():
    parser = argparse.ArgumentParser(description="How fast the measures are, beside other libraries.")
    parser.add_argument("--write", action="store_true", help="store the tables and write them into the page")
    arguments = parser.parse_args()
    result = measure()
    print(text(result))
    if arguments.write and result["memory"]:
        page.write("measures", result, text(result))


if __name__ == "__main__":
    main()
