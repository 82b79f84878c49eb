"""Finds each block in its source: lines that keep their number, and words found again between the markup."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pointsman.core.corpus.documents import Block

SourceSpan = tuple[int, int]
"""Of lines: first and last, both included. Of characters: begin and end, the end excluded."""

NEWLINE = re.compile("\r\n?|\n|\f|\v")
TOKEN = re.compile(r"\w+")
WORD_START = re.compile(r"(?<!\w)\w")
BREAKS = "\r\n\f\v"
BYTE_ORDER_MARK = "\ufeff"
AHEAD = 64
"""Words of markup that are skipped to find the next word, at most; an address or a directive's options have fewer."""
SURE = 2
"""Words that are skipped without a check that the following word matches too."""
LONG = 160
"""Characters from which a block gets marks: a chunk has at least 16 tokens, so shorter blocks are rarely cut."""
MARK_EVERY = 40
"""Characters between two marks, at least."""


class Line(str):
    """A line of text with the number of its line in the source, counted from 0."""

    __slots__ = ("number",)
    number: int

    @classmethod
    def of(cls, text: str, number: int) -> "Line":
        """Return ``text`` as (a part of) line ``number``."""
        line = cls(text)
        line.number = number
        return line

    @classmethod
    def like(cls, text: str, line: str) -> str:
        """Return ``text``, cut from ``line``, with that line's number if it has one."""
        return cls.of(text, line.number) if isinstance(line, Line) else text


def lines_span(lines: Iterable[str]) -> SourceSpan | None:
    """Return the numbers of the first and the last of ``lines`` that are not empty; None when none has a number."""
    numbers = [line.number for line in lines if isinstance(line, Line) and line]
    return (min(numbers), max(numbers)) if numbers else None


def joined_span(one: SourceSpan | None, two: SourceSpan | None) -> SourceSpan | None:
    """Return the span that holds both."""
    if one is None or two is None:
        return one or two
    return min(one[0], two[0]), max(one[1], two[1])


def count_lines(text: str) -> int:
    """Return the number of lines of a text, quickly."""
    return 1 + sum(map(text.count, BREAKS)) - text.count("\r\n")


@dataclass(frozen=True)
class SourceText:
    """A decoded text and the places of its lines; offsets count characters, with byte order mark and CR."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    """Offset at which each line ends, without its line break."""

    @classmethod
    def of(cls, text: str) -> "SourceText":
        """Find the lines of a text."""
        breaks = list(NEWLINE.finditer(text))
        first = int(text.startswith(BYTE_ORDER_MARK))
        return cls(text, [first, *(b.end() for b in breaks)], [*(b.start() for b in breaks), len(text)])

    @property
    def normal(self) -> str:
        """The text with a line feed as each line break, without a byte order mark."""
        return NEWLINE.sub("\n", self.text.removeprefix(BYTE_ORDER_MARK))

    def of_lines(self, span: SourceSpan) -> SourceSpan:
        """Return the span of characters of the lines ``span``, without white space around them."""
        start, end = self.starts[span[0]], self.ends[span[1]]
        found = self.text[start:end]
        return start + len(found) - len(found.lstrip()), start + len(found.rstrip())


def place_lines(blocks: Sequence[Block], spans: Sequence[SourceSpan | None], source: SourceText) -> tuple[Block, ...]:
    """Return the blocks with their place in ``source``; ``spans`` has the lines of each."""
    placed = []
    for block, span in zip(blocks, spans, strict=True):
        if span is None:
            placed.append(block)
        else:
            start, end = source.of_lines(span)
            placed.append(replace(block, start=start, end=end, marks=marks(block.text, source.text, start, end)))
    return tuple(placed)


def place_texts(blocks: Sequence[Block], tags: Sequence[SourceSpan | None], text: str, seen: str) -> tuple[Block, ...]:
    """Return blocks with their place in ``text``.

    ``tags`` has the offsets of the first and the last tag of each block: the block begins at the first or after it, and
    ends after the last. ``seen`` is ``text`` with a blank for each character of markup: only the rest is compared.
    """
    starts = sorted({tag[0] for tag in tags if tag is not None})
    placed: list[Block] = []
    done = 0
    for block, tag in zip(blocks, tags, strict=True):
        first, last = tag or (0, 0)
        low = max(done, first)
        later = bisect_right(starts, last)
        high = max(starts[later] if later < len(starts) else len(text), low)
        start, done = _tight(block.text, seen, low, high)
        placed.append(replace(block, start=start, end=done, marks=marks(block.text, seen, start, done)))
    return tuple(placed)


def _tight(text: str, seen: str, low: int, high: int) -> SourceSpan:
    """Return the narrowest span between ``low`` and ``high`` that holds the first and the last word of ``text``."""
    words, found = list(TOKEN.finditer(text)), aligned(text, seen, low, high)
    start, end = low, high
    if found and found[0][0] == words[0].start():
        start = found[0][1]
        while start > low and not seen[start - 1].isspace():
            start -= 1
    if found and found[-1][0] == words[-1].start():
        end = found[-1][1] + len(words[-1][0])
        while end < high and not seen[end].isspace():
            end += 1
    return start, end


def aligned(text: str, source: str, low: int, high: int) -> list[tuple[int, int]]:
    """Return (offset in ``text``, offset in ``source``) of the words found in order from ``low`` to ``high``.

    Words that are in only one of the two are skipped: markup in the source, what a parser added in the text.
    """
    ours, theirs = list(TOKEN.finditer(text)), list(TOKEN.finditer(source, low, high))
    wanted, given = [m[0] for m in ours], [m[0] for m in theirs]
    found = []
    at, size = 0, len(given)
    for nth, word in enumerate(wanted):
        there = at if at < size and given[at] == word else _place_of(nth, wanted, given, at)
        if there is not None:
            found.append((ours[nth].start(), theirs[there].start()))
            at = there + 1
    return found


def _place_of(nth: int, wanted: list[str], given: list[str], at: int) -> int | None:
    """Return the number of a word among the next ones that are given: near, or before the same follower."""
    word, follower = wanted[nth], wanted[nth + 1 : nth + 2]
    there, end = at - 1, at + AHEAD
    try:
        while True:
            there = given.index(word, there + 1, end)
            if there - at < SURE or given[there + 1 : there + 2] == follower:
                return there
    except ValueError:  # it is none of them
        return None


def marks(text: str, source: str, low: int, high: int) -> tuple[tuple[int, int], ...]:
    """Return (offset in the block, offset in the source) of some words, far enough apart; none for a short block."""
    if len(text) < LONG:
        return ()
    if text == source[low:high].replace("\n", " "):
        return tuple((at, low + at) for at in _word_starts(text))
    kept: list[tuple[int, int]] = []
    for ours, theirs in aligned(text, source, low, high):
        if not kept or ours - kept[-1][0] >= MARK_EVERY:
            kept.append((ours, theirs))
    return tuple(kept)


def _word_starts(text: str) -> Iterator[int]:
    """Yield the offset of the first word of a text, and of each next one that is far enough away."""
    found = WORD_START.search(text)
    while found:
        yield found.start()
        found = WORD_START.search(text, found.start() + MARK_EVERY)
