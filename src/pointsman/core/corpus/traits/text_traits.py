"""The traits of one text: what can be said about it without knowing what it is about."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pointsman.core.corpus.documents import Document, Kind
from pointsman.core.corpus.traits.encoding import encoding_signs
from pointsman.core.corpus.traits.language import language_of
from pointsman.core.corpus.traits.page_kind import PageKind, page_kind

TRAITS_VERSION = 2
"""Version of the measuring. Stored traits of another version are not used."""


@dataclass(frozen=True, slots=True)
class TextTraits:
    """The traits of one text."""

    words: int
    """Words, separated by white space."""
    characters: int
    """Characters that are no white space."""
    letters: float
    """Share of letters among those characters, 0 to 1; 0 for an empty text."""
    signs: int
    """Signs of a wrong encoding."""
    language: str
    """Code of ISO 639, or the name of a script in Unicode; ``?`` if it is not known."""
    page: PageKind
    """Kind of page."""
    digits: int = 0
    """Digits."""

    @classmethod
    def of(cls, document: Document) -> "TextTraits":
        """Return the traits of a document's text, in linear time."""
        prose = "\n".join(block.text for block in document.blocks if block.kind is not Kind.VERBATIM)
        code = "\n".join(block.text for block in document.blocks if block.kind is Kind.VERBATIM)
        spoken = Counter(prose)
        counted = spoken + Counter(code)
        characters = sum(times for character, times in counted.items() if not character.isspace())
        letters = sum(times for character, times in counted.items() if character.isalpha())
        return cls(
            words=len(prose.split()) + len(code.split()),
            characters=characters,
            letters=round(letters / characters, 4) if characters else 0.0,
            signs=encoding_signs(document),
            language=language_of(spoken, prose),
            page=page_kind(document),
            digits=sum(times for character, times in counted.items() if character.isdigit()),
        )

    @property
    def signs_per_1000(self) -> float:
        """Signs of a wrong encoding per 1,000 characters."""
        return 1000 * self.signs / self.characters if self.characters else 0.0

    def as_row(self) -> list[Any]:
        """Return the traits as a short JSON value."""
        return [self.words, self.characters, self.letters, self.signs, self.language, str(self.page), self.digits]

    @classmethod
    def from_row(cls, row: Any) -> "TextTraits | None":
        """Return the traits that ``as_row`` gave; None if they are damaged or of another version."""
        if not isinstance(row, Sequence) or len(row) != FIELDS:
            return None
        words, characters, letters, signs, language, page, digits = row
        try:
            return cls(
                int(words), int(characters), float(letters), int(signs),
                language=str(language), page=PageKind(page), digits=int(digits),
            )  # fmt: skip
        except (TypeError, ValueError):
            return None


FIELDS = 7
"""Values in a row."""
