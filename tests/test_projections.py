import math

import numpy as np
import pytest
from scipy import ndimage, optimize

from lib._mixtures import COUNT, points, standard
from lib.gaussian import gaussian_kl
from lib.mixtures import Mixture, checked, mixture_kl, mixture_moments, reverse_kl_of_gaussians
from lib.projections import Fit, _forward_gradient, _pack, _reverse_terms, _unpack, em_step, fit_forward, fit_reverse, local_optima

HILLS = Mixture([0.6, 0.4], [-2, 2], [0.7, 0.7])
THREE = Mixture([0.4, 0.35, 0.25], [-4, 0, 4], [0.6, 0.6, 0.6])


def gaussian(mean, sd):
    return Mixture([1.0], [mean], [sd])


def random_mixture(rng, k):
    return Mixture(rng.dirichlet(np.full(k, 2.0)), rng.uniform(-4, 4, k), rng.uniform(0.5, 2, k))


# Terms


def test_the_gradients_are_those_of_the_divergences():
    rng, z, mass = np.random.default_rng(0), *standard(COUNT)
    for k in (1, 2, 3):
        theta = _pack(random_mixture(rng, k))
        for cost, gradient in (
            (lambda t: mixture_kl(THREE, _unpack(t), base=math.e), _forward_gradient(_unpack(theta), *points(checked(THREE), COUNT))),
            (lambda t: mixture_kl(_unpack(t), THREE, base=math.e), _reverse_terms(_unpack(theta), checked(THREE), z, mass)[1]),
        ):
            by_differences = [(cost(theta + 1e-5 * e) - cost(theta - 1e-5 * e)) / 2e-5 for e in np.eye(3 * k - 1)]
            np.testing.assert_allclose(gradient, by_differences, rtol=1e-6, atol=1e-7)


def test_parameters_go_there_and_back():
    q = random_mixture(np.random.default_rng(1), 4)
    for a, b in zip(q, _unpack(_pack(q))):
        np.testing.assert_allclose(a, b, rtol=1e-14)


# Forward


def test_one_component_matches_moments_in_one_step_from_anywhere():
    for start in (gaussian(0, 1), gaussian(9, 0.3), gaussian(-4, 8)):
        for fit in (em_step(HILLS, start), fit_forward(HILLS, start).mixture):
            assert (fit.means[0], fit.sds[0]) == pytest.approx(mixture_moments(HILLS), rel=1e-12)
        assert fit_forward(HILLS, start).steps == 1


def test_the_forward_gaussian_is_best_among_all_by_pythagoras():
    mean, sd = mixture_moments(THREE)
    least = mixture_kl(THREE, gaussian(mean, sd))
    rng = np.random.default_rng(2)
    for m, s in zip(rng.uniform(-5, 5, 50), np.exp(rng.uniform(-0.5, 2, 50))):
        rest = gaussian_kl(mean, sd**2, m, s**2)
        assert rest > 0
        assert mixture_kl(THREE, gaussian(m, s)) == pytest.approx(least + rest, rel=1e-10)


def test_a_step_never_raises_the_divergence_and_keeps_mean_and_variance():
    rng = np.random.default_rng(3)
    for k in (2, 3):
        for _ in range(5):
            target, q = random_mixture(rng, 4), random_mixture(rng, k)
            before = mixture_kl(target, q)
            for _ in range(10):
                q = em_step(target, q)
                assert q.weights.sum() == pytest.approx(1, abs=1e-14)
                assert mixture_moments(q) == pytest.approx(mixture_moments(target), rel=1e-9, abs=1e-9)
                after = mixture_kl(target, q)
                assert after <= before + 1e-11
                before = after


def test_the_forward_fit_is_where_another_optimiser_ends():
    start = Mixture([0.5, 0.5], [-4, 2], [1, 1])
    fit = fit_forward(THREE, start)
    cost = lambda theta: mixture_kl(THREE, _unpack(theta), base=math.e)
    other = optimize.minimize(cost, _pack(checked(start)), method="BFGS", options={"gtol": 1e-6})
    np.testing.assert_allclose(np.concatenate(fit.mixture), np.concatenate(_unpack(other.x)), atol=1e-4)
    assert fit.divergence * math.log(2) == pytest.approx(other.fun, rel=1e-9)
    assert fit.curvature > 0


