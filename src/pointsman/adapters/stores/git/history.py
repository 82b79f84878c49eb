"""The history of a folder of a git repository: a document store that moves from commit to commit.

Nothing is checked out. The whole tree is listed only once; then the changes of each commit are applied to it.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, islice, pairwise
from pathlib import Path
from typing import Literal

from pointsman.adapters.stores.git.command import Blobs, GitFailed, git
from pointsman.adapters.stores.git.store import git_dir_of
from pointsman.adapters.stores.git.tree import LINK, SUBMODULE, Tree, TreeEntry, listed_in, unread_in
from pointsman.adapters.stores.git.url import FOLDER, REVISION
from pointsman.adapters.stores.names import Chosen, refuse_escape, shown, told_apart
from pointsman.core.corpus.documents import Listed
from pointsman.core.errors import ListingFailed, StoreMoved, UsageError

AHEAD = 256
"""Commits whose changes are read from git at once, so that memory does not grow with the history."""

GONE = "0"
"""First digit of the mode (000000) on the side of a change that has no entry."""


@dataclass(frozen=True, slots=True)
class StoreVersion:
    """A state of the documents: a commit that touched their folder."""

    commit: str
    at: int
    """Seconds since the epoch: the committer's clock, but never earlier than the version before."""
    subject: str
    """First line of the commit's message, safe to print."""
    commits: int = 1
    """Commits that touched the folder since the version before, with this one."""

    @property
    def day(self) -> str:
        """The date in UTC, ISO 8601."""
        return datetime.fromtimestamp(self.at, UTC).date().isoformat()


