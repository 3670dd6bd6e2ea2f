"""Skills without reward: terms by hand, no reward read, an exact resumption, and what was recorded."""

import math

import gymnasium
import numpy as np
import pytest
import torch

from lib import mutual_information
from lib.control import navigation
from lib.gymnasium_worlds import GymnasiumCopies
from lib.skill_discovery import (
    Copies,
    SkillLearner,
    fit_discriminator,
    information_bound,
    observe_skills,
    one_hot,
    skill_reward,
    train_through_physics,
)
from lib.soft_actor_critic import Perceptrons
from lib.training import load_checkpoint, save_checkpoint

EVEN = torch.full((4,), 0.25).log()


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def learner(world=None, *, seed=0, **settings):
    g = generator(seed)
    told = {"hidden": (16, 16), "warm_up": 8, "batch_size": 16} | settings
    return SkillLearner(Copies(world or navigation(horizon=5), 4, generator=g), 4, generator=g, **told)


# Terms


def test_the_reward_by_hand():
    logits = torch.tensor([[0.0, math.log(2), 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    reward = skill_reward(logits, torch.tensor([1, 2]), EVEN)
    assert reward.tolist() == pytest.approx([math.log(2 / 5) + math.log(4), 0.0], abs=1e-6)


def test_no_reward_is_above_minus_the_log_prior():
    logits = 50 * torch.randn(200, 4, generator=generator())
    reward = skill_reward(logits, torch.randint(4, (200,), generator=generator(1)), EVEN)
    assert reward.max() <= math.log(4) + 1e-5
    assert reward.max() > math.log(4) - 1e-3


def test_the_bound_is_that_of_barber_and_agakov_and_tight_for_the_posterior():
    rng = np.random.default_rng(0)
    joint = rng.dirichlet(np.ones(20)).reshape(5, 4)  # states, skills
    joint = joint / joint.sum(axis=0) / 4  # skills drawn evenly
    counts = 400_000
    drawn = rng.choice(20, size=counts, p=joint.ravel())
    state, skill = torch.tensor(drawn // 4), torch.tensor(drawn % 4)
    posterior = torch.tensor(joint / joint.sum(axis=1, keepdims=True))
    bound = information_bound(posterior.log()[state], skill).item()
    assert bound == pytest.approx(mutual_information(joint, base=math.e), abs=5e-3)
    other = torch.log_softmax(torch.tensor(rng.normal(size=(5, 4))), 1)
    worse = information_bound(other[state], skill).item()
    exact = math.log(4) + (joint * other.numpy()).sum()
    assert worse == pytest.approx(exact, abs=1e-2)
    assert worse < bound


def test_one_hot_by_hand_and_a_skill_that_is_not_there():
    assert one_hot(torch.tensor([2, 0]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    with pytest.raises(ValueError, match="`skill` must lie between 0 and 2; it is 3"):
        one_hot(torch.tensor([3]), 3)


def test_logits_and_prior_must_be_about_the_same_skills():
    with pytest.raises(ValueError, match="`logits` must have 4 columns"):
        skill_reward(torch.zeros(2, 3), torch.tensor([0, 1]), EVEN)
    with pytest.raises(ValueError, match="`logits` and `skill` must have as many rows"):
        skill_reward(torch.zeros(2, 4), torch.tensor([0]), EVEN)


# The learner


def test_the_discriminator_is_not_told_the_skill_and_the_policy_is():
    one = learner()
    assert one.discriminator.weights[0].shape[1] == 2
    assert one.agent.policy.weights[0].shape[1] == 2 + 4


def test_what_is_guessed_from_is_the_state_after_the_step():
    one = learner()
    one.episode()
    rows = one.memory.columns
    first = rows["seen"][:4]
    assert torch.equal(first, torch.zeros(4, 2)), "an episode begins in the middle"
    moved = rows["seen_next"][:4]
    assert torch.allclose(moved, 0.04 * rows["action"][:4], atol=1e-6)


def test_the_discriminator_may_be_shown_less():
    one = learner(shown=lambda seen: seen[:, :1])
    one.episode()
    a, b = torch.tensor([[0.3, -1.0]]), torch.tensor([[0.3, 1.0]])
    assert torch.equal(one.guess(a), one.guess(b))


def test_a_run_goes_on_from_its_checkpoint_as_if_never_stopped(tmp_path):
    whole, broken, again = learner(), learner(), learner(seed=9)
    expected = [whole.episode() for _ in range(4)]
    for _ in range(2):
        broken.episode()
    save_checkpoint(tmp_path / "a.pt", settings={"skills": 4}, **broken.parts())
    load_checkpoint(tmp_path / "a.pt", settings={"skills": 4}, **again.parts())
    found = [again.episode() for _ in range(2)]
    assert found == expected[2:]
    assert again.episodes == 4


def test_a_checkpoint_of_other_sizes_is_refused(tmp_path):
    save_checkpoint(tmp_path / "a.pt", settings={"skills": 4}, **learner().parts())
    with pytest.raises(ValueError, match="`policy` must be the network of the checkpoint"):
        load_checkpoint(tmp_path / "a.pt", settings={"skills": 4}, **learner(hidden=(8, 8)).parts())


def test_the_same_seed_learns_the_same_and_another_one_doesn_t():
    records = [learner(seed=seed) for seed in (0, 0, 1)]
    histories = [[one.episode()["bound"] for _ in range(3)] for one in records]
    assert histories[0][1:] == histories[1][1:] != histories[2][1:]


def test_skills_divide_the_copies():
    with pytest.raises(ValueError, match="`skills` must divide the number of copies, 4; it is 3"):
        observe_skills(Copies(navigation(), 4, generator=generator()), lambda seen, skill: seen, 3)


def test_skills_are_at_least_two():
    with pytest.raises(ValueError, match="`skills`"):
        SkillLearner(Copies(navigation(), 4, generator=generator()), 1, generator=generator())


def test_gradients_through_known_physics_raise_the_bound():
    act, discriminator, history = train_through_physics(navigation(horizon=30), 4, steps=60, copies=4, generator=generator())
    assert abs(history[0]) < 0.1
    assert history[-1] > 0.7 * math.log(4)
    seen, skill, _ = observe_skills(Copies(navigation(horizon=30), 8, generator=generator()), act, 4)
    fresh = information_bound(discriminator(seen.flatten(0, 1))[0], skill.repeat(30)).item()
    assert fresh == pytest.approx(history[-1], abs=0.15)


# Gymnasium


class Poison:
    """A reward that can't be used for anything."""

    def __getattribute__(self, name):
        raise AssertionError("the reward was read")


class Poisoned(gymnasium.Wrapper):
    def step(self, action):
        seen, _, terminated, truncated, info = self.env.step(action)
        return seen, Poison(), terminated, truncated, info


def pendulums(n=2, **changes):
    return GymnasiumCopies(lambda: Poisoned(gymnasium.make("Pendulum-v1", max_episode_steps=30)), n, **{"horizon": 5} | changes)


def test_no_reward_of_an_environment_is_ever_read():
    g = generator()
    one = SkillLearner(pendulums(), 2, generator=g, hidden=(8, 8), warm_up=4, batch_size=4)
    for _ in range(2):
        one.episode()
    assert one.memory.added == 20
    assert "reward" not in one.memory.columns


def test_an_action_is_scaled_to_the_box():
    copies = pendulums(1)
    copies.restart(0)
    inner = copies.environments[0].unwrapped
    before = inner.state.copy()
    copies.step(torch.tensor([[0.5]]))
    velocity = before[1] + (15 * np.sin(before[0]) + 3 * 1.0) * 0.05
    assert inner.state[1] == pytest.approx(np.clip(velocity, -8, 8), abs=1e-6)


def test_first_states_follow_from_seed_and_episode_alone():
    one, two = pendulums(seed=3), pendulums(seed=3)
    one.restart(0)
    assert torch.equal(one.restart(7), two.restart(7))
    assert not torch.equal(two.restart(7), two.restart(8))
    assert not torch.equal(two.restart(7), pendulums(seed=4).restart(7))
    first = two.restart(7)
    assert not torch.equal(first[0], first[1])


class Broken(gymnasium.Wrapper):
    def step(self, action):
        seen, *rest = self.env.step(action)
        return seen * np.nan, *rest


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: GymnasiumCopies("CartPole-v1", 1, horizon=5), "flat box as `action_space`; it is Discrete"),
        (lambda: GymnasiumCopies("FrozenLake-v1", 1, horizon=5), "flat box as `observation_space`; it is Discrete"),
        (lambda: pendulums(0), "`n`"),
        (lambda: pendulums(1, horizon=0), "`horizon`"),
    ],
)
def test_an_environment_that_does_not_fit_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_nan_in_an_observation_stops_the_run():
    copies = GymnasiumCopies(lambda: Broken(gymnasium.make("Pendulum-v1")), 1, horizon=5)
    copies.restart(0)
    with pytest.raises(ValueError, match="`observation` must be finite; it is nan"):
        copies.step(torch.zeros(1, 1))


def test_a_time_limit_shorter_than_the_horizon_is_refused():
    copies = GymnasiumCopies(lambda: gymnasium.make("Pendulum-v1", max_episode_steps=2), 1, horizon=5)
    copies.restart(0)
    copies.step(torch.zeros(1, 1))
    with pytest.raises(ValueError, match="`horizon` must not exceed the environment's own limit; it is 5"):
        copies.step(torch.zeros(1, 1))


class Ending(gymnasium.Wrapper):
    """Ends by itself after two steps."""

    def reset(self, **settings):
        self.left = 2
        return self.env.reset(**settings)

    def step(self, action):
        seen, reward, _, truncated, info = self.env.step(action)
        self.left -= 1
        return seen, reward, self.left == 0, truncated, info


def test_a_copy_that_ends_begins_anew_and_the_end_is_kept_apart_from_the_clock():
    copies = GymnasiumCopies(lambda: Ending(gymnasium.make("Pendulum-v1")), 1, horizon=4)
    g = generator()
    one = SkillLearner(copies, 2, generator=g, hidden=(8, 8), warm_up=100, batch_size=4)
    one.episode()
    rows = one.memory.columns
    assert rows["ended"][:4].tolist() == [0, 1, 0, 1]
    assert torch.equal(rows["seen_next"][0], rows["seen"][1])
    assert not torch.equal(rows["seen_next"][1], rows["seen"][2])


def test_a_discriminator_fitted_afresh_comes_close_to_the_exact_information():
    """Two skills that share half of their states: I = log 2 / 2."""
    generator = torch.Generator().manual_seed(0)
    where = torch.randint(2, (400, 40), generator=generator)
    skill = torch.arange(2).repeat_interleave(20)
    seen = torch.nn.functional.one_hot(where + skill, 3).float()
    guess = fit_discriminator(seen[:200], skill, 2, generator=generator, steps=600)
    bound = information_bound(guess(seen[200:]).flatten(0, 1), skill.repeat(200)).item()
    assert bound == pytest.approx(math.log(2) / 2, abs=0.03)


def test_a_discriminator_goes_on_from_a_copy_of_the_one_it_is_given():
    generator = torch.Generator().manual_seed(0)
    old = Perceptrons((2, 8, 2), generator=generator)
    kept = [p.clone() for p in old.parameters()]
    seen = torch.randn(20, 4, 2, generator=generator)
    settings = {"generator": generator, "batch_size": 8, "start": old}
    guess = fit_discriminator(seen, torch.tensor([0, 0, 1, 1]), 2, steps=1, learning_rate=1e-9, **settings)
    assert torch.allclose(guess(seen), old(seen.flatten(0, 1))[0].unflatten(0, (20, 4)), atol=1e-6)
    fit_discriminator(seen, torch.tensor([0, 0, 1, 1]), 2, steps=5, **settings)
    assert all(torch.equal(a, b) for a, b in zip(kept, old.parameters(), strict=True))


def test_a_discriminator_refuses_skills_that_do_not_belong_to_the_episodes():
    seen = torch.zeros(3, 4, 2)
    with pytest.raises(ValueError, match=r"`skill` must have one entry for each of 4 copies; it has 2"):
        fit_discriminator(seen, torch.tensor([0, 1]), 2, generator=torch.Generator())
    with pytest.raises(ValueError, match=r"`skill` must lie between 0 and 1; it is 2"):
        fit_discriminator(seen, torch.tensor([0, 1, 2, 0]), 2, generator=torch.Generator())


def told_apart_afterwards():
    """A learner whose memory holds one start for all, and places after the step that name the skill."""
    generator = torch.Generator().manual_seed(0)
    learner = SkillLearner(
        Copies(navigation(horizon=5), 2, generator=generator), 2, generator=generator, batch_size=32, hidden=(16,), learning_rate=3e-3
    )
    skill = torch.randint(2, (200,), generator=generator)
    after = torch.stack([2.0 * skill - 1, torch.zeros(200)], dim=1)
    learner.memory.add(seen=torch.zeros(200, 2), action=torch.zeros(200, 2), seen_next=after, skill=skill, ended=torch.zeros(200))
    return learner


def test_updates_teach_the_discriminator_the_states_after_the_step():
    learner = told_apart_afterwards()
    bounds = [learner.update()["bound"] for _ in range(200)]
    assert bounds[0] < 0.2
    assert bounds[-1] > 0.9 * math.log(2)
    with torch.no_grad():
        ends = learner.guess(torch.tensor([[-1.0, 0.0], [1.0, 0.0]]))
    assert information_bound(ends, torch.tensor([0, 1])).item() > 0.9 * math.log(2)


def test_an_action_is_paid_for_the_state_that_it_led_to(monkeypatch):
    learner = told_apart_afterwards()
    for _ in range(100):
        learner.update()
    paid = []
    update = learner.agent.update
    monkeypatch.setattr(learner.agent, "update", lambda *args: paid.append(args) or update(*args))
    learner.update()
    seen, _, reward, seen_next, _ = paid[0]
    skill = seen[:, 2:].argmax(dim=1)
    with torch.no_grad():
        expected = skill_reward(learner.guess(seen_next[:, :2]), skill, learner.log_prior)
        earlier = skill_reward(learner.guess(seen[:, :2]), skill, learner.log_prior)
    assert torch.allclose(reward, expected)
    assert reward.mean() > earlier.mean() + 0.3
