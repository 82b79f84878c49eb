"""The write lease: one writer at a time to a ledger and its collections, on any number of machines (ADR 13, ADR 43).

The writer renews its lease while it works. Others judge a lease by whether its record changes, never by comparing two
wall clocks. Each write first reads the record; each writer has a token, and the ledger refuses a smaller one. Whoever
takes a lease over fences the collections that the lost writer may still write to.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

from pointsman.core.errors import IndexBusy, LedgerConflict, ModelMismatch, UsageError
from pointsman.core.hashing import content_id
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.steps.ledger.lease_record import LEASE_SECONDS, Clocks, Writer, believed, busy

LOG = logging.getLogger("pointsman.lease")

LEDGER = "ledger"
"""Stands for the ledger among the collections that a writer writes to; no collection has this name."""

RETRY_SECONDS = 2.0
"""Seconds between two attempts to reach a ledger that does not answer, and between two looks at another's lease."""


class WriteLease:
    """The right of one run to write.

    Args:
        ledger: stores the lease.
        writer: the process that asks for it.
        clocks: its clocks.
        dead: from a lease record: whether its process has certainly ended.
        progress: is told the seconds waited for a lease that may be lost.
    """

    def __init__(
        self,
        ledger: Ledger,
        writer: Writer,
        *,
        clocks: Clocks,
        dead: Callable[[Mapping[str, Any]], bool] = lambda _: False,
        progress: Callable[[str, int, int], None] = lambda *_: None,
    ) -> None:
        self._ledger, self._writer, self._clocks = ledger, writer, clocks
        self._dead, self._progress = dead, progress
        self._held: dict[str, Any] | None = None
        self._ends = 0.0
        self._why = "it has not taken the write lease"
        self._unanswered: set[str] = set()
        self._lock = threading.RLock()

    @property
    def record(self) -> dict[str, Any] | None:
        """The lease as this run last wrote it; None: it does not have it."""
        return self._held

    @property
    def token(self) -> int:
        """The token of this run.

        Raises:
            LedgerConflict: it does not have the lease any more.
        """
        return int(self._current()["token"])

    def take(self) -> None:
        """Take the lease if nobody has it, if its process has ended, or if it is not renewed for one lease length.

        Raises:
            IndexBusy: another writer has it.
        """
        found = self._ledger.lease_record()
        lost = found is not None and "owner" in found and found["owner"] != self._writer.id
        if found is not None and lost and not self._dead(found):
            if believed(found, self._clocks.now()):
                raise IndexBusy(busy(found, self._clocks.now()))
            self._watch(found)
        with self._lock:
            began, token = self._clocks.elapsed(), int((found or {}).get("token", 0)) + 1
            new = self._new({"token": token, "beat": 0, "writes": [], "unfenced": self._unfenced(found or {})})
            try:
                self._ledger.set_lease(found, new)
            except LedgerConflict:
                now = self._ledger.lease_record()
                if now != new:
                    raise IndexBusy(busy(now or {}, self._clocks.now())) from None
            self._held, self._ends = new, began + LEASE_SECONDS

    def fence(self, index: VectorIndex) -> None:
        """Refuse late writes of the writer before this one, if it did not give the lease back or lacks an answer.

        Raises:
            LedgerConflict: this run lost the lease meanwhile.
        """
        unfenced = self._current()["unfenced"]
        if unfenced is None:
            return
        self._insist(lambda: self._ledger.fence(self.token))
        for collection in sorted(set(index.collections()).intersection(unfenced)):
            LOG.warning("copying %s: a writer that is gone may still have writes on the way to it", collection)
            self.ensure()
            index.fence(collection)
        self._insist(lambda: self._renew(unfenced=None))

    def ensure(self, collection: str | None = None) -> None:
        """Check in the ledger, before a write, that this run has the lease; renew it in the second half of its time.

        A ledger that does not answer is asked again until the lease ends. The first write to ``collection`` is
        announced in the record.

        Raises:
            LedgerConflict: it ended, or another writer took it.
        """
        self._insist(lambda: self._check(collection))

    @contextmanager
    def writing(self, collection: str) -> Iterator[None]:
        """Let one write to ``collection`` happen; one that fails may still arrive later, and is remembered.

        Raises:
            LedgerConflict: this run does not have the lease.
        """
        self.ensure(collection)
        before = collection in self._unanswered
        self._unanswered.add(collection)
        try:
            yield
        except (UsageError, ModelMismatch):  # refused before anything was sent
            self._unanswered -= set() if before else {collection}
            raise
        self._unanswered -= set() if before else {collection}

    def swap(self, ledger: Ledger, expected: Mapping[str, Any] | None, new: Mapping[str, Any]) -> None:
        """Move the live pointer under this lease, in one write.

        Raises:
            LedgerConflict: another writer has the lease or moved the pointer. The pointer did not move.
        """
        self.ensure()
        with self._in_time():
            ledger.swap(expected, new, lease=self._current())

    def keep(self, done: threading.Event) -> None:
        """Renew the lease until ``done`` or until it is lost: a training or a build can take hours between two writes.

        Whatever goes wrong is tried again until the lease ends. The next write says that it ended.
        """
        pause = LEASE_SECONDS / 4
        while not done.wait(pause):
            try:
                with self._in_time():
                    self._renew()
                pause = LEASE_SECONDS / 4
            except LedgerConflict as error:
                LOG.warning("%s", error)
                return
            except Exception as error:  # noqa: BLE001 - as in ``_insist``: the thread must not die
                self._note(error)
                pause = min(RETRY_SECONDS, LEASE_SECONDS / 20)

    def give_back(self) -> None:
        """Give the lease back; the token stays. Does nothing if another writer already has it.

        If the ledger cannot be reached, the lease ends by itself.
        """
        try:
            with self._in_time():
                held = self._current()
                unfenced = sorted(self._unanswered.union(held["unfenced"] or ()))
                left = {"token": held["token"], "unfenced": unfenced or held["unfenced"]}
                if self._ledger.lease_record() == self._held:
                    self._ledger.set_lease(self._held, left)
        except LedgerConflict as error:
            LOG.info("the write lease is not given back: %s", error)
        except Exception as error:  # noqa: BLE001 - the run has ended; its own error, if any, must be seen
            LOG.warning("the write lease cannot be given back (%s); it ends in %g s", error, LEASE_SECONDS)
        self._held, self._why = None, "it gave the write lease back"

    def _unfenced(self, found: Mapping[str, Any]) -> list[str] | None:
        """Return what earlier writers may still write to; None: nothing. A process that ended sends nothing more."""
        inherited: list[str] | None = found.get("unfenced")
        if "owner" not in found or self._dead(found):
            return inherited
        return sorted({*(inherited or []), *found.get("writes", [])})

    def _watch(self, found: Mapping[str, Any]) -> None:
        """Return when a lease did not change for one lease length on this process's own clock.

        Raises:
            IndexBusy: it changed, so its holder is at work.
        """
        began = self._clocks.elapsed()
        while (waited := self._clocks.elapsed() - began) < LEASE_SECONDS:
            self._progress("seconds waited for a write lease that may be lost", int(waited), int(LEASE_SECONDS))
            self._clocks.wait(RETRY_SECONDS)
            now = self._ledger.lease_record()
            if now != found:
                raise IndexBusy(busy(now or found, self._clocks.now()))

    def _insist(self, act: Callable[[], None]) -> None:
        """Do something with the ledger; again, whatever goes wrong, until the lease ends.

        Raises:
            LedgerConflict: it ended, or another writer took it.
        """
        while True:
            try:
                with self._in_time():
                    return act()
            except LedgerConflict:
                raise
            except Exception as error:  # noqa: BLE001 - whatever keeps the ledger away, it may come back in time
                self._note(error)
                self._clocks.wait(RETRY_SECONDS)

    def _check(self, collection: str | None) -> None:
        held = self._current()
        now = self._ledger.lease_record()
        if now is None or now.get("run") != held["run"]:
            self._lose(f"another writer took it ({(now or {}).get('host', 'unknown')})")
        held = self._held = now
        unknown = collection is not None and collection not in held["writes"]
        if unknown or self._ends - self._clocks.elapsed() < LEASE_SECONDS / 2:
            self._renew(writes=sorted({*held["writes"], collection}) if unknown else held["writes"])

    def _renew(self, **changed: Any) -> None:
        began, held = self._clocks.elapsed(), self._current()
        kept = {name: held[name] for name in ("token", "writes", "unfenced")}
        new = self._new({**kept, "beat": held["beat"] + 1, **changed})
        try:
            self._ledger.set_lease(held, new)
        except LedgerConflict:
            now = self._ledger.lease_record()
            if now is None or now.get("run") != held["run"]:
                self._lose("another writer took it")
            if now != new:  # an earlier renewal landed although its answer was lost
                self._held = now
                return self._renew(**changed)
        self._current()  # a thread that waited for this one for too long has given the lease up
        self._held, self._ends = new, began + LEASE_SECONDS
        return None

    def _new(self, changed: Mapping[str, Any]) -> dict[str, Any]:
        now = self._clocks.now()
        since = self._held["since"] if self._held else round(now, 3)
        run = self._held["run"] if self._held else content_id([self._writer.id, changed["token"]])
        until = round(now + LEASE_SECONDS, 3)
        return {**self._writer.as_json(), "run": run, "since": since, "until": until, **changed}

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Keep the heartbeat out, or wait for one that is stuck, at most until the lease ends."""
        left = self._left()
        if not self._lock.acquire(timeout=left):
            self._lose("it could not be renewed in time")
        try:
            self._left()
            yield
        finally:
            self._lock.release()

    def _left(self) -> float:
        self._current()
        left = self._ends - self._clocks.elapsed()
        if left <= 0:
            self._lose("it was not renewed in time: the process slept, or the ledger did not answer")
        return left

    def _current(self) -> dict[str, Any]:
        held = self._held
        if held is None:
            raise self._lost()
        return held

    def _note(self, error: Exception) -> None:
        LOG.warning("the write lease cannot be renewed now (%s); trying again until it ends", error)

    def _lose(self, why: str) -> NoReturn:
        self._held, self._why = None, f"its write lease is lost, {why}"
        raise self._lost()

    def _lost(self) -> LedgerConflict:
        return LedgerConflict(
            f"this run may not write any more: {self._why}. Nothing more was written; run the command again"
        )
