r"""The chain of a diffusion model, exactly: schedules, Gaussians in closed form, data for which all is known.

Arrays over time have an entry for each t from 0 to T, so an index is the time
that a formula names, and t = 0 is the datum itself. Divergences of Gaussians are
in nats, those of chains with finitely many states in units of `base`.
"""

import math
from typing import NamedTuple

import numpy as np

from lib import _checks
from lib.divergence import kl_divergence
from lib.joint import mutual_information

__all__ = [
    "Schedule",
    "chain_joints",
    "cosine_schedule",
    "forward_marginal",
    "gaussian_bound",
    "gaussian_chain_variance",
    "gaussian_noise",
    "geometric_schedule",
    "linear_schedule",
    "make_schedule",
    "noise_weights",
    "prior_kl",
    "reverse_posterior",
    "step_identity",
]


class Schedule(NamedTuple):
    r"""Hold how much noise a chain adds, for each time t from 0 to T.

    `beta` is the variance that step t adds, `alpha_bar` the product of all
    :math:`1 - \beta_s` up to t, and `beta_tilde` the variance of
    :math:`q(x_{t-1} \mid x_t, x_0)`.

    Examples
    --------
    >>> Schedule._fields
    ('beta', 'alpha_bar', 'beta_tilde')
    """

    beta: np.ndarray
    alpha_bar: np.ndarray
    beta_tilde: np.ndarray


def make_schedule(beta):
    r"""Return the schedule of a chain whose steps add the given variances.

    .. math:: \bar\alpha_t = \prod_{s \le t} (1 - \beta_s) , \qquad
              \tilde\beta_t = \beta_t \frac{1 - \bar\alpha_{t-1}}{1 - \bar\alpha_t}

    Parameters
    ----------
    beta : array_like, shape (T,)
        For the steps 1 to T, each above 0 and below 1.

    Returns
    -------
    Schedule
        Three arrays of shape (T + 1,), no unit; entry 0 is 0, 1 and 0.

    Raises
    ------
    ValueError
        If a variance doesn't lie between 0 and 1, both excluded.

    References
    ----------
    Ho, Jain and Abbeel, section 2 :cite:p:`ho2020`. Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> schedule = make_schedule([1 / 2, 1 / 2])
    >>> print(schedule.alpha_bar, schedule.beta_tilde.round(4))
    [1.   0.5  0.25] [0.     0.     0.3333]
    """
    beta = np.concatenate([[0.0], _checks.step_variances(beta, "beta")])
    noise = -np.expm1(np.cumsum(np.log1p(-beta)))  # 1 - alpha_bar, to full precision where it is small
    beta_tilde = np.zeros_like(beta)
    beta_tilde[1:] = beta[1:] * noise[:-1] / noise[1:]
    return Schedule(beta, np.cumprod(1 - beta), beta_tilde)


def linear_schedule(steps, *, first=1e-4, last=0.02):
    """Return the schedule whose added variances rise along a line.

    The defaults are those of the paper, for 1,000 steps; with fewer steps they
    leave much of the datum at the end.

    Parameters
    ----------
    steps : int
        T, the number of steps.
    first, last : float
        The variances that steps 1 and T add.

    Returns
    -------
    Schedule
        Three arrays of shape (T + 1,), no unit.

    Raises
    ------
    ValueError
        If `steps` is no positive integer or a variance doesn't lie between 0 and 1.

    References
    ----------
    Ho, Jain and Abbeel, section 4 :cite:p:`ho2020`. Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> print(f"{linear_schedule(1000).alpha_bar[-1]:.1e} {linear_schedule(100).alpha_bar[-1]:.2f}")
    4.0e-05 0.36
    """
    first, last = _checks.one_positive(first, "first"), _checks.one_positive(last, "last")
    return make_schedule(np.linspace(first, last, _checks.whole(steps, "steps")))


