"""Near duplicates among new and served documents: floods, crowds and copies with contradicting content."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.documents import Document, Kind
from pointsman.core.corpus.manifest import Manifest, ManifestEntry
from pointsman.core.corpus.near_duplicates import largest_group, near_copies, nearest
from pointsman.core.edits.classify import Texts, classify
from pointsman.core.edits.lexicon import Facet
from pointsman.ports.progress import Progress
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Params
from pointsman.steps.observe.documents import read_accepted
from pointsman.steps.observe.sketches import SKETCHES, Sketch, could_crowd, could_flood, stored_sketches
from pointsman.steps.resources import Intake

CONTRADICTING_FACETS = frozenset({Facet.NUMBER, Facet.DATE, Facet.UNIT, Facet.VERSION, Facet.NEGATION, Facet.POLARITY})
"""Kinds of change that make two near copies contradict one another."""


@dataclass(frozen=True)
class NearDuplicateSearch:
    """A search for near duplicates of the new and edited documents."""

    intake: Intake
    """Reads and sketches documents."""
    diff: Diff
    """From the live documents to those to serve."""
    good: Manifest
    """The accepted documents."""
    memory: Memory
    """Keeps the sketches."""
    params: Params
    """Has the limits of the guards."""
    progress: Progress
    """Shows how far the sketching is."""

    def count_near_copies(self, manifest: Manifest, live: int) -> int:
        """Return the number of new and edited documents that nearly copy another document of ``manifest``.

        Returns 0 without reading a sketch if there are too few of them for an alarm, beside ``live`` served documents.
        Exact copies count as one text: ``guard.max_copies`` limits them, and a search returns their passages once.
        """
        guard = self.params.guard
        changed = {*self.diff.added, *self.diff.edited} & self.good.entries.keys()
        if not could_flood(guard, len(changed), live):
            return 0
        sketches = self._sketches(self.good.entries)
        texts = {document: entry.text_digest for document, entry in manifest.entries.items()}
        fresh = {texts[d]: sketches[texts[d]].raw for d in sorted(changed) if texts[d] in sketches}
        served = sorted(d for d in texts.keys() - changed if texts[d] in sketches)
        others = {texts[d]: sketches[texts[d]].raw for d in served}
        near = near_copies(fresh, others, guard.duplicate_similarity)
        return sum(texts[document] in near for document in changed)

    def largest_crowd(self) -> tuple[frozenset[str], tuple[str, ...]]:
        """Return (text digests, documents) of the largest group of new texts with one opening that are near copies.

        Both are empty if the group is too small for an alarm. Equal texts count once: ``guard.max_copies`` limits them.
        """
        guard, added = self.params.guard, self._added()
        if guard.crowd_count is None or not could_crowd(guard, len(added)):
            return frozenset(), ()
        sketches = self._sketches(added)
        by_opening: dict[str, dict[str, bytes]] = defaultdict(dict)
        for text in sorted({entry.text_digest for entry in added.values()}):
            by_opening[sketches[text].opening][text] = sketches[text].raw
        large = [each for each in by_opening.values() if could_crowd(guard, len(each))]
        crowds = [largest_group(each, guard.crowd_similarity) for each in large]
        largest: tuple[str, ...] = min(crowds, key=lambda group: (-len(group), group), default=())
        crowd = frozenset(largest)
        if not could_crowd(guard, len(crowd)):
            return frozenset(), ()
        return crowd, tuple(sorted(document for document, entry in added.items() if entry.text_digest in crowd))

    def contradicting_copies(self) -> dict[str, str]:
        """Return new document → served document that it nearly copies with other numbers, dates or negations.

        Only served documents with unchanged text count: a page that is removed when its copy comes is not contradicted.
        A served page without a stored sketch is skipped, so no unchanged document is opened only to search.
        """
        guard, added = self.params.guard, self._added()
        if guard.contradicting is None or not added:
            return {}
        sketches = self._sketches(added)
        unchanged = sorted(self.good.entries.keys() - self.diff.altered)
        served = {d: sketch.raw for d in unchanged if (sketch := sketches.get(self.good.entries[d].text_digest))}
        fresh = {d: sketches[entry.text_digest].raw for d, entry in sorted(added.items())}
        near = nearest(fresh, served, guard.duplicate_similarity)
        return {new: old for new, old in near.items() if self._contradicts(new, old)}

    def _added(self) -> dict[str, ManifestEntry]:
        """Return the accepted new documents."""
        return {document: self.good.entries[document] for document in self.diff.added if document in self.good.entries}

    def _sketches(self, documents: Mapping[str, ManifestEntry]) -> dict[str, Sketch]:
        """Return text digest → sketch, for these documents and all others in memory. A missing sketch is made.

        Raises:
            StoreMoved: a document changed since it was listed.
        """
        known = stored_sketches(self.memory)
        missing = {e.text_digest: document for document, e in documents.items() if e.text_digest not in known}
        for number, (text_digest, document) in enumerate(missing.items()):
            known[text_digest] = Sketch.of(self.intake.sketch, self._read(document))
            self.progress("sketched documents", number + 1, len(missing))
        if missing:
            self.memory.put(SKETCHES, {text_digest: sketch.as_text() for text_digest, sketch in known.items()})
        return known

    def _contradicts(self, new: str, old: str) -> bool:
        """Return whether two near copies differ in a facet that cannot be right in both."""
        if self.good.entries[new].text_digest == self.good.entries[old].text_digest:
            return False
        before, after = (passages_of(self._read(document)) for document in (old, new))
        return any(change.facet in CONTRADICTING_FACETS for change in classify(new, before, after).changes)

    def _read(self, document: str) -> Document:
        entry = self.good.entries[document]
        return read_accepted(document, entry, read=self.intake.read, store=self.intake.store)


def passages_of(document: Document) -> Texts:
    """Return (headings above, text) for each block of a document, in reading order."""
    return list(_passages(document))


def _passages(document: Document) -> Iterable[tuple[tuple[str, ...], str]]:
    above: list[tuple[int, str]] = []
    for block in document.blocks:
        if block.kind is Kind.HEADING:
            above = [*(each for each in above if each[0] < block.level), (block.level, block.text)]
        else:
            yield tuple(text for _, text in above), block.text
