"""Exercises of the chapter on diffusion."""

import math

from lib import entropy
from lib.diffusion_chain import make_schedule
from lib.exercises._engine import Exercise, Mistake

_CHAIN = make_schedule([0.1, 0.2, 0.5])
_BITS = 64 * math.log(2)


def _denoised(x_t, noise, alpha_bar):
    return (x_t - math.sqrt(1 - alpha_bar) * noise) / math.sqrt(alpha_bar)


EXERCISES = (
    Exercise(
        "diffusion-alpha-bar",
        float(_CHAIN.alpha_bar[3]),
        (
            Mistake(0.5, "that is alpha of the last step; alpha-bar is the product of all three."),
            Mistake(0.1 * 0.2 * 0.5, "you multiplied the betas; a step keeps 1 - beta."),
            Mistake(1 - 0.9 * 0.8 * 0.5, "that is the variance of the noise, 1 less alpha-bar."),
            Mistake(0.9 * 0.8, "that is alpha-bar at t = 2: one step too early."),
            Mistake(math.sqrt(0.9 * 0.8 * 0.5), "that is what the datum itself is multiplied by; alpha-bar is its square."),
        ),
    ),
    Exercise(
        "diffusion-weight",
        (4 / 1 - 1) / 2,
        (
            Mistake(3.0, "one half is missing: it comes from the exponent of the Gaussian."),
            Mistake((4 - 1) / 2 * 4, "no further factor: the squared error is that of the noise."),
            Mistake((1 / 4 - 1) / 2, "the ratio is turned round: earlier over later, and a weight is positive."),
            Mistake(2.0, "take 1 from the ratio before you halve it."),
        ),
    ),
    Exercise(
        "diffusion-floor",
        float(entropy([3 / 4, 1 / 4])),
        (
            Mistake(0.0, "that is the divergence from q(x_0 | x_1); who knows the datum has more to say than the model."),
            Mistake(float(entropy([3 / 4, 1 / 4], base=math.e)), "that is in nats; the question is in bits."),
            Mistake(1 - float(entropy([3 / 4, 1 / 4])), "that is I(x_0; x_1), what x_1 tells; the floor is what it leaves open."),
            Mistake(1.0, "x_1 tells something about the coin, so less than its whole entropy is left."),
        ),
    ),
    Exercise(
        "diffusion-bits",
        88 / _BITS,
        (
            Mistake(88 / 64, "that is nats per dimension; a bit is ln 2 nats."),
            Mistake(88 / math.log(2), "that is bits an image; divide by the 64 pixels."),
            Mistake(88 * math.log(2) / 64, "divide by ln 2: there are more bits than nats."),
            Mistake(88 / (8 * math.log(2)), "the image has 8 times 8 pixels."),
        ),
    ),
    Exercise(
        "diffusion-denoise",
        _denoised,
        (
            Mistake(lambda x, e, a: x - math.sqrt(1 - a) * e, "the datum had been shrunk by the root of alpha-bar; undo that too."),
            Mistake(lambda x, e, a: (x - (1 - a) * e) / a, "roots: alpha-bar is a share of variance."),
            Mistake(lambda x, e, a: (x + math.sqrt(1 - a) * e) / math.sqrt(a), "the noise was added; take it away."),
        ),
        cases=((1.0, 0.5, 0.25), (-2.0, 1.5, 0.81), (0.0, 1.0, 0.36)),
    ),
    Exercise(
        "diffusion-simple",
        "d",
        (
            Mistake("a", "the simplified loss weighs all steps alike; does the bound?"),
            Mistake("b", "they may, but need not: A might be better at every single step."),
            Mistake("c", "the perfect network minimises both; between imperfect ones the order may differ."),
        ),
        choices={
            "a": "A's bound is better",
            "b": "B's bound is better, as the weights pull the other way",
            "c": "they are equal: both losses have the same minimum",
            "d": "nothing yet: the bound weighs the steps differently",
        },
    ),
)
