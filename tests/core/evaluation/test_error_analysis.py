"""Why a probe failed, decided from facts alone."""

import random
from dataclasses import replace

import pytest

from pointsman.core.evaluation.error_analysis import (
    LISTED,
    Cause,
    ProbeFindings,
    attributions,
    cause_signals,
    failure_cause,
    failure_causes,
    failures_by_cause,
)

FOUND = ProbeFindings("p", "golden", listed=True, expected=3, indexed=3, retrieved=True)
MISSED = replace(FOUND, retrieved=False)


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        (FOUND, None),
        (replace(FOUND, answered=True, in_shape=True), None),
        (replace(FOUND, answered=False, in_shape=True), Cause.WRONG),
        (replace(FOUND, answered=False, in_shape=False), Cause.SHAPE),
        (replace(FOUND, answered=True, in_shape=False), Cause.SHAPE),
        (replace(FOUND, answered=False, supported=False), Cause.STALE),
        (MISSED, Cause.NOT_RETRIEVED),
        (replace(MISSED, supported=True, rank=7, instead="b.md"), Cause.NOT_RETRIEVED),
        (replace(MISSED, indexed=2), Cause.NOT_INDEXED),
        (replace(MISSED, indexed=0, supported=True), Cause.NOT_INDEXED),
        (replace(MISSED, indexed=2, supported=False), Cause.STALE),
        (replace(MISSED, expected=0, indexed=0), Cause.NOT_INDEXED),
        (replace(MISSED, expected=0, indexed=0, listed=False), Cause.STALE),
        (replace(MISSED, moved=True), Cause.INCONCLUSIVE),
    ],
)
def test_each_fact_leads_to_its_cause(facts: ProbeFindings, cause: Cause | None) -> None:
    found = failure_cause(facts)
    assert (found.cause if found else None) is cause


def test_the_reason_names_the_numbers_and_the_way_out() -> None:
    def because(facts: ProbeFindings) -> str:
        found = failure_cause(facts)
        assert found is not None
        return found.because

    assert because(replace(MISSED, indexed=1)) == "1 of 3 chunks of its documents is in the index"
    assert because(replace(MISSED, rank=7, instead="b.md")) == "exact search finds them at place 7; 'b.md' came first"
    assert "not among the nearest 100" in because(replace(MISSED, depth=100))
    never = replace(MISSED, expected=0, indexed=0, listed=False, known_before=False)
    assert "nor were they in the live release; correct their names" in because(never)
    assert "gone from the store" in because(replace(never, known_before=True))
    assert "quarantine" in because(replace(never, listed=True))


@pytest.mark.parametrize(("expected", "indexed"), [(3, 4), (3, -1), (-1, -1)])
def test_impossible_counts_are_refused_with_both_values(expected: int, indexed: int) -> None:
    with pytest.raises(ValueError, match=f"{indexed} chunks indexed of {expected}"):
        replace(MISSED, expected=expected, indexed=indexed)


def test_the_order_of_the_facts_means_nothing() -> None:
    facts = [replace(MISSED, probe=str(n), indexed=n % 4) for n in range(20)]
    shuffled = random.Random(1).sample(facts, len(facts))
    assert failure_causes(facts) == failure_causes(shuffled)
    assert attributions(facts) == attributions(shuffled)


def test_causes_are_counted_of_golden_probes_and_tabled_by_kind() -> None:
    facts = [FOUND, replace(MISSED, probe="q"), replace(MISSED, probe="r", kind="derived", indexed=0)]
    assert failures_by_cause(facts) == {"not retrieved": 1}
    table = attributions(facts)["matrix"]
    assert table == {"derived": {"not indexed": 1}, "golden": {"not retrieved": 1, "passed": 1}}
    (signal,) = cause_signals(facts, 0.95)
    assert (signal.name, signal.value, signal.n) == ("probes.failed.not_retrieved", 0.5, 2)


def test_no_probe_gives_no_signal_and_an_empty_table() -> None:
    assert cause_signals([], 0.95) == ()
    assert attributions([]) == {"matrix": {}, "failed": []}


def test_the_record_tells_the_first_failures_and_counts_all() -> None:
    found = attributions([replace(MISSED, probe=f"{n:03d}") for n in range(LISTED + 1)])
    assert len(found["failed"]) == LISTED
    assert found["matrix"]["golden"]["not retrieved"] == LISTED + 1
