"""Prove that a document is gone: by id, by search, by reading every file; and write the certificate."""

from collections.abc import Mapping, Sequence
from typing import Any

from pointsman.core.erasure.redaction import redacted
from pointsman.core.erasure.traces import erasure_mark
from pointsman.core.hashing import content_id
from pointsman.core.release import Release
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.workspace import ErasureSweep
from pointsman.settings.params import Params
from pointsman.steps.erasure.request import Request
from pointsman.steps.erasure.trace import Chunks, cited_by
from pointsman.steps.ledger.releases import all_releases, kept_releases, manifest_of
from pointsman.steps.ledger.tombstones import CERTIFICATE, REWRITTEN
from pointsman.steps.resources import Intake, Records, Serving

CORPUS = (".pointsman/qdrant/", "build/", ".dvc/cache/")
"""Where the text of documents lies."""

TOP_K = 50
"""Passages that every question of the proof gets."""


def verify(
    serving: Serving, request: Request, chunks: Mapping[str, Chunks], *, erasure_sweep: ErasureSweep
) -> dict[str, Any]:
    """Look for the document by id, by search and in every file, and return what was found."""
    ids = set(request.trace.documents)
    points = sum(1 for name in serving.index.collections() for _ in serving.index.points(name, documents=ids))
    named = [r.id for r in all_releases(serving.ledger) if ids & manifest_of(serving.ledger, r).entries.keys()]
    searched = _searched(request, chunks, vector_index=serving.index, ledger=serving.ledger, params=serving.params)
    read, seen = erasure_sweep.scan(request.trace)
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


def _searched(
    request: Request, chunks: Mapping[str, Chunks], *, vector_index: VectorIndex, ledger: Ledger, params: Params
) -> dict[str, Any]:
    """Ask every release that rollback can reach for the document's own chunks."""
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
    at = release.index
    hits = vector_index.search(at.collection, revision=at.revision, vector=vector, text=text, top_k=TOP_K)
    told = request.trace.shingles
    return sum(hit.document in request.trace.documents or bool(told.found_in(hit.text.encode())) for hit in hits)


def complete(proof: Mapping[str, Any]) -> bool:
    """Tell whether nothing of the document was found anywhere."""
    return not (proof["points"] or proof["manifests"] or proof["search"]["found"] or proof["scan"]["found"])


def certify(
    intake: Intake,
    request: Request,
    removed: Mapping[str, int],
    tainted: Sequence[Mapping[str, str]],
    proof: Mapping[str, Any],
    *,
    records: Records,
    erasure_sweep: ErasureSweep,
) -> dict[str, Any]:
    """Write the certificate to the ledger, to a file and to the record; it holds no word of the document."""
    ids = request.trace.documents
    rewritten = {id_: n["into"] for id_, n in _notes(records.ledger, request).items()}
    cited = cited_by(ids, example_files=intake.examples, probe_files=intake.probes)
    listed = {each.document for each in intake.store.listing()}
    content = {
        "request": request.id,
        "at": records.now(),
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
    clean: dict[str, Any] = redacted(content, request.trace.occurs_in, erasure_mark(request.id))
    certificate = {"id": content_id(clean), **clean}
    note = as_note(certificate)
    erasure_sweep.keep(str(certificate["id"]), certificate, note)
    records.tracker.certify(certificate, note)
    records.ledger.put(CERTIFICATE, str(certificate["id"]), certificate)
    return certificate


NOT_SEARCHED = (
    "the user's own files: documents, examples, probes",
    "weights of adapters, which are marked as tainted instead",
    "storage and backups of servers that the environment names",
    "free blocks of the file system",
)
"""What the proof says nothing about."""


def _notes(ledger: Ledger, request: Request) -> dict[str, dict[str, Any]]:
    notes = {id_: ledger.get(REWRITTEN, id_) for id_ in ledger.ids(REWRITTEN)}
    return {id_: note for id_, note in notes.items() if note and note["request"] == request.id}


def as_note(certificate: Mapping[str, Any]) -> str:
    """Return a certificate as Markdown, for people: every value in words, none as a Python value."""
    state = "complete" if certificate["complete"] else "INCOMPLETE: something of it was found"
    removed = [f"- {place}: {n:,}" for place, n in certificate["removed"].items() if n]
    releases = [f"- {old}, now {new}" for old, new in certificate["releases"].items()]
    learned = [f"- the {t['part']}'s adapter {t['adapter']}: train it anew" for t in certificate["tainted"]]
    return "\n".join([
        f"# Forgetting {certificate['request']}: {state}",
        f"\nBegun {certificate['began']}, verified {certificate['at']}. {certificate['note']}".rstrip(),
        "\n## Removed, by place\n", *(removed or ["- nothing was there"]),
        "\n## Releases written anew without it\n", *(releases or ["- none"]),
        "\n## Models that learned from it\n", *(learned or ["- none"]),
        "\n## What was searched, and what was found\n", *_proof_lines(certificate["proof"]),
        "\n## Left for you to remove\n", *_source_lines(certificate["source"]),
        "\n## Not searched\n", *(f"- {line}" for line in certificate["not_searched"]), "",
    ])  # fmt: skip


def _proof_lines(proof: Mapping[str, Any]) -> list[str]:
    """Return what each search looked through and found."""
    search, scan = proof["search"], proof["scan"]
    return [
        f"- by id: {proof['points']:,} points and {len(proof['manifests'])} manifests hold it",
        f"- by search: {search['found']} hits of {search['questions']} questions to {len(search['releases'])} releases",
        f"- by reading for {scan['shingles']:,} pieces of its text: in {len(scan['found'])} of {scan['files']:,} files",
        f"- {scan['shared']:,} pieces of its text stand in other documents too and were not looked for",
        *(f"- found in **{each['place']}**: {_sight_in_words(each)}" for each in scan["found"]),
    ]


def _sight_in_words(found: Mapping[str, Any]) -> str:
    pieces = f"{found['shingles']:,} pieces of its text"
    return f"its name, and {pieces}" if found["named"] else pieces


def _source_lines(source: Mapping[str, Any]) -> list[str]:
    """Return what the user's own files still hold of the document."""
    lines = [f"- documents that the store still holds: {source['documents']}"] if source["documents"] else []
    lines += [f"- example {place} cites it" for place in source["examples"]]
    lines += [f"- probe {place} names it" for place in source["probes"]]
    lines += [f"- the text of {document} names it" for document in source["mentioned_in"]]
    return lines or ["- nothing"]
