"""Past decisions: all of them in a table, or one explained."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pointsman.core.errors import UsageError
from pointsman.core.policy.reproduce import replay
from pointsman.steps.history.last_run import LAST
from pointsman.steps.ledger.releases import (
    DECISION,
    RELEASE,
    moves,
)
from pointsman.steps.ledger.tombstones import CERTIFICATE, LIFT
from pointsman.steps.resources import Desk


def _all(desk: Desk, kind: str) -> list[dict[str, Any]]:
    return [value for id_ in desk.ledger.ids(kind) if (value := desk.ledger.get(kind, id_))]


def history(desk: Desk) -> dict[str, Any]:
    """Return decisions and moves of the live pointer, newest first."""
    records = [record for id_ in desk.ledger.ids(DECISION) if (record := desk.ledger.get(DECISION, id_))]
    chain = moves(desk.ledger)
    taken = {move["release"] for move in chain}
    decisions = [
        {
            "decision_id": r["decision_id"], "at": r["at"], "trigger": r["trigger"],
            "index": r["report"]["decision"]["index"], "train": ", ".join(r["report"]["decision"]["train"]),
            "hold": r["report"]["decision"]["hold"], "gate": r["report"]["gate"], "release": r["release"],
            "went_live": _went_live(desk, r, taken),
        }
        for r in records
    ]  # fmt: skip
    releases = [{**move, **_parts(desk, move["release"])} for move in reversed(chain)]
    certificates = [{name: c[name] for name in ("id", "request", "at", "complete")} for c in _all(desk, CERTIFICATE)]
    return {
        "decisions": sorted(decisions, key=lambda d: d["at"], reverse=True),
        "releases": releases,
        "certificates": sorted(certificates, key=lambda c: c["at"], reverse=True),
        "lifted": _all(desk, LIFT),
    }


def _went_live(desk: Desk, record: Mapping[str, Any], taken: Collection[str]) -> bool | None:
    """Tell whether the release that a decision made was ever live: a kill before the pointer moved leaves the record.

    None for a decision that made no release.
    """
    made = desk.ledger.get(RELEASE, record["release"]) if record["release"] else None
    if made is None or made["decision"] != record["decision_id"]:
        return None
    return made["id"] in taken


def _parts(desk: Desk, id_: str) -> dict[str, Any]:
    value = desk.ledger.get(RELEASE, id_)
    if value is None:
        return {}
    generator = value["generator"]["adapter"] or value["generator"]["base"]
    return {"collection": value["index"]["collection"], "revision": value["index"]["revision"], "generator": generator}


def explain(desk: Desk, beginning: str | None) -> dict[str, Any]:
    """Return the record of a decision (the last one by default), whether it replays to itself, and what came of it.

    Raises:
        UsageError: there is no such decision, or several ids begin so.
    """
    ids = desk.ledger.ids(DECISION)
    if beginning is None:
        beginning = desk.memory.get(LAST).get("decision") or _newest(desk, ids)
    found = [id_ for id_ in ids if id_.startswith(beginning)]
    if len(found) != 1:
        raise UsageError(f"{len(found)} decisions begin with {beginning!r}; `pointsman history` lists them")
    record = desk.ledger.get(DECISION, found[0]) or {}
    again = replay(record["decision_id"], record["evidence"], record["limits"], record["report"]["decision"])
    chain = moves(desk.ledger)
    taken = {move["release"] for move in chain}
    return record | {
        "replays": bool(again.same), "replayed": again.because, "went_live": _went_live(desk, record, taken),
        "afterwards": _afterwards(desk, record, chain),
    }  # fmt: skip


def _afterwards(desk: Desk, record: Mapping[str, Any], chain: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what became of the release that a decision made, a sentence for each time that it was live or left."""
    if _went_live(desk, record, {record["release"]}) is None:
        return []
    made = record["release"]
    said = []
    for move, following in zip(chain, [*chain[1:], None], strict=True):
        if move["release"] == made:
            said.append(f"release {made} went live at {move['at']} ({move['why']})")
            if following is not None:
                said.append(f"it was left at {following['at']} ({following['why']} of {following['release']})")
    return said or [f"release {made} never went live: the run ended before the pointer moved"]


def _newest(desk: Desk, ids: list[str]) -> str:
    records = [record for id_ in ids if (record := desk.ledger.get(DECISION, id_))]
    if not records:
        raise UsageError("no decision has been recorded yet; run `pointsman refresh`")
    return str(max(records, key=lambda r: r["at"])["decision_id"])
