"""Discriminators: probabilities that a sample is data."""

import numpy as np

from lib._checks.numbers import place, real_array


def discriminator(d, p, g):
    """Return probabilities, one for each outcome; NaN is allowed where both distributions are 0."""
    array = real_array(d, "d").astype(np.float64, copy=False)
    if array.ndim == 0 or array.shape[-1] != p.shape[-1]:
        raise ValueError(f"`d` must have one number for each of the {p.shape[-1]} outcomes; its shape is {array.shape}")
    with np.errstate(invalid="ignore"):
        outside = ~((array >= 0) & (array <= 1)) & ((p + g > 0) | ~np.isnan(array))
    if outside.any():
        value = np.broadcast_to(array, outside.shape)[outside][0]
        raise ValueError(f"`d` must be probabilities from 0 to 1; it is {value:g}{place(outside)}")
    return array


def open_discriminator(d, g):
    """Return a vector of probabilities strictly between 0 and 1, one for each outcome of `g`."""
    array = discriminator(d, g, g)
    if array.ndim != 1:
        raise ValueError(f"`d` must be a vector; its shape is {array.shape}")
    outside = (array <= 0) | (array >= 1)
    if outside.any():
        raise ValueError(f"`d` must lie strictly between 0 and 1; it is {array[outside][0]:g}{place(outside)}")
    return array


def possible_data(p):
    """Return `p`; refuse an outcome that the data never have, since the generator here has all of them."""
    if (p == 0).any():
        raise ValueError(f"`p` must be positive for the reverse direction, which is infinite else; it is 0{place(p == 0)}")
    return p
