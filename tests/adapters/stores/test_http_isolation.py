"""Objects of an HTTP server: a refused or broken one is said of it; a server that is away is an error of the store."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from pointsman.adapters.stores.open import open_store
from pointsman.core.corpus.documents import Listed
from pointsman.core.errors import ListingFailed, StoreMoved
from pointsman.ports.stores import DocumentStore

PAGE = b"# A page\n\nSome words stand here.\n"
FOLDERS = {
    "/docs/": b"<a href='a.md'>a.md</a> <a href='b.md'>b.md</a> <a href='sub/'>sub/</a>",
    "/docs/sub/": b"<a href='c.md'>c.md</a>",
}


class Server(ThreadingHTTPServer):
    """Pages below /docs, some of which are refused."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.refused: dict[tuple[str, str], int] = {}
        """(method, path) → status."""

    @property
    def store(self) -> DocumentStore:
        url = f"http://127.0.0.1:{self.server_port}/docs/"
        return open_store(url, root=Path("/nowhere"), include=("**/*.md",), exclude=())


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        if f"{self.path}/" in FOLDERS:
            self.send_response(301)
            self.send_header("Location", f"{self.path}/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        refused = self.server.refused.get((self.command, self.path))
        body = b"" if refused else FOLDERS.get(self.path, PAGE)
        self.send_response(refused or 200)
        self.send_header("Content-Type", "text/html" if self.path.endswith("/") else "text/markdown")
        self.send_header("Content-Length", str(len(body)))
        if not self.path.endswith("/") and not refused:
            self.send_header("ETag", '"1"')
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - the name of the base class

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made = Server()
    Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def listed(store: DocumentStore) -> dict[str, Listed]:
    return {entry.document: entry for entry in store.listing()}


@pytest.mark.parametrize("status", [403, 404, 410, 500, 503])
def test_an_object_that_cannot_be_asked_for_is_an_entry_with_its_problem(server: Server, status: int) -> None:
    server.refused |= {("HEAD", "/docs/b.md"): status, ("GET", "/docs/b.md"): status}
    found = listed(server.store)
    assert sorted(found) == ["a.md", "b.md", "sub/c.md"]
    assert [document for document, entry in found.items() if entry.problem] == ["b.md"]
    assert not found["b.md"].settled, "the next run asks again"
    assert server.store.read("a.md") == PAGE


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_object_that_cannot_be_read_is_an_error_of_that_object(server: Server, status: int) -> None:
    store = server.store
    store.listing()
    server.refused[("GET", "/docs/b.md")] = status
    with pytest.raises(StoreMoved, match=r"b\.md"):
        store.read("b.md")
    assert store.read("a.md") == PAGE


def test_a_folder_that_is_refused_is_an_entry_and_one_that_is_gone_is_none(server: Server) -> None:
    server.refused[("GET", "/docs/sub/")] = 403
    found = listed(server.store)
    assert sorted(found) == ["a.md", "b.md", "sub/"]
    assert "stays as it is" in str(found["sub/"].problem)
    server.refused[("GET", "/docs/sub/")] = 404
    assert sorted(listed(server.store)) == ["a.md", "b.md"]


def test_a_server_that_refuses_the_whole_listing_or_is_down_is_an_error_of_the_store(server: Server) -> None:
    store = server.store
    store.listing()
    server.refused[("GET", "/docs/")] = 403
    with pytest.raises(ListingFailed):
        store.listing()
    server.shutdown()
    server.server_close()
    with pytest.raises(ListingFailed, match="nothing is known"):
        store.read("a.md")
    with pytest.raises(ListingFailed, match="nothing is known"):
        store.listing()
