"""Two skills in a corridor, and three kinds of information about their steps."""

import math

import numpy as np

from lib import skill_transitions as exact
from lib.gridworld import from_map
from lib.joint import mutual_information

NATS, EVEN = {"base": math.e}, np.full(2, 1 / 2)


def settings(rng):
    for i, (obey, believed) in enumerate([*rng.uniform((0, 0.02), (1, 0.98), (210, 2)).tolist(), [0, 0.5], [1, 0.5], [0.5, 0.5]]):
        if i % 5 == 0 and 0.02 < obey < 0.98:
            believed = obey
        yield {"obey": obey, "believed": believed, "steps": int(rng.integers(1, 21)), "cells": str(rng.choice([3, 5, 7, 9]))}


def walkers(world, obey):
    policy = np.zeros((2, 1, len(world.cells), 5))  # actions: north, east, south, west, stay
    policy[0, ..., 3] = policy[1, ..., 1] = obey
    policy[0, ..., 1] = policy[1, ..., 3] = 1 - obey
    return policy


def expected(state):
    side = "." * (int(state["cells"]) // 2)
    world = from_map(f"{side}S{side}")
    policy = walkers(world, state["obey"])
    joint = exact.transition_joint(policy, world.transitions, EVEN, start=world.start, horizon=state["steps"])
    truth, q = (exact.skill_dynamics(p, world.transitions) for p in (policy, walkers(world, state["believed"])))
    return {
        "information": exact.forward_information(joint, **NATS),
        "objective": exact.prior_objective(joint, q, EVEN, **NATS),
        "perfect": exact.prior_objective(joint, truth, EVEN, **NATS),
        "excess": exact.prior_excess(joint, truth, EVEN, **NATS),
        "whole": mutual_information(joint.reshape(2, -1), **NATS),
    }
