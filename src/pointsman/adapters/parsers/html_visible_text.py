"""Where the text of a page stands between its markup."""

from html.parser import HTMLParser
from typing import Any

SLICE = 65_536
"""Characters given to the parser at once."""


class _Visible(HTMLParser):
    """Finds where text stands between the markup."""

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
    """Return ``text`` with a blank for every character that is markup, and where a tag begins that is never closed.

    Offsets stay as they are. As in a browser, nothing from an unclosed tag or comment on is shown; the parser would
    try every ``<`` in it again, in quadratic time.
    """
    reader = _Visible(feeds)
    for begin in range(0, len(text), SLICE):
        reader.feed(text[begin : begin + SLICE])
    end = len(text) - len(reader.rawdata) if reader.rawdata.startswith("<") else len(text)
    parts: list[str] = []
    at = 0
    for begin, data in reader.found:
        parts += [" " * (begin - at), data]
        at = begin + len(data)
    return "".join(parts).ljust(len(text)), end
