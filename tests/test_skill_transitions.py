"""What the next step tells, exactly: by hand, by brute force, and its laws on random worlds."""

import itertools
import math

import numpy as np
import pytest

from lib import conditional_entropy, kl_divergence, mutual_information
from lib.gridworld import from_map
from lib.skill_transitions import (
    capped_objective,
    dynamics_bound,
    forward_information,
    prior_excess,
    prior_objective,
    reverse_information,
    sampled_objective,
    skill_dynamics,
    transition_joint,
)

NATS = {"base": math.e}
EVEN = [0.5, 0.5]
CORRIDOR = from_map(".S.").transitions


def h(p):
    return -(p * math.log(p) + (1 - p) * math.log(1 - p))


def corridor(obey=0.75, horizon=2):
    """Two skills in three cells from the middle: one walks west, one east, each as often as it obeys."""
    world = from_map(".S.")
    policy = np.zeros((2, 1, 3, 5))
    policy[0, ..., 3] = policy[1, ..., 1] = obey
    policy[0, ..., 1] = policy[1, ..., 3] = 1 - obey
    joint = transition_joint(policy, world.transitions, EVEN, start=1, horizon=horizon)
    return joint, skill_dynamics(policy, world.transitions)


def random_case(seed, *, skills=3, states=4, actions=3, horizon=3):
    rng = np.random.default_rng(seed)
    world = rng.dirichlet(np.full(states, 0.5), size=(states, actions))
    policy = rng.dirichlet(np.full(actions, 0.5), size=(skills, 1, states))
    prior = rng.dirichlet(np.full(skills, 2.0))
    joint = transition_joint(policy, world, prior, start=1, horizon=horizon)
    return joint, skill_dynamics(policy, world), prior


def test_the_corridor_by_hand():
    joint, dynamics = corridor()
    # Half of all steps start in the middle, where both skills are alike; half at an end, where one is 3/4 likely.
    first, second = math.log(2) - h(1 / 4), h(5 / 8) - h(1 / 4)
    assert forward_information(joint, **NATS) == pytest.approx((first + second) / 2, abs=1e-12)
    assert prior_objective(joint, dynamics, EVEN, **NATS) == pytest.approx(first, abs=1e-12)
    assert prior_excess(joint, dynamics, EVEN, **NATS) == pytest.approx((math.log(2) - h(5 / 8)) / 2, abs=1e-12)
    whole = mutual_information(joint.reshape(2, -1), **NATS)
    assert whole == pytest.approx(first + second / 2, abs=1e-12)


def test_the_joint_distribution_is_that_of_all_paths():
    rng = np.random.default_rng(0)
    world, policy = rng.dirichlet(np.ones(3), size=(3, 2)), rng.dirichlet(np.ones(2), size=(2, 1, 3))
    prior, expected = np.array([0.3, 0.7]), np.zeros((2, 3, 3))
    for z, path in itertools.product(range(2), itertools.product(range(3), range(2), range(3), range(2), range(3), range(2))):
        here, chance = 0, prior[z]
        for t in range(3):
            there, act = path[2 * t : 2 * t + 2]
            chance *= policy[z, 0, here, act] * world[here, act, there]
            here = there
        here = 0
        for t in range(3):
            expected[z, here, path[2 * t]] += chance / 3
            here = path[2 * t]
    np.testing.assert_allclose(transition_joint(policy, world, prior, start=0, horizon=3), expected, atol=1e-15)


@pytest.mark.parametrize("seed", range(20))
def test_both_forms_agree_with_each_other_and_with_the_definition(seed):
    joint, _, _ = random_case(seed)
    known = joint.sum(axis=(0, 2))
    by_state = sum(known[s] * mutual_information(joint[:, s] / known[s]) for s in range(4) if known[s] > 0)
    assert abs(forward_information(joint) - reverse_information(joint)) < 1e-12
    assert abs(forward_information(joint) - by_state) < 1e-12


