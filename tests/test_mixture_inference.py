"""The Bayesian mixture by coordinate ascent: against sampling, scikit-learn and a model without a mixture."""

import numpy as np
import pytest
from scipy import special, stats
from sklearn.mixture import BayesianGaussianMixture

from lib.data import iris
from lib.mean_field import NormalGamma, normal_gamma_evidence
from lib.mixture_inference import MixturePrior, fit_mixture, mixture_belief, mixture_bound, mixture_responsibilities

FLOWERS = (iris()[0] - iris()[0].mean(axis=0)) / iris()[0].std(axis=0)
VAGUE = MixturePrior(0.5, np.zeros(4), 0.1, 0.2 * np.eye(4), 6.0)


def test_one_kind_of_numbers_is_a_normal_of_which_nothing_is_known():
    x = np.random.default_rng(0).normal(2, 3, size=(12, 1))
    prior = MixturePrior(1.0, [0.5], 0.7, [[4.0]], 3.0)
    r = np.ones((12, 1))
    exact = normal_gamma_evidence(x[:, 0], NormalGamma(0.5, 0.7, 1.5, 2.0))
    assert mixture_bound(r, mixture_belief(x, r, prior), prior) == pytest.approx(exact, abs=1e-12)


def test_known_kinds_have_the_evidence_of_their_parts():
    """With hard responsibilities the integral is Dirichlet-multinomial times one evidence a kind."""
    rng = np.random.default_rng(1)
    x, kind = rng.normal(size=(10, 1)), np.array([0, 0, 1, 1, 1, 1, 0, 1, 1, 0])
    prior = MixturePrior(0.8, [0.0], 1.0, [[2.0]], 2.0)
    exact = sum(normal_gamma_evidence(x[kind == k, 0], NormalGamma(0.0, 1.0, 1.0, 1.0)) for k in (0, 1))
    exact += special.gammaln(1.6) - special.gammaln(11.6) + special.gammaln([4.8, 6.8]).sum() - 2 * special.gammaln(0.8)
    r = np.eye(2)[kind]
    assert mixture_bound(r, mixture_belief(x, r, prior), prior) == pytest.approx(exact, abs=1e-11)


