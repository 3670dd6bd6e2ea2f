"""How many units in the last place (ulp) the measures are off, here and in other libraries.

    python benchmarks/accuracy.py            prints the tables (one to two minutes)
    python benchmarks/accuracy.py --large    with the cases of a million outcomes (some minutes more)
    python benchmarks/accuracy.py --write    also stores them, and writes them into the page

An error is the distance from the exact value of the numbers given, which mpmath computes in 60 digits,
in units of the spacing of float64 there. Exact means:

- KL and mutual information: the sum of p log(p/q) - p + q. For sums of 1 it is the divergence; for sums that
  rounding left beside 1 it is that of the normalised pair times the sum of p, to second order in what is missing.
- entropy and cross-entropy: the sum of -p log q, with a dominant probability q (above 3/4) taken as
  1 minus the exact sum of the others, since its own distance from 1 has been rounded.
- Jensen-Shannon, counts and logits: the formula, for exactly the numbers given.
"""

import argparse
import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools import environment

environment.apply()  # one thread, before NumPy is imported

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from mpmath import mp, mpf  # noqa: E402
from mpmath.libmp import from_float, mpf_log  # noqa: E402
from scipy import special, stats  # noqa: E402
from scipy.spatial.distance import jensenshannon  # noqa: E402
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

DIGITS = 60  # of the exact values; set where a program begins, since mpmath's precision is one for all
BAR = 4
SEEDS = range(5)
DOMINANT = 0.75


# The exact values


def _mpf(array):
    return [mp.make_mpf(from_float(x)) for x in np.asarray(array, dtype=float).ravel().tolist()]


def _logs(numbers):
    """Return the logarithms, each different one computed once, and 0 for 0 (it is always multiplied by 0)."""
    known = {0: mpf(0)}
    for x in numbers:
        if x not in known:
            known[x] = mp.make_mpf(mpf_log(x._mpf_, mp.prec))
    return [known[x] for x in numbers]


def exact_pair(p, q):
    """Return the exact entropy of p, and cross-entropy, KL and JS of p and q, in nats."""
    p, q = _mpf(p), _mpf(q)
    middle = [(x + y) / 2 for x, y in zip(p, q)]
    log_p, log_q, log_m = _logs(p), _logs(q), _logs(middle)
    possible = all(y > 0 or x == 0 for x, y in zip(p, q))
    kl = mp.fsum(x * (a - b) - x + y for x, y, a, b in zip(p, q, log_p, log_q)) if possible else mp.inf
    js = mp.fsum(x * (a - c) + y * (b - c) for x, y, a, b, c in zip(p, q, log_p, log_q, log_m)) / 2
    return {
        "entropy": _exact_cost(p, p, log_p),
        "cross-entropy": _exact_cost(p, q, log_q) if possible else mp.inf,
        "KL": kl,
        "JS": js,
    }


def exact_divergences(p, q):
    """Return the exact KL and JS alone, for pairs whose entropies are nothing new."""
    values = exact_pair(p, q)
    return {name: values[name] for name in ("KL", "JS")}


def _exact_cost(p, q, log_q):
    top = max(range(len(q)), key=q.__getitem__)
    if q[top] > DOMINANT:
        rest = mp.fsum(q[:top] + q[top + 1 :])
        log_q = [*log_q[:top], mp.log1p(-rest) if rest < 1 else mpf(0), *log_q[top + 1 :]]
    return -mp.fsum(x * b for x, b in zip(p, log_q))


def exact_counts(counts):
    """Return the exact mutual information of a table of counts, in nats."""
    counts = [[int(c) for c in row] for row in counts]
    rows, columns = [sum(row) for row in counts], [sum(column) for column in zip(*counts)]
    n = sum(rows)
    cells = [(c, a * b) for a, row in zip(rows, counts) for b, c in zip(columns, row) if c]
    return {"MI of counts": mp.fsum(c * mp.log(mpf(n * c) / ab) if n * c != ab else 0 for c, ab in cells) / n}


def exact_joint(joint):
    """Return the exact mutual information of a joint distribution, in nats."""
    table = [_mpf(row) for row in joint]
    rows, columns = [mp.fsum(row) for row in table], [mp.fsum(column) for column in zip(*table)]
    cells = [(x, a * b) for a, row in zip(rows, table) for b, x in zip(columns, row)]
    return {"MI of a joint": mp.fsum((x * mp.log(x / ab) if x else 0) - x + ab for x, ab in cells)}


