"""Skills in the plane judged with the true density of their steps."""

import math

import numpy as np
import pytest
import torch

from lib.control import navigation
from lib.skill_evaluation import cells_visited, forward_objective, policy_gaussian, step_log_density, walk
from lib.soft_actor_critic import Agent

D = torch.float64


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def told(seen, skill):
    return torch.cat([seen, skill.float()], dim=1)


def spoilt(seen, skill):
    return told(seen, skill) * math.nan


def agent():
    one = Agent(2 + 3, 2, generator=generator(), hidden=(16,))
    with torch.no_grad():
        for weight in one.policy.weights:
            weight.mul_(3)  # skills that differ
    return one


@pytest.mark.parametrize("place", [0.5, 0.995, 1.0, 0.01])
def test_density_and_masses_at_the_walls_add_up_to_one(place):
    u = torch.linspace(-12, 12, 200_001, dtype=D)[:, None]
    here = torch.full_like(u, place)
    mean, log_std = torch.full_like(u, 0.4), torch.full_like(u, -0.2)
    density = step_log_density(u, here, mean, log_std, stride=0.02).exp()
    after = here[:, 0] + 0.02 * torch.tanh(u[:, 0])
    inside = (after < 1) & (after > 0)
    total = np.trapezoid(torch.where(inside, density, 0.0).numpy(), u[:, 0].numpy())
    for beyond in (after >= 1, after <= 0):
        if beyond.any():
            assert density[beyond].std() < 1e-12, "one mass for all that end there"
            total += density[beyond][0].item()
    assert total == pytest.approx(1, abs=2e-4)


def test_far_from_the_walls_it_is_the_gaussian():
    u, mean, log_std = (torch.randn(7, 2, dtype=D, generator=generator(i)) for i in range(3))
    oracle = torch.distributions.Normal(mean, log_std.exp()).log_prob(u).sum(1)
    torch.testing.assert_close(step_log_density(u, torch.full_like(u, 0.5), mean, log_std, stride=0.02), oracle)


def test_a_walk_is_what_the_agent_does():
    one = agent()
    skill = torch.eye(3).repeat_interleave(4, dim=0)
    place, u = walk(navigation(horizon=8), one, told, skill, generator=generator(1))
    assert (place[0] == 0.5).all()
    torch.testing.assert_close(place[1:], (place[:-1] + 0.02 * torch.tanh(u)).clamp(0, 1))
    mean, log_std = policy_gaussian(one, told(2 * place[0].float() - 1, skill))
    noise = (u[0] - mean) / log_std.double().exp()
    action, _ = one.sample(told(2 * place[0].float() - 1, skill))
    assert noise.std() < 2
    assert action.shape == (12, 2)


def test_the_agents_own_density_is_found_again():
    one, x = agent(), torch.randn(5, 5, generator=generator(4))
    mean, log_std = policy_gaussian(one, x)
    state = one.generator.get_state()
    action, log_density = one.sample(x)
    one.generator.set_state(state)
    noise = torch.randn(mean.shape, generator=one.generator)
    torch.testing.assert_close(torch.tanh(mean + log_std.exp() * noise), action)
    gaussian = step_log_density(mean + log_std.exp() * noise, torch.full_like(mean, 0.5), mean, log_std, stride=0.02)
    slope = torch.log(1 - action**2).sum(1)
    torch.testing.assert_close(gaussian - slope, log_density, rtol=1e-3, atol=1e-3)


def test_the_objective_with_all_skills_is_a_mean_of_logarithms_by_hand():
    one, skills = agent(), torch.eye(3)
    skill = skills.repeat_interleave(5, dim=0)
    place, u = walk(navigation(horizon=4), one, told, skill, generator=generator(1))
    ours = forward_objective(one, told, place, u, skill, skills, stride=0.02)
    assert ours.shape == (4, 15)
    assert ours.max() <= math.log(3) + 1e-9
    seen = (2 * place[2] - 1).float()
    log_p = []
    for z in skills:
        mean, log_std = policy_gaussian(one, told(seen, z.expand(15, 3)))
        log_p.append(torch.distributions.Normal(mean.double(), log_std.double().exp()).log_prob(u[2]).sum(1))
    log_p = torch.stack(log_p)
    own = log_p[skill.argmax(1), torch.arange(15)]
    torch.testing.assert_close(ours[2], own - log_p.logsumexp(0) + math.log(3))


def test_weights_that_name_the_skill_leave_nothing_to_tell():
    one, skills = agent(), torch.eye(3)
    skill = skills.repeat_interleave(5, dim=0)
    place, u = walk(navigation(horizon=4), one, told, skill, generator=generator(1))
    sure = torch.where(skill.T[:, None].expand(3, 4, 15) > 0, 0.0, -math.inf).double()
    ours = forward_objective(one, told, place, u, skill, skills, stride=0.02, log_weights=sure)
    assert ours.abs().max() < 1e-12


def test_a_blind_policy_tells_nothing():
    one = Agent(2, 2, generator=generator())
    place, u = walk(navigation(horizon=4), one, lambda seen, skill: seen, torch.eye(3), generator=generator(1))
    ours = forward_objective(one, lambda seen, skill: seen, place, u, torch.eye(3), torch.eye(3), stride=0.02)
    assert ours.abs().max() < 1e-9


def test_cells_by_hand():
    assert cells_visited(torch.tensor([[-1.0, -1.0], [1.0, 1.0]])) == 0.02
    assert cells_visited(torch.rand((5000, 2), generator=generator()) * 2 - 1) == 1.0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cells_visited(torch.tensor([[0.0, 1.5]])), r"`seen` must lie in \[-1, 1\]; its largest magnitude is 1.5"),
        (lambda: cells_visited(torch.tensor([[0.0, math.nan]])), "`seen` must be finite"),
        (lambda: cells_visited(torch.zeros(1, 2), cells=0), "`cells`"),
        (lambda: policy_gaussian(agent(), torch.full((1, 5), math.nan)), "`told` must be finite"),
        (lambda: walk(navigation(), agent(), spoilt, torch.eye(3), generator=generator()), "`told` must be finite"),
        (lambda: step_log_density(*[torch.zeros(1, 1)] * 4, stride=0), "`stride`"),
        (lambda: step_log_density(torch.full((1, 1), math.nan), *[torch.zeros(1, 1)] * 3, stride=1), "`u` must be finite"),
        (
            lambda: forward_objective(agent(), told, *[torch.zeros(3, 1, 2, dtype=D)] * 2, torch.eye(3)[:1], torch.eye(3), stride=1),
            "`before` and `u` must have one shape",
        ),
    ],
)
def test_bad_arguments_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
