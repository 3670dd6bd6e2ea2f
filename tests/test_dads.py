"""DADS in torch: terms by hand, a model that fits, a learner that resumes exactly, and what was recorded."""

import io
import json
import math

import numpy as np
import pytest
import torch

from experiments import dads as experiment
from lib.control import navigation
from lib.dads import BoxSkills, DynamicsLearner, EvenSkills, SkillDynamics, capped_reward, fit_dynamics, sampled_reward
from lib.skill_discovery import Copies
from lib.skill_transitions import capped_objective, sampled_objective
from lib.training import DivergedError, load_checkpoint, save_checkpoint

LOG = np.log


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def learner(prior=None, *, seed=0, **settings):
    g = generator(seed)
    told = {"hidden": (16, 16), "warm_up": 8, "batch_size": 16} | settings
    return DynamicsLearner(Copies(navigation(horizon=5), 4, generator=g), prior or EvenSkills(4), generator=g, **told)


# Terms


def test_the_rewards_by_hand():
    own, others = torch.tensor([0.5]).log(), torch.tensor([[0.5], [0.1], [0.3]]).log()
    assert sampled_reward(own, others).item() == pytest.approx(math.log(0.5 / 0.3), abs=1e-6)
    assert capped_reward(own, others).item() == pytest.approx(math.log(0.5 / 0.35), abs=1e-6)


def test_the_papers_reward_has_no_cap_and_the_codes_has():
    own, others = torch.tensor([0.0, 0.0]), torch.tensor([[-1000.0, 0.0], [-900.0, 0.0]])
    assert sampled_reward(own, others).tolist() == pytest.approx([900 + math.log(2), 0.0], rel=1e-6)
    assert capped_reward(own, others).tolist() == pytest.approx([math.log(3), 0.0], abs=1e-6)


def test_the_mean_of_logarithms_is_another_and_larger_reward():
    own, others = torch.tensor([0.5]).log(), torch.tensor([[0.5], [0.001]]).log()
    wrong = own - others.mean(0)
    assert wrong.item() > sampled_reward(own, others).item() + 1


def test_the_rewards_mean_over_samples_is_the_exact_one_on_a_table():
    rng, g = np.random.default_rng(0), generator()
    joint, q = rng.dirichlet(np.ones(12)).reshape(3, 2, 2), rng.dirichlet(np.ones(2), size=(3, 2))
    prior = np.array([0.5, 0.3, 0.2])
    n, samples = 200_000, 3
    z, s, t = np.unravel_index(rng.choice(12, size=n, p=joint.ravel()), joint.shape)
    drawn = torch.multinomial(torch.tensor(prior), samples * n, replacement=True, generator=g).reshape(samples, n).numpy()
    own, others = torch.tensor(LOG(q[z, s, t])), torch.tensor(LOG(q[drawn, s, t]))
    for term, exact in ((sampled_reward, sampled_objective), (capped_reward, capped_objective)):
        values = term(own, others)
        error = (values.std() / math.sqrt(n)).item()
        assert abs(values.mean().item() - exact(joint, q, prior, samples=samples, base=math.e)) < 4 * error


def test_rewards_refuse_shapes_that_do_not_belong_together():
    with pytest.raises(ValueError, match=r"`log_q_others` must have shape \(L, n\)"):
        sampled_reward(torch.zeros(3), torch.zeros(3))
    with pytest.raises(ValueError, match="`log_q` and `log_q_others` must have one shape"):
        capped_reward(torch.zeros(3), torch.zeros(2, 4))
    with pytest.raises(ValueError, match=r"`log_q_others` must have shape \(L, n\)"):
        sampled_reward(torch.zeros(3), torch.zeros(0, 3))


# Skills


