"""The port of the vector index."""

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.index.condition import Condition
from pointsman.core.index.filters import Filter
from pointsman.core.index.hits import Hit
from pointsman.core.index.points import Point, StoredPoint
from pointsman.ports.models import Vectors


class VectorIndex(Protocol):
    """Collections of points with revisions: a reader at r sees points with born <= r < died. Writes are idempotent."""

    def collections(self) -> list[str]:
        """Return the names of all collections, sorted."""

    def create(self, collection: str, dimension: int) -> None:
        """Create an empty collection. A collection that exists with this dimension stays as it is.

        Raises:
            ModelMismatch: it exists with another dimension.
        """

    def drop(self, collection: str) -> None:
        """Delete a collection with its points. Nothing happens if it does not exist."""

    def points(self, collection: str, *, documents: Collection[str] | None = None) -> Iterator[Point]:
        """Yield the points of ``documents`` (None: of all), retired ones included, in any order."""

    def stored_points(self, collection: str, *, revision: int) -> Iterator[StoredPoint]:
        """Yield the points that a reader at ``revision`` sees, with payload and vector, in any order."""

    def touched(self, collection: str, revision: int) -> Iterator[Point]:
        """Yield the points that an interrupted run changed: ``born`` or ``died`` >= ``revision``, but not FOREVER."""

    def vectors(self, collection: str, digests: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """Return vectors by chunk digest, for each of ``digests`` that any point has, retired points included."""

    def upsert(self, collection: str, chunks: Sequence[Chunk], vectors: Vectors, *, born: int) -> None:
        """Write one point for each chunk, with id ``chunks[i].point_id(born)``, ``vectors[i]`` and died FOREVER."""

    def retire(self, collection: str, ids: Sequence[str], *, at: int) -> None:
        """Set ``died = at``; ``at=FOREVER`` shows the points again. Unknown ids are ignored."""

    def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Delete points. Unknown ids are ignored."""

    def erase(self, collection: str, documents: Collection[str]) -> int:
        """Delete every point of ``documents``, and their remains in the engine's files; return the number of points.

        What stays is copied, vectors included, to where it was never together with what goes; then the old files are
        deleted, snapshots excepted. Readers see the collection as it was before or as it is after, never in between.
        """

    def fence(self, collection: str) -> None:
        """Refuse from now on what another process writes that used the collection before; readers see no change.

        What such a process has written until then stays, and can be read by this one.
        """

    def search(
        self,
        collection: str,
        *,
        revision: int,
        vector: NDArray[np.float32] | None,
        text: str | None,
        top_k: int,
        exact: bool = False,
        allow: Filter | None = None,
    ) -> list[Hit]:
        """Return the best passages that a reader at ``revision`` sees, best first.

        Args:
            collection: name of the collection.
            revision: revision of the reader.
            vector: the question's vector, for a dense search.
            text: the question's text, for BM25. With both, the two rankings are joined by reciprocal rank fusion.
            top_k: most passages to return.
            exact: compare with every vector instead of using the search graph: slow, but misses nothing.
            allow: only points that it allows are found, ranked and counted (for BM25 too). None allows all points and
                is for measurement and repair only, never for readers.
        """

    def chunks(self, collection: str, *, revision: int, documents: Collection[str]) -> list[Chunk]:
        """Return the chunks of ``documents`` that a reader at ``revision`` sees, sorted by chunk id."""

    def count(self, collection: str, *, revision: int | None = None) -> int:
        """Return the number of points that a reader at ``revision`` sees; None: of all points."""

    def condition(self, collection: str) -> Condition:
        """Return what is wrong with a collection apart from its points; ``create`` makes missing indexes again."""

    def size(self, collection: str) -> int | None:
        """Return the bytes of a collection on disk, or None if the engine does not know."""

    def settle(self, collection: str) -> None:
        """Wait until the engine has built what it builds by itself: what is measured then is what is served.

        Raises:
            ServerUnusable: it cannot, or it takes too long.
        """

    def optimize(self, collection: str, *, ef: int | None = None) -> None:
        """Build the search structures now, if the engine does not do so by itself.

        With ``ef`` (candidates for each point and each search) the graph is built again with that value and keeps it.
        """

    def close(self) -> None:
        """Write everything to disk and release it."""
