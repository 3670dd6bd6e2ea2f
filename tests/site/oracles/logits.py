"""Cross-entropy as a function of logits, with its gradient."""

import math

import numpy as np

from lib.logits import cross_entropy_from_logits, softmax
from lib.shannon import entropy


def settings(rng):
    for smoothing in (0, 0.01, 0.1, 0.5):
        for logits in rng.uniform(-6, 6, (80, 3)).tolist():
            yield {"logits": logits, "label": "ABC"[rng.integers(3)], "smoothing": smoothing}


def expected(state):
    hard = np.eye(3)["ABC".index(state["label"])]
    target = (1 - state["smoothing"]) * hard + state["smoothing"] / 3
    q = softmax(state["logits"])
    loss, h = cross_entropy_from_logits(state["logits"], target, base=math.e), entropy(target, base=math.e)
    return {"q": q, "gradient": q - target, "loss": loss, "h": h, "kl": loss - h, "slope": (q - target) @ hard}
