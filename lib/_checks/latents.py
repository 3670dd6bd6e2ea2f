"""Beliefs about latent variables and the models that they are held against."""

import numpy as np

from lib._checks.densities import gaussian
from lib._checks.discrete import distribution, same_outcomes
from lib._checks.numbers import below_infinity, finite, one_positive, place, vector, whole

#: More terms of a sum than this are a mistake of the caller, not a calculation.
MOST_TERMS = 1_000_000


def log_values(x, name):
    """Return natural logarithms over the values of a latent variable, shape (..., k): any numbers below +inf."""
    array = below_infinity(x, name)
    if array.ndim == 0 or array.shape[-1] == 0:
        raise ValueError(f"`{name}` must have one number for each value of the latent variable, last; its shape is {array.shape}")
    return array


def belief(q, log_values_, name):
    """Return a distribution over the values of a latent variable, and logarithms over the same values, broadcast."""
    q = distribution(q, "q").astype(np.float64, copy=False)
    return same_outcomes(q, log_values(log_values_, name), ("q", name), what="over the same latent variable, given")


def some_value_explains(log_joint):
    """Refuse data that no value of the latent variable can explain: there is no posterior."""
    nothing = (log_joint == -np.inf).all(axis=-1)
    if nothing.any():
        raise ValueError(f"`log_joint` must be above -inf somewhere: the data are impossible and have no posterior{place(nothing)}")
    return log_joint


def linear_model(mean, cov, design, x, noise_variance):
    """Return a linear Gaussian model and one datum: mean (d,), cov (d, d), design (n, d), x (n,), noise variance."""
    mean, cov, _ = gaussian(np.atleast_1d(mean), cov, ("mean", "cov"))
    if cov.ndim != 2 or mean.ndim != 1:
        raise ValueError(f"`mean` and `cov` must be one vector and one square matrix; their shapes are {mean.shape} and {cov.shape}")
    design, x = finite(design, "design"), vector(x, "x")
    if design.shape != (x.size, mean.size):
        raise ValueError(
            f"`design` must have one row for each of the {x.size} numbers in `x` and one column for each of the {mean.size} "
            f"latent variables; its shape is {design.shape}"
        )
    return mean, cov, design, x, one_positive(noise_variance, "noise_variance")


def few_terms(count, names):
    """Refuse a sum of more terms than anybody means."""
    if count > MOST_TERMS:
        raise ValueError(f"{names} must leave at most {MOST_TERMS} terms to add up; they ask for {count}")
    return count


def weight_groups(log_weights):
    """Return log weights of shape (..., K) with K at least 1, below +inf; a group may be all -inf."""
    array = below_infinity(log_weights, "log_weights")
    if array.ndim == 0 or array.shape[-1] == 0:
        raise ValueError(f"`log_weights` must hold at least 1 sample along its last axis; its shape is {array.shape}")
    return array


def weighted_gradients(log_weights, gradients, name):
    """Return log weights of shape (..., K), not all -inf in a group, and one gradient for each, shape (..., K, p)."""
    log_weights, gradients = weight_groups(log_weights), finite(gradients, name)
    nothing = (log_weights == -np.inf).all(axis=-1)
    if nothing.any():
        raise ValueError(f"`log_weights` must leave at least one weight above 0 in each group; all are -inf{place(nothing)}")
    if gradients.ndim != log_weights.ndim + 1 or gradients.shape[:-1] != log_weights.shape:
        raise ValueError(f"`{name}` must hold one gradient for each weight: shape {(*log_weights.shape, 'p')}; it is {gradients.shape}")
    return log_weights, gradients


def node_count(nodes, d):
    """Return the number of nodes along each of d axes, from 2 to 200."""
    nodes = whole(nodes, "nodes", least=2, most=200)
    few_terms(nodes**d, f"`nodes` to the power {d}")
    return nodes
