"""Each labelled equation of the chapter, both sides by different routes."""

import math

import mpmath
import numpy as np
import pytest
import sympy
from scipy import integrate, optimize, special, stats

import lib
from lib import entropy, js_divergence, kl_divergence
from lib.f_divergences import NAMES, Generator, f_divergence, generator, total_variation
from lib.gaussian import gaussian_kl
from lib.mixtures import Mixture, mixture_kl, mixture_log_density, mixture_moments, reverse_kl_of_gaussians
from lib.projections import em_step, fit_reverse

HILLS = Mixture([0.6, 0.4], [-2, 2], [0.7, 0.7])
THREE = Mixture([0.4, 0.35, 0.25], [-4, 0, 4], [0.6, 0.6, 0.6])
MEMBERS = [(name, None) for name in NAMES if name != "alpha"] + [("alpha", a) for a in (-2, -0.5, 0.3, 0.8, 1.6, 3)]


def gaussian(mean, sd):
    return Mixture([1.0], [mean], [sd])


def random_pairs(k, size, seed=0, concentration=0.5):
    return np.random.default_rng(seed).dirichlet(np.full(k, concentration), size=(2, size))


def mean_under(mixture, g):
    """Return the mean of g(x) by SciPy's adaptive quadrature, component by component."""
    return sum(
        w * integrate.quad(lambda x, m=m, s=s: stats.norm.pdf(x, m, s) * g(x), m - 10 * s, m + 10 * s, limit=300, epsabs=1e-12)[0]
        for w, m, s in zip(*mixture)
    )


def in_nats(p, q, name, alpha=None):
    return f_divergence(p, q, name, alpha=alpha, base=math.e)


# An exponential family on six outcomes, of which everything can be summed

OUTCOMES = np.arange(6.0)
STATISTICS = np.stack([OUTCOMES, OUTCOMES**2])
CARRIER = np.array([1.0, 2.0, 1.0, 0.5, 1.0, 3.0])


def member(theta):
    return lib.normalize(CARRIER * np.exp(np.asarray(theta) @ STATISTICS))


def log_total(theta):
    return special.logsumexp(np.asarray(theta) @ STATISTICS, b=CARRIER)


def test_eq_directions_family():
    # Gaussians are one: T = (x, x²), theta = (m/s², -1/2s²), A = m²/2s² + ln s, h = 1/sqrt(2 pi).
    x, m = sympy.symbols("x m", real=True)
    s = sympy.symbols("s", positive=True)
    theta, a = (m / s**2, -1 / (2 * s**2)), m**2 / (2 * s**2) + sympy.log(s)
    inside = sympy.exp(theta[0] * x + theta[1] * x**2 - a) / sympy.sqrt(2 * sympy.pi)
    density = sympy.exp(-((x - m) ** 2) / (2 * s**2)) / (s * sympy.sqrt(2 * sympy.pi))
    assert sympy.simplify(sympy.expand_log(sympy.log(inside / density), force=True)) == 0
    q = CARRIER * np.exp(np.array([0.3, -0.2]) @ STATISTICS - log_total([0.3, -0.2]))
    np.testing.assert_allclose(q, member([0.3, -0.2]), rtol=1e-13)


def test_eq_directions_gradient():
    rng = np.random.default_rng(1)
    for _ in range(20):
        p, theta = rng.dirichlet(np.ones(6)), rng.uniform(-0.5, 0.5, 2)
        cost = lambda t: kl_divergence(p, member(t), base=math.e)
        left = [(cost(theta + e) - cost(theta - e)) / 2e-5 for e in 1e-5 * np.eye(2)]
        np.testing.assert_allclose(left, STATISTICS @ (member(theta) - p), rtol=1e-5, atol=1e-8)
        best = optimize.minimize(cost, theta, tol=1e-12)
        np.testing.assert_allclose(STATISTICS @ member(best.x), STATISTICS @ p, rtol=1e-4)


def test_eq_directions_pythagoras():
    mean, sd = mixture_moments(HILLS)
    for m, s in ((0, 2), (-2, 0.7), (1, 5), (-5, 3)):
        left = mixture_kl(HILLS, gaussian(m, s))
        assert left == pytest.approx(mixture_kl(HILLS, gaussian(mean, sd)) + gaussian_kl(mean, sd**2, m, s**2), rel=1e-11)
    # Where the moments don't agree there is a gap of either sign.
    gaps = [mixture_kl(HILLS, gaussian(0, 2)) - mixture_kl(HILLS, gaussian(1, s)) - gaussian_kl(1, s**2, 0, 4) for s in (1, 4)]
    assert min(map(abs, gaps)) > 0.01


