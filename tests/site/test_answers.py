"""Answers on the page: what a page says of an answer is what `lib.exercises.judge` says of it."""

import json
import math
import random

import numpy as np
import pytest

from lib.exercises import exercises, judge
from tests.site.building import CHAPTERS
from tests.site.visits import AXE, RUN_AXE, watch

PAGES = {page.split("/")[-1].removesuffix(".html").partition("_")[2]: page for page in CHAPTERS}
LIST = "chapters/exercises.html"
FIRST = PAGES["entropy"]
KEY = "information-theory-of-machine-learning.answers"
LONGEST_LIST = 8

# Answer each [exercise, text] in turn, as a reader does, and note the first thing said, what was read, and the state.
ANSWER = """answers => answers.map(([name, text]) => {
  const form = document.querySelector(`form.answers[data-exercise="${name}"]`);
  for (const input of form.querySelectorAll('input')) {
    if (input.type === 'radio') input.checked = input.value === text;
    else input.value = text;
  }
  form.requestSubmit();
  const said = form.querySelector('.answers-verdict');
  return [said.firstChild.textContent, said.children.length ? said.children[0].textContent : '', form.dataset.state];
})"""

# The rest of the page is looked at elsewhere.
ONLY_EXERCISES = """() => {
  const kept = document.querySelectorAll('.bd-article h1, .answers-account, .exercise.admonition');
  document.querySelector('.bd-article').replaceChildren(...kept);
}"""


def on_the_page(exercise):
    return not callable(exercise.answer) and np.ndim(exercise.answer) < 2 and np.size(exercise.answer) <= LONGEST_LIST


def written(answer):
    """Write an answer as a reader might."""
    if isinstance(answer, str):
        return answer
    return ", ".join(repr(float(number)) for number in answer) if np.ndim(answer) else repr(float(answer))


def around(answer, tolerance):
    """Numbers just inside and just outside of what is still that answer."""
    answer = np.asarray(answer, dtype=float)
    if np.isfinite(answer).all():
        for share in (-1.1, -0.9, 0.9, 1.1):
            yield answer + share * tolerance * np.maximum(1, np.abs(answer))


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    page = context.new_page()
    page.set_default_timeout(30_000)
    yield page
    context.close()


