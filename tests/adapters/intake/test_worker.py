"""A worker ends a call that takes too long or too much, and takes the next one."""

import gc
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from pointsman.adapters.intake.child import MAX_ANSWER
from pointsman.adapters.intake.worker import Overrun, TooSlow, Worker
from pointsman.core.errors import ListingFailed
from tests.adapters.intake.hostile_functions import (
    answer_with,
    count_calls,
    crash,
    end_by,
    hold_memory,
    kill_once,
    leave,
    print_much,
    raise_unpicklable,
    refuse,
    spin,
)

LIMIT = 1_000_000_000
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the limit of memory is one of Linux")


def test_one_process_takes_all_calls() -> None:
    worker = Worker(count_calls, seconds=20)
    calls = [worker("a") for _ in range(3)]
    assert {process for process, _ in calls} != {os.getpid()}
    assert len({process for process, _ in calls}) == 1
    assert [nth for _, nth in calls] == [1, 2, 3]


def test_a_call_that_never_ends_is_ended_and_the_next_one_has_a_new_process() -> None:
    worker = Worker(spin, seconds=0.2)
    for _ in range(2):
        with pytest.raises(TooSlow, match=r"^takes over 0\.2 s$"):
            worker("a")


def test_a_call_that_waits_is_ended_by_the_clock() -> None:
    worker = Worker(time.sleep, seconds=0.1)
    with pytest.raises(TooSlow, match=r"^takes over 0\.1 s$"):
        worker(600)


@linux_only
def test_the_limit_of_memory_holds_on_both_sides() -> None:
    worker = Worker(hold_memory, seconds=20, memory=LIMIT)
    assert worker(LIMIT // 4) == LIMIT // 4
    with pytest.raises(Overrun, match=r"^needs over 1 GB of memory$"):
        worker(LIMIT)
    assert worker(10) == 10


@linux_only
def test_a_process_that_has_used_much_memory_is_replaced() -> None:
    worker = Worker(hold_memory, seconds=20, memory=LIMIT)
    worker(10)
    before = worker._child
    worker(int(LIMIT * 0.7))
    assert worker._child is None
    worker(10)
    assert worker._child is not before


def test_what_the_parent_has_used_does_not_count() -> None:
    worker = Worker(hold_memory, seconds=20, memory=LIMIT)
    held = bytearray(b"x") * int(LIMIT * 0.7)
    worker(10)
    assert worker._child is not None, len(held)


def test_an_answer_may_be_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(Worker(answer_with, seconds=20)(1_000_000)) == 1_000_000
    with pytest.raises(Overrun, match=r"^needs over 4 GB of memory$"):
        Worker(answer_with, seconds=20)(MAX_ANSWER + 1)


@pytest.mark.parametrize(("function", "told"), [(crash, "SIGSEGV"), (leave, "exit code 3")])
def test_a_process_that_dies_says_how_and_the_next_call_has_a_new_one(function: object, told: str) -> None:
    worker = Worker(function, seconds=20)  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(Overrun, match=rf"^ends its reader \({told}\)$"):
            worker("a")


def test_a_process_that_something_else_ends_is_no_fault_of_the_document() -> None:
    assert Worker(kill_once, seconds=20)(Path(tempfile.mkdtemp()) / "killed") == "read"
    with pytest.raises(Overrun, match="or somebody ended its reader"):
        Worker(end_by, seconds=20)(signal.SIGTERM)


def test_a_worker_that_does_not_start_refuses_no_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pointsman.adapters.intake.worker.START", "raise SystemExit(5)")
    with pytest.raises(ListingFailed, match=r"the process for it does not start \(ends its reader \(exit code 5\)\)"):
        Worker(count_calls, seconds=20)("a")
    monkeypatch.setattr(sys, "executable", "/no/python")
    with pytest.raises(ListingFailed, match="No such file"):
        Worker(count_calls, seconds=20)("a")


def test_what_the_function_raises_comes_back() -> None:
    with pytest.raises(KeyError, match="text of a page"):
        Worker(refuse, seconds=20)("text of a page")


def test_an_error_that_cannot_travel_is_told_by_its_name() -> None:
    with pytest.raises(RuntimeError, match=r"^Unpicklable$"):
        Worker(raise_unpicklable, seconds=20)("a")


def test_what_a_library_prints_is_no_answer() -> None:
    worker = Worker(print_much, seconds=20)
    assert [worker("a"), worker("a")] == ["done", "done"]


def test_the_process_ends_with_the_worker() -> None:
    worker = Worker(count_calls, seconds=20)
    process, _ = worker("a")
    del worker
    gc.collect()
    assert not psutil.pid_exists(process)


def test_a_folder_with_a_module_of_a_known_name_is_not_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pickle.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    assert Worker(count_calls, seconds=20)("a")[1] == 1
