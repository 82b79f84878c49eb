"""Near duplicates among new and served documents: floods and crowds."""

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from pointsman.core.corpus.comparison.near_duplicates import largest_group, near_copies
from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.documents import Document
from pointsman.core.corpus.manifest import Manifest, ManifestEntry
from pointsman.core.errors import StoreMoved, Unreadable
from pointsman.ports.progress import Progress
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Params
from pointsman.steps.observe.documents import read_accepted
from pointsman.steps.observe.texts.memory import put_rows
from pointsman.steps.observe.texts.sketches import Sketch, could_crowd, could_flood, sketch_measure, stored_sketches
from pointsman.steps.resources import Intake


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
        sketches = self.sketches(self.good.entries)
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
        sketches = self.sketches(added)
        by_opening: dict[str, dict[str, bytes]] = defaultdict(dict)
        for text in sorted({entry.text_digest for entry in added.values()} & sketches.keys()):
            by_opening[sketches[text].opening][text] = sketches[text].raw
        large = [each for each in by_opening.values() if could_crowd(guard, len(each))]
        crowds = [largest_group(each, guard.crowd_similarity) for each in large]
        largest: tuple[str, ...] = min(crowds, key=lambda group: (-len(group), group), default=())
        crowd = frozenset(largest)
        if not could_crowd(guard, len(crowd)):
            return frozenset(), ()
        return crowd, tuple(sorted(document for document, entry in added.items() if entry.text_digest in crowd))

    def _added(self) -> dict[str, ManifestEntry]:
        """Return the accepted new documents."""
        return {document: self.good.entries[document] for document in self.diff.added if document in self.good.entries}

    def sketches(self, documents: Mapping[str, ManifestEntry]) -> dict[str, Sketch]:
        """Return text digest → sketch, for these documents and all others in memory. A missing sketch is made.

        A document that changed since it was listed has none; this run does not serve the change either.
        """
        measure = sketch_measure(self.intake.sketch)
        known = stored_sketches(self.memory, measure)
        missing = {e.text_digest: document for document, e in documents.items() if e.text_digest not in known}
        for number, (text_digest, document) in enumerate(missing.items()):
            with suppress(StoreMoved, Unreadable, UnicodeDecodeError):
                known[text_digest] = Sketch.of(self.intake.sketch, self.read(document))
            self.progress("sketched documents", number + 1, len(missing))
        if missing:
            put_rows(self.memory, measure, {text_digest: sketch.as_text() for text_digest, sketch in known.items()})
        return known

    def read(self, document: str) -> Document:
        """Return an accepted document as it is in the store.

        Raises:
            StoreMoved: it changed since it was listed.
            UnicodeDecodeError, Unreadable: it cannot be read.
        """
        entry = self.good.entries[document]
        return read_accepted(document, entry, read=self.intake.read, store=self.intake.store)
