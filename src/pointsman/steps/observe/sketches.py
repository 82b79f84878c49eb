"""Sketches of texts, remembered: what the guards tell floods and crowds of near copies by."""

import base64
import binascii
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pointsman.core.corpus.documents import Document
from pointsman.core.corpus.near_duplicates import SIZE
from pointsman.core.hashing import digest
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Guard, Params

SKETCHES = "sketches"
"""Memory: text digest → sketch of a text and of how it opens. Those not there are made when needed."""

SENTENCE_ENDS = re.compile(r"(?<=[.?!])\s")
OPENING = 200
"""Characters of an opening that is looked at."""
MARK = ":"
"""Between a text's sketch and its opening, neither of which contains it."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is remembered of a text."""

    raw: bytes
    """``core.corpus.near_duplicates.SIZE`` bytes."""
    opening: str
    """Digest of the first heading or sentence."""

    @classmethod
    def of(cls, sketch: Callable[[str], str], document: Document) -> "Sketch":
        """Return the sketch of a document's text."""
        return cls(base64.b64decode(sketch(document.text)), opening_of(document))

    @classmethod
    def from_text(cls, text: Any) -> "Sketch | None":
        """Return a remembered sketch, or None where a file was damaged or is older: it is made again."""
        try:
            packed, mark, opening = str(text).partition(MARK)
            raw = base64.b64decode(packed, validate=True)
        except (ValueError, binascii.Error):
            return None
        return cls(raw, opening) if len(raw) == SIZE and mark else None

    def as_text(self) -> str:
        """Return the sketch as it is remembered."""
        return f"{base64.b64encode(self.raw).decode('ascii')}{MARK}{self.opening}"


def opening_of(document: Document) -> str:
    """Return a digest of how a document opens: its first heading, or its first sentence where it has none."""
    first = document.blocks[0].text if document.blocks else ""
    words = " ".join(SENTENCE_ENDS.split(first.strip(), maxsplit=1)[0].lower().split())
    return digest(words[:OPENING].encode("utf-8", "surrogatepass"))[:16]


def could_flood(guard: Guard, fresh: int, of: int) -> bool:
    """Tell whether ``fresh`` documents of ``of`` are enough to be a flood of near copies at all."""
    return fresh > guard.duplicates_count and fresh > guard.duplicates_share * of


def could_crowd(guard: Guard, new: int) -> bool:
    """Tell whether ``new`` documents are enough to be a crowd that says one thing."""
    return guard.crowd_count is not None and new >= guard.crowd_count


class SketchCollector:
    """Sketches of texts at the time they are read, when so many are to be read that a guard could speak up."""

    def __init__(
        self, *, opening: int, new: int, known: int, memory: Memory, params: Params, sketch: Callable[[str], str]
    ) -> None:
        """Take how many documents are to be opened, how many of them are new, and how many were known."""
        guard = params.guard
        self._sketch, self._memory = sketch, memory
        wanted = could_flood(guard, opening, known) or could_crowd(guard, new)
        self._made = memory.get(SKETCHES) if wanted else None

    def see(self, text_digest: str, parsed: Document) -> None:
        """Sketch a document that was read."""
        if self._made is not None and Sketch.from_text(self._made.get(text_digest)) is None:
            self._made[text_digest] = Sketch.of(self._sketch, parsed).as_text()

    def keep(self, there: Collection[str]) -> None:
        """Remember what was made, of texts that are still there."""
        if self._made is not None:
            self._memory.put(SKETCHES, {d: sketch for d, sketch in self._made.items() if d in there})


def remembered(memory: Memory) -> dict[str, Sketch]:
    """Return text digest → sketch of what is remembered."""
    known: Mapping[str, Any] = memory.get(SKETCHES)
    return {text: sketch for text, frozen in known.items() if (sketch := Sketch.from_text(frozen)) is not None}
