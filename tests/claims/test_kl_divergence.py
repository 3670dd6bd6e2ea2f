"""The claims about the Kullback-Leibler divergence, each shown by a route of its own."""

import inspect
import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, special, stats

import lib
from lib import cross_entropy, entropy, kl_divergence, mutual_information
from lib._kernels import kl_terms
from lib.data import LETTERS, letter_counts, letter_distribution, translated_text

ENGLISH, FRENCH = (letter_distribution(translated_text(code)) for code in ("en", "fr"))
WEIGHTS = st.lists(st.floats(1e-6, 1.0), min_size=4, max_size=4)


def coin(a):
    return np.stack([a, 1 - np.asarray(a)], axis=-1)


def random_pairs(k, size, seed, concentration=0.5):
    return np.random.default_rng(seed).dirichlet(np.full(k, concentration), size=(2, size))


def literal(p, q):
    """Return the sum as the formula has it, in nats, for Python's exact fractions or mpmath's numbers."""
    return mpmath.fsum(mpmath.mpf(a) * mpmath.log(mpmath.mpf(a) / mpmath.mpf(b)) for a, b in zip(p, q) if a > 0)


# The definition


def test_s0_04_holds_where_the_second_covers_the_first():
    for q, p in zip(*random_pairs(6, 200, seed=0)):  # the source writes q first
        assert kl_divergence(q, p, base=math.e) == pytest.approx(float(literal(q.tolist(), p.tolist())), rel=1e-10, abs=0)
    density = stats.beta(2, 3)  # against the uniform law: the integral of q ln q
    value, _ = integrate.quad(lambda x: density.pdf(x) * density.logpdf(x), 0, 1)
    assert value == pytest.approx(-density.entropy(), abs=1e-8)


def test_s0_04_fails_where_it_does_not_and_the_sum_is_infinite():
    narrow, wide = [0.5, 0.5, 0.0], [0.25, 0.25, 0.5]
    assert kl_divergence(narrow, wide) == 1
    assert kl_divergence(wide, narrow) == math.inf
    with pytest.raises(ZeroDivisionError):
        sum(a * math.log(a / b) for a, b in zip(wide, narrow))


def test_s2_11_holds_bins_of_a_density_tend_to_the_integral():
    # Two triangular densities on [0, 1], 2x and 2(1 - x): the integral is 1 nat, by parts.
    x = sympy.symbols("x", positive=True)
    first = sympy.integrate(2 * x * sympy.log(x), (x, 0, 1))
    second = sympy.integrate(2 * (1 - x) * sympy.log(x), (x, 0, 1))  # of 2x ln(1 - x), read from the right
    assert first - second == 1
    gaps, entropies = [], []
    for n in (10, 100, 1000):
        edges = np.linspace(0, 1, n + 1)
        p = np.diff(edges**2)
        gaps.append(1 - kl_divergence(p, p[::-1], base=math.e))
        entropies.append(entropy(p))
    assert 0 < gaps[2] < gaps[1] < gaps[0]
    assert gaps[2] < gaps[1] / 5 < gaps[0] / 25 < 0.004
    assert np.diff(entropies) == pytest.approx(math.log2(10), abs=0.01)  # entropy, by contrast, grows with the bins


def test_s4_02_holds_both_definitions_by_closed_forms():
    # Discrete: geometric laws, cut where nothing is left. Continuous: exponential laws. Both have closed forms.
    a, b = 0.3, 0.5
    k = np.arange(900)
    p, q = (s * np.exp(k * math.log1p(-s)) for s in (a, b))
    formula = math.log(a / b) + (1 - a) / a * math.log((1 - a) / (1 - b))
    assert kl_divergence(p, q, base=math.e) == pytest.approx(formula, rel=1e-12, abs=0)
    x, r, s = sympy.symbols("x r s", positive=True)
    log_ratio = sympy.log(r) - r * x - sympy.log(s) + s * x
    integral = sympy.integrate(r * sympy.exp(-r * x) * log_ratio, (x, 0, sympy.oo))
    assert sympy.simplify(integral - (sympy.log(r / s) + s / r - 1)) == 0


