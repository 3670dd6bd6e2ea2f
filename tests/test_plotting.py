"""The palette can be seen: on both pages, and without telling colours apart."""

import io
import itertools
import json
import re
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from lib import plotting

LIGHT, NIGHT = "#ffffff", "#14181e"
# Viénot, Brettel and Mollon (1999): what is left of linear RGB without one kind of cone.
BLINDNESS = {
    "protanopia": [[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]],
    "deuteranopia": [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]],
}


@pytest.fixture(autouse=True)
def restore_style():
    with mpl.rc_context():
        yield
    plt.close("all")


def linear(colour):
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def luminance(colour):
    return linear(colour) @ [0.2126, 0.7152, 0.0722]


def contrast(a, b):
    light, dark = sorted([luminance(a), luminance(b)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_data_colours_have_a_contrast_of_3_on_both_pages_and_ink_of_7():
    for colour in (*plotting.CYCLE, plotting.FAINT):
        assert contrast(colour, LIGHT) >= 3
        assert contrast(plotting.DARK[colour], NIGHT) >= 3
    assert contrast(plotting.INK, LIGHT) >= 7
    assert contrast(plotting.DARK[plotting.INK], NIGHT) >= 7


def test_every_colour_has_its_dark_counterpart_and_no_other():
    assert set(plotting.DARK) == {plotting.INK, plotting.FAINT, *plotting.CYCLE}
    assert len(set(plotting.DARK.values())) == len(plotting.DARK)
    assert not set(plotting.DARK.values()) & set(plotting.DARK), "a second pass would change the colours again"


@pytest.mark.parametrize("kind", BLINDNESS)
def test_the_first_two_colours_differ_for_the_colour_blind(kind):
    seen = [np.array(BLINDNESS[kind]) @ linear(c) for c in plotting.CYCLE[:2]]
    assert np.linalg.norm(seen[0] - seen[1]) > 0.2


def test_colour_is_never_the_only_difference():
    assert len(set(plotting.LINESTYLES)) == len(plotting.CYCLE)
    for a, b in itertools.combinations(plotting.STYLE["axes.prop_cycle"], 2):
        assert a["linestyle"] != b["linestyle"]


def draw():
    fig, ax = plt.subplots()
    ax.plot([0, 1], [0, 1], label="a")
    ax.legend()
    file = io.StringIO()
    fig.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def test_two_drawings_have_the_same_bytes_and_text_stays_text():
    plotting.use_book_style()
    first = draw()
    assert draw() == first
    assert "<text" in first
    assert "<dc:date>" not in first


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[1] / "chapters").glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_chapters_draw_in_the_palette(path):
    # Matplotlib's own colours, black and white would stay as they are on a dark page.
    foreign = {"#000000", "#ffffff", *(mpl.colors.to_hex(f"C{i}") for i in range(10))} - set(plotting.DARK)
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            figure = "".join(output.get("data", {}).get("image/svg+xml", ""))
            assert not foreign & set(re.findall("#[0-9a-f]{6}", figure)), cell["id"]


def test_the_page_shines_through():
    plotting.use_book_style()
    assert "#ffffff" not in draw()
