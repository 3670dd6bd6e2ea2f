import math
from functools import partial

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from lib import js_divergence, kl_divergence, normalize
from lib.f_divergences import NAMES, Generator, f_divergence, generator, hellinger_distance, total_variation
from tests.strategies import distributions, pairs

NAMED = tuple(name for name in NAMES if name != "alpha")
ALPHAS = (-3.0, -1.0, -0.3, 0.0, 1e-9, 0.25, 0.5, 0.75, 1 - 1e-10, 1.0, 1 + 1e-5, 1.5, 2.0, 3.0)
MEMBERS = [(name, None) for name in NAMED] + [("alpha", alpha) for alpha in ALPHAS]
EPS = 2.0**-52
in_nats = partial(f_divergence, base=math.e)


def exact(p, q, name, alpha=None):
    """Return the sum for the floats as they are, each term with the multiple of p - q that makes it non-negative."""
    name = {0.0: "reverse-kl", 1.0: "kl"}.get(alpha, name)
    if name.startswith("reverse-"):
        return exact(q, p, name.removeprefix("reverse-"))
    with mpmath.workdps(400):
        total = mpmath.mpf(0)
        for a, b in zip(map(mpmath.mpf, np.asarray(p).tolist()), map(mpmath.mpf, np.asarray(q).tolist()), strict=True):
            if name == "kl":
                total += mpmath.inf if a > 0 and b == 0 else (a * mpmath.log(a / b) if a else 0) - a + b
            elif name == "js":
                total += sum(x * mpmath.log(2 * x / (a + b)) / 2 for x in (a, b) if x)
            elif name == "total-variation":
                total += abs(a - b) / 2
            elif name == "squared-hellinger":
                total += (mpmath.sqrt(a) - mpmath.sqrt(b)) ** 2 / 2
            elif name == "chi-squared":
                total += 0 if a == b else mpmath.inf if b == 0 else (a - b) ** 2 / b
            else:
                t = mpmath.mpf(alpha)
                if a == b == 0:
                    continue
                power = mpmath.inf if (a == 0 and t < 0) or (b == 0 and t > 1) else a**t * b ** (1 - t)
                total += (power - t * a + (t - 1) * b) / (t * (t - 1))
        return total


