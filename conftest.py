"""What every test run does first, whichever part of it is asked for."""

import os

from tools import environment

environment.apply()  # for the kernels that run the chapters, and for the tests alike

import matplotlib  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

matplotlib.use("Agg")  # no test opens a window

# The same examples in each run, so that red is red for everybody; `explore` looks further (weekly run).
settings.register_profile("book", derandomize=True, deadline=None, print_blob=True)
settings.register_profile(
    "explore", max_examples=1000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "book"))


ORDER = ("lib/", "chapters/", "tests/site/")  # after everything else, fast checks first


def pytest_collection_modifyitems(items):
    items.sort(key=_rank)


def _rank(item):
    path = item.path.relative_to(environment.ROOT).as_posix()
    return next((rank for rank, folder in enumerate(ORDER, start=1) if path.startswith(folder)), 0)
