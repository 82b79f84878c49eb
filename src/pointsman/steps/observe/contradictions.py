"""Pages that were added or edited and state something else than a served near copy: readers would get both."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from pointsman.core.corpus.comparison.editions import are_editions
from pointsman.core.corpus.comparison.near_duplicates import ERROR, most_similar, similarity_of
from pointsman.core.corpus.documents import Document, Kind
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.edits.classify import texts_of
from pointsman.core.edits.copies import Page, new_contradictions
from pointsman.core.edits.sections import Texts
from pointsman.core.errors import StoreMoved, Unreadable
from pointsman.core.glob_patterns import compiled
from pointsman.ports.index import VectorIndex
from pointsman.steps.observe.corpus_change import CorpusChange
from pointsman.steps.observe.near_duplicates import NearDuplicateSearch

COPIES = 4
"""Near copies of one page that are opened, at most."""
PAIRS_AT_MOST = 2_000
"""Pairs of near copies that are opened in one run, at most. So many are a flood, which has a guard of its own."""


@dataclass(frozen=True)
class ContradictionSearch:
    """A search for pages that a change makes contradict a served near copy.

    Its scope is declared: pages that were added, or whose text was edited, against pages that are live and stay, where
    the two have ``guard.duplicate_similarity`` of their three-word shingles in common. It does not look at editions
    (paths that differ in a version, a date or a language: ``core.corpus.comparison.editions``), at two pages that are
    both new, at a copy of a part of a page, nor at what contradicted before the change.
    """

    near: NearDuplicateSearch
    """Has the sketches, and reads documents."""
    corpus: CorpusChange
    """What changed."""
    index: VectorIndex
    """Has the live text of an edited page."""

    def found(self) -> dict[str, str]:
        """Return added or edited document → the served document that it contradicts.

        Only the two pages of a pair are opened. A served page without a stored sketch is passed over, and so is a page
        that changed since it was listed: the next refresh looks at its change.
        """
        good, diff = self.near.good, self.corpus.diff
        exempt = compiled(self.near.params.guard.contradicting_exempt)
        asked = (d for d in (*diff.added, *diff.edited) if d in good.entries and not exempt.fullmatch(d))
        changed = {d: good.entries[d] for d in asked}
        if self.near.params.guard.contradicting is None or not changed:
            return {}
        sketches = self.near.sketches(changed)
        added = set(diff.added)
        fresh = {d: sketches[e.text_digest].raw for d, e in changed.items() if e.text_digest in sketches}
        served = {
            d: sketch.raw
            for d, entry in sorted(good.entries.items())
            if d not in added and not exempt.fullmatch(d) and (sketch := sketches.get(entry.text_digest))
        }
        likeness = self.near.params.guard.duplicate_similarity
        pairs = most_similar(fresh, served, max(0.0, likeness - ERROR), most=COPIES)
        found: dict[str, str] = {}
        for new, old in _pairs(pairs, set(diff.edited), good):
            if new not in found and self._contradicts(new, old, likeness):
                found[new] = old
        return found

    def _contradicts(self, new: str, old: str, likeness: float) -> bool:
        """Return whether two pages are near copies that the change makes contradict one another."""
        try:
            ours, theirs = self.near.read(new), self.near.read(old)
        except (StoreMoved, Unreadable, UnicodeDecodeError):
            return False
        if similarity_of(ours.text, theirs.text) < likeness:
            return False
        return bool(new_contradictions(self._page(new, ours), self._page(old, theirs)))

    def _page(self, document: str, parsed: Document) -> Page:
        edited = document in self.corpus.diff.edited
        return Page(passages_of(parsed), edited=edited, read_before=partial(self._served, document))

    def _served(self, document: str) -> Texts | None:
        """Return the passages of a page as readers get it now; None where its index is lost."""
        live = self.corpus.live
        if live is None or live.index.collection not in self.index.collections():
            return None
        at = live.index
        return texts_of(self.index.chunks(at.collection, revision=at.revision, documents=[document])) or None


def _pairs(near: Mapping[str, Iterable[str]], edited: set[str], good: Manifest) -> Iterator[tuple[str, str]]:
    """Yield the pairs of pages to compare: not twice the same, no equal texts, and no editions."""
    number = 0
    for new, others in sorted(near.items()):
        for old in others:
            again = old in edited and new in edited and old < new and new in near.get(old, ())
            same = good.entries[new].text_digest == good.entries[old].text_digest
            if again or same or are_editions(new, old):
                continue
            number += 1
            if number > PAIRS_AT_MOST:
                return
            yield new, old


def passages_of(document: Document) -> Texts:
    """Return (headings above, text) for each block of a document, in reading order."""
    return list(_passages(document))


def _passages(document: Document) -> Iterator[tuple[tuple[str, ...], str]]:
    above: list[tuple[int, str]] = []
    for block in document.blocks:
        if block.kind is Kind.HEADING:
            above = [*(each for each in above if each[0] < block.level), (block.level, block.text)]
        else:
            yield tuple(text for _, text in above), block.text
