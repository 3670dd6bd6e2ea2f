"""Problems on the bound and what is built on it: chapters 15 to 20."""

import math

import numpy as np

from lib import entropy, js_divergence, kl_divergence
from lib.adversarial import discriminator_value, optimal_discriminator
from lib.diffusion_chain import forward_marginal, make_schedule, reverse_posterior
from lib.elbo import elbo, elbo_gap, log_evidence
from lib.gaussian import gaussian_kl
from lib.importance_bounds import exact_importance_bound
from lib.mean_field import gaussian_mean_field, gaussian_mean_field_gap
from lib.problems._engine import Draft, Mistake, template
from lib.problems._words import hundredths, listed, pick, plain, probabilities, shown, sum_of, tenths, two_laws

LN2 = math.log(2)
IN_NATS = "that is in nats; bits take the logarithm to base 2."
IN_BITS = "that is in bits; the question asks for nats."


def _street(rng):
    """Draw the prior of rain, the chance of a wet street with and without it, and a belief about rain."""
    rain, wet, dry = hundredths(rng, 0.1, 0.6), hundredths(rng, 0.7, 0.98), hundredths(rng, 0.05, 0.4)
    return {"rain": rain, "wet": wet, "dry": dry, "belief": hundredths(rng, 0.3, 0.95)}


def _told(s):
    return (
        f"It rains with probability {plain(s['rain'])}; the street is wet with probability {plain(s['wet'])} if it rains, and {plain(s['dry'])} if not. "
        f"You see a wet street, and your belief $q$ in rain is {plain(s['belief'])}. "
    )


def _joint(s):
    return [s["rain"] * s["wet"], (1 - s["rain"]) * s["dry"]]


@template("elbo")
def bound_of_a_belief(rng):
    s = _street(rng)
    q, joint = [s["belief"], 1 - s["belief"]], _joint(s)
    bound, evidence = elbo(q, np.log(joint)), log_evidence(np.log(joint))
    terms = [a * math.log2(b / a) for a, b in zip(q, joint)]
    return Draft(
        s,
        _told(s) + "What is the evidence lower bound, in bits?",
        bound,
        rf"$\sum_z q(z) \log_2 \frac{{p(x, z)}}{{q(z)}}$ with $p(x, z)$ of {listed(round(p, 6) for p in joint)}: ${sum_of(map(shown, terms))} = {shown(bound)}$ bits. "
        rf"The log evidence is ${shown(evidence)}$, so the gap is ${shown(evidence - bound)}$.",
        (
            Mistake(evidence, "that is the log evidence, which only the posterior reaches."),
            Mistake(bound - entropy(q), "that is the expected log joint; the entropy of the belief is added."),
            Mistake(bound * LN2, IN_NATS),
            Mistake(-bound, "the bound is on a log probability, so it is negative here."),
        ),
    )


@template("elbo")
def gap_of_a_belief(rng):
    s = _street(rng)
    q, joint = [s["belief"], 1 - s["belief"]], np.array(_joint(s))
    gap, posterior = elbo_gap(q, np.log(joint)), joint / joint.sum()
    return Draft(
        s,
        _told(s) + "By how much does the evidence lower bound fall short of the log evidence, in bits?",
        gap,
        rf"The gap is $D(q \| p(z \mid x))$. The posterior of rain is $\frac{{{shown(joint[0])}}}{{{shown(joint.sum())}}} = {shown(posterior[0])}$, and the divergence of the belief from it is ${shown(gap)}$ bits.",
        (
            Mistake(kl_divergence(posterior, q), "the belief comes first in this divergence."),
            Mistake(kl_divergence(q, [s["rain"], 1 - s["rain"]]), "that is the divergence from the prior; the gap is the one from the posterior."),
            Mistake(gap * LN2, IN_NATS),
            Mistake(-log_evidence(np.log(joint)), "that is minus the log evidence itself."),
        ),
    )


