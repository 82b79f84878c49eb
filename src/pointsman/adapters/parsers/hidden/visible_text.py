"""Finds the text of an HTML page between its markup."""

from html.parser import HTMLParser
from typing import Any

SLICE = 65_536
"""Characters that the parser gets at once, at least."""


class _Visible(HTMLParser):
    """Collects (offset, text) of everything that is not markup."""

    def __init__(self, feeds: list[int]) -> None:
        super().__init__(convert_charrefs=False)
        self._feeds = feeds
        self._unseen = False
        self.found: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:  # noqa: ARG002 - the parser's own signature
        self._unseen = tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            line, column = self.getpos()
            self.found.append((self._feeds[line - 1] + column, data))
        self._unseen = False


def visible(text: str, feeds: list[int]) -> tuple[str, int]:
    """Return (``text`` with a blank for each character of markup, the offset of a tag that is never closed).

    Offsets stay the same. As in a browser, nothing after an unclosed tag or comment is shown. The parser would try each
    ``<`` after it again, in quadratic time.
    """
    reader = _Visible(feeds)
    begin = 0
    while begin < len(text):
        size = max(SLICE, len(reader.rawdata))  # what waits for its end is read again with each slice
        reader.feed(text[begin : begin + size])
        begin += size
    end = len(text) - len(reader.rawdata) if reader.rawdata.startswith("<") else len(text)
    parts: list[str] = []
    at = 0
    for begin, data in reader.found:
        parts += [" " * (begin - at), data]
        at = begin + len(data)
    return "".join(parts).ljust(len(text)), end
