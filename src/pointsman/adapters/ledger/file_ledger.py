"""The ledger in a folder: one file for each object, and one for the pointer."""

import gzip
import json
import os
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pointsman.adapters.ledger.codec import checked_name
from pointsman.core.errors import IndexDamaged, LedgerConflict

POINTER, CLAIM = "live.json", "writer.json"
COMPRESSED = frozenset({"manifest"})
"""Kinds that list every document, so they are worth squeezing."""


class FileLedger:
    """A ``Ledger`` of JSON files. A write that returned is on disk, and no reader ever sees half of one."""

    def __init__(self, root: Path, *, timeout: float = 30) -> None:
        """Name the folder; nothing is made or read.

        Args:
            root: Folder of the ledger.
            timeout: Seconds to wait while another process moves the pointer.
        """
        self._root = root
        self._timeout = timeout

    def put(self, kind: str, id_: str, value: Mapping[str, Any]) -> None:
        """Store an object; storing the same id again changes nothing, but mends a file that cannot be read.

        Raises:
            UsageError: kind or id holds other characters than letters, digits, ``.``, ``_`` and ``-``.
            ValueError: the value holds NaN or an infinity.
        """
        path = self._path(kind, id_)
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
        """Return the ids of all objects of a kind, ordered."""
        suffix = _suffix(kind)
        files = (self._root / checked_name(kind)).glob(f"[!.]*{suffix}")
        return sorted(path.name.removesuffix(suffix) for path in files)

    def kinds(self) -> list[str]:
        """Return the kinds that there are objects of, ordered."""
        return sorted({p.parent.name for p in self._root.glob("[!.]*/[!.]*.json*")})

    def replace(self, kind: str, id_: str, value: Mapping[str, Any]) -> None:
        """Store an object in the place of whatever has that id: one rename."""
        _write(self._path(kind, id_), value)

    def remove(self, kind: str, id_: str) -> None:
        """Remove an object; nothing happens when it is not there."""
        self._path(kind, id_).unlink(missing_ok=True)

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
            LedgerConflict: the pointer is not at ``expected``, another ``lease`` is held, or another process kept
                the lock; the pointer was left where it is.
        """
        with self._locked():
            held = self.pointer()
            if held != _plain(expected):
                raise LedgerConflict(f"the live pointer is at {held}, not at {expected}; read it again")
            if lease is not None and self.lease() != _plain(lease):
                raise LedgerConflict(f"the writer is {self.lease()} now, not {lease}; run again")
            _write(self._root / POINTER, new)

    def mend(self, new: Mapping[str, Any]) -> None:
        """Write the pointer where there is none, or none that can be read.

        Raises:
            LedgerConflict: there is one that can be read, or another process kept the lock.
        """
        with self._locked():
            try:
                held = self.pointer()
            except IndexDamaged:
                held = None
            if held is not None:
                raise LedgerConflict(f"the live pointer is at {held} and can be read; it needs no mending")
            _write(self._root / POINTER, new)

    def lease(self) -> dict[str, Any] | None:
        """Return the claim of whoever may write, or None; one that cannot be read is nobody's."""
        try:
            return _read(self._root / CLAIM)
        except IndexDamaged:
            return None

    def set_lease(self, expected: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> None:
        """Change the claim from ``expected`` to ``new`` (None: nobody's) in one durable write, under a lock.

        Raises:
            LedgerConflict: the claim is not ``expected``, or another process kept the lock; it was left as it is.
        """
        with self._locked():
            held = self.lease()
            if held != _plain(expected):
                raise LedgerConflict(f"the writer is {held}, not {expected}; let it end and run again")
            if new is None:
                (self._root / CLAIM).unlink(missing_ok=True)
            else:
                _write(self._root / CLAIM, new)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other processes from moving the pointer or the claim.

        Raises:
            LedgerConflict: another process kept the lock for too long.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._root / ".lock", timeout=self._timeout)
        try:
            lock.acquire()
        except Timeout:
            raise LedgerConflict(
                f"another process has held {lock.lock_file} for over {self._timeout:g} s, so nothing was moved; "
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
    """Return a value as it comes back from its file: tuples as lists."""
    return None if value is None else json.loads(json.dumps(dict(value), allow_nan=False))


def _read(path: Path) -> dict[str, Any] | None:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        value = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    except (ValueError, OSError, EOFError, zlib.error) as error:
        raise IndexDamaged(f"{path} cannot be read ({error}); run `pointsman doctor` to mend the ledger") from error
    if not isinstance(value, dict):
        raise IndexDamaged(f"{path} holds a {type(value).__name__}, not an object; run `pointsman doctor`")
    return value


def _write(path: Path, value: Mapping[str, Any]) -> None:
    """Write a file whole or not at all, and return when it is on disk."""
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
