"""Hits: passages that a search found, each text once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pointsman.core.corpus.chunk import Wanted


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage found for a question."""

    document: str
    chunk: str
    score: float
    """Reranker's logit when reranked, reciprocal-rank-fusion score when fused, cosine when dense; higher is nearer."""
    text: str
    headings: tuple[str, ...] = ()
    metadata: Mapping[str, str | list[str]] = field(default_factory=dict)
    title: str = ""
    """The document's title."""
    anchor: str | None = None
    """What follows ``#`` in an address of the passage."""
    start: int | None = None
    """Where the passage begins in the source text, in characters from 0; None where a format has no source text."""
    end: int | None = None
    """Where it ends there, exclusive."""
    also_in: tuple[str, ...] = ()
    """Other documents found with the very same passage under the same headings, best first."""

    @property
    def documents(self) -> tuple[str, ...]:
        """Every document that it was found in."""
        return (self.document, *self.also_in)

    def known_as(self, documents: Collection[str]) -> "Hit":
        """Return the passage as one of ``documents`` has it, if one of them was found with it; else as it is."""
        if self.document in documents:
            return self
        name = next((each for each in self.also_in if each in documents), None)
        return self if name is None else replace(self, document=name, also_in=_but(self.documents, name))

    @classmethod
    def of(cls, wanted: Wanted, score: float) -> "Hit":
        """Return a chunk as the passage that a search finds."""
        names = (name for name in cls.__dataclass_fields__ if name not in {"score", "also_in"})
        return cls(score=score, **{name: getattr(wanted, name) for name in names})


def _but(documents: Sequence[str], one: str) -> tuple[str, ...]:
    return tuple(each for each in documents if each != one)


def once(hits: Iterable[Hit]) -> list[Hit]:
    """Return each passage once, the best of its copies with the others' documents; the order stays."""
    copies: dict[tuple[tuple[str, ...], str], list[Hit]] = {}
    for hit in hits:
        copies.setdefault((hit.headings, hit.text), []).append(hit)
    every = [(found[0], list(dict.fromkeys(hit.document for hit in found))) for found in copies.values()]
    return [replace(best, also_in=_but(documents, best.document)) for best, documents in every]


def sources_of(hits: Iterable[Hit]) -> list[str]:
    """Return every document that these passages were found in, best first."""
    return list(dict.fromkeys(name for hit in hits for name in hit.documents))
