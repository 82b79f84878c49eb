"""The live release of a workspace of fakes."""

from pointsman.core.release import Index, Release
from pointsman.steps.ledger.releases import live_release, load_release
from tests.fakes.resources import FakeResources, live_id


def live(resources: FakeResources) -> Release:
    release = live_release(resources.ledger)
    assert release is not None
    return release


def release_index(resources: FakeResources) -> Index:
    return load_release(resources.ledger, live_id(resources)).index
