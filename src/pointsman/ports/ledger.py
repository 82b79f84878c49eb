"""The port of the ledger: records by content id, and one pointer."""

from collections.abc import Mapping
from typing import Any, Protocol


class Ledger(Protocol):
    """Content-addressed JSON objects, one pointer moved by compare-and-swap, and the claim of whoever may write."""

    def put(self, kind: str, id_: str, value: Mapping[str, Any]) -> None:
        """Store an object; storing the same id again changes nothing."""

    def get(self, kind: str, id_: str) -> dict[str, Any] | None:
        """Return an object, or None."""

    def ids(self, kind: str) -> list[str]:
        """Return the ids of all objects of a kind, ordered."""

    def kinds(self) -> list[str]:
        """Return the kinds that there are objects of, ordered."""

    def replace(self, kind: str, id_: str, value: Mapping[str, Any]) -> None:
        """Store an object in the place of whatever has that id, or of nothing; readers get the one or the other."""

    def remove(self, kind: str, id_: str) -> None:
        """Remove an object; nothing happens when it is not there."""

    def pointer(self) -> dict[str, Any] | None:
        """Return the value of the pointer, or None before its first move."""

    def swap(
        self, expected: Mapping[str, Any] | None, new: Mapping[str, Any], *, claim: Mapping[str, Any] | None = None
    ) -> None:
        """Move the pointer from ``expected`` to ``new`` in one durable write.

        Raises:
            LedgerConflict: the pointer is not at ``expected``, or ``claim`` is given and is not the claim held; the
                pointer was left where it is.
        """

    def mend(self, new: Mapping[str, Any]) -> None:
        """Write the pointer where there is none, or none that can be read.

        Raises:
            LedgerConflict: there is one that can be read; it was left where it is.
        """

    def claim(self) -> dict[str, Any] | None:
        """Return the claim of whoever may write, or None; one that cannot be read is nobody's."""

    def hold(self, expected: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> None:
        """Change the claim from ``expected`` to ``new`` (None: nobody's) in one durable write.

        Raises:
            LedgerConflict: the claim is not ``expected``; it was left as it is.
        """
