"""A sheet and its solutions as Markdown, as notebooks and as a page that prints well."""

import base64
import html
import json
import re
from pathlib import Path

from lib.exercises import CHAPTERS
from lib.problems._words import shown

BOOK = "The Information Theory of Machine Learning"
KATEX = Path(__file__).parents[2] / "extensions" / "vendor" / "katex"
NO_KATEX = (
    "HTML and PDF need KaTeX, which lies in the repository of the book (`extensions/vendor`), and what "
    "`requirements-book.txt` installs; Markdown and notebooks need neither"
)


def heading(number, problem):
    title = problem.name.replace("-", " ").capitalize()
    return f"## {number}. {title} (chapter {CHAPTERS.index(problem.chapter) + 1})"


def introduction(seed, solutions):
    title = f"# {'Solutions' if solutions else 'Problems'}, seed {seed}"
    if solutions:
        return f"{title}\n\n*{BOOK}.* Each answer, the way to it, and what other numbers betray."
    return f"{title}\n\n*{BOOK}.* Give numbers to three decimals."


def worked(problem):
    """Return the answer, the way to it, and a table of the typical mistakes."""
    rows = [f"| {shown(mistake.answer)} | {mistake.hint} |" for mistake in problem.mistakes]
    return "\n".join(
        [f"**Answer: {shown(problem.answer)}**", "", problem.solution, "", "| wrong answer | hint |", "| ---: | --- |", *rows]
    )


def blocks(problems, solutions):
    """Return the text of each problem, in Markdown."""
    parts = []
    for number, problem in enumerate(problems, start=1):
        parts.append(f"{heading(number, problem)}\n\n{problem.question}")
        if solutions:
            parts[-1] += f"\n\n{worked(problem)}"
    return parts


def markdown(problems, seed, *, solutions=False):
    """Return the sheet as a text in Markdown with formulas between dollar signs."""
    return "\n\n".join([introduction(seed, solutions), *blocks(problems, solutions)]) + "\n"


def notebook(problems, seed, *, solutions=False):
    """Return the sheet as the text of a Jupyter notebook, with a cell that judges the answer under each question."""
    cells = [_markdown_cell(introduction(seed, solutions) + "\n\nRun the cells; `lib` is the library of the book.")]
    cells.append(_code_cell("from lib.problems import check"))
    for problem, text in zip(problems, blocks(problems, solutions)):
        cells.append(_markdown_cell(text))
        value = repr(round(problem.answer, 6)) if solutions else "None"
        cells.append(_code_cell(f'answer = {value}\ncheck("{problem.name}", answer, seed={seed})'))
    for number, cell in enumerate(cells, start=1):
        cell["id"] = f"cell-{number:02d}"
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}, indent=1, sort_keys=True) + "\n"


def _markdown_cell(text):
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code_cell(text):
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": text}


STYLE = """
@page { size: A4; margin: 20mm 20mm 18mm; }
body { color: #1b1f24; font: 11.5pt/1.5 Georgia, "Times New Roman", serif; margin: 2rem auto; max-width: 46rem; padding: 0 1rem; }
@media print { body { margin: 0; max-width: none; padding: 0; } }
h1 { font-size: 1.6em; } h2 { font-size: 1.1em; margin: 1.6em 0 .4em; }
section { break-inside: avoid; }
table { border-collapse: collapse; margin: .8em 0; font-size: .95em; }
th { white-space: nowrap; }
th, td { border-bottom: 1px solid #9aa1ab; padding: .2em .7em; text-align: left; vertical-align: top; }
.room { height: 6em; }
"""


def page(problems, seed, *, solutions=False):
    """Return the sheet as one file of HTML that needs no other: formulas set by KaTeX, its fonts inside."""
    with _Formulas() as formulas:
        parts = [formulas.convert(introduction(seed, solutions))]
        for text in blocks(problems, solutions):
            room = "" if solutions else '<div class="room"></div>'
            parts.append(f"<section>\n{formulas.convert(text)}{room}</section>\n")
    body = "".join(parts)
    title = f"{'Solutions' if solutions else 'Problems'}, seed {seed}"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}: {BOOK}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{_katex_style(body)}{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


class _Formulas:
    """Converts Markdown, with one JavaScript engine for all formulas."""

    def __enter__(self):
        try:
            from markdown_it import MarkdownIt
            from mdit_py_plugins.dollarmath import dollarmath_plugin
            from py_mini_racer import MiniRacer

            source = (KATEX / "katex.min.js").read_text("utf-8")
        except (ImportError, FileNotFoundError) as error:
            raise RuntimeError(NO_KATEX) from error
        self.racer = MiniRacer()
        self.racer.eval(source)
        self.reader = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, renderer=self.render, allow_space=True)
        return self

    def __exit__(self, *_):
        self.racer.close()

    def render(self, formula, options):
        settings = json.dumps({"displayMode": options["display_mode"], "output": "htmlAndMathml", "strict": "error"})
        try:
            return self.racer.eval(f"katex.renderToString({json.dumps(formula)}, {settings})")
        except Exception as error:
            raise RuntimeError(f"formula does not parse: {html.escape(formula)}: {error}") from error

    def convert(self, text):
        return self.reader.render(text)


def _katex_style(body):
    """Return KaTeX's style sheet with those fonts inside that a sheet may use, and without the others."""
    folder = KATEX / "static" / "katex"
    if not folder.exists():
        folder = KATEX / "static"
    sheet = (folder / "katex.min.css").read_text("utf-8")
    used = {"Main-Regular", "Math-Italic"} | {f"Size{n}-Regular" for n in (1, 2, 3, 4)}
    used |= {"Main-Bold"} if "mathbf" in body else set()
    used |= {"Caligraphic-Regular"} if "mathcal" in body else set()

    def face(match):
        name = re.search(r"KaTeX_([\w-]+)\.woff2", match[0])[1]
        if name not in used:
            return ""
        data = base64.b64encode((folder / "fonts" / f"KaTeX_{name}.woff2").read_bytes()).decode()
        return re.sub(r"src:[^}]*", f'src:url(data:font/woff2;base64,{data}) format("woff2")', match[0])

    return re.sub(r"@font-face\{[^}]*\}", face, sheet)
