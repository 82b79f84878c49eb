"""What was edited in each document: the passages that readers get now against those that they would get."""

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
"""Signal: the share of edited documents in which a fact changed, or may have. It explains, and decides nothing."""

NAMED = 50
"""Documents whose edits the record tells one by one; all are counted."""


def edits_served(
    vector_index: VectorIndex, live: Release | None, at: Index, documents: Sequence[str], embedder: Embedder
) -> tuple[Edit, ...]:
    """Return the edits of ``documents`` that lie between the live release and the staged index ``at``."""
    chunks = vector_index.chunks(at.collection, revision=at.revision, documents=documents) if documents else []
    return edits_of(vector_index, live, chunks, embedder)


def edits_of(
    vector_index: VectorIndex, live: Release | None, chunks: Sequence[Chunk], embedder: Embedder
) -> tuple[Edit, ...]:
    """Return what was edited in the documents of ``chunks``, which are all that is to be served of them.

    Nothing is known without a live release, or where its collection is lost.
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
    """Return what tells words that people use: those that the embedder's tokenizer does not cut."""

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
    """Return the share of edited documents in which a fact changed; nothing where no document was edited."""
    if not edits:
        return ()
    return (proportion(FACTUAL, [e.factual for e in edits], confidence, "share of edited documents, 0..1"),)


def edits_shown(edits: Sequence[Edit]) -> dict[str, Any]:
    """Return the edits for reports: counted, and told one by one, those that change facts first."""
    told = sorted(edits, key=lambda e: (not e.factual, e.document))[:NAMED]
    return {**summed(edits), "documents": [edit.as_json() for edit in told]}
