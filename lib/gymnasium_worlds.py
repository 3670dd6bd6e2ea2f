"""Worlds of the package Gymnasium, several copies side by side, for learners that find skills by themselves.

Their reward is dropped the moment it comes: no line here reads it. The
package is asked for only when a world is made.
"""

import torch

from lib import _checks, _tensors
from lib.control import checked_action

__all__ = ["GymnasiumCopies"]


class GymnasiumCopies:
    """Run several copies of a Gymnasium environment with the interface of `lib.skill_discovery.Copies`.

    Every episode begins with all copies reset; a copy that ends on its way
    begins anew at once. First states follow from seed, episode and copy
    alone, so that a run that goes on from a checkpoint sees the same ones.

    Parameters
    ----------
    make : callable or str
        Returns an environment, or its name in Gymnasium. Observations must be
        a flat box and actions a flat box with finite bounds.
    n : int
        How many copies.
    horizon : int
        How many steps an episode has; a shorter limit of the environment is refused.
    seed : int
        For all first states.
    features : callable, optional
        Takes observations (n, d) to what is seen, of order 1; by default all of them as they are.
    device : str or torch.device
        Where tensors lie; the environments run on the processor.

    Raises
    ------
    ValueError
        If a space is of another kind, or an observation is NaN or infinite.
    ImportError
        If Gymnasium is not installed.

    Notes
    -----
    Taught in chapter :ref:`ch-skills-control`.

    Examples
    --------
    >>> copies = GymnasiumCopies("Pendulum-v1", 2, horizon=50)
    >>> copies.restart(0).shape, copies.step(torch.zeros(2, 1))[1].tolist()
    (torch.Size([2, 3]), [False, False])
    """

    def __init__(self, make, n, *, horizon, seed=0, features=None, device="cpu"):
        if isinstance(make, str):
            name = make

            def make():
                import gymnasium

                return gymnasium.make(name, max_episode_steps=horizon + 1)

        self.n, self.horizon = _checks.whole(n, "n"), _checks.whole(horizon, "horizon")
        self.seed, self.features, self.device = _checks.whole(seed, "seed", least=0), features, device
        self.environments = [make() for _ in range(self.n)]
        self._check_spaces(self.environments[0])
        self.actions = self.environments[0].action_space.shape[0]
        self.observations = self.restart(0).shape[1]

    def _check_spaces(self, environment):
        for name in ("observation_space", "action_space"):
            space = getattr(environment, name)
            if type(space).__name__ != "Box" or len(space.shape) != 1:
                raise ValueError(f"`make` must return an environment with a flat box as `{name}`; it is {space}")
        if not environment.action_space.is_bounded():
            raise ValueError(f"`make` must return an environment with bounded actions; they are {environment.action_space}")
        self.low = torch.as_tensor(environment.action_space.low)
        self.range = torch.as_tensor(environment.action_space.high) - self.low

    def _seen(self, rows):
        seen = torch.stack([torch.as_tensor(row, dtype=torch.get_default_dtype()) for row in rows]).to(self.device)
        _tensors.finite(seen, "observation")
        return seen if self.features is None else self.features(seen)

    def _reset(self, copy):
        self.resets += 1
        seed = ((self.seed * 100_003 + self.began) * 1_009 + self.resets) % 2**31
        return self.environments[copy].reset(seed=seed)[0]

    def restart(self, episode):
        """Reset all copies for the episode of this number; return what is observed."""
        self.began, self.resets = episode, 0
        return self._seen([self._reset(copy) for copy in range(self.n)])

    def step(self, action):
        """Return what is observed after the step, whether a copy ended there, and what is observed now."""
        action = checked_action(action, self.n, self.actions)
        rows = (self.low + self.range * (action.detach().cpu() + 1) / 2).numpy()
        steps = [environment.step(row) for environment, row in zip(self.environments, rows, strict=True)]
        after = [step[0] for step in steps]  # step[1] is the reward: never read
        ended = torch.tensor([bool(step[2]) for step in steps], device=self.device)
        if any(step[3] for step in steps):
            raise ValueError(f"`horizon` must not exceed the environment's own limit; it is {self.horizon}")
        now = [self._reset(copy) if ended[copy] else row for copy, row in enumerate(after)]
        return self._seen(after), ended, self._seen(now)

    def close(self):
        """Close the environments."""
        for environment in self.environments:
            environment.close()
