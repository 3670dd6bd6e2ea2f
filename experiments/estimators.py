"""Bias and error of the estimators on distributions whose values are known, beside another library on the same samples.

    python experiments/estimators.py              every case that data/results/estimators.json lacks (a few minutes)
    python experiments/estimators.py --fresh      all of them anew
    python experiments/estimators.py --seeds 20   fewer samples of each, shown only

Ctrl-C keeps the cases that are done; the next run goes on from there. The other library is infomeasure (0.6.3 was used). It
brings a package named `tests` along, which would hide our own: install it into an environment of its own, or with pip's --target
into a folder that is put on PYTHONPATH for this program. Without it, cases that are missing are not recorded.
"""

import argparse
import json
import logging
import math
import sys
import warnings
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from experiments import recording  # noqa: E402
from tools import environment  # noqa: E402

environment.apply()  # one thread, before NumPy is imported

import numpy as np  # noqa: E402
from scipy import stats  # noqa: E402
from scipy.special import digamma  # noqa: E402

import lib  # noqa: E402
from lib import estimators, neighbours  # noqa: E402
from lib.data import english_text, letter_distribution  # noqa: E402

try:
    import infomeasure
except ImportError:
    infomeasure = None

RESULT = recording.RESULTS / "estimators.json"
SEEDS = 400
FIRST = 3  # how many single estimates are stored, for the test that computes them again
NATS = math.log(2)


# The cases: name -> (true value in bits, how a sample is drawn, {estimator: (ours, theirs)})


def _discrete():
    harmonic = 1 / np.arange(1, 1001)
    return {
        "uniform, 10 outcomes": np.full(10, 0.1),
        "uniform, 100 outcomes": np.full(100, 0.01),
        "uniform, 1000 outcomes": np.full(1000, 0.001),
        "Zipf, 1000 outcomes": lib.normalize(harmonic),
        "1/x squared, 1000 outcomes": lib.normalize(harmonic**2),
        "geometric": lib.normalize(0.5 ** np.arange(1, 54)),
        "binomial, 20 coins": lib.normalize(stats.binom(20, 0.5).pmf(np.arange(21))),
        "letters of English": letter_distribution(english_text()),
        "one in two, else 99": np.array([0.5, *np.full(99, 0.5 / 99)]),
    }


def _counted(name):
    ours = getattr(estimators, name)
    theirs = {"plug_in": "discrete"}.get(name, name)

    def theirs_from_counts(counts):
        return infomeasure.entropy(np.repeat(np.arange(counts.size), counts), approach=theirs, base=2)

    return ours, theirs_from_counts


def _entropy_cases():
    names = ("plug_in", "miller_madow", "grassberger", "chao_shen", "chao_wang_jost", "nsb")
    pairs = {name: _counted(name) for name in names}
    for name, p in _discrete().items():
        for n in (30, 100, 1000):
            yield f"{name}, n = {n}", (float(lib.entropy(p)), lambda rng, p=p, n=n: (rng.multinomial(n, p),), pairs)


def _gaussian(rho, d=2):
    return np.full((d, d), rho) + (1 - rho) * np.eye(d)


def _normal_entropy(covariance):
    return np.linalg.slogdet(2 * math.pi * math.e * np.atleast_2d(covariance))[1] / 2 / NATS


def _normal(covariance):
    root = np.linalg.cholesky(np.atleast_2d(covariance))
    return lambda rng, n: rng.standard_normal((n, len(root))) @ root.T


