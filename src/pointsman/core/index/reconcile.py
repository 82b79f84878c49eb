"""Which points to write, retire, revive and delete so that one revision serves exactly what is wanted."""

from collections.abc import Iterable
from dataclasses import dataclass

from pointsman.core.corpus.chunk import Wanted
from pointsman.core.index.points import FOREVER, Held


@dataclass(frozen=True, slots=True)
class Stage:
    """The difference between what a collection holds and what a revision should show."""

    revision: int
    add: tuple[Wanted, ...] = ()
    """To be written, born at the revision."""
    retire: tuple[str, ...] = ()
    """Ids of points that readers of this revision must not see and that older readers do."""
    revive: tuple[str, ...] = ()
    """Ids of points that an unfinished stage retired and that stay."""
    discard: tuple[str, ...] = ()
    """Ids of points that only an unfinished stage would show."""
    kept: int = 0
    """Points that are as they should be."""

    def __bool__(self) -> bool:
        return bool(self.add or self.retire or self.revive or self.discard)


def converge(present: Iterable[Held], wanted: Iterable[Wanted], revision: int) -> Stage:
    """Return the stage after which a reader at ``revision`` sees exactly ``wanted``, of the documents of ``present``.

    It holds whatever state an earlier, unfinished attempt left behind, and readers of earlier revisions see no
    difference: what they see is neither deleted nor born anew; ``died`` only moves between ``revision`` and FOREVER.
    """
    missing = {w.key: w for w in wanted}
    retire: list[str] = []
    discard: list[str] = []
    asleep: list[Held] = []
    kept = 0
    for point in sorted(present, key=lambda p: (p.born, p.id)):
        if point.seen_at(revision):
            if point.key in missing:
                del missing[point.key]
                kept += 1
            else:
                (discard if point.born >= revision else retire).append(point.id)
        elif point.died == revision:
            asleep.append(point)
        elif point.born > revision:
            discard.append(point.id)
    revive = []
    for point in asleep:
        if point.key in missing and point.born < revision:
            del missing[point.key]
            revive.append(point.id)
    add = tuple(missing[key] for key in sorted(missing))
    return Stage(revision, add, tuple(retire), tuple(revive), tuple(discard), kept + len(revive))


def undo(touched: Iterable[Held], revision: int) -> Stage:
    """Return what takes an abandoned stage at ``revision`` back, from the points it touched."""
    revive, discard = [], []
    for point in touched:
        if point.born >= revision:
            discard.append(point.id)
        elif revision <= point.died < FOREVER:
            revive.append(point.id)
    return Stage(revision, revive=tuple(sorted(revive)), discard=tuple(sorted(discard)))
