import ast

import lib
from lib import entropy, kl_divergence
from lib.show import source


def test_the_shown_source_is_the_code_without_its_docstring():
    shown = source(entropy).data
    assert shown.startswith("```python\ndef entropy(p, *, base=2, axis=-1):\n")
    assert shown.endswith("\n```")
    assert "Parameters" not in shown
    assert "result = _kernels.mean_cost(p, p)" in shown


def test_what_is_shown_runs():
    for name in lib.__all__:
        code = source(getattr(lib, name)).data.removeprefix("```python\n").removesuffix("\n```")
        assert ast.parse(code).body[0].name == name


def test_several_functions_are_shown_one_after_the_other():
    shown = source(entropy, kl_divergence).data
    assert shown.index("def entropy") < shown.index("def kl_divergence")


def test_a_function_without_a_docstring_is_shown_whole():
    assert "def test_what_is_shown_runs" in source(test_what_is_shown_runs).data
