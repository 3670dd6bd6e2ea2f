"""Skills that walk to a cell of the open room and stay there."""

import functools
import math

import numpy as np

from lib.gridworld import ACTIONS, open_room
from lib.joint import mutual_information
from lib.skill_bounds import skill_bound
from lib.tabular_skills import state_visits

ROOM = open_room()
NAMES = list(ACTIONS)
LONGEST = 40


def settings(rng):
    for _ in range(205):
        count = int(rng.integers(2, 9))
        yield {
            "places": rng.integers(-4, 5, (count, 2)).tolist(),
            "order": rng.choice(["north", "east"], count).tolist(),
            "skill": int(rng.integers(count)),
            "horizon": int(rng.choice([1, 2, 3, 5, 10, 20, LONGEST])),
        }


def way(place, order):
    """The actions that lead to the cell."""
    east, north = place
    across = ["east" if east > 0 else "west"] * abs(east)
    upright = ["north" if north > 0 else "south"] * abs(north)
    return upright + across if order == "north" else across + upright


def policy(place, order):
    """Stay, but for the cells on the way."""
    table = np.tile(np.eye(5)[NAMES.index("stay")], (1, len(ROOM.cells), 1))
    here = ROOM.cells[ROOM.start]
    for action in way(place, order):
        table[0, ROOM.state(*here)] = np.eye(5)[NAMES.index(action)]
        here = here + ACTIONS[action]
    return table


@functools.cache
def ceilings(skills):
    """A bound for each step, however many follow."""
    return skill_bound(ROOM.transitions, start=ROOM.start, horizon=LONGEST, skills=skills, rounds=1, base=math.e)


def expected(state):
    count, horizon = len(state["places"]), state["horizon"]
    policies = np.stack([policy(*one) for one in zip(state["places"], state["order"], strict=True)])
    visits = state_visits(policies, ROOM.transitions, start=ROOM.start, horizon=horizon)
    return {
        "visits": visits,
        "information": mutual_information(visits / count, base=math.e),
        "ceiling": ceilings(count)[:horizon].mean(),
        "log_skills": math.log(count),
        "visited": (visits.sum(axis=0) > 0).sum(),
    }
