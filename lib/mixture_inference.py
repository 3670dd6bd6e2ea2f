r"""The Bayesian mixture of Gaussians by coordinate ascent: beliefs about weights, means and precisions of all components.

All bounds are in nats.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy import special

from lib import _checks

__all__ = ["MixtureBelief", "MixturePrior", "fit_mixture", "mixture_belief", "mixture_bound", "mixture_responsibilities"]


class MixturePrior(NamedTuple):
    """Hold what is believed of each component before data, the same for all.

    Weights are Dirichlet distributed with `concentration` for each component. A
    component's precision matrix is Wishart distributed with `dof` degrees of
    freedom and the inverse of `scatter` as its scale; its mean, given the
    precision, is normal around `mean` with precision `strength` times that.

    Examples
    --------
    >>> MixturePrior(1.0, [0.0], 1.0, [[1.0]], 1.0).dof
    1.0
    """

    concentration: float
    mean: np.ndarray
    strength: float
    scatter: np.ndarray
    dof: float


class MixtureBelief(NamedTuple):
    """Hold what is believed of k components after data, one row for each.

    Examples
    --------
    >>> MixtureBelief._fields
    ('concentration', 'mean', 'strength', 'scatter', 'dof')
    """

    concentration: np.ndarray
    mean: np.ndarray
    strength: np.ndarray
    scatter: np.ndarray
    dof: np.ndarray


def _data(x, prior):
    x = _checks.finite(x, "x")
    if x.ndim != 2 or 0 in x.shape:
        raise ValueError(f"`x` must have one observation a row and at least one; its shape is {x.shape}")
    d = x.shape[1]
    mean, scatter = _checks.vector(prior.mean, "prior.mean"), _checks.one_covariance(prior.scatter, "prior.scatter")[0]
    if (mean.size, len(scatter)) != (d, d):
        raise ValueError(f"`prior` must be about {d} coordinates, as `x`; its mean has {mean.size} and its scatter {len(scatter)}")
    dof = _checks.number(prior.dof, "prior.dof")
    if dof <= d - 1:
        raise ValueError(f"`prior.dof` must be above {d - 1}, the number of coordinates less one; it is {dof:g}")
    concentration = _checks.one_positive(prior.concentration, "prior.concentration")
    return x, MixturePrior(concentration, mean, _checks.one_positive(prior.strength, "prior.strength"), scatter, dof)


def mixture_belief(x, responsibilities, prior):
    """Return the best belief about the components, given to what degree each observation belongs to each.

    Parameters
    ----------
    x : array_like, shape (n, d)
        Observations.
    responsibilities : array_like, shape (n, k)
        Each row a distribution over components.
    prior : MixturePrior
        The belief before.

    Returns
    -------
    MixtureBelief
        Parameters of k components (no unit).

    Raises
    ------
    ValueError
        If shapes don't fit, a row is no distribution or the prior is none.

    References
    ----------
    Attias 2000 :cite:p:`attias2000`; Bishop 2006 :cite:p:`bishop2006`, equations 10.58 to 10.63.

    Notes
    -----
    Taught in chapter :ref:`ch-variational-inference`.

    Examples
    --------
    >>> belief = mixture_belief([[0.0], [2.0]], [[1.0], [1.0]], MixturePrior(1.0, [0.0], 1.0, [[1.0]], 1.0))
    >>> print(belief.concentration, belief.dof, belief.scatter[0].round(4))
    [3.] [3.] [[3.6667]]
    """
    x, prior = _data(x, prior)
    r = _checks.distribution(responsibilities, "responsibilities")
    if r.ndim != 2 or len(r) != len(x):
        raise ValueError(f"`responsibilities` must have one row for each of the {len(x)} observations; their shape is {r.shape}")
    counts = r.sum(axis=0)
    strength = prior.strength + counts
    mean = (prior.strength * prior.mean + r.T @ x) / strength[:, None]
    # Around the new mean, so that no large numbers are subtracted from each other.
    away = x[:, None, :] - mean
    scatter = prior.scatter + np.einsum("nk,nki,nkj->kij", r, away, away)
    pull = mean - prior.mean
    scatter += prior.strength * pull[:, :, None] * pull[:, None, :]
    return MixtureBelief(prior.concentration + counts, mean, strength, scatter, prior.dof + counts)


def mixture_responsibilities(x, belief):
    """Return the best degrees to which observations belong to components, given a belief about the components.

    Parameters
    ----------
    x : array_like, shape (n, d)
        Observations.
    belief : MixtureBelief
        About k components.

    Returns
    -------
    ndarray, shape (n, k)
        Each row a distribution (no unit).

    Raises
    ------
    ValueError
        If `x` is no matrix of finite numbers with as many columns as the means.

    References
    ----------
    Bishop 2006 :cite:p:`bishop2006`, equations 10.46 to 10.49 and 10.64 to 10.66.

    Notes
    -----
    Taught in chapter :ref:`ch-variational-inference`.

    Examples
    --------
    >>> prior = MixturePrior(1.0, [0.0], 1.0, [[1.0]], 1.0)
    >>> belief = mixture_belief([[-3.0], [3.0]], [[1.0, 0.0], [0.0, 1.0]], prior)
    >>> bool(mixture_responsibilities([[-3.0]], belief)[0, 0] > 0.9)
    True
    """
    x = _checks.finite(x, "x")
    d = belief.mean.shape[1]
    if x.ndim != 2 or x.shape[1] != d:
        raise ValueError(f"`x` must have {d} columns, as many as the means; its shape is {x.shape}")
    log_weight = special.digamma(belief.concentration) - special.digamma(belief.concentration.sum())
    factor = np.linalg.cholesky(belief.scatter)
    halves = (belief.dof[:, None] - np.arange(d)) / 2
    log_det = special.digamma(halves).sum(axis=1) + d * math.log(2) - _log_det(factor)
    away = np.linalg.solve(factor, (x[:, None, :] - belief.mean).transpose(1, 2, 0))
    distance = d / belief.strength[:, None] + belief.dof[:, None] * (away**2).sum(axis=1)
    scores = (log_weight + log_det / 2)[:, None] - distance / 2
    return special.softmax(scores, axis=0).T


def mixture_bound(responsibilities, belief, prior):
    """Return the evidence lower bound of responsibilities with the belief about components that is best for them.

    With that belief the bound is the log of an integral that is known, of
    prior times likelihood to the power of the responsibilities, plus the
    entropy of the responsibilities.

    Parameters
    ----------
    responsibilities : array_like, shape (n, k)
        Each row a distribution over components.
    belief : MixtureBelief
        What :func:`mixture_belief` returns for them; for another belief the number means nothing.
    prior : MixturePrior
        The belief before.

    Returns
    -------
    float
        The bound with every constant, in nats.

    Raises
    ------
    ValueError
        If a row is no distribution or the numbers of components differ.

    Notes
    -----
    Taught in chapter :ref:`ch-variational-inference`.

    Examples
    --------
    >>> prior = MixturePrior(1.0, [0.0], 1.0, [[2.0]], 2.0)
    >>> r = [[1.0]]
    >>> round(mixture_bound(r, mixture_belief([[0.0]], r, prior), prior), 4)
    -1.3863
    """
    r = _checks.distribution(responsibilities, "responsibilities")
    k, d = belief.mean.shape
    if r.ndim != 2 or r.shape[1] != k:
        raise ValueError(f"`responsibilities` must have {k} columns, one for each component; their shape is {r.shape}")
    alpha, n = belief.concentration, len(r)
    weights = special.gammaln(k * prior.concentration) - special.gammaln(alpha.sum())
    weights += (special.gammaln(alpha) - special.gammaln(prior.concentration)).sum()
    before = np.linalg.cholesky(np.asarray(prior.scatter, dtype=float))
    parts = special.multigammaln(prior.dof / 2, d) - prior.dof / 2 * _log_det(before)
    after = np.array([special.multigammaln(dof / 2, d) for dof in belief.dof])
    after -= belief.dof / 2 * _log_det(np.linalg.cholesky(belief.scatter))
    components = after - parts + d / 2 * np.log(prior.strength / belief.strength)
    return float(weights + components.sum() - n * d / 2 * math.log(math.pi) + special.entr(r).sum())


def fit_mixture(x, components, *, prior, generator, sweeps=500, tolerance=1e-8):
    """Fit a Bayesian mixture of Gaussians by coordinate ascent, from random responsibilities.

    A sweep renews the belief about the components, then the responsibilities;
    the bound never falls. Where it ends depends on where it began: run it several times.

    Parameters
    ----------
    x : array_like, shape (n, d)
        Observations.
    components : int
        How many at most: those that nobody needs keep their prior.
    prior : MixturePrior
        The belief before.
    generator : numpy.random.Generator
        Chooses `components` observations; each observation begins with the nearest one.
    sweeps : int
        How many at most.
    tolerance : float
        It ends when a sweep raises the bound by less, in nats.

    Returns
    -------
    responsibilities : ndarray, shape (n, components)
        Each row a distribution (no unit).
    belief : MixtureBelief
        About the components.
    history : list of float
        The bound in each sweep, in nats.

    Raises
    ------
    ValueError
        If shapes don't fit, the prior is none or there are more components than observations.

    Notes
    -----
    Taught in chapter :ref:`ch-variational-inference`.

    Examples
    --------
    >>> x = np.concatenate([np.arange(5.0), 100 + np.arange(5.0)])[:, None]
    >>> prior = MixturePrior(1.0, [50.0], 0.01, [[1.0]], 1.0)
    >>> r, belief, history = fit_mixture(x, 2, prior=prior, generator=np.random.default_rng(0))
    >>> print(sorted(belief.mean[:, 0].round()), history == sorted(history))
    [np.float64(2.0), np.float64(102.0)] True
    """
    x, prior = _data(x, prior)
    components = _checks.whole(components, "components", most=len(x))
    sweeps, tolerance = _checks.whole(sweeps, "sweeps"), _checks.one_positive(tolerance, "tolerance")
    seeds = x[generator.choice(len(x), components, replace=False)]
    scale = x.std(axis=0)
    nearest = (((x[:, None, :] - seeds) / np.where(scale > 0, scale, 1)) ** 2).sum(axis=2).argmin(axis=1)
    r = np.eye(components)[nearest]
    history = []
    for _ in range(sweeps):
        belief = mixture_belief(x, r, prior)
        history.append(mixture_bound(r, belief, prior))
        if len(history) > 1 and history[-1] - history[-2] < tolerance:
            break
        r = mixture_responsibilities(x, belief)
    return r, belief, history


def _log_det(factor):
    return 2 * np.log(np.diagonal(factor, axis1=-2, axis2=-1)).sum(axis=-1)
