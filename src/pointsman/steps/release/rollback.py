"""Roll back to an earlier release."""

from typing import Any

from pointsman.core.corpus.exposure import Readers
from pointsman.core.errors import IndexDamaged
from pointsman.core.release import Release
from pointsman.ports.index import VectorIndex
from pointsman.steps.indexing.garbage_collection import lost_points
from pointsman.steps.ledger.access_record import keep_narrow
from pointsman.steps.ledger.releases import live_release, rollback
from pointsman.steps.ledger.tracker_sync import enqueue, sync_tracker
from pointsman.steps.resources import Records


def servable(vector_index: VectorIndex, release: Release) -> None:
    """Check that every point of a release is still in its collection.

    Raises:
        IndexDamaged: some were garbage-collected or lost.
    """
    lost = lost_points(vector_index, release.index)
    if lost:
        raise IndexDamaged(
            f"{lost} of the {release.index.points} points of release {release.id} are gone: lost, or garbage-collected "
            "because it is older than the last gate.keep_releases releases; choose a newer one from `pointsman history`"
        )


def roll_back(records: Records, to: str | None, *, vector_index: VectorIndex) -> dict[str, Any]:
    """Move the pointer back to ``to`` (default: the previous release) and sync the tracker if it can be reached.

    Nobody gets a document again that he may not read any more: that is recorded before the pointer moves.

    Returns a JSON object: the release that was live (``left``) and the parts of the one that is live now, and under
    ``narrowed`` the documents that it shows to more readers than may have them.
    """
    narrowed: dict[str, Readers] = {}

    def check(target: Release) -> None:
        servable(vector_index, target)
        live = live_release(records.ledger)
        if live is not None:
            narrowed.update(keep_narrow(records.ledger, left=live, target=target, at=records.now()))

    left, live = rollback(records.ledger, to, at=records.now(), check=check)
    enqueue(records.memory, None)
    waiting_because = sync_tracker(records)
    return {
        "release": live.id,
        "left": left.id,
        "documents": live.documents,
        "collection": live.index.collection,
        "revision": live.index.revision,
        "generator": live.generator.fingerprint,
        "narrowed": sorted(narrowed),
        "mirrored": waiting_because is None,
        "unmirrored_because": waiting_because,
    }
