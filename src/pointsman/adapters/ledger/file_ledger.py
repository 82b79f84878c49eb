"""The ledger in a folder: one file for each object, and one each for the pointer and the write lease."""

import gzip
import json
import os
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pointsman.adapters.ledger.codec import checked_name, held, refuse_stale
from pointsman.core.errors import IndexDamaged, LedgerConflict

POINTER, CLAIM = "live.json", "writer.json"
COMPRESSED = frozenset({"manifest"})
"""Kinds that list every document, and are compressed for that reason."""


class FileLedger:
    """A ``Ledger`` of JSON files. A write that has returned is on disk, and readers never see a part of one."""

    def __init__(self, root: Path, *, timeout: float = 30) -> None:
        """Use a folder; nothing is created or read.

        Args:
            root: folder of the ledger.
            timeout: seconds to wait while another process moves the pointer.
        """
        self._root = root
        self._timeout = timeout

    def put(self, kind: str, id_: str, value: Mapping[str, Any], *, token: int | None = None) -> None:
        """Store an object. An id that is stored already keeps its value, unless its file cannot be read.

        Raises:
            UsageError: kind or id has other characters than letters, digits, ``.``, ``_`` and ``-``.
            ValueError: the value contains NaN or an infinity.
            LedgerConflict: a greater token was given out.
        """
        path = self._path(kind, id_)
        with self._unless_stale(token):
            try:
                if _read(path) is not None:
                    return
            except IndexDamaged:
                path.unlink()
            _write(path, value)

    def get(self, kind: str, id_: str) -> dict[str, Any] | None:
        """Return an object, or None.

        Raises:
            IndexDamaged: its file cannot be read.
        """
        return _read(self._path(kind, id_))

    def ids(self, kind: str) -> list[str]:
        """Return the ids of all objects of a kind, sorted."""
        suffix = _suffix(kind)
        files = (self._root / checked_name(kind)).glob(f"[!.]*{suffix}")
        return sorted(path.name.removesuffix(suffix) for path in files)

    def kinds(self) -> list[str]:
        """Return the kinds of all objects, sorted."""
        return sorted({p.parent.name for p in self._root.glob("[!.]*/[!.]*.json*")})

    def replace(self, kind: str, id_: str, value: Mapping[str, Any], *, token: int | None = None) -> None:
        """Store an object under an id, whatever is stored there, in one rename."""
        with self._unless_stale(token):
            _write(self._path(kind, id_), value)

    def remove(self, kind: str, id_: str, *, token: int | None = None) -> None:
        """Remove an object; nothing happens if there is none."""
        with self._unless_stale(token):
            self._path(kind, id_).unlink(missing_ok=True)

    def rewrite(self) -> None:
        """Do nothing: a file that is removed or replaced is gone with what it held."""

    def pointer(self) -> dict[str, Any] | None:
        """Return the value of the pointer, or None before its first move.

        Raises:
            IndexDamaged: its file cannot be read.
        """
        return _read(self._root / POINTER)

    def swap(
        self, expected: Mapping[str, Any] | None, new: Mapping[str, Any], *, lease: Mapping[str, Any] | None = None
    ) -> None:
        """Move the pointer from ``expected`` to ``new`` in one durable write, under a lock.

        Raises:
            LedgerConflict: the pointer is not at ``expected``, or ``lease`` is given and is not the current lease,
                or another process has the lock; the pointer did not move.
        """
        with self._locked():
            current = self.pointer()
            if current != _plain(expected):
                raise LedgerConflict(f"the live pointer is at {current}, not at {expected}; read it again")
            if lease is not None and self.lease_record() != _plain(lease):
                raise LedgerConflict(f"the write lease is {self.lease_record()} now, not {lease}; run again")
            _write(self._root / POINTER, new)

    def restore_pointer(self, new: Mapping[str, Any], *, token: int | None = None) -> None:
        """Write the pointer if there is none, or none that can be read.

        Raises:
            LedgerConflict: there is one that can be read, a greater token was given out, or another process has the
                lock.
        """
        with self._locked():
            refuse_stale(token, self.lease_record())
            try:
                current = self.pointer()
            except IndexDamaged:
                current = None
            if current is not None:
                raise LedgerConflict(f"the live pointer is at {current} and can be read; it needs no repair")
            _write(self._root / POINTER, new)

    def lease(self) -> dict[str, Any] | None:
        """Return the current write lease, or None. A lease that cannot be read counts as none."""
        return held(self.lease_record())

    def lease_record(self) -> dict[str, Any] | None:
        """Return the write lease, or what the last writer left; None if there is neither, or it cannot be read."""
        try:
            return _read(self._root / CLAIM)
        except IndexDamaged:
            return None

    def fence(self, token: int) -> None:
        """Do nothing: a write with a token and a change of the lease wait for each other."""

    def set_lease(self, expected: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> None:
        """Change the lease record from ``expected`` to ``new`` (None: no record) in one durable write, under a lock.

        Raises:
            LedgerConflict: the record is not ``expected``, or another process has the lock; it did not change.
        """
        with self._locked():
            current = self.lease_record()
            if current != _plain(expected):
                raise LedgerConflict(
                    f"the write lease is {current}, not {expected}; wait until that writer ends, then run again"
                )
            if new is None:
                (self._root / CLAIM).unlink(missing_ok=True)
            else:
                _write(self._root / CLAIM, new)

    @contextmanager
    def _unless_stale(self, token: int | None) -> Iterator[None]:
        """Let a writer with a token write while nobody can take the lease; one without a token writes at once.

        Raises:
            LedgerConflict: a greater token was given out, or another process had the lock for too long.
        """
        with self._locked() if token is not None else nullcontext():
            refuse_stale(token, self.lease_record())
            yield

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Prevent other processes from changing the pointer or the lease.

        Raises:
            LedgerConflict: another process had the lock for too long.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._root / ".lock", timeout=self._timeout)
        try:
            lock.acquire()
        except Timeout:
            raise LedgerConflict(
                f"another process has locked {lock.lock_file} for over {self._timeout:g} s, so nothing was changed; "
                "try again"
            ) from None
        try:
            yield
        finally:
            lock.release()

    def _path(self, kind: str, id_: str) -> Path:
        return self._root / checked_name(kind) / (checked_name(id_) + _suffix(kind))


def _suffix(kind: str) -> str:
    return ".json.gz" if kind in COMPRESSED else ".json"


def _plain(value: Mapping[str, Any] | None) -> Any:
    """Return a value as it is read from its file: tuples become lists."""
    return None if value is None else json.loads(json.dumps(dict(value), allow_nan=False))


def _read(path: Path) -> dict[str, Any] | None:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        value = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    except (ValueError, OSError, EOFError, zlib.error) as error:
        raise IndexDamaged(
            f"{path} cannot be read ({error}); run `pointsman doctor --repair` to repair the ledger"
        ) from error
    if not isinstance(value, dict):
        raise IndexDamaged(f"{path} contains a {type(value).__name__}, not an object; run `pointsman doctor --repair`")
    return value


def _write(path: Path, value: Mapping[str, Any]) -> None:
    """Write a file completely or not at all; return when it is on disk."""
    raw = json.dumps(dict(value), sort_keys=True, allow_nan=False, indent=None if path.suffix == ".gz" else 1).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        try:
            file.write(gzip.compress(raw, mtime=0) if path.suffix == ".gz" else raw)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink()
            raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
