"""A manifest: the digests of every document of a corpus."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pointsman.core.corpus.documents import Document
from pointsman.core.hashing import content_id

CARRIED = "carried:"
"""Prefix of the text digest of a document whose chunks were copied from a release with another chunking."""


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """What a manifest stores about one document."""

    byte_digest: str
    text_digest: str
    metadata_digest: str
    size: int
    """Bytes."""

    @classmethod
    def of(cls, document: Document) -> "ManifestEntry":
        """Return the entry of a parsed document."""
        return cls(document.byte_digest, document.text_digest, document.metadata_digest, document.size)

    @property
    def content_digest(self) -> str:
        """The digest of its text, without the prefix for copied chunks."""
        return self.text_digest.removeprefix(CARRIED)


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
        rows = {d: [e.byte_digest, e.text_digest, e.metadata_digest, e.size] for d, e in sorted(self.entries.items())}
        return {"documents": rows}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Manifest":
        """Return the manifest that ``as_json`` wrote."""
        return cls({document: ManifestEntry(*row) for document, row in value["documents"].items()})

    def __len__(self) -> int:
        return len(self.entries)
