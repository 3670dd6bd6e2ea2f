"""Claims on skills, in worlds with continuous actions; the tables are in test_diayn.py."""

import math

import numpy as np
import torch

from experiments.recording import RESULTS, load
from lib.control import navigation
from lib.skill_discovery import Copies, information_bound, observe_skills, train_through_physics

CASES = load(RESULTS / "skills.json")["cases"]


def test_s3_12_holds_in_the_plane_where_skills_learnt_without_reward_are_told_apart():
    """A world without any reward: before learning the bound is about 0, after it nearly log 4, on fresh episodes."""
    found = []
    for steps in (1, 120):
        generator = torch.Generator().manual_seed(0)
        act, discriminator, _ = train_through_physics(navigation(horizon=40), 4, steps=steps, copies=4, generator=generator)
        fresh = Copies(navigation(horizon=40), 40, generator=torch.Generator().manual_seed(1))
        seen, skill, _ = observe_skills(fresh, act, 4)
        with torch.no_grad():
            found.append(information_bound(discriminator(seen.flatten(0, 1))[0], skill.repeat(len(seen))).item() / math.log(4))
    assert found[0] < 0.2
    assert found[1] > 0.9


def test_s3_14_fails_for_cheetahs_that_are_told_apart_and_hardly_move():
    rows = [row for name, row in CASES.items() if name.startswith("half-cheetah, seed")]
    assert len(rows) == 3
    assert min(row["bound"] for row in rows) > 0.98
    by_speed = [row for name, row in CASES.items() if name.startswith("half-cheetah, speed")]
    assert max(np.ptp(row["travelled"]) for row in rows) < min(np.ptp(row["travelled"]) for row in by_speed)
