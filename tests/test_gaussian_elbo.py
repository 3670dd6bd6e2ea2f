"""Gaussian beliefs: linear models in closed form, others by nodes."""

import math

import numpy as np
import pytest
from scipy import integrate, optimize, special, stats

from lib.bayesian import linear_regression_update
from lib.gaussian import gaussian_entropy, gaussian_kl
from lib.gaussian_elbo import gaussian_nodes, linear_gaussian_elbo, linear_gaussian_evidence

NATS = {"base": math.e}
ONE = dict(mean=[0.0], cov=[[1.0]], design=[[1.0]], x=[2.0], noise_variance=1.0)


def random_model(d, n, seed):
    rng = np.random.default_rng(seed)
    half, wide = rng.normal(size=(2, d, d))
    model = dict(mean=rng.normal(size=d), cov=half @ half.T + np.eye(d), design=rng.normal(size=(n, d)), x=rng.normal(size=n))
    return model | {"noise_variance": float(rng.uniform(0.3, 2))}, (rng.normal(size=d), wide @ wide.T + 0.1 * np.eye(d))


def posterior(model):
    return linear_regression_update(model["mean"], model["cov"], model["design"], model["x"], noise_variance=model["noise_variance"])


def test_one_number_by_hand():
    # x = 2 under N(0, 2), and the belief N(0, 1): -ln(2 pi)/2 - (4 + 1)/2, and no rate.
    assert linear_gaussian_evidence(**ONE, **NATS) == pytest.approx(-math.log(4 * math.pi) / 2 - 1, rel=1e-15)
    assert linear_gaussian_elbo([0.0], [[1.0]], **ONE, **NATS) == pytest.approx(-math.log(2 * math.pi) / 2 - 2.5, rel=1e-15)


@pytest.mark.parametrize("d, n", [(1, 1), (1, 5), (2, 3), (4, 2), (3, 10)])
def test_the_gap_is_the_divergence_from_the_posterior(d, n):
    for seed in range(10):
        model, q = random_model(d, n, seed)
        gap = linear_gaussian_evidence(**model, **NATS) - linear_gaussian_elbo(*q, **model, **NATS)
        assert gap == pytest.approx(gaussian_kl(*q, *posterior(model), **NATS), rel=1e-12, abs=1e-12)
        assert linear_gaussian_elbo(*posterior(model), **model) == pytest.approx(linear_gaussian_evidence(**model), rel=1e-12)


def test_the_evidence_is_scipys_density():
    for seed in range(10):
        model, _ = random_model(3, 4, seed)
        a, noise = model["design"], model["noise_variance"]
        margin = stats.multivariate_normal(a @ model["mean"], a @ model["cov"] @ a.T + noise * np.eye(4))
        assert linear_gaussian_evidence(**model, **NATS) == pytest.approx(margin.logpdf(model["x"]), rel=1e-12)


def test_the_bound_is_the_mean_of_the_log_weights():
    # By the nodes, which know nothing of the closed form: all is quadratic, so they are exact.
    for d in (1, 2):
        model, q = random_model(d, 3, 11)
        z, weights = gaussian_nodes(*q, nodes=4)
        log_w = stats.multivariate_normal(model["mean"], model["cov"]).logpdf(z) - stats.multivariate_normal(*q).logpdf(z)
        log_w = log_w + stats.norm.logpdf(model["x"], z @ model["design"].T, math.sqrt(model["noise_variance"])).sum(axis=1)
        assert linear_gaussian_elbo(*q, **model, **NATS) == pytest.approx(weights @ log_w, rel=1e-12)


def test_a_search_over_beliefs_ends_at_the_posterior():
    loss = lambda t: -linear_gaussian_elbo([t[0]], [[math.exp(2 * t[1])]], **ONE, **NATS)
    found = optimize.minimize(loss, [-1.0, 1.0], method="BFGS", options={"gtol": 1e-9})
    assert found.x[0] == pytest.approx(1, abs=1e-5)
    assert math.exp(2 * found.x[1]) == pytest.approx(1 / 2, abs=1e-5)
    assert -found.fun == pytest.approx(linear_gaussian_evidence(**ONE, **NATS), abs=1e-9)


