"""Probes: questions with the documents that answer them. People write golden ones; derived ones come from chunks."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.hashing import digest
from pointsman.core.supervision.example_formats import kind_of, shown

SENTENCE = re.compile(r"(?<=[.!?])\s+")
FEWEST_WORDS, MOST_WORDS = 6, 40
"""Words of a sentence that can be a derived probe."""
GOLDEN, DERIVED = "golden", "derived"
"""Kinds of probes: written by people, or made from chunks."""
DERIVED_AT_MOST = 40
"""Most derived probes of new and of unchanged content: enough to show a gap of 0.25 at 95 % confidence."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A question with the documents that answer it, and perhaps the answer."""

    id: str
    question: str
    documents: tuple[str, ...]
    answer: str | None = None
    tags: tuple[str, ...] = ()

    def hit(self, found: Sequence[str]) -> bool:
        """Return whether one of the answering documents is in ``found``."""
        return not set(self.documents).isdisjoint(found)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Probe":
        """Return the probe of a line of a probes file. Without an id it gets one from its question.

        Raises:
            ValueError: the line cannot be read; the message says where and what is expected.
        """
        question, documents = row.get("question"), row.get("documents")
        if not isinstance(question, str) or not question.strip():
            raise ValueError(f"question is {shown(question)}, not a text")
        if not isinstance(documents, list) or not documents or not all(isinstance(d, str) for d in documents):
            raise ValueError("documents must be a list of at least one document id")
        answer = row.get("answer")
        if answer is not None and not isinstance(answer, str):
            raise ValueError(f"answer is {kind_of(answer)}, not a text or null")
        tags = row.get("tags", [])
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise ValueError(f"tags is {kind_of(tags)}; it must be a list of texts")
        id_ = row.get("id") or digest(question)[:16]
        named = tuple(normalize("NFC", document) for document in documents)
        return cls(str(id_), question, documents=named, answer=answer, tags=tuple(tags))


def derive(chunks: Sequence[Chunk], *, seed: int, at_most: int = DERIVED_AT_MOST) -> list[Probe]:
    """Return probes made from chunks: the question is a sentence of a chunk (inverse cloze, Lee et al. 2019).

    A hash with ``seed`` selects chunks and sentences, so the same chunks give the same probes. A sentence that occurs
    in several documents (a notice, a licence) is never used.

    Args:
        chunks: the chunks to ask about.
        seed: seed of the hash.
        at_most: most probes.
    """
    documents = documents_by_sentence(chunks)
    shuffled = sorted(chunks, key=lambda chunk: digest(f"{seed}\n{chunk.chunk}"))
    probes = []
    for chunk in shuffled:
        sentences = own_sentences(chunk, documents, seed)
        if sentences:
            probes.append(Probe(f"derived-{chunk.chunk}", sentences[0], (chunk.document,), tags=("derived",)))
        if len(probes) == at_most:
            break
    return probes


def documents_by_sentence(chunks: Sequence[Chunk]) -> dict[str, set[str]]:
    """Return the documents in which each sentence occurs, by casefolded sentence that can be a probe."""
    documents: dict[str, set[str]] = defaultdict(set)
    for chunk in chunks:
        for sentence in _usable_sentences(chunk):
            documents[sentence.casefold()].add(chunk.document)
    return documents


def own_sentences(chunk: Chunk, documents: Mapping[str, set[str]], seed: int) -> list[str]:
    """Return the sentences that occur only in the chunk's document, in the order of the seeded hash.

    A derived probe uses the first one.
    """
    own = [sentence for sentence in _usable_sentences(chunk) if len(documents[sentence.casefold()]) == 1]
    return sorted(own, key=lambda s: digest(f"{seed}\n{s}"))


def _usable_sentences(chunk: Chunk) -> list[str]:
    """Return the sentences of a chunk that are neither too short nor too long for a question."""
    return [s for s in SENTENCE.split(chunk.text) if FEWEST_WORDS <= len(s.split()) <= MOST_WORDS]
