"""The record of skills in continuous control: complete, as good as the chapter says, and computed again in part."""

import json
import math

import numpy as np
import pytest

from experiments import skills as experiment

RECORD = json.loads(experiment.RESULT.read_text(encoding="utf-8"))
CASES = RECORD["cases"]


def over_seeds(name, key):
    return np.array([row[key] for label, row in CASES.items() if label.rsplit(", seed", 1)[0] == name])


def test_the_record_holds_every_case():
    assert set(CASES) == set(experiment.cases())
    assert RECORD["skills"] == experiment.SKILLS == 8
    assert all(len(over_seeds(name, "bound")) == seeds for name, seeds in experiment.SEEDS.items())


def test_the_first_steps_through_the_physics_give_the_numbers_recorded(monkeypatch):
    trained = experiment.train_through_physics
    monkeypatch.setattr(experiment, "train_through_physics", lambda *args, **told: trained(*args, **told | {"steps": 31}))
    again = experiment.through_physics(0)
    assert again["history"] == pytest.approx(CASES["navigation by gradients, seed 0"]["history"][:4], abs=1e-3)


@pytest.mark.parametrize("name", ["navigation", "mountain car", "pendulum", "half-cheetah", "hopper"])
def test_the_first_episodes_give_the_numbers_recorded(name):
    few = {"navigation": 3, "mountain car": 1, "pendulum": 1, "half-cheetah": 1, "hopper": 1}[name]
    history = []
    learner = experiment.make_learner(name, 0)
    for _ in range(few):
        history.append(learner.episode()["bound"] / math.log(8))
    expected = CASES[f"{name}, seed 0"]["history"][:few]
    assert history == pytest.approx([math.nan if h is None else h for h in expected], abs=2e-2, nan_ok=True)
    assert few == 1 or history[-1] > 2 * history[0], "something is learnt in these episodes"


def test_an_interrupted_case_goes_on_to_the_same_numbers(tmp_path, monkeypatch):
    monkeypatch.setitem(experiment.RUNS, "navigation", (8, 3, {"discount": 0.97, "temperature": 0.02, "hidden": (16,), "batch_size": 32}))
    whole = experiment.learn("navigation", 0)
    monkeypatch.setattr(experiment, "judged", lambda *args, **more: pytest.fail("not yet"))
    checkpoint = tmp_path / "half.pt"
    saved = experiment.save_checkpoint

    def stop_after_two(*args, **more):
        saved(*args, **more)
        if more["counter"].episodes == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(experiment, "save_checkpoint", stop_after_two)
    with pytest.raises(KeyboardInterrupt):
        experiment.learn("navigation", 0, checkpoint=checkpoint)
    monkeypatch.undo()
    monkeypatch.setitem(experiment.RUNS, "navigation", (8, 3, {"discount": 0.97, "temperature": 0.02, "hidden": (16,), "batch_size": 32}))
    assert checkpoint.exists()
    assert experiment.learn("navigation", 0, checkpoint=checkpoint) == whole
    assert not checkpoint.exists()


def test_what_is_told_of_the_small_worlds():
    assert np.median(over_seeds("navigation by gradients", "bound")) > 0.98
    assert np.median(over_seeds("navigation", "bound")) > 0.98
    assert np.median(over_seeds("mountain car", "bound")) > 0.9
    assert np.median(over_seeds("pendulum", "refitted")) > 0.9


def test_what_is_told_of_the_machines():
    assert over_seeds("half-cheetah", "bound").min() > 0.98
    assert np.median(over_seeds("hopper", "ends a copy")) < 0.5
    still = np.ptp(over_seeds("half-cheetah", "travelled"), axis=1)
    moved = np.ptp(over_seeds("half-cheetah, speed", "travelled"), axis=1)
    assert moved.min() > still.max()
