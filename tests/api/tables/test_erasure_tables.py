"""A forgetting as people read it: sentences, short ids and times, and no stored key."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pointsman.api.acts import Certificate, ErasureTrace
from pointsman.api.tables.result import ResultTable

ID, REQUEST, OLD, NEW = (f"{letter}fa9c1d2e4b5a697" for letter in "abcd")
THEN = (datetime.now(UTC) - timedelta(days=3)).isoformat(timespec="seconds")
SCAN = {"files": 1200, "bytes": 34_567, "shingles": 40, "shared": 3, "found": [], "mentions": []}
CERTIFICATE: dict[str, Any] = {
    "id": ID, "request": REQUEST, "complete": True, "began": THEN, "at": THEN, "note": "asked for",
    "removed": {"points": 2, "scratch": 0}, "releases": {OLD: NEW},
    "tainted": [{"part": "generator", "adapter": OLD}],
    "source": {"documents": 1, "examples": ["a.jsonl:3"], "probes": [], "mentioned_in": ["b.md"]},
    "proof": {"points": 0, "manifests": [], "search": {"releases": ["r1"], "questions": 2, "found": 0}, "scan": SCAN},
    "not_searched": ["free blocks of the file system"], "salt": "s", "document": ["h"],
}  # fmt: skip
TRACE: dict[str, Any] = {
    "documents": ["jane.md"], "points": {f"c-{ID}": 2, f"c-{OLD}": 1}, "releases": [OLD], "copies": [],
    "examples": ["a.jsonl:3"], "probes": [], "adapters": {NEW: "generator"}, "in_source": ["jane.md"],
}  # fmt: skip


def text_of(table: ResultTable) -> str:
    return "\n".join([table.title, *(" | ".join(row) for row in table.rows)])


def test_a_certificate_is_its_note_with_short_ids_and_times() -> None:
    (table,) = Certificate.of(CERTIFICATE).tables()
    shown = text_of(table)
    assert table.title == "forgetting bfa9c1d2: complete"
    assert table.rows[0] == ("certificate", "afa9c1d2")
    for line in (
        "Begun 3 days ago, verified 3 days ago. asked for",
        "Removed, by place | points: 2",
        "Releases written anew without it | cfa9c1d2, now dfa9c1d2",
        "Models that learned from it | the generator's adapter cfa9c1d2: train it anew",
        "Left for you to remove | documents that the store still contains: 1",
        " | example a.jsonl:3 cites it",
    ):
        assert line in shown
    for key in ("proof.", "salt", "not_searched", "+00:00", ID, REQUEST, OLD, NEW):
        assert key not in shown


def test_what_would_be_forgotten_is_in_words() -> None:
    (table,) = ErasureTrace.of(TRACE).tables()
    assert table.rows == (
        ("document", "jane.md"),
        ("index", "3 points would be removed"),
        ("releases", "1 release would be written anew without it"),
        ("models that learned from it", "the generator's adapter dfa9c1d2"),
        ("left for you to remove", "jane.md, in the store"),
        ("", "example a.jsonl:3 cites it"),
    )


def test_a_lifted_forgetting_names_the_next_step() -> None:
    (table,) = Certificate.of({"lifted": REQUEST}).tables()
    assert table.rows == (("forgetting", "bfa9c1d2"), ("next", "pointsman refresh"))
