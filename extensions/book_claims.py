"""Tie the ledger of claims (`claims.yml`) to the pages: a `{ledger}` table, and claims in chapters.

A chapter shows a claim as an ordinary admonition of class `claim`, titled `Claim S0-06: wrong`, which
Jupyter and GitHub show too. Here it gets an anchor (`claim-s0-06`), a link to its row in the ledger
(`ledger-s0-06`) and the colour of its verdict. A claim that the ledger does not know, or a verdict
that differs from the ledger's, is a warning and so stops the build.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)

#: Every verdict, and what the reader of the ledger is told it means.
VERDICTS = {
    "holds": "true as stated",
    "holds-if": "true under a condition that the source leaves out",
    "misleading": "the usual reading of it is false",
    "wrong": "false as stated",
    "open": "the source left it open; settled here",
    "history": "a date, a name or a published figure",
}
TITLE = re.compile(r"^Claim (S\d+-\d+): ([a-z-]+)$")


class claim_link(nodes.General, nodes.TextElement):
    """A link between a claim in a chapter and its row; its address is known when all pages are read."""


def warn(message: str, *args: object, location: object) -> None:
    logger.warning(message, *args, location=location, type="claims")


def read_ledger(env) -> dict:
    """Read `claims.yml` once a build, and note that the current page depends on it."""
    path = Path(env.srcdir) / env.config.book_claims_file
    env.note_dependency(str(path))
    if getattr(env, "book_ledger_stamp", None) != path.stat().st_mtime_ns:
        ledger = yaml.safe_load(path.read_text("utf-8"))
        env.book_ledger = {"documents": ledger.get("documents", {}), "claims": {row["id"]: row for row in ledger["claims"]}}
        env.book_ledger_stamp = path.stat().st_mtime_ns
    return env.book_ledger


def slug(claim: str) -> str:
    return claim.lower()


def badge(verdict: str) -> nodes.inline:
    return nodes.inline(verdict, verdict, classes=["verdict", f"verdict-{verdict}"])


def link(text: str, claim: str, *, to: str, chapter: str = "") -> claim_link:
    return claim_link(text, text, claim=claim, to=to, chapter=chapter)


class MarkClaims(SphinxTransform):
    """Turn the claim admonitions of a page into linked, anchored, coloured ones."""

    default_priority = 400

    def apply(self, **_kwargs: object) -> None:
        places = self.env.book_claim_places.setdefault(self.env.docname, {})
        places.clear()
        for box in self.document.findall(nodes.admonition):
            if "claim" in box["classes"]:
                self.mark(box, places)

    def mark(self, box: nodes.admonition, places: dict[str, str]) -> None:
        title = box.next_node(nodes.title)
        match = TITLE.match(title.astext().strip())
        if not match:
            return warn("title of a claim is not of the form `Claim S0-06: wrong`: %s", title.astext(), location=box)
        claim, verdict = match.groups()
        row = read_ledger(self.env)["claims"].get(claim)
        if row is None:
            return warn("claim %s is not in the ledger", claim, location=box)
        if row["verdict"] != verdict:
            return warn("claim %s is %s in the ledger and %s here", claim, row["verdict"], verdict, location=box)
        if claim not in places:
            places[claim] = f"claim-{slug(claim)}"
            box["ids"].append(places[claim])
        box["classes"] += [f"verdict-{verdict}"]
        title.children = []
        title += [link(f"Claim {claim}", claim, to="ledger"), nodes.Text(": "), badge(verdict)]


class LedgerDirective(SphinxDirective):
    """The whole ledger as a table; `ledger.js` adds the filters."""

    def run(self) -> list[nodes.Node]:
        ledger = read_ledger(self.env)
        self.env.book_ledger_page = self.env.docname
        self.env.note_reread()  # its links depend on the other pages
        rows = list(ledger["claims"].values())
        return [self.verdicts(rows), self.sources(ledger["documents"], rows), self.table(rows)]

    def inline(self, text: str) -> list[nodes.Node]:
        """Read a field as the inline Markdown of the page, so that formulas and citations work."""
        found, messages = self.parse_inline(str(text).strip())
        return [*found, *messages]

    def definitions(self, name: str, pairs: list[tuple[list[nodes.Node], list[nodes.Node]]]) -> nodes.definition_list:
        items = [
            nodes.definition_list_item("", nodes.term("", "", *term), nodes.definition("", nodes.paragraph("", "", *text)))
            for term, text in pairs
        ]
        return nodes.definition_list("", *items, classes=["ledger-key", name])

    def verdicts(self, rows: list[dict]) -> nodes.Node:
        count = Counter(row["verdict"] for row in rows)
        return self.definitions(
            "ledger-verdicts",
            [
                ([badge(verdict), nodes.Text(f" {count[verdict]}")], [nodes.Text(meaning)])
                for verdict, meaning in VERDICTS.items()
                if count[verdict]
            ],
        )

    def sources(self, documents: dict, rows: list[dict]) -> nodes.Node:
        count = Counter(row["source"] for row in rows)
        return self.definitions(
            "ledger-sources",
            [
                (
                    [nodes.inline(source, source, classes=["ledger-source"]), nodes.Text(f" {count[source]} claims")],
                    self.inline(about.get("title") or about.get("about", "")),
                )
                for source, about in documents.items()
                if count[source]
            ],
        )

    def table(self, rows: list[dict]) -> nodes.Node:
        titles = ["Claim", "What is claimed", "Verdict", "Why, where and by which test"]
        group = nodes.tgroup("", *[nodes.colspec(colwidth=1, stub=number == 0) for number in range(4)], cols=4)
        group += nodes.thead("", nodes.row("", *[nodes.entry("", nodes.paragraph(title, title)) for title in titles]))
        group += nodes.tbody("", *[self.row(row, titles) for row in rows])
        return nodes.table("", group, classes=["ledger"], ids=["ledger-table"])

    def row(self, row: dict, titles: list[str]) -> nodes.row:
        if row["verdict"] not in VERDICTS:
            warn("claim %s has a verdict that is none: %s", row["id"], row["verdict"], location=self.get_location())
        where = nodes.paragraph("", "", label("Shown in"), link("", row["id"], to="chapter", chapter=row["chapter"]))
        tests = nodes.paragraph("", "", label("Tests"), classes=["ledger-tests"])
        for name in row["checks"]:
            tests += [nodes.literal(name, name), nodes.Text(" ")]
        cells = [
            [
                nodes.paragraph("", "", nodes.inline(row["id"], row["id"], classes=["ledger-id"])),
                nodes.paragraph("", row["topic"], classes=["ledger-topic"]),
            ],
            [nodes.paragraph("", "", *self.inline(row["claim"]))],
            [nodes.paragraph("", "", badge(row["verdict"]))],
            [nodes.paragraph("", "", *self.inline(row["why"])), where, tests],
        ]
        classes = ["ledger-row", f"verdict-{row['verdict']}", f"source-{slug(row['source'])}"]
        return nodes.row("", *[nodes.entry("", *cell) for cell in cells], ids=[f"ledger-{slug(row['id'])}"], classes=classes)


def label(text: str) -> nodes.inline:
    return nodes.inline("", f"{text}: ", classes=["ledger-label"])


class ResolveClaimLinks(SphinxPostTransform):
    """Give the links their addresses."""

    default_priority = 5

    def run(self, **_kwargs: object) -> None:
        for node in list(self.document.findall(claim_link)):
            target = self.target(node)
            if target is None:
                node.replace_self(nodes.inline("", node.astext() or node["chapter"]))
                continue
            docname, anchor, text = target
            address = self.app.builder.get_relative_uri(self.env.docname, docname)
            if docname == self.env.docname:
                address = ""
            uri = f"{address}#{anchor}" if anchor else address
            node.replace_self(nodes.reference("", "", nodes.inline("", text), internal=True, refuri=uri))

    def target(self, node: claim_link) -> tuple[str, str, str] | None:
        if node["to"] == "ledger":
            page = getattr(self.env, "book_ledger_page", None)
            return page and (page, f"ledger-{slug(node['claim'])}", node.astext())
        chapter = self.env.config.book_chapters_folder + node["chapter"]
        if chapter not in self.env.all_docs:
            warn("claim %s names a chapter that is not there: %s", node["claim"], node["chapter"], location=node)
            return None
        anchor = self.env.book_claim_places.get(chapter, {}).get(node["claim"], "")
        return chapter, anchor, self.env.titles[chapter].astext()


def prepare(app: Sphinx) -> None:
    if not hasattr(app.env, "book_claim_places"):
        app.env.book_claim_places = {}


def forget(app: Sphinx, env, docname: str) -> None:
    getattr(env, "book_claim_places", {}).pop(docname, None)


def add_filters(app: Sphinx, pagename: str, *_rest: object) -> None:
    """The script of the filters is of use on one page only."""
    if pagename == getattr(app.env, "book_ledger_page", None):
        # The table is not drawn before the filters are above it.
        app.add_js_file("ledger.js", loading_method="defer", blocking="render")


def setup(app: Sphinx) -> dict[str, object]:
    app.add_config_value("book_claims_file", "claims.yml", "env")
    app.add_config_value("book_chapters_folder", "chapters/", "env")
    app.add_node(claim_link)
    app.add_directive("ledger", LedgerDirective)
    app.add_transform(MarkClaims)
    app.add_post_transform(ResolveClaimLinks)
    app.connect("builder-inited", prepare)
    app.connect("env-purge-doc", forget)
    app.connect("html-page-context", add_filters)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
