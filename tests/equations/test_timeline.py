"""Each labelled equation of the chapter, both sides by different routes."""

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from scipy import integrate, optimize, special, stats

from lib import cross_entropy, entropy, kl_divergence, mutual_information

FACES, FAIR = np.arange(1, 7), np.full(6, 1 / 6)


def tilt(strength, base=FAIR, values=FACES):
    return special.softmax(np.log(base) + strength * values)


STRENGTH = optimize.brentq(lambda s: tilt(s) @ FACES - 4.5, 0, 2, xtol=1e-14)
NEAREST = tilt(STRENGTH)
RATE = float(kl_divergence(NEAREST, FAIR, base=math.e))


def ways(n):
    """Return how many of the 6^n outcomes of n dice have each sum, in whole numbers: index 0 is the sum n."""
    counts = [1]
    for _ in range(n):
        counts = [sum(counts[max(0, i - 5) : i + 1]) for i in range(len(counts) + 5)]
    return counts


def probability(n, least):
    """Return the exact probability that n dice sum to `least` or more."""
    return Fraction(sum(ways(n)[max(least - n, 0) :]), 6**n)


def test_eq_timeline_capacity():
    # Mutual information of the table against the mean divergence of the rows from their mixture, and from entropies.
    rng = np.random.default_rng(0)
    for _ in range(50):
        n, m = rng.integers(2, 6, size=2)
        p, channel = rng.dirichlet(np.ones(n)), rng.dirichlet(np.full(m, 0.4), size=n)
        mean = p @ kl_divergence(channel, p @ channel)
        assert mutual_information(p[:, None] * channel) == pytest.approx(mean, rel=1e-10, abs=1e-13)
        assert entropy(p @ channel) - p @ entropy(channel) == pytest.approx(mean, rel=1e-9, abs=1e-12)


def test_eq_timeline_sandwich():
    # The capacity by a general optimizer, between the two sides for hundreds of choices; both are reached.
    rng = np.random.default_rng(1)
    for _ in range(12):
        n = int(rng.integers(2, 5))
        channel = rng.dirichlet(np.full(4, 0.5), size=n)
        loss = lambda z, channel=channel: -float(mutual_information(special.softmax(z)[:, None] * channel))
        best = max(-optimize.minimize(loss, rng.normal(size=n), tol=1e-10).fun for _ in range(3))
        tightest = math.inf
        for p in [*rng.dirichlet(np.ones(n), size=60), np.full(n, 1 / n)]:
            divergences = kl_divergence(channel, p @ channel)
            assert p @ divergences <= best + 1e-7
            assert divergences.max() >= best - 1e-7
        p = np.full(n, 1 / n)
        for _ in range(3000):
            divergences = kl_divergence(channel, p @ channel)
            tightest = divergences.max() - p @ divergences
            p = p * 2**divergences / (p @ 2**divergences)
        assert 0 <= tightest + 1e-12 < 1e-3
        assert p @ kl_divergence(channel, p @ channel) == pytest.approx(best, abs=1e-3)
    # The channel of the chapter, in closed form; and the sandwich is not trivially wide.
    e = sympy.Rational(1, 4)
    closed = float(sympy.log(1 + (1 - e) * e ** (e / (1 - e)), 2))
    p = np.array([0.57217440, 0.42782560])
    channel = np.array([[1, 0], [0.25, 0.75]])
    assert p @ kl_divergence(channel, p @ channel) == pytest.approx(closed, abs=1e-12)
    assert kl_divergence(channel, p @ channel).max() == pytest.approx(closed, abs=1e-7)


def test_eq_timeline_j():
    rng = np.random.default_rng(2)
    for p, q in zip(*rng.dirichlet(np.full(6, 0.6), size=(2, 100))):
        with mpmath.workdps(40):
            a, b = ([mpmath.mpf(float(v)) for v in row] for row in (p, q))
            a, b = ([v / mpmath.fsum(row) for v in row] for row in (a, b))
            literal = float(mpmath.fsum((x - y) * mpmath.log(x / y) for x, y in zip(a, b)))
        assert kl_divergence(p, q, base=math.e) + kl_divergence(q, p, base=math.e) == pytest.approx(literal, rel=1e-11)
        assert ((p - q) * np.log(p / q) >= 0).all()


