"""Find everything that is known of a document, wherever it is stored; nothing is changed."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.errors import PointsmanError
from pointsman.core.supervision.examples import Example, parse_lines
from pointsman.core.supervision.probes import Probe
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.stores import DocumentReader, DocumentStore
from pointsman.ports.workspace import JsonLinesFiles, Memory
from pointsman.steps.ledger.lineage import lineage_of
from pointsman.steps.ledger.releases import EXAMPLES, all_releases, manifest_of
from pointsman.steps.observe.documents import OBSERVED, parse
from pointsman.steps.resources import Intake, Serving
from pointsman.steps.supervision.taint import learned_by

T = TypeVar("T")


@dataclass(frozen=True)
class Chunks:
    """The document's chunks in one collection; verification searches with them."""

    texts: tuple[str, ...] = ()
    """As they were embedded."""
    vectors: tuple[NDArray[np.float32], ...] = ()
    """One a text, shape (dimension,)."""


@dataclass(frozen=True)
class Cited:
    """Lines of the user's files that name the document."""

    examples: tuple[str, ...] = ()
    """``file:line``."""
    probes: tuple[str, ...] = ()
    """``file:line``."""
    digests: frozenset[str] = frozenset()
    """Digests of these examples."""
    texts: tuple[str, ...] = ()
    """Questions and answers of these examples and probes."""
    others: tuple[str, ...] = ()
    """Texts of all other lines."""


@dataclass(frozen=True)
class Found:
    """Everything that is known of a document."""

    documents: tuple[str, ...]
    points: Mapping[str, int] = field(default_factory=dict)
    """Collection → points of all revisions."""
    releases: tuple[str, ...] = ()
    """Releases whose manifest contains it."""
    copies: tuple[str, ...] = ()
    """Other documents with the same text, in any release."""
    cited: Cited = field(default_factory=Cited)
    adapters: Mapping[str, str] = field(default_factory=dict)
    """Fingerprint of an adapter that learned from it → its part, ``generator`` or ``retriever``."""
    in_source: tuple[str, ...] = ()
    """Those of the documents that the store lists."""
    chunks: Mapping[str, Chunks] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    """All texts of it: from the store, the collections, examples and probes."""
    text_digests: frozenset[str] = frozenset()
    remembered: bool = False
    """Whether the cache of the last listing contains it."""

    def __bool__(self) -> bool:
        cited = self.cited.examples or self.cited.probes
        return bool(self.releases or any(self.points.values()) or self.in_source or self.remembered or cited)

    def as_json(self) -> dict[str, Any]:
        """Return the object of ``forget --dry-run --json``."""
        return {
            "documents": list(self.documents),
            "points": {name: n for name, n in self.points.items() if n},
            "releases": list(self.releases),
            "copies": list(self.copies),
            "examples": list(self.cited.examples),
            "probes": list(self.cited.probes),
            "adapters": dict(self.adapters),
            "in_source": list(self.in_source),
        }


def find(intake: Intake, documents: Collection[str], *, serving: Serving, memory: Memory) -> Found:
    """Return everything that is known of documents; nothing is changed."""
    ids = tuple(sorted(set(documents)))
    listed = {each.document: each for each in intake.store.listing()}
    manifests = [(release, manifest_of(serving.ledger, release)) for release in all_releases(serving.ledger)]
    texts = {m.entries[d].content_digest for _, m in manifests for d in ids if d in m.entries}
    sources, source_digests = _from_source([d for d in ids if d in listed], read=intake.read, store=intake.store)
    texts |= source_digests
    same = {
        d for _, m in manifests for d, e in m.entries.items()
        if e.content_digest in texts and d not in ids
    }  # fmt: skip
    chunks = {name: _chunks(serving.index, name, ids) for name in serving.index.collections()}
    cited = cited_by(ids, example_files=intake.examples, probe_files=intake.probes)
    every = [*sources, *(text for each in chunks.values() for text in each.texts), *cited.texts]
    named = tuple(release.id for release, m in manifests if m.entries.keys() & set(ids))
    return Found(
        documents=ids,
        points={n: sum(1 for _ in serving.index.points(n, documents=ids)) for n in chunks},
        releases=named,
        copies=tuple(sorted(same)),
        cited=cited,
        adapters=_adapters(serving.ledger, set(named), cited.digests | _noted_examples(serving.ledger, ids)),
        in_source=tuple(d for d in ids if d in listed),
        chunks=chunks,
        texts=tuple(dict.fromkeys(every)),
        text_digests=frozenset(texts),
        remembered=any(d in memory.get(OBSERVED).get("documents", {}) for d in ids),
    )


