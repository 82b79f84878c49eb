"""The certificate of an erasure: what was removed, what was searched, and what is left for the user to remove."""

from collections.abc import Mapping, Sequence
from typing import Any

from pointsman.core.erasure.redaction import redacted
from pointsman.core.erasure.traces import erasure_mark
from pointsman.core.hashing import content_id
from pointsman.core.wording import count
from pointsman.ports.ledger import Ledger
from pointsman.ports.workspace import ErasureSweep
from pointsman.steps.erasure.request import Request
from pointsman.steps.erasure.trace import cited_by
from pointsman.steps.erasure.verify import complete
from pointsman.steps.ledger.tombstones import CERTIFICATE, REWRITTEN
from pointsman.steps.resources import Intake, Records


def write_certificate(
    intake: Intake,
    request: Request,
    removed: Mapping[str, int],
    tainted: Sequence[Mapping[str, str]],
    proof: Mapping[str, Any],
    *,
    records: Records,
    erasure_sweep: ErasureSweep,
) -> dict[str, Any]:
    """Write the certificate to ledger, tracker and a file, and return it; it contains no word of the document."""
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
        "not_searched": [*proof["scan"].get("unread", ()), *NOT_SEARCHED],
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
    "the record of this erasure while it runs; it is removed at the end",
    "copies of the index that a killed reader left in a folder for temporary files (pointsman-*)",
    "exports, and backups of the workspace or of MLflow: one from before this brings the document back",
    "what a program that was running at the same time writes afterwards",
    "traces, datasets, reviews and params of an MLflow server, and a Prefect server or PREFECT_HOME elsewhere",
    "deflate streams without a header after the first 32 KiB of a file, and archives in archives beyond four",
    "data that is encrypted or packed as zstandard, lz4, 7z, rar, snappy, base85 or uuencode",
    "fewer than 27 bytes of its text in one piece, and rewordings of it",
)
"""Places and forms that the verification does not search."""


def _notes(ledger: Ledger, request: Request) -> dict[str, dict[str, Any]]:
    notes = {id_: ledger.get(REWRITTEN, id_) for id_ in ledger.ids(REWRITTEN)}
    return {id_: note for id_, note in notes.items() if note and note["request"] == request.id}


def as_note(certificate: Mapping[str, Any]) -> str:
    """Return a certificate as Markdown, for people."""
    state = (
        "complete"
        if certificate["complete"]
        else "INCOMPLETE: something of it was found, or a file could not be searched"
    )
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
    """Return a line for each search: what it covered and what it found."""
    search, scan = proof["search"], proof["scan"]
    asked = f"{count(search['questions'], 'question')} to {count(len(search['releases']), 'release')}"
    return [
        f"- by id: {proof['points']:,} points and {len(proof['manifests'])} manifests contain it",
        f"- by search: {count(search['found'], 'hit')} of {asked}",
        f"- by reading for {scan['shingles']:,} pieces of its text: in {len(scan['found'])} of {scan['files']:,} files",
        f"- {scan['shared']:,} pieces of its text are in other documents too and were not searched for",
        *(f"- found in **{each['place']}**: {_finding_in_words(each)}" for each in scan["found"]),
    ]


def _finding_in_words(found: Mapping[str, Any]) -> str:
    pieces = f"{found['shingles']:,} pieces of its text"
    return f"its name, and {pieces}" if found["named"] else pieces


def _source_lines(source: Mapping[str, Any]) -> list[str]:
    """Return a line for each of the user's own files that still contains or names the document."""
    lines = [f"- documents that the store still contains: {source['documents']}"] if source["documents"] else []
    lines += [f"- example {place} cites it" for place in source["examples"]]
    lines += [f"- probe {place} names it" for place in source["probes"]]
    lines += [f"- the text of {document} names it" for document in source["mentioned_in"]]
    return lines or ["- nothing"]
