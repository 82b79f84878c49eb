"""Collections on a server: made twice at once, limited, spoiled by others, dropped, and their search graph."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from qdrant_client import QdrantClient, models

from pointsman.adapters.ledger.qdrant_ledger import QdrantLedger
from pointsman.adapters.qdrant import server_collections, server_graph, server_limits
from pointsman.adapters.qdrant.server_client import open_client
from pointsman.adapters.qdrant.server_index import QdrantIndex, connect
from pointsman.adapters.qdrant.server_limits import candidates
from pointsman.core.errors import IndexDamaged, ModelMismatch, ServerUnusable
from pointsman.core.index.reconcile import converge
from tests.fakes.qdrant.server import QdrantServer
from tests.ports.points import DIMENSION, chunk, put, texts, vector

MEGABYTE = 1024 * 1024


def raw(server: QdrantServer) -> QdrantClient:
    return server.routes.client


def test_everybody_who_makes_the_same_collection_at_once_has_it(server: QdrantServer) -> None:
    server.trouble("slow", "GET /collections", seconds=0.05, times=99)
    made = [connect(server.url, max_wait=5) for _ in range(8)]
    ledgers = [QdrantLedger(open_client(server.url, max_wait=5)) for _ in made]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda each: each.create("books", DIMENSION), made))
        list(pool.map(lambda each: each.put("release", "a", {"n": 1}), ledgers))
    assert all(each.collections() == ["books"] for each in made)
    assert made[0].condition("books").unindexed == ()


@pytest.mark.parametrize("kind", ["lost", "reset"])
def test_a_collection_whose_making_was_not_acknowledged_is_taken(server: QdrantServer, kind: str) -> None:
    server.trouble(kind, "PUT /collections/pointsman-books$")
    index = connect(server.url, max_wait=1)
    index.create("books", DIMENSION)
    assert put(index, "books", [chunk("one")])


def test_what_somebody_else_made_meanwhile_must_fit(server: QdrantServer, monkeypatch: pytest.MonkeyPatch) -> None:
    index = connect(server.url, max_wait=1)
    make = server_collections.make

    def overtaken(client: QdrantClient, name: str, dimension: int) -> None:
        connect(server.url)._client.create_collection(
            name, vectors_config={"dense": models.VectorParams(size=99, distance=models.Distance.COSINE)}
        )
        make(client, name, dimension)

    monkeypatch.setattr(server_collections, "make", overtaken)
    with pytest.raises(ModelMismatch, match="99"):
        index.create("books", DIMENSION)


def test_a_payload_index_that_was_dropped_is_found_and_made_again(server: QdrantServer, index: QdrantIndex) -> None:
    put(index, "books", [chunk("one")])
    server.routes.schema["pointsman-books"].pop("died")
    server.routes.schema["pointsman-books"]["document"] = "text"
    assert index.condition("books").unindexed == ("died", "document")
    server.strict(unindexed_filtering_retrieve=False)
    with pytest.raises(ServerUnusable, match=r'Index required but not found for "died".*doctor --repair'):
        texts(index, "books", 1, text="one")

    index.create("books", DIMENSION)

    assert index.condition("books").unindexed == ()
    assert texts(index, "books", 1, text="one") == ["one"]


@pytest.mark.parametrize("payload", [{}, {"document": "guide.md"}, {"born": 1, "died": 9}, {"text": "x", "born": 1}])
def test_a_point_of_another_program_is_named_and_left(
    server: QdrantServer, index: QdrantIndex, payload: dict[str, object]
) -> None:
    put(index, "books", [chunk("one")])
    stranger = "99999999-0000-4000-8000-000000000000"
    raw(server).upsert("pointsman-books", [models.PointStruct(id=stranger, vector={}, payload=payload)])

    assert index.condition("books").strangers == (stranger,)
    todo = converge(index.points("books"), [], 2)
    assert stranger not in {*todo.discard, *todo.retire}
    assert index.vectors("books", ["nothing"]) == {}
    index.erase("books", ["guide.md"] if "document" not in payload else ["other.md"])
    assert index.condition("books").strangers == (stranger,)


def test_a_collection_that_was_dropped_after_it_was_known_is_damaged(server: QdrantServer, index: QdrantIndex) -> None:
    put(index, "books", [chunk("one")])
    connect(server.url).drop("books")
    for call in (
        lambda: texts(index, "books", 1, vector=vector(1), text="one"),
        lambda: index.count("books"),
        lambda: list(index.points("books")),
        lambda: put(index, "books", [chunk("two")]),
        lambda: index.retire("books", ["0" * 32], at=2),
    ):
        with pytest.raises(IndexDamaged, match="books"):
            call()
    assert connect(server.url).collections() == []


def test_a_collection_dropped_in_local_mode_is_damaged_too() -> None:
    client = QdrantClient(":memory:")
    index = QdrantIndex(client)
    index.create("books", DIMENSION)
    index.count("books")
    QdrantIndex(client).drop("books")
    with pytest.raises(IndexDamaged, match="books"):
        texts(index, "books", 1, vector=vector(1), text="one")


@pytest.mark.parametrize("status", ["acknowledged", "wait_timeout"])
def test_a_write_that_is_not_applied_is_an_error(server: QdrantServer, index: QdrantIndex, status: str) -> None:
    server.routes.applied = status
    for call in (
        lambda: put(index, "books", [chunk("one")]),
        lambda: index.retire("books", [chunk("one").point_id(1)], at=2),
        lambda: index.delete("books", [chunk("one").point_id(1)]),
    ):
        with pytest.raises(ServerUnusable, match=f"not applied.*{status}"):
            call()
    server.routes.applied = "completed"
    put(index, "books", [chunk("one")])


def test_no_request_is_larger_than_a_server_takes(server: QdrantServer, index: QdrantIndex) -> None:
    fat = [replace(chunk(f"passage {n}"), metadata={"history": "x" * 300_000}) for n in range(256)]
    put(index, "books", fat)
    written = [each.size for each in server.sent if each.path.endswith("/points") and each.method == "PUT"]
    assert len(written) > 2
    assert max(written) < 20 * MEGABYTE
    assert index.count("books") == 256
    assert sum(1 for _ in index.stored_points("books", revision=1)) == 256


def test_a_proxy_that_takes_less_gets_less_at_once(server: QdrantServer, index: QdrantIndex) -> None:
    server.routes.largest_request = 30_000
    put(index, "books", [replace(chunk(f"passage {n}"), metadata={"history": "x" * 5_000}) for n in range(40)])
    assert index.count("books") == 40
    with pytest.raises(ServerUnusable, match=r"guide\.md.*max_request_size_mb"):
        put(index, "books", [replace(chunk("too long"), metadata={"history": "x" * 50_000})])


def test_a_search_takes_no_more_than_strict_mode_allows(server: QdrantServer, index: QdrantIndex) -> None:
    put(index, "books", [chunk(f"passage {n}") for n in range(30)])
    server.strict(max_query_limit=20, search_allow_exact=False)
    fresh = connect(server.url, max_wait=1)
    assert len(texts(fresh, "books", 1, vector=vector(1), text="passage", top_k=25)) == 20
    with pytest.raises(ServerUnusable, match="Exact search is disabled"):
        texts(fresh, "books", 1, vector=vector(1), exact=True)


@pytest.mark.parametrize(
    ("points", "seen", "most", "wanted"),
    [
        (1000, 1000, None, 256), (1000, 999, None, 320), (1000, 750, None, 512), (1000, 500, None, 1024),
        (1000, 1, None, 1024), (1000, 0, None, 1024), (0, 0, None, 256), (1000, 750, 128, 128),
    ],
)  # fmt: skip
def test_the_more_points_are_retired_the_more_candidates_are_looked_at(
    points: int, seen: int, most: int | None, wanted: int
) -> None:
    assert candidates(points, seen, most=most) == wanted


def test_a_large_collection_is_searched_with_enough_candidates(
    server: QdrantServer, index: QdrantIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = put(index, "books", [chunk(f"passage {n}") for n in range(40)])
    index.retire("books", ids[:10], at=2)
    texts(connect(server.url), "books", 2, vector=vector(1))
    assert server.sent[-2].body["searches"][0].get("params") is None, "all vectors are compared anyway"
    monkeypatch.setattr("pointsman.adapters.qdrant.payloads.FULL_SCAN_KB", 1)
    fresh = connect(server.url)
    texts(fresh, "books", 2, vector=vector(1))
    assert server.sent[-2].body["searches"][0]["params"]["hnsw_ef"] == 512
    with server.recorded() as sent:
        texts(fresh, "books", 2, vector=vector(2))
    assert [str(each).rpartition("/")[2] for each in sent] == ["batch", "points"], "counted once"


def test_a_finer_graph_is_waited_for_from_when_the_server_begins(server: QdrantServer, index: QdrantIndex) -> None:
    server.routes.statuses["pointsman-books"] = ["green", "green", "yellow", "yellow", "green"]
    index.optimize("books", ef=300)
    assert server.routes.hnsw["pointsman-books"] == {"m": 32, "ef_construct": 300}
    assert len(server.routes.statuses["pointsman-books"]) == 1, "the server had begun and ended"


def test_what_is_measured_waits_for_green(server: QdrantServer, index: QdrantIndex) -> None:
    server.routes.statuses["pointsman-books"] = ["yellow", "grey", "yellow", "green"]
    assert index.condition("books").building
    index.settle("books")
    assert not index.condition("books").building
    assert server.counts()["PATCH /collections/pointsman-books"] == 1, "a grey collection is asked to begin"


@pytest.mark.parametrize(
    ("status", "said"), [("red", "optimizer failed.*no space left"), ("grey", "grey"), ("yellow", "max_build_seconds")]
)
def test_a_graph_that_will_not_be_built_ends_in_an_error(
    server: QdrantServer, status: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_graph, "IDLE_SECONDS", 0.2)
    index = QdrantIndex(open_client(server.url), max_build=0.5)
    index.create("books", DIMENSION)
    server.routes.statuses["pointsman-books"] = [status]
    server.routes.optimizer_error = "no space left" if status == "red" else ""
    began = time.monotonic()
    for call in (lambda: index.settle("books"), lambda: index.optimize("books", ef=400)):
        with pytest.raises(ServerUnusable, match=said):
            call()
    assert time.monotonic() - began < 3


def test_red_and_grey_are_said_within_a_minute() -> None:
    assert server_graph.IDLE_SECONDS < 60


def test_a_search_takes_few_requests(server: QdrantServer, index: QdrantIndex) -> None:
    put(index, "books", [chunk("one")])
    fresh = connect(server.url)
    with server.recorded() as sent:
        texts(fresh, "books", 1, vector=vector(1), text="one")
    assert [str(each) for each in sent] == [
        "GET /", "GET /collections/pointsman-books",
        "POST /collections/pointsman-books/points/query/batch", "POST /collections/pointsman-books/points",
    ]  # fmt: skip


def test_points_are_counted_in_the_bytes_of_their_json() -> None:
    point = models.PointStruct(
        id="0" * 32, vector={"dense": np.ones(384, np.float32).tolist()}, payload={"text": "größe" * 100}
    )
    assert len(json.dumps(point.model_dump(mode="json"))) * 4 > server_limits.NUMBER_BYTES * 384
