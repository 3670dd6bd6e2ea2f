"""Ask every address outside the site whether it is still there: `python tools/check_links.py _build/html`.

For the weekly run, as it needs the network. Each address is asked once, and once more after a while if it did not
answer. Gone is what says so (404, 410), what has no host any more, and what does not answer twice. A host that
answers but turns programs away (401, 403, 429 and the like) is told and counts as there.
"""

import argparse
import re
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

LINK = re.compile(r'<a\b[^>]*\bhref="(https?://[^"#]+)')
# Made from the address of the repository, which a copy of it has yet to set; and the reader's own machine.
LEFT_OUT = re.compile(r"//(github\.com|mybinder\.org/v2/gh|colab\.research\.google\.com/github)/OWNER/|//(127\.0\.0\.1|localhost)\b")
AGENT = "Mozilla/5.0 (compatible; link check of a book)"


def addresses(site: Path) -> dict[str, list[str]]:
    """Map each outside address to the pages that link to it."""
    found: dict[str, list[str]] = {}
    for page in sorted(site.rglob("*.html")):
        for address in map(unescape, sorted(set(LINK.findall(page.read_text("utf-8"))))):
            if not LEFT_OUT.search(address):
                found.setdefault(address, []).append(page.relative_to(site).as_posix())
    return found


def ask(address: str, *, timeout: float) -> int | str:
    """Return the status that the address answers with, or why there is no answer."""
    try:
        request = urllib.request.Request(address, headers={"User-Agent": AGENT, "Accept": "*/*"})
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error))


def is_gone(answer: int | str) -> bool:
    return isinstance(answer, str) or answer in (404, 410) or answer >= 500


def checked(address: str, *, timeout: float, pause: float) -> int | str:
    answer = ask(address, timeout=timeout)
    if is_gone(answer):
        time.sleep(pause)
        answer = ask(address, timeout=timeout)
    return answer


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=Path, help="the folder of the built site")
    parser.add_argument("--timeout", type=float, default=30, help="seconds to wait for an answer")
    parser.add_argument("--pause", type=float, default=20, help="seconds before an address is asked again")
    options = parser.parse_args(arguments)
    if not (options.site / "index.html").is_file():
        parser.error(f"`site` must be the folder of a built site; there is no index.html in {options.site}")
    pages = addresses(options.site)
    with ThreadPoolExecutor(8) as pool:
        answers = dict(zip(pages, pool.map(lambda address: checked(address, timeout=options.timeout, pause=options.pause), pages)))
    gone = {address: answer for address, answer in answers.items() if is_gone(answer)}
    for address, answer in answers.items():
        if address in gone or answer != 200:
            print(f"{'GONE' if address in gone else 'told'} {answer}: {address} ({', '.join(pages[address])})")
    print(f"{len(pages)} addresses, {len(gone)} gone")
    return 1 if gone else 0


if __name__ == "__main__":
    sys.exit(main())
