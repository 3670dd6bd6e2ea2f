"""The claims on learning and on the focal divergence, each by a route of its own."""

import json
import math
from pathlib import Path

import numpy as np
import torch

from lib import focal

ROOT = Path(__file__).parents[2]
CHAPTER = ROOT / "chapters" / "20_focal_kld.ipynb"


def ridge(width, seed, ends=(-2, 2)):
    """Return a network whose first layer is drawn and whose output weights minimise the squared error on the interval."""
    rng = np.random.default_rng(seed)
    slope, offset = 4 * rng.normal(size=width), 6 * rng.normal(size=width)

    def layer(x):
        return np.column_stack([np.tanh(np.outer(x, slope) + offset), np.ones(len(x))])

    x = np.linspace(*ends, 400)
    weights = np.linalg.lstsq(layer(x), np.sin(3 * x), rcond=1e-10)[0]
    return lambda x: layer(x) @ weights


def worst(net, low, high):
    x = np.linspace(low, high, 1001)
    return np.abs(net(x) - np.sin(3 * x)).max()


def test_s0_18_holds_on_an_interval_where_more_units_leave_a_smaller_error():
    errors = [np.median([worst(ridge(width, seed), -2, 2) for seed in range(20)]) for width in (2, 8, 32, 128)]
    assert all(b < a for a, b in zip(errors, errors[1:], strict=False))
    assert errors[2] < 1e-2 and errors[3] < 1e-6


def test_s0_18_fails_beyond_the_interval_whatever_the_number_of_units():
    for width in (8, 32, 128):
        assert np.median([worst(ridge(width, seed), 2.5, 4) for seed in range(20)]) > 0.9


def test_s0_18_fails_with_too_few_units():
    # One unit of a rising function is monotone, and the wave turns four times: half its height is the least error.
    assert min(worst(ridge(1, seed), -2, 2) for seed in range(200)) > 0.9


def test_s1_27_holds_a_harder_sample_has_the_larger_part_of_the_gradient():
    z = torch.tensor([[3.0, 0.0], [0.0, 0.0], [-1.0, 0.0]], dtype=torch.float64)
    target = torch.eye(2, dtype=torch.float64)[[0, 0, 0]]
    pulls = {gamma: focal.logit_gradient(z, target, gamma=gamma).norm(dim=-1) for gamma in (0, 1, 2, 5)}
    shares = [(pull / pull.sum()).tolist() for pull in pulls.values()]
    assert all(b[0] < a[0] and b[2] > a[2] for a, b in zip(shares, shares[1:], strict=False))
    q = 1 / (1 + math.exp(-3))
    by_hand = math.sqrt(2) * (1 - q) * ((1 - q) ** 2 + 2 * -math.log(q) * q * (1 - q))
    assert math.isclose(pulls[2][0].item(), by_hand, rel_tol=1e-10)


def test_s1_27_holds_the_figures_stand_in_the_chapter_with_their_citation():
    text = "".join("".join(cell["source"]) for cell in json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"])
    claim = text.partition("Claim S1-27: history")[2].partition("\n:::")[0]
    assert "92.47 %" in claim and "55.83 %" in claim and "{cite}`wang2018`" in claim


def test_s1_27_counterexample_on_overlaid_digits_no_form_gains_accuracy():
    cases = json.loads((ROOT / "data" / "results" / "focal.json").read_text(encoding="utf-8"))["cases"]
    for task in ("two", "three"):
        rows = [row for name, row in cases.items() if name.startswith(f"{task}, ")]
        assert len(rows) >= 10
        for form in set(rows[0]) - {"KL"}:
            change = np.array([row[form]["accuracy"] - row["KL"]["accuracy"] for row in rows])
            tail = np.array([row[form]["KL, hardest tenth"] - row["KL"]["KL, hardest tenth"] for row in rows])
            assert change.mean() < 2 * change.std(ddof=1) / math.sqrt(len(rows)), form
            assert tail.mean() < -2 * tail.std(ddof=1) / math.sqrt(len(rows)), form
