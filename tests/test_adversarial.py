"""The exact game on outcomes that can be listed, beside automatic differentiation, SciPy and mpmath."""

import math

import mpmath
import numpy as np
import pytest
import torch
from scipy import optimize

from lib import adversarial, js_divergence, kl_divergence, softmax

NATS = {"base": math.e}
LN2 = math.log(2)


def triple(seed, k=6):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(k)), rng.standard_normal(k), rng.uniform(0.01, 0.99, k)


def autograd(function, logits):
    z = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    function(torch.softmax(z, 0)).backward()
    return z.grad.numpy()


def test_the_best_discriminator_by_hand():
    best = adversarial.optimal_discriminator([0.5, 0.5, 0, 0], [0, 0.25, 0.75, 0])
    np.testing.assert_array_equal(best[:3], [1, 0.5 / 0.75, 0])
    assert math.isnan(best[3])


def test_the_value_by_hand_and_in_bits():
    value = adversarial.discriminator_value([0.5, 0.5], [0.25, 0.75], [0.8, 0.4])
    by_hand = 0.5 * math.log2(0.8) + 0.5 * math.log2(0.4) + 0.25 * math.log2(0.2) + 0.75 * math.log2(0.6)
    assert value == pytest.approx(by_hand, rel=1e-14)
    assert adversarial.discriminator_value([0.5, 0.5], [0.25, 0.75], [0.8, 0.4], **NATS) == pytest.approx(by_hand * LN2, rel=1e-14)


@pytest.mark.parametrize("seed", range(20))
def test_nobody_earns_more_than_the_best(seed):
    p, logits, d = triple(seed)
    g = softmax(logits)
    best = adversarial.discriminator_value(p, g, adversarial.optimal_discriminator(p, g), **NATS)
    assert best == pytest.approx(2 * js_divergence(p, g, **NATS) - 2 * LN2, rel=1e-13)
    assert adversarial.discriminator_value(p, g, d, **NATS) < best
    found = optimize.minimize(lambda v: -adversarial.discriminator_value(p, g, 1 / (1 + np.exp(-v)), **NATS), np.zeros(6))
    assert best - 1e-6 < -found.fun <= best + 1e-14


def test_the_value_keeps_its_digits_where_the_discriminator_is_nearly_sure():
    d = np.array([1 - 2**-40, 2**-40])
    with mpmath.workdps(40):
        exact = float(mpmath.log(1 - mpmath.mpf(2) ** -40) * 2)
    assert adversarial.discriminator_value([1, 0], [0, 1], d, **NATS) == pytest.approx(exact, rel=1e-12)


def test_a_discriminator_that_excludes_what_happens_pays_infinity():
    assert adversarial.discriminator_value([1, 0], [0.5, 0.5], [0, 0.5]) == -math.inf
    assert adversarial.discriminator_value([1, 0], [0.5, 0.5], [0.5, 1]) == -math.inf
    assert adversarial.discriminator_value([1, 0], [0, 1], [1, 0]) == 0


