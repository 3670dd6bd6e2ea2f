"""Problems from samples to models: chapters 7 to 14."""

import math

import numpy as np

from lib import cross_entropy, entropy, kl_divergence
from lib.bayesian import bayes_update, beta_update, information_gain
from lib.channels import capacity
from lib.coding import huffman_code, kraft_sum, mean_length, shannon_lengths
from lib.continuous import exponential_entropy
from lib.design import expected_information_gain
from lib.estimators import miller_madow, plug_in
from lib.f_divergences import f_divergence, hellinger_distance
from lib.gaussian import gaussian_kl, gaussian_mutual_information
from lib.importance import effective_sample_size
from lib.likelihood import fit_geometric, mean_log_likelihood
from lib.mixtures import mixture_moments
from lib.monte_carlo import k1, k2, k3
from lib.neighbours import kozachenko_leonenko
from lib.problems._engine import Draft, Mistake, template
from lib.problems._words import hundredths, listed, pick, plain, probabilities, products, shown, sum_of, tenths, two_laws, weighted

LN2 = math.log(2)
IN_NATS = "that is in nats; bits take the logarithm to base 2."
TURNED = "the two distributions are exchanged: the truth comes first."


@template("codes")
def huffman_length(rng):
    p = probabilities(rng, 5, parts=50)
    words = huffman_code(p)
    length = mean_length(p, words)
    return Draft(
        {"p": p},
        f"Five symbols have the probabilities {listed(p)}. How long is a word of Huffman's code on average, in bits?",
        length,
        rf"Merging the two least probable symbols again and again gives words of {listed(map(len, words))} bits (other codes with the same mean are as good): "
        rf"${products(p, map(len, words))} = {plain(round(length, 6))}$ bits. The entropy is ${shown(entropy(p))}$.",
        (
            Mistake(entropy(p), "that is the entropy, the limit; words have whole lengths."),
            Mistake(float(np.dot(p, shannon_lengths(p))), "rounding each information content up gives a code, but not the best one."),
            Mistake(3.0, "that is a code of equal lengths."),
            Mistake(np.mean([len(word) for word in words]), "weight the lengths by the probabilities."),
        ),
    )


@template("codes")
def room_for_more_words(rng):
    lengths = sorted(int(n) for n in rng.integers(1, 6, size=int(rng.integers(2, 5))))
    longest = int(rng.integers(max(lengths), 9))
    used = kraft_sum(lengths)
    left = 2**longest * (1 - used) if used < 1 else math.nan  # full, or no code at all: draw again
    return Draft(
        {"lengths": lengths, "longest": longest},
        f"A prefix code has words of {listed(lengths)} bits so far. How many words of {longest} bits can be added at most?",
        left,
        rf"Kraft's sum so far is ${sum_of(f'2^{{-{n}}}' for n in lengths)} = {plain(used)}$. What is left to 1 is shared by words that take $2^{{-{longest}}}$ each: "
        rf"${2**longest} \cdot {plain(1 - used)} = {plain(left)}$.",
        (
            Mistake(2**longest - len(lengths), "a short word takes more room: no other word may begin with it."),
            Mistake(2**longest, "the words that are there already take a part of the room."),
            Mistake(2**longest * used, "that is the room already taken, in words of that length."),
            Mistake(left - 1, "Kraft's inequality allows equality: the code may be full."),
        ),
    )


