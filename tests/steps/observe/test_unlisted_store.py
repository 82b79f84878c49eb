"""A store that cannot be listed: a hold that ends by itself."""

from collections.abc import Callable
from typing import Any

import pytest

from pointsman.core.errors import UsageError
from pointsman.steps.ledger.releases import DECISION
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.refresh.preview import preview
from pointsman.steps.refresh.report import Outcome, as_report
from pointsman.steps.review.history import explain
from pointsman.steps.review.status import status
from tests.fakes.calls import look
from tests.fakes.resources import FakeResources, begun, live_id, page, run
from tests.steps.holds import because, consent, holding

Opened = Callable[..., FakeResources]


def test_a_store_that_cannot_be_listed_holds_once_and_the_hold_goes_by_itself(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.unreachable = "no route to host, request 8f3a91bc44de"
    outcome = holding(resources, "guard.listing_error")
    assert "no route to host" in because(outcome, "guard.listing_error")
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["hold"]
    records = len(resources.ledger.ids(DECISION))
    resources.store.unreachable = "no route to host, request 11aa22bb33cc"
    again = run(resources)
    assert (again.repeated, again.exit_code, len(resources.ledger.ids(DECISION))) == (True, 3, records)
    assert explain(None, ledger=resources.ledger, memory=resources.memory)["replays"]
    resources.store.unreachable = None
    assert run(resources).exit_code == 0
    assert not status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["hold"]


def test_another_listing_error_is_another_record_and_none_can_be_approved(opened: Opened) -> None:
    resources = begun(opened(6))
    for why in ("no route to host", "access denied"):
        resources.store.unreachable = why
        assert why in because(run(resources), "guard.listing_error")
    with pytest.raises(UsageError, match="cannot be approved"):
        consent(resources)
    assert isinstance(
        seen := look(resources, approved=True),
        Outcome,
    )
    assert seen.exit_code == 3


def test_a_plan_of_a_store_that_cannot_be_listed_says_hold_and_writes_nothing(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.unreachable = "no route to host"
    memory, records = dict(resources.memory.texts), resources.ledger.ids(DECISION)
    seen = look(resources, count_visit=False)
    assert isinstance(seen, WorkspaceState)
    report = as_report(
        resources.params,
        preview(
            resources.intake, seen, serving=resources.serving, records=resources.records, progress=resources.progress
        ),
    )
    assert (report["decision"]["hold"], report["release"]) == (True, live_id(resources))
    assert not any(report["changes"].values())
    assert (resources.memory.texts, resources.ledger.ids(DECISION)) == (memory, records)


def test_a_listing_that_fails_only_right_after_a_release_is_seen_by_the_next_refresh(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc01.md", page(11))

    def do(name: str, step: Any, /, *args: Any, **named: Any) -> Any:
        if name == "record":
            resources.store.unreachable = "no route to host"
        return step(*args, **named)

    assert run(resources, do=do).gate == "promote"
    assert run(resources).exit_code == 3


def test_a_first_listing_that_fails_is_held_too(opened: Opened) -> None:
    resources = opened(6)
    resources.store.unreachable = "no such bucket"
    outcome = run(resources)
    assert (outcome.exit_code, outcome.release) == (3, None)
    resources.store.unreachable = None
    assert run(resources).gate == "promote"
