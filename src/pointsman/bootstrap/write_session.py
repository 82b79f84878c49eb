"""Lend a desk to the one writer: the claim is taken, renewed in the background, and given back."""

import gc
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pointsman.core.errors import PointsmanError
from pointsman.core.hashing import content_id
from pointsman.steps.ledger.write_lease import LEASE_SECONDS, Claim, claimed
from pointsman.steps.resources import Desk


@contextmanager
def writing(root: Path, desk: Desk) -> Iterator[Desk]:
    """Lend ``desk`` for writing, under a claim that no other machine holds meanwhile.

    Raises:
        IndexBusy: another machine is writing; nothing was changed.
    """
    claim = Claim(desk.ledger, content_id([platform.node(), str(root.resolve())]), desk.clock)
    claim.take()
    done = threading.Event()
    beating = threading.Thread(target=_beat, args=(claim, done), name="writer-claim", daemon=True)
    beating.start()
    try:
        yield claimed(desk, claim)
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


def _beat(claim: Claim, done: threading.Event) -> None:
    """Renew the claim until ``done``; a training or a build may take hours between two writes."""
    while not done.wait(LEASE_SECONDS / 4):
        try:
            claim.assure()
        except PointsmanError:
            continue  # a ledger out of reach may come back in time; a lost claim is said at the next write
