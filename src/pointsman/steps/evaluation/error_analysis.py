"""Why probes fail: for each one, what the store, the index and exact search know about its documents."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.corpus.chunking import chunk_document
from pointsman.core.edits.normalize import words_of
from pointsman.core.edits.vocabulary.lexicon import Facet
from pointsman.core.errors import StoreMoved
from pointsman.core.evaluation.answer_scoring import spoken
from pointsman.core.evaluation.error_analysis import ProbeFindings
from pointsman.core.index.hits import Hit, documents_of
from pointsman.core.release import Index
from pointsman.core.supervision.probes import GOLDEN, Probe
from pointsman.ports.models import Embedder
from pointsman.steps.evaluation.behaviour import Behaviour
from pointsman.steps.ledger.releases import kept_releases
from pointsman.steps.observe.documents import read_accepted
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.resources import Intake, Serving

EXAMPLE = "example"
DEPTH = 100
"""Passages that exact search returns for a failed probe."""
HOLDS = 0.7
"""Share of an answer's key words that a text must have to contain the answer."""
STILL = 0.5
"""Without an answer: share of the question's words that its documents must still have, of those they had before."""
RIGHT_F1 = 0.5
"""Token F1 with the reference, at least, for an answer with the right citation to count as right."""
EXACT_FACETS = frozenset({Facet.NUMBER, Facet.DATE, Facet.VERSION})


@dataclass
class ErrorAnalysis:
    """Looks up the facts of failed probes in one revision; each document is read once."""

    intake: Intake
    serving: Serving
    state: WorkspaceState
    at: Index
    embedder: Embedder
    _served: dict[str, tuple[Chunk, ...] | None] = field(default_factory=dict)

    def facts(self, kind: str, probes: Sequence[Probe], found: Sequence[Sequence[Hit]]) -> list[ProbeFindings]:
        """Return the facts of each probe, given the passages that a reader finds; found ones need no look-up."""
        return [
            ProbeFindings(probe.id, kind, listed=True, expected=0, indexed=0, retrieved=True)
            if probe.hit(documents_of(hits))
            else self.missed(kind, probe, hits[0].document if hits else None)
            for probe, hits in zip(probes, found, strict=True)
        ]

    def missed(self, kind: str, probe: Probe, instead: str | None) -> ProbeFindings:
        """Return the facts of a probe that a reader does not find; ``instead`` is the document that is found first."""
        served = [d for d in probe.documents if d in self.state.manifest.entries]
        pieces = [self.chunks(document) for document in served]
        wanted = {chunk.chunk for of in pieces for chunk in of or ()}
        points = self.serving.index.points(self.at.collection, documents=served) if served else ()
        indexed = {point.chunk for point in points if point.seen_at(self.at.revision)} & wanted
        rank = self.rank(probe) if indexed else None
        return ProbeFindings(
            probe.id, kind,
            listed=any(d in self.state.observation.seen for d in probe.documents),
            expected=len(wanted),
            indexed=len(indexed),
            retrieved=False,
            moved=None in pieces,
            known_before=any(d in self.state.live_manifest.entries for d in probe.documents),
            supported=self.supported(probe, served, [c for of in pieces for c in of or ()]),
            rank=rank,
            depth=DEPTH,
            instead=instead,
        )  # fmt: skip

    def chunks(self, document: str) -> tuple[Chunk, ...] | None:
        """Return the chunks of a document as it would be served; None where it changed after it was listed."""
        if document not in self._served:
            self._served[document] = self._cut(document)
        return self._served[document]

    def _cut(self, document: str) -> tuple[Chunk, ...] | None:
        live = self.state.live
        if document in self.state.carried and live is not None:
            return tuple(
                self.serving.index.chunks(live.index.collection, revision=live.index.revision, documents=[document])
            )
        try:
            parsed = read_accepted(
                document, self.state.manifest.entries[document], read=self.intake.read, store=self.intake.store
            )
        except StoreMoved:
            return None
        tokens = self.serving.params.chunking.max_tokens
        return tuple(chunk_document(parsed, max_tokens=tokens, count=self.embedder.count_tokens))

    def rank(self, probe: Probe) -> int | None:
        """Return the rank of a probe's documents in exact search, from 1; None where they are not among ``DEPTH``."""
        vector = self.embedder.embed([probe.question])[0]
        hits = self.serving.index.search(
            self.at.collection, revision=self.at.revision, vector=vector, text=None, top_k=DEPTH, exact=True
        )
        return next((n for n, hit in enumerate(hits, start=1) if hit.document in probe.documents), None)

    def supported(self, probe: Probe, served: Sequence[str], chunks: Sequence[Chunk]) -> bool | None:
        """Return whether the documents still contain the answer; None where no kept release contained it either.

        An answer in other words than the documents' is in no text: it shows nothing. An answer that a kept release
        contained and that is gone now is stale.
        """
        words, least = _key_words(probe)
        if not served or not words:
            return None
        now = _share(words, chunks)
        if now >= HOLDS:
            return True
        before = max((_share(words, old) for old in self._earlier(served)), default=0.0)
        gone = before >= HOLDS if least == HOLDS else before >= STILL and now <= STILL * before
        return False if gone else None

    def _earlier(self, documents: Sequence[str]) -> Iterable[Sequence[Chunk]]:
        """Yield the chunks of the documents in each kept release."""
        there = set(self.serving.index.collections())
        for release in kept_releases(self.serving.ledger, self.serving.params.gate.keep_releases):
            at = release.index
            if at.collection in there:
                yield self.serving.index.chunks(at.collection, revision=at.revision, documents=documents)

    def refused(self, probes: Sequence[Probe]) -> list[ProbeFindings]:
        """Return the facts of probes that were not asked because none of their documents is served."""
        return [self.missed(GOLDEN, probe, None) for probe in probes]


def _key_words(probe: Probe) -> tuple[frozenset[str], float]:
    """Return (the words that a text with the answer must have, the share of them that is enough).

    These are the numbers, dates and versions of the answer, else its words; without an answer, the question's words.
    """
    words = [w for line in spoken(probe.answer or "").split("\n") for w in words_of(line)]
    exact = frozenset(w.key for w in words if w.facet in EXACT_FACETS)
    if words:
        return exact or frozenset(w.key for w in words), HOLDS
    return frozenset(w.key for w in words_of(probe.question)), STILL


def _share(words: frozenset[str], chunks: Iterable[Chunk]) -> float:
    """Return the share of ``words`` that the chunks have, 0..1."""
    said = {w.key for chunk in chunks for line in chunk.embed_text.split("\n") for w in words_of(line)}
    return len(words & said) / len(words)


def example_facts(behaviour: Behaviour | None) -> list[ProbeFindings]:
    """Return the facts of the held-out examples that the live generator had to answer, from its answers."""
    if behaviour is None:
        return []
    rows = zip(behaviour.prompts.oracle, behaviour.prompts.retrieved, behaviour.scores, strict=True)
    return [
        ProbeFindings(
            oracle.item.id, EXAMPLE, listed=True, expected=1, indexed=1,
            retrieved=not set(oracle.item.cites).isdisjoint(served.item.context),
            answered=score.citation_correct and score.token_f1 >= RIGHT_F1,
            in_shape=score.shape_valid,
            depth=len(served.item.context),
            instead=next(iter(served.item.context), None),
        )
        for oracle, served, score in rows
        if oracle.item.answerable and oracle.item.cites
    ]  # fmt: skip
