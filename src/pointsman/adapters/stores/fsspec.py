"""A document store at any fsspec URL."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pointsman.adapters.stores.fsspec_objects import UNLISTED, Info, find, is_of_one, judged
from pointsman.adapters.stores.names import (
    Chosen,
    document_id,
    hidden,
    path_problem,
    printable_entry,
    refuse_escape,
    shown,
    told_apart,
)
from pointsman.core.corpus.documents import Listed
from pointsman.core.corpus.unread import count_by_ending
from pointsman.core.credentials import masked, secrets_of, without_credentials
from pointsman.core.errors import ListingFailed, StoreMoved, UsageError

S3 = ("s3", "s3a")

ONE_REQUEST = {"max_concurrency": 1}
"""Reads an object with one request; s3fs would otherwise ask for its size first, to read it in parts."""

IN_THE_ENVIRONMENT = "name them in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL, …)"


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
        self._names: Mapping[str, str] = {}
        """Id → path of the last listing, where the two differ in Unicode form."""
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
        found: list[Info] = self._reach(
            "list", lambda: find(system, root, self._chosen, at_once=_lists_at_once(system))
        )
        entries: dict[str, Listed] = {}
        unread: list[str] = []
        for info in found:
            path = info["name"].removeprefix(root).removeprefix("/" if root else "")
            problem = path_problem(path)
            plain = document_id("/".join(part for part in path.split("/") if part))
            if UNLISTED in info:
                entries[path] = self._folder(document_id(path), info[UNLISTED])
            elif not path.endswith("/") and plain in self._chosen and (problem or not hidden(path)):
                entries[path] = self._entry(document_id(path), info, problem, system=system, root=root)
            elif not path.endswith("/") and not problem and self._chosen.passes_over(plain):
                unread.append(plain)
        listed, self._names = told_apart(entries)
        self._unread = unread
        return iter(listed)

    def read(self, document: str) -> bytes:
        """Return the bytes of an object.

        Raises:
            UsageError: the id names something outside the store.
            ListingFailed: the store cannot be opened, or is away by now.
            StoreMoved: it is gone, or cannot be read any more.
        """
        refuse_escape(document)
        self._opened = self._opened or self._reach("open", self._open)
        system, root = self._opened
        path = self._names.get(document, document)
        try:
            return bytes(system.cat_file(f"{root}/{path}" if root else path))
        except Exception as error:  # noqa: BLE001 - each driver raises errors of its own
            if not is_of_one(error):
                self._reach("reach", lambda: system.ls(root, detail=True))
            raise StoreMoved(
                f"{shown(document)} cannot be read from {self._shown} any more ({self._said(error)}); list again"
            ) from self._cause(error)

    def _open(self) -> tuple[Any, str]:
        """Return (driver, path of the root in it); the driver keeps nothing of an earlier listing."""
        import fsspec

        options = ONE_REQUEST if self._protocol in S3 else {}
        system, path = fsspec.core.url_to_fs(self.url, skip_instance_cache=True, use_listings_cache=False, **options)
        return system, str(path).rstrip("/")

    def _entry(self, document: str, info: Info, problem: str | None, *, system: Any, root: str) -> Listed:
        """Return the entry of an object; one of which nothing can be had has a problem, and is looked at again.

        Raises:
            ListingFailed: the store is away by now.
        """
        try:
            size, tag = judged(system, info)
        except Exception as error:  # noqa: BLE001 - each driver raises errors of its own
            if not is_of_one(error):
                self._reach("reach", lambda: system.ls(root, detail=True))
            why = f"the store does not give it ({self._said(error)}); give access to it, or exclude it"
            return printable_entry(document, 0, "unknown", problem or why, settled=False)
        return printable_entry(document, size, tag, problem)

    def _folder(self, document: str, error: Exception) -> Listed:
        why = f"folder cannot be listed ({self._said(error)}); what is below it stays as it is; give access to it"
        return printable_entry(document, 0, "folder", why, settled=False)

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
        return f"{type(error).__name__}: {' '.join(masked(str(error), self.url).split())}"

    def _cause(self, error: Exception) -> Exception | None:
        """Return the error to chain; None where its message may show credentials of the URL."""
        return None if secrets_of(self.url) else error


def _lists_at_once(system: Any) -> bool:
    """Tell whether a driver has its own recursive listing; fsspec's general one silently leaves out what fails."""
    from fsspec.asyn import AsyncFileSystem
    from fsspec.spec import AbstractFileSystem

    if isinstance(system, AsyncFileSystem):
        return type(system)._find is not AsyncFileSystem._find  # noqa: SLF001 - the method that drivers override
    return type(system).find is not AbstractFileSystem.find