def test_eq_directions_reverse():
    for m, s in ((-2, 0.7), (0.5, 1.8), (3, 0.4)):
        right = -0.5 * math.log(2 * math.pi * math.e * s**2) - mean_under(gaussian(m, s), lambda x: float(mixture_log_density(x, HILLS)))
        assert mixture_kl(gaussian(m, s), HILLS, base=math.e) == pytest.approx(right, rel=1e-10)
        assert reverse_kl_of_gaussians(m, s, HILLS, base=math.e) == pytest.approx(right, rel=1e-10)


def log_slope(x, mixture):
    parts = [w * stats.norm.pdf(x, m, s) for w, m, s in zip(*mixture)]
    return sum(part * (m - x) / s**2 for part, m, s in zip(parts, mixture[1], mixture[2])) / sum(parts)


def test_eq_directions_slopes():
    rng = np.random.default_rng(2)
    uneven = Mixture([0.5, 0.2, 0.3], [-2, 0, 2], [0.5, 1.0, 0.8])
    for target in (HILLS, uneven):
        for start in (-2, 0, 2):
            (_, (m,), (s,)), *_ = fit_reverse(target, gaussian(start, 1.0))
            q = gaussian(m, s)
            assert mean_under(q, lambda x: log_slope(x, target)) == pytest.approx(0, abs=1e-6)
            assert mean_under(q, lambda x: (x - m) * log_slope(x, target)) == pytest.approx(-1, abs=1e-6)
    # Elsewhere they are the derivatives with the signs of the text.
    for m, s in zip(rng.uniform(-2, 2, 4), rng.uniform(0.6, 2, 4)):
        cost = lambda m, log_s: reverse_kl_of_gaussians(m, math.exp(log_s), HILLS, base=math.e)
        in_m = (cost(m + 1e-5, math.log(s)) - cost(m - 1e-5, math.log(s))) / 2e-5
        in_log_s = (cost(m, math.log(s) + 1e-5) - cost(m, math.log(s) - 1e-5)) / 2e-5
        assert in_m == pytest.approx(-mean_under(gaussian(m, s), lambda x: log_slope(x, HILLS)), abs=1e-6)
        assert in_log_s == pytest.approx(-1 - mean_under(gaussian(m, s), lambda x: (x - m) * log_slope(x, HILLS)), abs=1e-6)


def test_eq_directions_place():
    three = Mixture(*map(np.array, THREE))

    def centre(x):
        parts = three.weights * stats.norm.pdf(x, three.means, 0.6)
        return float(parts @ three.means / parts.sum())

    grid = [centre(x) for x in np.linspace(-8, 8, 200)]
    assert (np.diff(grid) >= -1e-12).all()
    for start in (-4, 0, 4, 2, -2):
        (_, (m,), (s,)), *_ = fit_reverse(three, gaussian(start, 1.5))
        assert mean_under(gaussian(m, s), centre) == pytest.approx(m, abs=1e-5)
        assert 0.36 + mean_under(gaussian(m, s), lambda x: (x - m) * centre(x)) == pytest.approx(s**2, abs=1e-5)
        assert -4 <= m <= 4 and 0.6 <= s and s**2 <= 0.36 + s * 8 / 2


def test_eq_directions_hill():
    rng = np.random.default_rng(3)
    for _ in range(20):
        target = Mixture(rng.dirichlet(np.ones(3)), rng.uniform(-3, 3, 3), rng.uniform(0.4, 2, 3))
        for w, m, s in zip(*target):
            assert mixture_kl(gaussian(m, s), target) <= -math.log2(w)
    far = Mixture([0.5, 0.25, 0.25], [-50, 0, 50], [1, 1, 1])
    assert mixture_kl(gaussian(50, 1), far) == pytest.approx(2, rel=1e-12)


def log_parts(x, q):
    return np.array([math.log(w) + stats.norm.logpdf(x, m, s) for w, m, s in zip(*q)])


