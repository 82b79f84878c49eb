"""What every document store must do: the fake, a local folder, S3, a git repository and another fsspec URL alike."""

import builtins
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pointsman.adapters.stores.open import open_store
from pointsman.core.errors import ListingFailed, StoreMoved, UsageError
from pointsman.ports.stores import DocumentStore
from tests.fakes.store import FakeStore
from tests.ports.stores import BENCHES, RST, Bench

DOCUMENTS = {"b.rst": b"B", "a/z.rst": b"Z", "a.rst": b"A", "a/b/c.rst": b"deep"}


@pytest.fixture(params=["fake", "local", "memory", "s3", "git"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    made = BENCHES[request.param](tmp_path, request)
    for document, raw in DOCUMENTS.items():
        made.write(document, raw)
    return made


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    return folder


def opened(folder: Path, include: tuple[str, ...] = RST, exclude: tuple[str, ...] = ()) -> DocumentStore:
    return open_store(folder.name, root=folder.parent, include=include, exclude=exclude)


def ids(store: DocumentStore) -> list[str]:
    return [listed.document for listed in store.listing()]


def test_a_listing_is_ordered_by_id_and_tells_sizes(bench: Bench) -> None:
    assert [(listed.document, listed.size) for listed in bench.store.listing()] == [
        ("a.rst", 1),
        ("a/b/c.rst", 4),
        ("a/z.rst", 1),
        ("b.rst", 1),
    ]


def test_a_read_returns_the_bytes(bench: Bench) -> None:
    assert {document: bench.store.read(document) for document in ids(bench.store)} == DOCUMENTS


def test_a_tag_changes_when_and_only_when_its_document_was_written(bench: Bench) -> None:
    before = bench.tags()
    assert bench.tags() == before
    bench.write("b.rst", b"C")
    after = bench.tags()
    assert {document for document in after if after[document] != before[document]} == {"b.rst"}


def test_a_document_that_is_gone_after_the_listing_is_a_moved_store(bench: Bench) -> None:
    assert "b.rst" in ids(bench.store)
    bench.remove("b.rst")
    if bench.snapshot:
        assert bench.store.read("b.rst") == b"B", "listing and reading are one snapshot"
    else:
        with pytest.raises(StoreMoved, match="list again"):
            bench.store.read("b.rst")
    assert "b.rst" not in ids(bench.store)
    with pytest.raises(StoreMoved, match="list again"):
        bench.store.read("b.rst")


def test_a_store_that_was_emptied_lists_nothing_and_is_no_error(bench: Bench) -> None:
    for document in DOCUMENTS:
        bench.remove(document)
    assert ids(bench.store) == []


def test_a_store_that_cannot_be_reached_is_an_error_and_no_empty_listing(bench: Bench) -> None:
    assert ids(bench.store) == sorted(DOCUMENTS)
    bench.vanish()
    with pytest.raises(ListingFailed, match="nothing is known about what"):
        bench.store.listing()


def test_a_document_can_be_read_before_anything_was_listed(bench: Bench) -> None:
    assert bench.store.read("a/z.rst") == b"Z"


def test_include_and_exclude_choose_alike_in_every_store(bench: Bench) -> None:
    bench.write("c.md", b"no document of these globs")
    bench.write("drafts/d.rst", b"excluded")
    bench.write(".hidden/e.rst", b"hidden")
    assert ids(bench.store) == sorted(DOCUMENTS)


def test_only_a_store_with_names_for_its_states_tells_one(bench: Bench, request: pytest.FixtureRequest) -> None:
    ids(bench.store)
    before = bench.store.version()
    bench.write("b.rst", b"C")
    assert bench.store.version() == before, "the version is that of the last listing"
    ids(bench.store)
    assert (bench.store.version() != before) is bench.snapshot


@pytest.mark.parametrize("document", ["../a.rst", "a/../../b.rst", "/etc/passwd", "a//b.rst", "./a.rst", "", ".."])
def test_an_id_that_escapes_is_refused(bench: Bench, document: str) -> None:
    with pytest.raises(UsageError):
        bench.store.read(document)


def test_the_fake_can_fail_to_list_and_lose_a_listed_document() -> None:
    fake = FakeStore({"a.rst": "A"})
    fake.lost.add("a.rst")
    assert ids(fake) == ["a.rst"]
    with pytest.raises(StoreMoved):
        fake.read("a.rst")
    fake.unreachable = "timeout"
    with pytest.raises(ListingFailed, match="timeout"):
        fake.listing()


@pytest.mark.parametrize(
    ("include", "exclude", "listed"),
    [
        (("**/*.rst",), (), ["a.rst", "x/a.rst", "x/y/a.rst"]),
        (("*.rst",), (), ["a.rst"]),
        (("x/**",), (), ["x/a.md", "x/a.rst", "x/y/a.rst"]),
        (("x/",), (), ["x/a.md", "x/a.rst", "x/y/a.rst"]),
        (("**/*",), ("x/**",), ["a.rst", "b[1].txt"]),
        (("**/*",), ("**/y/**", "*.txt"), ["a.rst", "x/a.md", "x/a.rst"]),
        (("**/*",), ("x/*",), ["a.rst", "b[1].txt", "x/y/a.rst"]),
        (("**/a.[mr][ds]*",), (), ["a.rst", "x/a.md", "x/a.rst", "x/y/a.rst"]),
        (("**/?.[!m]*",), (), ["a.rst", "x/a.rst", "x/y/a.rst"]),
        (("b[[]1].txt",), (), ["b[1].txt"]),
        (("x/**/a.rst",), (), ["x/a.rst", "x/y/a.rst"]),
        ((), (), []),
    ],
)
def test_globs_choose_as_globs_do(
    docs: Path, include: tuple[str, ...], exclude: tuple[str, ...], listed: list[str]
) -> None:
    for name in ("a.rst", "b[1].txt", "x/a.rst", "x/a.md", "x/y/a.rst"):
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(name)
    assert ids(opened(docs, include, exclude)) == listed


def test_hidden_files_and_folders_are_passed_over(docs: Path) -> None:
    for name in (".git/a.rst", ".a.rst", "x/.b/c.rst", "x/a.rst"):
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(name)
    assert ids(opened(docs)) == ["x/a.rst"]


def test_a_link_to_a_file_of_the_store_is_followed(docs: Path) -> None:
    (docs / "a.rst").write_text("text")
    (docs / "b.rst").symlink_to("a.rst")
    store = opened(docs)
    assert [(listed.document, listed.size, listed.problem) for listed in store.listing()] == [
        ("a.rst", 4, None),
        ("b.rst", 4, None),
    ]
    assert store.read("b.rst") == b"text"


def test_a_link_out_of_the_store_is_listed_with_its_problem_and_never_opened(docs: Path) -> None:
    outside = docs.parent / "outside"
    outside.mkdir()
    (outside / "private.rst").write_text("private")
    (docs / "file.rst").symlink_to(outside / "private.rst")
    (docs / "folder").symlink_to(outside)
    (docs / "program").symlink_to("/bin/sh")
    store = opened(docs)
    assert [(listed.document, listed.problem) for listed in store.listing()] == [
        ("file.rst", f"symbolic link out of the store (→ {outside / 'private.rst'} not followed)"),
        ("folder", f"symbolic link out of the store (→ {outside} not followed)"),
    ]
    for document in ("file.rst", "folder/private.rst"):
        with pytest.raises(StoreMoved, match="symbolic link"):
            store.read(document)
    with pytest.raises(StoreMoved, match="symbolic link"):
        opened(docs).read("file.rst")


def test_a_folder_beside_the_store_with_the_same_beginning_is_outside(docs: Path) -> None:
    beside = docs.parent / "docs-private"
    beside.mkdir()
    (beside / "a.rst").write_text("private")
    (docs / "a.rst").symlink_to(beside / "a.rst")
    [listed] = opened(docs).listing()
    assert "out of the store" in str(listed.problem)


def test_loops_of_links_end(docs: Path) -> None:
    (docs / "a.rst").write_text("text")
    (docs / "round").symlink_to(".")
    (docs / "self.rst").symlink_to("self.rst")
    (docs / "gone.rst").symlink_to("nowhere.rst")
    listed = {listed.document: listed.problem for listed in opened(docs).listing()}
    assert list(listed) == ["a.rst", "gone.rst", "self.rst"]
    assert listed["a.rst"] is None
    assert "link to nothing" in str(listed["gone.rst"])
    assert "link to nothing" in str(listed["self.rst"])


@pytest.mark.parametrize("target", ["../outside.rst", "b.rst"])
def test_a_file_swapped_for_a_link_after_the_listing_is_a_moved_store(docs: Path, target: str) -> None:
    (docs.parent / "outside.rst").write_text("private")
    (docs / "a.rst").write_text("text")
    (docs / "b.rst").write_text("other")
    store = opened(docs)
    assert ids(store) == ["a.rst", "b.rst"]
    (docs / "a.rst").unlink()
    (docs / "a.rst").symlink_to(target)
    with pytest.raises(StoreMoved, match="symbolic link"):
        store.read("a.rst")


def test_a_folder_swapped_for_a_link_while_it_is_read_is_not_followed(
    docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (docs / "x").mkdir()
    (docs / "x" / "a.rst").write_text("text")
    (docs.parent / "outside").mkdir()
    (docs.parent / "outside" / "a.rst").write_text("private")
    resolve = os.path.realpath

    def swap_after(path: str) -> str:
        resolved = resolve(path)
        if str(path).endswith("a.rst"):
            (docs / "x").rename(docs / "was-x")
            (docs / "x").symlink_to("../outside")
        return resolved

    monkeypatch.setattr(os.path, "realpath", swap_after)
    with pytest.raises(StoreMoved):
        opened(docs).read("x/a.rst")


def test_a_pipe_is_listed_with_its_problem_and_does_not_hang_a_read(docs: Path) -> None:
    os.mkfifo(docs / "a.rst")
    store = opened(docs)
    [listed] = store.listing()
    assert "not a regular file" in str(listed.problem)
    with pytest.raises(StoreMoved, match="not a regular file"):
        store.read("a.rst")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (b"new\nline.rst", "control character"),
        (b"bell\x07.rst", "control character"),
        ("right\u202eto.rst".encode(), "RIGHT-TO-LEFT OVERRIDE"),
        (b"latin\xe9.rst", "not UTF-8"),
    ],
)
def test_a_name_that_cannot_be_printed_is_listed_with_its_problem(docs: Path, name: bytes, says: str) -> None:
    (docs / os.fsdecode(name)).write_text("text")
    [listed] = opened(docs).listing()
    assert says in str(listed.problem)
    assert listed.document.isprintable()
    assert listed.document.encode("utf-8")


def test_names_that_look_alike_when_escaped_have_ids_of_their_own(docs: Path) -> None:
    for name in (b"a\xe9.rst", b"a\xe8.rst", rb"a\udce9.rst", b"a\n.rst", rb"a\n.rst"):
        (docs / os.fsdecode(name)).write_text("text")
    assert len(set(ids(opened(docs)))) == 5


@pytest.mark.parametrize(
    "name", ['quo"te.rst', "it's.rst", "späce and ünïcode.rst", "日本語.rst", "a<b>&.rst", "-r.rst"]
)
def test_an_odd_but_honest_name_is_a_document(docs: Path, name: str) -> None:
    (docs / name).write_text("text")
    store = opened(docs)
    assert [(listed.document, listed.problem) for listed in store.listing()] == [(name, None)]
    assert store.read(name) == b"text"


def test_files_that_no_pattern_takes_are_counted_by_ending(bench: Bench) -> None:
    assert bench.store.unread() == {}, "nothing is listed for it"
    for name in ("a.mdx", "a/B.MDX", "a/picture.png", "Makefile", ".hidden.mdx", ".git/config.mdx", "drafts/c.mdx"):
        bench.write(name, b"text")
    assert ids(bench.store) == sorted(DOCUMENTS)
    assert dict(bench.store.unread()) == {".mdx": 1, ".MDX": 1, "": 1, ".png": 1}
    for name in ("a.mdx", "a/B.MDX", "a/picture.png", "Makefile"):
        bench.remove(name)
    list(bench.store.listing())
    assert bench.store.unread() == {}, "it tells of the last listing, and of no earlier one"


def test_a_local_listing_counts_unread_files_in_the_same_walk(docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (docs / "below").mkdir()
    (docs / "below" / "a.mdx").write_text("text")
    (docs / "link.mdx").symlink_to(docs / "below" / "a.mdx")
    scanned: list[str] = []
    scan = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: scanned.append(str(path)) or scan(path))
    store = opened(docs)
    assert ids(store) == []
    assert store.unread() == {".mdx": 1}, "a link is no file of its own"
    assert scanned == [str(docs), str(docs / "below")]


def test_a_missing_folder_names_itself_and_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ListingFailed, match=rf"there is no folder {tmp_path}/nowhere;.*correct store\.url"):
        open_store("nowhere", root=tmp_path, include=RST, exclude=()).listing()


