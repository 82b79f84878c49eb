"""Collect: remove the points and collections that no release within reach of rollback shows."""

from collections import Counter
from collections.abc import Mapping

from pointsman.core.index import FOREVER
from pointsman.core.release import Index
from pointsman.steps.desk import Desk
from pointsman.steps.releases import all_releases, kept_releases


def collect(desk: Desk, *, dry: bool) -> int:
    """Remove (``dry``: count) the points and collections that no release within reach of rollback shows."""
    kept = kept_releases(desk.ledger, desk.params.gate.keep_releases)
    oldest: dict[str, int] = {}
    for release in kept:
        name = release.index.collection
        oldest[name] = min(oldest.get(name, FOREVER), release.index.revision)
    named = {r.index.collection for r in all_releases(desk.ledger)}
    unreachable: Counter[str] = Counter()
    for name in desk.index.collections():
        unreachable[name] = _collect_points(desk, name, oldest, dry=dry) if name in oldest else 0
        if name in named and name not in oldest:
            unreachable[name] = desk.index.count(name)
            if not dry:
                desk.index.drop(name)
    return sum(unreachable.values())


def _collect_points(desk: Desk, name: str, oldest: Mapping[str, int], *, dry: bool) -> int:
    dead = [p.id for p in desk.index.held(name) if p.died <= oldest[name]]
    if dead and not dry:
        desk.index.delete(name, dead)
    return len(dead)


def lost_points(desk: Desk, index: Index) -> int:
    """Return how many of the points that a release names a reader does not get."""
    if index.collection not in desk.index.collections():
        return index.points
    return max(0, index.points - desk.index.count(index.collection, revision=index.revision))
