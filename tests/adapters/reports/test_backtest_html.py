"""The sums of a backtest, and its page."""

import re
from dataclasses import replace
from typing import Any

import pytest

from pointsman.adapters.reports.backtest_html import page
from pointsman.core.backtest import (
    APPROVED,
    FILES,
    NIGHTLY,
    OURS,
    SECONDS_PER_DAY,
    WAITED,
    HistoryStep,
    Rates,
    StoppedBy,
    cumulated,
    differences,
    new_share,
    nightly,
    rules,
    summary,
)
from pointsman.core.policy.cost import Throughput

RATES = Rates(*(Throughput(10.0, 100.0, overhead_seconds=5.0),) * 3, price_per_hour=36.0)
FIRST = HistoryStep(
    "c0", 100, "first", 1, {"added": 3}, "rebuild", embedded=30, touched=30, served=30, documents=3, seconds=8
)


def step(nth: int, day: float, **fields: Any) -> HistoryStep:
    usual: dict[str, Any] = {"index": "update", "changes": {"edited": 1, "unchanged": 2}, "served": 30, "documents": 3}
    return HistoryStep(f"c{nth}", int(day * SECONDS_PER_DAY), f"edit {nth}", 1, **(usual | fields))


def test_every_night_is_paid_for_whether_or_not_anything_changed() -> None:
    steps = [FIRST, step(1, 0.5, embedded=2, touched=10, seconds=5.2), step(2, 3.5, embedded=1, touched=5, seconds=5.1)]
    assert [midnight // SECONDS_PER_DAY for midnight, _ in nightly(steps)] == [1, 2, 3, 4]
    ours, files, nights = rules(steps, RATES)
    assert (ours.name, ours.runs, ours.embedded, ours.seconds) == (OURS, 3, 33, pytest.approx(18.3))
    assert (files.name, files.runs, files.embedded, files.seconds) == (FILES, 3, 45, pytest.approx(19.5))
    assert (nights.name, nights.runs, nights.embedded, nights.seconds) == (NIGHTLY, 4, 120, pytest.approx(32.0))
    assert nights.money == pytest.approx(0.32)
    ends = {name: curve[-1][1] for name, curve in cumulated(steps, RATES).items()}
    assert ends == {rule.name: pytest.approx(rule.seconds) for rule in (ours, files, nights)}


def test_a_night_before_anything_is_served_rebuilds_nothing() -> None:
    assert list(nightly([step(0, 0, served=0, index="keep"), replace(FIRST, at=3 * SECONDS_PER_DAY)])) == [
        (4 * SECONDS_PER_DAY, 30)
    ]
    assert list(nightly([])) == []


def test_holds_that_wait_in_a_row_call_a_person_once_and_approved_ones_each_time() -> None:
    alarm = (StoppedBy("guard.removed", 12, 10, "gone"),)
    waits = {"held": WAITED, "alarms": alarm, "owed": 12, "index": "keep"}
    waited = [FIRST, step(1, 1, **waits), step(2, 2, **waits), step(3, 3), step(4, 4, **waits), step(5, 5)]
    found = summary(waited, RATES)
    assert found["holds"] == {"steps": 3, "times": 2, "by_guard": {"guard.removed": 3}}
    assert found["debt"]["owed_document_days"] == 36.0
    assert (found["debt"]["owed_documents"], found["debt"]["most_owed_documents"]) == (0, 12)
    assert found["outcomes"] == {"keep": 0, "patch": 0, "update": 2, "rebuild": 1, "hold": 3}
    approved = [FIRST, *(step(n, n, held=APPROVED, alarms=alarm) for n in (1, 2))]
    assert summary(approved, RATES)["holds"]["times"] == 2


def test_new_content_adds_up_until_a_rebuild() -> None:
    steps = [FIRST, step(1, 1, embedded=3), step(2, 2, embedded=6), step(3, 3, index="rebuild", embedded=30)]
    assert [share for _, share in new_share(steps)] == pytest.approx([0, 0.1, 0.3, 0])


def test_a_summary_of_nothing_is_all_zero() -> None:
    found = summary([], RATES)
    assert (found["steps"], found["work"]["embedded"], found["holds"]["times"]) == (0, 0, 0)


def test_what_stands_is_not_added_up_with_what_changed() -> None:
    steps = [FIRST, *(step(n, n, changes={"edited": 1, "quarantined": 4, "unchanged": 9}) for n in (1, 2))]
    found = summary(steps, RATES)
    assert found["changes"] == {"edited": 2}
    assert found["quarantined"] == {"last": 4, "most": 4}


def test_variants_differ_where_they_come_to_another_outcome() -> None:
    one, two = [FIRST, step(1, 1)], [FIRST, step(1, 1, held=WAITED)]
    assert differences({"a": one, "b": one}) == []
    (found,) = differences({"a": one, "b": two})
    assert (found["commit"], found["outcomes"]) == ("c1", {"a": "update", "b": "hold"})


def report(steps: list[HistoryStep]) -> dict[str, Any]:
    return {
        "repository": "<b>repo</b>", "path": "docs", "revision": "HEAD", "from": "1970-01-01", "to": "1970-01-05",
        "by": "commit", "holds": "wait", "moments": 9, "replayed": len(steps), "seconds": 1.0, "shallow": False,
        "variants": [{
            "name": "params.yaml", "changed": {}, "summary": summary(steps, RATES),
            "steps": [s.as_json() for s in steps],
        }],
        "differences": [],
    }  # fmt: skip


def test_the_page_escapes_what_commits_say_and_loads_nothing() -> None:
    evil = "<script>alert(1)</script> $x$"
    alarm = (StoppedBy("guard.removed", 12, 10, evil),)
    steps = [FIRST, replace(step(1, 1, held=WAITED, alarms=alarm, because=(evil,)), subject=evil)]
    text = page(report(steps), {"params.yaml": (cumulated(steps, RATES), new_share(steps))})
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<b>repo</b>" not in text
    assert re.findall(r'(?:src|href)="(?!data:)', text) == []
    assert text.count('src="data:image/png;base64,') == 1


def test_a_page_of_nothing_has_no_plot() -> None:
    text = page(report([]), {"params.yaml": ({}, [])})
    assert "<img" not in text
    assert "0 of 9 versions" in text
