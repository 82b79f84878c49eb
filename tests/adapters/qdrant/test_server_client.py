"""A Qdrant server that is away, overloaded, refuses, or is too old."""

import threading
import time
import warnings
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from pointsman.adapters.ledger.qdrant_ledger import QdrantLedger
from pointsman.adapters.qdrant.server_client import open_client
from pointsman.adapters.qdrant.server_index import QdrantIndex, connect
from pointsman.core.errors import ServerUnusable
from tests.fakes.qdrant.server import QdrantServer
from tests.ports.points import DIMENSION, chunk, put, texts

MAJORITY = "Service internal error: Failed to apply update with Strong ordering"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("where", ["PUT .*points", "POST .*query", "GET /collections/"])
def test_a_refusal_that_passes_is_not_noticed(
    server: QdrantServer, index: QdrantIndex, status: int, where: str
) -> None:
    server.trouble("status", where, status=status, message=MAJORITY, times=3)
    put(index, "books", [chunk("signal box")])
    assert texts(connect(server.url), "books", 1, text="signal") == ["signal box"]


@pytest.mark.parametrize("kind", ["reset", "lost", "cut", "broken"])
@pytest.mark.parametrize("where", ["PUT .*points", "POST .*payload", "POST .*delete", "POST .*scroll", "POST .*count"])
def test_a_broken_connection_is_made_again(server: QdrantServer, index: QdrantIndex, kind: str, where: str) -> None:
    server.trouble(kind, where, times=2)
    first, second = put(index, "books", [chunk("one"), chunk("two")])
    index.retire("books", [first], at=2)
    index.delete("books", [second])
    assert [(point.id, point.died) for point in index.points("books")] == [(first, 2)]
    assert index.count("books", revision=1) == 1


def test_a_server_that_restarts_is_waited_for(server: QdrantServer, index: QdrantIndex) -> None:
    server.away(0.3)
    assert put(index, "books", [chunk("one")])
    assert index.count("books") == 1


def test_a_server_that_stays_away_ends_in_one_error_in_time(server: QdrantServer, index: QdrantIndex) -> None:
    server.stop()
    began = time.monotonic()
    with pytest.raises(ServerUnusable, match=r"Connection refused.*qdrant\.max_wait_seconds") as raised:
        index.count("books")
    assert 0.5 < time.monotonic() - began < 3
    assert "\n" not in str(raised.value)


def test_the_pause_that_a_server_asks_for_is_kept(server: QdrantServer, index: QdrantIndex) -> None:
    server.trouble("status", "count", status=429, message="Rate limit", headers={"Retry-After": "0.4"})
    began = time.monotonic()
    assert index.count("books") == 0
    assert time.monotonic() - began >= 0.4


@pytest.mark.parametrize("pause", ["3600", format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)])
def test_a_pause_longer_than_the_limit_is_not_begun(server: QdrantServer, index: QdrantIndex, pause: str) -> None:
    server.trouble("status", "count", status=429, message="Rate limit exceeded", headers={"Retry-After": pause})
    began = time.monotonic()
    with pytest.raises(ServerUnusable, match="429 Rate limit exceeded"):
        index.count("books")
    assert time.monotonic() - began < 0.5


@pytest.mark.parametrize("message", ["No space left on device", "disk is full"])
def test_a_full_disk_is_not_waited_for(server: QdrantServer, index: QdrantIndex, message: str) -> None:
    server.trouble("status", "points", status=500, message=message, times=99)
    with server.recorded() as sent, pytest.raises(ServerUnusable, match=message):
        put(index, "books", [chunk("one")])
    assert len(sent) == 1


@pytest.mark.parametrize("version", ["1.15.4", "1.16.0", "1.17.1", "1.18.9", "0.11.0"])
def test_an_older_server_is_refused_before_anything_is_written(version: str) -> None:
    server = QdrantServer(version)
    client = open_client(server.url, max_wait=1)
    with pytest.raises(ServerUnusable, match=rf"version {version.rpartition('.')[0]}\D.*1\.19"):
        QdrantLedger(client).swap(None, {"release": "a"})
    with pytest.raises(ServerUnusable, match=r"1\.19"):
        QdrantIndex(client).create("books", DIMENSION)
    assert {str(each) for each in server.sent} == {"GET /"}


@pytest.mark.parametrize("version", ["1.19.0", "1.20.1-dev", "2.0.0"])
def test_a_new_enough_server_is_asked_for_its_version_once(version: str) -> None:
    server = QdrantServer(version)
    client = open_client(server.url, max_wait=1)
    threads = [threading.Thread(target=QdrantIndex(client).collections) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert server.counts()["GET /"] == 1


@pytest.mark.parametrize("body", [b"{}", b"<html>sign in</html>", b'{"title": "something", "version": 7}'])
def test_what_is_no_qdrant_is_named(body: bytes) -> None:
    server = QdrantServer()
    server.trouble("answer", "GET /$", status=200, body=body, headers={"Content-Type": "text/html"}, times=99)
    with pytest.raises(ServerUnusable, match=r"cannot be used|which version"):
        connect(server.url, max_wait=0.2).collections()


def test_a_wrong_key_is_named_and_the_right_one_is_not_warned_about() -> None:
    server = QdrantServer(api_key="right")
    with pytest.raises(ServerUnusable, match="QDRANT_API_KEY"):
        connect(server.url, "wrong", max_wait=1).collections()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert connect(server.url, "right").collections() == []
        assert connect("http://localhost:9", "right")
        assert connect("http://[::1]:9", "right")
    with pytest.warns(UserWarning, match="insecure"):
        connect("http://10.1.2.3:6333", "right")


@pytest.mark.parametrize("url", ["ftp://host:1", "http://user:secret@host:99999999", "http://"])
def test_an_address_that_is_none_is_named_without_its_password(url: str) -> None:
    with pytest.raises(ServerUnusable) as raised:
        connect(url, max_wait=0.1).collections()
    assert "secret" not in str(raised.value)


def test_a_server_that_is_away_is_said_once(
    server: QdrantServer, index: QdrantIndex, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pointsman.adapters.qdrant.server_client.SAID_AFTER", 0.05)
    server.trouble("status", "count", times=5)
    assert index.count("books") == 0
    assert [each.message for each in caplog.records if "waiting for" in each.message] == [
        f"waiting for {server.url} for up to 1 s: 503 Service unavailable"
    ]
