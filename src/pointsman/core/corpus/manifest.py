"""A manifest: the digests of every document of a corpus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from pointsman.core.corpus.access import OPEN, readers_of
from pointsman.core.corpus.documents import Document
from pointsman.core.hashing import content_id

CARRIED = "carried:"
"""Prefix of the text digest of a document whose chunks were copied from a release with another chunking."""
CLOSED = "closed:"
"""Prefix of the metadata digest of a document that nobody may read, because its access statement cannot be read."""
EVERYBODY = (OPEN,)
"""The readers of an open document."""


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """What a manifest stores about one document."""

    byte_digest: str
    text_digest: str
    metadata_digest: str
    size: int
    """Bytes."""
    readers: tuple[str, ...] = EVERYBODY
    """Groups that may read it, sorted: ``("*",)`` is everybody, ``()`` nobody. Manifests of before 2.0 do not say it:
    there it is always everybody, so compare readers only where the metadata differ (``same_statement``)."""

    @classmethod
    def of(cls, document: Document) -> "ManifestEntry":
        """Return the entry of a parsed document."""
        return cls(
            document.byte_digest,
            document.text_digest,
            metadata_digest=document.metadata_digest,
            size=document.size,
            readers=tuple(readers_of(document.metadata)),
        )

    @property
    def content_digest(self) -> str:
        """The digest of its text, without the prefix for copied chunks."""
        return self.text_digest.removeprefix(CARRIED)

    @property
    def closed(self) -> bool:
        """Whether nobody may read it because its access statement cannot be read."""
        return self.metadata_digest.startswith(CLOSED)

    def close(self) -> "ManifestEntry":
        """Return the entry as it is while the access statement cannot be read: for nobody."""
        return self if self.closed else replace(self, metadata_digest=f"{CLOSED}{self.metadata_digest}", readers=())

    def same_statement(self, other: "ManifestEntry") -> bool:
        """Return whether both certainly have the same access statement: it is a part of the metadata."""
        return self.metadata_digest == other.metadata_digest

    def as_row(self) -> list[Any]:
        """Return the entry as a JSON value; readers are left out of an open document."""
        row = [self.byte_digest, self.text_digest, self.metadata_digest, self.size]
        return row if self.readers == EVERYBODY else [*row, list(self.readers)]

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> "ManifestEntry":
        """Return the entry that ``as_row`` wrote."""
        byte_digest, text_digest, metadata_digest, size, *readers = row
        named = tuple(readers[0]) if readers else EVERYBODY
        return cls(byte_digest, text_digest, metadata_digest=metadata_digest, size=size, readers=named)


@dataclass(frozen=True)
class Manifest:
    """Digests and size of every document at one moment, by document id. Its id is the hash of its content."""

    entries: Mapping[str, ManifestEntry] = field(default_factory=dict)

    @cached_property
    def id(self) -> str:
        """The content id, computed once: a decision asks for it many times."""
        return content_id(self.as_json())

    def as_json(self) -> dict[str, Any]:
        """Return the manifest as a JSON value, documents sorted by id."""
        return {"documents": {document: entry.as_row() for document, entry in sorted(self.entries.items())}}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Manifest":
        """Return the manifest that ``as_json`` wrote."""
        return cls({document: ManifestEntry.from_row(row) for document, row in value["documents"].items()})

    def __len__(self) -> int:
        return len(self.entries)
