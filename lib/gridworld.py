"""Small worlds of cells, with all their transition probabilities in one table."""

from dataclasses import dataclass

import numpy as np

from lib import _checks

#: The actions by name, and how far each goes in rows and columns.
ACTIONS = {"north": (-1, 0), "east": (0, 1), "south": (1, 0), "west": (0, -1), "stay": (0, 0)}

OPEN_ROOM = "\n".join(["........."] * 4 + ["....S...."] + ["........."] * 4)
FOUR_ROOMS = """\
.....#.....
.....#.....
..S........
.....#.....
.....#.....
#.####.....
.....###.##
.....#.....
.....#.....
...........
.....#....."""

__all__ = ["Gridworld", "four_rooms", "from_map", "open_room"]


@dataclass(frozen=True, eq=False)
class Gridworld:
    """A world of cells: where they lie, where one starts, and where each action leads.

    Parameters
    ----------
    cells : ndarray of int, shape (states, 2)
        Row and column of each state.
    transitions : ndarray, shape (states, 5, states)
        P(s' | s, a) for the actions north, east, south, west and stay; no unit.
    start : int
        The state in which every episode begins.
    shape : tuple of int
        Rows and columns of the map.

    Examples
    --------
    >>> world = from_map("S.")
    >>> world.transitions[0, 1]  # east of the start
    array([0., 1.])
    """

    cells: np.ndarray
    transitions: np.ndarray
    start: int
    shape: tuple

    def picture(self, values):
        """Return one number a state as rows and columns of the map, with NaN at the walls."""
        picture = np.full(self.shape, np.nan)
        picture[tuple(self.cells.T)] = values
        return picture

    def state(self, row, column):
        """Return the number of the state in that cell."""
        here = np.flatnonzero((self.cells == (row, column)).all(axis=1))
        if not here.size:
            raise ValueError(f"`row`, `column` must be a free cell of the map; ({row}, {column}) is none")
        return int(here[0])


def from_map(text, *, slip=0.0):
    r"""Return the gridworld that a map shows.

    .. math:: P(s' \mid s, a) = (1 - \varepsilon)\, [s' = s + a]
              + \frac{\varepsilon}{5} \sum_{b} [s' = s + b]

    Five actions: north, east, south, west and stay. Who would walk into a wall
    or off the map stays where he is. There is no reward.

    Parameters
    ----------
    text : str
        One line a row: ``.`` is free, ``#`` a wall, ``S`` the free cell where episodes start.
    slip : float, default 0.0
        Probability that the action is replaced by one drawn from all five.

    Returns
    -------
    Gridworld
        The world; its probabilities have no unit.

    Raises
    ------
    ValueError
        If the lines differ in length, a character is unknown, there is not one
        start, a free cell can't be reached from it, or `slip` is no probability.

    References
    ----------
    Sutton, Precup and Singh :cite:p:`sutton1999` for the four rooms. Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> from_map(chr(10).join(["S#.", "..."])).transitions.shape
    (5, 5, 5)
    """
    rows = text.splitlines()
    if len({len(row) for row in rows}) != 1:
        raise ValueError(f"`text` must have lines of one length; they have {[len(row) for row in rows]}")
    unknown = set("".join(rows)) - set(".#S")
    if unknown:
        raise ValueError(f"`text` must hold only '.', '#' and 'S'; it holds {sorted(unknown)[0]!r}")
    if text.count("S") != 1:
        raise ValueError(f"`text` must have one start 'S'; it has {text.count('S')}")
    slip = _checks.not_negative_number(slip, "slip")
    if slip > 1:
        raise ValueError(f"`slip` must be at most 1; it is {slip:g}")
    cells = np.argwhere(np.array([list(row) for row in rows]) != "#")
    number = {tuple(cell): index for index, cell in enumerate(cells.tolist())}
    ends = np.array([[number.get((row + i, column + j), s) for i, j in ACTIONS.values()] for (row, column), s in number.items()])
    sure = np.eye(len(cells))[ends]
    start = next(s for (row, column), s in number.items() if rows[row][column] == "S")
    _refuse_islands(ends, start, cells)
    return Gridworld(cells, (1 - slip) * sure + slip * sure.mean(axis=1, keepdims=True), start, (len(rows), len(rows[0])))


def _refuse_islands(ends, start, cells):
    reached, border = {start}, {start}
    while border:
        border = {int(s) for here in border for s in ends[here]} - reached
        reached |= border
    if len(reached) < len(cells):
        lost = next(s for s in range(len(cells)) if s not in reached)
        raise ValueError(f"`text` must let every free cell be reached from 'S'; row {cells[lost][0]}, column {cells[lost][1]} can't be")


def open_room(*, slip=0.0):
    """Return the open room of 9 by 9 cells, with the start in the middle.

    The first of the two worlds in which skills are held against the exact optimum.

    Parameters
    ----------
    slip : float, default 0.0
        Probability that the action is replaced by one drawn from all five.

    Returns
    -------
    Gridworld
        81 states; its probabilities have no unit.

    Raises
    ------
    ValueError
        If `slip` is no probability.

    References
    ----------
    Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> len(open_room().cells)
    81
    """
    return from_map(OPEN_ROOM, slip=slip)


def four_rooms(*, slip=0.0):
    """Return the four rooms on 11 by 11 cells, with the start in the middle of one room.

    Four doors of one cell join the rooms in a ring. The second reference world.

    Parameters
    ----------
    slip : float, default 0.0
        Probability that the action is replaced by one drawn from all five.

    Returns
    -------
    Gridworld
        104 states; its probabilities have no unit.

    Raises
    ------
    ValueError
        If `slip` is no probability.

    References
    ----------
    Sutton, Precup and Singh :cite:p:`sutton1999`. Taught in chapter :ref:`ch-diayn`.

    Examples
    --------
    >>> len(four_rooms().cells)
    104
    """
    return from_map(FOUR_ROOMS, slip=slip)
