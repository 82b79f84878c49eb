"""The quarantine lists each refused row with its reason; stale examples are separate."""

from collections.abc import Callable

from pointsman.core.corpus.documents import Refusal
from pointsman.steps.ledger.lineage import STALE
from pointsman.steps.review.quarantine import FIRST, counts_without_stale, first_refused, of_document, refused
from pointsman.steps.review.status import status
from tests.fakes.resources import FakeResources, begun

Opened = Callable[..., FakeResources]


def test_each_kind_is_listed_with_its_reason_and_counted_by_item(opened: Opened) -> None:
    resources = begun(opened({"good.md": "# Good\n\nA page of words that is read.", "bad.md": b"\x00\x01" * 99}))
    found = refused(resources.quarantine)
    assert found["counts"] == {"documents": 1, "chunks": 0, "examples": 0, "probes": 0, "pairs": 0}
    assert {row["item"] for row in found["refused"]["documents"]} == {"bad.md"}
    assert all(row["reason"] and row["kind"] == "documents" for row in found["refused"]["documents"])


def test_the_first_three_items_are_named_once_each(opened: Opened) -> None:
    quarantine = opened(1).quarantine
    rows = [Refusal(f"d{n}.md", check, "why") for n in range(4) for check in ("one", "two")]
    quarantine.replace("documents", rows)
    assert [row["item"] for row in first_refused(quarantine)] == ["d0.md", "d1.md", "d2.md"]
    quarantine.replace("documents", rows[:4])
    quarantine.replace("probes", [Refusal("p.jsonl:1", "one", "why")])
    assert [row["item"] for row in first_refused(quarantine)] == ["d0.md", "d1.md", "p.jsonl:1"]
    assert len(first_refused(quarantine)) == FIRST
    assert [(row["check"], row["more"]) for row in first_refused(quarantine)] == [("one", 1), ("one", 1), ("one", 0)]


def test_status_counts_a_stale_example_as_stale_only(opened: Opened) -> None:
    resources = opened(1)
    rows = [Refusal("all.jsonl:1", STALE, "stale: it changed"), Refusal("all.jsonl:2", "x", "y")]
    resources.quarantine.replace(
        "examples", [*rows, Refusal("all.jsonl:3", STALE, "s"), Refusal("all.jsonl:3", "x", "y")]
    )
    assert counts_without_stale(resources.quarantine)["examples"] == 2, "the one that is also refused counts"
    found = status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)
    assert found["quarantine"]["examples"] == 2


def test_a_stale_example_is_not_among_the_first(opened: Opened) -> None:
    quarantine = opened(1).quarantine
    quarantine.replace(
        "examples", [Refusal("all.jsonl:1", STALE, "stale: it changed"), Refusal("all.jsonl:2", "x", "y")]
    )
    assert [row["item"] for row in first_refused(quarantine)] == ["all.jsonl:2"]


def test_a_document_has_its_own_rows_and_those_of_its_chunks(opened: Opened) -> None:
    quarantine = opened(1).quarantine
    quarantine.replace("documents", [Refusal("a.md", "x", "y"), Refusal("a.md.md", "x", "y")])
    quarantine.replace("chunks", [Refusal("a.md#c1", "x", "y"), Refusal("a.md.md#c2", "x", "y")])
    assert [row["item"] for row in of_document(quarantine, "a.md")] == ["a.md", "a.md#c1"]
