"""Leaves out what HTML elements in Markdown hide from the readers of the page."""

import re
from bisect import bisect_right
from collections import Counter

from pointsman.adapters.parsers.hidden.elements import CERTAIN
from pointsman.adapters.parsers.hidden.remarks import without_remarks
from pointsman.adapters.parsers.hidden.styles import BACKGROUND, SAME_COLOUR, hides
from pointsman.adapters.parsers.hidden.texts import HIDDEN_ATTRIBUTE, STYLE_ATTRIBUTE, TAG, VOID
from pointsman.adapters.parsers.inline_html import code_spans

QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
OPENED = re.compile(r"tabpanel|until-found", re.IGNORECASE)
"""What a reader opens, or finds by searching the page."""


class HiddenMarkup:
    """Reads pieces of a text one after the other; a hidden element may begin in one and end in another."""

    def __init__(self, text: str) -> None:
        """Take the whole text: an element that nothing closes hides nothing."""
        self._closings = Counter(found[2].lower() for found in TAG.finditer(text) if found[1])
        """How many closing tags of each name are still to come."""
        self._name = ""
        self._depth = 0

    @property
    def hides(self) -> bool:
        """Whether a hidden element is open."""
        return bool(self._name)

    def shown(self, piece: str) -> str:
        """Return what is shown of a piece, which is the next one of the text; code between backticks has no tags."""
        piece = without_remarks(piece)
        codes = code_spans(piece)
        begins = [span[0] for span in codes]
        kept: list[str] = []
        begin = 0
        for tag in TAG.finditer(piece):
            self._closings[tag[2].lower()] -= bool(tag[1])
            nth = bisect_right(begins, tag.start())
            if nth and tag.start() < codes[nth - 1][1]:
                continue
            if self._name:
                if tag[2].lower() == self._name and not tag[3].endswith("/"):
                    self._depth += -1 if tag[1] else 1
                if not self._depth:
                    self._name, begin = "", tag.end()
            elif self._opens(tag):
                kept.append(piece[begin : tag.start()])
                self._name, self._depth = tag[2].lower(), 1
        return "".join(kept) + ("" if self._name else piece[begin:])

    def _opens(self, tag: re.Match[str]) -> bool:
        """Tell whether a tag begins a hidden element that something closes."""
        name, attributes = tag[2].lower(), tag[3]
        if tag[1] or name in VOID or attributes.endswith("/") or OPENED.search(attributes):
            return False
        if self._closings[name] < 1:
            return False
        style = STYLE_ATTRIBUTE.search(attributes)
        said = (style[1] or style[2] or style[3] or "") if style else ""
        way = hides(said)
        if way and way[0] in CERTAIN and (way[0] != SAME_COLOUR or BACKGROUND.search(said)):
            return True
        return bool(HIDDEN_ATTRIBUTE.search(QUOTED.sub(" ", attributes)))
