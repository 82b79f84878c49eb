"""Observations and decisions are values that are passed on: nothing is observed or decided twice."""

from collections.abc import Callable
from typing import Any

import pytest

from pointsman.core.policy.decide import decide
from pointsman.steps.observe import state as states
from pointsman.steps.refresh.fast_path import fast_path
from pointsman.steps.refresh.loop import refresh
from pointsman.steps.refresh.report import Outcome
from tests.fakes.calls import look
from tests.fakes.resources import FakeResources, begun, run
from tests.steps.lessons import lessons

Opened = Callable[..., FakeResources]


def as_the_command_does(resources: FakeResources) -> Outcome:
    """Run like the command: the fast path lists, the check uses its listing, the loop uses the check's state."""
    r = resources
    first = fast_path(r.intake, count_visit=True, serving=r.serving, records=r.records)
    seen = look(r, seen=first)
    if isinstance(seen, Outcome):
        return seen
    return refresh(r.intake, state=seen, serving=r.serving, records=r.records, builder=r.builder, progress=r.progress)


def edit(resources: FakeResources) -> None:
    text = resources.store.read("doc03.md").decode()
    resources.store.write("doc03.md", text.replace("call number 3", "write to number 33"))


def test_one_refresh_lists_the_store_once(opened: Opened) -> None:
    resources = begun(opened(12))
    edit(resources)
    before = resources.store.listings
    outcome = as_the_command_does(resources)
    assert (outcome.gate, outcome.state.diff.counts["edited"]) == ("promote", 1)
    assert resources.store.listings - before == 1


def test_a_refresh_that_trains_lists_the_store_once(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(lessons(20))
    before = resources.store.listings
    assert as_the_command_does(resources).decision.train == ("generator",)
    assert resources.store.listings - before == 1


def test_the_decision_is_made_once_before_and_once_after_measuring(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = begun(opened(20))
    resources.examples.write(lessons(20))
    made: list[tuple[str | None, bool]] = []
    plain = decide

    def counted(evidence: Any, limits: Any) -> Any:
        made.append((evidence.corpus.live, evidence.measurements.measured))
        return plain(evidence, limits)

    monkeypatch.setattr(states, "decide", counted)
    before = resources.ledger.pointer()
    assert before is not None
    outcome = as_the_command_does(resources)
    assert outcome.release is not None
    assert made == [(before["release"], False), (before["release"], True), (outcome.release.id, False)], (
        "before, after measuring, and once for the state that is left"
    )


def test_a_refresh_observes_again_when_another_run_went_live_meanwhile(opened: Opened) -> None:
    resources = begun(opened(12))
    edit(resources)
    seen = look(resources)
    assert not isinstance(seen, Outcome)
    run(resources)
    before = resources.store.listings
    outcome = refresh(
        resources.intake, state=seen, serving=resources.serving, records=resources.records,
        builder=resources.builder, progress=resources.progress,
    )  # fmt: skip
    assert (resources.store.listings - before, outcome.decision.index) == (1, "keep")


def test_a_check_writes_no_example_to_the_ledger_and_the_refresh_does(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(lessons(20))
    before = {kind: resources.ledger.ids(kind) for kind in resources.ledger.kinds()}
    look(resources, count_visit=False)
    assert {kind: resources.ledger.ids(kind) for kind in resources.ledger.kinds()} == before
    run(resources)
    assert len(resources.ledger.ids("lineage")) > len(before.get("lineage", []))
