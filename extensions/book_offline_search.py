"""Let the search page, opened from a file, show its results without excerpts.

For an excerpt Sphinx's script fetches the page, which browsers forbid between files: each result would leave an error.
"""

from sphinx.application import Sphinx

NO_EXCERPTS = 'if (location.protocol === "file:") { DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false; }'


def add_switch(app: Sphinx, pagename: str, *_rest: object) -> None:
    if pagename == "search":
        app.add_js_file(None, body=NO_EXCERPTS, priority=300)  # after the options, before the search


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("html-page-context", add_switch)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
