"""Differences between two wordings of a sentence that may change a fact; corrected spelling is none."""

from collections import Counter
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from pointsman.core.edits.normalize import Word
from pointsman.core.edits.opposed import VALUES, cannot_both_be_right
from pointsman.core.edits.vocabulary.lexicon import JOINERS, SMALL, Facet
from pointsman.core.edits.vocabulary.opposites import are_opposites, reverses_meaning
from pointsman.core.edits.vocabulary.spelling import distance

PAIRS_AT_MOST = 250_000
"""Old times new words, above which the two are compared as whole texts."""
FEW_LETTERS, MANY_LETTERS = 3, 8
"""Fewest letters of a word in which one typing error is recognised, and in which two are."""

PLACES = frozenset({"in", "on", "at", "for", "with", "to", "via", "per"})
"""Small words before a part of a sentence that say what part it has."""

Known = Callable[[str], bool]
"""Returns whether a lower-case word is correctly spelt, for example whether a tokenizer keeps it in one piece."""


def is_corrected_spelling(old: Word, new: Word, known: Known | None) -> bool:
    """Return whether a typing error was corrected: the old word is unknown, the new one known, and they are similar."""
    a, b = (w.raw.lower().replace("'", "") for w in (old, new))
    if known is None or old.named or new.named or {old.facet, new.facet} != {Facet.WORDS}:
        return False
    return not reverses_meaning(a, b) and not known(a) and known(b) and _near(a, b)


def is_misspelt_small_word(word: Word, known: Known | None) -> bool:
    """Return whether a word is an ignored word with a typing error."""
    low = word.raw.lower()
    if known is None or word.named or word.facet is not Facet.WORDS or len(low) < FEW_LETTERS or known(low):
        return False
    return any(_near(low, small) for small in SMALL if len(small) >= FEW_LETTERS)


def _near(a: str, b: str) -> bool:
    """Return whether two words differ by a typing error: a missing letter, an extra one, or two swapped."""
    long = min(len(a), len(b)) >= MANY_LETTERS and a[:FEW_LETTERS] == b[:FEW_LETTERS]
    return a[0] == b[0] and distance(a, b) <= (2 if long else 1)


class Difference(NamedTuple):
    """A difference that may change a fact."""

    facet: Facet
    before: str
    """The words before; empty if some were added."""
    after: str
    """The words after; empty if some were removed."""
    opposed: bool
    """Whether both cannot be right at once, if the rest of the two sentences is about the same thing."""


WEIGHT = (
    Facet.NEGATION, Facet.MODALITY, Facet.DATE, Facet.VERSION, Facet.UNIT, Facet.NUMBER, Facet.POLARITY, Facet.NAME,
    Facet.ORDER, Facet.WORDS,
)  # fmt: skip
"""If a difference has several facets, the first in this order names it."""


def word_differences(old: tuple[Word, ...], new: tuple[Word, ...], known: Known | None) -> list[Difference]:
    """Return the differences that may change a fact; [] if the two say the same.

    Args:
        old: the words before.
        new: the words now.
        known: returns whether a word is correctly spelt; None: no typing error is recognised.
    """
    a, b = [w.key for w in old], [w.key for w in new]
    if a == b:
        same = _agents(old) == _agents(new)
        return [] if same else [Difference(Facet.ORDER, _text_of(old), _text_of(new), opposed=True)]
    start, end = common_ends(a, b)
    x, y = old[start : len(old) - end], new[start : len(new) - end]
    if len(x) * len(y) > PAIRS_AT_MOST:
        return [Difference(Facet.WORDS, _text_of(x), _text_of(y), opposed=cannot_both_be_right(x, y))]
    found, shifted = _differences(x, y, known)
    if shifted.total() and (not found or any(w.facet in VALUES and shifted[w.key] for w in x)):
        found += _reordered(old, new, found)
    return found


def common_ends(old: Sequence[object], new: Sequence[object]) -> tuple[int, int]:
    """Return (number of equal items at the beginning, number of equal items at the end)."""
    shorter = min(len(old), len(new))
    start = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    end = next((n for n in range(shorter - start) if old[-1 - n] != new[-1 - n]), shorter - start)
    return start, end


def _differences(
    old: Sequence[Word], new: Sequence[Word], known: Known | None
) -> tuple[list[Difference], Counter[str]]:
    """Return (the differences, the words that stand in another place)."""
    a, b = [w.key for w in old], [w.key for w in new]
    codes = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    still = Counter(a[n] for tag, i, j, _, _ in codes if tag == "equal" for n in range(i, j))
    shifted = (Counter(a) & Counter(b)) - still
    gone, come = Counter(shifted), Counter(shifted)
    found: list[Difference] = []
    for tag, i, j, k, m in codes:
        if tag == "equal":
            continue
        x = [w for w in old[i:j] if not _counted_off(gone, w.key)]
        y = [w for w in new[k:m] if not _counted_off(come, w.key)]
        if (x or y) and not _same(x, y, known):
            found.append(_difference(x, y))
    return found, shifted


