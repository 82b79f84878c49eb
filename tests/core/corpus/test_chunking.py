"""Documents into chunks: bounded, complete, in order, and steady under changes elsewhere."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.parsers.dispatch import read_document
from pointsman.core.corpus.chunking import chunk_document, chunking_fingerprint
from pointsman.core.corpus.documents import Block, Document, Kind

Count = Callable[[str], int]


def words(text: str) -> int:
    return len(text.split())


def letters(text: str) -> int:
    """Count as a byte-level tokenizer does that has learned nothing: every character, white space too."""
    return len(text)


def pieces(text: str) -> int:
    """Count as one whose tokens are four letters long and that spends one on each line break."""
    return sum(-(-len(word) // 4) for word in text.split()) + text.count("\n")


word = st.sampled_from(("a", "be.", "sea,", "déjà", "abcdefgh", "x" * 30))
lines = st.lists(st.lists(word, min_size=1, max_size=12).map(" ".join), min_size=1, max_size=4)
prose = st.builds(lambda found: Block(Kind.PROSE, " ".join(found)), lines)
verbatim = st.builds(lambda found: Block(Kind.VERBATIM, "\n".join(found)), lines)
heading = st.builds(
    lambda found, level: Block(Kind.HEADING, " ".join(found), level),
    st.lists(word, min_size=1, max_size=6),
    st.integers(1, 4),
)
documents = st.lists(st.one_of(prose, prose, verbatim, heading), max_size=10).map(lambda b: Document("a.md", tuple(b)))
bounds = st.integers(16, 60)


def words_of(document: Document) -> list[str]:
    """Return the words to be served: of every block, and of the headings that have nothing below them."""
    found: list[str] = []
    for nth, block in enumerate(document.blocks):
        following = document.blocks[nth + 1 : nth + 2]
        alone = not following or (following[0].kind is Kind.HEADING and following[0].level <= block.level)
        if block.kind is not Kind.HEADING or alone:
            found += block.text.split()
    return found


@given(documents, bounds)
def test_no_chunk_is_longer_than_the_bound(document: Document, bound: int) -> None:
    for chunk in chunk_document(document, max_tokens=bound, count=words):
        assert words(chunk.embed_text) <= bound


@pytest.mark.parametrize("count", [letters, pieces])
@given(document=documents, bound=bounds)
def test_no_chunk_is_longer_than_the_bound_of_a_tokenizer_that_counts_white_space(
    count: Count, document: Document, bound: int
) -> None:
    for chunk in chunk_document(document, max_tokens=bound, count=count):
        assert count(chunk.embed_text) <= bound


@pytest.mark.parametrize("count", [words, letters, pieces])
@given(document=documents, bound=bounds)
def test_every_character_is_in_some_chunk_in_order(count: Count, document: Document, bound: int) -> None:
    chunks = chunk_document(document, max_tokens=bound, count=count)
    assert "".join("".join(chunk.text.split()) for chunk in chunks) == "".join(words_of(document))


@given(documents, bounds)
def test_a_word_that_fits_is_never_broken(document: Document, bound: int) -> None:
    chunks = chunk_document(document, max_tokens=bound, count=words)
    assert [w for chunk in chunks for w in chunk.text.split()] == words_of(document)


def test_a_long_word_at_the_end_of_a_long_line_is_not_broken_while_it_fits() -> None:
    line = " ".join([*"abcdefghijklmnop", "x" * 60])
    chunks = chunk_document(Document("a", (Block(Kind.PROSE, line),)), max_tokens=16, count=words)
    assert [w for chunk in chunks for w in chunk.text.split()] == line.split()


def test_a_heading_with_nothing_below_it_is_still_found() -> None:
    document = read_document("a.md", b"# Guide\n\n## Opening hours: never on Mondays\n\n## Prices\n\nTen.\n")
    found = chunk_document(document, max_tokens=40, count=words)
    assert any("Mondays" in f"{chunk.embed_text} {' '.join(chunk.headings)}" for chunk in found)


@given(documents, bounds)
def test_the_same_document_gives_the_same_chunks(document: Document, bound: int) -> None:
    again = Document(document.id, tuple(document.blocks), {}, "other bytes", 7)
    assert chunk_document(document, max_tokens=bound, count=words) == chunk_document(
        again, max_tokens=bound, count=words
    )


@given(documents, bounds)
def test_chunk_ids_are_unique_in_a_document_and_differ_between_documents(document: Document, bound: int) -> None:
    chunks = chunk_document(document, max_tokens=bound, count=words)
    other = chunk_document(Document("b.md", document.blocks), max_tokens=bound, count=words)
    assert len({c.chunk for c in (*chunks, *other)}) == 2 * len(chunks)
    assert [c.digest for c in chunks] == [c.digest for c in other]


@given(documents, bounds)
def test_a_chunk_never_crosses_a_heading(document: Document, bound: int) -> None:
    paths = [chunk.headings for chunk in chunk_document(document, max_tokens=bound, count=words)]
    changes = sum(1 for before, after in pairwise(paths) if before != after)
    assert changes <= sum(1 for block in document.blocks if block.kind is Kind.HEADING)


SECTIONS = ("Opening", "Prices", "Rules")
sentence = st.lists(st.sampled_from(("gate", "key", "bell", "cart", "noon")), min_size=1, max_size=30).map(" ".join)


def written(bodies: list[str]) -> Document:
    source = "# Guide\n\n" + "\n".join(f"## {t}\n\n{body}\n" for t, body in zip(SECTIONS, bodies, strict=True))
    return read_document("a.md", source.encode())


@given(st.lists(sentence, min_size=3, max_size=3), st.integers(0, 2), sentence)
def test_an_edit_to_one_section_changes_only_its_chunks(bodies: list[str], which: int, edited: str) -> None:
    before = chunk_document(written(bodies), max_tokens=16, count=words)
    after = chunk_document(
        written([edited if n == which else b for n, b in enumerate(bodies)]), max_tokens=16, count=words
    )
    ids = {c.chunk for c in before} ^ {c.chunk for c in after}
    assert {c.headings[-1] for c in (*before, *after) if c.chunk in ids} <= {SECTIONS[which]}


@given(st.lists(sentence, min_size=3, max_size=3))
def test_wrapping_and_empty_lines_change_no_chunk(bodies: list[str]) -> None:
    plain = "# Guide\n\n" + "\n".join(f"## {t}\n\n{body}\n" for t, body in zip(SECTIONS, bodies, strict=True))
    wrapped = plain.replace("\n\n", "\n\n\n").replace(" key", "\nkey").replace("\n", "\r\n")
    both = [chunk_document(read_document("a.md", s.encode()), max_tokens=16, count=words) for s in (plain, wrapped)]
    assert [(c.chunk, c.embed_text) for c in both[0]] == [(c.chunk, c.embed_text) for c in both[1]]


def test_the_heading_path_is_embedded_with_the_text_and_not_served_in_it() -> None:
    document = read_document("a.md", b"# Guide\n\n## Prices\n\nTen.\n\n# Rules\n\nNone.\n")
    prices, rules = chunk_document(document, max_tokens=40, count=words)
    assert (prices.headings, prices.text, prices.embed_text) == (("Guide", "Prices"), "Ten.", "Guide > Prices\nTen.")
    assert rules.headings == ("Rules",)


def test_a_heading_path_of_more_than_half_the_bound_is_left_out_from_its_top() -> None:
    blocks = (
        Block(Kind.HEADING, "one two three four five", 1),
        Block(Kind.HEADING, "six", 2),
        Block(Kind.PROSE, "seven"),
    )
    found = [chunk_document(Document("a", blocks), max_tokens=n, count=words)[0].embed_text for n in (14, 13)]
    assert found == ["one two three four five > six\nseven", "six\nseven"]


def test_a_block_that_fits_is_never_cut() -> None:
    blocks = tuple(Block(Kind.PROSE, f"{n} one two. three four five") for n in range(5))
    texts = [c.text for c in chunk_document(Document("a", blocks), max_tokens=16, count=words)]
    assert [text.count("one two. three four five") for text in texts] == [2, 2, 1]


def test_the_same_text_twice_gives_two_chunks_and_one_vector() -> None:
    document = read_document("a.md", b"# A\n\nTen.\n\n# A\n\nTen.\n")
    first, second = chunk_document(document, max_tokens=40, count=words)
    assert first.chunk != second.chunk
    assert first.digest == second.digest


def test_another_bound_is_another_way_to_cut() -> None:
    assert chunking_fingerprint(200) == chunking_fingerprint(200)
    assert chunking_fingerprint(200) != chunking_fingerprint(201)
