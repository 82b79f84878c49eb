"""Erase: carry a forgetting out, step by step; each step may be repeated after a kill."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from pointsman.core.erasure.redaction import redacted, redacted_text
from pointsman.core.erasure.traces import erasure_mark
from pointsman.core.errors import PointsmanError, UsageError
from pointsman.core.hashing import content_id
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.tracking import Tracker
from pointsman.ports.workspace import ErasureSweep, Memory
from pointsman.steps.erasure.request import Request, begin_request, surviving_copy
from pointsman.steps.erasure.trace import Chunks, Found, find
from pointsman.steps.erasure.verify import certify, verify
from pointsman.steps.ledger.releases import (
    DECISION,
    FORGET,
    MANIFEST,
    MOVE,
    RELEASE,
    all_releases,
    manifest_of,
    put_release,
)
from pointsman.steps.ledger.tombstones import CERTIFICATE, INTENT, LIFT, REWRITTEN, TAINT, TOMBSTONE
from pointsman.steps.ledger.tracker_sync import enqueue, sync_tracker
from pointsman.steps.resources import Intake, Records, Serving
from pointsman.steps.runner import Runner, run_here

OWN = frozenset({RELEASE, MANIFEST, MOVE, TOMBSTONE, INTENT, REWRITTEN, TAINT, CERTIFICATE, LIFT})
"""Kinds that this step rewrites in another way, or that never name a document."""

NAMED_IN_DECISION = (
    ("release",), ("candidate",), ("live_before",), ("report", "release"), ("report", "corpus"),
    ("datasets", "documents", "id"),
)  # fmt: skip
"""Where a decision's record names a release or a manifest; its evidence stays as it was, so that it still replays."""


def find_and_resume(
    intake: Intake,
    document: str,
    *,
    copies: bool = False,
    serving: Serving,
    records: Records,
    erasure_sweep: ErasureSweep,
) -> Found:
    """Finish what was cut off, and return what is known of a document; ``copies`` takes those of equal text with it.

    Raises:
        UsageError: no document was named.
    """
    if not document.strip():
        raise UsageError("name the document to forget; its id is its path below store.url")
    finish(intake, serving=serving, records=records, erasure_sweep=erasure_sweep)
    found = find(intake, [document], serving=serving, memory=records.memory)
    return (
        find(intake, [document, *found.copies], serving=serving, memory=records.memory)
        if copies and found.copies
        else found
    )


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
    """Forget what was found and return the certificate.

    Raises:
        UsageError: nothing is known of it, or other documents have the same text.
    """
    request = do("intend", begin_request, serving, found, records=records)
    return carry_out(
        intake,
        request if not note else _noted(serving.ledger, request, note),
        found.chunks,
        do=do,
        serving=serving,
        records=records,
        erasure_sweep=erasure_sweep,
    )


def _noted(ledger: Ledger, request: Request, note: str) -> Request:
    """Keep a person's note, without the document's name."""
    kept = Request(
        request.id, request.trace, stone=request.stone, note=redacted_text(note, request.trace.occurs_in, erasure_mark(request.id)),
        shared=request.shared, citing=request.citing,
    )  # fmt: skip
    ledger.replace(INTENT, request.id, kept.as_json())
    return kept


def finish(intake: Intake, *, serving: Serving, records: Records, erasure_sweep: ErasureSweep) -> list[dict[str, Any]]:
    """Finish every forgetting that was cut off, and return the certificates."""
    done = []
    for id_ in serving.ledger.ids(INTENT):
        value = serving.ledger.get(INTENT, id_)
        if value is not None:
            request = Request.from_json(value)
            done.append(
                carry_out(
                    intake,
                    request,
                    find(intake, request.trace.documents, serving=serving, memory=records.memory).chunks,
                    serving=serving,
                    records=records,
                    erasure_sweep=erasure_sweep,
                )
            )
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
    """Carry an intention out from wherever it was left, and return the certificate."""
    removed: dict[str, int] = {}
    serving.ledger.replace(TOMBSTONE, request.id, request.stone.as_json())
    removed["releases"] = do(
        "rewrite releases", rewrite_releases, request, vector_index=serving.index, ledger=serving.ledger
    )
    do("move the pointer", move_to_copies, request, ledger=serving.ledger, now=records.now)
    removed["records"] = do("redact records", redact_records, request, ledger=serving.ledger, memory=records.memory)
    tainted = do("taint", taint, request, ledger=serving.ledger, tracker=records.tracker)
    removed["record texts in MLflow"] = do("rewrite the tracker", rewrite_tracker, records, request)
    removed["manifests"] = do("remove old releases", remove_old_releases, serving.ledger, request)
    removed["objects kept in MLflow"] = do("let kept objects go", drop_preserved, records, request)
    removed["points"] = do("erase points", erase_points, serving.index, request)
    removed |= do("sweep", erasure_sweep.sweep, request.trace, erasure_mark(request.id))
    proof = do("prove", verify, serving, request, chunks=chunks, erasure_sweep=erasure_sweep)
    certificate = do(
        "certify",
        certify,
        intake,
        request,
        removed=removed,
        tainted=tainted,
        proof=proof,
        records=records,
        erasure_sweep=erasure_sweep,
    )
    do("close", serving.ledger.remove, INTENT, request.id)
    return certificate


