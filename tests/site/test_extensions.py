"""The book's own Sphinx extensions on a book of one page: each fault is told, and stops the build."""

import re
import shutil

import pytest
from bs4 import BeautifulSoup

from tests.site.building import BOOK, build

FIGURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="72pt" height="36pt" viewBox="0 0 72 36">'
    '<path d="M0 0L9 9" stroke="#0072B2" fill="none"/><text fill="#2b2f36">p</text></svg>'
)
LEDGER = """
documents: {S0: {title: "A source"}}
claims:
- {id: S0-01, source: S0, topic: entropy, chapter: index, verdict: holds, claim: "One is $1$.", why: "It is.", checks: [test_one]}
- {id: S0-02, source: S0, topic: entropy, chapter: index, verdict: wrong, claim: "Two.", why: "Three.", checks: [test_two, test_three]}
"""
PAGE = r"""
(ch-index)=
# A page

Words that go before everything else, and are long enough for a description.

With a formula, $a^2$, in the second sentence: {eq}`eq-split`.

$$
a &= b \\
  &= c
$$ (eq-split)

```{math}
:label: eq-align
\begin{align} x &= y \end{align}
```

![A line that falls from left to right](figure.svg)

:::{admonition} Claim S0-01: holds
:class: claim holds
One, as {cite}`shannon1948` says.
:::

:::{admonition} Claim S0-01: holds
:class: claim holds
Once more.
:::

```{ledger}
```

```{bibliography}
```
"""
FAULTS = {
    "an undefined citation": ("{cite}`nobody1900`", r'could not find bibtex key "nobody1900"'),
    "a broken reference": ("{ref}`nowhere`", r"undefined label: 'nowhere'"),
    "a broken reference to an equation": ("{eq}`eq-nowhere`", r"equation not found: eq-nowhere"),
    "a link to a page that is not there": ("[page](nowhere.md)", r"'?nowhere"),
    "a formula that does not parse": (r"$\frac{1}{$", r"formula does not parse"),
    "an unknown command": (r"$\expectation x$", r"formula does not parse: .*\\expectation"),
    "a display formula that does not parse": ("$$\n\\begin{aligned} a\n$$ (eq-bad)", r"formula does not parse"),
    "a picture without words": ("![](figure.svg)", r"no alternative text"),
    "an unknown claim": (":::{admonition} Claim S9-99: holds\n:class: claim\nText\n:::", r"claim S9-99 is not in the ledger"),
    "a verdict that differs": (
        ":::{admonition} Claim S0-02: holds\n:class: claim\nText\n:::",
        r"claim S0-02 is wrong in the ledger and holds here",
    ),
    "an exercise without a check": (":::{exercise} One\n:label: ex-nothing\nText\n:::", r"exercise ex-nothing has no check"),
    "options that are not those of the check": (
        ':::{exercise} Two\n:label: ex-entropy-robin-hood\n- `"a"`: up\n- `"b"`: down\n:::',
        r"exercise entropy-robin-hood has the options \['a', 'b'\], and its check \['a', 'b', 'c', 'd'\]",
    ),
    "a claim without a verdict": (":::{admonition} Claim S0-02\n:class: claim\nText\n:::", r"title of a claim is not of the form"),
}


