"""A variational autoencoder for images of grey levels: its networks, and the loop that trains both by one number.

All numbers are float64, for the sake of repeatable results. The terms are in `lib.vae`.
"""

import torch

from lib import _checks, _tensors, vae
from lib.pixel_likelihoods import beta_binomial_log_likelihood, beta_binomial_log_probabilities, binomial_log_likelihood
from lib.training import train

__all__ = ["VAE", "fit_vae", "train_loss"]

#: How many numbers the decoder gives for each pixel.
HEADS = {"beta-binomial": 2, "binomial": 1}


def _linear(rows, columns, generator):
    """Return a layer with uniform weights drawn by `generator`, on its device; torch's own constructor would use the global one."""
    layer = torch.nn.utils.skip_init(torch.nn.Linear, rows, columns, dtype=torch.float64, device=generator.device)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.uniform_(-(rows**-0.5), rows**-0.5, generator=generator)
    return layer


def _perceptron(sizes, generator):
    layers = [_linear(rows, columns, generator) for rows, columns in zip(sizes, sizes[1:])]
    smooth = [part for layer in layers[:-1] for part in (layer, torch.nn.Tanh())]
    return torch.nn.Sequential(*smooth, layers[-1])


class _LooksBack(torch.nn.Module):
    """Adds to the decoding of each pixel what the pixels before it tell, and the code with them: masked layers (MADE)."""

    def __init__(self, pixels, inputs, units, heads, generator):
        super().__init__()
        self.seen, self.code = _linear(pixels, units, generator), _linear(inputs, units, generator)
        self.out = _linear(units, heads * pixels, generator)
        first = torch.arange(units, device=generator.device) % (pixels - 1) + 1  # a unit sees the pixels below this number
        pixel = torch.arange(pixels, device=generator.device)
        self.register_buffer("before", (pixel < first[:, None]).double())
        self.register_buffer("after", (pixel[:, None] >= first).double().repeat(heads, 1))

    def forward(self, x, code):
        linear = torch.nn.functional.linear
        hidden = torch.tanh(linear(x, self.seen.weight * self.before, self.seen.bias) + self.code(code))
        return linear(hidden, self.out.weight * self.after, self.out.bias)


