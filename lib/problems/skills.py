"""Problems on skills from information: chapters 21 and later. All worlds are tables."""

import math

import numpy as np

from lib import entropy, mutual_information
from lib.channels import capacity, decoder_bound
from lib.problems._engine import Draft, Mistake, template
from lib.problems._words import hundredths, pick, plain, probabilities, shown, sum_of, table
from lib.skill_bounds import pigeonhole_information
from lib.tabular_skills import discriminator_bound, skill_reward

LN2 = math.log(2)
IN_NATS = "that is in nats; bits take the logarithm to base 2."
IN_BITS = "that is in bits; the question asks for nats."


@template("information_bounds")
def erasures(rng):
    k, e = int(rng.integers(3, 33)), hundredths(rng, 0.05, 0.7)
    answer = capacity(np.hstack([(1 - e) * np.eye(k), np.full((k, 1), e)])).lower
    return Draft(
        {"k": k, "e": e},
        f"A channel takes one of {k} letters and delivers it; with probability {plain(e)} it delivers a blank instead. What is its capacity, in bits?",
        answer,
        rf"A share $1 - e$ arrives, and the receiver knows which: $(1 - e) \log_2 k = {plain(round(1 - e, 2))} \cdot {shown(math.log2(k))} = {shown(answer)}$ bits.",
        (
            Mistake(math.log2(k), "that is without erasures."),
            Mistake(math.log2(k) - entropy([e, 1 - e]), "an erasure is seen, so the receiver need not find out where it was."),
            Mistake(answer * LN2, IN_NATS),
            Mistake((1 - e) * math.log2(k + 1), "a blank is received, never sent."),
        ),
    )


@template("information_bounds")
def one_sided_noise(rng):
    e = hundredths(rng, 0.05, 0.8)
    channel = [[1.0, 0.0], [e, 1 - e]]
    answer = capacity(channel).lower
    even = mutual_information([[0.5, 0.0], [e / 2, (1 - e) / 2]])
    return Draft(
        {"e": e},
        f"A channel delivers every 0 as it is, and a 1 with probability {plain(e)} as 0. What is its capacity, in bits?",
        answer,
        rf"Maximise $H(Y) - p\,H({plain(e)})$ over the share $p$ of ones, or use the closed form $\log_2 \bigl(1 + (1 - e)\, e^{{\,e / (1 - e)}}\bigr)$, "
        rf"where the base of the power is the number $e = {plain(e)}$: ${shown(answer)}$ bits.",
        (
            Mistake(even, "equally likely inputs are not the best: send the noisy letter less often."),
            Mistake(1 - entropy([e, 1 - e]), "that is a channel that flips both letters."),
            Mistake(1 - e, "that is a channel that erases and says so."),
            Mistake(answer * LN2, IN_NATS),
        ),
    )


@template("information_bounds")
def a_guesser_too_sure(rng):
    right, says = hundredths(rng, 0.6, 0.95), hundredths(rng, 0.55, 0.98)
    joint = [[right / 2, (1 - right) / 2], [(1 - right) / 2, right / 2]]
    bound, gap = decoder_bound(joint, [[says, 1 - says], [1 - says, says]])
    loss = -right * math.log2(says) - (1 - right) * math.log2(1 - says)
    return Draft(
        {"right": right, "says": says},
        f"A fair bit is to be guessed from what arrives. A guesser always says it is sure to {plain(says)}; it is right in a share {plain(right)} of all cases. "
        "Which lower bound on the mutual information does that prove, in bits?",
        bound,
        rf"The bound is $H(X)$ less the guesser's cross-entropy: $1 - {shown(loss)} = {shown(bound)}$ bits. The gap to the information, ${shown(bound + gap)}$, is the divergence of {plain(right)} from {plain(says)}.",
        (
            Mistake(bound + gap, "that is the information itself, which only a calibrated guesser proves."),
            Mistake(-loss, "the entropy of the bit is missing."),
            Mistake(bound * LN2, IN_NATS),
            Mistake(1 + math.log2(says), "the guesser is wrong at times, and then it pays for what it gave to the other bit."),
        ),
    )


