"""Each labelled equation of the chapter, both sides by different routes."""

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import optimize

import lib
from lib import cross_entropy, cross_entropy_from_logits, entropy, kl_divergence, log_softmax, softmax


def distributions(seed, n=50, k=5):
    p, q = np.random.default_rng(seed).dirichlet(np.ones(k), size=(2, n))
    return p, q


def some_logits(seed, n=40, k=6, scale=4):
    return np.random.default_rng(seed).normal(scale=scale, size=(n, k))


def gradient(f, x, step=1e-6):
    """Return the gradient of `f` at `x` by central differences, one coordinate at a time."""
    shifts = step * np.eye(len(x))
    return np.array([(f(x + h) - f(x - h)) / (2 * step) for h in shifts])


def exact(terms):
    return float(mpmath.fsum(terms))


def test_eq_cross_entropy():
    # The sum in 40 digits, and the mean length of messages in a code of whole bits.
    p, q = distributions(1)
    with mpmath.workdps(40):
        sums = [exact(-mpmath.mpf(a) * mpmath.log(mpmath.mpf(b), 2) for a, b in zip(*pair)) for pair in zip(p, q)]
    np.testing.assert_allclose(cross_entropy(p, q), sums, rtol=1e-13)
    counts, lengths = np.array([[8, 4, 2, 1, 1], [3, 0, 9, 3, 1]]), np.array([3, 1, 2, 4, 4])
    in_bits = [float(Fraction(int(n), 16)) for n in counts @ lengths]
    np.testing.assert_allclose(cross_entropy(counts / 16, 0.5**lengths), in_bits, rtol=4 * 2.0**-52)


def test_eq_cross_entropy_split():
    p, q = distributions(2)
    p[:10, 0] = 0.0
    p = lib.normalize(p)
    with mpmath.workdps(40):
        right = [
            exact(mpmath.mpf(a) * (mpmath.log(mpmath.mpf(a) / mpmath.mpf(b)) - mpmath.log(mpmath.mpf(a))) for a, b in zip(*pair) if a > 0)
            for pair in zip(p, q)
        ]
    np.testing.assert_allclose(cross_entropy(p, q, base=math.e), right, rtol=1e-12)
    np.testing.assert_allclose(cross_entropy(p, q), entropy(p) + kl_divergence(p, q), rtol=1e-12)
    assert cross_entropy([0.5, 0.5], [1, 0]) == kl_divergence([0.5, 0.5], [1, 0]) == math.inf


def test_eq_cross_entropy_bound():
    # Over random models the bound holds; a numerical search for the best model finds P, and H(P) there.
    p, q = distributions(3, n=2000)
    assert (cross_entropy(p, q) > entropy(p)).all()
    for row in p[:5]:
        found = optimize.minimize(lambda z, row=row: cross_entropy(row, softmax(z)), np.zeros(5), tol=1e-12)
        assert found.fun == pytest.approx(entropy(row), abs=1e-9)
        np.testing.assert_allclose(softmax(found.x), row, atol=1e-4)
    np.testing.assert_allclose(cross_entropy(p, p), entropy(p), rtol=1e-15)


def test_eq_cross_entropy_gradient():
    # Left by differences of the library's sum, right by automatic differentiation of another formula.
    p, _ = distributions(4, n=10)
    for row, z in zip(p, some_logits(5, n=10, k=5, scale=1)):
        left = gradient(lambda z, row=row: cross_entropy(row, softmax(z), base=math.e), z)
        truth, free = torch.tensor(row), torch.tensor(z, requires_grad=True)
        F.kl_div(torch.log_softmax(free, 0), truth, reduction="sum").backward()
        np.testing.assert_allclose(left, free.grad.numpy(), atol=1e-8)


def test_eq_cross_entropy_first_moves():
    _, q = distributions(6, n=10)
    for row, z in zip(q, some_logits(7, n=10, k=5, scale=1)):
        left = gradient(lambda z, row=row: kl_divergence(softmax(z), row, base=math.e), z)
        free, model = torch.tensor(z, requires_grad=True), torch.tensor(row)
        first = torch.softmax(free, 0)
        (ce,) = torch.autograd.grad(-(first * model.log()).sum(), free, retain_graph=True)
        (h,) = torch.autograd.grad(-(first * first.log()).sum(), free)
        np.testing.assert_allclose(left, (ce - h).numpy(), atol=1e-8)
        assert np.abs(h.numpy()).max() > 1e-3  # the entropy does move


def samples_with_weights(p, n):
    """Return every sample of n draws from `p` with its probability."""
    for draw in itertools.product(range(len(p)), repeat=n):
        yield np.array(draw), math.prod(p[i] for i in draw)


