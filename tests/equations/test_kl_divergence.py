"""Each labelled equation of the chapter, both sides by different routes."""

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from scipy import integrate, optimize, stats

import lib
from lib import cross_entropy, entropy, kl_divergence, mutual_information
from lib._kernels import kl_terms
from lib.data import LETTERS, letter_distribution, translated_text


def random_pairs(k, size, seed=0):
    return np.random.default_rng(seed).dirichlet(np.full(k, 0.5), size=(2, size))


def exact(p, q):
    """Return the divergence in nats of two rows of floats, normalised, in fifty digits."""
    with mpmath.workdps(50):
        p, q = ([mpmath.mpf(float(v)) for v in row] for row in (p, q))
        p, q = ([v / mpmath.fsum(row) for v in row] for row in (p, q))
        return float(mpmath.fsum(a * mpmath.log(a / b) for a, b in zip(p, q) if a > 0))


def test_eq_kl_definition():
    # The library (which adds other terms) against the sum as it is written, in fifty digits.
    for p, q in zip(*random_pairs(7, 100)):
        for base in (2, math.e, 10):
            assert kl_divergence(p, q, base=base) == pytest.approx(exact(p, q) / math.log(base), rel=1e-12, abs=0)
    assert kl_divergence([0.0, 1.0], [0.5, 0.5]) == 1
    assert kl_divergence([0.5, 0.5], [0.0, 1.0]) == math.inf


def test_eq_kl_terms():
    # The two sums by algebra for probabilities that sum to 1, and the bracket of lib against the bracket as written.
    p1, p2, q1, q2 = sympy.symbols("p1 p2 q1 q2", positive=True)
    ps, qs = (p1, p2, 1 - p1 - p2), (q1, q2, 1 - q1 - q2)
    left = sum(p * sympy.log(p / q) for p, q in zip(ps, qs))
    right = sum(p * sympy.log(p / q) - p + q for p, q in zip(ps, qs))
    assert sympy.simplify(left - right) == 0
    with mpmath.workdps(50):
        ps, qs = random_pairs(4, 200, seed=1).reshape(2, -1)
        for p, q, term in zip(ps, qs, kl_terms(ps, qs)):
            a, b = mpmath.mpf(float(p)), mpmath.mpf(float(q))
            assert float(term) == pytest.approx(float(a * mpmath.log(a / b) - a + b), rel=1e-13, abs=0)


def test_eq_kl_gibbs():
    # All pairs of distributions with denominator 6 on three outcomes, in exact arithmetic of the ratios.
    simplex = [(a, b, 6 - a - b) for a in range(7) for b in range(7 - a)]
    for p, q in itertools.product(simplex, repeat=2):
        value = kl_divergence([v / 6 for v in p], [v / 6 for v in q])
        if any(a > 0 and b == 0 for a, b in zip(p, q)):
            assert value == math.inf
            continue
        # 6 D = sum p ln(p/q) = ln of a rational number, so its sign is that of (number - 1)
        number = math.prod((Fraction(a, b) ** a for a, b in zip(p, q) if a), start=Fraction(1))
        assert (number == 1) == (p == q) == (value == 0)
        assert number >= 1
        assert value == pytest.approx(math.log2(number) / 6, abs=1e-14)


def test_eq_kl_rounding():
    # Plain sums in Python's numbers against 60 digits, for pairs of every nearness; and the library beside them.
    rng, epsilon, worst, wrong, off = np.random.default_rng(10), 2.0**-52, 0, 0, []
    for _ in range(1500):
        k = int(rng.integers(2, 60))
        p = lib.normalize(rng.dirichlet(np.full(k, rng.choice([0.3, 1, 5]))) + 1e-12)
        q = lib.normalize(p * np.exp(10.0 ** rng.uniform(-15, 1) * rng.standard_normal(k)))
        plain = math.fsum(a * math.log(a / b) for a, b in zip(p.tolist(), q.tolist()))
        ours = float(kl_divergence(p, q, base=math.e))
        with mpmath.workdps(60):
            a, b = ([mpmath.mpf(v) for v in row.tolist()] for row in (p, q))
            literal = mpmath.fsum(v * mpmath.log(v / w) for v, w in zip(a, b))
            brackets = literal - mpmath.fsum(a) + mpmath.fsum(b)  # the same but for the rounding of sums to 1
            bound = epsilon * (1 / 2 + 2 * (brackets + mpmath.sqrt(2 * brackets)))
            error = abs(plain - literal)
            assert error <= bound
            worst = max(worst, float(error / bound))
            wrong += abs(plain / brackets - 1) > 1e-3 if brackets > 0 else 0
            off.append(float(abs(ours - brackets) / np.spacing(float(brackets))) if brackets > 0 else float(ours != 0))
            assert abs(ours - brackets) <= 8 * epsilon * brackets, "where digits cancel, brackets do better"
    assert worst > 0.25, "a bound that is never nearly reached says little"
    assert wrong > 300, "and where it matters, it matters much"
    assert np.quantile(off, 0.99) <= 4, "units in the last place"


