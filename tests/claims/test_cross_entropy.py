"""The claims about cross-entropy, each shown by a route of its own."""

import inspect
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import integrate, optimize, stats
from sklearn.linear_model import LogisticRegression

from lib import cross_entropy, cross_entropy_from_logits, entropy, kl_divergence, self_information, softmax
from lib.data import digits

P, Q = np.array([0.5, 0.25, 0.125, 0.125]), np.array([0.125, 0.5, 0.125, 0.25])
SOURCE_LOGITS = torch.tensor([[-0.5, 0.3, 1.2]])
SOURCE_LOSS = 0.46326422691345215  # as printed by document S2, in float32


def distributions(seed, n=100, k=6):
    return np.random.default_rng(seed).dirichlet(np.ones(k), size=(2, n))


def exact_kl(p, q, base):
    with mpmath.workdps(40):
        return float(mpmath.fsum(mpmath.mpf(a) * mpmath.log(mpmath.mpf(a) / mpmath.mpf(b), base) for a, b in zip(p, q)))


def error_of_the_identity(seed, base):
    """Return the largest error of H(P, Q) - H(P) against the KL divergence in 40 digits."""
    p, q = distributions(seed)
    expected = [exact_kl(*pair, base) for pair in zip(p, q)]
    return np.abs(cross_entropy(p, q, base=base) - entropy(p, base=base) - expected).max()


def blocks(count):
    """Return the sums over the first blocks of -p log p, -p log q and p log(p/q), in bits.

    Block k has probability 2**-k under P and 2 * 3**-k under Q, spread evenly over 2**(2**k) outcomes.
    """
    k = np.arange(1, count + 1)
    p_k, inside = 0.5**k, 2.0**k
    minus_log_q = k * math.log2(3) - 1
    return np.sum(p_k * (k + inside)), np.sum(p_k * (minus_log_q + inside)), np.sum(p_k * (minus_log_q - k))


def four_blocks_one_by_one():
    """Return the same sums over the first four blocks, from their 65,812 outcomes."""
    k = np.repeat([1, 2, 3, 4], [2**2, 2**4, 2**8, 2**16])
    p, q = 0.5**k / 2.0 ** (2.0**k), 2 * 3.0**-k / 2.0 ** (2.0**k)
    return -np.sum(p * np.log2(p)), -np.sum(p * np.log2(q)), np.sum(p * np.log2(p / q))


def gradients(loss_a, loss_b, seed=0):
    z = torch.tensor(np.random.default_rng(seed).normal(size=4), requires_grad=True)
    return [torch.autograd.grad(loss(z), z)[0].numpy() for loss in (loss_a, loss_b)]


def ce_to(truth):
    return lambda z: -(torch.tensor(truth) * torch.log_softmax(z, 0)).sum()


def kl_to(truth):
    return lambda z: F.kl_div(torch.log_softmax(z, 0), torch.tensor(truth), reduction="sum")


def ce_from(model):
    return lambda z: -(torch.softmax(z, 0) * torch.tensor(model).log()).sum()


def kl_from(model):
    return lambda z: (torch.softmax(z, 0) * (torch.log_softmax(z, 0) - torch.tensor(model).log())).sum()


def descend(loss, make=torch.optim.Adam, steps=200):
    z = torch.tensor([0.3, -0.2, 0.1, 0.0], dtype=torch.float64, requires_grad=True)
    optimiser, path = make([z], lr=0.1), []
    for _ in range(steps):
        optimiser.zero_grad()
        loss(z).backward()
        optimiser.step()
        path.append(z.detach().clone())
    return torch.stack(path).numpy()


def test_s0_09_holds_as_a_mean_surprise_and_as_a_mean_length():
    p, q = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 8), Fraction(1, 8)], [3, 1, 3, 2]
    assert cross_entropy(P, Q) == float(sum(a * bits for a, bits in zip(p, q)))
    draws = np.random.default_rng(1).choice(4, size=200_000, p=P)
    surprise = self_information(Q)[draws]
    assert abs(surprise.mean() - cross_entropy(P, Q)) < 4 * surprise.std() / math.sqrt(len(draws))
    assert abs(self_information(P)[draws].mean() - cross_entropy(P, Q)) > 0.5, "the prediction stands in the logarithm"


@pytest.mark.parametrize("base", [2, math.e])
def test_s0_10_holds_for_finitely_many_outcomes(base):
    assert error_of_the_identity(2, base) < 1e-12


