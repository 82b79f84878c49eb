"""Collect garbage: points and collections that no release within reach of a rollback shows."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pointsman.core.corpus.chunking import chunking_fingerprint
from pointsman.core.index.points import FOREVER
from pointsman.core.release import COLLECTION, Index, Release
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.models import Models
from pointsman.settings.params import Params
from pointsman.steps.ledger.releases import DECISION, RELEASE, kept_releases, live_release, load_release, moves
from pointsman.steps.observe.configuration import inherited
from pointsman.steps.resources import Serving

SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Garbage:
    """What can be removed from one collection."""

    collection: str
    points: int
    """Points to remove: all of an unreachable collection, the dead ones of another."""
    whole: bool
    """Whether the collection itself is removed."""
    because: str
    """Why it can be removed, in words."""


def within_reach(*, clock: Callable[[], float], ledger: Ledger, params: Params) -> list[Release]:
    """Return the releases that must stay servable, the live one among them.

    They are the last ``gate.keep_releases`` live ones, all that were live within ``gate.grace_hours``, and the
    candidate that waits for a person.
    """
    found = {r.id: r for r in kept_releases(ledger, params.gate.keep_releases)}
    for id_ in (*_in_grace(clock=clock, ledger=ledger, params=params), *_waiting(ledger)):
        if id_ not in found:
            found[id_] = load_release(ledger, id_)
    return list(found.values())


def _in_grace(*, clock: Callable[[], float], ledger: Ledger, params: Params) -> Iterator[str]:
    """Yield the releases that were replaced less than ``gate.grace_hours`` ago, or are live."""
    since = clock() - params.gate.grace_hours * SECONDS_PER_HOUR
    history = moves(ledger)
    replaced = [seconds_of(after["at"]) for after in history[1:]] + [math.inf] * bool(history)
    yield from (move["release"] for move, left in zip(history, replaced, strict=True) if left >= since)


def _waiting(ledger: Ledger) -> Iterator[str]:
    """Yield the newest candidate, unless something was promoted after it."""
    records = [r for id_ in ledger.ids(DECISION) if (r := ledger.get(DECISION, id_)) and r.get("candidate")]
    newest = max(records, key=lambda r: str(r["at"]), default=None)
    if newest is None or ledger.get(RELEASE, newest["candidate"]) is None:
        return
    later = (m for m in moves(ledger)[-1:] if m["decision"] != newest["decision_id"])
    if not any(seconds_of(move["at"]) > seconds_of(newest["at"]) for move in later):
        yield newest["candidate"]


def seconds_of(at: str) -> float:
    """Return an ISO 8601 time as seconds since the epoch."""
    return datetime.fromisoformat(at).timestamp()


def garbage(serving: Serving, *, clock: Callable[[], float]) -> list[Garbage]:
    """Return what can be removed now, ordered by collection; nothing is removed.

    A collection that no release names is left from an abandoned rebuild. No reader ever saw it, so no grace applies.
    The collection that params.yaml asks for now may be under construction and stays.
    """
    oldest, found = _oldest(clock=clock, ledger=serving.ledger, params=serving.params), []
    for name in serving.index.collections():
        if name in oldest:
            dead = len(_dead(serving.index, name, oldest[name]))
            found += [Garbage(name, dead, whole=False, because="no release within reach shows them")] if dead else []
        elif name.startswith(COLLECTION) and name != _wanted_collection(
            ledger=serving.ledger, models=serving.models, params=serving.params
        ):
            named = any(value["index"]["collection"] == name for value in _releases(serving.ledger))
            why = "its releases are beyond rollback and grace" if named else "an abandoned rebuild left it"
            found.append(Garbage(name, serving.index.count(name), whole=True, because=why))
    return found


def collect(serving: Serving, *, clock: Callable[[], float]) -> list[Garbage]:
    """Remove what ``garbage`` returns, and return it."""
    found = garbage(serving, clock=clock)
    oldest = _oldest(clock=clock, ledger=serving.ledger, params=serving.params)
    for each in found:
        if each.whole:
            serving.index.drop(each.collection)
        else:
            serving.index.delete(each.collection, _dead(serving.index, each.collection, oldest[each.collection]))
    return found


def _oldest(*, clock: Callable[[], float], ledger: Ledger, params: Params) -> dict[str, int]:
    """Return collection → its oldest revision that a release within reach shows."""
    oldest: dict[str, int] = {}
    for release in within_reach(clock=clock, ledger=ledger, params=params):
        name = release.index.collection
        oldest[name] = min(oldest.get(name, FOREVER), release.index.revision)
    return oldest


def _dead(vector_index: VectorIndex, name: str, oldest: int) -> list[str]:
    return [p.id for p in vector_index.points(name) if p.died <= oldest]


def _wanted_collection(*, ledger: Ledger, models: Models, params: Params) -> str:
    """Return the name of the collection that params.yaml asks for."""
    embedder = inherited(models, "retriever", live_release(ledger))
    return Index.name(embedder.fingerprint, chunking_fingerprint(params.chunking.max_tokens))


def _releases(ledger: Ledger) -> Iterator[dict[str, Any]]:
    for id_ in ledger.ids(RELEASE):
        value = ledger.get(RELEASE, id_)
        if value is not None:
            yield value


def lost_points(vector_index: VectorIndex, index: Index) -> int:
    """Return how many points of a release are missing from its collection."""
    if index.collection not in vector_index.collections():
        return index.points
    return max(0, index.points - vector_index.count(index.collection, revision=index.revision))
