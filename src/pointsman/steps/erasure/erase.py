"""Forget a document, step by step; each step can be repeated, so a killed run is finished by the next one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pointsman.core.erasure.redaction import redacted_text
from pointsman.core.erasure.traces import erasure_mark
from pointsman.core.errors import UsageError
from pointsman.ports.ledger import Ledger
from pointsman.ports.workspace import ErasureSweep
from pointsman.steps.erasure.certificate import write_certificate
from pointsman.steps.erasure.request import Request, begin_request
from pointsman.steps.erasure.rewrite_ledger import move_to_copies, redact_records, remove_old_releases, rewrite_releases
from pointsman.steps.erasure.rewrite_tracker import drop_preserved, rewrite_tracker, taint_adapters
from pointsman.steps.erasure.trace import Chunks, Found, find
from pointsman.steps.erasure.verify import verify
from pointsman.steps.ledger.access_record import without_documents
from pointsman.steps.ledger.tombstones import INTENT, TOMBSTONE
from pointsman.steps.resources import Intake, Records, Serving
from pointsman.steps.runner import Runner, run_here


def find_and_resume(
    intake: Intake,
    document: str,
    *,
    copies: bool = False,
    serving: Serving,
    records: Records,
    erasure_sweep: ErasureSweep,
) -> Found:
    """Finish interrupted erasures, and return what is known of a document, with ``copies`` also of those with its text.

    Raises:
        UsageError: no document was named.
    """
    if not document.strip():
        raise UsageError("no document is named; give the path of one below store.url")
    finish_interrupted(intake, serving=serving, records=records, erasure_sweep=erasure_sweep)
    found = find(intake, [document], serving=serving, memory=records.memory)
    if copies and found.copies:
        return find(intake, [document, *found.copies], serving=serving, memory=records.memory)
    return found


def forget(
    intake: Intake,
    found: Found,
    *,
    note: str = "",
    do: Runner = run_here,
    serving: Serving,
    records: Records,
    erasure_sweep: ErasureSweep,
) -> dict[str, Any]:
    """Forget what was found, and return the certificate.

    Raises:
        UsageError: nothing is known of it, or other documents have the same text.
        PointsmanError: the tracker cannot be reached.
    """
    request = do("begin", begin_request, serving, found, records=records)
    if note:
        request = _noted(serving.ledger, request, note)
    return carry_out(intake, request, found.chunks, do, serving=serving, records=records, erasure_sweep=erasure_sweep)


def _noted(ledger: Ledger, request: Request, note: str) -> Request:
    """Return the request with a person's note, from which the document's name and text are removed."""
    kept = replace(request, note=redacted_text(note, request.trace.occurs_in, erasure_mark(request.id)))
    ledger.replace(INTENT, request.id, kept.as_json())
    return kept


def finish_interrupted(
    intake: Intake, *, serving: Serving, records: Records, erasure_sweep: ErasureSweep
) -> list[dict[str, Any]]:
    """Finish every interrupted erasure, and return the certificates."""
    done = []
    for id_ in serving.ledger.ids(INTENT):
        value = serving.ledger.get(INTENT, id_)
        if value is not None:
            request = Request.from_json(value)
            found = find(intake, request.trace.documents, serving=serving, memory=records.memory)
            certificate = carry_out(
                intake, request, found.chunks, serving=serving, records=records, erasure_sweep=erasure_sweep
            )
            done.append(certificate)
    return done


def carry_out(
    intake: Intake,
    request: Request,
    chunks: Mapping[str, Chunks],
    do: Runner = run_here,
    *,
    serving: Serving,
    records: Records,
    erasure_sweep: ErasureSweep,
) -> dict[str, Any]:
    """Erase what a request names, from wherever it was interrupted, and return the certificate.

    Raises:
        LedgerConflict: another run moved the live pointer; run it again.
        PointsmanError: the tracker cannot be written to.
    """
    removed: dict[str, int] = {}
    serving.ledger.replace(TOMBSTONE, request.id, request.stone.as_json())
    removed["releases"] = do(
        "rewrite releases", rewrite_releases, request, vector_index=serving.index, ledger=serving.ledger
    )
    do("move the pointer", move_to_copies, request, ledger=serving.ledger, now=records.now)
    removed["records"] = do("redact records", redact_records, request, ledger=serving.ledger, memory=records.memory)
    removed["access records"] = do(
        "redact access records", without_documents, serving.ledger, request.trace.documents, at=records.now()
    )
    tainted = do("taint", taint_adapters, request, ledger=serving.ledger, tracker=records.tracker)
    removed["record texts in MLflow"] = do("rewrite the tracker", rewrite_tracker, records, request)
    removed["manifests"] = do("remove old releases", remove_old_releases, serving.ledger, request)
    removed["objects kept in MLflow"] = do("remove preserved objects", drop_preserved, records, request)
    removed["points"] = do("erase points", erase_points, serving, request)
    removed |= do("sweep", erasure_sweep.sweep, request.trace, erasure_mark(request.id))
    proof = do("verify", verify, serving, request, chunks=chunks, erasure_sweep=erasure_sweep)
    certificate = do(
        "certify", write_certificate, intake, request,
        removed=removed, tainted=tainted, proof=proof, records=records, erasure_sweep=erasure_sweep,
    )  # fmt: skip
    do("close", serving.ledger.remove, INTENT, request.id)
    return certificate


def erase_points(serving: Serving, request: Request) -> int:
    """Remove the document's points, of all revisions and from every collection, and return their number.

    The ledger is rewritten too: what was removed there before is still in a server's files.
    """
    gone = 0
    for name in serving.index.collections():
        gone += serving.index.erase(name, request.trace.documents)
    serving.ledger.rewrite()
    return gone
