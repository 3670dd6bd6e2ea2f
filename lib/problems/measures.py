"""Problems on the measures: chapters 1 to 6."""

import math

import numpy as np

from lib import (
    conditional_entropy,
    cross_entropy,
    cross_entropy_from_logits,
    entropy,
    joint_entropy,
    js_distance,
    js_divergence,
    kl_divergence,
    mutual_information,
    self_information,
)
from lib.f_divergences import total_variation
from lib.problems._engine import Draft, Mistake, template
from lib.problems._words import hundredths, joint_table, listed, pick, plain, probabilities, shown, sum_of, tenths, two_laws, weighted

LN2 = math.log(2)
IN_NATS = "that is in nats; bits take the logarithm to base 2."
TURNED = "the two distributions are exchanged: the truth comes first."


@template("information_content")
def information_of_a_draw(rng):
    winners, tickets = int(rng.integers(2, 20)), int(rng.integers(30, 200))
    p = winners / tickets
    return Draft(
        {"winners": winners, "tickets": tickets},
        f"A drum holds {tickets} tickets, and {winners} of them win. Somebody draws one and wins. What is the information content of that, in bits?",
        self_information(p),
        rf"The event has probability ${winners}/{tickets} = {shown(p)}$, so $I = \log_2 \frac{{{tickets}}}{{{winners}}} = {shown(self_information(p))}$ bits.",
        (
            Mistake(self_information(p, base=math.e), IN_NATS),
            Mistake(-self_information(p), "information is never negative: it is minus the logarithm of the probability."),
            Mistake(math.log2(tickets), "that would be one given ticket; any of the winners will do."),
            Mistake(self_information(1 - p), "that is the information of losing."),
        ),
    )


@template("information_content")
def information_without_putting_back(rng):
    red, blue = int(rng.integers(3, 15)), int(rng.integers(3, 15))
    n = red + blue
    both = red / n * (red - 1) / (n - 1)
    return Draft(
        {"red": red, "blue": blue},
        f"An urn holds {red} red and {blue} blue balls. Two are drawn, one after the other, and the first is not put back. Both are red. "
        "How many bits of information is that?",
        self_information(both),
        rf"The second draw depends on the first: $I = \log_2 \frac{{{n}}}{{{red}}} + \log_2 \frac{{{n - 1}}}{{{red - 1}}} "
        rf"= {shown(self_information(red / n))} + {shown(self_information((red - 1) / (n - 1)))} = {shown(self_information(both))}$ bits.",
        (
            Mistake(2 * self_information(red / n), "information adds up like this only if the draws are independent; the first ball is not put back."),
            Mistake(self_information(red / n), "that is the first ball alone."),
            Mistake(self_information(both, base=math.e), IN_NATS),
            Mistake(self_information((red - 1) / (n - 1)), "that is what the second ball tells once the first is known; add the first."),
        ),
    )


@template("information_content")
def information_to_probability(rng):
    bits = hundredths(rng, 0.6, 5.0)
    p = 2**-bits
    return Draft(
        {"bits": bits},
        f"Some event carries {plain(bits)} bits of information. How probable was it?",
        p,
        rf"$I = -\log_2 p$, so $p = 2^{{-I}} = 2^{{-{plain(bits)}}} = {shown(p)}$.",
        (
            Mistake(math.exp(-bits), "the information is given in bits, so the base is 2, not e."),
            Mistake(1 / bits, "information is a logarithm of the probability, not its inverse."),
            Mistake(1 - p, "that is the probability that the event does not happen."),
        ),
    )


@template("entropy")
def entropy_of_four(rng):
    p = probabilities(rng, 4)
    terms = [-x * math.log2(x) for x in p]
    return Draft(
        {"p": p},
        f"A weather station reports sun, cloud, rain or snow with probabilities {listed(p)}. What is the entropy of a report, in bits?",
        entropy(p),
        rf"$H = -\sum_x p(x) \log_2 p(x) = {sum_of(map(shown, terms))} = {shown(entropy(p))}$ bits.",
        (
            Mistake(entropy(p, base=math.e), IN_NATS),
            Mistake(-entropy(p), "entropy is never negative: mind the sign."),
            Mistake(np.mean(self_information(p)), "weight each information content by its probability instead of taking a plain mean."),
            Mistake(2.0, "that would be four equally likely reports."),
        ),
    )


