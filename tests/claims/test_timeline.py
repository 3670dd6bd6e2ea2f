"""The claims about history and outlook: dates and names looked up, and what the papers compute, computed."""

import math
import re
from pathlib import Path

import mpmath
import numpy as np
import pytest
from scipy import optimize, special, stats

from lib import kl_divergence, normalize
from lib.data import letter_distribution, translated_text
from lib.timeline import events

BIB = (Path(__file__).parents[2] / "references.bib").read_text(encoding="utf-8")


def reference(key):
    entry = BIB.partition(f"{{{key},")[2].partition("\n}")[0]
    assert entry, key
    return dict(re.findall(r"\b(\w+) = \{(.*?)\}(?=,|\n|$)", entry))


def test_s1_21_holds_the_reference_and_the_two_sums_of_the_paper():
    paper = reference("kullback1951")
    assert (paper["year"], paper["volume"], paper["pages"]) == ("1951", "22", "79--86")
    assert paper["title"] == "On Information and Sufficiency"
    assert "Kullback" in paper["author"] and "Leibler" in paper["author"]
    assert "1951" in [str(event.year) for event in events("S1")]
    assert reference("jeffreys1946")["year"] < paper["year"] < reference("kullback1959")["year"]
    # I(1:2) is our divergence: the mean log ratio under the first; the paper's "divergence" J is symmetric.
    first, second = [0.5, 0.3, 0.2], [0.2, 0.2, 0.6]
    mean = lambda p, q: float(mpmath.fsum(a * mpmath.log(mpmath.mpf(a) / b) for a, b in zip(p, q)))
    assert kl_divergence(first, second, base=math.e) == pytest.approx(mean(first, second), rel=1e-12)
    assert kl_divergence(first, second) != pytest.approx(kl_divergence(second, first), rel=0.01)
    j = mean(first, second) + mean(second, first)
    assert sum((a - b) * math.log(a / b) for a, b in zip(first, second)) == pytest.approx(j, rel=1e-12)
    # Sufficiency, the other word of the title: sorting out the order of two tosses loses nothing, the parity does.
    tosses = lambda a: np.outer([1 - a, a], [1 - a, a]).ravel()
    heads = lambda law: np.array([law[0], law[1] + law[2], law[3]])
    parity = lambda law: np.array([law[0] + law[3], law[1] + law[2]])
    p, q = tosses(0.3), tosses(0.6)
    assert kl_divergence(heads(p), heads(q)) == pytest.approx(kl_divergence(p, q), rel=1e-12)
    assert kl_divergence(parity(p), parity(q)) < 0.1 * kl_divergence(p, q)


def test_s1_22_holds_for_the_scheme_of_the_two_papers():
    assert (reference("attias1999")["year"], reference("attias2000")["year"]) == ("1999", "2000")
    assert all("Variational {Bayes" in reference(key)["title"] for key in ("attias1999", "attias2000"))
    # The scheme in small: a parameter and the missing coins of three rounds, q a product of two factors, in exact sums.
    grid = np.linspace(0.05, 0.95, 31)  # the parameter: chance of heads of the second coin; the first is fair
    counts = np.array([2, 9, 5])
    log_joint = np.stack(  # axes: parameter, round, coin
        [np.broadcast_to(stats.binom.logpmf(counts, 10, 0.5), (31, 3)), stats.binom.logpmf(counts, 10, grid[:, None])], axis=-1
    ) - math.log(2)
    log_evidence = special.logsumexp(special.logsumexp(log_joint, axis=2).sum(axis=1)) - math.log(31)
    parameter, coins = np.full(31, 1 / 31), np.full((3, 2), 0.5)
    gaps = []
    for _ in range(60):
        coins = special.softmax(np.tensordot(parameter, log_joint, axes=1), axis=1)
        parameter = special.softmax((log_joint * coins).sum(axis=(1, 2)))
        bound = (parameter @ (log_joint * coins).sum(axis=(1, 2))) - math.log(31)
        bound += stats.entropy(parameter) + stats.entropy(coins, axis=1).sum()
        joint_q = np.einsum("t,a,b,c->tabc", parameter, *coins)
        exact = np.exp(log_joint[:, 0, :, None, None] + log_joint[:, 1, None, :, None] + log_joint[:, 2, None, None, :])
        divergence = kl_divergence(joint_q.ravel(), normalize(exact.ravel()), base=math.e)
        assert log_evidence - bound == pytest.approx(divergence, abs=1e-9), "what is lowered is this divergence"
        gaps.append(divergence)
    assert all(later <= earlier + 1e-12 for earlier, later in zip(gaps, gaps[1:]))
    assert gaps[-1] > 1e-4, "a product can't reach the posterior here"


