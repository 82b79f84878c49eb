"""A fence on a server: a process that used the collection before can write to it no more."""

from collections.abc import Callable

import numpy as np
import pytest
from qdrant_client import QdrantClient

from pointsman.adapters.qdrant.server_index import QdrantIndex
from pointsman.core.errors import LedgerConflict
from pointsman.core.index.points import FOREVER
from tests.ports.points import chunk

LATE: dict[str, Callable[[QdrantIndex, list[str]], None]] = {
    "upsert": lambda index, _: index.upsert("c-1", [chunk("b")], np.ones((1, 4), np.float32), born=2),
    "retire": lambda index, ids: index.retire("c-1", ids, at=2),
    "delete": lambda index, ids: index.delete("c-1", ids),
}


@pytest.mark.parametrize("write", LATE.values(), ids=list(LATE))
def test_what_a_process_from_before_a_fence_writes_is_refused(
    write: Callable[[QdrantIndex, list[str]], None],
) -> None:
    client = QdrantClient(":memory:")
    stale, fresh = QdrantIndex(client), QdrantIndex(client)
    stale.create("c-1", 4)
    stale.upsert("c-1", [chunk("a")], np.ones((1, 4), np.float32), born=1)
    ids = [point.id for point in stale.points("c-1")]

    fresh.fence("c-1")

    with pytest.raises(LedgerConflict, match="replaced or dropped"):
        write(stale, ids)
    assert [(point.id, point.born, point.died) for point in fresh.points("c-1")] == [(ids[0], 1, FOREVER)]
    assert stale.count("c-1", revision=1) == 1, "it can read what took its place"
    write(stale, ids)  # a new run of the same process, which has looked again