@template("diayn")
def skills_in_few_places(rng):
    skills = int(rng.integers(5, 25))
    places = int(rng.integers(2, skills))
    answer = pigeonhole_information(skills, places)
    each, more = divmod(skills, places)
    sizes = ([each + 1] * more) + [each] * (places - more)
    return Draft(
        {"skills": skills, "places": places},
        f"{skills} equally likely skills end in {places} places, each skill in one of them. How many bits can the place tell about the skill at most?",
        answer,
        rf"Spread the skills as evenly as whole numbers allow: {more} places hold {each + 1}, {places - more} hold {each}. $\log_2 {skills} - \frac{{1}}{{{skills}}} \sum_i k_i \log_2 k_i "
        rf"= {shown(math.log2(skills))} - {shown(sum(k * math.log2(k) for k in sizes) / skills)} = {shown(answer)}$ bits.",
        (
            Mistake(math.log2(skills), "that needs a place for every skill."),
            Mistake(math.log2(places), "the skills can't be spread evenly."),
            Mistake(answer * LN2, IN_NATS),
            Mistake(math.log2(skills / places), "that is about what stays open."),
        ),
    )


@template("diayn")
def reward_of_a_skill(rng):
    k, q = int(rng.integers(3, 21)), hundredths(rng, 0.05, 0.98)
    rest = (1 - q) / (k - 1)
    reward = float(skill_reward(np.array([[q]] + (k - 1) * [[rest]]), np.full(k, 1 / k))[0, 0])
    return Draft(
        {"k": k, "q": q},
        f"One of {k} equally likely skills is on. In the state that it reaches, the discriminator gives it the probability {plain(q)}. What reward does DIAYN pay, in nats?",
        reward,
        rf"$\ln q(z \mid s) - \ln p(z) = \ln {plain(q)} + \ln {k} = {shown(math.log(q))} + {shown(math.log(k))} = {shown(reward)}$ nats.",
        (
            Mistake(math.log(q), "the prior of the skill is subtracted: without it every reward is negative."),
            Mistake(-reward, "the reward is high where the skill is recognised."),
            Mistake(reward / LN2, IN_BITS),
            Mistake(math.log(q) - math.log(k), "the logarithm of 1/k is negative, and it is subtracted."),
        ),
    )


@template("diayn")
def what_states_tell(rng):
    visits = [probabilities(rng, 3, parts=10) for _ in range(3)]
    prior = np.full(3, 1 / 3)
    joint = prior[:, None] * np.array(visits)
    posterior = joint / joint.sum(0)
    answer = float(discriminator_bound(visits, prior, posterior, base=math.e))
    marginal = joint.sum(0)
    inside = [entropy(row, base=math.e) for row in visits]
    names = [f"skill {z}" for z in (1, 2, 3)]
    return Draft(
        {"visits": visits},
        "Three equally likely skills visit three states with these probabilities. How many nats does a state tell about the skill, $I(S;Z)$?\n\n"
        + table(visits, corner="$p(s \\mid z)$", row_names=names, column_names=["state 1", "state 2", "state 3"]),
        answer,
        rf"$I = H(S) - H(S \mid Z) = {shown(entropy(marginal, base=math.e))} - \frac13 ({sum_of(map(shown, inside))}) = {shown(answer)}$ nats.",
        (
            Mistake(answer / LN2, IN_BITS),
            Mistake(math.log(3), "that would be skills that never share a state."),
            Mistake(entropy(marginal, base=math.e), "that is the entropy of the states; a part of it is left when the skill is known."),
            Mistake(math.log(3) - answer, "that is what stays open about the skill."),
        ),
    )


@template("diayn")
def a_discriminator_behind(rng):
    a, b, q = hundredths(rng, 0.55, 0.95), hundredths(rng, 0.55, 0.95), pick(rng, 0.6, 0.7, 0.8, 0.9)
    visits, table_q = [[a, 1 - a], [1 - b, b]], [[q, 1 - q], [1 - q, q]]
    bound = float(discriminator_bound(visits, [0.5, 0.5], table_q, base=math.e))
    information = float(mutual_information(np.array(visits) / 2, base=math.e))
    right = (a + b) / 2
    return Draft(
        {"a": a, "b": b, "q": q},
        f"Of two equally likely skills the first is in state 1 with probability {plain(a)}, the second in state 2 with probability {plain(b)}; otherwise each is in the other state. "
        f"In either state the discriminator gives {plain(q)} to the skill that belongs there. What does it prove about $I(S;Z)$, in nats?",
        bound,
        rf"$H(Z) + \mathrm{{E}} \ln q(Z \mid S) = \ln 2 + {shown(right, 3)} \ln {plain(q)} + {shown(1 - right, 3)} \ln {plain(round(1 - q, 1))} = {shown(bound)}$ nats. "
        rf"The information is ${shown(information)}$.",
        (
            Mistake(information, "that is the information, which only the posterior proves."),
            Mistake(bound - LN2, "the entropy of the skill is missing."),
            Mistake(bound / LN2, IN_BITS),
            Mistake(LN2 + math.log(q), "skills also stray into the other's state, and there the discriminator errs."),
        ),
    )
