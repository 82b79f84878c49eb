"""A cache that the disk refuses is no damaged cache: nobody is told to delete it."""

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from pointsman.adapters.workspace.sqlite import opened
from pointsman.core.errors import PointsmanError

SCHEMA = "CREATE TABLE IF NOT EXISTS kept (text TEXT)"


def written(path: Path, *, size: int = 10, pages: int = 1000, refused: int = 0) -> None:
    """Write a text of ``size`` bytes into a cache of at most ``pages`` pages, or let sqlite refuse it with a code."""
    with opened(path, SCHEMA, what="it") as database:
        database.execute(f"PRAGMA max_page_count = {pages}")
        database.execute("INSERT INTO kept VALUES (?)", ["x" * size])
        if refused:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = refused
            raise error


def test_a_full_disk_is_said_as_such(tmp_path: Path) -> None:
    written(tmp_path / "c")
    with pytest.raises(OSError, match="No space left") as caught:
        written(tmp_path / "c", size=100_000, pages=2)
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename == str(tmp_path / "c")


@pytest.mark.parametrize(("flag", "free", "code"), [(os.ST_RDONLY, 2**30, errno.EROFS), (0, 10, errno.ENOSPC)])
def test_an_input_error_is_explained_by_the_disk(
    flag: int, free: int, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = [*os.statvfs(tmp_path)]
    values[1], values[4], values[8] = 1, free, flag  # f_frsize, f_bavail, f_flag
    monkeypatch.setattr(os, "statvfs", lambda _path: os.statvfs_result(values))
    with pytest.raises(OSError, match=os.strerror(code)):
        written(tmp_path / "c", refused=sqlite3.SQLITE_IOERR)


def test_a_damaged_file_is_still_one_to_delete(tmp_path: Path) -> None:
    (tmp_path / "c").write_bytes(b"no database at all, but long enough to be read" * 100)
    with pytest.raises(PointsmanError, match="delete it"), opened(tmp_path / "c", SCHEMA, what="the cache"):
        pass
