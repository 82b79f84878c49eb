"""Sketches of texts, kept in memory between runs. The guards find floods and crowds of near copies with them."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pointsman.core.corpus.comparison.near_duplicates import SIZE
from pointsman.core.corpus.documents import Document
from pointsman.core.hashing import digest
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Guard
from pointsman.steps.observe.texts.memory import TextMeasure, stored_rows

SKETCHES = "sketches"
"""Memory key: text digest → sketch of a text and digest of its opening. A missing one is made when needed."""
SKETCH_VERSION = 1
"""Version of the sketches and openings."""

SENTENCE_ENDS = re.compile(r"(?<=[.?!])\s")
OPENING = 200
"""Characters of an opening that are compared."""
MARK = ":"
"""Separates sketch and opening in a stored text; neither contains it."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """The sketch of one text."""

    raw: bytes
    """``core.corpus.comparison.near_duplicates.SIZE`` bytes."""
    opening: str
    """Digest of the first heading or sentence."""

    @classmethod
    def of(cls, sketch: Callable[[str], str], document: Document) -> "Sketch":
        """Return the sketch of a document's text."""
        return cls(base64.b64decode(sketch(document.text)), opening_of(document))

    @classmethod
    def from_text(cls, text: Any) -> "Sketch | None":
        """Return a stored sketch, or None if it is damaged or of an older format."""
        try:
            packed, mark, opening = str(text).partition(MARK)
            raw = base64.b64decode(packed, validate=True)
        except (ValueError, binascii.Error):
            return None
        return cls(raw, opening) if len(raw) == SIZE and mark else None

    def as_text(self) -> str:
        """Return the sketch as it is stored."""
        return f"{base64.b64encode(self.raw).decode('ascii')}{MARK}{self.opening}"


def opening_of(document: Document) -> str:
    """Return a digest of the opening of a document: its first heading, or else its first sentence."""
    first = document.blocks[0].text if document.blocks else ""
    words = " ".join(SENTENCE_ENDS.split(first.strip(), maxsplit=1)[0].lower().split())
    return digest(words[:OPENING].encode("utf-8", "surrogatepass"))[:16]


def could_flood(guard: Guard, fresh: int, of: int) -> bool:
    """Return whether ``fresh`` of ``of`` documents are enough for the flood guard to raise an alarm."""
    return fresh > guard.duplicates_count and fresh > guard.duplicates_share * of


def could_crowd(guard: Guard, new: int) -> bool:
    """Return whether ``new`` documents are enough for the crowd guard to raise an alarm."""
    return guard.crowd_count is not None and new >= guard.crowd_count


def needs_sketches(guard: Guard, *, opening: int, new: int, known: int) -> bool:
    """Return whether a guard may ask for sketches, where ``opening`` documents are read beside ``known`` ones."""
    return guard.contradicting is not None or could_flood(guard, opening, known) or could_crowd(guard, new)


def sketch_measure(sketch: Callable[[str], str]) -> TextMeasure:
    """Return the measure that keeps sketches, so that a later copy of a page is found without opening it again."""
    return TextMeasure(
        SKETCHES, SKETCH_VERSION, of=lambda parsed: Sketch.of(sketch, parsed).as_text(),
        is_whole=lambda row: Sketch.from_text(row) is not None,
    )  # fmt: skip


def stored_sketches(memory: Memory, measure: TextMeasure) -> dict[str, Sketch]:
    """Return text digest → sketch of all stored sketches."""
    rows = stored_rows(memory, measure)
    return {text: sketch for text, row in rows.items() if (sketch := Sketch.from_text(row)) is not None}