def test_enough_components_find_the_truth_itself_in_both_directions():
    start = Mixture([0.3, 0.3, 0.4], [-3, 0.5, 3], [1, 1, 1])
    for fitted in (fit_forward, fit_reverse):
        fit = fitted(THREE, start)
        assert abs(fit.divergence) < 1e-10
        np.testing.assert_allclose(np.concatenate(fit.mixture), np.concatenate(THREE), atol=1e-5)


# Reverse


def test_all_optima_of_a_reverse_gaussian_are_found():
    # Where to look is proved in the chapter. A fine grid over a larger place has the same dips, and the
    # numbers of dips, saddles and peaks fit together: on a bowl, dips - saddles + peaks is 1.
    starts = [gaussian(m, s) for m in np.linspace(-2, 2, 9) for s in (0.7, 1.2, 2.2)]
    found = local_optima([fit_reverse(HILLS, start) for start in starts])
    means, log_sds = np.linspace(-5, 5, 201), np.linspace(math.log(0.2), math.log(6), 141)
    landscape = reverse_kl_of_gaussians(means[:, None], np.exp(log_sds), HILLS)
    dips = np.argwhere(landscape == ndimage.minimum_filter(landscape, size=3, mode="constant", cval=np.inf))
    assert len(dips) == len(found) == 3
    for i, j in dips:
        nearest = min(found, key=lambda fit: abs(fit.mixture.means[0] - means[i]))
        assert nearest.mixture.means[0] == pytest.approx(means[i], abs=0.05)
        assert math.log(nearest.mixture.sds[0]) == pytest.approx(log_sds[j], abs=0.03)
        assert nearest.divergence <= landscape[i, j]

    z, mass = standard(COUNT)
    gradient = lambda theta: _reverse_terms(_unpack(theta), checked(HILLS), z, mass)[1]
    stationary = {}
    for m in np.linspace(-2, 2, 41):
        for s in np.linspace(math.log(0.7), math.log(2.22), 12):
            root = optimize.root(gradient, [m, s], tol=1e-12)
            if root.success and np.abs(gradient(root.x)).max() < 1e-9:
                step = 1e-5 * np.eye(2)
                hessian = np.array([(gradient(root.x + e) - gradient(root.x - e)) / 2e-5 for e in step])
                stationary[tuple(root.x.round(4) + 0.0)] = int((np.linalg.eigvalsh(hessian + hessian.T) < 0).sum())
    kinds = np.bincount(list(stationary.values()), minlength=3)
    assert kinds.tolist() == [3, 2, 0]
    for m, log_s in stationary:  # the rectangle of the chapter: between the hills, no narrower than a hill, s² <= σ² + s R/2
        assert -2 <= m <= 2 and 0.7 <= math.exp(log_s) <= 1 + math.sqrt(1.49)


def test_the_values_of_the_reverse_optima():
    # Reference: a Nelder-Mead search on adaptive quadrature of the closed integrand, another method and another integral.
    from scipy import integrate, stats

    def cost(theta):
        m, s = theta[0], math.exp(theta[1])
        q = stats.norm(m, s)
        log_p = lambda x: np.logaddexp(math.log(0.6) + stats.norm.logpdf(x, -2, 0.7), math.log(0.4) + stats.norm.logpdf(x, 2, 0.7))
        return integrate.quad(lambda x: q.pdf(x) * (q.logpdf(x) - log_p(x)), m - 10 * s, m + 10 * s, limit=200, epsabs=1e-9)[0]

    for start in ([-2.0, -0.3], [-0.3, 0.6]):
        other = optimize.minimize(cost, start, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-10})
        fit = fit_reverse(HILLS, gaussian(start[0], math.exp(start[1])), base=math.e)
        assert (fit.mixture.means[0], fit.mixture.sds[0]) == pytest.approx((other.x[0], math.exp(other.x[1])), abs=1e-4)
        assert fit.divergence == pytest.approx(other.fun, abs=1e-7)


def test_a_start_on_the_line_of_symmetry_may_end_on_a_saddle_and_its_curvature_says_so():
    # For two Gaussians with a target of two hills the twin components at the middle are a saddle: moving apart helps.
    target = Mixture([0.5, 0.5], [-2, 2], [1, 1])
    twins = fit_reverse(target, Mixture([0.5, 0.5], [0, 0], [2, 2]))
    assert twins.curvature < 0
    assert fit_forward(target, Mixture([0.5, 0.5], [0, 0], [2, 2])).curvature < 0
    apart = fit_reverse(target, Mixture([0.5, 0.5], [-1, 1], [1, 1]))
    assert local_optima([twins, apart]) == [apart]


