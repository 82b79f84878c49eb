"""The memorization check: old and new index by old and new adapter. Facts belong to the index, not to the weights.

A question whose document changed is asked four times. The words that only the old text has, and those that only the new
one has, show which of the two an answer follows. An adapter that follows the old text although the prompt shows the new
one has memorized a fact.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from pointsman.core.evaluation.answer_scoring import FUNCTION_WORDS, spoken

OLD, NEW = "old", "new"

FOLLOWS_SHARE = 0.5
"""Share of the words that only one text has which an answer must contain to follow that text."""

WORD = re.compile(r"\w+(?:[.,:]\d+)*")
"""A word, or a number with its points and colons: 22:00, 3.11, 5,000."""

Cell = tuple[str, str]
"""(index, adapter), each ``old`` or ``new``."""

CELLS: tuple[Cell, ...] = tuple(product((OLD, NEW), (OLD, NEW)))


@dataclass(frozen=True, slots=True)
class MemorizationCheck:
    """A question whose document changed, with its answers in the four cells."""

    id: str
    question: str
    old_text: str
    """What the prompt showed of its documents on the old index."""
    new_text: str
    """What it shows of them on the new index."""
    new_prompt: str
    """All passages that the prompt shows on the new index; what they say was not memorized."""
    known: str
    """An answer that people gave to it, empty without one."""
    answers: Mapping[Cell, str]

    @property
    def stale_words(self) -> frozenset[str]:
        """Words of the known or the old answer that the old text has and the new prompt has not."""
        gone = fact_words(self.old_text) - fact_words(self.new_text) - fact_words(self.new_prompt)
        stale = fact_words(spoken(self.known)) & gone or fact_words(spoken(self.answers[OLD, OLD])) & gone
        return frozenset(word for word in stale if _is_number(word)) or stale

    @property
    def fresh_words(self) -> frozenset[str]:
        """Words of the new text that the old one has not; numbers, where the stale ones are numbers."""
        come = fact_words(self.new_text) - fact_words(self.old_text)
        numbers = frozenset(word for word in come if _is_number(word))
        return numbers if any(map(_is_number, self.stale_words)) and numbers else come

    @property
    def telling(self) -> bool:
        """Whether old and new text answer the question differently, so that an answer shows which one it follows."""
        return bool(self.stale_words) and bool(self.fresh_words)

    def follows(self, cell: Cell) -> str | None:
        """Return which text the answer in a cell follows: ``old``, ``new``, or None for neither or both."""
        said, stale = fact_words(spoken(self.answers[cell])), self.stale_words
        old = len(said & stale) >= FOLLOWS_SHARE * len(stale)
        new = bool(said & self.fresh_words)
        return None if old is new else OLD if old else NEW

    @property
    def memorized(self) -> bool:
        """Whether the new adapter, on the new index, follows the old text where the old adapter does not."""
        return self.telling and self.follows((NEW, NEW)) == OLD and self.follows((NEW, OLD)) != OLD


def fact_words(text: str) -> frozenset[str]:
    """Return the words of ``text`` that can carry a fact, lower-cased; numbers whole."""
    return frozenset(WORD.findall(text.lower())) - FUNCTION_WORDS


def can_tell(old_text: str, new_text: str, new_prompt: str) -> bool:
    """Tell whether an answer could show which of two texts it follows: each has words that the other does not."""
    old, new = fact_words(old_text), fact_words(new_text)
    return bool(old - new - fact_words(new_prompt)) and bool(new - old)


def memorization_table(checks: Sequence[MemorizationCheck]) -> dict[str, Any]:
    """Return for the record how many answers of each cell follow the old text, the new one, or neither."""
    asked = [each for each in checks if each.telling]
    cells = [
        {"index": cell[0], "adapter": cell[1]}
        | {
            f"follows_{side or 'neither'}": sum(each.follows(cell) == side for each in asked)
            for side in (OLD, NEW, None)
        }
        for cell in CELLS
    ]
    return {
        "asked": len(checks),
        "telling": len(asked),
        "cells": cells,
        "memorised": [each.id for each in asked if each.memorized],
    }


def _is_number(word: str) -> bool:
    return any(character.isdigit() for character in word)
