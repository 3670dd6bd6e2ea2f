"""Entropy and mutual information from counts: values by hand, exact means, laws, edges, errors; and what was recorded."""

import io
import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

import lib
from experiments import estimators as experiment
from lib import estimators
from lib.estimators import chao_shen, chao_wang_jost, corrected_mutual_information, grassberger, miller_madow, nsb, plug_in

ALL = (plug_in, miller_madow, grassberger, chao_shen, chao_wang_jost, nsb)
NATS = {"base": math.e}
EULER = float(mp.euler)


def by_name(function):
    return function.__name__


# By hand


def test_the_plug_in_value_is_the_entropy_of_the_shares():
    assert plug_in([2, 1, 1]) == 1.5
    assert plug_in([3, 1]) == pytest.approx(2 - 0.75 * math.log2(3), rel=1e-15)


def test_miller_madow_adds_one_less_than_the_outcomes_seen_over_two_n():
    assert miller_madow([2, 1, 1], **NATS) == pytest.approx(1.5 * math.log(2) + 2 / 8, rel=1e-15)
    assert miller_madow([2, 0, 1, 0, 1], **NATS) == miller_madow([2, 1, 1], **NATS)


def test_grassbergers_g_follows_its_recursion():
    # G(1) = -gamma - ln 2, G(2) = 2 - gamma - ln 2, G(2k + 1) = G(2k), G(2k + 2) = G(2k) + 2 / (2k + 1)
    g = [None, -EULER - math.log(2), 2 - EULER - math.log(2)]
    for k in range(1, 50):
        g += [g[2 * k], g[2 * k] + 2 / (2 * k + 1)]
    for c in range(1, 99):
        counts = [c, 3]
        by_hand = math.log(c + 3) - (c * g[c] + 3 * g[3]) / (c + 3)
        assert grassberger(counts, **NATS) == pytest.approx(by_hand, abs=1e-13)


def test_chao_shen_by_hand():
    # n = 4, one outcome in two seen once: coverage 1/2, so shares 1/4, 1/8, 1/8
    terms = [p * math.log2(p) / (1 - (1 - p) ** 4) for p in (1 / 4, 1 / 8, 1 / 8)]
    assert chao_shen([2, 1, 1]) == pytest.approx(-sum(terms), rel=1e-14)


def test_chao_shen_with_all_outcomes_seen_once_takes_one_of_them_for_seen_twice():
    p = 1 / 9
    assert chao_shen([1, 1, 1]) == pytest.approx(-3 * p * math.log2(p) / (1 - (1 - p) ** 3), rel=1e-14)


def test_chao_wang_jost_by_hand():
    # n = 4, f1 = 2, f2 = 1: A = 2 / (3 * 2 + 2) = 1/4
    seen = 2 / 4 * (1 / 2 + 1 / 3) + 2 * (1 / 4) * (1 + 1 / 2 + 1 / 3)
    unseen = 2 / 4 * (3 / 4) ** -3 * (-math.log(1 / 4) - sum((3 / 4) ** r / r for r in range(1, 4)))
    assert chao_wang_jost([2, 1, 1], **NATS) == pytest.approx(seen + unseen, rel=1e-13)


def test_chao_wang_jost_without_outcomes_seen_twice_by_hand():
    # n = 5, f1 = 2, f2 = 0: A = 2 / (4 * 1 + 2) = 1/3
    seen = 3 / 5 * (1 / 3 + 1 / 4) + 2 * (1 / 5) * (1 + 1 / 2 + 1 / 3 + 1 / 4)
    unseen = 2 / 5 * (2 / 3) ** -4 * (math.log(3) - sum((2 / 3) ** r / r for r in range(1, 5)))
    assert chao_wang_jost([3, 1, 1], **NATS) == pytest.approx(seen + unseen, rel=1e-13)


def test_the_information_of_three_entropies_by_hand():
    counts = [[2, 1], [1, 4]]
    h = {margin: lib.entropy(np.array(margin) / 8) for margin in ((3, 5), (2, 1, 1, 4))}
    assert corrected_mutual_information(counts, estimator=plug_in) == pytest.approx(2 * h[3, 5] - h[2, 1, 1, 4], rel=1e-14)
    corrected = 2 * (h[3, 5] + 1 / (16 * math.log(2))) - h[2, 1, 1, 4] - 3 / (16 * math.log(2))
    assert corrected_mutual_information(counts, estimator=miller_madow) == pytest.approx(corrected, rel=1e-13)


