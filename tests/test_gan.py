"""The terms of the game beside torch's losses and a numerical conjugate, and the loop of two players."""

import math

import numpy as np
import pytest
import torch
from scipy import optimize
from torch.nn import functional

from lib import f_divergences, gan
from lib.training import DivergedError

LN2 = math.log(2)
NAMES = ("kl", "reverse-kl", "js")


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def logits(n, seed):
    return 3 * torch.randn(n, generator=seeded(seed), dtype=torch.float64)


def test_the_losses_by_hand():
    real, fake = torch.tensor([LN2]), torch.tensor([-math.log(3)])  # probabilities 2/3 and 1/4
    assert gan.value(real, fake).item() == pytest.approx(math.log(2 / 3) + math.log(3 / 4))
    assert gan.saturating_loss(fake).item() == pytest.approx(math.log(3 / 4))
    assert gan.non_saturating_loss(fake).item() == pytest.approx(-math.log(1 / 4))


def test_the_discriminators_loss_is_the_sum_of_two_cross_entropies_of_torch():
    real, fake = logits(7, 0), logits(11, 1)
    theirs = functional.binary_cross_entropy_with_logits(real, torch.ones_like(real))
    theirs = theirs + functional.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))
    torch.testing.assert_close(gan.discriminator_loss(real, fake), theirs, rtol=1e-14, atol=0)


