"""The environment in which a chapter runs, wherever it runs.

`make run` and the test run both import this module, so the outputs that are stored and the outputs they are compared
with come out of the same settings. Everything here is inherited by the kernels that the two start.
"""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"

SETTINGS = {
    "PYTHONHASHSEED": "0",  # sets and dictionaries of strings print in one order
    "OMP_NUM_THREADS": "1",  # sums are added up in one order
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "TQDM_DISABLE": "1",  # progress bars write times
    "NO_COLOR": "1",
    "COLUMNS": "88",  # some tables look at the terminal's width
    "TZ": "UTC",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # else the kernel's debugger may write to stderr
    "IPYTHONDIR": str(ROOT / "_build" / "ipython"),  # a reader's own startup files would change what a chapter prints
}

# A kernel draws figures into the notebook unless one of these says otherwise.
UNWANTED = ("MPLBACKEND", "FORCE_COLOR", "PYTHONWARNINGS", "PYTHONSTARTUP")


def apply(environment=os.environ):
    """Put the settings into `environment`, by default that of this process and its children."""
    environment.update(SETTINGS)
    Path(SETTINGS["IPYTHONDIR"]).mkdir(parents=True, exist_ok=True)
    for name in UNWANTED:
        environment.pop(name, None)