# Other routes: mpmath, exact means


@pytest.mark.parametrize(
    "n, a", [(1, 0.999), (2, 0.5), (10, 0.3), (100, 0.01), (1000, 1e-6), (10**5, 1e-10), (10**6, 0.3), (10**6, 2e-12), (10**9, 2e-18)]
)
def test_the_tail_of_chao_wang_jost_against_a_hypergeometric_function(n, a):
    with mp.workdps(40):
        x = 1 - mpf(a)
        exact = x / n * mp.hyp2f1(1, n, n + 1, x)
        assert abs(estimators._unseen_tail(n, a) / exact - 1) < 1e-14


def _nsb_by_mpmath(counts, K):
    """The defining integrals with 30 digits, log beta by log beta."""
    counts = [c for c in counts if c]
    n = sum(counts)

    def log_weight(s):
        b = mp.exp(s)
        prior = K * mp.psi(1, K * b + 1) - mp.psi(1, b + 1)
        rising = sum(mp.loggamma(c + b) - mp.loggamma(b) for c in counts)
        return rising - mp.loggamma(n + K * b) + mp.loggamma(K * b) + mp.log(prior) + s

    def entropy(s):
        b = mp.exp(s)
        total = n + K * b
        seen = sum((c + b) / total * mp.psi(0, c + b + 1) for c in counts)
        return mp.psi(0, total + 1) - seen - (K - len(counts)) * b / total * mp.psi(0, b + 1)

    coarse = [(log_weight(mpf(i)), i) for i in range(-50, 50)]
    top, middle = max(coarse)
    step = mpf(1) / 16
    near = [i * step for i in range(-800, 800) if log_weight(i * step) > top - 45]
    assert near
    assert near[0] < middle + 1
    weights = [mp.exp(log_weight(s) - top) for s in near]
    return sum(w * entropy(s) for w, s in zip(weights, near)) / sum(weights)


@pytest.mark.parametrize(
    "counts, K",
    [([2, 1, 1], 3), ([2, 1, 1], 100), ([1, 1, 1, 1], 10), ([5, 0], 2), ([1], 2), ([300, 3, 2, 1], 50), ([1] * 12, 1000), ([20] * 8, 8)],
)
def test_nsb_against_the_integral_in_thirty_digits(counts, K):
    with mp.workdps(30):
        assert abs(nsb(counts, outcomes=K, **NATS) / _nsb_by_mpmath(counts, K) - 1) < 1e-11


@pytest.mark.parametrize("n, z", [(1, 1e-40), (3, 1e-9), (7, 0.3), (1, 9.99), (50, 10.01), (1000, 4e3), (5, 1e12), (10**6, 1e30)])
def test_the_rising_factorial_keeps_its_digits_where_gamma_functions_cancel(n, z):
    with mp.workdps(60):
        exact = mp.loggamma(mpf(z) + n) - mp.loggamma(mpf(z)) - n * mp.log(mpf(z))
        assert abs(estimators._rising(n, np.float64(z)) - exact) < 1e-15 * n * (1 + abs(math.log(n / z)))


@pytest.mark.parametrize("beta", [1e-30, 1e-3, 1.0, 50.0, 99.0, 101.0, 1e4, 1e12])
@pytest.mark.parametrize("K", [2, 7, 10**6])
def test_the_prior_of_nsb_keeps_its_digits_where_trigamma_functions_cancel(beta, K):
    with mp.workdps(60):
        exact = K * mp.psi(1, K * mpf(beta) + 1) - mp.psi(1, mpf(beta) + 1)
        assert abs(estimators._entropy_slope(np.float64(beta), K) / exact - 1) < 1e-12


def _mean_over_all_samples(estimator, p, n):
    """The exact mean of an estimate: all samples of n, each with its multinomial probability."""
    k, total, weights = len(p), 0.0, 0.0
    for bars in itertools.combinations(range(n + k - 1), k - 1):
        counts = np.diff([-1, *bars, n + k - 1]) - 1
        weight = math.factorial(n) * math.prod(q**c / math.factorial(c) for q, c in zip(p, counts.tolist()))
        total += weight * float(estimator(counts, **NATS))
        weights += weight
    assert weights == pytest.approx(1)
    return total


