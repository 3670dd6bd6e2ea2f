"""Each labelled equation of the chapter, both sides by different routes."""

import itertools
import math

import mpmath
import numpy as np
import pytest
from scipy import optimize, special

from lib import conditional_entropy, entropy, kl_divergence, mutual_information, normalize
from lib.channels import blahut_arimoto_step, capacity, decoder_bound, input_divergences
from lib.empowerment import empowerment, policy_laws, reachable_states, sequence_laws

NATS = {"base": math.e}


def random_joints(count=100, shape=(4, 6), seed=0):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(math.prod(shape), 0.5), size=count).reshape(count, *shape), rng


def random_channels(count=20, seed=1, most=7):
    rng = np.random.default_rng(seed)
    return [rng.dirichlet(np.full(m, 0.7), size=n) for n, m in rng.integers(2, most, size=(count, 2))], rng


def random_world(rng, s=4, a=2):
    return rng.dirichlet(np.full(s, 0.4), size=(s, a))


def plain_information(prior, channel):
    """Sum p W ln(W / r) as it is written, in nats."""
    r, total = prior @ channel, 0.0
    for x, y in itertools.product(*map(range, channel.shape)):
        if prior[x] * channel[x, y] > 0:
            total += prior[x] * channel[x, y] * math.log(channel[x, y] / r[y])
    return total


def test_eq_ib_halves():
    for joint in random_joints()[0]:
        product = joint.sum(axis=1)[:, None] * joint.sum(axis=0)
        definition = sum(joint[i] * math.log2(joint[i] / product[i]) for i in np.ndindex(4, 6) if joint[i] > 0)
        reverse = entropy(joint.sum(axis=1)) - conditional_entropy(joint, given="y")
        forward = entropy(joint.sum(axis=0)) - conditional_entropy(joint, given="x")
        assert abs(reverse - definition) < 1e-12
        assert abs(forward - definition) < 1e-12


def test_eq_ib_decoder():
    joints, rng = random_joints(seed=2)
    for joint in joints:
        q, p_s = rng.dirichlet(np.ones(4), size=6), joint.sum(axis=0)
        bound = entropy(joint.sum(axis=1), **NATS) + (joint * np.log(q.T)).sum()
        gap = p_s @ special.rel_entr(joint.T / p_s[:, None], q).sum(axis=1)
        assert abs(bound + gap - mutual_information(joint, **NATS)) < 1e-12
        assert gap > 0
        assert decoder_bound(joint, q, **NATS) == (pytest.approx(bound, abs=1e-12), pytest.approx(gap, abs=1e-12))


def test_eq_ib_elbo():
    joints, rng = random_joints(seed=3)
    for joint in joints:  # p(x, z): x along the rows
        for x, q in zip(range(4), rng.dirichlet(np.ones(6), size=4)):
            elbo = sum(q[z] * math.log(joint[x, z] / q[z]) for z in range(6))
            posterior = joint[x] / joint[x].sum()
            assert elbo + kl_divergence(q, posterior, **NATS) == pytest.approx(math.log(joint[x].sum()), abs=1e-11)


def test_eq_ib_elbo_parts():
    rng = np.random.default_rng(4)
    for _ in range(100):
        data, encoder = rng.dirichlet(np.ones(5)), rng.dirichlet(np.ones(3), size=5)
        prior, decoder = rng.dirichlet(np.ones(3)), rng.dirichlet(np.ones(5), size=3)
        evidence = np.log(decoder.T @ prior)
        posterior = normalize(prior * decoder.T)
        elbos = evidence - special.rel_entr(encoder, posterior).sum(axis=1)  # by its gap, not by its parts
        first = entropy(data, **NATS) + (data[:, None] * encoder * np.log(decoder.T)).sum()
        second = data @ special.rel_entr(encoder, prior).sum(axis=1)
        information = mutual_information(data[:, None] * encoder, **NATS)
        assert entropy(data, **NATS) + data @ elbos == pytest.approx(first - second, abs=1e-12)
        assert first < information < second
        assert second - information == pytest.approx(kl_divergence(data @ encoder, prior, **NATS), abs=1e-12)


