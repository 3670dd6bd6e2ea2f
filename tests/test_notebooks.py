"""Every chapter is stored in one form, a broken one is seen, and two runs leave the same bytes."""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import environment, notebook_form, notebook_text, run_chapter

CHAPTERS = sorted(environment.CHAPTERS.glob("*.ipynb"))
FIGURE = {"image": {"alt": "a rising line"}, "figure": {"caption": "It rises.", "name": "fig-line"}}
DRAW = """\
import matplotlib.pyplot as plt
from lib.plotting import use_book_style

use_book_style()
fig, ax = plt.subplots()
bars = ax.bar(["a", "b"], [1, 2])"""
PRINT = 'import sys, time\nprint({"x", "yy", "zzz"})\nprint(1, flush=True)\ntime.sleep(0.05)\nprint(2)'


@pytest.fixture
def notebook():
    """A chapter with nothing wrong in it."""
    return notebook_form.normalise(
        new_notebook(
            cells=[
                new_markdown_cell("# A title"),
                new_code_cell("1 + 1", outputs=[new_output("execute_result", {"text/plain": "2"})]),
                new_code_cell(
                    "plot()",
                    metadata={"mystnb": FIGURE},
                    outputs=[new_output("display_data", {"image/svg+xml": "<svg/>"})],
                ),
            ]
        )
    )


def test_solutions_are_folded_away_and_nothing_else_is():
    notebook = new_notebook(
        cells=[
            new_markdown_cell(":::{exercise} One\n:::"),
            new_code_cell("answer = None"),
            new_markdown_cell(":::{solution-start} ex-one\n:::"),
            new_code_cell("answer = 1"),
            new_code_cell("answer + 1"),
            new_markdown_cell(":::{solution-end}\n:::\n\n:::{exercise} Two\n:::"),
            new_code_cell("answer = None", metadata={"jupyter": {"source_hidden": True}}),
        ]
    )
    cells = notebook_form.normalise(notebook).cells
    hidden = [cell.metadata.get("jupyter", {}).get("source_hidden", False) for cell in cells]
    assert hidden == [False, False, False, True, True, False, False]


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


# The chapters


def test_there_are_chapters():
    assert CHAPTERS


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_is_stored_in_the_normal_form(path):
    text = path.read_text(encoding="utf-8")
    notebook = notebook_form.read(text)
    nbformat.validate(notebook)
    assert text == notebook_form.write(notebook_form.normalise(notebook)), f"make run CHAPTER={path.stem}"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_has_no_problems(path):
    assert notebook_form.problems(notebook_form.read(path.read_text(encoding="utf-8"))) == []


# The normal form


def test_normalising_twice_changes_nothing(notebook):
    assert notebook_form.normalise(notebook) == notebook


def change(notebook, what):
    """Break the form of `notebook` in one way."""
    code = notebook.cells[1]
    match what:
        case "id":
            code.id = "a1b2c3"
        case "order":
            notebook.cells[1].execution_count, notebook.cells[2].execution_count = 2, 1
        case "count of an output":
            code.outputs[0].execution_count = 7
        case "never run":
            code.execution_count = None
        case "timing":
            code.metadata["execution"] = {"iopub.status.busy": "2026-01-01T00:00:00Z"}
        case "editor":
            code.metadata["scrolled"] = True
        case "kernel":
            notebook.metadata.kernelspec.display_name = "my environment"
        case "version":
            notebook.metadata.language_info.version = "3.11.7"
        case "widgets":
            notebook.metadata["widgets"] = {"state": {}}
        case "widget":
            code.outputs[0].data["application/vnd.jupyter.widget-view+json"] = {}
        case "stream":
            code.outputs = [stream("a\n"), stream("b\n")]
        case "empty line":
            code.source += "\n"


WAYS = [
    *("id", "order", "count of an output", "never run", "timing", "editor"),
    *("kernel", "version", "widgets", "widget", "stream", "empty line"),
]


