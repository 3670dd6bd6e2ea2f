"""Joint distributions of skill, state and next state, and models of the next state."""

import numpy as np

from lib._checks.discrete import distribution
from lib._checks.numbers import finite


def skill_transitions(joint):
    """Return probabilities p(z, s, s') of shape (skills, states, states) that sum to 1."""
    joint = finite(joint, "joint")
    if joint.ndim != 3 or joint.shape[1] != joint.shape[2]:
        raise ValueError(f"`joint` must have shape (skills, states, states); it is {joint.shape}")
    return distribution(joint.ravel(), "joint").reshape(joint.shape)


def skill_dynamics(q, joint):
    """Return a model q(s' | s, z), each row a distribution, of the shape of `joint`."""
    q = distribution(q, "q")
    if q.shape != joint.shape:
        raise ValueError(f"`q` must have the shape of `joint`, {joint.shape}; it is {q.shape}")
    return q


def stationary_policies(policy, transitions):
    """Return policies of shape (skills, 1, states, actions), which don't look at the clock."""
    policy = distribution(policy, "policy")
    if policy.ndim != 4 or policy.shape[1:] != (1, *transitions.shape[:2]):
        states, actions = transitions.shape[:2]
        raise ValueError(f"`policy` must have shape (skills, 1, {states}, {actions}); it is {np.shape(policy)}")
    return policy
