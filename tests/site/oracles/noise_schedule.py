"""Two hills on their way into noise, along three schedules."""

import math

from lib import diffusion_chain as chain
from lib.mixtures import mixture_kl

SCHEDULES = {
    "line": chain.linear_schedule(100, first=1e-3, last=0.2),
    "cosine": chain.cosine_schedule(100),
    "geometric": chain.geometric_schedule(100),
}


def settings(rng):
    for name in SCHEDULES:
        for t, width in zip([2, 100, *rng.integers(2, 101, 70).tolist()], rng.uniform(0.05, 1, 72).tolist(), strict=True):
            yield {"time": t / 100, "width": width, "schedule": name}


def expected(state):
    schedule, t = SCHEDULES[state["schedule"]], round(100 * state["time"])
    kept = float(schedule.alpha_bar[t])
    mean, noise = chain.forward_marginal([1.0], t, schedule)
    sd = math.sqrt(kept * state["width"] ** 2 + noise)
    return {
        "kept": kept,
        "snr": kept / noise,
        "weight": chain.noise_weights(schedule)[t],
        "information": mixture_kl(([1.0], mean, [sd]), ([0.5, 0.5], [-mean[0], mean[0]], [sd, sd]), base=math.e),
    }
