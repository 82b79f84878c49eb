"""What was edited in each document: the passages of the live release compared with those that would be served."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.edits.classify import Edit, classify, summed, texts_of
from pointsman.core.edits.word_diff import Known
from pointsman.core.evaluation.statistics import Signal, proportion
from pointsman.core.release import Index, Release
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import Embedder

FACTUAL = "edits.factual"
"""Signal: the share of edited documents in which a fact changed or may have changed. No decision depends on it."""

NAMED = 50
"""Documents whose edits the record lists one by one, at most; the counts cover all documents."""


def edits_served(
    vector_index: VectorIndex, live: Release | None, *, at: Index, documents: Sequence[str], embedder: Embedder
) -> tuple[Edit, ...]:
    """Return what was edited in ``documents`` between the live release and the staged index ``at``."""
    chunks = vector_index.chunks(at.collection, revision=at.revision, documents=documents) if documents else []
    return edits_of(vector_index, live, chunks, embedder)


def edits_of(
    vector_index: VectorIndex, live: Release | None, chunks: Sequence[Chunk], embedder: Embedder
) -> tuple[Edit, ...]:
    """Return what was edited in the documents of ``chunks``, which must be all chunks of these documents.

    Empty without a live release, or where its collection is lost.
    """
    if live is None or not chunks or live.index.collection not in vector_index.collections():
        return ()
    after = _by_document(chunks)
    before = _by_document(
        vector_index.chunks(live.index.collection, revision=live.index.revision, documents=sorted(after))
    )
    known = known_to(embedder)
    return tuple(
        _edit(document, before[document], after[document], known) for document in sorted(after) if document in before
    )


def _edit(document: str, before: Sequence[Chunk], after: Sequence[Chunk], known: Known) -> Edit:
    placed = all(chunk.start is not None for chunk in (*before, *after))
    return classify(document, texts_of(before), texts_of(after), known, ordered=placed)


def known_to(embedder: Embedder) -> Known:
    """Return a test for common words: those that are one token of the embedder's tokenizer."""

    @lru_cache(maxsize=4096)
    def known(word: str) -> bool:
        return embedder.count_tokens(word) == 1

    return known


def _by_document(chunks: Iterable[Chunk]) -> Mapping[str, list[Chunk]]:
    found: dict[str, list[Chunk]] = defaultdict(list)
    for chunk in chunks:
        found[chunk.document].append(chunk)
    return found


def edit_signals(edits: Sequence[Edit], confidence: float) -> tuple[Signal, ...]:
    """Return the share of edited documents in which a fact changed; empty where no document was edited."""
    if not edits:
        return ()
    return (proportion(FACTUAL, [e.factual for e in edits], confidence, "share of edited documents, 0..1"),)


def edits_shown(edits: Sequence[Edit]) -> dict[str, Any]:
    """Return the edits as a JSON value: counts, and up to ``NAMED`` documents, those whose facts changed first."""
    listed = sorted(edits, key=lambda e: (not e.factual, e.document))[:NAMED]
    return {**summed(edits), "documents": [edit.as_json() for edit in listed]}
