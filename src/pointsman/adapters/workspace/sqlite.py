"""Small sqlite files that several processes share. What they keep can be made again: a damaged one may be deleted."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pointsman.core.errors import PointsmanError

PATIENCE_SECONDS = 60.0
"""How long to wait for another process that writes."""
RETRY_SECONDS = 0.02
BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


@contextmanager
def opened(path: Path, schema: str, *, what: str) -> Iterator[sqlite3.Connection]:
    """Lend a connection to the file, made when there is none; it is closed at the end, so that no thread keeps it.

    Raises:
        PointsmanError: it cannot be used; ``what`` names it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE_SECONDS, isolation_level=None)) as connection:
            _prepare(connection, schema)
            yield connection
    except sqlite3.DatabaseError as error:
        raise PointsmanError(
            f"{what} {path} cannot be used ({error}); delete it, it is made anew when needed"
        ) from error


def _prepare(connection: sqlite3.Connection, schema: str) -> None:
    """Turn the journal to WAL and make the table; sqlite does not wait by itself when processes do so at once."""
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
