"""The claim about how the unknown posterior is replaced, shown without the library's own bound."""

import math

import numpy as np
import pytest

from lib import mutual_information
from lib.channels import decoder_bound


def skills_in_a_random_world(seed, k=4, s=6, a=3, steps=2):
    """Return p(z, s) of the state after some steps, summed over every path."""
    rng = np.random.default_rng(seed)
    world, policies = rng.dirichlet(np.full(s, 0.2), size=(s, a)), rng.dirichlet(np.full(a, 0.2), size=(k, s))
    joint = np.zeros((k, s))
    for z in range(k):
        law = np.eye(s)[0]
        for _ in range(steps):
            law = sum(law[i] * policies[z, i, j] * world[i, j] for i in range(s) for j in range(a))
        joint[z] = law / k
    return joint, rng


def plain_kl(p, q):
    return sum(a * math.log(a / b) for a, b in zip(p, q) if a > 0)


def test_s3_20_holds_as_the_bound_of_barber_and_agakov_with_its_gap():
    for seed in range(50):
        joint, rng = skills_in_a_random_world(seed)
        (k, s), p_s = joint.shape, joint.sum(axis=0)
        q = rng.dirichlet(np.ones(k), size=s)
        bound = math.log(k) + sum(joint[z, i] * math.log(q[i, z]) for z in range(k) for i in range(s))
        gap = sum(p_s[i] * plain_kl(joint[:, i] / p_s[i], q[i]) for i in range(s) if p_s[i] > 0)
        information = mutual_information(joint, base=math.e)
        assert abs(bound + gap - information) < 1e-12
        assert bound < information
        found = decoder_bound(joint, q, base=math.e)
        assert abs(found[0] - bound) < 1e-12 and abs(found[1] - gap) < 1e-12
        # Tight for the posterior, and only there: a step away from it costs.
        posterior = (joint / np.where(p_s > 0, p_s, 1)).T + (p_s == 0)[:, None] / k
        assert abs(decoder_bound(joint, posterior, base=math.e)[0] - information) < 1e-12
        assert decoder_bound(joint, 0.9 * posterior + 0.1 * q, base=math.e)[0] < information - 1e-6


def test_s3_20_holds_as_the_reconstruction_half_of_an_averaged_elbo():
    rng = np.random.default_rng(0)
    for _ in range(50):
        data, encoder = rng.dirichlet(np.ones(5)), rng.dirichlet(np.ones(3), size=5)
        prior, decoder = rng.dirichlet(np.ones(3)), rng.dirichlet(np.ones(5), size=3)
        elbos = [sum(encoder[x, z] * math.log(prior[z] * decoder[z, x] / encoder[x, z]) for z in range(3)) for x in range(5)]
        entropy = -sum(p * math.log(p) for p in data)
        reconstruction = decoder_bound(data[:, None] * encoder, decoder, base=math.e)[0]
        rate = sum(data[x] * plain_kl(encoder[x], prior) for x in range(5))
        assert abs(entropy + data @ elbos - (reconstruction - rate)) < 1e-12
        information = mutual_information(data[:, None] * encoder, base=math.e)
        assert reconstruction < information < rate


def test_s3_20_fails_as_the_elbo_whose_gap_is_the_other_divergence():
    for seed in range(20):
        joint, rng = skills_in_a_random_world(seed, s=4)
        joint = (joint + 0.01) / (joint + 0.01).sum()
        p_s = joint.sum(axis=0)
        posterior, q = (joint / p_s).T, rng.dirichlet(np.ones(4), size=4)
        elbos = np.array([sum(q[i, z] * math.log(joint[z, i] / q[i, z]) for z in range(4)) for i in range(4)])
        there = np.array([plain_kl(posterior[i], q[i]) for i in range(4)])
        back = np.array([plain_kl(q[i], posterior[i]) for i in range(4)])
        assert elbos == pytest.approx(np.log(p_s) - back, abs=1e-12)
        gap = mutual_information(joint, base=math.e) - decoder_bound(joint, q, base=math.e)[0]
        assert gap == pytest.approx(p_s @ there, abs=1e-12)
        assert abs(p_s @ there - p_s @ back) > 1e-3
