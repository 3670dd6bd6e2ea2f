"""Each labelled equation of the chapter, both sides by different routes."""

import math

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad

from lib import entropy, js_distance, js_divergence, kl_divergence, mutual_information
from lib.data import digits

RNG = np.random.default_rng(0)
P, Q = RNG.dirichlet(np.full(5, 0.6), size=(2, 300))
M = (P + Q) / 2


def binary_entropy(t):
    return entropy(np.stack([t, 1 - t]), axis=0)


def sparse_pairs(count, k, seed):
    """Return pairs of distributions many of whose probabilities are 0."""
    rng = np.random.default_rng(seed)
    weights = rng.random((2, count, k)) * (rng.random((2, count, k)) < 0.5)
    weights[..., 0] += weights.sum(axis=-1) == 0
    return weights / weights.sum(axis=-1, keepdims=True)


def mpmath_kl(p, q):
    return sum((x * mpmath.log(x / y) for x, y in zip(p, q) if x), mpmath.mpf(0))


def test_eq_js_definition():
    # The library's sum of non-negative terms against the signed terms in 40 digits.
    pairs_p, pairs_q = sparse_pairs(100, 5, 1)
    with mpmath.workdps(40):
        for p, q in zip(pairs_p, pairs_q):
            p, q = [[mpmath.mpf(float(x)) for x in side] for side in (p, q)]
            m = [(x + y) / 2 for x, y in zip(p, q)]
            right = (mpmath_kl(p, m) + mpmath_kl(q, m)) / 2
            left = js_divergence([float(x) for x in p], [float(x) for x in q], base=math.e)
            assert float(left) == pytest.approx(float(right), rel=1e-13, abs=1e-15)


def test_eq_js_entropy():
    np.testing.assert_allclose(js_divergence(P, Q), entropy(M) - (entropy(P) + entropy(Q)) / 2, rtol=1e-9, atol=1e-14)


def test_eq_js_mutual_information():
    # The game in counts: coin and draw tabulated, the information of the table against the divergence.
    rng = np.random.default_rng(2)
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.3, 0.6])
    estimates = []
    for _ in range(200):
        heads = rng.binomial(20_000, 0.5)
        table = np.stack([rng.multinomial(heads, p), rng.multinomial(20_000 - heads, q)]) / 20_000
        estimates.append(mutual_information(table))
    error = np.std(estimates, ddof=1) / math.sqrt(200)
    bias = 2 * 1 / (2 * 20_000 * math.log(2))  # (rows - 1)(columns - 1) / 2n, in bits
    assert error < 0.001
    assert abs(np.mean(estimates) - bias - js_divergence(p, q)) < 4 * error
    np.testing.assert_allclose(mutual_information(np.stack([P, Q], axis=-2) / 2), js_divergence(P, Q), rtol=1e-12)


def test_eq_js_bound():
    pairs_p, pairs_q = sparse_pairs(20_000, 4, 3)
    middle = (pairs_p + pairs_q) / 2
    assert (pairs_p[middle > 0] / middle[middle > 0] <= 2).all()
    js = js_divergence(pairs_p, pairs_q, base=math.e)
    disjoint = ((pairs_p > 0) & (pairs_q > 0)).sum(axis=-1) == 0
    assert 100 < disjoint.sum() < 10_000  # both kinds of pair are well represented
    assert (js >= 0).all()
    np.testing.assert_allclose(js[disjoint], math.log(2), rtol=1e-14)
    assert (js[~disjoint] < math.log(2)).all()
    assert ((js == 0) == (pairs_p == pairs_q).all(axis=-1)).all()


def test_eq_js_compensation():
    r = RNG.dirichlet(np.full(5, 0.6), size=300)
    left = (kl_divergence(P, r) + kl_divergence(Q, r)) / 2
    np.testing.assert_allclose(left, js_divergence(P, Q) + kl_divergence(M, r), rtol=1e-11)


def test_eq_js_posterior():
    # Counting rounds of the game against Bayes' formula, in standard errors.
    rng = np.random.default_rng(4)
    p, q = np.array([0.6, 0.3, 0.1]), np.array([0.2, 0.3, 0.5])
    coin = rng.integers(2, size=300_000)
    draws = np.where(coin == 0, rng.choice(3, size=coin.size, p=p), rng.choice(3, size=coin.size, p=q))
    for x in range(3):
        seen = coin[draws == x] == 0
        posterior = p[x] / (p[x] + q[x])
        assert abs(seen.mean() - posterior) < 4 * math.sqrt(posterior * (1 - posterior) / seen.size)


