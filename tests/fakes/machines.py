"""Machines with clocks of their own, which a test can set, stop and let sleep; time passes only while one waits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pointsman.ports.ledger import Ledger
from pointsman.steps.ledger.lease_record import Clocks, Writer
from pointsman.steps.ledger.write_lease import WriteLease

EPOCH = 1_800_000_000.0


@dataclass
class Time:
    """The time that really passes, in seconds."""

    at: float = 0.0
    meanwhile: list[Callable[[], None]] = field(default_factory=list)
    """What others do while somebody waits."""

    def wait(self, seconds: float) -> None:
        self.at += seconds
        for act in self.meanwhile:
            act()


@dataclass
class Machine:
    """One machine with one process."""

    time: Time
    name: str
    ahead: float = 0.0
    """Seconds that its wall clock is ahead."""
    paused: float = 0.0
    """Seconds that a hypervisor stopped it: none of its clocks counted them."""
    lives: int = 0
    """Number of processes so far."""

    def lease(
        self, ledger: Ledger, *, does: str = "a refresh", dead: Callable[[Mapping[str, Any]], bool] = lambda _: False
    ) -> WriteLease:
        """Return the lease of a new process of this machine, not taken yet."""
        self.lives += 1
        writer = Writer(
            f"{self.name}{self.lives}", self.name, machine=self.name, pid=self.lives, started="1", does=does
        )
        clocks = Clocks(
            lambda: EPOCH + self.time.at + self.ahead - self.paused,
            lambda: self.time.at - self.paused,
            self.time.wait,
        )
        return WriteLease(ledger, writer, clocks=clocks, dead=dead)
