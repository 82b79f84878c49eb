"""Copies of collections on a server: the only way to take words out of its files.

A server keeps the text of a deleted point in its log and its pages, after a restart too. Dropping a collection removes
its files. So erasing copies what stays, vectors included, and drops the old collection.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pointsman.adapters.qdrant import payloads
from pointsman.adapters.qdrant.server_client import MAX_WAIT_SECONDS
from pointsman.adapters.qdrant.server_collections import index_field, taken
from pointsman.adapters.qdrant.server_writes import upsert_in_parts
from pointsman.core.errors import ServerUnusable

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models

PAGE = 128
"""Points of one page with payload and vectors."""


def create_like(client: "QdrantClient", source: str, target: str) -> None:
    """Create an empty collection with the vectors, graph and payload indexes of another one."""
    from qdrant_client import models

    info = client.get_collection(source)
    params, graph = info.config.params, info.config.hnsw_config
    finer = models.HnswConfigDiff(m=graph.m, ef_construct=graph.ef_construct)
    taken(
        lambda: client.create_collection(
            target, vectors_config=params.vectors or {}, sparse_vectors_config=params.sparse_vectors, hnsw_config=finer
        )
    )
    for field, index in info.payload_schema.items():
        index_field(client, target, field, index.data_type)


def copy_points(
    client: "QdrantClient",
    source: str,
    target: str,
    *,
    keep: Callable[["models.Record"], bool],
    page: int = PAGE,
    batch: int = payloads.SLICE,
    max_wait: float = MAX_WAIT_SECONDS,
) -> tuple[int, int]:
    """Copy the points of ``source`` that ``keep`` lets through, as they are; return how many (were copied, were left).

    Raises:
        ServerUnusable: the copy does not have as many points as it should.
    """
    from qdrant_client import models

    copied = left = 0
    for found in records(client, source, page=min(PAGE, page)):
        kept = [each for each in found if keep(each)]
        points = [models.PointStruct(id=each.id, vector=_vectors(each), payload=each.payload) for each in kept]
        upsert_in_parts(client, target, points, batch=batch, max_wait=max_wait)
        copied, left = copied + len(kept), left + len(found) - len(kept)
    there = client.count(target, exact=True).count
    if there != copied:
        raise ServerUnusable(
            f"the copy {target!r} has {there} points and not {copied}; {source!r} was left as it is, run the command "
            "again when nothing else writes"
        )
    return copied, left


def records(client: "QdrantClient", name: str, *, page: int = PAGE) -> Iterator[list["models.Record"]]:
    """Yield all points with payload and vectors, page by page."""
    offset: Any = None
    while True:
        found, offset = client.scroll(name, limit=page, offset=offset, with_payload=True, with_vectors=True)
        yield found
        if offset is None:
            return


def _vectors(record: "models.Record") -> Any:
    return {} if record.vector is None else record.vector