def _density_cases():
    pairs = {
        "kozachenko_leonenko": (
            neighbours.kozachenko_leonenko,
            lambda x: infomeasure.entropy(x, approach="kl", k=4, base=2),
        )
    }
    cases = {
        "normal": (_normal_entropy(1.0), _normal(1.0)),
        "normal, scale 1e-12": (_normal_entropy(1.0) + math.log2(1e-12), lambda rng, n: 1e-12 * rng.standard_normal((n, 1))),
        "normal in the plane, correlation 0.9": (_normal_entropy(_gaussian(0.9)), _normal(_gaussian(0.9))),
        "normal, 5 dimensions": (_normal_entropy(np.eye(5)), _normal(np.eye(5))),
        "uniform in the plane": (0.0, lambda rng, n: rng.random((n, 2))),
        "exponential": (1 / NATS, lambda rng, n: rng.exponential(size=(n, 1))),
        "Student, 3 degrees": (float(stats.t(3).entropy()) / NATS, lambda rng, n: rng.standard_t(3, size=(n, 1))),
        "gamma, shape 0.5": (float(stats.gamma(0.5).entropy()) / NATS, lambda rng, n: rng.gamma(0.5, size=(n, 1))),
    }
    for name, (true, draw) in cases.items():
        for n in (100, 1000):
            yield f"{name}, n = {n}", (true, lambda rng, draw=draw, n=n: (draw(rng, n),), pairs)


def _divergence_cases():
    pairs = {
        "wang_kulkarni_verdu": (
            neighbours.wang_kulkarni_verdu,
            lambda x, y: infomeasure.kullback_leiber_divergence(x, y, approach="kl", k=4, base=2),
        )
    }
    normal = _normal(1.0)
    wide = np.diag([1.0, 4.0])
    cases = {
        "two normals, one apart": (0.5 / NATS, normal, lambda rng, n: 1 + normal(rng, n), 1),
        "the same, twice as many of the second": (0.5 / NATS, normal, lambda rng, n: 1 + normal(rng, n), 2),
        "a normal and itself": (0.0, normal, normal, 1),
        "two exponentials": (
            (1 - NATS) / NATS,
            lambda rng, n: rng.exponential(size=(n, 1)),
            lambda rng, n: rng.exponential(0.5, size=(n, 1)),
            1,
        ),
        "two normals in the plane": (
            (np.trace(np.linalg.inv(wide)) - 2 + math.log(4)) / 2 / NATS,
            _normal(np.eye(2)),
            _normal(wide),
            1,
        ),
    }
    for name, (true, p, q, times) in cases.items():
        for n in (100, 1000):
            yield f"{name}, n = {n}", (true, lambda rng, p=p, q=q, n=n, m=times * n: (p(rng, n), q(rng, m)), pairs)


def _information_cases():
    def theirs(variant):
        return lambda x, y: infomeasure.mutual_information(x, y, approach="ksg", k=4, base=2, ksg_id=variant)

    pairs = {
        "ksg_mutual_information": (neighbours.ksg_mutual_information, theirs(1)),
        "ksg_mutual_information, variant 2": (lambda x, y: neighbours.ksg_mutual_information(x, y, variant=2), theirs(2)),
    }

    def gaussian(rho, x_scale=1.0, then=lambda z: z):
        return lambda rng, n: then(_normal(_gaussian(rho))(rng, n)) * [x_scale, 1]

    def gamma_exponential(rng, n):
        x = rng.gamma(2, size=n)
        return np.column_stack([x, rng.exponential(size=n) / x])

    def noisy_uniform(rng, n):
        x = rng.random(n)
        return np.column_stack([x, x + 0.2 * rng.random(n)])

    information = {rho: -math.log2(1 - rho**2) / 2 for rho in (0.0, 0.6, 0.99)}
    cases = {
        "independent normals": (0.0, gaussian(0.0)),
        "normals, correlation 0.6": (information[0.6], gaussian(0.6)),
        "normals, correlation 0.99": (information[0.99], gaussian(0.99)),
        "the same, one in another unit": (information[0.99], gaussian(0.99, x_scale=1e-3)),
        "lognormals, correlation of logarithms 0.6": (information[0.6], gaussian(0.6, then=np.exp)),
        "gamma and exponential": (float(digamma(3) - math.log(2)) / NATS, gamma_exponential),
        "uniform with uniform noise": ((0.1 - math.log(0.2)) / NATS, noisy_uniform),
    }
    for name, (true, draw) in cases.items():
        for n in (100, 1000):
            yield f"{name}, n = {n}", (true, lambda rng, draw=draw, n=n: tuple(draw(rng, n).T), pairs)


