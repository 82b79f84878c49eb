"""Tables in a narrow terminal: ids and times stay whole, everything else breaks onto further lines."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from pointsman.api.tables.result import ResultTable
from pointsman.api.tables.state import history_tables, passages_table
from pointsman.cli.tables import drawn


def printed(table: ResultTable, width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(*drawn(table), sep="\n")
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [60, 80])
def test_history_cuts_no_id_and_says_a_time_on_one_line(width: int) -> None:
    at = (datetime.now(UTC) - timedelta(minutes=2)).isoformat()
    release = {
        "at": at, "why": "promoted by the gate", "release": "a1" * 8, "decision": "b2" * 8, "revision": 3,
        "generator": "c3" * 8,
    }  # fmt: skip
    decision = {
        "at": at, "decision_id": "d4" * 8, "hold": False, "index": "update", "train": ["generator", "retriever"],
        "gate": "inconclusive", "release": "e5" * 8, "went_live": True,
    }  # fmt: skip
    releases, decisions = history_tables({"releases": [release], "decisions": [decision], "certificates": []})
    for table, ids in ((releases, ("a1a1a1a1", "b2b2b2b2", "c3c3c3c3")), (decisions, ("d4d4d4d4", "e5e5e5e5"))):
        shown = printed(table, width)
        assert all(id_ in shown for id_ in ids)
        assert "2 min ago" in shown
        assert "…" not in shown


@pytest.mark.parametrize("width", [60, 80])
def test_search_breaks_a_long_address_instead_of_cutting_it(width: int) -> None:
    document, anchor = "guide/operations/night-shift/handover-procedure.md", "what-the-shift-leader-writes-down"
    hit = {
        "document": document,
        "anchor": anchor,
        "also_in": [],
        "headings": ["Handover"],
        "score": 0.5,
        "text": "w " * 30,
    }
    shown = printed(passages_table({"release": "a1" * 8, "hits": [hit]}), width)
    cells = [line.split("│")[1].strip() for line in shown.splitlines() if line.startswith("│")]
    assert "".join(cells) == f"{document}#{anchor}"
