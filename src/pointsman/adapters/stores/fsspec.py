"""A document store at any fsspec URL."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pointsman.adapters.stores.names import Chosen, hidden, path_problem, printable_entry, refuse_escape, shown
from pointsman.core.corpus.documents import Listed
from pointsman.core.corpus.unread import count_by_ending
from pointsman.core.credentials import masked, secrets_of, without_credentials
from pointsman.core.errors import ListingFailed, StoreMoved, UsageError
from pointsman.core.hashing import digest

VERSION_FACTS = (
    ("ETag",), ("etag",), ("md5Hash",), ("Content-MD5",), ("Digest",), ("CRC", "date_time"), ("sha",), ("mtime",),
    ("LastModified",), ("last_modified",), ("modified",), ("Last-Modified",), ("created",),
)  # fmt: skip
"""Names that drivers give to facts which change with an object, best first."""

S3 = ("s3", "s3a")

ONE_REQUEST = {"max_concurrency": 1}
"""Reads an object with one request; s3fs would otherwise ask for its size first, to read it in parts."""

IN_THE_ENVIRONMENT = "name them in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL, …)"

Info = Mapping[str, Any]
"""What a driver knows about an object: ``name``, ``size``, ``type`` and facts of its own."""


class RemoteStore:
    """A folder at an fsspec URL. Credentials come from the environment or the driver's own files only."""

    def __init__(self, url: str, chosen: Chosen) -> None:
        """Find the driver of a URL; list nothing.

        Raises:
            UsageError: the protocol is unknown, its driver is not installed, or an S3 URL carries credentials.
        """
        import fsspec

        self.url = url
        self._chosen = chosen
        self._opened: tuple[Any, str] | None = None
        self._unread: list[str] = []
        """Objects of the last listing that no pattern takes."""
        self._protocol = url.partition("::")[0].partition("://")[0]
        if self._protocol in S3 and without_credentials(url) != url:
            raise UsageError(
                f"store.url {self._shown!r} carries credentials, but S3 takes none from a URL; {IN_THE_ENVIRONMENT}"
            )
        try:
            fsspec.get_filesystem_class(self._protocol)
        except (ImportError, ValueError) as error:
            problem = f"store.url {self._shown!r} cannot be used: {masked(str(error), url)}"
            raise UsageError(problem, way_out="correct store.url") from error

    def version(self) -> None:
        """Return None: a bucket has no version of its own."""

    def unread(self) -> Mapping[str, int]:
        """Return ending → number of objects of the last listing that no pattern takes."""
        return count_by_ending(self._unread)

    def listing(self) -> Iterator[Listed]:
        """Yield every included object, ordered by id; the whole listing ends before the first is yielded.

        Raises:
            ListingFailed: the store or a part of it cannot be reached or listed, or there is nothing at the URL.
        """
        system, root = self._opened = self._reach("open", self._open)
        found: list[Info] = self._reach("list", lambda: _find(system, root, self._chosen))
        entries: list[Listed] = []
        unread: list[str] = []
        for info in found:
            document = info["name"].removeprefix(root).removeprefix("/" if root else "")
            problem = path_problem(document)
            plain = "/".join(part for part in document.split("/") if part)
            if not document.endswith("/") and plain in self._chosen and (problem or not hidden(document)):
                size, tag = self._judged(system, info)
                entries.append(printable_entry(document, size, tag, problem))
            elif not document.endswith("/") and not problem and self._chosen.passes_over(plain):
                unread.append(plain)
        self._unread = unread
        return iter(sorted(entries, key=lambda listed: listed.document))

    def read(self, document: str) -> bytes:
        """Return the bytes of an object.

        Raises:
            UsageError: the id names something outside the store.
            ListingFailed: the store cannot be opened.
            StoreMoved: it is gone, or cannot be read any more.
        """
        refuse_escape(document)
        self._opened = self._opened or self._reach("open", self._open)
        system, root = self._opened
        try:
            return bytes(system.cat_file(f"{root}/{document}" if root else document))
        except Exception as error:  # noqa: BLE001 - each driver raises errors of its own
            raise StoreMoved(
                f"{shown(document)} cannot be read from {self._shown} any more ({self._said(error)}); list again"
            ) from self._cause(error)

    def _open(self) -> tuple[Any, str]:
        """Return (driver, path of the root in it); the driver keeps nothing of an earlier listing."""
        import fsspec

        options = ONE_REQUEST if self._protocol in S3 else {}
        system, path = fsspec.core.url_to_fs(self.url, skip_instance_cache=True, use_listings_cache=False, **options)
        return system, str(path).rstrip("/")

    def _judged(self, system: Any, info: Info) -> tuple[int, str]:
        """Return (bytes, version tag): from the listing, else from the object's own facts, else from its content."""
        tag, path = _tag(info), info["name"]
        if tag is None or info.get("size") is None:
            info = {**info, **self._reach("list", lambda: system.info(path))}
            tag = _tag(info)
        if tag is None or info.get("size") is None:
            raw = self._reach("read", lambda: bytes(system.cat_file(path)))
            return len(raw), digest(raw)
        return int(info["size"]), tag

    def _reach(self, what: str, call: Callable[[], Any]) -> Any:
        """Return the result of a call to the driver.

        Raises:
            ListingFailed: the call failed, for any reason.
        """
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - each driver raises errors of its own
            raise ListingFailed(
                f"cannot {what} {self._shown} ({self._said(error)}); nothing is known about what "
                "the store holds, so nothing was changed; check the address, the network and the credentials"
            ) from self._cause(error)

    @property
    def _shown(self) -> str:
        return masked(self.url, self.url)

    def _said(self, error: Exception) -> str:
        return f"{type(error).__name__}: {masked(str(error), self.url)}"

    def _cause(self, error: Exception) -> Exception | None:
        """Return the error to chain; None where its message may show credentials of the URL."""
        return None if secrets_of(self.url) else error


