"""The pages around the chapters: what they print is recomputed, what they name exists."""

import doctest
import inspect
import json
import math
import re
import unicodedata
from collections import Counter
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import yaml
from scipy import special, stats
from scipy.integrate import quad
from scipy.spatial.distance import jensenshannon
from sklearn.metrics import log_loss, mutual_info_score

import lib
import lib.data
import lib.exercises
import lib.problems
import lib.show

ROOT = Path(__file__).parents[1]
PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "chapters").glob("*.md"))}
OURS = (
    *("index.md", "notation.md", "exercises.md", "glossary.md", "sources.md", "api.md"),
    *("teaching.md", "running.md", "status.md", "errata.md"),
)


def _notebook(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


TEXTS = PAGES | {path.name: _notebook(path) for path in sorted((ROOT / "chapters").glob("*.ipynb"))}


# Names that the pages use


DEFINED = re.compile(r"^\(([a-z0-9-]+)\)=$|^:label: *([a-z0-9-]+)$", re.M)
LABELS = [page or exercise for text in TEXTS.values() for page, exercise in DEFINED.findall(text)]
TERMS = re.findall(r"^(\S.*)\n  <span", PAGES["glossary.md"], re.M)
BIB = (ROOT / "references.bib").read_text(encoding="utf-8")
BIB_KEYS = re.findall(r"^@\w+\{([^,]+),", BIB, re.M)


def test_no_label_is_used_twice():
    assert [label for label, count in Counter(LABELS).items() if count > 1] == []


@pytest.mark.parametrize("name", OURS)
def test_a_page_has_its_label(name):
    assert f"ch-{name.removesuffix('.md')}" in LABELS


@pytest.mark.parametrize("name", TEXTS)
def test_every_name_that_a_page_refers_to_exists(name):
    text = re.sub(r"```.*?```", "", TEXTS[name], flags=re.S)
    used = re.findall(r"\{ref\}`(?:[^`<]*<)?([^`<>]+)>?`", text)
    assert [label for label in used if label not in LABELS] == []
    cited = [key.strip() for keys in re.findall(r"\{cite[:a-z]*\}`([^`]+)`", text) for key in keys.split(",")]
    assert [key for key in cited if key not in BIB_KEYS] == []
    terms = re.findall(r"\{term\}`(?:[^`<]*<)?([^`<>]+)>?`", text)
    assert [term for term in terms if term not in TERMS] == []


def test_the_pattern_for_references_finds_both_forms():
    # Without this, a test above that finds nothing to check would pass.
    found = {label for text in TEXTS.values() for label in re.findall(r"\{ref\}`(?:[^`<]*<)?([^`<>]+)>?`", text)}
    assert {"ch-kl", "ch-ledger", "sec-known-errors"} <= found
    assert len(BIB_KEYS) > 10
    assert len(TERMS) > 60


@pytest.mark.parametrize("name", OURS)
def test_every_page_stands_in_the_table_of_contents(name):
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]
    assert f"chapters/{name.removesuffix('.md')}" in files


@pytest.mark.parametrize("name", OURS)
def test_the_examples_of_a_page_run(name):
    blocks = re.findall(r"^```python\n(>>> .*?)^```", PAGES[name], re.M | re.S)
    runner = doctest.DocTestRunner()
    for number, block in enumerate(blocks):
        runner.run(doctest.DocTestParser().get_doctest(block, {}, f"{name}:{number}", name, 0))
    assert runner.failures == 0
    assert blocks or name not in ("index.md", "notation.md")


# The front page


def test_the_front_page_names_every_chapter_in_order():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    labels = []
    for chapter in (chapter for part in toc["parts"] if part.get("numbered") for chapter in part["chapters"]):
        text = TEXTS[f"{Path(chapter['file']).name}.ipynb"]
        labels.append(re.search(r"^\((ch-[a-z-]+)\)=$", text, re.M)[1])
    assert re.findall(r"^\d+\. \{ref\}`(ch-[a-z-]+)`", PAGES["index.md"], re.M) == labels


