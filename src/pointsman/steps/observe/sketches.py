"""Sketches of texts, kept in memory between runs. The guards find floods and crowds of near copies with them."""

import base64
import binascii
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pointsman.core.corpus.comparison.near_duplicates import SIZE
from pointsman.core.corpus.documents import Document
from pointsman.core.hashing import digest
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Guard, Params

SKETCHES = "sketches"
"""Memory key: text digest → sketch of a text and digest of its opening. A missing one is made when needed."""

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


class SketchCollector:
    """Makes sketches while documents are read, so that a later copy of one is found without opening it again."""

    def __init__(
        self, *, opening: int, new: int, known: int, memory: Memory, params: Params, sketch: Callable[[str], str]
    ) -> None:
        """Prepare for ``opening`` documents to read, ``new`` of them not seen before, beside ``known`` ones."""
        guard = params.guard
        self._sketch, self._memory = sketch, memory
        self._wanted = guard.contradicting is not None or could_flood(guard, opening, known) or could_crowd(guard, new)
        self._known: dict[str, Any] | None = None
        self._made: dict[str, str] = {}

    def add(self, text_digest: str, parsed: Document) -> None:
        """Sketch a document that was just read."""
        if not self._wanted:
            return
        if self._known is None:
            self._known = self._memory.get(SKETCHES)
        if Sketch.from_text(self._known.get(text_digest)) is None:
            self._made[text_digest] = Sketch.of(self._sketch, parsed).as_text()

    def keep(self, present: Collection[str]) -> None:
        """Store the sketches of the texts whose digests are in ``present``; write nothing where none was made."""
        if self._made:
            texts = {**(self._known or {}), **self._made}
            self._memory.put(SKETCHES, {digest: sketch for digest, sketch in texts.items() if digest in present})


def stored_sketches(memory: Memory) -> dict[str, Sketch]:
    """Return text digest → sketch of all stored sketches."""
    known: Mapping[str, Any] = memory.get(SKETCHES)
    return {text: sketch for text, frozen in known.items() if (sketch := Sketch.from_text(frozen)) is not None}