def test_eq_cross_entropy_samples():
    # All 3**5 samples with their probabilities, against the closed forms.
    p, q, n = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.7, 0.1]), 5
    cost = -np.log2(q)
    values, weights = zip(*[(cost[draw].mean(), w) for draw, w in samples_with_weights(p, n)])
    mean = np.dot(weights, values)
    variance = np.dot(weights, (np.array(values) - mean) ** 2)
    assert mean == pytest.approx(cross_entropy(p, q), rel=1e-12, abs=0)
    assert variance == pytest.approx((p @ cost**2 - (p @ cost) ** 2) / n, rel=1e-12, abs=0)


def test_eq_cross_entropy_plug_in():
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.7, 0.1])
    bias = []
    for n in (1, 2, 4, 6):
        total = 0.0
        for draw, weight in samples_with_weights(p, n):
            shares = np.bincount(draw, minlength=3) / n
            estimate = kl_divergence(shares, q)
            assert estimate == pytest.approx(-np.log2(q[draw]).mean() - entropy(shares), abs=1e-12)
            total += weight * estimate
        bias.append(total - kl_divergence(p, q))
    assert min(bias) > 0.2
    assert (np.diff(bias) < 0).all()


def test_eq_softmax():
    for z in some_logits(8):
        with mpmath.workdps(40):
            weights = [mpmath.exp(mpmath.mpf(v)) for v in z]
            expected = [float(w / mpmath.fsum(weights)) for w in weights]
        np.testing.assert_allclose(softmax(z), expected, rtol=1e-13)


def test_eq_softmax_shift():
    # In fractions: e**z is a free positive number w, and adding c multiplies it by e**c.
    w, factor = [Fraction(3), Fraction(1, 7), Fraction(22, 5)], Fraction(11, 13)
    assert [v * factor / sum(u * factor for u in w) for v in w] == [v / sum(w) for v in w]
    z = some_logits(9)
    np.testing.assert_allclose(softmax(z + 512.0), softmax(z), rtol=1e-11)


