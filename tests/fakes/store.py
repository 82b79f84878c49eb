"""A document store in memory that can fail as real stores do."""

from collections.abc import Iterator, Mapping

from pointsman.core.corpus.documents import Listed
from pointsman.core.errors import ListingFailed, StoreMoved, UsageError


class FakeStore:
    """Documents in a dictionary; every write gives a new tag, like a modification time."""

    def __init__(self, documents: Mapping[str, bytes | str] | None = None) -> None:
        self.problems: dict[str, str] = {}
        """Document id → why it cannot be read."""
        self.unreachable: str | None = None
        """Why the store cannot be listed, or None."""
        self.lost: set[str] = set()
        """Documents that disappear after the listing."""
        self.commit: str | None = None
        """Commit id of a store that has commits, else None."""
        self.passed_over: dict[str, int] = {}
        """Ending → number of files that no pattern takes."""
        self.listings = 0
        self.reads: list[str] = []
        self._documents: dict[str, bytes] = {}
        self._tags: dict[str, str] = {}
        self._writes = 0
        for document, content in (documents or {}).items():
            self.write(document, content)

    def write(self, document: str, content: bytes | str) -> None:
        """Add or replace a document."""
        raw = content.encode() if isinstance(content, str) else content
        self._writes += 1
        self._documents[document] = raw
        self._tags[document] = f"{len(raw)}-{self._writes}"

    def remove(self, document: str) -> None:
        """Remove a document."""
        del self._documents[document], self._tags[document]

    def rename(self, old: str, new: str) -> None:
        """Rename a document; it keeps its tag, like a file."""
        self._documents[new] = self._documents.pop(old)
        self._tags[new] = self._tags.pop(old)

    def version(self) -> str | None:
        return self.commit

    def unread(self) -> Mapping[str, int]:
        return dict(self.passed_over) if self.listings else {}

    def listing(self) -> Iterator[Listed]:
        self.listings += 1
        if self.unreachable is not None:
            raise ListingFailed(f"cannot list the store ({self.unreachable}); nothing is known about what it holds")
        entries = [Listed(name, len(raw), self._tags[name]) for name, raw in self._documents.items()]
        entries += [Listed(name, 0, "link", problem) for name, problem in self.problems.items()]
        return iter(sorted(entries, key=lambda listed: listed.document))

    def read(self, document: str) -> bytes:
        if any(part in ("", ".", "..") for part in document.split("/")):
            raise UsageError(f"{document!r} is not a document id: it must be a path below the store without '..'")
        self.reads.append(document)
        if document in self.lost or document in self.problems or document not in self._documents:
            raise StoreMoved(f"{document} was listed but cannot be read any more; list again")
        return self._documents[document]
