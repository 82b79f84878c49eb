"""Vectors for the points of a stage: stored ones are reused, the rest are embedded one batch ahead of the writes."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.errors import ModelMismatch
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import Embedder, Vectors

KnownVectors = dict[str, Any]
"""Digest → vector, shape (dimension,)."""


@dataclass
class _PendingBatch:
    """A batch of chunks whose missing vectors are being computed."""

    batch: list[Chunk]
    known: KnownVectors
    """Vectors that a collection contains already."""
    earlier: KnownVectors
    """Vectors that the batch before computes; complete before this batch's ``vectors`` is called."""
    digests: list[str]
    """Digests of the texts that are being embedded, in the order of the result."""
    embedding: "Future[Vectors] | None"
    embedded: KnownVectors = field(default_factory=dict)
    """Filled by ``vectors``."""

    def vectors(self) -> Vectors:
        """Wait for the embedder, and return one vector a chunk, shape (len(batch), dimension)."""
        if self.embedding is not None:
            self.embedded.update(zip(self.digests, self.embedding.result(), strict=True))
        found = self.known | self.embedded
        return np.stack([found[w.digest] if w.digest in found else self.earlier[w.digest] for w in self.batch]).astype(
            np.float32
        )


def embedded_ahead(
    index: VectorIndex, embedder: Embedder, batches: Iterable[list[Chunk]], sources: Sequence[str]
) -> Iterator[tuple[list[Chunk], Vectors]]:
    """Yield each batch with its vectors while another thread embeds the next batch.

    The index is used in the calling thread alone. An error of the embedder is raised in place of the batch that it
    belongs to, after all batches before it.

    Args:
        index: contains the collections.
        embedder: computes missing vectors; called from one other thread, one call at a time.
        batches: chunks to be written.
        sources: collections whose vectors may be reused.

    Raises:
        ModelMismatch: a collection contains vectors of another length than the embedder's.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="embedding") as worker:
        waiting: _PendingBatch | None = None
        for batch in batches:
            coming = _begin(index, embedder, batch=batch, sources=sources, worker=worker, before=waiting)
            if waiting is not None:
                yield waiting.batch, _checked(waiting.vectors(), embedder)
            waiting = coming
        if waiting is not None:
            yield waiting.batch, _checked(waiting.vectors(), embedder)


def _begin(
    index: VectorIndex,
    embedder: Embedder,
    *,
    batch: list[Chunk],
    sources: Sequence[str],
    worker: ThreadPoolExecutor,
    before: _PendingBatch | None,
) -> _PendingBatch:
    """Start embedding the texts that no collection contains and the batch before does not embed."""
    known: KnownVectors = {}
    for name in sources:
        known |= index.vectors(name, {w.digest for w in batch} - known.keys())
    under_way = set(before.digests) if before is not None else set()
    texts = {w.digest: w.embed_text for w in batch if w.digest not in known and w.digest not in under_way}
    embedding = worker.submit(embedder.embed, list(texts.values())) if texts else None
    earlier = before.embedded if before is not None else {}
    return _PendingBatch(batch, known, earlier=earlier, digests=list(texts), embedding=embedding)


def _checked(vectors: Vectors, embedder: Embedder) -> Vectors:
    """Return the vectors.

    Raises:
        ModelMismatch: they are not as long as the embedder's.
    """
    if vectors.shape[1] != embedder.dimension:
        raise ModelMismatch(
            f"stored vectors have {vectors.shape[1]} dimensions, the embedder {embedder.dimension}; "
            "run `pointsman doctor`"
        )
    return vectors
