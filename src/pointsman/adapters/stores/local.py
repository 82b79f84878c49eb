"""A local folder as a document store."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from pointsman.adapters.stores.local_files import (
    folder_problem,
    inside,
    is_folder,
    is_same_folder,
    link_entry,
    listed_file,
    listing_failed,
    read_below,
    root_status,
    scan,
)
from pointsman.adapters.stores.names import Chosen, document_id, refuse_escape, shown, told_apart
from pointsman.core.corpus.documents import Listed
from pointsman.core.corpus.unread import count_by_ending
from pointsman.core.errors import ListingFailed, StoreMoved


class LocalStore:
    """A folder. Names with a leading dot are skipped; a link to a folder of the store is not followed."""

    def __init__(self, folder: Path, chosen: Chosen) -> None:
        """Take the folder; read nothing."""
        self.folder = folder
        self._chosen = chosen
        self._links: frozenset[str] | None = None
        """Ids that the last listing reached through a link."""
        self._names: Mapping[str, str] = {}
        """Id → path below the folder, of the last listing, where the two differ in Unicode form."""
        self._root: os.stat_result | None = None
        """The folder itself, as the last listing found it."""
        self._unread: list[str] = []
        """Files of the last listing that no pattern of ``store.include`` takes."""

    def version(self) -> None:
        """Return None: a folder has no version of its own."""

    def unread(self) -> Mapping[str, int]:
        """Return ending → number of files of the last listing that no pattern takes; links do not count."""
        return count_by_ending(self._unread)

    def listing(self) -> Iterator[Listed]:
        """Yield every included entry, ordered by id; the whole walk ends before the first is yielded.

        A folder inside that cannot be listed is an entry with a problem, whose id ends with ``/``.

        Raises:
            ListingFailed: the folder is missing, cannot be listed, or was replaced meanwhile.
        """
        found: dict[str, Listed] = {}
        links: set[str] = set()
        unread: list[str] = []
        real = os.path.realpath(self.folder)
        root = root_status(real)
        for path, entry in self._entries(real):
            document = document_id(path)
            if isinstance(entry, OSError):
                found[path] = folder_problem(document, entry)
            elif entry.is_symlink():
                listed = link_entry(document, entry.path, real, self._chosen)
                if listed and listed.problem is None:
                    links.add(document)
                if listed:
                    found[path] = listed
            elif document in self._chosen:
                if listed := listed_file(document, entry):
                    found[path] = listed
            elif self._chosen.passes_over(document):
                unread.append(document)
        self._require_root(real, root)
        entries, names = told_apart(found)
        self._root, self._links, self._names, self._unread = root, frozenset(links), names, unread
        return iter(entries)

    def _entries(self, real: str) -> Iterator[tuple[str, "os.DirEntry[str] | OSError"]]:
        """Yield (path, entry) of every visible file and link; excluded folders are not listed.

        A folder inside that cannot be listed is yielded with the error; one that is gone by now is not there.

        Raises:
            ListingFailed: the folder of the store itself cannot be listed.
        """
        waiting = [("", real)]
        while waiting:
            prefix, folder = waiting.pop()
            try:
                entries = scan(folder)
            except OSError as error:
                if not prefix:
                    raise listing_failed(folder, error) from error
                if not isinstance(error, FileNotFoundError | NotADirectoryError):  # else it was removed during the walk
                    yield prefix, error
                continue
            for entry in entries:
                path = prefix + entry.name
                if entry.name.startswith("."):
                    continue
                if not is_folder(entry):
                    yield path, entry
                elif not self._chosen.prunes(document_id(path)):
                    waiting.append((path + "/", entry.path))

    def _require_root(self, real: str, root: os.stat_result) -> None:
        """Require that the folder is the one that was there before: one that is unmounted looks as if it were empty.

        Raises:
            ListingFailed: it is gone, or another folder is in its place.
        """
        if not is_same_folder(root, root_status(real)):
            raise ListingFailed(
                f"{shown(real)} was replaced while it was read; nothing is known about what the store holds, so "
                "nothing was changed; is it mounted?"
            )

    def read(self, document: str) -> bytes:
        """Return the bytes of a document. No part of its path may lead out of the store, at any time.

        Raises:
            UsageError: the id names something outside the store.
            StoreMoved: it is gone, cannot be read, or became a link after it was listed.
            ListingFailed: the folder of the store is gone, or was replaced.
        """
        refuse_escape(document)
        real = os.path.realpath(self.folder)
        path = f"{real}/{self._name(document)}"
        resolved = os.path.realpath(path)
        unlisted = self._links is not None and document not in self._links
        if resolved != path and (unlisted or not inside(resolved, real)):
            raise StoreMoved(
                f"{shown(document)} is now a symbolic link (→ {shown(resolved)}), which it was not when "
                "the store was listed; it was not opened; list again"
            )
        try:
            return read_below(real, os.path.relpath(resolved, real).split("/"))
        except OSError as error:
            self._require_root(real, self._root or root_status(real))
            raise StoreMoved(
                f"{shown(document)} was listed but cannot be read any more ({error.strerror}); list again"
            ) from error

    def _name(self, document: str) -> str:
        """Return the path of a document; the store is listed where the id alone does not tell it."""
        if not document.isascii() and self._links is None and not os.path.lexists(f"{self.folder}/{document}"):
            self.listing()
        return self._names.get(document, document)
