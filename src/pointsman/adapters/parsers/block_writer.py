"""Collects the blocks of a document: what all readers of markup share."""

import re
from collections.abc import Iterable

from pointsman.adapters.parsers.offsets import Line, SourceSpan, joined_span, lines_span
from pointsman.core.corpus.documents import Block, Kind

WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
WORD = re.compile("[^\\W_\u3040-\U0010ffff]\\S*+")
"""A word from its first letter or digit to its end: each part of a text is looked at once."""
INCLUSION = "literalinclude::"
"""First word of a block that stands for another file."""
MAX_NESTING = 40
"""Depth from which nested lists and quotes are read as one paragraph."""


def count_words(text: str) -> int:
    """Return the number of words: runs without white space that hold a letter or digit; each CJK character is one."""
    wide = 0 if text.isascii() else len(WIDE.findall(text))
    return wide + len(WORD.findall(text))


def text_lines(text: str, *, first: int = 0) -> list[str]:
    """Return lines, numbered from ``first``, without trailing white space and with tabs expanded to 8 columns."""
    return [Line.of(line.expandtabs(8).rstrip(), number) for number, line in enumerate(text.split("\n"), first)]


def indent_of(line: str) -> int:
    """Return the number of leading blanks."""
    return len(line) - len(line.lstrip(" "))


def dedented(lines: list[str]) -> list[str]:
    """Return lines without their common indentation."""
    margin = min((indent_of(line) for line in lines if line), default=0)
    return [Line.like(line[margin:], line) for line in lines]


class BlockWriter:
    """Collects blocks. A *lead* (a list marker, a directive's name) is put before the next paragraph.

    Readers call ``cover`` first, with the place in the source of what they write next.
    """

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.spans: list[SourceSpan | None] = []
        """Place of each block in the source, from ``cover``; None where it is unknown."""
        self.below_headings = 0
        """Number of blocks that are no headings."""
        self.links = 0
        """Words that are links."""
        self.hidden = 0
        """Words of links that are in no block, such as a table of contents."""
        self.lists = 0
        """Number of open lists; inside a list, paragraphs become lines of one block."""
        self._items: list[str] = []
        self._items_span: SourceSpan | None = None
        self._lead: list[str] = []
        self._lead_span: SourceSpan | None = None
        self._here: SourceSpan | None = None

    def cover(self, span: SourceSpan | None) -> None:
        """Set the place in the source of everything that is written from now on."""
        self._here = span

    def cover_lines(self, lines: Iterable[str]) -> None:
        """Set the lines of the source from which everything is written from now on."""
        self._here = lines_span(lines)

    def heading(self, level: int, text: str, anchor: str | None = None) -> None:
        """Add a heading."""
        self.flush()
        if text := " ".join(text.split()):
            self._block(Block(Kind.HEADING, text, level, anchor), self._here)

    def paragraph(self, text: str, anchor: str | None = None) -> None:
        """Add prose: a block of its own, or, in an open list, a line or the rest of one."""
        self._write(" ".join(text.split()), self._here, anchor)

    def _write(self, text: str, span: SourceSpan | None, anchor: str | None = None) -> None:
        if not text:
            return
        lead, self._lead = self._lead, []
        span, self._lead_span = joined_span(self._lead_span, span), None
        line = " ".join([*lead, text])
        if not self.lists:
            self._block(Block(Kind.PROSE, line, anchor=anchor), span)
            return
        self._items_span = joined_span(self._items_span, span)
        if lead or not self._items:
            self._items.append(line)
        else:
            self._items[-1] += " " + line

    def lead(self, text: str) -> None:
        """Put ``text`` before the next paragraph."""
        if text := " ".join(text.split()):
            self._lead.append(text)
            self._lead_span = joined_span(self._lead_span, self._here)

    def settle(self) -> None:
        """Write a lead as a paragraph when no paragraph followed it; drop a bare list marker."""
        lead, self._lead = " ".join(self._lead), []
        span, self._lead_span = self._lead_span, None
        if any(c.isalpha() for c in lead):
            self._write(lead.removesuffix(":"), span)

    def verbatim(self, lines: list[str]) -> None:
        """Add a verbatim block (code, a table) without its common indentation."""
        if text := "\n".join(dedented([line.rstrip() for line in lines])).strip("\n"):
            self.flush()
            self._block(Block(Kind.VERBATIM, text), self._here)

    def open_list(self) -> None:
        """Begin a list."""
        if not self.lists:
            self.flush()
        self.lists += 1

    def close_list(self) -> None:
        """End a list."""
        self.lists -= 1
        if not self.lists:
            self.flush()

    def flush(self) -> None:
        """End the open block."""
        self.settle()
        items, self._items = self._items, []
        span, self._items_span = self._items_span, None
        if items:
            self._block(Block(Kind.PROSE, "\n".join(items)), span)

    def _block(self, block: Block, span: SourceSpan | None) -> None:
        self.blocks.append(block)
        self.below_headings += block.kind is not Kind.HEADING
        self.spans.append(span)
