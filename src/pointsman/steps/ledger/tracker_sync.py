"""Tracker sync: copy the ledger to the tracker. If the tracker is down, its record is late; a release is not."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pointsman.core.errors import PointsmanError
from pointsman.core.hashing import canonical, content_id
from pointsman.ports.ledger import Ledger
from pointsman.ports.tracking import Tracker
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Params
from pointsman.steps.ledger.approvals import REJECT, last_verdict
from pointsman.steps.ledger.releases import (
    DECISION,
    EXAMPLES,
    LEARNED,
    LINEAGE,
    LOCK,
    MANIFEST,
    MOVE,
    RELEASE,
    kept_releases,
    live_release,
    moves,
    previous_release,
)
from pointsman.steps.ledger.restricted import record_for_all
from pointsman.steps.ledger.tombstones import TAINT, TOMBSTONE
from pointsman.steps.resources import Records

UNSYNCED = "unmirrored"
"""Memory key: decisions that wait to be copied to the tracker, and whether its aliases are out of date."""


def enqueue(memory: Memory, decision: str | None) -> None:
    """Add a decision to those that wait for the tracker; None: only the aliases and the objects of the ledger."""
    waiting = [*queued(memory), *([decision] if decision else [])]
    memory.put(UNSYNCED, {"decisions": list(dict.fromkeys(waiting)), "aliases": True})


def queued(memory: Memory) -> list[str]:
    """Return the ids of the decisions that wait to be copied to the tracker, oldest first."""
    return list(memory.get(UNSYNCED).get("decisions", []))


def is_behind(memory: Memory) -> bool:
    """Return whether something waits to be copied to the tracker."""
    return bool(queued(memory) or memory.get(UNSYNCED).get("aliases"))


def sync_tracker(records: Records) -> str | None:
    """Copy all waiting decisions to the tracker and set its aliases. Return None, or why something still waits.

    If the tracker fails half-way, the next refresh and ``doctor --repair`` try again. A decision that is recorded twice
    is one run.
    """
    if not is_behind(records.memory):
        return None
    why = records.tracker.reachable()
    if why is not None:
        return why
    try:
        candidate = synced = None
        for decision in queued(records.memory):
            record = records.ledger.get(DECISION, decision)
            verdict = last_verdict(records.ledger, decision)
            rejected = verdict is not None and verdict["verdict"] == REJECT
            candidate = record.get("candidate") if record and not rejected else None
            synced = _sync_decision(record, ledger=records.ledger, scratch=records.scratch, tracker=records.tracker)
            rest = [waiting for waiting in queued(records.memory) if waiting != decision]
            records.memory.put(UNSYNCED, {"decisions": rest, "aliases": True})
        if candidate or synced is None:
            _set_aliases(candidate, ledger=records.ledger, tracker=records.tracker)
        _tag_tainted(ledger=records.ledger, tracker=records.tracker)
        records.tracker.preserve(missing_from_tracker(ledger=records.ledger, tracker=records.tracker))
    except PointsmanError as error:
        return str(error)
    records.memory.put(UNSYNCED, {"decisions": [], "aliases": False})
    return None


def missing_from_tracker(*, ledger: Ledger, tracker: Tracker) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the ledger objects (kind, id, value) that the tracker does not have. Moves without effect are left out."""
    kept = tracker.preserved()
    kinds = (MANIFEST, RELEASE, EXAMPLES, LOCK, DECISION, TOMBSTONE, TAINT, LINEAGE, LEARNED)
    known = [(kind, id_) for kind in kinds for id_ in ledger.ids(kind)]
    known += [(MOVE, f"{move['seq']:08d}-{move['release']}") for move in moves(ledger)]
    tracker_gaps = [key for key in known if key not in kept]
    found = [(kind, id_, value) for kind, id_ in tracker_gaps if (value := ledger.get(kind, id_)) is not None]
    return [(k, id_, record_for_all(value, ledger=ledger) if k == DECISION else value) for k, id_, value in found]


@dataclass(frozen=True)
class TrackerGaps:
    """What is in the ledger and not in the tracker."""

    decisions: tuple[str, ...] = ()
    """Ids of decisions without a run or without artefacts, oldest first."""
    releases: tuple[str, ...] = ()
    """Ids of releases that rollback can reach and that are not registered, oldest first."""
    objects: int = 0
    """Number of ledger objects that the tracker does not have."""
    aliases: bool = False
    """Whether an alias differs from the ledger's pointer."""


