"""How a long run is recorded: case by case into a file under data/results, with a bar, kept on Ctrl-C and resumed."""

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).resolve().parent.parent / "data" / "results"


def versions(*packages):
    """Return the versions that a result depends on."""
    return {"Python": platform.python_version()} | {name: version(name) for name in packages}


def rounded(value, digits=6):
    """Return `value` with the floats in its lists and dictionaries rounded to so many significant digits."""
    if isinstance(value, dict):
        return {key: rounded(item, digits) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item, digits) for item in value]
    return float(f"{value:.{digits}g}") if isinstance(value, float) else value


def progress(done, total, text, stream=sys.stderr):
    """Draw the bar."""
    bar = "#" * round(30 * done / total)
    stream.write(f"\r[{bar:30}] {done}/{total}  {text[:70]:70}")
    stream.flush()


def store(result, path):
    """Write `result` beside its place, then move it there: an interruption leaves the old file whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def load(path):
    """Return what was recorded."""
    return json.loads(path.read_text(encoding="utf-8"))


def record(cases, path, *, head, fresh=False, stream=sys.stderr):
    """Run each case that `path` lacks and store after each; return the result, complete or not.

    Parameters
    ----------
    cases : dict of str to callable
        What to run: each returns what JSON can hold.
    path : Path
        Where the result lies: `head` and {"cases": {name: what its case returned}}.
    head : dict
        Settings and versions. A file with another head is begun anew.
    fresh : bool
        Run every case again.
    stream : file
        Where the bar goes.
    """
    result = {**head, "cases": {}}
    if path.exists() and not fresh:
        before = load(path)
        if {key: before.get(key) for key in head} == json.loads(json.dumps(head)):
            result = before
    try:
        for i, (name, case) in enumerate(cases.items()):
            progress(i, len(cases), name, stream)
            if name not in result["cases"]:
                result["cases"][name] = case()
                store(result, path)
        progress(len(cases), len(cases), "done", stream)
    except KeyboardInterrupt:
        stream.write("\ninterrupted: what is done is kept, the next run goes on from there")
    stream.write("\n")
    return result
