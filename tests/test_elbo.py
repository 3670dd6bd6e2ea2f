"""The evidence lower bound of discrete latent variables: values by hand, identities, edges and errors."""

import math

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lib import entropy, kl_divergence
from lib.bayesian import bayes_update
from lib.elbo import elbo, elbo_gap, energy_and_entropy, log_evidence, reconstruction_and_rate
from tests.strategies import distributions

NATS = {"base": math.e}
PRIOR, WET = np.array([1 / 4, 3 / 4]), np.array([3 / 4, 1 / 4])
STREET = np.log(PRIOR * WET)


@st.composite
def models(draw):
    """A belief, a prior and log-likelihoods over the same values; zeros in the belief, likelihoods over 200 orders."""
    k = draw(st.integers(1, 8))
    q, prior = draw(distributions(size=k)), draw(distributions(size=k, zeros=False))
    prior = (prior + 1e-200) / (prior + 1e-200).sum()
    return q, prior, np.array(draw(st.lists(st.floats(-200, 5), min_size=k, max_size=k)))


def test_the_wet_street_by_hand():
    assert log_evidence(STREET) == pytest.approx(math.log2(3 / 8), rel=1e-15)
    assert elbo(PRIOR, STREET) == pytest.approx(math.log2(3 / 4) / 4 - 3 / 2, rel=1e-15)
    assert elbo_gap(PRIOR, STREET) == pytest.approx(3 / 4 * math.log2(3) - 1, rel=1e-14)
    assert elbo([1.0, 0.0], STREET) == pytest.approx(math.log2(3 / 16), rel=1e-15)
    energy, spread = energy_and_entropy([1 / 2, 1 / 2], STREET)
    assert (energy, spread) == (pytest.approx(4 - math.log2(3), rel=1e-15), 1.0)
    explained, rate = reconstruction_and_rate([1 / 2, 1 / 2], PRIOR, np.log(WET))
    assert explained == pytest.approx((math.log2(3) - 4) / 2, rel=1e-15)
    assert rate == pytest.approx(1 - math.log2(3) / 2, rel=1e-14)


def test_nats_are_bits_times_the_logarithm_of_two():
    for function, arguments in (
        (log_evidence, (STREET,)),
        (elbo, (PRIOR, STREET)),
        (elbo_gap, (PRIOR, STREET)),
        (energy_and_entropy, (PRIOR, STREET)),
        (reconstruction_and_rate, ([1 / 2, 1 / 2], PRIOR, np.log(WET))),
    ):
        in_bits, in_nats = np.array(function(*arguments)), np.array(function(*arguments, **NATS))
        np.testing.assert_allclose(in_nats, in_bits * math.log(2), rtol=1e-14)


@given(models())
def test_bound_plus_gap_is_the_log_evidence_and_all_forms_agree(model):
    q, prior, log_likelihood = model
    log_joint = np.log(prior) + log_likelihood
    evidence, bound, gap = log_evidence(log_joint, **NATS), elbo(q, log_joint, **NATS), elbo_gap(q, log_joint, **NATS)
    scale = 1e-12 * max(1, np.abs(log_joint).max() / 100)  # 1e-12, and the rounding of what goes in
    assert gap >= 0
    assert abs(bound + gap - evidence) <= scale
    energy, spread = energy_and_entropy(q, log_joint, **NATS)
    assert abs(spread - energy - bound) <= scale
    explained, rate = reconstruction_and_rate(q, prior, log_likelihood, **NATS)
    assert abs(explained - rate - bound) <= scale


def test_random_models_of_any_size_agree_with_an_independent_sum_in_high_precision():
    rng = np.random.default_rng(0)
    for size in (1, 2, 7, 50):
        q, prior, likelihood = rng.dirichlet(np.ones(size)), rng.dirichlet(np.ones(size)), rng.random(size)
        log_joint = np.log(prior) + np.log(likelihood)
        with mpmath.workdps(40):
            joint = [mpmath.exp(mpmath.mpf(v)) for v in log_joint.tolist()]
            evidence = mpmath.log(sum(joint))
            bound = sum(mpmath.mpf(a) * (mpmath.mpf(v) - mpmath.log(mpmath.mpf(a))) for a, v in zip(q.tolist(), log_joint.tolist()))
            gap = sum(mpmath.mpf(a) * (mpmath.log(mpmath.mpf(a)) - mpmath.log(j) + evidence) for a, j in zip(q.tolist(), joint))
        assert log_evidence(log_joint, **NATS) == pytest.approx(float(evidence), abs=1e-14)
        assert elbo(q, log_joint, **NATS) == pytest.approx(float(bound), abs=1e-14)
        assert elbo_gap(q, log_joint, **NATS) == pytest.approx(float(gap), abs=1e-14)