def test_s1_19_holds_as_a_mean_over_samples():
    # Letters of one language priced by two; the mean of log P - log Q over random letters, within its standard error.
    rng = np.random.default_rng(1)
    log_ratio = np.log2(ENGLISH) - np.log2(FRENCH)
    z = []
    for _ in range(200):
        values = log_ratio[rng.choice(26, p=ENGLISH, size=2000)]
        z.append((values.mean() - kl_divergence(ENGLISH, FRENCH)) / (values.std() / math.sqrt(2000)))
    assert abs(np.mean(z)) < 4 / math.sqrt(200)
    assert 0.8 < np.std(z) < 1.2
    # Under Q instead of P the mean is another one.
    values = log_ratio[rng.choice(26, p=FRENCH, size=200_000)]
    assert values.mean() < 0


def test_s1_04_holds_the_library_names_and_orders_them_so():
    assert list(inspect.signature(kl_divergence).parameters)[:2] == ["p", "q"]
    data, model = [0.5, 0.5, 0.0], [0.4, 0.4, 0.2]  # a model may allow what the data do not show
    assert kl_divergence(data, model) == kl_divergence(p=data, q=model) == pytest.approx(math.log2(5 / 4))
    assert kl_divergence(q=data, p=model) == math.inf


def test_s4_03_holds_the_target_does_the_weighting():
    # Move model mass between two outcomes that the target never shows: nothing changes. Swapped, it matters.
    target = [0.7, 0.3, 0.0, 0.0]
    models = [[0.5, 0.3, 0.2 - t, t] for t in (0.0, 0.05, 0.1, 0.15)]
    assert len({float(kl_divergence(target, model).round(14)) for model in models}) == 1
    spread = [0.4, 0.2, 0.3, 0.1]
    assert len({float(kl_divergence(spread, model).round(6)) for model in models[1:]}) == 3


# Gibbs' inequality


@settings(max_examples=300, deadline=None)
@given(WEIGHTS, WEIGHTS)
def test_s0_07_holds_for_any_pair(first, second):
    p, q = lib.normalize(first), lib.normalize(second)
    assert kl_divergence(p, q) >= 0
    assert (kl_divergence(p, q) == 0) == bool((p == q).all())


def test_s3_01_holds_by_the_minimum_of_one_function():
    t = sympy.symbols("t", positive=True)
    f = t * sympy.log(t) - t + 1
    assert sympy.solve(sympy.diff(f, t), t) == [1]
    assert f.subs(t, 1) == 0
    assert sympy.diff(f, t, 2).subs(t, 1) > 0
    assert sympy.limit(f, t, 0) == 1
    # and the library's terms are q f(p/q): none of them negative, none 0 but for p = q
    p, q = np.meshgrid(np.geomspace(1e-8, 1, 200), np.geomspace(1e-8, 1, 200))
    assert (kl_terms(p, q) >= 0).all()
    assert ((kl_terms(p, q) == 0) == (p == q)).all()


def test_s4_07_holds_where_the_literal_sum_goes_negative():
    rng = np.random.default_rng(2)
    q = lib.normalize(ENGLISH * (1 + 1e-9 * rng.standard_normal((500, 26))))
    literal_sum, ours = special.rel_entr(ENGLISH, q).sum(axis=-1), kl_divergence(ENGLISH, q, base=math.e)
    assert (literal_sum < 0).any()
    assert (ours > 0).all()
    with mpmath.workdps(60):
        for row, value in zip(q[:20], ours):
            p, row = ([mpmath.mpf(v) for v in values.tolist()] for values in (ENGLISH, row))
            p, row = ([v / mpmath.fsum(values) for v in values] for values in (p, row))
            assert value == pytest.approx(float(literal(p, row)), rel=1e-6, abs=0)


def test_s2_12_holds_exactly_zero_and_not_minus_zero():
    rng = np.random.default_rng(3)
    for p in (rng.dirichlet(np.full(50, 0.1), size=100), np.array([[1.0, 0.0]]), ENGLISH[None]):
        value = kl_divergence(p, p)
        assert (value == 0).all()
        assert not np.signbit(value).any()


