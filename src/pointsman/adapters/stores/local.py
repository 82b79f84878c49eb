"""A local folder as a document store: the quick path."""

import errno
import os
import stat
import time
from collections.abc import Iterator, Mapping
from operator import attrgetter
from pathlib import Path

from pointsman.adapters.stores.names import Chosen, named, refuse_escape, shown
from pointsman.core.corpus.documents import Listed
from pointsman.core.corpus.unread import count_by_ending
from pointsman.core.errors import ListingFailed, StoreMoved
from pointsman.core.hashing import digest

UNSETTLED_NS = 2_000_000_000
"""Nanoseconds after a change within which a file may change again and keep its time (git calls it racily clean)."""


class LocalStore:
    """A folder. Names with a leading dot are passed over; a link to a folder inside is not walked twice."""

    def __init__(self, folder: Path, chosen: Chosen) -> None:
        """Name the folder; nothing is read."""
        self.folder = folder
        self._chosen = chosen
        self._links: frozenset[str] | None = None
        """Ids that the last listing reached through a link."""
        self._unread: list[str] = []
        """Files of the last listing that no pattern takes."""

    def version(self) -> None:
        """Return None: a folder has no name for its state."""

    def unread(self) -> Mapping[str, int]:
        """Return ending → number of files of the last listing that no pattern takes; links do not count."""
        return count_by_ending(self._unread)

    def listing(self) -> Iterator[Listed]:
        """Yield every included entry, ordered by id; the walk is done before the first is yielded.

        Raises:
            ListingFailed: the folder, or one below it, is missing or cannot be listed.
        """
        found: list[Listed] = []
        links: set[str] = set()
        unread: list[str] = []
        real, now = os.path.realpath(self.folder), time.time_ns()
        waiting = [("", real)]
        while waiting:
            prefix, folder = waiting.pop()
            for entry in _scan(folder):
                document = prefix + entry.name
                if entry.name.startswith("."):
                    continue
                if entry.is_symlink():
                    listed = self._link(document, entry.path, real, now)
                    if listed and listed.problem is None:
                        links.add(document)
                elif entry.is_dir(follow_symlinks=False):
                    listed = None
                    if not self._chosen.prunes(document):
                        waiting.append((document + "/", entry.path))
                elif document in self._chosen:
                    listed = self._file(document, entry, now)
                else:
                    listed = None
                    if self._chosen.passes_over(document):
                        unread.append(document)
                if listed:
                    found.append(listed)
        self._links, self._unread = frozenset(links), unread
        return iter(sorted(found, key=attrgetter("document")))

    def read(self, document: str) -> bytes:
        """Return the bytes of a document; no part of its path is followed out of the store, at any moment.

        Raises:
            UsageError: the id names something outside the store.
            StoreMoved: it is gone, cannot be read, or became a link after it was listed.
        """
        refuse_escape(document)
        real = os.path.realpath(self.folder)
        path = f"{real}/{document}"
        resolved = os.path.realpath(path)
        unlisted = self._links is not None and document not in self._links
        if resolved != path and (unlisted or not _inside(resolved, real)):
            raise StoreMoved(
                f"{shown(document)} is now a symbolic link (→ {shown(resolved)}), which it was not when "
                "the store was listed; it was not opened; list again"
            )
        try:
            return _read_below(real, os.path.relpath(resolved, real).split("/"))
        except OSError as error:
            raise StoreMoved(
                f"{shown(document)} was listed but cannot be read any more ({error.strerror}); list again"
            ) from error

    def _file(self, document: str, entry: "os.DirEntry[str]", now: int) -> Listed | None:
        """List a file that is no link; None when it went away during the walk."""
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return None
        return _listed(document, status, now)

    def _link(self, document: str, path: str, real: str, now: int) -> Listed | None:
        """List a link: followed to a file of the store, else a problem; None when it is of no concern."""
        target = shown(str(Path(path).readlink()))
        tag = f"link-{digest(target)}"
        resolved = os.path.realpath(path)
        wanted = document in self._chosen
        try:
            status = Path(resolved).stat()
        except OSError:
            problem = f"symbolic link to nothing (→ {target}); mend or remove it"
            return named(document, 0, tag, problem) if wanted else None
        folder = stat.S_ISDIR(status.st_mode)
        if _inside(resolved, real):
            return _listed(document, status, now) if wanted and not folder else None
        if not wanted and (not folder or self._chosen.prunes(document)):
            return None
        problem = f"symbolic link out of the store (→ {target} not followed)"
        return named(document, 0, tag, problem)


def _scan(folder: str) -> list["os.DirEntry[str]"]:
    """Return the entries of a folder.

    Raises:
        ListingFailed: it is missing, is not a folder, or may not be listed.
    """
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError as error:
        raise ListingFailed(
            f"there is no folder {shown(folder)}; nothing is known about what the store holds, so nothing was "
            "changed; make the folder (is it mounted?), or correct store.url"
        ) from error
    except OSError as error:
        raise ListingFailed(
            f"cannot list {shown(folder)} ({error.strerror}); nothing is known about what the store holds, "
            "so nothing was changed; make it readable (is it mounted?), correct store.url, or exclude it"
        ) from error


def _listed(document: str, status: os.stat_result, now: int) -> Listed:
    """List a file by its status; a pipe or a device is a problem, for reading it may hang."""
    regular = stat.S_ISREG(status.st_mode)
    problem = None if regular else "not a regular file (a pipe, a socket or a device); remove or exclude it"
    changed = status.st_mtime_ns
    settled = not -UNSETTLED_NS <= now - changed <= UNSETTLED_NS
    return named(document, status.st_size, f"{status.st_size}-{changed}", problem, settled=settled)


def _inside(path: str, folder: str) -> bool:
    """Tell whether a resolved path is a resolved folder or below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _read_below(folder: str, parts: list[str]) -> bytes:
    """Read a regular file, opening one path part after the other and following no link.

    Raises:
        OSError: a part is missing, is a link, or is not what it should be.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    for nth, part in enumerate(parts, 1):
        kind = os.O_NONBLOCK if nth == len(parts) else os.O_DIRECTORY
        try:
            below = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | kind, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = below
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no regular file")
    with os.fdopen(descriptor, "rb") as file:
        return file.read()
