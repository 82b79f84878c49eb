"""Look back: status, history, explanation of a decision, rollback."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from pointsman.core.errors import IndexDamaged, UsageError
from pointsman.core.policy import replay
from pointsman.core.release import Release
from pointsman.steps.collecting import lost_points
from pointsman.steps.confirming import as_row
from pointsman.steps.desk import Desk
from pointsman.steps.forgetting import pending
from pointsman.steps.forgotten import CERTIFICATE, LIFT, TOMBSTONE
from pointsman.steps.glancing import LAST
from pointsman.steps.lineage import lineage_of
from pointsman.steps.mirroring import mirror, owe, owed
from pointsman.steps.releases import (
    DECISION,
    RELEASE,
    live_release,
    moves,
    previous_release,
    rollback,
    rolled_back_from,
)
from pointsman.steps.supervision import stale_now
from pointsman.steps.tainting import tainted, tainted_by


def status(desk: Desk) -> dict[str, Any]:
    """Return what is live, what waits, and what was refused; the store is not listed."""
    live = live_release(desk.ledger)
    last = desk.memory.get(LAST)
    record = desk.ledger.get(DECISION, last["decision"]) if "decision" in last else None
    decision = record["report"]["decision"] if record else {}
    served = desk.ledger.get(DECISION, live.decision) if live else None
    return {
        "release": live.id if live else None,
        "previous": previous_release(desk.ledger),
        "rolled_back_from": next(iter(rolled_back_from(desk.ledger)), None),
        "corpus": live.corpus if live else None,
        "source_version": (served or {}).get("source_version"),
        "documents": live.documents if live else 0,
        "collection": live.index.collection if live else None,
        "revision": live.index.revision if live else None,
        "points": live.index.points if live else 0,
        "points_lost": lost_points(desk, live.index) if live else 0,
        "embedder": live.embedder.fingerprint if live else None,
        "generator": live.generator.fingerprint if live else None,
        "reranker": live.reranking.base if live and live.reranking else None,
        "last_decision": record["decision_id"] if record else None,
        "last_at": last.get("at"),
        "unchanged_refreshes": last.get("beats", 0),
        "hold": bool(last.get("held", decision.get("hold", False))),
        "debt": list(last.get("debt", [])),
        "quarantine": desk.quarantine.counts(),
        "unmirrored": len(owed(desk)),
        "interrupted": _interrupted(desk),
        "stale": [as_row(each) for each in stale_now(desk)],
        "lineage_assumed": len(lineage_of(desk.ledger).assumed),
        "tainted": tainted(desk),
        "tainted_by_stale": tainted_by(desk),
        "forgotten": len(desk.ledger.ids(TOMBSTONE)),
        "forgetting": pending(desk),
    }


def _interrupted(desk: Desk) -> str | None:
    """Return the newest decision if its release never went live: the run ended before the pointer moved."""
    newest = next(iter(history(desk)["decisions"]), None)
    return newest["decision_id"] if newest and newest["went_live"] is False else None


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


def servable(desk: Desk, release: Release) -> None:
    """Make sure that every point that a release names is still there.

    Raises:
        IndexDamaged: some were collected or lost.
    """
    lost = lost_points(desk, release.index)
    if lost:
        raise IndexDamaged(
            f"{lost} of the {release.index.points} points of release {release.id} are gone: lost, or collected because "
            "it is not among the last gate.keep_releases; choose a newer release, `pointsman history` lists them"
        )


def roll_back(desk: Desk, to: str | None) -> dict[str, Any]:
    """Move the pointer back and return what was and what is live; the tracker follows when it can be reached."""
    left, live = rollback(desk.ledger, to, at=desk.now(), check=partial(servable, desk))
    owe(desk, None)
    unmirrored = mirror(desk)
    return {
        "release": live.id,
        "left": left.id,
        "documents": live.documents,
        "collection": live.index.collection,
        "revision": live.index.revision,
        "generator": live.generator.fingerprint,
        "mirrored": unmirrored is None,
        "unmirrored_because": unmirrored,
    }
