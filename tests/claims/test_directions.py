"""The claim about what the divergence presumes, shown by routes of its own."""

import math

import numpy as np
import pytest
from scipy import optimize, stats

from lib import js_divergence, kl_divergence
from lib.f_divergences import NAMES, f_divergence


def test_s1_28_holds_on_disjoint_supports_where_only_wasserstein_tells_near_from_far():
    places = np.arange(40)
    near, far = (np.where((places >= start) & (places < start + 5), 0.2, 0.0) for start in (5, 30))
    here = np.where(places < 5, 0.2, 0.0)
    for name in NAMES:
        alpha = 0.4 if name == "alpha" else None
        assert f_divergence(here, near, name, alpha=alpha) == f_divergence(here, far, name, alpha=alpha)
    assert kl_divergence(here, near) == kl_divergence(near, here) == math.inf
    assert js_divergence(here, near) == pytest.approx(1, rel=1e-15)
    # The least way by a linear program over all plans, not by SciPy's formula for the line.
    for there, way in ((near, 5), (far, 30)):
        p, q = here[here > 0], there[there > 0]
        cost = abs(places[here > 0][:, None] - places[there > 0])
        rows, columns = np.kron(np.eye(5), np.ones(5)), np.kron(np.ones(5), np.eye(5))
        plan = optimize.linprog(cost.ravel(), A_eq=np.vstack([rows, columns]), b_eq=np.concatenate([p, q]))
        assert plan.fun == pytest.approx(way)
        assert stats.wasserstein_distance(places, places, here, there) == pytest.approx(way)


def test_s1_28_holds_for_two_samples_of_one_source_without_a_model():
    rng, ways = np.random.default_rng(0), {}
    for n in (100, 10_000):
        ways[n] = []
        for _ in range(100):
            first, second = rng.standard_normal((2, n))
            assert len(np.unique([first, second])) == 2 * n  # no value comes twice
            ways[n].append(stats.wasserstein_distance(first, second))
        p, q = np.repeat([1 / n, 0], n), np.repeat([0, 1 / n], n)
        assert kl_divergence(p, q) == math.inf
        assert js_divergence(p, q) == pytest.approx(1, rel=1e-12)
    # A hundred times the sample: a tenth of the way.
    assert np.mean(ways[100]) / np.mean(ways[10_000]) == pytest.approx(10, rel=0.15)
    # With a model for each of them KL has an answer, and it is small.
    p, q = (stats.norm(*stats.norm.fit(sample)) for sample in (first, second))
    x = np.linspace(-8, 8, 4001)
    assert (p.pdf(x) * (p.logpdf(x) - q.logpdf(x))).sum() * (x[1] - x[0]) < 1e-3