def test_the_gap_is_torchs_divergence_from_the_posterior():
    rng = np.random.default_rng(1)
    for _ in range(20):
        q, log_joint = rng.dirichlet(np.ones(6)), rng.normal(scale=3, size=6)
        p, posterior = torch.distributions.Categorical(torch.tensor(q)), torch.distributions.Categorical(logits=torch.tensor(log_joint))
        assert elbo_gap(q, log_joint, **NATS) == pytest.approx(torch.distributions.kl_divergence(p, posterior).item(), rel=1e-12)


def test_the_bound_is_tight_at_the_posterior_alone():
    rng = np.random.default_rng(2)
    for _ in range(50):
        prior, likelihood = rng.dirichlet(np.ones(5)), rng.random(5)
        posterior, log_joint = bayes_update(prior, likelihood), np.log(prior * likelihood)
        assert elbo(posterior, log_joint) == pytest.approx(log_evidence(log_joint), rel=1e-13)
        others = rng.dirichlet(np.ones(5), size=200)
        assert (elbo(others, log_joint) < log_evidence(log_joint) - 1e-6).all()


def test_the_gap_near_the_posterior_keeps_its_digits():
    # The difference of two numbers near -700 has an error of 1e-13; the gap is 1e-20.
    log_joint = np.log([0.5, 0.5]) - 700
    q = np.array([0.5 + 1e-10, 0.5 - 1e-10])
    assert elbo_gap(q, log_joint, **NATS) == pytest.approx(2e-20, rel=1e-6)
    assert elbo_gap([0.5, 0.5], log_joint) == 0.0


def test_beliefs_and_models_broadcast_and_a_batch_is_its_rows():
    rng = np.random.default_rng(3)
    q, log_joint = rng.dirichlet(np.ones(4), size=(3, 1)), rng.normal(size=(2, 4))
    for function in (elbo, elbo_gap):
        values = function(q, log_joint)
        assert values.shape == (3, 2)
        for i, j in np.ndindex(3, 2):
            assert values[i, j] == pytest.approx(function(q[i, 0], log_joint[j]), rel=1e-13)
    assert np.shape(energy_and_entropy(q, log_joint)[0]) == (3, 2)
    assert log_evidence(log_joint).shape == (2,)


def test_probabilities_beyond_the_range_of_floats_are_no_trouble():
    log_joint = np.array([-5000.0, -5001.0])
    assert log_evidence(log_joint, **NATS) == pytest.approx(-5000 + math.log1p(math.exp(-1)), rel=1e-15)
    assert elbo_gap([0.5, 0.5], log_joint, **NATS) == pytest.approx(
        kl_divergence([0.5, 0.5], np.array([math.e, 1]) / (math.e + 1), **NATS), rel=1e-12
    )


def test_a_belief_in_the_impossible_costs_infinity():
    excluded = np.array([0.0, -math.inf])
    assert elbo([0.5, 0.5], excluded) == -math.inf
    assert elbo_gap([0.5, 0.5], excluded) == math.inf
    assert energy_and_entropy([0.5, 0.5], excluded) == (math.inf, 1.0)
    assert reconstruction_and_rate([0.5, 0.5], [0.5, 0.5], excluded) == (-math.inf, 0.0)
    assert reconstruction_and_rate([0.5, 0.5], [1.0, 0.0], [0.0, 0.0]) == (0.0, math.inf)


def test_what_has_no_belief_costs_nothing():
    assert elbo([1.0, 0.0], [-1.0, -math.inf], **NATS) == -1.0
    assert elbo_gap([1.0, 0.0], [-1.0, -math.inf]) == 0.0
    assert energy_and_entropy([1.0, 0.0], [0.0, -math.inf]) == (0.0, 0.0)


