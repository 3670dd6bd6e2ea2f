"""Skills without reward in worlds with continuous actions: what DIAYN reaches over several seeds.

    python experiments/skills.py            every case that data/results/skills.json lacks (about an hour on one core)
    python experiments/skills.py --fresh    all of them anew
    python experiments/skills.py --only cheetah   the cases whose name holds this word

Ctrl-C keeps the cases that are done; the next run goes on from there. A long case also keeps a checkpoint beside the result
and goes on from its last episode, to the same numbers as without the interruption.
"""

import argparse
import math
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from experiments import recording  # noqa: E402
from tools import environment  # noqa: E402

environment.apply()  # one thread, before NumPy and torch are imported

import torch  # noqa: E402

from lib import control  # noqa: E402
from lib.gymnasium_worlds import GymnasiumCopies  # noqa: E402
from lib.skill_discovery import Copies, SkillLearner, fit_discriminator, information_bound, observe_skills, train_through_physics  # noqa: E402
from lib.training import load_checkpoint, save_checkpoint  # noqa: E402

RESULT = recording.RESULTS / "skills.json"
SKILLS = 8
COMMON = {"hidden": (64, 64), "learning_rate": 1e-3, "polyak": 0.01, "batch_size": 256}
SEEDS = dict.fromkeys(("navigation", "mountain car", "pendulum"), 5)
SEEDS |= {"half-cheetah": 3, "half-cheetah, position": 2, "half-cheetah, speed": 3, "hopper": 3}

#: How each world is learnt: copies, episodes, and what the learner is told beside COMMON.
RUNS = {
    "navigation": (32, 40, {"discount": 0.97, "temperature": 0.02, "recent": 20_000}),
    "mountain car": (64, 50, {"discount": 0.99, "temperature": 0.02, "updates": 2, "recent": 50_000}),
    "pendulum": (64, 30, {"discount": 0.98, "temperature": 0.01, "updates": 4, "hidden": (128, 128), "recent": 50_000}),
    "half-cheetah": (8, 30, {"discount": 0.98, "temperature": 0.05, "updates": 4, "hidden": (128, 128), "recent": 20_000}),
    "half-cheetah, position": (8, 60, {"discount": 0.98, "temperature": 0.05, "updates": 4, "hidden": (128, 128), "recent": 20_000}),
    "half-cheetah, speed": (8, 30, {"discount": 0.98, "temperature": 0.05, "updates": 4, "hidden": (128, 128), "recent": 20_000}),
    "hopper": (8, 50, {"discount": 0.99, "temperature": 0.05, "updates": 4, "hidden": (128, 128), "recent": 20_000}),
}
WORLDS = {"navigation": control.navigation(), "mountain car": control.mountain_car(), "pendulum": control.pendulum(horizon=300)}
MUJOCO = dict.fromkeys(("half-cheetah", "half-cheetah, position", "half-cheetah, speed"), "HalfCheetah-v5") | {"hopper": "Hopper-v5"}
HORIZON = 200


def _scaled(velocities_from):
    def features(x):
        return torch.cat([x[:, :velocities_from], x[:, velocities_from:] / 5], dim=1)

    return features


#: What the discriminator sees of a cheetah, where that isn't everything: a column of what is observed.
SHOWN = {"half-cheetah, position": slice(0, 1), "half-cheetah, speed": slice(8, 9)}


def make_copies(name, n, *, seed, generator):
    """Return n copies of the world of a case."""
    if name not in MUJOCO:
        return Copies(WORLDS[name], n, generator=generator)
    position = name.endswith("position")

    def make():
        import gymnasium

        more = {"exclude_current_positions_from_observation": False} if position else {}
        return gymnasium.make(MUJOCO[name], max_episode_steps=HORIZON + 1, **more)

    velocities_from = {"hopper": 5, "half-cheetah": 8, "half-cheetah, speed": 8, "half-cheetah, position": 9}[name]
    return GymnasiumCopies(make, n, horizon=HORIZON, seed=seed, features=_scaled(velocities_from))


def make_learner(name, seed, *, settings=None):
    """Return the learner of a case, as it is before its first episode."""
    n, _, told = RUNS[name]
    generator = torch.Generator().manual_seed(seed)
    copies = make_copies(name, n, seed=seed, generator=generator)
    shown = (lambda seen: seen[:, SHOWN[name]]) if name in SHOWN else None
    return SkillLearner(copies, SKILLS, generator=generator, shown=shown, **COMMON | told | (settings or {}))


