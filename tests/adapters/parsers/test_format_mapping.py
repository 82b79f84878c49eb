"""The format in which a document is read: what store.formats names, else what its ending says."""

import pytest

from pointsman.adapters.parsers.dispatch import measure_document, read_document
from pointsman.adapters.parsers.document import parse_and_measure, readers
from pointsman.adapters.parsers.formats import BY_ENDING, ENDINGS, Formats
from pointsman.core.corpus.documents import FORMATS, Kind
from pointsman.core.errors import UsageError

DJANGO = b"""=========
Timeouts
=========

.. setting:: CONN_MAX_AGE

CONN_MAX_AGE
============

See :doc:`/ref/databases` for the default of ``0``.

.. note::

   Close it yourself.
"""


def shapes(document: str, formats: Formats) -> list[tuple[Kind, str]]:
    return [(block.kind, block.text) for block in read_document(document, DJANGO, formats).blocks]


def test_a_text_file_is_read_as_rst_with_the_mapping_and_as_plain_text_without() -> None:
    mapped = shapes("ref/settings.txt", Formats.of({"*.txt": "rst"}))
    assert mapped[0] == (Kind.HEADING, "Timeouts")
    assert (Kind.HEADING, "CONN_MAX_AGE") in mapped
    assert not any(":doc:" in text or ".. note::" in text for _, text in mapped)
    plain = shapes("ref/settings.txt", BY_ENDING)
    assert {kind for kind, _ in plain} == {Kind.PROSE}
    assert any(".. note::" in text for _, text in plain)
    assert mapped == shapes("ref/settings.rst", BY_ENDING)


@pytest.mark.parametrize(
    ("document", "format_"),
    [
        ("a.txt", "rst"),
        ("deep/er/a.txt", "rst"),
        ("notes/a.txt", "markdown"),
        ("notes/deep/a.txt", "markdown"),
        ("other/notes/a.txt", "rst"),
        ("a.TXT", "text"),
        ("a.txt.md", "markdown"),
        ("page.html", "html"),
        ("REPORT.PDF", "pdf"),
        ("a.docx", "docx"),
        ("README", "text"),
    ],
)
def test_the_first_pattern_that_matches_counts_else_the_ending(document: str, format_: str) -> None:
    assert Formats.of({"notes/**": "markdown", "*.txt": "rst"}).format_of(document) == format_


def test_an_unknown_format_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"'\*\.txt' .* 'restructured'.*markdown, rst, html, pdf, docx, text"):
        Formats.of({"*.txt": "restructured"})


def test_every_format_that_params_yaml_may_name_has_a_reader() -> None:
    assert set(ENDINGS) == set(FORMATS)


def test_a_text_that_is_mapped_to_a_binary_format_and_back_is_judged_as_that_format() -> None:
    as_pdf = measure_document("a.txt", b"just text", Formats.of({"*.txt": "pdf"}))
    assert "PDF" in (as_pdf.unreadable or "")
    assert measure_document("a.pdf", b"text\0text", Formats.of({"*.pdf": "text"})).is_binary
    assert not measure_document("a.pdf", b"text\0text").is_binary


def test_access_is_read_from_where_the_format_states_it() -> None:
    raw = b":access: staff\n\nPay\n===\n\nIt is secret to others.\n"
    mapped, _ = parse_and_measure("a.txt", raw, Formats.of({"*.txt": "rst"}))
    assert mapped is not None
    assert mapped.metadata == {"access": ["staff"]}


def test_the_fingerprint_of_reading_changes_with_the_mapping_and_with_its_order() -> None:
    none, one = readers(Formats.of({})), readers(Formats.of({"*.txt": "rst", "a/*": "text"}))
    other = readers(Formats.of({"a/*": "text", "*.txt": "rst"}))
    assert none == readers()
    assert len({none, one, other}) == 3
    assert one == readers(Formats.of({"*.txt": "rst", "a/*": "text"}))
