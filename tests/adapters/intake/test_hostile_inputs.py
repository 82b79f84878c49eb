"""Texts and files that are made to take long are read in time, or refused with the reason; the next one is read."""

import pytest

from bench.robustness.hostile_files import FILES
from bench.robustness.hostile_texts import TEXTS
from pointsman.adapters.intake.reader import BoundedReader
from pointsman.adapters.parsers.document import parse_and_measure
from pointsman.adapters.parsers.formats import BY_ENDING

SIZE = 60_000
"""Bytes at which work that grows with the square of a text takes far longer than ``SECONDS``."""
SECONDS = 8.0
"""Processor time: all of these take less than half a second on a quiet machine."""
SOUND = b"# Yard\n\nThe yard holds forty trains, and no more.\n"


@pytest.mark.parametrize("group", sorted({name.partition(":")[0] for name in TEXTS}))
def test_no_text_takes_long(group: str) -> None:
    read = BoundedReader(parse_and_measure, BY_ENDING.format_of, seconds=SECONDS, here=0)
    slow = []
    for name, (document, make) in TEXTS.items():
        if name.partition(":")[0] == group:
            _, facts = read(document, make(SIZE))
            slow += [name] if (facts["unreadable"] or "").startswith("takes over") else []
    assert slow == []
    assert read("sound.md", SOUND)[0] is not None


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("PDF: 6,000 pages", "has 6000 pages, the limit is 5000"),
        ("PDF: a stream of 200 MB", "has a part that unpacks to over 20000000 bytes"),
        ("DOCX: text of 90 MB", "has 90000146 bytes in one part, the limit is 30000000"),
        ("DOCX: a million paragraphs", "has 34000113 bytes in one part, the limit is 30000000"),
        ("DOCX: deep content controls", "is a damaged DOCX"),
        ("DOCX: tables in tables", "is a damaged DOCX"),
        ("DOCX: entities", "is a damaged DOCX"),
    ],
)
def test_a_bomb_is_refused_with_the_value_and_the_limit(name: str, told: str) -> None:
    document, make = FILES[name]
    read = BoundedReader(parse_and_measure, BY_ENDING.format_of, seconds=20.0)
    parsed, facts = read(document, make())
    assert parsed is None
    assert facts["unreadable"].startswith(told)
    assert read("sound.md", SOUND)[0] is not None


def test_forms_that_draw_each_other_are_ended() -> None:
    document, make = FILES["PDF: forms in forms"]
    read = BoundedReader(parse_and_measure, BY_ENDING.format_of, seconds=1.0)
    parsed, facts = read(document, make())
    assert parsed is None
    assert facts["unreadable"].startswith(("takes over 1 s", "ends its reader", "needs over"))
    assert read("sound.md", SOUND)[0] is not None
