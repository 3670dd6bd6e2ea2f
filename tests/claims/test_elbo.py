"""The claims about the evidence lower bound, each shown by a route of its own."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
import torch
from hypothesis import given
from hypothesis import strategies as st

from lib import entropy, kl_divergence, mutual_information
from lib.elbo import elbo, elbo_gap, log_evidence, reconstruction_and_rate
from lib.training import train
from lib.variational_bounds import barber_agakov
from tests.strategies import distributions

NATS = {"base": math.e}


@st.composite
def models(draw):
    """A belief, a prior and a likelihood over the same values, written as plain probabilities."""
    k = draw(st.integers(1, 8))
    q, prior = draw(distributions(size=k)), draw(distributions(size=k))
    likelihood = np.array(draw(st.lists(st.floats(1e-8, 1), min_size=k, max_size=k)))
    return q, prior, likelihood


def sums(q, prior, likelihood):
    """Return the four terms in nats by plain sums, without the library's own bound."""
    evidence = (prior * likelihood).sum()
    to_posterior = kl_divergence(q, prior * likelihood / evidence, **NATS)
    explained = (q * np.log(likelihood)).sum()
    return to_posterior, kl_divergence(q, prior, **NATS), explained, math.log(evidence)


# The unknown (S3-04)


def test_s3_04_holds_two_models_with_other_posteriors_need_the_sum_and_one_belief_tells_nothing_of_it():
    # Same joint probabilities at the values that were looked at, another one elsewhere: the divergence differs.
    q = [0.5, 0.5, 0.0]
    near, far = np.log([0.2, 0.2, 1e-9]), np.log([0.2, 0.2, 0.6])
    assert elbo(q, near) == elbo(q, far)
    assert elbo_gap(q, far) - elbo_gap(q, near) == pytest.approx(log_evidence(far) - log_evidence(near), rel=1e-12)
    assert elbo_gap(q, far) > 1.3


@given(models(), st.floats(-50, 50))
def test_s3_04_holds_what_is_unknown_is_one_number_that_does_not_move_with_the_belief(model, shift):
    q, prior, likelihood = model
    if not prior.all():
        return
    log_joint = np.log(prior * likelihood)
    other = np.full(len(q), 1 / len(q))
    # Joint probabilities known up to a factor: the bound moves by its logarithm for all beliefs alike, the divergence not at all.
    assert elbo(q, log_joint + shift, **NATS) - elbo(q, log_joint, **NATS) == pytest.approx(shift, abs=1e-11)
    assert elbo_gap(q, log_joint + shift, **NATS) == pytest.approx(elbo_gap(q, log_joint, **NATS), rel=1e-9, abs=1e-11)
    by_bounds = elbo(other, log_joint, **NATS) - elbo(q, log_joint, **NATS)
    by_gaps = elbo_gap(q, log_joint, **NATS) - elbo_gap(other, log_joint, **NATS)
    assert by_bounds == pytest.approx(by_gaps, rel=1e-11, abs=1e-11)


# The identity (S3-07, S3-08)


@given(models())
def test_s3_07_holds_to_1e_12_on_random_discrete_models(model):
    q, prior, likelihood = model
    to_posterior, to_prior, explained, evidence = sums(q, prior, likelihood)
    right = to_prior - explained + evidence
    if math.isinf(to_posterior):
        assert right == math.inf  # a value that the prior excludes
    else:
        assert abs(to_posterior - right) <= 1e-12 * max(1.0, to_prior)


def test_s3_07_holds_with_what_the_data_exclude():
    q, prior, likelihood = np.array([0.5, 0.5]), np.array([0.3, 0.7]), np.array([0.4, 0.0])
    with np.errstate(divide="ignore"):
        explained, rate = reconstruction_and_rate(q, prior, np.log(likelihood))
        assert elbo_gap(q, np.log(prior * likelihood)) == math.inf == rate - explained + math.log2(0.12)


