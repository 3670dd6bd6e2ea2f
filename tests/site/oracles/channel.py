"""A channel with two inputs and two outputs."""

import numpy as np

from lib.channels import blahut_arimoto_step, capacity, input_divergences
from lib.joint import mutual_information


def settings(rng):
    found = 0
    while found < 220:
        p, wrong_0, wrong_1 = rng.uniform((0.001, 0, 0), (0.999, 1, 1)).tolist()
        if abs(1 - wrong_0 - wrong_1) > 0.03:  # the iteration is slow where hardly anything arrives
            found += 1
            yield {"p": p, "wrong_0": wrong_0, "wrong_1": wrong_1}
    for wrong_0, wrong_1 in ([0, 0], [1, 1], [0, 0.5], [0.25, 0.75], [0.3, 0.3]):
        yield {"p": 0.3, "wrong_0": wrong_0, "wrong_1": wrong_1}


def expected(state):
    channel = np.array([[1 - state["wrong_0"], state["wrong_0"]], [state["wrong_1"], 1 - state["wrong_1"]]])
    prior = np.array([1 - state["p"], state["p"]])
    divergences = input_divergences(prior, channel)
    return {
        "divergences": divergences,
        "improved": blahut_arimoto_step(prior, channel)[1],
        "upper": divergences.max(),
        "information": mutual_information(prior[:, None] * channel),
        "capacity": capacity(channel, tolerance=2e-12).lower,
    }
