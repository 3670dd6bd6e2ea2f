"""Mean field where everything is known: against quadrature, another route, and its laws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from lib.gaussian import gaussian_kl
from lib.mean_field import (
    NormalGamma,
    NormalTimesGamma,
    fit_normal_gamma,
    gaussian_mean_field,
    gaussian_mean_field_gap,
    gaussian_sweeps,
    normal_gamma_elbo,
    normal_gamma_evidence,
    normal_gamma_gap,
    normal_gamma_posterior,
)

X = np.array([1.0, 2.5, 4.0, 3.0])
PRIOR = NormalGamma(mean=0.5, strength=0.7, shape=1.5, rate=2.0)


def joint(mu, tau, x=X, prior=PRIOR):
    """log p(x, mu, tau) out of SciPy's densities alone."""
    log = stats.norm(mu, tau**-0.5).logpdf(x[:, None, None]).sum(axis=0)
    log = log + stats.norm(prior.mean, (prior.strength * tau) ** -0.5).logpdf(mu)
    return log + stats.gamma(prior.shape, scale=1 / prior.rate).logpdf(tau)


def nodes():
    mu = np.linspace(-6, 10, 1601)[None, :]
    tau = np.exp(np.linspace(-9, 3, 1201))[:, None]
    return mu, tau


def integral(values, mu, tau):
    return integrate.trapezoid(integrate.trapezoid(values, mu[0], axis=1) * tau[:, 0], np.log(tau[:, 0]))


def density(q, mu, tau):
    return stats.norm(q.mean, q.variance**0.5).logpdf(mu) + stats.gamma(q.shape, scale=1 / q.rate).logpdf(tau)


@st.composite
def problems(draw):
    number = st.floats(-5, 5)
    x = np.array(draw(st.lists(number, min_size=1, max_size=8)))
    positive = st.floats(0.05, 10)
    return x, NormalGamma(draw(number), draw(positive), draw(positive), draw(positive))


def test_the_evidence_is_the_integral_of_the_joint():
    mu, tau = nodes()
    assert math.log(integral(np.exp(joint(mu, tau)), mu, tau)) == pytest.approx(normal_gamma_evidence(X, PRIOR), abs=2e-5)


def test_the_evidence_of_one_datum_is_a_student_density():
    scale = math.sqrt(PRIOR.rate * (1 + 1 / PRIOR.strength) / PRIOR.shape)
    student = stats.t(2 * PRIOR.shape, PRIOR.mean, scale).logpdf(1.7)
    assert normal_gamma_evidence([1.7], PRIOR) == pytest.approx(student, abs=1e-12)


def test_the_evidence_adds_up_datum_by_datum():
    total, belief = 0.0, PRIOR
    for x in X:
        total += normal_gamma_evidence([x], belief)
        belief = normal_gamma_posterior([x], belief)
    assert total == pytest.approx(normal_gamma_evidence(X, PRIOR), abs=1e-12)
    assert belief == pytest.approx(normal_gamma_posterior(X, PRIOR))


def test_the_bound_is_its_definition_by_quadrature():
    q = NormalTimesGamma(2.0, 0.3, 3.0, 4.0)
    mu, tau = nodes()
    log_q = density(q, mu, tau)
    assert integral(np.exp(log_q) * (joint(mu, tau) - log_q), mu, tau) == pytest.approx(normal_gamma_elbo(X, PRIOR, q), abs=1e-6)


@given(problems(), st.floats(-3, 3), st.floats(0.05, 5), st.floats(0.1, 9), st.floats(0.1, 9))
def test_bound_and_divergence_make_the_evidence(problem, mean, variance, shape, rate):
    x, prior = problem
    q = NormalTimesGamma(mean, variance, shape, rate)
    evidence, gap = normal_gamma_evidence(x, prior), normal_gamma_gap(x, prior, q)
    assert gap >= -1e-12
    assert normal_gamma_elbo(x, prior, q) + gap == pytest.approx(evidence, abs=1e-12 * (abs(evidence) + gap + 100))


