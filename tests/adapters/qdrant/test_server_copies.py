"""Erasing on a server: what stays is copied, and the collection that held the words is dropped."""

import numpy as np
import pytest
from qdrant_client import models

from pointsman.adapters.qdrant.server_index import QdrantIndex, connect
from pointsman.core.errors import IndexDamaged, ServerUnusable
from pointsman.core.hashing import digest
from tests.fakes.qdrant.server import QdrantServer
from tests.ports.points import chunk, everything, put, texts

KEPT = [chunk(f"kept {n}", document="kept.md") for n in range(30)]


@pytest.fixture
def filled(index: QdrantIndex) -> QdrantIndex:
    put(index, "books", [*KEPT, chunk("secret", document="gone.md")])
    index.retire("books", put(index, "books", [chunk("old secret", document="gone.md")])[:1], at=2)
    return index


def on_server(server: QdrantServer) -> set[str]:
    return {each.name for each in server.routes.client.get_collections().collections}


def test_what_held_the_words_is_dropped_and_everything_else_is_as_before(
    server: QdrantServer, filled: QdrantIndex
) -> None:
    reader = connect(server.url)
    found = texts(reader, "books", 1, text="kept secret")
    before = {point for point in everything(filled, "books") if point.document == "kept.md"}
    vectors = filled.vectors("books", [each.digest for each in KEPT])

    assert filled.erase("books", ["gone.md"]) == 2

    assert on_server(server) == {"pointsman-books.1"}
    assert everything(filled, "books") == before
    after = filled.vectors("books", [each.digest for each in KEPT])
    assert all(np.array_equal(vectors[name], after[name]) for name in vectors)
    assert set(server.routes.schema["pointsman-books.1"]) == set(server.routes.schema.get("pointsman-books", ())) | {
        "document", "digest", "readers", "facts", "born", "died",
    }  # fmt: skip
    assert filled.condition("books").unindexed == ()
    assert filled.collections() == ["books"]
    assert set(found) - set(texts(reader, "books", 1, text="kept secret")) == {"secret", "old secret"}, "it reads on"
    assert not [each for each in server.sent if each.method == "PUT" and "old secret" in str(each.body)][1:]


def test_erasing_again_and_again_leaves_one_collection(server: QdrantServer, filled: QdrantIndex) -> None:
    for number in range(1, 4):
        filled.erase("books", ["gone.md"])
        assert on_server(server) == {f"pointsman-books.{number}"}
        put(filled, "books", [chunk(f"written later {number}", document="later.md")], born=number)
    assert filled.count("books") == 33
    filled.create("books", 8)
    assert filled.count("books") == 33
    filled.drop("books")
    assert on_server(server) == set()


def test_a_finer_graph_is_copied_too(server: QdrantServer, filled: QdrantIndex) -> None:
    filled.optimize("books", ef=300)
    filled.erase("books", ["gone.md"])
    created = [each for each in server.sent if str(each) == "PUT /collections/pointsman-books.1"]
    assert created[-1].body["hnsw_config"] == {"m": 32, "ef_construct": 300}


@pytest.mark.parametrize("kind", ["reset", "lost"])
def test_an_erasure_that_is_killed_anywhere_can_be_run_again(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pointsman.adapters.qdrant.server_copies.PAGE", 10)
    steps = 0
    while True:
        server = QdrantServer()
        index = connect(server.url, max_wait=1)
        index.create("books", 8)
        put(index, "books", [*KEPT, chunk("secret", document="gone.md")])
        killed = connect(server.url, max_wait=0.001)
        server.trouble(kind, after=steps, times=1)
        server.trouble("status", status=503, times=10_000)
        server.troubles[-1].after = steps
        try:
            killed.erase("books", ["gone.md"])
        except ServerUnusable:
            server.troubles.clear()
        else:
            break
        steps += 1
        again = connect(server.url)
        assert {point.document for point in again.points("books")} >= {"kept.md"}, f"after {steps} requests"
        assert again.count("books") >= len(KEPT)
        again.erase("books", ["gone.md"])
        assert again.count("books") == len(KEPT)
        assert len(on_server(server)) == 1
        server.stop()
    assert steps > 15


def test_a_copy_that_lost_a_point_takes_no_place(server: QdrantServer, filled: QdrantIndex) -> None:
    count = server.routes._count
    server.routes._count = lambda name, body: {"count": count(name, body)["count"] - name.endswith(".1")}  # type: ignore[method-assign]
    with pytest.raises(ServerUnusable, match=r"has 29 points and not 30"):
        filled.erase("books", ["gone.md"])
    assert "pointsman-books" in on_server(server)
    assert filled.count("books") == 32


def test_a_damaged_name_is_no_copy(server: QdrantServer, index: QdrantIndex) -> None:
    server.routes.client.create_collection("pointsman-books.x", vectors_config={})
    server.routes.client.create_collection(
        "pointsman-other.7", vectors_config={"dense": models.VectorParams(size=8, distance=models.Distance.COSINE)}
    )
    assert index.count("other") == 0
    with pytest.raises(IndexDamaged):
        index.count("nowhere")
    assert digest("x")
