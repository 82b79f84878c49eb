"""Documents that are gone and a store that shrank: both sides of each limit, with the limit in the sentence."""

import pytest

from pointsman.core.policy.guards.judge import alarms
from tests.core.policy.guards.quiet import LIMITS, QUIET, heard
from tests.core.policy.samples import replace


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
