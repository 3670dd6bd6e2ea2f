"""The labelled equations of the chapter on estimation, both sides by different routes."""

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, special, stats

from lib import entropy, kl_divergence
from lib.estimators import corrected_mutual_information, plug_in
from lib.neighbours import kozachenko_leonenko, ksg_mutual_information, wang_kulkarni_verdu

NATS = {"base": math.e}
P = np.array([0.5, 0.3, 0.2])


def samples(p, n):
    """Yield all counts of n draws with their probabilities."""
    k = len(p)
    for bars in itertools.combinations(range(n + k - 1), k - 1):
        counts = np.diff([-1, *bars, n + k - 1]) - 1
        yield counts, stats.multinomial(n, p).pmf(counts)


def mean(function, p, n):
    return sum(weight * function(counts) for counts, weight in samples(p, n))


@pytest.mark.parametrize("n", [1, 4, 9])
def test_eq_estimation_gap(n):
    left = mean(lambda c: plug_in(c, **NATS), P, n)
    gap = mean(lambda c: special.rel_entr(c / n, P).sum(), P, n)
    assert left == pytest.approx(special.entr(P).sum() - gap, rel=1e-12)
    assert left <= special.entr(P).sum()


def test_eq_estimation_chi_squared():
    for n in (1, 5, 20):
        chi2 = mean(lambda c, n=n: ((c / n - P) ** 2 / P).sum(), P, n)
        assert chi2 == pytest.approx((len(P) - 1) / n, rel=1e-12)


def test_eq_estimation_bias():
    true = special.entr(P).sum()
    scaled = [n * (mean(lambda c: plug_in(c, **NATS), P, n) - true) for n in (20, 40, 80)]
    assert scaled[-1] == pytest.approx(-(len(P) - 1) / 2, abs=0.02)
    # What remains is of order 1/n: it halves when n doubles.
    assert (scaled[1] + 1) / (scaled[0] + 1) == pytest.approx(1 / 2, abs=0.1)
    assert (scaled[2] + 1) / (scaled[1] + 1) == pytest.approx(1 / 2, abs=0.1)


def test_eq_estimation_information_bias():
    a, b = np.array([0.5, 0.5]), np.array([0.3, 0.7])
    for n, error in ((20, 0.2), (40, 0.1)):
        bias = mean(lambda c: corrected_mutual_information(c.reshape(2, 2), estimator=plug_in, **NATS), np.outer(a, b).ravel(), n)
        assert 2 * n * bias == pytest.approx(1, abs=error)


def test_eq_estimation_coverage():
    for n in (1, 3, 8):
        once = mean(lambda c, n=n: (c == 1).sum() / n, P, n)
        assert once == pytest.approx(sum(P * (1 - P) ** (n - 1)), rel=1e-12)
        if n > 1:  # what n - 1 draws have not yet seen
            missing = mean(lambda c: P[c == 0].sum(), P, n - 1)
            assert once == pytest.approx(missing, rel=1e-12)


def test_eq_estimation_series():
    r = np.arange(1, 2000)
    right = sum((p * (1 - p) ** r / r).sum() for p in P)
    assert right == pytest.approx(entropy(P, **NATS), rel=1e-12)


@pytest.mark.parametrize("n, k", [(2, 1), (10, 1), (10, 4), (100, 99)])
def test_eq_estimation_mass(n, k):
    def integrand(u):
        return math.log(u) * stats.beta(k, n - k).pdf(u)

    left = integrate.quad(integrand, 0, 1, epsabs=1e-12, limit=200)[0]
    assert left == pytest.approx(special.digamma(k) - special.digamma(n), abs=1e-8)
    # And as the logarithm of the k-th smallest of n - 1 uniform numbers.
    smallest = np.sort(np.random.default_rng(0).random((20_000, n - 1)), axis=1)[:, k - 1]
    logs = np.log(smallest)
    assert abs(logs.mean() - left) < 4 * logs.std() / math.sqrt(20_000)


def _apart(x, y):
    return np.abs(x[:, None] - y).max(axis=-1)


def test_eq_estimation_kozachenko():
    x, k = np.random.default_rng(1).normal(size=(50, 3)), 2
    r = np.sort(_apart(x, x), axis=1)[:, k]
    harmonic = sum(1 / i for i in range(k, 50))  # digamma(50) - digamma(2)
    assert kozachenko_leonenko(x, k=k, **NATS) == pytest.approx(harmonic + np.log((2 * r) ** 3).mean(), rel=1e-12)


def test_eq_estimation_wang():
    rng = np.random.default_rng(2)
    x, y, k = rng.normal(size=(30, 2)), rng.normal(size=(20, 2)), 3
    r, s = np.sort(_apart(x, x), axis=1)[:, k], np.sort(_apart(x, y), axis=1)[:, k - 1]
    constant = -sum(1 / i for i in range(21, 30))  # digamma(21) - digamma(30)
    assert wang_kulkarni_verdu(x, y, k=k, **NATS) == pytest.approx(2 * np.log(s / r).mean() + constant, rel=1e-12)


def test_eq_estimation_ksg():
    x, z = np.random.default_rng(3).normal(size=(2, 60, 1))
    y, k = x + z, 3
    a, b = (_apart(v / v.std(), v / v.std()) for v in (x, y))
    r = np.sort(np.maximum(a, b), axis=1)[:, [k]]
    n_x, n_y = (a < r).sum(axis=1) - 1, (b < r).sum(axis=1) - 1
    psi = special.digamma
    assert ksg_mutual_information(x, y, k=k, **NATS) == pytest.approx(
        psi(k) + psi(60) - (psi(n_x + 1) + psi(n_y + 1)).mean(), rel=1e-12
    )


def test_eq_estimation_jitter():
    # Rounded to whole steps of width w and spread evenly: a density with steps of height p / w.
    w, p = 0.1, P
    steps = [integrate.quad(lambda u, h=h: -(h / w) * math.log(h / w), 0, w)[0] for h in p]
    assert sum(steps) == pytest.approx(entropy(p, **NATS) + math.log(w), rel=1e-12)


def test_eq_estimation_nsb_prior():
    # The mean entropy under a symmetric Dirichlet prior, against a Monte Carlo mean.
    K, beta = 5, 0.4
    draws = np.random.default_rng(4).dirichlet(np.full(K, beta), size=200_000)
    values = special.entr(draws).sum(axis=1)
    formula = special.digamma(K * beta + 1) - special.digamma(beta + 1)
    assert abs(values.mean() - formula) < 4 * values.std() / math.sqrt(200_000)


def test_the_gap_is_the_librarys_divergence():
    counts = np.array([3, 1, 2])
    assert special.rel_entr(counts / 6, P).sum() == pytest.approx(kl_divergence(counts / 6, P, **NATS), rel=1e-13)
