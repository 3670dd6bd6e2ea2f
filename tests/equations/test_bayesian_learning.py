"""Each labelled equation of the chapter, both sides by different routes."""

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from scipy import integrate, special, stats

from lib import conditional_entropy, entropy, kl_divergence, normalize
from lib.bayesian import bayes_update, beta_update, gaussian_mean_update, information_gain, linear_regression_update
from lib.continuous import beta_entropy, beta_kl, dirichlet_kl
from lib.design import dirichlet_expected_gains, expected_information_gain, greedy_design, linear_expected_gain
from lib.gaussian import gaussian_kl


def random_experiments(count, k=4, m=3, seed=0):
    rng = np.random.default_rng(seed)
    return [(rng.dirichlet(np.ones(k)), rng.dirichlet(np.ones(m), size=k)) for _ in range(count)]


def test_eq_bayes_rule():
    # By counting: in a population of 720 equally likely cases, the share of theta among those that show x.
    prior, likelihood = (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)), (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))
    cases = [theta for theta in range(3) for _ in range(int(720 * prior[theta] * likelihood[theta]))]
    shares = [cases.count(theta) / len(cases) for theta in range(3)]
    assert bayes_update([float(p) for p in prior], [float(x) for x in likelihood]) == pytest.approx(shares, rel=1e-14)


def test_eq_bayes_gain():
    # As a product of powers in exact arithmetic: the posterior has small denominators here.
    prior, likelihood = [1 / 2, 1 / 4, 1 / 4], [1 / 2, 1 / 2, 1]
    posterior = [Fraction(2, 5), Fraction(1, 5), Fraction(2, 5)]
    power = math.prod((q / Fraction(p)) ** (5 * q) for p, q in zip(prior, posterior))  # 2 to the power of 5 gains
    assert information_gain(prior, likelihood) == pytest.approx(math.log2(power) / 5, rel=1e-13, abs=0)


def test_eq_bayes_beta():
    theta = sympy.symbols("theta", positive=True)
    for a, b, s, f in ((1, 1, 3, 0), (2, 5, 4, 1), (sympy.Rational(3, 2), 1, 2, 2)):
        weight = theta ** (a - 1) * (1 - theta) ** (b - 1) * theta**s * (1 - theta) ** f
        whole = sympy.Integer(a) == a  # a polynomial, which sympy integrates; else the definition of the Beta function
        evidence = sympy.integrate(sympy.expand(weight), (theta, 0, 1)) if whole else sympy.beta(a + s, b + f)
        after = [float(x) for x in beta_update(float(a), float(b), s, f)]
        for t in (0.1, 0.5, 0.83):
            ours = stats.beta(*after).pdf(t)
            assert ours == pytest.approx(float((weight / evidence).subs(theta, t)), rel=1e-12)


def test_eq_bayes_directions():
    for prior, likelihood in random_experiments(50):
        for column in likelihood.T:
            posterior, log_evidence = bayes_update(prior, column), math.log2(prior @ column)
            gain, reverse = posterior @ np.log2(column) - log_evidence, log_evidence - prior @ np.log2(column)
            assert kl_divergence(posterior, prior) == pytest.approx(gain, abs=1e-13)
            assert kl_divergence(prior, posterior) == pytest.approx(reverse, abs=1e-13)
    # And for a density, by the closed forms: Beta(1, 1), s heads and f tails.
    s, f = 3, 5
    after, evidence = beta_update(1, 1, s, f), special.betaln(1 + s, 1 + f)
    fit = s * special.psi(1 + s) + f * special.psi(1 + f) - (s + f) * special.psi(2 + s + f)
    assert beta_kl(*after, 1, 1, base=math.e) == pytest.approx(fit - evidence, rel=1e-12)
    assert beta_kl(1, 1, *after, base=math.e) == pytest.approx(evidence + (s + f), rel=1e-12)  # the mean of ln theta is -1


def test_eq_bayes_entropy_fall():
    for prior, likelihood in random_experiments(50, seed=1):
        data, average = prior @ likelihood, 0
        for column, chance in zip(likelihood.T, data):
            posterior = bayes_update(prior, column)
            left = kl_divergence(posterior, prior) - (entropy(prior) - entropy(posterior))
            assert left == pytest.approx((prior - posterior) @ np.log2(prior), abs=1e-13)
            average += chance * left
        assert average == pytest.approx(0, abs=1e-13)
    flat = np.full(4, 0.25)
    posterior = bayes_update(flat, [0.1, 0.2, 0.3, 0.9])
    assert kl_divergence(posterior, flat) == pytest.approx(2 - entropy(posterior), abs=1e-14)


