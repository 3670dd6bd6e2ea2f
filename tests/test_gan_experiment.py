"""The record of the trained generators: complete, and its first steps are made again."""

import io
import json

import numpy as np
import pytest
import torch

from experiments import gan as experiment
from lib.gan_evaluation import mode_shares

RECORD = json.loads(experiment.RESULT.read_text(encoding="utf-8"))
CASES = RECORD["cases"]


def test_the_record_holds_every_case_and_its_settings():
    assert set(CASES) == set(experiment.cases())
    assert RECORD["grid"] == experiment.GRID and RECORD["digits"] == experiment.DIGITS
    assert experiment.GRID["seeds"] >= 5 and experiment.DIGITS["seeds"] >= 5


@pytest.mark.parametrize("objective", experiment.OBJECTIVES)
@pytest.mark.parametrize("seed", [0, 3])
def test_the_first_steps_on_the_grid_are_those_recorded(objective, seed):
    row = CASES[f"grid: {objective}, seed {seed}"]
    np.testing.assert_allclose(experiment.grid_case(seed, objective, experiment.FIRST)["first"], row["first"], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("model", experiment.MODELS)
def test_the_first_steps_on_the_digits_are_those_recorded(model):
    _, history, _ = experiment.fit(model, 1, experiment.FIRST)
    np.testing.assert_allclose(history, CASES[f"digits: {model}, seed 1"]["first"], rtol=1e-3)


def test_what_is_recorded_of_a_run_fits_together():
    for name, row in CASES.items():
        if name.startswith("grid") and row["stopped"] is None:
            assert sum(row["shares"]) == pytest.approx(row["near"], abs=1e-3)
            assert row["modes"] == sum(share >= 0.2 / 25 for share in row["shares"])
        if name.startswith("digits"):
            assert sum(row["classes"]) == pytest.approx(1, abs=1e-4)


def test_points_that_are_recorded_lie_at_the_modes_that_are_counted():
    centres = torch.cartesian_prod(*[torch.linspace(-1, 1, 5)] * 2)
    rows = [row for row in CASES.values() if row.get("points")]
    assert rows
    for row in rows:
        shares = mode_shares(torch.tensor(row["points"]), centres, radius=0.2)
        assert 1 - shares[-1].item() == pytest.approx(row["near"], abs=0.1)


def test_edges_by_hand():
    x = torch.zeros(1, 8, 8)
    x[:, :, 4:] = 1.0  # one step in each row of 7 differences, none in the columns
    assert experiment.edges(x.reshape(1, 64)) == pytest.approx(1 / 7 / 2)


def test_a_run_that_is_broken_off_keeps_what_is_done_and_goes_on_from_there(tmp_path, monkeypatch):
    done = []

    def case(name):
        done.append(name)
        if done == ["a", "b"]:
            raise KeyboardInterrupt
        return {"name": name}

    monkeypatch.setattr(experiment, "cases", lambda: {name: lambda name=name: case(name) for name in "abc"})
    path = tmp_path / "r.json"
    experiment.run(path, stream=io.StringIO())
    assert list(json.loads(path.read_text())["cases"]) == ["a"]
    experiment.run(path, stream=io.StringIO())
    assert done == ["a", "b", "b", "c"]
