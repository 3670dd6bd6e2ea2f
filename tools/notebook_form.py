"""The one form in which a chapter is stored, and what is wrong with a chapter that isn't.

`normalise` changes what carries no meaning (ids, counters, timings, key order). `problems` names what only the author
can mend: an error, a warning, a path of the machine it ran on. Neither runs anything.
"""

import copy
import json
import re

import nbformat

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}

# What may stand in the metadata; everything else is an editor's or a kernel's and is dropped.
NOTEBOOK_METADATA = {"myst", "mystnb", "html_meta"}
CELL_METADATA = {"interactive", "mystnb", "tags"}

LONGEST_CELL = 15  # lines; a longer plot is hidden on the site, anything else belongs in `lib`

MACHINE_PATH = re.compile(
    r"(?<![\w.:/~-])/(?:work|home|root|tmp|Users|opt|usr|var|private|mnt)/[^\s'\"<>]*"
    r"|[A-Za-z]:\\Users\\[^\s'\"<>]*"
    r"|[^\s'\"<>]*(?:site|dist)-packages[^\s'\"<>]*"
    r"|ipykernel_\d+"
)
ADDRESS = re.compile(r"\bat 0x[0-9A-Fa-f]{6,}")
ESCAPE = re.compile(r"\x1b(?:\[[0-9;]*m)?")
FIGURE_DATE = re.compile(r"<dc:date>[^<]*")
EMBEDDED_DATA = re.compile(r"base64,[A-Za-z0-9+/=\s]+")  # random letters that may spell anything

IMAGES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif")


def read(text):
    """Return the notebook that `text` holds, in nbformat's current version."""
    return nbformat.reads(text, as_version=4)


def write(notebook):
    """Return the file's text: keys sorted, one space of indent, a newline at the end."""
    text = nbformat.writes(notebook, version=nbformat.NO_CONVERT)
    return text if text.endswith("\n") else text + "\n"


def normalise(notebook):
    """Return a copy of `notebook` in the stored form."""
    result = copy.deepcopy(notebook)
    result.nbformat, result.nbformat_minor = 4, 5
    kept = {key: value for key, value in result.metadata.items() if key in NOTEBOOK_METADATA}
    result.metadata = nbformat.from_dict({**kept, "kernelspec": KERNELSPEC, "language_info": {"name": "python"}})
    count, solving = 0, False
    for number, cell in enumerate(result.cells, start=1):
        cell.id = f"cell-{number:02d}"
        cell.metadata = nbformat.from_dict(
            {key: value for key, value in cell.metadata.items() if key in CELL_METADATA and value}
        )
        cell.source = cell.source.rstrip()
        if "{solution-" in cell.source:
            solving = cell.source.rfind("{solution-start}") > cell.source.rfind("{solution-end}")
        if cell.cell_type == "code":
            count += 1
            if solving:  # folded away in JupyterLab, as on the site
                cell.metadata["jupyter"] = {"source_hidden": True}
            cell.execution_count = count
            cell.outputs = [_normal_output(output, count) for output in _coalesced(cell.outputs)]
    return result


def _normal_output(output, count):
    if "execution_count" in output:
        output.execution_count = count
    data = output.get("data", {})
    for name in [name for name in data if name.startswith("application/vnd.jupyter.widget")]:
        del data[name]
    return output


def _coalesced(outputs):
    """Join the pieces into which a stream happened to be cut."""
    joined = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last is not None and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def problems(notebook):
    """Return what the author has to mend, one sentence each, with the number of the cell."""
    found = []
    for number, cell in enumerate(notebook.cells, start=1):
        name = f"cell {number}"
        found += [f"{name}: {problem}" for problem in _text_problems(cell.source, "its source")]
        if cell.cell_type == "code":
            found += [f"{name}: {problem}" for problem in _code_problems(cell)]
    return found


def _code_problems(cell):
    found = []
    lines = cell.source.count("\n") + 1
    if lines > LONGEST_CELL and "hide-input" not in cell.metadata.get("tags", []):
        found.append(f"{lines} lines, {LONGEST_CELL} at most unless a plot's cell is tagged hide-input")
    if cell.source.endswith(";"):
        found.append("it hides its result by a `;`, which works only where cells are numbered: give the result a name")
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            found.append(f"it raised {output.ename}: {output.evalue}")
        elif output.output_type == "stream" and output.name == "stderr":
            found.append(f"it wrote to stderr: {output.text.strip()}")
        else:
            for kind, text in _texts(output):
                found += _text_problems(text, f"its output ({kind})")
    return found + _figure_problems(cell)


def _texts(output):
    if output.output_type == "stream":
        return [(output.name, output.text)]
    return [(kind, text if isinstance(text, str) else json.dumps(text)) for kind, text in output.data.items()]


def _text_problems(text, place):
    text = EMBEDDED_DATA.sub("base64,", text)
    rules = {
        "a path of the machine": MACHINE_PATH,
        "a memory address, different in each run": ADDRESS,
        "a terminal's colour code": ESCAPE,
        "a date in a figure": FIGURE_DATE,
    }
    return [
        f"{place} holds {what}: {match[0].strip()!r}" for what, rule in rules.items() if (match := rule.search(text))
    ]


def _figure_problems(cell):
    kinds = {kind for output in cell.get("outputs", []) for kind in output.get("data", {}) if kind in IMAGES}
    found = [f"its figure is {kind}; only image/svg+xml is compared" for kind in sorted(kinds - {"image/svg+xml"})]
    if kinds:
        settings = cell.metadata.get("mystnb", {})
        wanted = {
            "image.alt": settings.get("image", {}).get("alt"),
            "figure.caption": settings.get("figure", {}).get("caption"),
            "figure.name": settings.get("figure", {}).get("name"),
        }
        found += [f"its figure has no {key} in the metadata mystnb" for key, value in wanted.items() if not value]
    return found