def exact_logits(a, b, target):
    """Return the exact cross-entropy of a class, and entropy and KL of the softmax, in nats."""
    a, b = _mpf(a), _mpf(b)
    log_p, log_q = _exact_log_softmax(a), _exact_log_softmax(b)
    p = [mp.exp(x) for x in log_p]
    return {
        "logits: cross-entropy": -log_p[target],
        "logits: entropy": -mp.fsum(x * y for x, y in zip(p, log_p)),
        "logits: KL": mp.fsum(x * (y - z) for x, y, z in zip(p, log_p, log_q)),
    }


def exact_logit_kl(a, b, target):
    """Return the exact KL of the softmax alone."""
    return {"logits: KL": exact_logits(a, b, target)["logits: KL"]}


def _exact_log_softmax(z):
    top = max(range(len(z)), key=z.__getitem__)
    others = mp.fsum(mp.exp(x - z[top]) for i, x in enumerate(z) if i != top)
    return [x - z[top] - mp.log1p(others) for x in z]


# What is measured: for each column its base and its functions


def _formula_kl(p, q):
    return float(np.where(p > 0, p * np.log(p / q), 0).sum())


def _formula_js(p, q):
    return 0.5 * _formula_kl(p, (p + q) / 2) + 0.5 * _formula_kl(q, (p + q) / 2)


def _formula_mi(joint):
    product = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    return _formula_kl(joint, product)


def _softmax_then_kl(a, b, target):
    return special.rel_entr(special.softmax(a), special.softmax(b)).sum()


def _tensors(function):
    def on_tensors(*arrays):
        with torch.no_grad():
            return float(function(*(torch.as_tensor(x) for x in arrays)))

    return on_tensors


def _categorical(p):
    return torch.distributions.Categorical(probs=p, validate_args=False)


def _classes(z):
    return torch.distributions.Categorical(logits=z, validate_args=False)


def _torch_js(p, q):
    m = ((p + q) / 2).log()
    return (F.kl_div(m, p, reduction="sum") + F.kl_div(m, q, reduction="sum")) / 2


def _ours(base):
    return {
        "entropy": lambda p, q: lib.entropy(p, base=base),
        "cross-entropy": lambda p, q: lib.cross_entropy(p, q, base=base),
        "KL": lambda p, q: lib.kl_divergence(p, q, base=base),
        "JS": lambda p, q: lib.js_divergence(p, q, base=base),
        "MI of counts": lambda counts: lib.mutual_information_from_counts(counts, base=base),
        "MI of a joint": lambda joint: lib.mutual_information(joint, base=base),
        "logits: cross-entropy": lambda a, b, target: lib.cross_entropy_from_logits(a, target, base=base),
        "logits: entropy": lambda a, b, target: lib.entropy_from_logits(a, base=base),
        "logits: KL": lambda a, b, target: lib.kl_from_logits(a, b, base=base),
    }


FUNCTIONS = {
    ("lib", math.e): _ours(math.e),
    ("lib", 2): _ours(2),
    ("formula", math.e): {
        "entropy": lambda p, q: -np.where(p > 0, p * np.log(p), 0).sum(),
        "cross-entropy": lambda p, q: -np.where(p > 0, p * np.log(q), 0).sum(),
        "KL": _formula_kl,
        "JS": _formula_js,
        "MI of counts": lambda counts: _formula_mi(counts / counts.sum()),
        "MI of a joint": _formula_mi,
        "logits: cross-entropy": lambda a, b, target: np.log(np.exp(a - a.max()).sum()) - (a[target] - a.max()),
    },
    ("SciPy", math.e): {
        "entropy": lambda p, q: stats.entropy(p),
        "KL": lambda p, q: stats.entropy(p, q),
        "JS": lambda p, q: jensenshannon(p, q) ** 2,
        "logits: cross-entropy": lambda a, b, target: -special.log_softmax(a)[target],
        "logits: entropy": lambda a, b, target: special.entr(special.softmax(a)).sum(),
        "logits: KL": _softmax_then_kl,
    },
    ("torch", math.e): {
        "entropy": _tensors(lambda p, q: _categorical(p).entropy()),
        "cross-entropy": _tensors(lambda p, q: F.cross_entropy(q.log(), p)),
        "KL": _tensors(lambda p, q: F.kl_div(q.log(), p, reduction="sum")),
        "JS": _tensors(_torch_js),
        "logits: cross-entropy": _tensors(lambda a, b, target: F.cross_entropy(a, target)),
        "logits: entropy": _tensors(lambda a, b, target: _classes(a).entropy()),
        "logits: KL": _tensors(lambda a, b, target: torch.distributions.kl_divergence(_classes(a), _classes(b))),
    },
    ("scikit-learn", math.e): {
        "MI of counts": lambda counts: mutual_info_score(None, None, contingency=counts),
    },
}
if dit is not None:
    _FEW = 1000  # dit names each outcome; beyond, it takes minutes

    def _distribution(p):
        return dit.Distribution([f"{i:04d}" for i in range(len(p))], p.tolist())

    def _few(function):
        return lambda p, q: function(_distribution(p), _distribution(q)) if len(p) <= _FEW else None

    def _dit_mi(counts):
        share = counts / counts.sum()
        pairs = [f"{chr(97 + i)}{chr(97 + j)}" for i in range(share.shape[0]) for j in range(share.shape[1])]
        return dit.shannon.mutual_information(dit.Distribution(pairs, share.ravel().tolist()), [0], [1])

    FUNCTIONS["dit", 2] = {
        "entropy": _few(lambda p, q: dit.shannon.entropy(p)),
        "cross-entropy": _few(dit.divergences.cross_entropy),
        "KL": _few(dit.divergences.kullback_leibler_divergence),
        "JS": _few(lambda p, q: dit.divergences.jensen_shannon_divergence([p, q])),
        "MI of counts": lambda counts: _dit_mi(counts) if max(counts.shape) <= 20 else None,
    }
