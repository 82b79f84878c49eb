"""Finds the sentences in which the words of a rule meet.

A text may hold a word a million times. So where a sentence lacks a group of words, the search goes on near the next
word of that group.
"""

# ruff: noqa: RUF001 - marks that end a sentence in other scripts

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache

from pointsman.core.corpus.instructions.meeting import Meeting

REACH = 130
"""Characters on each side of a word in which the words of a sentence are looked for."""
SENTENCE_END = re.compile(r"[.!?](?=\s)|[。！？]|\n\n|;\s")
WORD = re.compile(r"\w+")
NO_LETTER = re.compile(r"[^\w]+")
LONGEST = 60
"""Characters of a phrase, at most."""


class Vocabulary:
    """The words of a text: most searches end here, without another look at the text."""

    def __init__(self, text: str) -> None:
        self._words: list[str] = sorted(set(WORD.findall(text)))

    def may_hold(self, start: str) -> bool:
        """Tell whether a word begins as the first word of ``start`` does, or is that word where more follows it."""
        first, is_whole = _first_of(start)
        at = bisect_left(self._words, first)
        if at == len(self._words):
            return not first
        return self._words[at] == first if is_whole else self._words[at].startswith(first)


@cache
def _first_of(start: str) -> tuple[str, bool]:
    """Return the first word of a phrase, and whether it must be a whole word; empty where none begins it."""
    found = WORD.match(start)
    first = found[0] if found else ""
    return first, bool(first) and len(first) < len(start) and start[len(first)] != "*"


class _Ahead:
    """Where the next word of a group begins."""

    def __init__(self, text: str, group: tuple[str, ...], words: Vocabulary | None) -> None:
        firsts = {found[0] if (found := WORD.match(word)) else word for word in group}
        known = [first for first in firsts if words is None or words.may_hold(f"{first}*")]
        self._text, self._places = text, dict.fromkeys(known, -1)

    def after(self, at: int) -> int | None:
        """Return the first place from ``at`` on; None where there is none."""
        for word, place in self._places.items():
            if 0 <= place < at or place == -1:
                found = self._text.find(word, at)
                self._places[word] = found if found >= 0 else len(self._text)
        there = min(self._places.values(), default=len(self._text))
        return there if there < len(self._text) else None


def met(meeting: Meeting, folded: str, words: Vocabulary | None) -> Iterator[tuple[str, int, int]]:
    """Yield the sentences in which one word of each group stands; without ``words`` the language has no blanks."""
    for lead in meeting.lead:
        if words is None or words.may_hold(lead):
            yield from _led(meeting, lead, folded, words=words)


def _led(meeting: Meeting, lead: str, folded: str, *, words: Vocabulary | None) -> Iterator[tuple[str, int, int]]:
    """Yield the sentences that hold a word of the first group, and one of each other."""
    stem, at, blank = lead.rstrip("*"), -1, "" if words is None else " "
    ahead: dict[int, _Ahead] = {}
    while (at := folded.find(stem, at + 1)) >= 0:
        if words is not None and not _stands_alone(folded, at, lead):
            continue
        begin, end = _sentence(folded, at)
        sentence = folded[begin:end]
        if words is not None:
            sentence = f" {NO_LETTER.sub(' ', sentence)} "
        missing = _missing_group(meeting, sentence, blank)
        if missing is None:
            yield meeting.sign, begin, end
            at = max(at, end - 1)
            continue
        if missing not in ahead:
            ahead[missing] = _Ahead(folded, meeting.groups[missing], words)
        there = ahead[missing].after(max(at, end - LONGEST))
        if there is None:
            return
        at = max(at, there - REACH - 1)


def _missing_group(meeting: Meeting, sentence: str, blank: str) -> int | None:
    """Return the number of the first group of which a sentence has no word; None where it has one of each."""
    for nth, group in enumerate(meeting.groups):
        if not any(f"{blank}{word}" in sentence for word in group):
            return nth
    return None


def _stands_alone(folded: str, at: int, lead: str) -> bool:
    """Tell whether a word begins at an offset, and ends with ``lead`` where that is no beginning of a word."""
    end = at + len(lead)
    return not (at and folded[at - 1].isalnum()) and (
        lead.endswith(("*", " ")) or end >= len(folded) or not folded[end].isalnum()
    )


def _sentence(folded: str, at: int) -> tuple[int, int]:
    """Return the ends of the sentence around an offset, at most ``REACH`` on each side."""
    low, high = max(0, at - REACH), min(len(folded), at + REACH)
    before = [found.end() for found in SENTENCE_END.finditer(folded, low, at)]
    after = SENTENCE_END.search(folded, at, high)
    begin, end = before[-1] if before else low, after.start() if after else high
    while begin < at and not folded[begin].isalnum():
        begin += 1
    return begin, end