@pytest.fixture(scope="module")
def reader(browser, address):
    """A page whose script is at hand, for what needs no reader."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(address + FIRST)
    yield page
    context.close()


READ = "([text, count]) => { try { return BookAnswers.read(text, count) } catch (error) { return error.message } }"


def read(page, text, count=None):
    return page.evaluate(READ, [text, count])


def form(name):
    return f'form.answers[data-exercise="{name}"]'


def verdict(page, name):
    return page.locator(f"{form(name)} .answers-verdict").text_content()


# ---- the same words as in the notebook ------------------------------------------------------------------------


@pytest.mark.parametrize("chapter", PAGES)
def test_a_page_judges_every_answer_as_the_notebook_does(page, address, chapter):
    known = exercises(chapter)
    page.goto(address + PAGES[chapter])
    forms = page.locator("form.answers").evaluate_all("forms => forms.map(form => form.dataset.exercise)")
    assert forms == [name for name, exercise in known.items() if on_the_page(exercise)], "in the order of the module"
    rng = np.random.default_rng(0)
    answers = []
    for name in forms:
        exercise = known[name]
        shape = np.shape(exercise.answer)
        given = [exercise.answer, *(mistake.answer for mistake in exercise.mistakes)]
        if not exercise.choices:
            given += [near for reference in list(given) for near in around(reference, exercise.tolerance)]
            given += [np.full(shape, 1234567.5), np.full(shape, np.inf), *rng.uniform(-20, 20, (4, *shape))]
        answers += [(name, answer) for answer in given]
    said = page.evaluate(ANSWER, [[name, written(answer)] for name, answer in answers])
    for (name, answer), (message, _, state) in zip(answers, said, strict=True):
        expected = judge(known[name], answer)
        assert message == expected.message, (name, answer)
        assert (state == "right") == expected.right
    # Of each exercise: the right answer first, then its mistakes, each with its own hint; a number far off.
    for name in forms:
        own = [message for (other, _), (message, _, _) in zip(answers, said, strict=True) if other == name]
        hints = [f"Not yet. Hint: {mistake.hint}" for mistake in known[name].mistakes]
        assert own[: 1 + len(hints)] == ["Right.", *hints]
        if not known[name].choices:
            assert own[-6].startswith("Not yet, and it is none of the classic mistakes.")
    assert page.locator(".answers-account .answers-progress b").text_content() == str(len(forms))


@pytest.mark.parametrize("chapter", PAGES)
def test_hints_and_answers_are_not_in_plain_sight(site, chapter):
    source = (site / PAGES[chapter]).read_text("utf-8")
    for exercise in exercises(chapter).values():
        for mistake in exercise.mistakes:
            assert f"Hint: {mistake.hint}" not in source
            assert json.dumps(mistake.hint) not in source


def test_another_number_of_numbers_is_told_as_in_the_notebook(page, address):
    known = exercises("entropy")
    page.goto(address + FIRST)
    tried = [("entropy-lengths", "1, 2, 3", [1, 2, 3]), ("entropy-lengths", "3", 3), ("entropy-die", "[1, 2]", [1, 2])]
    said = page.evaluate(ANSWER, [[name, text] for name, text, _ in tried])
    for (name, _, answer), (message, _, _) in zip(tried, said, strict=True):
        assert message == judge(known[name], answer).message
        assert "should have shape" in message


def test_an_exercise_that_asks_for_a_function_says_where_it_is_answered(page, address):
    page.goto(address + FIRST)
    box = page.locator("#ex-entropy-function")
    assert box.locator("form").count() == 0
    said = box.locator(".answers-elsewhere")
    assert said.text_content() == "Answered in the notebook, in the cell below. Open it in Binder or Colab."
    launch = page.locator(".dropdown-launch-buttons a").evaluate_all("links => links.map(link => link.href)")
    services = [link for link in launch if not link.startswith(address)]  # the menu also leads to the page that explains them
    assert len(services) == 2
    assert said.locator("a").evaluate_all("links => links.map(link => link.href)") == services


# ---- reading numbers ----------------------------------------------------------------------------------------------

NAMES = {"log2": math.log2, "ln": math.log, "log10": math.log10, "exp": math.exp, "sqrt": math.sqrt, "abs": abs}


def expression(rng, depth):
    """Draw an expression that both Python and the page can read, but for the sign of a power."""
    kind = rng.choice(["number", "constant", "call", "sign", "bracket"] + 5 * ["binary"]) if depth else rng.choice(["number", "constant"])
    match kind:
        case "number":
            return rng.choice(["2", "3.25", ".5", "7.", "1e-3", "6.02E2", "10", "0.125"])
        case "constant":
            return rng.choice(["pi", "e"])
        case "call":
            return f"{rng.choice(list(NAMES))}({expression(rng, depth - 1)})"
        case "sign":
            return f"{rng.choice('-+')}{expression(rng, depth - 1)}"
        case "bracket":
            return f"( {expression(rng, depth - 1)})"
    return f"{expression(rng, depth - 1)}{rng.choice([' + ', '-', '*', ' / ', '**', ' * '])}{expression(rng, depth - 1)}"


def value_in_python(text):
    try:
        value = eval(text, {"__builtins__": {}}, {**NAMES, "pi": math.pi, "e": math.e})
    except (ArithmeticError, ValueError, TypeError):  # TypeError: of a complex number
        return None
    return value if not isinstance(value, complex) and math.isfinite(value) else None


def test_expressions_have_the_values_that_python_gives_them(reader):
    rng = random.Random(7)
    drawn = [expression(rng, depth) for depth in (1, 2, 3, 4, 5) for _ in range(300)]
    texts = [text for text in dict.fromkeys(drawn) if len(text) <= 200 and value_in_python(text) is not None]
    assert len(texts) > 500
    assert sum("**" in text for text in texts) > 50
    found = reader.evaluate("texts => texts.map(text => BookAnswers.read(text.replaceAll('**', '^')))", texts)
    again = reader.evaluate("texts => texts.map(text => BookAnswers.read(text))", texts)
    assert found == again
    for text, value in zip(texts, found, strict=True):
        assert math.isclose(value, value_in_python(text), rel_tol=1e-12, abs_tol=1e-12), text


@pytest.mark.parametrize(
    "text, count, value",
    [
        ("1/3", None, 1 / 3),
        (" log2( 6 ) ", None, math.log2(6)),
        ("log₂(6)", None, math.log2(6)),
        ("LOG2(6)", None, math.log2(6)),
        ("math.log(6)", None, math.log(6)),
        ("np.log2(6)", None, math.log2(6)),
        ("-2^2", None, -4),
        ("2^3^2", None, 512),
        ("2^-3", None, 0.125),
        ("8/4/2", None, 1),
        ("8-4-2", None, 2),
        ("−1/2", None, -0.5),
        ("3×4÷6", None, 2),
        ("2·π", None, 2 * math.pi),
        ("0,25", None, 0.25),
        ("0,125", None, 0.125),
        ("1,5/0,5", None, 3),
        ("12,5", None, 12.5),
        ("1234,567", None, 1234.567),
        ("inf", None, "inf"),
        ("∞", None, "inf"),
        ("-inf", None, "-inf"),
        ("1, 2", None, [1, 2]),
        ("1, 2, 3, 3", 4, [1, 2, 3, 3]),
        ("1,2,3,3", 4, [1, 2, 3, 3]),
        ("1,2", 2, [1, 2]),
        ("[1, 2, 3, 3]", 4, [1, 2, 3, 3]),
        ("[1. 2. 3. 3.]", 4, [1, 2, 3, 3]),
        ("1 2 3 3", 4, [1, 2, 3, 3]),
        ("0,5; 0,25", 2, [0.5, 0.25]),
        ("0,5, 0,25", 2, [0.5, 0.25]),
        ("1/2, log2(3)", 2, [0.5, math.log2(3)]),
        ("inf, 1, 1, 5", 4, ["inf", 1, 1, 5]),
        ("3", 2, 3),
    ],
)
def test_a_number_may_be_written_in_many_ways(reader, text, count, value):
    assert read(reader, text, count) == (
        [float(number) for number in value] if isinstance(value, list) else pytest.approx(float(value), rel=1e-15)
    )


UNREADABLE = {
    "2.58 bits": "“2.58 bits” can't be read: “bits” follows the number; leave it out.",
    "two": "“two” can't be read: “two” is no number, and none of log2, ln, log10, exp, sqrt, abs, pi, e, inf.",
    "log(6)": "“log(6)” can't be read: “log” has two readings; write log2( ) for bits or ln( ) for nats.",
    "log2 6": "“log2 6” can't be read: “log2” needs a bracket, as in log2(6).",
    "1,234": "“1,234” can't be read: “1,234” has two readings; write 1.234 or 1234.",
    "50%": "“50%” can't be read: “%” has no meaning here.",
    "1/0": "“1/0” can't be read: it divides by zero.",
    "sqrt(-1)": "“sqrt(-1)” can't be read: its value is no number.",
    "ln(0)": "“ln(0)” can't be read: its value is no number.",
    "9^9^9": "“9^9^9” can't be read: its value is no number.",
    "(1 + 2": "“(1 + 2” can't be read: a bracket is not closed.",
    "1 +": "“1 +” can't be read: it ends too early.",
    "* 2": "“* 2” can't be read: “*” stands where a number should.",
    "2 pi": "“2 pi” can't be read: “pi” follows where a sign should.",
    "1.2.3": "“1.2.3” can't be read: “.3” follows where a sign should.",
    "1 2": "“1 2” can't be read: “2” follows where a sign should.",
    "alert(1)": "“alert(1)” can't be read: “alert” is no number, and none of log2, ln, log10, exp, sqrt, abs, pi, e, inf.",
    "constructor": "“constructor” can't be read: “constructor” is no number, and none of log2, ln, log10, exp, sqrt, abs, pi, e, inf.",
    "__proto__": "“__proto__” can't be read: “__proto__” is no number, and none of log2, ln, log10, exp, sqrt, abs, pi, e, inf.",
    "<b>": "“<b>” can't be read: “<” has no meaning here.",
    "[1, 2": "“[1, 2” can't be read: “[” has no meaning here.",
    "1,,2": "“1,,2” can't be read: it ends too early.",
}


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_cannot_be_read_is_named(reader, text):
    assert read(reader, text) == UNREADABLE[text]


def test_a_reader_is_told_what_was_read_or_that_nothing_could_be(page, address):
    page.goto(address + FIRST)
    tried = ["1 + 1/2*log2(6)", "2.25", "log(6)", "", "2,2925"]
    said = page.evaluate(ANSWER, [["entropy-stages", text] for text in tried])
    assert said[0] == ["Right.", "Read as 2.29248.", "right"]
    assert said[1][1:] == ["", "other"]
    assert said[2][0] == UNREADABLE["log(6)"] + " Type a number such as 0.25, 1/3 or log2(6)."
    assert said[2][2] == "unread"
    assert said[3][0] == "No answer yet: type one, then press Check."
    assert said[4] == ["Right.", "Read as 2.2925.", "right"]
    field = page.locator(f"{form('entropy-stages')} input")
    assert field.get_attribute("aria-invalid") is None
    field.fill("log(6)")
    assert verdict(page, "entropy-stages") == "", "a verdict goes when the answer is changed"
    field.press("Enter")
    assert field.get_attribute("aria-invalid") == "true"
    assert page.locator(f"#{field.get_attribute('aria-describedby')}").get_attribute("role") == "status"


def test_a_choice_that_is_not_made_is_asked_for(page, address):
    page.goto(address + FIRST)
    page.locator(f"{form('entropy-robin-hood')} button").click()
    assert verdict(page, "entropy-robin-hood") == "No answer yet: choose one, then press Check."


# ---- the account -----------------------------------------------------------------------------------------------------


def progress(page):
    return page.locator(".answers-account .answers-progress").first.locator("span").first.text_content()


def answer_two(page):
    return page.evaluate(ANSWER, [["entropy-die", "log2(6)"], ["entropy-robin-hood", "a"], ["entropy-stages", "5"]])


@pytest.mark.parametrize("where", ["served", "from a folder"])
def test_right_answers_are_kept_shown_in_the_list_and_cleared(page, address, site, where):
    start = address if where == "served" else site.as_uri() + "/"
    noted = watch(page)
    page.goto(start + FIRST)
    assert progress(page) == "0 of 5 answered right"
    answer_two(page)
    assert progress(page) == "2 of 5 answered right"
    page.reload()
    assert progress(page) == "2 of 5 answered right"
    assert page.locator(f"{form('entropy-die')} input").input_value() == "log2(6)"
    assert verdict(page, "entropy-die") == "Right. Read as 2.58496."
    assert page.locator(f"{form('entropy-robin-hood')} input:checked").get_attribute("value") == "a"
    assert page.locator(f"{form('entropy-stages')} input").input_value() == ""

    page.locator(".answers-account a").click()
    page.wait_for_url("**/exercises.html")
    everything = sum(map(on_the_page, exercises().values()))
    total = page.locator(".answers-total")
    assert total.locator("b").inner_text() == "2"
    assert total.locator("progress").get_attribute("max") == str(everything)
    marked = page.locator(".answers-mark:visible").evaluate_all("marks => marks.map(mark => mark.dataset.exercise)")
    assert marked == ["entropy-die", "entropy-robin-hood"]
    chapter = page.locator(".answers-chapters > li", has_text="2. Entropy").locator(".answers-progress")
    assert chapter.inner_text().strip() == "2 of 5"

    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.locator(".answers-clear").click()
    assert "can't be undone" in asked[0]
    assert page.locator(".answers-mark:visible").count() == 2, "not without consent"
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator(".answers-clear").click()
    assert page.locator(".answers-mark:visible").count() == 0
    assert page.locator(".answers-cleared").inner_text() == "Your answers are cleared."
    assert page.evaluate(f"localStorage.getItem('{KEY}')") is None
    page.goto(start + FIRST)
    assert progress(page) == "0 of 5 answered right"
    assert page.locator(f"{form('entropy-die')} input").input_value() == ""
    allowed = (address, "data:") if where == "served" else ("file:", "data:")
    assert [url for url in noted.requests if not url.startswith(allowed)] == []
    assert (noted.errors, noted.console) == ([], [])


def test_an_answer_leaves_the_browser_by_no_way(page, address):
    page.goto(address + FIRST)
    noted = watch(page)
    answer_two(page)
    page.wait_for_timeout(300)
    assert [url for url in noted.requests if not url.endswith("/favicon.svg")] == []
    assert page.url == address + FIRST
    assert page.context.cookies() == []
    assert set(page.locator("form.answers").evaluate_all("forms => forms.map(form => form.method)")) == {"dialog"}
    assert json.loads(page.evaluate(f"localStorage.getItem('{KEY}')")) == {"entropy-die": "log2(6)", "entropy-robin-hood": "a"}


@pytest.mark.parametrize("kept", ["not json", "[]", "null", '{"entropy-die": "5", "entropy-stages": 3, "no-such": "1"}'])
def test_an_account_that_makes_no_sense_does_no_harm(page, address, kept):
    noted = watch(page)
    page.goto(address + FIRST)
    page.evaluate("([key, kept]) => localStorage.setItem(key, kept)", [KEY, kept])
    page.reload()
    assert page.locator("form.answers[data-state=right]").count() == 0
    answer_two(page)
    assert verdict(page, "entropy-die") == "Right. Read as 2.58496."
    assert noted.errors == []


def test_without_storage_answers_are_checked_all_the_same(page, address):
    refuse = "(key, ...rest) => { if (String(key).endsWith('.answers')) throw new DOMException('refused'); }"
    page.add_init_script(
        f"const refuse = {refuse}; for (const name of ['getItem', 'setItem', 'removeItem']) {{"
        "const old = Storage.prototype[name];"
        "Storage.prototype[name] = function (...given) { refuse(...given); return old.apply(this, given); }; }"
    )
    noted = watch(page)
    page.goto(address + FIRST)
    answer_two(page)
    assert verdict(page, "entropy-die") == "Right. Read as 2.58496."
    assert progress(page) == "2 of 5 answered right"
    assert noted.errors == []


def test_another_open_page_hears_of_it(page, address):
    page.goto(address + LIST)
    other = page.context.new_page()
    other.goto(address + FIRST)
    answer_two(other)
    page.locator(".answers-mark:visible").first.wait_for()


# ---- by keyboard, by screen reader, without a script -------------------------------------------------------------------


def test_by_keyboard_alone(page, address):
    page.goto(address + FIRST + "#ex-entropy-die")
    keyboard = page.keyboard
    keyboard.press("Tab")
    keyboard.type("ln(6)")
    keyboard.press("Enter")
    assert verdict(page, "entropy-die").startswith("Not yet. Hint: that is in nats")
    keyboard.press("Control+a")
    keyboard.type("log2(6)")
    keyboard.press("Tab")
    keyboard.press("Space")
    assert verdict(page, "entropy-die").startswith("Right.")
    page.goto("about:blank")
    page.goto(address + FIRST + "#ex-entropy-robin-hood")
    keyboard.press("Tab")
    keyboard.press("ArrowDown")
    assert page.locator(f"{form('entropy-robin-hood')} input:checked").get_attribute("value") == "b"
    keyboard.press("Enter")
    assert verdict(page, "entropy-robin-hood") == "Not yet. Hint: try it with (0.9, 0.1) and a gift of 0.2."
    keyboard.press("ArrowUp")
    keyboard.press("Tab")
    keyboard.press("Enter")
    assert verdict(page, "entropy-robin-hood") == "Right."
    page.goto(address + LIST)
    page.locator(".answers-clear").focus()
    page.once("dialog", lambda dialog: dialog.accept())
    keyboard.press("Enter")
    assert page.locator(".answers-cleared").inner_text() == "Your answers are cleared."


def test_fields_have_names_of_their_own(page, address):
    page.goto(address + FIRST)
    assert page.get_by_role("textbox", name="Your answer (exercise 2.1)").count() == 1
    assert page.get_by_role("textbox", name="Your answer, four numbers with commas between (exercise 2.3)").count() == 1
    assert page.get_by_role("button", name="Check exercise 2.1").count() == 1
    assert page.get_by_role("group", name="Your answer (exercise 2.5)").count() == 1
    assert page.get_by_role("radio", name="c it stays the same").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_in_verdicts(page, address, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto(address + FIRST)
    answers = [["entropy-die", "log2(6)"], ["entropy-stages", "log2(7)"], ["entropy-lengths", "1, 1, 1, 1"], ["entropy-guessing", "log(2)"]]
    states = [state for *_, state in page.evaluate(ANSWER, answers)]
    assert states == ["right", "hint", "other", "unread"]
    page.evaluate(AXE)
    page.evaluate(ONLY_EXERCISES)
    found = page.evaluate(RUN_AXE, {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert found == [], found


def test_without_a_script_there_is_nothing_to_fill_in(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + FIRST)
    assert page.locator("form.answers :is(input, button):visible").count() == 0
    assert page.locator(".answers-account:visible").count() == 0
    assert page.get_by_text("it depends on the other probabilities").is_visible()
    page.goto(address + LIST)
    assert page.locator(".answers-clear:visible").count() == 0
    assert page.get_by_text("Robin Hood").is_visible()
    context.close()


def test_the_list_names_every_exercise_and_links_to_it(page, address, site):
    page.goto(address + LIST)
    links = page.locator(".answers-titles a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert [link.partition("#ex-")[2] for link in links] == list(exercises())
    for link in links:
        name, _, anchor = link.partition("#")
        assert f'id="{anchor}"' in (site / "chapters" / name).read_text("utf-8")
    functions = [name for name, exercise in exercises().items() if not on_the_page(exercise)]
    assert page.get_by_text("(in the notebook)").count() == len(functions) > 0
