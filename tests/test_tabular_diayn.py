"""Training on tables: unbiased gradients, reproducible runs, the bars, and the errors."""

import math

import numpy as np
import pytest

from lib import mutual_information, softmax
from lib.gridworld import four_rooms, from_map, open_room
from lib.skill_bounds import skill_bound
from lib.tabular_diayn import counted_discriminator, prior_update, sample_episodes, sampled_gradient, train_exact, train_sampled
from lib.tabular_skills import discriminator_gap, policy_gradient, state_marginals, state_visits

NATS = {"base": math.e}
SWAP = np.array([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]])
ROOM = from_map("...\n.S.\n...", slip=0.2)


def test_episodes_follow_the_exact_marginals():
    rng = np.random.default_rng(0)
    policy = softmax(rng.normal(size=(2, 1, 9, 5)))
    states, actions = sample_episodes(policy, ROOM.transitions, np.repeat([0, 1], 20_000), start=4, horizon=3, rng=rng)
    assert states.shape == (4, 40_000) and actions.shape == (3, 40_000) and (states[0] == 4).all()
    marginals = state_marginals(policy, ROOM.transitions, start=4, horizon=3)
    for z in range(2):
        for t in range(4):
            share = np.bincount(states[t, z * 20_000 : (z + 1) * 20_000], minlength=9) / 20_000
            assert np.abs(share - marginals[z, t]).max() < 4.5 * 0.5 / math.sqrt(20_000)
    first = np.bincount(actions[0, :20_000], minlength=5) / 20_000
    assert np.abs(first - policy[0, 0, 4]).max() < 4.5 * 0.5 / math.sqrt(20_000)


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_the_sampled_gradient_is_unbiased(weight):
    rng = np.random.default_rng(1)
    logits, reward = rng.normal(size=(2, 1, 9, 5)), rng.normal(size=(2, 9))
    policy, skills = softmax(logits), np.repeat([0, 1], 4)
    batches = []
    for _ in range(3000):
        states, actions = sample_episodes(policy, ROOM.transitions, skills, start=4, horizon=3, rng=rng)
        batches.append(sampled_gradient(policy, states, actions, skills, reward, entropy_weight=weight))
    options = {"start": 4, "horizon": 3, "entropy_weight": weight}
    exact = policy_gradient(logits, ROOM.transitions, reward, **options) / 2  # each skill has half of the episodes
    error = np.std(batches, axis=0) / math.sqrt(3000)
    there = error > 0
    z = (np.mean(batches, axis=0) - exact)[there] / error[there]
    assert np.abs(z).max() < 4.5 and 0.6 < z.std() < 1.4
    assert np.abs(exact[~there]).max(initial=0) < 1e-12


def test_the_baseline_is_that_of_the_other_episodes():
    policy = np.full((1, 1, 2, 2), 0.5)
    states, actions = [[0, 0, 0], [0, 1, 1]], [[0, 1, 1]]
    found = sampled_gradient(policy, states, actions, [0, 0, 0], [[0.0, 1.0]])
    # returns 0, 1, 1; baselines 1, 1/2, 1/2; advantages -1, 1/2, 1/2; scores (1/2, -1/2) and (-1/2, 1/2)
    np.testing.assert_allclose(found[0, 0, 0], np.array([-1.0, 1.0]) / 3, rtol=1e-14)


def run(make, *, steps, seeds):
    world = make()
    setting = {"start": world.start, "horizon": 20}
    ceiling = skill_bound(world.transitions, **setting, skills=8, **NATS).mean()
    found = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        begin = 0.1 * rng.standard_normal((8, 1, len(world.cells), 5))
        weights = 0.3 * np.clip(1 - np.arange(steps) / (0.7 * steps), 0, 1)
        skills = train_sampled(begin, world.transitions, **setting, entropy_weights=weights, rng=rng)
        visits = state_visits(softmax(skills.logits), world.transitions, **setting)
        gap = discriminator_gap(visits, skills.prior, skills.discriminator, **NATS)
        found.append((mutual_information(visits / 8, **NATS) / ceiling, gap))
    return np.array(found).T


@pytest.mark.parametrize("make", [open_room, four_rooms])
def test_samples_reach_95_percent_of_the_ceiling(make):
    share, gap = run(make, steps=600, seeds=5)
    assert np.median(share) > 0.95 and share.max() <= 1
    assert gap.max() < 0.005


@pytest.mark.parametrize("make", [open_room, four_rooms])
def test_exact_gradients_reach_98_percent_of_the_ceiling(make):
    world = make()
    setting = {"start": world.start, "horizon": 20}
    begin = 0.1 * np.random.default_rng(3).standard_normal((10, 8, 1, len(world.cells), 5))
    weights = 0.1 * np.clip(1 - np.arange(300) / 210, 0, 1)
    information = train_exact(begin, world.transitions, **setting, entropy_weights=weights).history["information"][-1]
    share = information / skill_bound(world.transitions, **setting, skills=8, **NATS).mean()
    assert np.median(share) > 0.98 and share.max() <= 1 + 1e-12


