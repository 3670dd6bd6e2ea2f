"""Every template, over hundreds of seeds: clear numbers, and the answer by a second route that uses nothing of `lib`."""

import itertools
import math

import numpy as np
import pytest
from scipy import optimize, special, stats

from lib.exercises import CHAPTERS
from lib.problems import problem, templates
from lib.problems._engine import TEMPLATES

SEEDS = range(200)
LN2 = math.log(2)


def bits(x):
    return math.log(x) / LN2


def surprise(p, q):
    """The mean of -log2 q under p, which need not be normalised, so that a number can be changed a little."""
    return -sum(a * bits(b) for a, b in zip(np.ravel(p), np.ravel(q)) if a)


def h(p):
    return surprise(p, p)


def d(p, q):
    return surprise(p, q) - h(p)


def coin(x):
    return [x, 1 - x]


def mixed(p, q, w=0.5):
    return [w * a + (1 - w) * b for a, b in zip(p, q)]


def best_prefix_length(p):
    """The shortest mean length over all sets of lengths that Kraft's inequality allows."""
    ordered = sorted(p, reverse=True)
    allowed = (
        lengths
        for lengths in itertools.combinations_with_replacement(range(1, len(p)), len(p))
        if sum(2.0**-n for n in lengths) <= 1
    )
    return min(np.dot(ordered, lengths) for lengths in allowed)


def paths_filled(lengths, longest):
    """Count the words of the greatest length that begin with none of the others, one by one."""
    taken, point = 0, 0.0
    for n in sorted(lengths):  # the canonical code
        taken += sum(point <= word / 2**longest < point + 2.0**-n for word in range(2**longest))
        point += 2.0**-n
    return 2**longest - taken


STEPS = np.linspace(-9, 9, 2001)  # of a normal variable: the trapezoid rule is exact to rounding there
LEGENDRE = np.polynomial.legendre.leggauss(40)
LAGUERRE = np.polynomial.laguerre.laggauss(20)


def log_normal(x, mean, sd):
    return -(((x - mean) / sd) ** 2) / 2 - math.log(sd) - math.log(2 * math.pi) / 2


def normal_divergence(mean_p, sd_p, mean_q, sd_q):
    """In nats, by integration."""
    x = mean_p + sd_p * STEPS
    p, q = log_normal(x, mean_p, sd_p), log_normal(x, mean_q, sd_q)
    return np.trapezoid(np.exp(p) * (p - q), x)


def exponential_entropy_by_integral(mean, factor):
    t, weights = LAGUERRE
    return weights @ (t + math.log(mean * factor)) / LN2


def surprise_of_heads(a, b, s, f):
    x, weights = (LEGENDRE[0] + 1) / 2, LEGENDRE[1]
    belief = weights * x ** (a + s - 1) * (1 - x) ** (b + f - 1)
    return -bits(belief @ x / belief.sum())


def evidence(a, b, n):
    k = np.arange(n + 1)
    return stats.binom.pmf(k, n, a) @ (k * bits(a / b) + (n - k) * bits((1 - a) / (1 - b)))


def second_moment_about_the_mean(w, distance, sd):
    first = (1 - w) * distance
    return w * (sd**2 + first**2) + (1 - w) * (sd**2 + (distance - first) ** 2)


def neighbour_entropy(x):
    n = len(x)
    distances = np.abs(np.subtract.outer(x, x)) + np.diag([np.inf] * n)
    return special.digamma(n) - special.digamma(1) + np.log(2 * distances.min(axis=1)).mean()


def steady(p, q, counts):
    return sum(c * (b / a - 1 - math.log(b / a)) for a, b, c in zip(p, q, counts)) / sum(counts)


def best_likelihood_lost(n, heads, q):
    def log_likelihood(p):
        return heads * bits(p) + (n - heads) * bits(1 - p)

    best = optimize.minimize_scalar(lambda p: -log_likelihood(p), bounds=(1e-6, 1 - 1e-6), method="bounded", options={"xatol": 1e-10})
    return -best.fun - log_likelihood(q)