@pytest.mark.parametrize("what", WAYS)
def test_what_departs_from_the_form_is_seen(notebook, what):
    good = notebook_form.write(notebook)
    change(notebook, what)
    assert notebook_form.write(notebook) != good, "the change is one"
    mended = notebook_form.write(notebook_form.normalise(notebook))
    assert mended == good or what == "stream"
    assert mended != notebook_form.write(notebook)


def test_pieces_of_a_stream_are_joined(notebook):
    notebook.cells[1].outputs = [stream("a"), stream("b\n"), stream("c", "stderr"), stream("d")]
    outputs = notebook_form.normalise(notebook).cells[1].outputs
    assert [(output.name, output.text) for output in outputs] == [("stdout", "ab\n"), ("stderr", "c"), ("stdout", "d")]


def test_the_order_of_keys_in_the_file_is_seen(notebook):
    text = notebook_form.write(notebook)
    assert text.index('"cells"') < text.index('"metadata": {\n  "kernelspec"') < text.index('"nbformat"')
    assert text.endswith("}\n")


def test_the_metadata_that_the_site_reads_stay(notebook):
    notebook.cells[1].metadata.tags = ["hide-input"]
    assert notebook_form.normalise(notebook).cells[1].metadata == {"tags": ["hide-input"]}
    assert notebook_form.normalise(notebook).cells[2].metadata == {"mystnb": FIGURE}


# What the author has to mend


def test_a_good_chapter_has_no_problems(notebook):
    assert notebook_form.problems(notebook) == []


BAD_OUTPUTS = {
    "raised ValueError: no": new_output("error", ename="ValueError", evalue="no", traceback=[]),
    "stderr: careful": stream("careful\n", "stderr"),
    "'/home/reader/book/lib'": stream("/home/reader/book/lib\n"),
    "'/home/a/b'": stream("in '/home/a/b'"),
    "'/root/x'": new_output("display_data", {"text/html": "<a href='/root/x'>"}),
    "'/tmp/y.txt'": new_output("display_data", {"text/markdown": "at `/tmp/y.txt"}),
    "site-packages": stream("lib/python3/site-packages/numpy\n"),
    "ipykernel_123": stream("File ipykernel_123\n"),
    "/Users/me": stream("/Users/me\n"),
    r"'C:\\Users\\me'": stream("C:\\Users\\me\n"),
    "a memory address": stream("<function f at 0x7f3a2c1d9e10>\n"),
    "colour code": stream("\x1b[31mred\x1b[0m\n"),
    "a date in a figure": new_output("display_data", {"image/svg+xml": "<svg><dc:date>2026-01-01</dc:date></svg>"}),
    "figure is image/png": new_output("display_data", {"image/png": "iVBORw0KGgo="}),
    "figure is image/jpeg": new_output("display_data", {"image/jpeg": "iVBORw0KGgo="}),
}


@pytest.mark.parametrize("words", BAD_OUTPUTS)
def test_a_bad_output_is_named_with_its_cell(notebook, words):
    notebook.cells[2].outputs = [BAD_OUTPUTS[words]]
    found = notebook_form.problems(notebook)
    assert len(found) == 1, found
    assert found[0].startswith("cell 3: ")
    assert words in found[0]


def test_an_address_on_the_web_is_no_path_of_the_machine(notebook):
    notebook.cells[1].outputs = [stream("https://example.org/home/x ../tmp/ 1/tmp/2 0x1.8p+1 and 0xdeadbeef\n")]
    assert notebook_form.problems(notebook) == []


def test_embedded_data_is_not_read_as_text(notebook):
    notebook.cells[2].outputs[0].data["image/svg+xml"] = '<image href="data:image/png;base64,AA/tmp/AA"/>'
    assert notebook_form.problems(notebook) == []


def test_a_path_in_the_source_is_seen(notebook):
    notebook.cells[1].source = 'open("/home/me/data.txt")'
    assert "its source holds a path" in notebook_form.problems(notebook)[0]


