"""The library of the book: the information theory of machine learning.

The discrete measures need NumPy alone and answer in bits (``base=2``) unless
told otherwise. Each function names the chapter that teaches it.
"""

from lib.counts import normalize
from lib.divergence import cross_entropy, js_distance, js_divergence, kl_divergence
from lib.joint import (
    conditional_entropy,
    joint_entropy,
    mutual_information,
    mutual_information_from_counts,
    mutual_information_from_labels,
)
from lib.logits import cross_entropy_from_logits, entropy_from_logits, kl_from_logits, log_softmax, softmax
from lib.pairwise import pairwise_js, pairwise_kl
from lib.shannon import entropy, self_information

__all__ = [
    "conditional_entropy",
    "cross_entropy",
    "cross_entropy_from_logits",
    "entropy",
    "entropy_from_logits",
    "joint_entropy",
    "js_distance",
    "js_divergence",
    "kl_divergence",
    "kl_from_logits",
    "log_softmax",
    "mutual_information",
    "mutual_information_from_counts",
    "mutual_information_from_labels",
    "normalize",
    "pairwise_js",
    "pairwise_kl",
    "self_information",
    "softmax",
]