def test_eq_js_guess():
    # Every rule that names a source for each outcome, by enumeration: the best one errs by half the sum of the minima.
    for p, q in zip(P[:50], Q[:50]):
        errors = []
        for rule in range(2**5):
            names_p = np.array([rule >> x & 1 for x in range(5)], dtype=bool)
            errors.append((p[~names_p].sum() + q[names_p].sum()) / 2)
        assert min(errors) == pytest.approx(np.minimum(p, q).sum() / 2, rel=1e-12, abs=0)
        assert min(errors) == pytest.approx((1 - np.abs(p - q).sum() / 2) / 2, rel=1e-12, abs=0)


def test_eq_js_guess_bounds():
    for k in (2, 3, 30):
        for concentration in (0.1, 1, 20):
            p, q = np.random.default_rng(5).dirichlet(np.full(k, concentration), size=(2, 2_000))
            e, open_bits = np.minimum(p, q).sum(axis=-1) / 2, 1 - js_divergence(p, q)
            assert (2 * e <= open_bits + 1e-12).all()
            assert (open_bits <= binary_entropy(e) + 1e-12).all()
    # Both are sharp, so no better constant would hold.
    e = np.linspace(0.01, 0.49, 25)
    zero = np.zeros(25)
    all_or_nothing = js_divergence(np.stack([1 - 2 * e, 2 * e, zero], -1), np.stack([zero, 2 * e, 1 - 2 * e], -1))
    np.testing.assert_allclose(1 - all_or_nothing, 2 * e, rtol=1e-12)
    coins = js_divergence(np.stack([e, 1 - e], -1), np.stack([1 - e, e], -1))
    np.testing.assert_allclose(1 - coins, binary_entropy(e), rtol=1e-12)


def test_eq_js_triangle():
    rng = np.random.default_rng(6)
    largest = 0
    for k in (2, 3, 10):
        for concentration in (0.05, 1, 100):
            a, b, c = rng.dirichlet(np.full(k, concentration), size=(3, 10_000))
            direct, detour = js_distance(a, c), js_distance(a, b) + js_distance(b, c)
            assert (direct <= detour + 1e-12).all()
            apart = detour > 1e-6
            largest = max(largest, (direct[apart] / detour[apart]).max())
    assert largest > 0.999  # the inequality is tight: a smaller constant would fail here
    a, b, c = sparse_pairs(10_000, 3, 7)[0], *sparse_pairs(10_000, 3, 8)
    assert (js_distance(a, c) <= js_distance(a, b) + js_distance(b, c) + 1e-12).all()


def test_eq_js_xlogx():
    def integrand(s, x):
        if s < 1e-3:  # the difference cancels here; its power series does not
            return x * (x - 1) / 2 - s * x * (x * x - 1) / 6
        return (math.exp(-x * s) - 1 + x * (1 - math.exp(-s))) / s**2

    for x in (0, 0.01, 0.3, 1, 1.7, 5):
        near, _ = quad(integrand, 0, 1, args=(x,), epsabs=1e-10, points=[1e-3])
        far, _ = quad(integrand, 1, math.inf, args=(x,), epsabs=1e-10, limit=200)
        assert near + far == pytest.approx(x * math.log(x) if x else 0, abs=1e-6)


def test_eq_js_hilbert():
    for p, q in [(P[0], Q[0]), (P[1], Q[1]), ([0.5, 0.5, 0], [0, 0.5, 0.5]), ([1, 0], [0, 1])]:
        total_square = total_three = 0
        for x, y in zip(p, q):
            square = lambda s: ((math.exp(-x * s / 2) - math.exp(-y * s / 2)) / s) ** 2
            three = lambda s: (math.exp(-x * s) + math.exp(-y * s) - 2 * math.exp(-(x + y) * s / 2)) / s**2
            # From 0.01 on by quadrature; below, the square is (x - y)^2 / 4 up to a hundredth of it.
            below = quad(lambda s: square(s) if s > 1e-6 else (x - y) ** 2 / 4, 0, 0.01)[0]
            total_square += below + quad(square, 0.01, 1)[0] + quad(square, 1, math.inf, limit=500)[0]
            total_three += below + quad(three, 0.01, 1)[0] + quad(three, 1, math.inf, limit=500)[0]
        js = js_divergence(p, q, base=math.e)
        assert total_square / 2 == pytest.approx(js, rel=1e-6, abs=0)
        assert total_three / 2 == pytest.approx(js, rel=1e-6, abs=0)


def test_eq_js_kl_local():
    # In 60 digits: the remainder must fall with the third power of epsilon.
    remainders = _remainders(lambda p, q: mpmath_kl(p, q), 2)
    assert remainders[0] / remainders[1] == pytest.approx(1000, rel=0.01, abs=0)
    assert remainders[1] / remainders[2] == pytest.approx(1000, rel=0.001, abs=0)


