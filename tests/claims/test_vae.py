"""The claims about the VAE, shown by routes of their own."""

import itertools
import math

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from lib import data, vae
from lib.gaussian import gaussian_entropy, gaussian_kl
from lib.linear_vae import LinearVAE, fit_linear_vae, linear_log_likelihood, linear_terms
from lib.pixel_likelihoods import gaussian_log_likelihood
from lib.ppca import fit_ppca, ppca_log_likelihood
from lib.training import train
from lib.vae_evaluation import latent_grid
from lib.vae_networks import VAE, fit_vae

F64 = torch.float64
NATS = {"base": math.e}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def sigma_points(mean, covariance):
    """Return points whose mean and covariance are those given: means of quadratics over them are those of a Gaussian."""
    root = math.sqrt(len(mean)) * np.linalg.cholesky(covariance).T
    return torch.tensor(np.vstack([mean + root, mean - root]))


def divergence(model, mean, covariance):
    weights, noise = model.weights.detach().numpy(), math.exp(model.log_noise.item())
    return gaussian_kl(mean, covariance, model.mean.detach().numpy(), weights @ weights.T + noise * np.eye(len(mean)), **NATS)


def loss_of(model, x, beta=1.0):
    return -vae.elbo(*linear_terms(model, x), beta=beta).mean()


def rows():
    x = data.digits()[0].sum(axis=2) / 16
    return x.mean(0), np.cov(x.T, ddof=0)


def test_s3_22_holds_both_parts_are_distributions():
    model = VAE(3, 1, generator=generator(), trials=3)
    images = torch.tensor(list(itertools.product([0.0, 1.0, 2.0, 3.0], repeat=3)), dtype=F64)
    with torch.no_grad():
        for z in (-2.0, 0.3, 5.0):
            assert model.log_likelihood(images, torch.full((64, 1), z, dtype=F64)).exp().sum().item() == pytest.approx(1, rel=1e-12)
        line = torch.linspace(-30, 30, 60_001, dtype=F64)[:, None]
        for mean, log_variance in zip(*model.encode(images[:5])):
            density = vae.gaussian_log_density(line, mean, log_variance).exp()
            assert (density.sum() * 0.001).item() == pytest.approx(1, rel=1e-9)


def test_s1_23_holds_the_closed_form_is_the_mean_log_ratio():
    mean, log_variance = torch.tensor([[0.7, -1.2]], dtype=F64), torch.tensor([[-0.5, 0.4]], dtype=F64)
    n = 400_000
    z = mean + (log_variance / 2).exp() * torch.randn(n, 2, generator=generator(1), dtype=F64)
    q = torch.distributions.Normal(mean, (log_variance / 2).exp())
    terms = (q.log_prob(z) - torch.distributions.Normal(0.0, 1.0).log_prob(z)).sum(1)
    assert abs(terms.mean() - vae.kl_to_standard_normal(mean, log_variance).sum()) < 4 * terms.std() / n**0.5


def test_s3_23_holds_one_scalar_gives_both_gradients():
    x = torch.tensor(data.digit_split(rng=np.random.default_rng(0))[2][0][:50], dtype=F64)
    model = VAE(64, 3, generator=generator())
    parts = {"encoder": list(model.encoder.parameters()), "decoder": list(model.decoder.parameters())}
    mean, log_variance = model.encode(x)
    z = vae.reparameterise(mean, log_variance, generator=generator(1))
    likelihood, kl = model.log_likelihood(x, z), vae.kl_to_standard_normal(mean, log_variance).sum(1)

    def gradient(value, part):
        found = torch.autograd.grad(value.mean(), parts[part], retain_graph=True, allow_unused=True)
        return [torch.zeros_like(p) if g is None else g for p, g in zip(parts[part], found)]

    whole = vae.elbo(likelihood, kl)
    for a, b, c in zip(gradient(whole, "decoder"), gradient(likelihood, "decoder"), gradient(kl, "decoder")):
        assert torch.equal(a, b)
        assert (c == 0).all()
    for a, b, c in zip(gradient(whole, "encoder"), gradient(likelihood, "encoder"), gradient(kl, "encoder")):
        torch.testing.assert_close(a, b - c, rtol=1e-9, atol=1e-9)
        assert not torch.allclose(a, b)


