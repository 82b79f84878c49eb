"""Restore lost or damaged objects of the ledger, and its pointer, from the copies in the tracker.

Every copy is checked against its id before it replaces anything. The pointer is written again only if the tracker's
``live`` alias and the newest move agree, or if a person names the release.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pointsman.core.corpus.manifest import Manifest
from pointsman.core.errors import IndexDamaged, ModelMismatch, UnknownRelease
from pointsman.core.hashing import content_id
from pointsman.core.release import Release
from pointsman.core.supervision.lineage import LineageNote
from pointsman.ports.ledger import Ledger
from pointsman.ports.tracking import Tracker
from pointsman.steps.ledger.releases import DECISION, EXAMPLES, LEARNED, LINEAGE, LOCK, MANIFEST, MOVE, PROMOTE, RELEASE
from pointsman.steps.ledger.tombstones import TAINT, TOMBSTONE

Key = tuple[str, str]
"""Kind and id of a ledger object."""


@dataclass(frozen=True)
class Restoration:
    """Damage of the ledger, and what was repaired."""

    damaged: int = 0
    """Number of objects that cannot be read, or whose content does not match their id."""
    lost: int = 0
    """Number of objects that the tracker has and the ledger does not."""
    restored: int = 0
    """Number of objects copied back from the tracker."""
    pointer: str | None = None
    """Why the live release is unknown; None if it is known, or if there never was one."""


def restore(
    *, repair: bool, live: str | None = None, ledger: Ledger, now: Callable[[], str], tracker: Tracker
) -> Restoration:
    """Compare the ledger with its own ids and with the tracker. With ``repair``, restore lost and damaged objects.

    ``live`` is the beginning of the id of the release that a person names as live, used only if the pointer is lost.
    """
    known = _known(ledger)
    damaged = [key for key, value in known.items() if value is None]
    kept = tracker.preserved() if tracker.reachable() is None else set()
    lost = sorted(kept - known.keys())
    if not known and not kept:
        return Restoration()
    moves = [value for (kind, _), value in known.items() if kind == MOVE and value is not None]
    moves += [value for kind, id_ in lost if kind == MOVE and (value := _recalled(tracker, kind, id_)) is not None]
    why, found = _pointer(moves, live, ledger=ledger, now=now, tracker=tracker)
    if why is not None and found is None:  # a hold: nothing is written before a person names the live release
        return Restoration(len(damaged), len(lost), 0, why)
    restored = 0
    if repair:
        good = {key: value for key in (*damaged, *lost) if (value := _recalled(tracker, *key)) is not None}
        for (kind, id_), value in good.items():
            if (kind, id_) in known:
                ledger.remove(kind, id_)
            ledger.put(kind, id_, value)
        restored = len(good)
        damaged = [key for key in damaged if key not in good]
        lost = [key for key in lost if key not in good]
        if found is not None and ledger.get(RELEASE, found["release"]) is not None:
            ledger.restore_pointer(found)
            why = None
    return Restoration(len(damaged), len(lost), restored, why)


def _known(ledger: Ledger) -> dict[Key, dict[str, Any] | None]:
    """Return every object of the ledger; None for one that cannot be read or does not match its id."""
    known: dict[Key, dict[str, Any] | None] = {}
    for kind in NAMED:
        for id_ in ledger.ids(kind):
            try:
                value = ledger.get(kind, id_)
            except IndexDamaged:
                value = None
            known[kind, id_] = value if value is not None and sound(kind, id_, value) else None
    return known


def sound(kind: str, id_: str, value: Mapping[str, Any]) -> bool:
    """Return whether the content of an object matches its id."""
    try:
        return NAMED[kind](value) == id_
    except (KeyError, TypeError, ValueError, AttributeError, ModelMismatch):
        return False


NAMED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    RELEASE: lambda value: Release.from_json(value).id,
    MANIFEST: lambda value: Manifest.from_json(value).id,
    EXAMPLES: lambda value: content_id(sorted(value["digests"])),
    LOCK: content_id,
    DECISION: lambda value: str(value["decision_id"]),
    MOVE: lambda value: f"{value['seq']:08d}-{value['release']}",
    TOMBSTONE: lambda value: str(value["request"]),
    TAINT: lambda value: f"{value['adapter']}-{value['request']}",
    LEARNED: lambda value: str(value["adapter"]),
    LINEAGE: lambda value: LineageNote.from_json(value).id,
}
"""Kind → function that computes an object's id from its content."""


def _recalled(tracker: Tracker, kind: str, id_: str) -> dict[str, Any] | None:
    """Return the tracker's copy of an object, or None if there is none that matches its id."""
    if tracker.reachable() is not None:
        return None
    value = tracker.recall(kind, id_)
    return value if value is not None and sound(kind, id_, value) else None


def _pointer(
    moves: list[dict[str, Any]], chosen: str | None, *, ledger: Ledger, now: Callable[[], str], tracker: Tracker
) -> tuple[str | None, dict[str, Any] | None]:
    """Return (what is wrong with the pointer or None, the right value of the pointer or None if it is unknown)."""
    try:
        if ledger.pointer() is not None or not moves:
            return None, None
        why = "the pointer is lost"
    except IndexDamaged as error:
        why = str(error)
    if chosen is not None:
        return why, _chosen(moves, chosen, at=now())
    newest = max((move["seq"] for move in moves), default=0)
    last = [move for move in moves if move["seq"] == newest]
    alias = tracker.aliases("release").get("live") if tracker.reachable() is None else None
    agreed = [move for move in last if move["release"] == alias]
    if agreed:
        return why, agreed[0]
    names = ", ".join(sorted(move["release"] for move in last)) or "none"
    unclear = f"{why}; the newest move is to {names} but the alias live is {alias or 'not set'}, so nothing is written"
    return f"{unclear}: name the live release with `pointsman doctor --repair --live RELEASE`", None


def _chosen(moves: list[dict[str, Any]], beginning: str, *, at: str) -> dict[str, Any]:
    """Return the pointer to the release that a person named.

    Raises:
        UnknownRelease: no move goes to such a release, or moves go to several.
    """
    found = [move for move in moves if move["release"].startswith(beginning)]
    if len({move["release"] for move in found}) != 1:
        raise UnknownRelease(
            f"{len(found)} moves went to releases that begin with {beginning!r}; type the id of one release"
        )
    newest = max(move["seq"] for move in moves)
    best: dict[str, Any] = max(found, key=lambda move: move["seq"])
    if best["seq"] == newest:
        return best
    last = min(move["release"] for move in moves if move["seq"] == newest)
    release = best["release"]
    return {"release": release, "previous": last, "seq": newest + 1, "why": PROMOTE, "decision": None, "at": at}