def _find(system: Any, root: str, chosen: Chosen) -> list[Info]:
    """Return the facts of every object below the root; a part that the driver cannot list is an error, not a gap."""
    if _lists_at_once(system):
        found = [info for info in system.find(root, detail=True).values() if info.get("type") != "directory"]
        if found or system.exists(root):
            return _below(found, root)
        raise FileNotFoundError(
            f"nothing is there under {root or '/'}; a folder that is meant to be empty has an empty object {root}/"
        )
    return _below(list(_walk(system, root, chosen)), root)


def _lists_at_once(system: Any) -> bool:
    """Tell whether a driver has its own recursive listing; fsspec's general one silently leaves out what fails."""
    from fsspec.asyn import AsyncFileSystem
    from fsspec.spec import AbstractFileSystem

    if isinstance(system, AsyncFileSystem):
        return type(system)._find is not AsyncFileSystem._find  # noqa: SLF001 - the method that drivers override
    return type(system).find is not AbstractFileSystem.find


def _walk(system: Any, root: str, chosen: Chosen) -> Iterator[Info]:
    """Yield the facts of every object, folder by folder; excluded folders are not listed."""
    waiting, seen = [root], {root}
    while waiting:
        for info in system.ls(waiting.pop(), detail=True):
            path = info["name"].rstrip("/")
            if info.get("type") != "directory":
                yield info
            elif path not in seen and not chosen.prunes(path.removeprefix(root).lstrip("/")):
                seen.add(path)
                waiting.append(path)


def _below(found: list[Info], root: str) -> list[Info]:
    """Return the objects that were found below the root.

    Raises:
        NotADirectoryError: the root itself is an object.
    """
    if any(info["name"] == root for info in found):
        raise NotADirectoryError(f"{root} is an object; store.url names a folder of documents")
    return found


def _tag(info: Info) -> str | None:
    """Return a version tag made of the best known facts, or None."""
    for names in VERSION_FACTS:
        if all(info.get(name) for name in names):
            return "-".join(str(part).strip('"') for part in (info.get("size"), *(info[name] for name in names)))
    return None
