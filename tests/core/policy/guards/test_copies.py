"""Crowds and contradicting copies: both sides of each limit, with the limit in the sentence."""

from typing import Any

import pytest

from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards.judge import alarms
from tests.core.policy.guards.quiet import LIMITS, QUIET, heard
from tests.core.policy.samples import replace


@pytest.mark.parametrize(("guard", "limit"), [("guard.crowd", "crowd_count"), ("guard.contradicting", "contradicting")])
def test_a_guard_whose_limit_is_null_stops_nothing(guard: str, limit: str) -> None:
    loud = replace(QUIET, crowd=50, contradicting_copies=50)
    off: dict[str, Any] = {limit: None}
    assert guard in heard(loud)
    assert guard not in heard(loud, replace(LIMITS, **off))


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
        assert f"{number} new or edited document" in alarm.because
        assert f"more than {limit} need" in alarm.because
        assert "'copy.md' of 'page.md'" in alarm.because
