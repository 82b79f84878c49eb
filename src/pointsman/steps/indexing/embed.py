"""Vectors for the points of a stage: held ones first, the rest embedded one batch ahead of the index's writing."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.errors import ModelMismatch
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import Embedder, Vectors

Known = dict[str, Any]
"""Digest → vector, shape (dimension,)."""


@dataclass
class _Coming:
    """A batch whose missing vectors are being computed."""

    batch: list[Chunk]
    known: Known
    """Vectors that a collection holds."""
    earlier: Known
    """What the batch before embedded: filled by the time this one is asked for its vectors."""
    digests: list[str]
    """Of the texts being embedded."""
    embedding: "Future[Vectors] | None"
    embedded: Known = field(default_factory=dict)
    """Filled by ``vectors``."""

    def vectors(self) -> Vectors:
        """Return one vector for each of the batch, shape (len(batch), dimension), waiting for the embedder."""
        if self.embedding is not None:
            self.embedded.update(zip(self.digests, self.embedding.result(), strict=True))
        found = self.known | self.embedded
        return np.stack([found[w.digest] if w.digest in found else self.earlier[w.digest] for w in self.batch]).astype(
            np.float32
        )


def embedded_ahead(
    index: VectorIndex, embedder: Embedder, batches: Iterable[list[Chunk]], sources: Sequence[str]
) -> Iterator[tuple[list[Chunk], Vectors]]:
    """Yield each batch with its vectors while a thread embeds the batch after it; the index is used in this one alone.

    An error of the embedder is raised in the place of the batch it belongs to, once those before are through.

    Args:
        index: whose collections hold vectors.
        embedder: what computes those that none of them holds; called from one other thread, one call at a time.
        batches: points to be written.
        sources: collections whose vectors may be reused.

    Raises:
        ModelMismatch: vectors of another length than the embedder's are held.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="embedding") as worker:
        waiting: _Coming | None = None
        for batch in batches:
            coming = _begin(index, embedder, batch=batch, sources=sources, worker=worker, before=waiting)
            if waiting is not None:
                yield waiting.batch, _fitting(waiting.vectors(), embedder)
            waiting = coming
        if waiting is not None:
            yield waiting.batch, _fitting(waiting.vectors(), embedder)


def _begin(
    index: VectorIndex,
    embedder: Embedder,
    batch: list[Chunk],
    sources: Sequence[str],
    worker: ThreadPoolExecutor,
    before: _Coming | None,
) -> _Coming:
    """Let the worker embed what neither a collection holds nor the batch before is embedding."""
    known: Known = {}
    for name in sources:
        known |= index.vectors(name, {w.digest for w in batch} - known.keys())
    under_way = set(before.digests) if before is not None else set()
    texts = {w.digest: w.embed_text for w in batch if w.digest not in known and w.digest not in under_way}
    asked = worker.submit(embedder.embed, list(texts.values())) if texts else None
    return _Coming(
        batch, known, earlier=before.embedded if before is not None else {}, digests=list(texts), embedding=asked
    )


def _fitting(vectors: Vectors, embedder: Embedder) -> Vectors:
    """Return vectors that are as long as the embedder's."""
    if vectors.shape[1] != embedder.dimension:
        raise ModelMismatch(
            f"held vectors have {vectors.shape[1]} dimensions, the embedder {embedder.dimension}; "
            "run `pointsman doctor`"
        )
    return vectors
