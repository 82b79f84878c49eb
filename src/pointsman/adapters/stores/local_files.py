"""Files, links and folders of a local store: what a listing says of each, and how one is opened without leaving it."""

import errno
import os
import stat
import time
from difflib import get_close_matches
from pathlib import Path

from pointsman.adapters.stores.names import Chosen, printable_entry, shown
from pointsman.core.corpus.documents import Listed
from pointsman.core.errors import ListingFailed
from pointsman.core.hashing import digest

UNSETTLED_NS = 2_000_000_000
"""Nanoseconds after a change in which a file may change again and keep its time (git: racily clean)."""
SECOND_NS = 1_000_000_000


def root_status(folder: str) -> os.stat_result:
    """Return the status of the folder of a store.

    Raises:
        ListingFailed: it is missing, or its status cannot be had.
    """
    try:
        return Path(folder).stat()
    except OSError as error:
        raise listing_failed(folder, error) from error


def listing_failed(folder: str, error: OSError) -> ListingFailed:
    """Return the error for the folder of a store that is missing, is no folder, or may not be listed."""
    if isinstance(error, FileNotFoundError):
        return ListingFailed(
            f"{no_folder(folder)}; nothing is known about what the store holds, so nothing was "
            "changed; make the folder (is it mounted?), or correct store.url"
        )
    return ListingFailed(
        f"cannot list {shown(folder)} ({error.strerror}); nothing is known about what the store holds, "
        "so nothing was changed; make it readable (is it mounted?), or correct store.url"
    )


def scan(folder: str) -> list["os.DirEntry[str]"]:
    """Return the entries of a folder.

    Raises:
        OSError: it cannot be listed.
    """
    with os.scandir(folder) as entries:
        return list(entries)


def is_same_folder(before: os.stat_result, now: os.stat_result) -> bool:
    """Tell whether two statuses are of the same folder of the same file system."""
    return (before.st_dev, before.st_ino) == (now.st_dev, now.st_ino)


def no_folder(folder: str) -> str:
    """Return that there is no such folder, and the name beside it that is most like it, if one is."""
    place = Path(folder)
    try:
        beside = [entry.name for entry in place.parent.iterdir() if entry.is_dir()]
    except OSError:
        beside = []
    near = get_close_matches(place.name, beside, n=1)
    return f"there is no folder {shown(folder)}" + (f" (did you mean {shown(near[0])}?)" if near else "")


def is_folder(entry: "os.DirEntry[str]") -> bool:
    """Tell whether an entry is a folder to walk into; a link is none."""
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def folder_problem(document: str, error: OSError) -> Listed:
    """Return the entry of a folder that cannot be listed: what is live of it stays as it is."""
    why = f"folder cannot be listed ({error.strerror}); what is below it stays as it is; make it readable"
    return printable_entry(document, 0, "folder", why, settled=False)


def listed_file(document: str, entry: "os.DirEntry[str]") -> Listed | None:
    """Return the entry of a file that is not a link; None when it vanished during the walk."""
    try:
        status = entry.stat(follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return unreadable(document, error)
    return listed(document, status)


def link_entry(document: str, path: str, real: str, chosen: Chosen) -> Listed | None:
    """Return the entry of a link: the file of the store that it leads to, or a problem; None when not included."""
    wanted = document in chosen
    try:
        target = shown(str(Path(path).readlink()))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return unreadable(document, error) if wanted else None
    tag = f"link-{digest(target)}"
    resolved = os.path.realpath(path)
    try:
        status = Path(resolved).stat()
    except OSError as error:
        nothing = error.errno in (errno.ENOENT, errno.ELOOP, errno.ENOTDIR)
        why = "symbolic link to nothing" if nothing else "symbolic link to what cannot be read"
        return printable_entry(document, 0, tag, f"{why} (→ {target}); correct or remove it") if wanted else None
    folder = stat.S_ISDIR(status.st_mode)
    if inside(resolved, real):
        return listed(document, status) if wanted and not folder else None
    if not wanted and (not folder or chosen.prunes(document)):
        return None
    return printable_entry(document, 0, tag, f"symbolic link out of the store (→ {target} not followed)")


def unreadable(document: str, error: OSError) -> Listed:
    """Return the entry of a file of which not even the size can be had."""
    why = f"cannot be read ({error.strerror}); make it readable"
    return printable_entry(document, 0, "unreadable", why, settled=False)


def listed(document: str, status: os.stat_result) -> Listed:
    """Return the entry of a file by its status; a pipe or a device is a problem, because reading it may hang.

    The tag has everything that a file system changes when a file is written or replaced, also where a program puts
    size and time of change back: the time of the last change of the status, and the number of the file.
    """
    regular = stat.S_ISREG(status.st_mode)
    problem = None if regular else "not a regular file (a pipe, a socket or a device); remove or exclude it"
    changed, touched = status.st_mtime_ns, status.st_ctime_ns
    tag = f"{status.st_size}-{changed}-{touched}-{status.st_ino}"
    now = time.time_ns()
    settled = not _recent(changed, now) and (touched % SECOND_NS != 0 or not _recent(touched, now))
    return printable_entry(document, status.st_size, tag, problem, settled=settled)


def _recent(at: int, now: int) -> bool:
    """Tell whether a time is so near that another change could have the same one."""
    return -UNSETTLED_NS <= now - at <= UNSETTLED_NS


def inside(path: str, folder: str) -> bool:
    """Tell whether a resolved path is a resolved folder or below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def read_below(folder: str, parts: list[str]) -> bytes:
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
