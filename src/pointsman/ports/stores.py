"""The ports of a document store, and of the parser of its documents."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from pointsman.core.corpus.documents import Document, Listed


class DocumentStore(Protocol):
    """The place of the user's documents."""

    def listing(self) -> Iterator[Listed]:
        """Yield every included document, sorted by id.

        Raises:
            ListingFailed: the store cannot be reached or listed.
        """

    def read(self, document: str) -> bytes:
        """Return the bytes of a listed document.

        Raises:
            StoreMoved: it is gone, or can no longer be read.
        """

    def unread(self) -> Mapping[str, int]:
        """Return ending → number of files that the last listing saw and that no pattern of ``store.include`` takes.

        Hidden files, excluded ones and symbolic links do not count. Empty before the first listing; it lists nothing.
        """

    def version(self) -> str | None:
        """Return the store's own version of the last listing (a git commit), or None if it has no versions."""


class DocumentReader(Protocol):
    """Parses the bytes of a document."""

    def __call__(self, document: str, raw: bytes, /) -> Document:
        """Return the document with its blocks and metadata.

        Raises:
            UnicodeDecodeError: the bytes of a text format are not UTF-8.
            Unreadable: the document is damaged, encrypted, empty or too large.
        """