def test_a_batch_of_beliefs_is_its_members_and_bits_are_nats_divided():
    means, sds = np.meshgrid([-1.0, 0.5], [0.3, 1.0, 2.0])
    batch = linear_gaussian_elbo(means[..., None], sds[..., None, None] ** 2, **ONE, **NATS)
    assert batch.shape == (3, 2)
    for i, j in np.ndindex(3, 2):
        single = linear_gaussian_elbo([means[i, j]], [[sds[i, j] ** 2]], **ONE, **NATS)
        assert batch[i, j] == pytest.approx(single, rel=1e-14)
        in_bits = linear_gaussian_elbo([means[i, j]], [[sds[i, j] ** 2]], **ONE)
        assert in_bits * math.log(2) == pytest.approx(single, rel=1e-14)
    assert linear_gaussian_evidence(**ONE) * math.log(2) == pytest.approx(linear_gaussian_evidence(**ONE, **NATS), rel=1e-15)


# Where no closed form is: the bar of 1e-6 in one and two dimensions, by routes of SciPy's


def test_the_gap_of_a_logistic_model_in_one_dimension_by_adaptive_integrals():
    # Two ones and a zero, prior N(0, 1): no closed form for evidence, bound or divergence.
    def log_joint(z):
        return stats.norm.logpdf(z) + 2 * special.log_expit(z) + special.log_expit(-z)

    evidence = math.log(integrate.quad(lambda z: math.exp(log_joint(z)), -12, 12, epsabs=1e-13)[0])
    for mean, sd in ((0.8, 0.8), (-0.5, 0.4), (1.0, 1.5)):
        q = stats.norm(mean, sd)
        z, weights = gaussian_nodes(mean, sd**2, nodes=100)
        bound = weights @ log_joint(z[:, 0]) + gaussian_entropy(sd**2, **NATS)
        # The posterior is normalised by its own sum on a grid: were the evidence wrong, it would show.
        line = np.linspace(-16, 16, 8001)
        own = special.logsumexp(log_joint(line)) + math.log(line[1] - line[0])
        divergence = integrate.trapezoid(q.pdf(line) * (q.logpdf(line) - log_joint(line) + own), line)
        assert evidence - bound == pytest.approx(divergence, abs=1e-6)
        assert evidence - bound > 0.001


def test_the_gap_of_a_logistic_model_in_two_dimensions_by_double_integrals():
    covariate, answer = np.array([-1.0, 0.5, 2.0]), np.array([0, 1, 1])

    def log_joint(z):
        logits = z[..., :1] + z[..., 1:] * covariate
        return stats.norm.logpdf(z).sum(axis=-1) + (special.log_expit(np.where(answer == 1, 1, -1) * logits)).sum(axis=-1)

    line = np.linspace(-9, 9, 601)
    z = np.stack(np.meshgrid(line, line), axis=-1)
    own = math.log(np.exp(log_joint(z)).sum() * (line[1] - line[0]) ** 2)
    inner = lambda a: integrate.quad(lambda b: math.exp(log_joint(np.array([a, b]))), -9, 9, epsabs=1e-9)[0]
    evidence = math.log(integrate.quad(inner, -9, 9, epsabs=1e-8)[0])
    for mean, cov in (([0.2, 0.7], [[0.5, 0.1], [0.1, 0.4]]), ([0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]])):
        q = stats.multivariate_normal(mean, cov)
        nodes, weights = gaussian_nodes(mean, cov, nodes=60)
        bound = weights @ log_joint(nodes) + gaussian_entropy(cov, **NATS)
        on_grid = q.logpdf(z)
        divergence = (np.exp(on_grid) * (on_grid - log_joint(z) + own)).sum() * (line[1] - line[0]) ** 2
        assert evidence - bound == pytest.approx(divergence, abs=1e-6)
        assert evidence - bound > 0.01