def test_eq_bayes_expected():
    # Left: gains of single data. Middle: the double sum in mpmath. Right: the library.
    for prior, likelihood in random_experiments(20, seed=2):
        left = (prior @ likelihood) @ information_gain(prior, likelihood.T)
        with mpmath.workdps(30):
            joint = [[mpmath.mpf(p) * mpmath.mpf(x) for x in row] for p, row in zip(prior.tolist(), likelihood.tolist())]
            columns = [mpmath.fsum(column) for column in zip(*joint)]
            middle = mpmath.fsum(
                cell * mpmath.log(cell / mpmath.mpf(p) / columns[j], 2)
                for p, row in zip(prior.tolist(), joint)
                for j, cell in enumerate(row)
            )
        assert left == pytest.approx(float(middle), rel=1e-11)
        assert expected_information_gain(prior, likelihood) == pytest.approx(float(middle), rel=1e-11)


def test_eq_bayes_decompositions():
    for prior, likelihood in random_experiments(100, k=7, m=5, seed=3):
        joint = prior[:, None] * likelihood
        gain = expected_information_gain(prior, likelihood)
        assert entropy(prior) - conditional_entropy(joint, given="y") == pytest.approx(gain, abs=2e-14)
        assert entropy(joint.sum(axis=0)) - conditional_entropy(joint, given="x") == pytest.approx(gain, abs=2e-14)


def test_eq_bayes_draw():
    # Left by dirichlet_kl, averaged over the draw; and the mean of theta ln theta by quadrature.
    rng = np.random.default_rng(4)
    for _ in range(20):
        alpha = rng.gamma(1.0, 3.0, size=5) + 0.05
        total = alpha.sum()
        gains = dirichlet_kl(alpha + np.eye(5), alpha, base=math.e)
        surplus = special.psi(np.append(alpha, total) + 1) - np.log(np.append(alpha, total))
        right = alpha / total @ (surplus[:-1] - surplus[-1])
        assert alpha / total @ gains == pytest.approx(right, rel=1e-9)
        assert dirichlet_expected_gains(alpha, base=math.e)[0] == pytest.approx(right, rel=1e-12)
        assert (surplus[:-1] > surplus[-1]).all()
    a, b = 1.7, 3.2
    mean, _ = integrate.quad(lambda t: stats.beta(a, b).pdf(t) * t * math.log(t), 0, 1)
    assert mean == pytest.approx(a / (a + b) * (special.psi(a + 1) - special.psi(a + b + 1)), rel=1e-8)
    assert dirichlet_expected_gains([1, 1], base=math.e)[0] == pytest.approx(math.log(2) - 0.5, rel=1e-14)


def test_eq_bayes_gaussian():
    # Integrate the actual gain over the data; n measurements by the mean of the divergences in closed form.
    for v, noise, n in ((4.0, 1.0, 1), (0.3, 2.0, 5), (9.0, 0.1, 3)):
        spread = math.sqrt(v + noise / n)

        def gain(mean_of_data):
            mean, variance = gaussian_mean_update(0, v, [mean_of_data] * n, noise_variance=noise)
            return gaussian_kl([mean], [[variance]], [0], [[v]], base=math.e)

        left, _ = integrate.quad(lambda x: stats.norm(0, spread).pdf(x) * gain(x), -12 * spread, 12 * spread)
        assert left == pytest.approx(math.log(1 + n * v / noise) / 2, rel=1e-8)
        assert gain(3 * spread) > gain(0), "one and the same width, and another gain"


def test_eq_bayes_chain():
    # On a grid: the whole sequence as one datum, against the conditional gains of its members.
    for prior, likelihood in random_experiments(10, k=3, m=2, seed=6):
        sequences = list(itertools.product(range(2), repeat=4))
        whole = np.array([[math.prod(row[x] for x in sequence) for sequence in sequences] for row in likelihood])
        parts = 0
        for t in range(4):
            for start in itertools.product(range(2), repeat=t):
                weight = np.prod([likelihood[:, x] for x in start], axis=0) if start else np.ones(3)
                parts += (prior @ weight) * expected_information_gain(bayes_update(prior, weight), likelihood)
        assert expected_information_gain(prior, whole) == pytest.approx(parts, abs=1e-13)
    # And along a single path it is false: heads and tails, in a belief that began flat.
    steps = beta_kl(2, 1, 1, 1) + beta_kl(2, 2, 2, 1)
    assert steps > 3 * beta_kl(2, 2, 1, 1)