def test_a_cell_has_fifteen_lines_at_most_unless_its_input_is_hidden(notebook):
    cell = notebook.cells[1]
    cell.source = "\n".join(["x = 1"] * 15)
    assert notebook_form.problems(notebook) == []
    cell.source += "\nx"
    assert notebook_form.problems(notebook) == ["cell 2: 16 lines, 15 at most unless a plot's cell is tagged hide-input"]
    cell.metadata.tags = ["hide-input"]
    assert notebook_form.problems(notebook) == []


@pytest.mark.parametrize("missing", ["image.alt", "figure.caption", "figure.name"])
def test_a_figure_has_alt_text_and_caption_and_name(notebook, missing):
    part, key = missing.split(".")
    settings = {outer: dict(inner) for outer, inner in FIGURE.items()}
    del settings[part][key]
    notebook.cells[2].metadata["mystnb"] = settings
    assert notebook_form.problems(notebook) == [f"cell 3: its figure has no {missing} in the metadata mystnb"]


def test_a_semicolon_that_hides_a_result_is_seen(notebook):
    notebook.cells[1].source = "plot()  # a ;\nx = 1; y = 2"
    assert notebook_form.problems(notebook) == []
    notebook.cells[1].source = "ax.bar(x, y);"
    assert "hides its result" in notebook_form.problems(notebook)[0]


