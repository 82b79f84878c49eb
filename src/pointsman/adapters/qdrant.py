"""What the Qdrant adapters have in common: names, payloads, BM25 terms, rankings, the client."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from qdrant_edge import Bm25

from pointsman.core.access import readers_of
from pointsman.core.errors import IndexDamaged, ModelMismatch, PointsmanError, UsageError
from pointsman.core.index import FOREVER, Held, Hit, Stored, Wanted, facts_of

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

T = TypeVar("T")

DENSE = "dense"
"""Name of the embedder's vector."""
BM25 = "bm25"
"""Name of the sparse vector of terms; the engine multiplies it with the inverse document frequency."""

KEYWORD_FIELDS = ("document", "digest", "readers", "facts")
INTEGER_FIELDS = ("born", "died")
HELD_FIELDS = ["chunk", "document", "digest", "payload_digest", "born", "died"]
PLACE_FIELDS = ("title", "anchor", "start", "end")
"""Where a passage stands; a collection written before there were locations has none of them."""
HIT_FIELDS = ["chunk", "document", "text", "headings", "metadata", *PLACE_FIELDS]

FINE_EDGES = 32
"""Edges of a point in a finer search graph; twice Qdrant's default."""
FULL_SCAN_KB = 10_000
"""Kilobytes of vectors below which a segment is scanned whole; Qdrant's default."""

PAGE = 1000
"""Points in one page of a scroll."""
SLICE = 256
"""Values in one filter, and points in one write."""
RRF_K = 2
"""Rank constant of the fusion; Qdrant's own."""
SCORE_DIGITS = 6
"""Scores that agree to so many decimals are the same score; float32 carries no more."""

_NAME = re.compile(r"[a-z0-9-]{1,100}", re.ASCII)
RESERVED = frozenset({"ledger"})
"""Names kept for other things on a server."""


def checked_name(collection: str) -> str:
    """Return the name of a collection as it came.

    Raises:
        UsageError: it has other characters than a-z, 0-9 and the hyphen, or is kept for the ledger.
    """
    if not _NAME.fullmatch(collection) or collection in RESERVED:
        raise UsageError(
            f"collection cannot be called {collection!r}; use 1 to 100 of a-z, 0-9 and -, "
            f"but none of {sorted(RESERVED)}"
        )
    return collection


def missing(collection: str) -> IndexDamaged:
    """Return the error of a collection that is not there."""
    return IndexDamaged(f"there is no collection {collection!r}; run `pointsman doctor --repair` to build it again")


def check_dimension(collection: str, held: int, offered: int) -> None:
    """Let pass vectors as wide as the collection's.

    Raises:
        ModelMismatch: they are wider or narrower.
    """
    if held != offered:
        raise ModelMismatch(
            f"collection {collection!r} holds vectors of dimension {held}, offered is {offered}; "
            "build a new collection for another embedder, or use the embedder that made this one"
        )


def check_vectors(collection: str, dimension: int, wanted: int, vectors: NDArray[np.float32]) -> None:
    """Let pass one vector, shape (wanted, dimension), for each chunk.

    Raises:
        ModelMismatch: the vectors are wider or narrower than the collection's.
        ValueError: there are more or fewer vectors than chunks.
    """
    if vectors.ndim != 2 or len(vectors) != wanted:  # noqa: PLR2004 - rows and columns
        raise ValueError(f"{wanted} chunks need vectors of shape ({wanted}, {dimension}), not {vectors.shape}")
    check_dimension(collection, dimension, vectors.shape[1])