def test_eq_ib_forward():
    joints, rng = random_joints(seed=5)
    signs = []
    for joint in joints:
        p_z, p_s = joint.sum(axis=1), joint.sum(axis=0)
        q, m = rng.dirichlet(np.full(6, 5.0), size=4), rng.dirichlet(np.full(6, 5.0))
        laws = joint / p_z[:, None]
        right = mutual_information(joint, **NATS) - p_z @ kl_divergence(laws, q, **NATS) + kl_divergence(p_s, m, **NATS)
        assert (joint * np.log(q / m)).sum() == pytest.approx(right, abs=1e-12)
        close = 0.9 * laws + 0.1 * q
        signs.append((joint * np.log(close / m)).sum() > mutual_information(joint, **NATS))
        # With its own mixture it is the bound of the decoder that Bayes' rule makes of it.
        own = p_z @ q
        bound = decoder_bound(joint, normalize((p_z[:, None] * q).T), **NATS)[0]
        assert (joint * np.log(q / own)).sum() == pytest.approx(bound, abs=1e-12)
        assert bound < mutual_information(joint, **NATS)
    assert any(signs)  # fitted apart, it may exceed the information


def test_eq_ib_capacity():
    channels, _ = random_channels(seed=6)
    for channel in [*channels, np.eye(5), np.kron(np.eye(3), np.ones((4, 1)))]:
        n = len(channel)
        start = np.full(n, 1 / n)
        best = optimize.minimize(
            lambda p, w=channel: -mutual_information(normalize(np.abs(p))[:, None] * w),
            start, bounds=[(0, 1)] * n, constraints={"type": "eq", "fun": lambda p: p.sum() - 1}, method="SLSQP",
            options={"ftol": 1e-12, "maxiter": 500},
        )  # fmt: skip
        assert capacity(channel, tolerance=1e-8).lower == pytest.approx(-best.fun, abs=1e-6)
        assert -best.fun <= math.log2(min(channel.shape)) + 1e-12
    for square in (np.eye(5), np.kron(np.eye(3), np.ones((4, 1)))):
        assert capacity(square).lower == pytest.approx(math.log2(min(square.shape)), abs=1e-12)


def test_eq_ib_known():
    for f in (0.01, 0.2, 0.45, 0.7):
        h = -f * math.log2(f) - (1 - f) * math.log2(1 - f)
        rows = {
            1 - h: [[1 - f, f], [f, 1 - f]],
            1 - f: [[1 - f, f, 0], [0, f, 1 - f]],
            math.log2(1 + (1 - f) * f ** (f / (1 - f))): [[1, 0], [f, 1 - f]],
        }
        for closed, channel in rows.items():
            # By the best of a fine search over the single free probability.
            loss = lambda a: -plain_information(np.array([a, 1 - a]), np.array(channel))
            value = optimize.minimize_scalar(loss, bounds=(0, 1), method="bounded", options={"xatol": 1e-10})
            assert -value.fun / math.log(2) == pytest.approx(closed, abs=1e-9)
    for n in (3, 4, 26):
        keys = np.eye(n)
        typewriter = (keys + np.roll(keys, 1, axis=1)) / 2
        assert capacity(typewriter).upper == pytest.approx(math.log2(n) - 1, abs=1e-12)
    every_second = np.zeros(26)
    every_second[::2] = 1 / 13
    joint = every_second[:, None] * (np.eye(26) + np.roll(np.eye(26), 1, axis=1)) / 2
    assert mutual_information(joint) == pytest.approx(math.log2(26) - 1, abs=1e-12)
    assert conditional_entropy(joint, given="y") == pytest.approx(0, abs=1e-12)


def plain_j(prior, channel, decoder):
    """J(p, q) in nats, with the decoder's rows by output."""
    pairs = itertools.product(prior.nonzero()[0], range(channel.shape[1]))
    return sum(prior[x] * channel[x, y] * math.log(decoder[y, x] / prior[x]) for x, y in pairs)