@template("elbo")
def bound_of_two_samples(rng):
    s = _street(rng)
    q, joint = [s["belief"], 1 - s["belief"]], _joint(s)
    two, one = exact_importance_bound(q, np.log(joint), 2), elbo(q, np.log(joint))
    u, v = (b / a for a, b in zip(q, joint))
    return Draft(
        s,
        _told(s) + "What is the importance-weighted bound with *two* samples of the belief, in bits, exactly?",
        two,
        rf"The weights $p(x, z) / q(z)$ are ${shown(u)}$ for rain and ${shown(v)}$ for none. The two samples agree on rain with probability $q^2$, on none with $(1 - q)^2$, and differ else: "
        rf"${plain(round(q[0] ** 2, 4))} \log_2 {shown(u)} + {plain(round(q[1] ** 2, 4))} \log_2 {shown(v)} + {plain(round(2 * q[0] * q[1], 4))} \log_2 {shown((u + v) / 2)} = {shown(two)}$ bits.",
        (
            Mistake(one, "that is the bound with one sample."),
            Mistake(log_evidence(np.log(joint)), "that is the log evidence, the limit of many samples."),
            Mistake(two * LN2, IN_NATS),
            Mistake(math.log2((u + v) / 2), "weight the cases by how often the belief draws them."),
        ),
    )


@template("variational_inference")
def too_narrow(rng):
    sd, rho = tenths(rng, 0.5, 4), hundredths(rng, 0.4, 0.95)
    precision = np.linalg.inv([[sd**2, rho * sd], [rho * sd, 1.0]])
    answer = math.sqrt(gaussian_mean_field(precision)[0])
    return Draft(
        {"sd": sd, "rho": rho},
        f"The posterior of two parameters is normal with correlation {plain(rho)}; the first has standard deviation {plain(sd)}. A product of normals is fitted by maximising the ELBO. "
        "Which standard deviation does it give to the first?",
        answer,
        rf"Mean field keeps the variance *given the other*, $\sigma^2 (1 - \rho^2)$: ${plain(sd)} \sqrt{{1 - {shown(rho**2)}}} = {shown(answer)}$.",
        (
            Mistake(sd, "that is the true one; the product can't see the correlation and becomes too narrow."),
            Mistake(answer**2, "that is the variance."),
            Mistake(sd * (1 - rho**2), "that factor belongs to the variance."),
            Mistake(sd * math.sqrt(1 - rho), "the correlation is squared."),
        ),
    )


@template("variational_inference")
def gap_of_mean_field(rng):
    d, rho = int(rng.integers(1, 6)), hundredths(rng, 0.3, 0.95)
    pair = np.linalg.inv([[1, rho], [rho, 1]])
    one = gaussian_mean_field_gap(pair)
    answer = gaussian_mean_field_gap(np.kron(np.eye(d), pair))
    pairs = f"{d} pairs of parameters" if d > 1 else "one pair of parameters"
    return Draft(
        {"d": d, "rho": rho},
        f"A normal posterior has {pairs}, correlated by {plain(rho)} within a pair and not between pairs. How many nats does the best product of normals over all parameters lose in the ELBO?",
        answer,
        rf"A pair loses its mutual information, $-\frac12 \ln (1 - \rho^2) = {shown(one)}$ nats; {d} of them ${shown(answer)}$.",
        (
            Mistake(answer / LN2, IN_BITS),
            Mistake(2 * answer, "the half in front is missing."),
            Mistake(-d * math.log(1 - rho) / 2, "the correlation is squared."),
            Mistake(-answer, "a loss is positive: the logarithm of one less the square is negative."),
        ),
    )


@template("vae")
def cost_of_a_code(rng):
    means = [tenths(rng, -2, 2) for _ in range(2)]
    log_variances = [tenths(rng, -3, 1) for _ in range(2)]

    def kl(variances):
        return float(gaussian_kl(means, np.diag(variances), [0.0, 0.0], np.eye(2), base=math.e))

    answer = kl(np.exp(log_variances))
    each = [(m * m + math.exp(v) - 1 - v) / 2 for m, v in zip(means, log_variances)]
    return Draft(
        {"means": means, "log_variances": log_variances},
        f"An encoder puts out the means {listed(means)} and the *log variances* {listed(log_variances)} for an image. What is the KL term against the standard normal, in nats?",
        answer,
        rf"$\frac12 \sum_i (\mu_i^2 + e^{{v_i}} - 1 - v_i) = {sum_of(map(shown, each))} = {shown(answer)}$ nats.",
        (
            Mistake(kl(np.exp(2 * np.array(log_variances))), "the numbers are log variances, not logs of standard deviations."),
            Mistake(answer / 2, "sum over the coordinates; the mean changes what the bound says."),
            Mistake(2 * answer, "the half in front is missing."),
            Mistake(answer / LN2, IN_BITS),
            Mistake(sum((m * m + math.exp(v) - 1 + v) / 2 for m, v in zip(means, log_variances)), "the sign of the log variance: a narrow code costs more."),
        ),
    )


