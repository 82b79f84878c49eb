"""Pairs to train the retriever on: a query, the passage that answers it, and negatives from an index."""

import base64
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.corpus.documents import Refusal
from pointsman.core.index.filters import Filter
from pointsman.core.release import Index
from pointsman.core.supervision.decontamination import find_near_copies
from pointsman.core.supervision.probes import Probe
from pointsman.core.supervision.retriever_pairs import PROBE, Pair, mine_negatives
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import Embedder
from pointsman.ports.validation import Validator

EVERYBODY = Filter()
"""What every reader may see."""
CANDIDATES = 30
"""Passages fetched for a query; its negatives are chosen among them."""


def asked_by(probes: Sequence[Probe], chunks: Sequence[Chunk], embedder: Embedder) -> list[Pair]:
    """Return a pair for each probe: its question, and the most similar chunk of the documents that answer it."""
    by_document: dict[str, list[Chunk]] = defaultdict(list)
    for chunk in chunks:
        by_document[chunk.document].append(chunk)
    pairs = []
    for probe in probes:
        answering = [chunk for document in probe.documents for chunk in by_document[document]]
        if answering:
            vectors = embedder.embed([probe.question, *(chunk.embed_text for chunk in answering)])
            best = answering[int((vectors[1:] @ vectors[0]).argmax())]
            others = [document for document in probe.documents if document != best.document]
            pairs.append(
                Pair(PROBE, probe.question, passage=best.text, documents=(best.document, *others), chunk=best.chunk)
            )
    return pairs


def with_negatives(
    pairs: Sequence[Pair],
    index: VectorIndex,
    at: Index,
    embedder: Embedder,
    sketch: Callable[[str], str],
    at_most: int,
    *,
    allow: Filter = EVERYBODY,
) -> list[Pair]:
    """Return the pairs with up to ``at_most`` negatives each, found by dense search with their queries.

    ``allow`` says which passages may be learned: by default those of documents that everybody may read.
    """
    if not pairs:
        return []
    queries, passages = (embedder.embed([getattr(p, side) for p in pairs]) for side in ("query", "passage"))
    sketches: dict[str, bytes] = {}

    def sketched(text: str) -> bytes:
        if text not in sketches:
            sketches[text] = base64.b64decode(sketch(text))
        return sketches[text]

    def copies(one: str, other: str) -> bool:
        return bool(find_near_copies({"one": sketched(one)}, {"other": sketched(other)}))

    found = []
    for pair, query, passage in zip(pairs, queries, passages, strict=True):
        wanted = CANDIDATES if at_most else 1
        hits = index.search(
            at.collection, revision=at.revision, vector=query, text=None, top_k=wanted, exact=True, allow=allow
        )
        found.append(mine_negatives(pair, float(np.dot(query, passage)), hits, at_most=at_most, copies=copies))
    return found


def accepted_pairs(pairs: Sequence[Pair], validator: Validator) -> tuple[list[Pair], list[Refusal]]:
    """Return (pairs that passed, refusals)."""
    asked: dict[str, int] = {}
    rows = []
    for pair in pairs:
        rows.append({**_row(pair), "asked_before": asked.get(pair.query, 0)})
        asked[pair.query] = asked.get(pair.query, 0) + 1
    rows = [{**row, "item": str(nth)} for nth, row in enumerate(rows)]
    found = validator.refuse("pairs", rows) if rows else []
    bad = {int(item) for item, _, _ in found}
    refused = [Refusal(pairs[int(item)].id, check, reason) for item, check, reason in found]
    return [pair for nth, pair in enumerate(pairs) if nth not in bad], refused


def _row(pair: Pair) -> Mapping[str, Any]:
    nearest = max((n.score / pair.score for n in pair.negatives), default=0.0) if pair.score > 0 else None
    return {
        "query_length": len(pair.query.strip()),
        "passage_length": len(pair.passage.strip()),
        "own_negatives": ", ".join(n.document for n in pair.negatives if n.document in pair.documents) or None,
        "nearest": None if nearest is None else round(nearest, 3),
    }
