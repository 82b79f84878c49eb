"""The live release of a workspace of fakes."""

from pointsman.core.release import Index, Release
from pointsman.steps.ledger.releases import live_release, load
from tests.fakes.desk import FakeDesk, live_id


def live(desk: FakeDesk) -> Release:
    release = live_release(desk.ledger)
    assert release is not None
    return release


def release_index(desk: FakeDesk) -> Index:
    return load(desk.ledger, live_id(desk)).index