def test_the_commands_on_the_front_page_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = set(re.findall(r"\bmake ([a-z-]+)", PAGES["index.md"].partition("## Run it")[2]))
    assert {"book", "lab", "test", "run"} <= commands
    assert [command for command in commands if not re.search(rf"^{command}:", makefile, re.M)] == []


def test_the_files_that_the_front_page_names_exist():
    named = re.findall(r"`(CITATION\.cff|LICENSE(?:-text)?)`", PAGES["index.md"])
    assert len(named) == 3
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_python_version_on_the_front_page_is_that_of_the_package():
    version = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))[1]
    assert f"Python {version} or later" in PAGES["index.md"]


# The notation page


def test_every_function_that_the_symbols_name_exists():
    rows = re.findall(r"^\| \$.*\| `([a-z_]+)` \|$", PAGES["notation.md"], re.M)
    functions = [name for name in rows if name not in ("p", "q", "joint", "logits", "base")]
    others = {name for name in lib.__all__ if "_from_" in name or name.startswith("pairwise_")}
    assert set(functions) == set(lib.__all__) - others - {"normalize", "log_softmax"}


def test_the_rules_for_zeros_are_those_of_lib():
    assert lib.self_information(0.0) == math.inf
    assert lib.entropy([1.0, 0.0]) == 0
    assert lib.kl_divergence([1.0, 0.0], [1.0, 0.0]) == 0
    assert lib.kl_divergence([1.0, 0.0], [0.5, 0.5]) == 1
    assert lib.kl_divergence([0.5, 0.5], [1.0, 0.0]) == math.inf
    t = 10.0 ** -np.arange(2, 300, 20)
    assert (np.diff(np.abs(t * np.log(t))) < 0).all()
    assert abs(t[-1] * np.log(t[-1])) < 1e-250


def test_units_and_bases_are_as_the_notation_says():
    assert f"{1 / math.log(2):.4f}" in PAGES["notation.md"]
    with_base = {name: inspect.signature(getattr(lib, name)).parameters.get("base") for name in lib.__all__}
    assert {name for name, base in with_base.items() if base is None} == {"normalize", "softmax"}
    assert {name: base.default for name, base in with_base.items() if base and base.default != 2} == {"log_softmax": math.e}
    assert all(base.kind is base.KEYWORD_ONLY for base in with_base.values() if base)


def test_rows_are_x_and_columns_are_y():
    joint = np.array([[0.5, 0.0], [0.25, 0.25]])  # X = first row settles Y; X = second row leaves a fair coin
    assert lib.conditional_entropy(joint, given="x") == 0.5
    assert lib.conditional_entropy(joint, given="y") == pytest.approx(0.75 * lib.entropy([2 / 3, 1 / 3]))


# The table "the same measure elsewhere": one test a row


P, Q = np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.25, 0.5])
TP, TQ = torch.tensor(P), torch.tensor(Q)
D_PQ, H_P = math.log(2), math.log(2)  # by hand: 2 * 0.5 * ln(0.5 / 0.25), and a fair coin
NATS = {"rel": 1e-12, "abs": 1e-15}


def elsewhere_scipy_entropy():
    assert stats.entropy(P) == pytest.approx(H_P, **NATS)
    assert stats.entropy([2, 2, 0]) == stats.entropy(P)
    rows = np.array([[0.5, 0.5], [0.1, 0.9]])
    assert stats.entropy(rows) == pytest.approx([stats.entropy(rows[:, 0]), stats.entropy(rows[:, 1])])


def elsewhere_scipy_relative_entropy():
    assert stats.entropy(P, Q) == pytest.approx(D_PQ, **NATS)
    assert stats.entropy(P, Q) != pytest.approx(lib.cross_entropy(P, Q, base=math.e))
    assert stats.entropy(Q, P) == math.inf
    assert stats.entropy([2, 2, 0], [1, 1, 2]) == pytest.approx(D_PQ, **NATS)


