"""Soft actor-critic: its terms against torch.distributions and by hand, and a problem with a known answer."""

import math

import pytest
import torch
from torch.distributions import Normal, TransformedDistribution
from torch.distributions.transforms import TanhTransform

from lib import soft_actor_critic as sac


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(shape, generator=generator(seed), dtype=dtype)


def test_a_squashed_gaussian_has_the_density_that_torch_gives_it():
    mean, log_std, noise = normal(50, 3), normal(50, 3, seed=1), normal(50, 3, seed=2)
    action, log_density = sac.squashed_gaussian(mean, log_std, noise)
    u = mean + log_std.exp() * noise
    expected = Normal(mean, log_std.exp()).log_prob(u) - TanhTransform().log_abs_det_jacobian(u, torch.tanh(u))
    assert torch.allclose(log_density, expected.sum(-1), atol=1e-10)
    inside = (action.abs() < 0.999).all(-1)
    oracle = TransformedDistribution(Normal(mean[inside], log_std[inside].exp()), [TanhTransform()])
    assert torch.allclose(log_density[inside], oracle.log_prob(action[inside]).sum(-1), atol=1e-6)
    assert inside.sum() > 10


def test_its_density_integrates_to_one():
    mean, log_std = torch.tensor([[0.3]], dtype=torch.float64), torch.tensor([[-0.4]], dtype=torch.float64)
    noise = torch.linspace(-12, 12, 200_001, dtype=torch.float64)[:, None]
    action, log_density = sac.squashed_gaussian(mean.expand_as(noise), log_std.expand_as(noise), noise)
    assert torch.trapezoid(log_density.exp(), action[:, 0]).item() == pytest.approx(1, abs=1e-6)


def test_a_saturated_action_has_a_finite_density_and_gradient():
    mean = torch.tensor([[30.0]], requires_grad=True)
    action, log_density = sac.squashed_gaussian(mean, torch.zeros(1, 1), torch.zeros(1, 1))
    log_density.sum().backward()
    assert action.item() == 1.0
    assert log_density.item() == pytest.approx(-0.5 * math.log(2 * math.pi) - 2 * (math.log(2) - 30), abs=1e-3)
    assert mean.grad.item() == pytest.approx(2, abs=1e-4)


def test_the_target_by_hand_takes_the_smaller_critic_and_the_price_of_certainty():
    target = sac.soft_target(
        torch.tensor([1.0, 1.0]),
        torch.tensor([False, False]),
        torch.tensor([[2.0, 5.0], [3.0, 4.0]]),
        torch.tensor([-1.0, 2.0]),
        discount=0.5,
        temperature=0.1,
    )
    assert target.tolist() == pytest.approx([1 + 0.5 * (2 + 0.1), 1 + 0.5 * (4 - 0.2)])


def test_after_a_true_end_nothing_comes():
    target = sac.soft_target(torch.ones(1), torch.tensor([True]), torch.full((2, 1), 9.0), torch.ones(1), discount=0.9, temperature=1.0)
    assert target.item() == 1


def test_no_gradient_flows_into_the_target():
    target = torch.ones(3, requires_grad=True)
    values = torch.zeros(2, 3, requires_grad=True)
    loss = sac.value_loss(values, target)
    loss.backward()
    assert loss.item() == 2
    assert target.grad is None
    assert torch.allclose(values.grad, torch.full((2, 3), -2 / 3))


def test_the_policy_loss_is_a_reverse_kl_up_to_a_constant():
    """On a grid of actions: E[t log pi - Q] = t KL(pi || exp(Q/t)/Z) - t log Z."""
    t = 0.3
    q = normal(7)
    pi = torch.softmax(normal(7, seed=1), 0)
    target = torch.softmax(q / t, 0)
    kl = (pi * (pi / target).log()).sum()
    loss = sum(pi[i] * sac.policy_loss(q[i].expand(2, 1), pi[i].log()[None], temperature=t) for i in range(7))
    assert loss.item() == pytest.approx((t * kl - t * torch.logsumexp(q / t, 0)).item(), abs=1e-12)


def test_perceptrons_side_by_side_answer_as_they_would_alone():
    nets = sac.Perceptrons((4, 8, 6, 2), copies=3, generator=generator())
    x = torch.randn(5, 4, generator=generator(1))
    for copy, answer in enumerate(nets(x)):
        y = x
        for i in range(3):
            y = y @ nets.weights[i][copy] + nets.biases[i][copy]
            y = torch.relu(y) if i < 2 else y
        assert torch.allclose(answer, y, atol=1e-6)
    assert not torch.allclose(nets(x)[0], nets(x)[1])


