"""Keeps the workspace's own files from other users of the machine: they hold text of documents, examples and answers.

New files get their mode from the umask of the process. Folders and files that exist with a wider mode are narrowed: a
workspace of an earlier version, or files that DVC wrote when somebody ran it by hand.
"""

import logging
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pointsman.core.errors import UsageError
from pointsman.settings.workspace import WorkspaceFolder

LOG = logging.getLogger("pointsman.files")

OWNER_UMASK, GROUP_UMASK = 0o077, 0o007
"""Mode bits that a new file does not get: without a group, and with one."""
OWNER_FOLDER, GROUP_FOLDER = 0o700, 0o2770
"""Modes of a folder. With a group, what is made in it belongs to the group too."""


@dataclass(frozen=True, slots=True)
class FileRights:
    """Who may use the files."""

    group: int | None
    """Number of the group; None: the owner alone."""

    @property
    def umask(self) -> int:
        """Mode bits that a new file does not get."""
        return OWNER_UMASK if self.group is None else GROUP_UMASK

    def mode_of(self, now: int, *, folder: bool) -> int:
        """Return the mode that a file or folder with the mode ``now`` should have."""
        if folder:
            return OWNER_FOLDER if self.group is None else GROUP_FOLDER
        owner = now & 0o700
        return owner if self.group is None else owner | owner >> 3


@contextmanager
def private_files(workspace: WorkspaceFolder, group: str | None) -> Iterator[None]:
    """Keep the files that this block writes, and those that the workspace has, to their owner or to ``group``.

    The umask belongs to the whole process; it is put back at the end.

    Raises:
        UsageError: this machine has no such group.
    """
    access = FileRights(None if group is None else _number_of(group))
    before = os.umask(access.umask)
    try:
        close_to_others(workspace, access)
        yield
        close_to_others(workspace, access)
    finally:
        os.umask(before)


@contextmanager
def shared_files() -> Iterator[None]:
    """Let everybody on this machine read what this block writes: prepared base models, which workspaces share."""
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


def private_folders(workspace: WorkspaceFolder) -> tuple[Path, ...]:
    """Return the folders that hold text of documents, whether they exist or not."""
    dvc = workspace.root / ".dvc"
    return workspace.state, workspace.build, dvc / "cache", dvc / "tmp"


def make_private_folders(workspace: WorkspaceFolder) -> None:
    """Make the private folders that are not there, for the owner alone: what DVC writes by hand is safe in them."""
    for folder in private_folders(workspace):
        folder.mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)


def set_private_umask(group: str | None) -> None:
    """Let this process, and the program that takes its place, write private files until it ends.

    Raises:
        UsageError: this machine has no such group.
    """
    os.umask(FileRights(None if group is None else _number_of(group)).umask)


def close_to_others(workspace: WorkspaceFolder, access: FileRights) -> None:
    """Narrow the modes of the private folders. A folder that has its mode already is not searched.

    What cannot be changed (another owner, a read-only disk) stays as it is, and is said once.
    """
    for folder in private_folders(workspace):
        try:
            if _has_mode(folder, access):
                continue
            for place in _below(folder):
                _narrow(place, access)
            _narrow(folder, access)  # last: a walk that is cut off begins again
        except FileNotFoundError:
            continue
        except OSError as error:
            LOG.warning(
                "others on this machine may read %s: its mode cannot be changed (%s); change it as its owner: chmod -R "
                "go-rwx %s", folder, error.strerror, folder,
            )  # fmt: skip


def _has_mode(folder: Path, access: FileRights) -> bool:
    found = folder.stat()
    group = access.group in {None, found.st_gid}
    return group and stat.S_IMODE(found.st_mode) == access.mode_of(found.st_mode, folder=True)


def _below(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent, name) for name in (*folders, *files))


def _narrow(place: Path, access: FileRights) -> None:
    """Set the mode, and the group, of a file or folder; a symbolic link has none of its own."""
    try:
        found = place.lstat()
    except FileNotFoundError:
        return  # another process removed it meanwhile
    if stat.S_ISLNK(found.st_mode):
        return
    if access.group not in {None, found.st_gid}:
        os.chown(place, -1, access.group or -1)
    place.chmod(access.mode_of(stat.S_IMODE(found.st_mode), folder=stat.S_ISDIR(found.st_mode)))


def _number_of(group: str) -> int:
    """Return the number of a Unix group.

    Raises:
        UsageError: this machine has no such group, or no groups at all.
    """
    try:
        import grp

        return grp.getgrnam(group).gr_gid
    except (ImportError, KeyError):
        raise UsageError(
            f"state.group is {group!r}, which is no group of this machine; name one of `getent group`, or null for the "
            "owner alone"
        ) from None
