"""Take a document out of the ledger: releases, history, records and manifests; each step can be repeated."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from pointsman.core.erasure.redaction import redacted
from pointsman.core.erasure.traces import erasure_mark
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.workspace import Memory
from pointsman.steps.erasure.request import Request, surviving_copy
from pointsman.steps.ledger.access_record import ACCESS_RECORD, ACCESS_SHOWN
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
from pointsman.steps.ledger.tracker_sync import enqueue

HANDLED_APART = frozenset({
    RELEASE, MANIFEST, MOVE, TOMBSTONE, INTENT, REWRITTEN, TAINT, CERTIFICATE, LIFT, ACCESS_RECORD, ACCESS_SHOWN,
})  # fmt: skip
"""Kinds that ``redact_records`` skips: other steps rewrite them, or they never name a document."""

NAMED_IN_DECISION = (
    ("release",), ("candidate",), ("live_before",), ("report", "release"), ("report", "corpus"),
    ("datasets", "documents", "id"),
)  # fmt: skip
"""Places of a decision's record that name a release or a manifest; evidence stays, so that the decision replays."""


def rewrite_releases(request: Request, *, vector_index: VectorIndex, ledger: Ledger) -> int:
    """Write a copy without the document of every release that contains it, and return the number of copies."""
    ids, done = set(request.trace.documents), 0
    for release in all_releases(ledger):
        if ids & manifest_of(ledger, release).entries.keys():
            copy, left = surviving_copy(release, ids, vector_index=vector_index, ledger=ledger)
            put_release(ledger, copy, left)
            note = {"into": copy.id, "request": request.id, "corpus": [release.corpus, copy.corpus]}
            ledger.put(REWRITTEN, release.id, note)
            done += 1
    return done


def renamed_releases(ledger: Ledger, request: Request) -> tuple[dict[str, str], dict[str, str]]:
    """Return (release → its copy, manifest → its copy), by id, of this request."""
    notes = {id_: ledger.get(REWRITTEN, id_) for id_ in ledger.ids(REWRITTEN)}
    ours = {id_: note for id_, note in notes.items() if note and note["request"] == request.id}
    releases = {id_: str(note["into"]) for id_, note in ours.items()}
    return releases, {str(note["corpus"][0]): str(note["corpus"][1]) for note in ours.values()}


def move_to_copies(request: Request, *, ledger: Ledger, now: Callable[[], str]) -> None:
    """Let the history name the copies, and move the pointer to the copy of the live release.

    Raises:
        LedgerConflict: another run moved the pointer meanwhile; run it again.
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
    """Take the document out of all other objects of the ledger, and return how many were changed."""
    releases, manifests = renamed_releases(ledger, request)
    changed = 0
    for kind in set(ledger.kinds()) - HANDLED_APART:
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
    """Return a decision's record that names the copies."""
    copy: dict[str, Any] = json.loads(json.dumps(record))
    for *path, last in NAMED_IN_DECISION:
        here: Any = copy
        for key in path:
            here = here.get(key) if isinstance(here, dict) else None
        if isinstance(here, dict) and here.get(last) in renamed:
            here[last] = renamed[here[last]]
    return copy


def remove_old_releases(ledger: Ledger, request: Request) -> int:
    """Remove the releases that were copied, their moves, and every manifest that names the document.

    Return the number of manifests.
    """
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
