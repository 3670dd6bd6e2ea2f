"""Planning with skills: paths and plans by hand, and goals that are reached with a right model."""

import math

import pytest
import torch

from lib.control import navigation
from lib.dads import BoxSkills, EvenSkills
from lib.skill_discovery import Copies
from lib.skill_planning import choose_plan, foretell, pursue


class Push:
    """The plane without walls, for skills that are actions."""

    def predict(self, seen, skill):
        return seen + 0.04 * skill


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_a_path_by_hand():
    plan = torch.tensor([[[1.0, 0.0]], [[0.0, -1.0]]])
    path = foretell(Push(), torch.zeros(1, 2), plan, hold=2)[:, 0]
    torch.testing.assert_close(path, 0.04 * torch.tensor([[1.0, 0], [2, 0], [2, -1], [2, -2]]))


def test_the_plan_is_the_best_of_those_drawn():
    prior, seen, goal = EvenSkills(3), torch.zeros(2, 3), torch.eye(3)[:2]
    told = {"blocks": 2, "hold": 1, "candidates": 50}
    plan, distance = choose_plan(Push(), prior, seen, goal, generator=generator(), **told)
    assert plan.argmax(-1).tolist() == [[0, 1], [0, 1]], "go straight, in both blocks"
    assert distance.tolist() == pytest.approx([(0.96 + 0.92) / 2] * 2, abs=1e-6)


def test_with_a_right_model_goals_are_reached_and_without_one_they_are_not():
    goal = 1.6 * torch.rand((50, 2), generator=generator(1)) - 0.8
    told = {"hold": 4, "generator": generator(2)}
    final = {}
    for name, model in (("model", Push()), ("blind", None)):
        copies = Copies(navigation(horizon=60), 50, generator=generator())
        path = pursue(copies, lambda seen, skill: skill, BoxSkills(2), goal, dynamics=model, blocks=2, candidates=64, **told)
        assert path.shape == (61, 50, 2)
        assert (path[0] == 0).all()
        final[name] = torch.linalg.vector_norm(path - goal, dim=-1).min(0).values
    assert (final["model"] < 0.1).double().mean() > 0.95
    assert (final["blind"] < 0.1).double().mean() < 0.4


def test_a_skill_is_held_and_then_chosen_anew():
    seen = []
    copies = Copies(navigation(horizon=6), 2, generator=generator())

    def act(observation, skill):
        seen.append(skill[0].tolist())
        return skill

    pursue(copies, act, BoxSkills(2), torch.zeros(2, 2), hold=3, generator=generator(3))
    assert seen[0] == seen[1] == seen[2] != seen[3] == seen[4] == seen[5]


HERE = torch.zeros(1, 2)
ONE = {"blocks": 1, "hold": 1, "candidates": 1}


def plane(n):
    return Copies(navigation(), n, generator=generator())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda g: foretell(Push(), HERE, HERE[None], hold=0), "`hold`"),
        (lambda g: foretell(Push(), HERE, HERE, hold=1), "`plan` must have 3 axes"),
        (lambda g: foretell(Push(), HERE, torch.zeros(1, 3, 2), hold=1), "`seen` and `plan` must have as many rows"),
        (lambda g: foretell(Push(), HERE * math.nan, HERE[None], hold=1), "`seen` must be finite"),
        (lambda g: choose_plan(Push(), BoxSkills(2), HERE, torch.zeros(2, 2), generator=g, **ONE), "`seen` and `goal` must have one shape"),
        (lambda g: choose_plan(Push(), BoxSkills(2), HERE, HERE * math.nan, generator=g, **ONE), "`goal` must be finite"),
        (lambda g: choose_plan(Push(), BoxSkills(2), HERE, HERE, generator=g, **ONE | {"candidates": 0}), "`candidates`"),
        (lambda g: pursue(plane(2), lambda a, b: b, BoxSkills(2), HERE, hold=1, generator=g), "`goal` and `seen` must have one shape"),
    ],
)
def test_bad_arguments_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(generator())