def cosine_schedule(steps, *, offset=0.008, most=0.999):
    r"""Return the schedule whose :math:`\bar\alpha_t` falls like the square of a cosine.

    .. math:: \bar\alpha_t = \frac{f(t)}{f(0)} , \qquad f(t) = \cos^2\Bigl(\frac{t / T + s}{1 + s} \cdot \frac\pi2\Bigr)

    Parameters
    ----------
    steps : int
        T, the number of steps.
    offset : float, default 0.008
        s, which keeps the first steps from being too small.
    most : float, default 0.999
        What no step's variance may exceed: the last one would be 1.

    Returns
    -------
    Schedule
        Three arrays of shape (T + 1,), no unit.

    Raises
    ------
    ValueError
        If `steps` is no positive integer, `offset` isn't positive, or `most` doesn't lie between 0 and 1.

    References
    ----------
    Nichol and Dhariwal, equation 17 :cite:p:`nichol2021`. Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> print(cosine_schedule(4).alpha_bar.round(3))
    [1.    0.847 0.494 0.144 0.   ]
    """
    steps, offset = _checks.whole(steps, "steps"), _checks.one_positive(offset, "offset")
    most = _checks.step_variances([most], "most")[0]
    f = np.cos((np.arange(steps + 1) / steps + offset) / (1 + offset) * math.pi / 2) ** 2
    return make_schedule(np.minimum(1 - f[1:] / f[:-1], most))


def geometric_schedule(steps, *, most=2000.0, least=1e-3):
    r"""Return the schedule whose signal-to-noise ratio falls by one factor in every step.

    .. math:: \frac{\bar\alpha_t}{1 - \bar\alpha_t} = a \left(\frac ba\right)^{(t - 1) / (T - 1)} , \qquad t = 1, \dots, T

    All steps then weigh the error of the noise alike, so that this schedule makes
    the simplified loss the bound, up to a factor and the first step.

    Parameters
    ----------
    steps : int
        T, at least 2.
    most : float, default 2000
        a, the ratio after the first step.
    least : float, default 0.001
        b, the ratio at the end.

    Returns
    -------
    Schedule
        Three arrays of shape (T + 1,), no unit.

    Raises
    ------
    ValueError
        If `steps` is below 2, or not `most` > `least` > 0.

    References
    ----------
    Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> print(noise_weights(geometric_schedule(4, most=8, least=1)).round(6))
    [nan nan 0.5 0.5 0.5]
    """
    steps, least = _checks.whole(steps, "steps", least=2), _checks.one_positive(least, "least")
    snr = np.geomspace(_checks.one_above(most, least, "most", "least"), least, steps)
    kept = np.concatenate([[1.0], snr / (1 + snr)])
    return make_schedule(1 - kept[1:] / kept[:-1])


def forward_marginal(x_0, t, schedule):
    r"""Return mean and variance of :math:`q(x_t \mid x_0)`, t steps of noise in one.

    .. math:: q(x_t \mid x_0) = \mathcal N\bigl(\sqrt{\bar\alpha_t}\, x_0,\ (1 - \bar\alpha_t) I\bigr)

    Parameters
    ----------
    x_0 : array_like, shape (..., d)
        Data.
    t : int
        From 0 to T.
    schedule : Schedule
        Of T steps.

    Returns
    -------
    mean : ndarray, shape (..., d)
        In the unit of the data (no unit of information).
    variance : float
        Of each coordinate; no unit.

    Raises
    ------
    ValueError
        If `t` is out of range or `x_0` isn't finite.

    References
    ----------
    Ho, Jain and Abbeel, equation 4 :cite:p:`ho2020`. Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> mean, variance = forward_marginal([2.0], 2, make_schedule([1 / 2, 1 / 2]))
    >>> print(mean, variance)
    [1.] 0.75
    """
    t = _checks.step(t, schedule, least=0)
    return math.sqrt(schedule.alpha_bar[t]) * _checks.finite(x_0, "x_0"), float(1 - schedule.alpha_bar[t])


