"""Whether two wordings of one statement cannot both be right: they contradict one another."""

from collections import Counter
from collections.abc import Iterable, Sequence

from pointsman.core.edits.normalize import Word
from pointsman.core.edits.vocabulary.lexicon import OBLIGATION, Facet
from pointsman.core.edits.vocabulary.opposites import are_opposites
from pointsman.core.edits.vocabulary.spelling import distance

VALUES = frozenset({Facet.NUMBER, Facet.DATE, Facet.UNIT, Facet.VERSION})
"""Kinds of words that state a value. Two values cannot both be right."""
BLANKS = dict.fromkeys((Facet.NUMBER, Facet.DATE, Facet.VERSION), "#") | {
    facet: f"<{facet}>" for facet in (Facet.UNIT, Facet.NAME, Facet.MODALITY, Facet.POLARITY)
}
"""Kind of word → what stands for it where only the rest of a sentence is compared."""
TICKS = frozenset({"\u2713", "\u2717"})
DENIED = {"may": "not", "must": "may", "not": "may", "should": "may"}
"""What a modal word lays down → what it lays down after a negation."""
REAL_WORDS = frozenset({"note", "knot", "now"})
"""Words that are one letter from "not" and are no typing error of it."""
COMPARED_AT_MOST = 2_000
"""Words of one side times words of the other, above which opposites are not looked for."""


def cannot_both_be_right(x: Sequence[Word], y: Sequence[Word]) -> bool:
    """Return whether words and those that stand in their place in a copy contradict one another.

    They do with another number, date, unit, version or sign; with a negation more or less (a double one is none); where
    one must and another may; with words of opposite meaning, or of place, time and amount (before, after, most); and
    with another name: a person, an address, an account, a path, an option. Other words with the same facts do not.
    """
    if _is_typing_error(x, y):
        return False
    return (
        _keys(x, VALUES) != _keys(y, VALUES)
        or _polarity(x, y) != _polarity(y, x)
        or _laid_down_otherwise(x, y)
        or _named_otherwise(x, y)
    )


def _keys(words: Iterable[Word], facets: Iterable[Facet]) -> Counter[str]:
    return Counter(w.key for w in words if w.facet in facets)


def _polarity(words: Sequence[Word], others: Sequence[Word]) -> Counter[str]:
    """Return the words of place, time and amount. A tick counts only against another: alone it is an ornament."""
    ticked = all(any(w.key in TICKS for w in side) for side in (words, others))
    return Counter(w.key for w in words if w.facet is Facet.POLARITY and (ticked or w.key not in TICKS))


def _is_typing_error(x: Sequence[Word], y: Sequence[Word]) -> bool:
    """Return whether the two are one word, once with a letter too many, too few, or in the wrong place.

    The wrong spelling is no number, name or known word. Of a negation only the order of letters may be wrong.
    """
    if len(x) != 1 or len(y) != 1 or (x[0].facet is Facet.WORDS) == (y[0].facet is Facet.WORDS):
        return False
    one, two = x[0].raw.lower(), y[0].raw.lower()
    if not (one.isalpha() and two.isalpha()) or not REAL_WORDS.isdisjoint((one, two)) or are_opposites(one, two):
        return False
    facets = {x[0].facet, y[0].facet}
    near = sorted(one) == sorted(two) if Facet.NEGATION in facets else Facet.NAME not in facets
    return near and distance(one, two) <= 1


def _laid_down_otherwise(x: Sequence[Word], y: Sequence[Word]) -> bool:
    """Return whether one allows, demands, forbids or denies what the other does not."""
    denials = [any(w.facet is Facet.NEGATION and w.key not in OBLIGATION for w in side) for side in (x, y)]
    laid = [{OBLIGATION[w.key] for w in side if w.key in OBLIGATION} for side in (x, y)]
    turned = _turned_round(x, y)
    if all(laid):
        before, after = ({DENIED.get(o, o) if n else o for o in side} for side, n in zip(laid, denials, strict=True))
        return before != after or turned
    return (sum(denials) + any("not" in side for side in laid) + turned) % 2 == 1


def _turned_round(x: Sequence[Word], y: Sequence[Word]) -> bool:
    """Return whether a word of one side is the opposite of a word of the other; modal words are none here."""
    sides = [
        [w.raw.lower() for w in side if w.key not in OBLIGATION and w.facet is not Facet.NEGATION] for side in (x, y)
    ]
    if len(sides[0]) * len(sides[1]) > COMPARED_AT_MOST:
        return False
    return any(are_opposites(a, b) for a in sides[0] for b in sides[1])


def _named_otherwise(x: Sequence[Word], y: Sequence[Word]) -> bool:
    """Return whether each side names something that the other does not."""
    before, after = ({_name(w) for w in side if w.facet is Facet.NAME} - {""} for side in (x, y))
    joined = ["".join(sorted(side)) for side in (before, after)]
    return bool(before - after) and bool(after - before) and joined[0] != joined[1]


def _name(word: Word) -> str:
    """Return what tells a name from another; empty for a mark that is none. Only in code do capitals count."""
    if not any(letter.isalnum() for letter in word.raw):
        return ""
    if word.code:
        return word.raw if word.raw[1:] != word.raw[1:].lower() or len(word.raw) == 1 else word.raw.lower()
    letters = word.raw.replace("-", "")
    return letters.lower() if letters.isalpha() and word.raw[0] != "-" else word.key


def frame_in_common(x: Sequence[Word], y: Sequence[Word]) -> float:
    """Return the share of common words of two sentences (Dice coefficient, 0..1), each value or name as a blank.

    Two sentences that differ in what they state, and in little else, speak of the same thing.
    """
    before, after = (
        Counter(BLANKS.get(w.facet, w.key) for w in side if w.facet is not Facet.NEGATION) for side in (x, y)
    )
    return 2 * (before & after).total() / max(before.total() + after.total(), 1)
