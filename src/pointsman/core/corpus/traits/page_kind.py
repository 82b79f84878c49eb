"""What kind of page a text is: content, or what a server shows in its place (a sign-in page, an error, a consent)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pointsman.core.corpus.documents import Document, Kind
from pointsman.core.corpus.traits.page_phrases import PHRASES
from pointsman.core.corpus.traits.page_titles import LABELS, TITLES, TITLES_TO


class PageKind(StrEnum):
    """Kind of a page."""

    CONTENT = "content"
    LOGIN = "login"
    """A form to sign in, or the message that a session has ended."""
    ERROR = "error"
    """An error of the server, or a page that is not there."""
    COOKIE = "cookie"
    """A request for consent to cookies."""
    BLOCKED = "blocked"
    """A check for robots, or the request to switch on JavaScript."""
    PLACEHOLDER = "placeholder"
    """A parked domain, a page under construction, a server's first page, or filler."""


LONGEST = 2_500
"""Characters of a page that is no content, at most: a longer text has something to say."""
WANTED = 2
"""Different phrases that a page needs. One is enough under a title that says the same, if it is much of the page."""
COVERED = 0.12
"""Share of the characters that is much of a page."""
COVERED_TITLED = 0.04
"""Share of the characters that is enough under a title."""
LONGEST_TITLE = 100
"""Characters of a title, at most."""
BETWEEN = re.compile("[|·:•»]| [-–—] ")  # noqa: RUF001 - dashes that stand between a title and the name of a site
FIRST_OF_ASIA = 0x0E00
"""First code point (Thai) from which on scripts without spaces between words follow."""
OPENING = 3
"""Blocks at the beginning of a page in which its title stands; the name of the site may come first."""


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """How the pages of one kind are recognised."""

    phrases: tuple[str, ...]
    """What only such a page says to its reader."""
    titles: frozenset[str]
    """What such a page is called."""
    beginnings: tuple[str, ...]
    """How its title begins where the name of a site follows."""
    labels: frozenset[str]
    """What the fields and buttons of its form are called."""


def page_kind(document: Document) -> PageKind:
    """Return the kind of a page. A long text, or one with code, is content whatever it speaks of."""
    blocks = document.blocks
    length = sum(len(block.text) for block in blocks)
    if length > LONGEST or any(block.kind is Kind.VERBATIM for block in blocks):
        return PageKind.CONTENT
    folded = [_folded(block.text) for block in blocks]
    scores = {kind: _score(lexicon, folded) for kind, lexicon in LEXICA.items()}
    best = max(scores, key=lambda kind: scores[kind])
    return best if scores[best] > 0 else PageKind.CONTENT


def _score(lexicon: _Lexicon, blocks: Sequence[str]) -> float:
    """Return how much of a page is what such pages say, 0 to 1; 0 where it is too little."""
    titles = [block for block in blocks[:OPENING] if _is_title(block, lexicon)]
    body = [block for block in blocks if block not in titles]
    if titles and not any(body):
        return 1.0
    found = _phrases_in("\n".join(body), lexicon.phrases)
    found += [label for block in body if (label := block.strip(" :*")) in lexicon.labels]
    covered = sum(len(phrase) for phrase in found) / max(1, sum(len(block) for block in body))
    several = len(set(found)) >= WANTED
    enough = several and covered >= (COVERED_TITLED if titles else COVERED)
    return covered if enough or (titles and covered >= COVERED) else 0.0


def _phrases_in(text: str, phrases: Iterable[str]) -> list[str]:
    """Return the phrases of a text, each once for each place; one that is part of another does not count."""
    found = [phrase for phrase in phrases if phrase in text]
    whole = [phrase for phrase in found if not any(phrase in other for other in found if other != phrase)]
    return [phrase for phrase in whole for _ in re.finditer(_bounded(phrase), text)]


def _bounded(phrase: str) -> str:
    """Return an expression for a phrase that does not begin or end within a word; Asian scripts have no spaces."""
    return f"{_edge(phrase[0])}{re.escape(phrase)}{_edge(phrase[-1])}"


def _edge(letter: str) -> str:
    return r"\b" if letter.isalnum() and ord(letter) < FIRST_OF_ASIA else ""


def _is_title(block: str, lexicon: _Lexicon) -> bool:
    """Return whether a short block is such a title, with or without the name of a site beside it."""
    parts = [part.strip(" .!") for part in BETWEEN.split(block)] if len(block) <= LONGEST_TITLE else []
    return any(part in lexicon.titles or part.startswith(lexicon.beginnings) for part in parts)


def _folded(text: str) -> str:
    """Return a text in lower case, with plain apostrophes and without the dot that a Turkish capital leaves."""
    return text.casefold().replace("\u2019", "'").replace("\u0307", "")


def _lexicon(kind: str) -> _Lexicon:
    tables = (PHRASES, TITLES, TITLES_TO, LABELS)
    phrases, titles, beginnings, labels = (tuple(map(_folded, table.get(kind, ()))) for table in tables)
    return _Lexicon(phrases, frozenset(titles), beginnings, labels=frozenset(labels))


LEXICA: Mapping[PageKind, _Lexicon] = {PageKind(kind): _lexicon(kind) for kind in PHRASES}
