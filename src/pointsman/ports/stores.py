"""The port of a document store."""

from collections.abc import Iterator
from typing import Protocol

from pointsman.core.corpus.documents import Listed


class DocumentStore(Protocol):
    """Where the user's documents lie."""

    def listing(self) -> Iterator[Listed]:
        """Yield every included entry, ordered by id.

        Raises:
            ListingFailed: the store cannot be reached or listed.
        """

    def read(self, document: str) -> bytes:
        """Return the bytes of a listed document.

        Raises:
            StoreMoved: it is gone, or cannot be read any more.
        """

    def version(self) -> str | None:
        """Return the store's own name for what the last listing saw (a commit); None where it has none."""