def test_s3_07_holds_symbolically_for_gaussians():
    z, x, m, a, mu = sympy.symbols("z x m a mu", real=True)
    s, t, sigma = sympy.symbols("s t sigma", positive=True)

    def log_normal(y, centre, variance):
        return -sympy.log(2 * sympy.pi * variance) / 2 - (y - centre) ** 2 / (2 * variance)

    q = sympy.exp(-((z - mu) ** 2) / (2 * s**2)) / (sympy.sqrt(2 * sympy.pi) * s)
    log_q, log_prior, log_likelihood = log_normal(z, mu, s**2), log_normal(z, m, t**2), log_normal(x, a * z, sigma**2)
    variance = 1 / (1 / t**2 + a**2 / sigma**2)
    log_posterior = log_normal(z, variance * (m / t**2 + a * x / sigma**2), variance)
    log_evidence_ = log_normal(x, a * m, a**2 * t**2 + sigma**2)

    def mean(f):  # a true integral over z, of a polynomial of degree 2 times the density
        f = sympy.expand(f)
        powers = [sympy.integrate(z**k * q, (z, -sympy.oo, sympy.oo)) for k in range(3)]
        return sum(f.coeff(z, k) * powers[k] for k in range(3))

    rest = mean(log_q - log_posterior) - mean(log_q - log_prior) + mean(log_likelihood) - log_evidence_
    # Logarithms of rational functions: equal to 0 as functions, shown by derivatives and one exact value.
    for variable in (x, m, a, mu, s, t, sigma):
        assert sympy.simplify(sympy.diff(rest, variable)) == 0
    at_one = rest.subs({x: 0, m: 0, a: 1, mu: 0, s: 1, t: 1, sigma: 1})
    assert sympy.simplify(sympy.expand_log(at_one, force=True)) == 0


@given(models())
def test_s3_08_holds_the_two_that_can_not_be_computed_stand_together(model):
    q, prior, likelihood = model
    to_posterior, to_prior, explained, evidence = sums(q, prior, likelihood)
    if math.isfinite(to_prior):
        assert abs((evidence - to_posterior) - (explained - to_prior)) <= 1e-12 * max(1.0, to_prior)
        parts = reconstruction_and_rate(q, prior, np.log(likelihood), **NATS)
        assert parts == (pytest.approx(explained, abs=1e-12), pytest.approx(to_prior, rel=1e-12))


# Why it is a lower bound (S3-10)


def test_s3_10_counterexample_tight_at_the_posterior_although_the_divergence_from_the_prior_is_not_0():
    # In fractions: the ratios p(x, z) / q(z) are all 3/8, so the bound is log 3/8, the log evidence.
    prior, wet = [Fraction(1, 4), Fraction(3, 4)], [Fraction(3, 4), Fraction(1, 4)]
    evidence = sum(p * w for p, w in zip(prior, wet))
    posterior = [p * w / evidence for p, w in zip(prior, wet)]
    assert {p * w / q for p, w, q in zip(prior, wet, posterior)} == {evidence}
    q, p = [float(v) for v in posterior], [float(v) for v in prior]
    explained, rate = reconstruction_and_rate(q, p, np.log([0.75, 0.25]))
    assert explained - rate == pytest.approx(math.log2(evidence), rel=1e-14)
    assert rate == pytest.approx(1 - math.log2(3) / 2, rel=1e-13) and rate > 0.2
    # And where that divergence is 0, the bound is short.
    explained, rate = reconstruction_and_rate(p, p, np.log([0.75, 0.25]))
    assert rate == 0
    assert explained - rate < math.log2(evidence) - 0.18


def test_s3_10_counterexample_what_that_reason_proves_is_no_bound():
    # D(q || prior) >= 0 says: ELBO <= reconstruction. And the reconstruction lies on either side of the log evidence.
    rng, sides = np.random.default_rng(0), []
    for _ in range(500):
        q, prior = rng.dirichlet(np.ones(3), size=2)
        likelihood = rng.random(3)
        explained, rate = reconstruction_and_rate(q, prior, np.log(likelihood))
        assert explained - rate <= explained
        sides.append(explained > math.log2(prior @ likelihood))
    assert 0.2 < np.mean(sides) < 0.8


def test_s3_10_counterexample_a_smaller_weight_of_that_divergence_breaks_the_bound():
    rng = np.random.default_rng(1)
    for _ in range(100):
        prior, likelihood = rng.dirichlet(np.ones(4)), rng.random(4)
        posterior = prior * likelihood / (prior @ likelihood)
        explained, rate = reconstruction_and_rate(posterior, prior, np.log(likelihood))
        for beta in (0.0, 0.5, 0.9):
            assert explained - beta * rate == pytest.approx(math.log2(prior @ likelihood) + (1 - beta) * rate, abs=1e-12)
            assert explained - beta * rate > math.log2(prior @ likelihood)


@given(models())
def test_s3_10_holds_half_it_is_a_lower_bound_since_the_gap_is_the_divergence_from_the_posterior(model):
    q, prior, likelihood = model
    to_posterior, to_prior, explained, evidence = sums(q, prior, likelihood)
    assert explained - to_prior <= evidence + 1e-12 * max(1.0, abs(explained))
    assert to_posterior >= 0


# The loss (S3-11)


