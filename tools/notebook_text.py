"""Print a notebook as text, for `git diff` (see CONTRIBUTING.md). Standard library only, so that any Python will do.

Sources and printed results stand as they are; a figure becomes one line with its size and a fingerprint, so that a
change of its drawing is one changed line instead of hundreds.
"""

import hashlib
import json
import sys


def lines(notebook):
    """Yield the lines of the text."""
    for number, cell in enumerate(notebook["cells"], start=1):
        tags = " ".join(cell["metadata"].get("tags", []))
        yield f"───── cell {number}, {cell['cell_type']} {tags}".rstrip()
        yield from _joined(cell["source"]).split("\n")
        if settings := cell["metadata"].get("mystnb"):
            yield from json.dumps(settings, indent=1, ensure_ascii=False, sort_keys=True).split("\n")
        for output in cell.get("outputs", []):
            yield from _output(output)
        yield ""


def _output(output):
    if output["output_type"] == "error":
        yield f"──> error {output['ename']}: {output['evalue']}"
        return
    parts = {output["name"]: output["text"]} if "text" in output else output.get("data", {})
    for kind, content in sorted(parts.items()):
        text = _joined(content)
        if kind.startswith("image/"):
            yield f"──> {kind}, {len(text)} characters, {hashlib.sha256(text.encode()).hexdigest()[:12]}"
        else:
            yield f"──> {kind}"
            yield from text.rstrip("\n").split("\n")


def _joined(content):
    if isinstance(content, list):
        return "".join(content)
    return content if isinstance(content, str) else json.dumps(content, indent=1, sort_keys=True)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    with open(sys.argv[1], encoding="utf-8") as file:
        print("\n".join(lines(json.load(file))))
