"""Ports whose writes need the write lease: each write first checks in the ledger that this run still has it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.index.condition import Condition
from pointsman.core.index.filters import Filter
from pointsman.core.index.hits import Hit
from pointsman.core.index.points import Point, StoredPoint
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.models import Vectors
from pointsman.steps.ledger.leased_records import LeasedMemory, LeasedQuarantine, LeasedTracker
from pointsman.steps.ledger.write_lease import LEDGER, WriteLease
from pointsman.steps.resources import Resources


def leased(resources: Resources, lease: WriteLease) -> Resources:
    """Return the ports that write only while this run has ``lease``."""
    return replace(
        resources,
        index=LeasedIndex(resources.index, lease),
        ledger=LeasedLedger(resources.ledger, lease),
        memory=LeasedMemory(resources.memory, lease),
        quarantine=LeasedQuarantine(resources.quarantine, lease),
        tracker=LeasedTracker(resources.tracker, lease),
    )


class LeasedIndex(VectorIndex):
    """A vector index whose writes need the lease. What each method does: ``ports.index.VectorIndex``."""

    def __init__(self, index: VectorIndex, lease: WriteLease) -> None:
        self._index, self._lease = index, lease

    def collections(self) -> list[str]:
        return self._index.collections()

    def create(self, collection: str, dimension: int) -> None:
        with self._lease.writing(collection):
            self._index.create(collection, dimension)

    def drop(self, collection: str) -> None:
        with self._lease.writing(collection):
            self._index.drop(collection)

    def points(self, collection: str, *, documents: Collection[str] | None = None) -> Iterator[Point]:
        return self._index.points(collection, documents=documents)

    def stored_points(self, collection: str, *, revision: int) -> Iterator[StoredPoint]:
        return self._index.stored_points(collection, revision=revision)

    def touched(self, collection: str, revision: int) -> Iterator[Point]:
        return self._index.touched(collection, revision)

    def vectors(self, collection: str, digests: Collection[str]) -> dict[str, NDArray[np.float32]]:
        return self._index.vectors(collection, digests)

    def upsert(self, collection: str, chunks: Sequence[Chunk], vectors: Vectors, *, born: int) -> None:
        with self._lease.writing(collection):
            self._index.upsert(collection, chunks, vectors, born=born)

    def retire(self, collection: str, ids: Sequence[str], *, at: int) -> None:
        with self._lease.writing(collection):
            self._index.retire(collection, ids, at=at)

    def delete(self, collection: str, ids: Sequence[str]) -> None:
        with self._lease.writing(collection):
            self._index.delete(collection, ids)

    def erase(self, collection: str, documents: Collection[str]) -> int:
        with self._lease.writing(collection):
            return self._index.erase(collection, documents)

    def fence(self, collection: str) -> None:
        self._lease.ensure()
        self._index.fence(collection)

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
        return self._index.search(
            collection, revision=revision, vector=vector, text=text, top_k=top_k, exact=exact, allow=allow
        )

    def chunks(self, collection: str, *, revision: int, documents: Collection[str]) -> list[Chunk]:
        return self._index.chunks(collection, revision=revision, documents=documents)

    def count(self, collection: str, *, revision: int | None = None) -> int:
        return self._index.count(collection, revision=revision)

    def condition(self, collection: str) -> Condition:
        return self._index.condition(collection)

    def size(self, collection: str) -> int | None:
        return self._index.size(collection)

    def settle(self, collection: str) -> None:
        self._index.settle(collection)

    def optimize(self, collection: str, *, ef: int | None = None) -> None:
        with self._lease.writing(collection):
            self._index.optimize(collection, ef=ef)

    def close(self) -> None:
        self._index.close()


class LeasedLedger(Ledger):
    """A ledger whose writes need the lease. What each method does: ``ports.ledger.Ledger``."""

    def __init__(self, ledger: Ledger, lease: WriteLease) -> None:
        self._ledger, self._lease = ledger, lease

    def put(self, kind: str, id_: str, value: Mapping[str, Any], *, token: int | None = None) -> None:
        with self._lease.writing(LEDGER):
            self._ledger.put(kind, id_, value, token=token or self._lease.token)

    def get(self, kind: str, id_: str) -> dict[str, Any] | None:
        return self._ledger.get(kind, id_)

    def ids(self, kind: str) -> list[str]:
        return self._ledger.ids(kind)

    def kinds(self) -> list[str]:
        return self._ledger.kinds()

    def replace(self, kind: str, id_: str, value: Mapping[str, Any], *, token: int | None = None) -> None:
        with self._lease.writing(LEDGER):
            self._ledger.replace(kind, id_, value, token=token or self._lease.token)

    def remove(self, kind: str, id_: str, *, token: int | None = None) -> None:
        with self._lease.writing(LEDGER):
            self._ledger.remove(kind, id_, token=token or self._lease.token)

    def rewrite(self) -> None:
        with self._lease.writing(LEDGER):
            self._ledger.rewrite()

    def pointer(self) -> dict[str, Any] | None:
        return self._ledger.pointer()

    def swap(
        self, expected: Mapping[str, Any] | None, new: Mapping[str, Any], *, lease: Mapping[str, Any] | None = None
    ) -> None:
        """Move the pointer under the lease of this ledger.

        Raises:
            LedgerConflict: another writer has the lease or moved the pointer. The pointer did not move.
            ValueError: a lease is given. This ledger uses its own.
        """
        if lease is not None:
            raise ValueError("this ledger moves the pointer under its own lease; pass none")
        self._lease.swap(self._ledger, expected, new)

    def restore_pointer(self, new: Mapping[str, Any], *, token: int | None = None) -> None:
        with self._lease.writing(LEDGER):
            self._ledger.restore_pointer(new, token=token or self._lease.token)

    def lease(self) -> dict[str, Any] | None:
        return self._ledger.lease()

    def lease_record(self) -> dict[str, Any] | None:
        return self._ledger.lease_record()

    def fence(self, token: int) -> None:
        with self._lease.writing(LEDGER):
            self._ledger.fence(token)

    def set_lease(self, expected: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> None:
        self._ledger.set_lease(expected, new)
