"""One visit to a page in a browser: everything the tests ask about it is noted at once."""

import gzip
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import axe_playwright_python

WIDTHS = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
# axe looks at every element, and a chapter has twenty thousand, nearly all of them parts of formulas and
# coloured words of code. One is as good as the next: keep the first of each kind in each kind of box.
# Whole pages are looked at too: by Lighthouse, each chapter (test_lighthouse.py), and in WHOLE below.
THIN_OUT = """() => {
  const seen = {};
  const box = element => (element.closest('.admonition, .cell_input, .cell_output, table, figcaption') || document.body).className;
  const enough = (element, kind, wanted) => {
    const key = kind + box(element);
    return (seen[key] = (seen[key] || 0) + 1) > wanted;
  };
  for (const formula of document.querySelectorAll('.katex')) {
    if (enough(formula, formula.parentElement.className, 1)) formula.replaceWith('formula');
  }
  for (const word of document.querySelectorAll('.highlight pre span[class]')) {
    if (enough(word, word.className, 1)) word.replaceWith(word.textContent);
  }
  document.querySelectorAll('.highlight pre').forEach(block => block.normalize());
}"""
# Without `preload`, for which axe would fetch the style sheets again, from wrong addresses.
RUN_AXE = "async () => (await axe.run(document, {resultTypes: ['violations'], preload: false})).violations"
WHOLE = {"chapters/01_information_content.html"}  # nothing is thinned out here
COUNTED = {"document", "stylesheet", "script", "font"}

SIZES = """() => ({
  page: document.documentElement.scrollWidth, window: document.documentElement.clientWidth,
  widest: [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
    .map(e => e.tagName + '.' + e.className).slice(0, 5)})"""
# Which of the two pictures of each figure is exposed, and whether it has arrived.
FIGURES = """async () => {
  const pairs = [...document.querySelectorAll('.themed')].map(e => [...e.querySelectorAll('img')]);
  const shown = img => getComputedStyle(img).display !== 'none';
  for (const img of pairs.flat().filter(shown)) { img.loading = 'eager'; await img.decode().catch(() => {}); }
  return pairs.map(pair => pair.filter(shown).map(img => [img.className, img.naturalWidth > 0]));
}"""

# Every shift of the layout since the page was opened and while it is scrolled to its end: what moved, and from where.
# The list of contents at the side unfolds where the reader is; that is meant.
SCROLL_THROUGH = """async () => {
  const told = [];
  const place = r => `${Math.round(r.x)},${Math.round(r.y)} ${Math.round(r.width)}x${Math.round(r.height)}`;
  const meant = e => e.sources.length > 0 && e.sources.every(s => s.node?.parentElement?.closest('.bd-sidebar-secondary'));
  const note = list => list.getEntries().filter(e => !e.hadRecentInput && e.value > 0.00005 && !meant(e)).forEach(e => told.push(
    `${e.value.toFixed(4)} at ${Math.round(e.startTime)} ms: ` + (e.sources || []).slice(0, 3).map(s => {
      const n = s.node && (s.node.nodeType === 1 ? s.node : s.node.parentElement);
      return (n ? n.tagName.toLowerCase() + '.' + n.className : '?') + ` from ${place(s.previousRect)} to ${place(s.currentRect)}`;
    }).join('; ')));
  const watcher = new PerformanceObserver(note);
  watcher.observe({type: 'layout-shift', buffered: true});
  const frame = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  await frame();
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
    scrollTo(0, y);
    await frame();
    await document.fonts.ready;
  }
  await frame();
  note({getEntries: () => watcher.takeRecords()});
  scrollTo(0, 0);
  await frame();
  return told;
}"""
# Pictures: how large they are in themselves and on the page, and whether they wait until they are near.
PICTURES = """() => [...document.querySelectorAll('article img')].map(e => ({
  src: e.currentSrc || e.src, loading: e.loading, width: e.getAttribute('width'), height: e.getAttribute('height'),
  natural: [e.naturalWidth, e.naturalHeight], shown: [e.getBoundingClientRect().width, e.getBoundingClientRect().height],
  top: e.getBoundingClientRect().top + scrollY, visible: e.getClientRects().length > 0}))"""


def launch(playwright, program: str):
    """Start a headless browser for which no host exists but this machine."""
    return playwright.chromium.launch(
        executable_path=program,
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ],
    )


@dataclass
class Visit:
    """What one visit noted; `violations` and `figures` have a key for each colour scheme."""

    requests: list = field(default_factory=list)
    failures: list = field(default_factory=list)
    console: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    weight: dict = field(default_factory=dict)
    sizes: dict = field(default_factory=dict)
    violations: dict = field(default_factory=dict)
    figures: dict = field(default_factory=dict)
    shifts: list = field(default_factory=list)
    pictures: list = field(default_factory=list)


def compressed(response) -> int:
    body = response.body()
    # Fonts in woff2 are compressed in themselves.
    return len(body) if response.request.resource_type == "font" else len(gzip.compress(body, 6))


def watch(page) -> Visit:
    """Note from now on what `page` asks for and complains of."""
    visit = Visit()
    page.on("request", lambda request: visit.requests.append(request.url))
    page.on("requestfailed", lambda request: visit.failures.append(request.url))
    page.on("response", lambda response: visit.failures.append(response.url) if response.status >= 400 else None)
    page.on("console", lambda message: visit.console.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    return visit


def visit_page(browser, url: str, width: str) -> Visit:
    context = browser.new_context(viewport=WIDTHS[width], color_scheme="light", has_touch=width == "phone")
    page = context.new_page()
    visit, responses = watch(page), []
    page.on("response", lambda response: responses.append(response))  # Playwright refuses built-in functions
    page.goto(url, wait_until="networkidle")
    visit.weight = {
        response.url: compressed(response) for response in responses if response.request.resource_type in COUNTED and response.status == 200
    }
    visit.sizes = page.evaluate(SIZES)
    visit.shifts = page.evaluate(SCROLL_THROUGH)
    visit.pictures = page.evaluate(PICTURES)
    page.evaluate(AXE)
    if url.removeprefix("http://").split("/", 1)[1] not in WHOLE:
        page.evaluate(THIN_OUT)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
        visit.figures[scheme] = page.evaluate(FIGURES)
        visit.violations[scheme] = page.evaluate(RUN_AXE)
    context.close()
    return visit


class Visitor:
    """A browser in a thread of its own, as Playwright demands, that visits pages of one width in turn."""

    def __init__(self, program: str, address: str, width: str) -> None:
        self.address, self.width = address, width
        self.thread = ThreadPoolExecutor(1, initializer=self.start, initargs=(program,))
        self.visits: dict[str, Future] = {}

    def start(self, program: str) -> None:
        from playwright.sync_api import sync_playwright

        self.playwright = sync_playwright().start()
        self.browser = launch(self.playwright, program)

    def send(self, page: str) -> Future:
        if page not in self.visits:
            self.visits[page] = self.thread.submit(lambda: visit_page(self.browser, self.address + page, self.width))
        return self.visits[page]

    def stop(self) -> None:
        self.thread.submit(lambda: (self.browser.close(), self.playwright.stop())).result()
        self.thread.shutdown()


def told(violations: list) -> str:
    """Say of each violation what is wrong and where first."""
    return "\n".join(
        f"{v['id']}: {v['help']} ({len(v['nodes'])} places, such as {v['nodes'][0]['html'][:200]!r}"
        f" {[c['message'] for c in v['nodes'][0]['any']][:1]})"
        for v in violations
    )
