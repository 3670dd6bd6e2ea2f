"""Closed forms of continuous families: against 60 digits, by quadrature, near equality and far from it."""

import math

import mpmath as mp
import numpy as np
import pytest
from scipy import special, stats
from scipy.integrate import quad

from lib import _bregman
from lib.continuous import (
    beta_entropy,
    beta_kl,
    dirichlet_entropy,
    dirichlet_kl,
    exponential_entropy,
    exponential_kl,
    gamma_entropy,
    gamma_kl,
    von_mises_entropy,
    von_mises_kl,
)

NATS = {"base": math.e}


def number(x):
    return mp.mpf(float(x))


def exact_exponential(p, q):
    return number(q) / number(p) - 1 - mp.log(number(q) / number(p))


def exact_gamma(a_p, b_p, a_q, b_q):
    a_p, b_p, a_q, b_q = map(number, (a_p, b_p, a_q, b_q))
    shapes = (a_p - a_q) * mp.digamma(a_p) - mp.loggamma(a_p) + mp.loggamma(a_q)
    return shapes + a_q * mp.log(b_p / b_q) + a_p * (b_q - b_p) / b_p


def exact_dirichlet(p, q):
    p, q = [number(x) for x in p], [number(x) for x in q]
    result = mp.loggamma(sum(p)) - mp.loggamma(sum(q)) - sum(map(mp.loggamma, p)) + sum(map(mp.loggamma, q))
    return result + sum((a - b) * (mp.digamma(a) - mp.digamma(sum(p))) for a, b in zip(p, q))


def exact_beta(a_p, b_p, a_q, b_q):
    return exact_dirichlet([a_p, b_p], [a_q, b_q])


def exact_von_mises(m_p, k_p, m_q, k_q):
    m_p, k_p, m_q, k_q = map(number, (m_p, k_p, m_q, k_q))
    length = mp.besseli(1, k_p) / mp.besseli(0, k_p)
    return mp.log(mp.besseli(0, k_q) / mp.besseli(0, k_p)) + length * (k_p - k_q * mp.cos(m_p - m_q))


FAMILIES = {
    "exponential": (exponential_kl, exact_exponential, 1, (-6, 6)),
    "gamma": (gamma_kl, exact_gamma, 2, (-6, 6)),
    "beta": (beta_kl, exact_beta, 2, (-1, 2)),
    "von Mises": (von_mises_kl, exact_von_mises, 2, (-4, 3)),
}


def parameters(rng, family, count, near):
    """Return parameters of two members, the second in each as near as `near` to the first (or unrelated)."""
    low, high = FAMILIES[family][3]
    first = 10.0 ** rng.uniform(low, high, size=count)
    second = 10.0 ** rng.uniform(low, high, size=count) if near is None else first * (1 + near * rng.uniform(-1, 1, size=count))
    if family == "von Mises":
        first[0] = rng.uniform(-3, 3)
        second[0] = rng.uniform(-3, 3) if near is None else first[0] + near * rng.uniform(-1, 1)
    return first, second


@pytest.mark.parametrize("near", [None, 0.3, 1e-1, 1e-4, 1e-8, 1e-12, 1e-15])
@pytest.mark.parametrize("family", FAMILIES)
def test_divergences_keep_their_digits_far_and_near(family, near):
    measure, exact, count, _ = FAMILIES[family]
    rng = np.random.default_rng(len(family))
    for _ in range(60 if family == "von Mises" else 150):
        first, second = parameters(rng, family, count, near)
        value = measure(*first, *second, **NATS)
        with mp.workdps(60):
            true = float(exact(*first, *second))
        assert value >= 0
        assert value == pytest.approx(true, rel=2e-13, abs=0)


@pytest.mark.parametrize("near", [None, 1e-2, 1e-8, 1e-14])
def test_dirichlet_keeps_its_digits_far_and_near(near):
    rng = np.random.default_rng(8)
    for _ in range(150):
        k = int(rng.integers(2, 6))
        p = 10.0 ** rng.uniform(-1, 2, size=k)
        q = 10.0 ** rng.uniform(-1, 2, size=k) if near is None else p * (1 + near * rng.uniform(-1, 1, size=k))
        value = dirichlet_kl(p, q, **NATS)
        with mp.workdps(60):
            true = float(exact_dirichlet(p, q))
        assert value == pytest.approx(true, rel=2e-13, abs=0)


