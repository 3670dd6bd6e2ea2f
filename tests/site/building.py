"""Build the site as a newcomer does, and say which pages it has to have."""

import os
import subprocess
import sys
from pathlib import Path

import yaml

BOOK = Path(__file__).resolve().parents[2]


def build(source: Path, output: Path) -> subprocess.CompletedProcess:
    """Build from nothing: a build that reuses pages does not repeat the warnings of the last one."""
    command = [
        sys.executable,
        "-c",
        "from jupyter_book.cli.main import main; main()",
        "build",
        str(source),
        "-W",
        "-n",
        "--keep-going",
        "--all",
        "--path-output",
        str(output),
    ]
    environment = {**os.environ, "PYTHONPATH": str(BOOK), "NO_COLOR": "1", "PYTHONWARNINGS": ""}
    return subprocess.run(command, cwd=source, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)


def told(log: str) -> str:
    """Pick the complaints out of what a build printed, or its end if there are none."""
    lines = log.splitlines()
    return "\n".join([line for line in lines if "WARNING" in line or "rror:" in line] or lines[-20:])


def documents() -> list[str]:
    """The pages that `_toc.yml` promises, as paths of the site."""
    toc = yaml.safe_load((BOOK / "_toc.yml").read_text("utf-8"))
    return [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]


PAGES = [*(f"{document}.html" for document in documents()), "search.html"]
CHAPTERS = [page for page in PAGES if page.split("/")[-1][:2].isdigit()]
