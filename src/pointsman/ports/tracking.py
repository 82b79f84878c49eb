"""The port of the tracker: the record of runs, where people review them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol


class Tracker(Protocol):
    """The record of runs and models, where people review them. It copies the ledger and never says what is live."""

    def record(self, decision: Mapping[str, Any], *, files: Mapping[str, Path]) -> str | None:
        """Write a decision as one run with ``files`` as artefacts; return the run id.

        The same decision id written again updates the same run.
        """

    def sync(self, release: Mapping[str, Any], *, live: str | None, previous: str | None) -> None:
        """Register the release and its parts, and set the aliases live, previous and candidate."""

    def rewrite(self, change: Callable[[str], str]) -> int:
        """Replace every recorded text (artefacts, tags, descriptions) by ``change(text)``.

        Return the number of texts that changed.
        """

    def taint(self, part: str, content: str, by: str | None) -> bool:
        """Mark a registered version of ``part`` as tainted by ``by`` (None: not tainted). Return whether it exists."""

    def certify(self, certificate: Mapping[str, Any], note: str) -> str:
        """Write a certificate, and ``note`` for people, as one run with the name ``forget``; return the run id."""

    def reachable(self) -> str | None:
        """Return None if the tracker can be written to, else the reason why not."""

    def preserve(self, objects: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
        """Store objects of the ledger (kind, id, value) as artefacts. A lost ledger can be rebuilt from them."""

    def preserved(self) -> set[tuple[str, str]]:
        """Return (kind, id) of every object that ``preserve`` stored."""

    def recall(self, kind: str, id_: str) -> dict[str, Any] | None:
        """Return an object that ``preserve`` stored, or None if it is missing or cannot be read."""

    def remove_preserved(self, objects: Collection[tuple[str, str]]) -> None:
        """Delete these objects (kind, id) from the artefacts. Unknown ones are ignored."""

    def recorded(self) -> set[str]:
        """Return the ids of the decisions that have a run."""

    def versions(self, part: str) -> list[str]:
        """Return the content ids registered for ``part`` (index, retriever, generator or release), oldest first."""

    def aliases(self, part: str) -> dict[str, str]:
        """Return content ids by alias of ``part``."""