# Nodes


def test_nodes_are_exact_for_polynomials():
    cov = np.array([[2.0, 0.6], [0.6, 0.5]])
    z, weights = gaussian_nodes([1.0, -2.0], cov, nodes=5)
    assert z.shape == (25, 2) and weights.sum() == pytest.approx(1, rel=1e-14) and (weights > 0).all()
    np.testing.assert_allclose(weights @ z, [1, -2], rtol=1e-13)
    np.testing.assert_allclose((z - [1, -2]).T @ ((z - [1, -2]) * weights[:, None]), cov, rtol=1e-13)
    assert weights @ (z[:, 0] - 1) ** 8 == pytest.approx(105 * 2.0**4, rel=1e-12)  # the eighth moment, degree 8 < 10


def test_nodes_are_good_for_an_exponential():
    z, weights = gaussian_nodes(0.3, 0.7)
    assert weights @ np.exp(z[:, 0]) == pytest.approx(math.exp(0.3 + 0.35), rel=1e-13)


# Errors


@pytest.mark.parametrize(
    "change, words",
    [
        ({"mean": [0.0, 1.0]}, "`mean` must have the dimension of `cov`"),
        ({"cov": [[-1.0]]}, "`cov` must have positive variances"),
        ({"cov": [[[1.0]]]}, "`mean` and `cov` must be one vector and one square matrix"),
        ({"design": [[1.0], [1.0]]}, "`design` must have one row for each of the 1 numbers in `x`"),
        ({"design": [[1.0, 2.0]]}, "one column for each of the 1 latent variables"),
        ({"design": [1.0]}, "`design` must have one row"),
        ({"x": [[2.0]]}, "`x` must be a vector"),
        ({"x": [math.nan]}, "`x` must not be NaN"),
        ({"design": [[math.inf]]}, "`design` must be finite"),
        ({"noise_variance": 0.0}, "`noise_variance` must be positive"),
        ({"noise_variance": [1.0]}, "`noise_variance` must be a single number"),
        ({"base": 1}, "`base` must be"),
    ],
)
def test_a_bad_model_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        linear_gaussian_evidence(**ONE | change)
    with pytest.raises(ValueError, match=words):
        linear_gaussian_elbo([0.0], [[1.0]], **ONE | change)


@pytest.mark.parametrize(
    "mean_q, cov_q, words",
    [
        ([0.0, 0.0], [[1.0]], "must have the dimension"),
        ([0.0], [[0.0]], "must have positive variances"),
        ([0.0, 0.0], np.eye(2), "must have one dimension; they have 2 and 1"),
        ([math.nan], [[1.0]], "must not be NaN"),
    ],
)
def test_a_bad_belief_is_refused(mean_q, cov_q, words):
    with pytest.raises(ValueError, match=words):
        linear_gaussian_elbo(mean_q, cov_q, **ONE)


@pytest.mark.parametrize(
    "arguments, nodes, words",
    [
        ((0.0, -1.0), 10, "`cov` must have positive variances"),
        (([0.0, 0.0], 1.0), 10, "`mean` must have the dimension of `cov`"),
        (([[0.0], [1.0]], 1.0), 10, "`mean` must be a vector"),
        (([0.0], [[[1.0]]]), 10, "`cov` must be one square matrix"),
        ((0.0, 1.0), 1, "`nodes` must be an integer from 2 to 200"),
        ((0.0, 1.0), 201, "`nodes` must be an integer from 2 to 200"),
        ((0.0, 1.0), 2.5, "`nodes` must be an integer"),
        ((np.zeros(4), np.eye(4)), 40, "`nodes` to the power 4 must leave at most 1000000 terms to add up; they ask for 2560000"),
    ],
)
def test_bad_nodes_are_refused(arguments, nodes, words):
    with pytest.raises(ValueError, match=words):
        gaussian_nodes(*arguments, nodes=nodes)
