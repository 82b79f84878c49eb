"""Memory, quarantine and tracker whose writes need the write lease. What each method does: ``ports``."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from pointsman.core.corpus.documents import Refusal
from pointsman.ports.tracking import Tracker
from pointsman.ports.workspace import Memory, QuarantineStore
from pointsman.steps.ledger.write_lease import WriteLease


class LeasedMemory(Memory):
    """A memory whose writes need the lease."""

    def __init__(self, memory: Memory, lease: WriteLease) -> None:
        self._memory, self._lease = memory, lease

    def get(self, name: str) -> dict[str, Any]:
        return self._memory.get(name)

    def put(self, name: str, value: Mapping[str, Any]) -> None:
        self._lease.ensure()
        self._memory.put(name, value)


class LeasedQuarantine(QuarantineStore):
    """A quarantine whose writes need the lease."""

    def __init__(self, quarantine: QuarantineStore, lease: WriteLease) -> None:
        self._quarantine, self._lease = quarantine, lease

    def replace(self, suite: str, refusals: Sequence[Refusal]) -> None:
        self._lease.ensure()
        self._quarantine.replace(suite, refusals)

    def rows(self, suite: str) -> list[Refusal]:
        return self._quarantine.rows(suite)

    def counts(self) -> dict[str, int]:
        return self._quarantine.counts()


class LeasedTracker(Tracker):
    """A tracker whose writes need the lease."""

    def __init__(self, tracker: Tracker, lease: WriteLease) -> None:
        self._tracker, self._lease = tracker, lease

    def record(self, decision: Mapping[str, Any], *, files: Mapping[str, Path]) -> str | None:
        self._lease.ensure()
        return self._tracker.record(decision, files=files)

    def sync(self, release: Mapping[str, Any], *, live: str | None, previous: str | None) -> None:
        self._lease.ensure()
        self._tracker.sync(release, live=live, previous=previous)

    def rewrite(self, change: Callable[[str], str]) -> int:
        self._lease.ensure()
        return self._tracker.rewrite(change)

    def taint(self, part: str, content: str, by: str | None) -> bool:
        self._lease.ensure()
        return self._tracker.taint(part, content, by)

    def certify(self, certificate: Mapping[str, Any], note: str) -> str:
        self._lease.ensure()
        return self._tracker.certify(certificate, note)

    def reachable(self) -> str | None:
        return self._tracker.reachable()

    def preserve(self, objects: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
        self._lease.ensure()
        self._tracker.preserve(objects)

    def preserved(self) -> set[tuple[str, str]]:
        return self._tracker.preserved()

    def recall(self, kind: str, id_: str) -> dict[str, Any] | None:
        return self._tracker.recall(kind, id_)

    def remove_preserved(self, objects: Collection[tuple[str, str]]) -> None:
        self._lease.ensure()
        self._tracker.remove_preserved(objects)

    def recorded(self) -> set[str]:
        return self._tracker.recorded()

    def versions(self, part: str) -> list[str]:
        return self._tracker.versions(part)

    def aliases(self, part: str) -> dict[str, str]:
        return self._tracker.aliases(part)