def test_eq_timeline_fisher():
    t, d = sympy.symbols("theta delta", positive=True)
    log_odds = lambda x: sympy.log(x / (1 - x))
    j = d * (log_odds(t + d) - log_odds(t))
    assert sympy.simplify(sympy.limit(j / d**2, d, 0) - 1 / (t * (1 - t))) == 0
    # The first equation: the sum over heads and tails, and the variance of the score is the same limit.
    for theta, delta in ((0.2, 0.1), (0.7, -0.3), (0.5, 0.01)):
        p, q = np.array([theta + delta, 1 - theta - delta]), np.array([theta, 1 - theta])
        there_and_back = kl_divergence(p, q, base=math.e) + kl_divergence(q, p, base=math.e)
        assert there_and_back == pytest.approx(float(j.subs({t: theta, d: delta})), rel=1e-11)
        score = np.array([1 / theta, -1 / (1 - theta)])
        assert (q * score**2).sum() == pytest.approx(1 / (theta * (1 - theta)))


def test_eq_timeline_sufficient():
    for n, a, b in ((1, 0.3, 0.6), (6, 0.6, 0.4), (10, 0.05, 0.5), (12, 0.9, 0.2)):
        heads = np.arange(n + 1)
        left = kl_divergence(stats.binom.pmf(heads, n, a), stats.binom.pmf(heads, n, b))
        assert left == pytest.approx(n * kl_divergence([a, 1 - a], [b, 1 - b]), rel=1e-10)
    # All 64 sequences of six tosses, one by one.
    sequences = list(itertools.product((0, 1), repeat=6))
    law = lambda a: np.array([math.prod(a if toss else 1 - a for toss in s) for s in sequences])
    assert kl_divergence(law(0.6), law(0.4)) == pytest.approx(6 * kl_divergence([0.6, 0.4], [0.4, 0.6]), rel=1e-12)


def test_eq_timeline_tilt():
    # The nearest distribution with mean 4.5 by constrained minimization, which knows nothing of the form.
    rules = [{"type": "eq", "fun": lambda p: p.sum() - 1}, {"type": "eq", "fun": lambda p: p @ FACES - 4.5}]
    divergence = lambda p: (p * np.log(6 * p)).sum()
    found = optimize.minimize(divergence, FAIR, constraints=rules, bounds=[(1e-9, 1)] * 6, tol=1e-13)
    assert found.x == pytest.approx(NEAREST, abs=1e-5)
    assert found.fun == pytest.approx(RATE, abs=1e-9)
    z = (FAIR * np.exp(STRENGTH * FACES)).sum()
    assert pytest.approx(FAIR * np.exp(STRENGTH * FACES) / z, rel=1e-12) == NEAREST


def test_eq_timeline_pythagoras():
    # Whole-number dice with mean exactly 4.5: all of them with twelve parts.
    found = 0
    for parts in itertools.product(range(13), repeat=5):
        last = 12 - sum(parts)
        if last < 0 or sum(f * k for f, k in zip(FACES, (*parts, last))) != 54:
            continue
        p = np.array([*parts, last]) / 12
        whole = math.log(6) - entropy(p, base=math.e)
        assert whole == pytest.approx(kl_divergence(p, NEAREST, base=math.e) + RATE, abs=1e-9)
        assert whole >= RATE
        found += 1
    assert found > 100
    # With a mean above 4.5 the second part grows by strength times the excess.
    p = np.array([0, 0, 0, 0.2, 0.3, 0.5])
    excess = p @ FACES - 4.5
    right = kl_divergence(p, NEAREST, base=math.e) + RATE + STRENGTH * excess
    assert kl_divergence(p, FAIR, base=math.e) == pytest.approx(right, abs=1e-9)


