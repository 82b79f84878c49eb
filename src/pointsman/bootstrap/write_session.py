"""Lend a workspace to the one writer: the claim is taken, renewed in the background, and given back."""

import gc
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pointsman.core.errors import PointsmanError
from pointsman.core.hashing import content_id
from pointsman.steps.ledger.write_lease import LEASE_SECONDS, WriteLease, leased
from pointsman.steps.resources import Resources


@contextmanager
def writing(root: Path, resources: Resources) -> Iterator[Resources]:
    """Lend ``resources`` for writing, under a claim that no other machine holds meanwhile.

    Raises:
        IndexBusy: another machine is writing; nothing was changed.
    """
    claim = WriteLease(resources.ledger, content_id([platform.node(), str(root.resolve())]), resources.clock)
    claim.take()
    done = threading.Event()
    beating = threading.Thread(target=_beat, args=(claim, done), name="writer-claim", daemon=True)
    beating.start()
    try:
        yield leased(resources, claim)
    finally:
        done.set()
        beating.join()
        claim.let_go()


def stay() -> None:
    """Tell the collector, once, that what the first refresh loaded stays: it need not search that again.

    Those of libraries are looked through again whenever some thousand new ones live; ``bench.speed.single_edit`` runs
    with it.
    """
    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()


def _beat(claim: WriteLease, done: threading.Event) -> None:
    """Renew the claim until ``done``; a training or a build may take hours between two writes."""
    while not done.wait(LEASE_SECONDS / 4):
        try:
            claim.assure()
        except PointsmanError:
            continue  # a ledger out of reach may come back in time; a lost claim is said at the next write
