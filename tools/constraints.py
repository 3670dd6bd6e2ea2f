"""Write constraints.txt: the versions of everything that the pinned requirements bring along.

Walks the dependencies of the requirements files as they are installed here, so run it in an environment made for the
purpose (`make constraints`). Builds of torch for graphics cards bring packages that other builds don't have; those stay
free, since torch itself pins them.
"""

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
FILES = ("requirements-book.txt", "requirements-print.txt", "requirements.txt")
LEFT_FREE = re.compile(r"nvidia-.*|cuda-.*|triton.*|torch")
HEADER = """\
# Versions of the packages that requirements-book.txt and requirements.txt bring along, so that two installations are
# the same. Not a list of what gets installed: pip only looks up a version here when something asks for the package.
# Written by `make constraints` from a fresh environment in which all tests passed; don't edit by hand.
# Not held here: torch and the packages of its builds for graphics cards, which torch pins itself.
"""


def direct(root=ROOT):
    """Return the requirements named in the files."""
    lines = [line.split("#")[0].strip() for name in FILES for line in (root / name).read_text("utf-8").splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def reached(requirements):
    """Return the installed distributions that `requirements` lead to, by canonical name."""
    found, queue = {}, [(requirement, "") for requirement in requirements]
    seen = set()
    while queue:
        requirement, extra = queue.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        for wanted in ("", *sorted(requirement.extras)):
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                queue += [(Requirement(line), wanted) for line in found[name].requires or []]
    return found


def pins(requirements):
    """Return the lines of the file, sorted."""
    named = {canonicalize_name(requirement.name) for requirement in requirements}
    rest = {
        name: item.version
        for name, item in reached(requirements).items()
        if name not in named and not LEFT_FREE.fullmatch(name)
    }
    return [f"{name}=={version}" for name, version in sorted(rest.items())]


if __name__ == "__main__":
    lines = pins(direct())
    (ROOT / "constraints.txt").write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"constraints.txt: {len(lines)} packages")
