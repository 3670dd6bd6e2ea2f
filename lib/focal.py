"""The focal KL divergence in two forms, their gradients, and what it leads a classifier to say.

Torch, in nats. A row of logits is one sample; its target is a distribution
over the classes.
"""

import torch

from lib import _checks, _tensors

__all__ = ["calibration_error", "class_focal_kl", "focal_kl", "focal_minimiser", "kl_to_target", "logit_gradient", "true_probabilities"]

TOLERANCE = 1e-5  # of a sum of a distribution in single precision


def kl_to_target(logits, target):
    r"""Return the KL divergence of each target from a softmax.

    .. math:: D(p \| q) = \sum_i p_i \ln \frac{p_i}{q_i}, \qquad q = \operatorname{softmax}(z)

    Computed as a sum of terms that can't be negative.

    Parameters
    ----------
    logits : torch.Tensor, shape (n, k)
        The scores z, before any softmax.
    target : torch.Tensor, shape (n, k)
        A distribution p in each row.

    Returns
    -------
    torch.Tensor, shape (n,)
        One divergence a sample, in nats.

    Raises
    ------
    ValueError
        If a tensor is not finite, the shapes differ, or a row of `target` is no distribution.

    Notes
    -----
    Taught in chapter :ref:`ch-focal`.

    Examples
    --------
    >>> kl_to_target(torch.tensor([[0.0, 0.0]]), torch.tensor([[1.0, 0.0]]))
    tensor([0.6931])
    """
    log_q, p = _row_pair(logits, target)
    return _divergence(log_q, p)


def focal_kl(logits, target, *, gamma, detach=False):
    r"""Return the focal KL divergence of each sample, weighted as a whole.

    .. math:: F_\gamma = (1 - e^{-D})^\gamma D, \qquad D = D(p \| q)

    For a one-hot target :math:`e^{-D}` is the probability of the right class,
    and this is the focal loss; for gamma = 0 it is the divergence itself.

    Parameters
    ----------
    logits, target : torch.Tensor, shape (n, k)
        As for `kl_to_target`.
    gamma : float
        The exponent: 0, or at least 1 (between them the slope of the weight is infinite at 0).
    detach : bool, default False
        Take the weight for a constant when the gradient is taken.

    Returns
    -------
    torch.Tensor, shape (n,)
        One loss a sample, in nats.

    Raises
    ------
    ValueError
        As for `kl_to_target`, or if `gamma` is not 0 and below 1.

    References
    ----------
    The focal loss is that of Lin, Goyal, Girshick, He and Dollár :cite:p:`lin2017`.

    Notes
    -----
    Taught in chapter :ref:`ch-focal`.

    Examples
    --------
    >>> focal_kl(torch.tensor([[0.0, 0.0]]), torch.tensor([[1.0, 0.0]]), gamma=2)
    tensor([0.1733])
    """
    gamma = _exponent(gamma)
    divergence = kl_to_target(logits, target)
    weight = (-torch.expm1(-divergence)) ** gamma
    return (weight.detach() if detach else weight) * divergence


def class_focal_kl(logits, target, *, gamma):
    r"""Return the focal KL divergence of each sample, weighted class by class.

    .. math:: G_\gamma = \sum_i p_i (1 - q_i)^\gamma \ln \frac{p_i}{q_i}

    The same for one-hot targets and for gamma = 0. For others it can be
    negative, and it is least at another q than p.

    Parameters
    ----------
    logits, target : torch.Tensor, shape (n, k)
        As for `kl_to_target`.
    gamma : float
        The exponent: 0, or at least 1.

    Returns
    -------
    torch.Tensor, shape (n,)
        One loss a sample, in nats.

    Raises
    ------
    ValueError
        As for `focal_kl`.

    Notes
    -----
    Taught in chapter :ref:`ch-focal`.

    Examples
    --------
    >>> p = torch.tensor([[0.75, 0.25]])
    >>> class_focal_kl(torch.tensor([[0.5, 0.0]]), p, gamma=2) < 0
    tensor([True])
    """
    gamma = _exponent(gamma)
    log_q, p = _row_pair(logits, target)
    return ((-torch.expm1(log_q)) ** gamma * (torch.special.xlogy(p, p) - p * log_q)).sum(dim=-1)