@template("entropy")
def entropy_in_stages(rng):
    a, faults = hundredths(rng, 0.55, 0.92), int(rng.integers(3, 13))
    h, rest = entropy([a, 1 - a]), math.log2(faults)
    answer = entropy([a] + faults * [(1 - a) / faults])
    return Draft(
        {"a": a, "faults": faults},
        f"A machine runs well with probability {plain(a)}. Otherwise it has one of {faults} faults, all equally likely. What is the entropy of its state, in bits?",
        answer,
        rf"Ask in stages: first whether it runs, then, in a share ${plain(round(1 - a, 2))}$ of all cases, which fault it has: "
        rf"$H = {shown(h)} + {plain(round(1 - a, 2))} \cdot \log_2 {faults} = {shown(h)} + {shown((1 - a) * rest)} = {shown(answer)}$ bits.",
        (
            Mistake(h + rest, "the second question is asked only when the machine does not run: weight it by that."),
            Mistake(math.log2(faults + 1), "the states are not equally likely."),
            Mistake((1 - a) * rest, "that is the second stage; whether it runs at all counts too."),
            Mistake(h, "that is the first stage; which fault it is counts too."),
        ),
    )


@template("entropy")
def perplexity(rng):
    p = probabilities(rng, 4)
    h = entropy(p)
    return Draft(
        {"p": p},
        f"A model of language gives four words the probabilities {listed(p)}. What is the perplexity, the number of equally likely words that would leave as much open?",
        2**h,
        rf"$H = {shown(h)}$ bits, and the perplexity is $2^H = {shown(2**h)}$. In nats it is $e^{{{shown(h * LN2)}}}$, the same number.",
        (
            Mistake(h, "that is the entropy; the perplexity is 2 to that power."),
            Mistake(math.exp(h), "the entropy is in bits there, so the base has to be 2."),
            Mistake(4.0, "that is the number of words; they are not equally likely."),
            Mistake(1 / max(p), "that looks at the most probable word only."),
        ),
    )


def _joint(rng, columns):
    flat = probabilities(rng, 2 * columns)
    return [flat[:columns], flat[columns:]]


@template("mutual_information")
def mutual_information_of_a_table(rng):
    joint = _joint(rng, pick(rng, 2, 3))
    p = np.array(joint)
    h_x, h_y, h_xy, i = entropy(p.sum(1)), entropy(p.sum(0)), joint_entropy(joint), mutual_information(joint)
    return Draft(
        {"joint": joint},
        f"How many bits do $X$ and $Y$ share?\n\n{joint_table(joint)}",
        i,
        rf"The margins are {listed(p.sum(1).round(6))} for $X$ and {listed(p.sum(0).round(6))} for $Y$. "
        rf"$I(X;Y) = H(X) + H(Y) - H(X,Y) = {shown(h_x)} + {shown(h_y)} - {shown(h_xy)} = {shown(i)}$ bits.",
        (
            Mistake(mutual_information(joint, base=math.e), IN_NATS),
            Mistake(h_xy, "that is the joint entropy; subtract it from the sum of the two entropies."),
            Mistake(h_x - i, "that is what Y leaves open about X."),
            Mistake(h_x + h_y, "the sum counts what they share twice; subtract the joint entropy."),
        ),
    )


@template("mutual_information")
def conditional_entropy_of_a_table(rng):
    joint = _joint(rng, 3)
    p = np.array(joint)
    answer, other = conditional_entropy(joint, given="x"), conditional_entropy(joint, given="y")
    rows = p / p.sum(1, keepdims=True)
    return Draft(
        {"joint": joint},
        f"How many bits of $Y$ stay open on average when $X$ is known, $H(Y \\mid X)$?\n\n{joint_table(joint)}",
        answer,
        rf"Given $X = 1$ the law of $Y$ is {listed(rows[0].round(4))} with entropy ${shown(entropy(rows[0]))}$, given $X = 2$ it is {listed(rows[1].round(4))} "
        rf"with entropy ${shown(entropy(rows[1]))}$ bits. Weighted by $p(x)$: "
        rf"${weighted(p.sum(1).round(6), [entropy(row) for row in rows])} = {shown(answer)}$ bits.",
        (
            Mistake(other, "that is what stays open about X when Y is known."),
            Mistake(entropy(p.sum(0)), "that is the entropy of Y when nothing is known."),
            Mistake(joint_entropy(joint), "that is the entropy of the pair; subtract that of X."),
            Mistake((entropy(rows[0]) + entropy(rows[1])) / 2, "the two rows are not equally likely: weight them by p(x)."),
        ),
    )


