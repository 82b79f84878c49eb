"""Small sqlite files that several processes share. They are caches: a damaged one can be deleted."""

import errno
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pointsman.core.errors import PointsmanError

PATIENCE_SECONDS = 60.0
"""Seconds to wait for another process that writes."""
RETRY_SECONDS = 0.02
BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
PRIMARY = 0xFF
"""Bits of the primary code in sqlite's extended error code."""
LITTLE_BYTES = 1024 * 1024
"""Free bytes below which a failed write says that the disk is full; sqlite calls some of these "disk I/O error"."""


@contextmanager
def opened(path: Path, schema: str, *, what: str) -> Iterator[sqlite3.Connection]:
    """Open a connection to the file, which is made when it is missing; close it at the end, so no thread keeps it.

    Raises:
        PointsmanError: the file cannot be used; ``what`` is its name in the message.
        OSError: the disk is full or cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE_SECONDS, isolation_level=None)) as connection:
            _prepare(connection, schema)
            yield connection
    except sqlite3.DatabaseError as error:
        code = _refused_by_disk(error, path.parent)
        if code is not None:
            raise OSError(code, os.strerror(code), str(path)) from error
        raise PointsmanError(
            f"{what} {path} cannot be used ({error}); delete it; it is made again when it is needed"
        ) from error


def _refused_by_disk(error: sqlite3.DatabaseError, folder: Path) -> int | None:
    """Return the system's error number where the disk refused a write; None where the file itself is at fault."""
    code = getattr(error, "sqlite_errorcode", 0) & PRIMARY
    if code == sqlite3.SQLITE_FULL:
        return errno.ENOSPC
    if code not in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}:
        return None
    found = os.statvfs(folder)
    if found.f_flag & os.ST_RDONLY:
        return errno.EROFS
    if found.f_bavail * found.f_frsize < LITTLE_BYTES:
        return errno.ENOSPC
    return None if os.access(folder, os.W_OK) else errno.EACCES


def _prepare(connection: sqlite3.Connection, schema: str) -> None:
    """Set the journal to WAL and make the table; wait for other processes that do so, which sqlite itself does not."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(schema)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode not in BUSY or time.monotonic() > deadline:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            return


@contextmanager
def read_only(path: Path) -> Iterator[sqlite3.Connection | None]:
    """Lend a connection that leaves the file, and the folder beside it, as they are; None where there is no file."""
    if not path.is_file():
        yield None
        return
    in_use = path.with_name(f"{path.name}-wal").exists()
    options = "mode=ro" if in_use else "mode=ro&immutable=1"  # sqlite would leave files of its own beside it otherwise
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?{options}", uri=True)) as connection:
        yield connection
