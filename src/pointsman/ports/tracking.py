"""The port of the tracker: a record of runs, and the review desk."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol


class Tracker(Protocol):
    """The record and the review desk. It mirrors the ledger and is never asked what is live."""

    def record(self, decision: Mapping[str, Any], *, files: Mapping[str, Path]) -> str | None:
        """Write one decision record as one run, with ``files`` as artefacts; return the run id.

        Recording the same decision id again updates the same run.
        """

    def mirror(self, release: Mapping[str, Any], *, live: str | None, previous: str | None) -> None:
        """Register the release and its parts, and set the aliases live, previous and candidate."""

    def rewrite(self, change: Callable[[str], str]) -> int:
        """Offer every text ever recorded (artefacts, tags, descriptions) to ``change``, and keep what it returns.

        Return how many came back otherwise.
        """

    def taint(self, part: str, content: str, by: str | None) -> bool:
        """Mark the registered version of ``part`` with this content as tainted, or not (None); tell if there is one."""

    def certify(self, certificate: Mapping[str, Any], note: str) -> str:
        """Write a certificate, and the same for people, as one run called ``forget``; return the run id."""

    def reachable(self) -> str | None:
        """Return None when the tracker can be written to, else why not."""

    def preserve(self, objects: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
        """Keep objects of the ledger (kind, id, value) as artefacts, from which a lost ledger is rebuilt."""

    def preserved(self) -> set[tuple[str, str]]:
        """Return kind and id of every object that is kept."""

    def recall(self, kind: str, id_: str) -> dict[str, Any] | None:
        """Return an object as it was kept, or None when it is not there or cannot be read."""

    def let_go(self, objects: Collection[tuple[str, str]]) -> None:
        """Keep these objects (kind, id) no longer; unknown ones are passed over."""

    def recorded(self) -> set[str]:
        """Return the ids of the decisions that have a run."""

    def versions(self, part: str) -> list[str]:
        """Return the content ids registered for ``part`` (index, retriever, generator or release), oldest first."""

    def aliases(self, part: str) -> dict[str, str]:
        """Return the content id behind each alias of ``part``."""
