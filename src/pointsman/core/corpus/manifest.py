"""A manifest: what a corpus holds, document by document, as digests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pointsman.core.corpus.documents import Document
from pointsman.core.hashing import content_id

CARRIED = "carried:"
"""Before the text digest of a document whose chunks were taken over as another chunking cut them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a manifest knows of one document."""

    byte_digest: str
    text_digest: str
    metadata_digest: str
    size: int
    """Bytes."""

    @classmethod
    def of(cls, document: Document) -> "Entry":
        """Return the entry of a parsed document."""
        return cls(document.byte_digest, document.text_digest, document.metadata_digest, document.size)

    @property
    def said(self) -> str:
        """The digest of its text, however it was cut."""
        return self.text_digest.removeprefix(CARRIED)


@dataclass(frozen=True)
class Manifest:
    """id → digests and size of every document at one moment; its id is the hash of its content."""

    entries: Mapping[str, Entry] = field(default_factory=dict)

    @cached_property
    def id(self) -> str:
        """The content id; computed once, for a decision asks for it a dozen times."""
        return content_id(self.as_json())

    def as_json(self) -> dict[str, Any]:
        """Return the manifest as a JSON value, documents ordered."""
        rows = {d: [e.byte_digest, e.text_digest, e.metadata_digest, e.size] for d, e in sorted(self.entries.items())}
        return {"documents": rows}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Manifest":
        """Return the manifest that ``as_json`` gave."""
        return cls({document: Entry(*row) for document, row in value["documents"].items()})

    def __len__(self) -> int:
        return len(self.entries)
