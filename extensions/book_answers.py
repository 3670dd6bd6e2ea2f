"""Let exercises be answered on their page: forms from `lib.exercises`, and the `{answers}` list of all of them.

An exercise is tied to its check by name: `:label: ex-entropy-die` to `Exercise("entropy-die", ...)`. One that
asks for a number, a short list of numbers or a choice gets a form; one that asks for a function is answered in
the notebook, and the page says so. Right answers and hints come from `lib.exercises`, which is imported while
the book is built (it needs no torch, and a test keeps it so). They travel with the page in a form that is not
read by accident. `answers/answers.js` judges by the rules of `lib.exercises.judge` and keeps the account.

An exercise without a check, or a choice whose letters differ from those of its check, is a warning and so stops
the build. Other builders than that of the site see none of this: there an exercise stays as it is written.
"""

from __future__ import annotations

import base64
import json
import re

import numpy as np
from docutils import nodes
from markupsafe import escape
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx_exercise.nodes import is_exercise_node
from sphinx_exercise.utils import get_node_number

from lib.exercises import CHAPTERS, exercises
from lib.exercises._engine import HINT, OTHER, RIGHT, SHAPE

logger = logging.getLogger(__name__)

LONGEST_LIST = 8  # numbers that are still pleasant to type in one line
PREFIX = "ex-"
CHOICE = re.compile(r'"?([a-z])"?')  # a literal at the start of an option, with or without quotes
COUNTS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight"}
LAUNCH = "<!-- launch links -->"  # replaced when the theme has made them


class site_html(nodes.General, nodes.Element):
    """Markup for the site alone; unlike a raw node it is no text for the search index."""


class answers_list(nodes.General, nodes.Element):
    """The place of the list of all exercises until all pages are read."""


def warn(message: str, *args: object, location: object) -> None:
    logger.warning(message, *args, location=location, type="answers")


def html(text: str) -> site_html:
    return site_html("", html=text)


def kind(exercise) -> str:
    """Return how an exercise is answered: by "number", "list", "choice", or in the "notebook"."""
    if callable(exercise.answer):
        return "notebook"
    if isinstance(exercise.answer, str):
        return "choice"
    shape = np.shape(exercise.answer)
    if shape == ():
        return "number"
    return "list" if len(shape) == 1 and shape[0] <= LONGEST_LIST else "notebook"


def portable(answer) -> str | list:
    """Write an answer as text that JavaScript's `Number` reads back to the same double; JSON has no infinity."""
    if isinstance(answer, str):
        return answer
    if np.ndim(answer):
        return [portable(element) for element in np.asarray(answer, dtype=float)]
    return repr(float(answer)).replace("inf", "Infinity").replace("nan", "NaN")