if ot is not None:
    FUNCTIONS["POT", math.e] = {"KL": lambda p, q: ot.backend.get_backend(p).kl_div(p, q)}

COLUMNS = list(dict.fromkeys(column for column, _ in FUNCTIONS))


# The cases: each draws its input from a generator


def _dirichlet(n):
    return lambda rng: (rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(n)))


def _zipf(n):
    weights = 1 / np.arange(1, n + 1)
    return weights / weights.sum()


def _near(n, d):
    def draw(rng):
        p, noise = rng.dirichlet(np.ones(n)), rng.uniform(-1, 1, n)
        return p, p * (1 + d * (noise - (p * noise).sum()))  # the sum stays 1

    return draw


def _tiny(rng):
    tiny = np.array([1e-300, 3e-300, 2e-308, 1e-310, 5e-324, 1e-323])
    big = rng.dirichlet(np.ones(4))
    return np.r_[tiny, big], np.r_[rng.permutation(tiny), rng.permutation(big)]


def _tiny_near(rng):
    p = _tiny(rng)[0]
    return p, np.r_[p[:6] * rng.integers(1, 5, 6), p[6:]]


def _zeros(rng):
    p, q = rng.dirichlet(np.ones(20)), rng.dirichlet(np.ones(20))
    p[:10], q[:5] = 0, 0
    return p / p.sum(), q / q.sum()


def _zeros_near(rng):
    p, q = _near(20, 1e-6)(rng)
    p[:10], q[:10] = 0, 0
    return p / p.sum(), q / q.sum()


def _disjoint(rng):
    p, q = np.r_[rng.dirichlet(np.ones(10)), np.zeros(10)], np.r_[np.zeros(10), rng.dirichlet(np.ones(10))]
    return p, q


def _dominant(e):
    def draw(rng):
        p, q = e * rng.dirichlet(np.ones(5)), rng.uniform(0.2, 1) * e * rng.dirichlet(np.ones(5))
        return np.r_[1 - p.sum(), p], np.r_[1 - q.sum(), q]

    return draw


def _independent(rng):
    return (np.outer(rng.integers(1, 1000, 7), rng.integers(1, 1000, 5)),)


def _nearly_independent(factor):
    def draw(rng):
        counts = _independent(rng)[0] * factor
        counts[rng.integers(7), rng.integers(5)] += 1
        return (counts,)

    return draw


def _sampled(rng):
    return (rng.multinomial(1000, np.outer(rng.dirichlet(np.ones(10)), rng.dirichlet(np.ones(10))).ravel()).reshape(10, 10),)


def _dependent(rng):
    return (rng.integers(0, 10, (6, 6)) + np.diag(rng.integers(1, 1000, 6)),)


def _joint(d):
    def draw(rng):
        product = np.outer(rng.dirichlet(np.ones(5)), rng.dirichlet(np.ones(5)))
        joint = product * (1 + d * rng.uniform(-1, 1, (5, 5)))
        return (joint / joint.sum(),)

    return draw


