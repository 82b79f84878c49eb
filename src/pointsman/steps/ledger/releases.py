"""Releases in the ledger: the live one, earlier ones, and moves of the live pointer."""

from collections.abc import Callable, Mapping
from typing import Any

from pointsman.core.corpus.manifest import Manifest
from pointsman.core.errors import IndexDamaged, LedgerConflict, UnknownRelease, UsageError
from pointsman.core.release import Release
from pointsman.ports.ledger import Ledger
from pointsman.steps.ledger.tombstones import REWRITTEN

RELEASE, MANIFEST, MOVE, DECISION, EXAMPLES, LOCK, ATTEMPT, LINEAGE, LEARNED = (
    "release", "manifest", "move", "decision", "examples", "dvc-lock", "attempt", "lineage", "learned",
)  # fmt: skip
"""Kinds of ledger objects."""

PROMOTE, ROLLBACK, FORGET = "promote", "rollback", "forget"
"""Why the pointer moved."""


def live_release(ledger: Ledger) -> Release | None:
    """Return the live release, or None before the first one."""
    pointer = ledger.pointer()
    return load_release(ledger, pointer["release"]) if pointer else None


def load_release(ledger: Ledger, id_: str) -> Release:
    """Return a release by its id.

    Raises:
        UnknownRelease: it is not in the ledger.
    """
    value = ledger.get(RELEASE, id_)
    twin = ledger.get(REWRITTEN, id_) if value is None else None
    if twin is not None:
        raise UnknownRelease(
            f"release {id_!r} was rewritten by forget {twin['request']} and is {twin['into']!r} now; use that id"
        )
    if value is None:
        raise UnknownRelease(f"release {id_!r} is not in the ledger; `pointsman history` lists those that are")
    return Release.from_json(value)


def manifest_of(ledger: Ledger, release: Release) -> Manifest:
    """Return the manifest of a release.

    Raises:
        IndexDamaged: it is not in the ledger.
    """
    value = ledger.get(MANIFEST, release.corpus)
    if value is None:
        raise IndexDamaged(
            f"manifest {release.corpus!r} of release {release.id!r} is lost; run `pointsman doctor --repair`"
        )
    return Manifest.from_json(value)


def all_releases(ledger: Ledger) -> list[Release]:
    """Return every release in the ledger, including releases that were never live."""
    return [load_release(ledger, id_) for id_ in ledger.ids(RELEASE)]


def moves(ledger: Ledger) -> list[dict[str, Any]]:
    """Return the moves of the pointer that took effect, oldest first. Moves of a killed run are left out."""
    pointer = ledger.pointer()
    if pointer is None:
        return []
    noted = {(move["seq"], move["release"]): move for id_ in ledger.ids(MOVE) if (move := ledger.get(MOVE, id_))}
    chain = [pointer]
    while (before := noted.get((chain[-1]["seq"] - 1, chain[-1]["previous"]))) is not None:
        chain.append(before)
    return chain[::-1]


def put_release(ledger: Ledger, release: Release, manifest: Manifest) -> None:
    """Store a release and its manifest. Readers do not see them until the pointer moves."""
    ledger.put(MANIFEST, manifest.id, manifest.as_json())
    ledger.put(RELEASE, release.id, release.as_json())


def move_pointer(
    ledger: Ledger, expected: Mapping[str, Any] | None, to: str, *, why: str, decision: str | None, at: str
) -> None:
    """Make release ``to`` live, by compare-and-swap. ``expected`` is the pointer that the caller read.

    Raises:
        LedgerConflict: another run moved the pointer meanwhile.
    """
    seq = expected["seq"] + 1 if expected else 1
    before = expected["release"] if expected else None
    new = {"release": to, "previous": before, "seq": seq, "why": why, "decision": decision, "at": at}
    ledger.put(MOVE, f"{seq:08d}-{to}", new)
    ledger.swap(expected, new)


def check_pointer(ledger: Ledger, expected: Mapping[str, Any] | None) -> None:
    """Check that the pointer is still ``expected``.

    Raises:
        LedgerConflict: another run moved it.
    """
    now = ledger.pointer()
    if now != expected:
        was, is_ = (p["release"] if p else None for p in (expected, now))
        raise LedgerConflict(f"release {was} was live when this run began and {is_} is now; run it again")


def previous_release(ledger: Ledger) -> str | None:
    """Return the id that ``rollback`` without an argument goes to: the release before the live one was promoted."""
    history = moves(ledger)
    if not history:
        return None
    live = history[-1]["release"]
    promotions = [move for move in history if move["release"] == live and move["why"] == PROMOTE]
    before: str | None = (promotions or history)[-1]["previous"]
    return before


def rolled_back_from(ledger: Ledger) -> list[str]:
    """Return the ids of releases that people rolled back from since the last promotion, newest first."""
    left: list[str] = []
    for move in reversed(moves(ledger)):
        if move["why"] == FORGET:
            continue
        if move["why"] != ROLLBACK:
            break
        left.append(move["previous"])
    return left


def rollback(ledger: Ledger, to: str | None, *, at: str, check: Callable[[Release], None]) -> tuple[Release, Release]:
    """Move the pointer back to ``to`` (default: the previous release). Return (release before, live release now).

    ``check`` is called before the pointer moves. It raises if the release can no longer be served.

    Raises:
        UsageError: nothing is live, there is no earlier release, or ``to`` is live already.
        UnknownRelease: ``to`` is not in the ledger.
    """
    pointer, live = ledger.pointer(), live_release(ledger)
    if live is None:
        raise UsageError("nothing is live yet, so there is nothing to roll back; run `pointsman refresh`")
    target = to or previous_release(ledger)
    if target is None:
        raise UsageError(f"release {live.id} is the first, so there is none to go back to; see `pointsman history`")
    release = load_release(ledger, _whole_id(ledger, target))
    if release.id == live.id:
        raise UsageError(f"release {live.id} is live already; name another one of `pointsman history`")
    check(release)
    move_pointer(ledger, pointer, release.id, why=ROLLBACK, decision=None, at=at)
    return live, release


def _whole_id(ledger: Ledger, beginning: str) -> str:
    """Return the one release id that begins with ``beginning``.

    Raises:
        UnknownRelease: none does.
        UsageError: several do.
    """
    found = [id_ for id_ in ledger.ids(RELEASE) if id_.startswith(beginning)]
    if not found:
        found = sorted({_rewritten(ledger, id_) for id_ in ledger.ids(REWRITTEN) if id_.startswith(beginning)})
    if not found:
        raise UnknownRelease(f"release {beginning!r} is not in the ledger; `pointsman history` lists those that are")
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} release ids begin with {beginning!r} ({', '.join(found)}); type more characters"
        )
    return found[0]


def _rewritten(ledger: Ledger, id_: str) -> str:
    """Return the present id of a release that erasures rewrote, so that an old id still works."""
    while (twin := ledger.get(REWRITTEN, id_)) is not None and ledger.get(RELEASE, id_) is None:
        id_ = twin["into"]
    return id_


def kept_releases(ledger: Ledger, keep: int) -> list[Release]:
    """Return the releases that rollback can reach: the ``keep`` that were live most recently, the live one first."""
    recent: list[str] = []
    for move in reversed(moves(ledger)):
        if move["release"] not in recent:
            recent.append(move["release"])
        if len(recent) == keep:
            break
    return [load_release(ledger, id_) for id_ in recent]
