"""What the title page and the metadata say: version, date, licence, address, from the files that already say it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml

LICENCE = "Text and figures: CC BY 4.0. Code: MIT."
LICENCE_ADDRESS = "https://creativecommons.org/licenses/by/4.0/"
LANGUAGE = "en"


@dataclass
class Details:
    """Facts about this edition."""

    version: str
    made: datetime
    commit: str  # "" outside a git checkout
    summary: str
    keywords: list[str]


def read_details(root: Path) -> Details:
    """Read `CITATION.cff` and the last commit of the folder `root`."""
    citation = yaml.safe_load((root / "CITATION.cff").read_text("utf-8"))
    commit, stamp = last_commit(root)
    # SOURCE_DATE_EPOCH is the common way to make a build repeatable: https://reproducible-builds.org
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH") or stamp or datetime.now(UTC).timestamp())
    return Details(
        version=str(citation["version"]),
        made=datetime.fromtimestamp(seconds, UTC),
        commit=commit,
        summary=" ".join(citation["abstract"].split()),
        keywords=citation["keywords"],
    )


def last_commit(root: Path) -> tuple[str, str]:
    try:
        told = subprocess.run(["git", "log", "-1", "--format=%h %ct"], cwd=root, capture_output=True, text=True)
    except FileNotFoundError:
        return "", ""
    found = told.stdout.split()
    return (found[0], found[1]) if told.returncode == 0 and len(found) == 2 else ("", "")