def _from_source(documents: Sequence[str], *, read: DocumentReader, store: DocumentStore) -> tuple[list[str], set[str]]:
    """Return (texts, text digests) of the documents that the store can still read."""
    texts, digests = [], set()
    for document in documents:
        try:
            parsed = parse(read, document, store.read(document))
        except (PointsmanError, OSError, ValueError):
            continue  # it is damaged or gone by now: the index and the ledger know the versions that were served
        texts.append(parsed.text)
        digests.add(parsed.text_digest)
    return texts, digests


def _chunks(vector_index: VectorIndex, collection: str, ids: Sequence[str]) -> Chunks:
    """Return every chunk of the documents in a collection, of all revisions, with its vector."""
    births = {point.born for point in vector_index.points(collection, documents=ids)}
    found: dict[str, Chunk] = {}
    for revision in sorted(births):
        found |= {w.digest: w for w in vector_index.chunks(collection, revision=revision, documents=ids)}
    vectors = vector_index.vectors(collection, found.keys()) if found else {}
    return Chunks(tuple(found[d].embed_text for d in vectors), tuple(vectors.values()))


def cited_by(ids: Collection[str], *, example_files: JsonLinesFiles, probe_files: JsonLinesFiles) -> Cited:
    """Return the lines of examples and probes that name one of ``ids``."""
    wanted = set(ids)
    examples, other_examples = _citing(example_files, Example.from_json, lambda e: set(e.cites) & wanted)
    probes, other_probes = _citing(probe_files, Probe.from_json, lambda p: set(p.documents) & wanted)
    texts = [text for e in examples.values() for text in (e.question, e.completion)]
    texts += [text for p in probes.values() for text in (p.question, p.answer or "")]
    digests = frozenset(e.digest for e in examples.values())
    return Cited(
        tuple(examples), tuple(probes), digests=digests, texts=tuple(texts), others=(*other_examples, *other_probes)
    )


def _citing(
    lines: JsonLinesFiles, read: Callable[[Mapping[str, Any]], T], names: Callable[[T], Any]
) -> tuple[dict[str, T], list[str]]:
    found: dict[str, T] = {}
    others: list[str] = []
    for name, text in lines.texts():
        for value in parse_lines(text, name)[0]:
            origin = value.pop("_origin")
            try:
                row = read(value)
            except ValueError:
                continue  # a line that cannot be parsed was never used
            if names(row):
                found[origin] = row
            else:
                others.append(json.dumps(value, ensure_ascii=False))
    return found, others


def _noted_examples(ledger: Ledger, ids: Collection[str]) -> frozenset[str]:
    """Return the digests of all examples noted for one of ``ids``, also of those no longer in the files."""
    lineage, wanted = lineage_of(ledger), set(ids)
    notes = (*lineage.accepted.items(), *lineage.confirmed.items())
    return frozenset(example for example, cites in notes if wanted.intersection(cites))


def _adapters(ledger: Ledger, named: Collection[str], examples: Collection[str]) -> dict[str, str]:
    """Return adapter → part, of the adapters that learned from examples citing the documents, or from their chunks."""
    found = {}
    for release in all_releases(ledger):
        known = ledger.get(EXAMPLES, release.trained_on) if release.trained_on else None
        learned = {*(known["digests"] if known else ()), *learned_by(ledger, release)}
        if release.generator.adapter and learned & set(examples):
            found[release.generator.adapter] = "generator"
        if release.embedder.adapter and release.id in named:
            found[release.embedder.adapter] = "retriever"
    return found
