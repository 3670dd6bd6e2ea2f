"""Measure how long each chapter takes to run, and record it for the status page (`data/run_times.json`).

    python tools/run_times.py            every chapter
    python tools/run_times.py 02 03      the chapters whose names begin so; the others keep their record

Recorded by hand and not by each run: times differ from run to run, and a file that differs each time would be noise in
every commit. What is measured is processor time of the kernel, start and imports included, on one thread: it hardly depends
on what else the machine does. A fingerprint of the code cells tells the status page when a record is out of date.
"""

import argparse
import hashlib
import json
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools import environment

RECORD = environment.ROOT / "data" / "run_times.json"
PACKAGES = ("numpy", "scipy", "matplotlib", "scikit-learn", "torch")


def fingerprint(notebook):
    """Return a short hash of the code of `notebook`, a dictionary as in the file."""
    sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return hashlib.sha256(json.dumps(sources).encode()).hexdigest()[:16]


def children_seconds():
    """Return the processor time of all child processes that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def measure(path):
    """Run a chapter in a fresh kernel, change no file, and return its entry of the record."""
    from tools import notebook_form, run_chapter

    run_chapter.CELL_TIMEOUT = 3600  # on a busy machine a cell waits; that costs no processor time
    text = path.read_text(encoding="utf-8")
    before = children_seconds()
    run_chapter.execute(notebook_form.read(text), path.parent)
    return {"fingerprint": fingerprint(json.loads(text)), "processor_seconds": round(children_seconds() - before, 1)}


def conditions():
    """Say where and with what was measured."""
    return {
        "day": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": f"{platform.system()}, {platform.machine()}, one thread",
        "python": platform.python_version(),
        "versions": {package: version(package).partition("+")[0] for package in PACKAGES},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chapters", nargs="*", help="prefixes of file names; all when missing")
    arguments = parser.parse_args()
    environment.apply()  # before the kernels start
    from tools import run_chapter

    record = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {"chapters": {}}
    existing = {path.stem for path in run_chapter.find([])}
    for path in run_chapter.find(arguments.chapters):
        record["chapters"][path.stem] = measure(path)
        print(f"{path.stem}: {record['chapters'][path.stem]['processor_seconds']} s", flush=True)
        record["chapters"] = {name: record["chapters"][name] for name in sorted(record["chapters"]) if name in existing}
        RECORD.write_text(json.dumps({**record, **conditions()}, indent=1, sort_keys=True) + "\n", "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
