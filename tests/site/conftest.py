"""Build the site once, serve it on this machine alone, and open a browser that can reach nothing else."""

import functools
import http.server
import os
import shutil
import threading

import pytest

from tests.site.building import BOOK, build, told
from tests.site.visits import launch
from tools.printing.browser import NAMES as BROWSERS

NO_BROWSER = (
    "no browser found: install Chromium (Debian and Ubuntu: `apt-get install chromium`) or Chrome, "
    "so that `chromium` or `google-chrome` is on the PATH"
)


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the built site. Its build has passed with warnings as errors."""
    output = tmp_path_factory.mktemp("site")
    result = build(BOOK, output)
    if result.returncode != 0:
        pytest.fail("the build of the site fails:\n" + told(result.stdout), pytrace=False)
    return output / "_build" / "html"


@pytest.fixture(scope="session")
def address(site):
    """Where the site is served."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_args):
            pass

    handler = functools.partial(Quiet, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def program():
    """The browser of this machine; without one the tests that need it are left out, or fail if it is demanded."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        stop = pytest.fail if os.environ.get("BOOK_REQUIRE_BROWSER") == "1" else pytest.skip
        stop(NO_BROWSER)
    return found


@pytest.fixture(scope="session")
def browser(program):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launch(playwright, program)
        yield browser
        browser.close()
