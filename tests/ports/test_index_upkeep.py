"""The upkeep of every vector index: optimizing, erasing, sizes, conditions; and the faults of the fake."""

import numpy as np
import pytest

from pointsman.core.errors import IndexDamaged
from pointsman.core.hashing import digest
from pointsman.ports.index import VectorIndex
from tests.fakes.index import FakeIndex, Fault
from tests.ports.points import DIMENSION, chunk, everything, put, texts, vector


def test_optimizing_changes_no_answer(index: VectorIndex, name: str) -> None:
    put(index, name, [chunk(f"passage {n} of coal") for n in range(40)])
    before = everything(index, name), texts(index, name, 1, vector=vector(1), text="passage 7 coal")

    index.optimize(name)

    assert (everything(index, name), texts(index, name, 1, vector=vector(1), text="passage 7 coal")) == before


def test_an_exact_search_finds_the_nearest_whatever_graph_there_is(index: VectorIndex, name: str) -> None:
    wanted = [chunk(f"passage {n} of coal") for n in range(60)]
    old = put(index, name, wanted)[:20]
    index.retire(name, old, at=2)
    index.optimize(name, ef=300)
    vectors = {each.text: vector(int(each.digest[:8], 16)) for each in wanted[20:]}
    for seed in range(5):
        asked = vector(seed)
        nearest = sorted(vectors, key=lambda text: -float(vectors[text] @ asked))[:10]
        assert texts(index, name, 2, vector=vector(seed), exact=True) == nearest
        assert texts(index, name, 2, vector=vector(seed), text="coal", exact=True) == texts(
            index, name, 2, vector=vector(seed), text="coal"
        )


def test_a_finer_graph_changes_no_point_and_no_payload(index: VectorIndex, name: str) -> None:
    put(index, name, [chunk(f"passage {n} of coal") for n in range(40)])
    before = everything(index, name), index.search(name, revision=1, vector=vector(1), text="passage 7 coal", top_k=9)
    index.optimize(name, ef=300)
    index.optimize(name)
    assert before == (
        everything(index, name), index.search(name, revision=1, vector=vector(1), text="passage 7 coal", top_k=9)
    )  # fmt: skip
    put(index, name, [chunk("written afterwards")], born=2)
    assert index.count(name, revision=2) == 41


def test_a_collection_takes_some_bytes_where_the_engine_tells(index: VectorIndex, name: str) -> None:
    put(index, name, [chunk(f"passage {n} of coal") for n in range(40)])
    size = index.size(name)
    assert size is None or size > 40 * DIMENSION * 4
    with pytest.raises(IndexDamaged):
        index.size(f"{name}-not-there")


def test_two_collections_do_not_meet(index: VectorIndex, name: str) -> None:
    other = f"{name}-b"
    index.create(other, 4)
    put(index, name, [chunk("one")])

    assert index.count(other) == 0
    assert {name, other} <= set(index.collections())


@pytest.mark.parametrize(("landed", "there"), [(0.0, 0), (0.5, 2), (1.0, 4)])
def test_a_planted_fault_strikes_the_nth_upsert_once(landed: float, there: int) -> None:
    index = FakeIndex()
    index.create("books", DIMENSION)
    index.faults.plant("upsert", nth=2, landed=landed)
    wanted = [chunk(f"passage {n}") for n in range(4)]
    put(index, "books", [chunk("first")])

    with pytest.raises(Fault):
        put(index, "books", wanted)

    assert index.count("books") == 1 + there
    put(index, "books", wanted)
    assert index.count("books") == 5
    assert index.faults.calls["upsert"] == 3


def test_everything_a_point_carries_can_be_looked_into(index: VectorIndex) -> None:
    index.create("books", DIMENSION)
    first, second = chunk("one"), chunk("two", document="b.md", access=["a", "b"])
    ids = put(index, "books", [first, second])
    put(index, "books", [chunk("three")], born=2)
    index.retire("books", ids[1:], at=2)
    found = {point.point.id: point for point in index.stored_points("books", revision=1)}
    assert set(found) == set(ids)
    for id_, wanted in zip(ids, (first, second), strict=True):
        assert found[id_].chunk == wanted
        stored = found[id_].vector
        assert stored is not None
        assert np.allclose(stored, vector(int(wanted.digest[:8], 16)), atol=1e-6)
    assert found[ids[1]].point.died == 2
    assert [point.point.id for point in index.stored_points("books", revision=2)] != ids


def test_erasing_removes_all_points_of_a_document_dead_ones_too_and_no_other(index: VectorIndex, name: str) -> None:
    put(index, name, [chunk("kept", document="kept.md"), chunk("gone", document="gone.md")])
    dead = put(index, name, [chunk("gone long ago", document="gone.md")])
    index.retire(name, dead, at=2)
    before = {held for held in everything(index, name) if held.document == "kept.md"}
    vectors = index.vectors(name, [digest("kept")])

    assert index.erase(name, ["gone.md", "unknown.md"]) == 2
    assert everything(index, name) == before
    assert texts(index, name, 3, text="kept gone long ago") == ["kept"]
    assert np.allclose(index.vectors(name, [digest("kept")])[digest("kept")], vectors[digest("kept")], atol=1e-6)
    assert index.erase(name, ["gone.md"]) == 0


def test_a_collection_goes_on_after_an_erasure(index: VectorIndex, name: str) -> None:
    put(index, name, [chunk("first"), chunk("gone", document="gone.md")])
    index.erase(name, ["gone.md"])
    put(index, name, [chunk("second")], born=2)
    index.erase(name, ["gone.md"])

    assert index.count(name, revision=2) == 2
    assert set(texts(index, name, 2, text="first second")) == {"first", "second"}


def test_a_new_collection_is_in_order(index: VectorIndex, name: str) -> None:
    put(index, name, [chunk("one")])
    index.settle(name)
    condition = index.condition(name)
    assert (condition.unindexed, condition.strangers, condition.building) == ((), (), False)
    with pytest.raises(IndexDamaged):
        index.condition(f"{name}-not-there")
