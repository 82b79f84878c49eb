"""What a query opens: it reads what is there, and whatever a step would write stays in this process.

``plan``, ``status``, ``search`` and the like leave every file of the workspace as it is.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pointsman.core.corpus.documents import Refusal
from pointsman.core.errors import PointsmanError
from pointsman.ports.ledger import Ledger
from pointsman.ports.workspace import Memory, QuarantineStore


class QueryMemory:
    """A memory that forgets: values put are kept until the query ends."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory that is read."""
        self._memory = memory
        self._put: dict[str, dict[str, Any]] = {}

    def get(self, name: str) -> dict[str, Any]:
        """Return what this query put under ``name``, else what is remembered."""
        return dict(self._put[name]) if name in self._put else self._memory.get(name)

    def put(self, name: str, value: Mapping[str, Any]) -> None:
        """Keep a value until the query ends."""
        self._put[name] = dict(value)


class QueryQuarantine:
    """A quarantine that shows what this query refused, and keeps nothing."""

    def __init__(self, quarantine: QuarantineStore) -> None:
        """Take the quarantine that is read."""
        self._quarantine = quarantine
        self._replaced: dict[str, list[Refusal]] = {}

    def replace(self, suite: str, refusals: Sequence[Refusal]) -> None:
        """Show these rows of ``suite`` until the query ends."""
        self._replaced[suite] = list(refusals)

    def rows(self, suite: str) -> list[Refusal]:
        """Return the rows of ``suite`` as this query found them, else as they are kept."""
        return self._replaced[suite] if suite in self._replaced else self._quarantine.rows(suite)

    def counts(self) -> dict[str, int]:
        """Return the number of refused items of every suite."""
        found = {suite: len({row.item for row in rows}) for suite, rows in self._replaced.items()}
        return self._quarantine.counts() | found


class QueryLedger(Ledger):
    """A ledger that is read only."""

    def __init__(self, ledger: Ledger) -> None:
        """Take the ledger that is read."""
        self._ledger = ledger

    def get(self, kind: str, id_: str) -> dict[str, Any] | None:
        """Return an object, or None."""
        return self._ledger.get(kind, id_)

    def ids(self, kind: str) -> list[str]:
        """Return the ids of all objects of a kind, ordered."""
        return self._ledger.ids(kind)

    def kinds(self) -> list[str]:
        """Return the kinds that there are objects of, ordered."""
        return self._ledger.kinds()

    def rewrite(self) -> None:
        """Do nothing: a query removes nothing."""

    def pointer(self) -> dict[str, Any] | None:
        """Return the value of the live pointer, or None."""
        return self._ledger.pointer()

    def lease(self) -> dict[str, Any] | None:
        """Return the write lease, or None."""
        return self._ledger.lease()

    def lease_record(self) -> dict[str, Any] | None:
        """Return the write lease, or what the last writer left."""
        return self._ledger.lease_record()

    def put(self, kind: str, id_: str, value: Mapping[str, Any], *, token: int | None = None) -> None:
        """Refuse to write."""
        raise _refusal(kind, id_, value, token)

    def replace(self, kind: str, id_: str, value: Mapping[str, Any], *, token: int | None = None) -> None:
        """Refuse to write."""
        raise _refusal(kind, id_, value, token)

    def remove(self, kind: str, id_: str, *, token: int | None = None) -> None:
        """Refuse to write."""
        raise _refusal(kind, id_, token)

    def swap(
        self, expected: Mapping[str, Any] | None, new: Mapping[str, Any], *, lease: Mapping[str, Any] | None = None
    ) -> None:
        """Refuse to write."""
        raise _refusal("pointer", expected, new, lease)

    def restore_pointer(self, new: Mapping[str, Any], *, token: int | None = None) -> None:
        """Refuse to write."""
        raise _refusal("pointer", new, token)

    def fence(self, token: int) -> None:
        """Refuse to write."""
        raise _refusal("fence", token)

    def set_lease(self, expected: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> None:
        """Refuse to write."""
        raise _refusal("lease", expected, new)


def _refusal(what: str, *values: object) -> PointsmanError:
    return PointsmanError(f"a query writes nothing, and this would write {what} {values!r:.120} to the ledger")
