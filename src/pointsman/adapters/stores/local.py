"""A local folder as a document store."""

import errno
import os
import stat
import time
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from operator import attrgetter
from pathlib import Path

from pointsman.adapters.stores.names import Chosen, printable_entry, refuse_escape, shown
from pointsman.core.corpus.documents import Listed
from pointsman.core.corpus.unread import count_by_ending
from pointsman.core.errors import ListingFailed, StoreMoved
from pointsman.core.hashing import digest

UNSETTLED_NS = 2_000_000_000
"""Nanoseconds after a change in which a file may change again and keep its time (git: racily clean)."""


class LocalStore:
    """A folder. Names with a leading dot are skipped; a link to a folder of the store is not followed."""

    def __init__(self, folder: Path, chosen: Chosen) -> None:
        """Take the folder; read nothing."""
        self.folder = folder
        self._chosen = chosen
        self._links: frozenset[str] | None = None
        """Ids that the last listing reached through a link."""
        self._unread: list[str] = []
        """Files of the last listing that no pattern of ``store.include`` takes."""

    def version(self) -> None:
        """Return None: a folder has no version of its own."""

    def unread(self) -> Mapping[str, int]:
        """Return ending → number of files of the last listing that no pattern takes; links do not count."""
        return count_by_ending(self._unread)

    def listing(self) -> Iterator[Listed]:
        """Yield every included entry, ordered by id; the whole walk ends before the first is yielded.

        Raises:
            ListingFailed: the folder, or one below it, is missing or cannot be listed.
        """
        found: list[Listed] = []
        links: set[str] = set()
        unread: list[str] = []
        real, now = os.path.realpath(self.folder), time.time_ns()
        for document, entry in self._entries(real):
            listed = None
            if entry.is_symlink():
                listed = self._link(document, entry.path, real, now)
                if listed and listed.problem is None:
                    links.add(document)
            elif document in self._chosen:
                listed = self._file(document, entry, now)
            elif self._chosen.passes_over(document):
                unread.append(document)
            if listed:
                found.append(listed)
        self._links, self._unread = frozenset(links), unread
        return iter(sorted(found, key=attrgetter("document")))

    def _entries(self, real: str) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
        """Yield (id, entry) of every visible file and link; excluded folders are not listed.

        Raises:
            ListingFailed: a folder is missing or cannot be listed.
        """
        waiting = [("", real)]
        while waiting:
            prefix, folder = waiting.pop()
            for entry in _scan(folder):
                document = prefix + entry.name
                if entry.name.startswith("."):
                    continue
                if entry.is_symlink() or not entry.is_dir(follow_symlinks=False):
                    yield document, entry
                elif not self._chosen.prunes(document):
                    waiting.append((document + "/", entry.path))

    def read(self, document: str) -> bytes:
        """Return the bytes of a document. No part of its path may lead out of the store, at any time.

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
        """Return the entry of a file that is not a link; None when it vanished during the walk."""
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return None
        return _listed(document, status, now)

    def _link(self, document: str, path: str, real: str, now: int) -> Listed | None:
        """Return the entry of a link: the file of the store that it leads to, or a problem; None when not included."""
        target = shown(str(Path(path).readlink()))
        tag = f"link-{digest(target)}"
        resolved = os.path.realpath(path)
        wanted = document in self._chosen
        try:
            status = Path(resolved).stat()
        except OSError:
            problem = f"symbolic link to nothing (→ {target}); correct or remove it"
            return printable_entry(document, 0, tag, problem) if wanted else None
        folder = stat.S_ISDIR(status.st_mode)
        if _inside(resolved, real):
            return _listed(document, status, now) if wanted and not folder else None
        if not wanted and (not folder or self._chosen.prunes(document)):
            return None
        problem = f"symbolic link out of the store (→ {target} not followed)"
        return printable_entry(document, 0, tag, problem)


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
            f"{no_folder(folder)}; nothing is known about what the store holds, so nothing was "
            "changed; make the folder (is it mounted?), or correct store.url"
        ) from error
    except OSError as error:
        raise ListingFailed(
            f"cannot list {shown(folder)} ({error.strerror}); nothing is known about what the store holds, "
            "so nothing was changed; make it readable (is it mounted?), correct store.url, or exclude it"
        ) from error


def no_folder(folder: str) -> str:
    """Return that there is no such folder, and the name beside it that is most like it, if one is."""
    place = Path(folder)
    try:
        beside = [entry.name for entry in place.parent.iterdir() if entry.is_dir()]
    except OSError:
        beside = []
    near = get_close_matches(place.name, beside, n=1)
    return f"there is no folder {shown(folder)}" + (f" (did you mean {shown(near[0])}?)" if near else "")


def _listed(document: str, status: os.stat_result, now: int) -> Listed:
    """Return the entry of a file by its status; a pipe or a device is a problem, because reading it may hang."""
    regular = stat.S_ISREG(status.st_mode)
    problem = None if regular else "not a regular file (a pipe, a socket or a device); remove or exclude it"
    changed = status.st_mtime_ns
    settled = not -UNSETTLED_NS <= now - changed <= UNSETTLED_NS
    return printable_entry(document, status.st_size, f"{status.st_size}-{changed}", problem, settled=settled)


def _inside(path: str, folder: str) -> bool:
    """Tell whether a resolved path is a resolved folder or below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _read_below(folder: str, parts: list[str]) -> bytes:
    """Return the bytes of a regular file. One path part is opened after the other, and no link is followed.

    Raises:
        OSError: a part is missing or is a link, or the last one is not a regular file.
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
        raise OSError(errno.EINVAL, "it is not a regular file")
    with os.fdopen(descriptor, "rb") as file:
        return file.read()
