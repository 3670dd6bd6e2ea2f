"""How fast our soft actor-critic learns, beside that of Stable-Baselines3 on the same environments and networks.

    python benchmarks/skills.py            prints the tables (some ten minutes)
    python benchmarks/skills.py --write    also stores them, and writes them into the page

A round is a step of every copy of the environment and one update of critics and policy. The learners take turns in one process
on one thread; a ratio is the median of the ratios of single turns, with the quarter and the three-quarter point beside it, in
processor time and by the clock. Ctrl-C prints what has been measured so far.

Stable-Baselines3 (2.9.2 was used) is not among the requirements. What it builds on is, so it goes into a folder of its own:

    pip install --no-deps --target DIR stable-baselines3==2.9.2
    PYTHONPATH=DIR python benchmarks/skills.py

Without it nothing is compared and nothing stored. CleanRL's soft actor-critic is one script with the size of its network and its
loop under `if __name__ == "__main__"`; it can't be called from here, and is left out.
"""

import argparse
import math
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools import environment

environment.apply()  # one thread, before torch is imported

import torch  # noqa: E402

from benchmarks import page, training  # noqa: E402
from lib.control import pendulum  # noqa: E402
from lib.gymnasium_worlds import GymnasiumCopies  # noqa: E402
from lib.skill_discovery import Copies, SkillLearner  # noqa: E402
from lib.soft_actor_critic import Agent, Memory  # noqa: E402

torch.set_num_threads(1)
PEERS = {"torch": "torch", "Gymnasium": "gymnasium", "MuJoCo": "mujoco", "Stable-Baselines3": "stable-baselines3"}
HORIZON = {"Pendulum-v1": 200, "HalfCheetah-v5": 1000}
SIZES = ((64, 64), (256, 256))
COPIES = (1, 8)
CASES = [(name, n, hidden) for name in HORIZON for n in COPIES for hidden in SIZES]
MANY, SKILLS = 64, 8  # copies, skills in the rows where our own world is at work
SETTINGS = {"learning_rate": 1e-3, "discount": 0.99, "temperature": 0.1, "polyak": 0.005}
BATCH, CAPACITY, WARM_UP = 256, 100_000, 50
TURNS, ROUNDS = 7, 60
EPISODE = 100  # steps of our own pendulum: a turn of the learner of skills is a whole one
LESSON, SEEDS, TRIALS = 5000, 3, 10  # rounds of training, learners and episodes to see what was learnt
BAR = 1.0  # faster than the peer, by any measure


# Environments that keep their reward, which those of `lib` drop


class Rewarded:
    """An environment that remembers the last reward."""

    def __init__(self, inner):
        self.inner, self.observation_space, self.action_space = inner, inner.observation_space, inner.action_space
        self.reset, self.close = inner.reset, inner.close

    def step(self, action):
        """Pass the step on."""
        result = self.inner.step(action)
        self.reward = result[1]
        return result


class RewardedGymnasium(GymnasiumCopies):
    """Copies of an environment of Gymnasium whose rewards can be read."""

    def __init__(self, name, n, *, seed=0):
        import gymnasium

        horizon = HORIZON[name]
        super().__init__(lambda: Rewarded(gymnasium.make(name, max_episode_steps=horizon + 1)), n, horizon=horizon, seed=seed)

    def step(self, action):
        """Step, and keep what it earned."""
        result = super().step(action)
        self.reward = torch.tensor([one.reward for one in self.environments], dtype=torch.float32)
        return result


class RewardedPendulum(Copies):
    """Copies of our own pendulum in one batch, with the reward of Pendulum-v1."""

    def __init__(self, n, *, generator):
        super().__init__(pendulum(horizon=EPISODE), n, generator=generator)

    def step(self, action):
        """Step, and keep what it earned."""
        angle, velocity = self.state.unbind(1)
        angle = torch.remainder(angle + math.pi, 2 * math.pi) - math.pi
        self.reward = -(angle**2 + 0.1 * velocity**2 + 0.001 * (2 * action[:, 0]) ** 2)
        return super().step(action)


# Learners: `run(rounds)` goes on from where it stopped, `updates()` counts