@template("codes")
def coding_in_pairs(rng):
    a = int(rng.integers(600, 940)) / 1000
    b = round(1 - a, 3)
    pairs = [a * a, a * b, b * a, b * b]
    words = huffman_code(pairs)
    length = mean_length(pairs, words)
    return Draft(
        {"a": a},
        f"A source sends 0 with probability {plain(a)} and 1 otherwise, independently. Pairs of symbols get the words of Huffman's code. How many bits does a *symbol* take on average?",
        length / 2,
        rf"The pairs have probabilities {listed(round(x, 4) for x in pairs)} and words of {listed(map(len, words))} bits, on average ${shown(length)}$ bits a pair, half of that a symbol: "
        rf"${shown(length / 2)}$. The entropy is ${shown(entropy([a, b]))}$.",
        (
            Mistake(length, "that is a pair; a pair is two symbols."),
            Mistake(1.0, "that is a code for single symbols."),
            Mistake(entropy([a, b]), "that is the entropy; pairs come closer to it, and don't reach it."),
            Mistake(np.mean([len(word) for word in words]) / 2, "weight the lengths by the probabilities of the pairs."),
        ),
    )


@template("continuous")
def divergence_of_normals(rng):
    mean, sd_p, sd_q = pick(rng, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0), tenths(rng, 0.5, 3), tenths(rng, 0.5, 3)

    def kl(m, v, w, base=2):
        return float(gaussian_kl([0.0], [[v]], [m], [[w]], base=base))

    d = kl(mean, sd_p**2, sd_q**2)
    nats = [math.log(sd_q / sd_p), (sd_p**2 + mean**2) / (2 * sd_q**2), -0.5]
    return Draft(
        {"mean": mean, "sd_p": sd_p, "sd_q": sd_q},
        f"$P$ is normal with mean 0 and standard deviation {plain(sd_p)}, $Q$ normal with mean {plain(mean)} and standard deviation {plain(sd_q)}. What is $D(P \\| Q)$, in bits?",
        d,
        rf"$\ln \frac{{\sigma_Q}}{{\sigma_P}} + \frac{{\sigma_P^2 + (\mu_P - \mu_Q)^2}}{{2 \sigma_Q^2}} - \frac12 = {sum_of(map(shown, nats))} = {shown(d * LN2)}$ nats, divided by $\ln 2$: ${shown(d)}$ bits.",
        (
            Mistake(kl(mean, sd_p, sd_q), "the formula has the variances; these are standard deviations."),
            Mistake(kl(mean, sd_q**2, sd_p**2), TURNED),
            Mistake(d * LN2, IN_NATS),
            Mistake(kl(0, sd_p**2, sd_q**2), "the means differ, and the square of their distance counts."),
        ),
    )


@template("continuous")
def entropy_in_other_units(rng):
    mean, (name, factor) = tenths(rng, 0.5, 20), pick(rng, ("minutes", 60), ("seconds", 3600), ("days", 1 / 24))
    here, there = exponential_entropy(1 / mean), exponential_entropy(1 / (mean * factor))
    return Draft(
        {"mean": mean, "factor": factor},
        f"Lifetimes are exponential with a mean of {plain(mean)} hours. What is their differential entropy in bits, if time is measured in {name}?",
        there,
        rf"$h = \log_2 (e\,m)$ with the mean in the unit of measurement: in hours ${shown(here)}$ bits, and the change of unit adds $\log_2 ({plain(round(factor, 6))}) = {shown(math.log2(factor))}$: ${shown(there)}$ bits.",
        (
            Mistake(here, "that is in hours; differential entropy changes with the unit."),
            Mistake(here - math.log2(factor), "the numbers that are measured get larger or smaller with the unit, and so does the entropy: mind the sign."),
            Mistake(there * LN2, IN_NATS),
            Mistake(here * factor, "a change of unit adds a logarithm; it doesn't multiply."),
        ),
    )


@template("continuous")
def information_of_a_correlation(rng):
    rho = hundredths(rng, 0.2, 0.97)
    i = float(gaussian_mutual_information([[1, rho], [rho, 1]], 1))
    return Draft(
        {"rho": rho},
        f"Two quantities are jointly normal with correlation {plain(rho)}. How many bits do they share?",
        i,
        rf"$I = -\frac12 \log_2 (1 - \rho^2) = -\frac12 \log_2 {shown(1 - rho**2)} = {shown(i)}$ bits.",
        (
            Mistake(2 * i, "the half in front is missing."),
            Mistake(-0.5 * math.log2(1 - rho), "the correlation is squared."),
            Mistake(i * LN2, IN_NATS),
            Mistake(rho**2, "that is the share of the variance that is explained."),
        ),
    )