def _logits(width):
    return lambda rng: (rng.uniform(0, width, 10), rng.uniform(0, width, 10), int(rng.integers(10)))


def _near_logits(width, d):
    def draw(rng):
        a = rng.uniform(0, width, 10)
        return a, a + d * rng.uniform(-1, 1, 10), int(np.argmax(a))

    return draw


def _sure(gap):
    return lambda rng: (np.array([gap, 0.0]), np.array([gap + rng.uniform(-3, 3), 0.0]), 0)


def cases(long=100_000):
    """Return a list of (name, exact function, generator of input)."""
    pairs = [
        ("Dirichlet, n = 10", _dirichlet(10)),
        ("Dirichlet, n = 1000", _dirichlet(1000)),
        (f"Dirichlet, n = {long:.0e}", _dirichlet(long)),
        (f"uniform and Zipf, n = {long:.0e}", lambda rng: (np.full(long, 1 / long), _zipf(long))),
        (f"Zipf and uniform, n = {long:.0e}", lambda rng: (_zipf(long), np.full(long, 1 / long))),
        ("entries of 1e-300 and subnormal", _tiny),
        ("zeros in p, in both", _zeros),
        ("disjoint supports", _disjoint),
        *((f"dominant outcome 1 - {e:.0e}", _dominant(e)) for e in (1e-1, 1e-3, 1e-6, 1e-10, 1e-16, 1e-30, 1e-100, 1e-300)),
    ]
    near = [
        *((f"p and p(1 + {d:.0e} noise), n = {n}", _near(n, d)) for n in (10, 1000) for d in 10.0 ** -np.arange(1, 16, 2)),
        (f"p and p(1 + 1e-06 noise), n = {long:.0e}", _near(long, 1e-6)),
        ("zeros in both, else nearly equal", _zeros_near),
        ("tiny entries, else equal", _tiny_near),
    ]
    counts = [
        ("independent counts", _independent),
        *((f"independent counts × {k:.0e}, and 1 more", _nearly_independent(k)) for k in (1, 1000, 10**6, 10**9)),
        ("1000 samples of independent variables", _sampled),
        ("dependent counts", _dependent),
    ]
    logits = [
        *((f"up to {width:.0f} apart", _logits(width)) for width in (1, 10, 100, 10_000)),
        *((f"[{gap}, 0]", _sure(gap)) for gap in (20, 50, 700, 1000)),
    ]
    near_logits = [
        *((f"a and a + {d:.0e} noise", _near_logits(3, d)) for d in 10.0 ** -np.arange(1, 16, 2)),
        *((f"a and a + {d:.0e} noise, a sure model", _near_logits(100, d)) for d in (1e-2, 1e-6, 1e-10)),
    ]
    joints = [(f"joint, p(x) p(y) (1 + {d:.0e} noise)", _joint(d)) for d in (1, 1e-2, 1e-6)]
    kinds = (
        (exact_pair, pairs),
        (exact_divergences, near),
        (exact_counts, counts),
        (exact_joint, joints),
        (exact_logits, logits),
        (exact_logit_kl, near_logits),
    )
    return [(name, exact, draw) for exact, of_kind in kinds for name, draw in of_kind]


# Measuring


def error(value, exact):
    """Return the distance of `value` from the exact number in ulp: inf beside an exact 0 or inf, NaN for NaN."""
    value, nearest = float(value), float(exact)
    if math.isnan(value):
        return math.nan
    if math.isinf(value) or math.isinf(nearest) or exact == 0:
        return 0.0 if value == nearest else math.inf
    return float(abs(mpf(value) - exact) / mpf(float(np.spacing(nearest))))


def errors(exact, given, columns=COLUMNS):
    """Return {(measure, column): ulp} for one input; for lib the worse of nats and bits."""
    found = {}
    for measure, value in exact(*given).items():
        for (column, base), functions in FUNCTIONS.items():
            if column not in columns or measure not in functions:
                continue
            with np.errstate(all="ignore"):
                result = functions[measure](*given)
            if result is not None:
                ulp = error(result, value / mp.log(2) if base == 2 else value)
                found[measure, column] = _worse(found.get((measure, column), 0.0), ulp)
    return found


def _worse(a, b):
    return math.nan if math.isnan(a) or math.isnan(b) else max(a, b)


def worst(exact, draw, seeds, columns=COLUMNS):
    """Return {(measure, column): ulp}, the worst over the seeds."""
    result = {}
    for seed in seeds:
        for key, ulp in errors(exact, draw(np.random.default_rng(seed)), columns).items():
            result[key] = _worse(result.get(key, 0.0), ulp)
    return result


