"""On a full disk, or one that cannot be written, readers get a copy and writers a clear error."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pointsman.adapters.qdrant import shard_copies
from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.adapters.qdrant.shard_copies import ROOM_BYTES, ShardCopies, obstacle
from pointsman.core.errors import IndexBusy, IndexDamaged
from tests.ports.points import DIMENSION, chunk, put, texts


class Disk:
    """Says how much room there is below a folder; every other folder has plenty."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = ROOM_BYTES
        self.elsewhere = 2**40
        self._folder = folder
        monkeypatch.setattr(shard_copies, "_free", self._room)

    def _room(self, folder: Path) -> int:
        return self.free if folder.is_relative_to(self._folder) else self.elsewhere


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(tmp_path / "index", monkeypatch)


@pytest.fixture
def index(tmp_path: Path, disk: Disk) -> Iterator[EdgeIndex]:
    assert disk.free == ROOM_BYTES, "there is just enough room"
    index = EdgeIndex(tmp_path / "index", timeout=0)
    index.create("books", DIMENSION)
    put(index, "books", [chunk("one"), chunk("two")])
    index.close()
    yield index
    index.close()


def test_a_full_disk_answers_from_a_copy_and_refuses_to_write(index: EdgeIndex, disk: Disk, tmp_path: Path) -> None:
    disk.free = ROOM_BYTES - 1
    before = {file: file.read_bytes() for file in (tmp_path / "index").rglob("*") if file.is_file()}
    assert sorted(texts(index, "books", 1, text="one two")) == ["one", "two"]
    for write in (
        lambda: put(index, "books", [chunk("three")]),
        lambda: index.create("maps", DIMENSION),
        lambda: index.erase("books", ["guide.md"]),
        lambda: index.optimize("books"),
        lambda: index.drop("books"),
    ):
        with pytest.raises(OSError, match=r"No space left on device: 134 MB are free and the index needs 134 MB") as e:
            write()
        assert e.value.errno == errno.ENOSPC
    index.close()
    assert {file: file.read_bytes() for file in (tmp_path / "index").rglob("*") if file.is_file()} == before


def test_the_collection_itself_is_used_again_when_there_is_room(index: EdgeIndex, disk: Disk) -> None:
    disk.free = 0
    assert texts(index, "books", 1, text="one") == ["one"]
    disk.free = ROOM_BYTES
    put(index, "books", [chunk("three")])
    assert texts(index, "books", 1, text="three") == ["three"]


def test_without_room_for_a_copy_the_error_names_what_was_tried(index: EdgeIndex, disk: Disk) -> None:
    disk.free = disk.elsewhere = 1000
    with pytest.raises(OSError, match=r"a reader needs a copy, and no folder has \d+ MB free for it \(.*/dev/shm"):
        texts(index, "books", 1, text="one")


def test_a_collection_that_does_not_exist_is_said_to_be_missing(index: EdgeIndex, disk: Disk) -> None:
    disk.free = 0
    with pytest.raises(IndexDamaged):
        texts(index, "maps", 1, text="one")


def test_a_reader_waits_for_no_writer_of_another_process(index: EdgeIndex, disk: Disk, tmp_path: Path) -> None:
    put(index, "books", [chunk("three")])
    disk.free = 0
    other = EdgeIndex(tmp_path / "index", timeout=0)
    with pytest.raises(IndexBusy, match="another process is writing"):
        texts(other, "books", 1, text="one")
    index.close()
    assert texts(other, "books", 1, text="three") == ["three"]
    other.close()


@pytest.mark.parametrize(("flag", "code"), [(os.ST_RDONLY, errno.EROFS), (0, errno.EACCES)])
def test_a_folder_that_cannot_be_written_is_an_obstacle(
    flag: int, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert obstacle(tmp_path) is None
    assert obstacle(tmp_path / "none") is None
    real = os.statvfs(tmp_path)
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    monkeypatch.setattr(os, "statvfs", lambda _path: os.statvfs_result((*real[:8], flag, *real[9:])))
    found = obstacle(tmp_path)
    assert found is not None
    assert found.errno == code


def test_holes_stay_holes_and_the_copy_has_the_same_bytes(tmp_path: Path) -> None:
    place = tmp_path / "books"
    place.mkdir()
    with (place / "file").open("wb") as file:
        file.seek(3_000_000)
        file.write(b"x" * 2_500_000)
        file.truncate(9_000_000)
    (place / "empty").touch()
    copies = ShardCopies()
    copy = copies.copy(place, because=OSError(errno.ENOSPC, "full"))
    assert (copy / "file").read_bytes() == (place / "file").read_bytes()
    assert (copy / "file").stat().st_blocks <= (place / "file").stat().st_blocks + 8
    assert (copy / "empty").read_bytes() == b""
    copies.close()
    assert not copy.parent.exists()
