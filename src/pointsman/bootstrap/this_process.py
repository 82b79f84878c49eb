"""Who this process is, so that two processes are never taken for one, and a process that ended is known as such."""

import os
import platform
import secrets
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pointsman.core.hashing import content_id
from pointsman.steps.ledger.lease_record import Writer

STARTED = 19
"""Where ``/proc/PID/stat`` has the start time, counted after the name in parentheses."""


def this_writer(root: Path, *, does: str) -> Writer:
    """Return this process as a writer of the workspace at ``root``."""
    host, pid, started = platform.node(), os.getpid(), started_at(os.getpid())
    whole = [host, machine(), pid, started, str(root.resolve()), _random(pid)]
    return Writer(content_id(whole), host, machine(), pid=pid, started=started, does=does)


def machine() -> str:
    """Return an id of this machine since it was started, and of its process namespace; empty if there is none."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return content_id([boot, str(Path("/proc/self/ns/pid").readlink())])
    except OSError:
        return ""


def started_at(pid: int) -> str:
    """Return when a process was started, as its system counts; empty if it does not run or the system does not tell."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    except OSError:
        return ""
    return after_name.split()[STARTED]


def ended(record: Mapping[str, Any]) -> bool:
    """Return whether the process of a lease record has certainly ended: it ran on this machine, and runs no more."""
    here = machine()
    if not here or record.get("machine") != here or not record.get("started"):
        return False
    return started_at(int(record["pid"])) != str(record["started"])


def elapsed_seconds() -> float:
    """Return seconds that nobody can set, with the time in which the machine slept, where the system counts it."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


@cache
def _random(_pid: int) -> str:
    """Return a random text, one for each process: a copied process has another pid."""
    return secrets.token_hex(8)