@pytest.mark.parametrize("base", [2, math.e])
def test_s1_06_holds_with_finite_entropy(base):
    assert error_of_the_identity(3, base) < 1e-12
    # Geometric distributions: infinitely many outcomes, finite entropy; closed forms against the series.
    a, b = 0.3, 0.6
    x = np.arange(2000)
    log_p, log_q = (np.log(c) + x * np.log1p(-c) for c in (a, b))
    kl = (math.log(a / b) + (1 - a) / a * math.log((1 - a) / (1 - b))) / math.log(base)
    h = stats.geom.entropy(a) / math.log(base)
    assert -np.sum(np.exp(log_p) * log_q) / math.log(base) == pytest.approx(h + kl, rel=1e-9, abs=0)


def test_s1_06_fails_with_infinite_entropy():
    assert blocks(4) == pytest.approx(four_blocks_one_by_one(), rel=1e-9, abs=0)
    for count in (10, 100, 400):
        h, cross, kl = blocks(count)
        assert h > count, "each block adds more than a bit, for ever"
        assert cross > count
        assert kl < 0.17


@pytest.mark.parametrize("base", [2, math.e])
def test_s4_08_holds_for_discrete_outcomes(base):
    assert error_of_the_identity(4, base) < 1e-12
    # As costs: the lengths of the two codes on eight days, counted.
    counts, own, other = np.array([4, 2, 1, 1]), np.array([1, 2, 3, 3]), np.array([3, 1, 3, 2])
    assert kl_divergence(P, Q) == pytest.approx(counts @ (other - own) / 8, rel=1e-14, abs=0)


def test_s4_08_fails_as_a_cost_for_densities():
    # A normal law of width 0.1 in one unit and 100 in another: KL stays, its two "costs" go negative or move.
    def measured(scale):
        p, q = stats.norm(0, 0.1 * scale), stats.norm(0.05 * scale, 0.2 * scale)
        reach = np.array([-1.2, 1.2]) * scale
        h = integrate.quad(lambda x: -p.pdf(x) * p.logpdf(x), *reach)[0]
        cross = integrate.quad(lambda x: -p.pdf(x) * q.logpdf(x), *reach)[0]
        return h, cross

    (h, cross), (h_mm, cross_mm) = measured(1), measured(1000)
    assert h < cross < 0
    assert h_mm - h == pytest.approx(math.log(1000), rel=1e-6, abs=0)
    closed = math.log(2) + (0.1**2 + 0.05**2) / (2 * 0.2**2) - 0.5
    assert cross - h == pytest.approx(closed, rel=1e-6, abs=0)
    assert cross_mm - h_mm == pytest.approx(closed, rel=1e-6, abs=0)


def test_s0_11_counterexample_no_mismatch_and_yet_the_larger_cross_entropy():
    coin, sure, poor = [0.5, 0.5], [0.99, 0.01], [0.9, 0.1]
    assert kl_divergence(coin, coin) == 0 < kl_divergence(sure, poor)
    assert cross_entropy(coin, coin) == 1 > cross_entropy(sure, poor) + 0.8
    # Over all models of the coin the smallest cross-entropy is 1 bit, not 0.
    found = optimize.minimize_scalar(lambda s: cross_entropy(coin, [s, 1 - s]), bounds=(0.01, 0.99), method="bounded")
    assert found.fun == pytest.approx(1, abs=1e-9)


def test_s2_16_counterexample_no_outcomes_information_can_take_the_place_of_the_entropy():
    a, b = np.array([0.1, 0.2, 0.7]), np.array([0.2, 0.3, 0.5])  # the pair in S2's code
    truth = exact_kl(a, b, 2)
    assert np.abs(cross_entropy(a, b) - self_information(a) - truth).min() > 0.3
    assert cross_entropy(a, b) - entropy(a) == pytest.approx(truth, rel=1e-12, abs=0)


def test_s2_17_holds_with_itself():
    p, q = distributions(5)
    p[0] = np.eye(6)[0]
    assert cross_entropy(p, p).tolist() == entropy(p).tolist()
    assert (cross_entropy(p, q) > entropy(p)).all(), "and with nothing else"


