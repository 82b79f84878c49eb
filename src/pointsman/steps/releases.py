"""Releases in the ledger: what is live, what came before, and moving the pointer."""

from typing import Any

from pointsman.core.diff import Manifest
from pointsman.core.errors import IndexDamaged, UnknownRelease, UsageError
from pointsman.core.release import Release
from pointsman.ports import Ledger

RELEASE, MANIFEST, MOVE, DECISION, EXAMPLES, LOCK, ATTEMPT = (
    "release", "manifest", "move", "decision", "examples", "dvc-lock", "attempt",
)  # fmt: skip


def live_release(ledger: Ledger) -> Release | None:
    """Return the release that answers now, or None before the first."""
    pointer = ledger.pointer()
    return load(ledger, pointer["release"]) if pointer else None


def load(ledger: Ledger, id_: str) -> Release:
    """Return a release by its id.

    Raises:
        UnknownRelease: the ledger does not hold it.
    """
    value = ledger.get(RELEASE, id_)
    if value is None:
        raise UnknownRelease(f"release {id_!r} is not in the ledger; `pointsman history` lists those that are")
    return Release.from_json(value)


def manifest_of(ledger: Ledger, release: Release) -> Manifest:
    """Return the manifest of a release.

    Raises:
        IndexDamaged: the ledger does not hold it.
    """
    value = ledger.get(MANIFEST, release.corpus)
    if value is None:
        raise IndexDamaged(
            f"manifest {release.corpus!r} of release {release.id!r} is lost; run `pointsman doctor --repair`"
        )
    return Manifest.from_json(value)


def all_releases(ledger: Ledger) -> list[Release]:
    """Return every release in the ledger, promoted or not."""
    return [load(ledger, id_) for id_ in ledger.ids(RELEASE)]


def moves(ledger: Ledger) -> list[dict[str, Any]]:
    """Return the moves of the pointer that took effect, oldest first."""
    pointer = ledger.pointer()
    if pointer is None:
        return []
    found = [move for id_ in ledger.ids(MOVE) if (move := ledger.get(MOVE, id_))]
    effective = {move["seq"]: move for move in found if move["seq"] < pointer["seq"]} | {pointer["seq"]: pointer}
    return [effective[seq] for seq in sorted(effective)]


def put_release(ledger: Ledger, release: Release, manifest: Manifest) -> None:
    """Store a release and its manifest; readers see neither until the pointer moves."""
    ledger.put(MANIFEST, manifest.id, manifest.as_json())
    ledger.put(RELEASE, release.id, release.as_json())


def move_pointer(ledger: Ledger, to: str, *, why: str, decision: str | None, at: str) -> None:
    """Make release ``to`` the live one, by compare-and-swap.

    Raises:
        LedgerConflict: somebody else moved the pointer meanwhile.
    """
    expected = ledger.pointer()
    seq = expected["seq"] + 1 if expected else 1
    before = expected["release"] if expected else None
    new = {"release": to, "previous": before, "seq": seq, "why": why, "decision": decision, "at": at}
    ledger.put(MOVE, f"{seq:08d}-{to}", new)
    ledger.swap(expected, new)


def previous_release(ledger: Ledger) -> str | None:
    """Return the release that a plain rollback goes to: the newest other one that was promoted before the live one."""
    history = moves(ledger)
    promoted: list[str] = [m["release"] for m in history if m["why"] == "promote"]
    live = history[-1]["release"] if history else None
    before = promoted[: promoted.index(live)] if live in promoted else []
    return before[-1] if before else None


def rolled_back_from(ledger: Ledger) -> str | None:
    """Return the release that a person rolled back from, while that rollback is the last word."""
    pointer = ledger.pointer()
    return pointer["previous"] if pointer and pointer["why"] == "rollback" else None


def rollback(ledger: Ledger, to: str | None, *, at: str) -> tuple[Release, Release]:
    """Move the pointer back to ``to`` (by default the release before) and return (left, now live).

    Raises:
        UsageError: nothing is live, there is nothing before it, or it is live already.
        UnknownRelease: ``to`` is not in the ledger.
    """
    live = live_release(ledger)
    if live is None:
        raise UsageError("nothing is live yet, so there is nothing to roll back; run `pointsman refresh`")
    target = to or previous_release(ledger)
    if target is None:
        raise UsageError(f"release {live.id} is the first; there is none before it")
    release = load(ledger, _whole_id(ledger, target))
    if release.id == live.id:
        raise UsageError(f"release {live.id} is live already")
    move_pointer(ledger, release.id, why="rollback", decision=None, at=at)
    return live, release


def _whole_id(ledger: Ledger, beginning: str) -> str:
    """Return the id that begins with ``beginning``.

    Raises:
        UnknownRelease: none does.
        UsageError: several do.
    """
    found = [id_ for id_ in ledger.ids(RELEASE) if id_.startswith(beginning)]
    if not found:
        raise UnknownRelease(f"release {beginning!r} is not in the ledger; `pointsman history` lists those that are")
    if len(found) > 1:
        raise UsageError(f"{beginning!r} begins {len(found)} release ids ({', '.join(found)}); give more of it")
    return found[0]


def kept_releases(ledger: Ledger, keep: int) -> list[Release]:
    """Return the releases that rollback can reach: live, and the ``keep`` that were live most recently."""
    recent: list[str] = []
    for move in reversed(moves(ledger)):
        if move["release"] not in recent:
            recent.append(move["release"])
        if len(recent) == keep:
            break
    return [load(ledger, id_) for id_ in recent]