def reverse_posterior(x_0, x_t, t, schedule):
    r"""Return mean and variance of :math:`q(x_{t-1} \mid x_t, x_0)`, the step back when the datum is known.

    .. math:: \tilde\mu_t = \frac{\sqrt{\bar\alpha_{t-1}}\, \beta_t}{1 - \bar\alpha_t}\, x_0
              + \frac{\sqrt{1 - \beta_t}\, (1 - \bar\alpha_{t-1})}{1 - \bar\alpha_t}\, x_t , \qquad
              \tilde\beta_t = \frac{1 - \bar\alpha_{t-1}}{1 - \bar\alpha_t}\, \beta_t

    Parameters
    ----------
    x_0, x_t : array_like, shape (..., d)
        The datum and what noise made of it. Batch shapes broadcast.
    t : int
        From 1 to T.
    schedule : Schedule
        Of T steps.

    Returns
    -------
    mean : ndarray, shape (..., d)
        In the unit of the data (no unit of information).
    variance : float
        Of each coordinate; no unit. It is 0 at t = 1, where the step leads to the datum itself.

    Raises
    ------
    ValueError
        If `t` is out of range, an array isn't finite, or the last axes differ.

    References
    ----------
    Ho, Jain and Abbeel, equations 6 and 7 :cite:p:`ho2020`. Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> mean, variance = reverse_posterior([2.0], [1.0], 2, make_schedule([1 / 2, 1 / 2]))
    >>> print(mean.round(4), round(variance, 4))
    [1.4142] 0.3333
    """
    t = _checks.step(t, schedule)
    x_0, x_t = _checks.same_last_axis(x_0=x_0, x_t=x_t)
    beta, now, before = schedule.beta[t], schedule.alpha_bar[t], schedule.alpha_bar[t - 1]
    mean = (math.sqrt(before) * beta * x_0 + math.sqrt(1 - beta) * (1 - before) * x_t) / (1 - now)
    return mean, float(schedule.beta_tilde[t])


def noise_weights(schedule):
    r"""Return what turns the squared error of a predicted noise into the divergence of its step.

    .. math:: w_t = \frac{\beta_t^2}{2 \tilde\beta_t (1 - \beta_t)(1 - \bar\alpha_t)}
              = \frac12 \left[\frac{\mathrm{SNR}_{t-1}}{\mathrm{SNR}_t} - 1\right] , \qquad
              \mathrm{SNR}_t = \frac{\bar\alpha_t}{1 - \bar\alpha_t}

    For a model whose step back has the variance `beta_tilde`.

    Parameters
    ----------
    schedule : Schedule
        Of T steps.

    Returns
    -------
    ndarray, shape (T + 1,)
        Weights, in nats for each unit of squared error; NaN at t = 0 and t = 1, where the bound has no such term.

    Raises
    ------
    ValueError
        If the schedule has no step 2.

    References
    ----------
    Ho, Jain and Abbeel, equation 12 :cite:p:`ho2020`; Kingma and others for the second form :cite:p:`kingma2021`.
    Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> float(noise_weights(make_schedule([1 / 2, 1 / 2]))[2].round(9))
    1.0
    """
    _checks.step(2, schedule)
    beta, kept, tilde = (x[2:] for x in schedule)
    return np.concatenate([[np.nan, np.nan], beta**2 / (2 * tilde * (1 - beta) * (1 - kept))])


def prior_kl(x_0, schedule):
    r"""Return the prior term of the bound: what the end of the chain still tells about each datum.

    .. math:: D\bigl(q(x_T \mid x_0) \,\|\, \mathcal N(0, I)\bigr)
              = \frac12 \sum_i \left[\bar\alpha_T x_{0,i}^2 - \bar\alpha_T - \ln(1 - \bar\alpha_T)\right]

    Parameters
    ----------
    x_0 : array_like, shape (..., d)
        Data.
    schedule : Schedule
        Of T steps.

    Returns
    -------
    ndarray or float, shape (...)
        Divergences in nats.

    Raises
    ------
    ValueError
        If `x_0` isn't finite.

    References
    ----------
    Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> float(prior_kl([1.0, 1.0], make_schedule([1 / 2])).round(6))
    0.693147
    """
    kept = schedule.alpha_bar[-1]
    return (kept * _checks.finite(x_0, "x_0") ** 2 - kept - np.log1p(-kept)).sum(axis=-1) / 2