def judged(learner, name, *, seed, each=10, act=None):
    """Return what fresh copies show of the skills: bound, accuracy of the guesses, ends, and paths."""
    copies = make_copies(name, each * SKILLS, seed=10_000 + seed, generator=torch.Generator().manual_seed(10_000 + seed))
    seen, skill, ended = observe_skills(copies, act or learner.act, SKILLS)
    with torch.no_grad():
        logits = learner.guess(seen.flatten(0, 1))
    labels = skill.repeat(len(seen))
    each_copy = logits.reshape(*seen.shape[:2], SKILLS).unbind(1)
    per_copy = torch.stack([information_bound(rows, z.expand(len(seen))) for rows, z in zip(each_copy, skill, strict=True)])
    found = {
        "bound": information_bound(logits, labels).item() / math.log(SKILLS),
        "standard error": (per_copy.std() / math.sqrt(len(per_copy)) / math.log(SKILLS)).item(),
        "accuracy": (logits.argmax(1) == labels).double().mean().item(),
        "by time": [information_bound(rows, skill).item() / math.log(SKILLS) for rows in logits.reshape(*seen.shape[:2], SKILLS)[::5]],
        "ends a copy": ended.double().sum().item() / len(skill),
    }
    if seed == 0 and name not in MUJOCO:
        found["paths"] = seen[::5, ::each].tolist()  # one episode of each skill
    if name not in MUJOCO:  # the skills as they are now, judged by one that has seen nothing else
        before = make_copies(name, 2 * each * SKILLS, seed=0, generator=torch.Generator().manual_seed(20_000 + seed))
        theirs = observe_skills(before, act or learner.act, SKILLS)[:2]
        generator = torch.Generator().manual_seed(seed)
        guess = fit_discriminator(*theirs, SKILLS, generator=generator, start=learner.discriminator)
        found["refitted"] = information_bound(guess(seen).flatten(0, 1), labels).item() / math.log(SKILLS)
    if name in MUJOCO:
        place = torch.tensor([environment.unwrapped.data.qpos[0] for environment in copies.environments])
        found["travelled"] = place.reshape(SKILLS, each).mean(1).tolist()
        copies.close()
    return found


def learn(name, seed, *, episodes=None, checkpoint=None, stream=sys.stderr):
    """Run a case from its checkpoint, if there is one, to its end; return its row."""
    learner = make_learner(name, seed)
    settings = {"case": name, "seed": seed, "skills": SKILLS}
    history = []
    if checkpoint is not None and checkpoint.exists():
        load_checkpoint(checkpoint, settings=settings, **learner.parts(), history=_List(history))
    while learner.episodes < (total := episodes or RUNS[name][1]):
        recording.progress(learner.episodes, total, f"episodes of {name}, seed {seed}", stream)
        history.append(learner.episode()["bound"] / math.log(SKILLS))
        if checkpoint is not None:
            save_checkpoint(checkpoint, settings=settings, **learner.parts(), history=_List(history))
    row = judged(learner, name, seed=seed) | {"steps": learner.memory.added, "history": [None if math.isnan(h) else h for h in history]}
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    return recording.rounded(row, 5)


class _List:
    """Give a list the interface of a part of a checkpoint."""

    def __init__(self, values):
        self.values = values

    def state_dict(self):
        return {"values": list(self.values)}

    def load_state_dict(self, state):
        self.values[:] = state["values"]


def through_physics(seed):
    """Run the navigation by gradients through its known physics; return its row."""
    world, generator = control.navigation(), torch.Generator().manual_seed(seed)
    act, discriminator, history = train_through_physics(world, SKILLS, steps=300, copies=4, generator=generator)
    copies = Copies(world, 10 * SKILLS, generator=torch.Generator().manual_seed(10_000 + seed))
    seen, skill, _ = observe_skills(copies, act, SKILLS)
    with torch.no_grad():
        logits = discriminator(seen.flatten(0, 1))[0]
    labels = skill.repeat(len(seen))
    row = {
        "bound": information_bound(logits, labels).item() / math.log(SKILLS),
        "accuracy": (logits.argmax(1) == labels).double().mean().item(),
        "history": [value / math.log(SKILLS) for value in history[::10]],
    }
    return recording.rounded(row, 5)


def untrained(name):
    """Return what a learner shows before its first update: how long a machine lasts that has learnt nothing."""
    learner = make_learner(name, 0)
    found = judged(learner, name, seed=0)
    learner.copies.close()
    return recording.rounded({key: found[key] for key in ("bound", "ends a copy", "travelled")}, 5)


def cases(path=RESULT):
    """Return every case by its name."""
    found = {f"navigation by gradients, seed {seed}": lambda seed=seed: through_physics(seed) for seed in range(5)}
    found |= {f"{name}, untrained": lambda name=name: untrained(name) for name in ("half-cheetah", "hopper")}
    for name, seeds in SEEDS.items():
        for seed in range(seeds):
            label = f"{name}, seed {seed}"
            at = path.with_name(f"{path.stem} {label}.pt") if name in MUJOCO else None
            found[label] = lambda name=name, seed=seed, at=at: learn(name, seed, checkpoint=at)
    return found


def run(path=RESULT, *, only="", fresh=False, stream=sys.stderr):
    """Record what `path` lacks; return the result, complete or not."""
    head = {"skills": SKILLS, "unit": "share of log 8", "versions": recording.versions("numpy", "torch", "gymnasium", "mujoco")}
    todo = {name: case for name, case in cases(path).items() if only in name}
    return recording.record(todo, path, head=head, fresh=fresh, stream=stream)


def main():
    parser = argparse.ArgumentParser(description="Skills without reward over several seeds.")
    parser.add_argument("--fresh", action="store_true", help="run every case anew")
    parser.add_argument("--only", default="", help="only the cases whose name holds this")
    arguments = parser.parse_args()
    run(only=arguments.only, fresh=arguments.fresh)


if __name__ == "__main__":
    main()
