"""Write sessions: take the write lease, renew it in the background, and release it."""

import gc
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pointsman.core.errors import PointsmanError
from pointsman.core.hashing import content_id
from pointsman.steps.ledger.leased_ports import leased
from pointsman.steps.ledger.write_lease import LEASE_SECONDS, WriteLease
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.resources import Resources
from pointsman.steps.supervision.accept import note_examples


@contextmanager
def writing(root: Path, resources: Resources) -> Iterator[Resources]:
    """Yield the ports for writing, under the write lease.

    Raises:
        IndexBusy: another machine is writing; nothing was changed.
    """
    lease = WriteLease(resources.ledger, content_id([platform.node(), str(root.resolve())]), resources.clock)
    lease.take()
    done = threading.Event()
    beating = threading.Thread(target=_beat, args=(lease, done), name="write-lease", daemon=True)
    beating.start()
    try:
        yield leased(resources, lease)
    finally:
        done.set()
        beating.join()
        lease.give_back()


def note_new_examples(root: Path, resources: Resources, state: WorkspaceState) -> None:
    """Write the notes on newly accepted examples, where a refresh has nothing else to do.

    Raises:
        IndexBusy: another machine is writing; nothing was changed.
    """
    if not state.supervision.unnoted:
        return
    with writing(root, resources) as ports:
        note_examples(
            ports.intake, state.manifest, state.supervision, served=state.known_examples, records=ports.records
        )


def freeze_loaded_objects() -> None:
    """Exclude all present objects from garbage collection, once: those of libraries stay for the life of the process.

    Otherwise the collector searches them again after every few thousand new objects (measured by
    ``bench.speed.single_edit``).
    """
    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()


def _beat(lease: WriteLease, done: threading.Event) -> None:
    """Renew the lease until ``done``: a training or a build can take hours between two writes."""
    while not done.wait(LEASE_SECONDS / 4):
        try:
            lease.ensure()
        except PointsmanError:
            continue  # the ledger may come back in time; a lost lease raises at the next write
