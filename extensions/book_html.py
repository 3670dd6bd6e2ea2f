"""HTML that the standard allows, where Jupyter Book and its extensions write other.

Each function corrects one fault, named in its first line; delete it when its origin is cured. That nothing
else is wrong, tests/site/test_html.py sees with a validator.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from sphinx.application import Sphinx

SUMMARY = re.compile(r"<summary\b.*?</summary>", re.DOTALL)
# A field of a docstring that is a list alone: docutils puts the list into a paragraph.
LIST_IN_PARAGRAPH = re.compile(r'(<dd class="field-(?:odd|even)">)<p>(<ul\b.*?</ul>\n)</p>\n', re.DOTALL)


def correct_body(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Paragraphs in a summary (hidden cells, MyST-NB), lists in a paragraph (lists that a function returns, napoleon)."""
    if "body" in context:
        body = SUMMARY.sub(lambda summary: re.sub(r"(</?)p\b", r"\1span", summary[0]), context["body"])
        context["body"] = LIST_IN_PARAGRAPH.sub(r"\1\2", body)


def write_forwarding_page(app: Sphinx, exception: Exception | None) -> None:
    """The page at the root, which Jupyter Book writes as one lone tag if there is none."""
    page = f"{app.config.root_doc}.html"
    if exception is None and app.builder.name == "html" and page != "index.html":
        title = escape(app.config.html_title or app.config.project)
        Path(app.outdir, "index.html").write_text(
            f'<!DOCTYPE html>\n<html lang="{app.config.language}">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
            f'<meta http-equiv="refresh" content="0; url={page}">\n</head>\n'
            f'<body>\n<p><a href="{page}">{title}</a></p>\n</body>\n</html>\n',
            "utf-8",
        )


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("html-page-context", correct_body, priority=900)
    app.connect("build-finished", write_forwarding_page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
