"""Skills by the forward form (DADS) and by the reverse form (DIAYN): one world, one budget, several seeds.

    python experiments/dads.py            every case that data/results/dads.json lacks (about 6 minutes on one core)
    python experiments/dads.py --fresh    all of them anew
    python experiments/dads.py --only box the cases whose name holds this word

Ctrl-C keeps the cases that are done; the next run goes on from there. A case that is interrupted
goes on from the checkpoint of its last episode, to the same numbers as without the interruption.
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

from lib.control import navigation  # noqa: E402
from lib.dads import BoxSkills, DynamicsLearner, EvenSkills, SkillDynamics, fit_dynamics  # noqa: E402
from lib.skill_discovery import Copies, SkillLearner, information_bound  # noqa: E402
from lib.skill_evaluation import cells_visited, forward_objective, walk  # noqa: E402
from lib.skill_planning import foretell, pursue  # noqa: E402
from lib.soft_actor_critic import Perceptrons  # noqa: E402
from lib.training import load_checkpoint, save_checkpoint, train  # noqa: E402

RESULT = recording.RESULTS / "dads.json"
SKILLS, COPIES, EPISODES, HORIZON = 8, 16, 60, 50
COMMON = {"hidden": (64, 64), "learning_rate": 1e-3, "polyak": 0.01, "discount": 0.97, "temperature": 0.02, "batch_size": 256}
FORWARD = {"capacity": 10_000, "spread": (0.3, 3.0)}
SEEDS = {"untrained": 5, "reverse": 5, "forward": 5, "forward, box": 5}
PLAN = {"hold": 5, "blocks": 2, "candidates": 64}
GOALS, PATIENCE, NEAR = 100, 100, 0.05


def make(method, seed):
    """Return the learner of a case, as it is before its first episode."""
    generator = torch.Generator().manual_seed(seed)
    copies = Copies(navigation(horizon=HORIZON), COPIES, generator=generator)
    if method == "reverse":
        return SkillLearner(copies, SKILLS, generator=generator, **COMMON)
    if method == "forward, box":
        return DynamicsLearner(copies, BoxSkills(2), generator=generator, samples=16, **COMMON, **FORWARD)
    return DynamicsLearner(copies, EvenSkills(SKILLS), generator=generator, **COMMON, **FORWARD)


def prior_of(method):
    """Return what draws the skills of a case."""
    return BoxSkills(2) if method == "forward, box" else EvenSkills(SKILLS)


def told_by(learner):
    """Return the function from observations and rows of skills to what the policy sees, whoever learnt."""
    return learner.told if isinstance(learner, DynamicsLearner) else lambda seen, rows: learner.told(seen, rows.argmax(1))


def learn(method, seed, *, episodes=EPISODES, checkpoint=None):
    """Return the learner after its episodes, begun from its checkpoint if there is one, and what it was paid in each, in nats."""
    learner, settings, history = make(method, seed), {"case": method, "seed": seed, "episodes": episodes}, _List()
    if checkpoint is not None and checkpoint.exists():
        load_checkpoint(checkpoint, settings=settings, history=history, **learner.parts())
    while learner.episodes < (0 if method == "untrained" else episodes):
        found = learner.episode()
        paid = found["bound" if method == "reverse" else "reward"]
        history.values.append(None if math.isnan(paid) else paid)
        if checkpoint is not None and learner.episodes % 10 == 0:
            save_checkpoint(checkpoint, settings=settings, history=history, **learner.parts())
    return learner, history.values


class _List:
    """Give a list the interface of a part of a checkpoint."""

    def __init__(self):
        self.values = []

    def state_dict(self):
        return {"values": list(self.values)}

    def load_state_dict(self, state):
        self.values[:] = state["values"]


def judge(method, learner, seed, *, each=20, steps=1500, goals=GOALS):
    """Return what fresh walks show: coverage, how well steps are foretold, both informations, and goals reached."""
    generator, prior, told = torch.Generator().manual_seed(10_000 + seed), prior_of(method), told_by(learner)
    world = navigation(horizon=HORIZON)
    n = each * SKILLS
    listed = None if method == "forward, box" else prior.rows(torch.arange(SKILLS).repeat_interleave(each))
    rows = [prior.draw(n, generator=generator) if listed is None else listed for _ in range(2)]
    walks = [walk(world, learner.agent, told, skill, generator=generator) for skill in rows]
    seen = [(2 * place - 1).float() for place, _ in walks]
    fitted = SkillDynamics(2, prior.width, generator=generator, spread=(0.05, 3.0))
    data = [(x[:-1].flatten(0, 1), z.repeat(HORIZON, 1), x[1:].flatten(0, 1)) for x, z in zip(seen, rows, strict=True)]
    fit_dynamics(fitted, *data[0], steps=steps, batch_size=256, learning_rate=1e-3, generator=generator)
    before, skill, after = data[1]
    with torch.no_grad():
        change = after - before
        wrong = ((fitted.predict(before, skill) - after) ** 2).sum() / ((change - change.mean(0)) ** 2).sum()
    ahead = foretell(fitted, seen[1][0], rows[1][None], hold=25)[-1]
    row = {
        "coverage": cells_visited(seen[1]),
        "unexplained": wrong.item(),
        "error after 25 steps": torch.linalg.vector_norm(ahead - seen[1][25], dim=1).mean().item() / 2,
        "went": torch.linalg.vector_norm(seen[1][-1], dim=1).mean().item() / 2,
    }
    others = prior.others(1, 100 if method == "forward, box" else None, generator=generator)[:, 0]
    exact = forward_objective(learner.agent, told, *walks[1], rows[1], others, stride=0.02)
    row["forward objective"] = exact.mean().item()
    if method != "forward, box":
        row |= informations(learner, told, seen, walks[1], rows, others, steps=steps, generator=generator)
    row["plan"] = planned(method, learner, prior, told, fitted, goals=goals, generator=generator)
    if seed == 0:  # for the figure
        row["paths"] = seen[1][::5, :: max(1, each // 3)].tolist()
    return recording.rounded(row, 4)


def informations(learner, told, seen, walked, rows, others, *, steps, generator):
    """Return what both methods raise, measured alike: the reverse bound, and the forward form with p(z | s) as fitted."""
    net = Perceptrons((2, 64, 64, SKILLS), generator=generator)
    labels = [z.argmax(1).repeat(HORIZON + 1) for z in rows]
    told_of = {"steps": steps, "batch_size": 256, "learning_rate": 1e-3, "generator": generator}
    train(lambda x, z: -information_bound(net(x)[0], z), list(net.parameters()), (seen[0].flatten(0, 1), labels[0]), **told_of)
    with torch.no_grad():
        logits = net(seen[1].flatten(0, 1))[0].unflatten(0, seen[1].shape[:2])
    after = information_bound(logits[1:].flatten(0, 1), labels[1][len(rows[1]) :])
    weights = torch.log_softmax(logits[:-1].double(), dim=-1).movedim(-1, 0)
    conditional = forward_objective(learner.agent, told, *walked, rows[1], others, stride=0.02, log_weights=weights)
    return {"reverse bound": after.item(), "conditional": conditional.mean().item()}


def planned(method, learner, prior, told, fitted, *, goals, generator):
    """Return the share of goals reached and the final distance, in sides of the plane, with and without a model."""
    goal = 2 * torch.rand((goals, 2), generator=generator) - 1

    def act(seen, skill):
        return learner.agent.act(told(seen, skill))

    models = {"fitted": fitted, "blind": None} | ({"own": learner.dynamics} if method.startswith("forward") else {})
    found = {}
    for name, model in models.items():
        copies = Copies(navigation(horizon=PATIENCE), goals, generator=generator)
        path = pursue(copies, act, prior, goal, dynamics=model, generator=generator, **PLAN)
        distance = torch.linalg.vector_norm(path - goal, dim=-1) / 2
        found[name] = {
            "reached": (distance.min(0).values < NEAR).double().mean().item(),
            "final": distance[-1].mean().item(),
            "final median": distance[-1].median().item(),
        }
    return found


def case(method, seed, path):
    """Run a case to its end; return its row."""
    checkpoint = path.with_name(f"{path.stem} {method} {seed}.pt")
    learner, history = learn(method, seed, checkpoint=checkpoint)
    row = judge(method, learner, seed) | {"steps": learner.memory.added, "history": recording.rounded(history, 5)}
    checkpoint.unlink(missing_ok=True)
    return row


def cases(path=RESULT):
    """Return every case by its name."""
    return {f"{method}, seed {seed}": lambda m=method, s=seed: case(m, s, path) for method, seeds in SEEDS.items() for seed in range(seeds)}


def run(path=RESULT, *, only="", fresh=False, stream=sys.stderr):
    """Record what `path` lacks; return the result, complete or not."""
    head = {"skills": SKILLS, "unit": f"nats; log {SKILLS} = {math.log(SKILLS):.4f}", "versions": recording.versions("numpy", "torch")}
    todo = {name: one for name, one in cases(path).items() if only in name}
    return recording.record(todo, path, head=head, fresh=fresh, stream=stream)


def main():
    parser = argparse.ArgumentParser(description="The forward form beside the reverse form over several seeds.")
    parser.add_argument("--fresh", action="store_true", help="run every case anew")
    parser.add_argument("--only", default="", help="only the cases whose name holds this")
    arguments = parser.parse_args()
    run(only=arguments.only, fresh=arguments.fresh)


if __name__ == "__main__":
    main()
