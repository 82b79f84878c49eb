"""New documents beside one another and beside what is served: floods, crowds and copies that contradict."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.documents import Document, Kind
from pointsman.core.corpus.manifest import Manifest, ManifestEntry
from pointsman.core.corpus.near_duplicates import largest_group, near_copies, nearest
from pointsman.core.edits.classify import Texts, classify
from pointsman.core.edits.lexicon import Facet
from pointsman.ports.progress import Progress
from pointsman.ports.stores import DocumentReader, DocumentStore
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Params
from pointsman.steps.observe.documents import read_accepted
from pointsman.steps.observe.sketches import SKETCHES, Sketch, could_crowd, could_flood, remembered
from pointsman.steps.resources import Intake

CONTRADICTING_FACETS = frozenset({Facet.NUMBER, Facet.DATE, Facet.UNIT, Facet.VERSION, Facet.NEGATION, Facet.POLARITY})
"""What two near copies cannot say differently and both be right about one thing."""


def count_near_copies(
    intake: Intake,
    manifest: Manifest,
    diff: Diff,
    good: Manifest,
    live: int,
    *,
    memory: Memory,
    params: Params,
    progress: Progress,
) -> int:
    """Count the new and edited documents that are near copies; no sketch is read when they are too few to hold.

    Copies to the letter are one text: ``guard.max_copies`` bounds them, and a search returns their passages once.
    """
    changed = {*diff.added, *diff.edited} & good.entries.keys()
    if not could_flood(params.guard, len(changed), live):
        return 0
    sketches = _sketches(intake, good.entries, memory=memory, progress=progress)
    texts = {document: entry.text_digest for document, entry in manifest.entries.items()}
    fresh = {texts[d]: sketches[texts[d]].raw for d in sorted(changed) if texts[d] in sketches}
    served = sorted(d for d in texts.keys() - changed if texts[d] in sketches)
    others = {texts[d]: sketches[texts[d]].raw for d in served}
    near = near_copies(fresh, others, params.guard.duplicate_similarity)
    return sum(texts[document] in near for document in changed)


def largest_crowd(
    intake: Intake, diff: Diff, good: Manifest, *, memory: Memory, params: Params, progress: Progress
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return (texts, documents) of the largest group of new texts that open alike and nearly copy one another.

    Both are empty where it is too small to hold. Equal texts are one: how many of them are served is the affair of
    ``guard.max_copies``.
    """
    guard = params.guard
    added = {document: good.entries[document] for document in diff.added if document in good.entries}
    if guard.crowd_count is None or not could_crowd(guard, len(added)):
        return frozenset(), ()
    sketches = _sketches(intake, added, memory=memory, progress=progress)
    alike: dict[str, dict[str, bytes]] = defaultdict(dict)
    for text in sorted({entry.text_digest for entry in added.values()}):
        alike[sketches[text].opening][text] = sketches[text].raw
    crowds = [largest_group(each, guard.crowd_similarity) for each in alike.values() if could_crowd(guard, len(each))]
    largest: tuple[str, ...] = min(crowds, key=lambda group: (-len(group), group), default=())
    crowd = frozenset(largest)
    if not could_crowd(guard, len(crowd)):
        return frozenset(), ()
    return crowd, tuple(sorted(document for document, entry in added.items() if entry.text_digest in crowd))


def _sketches(
    intake: Intake, good: Mapping[str, ManifestEntry], *, memory: Memory, progress: Progress
) -> dict[str, Sketch]:
    """Return text digest → sketch, of these documents at least; those that are not remembered are read again.

    Raises:
        StoreMoved: such a document is no longer what was listed.
    """
    known = remembered(memory)
    missing = {entry.text_digest: document for document, entry in good.items() if entry.text_digest not in known}
    for number, (digest, document) in enumerate(missing.items()):
        known[digest] = Sketch.of(
            intake.sketch, read_accepted(document, good[document], read=intake.read, store=intake.store)
        )
        progress("sketched documents", number + 1, len(missing))
    if missing:
        memory.put(SKETCHES, {digest: sketch.as_text() for digest, sketch in known.items()})
    return known


def contradicting_copies(
    intake: Intake, diff: Diff, good: Manifest, *, memory: Memory, params: Params, progress: Progress
) -> dict[str, str]:
    """Return each new document that nearly copies a served one and says other numbers, dates or negations, and which.

    The served one is of unchanged text; a page that goes when its copy comes is not contradicted. Served pages whose
    sketch is not remembered (those edited since they were sketched) are not looked at: no unchanged document is opened
    to find a likeness, only the one that is near.
    """
    guard = params.guard
    added = {document: good.entries[document] for document in diff.added if document in good.entries}
    if guard.contradicting is None or not added:
        return {}
    sketches = _sketches(intake, added, memory=memory, progress=progress)
    steady = sorted(good.entries.keys() - diff.altered)
    served = {d: sketch.raw for d in steady if (sketch := sketches.get(good.entries[d].text_digest))}
    fresh = {d: sketches[entry.text_digest].raw for d, entry in sorted(added.items())}
    near = nearest(fresh, served, guard.duplicate_similarity)
    return {
        new: old
        for new, old in near.items()
        if _contradicts(good.entries, new, old, read=intake.read, store=intake.store)
    }


def _contradicts(
    entries: Mapping[str, ManifestEntry], new: str, old: str, *, read: DocumentReader, store: DocumentStore
) -> bool:
    if entries[new].text_digest == entries[old].text_digest:
        return False
    before, after = (
        passages_of(read_accepted(document, entries[document], read=read, store=store)) for document in (old, new)
    )
    return any(change.facet in CONTRADICTING_FACETS for change in classify(new, before, after).changes)


def passages_of(document: Document) -> Texts:
    """Return (headings above, text) of a document's blocks, in reading order."""
    return list(_passages(document))


def _passages(document: Document) -> Iterable[tuple[tuple[str, ...], str]]:
    above: list[tuple[int, str]] = []
    for block in document.blocks:
        if block.kind is Kind.HEADING:
            above = [*(each for each in above if each[0] < block.level), (block.level, block.text)]
        else:
            yield tuple(text for _, text in above), block.text
