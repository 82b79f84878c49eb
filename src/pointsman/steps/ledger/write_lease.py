"""The writer's claim: one writer at a time to a ledger and its collections, on however many machines (ADR 13).

A claim is renewed while its holder works and runs out when the holder is gone. Every write asks first whether the claim
is still held, and the pointer moves only under it, in the same write: a writer that slept through its claim can release
nothing.
"""

import threading
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, cast

from pointsman.core.errors import IndexBusy, LedgerConflict
from pointsman.core.hashing import content_id
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.steps.resources import Resources

LEASE_SECONDS = 120.0
"""How long a claim lasts that nobody renews: longer than a write may take, and than two machines' clocks may differ."""

INDEX_WRITES = frozenset({"create", "drop", "upsert", "retire", "delete", "erase", "optimize"})
LEDGER_WRITES = frozenset({"put", "replace", "remove", "mend"})


class WriteLease:
    """The right of one run to write.

    Args:
        ledger: where the claim lies.
        owner: who claims: one machine's workspace, in which only one process writes at a time. It may take over what a
            killed run of its own left behind, at once.
        clock: seconds since the epoch.
    """

    def __init__(self, ledger: Ledger, owner: str, clock: Callable[[], float]) -> None:
        self._ledger, self._owner, self._clock = ledger, owner, clock
        self._run = content_id([owner, clock()])
        self._held: dict[str, Any] | None = None
        self._lock = threading.RLock()

    def take(self) -> None:
        """Take the claim: nobody's, one's own, or one that has run out.

        Raises:
            IndexBusy: another writer holds it.
        """
        with self._lock:
            found, now = self._ledger.lease(), self._clock()
            if found is not None and found["owner"] != self._owner and found["until"] > now:
                raise IndexBusy(self._busy(found["until"] - now))
            new = self._new(now)
            try:
                self._ledger.set_lease(found, new)
            except LedgerConflict:
                raise IndexBusy(self._busy(LEASE_SECONDS)) from None
            self._held = new

    def assure(self) -> None:
        """Make sure that the claim is held and lasts, before a write.

        Raises:
            LedgerConflict: it ran out and another writer has it.
        """
        with self._lock:
            held = self._holding()
            now = self._clock()
            if held["until"] - now < LEASE_SECONDS / 2:
                new = self._new(now)
                try:
                    self._ledger.set_lease(held, new)
                except LedgerConflict:
                    self._held = None
                    raise
                self._held = new

    def swap(self, ledger: Ledger, *args: Any) -> None:
        """Move the pointer, under this claim, in one write.

        Raises:
            LedgerConflict: another writer has the claim, or the pointer was moved; it was left where it is.
        """
        with self._lock:
            self.assure()
            ledger.swap(*args, lease=self._held)

    def let_go(self) -> None:
        """Give the claim back; where another writer has it already, there is nothing to give."""
        with self._lock:
            if self._held is not None and self._ledger.lease() == self._held:
                self._ledger.set_lease(self._held, None)
            self._held = None

    def _new(self, now: float) -> dict[str, Any]:
        return {"owner": self._owner, "run": self._run, "until": round(now + LEASE_SECONDS, 3)}

    def _holding(self) -> dict[str, Any]:
        if self._held is None:
            raise LedgerConflict("another writer took over; nothing more is written, run it again")
        return self._held

    def _busy(self, seconds: float) -> str:
        return (
            f"another machine is writing to these collections; its claim runs out in {seconds:.0f} s if it is gone. "
            "Let it end and run this again, nothing was changed"
        )


class _Guarded:
    """A port whose writes ask for the claim first; everything else passes."""

    def __init__(self, port: Any, claim: WriteLease, writes: Collection[str]) -> None:
        self._port, self._claim, self._writes = port, claim, writes

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name == "swap":
            return lambda *args: self._claim.swap(self._port, *args)
        if name not in self._writes:
            return found

        def guarded(*args: Any, **named: Any) -> Any:
            self._claim.assure()
            return found(*args, **named)

        return guarded


def leased(resources: Resources, claim: WriteLease) -> Resources:
    """Return the ports whose index and ledger are written to under ``claim`` only."""
    index = cast("VectorIndex", _Guarded(resources.index, claim, INDEX_WRITES))
    ledger = cast("Ledger", _Guarded(resources.ledger, claim, LEDGER_WRITES))
    return replace(resources, index=index, ledger=ledger)
