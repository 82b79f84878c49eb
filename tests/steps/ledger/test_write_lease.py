"""The write lease with servers that are away, clocks that jump and machines that sleep."""

import threading
import time
from typing import Any

import pytest

from pointsman.core.errors import IndexBusy, LedgerConflict, UsageError
from pointsman.steps.ledger import write_lease
from pointsman.steps.ledger.lease_record import LEASE_SECONDS, Clocks
from pointsman.steps.ledger.leased_ports import LeasedIndex, LeasedLedger
from pointsman.steps.ledger.write_lease import WriteLease
from tests.fakes.index import FakeIndex, Fault
from tests.fakes.ledger import FakeLedger
from tests.fakes.machines import EPOCH, Machine, Time

DAY = 86_400.0


class AwayLedger(FakeLedger):
    """A ledger that can be away: every call about the lease fails, or blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.away: type[Exception] | None = None
        self.stalls = 0.0
        self.lost_answers = 0
        """Changes of the lease that land although their answer is an error."""

    def lease_record(self) -> dict[str, Any] | None:
        self._trouble()
        return super().lease_record()

    def set_lease(self, expected: Any, new: Any) -> None:
        self._trouble()
        super().set_lease(expected, new)
        if self.lost_answers:
            self.lost_answers -= 1
            raise TimeoutError("no answer")

    def _trouble(self) -> None:
        time.sleep(self.stalls)
        if self.away is not None:
            raise self.away("the server is away")


@pytest.fixture
def ledger() -> AwayLedger:
    return AwayLedger()


@pytest.fixture
def clock() -> Time:
    return Time()


def test_each_holder_has_a_greater_token_also_after_the_lease_was_given_back(ledger: AwayLedger, clock: Time) -> None:
    tokens = []
    for _ in range(3):
        lease = Machine(clock, "a").lease(ledger)
        lease.take()
        tokens.append(lease.token)
        lease.give_back()
    assert tokens == [1, 2, 3]
    assert ledger.lease() is None


def test_two_machines_of_one_name_and_folder_are_two_writers(ledger: AwayLedger, clock: Time) -> None:
    Machine(clock, "worker").lease(ledger).take()
    with pytest.raises(IndexBusy):
        Machine(clock, "worker", lives=1).lease(ledger).take()


def test_who_waits_is_told_who_writes_since_when_and_what(ledger: AwayLedger, clock: Time) -> None:
    Machine(clock, "mill").lease(ledger, does="forget").take()
    with pytest.raises(IndexBusy, match=r"held by process 1 on mill \(forget\), since 2027-"):
        Machine(clock, "other").lease(ledger).take()


@pytest.mark.parametrize("error", [ConnectionError, OSError, ValueError, RuntimeError, KeyError])
def test_a_write_waits_for_a_ledger_that_is_away_for_less_than_a_lease(
    ledger: AwayLedger, clock: Time, error: type[Exception]
) -> None:
    lease = Machine(clock, "a").lease(ledger)
    lease.take()
    ledger.away = error
    clock.meanwhile.append(lambda: setattr(ledger, "away", error if clock.at < LEASE_SECONDS - 10 else None))
    lease.ensure()
    assert LEASE_SECONDS - 10 <= clock.at < LEASE_SECONDS


def test_a_ledger_that_is_away_for_longer_ends_the_run_with_one_error(ledger: AwayLedger, clock: Time) -> None:
    lease = Machine(clock, "a").lease(ledger)
    lease.take()
    ledger.away = ConnectionError
    with pytest.raises(LedgerConflict, match="not renewed in time"):
        lease.ensure()
    ledger.away = None
    with pytest.raises(LedgerConflict, match="may not write any more"):
        lease.ensure()


@pytest.mark.parametrize("error", [ConnectionError, AssertionError])
def test_the_heartbeat_outlives_a_server_that_is_away(
    ledger: AwayLedger, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    monkeypatch.setattr(write_lease, "LEASE_SECONDS", 4.0)
    lease = WriteLease(
        ledger, Machine(Time(), "a").lease(ledger)._writer, clocks=Clocks(time.time, time.monotonic, time.sleep)
    )
    lease.take()
    done = threading.Event()
    beat = threading.Thread(target=lease.keep, args=(done,), daemon=True)
    beat.start()
    ledger.away = error
    time.sleep(1.5)
    assert beat.is_alive()
    ledger.away = None
    time.sleep(3.0)  # past the lease that was taken
    lease.ensure()
    done.set()
    beat.join(5)
    assert not beat.is_alive()


def test_a_call_that_never_returns_does_not_keep_a_write_beyond_the_lease(
    ledger: AwayLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_lease, "LEASE_SECONDS", 2.0)
    lease = WriteLease(
        ledger, Machine(Time(), "a").lease(ledger)._writer, clocks=Clocks(time.time, time.monotonic, time.sleep)
    )
    lease.take()
    ledger.stalls = 20
    threading.Thread(target=lease.keep, args=(threading.Event(),), daemon=True).start()
    time.sleep(1.0)  # the heartbeat waits for an answer by now
    began = time.monotonic()
    with pytest.raises(LedgerConflict, match="in time"):
        lease.ensure()
    assert time.monotonic() - began < 10, "half of what the call takes"


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_renewal_whose_answer_is_lost_counts(ledger: AwayLedger, clock: Time, times: int) -> None:
    lease = Machine(clock, "a").lease(ledger)
    lease.take()
    clock.at += LEASE_SECONDS * 0.6
    ledger.lost_answers = times
    lease.ensure()
    lease.swap(ledger, None, {"release": "r"})
    assert ledger.pointer() == {"release": "r"}


@pytest.mark.parametrize("ahead", [-365 * DAY, -DAY, -10.0, 10.0, DAY, 365 * DAY])
def test_a_wall_clock_that_jumps_neither_ends_a_lease_nor_lets_another_take_it(
    ledger: AwayLedger, clock: Time, ahead: float
) -> None:
    a, b = Machine(clock, "a"), Machine(clock, "b")
    lease = a.lease(ledger)
    lease.take()
    a.ahead = ahead
    clock.meanwhile.append(lease.ensure)
    with pytest.raises(IndexBusy):
        b.lease(ledger).take()
    lease.ensure()
    b.ahead = -ahead
    with pytest.raises(IndexBusy):
        b.lease(ledger).take()


@pytest.mark.parametrize("ahead", [-365 * DAY, 0.0, 3 * LEASE_SECONDS, DAY, 365 * DAY])
def test_a_lease_of_a_lost_machine_is_taken_after_one_lease_length_whatever_its_clock_said(
    ledger: AwayLedger, clock: Time, ahead: float
) -> None:
    Machine(clock, "a", ahead=ahead).lease(ledger).take()
    clock.at += LEASE_SECONDS
    began = clock.at
    Machine(clock, "b").lease(ledger).take()
    assert LEASE_SECONDS <= clock.at - began <= LEASE_SECONDS + 2 * write_lease.RETRY_SECONDS


def test_a_process_that_certainly_ended_is_followed_at_once(ledger: AwayLedger, clock: Time) -> None:
    Machine(clock, "a").lease(ledger).take()
    Machine(clock, "a").lease(ledger, dead=lambda record: record["pid"] == 1).take()
    assert clock.at == 0


def test_a_machine_that_slept_for_longer_than_its_lease_writes_nothing(ledger: AwayLedger, clock: Time) -> None:
    lease, index = Machine(clock, "a").lease(ledger), FakeIndex()
    lease.take()
    clock.at += LEASE_SECONDS + 1
    with pytest.raises(LedgerConflict):
        LeasedIndex(index, lease).create("c-1", 4)
    with pytest.raises(LedgerConflict):
        LeasedLedger(ledger, lease).put("release", "r", {})
    assert (index.collections(), ledger.ids("release")) == ([], [])


def test_a_machine_whose_clocks_all_stood_writes_nothing_after_another_took_over(
    ledger: AwayLedger, clock: Time
) -> None:
    a, index = Machine(clock, "a"), FakeIndex()
    lease = a.lease(ledger)
    lease.take()
    clock.at, a.paused = 10 * LEASE_SECONDS, 10 * LEASE_SECONDS
    Machine(clock, "b").lease(ledger).take()
    a.paused = clock.at
    for _ in range(6):
        with pytest.raises(LedgerConflict, match="may not write any more"):
            LeasedIndex(index, lease).create("c-1", 4)
    with pytest.raises(LedgerConflict):
        lease.swap(ledger, None, {"release": "r"})
    assert (index.collections(), ledger.pointer()) == ([], None)


def test_a_write_to_the_ledger_that_is_late_is_refused_by_the_ledger(ledger: AwayLedger, clock: Time) -> None:
    a = Machine(clock, "a").lease(ledger)
    a.take()
    late = a.token
    clock.at += LEASE_SECONDS
    Machine(clock, "b").lease(ledger).take()
    for write in (
        lambda: ledger.put("release", "r", {}, token=late),
        lambda: ledger.replace("decision", "d", {}, token=late),
        lambda: ledger.remove("decision", "d", token=late),
        lambda: ledger.restore_pointer({"release": "r"}, token=late),
    ):
        with pytest.raises(LedgerConflict, match="writer 1 and writer 2"):
            write()
    assert ledger.kinds() == []


def test_the_collections_of_a_lost_writer_are_fenced_and_only_those(ledger: AwayLedger, clock: Time) -> None:
    index, a, b = FakeIndex(), Machine(clock, "a").lease(ledger), Machine(clock, "b").lease(ledger)
    index.create("c-2", 4)
    a.take()
    LeasedIndex(index, a).create("c-1", 4)
    clock.at += LEASE_SECONDS
    b.take()
    b.fence(index)
    assert [index._of(name).fenced for name in ("c-1", "c-2")] == [1, 0]
    b.give_back()
    c = Machine(clock, "c").lease(ledger)
    c.take()
    c.fence(index)
    assert index._of("c-1").fenced == 1


@pytest.mark.parametrize(("error", "times"), [(TimeoutError, 1), (UsageError, 0), (None, 0)])
def test_a_write_without_an_answer_is_fenced_by_the_next_run(
    ledger: AwayLedger, clock: Time, error: type[Exception] | None, times: int
) -> None:
    index, a = FakeIndex(), Machine(clock, "a").lease(ledger)
    index.create("c-1", 4)
    a.take()
    try:
        with a.writing("c-1"):
            if error is not None:
                raise error("from the server")
    except (TimeoutError, UsageError):
        a.give_back()
    else:
        a.give_back()
    b = Machine(clock, "b").lease(ledger)
    b.take()
    b.fence(index)
    assert index._of("c-1").fenced == times


def test_a_lease_that_cannot_be_given_back_ends_by_itself(ledger: AwayLedger, clock: Time) -> None:
    a = Machine(clock, "a").lease(ledger)
    a.take()
    ledger.away = ConnectionError
    a.give_back()
    ledger.away = None
    clock.at += LEASE_SECONDS
    Machine(clock, "b").lease(ledger).take()


def test_a_record_of_an_earlier_version_is_respected_and_then_taken(ledger: AwayLedger, clock: Time) -> None:
    ledger.set_lease(None, {"owner": "old", "run": "1", "until": EPOCH + 60})
    with pytest.raises(IndexBusy, match="held by another process"):
        Machine(clock, "a").lease(ledger).take()
    clock.at += 61
    Machine(clock, "a").lease(ledger).take()


def test_a_fence_that_a_killed_process_owed_is_made_by_the_next(ledger: AwayLedger, clock: Time) -> None:
    index, paused = FakeIndex(), Machine(clock, "a").lease(ledger)
    paused.take()
    LeasedIndex(index, paused).create("c-1", 4)
    clock.at += LEASE_SECONDS
    Machine(clock, "b").lease(ledger).take()  # killed before it fenced
    last = Machine(clock, "b").lease(ledger, dead=lambda record: record["host"] == "b")
    last.take()
    last.fence(index)
    assert index._of("c-1").fenced == 1


def test_a_write_to_the_ledger_without_an_answer_is_fenced_by_the_next_run(
    ledger: AwayLedger, clock: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    fenced: list[int] = []
    monkeypatch.setattr(ledger, "fence", fenced.append)
    for number in range(3):
        lease = Machine(clock, "a").lease(ledger)
        lease.take()
        lease.fence(FakeIndex())
        if number == 0:
            ledger.faults.plant("put")
            with pytest.raises(Fault):
                LeasedLedger(ledger, lease).put("decision", "d", {})
        lease.give_back()
    assert fenced == [2]
