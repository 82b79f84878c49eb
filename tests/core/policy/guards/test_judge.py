"""All guards together; what an approval lets pass, and what not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.policy.approval import Ceiling, approval_of, beyond
from pointsman.core.policy.decide import decide
from pointsman.core.policy.decision import Track
from pointsman.core.policy.guards.judge import alarms, stops
from tests.core.policy.guards.quiet import LIMITS, QUIET, heard
from tests.core.policy.samples import approved, replace


def test_a_quiet_change_alarms_nobody() -> None:
    assert heard(QUIET) == []


@pytest.mark.parametrize(
    ("number", "of", "holds"), [(10, 20, False), (11, 20, True), (11, 110, False), (12, 110, True), (110, 110, True)]
)
@pytest.mark.parametrize("guard", ["guard.removed", "guard.near_duplicates", "guard.refused"])
def test_counts_hold_beyond_both_limits_and_say_both(guard: str, number: int, of: int, holds: bool) -> None:
    facts: dict[str, dict[str, Any]] = {
        "guard.removed": {"changes": {"removed": number}},
        "guard.near_duplicates": {"near_copies": number},
        "guard.refused": {"newly_refused": number},
    }
    evidence = replace(QUIET, live_documents=of, **facts[guard])
    assert heard(evidence) == ([guard] if holds else [])
    for alarm in alarms(evidence, LIMITS):
        assert f"{number}" in alarm.because
        assert "more than 10 and more than 10%" in alarm.because


def test_an_empty_listing_is_one_alarm_and_not_three() -> None:
    empty = replace(QUIET, changes={"removed": 100}, listed_documents=0, served_bytes=0)
    assert heard(empty) == ["guard.listing"]
    assert heard(replace(empty, has_live=False, live_documents=0)) == []


def test_a_listing_that_failed_proves_nothing_else_and_nobody_can_approve_it() -> None:
    failed = replace(QUIET, listing_error="no route to host", listed_documents=0, changes={"removed": 100})
    assert heard(failed) == ["guard.listing_error"]
    for evidence in (failed, approved(failed, LIMITS), replace(failed, has_live=False)):
        decision = decide(evidence, LIMITS)
        assert (decision.hold, decision.index) == (True, Track.KEEP)
        assert "cannot be approved" in decision.flips[0]
        assert "no route to host" in decision.reasons[-1].because


@pytest.mark.parametrize(
    ("guard", "ceiling", "value", "passes"),
    [
        ("guard.removed", 40, 40, True), ("guard.removed", 40, 41, False), ("guard.bytes", 300, 300, True),
        ("guard.bytes", 300, 299, False), ("guard.near_duplicates", 20, 20, True),
        ("guard.near_duplicates", 20, 21, False), ("guard.rolled_back", "r1", "r1", True),
        ("guard.rolled_back", "r1", "r2", False), ("guard.refused", 12, 13, False),
    ],
)  # fmt: skip
def test_an_approval_reaches_to_its_ceiling_and_the_sentence_says_both_values(
    guard: str, ceiling: Any, value: Any, passes: bool
) -> None:
    approved = approval_of("d1", "ann", {guard: Ceiling(ceiling)}, {})
    over = approved.exceeded(guard, value)
    assert (over is None) is passes
    if over is not None:
        assert str(value) in over
        assert str(ceiling) in over


def test_a_guard_that_did_not_stop_when_it_was_approved_is_not_approved() -> None:
    evidence = replace(QUIET, changes={"removed": 20}, near_copies=20)
    approval = approval_of("d1", "ann", {"guard.removed": Ceiling(20)}, {})
    passed = {stop.signal: stop.passed for stop in stops(replace(evidence, approval=approval), LIMITS)}
    assert passed == {"guard.removed": True, "guard.near_duplicates": False}
    assert beyond({"guard.removed": Ceiling(20)}, {"guard.removed": 20, "guard.near_duplicates": 20}, {}) == [
        "guard.near_duplicates: 20, and this guard did not stop the change then"
    ]


names = st.sets(st.sampled_from([f"doc{n}.md" for n in range(40)]))


@given(names, names, st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 50), st.integers(0, 50))
def test_no_approval_ever_lets_through_more_than_its_ceiling(
    approved: set[str], gone: set[str], floor: int, served: int, copies: int, near: int
) -> None:
    ceilings = {
        "guard.removed": Ceiling(len(approved), dict.fromkeys(approved, 0)),
        "guard.bytes": Ceiling(floor),
        "guard.near_duplicates": Ceiling(copies),
    }
    evidence = replace(
        QUIET, changes={"removed": len(gone)}, served_bytes=served, near_copies=near,
        approval=approval_of("d1", "ann", ceilings, {"guard.removed": dict.fromkeys(gone, 0)}),
    )  # fmt: skip
    within = {
        "guard.removed": gone <= approved,
        "guard.bytes": served >= floor,
        "guard.near_duplicates": near <= copies,
    }
    for stop in stops(evidence, LIMITS):
        assert stop.passed is within[stop.signal]
    loud = heard(evidence)
    assert decide(evidence, LIMITS).hold is not all(within[guard] for guard in loud)


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 9)),
    st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 9)),
)
def test_a_document_that_grew_on_after_it_was_approved_is_outside(then: dict[str, int], now: dict[str, int]) -> None:
    outside = Ceiling(len(then), then).outside(now)
    assert (outside == 0) is all(name in then and size <= then[name] for name, size in now.items())
