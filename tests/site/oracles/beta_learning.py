"""A Beta belief that learns from heads and tails."""

from lib.bayesian import beta_update
from lib.continuous import beta_kl


def settings(rng):
    for a, b in rng.uniform(0.5, 20, (240, 2)).tolist():
        heads, tails = rng.integers(0, 41, 2).tolist()
        yield {"a": a, "b": b, "heads": heads, "tails": tails}
    yield {"a": 1, "b": 1, "heads": 0, "tails": 0}
    yield {"a": 0.5, "b": 0.5, "heads": 40, "tails": 0}


def expected(state):
    a, b = (float(one) for one in beta_update(state["a"], state["b"], state["heads"], state["tails"]))
    head, tail = beta_kl(a + 1, b, a, b), beta_kl(a, b + 1, a, b)
    return {
        "gain": beta_kl(a, b, state["a"], state["b"]),
        "reverse": beta_kl(state["a"], state["b"], a, b),
        "next_head": head,
        "next_tail": tail,
        "next": a / (a + b) * head + b / (a + b) * tail,
    }
