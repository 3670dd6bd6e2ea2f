"""The networks and their loop: distributions in full, gradients, what is learnt, and refusals."""

import itertools
import math

import pytest
import torch

from lib import training
from lib.pixel_likelihoods import beta_binomial_log_likelihood
from lib.vae import elbo, kl_to_standard_normal, reparameterise
from lib.vae_networks import VAE, fit_vae, train_loss

F64 = torch.float64


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def tiny(seed=0, **settings):
    settings = {"trials": 2, "encoder_hidden": (7,), "decoder_hidden": (7,)} | settings
    return VAE(3, 2, generator=generator(seed), **settings)


ALL = torch.tensor(list(itertools.product([0.0, 1.0, 2.0], repeat=3)), dtype=F64)


@pytest.mark.parametrize("settings", [{}, {"likelihood": "binomial"}, {"looks_back": 9}, {"looks_back": 9, "likelihood": "binomial"}])
def test_for_every_code_the_probabilities_of_all_images_sum_to_one(settings):
    model = tiny(**settings)
    for z in torch.randn(4, 2, generator=generator(1), dtype=F64):
        total = model.log_likelihood(ALL, z.expand(27, 2)).exp().sum()
        assert total.item() == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("likelihood", ["beta-binomial", "binomial"])
def test_the_table_the_means_and_the_samples_belong_to_the_likelihood(likelihood):
    model, z = tiny(likelihood=likelihood), torch.randn(1, 2, generator=generator(2), dtype=F64)
    table = model.log_probabilities(z)
    assert table.shape == (1, 3, 3)
    for image in ALL:
        each = sum(table[0, d, int(image[d])] for d in range(3))
        assert model.log_likelihood(image[None], z).item() == pytest.approx(each.item(), rel=1e-12)
    probabilities = model.log_likelihood(ALL, z.expand(27, 2)).exp()
    torch.testing.assert_close(model.means(z)[0], probabilities @ ALL)
    drawn = model.sample(z.expand(20_000, 2), generator=generator(3))
    assert set(drawn.unique().tolist()) <= {0.0, 1.0, 2.0}
    torch.testing.assert_close(drawn.mean(0), model.means(z)[0], atol=0.03, rtol=0)


def test_a_decoder_that_looks_back_never_looks_ahead():
    model = tiny(looks_back=20)
    x = torch.tensor([[1.0, 2.0, 0.0]], dtype=F64, requires_grad=True)
    z = torch.zeros(1, 2, dtype=F64)
    for parameters in model.decode(z, x=x):
        for pixel in range(3):
            (slope,) = torch.autograd.grad(parameters[0, pixel], x, retain_graph=True)
            assert (slope[0, pixel:] == 0).all()
            assert pixel == 0 or (slope[0, :pixel] != 0).all()


def test_the_loss_is_minus_the_bound_from_one_sample():
    model = tiny()
    mean, log_variance = model.encode(ALL)
    z = reparameterise(mean, log_variance, generator=generator(5))
    likelihood = beta_binomial_log_likelihood(ALL, *model.decode(z), trials=2)
    kl = kl_to_standard_normal(mean, log_variance)
    for beta in (1.0, 3.0):
        expected = -elbo(likelihood, kl.sum(1), beta=beta).mean()
        torch.testing.assert_close(train_loss(model, ALL, generator=generator(5), beta=beta), expected)
    floored = -likelihood.mean() + 2 * kl.mean(0).clamp(min=0.7).sum()
    torch.testing.assert_close(train_loss(model, ALL, generator=generator(5), beta=2.0, floor=0.7), floored)


def test_the_first_weights_come_from_the_generator_and_no_global_one():
    state = torch.get_rng_state()
    one, same, other = tiny(0), tiny(0), tiny(1)
    assert torch.equal(torch.get_rng_state(), state)
    pairs = zip(one.parameters(), same.parameters(), other.parameters())
    for a, b, c in pairs:
        assert torch.equal(a, b) and not torch.equal(a, c)
        assert a.dtype is F64


def two_kinds():
    """Images that are black or white as a whole."""
    return torch.tensor([[0.0] * 3, [2.0] * 3] * 20, dtype=F64)


def test_training_finds_the_one_bit_that_there_is():
    model, chance = tiny(0), generator(0)
    history = fit_vae(model, two_kinds(), steps=600, batch_size=20, learning_rate=0.02, generator=chance)
    assert len(history) == 600
    assert history[0] > 3
    # ln 2 is the entropy of the data: no bound on the log-likelihood gets below it on average.
    assert math.log(2) - 0.05 < sum(history[-100:]) / 100 < math.log(2) + 0.5


