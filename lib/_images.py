"""The check of images in the rooms that need torch."""

from lib import _checks


def grey_levels(x, trials):
    """Refuse images that hold anything but whole numbers from 0 to `trials`; return `trials` as an integer."""
    trials = _checks.whole(trials, "trials")
    bad = (x < 0) | (x > trials) | (x != x.round())
    if bad.any():
        index = tuple(bad.nonzero()[0].tolist())
        raise ValueError(f"`x` must hold whole numbers from 0 to {trials}; it is {x[index].item():g} at index {index}")
    return trials