def test_s1_09_holds_zero_at_equality_while_cross_entropy_is_the_entropy():
    p = np.random.default_rng(4).dirichlet(np.ones(5), size=200)
    assert (kl_divergence(p, p) == 0).all()
    np.testing.assert_allclose(cross_entropy(p, p), entropy(p), rtol=1e-13)
    assert np.ptp(cross_entropy(p, p)) > 1, "the least cross-entropy depends on P, so a value alone says little"


def test_s1_10_holds_for_densities_that_differ_on_a_null_set():
    # Discrete: one outcome that differs by one part in a million already counts.
    p = np.array([0.5, 0.3, 0.2])
    assert kl_divergence(p, lib.normalize(p * [1 + 1e-6, 1, 1])) > 1e-14
    # Continuous: uniform on [0, 1] against the same with ten points changed. The bins of both are equal, however fine:
    # their probabilities are taken from the distribution function of a piecewise constant density, by algebra.
    x = sympy.symbols("x", real=True)
    point = sympy.Rational(1, 3)
    dented = sympy.Piecewise((sympy.Rational(1, 100), sympy.Eq(x, point)), (1, True))
    assert dented.subs(x, point) != 1
    assert sympy.integrate(sympy.log(1 / dented), (x, 0, 1)) == 0
    # Changed on a set of positive length, however short, it counts.
    for width in (1e-2, 1e-4):
        bins = np.array([width, 1 - width])
        changed = lib.normalize(bins * [0.5, 1])
        assert kl_divergence(bins, changed) > 0.1 * width


# Support, asymmetry, no metric


def test_s0_08_holds_for_a_pair_drawn_at_random():
    p, q = random_pairs(4, 2000, seed=5)
    there, back = kl_divergence(p, q), kl_divergence(q, p)
    assert (abs(there - back) > 1e-9 * there).all()


def test_s0_08_fails_for_mirrored_coins_and_gaussians_of_one_covariance():
    a = np.random.default_rng(6).random(1000)
    np.testing.assert_allclose(kl_divergence(coin(a), coin(1 - a)), kl_divergence(coin(1 - a), coin(a)), rtol=1e-13)
    assert kl_divergence(coin(0.2), coin(0.8)) > 1
    # Gaussians in two dimensions with one covariance: the closed form by its two directions.
    covariance, m, n = np.array([[2.0, 0.6], [0.6, 1.0]]), np.array([1.0, -1.0]), np.array([0.0, 2.0])
    p, q = stats.multivariate_normal(m, covariance), stats.multivariate_normal(n, covariance)
    grid = np.stack(np.meshgrid(np.linspace(-9, 10, 400), np.linspace(-7, 8, 400)), axis=-1)
    cell = (19 / 399) * (15 / 399)
    there = (p.pdf(grid) * (p.logpdf(grid) - q.logpdf(grid))).sum() * cell
    back = (q.pdf(grid) * (q.logpdf(grid) - p.logpdf(grid))).sum() * cell
    assert there == pytest.approx(back, rel=1e-9, abs=0)
    assert there == pytest.approx((m - n) @ np.linalg.solve(covariance, m - n) / 2, rel=1e-6, abs=0)


def test_s1_02_holds_a_factor_beyond_any_bound():
    # coin(e) from coin(1/2) tends to 1 bit, the reverse grows without bound.
    ratios = [kl_divergence(coin(0.5), coin(e)) / kl_divergence(coin(e), coin(0.5)) for e in (1e-2, 1e-8, 1e-80)]
    assert ratios[0] < ratios[1] < ratios[2]
    assert ratios[2] > 100
    assert kl_divergence(coin(1e-80), coin(0.5)) == pytest.approx(1)


def test_s3_02_holds_on_real_letters():
    there, back = kl_divergence(ENGLISH, FRENCH), kl_divergence(FRENCH, ENGLISH)
    assert there != pytest.approx(back, rel=0.1, abs=0)
    dutch = letter_distribution(translated_text("nl"))
    assert letter_counts(translated_text("nl"))[LETTERS.index("q")] == 0
    assert math.isinf(kl_divergence(ENGLISH, dutch))
    assert math.isfinite(kl_divergence(dutch, ENGLISH))