def elsewhere_scipy_entr():
    assert special.entr(P) == pytest.approx([H_P / 2, H_P / 2, 0], **NATS)
    assert special.entr(-1.0) == -math.inf


def elsewhere_scipy_rel_entr():
    assert special.rel_entr(P, Q) == pytest.approx([D_PQ / 2, D_PQ / 2, 0], **NATS)
    assert special.rel_entr(0.25, 0.5) < 0
    assert special.rel_entr(Q, P)[2] == math.inf
    assert special.rel_entr(0, 0) == 0


def elsewhere_scipy_kl_div():
    assert special.kl_div(P, Q) == pytest.approx([D_PQ / 2 - 0.25, D_PQ / 2 - 0.25, 0.5], **NATS)
    assert special.kl_div(P, Q).sum() == pytest.approx(D_PQ, **NATS)
    assert (special.kl_div([0.25, 0.75], [0.5, 0.5]) > 0).all()
    assert special.kl_div(Q, P)[2] == math.inf
    assert special.kl_div(0, 0) == 0


def elsewhere_scipy_jensenshannon():
    divergence = lib.js_divergence(P, Q, base=math.e)
    assert jensenshannon(P, Q) == pytest.approx(math.sqrt(divergence), rel=1e-12)
    assert jensenshannon(P, Q) != pytest.approx(divergence)
    assert jensenshannon(P, Q, base=2) == pytest.approx(math.sqrt(divergence / math.log(2)), rel=1e-12)
    assert jensenshannon(Q, P) == pytest.approx(jensenshannon(P, Q))
    assert jensenshannon([2, 2, 0], [1, 1, 2]) == pytest.approx(jensenshannon(P, Q))
    assert jensenshannon([1.0, 0.0], [0.0, 1.0]) == pytest.approx(math.sqrt(math.log(2)))
    assert jensenshannon(np.eye(3), np.ones((3, 3)) / 3).shape == (3,)
    assert inspect.signature(jensenshannon).parameters["axis"].default == 0


def elsewhere_sklearn_mutual_info_score():
    counts = np.array([[2, 1], [1, 4]])
    x, y = np.repeat([0, 0, 1, 1], counts.ravel()), np.repeat([0, 1, 0, 1], counts.ravel())
    assert mutual_info_score(x, y) == pytest.approx(lib.mutual_information(counts / 8, base=math.e), rel=1e-12)


def elsewhere_sklearn_log_loss():
    prob = [[0.2, 0.3, 0.5], [0.1, 0.6, 0.3]]
    assert log_loss([2, 0], prob, labels=[0, 1, 2]) == pytest.approx(-math.log(0.5 * 0.1) / 2, **NATS)
    impossible = log_loss([0, 1], [[0.0, 1.0], [0.0, 1.0]])
    assert impossible == pytest.approx(-math.log(np.finfo(float).eps) / 2)


def elsewhere_torch_entr():
    assert torch.special.entr(TP).numpy() == pytest.approx([H_P / 2, H_P / 2, 0], **NATS)


def elsewhere_torch_distributions():
    p, q = (torch.distributions.Categorical(probs=t) for t in (TP, TQ))
    assert torch.distributions.kl_divergence(p, q).item() == pytest.approx(D_PQ, rel=1e-12)
    assert torch.distributions.kl_divergence(q, p).item() == math.inf
    assert torch.distributions.kl_divergence(p, p).item() == 0
    assert torch.distributions.Categorical(probs=4 * TP).probs.tolist() == P.tolist()


