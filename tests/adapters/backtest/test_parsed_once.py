"""Documents that a backtest parses once: the same bytes in the same format, whatever they are called."""

from functools import partial

from pointsman.adapters.backtest.in_memory_models import ParsedOnce
from pointsman.adapters.parsers.document import parse_and_measure
from pointsman.adapters.parsers.formats import Formats

RAW = b"Lamps\n=====\n\nThe lamp is lit at dusk.\n"


def parser(mapping: dict[str, str], **bounds: int) -> ParsedOnce:
    formats = Formats.of(mapping)
    return ParsedOnce(partial(parse_and_measure, formats=formats), formats.format_of, **bounds)


def test_the_same_bytes_are_parsed_once_for_each_format() -> None:
    once = parser({"ref/*.txt": "rst"})
    texts = [once.read(name, RAW).blocks[0].text for name in ("ref/a.txt", "b.rst", "ref/c.txt", "d.txt")]
    assert texts[:3] == ["Lamps"] * 3
    assert texts[3].startswith("Lamps =====")
    assert once.parsed == 2


def test_what_no_longer_fits_is_parsed_again() -> None:
    once = parser({}, max_bytes=len(RAW))
    for raw in (RAW, RAW + b"\nMore.\n", RAW):
        once.read("a.md", raw)
    assert once.parsed == 3
