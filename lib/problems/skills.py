"""Problems on skills from information: chapters 21 and later. What is a world here is a table."""

import math

import numpy as np

from lib import entropy, mutual_information, softmax
from lib.channels import capacity, decoder_bound
from lib.gridworld import from_map
from lib.problems._engine import Draft, Mistake, template
from lib.problems._words import hundredths, pick, plain, probabilities, shown, sum_of, table, tenths
from lib.skill_bounds import pigeonhole_information
from lib.skill_transitions import forward_information, prior_excess, prior_objective, skill_dynamics, transition_joint
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


@template("skills_control")
def proof_by_accuracy(rng):
    k, right = int(rng.integers(4, 21)), hundredths(rng, 0.5, 0.95)
    e, h = round(1 - right, 2), entropy([right, 1 - right], base=math.e)
    answer = math.log(k) - h - e * math.log(k - 1)
    return Draft(
        {"k": k, "right": right},
        f"Of {k} equally likely skills the one that a discriminator calls the likeliest is right in a share {plain(right)} of fresh states. "
        "Nothing else is known. How many nats of $I(S;Z)$ does that prove?",
        answer,
        rf"Fano's inequality with $e = {plain(e)}$: $\ln {k} - h(e) - e \ln {k - 1} = {shown(math.log(k))} - {shown(h)} - {shown(e * math.log(k - 1))} = {shown(answer)}$ nats.",
        (
            Mistake(right * math.log(k), "a share of right guesses is no share of the information."),
            Mistake(math.log(k) - h, "where the guess errs, the other skills are still possible: a term is missing."),
            Mistake(math.log(k) + math.log(right), "that would be a discriminator that is always equally sure; nothing of the kind is known."),
            Mistake(answer / LN2, IN_BITS),
        ),
    )


@template("skills_control")
def proof_by_probabilities(rng):
    k, q = int(rng.integers(4, 17)), [hundredths(rng, 0.2, 0.98) for _ in range(4)]
    # One column a state: the skill that is on comes first, the others share what is left.
    columns = np.array([[x, *(k - 1) * [(1 - x) / (k - 1)]] for x in q]).T
    answer = float(skill_reward(columns, np.full(k, 1 / k))[0].mean())
    return Draft(
        {"k": k, "q": q},
        f"A discriminator of {k} equally likely skills gives the right one these probabilities in four fresh states: {', '.join(map(plain, q))}. "
        "What is the estimate of its bound on $I(S;Z)$, in nats?",
        answer,
        rf"$\ln {k} + \frac14 \sum_i \ln q_i = {shown(math.log(k))} + \frac14 ({sum_of(shown(math.log(x)) for x in q)}) = {shown(answer)}$ nats.",
        (
            Mistake(math.log(k * float(np.mean(q))), "take the mean of the logarithms, and not the logarithm of the mean."),
            Mistake(answer - math.log(k), "the entropy of the skill is missing."),
            Mistake(math.log(k) + sum(map(math.log, q)), "the mean over the states, and not their sum."),
            Mistake(answer / LN2, IN_BITS),
        ),
    )


@template("skills_control")
def share_that_is_proved(rng):
    k, loss = int(rng.integers(4, 33)), hundredths(rng, 0.1, 1.2)
    answer = 1 - loss / math.log(k)
    return Draft(
        {"k": k, "loss": loss},
        f"{k} skills are equally likely. On fresh states the discriminator's mean $\\ln q(z \\mid s)$ is $-{plain(loss)}$. Which share of the most that {k} skills can tell is proved?",
        answer,
        rf"$(\ln {k} - {plain(loss)}) / \ln {k} = 1 - {plain(loss)} / {shown(math.log(k))} = {shown(answer)}$.",
        (
            Mistake(math.log(k) - loss, "that is the bound in nats; its share of the maximum is asked for."),
            Mistake(1 - answer, "that is the share that stays open."),
            Mistake(1 - loss / math.log2(k), "that mixes nats with bits."),
            Mistake(math.exp(-loss), "that is a typical probability of the right skill, and no share of the information."),
        ),
    )