def expected_gain_of_tosses(a, b, n):
    k = np.arange(n + 1)
    log_p = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    log_p = log_p + special.betaln(a + k, b + n - k) - special.betaln(a, b)
    return np.exp(log_p) @ beta_kl(a + k, b + n - k, a, b, base=math.e)


def test_eq_bayes_growth():
    # Thousands of tosses, by counts: what the formula leaves out shrinks at the rate that the chapter shows.
    for (a, b), rate in (((1, 1), 0.94), ((0.5, 0.5), 0.5), ((20, 20), 1.0), ((3, 7), 1.0)):
        fisher, _ = integrate.quad(lambda t, a=a, b=b: -stats.beta.pdf(t, a, b) * math.log(t * (1 - t)) / 2, 0, 1)
        constant = beta_entropy(a, b, base=math.e) + fisher
        closed = -(special.psi(a) + special.psi(b) - 2 * special.psi(a + b)) / 2
        assert fisher == pytest.approx(closed, rel=1e-5)
        rest = [expected_gain_of_tosses(a, b, n) - math.log(n / (2 * math.pi * math.e)) / 2 - constant for n in (2_000, 20_000)]
        assert 0 < rest[1] < rest[0] < 0.02
        assert math.log10(rest[0] / rest[1]) == pytest.approx(rate, abs=0.03)
    # Jeffreys' prior has the constant ln pi, the largest of all Beta priors on a grid.
    constants = {
        (a, b): beta_entropy(a, b, base=math.e) - (special.psi(a) + special.psi(b) - 2 * special.psi(a + b)) / 2
        for a, b in itertools.product(np.arange(0.1, 2, 0.1).round(1), repeat=2)
    }
    assert max(constants, key=constants.get) == (0.5, 0.5)
    assert constants[0.5, 0.5] == pytest.approx(math.log(math.pi), rel=1e-12)
    # A Gaussian mean is exact up to a rest that is known: ln(1 + s/(n v)) / 2.
    v, noise, n = 2.0, 3.0, 1000
    formula = math.log(n / (2 * math.pi * math.e)) / 2 + math.log(2 * math.pi * math.e * v) / 2 - math.log(noise) / 2
    exact = linear_expected_gain([[v]], np.ones((n, 1)), noise_variance=noise, base=math.e)
    assert exact - formula == pytest.approx(math.log1p(noise / (n * v)) / 2, rel=1e-8)


def test_eq_bayes_objective():
    rng = np.random.default_rng(7)
    for prior, likelihood in random_experiments(50, seed=8):
        q, column = rng.dirichlet(np.ones(4)), likelihood[:, 0]
        left = kl_divergence(q, bayes_update(prior, column))
        right = kl_divergence(q, prior) - q @ np.log2(column) + math.log2(prior @ column)
        assert left == pytest.approx(right, abs=1e-13)
    # For densities: a Beta belief q, a Beta prior, and the mean log-likelihood by quadrature.
    s, f, q = 3, 17, stats.beta(5.0, 9.0)
    fit, _ = integrate.quad(lambda t: q.pdf(t) * (s * math.log(t) + f * math.log(1 - t)), 0, 1)
    evidence = special.betaln(4 + s, 4 + f) - special.betaln(4, 4)
    right = beta_kl(5, 9, 4, 4, base=math.e) - fit + evidence
    assert beta_kl(5, 9, 4 + s, 4 + f, base=math.e) == pytest.approx(right, rel=1e-9)


def test_eq_bayes_linear():
    # The determinant over the data, the determinants over the weights, and mpmath.
    rng = np.random.default_rng(9)
    for _ in range(10):
        root, design = rng.standard_normal((4, 4)), rng.standard_normal((6, 4))
        cov = root @ root.T + 0.1 * np.eye(4)
        with mpmath.workdps(40):
            X, S = mpmath.matrix(design.tolist()), mpmath.matrix(cov.tolist())
            exact = float(mpmath.log(mpmath.det(mpmath.eye(6) + X * S * X.T / mpmath.mpf(0.4))) / 2)
        _, after = linear_regression_update(np.zeros(4), cov, design, np.zeros(6), noise_variance=0.4)
        other_end = (np.linalg.slogdet(cov)[1] - np.linalg.slogdet(after)[1]) / 2
        assert linear_expected_gain(cov, design, noise_variance=0.4, base=math.e) == pytest.approx(exact, rel=1e-12)
        assert other_end == pytest.approx(exact, rel=1e-9)
        row = design[0]
        single = math.log(1 + row @ cov @ row / 0.4) / 2
        assert linear_expected_gain(cov, [row], noise_variance=0.4, base=math.e) == pytest.approx(single, rel=1e-12)


