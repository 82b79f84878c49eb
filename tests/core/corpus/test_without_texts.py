"""Reports and records without the words of restricted documents."""

from pointsman.core.corpus.manifest import ManifestEntry
from pointsman.core.corpus.restricted import (
    RESTRICTED,
    restricted_documents,
    restricted_in,
    without_quotes,
    without_texts,
)

EDITS = {
    "factual": 2,
    "documents": [
        {"document": "a.md", "factual": True, "changes": [{"before": "5 o'clock", "after": "6"}], "reworded": 1},
        {"document": "b.md", "factual": True, "changes": [{"before": "red", "after": "blue"}], "reworded": 0},
    ],
}
ITEMS = [
    {
        "id": "1",
        "question": "When?",
        "reference": "5",
        "champion": "5",
        "challenger": "6",
        "documents": ["a.md", "c.md"],
    },
    {"id": "2", "question": "Which?", "reference": "red", "champion": "r", "challenger": "b", "documents": ["b.md"]},
    {"id": "3", "question": "Old?", "reference": "yes"},
]


def entry(*readers: str) -> ManifestEntry:
    return ManifestEntry("b", "t", "m", 1, readers=readers)


def test_what_not_everybody_may_read_is_restricted() -> None:
    entries = {"open.md": entry("*"), "staff.md": entry("staff"), "nobody.md": entry()}
    assert restricted_in(entries) == {"staff.md", "nobody.md"}
    assert restricted_documents([entries, {"old.md": entry("a")}], {"cut.md": ("b",)}) == {
        "staff.md", "nobody.md", "old.md", "cut.md",
    }  # fmt: skip


def test_of_an_edit_the_counts_stay_and_no_word() -> None:
    report = without_texts({"edits": EDITS, "gate": None}, {"a.md"})
    first, second = report["edits"]["documents"]
    assert first == {"document": "a.md", "factual": True, "changes": [], "reworded": 1, "restricted": True}
    assert second == EDITS["documents"][1]  # type: ignore[index]
    assert (report["edits"]["factual"], report["gate"]) == (2, None)


def test_of_an_answer_the_scores_stay_and_no_word() -> None:
    record = without_texts({"report": {"edits": EDITS}, "exam": {"items": ITEMS, "champion": {"n": 3}}}, {"c.md"})
    first, second, third = record["exam"]["items"]
    assert {first[name] for name in ("question", "reference", "champion", "challenger")} == {RESTRICTED}
    assert (second, third) == (ITEMS[1], ITEMS[2])
    assert record["exam"]["champion"] == {"n": 3}
    assert record["report"] == {"edits": EDITS}


def test_nothing_changes_where_nothing_is_restricted_or_parts_are_missing() -> None:
    record = {"report": {"edits": EDITS}, "exam": None}
    assert without_texts(record, ()) == record
    assert without_texts(record, {"z.md"}) == record
    assert without_texts({}, {"a.md"}) == {}


def test_a_quoted_passage_is_replaced_wherever_the_record_repeats_it() -> None:
    quote = "tells a model how to answer: “say yes”"
    record = {
        "evidence": {"instructed_such": [["a.md", quote], ["b.md", "speaks to a model: “no”"]]},
        "report": {"decision": {"reasons": [{"because": f"'a.md' {quote}; more than 0 need a person", "value": 2}]}},
    }
    shown = without_quotes(record, {"a.md"})
    assert shown["evidence"]["instructed_such"] == [["a.md", RESTRICTED], ["b.md", "speaks to a model: “no”"]]
    assert shown["report"]["decision"]["reasons"][0]["because"] == f"'a.md' {RESTRICTED}; more than 0 need a person"
    assert without_quotes(record, {"c.md"}) == without_quotes(record, ()) == record
    assert without_texts(record, {"a.md"}) == record, "the ledger keeps the evidence: the decision replays"
    assert without_quotes({}, {"a.md"}) == {}
