"""The small tools that the Makefile calls, and the promises of the requirements files."""

import re
import subprocess
from pathlib import Path

import pytest

from tools import constraints, loosen, open_site

ROOT = Path(__file__).parents[1]
REQUIREMENTS = [ROOT / name for name in constraints.FILES]


LOOSENED = (ROOT / "constraints.txt").read_text("utf-8") == loosen.NO_CONSTRAINTS


@pytest.mark.skipif(LOOSENED, reason="the weekly run takes the pins away")
@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_every_requirement_is_pinned_and_says_why(path):
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith(("#", "-"))]
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+ +# \S.+", line)] == []


@pytest.mark.skipif(LOOSENED, reason="the weekly run takes the pins away")
@pytest.mark.parametrize("name", ["requirements-book.txt", "constraints.txt"])
def test_reading_the_book_needs_no_torch(name):
    named = re.findall(r"^([\w.-]+)==", (ROOT / name).read_text("utf-8"), re.MULTILINE)
    assert named
    assert not [package for package in named if constraints.LEFT_FREE.fullmatch(package)]


def test_taking_the_pins_away_leaves_names_options_and_words():
    text = "# a==1 stays\n-c constraints.txt\nnumpy==2.4.6   # why\njupyter-book==1.0.4.post1  # why\n-e .\n"
    assert loosen.loosen(text) == "# a==1 stays\n-c constraints.txt\nnumpy   # why\njupyter-book<2  # why\n-e .\n"


@pytest.mark.parametrize(
    ("platform", "environment", "terminal", "shown"),
    [
        ("linux", {"DISPLAY": ":0"}, True, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True, True),
        ("darwin", {}, True, True),
        ("linux", {}, True, False),
        ("linux", {"DISPLAY": ":0"}, False, False),
        ("linux", {"DISPLAY": ":10", "SSH_CONNECTION": "..."}, True, False),
        ("darwin", {"CI": "true"}, True, False),
    ],
)
def test_a_browser_is_opened_only_where_somebody_sees_it(platform, environment, terminal, shown):
    assert open_site.has_display(platform, environment, terminal) is shown


def test_the_address_is_printed_and_nothing_fails_without_a_browser(tmp_path, capsys):
    folder = tmp_path / "a b"
    open_site.main(folder)
    assert f"{folder.as_uri()}/index.html" in capsys.readouterr().out
    assert "%20" in folder.as_uri()


def test_make_lists_the_commands_that_exist():
    text = (ROOT / "Makefile").read_text("utf-8")
    told = set(re.findall(r'echo "make ([\w-]+)', text))
    phony = {name for line in re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE) for name in line.split()}
    assert told == phony - {"help", "clean-all"}
    for name in sorted(phony):
        subprocess.run(["make", "-n", name], cwd=ROOT, capture_output=True, check=True)


def test_no_file_names_a_host_to_install_from():
    hosts = re.compile(r"pypi\.org|pythonhosted|download\.pytorch|--(extra-)?index-url\s*=?\s*http|--find-links")
    files = [*REQUIREMENTS, *(ROOT / ".github").rglob("*.yml"), *(ROOT / ".binder").iterdir()]
    files += [ROOT / name for name in ("constraints.txt", "pyproject.toml", "Makefile", ".ci/run", "README.md", "CONTRIBUTING.md")]
    assert [path.name for path in files if hosts.search(path.read_text("utf-8"))] == []
