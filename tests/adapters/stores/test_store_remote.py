"""S3 by its ETags, and the other fsspec URLs: what a listing costs, what is no listing, and what is never shown."""

import os
import socketserver
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from threading import Thread
from typing import Any

import fsspec
import pytest
import requests

from pointsman.adapters.stores.open import open_store
from pointsman.core.errors import ListingFailed, StoreMoved, UsageError
from pointsman.ports.stores import DocumentStore
from tests.fakes.s3 import SECRET, S3Server
from tests.ports.stores import s3_server

BUCKET = "documents"
PART = 5 * 1024 * 1024


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    server = s3_server()
    requests.post(f"{server.url}/moto-api/reset", timeout=5)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    server.client().create_bucket(Bucket=BUCKET)
    server.fail_pages_from = None
    server.requests.clear()
    yield server
    server.fail_pages_from = None


def put(server: S3Server, **documents: bytes) -> None:
    client = server.client()
    for key, raw in documents.items():
        client.put_object(Bucket=BUCKET, Key=key, Body=raw)
    server.requests.clear()


def opened(url: str, include: tuple[str, ...] = ("**/*.md",)) -> DocumentStore:
    return open_store(url, root=Path("/nowhere"), include=include, exclude=())


def tags(store: DocumentStore) -> dict[str, str]:
    return {e.document: e.tag for e in store.listing()}


def problems(store: DocumentStore) -> dict[str, str]:
    return {e.document: e.problem for e in store.listing() if e.problem}


def test_an_unchanged_bucket_costs_one_listing_and_opens_nothing(s3: S3Server) -> None:
    put(s3, **{f"docs/{n}.md": b"text" for n in range(20)})
    store = opened(f"s3://{BUCKET}/docs")
    assert tags(store) == tags(store)
    assert s3.requests == [("LIST", f"/{BUCKET}")] * 2


def test_a_listing_is_read_page_by_page_and_is_none_when_the_server_goes_down_between_two(s3: S3Server) -> None:
    for n in range(1_050):
        s3.plant(BUCKET, f"docs/{n % 7}/{n:04d}.md", b"x")
    store = opened(f"s3://{BUCKET}/docs")
    assert len(tags(store)) == 1_050
    assert s3.requests == [("LIST", f"/{BUCKET}")] * 2
    s3.requests.clear()
    s3.fail_pages_from = 1
    with pytest.raises(ListingFailed, match=r"cannot list s3://documents/docs \(.*nothing was changed"):
        store.listing()
    assert s3.counted("LIST") > 1, "the first page was answered"


def test_the_tag_is_the_etag_of_one_part_and_of_many(s3: S3Server) -> None:
    put(s3, **{"a.md": b"x" * (PART + 1)})
    store, client = opened(f"s3://{BUCKET}"), s3.client()
    assert tags(store)["a.md"].startswith(f"{PART + 1}-")
    single = tags(store)["a.md"]
    started = client.create_multipart_upload(Bucket=BUCKET, Key="a.md")
    sent = {"Bucket": BUCKET, "Key": "a.md", "UploadId": started["UploadId"]}
    etags = [client.upload_part(**sent, PartNumber=n, Body=body)["ETag"] for n, body in ((1, b"x" * PART), (2, b"x"))]
    parts = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(etags, 1)]
    client.complete_multipart_upload(**sent, MultipartUpload={"Parts": parts})
    assert tags(store)["a.md"].endswith("-2")
    assert tags(store)["a.md"] != single
    assert store.read("a.md") == b"x" * (PART + 1)


def test_an_object_is_read_by_one_request(s3: S3Server) -> None:
    put(s3, **{"a.md": b"text"})
    store = opened(f"s3://{BUCKET}")
    assert store.read("a.md") == b"text"
    assert s3.requests == [("GET", f"/{BUCKET}/a.md")]


def test_a_bucket_that_is_missing_or_a_prefix_that_nothing_has_cannot_be_listed(s3: S3Server) -> None:
    with pytest.raises(ListingFailed, match="no-such-bucket"):
        opened("s3://no-such-bucket/docs").listing()
    with pytest.raises(ListingFailed, match="nothing is there"):
        opened(f"s3://{BUCKET}/docs").listing()
    put(s3, **{"docs.md": b"an object, no folder", "docs/": b""})
    with pytest.raises(ListingFailed, match="is an object"):
        opened(f"s3://{BUCKET}/docs.md").listing()
    assert tags(opened(f"s3://{BUCKET}/docs")) == {}, "its placeholder says that it is meant to be empty"


