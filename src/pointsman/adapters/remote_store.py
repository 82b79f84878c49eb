"""Any fsspec URL as a document store."""

from collections.abc import Callable, Iterator
from typing import Any

from pointsman.adapters.store_names import Chosen, named, refuse_escape, shown
from pointsman.core.documents import Listed
from pointsman.core.errors import ListingFailed, StoreMoved, UsageError
from pointsman.core.identity import digest

VERSION_FACTS = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified", "modified", "created")
"""What drivers call the fact that changes with an object, best first."""


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
            named(document, int(info.get("size") or 0), self._tag(path, info), None)
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
        refuse_escape(document)
        try:
            return bytes(self._system.cat_file(f"{self._root}/{document}"))
        except Exception as error:  # every driver has errors of its own
            raise StoreMoved(
                f"{shown(document)} cannot be read from {self.url} any more "
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