def test_a_dominating_concentration_costs_digits_but_not_the_sign():
    # What the sum costs is nearly what the dominating share costs: the difference keeps its absolute precision.
    rng = np.random.default_rng(9)
    for _ in range(300):
        p = 10.0 ** np.array([rng.uniform(-6, -3), rng.uniform(3, 6)])
        q = p * 10.0 ** rng.uniform(-0.3, 0.3, size=2)
        value = dirichlet_kl(p, q, **NATS)
        with mp.workdps(60):
            true = float(exact_dirichlet(p, q))
        assert value > 0
        assert value == pytest.approx(true, rel=2e-13, abs=2e-15)


@pytest.mark.parametrize("family", FAMILIES)
def test_equal_members_diverge_by_exactly_zero(family):
    measure, _, count, _ = FAMILIES[family]
    rng = np.random.default_rng(10)
    for _ in range(50):
        first, _ = parameters(rng, family, count, None)
        value = measure(*first, *first)
        assert value == 0 and not np.signbit(value)
    alpha = 10.0 ** rng.uniform(-5, 5, size=(50, 4))
    assert (dirichlet_kl(alpha, alpha) == 0).all()


def test_von_mises_far_out_and_at_zero():
    assert von_mises_kl(0.3, 0.0, 2.0, 0.0) == 0
    assert von_mises_kl(0.3, 0.0, 2.0, 5.0, **NATS) == pytest.approx(math.log(special.i0(5.0)), rel=1e-14)
    assert von_mises_entropy(0.0, **NATS) == pytest.approx(math.log(2 * math.pi), rel=1e-15)
    for k in (1e3, 1e8, 1e12):  # a narrow one is a normal distribution of variance 1/k
        assert von_mises_entropy(k, **NATS) == pytest.approx(math.log(2 * math.pi * math.e / k) / 2, abs=1 / k)
        assert von_mises_kl(0.0, k, 0.0, 2 * k, **NATS) == pytest.approx((1 - math.log(2)) / 2, abs=1 / k)
    with mp.workdps(60):
        for k in (1e-3, 0.5, 3.0, 24.99, 25.01, 400.0, 1e4):
            true = mp.log(2 * mp.pi * mp.besseli(0, k)) - k * mp.besseli(1, k) / mp.besseli(0, k)
            assert von_mises_entropy(k, **NATS) == pytest.approx(float(true), rel=1e-13, abs=1e-14)


def test_entropies_keep_their_digits():
    rng = np.random.default_rng(11)
    with mp.workdps(60):
        for _ in range(200):
            a, b = 10.0 ** rng.uniform(-6, 6, size=2)
            x, y = number(a), number(b)
            true = x - mp.log(y) + mp.loggamma(x) + (1 - x) * mp.digamma(x)
            assert gamma_entropy(a, b, **NATS) == pytest.approx(float(true), rel=1e-14, abs=1e-14)
            true = mp.log(mp.beta(x, y)) - (x - 1) * mp.digamma(x) - (y - 1) * mp.digamma(y) + (x + y - 2) * mp.digamma(x + y)
            assert beta_entropy(a, b, **NATS) == pytest.approx(float(true), rel=1e-14, abs=1e-14)


def test_values_by_hand():
    assert exponential_entropy(1.0, **NATS) == 1
    assert exponential_entropy(math.e, **NATS) == pytest.approx(0, abs=1e-15)
    assert exponential_entropy([1.0, 4.0])[1] == pytest.approx(exponential_entropy(1.0) - 2, rel=1e-15)
    assert exponential_kl(1.0, 2.0, **NATS) == pytest.approx(1 - math.log(2), rel=1e-15)
    assert beta_entropy(1.0, 1.0) == pytest.approx(0, abs=1e-15)
    assert beta_kl(2.0, 1.0, 1.0, 1.0, **NATS) == pytest.approx(math.log(2) - 0.5, rel=1e-14)  # density 2x
    assert dirichlet_entropy([1.0, 1.0, 1.0, 1.0], **NATS) == pytest.approx(-math.log(6), rel=1e-15)
    assert gamma_kl(3.0, 2.0, 3.0, 4.0) == pytest.approx(3 * exponential_kl(2.0, 4.0), rel=1e-15)


