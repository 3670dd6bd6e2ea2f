"""The claims about Bayesian learning, each shown by a route of its own."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from scipy import integrate, optimize, special, stats

from lib import cross_entropy, entropy, kl_divergence, mutual_information, normalize
from lib.bayesian import bayes_update, beta_update, dirichlet_update, gaussian_mean_update, linear_regression_update
from lib.continuous import beta_kl
from lib.data import diabetes, english_text, letter_counts, letter_distribution, translated_text
from lib.gaussian import gaussian_kl

# Gain and loss (S1-05)


def test_s1_05_holds_half_the_gain_averages_to_the_mutual_information_and_the_reverse_does_not():
    rng = np.random.default_rng(0)
    for _ in range(100):
        prior, likelihood = rng.dirichlet(np.ones(4)), rng.dirichlet(np.ones(3), size=4)
        joint = prior[:, None] * likelihood
        data, posteriors = joint.sum(axis=0), normalize(joint, axis=0).T
        information = mutual_information(joint)
        assert data @ kl_divergence(posteriors, prior) == pytest.approx(information, abs=1e-13)
        # The mean of the reverse is another number: the divergence of independence from the joint law.
        independent = np.outer(prior, data)
        reverse = data @ kl_divergence(prior, posteriors)
        assert reverse == pytest.approx(kl_divergence(independent.ravel(), joint.ravel()), abs=1e-13)
        assert abs(reverse - information) > 1e-6


def test_s1_05_counterexample_the_other_words_describe_another_number():
    # A loss in bits, counted out: code a parameter drawn from one belief with the code made for the other.
    prior = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)]
    posterior = [Fraction(1, 16), Fraction(1, 16), Fraction(7, 8)]  # three data, say, that favour the last value
    cost = {name: [-math.log2(p) for p in belief] for name, belief in (("prior", prior), ("posterior", posterior))}
    prior_stands_in = sum(float(p) * (cost["prior"][i] - cost["posterior"][i]) for i, p in enumerate(posterior))
    posterior_stands_in = sum(float(p) * (cost["posterior"][i] - cost["prior"][i]) for i, p in enumerate(prior))
    gain = kl_divergence([float(p) for p in posterior], [float(p) for p in prior])
    assert gain == pytest.approx(prior_stands_in, rel=1e-13)
    assert posterior_stands_in - gain > 0.25
    # And a datum that excludes a value makes the reverse infinite, while the gain stays finite.
    carrier = bayes_update([0.25, 0.75], [0.5, 0.0])
    assert kl_divergence(carrier, [0.25, 0.75]) == 2
    assert kl_divergence([0.25, 0.75], carrier) == math.inf


def test_s1_05_counterexample_with_much_data_one_grows_like_a_logarithm_and_the_other_like_n():
    gains, losses = [], []
    for n in (100, 1_000, 10_000):
        after = beta_update(1, 1, 3 * n // 10, n - 3 * n // 10)
        gains.append(float(beta_kl(*after, 1, 1)))
        losses.append(float(beta_kl(1, 1, *after)))
    assert np.diff(gains) == pytest.approx(math.log2(10) / 2, abs=0.02)  # half a bit for each doubling
    # Per datum: the mean over theta of the divergence of the coin 0.3 from the coin theta, by quadrature.
    per_datum, _ = integrate.quad(lambda t: kl_divergence([0.3, 0.7], [t, 1 - t]), 0, 1)
    assert losses[2] / 10_000 == pytest.approx(per_datum, rel=2e-3)


def test_s1_05_counterexample_on_the_patients():
    # Regression on real data: the two directions are 29 bits and many times that.
    patients, progress = diabetes()
    x = np.column_stack([np.ones(442), stats.zscore(patients)])
    mean, cov = np.array([150.0] + [0.0] * 10), np.diag([50.0**2] + [30.0**2] * 10)
    after = linear_regression_update(mean, cov, x, progress, noise_variance=54.0**2)
    gain, reverse = gaussian_kl(*after, mean, cov), gaussian_kl(mean, cov, *after)
    assert 25 < gain < 35
    assert reverse > 10 * gain


# A prior and its knowledge (S3-05)


def test_s3_05_holds_for_a_uniform_prior_over_finitely_many_values():
    rng = np.random.default_rng(1)
    for k in (2, 5, 16):
        flat = np.full(k, 1 / k)
        assert entropy(flat) == pytest.approx(math.log2(k), rel=1e-14)
        others = rng.dirichlet(np.ones(k), size=1000)
        assert (entropy(others) < entropy(flat)).all(), "no prior says less"
        likelihood = rng.random(k)
        assert bayes_update(flat, likelihood) == pytest.approx(likelihood / likelihood.sum(), rel=1e-14)


def losses_of(prior, truth, n, seeds=200):
    counts = np.random.default_rng(2).multinomial(n, truth, size=seeds)
    return kl_divergence(truth, normalize(dirichlet_update(prior, counts)))


def test_s3_05_fails_for_a_prior_that_holds_knowledge_of_letters():
    # English letters, from another text, worth 300: better than a flat prior that has seen 500, with the spread over 200 samples.
    truth = letter_distribution(english_text())
    flat, knowing = np.ones(26), 300 * normalize(letter_counts(translated_text("en")) + 1)
    before = losses_of(knowing, truth, 0).mean()
    after_500 = losses_of(flat, truth, 500)
    assert before < after_500.mean() - 4 * after_500.std() / math.sqrt(200)
    assert (losses_of(knowing, truth, 100) < losses_of(flat, truth, 100)).all(), "in every sample"


def test_s3_05_fails_for_a_prior_that_holds_the_wrong_knowledge():
    # Polish letters: a help before there are data, a hindrance with 300.
    truth = letter_distribution(english_text())
    flat, polish = np.ones(26), 300 * normalize(letter_counts(translated_text("pl")) + 1)
    assert losses_of(polish, truth, 0).mean() < losses_of(flat, truth, 0).mean() - 0.2
    assert (losses_of(polish, truth, 300) > losses_of(flat, truth, 300)).all(), "in every sample"
    ratio = losses_of(polish, truth, 100_000).mean() / losses_of(flat, truth, 100_000).mean()
    assert ratio < 1.1, "and in the end forgotten"


def test_s3_05_fails_for_a_flat_density_too_since_flat_depends_on_the_scale():
    # Flat in theta is a logistic law in log-odds, narrower than what is flat there.
    log_odds = special.logit(np.random.default_rng(3).random(100_000))
    assert stats.kstest(log_odds, stats.logistic.cdf).pvalue > 1e-3
    assert np.mean(abs(log_odds) < math.log(3)) == pytest.approx(0.5, abs=0.01)  # half of it between odds 1:3 and 3:1


# Which posterior (S4-14)


def least(objective, start):
    return optimize.minimize(objective, start, method="BFGS", options={"gtol": 1e-8}).x


def test_s4_14_holds_with_the_likelihood_term_and_the_minimum_is_the_posterior():
    for (a, b), (s, f) in (((4, 4), (3, 17)), ((1, 1), (5, 0)), ((2.5, 0.8), (10, 30))):

        def minus_elbo(z, a=a, b=b, s=s, f=f):
            q = np.exp(z)
            fit = s * (special.psi(q[0]) - special.psi(q.sum())) + f * (special.psi(q[1]) - special.psi(q.sum()))
            return beta_kl(*q, a, b, base=math.e) - fit

        found = least(minus_elbo, np.zeros(2))
        assert np.exp(found) == pytest.approx([a + s, b + f], rel=1e-4)
        with mpmath.workdps(30):
            evidence = mpmath.quad(lambda t, a=a, b=b, s=s, f=f: t ** (a + s - 1) * (1 - t) ** (b + f - 1), [0, 0.5, 1]) / mpmath.beta(a, b)
        assert minus_elbo(found) == pytest.approx(-float(mpmath.log(evidence)), rel=1e-6)


def test_s4_14_holds_on_a_grid_against_all_beliefs_and_not_only_those_of_a_family():
    rng = np.random.default_rng(4)
    prior, likelihood = rng.dirichlet(np.ones(6)), rng.random(6)

    def minus_elbo(q):
        return kl_divergence(q, prior) - q @ np.log2(likelihood)

    posterior = bayes_update(prior, likelihood)
    others = rng.dirichlet(np.ones(6), size=20_000)
    near = normalize(posterior * np.exp(0.01 * rng.standard_normal((20_000, 6))))
    assert minus_elbo(posterior) == pytest.approx(-math.log2(prior @ likelihood), rel=1e-12)
    for q in (others, near):
        assert (minus_elbo(posterior) < kl_divergence(q, prior) - q @ np.log2(likelihood)).all()


def test_s4_14_fails_alone_where_it_returns_the_prior_whatever_the_data():
    def to_prior(z):
        return beta_kl(*np.exp(z), 4, 4, base=math.e)

    for start in (np.zeros(2), np.log([7, 21]), np.log([60, 2])):  # the posterior of some data among the starts
        assert np.exp(least(to_prior, start)) == pytest.approx([4, 4], rel=1e-4)

    def to_gaussian_prior(z):
        return gaussian_kl([z[0]], [[math.exp(z[1])]], [2.0], [[9.0]], base=math.e)

    found = least(to_gaussian_prior, np.array([-1.0, 0.0]))
    assert (found[0], math.exp(found[1])) == pytest.approx((2.0, 9.0), rel=1e-4)
    posterior = gaussian_mean_update(2.0, 9.0, [5.0, 6.0], noise_variance=1.0)
    assert abs(found[0] - posterior[0]) > 3


def test_s4_14_fails_when_maximised_for_there_is_no_maximum():
    values = [float(beta_kl(7 * c, 21 * c, 4, 4)) for c in 10.0 ** np.arange(6)]
    assert (np.diff(values) > 1).all()
    assert cross_entropy([1.0, 0.0], [0.5, 0.5]) == 1  # on a finite grid the most certain beliefs would win, all alike
    assert {float(kl_divergence(row, np.full(4, 0.25))) for row in np.eye(4)} == {2.0}