@template("mutual_information")
def noisy_copy(rng):
    a, e = hundredths(rng, 0.1, 0.45), hundredths(rng, 0.02, 0.3)
    out = a * (1 - e) + (1 - a) * e
    i = mutual_information([[(1 - a) * (1 - e), (1 - a) * e], [a * e, a * (1 - e)]])
    h_out, h_e, h_a = (entropy([x, 1 - x]) for x in (out, e, a))
    return Draft(
        {"a": a, "e": e},
        f"A bit $X$ is 1 with probability {plain(a)}. On its way each bit is flipped with probability {plain(e)}, whatever it is, and $Y$ arrives. What is $I(X;Y)$, in bits?",
        i,
        rf"$Y$ is 1 with probability ${plain(a)} \cdot {plain(round(1 - e, 2))} + {plain(round(1 - a, 2))} \cdot {plain(e)} = {shown(out)}$. Given $X$, only the flip is open: "
        rf"$I = H(Y) - H(Y \mid X) = {shown(h_out)} - {shown(h_e)} = {shown(i)}$ bits.",
        (
            Mistake(1 - h_e, "that is the capacity, for equally likely bits; here 1 is rarer than 0."),
            Mistake(h_a - h_e, "subtract the entropy of the flip from that of what arrives, not of what was sent."),
            Mistake(h_out, "that is the entropy of Y; a part of it is noise."),
            Mistake(i * LN2, IN_NATS),
        ),
    )


@template("kl_divergence")
def divergence_of_three(rng):
    p, q = probabilities(rng, 3), probabilities(rng, 3)
    d = kl_divergence(p, q)
    terms = [a * math.log2(a / b) for a, b in zip(p, q)]
    return Draft(
        {"p": p, "q": q},
        f"The truth is $P$, the model $Q$. What is $D(P \\| Q)$, in bits?\n\n{two_laws(p, q)}",
        d,
        rf"$D = \sum_x p(x) \log_2 \frac{{p(x)}}{{q(x)}} = {sum_of(map(shown, terms))} = {shown(d)}$ bits. Single terms may be negative, the sum never is.",
        (
            Mistake(kl_divergence(q, p), TURNED),
            Mistake(kl_divergence(p, q, base=math.e), IN_NATS),
            Mistake(cross_entropy(p, q), "that is the cross-entropy; subtract the entropy of the truth."),
            Mistake(entropy(q) - entropy(p), "the divergence is not a difference of entropies: both logarithms are weighted by P."),
            Mistake(sum(map(abs, terms)), "terms may be negative; that belongs to it."),
        ),
    )


@template("kl_divergence")
def evidence_of_tosses(rng):
    a, b, n = hundredths(rng, 0.55, 0.9), pick(rng, 0.5, 0.4, 0.3), int(rng.integers(5, 60))
    d = kl_divergence([a, 1 - a], [b, 1 - b])
    return Draft(
        {"a": a, "b": b, "n": n},
        f"A coin shows heads with probability {plain(a)}; a gambler believes in {plain(b)}. How many bits of evidence against him do {n} tosses bring on average?",
        n * d,
        rf"One toss brings $D = {plain(a)} \log_2 \frac{{{plain(a)}}}{{{plain(b)}}} + {plain(round(1 - a, 2))} \log_2 \frac{{{plain(round(1 - a, 2))}}}{{{plain(1 - b)}}} = {shown(d)}$ bits, "
        rf"and independent tosses add up: ${n} \cdot {shown(d)} = {shown(n * d)}$ bits.",
        (
            Mistake(d, "that is one toss; the tosses are independent, so their evidence adds up."),
            Mistake(n * kl_divergence([b, 1 - b], [a, 1 - a]), TURNED),
            Mistake(n * d * LN2, IN_NATS),
            Mistake(n * cross_entropy([a, 1 - a], [b, 1 - b]), "that is what the tosses cost him; even who knows the coin pays its entropy."),
        ),
    )


