"""What every vector index does: the fake, the embedded one, qdrant-client's local mode, and a server where one is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pointsman.core.corpus.chunk import tie_of
from pointsman.core.errors import IndexDamaged, ModelMismatch, UsageError
from pointsman.core.hashing import digest
from pointsman.core.index.points import FOREVER
from pointsman.ports.index import VectorIndex
from tests.ports.points import DIMENSION, chunk, everything, put, texts, vector
from tests.ports.vector_indexes import edge_index, local_index

UNKNOWN = "00000000-0000-0000-0000-000000000000"


def test_a_point_comes_back_as_it_was_written(index: VectorIndex, name: str) -> None:
    wanted = chunk("Railway points", access=["staff", "night"])
    [point] = put(index, name, [wanted], born=3)

    [held] = index.points(name)

    assert held.id == point == wanted.point_id(3)
    assert (held.chunk, held.document, held.digest) == (wanted.chunk, wanted.document, wanted.digest)
    assert (held.payload_digest, held.born, held.died) == (wanted.payload_digest, 3, FOREVER)
    assert index.chunks(name, revision=3, documents=["guide.md"]) == [wanted]


def test_a_reader_sees_a_point_from_its_birth_until_its_death(index: VectorIndex, name: str) -> None:
    [point] = put(index, name, [chunk("once")], born=2)
    index.retire(name, [point], at=4)

    assert [index.count(name, revision=r) for r in (1, 2, 3, 4, 5)] == [0, 1, 1, 0, 0]
    assert [len(index.chunks(name, revision=r, documents=["guide.md"])) for r in (1, 2, 3, 4)] == [0, 1, 1, 0]
    assert index.count(name) == 1


def test_staging_the_next_revision_changes_nothing_for_a_reader(index: VectorIndex, name: str) -> None:
    old, kept = put(index, name, [chunk("the old signal box"), chunk("the signal lamp")])
    question: dict[str, Any] = {"vector": vector(7), "text": "signal box"}
    before = index.search(name, revision=1, **question, top_k=10)
    by_words = index.search(name, revision=1, vector=None, text="signal box", top_k=10)

    put(index, name, [chunk("the new signal box"), *(chunk(f"box {n}", nth=n) for n in range(5))], born=2)
    index.retire(name, [old], at=2)

    assert index.search(name, revision=1, **question, top_k=10) == before
    assert index.search(name, revision=1, vector=None, text="signal box", top_k=10) == by_words
    assert texts(index, name, 2, text="old") == []
    assert texts(index, name, 2, text="new signal box")[0] == "the new signal box"
    assert {held.id for held in index.touched(name, 2)} == {held.id for held in index.points(name) if held.id != kept}


def test_a_retired_point_can_be_revived(index: VectorIndex, name: str) -> None:
    ids = put(index, name, [chunk("one"), chunk("two")])
    before = everything(index, name)
    index.retire(name, [*ids, UNKNOWN], at=2)
    assert index.count(name, revision=2) == 0

    index.retire(name, [*ids, UNKNOWN], at=FOREVER)

    assert everything(index, name) == before
    assert list(index.touched(name, 2)) == []


def test_repeating_an_upsert_changes_nothing(index: VectorIndex, name: str) -> None:
    wanted = [chunk("one"), chunk("two")]
    put(index, name, wanted)
    before = everything(index, name), index.search(name, revision=1, vector=vector(1), text="one", top_k=5)

    put(index, name, wanted)

    assert (everything(index, name), index.search(name, revision=1, vector=vector(1), text="one", top_k=5)) == before


def test_a_deleted_point_is_gone_and_unknown_ids_are_passed_over(index: VectorIndex, name: str) -> None:
    first, second = put(index, name, [chunk("one"), chunk("two")])

    index.delete(name, [first, UNKNOWN])

    assert {held.id for held in index.points(name)} == {second}
    assert texts(index, name, 1, text="one") == []


def test_writing_nothing_is_allowed(index: VectorIndex, name: str) -> None:
    put(index, name, [])
    index.retire(name, [], at=2)
    index.delete(name, [])
    assert index.count(name) == 0
    assert index.vectors(name, []) == {}
    assert list(index.points(name, documents=[])) == []
    assert texts(index, name, 1, vector=vector(1), text="anything") == []


def test_a_dropped_collection_is_gone_and_dropping_it_again_is_nothing(index: VectorIndex, name: str) -> None:
    put(index, name, [chunk("one")])
    assert name in index.collections()

    index.drop(name)
    index.drop(name)

    assert name not in index.collections()
    with pytest.raises(IndexDamaged, match=name):
        list(index.points(name))
    index.create(name, DIMENSION + 1)
    assert index.count(name) == 0


def test_creating_a_collection_again_keeps_it_and_another_dimension_is_refused(index: VectorIndex, name: str) -> None:
    put(index, name, [chunk("one")])

    index.create(name, DIMENSION)
    with pytest.raises(ModelMismatch, match=rf"{DIMENSION}\D+{DIMENSION + 1}"):
        index.create(name, DIMENSION + 1)

    assert index.count(name) == 1


def test_vectors_of_another_width_are_refused_and_nothing_is_written(index: VectorIndex, name: str) -> None:
    wide = np.full((1, DIMENSION + 1), 1 / 3, np.float32)

    with pytest.raises(ModelMismatch, match=rf"{DIMENSION}\D+{DIMENSION + 1}"):
        index.upsert(name, [chunk("one")], wide, born=1)
    with pytest.raises(ModelMismatch):
        index.search(name, revision=1, vector=wide[0], text=None, top_k=1)
    with pytest.raises(ValueError, match=r"2 chunks"):
        index.upsert(name, [chunk("one"), chunk("two")], wide[:, :DIMENSION], born=1)

    assert index.count(name) == 0


@pytest.mark.parametrize("bad", ["", "../up", "a/b", "Upper", "dot.", "ledger", "a\n", "é", "x" * 101])
def test_a_collection_with_a_name_of_other_characters_is_refused(index: VectorIndex, bad: str) -> None:
    with pytest.raises(UsageError, match="cannot be called"):
        index.create(bad, DIMENSION)
    assert bad not in index.collections()


def test_a_collection_that_is_not_there_is_named(index: VectorIndex) -> None:
    calls: list[Callable[[], object]] = [
        lambda: index.count("nowhere"),
        lambda: list(index.points("nowhere")),
        lambda: index.delete("nowhere", [UNKNOWN]),
        lambda: index.retire("nowhere", [UNKNOWN], at=2),
        lambda: put(index, "nowhere", [chunk("one")]),
        lambda: texts(index, "nowhere", 1, text="one"),
    ]
    for call in calls:
        with pytest.raises(IndexDamaged, match="nowhere"):
            call()


def test_a_dense_search_ranks_by_cosine(index: VectorIndex, name: str) -> None:
    wanted = [chunk(f"passage {n}") for n in range(30)]
    put(index, name, wanted)
    asked = vector(99)
    cosine = {w.text: float(vector(int(w.digest[:8], 16)) @ asked) for w in wanted}

    hits = index.search(name, revision=1, vector=asked, text=None, top_k=5)

    assert [hit.text for hit in hits] == sorted(cosine, key=cosine.__getitem__, reverse=True)[:5]
    assert [hit.score for hit in hits] == pytest.approx([cosine[hit.text] for hit in hits], abs=1e-5)
    assert hits[0].headings == ("Guide", "Part")
    assert hits[0].metadata == {"access": "all", "title": "Führer"}


def test_a_text_search_prefers_the_rare_word_and_leaves_out_what_shares_none(index: VectorIndex, name: str) -> None:
    put(index, name, [chunk(f"the lever moves blade {n}") for n in range(9)] + [chunk("the semaphore lever")])

    assert texts(index, name, 1, text="lever semaphore")[0] == "the semaphore lever"
    assert texts(index, name, 1, text="semaphore") == ["the semaphore lever"]
    assert texts(index, name, 1, text="zebra") == []


def test_a_fused_search_adds_reciprocal_ranks(index: VectorIndex, name: str) -> None:
    wanted = [chunk(f"passage {n} about coal") for n in range(10)] + [chunk("a lantern")]
    put(index, name, wanted)
    near = vector(int(wanted[3].digest[:8], 16))

    hits = index.search(name, revision=1, vector=near, text="lantern", top_k=3)

    dense = texts(index, name, 1, vector=near, top_k=11)
    assert {hit.text for hit in hits[:2]} == {"passage 3 about coal", "a lantern"}
    scores = {hit.text: hit.score for hit in hits}
    assert scores["passage 3 about coal"] == pytest.approx(1 / 2)
    assert scores["a lantern"] == pytest.approx(1 / 2 + 1 / (2 + dense.index("a lantern")))


def test_a_question_without_terms_leaves_the_dense_ranking(index: VectorIndex, name: str) -> None:
    put(index, name, [chunk(f"passage {n}") for n in range(10)])

    assert texts(index, name, 1, text="?!") == []
    assert texts(index, name, 1, vector=vector(5), text="?!") == texts(index, name, 1, vector=vector(5))


def test_a_search_for_nothing_is_refused(index: VectorIndex, name: str) -> None:
    with pytest.raises(UsageError, match="neither"):
        texts(index, name, 1)


def test_equal_passages_rank_alike_in_whatever_order_and_revision_they_came(index: VectorIndex, name: str) -> None:
    copies = [chunk("the licence", document=f"{n:02d}.md") for n in range(20)]
    order = np.random.default_rng(3).permutation(len(copies))
    for n in order:
        put(index, name, [copies[n]], born=1 + int(n) % 3)
    near = vector(int(copies[0].digest[:8], 16))
    expected = [each.document for each in sorted(copies, key=lambda copy: tie_of(copy.chunk))[:4]]

    for question in ({"vector": near}, {"text": "licence"}, {"vector": near, "text": "licence"}):
        asked: dict[str, Any] = {"vector": None, "text": None, **question}
        hits = index.search(name, revision=3, **asked, top_k=4)
        assert [hit.document for hit in hits] == expected


def test_a_search_sees_only_the_revision_it_asks_for(index: VectorIndex, name: str) -> None:
    [old] = put(index, name, [chunk("steam engine")])
    put(index, name, [chunk("diesel engine")], born=2)
    index.retire(name, [old], at=2)
    near = vector(4)

    for question in ({"vector": near}, {"text": "engine"}, {"vector": near, "text": "engine"}):
        assert texts(index, name, 0, **question) == []
        assert texts(index, name, 1, **question) == ["steam engine"]
        assert texts(index, name, 2, **question) == ["diesel engine"]


def test_a_dead_point_still_lends_its_vector(index: VectorIndex, name: str) -> None:
    [point] = put(index, name, [chunk("one")])
    index.retire(name, [point], at=2)

    found = index.vectors(name, [digest("one"), digest("nobody")])

    assert list(found) == [digest("one")]
    assert found[digest("one")].dtype == np.float32
    assert found[digest("one")].shape == (DIMENSION,)
    np.testing.assert_allclose(found[digest("one")], vector(int(digest("one")[:8], 16)), atol=1e-6)


def test_a_vector_taken_out_and_put_back_stays_the_same_bit_for_bit(index: VectorIndex, name: str) -> None:
    wanted = [chunk(f"passage {n}") for n in range(20)]
    put(index, name, wanted)
    digests = [each.digest for each in wanted]
    first = index.vectors(name, digests)

    moved = [chunk(f"passage {n}", document="moved.md") for n in range(20)]
    index.upsert(name, moved, np.array([first[d] for d in digests], np.float32), born=2)
    index.delete(name, [each.point_id(1) for each in wanted])

    second = index.vectors(name, digests)
    assert all(np.array_equal(first[d], second[d]) for d in digests)


@pytest.mark.parametrize("document", ["naïve/Ω 文書.md", 'say "hi"\nnow\\.md', "a'b;--.md", "tab\there.md", "%2e%2e"])
def test_any_unicode_document_id_is_found_again(index: VectorIndex, name: str, document: str) -> None:
    put(index, name, [chunk("one", document=document), chunk("two", document="other.md")])

    assert [held.document for held in index.points(name, documents=[document])] == [document]
    assert [each.document for each in index.chunks(name, revision=1, documents=[document])] == [document]
    assert index.search(name, revision=1, vector=None, text="one", top_k=1)[0].document == document


def test_thousands_of_points_are_paged_through_completely(index: VectorIndex, name: str) -> None:
    wanted = [chunk(f"passage {n}", document=f"{n // 3}.md") for n in range(2500)]
    ids = put(index, name, wanted)
    documents = [f"{n}.md" for n in range(0, 834, 2)]
    expected = [each for each in wanted if each.document in set(documents)]

    assert sorted(held.id for held in index.points(name)) == sorted(ids)
    assert sorted(held.chunk for held in index.points(name, documents=documents)) == sorted(e.chunk for e in expected)
    assert index.chunks(name, revision=1, documents=documents) == sorted(expected, key=lambda each: each.chunk)
    assert len(index.vectors(name, [each.digest for each in wanted])) == 2500
    index.retire(name, ids[:1200], at=2)
    assert sorted(held.id for held in index.touched(name, 2)) == sorted(ids[:1200])
    assert (index.count(name, revision=1), index.count(name, revision=2)) == (2500, 1300)


def test_both_engines_rank_alike(tmp_path: Path) -> None:
    edge, local = edge_index(tmp_path), local_index(tmp_path)
    words = np.array(["points", "signal", "lever", "coal", "brake", "lamp", "rail", "guard", "whistle", "tender"])
    drawn = np.random.default_rng(11)
    wanted = [chunk(" ".join(drawn.choice(words, 12)), document=f"{n}.md") for n in range(300)]
    for engine in (edge, local):
        engine.create("same", DIMENSION)
        engine.retire("same", put(engine, "same", wanted)[:50], at=2)
    for seed in range(20):
        question: dict[str, Any] = {"vector": vector(seed), "text": " ".join(drawn.choice(words, 2))}
        ours, theirs = (e.search("same", revision=2, **question, top_k=10) for e in (edge, local))
        assert [hit.chunk for hit in ours] == [hit.chunk for hit in theirs]
    edge.close()