def test_the_memory_keeps_the_last_and_overwrites_the_oldest():
    memory = sac.Memory(5, x=0)
    for i in range(4):
        memory.add(x=torch.tensor([2.0 * i, 2.0 * i + 1]))
    assert sorted(memory.columns["x"].tolist()) == [3, 4, 5, 6, 7]
    assert len(memory) == 5
    drawn = memory.draw(500, generator=generator())["x"]
    assert set(drawn.tolist()) == {3, 4, 5, 6, 7}
    recent = memory.draw(500, generator=generator(), recent=2)["x"]
    assert set(recent.tolist()) == {6, 7}


def test_the_memory_refuses_nan_and_an_early_draw():
    memory = sac.Memory(5, x=0)
    with pytest.raises(ValueError, match="`memory` must hold a transition"):
        memory.draw(1, generator=generator())
    with pytest.raises(ValueError, match="`x` must be finite; it is nan at index 1"):
        memory.add(x=torch.tensor([0.0, torch.nan]))
    assert len(memory) == 0


def test_shapes_that_do_not_belong_together_are_refused():
    one, two = torch.ones(1), torch.ones(2)
    with pytest.raises(ValueError, match="`mean` and `log_std` and `noise`"):
        sac.squashed_gaussian(one, two, one)
    with pytest.raises(ValueError, match="`reward` and `terminated`"):
        sac.soft_target(one, two.bool(), torch.ones(2, 1), one, discount=0.9, temperature=0.1)
    with pytest.raises(ValueError, match="`values` and `target`"):
        sac.value_loss(torch.ones(2, 1), two)
    with pytest.raises(ValueError, match="`values` and `log_density`"):
        sac.policy_loss(torch.ones(2, 1), two, temperature=0.1)


def test_an_unknown_setting_is_refused():
    with pytest.raises(TypeError, match="gamma"):
        sac.Agent(2, 1, generator=generator(), gamma=0.9)


def bandit(agent, steps, *, ended):
    """Train where each action a ends the episode or leads back to the same state, with reward -(a - 0.4)^2."""
    seen = torch.zeros(64, 1)
    for _ in range(steps):
        action = 2 * torch.rand(64, 1, generator=agent.generator) - 1
        reward = -((action[:, 0] - 0.4) ** 2)
        agent.update(seen, action, reward, seen, torch.full((64,), ended))


def test_the_agent_finds_the_soft_optimum_of_a_problem_that_is_solved_by_hand():
    """One state, one step: the best policy is exp(-(a - 0.4)^2 / t) on [-1, 1], up to the squashed Gaussian's shape."""
    agent = sac.Agent(1, 1, generator=generator(), hidden=(32, 32), learning_rate=3e-3, temperature=0.02)
    bandit(agent, 800, ended=True)
    with torch.no_grad():
        action, _ = agent.sample(torch.zeros(20_000, 1))
    grid = torch.linspace(-1, 1, 2001)
    density = torch.softmax(-((grid - 0.4) ** 2) / 0.02, 0)
    mean = (density * grid).sum()
    spread = (density * (grid - mean) ** 2).sum().sqrt()
    assert action.mean().item() == pytest.approx(mean.item(), abs=0.03)
    assert action.std().item() == pytest.approx(spread.item(), rel=0.15)


def test_the_slow_critics_follow_by_the_share_they_are_told():
    agent = sac.Agent(1, 1, generator=generator(), hidden=(8,), polyak=0.1)
    before = [p.clone() for p in agent.slow.parameters()]
    x = torch.randn(16, 1, generator=generator(1))
    agent.update(x, torch.tanh(x), x[:, 0], x, torch.zeros(16, dtype=torch.bool))
    for old, slow, fast in zip(before, agent.slow.parameters(), agent.critics.parameters(), strict=True):
        assert torch.allclose(slow, 0.9 * old + 0.1 * fast, atol=1e-7)
    assert not torch.equal(before[0], agent.critics.weights[0]), "the critics have moved"


def test_values_add_up_over_time_only_where_the_world_goes_on():
    settings = {"hidden": (32, 32), "learning_rate": 3e-3, "temperature": 0.02, "discount": 0.5, "polyak": 0.05}
    ends, goes_on = (sac.Agent(1, 1, generator=generator(), **settings) for _ in range(2))
    bandit(ends, 500, ended=True)
    bandit(goes_on, 500, ended=False)
    far = torch.full((1, 1), -0.8)
    value = [agent.values(agent.critics, torch.zeros(1, 1), far).mean().item() for agent in (ends, goes_on)]
    assert value[0] == pytest.approx(-1.44, abs=0.1)
    with torch.no_grad():
        fresh, log_density = goes_on.sample(torch.zeros(5000, 1))
    soft_reward = (-((fresh[:, 0] - 0.4) ** 2) - 0.02 * log_density).mean().item()
    soft_value = soft_reward / (1 - 0.5)
    assert value[1] == pytest.approx(-1.44 + 0.5 * soft_value, abs=0.1)
