"""Where a passage stands: offsets that hold its text, anchors that lead to it."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman.adapters.parsers.dispatch import read_document
from pointsman.core.corpus.chunk import Chunk
from pointsman.core.corpus.chunking import chunk_document
from pointsman.core.corpus.documents import Document
from tests.adapters.parsers.markup import MARKUP, PIECES, MarkdownTypist, Typist, parted

SAMPLE = Path(__file__).parents[3] / "sample" / "documents"
WORD = re.compile(r"\w+")


def words(text: str) -> int:
    return len(text.split())


def cut(document: Document, bound: int) -> list[Chunk]:
    return chunk_document(document, max_tokens=bound, count=words)


def missing(chunk: Chunk, source: str) -> list[str]:
    """Return the words of a chunk that do not stand, in order, at the place that it names."""
    there = iter(WORD.findall(source[chunk.start : chunk.end]))
    return [word for word in WORD.findall(chunk.text) if not any(word == other for other in there)]


@pytest.mark.parametrize("bound", [16, 40, 200])
@pytest.mark.parametrize("path", sorted(SAMPLE.rglob("*.*")), ids=lambda path: path.name)
def test_a_passage_of_the_sample_stands_where_it_says(path: Path, bound: int) -> None:
    source = path.read_bytes().decode("utf-8")
    for chunk in cut(read_document(path.name, path.read_bytes()), bound):
        assert missing(chunk, source) == []
        assert chunk.start is not None
        assert chunk.end is not None
        assert chunk.end - chunk.start <= 3 * len(chunk.text) + 80, "narrow, not merely true"


@pytest.mark.parametrize(("document", "typist"), [("a.rst", Typist), ("a.md", MarkdownTypist), ("a.txt", Typist)])
@settings(deadline=None)
@given(data=st.data())
def test_a_passage_of_any_typed_document_stands_where_it_says(
    document: str, typist: type[Typist], data: st.DataObject
) -> None:
    raw = typist(data.draw).text(parted([(kind, list(value)) for kind, value in data.draw(PIECES)]))
    for chunk in cut(read_document(document, raw), 16):
        assert missing(chunk, raw.decode("utf-8")) == []


@pytest.mark.parametrize("document", ["a.rst", "a.md", "a.txt", "a.html"])
@settings(deadline=None)
@given(text=st.one_of(MARKUP, st.text(st.characters(exclude_categories=("Cs",)))))
def test_the_place_of_any_passage_lies_within_the_source(document: str, text: str) -> None:
    for chunk in cut(read_document(document, text.encode()), 16):
        assert chunk.start is not None
        assert chunk.end is not None
        assert 0 <= chunk.start <= chunk.end <= len(text)


def page_of(parts: list[tuple[str, list[str]]], draw: Any) -> str:
    """Return a page of the parts, its words parted and decorated by other choices each time."""
    gaps, marks = (
        st.sampled_from([" ", "\n", "  \n\t", " <!-- no --> "]),
        st.sampled_from(["{}", "<b>{}</b>", "{} &amp;"]),
    )
    texts = [(tag, "".join(draw(marks).format(word) + draw(gaps) for word in found)) for tag, found in parts]
    return "".join(f'<{tag} class="one two">{text}</{tag}>{draw(gaps)}' for tag, text in texts)


@settings(deadline=None)
@given(data=st.data())
def test_a_passage_of_any_page_stands_where_it_says(data: st.DataObject) -> None:
    tags = st.sampled_from(["p", "h1", "h2", "pre", "div", "li", "blockquote", "td"])
    a_word = st.sampled_from(["one", "two", "class", "p", "gate", "keeper", "opens", "b", "é", "amp"])
    parts = data.draw(st.lists(st.tuples(tags, st.lists(a_word, min_size=1, max_size=40)), max_size=6))
    source = page_of(parts, data.draw)
    for chunk in cut(read_document("a.html", source.encode()), 16):
        assert missing(chunk, source) == []


def test_offsets_count_the_characters_of_the_bytes_as_they_are() -> None:
    raw = "\ufeff---\r\na: b\r\n---\r\nÄ \U0001f600 first.\r\n\r\nSecond\r\nline.\r\n".encode()
    source = raw.decode("utf-8")
    found = read_document("a.md", raw).blocks
    assert [source[b.start : b.end] for b in found] == ["Ä \U0001f600 first.", "Second\r\nline."]


def test_the_pieces_of_a_long_paragraph_have_places_of_their_own() -> None:
    text = "# T\n\n" + "\n".join(f"Sentence number {n} tells\nabout thing{n}." for n in range(40)) + "\n"
    chunks = cut(read_document("a.md", text.encode()), 30)
    assert len(chunks) > 5
    for before, after in pairwise(chunks):
        assert (before.start or 0) < (after.start or 0) <= (before.end or 0) + 80
        assert missing(after, text) == []
    assert all((c.end or 0) - (c.start or 0) < 2 * len(c.text) + 80 for c in chunks)


def test_a_heading_of_markdown_has_its_own_id_or_the_one_that_github_gives() -> None:
    text = "# The `yard` & [gate](x.md)!\n\na b\n\n## Hours {#opening}\n\nc d\n\n## Fees\n\ne f\n\n## Fees\n\ng h\n"
    found = cut(read_document("a.md", text.encode()), 40)
    assert [c.anchor for c in found] == ["the-yard--gate", "opening", "fees", "fees-1"]
    assert [c.headings[-1] for c in found] == ["The `yard` & [gate](x.md)!", "Hours", "Fees", "Fees"]


def test_a_section_of_restructured_text_has_its_label_or_the_id_that_docutils_gives() -> None:
    text = (
        "Top\n===\n\na\n\n.. _Opening_Hours:\n\nHours, 24/7!\n-----------\n\nb\n\nFees\n----\n\nc\n\nFees\n----\n\nd\n"
    )
    assert [c.anchor for c in cut(read_document("a.rst", text.encode()), 40)] == [
        "top", "opening-hours", "fees", "id1",
    ]  # fmt: skip


def test_what_stands_before_the_first_heading_has_no_anchor_and_the_title_of_the_document() -> None:
    first, second = cut(read_document("a.md", b"Before.\n\n# Guide\n\nAfter.\n"), 40)
    assert (first.anchor, first.title, second.anchor, second.title) == (None, "Guide", "guide", "Guide")


def test_front_matter_may_name_the_title() -> None:
    found = cut(read_document("a.md", b"---\ntitle: The yard\n---\n# Guide\n\nAfter.\n"), 40)
    assert found[0].title == "The yard"


def test_another_anchor_is_a_change_of_metadata_and_not_of_text() -> None:
    one, two = (read_document("a.md", b"# Hours {#%s}\n\nAt six.\n" % name) for name in (b"a", b"b"))
    assert one.text_digest == two.text_digest
    assert one.metadata_digest != two.metadata_digest


def test_a_place_decides_the_payload_and_neither_the_chunk_nor_its_vector() -> None:
    (one,) = cut(read_document("a.md", b"# T\n\nAt six.\n"), 40)
    (two,) = cut(read_document("a.md", b"# T\n\n\n\nAt six.\n"), 40)
    assert (one.chunk, one.digest) == (two.chunk, two.digest)
    assert one.payload_digest != two.payload_digest