def best_geometric(x):
    def loss(p):
        return -stats.geom.logpmf(x, p).mean()

    return -optimize.minimize_scalar(loss, bounds=(1e-6, 1 - 1e-6), method="bounded", options={"xatol": 1e-10}).fun / LN2


def belief_after(prior, likelihood):
    weights = np.array(prior) * likelihood
    return weights / weights.sum()


def information(joint):
    joint = np.array(joint)
    return h(joint.sum(0)) + h(joint.sum(1)) - h(joint)


def channel_capacity(law):
    """Largest information over the probability of the first input of two."""
    best = optimize.minimize_scalar(
        lambda p: -information(np.array([[p], [1 - p]]) * law), bounds=(1e-9, 1 - 1e-9), method="bounded", options={"xatol": 1e-10}
    )
    return -best.fun


def street(rain, wet, dry):
    return [rain * wet, (1 - rain) * dry]


def two_samples(rain, wet, dry, belief):
    q, joint = coin(belief), street(rain, wet, dry)
    return sum(q[i] * q[j] * bits((joint[i] / q[i] + joint[j] / q[j]) / 2) for i in (0, 1) for j in (0, 1))


def narrow_sd(sd, rho):
    """Minimise the reverse divergence over the two standard deviations."""
    precision = np.linalg.inv([[sd**2, rho * sd], [rho * sd, 1]])

    def loss(log_sds):
        return np.dot(np.diag(precision), np.exp(2 * log_sds)) / 2 - log_sds.sum()

    return math.exp(optimize.minimize(loss, np.zeros(2), tol=1e-12).x[0])


def chain_variance(betas):
    variance = 0.0
    for beta in betas:
        variance = (1 - beta) * variance + beta
    return variance


def step_back_by_conditioning(b1, b2, x_0, x_2):
    """The joint normal law of (x_1, x_2) given x_0, conditioned on x_2."""
    mean_1, var_1 = math.sqrt(1 - b1) * x_0, b1
    mean_2, var_2, cov = math.sqrt(1 - b2) * mean_1, (1 - b2) * var_1 + b2, math.sqrt(1 - b2) * var_1
    return mean_1 + cov / var_2 * (x_2 - mean_2)


def fullest_places(skills, places):
    """Give each skill in turn the emptiest place."""
    load = [0] * places
    for _ in range(skills):
        load[load.index(min(load))] += 1
    return information(np.array([[i == j for j in range(places)] for i, k in enumerate(load) for _ in range(k)]) / skills)


def proved(joint, q):
    """The mean log of q(z | s), with the entropy of z: rows z, columns s."""
    joint = np.array(joint)
    return h(joint.sum(1)) - surprise(joint, q)


def slope_of_the_share_below(mean, sd, a):
    """The density of tanh u as the slope of its distribution function, by five points."""
    below = [stats.norm.cdf(math.atanh(a + step * 1e-4), mean, sd) for step in (-2, -1, 1, 2)]
    return (below[0] - 8 * below[1] + 8 * below[2] - below[3]) / 12e-4


def steps_of_walkers(west, east):
    """How often each skill makes each step in a corridor of three cells, path by path: p(z, s, s')."""
    share = np.zeros((2, 3, 3))
    for skill, chance in enumerate((west, 1 - east)):
        for first, second in itertools.product((-1, 1), repeat=2):
            weight = math.prod(chance if move < 0 else 1 - chance for move in (first, second)) / 4
            end = 1 + first
            share[skill, 1, end] += weight
            share[skill, end, min(max(end + second, 0), 2)] += weight
    return share


def told_by_the_step(west, east):
    share = steps_of_walkers(west, east)
    return LN2 * (information(share.reshape(2, -1)) - information(share.sum(2)))


def objective_by_a_first_step(west, east):
    """Each skill's law is the same in all cells, so a step from the middle decides."""
    return LN2 * information(np.array([coin(west), coin(1 - east)]) / 2)