@template("directions")
def forward_moments(rng):
    w, distance, sd = pick(rng, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9), tenths(rng, 1, 8), tenths(rng, 0.5, 2)
    _, spread = mixture_moments(([w, 1 - w], [0.0, distance], [sd, sd]))
    variance = spread**2
    between = w * (1 - w) * distance**2
    return Draft(
        {"w": w, "distance": distance, "sd": sd},
        f"The truth is a mixture of two normals with standard deviation {plain(sd)} each: weight {plain(w)} at mean 0, the rest at mean {plain(distance)}. "
        "A single normal is fitted in the forward direction, $\\min_Q D(P \\| Q)$. What is its variance?",
        variance,
        rf"The forward direction matches moments. The variance of the mixture is the mean variance plus the variance of the means: "
        rf"${plain(round(sd**2, 4))} + {plain(w)} \cdot {plain(round(1 - w, 1))} \cdot {plain(distance)}^2 = {shown(variance)}$.",
        (
            Mistake(sd**2, "that is the variance within a component; the means differ too."),
            Mistake(between, "that is the variance of the means; each component has one of its own."),
            Mistake(spread, "that is the standard deviation."),
            Mistake(sd**2 + distance**2 / 4, "that is for equal weights."),
        ),
    )


@template("directions")
def chi_squared(rng):
    p, q = probabilities(rng, 3), probabilities(rng, 3)
    x = f_divergence(p, q, "chi-squared")
    terms = [(a - b) ** 2 / b for a, b in zip(p, q)]
    return Draft(
        {"p": p, "q": q},
        f"What is the chi-squared divergence $\\chi^2(P \\| Q)$?\n\n{two_laws(p, q)}",
        x,
        rf"$\sum_x \frac{{(p(x) - q(x))^2}}{{q(x)}} = {sum_of(map(shown, terms))} = {shown(x)}$.",
        (
            Mistake(f_divergence(q, p, "chi-squared"), "divide by the second distribution, the model."),
            Mistake(kl_divergence(p, q), "that is the KL divergence."),
            Mistake(sum((a - b) ** 2 for a, b in zip(p, q)), "each square is divided by what the model says."),
            Mistake(x / 2, "the generator here is (t - 1)^2, without a half."),
        ),
    )


@template("directions")
def overlap_of_two_laws(rng):
    p, q = probabilities(rng, 3), probabilities(rng, 3)
    h, overlap = float(hellinger_distance(p, q)), sum(math.sqrt(a * b) for a, b in zip(p, q))
    return Draft(
        {"p": p, "q": q},
        f"What is the Hellinger distance $\\sqrt{{1 - \\sum_x \\sqrt{{p(x) q(x)}}}}$ of $P$ and $Q$?\n\n{two_laws(p, q)}",
        h,
        rf"The overlap is $\sum_x \sqrt{{p(x) q(x)}} = {shown(overlap)}$, and $\sqrt{{1 - {shown(overlap)}}} = {shown(h)}$.",
        (
            Mistake(h**2, "that is its square."),
            Mistake(overlap, "that is the overlap: 1 for equal distributions."),
            Mistake(math.sqrt(2) * h, "without the half in front of the sum of squares it would range to the root of 2."),
            Mistake(math.sqrt(1 - overlap**2), "take the root of one less the overlap, not of one less its square."),
        ),
    )