def test_the_same_seed_trains_the_same_and_the_average_is_what_stays():
    def run(averaging):
        model, seen = tiny(0), []
        settings = {"steps": 5, "batch_size": 20, "learning_rate": 0.1, "generator": generator(1), "averaging": averaging}
        fit_vae(model, two_kinds(), **settings, callback=lambda step, value: seen.append(model.encoder[0].bias.detach().clone()))
        return model.encoder[0].bias.detach(), seen

    plain, seen = run(0.0)
    torch.testing.assert_close(plain, seen[-1])
    averaged, again = run(0.5)
    assert all(torch.equal(a, b) for a, b in zip(seen, again))
    expected = tiny(0).encoder[0].bias.detach()
    for weight in seen:
        expected = (expected + weight) / 2
    torch.testing.assert_close(averaged, expected)


def test_a_warm_up_is_asked_for_each_step():
    asked = []
    fit_vae(tiny(), two_kinds(), steps=4, batch_size=10, generator=generator(), beta=lambda step: asked.append(step) or 1.0)
    assert asked == [1, 2, 3, 4]


def test_a_callback_may_end_the_training():
    history = fit_vae(tiny(), two_kinds(), steps=50, batch_size=10, generator=generator(), callback=lambda step, value: step == 3)
    assert len(history) == 3


def test_a_conditional_model_hears_its_labels():
    model = tiny(classes=2)
    labels = torch.tensor([0, 1] * 20)
    fit_vae(model, two_kinds(), labels=labels, steps=400, batch_size=20, learning_rate=0.02, generator=generator(1))
    means = model.means(torch.zeros(2, 2, dtype=F64), torch.tensor([0, 1]))
    assert (means[0] < 0.2).all() and (means[1] > 1.8).all()
    several = torch.randn(5, 2, 2, generator=generator(2), dtype=F64)
    assert model.log_probabilities(several, torch.tensor([0, 1])).shape == (5, 2, 3, 3)


def test_networks_and_generator_go_through_a_checkpoint_and_back(tmp_path):
    here, there = tiny(0), tiny(1)
    training.save_checkpoint(tmp_path / "a.pt", settings={"latents": 2}, model=here)
    training.load_checkpoint(tmp_path / "a.pt", settings={"latents": 2}, model=there)
    assert all(torch.equal(a, b) for a, b in zip(here.parameters(), there.parameters()))
    wider = VAE(3, 3, generator=generator(), trials=2, encoder_hidden=(7,), decoder_hidden=(7,))
    with pytest.raises(ValueError, match=r"`model` must be the network of the checkpoint; 'decoder\.0\.weight'"):
        training.load_checkpoint(tmp_path / "a.pt", settings={"latents": 2}, model=wider)


# Errors


def test_a_learning_rate_that_diverges_is_said_to():
    with pytest.raises((training.DivergedError, ValueError), match=r"diverged|must be finite"):
        fit_vae(tiny(), two_kinds(), steps=300, batch_size=20, learning_rate=300.0, generator=generator())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: tiny(likelihood="gaussian"), "`likelihood` must be one of"),
        (lambda: VAE(0, 2, generator=generator()), "`pixels`"),
        (lambda: tiny().encode(torch.zeros(2, 4, dtype=F64)), "`x` must have 3 columns"),
        (lambda: tiny().encode(torch.full((2, 3), math.nan, dtype=F64)), "`x` must be finite; it is nan"),
        (lambda: tiny().decode(torch.zeros(2, 3, dtype=F64)), "`z` must have 2 columns"),
        (
            lambda: tiny().encode(ALL, torch.zeros(27, dtype=torch.int64)),
            "`labels` must be given exactly if the model has classes; it has 0",
        ),
        (lambda: tiny(classes=2).encode(ALL), "`labels` must be given exactly if the model has classes; it has 2"),
        (lambda: tiny(classes=2).encode(ALL, torch.zeros(5, dtype=torch.int64)), "`labels` must have one label for each of the 27 rows"),
        (lambda: tiny(classes=2).encode(ALL[:1], torch.tensor([2])), "`labels` must lie from 0 to 1"),
        (lambda: tiny(looks_back=4).decode(torch.zeros(1, 2, dtype=F64)), "`x` must be given"),
        (lambda: train_loss(tiny(), ALL + 0.5, generator=generator()), "`x` must hold whole numbers from 0 to 2"),
        (lambda: fit_vae(tiny(), ALL, steps=1, batch_size=2, generator=generator(), averaging=1.0), "`averaging`"),
        (lambda: fit_vae(tiny(), ALL * math.nan, steps=1, batch_size=2, generator=generator()), r"`data\[0\]` must be finite"),
        (lambda: fit_vae(tiny(), ALL, steps=1, batch_size=100, generator=generator()), "`batch_size`"),
    ],
)
def test_what_can_not_be_meant_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