def elsewhere_torch_kl_div():
    assert F.kl_div(TQ.log(), TP, reduction="sum").item() == pytest.approx(D_PQ, **NATS)
    assert F.kl_div(TP.log(), TQ, reduction="sum").item() == math.inf
    sure = torch.tensor([1.0, 0.0])
    assert math.isnan(F.kl_div(sure.log(), sure, reduction="sum").item())
    batch, targets = torch.stack([TQ, TQ]).log(), torch.stack([TP, TP])
    assert F.kl_div(batch, targets, reduction="batchmean").item() == pytest.approx(D_PQ, **NATS)
    with pytest.warns(UserWarning, match="batchmean"):
        assert F.kl_div(batch, targets).item() == pytest.approx(D_PQ / 3, **NATS)


LOGITS, TARGET = torch.tensor([[-0.5, 0.3, 1.2], [0.0, 2.0, 1.0]], dtype=torch.float64), torch.tensor([2, 0])


def elsewhere_torch_cross_entropy():
    ours = lib.cross_entropy_from_logits(LOGITS.numpy(), TARGET.numpy(), base=math.e)
    assert F.cross_entropy(LOGITS, TARGET).item() == pytest.approx(ours.mean(), **NATS)
    soft = torch.stack([TP, TQ])
    by_hand = lib.cross_entropy(soft.numpy(), lib.softmax(LOGITS.numpy()), base=math.e).mean()
    assert F.cross_entropy(LOGITS, soft).item() == pytest.approx(by_hand, **NATS)
    excluded = torch.tensor([[0.0, -math.inf]])
    assert F.cross_entropy(excluded, torch.tensor([0])).item() == 0
    assert F.cross_entropy(excluded, torch.tensor([1])).item() == math.inf
    assert math.isnan(F.cross_entropy(excluded, torch.tensor([[1.0, 0.0]])).item())


def elsewhere_torch_cross_entropy_class():
    assert torch.nn.CrossEntropyLoss()(LOGITS, TARGET) == F.cross_entropy(LOGITS, TARGET)


def elsewhere_torch_nll_loss():
    logq = F.log_softmax(LOGITS, dim=1)
    assert F.nll_loss(logq, TARGET).item() == pytest.approx(F.cross_entropy(LOGITS, TARGET).item(), **NATS)
    with pytest.raises((RuntimeError, ValueError)):
        F.nll_loss(logq, torch.stack([TP, TQ]))


ELSEWHERE = [
    ("stats.entropy(pk)", elsewhere_scipy_entropy),
    ("stats.entropy(pk, qk)", elsewhere_scipy_relative_entropy),
    ("special.entr(p)", elsewhere_scipy_entr),
    ("special.rel_entr(p, q)", elsewhere_scipy_rel_entr),
    ("special.kl_div(p, q)", elsewhere_scipy_kl_div),
    ("distance.jensenshannon(p, q)", elsewhere_scipy_jensenshannon),
    ("metrics.mutual_info_score(x, y)", elsewhere_sklearn_mutual_info_score),
    ("metrics.log_loss(y, prob)", elsewhere_sklearn_log_loss),
    ("special.entr(p)", elsewhere_torch_entr),
    ("distributions.kl_divergence(P, Q)", elsewhere_torch_distributions),
    ("F.kl_div(input, target)", elsewhere_torch_kl_div),
    ("F.cross_entropy(input, target)", elsewhere_torch_cross_entropy),
    ("nn.CrossEntropyLoss()", elsewhere_torch_cross_entropy_class),
    ("F.nll_loss(input, target)", elsewhere_torch_nll_loss),
]


@pytest.mark.parametrize(("row", "check"), ELSEWHERE, ids=[check.__name__ for _, check in ELSEWHERE])
def test_a_measure_elsewhere_does_what_its_row_says(row, check):
    check()


def test_every_row_of_the_table_has_a_test():
    table = PAGES["notation.md"].partition("(sec-elsewhere)=")[2]
    assert re.findall(r"^\| `([^`]+)` \|", table, re.M) == [row for row, _ in ELSEWHERE]