def test_s3_23_fails_as_a_bound_with_a_squared_error_on_any_scale():
    # Minus (squared error times a factor, plus KL) is no lower bound on ln p(x) but for the factor and constant of a likelihood.
    x = torch.tensor(np.random.default_rng(0).standard_normal((50, 3)))
    model = LinearVAE(3, 1, generator=generator(), mean=x.mean(0))
    fit_linear_vae(model, x, iterations=200)
    with torch.no_grad():
        likelihood, kl = linear_terms(model, x)
        squares = -2 * model.log_noise.exp() * (likelihood + 3 / 2 * math.log(2 * math.pi) + 3 / 2 * model.log_noise)
        exact = linear_log_likelihood(model, x).mean().item()
        right = -(squares / (2 * model.log_noise.exp()) + 3 / 2 * (math.log(2 * math.pi) + model.log_noise)) - kl
        assert right.mean().item() == pytest.approx(exact, abs=1e-4)
        averaged = -squares / 3 - kl
        assert averaged.mean() > exact + 1


def test_s4_12_holds_the_loss_less_the_entropy_bounds_the_divergence_and_leads_to_its_least_value():
    mean, covariance = rows()
    x, entropy = sigma_points(mean, covariance), gaussian_entropy(covariance, **NATS)
    model, path = LinearVAE(8, 2, generator=generator(3), mean=torch.tensor(mean)), []

    def note(step, value):
        path.append((loss_of(model, x).item() - entropy, divergence(model, mean, covariance)))

    settings = {"steps": 800, "batch_size": 16, "learning_rate": 0.02, "generator": generator()}
    train(lambda x: loss_of(model, x), model.parameters(), (x,), callback=note, **settings)
    bound, exact = np.array(path).T
    assert (bound >= exact - 1e-9).all()
    best = fit_ppca(x.numpy(), 2)
    least = gaussian_kl(mean, covariance, best.mean, best.weights @ best.weights.T + best.variance * np.eye(8), **NATS)
    assert exact.min() >= least - 1e-9
    assert bound[-1] == pytest.approx(least, abs=1e-4)
    assert exact[0] > 1.5 * least


def test_s4_12_fails_with_an_encoder_that_can_not_follow():
    mean, covariance = rows()
    x = sigma_points(mean, covariance)
    best = fit_ppca(x.numpy(), 2)
    # While it learns: from the best decoder, the loss falls and the divergence rises.
    model = LinearVAE(8, 2, generator=generator(), mean=torch.tensor(mean))
    with torch.no_grad():
        model.weights.copy_(torch.tensor(best.weights))
        model.log_noise.fill_(math.log(best.variance))
    before = loss_of(model, x).item(), divergence(model, mean, covariance)
    settings = {"steps": 20, "batch_size": 16, "learning_rate": 0.02, "generator": generator()}
    train(lambda x: loss_of(model, x), model.parameters(), (x,), **settings)
    assert loss_of(model, x).item() < before[0] - 1
    assert divergence(model, mean, covariance) > before[1] + 0.2
    # For good: an encoder whose variances are fixed moves the optimum itself.
    model.log_variance.requires_grad_(False).zero_()
    fit_linear_vae(model, x, iterations=500)
    assert divergence(model, mean, covariance) > before[1] + 0.1


def test_s3_21_holds_with_one_fixed_variance():
    rng = np.random.default_rng(1)
    x, first, second = torch.tensor(rng.standard_normal((3, 20, 5)))
    for variance in (0.1, 2.0):
        fixed = torch.full((20, 5), math.log(variance), dtype=F64)
        likelihood = [gaussian_log_likelihood(x, mean, fixed) for mean in (first, second)]
        squares = [((x - mean) ** 2).sum(1) for mean in (first, second)]
        torch.testing.assert_close(likelihood[0] - likelihood[1], -(squares[0] - squares[1]) / (2 * variance))


def test_s3_21_fails_with_variances_of_their_own():
    # One number c for two pixels: the squared error takes their mean, the likelihood weighs them.
    x, log_variance = torch.tensor([[0.0, 4.0]], dtype=F64), torch.tensor([[0.0, math.log(9.0)]], dtype=F64)
    line = torch.linspace(0, 4, 4001, dtype=F64)[:, None].expand(4001, 2)
    many = x.expand(4001, 2)
    by_squares = line[((many - line) ** 2).sum(1).argmin(), 0].item()
    by_likelihood = line[gaussian_log_likelihood(many, line, log_variance.expand(4001, 2)).argmax(), 0].item()
    assert by_squares == pytest.approx(2, abs=1e-3)
    assert by_likelihood == pytest.approx(0.4, abs=1e-3)  # (0/1 + 4/9) / (1/1 + 1/9)


