"""Opens the document store at a URL."""

from collections.abc import Iterable
from pathlib import Path

from pointsman.adapters.stores.local import LocalStore
from pointsman.adapters.stores.names import Chosen
from pointsman.adapters.stores.timed import TimedStore
from pointsman.core.credentials import without_credentials
from pointsman.ports.stores import DocumentStore
from pointsman.settings.params import Store
from pointsman.settings.workspace import WorkspaceFolder


def configured_store(store: Store, root: Path) -> DocumentStore:
    """Return the store of params.yaml; a listing of it ends after ``store.max_seconds``.

    Raises:
        UsageError: as ``open_store`` says.
    """
    opened = open_store(store.url, root=root, include=store.include, exclude=store.exclude)
    return TimedStore(opened, name=without_credentials(store.url), seconds=store.max_seconds)


def open_store(url: str, *, root: Path, include: Iterable[str], exclude: Iterable[str]) -> DocumentStore:
    """Return the store at ``url``: a folder relative to ``root``, a git repository, or any fsspec URL.

    Nothing is listed or fetched yet.

    Raises:
        UsageError: the URL's protocol is unknown, its driver is not installed, or the URL cannot be read.
    """
    chosen = Chosen.of(include, exclude)
    if url.startswith("git+"):
        from pointsman.adapters.stores.git.store import GitStore
        from pointsman.adapters.stores.git.url import GitUrl

        return GitStore(GitUrl.of(url, root), chosen, mirrors=WorkspaceFolder(root).state / "git")
    folder = local_folder(url, root)
    if folder is not None:
        return LocalStore(folder, chosen)
    from pointsman.adapters.stores.fsspec import RemoteStore

    return RemoteStore(url, chosen)


def local_folder(url: str, root: Path) -> Path | None:
    """Return the local folder that ``url`` names, relative to ``root``; None for any other store."""
    if url.startswith("git+"):
        return None
    scheme, found, rest = url.partition("://")
    if not found:
        return root / url
    return root / rest if scheme in ("file", "local") else None