@template("kl_divergence")
def divergence_in_two_steps(rng):
    a, b = hundredths(rng, 0.2, 0.8), hundredths(rng, 0.2, 0.8)
    rows = [[hundredths(rng, 0.1, 0.9) for _ in range(2)] for _ in range(2)]
    (p1, p2), (q1, q2) = rows

    def coin(x):
        return [x, 1 - x]

    first = kl_divergence(coin(a), coin(b))
    d1, d2 = kl_divergence(coin(p1), coin(q1)), kl_divergence(coin(p2), coin(q2))
    whole = kl_divergence(
        [a * p1, a * (1 - p1), (1 - a) * p2, (1 - a) * (1 - p2)], [b * q1, b * (1 - q1), (1 - b) * q2, (1 - b) * (1 - q2)]
    )
    return Draft(
        {"a": a, "b": b, "p1": p1, "p2": p2, "q1": q1, "q2": q2},
        f"It is a working day with probability {plain(a)}; a bus is late with probability {plain(p1)} on a working day and {plain(p2)} on another. "
        f"A model says {plain(b)} for the day, {plain(q1)} and {plain(q2)} for the delay. What is the divergence of the pair (day, delay) from the model, in bits?",
        whole,
        rf"By the chain rule it is that of the day plus that of the delay, averaged over the *true* days: "
        rf"${shown(first)} + {plain(a)} \cdot {shown(d1)} + {plain(round(1 - a, 2))} \cdot {shown(d2)} = {shown(whole)}$ bits.",
        (
            Mistake(first + d1 + d2, "the delays of the two kinds of day have to be weighted by how often these come."),
            Mistake(first + b * d1 + (1 - b) * d2, "weight by the true probabilities of the days, not by those of the model."),
            Mistake(a * d1 + (1 - a) * d2, "that the model errs about the day costs something too."),
            Mistake(whole * LN2, IN_NATS),
        ),
    )


@template("cross_entropy")
def cross_entropy_of_three(rng):
    p, q = probabilities(rng, 3), probabilities(rng, 3)
    h = cross_entropy(p, q)
    return Draft(
        {"p": p, "q": q},
        f"Messages come from $P$, and the code is made for $Q$. What does a message cost on average, $H(P, Q)$, in bits?\n\n{two_laws(p, q)}",
        h,
        rf"$H(P, Q) = -\sum_x p(x) \log_2 q(x) = {weighted(p, [-math.log2(x) for x in q])} = {shown(h)}$ bits: "
        rf"the entropy ${shown(entropy(p))}$ and the divergence ${shown(kl_divergence(p, q))}$.",
        (
            Mistake(kl_divergence(p, q), "that is only what the wrong code wastes; the entropy has to be paid too."),
            Mistake(entropy(p), "that is what the right code would cost."),
            Mistake(cross_entropy(q, p), TURNED),
            Mistake(h * LN2, IN_NATS),
        ),
    )


@template("cross_entropy")
def loss_from_logits(rng):
    logits = [tenths(rng, -2, 3) for _ in range(3)]
    right = int(rng.integers(3))
    loss = cross_entropy_from_logits(logits, right, base=math.e)
    total = math.log(sum(map(math.exp, logits)))
    return Draft(
        {"logits": logits, "right": right},
        f"A classifier puts out the logits {listed(logits)}; the right class is the {('first', 'second', 'third')[right]}. What is its cross-entropy loss, in nats?",
        loss,
        rf"$-\ln q = \ln \sum_i e^{{z_i}} - z_y = {shown(total)} - ({plain(logits[right])}) = {shown(loss)}$ nats; the class got the probability ${shown(math.exp(-loss))}$.",
        (
            Mistake(loss / LN2, "that is in bits; the question asks for nats."),
            Mistake(-logits[right], "logits are not normalised: add the logarithm of the sum of their exponentials."),
            Mistake(total, "that is the normaliser; subtract the logit of the right class."),
            Mistake(math.exp(-loss), "that is the probability of the right class; the loss is minus its logarithm."),
        ),
    )


