"""Blocks being written: what every reader of markup has in common."""

import re

from pointsman.core.documents import Block, Kind

INCLUSION = "literalinclude::"
"""How the block begins that stands for another file."""
MAX_NESTING = 40
"""Lists and quotes nested deeper than this are read as one paragraph."""


def count_words(text: str) -> int:
    """Count words: runs without white space that have a letter or digit; CJK characters count one by one."""
    wide = len(re.findall("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", text))
    return wide + sum(1 for word in text.split() if any(c.isalnum() and c < "\u3040" for c in word))


def text_lines(text: str) -> list[str]:
    """Return lines without trailing white space and with tabs expanded to 8 columns."""
    return [line.expandtabs(8).rstrip() for line in text.split("\n")]


def indent_of(line: str) -> int:
    """Return the number of leading blanks."""
    return len(line) - len(line.lstrip(" "))


def dedented(lines: list[str]) -> list[str]:
    """Return lines without their common indentation."""
    margin = min((indent_of(line) for line in lines if line), default=0)
    return [line[margin:] for line in lines]


class BlockWriter:
    """Collects blocks. A *lead* (a list marker, a directive's name) goes before the next paragraph."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.links = 0
        self.hidden = 0
        self.lists = 0
        """How many lists are open; inside one, paragraphs become lines of one block."""
        self._items: list[str] = []
        self._lead: list[str] = []

    def heading(self, level: int, text: str) -> None:
        """Add a heading."""
        self.flush()
        if text := " ".join(text.split()):
            self.blocks.append(Block(Kind.HEADING, text, level))

    def paragraph(self, text: str) -> None:
        """Add prose: a block of its own, or a line (or more of the same line) of the open list."""
        text = " ".join(text.split())
        if not text:
            return
        lead, self._lead = self._lead, []
        line = " ".join([*lead, text])
        if not self.lists:
            self.blocks.append(Block(Kind.PROSE, line))
        elif lead or not self._items:
            self._items.append(line)
        else:
            self._items[-1] += " " + line

    def lead(self, text: str) -> None:
        """Put ``text`` before the next paragraph."""
        if text := " ".join(text.split()):
            self._lead.append(text)

    def settle(self) -> None:
        """Make a paragraph of a lead that found none; a bare list marker is dropped."""
        lead, self._lead = " ".join(self._lead), []
        if any(c.isalpha() for c in lead):
            self.paragraph(lead.removesuffix(":"))

    def verbatim(self, lines: list[str]) -> None:
        """Add a verbatim piece, dedented."""
        if text := "\n".join(dedented([line.rstrip() for line in lines])).strip("\n"):
            self.flush()
            self.blocks.append(Block(Kind.VERBATIM, text))

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
        if items:
            self.blocks.append(Block(Kind.PROSE, "\n".join(items)))