def test_eq_directions_em_bound():
    old, rng = Mixture([0.5, 0.5], [-1, 1], [1, 1]), np.random.default_rng(4)
    for _ in range(50):
        new = Mixture(rng.dirichlet(np.ones(2)), rng.uniform(-3, 3, 2), rng.uniform(0.5, 2, 2))
        x = rng.uniform(-5, 5)
        shares = special.softmax(log_parts(x, old))
        bound = lambda q: -shares @ (log_parts(x, q) - np.log(shares))
        assert -mixture_log_density(x, new) <= bound(new) + 1e-12
        assert -mixture_log_density(x, old) == pytest.approx(bound(old), rel=1e-12)


def test_eq_directions_em():
    # The step against a search for the least bound itself, with the shares held fixed.
    old = Mixture([0.4, 0.6], [-1.0, 1.5], [1.0, 1.2])
    x = np.linspace(-9, 9, 2001)
    p = lib.normalize(np.exp(mixture_log_density(x, THREE)))
    shares = special.softmax(log_parts(x, old), axis=0)

    def bound(theta):
        q = special.softmax([0, theta[0]]), theta[1:3], np.exp(theta[3:])
        return -(p * shares * log_parts(x, q)).sum()

    found = optimize.minimize(bound, [0.4, -1, 1.5, 0, 0.2], method="BFGS", options={"gtol": 1e-7}).x
    step = em_step(THREE, old)
    np.testing.assert_allclose(step.weights, special.softmax([0, found[0]]), atol=1e-5)
    np.testing.assert_allclose(step.means, found[1:3], atol=1e-5)
    np.testing.assert_allclose(step.sds, np.exp(found[3:]), atol=1e-5)


def test_eq_directions_em_moments():
    first, second = (mean_under(THREE, lambda x, n=n: x**n) for n in (1, 2))
    q = Mixture([0.5, 0.5], [-1, 1], [1, 1])
    for _ in range(5):
        q = em_step(THREE, q)
        assert q.weights @ q.means == pytest.approx(first, rel=1e-10)
        assert q.weights @ (q.sds**2 + q.means**2) == pytest.approx(second, rel=1e-10)


# f-divergences


def exact_f(p, q, f, at_zero, slope):
    """Return the sum of the definition in forty digits, zeros by their limits."""
    total = mpmath.mpf(0)
    for a, b in zip(map(mpmath.mpf, p.tolist()), map(mpmath.mpf, q.tolist())):
        total += b * f(a / b) if a and b else (b * at_zero if b else 0) + (a * slope if a else 0)
    return total


EXACT = {
    "kl": (lambda t: t * mpmath.log(t) - t + 1, 1, mpmath.inf),
    "reverse-kl": (lambda t: t - 1 - mpmath.log(t), mpmath.inf, 1),
    "js": (lambda t: (t * mpmath.log(t) - (1 + t) * mpmath.log((1 + t) / 2)) / 2, mpmath.log(2) / 2, mpmath.log(2) / 2),
    "total-variation": (lambda t: abs(t - 1) / 2, mpmath.mpf(1) / 2, mpmath.mpf(1) / 2),
    "squared-hellinger": (lambda t: (mpmath.sqrt(t) - 1) ** 2 / 2, mpmath.mpf(1) / 2, mpmath.mpf(1) / 2),
    "chi-squared": (lambda t: (t - 1) ** 2, 1, mpmath.inf),
    "reverse-chi-squared": (lambda t: (t - 1) ** 2 / t, mpmath.inf, 1),
}


@pytest.mark.parametrize("name", EXACT)
def test_eq_directions_f(name):
    f, at_zero, slope = EXACT[name]
    pairs = [row * (np.random.default_rng(5).random(row.shape) < 0.8) for row in random_pairs(6, 60, seed=6)]
    with mpmath.workdps(40):
        for p, q in zip(*map(lib.normalize, pairs)):
            # q f(p/q) for f that is 0 with its slope at 1 needs no sums of exactly 1
            assert in_nats(p, q, name) == pytest.approx(float(exact_f(p, q, f, at_zero, slope)), rel=1e-13, abs=1e-300)
        assert f(mpmath.mpf(10) ** -60) == pytest.approx(at_zero, abs=1e-10) or f(mpmath.mpf(10) ** -3000) > 1000
        far = mpmath.mpf(10) ** 60
        assert f(far) / far == pytest.approx(slope, abs=1e-10) or f(mpmath.mpf(10) ** 3000) / mpmath.mpf(10) ** 3000 > 1000


