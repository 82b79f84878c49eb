"""Mirror: bring what the ledger knows to the tracker; one that is down delays the record, never the release."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pointsman.core.identity import canonical
from pointsman.steps.desk import Desk
from pointsman.steps.releases import DECISION, EXAMPLES, LOCK, MANIFEST, RELEASE, live_release, previous_release

UNMIRRORED = "unmirrored"
"""Memory: decisions whose record has not reached the tracker yet."""


def owe(desk: Desk, decision: str) -> None:
    """Note that a decision's record is to be brought to the tracker."""
    waiting = [*desk.memory.get(UNMIRRORED).get("decisions", []), decision]
    desk.memory.put(UNMIRRORED, {"decisions": list(dict.fromkeys(waiting))})


def owed(desk: Desk) -> list[str]:
    """Return the decisions whose record has not reached the tracker yet."""
    return list(desk.memory.get(UNMIRRORED).get("decisions", []))


def mirror(desk: Desk) -> list[str]:
    """Bring every decision that waits to the tracker and set its aliases; return what still waits."""
    waiting = owed(desk)
    why = desk.tracker.reachable() if waiting else None
    while waiting and why is None:
        record = desk.ledger.get(DECISION, waiting[0])
        if record is not None:
            desk.tracker.record(record, files=_files(desk, record))
            mirror_pointer(desk)
            _mirror_candidate(desk, record)
        waiting.pop(0)
        desk.memory.put(UNMIRRORED, {"decisions": waiting})
    return waiting


def _mirror_candidate(desk: Desk, record: Mapping[str, Any]) -> None:
    """Register the release that waits for a person, under the alias ``candidate``."""
    value = desk.ledger.get(RELEASE, record["candidate"]) if record.get("candidate") else None
    live = live_release(desk.ledger)
    if value is not None and live is not None:
        desk.tracker.mirror(value, live=live.id, previous=previous_release(desk.ledger))


def mirror_pointer(desk: Desk) -> bool:
    """Set the tracker's aliases to where the ledger's pointer is; tell whether the tracker could be reached."""
    live = live_release(desk.ledger)
    if live is None or desk.tracker.reachable() is not None:
        return False
    desk.tracker.mirror(live.as_json(), live=live.id, previous=previous_release(desk.ledger))
    return True


def _files(desk: Desk, record: Mapping[str, Any]) -> dict[str, Path]:
    """Write the manifest and the dvc.lock of a release to files that the tracker keeps beside the decision."""
    release = desk.ledger.get(RELEASE, record["release"]) if record["release"] else None
    if release is None or release["decision"] != record["decision_id"]:
        return {}
    desk.scratch.mkdir(parents=True, exist_ok=True)
    files: dict[str, Path] = {}
    for kind, id_ in ((MANIFEST, release["corpus"]), (LOCK, release["dvc_lock"]), (EXAMPLES, release["examples"])):
        value = desk.ledger.get(kind, id_) if id_ else None
        if value is not None:
            files[kind] = desk.scratch / f"{kind}.json"
            files[kind].write_text(canonical(value), encoding="utf-8")
    return files
