"""The record of the VAEs on digits: complete, honest about what is ahead, and computed again in part."""

import json
import math

import numpy as np
import pytest

from experiments import vae as experiment

RECORD = json.loads(experiment.RESULT.read_text(encoding="utf-8"))
CASES = RECORD["cases"]


def over_seeds(name, key):
    values = [CASES[f"{name}, seed {seed}"][key] for seed in range(experiment.SEEDS)]
    return np.mean(values), np.std(values, ddof=1) / math.sqrt(len(values))


def test_the_record_holds_every_case_with_five_seeds():
    assert set(CASES) == set(experiment.cases())
    assert (RECORD["seeds"], RECORD["steps"]) == (experiment.SEEDS, experiment.STEPS) == (5, 2000)


def test_a_short_training_gives_the_numbers_recorded():
    again = experiment.vae_case({}, {}, 0, steps=40)
    assert set(again) == set(CASES["short"])
    for key, value in CASES["short"].items():
        assert again[key] == pytest.approx(value, rel=1e-3, abs=1e-3), key


def test_the_plainer_models_give_the_numbers_recorded():
    assert experiment.categorical_mixture(20, 30.0, 3) == pytest.approx(CASES["categorical mixture, seed 3"], rel=1e-4)
    assert experiment.rounded_ppca(10) == pytest.approx(CASES["PPCA, 10 dimensions"], rel=1e-4)


def test_the_mixture_by_gradient_is_trained_as_recorded():
    assert experiment.beta_binomial_mixture(1, 1000, 0) == pytest.approx(CASES["independent beta-binomial pixels"], rel=1e-4)


def test_the_bound_is_ahead_of_every_plainer_model_by_far():
    mean, error = over_seeds("10 latents", "test elbo")
    plain = [row["test"] for row in CASES.values() if "test" in row]
    assert len(plain) > 10
    assert mean - 5 * error > max(plain) + 4
    linear, spread = over_seeds("linear decoder", "test importance")
    assert mean - 5 * error > linear + 5 * spread


def test_what_was_chosen_was_chosen_on_validation_images():
    best = max((name for name in CASES if name.startswith("beta-binomial mixture of ")), key=lambda name: CASES[name]["validation"])
    assert best == "beta-binomial mixture of 80"


def test_bounds_lie_in_their_order():
    for name, row in CASES.items():
        if "test elbo" in row:
            assert row["test elbo"] <= row["test importance"] + 1e-9, name


def test_the_importance_bound_agrees_with_the_estimate_that_asks_no_encoder():
    row = {key: np.array(value) for key, value in CASES["annealed"].items()}
    difference = row["importance"] - row["annealed"]
    error = difference.std(ddof=1) / math.sqrt(len(difference))
    assert len(difference) == 20
    assert abs(difference.mean()) < 3 * error
    assert (row["annealed"] - row["elbo"]).mean() > 1.5
    assert 0.3 < row["accepted"] < 0.95


def test_the_parts_of_the_rate_add_up():
    for name, row in CASES.items():
        for part, n in (("train", 1297), ("test", 300)):
            if f"{part} rate" in row:
                assert row[f"{part} information"] + row[f"{part} divergence"] == pytest.approx(row[f"{part} rate"], abs=0.15), name
                assert row[f"{part} information"] <= math.log(n) + 1e-6


def test_weight_trades_rate_for_distortion_and_a_large_one_empties_the_code():
    rows = [CASES["10 latents, seed 0"] if beta == 1 else CASES[f"beta {beta:g}"] for beta in sorted({*experiment.BETAS, 1.0})]
    rate = np.array([row["rate"] for row in rows])
    distortion = np.array([-row["test elbo"] - row["rate"] for row in rows])
    assert (np.diff(rate) < 0).all() and (np.diff(distortion) > 0).all()
    assert CASES["beta 64"]["active"] == 0 and CASES["beta 64"]["rate"] < 0.01
    assert CASES["beta 64"]["test elbo"] == pytest.approx(CASES["independent beta-binomial pixels"]["test"], abs=0.3)
    for cure in ("beta 64, one nat free", "beta from 64 to 1"):
        assert CASES[cure]["test elbo"] > CASES["beta 64"]["test elbo"] + 15
        assert CASES[cure]["active"] == 10
