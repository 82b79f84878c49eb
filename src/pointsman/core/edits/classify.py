"""Classifies an edit of a document: a changed fact, or only wording (factual and fluency edits: Bronner & Monz 2012).

The old and the new text are compared section by section and sentence by sentence, in canonical words
(``core.edits.normalize``). An edit counts as factual unless it is surely wording: a fact mistaken for wording misleads,
wording mistaken for a fact only costs a look. Every edit is re-indexed in any case. The class explains the change, and
says which old answers an adapter must no longer give.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.edits.long_texts import is_too_long, without_equal_passages
from pointsman.core.edits.normalize import words_of
from pointsman.core.edits.opposed import frame_in_common
from pointsman.core.edits.sections import Section, Texts, sections_of, sentences_in_common, words_in_common
from pointsman.core.edits.tables import Table
from pointsman.core.edits.units import Path, Unit
from pointsman.core.edits.vocabulary.lexicon import Facet
from pointsman.core.edits.word_diff import Difference, Known, common_ends, word_differences

PAIRS_AT_MOST = 250_000
"""Old times new sentences of a section, above which their order is not compared."""
COMPARED_AT_MOST = 10_000
"""Old times new sentences (or sections), above which none counts as edited: all are removed and all are added."""
ALIKE = 0.3
"""Share of common words (Dice coefficient, 0..1) from which a new sentence is an edited old one."""
SAME_SECTION = 0.5
"""Share of common sentences (0..1) from which a section under another heading is the same one, renamed."""
SAME_FRAME = 0.5
"""Share of common words, values and names left out, from which two sentences speak of the same thing (0..1)."""
SHORT = 3
"""Words of a sentence in the place of another one, up to which the two are compared although they share no word."""
REVERSALS = frozenset({Facet.NEGATION, Facet.MODALITY, Facet.POLARITY})
"""Kinds of change by which a heading contradicts another. Another name or number there is another subject."""
EXCERPT = 160
"""Most characters of a text that a change quotes."""
SHOWN = 5
"""Most changes of a document that the record lists; all are counted."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that an edit changed."""

    facet: Facet
    """What kind of thing."""
    before: str
    """The words before; empty if something was added."""
    after: str
    """The words after; empty if something was removed."""
    section: str = ""
    """The headings above, outermost first."""
    table: str | None = None
    """The caption of the table in which it is, empty if that has none; None outside of tables."""
    whole: bool = False
    """Whether the whole table was added or removed; the words are its first line."""
    opposed: bool = False
    """Whether both wordings cannot be right at once: two copies that say so contradict one another."""

    def as_json(self) -> dict[str, Any]:
        """Return the change for the record; ``table`` and ``whole`` only where there is a table."""
        value = asdict(self)
        del value["opposed"]
        return {k: v for k, v in value.items() if k not in ("table", "whole") or self.table is not None}


@dataclass(frozen=True, slots=True)
class Edit:
    """The edit of one document."""

    document: str
    changes: tuple[Change, ...]
    """The facts that changed, in reading order."""
    reworded: int = 0
    """Number of sentences that say the same in other words or with other punctuation."""

    @property
    def factual(self) -> bool:
        """Whether a fact changed or may have changed."""
        return bool(self.changes)

    @property
    def opposed(self) -> tuple[Change, ...]:
        """The changes whose two wordings cannot both be right."""
        return tuple(change for change in self.changes if change.opposed)

    def as_json(self) -> dict[str, Any]:
        """Return the edit for the record: the first changes, and the number of all by facet."""
        return {
            "document": self.document,
            "factual": self.factual,
            "facets": dict(sorted(Counter(str(c.facet) for c in self.changes).items())),
            "changes": [change.as_json() for change in self.changes[:SHOWN]],
            "reworded": self.reworded,
        }


def texts_of(chunks: Iterable[Chunk]) -> list[tuple[Path, str]]:
    """Return the passages of a document's chunks, in reading order if the format has offsets."""
    placed = sorted(chunks, key=lambda c: -1 if c.start is None else c.start)
    return [(chunk.headings, chunk.text) for chunk in placed]