def test_s3_11_holds_adam_on_minus_the_elbo_finds_posterior_and_evidence():
    prior, likelihood = torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64), torch.tensor([0.9, 0.1, 0.4], dtype=torch.float64)
    logits = torch.zeros(3, dtype=torch.float64, requires_grad=True)

    def loss(_):
        log_q = torch.log_softmax(logits, -1)
        return -(log_q.exp() * (likelihood.log() + prior.log() - log_q)).sum()

    one = (torch.zeros(1),)
    history = train(loss, [logits], one, steps=1500, batch_size=1, learning_rate=0.05, generator=torch.Generator().manual_seed(0))
    evidence = (prior * likelihood).sum()
    assert torch.softmax(logits, -1).detach().numpy() == pytest.approx((prior * likelihood / evidence).numpy(), abs=1e-5)
    assert -history[-1] == pytest.approx(math.log(evidence), abs=1e-9)
    assert min(history) >= -math.log(evidence) - 1e-12  # no step of it ever beats the evidence


def test_s3_11_holds_one_scalar_trains_belief_and_model_together():
    # Two coins behind a curtain, thrown five times each visit; both biases and all beliefs by one loss, against EM.
    heads = torch.tensor([0.0, 1, 1, 4, 5, 4, 1, 5, 0, 4], dtype=torch.float64)
    beliefs = torch.zeros(10, 2, dtype=torch.float64, requires_grad=True)
    coins = torch.tensor([-0.5, 0.5], dtype=torch.float64, requires_grad=True)

    def log_joint():
        return math.log(0.5) + torch.distributions.Binomial(5, logits=coins).log_prob(heads[:, None])

    def loss(_):
        log_q = torch.log_softmax(beliefs, -1)
        return -(log_q.exp() * (log_joint() - log_q)).sum(-1).mean()

    one = (torch.zeros(1),)
    history = train(loss, [beliefs, coins], one, steps=3000, batch_size=1, learning_rate=0.05, generator=torch.Generator().manual_seed(0))
    h, bias = heads.numpy(), np.array([0.4, 0.6])
    for _ in range(500):
        weight = bias ** h[:, None] * (1 - bias) ** (5 - h[:, None])
        q = weight / weight.sum(axis=1, keepdims=True)
        bias = (q * h[:, None]).sum(axis=0) / (5 * q.sum(axis=0))
    assert torch.sigmoid(coins).detach().numpy() == pytest.approx(bias, abs=1e-4)
    assert 0 <= torch.logsumexp(log_joint(), -1).mean().item() + history[-1] < 1e-5


# Evidence, not mutual information (S3-06)


def test_s3_06_counterexample_one_evidence_and_no_or_one_bit_of_information():
    same, apart = np.eye(2) / 2, np.full((2, 2), 1 / 4)  # rows z, columns x
    best = []
    for joint in (same, apart):
        p_x = joint.sum(axis=0)
        posteriors = joint.T / p_x[:, None]
        with np.errstate(divide="ignore"):
            best.append(p_x @ elbo(posteriors, np.log(joint.T)))
    assert best == [-1.0, -1.0]
    assert (mutual_information(same), mutual_information(apart)) == (1.0, 0.0)


def test_s3_06_counterexample_both_bounds_on_one_discrete_model():
    rng = np.random.default_rng(2)
    for _ in range(20):
        counts = rng.integers(1, 6, size=(3, 4))  # rows z, columns x; every pair counted out
        joint = counts / counts.sum()
        z, x = np.repeat(np.argwhere(counts > 0), counts.ravel(), axis=0).T
        p_z, p_x = joint.sum(axis=1), joint.sum(axis=0)
        true, guess = joint.T / p_x[:, None], rng.dirichlet(np.ones(3), size=4)
        evidence_bound = p_x @ elbo(guess, np.log(joint.T))
        information_bound, _ = barber_agakov(np.log(guess[x, z]), np.log(p_z[z]))
        assert evidence_bound == pytest.approx(-entropy(p_x) - p_x @ kl_divergence(guess, true), rel=1e-12)
        assert information_bound == pytest.approx(mutual_information(joint) - p_x @ kl_divergence(true, guess), abs=1e-12)
        assert evidence_bound < -entropy(p_x) < 0 <= mutual_information(joint)


def test_s3_06_counterexample_a_belief_can_ruin_one_bound_and_not_the_other():
    # The posterior of x = 0 allows both values of z; q allows one. And the other way round.
    joint = np.array([[1, 1], [1, 0]]) / 3  # rows z, columns x
    narrow, wide = np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[0.5, 0.5], [0.5, 0.5]])
    z, x = np.array([[0, 0], [0, 1], [1, 0]]).T
    with np.errstate(divide="ignore"):
        log_joint, p_z = np.log(joint.T), joint.sum(axis=1)
        assert (elbo(narrow, log_joint) > -math.inf).all()
        assert barber_agakov(np.log(narrow[x, z]), np.log(p_z[z]))[0] == -math.inf
        assert elbo(wide, log_joint)[1] == -math.inf
        assert barber_agakov(np.log(wide[x, z]), np.log(p_z[z]))[0] > -math.inf