def test_s1_11_holds_two_properties_of_a_distance_and_not_the_others():
    p, q = random_pairs(3, 1000, seed=7)
    assert (kl_divergence(p, q) > 0).all()  # kept: positive, and 0 at equality
    assert (kl_divergence(p, p) == 0).all()
    assert (kl_divergence(p, q) != kl_divergence(q, p)).any()  # lost: symmetry, triangle
    r = (p + q) / 2
    assert (kl_divergence(p, q) > kl_divergence(p, r) + kl_divergence(r, q)).mean() > 0.9


def test_s2_10_holds_two_values_for_one_pair():
    a, b = [0.1, 0.2, 0.7], [0.2, 0.3, 0.5]
    assert kl_divergence(a, b) == pytest.approx(0.12280627887493793, rel=1e-14, abs=0)
    assert kl_divergence(b, a) == pytest.approx(0.13277533663122604, rel=1e-14, abs=0)


def test_s3_03_holds_three_coins_and_three_gaussians():
    direct = kl_divergence(coin(0.1), coin(0.5))
    detour = kl_divergence(coin(0.1), coin(0.3)) + kl_divergence(coin(0.3), coin(0.5))
    # 10 * the divergences as logarithms of rational numbers, so that the comparison is exact
    third, fifth = Fraction(1, 3) * Fraction(9, 7) ** 9, Fraction(1, 5) * Fraction(9, 5) ** 9
    last = Fraction(3, 5) ** 3 * Fraction(7, 5) ** 7
    assert fifth > third * last
    assert direct == pytest.approx(math.log2(fifth) / 10, rel=1e-13, abs=0)
    assert detour == pytest.approx(math.log2(third * last) / 10, rel=1e-13, abs=0)
    x = np.linspace(-12, 14, 5201)
    zero, one, two = (lib.normalize(np.exp(-((x - m) ** 2) / 2)) for m in (0, 1, 2))
    legs = [kl_divergence(p, q, base=math.e) for p, q in ((zero, two), (zero, one), (one, two))]
    assert legs == pytest.approx([2, 0.5, 0.5], rel=1e-6, abs=0)


# Entropies and codes


def test_s0_06_counterexample_equal_entropies_and_a_divergence():
    p = np.array([0.7, 0.2, 0.1])
    for order in itertools.permutations(range(3)):
        q = p[list(order)]
        assert entropy(q) == pytest.approx(entropy(p), rel=1e-14, abs=0)
        assert (kl_divergence(p, q) > 0.05) == (order != (0, 1, 2))
    # A difference of entropies may be negative, whichever way it is taken.
    assert entropy([1.0, 0.0]) - entropy([0.5, 0.5]) < 0 < kl_divergence([1.0, 0.0], [0.5, 0.5])
    assert kl_divergence(ENGLISH, FRENCH) == pytest.approx(cross_entropy(ENGLISH, FRENCH) - entropy(ENGLISH), abs=1e-12)


def test_s2_13_counterexample_the_left_half_is_negative():
    a = np.array([0.1, 0.2, 0.7])
    left = (a * np.log2(a)).sum()
    assert left < 0
    assert left == pytest.approx(-stats.entropy(a, base=2), rel=1e-14, abs=0)
    assert left == pytest.approx(-entropy(a), rel=1e-14, abs=0)


def test_s2_14_holds_as_an_identity():
    a, b = random_pairs(8, 500, seed=8)
    mean_log_b = (a * np.log2(b)).sum(axis=-1)
    np.testing.assert_allclose(kl_divergence(a, b), -entropy(a) - mean_log_b, atol=1e-12)
    assert np.ptp(mean_log_b) > 1 and np.ptp(entropy(a)) > 1, "neither part alone sets it"