SECOND_ROUTE = {
    "information-of-a-draw": lambda winners, tickets: bits(tickets) - bits(winners),
    "information-without-putting-back": lambda red, blue: bits(math.comb(red + blue, 2) / math.comb(red, 2)),
    "information-to-probability": lambda bits: math.exp(-bits * LN2),
    "entropy-of-four": lambda p: h(p),
    "entropy-in-stages": lambda a, faults: h([a]) + (1 - a) * bits(faults / (1 - a)),
    "perplexity": lambda p: math.prod(x**-x for x in p),
    "mutual-information-of-a-table": lambda joint: information(joint),
    "conditional-entropy-of-a-table": lambda joint: h(joint) - h(np.sum(joint, axis=1)),
    "noisy-copy": lambda a, e: d(
        [a * (1 - e), a * e, (1 - a) * e, (1 - a) * (1 - e)],
        [x * y for x in coin(a) for y in coin(a * (1 - e) + (1 - a) * e)],
    ),
    "divergence-of-three": d,
    "evidence-of-tosses": evidence,
    "divergence-in-two-steps": lambda a, b, p1, p2, q1, q2: (
        d(coin(a), coin(b)) + a * d(coin(p1), coin(q1)) + (1 - a) * d(coin(p2), coin(q2))
    ),
    "cross-entropy-of-three": surprise,
    "loss-from-logits": lambda logits, right: -math.log(math.exp(logits[right]) / sum(math.exp(z) for z in logits)),
    "smoothed-labels": lambda q, eps: -(1 - eps) * math.log(q[0]) - eps * np.log(q).mean(),
    "meeting-in-the-middle": lambda p, q: h(mixed(p, q)) - (h(p) + h(q)) / 2,
    "guessing-the-source": lambda p, q: sum(map(min, p, q)) / 2,
    "what-a-letter-tells": lambda p, q, w: w * d(p, mixed(p, q, w)) + (1 - w) * d(q, mixed(p, q, w)),
    "huffman-length": best_prefix_length,
    "room-for-more-words": paths_filled,
    "coding-in-pairs": lambda a: best_prefix_length([x * y for x in coin(a) for y in coin(a)]) / 2,
    "divergence-of-normals": lambda mean, sd_p, sd_q: normal_divergence(0, sd_p, mean, sd_q) / LN2,
    "entropy-in-other-units": exponential_entropy_by_integral,
    "information-of-a-correlation": lambda rho: -bits(np.linalg.det([[1, rho], [rho, 1]])) / 2,
    "forward-moments": second_moment_about_the_mean,
    "chi-squared": lambda p, q: sum(a * a / b for a, b in zip(p, q)) - 1,
    "overlap-of-two-laws": lambda p, q: math.sqrt(sum((math.sqrt(a) - math.sqrt(b)) ** 2 for a, b in zip(p, q)) / 2),
    "bound-on-an-event": lambda bits: math.sqrt(bits * LN2 / 2),
    "entropy-of-counts": lambda counts: h(np.array(counts) / sum(counts)) + (len(counts) - 1) / (2 * sum(counts)) / LN2,
    "information-that-is-not-there": lambda r, c, n: ((r * c - 1) - (r - 1) - (c - 1)) / (2 * n) / LN2,
    "nearest-neighbours": neighbour_entropy,
    "steady-estimator": steady,
    "effective-samples": lambda weights: 5 / (1 + np.var(weights) / np.mean(weights) ** 2),
    "ceiling-of-a-batch": lambda bits, batch: bits - math.log(batch) / LN2,
    "likelihood-lost": best_likelihood_lost,
    "price-of-parameters": lambda d, n: sum([0.5] * d) / (n * LN2),  # half a nat for each, over n samples
    "geometric-fit": best_geometric,
    "gain-of-a-datum": lambda prior, likelihood: d(belief_after(prior, likelihood), prior),
    "value-of-a-test": lambda ill, sens, spec: information([[ill * sens, ill * (1 - sens)], [(1 - ill) * (1 - spec), (1 - ill) * spec]]),
    "next-success": surprise_of_heads,
    "capacity-of-a-line": lambda e, n: n * channel_capacity(np.array([[1 - e, e], [e, 1 - e]])),
    "redundancy": lambda p: d(p, [1 / 6] * 6) / bits(6),
    "sum-of-both-directions": lambda a, b: (a - b) * (bits(a / (1 - a)) - bits(b / (1 - b))),
    "price-of-a-better-fit": lambda small, more, loss, better: (2 * (small + more) + 2 * better) - (2 * small + 2 * loss),
    "bound-of-a-belief": lambda rain, wet, dry, belief: bits(sum(street(rain, wet, dry)))
    - d(coin(belief), [p / sum(street(rain, wet, dry)) for p in street(rain, wet, dry)]),
    "gap-of-a-belief": lambda rain, wet, dry, belief: bits(sum(street(rain, wet, dry))) + d(coin(belief), street(rain, wet, dry)),
    "bound-of-two-samples": two_samples,
    "too-narrow": narrow_sd,
    "gap-of-mean-field": lambda d, rho: -d * math.log(np.linalg.det([[1, rho], [rho, 1]])) / 2,
    "cost-of-a-code": lambda means, log_variances: sum(
        normal_divergence(mean, math.exp(v / 2), 0, 1) for mean, v in zip(means, log_variances)
    ),
    "bits-of-a-pixel": lambda side, total: bits(math.exp(total / side**2)),
    "value-of-the-game": lambda p, g: sum(a * math.log(a / (a + b)) + b * math.log(b / (a + b)) for a, b in zip(p, g)),
    "losses-of-the-generator": lambda p, g: sum(b * math.log1p(b / a) for a, b in zip(p, g)),
    "noise-after-three-steps": chain_variance,
    "step-back": step_back_by_conditioning,
    "focal-loss": lambda q, gamma: -(np.prod([1 - q] * gamma)) * math.log(q),
    "hard-against-easy": lambda hard, easy, gamma: (1 - hard) ** gamma * math.log(hard) / ((1 - easy) ** gamma * math.log(easy)),
    "erasures": lambda k, e: information(np.hstack([np.eye(k) * (1 - e) / k, np.full((k, 1), e / k)])),
    "one-sided-noise": lambda e: bits(1 + (1 - e) * e ** (e / (1 - e))),
    "a-guesser-too-sure": lambda right, says: 1 - surprise(coin(right), coin(says)),
    "skills-in-few-places": fullest_places,
    "reward-of-a-skill": lambda k, q: math.log(k * q),
    "what-states-tell": lambda visits: LN2 * information(np.array(visits) / 3),
    "a-discriminator-behind": lambda a, b, q: LN2 * proved(np.array([coin(a), coin(1 - b)]) / 2, [[q, 1 - q], [1 - q, q]]),
    # The least that a guesser of this accuracy can know: it errs evenly.
    "proof-by-accuracy": lambda k, right: LN2 * information((np.eye(k) * right + (1 - np.eye(k)) * (1 - right) / (k - 1)) / k),
    "proof-by-probabilities": lambda k, q: math.log(k * math.prod(q) ** (1 / len(q))),
    "share-that-is-proved": lambda k, loss: math.log(k * math.exp(-loss), k),
    "worth-of-a-soft-choice": lambda values, alpha: alpha * special.logsumexp(np.array(values) / alpha),
    "density-of-a-squashed-action": slope_of_the_share_below,
    "clock-taken-for-an-end": lambda reward, discount, steps: reward * sum((discount * (1 - 1 / steps)) ** t for t in range(3000)),
    "walkers-in-a-corridor": told_by_the_step,
    "what-the-prior-adds": lambda west, east: objective_by_a_first_step(west, east) - told_by_the_step(west, east),
    "objective-of-dads": objective_by_a_first_step,
    "reward-of-a-step": lambda q, others: -math.log(sum(other / q for other in others) / len(others)),
    "reward-below-its-cap": lambda draws, alike: -math.log(np.mean([1.0] * (1 + alike) + [0.0] * (draws - alike))),
}