def test_eq_logit_loss():
    z = some_logits(10)
    y = np.arange(len(z)) % 6
    with mpmath.workdps(40):
        left = [
            float(-mpmath.log(mpmath.exp(mpmath.mpf(row[i])) / mpmath.fsum(mpmath.exp(mpmath.mpf(v)) for v in row))) for row, i in zip(z, y)
        ]
    right = np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), y]
    np.testing.assert_allclose(left, right, atol=1e-13)
    np.testing.assert_allclose(cross_entropy_from_logits(z, y, base=math.e), left, rtol=1e-12)
    np.testing.assert_allclose(cross_entropy_from_logits(z, y), np.array(left) / math.log(2), rtol=1e-12)
    # As the cross-entropy of a truth that puts everything on y, whose entropy is 0.
    one_hot = np.eye(6)[y]
    np.testing.assert_allclose(cross_entropy(one_hot, softmax(z), base=math.e), left, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(kl_divergence(one_hot, softmax(z), base=math.e), left, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("offset", [0, 700, -700, 50_000])
def test_eq_log_sum_exp(offset):
    # Left unshifted with as many digits and as wide a range as it takes, right in floating point.
    for z in some_logits(11, n=10) + offset:
        with mpmath.workdps(60):
            left = float(mpmath.log(mpmath.fsum(mpmath.exp(mpmath.mpf(v)) for v in z)))
        right = z.max() + np.log(np.exp(z - z.max()).sum())
        assert right == pytest.approx(left, rel=1e-14, abs=1e-13)
        assert (z - log_softmax(z))[0] == pytest.approx(left, rel=1e-14, abs=1e-11)


def test_eq_log_sum_exp_bounds():
    for z in some_logits(12, n=200):
        with mpmath.workdps(40):
            value = mpmath.log(mpmath.fsum(mpmath.exp(mpmath.mpf(v)) for v in z))
            assert max(z) < value < max(z) + mpmath.log(len(z))
    # Both ends are sharp: one logit alone, and all of them equal.
    assert 0 - log_softmax([0.0])[0] == 0
    assert 0 - log_softmax(np.zeros(6))[0] == pytest.approx(math.log(6), rel=1e-15, abs=0)
    assert -log_softmax([0.0, -800.0])[0] == 0


def test_eq_log_sum_exp_gradient():
    for z in some_logits(13, n=10, scale=2):
        numerical = gradient(lambda z: np.log(np.exp(z).sum()), z)
        np.testing.assert_allclose(numerical, softmax(z), atol=1e-8)


def test_eq_logit_gradient():
    targets = distributions(14, n=20, k=6)[0]
    targets[::2] = np.eye(6)[np.arange(10) % 6]
    for z, t in zip(some_logits(15, n=20, scale=2), targets):
        numerical = gradient(lambda z, t=t: cross_entropy_from_logits(z, t, base=math.e), z)
        np.testing.assert_allclose(numerical, softmax(z) - t, atol=1e-8)
        free = torch.tensor(z, requires_grad=True)
        F.cross_entropy(free, torch.tensor(t)).backward()
        np.testing.assert_allclose(free.grad.numpy(), softmax(z) - t, atol=1e-14)


def test_eq_label_smoothing():
    _, q = distributions(16, n=20, k=4)
    for eps in (0.0, 0.1, 0.5, 1.0):
        target = (1 - eps) * np.eye(4)[2] + eps / 4
        mixture = (1 - eps) * -np.log(q[:, 2]) + eps * -np.log(q).mean(axis=1)
        np.testing.assert_allclose(cross_entropy(target, q, base=math.e), mixture, rtol=1e-12)
        pytorchs = F.cross_entropy(torch.tensor(np.log(q)), torch.full((20,), 2), label_smoothing=eps, reduction="none")
        np.testing.assert_allclose(pytorchs.numpy(), mixture, rtol=1e-12)


@pytest.mark.parametrize("k", [2, 10, 1000])
@pytest.mark.parametrize("eps", [0.01, 0.1, 0.9])
def test_eq_label_smoothing_entropy(k, eps):
    # The closed form in 40 digits, and the constant between the two losses for random models.
    with mpmath.workdps(40):
        top, rest = 1 - mpmath.mpf(eps) + mpmath.mpf(eps) / k, mpmath.mpf(eps) / k
        closed = float(-top * mpmath.log(top) - (k - 1) * rest * mpmath.log(rest))
    target = np.full(k, eps / k)
    target[0] += 1 - eps
    q = softmax(np.random.default_rng(17).normal(size=(20, k)))
    gap = cross_entropy(target, q, base=math.e) - kl_divergence(target, q, base=math.e)
    np.testing.assert_allclose(gap, closed, rtol=1e-11)


def test_eq_weighted_mean():
    # An example of weight w counts as w copies: the plain mean of the copies, against torch's weighted mean.
    z, y, copies = some_logits(18, n=12, k=3), np.arange(12) % 3, np.array([1, 4, 2])
    repeated = np.repeat(cross_entropy_from_logits(z, y, base=math.e), copies[y])
    pytorchs = F.cross_entropy(torch.tensor(z), torch.tensor(y), weight=torch.tensor(copies, dtype=torch.float64))
    assert pytorchs.item() == pytest.approx(repeated.mean(), rel=1e-13, abs=0)
    assert abs(pytorchs.item() - repeated.sum() / 12) > 0.1


def test_eq_uniform_baseline():
    for k in (2, 10, 26, 1000):
        p = np.random.default_rng(k).dirichlet(np.ones(k), size=20)
        np.testing.assert_allclose(cross_entropy(p, np.full(k, 1 / k), base=math.e), float(mpmath.log(k)), rtol=1e-12)
        loss = F.cross_entropy(torch.zeros(k, k, dtype=torch.float64), torch.arange(k))
        assert loss.item() == pytest.approx(math.log(k), rel=1e-14, abs=0)


def test_eq_temperature():
    z, y = some_logits(19, n=10, scale=2), np.arange(10) % 6
    for beta in (0.1, 0.7, 1.0, 2.5):
        q = softmax(beta * z)
        formula = (q * z).sum(axis=1) - z[np.arange(10), y]
        up, down = (cross_entropy_from_logits((beta + h) * z, y, base=math.e) for h in (1e-6, -1e-6))
        np.testing.assert_allclose((up - down) / 2e-6, formula, atol=1e-7)
        # Its derivative is a variance, as the text says: so halving an interval finds the zero.
        q_up = softmax((beta + 1e-6) * z)
        slope = ((q_up * z).sum(axis=1) - (q * z).sum(axis=1)) / 1e-6
        np.testing.assert_allclose(slope, (q * z**2).sum(axis=1) - (q * z).sum(axis=1) ** 2, atol=1e-4)


@pytest.mark.parametrize("k", [2, 3, 10, 1000])
def test_eq_softmax_twice(k):
    closed = float(mpmath.log(1 + (k - 1) / mpmath.e))
    assert cross_entropy_from_logits(np.eye(k)[0], 0, base=math.e) == pytest.approx(closed, rel=1e-13, abs=0)
    # No probabilities do better: the loss falls as the right one grows, wherever the rest goes.
    q = np.random.default_rng(20).dirichlet(np.full(k, 0.1), size=500)
    q[:, 0] = 0
    q[:50] = np.eye(k)[0]
    losses = F.cross_entropy(torch.tensor(lib.normalize(q + 1e-300)), torch.zeros(500, dtype=int), reduction="none")
    assert losses.min().item() == pytest.approx(closed, rel=1e-13, abs=0)
    assert (losses[50:] > closed + 1e-3).all()


def test_eq_cross_entropy_collapse():
    p, q = distributions(21, n=300)
    assert (cross_entropy(q, p) > -np.log2(p.max(axis=1))).all()
    corners = np.array([[cross_entropy(corner, row) for corner in np.eye(5)] for row in p])
    np.testing.assert_allclose(corners.min(axis=1), -np.log2(p.max(axis=1)), rtol=1e-14)
    assert (corners.argmin(axis=1) == p.argmax(axis=1)).all()
