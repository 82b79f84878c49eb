"""Tells the examples of documentation from credentials: what vendors publish, ``xxxx``, ``<your-key>``, ``…EXAMPLE``.

Two grades. What is *certainly* no credential is served. What is only *likely* an example (ascending digits, one short
piece repeated, a test card's number) is served only where the text beside it says so ("for example", "looks like").
"""

import re
from bisect import bisect_left
from functools import cache, lru_cache

from pointsman.adapters.validation.sensitive.folded_text import fold
from pointsman.core.hashing import digest

PUBLISHED = frozenset({
    "0011cc25eb4320717494d2703e8cba85",  # Azurite, the storage emulator
    "3f6d084b5caf3d3b2812a9cf8fb2b101",  # Slack: bot token
    "b7c9c3b56f40df2b2350b81cf88024eb",  # Google: YouTube's API key
    "0b5dd075ccdd03c42f4edda8e299e683",  # Telegram: Bot API
    "7e498f91828a193cac5ecbe78ab47c6c",  # GitHub: REST API
    "02f7ce3c263f85c019eeeeea4b08f1b7",  # Discord: bot token
})  # fmt: skip
"""Digests of examples that vendors publish and that no word in them gives away."""

CERTAIN = re.compile(
    r"(?i:example|placeholder|redacted|changeme|change[_-]me|dummy|sample|replace|insert|notreal|not[_-]real|"
    r"x{4}|foobar|deadbeef|lorem)"
    r"|your|YOUR|Your|fake|FAKE|\*{3}|\.{3}|…|[<>{}\[\]$%](?![0-9A-F]{2})|(?<![A-Za-z0-9])(?:here|token|todo|test|TODO|TEST)(?![A-Za-z0-9])"
)
"""What only a placeholder contains. Words of four letters count in one case alone: a random token may hold them."""
FEW_CHARACTERS = 2
"""Distinct letters and digits up to which a value says nothing: ``0000``, ``abababab``."""
LIKELY_SHARE = 0.6
"""Share of a value, 0..1, that must be ascending or repeated for it to be likely an example."""
LONGEST_PIECE = 8
"""Characters of a piece whose repetition makes a value likely an example."""

SAID_BEFORE, SAID_AFTER = 300, 120
"""Characters before and after a value in which the text can say that it is an example."""

SAYS_EXAMPLE = re.compile(
    r"(?<![\w.@-])(?:(?i:examples?|e\.g|such as|samples?|dummy|demo|test|testing|fake|placeholders?|looks? like|"
    r"fictitious|sandbox|mock|beispiel\w{0,12}|muster\w{0,12}|exemples?|ejemplos?|esempio|exemplos?|voorbeeld)"
    r"|" + "|".join(map(fold, ("пример", "примера", "например", "Пример", "Например"))) + r")(?![\w@-]|\.\w)"
    r"|例|예시|예제"
)
"""Words with which a text presents something as an example; a part of a domain (``example.com``) is none."""


def is_certain(value: str) -> bool:
    """Return whether a value is certainly no credential."""
    if digest(value) in PUBLISHED or CERTAIN.search(value):
        return True
    return len({char for char in value if char.isalnum()}) <= FEW_CHARACTERS


def is_likely(value: str) -> bool:
    """Return whether a value looks made up: ascending for the most part, or one short piece repeated."""
    plain = [char for char in value.lower() if char.isalnum()]
    needed = LIKELY_SHARE * len(plain)
    if sum(map(_follows, plain, plain[1:])) >= needed:
        return True
    pieces = range(1, min(LONGEST_PIECE, len(plain) // 3) + 1)
    return any(sum(map(str.__eq__, plain, plain[size:])) >= needed for size in pieces)


def is_presented(text: str, begin: int, end: int) -> bool:
    """Return whether the text around a value says that it is an example."""
    return is_beside(SAYS_EXAMPLE, text, begin - SAID_BEFORE, end + SAID_AFTER)


def is_beside(words: re.Pattern[str], text: str, begin: int, end: int) -> bool:
    """Return whether one of some words begins between two offsets; a text is searched once."""
    places = _places(words, text)
    at = bisect_left(places, begin)
    return at < len(places) and places[at] < end


@lru_cache(maxsize=4)
def _places(words: re.Pattern[str], text: str) -> list[int]:
    return [found.start() for found in words.finditer(text)]


@cache
def _follows(char: str, after: str) -> bool:
    """Return whether a character is the next one after another: ``b`` after ``a``, ``0`` after ``9``."""
    return ord(after) - ord(char) == 1 or (char, after) in {("9", "0"), ("0", "a"), ("z", "0"), ("9", "a")}
