"""Which points to write, retire, revive and delete so that a revision serves exactly the given chunks."""

from collections.abc import Iterable
from dataclasses import dataclass

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.index.points import FOREVER, Point


@dataclass(frozen=True, slots=True)
class Stage:
    """The changes that make a revision of a collection show what it should. No changes: false."""

    revision: int
    add: tuple[Chunk, ...] = ()
    """Chunks to write as new points, born at the revision."""
    retire: tuple[str, ...] = ()
    """Ids of points to hide from this revision on. Readers of older revisions still see them."""
    revive: tuple[str, ...] = ()
    """Ids of points to show again that an interrupted run had retired."""
    discard: tuple[str, ...] = ()
    """Ids of points to delete: an interrupted run wrote them, and no reader sees them."""
    kept: int = 0
    """Number of points that are already right."""

    def __bool__(self) -> bool:
        return bool(self.add or self.retire or self.revive or self.discard)


def converge(present: Iterable[Point], chunks: Iterable[Chunk], revision: int) -> Stage:
    """Return the changes after which a reader at ``revision`` sees exactly ``chunks``.

    They are right for any state that an interrupted run left behind. Readers of earlier revisions see no difference:
    the points that they see are neither deleted nor written again, and ``died`` only changes between ``revision`` and
    FOREVER.

    Args:
        present: the points of the documents in question, retired ones included.
        chunks: everything that these documents should show.
        revision: the revision to change.
    """
    missing = {w.key: w for w in chunks}
    retire: list[str] = []
    discard: list[str] = []
    asleep: list[Point] = []
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
    return Stage(
        revision, add, retire=tuple(retire), revive=tuple(revive), discard=tuple(discard), kept=kept + len(revive)
    )


def undo(touched: Iterable[Point], revision: int) -> Stage:
    """Return the changes that undo an abandoned run at ``revision``, from the points that it touched."""
    revive, discard = [], []
    for point in touched:
        if point.born >= revision:
            discard.append(point.id)
        elif revision <= point.died < FOREVER:
            revive.append(point.id)
    return Stage(revision, revive=tuple(sorted(revive)), discard=tuple(sorted(discard)))
