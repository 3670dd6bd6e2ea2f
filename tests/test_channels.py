"""Decoders as bounds, capacity and its certificate: by hand, by closed forms, by other optimisers."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import optimize, special

from lib import entropy, kl_divergence, mutual_information, normalize
from lib.channels import Capacity, blahut_arimoto_step, capacity, decoder_bound, input_divergences

NATS = {"base": math.e}
SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 6))


def positive(shape):
    return arrays(float, shape, elements=st.floats(0.01, 1))


CHANNELS = SHAPES.flatmap(positive).map(normalize)
JOINTS = SHAPES.flatmap(positive).map(lambda t: t / t.sum())


def random_channels(count, seed, most=12, concentration=0.5):
    rng = np.random.default_rng(seed)
    for n, m in rng.integers(2, most + 1, size=(count, 2)):
        yield rng.dirichlet(np.full(m, concentration), size=n)


def uniform(channel):
    return np.full(len(channel), 1 / len(channel))


# The bound of a decoder


def test_a_decoder_by_hand():
    bound, gap = decoder_bound([[3 / 8, 1 / 8], [1 / 8, 3 / 8]], [[0.9, 0.1], [0.1, 0.9]])
    assert bound == pytest.approx(1 + 0.75 * math.log2(0.9) + 0.25 * math.log2(0.1), rel=1e-14)
    assert gap == pytest.approx(0.75 * math.log2(0.75 / 0.9) + 0.25 * math.log2(0.25 / 0.1), rel=1e-14)


@given(JOINTS, st.integers(0, 2**32 - 1))
def test_bound_and_gap_make_the_information(joint, seed):
    decoder = np.random.default_rng(seed).dirichlet(np.ones(len(joint)), size=joint.shape[1])
    bound, gap = decoder_bound(joint, decoder)
    assert bound + gap == pytest.approx(mutual_information(joint), abs=1e-12 * max(1, abs(bound)))
    assert gap >= 0


@given(JOINTS)
def test_the_bound_is_tight_for_bayes_rule(joint):
    bound, gap = decoder_bound(joint, normalize(joint.T), **NATS)
    assert gap < 1e-15
    assert bound == pytest.approx(mutual_information(joint, **NATS), abs=1e-13)


def test_pairs_that_never_happen_cost_nothing_and_ask_for_nothing():
    joint = np.array([[0.5, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 0.0]])
    decoder = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.2, 0.3, 0.5]]  # the third column never occurs
    assert decoder_bound(joint, decoder) == (1.0, 0.0)


def test_a_decoder_that_excludes_what_happens_saves_minus_infinity():
    bound, gap = decoder_bound([[0.25, 0.25], [0.25, 0.25]], [[1.0, 0.0], [0.5, 0.5]])
    assert (bound, gap) == (-math.inf, math.inf)


def test_a_decoder_that_ignores_what_it_sees_saves_nothing():
    rng = np.random.default_rng(0)
    joint = rng.dirichlet(np.ones(12)).reshape(3, 4)
    prior = joint.sum(axis=1)
    assert decoder_bound(joint, np.tile(prior, (4, 1)))[0] == pytest.approx(0, abs=1e-15)


# Divergences and one step


@given(CHANNELS)
def test_their_mean_is_the_mutual_information(channel):
    prior = normalize(np.arange(1.0, len(channel) + 1))
    found = input_divergences(prior, channel)
    assert (found >= 0).all()
    assert prior @ found == pytest.approx(mutual_information(prior[:, None] * channel), abs=1e-14)


def test_an_input_that_is_never_used_and_has_an_output_of_its_own_is_infinitely_far():
    assert input_divergences([1.0, 0.0], [[1.0, 0.0], [0.5, 0.5]]).tolist() == [0.0, math.inf]
    assert blahut_arimoto_step([1.0, 0.0], [[1.0, 0.0], [0.5, 0.5]]).tolist() == [1.0, 0.0]


def test_one_step_by_hand():
    # d = (1, 0, 1) bits: the outer inputs double.
    assert blahut_arimoto_step([0.25, 0.5, 0.25], [[1, 0], [0.5, 0.5], [0, 1]]) == pytest.approx([1 / 3] * 3, rel=1e-14)
    assert blahut_arimoto_step([0.1, 0.5, 0.4], [[1, 0], [0.5, 0.5], [0, 1]]) == pytest.approx(
        normalize([0.1 / 0.35, 0.5 * 0.5 / math.sqrt(0.35 * 0.65), 0.4 / 0.65]), rel=1e-13
    )


def test_the_information_never_falls():
    for seed, channel in enumerate(random_channels(40, seed=1)):
        prior = np.random.default_rng(seed).dirichlet(np.full(len(channel), 0.3))
        values = [mutual_information(prior[:, None] * channel)]
        for _ in range(50):
            prior = blahut_arimoto_step(prior, channel)
            values.append(mutual_information(prior[:, None] * channel))
        assert np.diff(values).min() > -1e-14
        assert values[-1] > values[0]


# Capacity


@pytest.mark.parametrize("f", [0.0, 1e-6, 0.1, 0.25, 0.5, 0.9])
def test_the_channels_with_closed_forms(f):
    flip, h = [[1 - f, f], [f, 1 - f]], entropy([f, 1 - f])
    erase = [[1 - f, f, 0], [0, f, 1 - f]]
    z = [[1, 0], [f, 1 - f]]
    closed = {"z": float(mpmath.log(1 + (1 - f) * mpmath.mpf(f) ** (f / (1 - f)), 2))}
    for channel, value in ((flip, 1 - h), (erase, 1 - f), (z, closed["z"])):
        found = capacity(channel, tolerance=1e-10)
        assert found.lower == pytest.approx(value, abs=1e-10)
        assert found.upper == pytest.approx(value, abs=1e-10)


@pytest.mark.parametrize("n", [2, 5, 6, 26])
def test_the_noisy_typewriter(n):
    keys = np.eye(n)
    found = capacity((keys + np.roll(keys, 1, axis=1)) / 2)
    assert found.lower == pytest.approx(math.log2(n / 2), abs=1e-12)
    assert found.steps == 0


def test_a_faithful_channel_carries_all_and_a_deaf_one_nothing():
    for n in (1, 2, 7):
        assert capacity(np.eye(n)).lower == pytest.approx(math.log2(n), abs=1e-14)
        deaf = capacity(np.tile(normalize(np.arange(1.0, 6)), (n, 1)))
        assert 0 <= deaf.lower < 1e-15 and 0 <= deaf.upper < 1e-15


def test_the_certificate_is_below_a_millionth_on_random_channels():
    gaps = [capacity(channel, tolerance=9e-7).gap for channel in random_channels(200, seed=2)]
    assert len(gaps) == 200
    assert max(gaps) < 1e-6


def test_both_bounds_hold_for_an_independent_optimiser():
    for channel in random_channels(15, seed=3, most=6, concentration=1.0):
        n = len(channel)
        found = capacity(channel, tolerance=1e-9, **NATS)

        def loss(logits, channel=channel):
            p = special.softmax(logits)
            return -(p[:, None] * special.rel_entr(channel, p @ channel)).sum()

        starts = np.vstack([np.zeros(n), np.eye(n)])
        best = min(optimize.minimize(loss, start, method="BFGS", options={"gtol": 1e-9}).fun for start in starts)
        assert -best <= found.upper + 1e-12
        assert -best == pytest.approx(found.lower, abs=1e-6)


def test_the_dual_problem_has_the_same_value():
    # min over r of the largest divergence, as a smooth program with one slack variable.
    for channel in random_channels(10, seed=4, most=5, concentration=1.0):
        m = channel.shape[1]
        found = capacity(channel, tolerance=1e-9, **NATS)
        rule = {"type": "ineq", "fun": lambda v, w=channel: v[-1] - special.rel_entr(w, special.softmax(v[:-1])).sum(axis=1)}
        start = np.append(np.log(channel.mean(axis=0)), math.log(m) + 1)
        dual = optimize.minimize(lambda v: v[-1], start, constraints=rule, method="SLSQP", options={"ftol": 1e-13, "maxiter": 500})
        assert dual.fun == pytest.approx(found.upper, abs=1e-6)


@given(CHANNELS)
def test_capacity_is_at_most_the_smaller_logarithm_and_at_least_that_of_equal_inputs(channel):
    found = capacity(channel, tolerance=1e-5)
    assert found.lower <= math.log2(min(channel.shape)) + 1e-12
    assert found.upper >= mutual_information(uniform(channel)[:, None] * channel) - 1e-12
    assert found.lower == pytest.approx(mutual_information(found.prior[:, None] * channel), abs=1e-13)
    assert found.upper == pytest.approx(input_divergences(found.prior, channel).max(), abs=1e-13)
    assert found.prior.sum() == pytest.approx(1, abs=1e-14)


def test_what_is_done_with_the_output_never_adds_to_the_capacity():
    rng = np.random.default_rng(5)
    for channel in random_channels(20, seed=5, most=6):
        noise = rng.dirichlet(np.ones(4), size=channel.shape[1])
        assert capacity(channel @ noise, tolerance=1e-7).lower <= capacity(channel, tolerance=1e-7).upper


def test_an_input_said_twice_adds_nothing():
    for channel in random_channels(10, seed=6):
        once, twice = (capacity(w, tolerance=1e-8).lower for w in (channel, np.vstack([channel, channel])))
        assert twice == pytest.approx(once, abs=1e-8)


def test_two_channels_side_by_side_add_up():
    first, second = random_channels(2, seed=7, most=4)
    both = np.kron(first, second)
    parts = [capacity(w, tolerance=1e-9).lower for w in (first, second)]
    assert capacity(both, tolerance=1e-8).lower == pytest.approx(sum(parts), abs=2e-8)


def test_outputs_that_never_come_out_change_nothing():
    channel = np.array([[0.9, 0.1], [0.3, 0.7]])
    padded = np.insert(channel, 1, 0.0, axis=1)
    assert capacity(padded).lower == pytest.approx(capacity(channel).lower, rel=1e-14)


def test_the_base_is_the_unit_of_bounds_and_tolerance():
    channel = [[0.9, 0.1], [0.3, 0.7]]
    bits, nats = capacity(channel, tolerance=1e-3), capacity(channel, tolerance=1e-3 * math.log(2), **NATS)
    assert nats.steps == bits.steps
    assert nats.lower == pytest.approx(bits.lower * math.log(2), rel=1e-13)
    assert nats.gap == pytest.approx(bits.gap * math.log(2), rel=1e-9)


def test_the_callback_sees_each_step_and_the_bounds_close():
    seen = []
    found = capacity([[1, 0], [0.25, 0.75]], callback=lambda *state: seen.append(state))
    assert [step for step, *_ in seen] == list(range(found.steps + 1))
    lowers, uppers = np.array([state[1:3] for state in seen]).T
    assert np.diff(lowers).min() > -1e-14
    assert (lowers <= found.upper + 1e-14).all() and (uppers >= found.lower - 1e-14).all()
    assert seen[0][3].tolist() == [0.5, 0.5]
    d = input_divergences([0.5, 0.5], [[1, 0], [0.25, 0.75]])
    assert (lowers[0], uppers[0]) == (pytest.approx(d.mean(), rel=1e-14), pytest.approx(d.max(), rel=1e-14))
    assert kl_divergence(seen[-1][3], found.prior) == 0


def test_a_capacity_holds_its_gap():
    assert Capacity(0.5, 0.75, np.ones(1), 0).gap == 0.25


# Errors


def test_bounds_that_do_not_meet_are_an_error():
    with pytest.raises(RuntimeError, match=r"must meet within `tolerance` = 1e-09 in `max_steps` = 3 steps; after 3 they are 0\.5"):
        capacity([[1, 0], [0.25, 0.75]], max_steps=3)


def test_a_probability_below_all_floats_is_no_answer():
    two = np.array([[0.8, 0.1, 0.1], [0.2, 0.6, 0.2]])
    pair = capacity(two, tolerance=1e-11)
    centre = pair.prior @ two
    row = lambda u: (1 - u) * centre + u * np.array([0, 0, 1])
    tie = row(optimize.brentq(lambda u: kl_divergence(row(u), centre) - pair.lower, 0, 1, xtol=1e-15))
    slow = np.vstack([two, tie, centre])
    assert capacity(slow, tolerance=1e-6).steps > 1000
    # The last input fades within 1,000 steps, and only it has the fourth output.
    slow = np.insert(slow, 3, [0, 0, 0, 1e-310], axis=1)
    with pytest.raises(RuntimeError, match=r"the output's probabilities must be positive floats; after \d+ steps one is below"):
        capacity(slow, tolerance=1e-9)


SQUARE = [[0.5, 0.5], [0.25, 0.75]]


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: capacity([0.5, 0.5]), "`channel` must be a table with one distribution a row; its shape is (2,)"),
        (lambda: capacity([[0.5, 0.6], [0.5, 0.5]]), "`channel` must sum to 1 along axis -1 within 1e-09; row 0 sums to 1.1"),
        (lambda: capacity([[1.5, -0.5], [0.5, 0.5]]), "`channel` must not be negative; it is -0.5 at index (0, 1)"),
        (lambda: capacity([[math.nan, 0.5], [0.5, 0.5]]), "`channel` must not be NaN"),
        (lambda: capacity(SQUARE, tolerance=0.0), "`tolerance` must be positive; it is 0"),
        (lambda: capacity(SQUARE, tolerance=1e-13), "`tolerance` must be at least 1e-12 nats, since sums are rounded"),
        (lambda: capacity(SQUARE, max_steps=-1), "`max_steps` must be an integer of at least 0; it is -1"),
        (lambda: capacity(SQUARE, base=1), "`base` must be a finite number greater than 1"),
        (lambda: input_divergences([1.0], SQUARE), "`prior` must hold one probability for each of the 2 inputs of `channel`; its shape is"),
        (lambda: input_divergences([0.5, 0.6], SQUARE), "`prior` must sum to 1"),
        (lambda: blahut_arimoto_step([[0.5, 0.5]], SQUARE), "`prior` must hold one probability for each of the 2 inputs"),
        (lambda: decoder_bound([0.5, 0.5], SQUARE), "`joint` must have at least 2 axes"),
        (lambda: decoder_bound([[[0.5, 0.5]]], SQUARE), "`joint` must be one table; its shape is (1, 1, 2)"),
        (lambda: decoder_bound([[0.5, 0.2, 0.3]], SQUARE), "`decoder` must have one row for each column of `joint`"),
        (lambda: decoder_bound([[0.5, 0.5]], [[0.9], [1.0]]), "`decoder` must sum to 1"),
    ],
)
def test_bad_input_is_told(call, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        call()
    assert words in str(error.value)
