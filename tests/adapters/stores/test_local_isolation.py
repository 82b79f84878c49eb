"""A local folder: what is wrong with one entry is said of it, and the others are listed and read all the same."""

import os
import random
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from unicodedata import normalize

import pytest

from pointsman.adapters.stores.open import open_store
from pointsman.core.corpus.documents import Listed
from pointsman.core.errors import ListingFailed, StoreMoved
from pointsman.ports.stores import DocumentStore

BYTES = bytes(each for each in range(1, 256) if each != ord("/"))
"""Bytes that a name can have on Unix."""
LONGEST = 255
"""Bytes of a name, at most, on common file systems."""


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "good.md").write_text("some words")
    return folder


def opened(folder: Path) -> DocumentStore:
    return open_store(folder.name, root=folder.parent, include=("**/*.md",), exclude=())


def listed(store: DocumentStore) -> dict[str, Listed]:
    return {entry.document: entry for entry in store.listing()}


def problems(store: DocumentStore) -> dict[str, str]:
    return {document: entry.problem for document, entry in listed(store).items() if entry.problem}


def test_odd_entries_are_named_and_the_good_document_is_read(docs: Path) -> None:
    os.mkfifo(docs / "pipe.md")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(docs / "socket.md"))
    (docs / "gone.md").symlink_to("nowhere")
    (docs / "round.md").symlink_to("round.md")
    (docs / os.fsdecode(b"latin\xe9.md")).write_text("text")
    (docs / "folder.md").mkdir()
    (docs / "folder.md" / "in.md").write_text("below")
    longest = "x" * (LONGEST - 3) + ".md"
    (docs / longest).write_text("long name")
    store = opened(docs)
    found = listed(store)
    assert sorted(d for d, e in found.items() if e.problem is None) == ["folder.md/in.md", "good.md", longest]
    assert len([e for e in found.values() if e.problem]) == 5
    assert (store.read("good.md"), store.read(longest)) == (b"some words", b"long name")


def test_an_id_is_in_form_nfc_whatever_form_the_file_has(docs: Path) -> None:
    name = normalize("NFD", "résumé.md")
    (docs / name).write_text("people")
    store = opened(docs)
    [document] = [each for each in listed(store) if each != "good.md"]
    assert document == "résumé.md" == normalize("NFC", name)
    assert store.read(document) == b"people"
    assert opened(docs).read(document) == b"people", "also before anything was listed"


def test_of_two_names_that_differ_in_form_only_one_is_refused(docs: Path) -> None:
    composed, parted = normalize("NFC", "café.md"), normalize("NFD", "café.md")
    (docs / parted).write_text("parted")
    (docs / composed).write_text("composed")
    store = opened(docs)
    assert store.read(composed) == b"composed"
    [(refused, why)] = problems(store).items()
    assert refused != composed
    assert "Unicode form" in why