def test_a_file_in_the_place_of_the_folder_cannot_be_listed(tmp_path: Path) -> None:
    (tmp_path / "docs").write_text("text")
    with pytest.raises(ListingFailed, match="docs"):
        opened(tmp_path / "docs").listing()


def test_a_folder_that_may_not_be_listed_is_an_entry_with_its_problem_unless_excluded(
    docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (docs / "locked").mkdir()
    scan = os.scandir

    def refuse(path: str) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    [listed] = opened(docs).listing()
    assert (listed.document, listed.settled) == ("locked/", False), "it is looked at again by every run"
    assert "Permission denied" in str(listed.problem)
    assert ids(opened(docs, exclude=("locked/**",))) == []


def test_a_file_url_is_the_local_folder(docs: Path) -> None:
    (docs / "a.rst").write_text("text")
    (docs / "b.rst").symlink_to("/etc/hostname")
    store = open_store(f"file://{docs}", root=Path("/"), include=RST, exclude=())
    assert [listed.problem is None for listed in store.listing()] == [True, False]


def test_an_unknown_protocol_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="zork"):
        open_store("zork://x/y", root=tmp_path, include=RST, exclude=())


def test_a_remote_folder_that_is_not_there_cannot_be_listed(tmp_path: Path) -> None:
    with pytest.raises(ListingFailed, match="nothing is there"):
        open_store("memory://never/made", root=tmp_path, include=RST, exclude=()).listing()


def test_a_file_of_50_megabytes_is_listed_by_its_size_alone(docs: Path) -> None:
    with (docs / "big.rst").open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    [listed] = opened(docs).listing()
    assert listed.size == 50 * 1024 * 1024


def test_two_thousand_files_are_listed_and_none_is_opened(docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(2000):
        folder = docs / f"{n % 40}"
        folder.mkdir(exist_ok=True)
        (folder / f"{n}.rst").touch()
    store = opened(docs, include=("**/*.rst", "**/*.md", "**/*.txt"), exclude=("_build/**",))
    opened_files: list[object] = []
    with monkeypatch.context() as watched:
        for module in (builtins, io, os):
            watched.setattr(module, "open", lambda path, *_, **__: opened_files.append(path))
        assert sum(1 for _ in store.listing()) == 2000
    assert opened_files == []
