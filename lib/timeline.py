"""The history of relative entropy: dated events, and the places of their labels on an axis of years."""

from dataclasses import dataclass

import numpy as np

from lib import _checks
from lib._events import ENTRIES

__all__ = ["Event", "events", "spread"]

#: The threads of the history, in the order of their first event.
STRANDS = ("information", "statistics", "inference", "networks")


@dataclass(frozen=True)
class Event:
    """One dated step in the history of relative entropy.

    Parameters
    ----------
    year : int
        When it was first public. That is the year of the reference `key`,
        unless `arxiv` names an earlier preprint.
    label : str
        Name and matter in a few words, for the figure.
    text : str
        What it brought, in one or two sentences of Markdown.
    key : str
        The reference that dates it, a key of the bibliography.
    strand : str
        One of `STRANDS`.
    arxiv : str, optional
        Number of the preprint that dates it; its first two digits are the year.
    also : tuple of str, optional
        Keys of further references: independent work, later print, what came before.
    source : str, optional
        The source document whose table of events names it too.
    see : str, optional
        Label of the chapter or section that does it again.

    Examples
    --------
    >>> Event(1951, "Kullback, Leibler", "They define it.", "kullback1951", "statistics").year
    1951
    """

    year: int
    label: str
    text: str
    key: str
    strand: str
    arxiv: str = ""
    also: tuple[str, ...] = ()
    source: str = ""
    see: str = ""

    def line(self):
        """Return the event as a line of a list in Markdown, with its citations."""
        keys = ",".join((self.key, *self.also))
        see = f" See {{ref}}`{self.see}`." if self.see else ""
        return f"- **{self.year}.** {self.text} {{cite}}`{keys}`{see}"


_EVENTS = tuple(Event(**entry) for entry in ENTRIES)


def events(source=None):
    """Return the events of the timeline in order of time.

    Each has a checked reference; the chapter says where priority is disputed.

    Parameters
    ----------
    source : str, optional
        Only the events that this source document names in its own table: "S1".

    Returns
    -------
    tuple of Event
        By year (a date, no unit), and within a year as they came out.

    Raises
    ------
    ValueError
        If no event comes from `source`.

    References
    ----------
    The keys of the events. Taught in chapter :ref:`ch-timeline`.

    Examples
    --------
    >>> [event.year for event in events("S1")]
    [1951, 2000, 2013, 2017, 2018]
    """
    if source is None:
        return _EVENTS
    _checks.one_of(source, "source", sorted({event.source for event in _EVENTS} - {""}))
    return tuple(event for event in _EVENTS if event.source == source)


def spread(positions, gap):
    r"""Move positions apart as little as possible, so that neighbours keep a gap.

    .. math:: \min_y \sum_i (y_i - x_i)^2 \quad\text{with}\quad y_{i+1} - y_i \ge g

    With :math:`z_i = y_i - i g` it asks for the nearest ascending sequence:
    wherever neighbours stand in the wrong order, they share their mean.

    Parameters
    ----------
    positions : array_like, shape (n,)
        Wanted places along an axis, ascending.
    gap : float
        Least distance of neighbours, not negative.

    Returns
    -------
    ndarray, shape (n,)
        Places in the order given, with the same mean; no unit of their own,
        that of `positions`.

    Raises
    ------
    ValueError
        If `positions` is no ascending vector of finite numbers, or `gap` is
        negative or not finite.

    References
    ----------
    Barlow and Brunk :cite:p:`barlow1972`. Taught in chapter :ref:`ch-timeline`.

    Examples
    --------
    >>> spread([0.0, 1.0, 1.0, 9.0], 2)
    array([-1.33333333,  0.66666667,  2.66666667,  9.        ])
    """
    positions = _checks.ascending(positions, "positions")
    steps = _checks.not_negative_number(gap, "gap") * np.arange(positions.size)
    blocks = []  # [mean, size], means ascending
    for value in positions - steps:
        blocks.append([value, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (a, m), (b, n) = blocks[-2], blocks.pop()
            blocks[-1] = [(m * a + n * b) / (m + n), m + n]
    return np.concatenate([np.full(n, mean) for mean, n in blocks]) + steps
