"""Interactive figures alone, without the site: their numbers against `lib`, and what hands, keys and ears can do.

Each component has an oracle, `tests/site/oracles/<component>.py`: `settings(rng)` yields hundreds of states,
`expected(state)` says by `lib` which values the component has to have there.
"""

import importlib
import math
import re
import zlib

import numpy as np
import pytest

import lib.divergence
import lib.gaussian
import lib.joint
import lib.logits
import lib.mixtures
import lib.projections
import lib.shannon
from extensions import book_interactive as interactive
from lib import plotting
from tests.site.visits import WIDTHS

FEWEST_SETTINGS = 200
COMPONENTS = interactive.components()

HARNESS = """<!DOCTYPE html><html lang="en" data-theme="light"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>component</title><link rel="stylesheet" href="{folder}/interactive.css">
<style>html {{ --pst-color-background: #fff; --pst-color-link: #0a58ca; --pst-color-border: #ccc; --pst-color-text-muted: #555;
font: 16px/1.65 sans-serif }}</style>
<main><p style="height: 500px">Before.</p><book-{name} class="interactive"></book-{name}>
<p style="height: 900px">After.</p></main>{scripts}</html>"""


def close(a, b):
    """Equal to nine digits, or both the same infinity."""
    return a == b or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


def oracle(component):
    return importlib.import_module(f"tests.site.oracles.{component.replace('-', '_')}")