# The glossary


def _entries():
    body = PAGES["glossary.md"].partition(":::{glossary}\n")[2].partition("\n:::\n")[0]
    return re.findall(r"^(\S.*)\n  (\S.*)$", body, re.M)


def _chinese(text):
    return re.findall(r'<span lang="zh-Hans">([^<]+)</span> \(([^)]+)\)', text)


def test_no_term_of_the_glossary_is_there_twice():
    terms = [term.lower() for term, _ in _entries()]
    assert len(terms) == len(set(terms))
    words = [word for _, text in _entries() for word, _ in _chinese(text)]
    assert len(words) == len(set(words))


def test_the_glossary_is_in_alphabetical_order():
    terms = [re.sub(r"[^a-z]", "", term.lower()) for term, _ in _entries()]
    assert terms == sorted(terms)


@pytest.mark.parametrize(("term", "text"), _entries(), ids=lambda part: part[:24])
def test_an_entry_has_chinese_pinyin_and_a_meaning(term, text):
    chinese = _chinese(text)
    assert chinese
    assert all(re.search(r"[\u4e00-\u9fff]", word) for word, _ in chinese)
    assert not any(re.search(r"[\u4e00-\u9fff]", pinyin) for _, pinyin in chinese)
    assert len(text.rpartition("</span>")[2].partition("). ")[2]) > 15


def test_chinese_is_marked_as_chinese_on_every_page():
    # So that a screen reader pronounces it and a browser picks the right glyphs.
    for name, text in PAGES.items():
        unmarked = re.sub(r'<span lang="zh-Hans">[^<]*</span>', "", text)
        assert not re.search(r"[\u4e00-\u9fff]", unmarked), name


def test_the_list_from_chinese_holds_the_same_pairs_in_the_order_of_pinyin():
    lines = re.findall(r"^- (<span.*\)): \{term\}`([^`]+)`$", PAGES["glossary.md"], re.M)
    backward = [(*_chinese(head)[0], term) for head, term in lines]
    forward = {(word, pinyin, term) for term, text in _entries() for word, pinyin in _chinese(text)}
    assert set(backward) == forward
    assert len(backward) == len(forward)
    toneless = [re.sub(r"[^a-z]", "", unicodedata.normalize("NFD", pinyin.lower())) for _, pinyin, _ in backward]
    assert toneless == sorted(toneless)


# The sources page


LEDGER = yaml.safe_load((ROOT / "claims.yml").read_text(encoding="utf-8"))
VERDICTS = ["holds", "holds-if", "misleading", "wrong", "open", "history"]


def test_the_table_of_verdicts_is_that_of_the_ledger():
    counts = Counter((row["source"], row["verdict"]) for row in LEDGER["claims"])
    columns = [v for v in VERDICTS if any(counts[source, v] for source in LEDGER["documents"])]
    lines = {source: [counts[source, v] for v in columns] for source in LEDGER["documents"]}
    lines["all"] = [sum(column) for column in zip(*lines.values(), strict=True)]
    table = [f"| Source | {' | '.join(columns)} | all |", f"| --- |{' ---: |' * (len(columns) + 1)}"]
    table += [f"| {name} | {' | '.join(map(str, line))} | {sum(line)} |" for name, line in lines.items()]
    assert "\n".join(table) in PAGES["sources.md"], "the page should say:\n" + "\n".join(table)


def test_every_document_of_the_ledger_is_described():
    assert re.findall(r"^\*\*(S\d): ", PAGES["sources.md"], re.M) == list(LEDGER["documents"])


def appears(number, name="sources.md"):
    return re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", PAGES[name])