def test_scipy_agrees_on_entropies():
    for a, b in ((0.5, 2.0), (3.0, 0.1), (40.0, 7.0)):
        assert gamma_entropy(a, b, **NATS) == pytest.approx(stats.gamma(a, scale=1 / b).entropy(), rel=1e-12)
        assert beta_entropy(a, b, **NATS) == pytest.approx(stats.beta(a, b).entropy(), rel=1e-12)
        assert exponential_entropy(b, **NATS) == pytest.approx(stats.expon(scale=1 / b).entropy(), rel=1e-12)
        assert von_mises_entropy(a, **NATS) == pytest.approx(stats.vonmises(a).entropy(), rel=1e-12)
        assert dirichlet_entropy([a, b, 1.5], **NATS) == pytest.approx(stats.dirichlet([a, b, 1.5]).entropy(), rel=1e-11)


QUADRATURE = [
    (exponential_kl, (0.7,), (2.0,), lambda r: stats.expon(scale=1 / r), (0, 60)),
    (gamma_kl, (2.5, 0.7), (1.2, 2.0), lambda a, b: stats.gamma(a, scale=1 / b), (0, 90)),
    (beta_kl, (2.5, 1.7), (1.2, 4.0), lambda a, b: stats.beta(a, b), (0, 1)),
    (von_mises_kl, (0.5, 2.0), (-1.0, 0.7), lambda m, k: stats.vonmises(k, loc=m), (0.5 - math.pi, 0.5 + math.pi)),
]


@pytest.mark.parametrize("measure, first, second, law, ends", QUADRATURE, ids=lambda x: getattr(x, "__name__", None))
def test_quadrature_is_the_second_route(measure, first, second, law, ends):
    p, q = law(*first), law(*second)
    by_integral = quad(lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), *ends, epsabs=1e-12, limit=200)[0]
    assert measure(*first, *second, **NATS) == pytest.approx(by_integral, rel=1e-9)


def test_divergences_have_no_unit_and_angles_no_zero():
    assert exponential_kl(3.0, 5.0) == pytest.approx(exponential_kl(3e-7, 5e-7), rel=1e-14)
    assert gamma_kl(2.0, 3.0, 1.0, 5.0) == pytest.approx(gamma_kl(2.0, 3e5, 1.0, 5e5), rel=1e-14)
    assert von_mises_kl(0.5, 2.0, 1.0, 3.0) == pytest.approx(von_mises_kl(0.5 + 2 * math.pi, 2.0, 1.0, 3.0), rel=1e-14)
    assert beta_kl(2.0, 3.0, 1.0, 5.0) == pytest.approx(beta_kl(3.0, 2.0, 5.0, 1.0), rel=1e-14)


def test_gammas_are_their_sum_and_their_shares():
    rng = np.random.default_rng(12)
    p, q = 10.0 ** rng.uniform(-1, 1, size=(2, 5))
    gammas = gamma_kl(p, 1.0, q, 1.0).sum()
    assert gammas == pytest.approx(gamma_kl(p.sum(), 1.0, q.sum(), 1.0) + dirichlet_kl(p, q), rel=1e-13)


def test_batches_broadcast():
    assert exponential_kl(np.ones((3, 1)), np.ones(4)).shape == (3, 4)
    assert gamma_kl(np.ones((3, 1)), 1.0, np.ones(4), 2.0).shape == (3, 4)
    assert beta_kl(np.ones((3, 1)), 1.0, np.ones(4), 2.0).shape == (3, 4)
    assert von_mises_kl(np.ones((3, 1)), 1.0, np.ones(4), 2.0).shape == (3, 4)
    assert dirichlet_kl(np.ones((3, 1, 2)), np.ones((4, 2))).shape == (3, 4)
    assert gamma_entropy(np.ones((3, 1)), np.ones(4)).shape == beta_entropy(np.ones((3, 1)), np.ones(4)).shape == (3, 4)
    assert dirichlet_entropy(np.ones((3, 2))).shape == (3,)
    for value in (exponential_kl(1, 2), gamma_kl(1, 1, 2, 2), beta_kl(1, 1, 2, 2), von_mises_kl(0, 1, 1, 1), gamma_entropy(1, 2)):
        assert isinstance(value, float)


def test_extremes_are_values_or_infinity_never_nan():
    huge = [1e-300, 1e-8, 1.0, 1e8, 1e300]
    p, q = np.meshgrid(huge, huge)
    rates = exponential_kl(p, q, **NATS)
    assert (rates >= 0).all() and rates[4, 0] == math.inf and rates[0, 4] == pytest.approx(math.log(1e300) * 2 - 1)
    values = gamma_kl(*np.meshgrid(huge[:-1], [1e-9, 1.0, 1e9], huge[:-1], [1e-9, 1.0, 1e9]))
    assert not np.isnan(values).any() and (values >= 0).all()