@pytest.fixture(scope="module")
def drawn():
    return {name: [problem(name, seed=seed) for seed in SEEDS] for name in templates()}


def test_every_chapter_has_its_templates():
    counts = [len(templates(chapter)) for chapter in CHAPTERS]
    assert all(count >= (2 if number <= 14 else 1) for number, count in enumerate(counts, start=1)), counts
    assert sum(counts) == len(TEMPLATES) >= 40


def test_every_template_has_a_second_route():
    assert set(SECOND_ROUTE) == set(TEMPLATES)


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_answer_by_a_second_route(name, drawn):
    for made in drawn[name]:
        assert made.answer == pytest.approx(SECOND_ROUTE[name](**made.numbers), rel=2e-7, abs=2e-7), made.numbers


@pytest.mark.parametrize("name", TEMPLATES)
def test_answers_are_finite_and_questions_differ_from_seed_to_seed(name, drawn):
    answers = np.array([made.answer for made in drawn[name]])
    assert np.isfinite(answers).all()
    assert (np.abs(answers) >= 0.02).all(), "three decimals would tell nothing"
    assert len({made.question for made in drawn[name]}) >= 60 / 200 * len(SEEDS)
    assert len(set(answers.round(3))) >= 25


@pytest.mark.parametrize("name", TEMPLATES)
def test_mistakes_can_be_told_from_the_answer_and_from_each_other(name, drawn):
    for made in drawn[name]:
        values = [made.answer, *(float(mistake.answer) for mistake in made.mistakes)]
        assert len(values) >= 4
        assert np.isfinite(values).all()
        apart = min(abs(a - b) for a, b in itertools.combinations(values, 2))
        assert apart > 4e-3 * max(1, abs(made.answer)), made.numbers
        assert len({mistake.hint for mistake in made.mistakes}) == len(made.mistakes)