@template("vae")
def bits_of_a_pixel(rng):
    side, nats = pick(rng, 8, 16, 28, 32), tenths(rng, 1.0, 5.0)
    total = round(nats * side * side / 4, 1)
    answer = total / (side * side * LN2)
    return Draft(
        {"side": side, "total": total},
        f"A model gives images of {side} by {side} pixels a log-likelihood of {plain(-total)} nats on average. How many bits a pixel is that?",
        answer,
        rf"$\frac{{{plain(total)}}}{{{side}^2 \cdot \ln 2}} = {shown(answer)}$ bits a pixel.",
        (
            Mistake(total / side**2, "those are nats a pixel."),
            Mistake(-answer, "a cost is positive: minus the log-likelihood."),
            Mistake(total * LN2 / side**2, "a nat is more than a bit: divide by ln 2."),
            Mistake(total / (side * LN2), f"an image of {side} by {side} has {side**2} pixels."),
        ),
    )


@template("gan")
def value_of_the_game(rng):
    p, g = probabilities(rng, 3), probabilities(rng, 3)
    d = optimal_discriminator(p, g)
    value, js = float(discriminator_value(p, g, d, base=math.e)), float(js_divergence(p, g, base=math.e))
    return Draft(
        {"p": p, "g": g},
        f"The data have the distribution $P$, the generator $G$. Which value $\\mathrm{{E}}_P \\ln D + \\mathrm{{E}}_G \\ln (1 - D)$ does the best discriminator reach, in nats?\n\n{two_laws(p, g, names=('$P$', '$G$'))}",
        value,
        rf"$D^* = p / (p + g)$ is {listed(d.round(4))}, and the value is $2\,\mathrm{{JS}} - 2 \ln 2 = 2 \cdot {shown(js)} - {shown(2 * LN2)} = {shown(value)}$ nats.",
        (
            Mistake(js, "that is the Jensen-Shannon divergence; the value is twice that, less 2 ln 2."),
            Mistake(-2 * LN2, "that is the value when the generator is perfect."),
            Mistake(value / LN2, IN_BITS),
            Mistake(js - 2 * LN2, "the divergence counts twice."),
        ),
    )


@template("gan")
def losses_of_the_generator(rng):
    p, g = probabilities(rng, 3), probabilities(rng, 3)
    d = optimal_discriminator(p, g)
    answer = -float(np.dot(g, np.log(d)))
    return Draft(
        {"p": p, "g": g},
        f"The discriminator is the best one. What is the generator's *non-saturating* loss, $-\\mathrm{{E}}_G \\ln D$, in nats?\n\n{two_laws(p, g, names=('$P$', '$G$'))}",
        answer,
        rf"$D^* = p / (p + g)$ is {listed(d.round(4))}. Averaged over the *generator's* samples: ${sum_of(shown(-a * math.log(b)) for a, b in zip(g, d))} = {shown(answer)}$ nats.",
        (
            Mistake(float(np.dot(g, np.log1p(-d))), "that is the saturating loss, the logarithm of one less D."),
            Mistake(-float(np.dot(p, np.log(d))), "the generator's loss is averaged over its own samples."),
            Mistake(answer / LN2, IN_BITS),
            Mistake(-float(np.dot(g, np.log(optimal_discriminator(g, p)))), "D is the probability that a sample is *real*."),
        ),
    )


def _steps(rng, n):
    return [hundredths(rng, 0.05, 0.6) for _ in range(n)]


@template("diffusion")
def noise_after_three_steps(rng):
    betas = _steps(rng, 3)
    _, variance = forward_marginal([1.0], 3, make_schedule(betas))
    kept = math.prod(1 - b for b in betas)
    return Draft(
        {"betas": betas},
        f"Three steps of noise have the variances $\\beta_t$ of {listed(betas)}. What is the variance of $x_3$ given $x_0$?",
        variance,
        rf"$\bar\alpha_3 = \prod_t (1 - \beta_t) = {shown(kept)}$, and the variance is $1 - \bar\alpha_3 = {shown(variance)}$.",
        (
            Mistake(sum(betas), "each step also shrinks the noise of the steps before it."),
            Mistake(kept, "that is the share of the datum's variance that is kept."),
            Mistake(math.sqrt(variance), "that is the standard deviation."),
            Mistake(math.prod(betas), "one less the product of the (1 - beta), not the product of the betas."),
        ),
    )


