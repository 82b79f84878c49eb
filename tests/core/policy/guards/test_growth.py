"""Documents that grew: both sides of each limit, with the limit in the sentence."""

import pytest

from pointsman.core.corpus.manifest import Manifest, ManifestEntry
from pointsman.core.policy.guards.growth import grown_documents, most_grown
from pointsman.core.policy.guards.judge import alarms
from tests.core.policy.guards.quiet import LIMITS, QUIET, heard
from tests.core.policy.samples import replace


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
