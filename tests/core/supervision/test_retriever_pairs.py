"""Retriever pairs: drawn from the corpus, with negatives that do not answer."""

import base64
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.minhash import sketch
from pointsman.core.corpus.chunk import Chunk
from pointsman.core.index.filters import Filter
from pointsman.core.index.hits import Hit
from pointsman.core.release import Index, Model
from pointsman.core.supervision.decontamination import find_near_copies
from pointsman.core.supervision.examples import is_held_out
from pointsman.core.supervision.probes import Probe, derive
from pointsman.core.supervision.retriever_pairs import (
    CLOZE,
    HEADING,
    NEAREST,
    PROBE,
    Negative,
    Pair,
    corpus_pairs,
    gate_probes,
    mine_negatives,
    open_probes,
    training_probes,
)
from pointsman.settings.params import Guard
from pointsman.steps.supervision.retriever_pairs import accepted_pairs, asked_by, with_negatives
from tests.core.supervision.chunks import LONG, OTHER, chunk, chunks
from tests.fakes.index import FakeIndex
from tests.fakes.model_loader import DIMENSION, HashedEmbedder
from tests.fakes.validator import FakeValidator

PAIR = Pair(CLOZE, "who opens the gate", "the keeper of the tower", ("a.md",), "c1")


def hit(document: str, score: float, text: str = "another text") -> Hit:
    return Hit(document, f"chunk of {document} {text}", score, text)


def never(_one: str, _other: str) -> bool:
    return False


@given(chunks, st.integers(0, 9), st.integers(1, 5))
def test_pairs_come_from_one_chunk_each_and_never_repeat_the_question(
    found: list[Chunk], seed: int, at_most: int
) -> None:
    pairs = corpus_pairs(found, seed=seed, at_most=at_most)
    assert pairs == corpus_pairs(found[::-1], seed=seed, at_most=at_most)
    assert len(pairs) <= at_most
    asked = {(p.documents, p.question) for p in derive(found, seed=seed, at_most=99)}
    for pair in pairs:
        assert pair.passage
        assert pair.kind in {HEADING, CLOZE}
        if pair.kind == CLOZE:
            assert pair.query in (LONG, OTHER)
            assert pair.query not in pair.passage
            assert (pair.documents, pair.query) not in asked, "a derived probe measures what was not learned"


def test_no_pair_asks_what_a_probe_asks_whatever_part_of_the_corpus_the_probe_is_derived_from() -> None:
    notice = "Ask the office of the station before you do any of this."
    found = [
        Chunk(f"c{nth}", f"d{nth // 2}.md", f"digest{nth}", text, text, ())
        for nth, text in enumerate(
            f"{notice if nth % 3 else notice.upper()} Only document {nth // 2} says this of its many wagons. "
            f"Chunk {nth} tells of valves and of nothing else. Both chunks of {nth // 2} close with this sentence."
            for nth in range(24)
        )
    ]
    shared = 0
    for seed in range(20):
        learned = {pair.query.casefold() for pair in corpus_pairs(found, seed=seed, at_most=99)}
        assert len(learned) > 8
        parts = [found, found[::2], *(found[start : start + 2] for start in range(0, 24, 2))]
        asked = {probe.question.casefold() for part in parts for probe in derive(part, seed=seed, at_most=99)}
        assert not learned & asked
        shared += notice.casefold() in asked
    assert 0 < shared < 20, "among few chunks a document owns what it shares with the rest"


def test_a_heading_of_several_documents_asks_for_none_of_them() -> None:
    same = [chunk(nth, "Short.", "Guide", "Overview") for nth in range(20)]
    assert corpus_pairs(same, seed=1, at_most=99) == []
    other = [chunk(nth, "Short.", "Guide", f"Part {nth}") for nth in range(20)]
    assert {pair.kind for pair in corpus_pairs(other, seed=1, at_most=99)} == {HEADING}


@pytest.mark.parametrize(
    ("score", "kept"), [(0.5 * NEAREST, True), (0.5 * NEAREST + 1e-6, False), (0.5, False), (0.9, False)]
)
def test_a_candidate_above_its_share_of_the_positives_score_is_no_negative(score: float, kept: bool) -> None:
    found = mine_negatives(PAIR, 0.5, [hit("b.md", score)], at_most=3, copies=never)
    assert ([n.document for n in found.negatives], found.too_near) == (["b.md"] if kept else [], 0 if kept else 1)


def test_no_negative_is_of_an_answering_document_or_nearly_copies_the_passage() -> None:
    def copies(one: str, other: str) -> bool:
        return bool(find_near_copies({"a": base64.b64decode(sketch(one))}, {"b": base64.b64decode(sketch(other))}))

    hits = [hit("a.md", 0.4), hit("b.md", 0.4, PAIR.passage), hit("c.md", 0.3), hit("d.md", 0.2), hit("e.md", 0.1)]
    found = mine_negatives(PAIR, 0.5, hits, at_most=2, copies=copies)
    assert ([n.document for n in found.negatives], found.copies) == (["c.md", "d.md"], 1)


