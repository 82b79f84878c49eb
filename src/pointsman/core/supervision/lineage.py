"""Lineage: for which version of its documents an example is true, and whether it has become stale.

An example that says "at 22:00" is true for one text of ``guide/hours.md``. The digest of that text is recorded when the
example is accepted, unless the examples file gives it. When the document gets another digest, the example is *stale*.
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
"""Why a digest was recorded: the example was new; its lineage had been lost; a person confirmed it."""

Digests = Mapping[str, Mapping[str, str]]
"""Digest of an example → document id → text digest."""


@dataclass(frozen=True, slots=True)
class LineageNote:
    """Digests that were recorded at one moment."""

    examples: Digests
    """The digests."""
    why: str
    """``accepted``, ``assumed`` or ``confirmed``."""
    nth: int
    """Number of notes before this one: they apply in this order."""
    at: str = ""
    """Time, ISO 8601."""
    by: str = ""
    """Who confirmed it; empty otherwise."""
    normaliser: int = NORMALISER_VERSION
    """Version of the normaliser. Text digests of two versions cannot be compared."""
    note: str = ""
    """Why a person confirmed."""

    @property
    def id(self) -> str:
        """Id made from the examples and not from their documents, so that erasing a document does not change it."""
        return f"{self.nth:08d}-{self.why}-{content_id(sorted(self.examples))}"

    def as_json(self) -> dict[str, Any]:
        """Return the note as a JSON value."""
        return {
            "examples": {example: dict(cites) for example, cites in self.examples.items()}, "why": self.why,
            "nth": self.nth, "at": self.at, "by": self.by, "normaliser": self.normaliser,
            **({"note": self.note} if self.note else {}),
        }  # fmt: skip

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "LineageNote":
        """Return the note that ``as_json`` wrote."""
        return cls(**value)


@dataclass(frozen=True, slots=True)
class Lineage:
    """Everything that is recorded: for each example and document the digests that count."""

    accepted: Digests = field(default_factory=dict)
    """Digests when the example was accepted, or was found without lineage."""
    confirmed: Digests = field(default_factory=dict)
    """Digests that a person confirmed last."""
    assumed: frozenset[str] = frozenset()
    """Examples whose lineage was lost. They count as true for the documents as they were when this was noticed."""

    @classmethod
    def of(cls, notes: Iterable[LineageNote]) -> "Lineage":
        """Return the lineage that notes add up to, in their order. Notes of another normaliser are ignored."""
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
                    known.update(
                        {document: text_digest for document, text_digest in cites.items() if document not in known}
                    )
                    assumed |= {example} if note.why == ASSUMED else set()
        return cls(accepted, confirmed, frozenset(assumed))

    def digests_for(self, example: Example, document: str) -> tuple[str, ...]:
        """Return the digests of a cited document for which an example is true; none if unknown.

        A digest in the examples file replaces the one recorded at acceptance. A confirmed digest counts in addition to
        the one in the file, and replaces the recorded one.
        """
        confirmed = self.confirmed.get(example.digest, {}).get(document)
        first = dict(example.given).get(document)
        if first is None and confirmed is None:
            first = self.accepted.get(example.digest, {}).get(document)
        return tuple(text_digest for text_digest in (first, confirmed) if text_digest)

    def as_json(self) -> dict[str, Any]:
        """Return the lineage as a JSON value."""
        return {
            "accepted": {e: dict(c) for e, c in sorted(self.accepted.items())},
            "confirmed": {e: dict(c) for e, c in sorted(self.confirmed.items())},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Lineage":
        """Return the lineage that ``as_json`` wrote."""
        return cls(value["accepted"], value["confirmed"])


@dataclass(frozen=True, slots=True)
class Stale:
    """A cited document that has changed since the example was true."""

    example: str
    """Id of the example in its file."""
    digest: str
    """Digest of the example."""
    document: str
    """Id of the cited document."""
    true_for: str
    """Digest that the document had then."""
    now: str | None
    """Text digest that it has now; None: the document is gone."""
    moved_to: str | None = None
    """If the document is gone: the document that has its text now, or None."""
    restricted: bool = False
    """Whether the example is set aside because not everybody may read the document, whatever its text says."""

    def describe(self) -> str:
        """Return what changed, and the way out."""
        if self.restricted:
            return (
                f"not everybody may read {self.document}, and everybody gets what an adapter learns; name other "
                "documents, remove the example, or let everybody read the document"
            )
        if self.now is not None:
            confirm = f"`pointsman confirm {self.example}`"
            return f"{self.document} had digest {self.true_for} and has {self.now} now; read it, then edit or {confirm}"
        moved = f", and {self.moved_to} has its text" if self.moved_to else ""
        return f"{self.document} had digest {self.true_for} and is gone{moved}; correct cites and answer"


@dataclass(frozen=True)
class Corpus:
    """The documents that are served, by id and by text."""

    entries: Mapping[str, ManifestEntry]
    restricted: frozenset[str] = frozenset()
    """Ids of the documents that not everybody may read: no example that cites one is learned."""

    @cached_property
    def _by_text(self) -> Mapping[str, str]:
        return {entry.content_digest: document for document, entry in sorted(self.entries.items(), reverse=True)}

    def set_aside(self, example: Example, lineage: Lineage) -> tuple[Stale, ...]:
        """Return the cited documents for which an example is set aside: the restricted ones, else the changed ones."""
        return self._restricted_cites(example) or self.stale(example, lineage)

    def _restricted_cites(self, example: Example) -> tuple[Stale, ...]:
        found = []
        for document in sorted(self.restricted.intersection(example.cites)):
            now = self.entries[document].content_digest if document in self.entries else None
            found.append(
                Stale(example.id, example.digest, document=document, true_for=now or "", now=now, restricted=True)
            )
        return tuple(found)

    def stale(self, example: Example, lineage: Lineage) -> tuple[Stale, ...]:
        """Return the cited documents that have changed since the example was true."""
        found = []
        for document in dict.fromkeys(example.cites):
            held, entry = lineage.digests_for(example, document), self.entries.get(document)
            if not held or (entry is not None and {entry.content_digest, entry.byte_digest} & set(held)):
                continue
            now = entry.content_digest if entry else None
            moved = (
                None
                if entry
                else next((self._by_text[text_digest] for text_digest in held if text_digest in self._by_text), None)
            )
            found.append(
                Stale(example.id, example.digest, document=document, true_for=held[-1], now=now, moved_to=moved)
            )
        return tuple(found)

    def unknown(self, example: Example, lineage: Lineage) -> dict[str, str]:
        """Return the text digests, by cited document, that must be recorded for an example."""
        cited = {d: self.entries[d] for d in example.cites if d in self.entries}
        return {
            document: entry.content_digest
            for document, entry in cited.items()
            if not lineage.digests_for(example, document)
        }