def test_s0_12_holds_on_the_letters_of_a_real_text():
    text = [LETTERS.index(c) for c in translated_text("en").lower() if c in LETTERS]
    own = math.fsum(-math.log2(ENGLISH[i]) for i in text)
    foreign = math.fsum(-math.log2(FRENCH[i]) for i in text)
    assert (foreign - own) / len(text) == pytest.approx(kl_divergence(ENGLISH, FRENCH), rel=1e-9, abs=0)
    # Random messages: the mean waste comes closer to it by the root of their length, without bias.
    rng = np.random.default_rng(9)
    ratio, spreads = np.log2(ENGLISH / FRENCH), []
    for m in (100, 10_000):
        waste = rng.multinomial(m, ENGLISH, size=4000) @ ratio / m
        assert abs(waste.mean() - kl_divergence(ENGLISH, FRENCH)) < 4 * waste.std() / math.sqrt(4000)
        spreads.append(waste.std())
    assert spreads[0] / spreads[1] == pytest.approx(10, rel=0.1, abs=0)
    # Words of whole bits: Shannon's code for French stays within one bit of the sum.
    length = np.ceil(-np.log2(FRENCH)) @ ENGLISH
    assert 0 <= length - entropy(ENGLISH) - kl_divergence(ENGLISH, FRENCH) < 1


# Similarity


def test_s0_05_counterexample_it_grows_along_a_path_away_from_p():
    p, r = random_pairs(5, 200, seed=10)
    steps = np.linspace(0, 1, 21)[:, None, None]
    values = kl_divergence(p, (1 - steps) * p + steps * r)
    assert (values[0] == 0).all()
    assert (np.diff(values, axis=0) > 0).all()


def test_s4_01_counterexample_the_most_different_languages_score_highest():
    others = {code: letter_distribution(translated_text(code)) for code in ("en", "fr", "es", "tr", "pl")}
    value = {code: kl_divergence(ENGLISH, q) for code, q in others.items()}
    variation = {code: abs(ENGLISH - q).sum() for code, q in others.items()}
    assert value["en"] == 0  # the most similar one scores least
    assert value["pl"] > 3 * value["fr"]
    assert variation["pl"] > variation["fr"] > variation["en"] == 0  # and so does a measure that is plainly a difference
    assert kl_divergence([1.0, 0.0], [0.0, 1.0]) == math.inf  # nothing in common scores most


def test_s4_04_holds_in_the_limit_by_pinsker():
    truth = np.array([0.6, 0.3, 0.1])
    for seed, scale in enumerate((1e-1, 1e-2, 1e-3)):
        q = lib.normalize(truth * np.exp(scale * np.random.default_rng(seed).standard_normal((2000, 3))))
        d, v = kl_divergence(truth, q, base=math.e), abs(truth - q).sum(axis=-1) / 2
        assert (v <= np.sqrt(d / 2)).all()
        assert np.sqrt(d / 2).max() < 3 * scale


def test_s4_04_fails_as_a_ranking():
    truth, careless, cautious = coin(0.01), coin(0.0001), coin(0.05)
    assert kl_divergence(truth, cautious) < kl_divergence(truth, careless)
    variation = [abs(truth - q).sum() / 2 for q in (cautious, careless)]
    assert variation[0] > 4 * variation[1]


def test_s4_05_counterexample_large_differences_without_a_large_term():
    p, q = np.array([1.0, 0.0]), np.array([0.6, 0.4])
    terms = special.rel_entr(p, q)
    assert abs(p - q)[1] == pytest.approx(0.4)
    assert terms[1] == 0
    # Where Q is larger the logarithm is negative; and a ratio of a million adds hardly anything where P is tiny.
    assert special.rel_entr(0.1, 0.8) < 0
    p, q = np.array([1e-6, 1 - 1e-6]), np.array([1e-12, 1 - 1e-12])
    assert np.log2(p / q)[0] > 19
    assert kl_divergence(p, q) < 2e-5
    # A larger difference, and yet the smaller divergence.
    first, second = kl_divergence(coin(0.5), coin(0.7)), kl_divergence(coin(0.01), coin(1e-30))
    assert 0.2 > 0.01 and first < second


def test_s4_06_holds_for_terms_that_are_never_negative():
    p, q = random_pairs(10, 1000, seed=11)
    terms = kl_terms(p, q)
    assert (terms >= 0).all()
    np.testing.assert_allclose(terms.sum(axis=-1) / math.log(2), kl_divergence(p, q), rtol=1e-14)


