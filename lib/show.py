"""Show the library's own source inside a chapter, where it can't go stale."""

import ast
import inspect
import textwrap


def source(*functions):
    """Return the source of library functions, without their docstrings.

    The cell that shows it is compared with its stored output at each test run,
    so what a chapter shows is what the library does.

    Parameters
    ----------
    *functions : callable
        Functions written in Python.

    Returns
    -------
    IPython.display.Markdown
        A block of code that Jupyter, GitHub and the site all render.

    Examples
    --------
    >>> print(source(source).data.splitlines()[1])
    def source(*functions):
    """
    from IPython.display import Markdown

    return Markdown("```python\n" + "\n\n".join(map(_without_docstring, functions)) + "\n```")


def _without_docstring(function):
    text = textwrap.dedent(inspect.getsource(function))
    definition = ast.parse(text).body[0]
    lines = text.rstrip().splitlines()
    if ast.get_docstring(definition) is not None:
        docstring = definition.body[0]
        del lines[docstring.lineno - 1 : docstring.end_lineno]
    return "\n".join(lines).replace("\n\n", "\n")