def tracker_gaps(*, ledger: Ledger, params: Params, tracker: Tracker) -> TrackerGaps:
    """Return what the tracker does not have.

    Raises:
        PointsmanError: the tracker cannot be read.
    """
    live = live_release(ledger)
    objects, recorded = missing_from_tracker(ledger=ledger, tracker=tracker), tracker.recorded()
    missing = {id_ for kind, id_, _ in objects if kind == DECISION}
    without = [id_ for id_ in ledger.ids(DECISION) if id_ in missing or id_ not in recorded]
    registered = set(tracker.versions("release"))
    kept = kept_releases(ledger, params.gate.keep_releases)
    aliases = tracker.aliases("release")
    right = {"live": live.id if live else None, "previous": previous_release(ledger)}
    return TrackerGaps(
        tuple(sorted(without, key=lambda id_: (ledger.get(DECISION, id_) or {}).get("at", ""))),
        tuple(release.id for release in reversed(kept) if release.id not in registered),
        len(objects),
        any(aliases.get(alias) != release for alias, release in right.items()),
    )


def sync_again(records: Records, *, params: Params) -> str | None:
    """Copy everything that is missing to the tracker. Return None, or why something still waits."""
    if records.tracker.reachable() is None:
        found = tracker_gaps(ledger=records.ledger, params=params, tracker=records.tracker)
        for decision in found.decisions:
            enqueue(records.memory, decision)
        for release in found.releases:
            records.tracker.sync(records.ledger.get(RELEASE, release) or {}, live=None, previous=None)
    enqueue(records.memory, None)
    return sync_tracker(records)


def _set_aliases(candidate: str | None, *, ledger: Ledger, tracker: Tracker) -> None:
    """Set the aliases live and previous from the ledger, and ``candidate`` to the release that waits for a person."""
    live = live_release(ledger)
    if live is None:
        return
    previous = previous_release(ledger)
    tracker.sync(live.as_json(), live=live.id, previous=previous)
    waiting = ledger.get(RELEASE, candidate) if candidate else None
    if waiting is not None:
        tracker.sync(waiting, live=live.id, previous=previous)


def _tag_tainted(*, ledger: Ledger, tracker: Tracker) -> None:
    """Tag the generators that learned stale or erased examples; remove the tag if all their examples are true again."""
    notes = [note for id_ in ledger.ids(TAINT) if (note := ledger.get(TAINT, id_))]
    for note in notes:
        if "base" in note:
            forgotten = sorted(n["request"] for n in notes if n["adapter"] == note["adapter"] and "base" not in n)
            stale = [f"{len(note['examples'])} stale examples"] if note["examples"] else []
            content = content_id([note["base"], note["adapter"]])
            tracker.taint(note["part"], content, ", ".join([*stale, *forgotten]) or None)


def _sync_decision(record: Mapping[str, Any] | None, *, ledger: Ledger, scratch: Path, tracker: Tracker) -> str | None:
    """Record one decision and register its release. Return the release id if it is live: then the aliases are set."""
    if record is None:
        return None
    verdict, shown = last_verdict(ledger, record["decision_id"]), record_for_all(record, ledger=ledger)
    reviewed = {**shown, "review": verdict} if verdict else shown
    tracker.record(reviewed, files=_files(record, ledger=ledger, scratch=scratch))
    made = ledger.get(RELEASE, record["release"]) if record["release"] else None
    live = live_release(ledger)
    if made is not None and live is not None and made["decision"] == record["decision_id"]:
        tracker.sync(made, live=live.id, previous=previous_release(ledger))
        return live.id if record["release"] == live.id else None
    return None


def _files(record: Mapping[str, Any], *, ledger: Ledger, scratch: Path) -> dict[str, Path]:
    """Write manifest, dvc.lock and examples of a new release to files; return them by kind, for the tracker."""
    release = ledger.get(RELEASE, record["release"]) if record["release"] else None
    if release is None or release["decision"] != record["decision_id"]:
        return {}
    scratch.mkdir(parents=True, exist_ok=True)
    files: dict[str, Path] = {}
    for kind, id_ in ((MANIFEST, release["corpus"]), (LOCK, release["dvc_lock"]), (EXAMPLES, release["examples"])):
        value = ledger.get(kind, id_) if id_ else None
        if value is not None:
            files[kind] = scratch / f"{kind}.json"
            files[kind].write_text(canonical(value), encoding="utf-8")
    return files