def slices(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield ``items`` in lists of at most ``size``."""
    rest = list(items)
    for start in range(0, len(rest), size):
        yield rest[start : start + size]


def to_payload(wanted: Wanted, born: int) -> dict[str, Any]:
    """Return what a point carries besides its vectors.

    Raises:
        UsageError: a text is not Unicode (a lone surrogate, as from an undecodable file name).
    """
    payload = {
        "chunk": wanted.chunk,
        "document": wanted.document,
        "digest": wanted.digest,
        "payload_digest": wanted.payload_digest,
        "text": wanted.text,
        "embed_text": wanted.embed_text,
        "headings": list(wanted.headings),
        "metadata": {key: value if isinstance(value, str) else list(value) for key, value in wanted.metadata.items()},
        "readers": readers_of(wanted.metadata),
        "facts": facts_of(wanted.metadata),
        **{name: getattr(wanted, name) for name in PLACE_FIELDS},
        "born": born,
        "died": FOREVER,
    }
    try:
        json.dumps(payload, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            f"document {wanted.document!r} holds text that is not Unicode ({error}); rename or re-encode it"
        ) from None
    return payload


def to_held(id_: object, payload: Mapping[str, Any]) -> Held:
    """Return a point as the collection holds it; one that somebody else wrote may lack anything, and is never seen."""
    return Held(
        id=str(id_),
        chunk=str(payload.get("chunk", "")),
        document=str(payload.get("document", "")),
        digest=str(payload.get("digest", "")),
        payload_digest=str(payload.get("payload_digest", "")),
        born=payload.get("born", FOREVER),
        died=payload.get("died", 0),
    )


def to_stored(id_: object, payload: Mapping[str, Any], vector: Any) -> Stored:
    """Return a point with all that it carries, whoever wrote it."""
    whole = payload.keys() >= {field.name for field in fields(Wanted)}
    dense = vector.get(DENSE) if isinstance(vector, dict) else None
    return Stored(
        to_held(id_, payload),
        to_wanted(payload) if whole else None,
        None if dense is None else np.asarray(dense, np.float32),
    )


def to_wanted(payload: Mapping[str, Any]) -> Wanted:
    """Return what a point serves, from its payload."""
    return Wanted(
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
    """Return a passage found, from its point's payload."""
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


def depth(top_k: int) -> int:
    """Return how many candidates each ranking fetches."""
    return max(4 * top_k, 50)


Ranking = Sequence[tuple[str, float]]
"""Point ids with scores, as an engine returns them."""


def in_order(ranking: Ranking) -> list[tuple[str, float]]:
    """Return a ranking by falling score; equal scores by point id, for an engine leaves those in any order."""
    return sorted(ranking, key=lambda found: (-round(found[1], SCORE_DIGITS), found[0]))


def _untorn(ranking: list[tuple[str, float]], top_k: int) -> list[tuple[str, float]]:
    """Return a ranking without its last group of equal scores, of which the engine fetched any few.

    It stays whole where it is not cut off, or where fewer than ``top_k`` would be left.
    """
    if len(ranking) < depth(top_k):
        return ranking
    last = round(ranking[-1][1], SCORE_DIGITS)
    rest = [found for found in ranking if round(found[1], SCORE_DIGITS) != last]
    return rest if len(rest) >= top_k else ranking


def fuse(rankings: Sequence[Ranking], top_k: int) -> list[tuple[str, float]]:
    """Return the best ``top_k`` of rankings by reciprocal rank fusion; a single ranking keeps its own scores.

    The score is the sum over rankings of 1 / (``RRF_K`` + rank), rank from 0 (Cormack, Clarke and Buettcher,
    SIGIR 2009). Qdrant's own fusion has the same formula, but ranks equal scores as they happen to lie: the
    copies of a licence text would trade places with every rebuild, and a gate would measure that.
    """
    ordered = [_untorn(in_order(ranking), top_k) for ranking in rankings]
    if len(ordered) == 1:
        return ordered[0][:top_k]
    scores: dict[str, float] = {}
    for ranking in ordered:
        for rank, (id_, _) in enumerate(ranking):
            scores[id_] = scores.get(id_, 0.0) + 1.0 / (RRF_K + rank)
    return in_order(list(scores.items()))[:top_k]


def served(best: Ranking, payloads: Mapping[str, Mapping[str, Any]]) -> list[Hit]:
    """Return passages with their payloads, read of the best alone; one that was removed meanwhile is passed over."""
    return [to_hit(payloads[id_], score) for id_, score in best if id_ in payloads]


@cache
def _model() -> Any:
    return Bm25()


def document_terms(text: str) -> tuple[list[int], list[float]]:
    """Return the term numbers of a passage and their saturated frequencies; both empty without terms."""
    vector = _model().embed_document(text)
    return list(vector.indices), list(vector.values)


def query_terms(text: str) -> tuple[list[int], list[float]]:
    """Return the term numbers of a question, each of weight 1; both empty when it has only stop words."""
    vector = _model().embed_query(text)
    return list(vector.indices), list(vector.values)


def open_client(url: str, api_key: str | None, timeout: int) -> "QdrantClient":
    """Return a client of the Qdrant server at ``url``; a request may take ``timeout`` seconds.

    Raises:
        PointsmanError: the server does not answer, or refuses the key.
    """
    from qdrant_client import QdrantClient
    from qdrant_client.http.exceptions import ApiException

    client = QdrantClient(url=url, api_key=api_key, timeout=timeout, check_compatibility=False)
    try:
        client.get_collections()
    except ApiException as error:
        raise PointsmanError(
            f"the Qdrant server at {url} cannot be used: {error}; start it, correct QDRANT_URL and "
            "QDRANT_API_KEY, or unset QDRANT_URL to keep everything embedded"
        ) from error
    return client