def test_names_that_differ_in_case_are_two_documents(docs: Path) -> None:
    (docs / "Case.md").write_text("upper")
    (docs / "case.md").write_text("lower")
    store = opened(docs)
    assert (problems(store), store.read("Case.md"), store.read("case.md")) == ({}, b"upper", b"lower")


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error")])
def test_a_file_of_which_no_status_can_be_had_is_an_entry_with_its_problem(
    docs: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    (docs / "bad.md").write_text("text")
    monkeypatch.setattr(os, "scandir", lambda path: Entries(path, error))
    store = opened(docs)
    assert list(problems(store)) == ["bad.md"]
    assert not listed(store)["bad.md"].settled


class Entries:
    """A folder in which the status of one file cannot be had."""

    def __init__(self, path: str, error: OSError) -> None:
        self._names, self._path, self._error = os.listdir(path), path, error  # noqa: PTH208 - scandir is replaced

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __iter__(self) -> Iterator["Entry"]:
        return (Entry(name, f"{self._path}/{name}", self._error) for name in self._names)


class Entry:
    def __init__(self, name: str, path: str, error: OSError) -> None:
        self.name, self.path, self._error = name, path, error

    def is_symlink(self) -> bool:
        return False

    def is_dir(self, *, follow_symlinks: bool) -> bool:
        return not follow_symlinks and Path(self.path).is_dir()

    def stat(self, *, follow_symlinks: bool) -> os.stat_result:
        if self.name == "bad.md" and not follow_symlinks:
            raise self._error
        return Path(self.path).stat()


def test_a_folder_that_is_removed_during_the_walk_is_no_error(docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (docs / "sub").mkdir()
    scan = os.scandir

    def racing(path: str) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith("sub"):
            raise FileNotFoundError(2, "No such file or directory")
        return scan(path)

    monkeypatch.setattr(os, "scandir", racing)
    assert list(listed(opened(docs))) == ["good.md"]


def test_a_folder_that_is_replaced_after_the_listing_is_an_error_of_the_store(docs: Path) -> None:
    store = opened(docs)
    store.listing()
    docs.rename(docs.parent / "mounted")
    with pytest.raises(ListingFailed, match="no folder"):
        store.read("good.md")
    docs.mkdir()  # the empty folder that is left when a file system is unmounted
    with pytest.raises(ListingFailed, match="mounted"):
        store.read("good.md")


def test_a_folder_that_is_replaced_during_the_walk_is_no_empty_listing(
    docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = os.scandir

    def unmounting(path: str) -> Iterator[os.DirEntry[str]]:
        docs.rename(docs.parent / "mounted")
        docs.mkdir()
        return scan(path)

    monkeypatch.setattr(os, "scandir", unmounting)
    with pytest.raises(ListingFailed, match="mounted"):
        opened(docs).listing()


def test_a_file_that_is_gone_is_an_error_of_that_file(docs: Path) -> None:
    store = opened(docs)
    store.listing()
    (docs / "good.md").unlink()
    with pytest.raises(StoreMoved, match="list again"):
        store.read("good.md")


def test_an_edit_that_keeps_size_and_time_gives_another_tag(docs: Path) -> None:
    page, settled = docs / "good.md", 10**18
    os.utime(page, ns=(settled, settled))
    store = opened(docs)
    before = listed(store)["good.md"]
    assert listed(store)["good.md"].tag == before.tag
    time.sleep(0.02)  # longer than a tick of the file system's clock
    page.write_text("some sword")
    os.utime(page, ns=(settled, settled))
    after = listed(store)["good.md"]
    assert (after.size, after.tag != before.tag) == (before.size, True)


def test_two_files_that_swap_names_give_other_tags(docs: Path) -> None:
    (docs / "other.md").write_text("more words")
    for name in ("good.md", "other.md"):
        os.utime(docs / name, ns=(10**18, 10**18))
    store = opened(docs)
    before = {document: entry.tag for document, entry in listed(store).items()}
    (docs / "good.md").rename(docs / "aside")
    (docs / "other.md").rename(docs / "good.md")
    shutil.move(docs / "aside", docs / "other.md")
    after = {document: entry.tag for document, entry in listed(store).items()}
    assert all(before[document] != after[document] for document in before)


def test_whatever_bytes_a_name_has_the_listing_ends_and_every_id_can_be_printed(docs: Path) -> None:
    draw = random.Random(7)
    names = {bytes(draw.choice(BYTES) for _ in range(draw.randint(1, 40))) + b".md" for _ in range(400)}
    for name in names - {b"..md"}:
        Path(os.fsdecode(os.fsencode(docs) + b"/" + name)).write_text("text")
    store = opened(docs)
    found = listed(store)
    shown = sum(not name.startswith(b".") for name in names)
    assert len(found) == shown + 1
    for document, entry in found.items():
        assert document.encode("utf-8")
        if entry.problem is None:
            assert store.read(document) in (b"text", b"some words")
        else:
            assert entry.problem.isprintable()


def test_the_walk_of_a_very_deep_folder_ends(docs: Path) -> None:
    here, depth = os.open(docs, os.O_RDONLY), 40
    for _ in range(depth):
        os.mkdir("x" * 200, dir_fd=here)
        below = os.open("x" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    found = listed(opened(docs))
    assert found["good.md"].problem is None
    [deep] = [entry for document, entry in found.items() if document != "good.md"]
    assert "folder cannot be listed" in str(deep.problem)
    shutil.rmtree(docs, ignore_errors=True)
