"""Prove that a document is gone: by id, by search, by reading every file; and write the certificate."""

from collections.abc import Mapping, Sequence
from typing import Any

from pointsman.core.erasure.redaction import redacted
from pointsman.core.erasure.traces import mark
from pointsman.core.hashing import content_id
from pointsman.core.release import Release
from pointsman.steps.erasure.request import Request
from pointsman.steps.erasure.trace import Chunks, cited_by
from pointsman.steps.ledger.releases import all_releases, kept_releases, manifest_of
from pointsman.steps.ledger.tombstones import CERTIFICATE, REWRITTEN
from pointsman.steps.resources import Desk

CORPUS = (".pointsman/qdrant/", "build/", ".dvc/cache/")
"""Where the text of documents lies."""

TOP_K = 50
"""Passages that every question of the proof gets."""


def prove(desk: Desk, request: Request, chunks: Mapping[str, Chunks]) -> dict[str, Any]:
    """Look for the document by id, by search and in every file, and return what was found."""
    ids = set(request.trace.documents)
    points = sum(1 for name in desk.index.collections() for _ in desk.index.held(name, documents=ids))
    named = [r.id for r in all_releases(desk.ledger) if ids & manifest_of(desk.ledger, r).entries.keys()]
    searched = _searched(desk, request, chunks)
    read, seen = desk.residue.scan(request.trace)
    found = [each for each in seen if not _mention(request, each)]
    return {
        "points": points,
        "manifests": named,
        "search": searched,
        "scan": {
            **read, "shingles": len(request.trace.shingles), "shared": request.shared, "found": found,
            "mentions": [each["place"] for each in seen if _mention(request, each)],
        },
    }  # fmt: skip


def _mention(request: Request, finding: Mapping[str, Any]) -> bool:
    """Tell whether a finding is but the text of other documents, which are served on and name the document."""
    of_corpus = str(finding["place"]).startswith(CORPUS)
    return of_corpus and not finding["shingles"] and bool(request.citing.get("mentioning"))


def _searched(desk: Desk, request: Request, chunks: Mapping[str, Chunks]) -> dict[str, Any]:
    """Ask every release that rollback can reach for the document's own chunks."""
    releases = [
        r for r in kept_releases(desk.ledger, desk.params.gate.keep_releases)
        if r.index.collection in desk.index.collections()
    ]  # fmt: skip
    asked, found = 0, 0
    for release in releases:
        own = chunks.get(release.index.collection, Chunks())
        for text, vector in zip(own.texts, own.vectors, strict=True):
            asked += 1
            found += _hits(desk, request, release, text, vector)
    return {"releases": [r.id for r in releases], "questions": asked, "top_k": TOP_K, "found": found}


def _hits(desk: Desk, request: Request, release: Release, text: str, vector: Any) -> int:
    at = release.index
    hits = desk.index.search(at.collection, revision=at.revision, vector=vector, text=text, top_k=TOP_K)
    told = request.trace.shingles
    return sum(hit.document in request.trace.documents or bool(told.found_in(hit.text.encode())) for hit in hits)


def complete(proof: Mapping[str, Any]) -> bool:
    """Tell whether nothing of the document was found anywhere."""
    return not (proof["points"] or proof["manifests"] or proof["search"]["found"] or proof["scan"]["found"])


def certify(
    desk: Desk,
    request: Request,
    removed: Mapping[str, int],
    tainted: Sequence[Mapping[str, str]],
    proof: Mapping[str, Any],
) -> dict[str, Any]:
    """Write the certificate to the ledger, to a file and to the record; it holds no word of the document."""
    ids = request.trace.documents
    rewritten = {id_: n["into"] for id_, n in _notes(desk, request).items()}
    cited = cited_by(desk, ids)
    listed = {each.document for each in desk.store.listing()}
    content = {
        "request": request.id,
        "at": desk.now(),
        "began": request.stone.at,
        "document": sorted(request.stone.names),
        "salt": request.stone.salt,
        "note": request.note,
        "complete": complete(proof),
        "removed": dict(removed),
        "releases": rewritten,
        "tainted": list(tainted),
        "source": {
            "documents": len(listed.intersection(ids)), "examples": list(cited.examples), "probes": list(cited.probes),
            "mentioned_in": list(request.citing.get("mentioning", ())),
        },
        "proof": dict(proof),
        "not_searched": list(NOT_SEARCHED),
    }  # fmt: skip
    clean: dict[str, Any] = redacted(content, request.trace.told_in, mark(request.id))
    certificate = {"id": content_id(clean), **clean}
    note = as_note(certificate)
    desk.residue.keep(str(certificate["id"]), certificate, note)
    desk.tracker.certify(certificate, note)
    desk.ledger.put(CERTIFICATE, str(certificate["id"]), certificate)
    return certificate


NOT_SEARCHED = (
    "the user's own files: documents, examples, probes",
    "weights of adapters, which are marked as tainted instead",
    "storage and backups of servers that the environment names",
    "free blocks of the file system",
)
"""What the proof says nothing about."""


def _notes(desk: Desk, request: Request) -> dict[str, dict[str, Any]]:
    notes = {id_: desk.ledger.get(REWRITTEN, id_) for id_ in desk.ledger.ids(REWRITTEN)}
    return {id_: note for id_, note in notes.items() if note and note["request"] == request.id}


def as_note(certificate: Mapping[str, Any]) -> str:
    """Return a certificate as Markdown, for people."""
    proof, scan = certificate["proof"], certificate["proof"]["scan"]
    found = [f"- **{f['place']}**: {f['shingles']} shingles{', named' if f['named'] else ''}" for f in scan["found"]]
    removed = [f"- {place}: {n}" for place, n in certificate["removed"].items()]
    releases = [f"- {old} → {new}" for old, new in certificate["releases"].items()]
    tainted = [f"- {t['part']} adapter {t['adapter']}: retrain it" for t in certificate["tainted"]]
    source = certificate["source"]
    lines = [f"- {line}" for line in (*source["examples"], *source["probes"])]
    lines += [f"- named in the text of {document}" for document in source["mentioned_in"]]
    search = proof["search"]
    return "\n".join([
        f"# Forgetting {certificate['request']}: {'complete' if certificate['complete'] else 'INCOMPLETE'}",
        f"\nBegan {certificate['began']}, proved {certificate['at']}. {certificate['note']}",
        "\n## Removed\n", *removed,
        "\n## Releases rewritten\n", *(releases or ["- none"]),
        "\n## Adapters tainted\n", *(tainted or ["- none"]),
        "\n## Proof\n",
        f"- by id: {proof['points']} points, {len(proof['manifests'])} manifests",
        f"- by search: {search['found']} hits of {search['questions']} questions on {len(search['releases'])} releases",
        f"- by reading: {scan['files']} files of {scan['bytes']} bytes, for {scan['shingles']} shingles of its text",
        f"- shingles that other documents have too, and that were not looked for: {scan['shared']}", *found,
        "\n## Left with you\n",
        f"- documents that the source still holds: {source['documents']}", *lines,
        "\n## Not searched\n", *(f"- {line}" for line in certificate["not_searched"]), "",
    ])  # fmt: skip
