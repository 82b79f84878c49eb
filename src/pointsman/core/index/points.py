"""What lies in a collection: points that live from one revision to another."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pointsman.core.corpus.chunk import Wanted

FOREVER = 2**31 - 1
"""``died`` of a point that no revision has retired yet."""


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