class VAE(torch.nn.Module):
    """Hold an encoder q(z | x), a decoder p(x | z) and the prior N(0, I).

    With classes it is a conditional model: q(z | x, y), p(x | z, y).

    Parameters
    ----------
    pixels, latents : int
        Length of an image and of its code.
    generator : torch.Generator
        Draws the first weights; the networks lie on its device.
    encoder_hidden, decoder_hidden : tuple of int
        Sizes of the hidden layers; none for a linear map.
    likelihood : {"beta-binomial", "binomial"}
        Distribution of a pixel given the code.
    trials : int, default 16
        The largest grey level; 1 and "binomial" for black and white.
    classes : int, default 0
        Number of labels that both networks are told; 0 for none.
    looks_back : int, default 0
        So many units that show each pixel to the decoding of those after it; 0 for
        pixels that are independent given the code.

    Examples
    --------
    >>> model = VAE(64, 2, generator=torch.Generator().manual_seed(0))
    >>> mean, log_variance = model.encode(torch.zeros(5, 64, dtype=torch.float64))
    >>> mean.shape, model.log_probabilities(mean).shape
    (torch.Size([5, 2]), torch.Size([5, 64, 17]))
    """

    def __init__(
        self,
        pixels,
        latents,
        *,
        generator,
        encoder_hidden=(200, 200),
        decoder_hidden=(200, 200),
        likelihood="beta-binomial",
        trials=16,
        classes=0,
        looks_back=0,
    ):
        super().__init__()
        self.pixels, self.latents = _checks.whole(pixels, "pixels"), _checks.whole(latents, "latents")
        self.trials, self.classes = _checks.whole(trials, "trials"), _checks.whole(classes, "classes", least=0)
        self.likelihood = _checks.one_of(likelihood, "likelihood", tuple(HEADS))
        heads, code = HEADS[likelihood], latents + classes
        self.encoder = _perceptron([pixels + classes, *encoder_hidden, 2 * latents], generator)
        self.decoder = _perceptron([code, *decoder_hidden, heads * pixels], generator)
        self.back = _LooksBack(pixels, code, looks_back, heads, generator) if looks_back else None

    def _told(self, x, labels):
        if (labels is None) != (self.classes == 0):
            raise ValueError(f"`labels` must be given exactly if the model has classes; it has {self.classes}")
        if labels is None:
            return x
        if labels.shape != x.shape[-2:-1]:
            raise ValueError(f"`labels` must have one label for each of the {x.shape[-2]} rows; its shape is {tuple(labels.shape)}")
        if ((labels < 0) | (labels >= self.classes)).any():
            raise ValueError(f"`labels` must lie from 0 to {self.classes - 1}; they are {labels.tolist()}")
        one_hot = torch.nn.functional.one_hot(labels, self.classes).to(x.dtype)
        return torch.cat([x, one_hot.expand(*x.shape[:-1], self.classes)], -1)

    def encode(self, x, labels=None):
        """Return mean and log variance of q(z | x), each of shape (n, latents)."""
        _tensors.tensor(x, "x", ndim=2, columns=self.pixels)
        return self.encoder(self._told(2 * x / self.trials - 1, labels)).chunk(2, -1)

    def decode(self, z, labels=None, x=None):
        """Return the parameters of the pixels' distributions, a tuple of tensors of shape (..., pixels)."""
        _tensors.tensor(z, "z", columns=self.latents)
        code = self._told(z, labels)
        out = self.decoder(code)
        if self.back is not None:
            if x is None:
                raise ValueError("`x` must be given: this decoder looks back at the pixels before")
            out = out + self.back(2 * x / self.trials - 1, code)
        return out.chunk(HEADS[self.likelihood], -1)

    def log_likelihood(self, x, z, labels=None):
        """Return ln p(x | z) in nats, of shape (...) for z of shape (..., latents)."""
        score = {"beta-binomial": beta_binomial_log_likelihood, "binomial": binomial_log_likelihood}[self.likelihood]
        return score(x, *self.decode(z, labels, x), trials=self.trials)

    def log_probabilities(self, z, labels=None):
        """Return ln p(level | z) in nats for each pixel and grey level, of shape (..., pixels, trials + 1)."""
        parameters = self.decode(z, labels)
        if self.likelihood == "beta-binomial":
            return beta_binomial_log_probabilities(*parameters, trials=self.trials)
        levels = torch.arange(self.trials + 1, dtype=z.dtype, device=z.device)
        x = levels.expand(*parameters[0].shape, -1)[..., None]
        return binomial_log_likelihood(x, parameters[0][..., None, None].expand(x.shape), trials=self.trials)

    def means(self, z, labels=None):
        """Return the expected grey level of each pixel, of shape (..., pixels)."""
        levels = torch.arange(self.trials + 1, dtype=z.dtype, device=z.device)
        return self.log_probabilities(z, labels).exp() @ levels

    def sample(self, z, labels=None, *, generator):
        """Return images drawn from p(x | z), of shape (..., pixels)."""
        table = self.log_probabilities(z, labels).exp()
        drawn = torch.multinomial(table.reshape(-1, self.trials + 1), 1, generator=generator)
        return drawn.reshape(table.shape[:-1]).to(z.dtype)


