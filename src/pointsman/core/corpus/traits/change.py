"""How a change moves the traits of a corpus: what became shorter, wordless, unreadable or another kind of page."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from pointsman.core.corpus.traits.language import UNKNOWN
from pointsman.core.corpus.traits.page_kind import PageKind
from pointsman.core.corpus.traits.text_traits import TextTraits

SHORTENED = 0.6
"""A page with less than this share of its characters is shortened."""
WORDLESS = 0.15
"""A page whose share of letters fell or rose by more than this consists of something else than before."""
NUMBERS = 20
"""Digits of a page from which on the loss of its digits counts."""
NUMBERLESS = 0.2
"""A page that is not shortened and keeps less than this share of its digits lost its numbers."""
SHORT = 200
"""Characters of a page from which on its length and its letters are compared: of a stub every edit is a large one."""
SIGNS = 2
"""More signs of a wrong encoding that a page needs to count, and how many times as many as before."""
SIGNS_SHARE = 1.0
"""Signs per 1,000 characters that are too many where the live text is not known."""


@dataclass(frozen=True, slots=True)
class TraitChange:
    """How the traits of the changed documents differ from those of the live ones."""

    edited: int = 0
    """Edited documents whose traits are known before and after."""
    unknown: int = 0
    """Edited documents whose live traits are not known; nothing below counts them unless it says so."""
    length_ratio: float | None = None
    """Mean of characters after / characters before of the edited documents, each at most 1 so that one page that grew
    hides none that shrank; None if none is known.
    """
    letters_change: float | None = None
    """Mean change of the share of letters in the edited documents, -1 to 1; None if none is known."""
    live_letters: float | None = None
    """Mean share of letters of the live documents whose traits are known, 0 to 1; None if none is known."""
    shortened: tuple[str, ...] = ()
    """Edited documents that kept less than ``SHORTENED`` of their characters, ordered."""
    wordless: tuple[str, ...] = ()
    """Edited documents whose share of letters moved by more than ``WORDLESS``, or that lost their numbers, ordered."""
    mojibake: tuple[str, ...] = ()
    """New and edited documents that show (more) signs of a wrong encoding, ordered."""
    translated: tuple[str, ...] = ()
    """Edited documents that are in another language now, or that lost their language, ordered."""
    strange: tuple[str, ...] = ()
    """New documents in a language that no live document has, ordered."""
    pages: Mapping[PageKind, tuple[str, ...]] = field(default_factory=dict)
    """Kind of page, except content → new and edited documents that became one, ordered."""

    @property
    def no_content(self) -> tuple[str, ...]:
        """New and edited documents that became a sign-in, error, consent, check or placeholder page, ordered."""
        return tuple(sorted(document for documents in self.pages.values() for document in documents))


def trait_change(
    *,
    edited: Mapping[str, tuple[TextTraits | None, TextTraits | None]],
    added: Mapping[str, TextTraits | None],
    live: Collection[TextTraits],
) -> TraitChange:
    """Return how a change moves the traits of a corpus.

    Args:
        edited: document → traits of its live and of its new text; None where they are not known.
        added: new document → traits of its text.
        live: the known traits of the live documents.
    """
    known = {d: (before, now) for d, (before, now) in sorted(edited.items()) if before is not None and now is not None}
    fresh = {d: (None, now) for d, now in added.items() if now is not None}
    unsure = {d: (None, now) for d, (before, now) in edited.items() if before is None and now is not None}
    everything = dict(sorted({**known, **fresh, **unsure}.items()))
    spoken = {traits.language for traits in live} | {UNKNOWN}
    lengths = [min(1.0, now.characters / before.characters) for before, now in known.values() if before.characters]
    letters = [now.letters - before.letters for before, now in known.values()]
    return TraitChange(
        edited=len(known),
        unknown=len(edited) - len(known),
        length_ratio=_mean(lengths),
        letters_change=_mean(letters),
        live_letters=_mean([traits.letters for traits in live]),
        shortened=tuple(d for d, (before, now) in known.items() if _shortened(before, now)),
        wordless=tuple(d for d, (before, now) in known.items() if _wordless(before, now)),
        mojibake=tuple(d for d, (before, now) in everything.items() if _misread(before, now)),
        translated=tuple(d for d, (before, now) in known.items() if _translated(before, now)),
        strange=tuple(d for d, (_, now) in sorted(fresh.items()) if live and now.language not in spoken),
        pages=_pages(everything),
    )


def _mean(values: Collection[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _shortened(before: TextTraits, now: TextTraits) -> bool:
    return before.characters >= SHORT and now.characters < SHORTENED * before.characters


def _wordless(before: TextTraits, now: TextTraits) -> bool:
    if min(before.characters, now.characters) < SHORT:
        return False
    lost_numbers = before.digits >= NUMBERS and now.digits < NUMBERLESS * before.digits
    return abs(round(now.letters - before.letters, 4)) > WORDLESS or (lost_numbers and not _shortened(before, now))


def _misread(before: TextTraits | None, now: TextTraits) -> bool:
    if before is None:
        return now.signs >= SIGNS and now.signs_per_1000 >= SIGNS_SHARE
    return now.signs >= before.signs + SIGNS and now.signs >= SIGNS * before.signs


def _translated(before: TextTraits, now: TextTraits) -> bool:
    """Return whether a text is in another language. One that has a page of words and no language any more is too."""
    if UNKNOWN not in (before.language, now.language):
        return before.language != now.language
    return (
        before.language != UNKNOWN and now.language == UNKNOWN and now.characters >= max(SHORT, before.characters // 2)
    )


def _pages(changed: Mapping[str, tuple[TextTraits | None, TextTraits]]) -> dict[PageKind, tuple[str, ...]]:
    found: dict[PageKind, list[str]] = {}
    for document, (before, now) in changed.items():
        if now.page is not PageKind.CONTENT and (before is None or before.page is PageKind.CONTENT):
            found.setdefault(now.page, []).append(document)
    return {kind: tuple(documents) for kind, documents in sorted(found.items())}