def test_s3_21_fails_as_compression_one_real_number_holds_a_whole_image():
    image = data.digits()[0][7].ravel()
    code = sum(int(level) * 17**i for i, level in enumerate(image))  # an exact real number
    restored, rest = [], code
    for _ in range(64):
        rest, level = divmod(rest, 17)
        restored.append(level)
    assert restored == image.tolist()


def test_s0_20_counterexample_the_best_bound_is_short_of_the_best_likelihood():
    x = torch.tensor(np.random.default_rng(2).multivariate_normal(np.zeros(3), [[2, 1, 0], [1, 2, 1], [0, 1, 2]], 200))
    model = LinearVAE(3, 1, generator=generator(), mean=x.mean(0))
    model.log_variance.requires_grad_(False).fill_(1.0)  # a family that lacks the posterior
    fit_linear_vae(model, x, iterations=300)
    best = ppca_log_likelihood(x.numpy(), fit_ppca(x.numpy(), 1)).mean()
    bound, reached = -loss_of(model, x).item(), linear_log_likelihood(model, x).mean().item()
    assert bound < reached - 0.05
    assert reached < best - 0.05
    # and for a deep one the gap is there by quadrature
    images = torch.tensor([[0.0, 2.0], [2.0, 0.0], [2.0, 2.0], [0.0, 0.0]] * 10, dtype=F64)
    deep, chance = VAE(2, 1, generator=generator(4), trials=2), generator(4)
    fit_vae(deep, images, steps=300, batch_size=40, learning_rate=0.01, generator=chance)
    points, log_joint = latent_grid(deep, images[:4], spacing=0.02, reach=8.0)
    exact = torch.logsumexp(log_joint, 0)
    with torch.no_grad():
        log_q = vae.gaussian_log_density(points[:, None], *deep.encode(images[:4])) + math.log(0.02)
    gap = (log_q.exp() * (log_q - (log_joint - exact))).sum(0)
    assert (gap > 0.005).all()


def test_s0_20_counterexample_the_optimum_may_leave_the_code_empty():
    x = torch.tensor(data.digits()[0].reshape(-1, 64) / 16)
    model = LinearVAE(64, 3, generator=generator(), mean=x.mean(0))
    model.log_noise.requires_grad_(False).zero_()  # a fixed variance above every eigenvalue
    fit_linear_vae(model, x, iterations=300)
    assert model.weights.abs().max() < 1e-3
    assert linear_terms(model, x)[1].mean() < 1e-5


def test_s3_24_counterexample_only_a_conditional_model_draws_what_is_asked_for():
    (x, y), _, (new, truth) = data.digit_split(rng=np.random.default_rng(0))
    judge = LogisticRegression(max_iter=500, C=1.0).fit(x / 16, y)
    assert judge.score(new / 16, truth) > 0.9
    images, labels = torch.tensor(x, dtype=F64), torch.tensor(y)
    asked = torch.arange(10).repeat_interleave(30)
    share = {}
    for name, classes in (("plain", 0), ("conditional", 10)):
        chance = generator()
        model = VAE(64, 5, generator=chance, classes=classes, encoder_hidden=(100,), decoder_hidden=(100,))
        told = labels if classes else None
        fit_vae(model, images, labels=told, steps=500, learning_rate=0.003, generator=chance)
        with torch.no_grad():
            drawn = model.sample(torch.randn(300, 5, generator=chance, dtype=F64), asked if classes else None, generator=chance)
        share[name] = (judge.predict(drawn.numpy() / 16) == asked.numpy()).mean()
    assert share["conditional"] > 0.75
    assert share["plain"] < 0.2
    with pytest.raises(ValueError, match="`labels` must be given exactly if the model has classes; it has 0"):
        VAE(64, 2, generator=generator()).sample(torch.zeros(1, 2, dtype=F64), torch.tensor([7]), generator=generator())


def test_s3_09_holds_the_weight_trades_rate_for_distortion():
    x = torch.tensor(data.digits()[0][:400].reshape(-1, 64) / 16)
    rate, distortion = [], []
    for beta in (0.25, 0.5, 1.0, 2.0, 4.0, 8.0):
        model = LinearVAE(64, 4, generator=generator(), mean=x.mean(0))
        model.log_noise.requires_grad_(False).fill_(math.log(0.05))
        fit_linear_vae(model, x, iterations=300, beta=beta)
        likelihood, kl = linear_terms(model, x)
        rate.append(kl.mean().item()), distortion.append(-likelihood.mean().item())
    assert (np.diff(rate) < -0.1).all()
    assert (np.diff(distortion) > 0.1).all()
    assert np.argmin(np.add(rate, distortion)) == 2  # the sum is least at weight 1
