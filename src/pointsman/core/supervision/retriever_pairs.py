"""Training pairs of the retriever: a query, the passage that answers it, and hard negatives that do not.

Negatives come from a search in the index and are filtered as in NV-Retriever ("TopK-PercPos", Moreira et al. 2024,
arXiv 2407.15831): a candidate with more than 95 % of the positive passage's score probably answers the query too.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.hashing import content_id, digest
from pointsman.core.index.hits import Hit
from pointsman.core.supervision.examples import is_held_out
from pointsman.core.supervision.probes import Probe, documents_by_sentence, own_sentences

HEADING, CLOZE, PROBE = "heading", "cloze", "probe"
"""Origin of a query: the heading of a section, a sentence of a chunk (inverse cloze), or a golden probe."""

NEAREST = 0.95
"""Share of the positive passage's score above which a candidate counts as a false negative."""


@dataclass(frozen=True, slots=True)
class Negative:
    """A passage that is similar to a query but does not answer it."""

    document: str
    chunk: str
    text: str
    score: float
    """Cosine to the query."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A query and the passage that answers it."""

    kind: str
    """Origin of the query: ``heading``, ``cloze`` or ``probe``."""
    query: str
    passage: str
    """Text of the positive passage."""
    documents: tuple[str, ...]
    """Documents that answer the query, the passage's first. No negative comes from them."""
    chunk: str
    """Id of the passage's chunk."""
    score: float = 0.0
    """Cosine of query and passage."""
    negatives: tuple[Negative, ...] = ()
    """Hard negatives, hardest first."""
    too_near: int = 0
    """Number of candidates that were dropped as false negatives."""
    copies: int = 0
    """Number of candidates that were dropped as near copies of the passage."""

    @property
    def id(self) -> str:
        """Content id of the query and its passage."""
        return content_id([self.kind, self.query, self.passage])

    def as_json(self) -> dict[str, Any]:
        """Return the pair as a line of build/pairs.jsonl."""
        return {"id": self.id, **asdict(self)}


def corpus_pairs(chunks: Sequence[Chunk], *, seed: int, at_most: int, restricted: Collection[str] = ()) -> list[Pair]:
    """Return pairs made from the corpus alone, selected by a hash with ``seed``.

    A pair is the heading of a section with a chunk of it, or a sentence of a chunk with the rest of the chunk (inverse
    cloze, Lee et al. 2019). Headings and sentences that occur in several documents are not used. Sentences of derived
    probes are not used either, because a probe must measure what was not learned.

    Args:
        chunks: the chunks of the corpus.
        seed: seed of the hash.
        at_most: most pairs.
        restricted: documents that not everybody may read; no pair is made from them.
    """
    owners: dict[str, set[str]] = {}
    for chunk in chunks:
        if chunk.headings:
            owners.setdefault(chunk.headings[-1], set()).add(chunk.document)
    documents = documents_by_sentence(chunks)
    probed = _probed(chunks, documents, seed)
    pairs: list[Pair] = []
    for chunk in sorted(
        (c for c in chunks if c.document not in restricted), key=lambda c: digest(f"{seed}\npair\n{c.chunk}")
    ):
        headed = bool(chunk.headings) and int(digest(f"{seed}\n{chunk.digest}")[:2], 16) % 2 == 0
        if headed and len(owners[chunk.headings[-1]]) == 1:
            pairs.append(
                Pair(HEADING, chunk.headings[-1], passage=chunk.text, documents=(chunk.document,), chunk=chunk.chunk)
            )
        else:
            pairs += _cloze(chunk, [s for s in own_sentences(chunk, documents, seed) if s.casefold() not in probed])
        if len(pairs) == at_most:
            break
    return pairs


def _probed(chunks: Sequence[Chunk], documents: Mapping[str, set[str]], seed: int) -> frozenset[str]:
    """Return the casefolded sentences that derived probes may use.

    Probes are derived from some of the chunks, and there more sentences belong to one document only than among all
    chunks. So a probe uses either such a sentence, which no pair has, or the first own sentence among all chunks.
    """
    own = (own_sentences(chunk, documents, seed) for chunk in chunks)
    return frozenset(sentences[0].casefold() for sentences in own if sentences)


def _cloze(chunk: Chunk, sentences: Sequence[str]) -> list[Pair]:
    """Return the first sentence paired with the rest of the chunk; nothing if there is no sentence or no rest."""
    if not sentences:
        return []
    rest = chunk.text.replace(sentences[0], " ").strip()
    return [Pair(CLOZE, sentences[0], passage=rest, documents=(chunk.document,), chunk=chunk.chunk)] if rest else []


def training_probes(probes: Sequence[Probe], seed: int) -> list[Probe]:
    """Return the golden probes whose questions may be learned: their documents are not held out."""
    return [probe for probe in probes if not is_held_out(probe.documents[0], seed)]


def open_probes(probes: Sequence[Probe], restricted: Collection[str]) -> list[Probe]:
    """Return the probes that name no document of ``restricted``."""
    hidden = frozenset(restricted)
    return [probe for probe in probes if hidden.isdisjoint(probe.documents)]


def gate_probes(probes: Sequence[Probe], seed: int, *, learned: bool) -> list[Probe]:
    """Return the golden probes for gates: all, or only held-out ones if an embedder has learned from the others."""
    return [probe for probe in probes if not learned or is_held_out(probe.documents[0], seed)]


def asked_probes(probes: Sequence[Probe], seed: int) -> list[Probe]:
    """Return the golden probes that no training can have learned: held out, with a question that no other probe has."""
    learned = {probe.question.casefold() for probe in training_probes(probes, seed)}
    return [p for p in gate_probes(probes, seed, learned=True) if p.question.casefold() not in learned]


def mine_negatives(
    pair: Pair, score: float, hits: Sequence[Hit], *, at_most: int, copies: Callable[[str, str], bool]
) -> Pair:
    """Return the pair with the hardest negatives among ``hits``.

    Args:
        pair: query and passage.
        score: cosine of query and passage.
        hits: hits of a dense search for the query, best first.
        at_most: most negatives.
        copies: returns whether two texts are near copies.
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
        pair.kind,
        pair.query,
        passage=pair.passage,
        documents=pair.documents,
        chunk=pair.chunk,
        score=round(score, 6),
        negatives=tuple(kept),
        too_near=too_near,
        copies=dropped,
    )
