"""The write lease: one writer at a time to a ledger and its collections, on any number of machines (ADR 13).

The writer renews its lease while it works. A lease that nobody renews ends by itself. Each write first checks that this
run still has the lease. The live pointer moves and the lease is checked in one write, so a writer that was suspended
for longer than its lease cannot release anything.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from pointsman.core.errors import IndexBusy, LedgerConflict
from pointsman.core.hashing import content_id
from pointsman.ports.ledger import Ledger

LEASE_SECONDS = 120.0
"""Seconds until a lease ends if nobody renews it: more than one write takes, and more than two clocks differ."""


class WriteLease:
    """The right of one run to write.

    Args:
        ledger: stores the lease.
        owner: id of one workspace on one machine, where only one process writes at a time. It may take over the lease
            of its own killed run at once.
        clock: seconds since the epoch.
    """

    def __init__(self, ledger: Ledger, owner: str, clock: Callable[[], float]) -> None:
        self._ledger, self._owner, self._clock = ledger, owner, clock
        self._run = content_id([owner, clock()])
        self._held: dict[str, Any] | None = None
        self._lock = threading.RLock()

    def take(self) -> None:
        """Take the lease if nobody has it, if it belongs to the same owner, or if it has ended.

        Raises:
            IndexBusy: another writer has it.
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

    def ensure(self) -> None:
        """Check before a write that this run has the lease; renew it in the second half of its time.

        Raises:
            LedgerConflict: it ended and another writer took it.
        """
        with self._lock:
            held = self._current()
            now = self._clock()
            if held["until"] - now < LEASE_SECONDS / 2:
                new = self._new(now)
                try:
                    self._ledger.set_lease(held, new)
                except LedgerConflict:
                    self._held = None
                    raise
                self._held = new

    def swap(self, ledger: Ledger, expected: Mapping[str, Any] | None, new: Mapping[str, Any]) -> None:
        """Move the live pointer under this lease, in one write.

        Raises:
            LedgerConflict: another writer has the lease or moved the pointer. The pointer did not move.
        """
        with self._lock:
            self.ensure()
            ledger.swap(expected, new, lease=self._held)

    def give_back(self) -> None:
        """Give the lease back. Does nothing if another writer already has it."""
        with self._lock:
            if self._held is not None and self._ledger.lease() == self._held:
                self._ledger.set_lease(self._held, None)
            self._held = None

    def _new(self, now: float) -> dict[str, Any]:
        return {"owner": self._owner, "run": self._run, "until": round(now + LEASE_SECONDS, 3)}

    def _current(self) -> dict[str, Any]:
        if self._held is None:
            raise LedgerConflict("another writer took the lease; nothing more was written. Run the command again")
        return self._held

    def _busy(self, seconds: float) -> str:
        return (
            f"another machine is writing to these collections. If it has stopped, its lease ends in {seconds:.0f} s. "
            "Wait and run the command again; nothing was changed"
        )