@given(problems(), st.floats(0.01, 20))
def test_a_sweep_never_lowers_the_bound(problem, start):
    x, prior = problem
    _, history = fit_normal_gamma(x, prior, sweeps=12, start=start)
    assert (np.diff(history) >= -1e-12 * (1 + np.abs(history[:-1]))).all()


def test_no_other_product_has_a_higher_bound():
    q, history = fit_normal_gamma(X, PRIOR, sweeps=60)

    def lower(change):
        other = NormalTimesGamma(q.mean + change[0], *(value * math.exp(c) for value, c in zip(q[1:], change[1:], strict=True)))
        return -normal_gamma_elbo(X, PRIOR, other)

    found = optimize.minimize(lower, [0.3, 0.2, -0.2, 0.1])
    assert -found.fun == pytest.approx(history[-1], abs=1e-8)
    assert found.x == pytest.approx(np.zeros(4), abs=1e-3)


def test_more_data_leave_a_smaller_gap():
    rng = np.random.default_rng(0)
    x = rng.normal(size=1000)
    gaps = [normal_gamma_gap(x[:n], PRIOR, fit_normal_gamma(x[:n], PRIOR)[0]) for n in (10, 100, 1000)]
    assert gaps[0] > 5 * gaps[1] > 25 * gaps[2] > 0


@pytest.mark.parametrize("seed", range(5))
def test_the_closest_product_to_a_gaussian_is_the_one_returned(seed):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(4, 4))
    cov = root @ root.T + 0.1 * np.eye(4)
    precision, mean = np.linalg.inv(cov), rng.normal(size=4)

    def divergence(logs):
        return gaussian_kl(mean, np.diag(np.exp(logs)), mean, cov, base=math.e)

    found = optimize.minimize(divergence, np.log(np.diag(cov)))
    variances = gaussian_mean_field(precision)
    assert np.exp(found.x) == pytest.approx(variances, rel=1e-3)
    assert gaussian_mean_field_gap(precision) == pytest.approx(divergence(np.log(variances)), abs=1e-9)
    assert (variances <= np.diag(cov) * (1 + 1e-9)).all()


def test_sweeps_solve_the_equations():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(5, 5))
    precision, shift = root @ root.T + np.eye(5), rng.normal(size=5)
    path = gaussian_sweeps(precision, shift, sweeps=300, start=rng.normal(size=5))
    assert path[-1] == pytest.approx(np.linalg.solve(precision, shift), abs=1e-9)
    energy = [w @ precision @ w / 2 - shift @ w for w in path]
    assert (np.diff(energy) <= 1e-12).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: normal_gamma_posterior([1.0, math.nan], PRIOR), "`x`.*nan"),
        (lambda: normal_gamma_posterior([], PRIOR), "`x`"),
        (lambda: normal_gamma_evidence(X, PRIOR._replace(rate=0.0)), r"`prior.rate`.*0"),
        (lambda: normal_gamma_evidence(X, PRIOR._replace(strength=-1.0)), r"`prior.strength`.*-1"),
        (lambda: normal_gamma_evidence(X, PRIOR._replace(shape=-1.0)), r"`prior.shape`.*-1"),
        (lambda: normal_gamma_elbo(X, PRIOR, NormalTimesGamma(0.0, 0.0, 1.0, 1.0)), r"`q.variance`.*0"),
        (lambda: normal_gamma_gap(X, PRIOR, NormalTimesGamma(0.0, 1.0, 1.0, -2.0)), r"`q.rate`.*-2"),
        (lambda: fit_normal_gamma(X, PRIOR, sweeps=0), "`sweeps`"),
        (lambda: fit_normal_gamma(X, PRIOR, start=0.0), "`start`"),
        (lambda: gaussian_mean_field([[1.0, 2.0], [2.0, 1.0]]), "`precision`"),
        (lambda: gaussian_mean_field(np.ones((2, 2, 2)) + np.eye(2)), "`precision` must be one square matrix"),
        (lambda: gaussian_sweeps(np.eye(2), [1.0], sweeps=1), "`shift` must have 2 numbers"),
        (lambda: gaussian_sweeps(np.eye(2), [1.0, 1.0], sweeps=1, start=[0.0]), "`start` must have 2 numbers"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