class GitHistory:
    """A folder of a repository that moves through its versions; at each it is a ``DocumentStore``."""

    def __init__(self, repository: Path, folder: str, chosen: Chosen) -> None:
        """Take a repository (a clone, bare or not), and a folder in it; empty for the whole.

        Raises:
            ListingFailed: there is no repository, or it cannot be read.
            UsageError: the folder is not a valid path.
        """
        folder = folder.removeprefix("./").strip("/")
        folder = "" if folder == "." else folder
        if not FOLDER.fullmatch(folder) or any(part in ("", ".", "..") for part in folder.split("/") if folder):
            raise UsageError(
                f"--path {shown(folder)!r} is not a folder of a repository; name one, or '.' for the whole"
            )
        self._git_dir = git_dir_of(repository)
        self._place = shown(str(repository))
        self.folder = folder
        self._chosen = chosen
        self._blobs = Blobs(self._git_dir)
        self._tree = Tree(b"", self._blobs.read)
        self._rows: dict[str, tuple[Listed, str]] = {}
        """Path → (its entry in the listing, its blob)."""
        self._linked: set[str] = set()
        """Paths of symbolic links."""
        self._places: dict[str, str] = {}
        """Document → blob in the last listing."""
        self._commit: str | None = None

    @property
    def shallow(self) -> bool:
        """Whether the beginning of the history is missing in the clone."""
        return self._git("rev-parse", "--is-shallow-repository").strip() == b"true"

    def versions(
        self,
        revision: str = "HEAD",
        *,
        since: int | None = None,
        until: int | None = None,
        by: Literal["commit", "day"] = "commit",
    ) -> tuple[StoreVersion, ...]:
        """Return the versions along the first parents of ``revision``, oldest first.

        The first one is the last version before ``since``, where there is one: it was live then. ``by="day"`` keeps the
        last version of each day (UTC).

        Raises:
            UsageError: there is no such revision, or no commit touched the folder, ever or in that time.
        """
        every = self._touching(self._resolved(revision))
        if not every:
            raise UsageError(
                f"no commit that {shown(revision)!r} of {self._place} leads back to ever touched the folder "
                f"{self.folder or '.'!r}; correct --path or --revision"
            )
        start = next((nth for nth, version in enumerate(every) if since is None or version.at >= since), len(every))
        chosen = [version for version in every[start:] if until is None or version.at <= until]
        if not chosen:
            raise UsageError(
                f"no commit touched {self.folder or '.'!r} between --since and --until; "
                f"choose days from {every[0].day} to {every[-1].day}"
            )
        return (*every[max(0, start - 1) : start], *(chosen if by == "commit" else last_of_each_day(chosen)))

    def through(self, versions: Sequence[StoreVersion]) -> Iterator[StoreVersion]:
        """Move through versions and yield each; until the next, ``listing`` and ``read`` show this one.

        Raises:
            ListingFailed: the repository is damaged, or was changed in the meantime.
        """
        try:
            yield from self._through(versions)
        except GitFailed as error:
            raise ListingFailed(
                f"the history of {self._place} cannot be read ({error}); run `git fsck` there, or fetch what is missing"
            ) from error

    def version(self) -> str | None:
        """Return the commit of the version."""
        return self._commit

    def unread(self) -> Mapping[str, int]:
        """Return ending → number of files at this version that no pattern takes; links do not count."""
        return unread_in(self._tree, self._chosen)

    def listing(self) -> Iterator[Listed]:
        """Yield every included document of the version, ordered by id.

        Raises:
            ListingFailed: this version does not have the folder.
        """
        if self.folder and not self._tree.entries:
            raise ListingFailed(
                f"cannot list {self._place}, folder {self.folder!r}, at {self._commit!r} (this version has none); "
                "nothing is known about what the store holds, so nothing was changed"
            )
        found, names = told_apart({path: listed for path, (listed, _) in self._rows.items()})
        self._places = {
            e.document: self._rows[names.get(e.document, e.document)][1] for e in found if e.problem is None
        }
        return iter(found)

    def read(self, document: str) -> bytes:
        """Return the bytes of a document of the last listing.

        Raises:
            UsageError: the id names something outside the store.
            StoreMoved: that listing had no such document, or its blob is gone.
        """
        refuse_escape(document)
        try:
            return self._blobs.read(self._places[document])
        except KeyError:
            raise StoreMoved(f"{shown(document)} is not a document of commit {self._commit}") from None
        except GitFailed as error:
            raise StoreMoved(f"{shown(document)} of commit {self._commit} cannot be read ({error})") from error

    def _through(self, versions: Sequence[StoreVersion]) -> Iterator[StoreVersion]:
        first = versions[0]
        words = ("ls-tree", "-r", "-z", "-l", "--full-tree", first.commit)
        tree = Tree(self._git(*words, *self._only("/")), self._blobs.read)
        self._tree, self._rows, self._commit = Tree(b"", self._blobs.read), {}, first.commit
        self._linked = set()
        self._apply({path: entry for name, entry in tree if (path := self._below(name)) is not None})
        yield first
        for steps in _batches(pairwise(versions), AHEAD):
            changes = self._changes(steps)
            for _, version in steps:
                self._commit = version.commit
                self._apply(changes.pop(version.commit, {}))
                yield version

    def _apply(self, changed: dict[str, TreeEntry | None]) -> None:
        """Bring the tree and its listing to the next version; each link is followed again, whatever changed."""
        if not changed:
            return
        tree = Tree(b"", self._blobs.read)
        tree.entries = self._tree.entries
        for path, entry in changed.items():
            tree.entries.pop(path, None)
            self._rows.pop(path, None)
            if entry is not None:
                tree.entries[path] = entry
        self._tree = tree
        self._linked = {path for path in self._linked if path in tree.entries and tree.entries[path].mode == LINK}
        self._linked |= {path for path, entry in changed.items() if entry is not None and entry.mode == LINK}
        for path in self._linked | {path for path, entry in changed.items() if entry is not None}:
            listed, blob = listed_in(tree, path, tree.entries[path], self._chosen)
            self._rows.pop(path, None)
            if listed is not None:
                self._rows[path] = listed, blob

    def _changes(self, steps: Sequence[tuple[StoreVersion, StoreVersion]]) -> dict[str, dict[str, TreeEntry | None]]:
        """Return commit → path → its new entry (None: removed), for each step from one version to the next."""
        stdin = "".join(f"{after.commit} {before.commit}\n" for before, after in steps).encode("ascii")
        words = ("diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--no-ext-diff")
        fields = iter(self._git(*words, *self._only(), stdin=stdin).split(b"\0"))
        found: dict[str, dict[str, tuple[str, str]]] = {}
        commit = ""
        for field in fields:
            if not field.startswith(b":"):
                commit = field.decode("ascii")
                continue
            _, mode, _, blob, _ = field.decode("ascii").split()
            path = self._below(os.fsdecode(next(fields)))
            if path is not None:
                found.setdefault(commit, {})[path] = (mode, blob)
        sizes = self._sizes({blob for paths in found.values() for mode, blob in paths.values() if _holds(mode)})
        return {
            commit: {
                path: None if mode.startswith(GONE) else TreeEntry(mode, blob, sizes.get(blob, "-"))
                for path, (mode, blob) in paths.items()
            }
            for commit, paths in found.items()
        }

    def _sizes(self, blobs: set[str]) -> dict[str, str]:
        """Return blob → its size as git prints it, without blobs that are missing in the object database."""
        if not blobs:
            return {}
        stdin = "".join(f"{blob}\n" for blob in sorted(blobs)).encode("ascii")
        rows = (row.split() for row in self._git("cat-file", "--batch-check", stdin=stdin).decode("ascii").splitlines())
        return {row[0]: row[2] for row in rows if len(row) == 3}  # noqa: PLR2004 - id, type, size

    def _touching(self, commit: str) -> list[StoreVersion]:
        """Return the commits along the first parents that touched the folder, oldest first."""
        words = ("rev-list", "--first-parent", "--format=%H %ct %s", "--encoding=UTF-8", commit)
        lines = self._git(*words, *self._only()).decode("utf-8", "replace").split("\n")
        found: list[StoreVersion] = []
        for line in reversed(lines[1::2]):
            name, seconds, subject = line.split(" ", 2)
            at = max(int(seconds), found[-1].at if found else 0)
            found.append(StoreVersion(name, at, shown(subject)))
        return found

    def _resolved(self, revision: str) -> str:
        self._git("rev-parse", "--git-dir")
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        try:
            found = self._git(*words) if REVISION.fullmatch(revision) else b""
        except GitFailed:
            found = b""
        if not found:
            raise UsageError(f"{self._place} has no branch, tag or commit {shown(revision)!r}; correct --revision")
        return found.decode("ascii").strip()

    def _only(self, ending: str = "") -> tuple[str, ...]:
        """Return the arguments that limit a git command to the folder."""
        return ("--", self.folder + ending) if self.folder else ("--",)

    def _below(self, path: str) -> str | None:
        """Return a path of the repository relative to the folder, or None when it is not below it."""
        if not self.folder:
            return path
        return path[len(self.folder) + 1 :] if path.startswith(f"{self.folder}/") else None

    def _git(self, *words: str, stdin: bytes = b"") -> bytes:
        return git(self._git_dir, *words, stdin=stdin)


def _holds(mode: str) -> bool:
    """Tell whether an entry with this mode is a blob of this repository."""
    return mode != SUBMODULE and not mode.startswith(GONE)


def last_of_each_day(versions: Sequence[StoreVersion]) -> Iterator[StoreVersion]:
    """Yield the last version of each day, with the commits of that day counted."""
    for _, group in groupby(versions, key=lambda version: version.day):
        same = list(group)
        last = same[-1]
        yield StoreVersion(last.commit, last.at, last.subject, len(same))


def _batches(
    pairs: Iterator[tuple[StoreVersion, StoreVersion]], size: int
) -> Iterator[list[tuple[StoreVersion, StoreVersion]]]:
    while batch := list(islice(pairs, size)):
        yield batch