def test_eq_directions_reversed():
    p, q = random_pairs(5, 200, seed=7)
    for name, alpha in MEMBERS:
        g = generator(name, alpha=alpha)
        turned = Generator(lambda t: t * g.f(1 / t), g.slope, g.at_zero, g.logarithmic)
        np.testing.assert_allclose(in_nats(p, q, turned), in_nats(q, p, name, alpha), rtol=1e-9, atol=1e-12)


def test_eq_directions_local():
    rng = np.random.default_rng(8)
    t = sympy.symbols("t", positive=True)
    forms = {
        "kl": t * sympy.log(t) - t + 1,
        "reverse-kl": t - 1 - sympy.log(t),
        "js": (t * sympy.log(t) - (1 + t) * sympy.log((1 + t) / 2)) / 2,
        "squared-hellinger": (sympy.sqrt(t) - 1) ** 2 / 2,
        "chi-squared": (t - 1) ** 2,
        "reverse-chi-squared": (t - 1) ** 2 / t,
    }
    for name, alpha in MEMBERS:
        if name == "total-variation":
            continue
        a = sympy.nsimplify(alpha) if alpha is not None else None
        f = forms.get(name) if alpha is None else (t**a - a * t + a - 1) / (a * (a - 1))
        second = float(sympy.diff(f, t, 2).subs(t, 1))
        assert second == pytest.approx({"js": 0.25, "squared-hellinger": 0.25, "chi-squared": 2, "reverse-chi-squared": 2}.get(name, 1))
        errors = []
        q, noise = rng.dirichlet(np.full(5, 3.0)), rng.uniform(-1, 1, 5)
        for size in (1e-2, 1e-3):
            p = q * (1 + size * (noise - q @ noise))
            errors.append(abs(in_nats(p, q, name, alpha) - second / 2 * ((p - q) ** 2 / q).sum()))
        assert errors[1] < errors[0] / 700 or errors[0] < 1e-12, "the rest is of third order"


def test_eq_directions_alpha():
    p, q = random_pairs(6, 300, seed=9)
    for alpha in (-2, -0.5, 0.3, 0.5, 0.8, 1.6, 3):
        right = ((p**alpha * q ** (1 - alpha)).sum(axis=-1) - 1) / (alpha * (alpha - 1))
        np.testing.assert_allclose(in_nats(p, q, "alpha", alpha), right, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(in_nats(p, q, "alpha", alpha), in_nats(q, p, "alpha", 1 - alpha), rtol=1e-12)
    # The two limits, from the formula in many digits.
    one, other = [0.5, 0.3, 0.2], [0.1, 0.3, 0.6]
    with mpmath.workdps(60):
        for end, (a, b) in ((1, (one, other)), (0, (other, one))):
            alpha = end + mpmath.mpf(10) ** -25
            power = mpmath.fsum(mpmath.mpf(x) ** alpha * mpmath.mpf(y) ** (1 - alpha) for x, y in zip(one, other))
            total = alpha * mpmath.fsum(map(mpmath.mpf, one)) + (1 - alpha) * mpmath.fsum(map(mpmath.mpf, other))
            assert float((power - total) / (alpha * (alpha - 1))) == pytest.approx(kl_divergence(a, b, base=math.e), rel=1e-13)


def test_eq_directions_tilted():
    rng = np.random.default_rng(10)
    for alpha in (-1.0, 0.4, 1.0, 1.7):
        p = rng.dirichlet(np.ones(6))
        best = optimize.minimize(lambda t: in_nats(p, member(t), "alpha", alpha), [0.0, 0.0], method="BFGS", options={"gtol": 1e-8}).x
        q = member(best)
        r = lib.normalize(p**alpha * q ** (1 - alpha))
        np.testing.assert_allclose(STATISTICS @ q, STATISTICS @ r, rtol=1e-5)
        assert alpha == 1 or abs(STATISTICS @ (q - p)).max() > 1e-4


def test_eq_directions_processing():
    rng = np.random.default_rng(11)
    p, q = random_pairs(6, 300, seed=12)
    for name, alpha in MEMBERS:
        f = generator(name, alpha=alpha).f
        for channel in (rng.dirichlet(np.full(4, 0.3), size=6), np.eye(3)[[0, 0, 1, 1, 2, 2]]):
            p_y, q_y = p @ channel, q @ channel
            left = (q_y * f(p_y / q_y)).sum(axis=-1)
            right = (q * f(p / q)).sum(axis=-1)
            assert (left <= right * (1 + 1e-9) + 1e-12).all()
            weights = q[:, :, None] * channel / q_y[:, None]  # the weights of the proof
            np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-12)
            np.testing.assert_allclose((weights * (p / q)[:, :, None]).sum(axis=1), p_y / q_y, rtol=1e-9)
    # Reached by merging outcomes of one ratio.
    p, q = np.array([0.2, 0.4, 0.4]), np.array([0.1, 0.2, 0.7])
    for name, alpha in MEMBERS:
        merged = in_nats([0.6, 0.4], [0.3, 0.7], name, alpha)
        assert merged == pytest.approx(in_nats(p, q, name, alpha), rel=1e-13)


