"""What a run has read so far. It is kept from time to time, so that a killed run does not begin again.

A document that was read is not judged yet: it is kept apart from those of the last run, and the next run judges it.
"""

from collections.abc import Callable
from typing import Any

from pointsman.core.corpus.documents import Listed
from pointsman.ports.workspace import Memory
from pointsman.steps.observe.texts.memory import TextCollector
from pointsman.steps.observe.verdict_cache import CachedDocument, as_row, from_row

READ_SO_FAR = "read-so-far"
"""Memory key: the documents that a run read and has not judged yet; empty after a run that ended."""
SECONDS = 5.0
"""Seconds between two writes, at least."""
COST = 10
"""The time between two writes is at least this many times what the last one took."""
MANY = 500
"""Documents from which all are kept before they are judged, however short a time it took to read them."""


class ReadSoFar:
    """The documents that this run, or a killed run before it, has read."""

    def __init__(self, memory: Memory, rules: str, texts: TextCollector, *, clock: Callable[[], float]) -> None:
        """Take what a killed run kept, if it read by the same ``rules``.

        Args:
            memory: keeps the documents.
            rules: id of the rules for reading and judging.
            texts: keeps what is measured of the texts.
            clock: returns the time in seconds.
        """
        self._memory, self._rules, self._clock = memory, rules, clock
        self.texts = texts
        stored = memory.get(READ_SO_FAR)
        self._is_stored = bool(stored)
        before = stored.get("documents", {}) if stored.get("rules") == rules else {}
        self._before = {document: seen for document, row in before.items() if (seen := _whole(row)) is not None}
        self._rows: dict[str, list[Any]] = {document: as_row(seen) for document, seen in self._before.items()}
        self._unkept = False
        self._next = clock() + SECONDS

    def of(self, listed: Listed) -> CachedDocument | None:
        """Return a document that was read already; None where it must be read."""
        seen = self._before.get(listed.document)
        if seen is None or seen.tag != listed.tag or seen.problem != listed.problem:
            return None
        return seen if seen.entry is None or self.texts.has(seen.entry[1]) else None

    def add(self, document: str, seen: CachedDocument) -> None:
        """Take a document that was just read; write all when it is time."""
        self._rows[document], self._unkept = as_row(seen), True
        if self._clock() >= self._next:
            self._keep()

    def keep_many(self) -> None:
        """Write what was read, where it is much, before it is judged."""
        if self._unkept and (self._is_stored or len(self._rows) >= MANY):
            self._keep()

    def end(self) -> None:
        """Forget what was read: all of it is judged and kept elsewhere."""
        if self._is_stored:
            self._memory.put(READ_SO_FAR, {})

    def _keep(self) -> None:
        begin = self._clock()
        self.texts.keep_all()
        self._memory.put(READ_SO_FAR, {"rules": self._rules, "documents": self._rows})
        self._is_stored, self._unkept = True, False
        now = self._clock()
        self._next = now + max(SECONDS, COST * (now - begin))


def _whole(row: Any) -> CachedDocument | None:
    """Return the document of a row; None where the row is damaged, or a part of it was erased."""
    try:
        return from_row(row)
    except (TypeError, ValueError, IndexError):
        return None