def gaussian_noise(x_t, t, schedule, *, mean, cov):
    r"""Return the mean of the noise in x_t when the data are Gaussian: the best prediction there is.

    .. math:: \operatorname{E}[\epsilon \mid x_t] = \sqrt{1 - \bar\alpha_t}\,
              \bigl(\bar\alpha_t \Sigma + (1 - \bar\alpha_t) I\bigr)^{-1} (x_t - \sqrt{\bar\alpha_t}\, \mu)

    Parameters
    ----------
    x_t : array_like, shape (..., d)
        Noised data.
    t : int
        From 1 to T.
    schedule : Schedule
        Of T steps.
    mean : array_like, shape (d,)
        Mean of the data.
    cov : array_like, shape (d, d)
        Their covariance.

    Returns
    -------
    ndarray, shape (..., d)
        Predicted noise (no unit).

    Raises
    ------
    ValueError
        If `t` is out of range, `cov` is no covariance matrix, or lengths differ.

    References
    ----------
    Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> gaussian_noise([2.0], 1, make_schedule([1 / 2]), mean=[0.0], cov=[[3.0]]).round(6)
    array([0.707107])
    """
    t = _checks.step(t, schedule)
    x_t, mean = _checks.same_last_axis(x_t=x_t, mean=mean)
    mean, cov, _ = _checks.gaussian(mean, cov, ("mean", "cov"))
    kept = schedule.alpha_bar[t]
    noised = kept * cov + (1 - kept) * np.eye(mean.size)
    return math.sqrt(1 - kept) * np.linalg.solve(noised, (x_t - math.sqrt(kept) * mean)[..., None])[..., 0]


def gaussian_bound(variance, schedule, *, step_variance="beta_tilde"):
    r"""Return the parts of the bound for centred Gaussian data and the best denoiser, on average over the data.

    Minus the log density of a datum is at most the sum of the three parts. With
    :math:`v_t = \bar\alpha_t s^2 + 1 - \bar\alpha_t` the best denoiser leaves the
    share :math:`\bar\alpha_t s^2 / v_t` of the noise's variance unexplained.

    Parameters
    ----------
    variance : float
        s², of one coordinate. Parts of independent coordinates add up.
    schedule : Schedule
        Of at least 2 steps.
    step_variance : str, default "beta_tilde"
        The variance of the model's steps back: "beta_tilde" or "beta".

    Returns
    -------
    prior : float
        Divergence at the end of the chain, in nats.
    steps : ndarray, shape (T + 1,)
        Divergences of the steps t, in nats; 0 at t = 0 and 1.
    reconstruction : float
        Mean of minus log p(x_0 | x_1), in nats, for the data's unit.

    Raises
    ------
    ValueError
        If `variance` isn't positive, the schedule has no step 2, or `step_variance` is neither.

    References
    ----------
    Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> prior, steps, reconstruction = gaussian_bound(1.0, make_schedule([1 / 2, 1 / 2]))
    >>> print(f"{prior:.4f} {steps.sum():.4f} {reconstruction:.4f}")
    0.1438 0.2500 1.0724
    """
    variance = _checks.one_positive(variance, "variance")
    used = getattr(schedule, _checks.one_of(step_variance, "step_variance", ("beta_tilde", "beta")))
    left = schedule.alpha_bar * variance / (schedule.alpha_bar * variance + 1 - schedule.alpha_bar)
    share = schedule.beta_tilde[2:] / used[2:]
    divergences = share * noise_weights(schedule)[2:] * left[2:] + (share - 1 - np.log(share)) / 2
    steps = np.concatenate([[0.0, 0.0], divergences])
    beta, kept = schedule.beta[1], schedule.alpha_bar[-1]
    error = beta / (1 - beta) * left[1]  # of the last step's mean: its error is that of the noise, scaled
    reconstruction = (math.log(2 * math.pi * beta) + error / beta) / 2
    return (kept * variance - kept - math.log1p(-kept)) / 2, steps, reconstruction


