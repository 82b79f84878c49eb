"""Samples of the word shingles of texts, kept in memory between runs: how much of a text is still in a later one."""

from collections.abc import Collection, Mapping
from typing import Any

from pointsman.core.corpus.comparison.overlap import ShingleSample
from pointsman.core.corpus.documents import Document
from pointsman.ports.workspace import Memory

SAMPLES = "shingles"
"""Memory key: text digest → sample of its shingles."""


class SampleCollector:
    """Samples every document that is read because it is new or changed; nothing is read for it."""

    def __init__(self, memory: Memory) -> None:
        """Begin with the samples of before."""
        self._memory = memory
        self._known: Mapping[str, Any] = memory.get(SAMPLES)
        self._fresh: dict[str, str] = {}

    def add(self, text_digest: str, parsed: Document) -> None:
        """Sample a document that was just read."""
        if ShingleSample.from_text(self._known.get(text_digest)) is None:
            self._fresh[text_digest] = ShingleSample.of(parsed.text).as_text()

    def keep(self, present: Collection[str]) -> None:
        """Store the samples of the texts whose digests are in ``present``; write nothing where nothing changed."""
        kept = {text: row for text, row in {**self._known, **self._fresh}.items() if text in present}
        if self._fresh or kept.keys() != self._known.keys():
            self._memory.put(SAMPLES, kept)


def stored_samples(memory: Memory, texts: Collection[str]) -> dict[str, ShingleSample]:
    """Return text digest → sample of those of ``texts`` that have one."""
    rows: Mapping[str, Any] = memory.get(SAMPLES)
    return {text: found for text in texts if (found := ShingleSample.from_text(rows.get(text))) is not None}