def test_eq_ib_two_maxima():
    channels, rng = random_channels(seed=7)
    for channel in channels:
        ceiling = capacity(channel, tolerance=1e-8, **NATS)
        for _ in range(20):
            prior = rng.dirichlet(np.ones(len(channel)))
            decoder = rng.dirichlet(np.ones(len(channel)), size=channel.shape[1])
            assert plain_j(prior, channel, decoder) < ceiling.upper
        bayes = normalize((ceiling.prior[:, None] * channel).T)
        assert plain_j(ceiling.prior, channel, bayes) == pytest.approx(ceiling.lower, abs=1e-12)


def test_eq_ib_turns():
    channels, rng = random_channels(seed=8)
    for channel in channels:
        n, m = channel.shape
        prior, decoder = rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(n), size=m)
        bayes = (prior[:, None] * channel / (prior @ channel)).T
        assert plain_j(prior, channel, bayes) == pytest.approx(plain_information(prior, channel), abs=1e-12)
        weights = np.exp((channel * np.log(decoder.T)).sum(axis=1))
        log_z, best = math.log(weights.sum()), weights / weights.sum()
        assert plain_j(best, channel, decoder) == pytest.approx(log_z, abs=1e-12)
        for other in rng.dirichlet(np.ones(n), size=20):
            assert plain_j(other, channel, decoder) == pytest.approx(log_z - kl_divergence(other, best, **NATS), abs=1e-11)
        for other in rng.dirichlet(np.ones(n), size=(20, m)):
            assert plain_j(prior, channel, other) < plain_information(prior, channel)


def test_eq_ib_step():
    channels, rng = random_channels(seed=9)
    for channel in channels:
        prior = rng.dirichlet(np.ones(len(channel)))
        bayes = (prior[:, None] * channel / (prior @ channel)).T
        two_turns = special.softmax((channel * np.log(bayes.T)).sum(axis=1))
        one_line = prior * np.exp(_rows(prior, channel))
        assert two_turns == pytest.approx(one_line / one_line.sum(), rel=1e-12)
        assert blahut_arimoto_step(prior, channel) == pytest.approx(two_turns, rel=1e-12)


def _rows(prior, channel):
    return special.rel_entr(channel, prior @ channel).sum(axis=1)


def test_eq_ib_monotone():
    channels, rng = random_channels(seed=10)
    for channel in channels:
        prior = rng.dirichlet(np.full(len(channel), 0.5))
        ceiling = capacity(channel, tolerance=1e-8, **NATS).upper
        for _ in range(30):
            after = blahut_arimoto_step(prior, channel)
            log_z = math.log((prior * np.exp(_rows(prior, channel))).sum())
            assert plain_information(prior, channel) <= log_z + 1e-13
            assert log_z <= plain_information(after, channel) + 1e-13
            assert plain_information(after, channel) <= ceiling + 1e-13
            prior = after


def test_eq_ib_certificate():
    channels, rng = random_channels(seed=11)
    for channel in channels:
        exact = capacity(channel, tolerance=1e-9)
        for prior in rng.dirichlet(np.ones(len(channel)), size=50):
            d = input_divergences(prior, channel)
            assert prior @ d <= exact.upper and d.max() >= exact.lower
            assert prior @ d == pytest.approx(plain_information(prior, channel) / math.log(2), abs=1e-12)


def test_eq_ib_rate():
    channels, _ = random_channels(count=30, seed=12)
    slowest = 0.0
    for channel in channels:
        n = len(channel)
        exact = capacity(channel, tolerance=1e-9, **NATS)
        prior, total = np.full(n, 1 / n), 0.0
        start = kl_divergence(exact.prior, prior, **NATS)
        assert start <= math.log(n) + 1e-12
        for t in range(1, 200):
            total += exact.lower - math.log((prior * np.exp(_rows(prior, channel))).sum())
            prior = blahut_arimoto_step(prior, channel)
            missing = exact.lower - plain_information(prior, channel)
            assert total <= start + 1e-6
            assert missing <= math.log(n) / t
            slowest = max(slowest, missing * t / math.log(n))
    assert slowest > 0.05  # within a factor of 20 of the promise somewhere