def logit_gradient(logits, target, *, gamma, detach=False):
    r"""Return the gradient of `focal_kl` by the logits, from its formula.

    .. math:: \nabla_z F_\gamma = \bigl[ (1 - e^{-D})^\gamma + \gamma D e^{-D} (1 - e^{-D})^{\gamma - 1} \bigr] (q - p)

    The gradient of the divergence, times a number; with a detached weight the second term is missing.

    Parameters
    ----------
    logits, target : torch.Tensor, shape (n, k)
        As for `kl_to_target`.
    gamma : float
        The exponent: 0, or at least 1.
    detach : bool, default False
        As for `focal_kl`.

    Returns
    -------
    torch.Tensor, shape (n, k)
        One gradient a sample, in nats for one unit of a logit.

    Raises
    ------
    ValueError
        As for `focal_kl`.

    Notes
    -----
    Taught in chapter :ref:`ch-focal`.

    Examples
    --------
    >>> logit_gradient(torch.tensor([[0.0, 0.0]]), torch.tensor([[1.0, 0.0]]), gamma=0)
    tensor([[-0.5000,  0.5000]])
    """
    gamma = _exponent(gamma)
    log_q, p = _row_pair(logits, target)
    divergence = _divergence(log_q, p)
    missed = -torch.expm1(-divergence)
    weight = missed**gamma
    if gamma and not detach:
        weight = weight + gamma * divergence * torch.exp(-divergence) * missed ** (gamma - 1)
    return weight[:, None] * (log_q.exp() - p)


def true_probabilities(q, *, gamma):
    r"""Return the class probabilities under which the focal loss is least at given predictions.

    .. math:: \eta_i \propto \frac{q_i}{\varphi(q_i)}, \qquad \varphi(v) = (1 - v)^\gamma - \gamma (1 - v)^{\gamma - 1} v \ln v

    What a classifier trained by the focal loss means by what it says.

    Parameters
    ----------
    q : torch.Tensor, shape (n, k)
        Distributions, all classes possible.
    gamma : float
        The exponent: 0, or at least 1.

    Returns
    -------
    torch.Tensor, shape (n, k)
        Distributions (no unit).

    Raises
    ------
    ValueError
        If a row of `q` is no distribution, a class has probability 0 or 1, or `gamma` is out of range.

    References
    ----------
    Charoenphakdee et al. :cite:p:`charoenphakdee2021`.

    Notes
    -----
    Taught in chapter :ref:`ch-focal`.

    Examples
    --------
    >>> true_probabilities(torch.tensor([[0.75, 0.25]]), gamma=1)
    tensor([[0.8760, 0.1240]])
    """
    gamma = _exponent(gamma)
    _inner(q, "q")
    odds = q / _slope(q, gamma)
    return odds / odds.sum(dim=-1, keepdim=True)


def focal_minimiser(eta, *, gamma):
    r"""Return the predictions at which the expected focal loss is least.

    .. math:: \arg\min_q \sum_i \eta_i (1 - q_i)^\gamma (-\ln q_i)

    The loss is strictly convex, so there is one; found by bisection in the
    multiplier, and for each multiplier in all q at once.

    Parameters
    ----------
    eta : torch.Tensor of float64, shape (n, k)
        True class probabilities, all positive.
    gamma : float
        The exponent: 0, or at least 1.

    Returns
    -------
    torch.Tensor, shape (n, k)
        Distributions (no unit).

    Raises
    ------
    ValueError
        As for `true_probabilities`; also if `eta` is not double precision.

    References
    ----------
    Charoenphakdee et al. :cite:p:`charoenphakdee2021`.

    Notes
    -----
    Taught in chapter :ref:`ch-focal`.

    Examples
    --------
    >>> focal_minimiser(torch.tensor([[0.9, 0.1]], dtype=torch.float64), gamma=2)
    tensor([[0.6942, 0.3058]], dtype=torch.float64)
    """
    gamma = _exponent(gamma)
    _tensors.tensor(eta, "eta", ndim=2, dtype=torch.float64)
    _inner(eta, "eta")

    def answer(multiplier):  # q with eta slope(q) / q = multiplier
        low, high = torch.zeros_like(eta), torch.ones_like(eta)
        for _ in range(60):
            q = (low + high) / 2
            above = eta * _slope(q, gamma) > multiplier * q
            low, high = torch.where(above, q, low), torch.where(above, high, q)
        return (low + high) / 2

    low, high = torch.zeros_like(eta[:, :1]), torch.full_like(eta[:, :1], 2.0 * eta.shape[1] * (1 + gamma))
    for _ in range(70):
        multiplier = (low + high) / 2
        much = answer(multiplier).sum(dim=-1, keepdim=True) > 1
        low, high = torch.where(much, multiplier, low), torch.where(much, high, multiplier)
    return answer((low + high) / 2)