def test_unknown_skills_are_refused():
    with pytest.raises(ValueError, match="`skill` must lie between 0 and 3; it is 4"):
        EvenSkills(4).rows(torch.tensor([4]))
    with pytest.raises(ValueError, match="`skill` must hold rows with one 1"):
        EvenSkills(2).checked(torch.tensor([[0.5, 0.5]]))
    with pytest.raises(ValueError, match="`skill` must have 4 columns"):
        EvenSkills(4).checked(torch.zeros(1, 3))
    with pytest.raises(ValueError, match=r"`skill` must lie in \[-1, 1\]; its largest magnitude is 1.5"):
        BoxSkills(2).checked(torch.tensor([[0.0, -1.5]]))
    with pytest.raises(ValueError, match="`skill` must be finite"):
        BoxSkills(1).checked(torch.tensor([[math.nan]]))
    with pytest.raises(ValueError, match="`skills`"):
        EvenSkills(1)
    with pytest.raises(ValueError, match="`width`"):
        BoxSkills(0)


def test_skills_are_drawn_evenly_and_all_of_them_are_all():
    drawn = EvenSkills(4).draw(40_000, generator=generator()).mean(0)
    assert (drawn - 0.25).abs().max() < 0.01
    assert EvenSkills(3).others(2, None, generator=generator())[:, 1].tolist() == np.eye(3).tolist()
    box = BoxSkills(2).others(1000, 5, generator=generator())
    assert box.shape == (5, 1000, 2)
    assert box.abs().max() <= 1 and abs(box.var().item() - 1 / 3) < 0.01


def test_a_box_has_no_list_of_all_its_skills():
    with pytest.raises(ValueError, match="`samples`"):
        learner(BoxSkills(2), samples=None)


# The model


def test_the_density_is_that_of_torch_over_the_change_in_usual_units():
    dynamics = SkillDynamics(2, 3, generator=generator())
    seen, skill = torch.randn(50, 2, generator=generator(1)), EvenSkills(3).draw(50, generator=generator(2))
    after = seen + 0.02 * torch.randn(50, 2, generator=generator(3)) + 0.01
    dynamics.watch(after - seen)
    shift, scale = dynamics.usual()
    torch.testing.assert_close(shift, (after - seen).mean(0))
    torch.testing.assert_close(scale, (after - seen).std(0, correction=0), rtol=1e-3, atol=1e-5)
    mean, log_std = dynamics(seen, skill)
    oracle = torch.distributions.Normal(mean, log_std.exp()).log_prob((after - seen - shift) / scale).sum(1)
    torch.testing.assert_close(dynamics.log_density(seen, skill, after), oracle)
    torch.testing.assert_close(dynamics.predict(seen, skill), seen + shift + scale * mean)


def test_the_spread_keeps_its_limits_and_can_be_fixed():
    x, z = 100 * torch.randn(500, 2, generator=generator(1)), torch.zeros(500, 3)
    std = SkillDynamics(2, 3, generator=generator(), spread=(0.2, 2.0))(x, z)[1].exp()
    assert 0.2 - 1e-6 <= std.min() < 0.5 and 1 < std.max() <= 2 + 1e-6
    fixed = SkillDynamics(2, 3, generator=generator(), spread=(1.0, 1.0))(x, z)[1]
    assert (fixed == 0).all()
    with pytest.raises(ValueError, match="`spread` must not fall"):
        SkillDynamics(2, 3, generator=generator(), spread=(2.0, 1.0))
    with pytest.raises(ValueError, match="`spread`"):
        SkillDynamics(2, 3, generator=generator(), spread=(0.0, 1.0))


def test_a_model_finds_the_law_of_its_steps():
    g = generator()
    prior = EvenSkills(2)
    skill, seen = prior.draw(4000, generator=g), torch.randn(4000, 1, generator=g)
    after = seen + 0.03 * (skill[:, :1] - skill[:, 1:]) + 0.01 * torch.randn(4000, 1, generator=g)
    dynamics = SkillDynamics(1, 2, generator=g, hidden=(16,))
    history = fit_dynamics(dynamics, seen, skill, after, steps=1500, batch_size=256, learning_rate=5e-3, generator=g)
    scale = dynamics.usual()[1].item()
    best = 0.5 * math.log(2 * math.pi * math.e) + math.log(0.01 / scale)  # the entropy of the noise in usual units
    assert np.mean(history[-200:]) == pytest.approx(best, abs=0.05)
    foretold = dynamics.predict(torch.zeros(2, 1), torch.eye(2))[:, 0]
    assert foretold.tolist() == pytest.approx([0.03, -0.03], abs=0.003)