def test_eq_kl_series():
    # Left: mpmath's artanh; right: the sum as it is written, and the library's short one.
    values = np.concatenate([[0.0], np.geomspace(1e-12, 0.6, 60), -np.geomspace(1e-12, 0.6, 60), [0.9, -0.9]])
    with mpmath.workdps(60):
        for r in values.tolist():
            x = mpmath.mpf(r)
            left = (1 + x) * mpmath.atanh(x) - x
            pieces = [1 / mpmath.mpf(2 * k + 1) + x / (2 * k + 3) for k in range(700)]
            assert all(piece > 0 for piece in pieces)
            right = x**2 * mpmath.fsum(x ** (2 * k) * piece for k, piece in enumerate(pieces))
            assert mpmath.almosteq(left, right, rel_eps=mpmath.mpf(10) ** -30, abs_eps=mpmath.mpf(10) ** -55)
            # The library's short sum, for p + q = 1 and p - q = r.
            short = kl_terms(np.array([(1 + r) / 2]), np.array([(1 - r) / 2]), np.array([r]))[0]
            assert short == pytest.approx(float(left), rel=4 * 2.0**-52, abs=0)


def test_eq_kl_cross_entropy():
    p, q = random_pairs(9, 300, seed=2)
    np.testing.assert_allclose(kl_divergence(p, q), cross_entropy(p, q) - entropy(p), atol=1e-12)
    for a, b in zip(p[:30], q[:30]):
        with mpmath.workdps(30):
            left = mpmath.fsum(mpmath.mpf(v) * mpmath.log(mpmath.mpf(v), 2) for v in map(float, a))
            right = mpmath.fsum(-mpmath.mpf(v) * mpmath.log(mpmath.mpf(w), 2) for v, w in zip(map(float, a), map(float, b)))
        assert float(left) == pytest.approx(-entropy(a), abs=1e-12)
        assert float(left + right) == pytest.approx(kl_divergence(a, b), abs=1e-12)


def test_eq_kl_code_length():
    # By spelling out messages: dyadic codes as strings, all messages of three letters weighted by their probability.
    p = {"a": Fraction(1, 2), "b": Fraction(1, 4), "c": Fraction(1, 8), "d": Fraction(1, 8)}
    q = {"a": Fraction(1, 8), "b": Fraction(1, 8), "c": Fraction(1, 4), "d": Fraction(1, 2)}
    for_p = {"a": "0", "b": "10", "c": "110", "d": "111"}
    for_q = {"a": "110", "b": "111", "c": "10", "d": "0"}
    waste = Fraction(0)
    for message in itertools.product(p, repeat=3):
        weight = math.prod(p[x] for x in message)
        waste += weight * (len("".join(for_q[x] for x in message)) - len("".join(for_p[x] for x in message)))
    assert float(waste / 3) == kl_divergence([float(v) for v in p.values()], [float(v) for v in q.values()])


def test_eq_kl_shannon_code():
    rng = np.random.default_rng(3)
    for _ in range(300):
        p, q = rng.dirichlet(np.full(rng.integers(2, 9), 0.7), size=2)
        lengths = np.ceil(-np.log2(q)).astype(int)
        # A prefix code with these lengths is really built: words in order of length, counted upwards.
        words, value, previous = [], 0, 0
        for length in sorted(lengths.tolist()):
            value <<= length - previous
            assert value < 1 << length, "no room left: Kraft's inequality would be broken"
            words.append(format(value, f"0{length}b"))
            value, previous = value + 1, length
        assert not any(b.startswith(a) for a, b in itertools.permutations(words, 2))
        mean, bound = p @ lengths, entropy(p) + kl_divergence(p, q)
        assert bound - 1e-12 <= mean < bound + 1


def test_eq_kl_code_spread():
    # Right: the formula. Left: messages drawn letter by letter, compared within standard errors of a standard deviation.
    p, q = letter_distribution(translated_text("en")), letter_distribution(translated_text("fr"))
    ratio = np.log2(p / q)
    sigma = math.sqrt(p @ (ratio - kl_divergence(p, q)) ** 2)
    rng = np.random.default_rng(4)
    for m in (5, 50):
        means = ratio[rng.choice(len(LETTERS), p=p, size=(40_000, m))].mean(axis=1)
        centred = means - means.mean()
        error = math.sqrt(((centred**4).mean() / centred.var() ** 2 - 1) / 4 / len(means))  # relative
        assert abs(means.std() / (sigma / math.sqrt(m)) - 1) < 4 * error < 0.03