def test_the_first_sum_of_chao_wang_jost_is_unbiased_for_the_first_terms_of_the_series():
    p, n = [0.5, 0.3, 0.2], 6

    def first(counts, base):
        once, twice = (counts == 1).sum(), (counts == 2).sum()
        a = 2 * max(twice, 1) / ((n - 1) * (once if twice else max(once - 1, 0)) + 2 * max(twice, 1))
        return chao_wang_jost(counts, base=base) - once / n * estimators._unseen_tail(n, a)

    series = sum(q * (1 - q) ** r / r for q in p for r in range(1, n))
    assert _mean_over_all_samples(first, p, n) == pytest.approx(series, rel=1e-13)


@pytest.mark.parametrize("p", [[0.5, 0.5], [0.9, 0.1], [0.5, 0.3, 0.2], [0.25] * 4])
def test_the_plug_in_value_is_too_low_on_average_and_the_corrections_help(p):
    n, true = 10, float(lib.entropy(p, **NATS))
    bias = {e.__name__: _mean_over_all_samples(e, p, n) - true for e in ALL}
    assert bias["plug_in"] < 0
    assert bias["plug_in"] == pytest.approx(-(len(p) - 1) / (2 * n), rel=0.25)
    for corrected in ("miller_madow", "chao_wang_jost"):
        assert abs(bias[corrected]) < 0.5 * abs(bias["plug_in"])


@pytest.mark.parametrize("p", [[0.5, 0.5], [0.5, 0.3, 0.2], [0.25] * 4])
def test_grassberger_is_too_high_by_one_over_two_n_as_the_sum_of_all_counts_is_fixed(p):
    n = 12
    bias = _mean_over_all_samples(grassberger, p, n) - float(lib.entropy(p, **NATS))
    assert bias == pytest.approx(1 / (2 * n), rel=0.08)


def test_what_grassbergers_function_leaves_for_poisson_counts_is_small_and_dies_out():
    # The mean of c G(c) minus lambda ln lambda; of c ln c it is near 1/2.
    for mean, bound in ((1, 0.1), (3, 3e-3), (8, 1e-5)):
        c = np.arange(1, 200)
        weights = np.exp(c * math.log(mean) - mean - np.array([math.lgamma(i + 1) for i in c]))
        g = np.array([(math.log(i + 1) - grassberger([i, 1], **NATS)) * (i + 1) - (-EULER - math.log(2)) for i in c])
        assert abs(weights @ g - mean * math.log(mean)) < bound
        assert weights @ (c * np.log(c)) - mean * math.log(mean) > 0.35


# Laws


counts_lists = st.lists(st.integers(0, 40), min_size=1, max_size=8).filter(any)