def test_impossible_data_have_an_evidence_of_minus_infinity_and_no_posterior():
    nothing = [-math.inf, -math.inf]
    assert log_evidence(nothing) == -math.inf
    assert elbo([0.5, 0.5], nothing) == -math.inf
    with pytest.raises(ValueError, match=r"`log_joint` must be above -inf somewhere: the data are impossible and have no .* at index 1"):
        elbo_gap([[0.5, 0.5]] * 2, [[0.0, 0.0], nothing])


def test_one_value_leaves_no_choice():
    assert elbo([1.0], [-2.0], **NATS) == log_evidence([-2.0], **NATS) == -2.0
    assert elbo_gap([1.0], [-2.0]) == 0.0


def test_the_uniform_belief_has_the_mean_and_log_k():
    values = np.array([-1.0, -3.0, -8.0])
    assert elbo(np.full(3, 1 / 3), values, **NATS) == pytest.approx(-4 + math.log(3), rel=1e-14)
    assert energy_and_entropy(np.full(3, 1 / 3), values)[1] == entropy(np.full(3, 1 / 3))


# Errors


@pytest.mark.parametrize("function", [elbo, elbo_gap, energy_and_entropy])
@pytest.mark.parametrize(
    "q, log_joint, words",
    [
        ([0.5, 0.4], [0.0, 0.0], "`q` must sum to 1"),
        ([1.5, -0.5], [0.0, 0.0], "`q` must not be negative"),
        ([0.5, math.nan], [0.0, 0.0], "`q` must not be NaN"),
        ([0.5, 0.5], [0.0, math.nan], "`log_joint` must not be NaN; it is nan at index 1"),
        ([0.5, 0.5], [math.inf, 0.0], r"`log_joint` must be below \+inf; it is inf at index 0"),
        ([0.5, 0.5], [0.0, 0.0, 0.0], "`q` and `log_joint` must be over the same latent variable, given .* they have 2 and 3"),
        ([0.5, 0.5], 0.0, "`log_joint` must have one number for each value of the latent variable"),
        ([[0.5, 0.5]] * 2, [[0.0, 0.0]] * 3, "must have batch shapes that broadcast"),
    ],
)
def test_bad_input_is_refused(function, q, log_joint, words):
    with pytest.raises(ValueError, match=words):
        function(q, log_joint)


@pytest.mark.parametrize(
    "log_joint, words",
    [([], "must have one number"), (1.0, "must have one number"), ([math.nan], "must not be NaN"), ([math.inf], "must be below")],
)
def test_an_evidence_of_nothing_is_refused(log_joint, words):
    with pytest.raises(ValueError, match=words):
        log_evidence(log_joint)


@pytest.mark.parametrize(
    "q, prior, log_likelihood, words",
    [
        ([0.5, 0.5], [0.5, 0.6], [0.0, 0.0], "must sum to 1"),
        ([0.5, 0.5], [1.0], [0.0, 0.0], "over the same outcomes"),
        ([0.5, 0.5], [0.5, 0.5], [0.0, math.nan], "`log_likelihood` must not be NaN"),
        ([0.5, 0.5], [0.5, 0.5], [0.0], "`q` and `log_likelihood` must be over the same latent variable"),
    ],
)
def test_bad_parts_are_refused(q, prior, log_likelihood, words):
    with pytest.raises(ValueError, match=words):
        reconstruction_and_rate(q, prior, log_likelihood)


@pytest.mark.parametrize("base", [1.0, 0.5, -2, math.nan, True])
def test_a_base_must_be_above_one(base):
    for call in (
        lambda: log_evidence(STREET, base=base),
        lambda: elbo(PRIOR, STREET, base=base),
        lambda: elbo_gap(PRIOR, STREET, base=base),
        lambda: energy_and_entropy(PRIOR, STREET, base=base),
        lambda: reconstruction_and_rate(PRIOR, PRIOR, STREET, base=base),
    ):
        with pytest.raises(ValueError, match="`base` must be a"):
            call()


def test_a_tensor_is_refused_with_the_conversion():
    with pytest.raises(TypeError, match=r"pass `log_joint.detach\(\).cpu\(\).numpy\(\)`"):
        log_evidence(torch.zeros(2))
