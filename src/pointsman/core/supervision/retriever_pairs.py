"""Retriever pairs: a query, the passage that answers it, and hard negatives that do not.

Negatives are mined from the index and filtered as in NV-Retriever ("TopK-PercPos", Moreira et al. 2024, arXiv
2407.15831): a candidate that scores above 95 % of the positive's score probably answers the query too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.hashing import content_id, digest
from pointsman.core.index.hits import Hit
from pointsman.core.supervision.examples import is_held_out
from pointsman.core.supervision.probes import Probe, documents_by_sentence, own_sentences

HEADING, CLOZE, PROBE = "heading", "cloze", "probe"
"""Where a query comes from: a section's heading, a sentence of the chunk (inverse cloze), a golden probe."""

NEAREST = 0.95
"""Share of the positive's score beyond which a candidate is taken for a false negative."""


@dataclass(frozen=True, slots=True)
class Negative:
    """A passage that is near to a query and does not answer it."""

    document: str
    chunk: str
    text: str
    score: float
    """Cosine to the query."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A query and the passage that answers it, with where they come from."""

    kind: str
    query: str
    passage: str
    documents: tuple[str, ...]
    """Documents that answer the query; the first is the passage's. No negative is taken from them."""
    chunk: str
    score: float = 0.0
    """Cosine of query and passage."""
    negatives: tuple[Negative, ...] = ()
    too_near: int = 0
    """Candidates dropped as false negatives, by their score."""
    copies: int = 0
    """Candidates dropped as near copies of the passage."""

    @property
    def id(self) -> str:
        """Id of the query and its passage."""
        return content_id([self.kind, self.query, self.passage])

    def as_json(self) -> dict[str, Any]:
        """Return the pair as a line of build/pairs.jsonl."""
        return {"id": self.id, **asdict(self)}


def corpus_pairs(chunks: Sequence[Chunk], *, seed: int, at_most: int) -> list[Pair]:
    """Return pairs that the corpus itself gives, drawn by hashing with ``seed``.

    A chunk gives its section's heading with its text, or one of its sentences with the rest of it (inverse cloze, Lee
    et al. 2019). A heading, or a sentence, of several documents asks for none of them; the sentences that derived
    probes ask are left out, for a probe is to measure what was not learned.
    """
    owners: dict[str, set[str]] = {}
    for chunk in chunks:
        if chunk.headings:
            owners.setdefault(chunk.headings[-1], set()).add(chunk.document)
    homes = documents_by_sentence(chunks)
    probed = _probed(chunks, homes, seed)
    pairs: list[Pair] = []
    for chunk in sorted(chunks, key=lambda c: digest(f"{seed}\npair\n{c.chunk}")):
        headed = bool(chunk.headings) and int(digest(f"{seed}\n{chunk.digest}")[:2], 16) % 2 == 0
        if headed and len(owners[chunk.headings[-1]]) == 1:
            pairs.append(Pair(HEADING, chunk.headings[-1], chunk.text, (chunk.document,), chunk.chunk))
        else:
            pairs += _cloze(chunk, [s for s in own_sentences(chunk, homes, seed) if s.casefold() not in probed])
        if len(pairs) == at_most:
            break
    return pairs


def _probed(chunks: Sequence[Chunk], homes: Mapping[str, set[str]], seed: int) -> frozenset[str]:
    """Return the sentences that derived probes ask, casefolded.

    Probes are derived from a part of the chunks, where more sentences are a document's own than in all of them. A probe
    asks either such a sentence, which no pair has, or the first one that is the document's own in all chunks.
    """
    own = (own_sentences(chunk, homes, seed) for chunk in chunks)
    return frozenset(sentences[0].casefold() for sentences in own if sentences)


def _cloze(chunk: Chunk, sentences: Sequence[str]) -> list[Pair]:
    """Return the first of the sentences with the rest of the chunk, if there is one and a rest."""
    if not sentences:
        return []
    rest = chunk.text.replace(sentences[0], " ").strip()
    return [Pair(CLOZE, sentences[0], rest, (chunk.document,), chunk.chunk)] if rest else []


def training_probes(probes: Sequence[Probe], seed: int) -> list[Probe]:
    """Return the golden probes whose questions may be learned: those of documents on the training side."""
    return [probe for probe in probes if not is_held_out(probe.documents[0], seed)]


def gate_probes(probes: Sequence[Probe], seed: int, *, learned: bool) -> list[Probe]:
    """Return the golden probes that may judge: all, or the held-out ones once an embedder ``learned`` from others."""
    return [probe for probe in probes if not learned or is_held_out(probe.documents[0], seed)]


def asked_probes(probes: Sequence[Probe], seed: int) -> list[Probe]:
    """Return the golden probes that no training may have learned: held out, and asked by none that may be learned."""
    learned = {probe.question.casefold() for probe in training_probes(probes, seed)}
    return [p for p in gate_probes(probes, seed, learned=True) if p.question.casefold() not in learned]


def mine_negatives(pair: Pair, score: float, hits: Sequence[Hit], *, at_most: int, copies: Callable[[str, str], bool]) -> Pair:
    """Return the pair with the hardest negatives among ``hits``.

    Args:
        pair: query and passage.
        score: cosine of the two.
        hits: what a dense search finds for the query, best first.
        at_most: negatives that are kept.
        copies: tells whether two texts are near copies.
    """
    kept: list[Negative] = []
    too_near = dropped = 0
    for hit in hits:
        if len(kept) == at_most:
            break
        if hit.document in pair.documents:
            continue
        if hit.score > NEAREST * score:
            too_near += 1
        elif copies(hit.text, pair.passage):
            dropped += 1
        else:
            kept.append(Negative(hit.document, hit.chunk, hit.text, round(hit.score, 6)))
    return Pair(
        pair.kind, pair.query, pair.passage, pair.documents, pair.chunk, round(score, 6), tuple(kept), too_near, dropped
    )
