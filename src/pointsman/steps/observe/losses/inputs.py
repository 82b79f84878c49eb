"""The inputs of the guards on losses: counted against what was served in the window, with the documents behind them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pointsman.core.corpus.comparison.alike import became_alike
from pointsman.core.corpus.comparison.losses import NAMED, Loss, Marked
from pointsman.core.corpus.comparison.manifests import Comparison, folders_of
from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.glob_patterns import compiled
from pointsman.core.policy.approval import Seen
from pointsman.core.policy.holds import (
    ALIKE,
    EDITED,
    ENCODING,
    FOLDER,
    LANGUAGE,
    LETTERS,
    PAGE_KIND,
    PATHS,
    REMOVED,
    REPLACED,
    SHORTENED,
)
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Guard
from pointsman.steps.observe.corpus_change import CorpusChange
from pointsman.steps.observe.losses.samples import stored_samples
from pointsman.steps.observe.losses.window import Window
from pointsman.steps.observe.texts.traits import changed_traits

STORE = ""
"""Place of every document that belongs to no path of ``guard.paths``."""

Places = Callable[[str], Iterable[str]]


@dataclass(frozen=True)
class LossFindings:
    """Fields of ``GuardInputs``, and the documents behind each guard."""

    counts: Mapping[str, Any] = field(default_factory=dict)
    """Field → value."""
    documents: Mapping[str, Seen] = field(default_factory=dict)
    """Guard → the documents behind it."""


def loss_inputs(corpus: CorpusChange, window: Window, *, guard: Guard, memory: Memory) -> LossFindings:
    """Return what the documents lost against what was served in the window. Empty where no text changed."""
    diff, now = corpus.diff, corpus.manifest
    if not (diff.text_changed or diff.renamed):
        return LossFindings()
    pending = {*diff.removed, *diff.edited, *diff.added, *(name for pair in diff.renamed for name in pair)}
    samples = stored_samples(memory, _texts(window.served, now))
    found = Comparison.of(window.served, now, samples, recent=window.recent, similarity=guard.duplicate_similarity)
    counts, documents = _of_places(found, pending, now, guard=guard)
    alike, like = _alike(found, samples, now, guard=guard) if found.lost.keys() & pending else (0, ())
    if guard.alike_count is not None and alike > guard.alike_count:
        counts |= {"alike": alike, "alike_documents": like[:NAMED]}
        documents[ALIKE] = _as_seen(like, now)
    marks = _marked(window.served, now, pending, memory=memory)
    loud = {name: each for name, each in marks.items() if _is_loud(guard, name, len(each))}
    counts["marked"] = tuple(Marked(name, len(each), each[:NAMED]) for name, each in loud.items())
    documents |= {name: _as_seen(each, now) for name, each in loud.items()}
    return LossFindings(counts | {"since_release": window.since}, documents)


def _of_places(
    found: Comparison, pending: Collection[str], now: Manifest, *, guard: Guard
) -> tuple[dict[str, Any], dict[str, Seen]]:
    """Return (fields, documents of each guard) of the store, its folders and the paths with limits of their own."""
    own = _OwnPaths(guard.paths)
    places = found.losses(own.place, pending)
    store = places.pop(STORE, None) or Loss(documents=sum(own.is_store(d) for d in found.before.entries))
    lost = found.losses(own.folders, pending)
    folders = {f: loss for f, loss in lost.items() if max(loss.removed, loss.rewritten) > guard.folder_count}
    few = min(guard.removed_count, guard.replaced_count, guard.most_count)
    gone, changed = found.removed_in(own.place, STORE), found.changed_in(own.place, STORE)
    fields = {
        "lost": store if max(store.removed, store.rewritten) > few or store.edited > guard.edited_count
        else store.without_names(),
        "lost_folders": tuple(folders.values()), "lost_paths": tuple(places.values()),
    }  # fmt: skip
    return fields, {
        REMOVED: dict.fromkeys(sorted(gone), 0),
        EDITED: _as_seen(changed, now),
        REPLACED: _as_seen(changed, now),
        FOLDER: _behind(found, own.folders, folders, now),
        PATHS: _behind(found, own.place, places, now),
    }


def _is_loud(guard: Guard, name: str, documents: int) -> bool:
    """Return whether so many texts changed in one way that its guard may raise an alarm."""
    most: int | None = getattr(guard, f"{name.removeprefix('guard.')}_count")
    return most is not None and documents > most


class _OwnPaths:
    """Which documents have limits of their own."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._patterns = [(path, compiled([path])) for path in paths]

    def place(self, document: str) -> tuple[str]:
        """Return the first pattern that matches a document, or ``STORE``."""
        return (next((path for path, pattern in self._patterns if pattern.fullmatch(document)), STORE),)

    def is_store(self, document: str) -> bool:
        """Return whether a document has no limits of its own."""
        return self.place(document) == (STORE,)

    def folders(self, document: str) -> Iterable[str]:
        """Return the folders above a document; none if it has limits of its own."""
        return folders_of(document) if self.is_store(document) else ()


def _texts(served: Manifest, now: Manifest) -> set[str]:
    """Return the text digests that the comparison may need: those of documents that differ."""
    before, after = served.entries, now.entries
    found = {e.content_digest for d, e in before.items() if d not in after or after[d].text_digest != e.text_digest}
    return found | {
        e.content_digest for d, e in after.items() if d not in before or before[d].text_digest != e.text_digest
    }


def _alike(
    found: Comparison, samples: Mapping[str, Any], now: Manifest, *, guard: Guard
) -> tuple[int, tuple[str, ...]]:
    """Return (different texts that were lost, the edited documents that became alike)."""
    if guard.alike_count is None or len(found.lost) <= guard.alike_count:
        return 0, ()
    before = {d: samples.get(found.before.entries[found.names.get(d, d)].content_digest) for d in found.lost}
    after = {d: s for d in found.lost if (s := samples.get(now.entries[d].content_digest)) is not None}
    return became_alike(before, after, guard.duplicate_similarity)


def _marked(served: Manifest, now: Manifest, pending: Collection[str], *, memory: Memory) -> dict[str, tuple[str, ...]]:
    """Return guard → the documents whose texts changed in its way; what is live already is left out."""
    change = changed_traits(diff=Diff.between(served, now), live=served, now=now, memory=memory)
    ways = {
        ENCODING: change.mojibake, PAGE_KIND: change.no_content, SHORTENED: change.shortened,
        LETTERS: change.wordless, LANGUAGE: change.translated,
    }  # fmt: skip
    return {guard: documents for guard, documents in ways.items() if any(d in pending for d in documents)}


def _behind(found: Comparison, places: Places, losses: Iterable[str], now: Manifest) -> dict[str, int | str]:
    """Return the documents that are gone or changed in some places, as an approval names them."""
    seen: dict[str, int | str] = {}
    for place in losses:
        seen |= dict.fromkeys(sorted(found.removed_in(places, place)), 0)
        seen |= _as_seen(found.changed_in(places, place), now)
    return seen


def _as_seen(documents: Iterable[str], now: Manifest) -> dict[str, int | str]:
    """Return documents with the digests of their texts: an approval of them is of these texts."""
    return {document: now.entries[document].content_digest for document in sorted(documents)}