@template("skills_control")
def worth_of_a_soft_choice(rng):
    values, alpha = [tenths(rng, 0, 4) for _ in range(3)], pick(rng, 0.4, 0.5, 0.8, 1.5, 2.0, 2.5)
    policy = softmax(np.array(values) / alpha)
    answer = float(policy @ values) + alpha * entropy(policy, base=math.e)
    z = sum(math.exp(value / alpha) for value in values)
    return Draft(
        {"values": values, "alpha": alpha},
        f"Three actions are worth {', '.join(map(plain, values))} nats, and the temperature is {plain(alpha)}. What is the most that expected worth and entropy, at that price, can give together, in nats?",
        answer,
        rf"$\alpha \ln Z$ with $Z = \sum_a e^{{Q(a)/\alpha}} = {shown(z)}$: ${plain(alpha)} \cdot {shown(math.log(z))} = {shown(answer)}$ nats.",
        (
            Mistake(max(values), "that is the best action for sure, with no entropy at all; a little doubt pays."),
            Mistake(math.log(z), "the logarithm of Z has to be multiplied by the temperature."),
            Mistake(math.log(sum(map(math.exp, values))), "that is temperature 1: divide the values by the temperature, and multiply the logarithm by it."),
            Mistake(float(np.mean(values)) + alpha * math.log(3), "that is an even policy; it gives too much worth away."),
        ),
    )


@template("skills_control")
def density_of_a_squashed_action(rng):
    mean, sd, a = tenths(rng, -0.8, 0.8), tenths(rng, 0.5, 1.4), hundredths(rng, -0.85, 0.85)
    u, slope = math.atanh(a), 1 - a * a

    def normal(x):
        return math.exp(-(((x - mean) / sd) ** 2) / 2) / (sd * math.sqrt(2 * math.pi))

    answer = normal(u) / slope
    return Draft(
        {"mean": mean, "sd": sd, "a": a},
        f"$u$ is normal with mean {plain(mean)} and standard deviation {plain(sd)}, and the action is $a = \\tanh u$. What is the density of $a$ at {plain(a)}? (The density, not its logarithm.)",
        answer,
        rf"$u = \operatorname{{artanh}}({plain(a)}) = {shown(u)}$, the normal density there is {shown(normal(u))}, and $\mathrm da / \mathrm du = 1 - a^2 = {shown(slope)}$: "
        rf"${shown(normal(u))} / {shown(slope)} = {shown(answer)}$.",
        (
            Mistake(normal(u), "that is the density of u; a step of a is shorter than a step of u."),
            Mistake(normal(u) * slope, "divide by the slope: where tanh squeezes, density rises."),
            Mistake(normal(a) / slope, "the normal density belongs to u, and not to a."),
            Mistake(math.log(answer), "that is the logarithm of the density."),
        ),
    )


@template("skills_control")
def clock_taken_for_an_end(rng):
    reward, discount, steps = tenths(rng, 0.2, 2), pick(rng, 0.9, 0.95, 0.98, 0.99), 10 * int(rng.integers(2, 21))
    answer = reward / (1 - discount * (1 - 1 / steps))
    return Draft(
        {"reward": reward, "discount": discount, "steps": steps},
        f"A world never ends and pays {plain(reward)} in each step; the discount is {plain(discount)}. The experimenter restarts it every {steps} steps, and the program takes one transition in {steps} for an end, "
        "which no observation shows. Which worth does its critic learn?",
        answer,
        rf"$Q = r + \gamma (1 - 1/T)\, Q$, so $Q = \frac{{r}}{{1 - \gamma (1 - 1/T)}} = \frac{{{plain(reward)}}}{{{shown(reward / answer, 6)}}} = {shown(answer)}$.",
        (
            Mistake(reward / (1 - discount), "that is the right worth, of a critic that doesn't take the clock for an end."),
            Mistake(reward * (1 - discount**steps) / (1 - discount), "that is a critic which sees the clock at the start of an episode; this one can't tell when the end comes."),
            Mistake(reward / (1 - discount / steps), "the value is cut once in T steps, and kept otherwise."),
            Mistake(reward * steps, "the discount is missing."),
        ),
    )


