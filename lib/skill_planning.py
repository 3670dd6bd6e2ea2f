"""Reach goals by choosing skills with a model of their next steps, without learning anything more."""

import torch

from lib import _checks, _tensors

__all__ = ["choose_plan", "foretell", "pursue"]


def foretell(dynamics, seen, plan, *, hold):
    """Return what a model expects if skills follow each other, each held for some steps.

    The mean of each step is fed back as the next state: no chance, no world.

    Parameters
    ----------
    dynamics : SkillDynamics
        With ``predict(seen, skill)``.
    seen : torch.Tensor, shape (n, observations)
        Where it begins.
    plan : torch.Tensor, shape (blocks, n, width)
        The skills, one after the other.
    hold : int
        How many steps each lasts.

    Returns
    -------
    torch.Tensor, shape (blocks * hold, n, observations)
        What is expected after each step (no unit).

    Raises
    ------
    ValueError
        If the shapes don't belong together, an observation is not finite, or `hold` is not positive.

    Notes
    -----
    Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> class Push:
    ...     def predict(self, seen, skill):
    ...         return seen + skill
    >>> foretell(Push(), torch.zeros(1, 1), torch.tensor([[[1.0]], [[-1.0]]]), hold=2)[:, 0, 0].tolist()
    [1.0, 2.0, 1.0, 0.0]
    """
    hold = _checks.whole(hold, "hold")
    _tensors.tensor(seen, "seen", ndim=2)
    _tensors.tensor(plan, "plan", ndim=3)
    _tensors.same_rows(seen=seen, plan=plan[0])
    path = []
    with torch.no_grad():
        for skill in plan:
            for _ in range(hold):
                seen = dynamics.predict(seen, skill)
                path.append(seen)
    return torch.stack(path)


def choose_plan(dynamics, prior, seen, goal, *, blocks, hold, candidates, generator):
    """Return the best of many plans drawn at random: the one whose foretold path stays nearest to the goal.

    Parameters
    ----------
    dynamics : SkillDynamics
        The model.
    prior : EvenSkills or BoxSkills
        Draws the plans' skills.
    seen, goal : torch.Tensor, shape (n, observations)
        Where each copy is, and where it shall be.
    blocks, hold, candidates : int
        Skills of a plan; steps that each lasts; plans that are compared.
    generator : torch.Generator
        Draws them.

    Returns
    -------
    plan : torch.Tensor, shape (blocks, n, width)
        The skills, one after the other (no unit).
    distance : torch.Tensor, shape (n,)
        Mean distance from the goal along the foretold path, in units of what is observed.

    Raises
    ------
    ValueError
        If a number is out of range or the shapes differ.

    References
    ----------
    Sharma et al. 2020 :cite:p:`sharma2020` refine their draws instead (model-predictive path integral).

    Notes
    -----
    Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> from lib.dads import BoxSkills
    >>> class Push:
    ...     def predict(self, seen, skill):
    ...         return seen + skill
    >>> told = {"blocks": 1, "hold": 2, "candidates": 500, "generator": torch.Generator().manual_seed(0)}
    >>> plan, _ = choose_plan(Push(), BoxSkills(1), torch.zeros(1, 1), torch.tensor([[1.0]]), **told)
    >>> abs(plan.item() - 0.5) < 0.05
    True
    """
    blocks, candidates = _checks.whole(blocks, "blocks"), _checks.whole(candidates, "candidates")
    _tensors.tensor(goal, "goal", ndim=2)
    _tensors.same_shape(seen=seen, goal=goal)
    n = len(seen)
    plans = prior.draw(blocks * candidates * n, generator=generator).reshape(blocks, candidates * n, prior.width)
    path = foretell(dynamics, seen.repeat(candidates, 1), plans, hold=hold)
    distance = torch.linalg.vector_norm(path.unflatten(1, (candidates, n)) - goal, dim=-1).mean(0)
    best = distance.argmin(0)
    rows = torch.arange(n, device=seen.device)
    return plans.unflatten(1, (candidates, n))[:, best, rows], distance[best, rows]


def pursue(copies, act, prior, goal, *, hold, generator, dynamics=None, blocks=1, candidates=1):
    """Run an episode towards goals: choose a plan, follow its first skill, choose anew.

    Without a model each skill is drawn at random.

    Parameters
    ----------
    copies : Copies or GymnasiumCopies
        Where; one row of `goal` for each.
    act : callable
        ``act(seen, skill)`` returns actions for rows of skills.
    prior : EvenSkills or BoxSkills
        Draws skills.
    goal : torch.Tensor, shape (n, observations)
        Where each copy shall be.
    hold : int
        Steps that a skill lasts.
    generator : torch.Generator
        Draws the plans.
    dynamics : SkillDynamics, optional
        The model; None draws skills blindly.
    blocks, candidates : int
        As in :func:`choose_plan`.

    Returns
    -------
    torch.Tensor, shape (horizon + 1, n, observations)
        What was observed, with the start (no unit).

    Raises
    ------
    ValueError
        If a number is out of range, or `goal` has no row for each copy.

    Notes
    -----
    Taught in chapter :ref:`ch-dads`.

    Examples
    --------
    >>> from lib.control import navigation
    >>> from lib.dads import BoxSkills
    >>> from lib.skill_discovery import Copies
    >>> copies = Copies(navigation(horizon=6), 3, generator=torch.Generator())
    >>> chance = torch.Generator().manual_seed(0)
    >>> path = pursue(copies, lambda seen, skill: skill, BoxSkills(2), torch.zeros(3, 2), hold=2, generator=chance)
    >>> path.shape
    torch.Size([7, 3, 2])
    """
    hold, seen = _checks.whole(hold, "hold"), copies.restart(0)
    _tensors.same_shape(goal=goal, seen=seen)
    told, path = {"blocks": blocks, "hold": hold, "candidates": candidates, "generator": generator}, [seen]
    for step in range(copies.horizon):
        if step % hold == 0 and dynamics is None:
            skill = prior.draw(len(seen), generator=generator)
        elif step % hold == 0:
            skill = choose_plan(dynamics, prior, seen, goal, **told)[0][0]
        seen = copies.step(act(seen, skill))[2]
        path.append(seen)
    return torch.stack(path)
