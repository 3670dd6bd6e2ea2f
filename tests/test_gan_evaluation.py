"""How samples are judged, on samples whose answer is known."""

import math

import numpy as np
import pytest
import torch
from scipy.spatial import cKDTree

from lib import gan_evaluation as evaluation


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_a_grid_has_its_centres_and_its_spread():
    centres, x = evaluation.gaussian_grid(20_000, 3, sd=0.05, generator=seeded())
    assert centres.unique().tolist() == [-1, 0, 1] and len(centres) == 9
    nearest = torch.cdist(x, centres).argmin(dim=1)
    counts = torch.bincount(nearest, minlength=9) / 20_000
    assert (counts - 1 / 9).abs().max() < 5 * math.sqrt(1 / 9 / 20_000)
    assert (x - centres[nearest]).std().item() == pytest.approx(0.05, rel=0.02)


def test_shares_of_modes_by_hand():
    centres = torch.tensor([[0.0, 0.0], [1.0, 0.0]])
    x = torch.tensor([[0.1, 0.0], [0.9, 0.0], [1.0, 0.1], [0.5, 0.5]])
    assert evaluation.mode_shares(x, centres, radius=0.2).tolist() == [0.25, 0.5, 0.25]
    assert evaluation.mode_shares(x, centres, radius=1.0)[2] == 0


def test_all_of_the_truth_lies_near_its_modes():
    centres, x = evaluation.gaussian_grid(10_000, 5, sd=0.05, generator=seeded(1))
    shares = evaluation.mode_shares(x, centres, radius=0.2)
    assert shares[-1].item() == pytest.approx(math.exp(-8), abs=1e-3)  # a Rayleigh variable beyond four sds
    assert (shares[:-1] > 0.2 / 25).all()


def test_distances_are_those_of_a_tree():
    x, points = torch.randn(50, 3, generator=seeded()), torch.randn(70, 3, generator=seeded(1))
    expected, _ = cKDTree(points.numpy()).query(x.numpy())
    np.testing.assert_allclose(evaluation.nearest_distances(x, points).numpy(), expected, rtol=1e-5)


def test_a_copy_has_distance_zero():
    x = 1000 + torch.randn(2000, 2, generator=seeded())
    assert (evaluation.nearest_distances(x[:5], x) == 0).all()


def test_a_fresh_critic_finds_nothing_between_samples_of_one_source():
    bounds = []
    for seed in range(5):
        real, fake = torch.randn(2, 600, 2, generator=seeded(seed))
        bounds.append(evaluation.held_out_js(real, fake, generator=seeded(seed), hidden=16, steps=200))
    assert np.mean(bounds) < 0.2  # 0.22 on what it was chosen by, 0.52 on what it learnt1 and max(bounds) < 0.05


def test_a_fresh_critic_is_judged_on_what_it_neither_learnt_nor_was_chosen_by():
    # One coordinate of twenty is shifted by 2, where JS is 0.337 nats; with 40 points to learn from, a critic knows them by heart.
    bounds = []
    for seed in range(20):
        real, fake = torch.randn(2, 120, 20, generator=seeded(seed))
        fake[:, 0] += 2
        bounds.append(evaluation.held_out_js(real, fake, generator=seeded(seed), steps=200, learning_rate=3e-3))
    assert 0.05 < np.mean(bounds) < 0.2  # 0.22 on what it was chosen by, 0.52 on what it learnt


def test_a_fresh_critic_stays_below_the_divergence_and_comes_near():
    # N(0, 1) and N(2, 1): JS by quadrature
    x = np.linspace(-10, 12, 20_001)
    p, g = (np.exp(-((x - m) ** 2) / 2) / math.sqrt(2 * math.pi) for m in (0, 2))
    js = (p * np.log(2 * p / (p + g)) + g * np.log(2 * g / (p + g))).sum() * (x[1] - x[0]) / 2
    bounds = []
    for seed in range(5):
        real, fake = torch.randn(6000, 1, generator=seeded(seed)), 2 + torch.randn(6000, 1, generator=seeded(100 + seed))
        bounds.append(evaluation.held_out_js(real, fake, generator=seeded(seed), hidden=16, steps=300))
    error = np.std(bounds, ddof=1) / math.sqrt(5)
    assert js - 0.03 < np.mean(bounds) < js + 3 * error


def test_a_fresh_critic_tells_apart_what_never_meets():
    real, fake = torch.randn(300, 2, generator=seeded()), 30 + torch.randn(300, 2, generator=seeded(1))
    assert evaluation.held_out_js(real, fake, generator=seeded()) == pytest.approx(math.log(2), abs=0.01)


X = torch.zeros(10, 2)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: evaluation.gaussian_grid(10, 1, sd=0.1, generator=seeded()), "`side`"),
        (lambda: evaluation.gaussian_grid(10, 2, sd=0.0, generator=seeded()), "`sd`"),
        (lambda: evaluation.mode_shares(X, torch.zeros(2, 3), radius=1.0), "`x` must have 3 columns"),
        (lambda: evaluation.mode_shares(X, X, radius=-1.0), "`radius`"),
        (lambda: evaluation.mode_shares(torch.full((3, 2), math.nan), X, radius=1.0), "`x` must be finite"),
        (lambda: evaluation.nearest_distances(X, torch.zeros(2)), "`points` must have 2 axes"),
        (lambda: evaluation.held_out_js(X[:5], X, generator=seeded()), "`real` must have at least 6 rows; it has 5"),
        (lambda: evaluation.held_out_js(X, torch.zeros(10, 3), generator=seeded()), "`real` must have 3 columns"),
        (lambda: evaluation.held_out_js(X, X, generator=seeded(), learning_rate=0.0), "`learning_rate`"),
    ],
)
def test_bad_input_is_refused_with_its_name_and_the_rule(call, words):
    with pytest.raises(ValueError, match=words):
        call()
