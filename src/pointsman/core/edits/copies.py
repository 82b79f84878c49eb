"""Two near copies of a page: what one states and the other denies, and whether a change brought it about."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from pointsman.core.edits.classify import Change, classify
from pointsman.core.edits.normalize import words_of
from pointsman.core.edits.sections import Texts
from pointsman.core.edits.vocabulary.lexicon import Facet
from pointsman.core.edits.word_diff import common_ends

PAIRS_AT_MOST = 1_000_000
"""Old times new words of an edit, above which their places are not compared."""
APART = 3
"""Statements in which two pages contradicted one another before, from which they are two editions of one text."""
MARKS = "`*_\"'()[]{}<>.,;:!?|#\u2019\u201c\u201d"
"""Marks at the end of a word that another markup may put elsewhere."""


@dataclass(frozen=True)
class Page:
    """A page before and after a change."""

    now: Texts
    """What readers would get."""
    edited: bool = False
    """Whether they get something else now."""
    read_before: Callable[[], Texts | None] = lambda: None
    """Reads what they get now, of an edited page; None for a page that is new, or whose text is lost."""


def new_contradictions(changed: Page, other: Page) -> tuple[Change, ...]:
    """Return what a page that was added or edited states otherwise than a near copy of it, because of the change.

    Readers would get both. It is no such contradiction

    - if both pages said so already: somebody has seen it;
    - if the pages already contradicted one another in ``APART`` statements: they are two editions, such as a standard
      and the one that replaced it;
    - if the same statement was edited on both pages, or on the other one when its copy came: that is a new edition.
    """
    found = classify("", other.now, changed.now).opposed
    if not found or not (changed.edited or other.edited):
        return found
    theirs = other.read_before() if other.edited else other.now
    ours = changed.read_before() if changed.edited else None
    if ours is not None:
        found = _of_the_edit(found, ours, changed.now)
        earlier = classify("", theirs, ours).opposed if theirs is not None else ()
        if len(earlier) >= APART:
            return ()
        known = _among(found, earlier)
        found = tuple(change for change, before in zip(found, known, strict=True) if not before)
    if not found or not other.edited or theirs is None:
        return found
    kept = [*classify("", theirs, changed.now).opposed]
    if ours is not None:
        kept += classify("", other.now, ours).opposed
    return tuple(change for change, one_side in zip(found, _among(found, kept), strict=True) if one_side)


def _of_the_edit(found: tuple[Change, ...], old: Texts, new: Texts) -> tuple[Change, ...]:
    """Return those of the contradictions whose facts the edit of the page brought, or took away.

    An edit of the markup alone may change how sentences are cut, and so which of the differences between two copies
    are found.
    """
    gone, come = _edited_words(old, new)
    return tuple(change for change in found if _brought_by(change, gone, come))


def _brought_by(change: Change, gone: set[str], come: set[str]) -> bool:
    before, after = _stated(change.before), _stated(change.after)
    if not before and not after:
        before, after = set(_words(change.before)), set(_words(change.after))
    return not come.isdisjoint(after) or (bool(before) and before <= gone)


def _stated(text: str) -> set[str]:
    """Return the words of a text that are more than wording, as they are written."""
    return {part for word in words_of(text) if word.facet is not Facet.WORDS for part in _words(word.raw)}


def _edited_words(old: Texts, new: Texts) -> tuple[set[str], set[str]]:
    """Return (words that an edit took away, words that it brought), each at its place."""
    before, after = (_words(" ".join(text for _, text in side)) for side in (old, new))
    start, end = common_ends(before, after)
    before, after = before[start : len(before) - end], after[start : len(after) - end]
    if len(before) * len(after) > PAIRS_AT_MOST:
        counts = Counter(before), Counter(after)
        return set(counts[0] - counts[1]), set(counts[1] - counts[0])
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    edited = [(before[i:j], after[k:m]) for tag, i, j, k, m in codes if tag != "equal"]
    return {w for gone, _ in edited for w in gone}, {w for _, come in edited for w in come}


def _words(text: str) -> list[str]:
    """Return the words of a text between white space, without marks at their ends."""
    return [word for each in text.casefold().split() if (word := each.strip(MARKS))]


def _among(found: Iterable[Change], others: Iterable[Change]) -> list[bool]:
    """Return, for each change, whether one of ``others`` sets the same facts against one another, in whatever words."""
    sides = [(_facts(each.before), _facts(each.after)) for each in others]
    asked = [(_facts(change.before), _facts(change.after)) for change in found]
    return [any(_meet(before, b) and _meet(after, a) for b, a in sides) for before, after in asked]


def _facts(text: str) -> frozenset[str]:
    words = words_of(text)
    return frozenset(w.key for w in words if w.facet is not Facet.WORDS) or frozenset(w.key for w in words)


def _meet(one: frozenset[str], two: frozenset[str]) -> bool:
    return not one.isdisjoint(two) if one and two else one == two
