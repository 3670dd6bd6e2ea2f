"""The status page: what each chapter holds and how much of it is checked, counted while the book is built.

`{status}` writes two tables from the files of the book: the chapters themselves, the ledger, and the recorded run times
(`data/run_times.json`, written by `make times`). `{build-status}` says with which versions and from which commit the
pages were made; outside a clone of the repository it says so. Nothing here depends on the clock.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import yaml
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

BUILT_WITH = ("jupyter-book", "sphinx", "myst-nb", "sphinx-book-theme", "numpy", "scipy", "matplotlib")
EQUATION = re.compile(r"\$\$ *\(eq-[a-z0-9-]+\)")
EXERCISE = re.compile(r"^:label: ex-", re.M)


def fingerprint(notebook: dict) -> str:
    """Return the hash of a chapter's code under which `tools/run_times.py` records its time."""
    sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return hashlib.sha256(json.dumps(sources).encode()).hexdigest()[:16]


def count(path: Path, claims: list[dict], record: dict) -> dict:
    """Count what a chapter holds; its time is None if none was measured since its code changed."""
    notebook = json.loads(path.read_text("utf-8"))
    cells = notebook["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    measured = record["chapters"].get(path.stem, {})
    return {
        "title": re.search(r"^# (.+)$", text, re.M)[1],
        "label": re.search(r"^\(([a-z0-9-]+)\)=$", text, re.M)[1],
        "cells": len(cells),
        "code": len(code),
        "figures": sum("image/svg+xml" in output.get("data", {}) for cell in code for output in cell["outputs"]),
        "claims": sum(row["chapter"] == path.stem for row in claims),
        "equations": len(EQUATION.findall(text)),
        "exercises": len(EXERCISE.findall(text)),
        "seconds": measured["processor_seconds"] if measured.get("fingerprint") == fingerprint(notebook) else None,
    }


def commit(folder: Path) -> str:
    """Say which commit the book was built from, in words."""
    try:
        # Only if the book is the top of a repository: a copy inside another one has nothing to do with its commits.
        top = subprocess.run(["git", "-C", folder, "rev-parse", "--show-toplevel"], capture_output=True, text=True, check=True)
        if Path(top.stdout.strip()).resolve() != folder.resolve():
            raise FileNotFoundError
        command = ["git", "-C", folder, "log", "-1", "--format=%h of %cd", "--date=format:%-d %B %Y"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown: these pages were not built in a clone of the repository"


def installed(package: str) -> str:
    try:
        return version(package).partition("+")[0]
    except PackageNotFoundError:
        return "none"


class Status(SphinxDirective):
    """A row a chapter, and their sum."""

    def run(self):
        folder = Path(self.env.srcdir)
        times, ledger = folder / "data" / "run_times.json", folder / "claims.yml"
        toc = yaml.safe_load((folder / "_toc.yml").read_text("utf-8"))
        paths = [folder / f"{c['file']}.ipynb" for part in toc["parts"] if part.get("numbered") for c in part["chapters"]]
        for path in [times, ledger, *paths]:
            self.env.note_dependency(str(path))
        record = json.loads(times.read_text("utf-8"))
        claims = yaml.safe_load(ledger.read_text("utf-8"))["claims"]
        rows = [count(path, claims, record) for path in paths]
        columns = ("cells", "code", "figures", "claims", "equations", "exercises")
        lines = [
            "| Chapter | Cells | Code | Figures | Claims | Equations | Exercises | Seconds |",
            "| --- |" + " ---: |" * (len(columns) + 1),
        ]
        for number, row in enumerate(rows, start=1):
            seconds = "not measured" if row["seconds"] is None else f"{row['seconds']:.0f}"
            lines.append(f"| {number}. {{ref}}`{row['label']}` | " + " | ".join(str(row[c]) for c in columns) + f" | {seconds} |")
        whole = sum(row["seconds"] or 0 for row in rows)
        lines.append("| **All** | " + " | ".join(f"**{sum(row[c] for row in rows)}**" for c in columns) + f" | **{whole:.0f}** |")
        versions = ", ".join(f"{name} {number}" for name, number in sorted(record["versions"].items()))
        lines += ["", f"Times: {record['machine']}, Python {record['python']}, {versions}; measured on {record['day']}."]
        parsed = self.parse_text_to_nodes("\n".join(lines))
        parsed[0]["classes"].append("counts")
        return parsed


class BuildStatus(SphinxDirective):
    """The commit, and the versions in use."""

    def run(self):
        self.env.note_reread()  # the commit may have changed though no file of this page has
        rows = [("Commit", commit(Path(self.env.srcdir))), ("Python", platform.python_version())]
        rows += [(name, installed(name)) for name in BUILT_WITH]
        lines = ["| What | Which |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows)]
        return self.parse_text_to_nodes("\n".join(lines))


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("status", Status)
    app.add_directive("build-status", BuildStatus)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
