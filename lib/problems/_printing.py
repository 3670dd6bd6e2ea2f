"""Print a page to PDF with a browser of the machine."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", MAC)
NO_BROWSER = (
    "PDF needs Chromium, Chrome or Edge, and none is on the PATH (Debian and Ubuntu: apt-get install chromium); "
    "or print the page yourself: --format html, then Ctrl-P in any browser"
)
DATES = re.compile(rb"/(CreationDate|ModDate) \(D:\d{14}[^)]*\)")


def find_browser():
    """Return the path of a browser that can print, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def print_pdf(page, target):
    """Print `page`, a text of HTML, to the file `target`; the bytes don't depend on the time."""
    browser = find_browser()
    if browser is None:
        raise RuntimeError(NO_BROWSER)
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder, "page.html"), Path(folder, "page.pdf")
        source.write_text(page, "utf-8")
        command = [browser, "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
        command += [f"--user-data-dir={folder}/profile", "--no-pdf-header-footer", f"--print-to-pdf={result}", source.as_uri()]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium refuses its sandbox to root
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if not result.exists():
            raise RuntimeError(f"{browser} printed nothing: {done.stderr.strip()[-300:]}")
        # The dates of printing, replaced by one of the same length: the offsets in the file stay right.
        Path(target).write_bytes(DATES.sub(_fixed_date, result.read_bytes()))


def _fixed_date(match):
    return re.sub(rb"D:\d{14}", b"D:20000101000000", match[0])
