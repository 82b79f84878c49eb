"""Every kind of store under test, each with the hand that changes what lies in it."""

import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import fsspec
import pytest

from pointsman.adapters.stores.open import open_store
from pointsman.core.corpus.unread import count_by_ending
from pointsman.ports.stores import DocumentStore
from tests.fakes.git import Repository
from tests.fakes.s3 import S3Server
from tests.fakes.store import FakeStore

RST = ("**/*.rst",)
DRAFTS = ("drafts/**",)


@dataclass(frozen=True)
class Bench:
    """A store and what lies behind it."""

    store: DocumentStore
    write: Callable[[str, bytes], None]
    remove: Callable[[str], None]
    vanish: Callable[[], None]
    """Takes the whole store away, or cuts it off."""
    snapshot: bool = False
    """Whether documents are read as the last listing saw them."""

    def tags(self) -> Mapping[str, str]:
        return {listed.document: listed.tag for listed in self.store.listing()}


class PickyFake(FakeStore):
    """The fake has no patterns; this one chooses the same files as the other stores."""

    def listing(self) -> Any:
        found = super().listing()
        return (e for e in found if e.document.endswith(".rst") and not e.document.startswith(("drafts/", ".")))

    def unread(self) -> dict[str, int]:
        names = [listed.document for listed in super().listing()] if self.listings else []
        visible = (name for name in names if not name.startswith("drafts/") and "/." not in f"/{name}")
        return count_by_ending(name for name in visible if not name.endswith(".rst"))


def fake_bench(_folder: Path, _request: pytest.FixtureRequest) -> Bench:
    fake = PickyFake()
    return Bench(fake, fake.write, fake.remove, lambda: setattr(fake, "unreachable", "timeout"))


def local_bench(folder: Path, _request: pytest.FixtureRequest) -> Bench:
    def write(document: str, raw: bytes) -> None:
        path = folder / "docs" / document
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
        written = next(clock)
        os.utime(path, ns=(written, written))

    clock = iter(range(10**18, 2 * 10**18, 10**9))
    (folder / "docs").mkdir()
    store = open_store("docs", root=folder, include=RST, exclude=DRAFTS)
    docs = folder / "docs"
    return Bench(store, write, lambda document: (docs / document).unlink(), lambda: shutil.rmtree(docs))


def memory_bench(folder: Path, _request: pytest.FixtureRequest) -> Bench:
    system = fsspec.filesystem("memory")
    root = f"/{uuid.uuid5(uuid.NAMESPACE_URL, str(folder))}"
    system.mkdir(root)
    store = open_store(f"memory:/{root}", root=folder, include=RST, exclude=DRAFTS)
    return Bench(
        store,
        lambda document, raw: system.pipe_file(f"{root}/{document}", raw),
        lambda document: system.rm_file(f"{root}/{document}"),
        lambda: system.rm(root, recursive=True),
    )


@cache
def s3_server() -> S3Server:
    """Return the one server of this process."""
    return S3Server()


def s3_bench(folder: Path, request: pytest.FixtureRequest) -> Bench:
    server, bucket = s3_server(), f"bucket-{uuid.uuid5(uuid.NAMESPACE_URL, str(folder))}"
    patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    for name, value in server.environment.items():
        patch.setenv(name, value)
    client = server.client()
    client.create_bucket(Bucket=bucket)

    def vanish() -> None:
        for entry in client.list_objects_v2(Bucket=bucket).get("Contents", []):
            client.delete_object(Bucket=bucket, Key=entry["Key"])
        client.delete_bucket(Bucket=bucket)

    return Bench(
        open_store(f"s3://{bucket}", root=folder, include=RST, exclude=DRAFTS),
        lambda document, raw: client.put_object(Bucket=bucket, Key=document, Body=raw),
        lambda document: client.delete_object(Bucket=bucket, Key=document),
        vanish,
    )


def git_bench(folder: Path, _request: pytest.FixtureRequest) -> Bench:
    repository = Repository(folder / "repository")
    store = open_store(f"git+file://{repository.root}@main", root=folder, include=RST, exclude=DRAFTS)
    return Bench(store, repository.write, repository.remove, lambda: shutil.rmtree(repository.root), snapshot=True)


BENCHES = {"fake": fake_bench, "local": local_bench, "memory": memory_bench, "s3": s3_bench, "git": git_bench}