def _walkers(west, east):
    """Return p(z, s, s') and p(s' | s, z) of two skills that walk from the middle of three cells, two steps long."""
    world = from_map(".S.")
    policy = np.zeros((2, 1, 3, 5))  # actions: north, east, south, west, stay
    policy[0, ..., 3], policy[0, ..., 1] = west, 1 - west
    policy[1, ..., 1], policy[1, ..., 3] = east, 1 - east
    joint = transition_joint(policy, world.transitions, [0.5, 0.5], start=world.start, horizon=2)
    return joint, skill_dynamics(policy, world.transitions)


CORRIDOR = (
    "A corridor has three cells; an episode starts in the middle and has two steps. Of two equally likely skills one walks west and does so with probability {west} in each step, "
    "the other walks east with probability {east}; otherwise each goes the other way. Who walks against the wall stays. "
)


def _coin(x):
    return entropy([x, 1 - x], base=math.e)


@template("dads")
def walkers_in_a_corridor(rng):
    west, east = hundredths(rng, 0.65, 0.97), hundredths(rng, 0.65, 0.97)
    joint, dynamics = _walkers(west, east)
    answer = forward_information(joint, base=math.e)
    objective = prior_objective(joint, dynamics, [0.5, 0.5], base=math.e)
    whole = mutual_information(joint.reshape(2, -1), base=math.e)
    left = (west + 1 - east) / 2  # the share of first steps that go west
    return Draft(
        {"west": west, "east": east},
        CORRIDOR.format(west=plain(west), east=plain(east))
        + "A step is drawn evenly from the two. What does it tell about the skill to somebody who sees where it starts, $I(S';Z \\mid S)$ in nats?",
        answer,
        rf"The first step tells ${shown(objective)}$. A share ${shown(left)}$ of the second steps starts in the west, where the western skill has the probability ${shown(west / 2 / left)}$ already; "
        rf"the others start in the east, where the eastern one has ${shown(east / 2 / (1 - left))}$. With these in place of one half the second step tells ${shown(2 * answer - objective)}$. "
        rf"The mean of both is ${shown(answer)}$ nats.",
        (
            Mistake(objective, "that puts p(z) in the place of p(z|s): at an end one knows already which skill is the likelier."),
            Mistake(whole, "that is what start and step tell together; take away what the start tells alone."),
            Mistake(2 * answer - objective, "that is the second step alone; take the mean of both."),
            Mistake(answer / LN2, IN_BITS),
        ),
    )


@template("dads")
def what_the_prior_adds(rng):
    west, east = hundredths(rng, 0.7, 0.97), hundredths(rng, 0.7, 0.97)
    joint, dynamics = _walkers(west, east)
    answer = prior_excess(joint, dynamics, [0.5, 0.5], base=math.e)
    information = forward_information(joint, base=math.e)
    objective = prior_objective(joint, dynamics, [0.5, 0.5], base=math.e)
    return Draft(
        {"west": west, "east": east},
        CORRIDOR.format(west=plain(west), east=plain(east))
        + "DADS has learnt the right model of a step and mixes it by the prior $p(z)$. By how many nats does its objective lie above $I(S';Z \\mid S)$?",
        answer,
        rf"$J - I(S';Z \mid S) = {shown(objective)} - {shown(information)} = {shown(answer)}$ nats. The first steps add nothing, since both skills are equally likely there; "
        rf"so it all comes from the second ones, which are one half of the steps and add ${shown(2 * answer)}$ each.",
        (
            Mistake(objective, "that is the objective; what it has too much is asked for."),
            Mistake(information, "that is the information; by how much does the objective lie above it?"),
            Mistake(2 * answer, "that is for the second step; the first adds nothing, and each makes up one half."),
            Mistake(answer / LN2, IN_BITS),
        ),
    )


