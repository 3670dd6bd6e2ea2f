"""Write a problem set and its solutions.

    python -m lib.problems --seed 7
    python -m lib.problems --seed 7 --chapters 2,3 --count 6 --format markdown --out sheets

Without --format: notebooks, and PDF if a browser is found. Each format gives two files, problems-7 and problems-7-solutions.
"""

import argparse
import re
import sys
from pathlib import Path

from lib.exercises import CHAPTERS
from lib.problems import _printing, _sheets, sheet

SUFFIXES = {"markdown": "md", "notebook": "ipynb", "html": "html", "pdf": "pdf"}


def chapter_numbers(text):
    """Read "2,3" or "1-6,10"."""
    numbers = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)(?:-(\d+))?\s*", part)
        if not match:
            raise argparse.ArgumentTypeError(f"chapters are numbers such as 2,3 or 1-6; not {part!r}")
        numbers += range(int(match[1]), int(match[2] or match[1]) + 1)
    return numbers


def write(problems, seed, form, path, *, solutions):
    """Write one file."""
    if form == "pdf":
        _printing.print_pdf(_sheets.page(problems, seed, solutions=solutions), path)
    else:
        make = {"markdown": _sheets.markdown, "notebook": _sheets.notebook, "html": _sheets.page}[form]
        path.write_text(make(problems, seed, solutions=solutions), "utf-8", newline="\n")


def main(arguments=None):
    """Write what the command line asks for; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m lib.problems", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True, help="the same seed gives the same sheet")
    parser.add_argument("--chapters", type=chapter_numbers, help=f"such as 2,3 or 1-6; all {len(CHAPTERS)} when missing")
    parser.add_argument("--count", type=int, default=10, help="number of problems, 10 when missing")
    parser.add_argument("--format", choices=SUFFIXES, help="one format only")
    parser.add_argument("--out", type=Path, default=Path("."), help="folder, made if it isn't there; this one when missing")
    options = parser.parse_args(arguments)
    try:
        problems = sheet(options.seed, chapters=options.chapters, count=options.count)
    except ValueError as error:
        parser.error(str(error))
    forms = [options.format] if options.format else ["notebook", *(["pdf"] if _printing.find_browser() else [])]
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        for form in forms:
            for solutions in (False, True):
                path = options.out / f"problems-{options.seed}{'-solutions' if solutions else ''}.{SUFFIXES[form]}"
                write(problems, options.seed, form, path, solutions=solutions)
                print(path)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    if not options.format and "pdf" not in forms:
        print(f"No PDF: {_printing.NO_BROWSER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
