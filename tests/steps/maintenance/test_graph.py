"""What the doctor learns from the engine: payload indexes, points of others, what the search graph finds."""

from collections.abc import Callable
from typing import Any

import pytest

from pointsman.core.index.condition import Condition
from pointsman.core.index.hits import Hit
from tests.fakes.calls import examined
from tests.fakes.index import FakeIndex
from tests.fakes.resources import FakeResources, begun

Opened = Callable[..., FakeResources]


def forgetful(resources: FakeResources, monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    """Let the search graph find that many of the ten nearest, and all of them once it was built finer."""
    search = FakeIndex.search

    def poor(self: FakeIndex, collection: str, *, exact: bool = False, **asked: Any) -> list[Hit]:
        hits = search(self, collection, exact=exact, **asked)
        return hits if exact or self.faults.calls["optimize"] else hits[:kept]

    monkeypatch.setattr(FakeIndex, "search", poor)


@pytest.mark.parametrize(
    ("condition", "healthy"),
    [
        (Condition(), True),
        (Condition(building=True), True),
        (Condition(unindexed=("died",)), False),
        (Condition(strangers=("99999999-0000-4000-8000-000000000000",)), False),
    ],
)
def test_what_the_engine_says_is_found(opened: Opened, condition: Condition, *, healthy: bool) -> None:
    resources = begun(opened(6))
    resources.index.conditions[resources.index.collections()[0]] = condition
    found = examined(resources)
    assert (found.unindexed, found.strangers, found.building) == (
        condition.unindexed, condition.strangers, condition.building,
    )  # fmt: skip
    assert found.healthy is healthy


def test_a_graph_that_is_being_built_is_not_measured_and_a_repair_waits_for_it(opened: Opened) -> None:
    resources = begun(opened(6))
    name = resources.index.collections()[0]
    assert examined(resources).recall == 1.0
    resources.index.conditions[name] = Condition(building=True)
    resources.index.settled.clear()
    assert examined(resources).recall is None
    assert resources.index.settled == []
    assert examined(resources, repair=True).recall == 1.0
    assert resources.index.settled == [name]


@pytest.mark.parametrize(("kept", "low"), [(10, False), (9, True)])
def test_a_graph_that_finds_too_little_is_a_finding_and_a_repair_builds_it_finer(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, kept: int, *, low: bool
) -> None:
    resources = begun(opened(12))
    forgetful(resources, monkeypatch, kept)
    found = examined(resources)
    assert (found.recall == pytest.approx(kept / 10), found.recall_low, found.healthy) == (True, low, not low)
    healed = examined(resources, repair=True)
    assert (healed.recall, healed.recall_low, healed.healthy) == (1.0, False, True)
    assert resources.index.faults.calls["optimize"] == int(low)


def test_a_repair_makes_the_payload_indexes_before_it_reads(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    resources = begun(opened(6))
    asked: list[str] = []
    monkeypatch.setattr(FakeIndex, "create", lambda self, *_: asked.append("create"))
    points = FakeIndex.points
    monkeypatch.setattr(FakeIndex, "points", lambda self, *a, **k: (asked.append("points"), points(self, *a, **k))[1])
    examined(resources, repair=True)
    assert asked.index("create") < asked.index("points")