def test_eq_timeline_sanov():
    rate = RATE / math.log(2)
    exponents = []
    for n in (2, 4, 10, 50, 200, 600):
        exact = probability(n, n * 9 // 2)
        with mpmath.workdps(30):
            exponents.append(float(-mpmath.log(mpmath.mpf(exact.numerator) / exact.denominator, 2) / n))
        assert exponents[-1] > rate, "the bound is one"
    assert exponents == sorted(exponents, reverse=True)
    assert exponents[-1] - rate == pytest.approx(0, abs=0.009)
    # By brute force for six dice, and the bound by its proof: the mean of the exponential.
    rolls = list(itertools.product(range(1, 7), repeat=6))
    assert probability(6, 27) == Fraction(sum(sum(roll) >= 27 for roll in rolls), 6**6)
    mean = sum(math.exp(STRENGTH * (sum(roll) - 27)) for roll in rolls) / 6**6
    assert mean == pytest.approx(math.exp(-6 * RATE), rel=1e-9)


def test_eq_timeline_sharp():
    variance = NEAREST @ (FACES - 4.5) ** 2
    errors = []
    for n in (40, 160, 640):
        exact = probability(n, n * 9 // 2)
        with mpmath.workdps(30):
            value = mpmath.mpf(exact.numerator) / exact.denominator
            formula = mpmath.exp(-n * mpmath.mpf(RATE)) / ((1 - math.exp(-STRENGTH)) * math.sqrt(2 * math.pi * n * variance))
            errors.append(float(value / formula - 1))
    assert all(-0.2 < error < 0 for error in errors)
    ratios = [a / b for a, b in zip(errors, errors[1:])]
    assert ratios == pytest.approx([4, 4], rel=0.15), "the error falls like 1/n, as for a formula with the right factor"


def test_eq_timeline_given():
    # By brute force for six dice; then the quotient of the equation for more of them, in whole numbers.
    rolls = [roll for roll in itertools.product(range(1, 7), repeat=6) if sum(roll) >= 27]
    by_force = np.array([sum(roll[0] == f for roll in rolls) for f in FACES]) / len(rolls)
    distances = []
    for n in (6, 40, 400):
        least = n * 9 // 2
        quotient = np.array([float(Fraction(1, 6) * probability(n - 1, least - f) / probability(n, least)) for f in range(1, 7)])
        assert quotient.sum() == pytest.approx(1, abs=1e-12)
        if n == 6:
            assert quotient == pytest.approx(by_force, abs=1e-12)
        distances.append(abs(quotient - NEAREST).max())
    assert distances[2] < distances[1] / 8 < distances[0] / 30
    assert distances[2] < 0.002


def test_eq_timeline_optimism():
    # The equation by exact enumeration of all samples of a coin that show both sides; the rest has no weight in floats.
    n, theta = 150, 0.4
    heads = np.arange(1, n)
    weight = stats.binom.pmf(heads, n, theta)
    p, fits = np.array([theta, 1 - theta]), np.stack([heads / n, 1 - heads / n], axis=1)
    optimism = weight @ (n * cross_entropy(p, fits, base=math.e) - n * entropy(fits, base=math.e))
    there, back = kl_divergence(fits, p, base=math.e), kl_divergence(p, fits, base=math.e)
    assert optimism == pytest.approx(weight @ (n * (there + back)), rel=1e-9)
    assert optimism == pytest.approx(1, abs=0.03)  # one parameter
    # Gaussians whose means are fitted: exactly k, by the mean of chi-squared with k degrees of freedom, and in a run.
    k, n = 7, 40
    assert stats.chi2(k).mean() == k
    rng = np.random.default_rng(4)
    data = rng.normal(size=(4000, n, k))
    fit = data.mean(axis=1)
    own = ((data - fit[:, None]) ** 2).sum(axis=(1, 2)) / 2
    new = n * (k + (fit**2).sum(axis=1)) / 2  # the mean cost of new data, in closed form
    difference = new - own
    assert abs(difference.mean() - k) < 4 * difference.std() / math.sqrt(4000)
    assert difference.std() / math.sqrt(4000) < 0.3


def random_model(rng, hidden=5, visible=4):
    prior, likelihood = rng.dirichlet(np.ones(hidden)), rng.dirichlet(np.ones(visible), size=hidden)
    return prior, likelihood, rng.dirichlet(np.ones(hidden))


def test_eq_timeline_free_energy():
    rng = np.random.default_rng(5)
    for _ in range(50):
        prior, likelihood, q = random_model(rng)
        for x in range(4):
            joint = prior * likelihood[:, x]
            free = float(mpmath.fsum(a * mpmath.log(mpmath.mpf(b) / a) for a, b in zip(q, joint)))
            evidence = math.log(joint.sum())
            assert free + kl_divergence(q, joint / joint.sum(), base=math.e) == pytest.approx(evidence, abs=1e-10)
            assert free <= evidence


def test_eq_timeline_bits_back():
    rng = np.random.default_rng(6)
    for _ in range(50):
        prior, likelihood, q = random_model(rng)
        column = likelihood[:, 2]
        paid = -q @ np.log2(column) + kl_divergence(q, prior)
        with mpmath.workdps(30):
            weights = [mpmath.mpf(a) * b for a, b in zip(prior, column)]
            least = -mpmath.log(mpmath.fsum(weights), 2)
            posterior = [w / mpmath.fsum(weights) for w in weights]
            gap = mpmath.fsum(a * mpmath.log(a / b, 2) for a, b in zip(map(mpmath.mpf, q), posterior))
        assert paid == pytest.approx(float(least + gap), rel=1e-9)


def test_eq_timeline_vae():
    for mu, sigma in itertools.product((-2, 0, 0.7), (0.2, 1, 3)):
        q = stats.norm(mu, sigma)
        integral, _ = integrate.quad(
            lambda z, q=q: q.pdf(z) * (q.logpdf(z) - stats.norm.logpdf(z)), mu - 10 * sigma, mu + 10 * sigma, epsabs=1e-11
        )
        assert (mu**2 + sigma**2 - 1 - math.log(sigma**2)) / 2 == pytest.approx(integral, abs=1e-9)


def test_eq_timeline_learned():
    x, p, q = sympy.symbols("f p q", positive=True)
    earned = p * x - q * sympy.exp(x - 1)
    best = 1 + sympy.log(p / q)
    assert sympy.simplify(sympy.diff(earned, x).subs(x, best)) == 0
    assert sympy.simplify(earned.subs(x, best) - p * sympy.log(p / q)) == 0
    assert sympy.simplify(sympy.diff(earned, x, 2) + q * sympy.exp(x - 1)) == 0  # concave
    # By a general optimizer, for whole distributions; and no function earns more.
    rng = np.random.default_rng(7)
    for _ in range(10):
        p, q = rng.dirichlet(np.ones(5), size=2)
        loss = lambda f, p=p, q=q: -(p @ f - q @ np.exp(f - 1))
        slope = lambda f, p=p, q=q: -(p - q * np.exp(f - 1))
        found = optimize.minimize(loss, np.zeros(5), jac=slope, tol=1e-12)
        target = kl_divergence(p, q, base=math.e)
        assert -found.fun == pytest.approx(target, abs=1e-8)
        assert found.x == pytest.approx(1 + np.log(p / q), abs=1e-2)
        assert all(-loss(rng.normal(0, 2, 5)) <= target for _ in range(50))


def test_eq_timeline_return():
    rng = np.random.default_rng(8)
    for _ in range(20):
        start, reward, beta = rng.dirichlet(np.ones(5)), rng.normal(size=5), float(rng.uniform(0.3, 3))
        goal = lambda p, start=start, reward=reward, beta=beta: p @ reward - beta * (p * np.log(p / start)).sum()
        log_z = math.log(start @ np.exp(reward / beta))
        best = start * np.exp(reward / beta) / math.exp(log_z)
        for p in rng.dirichlet(np.ones(5), size=20):
            right = beta * log_z - beta * kl_divergence(p, best, base=math.e)
            assert goal(p) == pytest.approx(right, abs=1e-9)
        found = optimize.minimize(lambda z, goal=goal: -goal(special.softmax(z)), np.zeros(5), tol=1e-11)
        assert -found.fun == pytest.approx(beta * log_z, abs=1e-8)
        assert special.softmax(found.x) == pytest.approx(best, abs=1e-3)
