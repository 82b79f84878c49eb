"""Copies of embedded collections for readers, where the workspace's disk is full or cannot be written.

qdrant-edge opens its files for writing even to read them. On a read-only disk that fails; on a full one the process is
killed (SIGBUS). So a reader there works on a copy on another disk.
"""

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pointsman.core.errors import IndexBusy

ROOM_BYTES = 128 * 1024 * 1024
"""Bytes that must be free where a collection is opened. The engine maps files with holes for writing; where the disk
fills holes at once (tmpfs), those of a small collection take about 80 MB."""
DISK_BLOCK = 512
"""Bytes of a block of ``st_blocks`` (POSIX); the engine's files are sparse."""
PIECE = 1024 * 1024
"""Bytes that are copied at a time."""
OTHER_DISKS = ("/dev/shm", "/var/tmp")  # noqa: S108 - a private folder with a random name is made inside
"""Where copies are made, if the folder for temporary files has no room."""


def obstacle(root: Path) -> OSError | None:
    """Return why a collection below ``root`` cannot be opened for writing; None where it can."""
    if not root.exists():
        return None
    if not os.access(root, os.W_OK):
        read_only = os.statvfs(root).f_flag & os.ST_RDONLY
        code = errno.EROFS if read_only else errno.EACCES
        return OSError(code, os.strerror(code), str(root))
    free = _free(root)
    if free < ROOM_BYTES:
        needed = f"{free / 1e6:.0f} MB are free and the index needs {ROOM_BYTES / 1e6:.0f} MB"
        return OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)}: {needed}", str(root))
    return None


class ShardCopies:
    """Copies of collections in one temporary folder, which is removed at ``close`` or when the process ends."""

    def __init__(self) -> None:
        """Make no folder yet."""
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def copy(self, place: Path, *, because: OSError) -> Path:
        """Return a copy of the folder of a collection.

        Raises:
            OSError: no other disk has room; the error is ``because``, with what was tried.
        """
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="pointsman-", dir=_roomy(place, because=because))
        to = Path(self._folder.name) / place.name
        if to.exists():
            shutil.rmtree(to)
        shutil.copytree(place, to, copy_function=_copy_sparse)
        return to

    def close(self) -> None:
        """Remove the copies."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


@contextmanager
def unchanged(lock: Path) -> Iterator[None]:
    """Let no other process write while the block runs; the lock file is only read.

    Raises:
        IndexBusy: another process is writing.
    """
    if not lock.exists():
        yield
        return
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IndexBusy(f"another process is writing in {lock.parent}; wait until it ends, and ask again") from None
        yield


def _free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def _roomy(place: Path, *, because: OSError) -> str:
    """Return a folder on a disk with room for a copy.

    Raises:
        OSError: there is none.
    """
    size = sum(file.stat().st_blocks * DISK_BLOCK for file in place.rglob("*") if file.is_file())
    tried = []
    for folder in (_temporary(), *OTHER_DISKS):
        if folder and os.access(folder, os.W_OK):
            if _free(Path(folder)) >= size + ROOM_BYTES:
                return folder
            tried.append(folder)
    room = f"a reader needs a copy, and no folder has {(size + ROOM_BYTES) / 1e6:.0f} MB free for it"
    raise OSError(because.errno, f"{because.strerror}; {room} ({', '.join(tried)})", str(place))


def _temporary() -> str | None:
    try:
        return tempfile.gettempdir()
    except FileNotFoundError:
        return None


def _copy_sparse(source: str, target: str) -> None:
    """Copy a file and leave its holes empty."""
    with Path(source).open("rb") as file, Path(target).open("wb") as copy:
        size, at = os.fstat(file.fileno()).st_size, 0
        while at < size:
            try:
                start = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
                break  # a hole up to the end
            at = os.lseek(file.fileno(), start, os.SEEK_HOLE)
            for place in range(start, at, PIECE):
                os.pwrite(copy.fileno(), os.pread(file.fileno(), min(PIECE, at - place), place), place)
        copy.truncate(size)
