"""The claim about DADS: on exact dynamics, and as trained."""

import json
import math
from pathlib import Path

import numpy as np

from lib import mutual_information
from lib.skill_transitions import (
    dynamics_bound,
    forward_information,
    prior_objective,
    reverse_information,
    skill_dynamics,
    transition_joint,
)

RECORD = json.loads((Path(__file__).parents[2] / "data/results/dads.json").read_text(encoding="utf-8"))["cases"]


def random_dynamics(seed):
    rng = np.random.default_rng(seed)
    skills, states, actions, horizon = rng.integers(2, 6, size=4)
    world = rng.dirichlet(np.full(states, 0.3), size=(states, actions))
    policy = rng.dirichlet(np.full(actions, 0.3), size=(skills, 1, states))
    prior = rng.dirichlet(np.full(skills, 1.0)) * 0.9 + 0.1 / skills
    return transition_joint(policy, world, prior, start=0, horizon=int(horizon)), skill_dynamics(policy, world), prior


def test_s3_19_holds_both_decompositions_agree_on_random_dynamics():
    for seed in range(500):
        joint, _, _ = random_dynamics(seed)
        known, there = joint.sum(axis=(0, 2)), 0.0
        for s in known.nonzero()[0]:
            there += known[s] * mutual_information(joint[:, s] / known[s])
        assert abs(forward_information(joint) - reverse_information(joint)) < 1e-12
        assert abs(forward_information(joint) - there) < 1e-12


def test_s3_19_holds_learnt_dynamics_give_a_lower_bound_if_the_marginal_is_true():
    for seed in range(100):
        joint, dynamics, _ = random_dynamics(seed)
        q = np.random.default_rng(seed).dirichlet(np.ones(joint.shape[1]), size=joint.shape[:2])
        assert dynamics_bound(joint, q)[0] < forward_information(joint)
        assert abs(dynamics_bound(joint, dynamics)[0] - forward_information(joint)) < 1e-12


def test_s3_19_holds_what_dads_raises_with_the_prior_in_the_marginal_is_above_it():
    for seed in range(100):
        joint, dynamics, prior = random_dynamics(seed)
        assert prior_objective(joint, dynamics, prior) > forward_information(joint) - 1e-12


def test_s3_19_holds_dads_trained_in_the_plane_raises_its_objective():
    for seed in range(5):
        trained, untrained = (RECORD[f"{method}, seed {seed}"]["forward objective"] for method in ("forward", "untrained"))
        assert untrained < 0.1
        assert 0.7 * math.log(8) < trained <= math.log(8)
