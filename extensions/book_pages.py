"""Small corrections of the theme's pages: descriptions, deferred scripts, valid roles.

Each function corrects one fault, named in its first line; delete it when the theme is cured.
"""

from __future__ import annotations

import re

from docutils import nodes
from markupsafe import escape
from sphinx.application import Sphinx

LONGEST_DESCRIPTION = 200
MARK = "\ufffc"  # the object replacement character: stands for what is no plain words


def plain_sentences(paragraph: nodes.paragraph) -> list[str]:
    """Return the sentences that hold neither formula nor citation, whose source reads badly alone."""
    copy = paragraph.deepcopy()
    for node in list(copy.findall(nodes.inline)) + list(copy.findall(nodes.math)):
        if isinstance(node, nodes.math) or "bibtex-citation" in node["classes"]:
            node.parent.replace(node, nodes.Text(MARK))
    text = re.sub(r"\s+", " ", copy.astext()).strip()
    return [sentence for sentence in re.split(r"(?<=[.!?]) ", text) if MARK not in sentence]


def description(doctree: nodes.document) -> str:
    """Return the first sentences of the page's running text, as many as fit."""
    found = ""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, (nodes.section, nodes.document)):
            for sentence in plain_sentences(paragraph):
                if len(found) + len(sentence) >= LONGEST_DESCRIPTION:
                    return found or sentence[:LONGEST_DESCRIPTION].rsplit(" ", 1)[0] + " …"
                found = f"{found} {sentence}".strip()
            if len(found) >= 50:
                break
    return found


def add_description(app, pagename, templatename, context, doctree) -> None:
    """Pages have no description of their own; `html_meta` in a page's front matter goes first."""
    if doctree is not None and 'name="description"' not in context["metatags"]:
        text = description(doctree)
        if text:
            context["metatags"] += f'\n<meta name="description" content="{escape(text)}" />'


def defer_scripts(app, pagename, templatename, context, doctree) -> None:
    """Scripts hold up the first paint. Only the search page needs their order kept by waiting."""
    if pagename != "search":
        context["script_files"] = [deferred(script) for script in context["script_files"]]


def deferred(script):
    # Inline scripts can't be deferred; those here set options of others, which run later, and the
    # options object itself must be there for them.
    if not script.filename or "documentation_options" in str(script.filename):
        return script
    return type(script)(script.filename, priority=script.priority, **{**script.attributes, "defer": "defer"})


#: Part of a file's name -> what a page that needs the file has in its text.
NEEDED_FOR = {"sphinx-design": 'class="sd-', "design-tabs": 'class="sd-', "proof.css": 'class="proof', "exercise.css": "exercise"}


def drop_unneeded_files(app, pagename, templatename, context, doctree) -> None:
    """Extensions add their files to every page, used there or not."""
    for kind in ("css_files", "script_files"):
        context[kind] = [
            file
            for file in context[kind]
            if all(name not in str(file.filename) or mark in context.get("body", "") for name, mark in NEEDED_FOR.items())
        ]


def drop_repeated_ids(app, doctree, docname) -> None:
    """Exercises all have the id `exercise-content`, and docstrings count their citations from 1 again."""
    seen: set[str] = set()
    for node in doctree.findall(nodes.Element):
        node["ids"] = [name for name in node.get("ids", []) if name not in seen]
        seen.update(node["ids"])


def visit_entry(translator, node: nodes.entry) -> None:
    """The empty corner of a table becomes a header without words, which screen readers announce."""
    type(translator).visit_entry(translator, node)
    if isinstance(node.parent.parent, nodes.thead) and not node.astext().strip():
        translator.body[-1] = translator.body[-1].replace("<th", "<td", 1)
        translator.context[-1] = "</td>\n"


def depart_entry(translator, node: nodes.entry) -> None:
    type(translator).depart_entry(translator, node)


def visit_citation(translator, node: nodes.citation) -> None:
    """Docutils gives each entry of the bibliography a role that ARIA has deprecated."""
    first = not isinstance(node.previous_sibling(), nodes.citation)
    translator.body.append('<div role="list" class="citation-list">\n' if first else "")
    translator.body.append(translator.starttag(node, "div", classes=["citation"], role="listitem"))


def depart_citation(translator, node: nodes.citation) -> None:
    last = not isinstance(node.next_node(descend=False, siblings=True), nodes.citation)
    translator.body.append("</div>\n" * (2 if last else 1))


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("html-page-context", add_description)
    # After the theme has changed the lists itself.
    app.connect("html-page-context", drop_unneeded_files, priority=900)
    app.connect("html-page-context", defer_scripts, priority=900)
    app.connect("doctree-resolved", drop_repeated_ids, priority=900)
    app.add_node(nodes.entry, override=True, html=(visit_entry, depart_entry))
    app.add_node(nodes.citation, override=True, html=(visit_citation, depart_citation))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