@pytest.mark.parametrize("estimator", ALL, ids=by_name)
@given(counts=counts_lists, data=st.data())
def test_the_order_of_the_outcomes_does_not_matter(estimator, counts, data):
    shuffled = data.draw(st.permutations(counts))
    assert estimator(shuffled) == pytest.approx(estimator(counts), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("estimator", [e for e in ALL if e is not nsb], ids=by_name)
@given(counts=counts_lists)
def test_outcomes_never_seen_change_nothing(estimator, counts):
    assert estimator([*counts, 0, 0]) == pytest.approx(estimator(counts), rel=1e-13, abs=1e-15)


@given(counts=counts_lists, more=st.integers(1, 1000))
def test_nsb_grows_with_the_outcomes_that_are_possible_and_stays_below_their_logarithm(counts, more):
    K = len(counts)
    fewer, many = nsb(counts, outcomes=K), nsb(counts, outcomes=K + more)
    assert 0 <= fewer <= math.log2(K)
    assert fewer < many < math.log2(K + more)
    assert nsb([*counts, *[0] * more]) == pytest.approx(many, rel=1e-12)


@given(counts=counts_lists)
def test_the_corrections_but_grassbergers_never_lower_the_plug_in_value(counts):
    for estimator in (miller_madow, chao_shen, chao_wang_jost):
        assert estimator(counts) >= plug_in(counts) * (1 - 1e-12) >= 0


@pytest.mark.parametrize("estimator", ALL, ids=by_name)
def test_the_base_is_the_unit(estimator):
    assert estimator([5, 2, 1], base=math.e) == pytest.approx(estimator([5, 2, 1]) * math.log(2), rel=1e-14)


@pytest.mark.parametrize("estimator", ALL, ids=by_name)
def test_a_batch_is_estimated_row_by_row_along_any_axis(estimator):
    batch = np.random.default_rng(0).integers(0, 9, size=(2, 3, 5))
    single = [[estimator(row) for row in table] for table in batch]
    np.testing.assert_allclose(estimator(batch), single, rtol=1e-13)
    np.testing.assert_allclose(estimator(np.moveaxis(batch, -1, 0), axis=0), single, rtol=1e-13)


@pytest.mark.parametrize("estimator", ALL, ids=by_name)
def test_large_samples_bring_all_estimates_to_the_entropy(estimator):
    p = np.array([0.4, 0.3, 0.2, 0.1])
    counts = (p * 10**7).astype(int)
    assert estimator(counts) == pytest.approx(lib.entropy(p), abs=1e-6)


def test_chao_wang_jost_of_a_large_sample_with_rare_outcomes_is_finite():
    # The closed form multiplies (1 - A)^(1 - n) by a difference that is 0 in floating point.
    counts = [50_000, 50_000, *[1] * 20, *[2] * 90]
    assert 1 < chao_wang_jost(counts) < 1.1


def test_plug_in_information_is_that_of_the_library():
    counts = np.random.default_rng(1).integers(0, 20, size=(5, 3, 4))
    np.testing.assert_allclose(
        corrected_mutual_information(counts, estimator=plug_in), lib.mutual_information_from_counts(counts), rtol=1e-12
    )


def test_plug_in_information_of_independent_labels_is_too_high_by_the_formula_and_corrections_are_not():
    rng = np.random.default_rng(2)
    n, p = 200, np.full(16, 1 / 16)
    tables = rng.multinomial(n, p, size=4000).reshape(-1, 4, 4)
    formula = 9 / (2 * n * math.log(2))
    mean, se = {}, {}
    for estimator in (plug_in, miller_madow, grassberger):
        values = corrected_mutual_information(tables, estimator=estimator)
        mean[estimator], se[estimator] = values.mean(), values.std() / math.sqrt(4000)
    assert abs(mean[plug_in] - formula) < 0.05 * formula
    assert mean[plug_in] > 50 * se[plug_in]
    assert abs(mean[miller_madow]) < 4 * se[miller_madow] + 0.02 * formula
    assert abs(mean[grassberger] - 1 / (2 * n * math.log(2))) < 4 * se[grassberger]


# Edges


@pytest.mark.parametrize("estimator", [plug_in, miller_madow, chao_shen, chao_wang_jost], ids=by_name)
@pytest.mark.parametrize("counts", [[1], [7], [0, 7, 0]])
def test_one_outcome_alone_has_no_entropy(estimator, counts):
    assert estimator(counts) == 0


def test_one_outcome_alone_is_not_yet_certain_for_grassberger_and_nsb():
    assert nsb([7]) == 0  # one possible outcome
    assert 0 < nsb([0, 700]) < nsb([0, 7])
    assert grassberger([1], **NATS) == pytest.approx(EULER + math.log(2))
    assert grassberger([2], **NATS) == pytest.approx(2 * math.log(2) + EULER - 2)  # below 0: said in the docstring
    assert grassberger([2]) < 0


# Errors


@pytest.mark.parametrize("estimator", ALL, ids=by_name)
@pytest.mark.parametrize(
    "counts, words",
    [
        ([0, 0], "`counts` must hold at least one sample along axis -1; all counts are 0"),
        ([[1, 2], [0, 0]], "all counts are 0 at index 1"),
        ([3, -1], "`counts` must not be negative; it is -1 at index 1"),
        ([0.5, 0.5], "`counts` must hold integers; its dtype is float64"),
        ([3.0, 1.0], "`counts` must hold integers; its dtype is float64"),
        ([1, math.nan], "`counts` must hold integers"),
        ([True, False], "`counts` must hold real numbers; its dtype is bool"),
        ([], "`counts` must hold integers|`counts` must not be empty"),
        (np.zeros((2, 0), int), "`counts` must not be empty"),
        (5, "at least one axis of outcomes"),
        ([[1, 2], [3]], "`counts` must be rectangular"),
    ],
)
def test_bad_counts_are_refused(estimator, counts, words):
    with pytest.raises(ValueError, match=words):
        estimator(counts)


@pytest.mark.parametrize("estimator", ALL, ids=by_name)
def test_a_bad_base_or_axis_is_refused(estimator):
    with pytest.raises(ValueError, match="`base` must be"):
        estimator([1, 2], base=1)
    with pytest.raises(ValueError, match="`axis` must lie in"):
        estimator([1, 2], axis=1)


@pytest.mark.parametrize("outcomes", [0, -3, 2.5, True, "many"])
def test_the_number_of_outcomes_must_be_a_positive_integer(outcomes):
    with pytest.raises(ValueError, match="`outcomes` must be an integer"):
        nsb([1, 2], outcomes=outcomes)


def test_more_outcomes_seen_than_possible_are_refused():
    with pytest.raises(ValueError, match="`outcomes` must be at least the number of outcomes seen, 3; it is 2"):
        nsb([[1, 1, 1], [1, 0, 0]], outcomes=2)


@pytest.mark.parametrize("counts, words", [([1, 2], "at least 2 axes"), ([[0, 0]], "must not sum to 0"), ([[0.5]], "must hold integers")])
def test_bad_tables_are_refused(counts, words):
    with pytest.raises(ValueError, match=words):
        corrected_mutual_information(counts)


# What was recorded


RECORD = json.loads(experiment.RESULT.read_text(encoding="utf-8"))
CASES = experiment.cases()


def test_the_record_holds_every_case_with_enough_samples():
    assert set(RECORD["cases"]) == set(CASES)
    assert RECORD["seeds"] >= 100
    assert len({name.rpartition(", n = ")[0] for name in CASES}) >= 6


@pytest.mark.parametrize("name", CASES)
def test_the_first_estimates_of_a_case_are_those_recorded(name):
    row = RECORD["cases"][name]
    assert row["true"] == pytest.approx(CASES[name][0], rel=1e-9, abs=1e-12)
    again = experiment.estimates(name, CASES[name], range(experiment.FIRST), peer=False)
    assert set(again) == set(row["estimators"])
    for which, (ours, _) in again.items():
        np.testing.assert_allclose(ours, row["estimators"][which]["first"], rtol=1e-9, atol=1e-10)


def test_a_summary_of_estimates_by_hand():
    row = experiment.summary(np.array([1.0, 3.0, math.nan]), 1.0)
    assert row["not finite"] == 1
    assert row["bias"] == 1.0
    assert row["bias se"] == pytest.approx(1.0)
    assert row["rmse"] == pytest.approx(math.sqrt(2), rel=1e-4)
    assert experiment.summary(np.full(3, math.nan), 1.0) == {"not finite": 3}


def test_a_comparison_counts_in_standard_errors_of_paired_squares():
    ours, theirs = np.array([1.0, 2.0, 1.0]), np.array([0.0, 1.0, 1.0])
    squares = ours**2 - theirs**2
    assert experiment.compared(ours, theirs, 0.0) == pytest.approx(squares.mean() / (squares.std(ddof=1) / math.sqrt(3)), rel=1e-3)
    assert experiment.compared(ours, ours + 1e-12, 0.0) == 0
    assert experiment.compared(ours, np.full(3, math.nan), 0.0) is None


def test_a_run_that_is_broken_off_keeps_what_is_done_and_goes_on_from_there(tmp_path, monkeypatch):
    path, done = tmp_path / "results" / "r.json", []
    monkeypatch.setattr(experiment.recording, "versions", lambda *packages: {"numpy": "x"})
    monkeypatch.setattr(experiment, "cases", lambda: {"a": None, "b": None, "c": None})

    def measure(name, case, seeds):
        done.append(name)
        if done == ["a", "b"]:
            raise KeyboardInterrupt
        return {"seeds": seeds}

    monkeypatch.setattr(experiment, "measure", measure)
    shown = io.StringIO()
    experiment.run(path, seeds=5, stream=shown)
    assert list(json.loads(path.read_text())["cases"]) == ["a"]
    assert "interrupted: what is done is kept" in shown.getvalue()
    experiment.run(path, seeds=5, stream=shown)
    assert done == ["a", "b", "b", "c"]
    assert list(json.loads(path.read_text())["cases"]) == ["a", "b", "c"]
    assert "3/3  done" in shown.getvalue()
    experiment.run(path, seeds=6, stream=shown)
    assert done[4:] == ["a", "b", "c"], "other settings begin anew"