def test_s1_22_fails_as_first_use_which_is_six_years_older():
    earlier = [event for event in events() if event.year < 1999 and event.key in ("hinton1993", "neal1998")]
    assert len(earlier) == 2
    assert int(reference("attias1999")["year"]) - int(reference("hinton1993")["year"]) == 6
    assert int(reference("saul1996")["year"]) < int(reference("attias1999")["year"]) <= int(reference("jordan1999")["year"])
    # What Hinton and van Camp lowered: the data given a noisy weight, plus the divergence of the noise from the prior.
    # One weight w, data y ~ N(w, 1), prior N(0, 1): the lowest cost is -ln p(y), at the posterior N(y/2, 1/2).
    y = 1.7

    def cost(values):
        mean, log_sd = values
        data = 0.5 * math.log(2 * math.pi) + ((y - mean) ** 2 + math.exp(2 * log_sd)) / 2
        return data + (mean**2 + math.exp(2 * log_sd) - 1) / 2 - log_sd

    best = optimize.minimize(cost, [0.0, 0.0], tol=1e-12)
    assert best.x[0] == pytest.approx(y / 2, abs=1e-5)
    assert math.exp(2 * best.x[1]) == pytest.approx(1 / 2, abs=1e-5)
    assert best.fun == pytest.approx(-stats.norm.logpdf(y, 0, math.sqrt(2)), abs=1e-9)


def test_s1_29_holds_the_references_and_a_learnt_loss_ends_at_the_divergence():
    years = {"goodfellow2014": 2014, "christiano2017": 2017, "houthooft2018": 2018, "wu2018": 2018, "oh2025": 2025}
    assert {key: int(reference(key)["year"]) for key in years} == years
    # An adversary, learnt by Newton's method on the logits: its best value is twice Jensen-Shannon less ln 4.
    p, q = (letter_distribution(translated_text(code)) for code in ("en", "tr"))
    logits = np.zeros(26)
    for _ in range(30):
        d = special.expit(logits)
        slope, curve = p * (1 - d) - q * d, (p + q) * d * (1 - d)
        logits += slope / curve
    value = p @ np.log(special.expit(logits)) + q @ np.log(special.expit(-logits))
    middle = (p + q) / 2
    js = (kl_divergence(p, middle, base=math.e) + kl_divergence(q, middle, base=math.e)) / 2
    assert value == pytest.approx(2 * js - math.log(4), abs=1e-12)
    rng = np.random.default_rng(3)
    for _ in range(200):  # and no other adversary does better
        other = logits + rng.normal(0, 0.5, 26)
        assert p @ np.log(special.expit(other)) + q @ np.log(special.expit(-other)) < value


def test_s1_30_holds_the_five_events_with_their_years():
    table = {1951: "kullback1951", 2000: "attias2000", 2013: "kingma2014", 2017: "hu2017", 2018: "wang2018"}
    assert {event.year: event.key for event in events("S1")} == table
    # The details that the chapter corrects.
    assert reference("kingma2014")["year"] == "2014" and "1312.6114" in reference("kingma2014")["url"]
    assert reference("attias1999")["author"] == reference("attias2000")["author"]
    assert "Yu, Kai" in reference("wang2018")["author"]
    between = [event.year for event in events() if 1951 < event.year < 2000]
    assert len(between) >= 10
