"""Questions with the documents that answer them: golden ones from people, derived ones from changed chunks."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.hashing import digest

SENTENCE = re.compile(r"(?<=[.!?])\s+")
FEWEST_WORDS, MOST_WORDS = 6, 40
GOLDEN, DERIVED = "golden", "derived"
"""Kinds of probes: written by people, and made from chunks."""
DERIVED_AT_MOST = 40
"""Derived probes on each side: a gap of 0.25 then shows at 95 %."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A question with the documents that answer it, optionally the answer."""

    id: str
    question: str
    documents: tuple[str, ...]
    answer: str | None = None
    tags: tuple[str, ...] = ()

    def hit(self, found: Sequence[str]) -> bool:
        """Tell whether one of the answering documents is among the documents ``found``."""
        return not set(self.documents).isdisjoint(found)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Probe":
        """Return the probe that a line of a probes file spells.

        Raises:
            ValueError: the line is not of the form in README, "Probes"; the message says where.
        """
        question, documents = row.get("question"), row.get("documents")
        if not isinstance(question, str) or not question.strip():
            raise ValueError(f"question is {question!r}, not a text")
        if not isinstance(documents, list) or not documents or not all(isinstance(d, str) for d in documents):
            raise ValueError("documents must be a list of at least one document id")
        answer = row.get("answer")
        if answer is not None and not isinstance(answer, str):
            raise ValueError(f"answer is {type(answer).__name__}, not a text or null")
        tags = row.get("tags", [])
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise ValueError(f"tags is {tags!r}, not a list of texts")
        id_ = row.get("id") or digest(question)[:16]
        return cls(str(id_), question, tuple(documents), answer, tuple(tags))


def derive(chunks: Sequence[Chunk], *, seed: int, at_most: int = DERIVED_AT_MOST) -> list[Probe]:
    """Return probes made from chunks: one sentence of a chunk asks for its document (inverse cloze, Lee et al. 2019).

    Which chunks and which sentence is drawn by hashing with ``seed``: the same chunks give the same probes. A sentence
    that several documents have (a notice, a licence) asks for none of them.
    """
    homes = documents_by_sentence(chunks)
    drawn = sorted(chunks, key=lambda chunk: digest(f"{seed}\n{chunk.chunk}"))
    probes = []
    for chunk in drawn:
        sentences = own_sentences(chunk, homes, seed)
        if sentences:
            probes.append(Probe(f"derived-{chunk.chunk}", sentences[0], (chunk.document,), tags=("derived",)))
        if len(probes) == at_most:
            break
    return probes


def documents_by_sentence(chunks: Sequence[Chunk]) -> dict[str, set[str]]:
    """Return the documents that have each sentence that can be asked, whatever its case."""
    homes: dict[str, set[str]] = defaultdict(set)
    for chunk in chunks:
        for sentence in _askable(chunk):
            homes[sentence.casefold()].add(chunk.document)
    return homes


def own_sentences(chunk: Chunk, homes: Mapping[str, set[str]], seed: int) -> list[str]:
    """Return the sentences that ask for a chunk's document and for no other, in the order in which they are drawn.

    A derived probe asks the first one.
    """
    own = [sentence for sentence in _askable(chunk) if len(homes[sentence.casefold()]) == 1]
    return sorted(own, key=lambda s: digest(f"{seed}\n{s}"))


def _askable(chunk: Chunk) -> list[str]:
    """Return the sentences of a chunk that are long enough to ask something and short enough to be a question."""
    return [s for s in SENTENCE.split(chunk.text) if FEWEST_WORDS <= len(s.split()) <= MOST_WORDS]
