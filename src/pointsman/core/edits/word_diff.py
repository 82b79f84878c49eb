"""In what two wordings of a sentence differ beyond wording: words that turn a fact, and what is no slip of spelling."""

from collections import Counter
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from pointsman.core.edits.lexicon import JOINERS, SMALL, Facet
from pointsman.core.edits.normalize import Word

PAIRS_AT_MOST = 250_000
"""Words of what was replaced, old times new, beyond which it is another text."""
FEW_LETTERS, MANY_LETTERS = 3, 8
"""Letters of a word from which one slip is told, and from which two are."""

Known = Callable[[str], bool]
"""Whether a lower-case word is one that people use, for instance one that a tokenizer does not cut."""

REVERSING = ("un", "in", "im", "ir", "il", "dis", "non", "mis", "de", "re", "under", "over")
"""Beginnings that turn a word into another one."""


def respelled(old: Word, new: Word, known: Known | None) -> bool:
    """Tell whether a spelling was mended: nobody uses the old word, people use the new one, and they are near."""
    a, b = (w.raw.lower().replace("'", "") for w in (old, new))
    if known is None or old.named or new.named or {old.facet, new.facet} != {Facet.WORDS}:
        return False
    return not reverses(a, b) and not known(a) and known(b) and _near(a, b)


def slipped(word: Word, known: Known | None) -> bool:
    """Tell whether a word is a small one, misspelt."""
    low = word.raw.lower()
    if known is None or word.named or word.facet is not Facet.WORDS or len(low) < FEW_LETTERS or known(low):
        return False
    return any(_near(low, small) for small in SMALL if len(small) >= FEW_LETTERS)


def _near(a: str, b: str) -> bool:
    """Tell whether a slip lies between two words: a letter left out, one too many, or two swapped."""
    long = min(len(a), len(b)) >= MANY_LETTERS and a[:FEW_LETTERS] == b[:FEW_LETTERS]
    return a[0] == b[0] and distance(a, b) <= (2 if long else 1)


def reverses(old: str, new: str) -> bool:
    """Tell whether one word is the other with a beginning that turns it around."""
    return any(old == p + new or new == p + old for p in REVERSING)


def distance(a: str, b: str) -> int:
    """Return the optimal string alignment distance (Damerau 1964): a letter more or less, or two swapped, is 1.

    Another letter is 2: it is rather another word (sulfate, sulfite).
    """
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        row = [i]
        for j, y in enumerate(b, start=1):
            best = min(last[j] + 1, row[-1] + 1, last[j - 1] + 2 * (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]


Difference = tuple[Facet, str, str]
"""(facet, words before, words after)."""

WEIGHT = (
    Facet.NEGATION, Facet.MODALITY, Facet.DATE, Facet.VERSION, Facet.UNIT, Facet.NUMBER, Facet.POLARITY, Facet.NAME,
    Facet.ORDER, Facet.WORDS,
)  # fmt: skip
"""Which facet a difference is named for, when it has several; the first."""


def differences(old: tuple[Word, ...], new: tuple[Word, ...], known: Known | None) -> list[Difference]:
    """Return what two wordings differ in beyond wording; [] when they say the same."""
    a, b = [w.key for w in old], [w.key for w in new]
    if a == b:
        return [] if _agents(old) == _agents(new) else [(Facet.ORDER, _said(old), _said(new))]
    if len(a) * len(b) > PAIRS_AT_MOST:
        return [(Facet.WORDS, _said(old), _said(new))]
    shifted = Counter(a) & Counter(b)
    codes = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    still = Counter(a[n] for tag, i, j, _, _ in codes if tag == "equal" for n in range(i, j))
    shifted -= still
    gone, come = Counter(shifted), Counter(shifted)
    found: list[Difference] = []
    for tag, i, j, k, m in codes:
        if tag == "equal":
            continue
        x = [w for w in old[i:j] if not _counted_off(gone, w.key)]
        y = [w for w in new[k:m] if not _counted_off(come, w.key)]
        if (x or y) and not _same(x, y, known):
            found.append(_difference(x, y))
    if not found and shifted.total() and not _harmless_order(old, new):
        found.append((Facet.ORDER, _said(old), _said(new)))
    return found


def _counted_off(left: Counter[str], key: str) -> bool:
    if left[key] > 0:
        left[key] -= 1
        return True
    return False


def _same(x: Sequence[Word], y: Sequence[Word], known: Known | None) -> bool:
    """Tell whether two runs of words are one another written otherwise: joined, or with the spelling mended."""
    if x and y and all(map(_plain, (*x, *y))) and _joined(x) == _joined(y):
        return True
    if not y:
        return all(slipped(word, known) for word in x)
    return len(x) == len(y) and all(a.key == b.key or respelled(a, b, known) for a, b in zip(x, y, strict=True))


def _plain(word: Word) -> bool:
    """Tell whether a word is of letters and hyphens, with a capital at most at its beginning: no identifier."""
    letters = word.raw.replace("-", "")
    return (
        word.facet in (Facet.WORDS, Facet.NAME)
        and letters.isalpha()
        and letters[1:] in {letters[1:].lower(), letters[1:].upper()}
    )


def _joined(words: Sequence[Word]) -> str:
    return "".join(w.raw.lower().replace("-", "") for w in words)


def _difference(x: Sequence[Word], y: Sequence[Word]) -> Difference:
    facets = {w.facet for w in (*x, *y)}
    facet = next(f for f in WEIGHT if f in facets)
    if facet is Facet.WORDS and any(reverses(a.raw.lower(), b.raw.lower()) for a in x for b in y):
        facet = Facet.NEGATION
    return facet, _said(x), _said(y)


def _said(words: Sequence[Word]) -> str:
    return " ".join(w.raw for w in words)


def key_of(words: Sequence[Word]) -> tuple[str, ...]:
    """Return what a sentence says in canonical form; who does something and who suffers it are told apart."""
    return (*(w.key for w in words), *["by"] * _agents(words))


def _agents(words: Sequence[Word]) -> int:
    """Return how often somebody is named by whom something is done."""
    return sum("by" in (*w.gap, *w.tail) for w in words)


def _harmless_order(old: tuple[Word, ...], new: tuple[Word, ...]) -> bool:
    """Tell whether words in another order say the same: a passive turned, parts of a list or clauses swapped."""
    if _agents(old) != _agents(new):
        return True
    a, b = [w.key for w in old], [w.key for w in new]
    start = next(n for n, (x, y) in enumerate(zip(a, b, strict=True)) if x != y)
    end = len(a) - next(n for n, (x, y) in enumerate(zip(a[::-1], b[::-1], strict=True)) if x != y)
    for cut in range(start + 1, end):
        if a[cut:end] + a[start:cut] == b[start:end]:
            joints = {*old[cut].gap, *new[start + end - cut].gap, *new[start].gap}
            return not JOINERS.isdisjoint(joints)
    return False
