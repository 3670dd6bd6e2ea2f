"""Bounds on mutual information from decoders and critics."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from lib import kl_divergence, mutual_information
from lib.critics import gaussian_critic
from lib.monte_carlo import mean_and_error
from lib.variational_bounds import BOUNDS, barber_agakov, donsker_varadhan, info_nce, nwj

NATS = {"base": math.e}
SCORES = arrays(float, st.integers(2, 6).map(lambda n: (n, n)), elements=st.floats(-50, 50))
CRITICS = (donsker_varadhan, nwj, info_nce)


def gaussian_batches(information, n, d, repeats, seed):
    rng, rho = np.random.default_rng(seed), math.sqrt(-math.expm1(-2 * information / d))
    for _ in range(repeats):
        x = rng.standard_normal((n, d))
        yield x, rho * x + math.sqrt(1 - rho**2) * rng.standard_normal((n, d)), rho


# Values


def test_two_pairs_by_hand():
    scores = [[2.0, 0.0], [1.0, 3.0]]
    assert donsker_varadhan(scores, **NATS) == pytest.approx(2.5 - math.log((1 + math.e) / 2), rel=1e-14)
    assert nwj(scores, **NATS) == pytest.approx(2.5 - (math.exp(-1) + 1) / 2, rel=1e-14)
    first, second = math.log(math.exp(2) + 1) - 2, math.log(math.e + math.exp(3)) - 3
    assert info_nce(scores, **NATS) == pytest.approx(math.log(2) - (first + second) / 2, rel=1e-14)


@given(SCORES)
def test_the_sums_as_they_are_written(scores):
    n = len(scores)
    pairs = sum(scores[i, i] for i in range(n)) / n
    strangers = [scores[i, j] for i in range(n) for j in range(n) if i != j]
    close = {"rel": 1e-9, "abs": 1e-9}
    assert donsker_varadhan(scores, **NATS) == pytest.approx(pairs - math.log(sum(map(math.exp, strangers)) / (n * n - n)), **close)
    assert nwj(scores, **NATS) == pytest.approx(pairs - sum(math.exp(s - 1) for s in strangers) / (n * n - n), **close)
    rows = [math.log(sum(map(math.exp, row))) - row[i] for i, row in enumerate(scores.tolist())]
    assert info_nce(scores, **NATS) == pytest.approx(math.log(n) - sum(rows) / n, **close)


@given(SCORES)
def test_no_batch_gives_more_than_log_n_by_info_nce(scores):
    assert info_nce(scores, **NATS) <= math.log(len(scores))


def test_the_ceiling_is_reached():
    for n in (2, 128, 1000):
        assert info_nce(1e4 * np.eye(n)) == math.log2(n) or info_nce(1e4 * np.eye(n)) == pytest.approx(math.log2(n), rel=1e-15)


@given(SCORES)
def test_nwj_is_never_above_donsker_varadhan_and_meets_it_where_the_mean_is_e(scores):
    # ln Z <= Z / e, in every batch.
    assert nwj(scores, **NATS) <= donsker_varadhan(scores, **NATS) + 1e-9
    n = len(scores)
    level = np.exp(scores[~np.eye(n, dtype=bool)]).mean()
    tilted = scores - math.log(level) + 1
    assert nwj(tilted, **NATS) == pytest.approx(donsker_varadhan(tilted, **NATS), abs=1e-9)


@given(SCORES, st.floats(-20, 20))
def test_what_a_constant_changes(scores, constant):
    assert donsker_varadhan(scores + constant) == pytest.approx(donsker_varadhan(scores), abs=1e-8)
    assert info_nce(scores + constant) == pytest.approx(info_nce(scores), abs=1e-8)
    rows = np.arange(len(scores))[:, None] * constant  # InfoNCE doesn't see what depends on x alone
    assert info_nce(scores + rows) == pytest.approx(info_nce(scores), abs=1e-8)


def test_a_critic_that_knows_nothing_finds_nothing():
    for n in (2, 7):
        assert donsker_varadhan(np.zeros((n, n))) == pytest.approx(0, abs=1e-15)
        assert nwj(np.ones((n, n))) == pytest.approx(0, abs=1e-15)
        assert info_nce(np.zeros((n, n))) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("bound", CRITICS)
def test_batches_and_units(bound):
    scores = np.random.default_rng(0).normal(size=(3, 2, 5, 5))
    values = bound(scores)
    assert values.shape == (3, 2)
    assert values[1, 1] == pytest.approx(bound(scores[1, 1]), rel=1e-14)
    np.testing.assert_allclose(values * math.log(2), bound(scores, **NATS), rtol=1e-14)


def test_scores_beyond_the_range_of_the_exponential():
    huge = np.full((3, 3), 2000.0)
    assert nwj(huge) == -math.inf
    assert donsker_varadhan(huge) == pytest.approx(0)
    assert info_nce(huge) == pytest.approx(0)
    assert info_nce(-huge) == pytest.approx(0)


@pytest.mark.parametrize("name", BOUNDS)
def test_the_derivative_by_each_score(name):
    scores, step = np.random.default_rng(1).normal(size=(4, 4)), 1e-6
    _, slope = BOUNDS[name](scores)
    for i, j in itertools.product(range(4), repeat=2):
        unit = np.zeros((4, 4))
        unit[i, j] = step
        difference = (BOUNDS[name](scores + unit)[0] - BOUNDS[name](scores - unit)[0]) / (2 * step)
        assert slope[i, j] == pytest.approx(difference, abs=1e-8)


@given(SCORES, st.integers(0, 2**32 - 1))
def test_each_value_is_concave_in_the_scores(scores, seed):
    other = np.random.default_rng(seed).normal(size=scores.shape)
    for value in BOUNDS.values():
        middle, ends = value((scores + other) / 2)[0], (value(scores)[0] + value(other)[0]) / 2
        assert middle >= ends - 1e-9 * max(1, abs(ends))


# On average: exact, over all batches of two pairs of a small table


TABLE = np.array([[0.3, 0.1, 0.05], [0.05, 0.1, 0.4]])
CELLS = list(itertools.product(range(2), range(3)))


def mean_over_batches(bound, critic, n=2):
    total = 0.0
    for cells in itertools.product(CELLS, repeat=n):
        x, y = np.array(cells).T
        total += TABLE[x, y].prod() * bound(critic[np.ix_(x, y)], **NATS)
    return total


def critics(seed=2):
    ratio = np.log(TABLE / np.outer(TABLE.sum(axis=1), TABLE.sum(axis=0)))
    rng = np.random.default_rng(seed)
    return [ratio, ratio + 1, *(scale * rng.normal(size=TABLE.shape) + ratio for scale in (0.3, 1, 3))]


def test_nwj_is_a_lower_bound_on_average_and_exact_for_the_best_critic():
    information = mutual_information(TABLE, **NATS)
    values = [mean_over_batches(nwj, critic) for critic in critics()]
    assert values[1] == pytest.approx(information, rel=1e-13)
    assert all(value < information - 1e-6 for value in [values[0], *values[2:]])


def test_info_nce_is_a_lower_bound_on_average_and_short_even_for_the_best_critic():
    information = mutual_information(TABLE, **NATS)
    for n in (2, 3):
        values = [mean_over_batches(info_nce, critic, n) for critic in critics()]
        assert all(value < information for value in values)
        assert values[0] == pytest.approx(values[1], rel=1e-13)
        assert all(value < values[0] for value in values[2:])
    assert mean_over_batches(info_nce, critics()[0], 2) < mean_over_batches(info_nce, critics()[0], 3)


def test_donsker_varadhan_from_batches_exceeds_the_truth_on_average():
    information = mutual_information(TABLE, **NATS)
    two, three = (mean_over_batches(donsker_varadhan, critics()[0], n) for n in (2, 3))
    assert two > three > information + 1e-3


def test_the_decoder_s_gap_is_a_mean_divergence():
    joint, marginal = TABLE, TABLE.sum(axis=1)
    posterior = TABLE / TABLE.sum(axis=0)
    decoder = np.array([[0.7, 0.5, 0.2], [0.3, 0.5, 0.8]])
    value = (joint * np.log(decoder / marginal[:, None])).sum()
    gap = TABLE.sum(axis=0) @ kl_divergence(posterior, decoder, axis=0, **NATS)
    assert mutual_information(TABLE, **NATS) - value == pytest.approx(gap, rel=1e-12)
    # and the function averages just these terms
    x, y = np.array([0, 1, 1, 0]), np.array([0, 2, 1, 2])
    found, error = barber_agakov(np.log(decoder[x, y]), np.log(marginal[x]), **NATS)
    terms = np.log(decoder[x, y] / marginal[x])
    assert (found, error) == (pytest.approx(terms.mean()), pytest.approx(stats.sem(terms)))


def test_a_decoder_that_excludes_what_happens_bounds_by_minus_infinity():
    bound, error = barber_agakov([0.0, -math.inf], [-1.0, -1.0])
    assert (bound, error) == (-math.inf, math.inf)


# On Gaussians with known information, 400 batches of 128 each, fixed seeds


def test_at_two_nats_each_bound_does_what_is_said_of_it():
    values = {name: [] for name in ("ba", "nce", "nwj", "dv")}
    for x, y, rho in gaussian_batches(2.0, 128, 10, 400, seed=3):
        f = gaussian_critic(x, y, rho)
        decoder = stats.norm(rho * y, math.sqrt(1 - rho**2)).logpdf(x).sum(axis=1)
        values["ba"].append(barber_agakov(decoder, stats.norm.logpdf(x).sum(axis=1), **NATS)[0])
        values["nce"].append(info_nce(f, **NATS))
        values["nwj"].append(nwj(f + 1, **NATS))
        values["dv"].append(donsker_varadhan(f, **NATS))
    z = {name: (mean - 2) / error for name, (mean, error) in ((name, mean_and_error(v)) for name, v in values.items())}
    assert abs(z["ba"]) < 4 and abs(z["nwj"]) < 4
    assert z["nce"] < -10
    assert np.mean(values["dv"]) >= np.mean(values["nwj"])


def test_info_nce_stalls_at_the_logarithm_of_the_batch():
    values = [info_nce(gaussian_critic(*batch), **NATS) for batch in gaussian_batches(10.0, 128, 10, 100, seed=4)]
    assert 4.75 < np.mean(values) < math.log(128) == pytest.approx(4.852, abs=1e-3)
    assert np.std(values) < 0.1


def test_donsker_varadhan_exceeds_six_nats_in_batches_of_eight():
    values = [donsker_varadhan(gaussian_critic(*batch), **NATS) for batch in gaussian_batches(6.0, 8, 10, 400, seed=5)]
    mean, error = mean_and_error(values)
    assert mean - 6 > 10 * error


def test_nwj_lies_above_ten_nats_in_most_batches_though_its_mean_does_not():
    values = [nwj(gaussian_critic(*batch) + 1, **NATS) for batch in gaussian_batches(10.0, 128, 10, 200, seed=6)]
    assert np.median(values) > 10.2
    assert np.min(values) < 5


# Errors


@pytest.mark.parametrize("bound", CRITICS)
@pytest.mark.parametrize(
    "scores, words",
    [
        ([[1.0, 2.0]], r"`scores` must be a square matrix of at least 2 samples against 2; its shape is \(1, 2\)"),
        ([[1.0]], "`scores` must be a square matrix"),
        ([1.0, 2.0], "`scores` must be a square matrix"),
        ([[1.0, math.nan], [0.0, 0.0]], r"`scores` must not be NaN; it is nan at index \(0, 1\)"),
        ([[1.0, -math.inf], [0.0, 0.0]], "`scores` must be finite; it is -inf"),
    ],
)
def test_bad_scores_are_refused(bound, scores, words):
    with pytest.raises(ValueError, match=words):
        bound(scores)


@pytest.mark.parametrize(
    "log_decoder, log_prior, words",
    [
        ([0.0, math.nan], [0.0, 0.0], "`log_decoder` must not be NaN"),
        ([0.0, math.inf], [0.0, 0.0], r"`log_decoder` must be below \+inf"),
        ([0.0, 0.0], [0.0, -math.inf], "`log_prior` must be finite"),
        ([0.0, 0.0], [0.0], r"one number for each pair; their shapes are \(2,\) and \(1,\)"),
        ([0.0], [0.0], "must hold at least 2 samples"),
    ],
)
def test_bad_decoders_are_refused(log_decoder, log_prior, words):
    with pytest.raises(ValueError, match=words):
        barber_agakov(log_decoder, log_prior)
