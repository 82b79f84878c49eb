"""Workspaces for the tests of doctor, ledger and tracker."""

from typing import Any

from pointsman.steps.ledger.restore import NAMED
from pointsman.steps.release.rollback import roll_back
from tests.fakes.resources import FakeResources, begun, live_id, page, run


def changed(resources: FakeResources, nth: int) -> str:
    """Edit one document, refresh, and return the live release."""
    resources.store.write("doc01.md", page(nth))
    run(resources)
    return live_id(resources)


def kept_in(resources: FakeResources) -> dict[str, Any]:
    """Return everything in a ledger."""
    return {kind: {id_: resources.ledger.get(kind, id_) for id_ in resources.ledger.ids(kind)} for kind in NAMED}


def busy(resources: FakeResources) -> FakeResources:
    """Make three releases, a rollback, and one more release."""
    begun(resources)
    for nth in (11, 12):
        changed(resources, nth)
    roll_back(resources.records, None, vector_index=resources.index)
    changed(resources, 13)
    return resources
