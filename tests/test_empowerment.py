"""Empowerment of small worlds: by counting, by hand, and by enumerating policies another way."""

import itertools
import math

import numpy as np
import pytest

from lib import mutual_information
from lib.channels import capacity
from lib.empowerment import empowerment, policy_laws, reachable_states, sequence_laws

PLANS = (["...", "...", "..."], ["....#", ".#...", "....."], ["......"])


def grid(plan, slip=0.0):
    cells = [(r, c) for r, row in enumerate(plan) for c, here in enumerate(row) if here == "."]
    world = np.zeros((len(cells), 5, len(cells)))
    for s, (r, c) in enumerate(cells):
        for a, (down, right) in enumerate([(0, 0), (-1, 0), (0, 1), (1, 0), (0, -1)]):
            there = (r + down, c + right)
            world[s, a, cells.index(there) if there in cells else s] += 1 - slip
            world[s, a, s] += slip
    return world


def random_world(seed, s=4, a=2, concentration=0.5):
    return np.random.default_rng(seed).dirichlet(np.full(s, concentration), size=(s, a))


def walk(world, start, actions):
    law = np.eye(len(world))[start]
    for action in actions:
        law = law @ world[:, action]
    return law


def same_laws(found, expected):
    """Whether two collections hold the same laws, repeated or not."""
    distances = np.abs(found[:, None] - expected[None]).max(axis=-1)
    return distances.min(axis=0).max() < 1e-9 and distances.min(axis=1).max() < 1e-9


# Laws


@pytest.mark.parametrize("n", [1, 2, 3])
def test_sequences_are_walked_one_by_one(n):
    for seed in range(5):
        world = random_world(seed, a=3)
        expected = np.array([walk(world, 1, actions) for actions in itertools.product(range(3), repeat=n)])
        found = sequence_laws(world, 1, n)
        assert len(found) == 3**n
        assert same_laws(found, expected)


def test_laws_that_agree_are_one():
    assert len(sequence_laws(grid(PLANS[0]), 4, 2)) == 9  # 25 sequences
    assert len(sequence_laws(grid(PLANS[0], slip=0.2), 4, 2)) < 25


@pytest.mark.parametrize("n", [1, 2])
def test_policies_are_all_functions_from_time_and_state_to_action(n):
    for seed in range(5):
        world = random_world(seed, s=3)
        expected = []
        for table in itertools.product(range(2), repeat=3 * n):
            law = np.eye(3)[0]
            for actions in np.reshape(table, (n, 3)):
                law = law @ world[np.arange(3), actions]
            expected.append(law)
        assert same_laws(policy_laws(world, 0, n), np.array(expected))


def test_sequences_are_among_the_policies():
    for n in (1, 2, 3):
        world = grid(PLANS[1], slip=0.3)
        found, fixed = policy_laws(world, 2, n), sequence_laws(world, 2, n)
        assert np.abs(fixed[:, None] - found).max(axis=-1).min(axis=1).max() < 1e-9
        assert n == 1 or len(found) > len(fixed)


def test_laws_are_distributions_on_what_can_be_reached():
    world = grid(PLANS[1], slip=0.3)
    for laws in (sequence_laws(world, 5, 2), policy_laws(world, 5, 2)):
        assert np.abs(laws.sum(axis=1) - 1).max() < 1e-14
        assert (laws.any(axis=0) == reachable_states(world, 2)[5]).all()


def test_reach_is_exact_in_the_number_of_steps():
    ring = np.roll(np.eye(5), 1, axis=1)[:, None]  # one action: on to the next
    for n in range(1, 8):
        assert (reachable_states(ring, n).argmax(axis=1) == (np.arange(5) + n) % 5).all()
        assert (reachable_states(ring, n).sum(axis=1) == 1).all()
    assert reachable_states(grid(PLANS[2]), 2).sum(axis=1).tolist() == [3, 4, 5, 5, 4, 3]


# Empowerment


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_in_a_deterministic_world_it_is_the_logarithm_of_a_count(plan, n):
    world = grid(plan)
    counts = reachable_states(world, n).sum(axis=1)
    for feedback in (False, True):
        lower, upper = empowerment(world, n, feedback=feedback, tolerance=1e-9)
        assert lower == pytest.approx(np.log2(counts), abs=1e-12)
        assert upper == pytest.approx(np.log2(counts), abs=1e-12)


def test_an_open_floor_by_hand():
    floor = grid(["." * 9] * 9)
    middle = 4 * 9 + 4
    for n in (1, 2, 3, 4):
        assert empowerment(floor, n)[0][middle] == pytest.approx(math.log2(2 * n * n + 2 * n + 1), abs=1e-12)
        assert empowerment(floor, n)[0][0] == pytest.approx(math.log2((n + 1) * (n + 2) / 2), abs=1e-12)


