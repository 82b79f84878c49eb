"""What was served since the last human look, or since ``guard.window_days`` began: each document's oldest version.

It follows from the ledger: from the moves of the live pointer and the manifests of the releases. The memory only saves
the reading of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.manifest import Manifest, ManifestEntry
from pointsman.core.release import Release
from pointsman.ports.ledger import Ledger
from pointsman.ports.workspace import Memory
from pointsman.steps.ledger.approvals import APPROVE, first_hold, last_verdict
from pointsman.steps.ledger.releases import (
    DECISION,
    FORGET,
    MANIFEST,
    MOVE,
    RELEASE,
    ROLLBACK,
    load_release,
    manifest_of,
)

WINDOW = "window"
"""Memory key: the moves of the window, and how its oldest versions differ from the manifest at its beginning."""

SERVED = "window_texts"
"""Memory key: text digest → number of the last move of the pointer after which the text was served."""

MOST_READ = 256
"""Manifests of a window that are read, at most: of a longer one every second, fourth, … move counts."""

DAY = 86_400.0
"""Seconds."""

Move = tuple[int, str, str, bool]
"""Number, release and time of a move of the pointer, and whether a person judged it."""


@dataclass(frozen=True)
class Window:
    """What was served, against which a change is compared."""

    served: Manifest
    """Each document that was served, under its latest name, with its oldest version."""
    since: str | None = None
    """Id of the release at the beginning; None: the live one, so that the change alone counts."""
    recent: frozenset[str] = frozenset()
    """Documents that came after the beginning."""


def window(ledger: Ledger, live: Manifest, *, days: float, memory: Memory, now: Callable[[], str]) -> Window:
    """Return what was served in the window that ends now, or with the first hold on top of the live release.

    A hold ends the window, so that no hold ends by waiting.
    """
    stored = memory.get(WINDOW)
    known = {(m[0], m[1]): (m[0], m[1], m[2], m[3]) for m in stored.get("moves", ())}
    moves = _moves(ledger, known, days=days, now=now)
    if len(moves) < 2:  # noqa: PLR2004 - the live release alone
        return Window(live)
    settled = _thinned(moves)[:-1]
    base = _manifest(ledger, settled[0][1])
    entries, done = _resumed(stored, settled, base)
    before, texts = _manifest(ledger, settled[done][1]), set(stored["texts"]) if done else set()
    for move in settled[done + 1 :]:
        after = _manifest(ledger, move[1])
        texts |= {e.content_digest for d, e in after.entries.items() if e != before.entries.get(d)}
        entries, before = _extended(entries, before, after), after
    new = {
        "moves": [list(m) for m in moves], "settled": _names(settled), "rows": _rows(base, entries),
        "texts": sorted(texts),
    }  # fmt: skip
    if new != stored:
        memory.put(WINDOW, new)
    entries = _extended(entries, before, live)
    return Window(Manifest(entries), since=settled[0][1], recent=frozenset(entries.keys() - base.entries.keys()))


def window_texts(ledger: Ledger, memory: Memory) -> set[str]:
    """Return the text digests that the window needs, now or after it has moved on: each text that was served in it.

    What was served is noted here, at every change of the store, because the window may begin anywhere later.
    """
    stored, pointer = memory.get(WINDOW), ledger.pointer() or {}
    first = [release for _, release in stored.get("settled", ())[:1]]
    rows = [Manifest.from_json(stored["rows"])] if stored.get("rows") else []
    ends = [pointer["previous"], pointer["release"]] if pointer else []
    known, begun, number = memory.get(SERVED), first_move(memory), int(pointer.get("seq", 0))
    served = {text: last for text, last in known.items() if last >= begun}
    served |= dict.fromkeys(_texts(m for release in ends if (m := _kept(ledger, release))), number)
    if served != known:
        memory.put(SERVED, served)
    return served.keys() | _texts((*rows, *(m for release in first if (m := _kept(ledger, release)))))


def _texts(manifests: Iterable[Manifest]) -> set[str]:
    """Return the text digests of some manifests."""
    return {entry.content_digest for manifest in manifests for entry in manifest.entries.values()}


def first_move(memory: Memory) -> int:
    """Return the number of the oldest move of the pointer that the window needs."""
    moves = memory.get(WINDOW).get("moves")
    return int(moves[0][0]) if moves else 1


def _kept(ledger: Ledger, release: str | None) -> Manifest | None:
    """Return the manifest of a release, or None if the ledger has it no more."""
    value = ledger.get(RELEASE, release) if release else None
    manifest = ledger.get(MANIFEST, Release.from_json(value).corpus) if value else None
    return Manifest.from_json(manifest) if manifest else None


def _moves(ledger: Ledger, known: Mapping[tuple[int, str], Move], *, days: float, now: Callable[[], str]) -> list[Move]:
    """Return the moves of the window, oldest first: the first one made the release at its beginning."""
    pointer = ledger.pointer()
    if pointer is None:
        return []
    end = _seconds(first_hold(ledger, pointer) or now())
    found: list[Move] = []
    for move in _back(ledger, pointer, known):
        found.append(move)
        if move[3] or _seconds(move[2]) <= end - days * DAY:
            break
    return found[::-1]


def _back(ledger: Ledger, pointer: Mapping[str, Any], known: Mapping[tuple[int, str], Move]) -> Iterator[Move]:
    """Yield the moves of the pointer, newest first. Moves that are ``known`` are not read again."""
    at: Mapping[str, Any] | None = pointer
    while at is not None:
        place = (int(at["seq"]), str(at["release"]))
        yield known.get(place) or (*place, str(at["at"]), _judged(ledger, at))
        at = ledger.get(MOVE, f"{place[0] - 1:08d}-{at['previous']}")


def _judged(ledger: Ledger, move: Mapping[str, Any]) -> bool:
    """Return whether a person judged the release: rolled back to it, or approved the change or the candidate."""
    if move["why"] == ROLLBACK:
        return True
    if move["why"] == FORGET or move["decision"] is None:
        return False
    record = ledger.get(DECISION, move["decision"]) or {}
    if record.get("evidence", {}).get("approval"):
        return True
    verdict = last_verdict(ledger, move["decision"])
    return verdict is not None and verdict["verdict"] == APPROVE


def _thinned(moves: Sequence[Move]) -> list[Move]:
    """Return the first and the last move, and of those between as many as are read."""
    step = 1
    while len(moves) // step > MOST_READ:
        step *= 2
    return [moves[0], *(move for move in moves[1:-1] if move[0] % step == 0), moves[-1]]


def _manifest(ledger: Ledger, release: str) -> Manifest:
    return manifest_of(ledger, load_release(ledger, release))


def _names(moves: Sequence[Move]) -> list[list[Any]]:
    return [[number, release] for number, release, _, _ in moves]


def _extended(entries: Mapping[str, ManifestEntry], before: Manifest, after: Manifest) -> dict[str, ManifestEntry]:
    """Return the oldest versions after one more release: renamed documents by their new names, new ones added."""
    found = dict(entries)
    for old, new in Diff.between(before, after).renamed:
        if old in found:
            found[new] = found.pop(old)
    return {**after.entries, **found}


def _resumed(
    stored: Mapping[str, Any], settled: Sequence[Move], base: Manifest
) -> tuple[Mapping[str, ManifestEntry], int]:
    """Return (oldest versions as far as they were stored, place of the last move that they cover)."""
    names = stored.get("settled") or []
    if not names or "texts" not in stored or names != _names(settled)[: len(names)]:
        return base.entries, 0
    left = set(stored["rows"]["left"])
    same = {document: entry for document, entry in base.entries.items() if document not in left}
    return {**same, **Manifest.from_json(stored["rows"]).entries}, len(names) - 1


def _rows(base: Manifest, entries: Mapping[str, ManifestEntry]) -> dict[str, Any]:
    """Return the JSON value of how ``entries`` differ from a manifest."""
    same = {document for document, entry in entries.items() if base.entries.get(document) == entry}
    other = Manifest({document: entry for document, entry in entries.items() if document not in same})
    return {"left": sorted(base.entries.keys() - same), **other.as_json()}


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()
