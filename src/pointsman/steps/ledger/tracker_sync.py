"""Mirror: bring what the ledger knows to the tracker; one that is down delays the record, never the release."""

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
from pointsman.steps.ledger.tombstones import TAINT, TOMBSTONE
from pointsman.steps.resources import Records

UNSYNCED = "unmirrored"
"""Memory: decisions whose record has not reached the tracker yet, and whether its aliases are behind."""


def enqueue(memory: Memory, decision: str | None) -> None:
    """Note that a decision's record, and the aliases, are to be brought to the tracker."""
    waiting = [*queued(memory), *([decision] if decision else [])]
    memory.put(UNSYNCED, {"decisions": list(dict.fromkeys(waiting)), "aliases": True})


def queued(memory: Memory) -> list[str]:
    """Return the decisions whose record has not reached the tracker yet."""
    return list(memory.get(UNSYNCED).get("decisions", []))


def is_behind(memory: Memory) -> bool:
    """Tell whether the tracker lacks something that the ledger knows."""
    return bool(queued(memory) or memory.get(UNSYNCED).get("aliases"))


def sync_tracker(records: Records) -> str | None:
    """Bring every decision that waits to the tracker and set its aliases; return why something still waits, if it does.

    A tracker that fails half-way is tried again by the next refresh and by ``doctor --repair``; recording the same
    decision twice leaves one run.
    """
    if not is_behind(records.memory):
        return None
    why = records.tracker.reachable()
    if why is not None:
        return why
    try:
        candidate = brought = None
        for decision in queued(records.memory):
            record = records.ledger.get(DECISION, decision)
            said = last_verdict(records.ledger, decision)
            rejected = said is not None and said["verdict"] == REJECT
            candidate = record.get("candidate") if record and not rejected else None
            brought = _bring(record, ledger=records.ledger, scratch=records.scratch, tracker=records.tracker)
            rest = [waiting for waiting in queued(records.memory) if waiting != decision]
            records.memory.put(UNSYNCED, {"decisions": rest, "aliases": True})
        if candidate or brought is None:
            _set_aliases(candidate, ledger=records.ledger, tracker=records.tracker)
        _tag_tainted(ledger=records.ledger, tracker=records.tracker)
        records.tracker.preserve(missing_from_tracker(ledger=records.ledger, tracker=records.tracker))
    except PointsmanError as error:
        return str(error)
    records.memory.put(UNSYNCED, {"decisions": [], "aliases": False})
    return None


def missing_from_tracker(*, ledger: Ledger, tracker: Tracker) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the ledger's objects (kind, id, value) that the tracker does not keep; moves that took effect only."""
    kept = tracker.preserved()
    kinds = (MANIFEST, RELEASE, EXAMPLES, LOCK, DECISION, TOMBSTONE, TAINT, LINEAGE, LEARNED)
    known = [(kind, id_) for kind in kinds for id_ in ledger.ids(kind)]
    known += [(MOVE, f"{move['seq']:08d}-{move['release']}") for move in moves(ledger)]
    tracker_gaps = [key for key in known if key not in kept]
    return [(kind, id_, value) for kind, id_ in tracker_gaps if (value := ledger.get(kind, id_)) is not None]


@dataclass(frozen=True)
class TrackerGaps:
    """What the tracker lacks of what the ledger knows."""

    decisions: tuple[str, ...] = ()
    """Decisions without a run, or whose artefacts are gone, oldest first."""
    releases: tuple[str, ...] = ()
    """Releases within reach of rollback that are not registered, oldest first."""
    objects: int = 0
    """Objects of the ledger that are not kept."""
    aliases: bool = False
    """Whether an alias is not where the ledger's pointer is."""


def tracker_gaps(*, ledger: Ledger, params: Params, tracker: Tracker) -> TrackerGaps:
    """Compare the tracker with the ledger.

    Raises:
        PointsmanError: the tracker cannot be read.
    """
    live = live_release(ledger)
    objects, recorded = missing_from_tracker(ledger=ledger, tracker=tracker), tracker.recorded()
    gone = {id_ for kind, id_, _ in objects if kind == DECISION}
    without = [id_ for id_ in ledger.ids(DECISION) if id_ in gone or id_ not in recorded]
    registered = set(tracker.versions("release"))
    kept = kept_releases(ledger, params.gate.keep_releases)
    held = tracker.aliases("release")
    right = {"live": live.id if live else None, "previous": previous_release(ledger)}
    return TrackerGaps(
        tuple(sorted(without, key=lambda id_: (ledger.get(DECISION, id_) or {}).get("at", ""))),
        tuple(release.id for release in reversed(kept) if release.id not in registered),
        len(objects),
        any(held.get(alias) != release for alias, release in right.items()),
    )


def sync_again(records: Records, *, params: Params) -> str | None:
    """Bring to the tracker all that it lacks, its aliases too; return why something still waits, if it does."""
    if records.tracker.reachable() is None:
        found = tracker_gaps(ledger=records.ledger, params=params, tracker=records.tracker)
        for decision in found.decisions:
            enqueue(records.memory, decision)
        for release in found.releases:
            records.tracker.sync(records.ledger.get(RELEASE, release) or {}, live=None, previous=None)
    enqueue(records.memory, None)
    return sync_tracker(records)


def _set_aliases(candidate: str | None, *, ledger: Ledger, tracker: Tracker) -> None:
    """Set the aliases to where the ledger's pointer is, and ``candidate`` to the release that waits for a person."""
    live = live_release(ledger)
    if live is None:
        return
    previous = previous_release(ledger)
    tracker.sync(live.as_json(), live=live.id, previous=previous)
    waiting = ledger.get(RELEASE, candidate) if candidate else None
    if waiting is not None:
        tracker.sync(waiting, live=live.id, previous=previous)


def _tag_tainted(*, ledger: Ledger, tracker: Tracker) -> None:
    """Tag the generators that learned what is stale, with all that taints them; untag where all is true again."""
    notes = [note for id_ in ledger.ids(TAINT) if (note := ledger.get(TAINT, id_))]
    for note in notes:
        if "base" in note:
            forgotten = sorted(n["request"] for n in notes if n["adapter"] == note["adapter"] and "base" not in n)
            stale = [f"{len(note['examples'])} stale examples"] if note["examples"] else []
            content = content_id([note["base"], note["adapter"]])
            tracker.taint(note["part"], content, ", ".join([*stale, *forgotten]) or None)


def _bring(record: Mapping[str, Any] | None, *, ledger: Ledger, scratch: Path, tracker: Tracker) -> str | None:
    """Record one decision, and register the release that it made; return its id if live: the aliases are right then."""
    if record is None:
        return None
    said = last_verdict(ledger, record["decision_id"])
    tracker.record({**record, "review": said} if said else record, files=_files(record, ledger=ledger, scratch=scratch))
    made = ledger.get(RELEASE, record["release"]) if record["release"] else None
    live = live_release(ledger)
    if made is not None and live is not None and made["decision"] == record["decision_id"]:
        tracker.sync(made, live=live.id, previous=previous_release(ledger))
        return live.id if record["release"] == live.id else None
    return None


def _files(record: Mapping[str, Any], *, ledger: Ledger, scratch: Path) -> dict[str, Path]:
    """Write the manifest and the dvc.lock of a release to files that the tracker keeps beside the decision."""
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