def test_eq_kl_chain():
    for p, q in zip(*random_pairs(12, 100, seed=5).reshape(2, 100, 3, 4)):
        whole = kl_divergence(p.ravel(), q.ravel())
        rows = kl_divergence(lib.normalize(p), lib.normalize(q))
        assert whole == pytest.approx(kl_divergence(p.sum(1), q.sum(1)) + p.sum(1) @ rows, rel=1e-11, abs=0)


def test_eq_kl_data_processing():
    rng = np.random.default_rng(6)
    slack = []
    for _ in range(500):
        k, m = rng.integers(2, 8, size=2)
        p, q = rng.dirichlet(np.full(k, 0.5), size=2)
        channel = rng.dirichlet(np.full(m, 0.3), size=k)
        before, after = kl_divergence(p, q), kl_divergence(lib.normalize(p @ channel), lib.normalize(q @ channel))
        assert after <= before * (1 + 1e-12)
        slack.append(after / before)
    assert max(slack) > 0.9, "the bound is nearly reached, so the test could fail"
    p, q = rng.dirichlet(np.ones(6), size=2)
    assert kl_divergence(p[::-1], q[::-1]) == pytest.approx(kl_divergence(p, q), rel=1e-14, abs=0)


def test_eq_kl_pinsker():
    ratios = []
    for k in (2, 3, 10):
        p, q = random_pairs(k, 20_000, seed=k)
        events = np.array(list(itertools.product([0, 1], repeat=k))).T
        variation = abs((p - q) @ events).max(axis=1)  # over all events, not by the formula with the half
        np.testing.assert_allclose(variation, abs(p - q).sum(axis=1) / 2, atol=1e-12)
        ratios.append((variation**2 / (kl_divergence(p, q, base=math.e) / 2)).max())
        assert ratios[-1] <= 1 + 1e-9
    assert max(ratios) > 0.98, "a constant smaller by two per cent would be refuted"


def test_eq_kl_pinsker_proof():
    a, b = sympy.symbols("a b", positive=True)
    g = a * sympy.log(a / b) + (1 - a) * sympy.log((1 - a) / (1 - b)) - 2 * (a - b) ** 2
    assert sympy.simplify(sympy.diff(g, b) - (b - a) * (1 / (b * (1 - b)) - 4)) == 0
    assert g.subs(b, a) == 0
    grid = np.linspace(0.01, 0.99, 99)
    coins = np.stack([grid, 1 - grid], axis=-1)
    values = kl_divergence(coins[:, None], coins, base=math.e) - 2 * (grid[:, None] - grid) ** 2
    assert (values.argmin(axis=1) == np.arange(99)).all()


def test_eq_kl_chi2():
    # The rest is of third order: a step ten times smaller divides it by a thousand.
    p, q = random_pairs(6, 1, seed=7)[:, 0]
    rests = []
    for step in (1e-2, 1e-3):
        near = q + step * (p - q)
        chi2 = sum((mpmath.mpf(a) - mpmath.mpf(b)) ** 2 / mpmath.mpf(b) for a, b in zip(near.tolist(), q.tolist()))
        rests.append(abs(float(kl_divergence(near, q, base=math.e)) - float(chi2) / 2))
    assert rests[0] / rests[1] == pytest.approx(1000, rel=0.1, abs=0)


def test_eq_kl_fisher():
    # Left: the second derivative of the divergence at equality, by algebra. Right: the mean of the squared score.
    t, s = sympy.symbols("theta s", positive=True)
    families = {
        "coin": ([t, 1 - t], [s, 1 - s]),
        "two tosses": ([t**2, 2 * t * (1 - t), (1 - t) ** 2], [s**2, 2 * s * (1 - s), (1 - s) ** 2]),
    }
    for name, (ps, qs) in families.items():
        divergence = sum(a * sympy.log(a / b) for a, b in zip(qs, ps))  # of the moved member from the fixed one
        curvature = sympy.simplify(sympy.diff(divergence, s, 2).subs(s, t))
        information = sympy.simplify(sum(p * sympy.diff(sympy.log(p), t) ** 2 for p in ps))
        assert sympy.simplify(curvature - information) == 0
        assert sympy.simplify(information - {"coin": 1, "two tosses": 2}[name] / (t * (1 - t))) == 0
    step = 1e-4
    value = kl_divergence([0.3 + step, 0.7 - step], [0.3, 0.7], base=math.e)
    assert value == pytest.approx(step**2 / 2 / (0.3 * 0.7), rel=1e-3, abs=0)


