"""What lies in a collection: points that live from one revision to another."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pointsman.core.identity import stable_uuid

FOREVER = 2**31 - 1
"""``died`` of a point that no revision has retired yet."""


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
    """Digest of what may change without embedding anew: metadata."""

    @property
    def key(self) -> tuple[str, str]:
        """Two points with the same key serve the same thing."""
        return (self.chunk, self.payload_digest)

    def point_id(self, born: int) -> str:
        """Return the id of this chunk's point as born at ``born`` (a restored chunk has a second life)."""
        return stable_uuid(self.chunk, self.payload_digest, born)


@dataclass(frozen=True, slots=True)
class Held:
    """A point as a collection holds it, without vector and text."""

    id: str
    chunk: str
    document: str
    digest: str
    payload_digest: str
    born: int
    """First revision that sees it."""
    died: int
    """First revision that no longer sees it; ``FOREVER`` while it lives."""

    @property
    def key(self) -> tuple[str, str]:
        """Two points with the same key serve the same thing."""
        return (self.chunk, self.payload_digest)

    def seen_at(self, revision: int) -> bool:
        """Tell whether a reader at ``revision`` sees this point."""
        return self.born <= revision < self.died


@dataclass(frozen=True, slots=True)
class Stored:
    """A point with all that it carries, as the collection really holds it."""

    held: Held
    wanted: Wanted | None
    """What it serves; None where its payload is not one of ours."""
    vector: NDArray[np.float32] | None
    """Shape (dimension,); None where it has none."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage found for a question."""

    document: str
    chunk: str
    score: float
    """Reciprocal-rank-fusion score when fused, cosine similarity when dense; higher is nearer."""
    text: str
    headings: tuple[str, ...] = ()
    metadata: Mapping[str, str | list[str]] = field(default_factory=dict)