def calibration_error(q, labels, *, bins=10):
    r"""Return how far stated confidence is from the share of right answers, on average over bins of equal count.

    .. math:: \sum_b \frac{n_b}{n} \bigl| \text{share right}_b - \text{mean confidence}_b \bigr|

    Parameters
    ----------
    q : torch.Tensor, shape (n, k)
        Predicted distributions.
    labels : torch.Tensor of int64, shape (n,)
        The right classes.
    bins : int, default 10
        How many, from 1 to n.

    Returns
    -------
    float
        From 0 to 1 (no unit). Positive even for a perfect forecaster, because each bin holds finitely many.

    Raises
    ------
    ValueError
        If a row is no distribution, a label no class, or the numbers of rows differ.

    Notes
    -----
    Taught in chapter :ref:`ch-focal`.

    Examples
    --------
    >>> calibration_error(torch.tensor([[0.75, 0.25]] * 4), torch.tensor([0, 0, 0, 0]), bins=1)
    0.25
    """
    _distributions(q, "q")
    _tensors.tensor(labels, "labels", ndim=1, dtype=torch.int64)
    n = _tensors.same_rows(q=q, labels=labels)
    if (labels < 0).any() or (labels >= q.shape[1]).any():
        raise ValueError(f"`labels` must be classes from 0 to {q.shape[1] - 1}; they reach from {labels.min()} to {labels.max()}")
    bins = _checks.whole(bins, "bins", most=n)
    confidence, said = q.max(dim=-1)
    order = confidence.argsort(stable=True)
    gap = ((said == labels).to(q.dtype) - confidence)[order]
    return float(sum(part.sum().abs() for part in gap.tensor_split(bins)) / n)


def _exponent(gamma):
    """Return `gamma`; refuse what is neither 0 nor at least 1."""
    gamma = _checks.not_negative_number(gamma, "gamma")
    if 0 < gamma < 1:
        raise ValueError(f"`gamma` must be 0 or at least 1; it is {gamma:g}")
    return gamma


def _divergence(log_q, p):
    r = log_q - torch.where(p > 0, p, 1.0).log()
    near = r.abs() < 0.03
    small = torch.where(near, r, 0.0)
    # p (e^r - 1 - r), whose difference would lose its digits, and its sign, near r = 0.
    close = p * small**2 / 2 * (1 + small / 3 * (1 + small / 4 * (1 + small / 5 * (1 + small / 6))))
    terms = torch.where(near & (p > 0), close, log_q.exp() - p - p * r)
    return terms.sum(dim=-1)


def _slope(q, gamma):
    left = 1 - q
    return left**gamma - (gamma * left ** (gamma - 1) * torch.special.xlogy(q, q) if gamma else 0)


def _row_pair(logits, target):
    _tensors.tensor(logits, "logits", ndim=2)
    _distributions(target, "target")
    _tensors.same_shape(logits=logits, target=target)
    return torch.log_softmax(logits, dim=-1), target


def _distributions(p, name):
    _tensors.tensor(p, name, ndim=2)
    if (p < 0).any():
        raise ValueError(f"`{name}` must not be negative; its least value is {p.min():g}")
    sums = p.detach().sum(dim=-1)
    worst = (sums - 1).abs().argmax()
    if (sums[worst] - 1).abs() > TOLERANCE:
        raise ValueError(f"`{name}` must sum to 1 along its rows; row {int(worst)} sums to {sums[worst]:g}")


def _inner(p, name):
    _distributions(p, name)
    if (p <= 0).any() or (p >= 1).any():
        raise ValueError(f"`{name}` must lie strictly between 0 and 1; it reaches from {p.min():g} to {p.max():g}")
