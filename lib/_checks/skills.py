"""Worlds with states and actions, and the policies that live in them."""

import numpy as np

from lib._checks.discrete import distribution
from lib._checks.numbers import finite, whole


def dynamics(transitions, start):
    """Return the table of a world, states x actions x states, and its start."""
    transitions = distribution(transitions, "transitions")
    if transitions.ndim != 3 or transitions.shape[0] != transitions.shape[2]:
        raise ValueError(f"`transitions` must have shape (states, actions, states); it is {transitions.shape}")
    return transitions, whole(start, "start", least=0, most=len(transitions) - 1)


def steps_of_policy(table, name, transitions, horizon):
    """Refuse a table of shape (..., t, states, actions) whose t is neither 1 nor the horizon."""
    horizon, shape = whole(horizon, "horizon"), transitions.shape[:2]
    if table.ndim < 3 or table.shape[-2:] != shape or table.shape[-3] not in (1, horizon):
        raise ValueError(f"`{name}` must have shape (..., 1 or {horizon}, {shape[0]}, {shape[1]}); it is {table.shape}")
    return horizon


def skill_table(table, name, skills, states=None):
    """Return finite numbers of shape (..., skills, states)."""
    table = finite(table, name)
    if table.ndim < 2 or table.shape[-2] != skills or (states is not None and table.shape[-1] != states):
        raise ValueError(f"`{name}` must have shape (..., {skills}, {states or 'states'}): a row for each skill; it is {table.shape}")
    return table


def skill_prior(prior, skills):
    """Return a distribution over so many skills, each of them possible."""
    prior = distribution(prior, "prior")
    if prior.shape[-1] != skills:
        raise ValueError(f"`prior` must have one probability for each of the {skills} skills; its shape is {prior.shape}")
    if (prior == 0).any():
        raise ValueError("`prior` must be positive: a skill that is never drawn has no reward")
    return prior


def skill_visits(visits, prior):
    """Return state distributions of shape (..., skills, states) and the prior over the skills."""
    visits = distribution(visits, "visits")
    if visits.ndim < 2:
        raise ValueError(f"`visits` must have shape (..., skills, states); it is {visits.shape}")
    return visits, skill_prior(prior, visits.shape[-2])


def weights_of_steps(weights, name):
    """Return one finite number for each step of a training, none negative."""
    weights = finite(weights, name)
    if weights.ndim != 1 or (weights < 0).any():
        raise ValueError(f"`{name}` must be a vector of numbers that are not negative, one for each step; it is {np.shape(weights)}")
    return weights
