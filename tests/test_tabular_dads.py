"""DADS on tables: counts, gradients against differences, and what the training reaches."""

import math

import numpy as np
import pytest

from lib import softmax
from lib.gridworld import from_map
from lib.skill_transitions import dynamics_bound, forward_information, prior_objective, skill_dynamics, transition_joint
from lib.tabular_dads import counted_dynamics, forward_gradient, train_forward

NATS = {"base": math.e}
WORLD = np.random.default_rng(5).dirichlet(np.full(3, 0.7), size=(3, 2))
SETTING = {"start": 0, "horizon": 3}
PRIOR = np.array([0.3, 0.7])


def logits(seed):
    return np.random.default_rng(seed).normal(size=(2, 1, 3, 2))


def slopes(value, theta, step=1e-5):
    moves = step * np.eye(theta.size).reshape(-1, *theta.shape)
    return np.array([(value(theta + m) - value(theta - m)) / (2 * step) for m in moves]).reshape(theta.shape)


def information(theta):
    return forward_information(transition_joint(softmax(theta), WORLD, PRIOR, **SETTING), **NATS)


def objective(theta):
    policy = softmax(theta)
    return prior_objective(transition_joint(policy, WORLD, PRIOR, **SETTING), skill_dynamics(policy, WORLD), PRIOR, **NATS)


@pytest.mark.parametrize("seed", range(3))
def test_with_the_posterior_it_is_the_gradient_of_the_information(seed):
    ours = forward_gradient(logits(seed), WORLD, PRIOR, rival="posterior", **SETTING)
    np.testing.assert_allclose(ours, slopes(information, logits(seed)), atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_with_the_prior_it_is_the_gradient_of_a_reward_held_fixed_and_not_of_the_objective(seed):
    policy = softmax(logits(seed))
    dynamics = skill_dynamics(policy, WORLD)
    reward = np.log(dynamics) - np.log(np.tensordot(PRIOR, dynamics, 1))

    def paid(theta):
        return (transition_joint(softmax(theta), WORLD, PRIOR, **SETTING) * reward).sum()

    ours = forward_gradient(logits(seed), WORLD, PRIOR, **SETTING)
    np.testing.assert_allclose(ours, slopes(paid, logits(seed)), atol=1e-9)
    assert np.abs(ours - slopes(objective, logits(seed))).max() > 0.02 * np.abs(ours).max()


def test_the_entropy_weight_adds_the_gradient_of_the_entropy_of_the_actions():
    def entropy(theta):
        policy = softmax(theta)
        visits = transition_joint(policy, WORLD, PRIOR, **SETTING).sum(axis=2)
        return -(visits[..., None] * policy[:, 0] * np.log(policy[:, 0])).sum()

    told = {"rival": "posterior", **SETTING}
    more = forward_gradient(logits(0), WORLD, PRIOR, entropy_weight=0.3, **told) - forward_gradient(logits(0), WORLD, PRIOR, **told)
    np.testing.assert_allclose(more, 0.3 * slopes(entropy, logits(0)), atol=1e-9)


def test_counts_by_hand_and_the_bound_that_they_prove():
    np.testing.assert_allclose(counted_dynamics([[[3, 1], [0, 0]]], smoothing=1.0)[0], [[4 / 6, 2 / 6], [0.5, 0.5]])
    policy = softmax(logits(1))
    joint, rng = transition_joint(policy, WORLD, PRIOR, **SETTING), np.random.default_rng(0)
    gaps = []
    for n in (100, 10_000, 1_000_000):
        counts = rng.multinomial(n, joint.ravel()).reshape(joint.shape)
        bound, gap = dynamics_bound(joint, counted_dynamics(counts))
        assert bound < forward_information(joint)
        gaps.append(gap)
    assert gaps[0] > 5 * gaps[1] > 25 * gaps[2]


def test_training_climbs_to_what_two_skills_can_have_in_a_plus():
    plus = from_map("#.#\n.S.\n#.#")
    begin = 0.1 * np.random.default_rng(0).standard_normal((2, 1, 5, 5))
    for rival in ("prior", "posterior"):
        skills = train_forward(begin, plus.transitions, start=plus.start, horizon=6, entropy_weights=np.zeros(200), rival=rival)
        # Alone on arms of their own they have told all, and the exact form pays them nothing more there.
        assert skills.history["reward"][-1] > {"prior": 0.97, "posterior": 0.75}[rival] * math.log(2)
        assert skills.history["reward"].max() <= math.log(2) + 1e-12


def test_the_callback_sees_every_step_and_the_beginning_is_left_alone():
    begin, seen = logits(0), []
    kept = begin.copy()

    def callback(step, history):
        seen.append((step, len(history["reward"])))

    train_forward(begin, WORLD, entropy_weights=[0.1, 0.0], callback=callback, **SETTING)
    assert seen == [(0, 1), (1, 2)]
    assert (begin == kept).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: counted_dynamics([[1, 2]]), r"`counts` must have shape \(skills, states, states\)"),
        (lambda: counted_dynamics([[[-1, 2], [0, 0]]]), "`counts` must not be negative"),
        (lambda: counted_dynamics([[[math.nan, 2], [0, 0]]]), "`counts` must not be NaN"),
        (lambda: counted_dynamics([[[1, 2], [0, 0]]], smoothing=0), "`smoothing`"),
        (lambda: forward_gradient(logits(0), WORLD, PRIOR, rival="both", **SETTING), "`rival` must be one of 'prior', 'posterior'"),
        (lambda: forward_gradient(logits(0)[0], WORLD, PRIOR, **SETTING), "`policy` must have shape"),
        (lambda: forward_gradient(logits(0) * np.nan, WORLD, PRIOR, **SETTING), "`logits` must not be NaN"),
        (lambda: train_forward(logits(0), WORLD, entropy_weights=[-1.0], **SETTING), "`entropy_weights`"),
        (lambda: train_forward(logits(0), WORLD, entropy_weights=[0.0], rate=0, **SETTING), "`rate`"),
        (lambda: train_forward(logits(0), WORLD, entropy_weights=[0.0], prior=[1.0, 0.0], **SETTING), "`prior` must be positive"),
    ],
)
def test_bad_arguments_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