def test_a_reverse_fit_is_never_dearer_than_the_best_hill():
    rng = np.random.default_rng(4)
    for _ in range(20):
        target = random_mixture(rng, 3)
        fits = [fit_reverse(target, gaussian(m, s)) for m, s in zip(target.means, target.sds)]
        assert min(fit.divergence for fit in fits) <= -math.log2(target.weights.max()) + 1e-12


@pytest.mark.parametrize("share, switch", [(0.5, 2.80), (0.6, None), (0.8, None)])
def test_a_reverse_fit_prefers_a_hill_only_where_hills_are_far_apart(share, switch):
    def a_hill_is_best(d):
        target = Mixture([share, 1 - share], [-d, d], [1, 1])
        landscape = reverse_kl_of_gaussians(np.linspace(-d, d, 21)[:, None], np.geomspace(1, 2 * d, 16), target)
        place, _ = np.unravel_index(landscape.argmin(), landscape.shape)
        return place < 4  # at the left end: on the heavier hill

    places = np.arange(1.5, 3.2, 0.1)
    first = places[[a_hill_is_best(d) for d in places].index(True)] if share > 0.5 else None
    if switch is None:
        assert 1 < first < 2.7, "sooner than for equal hills, and yet the truth has two modes by then"
    else:
        for d, hill_wins in ((switch - 0.02, False), (switch + 0.02, True)):
            target = Mixture([0.5, 0.5], [-d, d], [1, 1])
            middle, hill = fit_reverse(target, gaussian(0, d)), fit_reverse(target, gaussian(d, 1))
            assert (hill.divergence < middle.divergence) == hill_wins
            assert middle.curvature > 0 and hill.curvature > 0


def test_optima_are_counted_once_and_sorted():
    one, same, other = (Fit(gaussian(m, 1.0), d, 1.0, 3) for m, d in ((0.0, 0.2), (1e-5, 0.2 + 1e-12), (2.0, 0.1)))
    one, same, other = (fit._replace(mixture=Mixture(*map(np.asarray, fit.mixture))) for fit in (one, same, other))
    assert [fit.divergence for fit in local_optima([one, same, other])] == [0.1, 0.2]
    assert len(local_optima([one, same], tolerance=1e-6)) == 2
    assert local_optima([one._replace(curvature=-0.1)]) == local_optima([]) == []


def test_components_come_in_the_order_of_their_means():
    for fitted in (fit_forward, fit_reverse):
        fit = fitted(THREE, Mixture([0.3, 0.3, 0.4], [3, 0.5, -3], [1, 1, 1]))
        assert (np.diff(fit.mixture.means) > 0).all()
        np.testing.assert_allclose(fit.mixture.weights, THREE.weights, atol=1e-5)


# Errors


def test_a_search_that_does_not_arrive_says_so():
    start = Mixture([0.5, 0.5], [-1, 1], [1, 1])
    with pytest.raises(RuntimeError, match=r"`steps` must be more than 3 here: the gradient is still 0.* nats"):
        fit_forward(THREE, start, steps=3)
    with pytest.raises(RuntimeError, match="`steps` must be more than 2 here, or the start another: after 2 the gradient is still"):
        fit_reverse(THREE, start, steps=2)


@pytest.mark.parametrize("function", [em_step, fit_forward, fit_reverse])
@pytest.mark.parametrize(
    "bad, words",
    [
        (([0.5, 0.4], [0, 1], [1, 1]), "`weights` must sum to 1"),
        (([0.5, 0.5], [0, 1], [1, 0]), "`sds` must be positive"),
        (([0.5, 0.5], [0, 1], [1]), "must be vectors of one length"),
        ((1.0, 2.0), "must be a Mixture"),
    ],
)
def test_what_is_no_mixture_is_an_error(function, bad, words):
    for arguments in ((bad, gaussian(0, 1)), (HILLS, bad)):
        with pytest.raises(ValueError, match=words):
            function(*arguments)


def test_a_start_with_a_dead_component_is_an_error():
    for fitted in (em_step, fit_forward, fit_reverse):
        with pytest.raises(ValueError, match="`weights` must all be positive in a start; weight 1 is 0"):
            fitted(HILLS, Mixture([1.0, 0.0], [0, 1], [1, 1]))


def test_fits_of_different_sizes_are_not_compared():
    fits = [fit_reverse(HILLS, start) for start in (gaussian(0, 1), Mixture([0.5, 0.5], [-1, 1], [1, 1]))]
    with pytest.raises(ValueError, match=r"`fits` must have one number of components; they have \[1, 2\]"):
        local_optima(fits)