def generator(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


@pytest.fixture(scope="module")
def harness(tmp_path_factory):
    """The address of a page that holds one component and nothing of the theme."""
    folder = tmp_path_factory.mktemp("harness")

    def made(component):
        path = folder / f"{component}.html"
        files = interactive.scripts([component])
        scripts = "".join(f'<script src="{(interactive.FOLDER / file).as_uri()}"></script>' for file in files)
        path.write_text(HARNESS.format(folder=interactive.FOLDER.as_uri(), name=component, scripts=scripts), "utf-8")
        return path.as_uri()

    return made


@pytest.fixture
def opened(browser, harness):
    """Open the harness of a component; every complaint of the page fails the test."""
    contexts, complaints = [], []

    def visit(component, *, width="desktop", **options):
        contexts.append(browser.new_context(viewport=WIDTHS[width], **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(harness(component))
        return page, page.locator(f"book-{component}")

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []


def value_of(element, parameter):
    return element.evaluate("(e, name) => e.get(e.parameter(name))", parameter)


def sliders(element):
    return element.evaluate("e => [...e.querySelectorAll('[role=slider]')].map(s => s.dataset.parameter)")


def tab_to(page, parameter, *, field=False):
    """Press Tab until the handle, or the field, of a parameter has the focus."""
    page.evaluate("document.activeElement.blur()")
    for _ in range(80):
        page.keyboard.press("Tab")
        here = page.evaluate(
            "() => { const e = document.activeElement, owner = e.closest('[data-parameter]');"
            "return [owner && owner.dataset.parameter, e.getAttribute('role') === 'slider'] }"
        )
        if here == [parameter, not field]:
            return
    pytest.fail(f"Tab does not lead to {parameter}")


# The numbers


def joints(rng):
    return [rng.dirichlet(np.full(size[0] * size[1], 0.5)).reshape(size).tolist() for size in 30 * [(2, 2), (2, 3), (4, 3)]]


def pairs(rng):
    for k in (2, 3, 8, 27):
        for concentration in (0.1, 1, 10):
            yield from ((p.tolist(), q.tolist()) for p, q in rng.dirichlet(np.full(k, concentration), (15, 2)))
        p = rng.dirichlet(np.ones(k))
        for size in (1e-1, 1e-3, 1e-6, 1e-9):  # nearly equal, where digits are lost
            q = p * (1 + size * rng.uniform(-1, 1, k))
            yield p.tolist(), (q / q.sum()).tolist()
    yield [1.0, 0.0], [0.5, 0.5]
    yield [0.5, 0.5], [1.0, 0.0]
    yield [0.5, 0.5, 0.0], [0.0, 0.5, 0.5]
    yield [1.0, 0.0], [0.0, 1.0]


def gaussians(rng):
    for _ in range(100):
        m, n = rng.normal(0, 3, 2)
        v, w = rng.uniform(0.1, 3, 2) ** 2
        yield float(m), float(v), float(n), float(w)
        yield float(m), float(v), float(m) + 1e-6, float(v) * (1 + 1e-7)


def logits(rng):
    return [rng.normal(0, scale, k).tolist() for k in (2, 5, 10) for scale in (0.1, 1, 10, 300) for _ in range(10)]


MEASURES = {
    "self_information": (lib.shannon.self_information, lambda rng: [(p,) for p in [*rng.uniform(0, 1, 200).tolist(), 0.0, 1.0, 1e-300]]),
    "entropy": (lib.shannon.entropy, lambda rng: [(p,) for p, _ in pairs(rng)]),
    "cross_entropy": (lib.divergence.cross_entropy, pairs),
    "kl_divergence": (lib.divergence.kl_divergence, pairs),
    "js_divergence": (lib.divergence.js_divergence, lambda rng: [(p, q, [w, 1 - w]) for p, q in pairs(rng) for w in (0.5, rng.uniform())]),
    "total_variation": (lambda p, q: np.abs(np.subtract(p, q)).sum() / 2, pairs),
    "gaussian_entropy": (lambda v: lib.gaussian.gaussian_entropy([[v]]), lambda rng: [(v,) for _, v, _, _ in gaussians(rng)]),
    "gaussian_kl": (lambda m, v, n, w: lib.gaussian.gaussian_kl([m], [[v]], [n], [[w]]), gaussians),
    "gaussian_cross_entropy": (lambda m, v, n, w: lib.gaussian.gaussian_cross_entropy([m], [[v]], [n], [[w]]), gaussians),
    "softmax": (lib.logits.softmax, lambda rng: [(x,) for x in logits(rng)]),
    "log_softmax": (lib.logits.log_softmax, lambda rng: [(x,) for x in logits(rng)]),
    "cross_entropy_from_logits": (
        lib.logits.cross_entropy_from_logits,
        lambda rng: [(x, rng.dirichlet(np.full(len(x), 0.3)).tolist()) for x in logits(rng)],
    ),
    "joint_entropy": (lib.joint.joint_entropy, lambda rng: [(joint,) for joint in joints(rng)]),
    "mutual_information": (lib.joint.mutual_information, lambda rng: [(joint,) for joint in joints(rng)]),
    "conditional_entropy": (
        lambda joint, given: lib.joint.conditional_entropy(joint, given=given),
        lambda rng: [(joint, given) for joint in joints(rng) for given in "xy"],
    ),
}


@pytest.fixture(scope="module")
def measures(browser, harness):
    """A page that has the measures."""
    page = browser.new_page()
    page.goto(harness("entropy"))
    yield page
    page.close()


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_agrees_with_the_library(measures, name):
    by_lib, arguments = MEASURES[name]
    arguments = [list(one) for one in arguments(generator(name))]
    found = measures.evaluate(f"calls => calls.map(call => Book.measures.{name}(...call))", arguments)
    assert len(found) >= 90
    for call, result in zip(arguments, found):
        wanted = np.ravel(by_lib(*call))
        assert all(close(a, b) for a, b in zip(np.ravel(result), wanted, strict=True)), (call, result, wanted)


@pytest.mark.parametrize("component", COMPONENTS)
def test_the_values_of_a_component_agree_with_the_library(opened, component):
    settings = list(oracle(component).settings(generator(component)))
    assert len(settings) >= FEWEST_SETTINGS
    _, element = opened(component)
    found = element.evaluate(
        "(e, settings) => settings.map(state => { e.set(state);"
        "return [e.values, [...e.querySelectorAll('data')].map(d => [d.dataset.name, d.value, d.textContent])] })",
        settings,
    )
    digits = element.evaluate("e => Object.fromEntries(e.parts.results.map(r => [r.name, r.digits ?? 3]))")
    for state, (values, displayed) in zip(settings, found, strict=True):
        wanted = oracle(component).expected(state)
        assert set(digits) <= set(wanted), "the oracle leaves out a result that the page shows"
        for name, value in wanted.items():
            pairs = list(zip(np.ravel(values[name]), np.ravel(value), strict=True))
            assert all(a == b if isinstance(b, str) else close(a, b) for a, b in pairs), (state, name, values[name], value)
        for name, exact, text in displayed:
            assert close(float(exact), wanted[name]), (state, name, exact)
            number = float(text.replace("−", "-").replace("∞", "inf"))
            assert number == float(exact) or abs(number - wanted[name]) <= 0.5000001 * 10.0 ** -digits[name], (state, name, text)


def test_the_reverse_fit_slides_to_the_optimum_that_the_library_finds(opened):
    page, _ = opened("mixture-fit")
    rng = generator("fit")
    for _ in range(25):
        weight, distance, sd = rng.uniform(0.1, 0.9), rng.uniform(0.5, 2.5), rng.uniform(0.5, 2)
        target = [weight, 1 - weight], [-distance, distance], [0.7, 0.7]
        for mean in (-distance, distance):
            found = page.evaluate("([target, start]) => Book.measures.fit_reverse(target, start)", [target, [mean, sd]])
            fit = lib.projections.fit_reverse(target, ([1.0], found[:1], found[1:]))
            assert np.allclose(found, [fit.mixture.means[0], fit.mixture.sds[0]], atol=1e-5)
            value = lib.mixtures.mixture_kl(([1.0], found[:1], found[1:]), target)
            assert close(value, fit.divergence)
            assert fit.curvature > 0


# Hands, keys and ears


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_handle_is_moved_by_keys_alone(opened, component):
    page, element = opened(component)
    for name in sliders(element):
        tab_to(page, name)
        handle = element.locator(f"[role=slider][data-parameter='{name}']")
        low, high = (float(handle.get_attribute(f"aria-value{end}")) for end in ("min", "max"))
        step, page_step = element.evaluate("(e, n) => { const p = e.parameter(n); return [p.step, p.page || 10 * p.step] }", name)
        page.keyboard.press("End")
        assert math.isclose(value_of(element, name), float(handle.get_attribute("aria-valuemax")), abs_tol=1e-12)
        page.keyboard.press("Home")
        assert math.isclose(value_of(element, name), low, abs_tol=1e-12)
        for key in ("ArrowRight", "ArrowUp", "PageUp", "ArrowUp", "ArrowLeft"):
            page.keyboard.press(key)
        grid = math.ceil(low / step - 1e-9) * step
        reached = min(high, grid + page_step + 2 * step)
        assert abs(value_of(element, name) - reached) <= 1.01 * step, (name, value_of(element, name), reached)
        assert math.isclose(float(handle.get_attribute("aria-valuenow")), value_of(element, name), abs_tol=1e-12)
        assert handle.get_attribute("aria-valuetext")
        assert handle.get_attribute("aria-label")


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_number_can_be_typed(opened, component):
    page, element = opened(component)
    fields = element.evaluate(
        "e => e.parameters().filter(p => !p.hidden && !p.options && !p.type).map(p => [p.name, p.min, p.max, p.step])"
    )
    for name, low, high, step in fields:
        tab_to(page, name, field=True)
        wanted = round(low + 0.372 * (high - low), 0 if step % 1 == 0 else 3)  # a count is a whole number
        page.keyboard.press("Control+a")
        page.keyboard.type(str(wanted))
        assert math.isclose(value_of(element, name), wanted, abs_tol=1e-12), name
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(str(high + 1))  # at once: its first digits alone may fit
        assert page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
        assert "must lie between" in element.locator("[role=status]").text_content()
        page.keyboard.press("Tab")
        assert math.isclose(value_of(element, name), wanted, abs_tol=1e-12), name


@pytest.mark.parametrize("component", COMPONENTS)
def test_texts_and_choices_are_made_by_keys_alone(opened, component):
    page, element = opened(component)
    for name, kind in element.evaluate("e => e.parameters().filter(p => p.options || p.type).map(p => [p.name, p.type || 'choice'])"):
        before = element.evaluate("e => JSON.stringify([e.state, e.values])")
        tab_to(page, name, field=True)
        for key in {"choice": ["ArrowDown"], "checkbox": ["Space"], "text": ["Control+a", "x", "y", "x"]}[kind]:
            page.keyboard.press(key)
        if element.evaluate("e => JSON.stringify([e.state, e.values])") == before:  # it was the last choice
            page.keyboard.press("ArrowUp")
        assert element.evaluate("e => JSON.stringify([e.state, e.values])") != before, name
        if kind == "text":  # nothing typed, and far too much
            page.keyboard.press("Control+a")
            page.keyboard.press("Delete")
            assert value_of(element, name)
            page.keyboard.insert_text("".join(map(chr, range(33, 127))) * 3)
            assert 20 <= len(value_of(element, name)) <= 80


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_sentence_says_what_changed_once_a_key_has_been_pressed(opened, component):
    page, element = opened(component)
    status = element.locator("[role=status][aria-live=polite]")
    before = status.text_content()
    assert before
    for name in sliders(element)[:1] or [element.evaluate("e => e.parameters()[0].name")]:
        if sliders(element):
            tab_to(page, name)
            lowest = value_of(element, name) == element.evaluate("(e, n) => e.parameter(n).min", name)
            page.keyboard.press("End" if lowest else "Home")
        else:
            tab_to(page, name, field=True)
            page.keyboard.type("Xyz")
        page.wait_for_function("([e, before]) => e.textContent !== before", arg=[status.element_handle(), before])
    assert not re.search(r"NaN|undefined|null|\[object", element.text_content())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("component", COMPONENTS)
def test_the_sentence_fits_the_room_that_is_kept_for_it(opened, component, width):
    page, element = opened(component, width=width)
    page.add_style_tag(content="main { margin: auto; max-width: 43rem }")  # as wide as the text of a chapter
    settings = list(oracle(component).settings(generator(component)))[::10]
    causes = ["", *element.evaluate("e => [...e.parameters().map(p => p.name), ...(e.parts.actions || []).map(a => a.label)]")]
    too_high = element.evaluate(
        "(e, [settings, causes]) => settings.flatMap(state => { e.set(state); return causes.filter(by => {"
        "e.status.textContent = e.parts.words(e.state, e.values, by);"
        "return e.status.scrollHeight > Math.ceil(parseFloat(getComputedStyle(e.status).minHeight)) }).map(() => e.status.textContent) })",
        [settings, causes],
    )
    assert too_high == []


@pytest.mark.parametrize("component", COMPONENTS)
def test_reset_returns_to_the_start(opened, component):
    page, element = opened(component, reduced_motion="reduce")
    start = element.evaluate("e => structuredClone(e.state)")
    for name in sliders(element)[:1]:
        tab_to(page, name)
        lowest = value_of(element, name) == element.evaluate("(e, n) => e.parameter(n).min", name)
        page.keyboard.press("End" if lowest else "Home")
        assert element.evaluate("e => structuredClone(e.state)") != start
    element.get_by_role("button", name="Reset").press("Enter")
    assert element.evaluate("e => structuredClone(e.state)") == start


@pytest.mark.parametrize("component", COMPONENTS)
def test_buttons_jump_for_who_wants_no_motion_and_glide_for_others(opened, component):
    for motion in ("reduce", "no-preference"):
        page, element = opened(component, reduced_motion=motion)
        for label in element.evaluate("e => (e.parts.actions || []).map(action => action.label)"):
            wanted = element.evaluate("(e, label) => e.parts.actions.find(a => a.label === label).to(e.state, e.values)", label)
            moves = any(element.evaluate("(e, k) => e.state[k]", key) != value for key, value in wanted.items())
            element.get_by_role("button", name=label, exact=True).click()
            at_once = all(element.evaluate("(e, k) => e.state[k]", key) == value for key, value in wanted.items())
            if motion == "reduce":
                assert at_once, label
            elif moves:
                page.wait_for_function(
                    "([e, wanted]) => Object.entries(wanted).every(([k, v]) => JSON.stringify(e.state[k]) === JSON.stringify(v))",
                    arg=[element.element_handle(), wanted],
                )


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_handle_is_dragged_by_a_mouse_and_by_a_finger(opened, component):
    page, element = opened(component, width="phone", has_touch=True)
    finger = page.context.new_cdp_session(page)
    names = element.evaluate("e => [...e.querySelectorAll('.handle')].map(s => s.dataset.parameter)")
    for name in names:
        for pointer in ("mouse", "finger"):
            element.evaluate("e => e.set(structuredClone(e.first))")
            handle = element.locator(f".handle[data-parameter='{name}']")
            handle.evaluate("h => scrollTo(0, h.getBoundingClientRect().top + scrollY - 400)")  # where the page could scroll
            handle.evaluate("h => h.parentElement.append(h)")  # another may lie over it at the start
            before = element.evaluate("e => JSON.stringify(e.state)")
            axis = handle.evaluate("h => h.classList[1]")
            box = handle.locator(".knob").bounding_box()
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            changed = []
            for way in (1, -1):  # one of the two may lead over an end
                steps = [(x + 6 * k * way * (axis != "y"), y - 6 * k * way * (axis != "x")) for k in range(1, 6)]
                if pointer == "mouse":
                    page.mouse.move(x, y)
                    page.mouse.down()
                    for step in steps:
                        page.mouse.move(*step)
                    page.mouse.up()
                else:
                    scrolled = page.evaluate("scrollY")
                    touches = [("touchStart", [(x, y)]), *(("touchMove", [step]) for step in steps), ("touchEnd", [])]
                    for kind, points in touches:
                        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": a, "y": b} for a, b in points]})
                    assert page.evaluate("scrollY") == scrolled, "the page took the finger away"
                changed.append(element.evaluate("e => JSON.stringify(e.state)") != before)
                element.evaluate("(e, s) => e.set(JSON.parse(s))", before)
            assert any(changed), (name, pointer)


@pytest.mark.parametrize("component", COMPONENTS)
def test_targets_are_large_enough_for_a_finger(opened, component):
    _, element = opened(component, width="phone", has_touch=True)
    sizes = element.evaluate(
        "e => [...e.querySelectorAll('.hit, button, input:not([type=checkbox]), select, textarea, label.checkbox')]"
        ".map(t => { const b = t.getBoundingClientRect(), h = t.closest('.handle');"
        "return [h ? h.dataset.parameter : t.textContent || t.localName, h ? h.classList[1] : 'y', b.width, b.height] })"
    )
    for name, axis, width, height in sizes:
        along, across = (width, height) if axis == "x" else (height, width)
        assert along >= 43.9, (name, width, height)
        assert across >= 27.9, (name, width, height)


def test_the_colours_are_those_of_the_other_figures():
    css = (interactive.FOLDER / interactive.STYLE).read_text("utf-8")
    light, dark = (dict(re.findall(r"--(\w+): (#\w+);", block)) for block in re.findall(r"\.interactive \{([^}]*--ink[^}]*)\}", css))
    for name in ("ink", "faint", "blue", "orange", "green", "pink"):
        assert light[name] == getattr(plotting, name.upper())
        assert dark[name] == plotting.DARK[light[name]]