@template("directions")
def bound_on_an_event(rng):
    bits = hundredths(rng, 0.03, 0.9)
    bound = math.sqrt(bits * LN2 / 2)
    return Draft(
        {"bits": bits},
        f"A model's divergence from the truth is {plain(bits)} bits. By Pinsker's inequality, how far can the probability of an event be from what the model says, at most?",
        bound,
        rf"$\delta \le \sqrt{{D / 2}}$ with $D$ in nats: $D = {plain(bits)} \cdot \ln 2 = {shown(bits * LN2)}$, and $\delta \le {shown(bound)}$.",
        (
            Mistake(math.sqrt(bits / 2), "the inequality has the divergence in nats."),
            Mistake(math.sqrt(bits * LN2), "the half under the root is missing."),
            Mistake(bits * LN2 / 2, "the root is missing."),
            Mistake(math.sqrt(2 * bits * LN2), "that bounds the sum of the distances, which is twice as large."),
        ),
    )


@template("estimation")
def entropy_of_counts(rng):
    counts = [int(n) for n in rng.integers(1, 12, size=int(rng.integers(4, 7)))]
    n, k = sum(counts), len(counts)
    answer, plain_h = float(miller_madow(counts)), float(plug_in(counts))
    return Draft(
        {"counts": counts},
        f"Outcomes were seen {listed(counts)} times. Estimate the entropy by Miller and Madow's correction, in bits.",
        answer,
        rf"The plug-in estimate is ${shown(plain_h)}$ bits. The correction is $\frac{{K - 1}}{{2n}} = \frac{{{k - 1}}}{{{2 * n}}}$ nats, or ${shown((k - 1) / (2 * n * LN2))}$ bits: together ${shown(answer)}$.",
        (
            Mistake(plain_h, "that is the plug-in estimate, too low on average."),
            Mistake(plain_h + (k - 1) / (2 * n), "the correction is in nats: divide it by ln 2 before you add it."),
            Mistake(2 * plain_h - answer, "the plug-in estimate is too low, so the correction is added."),
            Mistake(plain_h + k / (2 * n * LN2), "one less than the number of outcomes seen."),
        ),
    )


@template("estimation")
def information_that_is_not_there(rng):
    r, c, n = int(rng.integers(2, 9)), int(rng.integers(2, 9)), 10 * int(rng.integers(4, 30))
    answer = (r - 1) * (c - 1) / (2 * n * LN2)
    return Draft(
        {"r": r, "c": c, "n": n},
        f"Two independent variables with {r} and {c} values were observed {n} times. How many bits of mutual information will the plug-in estimate show, on average and to first order?",
        answer,
        rf"$\frac{{(r - 1)(c - 1)}}{{2n}} = \frac{{{(r - 1) * (c - 1)}}}{{{2 * n}}} = {shown(answer * LN2)}$ nats, which is ${shown(answer)}$ bits. The truth is 0.",
        (
            Mistake(answer * LN2, IN_NATS),
            Mistake((r * c - 1) / (2 * n * LN2), "that is by how much the joint entropy is too low; the two margins are too low as well."),
            Mistake(2 * answer, "the bias has 2n in the denominator."),
            Mistake(r * c / (2 * n * LN2), "one less in each direction: the last row and column follow from the others."),
        ),
    )


@template("estimation")
def nearest_neighbours(rng):
    x = sorted(int(v) / 10 for v in rng.choice(np.arange(0, 100), 4, replace=False))
    near = [min(abs(a - b) for b in x if b != a) for a in x]
    h = kozachenko_leonenko(x, k=1, base=math.e)
    logs = float(np.mean(np.log(near)))
    return Draft(
        {"x": x},
        f"Four measurements: {listed(x)}. Estimate the differential entropy by Kozachenko's and Leonenko's formula with the nearest neighbour ($k = 1$), in nats. "
        "($\\psi(4) - \\psi(1) = 1 + \\frac12 + \\frac13$.)",
        h,
        rf"The distances to the nearest are {listed(round(r, 6) for r in near)}. $\hat h = \psi(n) - \psi(k) + \ln 2 + \frac1n \sum_i \ln r_i = 1.8333 + 0.6931 + ({shown(logs)}) = {shown(h)}$ nats; the ball of radius 1 on a line has length 2.",
        (
            Mistake(h - LN2, "the ball around a point reaches to both sides: its volume is 2r."),
            Mistake(h - 11 / 6, "the digammas of n and k are missing."),
            Mistake(h / LN2, "that is in bits; the question asks for nats."),
            Mistake(h - logs + math.log(np.mean(near)), "take the mean of the logarithms, not the logarithm of the mean."),
        ),
    )


