"""The claims about skills, on worlds whose optimum is known."""

import inspect
import math

import numpy as np
import pytest

from lib import conditional_entropy, entropy, mutual_information, softmax
from lib.gridworld import ACTIONS, from_map, open_room
from lib.skill_bounds import skill_bound
from lib.tabular_diayn import prior_update, train_exact, train_sampled
from lib.tabular_skills import objective_by_entropies, objective_by_information, state_marginals, state_visits

NATS = {"base": math.e}
ROOM = from_map("...\n.S.\n...")


def learnt(world, skills, weights, *, horizon, seed=0, runs=1):
    begin = 0.1 * np.random.default_rng(seed).standard_normal((runs, skills, 1, len(world.cells), 5))
    return train_exact(begin, world.transitions, start=world.start, horizon=horizon, entropy_weights=weights)


def visits_of(skills, world, horizon):
    return state_visits(softmax(skills.logits), world.transitions, start=world.start, horizon=horizon)


def test_s3_12_holds_skills_learnt_without_a_reward_are_told_apart():
    for train in (train_exact, train_sampled):
        assert not [name for name in inspect.signature(train).parameters if "reward" in name]
    ceiling = skill_bound(ROOM.transitions, start=ROOM.start, horizon=10, skills=4, **NATS).mean()
    weights = 0.1 * np.clip(1 - np.arange(200) / 140, 0, 1)
    exact = learnt(ROOM, 4, weights, horizon=10, runs=5).history["information"][-1] / ceiling
    assert np.median(exact) > 0.97 and exact.max() <= 1 + 1e-12
    rng = np.random.default_rng(1)
    begin = 0.1 * rng.standard_normal((4, 1, 9, 5))
    sampled = train_sampled(begin, ROOM.transitions, start=ROOM.start, horizon=10, entropy_weights=weights, rng=rng)
    assert mutual_information(visits_of(sampled, ROOM, 10) / 4, **NATS) > 0.9 * ceiling


def test_s3_12_holds_the_entropy_of_the_actions_brings_coverage():
    world, states = open_room(), {}
    for weight in (0, 1):
        skills = learnt(world, 8, np.full(100, weight), horizon=20)
        states[weight] = np.exp(entropy(visits_of(skills, world, 20)[0].mean(axis=0), **NATS))
    assert states[1] > 1.5 * states[0]


def test_s3_13_holds_the_action_depends_on_state_and_skill():
    policy = softmax(learnt(ROOM, 4, np.zeros(100), horizon=5).logits)[0, :, 0]
    assert policy.shape == (4, 9, 5)
    assert np.ptp(policy[:, ROOM.start], axis=0).max() > 0.9  # the same state, other skills
    assert np.ptp(policy[0], axis=0).max() > 0.5  # the same skill, other states


def test_s3_14_holds_where_there_are_no_more_states_than_skills():
    plus = from_map("#.#\n.S.\n#.#")
    skills = learnt(plus, 5, np.zeros(600), horizon=1, runs=4)
    best = skills.history["information"][-1].argmax()
    assert skills.history["information"][-1][best] == pytest.approx(math.log(5), abs=1e-3)
    assert (visits_of(skills, plus, 1)[best].sum(axis=0) > 0.99).all()


def test_s3_14_fails_at_an_optimum_that_leaves_states_unvisited():
    world, moves = open_room(), list(ACTIONS)
    plans = ["stay stay", "east stay", "north north", "north east", "south south", "south east", "west west", "west north"]
    joint = np.zeros((8, 9, 9))
    for z, plan in enumerate(plans):  # walked by hand, without the library's tables
        here = np.array([4, 4])
        for step in range(20):
            here = here + ACTIONS[plan.split()[step] if step < 2 else "stay"]
            joint[z, *here] += 1 / 160
    assert set(" ".join(plans).split()) <= set(moves)
    bound = skill_bound(world.transitions, start=world.start, horizon=20, skills=8, **NATS).mean()
    assert mutual_information(joint.reshape(8, 81), **NATS) == pytest.approx(bound, rel=1e-12)
    assert (joint.sum(axis=0) == 0).sum() == 70


def test_s3_17_holds_with_a_uniform_prior_only_the_conditional_entropy_falls():
    begin = learnt(ROOM, 4, np.zeros(1), horizon=10)
    after = learnt(ROOM, 4, np.zeros(150), horizon=10)
    joints = [visits_of(skills, ROOM, 10)[0] / 4 for skills in (begin, after)]
    for joint in joints:
        assert entropy(joint.sum(axis=1), **NATS) == pytest.approx(math.log(4), rel=1e-12)
    gain = mutual_information(joints[1], **NATS) - mutual_information(joints[0], **NATS)
    fall = conditional_entropy(joints[0], given="y", **NATS) - conditional_entropy(joints[1], given="y", **NATS)
    assert gain == pytest.approx(fall, rel=1e-10) and gain > 1


def test_s3_17_fails_where_a_learnt_prior_lowers_the_entropy_of_skills():
    visits, prior, seen = np.array([[1.0, 0], [0, 1], [0.5, 0.5]]), np.full(3, 1 / 3), []
    for _ in range(40):
        joint = prior[:, None] * visits
        seen.append((mutual_information(joint, **NATS), entropy(prior, **NATS)))
        prior = prior_update(prior, [math.log(1 / joint[:, 0].sum()), math.log(1 / joint[:, 1].sum()), 0.0])
    information, of_skills = np.array(seen).T
    assert (np.diff(information) >= -1e-15).all() and information[-1] == pytest.approx(math.log(2), abs=1e-9)
    assert of_skills[0] == pytest.approx(math.log(3)) and of_skills[-1] == pytest.approx(math.log(2), abs=1e-6)


def test_s3_18_holds_both_forms_of_the_objective_agree():
    for joint in np.random.default_rng(0).dirichlet(np.full(60, 0.2), size=200).reshape(-1, 3, 5, 4):
        assert abs(objective_by_information(joint, **NATS) - objective_by_entropies(joint, **NATS)) < 1e-12


def test_s3_18_holds_the_weight_raises_the_entropy_of_the_actions():
    found = []
    for weight in (0.0, 0.3, 3.0):
        skills = learnt(ROOM, 4, np.full(150, weight), horizon=10)
        policy = softmax(skills.logits)[0]
        before = state_marginals(policy, ROOM.transitions, start=ROOM.start, horizon=10)[:, :-1].mean(axis=1)
        found.append(((before * entropy(policy[:, 0], **NATS)).sum() / 4, skills.history["information"][-1][0]))
    acts, information = np.array(found).T
    assert (np.diff(acts) > 0.05).all() and information[2] < information[0] - 0.1
