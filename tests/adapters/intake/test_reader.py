"""One document that takes too long or too much is refused with its reason; the others are read."""

from typing import Any

import pytest

from pointsman.adapters.intake.reader import READ_HERE, Bounded, BoundedReader, bounded_parser, bounded_reader
from pointsman.adapters.parsers.document import parse_and_measure, read_document
from pointsman.adapters.parsers.formats import BY_ENDING
from pointsman.core.corpus.access import STANDARD
from pointsman.core.corpus.documents import Document
from pointsman.core.errors import Unreadable
from tests.adapters.intake.hostile_functions import crash, hold_memory, spin

LIMIT = 1_000_000_000


def reader(function: Any, **limits: Any) -> BoundedReader:
    return BoundedReader(function, BY_ENDING.format_of, **{"seconds": 20.0, "memory": LIMIT, **limits})


def refuse_to_start(*_: object) -> tuple[Document | None, dict[str, Any]]:
    return None, {}


@pytest.mark.parametrize(
    ("document", "size", "in_a_worker"),
    [
        ("a.md", READ_HERE, False),
        ("a.md", READ_HERE + 1, True),
        ("a.txt", READ_HERE, False),
        ("a.html", READ_HERE, False),
        ("a.pdf", 1, True),
        ("a.docx", 1, True),
    ],
)
def test_only_what_is_large_or_binary_needs_a_worker(document: str, size: int, *, in_a_worker: bool) -> None:
    read = reader(refuse_to_start)
    read(document, bytes(size))
    assert (read._worker._child is not None) is in_a_worker


def test_a_document_is_read_in_a_worker_as_here() -> None:
    raw = b"# A\n\n" + b"The yard holds forty trains. " * 5_000
    assert bounded_reader(BY_ENDING, STANDARD, seconds=20)("a.md", raw) == parse_and_measure("a.md", raw)


def test_the_reason_names_the_limit_and_the_way_out() -> None:
    parsed, facts = reader(spin, seconds=0.2)("a.pdf", b"x")
    assert parsed is None
    assert facts["unreadable"] == (
        "takes over 0.2 s of processor time to read, which is the limit; "
        "split it, raise guard.max_seconds or exclude it"
    )


def test_a_document_that_ends_its_reader_is_refused() -> None:
    assert reader(crash)("a.pdf", b"x")[1]["unreadable"] == (
        "ends its reader (SIGSEGV) when it is read; split it, save it again or exclude it"
    )


def test_a_document_that_needs_too_much_memory_is_refused() -> None:
    read = reader(read_big_ones)
    assert read("a.pdf", b"big")[1]["unreadable"] == (
        "needs over 1 GB of memory when it is read; split it, save it again or exclude it"
    )
    assert read("a.pdf", b"small") == (None, {})


def read_big_ones(_document: str, raw: bytes) -> tuple[None, dict[str, Any]]:
    hold_memory(LIMIT if raw == b"big" else 10)
    return None, {}


def test_the_columns_are_those_of_a_document_that_cannot_be_read() -> None:
    _, refused = reader(spin, seconds=0.1)("a.pdf", b"x")
    _, unreadable = parse_and_measure("a.pdf", b"x")
    assert refused.keys() == unreadable.keys()
    assert {k: v for k, v in refused.items() if k != "unreadable"} == {
        k: v for k, v in unreadable.items() if k != "unreadable"
    }


def test_nothing_is_started_before_it_is_needed() -> None:
    assert bounded_reader(BY_ENDING, STANDARD, seconds=20)._worker._child is None


def test_a_document_is_parsed_again_in_a_worker_as_here() -> None:
    raw = b"# A\n\n" + b"The yard holds forty trains. " * 5_000
    assert bounded_parser(BY_ENDING, STANDARD, seconds=20)("a.md", raw) == read_document("a.md", raw)


def test_what_cannot_be_parsed_again_is_unreadable_in_both_ways() -> None:
    with pytest.raises(Unreadable, match=r"takes over 0\.2 s"):
        Bounded(spin, BY_ENDING.format_of, seconds=0.2)("a.pdf", b"x")
    with pytest.raises(Unreadable, match="is not a PDF"):
        bounded_parser(BY_ENDING, STANDARD, seconds=20)("a.pdf", b"x")
    with pytest.raises(UnicodeDecodeError):
        bounded_parser(BY_ENDING, STANDARD, seconds=20)("a.txt", b"\xff" * (READ_HERE + 1))