def test_eq_directions_range():
    for name, alpha in MEMBERS:
        g = generator(name, alpha=alpha)
        ceiling = g.at_zero + g.slope
        t = np.geomspace(1e-8, 1e8, 400)
        if math.isfinite(ceiling):
            assert (g.f(t) <= (g.at_zero + t * g.slope) * (1 + 1e-12)).all()
        values = in_nats(*random_pairs(4, 500, seed=13, concentration=0.1), name, alpha)
        assert (values >= 0).all() and (values <= ceiling).all()
        assert in_nats([0.5, 0.5, 0], [0, 0, 1], name, alpha) == pytest.approx(ceiling, rel=1e-14)
    for alpha in (0.3, 0.8):
        g = generator("alpha", alpha=alpha)
        assert g.at_zero + g.slope == pytest.approx(1 / (alpha * (1 - alpha)), rel=1e-14)


# Inequalities: on random pairs, and with equality at the family that is named


def measures(p, q):
    h2, chi2 = f_divergence(p, q, "squared-hellinger"), f_divergence(p, q, "chi-squared")
    return total_variation(p, q), h2, kl_divergence(p, q, base=math.e), chi2


RANDOM = [random_pairs(k, 20_000, seed=14 + k, concentration=c) for k, c in ((2, 1.0), (3, 0.3), (6, 1.0))]
MIRRORED = [(np.array([a, 1 - a]), np.array([1 - a, a])) for a in (0.01, 0.2, 0.4, 0.499)]
PRESSES = [(np.array([v, 0, 1 - v]), np.array([0, v, 1 - v])) for v in (0.001, 0.3, 0.9)]
EVENTS = [(lib.normalize(np.where(np.arange(5) < n, q, 0)), q) for n in (1, 2, 4) for q in random_pairs(5, 5, seed=20)[0]]


def test_eq_directions_hellinger():
    for p, q in RANDOM:
        v, h2, _, _ = measures(p, q)
        assert (h2 <= v * (1 + 1e-12)).all() and (v**2 <= h2 * (2 - h2) * (1 + 1e-12)).all()
    for p, q in PRESSES:
        v, h2, _, _ = measures(p, q)
        assert h2 == pytest.approx(v, rel=1e-14)
    for p, q in MIRRORED:
        v, h2, _, _ = measures(p, q)
        assert v == pytest.approx(math.sqrt(h2 * (2 - h2)), rel=1e-12)


def test_eq_directions_sandwich():
    for p, q in RANDOM:
        _, h2, d, chi2 = measures(p, q)
        assert (-2 * np.log1p(-h2) <= d * (1 + 1e-12)).all() and (d <= np.log1p(chi2) * (1 + 1e-12)).all()
        assert (2 * h2 <= d * (1 + 1e-12)).all() and (d <= chi2 * (1 + 1e-12)).all()
    for p, q in EVENTS:
        _, h2, d, chi2 = measures(p, q)
        assert d == pytest.approx(-2 * math.log(1 - h2), rel=1e-12) == pytest.approx(math.log1p(chi2), rel=1e-12)
        assert d == pytest.approx(-math.log(q[p > 0].sum()), rel=1e-12)


def test_eq_directions_bretagnolle_huber():
    for p, q in RANDOM:
        v, _, d, _ = measures(p, q)
        assert (v <= np.sqrt(-np.expm1(-d)) * (1 + 1e-12)).all()
    # No exponent below 1 would do: a sure thing that the other gives probability 1e-200 has 1 - V² = 2e-200 = 2 exp(-D).
    d = kl_divergence([1.0, 0.0], [1e-200, 1.0], base=math.e)
    assert d == pytest.approx(200 * math.log(10), rel=1e-12)
    for c in (0.99, 0.9):
        assert math.log(2e-200) < -c * d
    # and it is never touched but at 0: at the other end the exact edge is 1 - V = exp(-D), the bound half of that
    e = mpmath.mpf(10) ** -30
    with mpmath.workdps(80):
        bound = 1 - mpmath.sqrt(1 - mpmath.exp(mpmath.log(e)))
        assert float(bound / e) == pytest.approx(0.5, rel=1e-12)


