"""The library of the book: the information theory of machine learning.

The discrete measures need NumPy alone and answer in bits (``base=2``) unless
told otherwise. Each function names the chapter that teaches it.
"""

from lib.counts import normalize
from lib.divergence import cross_entropy, js_distance, js_divergence, kl_divergence
from lib.joint import conditional_entropy, joint_entropy, mutual_information
from lib.logits import cross_entropy_from_logits, log_softmax, softmax
from lib.shannon import entropy, self_information

__all__ = [
    "conditional_entropy",
    "cross_entropy",
    "cross_entropy_from_logits",
    "entropy",
    "joint_entropy",
    "js_distance",
    "js_divergence",
    "kl_divergence",
    "log_softmax",
    "mutual_information",
    "normalize",
    "self_information",
    "softmax",
]
