"""The labelled equations of the chapter, both sides by different routes."""

import math

import numpy as np
import pytest
import torch
from mpmath import mp
from scipy import optimize, special

from lib import focal

ETA = np.array([0.55, 0.3, 0.15])
GAMMAS = (1.0, 2.0, 3.5)


def softmax(z):
    return special.softmax(np.asarray(z), axis=-1)


def kl(p, q):
    return float(special.rel_entr(p, q).sum())


def rows(x):
    return torch.tensor(np.atleast_2d(x), dtype=torch.float64)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_eq_focal_loss(gamma):
    z = np.array([0.3, -1.0, 2.0])
    for y in range(3):
        q_y = softmax(z)[y]
        found = focal.focal_kl(rows(z), rows(np.eye(3)[y]), gamma=gamma).item()
        assert found == pytest.approx((1 - q_y) ** gamma * -math.log(q_y), rel=1e-12)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_eq_focal_forms(gamma):
    for z in np.random.default_rng(0).normal(size=(20, 3)):
        q, d = softmax(z), kl(ETA, softmax(z))
        assert focal.focal_kl(rows(z), rows(ETA), gamma=gamma).item() == pytest.approx((1 - math.exp(-d)) ** gamma * d, rel=1e-9)
        by_class = sum(p * (1 - x) ** gamma * math.log(p / x) for p, x in zip(ETA, q))
        assert focal.class_focal_kl(rows(z), rows(ETA), gamma=gamma).item() == pytest.approx(by_class, rel=1e-10, abs=1e-13)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_eq_focal_gradient(gamma):
    z = [0.3, -1.0, 1.2]
    with mp.workdps(40):

        def loss(*logits):
            total = sum(mp.exp(x) for x in logits)
            d = sum(mp.mpf(p) * mp.log(mp.mpf(p) * total / mp.exp(x)) for p, x in zip(ETA.tolist(), logits))
            return (1 - mp.exp(-d)) ** gamma * d

        by_differences = [float(mp.diff(loss, tuple(z), tuple(int(i == j) for j in range(3)))) for i in range(3)]
    d = kl(ETA, softmax(z))
    missed = 1 - math.exp(-d)
    weight = missed**gamma + gamma * d * math.exp(-d) * missed ** (gamma - 1)
    np.testing.assert_allclose(weight * (softmax(z) - ETA), by_differences, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_eq_focal_minimiser(gamma):
    found = optimize.minimize(lambda z: -(ETA * (1 - softmax(z)) ** gamma * np.log(softmax(z))).sum(), np.zeros(3), tol=1e-13)
    q = softmax(found.x)
    phi = (1 - q) ** gamma - gamma * (1 - q) ** (gamma - 1) * q * np.log(q)
    np.testing.assert_allclose(q / phi / (q / phi).sum(), ETA, atol=1e-5)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_eq_focal_detached(gamma):
    def pull(z):  # the mean gradient of the detached loss, over labels drawn with eta
        gradient = focal.logit_gradient(rows([[z, 0.0]] * 2), torch.eye(2, dtype=torch.float64), gamma=gamma, detach=True)
        return (0.8 * gradient[0] + 0.2 * gradient[1])[0].item()

    assert optimize.brentq(pull, -5, 5) == pytest.approx(math.log(0.8 / 0.2) / (1 + gamma), abs=1e-9)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_eq_focal_class_slope(gamma):
    def by_class(q):
        return (ETA * (1 - q) ** gamma * np.log(ETA / q)).sum()

    for i, e in enumerate(np.eye(3) * 1e-6):
        assert (by_class(ETA + e) - by_class(ETA - e)) / 2e-6 == pytest.approx(-((1 - ETA[i]) ** gamma), rel=1e-7)
