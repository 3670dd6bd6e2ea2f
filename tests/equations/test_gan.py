"""Each labelled equation of the chapter, both sides by different routes."""

import math

import numpy as np
import pytest
import sympy
import torch
from scipy import integrate, optimize, stats

from lib import js_divergence, kl_divergence, softmax
from lib.adversarial import discriminator_value, generator_gradient, optimal_discriminator, perturbed_target
from lib.f_divergences import f_divergence, generator
from lib.gan import f_activation, f_bound, f_conjugate, value

NATS = {"base": math.e}
LN2 = math.log(2)


def random_case(seed, k=7):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(k)), rng.standard_normal(k), rng.uniform(0.02, 0.98, k)


def differences(function, z, h=1e-5):
    return np.array([(function(z + h * e) - function(z - h * e)) / (2 * h) for e in np.eye(len(z))])


def test_eq_gan_value():
    # The mean of what torch's logits earn over a large sample, against the sum over outcomes.
    p, z, d = random_case(0)
    g, rng = softmax(z), np.random.default_rng(1)
    v = torch.tensor(np.log(d / (1 - d)))
    real, fake = (rng.choice(7, p=which, size=400_000) for which in (p, g))
    assert value(v[real], v[fake]).item() == pytest.approx(discriminator_value(p, g, d, **NATS), abs=0.01)


def test_eq_gan_optimal_discriminator():
    a, b, d = sympy.symbols("a b d", positive=True)
    assert sympy.solve(sympy.diff(a * sympy.log(d) + b * sympy.log(1 - d), d), d) == [a / (a + b)]
    p, z, _ = random_case(1)
    np.testing.assert_allclose(optimal_discriminator(p, softmax(z)), 1 / (1 + np.exp(-np.log(p / softmax(z)))), rtol=1e-13)


def test_eq_gan_js():
    # By a search over the logits of the discriminator, and by quadrature of two densities.
    p, z, _ = random_case(2)
    found = optimize.minimize(lambda v: -discriminator_value(p, softmax(z), 1 / (1 + np.exp(-v)), **NATS), np.zeros(7), tol=1e-10)
    assert -found.fun == pytest.approx(2 * js_divergence(p, softmax(z), **NATS) - 2 * LN2, abs=1e-8)
    x = np.linspace(-8, 8, 401)
    p, g = (w / w.sum() for w in (stats.norm(-1, 0.6).pdf(x), stats.norm(0, 2).pdf(x)))
    earned = discriminator_value(p, g, optimal_discriminator(p, g), **NATS)
    assert abs(earned - (2 * js_divergence(p, g, **NATS) - 2 * LN2)) < 1e-10
    assert abs(earned - (2 * js_divergence(p, g, **NATS) - 2 * LN2)) < 1e-14

    def integrand(t):
        a, b = stats.norm.pdf(t, -1, 0.6), stats.norm.pdf(t, 0, 2)
        return a * math.log(a / (a + b)) + b * math.log(b / (a + b))

    assert earned == pytest.approx(integrate.quad(integrand, -8, 8, epsabs=1e-12)[0], abs=1e-4)


def test_eq_gan_shortfall():
    for seed in range(20):
        p, z, d = random_case(seed)
        g = softmax(z)
        best = optimal_discriminator(p, g)
        coins = [np.stack([x, 1 - x], axis=-1) for x in (best, d)]
        short = discriminator_value(p, g, best, **NATS) - discriminator_value(p, g, d, **NATS)
        assert short == pytest.approx((p + g) @ kl_divergence(*coins, **NATS), rel=1e-11)


def test_eq_gan_non_saturating():
    for seed in range(10):
        p, z, _ = random_case(seed)
        felt = generator_gradient(z, optimal_discriminator(p, softmax(z)), loss="non-saturating")

        def target(z, p=p):
            return kl_divergence(softmax(z), p, **NATS) - 2 * js_divergence(p, softmax(z), **NATS)

        np.testing.assert_allclose(felt, differences(target, z), atol=1e-9)


