"""Objects of a bucket: a refused one is an error of that object; a server that is away is one of the store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pointsman.adapters.stores.open import open_store
from pointsman.core.errors import ListingFailed, StoreMoved
from pointsman.ports.stores import DocumentStore
from tests.fakes.s3 import S3Server

BUCKET = "refusals"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    made = S3Server()
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    made.client().create_bucket(Bucket=BUCKET)
    for name in ("a.md", "b.md"):
        made.plant(BUCKET, f"docs/{name}", b"words")
    yield made
    made.stop()


def opened() -> DocumentStore:
    return open_store(f"s3://{BUCKET}/docs", root=Path("/nowhere"), include=("**/*.md",), exclude=())


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_object_that_is_refused_does_not_stop_the_others(server: S3Server, status: int) -> None:
    store = opened()
    server.refused[f"/{BUCKET}/docs/b.md"] = status
    assert [(e.document, e.problem) for e in store.listing()] == [("a.md", None), ("b.md", None)]
    with pytest.raises(StoreMoved, match=r"b\.md"):
        store.read("b.md")
    assert store.read("a.md") == b"words"


def test_a_server_that_goes_away_after_the_listing_is_an_error_of_the_store(server: S3Server) -> None:
    store = opened()
    store.listing()
    server._server.server_close()
    server._server.shutdown()
    with pytest.raises(ListingFailed, match="nothing is known"):
        store.read("a.md")
