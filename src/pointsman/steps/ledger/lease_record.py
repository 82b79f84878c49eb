"""What the record of a write lease says: who holds it, since when and what for."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

LEASE_SECONDS = 120.0
"""Seconds until a lease ends if nobody renews it: more than one write takes."""

CEILING = 2
"""Most lease lengths that ``until`` may lie ahead; one further ahead was written by a clock that was wrong."""


@dataclass(frozen=True, slots=True)
class Writer:
    """A process that writes."""

    id: str
    """Unique: no other process has it, nor a later one with the same pid."""
    host: str
    """Name of its machine, for people."""
    machine: str
    """Id of its machine since it was started, and of its container; empty if the system does not tell."""
    pid: int
    started: str
    """When the process was started, as its system counts."""
    does: str = "a refresh"
    """What it does, for people."""

    def as_json(self) -> dict[str, Any]:
        """Return the fields of a lease record that name the holder."""
        value = asdict(self)
        return {"owner": value.pop("id"), **value}


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks of a process."""

    now: Callable[[], float]
    """Returns the seconds since the epoch: for people, and for a first guess whether a lease is in use."""
    elapsed: Callable[[], float]
    """Returns seconds that nobody can set, with the time in which the machine slept."""
    wait: Callable[[float], None]
    """Waits so many seconds."""


def believed(record: Mapping[str, Any], now: float) -> bool:
    """Return whether a lease says that it is in use, and not further ahead than a right clock would."""
    return 0 < float(record["until"]) - now <= CEILING * LEASE_SECONDS


def holder(record: Mapping[str, Any]) -> str:
    """Return who wrote a record, since when and what for, as far as it says so: for people."""
    who = f"process {record['pid']} on {record['host']}" if "pid" in record else "another process"
    does = f" ({record['does']})" if record.get("does") else ""
    began = float(record.get("since", 0))
    since = f", since {datetime.fromtimestamp(began, UTC):%Y-%m-%d %H:%M:%S} UTC" if began else ""
    return f"{who}{does}{since}"


def busy(record: Mapping[str, Any], now: float) -> str:
    """Return the message for those who must wait: who writes, since when, what, and when its lease would end."""
    left = min(max(float(record.get("until", now)) - now, 0.0) or LEASE_SECONDS, LEASE_SECONDS)
    return (
        f"the write lease is held by {holder(record)}. Wait until it ends, then run the command again; nothing was "
        f"changed. If it has stopped, its lease ends in {left:.0f} s"
    )
