"""The documents as they were served, compared with those to serve now: what each place lost."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from pointsman.core.corpus.comparison.losses import NAMED, Loss
from pointsman.core.corpus.comparison.near_duplicates import SIZE
from pointsman.core.corpus.comparison.overlap import ShingleSample
from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.manifest import Manifest

MOST_COMPARED = 3_000
"""Documents that are gone, or new, up to which a moved document with an edited text is looked for."""


@dataclass(frozen=True)
class Comparison:
    """Documents as they were served, compared with those to serve now."""

    before: Manifest
    """What was served: each document with its oldest version."""
    gone: frozenset[str] = frozenset()
    """Documents that are gone, renamed and moved ones not counted."""
    edited: frozenset[str] = frozenset()
    """Documents whose bytes and text changed, by the names that they have now."""
    lost: Mapping[str, float] = field(default_factory=dict)
    """Name now → share of the text as it was served that is not there any more, 0..1, where any text changed."""
    unknown: frozenset[str] = frozenset()
    """Those of ``lost`` whose earlier text is not known any more."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Name now → name under which it was served, where they differ."""

    @classmethod
    def of(
        cls,
        before: Manifest,
        now: Manifest,
        samples: Mapping[str, ShingleSample],
        *,
        recent: Collection[str] = (),
        similarity: float,
    ) -> "Comparison":
        """Compare two manifests.

        Args:
            before: what was served.
            now: what is to be served.
            samples: text digest → sample of its shingles, as far as it is known.
            recent: documents of ``before`` that came while others went: one may be another one that was moved.
            similarity: from which on a document that is gone and one that came are the same one, 0..1.
        """
        diff = Diff.between(before, now)
        came = {*diff.added, *(recent & now.entries.keys() if recent else ())}
        moved = _moved(before, now, samples, gone=diff.removed, came=came, similarity=similarity)
        pairs = {**{document: document for document in diff.edited}, **{new: old for old, new in moved.items()}}
        lost, unknown = _lost_shares(before, now, samples, pairs)
        renamed = {new: old for old, new in (*diff.renamed, *moved.items())}
        edited = {n for n, o in pairs.items() if before.entries[o].byte_digest != now.entries[n].byte_digest}
        return cls(
            before,
            gone=frozenset(diff.removed) - moved.keys(),
            edited=frozenset(edited & lost.keys()),
            lost=lost,
            unknown=unknown,
            names=renamed,
        )

    def losses(self, places: Callable[[str], Iterable[str]], pending: Collection[str]) -> dict[str, Loss]:
        """Return place → what was lost there, for every place that lost something.

        ``places`` returns the places of a document, by the name under which it was served. A kind of loss to which no
        ``pending`` document adds is left out: it is live already.
        """
        changed = [*((d, d) for d in self.gone), *((self.names.get(d, d), d) for d in self.lost)]
        touched: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for old, new in changed:
            for place in places(old):
                touched[place].append((old, new))
        there: dict[str, list[int]] = {place: [0, 0] for place in touched}
        for document, entry in self.before.entries.items() if touched else ():
            for place in places(document):
                if place in there:
                    there[place][0] += 1
                    there[place][1] += entry.size
        found = {place: self._loss(place, pairs, there[place], pending) for place, pairs in touched.items()}
        return {place: loss for place, loss in sorted(found.items()) if loss.removed or loss.rewritten or loss.edited}

    def _loss(self, place: str, pairs: Iterable[tuple[str, str]], there: list[int], pending: Collection[str]) -> Loss:
        """Return the loss of a place.

        Args:
            place: its name.
            pairs: (name as served, name now) of its changed documents.
            there: its documents as served, and their bytes.
            pending: documents that are not live as they are now.
        """
        gone = sorted(old for old, _ in pairs if old in self.gone)
        edited = {new: old for old, new in pairs if new in self.lost}
        gone = gone if any(document in pending for document in gone) else []
        edited = edited if any(document in pending for document in edited) else {}
        documents, size = there
        bytes_lost = sum(self.lost[new] * self.before.entries[old].size for new, old in edited.items())
        rewritten = sum(self.lost[new] for new in edited)
        return Loss(
            place,
            documents=documents,
            removed=len(gone),
            edited=len(self.edited.intersection(edited)),
            rewritten=round(rewritten, 2),
            replaced=round(max(rewritten / documents if documents else 0.0, bytes_lost / size if size else 0.0), 4),
            unknown=len(self.unknown.intersection(edited)),
            gone=tuple(gone[:NAMED]),
            worst=tuple(sorted(edited, key=lambda document: (-self.lost[document], document))[:NAMED]),
        )

    def removed_in(self, places: Callable[[str], Iterable[str]], place: str) -> frozenset[str]:
        """Return the documents of a place that are gone."""
        return frozenset(document for document in self.gone if place in places(document))

    def changed_in(self, places: Callable[[str], Iterable[str]], place: str) -> frozenset[str]:
        """Return the documents of a place whose text changed, by the names that they have now."""
        return frozenset(new for new in self.lost if place in places(self.names.get(new, new)))


