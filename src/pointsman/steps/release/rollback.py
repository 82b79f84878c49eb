"""Go back to an earlier release."""

from functools import partial
from typing import Any

from pointsman.core.errors import IndexDamaged
from pointsman.core.release import Release
from pointsman.ports.index import VectorIndex
from pointsman.steps.indexing.garbage_collection import lost_points
from pointsman.steps.ledger.releases import rollback
from pointsman.steps.ledger.tracker_sync import enqueue, sync_tracker
from pointsman.steps.resources import Records


def servable(vector_index: VectorIndex, release: Release) -> None:
    """Make sure that every point that a release names is still there.

    Raises:
        IndexDamaged: some were collected or lost.
    """
    lost = lost_points(vector_index, release.index)
    if lost:
        raise IndexDamaged(
            f"{lost} of the {release.index.points} points of release {release.id} are gone: lost, or collected because "
            "it is not among the last gate.keep_releases; choose a newer release, `pointsman history` lists them"
        )


def roll_back(records: Records, to: str | None, *, vector_index: VectorIndex) -> dict[str, Any]:
    """Move the pointer back and return what was and what is live; the tracker follows when it can be reached."""
    left, live = rollback(records.ledger, to, at=records.now(), check=partial(servable, vector_index))
    enqueue(records.memory, None)
    unmirrored = sync_tracker(records)
    return {
        "release": live.id,
        "left": left.id,
        "documents": live.documents,
        "collection": live.index.collection,
        "revision": live.index.revision,
        "generator": live.generator.fingerprint,
        "mirrored": unmirrored is None,
        "unmirrored_because": unmirrored,
    }
