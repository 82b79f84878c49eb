"""The port of the ledger: records by id, one live pointer and one write lease."""

from collections.abc import Mapping
from typing import Any, Protocol


class Ledger(Protocol):
    """JSON objects by kind and id, a pointer that moves by compare-and-swap, and the lease of the one writer."""

    def put(self, kind: str, id_: str, value: Mapping[str, Any]) -> None:
        """Store an object. An id that is stored already keeps its value."""

    def get(self, kind: str, id_: str) -> dict[str, Any] | None:
        """Return an object, or None if there is none."""

    def ids(self, kind: str) -> list[str]:
        """Return the ids of all objects of a kind, sorted."""

    def kinds(self) -> list[str]:
        """Return the kinds of all objects, sorted."""

    def replace(self, kind: str, id_: str, value: Mapping[str, Any]) -> None:
        """Store an object under an id, whatever is stored there. Readers get the old or the new one, whole."""

    def remove(self, kind: str, id_: str) -> None:
        """Remove an object. Nothing happens if there is none."""

    def pointer(self) -> dict[str, Any] | None:
        """Return the value of the live pointer, or None before its first move."""

    def swap(
        self, expected: Mapping[str, Any] | None, new: Mapping[str, Any], *, lease: Mapping[str, Any] | None = None
    ) -> None:
        """Move the pointer from ``expected`` to ``new`` in one durable write.

        Raises:
            LedgerConflict: the pointer is not at ``expected``, or ``lease`` is given and is not the current lease. The
                pointer did not move.
        """

    def restore_pointer(self, new: Mapping[str, Any]) -> None:
        """Write the pointer if there is none, or none that can be read.

        Raises:
            LedgerConflict: there is a pointer that can be read. It did not move.
        """

    def lease(self) -> dict[str, Any] | None:
        """Return the current write lease, or None. A lease that cannot be read counts as none."""

    def set_lease(self, expected: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> None:
        """Change the write lease from ``expected`` to ``new`` (None: no lease) in one durable write.

        Raises:
            LedgerConflict: the lease is not ``expected``. It did not change.
        """
