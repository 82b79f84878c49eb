"""What can be asked of a workspace; nothing that readers see changes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pointsman.api import reviews

if TYPE_CHECKING:
    from pointsman.api.results import Answer, Explanation, History, Passages, Quarantine, ServedDocument, Status
    from pointsman.ports.progress import Progress


def no_progress(_label: str, _done: int, _total: int) -> None:
    """Show no progress."""


class Queries:
    """A folder with params.yaml, and what it answers."""

    def __init__(self, root: Path | str = ".", *, progress: "Progress" = no_progress) -> None:
        """Name the folder; nothing is read."""
        self.root = Path(root)
        self._progress = progress

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.root)!r})"

    def search(
        self,
        question: str,
        *,
        top_k: int | None = None,
        groups: Sequence[str] | None = None,
        where: Sequence[str] | None = None,
    ) -> "Passages":
        """Return the passages of the live release that a member of ``groups`` may see.

        Args:
            question: what to look for.
            top_k: passages; ``retriever.top_k`` by default.
            groups: who reads; without any, open documents alone.
            where: ``key=value`` that a document's metadata must say, all of them.
        """
        from pointsman.api.answers import search

        return search(self.root, question, top_k=top_k, groups=groups, where=where)

    def ask(
        self, question: str, *, groups: Sequence[str] | None = None, where: Sequence[str] | None = None
    ) -> "Answer":
        """Return an answer with citations and the release that answered; ``groups`` and ``where`` as in ``search``."""
        from pointsman.api.answers import ask

        return ask(self.root, question, groups=groups, where=where)

    def status(self) -> "Status":
        """Return what is live, what waits and what was refused; the store is not listed."""
        return reviews.status(self.root)

    def quarantine(self, *, why: bool = False) -> "Quarantine":
        """Return what was refused, where and why; with ``why`` the tables give the reason of each item."""
        return reviews.quarantine(self.root, self._progress, why=why)

    def show(self, document: str, *, groups: Sequence[str] | None = None) -> "ServedDocument":
        """Return what is known of a document: chunks, releases, access, quarantine, when it changed.

        Its text is left out unless it is open, or a member of ``groups`` may see it.
        """
        return reviews.show(self.root, document, groups)

    def explain(self, decision: str = "", *, tables: bool = False) -> "Explanation":
        """Return one decision, the last by default; with ``tables`` why probes failed and how answers were measured."""
        return reviews.explain(self.root, decision, tables=tables)

    def history(self) -> "History":
        """Return decisions and releases, newest first."""
        return reviews.history(self.root)