def test_nan_in_what_is_observed_is_refused():
    x = torch.zeros(8, 2)
    bad = x.clone()
    bad[3, 1] = math.nan
    told = {"steps": 1, "batch_size": 8, "learning_rate": 1e-3, "generator": generator()}
    with pytest.raises(ValueError, match=r"must be finite; it is nan at index \(3, 1\)"):
        fit_dynamics(SkillDynamics(2, 1, generator=generator()), bad, x[:, :1], x, **told)
    one = learner()
    one.copies.step = lambda action: (bad[:4] * math.nan, torch.zeros(4, dtype=torch.bool), bad[:4])
    with pytest.raises(ValueError, match="`seen_next` must be finite"):
        one.episode()


def test_a_rate_that_is_too_large_is_said_to_diverge():
    x = torch.randn(64, 2, generator=generator())
    told = {"steps": 200, "batch_size": 64, "learning_rate": 1e5, "generator": generator()}
    with pytest.raises(DivergedError, match="`learning_rate` 100000"):
        fit_dynamics(SkillDynamics(2, 1, generator=generator()), x, x[:, :1], x * 3, **told)


# The learner


def test_the_policy_is_told_the_skill_and_the_reward_is_the_term_of_the_models_densities():
    one = learner()
    assert one.agent.policy.weights[0].shape[1] == 2 + 4
    seen, after = torch.zeros(3, 2), torch.full((3, 2), 0.01)
    skill = EvenSkills(4).rows(torch.tensor([0, 1, 3]))
    densities = torch.stack([one.dynamics.log_density(seen, EvenSkills(4).rows(torch.full((3,), k)), after) for k in range(4)])
    own = densities[torch.tensor([0, 1, 3]), torch.arange(3)]
    torch.testing.assert_close(one.paid(seen, skill, after), (own - densities.logsumexp(0) + math.log(4)).detach())


def test_no_reward_is_above_log_k_if_all_skills_are_compared():
    one = learner()
    for _ in range(5):
        one.episode()
    rows = one.memory.draw(100, generator=generator())
    assert one.paid(rows["seen"], rows["skill"], rows["seen_next"]).max() <= math.log(4) + 1e-5


@pytest.mark.parametrize("prior", [EvenSkills(4), BoxSkills(2)])
def test_a_run_goes_on_from_its_checkpoint_as_if_never_stopped(tmp_path, prior):
    samples = 3 if isinstance(prior, BoxSkills) else None
    whole, broken, again = (learner(prior, samples=samples, seed=seed) for seed in (0, 0, 9))
    expected = [whole.episode() for _ in range(4)]
    for _ in range(2):
        broken.episode()
    save_checkpoint(tmp_path / "a.pt", settings={"skills": 4}, **broken.parts())
    load_checkpoint(tmp_path / "a.pt", settings={"skills": 4}, **again.parts())
    assert [again.episode() for _ in range(2)] == expected[2:]
    assert again.episodes == 4


def test_a_checkpoint_of_other_sizes_or_settings_is_refused(tmp_path):
    save_checkpoint(tmp_path / "a.pt", settings={"skills": 4}, **learner().parts())
    with pytest.raises(ValueError, match="must be the network of the checkpoint"):
        load_checkpoint(tmp_path / "a.pt", settings={"skills": 4}, **learner(EvenSkills(5)).parts())
    with pytest.raises(ValueError, match="'skills' is 5, and 4 there"):
        load_checkpoint(tmp_path / "a.pt", settings={"skills": 5}, **learner().parts())


