"""Hits: the passages that a search found."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pointsman.core.corpus.chunk import Chunk


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found for a question."""

    document: str
    chunk: str
    score: float
    """Higher is better: the reranker's logit, or the reciprocal rank fusion score, or the cosine of a dense search."""
    text: str
    headings: tuple[str, ...] = ()
    metadata: Mapping[str, str | list[str]] = field(default_factory=dict)
    title: str = ""
    """The document's title."""
    anchor: str | None = None
    """What follows ``#`` in an address of the passage; None: unknown."""
    start: int | None = None
    """Offset of the passage in the source text, in characters from 0; None for formats without a text source."""
    end: int | None = None
    """Offset of its end there, exclusive."""
    also_in: tuple[str, ...] = ()
    """Other documents with exactly the same passage under the same headings, best first."""

    @property
    def documents(self) -> tuple[str, ...]:
        """Every document in which the passage was found, best first."""
        return (self.document, *self.also_in)

    def known_as(self, documents: Collection[str]) -> "Hit":
        """Return the hit with one of ``documents`` as its document, if the passage was found there; else unchanged."""
        if self.document in documents:
            return self
        name = next((each for each in self.also_in if each in documents), None)
        return self if name is None else replace(self, document=name, also_in=_but(self.documents, name))

    @classmethod
    def of(cls, chunk: Chunk, score: float) -> "Hit":
        """Return the hit for a chunk that a search found with this score."""
        names = (name for name in cls.__dataclass_fields__ if name not in {"score", "also_in"})
        return cls(score=score, **{name: getattr(chunk, name) for name in names})


def _but(documents: Sequence[str], one: str) -> tuple[str, ...]:
    return tuple(each for each in documents if each != one)


def merge_copies(hits: Iterable[Hit]) -> list[Hit]:
    """Return each passage once, in the same order: the best of its copies, with the documents of the others."""
    copies: dict[tuple[tuple[str, ...], str], list[Hit]] = {}
    for hit in hits:
        copies.setdefault((hit.headings, hit.text), []).append(hit)
    every = [(found[0], list(dict.fromkeys(hit.document for hit in found))) for found in copies.values()]
    return [replace(best, also_in=_but(documents, best.document)) for best, documents in every]


def documents_of(hits: Iterable[Hit]) -> list[str]:
    """Return every document in which these passages were found, best first."""
    return list(dict.fromkeys(name for hit in hits for name in hit.documents))
