"""The Jensen-Shannon divergence of two coins, and the mean divergence from a reference."""

from lib.divergence import js_divergence, kl_divergence


def settings(rng):
    for p, q, r in [*rng.uniform(0.01, 0.99, (250, 3)).tolist(), [0, 1, 0.5], [0.3, 0.3, 0.3], [1, 0, 0.2], [0, 0, 0.01]]:
        yield {"p": p, "q": q, "r": r}


def expected(state):
    p, q, r = ([heads, 1 - heads] for heads in (state["p"], state["q"], state["r"]))
    middle = (state["p"] + state["q"]) / 2
    return {
        "js": js_divergence(p, q),
        "mean": (kl_divergence(p, r) + kl_divergence(q, r)) / 2,
        "excess": kl_divergence([middle, 1 - middle], r),
        "forward": kl_divergence(p, q),
        "reverse": kl_divergence(q, p),
    }