def test_the_bound_is_its_definition():
    """The mean over kinds of log p - log q is the bound at *every* value of the parameters: the best belief leaves a constant."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 2))
    prior = MixturePrior(0.9, [0.2, -0.1], 0.6, [[1.0, 0.2], [0.2, 0.8]], 4.0)
    r = rng.dirichlet([1, 1], size=6)
    belief = mixture_belief(x, r, prior)
    draws = 50
    total = np.full(draws, special.entr(r).sum())
    pi = rng.dirichlet(belief.concentration, size=draws)
    total += stats.dirichlet([0.9, 0.9]).logpdf(pi.T) - stats.dirichlet(belief.concentration).logpdf(pi.T) + np.log(pi) @ r.sum(axis=0)
    for k in range(2):
        after = stats.wishart(belief.dof[k], np.linalg.inv(belief.scatter[k]))
        precision = after.rvs(draws, random_state=rng)
        before = stats.wishart(prior.dof, np.linalg.inv(prior.scatter))
        total += before.logpdf(np.moveaxis(precision, 0, -1)) - after.logpdf(np.moveaxis(precision, 0, -1))
        for i, lam in enumerate(precision):
            cov = np.linalg.inv(lam)
            mu = rng.multivariate_normal(belief.mean[k], cov / belief.strength[k])
            total[i] += stats.multivariate_normal(prior.mean, cov / prior.strength).logpdf(mu)
            total[i] -= stats.multivariate_normal(belief.mean[k], cov / belief.strength[k]).logpdf(mu)
            total[i] += r[:, k] @ stats.multivariate_normal(mu, cov).logpdf(x)
    assert total == pytest.approx(np.full(draws, mixture_bound(r, belief, prior)), abs=1e-9)


@pytest.mark.parametrize("components", [2, 4])
def test_the_solution_of_scikit_learn_is_a_fixed_point(components):
    theirs = BayesianGaussianMixture(
        n_components=components, weight_concentration_prior_type="dirichlet_distribution", weight_concentration_prior=0.5,
        mean_precision_prior=0.1, mean_prior=np.zeros(4), degrees_of_freedom_prior=6.0, covariance_prior=0.2 * np.eye(4),
        reg_covar=0.0, tol=1e-10, max_iter=5000, random_state=0,
    ).fit(FLOWERS)  # fmt: skip
    r = theirs.predict_proba(FLOWERS)
    belief = mixture_belief(FLOWERS, r, VAGUE)
    assert belief.concentration == pytest.approx(theirs.weight_concentration_, abs=1e-3)
    assert belief.mean == pytest.approx(theirs.means_, abs=1e-3)
    assert belief.dof == pytest.approx(theirs.degrees_of_freedom_, abs=1e-3)
    assert belief.scatter == pytest.approx(theirs.covariances_ * theirs.degrees_of_freedom_[:, None, None], abs=1e-2)
    assert mixture_responsibilities(FLOWERS, belief) == pytest.approx(r, abs=1e-3)


@pytest.mark.parametrize("seed", range(6))
def test_the_bound_never_falls(seed):
    _, _, history = fit_mixture(FLOWERS, 5, prior=VAGUE, generator=np.random.default_rng(seed), sweeps=60)
    assert len(history) > 5
    assert min(np.diff(history)) > -1e-9


def test_any_other_responsibilities_have_a_lower_bound():
    r, belief, history = fit_mixture(FLOWERS, 3, prior=VAGUE, generator=np.random.default_rng(0), tolerance=1e-11)
    rng = np.random.default_rng(1)
    for size in (0.01, 0.1):
        other = (1 - size) * r + size * rng.dirichlet(np.ones(3), size=150)
        assert mixture_bound(other, mixture_belief(FLOWERS, other, VAGUE), VAGUE) < history[-1]


def test_a_far_datum_does_not_cost_digits():
    x = np.random.default_rng(0).normal(size=(30, 2))
    far = VAGUE._replace(mean=np.full(2, 1e6), scatter=0.2 * np.eye(2))
    near = far._replace(mean=np.zeros(2))
    r = np.random.default_rng(1).dirichlet(np.ones(2), size=30)
    shifted = mixture_bound(r, mixture_belief(x + 1e6, r, far), far)
    assert shifted == pytest.approx(mixture_bound(r, mixture_belief(x, r, near), near), abs=1e-6)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mixture_belief(FLOWERS[0], np.ones((1, 1)), VAGUE), "`x` must have one observation a row"),
        (lambda: mixture_belief(FLOWERS * np.nan, np.ones((150, 1)), VAGUE), "`x`.*nan"),
        (lambda: mixture_belief(FLOWERS[:, :2], np.ones((150, 1)), VAGUE), "`prior` must be about 2 coordinates"),
        (lambda: mixture_belief(FLOWERS, np.full((150, 2), 0.4), VAGUE), "`responsibilities` must sum to 1"),
        (lambda: mixture_belief(FLOWERS, np.ones((3, 1)), VAGUE), "`responsibilities` must have one row for each of the 150"),
        (lambda: mixture_belief(FLOWERS, np.ones((150, 1)), VAGUE._replace(dof=3.0)), "`prior.dof` must be above 3.*it is 3"),
        (lambda: mixture_belief(FLOWERS, np.ones((150, 1)), VAGUE._replace(strength=0.0)), "`prior.strength`"),
        (lambda: mixture_belief(FLOWERS, np.ones((150, 1)), VAGUE._replace(concentration=-1.0)), "`prior.concentration`"),
        (lambda: mixture_belief(FLOWERS, np.ones((150, 1)), VAGUE._replace(scatter=-np.eye(4))), "`prior.scatter`"),
        (lambda: fit_mixture(FLOWERS[:3], 4, prior=VAGUE, generator=np.random.default_rng(0)), "`components`.*3"),
        (lambda: fit_mixture(FLOWERS, 2, prior=VAGUE, generator=np.random.default_rng(0), tolerance=0.0), "`tolerance`"),
        (lambda: mixture_responsibilities(FLOWERS[:, :2], mixture_belief(FLOWERS, np.ones((150, 1)), VAGUE)), "`x` must have 4 columns"),
        (lambda: mixture_bound(np.full((9, 2), 0.5), mixture_belief(FLOWERS, np.ones((150, 1)), VAGUE), VAGUE), "must have 1 columns"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