def test_the_unit_is_that_of_the_base():
    joint, dynamics, prior = random_case(0)
    q = 0.5 * dynamics + 0.125
    for measure in (
        forward_information,
        reverse_information,
        lambda j, **b: dynamics_bound(j, q, **b)[0],
        lambda j, **b: dynamics_bound(j, q, **b)[1],
        lambda j, **b: prior_objective(j, q, prior, **b),
        lambda j, **b: prior_excess(j, q, prior, **b),
        lambda j, **b: sampled_objective(j, q, prior, samples=3, **b),
        lambda j, **b: capped_objective(j, q, prior, samples=3, **b),
    ):
        assert measure(joint, **NATS) / measure(joint) == pytest.approx(math.log(2), rel=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_bound_and_gap_add_up_to_the_information(seed):
    joint, dynamics, _ = random_case(seed)
    q = np.random.default_rng(100 + seed).dirichlet(np.ones(4), size=(3, 4))
    bound, gap = dynamics_bound(joint, q)
    assert gap > 0
    assert bound + gap == pytest.approx(forward_information(joint), abs=1e-12)
    bound, gap = dynamics_bound(joint, dynamics)
    assert abs(gap) < 1e-12
    assert bound == pytest.approx(forward_information(joint), abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_the_objective_lies_between_two_informations(seed):
    joint, dynamics, prior = random_case(seed)
    low, high = forward_information(joint), mutual_information(joint.reshape(3, -1))
    middle = prior_objective(joint, dynamics, prior)
    assert low < middle < high
    assert middle - low == pytest.approx(prior_excess(joint, dynamics, prior), abs=1e-12)


def test_the_excess_is_nothing_where_every_state_is_visited_alike():
    joint, dynamics = corridor(horizon=1)
    assert prior_excess(joint, dynamics, EVEN) == pytest.approx(0, abs=1e-15)
    assert prior_objective(joint, dynamics, EVEN) == pytest.approx(forward_information(joint), abs=1e-15)


def test_the_excess_can_be_all_there_is():
    """Skills with a state of their own tell nothing more by their steps, and are paid the most for them."""
    joint = np.zeros((2, 2, 2))
    joint[0, 0, 0] = joint[1, 1, 1] = 0.5
    q = np.array([[[1.0, 0], [1, 0]], [[0, 1], [0, 1]]])
    assert forward_information(joint, **NATS) == 0
    assert prior_objective(joint, q, EVEN, **NATS) == pytest.approx(math.log(2))


def test_no_model_lifts_the_objective_above_what_state_and_step_tell():
    for seed in range(50):
        joint, _, _ = random_case(seed % 5)
        prior = joint.sum(axis=(1, 2))
        q = np.random.default_rng(seed).dirichlet(np.full(4, 0.5), size=(3, 4))
        assert prior_objective(joint, q, prior) < mutual_information(joint.reshape(3, -1))


@pytest.mark.parametrize("samples", [1, 2, 5])
def test_the_means_over_samples_are_those_of_all_tuples(samples):
    joint, dynamics, prior = random_case(3)
    q = 0.8 * dynamics + 0.05
    paper = code = 0.0
    for drawn in itertools.product(range(3), repeat=samples):
        chance = math.prod(prior[i] for i in drawn)
        others = q[list(drawn)]
        paper += chance * (joint * (np.log(q) - np.log(others.mean(axis=0)))).sum()
        code += chance * (joint * np.log(q * (samples + 1) / (q + others.sum(axis=0)))).sum()
    assert sampled_objective(joint, q, prior, samples=samples, **NATS) == pytest.approx(paper, abs=1e-12)
    assert capped_objective(joint, q, prior, samples=samples, **NATS) == pytest.approx(code, abs=1e-12)


def test_few_samples_flatter_the_papers_form_and_starve_the_codes():
    joint, dynamics = corridor()
    limit = prior_objective(joint, dynamics, EVEN)
    paper = [sampled_objective(joint, dynamics, EVEN, samples=n) for n in (1, 2, 8, 64)]
    code = [capped_objective(joint, dynamics, EVEN, samples=n) for n in (1, 2, 8, 64)]
    assert paper == sorted(paper, reverse=True) and paper[-1] > limit
    assert code == sorted(code) and code[-1] < limit
    assert abs(paper[-1] - limit) < 0.01 and abs(code[-1] - limit) < 0.01


@pytest.mark.parametrize("samples", [1, 3, 6])
def test_the_codes_form_is_capped_and_below_what_state_and_step_tell_for_any_model(samples):
    for seed in range(30):
        joint, _, _ = random_case(seed % 6)
        prior = joint.sum(axis=(1, 2))
        q = np.random.default_rng(seed).dirichlet(np.full(4, 0.3), size=(3, 4))
        value = capped_objective(joint, q, prior, samples=samples)
        assert value < mutual_information(joint.reshape(3, -1))
        assert value < math.log2(samples + 1)


def test_the_papers_form_is_infinite_where_a_sample_may_miss_the_only_skill_that_could():
    joint, dynamics = corridor(obey=1.0)
    assert sampled_objective(joint, dynamics, EVEN, samples=4) == math.inf
    cap = capped_objective(joint, dynamics, EVEN, samples=1)
    assert cap == pytest.approx(0.5)  # alone among two half of the time: log2 2, else 0
    assert prior_objective(joint, dynamics, EVEN) == pytest.approx(1.0)


def test_a_model_that_calls_impossible_what_happens_proves_nothing():
    joint, dynamics = corridor()
    sure = corridor(obey=1.0)[1]
    assert dynamics_bound(joint, sure) == (-math.inf, math.inf)
    assert prior_objective(joint, sure, EVEN) == -math.inf
    assert capped_objective(joint, sure, EVEN, samples=2) == -math.inf
    assert sampled_objective(joint, sure, EVEN, samples=2) == -math.inf


def test_the_excess_is_infinite_if_the_mixture_excludes_what_happens():
    joint = np.zeros((2, 2, 2))
    joint[:, 0, 1] = 0.5
    assert prior_excess(joint, [[[1, 0], [0, 1]]] * 2, EVEN) == math.inf


def test_conditional_entropies_are_those_of_the_joint_table():
    joint, dynamics, prior = random_case(7)
    known = joint.sum(axis=0)
    within = known.sum(axis=1) @ [0 if not x.sum() else -(x / x.sum() * np.log2(x / x.sum())).sum() for x in known]
    assert forward_information(joint) == pytest.approx(within - conditional_entropy(joint.reshape(-1, 4), given="x"), abs=1e-12)
    mixture = np.tensordot(prior, dynamics, 1)
    rows = known / known.sum(axis=1, keepdims=True)
    assert prior_excess(joint, dynamics, prior) == pytest.approx(known.sum(axis=1) @ kl_divergence(rows, mixture), abs=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda j, q: forward_information(j[0]), r"`joint` must have shape \(skills, states, states\); it is \(3, 3\)"),
        (lambda j, q: reverse_information(j[:, :2]), "`joint` must have shape"),
        (lambda j, q: forward_information(j * np.nan), "`joint` must not be NaN; it is nan"),
        (lambda j, q: forward_information(2 * j), "`joint` must sum to 1"),
        (lambda j, q: dynamics_bound(j, q[:1]), "`q` must have the shape of `joint`"),
        (lambda j, q: dynamics_bound(j, 2 * q), "`q` must sum to 1"),
        (lambda j, q: prior_objective(j, q, [0.2, 0.3, 0.5]), "one probability for each of the 2 skills"),
        (lambda j, q: prior_excess(j, q, [1.0, 0.0]), "`prior` must be positive"),
        (lambda j, q: sampled_objective(j, q, EVEN, samples=0), "`samples`"),
        (lambda j, q: capped_objective(j, q, EVEN, samples=2_000_000), "`samples` must leave at most 1000000 different samples"),
        (lambda j, q: skill_dynamics(np.full((2, 3, 5), 0.2), CORRIDOR), r"`policy` must have shape \(skills, 1, 3, 5\)"),
        (lambda j, q: transition_joint(np.full((2, 2, 3, 5), 0.2), CORRIDOR, EVEN, start=1, horizon=2), "`policy` must have shape"),
        (lambda j, q: transition_joint(np.full((2, 1, 3, 5), 0.2), CORRIDOR, EVEN, start=3, horizon=2), "`start`"),
    ],
)
def test_bad_arguments_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(*corridor())