def test_eq_ib_radius():
    channels, _ = random_channels(count=10, seed=13, most=5)
    for channel in channels:
        top = lambda z: special.rel_entr(channel, special.softmax(z)).sum(axis=1).max()
        search = {"method": "Nelder-Mead", "options": {"xatol": 1e-9, "fatol": 1e-11, "maxiter": 20_000}}
        found = optimize.minimize(top, np.log(channel.mean(axis=0)), **search)
        again = optimize.minimize(top, found.x, **search)
        exact = capacity(channel, tolerance=1e-9, **NATS)
        assert min(found.fun, again.fun) >= exact.lower - 1e-12
        assert again.fun == pytest.approx(exact.upper, abs=2e-3)
        # On the rim where used, inside elsewhere.
        d = input_divergences(exact.prior, channel, **NATS)
        assert d[exact.prior > 1e-3] == pytest.approx(exact.lower, abs=1e-5)
        assert (d <= exact.lower + 1e-8).all()


def test_eq_ib_empowerment():
    rng = np.random.default_rng(14)
    for _ in range(5):
        world = random_world(rng)
        lower, upper = empowerment(world, 2, tolerance=1e-7)
        for s in range(4):
            laws = [np.eye(4)[s] @ world[:, a] @ world[:, b] for a in range(2) for b in range(2)]
            values = [mutual_information(p[:, None] * laws) for p in rng.dirichlet(np.full(4, 0.5), size=600)]
            assert max(values) <= upper[s]
            assert max(values) == pytest.approx(lower[s], abs=0.03)


def test_eq_ib_deterministic():
    rng = np.random.default_rng(15)
    for _ in range(20):
        moves = rng.integers(6, size=(6, 3))
        world, n = np.eye(6)[moves], int(rng.integers(1, 5))
        for s in range(6):
            ends = {s}
            for _ in range(n):
                ends = {int(t) for e in ends for t in moves[e]}
            assert empowerment(world, n)[0][s] == pytest.approx(math.log2(len(ends)), abs=1e-12)
            assert reachable_states(world, n)[s].sum() == len(ends)


def test_eq_ib_ceiling():
    rng = np.random.default_rng(16)
    best = []
    for _ in range(10):
        world = random_world(rng)
        policies, sequences = (capacity(laws(world, 0, 2), tolerance=1e-5) for laws in (policy_laws, sequence_laws))
        assert sequences.lower <= policies.upper
        assert policies.lower <= math.log2(reachable_states(world, 2)[0].sum())
        for k in (2, 3, 8):
            for _ in range(50):
                chances = rng.dirichlet(np.full(2, 0.2), size=(k, 2, 4))
                first = np.einsum("ksa,sat->kst", chances[:, 0], world)[:, 0]
                laws = np.einsum("ks,kst->kt", first, np.einsum("ksa,sat->kst", chances[:, 1], world))
                prior = rng.dirichlet(np.ones(k))
                value = mutual_information(prior[:, None] * laws)
                assert value <= policies.upper
                assert value <= entropy(prior) + 1e-12 <= math.log2(k) + 2e-12
                best.append(value / policies.lower)
    assert max(best) > 0.7


def test_the_closed_form_of_the_z_in_high_precision():
    with mpmath.workdps(30):
        f = mpmath.mpf(1) / 4
        v = mpmath.findroot(lambda v: mpmath.log(1 - v) + (1 - f) * mpmath.log((1 - f) / v) + f * mpmath.log(f / (1 - v)), 0.4)
        assert mpmath.almosteq(-mpmath.log(1 - v, 2), mpmath.log(1 + (1 - f) * f ** (f / (1 - f)), 2), 1e-25)
