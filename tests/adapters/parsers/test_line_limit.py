"""A text has a number of lines, at most."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.parsers.dispatch import MAX_LINES, measure_document
from pointsman.adapters.parsers.offsets import SourceText, count_lines


@given(st.text("a\r\n\f\v \u2028\ufeff"))
def test_lines_are_counted_as_they_are_read(text: str) -> None:
    assert count_lines(text) == len(SourceText.of(text).starts)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.rst", "a.html"])
def test_a_text_over_the_limit_is_refused_with_both_numbers(name: str) -> None:
    raw = b"three words here" + b"\r\n" * MAX_LINES
    assert measure_document(name, raw).unreadable == (
        f"has {MAX_LINES + 1} lines, the limit is {MAX_LINES}; split it or exclude it"
    )


def test_a_text_at_the_limit_is_read() -> None:
    facts = measure_document("a.txt", b"three words here" + b"\n" * (MAX_LINES - 1))
    assert (facts.unreadable, facts.words) == (None, 3)