def test_samples_taken_for_probabilities_give_the_number_on_the_page():
    torch.manual_seed(1)  # the example's own seed: the number is theirs
    p, low, high = (torch.sort(torch.normal(mean, 1, (10_000,)))[0] for mean in (0, -1, 1))

    def misused(a, b):
        terms = a * torch.log2(a / b)
        return terms.nansum().abs().item(), terms.isnan().float().mean().item()

    result, dropped = misused(p, low)
    assert result == pytest.approx(8582.03, abs=0.01)
    assert appears("8582.03")
    assert appears("8582", "index.md")
    assert 0.3 < dropped < 0.37  # "about a third"
    one_way, other_way = misused(p, high)[0], misused(high, p)[0]
    assert abs(other_way - one_way) / ((other_way + one_way) / 2) > 0.4  # "about 40 %" in their words

    normal = stats.norm(0, 1).pdf
    for mean in (-1, 1):
        model = stats.norm(mean, 1)
        there = quad(lambda x, m=model: normal(x) * (stats.norm.logpdf(x) - m.logpdf(x)), -12, 12)[0] / math.log(2)
        back = quad(lambda x, m=model: m.pdf(x) * (m.logpdf(x) - stats.norm.logpdf(x)), -12, 12)[0] / math.log(2)
        assert there == pytest.approx(0.5 / math.log(2))
        assert back == pytest.approx(there)
    assert appears(f"{0.5 / math.log(2):.4f}")
    assert appears(f"{0.5 / math.log(2):.2f}", "index.md")


def test_a_table_that_sums_to_more_than_one_gives_the_number_on_the_page():
    table = np.array([[0.1, 0.5], [0.2, 0.3]])
    assert f"{table.sum():.1f}" == "1.1"
    value = -(table * np.log2(table / [0.2, 0.8])).sum()
    assert appears(f"{value:.4f}")
    with pytest.raises(ValueError, match=r"sums to 1\.1"):
        lib.conditional_entropy(table, given="y")


def test_margins_of_another_table_give_the_number_on_the_page():
    table = np.array([[0.1, 0.5], [0.1, 0.3]])
    assert table.sum(axis=0) == pytest.approx([0.2, 0.8])
    assert table.sum(axis=1) == pytest.approx([0.6, 0.4])
    with_other_margins = (table * np.log2(table / (np.array([0.2, 0.8]) * np.array([[0.75, 0.25]])))).sum()
    assert appears(f"{with_other_margins:.4f}")
    assert appears(f"{lib.mutual_information(table):.4f}")


def test_a_uniform_distribution_has_entropy_log_n_with_a_plus():
    n = 7
    assert lib.entropy(np.full(n, 1 / n), base=math.e) == pytest.approx(math.log(n))


def test_an_integral_cut_at_both_ends_gives_the_numbers_on_the_page():
    g, (low, high) = stats.beta(0.1, 0.2), (1e-5, 1 - 1e-5)
    cut = quad(lambda x: g.pdf(x) * g.logpdf(x), low, high)[0]  # the uniform density is 1
    a, b = 0.1, 0.2
    closed = -special.betaln(a, b) + (a - 1) * special.digamma(a) + (b - 1) * special.digamma(b) + (2 - a - b) * special.digamma(a + b)
    assert closed == pytest.approx(-g.entropy())
    assert g.cdf(low) + g.sf(high) == pytest.approx(0.25, abs=0.005)  # "a quarter"
    for name in ("sources.md", "index.md"):
        assert appears(f"{cut:.2f}", name)
        assert appears(f"{closed:.2f}", name)


def test_the_two_numbers_of_the_script_in_s2_are_on_the_page():
    a, b = [0.1, 0.2, 0.7], [0.2, 0.3, 0.5]
    assert appears(f"{jensenshannon(a, b, base=2):.4f}")
    assert appears(f"{lib.js_divergence(a, b):.4f}")


# The page of the library