def near_and_far(count, seed, zeros=False):
    """Yield pairs of every nearness, on 2 to 60 outcomes."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        k = int(rng.integers(2, 60))
        p = normalize(rng.dirichlet(np.full(k, rng.choice([0.3, 1, 5]))) + 1e-12)
        q = normalize(p * np.exp(10.0 ** rng.uniform(-15, 0.8) * rng.standard_normal(k)))
        if zeros:
            p, q = (normalize(np.where(np.arange(k) == rng.integers(k), v, v * (rng.random(k) < 0.7))) for v in (p, q))
        yield p, q


# Values


def test_by_hand():
    p, q = [1.0, 0.0], [0.5, 0.5]  # ratios 2 and 0
    assert f_divergence(p, q, "kl") == 1
    assert f_divergence(p, q, "reverse-kl") == math.inf
    assert in_nats(p, q, "js") == pytest.approx((2 * math.log(2) - 3 * math.log(1.5)) / 4 + math.log(2) / 4, rel=1e-14, abs=0)
    assert f_divergence(p, q, "total-variation") == 0.5
    assert f_divergence(p, q, "squared-hellinger") == pytest.approx(1 - math.sqrt(0.5), rel=1e-14, abs=0)
    assert f_divergence(p, q, "chi-squared") == 1
    assert f_divergence(p, q, "reverse-chi-squared") == math.inf
    assert in_nats(p, q, "alpha", alpha=3) == pytest.approx((4 - 1) / 6, rel=1e-14, abs=0)
    assert in_nats(p, q, "alpha", alpha=0.5) == pytest.approx(4 * (1 - math.sqrt(0.5)), rel=1e-14, abs=0)
    assert f_divergence([0.5, 0.5], [0.25, 0.75], "chi-squared") == pytest.approx(1 / 3, rel=1e-14, abs=0)
    assert f_divergence([0.5, 0.5], [0.25, 0.75], "reverse-chi-squared") == pytest.approx(0.25, rel=1e-14, abs=0)


@pytest.mark.parametrize("name, alpha", MEMBERS)
def test_every_member_agrees_with_mpmath_near_equality_and_far_from_it(name, alpha):
    bound = 8 if alpha is None else 30 if -1 <= alpha <= 2 else 15 * abs(alpha)
    for p, q in near_and_far(150, seed=1):
        right = exact(p, q, name, alpha)
        assert abs(in_nats(p, q, name, alpha=alpha) - right) <= bound * EPS * right


@pytest.mark.parametrize("name, alpha", MEMBERS)
def test_every_member_agrees_with_mpmath_where_there_are_zeros(name, alpha):
    infinite = 0
    for p, q in near_and_far(60, seed=2, zeros=True):
        right, value = exact(p, q, name, alpha), in_nats(p, q, name, alpha=alpha)
        infinite += bool(mpmath.isinf(right))
        assert value == right if mpmath.isinf(right) else abs(value - right) <= 60 * EPS * right
    g = generator(name, alpha=alpha)
    assert (infinite > 0) == (math.inf in (g.at_zero, g.slope))


@pytest.mark.parametrize("name, alpha", MEMBERS)
def test_f_and_its_limits_are_those_of_the_sum(name, alpha):
    g = generator(name, alpha=alpha)
    plain = Generator(g.f, g.at_zero, g.slope, g.logarithmic)
    for p, q in near_and_far(60, seed=3, zeros=True):
        right, value = exact(p, q, name, alpha), in_nats(p, q, plain)
        assert value == right if mpmath.isinf(right) else value == pytest.approx(float(right), rel=1e-6, abs=1e-6)
    assert g.f(np.float64(1.0)) == pytest.approx(0, abs=1e-15)
    t = np.geomspace(1e-6, 1e6, 301)
    assert (g.f(t) > -1e-6).all()  # the multiple of t - 1 is chosen so; near 1 rounding decides
    if math.isfinite(g.at_zero) and (alpha is None or alpha > 0.2):
        assert g.f(np.float64(1e-40)) == pytest.approx(g.at_zero, abs=1e-5)
    if math.isfinite(g.slope) and (alpha is None or alpha < 0.8):
        assert g.f(np.float64(1e40)) / 1e40 == pytest.approx(g.slope, abs=1e-5)


@given(pairs())
def test_kl_and_js_agree_with_the_specialised_functions_to_8_units_in_the_last_place(pair):
    p, q = pair
    for name, special in (("kl", kl_divergence), ("js", js_divergence)):
        value, known = f_divergence(p, q, name), special(p, q)
        assert value == known or abs(value - known) <= 8 * np.spacing(known)
    assert f_divergence(p, q, "reverse-kl") == f_divergence(q, p, "kl")


def test_kl_and_js_agree_on_pairs_of_every_nearness():
    for p, q in near_and_far(1500, seed=4):
        for name, special in (("kl", kl_divergence), ("js", js_divergence)):
            known = special(p, q)
            assert abs(f_divergence(p, q, name) - known) <= 8 * np.spacing(known)


def test_agreement_with_other_libraries():
    for p, q in near_and_far(200, seed=5):
        n = 1000  # SciPy's power divergence is that of counts: 2 n D with alpha = lambda + 1
        for alpha in (-1.0, 0.0, 0.5, 1.0, 5 / 3, 2.0):
            theirs = stats.power_divergence(n * p, n * q, lambda_=alpha - 1).statistic / (2 * n)
            assert in_nats(p, q, "alpha", alpha=alpha) == pytest.approx(theirs, rel=1e-9, abs=1e-13)
        chi2 = stats.chisquare(n * p, n * q).statistic / n
        assert f_divergence(p, q, "chi-squared") == pytest.approx(chi2, rel=1e-9, abs=1e-16)
        with np.errstate(invalid="ignore"):
            theirs = jensenshannon(p, q, base=2)
        assert math.isnan(theirs) or math.sqrt(f_divergence(p, q, "js")) == pytest.approx(theirs, rel=1e-9, abs=1e-7)


def test_the_members_of_the_alpha_family_that_have_names():
    for p, q in near_and_far(200, seed=6):
        named = (1, "kl", 1), (0, "reverse-kl", 1), (0.5, "squared-hellinger", 4), (2, "chi-squared", 0.5), (-1, "reverse-chi-squared", 0.5)
        for alpha, name, factor in named:
            value = in_nats(p, q, "alpha", alpha=alpha)
            assert value == pytest.approx(factor * in_nats(p, q, name), rel=1e-13, abs=0)
        assert in_nats(p, q, "alpha", alpha=0.25) == in_nats(q, p, "alpha", alpha=0.75)


def test_the_family_is_continuous_at_kl_and_reverse_kl():
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.3, 0.6])
    for alpha in (0, 1):
        for step in (1e-3, 1e-6, 1e-9, 1e-12, 1e-15):
            gap = abs(in_nats(p, q, "alpha", alpha=alpha + step) - in_nats(p, q, "alpha", alpha=alpha))
            assert gap < 2 * step + 1e-15


def test_powers_beyond_the_range_of_floats_are_taken_in_the_exponent():
    p, q = np.array([1e-200, 1.0]), np.array([1e-300, 1.0])
    assert in_nats(p, q, "alpha", alpha=5) == pytest.approx(1e200 / 20, rel=1e-12, abs=0)
    assert in_nats([0.5, 0.5], [1e-300, 1.0], "alpha", alpha=5) == math.inf
    assert in_nats([1e-300, 1.0], [0.5, 0.5], "alpha", alpha=0.9) == pytest.approx(float(exact([1e-300, 1.0], [0.5, 0.5], "alpha", 0.9)))


# Laws


@pytest.mark.parametrize("name, alpha", MEMBERS)
def test_equal_arguments_give_exactly_zero_and_others_more(name, alpha):
    rng = np.random.default_rng(7)
    for p in ([1.0], [0.1, 0.2, 0.7], [1.0, 0.0], np.full(1000, 1e-3), rng.dirichlet(np.full(50, 0.1), size=20)):
        value = f_divergence(p, p, name, alpha=alpha)
        assert (value == 0).all() and not np.signbit(value).any()
    for p, q in near_and_far(100, seed=8):
        assert (p == q).all() or f_divergence(p, q, name, alpha=alpha) > 0


@pytest.mark.parametrize("name, alpha", MEMBERS)
def test_disjoint_supports_reach_the_ceiling_and_nothing_exceeds_it(name, alpha):
    g = generator(name, alpha=alpha)
    ceiling = g.at_zero + g.slope
    left, right = np.array([0.3, 0.7, 0, 0]), np.array([0, 0, 0.6, 0.4])
    assert in_nats(left, right, name, alpha=alpha) == pytest.approx(ceiling, rel=1e-14, abs=0)
    for p, q in near_and_far(100, seed=9, zeros=True):
        assert in_nats(p, q, name, alpha=alpha) <= ceiling * (1 + 1e-14)


@pytest.mark.parametrize("name, alpha", MEMBERS)
@settings(max_examples=60)
@given(pairs(zeros=False), st.integers(0, 10_000))
def test_no_processing_raises_it(name, alpha, pair, seed):
    p, q = pair
    channel = np.random.default_rng(seed).dirichlet(np.full(4, 0.4), size=len(p))
    before, after = in_nats(p, q, name, alpha=alpha), in_nats(normalize(p @ channel), normalize(q @ channel), name, alpha=alpha)
    assert after <= before * (1 + 1e-9) + 1e-15


def test_impossible_outcomes_of_both_add_nothing():
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.2, 0.6])
    for name, alpha in MEMBERS:
        padded = f_divergence([*p, 0.0], [*q, 0.0], name, alpha=alpha)
        assert padded == pytest.approx(f_divergence(p, q, name, alpha=alpha), rel=1e-15, abs=0)


@given(st.lists(distributions(5), min_size=3, max_size=3))
def test_hellinger_and_total_variation_are_metrics(triple):
    a, b, c = triple
    for distance in (hellinger_distance, total_variation):
        assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-15
        assert distance(a, b) == distance(b, a)
        assert 0 <= distance(a, b) <= 1 + 1e-15


def test_total_variation_is_the_largest_difference_of_any_event():
    rng = np.random.default_rng(10)
    events = np.array([[bool(i >> j & 1) for j in range(6)] for i in range(64)])
    for p, q in zip(*rng.dirichlet(np.full(6, 0.5), size=(2, 50))):
        assert total_variation(p, q) == pytest.approx((events @ (p - q)).max(), rel=1e-12, abs=0)
        assert total_variation(p, q) == pytest.approx(np.linalg.norm(p - q, 1) / 2, rel=1e-14, abs=0)  # half of L1


def test_hellinger_is_the_root_and_the_half_is_under_it():
    assert hellinger_distance([1, 0], [0, 1]) == 1
    p, q = np.array([0.5, 0.5]), np.array([0.9, 0.1])
    assert hellinger_distance(p, q) == pytest.approx(np.linalg.norm(np.sqrt(p) - np.sqrt(q)) / math.sqrt(2), rel=1e-14, abs=0)
    assert hellinger_distance(p, q) ** 2 == pytest.approx(f_divergence(p, q, "squared-hellinger"), rel=1e-14, abs=0)


# Shapes, units, types


def test_the_base_counts_for_logarithms_only():
    p, q = [0.5, 0.5], [0.2, 0.8]
    for name, alpha in MEMBERS:
        ratio = f_divergence(p, q, name, alpha=alpha) / f_divergence(p, q, name, alpha=alpha, base=4)
        assert ratio == pytest.approx(2 if name in ("kl", "reverse-kl", "js", "alpha") else 1, rel=1e-14, abs=0)


def test_batches_broadcast_and_any_axis_may_hold_the_outcomes():
    rng = np.random.default_rng(11)
    p, q = rng.dirichlet(np.ones(4), size=(3, 1)), rng.dirichlet(np.ones(4), size=5)
    for name, alpha in MEMBERS:
        table = f_divergence(p, q, name, alpha=alpha)
        assert table.shape == (3, 5)
        assert table[2, 3] == pytest.approx(f_divergence(p[2, 0], q[3], name, alpha=alpha), rel=1e-14, abs=0)
        moved = f_divergence(np.moveaxis(p, -1, 0), np.moveaxis(q[None], -1, 0), name, alpha=alpha, axis=0)
        np.testing.assert_array_equal(moved, table)
    assert total_variation(np.eye(3), np.eye(3)[::-1], axis=0).tolist() == [1, 0, 1]
    assert f_divergence(p.astype("float32"), p.astype("float32"), "chi-squared").tolist() == [[0], [0], [0]]
    long_p, long_q = rng.dirichlet(np.ones(30_000), size=2)
    assert f_divergence(long_p, long_q) == pytest.approx(kl_divergence(long_p, long_q), rel=1e-13, abs=0)


def test_a_generator_of_your_own_is_summed_by_the_formula():
    triangular = Generator(lambda t: (t - 1) ** 2 / (t + 1), at_zero=1.0, slope=1.0)
    for p, q in near_and_far(50, seed=12, zeros=True):
        total = p + q
        by_formula = np.sum((p - q)[total > 0] ** 2 / total[total > 0])
        assert f_divergence(p, q, triangular) == pytest.approx(by_formula, rel=1e-7, abs=1e-14)
        for base in (2, 10):
            assert f_divergence(p, q, triangular, base=base) == f_divergence(p, q, triangular)


# Mistakes


def test_torch_takes_the_model_first_in_log_and_the_truth_second():
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.3, 0.6])
    tp, tq = torch.tensor(p), torch.tensor(q)
    right = torch.nn.functional.kl_div(tq.log(), tp, reduction="sum").item()
    assert right == pytest.approx(in_nats(p, q, "kl"), rel=1e-14, abs=0)
    swapped = torch.nn.functional.kl_div(tp.log(), tq, reduction="sum").item()
    assert swapped == pytest.approx(in_nats(p, q, "reverse-kl"), rel=1e-14, abs=0)
    assert abs(swapped - right) > 0.05
    without_log = torch.nn.functional.kl_div(tq, tp, reduction="sum").item()
    assert without_log < 0, "probabilities for log probabilities give nonsense, here of the wrong sign"


def test_scipy_returns_the_distance_where_inequalities_are_about_the_divergence():
    p, q = np.array([0.0, 1.0]), np.array([0.1, 0.9])
    v = total_variation(p, q)
    assert f_divergence(p, q, "js") <= v < jensenshannon(p, q, base=2)
    assert f_divergence(p, q, "squared-hellinger") <= v < hellinger_distance(p, q)


# Errors


@pytest.mark.parametrize(
    "arguments, options, words",
    [
        (("hellinger",), {}, "`generator` must be a Generator or one of kl, reverse-kl, .*alpha; it is 'hellinger'"),
        ((None,), {}, "`generator` must be a Generator or one of"),
        ((lambda t: t - 1,), {}, "`generator` must be a Generator or one of"),
        (("alpha",), {}, '`alpha` must be given for the generator "alpha"$'),
        (("kl",), {"alpha": 0.5}, '`alpha` must be given for the generator "alpha" only; it is 0.5'),
        ((Generator(lambda t: t - 1, -1.0, 1.0),), {"alpha": 2}, '`alpha` must be given for the generator "alpha" only'),
        (("alpha",), {"alpha": math.nan}, "`alpha` must not be NaN"),
        (("alpha",), {"alpha": math.inf}, "`alpha` must be finite; it is inf"),
        (("alpha",), {"alpha": [1, 2]}, r"`alpha` must be a single number; its shape is \(2,\)"),
        (("alpha",), {"alpha": "half"}, "`alpha` must hold real numbers"),
        (("js",), {"base": 1}, "`base` must be a finite number greater than 1"),
    ],
)
def test_a_wrong_choice_is_an_error(arguments, options, words):
    with pytest.raises(ValueError, match=words):
        f_divergence([0.5, 0.5], [0.2, 0.8], *arguments, **options)


@pytest.mark.parametrize("function", [f_divergence, total_variation, hellinger_distance])
@pytest.mark.parametrize(
    "p, q, words",
    [
        ([0.5, 0.5], [0.2, 0.3, 0.5], "`p` and `q` must be distributions over the same outcomes; they have 2 and 3"),
        ([0.5, 0.6], [0.5, 0.5], "`p` must sum to 1 along axis -1"),
        ([0.5, 0.5], [0.5, 0.4], "`q` must sum to 1 along axis -1"),
        ([1.5, -0.5], [0.5, 0.5], "`p` must not be negative"),
        ([math.nan, 0.5], [0.5, 0.5], "`p` must not be NaN"),
        ([], [], "`p` must not be empty"),
        (np.full((2, 2), 0.5), np.full((3, 2), 0.5), "must have batch shapes that broadcast"),
    ],
)
def test_what_is_no_pair_of_distributions_is_an_error(function, p, q, words):
    with pytest.raises(ValueError, match=words):
        function(p, q)


@pytest.mark.parametrize(
    "f, at_zero, slope, words",
    [
        (lambda t: t * np.log(t) + 1, 1.0, math.inf, "`f` must be 0 at 1; it is 1.0"),
        (lambda t: np.log(t - 1 + 0 * t) if (t > 1).all() else np.nan * t, 1.0, 1.0, "`f` must be 0 at 1; it is nan"),
        (lambda t: t - 1, math.nan, 1.0, "`at_zero` must be a number above minus infinity; it is nan"),
        (lambda t: t - 1, -1.0, -math.inf, "`slope` must be a number above minus infinity; it is -inf"),
    ],
)
def test_a_generator_that_is_none_is_an_error(f, at_zero, slope, words):
    with pytest.raises(ValueError, match=words):
        Generator(f, at_zero, slope)


def test_a_name_that_there_is_not_is_an_error_of_generator_too():
    with pytest.raises(ValueError, match="it is 'KL'"):
        generator("KL")