def classify(document: str, old: Texts, new: Texts, known: Known | None = None, *, ordered: bool = True) -> Edit:
    """Return the edit that leads from the old version of a document to the new one.

    Args:
        document: its id.
        old: its passages before.
        new: its passages now.
        known: returns whether a word is correctly spelt. Without it, a corrected spelling counts as factual.
        ordered: whether the passages are in reading order, so that another order counts as a change.
    """
    old, new = without_equal_passages(old, new)
    if is_too_long(old, new):
        return Edit(document, (Change(Facet.WORDS, _cut(old[0][1] if old else ""), _cut(new[0][1] if new else "")),))
    before, after = sections_of(old), sections_of(new)
    pairs, changes = _paired(before, after, known)
    edited: list[tuple[str, list[Unit], list[Unit]]] = []
    reworded = 0
    for first, second in pairs:
        where = " > ".join(second.path or first.path)
        reworded += _marks_only(first.units, second.units)
        regions, moved = _regions(first.units, second.units, ordered=ordered)
        changes += [_change(Facet.ORDER, u, u, where) for u in moved]
        edited += [(where, a, b) for a, b in regions]
    _extract_moves(edited, changes)
    sizes = Counter(u.table for s in (*before.values(), *after.values()) for u in s.units if u.table)
    for where, a, b in edited:
        changes += _extract_tables(where, a, b, sizes)
        found, rewritten = _compare_region(where, a, b, known)
        changes += found
        reworded += rewritten
    return Edit(document, tuple(changes), reworded)


def _paired(
    old: dict[Path, Section], new: dict[Path, Section], known: Known | None
) -> tuple[list[tuple[Section, Section]], list[Change]]:
    """Return pairs of old and new sections, and the changed headings.

    Sections with the same headings are a pair. Others are a pair if they share enough sentences.
    """
    pairs = [(section, new[key]) for key, section in old.items() if key in new]
    left = [section for key, section in old.items() if key not in new]
    free = [section for key, section in new.items() if key not in old]
    changes: list[Change] = []
    for section in left:
        rivals = free if len(left) * len(free) <= COMPARED_AT_MOST else ()
        best = max(rivals, key=lambda other: sentences_in_common(section, other), default=None)
        if best is None or sentences_in_common(section, best) < SAME_SECTION:
            pairs.append((section, Section((), [])))
            continue
        free.remove(best)
        pairs.append((section, best))
        a, b = (" > ".join(s.path) for s in (section, best))
        if found := word_differences(tuple(words_of(a)), tuple(words_of(b)), known):
            changes.append(
                Change(Facet.SECTION, a, b, b, opposed=any(d.facet in REVERSALS and d.opposed for d in found))
            )
    pairs += [(Section((), []), section) for section in free]
    return pairs, changes


def _marks_only(old: Sequence[Unit], new: Sequence[Unit]) -> int:
    """Return how many sentences have the same words with other punctuation, case or spelling."""
    raw = Counter(u.raw for u in old)
    keys = Counter(u.key for u in old)
    stayed = (raw & Counter(u.raw for u in new)).total()
    return max(0, (keys & Counter(u.key for u in new)).total() - stayed)


def _regions(
    old: list[Unit], new: list[Unit], *, ordered: bool
) -> tuple[list[tuple[list[Unit], list[Unit]]], list[Unit]]:
    """Return ((removed, added) sentences at each place, sentences that moved inside their section)."""
    start, end = common_ends([u.key for u in old], [u.key for u in new])
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    if not old and not new:
        return [], []
    a, b = [u.key for u in old], [u.key for u in new]
    if not ordered or len(a) * len(b) > PAIRS_AT_MOST:
        more, less = Counter(a) - Counter(b), Counter(b) - Counter(a)
        return [(_draw(old, more), _draw(new, less))], []
    codes = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    cut = [(old[i:j], new[k:m]) for tag, i, j, k, m in codes if tag != "equal"]
    shifted = Counter(u.key for gone, _ in cut for u in gone) & Counter(u.key for _, come in cut for u in come)
    sides = zip(*cut, strict=True)
    gone_left, come_left = (Counter(u.key for part in side for u in part) - shifted for side in sides)
    moved = [u for gone, _ in cut for u in gone if shifted[u.key]]
    regions = [(_draw(gone, gone_left), _draw(come, come_left)) for gone, come in cut]
    return [(g, c) for g, c in regions if g or c], [u for u in moved if u.numbered or not u.line]


def _draw(units: Sequence[Unit], left: Counter[Path]) -> list[Unit]:
    """Return the units whose key still has a count in ``left``, and lower that count."""
    drawn = []
    for unit in units:
        if left[unit.key] > 0:
            left[unit.key] -= 1
            drawn.append(unit)
    return drawn