GROUPS = {
    "entropy from counts": _entropy_cases,
    "differential entropy": _density_cases,
    "KL divergence": _divergence_cases,
    "mutual information": _information_cases,
}


def cases():
    """Return every case by its name."""
    return {f"{group}: {name}": case for group, make in GROUPS.items() for name, case in make()}


def estimates(name, case, seeds, *, peer=True):
    """Return {estimator: (ours, theirs)}, arrays of one estimate for each seed, in bits."""
    _, draw, pairs = case
    found = {which: ([], []) for which in pairs}
    for seed in seeds:
        sample = draw(np.random.default_rng([seed, zlib.crc32(name.encode())]))
        for which, (ours, theirs) in pairs.items():
            found[which][0].append(float(ours(*sample)))
            if peer:
                found[which][1].append(float(theirs(*sample)))
    return {which: tuple(map(np.array, both)) for which, both in found.items()}


def summary(values, true):
    """Return bias and root mean squared error with their standard errors; what is not finite is counted and left out."""
    errors = values[np.isfinite(values)] - true
    row = {"not finite": int(values.size - errors.size)}
    if errors.size < 2:
        return row
    squares = errors**2
    rmse = math.sqrt(squares.mean())
    se = squares.std(ddof=1) / math.sqrt(errors.size)
    row |= {"bias": errors.mean(), "bias se": errors.std(ddof=1) / math.sqrt(errors.size), "rmse": rmse, "rmse se": se / (2 * rmse)}
    return {key: value if isinstance(value, int) else float(f"{value:.5g}") for key, value in row.items()}


def compared(ours, theirs, true):
    """Return by how many standard errors our mean squared error is above theirs on the same samples; 0 for equal estimates."""
    fine = np.isfinite(theirs)
    if fine.sum() < 2:
        return None
    difference = (ours[fine] - true) ** 2 - (theirs[fine] - true) ** 2
    if np.abs(ours[fine] - theirs[fine]).max() <= 1e-6 * max(1, abs(true)):
        return 0.0  # one formula, and noise of 1e-10 that one of the two adds
    return float(f"{difference.mean() / (difference.std(ddof=1) / math.sqrt(difference.size)):.4g}")


def measure(name, case, seeds):
    """Return the row of a case."""
    true = case[0]
    rows = {}
    for which, (ours, theirs) in estimates(name, case, range(seeds)).items():
        rows[which] = {
            "lib": summary(ours, true),
            "infomeasure": summary(theirs, true),
            "worse by": compared(ours, theirs, true),
            "first": [float(f"{value:.12g}") for value in ours[:FIRST]],
        }
    return {"true": float(f"{true:.10g}"), "estimators": rows}


def run(path=RESULT, *, seeds=SEEDS, fresh=False, stream=sys.stderr):
    """Measure what `path` lacks and store after each case; return the result, complete or not."""
    head = {"seeds": seeds, "unit": "bits", "versions": recording.versions("numpy", "scipy", "infomeasure")}
    todo = {name: lambda name=name, case=case: measure(name, case, seeds) for name, case in cases().items()}
    return recording.record(todo, path, head=head, fresh=fresh, stream=stream)


def main():
    parser = argparse.ArgumentParser(description="Bias and error of the estimators beside infomeasure.")
    parser.add_argument("--fresh", action="store_true", help="measure every case anew")
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"samples of each case; other than {SEEDS} is shown, not stored")
    arguments = parser.parse_args()
    if infomeasure is None:
        raise SystemExit("infomeasure is not installed; see the head of this file")
    logging.getLogger("infomeasure").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")  # its integrals overflow; what is not finite is counted
    path = RESULT if arguments.seeds == SEEDS else Path("/dev/null")
    if path is RESULT:
        run(fresh=arguments.fresh)
    else:
        for name, case in cases().items():
            print(name, json.dumps(measure(name, case, arguments.seeds)))


if __name__ == "__main__":
    main()