def gaussian_chain_variance(variance, schedule, *, step_variance="beta_tilde"):
    r"""Return the variance of what a chain makes of noise when the data are Gaussian and the denoiser is the best one.

    Each step back multiplies by a number and adds noise, so the model is a Gaussian
    too, and its log density needs no bound.

    Parameters
    ----------
    variance : float
        Of one coordinate of the data, which are centred.
    schedule : Schedule
        Of T steps.
    step_variance : str, default "beta_tilde"
        The variance of the model's steps back: "beta_tilde" or "beta".

    Returns
    -------
    float
        Variance of the model's x_0, the noise of its last step included; no unit.

    Raises
    ------
    ValueError
        If `variance` isn't positive or `step_variance` is neither.

    References
    ----------
    Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> round(gaussian_chain_variance(1.0, make_schedule([1 / 2, 1 / 2])), 6)
    0.916667
    """
    variance, made = _checks.one_positive(variance, "variance"), 1.0
    used = getattr(schedule, _checks.one_of(step_variance, "step_variance", ("beta_tilde", "beta")))
    for t in range(len(schedule.beta) - 1, 0, -1):
        beta, kept = schedule.beta[t], schedule.alpha_bar[t]
        factor = (1 - beta / (kept * variance + 1 - kept)) / math.sqrt(1 - beta)
        made = factor**2 * made + (beta if t == 1 else used[t])
    return float(made)


def chain_joints(start, kernels):
    r"""Return the joint distribution of x_0, x_{t-1} and x_t in a chain of finitely many states, for each step.

    Parameters
    ----------
    start : array_like, shape (k,)
        Distribution of x_0.
    kernels : array_like, shape (T, k, k)
        In row i of table t - 1 the distribution of x_t after x_{t-1} = i.

    Returns
    -------
    ndarray, shape (T, k, k, k)
        Probabilities (no unit) of (x_0, x_{t-1}, x_t) for t from 1 to T.

    Raises
    ------
    ValueError
        If a row is no distribution, or the shapes don't match.

    References
    ----------
    Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> chain_joints([1 / 2, 1 / 2], [[[1, 0], [1 / 2, 1 / 2]]])[0, 1]
    array([[0.  , 0.  ],
           [0.25, 0.25]])
    """
    start, kernels = _checks.chain(start, kernels)
    pair, joints = np.diag(start), []  # of x_0 and x_{t-1}
    for kernel in kernels:
        joints.append(pair[:, :, None] * kernel)
        pair = joints[-1].sum(axis=1)
    return np.array(joints)


def step_identity(joint, model, *, base=2):
    r"""Return the divergence that a diffusion model trains on, the one that it is after, and what lies between.

    .. math:: \operatorname{E}\, D\bigl(q(x_{t-1} \mid x_t, x_0) \,\|\, p\bigr)
              = \operatorname{E}\, D\bigl(q(x_{t-1} \mid x_t) \,\|\, p\bigr) + I(x_{t-1}; x_0 \mid x_t)

    Each is computed by itself. The last doesn't depend on the model p.

    Parameters
    ----------
    joint : array_like, shape (k, k, k)
        Probabilities of (x_0, x_{t-1}, x_t).
    model : array_like, shape (k, k)
        In row j the distribution that the model gives to x_{t-1} after x_t = j.
    base : float, default 2
        Base of the logarithm: 2 for bits, e for nats.

    Returns
    -------
    tuple of three floats
        Left side, divergence on the right, and information, in units of `base`.

    Raises
    ------
    ValueError
        If `joint` or a row of `model` is no distribution, or the shapes don't match.

    References
    ----------
    Taught in chapter :ref:`ch-diffusion`.

    Examples
    --------
    >>> joint = chain_joints([1 / 2, 1 / 2], [[[3 / 4, 1 / 4], [1 / 4, 3 / 4]]])[0]
    >>> [round(value, 4) for value in step_identity(joint, [[1 / 2, 1 / 2], [1 / 2, 1 / 2]])]
    [1.0, 0.1887, 0.8113]
    """
    joint, model = _checks.three_variables(joint, model)
    rows, models = np.moveaxis(joint, 1, 2), np.broadcast_to(model, joint.shape)  # (x_0, x_t, x_{t-1})
    seen = rows.sum(axis=2) > 0
    weight = rows.sum(axis=2)[seen]
    conditional = weight @ kl_divergence(rows[seen] / weight[:, None], models[seen], base=base)
    weight = joint.sum(axis=(0, 1))
    seen = weight > 0
    marginal = weight[seen] @ kl_divergence((joint.sum(axis=0).T)[seen] / weight[seen, None], model[seen], base=base)
    tables = np.moveaxis(joint, 2, 0)[seen] / weight[seen, None, None]
    return float(conditional), float(marginal), float(weight[seen] @ mutual_information(tables, base=base))
