"""Past decisions: a list of all of them, or the record of one."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pointsman.core.errors import UsageError
from pointsman.core.policy.reproduce import reproduce
from pointsman.core.release import Model
from pointsman.ports.ledger import Ledger
from pointsman.ports.workspace import Memory
from pointsman.steps.history.last_run import LAST_RUN
from pointsman.steps.ledger.approvals import APPROVE, verdicts
from pointsman.steps.ledger.releases import DECISION, RELEASE, moves
from pointsman.steps.ledger.restricted import record_for_all
from pointsman.steps.ledger.tombstones import CERTIFICATE, LIFT


def _all(ledger: Ledger, kind: str) -> list[dict[str, Any]]:
    return [value for id_ in ledger.ids(kind) if (value := ledger.get(kind, id_))]


def history(ledger: Ledger) -> dict[str, Any]:
    """Return decisions, moves of the live pointer and erasure certificates, newest first, and lifted tombstones."""
    records = [record for id_ in ledger.ids(DECISION) if (record := ledger.get(DECISION, id_))]
    chain, said = moves(ledger), verdicts(ledger)
    went_live = {move["release"] for move in chain}
    decisions = [
        {
            "decision_id": r["decision_id"], "at": r["at"], "trigger": r["trigger"],
            "index": r["report"]["decision"]["index"], "train": ", ".join(r["report"]["decision"]["train"]),
            "hold": r["report"]["decision"]["hold"], "gate": r["report"]["gate"], "release": r["release"],
            "went_live": _went_live(ledger, r, went_live),
            "review": next(iter(said.get(r["decision_id"], [])[::-1]), None), "approval": _approval(r, said),
        }
        for r in records
    ]  # fmt: skip
    releases = [{**move, **_parts(ledger, move["release"])} for move in reversed(chain)]
    certificates = [{name: c[name] for name in ("id", "request", "at", "complete")} for c in _all(ledger, CERTIFICATE)]
    return {
        "decisions": sorted(decisions, key=lambda d: d["at"], reverse=True),
        "releases": releases,
        "certificates": sorted(certificates, key=lambda c: c["at"], reverse=True),
        "lifted": _all(ledger, LIFT),
    }


def _went_live(ledger: Ledger, record: Mapping[str, Any], went_live: Collection[str]) -> bool | None:
    """Return whether the release of a decision was ever live; None if the decision made no release.

    A run that was killed before the pointer moved leaves a decision whose release was never live.
    """
    made = ledger.get(RELEASE, record["release"]) if record["release"] else None
    if made is None or made["decision"] != record["decision_id"]:
        return None
    return made["id"] in went_live


def _parts(ledger: Ledger, id_: str) -> dict[str, Any]:
    value = ledger.get(RELEASE, id_)
    if value is None:
        return {}
    generator = Model(**value["generator"]).fingerprint
    return {"collection": value["index"]["collection"], "revision": value["index"]["revision"], "generator": generator}


def explain(beginning: str | None, *, ledger: Ledger, memory: Memory) -> dict[str, Any]:
    """Return the record of a decision (default: the last one), whether it can be reproduced, and what happened to it.

    Raises:
        UsageError: no decision id, or more than one, begins with ``beginning``.
    """
    ids = ledger.ids(DECISION)
    if beginning is None:
        beginning = memory.get(LAST_RUN).get("decision") or _newest(ledger, ids)
    found = [id_ for id_ in ids if id_.startswith(beginning)]
    if len(found) != 1:
        raise UsageError(f"{len(found)} decisions begin with {beginning!r}; `pointsman history` lists them")
    record = ledger.get(DECISION, found[0]) or {}
    again = reproduce(
        record["decision_id"],
        evidence=record["evidence"],
        limits=record["limits"],
        decision=record["report"]["decision"],
    )
    chain, said = moves(ledger), verdicts(ledger)
    went_live = {move["release"] for move in chain}
    return record_for_all(record, ledger=ledger) | {
        "review": _review(ledger, found[0], said), "approval": _approval(record, said),
        "replays": bool(again.same), "replayed": again.because, "went_live": _went_live(ledger, record, went_live),
        "afterwards": _afterwards(ledger, record, chain),
    }  # fmt: skip


def _approval(record: Mapping[str, Any], said: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any] | None:
    """Return the approval under which a decision was made: ``decision``, ``by``, ``note``, ``at``; None without one."""
    given = record["evidence"].get("approval")
    if not given:
        return None
    approved = [each for each in said.get(given["decision"], ()) if each["verdict"] == APPROVE]
    last = approved[-1] if approved else {"by": given["by"], "note": "", "at": None}
    return {"decision": given["decision"], **{name: last[name] for name in ("by", "note", "at")}}


def _review(ledger: Ledger, decision: str, said: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any] | None:
    """Return the last verdict on a decision, with ``led_to``: the newest decision that was made under it."""
    if decision not in said:
        return None
    records = [record for id_ in ledger.ids(DECISION) if (record := ledger.get(DECISION, id_))]
    under = [r for r in records if (r["evidence"].get("approval") or {}).get("decision") == decision]
    newest = max(under, key=lambda r: str(r["at"]), default=None)
    return {**said[decision][-1], "led_to": newest["decision_id"] if newest else None}


def _afterwards(ledger: Ledger, record: Mapping[str, Any], chain: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return one sentence for each time that the release of a decision went live or was replaced."""
    if _went_live(ledger, record, {record["release"]}) is None:
        return []
    made = record["release"]
    sentences = []
    for move, following in zip(chain, [*chain[1:], None], strict=True):
        if move["release"] == made:
            sentences.append(f"release {made} went live at {move['at']} ({move['why']})")
            if following is not None:
                sentences.append(f"it was replaced at {following['at']} ({following['why']} of {following['release']})")
    return sentences or [f"release {made} never went live: the run ended before the pointer moved"]


def _newest(ledger: Ledger, ids: list[str]) -> str:
    records = [record for id_ in ids if (record := ledger.get(DECISION, id_))]
    if not records:
        raise UsageError("no decision has been recorded yet; run `pointsman refresh`")
    return str(max(records, key=lambda r: r["at"])["decision_id"])
