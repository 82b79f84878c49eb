"""Front matter: every value is the text that is written, and odd YAML never loses an access statement."""

import pytest

from pointsman.adapters.parsers.dispatch import read_document
from pointsman.adapters.parsers.metadata.front_matter import MAX_LENGTH, front_matter


@pytest.mark.parametrize(
    "written",
    [
        "1.10", "010", "007", "NO", "no", "on", "Yes", "true", "True", "22:30", "1:20:30", "1_000", "0x1F", "1e3",
        ".inf",
        ".nan", "~", "null", "2026-01-02", "2026-01-02 10:00:00Z", "2026-99-99", "+5", "=", "<<",
    ],
)  # fmt: skip
def test_a_value_is_the_text_that_is_written(written: str) -> None:
    found = front_matter(f"---\none: {written}\nmany: [{written}, x]\n---\nText.\n").metadata
    assert found == {"one": written, "many": [written, "x"]}


def test_keys_are_texts_too() -> None:
    assert front_matter("---\nno: a\n010: b\n1.10: c\n---\n").metadata == {"no": "a", "010": "b", "1.10": "c"}


def test_a_key_without_value_is_left_out_and_a_quoted_empty_text_is_not() -> None:
    assert front_matter("---\na:\nb: ''\nc: []\n---\n").metadata == {"b": "", "c": []}


def test_nested_values_are_json() -> None:
    assert front_matter("---\na: {b: [1, no]}\n---\n").metadata == {"a": '{"b": ["1", "no"]}'}


@pytest.mark.parametrize("group", ["010", "007", "22:30", "no", "NO", "on", "1.10", "1_000", "true"])
def test_a_group_is_the_text_that_is_written(group: str) -> None:
    assert read_document("a.md", f"---\naccess: [{group}]\n---\nText.\n".encode()).metadata == {"access": [group]}


def test_front_matter_is_read_up_to_its_limit() -> None:
    room = MAX_LENGTH - len("a: \n")
    assert front_matter(f"---\na: {'x' * room}\n---\n").metadata
    assert not front_matter(f"---\na: {'x' * (room + 1)}\n---\n").metadata


@pytest.mark.parametrize(
    "yaml", ["m:\n  access: [a]", "m: [{access: a}]", "<<: {access: [a]}", "a: 1\n? {access: a}\n: x"]
)
def test_nested_statements_are_handed_on(yaml: str) -> None:
    front = front_matter(f"---\n{yaml}\n---\nText.\n")
    assert front.unread or not front.metadata