def train_loss(model, x, *, generator, labels=None, beta=1.0, floor=0.0):
    r"""Return what training minimises: minus the mean bound of a batch, from one sample of z for each image.

    One number, and both networks get their gradients from it.

    Parameters
    ----------
    model : VAE
        The networks.
    x : torch.Tensor, shape (n, pixels)
        Images of grey levels.
    generator : torch.Generator
        Draws the samples of z.
    labels : torch.Tensor of int64, shape (n,), optional
        Of a conditional model.
    beta : float, default 1
        Weight of the KL term.
    floor : float, default 0
        Free nats for each latent coordinate; see `lib.vae.free_bits`.

    Returns
    -------
    torch.Tensor, shape ()
        The loss, in nats an image.

    Raises
    ------
    ValueError
        As the terms do.

    References
    ----------
    Kingma and Welling 2014 :cite:p:`kingma2014`. Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> train_loss(VAE(4, 1, generator=generator), torch.zeros(3, 4, dtype=torch.float64), generator=generator).shape
    torch.Size([])
    """
    mean, log_variance = model.encode(x, labels)
    z = vae.reparameterise(mean, log_variance, generator=generator)
    kl = vae.kl_to_standard_normal(mean, log_variance)
    if floor:
        return beta * vae.free_bits(kl, floor=floor) - model.log_likelihood(x, z, labels).mean()
    return -vae.elbo(model.log_likelihood(x, z, labels), kl.sum(-1), beta=beta).mean()


def fit_vae(
    model, x, *, steps, generator, labels=None, beta=1.0, floor=0.0, batch_size=100, learning_rate=1e-3, averaging=0.99, callback=None
):
    """Train encoder and decoder together, and leave a running average of the weights in place.

    The average smooths out the noise of the last few hundred steps: it costs
    nothing and gains about a nat on new digits.

    Parameters
    ----------
    model : VAE
        The networks, trained in place.
    x : torch.Tensor, shape (n, pixels)
        Images of grey levels.
    steps : int
        How many minibatches.
    generator : torch.Generator
        Draws batches and samples of z.
    labels : torch.Tensor of int64, shape (n,), optional
        Of a conditional model.
    beta : float or callable, default 1
        Weight of the KL term, or a function from the step, counted from 1, to it: a warm-up.
    floor : float, default 0
        Free nats for each latent coordinate.
    batch_size : int, default 100
        Images in a batch.
    learning_rate : float, default 0.001
        Of Adam.
    averaging : float, default 0.99
        How much of the average is kept at each step; 0 for none.
    callback : callable, optional
        As of :func:`lib.training.train`.

    Returns
    -------
    list of float
        The loss at each step, in nats an image.

    Raises
    ------
    ValueError
        If an argument is out of range.
    DivergedError
        If the loss diverges.

    References
    ----------
    Taught in chapter :ref:`ch-vae`.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> model = VAE(4, 1, generator=generator, encoder_hidden=(), decoder_hidden=())
    >>> images = 16.0 * torch.eye(4, dtype=torch.float64)
    >>> history = fit_vae(model, images, steps=200, batch_size=4, learning_rate=0.05, generator=generator)
    >>> history[-1] < history[0] - 1
    True
    """
    if not 0 <= averaging < 1:
        raise ValueError(f"`averaging` must be at least 0 and below 1; it is {averaging!r}")
    parameters, step = list(model.parameters()), 0
    average = [parameter.detach().clone() for parameter in parameters]

    def loss(x, labels=None):
        nonlocal step
        step += 1
        weight = beta(step) if callable(beta) else beta
        return train_loss(model, x, generator=generator, labels=labels, beta=weight, floor=floor)

    def after(step, value):
        with torch.no_grad():
            for mean, parameter in zip(average, parameters):
                mean.lerp_(parameter, 1 - averaging)
        return callback is not None and callback(step, value)

    data = (x,) if labels is None else (x, labels)
    settings = {"steps": steps, "batch_size": batch_size, "learning_rate": learning_rate}
    history = train(loss, parameters, data, generator=generator, callback=after, **settings)
    with torch.no_grad():
        for mean, parameter in zip(average, parameters):
            parameter.copy_(mean)
    return history
