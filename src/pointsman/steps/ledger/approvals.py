"""Approvals in the ledger: what a person said about a held decision, on top of which move of the live pointer.

A promotion or a rollback moves the pointer on, so an approval is used up by the release that it allowed.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pointsman.core.policy.approval import Ceiling, approval_of
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards import alarms
from pointsman.core.policy.holds import BYTES, LISTING, REMOVED
from pointsman.core.policy.limits import Limits
from pointsman.ports.ledger import Ledger

APPROVAL, HOLD = "approval", "hold"
"""Kinds of objects: what a person said, and how far a held decision went when it was recorded."""
APPROVE, REJECT = "approve", "reject"

Documents = Mapping[str, Mapping[str, int]]
"""Guard → the documents that it looks at, each with its bytes where they matter."""


def pointer_prefix(pointer: Mapping[str, Any] | None) -> str:
    """Return what the ids of objects begin with that belong to this move of the pointer."""
    return f"{pointer['seq'] if pointer else 0:08d}"


def ceilings_of(evidence: Evidence, limits: Limits, documents: Documents) -> dict[str, Ceiling]:
    """Return how far an approval of exactly this would go; empty when nothing can be approved."""
    found = {
        alarm.signal: Ceiling(alarm.value, documents.get(alarm.signal))
        for alarm in alarms(evidence, limits)
        if alarm.approvable
    }
    if LISTING in found:  # what comes back meanwhile is less than what was approved
        found[REMOVED] = Ceiling(evidence.corpus.changes.get("removed", 0), documents.get(REMOVED))
        found[BYTES] = Ceiling(evidence.guards.served_bytes)
    return found


def put_hold(ledger: Ledger, pointer: Mapping[str, Any] | None, decision: str, ceilings: Mapping[str, Ceiling]) -> None:
    """Keep how far a held decision goes, for the approval that may come."""
    value = {"decision": decision, "ceilings": {guard: c.as_json() for guard, c in ceilings.items()}}
    ledger.put(HOLD, f"{pointer_prefix(pointer)}-{decision}", value)


def held_decisions(ledger: Ledger, pointer: Mapping[str, Any] | None, beginning: str) -> list[str]:
    """Return the decisions that were held on top of this move of the pointer and begin so."""
    before = f"{pointer_prefix(pointer)}-"
    return [id_[len(before) :] for id_ in ledger.ids(HOLD) if id_.startswith(before + beginning)]


def ceilings_of_hold(ledger: Ledger, pointer: Mapping[str, Any] | None, decision: str) -> dict[str, Ceiling] | None:
    """Return how far a held decision went, or None when it was not held on top of this move of the pointer."""
    value = ledger.get(HOLD, f"{pointer_prefix(pointer)}-{decision}")
    return None if value is None else _ceilings(value)


def record_verdict(
    ledger: Ledger,
    pointer: Mapping[str, Any] | None,
    verdict: str,
    decision: str,
    *,
    by: str,
    note: str,
    at: str,
    ceilings: Mapping[str, Ceiling] | None = None,
) -> dict[str, Any]:
    """Keep what a person said about a decision, and return it."""
    before = pointer_prefix(pointer)
    nth = sum(id_.startswith(before) for id_ in ledger.ids(APPROVAL)) + 1
    value = {
        "verdict": verdict, "decision": decision, "release": pointer["release"] if pointer else None,
        "ceilings": {guard: c.as_json() for guard, c in (ceilings or {}).items()}, "by": by, "note": note, "at": at,
    }  # fmt: skip
    ledger.put(APPROVAL, f"{before}-{nth:04d}-{decision}", value)
    return value


def last_verdict(ledger: Ledger, decision: str) -> dict[str, Any] | None:
    """Return what was last said about a decision, or None."""
    said = [id_ for id_ in ledger.ids(APPROVAL) if id_.endswith(f"-{decision}")]
    return ledger.get(APPROVAL, said[-1]) if said else None


def under_approval(
    ledger: Ledger, pointer: Mapping[str, Any] | None, evidence: Evidence, limits: Limits, documents: Documents
) -> Evidence:
    """Return the evidence with the approval that stands, when some guard speaks up."""
    if not alarms(evidence, limits):
        return evidence
    said = _standing(ledger, pointer)
    if said is None:
        return evidence
    return replace(evidence, approval=approval_of(said["decision"], said["by"], _ceilings(said), documents))


def _standing(ledger: Ledger, pointer: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the newest approval on top of this move of the pointer that was not rejected afterwards."""
    rejected = set()
    for id_ in sorted((i for i in ledger.ids(APPROVAL) if i.startswith(pointer_prefix(pointer))), reverse=True):
        said = ledger.get(APPROVAL, id_)
        if said is None:
            continue
        if said["verdict"] == REJECT:
            rejected.add(said["decision"])
        elif said["decision"] not in rejected and said["ceilings"]:
            return said
    return None


def _ceilings(value: Mapping[str, Any]) -> dict[str, Ceiling]:
    return {guard: Ceiling(**ceiling) for guard, ceiling in value["ceilings"].items()}
