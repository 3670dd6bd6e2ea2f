"""A table of two variables as a square of areas, and its entropies as lengths."""

import numpy as np

from lib.joint import conditional_entropy, joint_entropy, mutual_information
from lib.shannon import entropy


def settings(rng):
    for y, one, zero in [*rng.uniform(0, 1, (250, 3)).tolist(), [0.5, 1, 0], [0.3, 0.4, 0.4], [0, 0.2, 0.7], [1, 1, 1]]:
        yield {"y": y, "one": one, "zero": zero}


def expected(state):
    y = np.array([1 - state["y"], state["y"]])
    x_given_y = np.array([state["zero"], state["one"]])
    joint = np.stack([(1 - x_given_y) * y, x_given_y * y])
    return {
        "joint": joint,
        "mutual": mutual_information(joint),
        "h_x": entropy(joint.sum(axis=1)),
        "h_y": entropy(joint.sum(axis=0)),
        "h_xy": joint_entropy(joint),
        "h_x_given_y": conditional_entropy(joint, given="y"),
        "h_y_given_x": conditional_entropy(joint, given="x"),
    }
