"""How to run the chapters elsewhere, with the address of the repository from `_config.yml` filled in.

    ```{launch} colab.ipy
    ```

shows the file of that name in `classroom/` with `{repository}`, `{branch}` and `{folder}` replaced; so the address stands in one
place, and what the page shows is what the tests run. `{launch-link} binder` is a link of the kinds below. On every page that
can be launched, one more entry of the launch menu leads to the page that explains how.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

HELP_PAGE = "chapters/running"
FIRST = "chapters/01_information_content.ipynb"
LANGUAGES = {".ipy": "ipython", ".sh": "bash", ".yaml": "yaml", ".json": "json"}


def places(config) -> dict[str, str]:
    """Return what is filled in: the address of the repository, the branch, and the folder that a clone makes."""
    options = config.html_theme_options
    repository = options["repository_url"].rstrip("/")
    branch, folder = options.get("repository_branch", "main"), urlsplit(repository).path.split("/")[-1]
    return {"repository": repository, "branch": branch, "folder": folder}


def filled(text: str, config) -> str:
    for name, value in places(config).items():
        text = text.replace("{" + name + "}", value)
    return text


def address(kind: str, config) -> str:
    """Return the address of a service that opens the book."""
    here = places(config)
    owner = urlsplit(here["repository"]).path.strip("/")
    if kind == "binder":
        return f"https://mybinder.org/v2/gh/{owner}/{here['branch']}?urlpath={quote(f'lab/tree/{FIRST}', safe='')}"
    if kind == "codespaces":
        return f"https://codespaces.new/{owner}"
    if kind == "jupyterhub":
        query = {"repo": here["repository"], "branch": here["branch"], "urlpath": f"lab/tree/{here['folder']}/{FIRST}"}
        return f"https://hub.example.org/hub/user-redirect/git-pull?{urlencode(query)}"
    raise ValueError(f"a launch link is binder, codespaces or jupyterhub; not {kind!r}")


class Launch(SphinxDirective):
    """Show a file of `classroom/`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        path = Path(self.env.srcdir, "classroom", self.arguments[0])
        self.env.note_dependency(str(path))
        text = filled(path.read_text("utf-8"), self.config).rstrip()
        return [nodes.literal_block(text, text, language=LANGUAGES[path.suffix], classes=["launch"])]


class LaunchAddress(SphinxDirective):
    """Show an address that is meant to be copied."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        text = address(self.arguments[0], self.config)
        return [nodes.literal_block(text, text, language="text", classes=["launch"])]


NAMES = {"binder": "Binder", "codespaces": "GitHub Codespaces"}


class LaunchLink(SphinxRole):
    """A link to a service: {launch-link}`binder`, named as the service."""

    def run(self):
        uri = address(self.text, self.config)
        return [nodes.reference("", NAMES[self.text], refuri=uri)], []


def explain(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Colab and some hubs need a word first; the menu says where it is."""
    for group in context.get("header_buttons", []):
        if group.get("label") == "launch-buttons" and HELP_PAGE in app.env.found_docs:
            group["buttons"].append(
                {
                    "type": "link",
                    "text": "What it needs",
                    "tooltip": "What Colab and others need before a chapter runs there",
                    "icon": "fas fa-circle-info",
                    "url": context["pathto"](HELP_PAGE),
                }
            )


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("launch", Launch)
    app.add_directive("launch-address", LaunchAddress)
    app.add_role("launch-link", LaunchLink())
    app.connect("html-page-context", explain, priority=700)  # after the theme has made its buttons
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
