"""Priors, likelihoods and experiments."""

import numpy as np

from lib._checks.discrete import distribution
from lib._checks.numbers import below_infinity, finite, place, whole


def log_likelihoods(own, others, names):
    """Return log-likelihoods in nats of n data: under the parameter that made them, and under m others each."""
    pair = []
    for values, name, ndim in zip((own, others), names, (1, 2), strict=True):
        array = below_infinity(values, name)
        if array.ndim != ndim or array.size == 0:
            raise ValueError(f"`{name}` must have {ndim} {'axis' if ndim == 1 else 'axes'} and not be empty; its shape is {array.shape}")
        pair.append(array)
    if np.isneginf(pair[0]).any():
        raise ValueError(f"`{names[0]}` must be finite: what happened is possible; it is -inf{place(np.isneginf(pair[0]))}")
    if pair[0].shape[0] != pair[1].shape[0]:
        n, m = pair[0].shape[0], pair[1].shape[0]
        raise ValueError(f"`{names[0]}` and `{names[1]}` must be of the same data; they have {n} and {m} rows")
    return pair


def possible(mask, likelihood, prior):
    """Refuse data that no parameter of the prior can explain."""
    if not mask.all():
        raise ValueError(
            f"`{likelihood}` must be positive somewhere where `{prior}` is: "
            f"the datum is impossible under all it allows{place(~mask[..., 0])}"
        )


def experiment(prior, likelihood):
    """Return a prior of shape (..., k) and one distribution of the data for each value, (..., k, m)."""
    prior = distribution(prior, "prior")
    likelihood = distribution(likelihood, "likelihood").astype(np.float64, copy=False)
    if likelihood.ndim < 2 or likelihood.shape[-2] != prior.shape[-1]:
        raise ValueError(
            "`likelihood` must have one row, a distribution of the data, for each of the "
            f"{prior.shape[-1]} values of the parameter in `prior`; its shape is {likelihood.shape}"
        )
    try:
        np.broadcast_shapes(prior.shape[:-1], likelihood.shape[:-2])
    except ValueError:
        raise ValueError(
            f"`prior` and `likelihood` must have batch shapes that broadcast; they are {prior.shape[:-1]} and {likelihood.shape[:-2]}"
        ) from None
    return prior, likelihood


def design_rows(design, name, d):
    """Return designs of shape (..., n, d): one measurement a row, one weight a column."""
    array = finite(design, name)
    if array.ndim < 2 or array.shape[-1] != d:
        raise ValueError(
            f"`{name}` must have one row for each measurement and one column for each of the {d} weights; its shape is {array.shape}"
        )
    return array


def choice_size(size, rows, names):
    """Return how many of the rows of a table of candidates are to be chosen."""
    if rows.ndim != 2:
        raise ValueError(f"`{names[1]}` must be a table with one candidate a row; its shape is {rows.shape}")
    size = whole(size, names[0])
    if size > len(rows):
        raise ValueError(f"`{names[0]}` must be at most the number of `{names[1]}`, {len(rows)}; it is {size}")
    return size