DOCUMENTED = re.findall(r"^\.\. auto(?:function|class):: (\S+)$", PAGES["api.md"], re.M)
OWN_PLACE = {"data", "show", "plotting"} | {getattr(lib, name).__module__.removeprefix("lib.") for name in lib.__all__}
#: What the rooms beyond the measures offer, as `lib.room.name`: all that stands in a room's `__all__`.
ROOMS = {path.stem: import_module(f"lib.{path.stem}") for path in sorted((ROOT / "lib").glob("[a-z]*.py")) if path.stem not in OWN_PLACE}
OFFERED = {f"lib.{room}.{name}": getattr(module, name) for room, module in ROOMS.items() for name in module.__all__}
TAUGHT = {f"lib.{name}": getattr(lib, name) for name in lib.__all__} | {k: f for k, f in OFFERED.items() if inspect.isfunction(f)}


def test_the_page_of_the_library_holds_every_public_name_once():
    measures = [name.removeprefix("lib.") for name in DOCUMENTED if name.count(".") == 1]
    assert sorted(measures) == sorted(lib.__all__)
    public = [
        f"lib.data.{name}"
        for name, value in vars(lib.data).items()
        if inspect.isfunction(value) and value.__module__ == "lib.data" and not name.startswith("_")
    ]
    others = [name for name in DOCUMENTED if name.count(".") > 1]
    problems = [f"lib.problems.{name}" for name in lib.problems.__all__ if name != "Problem"]
    assert sorted(others) == sorted([*public, *OFFERED, *problems, "lib.exercises.check", "lib.show.source"])


def _sections(docstring):
    """Return the sections of a NumPy docstring by title."""
    parts = re.split(r"^([A-Z][A-Za-z ]+)\n-{3,}\n", inspect.cleandoc(docstring), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("name", TAUGHT)
def test_a_docstring_says_what_a_reader_needs(name):
    function = TAUGHT[name]
    sections = _sections(function.__doc__)
    assert {"Parameters", "Returns", "Raises", "Examples"} <= set(sections)
    chapters = re.findall(r":ref:`(ch-[a-z-]+)`", function.__doc__)
    assert chapters
    assert set(chapters) <= set(LABELS)
    described = re.findall(r"^(\*?\w+(?:, \w+)*) : ", sections["Parameters"], re.M)
    parameters = [f"*{name}" if p.kind is p.VAR_POSITIONAL else name for name, p in inspect.signature(function).parameters.items()]
    assert ", ".join(described).split(", ") == parameters
    assert re.search(r"units of `base`|no unit|in nats|in bits", sections["Returns"])
    assert ">>> " in sections["Examples"]


@pytest.mark.parametrize("name", lib.__all__)
def test_the_docstring_of_a_measure_gives_shapes_and_units(name):
    returns = _sections(getattr(lib, name).__doc__)["Returns"]
    assert re.search(r"shape", returns.splitlines()[0])
    assert re.search(r"units of `base`|no unit", returns)


@pytest.mark.parametrize("name", [name for name in DOCUMENTED if name.count(".") > 1])
def test_the_other_functions_are_documented_with_an_example(name):
    module, _, function = name.rpartition(".")
    docstring = getattr(__import__(module, fromlist=["_"]), function).__doc__
    assert ">>> " in _sections(docstring)["Examples"]


# The bibliography


def test_no_entry_of_the_bibliography_is_there_twice():
    assert len(BIB_KEYS) == len(set(BIB_KEYS))


@pytest.mark.parametrize("key", BIB_KEYS)
def test_a_reference_can_be_found_by_its_reader(key):
    entry = BIB.partition(f"{{{key},")[2].partition("\n}")[0]
    fields = set(re.findall(r"(\w+) = \{", entry))
    found = fields & {"doi", "url", "isbn"} or ("pages" in fields and fields & {"volume", "booktitle"})
    assert found, f"{key} has neither DOI nor address nor ISBN, nor a volume and pages"
    year = re.search(r"\byear = \{(\d{4})\}", entry)[1]
    assert key.endswith(year) or key[:-1].endswith(year)