@template("monte_carlo")
def steady_estimator(rng):
    p, q = probabilities(rng, 3), probabilities(rng, 3)
    counts = [int(n) for n in rng.integers(1, 7, size=3)]
    n = sum(counts)
    log_p, log_q = (np.repeat(np.log(law), counts) for law in (p, q))
    terms = {f.__name__: float(np.mean(f(log_p, log_q, base=math.e))) for f in (k1, k2, k3)}
    steady, ratios = terms["k3"], [b / a for a, b in zip(p, q)]
    each = [r - 1 - math.log(r) for r in ratios]
    return Draft(
        {"p": p, "q": q, "counts": counts},
        f"{n} samples from $P$ showed a, b and c {listed(counts)} times. Estimate $D(P \\| Q)$ from them by $k_3 = r - 1 - \\ln r$ with $r = q(x)/p(x)$, in nats.\n\n{two_laws(p, q)}",
        steady,
        rf"For a, b and c, $r$ is {listed(round(r, 4) for r in ratios)} and $k_3$ is {listed(round(t, 4) for t in each)}. The mean over the samples is "
        rf"$\frac{{1}}{{{n}}} ({weighted(counts, each)}) = {shown(steady)}$ nats.",
        (
            Mistake(terms["k1"], "that is k1, the mean of the log ratios; it may be negative."),
            Mistake(terms["k2"], "that is k2, half the squared log ratios, which is biased."),
            Mistake(kl_divergence(p, q, base=math.e), "that is the divergence itself; estimate it from these samples."),
            Mistake(float(np.dot(counts, [1 / r - 1 + math.log(r) for r in ratios])) / n, "r is q over p, with the samples from P."),
        ),
    )


@template("monte_carlo")
def effective_samples(rng):
    weights = [tenths(rng, 0.1, 5) for _ in range(5)]
    ess = effective_sample_size(np.log(weights))
    total, squares = sum(weights), sum(w * w for w in weights)
    return Draft(
        {"weights": weights},
        f"Five samples have the importance weights {listed(weights)}. How many equally weighted samples are they worth?",
        ess,
        rf"$\frac{{(\sum w)^2}}{{\sum w^2}} = \frac{{{plain(round(total, 1))}^2}}{{{plain(round(squares, 2))}}} = {shown(ess)}$.",
        (
            Mistake(total, "that is the sum of the weights; a common factor must not matter."),
            Mistake(total / max(weights), "that is by the largest weight; the effective size has the squares of all."),
            Mistake(total**2 / squares / 5, "that is the share of the five."),
            Mistake(2 ** entropy(np.array(weights) / total), "that is the perplexity of the weights, another and larger measure."),
        ),
    )


@template("monte_carlo")
def ceiling_of_a_batch(rng):
    bits, batch = tenths(rng, 8, 15), int(rng.integers(10, 200))
    return Draft(
        {"bits": bits, "batch": batch},
        f"Two quantities share {plain(bits)} bits. InfoNCE is computed with batches of {batch} pairs. By how many bits does it fall short of the truth at least, on average?",
        bits - math.log2(batch),
        rf"InfoNCE never exceeds the logarithm of the size of the batch: $\log_2 {batch} = {shown(math.log2(batch))}$ bits. So it lacks at least ${plain(bits)} - {shown(math.log2(batch))} = {shown(bits - math.log2(batch))}$ bits.",
        (
            Mistake(bits - math.log(batch), "the information is in bits, the logarithm to base e is not."),
            Mistake(math.log2(batch), "that is the ceiling; the question asks what is missing below the truth."),
            Mistake(bits, "it can show something: up to the logarithm of the size of the batch."),
            Mistake(bits - math.log2(batch - 1), "the right pair is among the candidates that are counted."),
        ),
    )


