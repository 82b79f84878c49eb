"""Forecast the work and the disk space of a rebuild, before anything is embedded or written."""

from collections.abc import Callable
from typing import Any

from pointsman.core.policy.cost import collection_bytes
from pointsman.steps.indexing.garbage_collection import garbage
from pointsman.steps.indexing.prepare import Prepared
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.resources import Serving


def forecast(
    serving: Serving, state: WorkspaceState, prepared: Prepared, *, clock: Callable[[], float]
) -> dict[str, Any]:
    """Return the ``migration`` object of ``plan --json``: collections, chunks, tokens, bytes, removable collections.

    ``bytes_live`` is what the engine reports, None where the collection is lost; ``bytes_new`` is an estimate. Both
    collections need space until ``gate.grace_hours`` are over, and ``build/index`` of DVC contains the new one again.
    """
    embedder = serving.models.embedder(prepared.embedder)
    texts = {w.digest: w.embed_text for w in prepared.stage.add if w.digest not in prepared.known_digests}
    average = sum(len(w.text.encode()) for w in prepared.stage.add) / max(1, len(prepared.stage.add))
    live = state.live.index if state.live else None
    there = live is not None and live.collection in serving.index.collections()
    return {
        "from": live.collection if live else None,
        "to": prepared.collection,
        "chunks": prepared.served,
        "chunks_to_embed": len(texts),
        "tokens_to_embed": sum(embedder.count_tokens(text) for text in texts.values()),
        "bytes_live": serving.index.size(live.collection) if live and there else None,
        "bytes_new": collection_bytes(len(prepared.stage.add), embedder.dimension, average),
        "grace_hours": serving.params.gate.grace_hours,
        "keep_releases": serving.params.gate.keep_releases,
        "collectable_now": [
            {"collection": g.collection, "points": g.points, "whole": g.whole, "because": g.because}
            for g in garbage(serving, clock=clock)
        ],
    }