def test_eq_gan_midpoint():
    for seed in range(20):
        p, z, _ = random_case(seed)
        g = softmax(z)
        left = kl_divergence(g, p, **NATS) - 2 * js_divergence(p, g, **NATS)
        assert left == pytest.approx(2 * kl_divergence((p + g) / 2, p, **NATS), rel=1e-10)
    assert kl_divergence([0.5, 0.5], [1, 0]) == kl_divergence([0.75, 0.25], [1, 0]) == math.inf


def test_eq_gan_dropped():
    rng = np.random.default_rng(0)
    for kept in range(1, 9):
        p = rng.dirichlet(np.ones(9))
        w = p[kept:].sum()
        g = np.where(np.arange(9) < kept, p / (1 - w), 0.0)
        price = (2 - w) * math.log((2 - w) / (2 - 2 * w)) - w * LN2
        assert 2 * kl_divergence((p + g) / 2, p, **NATS) == pytest.approx(price, rel=1e-11)
        assert kl_divergence(g, p, **NATS) == pytest.approx(-math.log(1 - w), rel=1e-11)
        assert price < -math.log(1 - w)


def test_eq_gan_target():
    # By sampling midpoints and keeping each with probability D.
    p, z, d = random_case(4)
    g, rng = softmax(z), np.random.default_rng(0)
    x = rng.choice(7, p=(p + g) / 2, size=400_000)
    kept = x[rng.random(x.size) < d[x]]
    np.testing.assert_allclose(np.bincount(kept, minlength=7) / kept.size, perturbed_target(p, g, d), atol=0.005)


def test_eq_gan_lemma_identity():
    # Exactly, for parameters far from the present ones.
    for seed in range(20):
        p, z0, d = random_case(seed)
        z = z0 + 3 * np.random.default_rng(100 + seed).standard_normal(7)
        g0, g = softmax(z0), softmax(z)
        m0, m = (p + g0) / 2, (p + g) / 2
        right = kl_divergence(g, perturbed_target(p, g0, d), **NATS) - 2 * js_divergence(p, g, **NATS)
        right += -2 * kl_divergence(m, m0, **NATS) + kl_divergence(p, m0, **NATS) - math.log(d @ m0)
        assert -(g @ np.log(d)) == pytest.approx(right, rel=1e-11)


def test_eq_gan_lemma():
    for seed in range(20):
        p, z0, d = random_case(seed)
        target = perturbed_target(p, softmax(z0), d)

        def right(z, p=p, target=target):
            return kl_divergence(softmax(z), target, **NATS) - 2 * js_divergence(p, softmax(z), **NATS)

        z = torch.tensor(z0, requires_grad=True)
        (-(torch.softmax(z, 0) * torch.tensor(d).log()).sum()).backward()
        np.testing.assert_allclose(z.grad.numpy(), differences(right, z0), atol=1e-8)


@pytest.mark.parametrize("name", ["kl", "reverse-kl", "js"])
def test_eq_gan_f_bound(name):
    # The largest bound over all outputs, found by a search, is the divergence.
    p, z, _ = random_case(5)
    g = softmax(z)

    def bound(v):
        v = torch.tensor(v)
        return p @ f_activation(v, name).numpy() - g @ f_conjugate(v, name).numpy()

    found = optimize.minimize(lambda v: -bound(v), np.zeros(7), tol=1e-12)
    exact = f_divergence(p, g, name, **NATS)
    assert exact - 1e-6 < -found.fun <= exact + 1e-12
    rng = np.random.default_rng(0)
    real, fake = (torch.tensor(np.log(p / g)[rng.choice(7, p=which, size=400_000)]) for which in (p, g))
    assert f_bound(real, fake, name).item() == pytest.approx(exact, abs=0.02)


@pytest.mark.parametrize("name", ["kl", "reverse-kl", "js", "chi-squared", "squared-hellinger"])
def test_eq_gan_conjugate(name):
    f = generator(name).f
    for v in (-1.5, 0.2, 1.0):
        t = math.exp(v)
        slope = (f(t * (1 + 1e-6)) - f(t * (1 - 1e-6))) / (2e-6 * t)
        found = optimize.minimize_scalar(
            lambda u, T=slope: f(math.exp(u)) - T * math.exp(u), bounds=(v - 4, v + 4), method="bounded", options={"xatol": 1e-10}
        )
        assert -found.fun == pytest.approx(t * slope - f(t), abs=1e-7)