def adversarial(rng, rows, n):
    """Return two tables of distributions, many of them nearly equal, nearly sure, sparse or tiny."""
    kind = rng.integers(5, size=rows)[:, None]
    p, q = (rng.random((rows, n)) ** 10.0 ** rng.uniform(-3, 2.5, (rows, 1)) for _ in range(2))
    p = np.where((kind == 1) & (rng.random((rows, n)) < 0.5), 0, p)
    p[:, 0] += 1e-300  # not all 0
    p /= p.sum(axis=1, keepdims=True)
    near = p * (1 + 10.0 ** rng.uniform(-17, 0, (rows, 1)) * rng.uniform(-1, 1, (rows, n)))
    q = np.where(kind == 0, q + 1e-300, np.where(kind == 4, p, near))
    return p, q / q.sum(axis=1, keepdims=True)


def impossible(value):
    """Return where values that can't be negative are negative, NaN or -0.0."""
    return np.isnan(value) | np.signbit(value)


def count_impossible(total=3000):
    """Return {measure: {column: how often the result was negative, NaN or -0.0}}."""
    measures, columns = ("entropy", "cross-entropy", "KL", "JS", "logits: KL"), ("lib", "SciPy", "torch")
    counts = {what: {column: 0 for column in columns if what in FUNCTIONS[column, math.e]} for what in measures}
    rng = np.random.default_rng(0)
    for n in (2, 3, 10, 30):
        for p, q in zip(*adversarial(rng, total // 4, n)):
            with np.errstate(all="ignore"):
                logits = (*(np.maximum(np.log(x), -745) for x in (p, q)), 0)
                for what, row in counts.items():
                    given = logits if what == "logits: KL" else (p, q)
                    for column in row:
                        row[column] += int(impossible(FUNCTIONS[column, math.e][what](*given)))
    return {"cases": total, "counts": counts}


def measure(long=100_000, log=sys.stderr):
    """Return everything the page shows."""
    rows = []
    for name, exact, draw in cases(long):
        print(name, file=log, flush=True)
        result = worst(exact, draw, SEEDS[:1] if f"n = {long:.0e}" in name else SEEDS)
        for what in dict.fromkeys(measure for measure, _ in result):
            rows.append({"measure": what, "case": name} | {c: _number(result[what, c]) for c in COLUMNS if (what, c) in result})
    rows.sort(key=lambda row: list(_ours(2)).index(row["measure"]))
    print("negative, NaN, -0.0", file=log, flush=True)
    return page.machine() | {"bar": BAR, "seeds": len(SEEDS), "columns": COLUMNS, "rows": rows, "impossible": count_impossible()}


def _number(ulp):
    if not math.isfinite(ulp):
        return "NaN" if math.isnan(ulp) else "∞"
    return f"{ulp:.1f}" if ulp < 1000 else f"{ulp:.0e}".replace("+", "").replace("e0", "e")


HEADS = {"lib": "`lib`", "formula": "NumPy formula"}


def text(result):
    """Return the tables as Markdown."""
    parts = [page.machine_line(result)]
    for what in dict.fromkeys(row["measure"] for row in result["rows"]):
        rows = [row for row in result["rows"] if row["measure"] == what]
        columns = [column for column in result["columns"] if any(column in row for row in rows)]
        head = ["case", *(HEADS.get(column, column) for column in columns)]
        parts += [f"**{what}**", page.table(head, [[row["case"], *(row.get(column, "") for column in columns)] for row in rows])]
    counts = result["impossible"]["counts"]
    columns = list(counts["KL"])
    parts += [
        f"**Results that are negative, NaN or -0.0**, of {result['impossible']['cases']} adversarial pairs",
        page.table(["measure", *columns], [[what, *(row.get(column, "") for column in columns)] for what, row in counts.items()]),
    ]
    return "\n\n".join(parts)


def main():
    mp.dps = DIGITS
    parser = argparse.ArgumentParser(description="How exact the measures are, in units in the last place.")
    parser.add_argument("--large", action="store_true", help="a million outcomes where it is else a hundred thousand")
    parser.add_argument("--write", action="store_true", help="store the tables and write them into the page")
    arguments = parser.parse_args()
    result = measure(1_000_000 if arguments.large else 100_000)
    print(text(result))
    if arguments.write:
        page.write("accuracy", result, text(result))


if __name__ == "__main__":
    main()