@template("diffusion")
def step_back(rng):
    betas, x_0, x_2 = _steps(rng, 2), tenths(rng, -2, 2), tenths(rng, -2, 2)
    mean = float(reverse_posterior([x_0], [x_2], 2, make_schedule(betas))[0][0])
    b1, b2 = betas
    whole = 1 - (1 - b1) * (1 - b2)
    datum, noisy = math.sqrt(1 - b1) * b2 / whole, math.sqrt(1 - b2) * b1 / whole
    return Draft(
        {"b1": b1, "b2": b2, "x_0": x_0, "x_2": x_2},
        f"With $\\beta_1 = {plain(b1)}$ and $\\beta_2 = {plain(b2)}$, a datum $x_0 = {plain(x_0)}$ has become $x_2 = {plain(x_2)}$. What is the mean of $x_1$ given both?",
        mean,
        rf"$\tilde\mu = \frac{{\sqrt{{\bar\alpha_1}}\,\beta_2}}{{1 - \bar\alpha_2}}\,x_0 + \frac{{\sqrt{{1 - \beta_2}}\,(1 - \bar\alpha_1)}}{{1 - \bar\alpha_2}}\,x_2 "
        rf"= {shown(datum)} \cdot ({plain(x_0)}) + {shown(noisy)} \cdot ({plain(x_2)}) = {shown(mean)}$.",
        (
            Mistake(math.sqrt(1 - b1) * x_0, "that is the mean given the datum alone; x_2 tells something too."),
            Mistake((x_0 + x_2) / 2, "the two are weighted by how noisy the steps are."),
            Mistake(x_2 / math.sqrt(1 - b2), "that undoes the shrinking and forgets the noise and the datum."),
            Mistake(noisy * x_0 + datum * x_2, "the weights are exchanged."),
        ),
    )


@template("focal_kld")
def focal_loss(rng):
    q, gamma = hundredths(rng, 0.05, 0.7), pick(rng, 1, 2, 3)
    d = kl_divergence([1.0, 0.0], [q, 1 - q], base=math.e)
    answer = (1 - q) ** gamma * d
    return Draft(
        {"q": q, "gamma": gamma},
        f"A classifier gives the right class the probability {plain(q)}. What is its focal loss with $\\gamma = {gamma}$, in nats?",
        answer,
        rf"$(1 - q)^\gamma (-\ln q) = {plain(round(1 - q, 2))}^{gamma} \cdot {shown(d)} = {shown(answer)}$ nats.",
        (
            Mistake(d, "that is the plain loss; it is multiplied by what was missed, to the power gamma."),
            Mistake(q**gamma * d, "the weight is large for samples that are *hard*."),
            Mistake(answer / LN2, IN_BITS),
            Mistake((1 - q) * d * gamma, "gamma is an exponent, not a factor."),
        ),
    )


@template("focal_kld")
def hard_against_easy(rng):
    hard, easy, gamma = hundredths(rng, 0.05, 0.4), hundredths(rng, 0.6, 0.9), pick(rng, 1, 2)
    plain_ratio = math.log(hard) / math.log(easy)
    weight = ((1 - hard) / (1 - easy)) ** gamma
    return Draft(
        {"hard": hard, "easy": easy, "gamma": gamma},
        f"Two samples get the probabilities {plain(hard)} and {plain(easy)} for their right classes. How many times as large as the second's is the first one's focal loss, with $\\gamma = {gamma}$?",
        weight * plain_ratio,
        rf"The plain losses have the ratio $\frac{{\ln {plain(hard)}}}{{\ln {plain(easy)}}} = {shown(plain_ratio)}$, the weights "
        rf"$\left(\frac{{{plain(round(1 - hard, 2))}}}{{{plain(round(1 - easy, 2))}}}\right)^{gamma} = {shown(weight)}$; together ${shown(weight * plain_ratio)}$.",
        (
            Mistake(plain_ratio, "that is the ratio of the plain losses; the weights differ too."),
            Mistake(weight, "that is the ratio of the weights; the losses differ too."),
            Mistake(plain_ratio / weight, "the hard sample gets the larger weight."),
            Mistake(weight * math.log(1 - hard) / math.log(1 - easy), "the loss is the logarithm of the probability of the right class."),
        ),
    )