def test_the_same_seed_gives_the_same_skills():
    options = {"start": 4, "horizon": 5, "entropy_weights": np.zeros(30)}
    runs = [train_sampled(np.zeros((2, 1, 9, 5)), ROOM.transitions, **options, rng=np.random.default_rng(7)) for _ in range(2)]
    assert (runs[0].logits == runs[1].logits).all() and (runs[0].history["bound"] == runs[1].history["bound"]).all()


def test_a_training_leaves_its_beginning_as_it_was():
    begin = np.random.default_rng(2).normal(size=(2, 1, 9, 5))
    kept = begin.copy()
    train_exact(begin, ROOM.transitions, start=4, horizon=5, entropy_weights=np.zeros(5))
    train_sampled(begin, ROOM.transitions, start=4, horizon=5, entropy_weights=np.zeros(5), rng=np.random.default_rng(0))
    assert (begin == kept).all()


def test_a_callback_is_told_of_each_step():
    seen = []
    begin = np.random.default_rng(2).normal(size=(2, 1, 9, 5))
    options = {"start": 4, "horizon": 5, "entropy_weights": np.zeros(4)}
    train_exact(begin, ROOM.transitions, **options, callback=lambda step, history: seen.append((step, len(history["information"]))))
    assert seen == [(0, 1), (1, 2), (2, 3), (3, 4)]


def test_a_learnt_prior_never_beats_a_uniform_one_in_number():
    begin = 0.1 * np.random.default_rng(4).standard_normal((2, 6, 1, 9, 5))
    options = {"start": 4, "horizon": 10, "entropy_weights": np.zeros(60)}
    fixed, free = (train_exact(begin, ROOM.transitions, **options, learn_prior=learn) for learn in (False, True))
    np.testing.assert_allclose(fixed.history["skills"], 6, rtol=1e-12)
    assert (free.history["skills"][1:] < 6).all()
    np.testing.assert_allclose(free.prior.sum(axis=-1), 1, rtol=1e-12)
    sampled = train_sampled(begin[0], ROOM.transitions, **options, rng=np.random.default_rng(0), learn_prior=True)
    assert sampled.history["skills"].min() < 5.5


def test_a_prior_by_hand():
    np.testing.assert_allclose(prior_update([0.2, 0.8], [math.log(2), 0.0]), [1 / 3, 2 / 3], rtol=1e-14)


LOGITS, RNG = np.zeros((2, 1, 2, 2)), np.random.default_rng(0)
BASICS = {"start": 0, "horizon": 2}
POLICY = np.full((2, 1, 2, 2), 0.5)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: train_exact(LOGITS[0], SWAP, **BASICS, entropy_weights=[0.0]), r"`logits` must have shape \(..., skills, t"),
        (lambda: train_exact(LOGITS, SWAP, **BASICS, entropy_weights=[-1.0]), "`entropy_weights` must be a vector of numbers"),
        (lambda: train_exact(LOGITS, SWAP, **BASICS, entropy_weights=[math.nan]), "`entropy_weights` must not be NaN"),
        (lambda: train_exact(LOGITS, SWAP, **BASICS, entropy_weights=[0.0], rate=0), "`rate` must be positive"),
        (lambda: train_exact(LOGITS, SWAP, **BASICS, entropy_weights=[0.0], prior=[1.0]), "`prior` must have one probability"),
        (lambda: train_sampled(LOGITS[None], SWAP, **BASICS, entropy_weights=[0.0], rng=RNG), r"`logits` must have shape \(skills, 1"),
        (lambda: train_sampled(LOGITS, SWAP, **BASICS, entropy_weights=[0.0], rng=RNG, episodes=1), "`episodes` must be an integer"),
        (lambda: train_sampled(LOGITS, SWAP, **BASICS, entropy_weights=[0.0], rng=RNG, smoothing=0), "`smoothing` must be positive"),
        (lambda: sample_episodes(POLICY, SWAP, [2], **BASICS, rng=RNG), "`skills` must be a vector of integers from 0 to 1"),
        (lambda: sample_episodes(POLICY, SWAP, [-1], **BASICS, rng=RNG), "`skills` must not be negative"),
        (lambda: sample_episodes(POLICY[0], SWAP, [0], **BASICS, rng=RNG), r"`policy` must have shape \(skills, t, states, actions\)"),
        (lambda: counted_discriminator([[1.0, -1.0]]), "`counts` must not be negative"),
        (lambda: counted_discriminator([1.0, 2.0]), r"`counts` must have shape \(skills, states\)"),
        (lambda: sampled_gradient(POLICY, [[0], [1]], [[1]], [0], np.zeros((2, 2))), "for the baseline; skill 0 is there once"),
        (lambda: sampled_gradient(POLICY, [[0, 0]], [[1, 1]], [0, 0], np.zeros((2, 2))), "`states`, `actions` and `skills` must have"),
        (lambda: sampled_gradient(POLICY, [[0, 0], [1, 1]], [[1, 1]], [0, 0], np.zeros(2)), "`policy` and `reward` must have shapes"),
        (lambda: prior_update([0.5, 0.5], [0.0, math.inf]), "`rewards` must be finite"),
        (lambda: prior_update([1.0, 0.0], [0.0, 0.0]), "`prior` must be positive"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