def test_s4_06_fails_for_the_terms_of_the_definition():
    p, q = random_pairs(10, 1000, seed=12)
    terms = p * np.log2(p / q)
    np.testing.assert_allclose(terms.sum(axis=-1), kl_divergence(p, q), atol=1e-12)
    assert (terms.min(axis=-1) < 0).all()  # unless P = Q, some value always "saves" something
    assert special.rel_entr(ENGLISH, FRENCH)[LETTERS.index("e")] < 0


# Names and arguments


def test_s1_01_holds_for_the_gain_of_one_observation():
    # Bayes' rule by counting: 1 of 4 carries a gene, the test says yes for half of the carriers and for nobody else.
    people = [(gene, yes) for gene, yes, n in ((1, 1, 1), (1, 0, 1), (0, 0, 6)) for _ in range(n)]
    prior = np.bincount([gene for gene, _ in people], minlength=2) / len(people)
    for said in (0, 1):
        seen = [gene for gene, yes in people if yes == said]
        posterior = np.bincount(seen, minlength=2) / len(seen)
        relative_entropy = sum(a * math.log2(a / b) for a, b in zip(posterior, prior) if a)
        assert kl_divergence(posterior, prior) == pytest.approx(relative_entropy, rel=1e-13, abs=0)
    assert kl_divergence([0.0, 1.0], prior) == 2


def test_s1_01_fails_for_the_information_gain_of_a_decision_tree():
    # A split is scored by the fall of entropy, which is the mean of the gains: no single divergence from the prior.
    joint = np.array([[6 / 8, 0.0], [1 / 8, 1 / 8]])  # rows: gene no, yes; columns: test no, yes
    prior, said = joint.sum(1), joint.sum(0)
    posterior = lib.normalize(joint, axis=0).T
    fall = entropy(prior) - said @ entropy(posterior)
    gains = kl_divergence(posterior, prior)
    assert said @ gains == pytest.approx(fall, rel=1e-13, abs=0)
    assert mutual_information(joint) == pytest.approx(fall, rel=1e-13, abs=0)
    assert abs(gains - fall).min() > 0.1


def test_s2_09_counterexample_independence_plays_no_part():
    # Every joint law of A and B with the same margins gives the same divergence, independent or not.
    a, b = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    shared = set()
    for t in np.linspace(-0.125, 0.125, 9):
        joint = np.outer(a, b) + t * np.array([[1, -1], [-1, 1]])
        shared.add((float(mutual_information(joint).round(9)), float(kl_divergence(joint.sum(1), joint.sum(0)).round(12))))
    assert len({information for information, _ in shared}) > 3
    assert len({divergence for _, divergence in shared}) == 1
    # What it needs is one space of outcomes.
    with pytest.raises(ValueError, match="distributions over the same outcomes; they have 2 and 3"):
        kl_divergence(a, [0.2, 0.3, 0.5])


