"""What is kept about each text between runs, by the digest of the text: sketches, traits, samples of its shingles."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pointsman.core.corpus.documents import Document
from pointsman.ports.workspace import Memory


@dataclass(frozen=True, slots=True)
class TextMeasure:
    """One measure of a text, and where its rows are kept."""

    key: str
    """Memory key."""
    version: int
    """Version of the measuring; rows of another version are not used."""
    of: Callable[[Document], Any]
    """Returns the row of a document, a JSON value."""
    is_whole: Callable[[Any], bool]
    """Returns whether a stored row can be used."""


class TextCollector:
    """Measures texts while documents are read; nothing is read for it. The memory is only opened where it is needed."""

    def __init__(self, memory: Memory, measures: Sequence[TextMeasure]) -> None:
        """Begin with what was measured before."""
        self._memory, self._measures = memory, measures
        self._known: dict[str, dict[str, Any]] = {}
        self._fresh: dict[str, dict[str, Any]] = {measure.key: {} for measure in measures}

    def add(self, text_digest: str, parsed: Document) -> None:
        """Measure a document that was just read, unless its text was measured before."""
        for measure in self._measures:
            if not measure.is_whole(self._before(measure).get(text_digest)):
                self._fresh[measure.key][text_digest] = measure.of(parsed)

    def has(self, text_digest: str) -> bool:
        """Return whether a text has every measure."""
        return all(
            measure.is_whole(self._fresh[measure.key].get(text_digest, self._before(measure).get(text_digest)))
            for measure in self._measures
        )

    def keep_all(self) -> None:
        """Store the rows that are new beside all others: the run has not ended, so none is known to be over."""
        for measure in self._measures:
            if fresh := self._fresh[measure.key]:
                self._before(measure).update(fresh)
                put_rows(self._memory, measure, self._before(measure))
                self._fresh[measure.key] = {}

    def keep(self, present: Collection[str]) -> None:
        """Store the rows of the texts whose digests are in ``present``; write nothing where nothing changed."""
        for measure in self._measures:
            known, fresh = self._before(measure), self._fresh[measure.key]
            rows = {text: row for text, row in {**known, **fresh}.items() if text in present}
            if fresh or rows.keys() != known.keys():
                put_rows(self._memory, measure, rows)

    def _before(self, measure: TextMeasure) -> dict[str, Any]:
        if measure.key not in self._known:
            self._known[measure.key] = stored_rows(self._memory, measure)
        return self._known[measure.key]


def stored_rows(memory: Memory, measure: TextMeasure) -> dict[str, Any]:
    """Return text digest → stored row; none if they are damaged or of another version."""
    stored: Mapping[str, Any] = memory.get(measure.key)
    texts = stored.get("texts") if stored.get("version") == measure.version else None
    return dict(texts) if isinstance(texts, Mapping) else {}


def put_rows(memory: Memory, measure: TextMeasure, rows: Mapping[str, Any]) -> None:
    """Store the rows of all texts."""
    memory.put(measure.key, {"version": measure.version, "texts": dict(rows)})