def _extract_moves(edited: list[tuple[str, list[Unit], list[Unit]]], changes: list[Change]) -> None:
    """Move from ``edited`` to ``changes`` the sentences that went from one section to another word for word."""
    homes: dict[Path, dict[str, deque[Unit]]] = {}
    for where, _, come in edited:
        for unit in come:
            homes.setdefault(unit.key, {}).setdefault(where, deque()).append(unit)
    moved: set[int] = set()
    for where, gone, _ in edited:
        for unit in gone:
            there = next((place for place in homes.get(unit.key, ()) if place != where), None)
            if there is None:
                continue
            free = homes[unit.key][there]
            moved |= {id(unit), id(free.popleft())}
            if not free:
                del homes[unit.key][there]
            changes.append(Change(Facet.SECTION, f"{_cut(unit.raw)} ({where})", f"{_cut(unit.raw)} ({there})", there))
    for _, gone, come in edited:
        gone[:], come[:] = ([unit for unit in side if id(unit) not in moved] for side in (gone, come))


def _extract_tables(where: str, gone: list[Unit], come: list[Unit], sizes: Counter[Table]) -> list[Change]:
    """Take out the tables that were added or removed as a whole, and return one change for each.

    A table in the place of another is compared line by line.
    """
    if any(u.table for u in gone) and any(u.table for u in come):
        return []
    changes: list[Change] = []
    for facet, units in ((Facet.REMOVED, gone), (Facet.ADDED, come)):
        here = Counter(u.table for u in units if u.table)
        for table in [table for table, n in here.items() if n == sizes[table]]:
            first = next(u for u in units if u.table is table)
            old, new = (first, None) if facet is Facet.REMOVED else (None, first)
            changes.append(replace(_change(facet, old, new, where), whole=True))
            units[:] = [u for u in units if u.table is not table]
    return changes


def _compare_region(where: str, gone: list[Unit], come: list[Unit], known: Known | None) -> tuple[list[Change], int]:
    """Return (changed facts, number of sentences with new wording only) of removed and added sentences."""
    old, new = (tuple(word for unit in side for word in unit.words) for side in (gone, come))
    if gone and come and not word_differences(old, new, known):
        return [], len(come)
    changes: list[Change] = []
    reworded, left = 0, list(come)
    short = len(gone) == len(come) == 1 and len(gone[0].words) <= SHORT and len(come[0].words) <= SHORT
    cells = short or (len(gone) == len(come) and all(u.table for u in (*gone, *come)))
    for n, unit in enumerate(gone):
        rivals = left if len(gone) * len(come) <= COMPARED_AT_MOST else ()
        best = max(rivals, key=lambda other: words_in_common(unit, other), default=None)
        if best is None or words_in_common(unit, best) < ALIKE:
            best = come[n] if cells and come[n] in left else None
        if best is None:
            changes.append(_change(Facet.REMOVED, unit, None, where))
            continue
        left.remove(best)
        found = word_differences(unit.words, best.words, known)
        reworded += not found
        strange = short and words_in_common(unit, best) < ALIKE
        same = strange or frame_in_common(unit.words, best.words) >= SAME_FRAME
        changes += [_replaced(each, where, best.table, same_statement=same) for each in found]
    changes += [_change(Facet.ADDED, None, unit, where) for unit in left]
    return changes, reworded


def _change(facet: Facet, old: Unit | None, new: Unit | None, where: str) -> Change:
    """Return the change of a whole unit: added, removed or moved."""
    unit = new or old
    table = unit.table.caption if unit and unit.table else None
    return Change(facet, _cut(old.raw) if old else "", _cut(new.raw) if new else "", section=where, table=table)


def _replaced(found: Difference, where: str, table: Table | None, *, same_statement: bool) -> Change:
    caption = table.caption if table else None
    return Change(
        found.facet, _cut(found.before), _cut(found.after), section=where, table=caption,
        opposed=found.opposed and same_statement,
    )  # fmt: skip


def _cut(text: str) -> str:
    """Return the beginning of a text, with ``…`` if it was cut."""
    return text if len(text) <= EXCERPT else f"{text[: EXCERPT - 1].rstrip()}…"


def summed(edits: Sequence[Edit]) -> Mapping[str, int]:
    """Return the number of documents with a changed fact, and with changed wording only."""
    factual = sum(edit.factual for edit in edits)
    return {"factual": factual, "wording": len(edits) - factual}
