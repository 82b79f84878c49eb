"""Writes to a server: bounded in points and bytes, and finished when they return."""

import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pointsman.adapters.qdrant import bm25, payloads
from pointsman.adapters.qdrant.server_client import MAX_WAIT_SECONDS
from pointsman.adapters.qdrant.server_limits import NUMBER_BYTES, REQUEST_BYTES, in_bytes
from pointsman.core.corpus.chunk import Chunk
from pointsman.core.errors import ServerUnusable

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models

PAUSE_SECONDS = 0.2
"""Seconds before a write that was not applied in time is sent again."""


def write(send: Callable[[], Any], *, max_wait: float = MAX_WAIT_SECONDS) -> None:
    """Send a write until the server says that it is applied; it may be sent more than once.

    Raises:
        ServerUnusable: it is not applied within ``max_wait`` seconds.
    """
    began = time.monotonic()
    while True:
        status = str(getattr(send(), "status", "completed")).rpartition(".")[2].lower()
        if status not in {"acknowledged", "wait_timeout"}:
            return
        if time.monotonic() - began > max_wait:
            raise ServerUnusable(
                f"the Qdrant server took a write and has not applied it within {max_wait:g} s "
                f"(qdrant.max_wait_seconds; it says {status}); run the command again when the server is less busy"
            )
        time.sleep(PAUSE_SECONDS)


def upsert_in_parts(
    client: "QdrantClient", name: str, points: Sequence["models.PointStruct"], *, batch: int, max_wait: float
) -> None:
    """Write points, as many at once as the server takes.

    Raises:
        ServerUnusable: one point alone is too large for the server.
    """
    sizes = [size_of(each) for each in points]
    parts = list(in_bytes(points, sizes, most=REQUEST_BYTES, count=batch))
    while parts:
        part = parts.pop(0)
        if not _written(client, name, part, max_wait):
            if len(part) == 1:
                raise _too_large(part[0])
            parts[:0] = [part[: len(part) // 2], part[len(part) // 2 :]]


def delete_in_parts(client: "QdrantClient", name: str, ids: Sequence[str], *, size: int, max_wait: float) -> None:
    """Delete points, ``size`` at once. Unknown ids are ignored."""
    for part in payloads.slices(ids, size):
        chosen: list[Any] = list(part)
        write(partial(client.delete, name, chosen, wait=True), max_wait=max_wait)


def _written(client: "QdrantClient", name: str, part: list["models.PointStruct"], max_wait: float) -> bool:
    """Write points; return False where the server, or a proxy before it, finds the request too large."""
    from qdrant_client.http.exceptions import UnexpectedResponse

    try:
        write(lambda: client.upsert(name, part, wait=True), max_wait=max_wait)
    except UnexpectedResponse as error:
        if error.status_code != 413:  # noqa: PLR2004 - HTTP: content too large
            raise
        return False
    return True


def _too_large(one: "models.PointStruct") -> ServerUnusable:
    document = (one.payload or {}).get("document", one.id)
    return ServerUnusable(
        f"a passage of {document!r} takes {size_of(one)} bytes with its metadata, more than the server takes in one "
        "request (service.max_request_size_mb, 32 by default); shorten the metadata of the document, or raise it"
    )


def size_of(point: "models.PointStruct") -> int:
    """Return the bytes of a point in a request, about."""
    named = point.vector if isinstance(point.vector, dict) else {}
    numbers = sum(
        2 * len(each.indices) if hasattr(each, "indices") else np.size(np.asarray(each)) for each in named.values()
    )
    return len(json.dumps(point.payload)) + NUMBER_BYTES * int(numbers)


def point(chunk: Chunk, vector: NDArray[np.float32], born: int) -> "models.PointStruct":
    """Return the point of a chunk.

    Raises:
        UsageError: a text is not valid Unicode.
    """
    from qdrant_client import models

    indices, values = bm25.document_terms(chunk.embed_text)
    named: dict[str, Any] = {payloads.DENSE: vector.tolist()}
    if indices:
        named[bm25.BM25] = models.SparseVector(indices=indices, values=values)
    return models.PointStruct(id=chunk.point_id(born), vector=named, payload=payloads.to_payload(chunk, born))