@template("maximum_likelihood")
def likelihood_lost(rng):
    n = int(rng.integers(20, 120))
    heads, q = int(rng.integers(round(0.15 * n), round(0.85 * n) + 1)), pick(rng, 0.5, 0.4, 0.6)
    share = heads / n
    d = kl_divergence([share, 1 - share], [q, 1 - q])
    return Draft(
        {"n": n, "heads": heads, "q": q},
        f"{n} tosses showed {heads} heads. By how many bits is the log-likelihood of a coin with probability {plain(q)} lower than the largest one?",
        n * d,
        rf"The largest is reached at the share, ${heads}/{n} = {shown(share)}$, and what is lost is $n\,D(\hat P \| Q) = {n} \cdot {shown(d)} = {shown(n * d)}$ bits.",
        (
            Mistake(d, "that is for one toss."),
            Mistake(n * d * LN2, IN_NATS),
            Mistake(n * kl_divergence([q, 1 - q], [share, 1 - share]), "the data come first in the divergence, the model second."),
            Mistake(n * cross_entropy([share, 1 - share], [q, 1 - q]), "that is the whole negative log-likelihood; compare it with the smallest one."),
        ),
    )


@template("maximum_likelihood")
def price_of_parameters(rng):
    d, n = int(rng.integers(4, 40)), 10 * int(rng.integers(3, 25))
    answer = d / (2 * n * LN2)
    return Draft(
        {"d": d, "n": n},
        f"A model with {d} free parameters holds the truth and is fitted to {n} samples by maximum likelihood. What is the expected divergence of the truth from the fit, to first order, in bits?",
        answer,
        rf"$\frac{{d}}{{2n}} = \frac{{{d}}}{{{2 * n}}} = {shown(d / (2 * n))}$ nats, and ${shown(answer)}$ bits.",
        (
            Mistake(answer * LN2, IN_NATS),
            Mistake(2 * answer, "that is the distance of training from new data, which counts the same amount twice."),
            Mistake((d - 1) / (2 * n * LN2), "all free parameters count; the constraint is gone already."),
            Mistake(n * answer, "that is for all samples together."),
        ),
    )


@template("maximum_likelihood")
def geometric_fit(rng):
    x = [int(v) for v in rng.integers(1, 12, size=6)]
    p, mean = fit_geometric(x), sum(x) / 6
    bits = mean_log_likelihood([math.log(p) + (v - 1) * math.log1p(-p) for v in x])
    return Draft(
        {"x": x},
        f"Six trials took {listed(x)} attempts up to the first success. Fit the geometric law by maximum likelihood. What is its mean log-likelihood on these data, in bits a trial?",
        bits,
        rf"$\hat p = 1 / \bar x = {shown(p)}$, and the mean of $\log_2 \hat p + (x - 1) \log_2 (1 - \hat p)$ is ${shown(math.log2(p))} + {shown(mean - 1)} \cdot ({shown(math.log2(1 - p))}) = {shown(bits)}$ bits.",
        (
            Mistake(6 * bits, "that is the sum over the six trials."),
            Mistake(bits * LN2, IN_NATS),
            Mistake(-bits, "that is the loss; the logarithm of a probability is negative."),
            Mistake(math.log2(p) + mean * math.log2(1 - p), "there is one failure less than there are attempts."),
        ),
    )