def test_a_switch_that_may_fail_is_a_z_channel():
    f = 0.25
    world = [[[1, 0], [f, 1 - f]], [[0, 1], [0, 1]]]
    lower, upper = empowerment(world, 1, tolerance=1e-9)
    assert lower == pytest.approx([math.log2(1 + (1 - f) * f ** (f / (1 - f))), 0], abs=1e-9)
    assert (upper - lower).max() <= 1e-9
    # Pressed twice it fails with f squared; one who looks can do no more here.
    for feedback in (False, True):
        twice = empowerment(world, 2, feedback=feedback, tolerance=1e-9)[0][0]
        assert twice == pytest.approx(math.log2(1 + (1 - f**2) * f ** (2 * f**2 / (1 - f**2))), abs=1e-9)


def test_the_gap_is_what_was_asked_for_in_every_state():
    for tolerance in (1e-3, 1e-6):
        world = grid(PLANS[1], slip=0.1)
        lower, upper = empowerment(world, 3, tolerance=tolerance)
        assert (upper - lower).max() <= tolerance * (1 + 1e-9)
        assert (upper - lower).max() > tolerance / 10  # two bounds, not one said twice
        alone = capacity(sequence_laws(world, 5, 3), tolerance=tolerance)
        assert (lower[5], upper[5]) == (alone.lower, alone.upper)


def test_looking_helps_where_actions_fail_and_not_otherwise():
    for slip in (0.1, 0.3):
        world = grid(PLANS[0], slip=slip)
        fixed, looking = (empowerment(world, 2, feedback=f)[0] for f in (False, True))
        assert (looking > fixed + 0.05).all()
        assert empowerment(world, 1, feedback=True)[0] == pytest.approx(empowerment(world, 1)[0], abs=1e-6)


def test_noise_takes_and_steps_give():
    slips = [empowerment(grid(PLANS[0], slip=slip), 2)[0] for slip in (0.0, 0.1, 0.3, 0.6)]
    assert (np.diff(slips, axis=0) < 0).all()
    steps = [empowerment(grid(PLANS[1], slip=0.2), n)[0] for n in (1, 2, 3)]
    assert (np.diff(steps, axis=0) > 0).all()


def test_no_set_of_skills_exceeds_the_ceiling():
    world = random_world(7, s=5, a=3, concentration=0.2)
    ceiling = capacity(policy_laws(world, 0, 2), tolerance=1e-4)
    rng, found = np.random.default_rng(8), []
    for _ in range(300):
        k = rng.integers(2, 9)
        chances = rng.dirichlet(np.full(3, 0.1), size=(k, 2, 5))  # skill, time, state: near to deterministic
        laws = np.array([np.eye(5)[0] @ np.einsum("sa,sat->st", c[0], world) @ np.einsum("sa,sat->st", c[1], world) for c in chances])
        found.append(mutual_information(rng.dirichlet(np.ones(k))[:, None] * laws))
    assert max(found) < ceiling.upper
    assert max(found) > 0.5 * ceiling.lower  # the test is not empty


# Errors

COIN = [[[0.5, 0.5]], [[0.5, 0.5]]]


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: empowerment(np.eye(2), 1), "`transitions` must have shape (s, a, s): state, action, next state; it is (2, 2)"),
        (lambda: empowerment(np.full((2, 1, 3), 1 / 3), 1), "`transitions` must have shape (s, a, s)"),
        (lambda: empowerment([[[0.5, 0.6]], [[0.5, 0.5]]], 1), "`transitions` must sum to 1"),
        (lambda: empowerment([[[math.nan, 1]], [[0.5, 0.5]]], 1), "`transitions` must not be NaN"),
        (lambda: empowerment(COIN, 0), "`n` must be an integer of at least 1; it is 0"),
        (lambda: empowerment(COIN, 1.5), "`n` must be an integer; it is 1.5"),
        (lambda: empowerment(COIN, 1, tolerance=-1), "`tolerance` must be positive; it is -1"),
        (lambda: reachable_states(COIN, 0), "`n` must be an integer of at least 1"),
        (lambda: sequence_laws(COIN, 2, 1), "`start` must be an integer from 0 to 1; it is 2"),
        (lambda: policy_laws(COIN, -1, 1), "`start` must be an integer from 0 to 1; it is -1"),
        (lambda: sequence_laws(random_world(0, a=20), 0, 5), "`n` must leave at most 200,000 laws of the final state; there would be"),
        (lambda: policy_laws(random_world(0, s=6, a=4), 0, 3), "`n` must leave at most 200,000 laws of the final state; there would be"),
    ],
)
def test_bad_input_is_told(call, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        call()
    assert words in str(error.value)