def rewrite_releases(request: Request, *, vector_index: VectorIndex, ledger: Ledger) -> int:
    """Write a twin of every release that names the document, and what each became; return how many there were."""
    ids, done = set(request.trace.documents), 0
    for release in all_releases(ledger):
        if ids & manifest_of(ledger, release).entries.keys():
            made, left = surviving_copy(release, ids, vector_index=vector_index, ledger=ledger)
            put_release(ledger, made, left)
            note = {"into": made.id, "request": request.id, "corpus": [release.corpus, made.corpus]}
            ledger.put(REWRITTEN, release.id, note)
            done += 1
    return done


def renamed_releases(ledger: Ledger, request: Request) -> tuple[dict[str, str], dict[str, str]]:
    """Return (releases, manifests) that this forgetting replaced, each by what it became."""
    notes = {id_: ledger.get(REWRITTEN, id_) for id_ in ledger.ids(REWRITTEN)}
    ours = {id_: note for id_, note in notes.items() if note and note["request"] == request.id}
    releases = {id_: str(note["into"]) for id_, note in ours.items()}
    return releases, {str(note["corpus"][0]): str(note["corpus"][1]) for note in ours.values()}


def move_to_copies(request: Request, *, ledger: Ledger, now: Callable[[], str]) -> None:
    """Let the history name the twins, and move the pointer to the live release's own.

    Raises:
        LedgerConflict: somebody else moved the pointer meanwhile; run it again.
    """
    releases, _ = renamed_releases(ledger, request)
    for id_ in ledger.ids(MOVE):
        move = ledger.get(MOVE, id_)
        if move is not None and releases.keys() & {move["release"], move["previous"]}:
            named = _renamed_move(move, releases)
            ledger.replace(MOVE, f"{named['seq']:08d}-{named['release']}", named)
    pointer = ledger.pointer()
    if pointer is None or not releases.keys() & {pointer["release"], pointer["previous"]}:
        return
    live = releases.get(pointer["release"], pointer["release"])
    new = {
        "release": live, "previous": live, "seq": pointer["seq"] + 1, "why": FORGET, "decision": None,
        "at": now(),
    }  # fmt: skip
    ledger.replace(MOVE, f"{new['seq']:08d}-{live}", new)
    ledger.swap(pointer, new)


def _renamed_move(move: Mapping[str, Any], releases: Mapping[str, str]) -> dict[str, Any]:
    old, before = move["release"], move["previous"]
    return {**move, "release": releases.get(old, old), "previous": releases.get(before, before)}


def redact_records(request: Request, *, ledger: Ledger, memory: Memory) -> int:
    """Take the document out of everything else that the ledger holds; return how many objects were changed."""
    releases, manifests = renamed_releases(ledger, request)
    changed = 0
    for kind in set(ledger.kinds()) - OWN:
        for id_ in ledger.ids(kind):
            value = ledger.get(kind, id_)
            new = None if value is None else _redacted_record(request, kind, value, releases | manifests)
            if new is not None and new != value:
                if kind == DECISION:
                    enqueue(memory, id_)
                ledger.replace(kind, id_, new)
                changed += 1
    return changed


def _redacted_record(request: Request, kind: str, value: dict[str, Any], renamed: Mapping[str, str]) -> dict[str, Any]:
    text = json.dumps(value, ensure_ascii=False)
    new: dict[str, Any] = value
    if request.trace.occurs_in(text):
        new = redacted(value, request.trace.occurs_in, erasure_mark(request.id))
    return _renamed_record(new, renamed) if kind == DECISION and any(id_ in text for id_ in renamed) else new