# Running


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A small chapter that prints and draws, as one run stores it."""
    path = tmp_path_factory.mktemp("chapter") / "small.ipynb"
    cells = [new_markdown_cell("# Small"), new_code_cell(PRINT), new_code_cell(DRAW, metadata={"mystnb": FIGURE})]
    nbformat.write(new_notebook(cells=cells), path)
    assert run_chapter.run(path) == []
    return path


def test_two_runs_leave_the_same_bytes(ran, monkeypatch):
    first = ran.read_bytes()
    monkeypatch.setenv("COLUMNS", "40")  # the caller's terminal
    environment.apply()
    assert run_chapter.run(ran) == []
    assert ran.read_bytes() == first
    assert b"image/svg+xml" in first


def test_the_command_passes_a_good_chapter_and_refuses_a_broken_one(ran, tmp_path, capsys, monkeypatch):
    good = ran.read_text(encoding="utf-8")
    path = tmp_path / "small.ipynb"
    for text, code in ((good, 0), (good.replace("cell-02", "cell-xx"), 1)):
        path.write_text(text, encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["run_chapter.py", "--check", str(path)])
        assert run_chapter.main() == code
    assert "not in the stored form" in capsys.readouterr().err


def test_a_cell_that_raises_is_named_and_leaves_the_file_alone(tmp_path):
    path = tmp_path / "raises.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell("# R"), new_code_cell("raise ValueError('no')")]), path)
    before = path.read_bytes()
    (problem,) = run_chapter.run(path)
    assert problem.startswith("cell 2 raised")
    assert problem.rstrip().endswith("ValueError: no")
    assert path.read_bytes() == before


def test_a_warning_is_a_problem(tmp_path):
    path = tmp_path / "warns.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("import warnings\nwarnings.warn('careful')")]), path)
    (problem,) = run_chapter.run(path)
    assert problem.startswith("cell 1: it wrote to stderr")
    assert "careful" in problem


def test_chapters_are_found_by_prefix_by_name_and_by_path(tmp_path):
    for name in ("01_a.ipynb", "02_b.ipynb", "02_c.ipynb"):
        (tmp_path / name).touch()
    assert [p.name for p in run_chapter.find([], tmp_path)] == ["01_a.ipynb", "02_b.ipynb", "02_c.ipynb"]
    assert [p.name for p in run_chapter.find(["02"], tmp_path)] == ["02_b.ipynb", "02_c.ipynb"]
    assert [p.name for p in run_chapter.find(["02_c"], tmp_path)] == ["02_c.ipynb"]
    assert run_chapter.find([str(tmp_path / "01_a.ipynb")], tmp_path) == [tmp_path / "01_a.ipynb"]
    with pytest.raises(SystemExit, match="No chapter begins with '09'; there are: 01_a, 02_b, 02_c"):
        run_chapter.find(["09"], tmp_path)


CHANGES = {
    "same": (r"^", ""),
    "digit": (r'"2\\n"', r'"3\\n"'),
    "bar": (r'(patch_3.*?"L )\d', r"\g<1>9"),
}


def test_a_changed_digit_and_a_changed_bar_are_seen_by_the_comparison(ran, tmp_path):
    for name, (pattern, replacement) in CHANGES.items():
        text = ran.read_text(encoding="utf-8")
        text, number = re.subn(pattern, replacement, text, count=1, flags=re.DOTALL)
        assert number == 1
        (tmp_path / f"{name}.ipynb").write_text(text, encoding="utf-8")
    settings = ["-c", environment.ROOT / "pyproject.toml", "--rootdir", tmp_path, "--confcutdir", tmp_path]
    command = [sys.executable, "-m", "pytest", "-q", "-o", f"cache_dir={tmp_path / 'cache'}", *settings, tmp_path]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    failed = re.findall(r"^FAILED (\w+)\.ipynb::Cell (\d)", result.stdout, re.MULTILINE)
    assert failed == [("bar", "1"), ("digit", "0")], result.stdout + result.stderr
    assert "2 failed, 4 passed" in result.stdout


# Reading differences


def test_a_figure_is_one_line_of_the_text_that_git_compares(ran):
    text = list(notebook_text.lines(notebook_form.read(ran.read_text(encoding="utf-8"))))
    assert [line for line in text if line.startswith("──> image/svg+xml, ")]
    assert not [line for line in text if "<svg" in line]
    assert "1" in text
    assert 'bars = ax.bar(["a", "b"], [1, 2])' in text


def test_a_changed_figure_changes_one_line_of_that_text(ran):
    notebook = notebook_form.read(ran.read_text(encoding="utf-8"))
    before = list(notebook_text.lines(notebook))
    notebook.cells[2].outputs[0].data["image/svg+xml"] += " "
    after = list(notebook_text.lines(notebook))
    assert len([1 for old, new in zip(before, after, strict=True) if old != new]) == 1


def test_the_comparison_reads_the_file_as_git_hands_it_over(ran):
    command = [sys.executable, Path(notebook_text.__file__), ran]
    result = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert "───── cell 2, code" in result.stdout


def imported(path):
    """The packages that the code of a chapter imports, beside Python's own and ours."""
    nodes = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            code = "\n".join(line for line in cell.source.splitlines() if not line.lstrip().startswith("%"))
            nodes += ast.walk(ast.parse(code))
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    return {module.partition(".")[0] for module in modules} - sys.stdlib_module_names - {"lib"}


def test_chapters_without_torch_need_the_light_set_alone():
    # What it names, not what that brings along, which can change with each release; IPython is what runs the cells.
    named = re.findall(r"^([\w.-]+)==", (environment.ROOT / "requirements-book.txt").read_text("utf-8"), re.M)
    light, origin = {name.lower() for name in named}, packages_distributions()
    used = {(path.stem, name) for path in CHAPTERS for name in imported(path) - {"IPython"} if "torch" not in imported(path)}
    assert {one for one in used if not {name.lower() for name in origin[one[1]]} & light} == set()


def test_chapter_5_names_the_chapters_that_need_torch():
    need = [int(path.stem[:2]) for path in CHAPTERS if "torch" in imported(path)]
    assert need == [5, *range(17, 21), 23, 24]
    text = "".join(cell.source for cell in nbformat.read(environment.CHAPTERS / "05_cross_entropy.ipynb", as_version=4).cells)
    assert "Chapters 17 to 20, 23 and 24 need it too, the others don't." in text
