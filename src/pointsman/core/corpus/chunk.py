"""A chunk: a part of a document that is embedded and served as one passage."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pointsman.core.hashing import stable_uuid

PAYLOAD_VERSION = 3
"""Version of a point's payload, part of the chunking fingerprint. A new version means a rebuild: older points lack
fields that a search needs."""

TIE_LENGTH = 18
"""Characters at the beginning of a point id that depend on the chunk id alone: 64 bits of a UUID."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a document with everything that its point stores, except the vector and the revisions."""

    chunk: str
    """Chunk id: uuid5 of document id, chunk digest and the number of the occurrence in the document."""
    document: str
    """Id of its document."""
    digest: str
    """Digest of ``embed_text``; chunks with equal digests have equal vectors."""
    text: str
    """The text that is served."""
    embed_text: str
    """The text that is embedded: the headings above the passage, then the text."""
    headings: tuple[str, ...] = ()
    """The headings above the passage, outermost first."""
    metadata: Mapping[str, str | list[str]] = field(default_factory=dict)
    """The document's metadata."""
    payload_digest: str = ""
    """Digest of what may change without a new vector: metadata, title and location."""
    title: str = ""
    """The document's title."""
    anchor: str | None = None
    """What follows ``#`` in an address of the passage: the id of its heading, or ``page=3``. None: unknown."""
    start: int | None = None
    """Offset of the passage in the source text, in characters from 0; None for formats without a text source."""
    end: int | None = None
    """Offset of its end there, exclusive."""

    @property
    def key(self) -> tuple[str, str]:
        """Chunk id and payload digest: two points with the same key serve the same passage."""
        return (self.chunk, self.payload_digest)

    def point_id(self, born: int) -> str:
        """Return the id of the point that stores this chunk from revision ``born`` on.

        A chunk that was removed and comes back gets another point. The id begins with ``tie_of(chunk)``: hits with
        equal scores then have the same order in every revision, without reading a payload.
        """
        return tie_of(self.chunk) + stable_uuid(self.chunk, self.payload_digest, born)[TIE_LENGTH:]


def tie_of(chunk: str) -> str:
    """Return what orders hits with equal scores: the characters with which all point ids of a chunk begin."""
    return stable_uuid(chunk)[:TIE_LENGTH]
