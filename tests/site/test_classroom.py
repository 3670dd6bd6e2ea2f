"""What the site has for teachers and for other programs: the map, the plans, the status, the ways to run it, cards and lists."""

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as xml
from types import SimpleNamespace

import book_course
import book_launch
import book_publishing
import book_status
import pytest
import yaml
from bs4 import BeautifulSoup
from PIL import Image

from lib.exercises import CHAPTERS
from lib.problems import __main__ as problems_command
from lib.problems import sheet
from tests.site.building import BOOK, build, documents
from tests.site.test_extensions import PAGE, small_book
from tools import run_times

COURSE = yaml.safe_load((BOOK / "data" / "course.yml").read_text("utf-8"))
STEMS = {path.stem.partition("_")[2]: path for path in sorted((BOOK / "chapters").glob("[0-9]*.ipynb"))}
FIRST = {name: book_course.first_cell(path) for name, path in STEMS.items()}
TEACHING = (BOOK / "chapters" / "teaching.md").read_text("utf-8")


def markdown(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


#: Label -> the chapter that has it.
LABELS = {label: name for name, path in STEMS.items() for label in re.findall(r"^\(((?:ch|sec)-[a-z0-9-]+)\)=$", markdown(path), re.M)}


@pytest.fixture(scope="module")
def page(site):
    return lambda name: BeautifulSoup((site / "chapters" / f"{name}.html").read_bytes(), "html.parser")


def cells_of(table):
    return [[cell.get_text(" ", strip=True) for cell in row.find_all(["td", "th"])] for row in table.select("tbody tr")]


# Prerequisites


def named_as_needed(text):
    """The chapters that the paragraph "You need ..." names, with the lines that belong to it."""
    paragraph = re.search(r"^You need .*?(?=\n\n|\Z)", text, re.M | re.S)[0]
    labels = re.findall(r"\{ref\}`(?:[^`<]*<)?([^`<>]+)>?`", paragraph)
    return {LABELS[label] for label in labels if label in LABELS}


def test_the_course_file_has_the_chapters_of_the_book_in_their_order():
    assert list(COURSE) == list(STEMS) == list(CHAPTERS)


@pytest.mark.parametrize("name", COURSE)
def test_the_course_file_agrees_with_the_chapter(name):
    entry = COURSE[name]
    assert set(entry) <= {"needs", "beside"}
    needs, beside = entry["needs"], entry.get("beside", [])
    assert named_as_needed(FIRST[name]) == {*needs, *beside}
    assert not set(needs) & set(beside)
    assert all(list(COURSE).index(other) < list(COURSE).index(name) for other in [*needs, *beside]), "needed chapters come first"


@pytest.mark.parametrize("name", COURSE)
def test_a_chapter_says_what_one_can_do_after_it(name):
    assert len(re.findall(r"^- \S", book_course.objectives(FIRST[name]), re.M)) >= 3


def test_objectives_end_where_the_list_ends():
    text = "# T\n\nAfter this chapter you can\n\n- do one;\n- do two,\n  at length.\n\nYou need\n\n- nothing\n"
    assert book_course.objectives(text) == "- do one;\n- do two,\n  at length."
    assert book_course.objectives("# T\n\n- a list\n") == ""


def test_the_map_leaves_out_what_follows():
    needs = {"a": (), "b": ("a",), "c": ("a", "b"), "d": ("a", "c")}
    assert [book_course.direct(name, needs) for name in needs] == [[], ["a"], ["b"], ["c"]]
    assert book_course.behind("d", needs) == {"a", "b", "c"}


def test_the_map_shows_every_chapter_and_its_arrows(page, site):
    light, dark = page("teaching").select(".course-map img")
    assert "only-light" in light["class"] and "only-dark" in dark["class"]
    assert "table below" in light["alt"]
    course = book_course.read_course(BOOK)
    needs = {chapter.name: chapter.needs for chapter in course}
    arrows = sum(len(book_course.direct(c.name, needs)) + len(c.beside) for c in course)
    for picture in (light, dark):
        drawing = xml.parse((site / "chapters" / picture["src"]).resolve()).getroot()
        texts = ["".join(node.itertext()) for node in drawing.iter("{http://www.w3.org/2000/svg}text")]
        assert texts == [f"{chapter.number} {chapter.title}" for chapter in course]
        assert len(list(drawing.iter("{http://www.w3.org/2000/svg}path"))) == 2 * arrows


def test_the_titles_fit_into_the_map(site, browser, address):
    tab = browser.new_page()
    tab.set_content(book_course.draw(book_course.read_course(BOOK)))
    drawn = "[...document.querySelectorAll('text, path, circle')].map(e => e.getBBox())"
    boxes = f"() => {drawn}.map(b => [b.x, b.x + b.width, b.y + b.height])"
    wide, tall = (tab.evaluate(f"() => +document.querySelector('svg').getAttribute('{side}')") for side in ("width", "height"))
    for left, right, bottom in tab.evaluate(boxes):
        assert left >= 0 and right <= wide and bottom <= tall
    tab.close()


def test_the_table_says_the_same_in_words(page):
    rows = cells_of(page("teaching").select("table")[0])
    numbers = {name: str(number) for number, name in enumerate(COURSE, start=1)}
    for (name, entry), (title, needs, beside) in zip(COURSE.items(), rows, strict=True):
        assert title.startswith(f"{numbers[name]}. ")
        assert re.findall(r"\d+", needs) == [numbers[other] for other in COURSE if other in entry["needs"]]
        assert re.findall(r"\d+", beside) == [numbers[other] for other in COURSE if other in entry.get("beside", [])]


def test_the_objectives_of_every_chapter_are_on_the_page(page):
    section = page("teaching").find(id="what-each-chapter-teaches")
    assert len(section.select("p > strong")) == len(COURSE)
    assert len(section.select("li")) == sum(len(re.findall(r"^- ", book_course.objectives(text), re.M)) for text in FIRST.values())


# The plans


def plan(title):
    part = TEACHING.partition(f"\n## {title}\n")[2].partition("\n(sec-")[0]
    return re.findall(r"^\*\*[^*]+\*\* Read (.*)$", part, re.M)


@pytest.mark.parametrize("title, steps", [("Twelve weeks", 12), ("A weekend", 4)])
def test_a_plan_can_be_followed(title, steps):
    entries, read = plan(title), set()
    assert len(entries) == steps
    for entry in entries:
        reading, _, rest = entry.partition(". Do ")
        doing, _, rest = rest.partition(". Set: ")
        new = [LABELS[label] for label in re.findall(r"\{ref\}`([a-z-]+)`", reading)]
        read |= set(new)
        # A weekend has no time for the second half of a chapter that needs more.
        assert all(set(COURSE[name]["needs"]) <= read for name in new), entry
        exercises = re.findall(r"\{ref\}`([a-z-]+) <ex-([a-z-]+)>`", doing)
        assert len(exercises) >= 3
        texts = "\n\n".join(markdown(STEMS[name]) for name in new)
        assert all(shown == label and f":label: ex-{label}\n" in texts for shown, label in exercises), entry
        left_out = re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", rest)
        sections = re.findall(r"^## (.+)$", texts, re.M)
        assert [section for section in left_out if section not in sections] == [], entry


def test_every_set_of_the_plans_can_be_made_and_is_about_what_was_read():
    commands = re.findall(r"`(?:python -m lib\.problems )?--seed (\d+)(?: --chapters ([\d,-]+))?(?: --count (\d+))?`", TEACHING)
    assert len(commands) == 12 + 1 + 4
    for seed, chapters, count in commands:
        numbers = problems_command.chapter_numbers(chapters) if chapters else None
        assert len(sheet(int(seed), chapters=numbers, count=int(count or 10))) == int(count or 10)


def test_the_options_of_the_page_exist(capsys):
    with pytest.raises(SystemExit):
        problems_command.main(["--help"])
    told = capsys.readouterr().out
    assert set(re.findall(r"(?<![\w-])--[a-z]+", TEACHING)) <= set(re.findall(r"--[a-z]+", told))


# The status


def test_the_status_counts_what_the_files_hold(page):
    table = page("status").select("table")[0]
    columns = ["Cells", "Code", "Figures", "Claims", "Equations", "Exercises", "Seconds"]
    assert [cell.get_text() for cell in table.select("thead th")][1:] == columns
    rows = cells_of(table)
    assert len(rows) == len(STEMS) + 1
    sums = [sum(int(row[column]) for row in rows[:-1]) for column in range(1, 7)]
    assert [int(cell) for cell in rows[-1][1:7]] == sums
    ledger = yaml.safe_load((BOOK / "claims.yml").read_text("utf-8"))["claims"]
    tests = sum(len(re.findall(r"^def test_eq_", path.read_text("utf-8"), re.M)) for path in (BOOK / "tests" / "equations").glob("*.py"))
    notebooks = [json.loads(path.read_text("utf-8"))["cells"] for path in STEMS.values()]
    assert sums[0] == sum(map(len, notebooks))
    assert (sums[3], sums[4]) == (len(ledger), tests)
    assert sums[5] == sum(text.count("\n:label: ex-") for text in map(markdown, STEMS.values()))


def test_the_recorded_times_are_those_of_chapters():
    record = json.loads(run_times.RECORD.read_text("utf-8"))
    assert set(record) == {"chapters", "day", "machine", "python", "versions"}
    assert set(record["chapters"]) <= {path.stem for path in STEMS.values()}
    for entry in record["chapters"].values():
        assert set(entry) == {"fingerprint", "processor_seconds"}
        assert 0.5 < entry["processor_seconds"] < 600


def test_a_time_counts_only_for_the_code_that_was_measured(tmp_path):
    path = STEMS["entropy"]
    notebook = json.loads(path.read_text("utf-8"))
    assert run_times.fingerprint(notebook) == book_status.fingerprint(notebook)
    record = {"chapters": {path.stem: {"fingerprint": run_times.fingerprint(notebook), "processor_seconds": 3.0}}}
    assert book_status.count(path, [], record)["seconds"] == 3.0
    next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")["source"] += "\n1"
    changed = tmp_path / path.name
    changed.write_text(json.dumps(notebook), "utf-8")
    assert book_status.count(changed, [], record)["seconds"] is None
    assert book_status.count(changed, [], {"chapters": {}})["seconds"] is None


def test_the_build_tells_its_commit_and_works_outside_a_clone(tmp_path, page):
    assert "not built in a clone" in book_status.commit(tmp_path)
    for command in (["init", "-q"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run(["git", "-C", tmp_path, *command], check=True)
    assert re.fullmatch(r"[0-9a-f]{7,} of \d{1,2} [A-Z][a-z]+ \d{4}", book_status.commit(tmp_path))
    inside = tmp_path / "a copy in another repository"
    inside.mkdir()
    assert "not built in a clone" in book_status.commit(inside)
    rows = dict(cells_of(page("status").select("table")[1]))
    assert rows["Commit"] == book_status.commit(BOOK)
    assert rows["jupyter-book"] == book_status.installed("jupyter-book") != "none"
    assert book_status.installed("no-such-package") == "none"


# Where to run it


Settings = SimpleNamespace(html_theme_options={"repository_url": "https://github.com/owner/name", "repository_branch": "main"})


def test_the_address_of_the_repository_stands_in_one_file():
    config = yaml.safe_load((BOOK / "_config.yml").read_text("utf-8"))
    address = config["repository"]["url"].removeprefix("https://")
    folders = ("chapters", "classroom", ".binder", ".devcontainer", "extensions", "lib", "tools", ".github")
    files = [path for folder in folders for path in (BOOK / folder).rglob("*") if path.is_file() and path.suffix not in (".pyc", ".woff2")]
    files += [BOOK / name for name in ("README.md", "CITATION.cff", "pyproject.toml", "Makefile")]
    assert [path for path in files if address in path.read_text("utf-8")] == []


@pytest.mark.parametrize("name", ["colab.ipy", "littlest-jupyterhub.sh", "zero-to-jupyterhub.yaml"])
def test_the_page_shows_the_files_with_the_address_filled_in(name, page):
    config = yaml.safe_load((BOOK / "_config.yml").read_text("utf-8"))
    shown = [block.get_text() for block in page("running").select(".launch pre")]
    text = (BOOK / "classroom" / name).read_text("utf-8")
    assert "{repository}" in text
    assert sum(config["repository"]["url"] in block and text.splitlines()[0].partition("{")[0] in block for block in shown) == 1
    assert not any("{repository}" in block or "{branch}" in block for block in shown)


def test_the_links_are_those_of_the_services():
    assert book_launch.address("binder", Settings) == (
        "https://mybinder.org/v2/gh/owner/name/main?urlpath=lab%2Ftree%2Fchapters%2F01_information_content.ipynb"
    )
    assert book_launch.address("codespaces", Settings) == "https://codespaces.new/owner/name"
    assert book_launch.address("jupyterhub", Settings) == (
        "https://hub.example.org/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgithub.com%2Fowner%2Fname&branch=main"
        "&urlpath=lab%2Ftree%2Fname%2Fchapters%2F01_information_content.ipynb"
    )
    with pytest.raises(ValueError, match="a launch link is binder, codespaces or jupyterhub; not 'mars'"):
        book_launch.address("mars", Settings)
    assert (BOOK / book_launch.FIRST).exists()


def test_the_launch_menu_of_a_chapter_leads_to_the_explanation(page):
    links = page("02_entropy").select(".dropdown-launch-buttons a")
    assert [link["href"] for link in links if "What it needs" in link.get_text()] == ["running.html"]


@pytest.mark.skipif(not (BOOK / ".git").exists(), reason="a clone is made of the repository, and this is none")
def test_the_cell_for_colab_makes_a_chapter_run(tmp_path):
    """The lines that the page shows, with this repository in the place of the public one, and the first chapter after them."""
    import nbformat

    from tools import environment, run_chapter

    branch = "for-colab"
    source = tmp_path / "source"
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{BOOK}", source], check=True)
    shutil.copytree(BOOK / "lib", source / "lib", dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(BOOK / "chapters", source / "chapters", dirs_exist_ok=True)
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["checkout", "-qb", branch], ["add", "-A"], [*identity, "commit", "-qm", "x", "--allow-empty"]):
        subprocess.run(["git", "-C", source, *command], check=True)
    settings = SimpleNamespace(html_theme_options={"repository_url": f"file://{source}", "repository_branch": branch})
    lines = book_launch.filled((BOOK / "classroom" / "colab.ipy").read_text("utf-8"), settings)
    notebook = nbformat.read(STEMS["information_content"], as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(lines))
    notebook.cells.append(nbformat.v4.new_code_cell("import lib\nprint(lib.__file__)"))
    folder = tmp_path / "content"
    folder.mkdir()
    environment.apply()
    run_chapter.execute(notebook, folder)
    assert notebook.cells[-1].outputs[0].text.strip() == str(folder / "book" / "lib" / "__init__.py")


def test_the_devcontainer_is_what_editors_expect():
    settings = json.loads((BOOK / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    known = {"name", "image", "hostRequirements", "postCreateCommand", "forwardPorts", "portsAttributes", "customizations"}
    assert set(settings) == known
    wanted = re.search(r'requires-python = ">=3\.(\d+)"', (BOOK / "pyproject.toml").read_text("utf-8"))[1]
    assert int(re.fullmatch(r"mcr\.microsoft\.com/devcontainers/python:3\.(\d+)", settings["image"])[1]) >= int(wanted)
    makefile = (BOOK / "Makefile").read_text("utf-8")
    assert re.search(rf"^{settings['postCreateCommand'].removeprefix('make ')}:", makefile, re.M)
    assert settings["forwardPorts"] == [int(re.search(r"^PORT \?= (\d+)", makefile, re.M)[1])]
    assert set(settings["hostRequirements"]) == {"cpus", "memory", "storage"}


def test_binder_installs_what_the_site_needs():
    lines = (BOOK / ".binder" / "requirements.txt").read_text("utf-8").splitlines()
    wanted = [line.partition("#")[0].strip() for line in lines if not line.startswith("#")]
    assert wanted[0] == "-r ../requirements-book.txt"
    assert all(re.fullmatch(r"[\w-]+==[\d.]+", line) for line in wanted[1:])
    assert re.fullmatch(r"python-3\.1\d\n", (BOOK / ".binder" / "runtime.txt").read_text("utf-8"))


def test_the_values_for_the_cluster_are_those_that_the_chart_knows():
    # The names are those of values.schema.yaml of the chart, version 4.
    known = {
        "singleuser": {"image", "defaultUrl", "memory", "cpu", "storage", "lifecycleHooks"},
        "hub": {"config"},
        "cull": {"enabled", "timeout"},
    }
    values = yaml.safe_load(book_launch.filled((BOOK / "classroom" / "zero-to-jupyterhub.yaml").read_text("utf-8"), Settings))
    assert {key: set(value) for key, value in values.items()} == known
    user = values["singleuser"]
    assert user["lifecycleHooks"]["postStart"]["exec"]["command"] == ["gitpuller", "https://github.com/owner/name", "main", "name"]
    assert set(user["memory"]) == set(user["cpu"]) == {"guarantee", "limit"}
    assert set(user["image"]) == {"name", "tag"} and set(user["storage"]) == {"capacity"}


def test_the_script_for_one_machine_is_valid_and_installs_what_exists():
    text = (BOOK / "classroom" / "littlest-jupyterhub.sh").read_text("utf-8")
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)
    assert [name for name in re.findall(r"-r (\S+)", text) if not (BOOK / name).exists()] == []


# Cards, sitemap, llms.txt


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A small book, built as for the public."""
    folder = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOOK_URL", "https://example.org/a book".replace(" ", "-"))
        result = build(small_book(folder / "book", page=PAGE), folder)
    assert result.returncode == 0, result.stdout
    return folder / "_build" / "html"


def properties(path):
    soup = BeautifulSoup(path.read_bytes(), "html.parser")
    return soup, {tag["property"]: tag["content"] for tag in soup.find_all("meta", property=True)}


def test_a_published_page_has_absolute_addresses(published):
    soup, found = properties(published / "chapters" / "index.html")
    base = "https://example.org/a-book/"
    assert soup.find("link", rel="canonical")["href"] == found["og:url"] == f"{base}chapters/index.html"
    assert found["og:image"] == f"{base}_static/cards/book.png"
    assert (published / found["og:image"].removeprefix(base)).is_file()
    assert found["og:title"] == "A page"
    assert found["og:description"] == "Words that go before everything else, and are long enough for a description."
    assert soup.find("meta", attrs={"name": "twitter:card"})["content"] == "summary_large_image"


def test_the_sitemap_lists_the_pages(published):
    root = xml.parse(published / "sitemap.xml").getroot()
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    assert root.tag == f"{name}urlset"
    assert [node.text for node in root.iter(f"{name}loc")] == ["https://example.org/a-book/chapters/index.html"]


def test_without_an_address_there_is_nothing_that_needs_one(site):
    assert not (site / "sitemap.xml").exists()
    soup, found = properties(site / "chapters" / "02_entropy.html")
    assert soup.find("link", rel="canonical") is None
    assert set(found) == {"og:type", "og:site_name", "og:title", "og:description"}
    assert (found["og:type"], found["og:title"]) == ("article", "Entropy")


@pytest.mark.parametrize("address", ["example.org/book", "ftp://example.org", "https://", "https://example.org/?a=b"])
def test_an_address_that_is_none_stops_the_build(address, monkeypatch):
    monkeypatch.setenv("BOOK_URL", address)
    with pytest.raises(Exception, match="BOOK_URL must be an address such as"):
        book_publishing.set_address(None, SimpleNamespace(html_baseurl=""))


def test_the_address_gets_its_slash(monkeypatch):
    monkeypatch.delenv("BOOK_URL", raising=False)
    config = SimpleNamespace(html_baseurl="https://example.org/b")
    book_publishing.set_address(None, config)
    assert config.html_baseurl == "https://example.org/b/"


def test_every_page_tells_its_title_and_description(site):
    tag = re.compile(r'<meta property="(og:\w+)" content="([^"]*)"')  # to parse every page would take a minute
    titles = [dict(tag.findall((site / f"{document}.html").read_text("utf-8"))) for document in documents()]
    assert len({found["og:title"] for found in titles}) == len(titles)
    assert all(40 <= len(found["og:description"]) <= 320 for found in titles)


def test_each_chapter_has_a_card_that_the_networks_take(site):
    cards = {path.stem: path for path in (site / "_static" / "cards").iterdir()}
    assert set(cards) == {"book", *(path.stem for path in STEMS.values())}
    for path in cards.values():
        with Image.open(path) as picture:
            assert picture.size == (1200, 630)
        assert path.stat().st_size < 100_000
    assert len({path.read_bytes() for path in cards.values()}) == len(cards)


def test_long_titles_are_broken_and_fit():
    letters = book_publishing.font(116, bold=True)
    for chapter in book_course.read_course(BOOK):
        lines = book_publishing.broken(chapter.title, letters, 2160)
        assert " ".join(lines) == chapter.title
        assert len(lines) <= 2
        assert max(map(letters.getlength, lines)) <= 2160


def test_the_list_for_language_models_names_every_page_and_its_source(site):
    text = (site / "llms.txt").read_text("utf-8")
    assert text.startswith("# The Information Theory of Machine Learning\n\n> ")
    links = re.findall(r"^- \[[^\]]+\]\(([^)]+)\): .{40,}$", text, re.M)
    assert len(links) == len(documents()) - 1
    assert [link for link in links if not (site / link).is_file()] == []
    assert sum(link.endswith(".ipynb") for link in links) == len(STEMS)


# Files for those who cite and reuse


def test_the_citation_file_has_what_the_format_demands():
    citation = yaml.safe_load((BOOK / "CITATION.cff").read_text("utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    version = re.search(r'^version = "(.+)"$', (BOOK / "pyproject.toml").read_text("utf-8"), re.M)[1]
    assert citation["version"] == version
    assert f"## {version}" in (BOOK / "CHANGELOG.md").read_text("utf-8")
    assert citation["license"] == ["MIT", "CC-BY-4.0"]
    assert "MIT License" in (BOOK / "LICENSE").read_text("utf-8")
    assert "CC BY 4.0" in (BOOK / "LICENSE-text").read_text("utf-8")


def test_errata_are_a_table_with_dates_or_said_to_be_none():
    text = (BOOK / "chapters" / "errata.md").read_text("utf-8").partition("## What was wrong\n")[2].partition("\n(sec-")[0]
    rows = re.findall(r"^\| (\d{4}-\d{2}-\d{2}) \| .+ \| .+ \| .+ \|$", text, re.M)
    released = re.findall(r"^## [\d.]+ \((\d{4}-\d{2}-\d{2})\)", (BOOK / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert rows == sorted(rows, reverse=True)
    assert bool(rows) or ("so there is no entry" in text)
    assert released or not rows, "before a release there is nothing to correct"