def changed(value, factor):
    """Change the numbers that are not whole, and leave those that count something."""
    if isinstance(value, list):
        return [changed(part, factor) for part in value]
    return value if isinstance(value, int) else value * factor()


EXACT = {"price-of-a-better-fit"}  # a sum of the decimals in the question: nothing is rounded on the way


@pytest.mark.parametrize("name", sorted(set(TEMPLATES) - EXACT))
def test_a_rounded_number_hardly_changes_the_answer(name, drawn):
    # Half of the fifth digit: what a reader's rounding on the way does. The answer is asked for to a thousandth.
    rng = np.random.default_rng(0)
    for made in drawn[name][:20]:
        rounded = {key: changed(value, lambda: 1 + rng.choice([-5e-6, 5e-6])) for key, value in made.numbers.items()}
        assert SECOND_ROUTE[name](**rounded) == pytest.approx(made.answer, rel=4e-4, abs=4e-4), made.numbers


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_solution_holds_the_answer_and_the_question_its_numbers(name, drawn):
    for made in drawn[name][:50]:
        assert any(f"{made.answer:.{digits}f}".rstrip("0").rstrip(".") in made.solution for digits in (4, 3, 1)), made.solution
        flat = np.ravel([v for value in made.numbers.values() for v in np.ravel(value)])
        told = sum(f"{abs(x):.10g}" in made.question for x in flat)
        assert told >= len(flat) - 1, made.question  # one may stand there in a word


@pytest.mark.parametrize("name", TEMPLATES)
def test_numbers_are_plain_so_that_a_sheet_can_be_stored(name, drawn):
    def plain(value):
        return all(map(plain, value)) if isinstance(value, list) else type(value) in (int, float)

    assert all(plain(value) for value in drawn[name][0].numbers.values())
