"""Folders, and paths with limits of their own, that lose documents or text while the rest of the store stands."""

from collections.abc import Iterator

from pointsman.core.corpus.comparison.losses import NAMED, Loss
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards.alarm import Alarm, named, since
from pointsman.core.policy.guards.removal import beyond
from pointsman.core.policy.guards.replacement import replaces
from pointsman.core.policy.holds import FOLDER, PATHS
from pointsman.core.policy.limits import GuardLimits, Limits
from pointsman.core.wording import count, percent


def folders(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    """Alarm where a folder lost most of its documents or of their text."""
    most, share = limits.guard.folder_count, limits.guard.folder_share
    lost = evidence.guards.lost_folders
    hit = outermost([loss for loss in lost if emptied(loss, most, share)])
    if not hit or most is None or share is None:
        return
    told = "; ".join(_told(loss) for loss in hit[:NAMED])
    more = f"; and {count(len(hit) - NAMED, 'more folder')}" if len(hit) > NAMED else ""
    sentence = (
        f"{told}{more}{since(evidence)}; of one folder more than {most} and more than {percent(share)} need a person"
    )
    yield Alarm(FOLDER, lost_in(hit), most, sentence)


def paths(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    """Alarm where the documents of a path lost more than its limits in ``guard.paths`` allow."""
    hit = [loss for loss in evidence.guards.lost_paths if beyond_own(loss, limits.guard)]
    if hit:
        told = "; ".join(_told(loss) for loss in hit)
        sentence = f"{told}{since(evidence)}; that is more than guard.paths allows, so a person must look"
        yield Alarm(PATHS, lost_in(hit), None, sentence)


def emptied(loss: Loss, most: int | None, share: float | None) -> bool:
    """Return whether a folder lost more than both limits, in documents or in text."""
    return beyond(loss.removed, loss.documents, most, share) or replaces(loss, most, share)


def beyond_own(loss: Loss, limits: GuardLimits) -> bool:
    """Return whether the documents of a path lost more than its own limits; those left out are the store's."""
    own = (limits.paths or {}).get(loss.place, {})
    pairs = {
        kind: [own.get(name, getattr(limits, name)) for name in (f"{kind}_count", f"{kind}_share")]
        for kind in ("removed", "edited", "replaced")
    }
    return (
        beyond(loss.removed, loss.documents, *pairs["removed"])
        or beyond(loss.edited, loss.documents, *pairs["edited"])
        or replaces(loss, *pairs["replaced"])
    )


def outermost(losses: list[Loss]) -> list[Loss]:
    """Return the losses of the folders that lie in no other one of them."""
    places = [loss.place for loss in losses]
    return [loss for loss in losses if not any(p != loss.place and loss.place.startswith(p) for p in places)]


def lost_in(losses: list[Loss]) -> int:
    """Return the removed and edited documents of some places, in all."""
    return sum(loss.removed + loss.edited for loss in losses)


def _told(loss: Loss) -> str:
    """Return what a place lost, in words."""
    parts = []
    if loss.removed:
        parts.append(f"{loss.removed} of {count(loss.documents, 'document')} gone{named(loss.gone)}")
    if loss.edited:
        parts.append(f"{loss.edited} edited, {percent(loss.replaced)} of its text replaced{named(loss.worst)}")
    return f"{loss.place!r}: {', '.join(parts)}"
