"""The ledger in a Qdrant collection: lost parts, and other clients at the same moment."""

from typing import Any

import pytest
from qdrant_client import QdrantClient, models

from pointsman.adapters.ledger.qdrant_ledger import PART, QdrantLedger
from pointsman.adapters.qdrant.server_client import open_client
from pointsman.adapters.qdrant.server_index import QdrantIndex
from pointsman.core.errors import IndexDamaged, LedgerConflict, ServerUnusable, UsageError
from pointsman.core.hashing import stable_uuid
from tests.fakes.qdrant.server import QdrantServer


def test_an_object_that_lost_a_part_is_found_out_and_mended() -> None:
    client = QdrantClient(":memory:")
    ledger = QdrantLedger(client)
    manifest = {"text": "x" * (2 * PART + 5)}
    ledger.put("manifest", "m", manifest)
    client.delete("pointsman-ledger", [stable_uuid("manifest", "m", 1)])

    with pytest.raises(IndexDamaged, match=r"manifest m .*pointsman doctor"):
        ledger.get("manifest", "m")

    ledger.put("manifest", "m", manifest)
    assert ledger.get("manifest", "m") == manifest


def test_a_pointer_that_another_client_moved_meanwhile_is_not_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    client = QdrantClient(":memory:")
    ledger = QdrantLedger(client)
    ledger.swap(None, {"release": "a"})
    upsert = client.upsert

    def overtaken(collection: str, points: list[models.PointStruct], **options: Any) -> models.UpdateResult:
        faster = models.PointStruct(
            id=points[0].id, vector={}, payload={"text": '{"release":"fast"}', "token": "other", "moves": ["other"]}
        )
        upsert(collection, [faster])
        return upsert(collection, points, **options)

    monkeypatch.setattr(client, "upsert", overtaken)
    with pytest.raises(LedgerConflict, match="fast"):
        ledger.swap({"release": "a"}, {"release": "slow"})
    assert ledger.pointer() == {"release": "fast"}


def test_a_move_that_somebody_followed_at_once_still_counts_as_made(monkeypatch: pytest.MonkeyPatch) -> None:
    client = QdrantClient(":memory:")
    ledger, other = QdrantLedger(client), QdrantLedger(client)
    ledger.swap(None, {"release": "a"})
    move = ledger._move

    def followed(*arguments: Any) -> None:
        move(*arguments)
        held = other._payload(stable_uuid("", "live"))
        other._move(held, {"text": '{"release":"c"}', "claim": None}, "their-token")

    monkeypatch.setattr(ledger, "_move", followed)
    ledger.swap({"release": "a"}, {"release": "b"})

    assert ledger.pointer() == {"release": "c"}


def test_the_ledger_is_no_collection_of_the_index() -> None:
    client = QdrantClient(":memory:")
    QdrantLedger(client).put("release", "a", {})
    client.create_collection("somebody-elses", vectors_config={})
    index = QdrantIndex(client)
    index.create("books", 4)

    assert index.collections() == ["books"]
    with pytest.raises(UsageError, match="ledger"):
        index.drop("ledger")
    assert QdrantLedger(client).ids("release") == ["a"]


def test_a_ledger_is_rewritten_into_another_collection_and_readers_follow() -> None:
    server = QdrantServer()
    ledger, reader = (QdrantLedger(open_client(server.url, max_wait=2)) for _ in range(2))
    ledger.put("release", "a", {"n": 1})
    ledger.swap(None, {"release": "a"})
    assert reader.ids("release") == ["a"]

    ledger.rewrite()

    assert [each.name for each in server.routes.client.get_collections().collections] == ["pointsman-ledger.1"]
    assert set(server.routes.schema["pointsman-ledger.1"]) == {"kind", "token", "fence"}
    assert (reader.get("release", "a"), reader.pointer()) == ({"n": 1}, {"release": "a"})
    reader.put("release", "b", {"n": 2})
    assert ledger.ids("release") == ["a", "b"]


@pytest.mark.parametrize("kind", ["reset", "lost"])
def test_a_rewriting_that_is_killed_anywhere_loses_nothing(kind: str) -> None:
    for steps in range(40):
        server = QdrantServer()
        ledger = QdrantLedger(open_client(server.url, max_wait=2))
        ledger.put("release", "a", {"n": 1})
        ledger.swap(None, {"release": "a"})
        server.trouble(kind, after=steps)
        server.trouble("status", times=10_000, after=steps)
        killed = QdrantLedger(open_client(server.url, max_wait=0.001))
        try:
            killed.rewrite()
        except ServerUnusable:
            server.troubles.clear()
        else:
            assert steps > 8
            return
        again = QdrantLedger(open_client(server.url, max_wait=2))
        assert (again.get("release", "a"), again.pointer()) == ({"n": 1}, {"release": "a"}), steps
        again.rewrite()
        assert again.ids("release") == ["a"]
        assert len(server.routes.client.get_collections().collections) == 1
        server.stop()
    pytest.fail("it never ended")
