"""The document store that a URL names."""

from collections.abc import Iterable
from pathlib import Path

from pointsman.adapters.local_store import LocalStore
from pointsman.adapters.remote_store import RemoteStore
from pointsman.adapters.store_names import Chosen
from pointsman.ports import DocumentStore


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
