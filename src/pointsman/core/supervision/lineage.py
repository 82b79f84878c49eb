"""Lineage: what an example was true for, and the moment its documents say something else.

An example that says "at 22:00" is true for one text of ``guide/hours.md``. Its digest is written down when the example
is accepted, unless the examples file names it; when the document's digest is another one, the example is *stale*.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pointsman.core.corpus.documents import NORMALISER_VERSION
from pointsman.core.corpus.manifest import ManifestEntry
from pointsman.core.hashing import content_id
from pointsman.core.supervision.examples import Example

ACCEPTED, ASSUMED, CONFIRMED = "accepted", "assumed", "confirmed"
"""Why a digest is written down: the example was new; it was known but its lineage was lost; a person said so."""

Digests = Mapping[str, Mapping[str, str]]
"""Digest of an example → document id → text digest."""


@dataclass(frozen=True, slots=True)
class Note:
    """Digests that were written down at one moment."""

    examples: Digests
    why: str
    """``accepted``, ``assumed`` or ``confirmed``."""
    nth: int
    """How many notes there were before: the order in which they count."""
    at: str = ""
    by: str = ""
    normaliser: int = NORMALISER_VERSION
    """Text digests of two normalisers cannot be compared."""

    @property
    def id(self) -> str:
        """Names the examples, not their documents: forgetting one of those leaves the id as it is."""
        return f"{self.nth:08d}-{self.why}-{content_id(sorted(self.examples))}"

    def as_json(self) -> dict[str, Any]:
        """Return the note as a JSON value."""
        return {
            "examples": {example: dict(cites) for example, cites in self.examples.items()}, "why": self.why,
            "nth": self.nth, "at": self.at, "by": self.by, "normaliser": self.normaliser,
        }  # fmt: skip

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Note":
        """Return the note that ``as_json`` gave."""
        return cls(**value)


@dataclass(frozen=True, slots=True)
class Lineage:
    """Everything that is written down, the newest word for each example and document."""

    accepted: Digests = field(default_factory=dict)
    """When the example was accepted, or found without lineage."""
    confirmed: Digests = field(default_factory=dict)
    assumed: frozenset[str] = frozenset()
    """Examples whose lineage was lost: taken to be true for what their documents said when that was noticed."""

    @classmethod
    def of(cls, notes: Iterable[Note]) -> "Lineage":
        """Return what notes come to, in the order of their numbers; those of another normaliser say nothing."""
        accepted: dict[str, dict[str, str]] = {}
        confirmed: dict[str, dict[str, str]] = {}
        assumed: set[str] = set()
        for note in sorted(notes, key=lambda n: (n.nth, n.at, n.id)):
            if note.normaliser != NORMALISER_VERSION:
                continue
            for example, cites in note.examples.items():
                if note.why == CONFIRMED:
                    confirmed.setdefault(example, {}).update(cites)
                    assumed.discard(example)
                else:
                    known = accepted.setdefault(example, {})
                    known.update({document: said for document, said in cites.items() if document not in known})
                    assumed |= {example} if note.why == ASSUMED else set()
        return cls(accepted, confirmed, frozenset(assumed))

    def digests_for(self, example: Example, document: str) -> tuple[str, ...]:
        """Return the digests that an example is true for, of one document that it cites; none when nobody knows.

        What the examples file says goes before what was noted at acceptance; a confirmation counts beside the file's,
        and in the place of the note's.
        """
        confirmed = self.confirmed.get(example.digest, {}).get(document)
        first = dict(example.given).get(document)
        if first is None and confirmed is None:
            first = self.accepted.get(example.digest, {}).get(document)
        return tuple(said for said in (first, confirmed) if said)

    def as_json(self) -> dict[str, Any]:
        """Return the lineage as a JSON value."""
        return {
            "accepted": {e: dict(c) for e, c in sorted(self.accepted.items())},
            "confirmed": {e: dict(c) for e, c in sorted(self.confirmed.items())},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Lineage":
        """Return the lineage that ``as_json`` gave."""
        return cls(value["accepted"], value["confirmed"])


@dataclass(frozen=True, slots=True)
class Stale:
    """One cited document that no longer says what an example was true for."""

    example: str
    """Id of the example, as people know it."""
    digest: str
    """Digest of the example."""
    document: str
    true_for: str
    """Digest that the document had."""
    now: str | None
    """Text digest that it has; None when it is gone."""
    moved_to: str | None = None
    """Of a document that is gone: the one that has its text now."""

    def describe(self) -> str:
        """Return what happened, and the way out."""
        if self.now is not None:
            confirm = f"`pointsman confirm {self.example}`"
            return f"{self.document} has digest {self.now} now and had {self.true_for}; read it, then edit or {confirm}"
        moved = f", and {self.moved_to} has its text" if self.moved_to else ""
        return f"{self.document} had digest {self.true_for} and is gone{moved}; correct cites and answer"


@dataclass(frozen=True)
class Corpus:
    """The documents to be served, asked by id and by text."""

    entries: Mapping[str, ManifestEntry]

    @cached_property
    def _by_text(self) -> Mapping[str, str]:
        return {entry.said: document for document, entry in sorted(self.entries.items(), reverse=True)}

    def stale(self, example: Example, lineage: Lineage) -> tuple[Stale, ...]:
        """Return the cited documents that no longer say what the example was true for."""
        found = []
        for document in dict.fromkeys(example.cites):
            held, entry = lineage.digests_for(example, document), self.entries.get(document)
            if not held or (entry is not None and {entry.said, entry.byte_digest} & set(held)):
                continue
            now = entry.said if entry else None
            moved = None if entry else next((self._by_text[said] for said in held if said in self._by_text), None)
            found.append(Stale(example.id, example.digest, document, held[-1], now, moved))
        return tuple(found)

    def unknown(self, example: Example, lineage: Lineage) -> dict[str, str]:
        """Return the text digests, by document, that are to be written down for an example."""
        cited = {d: self.entries[d] for d in example.cites if d in self.entries}
        return {document: entry.said for document, entry in cited.items() if not lineage.digests_for(example, document)}