def small_book(folder, *, page: str):
    """Lay out a book of one page that has the configuration of the real one."""
    (folder / "chapters").mkdir(parents=True)
    (folder / "chapters" / "index.md").write_text(page, "utf-8")
    (folder / "chapters" / "figure.svg").write_text(FIGURE, "utf-8")
    (folder / "_toc.yml").write_text("format: jb-book\nroot: chapters/index\n", "utf-8")
    (folder / "claims.yml").write_text(LEDGER, "utf-8")
    (folder / "references.bib").write_text("@book{shannon1948, author={C. Shannon}, title={T}, publisher={P}, year={1948}}", "utf-8")
    # Without the reduction of fonts, which takes most of the time of so small a book.
    config = (BOOK / "_config.yml").read_text("utf-8")
    (folder / "_config.yml").write_text(re.sub(r".*\bbook_fonts\b.*\n", "", config), "utf-8")
    shutil.copytree(BOOK / "extensions", folder / "extensions", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    result = build(small_book(folder / "book", page=PAGE), folder)
    assert result.returncode == 0, result.stdout
    return folder / "_build" / "html"


@pytest.fixture(scope="module")
def soup(sound):
    return BeautifulSoup((sound / "chapters" / "index.html").read_bytes(), "html.parser")


@pytest.fixture(scope="module")
def complaints(tmp_path_factory):
    """What the build says of a page that has every fault."""
    folder = tmp_path_factory.mktemp("faulty")
    page = PAGE + "\n\n".join(["", *(text for text, _ in FAULTS.values()), ""])
    result = build(small_book(folder / "book", page=page), folder)
    assert result.returncode != 0
    return "\n".join(line for line in result.stdout.splitlines() if "WARNING" in line)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_build_stops_at(fault, complaints):
    assert re.search(FAULTS[fault][1], complaints), complaints


def test_one_fault_alone_stops_the_build(tmp_path):
    result = build(small_book(tmp_path / "book", page=PAGE + "\n$\\frac{1}{$\n"), tmp_path)
    assert result.returncode != 0
    assert len(re.findall("WARNING", result.stdout)) == 1


def test_every_fault_is_told_once(complaints):
    assert len(complaints.splitlines()) == len(FAULTS), complaints


def test_formulas_carry_their_number_and_are_numbered_once(soup):
    boxes = soup.select(".math.displayed")
    assert [box.select_one(".math-scroll")["aria-label"] for box in boxes] == ["Equation 1", "Equation 2"]
    assert [box["id"] for box in boxes] == ["equation-eq-split", "equation-eq-align"]
    assert soup.find("a", href="#equation-eq-split", class_="reference")
    assert soup.select(".katex .tag, .katex .eqn-num") == []  # KaTeX does not number as well


def test_formulas_can_be_read_by_a_screen_reader(soup):
    for formula in soup.select(".katex"):
        assert formula.find("math")
        assert formula.select_one(".katex-html")["aria-hidden"] == "true"


def test_a_figure_becomes_a_light_and_a_dark_picture(sound, soup):
    light, dark = soup.select(".themed img")
    assert (light["class"], dark["class"]) == (["only-light"], ["only-dark"])
    assert light["alt"] == dark["alt"] == "A line that falls from left to right"
    assert (light["width"], light["height"]) == ("96", "48")
    pictures = [(sound / "chapters" / picture["src"]).resolve().read_text("utf-8") for picture in (light, dark)]
    assert pictures[0] == FIGURE
    assert "#0072B2" not in pictures[1]
    assert pictures[1] == FIGURE.replace("#0072B2", "#56b4e9").replace("#2b2f36", "#d9dde3")


def test_a_claim_and_its_row_link_to_each_other(soup):
    box, second = soup.select(".admonition.claim")
    assert box["id"] == "claim-s0-01"
    assert not second.has_attr("id")
    assert box.select_one(".admonition-title a")["href"] == "#ledger-s0-01"
    assert box.select_one(".verdict").text == "holds"
    row = soup.find("tr", id="ledger-s0-01")
    assert row.find("a", href="#claim-s0-01")
    assert {"verdict-holds", "source-s0"} <= set(row["class"])


def test_a_claim_that_the_chapter_does_not_box_links_to_the_chapter(soup):
    assert soup.find("tr", id="ledger-s0-02").find("a")["href"] in ("", "#")


def test_the_ledger_has_a_row_a_claim_with_formulas_and_tests(soup):
    rows = soup.select("tr.ledger-row")
    assert len(rows) == 2
    assert rows[0].select_one(".katex")
    assert [code.text for code in rows[1].select(".ledger-tests code")] == ["test_two", "test_three"]
    assert [count.text for count in soup.select(".ledger-verdicts dt")] == ["holds 1", "wrong 1"]


def test_the_description_is_made_of_plain_words(soup):
    description = soup.find("meta", attrs={"name": "description"})["content"]
    assert description == "Words that go before everything else, and are long enough for a description."
