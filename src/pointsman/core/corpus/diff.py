"""The difference between two manifests."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from pointsman.core.corpus.manifest import Manifest, ManifestEntry


@dataclass(frozen=True, slots=True)
class Diff:
    """What changed between two manifests, document by document. An empty difference is false."""

    KINDS: ClassVar[tuple[str, ...]] = ("added", "removed", "renamed", "edited", "cosmetic", "metadata")

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    """(old id, new id) of documents with the same normalised text."""
    edited: tuple[str, ...] = ()
    cosmetic: tuple[str, ...] = ()
    """Documents whose bytes changed, but neither the normalised text nor the metadata."""
    metadata: tuple[str, ...] = ()
    unchanged: int = 0

    @classmethod
    def between(cls, old: Manifest, new: Manifest) -> "Diff":
        """Return the difference that leads from ``old`` to ``new``."""
        before, after = old.entries, new.entries
        gone = sorted(before.keys() - after.keys())
        come = sorted(after.keys() - before.keys())
        renamed = _renamed(before, after, gone, come)
        kinds: dict[str, list[str]] = defaultdict(list)
        for document in sorted(before.keys() & after.keys()):
            kinds[_kind(before[document], after[document])].append(document)
        old_names, new_names = {old for old, _ in renamed}, {new for _, new in renamed}
        return cls(
            added=tuple(d for d in come if d not in new_names),
            removed=tuple(d for d in gone if d not in old_names),
            renamed=renamed,
            edited=tuple(kinds["edited"]),
            cosmetic=tuple(kinds["cosmetic"]),
            metadata=tuple(kinds["metadata"]),
            unchanged=len(kinds["unchanged"]),
        )

    def __bool__(self) -> bool:
        return bool(self.actionable or self.cosmetic)

    @property
    def actionable(self) -> bool:
        """Whether anything that readers get changed."""
        return bool(self.added or self.removed or self.renamed or self.edited or self.metadata)

    @property
    def text_changed(self) -> bool:
        """Whether any text was added, removed or edited; names and metadata do not count."""
        return bool(self.added or self.removed or self.edited)

    @property
    def altered(self) -> frozenset[str]:
        """Ids, old and new, of the documents of which readers get something else."""
        names = (name for pair in self.renamed for name in pair)
        return frozenset((*self.added, *self.removed, *self.edited, *self.metadata, *names))

    @property
    def touched(self) -> frozenset[str]:
        """Ids, old and new, of the documents whose points may change. A cosmetic change may move their offsets."""
        return self.altered | frozenset(self.cosmetic)

    @property
    def counts(self) -> dict[str, int]:
        """Number of documents by kind of change."""
        return {kind: len(getattr(self, kind)) for kind in self.KINDS} | {"unchanged": self.unchanged}


def _kind(old: ManifestEntry, new: ManifestEntry) -> str:
    if old.text_digest != new.text_digest:
        return "edited"
    if old.metadata_digest != new.metadata_digest:
        return "metadata"
    return "unchanged" if old.byte_digest == new.byte_digest else "cosmetic"


def _renamed(
    before: Mapping[str, ManifestEntry], after: Mapping[str, ManifestEntry], gone: Iterable[str], come: Iterable[str]
) -> tuple[tuple[str, str], ...]:
    """Return (old, new) pairs of removed and added documents with the same text; equal file names first."""
    waiting: dict[str, list[str]] = defaultdict(list)
    for document in come:
        waiting[after[document].text_digest].append(document)
    pairs = []
    for old in gone:
        candidates = waiting[before[old].text_digest]
        if candidates:
            name = old.rsplit("/", 1)[-1]
            best = min(candidates, key=lambda new: (new.rsplit("/", 1)[-1] != name, new))
            candidates.remove(best)
            pairs.append((old, best))
    return tuple(pairs)


def rewritten(live: Manifest, manifest: Manifest, documents: Iterable[str]) -> list[str]:
    """Return those of ``documents`` that are in both manifests with different texts, sorted."""
    before, after = live.entries, manifest.entries
    both = (d for d in sorted(set(documents)) if d in before and d in after)
    return [d for d in both if before[d].content_digest != after[d].content_digest]
