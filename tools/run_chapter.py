"""Run a chapter in a fresh kernel and store it in the one form in which chapters are kept.

    python tools/run_chapter.py            every chapter
    python tools/run_chapter.py 02 03      the chapters whose names begin so
    python tools/run_chapter.py --check    look at the form only, run nothing, write nothing
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools import environment, notebook_form

environment.apply()  # before the kernel's libraries are imported

from ipykernel.kernelspec import get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

CELL_TIMEOUT = 120  # seconds, as in the tests


class ThisEnvironment(KernelSpecManager):
    """Finds one kernel: this Python. A kernel `python3` of the user's own would have other packages."""

    def get_kernel_spec(self, kernel_name):
        return KernelSpec(resource_dir="", **get_kernel_dict())


def find(names, folder=environment.CHAPTERS):
    """Return the chapters that `names` mean: prefixes or paths; all of them for no name."""
    chapters = sorted(folder.glob("*.ipynb"))
    if not names:
        return chapters
    found = []
    for name in names:
        path = Path(name)
        matches = [path] if path.suffix == ".ipynb" else [c for c in chapters if c.name.startswith(path.name)]
        if not matches or not matches[0].exists():
            raise SystemExit(f"No chapter begins with {name!r}; there are: {', '.join(c.stem for c in chapters)}")
        found += matches
    return found


def execute(notebook, folder):
    """Run every cell of `notebook` in place, in a new kernel that works in `folder`."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=ThisEnvironment())
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=CELL_TIMEOUT,
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],  # of the kernel: its warnings are about itself, not about the chapter
    )
    client.execute(cleanup_kc=True)  # else a kernel manager of one's own is left running


def run(path):
    """Execute and store one chapter; return what is wrong with it."""
    before = path.read_text(encoding="utf-8")
    notebook = notebook_form.read(before)
    started = time.monotonic()
    try:
        execute(notebook, path.parent)
    except CellExecutionError as error:
        number = next(
            n for n, cell in enumerate(notebook.cells, start=1)
            if any(output.output_type == "error" for output in cell.get("outputs", []))
        )
        words = notebook_form.ESCAPE.sub("", str(error))
        return [f"cell {number} raised; the file is left as it was\n{words}"]
    notebook = notebook_form.normalise(notebook)
    after = notebook_form.write(notebook)
    path.write_text(after, encoding="utf-8", newline="\n")
    word = "unchanged" if after == before else "written"
    print(f"{path.name}: {word}, {len(after) // 1024} kB, {time.monotonic() - started:.0f} s")
    return notebook_form.problems(notebook)


def check(path):
    """Return what is wrong with the stored file."""
    text = path.read_text(encoding="utf-8")
    notebook = notebook_form.read(text)
    found = notebook_form.problems(notebook)
    if notebook_form.write(notebook_form.normalise(notebook)) != text:
        found.append(f"not in the stored form; `make run CHAPTER={path.stem}` puts it there")
    if not found:
        print(f"{path.name}: in order")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chapters", nargs="*", help="prefixes of file names, or paths; all when missing")
    parser.add_argument("--check", action="store_true", help="look at the stored form only")
    arguments = parser.parse_args()
    paths = find(arguments.chapters)
    if not paths:
        raise SystemExit(f"No chapter in {environment.CHAPTERS}")
    failed = False
    for path in paths:
        for problem in (check if arguments.check else run)(path):
            failed = True
            print(f"{path.name}: {problem}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