def coin_edge(v):
    cost = lambda a: kl_divergence([a, 1 - a], [a - v, 1 - a + v], base=math.e)
    return optimize.minimize_scalar(cost, bounds=(v, 1), method="bounded", options={"xatol": 1e-11}).fun


def test_eq_directions_frontier():
    for t in (0.05, 0.5, 1.0, 2.0, 5.0, 10.0):
        v = t / 2 * (1 - (1 / math.tanh(t) - 1 / t) ** 2)
        d = math.log(t / math.sinh(t)) + t / math.tanh(t) - (t / math.sinh(t)) ** 2
        assert coin_edge(v) == pytest.approx(d, rel=1e-7)
        assert d >= 2 * v**2 and d >= -math.log(1 - v**2)
    # No pair on more outcomes lies below the edge.
    v, _, d, _ = measures(*random_pairs(3, 300, seed=30))
    assert all(value >= coin_edge(variation) - 1e-9 for variation, value in zip(v, d))
    # Pinsker's constant is right at 0 alone; the edge tends to -ln(1 - V).
    assert coin_edge(0.01) / (2 * 0.01**2) == pytest.approx(1, abs=1e-4)
    assert coin_edge(0.99) == pytest.approx(-math.log(0.01), rel=1e-5)


def test_eq_directions_js():
    def bound(v):
        return 1 - entropy(np.stack([(1 - v) / 2, (1 + v) / 2], axis=-1))

    for p, q in RANDOM:
        v, js = total_variation(p, q), js_divergence(p, q)
        assert (bound(v) <= js + 1e-12).all() and (js <= v * (1 + 1e-12)).all()
        assert (v**2 / 2 <= js * math.log(2) * (1 + 1e-12)).all()
    for p, q in MIRRORED:
        assert js_divergence(p, q) == pytest.approx(bound(total_variation(p, q)), rel=1e-9)
    for p, q in PRESSES:
        assert js_divergence(p, q) == pytest.approx(total_variation(p, q), rel=1e-13)
    p, q = MIRRORED[-1]
    assert js_divergence(p, q, base=math.e) / (total_variation(p, q) ** 2 / 2) == pytest.approx(1, abs=1e-5)


# Disjoint supports


def test_eq_directions_shift():
    x = np.linspace(0, 1, 1001)
    for shift in (0.0, 0.25, 1.0, 2.5):
        # Three stretches on which both densities are constant: alone P, both, alone Q.
        alone = min(shift, 1.0)
        p, q = [alone, 1 - alone, 0], [0, 1 - alone, alone]
        assert js_divergence(p, q) == pytest.approx(min(shift, 1)) == pytest.approx(total_variation(p, q))
        assert (kl_divergence(p, q), kl_divergence(q, p)) == ((math.inf,) * 2 if shift else (0, 0))
        assert stats.wasserstein_distance(x, x + shift) == pytest.approx(shift, abs=1e-12)


def test_eq_directions_blur():
    sigma, line = 0.5, np.linspace(-8, 12, 4001)
    box = lambda centre: stats.norm(0, sigma).sf(abs(line - centre) - 0.5) - stats.norm(0, sigma).sf(abs(line - centre) + 0.5)
    for shift in (0.1, 1, 3):
        d = kl_divergence(lib.normalize(box(0)), lib.normalize(box(shift)), base=math.e)
        assert 0 < d < shift**2 / (2 * sigma**2)
    # Clouds of points: W2 in one dimension pairs them in their order. For single points both sides are equal.
    rng = np.random.default_rng(31)
    for n in (1, 4, 8):
        x, y = np.sort(rng.uniform(-2, 2, (2, n)))
        p, q = (Mixture(np.full(n, 1 / n), points, np.full(n, sigma)) for points in (x, y))
        d, bound = mixture_kl(p, q, base=math.e), np.mean((x - y) ** 2) / (2 * sigma**2)
        assert d == pytest.approx(bound, rel=1e-9) if n == 1 else d < bound
        assert n > 1 or bound == pytest.approx(gaussian_kl(x[0], sigma**2, y[0], sigma**2, base=math.e), rel=1e-9)
