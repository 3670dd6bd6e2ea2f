"""Make PDF, EPUB and .zip of the built site: `python -m tools.printing` (`make print` builds the site first).

With `--publish` the files are offered on the site itself, for the workflow that publishes it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tools.printing import browser as browsers
from tools.printing.archive import make_archive
from tools.printing.cover import picture
from tools.printing.details import read_details
from tools.printing.epub import make_epub
from tools.printing.pages import read_book
from tools.printing.pdf import print_book
from tools.printing.publish import NAME, publish

ROOT = Path(__file__).parents[2]


def make_all(site: Path, output: Path, *, say=print) -> dict:
    """Write the three files into the folder `output`; return what had to be set smaller to fit the printed page."""
    book, details = read_book(ROOT, site), read_details(ROOT)
    output.mkdir(parents=True, exist_ok=True)
    files = {kind: output / f"{NAME}.{kind}" for kind in ("zip", "epub", "pdf")}
    make_archive(site, files["zip"], details.made)
    with browsers.opened(browsers.find()) as browser:
        make_epub(book, details, picture(browser, book), files["epub"])
        fitted = print_book(browser, book, details, output / "work", files["pdf"])
    for file in files.values():
        say(f"{file}  {file.stat().st_size / 1e6:.1f} MB")
    return fitted


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--site", type=Path, default=ROOT / "_build/html", help="the built site")
    parser.add_argument("--output", type=Path, default=ROOT / "_build/print", help="where the files go")
    parser.add_argument("--publish", action="store_true", help="only copy the files to the site and link them there")
    arguments = parser.parse_args()
    if arguments.publish:
        publish(arguments.site.resolve(), arguments.output.resolve())
    else:
        make_all(arguments.site.resolve(), arguments.output.resolve())
