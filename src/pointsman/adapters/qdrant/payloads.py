"""What both Qdrant adapters use: names, payloads, limits."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from pointsman.adapters.qdrant.fusion import Ranking
from pointsman.core.corpus.access import readers_of
from pointsman.core.corpus.chunk import Chunk
from pointsman.core.errors import IndexDamaged, ModelMismatch, UsageError
from pointsman.core.index.filters import facts_of
from pointsman.core.index.hits import Hit
from pointsman.core.index.points import FOREVER, Point, StoredPoint

T = TypeVar("T")

DENSE = "dense"
"""Name of the dense vector."""

KEYWORD_FIELDS = ("document", "digest", "readers", "facts")

INTEGER_FIELDS = ("born", "died")

POINT_FIELDS = ["chunk", "document", "digest", "payload_digest", "born", "died"]

PLACE_FIELDS = ("title", "anchor", "start", "end")
"""Location of a passage in its document; older collections do not have these fields."""

HIT_FIELDS = ["chunk", "document", "text", "headings", "metadata", *PLACE_FIELDS]

FINE_EDGES = 32
"""Edges of a point in a finer search graph, twice Qdrant's default."""

FULL_SCAN_KB = 10_000
"""Kilobytes of vectors below which Qdrant compares with all vectors of a segment; Qdrant's default."""

PAGE = 1000
"""Points in one page of a scroll."""

SLICE = 256
"""Values in one filter, and points in one write."""

_NAME = re.compile(r"[a-z0-9-]{1,100}", re.ASCII)

RESERVED = frozenset({"ledger"})
"""Names that collections cannot have."""


def checked_name(collection: str) -> str:
    """Return the name of a collection unchanged.

    Raises:
        UsageError: it has other characters than a-z, 0-9 and the hyphen, or is reserved.
    """
    if not _NAME.fullmatch(collection) or collection in RESERVED:
        raise UsageError(
            f"collection cannot be called {collection!r}; use 1 to 100 of a-z, 0-9 and -, "
            f"but none of {sorted(RESERVED)}"
        )
    return collection


def missing(collection: str) -> IndexDamaged:
    """Return the error about a collection that does not exist."""
    return IndexDamaged(f"there is no collection {collection!r}; run `pointsman doctor --repair` to build it again")


def check_dimension(collection: str, expected: int, found: int) -> None:
    """Require that vectors have the dimension of the collection.

    Raises:
        ModelMismatch: they have another one.
    """
    if expected != found:
        raise ModelMismatch(
            f"collection {collection!r} has vectors of dimension {expected}, the new ones have {found}; "
            "build a new collection for another embedder, or use the embedder that made this one"
        )


def check_vectors(collection: str, dimension: int, chunks: int, vectors: NDArray[np.float32]) -> None:
    """Require one vector for each chunk, shape (chunks, dimension).

    Raises:
        ModelMismatch: the vectors have another dimension than the collection.
        ValueError: there are more or fewer vectors than chunks.
    """
    if vectors.ndim != 2 or len(vectors) != chunks:  # noqa: PLR2004 - rows and columns
        raise ValueError(f"{chunks} chunks need vectors of shape ({chunks}, {dimension}), not {vectors.shape}")
    check_dimension(collection, dimension, vectors.shape[1])


def slices(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield ``items`` in lists of at most ``size``."""
    rest = list(items)
    for start in range(0, len(rest), size):
        yield rest[start : start + size]


def to_payload(chunk: Chunk, born: int) -> dict[str, Any]:
    """Return the payload of a point.

    Raises:
        UsageError: a text is not valid Unicode (a lone surrogate, as from an undecodable file name).
    """
    payload = {
        "chunk": chunk.chunk,
        "document": chunk.document,
        "digest": chunk.digest,
        "payload_digest": chunk.payload_digest,
        "text": chunk.text,
        "embed_text": chunk.embed_text,
        "headings": list(chunk.headings),
        "metadata": {key: value if isinstance(value, str) else list(value) for key, value in chunk.metadata.items()},
        "readers": readers_of(chunk.metadata),
        "facts": facts_of(chunk.metadata),
        **{name: getattr(chunk, name) for name in PLACE_FIELDS},
        "born": born,
        "died": FOREVER,
    }
    try:
        json.dumps(payload, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            f"document {chunk.document!r} has text that is not valid Unicode ({error}); rename or re-encode it"
        ) from None
    return payload


def is_ours(payload: Mapping[str, Any] | None) -> bool:
    """Return whether a point is Pointsman's: one that another program wrote lacks some field."""
    return payload is not None and payload.keys() >= set(POINT_FIELDS)


def to_point(id_: object, payload: Mapping[str, Any]) -> Point:
    """Return a point of a collection. One that another program wrote may lack fields; no reader sees it then."""
    return Point(
        id=str(id_),
        chunk=str(payload.get("chunk", "")),
        document=str(payload.get("document", "")),
        digest=str(payload.get("digest", "")),
        payload_digest=str(payload.get("payload_digest", "")),
        born=payload.get("born", FOREVER),
        died=payload.get("died", 0),
    )


def to_stored_point(id_: object, payload: Mapping[str, Any], vector: Any) -> StoredPoint:
    """Return a point with payload and vector; either is None where another program wrote the point."""
    complete = payload.keys() >= {field.name for field in fields(Chunk)}
    dense = vector.get(DENSE) if isinstance(vector, dict) else None
    return StoredPoint(
        to_point(id_, payload),
        to_chunk(payload) if complete else None,
        None if dense is None else np.asarray(dense, np.float32),
    )


def to_chunk(payload: Mapping[str, Any]) -> Chunk:
    """Return the chunk of a point's payload."""
    return Chunk(
        chunk=payload["chunk"],
        document=payload["document"],
        digest=payload["digest"],
        text=payload["text"],
        embed_text=payload["embed_text"],
        headings=tuple(payload["headings"]),
        metadata=payload["metadata"],
        payload_digest=payload["payload_digest"],
        **_place(payload),
    )


def to_hit(payload: Mapping[str, Any], score: float) -> Hit:
    """Return the search hit of a point's payload."""
    return Hit(
        document=payload["document"],
        chunk=payload["chunk"],
        score=score,
        text=payload["text"],
        headings=tuple(payload["headings"]),
        metadata=payload["metadata"],
        **_place(payload),
    )


def _place(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {name: payload[name] for name in PLACE_FIELDS if name in payload}


def served(best: Ranking, payloads: Mapping[str, Mapping[str, Any]]) -> list[Hit]:
    """Return the hits of a ranking; points that were deleted since the search are left out."""
    return [to_hit(payloads[id_], score) for id_, score in best if id_ in payloads]
