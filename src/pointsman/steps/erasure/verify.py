"""Verify that a document is gone: look for it by id, by search, and in every file."""

from collections.abc import Mapping
from typing import Any

from pointsman.core.release import Release
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.workspace import ErasureSweep
from pointsman.settings.params import Params
from pointsman.steps.erasure.request import Request
from pointsman.steps.erasure.trace import Chunks
from pointsman.steps.ledger.releases import all_releases, kept_releases, manifest_of
from pointsman.steps.resources import Serving

CORPUS = (".pointsman/qdrant/", "build/", ".dvc/cache/")
"""Places where the text of documents is stored."""

TOP_K = 50
"""Passages fetched for each question."""


def verify(
    serving: Serving, request: Request, chunks: Mapping[str, Chunks], *, erasure_sweep: ErasureSweep
) -> dict[str, Any]:
    """Return what is still found of the document: by id, by search, and in every file."""
    ids = set(request.trace.documents)
    points = sum(1 for name in serving.index.collections() for _ in serving.index.points(name, documents=ids))
    named = [r.id for r in all_releases(serving.ledger) if ids & manifest_of(serving.ledger, r).entries.keys()]
    searched = _searched(request, chunks, vector_index=serving.index, ledger=serving.ledger, params=serving.params)
    read, seen, unread = erasure_sweep.scan(request.trace)
    found = [each for each in seen if not _mention(request, each)]
    return {
        "points": points,
        "manifests": named,
        "search": searched,
        "scan": {
            **read, "shingles": len(request.trace.shingles), "shared": request.shared, "found": found,
            "mentions": [each["place"] for each in seen if _mention(request, each)], "unread": unread,
        },
    }  # fmt: skip


def _mention(request: Request, finding: Mapping[str, Any]) -> bool:
    """Return whether a finding is only the text of other documents that name the document and stay served."""
    of_corpus = str(finding["place"]).startswith(CORPUS)
    return of_corpus and not finding["shingles"] and bool(request.citing.get("mentioning"))


def _searched(
    request: Request, chunks: Mapping[str, Chunks], *, vector_index: VectorIndex, ledger: Ledger, params: Params
) -> dict[str, Any]:
    """Search every release within reach of a rollback for the document's chunks, and return counts."""
    releases = [
        r for r in kept_releases(ledger, params.gate.keep_releases)
        if r.index.collection in vector_index.collections()
    ]  # fmt: skip
    asked, found = 0, 0
    for release in releases:
        own = chunks.get(release.index.collection, Chunks())
        for text, vector in zip(own.texts, own.vectors, strict=True):
            asked += 1
            found += _hits(vector_index, request, release=release, text=text, vector=vector)
    return {"releases": [r.id for r in releases], "questions": asked, "top_k": TOP_K, "found": found}


def _hits(vector_index: VectorIndex, request: Request, release: Release, text: str, vector: Any) -> int:
    """Return how many passages are of the document or have its text."""
    at = release.index
    hits = vector_index.search(at.collection, revision=at.revision, vector=vector, text=text, top_k=TOP_K)
    shingles = request.trace.shingles
    return sum(hit.document in request.trace.documents or bool(shingles.found_in(hit.text.encode())) for hit in hits)


def complete(proof: Mapping[str, Any]) -> bool:
    """Return whether nothing of the document was found, and every file could be searched."""
    scan = proof["scan"]
    return not (
        proof["points"] or proof["manifests"] or proof["search"]["found"] or scan["found"] or scan.get("unread")
    )
