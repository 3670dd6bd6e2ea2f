"""The browser that prints: the Chromium or Chrome of this machine, cut off from every other one."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager

NAMES = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
NO_HOST = "--host-resolver-rules=MAP * ~NOTFOUND"


def find() -> str:
    """Return the path of a browser; `BOOK_BROWSER` names another one than the usual ones."""
    found = next(filter(None, map(shutil.which, [os.environ.get("BOOK_BROWSER", ""), *NAMES])), None)
    if found is None:
        raise SystemExit("No browser found. PDF and cover are made by Chromium or Chrome; on Debian and Ubuntu: apt-get install chromium")
    return found


@contextmanager
def opened(program: str):
    """Give a browser, and close it in the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS, NO_HOST])
        yield browser
        browser.close()