def test_eq_js_local():
    def js(p, q):
        m = [(x + y) / 2 for x, y in zip(p, q)]
        return (mpmath_kl(p, m) + mpmath_kl(q, m)) / 2

    remainders = _remainders(js, 8)
    assert remainders[0] / remainders[1] == pytest.approx(1000, rel=0.01, abs=0)
    assert remainders[1] / remainders[2] == pytest.approx(1000, rel=0.001, abs=0)
    base, step = np.array([0.2, 0.3, 0.5]), np.array([0.1, 0.1, -0.2]) * 1e-4
    assert js_divergence(base, base + step) / kl_divergence(base, base + step) == pytest.approx(1 / 4, abs=1e-5)


def _remainders(measure, divisor):
    """Return measure(P, P + eps d) less eps^2 / divisor * sum d^2 / p, for eps falling by tens."""
    with mpmath.workdps(60):
        p, d = [mpmath.mpf(x) / 10 for x in (2, 3, 5)], [mpmath.mpf(x) / 10 for x in (1, 1, -2)]
        chi = sum(y**2 / x for x, y in zip(p, d))
        steps = [mpmath.mpf(10) ** -n for n in (3, 4, 5)]
        return [float(measure(p, [x + e * y for x, y in zip(p, d)]) - e**2 * chi / divisor) for e in steps]


def test_eq_js_gan_value():
    # The sums against payments in a played game: the mean pay of a draw from p and of one from q.
    rng = np.random.default_rng(9)
    p, q, says = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.3, 0.6]), np.array([0.9, 0.4, 0.3])
    pay_p = np.log(says)[rng.choice(3, size=200_000, p=p)]
    pay_q = np.log(1 - says)[rng.choice(3, size=200_000, p=q)]
    error = math.sqrt((pay_p.var() + pay_q.var()) / 200_000)
    assert error < 0.01
    assert abs(pay_p.mean() + pay_q.mean() - (p @ np.log(says) + q @ np.log(1 - says))) < 4 * error


def test_eq_js_discriminator():
    candidates = np.arange(0.5, 10_000) / 10_000
    for p, q in zip(P[:20], Q[:20]):
        paid = np.outer(p, np.log(candidates)) + np.outer(q, np.log(1 - candidates))
        found = candidates[paid.argmax(axis=1)]
        assert (np.abs(found - p / (p + q)) <= 0.000051).all()


def test_eq_js_gan():
    # The maximum by ternary search on the concave term of each outcome, without the formula for D.
    for p, q in zip(P[:50], Q[:50]):
        low, high = np.zeros(5), np.ones(5)
        value = lambda d: p * np.log(d) + q * np.log(1 - d)
        for _ in range(80):
            first, second = low + (high - low) / 3, high - (high - low) / 3
            up = value(first) < value(second)
            low, high = np.where(up, first, low), np.where(up, high, second)
        best = value((low + high) / 2).sum()
        m = (p + q) / 2
        divergences = kl_divergence(p, m, base=math.e) + kl_divergence(q, m, base=math.e)
        assert best == pytest.approx(divergences - 2 * math.log(2), abs=1e-12)
        assert best == pytest.approx(2 * js_divergence(p, q, base=math.e) - 2 * math.log(2), abs=1e-12)


def test_eq_js_weighted():
    rng = np.random.default_rng(10)
    for k in (2, 3, 10):
        for _ in range(100):
            weights, rows = rng.dirichlet(np.ones(k)), rng.dirichlet(np.full(4, 0.3), size=k)
            mixture = weights @ rows
            by_kl = weights @ kl_divergence(rows, mixture)
            assert by_kl == pytest.approx(entropy(mixture) - weights @ entropy(rows), rel=1e-9, abs=0)
            assert by_kl == pytest.approx(mutual_information(weights[:, None] * rows), rel=1e-11, abs=0)
            assert by_kl < entropy(weights)
            if k == 2:
                assert js_divergence(*rows, weights) == pytest.approx(by_kl, rel=1e-12, abs=0)
    # The bound is reached by disjoint sources, whatever the weights.
    weights = np.array([0.7, 0.2, 0.1])
    assert mutual_information(np.diag(weights)) == pytest.approx(entropy(weights), rel=1e-14, abs=0)
    # And on real data: a pixel against the class of the digit.
    images, labels = digits()
    table = np.zeros((10, 17))
    np.add.at(table, (labels, images[:, 3, 3]), 1 / len(labels))
    share = table.sum(axis=1)
    conditional = table / share[:, None]
    assert share @ kl_divergence(conditional, share @ conditional) == pytest.approx(mutual_information(table), rel=1e-11, abs=0)