def test_s2_18_holds_in_general_with_equality_by_accident():
    assert [cross_entropy(P, Q), cross_entropy(Q, P)] == [2.375, 2.25]
    p, q = distributions(6)
    assert (np.abs(cross_entropy(p, q) - cross_entropy(q, p)) > 1e-4).all()
    assert cross_entropy([0.2, 0.8], [0.8, 0.2]) == pytest.approx(cross_entropy([0.8, 0.2], [0.2, 0.8]), rel=1e-15, abs=0)


def test_s0_13_holds_with_the_entropy_fixed():
    best = [softmax(optimize.minimize(lambda z, f=f: f(P, softmax(z)), np.zeros(4), tol=1e-12).x) for f in (cross_entropy, kl_divergence)]
    np.testing.assert_allclose(best, [P, P], atol=1e-4)
    # Also where P moves but its entropy doesn't: a shift of p around a circle leaves H(p), and the same shift is best.
    shifted = np.array([np.roll(P, shift) for shift in range(4)])
    assert np.argmin(cross_entropy(shifted, Q)) == np.argmin(kl_divergence(shifted, Q)) == 1


def test_s0_13_fails_with_the_parameters_in_the_first_place():
    ends = [softmax(descend(loss, steps=2000)[-1]) for loss in (ce_from(Q), kl_from(Q))]
    np.testing.assert_allclose(ends[0], [0, 1, 0, 0], atol=1e-3)
    np.testing.assert_allclose(ends[1], Q, atol=1e-6)


def test_s0_14_holds_for_classifiers_vaes_and_policies():
    # A classifier: scikit-learn's and PyTorch's losses are the library's mean cross-entropy.
    rng = np.random.default_rng(7)
    z, y = rng.normal(size=(50, 4)), np.arange(50) % 4
    ours = cross_entropy_from_logits(z, y, base=math.e).mean()
    assert torch.nn.CrossEntropyLoss()(torch.tensor(z), torch.tensor(y)).item() == pytest.approx(ours, rel=1e-13, abs=0)
    # A VAE with five values of the code: the bound is reconstruction less KL to the prior, its gap a KL to the posterior.
    prior, q, likelihood = rng.dirichlet(np.ones(5)), rng.dirichlet(np.ones(5)), rng.random(5)
    evidence = prior @ likelihood
    elbo = q @ np.log(likelihood) - kl_divergence(q, prior, base=math.e)
    posterior = prior * likelihood / evidence
    assert math.log(evidence) - elbo == pytest.approx(kl_divergence(q, posterior, base=math.e), rel=1e-12, abs=0)
    # A policy with a KL penalty: no policy beats the old one reweighted by exp(reward); without KL it collapses.
    old, reward = rng.dirichlet(np.ones(5)), rng.normal(size=5)
    best = old * np.exp(reward) / (old @ np.exp(reward))
    policies = rng.dirichlet(np.ones(5), size=5000)
    value = policies @ reward - kl_divergence(policies, old, base=math.e)
    assert value.max() < best @ reward - kl_divergence(best, old, base=math.e)
    assert best @ reward - kl_divergence(best, old, base=math.e) == pytest.approx(math.log(old @ np.exp(reward)))


def test_s0_15_counterexample_samples_serve_cross_entropy_but_not_kl():
    k, n, repeats = 20, 50, 4000
    rng = np.random.default_rng(8)
    p, q = rng.dirichlet(np.full(k, 5.0), size=2)
    shares = rng.multinomial(n, p, size=repeats) / n
    for measure, standard_errors in ((cross_entropy, (0, 4)), (kl_divergence, (40, math.inf))):
        estimates = measure(shares, q)
        error = (estimates.mean() - measure(p, q)) / (estimates.std() / math.sqrt(repeats))
        assert standard_errors[0] <= abs(error) <= standard_errors[1]
    # And with the truth at hand, which is said to call for cross-entropy, KL does as well.
    np.testing.assert_allclose(softmax(descend(kl_to(P), steps=2000)[-1]), P, atol=1e-6)


@pytest.mark.parametrize("make", [torch.optim.SGD, torch.optim.Adam])
def test_s0_16_counterexample_one_gradient_and_one_path(make):
    for seed in range(20):
        np.testing.assert_allclose(*gradients(ce_to(P), kl_to(P), seed), atol=1e-15)
    paths = [descend(loss, make) for loss in (ce_to(P), kl_to(P))]
    assert np.abs(paths[0][-1] - paths[0][0]).max() > 0.2, "the path leads somewhere"
    np.testing.assert_allclose(*paths, atol=1e-12)