@template("cross_entropy")
def smoothed_labels(rng):
    k, eps = 4, pick(rng, 0.1, 0.2, 0.3, 0.4)
    q = probabilities(rng, k)
    target = [1 - eps + eps / k] + (k - 1) * [eps / k]
    loss = cross_entropy(target, q, base=math.e)
    others = -sum(map(math.log, q[1:]))
    return Draft(
        {"q": q, "eps": eps},
        f"A classifier gives four classes the probabilities {listed(q)}, and the first is right. Labels are smoothed with {plain(eps)}: that share of the target is spread evenly over *all four* classes. "
        "What is the loss, in nats?",
        loss,
        rf"The target is {listed([round(t, 6) for t in target])}. $-\sum_i t_i \ln q_i = {weighted([round(t, 6) for t in target], [-math.log(x) for x in q])} = {shown(loss)}$ nats.",
        (
            Mistake(-math.log(q[0]), "that is the loss without smoothing."),
            Mistake(-(1 - eps) * math.log(q[0]) + eps / (k - 1) * others, "the share is spread over all four classes, the right one among them."),
            Mistake(-math.log(q[0]) + eps / k * others, "the right class has to give up what the others get."),
            Mistake(loss / LN2, "that is in bits; the question asks for nats."),
        ),
    )


@template("js_divergence")
def meeting_in_the_middle(rng):
    p, q = probabilities(rng, 3), probabilities(rng, 3)
    js, m = js_divergence(p, q), (np.array(p) + q) / 2
    d_p, d_q = kl_divergence(p, m), kl_divergence(q, m)
    return Draft(
        {"p": p, "q": q},
        f"What is the Jensen-Shannon divergence of $P$ and $Q$, in bits?\n\n{two_laws(p, q)}",
        js,
        rf"The midpoint is $M = $ {listed(m.round(6))}. $\frac12 D(P \| M) + \frac12 D(Q \| M) = \frac12 ({shown(d_p)} + {shown(d_q)}) = {shown(js)}$ bits.",
        (
            Mistake(js_distance(p, q), "that is the distance, the root of the divergence."),
            Mistake((kl_divergence(p, q) + kl_divergence(q, p)) / 2, "measure both from their midpoint, not from each other."),
            Mistake(d_p + d_q, "take the mean of the two divergences from the midpoint, not the sum."),
            Mistake(js * LN2, IN_NATS),
        ),
    )


@template("js_divergence")
def guessing_the_source(rng):
    p, q = probabilities(rng, 4, parts=50), probabilities(rng, 4, parts=50)
    tv = float(total_variation(p, q))
    return Draft(
        {"p": p, "q": q},
        f"A fair coin decides whether a letter is drawn from $P$ or from $Q$. You see the letter and guess the source as well as can be. How often are you wrong?\n\n{two_laws(p, q)}",
        (1 - tv) / 2,
        rf"Guess the source under which the letter is more probable; you err with the smaller one: $\frac12 \sum_x \min(p(x), q(x)) = \frac12 (1 - {shown(tv)}) = {shown((1 - tv) / 2)}$, "
        rf"with the total variation ${shown(tv)}$.",
        (
            Mistake(tv, "that is the total variation; the error falls as it grows."),
            Mistake(1 - tv, "each source has probability one half."),
            Mistake((1 + tv) / 2, "that is how often you are right."),
            Mistake((1 - js_divergence(p, q)) / 2, "the Jensen-Shannon divergence gives bounds on the error; the total variation gives the error itself."),
        ),
    )


@template("js_divergence")
def what_a_letter_tells(rng):
    p, q, w = probabilities(rng, 3), probabilities(rng, 3), pick(rng, 0.1, 0.2, 0.3, 0.7, 0.8, 0.9)
    weights = [w, round(1 - w, 1)]
    js, m = js_divergence(p, q, weights), w * np.array(p) + (1 - w) * np.array(q)
    return Draft(
        {"p": p, "q": q, "w": w},
        f"A share {plain(w)} of all letters is written by $P$, the rest by $Q$. How many bits does a letter tell about its writer?\n\n{two_laws(p, q)}",
        js,
        rf"The mixture is $M = $ {listed(m.round(6))}. What a letter tells is the weighted divergence, $H(M) - \sum_i w_i H(P_i) = {shown(entropy(m))} - {plain(w)} \cdot {shown(entropy(p))} "
        rf"- {plain(weights[1])} \cdot {shown(entropy(q))} = {shown(js)}$ bits.",
        (
            Mistake(js_divergence(p, q), "the two don't write equally often."),
            Mistake(entropy(m), "that is the entropy of a letter; subtract what is open when the writer is known."),
            Mistake(js_divergence(p, q, weights[::-1]), "the weights are exchanged."),
            Mistake(entropy([w, 1 - w]), "that is the entropy of the writer, the most that a letter could tell."),
        ),
    )
