"""A document is its normalised blocks and its metadata."""

from pointsman.core.corpus.documents import Block, Document, Kind

TITLE = Block(Kind.HEADING, "Guide", 1)
BODY = Block(Kind.PROSE, "Open the gate.")


def test_the_title_is_the_first_heading_and_else_the_id() -> None:
    assert Document("a.md", (BODY, TITLE)).title == "Guide"
    assert Document("a.md", (BODY,)).title == "a.md"


def test_blocks_are_parted_by_an_empty_line() -> None:
    assert Document("a.md", (TITLE, BODY)).text == "Guide\n\nOpen the gate."


def test_the_same_words_in_other_blocks_are_another_text() -> None:
    variants = [
        Document("a", (TITLE, BODY)),
        Document("a", (BODY, TITLE)),
        Document("a", (Block(Kind.HEADING, "Guide", 2), BODY)),
        Document("a", (TITLE, Block(Kind.VERBATIM, "Open the gate."))),
        Document("a", (Block(Kind.PROSE, "Guide\n\nOpen the gate."),)),
    ]
    assert len({d.text_digest for d in variants}) == len(variants)


def test_the_text_digest_looks_at_nothing_but_the_text() -> None:
    one = Document("a", (BODY,), {"access": "all"}, "d1", 10)
    assert one.text_digest == Document("b", (BODY,), {}, "d2", 99).text_digest


def test_the_order_of_metadata_means_nothing_and_its_values_do() -> None:
    first = Document("a", (), {"access": ["staff", "all"], "lang": "en"})
    assert first.metadata_digest == Document("a", (), {"lang": "en", "access": ["staff", "all"]}).metadata_digest
    assert first.metadata_digest != Document("a", (), {"lang": "en", "access": ["all", "staff"]}).metadata_digest
    assert (
        Document("a", (), {"access": "staff"}).metadata_digest
        != Document("a", (), {"access": ["staff"]}).metadata_digest
    )