def test_s1_08_holds_with_p_fixed():
    z = torch.tensor(np.random.default_rng(9).normal(size=(200, 4)))
    gap = [(ce_to(P)(row) - kl_to(P)(row)).item() for row in z]
    np.testing.assert_allclose(gap, entropy(P, base=math.e), rtol=1e-13)
    np.testing.assert_allclose(*gradients(ce_to(P), kl_to(P)), atol=1e-15)


def test_s1_08_fails_when_the_entropy_is_infinite_or_moves():
    # Infinite entropy: no model has a finite cross-entropy, the truth included; KL is 0 there and small elsewhere.
    assert blocks(4) == pytest.approx(four_blocks_one_by_one(), rel=1e-9, abs=0)
    assert min(blocks(400)[:2]) > 400
    assert blocks(400)[2] == pytest.approx(2 * math.log2(3) - 3, rel=1e-12, abs=0)
    # An entropy that moves with the parameters: two gradients.
    from_ce, from_kl = gradients(ce_from(Q), kl_from(Q))
    assert np.abs(from_ce - from_kl).max() > 0.1


def test_s2_15_holds_in_two_libraries_and_honesty_pays():
    # scikit-learn's logistic regression, unpenalised, ends where the mean cross-entropy has no slope.
    images, labels = digits()
    x, y = images.reshape(-1, 64)[:300] / 16, labels[:300] % 3
    x = x[:, :10]
    model = LogisticRegression(C=np.inf, tol=1e-8, max_iter=10_000).fit(x, y)
    inputs = torch.tensor(np.column_stack([x, np.ones(300)]))
    found = torch.tensor(np.column_stack([model.coef_, model.intercept_]).T, requires_grad=True)
    (slope,) = torch.autograd.grad(F.cross_entropy(inputs @ found, torch.tensor(y)), found)
    assert slope.abs().max() < 1e-5
    # Whatever is believed, saying anything else costs more on average.
    belief, said = distributions(10, n=5000)
    assert (cross_entropy(belief, said) > cross_entropy(belief, belief)).all()


def test_s2_19_holds_equal_for_hard_labels_and_a_constant_apart_for_smoothed_ones():
    logits, y = np.random.default_rng(11).normal(size=(30, 5)), np.arange(30) % 5
    models = softmax(logits)
    for eps in (0.0, 0.1):
        target = (1 - eps) * np.eye(5)[y] + eps / 5
        gap = cross_entropy(target, models) - kl_divergence(target, models)
        np.testing.assert_allclose(gap, entropy(target[0]), atol=1e-13)
        assert (entropy(target[0]) == 0) == (eps == 0)
        free = torch.tensor(logits, requires_grad=True)
        ce = F.cross_entropy(free, torch.tensor(target))
        kl = F.kl_div(torch.log_softmax(free, 1), torch.tensor(target), reduction="batchmean")
        a, b = (torch.autograd.grad(loss, free)[0].numpy() for loss in (ce, kl))
        np.testing.assert_allclose(a, b, atol=1e-15)


def test_s2_20_holds_a_lookup_against_zero_times_log_zero():
    label, model = np.array([0.0, 0.0, 1.0]), np.array([0.1, 0.2, 0.7])
    with np.errstate(divide="ignore", invalid="ignore"):
        textbook_kl = np.sum(label * np.log2(label) - label * np.log2(model))
        textbook_ce = -np.sum(label * np.log2(model))
    assert math.isnan(textbook_kl)
    assert textbook_ce == pytest.approx(-math.log2(model[2]), rel=1e-15, abs=0)
    assert kl_divergence(label, model) == pytest.approx(textbook_ce, rel=1e-15, abs=0)


def test_s2_28_holds_and_survives_where_the_log_of_a_softmax_does_not():
    rng = np.random.default_rng(12)
    for dtype, rtol in ((torch.float32, 1e-5), (torch.float64, 1e-12)):
        z, y = torch.tensor(rng.normal(scale=5, size=(100, 7)), dtype=dtype), torch.arange(100) % 7
        one_call = F.cross_entropy(z, y)
        torch.testing.assert_close(F.nll_loss(F.log_softmax(z, 1), y), one_call, rtol=rtol, atol=0)
        torch.testing.assert_close(F.nll_loss(torch.softmax(z, 1).log(), y), one_call, rtol=rtol, atol=0)
        ours = cross_entropy_from_logits(z.numpy(), y.numpy(), base=math.e).mean()
        assert one_call.item() == pytest.approx(ours, rel=rtol, abs=0)
    for below, late in ((80, 80.0), (110, math.inf)):
        z = torch.tensor([[0.0, -below]])
        assert F.cross_entropy(z, torch.tensor([1])).item() == below
        assert -torch.softmax(z, 1).log()[0, 1].item() == pytest.approx(late, rel=1e-5, abs=0)
    # The edge in IEEE arithmetic: exp rounds to 0 in 32 bits from 150 ln 2 on.
    edge = 150 * math.log(2)
    assert np.float32(math.exp(-edge - 0.01)) == 0 < np.float32(math.exp(-edge + 0.01))


