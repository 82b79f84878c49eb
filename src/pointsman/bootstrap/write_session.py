"""Write under the write lease: it is taken, renewed in the background, and given back."""

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
    """Lend the ports for writing, under the write lease.

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
    """Write down what newly accepted examples are true for, where a refresh found nothing else to do.

    Raises:
        IndexBusy: another machine is writing; nothing was changed.
    """
    if not state.supervision.unnoted:
        return
    with writing(root, resources) as ports:
        note_examples(
            ports.intake, state.manifest, state.supervision, served=state.known_examples, records=ports.records
        )


def stay() -> None:
    """Tell the collector, once, that what the first refresh loaded stays: it need not search that again.

    Those of libraries are looked through again whenever some thousand new ones live; ``bench.speed.single_edit`` runs
    with it.
    """
    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()


def _beat(lease: WriteLease, done: threading.Event) -> None:
    """Renew the lease until ``done``; a training or a build may take hours between two writes."""
    while not done.wait(LEASE_SECONDS / 4):
        try:
            lease.ensure()
        except PointsmanError:
            continue  # a ledger out of reach may come back in time; a lost lease is said at the next write
