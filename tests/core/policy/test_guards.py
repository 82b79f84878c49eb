"""Every guard on both sides of its limits, with the limit in its sentence; what an approval lets pass, and what not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.corpus.manifest import Manifest, ManifestEntry
from pointsman.core.policy.approval import Ceiling, approval_of, beyond
from pointsman.core.policy.decide import decide
from pointsman.core.policy.decision import Track
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards import alarms, grown_documents, most_grown, stops
from pointsman.core.policy.limits import Limits
from tests.core.policy.samples import approved, evidence_of, limits_of, replace

LIMITS = limits_of(crowd_count=3, contradicting=0)
QUIET = evidence_of(
    changes={}, live_documents=100, listed_documents=100, documents=100, has_live=True, live_bytes=1000,
    served_bytes=1000,
)  # fmt: skip


def heard(evidence: Evidence, limits: Limits = LIMITS) -> list[str]:
    return [alarm.signal for alarm in alarms(evidence, limits)]


def test_a_quiet_change_alarms_nobody() -> None:
    assert heard(QUIET) == []


@pytest.mark.parametrize(
    ("number", "of", "holds"), [(10, 20, False), (11, 20, True), (11, 110, False), (12, 110, True), (110, 110, True)]
)
@pytest.mark.parametrize("guard", ["guard.removed", "guard.near_duplicates", "guard.refused"])
def test_counts_hold_beyond_both_limits_and_say_both(guard: str, number: int, of: int, holds: bool) -> None:
    facts: dict[str, Any] = {
        "guard.removed": {"changes": {"removed": number}},
        "guard.near_duplicates": {"near_copies": number},
        "guard.refused": {"newly_refused": number},
    }[guard]
    evidence = replace(QUIET, live_documents=of, **facts)
    assert heard(evidence) == ([guard] if holds else [])
    for alarm in alarms(evidence, LIMITS):
        assert f"{number}" in alarm.because
        assert "more than 10 and more than 10%" in alarm.because


@pytest.mark.parametrize(
    ("live", "now", "documents", "holds"),
    [(1000, 500, 11, False), (1000, 499, 11, True), (1000, 1, 10, False), (1000, 1, 11, True), (0, 0, 11, False)],
)
def test_a_corpus_below_half_its_bytes_holds_unless_it_is_of_few_documents(
    live: int, now: int, documents: int, holds: bool
) -> None:
    evidence = replace(QUIET, live_documents=documents, live_bytes=live, served_bytes=now)
    assert heard(evidence) == (["guard.bytes"] if holds else [])
    for alarm in alarms(evidence, LIMITS):
        assert f"{now} bytes" in alarm.because
        assert "below 50%, in a store of more than 10 documents" in alarm.because


@pytest.mark.parametrize(
    ("before", "now", "grew"),
    [
        (1001, 100_100, False),
        (1001, 100_101, True),
        (1000, 100_000, False),
        (999, 100_000, False),
        (999, 100_001, True),
    ],
)
def test_a_document_grows_beyond_a_factor_and_a_floor(before: int, now: int, grew: bool) -> None:
    live, then = (Manifest({"a.md": ManifestEntry("b", "t", "m", size)}) for size in (before, now))
    found = grown_documents(live, then, ["a.md"], factor=100.0, floor=100_000)
    assert found == ({"a.md": (before, now)} if grew else {})
    evidence = replace(QUIET, grown=len(found), most_grown=most_grown(found))
    assert heard(evidence) == (["guard.grown"] if grew else [])
    for alarm in alarms(evidence, LIMITS):
        assert f"from {before} to {now} bytes" in alarm.because
        assert "more than 100 times" in alarm.because
        assert "more than 100000 bytes" in alarm.because


def test_the_document_that_grew_most_is_named_and_the_others_counted() -> None:
    worst = most_grown({"b.md": (10, 5000), "a.md": (10, 5000), "c.md": (10, 4000)})
    assert worst == ("a.md", 10, 5000)
    alarm = alarms(replace(QUIET, grown=3, most_grown=worst), LIMITS)[0]
    assert "and 2 more documents grew" in alarm.because


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


@pytest.mark.parametrize(("guard", "limit"), [("guard.crowd", "crowd_count"), ("guard.contradicting", "contradicting")])
def test_a_guard_whose_limit_is_null_stops_nothing(guard: str, limit: str) -> None:
    loud = replace(QUIET, crowd=50, contradicting_copies=50)
    off: dict[str, Any] = {limit: None}
    assert guard in heard(loud)
    assert guard not in heard(loud, replace(LIMITS, **off))


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


@pytest.mark.parametrize(("number", "holds"), [(2, False), (3, True), (40, True)])
def test_a_crowd_that_fills_an_answer_holds_however_large_the_corpus_is(number: int, holds: bool) -> None:
    evidence = replace(QUIET, crowd=number, crowd_like="tips/1.md", live_documents=10**6)
    assert heard(evidence) == (["guard.crowd"] if holds else [])
    for alarm in alarms(evidence, LIMITS):
        assert f"{number} new documents begin alike" in alarm.because
        assert "'tips/1.md'" in alarm.because
        assert "from 3 on" in alarm.because


@pytest.mark.parametrize(("limit", "number", "holds"), [(0, 0, False), (0, 1, True), (2, 2, False), (2, 3, True)])
def test_copies_that_contradict_what_is_served_hold_beyond_their_limit(limit: int, number: int, holds: bool) -> None:
    evidence = replace(QUIET, contradicting_copies=number, contradicts=("copy.md", "page.md") if number else None)
    limits = replace(LIMITS, contradicting=limit)
    assert heard(evidence, limits) == (["guard.contradicting"] if holds else [])
    assert heard(Evidence.from_json(evidence.as_json()), limits) == heard(evidence, limits)
    for alarm in alarms(evidence, limits):
        assert f"{number} new document" in alarm.because
        assert f"more than {limit} need" in alarm.because
        assert "'copy.md' of 'page.md'" in alarm.because
