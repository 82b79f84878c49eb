"""What a person reads of a result: all of it that matters, in words, with the direction of numbers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pointsman.api.acts import Rollback
from pointsman.api.results import Answer
from pointsman.api.tables.report import answers_table, record_tables, refused_line, report_table
from pointsman.api.tables.result import ResultTable
from pointsman.api.tables.state import (
    check_table,
    document_tables,
    history_tables,
    quarantine_tables,
    status_table,
    upkeep_rows,
)

REPORT: dict[str, Any] = {
    "release": "3fa9c1d2e4b5a697",
    "changes": {"added": 0, "examples_added": 1, "examples_removed": 0}, "stale_examples": 2,
    "decision": {
        "index": "keep", "train": [], "hold": False, "flips": ["a"], "debt": ["b"], "pending": [], "expected": [],
        "reasons": [{"signal": "x", "value": 1, "limit": 2, "because": "nothing changed"}],
    },
    "work": {}, "cost": {"seconds": 1.0, "estimate_seconds": 0.0}, "gate": None,
    "refused": [{"item": "bad.md", "reason": "it is binary"}], "notices": ["there is no folder 'x'"],
}  # fmt: skip


def text_of(*tables: ResultTable) -> str:
    rows = [f"{' | '.join(row)}" for table in tables for row in (*table.rows, (table.footnote,))]
    return "\n".join(rows)


def test_a_report_says_what_changed_in_words_and_names_what_was_refused() -> None:
    shown = text_of(report_table("plan", REPORT))
    assert shown.splitlines()[0] == "notice | there is no folder 'x'"
    assert "1 example added, 2 examples stale" in shown
    assert "refused | bad.md: it is binary\n | all of it, and why: pointsman quarantine --why" in shown
    assert "release | 3fa9c1d2\n" in shown
    assert "gate" not in shown, "there was none"


def test_an_answer_shows_every_key_that_it_has() -> None:
    raw = '{"answer": "At 9.", "citations": ["a.md"], "confidence": "high", "steps": ["one", "two"], "code": {"n": 7}}'
    answer = Answer.of(
        {"release": "3fa9c1d2e4b5a697", "answer": "At 9.", "citations": ["a.md"], "cited_by": "model", "raw": raw,
         "context": []},
        question="When?",
    )  # fmt: skip
    rows = dict(answer.tables()[0].rows)
    assert rows == {
        "question": "When?", "answer": "At 9.", "confidence": "high", "steps": "one\ntwo", "code": "n: 7",
        "citations": "a.md (by the model)", "release": "3fa9c1d2",
    }  # fmt: skip


def test_measures_say_which_direction_is_better() -> None:
    side = {"n": 8, "shape_valid": 0.5, "nll": 1.25, "false_refusal": 0.0}
    exam = {"champion": side, "challenger": side | {"nll": 1.0}, "arms": {"few-shot": {"scores": side}}}
    table = answers_table(exam)
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["nats per token of the reference (lower is better)"] == ("1.25", "1", "1.25")
    assert rows["declined where it does (lower is better)"] == ("0", "0", "0")
    assert "Higher is better" in table.footnote


def test_an_explanation_says_times_as_people_do_and_names_the_next_command() -> None:
    record = {
        "decision_id": "3fa9c1d2e4b5a697", "at": "2026-01-01T00:00:00+00:00", "trigger": "manual", "report": REPORT,
        "exam": {"champion": {"n": 1}, "challenger": {"n": 1}},
        "afterwards": ["release 3fa9c1d2e4b5a697 went live at 2026-01-01T00:00:00+00:00 (promote)"],
    }  # fmt: skip
    [table] = record_tables(record)
    assert "release 3fa9c1d2 went live 2026-01-01 (promote)" in text_of(table)
    assert table.footnote.endswith("pointsman explain 3fa9c1d2 --tables")
    assert table.footnote.startswith("the answers measure by measure: "), "no probe failed"
    failed = {
        "matrix": {"golden": {"not retrieved": 1}},
        "failed": [{"kind": "golden", "cause": "x", "probe": "p", "because": "b"}],
    }
    assert record_tables(record | {"attributions": failed})[0].footnote.startswith("why probes failed and the answers")
    passed = {"matrix": {"golden": {"passed": 1}}, "failed": []}
    assert record_tables(record | {"attributions": passed, "exam": None})[0].footnote == ""
    _, numbers, answers = record_tables(record, details=True)
    assert (numbers.rows[0][0], answers.title[:7]) == ("x", "answers")


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ({"item": "bad.md", "reason": "it is binary; save it as text", "more": 1}, "bad.md: it is binary (and 1 more)"),
        ({"item": "a.md", "reason": "x" * 52, "more": 0}, f"a.md: {'x' * 52}"),
        ({"item": "a.md", "reason": "x" * 53}, f"a.md: {'x' * 51}…"),
        ({"item": "d" * 60, "reason": "y" * 21}, f"{'d' * 60}: {'y' * 19}…"),
    ],
)  # fmt: skip
def test_a_refused_item_is_one_short_line(row: dict[str, Any], line: str) -> None:
    assert refused_line(row) == line
    assert text_of(report_table("plan", REPORT | {"refused": [row]})).count(line) == 1


def test_status_says_when_it_was_decided_and_when_it_was_checked() -> None:
    now = datetime.now(UTC)
    found = dict.fromkeys(("reranker", "previous", "interrupted", "rolled_back_from", "source_version"))
    found |= dict.fromkeys(("documents", "points", "revision", "points_lost", "unmirrored", "forgotten"), 0)
    found |= dict.fromkeys(("stale", "waits", "rejected", "debt", "forgetting", "tainted"), ())
    found |= {"release": "r", "collection": "c", "embedder": "e", "generator": "g", "hold": False, "quarantine": {}}
    found |= {"tainted_by_stale": 0, "lineage_assumed": 0, "last_decision": "1bb50e97", "last_at": now.isoformat()}
    found |= {"last_decided_at": (now - timedelta(minutes=2)).isoformat(), "unchanged_refreshes": 0}
    rows = dict(status_table(found).rows)
    assert rows["last decision"] == "1bb50e97, 2 minutes ago"
    assert rows["last checked"] == "just now"
    twice = dict(status_table(found | {"unchanged_refreshes": 2}).rows)
    assert twice["last checked"] == "just now; 2 refreshes since the decision found nothing new"


@pytest.mark.parametrize(
    ("n", "lines"),
    [
        (0, []),
        (1, ["1 point is gone; pointsman doctor --repair", "1 forgotten document is refused",
             "1 adapter learned from what was forgotten"]),
        (2, ["2 points are gone; pointsman doctor --repair", "2 forgotten documents are refused",
             "2 adapters learned from what was forgotten"]),
    ],
)  # fmt: skip
def test_status_says_one_and_many(n: int, lines: list[str]) -> None:
    found = dict.fromkeys(("points_lost", "unmirrored", "forgotten", "tainted_by_stale", "lineage_assumed"), n)
    said = [line for _, line in upkeep_rows({**found, "forgetting": ["f"] * n, "tainted": ["a"] * n})]
    assert [line for line in lines if line not in said] == []
    assert len(said) == (7 if n else 0)


def test_a_rollback_says_what_comes_next() -> None:
    value = {"release": "a", "left": "b", "documents": 3, "mirrored": True, "unmirrored_because": None}
    rows = dict(Rollback.of(value).tables()[0].rows)
    assert (rows["recorded in MLflow"], "mirrored" in rows) == ("yes", False)
    assert "held until you correct what was rolled back, or approve it (pointsman approve)" in rows["next"]
    waits = Rollback.of(value | {"mirrored": False, "unmirrored_because": "no route"})
    assert dict(waits.tables()[0].rows)["recorded in MLflow"] == "not yet: no route"


def test_a_document_that_is_not_served_shows_its_bytes_only_where_they_are_known() -> None:
    found = {
        "document": "a.md", "title": "", "served": False, "access": [], "size": 0, "quarantine": [], "releases": [],
        "changed": [], "chunks": [],
    }  # fmt: skip
    assert "bytes" not in dict(document_tables(found)[0].rows)
    assert dict(document_tables(found | {"size": 3000})[0].rows)["bytes"] == "3000"


def test_the_quarantine_gives_counts_and_with_why_the_reasons() -> None:
    row = {"kind": "documents", "check": "binary", "reason": "it is binary"}
    found = {"refused": {"documents": [row | {"item": "a"}, row | {"item": "b"}], "chunks": []}, "counts": {}}
    assert text_of(*quarantine_tables(found, why=False)).startswith("binary | 2 | a, b")
    assert text_of(*quarantine_tables(found, why=True)).startswith("a | it is binary\nb | it is binary")
    nothing = {"refused": {"documents": []}, "counts": {}}
    assert text_of(*quarantine_tables(nothing, why=True)).startswith("Nothing is refused.")


def test_a_history_without_decisions_is_one_line() -> None:
    nothing: dict[str, Any] = {"releases": [], "decisions": [], "certificates": []}
    assert text_of(*history_tables(nothing)) == "No decisions yet.\n"
    decision = {"at": None, "decision_id": "d", "hold": True, "gate": None, "release": None, "went_live": False}
    [table] = history_tables(nothing | {"decisions": [decision]})
    assert table.title == "decisions"


def test_a_finding_has_its_way_out() -> None:
    finding = {"where": "store.url", "what": "there is no folder 'x'", "way_out": "make it", "problem": True}
    assert text_of(check_table({"findings": [finding]})).startswith("store.url | there is no folder 'x'; make it")