BAD = [
    (0.0, "must be positive; it is 0"),
    (-1.0, "must be positive; it is -1"),
    (math.nan, "must not be NaN"),
    (math.inf, "must be finite"),
]


@pytest.mark.parametrize("bad, words", BAD)
def test_a_bad_parameter_is_named(bad, words):
    for measure, names in (
        (exponential_entropy, ["rate"]),
        (exponential_kl, ["rate_p", "rate_q"]),
        (gamma_entropy, ["shape", "rate"]),
        (gamma_kl, ["shape_p", "rate_p", "shape_q", "rate_q"]),
        (beta_entropy, ["a", "b"]),
        (beta_kl, ["a_p", "b_p", "a_q", "b_q"]),
    ):
        for name in names:
            with pytest.raises(ValueError, match=f"`{name}` {words}"):
                measure(**(dict.fromkeys(names, 1.0) | {name: bad}))
    for name in ("alpha_p", "alpha_q"):
        with pytest.raises(ValueError, match=f"`{name}` {words}.* at index 1"):
            dirichlet_kl(**({"alpha_p": [1.0, 1.0], "alpha_q": [1.0, 1.0]} | {name: [1.0, bad]}))


def test_other_bad_input_is_named():
    with pytest.raises(ValueError, match="`kappa_p` must not be negative; it is -1"):
        von_mises_kl(0.0, -1.0, 0.0, 1.0)
    with pytest.raises(ValueError, match="`mean_q` must be finite"):
        von_mises_kl(0.0, 1.0, math.inf, 1.0)
    with pytest.raises(ValueError, match="`kappa` must not be negative"):
        von_mises_entropy(-0.5)
    with pytest.raises(ValueError, match=r"`alpha` must have at least two outcomes along its last axis; its shape is \(1,\)"):
        dirichlet_entropy([2.0])
    with pytest.raises(ValueError, match="`alpha_p` and `alpha_q` must be concentrations over the same outcomes; they have 2 and 3"):
        dirichlet_kl([1.0, 1.0], [1.0, 1.0, 1.0])
    with pytest.raises(ValueError, match=r"`rate_p` and `rate_q` must have shapes that broadcast; they are \(2,\) and \(3,\)"):
        exponential_kl([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="`rate` must not be empty"):
        exponential_entropy([])
    with pytest.raises(ValueError, match="`base` must be a finite number"):
        gamma_entropy(1.0, 1.0, base=1)


def test_the_excess_is_exact_over_sixteen_orders():
    with mp.workdps(60):
        for x in [s * 10.0**-k for k in range(17) for s in (1.0, 0.5, 0.3, -0.3, -0.5, -0.9)]:
            true = number(x) - mp.log1p(number(x))
            assert float(_bregman.excess(x)) == pytest.approx(float(true), rel=3e-15, abs=0)


def test_the_pieces_of_the_gamma_family_meet_where_their_series_take_over():
    with mp.workdps(60):
        for a in (1e-9, 0.3, 2.0, 7.99, 8.0, 8.01, 30.0, 1e7):
            x = number(a)
            rest = mp.loggamma(x) - (x - 0.5) * mp.log(x) + x - mp.log(2 * mp.pi) / 2
            assert float(_bregman.stirling_rest(a)) == pytest.approx(float(rest), rel=1e-13)
            assert float(_bregman.digamma_less_log(a)) == pytest.approx(float(mp.digamma(x) - mp.log(x)), rel=1e-13)
            assert float(_bregman.trigamma_less_inverse(a)) == pytest.approx(float(x * x * (mp.psi(1, x) - 1 / x)), rel=1e-13)
        for k in (0.0, 1e-3, 2.0, 24.9, 25.0, 25.1, 300.0, 1e4):
            x = number(k)
            length = mp.besseli(1, x) / mp.besseli(0, x)
            assert float(_bregman.resultant(k)) == pytest.approx(float(length), rel=1e-14)
            slope = 1 - length / x - length**2 if k else mp.mpf(1) / 2
            assert float(_bregman.one_less_resultant(k)) == pytest.approx(float(1 - length), rel=1e-13)
            assert float(_bregman.resultant_slope(k)) == pytest.approx(float(slope), rel=1e-13)
