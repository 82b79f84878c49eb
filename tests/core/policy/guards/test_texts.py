"""What became of the texts: both sides of each limit."""

import json

import pytest

from pointsman.core.corpus.comparison.losses import Marked
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards.judge import alarms
from tests.core.policy.guards.quiet import LOSSES, QUIET, heard
from tests.core.policy.samples import limits_of, replace

LIMITS = limits_of(**LOSSES)


@pytest.mark.parametrize(
    ("guard", "most"), [("encoding", 5), ("page_kind", 3), ("letters", 10), ("language", 10), ("shortened", 10)]
)
def test_so_many_texts_that_changed_in_one_way_are_a_hold(guard: str, most: int) -> None:
    for number in (most, most + 1):
        evidence = replace(QUIET, marked=(Marked(f"guard.{guard}", number, ("a.md", "b.md")),))
        assert heard(evidence, LIMITS) == ([f"guard.{guard}"] if number > most else [])
        assert Evidence.from_json(json.loads(json.dumps(evidence.as_json()))) == evidence
        for alarm in alarms(evidence, LIMITS):
            assert f"{number} " in alarm.because
            assert "'a.md', 'b.md'" in alarm.because
            assert f"more than {most}" in alarm.because
    off = replace(LIMITS, **{f"{guard}_count": None})
    assert heard(replace(QUIET, marked=(Marked(f"guard.{guard}", 99),)), off) == []


@pytest.mark.parametrize(("of", "holds"), [(109, True), (110, False)])
def test_shortened_documents_have_a_share_too(of: int, holds: bool) -> None:
    evidence = replace(QUIET, live_documents=of, marked=(Marked("guard.shortened", 11),))
    assert heard(evidence, LIMITS) == (["guard.shortened"] if holds else [])