@template("bayesian_learning")
def gain_of_a_datum(rng):
    prior, likelihood = probabilities(rng, 3, parts=10), [hundredths(rng, 0.05, 0.95) for _ in range(3)]
    posterior = bayes_update(prior, likelihood)
    gain = information_gain(prior, likelihood)
    return Draft(
        {"prior": prior, "likelihood": likelihood},
        f"Three hypotheses have the prior probabilities {listed(prior)}. A datum comes in to which they gave {listed(likelihood)}. How much did it teach, in bits?",
        gain,
        rf"The posterior is {listed(posterior.round(4))}, and the gain is its divergence from the prior: "
        rf"${sum_of(shown(b * math.log2(b / a)) for a, b in zip(prior, posterior))} = {shown(gain)}$ bits.",
        (
            Mistake(entropy(prior) - entropy(posterior), "a gain is not a fall of uncertainty, which may even rise."),
            Mistake(kl_divergence(prior, posterior), "the posterior comes first: it is the belief that rules now."),
            Mistake(gain * LN2, IN_NATS),
            Mistake(-math.log2(float(np.dot(prior, likelihood))), "that is how surprising the datum was."),
        ),
    )


@template("bayesian_learning")
def value_of_a_test(rng):
    ill, sens, spec = hundredths(rng, 0.05, 0.5), hundredths(rng, 0.7, 0.99), hundredths(rng, 0.7, 0.99)
    prior, laws = [ill, 1 - ill], [[sens, 1 - sens], [1 - spec, spec]]
    i = float(expected_information_gain(prior, laws))
    positive = ill * sens + (1 - ill) * (1 - spec)
    noise = ill * entropy(laws[0]) + (1 - ill) * entropy(laws[1])
    return Draft(
        {"ill": ill, "sens": sens, "spec": spec},
        f"A share {plain(ill)} of all patients is ill. A test is positive for {plain(sens)} of the ill and negative for {plain(spec)} of the healthy. How many bits does it tell about a patient on average?",
        i,
        rf"It is positive with probability ${shown(positive)}$, so its result has ${shown(entropy([positive, 1 - positive]))}$ bits; of these ${shown(noise)}$ are open when the illness is known. The rest is $I = {shown(i)}$ bits.",
        (
            Mistake(entropy(prior), "that is all there is to know about the patient; the test tells a part of it."),
            Mistake(float(information_gain(prior, [sens, 1 - spec])), "that is what a positive result teaches; negative ones count too."),
            Mistake(i * LN2, IN_NATS),
            Mistake(entropy([positive, 1 - positive]), "that is the entropy of the result; a part of it is error of the test."),
        ),
    )


@template("bayesian_learning")
def next_success(rng):
    a, b, s, f = (int(rng.integers(low, high)) for low, high in ((1, 5), (1, 5), (0, 15), (0, 15)))
    new_a, new_b = map(float, beta_update(a, b, s, f))
    answer = -math.log2(new_a / (new_a + new_b))
    return Draft(
        {"a": a, "b": b, "s": s, "f": f},
        f"The belief about a coin is Beta({a}, {b}). It then shows {s} heads and {f} tails. How many bits of information will heads carry at the next toss?",
        answer,
        rf"The belief is now Beta({a + s}, {b + f}), and the probability of heads is its mean, $\frac{{{a + s}}}{{{a + b + s + f}}}$. So heads carry $-\log_2 {shown(2**-answer)} = {shown(answer)}$ bits.",
        (
            Mistake(-math.log2((s + 0.5) / (s + f + 1)), "that is another prior, Jeffreys'; use the one that is given."),
            Mistake(-math.log2(a / (a + b)), "that is before the tosses."),
            Mistake(-math.log2(1 - new_a / (new_a + new_b)), "that is what tails would carry."),
            Mistake(answer * LN2, IN_NATS),
        ),
    )


