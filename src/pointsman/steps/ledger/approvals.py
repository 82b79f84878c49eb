"""Approvals and rejections in the ledger. Each one belongs to a decision and to one move of the live pointer.

A promotion or a rollback moves the pointer, so an approval ends with the release that it allowed.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pointsman.core.policy.approval import Ceiling, Seen, approval_of
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards.judge import alarms
from pointsman.core.policy.holds import BYTES, FOLDER, LISTING, PATHS, REMOVED
from pointsman.core.policy.limits import Limits
from pointsman.ports.ledger import Ledger

APPROVAL, HOLD = "approval", "hold"
"""Kinds of ledger objects: the verdict of a person, and the values that a held decision had when it was recorded."""
APPROVE, REJECT = "approve", "reject"
"""Verdicts of a person."""

PLACES = (FOLDER, PATHS)
"""Guards that also hear when most of a store is gone."""

Documents = Mapping[str, Seen]
"""Guard → the documents behind its alarm, each with its bytes or the digest of its text; 0 if neither counts."""


def pointer_prefix(pointer: Mapping[str, Any] | None) -> str:
    """Return the beginning of the ids of all objects that belong to this move of the pointer: 8 digits."""
    return f"{pointer['seq'] if pointer else 0:08d}"


def ceilings_of(evidence: Evidence, limits: Limits, documents: Documents) -> dict[str, Ceiling]:
    """Return guard → ceiling for an approval of exactly this evidence; empty if no alarm can be approved."""
    found = {
        alarm.signal: Ceiling(alarm.value, documents.get(alarm.signal))
        for alarm in alarms(evidence, limits)
        if alarm.approvable
    }
    if LISTING in found:  # if documents come back meanwhile, fewer are missing than were approved
        gone = documents.get(REMOVED)
        found[REMOVED] = Ceiling(max(evidence.corpus.changes.get("removed", 0), len(gone or ())), gone)
        found |= {guard: Ceiling(len(documents[guard]), documents[guard]) for guard in PLACES if documents.get(guard)}
        found[BYTES] = Ceiling(evidence.guards.served_bytes)
    return found


def put_hold(
    ledger: Ledger, pointer: Mapping[str, Any] | None, decision: str, ceilings: Mapping[str, Ceiling], *, at: str
) -> None:
    """Store the ceilings of a held decision, for a later approval, and when it was first held."""
    value = {"decision": decision, "ceilings": {guard: c.as_json() for guard, c in ceilings.items()}, "at": at}
    ledger.put(HOLD, f"{pointer_prefix(pointer)}-{decision}", value)


def first_hold(ledger: Ledger, pointer: Mapping[str, Any] | None) -> str | None:
    """Return the time of the first hold of this move of the pointer, or None."""
    before = f"{pointer_prefix(pointer)}-"
    held = (ledger.get(HOLD, id_) for id_ in ledger.ids(HOLD) if id_.startswith(before))
    return min((value["at"] for value in held if value and value.get("at")), default=None)


def held_decisions(ledger: Ledger, pointer: Mapping[str, Any] | None, beginning: str) -> list[str]:
    """Return the ids of held decisions of this move of the pointer that begin with ``beginning``."""
    before = f"{pointer_prefix(pointer)}-"
    return [id_[len(before) :] for id_ in ledger.ids(HOLD) if id_.startswith(before + beginning)]


def ceilings_of_hold(ledger: Ledger, pointer: Mapping[str, Any] | None, decision: str) -> dict[str, Ceiling] | None:
    """Return the ceilings of a held decision, or None if it was not held at this move of the pointer."""
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
    """Store the verdict of a person on a decision, and return the stored value."""
    before = pointer_prefix(pointer)
    nth = sum(id_.startswith(before) for id_ in ledger.ids(APPROVAL)) + 1
    value = {
        "verdict": verdict, "decision": decision, "release": pointer["release"] if pointer else None,
        "ceilings": {guard: c.as_json() for guard, c in (ceilings or {}).items()}, "by": by, "note": note, "at": at,
    }  # fmt: skip
    ledger.put(APPROVAL, f"{before}-{nth:04d}-{decision}", value)
    return value


def last_verdict(ledger: Ledger, decision: str) -> dict[str, Any] | None:
    """Return the last verdict on a decision, or None."""
    verdicts = [id_ for id_ in ledger.ids(APPROVAL) if id_.endswith(f"-{decision}")]
    return ledger.get(APPROVAL, verdicts[-1]) if verdicts else None


def verdicts(ledger: Ledger) -> dict[str, list[dict[str, Any]]]:
    """Return decision id → the verdicts on it, oldest first, each as ``verdict``, ``by``, ``note`` and ``at``."""
    found: dict[str, list[dict[str, Any]]] = {}
    for id_ in ledger.ids(APPROVAL):
        if value := ledger.get(APPROVAL, id_):
            said = {name: value[name] for name in ("verdict", "by", "note", "at")}
            found.setdefault(value["decision"], []).append(said)
    return found


def under_approval(
    ledger: Ledger, pointer: Mapping[str, Any] | None, evidence: Evidence, limits: Limits, documents: Documents
) -> Evidence:
    """Return the evidence, with the valid approval added if a guard raises an alarm."""
    if not alarms(evidence, limits):
        return evidence
    given = _valid_approval(ledger, pointer)
    if given is None:
        return evidence
    return replace(evidence, approval=approval_of(given["decision"], given["by"], _ceilings(given), documents))


def _valid_approval(ledger: Ledger, pointer: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the newest approval of this move of the pointer that was not rejected afterwards, or None."""
    rejected = set()
    for id_ in sorted((i for i in ledger.ids(APPROVAL) if i.startswith(pointer_prefix(pointer))), reverse=True):
        verdict = ledger.get(APPROVAL, id_)
        if verdict is None:
            continue
        if verdict["verdict"] == REJECT:
            rejected.add(verdict["decision"])
        elif verdict["decision"] not in rejected and verdict["ceilings"]:
            return verdict
    return None


def _ceilings(value: Mapping[str, Any]) -> dict[str, Ceiling]:
    return {guard: Ceiling(**ceiling) for guard, ceiling in value["ceilings"].items()}