def _reordered(old: tuple[Word, ...], new: tuple[Word, ...], found: Sequence[Difference]) -> list[Difference]:
    """Return the difference that another order makes, if it may change a fact."""
    if found:
        return [Difference(Facet.ORDER, _text_of(old), _text_of(new), opposed=True)]
    if _harmless_order(old, new):
        return []
    return [Difference(Facet.ORDER, _text_of(old), _text_of(new), opposed=not _is_list(old, new))]


def _counted_off(left: Counter[str], key: str) -> bool:
    if left[key] > 0:
        left[key] -= 1
        return True
    return False


def _same(x: Sequence[Word], y: Sequence[Word], known: Known | None) -> bool:
    """Return whether two runs of words are the same: joined or hyphenated otherwise, or with corrected spelling."""
    if x and y and all(map(_plain, (*x, *y))) and _joined(x) == _joined(y):
        return True
    if not y:
        return all(is_misspelt_small_word(word, known) for word in x)
    return len(x) == len(y) and all(
        a.key == b.key or is_corrected_spelling(a, b, known) for a, b in zip(x, y, strict=True)
    )


def _plain(word: Word) -> bool:
    """Return whether a word is no identifier: letters and hyphens only, and no capital inside."""
    letters = word.raw.replace("-", "")
    return (
        word.facet in (Facet.WORDS, Facet.NAME)
        and letters.isalpha()
        and not word.raw.startswith("-")
        and letters[1:] in {letters[1:].lower(), letters[1:].upper()}
    )


def _joined(words: Sequence[Word]) -> str:
    return "".join(w.raw.lower().replace("-", "") for w in words)


def _difference(x: Sequence[Word], y: Sequence[Word]) -> Difference:
    facets = {w.facet for w in (*x, *y)}
    facet = next(f for f in WEIGHT if f in facets)
    pairs = [(a.raw.lower(), b.raw.lower()) for a in x for b in y]
    if facet is Facet.WORDS and any(reverses_meaning(a, b) for a, b in pairs):
        facet = Facet.NEGATION
    elif facet in (Facet.WORDS, Facet.NAME) and any(are_opposites(a, b) for a, b in pairs):
        facet = Facet.POLARITY
    return Difference(facet, _text_of(x), _text_of(y), opposed=cannot_both_be_right(x, y))


def _text_of(words: Sequence[Word]) -> str:
    return " ".join(w.raw for w in words)


def key_of(words: Sequence[Word]) -> tuple[str, ...]:
    """Return the canonical form of a sentence. It keeps apart who does something and to whom it is done."""
    return (*(w.key for w in words), *["by"] * _agents(words))


def _agents(words: Sequence[Word]) -> int:
    """Return how often "by" names who does something, as in a passive sentence."""
    return sum("by" in (*w.gap, *w.tail) for w in words)


def _harmless_order(old: tuple[Word, ...], new: tuple[Word, ...]) -> bool:
    """Return whether another order says the same: active and passive, or swapped clauses or parts of a list."""
    if _agents(old) != _agents(new):
        return True
    a, b = [w.key for w in old], [w.key for w in new]
    start = next(n for n, (x, y) in enumerate(zip(a, b, strict=True)) if x != y)
    end = len(a) - next(n for n, (x, y) in enumerate(zip(a[::-1], b[::-1], strict=True)) if x != y)
    for cut in range(start + 1, end):
        if a[cut:end] + a[start:cut] == b[start:end]:
            joints = {*old[cut].gap, *new[start + end - cut].gap, *new[start].gap}
            kept = _keeps_place(old[cut], new[start]) or _keeps_place(old[start], new[start + end - cut])
            return kept or not JOINERS.isdisjoint(joints)
    return False


def _is_list(old: Sequence[Word], new: Sequence[Word]) -> bool:
    """Return whether the words that changed places are the parts of one list, whose order says nothing."""
    start, end = common_ends([w.key for w in old], [w.key for w in new])
    parts = old[start + 1 : len(old) - end]
    return len(parts) > 0 and all(not JOINERS.isdisjoint(word.gap) or "or" in word.gap for word in parts)


def _keeps_place(old: Word, new: Word) -> bool:
    """Return whether a part of a sentence has the same small word before it in another place: it still says when."""
    return not PLACES.isdisjoint({*old.gap} & {*new.gap})
