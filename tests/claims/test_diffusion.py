"""The claims on diffusion models."""

import math

import numpy as np
from scipy import optimize

from lib import softmax
from lib.diffusion_chain import chain_joints, make_schedule, reverse_posterior, step_identity

NATS = {"base": math.e}


def chains(seeds=10, k=4):
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        yield rng, chain_joints(rng.dirichlet(np.ones(k)), rng.dirichlet(np.ones(k), size=(5, k)))


def test_s4_10_holds_the_difference_is_an_information_that_does_not_move_with_the_model():
    for rng, joints in chains():
        for joint in joints:
            values = np.array([step_identity(joint, rng.dirichlet(np.ones(4), size=4), **NATS) for _ in range(3)])
            assert np.abs(values[:, 0] - values[:, 1] - values[:, 2]).max() < 1e-12
            assert np.ptp(values[:, 2]) < 1e-15


def test_s4_10_holds_training_on_the_datum_finds_the_true_reverse():
    _, joints = next(chains(1))
    joint = joints[2]
    loss = lambda logits: step_identity(joint, softmax(logits.reshape(4, 4)), **NATS)[0]
    found = softmax(optimize.minimize(loss, np.zeros(16), tol=1e-10).x.reshape(4, 4))
    pair = joint.sum(axis=0).T
    np.testing.assert_allclose(found, pair / pair.sum(axis=1, keepdims=True), atol=1e-4)


def test_s4_10_fails_as_a_value_the_best_model_still_pays_the_information():
    for _, joints in chains():
        pair = joints[1].sum(axis=0).T
        conditional, marginal, information = step_identity(joints[1], pair / pair.sum(axis=1, keepdims=True), **NATS)
        assert marginal < 1e-12
        assert conditional > 0.01
        assert abs(conditional - information) < 1e-12


def test_s4_10_fails_for_a_single_datum_whose_own_loss_has_another_best_model():
    for _, joints in chains():
        joint = joints[1]  # of x_0, x_1 and x_2: later steps have forgotten more of the datum
        one = joint[0] / joint[0].sum(axis=0)  # q(x_1 | x_2, x_0 = 0), the best for that datum
        pair = joint.sum(axis=0)
        assert np.abs(one - pair / pair.sum(axis=0)).max() > 0.01


HILLS, CHAIN = np.array([-1.0, 1.0]), make_schedule([0.1, 0.7])


def passing_near(x_t, n=2_000_000, width=0.03):
    """Return x_0 and x_1 of chains whose x_2 lies near x_t."""
    rng = np.random.default_rng(0)
    x_0 = rng.choice(HILLS, n) + 0.2 * rng.standard_normal(n)
    x_1 = math.sqrt(0.9) * x_0 + math.sqrt(0.1) * rng.standard_normal(n)
    x_2 = math.sqrt(0.3) * x_1 + math.sqrt(0.7) * rng.standard_normal(n)
    near = np.abs(x_2 - x_t) < width
    return x_0[near], x_1[near]


def test_s4_11_counterexample_without_the_datum_it_is_a_mixture_and_no_gaussian():
    _, x_1 = passing_near(0.0)
    sd = x_1.std()
    kurtosis = ((x_1 - x_1.mean()) ** 4).mean() / sd**4
    assert len(x_1) > 20_000
    assert kurtosis < 2  # a Gaussian has 3, with a standard error of sqrt(24 / n) = 0.04 at most


def test_s4_11_counterexample_other_data_have_another_reverse_from_the_same_chain():
    beta, kept = 0.7, 0.9
    means = []
    for variance in (0.5, 2.0):  # Gaussian data: the step back is a regression on x_2
        before = kept * variance + 1 - kept
        means.append(math.sqrt(1 - beta) * before / ((1 - beta) * before + beta))
    assert abs(means[0] - means[1]) > 0.1


def test_s4_11_holds_with_the_datum_it_is_the_known_gaussian():
    x_0, x_1 = passing_near(0.5)
    mean, variance = reverse_posterior(x_0[:, None], np.full((len(x_0), 1), 0.5), 2, CHAIN)
    scaled = (x_1 - mean[:, 0]) / math.sqrt(variance)
    n = len(scaled)
    assert abs(scaled.mean()) < 4 / math.sqrt(n) + 0.01  # and what the width of the window leaves
    assert abs(scaled.var() - 1) < 4 * math.sqrt(2 / n) + 0.01
    assert abs((scaled**4).mean() - 3) < 4 * math.sqrt(96 / n) + 0.02
