"""A git repository at a revision as a document store: listing and reading see the same commit."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from filelock import FileLock

from pointsman.adapters.stores.git.command import Blobs, GitFailed, git
from pointsman.adapters.stores.git.tree import Tree, listed_in, unread_in
from pointsman.adapters.stores.git.url import GitUrl
from pointsman.adapters.stores.names import Chosen, refuse_escape, shown, told_apart
from pointsman.core.corpus.documents import Listed
from pointsman.core.credentials import masked
from pointsman.core.errors import ListingFailed, StoreMoved, UsageError
from pointsman.core.hashing import digest

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
"""A full commit id, SHA-1 or SHA-256: it always names the same commit."""

MIRRORED = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")


class GitStore:
    """A folder of a commit. The version tag of a document is the id of its blob: equal bytes have equal tags."""

    def __init__(self, url: GitUrl, chosen: Chosen, *, mirrors: Path) -> None:
        """Take a repository, and the folder for mirrors of remote ones; open nothing."""
        self.url = url
        self._chosen = chosen
        self._mirrors = mirrors
        self._commit: str | None = None
        self._documents: dict[str, str] | None = None
        """Id → blob of the documents in the last listing."""
        self._blobs: Blobs | None = None
        self._unread: Mapping[str, int] = {}

    def version(self) -> str | None:
        """Return the commit that the last listing saw; None before the first."""
        return self._commit

    def unread(self) -> Mapping[str, int]:
        """Return ending → number of files of the last listing that no pattern takes; links do not count."""
        return self._unread

    def listing(self) -> Iterator[Listed]:
        """Yield every included document of the revision, ordered by id.

        Raises:
            ListingFailed: the repository is gone, cannot be fetched or read, or has no such folder.
            UsageError: it has no such revision.
        """
        git_dir = git_dir_of(Path(self.url.place)) if self.url.scheme == "file" else self._mirror()
        try:
            found = self._found(git_dir)
        except GitFailed as error:
            raise self._failed(error) from error
        return iter(sorted(found, key=lambda listed: listed.document))

    def read(self, document: str) -> bytes:
        """Return the bytes of a document as the last listing saw it, also when there are newer commits.

        Raises:
            UsageError: the id names something outside the store.
            StoreMoved: the listing had no such document, or its blob is gone.
        """
        refuse_escape(document)
        if self._documents is None:
            self.listing()
        assert self._documents is not None, "a listing sets it"  # noqa: S101 - for the type checker
        assert self._blobs is not None, "a listing sets it"  # noqa: S101 - for the type checker
        blob = self._documents.get(document)
        if blob is None:
            raise StoreMoved(f"{shown(document)} is not a document of commit {self._commit}; list again")
        try:
            return self._blobs.read(blob)
        except GitFailed as error:
            raise StoreMoved(
                f"{shown(document)} of commit {self._commit} cannot be read ({error}); list again"
            ) from error

    def _found(self, git_dir: Path) -> list[Listed]:
        """Return the entries of the revision and remember their blobs; GitFailed when it cannot be read."""
        if self.url.scheme != "file":
            self._fetch(git_dir)
        commit, blobs = self._resolved(git_dir), self._blobs or Blobs(git_dir)
        tree = Tree(self._tree(git_dir, commit), blobs.read)
        by_path = {path: listed_in(tree, path, entry, self._chosen) for path, entry in tree}
        found, names = told_apart({path: listed for path, (listed, _) in by_path.items() if listed})
        documents = {e.document: by_path[names.get(e.document, e.document)][1] for e in found if e.problem is None}
        self._commit, self._blobs, self._documents = commit, blobs, documents
        self._unread = unread_in(tree, self._chosen)
        return found

    def _tree(self, git_dir: Path, commit: str) -> bytes:
        """Return git's listing of everything below the store's folder at a commit; GitFailed when there is none."""
        where = f"{commit}:{self.url.folder}" if self.url.folder else commit
        return git(git_dir, "ls-tree", "-r", "-z", "-l", "--full-tree", where)

    def _resolved(self, git_dir: Path) -> str:
        """Return the commit of the revision; GitFailed when the repository cannot be read.

        Raises:
            UsageError: it has no such revision.
        """
        git(git_dir, "rev-parse", "--git-dir")
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{self.url.revision}^{{commit}}")
        try:
            return git(git_dir, *words).decode("ascii").strip()
        except GitFailed as error:
            names = git(git_dir, "for-each-ref", "--count=5", "--format=%(refname:short)", "refs/heads", "refs/tags")
            there = ", ".join(names.decode("utf-8", "replace").split()) or "none"
            raise UsageError(
                f"{self._place} has no branch, tag or commit {self.url.revision!r} (there are: {shown(there)}); "
                "correct the revision in store.url"
            ) from error

    def _mirror(self) -> Path:
        """Return the folder of the mirror of a remote repository."""
        self._mirrors.mkdir(parents=True, exist_ok=True)
        return self._mirrors / digest(self.url.place)

    def _fetch(self, mirror: Path) -> None:
        """Bring a mirror up to date, GitFailed when that is impossible; a full commit id is fetched only once."""
        with FileLock(f"{mirror}.lock"):
            if not (mirror / "HEAD").is_file():
                git(mirror, "init", "--quiet", "--bare", "--template=")
            if COMMIT.fullmatch(self.url.revision) and self._has(mirror, self.url.revision):
                return
            words = ("fetch", "--quiet", "--prune", "--force", "--atomic", "--no-write-fetch-head", self.url.place)
            git(mirror, *words, *MIRRORED, transport=self.url.scheme, login=self.url.login)

    def _has(self, git_dir: Path, commit: str) -> bool:
        """Tell whether a repository holds a commit."""
        try:
            git(git_dir, "cat-file", "-e", f"{commit}^{{commit}}")
        except GitFailed:
            return False
        return True

    @property
    def _place(self) -> str:
        return masked(self.url.place, self.url.written)

    def _failed(self, error: GitFailed) -> ListingFailed:
        folder = f", folder {self.url.folder!r}," if self.url.folder else ""
        return ListingFailed(
            f"cannot list {self._place}{folder} at {self.url.revision!r} ({masked(str(error), self.url.written)}); "
            "nothing is known about what the store holds, so nothing was changed; check the address, the folder and "
            "the credentials"
        )


def git_dir_of(place: Path) -> Path:
    """Return the folder of the objects of the repository at ``place``; folders around it are not searched.

    Raises:
        ListingFailed: there is none.
    """
    for candidate in (place / ".git", place):
        if os.path.isfile(candidate / "HEAD") or (candidate.name == ".git" and os.path.isfile(candidate)):  # noqa: PTH113 - False, not an error, where access is denied
            return candidate
    raise ListingFailed(
        f"there is no git repository at {shown(str(place))}; nothing is known about what the store holds, so nothing "
        "was changed; bring it back (is it mounted?), or correct store.url"
    )