def test_eq_kl_information_gain():
    # Left: Bayes' rule by fractions, one observation after the other. Right: mutual information of the table.
    table = [[Fraction(3, 20), Fraction(1, 20), Fraction(2, 20)], [Fraction(1, 20), Fraction(8, 20), Fraction(5, 20)]]
    prior = [float(sum(row)) for row in table]
    gain = 0.0
    for column in zip(*table):
        posterior = [float(v / sum(column)) for v in column]
        gain += float(sum(column)) * kl_divergence(posterior, prior)
    assert gain == pytest.approx(mutual_information([[float(v) for v in row] for row in table]), rel=1e-13, abs=0)
    p = random_pairs(20, 1, seed=8)[0].reshape(4, 5)
    expected = entropy(p.sum(1)) + entropy(p.sum(0)) - entropy(p.ravel())
    posteriors = lib.normalize(p, axis=0).T
    assert p.sum(0) @ kl_divergence(posteriors, p.sum(1)) == pytest.approx(expected, abs=1e-13)


def test_eq_kl_continuous():
    # Gamma and exponential laws: quadrature of the integral, algebra, and ever finer bins.
    p, q = stats.gamma(2, scale=1.5), stats.expon(scale=1)
    integral, _ = integrate.quad(lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), 1e-12, 80)
    # ln(p/q) = ln x - x / 1.5 - 2 ln 1.5 + x, with E x = 3 and E ln x = 1 - Euler's constant + ln 1.5
    by_hand = 2 - np.euler_gamma - math.log(1.5)
    assert integral == pytest.approx(by_hand, abs=1e-7)
    values = []
    for n in (4, 16, 64, 256, 1024, 4096):
        edges = np.concatenate([np.linspace(0, 40, n + 1), [np.inf]])
        values.append(kl_divergence(-np.diff(p.sf(edges)), -np.diff(q.sf(edges)), base=math.e))
    assert (np.diff(values) > 0).all()  # nested bins: from below
    assert values[-1] < by_hand
    assert values[-1] == pytest.approx(by_hand, abs=1e-4)


@pytest.mark.parametrize("m, s, n, t", [(0, 1, 1, 2), (1, 2, 0, 1), (0, 1, 3, 1), (-2, 0.5, -2, 0.25)])
def test_eq_kl_gaussian(m, s, n, t):
    formula = math.log(t / s) + (s**2 + (m - n) ** 2) / (2 * t**2) - 1 / 2
    p, q = stats.norm(m, s), stats.norm(n, t)
    integral, _ = integrate.quad(lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), m - 12 * s, m + 12 * s)
    assert integral == pytest.approx(formula, rel=1e-9, abs=0)


def test_eq_kl_moments():
    # A numerical search over mean and width, for a law that is nothing like a Gaussian.
    x = np.linspace(0, 12, 2001)
    truth = lib.normalize(x * np.exp(-x) + 0.3 * np.exp(-((x - 8) ** 2)))

    def cost(theta):
        log_q = -((x - theta[0]) ** 2) / (2 * math.exp(2 * theta[1])) - theta[1]  # Gaussian density, up to a constant
        return -(truth @ log_q)

    found = optimize.minimize(cost, [1.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    mean = truth @ x
    assert found.x[0] == pytest.approx(mean, rel=1e-5, abs=0)
    assert math.exp(found.x[1]) == pytest.approx(math.sqrt(truth @ (x - mean) ** 2), rel=1e-5, abs=0)


def test_eq_kl_estimators():
    # Means by quadrature: k1 and k3 are exact, k2 is not; and by samples within four standard errors.
    p, q = stats.norm(0, 1), stats.norm(0.8, 1.2)
    formula = math.log(1.2) + (1 + 0.64) / (2 * 1.44) - 1 / 2

    def estimators(x):
        log_r = q.logpdf(x) - p.logpdf(x)
        return -log_r, log_r**2 / 2, np.expm1(log_r) - log_r

    by_quadrature = [integrate.quad(lambda x: p.pdf(x) * estimators(x)[i], -14, 14)[0] for i in range(3)]
    assert by_quadrature[0] == pytest.approx(formula, rel=1e-9, abs=0)
    assert by_quadrature[2] == pytest.approx(formula, rel=1e-9, abs=0)
    assert abs(by_quadrature[1] / formula - 1) > 0.1
    sample = np.random.default_rng(9).standard_normal(400_000)
    for k, mean in zip(estimators(sample), by_quadrature):
        assert abs(k.mean() - mean) < 4 * k.std() / math.sqrt(len(k))
    log_r = q.logpdf(sample) - p.logpdf(sample)
    np.testing.assert_allclose(kl_terms(p.pdf(sample), q.pdf(sample)) / p.pdf(sample), np.expm1(log_r) - log_r, atol=1e-12)
