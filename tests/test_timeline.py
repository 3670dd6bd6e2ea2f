"""The timeline: every event has its reference, the labels keep apart, and the chapter says what the library holds."""

import ast
import json
import re
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from lib.timeline import STRANDS, Event, events, spread

ROOT = Path(__file__).parents[1]
BIB = (ROOT / "references.bib").read_text(encoding="utf-8")
CELLS = json.loads((ROOT / "chapters/14_timeline.ipynb").read_text(encoding="utf-8"))["cells"]
PROSE = "\n\n".join("".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "markdown")
EVENTS = events()


def entry(key):
    return BIB.partition(f"{{{key},")[2].partition("\n}")[0]


def field(key, name):
    found = re.search(rf"\b{name} = \{{(.*?)\}}[,\n]", entry(key) + "\n")
    return found and found[1]


# The events


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.key)
def test_the_year_of_an_event_is_that_of_its_reference_or_of_the_preprint(event):
    printed = int(field(event.key, "year"))
    if not event.arxiv:
        assert event.year == printed
        return
    assert re.fullmatch(r"\d{4}\.\d{4,5}", event.arxiv)
    assert event.arxiv in field(event.key, "url"), "the reference leads to the preprint"
    assert event.year == 2000 + int(event.arxiv[:2]) < printed, "a preprint is named only if it is of an earlier year"


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.key)
def test_an_event_names_the_first_author_of_its_reference(event):
    family = field(event.key, "author").partition(",")[0]
    family = family.replace("{\\'a}", "á")
    assert family.lower() in event.label.lower()
    assert family.lower() in event.text.lower()


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.key)
def test_an_event_is_complete_and_its_further_references_exist(event):
    assert event.strand in STRANDS
    assert len(event.label) <= 32
    assert 60 < len(event.text) < 300
    assert event.text.endswith(".")
    assert all(entry(key) for key in event.also)


def test_events_are_in_order_and_none_is_there_twice():
    years = [event.year for event in EVENTS]
    assert years == sorted(years)
    assert min(years) == 1928
    assert max(years) == 2025
    for name in ("key", "label", "text"):
        assert len({getattr(event, name) for event in EVENTS}) == len(EVENTS)


def test_the_strands_are_in_the_order_of_their_first_event():
    seen = list(dict.fromkeys(event.strand for event in EVENTS))
    assert seen == list(STRANDS)


def test_the_events_of_a_source_are_found_by_its_name():
    assert [event.key for event in events("S1")] == ["kullback1951", "attias2000", "kingma2014", "hu2017", "wang2018"]


@pytest.mark.parametrize("source", ["S2", "", "s1", 1])
def test_an_unknown_source_is_an_error(source):
    with pytest.raises(ValueError, match=f"`source` must be one of 'S1'; it is {source!r}"):
        events(source)


def test_an_event_writes_its_line():
    event = Event(1951, "A: b", "A says b.", "a1951", "statistics", also=("c1952",), see="ch-kl")
    assert event.line() == "- **1951.** A says b. {cite}`a1951,c1952` See {ref}`ch-kl`."
    assert Event(1951, "A: b", "A says b.", "a1951", "statistics").line() == "- **1951.** A says b. {cite}`a1951`"


# The chapter


def test_the_chapter_lists_every_event_as_the_library_has_it():
    assert re.findall(r"^- \*\*\d{4}\.\*\*.*$", PROSE, re.M) == [event.line() for event in EVENTS]


def test_the_counts_in_the_caption_and_the_prose_are_right():
    (caption,) = (c["metadata"]["mystnb"]["figure"]["caption"] for c in CELLS if "fig-timeline" == figure_name(c))
    early, late = (sum(rule(event.year) for event in EVENTS) for rule in (lambda y: y < 1980, lambda y: y >= 2010))
    words = {12: "twelve"}
    assert f"{words[early].title()} of the {len(EVENTS)} steps are older than 1980, {words[late]} date from 2010 or later" in caption
    assert f"Of the {len(EVENTS)} entries above" in PROSE
    assert f"from {EVENTS[0].year} to {EVENTS[-1].year}" in PROSE


# The figure


def figure_name(cell):
    return cell["metadata"].get("mystnb", {}).get("figure", {}).get("name")


@pytest.fixture(scope="module")
def figure():
    """The chapter's own cell, run outside of Jupyter, with the fonts that measure the labels."""
    code = {figure_name(cell): "".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "code"}
    with mpl.rc_context():
        names = {}
        first = next("".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "code")
        exec(first, names)
        exec(code["fig-timeline"].replace("plt.show()", ""), names)
        names["fig"].canvas.draw()
        yield names["fig"]
        plt.close("all")


def boxes(figure):
    renderer = figure.canvas.get_renderer()
    texts = [text for text in figure.axes[0].texts + figure.legends[0].get_texts() if text.get_text()]
    return {f"{i} {text.get_text()}": text.get_window_extent(renderer) for i, text in enumerate(texts)}