class Ours:
    """The agent of `lib` and the reward of the environment."""

    def __init__(self, copies, hidden, *, generator):
        self.copies, self.generator, self.rounds = copies, generator, 0
        self.agent = Agent(copies.observations, copies.actions, generator=generator, hidden=hidden, **SETTINGS)
        width = copies.observations
        self.memory = Memory(CAPACITY, seen=width, action=copies.actions, reward=0, seen_next=width, ended=0)

    def run(self, rounds):
        """Act and learn."""
        copies, memory = self.copies, self.memory
        for _ in range(rounds):
            if self.rounds % copies.horizon == 0:
                self.seen = copies.restart(self.rounds // copies.horizon)
            warm = memory.added >= WARM_UP
            action = self.agent.act(self.seen) if warm else 2 * torch.rand(copies.n, copies.actions, generator=self.generator) - 1
            after, ended, now = copies.step(action)
            memory.add(seen=self.seen, action=action, reward=copies.reward, seen_next=after, ended=ended)
            self.seen, self.rounds = now, self.rounds + 1
            if memory.added > WARM_UP:
                batch = memory.draw(BATCH, generator=self.generator)
                self.agent.update(batch["seen"], batch["action"], batch["reward"], batch["seen_next"], batch["ended"].bool())

    def updates(self):
        """Return how many updates were made."""
        return _steps(self.agent.policy_adam)

    def act(self, observation):
        """Return an action of Pendulum-v1 for one observation."""
        return 2 * self.agent.act(torch.as_tensor(observation)[None])[0].numpy()

    def memory_bytes(self):
        """Return what the memory of transitions takes."""
        return sum(column.nbytes for column in self.memory.columns.values())


class Skills:
    """The learner of skills of `lib`: a discriminator in place of the reward, with an update of its own in each round."""

    def __init__(self, copies, hidden, *, generator):
        told = {"capacity": CAPACITY, "batch_size": BATCH, "warm_up": WARM_UP} | SETTINGS
        self.learner = SkillLearner(copies, SKILLS, generator=generator, hidden=hidden, **told)

    def run(self, rounds):
        """Run whole episodes."""
        for _ in range(rounds // self.learner.copies.horizon):
            self.learner.episode()

    def updates(self):
        """Return how many updates critics and policy had."""
        return _steps(self.learner.agent.policy_adam)


class Theirs:
    """Stable-Baselines3, its log and its monitor switched off."""

    def __init__(self, name, n, hidden, *, fused, seed=0):
        import gymnasium
        from stable_baselines3 import SAC
        from stable_baselines3.common.vec_env import DummyVecEnv

        self.n = n
        self.model = SAC(
            "MlpPolicy",
            DummyVecEnv([lambda: gymnasium.make(name)] * n),
            learning_rate=SETTINGS["learning_rate"],
            gamma=SETTINGS["discount"],
            ent_coef=SETTINGS["temperature"],
            tau=SETTINGS["polyak"],
            batch_size=BATCH,
            buffer_size=CAPACITY,
            learning_starts=WARM_UP,
            train_freq=1,
            gradient_steps=1,
            policy_kwargs={"net_arch": list(hidden)} | ({"optimizer_kwargs": {"fused": True}} if fused else {}),
            device="cpu",
            seed=seed,
        )

    def run(self, rounds):
        """Act and learn."""
        self.model.learn(rounds * self.n, reset_num_timesteps=False, log_interval=None)

    def updates(self):
        """Return how many updates were made."""
        return _steps(self.model.actor.optimizer)

    def act(self, observation):
        """Return an action for one observation."""
        return self.model.predict(observation, deterministic=False)[0]

    def memory_bytes(self):
        """Return what the memory of transitions takes."""
        return sum(array.nbytes for array in vars(self.model.replay_buffer).values() if hasattr(array, "nbytes"))


def _steps(adam):
    return int(next(iter(adam.state.values()))["step"]) if adam.state else 0


# Measuring


def turn(learner, rounds):
    """Return rounds a second of processor time, and by the clock."""
    cpu, clock = time.process_time(), time.perf_counter()
    learner.run(rounds)
    return rounds / (time.process_time() - cpu), rounds / (time.perf_counter() - clock)


def compared(learners, *, runs, rounds):
    """Return {"rates": {name: median}, "ratios": {peer: spread}, "clock": {peer: spread}} of learners that take turns."""
    rates = training.turns({name: lambda one=one: turn(one, rounds) for name, one in learners.items()}, runs=runs)
    made = {name: one.updates() for name, one in learners.items()}
    if len(set(made.values())) > 1:
        raise RuntimeError(f"the learners made different numbers of updates: {made}")
    (middle, ratios), (_, clock) = (training.compared({name: [pair[i] for pair in pairs] for name, pairs in rates.items()}) for i in (0, 1))
    return {"rates": {name: _short(rate) for name, rate in middle.items()}, "ratios": _shorter(ratios), "clock": _shorter(clock)}


def _shorter(spreads):
    return {name: [_short(r) for r in spread] for name, spread in spreads.items()}


def _short(x):
    return float(f"{x:.4g}")


def peers(name, n, hidden):
    """Return {name: learner} of Stable-Baselines3: as it comes, and with the fused Adam that ours uses."""
    return {"as it comes": Theirs(name, n, hidden, fused=False), "fused Adam": Theirs(name, n, hidden, fused=True)}


def same_work():
    """Yield (what, learners) where all do the same."""
    for name, n, hidden in CASES:
        ours = Ours(RewardedGymnasium(name, n), hidden, generator=torch.Generator().manual_seed(0))
        yield _what(name, n, hidden), {"lib": ours} | peers(name, n, hidden)


def other_work():
    """Yield (what, learners) where ours has another environment or more to do."""
    name, hidden = "Pendulum-v1", SIZES[0]
    for what in ("Gymnasium's", "ours, in one batch", "ours, and a discriminator"):
        generator = torch.Generator().manual_seed(0)
        copies = RewardedGymnasium(name, MANY) if what.startswith("G") else RewardedPendulum(MANY, generator=generator)
        ours = (Skills if what.endswith("discriminator") else Ours)(copies, hidden, generator=generator)
        yield what, {"lib": ours} | peers(name, MANY, hidden)


def _what(name, n, hidden):
    return f"{name}, {n} {'copy' if n == 1 else 'copies'}, {' and '.join(map(str, hidden))} units"


def returned(learner):
    """Return the mean sum of rewards of episodes of Pendulum-v1 with a learner's own random actions, without learning."""
    import gymnasium

    one, total = gymnasium.make("Pendulum-v1"), 0.0
    for seed in range(TRIALS):
        observation, over = one.reset(seed=1000 + seed)[0], False
        while not over:
            observation, reward, _, over, _ = one.step(learner.act(observation))
            total += reward
    return total / TRIALS


def lesson(rounds=LESSON, seeds=SEEDS):
    """Return {name: [mean return before and after so many rounds]} for several seeds of each learner."""
    found = {"lib": [], "Stable-Baselines3": []}
    for seed in range(seeds):
        ours = Ours(RewardedGymnasium("Pendulum-v1", 1, seed=seed), SIZES[0], generator=torch.Generator().manual_seed(seed))
        for name, one in (("lib", ours), ("Stable-Baselines3", Theirs("Pendulum-v1", 1, SIZES[0], fused=False, seed=seed))):
            before = returned(one)
            one.run(rounds)
            found[name].append([round(before), round(returned(one))])
    return found


def memory():
    """Return {name: MiB} that a full memory of transitions of HalfCheetah-v5 takes."""
    ours = Ours(RewardedGymnasium("HalfCheetah-v5", 1), SIZES[0], generator=torch.Generator().manual_seed(0))
    theirs = Theirs("HalfCheetah-v5", 1, SIZES[0], fused=False)
    return {"lib": _short(ours.memory_bytes() / 2**20), "Stable-Baselines3": _short(theirs.memory_bytes() / 2**20)}


def measure(log=sys.stderr, *, runs=TURNS):
    """Return everything that was measured, or what had been when Ctrl-C came."""
    result = page.machine(PEERS) | {"turns": runs, "rounds": ROUNDS, "speed": [], "other": []}
    try:
        for key, cases, rounds in (("speed", same_work(), ROUNDS), ("other", other_work(), EPISODE)):
            for what, learners in cases:
                row = {"what": what} | compared(learners, runs=runs, rounds=rounds)
                print(*_row(row), sep="  ", file=log, flush=True)
                result[key].append(row)
        result |= {"memory": memory(), "returns": lesson()}
    except KeyboardInterrupt:
        print("interrupted: what follows is not all", file=log)
    return result


# The page


def _spread(spread):
    low, middle, high = spread
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def ahead(row):
    """Return whether ours takes less processor time than both forms of the peer."""
    return all(spread[1] > BAR for spread in row["ratios"].values())


def _row(row):
    cells = [_spread(row["ratios"]["as it comes"]), _spread(row["ratios"]["fused Adam"]), _spread(row["clock"]["fused Adam"])]
    return [row["what"], f"{row['rates']['lib']:,.0f}", *cells, "yes" if ahead(row) else "**no**"]


def _learnt(values):
    before, after = ([pair[i] for pair in values] for i in (0, 1))
    return f"{statistics.median(before)}, then {statistics.median(after)} ({min(after)} to {max(after)})".replace("-", "−")


def text(result):
    """Return the tables as Markdown."""
    head = ["rounds a second", "`lib`", "times Stable-Baselines3", "times that with fused Adam", "the same by the clock", "ahead"]
    parts = [page.machine_line(result), page.table(head, [_row(row) for row in result["speed"]])]
    if result["other"]:
        head = [f"{MANY} copies of the pendulum", *head[1:-1]]
        parts.append(page.table(head, [_row(row)[:-1] for row in result["other"]]))
    if "returns" in result:
        names = ("lib", "Stable-Baselines3")
        rows = [
            [f"return of Pendulum-v1 before learning and after {LESSON:,} rounds", *(_learnt(result["returns"][name]) for name in names)],
            [f"MiB for {CAPACITY:,} transitions of HalfCheetah-v5", *(result["memory"][name] for name in names)],
        ]
        parts.append(page.table(["what it learnt and holds", "`lib`", "Stable-Baselines3"], rows))
    return "\n\n".join(parts)


def main():
    parser = argparse.ArgumentParser(description="How fast our soft actor-critic is, beside that of Stable-Baselines3.")
    parser.add_argument("--write", action="store_true", help="store the tables and write them into the page")
    arguments = parser.parse_args()
    try:
        import mujoco  # noqa: F401
        import stable_baselines3  # noqa: F401
    except ImportError as error:
        print(f"Nothing to compare with: {error}. The head of this program says how to install it; the stored tables stay.")
        return
    result = measure()
    print(text(result))
    if arguments.write and "returns" in result:
        page.write("skills", result, text(result))


if __name__ == "__main__":
    main()
