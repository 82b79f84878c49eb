"""The document store: a local folder (the quick path), or anything fsspec reaches."""

import errno
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pointsman.core.documents import Listed
from pointsman.core.errors import ListingFailed, StoreMoved, UsageError
from pointsman.core.identity import digest
from pointsman.ports import DocumentStore

UNSAFE_NAME = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Control characters, line separators and text-direction overrides: a name with one can lie about itself."""

VERSION_FACTS = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified", "modified", "created")
"""What drivers call the fact that changes with an object, best first."""

NAME_LIMIT = 200
"""Characters of a foreign path shown in a message."""


def open_store(url: str, *, root: Path, include: Iterable[str], exclude: Iterable[str]) -> DocumentStore:
    """Return the store at ``url``: a folder relative to ``root``, or any fsspec URL. Nothing is opened yet.

    Raises:
        UsageError: the URL's protocol is unknown, or its driver is not installed.
    """
    chosen = Chosen.of(include, exclude)
    scheme, found, rest = url.partition("://")
    if not found:
        return LocalStore(root / url, chosen)
    if scheme in ("file", "local"):
        return LocalStore(root / rest, chosen)
    return RemoteStore(url, chosen)


class Chosen(NamedTuple):
    """Compiled include and exclude globs, matched against whole ids."""

    include: re.Pattern[str]
    exclude: re.Pattern[str]
    pruned: re.Pattern[str]
    """Matches a folder id followed by ``/`` when everything below it is excluded."""

    @classmethod
    def of(cls, include: Iterable[str], exclude: Iterable[str]) -> "Chosen":
        """Compile glob patterns."""
        exclude = tuple(exclude)
        whole = [pattern for pattern in exclude if pattern.endswith(("/**", "/"))]
        return cls(_regex(include), _regex(exclude), _regex(whole))

    def __contains__(self, document: object) -> bool:
        """Tell whether the store serves an id."""
        text = str(document)
        return bool(self.include.fullmatch(text)) and not self.exclude.fullmatch(text)

    def prunes(self, folder: str) -> bool:
        """Tell whether nothing below a folder can be included."""
        return bool(self.pruned.fullmatch(folder + "/"))


def _regex(patterns: Iterable[str]) -> re.Pattern[str]:
    """Compile globs to one regular expression; it matches nothing when there are none."""
    return re.compile("|".join(f"(?:{_glob(pattern)})" for pattern in patterns) or r"(?!)", re.DOTALL)


def _glob(pattern: str) -> str:
    """Translate ``**/`` (folders, or none), ``**``, ``*``, ``?``, ``[…]``; a final ``/`` means all below."""
    pattern = pattern.removeprefix("./").removeprefix("/")
    pattern = pattern + "**" if pattern.endswith("/") else pattern
    parts = re.findall(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", pattern, re.DOTALL)
    table = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(table.get(part) or _literal(part) for part in parts)


def _literal(part: str) -> str:
    """Translate a character class, or quote a character."""
    if len(part) == 1:
        return re.escape(part)
    inside = part[1:-1].replace("\\", "\\\\").replace("[", "\\[")
    inside = "^" + inside[1:] if inside.startswith("!") else inside.replace("^", "\\^")
    return f"[{inside}]"


def _refuse_escape(document: str) -> None:
    """Raise when an id does not name something below the store.

    Raises:
        UsageError: it is absolute, has an empty, ``.`` or ``..`` part, or control characters.
    """
    if _name_problem(document) or any(part in ("", ".", "..") for part in document.split("/")):
        raise UsageError(
            f"{_shown(document)!r} is no document id: it must be a path below store.url without '..', "
            "with '/' between its parts; see `pointsman plan --json` for the ids there are"
        )


def _shown(name: str) -> str:
    """Return a name that any terminal and any file can carry: printable UTF-8, shortened."""
    text = name.encode("utf-8", "backslashreplace").decode("utf-8")
    text = UNSAFE_NAME.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
    return text if len(text) <= NAME_LIMIT else text[:NAME_LIMIT] + "…"


def _name_problem(document: str) -> str | None:
    """Return what is wrong with the name itself, or None."""
    try:
        document.encode("utf-8")
    except UnicodeEncodeError:
        return "file name is not UTF-8; rename the file"
    if unsafe := UNSAFE_NAME.search(document):
        name = unicodedata.name(unsafe[0], f"U+{ord(unsafe[0]):04X}")
        return f"file name has a control character ({name}); rename the file"
    return None


def _named(document: str, size: int, tag: str, problem: str | None) -> Listed:
    """Return an entry whose id is safe to print; a changed id carries a digest of the true one."""
    wrong = _name_problem(document)
    if wrong is None:
        return Listed(document, size, tag, problem)
    return Listed(f"{_shown(document)} (name {digest(document)})", size, tag, problem or wrong)


class LocalStore:
    """A folder. Names with a leading dot are passed over; a link to a folder inside is not walked twice."""

    def __init__(self, folder: Path, chosen: Chosen) -> None:
        """Name the folder; nothing is read."""
        self.folder = folder
        self._chosen = chosen
        self._links: frozenset[str] | None = None
        """Ids that the last listing reached through a link."""

    def listing(self) -> Iterator[Listed]:
        """Yield every included entry, ordered by id; the walk is done before the first is yielded.

        Raises:
            ListingFailed: the folder, or one below it, is missing or cannot be listed.
        """
        found: list[Listed] = []
        links: set[str] = set()
        real = os.path.realpath(self.folder)
        waiting = [("", real)]
        while waiting:
            prefix, folder = waiting.pop()
            for entry in _scan(folder):
                document = prefix + entry.name
                if entry.name.startswith("."):
                    continue
                if entry.is_symlink():
                    listed = self._link(document, entry.path, real)
                    if listed and listed.problem is None:
                        links.add(document)
                elif entry.is_dir(follow_symlinks=False):
                    listed = None
                    if not self._chosen.prunes(document):
                        waiting.append((document + "/", entry.path))
                else:
                    listed = self._file(document, entry) if document in self._chosen else None
                if listed:
                    found.append(listed)
        self._links = frozenset(links)
        return iter(sorted(found, key=lambda listed: listed.document))

    def read(self, document: str) -> bytes:
        """Return the bytes of a document; no part of its path is followed out of the store, at any moment.

        Raises:
            UsageError: the id names something outside the store.
            StoreMoved: it is gone, cannot be read, or became a link after it was listed.
        """
        _refuse_escape(document)
        real = os.path.realpath(self.folder)
        path = f"{real}/{document}"
        resolved = os.path.realpath(path)
        unlisted = self._links is not None and document not in self._links
        if resolved != path and (unlisted or not _inside(resolved, real)):
            raise StoreMoved(
                f"{_shown(document)} is now a symbolic link (→ {_shown(resolved)}), which it was not when "
                "the store was listed; it was not opened; list again"
            )
        try:
            return _read_below(real, os.path.relpath(resolved, real).split("/"))
        except OSError as error:
            raise StoreMoved(
                f"{_shown(document)} was listed but cannot be read any more ({error.strerror}); list again"
            ) from error

    def _file(self, document: str, entry: "os.DirEntry[str]") -> Listed | None:
        """List a file that is no link; None when it went away during the walk."""
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return None
        return _listed(document, status)

    def _link(self, document: str, path: str, real: str) -> Listed | None:
        """List a link: followed to a file of the store, else a problem; None when it is of no concern."""
        target = _shown(str(Path(path).readlink()))
        tag = f"link-{digest(target)}"
        resolved = os.path.realpath(path)
        wanted = document in self._chosen
        try:
            status = Path(resolved).stat()
        except OSError:
            problem = f"symbolic link to nothing (→ {target}); mend or remove it"
            return _named(document, 0, tag, problem) if wanted else None
        folder = stat.S_ISDIR(status.st_mode)
        if _inside(resolved, real):
            return _listed(document, status) if wanted and not folder else None
        if not wanted and (not folder or self._chosen.prunes(document)):
            return None
        problem = f"symbolic link out of the store (→ {target} not followed)"
        return _named(document, 0, tag, problem)


def _scan(folder: str) -> list["os.DirEntry[str]"]:
    """Return the entries of a folder.

    Raises:
        ListingFailed: it is missing, is no folder, or may not be listed.
    """
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise ListingFailed(
            f"cannot list {_shown(folder)} ({error.strerror}); nothing is known about what the store holds, "
            "so nothing was changed; make it readable (is it mounted?), correct store.url, or exclude it"
        ) from error


def _listed(document: str, status: os.stat_result) -> Listed:
    """List a file by its status; a pipe or a device is a problem, for reading it may hang."""
    regular = stat.S_ISREG(status.st_mode)
    problem = None if regular else "not a regular file (a pipe, a socket or a device); remove or exclude it"
    return _named(document, status.st_size, f"{status.st_size}-{status.st_mtime_ns}", problem)


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


class RemoteStore:
    """Any fsspec URL, through universal-pathlib."""

    def __init__(self, url: str, chosen: Chosen) -> None:
        """Find the driver of a URL; nothing is listed.

        Raises:
            UsageError: the protocol is unknown, or its driver is not installed.
        """
        from upath import UPath

        try:
            path: Any = UPath(url)
            self._system: Any = path.fs
        except (ImportError, ValueError) as error:
            raise UsageError(f"store.url {url!r} cannot be used: {error}") from error
        self.url = url
        self._root = str(path.path).rstrip("/")
        self._chosen = chosen

    def listing(self) -> Iterator[Listed]:
        """Yield every included object, ordered by id.

        Raises:
            ListingFailed: the store cannot be reached, or nothing is there.
        """
        found: dict[str, Any] = self._reach("list", self._find)
        entries = [
            _named(document, int(info.get("size") or 0), self._tag(path, info), None)
            for path, info in found.items()
            if (document := path[len(self._root) :].lstrip("/")) in self._chosen
            and not any(part.startswith(".") for part in document.split("/"))
        ]
        return iter(sorted(entries, key=lambda listed: listed.document))

    def read(self, document: str) -> bytes:
        """Return the bytes of an object.

        Raises:
            UsageError: the id names something outside the store.
            StoreMoved: it is gone, or cannot be read any more.
        """
        _refuse_escape(document)
        try:
            return bytes(self._system.cat_file(f"{self._root}/{document}"))
        except Exception as error:  # every driver has errors of its own
            raise StoreMoved(
                f"{_shown(document)} cannot be read from {self.url} any more "
                f"({type(error).__name__}: {error}); list again"
            ) from error

    def _find(self) -> dict[str, Any]:
        """Return path → facts of every object below the root."""
        self._system.invalidate_cache()
        found: dict[str, Any] = self._system.find(self._root, detail=True)
        if not found and not self._system.exists(self._root):
            raise FileNotFoundError(f"nothing is there under {self._root or '/'}")
        return found

    def _tag(self, path: str, info: dict[str, Any]) -> str:
        """Return a version tag: the object's ETag or time, or the digest of its bytes where it has none."""
        for key in VERSION_FACTS:
            if info.get(key):
                return f"{info.get('size')}-{str(info[key]).strip(chr(34))}"
        return digest(self._reach("read", lambda: bytes(self._system.cat_file(path))))

    def _reach(self, what: str, call: Callable[[], Any]) -> Any:
        """Return what a call to the driver returns.

        Raises:
            ListingFailed: it failed, for whatever reason the driver has.
        """
        try:
            return call()
        except Exception as error:  # every driver has errors of its own
            raise ListingFailed(
                f"cannot {what} {self.url} ({type(error).__name__}: {error}); nothing is known about what "
                "the store holds, so nothing was changed; check the address, the network and the credentials"
            ) from error
