"""Creates a new sqlite database completely or not at all.

MLflow creates a database by about sixty migrations, which takes seconds. It cannot continue interrupted migrations: its
next start fails at the first column that exists already. So a mark beside the file says that it is not complete yet.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock

from pointsman.adapters.mlflow.reachability import sqlite_path

BESIDE = ("", "-wal", "-shm", "-journal")
"""Ends of the names of the files that sqlite has for a database."""


@contextmanager
def made_whole(uri: str) -> Iterator[None]:
    """Run the block in which MLflow opens the database at ``uri``; an incomplete database is removed before.

    This loses nothing, because records are written only to a complete database. One process at a time creates one.
    """
    path = sqlite_path(uri) if uri.startswith("sqlite") else None
    mark = path.with_name(f"{path.name}.making") if path is not None else None
    if path is None or mark is None or (path.exists() and not mark.exists()):
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{mark}.lock"):
        if mark.exists():
            for end in BESIDE:
                path.with_name(f"{path.name}{end}").unlink(missing_ok=True)
        if not path.exists():
            mark.touch()
        yield
        mark.unlink(missing_ok=True)
