"""What a person reads of a result: all of it that matters, in words, with the direction of numbers."""

from typing import Any

from pointsman.api.report_tables import exam_table, record_tables, report_table
from pointsman.api.results import Answer
from pointsman.api.state_tables import check_table, quarantine_tables
from pointsman.api.tables import ResultTable

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
    rows = [f"{' | '.join(row)}" for table in tables for row in (*table.rows, (table.note,))]
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
    table = exam_table(exam)
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["nats per token of the reference (lower is better)"] == ("1.25", "1", "1.25")
    assert rows["declined where it does (lower is better)"] == ("0", "0", "0")
    assert "Higher is better" in table.note


def test_an_explanation_says_times_as_people_do_and_names_the_next_command() -> None:
    record = {
        "decision_id": "3fa9c1d2e4b5a697", "at": "2026-01-01T00:00:00+00:00", "trigger": "manual", "report": REPORT,
        "exam": {"champion": {"n": 1}, "challenger": {"n": 1}},
        "afterwards": ["release 3fa9c1d2e4b5a697 went live at 2026-01-01T00:00:00+00:00 (promote)"],
    }  # fmt: skip
    [table] = record_tables(record)
    assert "release 3fa9c1d2 went live 2026-01-01 (promote)" in text_of(table)
    assert table.note.endswith("pointsman explain 3fa9c1d2 --tables")
    assert len(record_tables(record, details=True)) == 2


def test_the_quarantine_gives_counts_and_with_why_the_reasons() -> None:
    row = {"kind": "documents", "check": "binary", "reason": "it is binary"}
    found = {"refused": {"documents": [row | {"item": "a"}, row | {"item": "b"}], "chunks": []}, "counts": {}}
    assert text_of(*quarantine_tables(found, why=False)).startswith("binary | 2 | a, b")
    assert text_of(*quarantine_tables(found, why=True)).startswith("a | it is binary\nb | it is binary")
    nothing = {"refused": {"documents": []}, "counts": {}}
    assert text_of(*quarantine_tables(nothing, why=True)).startswith("Nothing is refused.")


def test_a_finding_has_its_way_out() -> None:
    finding = {"where": "store.url", "what": "there is no folder 'x'", "way_out": "make it", "problem": True}
    assert text_of(check_table({"findings": [finding]})).startswith("store.url | there is no folder 'x'; make it")
