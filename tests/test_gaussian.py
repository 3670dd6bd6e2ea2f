"""Gaussians of any dimension: against 80 digits, at every condition number, and near equality."""

import math

import mpmath as mp
import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from lib.gaussian import gaussian_cross_entropy, gaussian_entropy, gaussian_kl, gaussian_mutual_information

EPS = np.finfo(float).eps
NATS = {"base": math.e}
I2 = np.eye(2)


def covariance(rng, d, digits, units=0.0):
    """Return a covariance with a condition number of about 10 to the `digits`, in units of up to 10 to the `units`."""
    turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
    spread = 10.0 ** np.array([0, -digits, *rng.uniform(-digits, 0, size=max(d - 2, 0))])[:d]
    scale = 10.0 ** rng.uniform(-units, units, size=d)
    cov = (turn * spread) @ turn.T * scale * scale[:, None]
    return cov / 2 + cov.T / 2


def condition(*covs):
    """Return the largest condition number of the correlation matrices."""
    found = []
    for cov in covs:
        scale = np.sqrt(np.diag(cov))
        values = np.linalg.eigvalsh(cov / np.outer(scale, scale))
        found.append(values[-1] / values[0])
    return max(found)


def exact(mean_p, cov_p, mean_q, cov_q):
    """Return entropy of p, cross-entropy and KL in nats with 80 digits, for the very numbers given."""
    with mp.workdps(80):
        p, q = mp.matrix(np.asarray(cov_p).tolist()), mp.matrix(np.asarray(cov_q).tolist())
        change = mp.matrix([mp.mpf(a) - mp.mpf(b) for a, b in zip(np.asarray(mean_p).tolist(), np.asarray(mean_q).tolist())])
        d, inverse = p.rows, q**-1
        product = inverse * p
        trace = mp.fsum(product[i, i] for i in range(d))
        square = (change.T * inverse * change)[0]
        entropy = (d * mp.log(2 * mp.pi * mp.e) + mp.log(mp.det(p))) / 2
        cross = (d * mp.log(2 * mp.pi) + mp.log(mp.det(q)) + trace + square) / 2
        return entropy, cross, cross - entropy


def exact_information(cov, split):
    with mp.workdps(80):
        c = mp.matrix(cov.tolist())
        return mp.log(mp.det(c[:split, :split]) * mp.det(c[split:, split:]) / mp.det(c)) / 2


