"""The teacher's page: which chapter needs which, as a map and as a table, and what each chapter teaches.

`data/course.yml` says what is needed. Titles and objectives are read from the first cell of each chapter, so that they stand
in one place. `{course-map}` draws a figure in the light colours of `lib.plotting` (`book_figures` makes its dark copy),
`{course-table}` is the same in words, `{course-objectives}` lists what a reader can do after each chapter.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from lib.plotting import BLUE, FAINT, GREEN, INK, ORANGE, PINK

logger = logging.getLogger(__name__)
PARTS = (BLUE, ORANGE, GREEN, PINK)
ROW, LEFT, WIDTH, TEXT = 26, 132, 468, 13  # pixels: height of a row, where the dots stand, width, size of the letters


@dataclass(frozen=True)
class Chapter:
    """A chapter as its first cell and the course file tell it."""

    name: str
    number: int
    part: int
    label: str
    title: str
    objectives: str
    needs: tuple[str, ...]
    beside: tuple[str, ...]


def first_cell(path: Path) -> str:
    return "".join(json.loads(path.read_text("utf-8"))["cells"][0]["source"])


def objectives(text: str) -> str:
    """Return the list below "After this chapter you can", in Markdown."""
    found = re.search(r"^After this chapter you can\n\n((?:- .*(?:\n  .*)*\n?)+)", text, re.M)
    return found[1].strip() if found else ""


def read_course(folder: Path) -> list[Chapter]:
    """Read the numbered chapters of the book that lies in `folder`, in reading order."""
    toc = yaml.safe_load((folder / "_toc.yml").read_text("utf-8"))
    course = yaml.safe_load((folder / "data" / "course.yml").read_text("utf-8"))
    chapters = []
    for part, files in enumerate(part["chapters"] for part in toc["parts"] if part.get("numbered")):
        for file in files:
            path = folder / f"{file['file']}.ipynb"
            text, name = first_cell(path), path.stem.partition("_")[2]
            entry = course.get(name)
            if entry is None:
                logger.warning("data/course.yml says nothing of the chapter %s", name, type="course")
                entry = {"needs": []}
            label = re.search(r"^\(([a-z0-9-]+)\)=$", text, re.M)[1]
            title = re.search(r"^# (.+)$", text, re.M)[1]
            needs, beside = tuple(entry["needs"]), tuple(entry.get("beside", ()))
            chapters.append(Chapter(name, len(chapters) + 1, part, label, title, objectives(text), needs, beside))
    return chapters


def behind(name: str, needs: dict[str, tuple[str, ...]]) -> set[str]:
    """Return all that must have been read before a chapter, at whatever distance."""
    return set().union(*({other} | behind(other, needs) for other in needs[name])) if needs[name] else set()


def direct(name: str, needs: dict[str, tuple[str, ...]]) -> list[str]:
    """Return those needs of a chapter that none of its other needs brings along."""
    return [other for other in needs[name] if not any(other in behind(third, needs) for third in needs[name])]


def arc(start: float, end: float, colour: str, dashed: bool) -> str:
    """Draw a curve on the left, from the row at height `start` to an arrow at `end`."""
    bulge = min(26 + 0.42 * abs(end - start), 168)
    dash = ' stroke-dasharray="3 4"' if dashed else ""
    return (
        f'<path d="M{LEFT - 6} {start:g}C{LEFT - bulge:.1f} {start:g} {LEFT - bulge:.1f} {end:g} {LEFT - 11} {end:g}" '
        f'fill="none" stroke="{colour}" stroke-width="1.6"{dash}/>'
        f'<path d="M{LEFT - 6} {end:g}l-7 -4v8z" fill="{colour}"/>'
    )


def draw(chapters: list[Chapter]) -> str:
    """Return the map as SVG: chapters from top to bottom, an arrow from each to those that need it."""
    height = {chapter.name: (place + 0.7) * ROW for place, chapter in enumerate(chapters)}
    needs = {chapter.name: chapter.needs for chapter in chapters}
    lines, dots = [], []
    for chapter in chapters:
        here, colour = height[chapter.name], PARTS[chapter.part % len(PARTS)]
        lines += [arc(height[other], here - 3, FAINT, True) for other in chapter.beside]
        lines += [arc(height[other], here, colour, False) for other in direct(chapter.name, needs)]
        dots.append(
            f'<circle cx="{LEFT}" cy="{here:g}" r="5" fill="{colour}"/>'
            f'<text x="{LEFT + 12}" y="{here + 4.5:g}" fill="{INK}"><tspan fill="{colour}" font-weight="bold">{chapter.number}</tspan> '
            f"{escape(chapter.title)}</text>"
        )
    tall = round((len(chapters) + 0.6) * ROW)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{tall}" viewBox="0 0 {WIDTH} {tall}" '
        f'font-family="sans-serif" font-size="{TEXT}">{"".join(lines)}{"".join(dots)}</svg>\n'
    )


class CourseDirective(SphinxDirective):
    """What the three directives share."""

    def chapters(self) -> list[Chapter]:
        folder = Path(self.env.srcdir)
        for path in [folder / "data" / "course.yml", folder / "_toc.yml", *sorted((folder / "chapters").glob("*.ipynb"))]:
            self.env.note_dependency(str(path))
        return read_course(folder)


class CourseMap(CourseDirective):
    """The map as a figure; its caption is the content of the directive."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        chapters = self.chapters()
        path = Path(self.env.app.doctreedir) / "figures" / "course-map.svg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(draw(chapters), "utf-8")
        image = nodes.image(
            uri="/" + os.path.relpath(path, self.env.srcdir).replace(os.sep, "/"),
            alt=f"The {len(chapters)} chapters from top to bottom, with an arrow from each to those that need it; "
            "the table below says the same in words",
        )
        figure = nodes.figure("", image, classes=["course-map"])
        figure += nodes.caption("", "", *self.parse_inline(" ".join(self.content))[0])
        self.set_source_info(image)
        return [figure]


class CourseTable(CourseDirective):
    """The map in words: a row a chapter."""

    def run(self) -> list[nodes.Node]:
        chapters = self.chapters()
        known = {chapter.name: chapter for chapter in chapters}

        def names(others: tuple[str, ...]) -> str:
            ordered = sorted((known[name] for name in others), key=lambda chapter: chapter.number)
            return ", ".join(f"{{ref}}`{chapter.number} <{chapter.label}>`" for chapter in ordered) or "none"

        rows = ["| Chapter | Needs | Beside it |", "| --- | --- | --- |"]
        rows += [f"| {c.number}. {{ref}}`{c.label}` | {names(c.needs)} | {names(c.beside)} |" for c in chapters]
        return self.parse_text_to_nodes("\n".join(rows))


class CourseObjectives(CourseDirective):
    """What a reader can do after each chapter."""

    def run(self) -> list[nodes.Node]:
        text = []
        for chapter in self.chapters():
            if not chapter.objectives:
                logger.warning("no list below 'After this chapter you can' in the first cell of %s", chapter.name, type="course")
            text += [f"**{chapter.number}. {{ref}}`{chapter.label}`**", "", chapter.objectives, ""]
        return self.parse_text_to_nodes("\n".join(text))


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("course-map", CourseMap)
    app.add_directive("course-table", CourseTable)
    app.add_directive("course-objectives", CourseObjectives)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