def test_batches_broadcast():
    p, g = np.random.default_rng(0).dirichlet(np.ones(4), size=(2, 3))
    best = adversarial.optimal_discriminator(p[:, None], g)
    assert best.shape == (3, 3, 4)
    values = adversarial.discriminator_value(p[:, None], g, best, **NATS)
    np.testing.assert_allclose(values, 2 * js_divergence(p[:, None], g, **NATS) - 2 * LN2, rtol=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_the_gradients_are_those_of_automatic_differentiation(seed):
    p, logits, d = triple(seed)
    p_t, d_t = torch.tensor(p), torch.tensor(d)
    losses = {"saturating": lambda g: (g * (1 - d_t).log()).sum(), "non-saturating": lambda g: -(g * d_t.log()).sum()}
    for loss, function in losses.items():
        np.testing.assert_allclose(adversarial.generator_gradient(logits, d, loss=loss), autograd(function, logits), atol=1e-14)
    divergences = {
        "forward-kl": lambda g: (p_t * (p_t / g).log()).sum(),
        "reverse-kl": lambda g: (g * (g / p_t).log()).sum(),
        "js": lambda g: ((p_t * (2 * p_t / (p_t + g)).log()).sum() + (g * (2 * g / (p_t + g)).log()).sum()) / 2,
    }
    for divergence, function in divergences.items():
        gradient = adversarial.divergence_gradient(p, logits, divergence=divergence)
        np.testing.assert_allclose(gradient, autograd(function, logits), atol=1e-14)
        assert gradient.sum() == pytest.approx(0, abs=1e-14)  # a shift of all logits changes nothing


def test_the_target_at_the_best_discriminator_is_the_data():
    p, logits, _ = triple(1)
    g = softmax(logits)
    np.testing.assert_allclose(adversarial.perturbed_target(p, g, adversarial.optimal_discriminator(p, g)), p, rtol=1e-13)
    np.testing.assert_allclose(adversarial.perturbed_target(p, g, np.full(6, 0.3)), (p + g) / 2, rtol=1e-13)


def test_the_target_by_hand():
    # the midpoint is (0.4, 0.6); D keeps 0.08 and 0.36 of it
    np.testing.assert_allclose(adversarial.perturbed_target([0.5, 0.5], [0.3, 0.7], [0.2, 0.6]), [2 / 11, 9 / 11], rtol=1e-14)


def test_the_lemma_holds_where_the_logits_are_large():
    p, _, d = triple(3)
    logits = np.array([30.0, -30.0, 5.0, 0.0, -5.0, 1.0])
    right = adversarial.lemma_gradient(p, logits, d)
    np.testing.assert_allclose(adversarial.generator_gradient(logits, d, loss="non-saturating"), right, atol=1e-12)


def test_an_outcome_the_data_never_have_is_allowed_where_it_is_finite():
    p, logits = [0.5, 0.5, 0.0], [0.0, 1.0, 2.0]
    assert np.isfinite(adversarial.divergence_gradient(p, logits, divergence="js")).all()
    assert np.isfinite(adversarial.divergence_gradient(p, logits, divergence="forward-kl")).all()
    assert np.isfinite(adversarial.lemma_gradient(p, logits, [0.5, 0.4, 0.3])).all()
    assert kl_divergence(softmax(logits), p) == math.inf


P, D = [0.5, 0.5], [0.5, 0.5]


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: adversarial.optimal_discriminator([0.5, 0.6], P), "`p` must sum to 1"),
        (lambda: adversarial.optimal_discriminator(P, [0.5, 0.25, 0.25]), "`p` and `g` must be distributions over the same outcomes"),
        (lambda: adversarial.discriminator_value(P, P, [0.5, 1.5]), "`d` must be probabilities from 0 to 1; it is 1.5"),
        (lambda: adversarial.discriminator_value(P, P, [0.5, math.nan]), "`d` must be probabilities from 0 to 1; it is nan"),
        (lambda: adversarial.discriminator_value(P, P, [0.5]), "`d` must have one number for each of the 2 outcomes"),
        (lambda: adversarial.generator_gradient([0.0, 1.0], [0.5, 1.0], loss="saturating"), "`d` must lie strictly between 0 and 1"),
        (lambda: adversarial.generator_gradient([0.0, 1.0], [D, D], loss="saturating"), "`d` must be a vector"),
        (lambda: adversarial.generator_gradient([0.0, 1.0], D, loss="minimax"), "`loss` must be"),
        (lambda: adversarial.generator_gradient([0.0, math.inf], D, loss="saturating"), "`logits` must be finite"),
        (lambda: adversarial.generator_gradient([[0.0, 1.0]], D, loss="saturating"), "`logits` must be a vector"),
        (lambda: adversarial.divergence_gradient([1.0, 0.0], [0.0, 0.0], divergence="reverse-kl"), "`p` must be positive for the reverse"),
        (lambda: adversarial.divergence_gradient(P, [0.0, 0.0], divergence="kl"), "`divergence` must be"),
        (lambda: adversarial.perturbed_target([1, 0], [1, 0], [0.0, 1.0]), "`d` must call something data"),
    ],
)
def test_bad_input_is_refused_with_its_name_and_the_rule(call, words):
    with pytest.raises(ValueError, match=words):
        call()
