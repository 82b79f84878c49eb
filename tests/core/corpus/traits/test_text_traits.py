"""The traits of one text are measured in linear time and kept as one short row."""

import json
import time

import pytest

from pointsman.adapters.parsers.document import read_document
from pointsman.core.corpus.documents import Block, Document, Kind
from pointsman.core.corpus.traits.page_kind import PageKind
from pointsman.core.corpus.traits.text_traits import TextTraits

PAGE = """# Boiler

The boiler of the engine is filled before noon, and it is not to be opened while the fire is in it. If the valve does
not hold, the man at the lever shuts it and writes the time on the sheet that is by the door of the house.

    pressure = 12.5
"""


def traits_of(text: str) -> TextTraits:
    return TextTraits.of(read_document("page.md", text.encode()))


def test_words_characters_letters_language_and_kind_are_measured() -> None:
    found = traits_of(PAGE)
    assert (found.words, found.language, found.page, found.signs) == (54, "en", PageKind.CONTENT, 0)
    assert found.characters == len("".join(read_document("page.md", PAGE.encode()).text.split()))
    assert 0.9 < found.letters < 1
    assert found.digits == 3


def test_the_share_of_letters_is_of_the_characters_that_are_no_white_space() -> None:
    assert TextTraits.of(Document("d", (Block(Kind.PROSE, "ab 12"),))).letters == 0.5


def test_an_empty_document_has_traits() -> None:
    assert TextTraits.of(Document("d", ())) == TextTraits(0, 0, 0.0, 0, language="?", page=PageKind.CONTENT)
    assert TextTraits.of(Document("d", ())).signs_per_1000 == 0


def test_signs_are_counted_per_1000_characters() -> None:
    found = TextTraits.of(Document("d", (Block(Kind.PROSE, "KÃ¶ln " + "a" * 1994),)))
    assert (found.signs, found.signs_per_1000) == (1, pytest.approx(0.5, abs=0.01))


def test_a_row_is_short_json_and_gives_the_same_traits_again() -> None:
    found = traits_of(PAGE)
    stored = json.dumps(found.as_row())
    assert len(stored) < 60
    assert TextTraits.from_row(json.loads(stored)) == found


@pytest.mark.parametrize(
    "row", [None, "", [], [1, 2], [1, 1, "x", 0, "en", "content", 1], [1, 1, 0.5, 0, "en", "poem", 1]]
)
def test_a_damaged_row_is_unknown(row: object) -> None:
    assert TextTraits.from_row(row) is None


def test_five_megabytes_are_measured_in_linear_time() -> None:
    for text in ("The boiler is warm. " * 250_000, "я" * 2_500_000, "Sign in " * 300):
        document = Document("d", (Block(Kind.PROSE, text),))
        began = time.process_time()
        TextTraits.of(document)
        assert time.process_time() - began < 4