@template("dads")
def objective_of_dads(rng):
    west, east = hundredths(rng, 0.65, 0.97), hundredths(rng, 0.65, 0.97)
    joint, dynamics = _walkers(west, east)
    answer = prior_objective(joint, dynamics, [0.5, 0.5], base=math.e)
    left = (west + 1 - east) / 2
    return Draft(
        {"west": west, "east": east},
        CORRIDOR.format(west=plain(west), east=plain(east))
        + "The model of a step is the right one. What is the objective of DADS, $J = \\mathrm{E} \\ln \\bigl( q(S' \\mid S, Z) / \\sum_z p(z)\\, q(S' \\mid S, z) \\bigr)$, in nats?",
        answer,
        rf"Mixed by the prior, a step goes west with probability {shown(left)} in each cell: $h({shown(left)}) - \frac12 h({plain(west)}) - \frac12 h({plain(east)}) "
        rf"= {shown(_coin(left))} - {shown((_coin(west) + _coin(east)) / 2)} = {shown(answer)}$ nats, wherever the step starts.",
        (
            Mistake(forward_information(joint, base=math.e), "that is the information, where the skills are mixed by p(z|s)."),
            Mistake(mutual_information(joint.reshape(2, -1), base=math.e), "that is the information of start and step together, which the objective doesn't reach."),
            Mistake(_coin(left), "that is the first part of the forward form; take away what stays open when the skill is known."),
            Mistake(answer / LN2, IN_BITS),
        ),
    )


@template("dads")
def reward_of_a_step(rng):
    q, others = hundredths(rng, 0.4, 0.95), [hundredths(rng, 0.03, 0.5) for _ in range(3)]
    answer = math.log(q / np.mean(others))
    return Draft(
        {"q": q, "others": others},
        f"A model gives a step the density {plain(q)} under its own skill, and {', '.join(map(plain, others))} under three skills that were drawn from the prior. What is the reward by the formula of the paper on DADS, in nats?",
        answer,
        rf"The mean of the three is {shown(np.mean(others))}: $\ln ({plain(q)} / {shown(np.mean(others))}) = {shown(answer)}$ nats.",
        (
            Mistake(math.log(q) - float(np.mean(np.log(others))), "take the logarithm of the mean, and not the mean of the logarithms."),
            Mistake(math.log(q / np.mean([q, *others])), "that lets the skill itself join the three others, as the released code does."),
            Mistake(math.log(q / sum(others)), "that is the sum in the place of the mean."),
            Mistake(answer / LN2, IN_BITS),
        ),
    )


@template("dads")
def reward_below_its_cap(rng):
    draws, alike = int(rng.integers(10, 61)), int(rng.integers(1, 9))
    answer = math.log((draws + 1) / (alike + 1))
    return Draft(
        {"draws": draws, "alike": alike},
        f"The released code of DADS compares a step with {draws} skills that were drawn. Under {alike} of them the step is just as likely as under the skill that made it, under all others it is impossible. What is the reward, in nats?",
        answer,
        rf"The skill itself is among those that are compared: $\ln ({draws} + 1) - \ln (1 + {alike}) = {shown(math.log(draws + 1))} - {shown(math.log(alike + 1))} = {shown(answer)}$ nats.",
        (
            Mistake(math.log(draws / alike), "that is the formula of the paper; in the code the skill itself is one of those that are compared."),
            Mistake(math.log(draws + 1), "that is the cap, for a step that is impossible under all others."),
            Mistake(math.log(draws / (alike + 1)), "the skill itself counts above the line too."),
            Mistake(answer / LN2, IN_BITS),
        ),
    )
