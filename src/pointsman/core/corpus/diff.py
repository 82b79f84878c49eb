"""Manifests, and what lies between two of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from pointsman.core.corpus.manifest import Entry, Manifest


@dataclass(frozen=True, slots=True)
class Diff:
    """What lies between two manifests, per document. Falsy when nothing does."""

    KINDS: ClassVar[tuple[str, ...]] = ("added", "removed", "renamed", "edited", "cosmetic", "metadata")

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    """(old id, new id), the normalised text being equal."""
    edited: tuple[str, ...] = ()
    cosmetic: tuple[str, ...] = ()
    """The bytes differ, the normalised text and the metadata do not."""
    metadata: tuple[str, ...] = ()
    unchanged: int = 0

    @classmethod
    def between(cls, old: Manifest, new: Manifest) -> "Diff":
        """Derive the diff that leads from ``old`` to ``new``."""
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
        """Whether anything that is served would be different."""
        return bool(self.added or self.removed or self.renamed or self.edited or self.metadata)

    @property
    def text_changed(self) -> bool:
        """Whether some text came, went or changed, beyond names and metadata."""
        return bool(self.added or self.removed or self.edited)

    @property
    def altered(self) -> frozenset[str]:
        """Every document id, old or new, of which readers get something else."""
        names = (name for pair in self.renamed for name in pair)
        return frozenset((*self.added, *self.removed, *self.edited, *self.metadata, *names))

    @property
    def touched(self) -> frozenset[str]:
        """Every document id, old or new, whose points may have to change: of a cosmetic change, their offsets."""
        return self.altered | frozenset(self.cosmetic)

    @property
    def counts(self) -> dict[str, int]:
        """Number of documents of each kind."""
        return {kind: len(getattr(self, kind)) for kind in self.KINDS} | {"unchanged": self.unchanged}


def _kind(old: Entry, new: Entry) -> str:
    if old.text_digest != new.text_digest:
        return "edited"
    if old.metadata_digest != new.metadata_digest:
        return "metadata"
    return "unchanged" if old.byte_digest == new.byte_digest else "cosmetic"


def _renamed(
    before: Mapping[str, Entry], after: Mapping[str, Entry], gone: Iterable[str], come: Iterable[str]
) -> tuple[tuple[str, str], ...]:
    """Pair documents that went with documents that came and have the same text; the same file name first."""
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
    """Return those of ``documents`` that both manifests have with different texts, ordered."""
    before, after = live.entries, manifest.entries
    both = (d for d in sorted(set(documents)) if d in before and d in after)
    return [d for d in both if before[d].said != after[d].said]
