"""Search that knows Chinese words, answers while one types, and asks for no page.

Sphinx cuts text into words at spaces, and Chinese has none. Here each run of Chinese characters is indexed
as its characters and its neighbouring pairs, and a query is cut into the same pairs, so that a part of a
word finds the whole. `search/live.js` shows the results at each key.
"""

from __future__ import annotations

import re

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
PIECES = re.compile(rf"[{HAN}]+|[^{HAN}]+")


class SearchEnglishAndChinese(SearchEnglish):
    """Sphinx's English, with Chinese among it."""

    # The query needs no single characters beside the pairs: who types one looks for one.
    js_splitter_code = r"""
var splitQuery = (query) => query
  .split(/[^\p{Letter}\p{Number}_\p{Emoji_Presentation}]+/u)
  .flatMap((word) => word.match(/[HAN]+|[^HAN]+/g) ?? [])
  .flatMap((word) => /^[HAN]{3}/.test(word) ? [...word.slice(1)].map((_, at) => word.slice(at, at + 2)) : [word]);
""".replace("HAN", HAN)

    def split(self, input: str) -> list[str]:
        words = []
        for piece in (piece for word in super().split(input) for piece in PIECES.findall(word)):
            if re.match(f"[{HAN}]", piece):
                words += [*piece, *(piece[at : at + 2] for at in range(len(piece) - 1))]
            else:
                words.append(piece)
        return words


def add_script(app: Sphinx, pagename: str, *_rest: object) -> None:
    if pagename == "search":
        app.add_js_file("search/live.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, object]:
    app.add_search_language(SearchEnglishAndChinese)
    app.connect("html-page-context", add_script)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
