"""Data flows one way through `lib`, read off its imports."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in sorted((ROOT / "lib").rglob("*.py"))
}

TORCH_ROOMS = {  # modules that may import torch
    "lib._tensors",
    "lib.annealed_importance",
    "lib.control",
    "lib.dads",
    "lib.diffusion",
    "lib.focal",
    "lib.gan",
    "lib.gan_evaluation",
    "lib.gymnasium_worlds",
    "lib.linear_vae",
    "lib.pixel_likelihoods",
    "lib.skill_discovery",
    "lib.skill_evaluation",
    "lib.skill_planning",
    "lib.soft_actor_critic",
    "lib.training",
    "lib.vae",
    "lib.vae_evaluation",
    "lib.vae_networks",
}
DRAWING = {"lib.plotting"}  # the only one that may import matplotlib
KERNELS = {"lib._blocks", "lib._kernels", "lib._few", "lib._bregman"}  # arrays in, sums out, nothing judged
MEASURES = {"lib.counts", "lib.shannon", "lib.joint", "lib.divergence", "lib.logits", "lib.pairwise"}
MEASURES |= {"lib.gaussian", "lib.continuous"}
OUTSIDE = {"tests", "chapters", "experiments", "benchmarks", "extensions", "tools"}


def imports(source, module, is_package=False):
    """Return the full names that `source`, the text of `module`, imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: len(module.split(".")) - node.level + is_package] if node.level else []
            base = ".".join([*base, *([node.module] if node.module else [])])
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return names


def packages(names):
    return {name.split(".")[0] for name in names}


IMPORTS = {name: imports(path.read_text(encoding="utf-8"), name, path.name == "__init__.py") for name, path in MODULES.items()}


def inside(name):
    """Return the modules of `lib` that the module `name` imports."""
    return {other for other in IMPORTS[name] if other in MODULES} - {name, "lib"}


def test_imports_are_read_wherever_they_stand():
    lines = ["import a.b", "from c import d", "def f():", "    from . import e", "    from ..g.h import i; import torch as t"]
    source = "\n".join(lines)
    assert imports(source, "lib.x.y") == {
        *("a.b", "c", "c.d", "lib.x", "lib.x.e", "lib.g.h", "lib.g.h.i", "torch"),
    }
    assert imports("from . import e", "lib.x", is_package=True) == {"lib.x", "lib.x.e"}


def test_the_rooms_named_here_exist():
    assert set(MODULES) >= {"lib", "lib._checks"} | TORCH_ROOMS | DRAWING | MEASURES | KERNELS


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_nothing_that_lies_outside_the_library(name):
    assert not packages(IMPORTS[name]) & OUTSIDE


@pytest.mark.parametrize("name", sorted(set(MODULES) - TORCH_ROOMS))
def test_torch_lives_in_its_rooms_only(name):
    assert not packages(IMPORTS[name]) & {"torch", "torchvision"}


@pytest.mark.parametrize("name", sorted(set(MODULES) - DRAWING))
def test_matplotlib_is_imported_by_the_plotting_module_only(name):
    assert "matplotlib" not in packages(IMPORTS[name])


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("lib._checks")])
def test_the_checks_import_nothing_else_of_the_library(name):
    assert {other for other in inside(name) if not other.startswith("lib._checks")} == set()
    assert packages(IMPORTS[name]) <= {*sys.stdlib_module_names, "numpy", "lib"}


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_a_kernel_judges_nothing(name):
    assert inside(name) <= KERNELS


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_a_measure_rests_on_checks_and_measures_only(name):
    assert inside(name) <= MEASURES | KERNELS | {"lib._checks"}
    assert packages(IMPORTS[name]) <= {*sys.stdlib_module_names, "numpy", "scipy", "lib"}


def test_no_two_modules_import_each_other():
    TopologicalSorter({name: inside(name) for name in MODULES}).prepare()


def test_the_library_is_imported_from_any_folder_and_without_torch(tmp_path):
    code = "import sys, lib; print(lib.__file__, 'torch' in sys.modules, 'matplotlib' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert result.stdout.split() == [str(ROOT / "lib" / "__init__.py"), "False", "False"]
