"""The ceiling: by hand, never passed, reached where it can be."""

import itertools
import math

import numpy as np
import pytest

from lib import mutual_information
from lib.gridworld import four_rooms, from_map, open_room
from lib.skill_bounds import pigeonhole_information, reachable_states, skill_bound, step_bound
from lib.tabular_skills import state_marginals, state_visits

NATS = {"base": math.e}
SWAP = np.array([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]])


def test_pigeons_by_hand():
    assert pigeonhole_information(8, 8) == 3
    assert pigeonhole_information(8, 100) == 3
    assert pigeonhole_information(8, 1) == 0
    assert pigeonhole_information(8, 5) == pytest.approx(3 - 6 / 8, rel=1e-14)
    assert pigeonhole_information(4, 2) == 1
    for k, n in itertools.product(range(1, 12), repeat=2):
        assert pigeonhole_information(k, n) <= min(math.log2(k), math.log2(n)) + 1e-14


@pytest.mark.parametrize("world, counts", [(open_room(), [5, 13, 25, 41]), (four_rooms(), [5, 13, 22, 28])])
def test_how_many_states_are_near(world, counts):
    assert reachable_states(world.transitions, start=world.start, horizon=4).sum(axis=1).tolist() == counts
    bound = skill_bound(world.transitions, start=world.start, horizon=20, skills=8)
    np.testing.assert_allclose(bound, [2.25] + [3] * 19, rtol=1e-14)


@pytest.mark.parametrize("slip", [0.0, 0.4])
def test_no_skills_pass_the_ceiling(slip):
    world, rng = from_map("S.\n..", slip=slip), np.random.default_rng(0)
    bound = skill_bound(world.transitions, start=world.start, horizon=3, skills=3, **NATS)
    best = np.zeros(3)
    for _ in range(300):
        policy = np.eye(5)[rng.integers(5, size=(3, 3, 4))]  # deterministic, with a clock
        marginals = state_marginals(policy, world.transitions, start=world.start, horizon=3)[:, 1:]
        each = [mutual_information(marginals[:, t] / 3, **NATS) for t in range(3)]
        best = np.maximum(best, each)
        assert mutual_information(marginals.mean(axis=1) / 3, **NATS) <= bound.mean() + 1e-12
    assert (best <= bound + 1e-12).all()
    assert best[0] > 0.9 * bound[0]


def test_one_noisy_step_has_the_capacity_of_its_channel():
    # Two actions, each misread with probability e: log 2 - h(e), known in closed form.
    e = 0.2
    world = np.zeros((3, 2, 3))
    world[0] = [[0, 1 - e, e], [0, e, 1 - e]]
    world[1, :, 1] = world[2, :, 2] = 1
    capacity = math.log(2) + e * math.log(e) + (1 - e) * math.log(1 - e)
    found = skill_bound(world, start=0, horizon=1, skills=50, **NATS)
    assert found[0] == pytest.approx(capacity, rel=1e-12)
    assert step_bound(world, [0, 0.5, 0.5], start=0, step=1, **NATS) == pytest.approx(capacity, rel=1e-12)
    assert step_bound(world, [0, 0.9, 0.1], start=0, step=1, **NATS) > capacity


def test_the_search_for_r_comes_near_the_capacity_of_a_lopsided_channel():
    # The Z-channel, whose capacity is log(1 + (1 - e) e^{e / (1 - e)}).
    e = 0.5
    world = np.zeros((3, 2, 3))
    world[0] = [[0, 1, 0], [0, e, 1 - e]]
    world[1, :, 1] = world[2, :, 2] = 1
    capacity = math.log(1 + (1 - e) * e ** (e / (1 - e)))
    found = skill_bound(world, start=0, horizon=1, skills=50, rounds=2000, **NATS)[0]
    assert capacity * (1 - 1e-12) <= found <= capacity + 2e-3


def test_the_search_for_r_plans_over_several_steps():
    # Two ways, and at the end of each one input of the Z-channel.
    world = np.zeros((5, 2, 5))
    world[0, 0, 1] = world[0, 1, 2] = 1
    world[1, :, 3] = 1
    world[2, :, [3, 4]] = 0.5
    world[3, :, 3] = world[4, :, 4] = 1
    found = skill_bound(world, start=0, horizon=2, skills=50, rounds=2000, **NATS)
    assert found[0] == pytest.approx(math.log(2), rel=1e-12)
    assert math.log(1.25) * (1 - 1e-12) <= found[1] <= math.log(1.25) + 2e-3


def test_a_guess_that_excludes_a_reachable_state_proves_nothing():
    assert step_bound(SWAP, [1, 0], start=0, step=1) == math.inf
    assert step_bound(SWAP, [1, 0], start=0, step=3) == math.inf
    one_way = np.array([[[1.0, 0]], [[0, 1.0]]])
    assert step_bound(one_way, [1, 0], start=0, step=2) == 0  # the other state is never seen


def test_the_ceiling_in_bits_is_that_in_nats():
    world = from_map("S..", slip=0.3).transitions
    options = {"start": 0, "horizon": 4, "skills": 3}
    np.testing.assert_allclose(skill_bound(world, **options) * math.log(2), skill_bound(world, **options, **NATS), rtol=1e-14)


def test_more_time_helps():
    bounds = [skill_bound(open_room().transitions, start=40, horizon=t, skills=8).mean() for t in (1, 2, 5, 20)]
    assert (np.diff(bounds) > 0).all()
    visits = state_visits(np.full((2, 1, 81, 5), 0.2), open_room().transitions, start=40, horizon=2)
    assert mutual_information(visits / 2) < 1e-30


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: pigeonhole_information(0, 3), "`skills` must be an integer of at least 1"),
        (lambda: pigeonhole_information(3, 2.5), "`places` must be an integer"),
        (lambda: step_bound(SWAP, [0.5, 0.6], start=0, step=1), "`r` must sum to 1"),
        (lambda: step_bound(SWAP, [1.0], start=0, step=1), "`r` must have one probability for each of the 2 states"),
        (lambda: step_bound(SWAP, [0.5, 0.5], start=0, step=0), "`step` must be an integer of at least 1"),
        (lambda: skill_bound(SWAP, start=5, horizon=1, skills=2), "`start` must be an integer from 0 to 1"),
        (lambda: skill_bound(SWAP, start=0, horizon=1, skills=2, rounds=0), "`rounds` must be an integer of at least 1"),
        (lambda: reachable_states(SWAP, start=0, horizon=0), "`horizon` must be an integer of at least 1"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
