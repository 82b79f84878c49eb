"""A chunk: a piece of a document as it is embedded and served."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pointsman.core.hashing import stable_uuid

PAYLOAD_VERSION = 3
"""Goes into the chunking fingerprint: points of an older kind lack what a search asks for, hence a rebuild."""

TIE_LENGTH = 18
"""Leading characters of a point's id that its chunk alone decides: 64 bits of a UUID."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A chunk as it should be served: what a point carries besides its vector and its lifetime."""

    chunk: str
    """Chunk id: uuid5 over document id, chunk digest and nth occurrence."""
    document: str
    digest: str
    """Digest of the text that is embedded; equal digests have equal vectors."""
    text: str
    """The text that is served."""
    embed_text: str
    """The text that is embedded: the heading path and the text."""
    headings: tuple[str, ...] = ()
    metadata: Mapping[str, str | list[str]] = field(default_factory=dict)
    payload_digest: str = ""
    """Digest of what may change without embedding anew: metadata, title and location."""
    title: str = ""
    """The document's title."""
    anchor: str | None = None
    """The heading's id in the rendered document, or ``page=3``: what follows ``#`` in an address."""
    start: int | None = None
    """Where the passage begins in the source text, in characters from 0; None where a format has no source text."""
    end: int | None = None
    """Where it ends there, exclusive."""

    @property
    def key(self) -> tuple[str, str]:
        """Two points with the same key serve the same thing."""
        return (self.chunk, self.payload_digest)

    def point_id(self, born: int) -> str:
        """Return the id of this chunk's point as born at ``born`` (a restored chunk has a second life).

        It begins as its chunk does, so that equal scores have one order in every life, known without any payload.
        """
        return tie_of(self.chunk) + stable_uuid(self.chunk, self.payload_digest, born)[TIE_LENGTH:]


def tie_of(chunk: str) -> str:
    """Return what orders a chunk among equal scores: the beginning of the ids of its points."""
    return stable_uuid(chunk)[:TIE_LENGTH]
