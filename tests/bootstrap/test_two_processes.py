"""Two real processes on one embedded ledger: one is killed, or at work, when the other asks."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from pointsman.bootstrap.this_process import ended, machine, started_at, this_writer

LEASE = 1.5
PROGRAM = textwrap.dedent(f"""
    import sys, threading, time
    from pathlib import Path
    import pointsman.steps.ledger.write_lease as held
    held.LEASE_SECONDS, held.RETRY_SECONDS = {LEASE}, 0.1
    from pointsman.adapters.ledger.file_ledger import FileLedger
    from pointsman.bootstrap.this_process import elapsed_seconds, ended, this_writer
    from pointsman.core.errors import PointsmanError
    from pointsman.steps.ledger.lease_record import Clocks
    from pointsman.steps.ledger.leased_ports import LeasedLedger
    root, name, writes = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    ledger = FileLedger(root)
    clocks = Clocks(time.time, elapsed_seconds, time.sleep)
    lease = held.WriteLease(ledger, this_writer(root, does=name), clocks=clocks, dead=ended)
    try:
        lease.take()
        print("taken", lease.token, flush=True)
        threading.Thread(target=lease.keep, args=(threading.Event(),), daemon=True).start()
        for number in range(writes):
            LeasedLedger(ledger, lease).put("decision", f"{{name}}-{{number:05d}}", {{"token": lease.token}})
            time.sleep(0.01)
        lease.give_back()
    except PointsmanError as error:
        print(type(error).__name__, error, flush=True)
        raise SystemExit(1)
""")


def started(root: Path, name: str, writes: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(root), name, str(writes)], stdout=subprocess.PIPE, text=True
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_a_killed_process_is_followed_at_once(tmp_path: Path) -> None:
    dead = started(tmp_path, "dead", 100_000)
    assert line(dead) == "taken 1\n"
    dead.kill()
    dead.wait(30)
    began = time.monotonic()
    follower = started(tmp_path, "next", 1)
    assert line(follower) == "taken 2\n"
    assert follower.wait(30) == 0
    assert time.monotonic() - began < 10


def test_a_second_process_is_refused_and_told_about_the_first(tmp_path: Path) -> None:
    first = started(tmp_path, "first", 100_000)
    assert line(first) == "taken 1\n"
    second = started(tmp_path, "second", 1)
    said = line(second)
    first.kill()
    assert second.wait(30) == 1
    assert f"process {first.pid} on " in said
    assert "(first)" in said
    first.wait(30)


@pytest.mark.skipif(not machine(), reason="this system does not tell when a process was started")
def test_a_process_is_known_by_its_start_not_by_its_number_alone(tmp_path: Path) -> None:
    me = this_writer(tmp_path, does="a test").as_json()
    assert not ended(me)
    assert ended({**me, "started": "1"}), "the number was given to another process"
    assert not ended({**me, "machine": "elsewhere", "started": "1"})
    assert not ended({"owner": "old", "run": "1", "until": 1.0})
    assert started_at(os.getpid())