def test_a_discriminator_that_is_sure_keeps_its_digits_and_its_gradient():
    v = torch.tensor([-100.0], dtype=torch.float64, requires_grad=True)
    assert gan.saturating_loss(v).item() == pytest.approx(-math.exp(-100), rel=1e-12)
    gan.non_saturating_loss(v).backward()
    assert v.grad.item() == pytest.approx(-1)
    v = torch.tensor([-100.0], dtype=torch.float64, requires_grad=True)
    gan.saturating_loss(v).backward()
    assert v.grad.item() == pytest.approx(-math.exp(-100), rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_activation_and_conjugate_are_those_of_the_librarys_generator(name):
    f = f_divergences.generator(name).f
    for v in (-2.0, -0.3, 0.0, 0.7, 2.5):
        t, h = math.exp(v), 1e-6 * math.exp(v)
        slope = (f(t + h) - f(t - h)) / (2 * h)
        output = gan.f_activation(torch.tensor([v], dtype=torch.float64), name).item()
        assert output == pytest.approx(slope, abs=1e-7)
        found = optimize.minimize_scalar(
            lambda u, T=output: f(math.exp(u)) - T * math.exp(u), bounds=(v - 5, v + 5), method="bounded", options={"xatol": 1e-10}
        )
        assert gan.f_conjugate(torch.tensor([v], dtype=torch.float64), name).item() == pytest.approx(-found.fun, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_the_bound_is_sharp_at_the_log_ratio_and_below_elsewhere(name):
    for seed in range(10):
        rng = np.random.default_rng(seed)
        p, g = rng.dirichlet(np.ones(5), size=2)
        exact = f_divergences.f_divergence(p, g, name, base=math.e)
        v = np.log(p / g)

        def bound(v, p=p, g=g):
            v = torch.tensor(v)
            return p @ gan.f_activation(v, name).numpy() - g @ gan.f_conjugate(v, name).numpy()

        assert bound(v) == pytest.approx(exact, rel=1e-12)
        assert bound(v + 0.5 * rng.standard_normal(5)) < exact


def test_the_bound_of_a_batch_is_the_difference_of_two_means():
    real, fake = logits(5, 2), logits(9, 3)
    assert gan.f_bound(real, fake, "kl").item() == pytest.approx(real.mean().item() - (fake.exp().mean().item() - 1), rel=1e-12)
    assert gan.f_bound(real, fake, "js").item() == pytest.approx(gan.value(real, fake).item() / 2 + LN2, rel=1e-12)


@pytest.mark.parametrize("name, exact", [("kl", "forward"), ("reverse-kl", "reverse")])
def test_the_generator_of_an_f_gan_descends_on_its_divergence(name, exact):
    rng = np.random.default_rng(0)
    p, z = torch.tensor(rng.dirichlet(np.ones(5))), torch.tensor(rng.standard_normal(5), requires_grad=True)
    g = torch.softmax(z, 0)
    v = (p / g).log().detach()
    (-(g * gan.f_conjugate(v, name)).sum()).backward()
    other = z.detach().clone().requires_grad_()
    q = torch.softmax(other, 0)
    divergence = (p * (p / q).log()).sum() if exact == "forward" else (q * (q / p).log()).sum()
    divergence.backward()
    torch.testing.assert_close(z.grad, other.grad, rtol=1e-12, atol=1e-14)


def test_a_network_is_drawn_from_the_generator_alone():
    first, again, other = (gan.network([3, 200, 2], generator=seeded(s)) for s in (0, 0, 1))
    torch.manual_seed(5)
    assert torch.equal(first[0].weight, again[0].weight)
    assert not torch.equal(first[0].weight, other[0].weight)
    assert first[0].weight.std().item() == pytest.approx(math.sqrt(2 / 3), rel=0.1)
    assert first[2].weight.std().item() == pytest.approx(math.sqrt(1 / 200), rel=0.1)
    assert all((layer.bias == 0).all() for layer in (first[0], first[2]))
    assert gan.network([1, 1], generator=seeded(), dtype=torch.float64)[0].weight.dtype is torch.float64


def game(objective="non-saturating", **changes):
    rng = seeded()
    nets = gan.network([1, 1], generator=rng), gan.network([1, 32, 1], generator=rng)
    data = 1 + torch.randn(512, 1, generator=rng)
    settings = {"steps": 20, "batch_size": 64, "learning_rates": (0.01, 0.01), "generator": rng, "objective": objective} | changes
    return *nets, gan.train_adversaries(*nets, data, lambda m: torch.randn(m, 1, generator=rng), **settings)


@pytest.mark.parametrize("objective", ["non-saturating", "saturating", *NAMES])
def test_each_game_brings_a_simple_generator_to_the_data(objective):
    net, _, history = game(objective, steps=800, learning_rates=(0.005, 0.01))
    assert len(history) == 800 and all(map(math.isfinite, history))
    assert net[0].bias.item() == pytest.approx(1, abs=0.25)


def test_a_game_from_the_same_seed_ends_the_same():
    first, _, history = game()
    again, _, repeated = game()
    assert history == repeated and torch.equal(first[0].weight, again[0].weight)


def test_the_discriminators_step_leaves_the_generator_alone_and_the_other_way_round():
    rng = seeded()
    net, critic = gan.network([1, 1], generator=rng), gan.network([1, 4, 1], generator=rng)
    before = [w.clone() for w in (*net.parameters(), *critic.parameters())]
    gan.train_adversaries(
        *(net, critic, torch.ones(8, 1), lambda m: torch.randn(m, 1, generator=rng)),
        steps=1, batch_size=8, learning_rates=(1e-12, 0.1), generator=rng,
    )
    after = [*net.parameters(), *critic.parameters()]
    torch.testing.assert_close(after[:2], before[:2], rtol=0, atol=1e-10)
    assert not torch.allclose(after[2], before[2])


def test_a_step_of_both_players_by_hand():
    # D(x) = sigmoid(w x), G(z) = b + a z; one step of Adam moves each parameter by the rate, against its gradient's sign.
    net, critic = gan.network([1, 1], generator=seeded()), gan.network([1, 1], generator=seeded())
    with torch.no_grad():
        net[0].weight.fill_(1.0), net[0].bias.fill_(0.0), critic[0].weight.fill_(0.1)
    gan.train_adversaries(
        *(net, critic, torch.full((4, 1), 3.0), lambda m: torch.ones(m, 1)),
        steps=1, batch_size=4, learning_rates=(0.01, 0.1), generator=seeded(),
    )
    assert critic[0].weight.item() == pytest.approx(0.2, abs=1e-4)  # real samples lie higher
    assert net[0].bias.item() == pytest.approx(0.01, abs=1e-4)  # so the generator goes up


def test_more_steps_of_the_discriminator_and_an_extra_loss_are_taken():
    asked = []
    _, _, history = game(steps=3, critic_steps=4, extra=lambda: asked.append(1) or torch.tensor(0.0))
    assert len(history) == 3 and len(asked) == 3


def test_an_extra_loss_moves_the_generator():
    rng = seeded()
    net, critic = gan.network([1, 1], generator=rng), gan.network([1, 4, 1], generator=rng)
    gan.train_adversaries(
        net, critic, torch.zeros(8, 1), lambda m: torch.randn(m, 1, generator=rng), steps=1500, batch_size=8, learning_rates=(0.02, 0.001),
        generator=rng, extra=lambda: 100 * ((net[0].bias - 7) ** 2).sum(),
    )  # fmt: skip
    assert net[0].bias.item() == pytest.approx(7, abs=0.1)


def test_a_callback_can_end_the_game_and_ctrl_c_keeps_the_players():
    assert len(game(callback=lambda step, value: step == 7)[2]) == 7

    def interrupt(step, value):
        raise KeyboardInterrupt

    assert len(game(callback=interrupt)[2]) == 1


def test_a_game_that_diverges_says_so():
    with pytest.raises(DivergedError, match=r"the loss of the (discriminator|generator) is .* at step .*: try smaller `learning_rates`"):
        game("kl", steps=2000, learning_rates=(5.0, 5.0))


NAN = torch.tensor([0.0, math.nan])


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: gan.value(NAN, torch.zeros(2)), ValueError, "`real_logits` must be finite; it is nan at index 1"),
        (lambda: gan.value(torch.zeros(2), NAN), ValueError, "`fake_logits` must be finite"),
        (lambda: gan.saturating_loss(torch.zeros(0)), ValueError, "`fake_logits` must not be empty"),
        (lambda: gan.non_saturating_loss([0.0]), TypeError, "`fake_logits` must be a torch tensor"),
        (lambda: gan.f_activation(torch.zeros(2), "hellinger"), ValueError, "`divergence` must be"),
        (lambda: gan.f_conjugate(torch.zeros(2), "kl-divergence"), ValueError, "`divergence` must be"),
        (lambda: gan.network([3], generator=seeded()), ValueError, "`sizes` must have at least two entries"),
        (lambda: gan.network([3, 0], generator=seeded()), ValueError, r"`sizes\[1\]`"),
        (lambda: game("wasserstein"), ValueError, "`objective` must be"),
        (lambda: game(learning_rates=(0.1, 0.0)), ValueError, r"`learning_rates\[1\]`"),
        (lambda: game(steps=0), ValueError, "`steps`"),
        (lambda: game(critic_steps=0), ValueError, "`critic_steps`"),
        (lambda: game(batch_size=513), ValueError, "`batch_size`"),
        (
            lambda: gan.train_adversaries(
                *game()[:2], torch.full((8, 1), math.nan), torch.ones, steps=1, batch_size=2, learning_rates=(1, 1), generator=seeded()
            ),
            ValueError,
            "`data` must be finite",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_its_name_and_the_rule(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_loss_is_a_mean_over_the_batch():
    fake = logits(6, 4)
    for loss in (gan.saturating_loss, gan.non_saturating_loss):
        torch.testing.assert_close(loss(torch.cat([fake, fake])), loss(fake), rtol=1e-14, atol=0)
        torch.testing.assert_close(loss(fake), torch.stack([loss(v) for v in fake]).mean(), rtol=1e-14, atol=0)


def test_what_the_discriminator_learns_from_carries_no_gradient_of_the_generator():
    class Watched(torch.nn.Linear):
        seen = ()

        def forward(self, z):
            self.seen = (*self.seen, torch.is_grad_enabled())
            return super().forward(z)

    net, critic = Watched(1, 1), gan.network([1, 4, 1], generator=seeded())
    settings = {"steps": 2, "batch_size": 4, "learning_rates": (0.1, 0.1), "generator": seeded(), "critic_steps": 2}
    gan.train_adversaries(net, critic, torch.ones(8, 1), lambda m: torch.ones(m, 1), **settings)
    assert net.seen == (False, False, True) * 2