@template("timeline")
def capacity_of_a_line(rng):
    e, n = hundredths(rng, 0.01, 0.3), 100 * int(rng.integers(1, 50))
    c = capacity([[1 - e, e], [e, 1 - e]]).lower
    return Draft(
        {"e": e, "n": n},
        f"A line flips each bit with probability {plain(e)}. How many bits can be sent over it reliably in {n} uses, by Shannon's theorem?",
        n * c,
        rf"$C = 1 - H({plain(e)}) = 1 - {shown(entropy([e, 1 - e]))} = {shown(c)}$ bits a use, and {n} times that is ${shown(n * c)}$.",
        (
            Mistake(n * (1 - e), "that is a line that *erases* bits and says so; a flipped bit looks like any other."),
            Mistake(n * entropy([e, 1 - e]), "that is what the noise takes."),
            Mistake(c, "that is for one use."),
            Mistake(n * (1 - 2 * e), "the capacity is not linear in the share of wrong bits."),
        ),
    )


@template("timeline")
def redundancy(rng):
    p = probabilities(rng, 6, parts=40)
    answer = 1 - entropy(p) / math.log2(6)
    return Draft(
        {"p": p},
        f"A language has six signs with probabilities {listed(p)}, used independently. What is its redundancy, the share that Shannon's measure saves over Hartley's?",
        answer,
        rf"Hartley counts $\log_2 6 = {shown(math.log2(6))}$ bits a sign, Shannon $H = {shown(entropy(p))}$. $1 - H / \log_2 6 = {shown(answer)}$.",
        (
            Mistake(1 - answer, "that is what is left; the redundancy is what is saved."),
            Mistake(math.log2(6) - entropy(p), "that is in bits; the redundancy is a share."),
            Mistake(1 - entropy(p, base=math.e) / math.log2(6), "both measures have to be in the same unit."),
            Mistake(1 - entropy(p) / 6, "Hartley's measure is the logarithm of the number of signs."),
        ),
    )


@template("timeline")
def sum_of_both_directions(rng):
    a, b = hundredths(rng, 0.05, 0.95), hundredths(rng, 0.05, 0.95)
    p, q = [a, 1 - a], [b, 1 - b]
    there, back = kl_divergence(p, q), kl_divergence(q, p)
    return Draft(
        {"a": a, "b": b},
        f"Two coins show heads with probabilities {plain(a)} and {plain(b)}. What is their Jeffreys divergence, in bits?",
        there + back,
        rf"The sum of both directions: ${shown(there)} + {shown(back)} = {shown(there + back)}$ bits. For coins it is the difference of the probabilities times that of the log odds, "
        rf"${plain(round(a - b, 2))} \cdot ({shown(math.log2(a / (1 - a)))} - ({shown(math.log2(b / (1 - b)))}))$.",
        (
            Mistake(there, "that is one direction; add the other."),
            Mistake((there + back) / 2, "Jeffreys takes the sum, not the mean."),
            Mistake((there + back) * LN2, IN_NATS),
            Mistake(abs(there - back), "add the directions."),
        ),
    )


@template("timeline")
def price_of_a_better_fit(rng):
    small, more = int(rng.integers(1, 6)), int(rng.integers(1, 7))
    loss, gain = tenths(rng, 50, 300), tenths(rng, 0.5, 12)
    better = round(loss - gain, 1)
    return Draft(
        {"small": small, "more": more, "loss": loss, "better": better},
        f"A model with {small} parameters reaches a log-likelihood of {plain(-loss)} nats, one with {small + more} parameters {plain(-better)} on the same data. "
        "By how much is Akaike's criterion of the larger one higher than that of the smaller one? (Lower is better.)",
        2 * more - 2 * gain,
        rf"$\mathrm{{AIC}} = 2d - 2 \ln L$: $({2 * (small + more)} + {plain(2 * better)}) - ({2 * small} + {plain(2 * loss)}) = {shown(2 * more - 2 * gain, 1)}$.",
        (
            Mistake(-2 * gain, "the parameters have a price: 2 each."),
            Mistake(2 * gain - 2 * more, "that is the other difference: larger less smaller is asked for."),
            Mistake(more - 2 * gain, "a parameter costs 2 on the scale of -2 ln L."),
            Mistake(2 * more + 2 * gain, "a better fit lowers the criterion."),
        ),
    )
