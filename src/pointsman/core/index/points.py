"""Points: a collection stores them, and each is visible from one revision to another."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pointsman.core.corpus.chunk import Chunk

FOREVER = 2**31 - 1
"""Value of ``died`` for a point that no revision has removed."""


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a collection, without its vector and text."""

    id: str
    chunk: str
    document: str
    digest: str
    payload_digest: str
    born: int
    """First revision that shows it."""
    died: int
    """First revision that no longer shows it; ``FOREVER`` while it is not removed."""

    @property
    def key(self) -> tuple[str, str]:
        """Chunk id and payload digest: two points with the same key serve the same passage."""
        return (self.chunk, self.payload_digest)

    def seen_at(self, revision: int) -> bool:
        """Return whether a reader at ``revision`` sees this point."""
        return self.born <= revision < self.died


@dataclass(frozen=True, slots=True)
class StoredPoint:
    """A point with everything that the collection really stores for it."""

    point: Point
    chunk: Chunk | None
    """The chunk that it serves; None if Pointsman did not write its payload."""
    vector: NDArray[np.float32] | None
    """Shape (dimension,); None if it has no vector."""
