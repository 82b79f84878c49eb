"""The port of the ledger: records by id, one live pointer and one write lease."""

from collections.abc import Mapping
from typing import Any, Protocol


class Ledger(Protocol):
    """JSON objects by kind and id, a pointer that moves by compare-and-swap, and the lease of the one writer.

    Each writer has a token, one greater than that of the writer before. A write that gives its token is refused with
    ``LedgerConflict`` after a greater token was given out; nothing is written then.
    """

    def put(self, kind: str, id_: str, value: Mapping[str, Any], *, token: int | None = None) -> None:
        """Store an object. An id that is stored already keeps its value."""

    def get(self, kind: str, id_: str) -> dict[str, Any] | None:
        """Return an object, or None if there is none."""

    def ids(self, kind: str) -> list[str]:
        """Return the ids of all objects of a kind, sorted."""

    def kinds(self) -> list[str]:
        """Return the kinds of all objects, sorted."""

    def replace(self, kind: str, id_: str, value: Mapping[str, Any], *, token: int | None = None) -> None:
        """Store an object under an id, whatever is stored there. Readers get the old or the new one, whole."""

    def remove(self, kind: str, id_: str, *, token: int | None = None) -> None:
        """Remove an object. Nothing happens if there is none."""

    def rewrite(self) -> None:
        """Copy what is stored into new files and delete the old ones, with what was removed or replaced there.

        The caller has the write lease. Nothing changes for a reader.
        """

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

    def restore_pointer(self, new: Mapping[str, Any], *, token: int | None = None) -> None:
        """Write the pointer if there is none, or none that can be read.

        Raises:
            LedgerConflict: there is a pointer that can be read. It did not move.
        """

    def lease(self) -> dict[str, Any] | None:
        """Return the current write lease, or None. A lease that cannot be read counts as none."""

    def lease_record(self) -> dict[str, Any] | None:
        """Return the write lease, or what the last writer left: no ``owner``, but its ``token``. Unreadable: None."""

    def fence(self, token: int) -> None:
        """Refuse from now on every write with a smaller token to a stored object, also one that is on its way."""

    def set_lease(self, expected: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> None:
        """Change the lease record from ``expected`` to ``new`` (None: no record) in one durable write.

        Raises:
            LedgerConflict: the record is not ``expected``. It did not change.
        """
