"""Error against time of variational inference and of a library's MCMC, on one posterior that is known well.

    python experiments/variational_inference.py           what data/results/variational_inference.json lacks (a few minutes)
    python experiments/variational_inference.py --fresh   all of it anew

Logistic regression on 114 patients, six weights. The reference is importance sampling with millions of draws. The library is NumPyro
(0.22 was used) with its NUTS; it is big and nothing else needs it, so install it into a folder of its own with pip's --target, without
letting it change NumPy, and put that on PYTHONPATH for this program. The time to compile is not counted: its sampler runs once before.
"""

import argparse
import math
import sys
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from experiments import recording  # noqa: E402
from tools import environment  # noqa: E402

environment.apply()  # one thread, before NumPy is imported

import numpy as np  # noqa: E402
from scipy import special, stats  # noqa: E402

from lib.data import breast_cancer  # noqa: E402
from lib.logistic_inference import fit_logistic  # noqa: E402

RESULT = recording.RESULTS / "variational_inference.json"
PRIOR_VARIANCE = 10.0
DRAWS = (10, 30, 100, 300, 1000, 3000, 10_000, 30_000)
WARM_UP = 300
SEEDS = 5
MILLIONS = 4


def problem():
    """Return inputs with a column of ones, standardised, and labels: every fifth patient, five measurements."""
    design, y = breast_cancer()
    x = design[::5, [0, 1, 4, 6, 8]]
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    return np.column_stack([np.ones(len(x)), x]), np.where(y[::5] == 0, 1.0, -1.0)


def log_joint(weights, design, y):
    """Return the log of prior times likelihood of rows of weights, in nats, with its constants."""
    prior = -0.5 * (weights**2).sum(axis=1) / PRIOR_VARIANCE - 0.5 * weights.shape[1] * math.log(2 * math.pi * PRIOR_VARIANCE)
    return prior + special.log_expit(y * (weights @ design.T)).sum(axis=1)


def reference(*, millions=MILLIONS, seed=0):
    """Return mean, standard deviations and evidence of the posterior by importance sampling from a wide Student distribution."""
    design, y = problem()
    mean, cov, _ = fit_logistic(design, y, prior_variance=PRIOR_VARIANCE)
    proposal = stats.multivariate_t(mean, 1.3 * cov, df=6, seed=np.random.default_rng(seed))
    weights, logs = [], []
    for _ in range(round(10 * millions)):
        draws = proposal.rvs(100_000)
        weights.append(draws)
        logs.append(log_joint(draws, design, y) - proposal.logpdf(draws))
    weights, logs = np.concatenate(weights), np.concatenate(logs)
    share = special.softmax(logs)
    centre = share @ weights
    return {
        "mean": centre.tolist(),
        "sd": np.sqrt(share @ (weights - centre) ** 2).tolist(),
        "evidence": float(special.logsumexp(logs) - math.log(len(logs))),
        "effective sample size": float(1 / (share @ share)),
    }


def errors(mean, sd, truth):
    """Return the error of means in units of posterior deviations, and the relative one of deviations: root mean squares."""
    true_mean, true_sd = np.array(truth["mean"]), np.array(truth["sd"])
    return [float(np.sqrt((((mean - true_mean) / true_sd) ** 2).mean())), float(np.sqrt(((sd / true_sd - 1) ** 2).mean()))]


def variational(truth, *, diagonal, repeats=5):
    """Return [seconds, error of means, error of deviations] for each step (median time of some runs), and where the fit ends."""
    design, y = problem()
    times = []
    for _ in range(repeats):
        path, began = [], time.perf_counter()

        def note(mean, factor, path=path, began=began):
            path.append((time.perf_counter() - began, mean.copy(), np.sqrt((factor**2).sum(axis=1))))

        mean, cov, bound = fit_logistic(design, y, prior_variance=PRIOR_VARIANCE, diagonal=diagonal, callback=note)
        times.append([at for at, _, _ in path])
    seconds = np.median(np.array(times), axis=0)
    rows = [[float(s), *errors(m, sd, truth)] for s, (_, m, sd) in zip(seconds, path, strict=True)]
    return {"path": rows, "bound": bound, "mean": mean.tolist(), "sd": np.sqrt(np.diag(cov)).tolist()}


def nuts(truth):
    """Return NumPyro's error after so many draws, for each seed, with the seconds it took but for compiling."""
    import jax
    import numpyro
    import numpyro.distributions as dist
    from numpyro.infer import MCMC, NUTS

    jax.config.update("jax_enable_x64", True)
    design, y = problem()

    def model(design, labels):
        weights = numpyro.sample("weights", dist.Normal(0, math.sqrt(PRIOR_VARIANCE)).expand([design.shape[1]]).to_event(1))
        numpyro.sample("y", dist.Bernoulli(logits=design @ weights), obs=labels)

    labels = (y == 1).astype(float)
    sampler = MCMC(NUTS(model), num_warmup=WARM_UP, num_samples=DRAWS[-1], progress_bar=False)
    sampler.run(jax.random.PRNGKey(99), design, labels)  # compiles
    rows = []
    for seed in range(SEEDS):
        began = time.perf_counter()
        sampler.run(jax.random.PRNGKey(seed), design, labels, extra_fields=("num_steps",))
        draws = np.asarray(sampler.get_samples()["weights"])
        seconds = time.perf_counter() - began
        steps = np.asarray(sampler.get_extra_fields()["num_steps"])
        # The warm-up takes about as many steps a draw as the rest.
        each = seconds / (WARM_UP + len(draws))
        path = [[each * (WARM_UP + n), *errors(draws[:n].mean(axis=0), draws[:n].std(axis=0, ddof=1), truth)] for n in DRAWS]
        ends = {"mean": draws.mean(axis=0).tolist(), "sd": draws.std(axis=0, ddof=1).tolist()}
        rows.append({"path": path, **ends, "steps a draw": float(steps.mean())})
    return {"seeds": rows, "versions": {name: version(name) for name in ("numpyro", "jax")}}


def run(path=RESULT, *, fresh=False, stream=sys.stderr):
    """Record what `path` lacks; return the result."""
    head = {"unit": "nats and seconds", "prior variance": PRIOR_VARIANCE, "warm-up": WARM_UP, "draws": list(DRAWS)}
    head |= {"millions": MILLIONS, "versions": recording.versions("numpy", "scipy", "scikit-learn")}
    found = {}

    def known(name, make):
        def case():
            found[name] = recording.rounded(make(), 8)
            return found[name]

        return case

    def truth():
        return found.get("reference") or recording.load(path)["cases"]["reference"]

    cases = {
        "reference": known("reference", reference),
        "full": known("full", lambda: variational(truth(), diagonal=False)),
        "mean field": known("mean field", lambda: variational(truth(), diagonal=True)),
        "NUTS": known("NUTS", lambda: nuts(truth())),
    }
    return recording.record(cases, path, head=head, fresh=fresh, stream=stream)


def main():
    parser = argparse.ArgumentParser(description="Error against time of variational inference and of NUTS.")
    parser.add_argument("--fresh", action="store_true", help="record everything anew")
    run(fresh=parser.parse_args().fresh)


if __name__ == "__main__":
    main()
