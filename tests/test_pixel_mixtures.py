"""Mixtures of independent pixels: by hand, as distributions, and EM's law."""

import itertools

import numpy as np
import pytest
from scipy import stats

from lib.data import digit_split
from lib.pixel_mixtures import PixelMixture, fit_pixel_mixture, mixture_log_likelihood

SETTINGS = {"levels": 3, "pseudo_counts": 0.5, "rounds": 15}


def sample(n=40, pixels=4, seed=0):
    return np.random.default_rng(seed).integers(0, 3, (n, pixels))


def test_one_component_is_the_smoothed_share_of_each_level():
    x = np.array([[0, 1], [0, 2], [1, 2]])
    fit = fit_pixel_mixture(x, 1, rng=np.random.default_rng(0), **SETTINGS)
    overall = (np.array([2, 1, 0]) + 1 / 3) / 4
    np.testing.assert_allclose(fit.tables[0, 0], (np.array([2, 1, 0]) + 0.5 * overall) / 3.5)
    expected = np.log(fit.tables[0, 0, 0] * fit.tables[0, 1, 1])
    assert mixture_log_likelihood(x, fit)[0] == pytest.approx(expected)


@pytest.mark.parametrize("components", [1, 3, 8])
def test_the_probabilities_of_all_images_sum_to_one(components):
    fit = fit_pixel_mixture(sample(), components, rng=np.random.default_rng(1), **SETTINGS)
    everything = np.array(list(itertools.product(range(3), repeat=4)))
    assert np.exp(mixture_log_likelihood(everything, fit)).sum() == pytest.approx(1, rel=1e-12)


def test_the_likelihood_against_scipy():
    fit = fit_pixel_mixture(sample(), 3, rng=np.random.default_rng(2), **SETTINGS)
    x = sample(5, seed=3)
    each = [
        [np.prod([stats.rv_discrete(values=(range(3), t)).pmf(v) for t, v in zip(table, image)]) for table in fit.tables] for image in x
    ]
    np.testing.assert_allclose(mixture_log_likelihood(x, fit), np.log(each @ fit.weights), rtol=1e-9)


def test_em_never_goes_down():
    x = digit_split(rng=np.random.default_rng(0))[0][0][:300]
    for seed in range(3):
        settings = {"levels": 17, "pseudo_counts": 3.0, "rounds": 40, "rng": np.random.default_rng(seed)}
        history = np.array(fit_pixel_mixture(x, 10, **settings).history)
        assert (np.diff(history) > -1e-10).all()
        assert history[-1] > history[0] + 1


def test_the_history_is_what_the_model_of_the_round_before_scores():
    x, rounds = sample(), 7
    before, after = (fit_pixel_mixture(x, 3, rng=np.random.default_rng(6), **SETTINGS | {"rounds": r}) for r in (rounds, rounds + 1))
    overall = (np.eye(3)[x].sum(0) + 1 / 3) / 41
    expected = (mixture_log_likelihood(x, before).sum() + 0.5 * (overall * np.log(before.tables)).sum()) / 40
    assert after.history[-1] == pytest.approx(expected, rel=1e-12)


def test_two_kinds_of_images_are_told_apart():
    rng = np.random.default_rng(4)
    kind = rng.integers(0, 2, 400)
    x = np.where(rng.random((400, 6)) < 0.9, kind[:, None] * 2, 1)
    fit = fit_pixel_mixture(x, 2, levels=3, pseudo_counts=0.1, rounds=50, rng=np.random.default_rng(5))
    assert sorted(fit.weights) == pytest.approx(sorted([kind.mean(), 1 - kind.mean()]), abs=0.02)


@pytest.mark.parametrize(
    ("x", "changes", "words"),
    [
        ([[0, 3]], {}, "`x` must be a matrix of grey levels below 3"),
        ([0, 1], {}, "`x` must be a matrix"),
        ([[0.5, 1.0]], {}, "`x` must hold integers"),
        ([[-1, 1]], {}, "`x` must not be negative"),
        ([[0, 1]], {"components": 2}, "`components` must be an integer from 1 to 1"),
        ([[0, 1]], {"levels": 1}, "`levels`"),
        ([[0, 1]], {"pseudo_counts": 0}, "`pseudo_counts`"),
        ([[0, 1]], {"rounds": 0}, "`rounds`"),
    ],
)
def test_what_can_not_be_meant_is_refused(x, changes, words):
    settings = {"components": 1} | SETTINGS | changes
    with pytest.raises(ValueError, match=words):
        fit_pixel_mixture(np.array(x), rng=np.random.default_rng(0), **settings)


def test_images_of_another_size_are_refused():
    fit = PixelMixture(np.ones(1), np.full((1, 2, 3), 1 / 3), ())
    with pytest.raises(ValueError, match="`x` must have 2 pixels"):
        mixture_log_likelihood([[0, 1, 2]], fit)