def test_what_an_episode_returns_before_learning_is_nothing():
    assert all(math.isnan(x) for x in learner(warm_up=1000).episode().values())


def test_two_skills_on_a_line_learn_to_part():
    g = generator()
    one = DynamicsLearner(
        Copies(navigation(horizon=20), 8, generator=g), EvenSkills(2), generator=g,
        hidden=(32, 32), learning_rate=3e-3, discount=0.9, temperature=0.02, warm_up=160, batch_size=128, capacity=2000, spread=(0.3, 3.0),
    )  # fmt: skip
    history = [one.episode()["reward"] for _ in range(25)]
    assert np.mean(history[-3:]) > 0.8 * math.log(2)


# What was recorded

RECORD = json.loads(experiment.RESULT.read_text(encoding="utf-8"))
CASES = experiment.cases()


def test_the_record_holds_every_case():
    assert set(RECORD["cases"]) == set(CASES)
    budget = {row["steps"] for name, row in RECORD["cases"].items() if not name.startswith("untrained")}
    assert budget == {experiment.COPIES * experiment.EPISODES * experiment.HORIZON}, "one budget for all"


@pytest.mark.parametrize("method", ["reverse", "forward", "forward, box"])
def test_the_first_episodes_are_those_recorded(method):
    _, history = experiment.learn(method, 0, episodes=4)
    expected = RECORD["cases"][f"{method}, seed 0"]["history"][:4]
    assert [x is None for x in history] == [x is None for x in expected]
    assert [x for x in history if x is not None] == pytest.approx([x for x in expected if x is not None], rel=0.02, abs=2e-3)


@pytest.mark.parametrize("method", ["reverse", "forward", "forward, box"])
def test_a_judgement_holds_what_was_recorded(method):
    learner, _ = experiment.learn(method, 0, episodes=0)
    row = experiment.judge(method, learner, 0, each=2, steps=5, goals=3)
    assert set(row) == set(RECORD["cases"][f"{method}, seed 0"]) - {"steps", "history"}
    assert set(row["plan"]) == set(RECORD["cases"][f"{method}, seed 0"]["plan"])
    assert abs(row["forward objective"]) < 0.2, "skills that have learnt nothing are all alike"


def test_no_reward_of_a_world_is_read():
    assert not [name for name in navigation().__dataclass_fields__ if "reward" in name]


def test_a_case_that_is_broken_off_goes_on_to_the_same_result(tmp_path, monkeypatch):
    monkeypatch.setattr(experiment, "HORIZON", 10)
    monkeypatch.setitem(experiment.COMMON, "hidden", (8, 8))
    whole = experiment.learn("forward", 0, episodes=14)[1]
    checkpoint, episode, calls = tmp_path / "c.pt", DynamicsLearner.episode, []

    def broken(self):
        calls.append(1)
        if len(calls) == 13:
            raise KeyboardInterrupt
        return episode(self)

    monkeypatch.setattr(DynamicsLearner, "episode", broken)
    with pytest.raises(KeyboardInterrupt):
        experiment.learn("forward", 0, episodes=14, checkpoint=checkpoint)
    assert experiment.learn("forward", 0, episodes=14, checkpoint=checkpoint)[1] == whole
    with pytest.raises(ValueError, match="'seed' is 1, and 0 there"):
        experiment.learn("forward", 1, episodes=14, checkpoint=checkpoint)


def test_a_record_that_is_broken_off_keeps_what_is_done(tmp_path, monkeypatch):
    path, done = tmp_path / "r.json", []

    def case(method, seed, path):
        done.append((method, seed))
        if len(done) == 3:
            raise KeyboardInterrupt
        return {"seed": seed}

    monkeypatch.setattr(experiment, "case", case)
    shown = io.StringIO()
    experiment.run(path, stream=shown)
    assert len(json.loads(path.read_text())["cases"]) == 2
    experiment.run(path, stream=shown)
    assert len(json.loads(path.read_text())["cases"]) == len(CASES)
    assert len(done) == len(CASES) + 1
