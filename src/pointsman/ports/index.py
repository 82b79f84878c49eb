"""The protocols behind which a vendor stands; each has a fake in ``tests/fakes`` held to the same contract tests."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pointsman.core.corpus.chunk import Wanted
from pointsman.core.index.filters import Filter
from pointsman.core.index.hits import Hit
from pointsman.core.index.points import Held, Stored
from pointsman.ports.models import Vectors


class VectorIndex(Protocol):
    """Collections of points with revisions (a reader at r sees born <= r < died). Every write is idempotent."""

    def collections(self) -> list[str]:
        """Return the names of the collections there are, ordered."""

    def create(self, collection: str, dimension: int) -> None:
        """Make an empty collection; nothing happens when it is there with that dimension.

        Raises:
            ModelMismatch: it is there with another dimension.
        """

    def drop(self, collection: str) -> None:
        """Remove a collection and its points; nothing happens when it is not there."""

    def held(self, collection: str, *, documents: Collection[str] | None = None) -> Iterator[Held]:
        """Yield the points of ``documents`` (of all when None), dead ones too, in no particular order."""

    def stored(self, collection: str, *, revision: int) -> Iterator[Stored]:
        """Yield the points that a reader at ``revision`` sees with everything they carry, in no particular order."""

    def touched(self, collection: str, revision: int) -> Iterator[Held]:
        """Yield the points of an unfinished stage: ``born >= revision``, or ``died >= revision`` and not FOREVER."""

    def vectors(self, collection: str, digests: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """Return the vector of every one of ``digests`` that some point of the collection (dead or alive) has."""

    def upsert(self, collection: str, wanted: Sequence[Wanted], vectors: Vectors, *, born: int) -> None:
        """Write points ``wanted[i].point_id(born)`` with ``vectors[i]``, born at ``born``, died FOREVER."""

    def retire(self, collection: str, ids: Sequence[str], *, at: int) -> None:
        """Set ``died = at`` on points; ``at=FOREVER`` revives them. Unknown ids are passed over."""

    def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Remove points for good. Unknown ids are passed over."""

    def erase(self, collection: str, documents: Collection[str]) -> int:
        """Remove every point of ``documents`` and what the engine itself keeps of removed points; return their number.

        Readers see the collection before or after, never between. An engine on a server tidies up by itself, later.
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

        Both ``vector`` (dense) and ``text`` (BM25) given: reciprocal-rank fusion of the two. One given: that one alone.
        ``exact`` compares the vector with every one, past any search graph: slow, and nothing is missed. Only points
        that ``allow`` lets through are found, ranked and counted (for BM25 too); all of them when None, which is for
        measurement and repair, never for readers.
        """

    def wanted(self, collection: str, *, revision: int, documents: Collection[str]) -> list[Wanted]:
        """Return what is served of ``documents`` at ``revision``, texts included, ordered by chunk id."""

    def count(self, collection: str, *, revision: int | None = None) -> int:
        """Return the number of points a reader at ``revision`` sees; of all points when None."""

    def size(self, collection: str) -> int | None:
        """Return the bytes that a collection takes on disk, or None where the engine does not tell."""

    def optimize(self, collection: str, *, ef: int | None = None) -> None:
        """Let the engine build its search structures now, if it does so only when asked.

        With ``ef`` (candidates looked at for each point and each search) the graph is built anew, so fine; it stays so.
        """

    def close(self) -> None:
        """Make everything durable and let go of it."""


class Builder(Protocol):
    """Runs the reproducible heavy builds."""

    def build(self, stage: str) -> Mapping[str, Any]:
        """Bring a stage of dvc.yaml up to date and return its report (the JSON file the stage writes).

        Raises:
            BuildFailed: the stage failed; the message carries the end of its output.
        """

    def lock(self) -> Mapping[str, Any] | None:
        """Return the dvc.lock of the workspace as a mapping, or None where there is none."""


class Progress(Protocol):
    """Shows how far long work has come."""

    def __call__(self, label: str, done: int, total: int, /) -> None:
        """Tell that ``done`` of ``total`` steps of ``label`` are done."""


class Source(Protocol):
    """Reads a document's bytes into blocks."""

    def __call__(self, document: str, raw: bytes, /) -> Any:
        """Return a ``Document``; raise ``UnicodeDecodeError`` when the bytes are not text."""