def data(found: dict) -> str:
    """Return what the script has to know of the exercises of a page, veiled against a glance at the source."""
    known = {
        name: {
            "answer": portable(exercise.answer),
            "mistakes": [[portable(mistake.answer), mistake.hint] for mistake in exercise.mistakes],
            "tolerance": exercise.tolerance,
        }
        for name, exercise in found.items()
    }
    words = {"right": RIGHT, "hint": HINT, "other": OTHER, "shape": SHAPE}
    text = json.dumps({"exercises": known, "words": words}, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


# ---- the form of one exercise ---------------------------------------------------------------------------------


def opening(name: str, way: str) -> str:
    # The method: a form for a dialog that is in none sends nothing, whether the script has come or not.
    return f'<form class="answers" method="dialog" data-exercise="{name}" data-kind="{way}" autocomplete="off">'


def closing(name: str, number: str) -> str:
    return (
        f'<button type="submit">Check<span class="answers-hidden"> exercise {number}</span></button></div>'
        f'<p class="answers-verdict" id="verdict-{name}" role="status"></p></form>'
    )


def field(name: str, number: str, exercise) -> str:
    """A line for a number or a list of numbers."""
    way, wanted = kind(exercise), ""
    if way == "list":
        wanted = f", {COUNTS[np.size(exercise.answer)]} numbers with commas between"
    return (
        f'{opening(name, way)}<div class="answers-row">'
        f'<label for="answer-{name}">Your answer{wanted}<span class="answers-hidden"> (exercise {number})</span></label>'
        f'<input id="answer-{name}" type="text" maxlength="200" autocapitalize="off" spellcheck="false"'
        f' aria-describedby="verdict-{name}">{closing(name, number)}'
    )


def options(exercise_node: nodes.Element) -> tuple[nodes.bullet_list, dict] | None:
    """Find the list of options, and what stands in each behind its letter."""
    for found in exercise_node.findall(nodes.bullet_list):
        texts = {}
        for item in found.children:
            paragraph = item.next_node(nodes.paragraph)
            letter = CHOICE.fullmatch(paragraph[0].astext())
            if not letter or not isinstance(paragraph[0], nodes.literal):
                break
            texts[letter[1]] = paragraph.children[1:]
        else:
            return found, texts
    return None


def choice(name: str, number: str, texts: dict) -> list[nodes.Node]:
    """A radio button for each option, labelled by its text, formulas included."""
    result = [
        html(
            f'{opening(name, "choice")}<fieldset aria-describedby="verdict-{name}">'
            f'<legend>Your answer<span class="answers-hidden"> (exercise {number})</span></legend>'
        )
    ]
    for letter, text in texts.items():
        first = text[0]
        rest = [nodes.Text(first.astext().lstrip(": "))] if isinstance(first, nodes.Text) else [first]
        result += [
            html(f'<label><input type="radio" name="answer" value="{letter}"> <b>{letter}</b> <span>'),
            *rest,
            *text[1:],
            html("</span></label>"),
        ]
    return [*result, html(f'</fieldset><div class="answers-row">{closing(name, number)}')]


class AddForms(SphinxPostTransform):
    """Give the exercises of a page their forms, and the page its account."""

    default_priority = 400

    def run(self, **_kwargs: object) -> None:
        if self.app.builder.name not in ("html", "dirhtml"):
            return
        found = {}
        for node in list(self.document.findall(is_exercise_node)):
            name = node["label"].removeprefix(PREFIX)
            exercise = exercises().get(name)
            if exercise is None:
                warn("exercise %s has no check in lib.exercises", node["label"], location=node)
            elif self.add_form(node, name, exercise):
                found[name] = exercise
        if found:
            first = next(self.document.findall(is_exercise_node))
            first.parent.insert(first.parent.index(first), html(account(found, self.overview())))

    def overview(self) -> str:
        """Return the address of the list of all exercises, or nothing where a book has none."""
        page = getattr(self.env, "book_answers_page", None)
        return self.app.builder.get_relative_uri(self.env.docname, page) if page in self.env.all_docs else ""

    def add_form(self, node: nodes.Element, name: str, exercise) -> bool:
        """Add the form; False where there is none."""
        number, body = get_node_number(self.app, node, "exercise"), node[-1]
        if kind(exercise) == "notebook":
            body += html(f'<p class="answers-elsewhere">Answered in the notebook, in the cell below.{LAUNCH}</p>')
            return False
        if kind(exercise) == "choice":
            place, texts = options(node) or (None, {})
            if list(texts) != list(exercise.choices):
                warn("exercise %s has the options %s, and its check %s", name, [*texts], [*exercise.choices], location=node)
                return False
            place.parent.replace(place, choice(name, number, texts))
        else:
            body += html(field(name, number, exercise))
        fold_stub(node, name)
        return True


def fold_stub(node: nodes.Element, name: str) -> None:
    """Fold away the notebook's own cell for the answer, which would be a second place for it."""
    place = node.parent.index(node) + 1
    following = node.parent[place] if place < len(node.parent) else None
    if following is not None and "cell" in following.get("classes", []) and f'check("{name}"' in following.astext():
        node.parent.insert(place + 1, html("</details>"))
        node.parent.insert(place, html('<details class="answers-cell"><summary>In the notebook</summary>'))


def account(found: dict, overview: str) -> str:
    """What stands above the first exercise: how to answer, how far the reader is, and the data for the script."""
    link = f' <a href="{overview}">All exercises</a>' if overview else ""
    return (
        '<div class="answers-account">'
        "<p>Answers are checked on this page too: type a number such as 0.25, 1/3, sqrt(2) or log2(6)."
        " Nothing that you type leaves your browser.</p>"
        f'<p class="answers-progress"><progress max="{len(found)}" value="0" aria-label="Exercises answered right"></progress>'
        f" <span><b>0</b> of {len(found)} answered right</span>{link}</p>"
        f'<script type="text/plain" class="answers-data">{data(found)}</script></div>'
    )


# ---- the list of all exercises ----------------------------------------------------------------------------------


class AnswersDirective(SphinxDirective):
    """All exercises of the book by chapter, with the reader's account."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()  # it depends on the other pages
        self.env.book_answers_page = self.env.docname
        return [answers_list()]


class FillList(SphinxPostTransform):
    """Write the list when all pages are read."""

    default_priority = 5

    def run(self, **_kwargs: object) -> None:
        for place in list(self.document.findall(answers_list)):
            chapters = [self.chapter(exercises(chapter)) for chapter in CHAPTERS]
            result = nodes.bullet_list("", *filter(None, chapters), classes=["answers-chapters"])
            place.replace_self([html(total()), result] if self.on_the_site() else result)

    def on_the_site(self) -> bool:
        return self.app.builder.name in ("html", "dirhtml")

    def chapter(self, found: dict) -> nodes.list_item | None:
        registry = getattr(self.env, "sphinx_exercise_registry", {})
        placed = {name: registry[PREFIX + name] for name in found if PREFIX + name in registry}
        if not placed:
            return None
        docname = next(iter(placed.values()))["docname"]
        number = ".".join(map(str, self.env.toc_secnumbers.get(docname, {}).get("", ())))
        title = f"{number}. {self.env.titles[docname].astext()}" if number else self.env.titles[docname].astext()
        heading = nodes.paragraph("", "", self.link(docname, "", [nodes.Text(title)]), classes=["answers-chapter"])
        here = sum(kind(found[name]) != "notebook" for name in placed)
        if here and self.on_the_site():
            heading += html(
                f'<span class="answers-progress"><progress max="{here}" value="0" aria-label="{escape(title)}, answered right"></progress>'
                f" <span><b>0</b> of {here}</span></span>"
            )
        items = [self.item(name, found[name], entry) for name, entry in placed.items()]
        return nodes.list_item("", heading, nodes.bullet_list("", *items, classes=["answers-titles"]))

    def item(self, name: str, exercise, entry: dict) -> nodes.list_item:
        node, docname = entry["node"], entry["docname"]
        number = get_node_number(self.app, node, "exercise")
        subtitle = [child.deepcopy() for child in node[0][1].children] if len(node[0]) > 1 else []
        text = nodes.paragraph("", "", self.link(docname, node["label"], [nodes.Text(f"{number} "), *subtitle]))
        if kind(exercise) == "notebook":
            text += nodes.Text(" (in the notebook)")
        elif self.on_the_site():
            text += html(f'<span class="answers-mark" data-exercise="{name}" hidden> ✓ right</span>')
        return nodes.list_item("", text)

    def link(self, docname: str, anchor: str, text: list[nodes.Node]) -> nodes.reference:
        uri = self.app.builder.get_relative_uri(self.env.docname, docname) + (f"#{anchor}" if anchor else "")
        return nodes.reference("", "", *text, internal=True, refuri=uri)


def total() -> str:
    """The account of the whole book, and the button that clears it."""
    count = sum(kind(exercise) != "notebook" for exercise in exercises().values())
    return (
        '<div class="answers-account answers-total"><p class="answers-progress">'
        f'<progress max="{count}" value="0" aria-label="Exercises of all chapters answered right"></progress>'
        f' <span><b>0</b> of {count} answered right</span> <button type="button" class="answers-clear">Clear my answers</button></p>'
        '<p class="answers-cleared" role="status"></p></div>'
    )


# ---- the page ------------------------------------------------------------------------------------------------------


def add_files(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    """The script is of use where there is an exercise, or the list of them."""
    if 'class="answers' in context.get("body", ""):
        app.add_js_file("answers/answers.js", loading_method="defer")


def add_launch_links(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Link the notebook where the theme does, if anywhere: its buttons are made late."""
    if LAUNCH in context.get("body", ""):
        groups = [button for button in context.get("header_buttons", []) if button.get("label") == "launch-buttons"]
        links = [f'<a href="{escape(b["url"])}">{escape(b["text"])}</a>' for group in groups for b in group["buttons"] if "url" in b]
        context["body"] = context["body"].replace(LAUNCH, f" Open it in {' or '.join(links)}." if links else "")


def visit_site_html(translator, node: site_html) -> None:
    translator.body.append(node["html"])
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, object]:
    app.add_node(site_html, html=(visit_site_html, None))
    app.add_node(answers_list)
    app.add_directive("answers", AnswersDirective)
    app.add_post_transform(AddForms)
    app.add_post_transform(FillList)
    app.add_css_file("answers/answers.css")  # of every page, in its one sheet: a second would hold up the first view
    app.connect("html-page-context", add_files)
    app.connect("html-page-context", add_launch_links, priority=600)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
