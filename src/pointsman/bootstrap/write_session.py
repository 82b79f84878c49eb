"""Write sessions: take the write lease, renew it in the background, and release it."""

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pointsman.bootstrap.this_process import elapsed_seconds, ended, this_writer
from pointsman.steps.ledger.lease_record import Clocks
from pointsman.steps.ledger.leased_ports import leased
from pointsman.steps.ledger.write_lease import WriteLease
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.resources import Resources
from pointsman.steps.supervision.accept import note_examples

JOIN_SECONDS = 10.0
"""Seconds to wait for a renewal that is on its way when a run ends."""


@contextmanager
def writing(root: Path, resources: Resources, *, does: str = "a refresh") -> Iterator[Resources]:
    """Yield the ports for writing, under the write lease.

    Args:
        root: folder of the workspace.
        resources: its ports.
        does: what is done, for those who must wait.

    Raises:
        IndexBusy: another process is writing; nothing was changed.
    """
    clocks = Clocks(resources.clock, elapsed_seconds, time.sleep)
    writer = this_writer(root, does=does)
    lease = WriteLease(resources.ledger, writer, clocks=clocks, dead=ended, progress=resources.progress)
    lease.take()
    done = threading.Event()
    beating = threading.Thread(target=lease.keep, args=(done,), name="write-lease", daemon=True)
    beating.start()
    try:
        lease.fence(resources.index)
        yield leased(resources, lease)
    finally:
        done.set()
        beating.join(JOIN_SECONDS)
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
