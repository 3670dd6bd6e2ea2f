"""Take the pins out of the requirements, in place, for the weekly run on the newest releases."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^([A-Za-z0-9_.-]+)==\S+", re.MULTILINE)
NO_CONSTRAINTS = "# no constraints in this run\n"
KEPT = {"jupyter-book": "jupyter-book<2"}  # version 2 is another program


def loosen(text):
    """Return the requirements without their versions."""
    return PIN.sub(lambda match: KEPT.get(match[1], match[1]), text)


if __name__ == "__main__":
    for name in ("requirements-book.txt", "requirements-print.txt", "requirements.txt"):
        path = ROOT / name
        path.write_text(loosen(path.read_text(encoding="utf-8")), encoding="utf-8")
    (ROOT / "constraints.txt").write_text(NO_CONSTRAINTS, encoding="utf-8")