def _renamed_record(record: dict[str, Any], renamed: Mapping[str, str]) -> dict[str, Any]:
    """Return a decision's record that names the twins."""
    copy: dict[str, Any] = json.loads(json.dumps(record))
    for *path, last in NAMED_IN_DECISION:
        here: Any = copy
        for key in path:
            here = here.get(key) if isinstance(here, dict) else None
        if isinstance(here, dict) and here.get(last) in renamed:
            here[last] = renamed[here[last]]
    return copy


def taint(request: Request, *, ledger: Ledger, tracker: Tracker) -> list[dict[str, str]]:
    """Mark the adapters that learned from the document as tainted, in the ledger and in the record."""
    tainted = []
    for line in request.citing.get("adapters", ()):
        part, adapter = line.split(" ", 1)
        bases = {m.base for r in all_releases(ledger) for m in (r.generator, r.embedder) if m.adapter == adapter}
        for base in sorted(bases):
            tracker.taint(part, content_id([base, adapter]), request.id)
        note = {
            "adapter": adapter, "part": part, "request": request.id, "examples": list(request.citing["digests"]),
        }  # fmt: skip
        ledger.put(TAINT, f"{adapter}-{request.id}", note)
        tainted.append({"adapter": adapter, "part": part})
    return tainted


def rewrite_tracker(records: Records, request: Request) -> int:
    """Take the document out of the record, and record the changed decisions and twins; return how many texts changed.

    Raises:
        PointsmanError: the record cannot be written to.
    """
    releases, _ = renamed_releases(records.ledger, request)
    twins = {old: made for old, new in releases.items() if (made := records.ledger.get(RELEASE, new))}

    def change(text: str) -> str:
        made = _twin_of(text, twins)
        return made or redacted_text(text, request.trace.occurs_in, erasure_mark(request.id))

    changed = records.tracker.rewrite(change)
    for new in releases.values():
        value = records.ledger.get(RELEASE, new)
        if value is not None:
            records.tracker.sync(value, live=None, previous=None)
    _mirrored(records, request)
    return changed


def _twin_of(text: str, twins: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return the twin of a release that was written to the record; None of any other text."""
    try:
        value = json.loads(text) if text.lstrip().startswith("{") else None
    except ValueError:
        return None
    made = twins.get(str(value.get("id"))) if isinstance(value, dict) else None
    return json.dumps(made, indent=2, ensure_ascii=False, sort_keys=True) if made else None


def remove_old_releases(ledger: Ledger, request: Request) -> int:
    """Remove the releases that have twins, their moves, and every manifest that names the document."""
    releases, _ = renamed_releases(ledger, request)
    for id_ in ledger.ids(MOVE):
        move = ledger.get(MOVE, id_)
        if move is not None and move["release"] in releases:
            ledger.remove(MOVE, id_)
    for old in releases:
        ledger.remove(RELEASE, old)
    ids = set(request.trace.documents)
    manifests = {id_: ledger.get(MANIFEST, id_) for id_ in ledger.ids(MANIFEST)}
    naming = [id_ for id_, value in manifests.items() if value and ids & value["documents"].keys()]
    for id_ in naming:
        ledger.remove(MANIFEST, id_)
    return len(naming)


def drop_preserved(records: Records, request: Request) -> int:
    """Have the record keep no object that tells of the document or of a release that has a twin; return how many.

    What stands in their place in the ledger is kept instead: a lost ledger comes back without the document.

    Raises:
        PointsmanError: the record cannot be written to.
    """
    releases, manifests = renamed_releases(records.ledger, request)
    renamed = (*releases, *manifests)

    def tells(kind: str, id_: str) -> bool:
        text = f"{id_} {json.dumps(records.tracker.recall(kind, id_), ensure_ascii=False)}"
        return any(old in text for old in renamed) or request.trace.occurs_in(text)

    gone = [key for key in sorted(records.tracker.preserved()) if tells(*key)]
    records.tracker.remove_preserved(gone)
    _mirrored(records, request)
    return len(gone)


def _mirrored(records: Records, request: Request) -> None:
    enqueue(records.memory, None)
    why = sync_tracker(records)
    if why is not None:
        raise PointsmanError(f"{why}; run `pointsman doctor --repair` to finish forgetting {request.id}")


def erase_points(vector_index: VectorIndex, request: Request) -> int:
    """Remove the document's points of all revisions from every collection; return how many there were."""
    gone = 0
    for name in vector_index.collections():
        gone += vector_index.erase(name, request.trace.documents)
    return gone