def test_s2_29_holds_for_logits_and_hard_labels():
    assert F.cross_entropy(SOURCE_LOGITS, torch.tensor([2])).item() == pytest.approx(SOURCE_LOSS, rel=1e-6, abs=0)
    by_hand = math.log(sum(math.exp(v) for v in (-0.5, 0.3, 1.2))) - 1.2
    assert by_hand == pytest.approx(SOURCE_LOSS, rel=1e-6, abs=0)
    one_hot = torch.tensor([[0.0, 0.0, 1.0]])
    assert F.cross_entropy(SOURCE_LOGITS, one_hot).item() == pytest.approx(SOURCE_LOSS, rel=1e-6, abs=0)


def test_s2_29_fails_for_soft_labels_and_with_a_softmax_before():
    soft = torch.tensor([[0.2, 0.3, 0.5]])
    by_index = [F.cross_entropy(SOURCE_LOGITS, torch.tensor([i])).item() for i in range(3)]
    mixed = F.cross_entropy(SOURCE_LOGITS, soft).item()
    assert mixed == pytest.approx(np.dot(soft[0].numpy(), by_index), rel=1e-6, abs=0)
    assert np.abs(np.subtract(by_index, mixed)).min() > 0.1, "no index says the same"
    twice = F.cross_entropy(torch.softmax(SOURCE_LOGITS, 1), torch.tensor([2])).item()
    assert twice > SOURCE_LOSS + 0.3, "no error, another loss"


def test_s2_30_holds_along_the_rows():
    z = np.random.default_rng(13).normal(scale=30, size=(500, 11))
    np.testing.assert_allclose(softmax(z).sum(axis=1), 1, rtol=4e-15)
    rows = torch.softmax(torch.tensor(z, dtype=torch.float32), dim=1)
    np.testing.assert_allclose(rows.sum(dim=1).numpy(), 1, rtol=2e-6)
    assert (rows >= 0).all()
    columns = torch.softmax(torch.tensor(z), dim=0)
    assert (columns.sum(dim=1) - 1).abs().max() > 0.5
    w = [Fraction(3, 7), Fraction(22), Fraction(1, 900)]
    assert sum(v / sum(w) for v in w) == 1


def test_s2_31_counterexample_size_average_is_deprecated_and_reduction_rules():
    parameters = inspect.signature(torch.nn.CrossEntropyLoss).parameters
    assert parameters["size_average"].default is None
    assert parameters["reduction"].default == "mean"
    with pytest.warns(UserWarning, match="size_average and reduce args will be deprecated"):
        old = torch.nn.CrossEntropyLoss(size_average=False)
    assert old.reduction == "sum"
    # The default mean is weighted where there are weights: by their sum, not by the number of examples.
    z, y = torch.tensor([[2.0, 0.0], [0.0, 0.0], [1.0, 3.0]], dtype=torch.float64), torch.tensor([0, 1, 0])
    w = torch.tensor([1.0, 3.0], dtype=torch.float64)
    each = cross_entropy_from_logits(z.numpy(), y.numpy(), base=math.e)
    weighted = F.cross_entropy(z, y, weight=w).item()
    assert weighted == pytest.approx((each[0] + 3 * each[1] + each[2]) / 5, rel=1e-14, abs=0)
    assert F.cross_entropy(z, y).item() == pytest.approx(each.mean(), rel=1e-14, abs=0)


def test_s2_32_counterexample_there_is_no_such_class():
    with pytest.raises(AttributeError, match="CrossEntropy"):
        _ = torch.nn.CrossEntropy
    loss = torch.nn.CrossEntropyLoss()(SOURCE_LOGITS, torch.tensor([2]))
    assert loss.item() == pytest.approx(SOURCE_LOSS, rel=1e-6, abs=0)