def test_golden_questions_are_learned_or_judge_and_never_both() -> None:
    probes = [Probe(f"p{nth}", f"Question {nth}?", (f"d{nth}.md",)) for nth in range(200)]
    learned, judging = training_probes(probes, 17), gate_probes(probes, 17, learned=True)
    assert not {p.id for p in learned} & {p.id for p in judging}
    assert len(learned) + len(judging) == 200
    assert all(is_held_out(p.documents[0], 17) for p in judging)
    assert 30 < len(judging) < 70
    assert gate_probes(probes, 17, learned=False) == probes


def judged(*pairs: Pair) -> list[str]:
    return [r.check for r in accepted_pairs(pairs, FakeValidator(Guard()))[1]]


def test_bad_pairs_are_refused_by_name() -> None:
    assert judged(PAIR) == []
    assert judged(Pair(CLOZE, " ", "x", ("a",), "c")) == ["query"]
    assert judged(Pair(CLOZE, "x", "\n", ("a",), "c")) == ["passage"]
    assert judged(PAIR, Pair(HEADING, PAIR.query, "x", ("b",), "c2")) == ["unique"]
    own = Negative("a.md", "c9", "x", 0.1)
    assert judged(Pair(CLOZE, "q", "x", ("a.md",), "c", 0.5, (own,))) == ["negatives"]
    close = Negative("b.md", "c9", "x", 0.48)
    assert judged(Pair(CLOZE, "q", "x", ("a.md",), "c", 0.5, (close,))) == ["false_negatives"]
    assert judged(Pair(CLOZE, "q", "x", ("a.md",), "c", 0.5, (Negative("b.md", "c9", "x", 0.475),))) == []


def test_negatives_are_mined_from_the_index_for_probes_too() -> None:
    embedder, index = HashedEmbedder(Model("tiny", "base")), FakeIndex()
    texts = ["the keeper opens the gate of the tower", "the keeper opens nothing on sundays", "boats leave the harbour"]
    held = [chunk(nth, text) for nth, text in enumerate(texts)]
    index.create("c", DIMENSION)
    index.upsert("c", held, embedder.embed(texts), born=1)
    at = Index("c", 1, embedder.fingerprint, "chunking", 3)
    [pair] = asked_by([Probe("p", "who opens the gate of the tower", ("d0.md", "gone.md"))], held, embedder)
    assert (pair.kind, pair.passage, pair.documents) == (PROBE, texts[0], ("d0.md", "gone.md"))
    [found] = with_negatives([pair], index, at, embedder, sketch, 2)
    assert [n.document for n in found.negatives] == ["d1.md", "d2.md"]
    assert np.isclose(
        found.score, float(embedder.embed([pair.query])[0] @ embedder.embed([pair.passage])[0]), atol=1e-5
    )
    assert asked_by([Probe("p", "who", ("gone.md",))], held, embedder) == []
    assert with_negatives([], index, at, embedder, sketch, 2) == []


def test_no_pair_comes_from_a_restricted_document_and_no_open_sentence_becomes_its_own() -> None:
    shared = f"{LONG} {OTHER}"
    found = [chunk(nth, text) for nth, text in enumerate([shared, shared, f"{OTHER} And some more words follow here."])]
    every = corpus_pairs(found, seed=1, at_most=99)
    left = corpus_pairs(found, seed=1, at_most=99, restricted={"d1.md"})
    assert left == [pair for pair in every if pair.documents != ("d1.md",)]
    assert {pair.documents for pair in left} <= {("d0.md",), ("d2.md",)}


def test_a_probe_that_names_a_restricted_document_is_not_learned() -> None:
    probes = [Probe("a", "q", ("a.md",)), Probe("ab", "q", ("a.md", "b.md")), Probe("b", "q", ("b.md",))]
    assert [p.id for p in open_probes(probes, {"b.md"})] == ["a"]
    assert open_probes(probes, ()) == probes


def test_no_negative_is_of_a_document_that_not_everybody_may_read() -> None:
    embedder, index = HashedEmbedder(Model("tiny", "base")), FakeIndex()
    texts = ["the keeper opens the gate of the tower", "the keeper opens nothing on sundays", "boats leave the harbour"]
    held = [chunk(nth, text) for nth, text in enumerate(texts)]
    held[1] = replace(held[1], metadata={"access": ["staff"]})
    index.create("c", DIMENSION)
    index.upsert("c", held, embedder.embed(texts), born=1)
    at = Index("c", 1, embedder.fingerprint, "chunking", 3)
    [pair] = asked_by([Probe("p", "who opens the gate of the tower", ("d0.md",))], held, embedder)
    [found] = with_negatives([pair], index, at, embedder, sketch, 2)
    assert [n.document for n in found.negatives] == ["d2.md"]
    narrowed = Filter(hidden=frozenset({"d2.md"}))
    assert with_negatives([pair], index, at, embedder, sketch, 2, allow=narrowed)[0].negatives == ()