def cases(seed, count, digits, units):
    """Pairs of Gaussians: far apart, or with relative differences from 1e-1 down to 1e-12."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        d = int(rng.integers(1, 7))
        cov_q = covariance(rng, d, rng.uniform(0, digits), units)
        mean_q = rng.normal(size=d) * np.sqrt(np.diag(cov_q))
        if i % 3 == 0:
            cov_p = covariance(rng, d, rng.uniform(0, digits), units)
            mean_p = rng.normal(size=d) * np.sqrt(np.diag(cov_p))
        else:
            small = 10.0 ** -rng.integers(1, 13)
            near = rng.normal(size=(d, d))
            factor = np.linalg.cholesky(cov_q)
            near = np.eye(d) + small * (near + near.T) / 8 if i % 3 == 1 else (1 + small) * np.eye(d)
            cov_p = factor @ near @ factor.T
            cov_p = cov_p / 2 + cov_p.T / 2
            mean_p = mean_q * (1 + small * rng.normal(size=d))
        yield mean_p, cov_p, mean_q, cov_q


@pytest.mark.parametrize("digits, units", [(1, 0), (1, 6), (6, 0), (12, 0), (12, 6)])
def test_closed_forms_keep_the_stated_bound_against_80_digits(digits, units):
    worst = 0.0
    for mean_p, cov_p, mean_q, cov_q in cases(int(10 * digits + units), 150, digits, units):
        d, k = len(mean_p), condition(cov_p, cov_q)
        entropy, cross, kl = exact(mean_p, cov_p, mean_q, cov_q)
        value = gaussian_kl(mean_p, cov_p, mean_q, cov_q, **NATS)
        assert value > 0
        error = float(abs(mp.mpf(float(value)) - kl) / kl)
        worst = max(worst, error)
        assert error <= 8 * d * (1 + k) * EPS
        # The bound in the docstring: some roundings of the result beside d (1 + d k) eps.
        error = float(abs(mp.mpf(float(gaussian_entropy(cov_p, **NATS))) - entropy))
        assert error <= EPS * (d * (1 + d * condition(cov_p)) + abs(float(entropy)))
        error = float(abs(mp.mpf(float(gaussian_cross_entropy(mean_p, cov_p, mean_q, cov_q, **NATS))) - cross))
        assert error <= 8 * d * (1 + k) * EPS * max(1.0, abs(float(cross)), float(kl))
    if digits == 1:
        assert worst < 1e-14  # the bar is 1e-12


@pytest.mark.parametrize("digits", [1, 6, 12])
def test_mutual_information_keeps_its_digits_from_dependence_to_near_independence(digits):
    rng = np.random.default_rng(digits)
    for i in range(150):
        d = int(rng.integers(2, 7))
        split = int(rng.integers(1, d))
        cov = covariance(rng, d, rng.uniform(0, digits))
        weak = i % 2 and digits == 1
        if weak:
            cov[:split, split:] *= 10.0 ** -rng.integers(1, 14)
            cov[split:, :split] = cov[:split, split:].T
        true = exact_information(cov, split)
        value = gaussian_mutual_information(cov, split, **NATS)
        error = float(abs(mp.mpf(float(value)) - true))
        assert error <= 8 * d * (1 + condition(cov)) * EPS * (float(true) if weak else max(1.0, float(true)))


@pytest.mark.parametrize("e", [10.0**-k for k in range(1, 16)])
def test_nearly_equal_gaussians_keep_their_digits(e):
    # KL of N(m, S) from N(m + e, S (1 + e)): of order e^2, while the terms of the textbook formula are of order 1.
    cov = np.array([[2.0, 0.5], [0.5, 1.0]])
    mean = np.array([0.25, -1.0])
    other, wider = mean + e, cov * (1 + e)
    value = gaussian_kl(mean, cov, other, wider, **NATS)
    assert value > 0
    assert value == pytest.approx(float(exact(mean, cov, other, wider)[2]), rel=1e-13)


def test_the_textbook_formula_loses_what_this_one_keeps():
    cov, lost = np.array([[2.0, 0.5], [0.5, 1.0]]), []
    for e in (1e-8, 3e-9, 1e-9, 3e-10):
        wider = cov * (1 + e)
        textbook = (np.trace(np.linalg.inv(wider) @ cov) - 2 + math.log(np.linalg.det(wider) / np.linalg.det(cov))) / 2
        true = float(exact([0, 0], cov, [0, 0], wider)[2])
        lost.append(abs(textbook - true) / true)
        assert gaussian_kl([0, 0], cov, [0, 0], wider, **NATS) == pytest.approx(true, rel=1e-13)
    assert min(lost) > 0.5  # not one digit is right


def test_equal_arguments_give_exactly_zero():
    rng = np.random.default_rng(0)
    for d in (1, 2, 5, 20):
        mean, cov = rng.normal(size=d), covariance(rng, d, 9, 3)
        value = gaussian_kl(mean, cov, mean, cov)
        assert value == 0 and not np.signbit(value)


def test_values_by_hand():
    assert gaussian_entropy(1.0, **NATS) == pytest.approx(math.log(2 * math.pi * math.e) / 2, rel=1e-15)
    assert gaussian_entropy([[4.0, 0], [0, 9.0]]) == pytest.approx(2 * gaussian_entropy(1.0) + math.log2(6), rel=1e-15)
    assert gaussian_entropy(1e-4) < 0
    assert gaussian_kl(0.0, 1.0, 3.0, 1.0, **NATS) == 4.5  # distance^2 / 2
    assert gaussian_kl(0.0, 4.0, 0.0, 1.0, **NATS) == pytest.approx(1.5 - math.log(2), rel=1e-15)
    assert gaussian_kl(0.0, 1.0, 0.0, 4.0, **NATS) == pytest.approx(math.log(2) - 3 / 8, rel=1e-15)
    assert gaussian_mutual_information([[1, 0.6], [0.6, 1]], 1) == pytest.approx(-math.log2(0.8), rel=1e-15)
    assert gaussian_cross_entropy(1.0, 2.0, 1.0, 2.0) == pytest.approx(gaussian_entropy(2.0), rel=1e-15)


def test_scipy_agrees():
    rng = np.random.default_rng(1)
    for d in (1, 2, 5, 30):
        cov = covariance(rng, d, 2)
        assert gaussian_entropy(cov, **NATS) == pytest.approx(stats.multivariate_normal(cov=cov).entropy(), rel=1e-12)


def test_quadrature_agrees_in_one_dimension():
    p, q = stats.norm(0.5, 0.7), stats.norm(-1.0, 1.5)
    kl = quad(lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), -8, 9, epsabs=1e-13)[0]
    assert gaussian_kl(0.5, 0.49, -1.0, 2.25, **NATS) == pytest.approx(kl, rel=1e-12)
    cross = quad(lambda x: -p.pdf(x) * q.logpdf(x), -8, 9, epsabs=1e-13)[0]
    assert gaussian_cross_entropy(0.5, 0.49, -1.0, 2.25, **NATS) == pytest.approx(cross, rel=1e-12)


def test_a_sample_agrees_within_its_standard_error():
    rng = np.random.default_rng(2)
    mean_p, mean_q, cov_p, cov_q = np.array([0.0, 1.0, 0.5]), np.zeros(3), covariance(rng, 3, 1), covariance(rng, 3, 1)
    x = rng.multivariate_normal(mean_p, cov_p, size=200_000)
    terms = stats.multivariate_normal(mean_p, cov_p).logpdf(x) - stats.multivariate_normal(mean_q, cov_q).logpdf(x)
    error = terms.std() / math.sqrt(terms.size)
    assert error < 0.1
    assert abs(terms.mean() - gaussian_kl(mean_p, cov_p, mean_q, cov_q, **NATS)) < 4 * error


def test_invertible_maps_change_entropy_by_the_log_determinant_and_the_divergence_not_at_all():
    rng = np.random.default_rng(3)
    for d in (1, 2, 4):
        p, q, a = covariance(rng, d, 1), covariance(rng, d, 1), rng.normal(size=(d, d)) + 3 * np.eye(d)
        m, shift = rng.normal(size=d), rng.normal(size=d)
        mapped = [a @ p @ a.T, a @ q @ a.T]
        mapped = [c / 2 + c.T / 2 for c in mapped]
        assert gaussian_entropy(mapped[0], **NATS) == pytest.approx(gaussian_entropy(p, **NATS) + np.linalg.slogdet(a)[1], rel=1e-11)
        there = gaussian_kl(a @ m + shift, mapped[0], shift, mapped[1])
        assert there == pytest.approx(gaussian_kl(m, p, np.zeros(d), q), rel=1e-11)


def test_units_of_a_power_of_two_change_no_digit_of_the_divergence():
    rng = np.random.default_rng(4)
    p, q, unit = covariance(rng, 4, 6), covariance(rng, 4, 6), 2.0 ** np.array([-300, 3, 0, 200])
    scale = np.outer(unit, unit)
    m = rng.normal(size=4)
    assert gaussian_kl(m * unit, p * scale, 0 * m, q * scale) == gaussian_kl(m, p, 0 * m, q)


def test_mutual_information_is_the_divergence_from_the_product_and_the_sum_of_entropies():
    rng = np.random.default_rng(5)
    for d, split in ((2, 1), (5, 2), (6, 5)):
        cov = covariance(rng, d, 1)
        apart = cov.copy()
        apart[:split, split:] = apart[split:, :split].T[:] = 0
        value = gaussian_mutual_information(cov, split)
        assert value == pytest.approx(gaussian_kl(np.zeros(d), cov, np.zeros(d), apart), rel=1e-11)
        parts = gaussian_entropy(cov[:split, :split]) + gaussian_entropy(cov[split:, split:])
        assert value == pytest.approx(parts - gaussian_entropy(cov), rel=1e-10)
        assert gaussian_mutual_information(apart, split) == 0


@pytest.mark.parametrize("rho", [0.0, 1e-9, 0.1, 0.5, 0.7072, -0.9, 0.999999])
def test_two_numbers_share_half_the_log_of_one_less_the_square_of_their_correlation(rho):
    value = gaussian_mutual_information([[1, rho], [rho, 1]], 1, **NATS)
    assert value == pytest.approx(-math.log1p(-rho * rho) / 2, rel=1e-9 if abs(rho) > 0.99 else 1e-14)
    assert not np.signbit(value)


def test_batches_broadcast():
    rng = np.random.default_rng(6)
    covs = np.stack([covariance(rng, 3, 1) for _ in range(4)])
    means = rng.normal(size=(5, 1, 3))
    result = gaussian_kl(means, covs, np.zeros(3), np.eye(3))
    assert result.shape == (5, 4)
    assert result[2, 3] == pytest.approx(gaussian_kl(means[2, 0], covs[3], np.zeros(3), np.eye(3)), rel=1e-13)
    assert gaussian_kl(np.zeros(3), np.eye(3), means, covs).shape == (5, 4)
    assert gaussian_cross_entropy(means, covs, np.zeros(3), np.eye(3)).shape == (5, 4)
    assert gaussian_entropy(covs).shape == (4,)
    assert gaussian_mutual_information(covs, 2).shape == (4,)
    far_and_near = gaussian_kl(np.zeros(2), np.stack([I2, 1e-9 * I2, I2 + 1e-9 * I2]), np.zeros(2), I2)
    assert far_and_near == pytest.approx([0, gaussian_kl([0, 0], 1e-9 * I2, [0, 0], I2), 0.5e-18 / math.log(2)], rel=1e-6)
    one = gaussian_kl(np.array([0.0, 1.0])[:, None], np.array([1.0, 2.0])[:, None, None], [0.0], [[1.0]])
    assert one == pytest.approx([0, gaussian_kl(1.0, 2.0, 0.0, 1.0)])


def test_units_are_bits_nats_or_any_base():
    nats = gaussian_kl(0.0, 1.0, 1.0, 2.0, **NATS)
    assert gaussian_kl(0.0, 1.0, 1.0, 2.0) == pytest.approx(nats / math.log(2))
    assert gaussian_kl(0.0, 1.0, 1.0, 2.0, base=10) == pytest.approx(nats / math.log(10))
    with pytest.raises(ValueError, match="`base` must be a finite number"):
        gaussian_entropy(1.0, base=0.5)


def test_a_narrow_truth_under_a_wide_model_keeps_its_logarithm():
    # 1 + x is lost in x here: the determinant knows it.
    assert gaussian_kl(0.0, 1e-40, 0.0, 1.0, **NATS) == pytest.approx((-1 + 40 * math.log(10)) / 2, rel=1e-14)
    thin = np.diag([1e-30, 1.0])
    assert gaussian_kl([0, 0], thin, [0, 0], I2, **NATS) == pytest.approx((-1 + 30 * math.log(10)) / 2, rel=1e-14)


NEARLY = np.array([[1.0, 1 - 1e-14], [1 - 1e-14, 1.0]])
BAD = [
    ([1.0, 2.0], r"`cov` must be one variance or hold square matrices in its last two axes; its shape is \(2,\) .*np\.diag"),
    (np.ones((2, 3)), r"hold square matrices in its last two axes; its shape is \(2, 3\)"),
    ([[1.0, 0.5], [0.4, 1.0]], r"must be symmetric; entry \(0, 1\) is 0\.5 and its mirror image 0\.4"),
    ([[1, 2], [3, 9]], r"must be symmetric; entry \(0, 1\) is 2 and its mirror image 3"),
    (np.stack([I2, [[1, 0], [0.5, 1]]]), r"must be symmetric; entry \(1, 0, 1\) is 0 and"),
    ([[1.0, 2.0], [2.0, 1.0]], r"must be positive definite; pivot 1 of its Cholesky factorisation is -3,"),
    ([[1.0, 1.0], [1.0, 1.0]], r"must be positive definite; pivot 1 of its Cholesky factorisation is 0,"),
    (np.stack([I2, [[1, 2], [2, 1]]]), r"pivot 1 of its Cholesky factorisation is -3 at index 1"),
    (NEARLY, r"correlation matrix of condition number at most 1e\+13; it is 2\.0e\+14:"),
    (np.stack([I2, NEARLY]), r"it is 2\.0e\+14 at index 1:"),
    (-1.0, r"must have positive variances on its diagonal; one is -1 at index \(0, 0\)|one is -1 at index 0"),
    ([[1.0, 0], [0, 0]], r"must have positive variances on its diagonal; one is 0 at index 1"),
    ([[math.nan, 0], [0, 1]], r"must not be NaN; it is nan at index \(0, 0\)"),
    ([[math.inf, 0], [0, 1]], r"must be finite; it is inf at index \(0, 0\)"),
    (np.zeros((0, 0)), r"must not be empty; its shape is \(0, 0\)"),
    ([["a"]], r"must hold real numbers"),
]


@pytest.mark.parametrize("cov, words", BAD)
def test_what_is_no_covariance_is_refused_with_the_reason(cov, words):
    with pytest.raises(ValueError, match=words):
        gaussian_entropy(cov)
    for name in ("cov_p", "cov_q"):
        arguments = {"mean_p": [0, 0], "cov_p": I2, "mean_q": [0, 0], "cov_q": I2} | {name: cov}
        for measure in (gaussian_kl, gaussian_cross_entropy):
            with pytest.raises(ValueError, match=f"`{name}`"):
                measure(**arguments)


def test_a_covariance_without_its_last_digits_of_symmetry_is_taken():
    rng = np.random.default_rng(7)
    x = rng.normal(size=(6, 6))
    crooked = x @ np.diag([1.0, 2, 3, 4, 5, 6]) @ x.T
    assert (crooked != crooked.T).any()
    assert gaussian_entropy(crooked) == gaussian_entropy(crooked.T)
    single = crooked.astype(np.float32)
    assert gaussian_entropy(single) == pytest.approx(gaussian_entropy(crooked), rel=1e-5)


def test_other_arguments_are_judged_too():
    with pytest.raises(ValueError, match=r"`mean_p` must have the dimension of `cov_p` along its last axis, 2; its shape is \(3,\)"):
        gaussian_kl([0, 0, 0], I2, [0, 0], I2)
    with pytest.raises(ValueError, match=r"`mean_q` must have the dimension of `cov_q` along its last axis, 2; its shape is \(\)"):
        gaussian_kl([0, 0], I2, 0.0, I2)
    with pytest.raises(ValueError, match="`cov_p` and `cov_q` must have one dimension; they have 2 and 3"):
        gaussian_kl([0, 0], I2, [0, 0, 0], np.eye(3))
    with pytest.raises(ValueError, match="`mean_p` must not be NaN"):
        gaussian_kl([0, math.nan], I2, [0, 0], I2)
    with pytest.raises(ValueError, match=r"must have shapes that broadcast; they are \(2,\) and \(3,\)"):
        gaussian_kl(np.zeros((2, 2)), np.stack([I2] * 3), [0, 0], I2)
    with pytest.raises(ValueError, match=r"must have shapes that broadcast"):
        gaussian_kl(np.zeros((2, 2)), I2, np.zeros((3, 2)), I2)
    for split in (0, 2, -1):
        with pytest.raises(ValueError, match=f"`split` must leave coordinates on both sides, from 1 to 1 of 2; it is {split}"):
            gaussian_mutual_information(I2, split)
    with pytest.raises(ValueError, match=r"`split` must be an integer; it is 0\.5"):
        gaussian_mutual_information(I2, 0.5)
