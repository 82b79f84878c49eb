"""Reading documents: what is a block, and what is no change."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman.adapters.parsers.dispatch import measure_document, read_and_measure, read_document
from pointsman.core.corpus.documents import Kind
from tests.adapters.parsers.markup import (
    MARKUP,
    PIECES,
    PROSE,
    MarkdownTypist,
    Typist,
    parted,
)

H, P, V = Kind.HEADING, Kind.PROSE, Kind.VERBATIM


def blocks(document: str, text: str) -> list[tuple[Kind, str]]:
    return [(block.kind, block.text) for block in read_document(document, text.encode()).blocks]


# --- reStructuredText ---


def test_headings_are_levelled_by_order_of_appearance() -> None:
    text = "=====\nTitle\n=====\n\nOne\n---\n\nDeep\n~~~~\n\nTwo\n-------\n\nUnder\n=====\n"
    found = read_document("a.rst", text.encode()).blocks
    assert [(block.text, block.level) for block in found] == [
        ("Title", 1),
        ("One", 2),
        ("Deep", 3),
        ("Two", 2),
        ("Under", 4),
    ]


def test_an_underline_shorter_than_its_title_is_one_from_four_characters_on() -> None:
    assert blocks("a.rst", "A long title\n====\n") == [(H, "A long title")]
    assert blocks("a.rst", "A long title\n===\n") == [(P, "A long title ===")]


def test_literal_blocks_and_code_directives_keep_their_inside() -> None:
    text = (
        "So::\n\n    if x:\n        y\n\n    z\n\n"
        ".. code-block:: python\n   :caption: ``a.py``\n\n   f(\n     1)\n\nEnd. ::\n\n  q\n"
    )
    assert blocks("a.rst", text) == [
        (P, "So:"),
        (V, "if x:\n    y\n\nz"),
        (P, "`a.py`"),
        (V, "f(\n  1)"),
        (P, "End."),
        (V, "q"),
    ]


def test_other_directives_are_prose_under_their_name() -> None:
    text = (
        ".. note:: Mind\n   the gap.\n\n.. versionadded:: 3.1\n    The thing.\n\n.. py:data:: DEBUG\n\n    Whether.\n\n"
        "    Default: ``None``\n\n.. autoclass:: Flask\n   :members:\n\n.. admonition:: Why\n\n   Because.\n"
    )
    assert blocks("a.rst", text) == [
        (P, "note: Mind the gap."),
        (P, "versionadded 3.1: The thing."),
        (P, "data DEBUG: Whether."),
        (P, "Default: `None`"),
        (P, "autoclass Flask"),
        (P, "Why: Because."),
    ]


def test_comments_targets_and_tables_of_contents_are_not_read() -> None:
    text = ".. a comment\n   of two lines\n\n.. _target:\n\n..\n   too\n\n"
    text += ".. toctree::\n   :maxdepth: 2\n\n   one\n   two\n\nText.\n"
    assert blocks("a.rst", text) == [(P, "Text.")]


def test_lists_have_a_line_for_each_item() -> None:
    text = "-   one\n    more\n\n    still one\n- two\n\n  1. inner\n  #. next\n\n- three::\n\n    code\n\n  after\n"
    assert blocks("a.rst", text) == [
        (P, "- one more still one\n- two\n1. inner\n2. next\n- three:"),
        (V, "code"),
        (P, "after"),
    ]


def test_prose_that_looks_like_a_list_is_prose() -> None:
    assert blocks("a.rst", "A. Einstein was right\nabout it.\n") == [(P, "A. Einstein was right about it.")]


def test_tables_and_sessions_are_verbatim() -> None:
    simple = "=== ===\na   b\n=== ===\n1   2\n\n3   4\n=== ==="
    grid = "+---+---+\n| a | b |\n+---+---+"
    session = ">>> f(1)\n2"
    text = f"Text.\n\n{simple}\n\n{grid}\n\n{session}\n\nEnd.\n"
    assert blocks("a.rst", text) == [(P, "Text."), (V, simple), (V, grid), (V, session), (P, "End.")]


def test_roles_and_links_read_as_on_the_page() -> None:
    text = (
        "See :doc:`the guide </guide>`, :meth:`~flask.Flask.route`, ``x  = 1``, `Jinja`_, `it <j_>`_, jinja_ and\n"
        "`RFC <https://rfc.example/1>`_; snake_case_ stays.\n\n.. _Jinja: https://jinja.example\n.. _j: https://j.example\n"
    )
    seen = (
        "See the guide, flask.Flask.route, `x = 1`, Jinja (https://jinja.example), it (https://j.example), "
        "jinja (https://jinja.example) and RFC (https://rfc.example/1); snake_case_ stays."
    )
    assert blocks("a.rst", text) == [(P, seen)]


def test_a_changed_link_address_is_a_change() -> None:
    text = "See `it`_.\n\n.. _it: https://example.org/{}\n"
    one, two = (read_document("a.rst", text.format(n).encode()) for n in (1, 2))
    assert one.text_digest != two.text_digest


def test_fields_at_the_top_are_metadata_and_below_are_prose() -> None:
    found = read_document(
        "a.rst",
        b":orphan:\n:Access: hr, legal\n\nTitle\n=====\n\n.. function:: f\n\n   :param x: the x\n   :returns: y\n",
    )
    assert found.metadata == {"orphan": "", "access": ["hr", "legal"]}
    assert found.blocks[1].text == "function f"
    assert found.blocks[2].text == "param x: the x\nreturns: y"


def test_definitions_join_term_and_meaning() -> None:
    assert blocks("a.rst", "term\n    its\n    meaning\n\nother\n    else\n") == [
        (P, "term: its meaning"),
        (P, "other: else"),
    ]


# --- Markdown ---


def test_markdown_headings_fences_tables_and_indented_code() -> None:
    text = "# One #\n\nTwo\n---\n\ntext\n~~~py\n  a\n    b\n~~~\n\n"
    text += "    code\n      more\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    found = read_document("a.md", text.encode()).blocks
    assert [(block.kind, block.text, block.level) for block in found] == [
        (H, "One", 1),
        (H, "Two", 2),
        (P, "text", 0),
        (V, "a\n  b", 0),
        (V, "code\n  more", 0),
        (V, "| a | b |\n|---|---|\n| 1 | 2 |", 0),
    ]


def test_markdown_lists_have_a_line_for_each_item() -> None:
    text = "3. one\n   more\n1. two\n   - in\n     ner\n\n   again\n\n* x\n\n  ```\n  code\n  ```\n* y\n"
    assert blocks("a.md", text) == [
        (P, "3. one more\n4. two\n- in ner again"),
        (P, "- x"),
        (V, "code"),
        (P, "- y"),
    ]


def test_markdown_comments_are_dropped_but_not_in_code() -> None:
    text = "<!-- one\n\ntwo -->\n\na <!-- b --> c `<!-- d -->`\n\n<div>\n  <b>text</b>\n</div>\n\n[ref]: https://example.org\n"
    assert blocks("a.md", text) == [(P, "a c `<!-- d -->`"), (P, "text"), (P, "[ref]: https://example.org")]


@pytest.mark.parametrize("document", ["a.md", "a.rst", "a.txt"])
def test_front_matter_is_metadata(document: str) -> None:
    raw = b"\xef\xbb\xbf---\r\naccess: [hr, 7]\r\ndate: 2026-01-02\r\ndraft: true\r\nnone:\r\n---\r\nText.\r\n"
    found = read_document(document, raw)
    assert found.metadata == {"access": ["hr", "7"], "date": "2026-01-02", "draft": "true"}
    assert [block.text for block in found.blocks] == ["Text."]


@pytest.mark.parametrize(
    "bad",
    ["a: [", "just text", "- a", "a: &x [1]\nb: [*x, *x]", "? [a]\n: b", "a: " + "[" * 3000],
)
def test_bad_front_matter_is_prose(bad: str) -> None:
    found = read_document("a.txt", f"---\n{bad}\n---\n\nText.\n".encode())
    assert found.metadata == {}
    assert found.blocks[-1].text.endswith("Text.")


# --- what is no change ---


@pytest.mark.parametrize(("document", "typist"), [("a.rst", Typist), ("a.md", MarkdownTypist)])
@settings(deadline=None)
@given(data=st.data())
def test_spacing_and_wrapping_are_no_change(document: str, typist: type[Typist], data: st.DataObject) -> None:
    pieces = parted([(kind, list(value)) for kind, value in data.draw(PIECES)])
    one, two = (typist(data.draw).text(pieces) for _ in range(2))
    assert read_document(document, one).text_digest == read_document(document, two).text_digest


@pytest.mark.parametrize("document", ["a.rst", "a.md", "a.txt"])
@settings(deadline=None)
@given(words=PROSE, at=st.integers(0, 29))
def test_another_word_is_a_change(document: str, words: list[str], at: int) -> None:
    other = [*words[: at % len(words)], "different1", *words[at % len(words) + 1 :]]
    one, two = (read_document(document, " ".join(text).encode()) for text in (words, other))
    assert one.text_digest != two.text_digest


@pytest.mark.parametrize("document", ["a.rst", "a.md", "a.txt"])
@settings(deadline=None)
@given(text=st.one_of(MARKUP, st.text()))
def test_no_text_makes_it_raise(document: str, text: str) -> None:
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        return
    found, known = read_and_measure(document, raw)
    for block in found.blocks if found else ():
        lines = block.text.split("\n")
        assert block.text.strip()
        assert all(line == line.rstrip() for line in lines)
        assert block.kind is V or not any(re.search(r"\s\s|\t", line) for line in lines)
    assert known.link_share is None or 0 <= known.link_share <= 1


@pytest.mark.parametrize("document", ["a.rst", "a.md"])
@pytest.mark.parametrize("nest", [lambda n: "  " * n + "- a\n", lambda n: "> " * n + "a\n", lambda n: " " * n + "a\n"])
def test_deep_nesting_ends(document: str, nest: Callable[[int], str]) -> None:
    assert read_document(document, "".join(nest(n) for n in range(300)).encode()).blocks


# --- facts ---


def test_invalid_utf8_raises_when_read_and_is_a_fact_when_examined() -> None:
    with pytest.raises(UnicodeDecodeError):
        read_document("a.rst", b"caf\xe9")
    assert measure_document("a.rst", b"caf\xe9 au lait").utf8_ok is False
    assert measure_document("a.rst", b"caf\xe9 au lait").words is None


def test_bytes_with_nul_or_many_control_characters_are_binary() -> None:
    assert measure_document("a.txt", b"text\0text").is_binary
    assert measure_document("a.txt", b"\x01\x02\x03text").is_binary
    assert not measure_document("a.txt", b"text\r\n\ttext \x1b[1m and more").is_binary


def test_a_page_of_links_alone_has_a_link_share_of_one() -> None:
    assert measure_document("a.md", b"# Contents\n\n- [One two](a.md)\n- <https://example.org>\n").link_share == 1.0
    assert measure_document("a.rst", b"Contents\n====\n\n.. toctree::\n\n   one\n   two\n").link_share == 1.0
    assert measure_document("a.rst", b"License\n=====\n\n.. literalinclude:: ../LICENSE\n").link_share == 1.0


def test_a_page_of_code_or_automatic_documentation_is_not_navigation() -> None:
    code = measure_document("a.md", b"```\nimport pointsman as p\n```\n")
    assert (code.words, code.link_share) == (4, 0.0)
    page = measure_document("a.rst", b"API\n===\n\n.. automodule:: flask.json.tag\n   :members:\n")
    assert (page.words, page.link_share) == (3, 0.0)


def test_characters_of_languages_without_spaces_count_as_words() -> None:
    assert measure_document("a.txt", "日本語のテキスト".encode()).words == 8