def test_the_figure_shows_every_event(figure):
    labels = [text.get_text() for text in figure.axes[0].texts if len(text.get_text()) > 4]
    assert labels == [f"{event.year} {event.label}" for event in EVENTS]
    bold = [text.get_text()[:4] for text in figure.axes[0].texts if text.get_fontweight() == "bold"]
    assert bold == [str(event.year) for event in events("S1")]


def test_no_two_labels_overlap_even_if_letters_are_a_tenth_wider(figure):
    found = list(boxes(figure).items())
    assert len(found) > len(EVENTS) + 10
    wider = [(name, box.expanded(1.1, 1.0)) for name, box in found]
    overlapping = [(a, b) for i, (a, box) in enumerate(wider) for b, other in wider[:i] if box.overlaps(other)]
    assert overlapping == []


def test_labels_stand_a_little_apart(figure):
    column = sorted((box for name, box in boxes(figure).items() if re.match(r"\d+ \d{4} \w", name)), key=lambda box: box.y0)
    gaps = [upper.y0 - lower.y1 for lower, upper in zip(column, column[1:])]
    assert len(gaps) == len(EVENTS) - 1
    assert min(gaps) > 0.2 * column[0].height


def test_every_label_lies_within_the_figure(figure):
    for name, box in boxes(figure).items():
        assert box.x0 >= 0 and box.y0 >= 0 and box.y1 <= figure.bbox.y1, name
        assert box.x0 + 1.05 * box.width <= figure.bbox.x1, name


def test_marks_stand_at_the_years(figure):
    places = {line.get_ydata()[0] for line in figure.axes[0].lines if len(line.get_xdata()) == 1 and line.get_xdata()[0] == 0}
    assert {event.year for event in EVENTS} <= places


def test_the_letters_are_large_enough_on_a_phone(figure):
    # A phone gives a page about 350 px; the figure is drawn at 96 px to the inch and shrinks to that.
    shrunk = min(1, 350 / (96 * figure.get_size_inches()[0]))
    smallest = min(text.get_fontsize() for text in figure.axes[0].texts)
    assert smallest * 96 / 72 * shrunk > 9  # px


def test_the_figure_has_words_for_those_who_do_not_see_it():
    (cell,) = (c for c in CELLS if figure_name(c) == "fig-timeline")
    alt = cell["metadata"]["mystnb"]["image"]["alt"]
    assert f"{len(EVENTS)} events" in alt
    assert "list below" in alt


# Moving labels apart


def test_two_equal_positions_share_the_way():
    assert spread([3.0, 3.0], 1).tolist() == [2.5, 3.5]
    assert spread([1, 5], 1).tolist() == [1, 5]
    assert spread([0.0, 1.0, 1.0], 2) == pytest.approx([2 / 3 - 2, 2 / 3, 2 / 3 + 2])
    assert spread([7], 4).tolist() == [7]


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=9), st.floats(0, 20))
def test_the_gaps_are_kept_and_the_mean_too(values, gap):
    values = np.sort(values)
    placed = spread(values, gap)
    assert (np.diff(placed) >= gap - 1e-9).all()
    assert placed.mean() == pytest.approx(values.mean(), abs=1e-9)
    assert spread(placed, gap) == pytest.approx(placed, abs=1e-9), "twice changes nothing"


def test_nothing_nearer_is_possible():
    rng = np.random.default_rng(0)
    for _ in range(40):
        n, gap = int(rng.integers(2, 9)), float(rng.uniform(0, 3))
        wanted = np.sort(rng.uniform(0, 8, n))
        rules = {"type": "ineq", "fun": lambda y: np.diff(y) - gap}
        best = optimize.minimize(lambda y: ((y - wanted) ** 2).sum(), wanted[0] + gap * np.arange(n), constraints=rules, tol=1e-12)
        assert spread(wanted, gap) == pytest.approx(best.x, abs=1e-4)


def test_positions_without_crowding_stay():
    values = np.arange(0, 50, 5.0)
    assert (spread(values, 5) == values).all()


@pytest.mark.parametrize(
    "positions, words",
    [
        ([], "must not be empty; its shape is (0,)"),
        ([[1.0, 2.0]], "must be a vector; its shape is (1, 2)"),
        (3.0, "must be a vector; its shape is ()"),
        ([1.0, np.nan], "must not be NaN; it is nan at index 1"),
        ([-np.inf, 0.0], "must be finite; it is -inf at index 0"),
        ([1.0, 3.0, 2.0], "must ascend; it is 2 at index 2"),
        (["a"], "must hold real numbers"),
    ],
)
def test_bad_positions_are_named(positions, words):
    with pytest.raises(ValueError, match=re.escape(f"`positions` {words}")):
        spread(positions, 1)


@pytest.mark.parametrize("gap", [-1, np.nan, np.inf, "1", None, True, [1]])
def test_a_bad_gap_is_named(gap):
    with pytest.raises(ValueError, match=re.escape(f"`gap` must be a finite number, not negative; it is {gap!r}")):
        spread([1.0, 2.0], gap)


def test_the_data_are_literals_only():
    tree = ast.parse((ROOT / "lib/_events.py").read_text(encoding="utf-8"))
    (assignment,) = (node for node in tree.body if isinstance(node, ast.Assign))
    assert len(ast.literal_eval(assignment.value)) == len(EVENTS)
