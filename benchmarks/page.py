"""Store what the benchmarks measured, and show it on the page of the book."""

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "chapters" / "benchmarks.md"

PEERS = {"SciPy": "scipy", "torch": "torch", "scikit-learn": "scikit-learn", "dit": "dit", "POT": "pot"}


def machine(peers=PEERS):
    """Return what the numbers depend on: the processor and the versions."""
    versions = {"Python": platform.python_version(), "NumPy": version("numpy")}
    for name, package in peers.items():
        try:
            versions[name] = version(package)
        except PackageNotFoundError:
            versions[name] = "left out (not installed)"
    return {"processor": _processor(), "versions": versions}


def _processor():
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def machine_line(result):
    """Return the machine and the versions as a sentence."""
    versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    return f"Measured on one core of {result['processor']} with {versions}."


def table(head, rows):
    """Return a Markdown table: the first column is text, the others are numbers."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in [head, rule, *rows])


def between(text, name):
    """Return the part of `text` between the marks of `name`, and what stands before and after it."""
    begin, end = f"<!-- {name}: begin -->\n", f"\n<!-- {name}: end -->"
    before, _, rest = text.partition(begin)
    inside, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{PAGE.name} has no marks for {name}")
    return before + begin, inside, end + after


def load(name):
    """Return a stored result."""
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def write(name, result, text):
    """Store a result and put its text on the page."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    before, _, after = between(PAGE.read_text(encoding="utf-8"), name)
    PAGE.write_text(f"{before}\n{text}\n{after}", encoding="utf-8")
