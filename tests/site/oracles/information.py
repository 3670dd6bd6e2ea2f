"""Information content of two independent events, and of both together."""

from lib.shannon import self_information


def settings(rng):
    for p, q in [*rng.uniform(0.01, 1, (250, 2)).tolist(), [1.0, 1.0], [0.5, 0.01]]:
        yield {"p": p, "q": q}


def expected(state):
    p, q = state["p"], state["q"]
    return {"first": self_information(p), "second": self_information(q), "both": self_information(p * q), "product": p * q}