def test_eq_bayes_greedy():
    # Falling returns, which the theorem needs, and the share itself, on random and on hard cases.
    rng, shares = np.random.default_rng(10), []

    def gain(rows):
        return linear_expected_gain(cov, rows, noise_variance=1.0, base=math.e) if len(rows) else 0.0

    for _ in range(60):
        cov = np.diag(rng.lognormal(0, 2, size=3))
        rows = rng.standard_normal((7, 3)) * rng.lognormal(0, 1, size=(7, 1))
        small, large, extra = rows[:2], rows[:5], rows[6:]
        fewer = gain(np.vstack([small, extra])) - gain(small)
        more = gain(np.vstack([large, extra])) - gain(large)
        assert more <= fewer + 1e-12
        best = max(gain(rows[list(chosen)]) for chosen in itertools.combinations(range(7), 3))
        shares.append(gain(rows[greedy_design(cov, rows, noise_variance=1.0, size=3)]) / best)
    # A hard case: the longest row lies between two that are best together.
    cov, rows = 3 * np.eye(2), np.array([[0.75, 0.75], [1.0, 0.0], [0.0, 1.0]])
    assert greedy_design(cov, rows, noise_variance=1.0, size=2)[0] == 0
    shares.append(gain(rows[greedy_design(cov, rows, noise_variance=1.0, size=2)]) / gain(rows[1:]))
    assert min(shares) >= 1 - 1 / math.e
    assert min(shares) < 0.93, "greedy is not always the best, or the test says little"


def test_eq_bayes_nested():
    # A parameter of two values and a datum of two: the inner mean has m + 1 possible values, and all is exact.
    prior, likelihood = np.array([0.3, 0.7]), np.array([[0.9, 0.1], [0.4, 0.6]])
    data = prior @ likelihood
    relative = sum(p * (prior @ column**2 - (prior @ column) ** 2) / (prior @ column) ** 2 for p, column in zip(data, likelihood.T))
    gain, ratios = expected_information_gain(prior, likelihood, base=math.e), []
    for m in (1, 10, 100, 1000):
        k = np.arange(m + 1)  # how many of the inner draws have the first value
        chances = stats.binom.pmf(k, m, prior[0])
        log_means = np.log((k[:, None] * likelihood[0] + (m - k)[:, None] * likelihood[1]) / m)
        middle = data @ (np.log(data) - chances @ log_means)
        estimate = (prior[:, None] * likelihood * np.log(likelihood)).sum() - data @ (chances @ log_means)
        assert estimate - gain == pytest.approx(middle, abs=1e-12)
        assert middle > 0
        ratios.append(middle / (relative / (2 * m)))
    assert abs(ratios[3] - 1) < abs(ratios[2] - 1) < abs(ratios[1] - 1)
    assert ratios[3] == pytest.approx(1, abs=2e-3)
    # The chapter's Gaussian: in each dimension the mean of Var/p^2, plus 1, is 1 + v.
    v = 15.0
    theta = np.linspace(-60, 60, 24_001)
    weights = normalize(stats.norm(0, math.sqrt(v)).pdf(theta))

    def ratio(x):
        likelihood = stats.norm(x, 1).pdf(theta)
        return weights @ likelihood**2 / (weights @ likelihood) ** 2

    # Against the closed ratio at single data, and that one averaged over all by quadrature.
    def log_closed(x):
        return math.log(1 + v) - math.log(1 + 2 * v) / 2 + x**2 * v / ((1 + v) * (1 + 2 * v))

    for x in (0.0, 2.0, 9.0):
        assert ratio(x) == pytest.approx(math.exp(log_closed(x)), rel=1e-9)
    law = stats.norm(0, math.sqrt(1 + v))
    mean, _ = integrate.quad(lambda x: math.exp(law.logpdf(x) + log_closed(x)), -300, 300, points=[0], limit=200)
    assert mean == pytest.approx(1 + v, rel=1e-7)
