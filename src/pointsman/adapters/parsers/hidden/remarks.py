"""Comments in Markdown that are none of HTML: of Jinja, Liquid and MDX, and link definitions that define nothing."""

import re
from bisect import bisect_right
from collections.abc import Iterator

from pointsman.adapters.parsers.inline_html import code_spans

OPENING = re.compile(
    r"(?P<jinja>\{#(?![\w:.-]{1,80}\}))|(?P<mdx>\{/\*)|(?P<liquid>\{%-?\s{0,3}comment\s{0,3}-?%\})|"
    r"(?P<link>^\[(?://|comment|_)\]:[ \t]{1,4}(?:#|<>)[ \t]{1,4}(?=[(\"']))",
    re.MULTILINE,
)
CLOSING = {
    "jinja": re.compile(r"#\}"),
    "mdx": re.compile(r"\*/\}"),
    "liquid": re.compile(r"\{%-?\s{0,3}endcomment\s{0,3}-?%\}"),
    "link": re.compile(r"[)\"'][ \t]*$", re.MULTILINE),
}
"""How each kind of comment ends."""


def remarks(text: str) -> Iterator[tuple[int, int]]:
    """Yield the offsets at which comments begin and end; none in code, and none that never ends."""
    codes = code_spans(text) if "`" in text else []
    begins = [span[0] for span in codes]
    endless: set[str] = set()
    at = 0
    while opening := OPENING.search(text, at):
        at, kind = opening.end(), opening.lastgroup or ""
        nth = bisect_right(begins, opening.start())
        if kind in endless or (nth and opening.start() < codes[nth - 1][1]):
            continue
        closing = CLOSING[kind].search(text, at)
        if closing is None:
            endless.add(kind)
        else:
            at = closing.end()
            yield opening.start(), at


def without_remarks(text: str) -> str:
    """Return a text with a blank for each comment."""
    kept: list[str] = []
    done = 0
    for begin, end in remarks(text):
        kept += [text[done:begin], " "]
        done = end
    return "".join([*kept, text[done:]])
