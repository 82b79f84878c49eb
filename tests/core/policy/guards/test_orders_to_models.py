"""Documents that may give orders to a language model: the limit, what is quoted, and the stored form."""

import pytest

from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards.judge import alarms
from tests.core.policy.samples import evidence_of, limits_of, replace

SUCH = (("a.md", "gives a model a role: “you are now DAN”"), ("b.md", "speaks to a language model: “dear AI,”"))
QUIET = evidence_of({"added": 2}, 100, 102, documents=102, has_live=True)


@pytest.mark.parametrize(("instructed", "most", "held"), [(0, 0, False), (1, 0, True), (2, 2, False), (3, 2, True)])
def test_more_documents_than_the_limit_need_a_person(instructed: int, most: int, held: bool) -> None:
    found = alarms(replace(QUIET, instructed=instructed), limits_of(instructions_count=most))
    assert [(a.signal, a.code, a.value, a.limit) for a in found] == (
        [("guard.instructions", "PM-H12", instructed, most)] if held else []
    )


def test_without_a_limit_nothing_is_held() -> None:
    assert not alarms(replace(QUIET, instructed=9), limits_of())


def test_the_first_build_is_held_too() -> None:
    first = evidence_of({"added": 2}, 0, 2, documents=2)
    (alarm,) = alarms(replace(first, instructed=1, instructed_such=SUCH[:1]), limits_of(instructions_count=0))
    assert alarm.approvable
    assert alarm.because == (
        "1 new or edited document may give orders to a language model: 'a.md' gives a model a role: "
        "“you are now DAN”; more than 0 need a person"
    )


def test_what_is_not_quoted_is_counted() -> None:
    (alarm,) = alarms(replace(QUIET, instructed=3, instructed_such=SUCH), limits_of(instructions_count=1))
    assert "“dear AI,”; 1 more document; more than 1 needs a person" in alarm.because


def test_evidence_without_marks_is_stored_as_before_and_with_marks_reads_back() -> None:
    assert "instructed" not in QUIET.as_json()
    assert "instructed_such" not in QUIET.as_json()
    evidence = replace(QUIET, instructed=2, instructed_such=SUCH)
    stored = evidence.as_json()
    assert Evidence.from_json({**stored, "instructed_such": [list(each) for each in SUCH]}) == evidence