def split_sum(a, b):
    """Return the formula of the source: the sum of a log2 a - a log2 b."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sum(a * np.log2(a) - a * np.log2(b))


def test_s2_26_holds_for_positive_probabilities():
    a, b = np.array([0.1, 0.2, 0.7]), np.array([0.2, 0.3, 0.5])
    for first, second, known in ((a, b, 0.12280627887493793), (b, a, 0.13277533663122604)):
        assert split_sum(first, second) == pytest.approx(known, rel=1e-13, abs=0)
        assert stats.entropy(first, second, base=2) == pytest.approx(known, rel=1e-13, abs=0)
        assert kl_divergence(first, second) == pytest.approx(known, rel=1e-14, abs=0)
    for p, q in zip(*random_pairs(6, 300, seed=13)):
        assert split_sum(p, q) == pytest.approx(stats.entropy(p, q, base=2), rel=1e-9, abs=0)


def test_s2_26_fails_at_zeros_and_for_sums_that_are_not_1():
    a, b = np.array([0.0, 0.5, 0.5]), np.array([0.2, 0.3, 0.5])
    assert math.isnan(split_sum(a, b))
    assert stats.entropy(a, b, base=2) == pytest.approx(float(kl_divergence(a, b)))
    assert math.isinf(split_sum(b, a)) and math.isinf(stats.entropy(b, a, base=2))
    counts, others = np.array([1.0, 3.0]), np.array([2.0, 2.0])
    assert split_sum(counts, others) != pytest.approx(stats.entropy(counts, others, base=2))
    with pytest.raises(ValueError, match="`p` must sum to 1"):
        kl_divergence(counts, others)


# Which direction

X = np.linspace(-12, 12, 301)


def gaussian(mean, sd):
    return lib.normalize(np.exp(-(((X - mean) / sd) ** 2) / 2))


def two_hills(distance, share):
    return share * gaussian(-distance, 0.7) + (1 - share) * gaussian(distance, 0.7)


def fit(cost, start):
    found = optimize.minimize(lambda theta: cost(gaussian(theta[0], math.exp(theta[1]))), start, method="Nelder-Mead")
    assert found.success
    return found.x[0], math.exp(found.x[1]), found.fun


def test_s0_19_holds_for_users_who_meet_p():
    # Of all members of a family, the minimiser of D(P || Q) wastes fewest bits on messages from P.
    truth = two_hills(2, 0.6)
    mean, sd, least = fit(lambda q: kl_divergence(truth, q), [0.5, 0.5])
    assert mean == pytest.approx(truth @ X, abs=1e-3)
    assert sd == pytest.approx(math.sqrt(truth @ (X - truth @ X) ** 2), abs=2e-3)
    rng = np.random.default_rng(14)
    sample = rng.choice(len(X), p=truth, size=20_000)
    price = {m: np.mean(-np.log2(gaussian(m, sd)[sample])) for m in (mean - 0.5, mean, mean + 0.5)}
    assert min(price, key=price.get) == mean


def test_s0_19_fails_for_the_reverse_direction_which_loses_a_hill():
    truth = two_hills(2, 0.6)
    mean, sd, _ = fit(lambda q: kl_divergence(q, truth), [-1.5, 0.0])
    assert (mean, sd) == (pytest.approx(-2, abs=0.05), pytest.approx(0.7, abs=0.05))
    seeker, coverer = gaussian(mean, sd), gaussian(truth @ X, math.sqrt(truth @ (X - truth @ X) ** 2))
    assert seeker[X > 1].sum() < 1e-4 < 0.39 < truth[X > 0].sum()
    assert kl_divergence(seeker, truth) < kl_divergence(coverer, truth)
    assert kl_divergence(truth, seeker) > 10 * kl_divergence(truth, coverer)


def test_s1_12_holds_two_fits_of_one_truth_far_apart_unless_the_hills_merge():
    widths = []
    for distance in (0.3, 2.0):
        truth = two_hills(distance, 0.6)
        forward = fit(lambda q: kl_divergence(truth, q), [-distance, 0.0])
        reverse = min((fit(lambda q: kl_divergence(q, truth), [m, 0.0]) for m in (-distance, 0.0, distance)), key=lambda f: f[2])
        widths.append(forward[1] / reverse[1])
    assert widths[0] == pytest.approx(1, abs=0.02)
    assert widths[1] > 2.5


def test_s4_09_holds_covering_by_p_and_avoiding_by_q():
    # Uniform runs of neighbours against a truth of two blocks: exact, by trying all.
    truth = np.array([1, 1, 1, 0, 0, 0, 0, 1, 1, 1]) / 6
    place = np.arange(10)
    runs = [(i, j) for i in range(10) for j in range(i, 10)]
    models = np.array([((i <= place) & (place <= j)) / (j - i + 1) for i, j in runs])
    by_p, by_q = kl_divergence(truth, models), kl_divergence(models, truth)
    assert [runs[i] for i in np.flatnonzero(np.isfinite(by_p))] == [(0, 9)]
    assert by_p.min() == pytest.approx(math.log2(10 / 6))
    assert [runs[i] for i in np.flatnonzero(np.isclose(by_q, by_q.min()))] == [(0, 2), (7, 9)]