def test_credentials_that_are_missing_or_wrong_are_an_error_that_does_not_show_them(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(s3, **{"a.md": b"text"})
    requests.post(f"{s3.url}/moto-api/reset-auth", data="0", timeout=5)
    try:
        with pytest.raises(ListingFailed, match="credentials") as caught:
            opened(f"s3://{BUCKET}").listing()
    finally:
        requests.post(f"{s3.url}/moto-api/reset-auth", data="inf", timeout=5)
    assert SECRET not in str(caught.value)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(ListingFailed, match="credentials"):
        opened(f"s3://{BUCKET}").listing()


def test_keys_of_any_kind_are_documents_or_have_a_problem_that_says_why(s3: S3Server) -> None:
    good = ("a b.md", "ünï/日本語.md", "+p%20lus.md", "quo\"te's.md", "a=1&b=2.md", "#1.md", "-r.md")
    put(s3, **{f"docs/{name}": name.encode() for name in good})
    put(s3, **{"docs/sub/": b"", "docs/.hidden.md": b"", "docs/x/.y/z.md": b"", "docs/pic.png": b""})
    put(s3, **{"docs/../up.md": b"", "docs/x/./y.md": b"", "docs/bell\x07.md": b"", "docsother/a.md": b"beside"})
    store = opened(f"s3://{BUCKET}/docs")
    found = problems(store)
    assert {name: store.read(name) for name in tags(store) if name not in found} == {n: n.encode() for n in good}
    assert [why for name, why in found.items() if "bell" in name] == [
        "file name has a control character (U+0007); rename the file"
    ]
    assert {name for name, why in found.items() if "'..' part" in why} == {"../up.md", "x/./y.md"}
    with pytest.raises(UsageError):
        store.read("../up.md")


def test_keys_that_differ_in_a_slash_alone_are_told_apart() -> None:
    system = fsspec.filesystem("memory")
    store = opened("memory://slashes")
    system.pipe_file("/slashes/a.md", b"a")
    store.listing()
    store._reach = lambda what, call: (  # type: ignore[attr-defined]
        (system, "b")
        if what == "open"
        else [{"name": n, "size": 1, "ETag": "e"} for n in ("b//a.md", "b/a.md", "b/x//a.md")]
    )
    assert {e.document: e.problem is None for e in store.listing()} == {"/a.md": False, "a.md": True, "x//a.md": False}


class Folders(fsspec.AbstractFileSystem):  # type: ignore[misc]
    """A driver that lists folder by folder, as most do; one of them may not be listed."""

    protocol = "folders"

    def ls(self, path: str, detail: bool = True, **_: Any) -> Any:
        if path.endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        here = [{"name": f"{path}/a.md", "size": 1, "type": "file", "mtime": 1.0}]
        return [*here, {"name": f"{path}/locked", "size": 0, "type": "directory"}]


def test_a_folder_that_a_driver_may_not_list_is_an_entry_with_its_problem() -> None:
    fsspec.register_implementation("folders", Folders, clobber=True)
    assert list(Folders().find("root")) == ["root/a.md"], "the general walk leaves out what it cannot list"
    [document, folder] = opened("folders://root").listing()
    assert (document.document, document.problem) == ("a.md", None)
    assert (folder.document, folder.settled) == ("locked/", False)
    assert "Permission denied" in str(folder.problem)
    chosen = open_store("folders://root", root=Path(), include=("**/*.md",), exclude=("locked/**",))
    assert list(tags(chosen)) == ["a.md"]


def test_an_archive_that_is_written_anew_is_listed_anew(tmp_path: Path) -> None:
    archive = tmp_path / "docs.zip"

    def pack(**documents: str) -> None:
        with zipfile.ZipFile(archive, "w") as packed:
            for name, text in documents.items():
                packed.writestr(zipfile.ZipInfo(name), text)

    pack(**{"docs/a.md": "one", "docs/b.md": "same", "c.md": "beside"})
    store = opened(f"zip://docs::file://{archive}")
    before = tags(store)
    assert list(before) == ["a.md", "b.md"]
    assert store.read("a.md") == b"one"
    pack(**{"docs/a.md": "two", "docs/b.md": "same"})
    after = tags(store)
    assert {name for name in after if after[name] != before[name]} == {"a.md"}
    assert store.read("a.md") == b"two"
    archive.unlink()
    with pytest.raises(ListingFailed):
        store.listing()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder behind a web server that shows listings, and its address."""
    folder = tmp_path / "site"
    (folder / "docs" / "deep").mkdir(parents=True)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield folder / "docs", f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_listing_of_a_web_server_is_a_store_with_sizes_and_tags(site: tuple[Path, str]) -> None:
    folder, address = site
    (folder / "a.md").write_text("one")
    (folder / "deep" / "b.md").write_text("deep")
    store = opened(f"http://{address}/docs")
    assert [(e.document, e.size) for e in store.listing()] == [("a.md", 3), ("deep/b.md", 4)]
    before = tags(store)
    os.utime(folder / "a.md", (10**9, 10**9))
    assert {name for name, tag in tags(store).items() if tag != before[name]} == {"a.md"}
    assert store.read("deep/b.md") == b"deep"
    (folder / "a.md").unlink()
    with pytest.raises(StoreMoved):
        store.read("a.md")
    with pytest.raises(ListingFailed):
        opened(f"http://{address}/nowhere").listing()


@pytest.mark.parametrize(
    "url",
    [
        "s3://AKIAEXAMPLE:top-secret-word@bucket/docs", "s3://AKIAEXAMPLE:to/top-secret-word@bucket/docs",
        "http://reader:top-secret-word@127.0.0.1:9/docs", "http://127.0.0.1:9/docs?token=top-secret-word",
        "http://reader:top%2Dsecret%2Dword@127.0.0.1:9/docs", "zork://reader:top-secret-word@host/docs",
        "ftp://reader:top-secret-word@127.0.0.1:9/docs", "git+http://reader:top-secret-word@127.0.0.1:9/r@main",
        "git+https://reader:top-secret-word@127.0.0.1:9/no-revision",
        "zip://docs::http://reader:top-secret-word@127.0.0.1:9/a.zip",
    ],
)  # fmt: skip
def test_credentials_in_a_url_are_in_no_message(tmp_path: Path, url: str) -> None:
    with pytest.raises((UsageError, ListingFailed)) as caught:
        open_store(url, root=tmp_path, include=("**",), exclude=()).listing()
    shown = repr(caught.value) + repr(caught.value.__cause__)
    assert "top-secret-word" not in shown
    assert "top%2D" not in shown