def folders_of(document: str) -> Iterator[str]:
    """Yield every folder above a document, with ``/`` at its end, the outermost first."""
    at = document.find("/")
    while at >= 0:
        yield document[: at + 1]
        at = document.find("/", at + 1)


def _moved(
    before: Manifest,
    now: Manifest,
    samples: Mapping[str, ShingleSample],
    *,
    gone: Collection[str],
    came: Collection[str],
    similarity: float,
) -> dict[str, str]:
    """Return old → new name of documents that were moved: the bytes, or most of the text, are under another name.

    Each new name is taken once. Where too many went and came at once, none is looked for.
    """
    found = _same_bytes(before, now, gone, came)
    taken = set(found.values())
    old = {n: s.raw for n in sorted(gone) if n not in found and (s := _sample(before, n, samples)) is not None}
    new = {n: s.raw for n in sorted(came) if n not in taken and (s := _sample(now, n, samples)) is not None}
    if not old or not new or max(len(old), len(new)) > MOST_COMPARED:
        return found
    rows = np.frombuffer(b"".join(new.values()), dtype=np.uint8).reshape(len(new), SIZE)
    names, free = list(new), np.ones(len(new), dtype=bool)
    for name, raw in old.items():
        alike = np.where(free, (rows == np.frombuffer(raw, dtype=np.uint8)).mean(axis=1), 0.0)
        best = int(alike.argmax())
        if alike[best] >= similarity:
            found[name], free[best] = names[best], False
    return found


def _lost_shares(
    before: Manifest, now: Manifest, samples: Mapping[str, ShingleSample], pairs: Mapping[str, str]
) -> tuple[dict[str, float], frozenset[str]]:
    """Return name now → share of the text that was lost, where any changed, and those whose texts are not known.

    ``pairs`` is name now → name as served.
    """
    lost, unknown = {}, set()
    for new, old in pairs.items():
        was, is_ = (samples.get(m.entries[n].content_digest) for m, n in ((before, old), (now, new)))
        if before.entries[old].content_digest == now.entries[new].content_digest:
            continue
        if old != new and before.entries[old].byte_digest == now.entries[new].byte_digest:
            continue  # a person gave it another ending
        if was is None or is_ is None:
            unknown.add(new)
        lost[new] = 1.0 if was is None or is_ is None else round(was.lost(is_), 4)
    return lost, frozenset(unknown)


def _same_bytes(before: Manifest, now: Manifest, gone: Collection[str], came: Collection[str]) -> dict[str, str]:
    """Return old → new name of documents whose bytes have another name: with another ending they are read otherwise."""
    free: dict[str, list[str]] = defaultdict(list)
    for name in sorted(came, reverse=True):
        free[now.entries[name].byte_digest].append(name)
    waiting = ((name, free[before.entries[name].byte_digest]) for name in sorted(gone))
    return {name: names.pop() for name, names in waiting if names}


def _sample(manifest: Manifest, name: str, samples: Mapping[str, ShingleSample]) -> ShingleSample | None:
    return samples.get(manifest.entries[name].content_digest)
