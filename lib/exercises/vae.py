"""Exercises of the chapter on the variational autoencoder."""

import math

import numpy as np

from lib.exercises._engine import Exercise, Mistake


def _kl(mean, variance):
    return (mean**2 + variance - 1 - math.log(variance)) / 2


def _draw(scale):
    return lambda mean, log_variance, noise: np.asarray(mean) + scale(np.asarray(log_variance)) * np.asarray(noise)


_BITS = 84.5 / (64 * math.log(2))

EXERCISES = (
    Exercise(
        "vae-kl",
        _kl(1, 1 / 4),
        (
            Mistake(_kl(1, 1 / 2), "a half is the standard deviation; the formula wants the variance."),
            Mistake(2 * _kl(1, 1 / 4), "the half in front is missing."),
            Mistake(_kl(1, 1 / 4) / math.log(2), "that is in bits; the question asks for nats."),
            Mistake((1 + 1 / 4 - 1 + math.log(1 / 4)) / 2, "the sign of the logarithm: a narrow code costs more, not less."),
            Mistake(_kl(0, 1 / 4), "the mean is 1, and its square counts too."),
        ),
    ),
    Exercise(
        "vae-sample",
        _draw(lambda v: np.exp(v / 2)),
        (
            Mistake(_draw(np.exp), "that multiplies the noise by the variance; which power of it is the standard deviation?"),
            Mistake(_draw(lambda v: v), "the encoder gives a logarithm, and it may be negative."),
            Mistake(_draw(lambda v: np.exp(2 * v)), "the square of the variance; you want its root."),
            Mistake(_draw(lambda v: np.exp(-v / 2)), "the sign of the exponent: a large log variance means much noise."),
        ),
        cases=(([0.0], [1.0], [1.0]), ([1.0, -2.0], [0.5, -3.0], [0.7, -1.1])),
    ),
    Exercise(
        "vae-reduction",
        784 / 20,
        (
            Mistake(784.0, "that would be with the KL term summed over its coordinates; it is averaged too."),
            Mistake(1.0, "both are averaged, but over different numbers of terms."),
            Mistake(20 / 784, "upside down: which of the two terms was made smaller by more?"),
            Mistake(784.0 * 20, "the KL term is divided by 20, not multiplied."),
            Mistake(20.0, "and the 784 pixels?"),
        ),
    ),
    Exercise(
        "vae-variance",
        1 / 20,
        (
            Mistake(1 / 2, "that is the variance if the KL term has weight 1; it has a tenth."),
            Mistake(1 / 10, "the half: a Gaussian's exponent is the square over twice the variance."),
            Mistake(5.0, "ten times too much became ten times too large: multiply the loss by 10 and compare."),
            Mistake(math.sqrt(1 / 20), "that is the standard deviation."),
            Mistake(10.0, "that is the factor in front of the squares; the variance stands below it."),
        ),
    ),
    Exercise(
        "vae-collapse",
        2.0,
        (
            Mistake(3.0, "that is without the weight of the KL term; it multiplies the variance."),
            Mistake(4.0, "the model has three coordinates."),
            Mistake(1.0, "is 2 above 4 times 0.3?"),
            Mistake(0.0, "compare each eigenvalue with the product of weight and variance."),
        ),
    ),
    Exercise(
        "vae-bits",
        _BITS,
        (
            Mistake(84.5 / 64, "those are nats a pixel."),
            Mistake(-_BITS, "a cost in bits is positive: minus the log-likelihood."),
            Mistake(84.5 / math.log(2), "that is the whole picture; divide by its pixels."),
            Mistake(84.5 / 8 / math.log(2), "an image of 8 by 8 has 64 pixels."),
            Mistake(84.5 * math.log(2) / 64, "a nat is more than a bit: divide by ln 2."),
        ),
    ),
    Exercise(
        "vae-information",
        14.2 - math.log(1024),
        (
            Mistake(14.2 - 10, "the ceiling is 10 bits, but the rate is in nats."),
            Mistake(math.log(1024), "that is the ceiling of the information; the question asks for the rest."),
            Mistake(14.2, "some of it may be information: how much at most?"),
            Mistake(0.0, "can 14.2 nats tell apart no more than 1,024 images?"),
        ),
    ),
    Exercise(
        "vae-better",
        "b",
        (
            Mistake("a", "each bound has a gap of its own; B's may be the larger one by more than 2 nats."),
            Mistake("c", "that is the gap alone; the ELBO is log-likelihood less gap."),
            Mistake("d", "no likelihood tells that, and neither does a bound on one."),
        ),
        choices={
            "a": "A gives the images the higher log-likelihood",
            "b": "A has the higher bound; which log-likelihood is higher stays open while the gaps are unknown",
            "c": "A's encoder is nearer to its exact posterior",
            "d": "A draws the better images",
        },
    ),
)
