"""Channels and worlds: tables with one distribution for each input, or for each state and action."""

import numpy as np

from lib._checks.discrete import distribution, table
from lib._checks.numbers import real_array


def channel(x):
    """Return a channel of shape (n, m) as float64: one distribution of the output for each input."""
    return table(x, "channel").astype(np.float64, copy=False)


def inputs(prior, x):
    """Return a distribution of the n inputs, and the channel of shape (n, m)."""
    x, prior = channel(x), distribution(prior, "prior").astype(np.float64, copy=False)
    if prior.shape != x.shape[:1]:
        raise ValueError(f"`prior` must hold one probability for each of the {len(x)} inputs of `channel`; its shape is {prior.shape}")
    return prior, x


def decoded(joint, decoder):
    """Return a joint of shape (n, m), and for each of the m columns a distribution of the n rows."""
    joint = distribution(joint, "joint", event_axes=2)
    if joint.ndim != 2:
        raise ValueError(f"`joint` must be one table; its shape is {joint.shape}")
    decoder = table(decoder, "decoder").astype(np.float64, copy=False)
    if decoder.shape != joint.shape[::-1]:
        raise ValueError(
            f"`decoder` must have one row for each column of `joint`, a distribution of its rows: "
            f"shape {joint.shape[::-1]}; it is {decoder.shape}"
        )
    return joint, decoder


def transitions(x):
    """Return the law of the next state for each state and action, of shape (s, a, s), as float64."""
    array = real_array(x, "transitions")
    if array.ndim != 3 or array.shape[0] != array.shape[2]:
        raise ValueError(f"`transitions` must have shape (s, a, s): state, action, next state; it is {array.shape}")
    return distribution(array, "transitions").astype(np.float64, copy=False)
